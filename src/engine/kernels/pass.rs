//! Passes over rows of points, number by number: σ with σ′, and products. Knows no stage.
#![allow(unsafe_code, reason = "addresses are computed, and checked once for the whole pass instead of at every load")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use crate::engine::elementary::{Sigma, Visit};
use crate::engine::lanes::{Kernel, Lanes, Numbers, On, Wide};
use crate::engine::real::Real;
use std::marker::PhantomData;

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
    fn ends(self, lanes: usize) -> usize {
        if self.rows == 0 { 0 } else { (self.rows - 1) * self.stride + self.vectors * lanes }
    }
}

/// `h` becomes σ(h), `slope` σ′(h).
pub struct Activate<'a, T> {
    pub extent: Extent,
    pub alpha: T,
    pub h: &'a mut [T],
    pub slope: &'a mut [T],
}

/// The same with the type of σ.
struct Activation<'a, T, S> {
    pass: Activate<'a, T>,
    sigma: PhantomData<S>,
}

/// `Activate` on the lanes L, waiting for the type of σ.
pub struct Applied<'a, L: Lanes> {
    pub on: On<L>,
    pub pass: Activate<'a, L::Real>,
}

impl<L: Lanes> Visit for Applied<'_, L> {
    fn with<S: Sigma>(self) {
        self.on.run(Activation { pass: self.pass, sigma: PhantomData::<S> });
    }
}

impl<T: Real, S: Sigma> Kernel<T> for Activation<'_, T, S> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Activate { extent, alpha, h, slope } = self.pass;
        let end = extent.ends(L::COUNT);
        assert!(end <= h.len() && end <= slope.len(), "σ has more rows than room");
        for start in (0..extent.rows).map(|row| row * extent.stride) {
            // SAFETY: just asserted.
            unsafe {
                let (h, slope) = (h.as_mut_ptr().add(start), slope.as_mut_ptr().add(start));
                activate::<L, S, { usize::MAX }>(alpha, h, slope, extent.vectors);
            }
        }
    }
}

/// σ and σ′ of so many vectors, `ROW` of them in each row of points, eight or four side by side where there are registers for them.
///
/// # Safety
/// They lie at `h`, and can be written at `slope`, rows `TILE` apart.
#[inline(always)]
pub unsafe fn activate<L: Lanes, S: Sigma, const ROW: usize>(
    alpha: L::Real,
    h: *mut L::Real,
    slope: *mut L::Real,
    vectors: usize,
) {
    let mut vector = 0;
    // SAFETY: the caller's promise, and no block ends behind the last vector.
    unsafe {
        while L::REGISTERS >= 32 && vector + 8 <= vectors {
            block::<L, S, ROW, 8>(alpha, h, slope, vector);
            vector += 8;
        }
        while L::REGISTERS >= 16 && vector + 4 <= vectors {
            block::<L, S, ROW, 4>(alpha, h, slope, vector);
            vector += 4;
        }
        while vector < vectors {
            block::<L, S, ROW, 1>(alpha, h, slope, vector);
            vector += 1;
        }
    }
}

/// σ of `W` vectors from `vector` on, side by side.
///
/// # Safety
/// As for `activate`.
#[inline(always)]
unsafe fn block<L: Lanes, S: Sigma, const ROW: usize, const W: usize>(
    alpha: L::Real,
    h: *mut L::Real,
    slope: *mut L::Real,
    vector: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let start = vector / ROW * L::Real::TILE + vector % ROW * L::COUNT;
        let (value, derivative) = S::at(Wide::<L, W>::load::<ROW>(h.add(start)), Wide::splat(alpha));
        value.store::<ROW>(h.add(start));
        derivative.store::<ROW>(slope.add(start));
    }
}

/// θ as the engine's numbers.
pub struct Round<'a, T> {
    pub theta: &'a [f64],
    pub to: &'a mut [T],
}

impl<T: Real> Kernel<T> for Round<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        for (to, &from) in self.to.iter_mut().zip(self.theta) {
            *to = T::coefficient(from);
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

/// r = (y − f)·mask in every row: `f_bar` becomes r·precision, `squares` Σ r² by row.
pub struct Residuals<'a, T> {
    pub vectors: usize,
    pub stride: usize,
    pub y: &'a [T],
    pub f: &'a [T],
    pub mask: &'a [T],
    pub precision: T,
    pub f_bar: &'a mut [T],
    pub squares: &'a mut [f64],
}

impl<T: Real> Kernel<T> for Residuals<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let extent = Extent { rows: self.squares.len(), vectors: self.vectors, stride: self.stride };
        let end = extent.ends(L::COUNT);
        assert!(
            end <= self.y.len()
                && end <= self.f.len()
                && end <= self.f_bar.len()
                && extent.vectors * L::COUNT <= self.mask.len(),
            "residuals have too little room"
        );
        let precision = L::splat(self.precision);
        for (row, squares) in self.squares.iter_mut().enumerate() {
            let mut sum = L::splat(T::default());
            for vector in 0..self.vectors {
                let at = row * self.stride + vector * L::COUNT;
                // SAFETY: just asserted.
                unsafe {
                    let r = L::load(self.y.as_ptr().add(at)) - L::load(self.f.as_ptr().add(at));
                    let r = r * L::load(self.mask.as_ptr().add(vector * L::COUNT));
                    sum = r.fma(r, sum);
                    (r * precision).store(self.f_bar.as_mut_ptr().add(at));
                }
            }
            *squares = sum.sum().wide();
        }
    }
}
