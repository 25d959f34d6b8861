//! What is written down about p(θ, y | x): composition, likelihood and priors, in words. Knows no learned number.

mod activation;
mod coefficients;
mod composition;
mod layout;
mod likelihood;
mod prior;

pub use activation::{Activation, Parity};
pub use coefficients::Coefficients;
pub use composition::{Architecture, Composition, Extent, Form, Lift, Over, Padding, Readout, Stage};
pub use layout::{Block, Group, Layout};
pub use likelihood::{Likelihood, Scale};
pub use prior::{GroupPriors, Prior, Priors, Scaling};

use serde::{Deserialize, Serialize};

/// The whole of p(θ, y | x): a composition f, how y scatters about f(x), and what is believed of θ before any data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// f = f⁽¹⁾∘…∘f⁽ᴸ⁾.
    pub f: Composition,
    /// p(y | f(x)).
    pub likelihood: Likelihood,
    /// p(θ), one per stage and group.
    pub priors: Priors,
}

impl Model {
    /// Every reason why this is not a model, each a sentence; none means that all that is built from it works.
    ///
    /// # Errors
    /// The sentences, if there are any.
    pub fn check(&self) -> Result<(), Vec<String>> {
        let mut wrong = self.f.check();
        wrong.extend(self.likelihood.check(&self.f));
        wrong.extend(self.priors.check(&self.f));
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Columns of y: those of f, but one for all classes.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.likelihood.columns(self.f.outputs)
    }

    /// θ and its named blocks.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::of(self)
    }

    /// Bytes that a look at `n` rows at once needs at most: the tape (inputs, σ, σ′ and gradients of every stage) and the vectors in θ.
    #[must_use]
    pub fn bytes(&self, n: usize) -> u64 {
        let row: u64 = (0..self.f.stages.len())
            .map(|at| {
                let (before, after) = (self.f.extent(at), self.f.extent(at + 1));
                let applied = after.positions * (self.f.stage_inputs(at) + 4 * self.f.stage_elements(at));
                (applied + 3 * (before.columns() + after.columns())) as u64
            })
            .sum();
        8 * (row.saturating_mul(n as u64)).saturating_add(8 * self.layout().len() as u64)
    }
}

// Every float was checked finite, so equality is total.
impl Eq for Model {}
