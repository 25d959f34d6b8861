//! log p(θ) and its gradient, compiled from the model's priors. Knows no data.

use crate::engine::{Buffer, pull, squares};
use crate::function::{gaussian_constant, laplace, laplace_constant, student_t, student_t_constant};
use crate::model::{Group, Model, Prior};
use std::f64::consts::PI;
use std::ops::Range;

/// log p(θ) = Σ over blocks; flat ones are left out, and s has the half-normal prior in ρ = log s.
#[derive(Clone, Debug)]
pub struct PriorDensity {
    /// Blocks with a Gaussian prior, and 1/τ².
    gaussian: Vec<(Range<usize>, f64)>,
    /// The same for every coordinate; 0 where the prior is another.
    precisions: Buffer<f64>,
    /// How much of them is in the gradient: all, or nothing where a weight decay stands for them.
    pulls: f64,
    /// Blocks with another prior.
    others: Vec<(Range<usize>, Law)>,
    log_scale: Option<usize>,
    constant: f64,
}

/// A prior that is not Gaussian, ready to be summed.
#[derive(Clone, Copy, Debug)]
enum Law {
    Laplace { scale: f64 },
    StudentT { nu: f64, tau: f64 },
}

impl PriorDensity {
    /// Compiles the priors of `model` against its layout.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a count of coefficients")]
    pub fn new(model: &Model) -> Self {
        let layout = model.layout();
        let log_scale = layout.find(None, Group::LogScale).map(|block| block.at.start);
        let precisions = Buffer::zeros(layout.len());
        let (gaussian, others) = (Vec::new(), Vec::new());
        let mut density = Self { gaussian, precisions, pulls: 1.0, others, log_scale, constant: 0.0 };
        for block in &layout.blocks {
            let at = block.at.clone();
            let constant = match model.priors.of(block) {
                Some(Prior::Gaussian { tau, .. }) => {
                    let precision = 1.0 / (tau * tau);
                    density.precisions[at.clone()].fill(precision);
                    density.gaussian.push((at, precision));
                    gaussian_constant(tau)
                }
                Some(Prior::Laplace { scale, .. }) => {
                    density.others.push((at, Law::Laplace { scale }));
                    laplace_constant(scale)
                }
                Some(Prior::StudentT { nu, tau, .. }) => {
                    density.others.push((at, Law::StudentT { nu, tau }));
                    student_t_constant(nu, tau)
                }
                Some(Prior::Flat) | None => continue,
            };
            density.constant += block.at.len() as f64 * constant;
        }
        if log_scale.is_some() {
            density.constant += 0.5 * (2.0 / PI).ln();
        }
        density
    }

    /// The same density, whose gradient leaves out the Gaussian priors: a decoupled weight decay stands for them. Answers
    /// with their places in θ and 1/τ².
    #[must_use]
    pub(super) fn decoupled(mut self) -> (Self, Vec<(Range<usize>, f64)>) {
        self.pulls = 0.0;
        let decayed = self.gaussian.clone();
        (self, decayed)
    }

    /// log p(θ), constants included; where a share and a gradient are given, share·gradient + ∂ log p(θ)/∂θ takes the
    /// gradient's place, in one pass over both.
    ///
    /// Half-normal s = eᵖ: log p(ρ) = ½ log(2/π) − s²/2 + ρ; the ρ is the Jacobian of s ↦ log s.
    #[must_use]
    pub fn at(&self, theta: &[f64], gradient: Option<(f64, &mut [f64])>) -> f64 {
        let (mut gradient, squares) = match gradient {
            None => (None, squares(&self.precisions, theta)),
            Some((share, gradient)) => {
                // All blocks at once: one by one the calls would cost more than the sums.
                let squares = pull(self.pulls, &self.precisions, theta, share, gradient);
                (Some(gradient), squares)
            }
        };
        let mut total = self.constant - 0.5 * squares;
        for (at, law) in &self.others {
            let slopes = gradient.as_deref_mut().map(|gradient| &mut gradient[at.clone()]);
            total += match law {
                Law::Laplace { scale } => sum(&theta[at.clone()], slopes, |value| laplace(*scale, value)),
                Law::StudentT { nu, tau } => sum(&theta[at.clone()], slopes, |value| student_t(*nu, *tau, value)),
            };
        }
        if let Some(at) = self.log_scale {
            let s = theta[at].exp();
            total += theta[at] - 0.5 * s * s;
            if let Some(gradient) = gradient {
                gradient[at] += 1.0 - s * s;
            }
        }
        total
    }
}

fn sum(block: &[f64], slopes: Option<&mut [f64]>, density: impl Fn(f64) -> (f64, f64)) -> f64 {
    match slopes {
        None => block.iter().map(|value| density(*value).0).sum(),
        Some(slopes) => {
            let mut total = 0.0;
            for (slope, value) in slopes.iter_mut().zip(block) {
                let (log, own) = density(*value);
                total += log;
                *slope += own;
            }
            total
        }
    }
}
