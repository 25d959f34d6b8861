//! X and y cut into tiles: for every tile a row of points for every column; and mini-batches in them. Knows no model.

use super::buffer::Buffer;
use super::kernels::Fetch;
use super::lanes::{Lanes, MOST, On};
use super::real::Real;
use crate::data::Points;
use ndarray::Array2;
use std::ops::Range;

/// The rows of points of one tile: for every column of X, and of y.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a, T> {
    pub x: &'a [T],
    pub y: &'a [T],
    /// How many points count.
    pub points: usize,
}

/// All rows of one part of a dataset, turned once and for all: in every tile the columns of X, and then those of y.
#[derive(Clone, Debug)]
pub struct Tiles<T> {
    all: Buffer<T>,
    /// Of X and y together, and of X.
    columns: usize,
    inputs: usize,
    rows: usize,
}

impl<T: Real> Tiles<T> {
    /// Copies X and y.
    pub fn new(points: &Points) -> Self {
        let (inputs, rows) = (points.x.ncols(), points.x.nrows());
        let columns = inputs + points.y.ncols();
        let mut all = Buffer::zeros(rows.div_ceil(T::TILE) * columns * T::TILE);
        for (at, tile) in all.chunks_exact_mut(columns * T::TILE).enumerate() {
            let chosen = at * T::TILE..rows.min((at + 1) * T::TILE);
            let (x, y) = tile.split_at_mut(inputs * T::TILE);
            turn(&points.x, &chosen, x);
            turn(&points.y, &chosen, y);
        }
        Self { all, columns, inputs, rows }
    }

    /// Tile `at`.
    pub fn tile(&self, at: usize) -> Tile<'_, T> {
        let tile = &self.all[at * self.columns * T::TILE..(at + 1) * self.columns * T::TILE];
        let (x, y) = tile.split_at(self.inputs * T::TILE);
        Tile { x, y, points: (self.rows - at * T::TILE).min(T::TILE) }
    }

    /// Every point as a row, of X and then of y, and of zeros up to whole fours.
    fn by_row(&self) -> Buffer<T> {
        let apart = self.columns.next_multiple_of(4);
        let mut rows = Buffer::zeros(apart * self.rows);
        for (row, numbers) in rows.chunks_exact_mut(apart).enumerate() {
            let tile = &self.all[row / T::TILE * self.columns * T::TILE + row % T::TILE..];
            for (number, of_column) in numbers.iter_mut().zip(tile.iter().step_by(T::TILE)).take(self.columns) {
                *number = *of_column;
            }
        }
        rows
    }
}

/// Mini-batches as they are asked for, one behind the other in one tile, as many as go into it: they are fetched together, and not
/// each of them just before its first vector is read, which would have to wait for its last number to be written.
#[derive(Clone, Debug)]
pub struct Batches<T> {
    /// A tile, and a row of points more, so that what begins within it can be read as if it were one.
    tile: Buffer<T>,
    /// The rows that lie in it in whole vectors, the last one repeated, and how many of them have been asked for.
    rows: Vec<usize>,
    asked: usize,
    /// All points by row: made for the first batch.
    all: Option<Buffer<T>>,
}

impl<T: Real> Batches<T> {
    /// Room for a tile of rows of `all`.
    pub fn room(all: &Tiles<T>) -> Self {
        let tile = Buffer::zeros((all.columns + 1) * T::TILE);
        Self { tile, rows: Vec::with_capacity(T::TILE), asked: 0, all: None }
    }

    /// At most `T::TILE` chosen rows of `all`, always the same ones. They have been fetched already if they were said to come
    /// after the last ones; as many whole batches of those in `then` as there is room for are fetched with them if not. Points
    /// beyond the chosen ones are others.
    #[inline]
    pub fn take<L: Lanes<Real = T>>(
        &mut self,
        on: On<L>,
        all: &Tiles<T>,
        chosen: &[usize],
        then: &[usize],
    ) -> Tile<'_, T> {
        if !self.rows[self.asked..].starts_with(chosen) {
            let more = (T::TILE / chosen.len().max(1)).saturating_sub(1) * chosen.len();
            self.fetch(on, all, chosen, &then[..more.min(then.len())]);
        }
        let start = self.asked;
        self.asked += chosen.len();
        let y = all.inputs * T::TILE + start;
        Tile { x: &self.tile[start..y], y: &self.tile[y..], points: chosen.len() }
    }

    /// The chosen rows and those after them as rows of points. Points beyond them, up to the next whole vector of any level and the
    /// next power of two of vectors, repeat the last one, so that they leave the numbers only where it does.
    ///
    /// Once in many batches, and out of their way.
    #[inline(never)]
    fn fetch<L: Lanes<Real = T>>(&mut self, on: On<L>, all: &Tiles<T>, chosen: &[usize], then: &[usize]) {
        let Self { tile, rows, asked, all: from } = self;
        *asked = 0;
        rows.clear();
        rows.extend_from_slice(chosen);
        rows.extend_from_slice(then);
        let last = rows.last().copied().unwrap_or_default();
        rows.resize(rows.len().next_power_of_two().max(MOST), last);
        let from = from.get_or_insert_with(|| all.by_row());
        on.run(Fetch { from, columns: all.columns, chosen: rows, to: tile });
    }
}

/// The chosen rows as rows of points, of which the last is repeated to the next whole vector of any level and the next power of two
/// of vectors.
fn turn<T: Real>(values: &Array2<f64>, chosen: &Range<usize>, tile: &mut [T]) {
    for (column, tile) in values.columns().into_iter().zip(tile.chunks_exact_mut(T::TILE)) {
        let live = chosen.len();
        for (to, row) in tile.iter_mut().zip(chosen.clone()) {
            *to = T::of(column[row]);
        }
        let last = tile[live - 1];
        tile[live..live.next_power_of_two().max(MOST)].fill(last);
    }
}
