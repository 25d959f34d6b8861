//! How y scatters about f(x), in words. Its values and gradients are `function`'s business.

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

/// p(y | f(x)), independent over rows and outputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// y ~ N(f(x), s²).
    Gaussian {
        /// s.
        scale: Scale,
    },
}

impl Likelihood {
    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gaussian { .. } => "gaussian",
        }
    }

    pub(super) fn check(self) -> Vec<String> {
        match self {
            Self::Gaussian { scale: Scale::Fixed(s) } if !(s.is_finite() && s > 0.0) => {
                vec![format!("likelihood.scale is {s}; it must be positive and finite, or \"learned\"")]
            }
            Self::Gaussian { .. } => Vec::new(),
        }
    }
}
