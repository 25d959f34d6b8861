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

use super::pass::Residuals;
use super::sigma::Known;
use crate::engine::buffer::Buffer;
use crate::engine::lanes::{Kernel, Lanes};
use crate::engine::likelihood::Gaussian;
use crate::engine::real::Real;

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

/// Layers one after the other, and what they leave on the way there for the way back. All rows of points are `T::TILE` apart.
///
/// The buffers are made with the layers and never change, so that a way asks only for the lengths of what it is handed.
#[derive(Clone, Debug)]
pub struct Layers<T> {
    /// Each with the first row of its Y, Ȳ and σ′.
    all: Vec<(Layer, usize)>,
    sigma: Known<T>,
    lanes: usize,
    inputs: usize,
    outputs: usize,
    /// The coefficients of θ up to the last one of these layers.
    pub coefficients: usize,
    /// Y or what σ makes of it, σ′, and Ȳ: of all layers but the last one, whose rows are ŷ's.
    h: Buffer<T>,
    slopes: Buffer<T>,
    bars: Buffer<T>,
    /// A vector for every coefficient, and as many more as fill the last square of lanes.
    pub sums: Buffer<T>,
}

impl<T: Real> Layers<T> {
    /// The chain of them, with the σ of a level of so many lanes; none where they are none, or one has not as many inputs as the one before it has outputs.
    pub fn new(layers: &[Layer], sigma: Known<T>, lanes: usize) -> Option<Self> {
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
        let all = all.collect();
        let [h, slopes, bars] = [(); 3].map(|()| Buffer::zeros((rows - last.q) * T::TILE));
        let sums = Buffer::zeros(coefficients.next_multiple_of(lanes) * lanes);
        Some(Self { all, sigma, lanes, inputs: first.p, outputs: last.q, coefficients, h, slopes, bars, sums })
    }

    /// Whether all addresses of a way on so many points lie within what it is handed and the buffers.
    #[inline(always)]
    fn fit(&self, width: usize, lanes: usize, theta: &[T], x: &[T], [f, f_bar]: [&[T]; 2]) -> bool {
        let rows = |count: usize| (count - 1) * T::TILE + width;
        width <= T::TILE
            && lanes == self.lanes
            && self.coefficients <= theta.len()
            && rows(self.inputs) <= x.len()
            && rows(self.outputs) <= f.len().min(f_bar.len())
    }
}

/// From X to ŷ and back from ∂ℓ/∂ŷ, as far as is asked for.
///
/// What is large is referred to: a struct is copied by wider pieces than it was just written in, and the copy waits for them.
pub struct Ways<'a, T> {
    pub layers: &'a mut Layers<T>,
    pub vectors: usize,
    pub theta: &'a [T],
    pub x: &'a [T],
    pub f: &'a mut [T],
    pub f_bar: &'a mut [T],
    /// From X to ŷ.
    pub there: bool,
    /// Then to the residuals of these observations, and ∂ℓ/∂ŷ.
    pub gaussian: Option<Observed<'a, T>>,
    /// Then back, on what the way there has left.
    pub back: bool,
    /// Whether the sums of the way back are to be begun, whatever they are, or added to.
    pub begins: bool,
}

/// y, and the Gaussian of which it is an observation.
pub type Observed<'a, T> = (&'a [T], &'a mut Gaussian<T>);

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

impl<T: Real> Kernel<T> for Ways<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        by_vectors!(self.vectors, self.go::<L>());
    }
}

impl<T: Real> Ways<'_, T> {
    /// What is asked for on V vectors.
    #[inline(always)]
    fn go<L: Lanes<Real = T>, const V: usize>(self) {
        let Self { layers, vectors: _, theta, x, f, f_bar, there: goes, gaussian, back: returns, begins } = self;
        assert!(layers.fit(V * L::COUNT, L::COUNT, theta, x, [f, f_bar]), "a chain has too little room");
        // SAFETY: just asserted.
        unsafe {
            if goes {
                there::<L, V>(layers, theta, x, f);
            }
            if let Some((y, gaussian)) = gaussian {
                Residuals { vectors: V, y, f, gaussian, f_bar }.run::<L>();
            }
            if returns {
                back::<L, V>(layers, theta, x, f_bar, begins);
            }
        }
    }
}

/// From X to ŷ.
///
/// # Safety
/// The layers fit.
#[inline(always)]
unsafe fn there<L: Lanes, const V: usize>(
    layers: &mut Layers<L::Real>,
    theta: &[L::Real],
    x: &[L::Real],
    f: &mut [L::Real],
) {
    // Taken once: later ones would end what earlier ones may do.
    let (h, slopes, f) = (layers.h.as_mut_ptr(), layers.slopes.as_mut_ptr(), f.as_mut_ptr());
    let (mut u, mut left) = (x.as_ptr(), layers.all.len());
    for (layer, row) in &layers.all {
        left -= 1;
        // SAFETY: every layer's rows lie in the buffers but the last one's, which are those of f.
        unsafe {
            let (place, w) = (row * L::Real::TILE, theta.as_ptr().add(layer.at));
            let y = if left == 0 { f } else { h.add(place) };
            product::<L, V>(layer, w, u, y);
            if layer.activates {
                layers.sigma.apply::<V>(y, slopes.add(place), layer.q);
            }
            u = y.cast_const();
        }
    }
}

/// Y = W U + offset, some columns of W at a time.
///
/// # Safety
/// W and its offset lie at `w`, p rows of V vectors at `u`, and as many q rows can be written at `y`.
#[inline(always)]
unsafe fn product<L: Lanes, const V: usize>(layer: &Layer, w: *const L::Real, u: *const L::Real, y: *mut L::Real) {
    let mut column = 0;
    while column < layer.q {
        // SAFETY: the caller's promise; no block ends behind q.
        unsafe {
            let y = y.add(column * L::Real::TILE);
            column += by_columns!(layer.q - column, values::<L, V>(layer, w.add(column), u, y));
        }
    }
}

/// The `C` rows of Y that begin at `y`, of the columns of W that begin at `w`: answers with C.
///
/// # Safety
/// As for `product`.
#[inline(always)]
unsafe fn values<L: Lanes, const V: usize, const C: usize>(
    layer: &Layer,
    w: *const L::Real,
    u: *const L::Real,
    y: *mut L::Real,
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
        let (mut of_w, mut of_u) = (w, u);
        for _ in 0..layer.p {
            for v in 0..V {
                let of_u = L::load(of_u.add(v * L::COUNT));
                for c in 0..C {
                    sums[c][v] = L::splat(*of_w.add(c)).fma(of_u, sums[c][v]);
                }
            }
            (of_w, of_u) = (of_w.wrapping_add(layer.q), of_u.wrapping_add(L::Real::TILE));
        }
        for c in 0..C {
            for v in 0..V {
                sums[c][v].store(y.add(c * L::Real::TILE + v * L::COUNT));
            }
        }
    }
    C
}

/// From ∂ℓ/∂ŷ back: adds what it comes to to the sums, of which those that are none of the chain's are left alone.
///
/// # Safety
/// The layers fit.
#[inline(always)]
unsafe fn back<L: Lanes, const V: usize>(
    layers: &mut Layers<L::Real>,
    theta: &[L::Real],
    x: &[L::Real],
    f_bar: &[L::Real],
    begins: bool,
) {
    let (bars, sums) = (layers.bars.as_mut_ptr(), layers.sums.as_mut_ptr());
    let (h, slopes) = (layers.h.as_ptr(), layers.slopes.as_ptr());
    let (mut y_bar, mut rest) = (f_bar.as_ptr(), &layers.all[..]);
    while let [before @ .., (layer, _)] = rest {
        // SAFETY: every layer's rows lie in the buffers but the last one's, which are those of f.
        unsafe {
            let (w, sums) = (theta.as_ptr().add(layer.at), Sums { at: sums.add(layer.at * L::COUNT), begins });
            if let Some((previous, row)) = before.last() {
                let (place, u_bar) = (row * L::Real::TILE, bars.add(row * L::Real::TILE));
                let below = Some(Below { slopes: previous.activates.then_some(slopes.add(place)), u_bar });
                returned::<L, V>(layer, w, h.add(place), y_bar, sums, below);
                y_bar = u_bar.cast_const();
            } else {
                returned::<L, V>(layer, w, x.as_ptr(), y_bar, sums, None);
            }
        }
        rest = before;
    }
}

/// Where Ū is written, and σ′ of what U is σ of, both p rows.
#[derive(Clone, Copy)]
struct Below<T> {
    slopes: Option<*const T>,
    u_bar: *mut T,
}

/// A vector for every coefficient.
#[derive(Clone, Copy)]
struct Sums<T> {
    at: *mut T,
    begins: bool,
}

impl<T: Real> Sums<T> {
    /// So many numbers further.
    #[inline(always)]
    fn after(self, numbers: usize) -> Self {
        Self { at: self.at.wrapping_add(numbers), ..self }
    }

    /// What is there, or nothing yet.
    ///
    /// # Safety
    /// Vector `at` can be read.
    #[inline(always)]
    unsafe fn so_far<L: Lanes<Real = T>>(self, at: usize) -> L {
        // SAFETY: the caller's promise.
        if self.begins { L::splat(T::default()) } else { unsafe { L::load(self.at.add(at * L::COUNT)) } }
    }

    /// Adds Σ factors·of over V vectors to vector `at`.
    ///
    /// # Safety
    /// It can be read and written, and V vectors read at `factors`.
    #[inline(always)]
    unsafe fn add<L: Lanes<Real = T>, const V: usize>(self, at: usize, factors: *const T, of: [L; V]) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut sum = self.so_far::<L>(at);
            for v in 0..V {
                sum = L::load(factors.add(v * L::COUNT)).fma(of[v], sum);
            }
            sum.store(self.at.add(at * L::COUNT));
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
            let mut sum = self.so_far::<L>(at);
            for v in 0..V {
                sum = sum + of[v];
            }
            sum.store(self.at.add(at * L::COUNT));
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
    u: *const L::Real,
    y_bar: *const L::Real,
    sums: Sums<L::Real>,
    below: Option<Below<L::Real>>,
) {
    let mut column = 0;
    while column < layer.q {
        // SAFETY: the caller's promise; no block ends behind q.
        unsafe {
            let y_bar = y_bar.add(column * L::Real::TILE);
            column += by_columns!(layer.q - column, columns::<L, V>(layer, w, u, y_bar, sums, below, column));
        }
    }
}

/// The share of the `C` columns of W from `column` on, whose Ȳ begin at `y_bar`: answers with C. Ū is what the first of them begins,
/// and σ′ comes with the last.
///
/// # Safety
/// As for `returned`.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "six addresses and a place")]
unsafe fn columns<L: Lanes, const V: usize, const C: usize>(
    layer: &Layer,
    w: *const L::Real,
    u: *const L::Real,
    y_bar: *const L::Real,
    sums: Sums<L::Real>,
    below: Option<Below<L::Real>>,
    column: usize,
) -> usize {
    let q = layer.q;
    // SAFETY: the caller's promise.
    unsafe {
        let mut of_y = [[L::splat(<L::Real as Default>::default()); V]; C];
        for c in 0..C {
            for v in 0..V {
                of_y[c][v] = L::load(y_bar.add(c * L::Real::TILE + v * L::COUNT));
            }
        }
        let (mut w, mut of_u, mut sums) = (w.add(column), u, sums.after(column * L::COUNT));
        for i in 0..layer.p {
            if let Some(Below { slopes, u_bar }) = below {
                for v in 0..V {
                    let place = i * L::Real::TILE + v * L::COUNT;
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
            (w, of_u) = (w.wrapping_add(q), of_u.wrapping_add(L::Real::TILE));
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
