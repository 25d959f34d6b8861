//! Worlds of two inputs: f and every stage over the plane, the boundary between classes, and the plane as a stage warps it.
//! Knows no colour.

use super::classes::{Classes, classes};
use super::contour::{Piece, contour};
use super::warp::{Warp, lines, piles, warp};
use super::{Axis, Face, View, Window, World, data_range, draws, extent, middle};
use crate::data::{Dataset, Points};
use crate::function::Through;
use crate::model::{Coefficients, Readout};
use crate::run::Snapshot;
use crate::text::Clean;
use ndarray::{Array2, ArrayView2};

/// Products (rows times coefficients) that one heat map may cost; a larger model is sampled more coarsely.
const PRODUCTS: usize = 3_000_000;

/// Values over a rectangle, row by row from the top left, each in the middle of its cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    /// Values a row.
    pub columns: usize,
    /// The values.
    pub values: Vec<f64>,
    /// What the middle of a ramp stands for, and how far its ends are from it.
    pub middle: f64,
    /// See `middle`; positive.
    pub reach: f64,
}

impl Heat {
    /// Rows of values.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// The place of a value on a ramp from 0 to 1; the middle is at ½.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        (0.5 + 0.5 * (value - self.middle) / self.reach).clamp(0.0, 1.0)
    }
}

/// One row of the data in the plane, in its own units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// (x1, x2), or where a stage has taken it.
    pub at: (f64, f64),
    /// y.
    pub y: f64,
    /// r = y − f(x).
    pub residual: f64,
    /// Whether it is held out.
    pub held_out: bool,
}

/// One f⁽ⁱ⁾ over the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneStage {
    /// The coordinate of the stream after it, from 0, of how many.
    pub coordinate: (usize, usize),
    /// That coordinate over the plane of inputs; in the view `Heat` alone.
    pub heat: Option<Heat>,
    /// The plane after it; in the view `Warped` alone, where the stream has two coordinates or more.
    pub warp: Option<Warp>,
    /// What is left of the plane where the stream has one coordinate: the data in piles along it; in the view `Warped`.
    pub piles: Option<Warp>,
}

/// A world of two inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneScene {
    /// The first input, and the range of it that f shows.
    pub x1: Axis,
    /// The second.
    pub x2: Axis,
    /// The data's own ranges: what the strip shows.
    pub data: [[f64; 2]; 2],
    /// f over the window.
    pub f: Heat,
    /// The value at the boundary between two classes; none where y is no class.
    pub level: Option<f64>,
    /// Which class is likeliest where, if there are three or more.
    pub classes: Option<Classes>,
    /// The boundary, or all between three classes or more, in the inputs' own units.
    pub boundary: Vec<Piece>,
    /// The data.
    pub spots: Vec<Spot>,
    /// Rows that are switched off.
    pub off: Vec<(f64, f64)>,
    /// The words of the classes, where y has words.
    pub labels: Vec<Clean>,
    /// The cursor (x1, x2), and ŷ there.
    pub cursor: (f64, f64),
    /// See `cursor`.
    pub at_cursor: f64,
    /// The share of rows on the right side of the boundary: of those learned from, of those held out.
    pub right: Option<[f64; 2]>,
    /// Innermost first.
    pub stages: Vec<PlaneStage>,
}

/// Where f changes class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boundary {
    /// The value of ŷ there.
    pub level: f64,
    /// How far from it ŷ is sure of a class: the ends of the heat map's ramp.
    pub reach: f64,
}

/// The boundary between two classes, where every y is 0 or 1; none where y is no class.
#[must_use]
pub fn boundary(run: &Snapshot) -> Option<Boundary> {
    // ŷ is on y's axis, also behind a link: a probability, or half way between 0 and 1.
    let boundary = Boundary { level: 0.5, reach: 0.5 };
    let data = &run.data;
    let column = data.outputs.first().filter(|_| data.outputs.len() == 1)?;
    let is_class = |y: &f64| {
        let y = column.from_standard(*y);
        y.abs() < 1e-9 || (y - 1.0).abs() < 1e-9
    };
    let all = || data.train.y.iter().chain(&data.test.y);
    (all().next().is_some() && all().all(is_class)).then_some(boundary)
}

/// The shares of training and of held-out rows for which `predicted` lies on y's side of `level`.
pub(super) fn right(spots: &[Spot], level: f64) -> [f64; 2] {
    [false, true].map(|held_out| {
        let own = || spots.iter().filter(|spot| spot.held_out == held_out);
        let hit = |spot: &&Spot| (spot.y > level) == (spot.y - spot.residual > level);
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        let share = own().filter(hit).count() as f64 / own().count() as f64;
        share
    })
}

pub(super) fn plane(focus: &Snapshot, window: &Window) -> Option<PlaneScene> {
    let mode = focus.belief.mode();
    if World::of(&mode.model.f) != World::Plane {
        return None;
    }
    let data = &focus.data;
    let sight = &window.sight;
    let whole = [data_range(data, window), data.x_range(1).map(|x| data.inputs[1].to_standard(x))];
    let shown = [(whole[0], window.pan), (whole[1], sight.pan2)].map(|([low, high], pan)| {
        let (middle, half) = (f64::midpoint(low, high) + pan * (high - low), 0.5 * window.zoom * (high - low));
        [middle - half, middle + half]
    });
    let drawn = draws::whole(focus, window);
    let (grid, columns) = grid(shown, affordable(sight.f_heat, drawn.theta.len()));
    let values: Vec<f64> =
        middle(&drawn, grid.view()).column(0).iter().map(|y| data.outputs[0].from_standard(*y)).collect();
    let spots = spots(&drawn, data);
    let own = |axis: usize, value: f64| data.inputs[axis].from_standard(value);
    let ends = [0, 1].map(|axis| shown[axis].map(|value| own(axis, value)));
    let at = [0, 1].map(|axis| {
        let share = if axis == 0 { window.cursor } else { sight.cursor2 };
        whole[axis][0] + share * (whole[axis][1] - whole[axis][0])
    });
    let here = Array2::from_shape_vec((1, 2), at.to_vec()).expect("one row of two");
    let classes = classes(&drawn, data, (grid.view(), columns), here.view());
    let class = boundary(focus).filter(|_| classes.is_none());
    let level = class.map(|class| class.level);
    let heat = ramped(values, columns, class, &spots);
    let pieces = match (&classes, level) {
        (Some(classes), _) => classes.boundary.clone(),
        (None, Some(level)) => contour(&heat.values, columns, level),
        (None, None) => Vec::new(),
    };
    Some(PlaneScene {
        x1: Axis { name: data.inputs[0].name.clone(), range: ends[0] },
        x2: Axis { name: data.inputs[1].name.clone(), range: ends[1] },
        data: [0, 1].map(|axis| data.x_range(axis)),
        level,
        boundary: in_units(pieces, &heat, ends),
        right: classes.as_ref().map(|classes| classes.right).or_else(|| level.map(|level| right(&spots, level))),
        classes,
        cursor: (own(0, at[0]), own(1, at[1])),
        at_cursor: data.outputs[0].from_standard(middle(&drawn, here.view())[[0, 0]]),
        stages: stages(focus, &mode, window, whole, (here.view(), &spots)),
        f: heat,
        spots,
        off: data.own_x(&data.off).rows().into_iter().map(|x| (x[0], x[1])).collect(),
        labels: data.outputs[0].labels.clone(),
    })
}

/// A heat map of ŷ: between two classes from one to the other, else over what the data span.
fn ramped(values: Vec<f64>, columns: usize, class: Option<Boundary>, spots: &[Spot]) -> Heat {
    let [low, high] = match class {
        Some(Boundary { level, reach }) => [level - reach, level + reach],
        None if spots.is_empty() => extent(values.iter().copied()),
        None => extent(spots.iter().map(|spot| spot.y)),
    };
    Heat { columns, values, middle: f64::midpoint(low, high), reach: positive(0.5 * (high - low)) }
}

pub(super) fn positive(reach: f64) -> f64 {
    if reach.is_finite() && reach > 1e-12 { reach } else { 1.0 }
}

/// From samples to the inputs' own units: a sample lies in the middle of its cell.
fn in_units(pieces: Vec<Piece>, heat: &Heat, [x1, x2]: [[f64; 2]; 2]) -> Vec<Piece> {
    #[expect(clippy::cast_precision_loss, reason = "samples are counted in hundreds")]
    let (columns, rows) = (heat.columns as f64, heat.rows() as f64);
    let place = |(across, down): (f64, f64)| {
        let (across, up) = ((across + 0.5) / columns, 1.0 - (down + 0.5) / rows);
        (x1[0] + across * (x1[1] - x1[0]), x2[0] + up * (x2[1] - x2[0]))
    };
    pieces.into_iter().map(|piece| piece.map(place)).collect()
}

/// So many cells across and down, or fewer where each is dear.
fn affordable((across, down): (usize, usize), coefficients: usize) -> (usize, usize) {
    let coarsest = across.max(down).max(1);
    let cells = |step: usize| across.div_ceil(step) * down.div_ceil(step);
    let step = (1..coarsest).find(|step| cells(*step).saturating_mul(coefficients) <= PRODUCTS).unwrap_or(coarsest);
    (across.div_ceil(step).max(2), down.div_ceil(step).max(2))
}

/// The middles of the cells of a rectangle, row by row from the top left, and how many there are a row.
fn grid([x1, x2]: [[f64; 2]; 2], (across, down): (usize, usize)) -> (Array2<f64>, usize) {
    #[expect(clippy::cast_precision_loss, reason = "cells are counted in hundreds")]
    let middle = |[low, high]: [f64; 2], at: usize, of: usize| low + (at as f64 + 0.5) / of as f64 * (high - low);
    let cell = |at: usize| (at % across, down - 1 - at / across);
    let rows = (0..across * down).map(cell).flat_map(|(at1, at2)| [middle(x1, at1, across), middle(x2, at2, down)]);
    (Array2::from_shape_vec((across * down, 2), rows.collect()).expect("two a row"), across)
}

/// Every row in its own units, with what f leaves of its y.
pub(super) fn spots(f: &Coefficients, data: &Dataset) -> Vec<Spot> {
    let of = |points: &Points, held_out: bool| {
        let (x, y) = (data.own_x(points), data.own_y(points));
        let predicted = data.own_outputs(middle(f, points.x.view()).view());
        let spot = move |row: usize| Spot {
            at: (x[[row, 0]], x[[row, x.ncols() - 1]]),
            y: y[[row, 0]],
            residual: y[[row, 0]] - predicted[[row, 0]],
            held_out,
        };
        (0..points.x.nrows()).map(spot).collect::<Vec<_>>()
    };
    of(&data.train, false).into_iter().chain(of(&data.test, true)).collect()
}

/// Every stage over the data's own range: its heat map, or the plane after it.
fn stages(
    focus: &Snapshot,
    mode: &Coefficients,
    window: &Window,
    whole: [[f64; 2]; 2],
    (cursor, spots): (ArrayView2<'_, f64>, &[Spot]),
) -> Vec<PlaneStage> {
    let f = &mode.model.f;
    let j_of = |at: usize| (window.coordinate.min(f.stages[at].outputs - 1), f.stages[at].outputs);
    let bare = |at| PlaneStage { coordinate: j_of(at), heat: None, warp: None, piles: None };
    match window.sight.view(World::Plane) {
        View::Heat => {
            let (grid, columns) = grid(whole, affordable(window.sight.stage_heat, mode.theta.len()));
            let seen = draws::stages(focus, window, grid.view());
            let heat = |at: usize| {
                let values: Vec<f64> = seen[at].column(j_of(at).0).to_vec();
                let [low, high] = extent(values.iter().copied());
                // The last one is ŷ, in the colours that f has.
                if at + 1 == f.depth() && f.readout == Readout::None && !mode.model.likelihood.has_link() {
                    let values = values.into_iter().map(|y| focus.data.outputs[0].from_standard(y)).collect();
                    return ramped(values, columns, boundary(focus), spots);
                }
                // The sign is what is seen first, where there are two.
                let (middle, reach) = if low < 0.0 && high > 0.0 {
                    (0.0, high.max(-low))
                } else {
                    (f64::midpoint(low, high), 0.5 * (high - low))
                };
                Heat { columns, values, middle, reach: positive(reach) }
            };
            (0..f.depth()).map(|at| PlaneStage { heat: Some(heat(at)), ..bare(at) }).collect()
        }
        View::Warped => {
            let images = [lines(whole), focus.data.train.x.clone(), focus.data.test.x.clone(), cursor.to_owned()]
                .map(|x| draws::stages(focus, window, x.view()));
            let stage = |at: usize| {
                let warp = warp(&images, at, j_of(at), focus);
                if f.stages[at].outputs > 1 {
                    PlaneStage { warp: Some(warp), ..bare(at) }
                } else {
                    PlaneStage { piles: Some(piles(warp, boundary(focus).map(|class| class.level))), ..bare(at) }
                }
            };
            (0..f.depth()).map(stage).collect()
        }
        View::Local | View::Along | View::Kernels | View::Toeplitz | View::Passing => {
            (0..f.depth()).map(bare).collect()
        }
    }
}

/// After every stage, at the rows of x.
pub(super) fn after(seen: Through) -> Vec<Array2<f64>> {
    seen.stages.into_iter().map(|passage| passage.after).collect()
}

/// The face's name where what is shown is not the mode.
#[must_use]
pub const fn is_drawn(face: Face) -> bool {
    match face {
        Face::Mode => false,
        Face::Prior | Face::Posterior => true,
    }
}
