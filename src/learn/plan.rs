//! How to get from the prior to a belief, in words. Knows no algorithm's state.

/// The method and its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which update rule.
    pub method: Method,
    /// η, the learning rate.
    pub rate: f64,
    /// μ of momentum and Nesterov.
    pub momentum: f64,
    /// Rows an update sees.
    pub batch: Batch,
}

/// The update rules, as PyTorch defines them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// θ ← θ − η g.
    Sgd,
    /// v ← μ v + g; θ ← θ − η v.
    Momentum,
    /// v as momentum; θ ← θ − η (g + μ v).
    Nesterov,
    /// v ← .99 v + .01 g²; θ ← θ − η g/(√v + 1e-8).
    Rmsprop,
    /// Kingma & Ba 2015, β = (.9, .999), ε = 1e-8 outside the root.
    Adam,
}

impl Method {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 5] = [Self::Sgd, Self::Momentum, Self::Nesterov, Self::Rmsprop, Self::Adam];

    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Momentum => "momentum",
            Self::Nesterov => "nesterov",
            Self::Rmsprop => "rmsprop",
            Self::Adam => "adam",
        }
    }
}

/// Rows an update sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// All training rows.
    Full,
    /// That many, in an order redrawn every epoch; the last of an epoch may be shorter.
    Of(usize),
}
