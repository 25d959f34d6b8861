//! The names and properties of σ. Its values are `function`'s business.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The function σ whose shifted and scaled copies are the basis elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, z).
    Relu,
    /// tanh z.
    Tanh,
    /// 1/(1 + e⁻ᶻ).
    Sigmoid,
}

impl Activation {
    /// All of them, in the order in which they are listed to the user.
    pub const ALL: [Self; 3] = [Self::Relu, Self::Tanh, Self::Sigmoid];

    /// The name in presets and on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
        }
    }

    /// E[σ(z)²] for z ~ N(0, 1): the gain that initialisation divides by (MATH-checked by quadrature).
    #[must_use]
    pub const fn second_moment(self) -> f64 {
        match self {
            Self::Relu => 0.5,
            Self::Tanh => 0.394_294_490_391_2,
            Self::Sigmoid => 0.293_379_035_858_9,
        }
    }

    /// Whether σ(s z) = s σ(z) for every s > 0, so that (b, c, a) → (s b, s c, a/s) leaves f unchanged.
    #[must_use]
    pub const fn is_homogeneous(self) -> bool {
        matches!(self, Self::Relu)
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}
