//! One matrix of θ with its offset: forward, backward, and the sums that become its gradient. Knows no σ.

use super::buffer::Buffer;
use super::kernels::{Collect, CollectRows, Dots, Finish, Product, Turn};
use super::lanes::{Lanes, On};
use super::real::Real;
use super::{Cut, Live};
use crate::model::Block;

/// Y = W X + offset with W p×q in θ, row-major, X p rows and Y q rows of points.
#[derive(Clone, Debug)]
pub struct Affine {
    /// Rows and columns of W.
    pub p: usize,
    pub q: usize,
    /// Where W begins in θ, and whether the offset follows it.
    pub at: usize,
    pub offset: bool,
    /// Where its sums begin, and how they lie.
    sums: usize,
    way: Way,
    /// Numbers of a turned tile of Ȳ.
    pub turned: usize,
}

/// How the gradient is summed over the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// A vector of lanes for every entry: no entry is added up across its lanes before the end of the batch.
    Lanes,
    /// Ȳ turned, so that the entries of a row lie in the lanes: rows of so many numbers.
    Rows(usize),
}

/// Where the row of ones lies that gives an offset its gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ones {
    /// After the rows of X.
    Follow,
    /// In `Room`: X is a patch, and other positions follow it.
    Apart,
}

impl Affine {
    /// W is `matrix`; `offset` must follow it. `sums` is how much room for sums others have taken, and takes its own.
    ///
    /// With V vectors of points to a tile and two multiply-adds a cycle, a tile costs about V/2 + 3 cycles an entry by
    /// lanes (the 3 to fetch, add and put away the partial sums), and by rows 3 V a row of Ȳ for turning it and V/2 an entry,
    /// both for whole vectors of columns: narrow matrices take lanes.
    pub fn new(matrix: &Block, offset: Option<&Block>, cut: Cut, sums: &mut usize) -> Self {
        let [p, q] = matrix.shape;
        assert!(offset.is_none_or(|offset| offset.at.start == matrix.at.end), "an offset follows its matrix");
        let Cut { lanes, tile, .. } = cut;
        let (row, vectors) = (q.next_multiple_of(lanes), tile / lanes);
        let by_lanes = p * q * (vectors + 6);
        let by_rows = row * vectors * (6 + p);
        let way = if by_lanes < by_rows { Way::Lanes } else { Way::Rows(row) };
        let rows = p + usize::from(offset.is_some());
        let start = *sums;
        *sums += match way {
            Way::Lanes => rows * q * lanes,
            Way::Rows(row) => rows * row,
        };
        let turned = if way == Way::Lanes { 0 } else { row * tile };
        Self { p, q, at: matrix.at.start, offset: offset.is_some(), sums: start, way, turned }
    }

    /// Whether its gradient's entries keep a register each.
    pub fn is_narrow(&self) -> bool {
        self.way == Way::Lanes
    }

    /// q rows of Y from p rows of X.
    #[inline]
    pub fn forward<L: Lanes>(
        &self,
        on: On<L>,
        theta: &[L::Real],
        live: Live,
        x: &[L::Real],
        y: &mut [L::Real],
        finish: Finish<'_, L::Real>,
    ) {
        let end = self.at + self.p * self.q;
        on.run(Product {
            rows: self.q,
            steps: self.p,
            vectors: live.vectors,
            a: &theta[self.at..end],
            a_row: 1,
            a_step: self.q,
            b: x,
            b_step: L::Real::TILE,
            offset: self.offset.then(|| &theta[end..end + self.q]),
            c: y,
            c_row: L::Real::TILE,
            finish,
        });
    }

    /// p rows of X̄ = Wᵀ Ȳ from q rows of Ȳ.
    #[inline]
    pub fn backward<L: Lanes>(
        &self,
        on: On<L>,
        theta: &[L::Real],
        live: Live,
        y_bar: &[L::Real],
        x_bar: &mut [L::Real],
        finish: Finish<'_, L::Real>,
    ) {
        on.run(Product {
            rows: self.p,
            steps: self.q,
            vectors: live.vectors,
            a: &theta[self.at..self.at + self.p * self.q],
            a_row: self.q,
            a_step: 1,
            b: y_bar,
            b_step: L::Real::TILE,
            offset: None,
            c: x_bar,
            c_row: L::Real::TILE,
            finish,
        });
    }

    /// sums += X Ȳᵀ, and those of the offset.
    #[inline]
    pub fn weigh<L: Lanes>(
        &self,
        on: On<L>,
        live: Live,
        x: &[L::Real],
        ones: Ones,
        y_bar: &[L::Real],
        room: &mut Room<L::Real>,
    ) {
        let own = self.p + usize::from(self.offset && ones == Ones::Follow);
        let apart = (self.offset && ones == Ones::Apart).then_some(&room.ones[..]);
        let sums = &mut room.sums[self.sums..];
        match self.way {
            Way::Lanes => {
                let (columns, vectors, stride) = (self.q, live.vectors, L::Real::TILE);
                let (sums, last) = sums.split_at_mut(own * columns * L::COUNT);
                on.run(Dots { rows: own, columns, vectors, a: x, b: y_bar, stride, sums });
                if let Some(ones) = apart {
                    on.run(Dots { rows: 1, columns, vectors, a: ones, b: y_bar, stride, sums: last });
                }
            }
            Way::Rows(row) => {
                let turned = &mut room.turned[..];
                let (rows, points) = (self.q, live.points);
                on.run(Turn { rows, points, from: y_bar, from_row: L::Real::TILE, to: turned, to_row: row });
                let (sums, last) = sums.split_at_mut(own * row);
                let product = |a: &[L::Real], rows: usize, c: &mut [L::Real]| {
                    on.run(Product {
                        rows,
                        steps: points,
                        vectors: row / L::COUNT,
                        a,
                        a_row: L::Real::TILE,
                        a_step: 1,
                        b: turned,
                        b_step: row,
                        offset: None,
                        c,
                        c_row: row,
                        finish: Finish::Add,
                    });
                };
                product(x, own, sums);
                if let Some(ones) = apart {
                    product(ones, 1, last);
                }
            }
        }
    }

    /// This matrix's part of the gradient becomes scale times the sums, or is added to.
    #[inline]
    pub fn collect<L: Lanes>(&self, on: On<L>, scale: f64, adds: bool, sums: &[L::Real], gradient: &mut [f64]) {
        let (rows, sums) = (self.p + usize::from(self.offset), &sums[self.sums..]);
        let to = &mut gradient[self.at..self.at + rows * self.q];
        match self.way {
            Way::Lanes => on.run(Collect { sums, scale, adds, to, finite: &mut true }),
            Way::Rows(row) => on.run(CollectRows { sums, row, columns: self.q, scale, adds, to }),
        }
    }
}

/// Where gradients are summed, and a tile of Ȳ turned.
#[derive(Clone, Debug)]
pub struct Room<T> {
    pub sums: Buffer<T>,
    pub turned: Buffer<T>,
    /// A row of ones.
    pub ones: Buffer<T>,
}
