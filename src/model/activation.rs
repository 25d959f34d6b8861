//! The names and properties of σ. Its values are `function`'s business.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The function σ whose shifted and scaled copies are the basis elements. Those with a parameter α take it from the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, z).
    Relu,
    /// z for z > 0, else αz.
    LeakyRelu,
    /// z for z > 0, else α(eᶻ − 1).
    Elu,
    /// 1/(1 + e⁻ᶻ).
    Sigmoid,
    /// tanh z.
    Tanh,
    /// log(1 + eᶻ).
    Softplus,
    /// z Φ(z), exactly.
    Gelu,
    /// z/(1 + e⁻ᶻ).
    Silu,
    /// sin z.
    Sin,
    /// exp(−z²/2). Of X b + c it is a plane wave's profile for n > 1, a bump only for n = 1.
    Gauss,
    /// max(0, 1 − |z|).
    Hat,
    /// 1 for z > 0, else 0. No gradient reaches b and c through it.
    Step,
    /// z: every composition is affine. The negative control.
    Identity,
    /// z²: a polynomial, so its span is not dense (Leshno et al. 1993).
    Square,
    /// z³: likewise.
    Cube,
}

/// What σ(−z) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// σ(−z) = σ(z).
    Even,
    /// σ(−z) = −σ(z).
    Odd,
}

impl Activation {
    /// All of them, in the order in which they are listed to the user.
    pub const ALL: [Self; 15] = [
        Self::Relu,
        Self::LeakyRelu,
        Self::Elu,
        Self::Sigmoid,
        Self::Tanh,
        Self::Softplus,
        Self::Gelu,
        Self::Silu,
        Self::Sin,
        Self::Gauss,
        Self::Hat,
        Self::Step,
        Self::Identity,
        Self::Square,
        Self::Cube,
    ];

    /// The name in presets and on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky_relu",
            Self::Elu => "elu",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Softplus => "softplus",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Sin => "sin",
            Self::Gauss => "gauss",
            Self::Hat => "hat",
            Self::Step => "step",
            Self::Identity => "identity",
            Self::Square => "square",
            Self::Cube => "cube",
        }
    }

    /// The α that is meant when none is written; 0 for those without.
    #[must_use]
    pub const fn usual_alpha(self) -> f64 {
        match self {
            Self::LeakyRelu => 0.01,
            Self::Elu => 1.0,
            _ => 0.0,
        }
    }

    /// Whether σ has the parameter α.
    #[must_use]
    pub const fn has_alpha(self) -> bool {
        matches!(self, Self::LeakyRelu | Self::Elu)
    }

    /// E[σ(z)²] for z ~ N(0, 1): the gain that initialisation divides by. Closed forms, or adaptive quadrature to 1e-14.
    #[must_use]
    pub fn second_moment(self, alpha: f64) -> f64 {
        match self {
            Self::Relu | Self::Step => 0.5,
            Self::LeakyRelu => 0.5 * (1.0 + alpha * alpha),
            Self::Elu => 0.5 + 0.144_945_417_492_924 * alpha * alpha,
            Self::Sigmoid => 0.293_379_035_858_093,
            Self::Tanh => 0.394_294_490_397_841,
            Self::Softplus => 0.921_245_908_859_300,
            Self::Gelu => 0.425_221_482_570_299,
            Self::Silu => 0.355_775_519_817_352,
            Self::Sin => 0.432_332_358_381_694,
            Self::Gauss => 0.577_350_269_189_626,
            Self::Hat => 0.253_551_311_706_728,
            Self::Identity => 1.0,
            Self::Square => 3.0,
            Self::Cube => 15.0,
        }
    }

    /// The degree p with σ(s z) = sᵖ σ(z) for every s > 0: (b, c, a) → (s b, s c, a/sᵖ) leaves f unchanged.
    #[must_use]
    pub const fn homogeneity(self) -> Option<i32> {
        match self {
            Self::Step => Some(0),
            Self::Relu | Self::LeakyRelu | Self::Identity => Some(1),
            Self::Square => Some(2),
            Self::Cube => Some(3),
            _ => None,
        }
    }

    /// What σ(−z) is, if it is σ's own value but for its sign: units can be flipped then.
    #[must_use]
    pub const fn parity(self) -> Option<Parity> {
        match self {
            Self::Tanh | Self::Sin | Self::Identity | Self::Cube => Some(Parity::Odd),
            Self::Gauss | Self::Hat | Self::Square => Some(Parity::Even),
            _ => None,
        }
    }

    /// Whether the gradient in b and c is of any use: not for a step, whose derivative is 0 wherever it exists.
    #[must_use]
    pub const fn is_differentiable(self) -> bool {
        !matches!(self, Self::Step)
    }

    /// Whether σ has kinks or jumps, at which second-order methods stall.
    #[must_use]
    pub const fn has_kinks(self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu | Self::Elu | Self::Hat | Self::Step)
    }

    /// Whether σ(0) = 0, so that an element at a = b = c = 0 is stationary.
    #[must_use]
    pub const fn vanishes_at_zero(self) -> bool {
        !matches!(self, Self::Sigmoid | Self::Softplus | Self::Gauss | Self::Hat)
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}
