//! What is believed of θ before any data, in words: one prior a stage and group. Densities are `bayes`' business.

use super::{Block, Composition, Group};
use serde::{Deserialize, Serialize};

/// Whether the variance is shared out among the terms of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// τ² for every coefficient.
    None,
    /// τ²/K for a, τ²/n for b: f keeps its variance as K grows (Neal 1996).
    PerUnit,
}

/// The prior of one group of coefficients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// N(0, τ²), scaled as told: L² regularisation.
    Gaussian {
        /// τ.
        tau: f64,
        /// Per unit or not.
        scaling: Scaling,
    },
    /// No preference; allowed for d only, elsewhere the posterior would be improper.
    Flat,
}

/// The priors of one stage's four groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupPriors {
    /// Of the heights a.
    pub a: Prior,
    /// Of the inverse widths b.
    pub b: Prior,
    /// Of c.
    pub c: Prior,
    /// Of the offsets d.
    pub d: Prior,
}

/// The priors of all stages, innermost first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Priors {
    /// Innermost first, as `Composition::stages`.
    pub stages: Vec<GroupPriors>,
}

impl Priors {
    /// The standard deviation of every coefficient of `block`; none for a flat prior, and none for the
    /// likelihood's scale, whose half-normal prior is not Gaussian in ρ.
    ///
    /// Lift and readout take the innermost b's and the outermost a's τ, per unit.
    #[must_use]
    pub fn sd(&self, block: &Block) -> Option<f64> {
        let shared = |prior: Prior, terms: usize| match prior {
            Prior::Gaussian { tau, scaling: Scaling::None } => Some(tau),
            #[expect(clippy::cast_precision_loss, reason = "a count of coefficients")]
            Prior::Gaussian { tau, scaling: Scaling::PerUnit } => Some(tau / (terms as f64).sqrt()),
            Prior::Flat => None,
        };
        let per_unit = |prior: Prior| match prior {
            Prior::Gaussian { tau, .. } => shared(Prior::Gaussian { tau, scaling: Scaling::PerUnit }, block.shape[0]),
            Prior::Flat => None,
        };
        let of = |at: Option<usize>| at.and_then(|at| self.stages.get(at));
        match block.group {
            Group::A => of(block.stage).and_then(|stage| shared(stage.a, block.shape[0])),
            Group::B => of(block.stage).and_then(|stage| shared(stage.b, block.shape[0])),
            Group::C => of(block.stage).and_then(|stage| shared(stage.c, 1)),
            Group::D => of(block.stage).and_then(|stage| shared(stage.d, 1)),
            Group::Lift => self.stages.first().and_then(|stage| per_unit(stage.b)),
            Group::Readout => self.stages.last().and_then(|stage| per_unit(stage.a)),
            Group::LogScale => None,
        }
    }

    pub(super) fn check(&self, f: &Composition) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.stages.len() != f.depth() {
            wrong.push(format!("{} stages have priors, {} are composed", self.stages.len(), f.depth()));
        }
        for (at, stage) in self.stages.iter().enumerate().take(f.depth()) {
            let index = f.essay_index(at);
            for (letter, prior) in [("a", stage.a), ("b", stage.b), ("c", stage.c), ("d", stage.d)] {
                match prior {
                    Prior::Flat if letter != "d" => wrong.push(format!(
                        "f{index}.prior.{letter} is flat: only d's may be, elsewhere the posterior would be improper"
                    )),
                    Prior::Gaussian { tau, .. } if !(tau.is_finite() && tau > 0.0) => {
                        wrong.push(format!("f{index}.prior.{letter}.tau is {tau}; it must be positive and finite"));
                    }
                    Prior::Gaussian { .. } | Prior::Flat => {}
                }
            }
        }
        wrong
    }
}
