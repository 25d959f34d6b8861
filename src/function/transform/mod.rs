//! Operations on θ that leave f as it is, or say what of it is lost: reduction, collapse, symmetries, growth.
//! Knows no data and no density.

mod parts;
mod reduce;
mod stages;
mod units;

use super::Kept;
use crate::model::Coefficients;
use crate::seeds::Seeds;
use crate::text::Clean;
use std::fmt;

/// The most elements a stage may grow to.
pub const MOST_ELEMENTS: usize = 1024;

/// One operation on a function. `stage` is the essay's index i of f⁽ⁱ⁾; elements count from 0.
#[derive(Clone, Debug, PartialEq)]
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
        Transform::InsertIdentity { at } => stages::insert(f, *at, seeds),
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
