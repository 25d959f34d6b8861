//! A chain of narrow layers on a few points: all of the way there, and all of the way back, as one kernel each. Knows no
//! composition.
//!
//! An update of ten points by a network of twenty coefficients is a few hundred vector operations, less than calling the kernels
//! one by one, checking their operands and adding up every coefficient's lanes by itself would cost.
#![allow(unsafe_code, reason = "addresses are computed, and checked once for the whole way instead of at every load")]
#![allow(clippy::needless_range_loop, reason = "blocks are indexed by row and column, as the formulas are")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use super::pass::activate;
use crate::engine::elementary::{Sigma, Visit};
use crate::engine::lanes::{Kernel, Lanes, On};
use crate::engine::real::Real;
use std::marker::PhantomData;

/// Vectors of points up to which a chain is compiled: 1, 2, 4 or 8 of them.
pub const FEW: usize = 8;

/// Y = W U + offset, and σ of it where it `activates`. W is p×q, row-major; U has p rows of points, Y q.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    pub p: usize,
    pub q: usize,
    /// Where W begins in θ; its offset follows it where there is one.
    pub at: usize,
    pub offset: bool,
    pub activates: bool,
    /// The first row of Y, Ȳ and σ′ on the tape.
    pub row: usize,
}

impl Layer {
    /// Coefficients of W and the offset.
    pub fn len(&self) -> usize {
        (self.p + usize::from(self.offset)) * self.q
    }
}

/// The coefficients of θ up to the last one of these layers.
pub fn coefficients(layers: &[Layer]) -> usize {
    layers.iter().map(|layer| layer.at + layer.len()).max().unwrap_or(0)
}

/// The tape: rows of the live vectors, one behind the other.
pub struct Tape<'a, T> {
    pub h: &'a mut [T],
    pub slopes: &'a mut [T],
}

/// From X to ŷ, both rows of points `T::TILE` apart.
pub struct There<'a, T> {
    pub layers: &'a [Layer],
    pub alpha: T,
    pub vectors: usize,
    pub theta: &'a [T],
    pub x: &'a [T],
    pub tape: Tape<'a, T>,
    pub f: &'a mut [T],
}

/// From ∂ℓ/∂ŷ back, after `There`: adds what it comes to to the gradient.
pub struct Back<'a, T> {
    pub layers: &'a [Layer],
    pub vectors: usize,
    pub theta: &'a [T],
    pub x: &'a [T],
    pub tape: Tape<'a, T>,
    pub f_bar: &'a [T],
    /// Room for Ȳ, for a vector of every coefficient up to the last one of the chain's and as many more as fill the last square,
    /// and for their sums. Where a coefficient is none of the chain's, its vector is zero.
    pub bars: &'a mut [T],
    pub sums: &'a mut [T],
    pub totals: &'a mut [T],
    pub gradient: &'a mut [f64],
}

/// `There` on the lanes L, waiting for the type of σ.
pub struct Gone<'a, L: Lanes> {
    pub on: On<L>,
    pub way: There<'a, L::Real>,
}

/// The same with the type of σ.
struct By<'a, T, S> {
    way: There<'a, T>,
    sigma: PhantomData<S>,
}

impl<L: Lanes> Visit for Gone<'_, L> {
    fn with<S: Sigma>(self) {
        self.on.run(By { way: self.way, sigma: PhantomData::<S> });
    }
}

/// Rows of points `apart` numbers apart.
#[derive(Clone, Copy)]
struct Rows<P> {
    at: P,
    apart: usize,
}

/// Whether the number of vectors is one of those compiled for, and the ways' addresses lie within their slices.
fn fits<T: Real>(
    layers: &[Layer],
    vectors: usize,
    width: usize,
    theta: &[T],
    x: &[T],
    f: &[T],
    tape: &Tape<'_, T>,
) -> bool {
    let (Some(first), Some(last)) = (layers.first(), layers.last()) else { return false };
    let rows = |count: usize| (count - 1) * T::TILE + width;
    let compiled = vectors.is_power_of_two() && vectors <= FEW;
    compiled
        && layers.iter().all(|layer| layer.at + layer.len() <= theta.len())
        && last.row * width <= tape.h.len().min(tape.slopes.len())
        && rows(first.p) <= x.len()
        && rows(last.q) <= f.len()
}

/// Calls a function that is compiled for a number of vectors with that of now.
macro_rules! by_vectors {
    ($vectors:expr, $function:ident::<$L:ident>($($operand:expr),*)) => {
        match $vectors {
            1 => $function::<$L, 1>($($operand),*),
            2 => $function::<$L, 2>($($operand),*),
            4 => $function::<$L, 4>($($operand),*),
            _ => $function::<$L, 8>($($operand),*),
        }
    };
}

impl<T: Real, S: Sigma> Kernel<T> for By<'_, T, S> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let There { layers, alpha, vectors, theta, x, tape, f } = self.way;
        let width = vectors * L::COUNT;
        assert!(fits(layers, vectors, width, theta, x, f, &tape), "a chain has too little room");
        // Taken once: later ones would end what earlier ones may do.
        let (h, slopes, f) = (tape.h.as_mut_ptr(), tape.slopes.as_mut_ptr(), f.as_mut_ptr());
        let mut u = Rows { at: x.as_ptr(), apart: T::TILE };
        for (at, layer) in layers.iter().enumerate() {
            // SAFETY: `fits`: every layer's rows lie on the tape but the last one's, which are those of f.
            unsafe {
                let y = if at + 1 == layers.len() {
                    Rows { at: f, apart: T::TILE }
                } else {
                    Rows { at: h.add(layer.row * width), apart: width }
                };
                by_vectors!(vectors, product::<L>(layer, theta.as_ptr().add(layer.at), u, y));
                if layer.activates {
                    activate::<L, S>(alpha, y.at, slopes.add(layer.row * width), layer.q * vectors);
                }
                u = Rows { at: y.at.cast_const(), apart: y.apart };
            }
        }
    }
}

/// Y = W U + offset, in blocks of as many sums as there are registers for.
///
/// # Safety
/// W and its offset lie at `w`, p rows of V vectors at `u`, and as many q rows can be written at `y`.
#[inline(always)]
unsafe fn product<L: Lanes, const V: usize>(
    layer: &Layer,
    w: *const L::Real,
    u: Rows<*const L::Real>,
    y: Rows<*mut L::Real>,
) {
    let mut row = 0;
    // SAFETY: the caller's promise; every block ends at or before q.
    unsafe {
        while (V <= 2 || (V == 4 && L::REGISTERS >= 32)) && row + 4 <= layer.q {
            values::<L, V, 4>(layer, w, row, u, y);
            row += 4;
        }
        while (V == 8 && L::REGISTERS >= 32) && row + 2 <= layer.q {
            values::<L, V, 2>(layer, w, row, u, y);
            row += 2;
        }
        while row < layer.q {
            values::<L, V, 1>(layer, w, row, u, y);
            row += 1;
        }
    }
}

/// `R` rows of Y from `row` on.
///
/// # Safety
/// As for `product`.
#[inline(always)]
unsafe fn values<L: Lanes, const V: usize, const R: usize>(
    layer: &Layer,
    w: *const L::Real,
    row: usize,
    u: Rows<*const L::Real>,
    y: Rows<*mut L::Real>,
) {
    let mut sums = [[L::splat(<L::Real as Default>::default()); V]; R];
    // SAFETY: the caller's promise.
    unsafe {
        if layer.offset {
            for r in 0..R {
                sums[r] = [L::splat(*w.add(layer.p * layer.q + row + r)); V];
            }
        }
        let (mut of_w, mut of_u) = (w.add(row), u.at);
        for _ in 0..layer.p {
            for v in 0..V {
                let of_u = L::load(of_u.add(v * L::COUNT));
                for r in 0..R {
                    sums[r][v] = L::splat(*of_w.add(r)).fma(of_u, sums[r][v]);
                }
            }
            (of_w, of_u) = (of_w.wrapping_add(layer.q), of_u.wrapping_add(u.apart));
        }
        for r in 0..R {
            for v in 0..V {
                sums[r][v].store(y.at.add((row + r) * y.apart + v * L::COUNT));
            }
        }
    }
}

impl<T: Real> Kernel<T> for Back<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Self { layers, vectors, theta, x, tape, f_bar, bars, sums, totals, gradient } = self;
        let width = vectors * L::COUNT;
        let last = layers.last().map_or(0, |last| last.row);
        let coefficients = coefficients(layers);
        let squares = coefficients.next_multiple_of(L::COUNT);
        assert!(
            fits(layers, vectors, width, theta, x, f_bar, &tape)
                && last * width <= bars.len()
                && squares * L::COUNT <= sums.len()
                && squares <= totals.len()
                && coefficients <= gradient.len(),
            "a chain has too little room"
        );
        let (bars, sums_at) = (bars.as_mut_ptr(), sums.as_mut_ptr());
        let mut y_bar = Rows { at: f_bar.as_ptr(), apart: T::TILE };
        for at in (0..layers.len()).rev() {
            let layer = &layers[at];
            // SAFETY: just asserted.
            unsafe {
                let mut u = Rows { at: x.as_ptr(), apart: T::TILE };
                let mut u_bar = y_bar;
                if let Some(before) = at.checked_sub(1).map(|at| &layers[at]) {
                    let row = before.row * width;
                    u = Rows { at: tape.h.as_ptr().add(row), apart: width };
                    let to = bars.add(row);
                    let slopes = before.activates.then_some(tape.slopes.as_ptr().add(row));
                    by_vectors!(vectors, to_inputs::<L>(layer, theta.as_ptr().add(layer.at), y_bar, slopes, to));
                    u_bar = Rows { at: to.cast_const(), apart: width };
                }
                by_vectors!(vectors, weigh::<L>(layer, u, y_bar, sums_at.add(layer.at * L::COUNT)));
                y_bar = u_bar;
            }
        }
        for square in (0..squares).step_by(L::COUNT) {
            // SAFETY: just asserted.
            unsafe { L::across(sums.as_ptr().add(square * L::COUNT)).store(totals.as_mut_ptr().add(square)) }
        }
        for (to, total) in gradient[..coefficients].iter_mut().zip(totals) {
            *to += total.wide();
        }
    }
}

/// Ū = Wᵀ Ȳ, times σ′ where U is σ of something: p rows one behind the other.
///
/// # Safety
/// W lies at `w`, q rows of V vectors at `y_bar`; p rows can be read at `slopes` and written at `u_bar`.
#[inline(always)]
unsafe fn to_inputs<L: Lanes, const V: usize>(
    layer: &Layer,
    w: *const L::Real,
    y_bar: Rows<*const L::Real>,
    slopes: Option<*const L::Real>,
    u_bar: *mut L::Real,
) {
    for i in 0..layer.p {
        let mut sums = [L::splat(<L::Real as Default>::default()); V];
        let row = i * V * L::COUNT;
        // SAFETY: the caller's promise.
        unsafe {
            for j in 0..layer.q {
                let of_w = L::splat(*w.add(i * layer.q + j));
                for v in 0..V {
                    sums[v] = of_w.fma(L::load(y_bar.at.add(j * y_bar.apart + v * L::COUNT)), sums[v]);
                }
            }
            for v in 0..V {
                let place = row + v * L::COUNT;
                if let Some(slopes) = slopes {
                    sums[v] = sums[v] * L::load(slopes.add(place));
                }
                sums[v].store(u_bar.add(place));
            }
        }
    }
}

/// Σ U Ȳᵀ over the vectors, and Σ Ȳ for the offset: a vector for every coefficient, in the order of θ.
///
/// # Safety
/// p rows of V vectors lie at `u` and q at `y_bar`; a vector for every coefficient can be written at `sums`.
#[inline(always)]
unsafe fn weigh<L: Lanes, const V: usize>(
    layer: &Layer,
    u: Rows<*const L::Real>,
    y_bar: Rows<*const L::Real>,
    sums: *mut L::Real,
) {
    let zero = L::splat(<L::Real as Default>::default());
    for j in 0..layer.q {
        // SAFETY: the caller's promise.
        unsafe {
            let (mut of_y, mut total) = ([zero; V], zero);
            for v in 0..V {
                of_y[v] = L::load(y_bar.at.add(j * y_bar.apart + v * L::COUNT));
                total = total + of_y[v];
            }
            let (mut of_u, mut to) = (u.at, sums.add(j * L::COUNT));
            for _ in 0..layer.p {
                let mut sum = zero;
                for v in 0..V {
                    sum = L::load(of_u.add(v * L::COUNT)).fma(of_y[v], sum);
                }
                sum.store(to);
                (of_u, to) = (of_u.wrapping_add(u.apart), to.wrapping_add(layer.q * L::COUNT));
            }
            if layer.offset {
                total.store(to);
            }
        }
    }
}
