//! Bayes' rule on the coefficients: the log posterior, and what is known about θ. Knows no method of learning.

mod belief;
mod critical;
mod decay;
mod posterior;
mod prior;

pub use belief::{Belief, draw_prior};
pub use critical::{Threshold, critical, threshold};
pub use decay::Decay;
pub use posterior::{LogDensity, Parts, Posterior};
pub use prior::PriorDensity;
