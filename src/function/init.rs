//! Where θ starts. Knows no data.

/// How the starting coefficients are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Var(a) = 1/(K·E[σ²]), Var(b) = 1/n (He et al. 2015, with the gain where σ's outputs enter).
    He,
    /// 2/(fan in + fan out) for a and b (Glorot & Bengio 2010).
    Glorot,
    /// 1/(fan in) for a and b.
    LeCun,
    /// A draw from the prior itself.
    Prior,
    /// Everything zero: stationary in a, b, c.
    Zero,
    /// a = d = 0, b and c as He: every f⁽ⁱ⁾ starts at zero and can move.
    ZeroBranch,
}

impl Init {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 6] = [Self::He, Self::Glorot, Self::LeCun, Self::Prior, Self::Zero, Self::ZeroBranch];

    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::He => "he",
            Self::Glorot => "glorot",
            Self::LeCun => "lecun",
            Self::Prior => "prior",
            Self::Zero => "zero",
            Self::ZeroBranch => "zero-branch",
        }
    }
}
