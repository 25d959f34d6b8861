//! σ with σ′ over rows of points: wherever its type is looked up at every call, and where it is once and for all. Knows no stage.
#![allow(unsafe_code, reason = "addresses are computed, and checked once for the whole pass instead of at every load")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use super::pass::Extent;
use crate::engine::elementary::{Sigma, Visit, visit};
use crate::engine::lanes::{Kernel, Lanes, Level, Numbers, On, Step, Wide};
use crate::engine::real::Real;
use crate::model;
use std::marker::PhantomData;

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
    type Out = ();
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

/// σ and σ′ of so many vectors, `ROW` of them in each row of points (a power of two, or more than there are), eight or four side by side where there are registers for them.
///
/// # Safety
/// They lie at `h`, and can be written at `slope`, rows `TILE` apart.
#[inline(always)]
unsafe fn activate<L: Lanes, S: Sigma, const ROW: usize>(
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

/// σ of one model on one level, for rows of 1, 2, 4 or 8 vectors: what a chain calls as it goes, without asking for the type of σ.
#[derive(Clone, Copy, Debug)]
pub struct Known<T> {
    alpha: T,
    by_vectors: [Apply<T>; 4],
}

/// What is called: with α, and the addresses of the rows, of σ′, and how many rows they are.
type Apply<T> = unsafe fn(T, *mut T, *mut T, usize);

impl<T: Real> Known<T> {
    /// Looks it up.
    pub fn new(sigma: model::Activation, alpha: f64, level: Level) -> Self {
        Self { alpha: T::of(alpha), by_vectors: level.enter(Lookup { sigma, real: PhantomData }) }
    }

    /// σ of so many rows of V vectors.
    ///
    /// # Safety
    /// They lie at `h`, and can be written at `slope`, rows `T::TILE` apart, on the level that it was looked up for.
    #[inline(always)]
    pub unsafe fn apply<const V: usize>(&self, h: *mut T, slope: *mut T, rows: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.by_vectors[V.trailing_zeros() as usize](self.alpha, h, slope, rows) }
    }
}

struct Lookup<T> {
    sigma: model::Activation,
    real: PhantomData<T>,
}

impl<T: Real> Step<T> for Lookup<T> {
    type Out = [Apply<T>; 4];
    fn run<L: Lanes<Real = T>>(self, on: On<L>) -> Self::Out {
        visit(self.sigma, on)
    }
}

impl<L: Lanes> Visit for On<L> {
    type Out = [Apply<L::Real>; 4];
    fn with<S: Sigma>(self) -> Self::Out {
        [applied::<L, S, 1>, applied::<L, S, 2>, applied::<L, S, 4>, applied::<L, S, 8>]
    }
}

/// σ of rows of V vectors, out of line.
///
/// # Safety
/// As for `Known::apply`.
unsafe fn applied<L: Lanes, S: Sigma, const V: usize>(
    alpha: L::Real,
    h: *mut L::Real,
    slope: *mut L::Real,
    rows: usize,
) {
    // SAFETY: it was looked up by an `On<L>`.
    unsafe { L::call(RowsOf::<L::Real, S, V> { alpha, h, slope, rows, sigma: PhantomData }) }
}

struct RowsOf<T, S, const V: usize> {
    alpha: T,
    h: *mut T,
    slope: *mut T,
    rows: usize,
    sigma: PhantomData<S>,
}

impl<T: Real, S: Sigma, const V: usize> Kernel<T> for RowsOf<T, S, V> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        // SAFETY: the promise of `Known::apply`.
        unsafe { activate::<L, S, V>(self.alpha, self.h, self.slope, self.rows * V) }
    }
}
