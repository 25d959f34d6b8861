//! A chain of narrow layers on a few points: all of the way there and all of the way back, as one kernel. Knows no composition.
//!
//! An update of ten points by a network of twenty coefficients is a few hundred vector operations, less than calling the kernels
//! one by one, checking their operands and adding up every coefficient's lanes by itself would cost.
#![allow(unsafe_code, reason = "addresses are computed, and checked once for the whole way instead of at every load")]
#![allow(clippy::needless_range_loop, reason = "blocks are indexed by row and column, as the formulas are")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use super::pass::{Gaussian, Residuals};
use super::sigma::Known;
use crate::engine::buffer::Buffer;
use crate::engine::lanes::{Kernel, Lanes};
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

/// Up to four columns of a layer, with the places of all that they touch: a way is these one after the other, and looks nothing up.
#[derive(Clone, Copy, Debug)]
struct Block {
    columns: usize,
    /// W's rows, and how far apart they lie.
    p: usize,
    q: usize,
    /// The columns of W in θ, and of the offset if there is one.
    w: usize,
    offset: Option<usize>,
    /// The first row of U, of which Ū and σ′ lie at the same place; none where it is X.
    u: Option<usize>,
    /// These columns' rows of Y: of ŷ, where it is the last layer's.
    y: usize,
    of_f: bool,
    /// Whether they begin Ū, as the last ones of a layer, and whether they end it with σ′, as the first ones, where U is what σ
    /// made of it.
    begins: bool,
    ends: bool,
    /// Of how many rows σ is taken when they are there, and the place of these.
    activated: usize,
    activated_at: usize,
}

/// All layers in blocks of so many columns, and the rows that they need.
fn blocks<T: Real>(layers: &[Layer], most: usize) -> (Vec<Block>, usize) {
    let (mut blocks, mut row, mut below, mut slopes) = (Vec::new(), 0, None, false);
    for (at, layer) in layers.iter().enumerate() {
        let &Layer { p, q, at: w, offset, activates } = layer;
        let of_f = at + 1 == layers.len();
        let y = if of_f { 0 } else { row * T::TILE };
        for column in (0..q).step_by(most) {
            let last = column + most >= q;
            blocks.push(Block {
                columns: most.min(q - column),
                p,
                q,
                w: w + column,
                offset: offset.then_some(w + p * q + column),
                u: below,
                y: y + column * T::TILE,
                of_f,
                begins: last,
                ends: column == 0 && slopes,
                activated: if activates && last { q } else { 0 },
                activated_at: y,
            });
        }
        if !of_f {
            row += q;
        }
        (below, slopes) = (Some(y), activates);
    }
    (blocks, row)
}

/// Layers one after the other, and what they leave on the way there for the way back. All rows of points are `T::TILE` apart.
///
/// The buffers are made with the layers and never change, so that a way asks only for the lengths of what it is handed.
#[derive(Clone, Debug)]
pub struct Layers<T> {
    /// In blocks of 1, 2 and 4 columns.
    blocks: [Vec<Block>; 3],
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
    /// The chain of them, with the σ of a level of so many lanes; none where they are none, one has not as many inputs as the one
    /// before it has outputs, or the last one ends with σ.
    pub fn new(layers: &[Layer], sigma: Known<T>, lanes: usize) -> Option<Self> {
        let (first, last) = (layers.first()?, layers.last()?);
        if last.activates || layers.windows(2).any(|pair| pair[0].q != pair[1].p) {
            return None;
        }
        let end = |layer: &Layer| layer.at + (layer.p + usize::from(layer.offset)) * layer.q;
        let coefficients = layers.iter().map(end).max()?;
        let (_, rows) = blocks::<T>(layers, 1);
        let [h, slopes, bars] = [(); 3].map(|()| Buffer::zeros(rows * T::TILE));
        Some(Self {
            blocks: [1, 2, 4].map(|most| blocks::<T>(layers, most).0),
            sigma,
            lanes,
            inputs: first.p,
            outputs: last.q,
            coefficients,
            h,
            slopes,
            bars,
            sums: Buffer::zeros(coefficients.next_multiple_of(lanes) * lanes),
        })
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

    /// In blocks of four columns or, of eight vectors or where registers are few, fewer: their sums are as many as there are
    /// registers for.
    #[inline(always)]
    fn blocks<L: Lanes, const V: usize>(&self) -> &[Block] {
        &self.blocks[most::<L, V>().trailing_zeros() as usize]
    }
}

/// The columns of a block.
#[inline(always)]
const fn most<L: Lanes, const V: usize>() -> usize {
    if V * 4 < L::REGISTERS {
        4
    } else if V * 2 < L::REGISTERS {
        2
    } else {
        1
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
    /// Then to the residuals of these y, observations of this Gaussian, and ∂ℓ/∂ŷ.
    pub gaussian: Option<(&'a [T], &'a mut Gaussian<T>)>,
    /// Then back, on what the way there has left.
    pub back: bool,
    /// Whether the sums of the way back are to be begun, whatever they are, or added to.
    pub begins: bool,
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

/// Calls a function that is compiled for a number of columns with that of a block.
macro_rules! by_columns {
    ($block:expr, $function:ident::<$L:ident, $V:ident $(, $more:ident)?>($($operand:expr),*)) => {
        match $block.columns {
            4 if most::<$L, $V>() >= 4 => $function::<$L, $V, 4 $(, $more)?>($block, $($operand),*),
            3 if most::<$L, $V>() >= 4 => $function::<$L, $V, 3 $(, $more)?>($block, $($operand),*),
            2 if most::<$L, $V>() >= 2 => $function::<$L, $V, 2 $(, $more)?>($block, $($operand),*),
            _ => $function::<$L, $V, 1 $(, $more)?>($block, $($operand),*),
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
            if returns && begins {
                back::<L, V, true>(layers, theta, x, f_bar);
            } else if returns {
                back::<L, V, false>(layers, theta, x, f_bar);
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
    for block in layers.blocks::<L, V>() {
        // SAFETY: a block's rows lie in the buffers, or are those of x and f.
        unsafe {
            let u = block.u.map_or(x.as_ptr(), |at| h.add(at).cast_const());
            let y = (if block.of_f { f } else { h }).add(block.y);
            by_columns!(block, values::<L, V>(theta.as_ptr(), u, y));
            if block.activated > 0 {
                let at = block.activated_at;
                layers.sigma.apply::<V>(h.add(at), slopes.add(at), block.activated);
            }
        }
    }
}

/// The `C` rows of Y of a block, Y = W U + offset.
///
/// # Safety
/// θ lies at `theta`, p rows of V vectors at `u`, and as many C rows can be written at `y`.
#[inline(always)]
unsafe fn values<L: Lanes, const V: usize, const C: usize>(
    block: &Block,
    theta: *const L::Real,
    u: *const L::Real,
    y: *mut L::Real,
) {
    let mut sums = [[L::splat(<L::Real as Default>::default()); V]; C];
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(offset) = block.offset {
            for c in 0..C {
                sums[c] = [L::splat(*theta.add(offset + c)); V];
            }
        }
        let (mut w, mut u) = (theta.add(block.w), u);
        for _ in 0..block.p {
            for v in 0..V {
                let of_u = L::load(u.add(v * L::COUNT));
                for c in 0..C {
                    sums[c][v] = L::splat(*w.add(c)).fma(of_u, sums[c][v]);
                }
            }
            (w, u) = (w.wrapping_add(block.q), u.wrapping_add(L::Real::TILE));
        }
        for c in 0..C {
            for v in 0..V {
                sums[c][v].store(y.add(c * L::Real::TILE + v * L::COUNT));
            }
        }
    }
}

/// From ∂ℓ/∂ŷ back: adds what it comes to to the sums, or begins them with it, of which those that are none of the chain's are left
/// alone.
///
/// # Safety
/// The layers fit.
#[inline(always)]
unsafe fn back<L: Lanes, const V: usize, const BEGINS: bool>(
    layers: &mut Layers<L::Real>,
    theta: &[L::Real],
    x: &[L::Real],
    f_bar: &[L::Real],
) {
    let (bars, sums) = (layers.bars.as_mut_ptr(), layers.sums.as_mut_ptr());
    let (h, slopes, theta) = (layers.h.as_ptr(), layers.slopes.as_ptr(), theta.as_ptr());
    for block in layers.blocks::<L, V>().iter().rev() {
        // SAFETY: a block's rows lie in the buffers, or are those of x and f.
        unsafe {
            let y_bar = (if block.of_f { f_bar.as_ptr() } else { bars.cast_const() }).add(block.y);
            let u = block.u.map_or(x.as_ptr(), |at| h.add(at));
            let below = block.u.map(|at| (slopes.add(at), bars.add(at)));
            by_columns!(block, returned::<L, V, BEGINS>(theta, y_bar, u, below, sums));
        }
    }
}

/// The way back of a block: its share of Ū = Wᵀ Ȳ · σ′, for which what is `below` waits, and then the sums: Σ U Ȳᵀ over the
/// vectors, and Σ Ȳ for the offset, a vector for every coefficient.
///
/// # Safety
/// θ lies at `theta`, C rows of V vectors at `y_bar`, p at `u` and, where there are any, at the σ′ and the Ū of `below`, which can be
/// written; there is a vector at `sums` for every coefficient.
#[inline(always)]
unsafe fn returned<L: Lanes, const V: usize, const C: usize, const BEGINS: bool>(
    block: &Block,
    theta: *const L::Real,
    y_bar: *const L::Real,
    u: *const L::Real,
    below: Option<(*const L::Real, *mut L::Real)>,
    sums: *mut L::Real,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let of_y = rows::<L, V, C>(y_bar);
        if let Some((slopes, u_bar)) = below {
            share::<L, V, C>(block, theta, &of_y, slopes, u_bar);
        }
        let (mut u, mut to) = (u, sums.add(block.w * L::COUNT));
        for _ in 0..block.p {
            let mut row = [L::splat(<L::Real as Default>::default()); C];
            for c in 0..C {
                row[c] = begun::<L, BEGINS>(to.add(c * L::COUNT));
            }
            for v in 0..V {
                let of_u = L::load(u.add(v * L::COUNT));
                for c in 0..C {
                    row[c] = of_u.fma(of_y[c][v], row[c]);
                }
            }
            for c in 0..C {
                row[c].store(to.add(c * L::COUNT));
            }
            (u, to) = (u.wrapping_add(L::Real::TILE), to.wrapping_add(block.q * L::COUNT));
        }
        if let Some(offset) = block.offset {
            for c in 0..C {
                let to = sums.add((offset + c) * L::COUNT);
                let mut sum = begun::<L, BEGINS>(to);
                for v in 0..V {
                    sum = sum + of_y[c][v];
                }
                sum.store(to);
            }
        }
    }
}

/// A block's share of Ū, which the last block of a layer begins and the first one ends with σ′.
///
/// # Safety
/// θ lies at `theta`, p rows of V vectors at `slopes`, and as many can be written at `u_bar`.
#[inline(always)]
unsafe fn share<L: Lanes, const V: usize, const C: usize>(
    block: &Block,
    theta: *const L::Real,
    of_y: &[[L; V]; C],
    slopes: *const L::Real,
    u_bar: *mut L::Real,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let (mut w, mut slopes, mut u_bar) = (theta.add(block.w), slopes, u_bar);
        for _ in 0..block.p {
            for v in 0..V {
                let to = u_bar.add(v * L::COUNT);
                let mut bar = L::splat(*w) * of_y[0][v];
                if !block.begins {
                    bar = bar + L::load(to);
                }
                for c in 1..C {
                    bar = L::splat(*w.add(c)).fma(of_y[c][v], bar);
                }
                if block.ends {
                    bar = bar * L::load(slopes.add(v * L::COUNT));
                }
                bar.store(to);
            }
            (w, slopes) = (w.wrapping_add(block.q), slopes.wrapping_add(L::Real::TILE));
            u_bar = u_bar.wrapping_add(L::Real::TILE);
        }
    }
}

/// C rows of V vectors.
///
/// # Safety
/// They lie at `from`.
#[inline(always)]
unsafe fn rows<L: Lanes, const V: usize, const C: usize>(from: *const L::Real) -> [[L; V]; C] {
    let mut rows = [[L::splat(<L::Real as Default>::default()); V]; C];
    for c in 0..C {
        for v in 0..V {
            // SAFETY: the caller's promise.
            rows[c][v] = unsafe { L::load(from.add(c * L::Real::TILE + v * L::COUNT)) };
        }
    }
    rows
}

/// The vector of a sum so far: nothing yet where it begins.
///
/// # Safety
/// It can be read.
#[inline(always)]
unsafe fn begun<L: Lanes, const BEGINS: bool>(sum: *const L::Real) -> L {
    // SAFETY: the caller's promise.
    if BEGINS { L::splat(<L::Real as Default>::default()) } else { unsafe { L::load(sum) } }
}
