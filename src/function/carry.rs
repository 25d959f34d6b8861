//! What a changed model keeps of what the old one learned: exactly where that can be, else as near as the shapes allow.
//! Knows no data.

use crate::model::{Architecture, Coefficients, Composition, Form, Group, Layout, Model, Stage};
use std::sync::Arc;

/// What became of a function when its model was changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The function now.
    pub now: Coefficients,
    /// Whether f is unchanged, but for rounding.
    pub exact: bool,
    /// One sentence: what was kept and what was lost.
    pub sentence: String,
}

/// Carries `old` over to `model`; what has no counterpart comes from `fresh` (a starting θ of `model`).
///
/// Stages answer to their essay index. A larger K adds elements with a = 0, a smaller one drops those that matter least
/// (least ‖aₖ‖·‖(bₖ, cₖ)‖, which no rescaling of a unit changes); a new residual stage starts with a = d = 0, as the identity.
///
/// # Panics
/// Never for a `fresh` of the length of the model's layout.
#[must_use]
pub fn carry(old: &Coefficients, model: &Arc<Model>, fresh: &[f64]) -> Kept {
    let layout = model.layout();
    let mut theta = fresh.to_vec();
    let (mut dropped, mut lost) = (0, false);
    for (at, stage) in model.f.stages.iter().enumerate() {
        let index = model.f.essay_index(at);
        let Some(before) = old.model.f.position(index) else {
            if model.f.architecture.is_residual() {
                for group in [Group::A, Group::D] {
                    layout.find(Some(at), group).into_iter().for_each(|block| theta[block.at.clone()].fill(0.0));
                }
            }
            continue;
        };
        let elements = elements_kept(old, before, stage.k);
        dropped += old.model.f.stages[before].k.saturating_sub(stage.k);
        lost |= loses_heights(old, before, &elements);
        copy_stage(old, before, &elements, &layout, at, &mut theta);
    }
    for group in [Group::Lift, Group::Readout, Group::LogScale] {
        if let (Some(from), Some(to)) = (old.layout().find(None, group), layout.find(None, group))
            && from.shape == to.shape
        {
            theta[to.at.clone()].copy_from_slice(old.block(from));
        }
    }
    let exact = !lost && same_function(&old.model, model);
    let sentence = sentence(&old.model, model, dropped, exact);
    let now = Coefficients::new(model.clone(), theta).expect("fresh has the layout's length");
    Kept { now, exact, sentence }
}

/// For each of `k` elements of the new stage, the old element it continues.
fn elements_kept(old: &Coefficients, at: usize, k: usize) -> Vec<Option<usize>> {
    let had = old.model.f.stages[at].k;
    if k >= had {
        return (0..k).map(|element| (element < had).then_some(element)).collect();
    }
    let weight = weights(old, at);
    let mut by_weight: Vec<usize> = (0..had).collect();
    by_weight.sort_by(|&left, &right| weight[right].total_cmp(&weight[left]));
    by_weight.truncate(k);
    by_weight.sort_unstable();
    by_weight.into_iter().map(Some).collect()
}

/// ‖aₖ‖·‖(bₖ, cₖ)‖ of every element; in the reduced form ‖aₖ‖.
fn weights(old: &Coefficients, at: usize) -> Vec<f64> {
    let stage = old.model.f.stages[at];
    let (a, b, c) = (old.group(at, Group::A), old.group(at, Group::B), old.group(at, Group::C));
    (0..stage.k)
        .map(|k| {
            let heights: f64 = heights(a, stage, k).map(|a| a * a).sum();
            let widths: f64 = match stage.form {
                Form::Full => b.iter().skip(k).step_by(stage.k).map(|b| b * b).sum::<f64>() + c[k] * c[k],
                Form::Reduced => 1.0,
            };
            (heights * widths).sqrt()
        })
        .collect()
}

/// The heights of element `k`: one row of a, or one for every position that a sees.
fn heights(a: &[f64], stage: Stage, k: usize) -> impl Iterator<Item = &f64> {
    a.chunks_exact(stage.outputs).skip(k).step_by(stage.k).flatten()
}

/// Whether an element with a ≠ 0 is not among those kept.
fn loses_heights(old: &Coefficients, at: usize, elements: &[Option<usize>]) -> bool {
    let (stage, a) = (old.model.f.stages[at], old.group(at, Group::A));
    (0..stage.k).any(|k| !elements.contains(&Some(k)) && heights(a, stage, k).any(|&a| a != 0.0))
}

/// Copies the overlap of one stage's blocks; a of an element that continues none becomes 0.
fn copy_stage(
    old: &Coefficients,
    before: usize,
    elements: &[Option<usize>],
    layout: &Layout,
    at: usize,
    theta: &mut [f64],
) {
    let old_layout = old.layout();
    let (k, had) = (elements.len(), old.model.f.stages[before].k);
    for group in [Group::A, Group::B, Group::C, Group::D] {
        let (Some(from), Some(to)) = (old_layout.find(Some(before), group), layout.find(Some(at), group)) else {
            continue;
        };
        let source = old.block(from);
        for row in 0..to.shape[0] {
            for column in 0..to.shape[1] {
                let (row_before, column_before) = match group {
                    // Where a sees several positions it has a row for every element at each of them.
                    Group::A => (elements[row % k].map(|element| row / k * had + element), Some(column)),
                    Group::B | Group::C => (Some(row), elements[column]),
                    _ => (Some(row), Some(column)),
                };
                let value = &mut theta[to.at.start + row * to.shape[1] + column];
                match (row_before, column_before) {
                    (Some(row), Some(column)) if row < from.shape[0] && column < from.shape[1] => {
                        *value = source[row * from.shape[1] + column];
                    }
                    (None, _) => *value = 0.0,
                    _ => {}
                }
            }
        }
    }
}

/// Whether the new model can hold the old function in the carried coefficients.
fn same_function(old: &Model, new: &Model) -> bool {
    let (was, is) = (&old.f, &new.f);
    let added = is.depth() - was.depth().min(is.depth());
    let grown = added == 0 || is.architecture == Architecture::Residual;
    let scale = was.architecture == Architecture::Plain || (was.branch_scale - is.branch_scale).abs() < f64::EPSILON;
    let stages = was.stages.iter().zip(is.stages.iter().skip(added)).all(|(was, is)| {
        (was.outputs, was.sigma, was.form, was.over) == (is.outputs, is.sigma, is.form, is.over)
            && (was.alpha - is.alpha).abs() < f64::EPSILON
    });
    let ends = |f: &Composition| (f.inputs, f.positions, f.outputs, f.lift, f.readout);
    is.depth() >= was.depth()
        && was.architecture == is.architecture
        && grown
        && scale
        && stages
        && ends(was) == ends(is)
}

fn sentence(old: &Model, new: &Model, dropped: usize, exact: bool) -> String {
    let (was, is) = (&old.f, &new.f);
    if exact && new.layout().len() <= old.layout().len() {
        return "kept: the function is the same, what was left out had no effect".to_owned();
    }
    if exact {
        return "kept: the function is the same, the new coefficients start without effect".to_owned();
    }
    match dropped {
        0 if was.depth() < is.depth() => {
            let why = match is.architecture {
                Architecture::Residual if (was.branch_scale - is.branch_scale).abs() >= f64::EPSILON => {
                    "the branches are scaled by the depth"
                }
                Architecture::Residual => "what it begins with is not nothing",
                Architecture::Plain | Architecture::Residual2015 => "a plain composition cannot keep its function",
            };
            format!("a new innermost f⁽ⁱ⁾ starts afresh: {why}")
        }
        0 if was.depth() > is.depth() => "the innermost f⁽ⁱ⁾ is gone; the others keep their coefficients".to_owned(),
        0 => "the coefficients are kept where the shapes agree; they now mean another function".to_owned(),
        1 => "one element is dropped: the one that mattered least".to_owned(),
        n => format!("{n} elements are dropped: those that mattered least"),
    }
}
