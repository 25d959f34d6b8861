//! A composition that has become a constant, drawn anew where it lost what came in. Knows no run and no journal.

use super::Refusal;
use super::health::spread;
use crate::function::{local, through};
use crate::model::Coefficients;
use crate::text::Clean;
use ndarray::ArrayView2;

/// Of the spread that comes in, so much has to come out. What He's draws keep in the mean is 1 (He et al. 2015), but few
/// narrow elements keep far less in most draws, and ten times a little is nothing.
const KEPT: f64 = 0.5;
/// Draws of one f⁽ⁱ⁾ that are tried; the best of them is taken where none keeps enough.
const DRAWS: u64 = 100;

/// A spread below which what differs is rounding.
const NOTHING: f64 = 1e-12;

/// Coefficients of a composition that is no constant any more.
pub(super) struct Revived {
    pub theta: Vec<f64>,
    /// The latest draw that any of them is of.
    pub draw: u64,
    pub sentence: String,
}

/// Starts every f⁽ⁱ⁾ anew that keeps less than half of the spread of what comes into it, or every one where none does, from
/// the first on: each by the next draw after `drawn` that keeps it. `fresh` are the starting coefficients of a draw. In the
/// spirit of layer-sequential unit-variance starts (Mishkin & Matas 2016), with draws in place of a scaling.
pub(super) fn revive(
    f: &Coefficients,
    x: ArrayView2<'_, f64>,
    drawn: u64,
    fresh: &dyn Fn(u64) -> Vec<f64>,
) -> Result<Revived, Refusal> {
    let depth = f.model.f.depth();
    let seen = through(f, x);
    let all = seen.stages.iter().enumerate().all(|(at, passage)| kept(f, at, passage.input.view()) >= KEPT);
    let (mut now, mut revived, mut latest) = (f.clone(), Vec::new(), drawn);
    for at in 0..depth {
        let input = through(&now, x).stages.swap_remove(at).input;
        if !all && kept(&now, at, input.view()) >= KEPT {
            continue;
        }
        let name = format!("f{}", f.model.f.essay_index(at));
        let (draw, next, share) = redrawn(&now, at, input.view(), drawn, fresh);
        if share <= 0.0 {
            let why = format!("{name} is a constant on the data in each of {DRAWS} draws: nothing revives it");
            return Err(Refusal(Clean::new(&why, 200)));
        }
        (now, latest) = (next, latest.max(draw));
        revived.push(name);
    }
    let sentence = format!("{} drawn anew, each until it passes on what comes in", revived.join(", "));
    Ok(Revived { theta: now.theta.to_vec(), draw: latest, sentence })
}

/// f with the next draw of one stage that keeps enough, or the one that keeps most; which it is, and how much it keeps.
fn redrawn(
    f: &Coefficients,
    at: usize,
    input: ArrayView2<'_, f64>,
    drawn: u64,
    fresh: &dyn Fn(u64) -> Vec<f64>,
) -> (u64, Coefficients, f64) {
    let place = f.layout().stage(at);
    let mut best = (drawn, f.clone(), 0.0);
    for draw in drawn + 1..=drawn + DRAWS {
        let mut theta = f.theta.to_vec();
        theta[place.clone()].copy_from_slice(&fresh(draw)[place.clone()]);
        let next = Coefficients::new(f.model.clone(), theta).expect("θ has the model's layout");
        let share = kept(&next, at, input);
        if share > best.2 {
            best = (draw, next, share);
        }
        if share >= KEPT {
            break;
        }
    }
    best
}

/// The spread of what comes out of a stage over that of the `input` that comes in.
fn kept(f: &Coefficients, at: usize, input: ArrayView2<'_, f64>) -> f64 {
    let output = spread(local(f, at, input).output.view());
    let input = spread(input);
    if output < NOTHING { 0.0 } else { output / input.max(NOTHING) }
}
