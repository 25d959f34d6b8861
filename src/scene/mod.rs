//! Numbers to draw: curves, terms, points and ranges at a window's resolution. Knows no marks, no colours and no screen.
//!
//! One function, `scene`, for the screen, text and files alike. The idea it keeps: x travels. The range of values of one
//! stage is the range of inputs of the next, and the cursor's x is followed through all of them.

mod classes;
mod contour;
mod csv;
mod draws;
mod elements;
mod kernels;
mod learned;
mod limit;
mod loss;
mod path;
mod plane;
mod posterior;
mod sight;
mod slices;
mod stages;
mod trace;
mod warp;

pub use classes::Classes;
pub use contour::{Piece, contour};
pub use csv::csv;
pub use draws::{Draws, band, is_flat};
pub use elements::{ElementScene, FocusScene};
pub use kernels::{Matrix, Passing, SignalScene, SignalStage, rows};
pub use learned::{Bar, LearnedScene};
pub use limit::{LimitScene, log_evidence};
pub use loss::{LossScene, Trace};
pub use path::PathScene;
pub use plane::{Boundary, Heat, PlaneScene, PlaneStage, Spot, boundary, is_drawn};
pub use sight::{Aspect, Face, Sight, View, World};
pub use slices::{Others, axis};
pub use stages::{Axis, StageScene};
pub use trace::ChainScene;
pub use warp::Warp;

use crate::data::{Column, Dataset, Points};
use crate::function::{mean, outputs, scatter, through};
use crate::model::Coefficients;
use crate::run::Snapshot;
use ndarray::{Array2, ArrayView2};
use std::sync::Arc;

/// What part of the world is looked at, and how finely.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Which of the snapshots is in focus.
    pub run: usize,
    /// Values a stage's curve is sampled at: its dot columns.
    pub stage_columns: usize,
    /// Values f is sampled at.
    pub f_columns: usize,
    /// The cursor, from 0 (left end of the data's range) to 1.
    pub cursor: f64,
    /// Part of x that f shows, in multiples of the data's range about its middle: 1.15 leaves a margin.
    pub zoom: f64,
    /// Shift of what f shows, in data ranges.
    pub pan: f64,
    /// Which output coordinate of a vector stream is shown.
    pub coordinate: usize,
    /// Of three inputs or more, which one is on the axis (counted on and on).
    pub axis: usize,
    /// Where the others stand.
    pub others: Others,
    /// The essay's index of the f⁽ⁱ⁾ in focus.
    pub stage: usize,
    /// Which of its elements is selected, from 0.
    pub element: Option<usize>,
    /// Whether the stage in focus is looked at element by element.
    pub closely: bool,
    /// How far the losses are smoothed: 0 not at all, each more twice as far.
    pub smooth: u32,
    /// Whether losses are drawn by their logarithm.
    pub log_loss: bool,
    /// How worlds beyond a scalar curve and beliefs beyond a point are looked at.
    pub sight: Sight,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            run: 0,
            stage_columns: 120,
            f_columns: 240,
            cursor: 0.64,
            zoom: 1.15,
            pan: 0.0,
            coordinate: 0,
            axis: 0,
            others: Others::default(),
            stage: 0,
            element: None,
            closely: false,
            smooth: 0,
            log_loss: true,
            sight: Sight::default(),
        }
    }
}

/// All that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Innermost first: the direction in which x travels.
    pub stages: Vec<StageScene>,
    /// The whole composition with the data.
    pub f: FScene,
    /// Losses of every run.
    pub loss: LossScene,
    /// The stage in focus, element by element, where it is looked at closely.
    pub focus: Option<FocusScene>,
    /// Over the plane, where there are two inputs.
    pub plane: Option<PlaneScene>,
    /// Kernels and one row, where the inputs are signals.
    pub signals: Option<SignalScene>,
    /// Residuals and the path of x, where f is a curve and they are looked at.
    pub path: Option<PathScene>,
    /// Draws, where the face is not the mode.
    pub draws: Option<Draws>,
    /// What each f⁽ⁱ⁾ of the run in focus learned.
    pub learned: Option<LearnedScene>,
    /// Its chains, where it draws.
    pub chains: Option<ChainScene>,
    /// The function without its truncation, where that is asked for and known.
    pub limit: Option<LimitScene>,
}

/// The composition with the data, in the data's own units.
#[derive(Clone, Debug, PartialEq)]
pub struct FScene {
    /// x, and the range of it that is shown.
    pub x: Axis,
    /// The range of x that the data come from.
    pub data: [f64; 2],
    /// y.
    pub y: Axis,
    /// What f predicts of y at `Window::f_columns` equally spaced x: f itself, or a probability, a mean count.
    /// For classes their mean number.
    pub curve: Vec<f64>,
    /// f of the other runs, by their place among the snapshots.
    pub others: Vec<(usize, Vec<f64>)>,
    /// Training rows.
    pub train: Vec<(f64, f64)>,
    /// Held-out rows.
    pub test: Vec<(f64, f64)>,
    /// Training rows that are switched off.
    pub off: Vec<(f64, f64)>,
    /// The cursor: x and ŷ.
    pub cursor: (f64, f64),
    /// s, the likelihood's scale in y's units; where it has none, the standard deviation of y at the cursor.
    pub scale: f64,
}

/// The scene of `runs` through `window`; none while no run has been seen.
#[must_use]
pub fn scene(runs: &[Arc<Snapshot>], window: &Window) -> Option<Scene> {
    let focus = runs.get(window.run).or_else(|| runs.first())?;
    let draws = draws::draws(focus, window);
    let mut stages = stages::stages(focus, window);
    if let Some(draws) = &draws {
        for (at, stage) in stages.iter_mut().enumerate() {
            stage.output.range = extent(stage.output.range.into_iter().chain(draws.extent(at)));
        }
    }
    Some(Scene {
        stages,
        f: composition(runs, focus, window),
        loss: loss::loss(runs, window),
        focus: window.closely.then(|| elements::focus(focus, window)).flatten(),
        plane: plane::plane(focus, window),
        signals: kernels::signals(focus, window),
        path: if window.sight.aspect == Aspect::F { None } else { path::path(focus, window) },
        draws,
        learned: learned::learned(focus),
        chains: trace::trace(focus),
        limit: limit::limit(focus, window),
    })
}

/// The values that reach f⁽ⁱ⁾ (the essay's index) over the data's range: of a vector stream the first coordinate's.
#[must_use]
pub fn input_range(run: &Snapshot, stage: usize) -> [f64; 2] {
    let mode = run.belief.mode();
    let window = Window::default();
    let seen = through(&mode, slices::rows(run, &window, 64, data_range(&run.data, &window)).view());
    let passage = mode.model.f.position(stage).and_then(|at| seen.stages.get(at));
    passage.map_or([0.0, 1.0], |passage| extent(passage.input.column(0).iter().copied()))
}

/// The range of the input on the axis in standardised coordinates: what the strip and the cursor run over.
fn data_range(data: &Dataset, window: &Window) -> [f64; 2] {
    let axis = slices::axis(data, window);
    data.x_range(axis).map(|x| data.inputs[axis].to_standard(x))
}

/// `n` rows along the axis; of two inputs the second is the cursor's.
fn slice(focus: &Snapshot, window: &Window, n: usize, range: [f64; 2]) -> Array2<f64> {
    let mut rows = slices::rows(focus, window, n, range);
    if rows.ncols() == 2 {
        rows.column_mut(1).fill(cursor2(focus, window));
    }
    rows
}

/// The part of the first input that f shows, in standardised coordinates.
fn shown_range(focus: &Snapshot, window: &Window) -> [f64; 2] {
    let [low, high] = data_range(&focus.data, window);
    let (middle, half) = (f64::midpoint(low, high) + window.pan * (high - low), 0.5 * window.zoom * (high - low));
    [middle - half, middle + half]
}

/// The cursor's x, in standardised coordinates.
fn cursor(focus: &Snapshot, window: &Window) -> f64 {
    let [low, high] = data_range(&focus.data, window);
    low + window.cursor * (high - low)
}

/// The cursor in the second of two inputs, in standardised coordinates.
fn cursor2(focus: &Snapshot, window: &Window) -> f64 {
    let [low, high] = focus.data.x_range(1).map(|x| focus.data.inputs[1].to_standard(x));
    low + window.sight.cursor2 * (high - low)
}

/// The `at`-th of `n` equally spaced values from one end of `range` to the other.
#[expect(clippy::cast_precision_loss, reason = "a count of dot columns")]
fn along(range: [f64; 2], at: usize, n: usize) -> f64 {
    let share = if n > 1 { at as f64 / (n - 1) as f64 } else { 0.5 };
    range[0] + share * (range[1] - range[0])
}

fn composition(runs: &[Arc<Snapshot>], focus: &Snapshot, window: &Window) -> FScene {
    let data = &focus.data;
    let axis = slices::axis(data, window);
    let (input, output) = (&data.inputs[axis], &data.outputs[0]);
    let shown = shown_range(focus, window);
    let curve = curve(focus, window, shown, window.f_columns);
    let others =
        runs.iter().enumerate().filter(|(at, run)| *at != window.run && run.data.inputs.len() == data.inputs.len());
    let others = others.map(|(at, run)| (at, self::curve(run, window, shown, window.f_columns)));
    let x = cursor(focus, window);
    let at_cursor = self::curve(focus, window, [x, x], 1)[0];
    let own = |points: &Points| own(points, (axis, input), output);
    let (train, test) = (own(&data.train), own(&data.test));
    let others: Vec<(usize, Vec<f64>)> = others.collect();
    // Two points of one run may be wild without hiding the data: the axis follows the data and the curve over them.
    let heights = train.iter().chain(&test).map(|point| point.1).chain(curve.iter().copied());
    let own_ends = shown.map(|x| input.from_standard(x));
    FScene {
        x: Axis { name: input.name.clone(), range: own_ends },
        data: data.x_range(axis),
        y: Axis { name: output.name.clone(), range: held_still(data, extent(heights)) },
        cursor: (input.from_standard(x), at_cursor),
        scale: scale(focus, window, x) * output.sd,
        off: own(&data.off),
        curve,
        others,
        train,
        test,
    }
}

/// How far y lies about its middle at `x` (standardised) in the focused run.
fn scale(run: &Snapshot, window: &Window, x: f64) -> f64 {
    use crate::model::{Group, Scale};
    let mode = run.belief.mode();
    let s = match mode.model.likelihood.scale() {
        Some(Scale::Fixed(s)) => s,
        Some(Scale::Learned) => {
            mode.layout().find(None, Group::LogScale).map_or(f64::NAN, |block| mode.block(block)[0].exp())
        }
        None => 1.0,
    };
    let f = through(&mode, slices::rows(run, window, 1, [x, x]).view()).f;
    scatter(mode.model.likelihood, s, f.view())[[0, 0]]
}

/// The middle of y's first column in its own units as f predicts it, at `n` equally spaced x of `range` (standardised).
fn curve(run: &Snapshot, window: &Window, range: [f64; 2], n: usize) -> Vec<f64> {
    let y = slices::curve(&run.belief.mode(), run, window, n, range);
    y.into_iter().map(|y| run.data.outputs[0].from_standard(y)).collect()
}

/// The middle of y as f predicts it at the rows of x, on y's axis (standardised): N × columns of y.
fn middle(f: &Coefficients, x: ArrayView2<'_, f64>) -> Array2<f64> {
    mean(f.model.likelihood, outputs(f, x).view())
}

/// Rows as (input on the axis, first output) in their own units.
fn own(points: &Points, (axis, input): (usize, &Column), output: &Column) -> Vec<(f64, f64)> {
    let pairs = points.x.column(axis).to_vec().into_iter().zip(points.y.column(0).to_vec());
    pairs.map(|(x, y)| (input.from_standard(x), output.from_standard(y))).collect()
}

/// The range as it is, and without data on round ends.
fn held_still(data: &Dataset, range: [f64; 2]) -> [f64; 2] {
    if data.train.x.nrows() == 0 { steady(range) } else { range }
}

/// The range on round ends, a quarter of it apart or so: where no data hold an axis still, it does not follow the curve, and
/// one sees the curve move.
fn steady([low, high]: [f64; 2]) -> [f64; 2] {
    let rough = 0.25 * (high - low);
    if !(rough > 0.0 && rough.is_finite()) {
        return [low, high];
    }
    let decade = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().map(|digit| digit * decade).find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * decade);
    [(low / step).floor() * step, (high / step).ceil() * step]
}

/// Least and greatest finite value; [0, 0] when there is none.
fn extent(values: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let [low, high] = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)]);
    if low <= high { [low, high] } else { [0.0, 0.0] }
}

#[cfg(test)]
mod tests {
    use super::steady;

    #[test]
    fn an_axis_without_data_keeps_its_ends_while_a_curve_moves() {
        for high in [5.0, 5.3, 5.9] {
            let [low, top] = steady([0.0, high]);
            assert!(low.abs() < 1e-12 && (top - 6.0).abs() < 1e-12, "{high}: {top}");
        }
        let [low, high] = steady([-0.031, 0.049]);
        assert!(low <= -0.031 && high >= 0.049 && high - low < 0.13, "{low} {high}");
        assert!(steady([2.0, 2.0]).map(f64::to_bits) == [2.0, 2.0].map(f64::to_bits));
    }
}
