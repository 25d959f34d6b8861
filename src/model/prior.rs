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

/// The prior of one group of coefficients: independent, symmetric about 0.
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
    /// exp(−|θ|/scale)/(2·scale): L¹ regularisation (Tibshirani 1996), whose mode can be exactly 0.
    Laplace {
        /// Its mean of |θ|.
        scale: f64,
        /// Per unit or not: the scale shrinks as τ would.
        scaling: Scaling,
    },
    /// θ/τ ~ Student's t with ν degrees of freedom: most coefficients small, a few as large as they need to be.
    StudentT {
        /// ν.
        nu: f64,
        /// τ.
        tau: f64,
        /// Per unit or not: τ shrinks.
        scaling: Scaling,
    },
    /// No preference. On d the posterior is proper with it; elsewhere it is not, and only its mode may be asked for.
    Flat,
}

impl Prior {
    /// The name of the family in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gaussian { .. } => "gaussian",
            Self::Laplace { .. } => "laplace",
            Self::StudentT { .. } => "student-t",
            Self::Flat => "flat",
        }
    }

    /// The standard deviation of one coefficient, where there is one: not for Student's t with ν ≤ 2, not for a flat prior.
    /// A scaling is not applied: `Priors::of` gives a prior to which it has been.
    #[must_use]
    pub fn sd(self) -> Option<f64> {
        match self {
            Self::Gaussian { tau, .. } => Some(tau),
            Self::Laplace { scale, .. } => Some(std::f64::consts::SQRT_2 * scale),
            Self::StudentT { nu, tau, .. } => (nu > 2.0).then(|| tau * (nu / (nu - 2.0)).sqrt()),
            Self::Flat => None,
        }
    }

    /// The prior of a single coefficient among `terms` of a sum; `always`: shared out whatever was told.
    fn among(self, terms: usize, always: bool) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a count of coefficients")]
        let share = |size: f64, scaling| match scaling {
            Scaling::None if !always => size,
            Scaling::None | Scaling::PerUnit => size / (terms as f64).sqrt(),
        };
        let none = Scaling::None;
        match self {
            Self::Gaussian { tau, scaling } => Self::Gaussian { tau: share(tau, scaling), scaling: none },
            Self::Laplace { scale, scaling } => Self::Laplace { scale: share(scale, scaling), scaling: none },
            Self::StudentT { nu, tau, scaling } => Self::StudentT { nu, tau: share(tau, scaling), scaling: none },
            Self::Flat => Self::Flat,
        }
    }

    /// What is wrong with its numbers: the key after `prior.a.`, the value.
    fn fault(self) -> Option<(&'static str, f64)> {
        let positive = |key, value: f64| (!(value.is_finite() && value > 0.0)).then_some((key, value));
        match self {
            Self::Gaussian { tau, .. } => positive("tau", tau),
            Self::Laplace { scale, .. } => positive("scale", scale),
            Self::StudentT { nu, tau, .. } => positive("nu", nu).or_else(|| positive("tau", tau)),
            Self::Flat => None,
        }
    }
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
    /// The prior of every single coefficient of `block`, its scaling applied; none for the likelihood's scale, whose
    /// half-normal prior is on s and not on ρ.
    ///
    /// Lift and readout take the innermost b's and the outermost a's family and size, per unit.
    #[must_use]
    pub fn of(&self, block: &Block) -> Option<Prior> {
        let stage = || block.stage.and_then(|at| self.stages.get(at));
        match block.group {
            Group::A => stage().map(|stage| stage.a.among(block.shape[0], false)),
            Group::B => stage().map(|stage| stage.b.among(block.shape[0], false)),
            Group::C => stage().map(|stage| stage.c.among(1, false)),
            Group::D => stage().map(|stage| stage.d.among(1, false)),
            Group::Lift => self.stages.first().map(|stage| stage.b.among(block.shape[0], true)),
            Group::Readout => self.stages.last().map(|stage| stage.a.among(block.shape[0], true)),
            Group::LogScale => None,
        }
    }

    /// The standard deviation of every coefficient of `block` under its prior, where it has one.
    #[must_use]
    pub fn sd(&self, block: &Block) -> Option<f64> {
        self.of(block).and_then(Prior::sd)
    }

    /// τ of every coefficient of `block` where the prior is Gaussian: what whitens it, and what weight decay is 1/τ² of.
    #[must_use]
    pub fn tau(&self, block: &Block) -> Option<f64> {
        match self.of(block)? {
            Prior::Gaussian { tau, .. } => Some(tau),
            Prior::Laplace { .. } | Prior::StudentT { .. } | Prior::Flat => None,
        }
    }

    /// The groups with a flat prior that leaves the posterior improper, by the stage's position and letter: all but d. Of an
    /// improper posterior there is at best a mode; nothing may be drawn from it.
    #[must_use]
    pub fn improper(&self) -> Vec<(usize, Group)> {
        let stages = self.stages.iter().enumerate();
        let groups = stages.flat_map(|(at, of)| {
            [(Group::A, of.a), (Group::B, of.b), (Group::C, of.c)].map(|(group, prior)| (at, group, prior))
        });
        groups.filter(|(.., prior)| *prior == Prior::Flat).map(|(at, group, _)| (at, group)).collect()
    }

    pub(super) fn check(&self, f: &Composition) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.stages.len() != f.depth() {
            wrong.push(format!("{} stages have priors, {} are composed", self.stages.len(), f.depth()));
        }
        for (at, stage) in self.stages.iter().enumerate().take(f.depth()) {
            let index = f.essay_index(at);
            for (letter, prior) in [("a", stage.a), ("b", stage.b), ("c", stage.c), ("d", stage.d)] {
                if let Some((key, value)) = prior.fault() {
                    wrong.push(format!("f{index}.prior.{letter}.{key} is {value}; it must be positive and finite"));
                }
            }
        }
        wrong
    }
}
