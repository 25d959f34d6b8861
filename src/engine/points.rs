//! X and y cut into tiles: for every tile a row of points for every column; and mini-batches in them. Knows no model.

use super::buffer::Buffer;
use super::lanes::MOST;
use super::real::Real;
use crate::data::Points;
use ndarray::Array2;

/// The rows of points of one tile: for every column of X, and of y.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a, T> {
    pub x: &'a [T],
    pub y: &'a [T],
    /// How many points count.
    pub points: usize,
}

/// All rows of one part of a dataset, turned once and for all; or room for one tile of chosen ones.
///
/// A row more than there are columns lies behind the last tile, so that what begins within a tile can be read as if it were one.
#[derive(Clone, Debug)]
pub struct Tiles<T> {
    x: Buffer<T>,
    y: Buffer<T>,
    columns: [usize; 2],
    rows: usize,
}

impl<T: Real> Tiles<T> {
    /// Copies X and y.
    pub fn new(points: &Points) -> Self {
        let mut tiles = Self::room(points, points.x.nrows());
        for at in 0..tiles.rows.div_ceil(T::TILE) {
            let (start, end) = (at * T::TILE, tiles.rows.min((at + 1) * T::TILE));
            let rows: Vec<usize> = (start..end).collect();
            tiles.write(at, points, &rows);
        }
        tiles
    }

    /// Room for tiles of `rows` rows.
    pub fn room(points: &Points, rows: usize) -> Self {
        let columns = [points.x.ncols(), points.y.ncols()];
        let [x, y] = columns.map(|columns| Buffer::zeros((rows.div_ceil(T::TILE) * columns + 1) * T::TILE));
        Self { x, y, columns, rows }
    }

    /// Tile `at`.
    pub fn tile(&self, at: usize) -> Tile<'_, T> {
        let [x, y] = self.columns.map(|columns| at * columns * T::TILE..(at + 1) * columns * T::TILE);
        Tile { x: &self.x[x], y: &self.y[y], points: (self.rows - at * T::TILE).min(T::TILE) }
    }

    fn write(&mut self, at: usize, points: &Points, chosen: &[usize]) {
        let [x, y] = self.columns.map(|columns| at * columns * T::TILE..(at + 1) * columns * T::TILE);
        turn(&points.x, chosen, &mut self.x[x]);
        turn(&points.y, chosen, &mut self.y[y]);
    }
}

/// Mini-batches as they are asked for, one behind the other in one tile, as many as go into it: they are turned together, and not
/// each of them just before its first vector is read, which would have to wait for its last number to be written.
#[derive(Clone, Debug)]
pub struct Batches<T> {
    tile: Tiles<T>,
    /// The rows that lie in it, and how many of them have been asked for.
    rows: Vec<usize>,
    asked: usize,
}

impl<T: Real> Batches<T> {
    /// Room for a tile of them.
    pub fn room(points: &Points) -> Self {
        Self { tile: Tiles::room(points, T::TILE), rows: Vec::with_capacity(T::TILE), asked: 0 }
    }

    /// At most `T::TILE` chosen rows of `points`, always the same ones. They have been fetched already if they were said to come
    /// after the last ones; as many whole batches of those in `then` as there is room for are fetched with them if not. Points
    /// beyond the chosen ones are others.
    pub fn take(&mut self, points: &Points, chosen: &[usize], then: &[usize]) -> Tile<'_, T> {
        if !self.rows[self.asked..].starts_with(chosen) {
            let more = (T::TILE / chosen.len().max(1)).saturating_sub(1) * chosen.len();
            self.rows.clear();
            self.rows.extend(chosen.iter().chain(&then[..more.min(then.len())]));
            self.tile.write(0, points, &self.rows);
            self.asked = 0;
        }
        let start = self.asked;
        self.asked += chosen.len();
        Tile { x: &self.tile.x[start..], y: &self.tile.y[start..], points: chosen.len() }
    }
}

/// The chosen rows as rows of points. Points beyond them, up to the next whole vector of any level and the next power of two of
/// vectors, repeat the last one, so that they leave the numbers only where it does.
fn turn<T: Real>(values: &Array2<f64>, chosen: &[usize], tile: &mut [T]) {
    let columns = values.ncols();
    let all = values.as_slice().expect("datasets are stored in standard layout");
    for (column, tile) in tile.chunks_exact_mut(T::TILE).enumerate() {
        for (to, row) in tile.iter_mut().zip(chosen) {
            *to = T::of(all[row * columns + column]);
        }
        let (live, rest) = tile.split_at_mut(chosen.len());
        let last = live.last().copied().unwrap_or_default();
        rest.iter_mut().take(chosen.len().next_power_of_two().max(MOST) - chosen.len()).for_each(|to| *to = last);
    }
}
