//! The plane after a stage: the image of a grid and of the data, or the data in piles where one coordinate is left.
//! Knows no colour.

use super::plane::{Spot, positive};
use super::{along, extent};
use crate::data::Points;
use crate::run::Snapshot;
use ndarray::Array2;

/// Lines of the grid in either direction, and points along each.
const LINES: usize = 11;
const ALONG: usize = 41;

/// The image of the plane in two coordinates of the stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Warp {
    /// The two coordinates, from 0.
    pub coordinates: (usize, usize),
    /// Least and greatest of the first, and of the second.
    pub x: [f64; 2],
    /// See `x`.
    pub y: [f64; 2],
    /// The images of a grid's lines.
    pub lines: Vec<Vec<(f64, f64)>>,
    /// The images of the data.
    pub spots: Vec<Spot>,
    /// The image of the cursor.
    pub cursor: (f64, f64),
}

/// The lines of a grid over the plane, each so many rows: upright ones, then level ones.
pub(super) fn lines([x1, x2]: [[f64; 2]; 2]) -> Array2<f64> {
    let upright = |line: usize, at: usize| [along(x1, line, LINES), along(x2, at, ALONG)];
    let level = |line: usize, at: usize| [along(x1, at, ALONG), along(x2, line, LINES)];
    let all = |of: &dyn Fn(usize, usize) -> [f64; 2]| {
        (0..LINES * ALONG).flat_map(|place| of(place / ALONG, place % ALONG)).collect::<Vec<_>>()
    };
    let rows = [all(&upright), all(&level)].concat();
    Array2::from_shape_vec((2 * LINES * ALONG, 2), rows).expect("two a row")
}

/// The images (grid, training rows, held-out rows, cursor) after stage `at`, in two of its coordinates.
pub(super) fn warp(images: &[Vec<Array2<f64>>; 4], at: usize, (j, m): (usize, usize), focus: &Snapshot) -> Warp {
    let other = (j + 1) % m;
    let places = |image: usize| -> Vec<(f64, f64)> {
        let after = &images[image][at];
        after.column(j).iter().copied().zip(after.column(other).iter().copied()).collect()
    };
    let grid = places(0);
    let spots = |image: usize, points: &Points, held_out: bool| {
        let y = focus.data.own_y(points);
        let spot = |(row, at): (usize, (f64, f64))| Spot { at, y: y[[row, 0]], residual: f64::NAN, held_out };
        places(image).into_iter().enumerate().map(spot).collect::<Vec<_>>()
    };
    let spots = [spots(1, &focus.data.train, false), spots(2, &focus.data.test, true)].concat();
    let all = || grid.iter().copied().chain(spots.iter().map(|spot| spot.at));
    Warp {
        coordinates: (j, other),
        x: extent(all().map(|at| at.0)),
        y: extent(all().map(|at| at.1)),
        lines: grid.chunks(ALONG).map(<[_]>::to_vec).collect(),
        cursor: places(3)[0],
        spots,
    }
}

/// Bins of a pile.
const BINS: usize = 60;

/// One coordinate: every row stands in the pile of its value; where there are classes ones upwards and zeros downwards.
pub(super) fn piles(mut line: Warp, level: Option<f64>) -> Warp {
    let [low, high] = line.x;
    let mut heights = [[0.0; BINS]; 2];
    for spot in &mut line.spots {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a bin among sixty"
        )]
        let bin = ((spot.at.0 - low) / positive(high - low) * BINS as f64).clamp(0.0, (BINS - 1) as f64) as usize;
        let down = level.is_some_and(|level| spot.y < level);
        let height = &mut heights[usize::from(down)][bin];
        *height += 1.0;
        spot.at.1 = if down { -*height } else { *height };
    }
    let tallest = |side: usize| heights[side].iter().copied().fold(1.0, f64::max);
    line.y = [if level.is_some() { -tallest(1) } else { 0.0 }, tallest(0)];
    line.lines.clear();
    line.cursor.1 = 0.0;
    line
}
