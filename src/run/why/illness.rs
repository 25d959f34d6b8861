//! What can be wrong with a run, with the numbers that show it. Knows no cure.

use crate::model::Activation;

/// What is wrong. Stages by the essay's index.
#[derive(Clone, Debug, PartialEq)]
pub enum Illness {
    /// A value left the numbers.
    Diverged {
        /// After how many steps.
        step: u64,
        /// In which stage or block.
        block: String,
        /// At which rate.
        rate: f64,
    },
    /// ŷ is a constant.
    Collapsed {
        /// Why.
        reason: Reason,
    },
    /// The loss was thrown far above where it began.
    Thrown {
        /// At which rate.
        rate: f64,
        /// The loss at the beginning.
        first: f64,
        /// The greatest since.
        greatest: f64,
    },
    /// The loss swings and does not fall.
    TooFast {
        /// At which rate.
        rate: f64,
        /// Steps at which it rose.
        rises: u64,
        /// Of so many.
        of: u64,
    },
    /// The mode is a constant.
    AboveCritical {
        /// λ.
        lambda: f64,
        /// The critical one.
        critical: f64,
    },
    /// Chains that have not come to one distribution.
    Apart {
        /// The largest R-hat.
        rhat: f64,
        /// The smallest effective sample size.
        ess: f64,
    },
    /// Draws whose trajectory left the energy that it should keep.
    Strayed {
        /// So many.
        count: usize,
        /// Of all.
        of: usize,
    },
    /// Trajectories that were cut off: what they drew hangs together.
    CutOff {
        /// So many.
        count: usize,
        /// Of all.
        of: usize,
        /// Gradients at which.
        gradients: u64,
    },
    /// Elements that are 0 wherever there are data.
    Dead {
        /// i.
        stage: usize,
        /// So many.
        count: usize,
        /// Of K.
        k: usize,
        /// Their σ.
        sigma: Activation,
    },
    /// Elements that are flat wherever there are data.
    Saturated {
        /// i.
        stage: usize,
        /// So many.
        count: usize,
        /// Of K.
        k: usize,
    },
    /// The loss falls evenly and slowly.
    TooSlow {
        /// At which rate.
        rate: f64,
        /// Steps that what is left would take at this pace.
        left: f64,
    },
    /// The training loss is far below the held-out one.
    Overfit {
        /// Training loss.
        train: f64,
        /// Held-out loss.
        test: f64,
    },
    /// A residual branch that adds nothing.
    Idle {
        /// i.
        stage: usize,
        /// What it adds, as a part of what passes it.
        share: f64,
        /// Whether all of its coefficients are zero.
        at_zero: bool,
    },
}

/// Why ŷ is a constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Too large steps threw every element to where there are no data.
    Thrown {
        /// At which rate.
        rate: f64,
        /// The loss at the beginning.
        first: f64,
        /// The greatest since.
        greatest: f64,
    },
    /// λ is at or above the critical one.
    Critical {
        /// λ.
        lambda: f64,
        /// The critical one.
        critical: f64,
    },
    /// All coefficients of a stage, or of all, are 0.
    Zero {
        /// i; all where there is none.
        stage: Option<usize>,
    },
    /// Every element of a stage is dead.
    Dead {
        /// i.
        stage: usize,
        /// All of them.
        k: usize,
        /// Their σ.
        sigma: Activation,
    },
    /// Every element of a stage is saturated.
    Saturated {
        /// i.
        stage: usize,
        /// All of them.
        k: usize,
    },
    /// A stage near 0, where a constant is a local optimum.
    Local {
        /// i of the flattest.
        stage: usize,
        /// Whether the prior is strong enough to have led there.
        prior: bool,
    },
    /// Residual: the branches take away what passes them.
    Cancelled,
}

impl Illness {
    /// The stage that it is about, by the essay's index.
    #[must_use]
    pub fn stage(&self) -> Option<usize> {
        match self {
            Self::Dead { stage, .. } | Self::Saturated { stage, .. } | Self::Idle { stage, .. } => Some(*stage),
            Self::Collapsed { reason } => match reason {
                Reason::Dead { stage, .. } | Reason::Saturated { stage, .. } => Some(*stage),
                Reason::Zero { stage } => *stage,
                // Drawing that one anew does not help: the others are near 0 too.
                Reason::Local { .. } | Reason::Cancelled | Reason::Thrown { .. } | Reason::Critical { .. } => None,
            },
            Self::Diverged { .. }
            | Self::Thrown { .. }
            | Self::TooFast { .. }
            | Self::AboveCritical { .. }
            | Self::TooSlow { .. }
            | Self::Apart { .. }
            | Self::Strayed { .. }
            | Self::CutOff { .. }
            | Self::Overfit { .. } => None,
        }
    }

    /// Whether what the run came to is of no use because of it.
    #[must_use]
    pub fn is_of_the_whole(&self) -> bool {
        matches!(self, Self::Collapsed { .. } | Self::Apart { .. } | Self::Strayed { .. } | Self::CutOff { .. })
    }
}
