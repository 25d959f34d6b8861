//! log p(θ) and its gradient, compiled from the model's priors. Knows no data.

use crate::engine::pull;
use crate::model::{Group, Model};
use std::f64::consts::{PI, TAU};
use std::ops::Range;

/// log p(θ) = Σ over blocks; Gaussian blocks, flat ones (left out), and the half-normal on s in ρ = log s.
#[derive(Clone, Debug)]
pub struct PriorDensity {
    gaussian: Vec<(Range<usize>, f64)>,
    log_scale: Option<usize>,
    constant: f64,
}

impl PriorDensity {
    /// Compiles the priors of `model` against its layout.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a count of coefficients")]
    pub fn new(model: &Model) -> Self {
        let layout = model.layout();
        let sds = layout.blocks.iter().filter_map(|block| Some((block.at.clone(), model.priors.sd(block)?)));
        let log_scale = layout.find(None, Group::LogScale).map(|block| block.at.start);
        let mut density = Self { gaussian: Vec::new(), log_scale, constant: 0.0 };
        for (at, sd) in sds {
            density.constant -= 0.5 * at.len() as f64 * (TAU * sd * sd).ln();
            density.gaussian.push((at, 1.0 / (sd * sd)));
        }
        if log_scale.is_some() {
            density.constant += 0.5 * (2.0 / PI).ln();
        }
        density
    }

    /// log p(θ), constants included; ADDS its gradient where one is given.
    ///
    /// Half-normal s = eᵖ: log p(ρ) = ½ log(2/π) − s²/2 + ρ; the ρ is the Jacobian of s ↦ log s.
    #[must_use]
    pub fn at(&self, theta: &[f64], mut gradient: Option<&mut [f64]>) -> f64 {
        let mut total = self.constant;
        for (at, precision) in &self.gaussian {
            let gradient = gradient.as_deref_mut().map(|gradient| &mut gradient[at.clone()]);
            total -= 0.5 * precision * pull(*precision, &theta[at.clone()], gradient);
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
