//! How y scatters about f(x), in words. Its values and gradients are `function`'s business. Knows no number of θ.

use super::Composition;
use serde::{Deserialize, Serialize};

/// s, the scale of the scatter, in standardised units where the data are standardised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Known.
    Fixed(f64),
    /// Learned as ρ = log s, with the half-normal prior s ~ |N(0, 1)|.
    Learned,
}

/// p(y | f(x)), independent over rows and, but for `Categorical`, over outputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// y ~ N(f(x), s²).
    Gaussian {
        /// s.
        scale: Scale,
    },
    /// (y − f(x))/s ~ Student's t with ν degrees of freedom: an outlier counts for little.
    StudentT {
        /// ν.
        nu: f64,
        /// s.
        scale: Scale,
    },
    /// |y − f(x)|/s ~ Exponential(1): f(x) is a median.
    Laplace {
        /// s.
        scale: Scale,
    },
    /// y is 1 with probability 1/(1 + e^−f), else 0.
    Bernoulli,
    /// y is a class 0, …, m−1 with probability softmax(f): f has m values and y one column. No logit is pinned: the prior
    /// tells which of the equivalent ones is meant.
    Categorical,
    /// y is a count with mean e^f.
    Poisson,
}

impl Likelihood {
    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gaussian { .. } => "gaussian",
            Self::StudentT { .. } => "student-t",
            Self::Laplace { .. } => "laplace",
            Self::Bernoulli => "bernoulli",
            Self::Categorical => "categorical",
            Self::Poisson => "poisson",
        }
    }

    /// s, for the families that have one.
    #[must_use]
    pub const fn scale(self) -> Option<Scale> {
        match self {
            Self::Gaussian { scale } | Self::StudentT { scale, .. } | Self::Laplace { scale } => Some(scale),
            Self::Bernoulli | Self::Categorical | Self::Poisson => None,
        }
    }

    /// Whether f is not on y's axis but behind a link: logits, a log mean.
    #[must_use]
    pub const fn has_link(self) -> bool {
        self.scale().is_none()
    }

    /// Columns of y for an f with `outputs` values: one class for m logits, else one each.
    #[must_use]
    pub const fn columns(self, outputs: usize) -> usize {
        match self {
            Self::Categorical => 1,
            Self::Gaussian { .. } | Self::StudentT { .. } | Self::Laplace { .. } | Self::Bernoulli | Self::Poisson => {
                outputs
            }
        }
    }

    pub(super) fn check(self, f: &Composition) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(Scale::Fixed(s)) = self.scale()
            && !(s.is_finite() && s > 0.0)
        {
            wrong.push(format!("likelihood.scale is {s}; it must be positive and finite, or \"learned\""));
        }
        match self {
            Self::StudentT { nu, .. } if !(nu.is_finite() && nu > 0.0) => {
                wrong.push(format!("likelihood.nu is {nu}; it must be positive and finite"));
            }
            Self::Categorical if f.outputs < 2 => {
                wrong.push(format!("likelihood.classes is {}; a choice needs at least 2", f.outputs));
            }
            Self::StudentT { .. }
            | Self::Categorical
            | Self::Gaussian { .. }
            | Self::Laplace { .. }
            | Self::Bernoulli
            | Self::Poisson => {}
        }
        wrong
    }
}
