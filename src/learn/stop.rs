//! When a run ends by itself, in words. Knows no loss and no clock.

/// A number, or no rule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Limit {
    /// It stops nothing.
    #[default]
    Never,
    /// From here on.
    At(f64),
}

/// The rules that end a run before its last step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stop {
    /// The loss has fallen by less than this part of itself. Looked at are the steps since the last change, at least 100:
    /// the mean loss of their last quarter is compared with that of the quarter before, at the end of every bucket of the
    /// history (every step up to 128, then whenever 1/128 more have been done). It does not depend on time.
    pub plateau: Limit,
    /// The loss over all training rows is this or less, at the end of a bucket.
    pub loss: Limit,
    /// So many seconds have been spent on learning. The only rule that a clock has a part in.
    pub seconds: Limit,
}

/// Which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `Stop::plateau`.
    Plateau,
    /// `Stop::loss`.
    Loss,
    /// `Stop::seconds`.
    Seconds,
}

impl Rule {
    /// The setting's name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Plateau => "learn.stop.plateau",
            Self::Loss => "learn.stop.loss",
            Self::Seconds => "learn.stop.seconds",
        }
    }
}

impl Stop {
    /// The limit of a rule, if it has one.
    #[must_use]
    pub fn limit(&self, rule: Rule) -> Option<f64> {
        let limit = match rule {
            Rule::Plateau => self.plateau,
            Rule::Loss => self.loss,
            Rule::Seconds => self.seconds,
        };
        match limit {
            Limit::Never => None,
            Limit::At(limit) => Some(limit),
        }
    }
}
