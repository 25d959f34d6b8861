//! Worlds of signals: the kernels of every stage, its tied matrix, and one row of the data on its way. Knows no colour.

use super::plane::{right, spots};
use super::{View, Window, World, boundary, draws, extent};
use crate::data::Dataset;
use crate::function::{mean, positions_tied, through};
use crate::model::{Coefficients, Extent, Group, Over};
use crate::run::Snapshot;

/// A matrix larger than this is shown from its first corner on.
const LARGEST: usize = 128;

/// One f⁽ⁱ⁾ of a composition over signals.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalStage {
    /// Positions that b sees: a patch, or the whole row.
    pub patch: usize,
    /// Whether the same b is used at every position.
    pub is_convolution: bool,
    /// The channel of its input that is shown, from 0, of how many.
    pub channel: (usize, usize),
    /// In the view `Kernels`, for every element: b over the positions, and its height a in the shown channel of the output.
    pub kernels: Vec<(Vec<f64>, f64)>,
    /// In the view `Toeplitz`: the matrix of one element.
    pub matrix: Option<Matrix>,
    /// In the view `Passing`: the row before, and after.
    pub passing: Option<Passing>,
}

/// b of one element over whole rows: what position `row` of the signal weighs in the value at position `column`.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// The element, from 0.
    pub element: usize,
    /// Columns shown.
    pub columns: usize,
    /// Entries row by row: the place in the patch and the number there; none where it is zero by construction. Of a dense stage
    /// every entry is a number of its own.
    pub entries: Vec<Option<(usize, f64)>>,
    /// Positions in all.
    pub positions: usize,
}

/// One row of the data at a stage: one channel before, one after.
#[derive(Clone, Debug, PartialEq)]
pub struct Passing {
    /// What the stage receives.
    pub before: Vec<f64>,
    /// The stream after it; one value where the stage made one point of the signal.
    pub after: Vec<f64>,
    /// The channel after, from 0, of how many.
    pub channel: (usize, usize),
}

/// A world of signals.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalScene {
    /// Innermost first.
    pub stages: Vec<SignalStage>,
    /// Which row, from 0, of how many; those held out come last.
    pub row: (usize, usize),
    /// Whether it is held out.
    pub held_out: bool,
    /// Its signal, first channel, in the data's own units.
    pub signal: Vec<f64>,
    /// The stream of the last stage that still has positions, and where that stage stands.
    pub last: Option<(usize, Vec<f64>)>,
    /// y and ŷ.
    pub y: (f64, f64),
    /// Least and greatest value of all signals.
    pub range: [f64; 2],
    /// The share of rows on the right side of the boundary: of those learned from, of those held out.
    pub right: Option<[f64; 2]>,
}

/// Rows of a set of signals: to learn from, then held out.
#[must_use]
pub fn rows(data: &Dataset) -> usize {
    data.train.x.nrows() + data.test.x.nrows()
}

pub(super) fn signals(focus: &Snapshot, window: &Window) -> Option<SignalScene> {
    let mode = focus.belief.mode();
    let f = &mode.model.f;
    if World::of(f) != World::Signal {
        return None;
    }
    let data = &focus.data;
    let row = window.sight.row.min(rows(data).saturating_sub(1));
    let held_out = row >= data.train.x.nrows();
    let points = if held_out { &data.test } else { &data.train };
    let at = if held_out { row - data.train.x.nrows() } else { row };
    let x = (at < points.x.nrows()).then(|| points.x.slice(ndarray::s![at..=at, ..]).to_owned());
    let drawn = draws::whole(focus, window);
    let seen = x.as_ref().map(|x| through(&drawn, x.view()));
    let channels = f.inputs / f.positions.max(1);
    let own = |values: &ndarray::Array2<f64>| -> Vec<f64> {
        (0..f.positions).map(|t| data.inputs[t * channels].from_standard(values[[0, t * channels]])).collect()
    };
    let after: Vec<Vec<f64>> =
        seen.as_ref().map_or_else(Vec::new, |seen| seen.stages.iter().map(|p| p.after.row(0).to_vec()).collect());
    let last = (0..f.depth()).rev().find(|at| f.extent(at + 1).positions > 1 && *at < after.len());
    let y = seen.as_ref().map_or((f64::NAN, f64::NAN), |seen| {
        let predicted = mean(mode.model.likelihood, seen.f.view())[[0, 0]];
        (data.outputs[0].from_standard(points.y[[at, 0]]), data.outputs[0].from_standard(predicted))
    });
    let all = data.train.x.iter().chain(&data.test.x).copied();
    let column = &data.inputs[0];
    Some(SignalScene {
        stages: (0..f.depth())
            .map(|at| stage(focus, window, at, x.as_ref().and(after.get(at)), seen.as_ref()))
            .collect(),
        row: (row, rows(data)),
        held_out,
        signal: x.as_ref().map_or_else(Vec::new, own),
        last: last.map(|at| (at, channel(&after[at], f.extent(at + 1), window.coordinate).0)),
        y,
        range: extent(all).map(|x| column.from_standard(x)),
        right: boundary(focus).map(|class| right(&spots(&drawn, data), class.level)),
    })
}

/// One channel of a row, and which of how many.
fn channel(row: &[f64], extent: Extent, wanted: usize) -> (Vec<f64>, (usize, usize)) {
    let channel = wanted.min(extent.channels.saturating_sub(1));
    (row.iter().skip(channel).step_by(extent.channels.max(1)).copied().collect(), (channel, extent.channels))
}

fn stage(
    focus: &Snapshot,
    window: &Window,
    at: usize,
    after: Option<&Vec<f64>>,
    seen: Option<&crate::function::Through>,
) -> SignalStage {
    let f = draws::faced(focus, window, at);
    let (before, stage) = (f.model.f.extent(at), f.model.f.stages[at]);
    let (patch, is_convolution) = match stage.over {
        Over::Points => (before.positions, false),
        Over::Patches { width, .. } => (width, true),
    };
    let shown = window.coordinate.min(before.channels.saturating_sub(1));
    let element = window.element.filter(|_| f.model.f.essay_index(at) == window.stage).unwrap_or(0).min(stage.k - 1);
    let mut scene = SignalStage {
        patch,
        is_convolution,
        channel: (shown, before.channels),
        kernels: Vec::new(),
        matrix: None,
        passing: None,
    };
    let kernel = |k: usize| kernel(&f, at, k, (shown, before.channels));
    match window.sight.view(World::Signal) {
        View::Kernels => {
            scene.kernels = (0..stage.k).map(|k| (kernel(k), height(&f, at, k, window.coordinate))).collect();
        }
        View::Toeplitz => scene.matrix = Some(matrix(&f, at, element, &kernel(element), before)),
        View::Passing => {
            let passing = after.zip(seen).map(|(after, seen)| {
                let (after, channel_after) = channel(after, f.model.f.extent(at + 1), window.coordinate);
                let input = seen.stages[at].input.row(0).to_vec();
                Passing { before: channel(&input, before, window.coordinate).0, after, channel: channel_after }
            });
            scene.passing = passing;
        }
        View::Local | View::Along | View::Heat | View::Warped => {}
    }
    scene
}

/// b of element `k` over the positions of one channel; a reduced stage has 1 at its own place.
fn kernel(f: &Coefficients, at: usize, k: usize, (channel, channels): (usize, usize)) -> Vec<f64> {
    let (n, size) = (f.model.f.stage_inputs(at), f.model.f.stages[at].k);
    let b = f.group(at, Group::B);
    let entry = |row: usize| b.get(row * size + k).copied().unwrap_or(if row == k { 1.0 } else { 0.0 });
    (channel..n).step_by(channels.max(1)).map(entry).collect()
}

/// a of element `k` in output `j`: of an a that sees several positions, in the middle one.
fn height(f: &Coefficients, at: usize, k: usize, j: usize) -> f64 {
    let stage = f.model.f.stages[at];
    let (a, middle) = (f.group(at, Group::A), f.model.f.stage_elements(at) / stage.k / 2);
    a[(middle * stage.k + k) * stage.outputs + j.min(stage.outputs - 1)]
}

fn matrix(f: &Coefficients, at: usize, element: usize, kernel: &[f64], before: Extent) -> Matrix {
    let shown = before.positions.min(LARGEST);
    let (columns, entries) = if let Some(tied) = positions_tied(&f.model.f, at, shown) {
        let number = |place: Option<usize>| place.map(|place| (place, kernel[place]));
        (shown, tied.into_iter().map(number).collect::<Vec<_>>())
    } else {
        // Dense: every element is a column of its own, and so is every number.
        let k = f.model.f.stages[at].k;
        let b = f.group(at, Group::B);
        let entry = |place: usize| Some((place, *b.get(place / k * before.channels * k + place % k)?));
        (k, (0..shown * k).map(entry).collect())
    };
    Matrix { element, columns, entries, positions: before.positions }
}
