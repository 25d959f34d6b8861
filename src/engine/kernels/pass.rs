//! Passes over rows of points, number by number. Knows no stage.
#![allow(unsafe_code, reason = "addresses are computed, and checked once for the whole pass instead of at every load")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use crate::engine::buffer::Buffer;
use crate::engine::lanes::{Kernel, Lanes, Numbers};
use crate::engine::real::Real;

/// Rows `stride` apart, of which the first `vectors` vectors count.
#[derive(Clone, Copy)]
pub struct Extent {
    pub rows: usize,
    pub vectors: usize,
    pub stride: usize,
}

impl Extent {
    /// How long a slice must be.
    #[inline(always)]
    pub fn ends(self, lanes: usize) -> usize {
        if self.rows == 0 { 0 } else { (self.rows - 1) * self.stride + self.vectors * lanes }
    }
}

/// θ as the engine's numbers, what counts as 0 as 0.
pub struct Round<'a, T> {
    pub theta: &'a [f64],
    pub to: &'a mut [T],
}

impl<T: Real> Kernel<T> for Round<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Self { theta, to } = self;
        let (length, count) = (theta.len(), <L::Double as Lanes>::COUNT);
        assert!(length <= to.len(), "there is too little room for a rounded θ");
        let (least, zero) = (L::Double::splat(T::LEAST), L::Double::splat(0.0));
        let (theta, to) = (theta.as_ptr(), to.as_mut_ptr());
        let mut at = 0;
        // SAFETY: all that is read and written ends within θ's length.
        unsafe {
            while at + count <= length {
                let values = L::Double::load(theta.add(at));
                L::round_to(values.abs().at_most(least, zero, values), to.add(at));
                at += count;
            }
            while at < length {
                let value = *theta.add(at);
                *to.add(at) = T::of(if value.abs() <= T::LEAST { 0.0 } else { value });
                at += 1;
            }
        }
    }
}

/// to ← scale·from·by.
pub struct Times<'a, T> {
    pub extent: Extent,
    pub scale: T,
    pub from: &'a [T],
    pub by: &'a [T],
    pub to: &'a mut [T],
}

impl<T: Real> Kernel<T> for Times<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let end = self.extent.ends(L::COUNT);
        assert!(end <= self.from.len() && end <= self.by.len() && end <= self.to.len(), "a pass has too little room");
        let scale = L::splat(self.scale);
        for row in 0..self.extent.rows {
            for vector in 0..self.extent.vectors {
                let at = row * self.extent.stride + vector * L::COUNT;
                // SAFETY: just asserted.
                unsafe {
                    let product = L::load(self.from.as_ptr().add(at)) * L::load(self.by.as_ptr().add(at)) * scale;
                    product.store(self.to.as_mut_ptr().add(at));
                }
            }
        }
    }
}

/// to ← to + from.
pub struct Plus<'a, T> {
    pub extent: Extent,
    pub from: &'a [T],
    pub to: &'a mut [T],
}

impl<T: Real> Kernel<T> for Plus<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let end = self.extent.ends(L::COUNT);
        assert!(end <= self.from.len() && end <= self.to.len(), "a pass has too little room");
        for row in 0..self.extent.rows {
            for vector in 0..self.extent.vectors {
                let at = row * self.extent.stride + vector * L::COUNT;
                // SAFETY: just asserted.
                unsafe {
                    let to = self.to.as_mut_ptr().add(at);
                    (L::load(to) + L::load(self.from.as_ptr().add(at))).store(to);
                }
            }
        }
    }
}

/// What the residuals r of Gaussian observations ask for, and what they leave.
#[derive(Clone, Debug)]
pub struct Gaussian<T> {
    /// 1 for the points that count, 0 beyond them.
    pub mask: Buffer<T>,
    /// 1/s².
    pub precision: T,
    /// Σ r² by output.
    pub squares: Vec<f64>,
}

/// r = (y − f)·mask in every row: `f_bar` becomes r·precision, `gaussian.squares` Σ r² by row; rows `T::TILE` apart.
pub struct Residuals<'a, T> {
    pub vectors: usize,
    pub y: &'a [T],
    pub f: &'a [T],
    pub gaussian: &'a mut Gaussian<T>,
    pub f_bar: &'a mut [T],
}

impl<T: Real> Kernel<T> for Residuals<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Self { vectors, y, f, gaussian, f_bar } = self;
        let Gaussian { mask, precision, squares } = gaussian;
        let extent = Extent { rows: squares.len(), vectors, stride: T::TILE };
        let end = extent.ends(L::COUNT);
        let fits = end <= y.len().min(f.len()).min(f_bar.len()) && vectors * L::COUNT <= mask.len();
        assert!(fits, "residuals have too little room");
        let (mask, precision) = (mask.as_ptr(), L::splat(*precision));
        for (row, squares) in squares.iter_mut().enumerate() {
            let mut sum = L::splat(T::default());
            for vector in 0..vectors {
                let at = row * T::TILE + vector * L::COUNT;
                // SAFETY: just asserted.
                unsafe {
                    let mask = L::load(mask.add(vector * L::COUNT));
                    let all = L::load(y.as_ptr().add(at)) - L::load(f.as_ptr().add(at));
                    // The way back does not wait for r.
                    (all * (mask * precision)).store(f_bar.as_mut_ptr().add(at));
                    let r = all * mask;
                    sum = r.fma(r, sum);
                }
            }
            *squares = sum.sum().wide();
        }
    }
}
