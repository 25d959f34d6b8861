//! Gradients of narrow matrices as sums over points that stay in lanes, and their collection. Knows no stage.
#![allow(clippy::needless_range_loop, reason = "blocks are indexed by row and column, as the formulas are")]
#![allow(unsafe_code, reason = "addresses are computed, and checked once for the whole pass instead of at every load")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use crate::engine::lanes::{Kernel, Lanes, MOST, Numbers};
use crate::engine::real::Real;

/// sums[r, k] += Σ over vectors of Aᵣ Bₖ: a vector for every entry of the matrix, added up across its lanes only when the
/// whole batch is through.
pub struct Dots<'a, T> {
    pub rows: usize,
    pub columns: usize,
    pub vectors: usize,
    /// Aᵣ begins at r·`stride` in a, Bₖ at k·`stride` in b.
    pub a: &'a [T],
    pub b: &'a [T],
    pub stride: usize,
    /// rows × columns vectors.
    pub sums: &'a mut [T],
}

impl<T: Real> Dots<'_, T> {
    /// Adds to the entries of `R` rows from `row` and `C` columns from `column`.
    ///
    /// # Safety
    /// `a` and `b` hold these rows and columns of `vectors` vectors, `sums` all entries.
    #[inline(always)]
    unsafe fn block<L: Lanes<Real = T>, const R: usize, const C: usize>(&mut self, row: usize, column: usize) {
        let mut sums = [[L::splat(T::default()); C]; R];
        // SAFETY: the caller's promise bounds every address.
        unsafe {
            let (a, b) = (self.a.as_ptr().add(row * self.stride), self.b.as_ptr().add(column * self.stride));
            for vector in 0..self.vectors {
                let mut of_b = [sums[0][0]; C];
                for c in 0..C {
                    of_b[c] = L::load(b.add(c * self.stride + vector * L::COUNT));
                }
                for r in 0..R {
                    let of_a = L::load(a.add(r * self.stride + vector * L::COUNT));
                    for c in 0..C {
                        sums[r][c] = of_a.fma(of_b[c], sums[r][c]);
                    }
                }
            }
            for r in 0..R {
                for c in 0..C {
                    let at = self.sums.as_mut_ptr().add(((row + r) * self.columns + column + c) * L::COUNT);
                    (L::load(at) + sums[r][c]).store(at);
                }
            }
        }
    }

    /// All rows of `C` columns, `R` at a time and then one.
    ///
    /// # Safety
    /// As for `block`.
    #[inline(always)]
    unsafe fn columns<L: Lanes<Real = T>, const R: usize, const C: usize>(&mut self, column: usize) {
        let mut row = 0;
        // SAFETY: every block ends at or before `rows`.
        unsafe {
            while row + R <= self.rows {
                self.block::<L, R, C>(row, column);
                row += R;
            }
            while row < self.rows {
                self.block::<L, 1, C>(row, column);
                row += 1;
            }
        }
    }
}

impl<T: Real> Kernel<T> for Dots<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(mut self) {
        if self.rows == 0 || self.columns == 0 {
            return;
        }
        let width = self.vectors * L::COUNT;
        assert!(
            (self.rows - 1) * self.stride + width <= self.a.len()
                && (self.columns - 1) * self.stride + width <= self.b.len()
                && self.rows * self.columns * L::COUNT <= self.sums.len(),
            "sums over points are smaller than their operands"
        );
        let mut column = 0;
        // SAFETY: just asserted, and every call stays below `columns`.
        unsafe {
            // Eight sums at a time hide the latency.
            while column + 4 <= self.columns {
                self.columns::<L, 2, 4>(column);
                column += 4;
            }
            while column + 2 <= self.columns {
                self.columns::<L, 4, 2>(column);
                column += 2;
            }
            if column < self.columns {
                self.columns::<L, 8, 1>(column);
            }
        }
    }
}

/// Every number of `to` becomes scale times the sum of the lanes of its vector, or is added to.
///
/// Whole squares of lanes are read: up to COUNT − 1 vectors beyond those of `to`.
///
/// In this order, so that `scale` and `adds` do not lie side by side: they are written one by one, and would be read as one vector,
/// which waits for both.
#[repr(C)]
pub struct Collect<'a, T> {
    pub scale: f64,
    pub sums: &'a [T],
    pub to: &'a mut [f64],
    pub adds: bool,
    /// Becomes false where a sum is no number.
    pub finite: &'a mut bool,
}

impl<T: Real> Kernel<T> for Collect<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Self { sums, scale, adds, to, finite } = self;
        assert!(to.len().next_multiple_of(L::COUNT) * L::COUNT <= sums.len(), "there are fewer sums than numbers");
        let (zero, mut nothing) = (L::splat(T::default()), L::splat(T::default()));
        for at in (0..to.len()).step_by(L::COUNT) {
            // SAFETY: just asserted.
            unsafe {
                let totals = L::across(sums.as_ptr().add(at * L::COUNT));
                put(totals, scale, adds, to.as_mut_ptr().add(at), to.len() - at);
                nothing = totals.fma(zero, nothing);
            }
        }
        *finite &= nothing.sum() == T::default();
    }
}

/// The same of sums that lie in rows, those of `columns` numbers of `to` each, `row` apart and as many whole vectors.
pub struct CollectRows<'a, T> {
    pub sums: &'a [T],
    pub row: usize,
    pub columns: usize,
    pub scale: f64,
    pub adds: bool,
    pub to: &'a mut [f64],
}

impl<T: Real> Kernel<T> for CollectRows<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Self { sums, row, columns, scale, adds, to } = self;
        for (to, sums) in to.chunks_exact_mut(columns).zip(sums.chunks_exact(row)) {
            assert!(columns.next_multiple_of(L::COUNT) <= row, "rows of sums are not whole vectors");
            for at in (0..columns).step_by(L::COUNT) {
                // SAFETY: just asserted.
                unsafe {
                    let totals = L::load(sums.as_ptr().add(at));
                    put(totals, scale, adds, to.as_mut_ptr().add(at), columns - at);
                }
            }
        }
    }
}

/// The first `count` of scale·totals as doubles, or all of them where they are fewer: whole vectors wherever there are, for whatever
/// reads them next does so by vectors, and would wait where it finds one in pieces.
///
/// # Safety
/// So many numbers can be read and written at `to`.
#[inline(always)]
unsafe fn put<L: Lanes>(totals: L, scale: f64, adds: bool, to: *mut f64, count: usize) {
    let whole = <L::Double as Lanes>::COUNT;
    let mut at = 0;
    while at < count.min(L::COUNT) {
        // SAFETY: the caller's promise.
        unsafe {
            let (total, to) = (totals.double(at / whole) * L::Double::splat(scale), to.add(at));
            if at + whole <= count {
                (if adds { L::Double::load(to) + total } else { total }).store(to);
            } else {
                let mut rest = [0.0; MOST];
                total.spill(&mut rest);
                for k in 0..count - at {
                    *to.add(k) = if adds { *to.add(k) + rest[k] } else { rest[k] };
                }
            }
        }
        at += whole;
    }
}

/// to[c, r] = from[r, c] for points c: rows of points become a row for every point.
///
/// Whole squares of lanes are turned: up to COUNT − 1 rows beyond `rows` are read, and as many columns written.
pub struct Turn<'a, T> {
    pub rows: usize,
    pub points: usize,
    pub from: &'a [T],
    pub from_row: usize,
    pub to: &'a mut [T],
    pub to_row: usize,
}

impl<T: Real> Kernel<T> for Turn<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let (rows, points) = (self.rows.next_multiple_of(L::COUNT), self.points.next_multiple_of(L::COUNT));
        if rows == 0 || points == 0 {
            return;
        }
        assert!(
            (rows - 1) * self.from_row + points <= self.from.len()
                && (points - 1) * self.to_row + rows <= self.to.len(),
            "what is turned is larger than its room"
        );
        for row in (0..rows).step_by(L::COUNT) {
            for point in (0..points).step_by(L::COUNT) {
                // SAFETY: both squares end at or before what was just asserted.
                unsafe {
                    let from = self.from.as_ptr().add(row * self.from_row + point);
                    let to = self.to.as_mut_ptr().add(point * self.to_row + row);
                    L::transpose(from, self.from_row, to, self.to_row);
                }
            }
        }
    }
}
