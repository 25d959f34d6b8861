//! C = A B with an epilogue, in blocks of sums that stay in registers: the one product of the engine. Knows no stage.
#![allow(clippy::needless_range_loop, reason = "blocks are indexed by row and column, as the formulas are")]
#![allow(
    unsafe_code,
    reason = "addresses are computed, and checked once for the whole product instead of at every load"
)]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use crate::engine::lanes::{Kernel, Lanes};
use crate::engine::real::Real;

/// cᵣ = finish(offsetᵣ + Σᵢ A[r, i] Bᵢ): A is read a number at a time and spread over the lanes, B and C a vector at a time.
///
/// With points in the lanes of B this is a stage forward (A = bᵀ) and backward (A = b), whatever the strides; with B = Z̄ᵀ,
/// a row for every point, it is the gradient of b.
pub struct Product<'a, T> {
    /// Rows of C, steps of the sum, and vectors of a row (of the level's lanes).
    pub rows: usize,
    pub steps: usize,
    pub vectors: usize,
    /// A[r, i] stands at r·`a_row` + i·`a_step` in a.
    pub a: &'a [T],
    pub a_row: usize,
    pub a_step: usize,
    /// Bᵢ begins at i·`b_step` in b.
    pub b: &'a [T],
    pub b_step: usize,
    /// What the sums begin with, a number a row; none for zero.
    pub offset: Option<&'a [T]>,
    /// cᵣ begins at r·`c_row` in c.
    pub c: &'a mut [T],
    pub c_row: usize,
    pub finish: Finish<'a, T>,
}

/// What is done with a sum before it is stored. Slices lie as `c` does.
#[derive(Clone, Copy)]
pub enum Finish<'a, T> {
    /// Nothing.
    Store,
    /// c + sum.
    Add,
    /// relu(sum).
    Rectify,
    /// scale·sum + other: the identity path.
    Beside { scale: T, other: &'a [T] },
    /// scale·sum·slope: through σ backwards.
    Slope { scale: T, slope: &'a [T] },
    /// scale·sum where h > 0, else 0: through a ReLU backwards, whose slope its own value tells.
    Gate { scale: T, h: &'a [T] },
}

impl<T> Finish<'_, T> {
    /// The same for a product whose c begins `at` numbers further on.
    #[inline]
    pub fn after(self, at: usize) -> Self {
        match self {
            Self::Store | Self::Add | Self::Rectify => self,
            Self::Beside { scale, other } => Self::Beside { scale, other: &other[at..] },
            Self::Slope { scale, slope } => Self::Slope { scale, slope: &slope[at..] },
            Self::Gate { scale, h } => Self::Gate { scale, h: &h[at..] },
        }
    }
}

impl<T: Real> Product<'_, T> {
    /// Whether every address that the blocks compute lies within its slice.
    fn fits(&self, lanes: usize) -> bool {
        let (rows, steps, width) = (self.rows, self.steps, self.vectors * lanes);
        let c = (rows - 1) * self.c_row + width;
        let beside = match self.finish {
            Finish::Store | Finish::Add | Finish::Rectify => true,
            Finish::Beside { other, .. } => c <= other.len(),
            Finish::Slope { slope, .. } => c <= slope.len(),
            Finish::Gate { h, .. } => c <= h.len(),
        };
        beside
            && (rows - 1) * self.a_row + (steps - 1) * self.a_step < self.a.len()
            && (steps - 1) * self.b_step + width <= self.b.len()
            && self.offset.is_none_or(|offset| rows <= offset.len())
            && c <= self.c.len()
    }

    /// The block of `R` rows from `row` and `V` vectors from `column` (in numbers).
    ///
    /// # Safety
    /// `fits`, and the block lies within rows × vectors.
    #[inline(always)]
    unsafe fn block<L: Lanes<Real = T>, const R: usize, const V: usize>(&mut self, row: usize, column: usize) {
        // SAFETY: `fits` bounds every address below by the slice it belongs to.
        unsafe {
            let zero = L::splat(T::default());
            let mut sums = [[zero; V]; R];
            if let Some(offset) = self.offset {
                for r in 0..R {
                    sums[r] = [L::splat(*offset.get_unchecked(row + r)); V];
                }
            }
            let (mut a, mut b) = (self.a.as_ptr().add(row * self.a_row), self.b.as_ptr().add(column));
            let (a_row, a_step, b_step) = (self.a_row, self.a_step, self.b_step);
            for _ in 0..self.steps {
                let mut of_b = [zero; V];
                for v in 0..V {
                    of_b[v] = L::load(b.add(v * L::COUNT));
                }
                for r in 0..R {
                    let of_a = L::splat(*a.add(r * a_row));
                    for v in 0..V {
                        sums[r][v] = of_a.fma(of_b[v], sums[r][v]);
                    }
                }
                a = a.wrapping_add(a_step);
                b = b.wrapping_add(b_step);
            }
            self.finish::<L, R, V>(sums, row, column);
        }
    }

    /// Stores the sums of a block.
    ///
    /// # Safety
    /// As for `block`.
    #[inline(always)]
    unsafe fn finish<L: Lanes<Real = T>, const R: usize, const V: usize>(
        &mut self,
        sums: [[L; V]; R],
        row: usize,
        column: usize,
    ) {
        let at = row * self.c_row + column;
        // SAFETY: `fits` bounds c, and what lies as c does.
        unsafe {
            let c = self.c.as_mut_ptr().add(at);
            let one = T::of(1.0);
            match self.finish {
                Finish::Store => put::<L, Plain, R, V>(sums, one, c, c, self.c_row),
                Finish::Add => put::<L, Added, R, V>(sums, one, c, c, self.c_row),
                Finish::Rectify => put::<L, Rectified, R, V>(sums, one, c, c, self.c_row),
                Finish::Beside { scale, other } => {
                    put::<L, Added, R, V>(sums, scale, other.as_ptr().add(at), c, self.c_row);
                }
                Finish::Slope { scale, slope } => {
                    put::<L, Sloped, R, V>(sums, scale, slope.as_ptr().add(at), c, self.c_row);
                }
                Finish::Gate { scale, h } => put::<L, Gated, R, V>(sums, scale, h.as_ptr().add(at), c, self.c_row),
            }
        }
    }

    /// All rows of the `V` vectors from `column`, `R` at a time and then fewer; `M` is R + 1. A last row is not left alone,
    /// where nothing would hide its latency: the gradient of a matrix with an offset always has one row too many.
    ///
    /// # Safety
    /// `fits`, and the vectors lie within the row.
    #[inline(always)]
    unsafe fn rows<L: Lanes<Real = T>, const R: usize, const M: usize, const V: usize>(&mut self, column: usize) {
        let mut row = 0;
        // SAFETY: every block ends at or before `rows`.
        unsafe {
            while row + R <= self.rows {
                if row + M == self.rows {
                    return self.block::<L, M, V>(row, column);
                }
                self.block::<L, R, V>(row, column);
                row += R;
            }
            if R > 8 && row + 8 <= self.rows {
                self.block::<L, 8, V>(row, column);
                row += 8;
            }
            if R > 4 && row + 4 <= self.rows {
                self.block::<L, 4, V>(row, column);
                row += 4;
            }
            if R > 2 && row + 2 <= self.rows {
                self.block::<L, 2, V>(row, column);
                row += 2;
            }
            if row < self.rows {
                self.block::<L, 1, V>(row, column);
            }
        }
    }
}

/// The last operation on a sum; `beside` is what lies beside it.
trait Tail {
    const READS: bool;
    fn of<L: Lanes>(sum: L, scale: L, beside: L) -> L;
}

struct Plain;
struct Added;
struct Rectified;
struct Sloped;
struct Gated;

impl Tail for Plain {
    const READS: bool = false;
    #[inline(always)]
    fn of<L: Lanes>(sum: L, _: L, _: L) -> L {
        sum
    }
}

impl Tail for Added {
    const READS: bool = true;
    #[inline(always)]
    fn of<L: Lanes>(sum: L, scale: L, beside: L) -> L {
        sum.fma(scale, beside)
    }
}

impl Tail for Rectified {
    const READS: bool = false;
    #[inline(always)]
    fn of<L: Lanes>(sum: L, _: L, zero: L) -> L {
        sum.at_most(zero, zero, sum)
    }
}

impl Tail for Sloped {
    const READS: bool = true;
    #[inline(always)]
    fn of<L: Lanes>(sum: L, scale: L, beside: L) -> L {
        sum * scale * beside
    }
}

impl Tail for Gated {
    const READS: bool = true;
    #[inline(always)]
    fn of<L: Lanes>(sum: L, scale: L, beside: L) -> L {
        let zero = L::splat(L::Real::default());
        beside.at_most(zero, zero, sum * scale)
    }
}

/// Stores a block of sums at `c`, whose rows lie `c_row` apart like those of `beside`.
///
/// # Safety
/// R rows of V vectors can be written at `c`, and read at `beside` where the tail reads.
#[inline(always)]
unsafe fn put<L: Lanes, E: Tail, const R: usize, const V: usize>(
    sums: [[L; V]; R],
    scale: L::Real,
    beside: *const L::Real,
    c: *mut L::Real,
    c_row: usize,
) {
    let (scale, zero) = (L::splat(scale), L::splat(L::Real::default()));
    for r in 0..R {
        for v in 0..V {
            let at = r * c_row + v * L::COUNT;
            // SAFETY: the caller's promise.
            unsafe {
                let beside = if E::READS { L::load(beside.add(at)) } else { zero };
                E::of(sums[r][v], scale, beside).store(c.add(at));
            }
        }
    }
}

impl<T: Real> Kernel<T> for Product<'_, T> {
    /// Blocks of 16 sums where there are 32 registers, of 8 where there are 16: enough of them to hide the latency of a
    /// multiply-add, and few enough to leave registers for what is multiplied.
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(mut self) {
        if self.rows == 0 || self.steps == 0 || self.vectors == 0 {
            return;
        }
        assert!(self.fits(L::COUNT), "a product's operands are smaller than it");
        let mut vector = 0;
        // SAFETY: `fits`, and every call stays below `vectors`.
        unsafe {
            // A single row needs as many vectors to hide the latency.
            while self.rows == 1 && L::REGISTERS >= 16 && vector + 8 <= self.vectors {
                self.block::<L, 1, 8>(0, vector * L::COUNT);
                vector += 8;
            }
            if L::REGISTERS >= 32 {
                while vector + 4 <= self.vectors {
                    self.rows::<L, 4, 5, 4>(vector * L::COUNT);
                    vector += 4;
                }
                while vector + 2 <= self.vectors {
                    self.rows::<L, 8, 9, 2>(vector * L::COUNT);
                    vector += 2;
                }
                while vector < self.vectors {
                    self.rows::<L, 16, 17, 1>(vector * L::COUNT);
                    vector += 1;
                }
            } else if L::REGISTERS >= 16 {
                while vector + 2 <= self.vectors {
                    self.rows::<L, 4, 5, 2>(vector * L::COUNT);
                    vector += 2;
                }
                while vector < self.vectors {
                    self.rows::<L, 8, 9, 1>(vector * L::COUNT);
                    vector += 1;
                }
            } else {
                while vector < self.vectors {
                    self.rows::<L, 4, 5, 1>(vector * L::COUNT);
                    vector += 1;
                }
            }
        }
    }
}
