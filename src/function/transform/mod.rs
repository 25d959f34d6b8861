//! Operations on θ that leave f as it is, or say what of it is lost: reduction, collapse, symmetries, growth.
//! Knows no data and no density.

mod parts;
mod reduce;
mod stages;
mod units;

use super::element::move_element;
use super::{Grip, Kept};
use crate::model::Coefficients;
use crate::seeds::Seeds;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most elements a stage may grow to.
pub const MOST_ELEMENTS: usize = 1024;

/// One operation on a function. `stage` is the essay's index i of f⁽ⁱ⁾; elements count from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// b and c of every stage but the innermost go into a and d of the stage inside it: b = 1, c = 0. Plain only.
    Reduce,
    /// θ⁽ⁱ⁾ = 0: the prior's mode.
    CollapseToMode {
        /// i.
        stage: usize,
    },
    /// θ⁽ⁱ⁾ drawn from its prior.
    CollapseToDraw {
        /// i.
        stage: usize,
        /// Which draw; equal numbers draw equal coefficients.
        draw: u64,
    },
    /// Element k becomes what element `order[k]` was.
    Permute {
        /// i.
        stage: usize,
        /// Every element once.
        order: Vec<usize>,
    },
    /// (b, c) → −(b, c) of some elements, and a → −a for an odd σ.
    Flip {
        /// i.
        stage: usize,
        /// Which elements, each once.
        units: Vec<usize>,
    },
    /// (b, c) → s (b, c) and a → a/sᵖ of one element, for a σ that is homogeneous of degree p.
    Rescale {
        /// i.
        stage: usize,
        /// Which element.
        unit: usize,
        /// s.
        factor: f64,
    },
    /// Rescales every element to where the prior is largest, for a σ that is homogeneous of degree 1.
    Rebalance {
        /// i; every stage where there is none.
        stage: Option<usize>,
    },
    /// New elements with a = 0, b and c drawn.
    Grow {
        /// i.
        stage: usize,
        /// The new K.
        k: usize,
    },
    /// Drops the elements that matter least.
    Shrink {
        /// i.
        stage: usize,
        /// The new K.
        k: usize,
    },
    /// One grip of one element is moved; nothing else changes.
    Move {
        /// i.
        stage: usize,
        /// Which element.
        unit: usize,
        /// What of it.
        grip: Grip,
        /// Its new value.
        to: f64,
    },
    /// θ⁽ⁱ⁾ and θ⁽ʲ⁾ change places: f⁽¹⁾∘f⁽²⁾ becomes f⁽²⁾∘f⁽¹⁾. Needs equal shapes.
    Exchange {
        /// i and j.
        stages: [usize; 2],
    },
    /// f⁽ⁱ⁾ → −f⁽ⁱ⁾: a and d change sign.
    Negate {
        /// i.
        stage: usize,
    },
    /// A new stage with a = d = 0, b and c drawn, like the one beside it. Residual only.
    InsertIdentity {
        /// The essay's index that the new stage has afterwards.
        at: usize,
    },
}

/// Why an operation was not made, with the value and what would be allowed: a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Clean);

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl std::error::Error for Refusal {}

fn refusal(sentence: &str) -> Refusal {
    Refusal(Clean::new(sentence, 360))
}

/// Carries out `how` on `f`. Random numbers come from streams of their own under `seeds`.
///
/// # Errors
/// A sentence, if there is no such stage or element, or the operation has no meaning here.
pub fn transform(f: &Coefficients, how: &Transform, seeds: Seeds) -> Result<Kept, Refusal> {
    match how {
        Transform::Reduce => reduce::reduce(f),
        Transform::CollapseToMode { stage } => Ok(stages::to_mode(f, position(f, *stage)?)),
        Transform::CollapseToDraw { stage, draw } => Ok(stages::to_draw(f, position(f, *stage)?, *draw, seeds)),
        Transform::Permute { stage, order } => units::permute(f, position(f, *stage)?, order),
        Transform::Flip { stage, units } => units::flip(f, position(f, *stage)?, units),
        Transform::Rescale { stage, unit, factor } => units::rescale(f, position(f, *stage)?, *unit, *factor),
        Transform::Rebalance { stage } => units::rebalance(f, stage.map(|stage| position(f, stage)).transpose()?),
        Transform::Grow { stage, k } => stages::grow(f, position(f, *stage)?, *k, seeds),
        Transform::Shrink { stage, k } => stages::shrink(f, position(f, *stage)?, *k),
        Transform::Move { stage, unit, grip, to } => move_element(f, position(f, *stage)?, *unit, *grip, *to),
        Transform::Exchange { stages: [one, other] } => stages::exchange(f, position(f, *one)?, position(f, *other)?),
        Transform::Negate { stage } => Ok(stages::negate(f, position(f, *stage)?)),
        Transform::InsertIdentity { at } => stages::insert(f, *at, seeds),
    }
}

/// What it does, as a person would name it.
impl fmt::Display for Transform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reduce => write!(out, "b = 1, c = 0"),
            Self::CollapseToMode { stage } => write!(out, "f{stage} at its prior mode"),
            Self::CollapseToDraw { stage, .. } => write!(out, "f{stage} at a prior draw"),
            Self::Permute { stage, .. } => write!(out, "f{stage} reordered"),
            Self::Flip { stage, .. } => write!(out, "elements of f{stage} mirrored"),
            Self::Rescale { stage, unit, factor } => write!(out, "f{stage} element {} by {factor}", unit + 1),
            Self::Rebalance { stage: Some(stage) } => write!(out, "f{stage} balanced"),
            Self::Rebalance { stage: None } => write!(out, "balanced"),
            Self::Grow { stage, k } | Self::Shrink { stage, k } => write!(out, "f{stage}.k = {k}"),
            Self::Move { stage, unit, grip, to } => write!(out, "f{stage} element {} {grip} {to:.3}", unit + 1),
            Self::Exchange { stages: [one, other] } => write!(out, "f{one} and f{other} exchanged"),
            Self::Negate { stage } => write!(out, "−f{stage}"),
            Self::InsertIdentity { at } => write!(out, "a new f{at}"),
        }
    }
}

/// Where f⁽ⁱ⁾ stands.
fn position(f: &Coefficients, stage: usize) -> Result<usize, Refusal> {
    let f = &f.model.f;
    f.position(stage).ok_or_else(|| refusal(&format!("there is no f{stage}: the stages are f1 to f{}", f.depth())))
}

/// A function that has not changed.
fn same(now: Coefficients, sentence: String) -> Kept {
    Kept { now, exact: true, sentence }
}
