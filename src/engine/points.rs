//! X cut into tiles: for every tile a row of points for every column. Knows no model.

use super::TILE;
use super::buffer::Buffer;
use super::real::Real;
use crate::data::Points;

/// All rows of one part of a dataset, turned once and for all.
#[derive(Clone, Debug)]
pub struct Tiles<T> {
    x: Buffer<T>,
    columns: usize,
    rows: usize,
}

impl<T: Real> Tiles<T> {
    /// Copies X.
    pub fn new(points: &Points) -> Self {
        let (rows, columns) = (points.x.nrows(), points.x.ncols());
        let mut x = Buffer::zeros(rows.div_ceil(TILE) * columns * TILE);
        let all: Vec<usize> = (0..rows).collect();
        for (rows, tile) in all.chunks(TILE).zip(x.chunks_exact_mut((columns * TILE).max(1))) {
            gather(points, rows, tile);
        }
        Self { x, columns, rows }
    }

    /// The rows of points of one tile, and how many points count.
    pub fn tile(&self, at: usize) -> (&[T], usize) {
        let size = self.columns * TILE;
        (&self.x[at * size..(at + 1) * size], (self.rows - at * TILE).min(TILE))
    }
}

/// Turns the chosen rows into a tile. Points beyond them repeat the last one, so that they leave the numbers only where it does.
pub fn gather<T: Real>(points: &Points, chosen: &[usize], tile: &mut [T]) {
    let columns = points.x.ncols();
    let all = points.x.as_slice().expect("datasets are stored in standard layout");
    let Some(&last) = chosen.last() else { return };
    for (point, row) in chosen.iter().copied().chain(std::iter::repeat(last)).take(TILE).enumerate() {
        for column in 0..columns {
            tile[column * TILE + point] = T::of(all[row * columns + column]);
        }
    }
}
