//! Bayes' rule on the coefficients: the log posterior, and what is known about θ. Knows no method of learning.

mod absence;
mod belief;
#[cfg(test)]
pub(crate) mod calibration;
mod conjugate;
mod critical;
mod decay;
pub mod diagnostics;
mod draws;
mod exact;
mod gaussian;
mod laplace;
mod learned;
mod limit;
mod posterior;
mod power;
mod prior;
#[cfg(test)]
pub(crate) mod problems;
mod whitening;

pub use absence::{KnockOut, displacement, knock_out, sizes};
pub use belief::{Belief, draw_prior};
pub use conjugate::{Conjugate, Noise, Paths};
pub use critical::{Threshold, critical, threshold};
pub use decay::Decay;
pub use draws::{Draws, Told, Track};
pub use exact::Exact;
pub use gaussian::{Gaussian, Part, Prediction, Root};
pub use laplace::{LARGEST, Laplace, Structure};
pub use learned::{Account, Bracket, Estimator, Learned, Missing, Order, kl_from_prior, log_copies};
pub use limit::{Limit, Process};
pub use posterior::{LogDensity, Parts, Posterior};
pub use power::{Climbed, Rung, ladder};
pub use prior::PriorDensity;
pub use whitening::Whitening;

use crate::function::Refusal;
use crate::text::Clean;

/// Why something has no meaning here: what, and what would be allowed.
fn refusal(sentence: &str) -> Refusal {
    Refusal(Clean::new(sentence, 360))
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}
