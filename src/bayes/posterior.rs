//! log p(θ|D) = β Σ ℓ + log p(θ) as the one density that inference sees; frozen blocks. Knows no method of learning.

use super::PriorDensity;
use crate::function::{Evaluate, Fit, NotFinite, Rows};
use crate::model::Model;
use std::ops::Range;

/// The parts of a log density at one θ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// β Σ ℓ over all rows (estimated as (N/|B|) Σ over a mini-batch).
    pub likelihood: f64,
    /// log p(θ).
    pub prior: f64,
    /// The loss on the rows that were looked at; NaN without rows.
    pub loss: f64,
}

impl Parts {
    /// log p(θ|D) up to the evidence.
    #[must_use]
    pub fn log_posterior(&self) -> f64 {
        self.likelihood + self.prior
    }
}

/// What optimisers and samplers see of a model and its data.
pub trait LogDensity {
    /// Coordinates of z.
    fn dim(&self) -> usize;

    /// Rows that a mini-batch can be taken from.
    fn rows(&self) -> usize;

    /// What coordinate `at` of z belongs to, for a person.
    fn name(&self, at: usize) -> String {
        format!("coordinate {at}")
    }

    /// What a decoupled weight decay stands for: coordinates and the 1/τ² of their Gaussian prior, which the gradient then
    /// leaves out. Nothing, unless the density was made for one.
    fn decayed(&self) -> &[(Range<usize>, f64)] {
        &[]
    }

    /// The density at z on `rows`, the likelihood scaled up to all training rows; overwrites `gradient` where given.
    ///
    /// # Errors
    /// When a value leaves the numbers; recoverable.
    fn on(&mut self, z: &[f64], rows: Rows<'_>, gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite>;

    /// The density at z on all training rows.
    ///
    /// # Errors
    /// When a value leaves the numbers; recoverable.
    fn at(&mut self, z: &[f64], gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite> {
        self.on(z, Rows::Train, gradient)
    }
}

/// p(θ|D)^… : the power posterior p(D|θ)^β p(θ) of a model on an evaluator's data, with some blocks held.
#[derive(Clone, Debug)]
pub struct Posterior<E> {
    evaluate: E,
    prior: PriorDensity,
    /// β: 0 is the prior, 1 the posterior.
    pub beta: f64,
    held: Vec<Range<usize>>,
    decayed: Vec<(Range<usize>, f64)>,
}

impl<E: Evaluate> Posterior<E> {
    /// The posterior of `model` with the coordinates of `held` not to be moved: their gradient is zero.
    #[must_use]
    pub fn new(model: &Model, evaluate: E, held: Vec<Range<usize>>) -> Self {
        Self { evaluate, prior: PriorDensity::new(model), beta: 1.0, held, decayed: Vec::new() }
    }

    /// The same posterior for an optimiser with decoupled weight decay (`AdamW`, Lion): its gradient leaves out the Gaussian
    /// priors, for which the decay stands; its values are those of the posterior as ever. Such a decay is no gradient of a
    /// log density, so that where it comes to rest is not the posterior's mode.
    #[must_use]
    pub fn decoupled(mut self) -> Self {
        let (prior, decayed) = self.prior.decoupled();
        self.prior = prior;
        self.decayed = decayed
            .into_iter()
            .flat_map(|(at, precision)| without(at, &self.held).into_iter().map(move |at| (at, precision)))
            .collect();
        self
    }

    /// How θ fits the given rows, without the prior.
    ///
    /// # Errors
    /// When a value leaves the numbers.
    pub fn fit(&mut self, theta: &[f64], rows: Rows<'_>) -> Result<Fit, NotFinite> {
        self.evaluate.log_likelihood(theta, rows, None)
    }

    /// How many such rows there are.
    #[must_use]
    pub fn count(&self, rows: Rows<'_>) -> usize {
        self.evaluate.rows(rows)
    }
}

impl<E: Evaluate> LogDensity for Posterior<E> {
    fn dim(&self) -> usize {
        self.evaluate.layout().len()
    }

    fn rows(&self) -> usize {
        self.evaluate.rows(Rows::Train)
    }

    fn name(&self, at: usize) -> String {
        self.evaluate.layout().block_of(at).map_or_else(String::new, |block| block.name.clone())
    }

    fn decayed(&self) -> &[(Range<usize>, f64)] {
        &self.decayed
    }

    fn on(&mut self, z: &[f64], rows: Rows<'_>, mut gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite> {
        let fit = self.evaluate.log_likelihood(z, rows, gradient.as_deref_mut())?;
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        let share = self.beta * self.rows().max(1) as f64 / self.evaluate.rows(rows).max(1) as f64;
        let prior = self.prior.at(z, gradient.as_deref_mut().map(|gradient| (share, gradient)));
        if let Some(gradient) = gradient {
            for held in &self.held {
                gradient[held.clone()].fill(0.0);
            }
        }
        Ok(Parts { likelihood: share * fit.log_likelihood, prior, loss: fit.loss })
    }
}

/// What is left of `range` without those of `held`.
pub(super) fn without(range: Range<usize>, held: &[Range<usize>]) -> Vec<Range<usize>> {
    let cut = |parts: Vec<Range<usize>>, held: &Range<usize>| {
        let around = |part: Range<usize>| [part.start..held.start.min(part.end), held.end.max(part.start)..part.end];
        parts.into_iter().flat_map(around).filter(|part| !part.is_empty()).collect()
    };
    held.iter().fold(vec![range], cut)
}

#[cfg(test)]
mod tests {
    use super::without;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_left_is_in_the_range_and_not_held(
            range in (0_usize..20, 0_usize..20),
            held in proptest::collection::vec((0_usize..20, 0_usize..6), 0..4),
        ) {
            let range = range.0..range.0 + range.1;
            let held: Vec<_> = held.into_iter().map(|(start, length)| start..start + length).collect();
            let mut left: Vec<usize> = without(range.clone(), &held).into_iter().flatten().collect();
            left.sort_unstable();
            let expected: Vec<usize> = range.filter(|at| !held.iter().any(|held| held.contains(at))).collect();
            prop_assert_eq!(left, expected);
        }
    }
}
