//! One expansion f(U) = σ(U b + c) a + d, forward and backward (VJP), row by row. Knows no composition.
//!
//! Shapes: U N×n, b n×K, c K, a K×m, d m, all row-major. Every product is a sum of scaled rows, which vectorises and
//! allocates nothing; `general_mat_mul` allocates a packing buffer a call and is slower at the widths of an explorer.

use super::activation::in_place;
use crate::model::{Activation, Form};
use std::ops::Range;

/// Where one expansion's coefficients lie in θ, and its dimensions.
#[derive(Clone, Debug)]
pub(super) struct Expansion {
    pub n: usize,
    pub k: usize,
    pub m: usize,
    pub sigma: Activation,
    pub form: Form,
    pub b: Range<usize>,
    pub c: Range<usize>,
    pub a: Range<usize>,
    pub d: Range<usize>,
}

/// What the backward pass needs of the forward one: H = σ(Z) and σ′(Z), N×K each; and room for one row of Z̄.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    pub h: Vec<f64>,
    slope: Vec<f64>,
    z_bar: Vec<f64>,
}

impl Tape {
    pub fn for_rows(rows: usize, k: usize) -> Self {
        Self { h: vec![0.0; rows * k], slope: vec![0.0; rows * k], z_bar: vec![0.0; k] }
    }
}

impl Expansion {
    /// Z = U b + c, H = σ(Z), Y = H a + d for as many rows as `u` holds; Y goes to `y`.
    pub fn forward(&self, theta: &[f64], u: &[f64], tape: &mut Tape, y: &mut [f64]) {
        let rows = y.len() / self.m;
        let h = &mut tape.h[..rows * self.k];
        match self.form {
            Form::Full => affine(u, &theta[self.b.clone()], &theta[self.c.clone()], h),
            Form::Reduced => h.copy_from_slice(u),
        }
        in_place(self.sigma, h, &mut tape.slope[..rows * self.k]);
        affine(h, &theta[self.a.clone()], &theta[self.d.clone()], y);
    }

    /// The vector-Jacobian product: from Ȳ adds ā, b̄, c̄, d̄ to `gradient` and writes Ū (where asked).
    ///
    /// d̄ = Σ ȳ, ā = Hᵀ Ȳ, Z̄ = (Ȳ aᵀ) ⊙ σ′, c̄ = Σ z̄, b̄ = Uᵀ Z̄, Ū = Z̄ bᵀ.
    pub fn backward(
        &self,
        theta: &[f64],
        u: &[f64],
        tape: &mut Tape,
        y_bar: &[f64],
        gradient: &mut [f64],
        mut u_bar: Option<&mut [f64]>,
    ) {
        let (n, k, m) = (self.n, self.k, self.m);
        let Tape { h, slope, z_bar } = tape;
        let a = &theta[self.a.clone()];
        for (row, y_bar) in y_bar.chunks_exact(m).enumerate() {
            let u = &u[row * n..(row + 1) * n];
            let (h, slope) = (&h[row * k..(row + 1) * k], &slope[row * k..(row + 1) * k]);
            add_scaled(1.0, y_bar, &mut gradient[self.d.clone()]);
            outer(h, y_bar, &mut gradient[self.a.clone()]);
            times_transposed(y_bar, a, z_bar);
            for (z_bar, slope) in z_bar.iter_mut().zip(slope) {
                *z_bar *= slope;
            }
            if self.form == Form::Full {
                add_scaled(1.0, z_bar, &mut gradient[self.c.clone()]);
                outer(u, z_bar, &mut gradient[self.b.clone()]);
            }
            if let Some(u_bar) = u_bar.as_deref_mut() {
                let u_bar = &mut u_bar[row * n..(row + 1) * n];
                match self.form {
                    Form::Full => times_transposed(z_bar, &theta[self.b.clone()], u_bar),
                    Form::Reduced => u_bar.copy_from_slice(z_bar),
                }
            }
        }
    }
}

/// Y = X w + 1 offsetᵀ: X N×p, w p×q, Y N×q.
pub(super) fn affine(x: &[f64], w: &[f64], offset: &[f64], y: &mut [f64]) {
    let q = offset.len();
    let p = w.len() / q;
    for (x, y) in x.chunks_exact(p).zip(y.chunks_exact_mut(q)) {
        if let [y] = y {
            *y = offset[0] + dot(x, w);
        } else {
            y.copy_from_slice(offset);
            for (x, w) in x.iter().zip(w.chunks_exact(q)) {
                add_scaled(*x, w, y);
            }
        }
    }
}

/// w += x yᵀ: x p, y q, w p×q.
pub(super) fn outer(x: &[f64], y: &[f64], w: &mut [f64]) {
    if let [y] = y {
        add_scaled(*y, x, w);
    } else {
        for (x, w) in x.iter().zip(w.chunks_exact_mut(y.len())) {
            add_scaled(*x, y, w);
        }
    }
}

/// x = y wᵀ: y q, w p×q, x p.
pub(super) fn times_transposed(y: &[f64], w: &[f64], x: &mut [f64]) {
    if let [y] = y {
        for (x, w) in x.iter_mut().zip(w) {
            *x = y * w;
        }
    } else {
        for (x, w) in x.iter_mut().zip(w.chunks_exact(y.len())) {
            *x = dot(y, w);
        }
    }
}

/// y += s x.
#[inline]
pub(super) fn add_scaled(s: f64, x: &[f64], y: &mut [f64]) {
    for (x, y) in x.iter().zip(y) {
        *y += s * x;
    }
}

/// Σ xᵢ yᵢ, in four interleaved sums so that additions need not wait for each other.
#[inline]
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (x4, y4) = (x.chunks_exact(4), y.chunks_exact(4));
    let rest: f64 = x4.remainder().iter().zip(y4.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in x4.zip(y4) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
}
