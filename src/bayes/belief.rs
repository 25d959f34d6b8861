//! What is known about θ, as a value: the prior, or a point. Drawn by one path whatever it is. Knows no method of learning.

use crate::function::{Init, Start, start};
use crate::model::{Coefficients, Model};
use crate::seeds::Seeds;
use std::sync::Arc;

/// What is known about θ.
#[derive(Clone, Debug, PartialEq)]
pub enum Belief {
    /// Nothing beyond p(θ).
    Prior(Arc<Model>),
    /// One function: the mode, or where an optimiser stands on the way to it.
    Point(Coefficients),
}

impl Belief {
    /// The most probable function: θ = 0 under a zero-mean prior.
    ///
    /// # Panics
    /// Never: zero has the layout's length.
    #[must_use]
    pub fn mode(&self) -> Coefficients {
        match self {
            Self::Prior(model) => {
                Coefficients::new(model.clone(), vec![0.0; model.layout().len()]).expect("as long as the layout")
            }
            Self::Point(coefficients) => coefficients.clone(),
        }
    }

    /// `n` functions drawn from it. A point draws itself.
    #[must_use]
    pub fn draw(&self, n: u64, seeds: Seeds) -> Vec<Coefficients> {
        match self {
            Self::Prior(model) => (0..n).map(|draw| draw_prior(model, seeds, draw)).collect(),
            Self::Point(coefficients) => vec![coefficients.clone(); usize::try_from(n).unwrap_or(usize::MAX)],
        }
    }
}

/// The `draw`-th function drawn from the prior of `model`.
///
/// # Panics
/// Never: a start has the layout's length.
#[must_use]
pub fn draw_prior(model: &Arc<Model>, seeds: Seeds, draw: u64) -> Coefficients {
    let how = Start { init: Init::Prior, bias_sd: 0.0, given: Vec::new() };
    // Draw 0 would share its numbers with the start of a run that starts from the prior.
    let theta = start(model, &how, seeds, draw + (1 << 32));
    Coefficients::new(model.clone(), theta).expect("as long as the layout")
}
