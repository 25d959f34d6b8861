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
}

impl<E: Evaluate> Posterior<E> {
    /// The posterior of `model` with the coordinates of `held` not to be moved: their gradient is zero.
    #[must_use]
    pub fn new(model: &Model, evaluate: E, held: Vec<Range<usize>>) -> Self {
        Self { evaluate, prior: PriorDensity::new(model), beta: 1.0, held }
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

    fn on(&mut self, z: &[f64], rows: Rows<'_>, mut gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite> {
        if let Some(gradient) = gradient.as_deref_mut() {
            gradient.fill(0.0);
        }
        let fit = self.evaluate.log_likelihood(z, rows, gradient.as_deref_mut())?;
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        let share = self.beta * self.rows().max(1) as f64 / self.evaluate.rows(rows).max(1) as f64;
        if let Some(gradient) = gradient.as_deref_mut()
            && (share - 1.0).abs() > 0.0
        {
            for entry in gradient.iter_mut() {
                *entry *= share;
            }
        }
        let prior = self.prior.at(z, gradient.as_deref_mut());
        if let Some(gradient) = gradient {
            for held in &self.held {
                gradient[held.clone()].fill(0.0);
            }
        }
        Ok(Parts { likelihood: share * fit.log_likelihood, prior, loss: fit.loss })
    }
}
