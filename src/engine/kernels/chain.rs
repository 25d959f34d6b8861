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
}

/// Layers one after the other, and what room they need: a step asks whether it has as much, and nothing else.
#[derive(Clone, Debug)]
pub struct Layers {
    /// Each with the first row of its Y, Ȳ and σ′ on the tape.
    all: Vec<(Layer, usize)>,
    inputs: usize,
    outputs: usize,
    /// Rows of the tape.
    pub rows: usize,
    /// The coefficients of θ up to the last one of these layers.
    pub coefficients: usize,
}

impl Layers {
    /// The chain of them; none where they are none, or one has not as many inputs as the one before it has outputs.
    pub fn new(layers: &[Layer]) -> Option<Self> {
        let (first, last) = (layers.first()?, layers.last()?);
        if layers.windows(2).any(|pair| pair[0].q != pair[1].p) {
            return None;
        }
        let end = |layer: &Layer| layer.at + (layer.p + usize::from(layer.offset)) * layer.q;
        let coefficients = layers.iter().map(end).max()?;
        let mut rows = 0;
        let all = layers.iter().map(|layer| {
            rows += layer.q;
            (*layer, rows - layer.q)
        });
        Some(Self { all: all.collect(), inputs: first.p, outputs: last.q, rows, coefficients })
    }

    /// Whether all addresses of a way lie within its slices.
    #[inline(always)]
    fn fit<T: Real>(&self, width: usize, theta: &[T], x: &[T], f: &[T], tape: &Tape<'_, T>) -> bool {
        let rows = |count: usize| (count - 1) * T::TILE + width;
        self.coefficients <= theta.len()
            && self.rows * width <= tape.h.len().min(tape.slopes.len())
            && rows(self.inputs) <= x.len()
            && rows(self.outputs) <= f.len()
    }
}

/// The tape: rows of the live vectors, one behind the other.
pub struct Tape<'a, T> {
    pub h: &'a mut [T],
    pub slopes: &'a mut [T],
}

/// From X to ŷ, both rows of points `T::TILE` apart.
pub struct There<'a, T> {
    pub layers: &'a Layers,
    pub alpha: T,
    pub vectors: usize,
    pub theta: &'a [T],
    pub x: &'a [T],
    pub tape: Tape<'a, T>,
    pub f: &'a mut [T],
}

/// From ∂ℓ/∂ŷ back, after `There`: adds what it comes to to the sums.
pub struct Back<'a, T> {
    pub layers: &'a Layers,
    pub vectors: usize,
    pub theta: &'a [T],
    pub x: &'a [T],
    pub tape: Tape<'a, T>,
    pub f_bar: &'a [T],
    /// Room for Ȳ.
    pub bars: &'a mut [T],
    /// A vector for every coefficient up to the last one of the chain's: those that are none of it are left alone.
    pub sums: &'a mut [T],
    /// Whether the sums are to be begun, whatever they are.
    pub begins: bool,
}

/// Rows of points `apart` numbers apart.
#[derive(Clone, Copy)]
struct Rows<P> {
    at: P,
    apart: usize,
}

/// Calls a function that is compiled for a number of vectors with that of now.
macro_rules! by_vectors {
    ($vectors:expr, $way:ident.$function:ident::<$L:ident>($($operand:expr),*)) => {
        match $vectors {
            1 => $way.$function::<$L, 1>($($operand),*),
            2 => $way.$function::<$L, 2>($($operand),*),
            4 => $way.$function::<$L, 4>($($operand),*),
            8 => $way.$function::<$L, 8>($($operand),*),
            _ => unreachable!("a chain is not compiled for so many vectors"),
        }
    };
}

/// Calls a function that is compiled for a number of columns with the next ones, of which there are still `$left`: four or, of
/// eight vectors or where registers are few, two of them, whose sums are as many as there are registers for.
macro_rules! by_columns {
    ($left:expr, $function:ident::<$L:ident, $V:ident>($($operand:expr),*)) => {
        match $left.min(if $V * 4 < $L::REGISTERS { 4 } else if $V * 2 < $L::REGISTERS { 2 } else { 1 }) {
            4 => $function::<$L, $V, 4>($($operand),*),
            3 => $function::<$L, $V, 3>($($operand),*),
            2 => $function::<$L, $V, 2>($($operand),*),
            _ => $function::<$L, $V, 1>($($operand),*),
        }
    };
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

impl<T: Real, S: Sigma> Kernel<T> for By<'_, T, S> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        by_vectors!(self.way.vectors, self.go::<L>());
    }
}

impl<T: Real, S: Sigma> By<'_, T, S> {
    /// `There` on V vectors.
    #[inline(always)]
    fn go<L: Lanes<Real = T>, const V: usize>(self) {
        let There { layers, alpha, vectors: _, theta, x, tape, f } = self.way;
        let width = V * L::COUNT;
        assert!(layers.fit(width, theta, x, f, &tape), "a chain has too little room");
        // Taken once: later ones would end what earlier ones may do.
        let (h, slopes, f) = (tape.h.as_mut_ptr(), tape.slopes.as_mut_ptr(), f.as_mut_ptr());
        let mut u = Rows { at: x.as_ptr(), apart: T::TILE };
        let mut left = layers.all.len();
        for (layer, row) in &layers.all {
            left -= 1;
            // SAFETY: `fit`: every layer's rows lie on the tape but the last one's, which are those of f.
            unsafe {
                let (place, w) = (row * width, theta.as_ptr().add(layer.at));
                let y =
                    if left == 0 { Rows { at: f, apart: T::TILE } } else { Rows { at: h.add(place), apart: width } };
                product::<L, V>(layer, w, u, y);
                if layer.activates {
                    activate::<L, S>(alpha, y.at, slopes.add(place), layer.q * V);
                }
                u = Rows { at: y.at.cast_const(), apart: y.apart };
            }
        }
    }
}

/// Y = W U + offset, some columns of W at a time.
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
    let mut column = 0;
    while column < layer.q {
        // SAFETY: the caller's promise; no block ends behind q.
        column += unsafe { by_columns!(layer.q - column, values::<L, V>(layer, w.add(column), u, y, column)) };
    }
}

/// The `C` rows of Y from `column` on, of the columns of W that begin at `w`: answers with C.
///
/// # Safety
/// As for `product`.
#[inline(always)]
unsafe fn values<L: Lanes, const V: usize, const C: usize>(
    layer: &Layer,
    w: *const L::Real,
    u: Rows<*const L::Real>,
    y: Rows<*mut L::Real>,
    column: usize,
) -> usize {
    let mut sums = [[L::splat(<L::Real as Default>::default()); V]; C];
    // SAFETY: the caller's promise.
    unsafe {
        if layer.offset {
            let offset = w.add(layer.p * layer.q);
            for c in 0..C {
                sums[c] = [L::splat(*offset.add(c)); V];
            }
        }
        let (mut of_w, mut of_u, mut to) = (w, u.at, y.at.add(column * y.apart));
        for _ in 0..layer.p {
            for v in 0..V {
                let of_u = L::load(of_u.add(v * L::COUNT));
                for c in 0..C {
                    sums[c][v] = L::splat(*of_w.add(c)).fma(of_u, sums[c][v]);
                }
            }
            (of_w, of_u) = (of_w.wrapping_add(layer.q), of_u.wrapping_add(u.apart));
        }
        for c in 0..C {
            for v in 0..V {
                sums[c][v].store(to.add(v * L::COUNT));
            }
            to = to.wrapping_add(y.apart);
        }
    }
    C
}

impl<T: Real> Kernel<T> for Back<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        by_vectors!(self.vectors, self.go::<L>());
    }
}

impl<T: Real> Back<'_, T> {
    /// The way back on V vectors.
    #[inline(always)]
    fn go<L: Lanes<Real = T>, const V: usize>(self) {
        let Self { layers, vectors: _, theta, x, tape, f_bar, bars, sums, begins } = self;
        let width = V * L::COUNT;
        assert!(
            layers.fit(width, theta, x, f_bar, &tape)
                && layers.rows * width <= bars.len()
                && layers.coefficients * L::COUNT <= sums.len(),
            "a chain has too little room"
        );
        let (bars, sums_at) = (bars.as_mut_ptr(), sums.as_mut_ptr());
        let mut y_bar = Rows { at: f_bar.as_ptr(), apart: T::TILE };
        let mut rest = &layers.all[..];
        while let [before @ .., (layer, _)] = rest {
            // SAFETY: just asserted.
            unsafe {
                let w = theta.as_ptr().add(layer.at);
                let sums = Sums { at: sums_at.add(layer.at * L::COUNT), begins };
                if let Some((previous, row)) = before.last() {
                    let place = row * width;
                    let u = Rows { at: tape.h.as_ptr().add(place), apart: width };
                    let slopes = previous.activates.then_some(tape.slopes.as_ptr().add(place));
                    let below = Below { slopes, u_bar: bars.add(place) };
                    returned::<L, V>(layer, w, u, y_bar, sums, Some(below));
                    y_bar = Rows { at: below.u_bar.cast_const(), apart: width };
                } else {
                    let u = Rows { at: x.as_ptr(), apart: T::TILE };
                    returned::<L, V>(layer, w, u, y_bar, sums, None);
                }
            }
            rest = before;
        }
    }
}

/// Where Ū is written, and σ′ of what U is σ of, both p rows one behind the other.
#[derive(Clone, Copy)]
struct Below<T> {
    slopes: Option<*const T>,
    u_bar: *mut T,
}

/// A vector for every coefficient, that begins or is added to.
#[derive(Clone, Copy)]
struct Sums<T> {
    at: *mut T,
    begins: bool,
}

impl<T> Sums<T> {
    /// So many numbers further.
    #[inline(always)]
    fn after(self, numbers: usize) -> Self {
        Self { at: self.at.wrapping_add(numbers), ..self }
    }

    /// Adds Σ factors·of over V vectors to vector `at`.
    ///
    /// # Safety
    /// It can be read and written, and V vectors read at `factors`.
    #[inline(always)]
    unsafe fn add<L: Lanes<Real = T>, const V: usize>(self, at: usize, factors: *const T, of: [L; V]) {
        // SAFETY: the caller's promise.
        unsafe {
            let to = self.at.add(at * L::COUNT);
            let first = L::load(factors);
            let mut sum = if self.begins { first * of[0] } else { first.fma(of[0], L::load(to)) };
            for v in 1..V {
                sum = L::load(factors.add(v * L::COUNT)).fma(of[v], sum);
            }
            sum.store(to);
        }
    }

    /// Adds Σ of over V vectors to vector `at`.
    ///
    /// # Safety
    /// It can be read and written.
    #[inline(always)]
    unsafe fn add_all<L: Lanes<Real = T>, const V: usize>(self, at: usize, of: [L; V]) {
        // SAFETY: the caller's promise.
        unsafe {
            let to = self.at.add(at * L::COUNT);
            let mut sum = if self.begins { of[0] } else { of[0] + L::load(to) };
            for v in 1..V {
                sum = sum + of[v];
            }
            sum.store(to);
        }
    }
}

/// Of a layer: Σ U Ȳᵀ over the vectors, and Σ Ȳ for the offset, a vector for every coefficient in the order of θ; and
/// Ū = Wᵀ Ȳ · σ′ where there is something below. Some columns of W at a time.
///
/// # Safety
/// W lies at `w`, p rows of V vectors at `u` and q at `y_bar`; `sums` has a vector for every coefficient, and what is `below` p rows.
#[inline(always)]
unsafe fn returned<L: Lanes, const V: usize>(
    layer: &Layer,
    w: *const L::Real,
    u: Rows<*const L::Real>,
    y_bar: Rows<*const L::Real>,
    sums: Sums<L::Real>,
    below: Option<Below<L::Real>>,
) {
    let mut column = 0;
    while column < layer.q {
        // SAFETY: the caller's promise; no block ends behind q.
        column += unsafe { by_columns!(layer.q - column, columns::<L, V>(layer, w, u, y_bar, sums, below, column)) };
    }
}

/// The share of the `C` columns of W from `column` on: answers with C. Ū is what the first of them begins, and σ′ comes with the last.
///
/// # Safety
/// As for `returned`.
#[inline(always)]
unsafe fn columns<L: Lanes, const V: usize, const C: usize>(
    layer: &Layer,
    w: *const L::Real,
    u: Rows<*const L::Real>,
    y_bar: Rows<*const L::Real>,
    sums: Sums<L::Real>,
    below: Option<Below<L::Real>>,
    column: usize,
) -> usize {
    let q = layer.q;
    // SAFETY: the caller's promise.
    unsafe {
        let mut of_y = [[L::splat(<L::Real as Default>::default()); V]; C];
        let mut from = y_bar.at.add(column * y_bar.apart);
        for c in 0..C {
            for v in 0..V {
                of_y[c][v] = L::load(from.add(v * L::COUNT));
            }
            from = from.wrapping_add(y_bar.apart);
        }
        let (mut w, mut of_u, mut sums) = (w.add(column), u.at, sums.after(column * L::COUNT));
        for i in 0..layer.p {
            if let Some(Below { slopes, u_bar }) = below {
                for v in 0..V {
                    let place = (i * V + v) * L::COUNT;
                    let mut bar = if column == 0 {
                        L::splat(*w) * of_y[0][v]
                    } else {
                        L::splat(*w).fma(of_y[0][v], L::load(u_bar.add(place)))
                    };
                    for c in 1..C {
                        bar = L::splat(*w.add(c)).fma(of_y[c][v], bar);
                    }
                    if let Some(slopes) = slopes
                        && column + C == q
                    {
                        bar = bar * L::load(slopes.add(place));
                    }
                    bar.store(u_bar.add(place));
                }
            }
            for c in 0..C {
                sums.add(c, of_u, of_y[c]);
            }
            (w, of_u) = (w.wrapping_add(q), of_u.wrapping_add(u.apart));
            sums = sums.after(q * L::COUNT);
        }
        if layer.offset {
            for c in 0..C {
                sums.add_all(c, of_y[c]);
            }
        }
    }
    C
}
