//! The strip: every f⁽ⁱ⁾ on the values it receives, its terms, and the travelling point. Knows no marks.

use super::{View, Window, World, along, data_range, extent, held_still, slice, slices};
use crate::data::{Column, Dataset};
use crate::function::{Element, Passage, local, through};
use crate::model::{Coefficients, Composition, Group};
use crate::run::{Snapshot, StageHealth};
use crate::text::Clean;
use ndarray::Array2;

/// One axis: what it measures and the values at its ends, in the unit it is labelled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// `x`, `u₂`, a column's name.
    pub name: Clean,
    /// The values at the ends.
    pub range: [f64; 2],
}

/// One f⁽ⁱ⁾.
#[derive(Clone, Debug, PartialEq)]
pub struct StageScene {
    /// The essay's index i.
    pub index: usize,
    /// K.
    pub k: usize,
    /// σ's name.
    pub sigma: &'static str,
    /// Which element is selected, and its numbers.
    pub selected: Option<(usize, Element)>,
    /// Whether all of its coefficients are held.
    pub held: bool,
    /// Dead elements, for the frame.
    pub dead: usize,
    /// Whether what it makes of all that reaches it is next to one value.
    pub constant: bool,
    /// How it is doing on the data.
    pub health: StageHealth,
    /// What comes in. For a scalar stream its input u, linked to the stage before; for vectors x itself.
    pub input: Axis,
    /// What goes out: the next stage's input.
    pub output: Axis,
    /// What the stage makes of the stream, at equally spaced inputs; branch scale and identity path included.
    pub curve: Vec<f64>,
    /// Every aₖ σ(bₖ u + cₖ), at the same inputs.
    pub terms: Vec<Vec<f64>>,
    /// In residual compositions, the stream before the stage: the curve is seen as a departure from it.
    pub identity: Option<Vec<f64>>,
    /// The travelling point: what came in, and what goes out.
    pub point: (f64, f64),
    /// Whether the curve is over x (a vector stream's coordinate) and not over the stage's own input.
    pub over_x: bool,
    /// Coordinates of the stream, and which one is shown (from 0).
    pub coordinates: (usize, usize),
    /// Up to two more coordinates of a vector stream, those after the one shown, at the same inputs.
    pub companions: Vec<Vec<f64>>,
    /// The selected element's own value at the travelling point.
    pub term_at_point: Option<f64>,
}

/// A function whose values differ by less than this share of them is next to a constant.
const CONSTANT: f64 = 1e-3;

/// Coordinates that are shown beside the one in focus.
const COMPANIONS: usize = 2;

pub(super) fn stages(focus: &Snapshot, window: &Window) -> Vec<StageScene> {
    let mode = focus.belief.mode();
    let f = &mode.model.f;
    let range = data_range(&focus.data, window);
    let n = window.stage_columns.max(2);
    let seen = through(&mode, slice(focus, window, n, range).view());
    let cursor = range[0] + window.cursor * (range[1] - range[0]);
    let at_cursor = through(&mode, slice(focus, window, 1, [cursor, cursor]).view());
    let columns = (&focus.data.inputs[slices::axis(&focus.data, window)], &focus.data.outputs[0]);
    let world = World::of(f);
    let scalar = world == World::Scalar && window.sight.view(world) == View::Local;
    (0..f.depth())
        .map(|at| {
            let ends = (at == 0, at + 1 == f.depth());
            let passage = &seen.stages[at];
            let mut stage = if scalar {
                own_plot(&mode, at, passage, n, &focus.data)
            } else {
                let j = window.coordinate.min(f.stages[at].outputs - 1);
                let m = passage.after.ncols().min(f.stages[at].outputs);
                let others = (1..=COMPANIONS.min(m - 1)).map(|more| passage.after.column((j + more) % m).to_vec());
                let others: Vec<Vec<f64>> = others.collect();
                let all = passage.after.column(j).into_iter().chain(others.iter().flatten());
                let outputs = extent(all.copied());
                StageScene { companions: others, ..plot(f, at, passage, j, (range, outputs)) }
            };
            let point = &at_cursor.stages[at];
            let j = stage.coordinates.1;
            let index = f.essay_index(at);
            let element = window.element.filter(|_| index == window.stage).map(|k| k.min(f.stages[at].k - 1));
            stage.selected = element.and_then(|k| Some((k, Element::of(&mode, at, k)?)));
            stage.term_at_point = stage.selected.as_ref().map(|(k, _)| point.term(*k, j)[0]);
            let held = |group| focus.experiment.hold.contains(&(at, group));
            stage.held = [Group::A, Group::D].into_iter().all(held);
            stage.over_x = !scalar;
            stage.point = (if scalar { point.input[[0, 0]] } else { cursor }, point.after[[0, j]]);
            stage.health = focus.health.stages.get(at).copied().unwrap_or_default();
            stage.dead = stage.health.dead;
            name_axes(&mut stage, ends, columns);
            stage
        })
        .collect()
}

/// The values that reach a scalar stage over the data's range; next to a constant gets a little room, so that there is a curve.
pub(super) fn input_range(passage: &Passage, at: usize) -> [f64; 2] {
    let range = extent(passage.input.iter().copied());
    // x is as its data have it: years are far from 0, and no constant.
    if at == 0 && range[0] < range[1] { range } else { roomy(range, size(range)) }
}

/// The range, and where all in it is next to one value some room around that: a line across, and not the last digits of a
/// collapsed f⁽ⁱ⁾ from corner to corner, between two numbers that read the same.
fn roomy([low, high]: [f64; 2], unit: f64) -> [f64; 2] {
    let room = 0.5_f64.max(0.1 * size([low, high]));
    if is_constant([low, high], unit) { [low - room, high + room] } else { [low, high] }
}

/// Whether values differ by next to nothing of `unit`.
fn is_constant([low, high]: [f64; 2], unit: f64) -> bool {
    high - low < 1e-9_f64.max(CONSTANT * unit)
}

/// The greatest in absolute value.
fn size([low, high]: [f64; 2]) -> f64 {
    low.abs().max(high.abs())
}

/// A scalar stage over the values that reach it.
fn own_plot(mode: &Coefficients, at: usize, passage: &Passage, n: usize, data: &Dataset) -> StageScene {
    let f = &mode.model.f;
    let inputs = input_range(passage, at);
    let u = Array2::from_shape_fn((n, 1), |(row, _)| along(inputs, row, n));
    let drawn = local(mode, at, u.view());
    // Over the room that a constant gets, the curve goes where no data lead it.
    let [least, most] = extent(passage.input.iter().copied());
    let met = if inputs[1] - inputs[0] > most - least { &drawn } else { passage };
    let outputs = extent(met.after.iter().copied());
    // What the last one makes is ŷ: it is held against the data, which may be far from 0.
    let [low, high] = extent(data.train.y.column(0).iter().copied());
    let unit = if at + 1 == f.depth() && low < high { high - low } else { size(outputs) };
    let constant = is_constant(extent(passage.after.iter().copied()), unit);
    let outputs = held_still(data, roomy(outputs, unit));
    StageScene { constant, ..plot(f, at, &drawn, 0, (inputs, outputs)) }
}

fn plot(f: &Composition, at: usize, drawn: &Passage, j: usize, (inputs, outputs): ([f64; 2], [f64; 2])) -> StageScene {
    let stage = f.stages[at];
    let identity = (f.architecture.is_residual()).then(|| drawn.input.column(j).to_vec());
    StageScene {
        index: f.essay_index(at),
        k: stage.k,
        sigma: stage.sigma.name(),
        selected: None,
        held: false,
        dead: 0,
        constant: false,
        health: StageHealth::default(),
        input: Axis { name: Clean::default(), range: inputs },
        output: Axis { name: Clean::default(), range: outputs },
        curve: drawn.after.column(j).to_vec(),
        terms: (0..stage.k).map(|k| drawn.term(k, j)).collect(),
        identity,
        point: (f64::NAN, f64::NAN),
        over_x: false,
        coordinates: (stage.outputs, j),
        companions: Vec::new(),
        term_at_point: None,
    }
}

/// The first axis is x and the last one ŷ, both named; what lies between has the stages' own units.
fn name_axes(stage: &mut StageScene, (first, last): (bool, bool), (input, output): (&Column, &Column)) {
    if first || stage.over_x {
        stage.input.name = input.name.clone();
    }
    if last {
        stage.output.name = output.name.clone();
    }
}
