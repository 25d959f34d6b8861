//! One expansion f(U) = σ(U b + c) a + d, forward, backward (VJP) and along a direction (JVP). Knows no composition.
//!
//! Shapes: U N×n, b n×K, c K, a K×m, d m, all row-major. Every product is a sum of scaled rows, which vectorises and
//! allocates nothing; `general_mat_mul` allocates a packing buffer a call and is slower at the widths of an explorer.
//! A convolution is the same expansion on every patch: U's patches stand where U stood, (N·T)×(W·C).

use super::activation::in_place;
use super::patches::Patches;
use crate::model::{Activation, Composition, Extent, Form, Group, Layout, Over};
use std::ops::Range;

/// Where one expansion's coefficients lie in θ, its dimensions, and what it acts on.
#[derive(Clone, Debug)]
pub(super) struct Expansion {
    /// What enters and what leaves a row.
    pub before: Extent,
    pub after: Extent,
    /// Columns of b's rows and of a's: n, K, m.
    pub n: usize,
    pub k: usize,
    pub m: usize,
    sigma: Activation,
    alpha: f64,
    form: Form,
    b: Range<usize>,
    c: Range<usize>,
    a: Range<usize>,
    d: Range<usize>,
    /// Patches of U that b sees, and of H that a sees; none where they are the rows themselves.
    inner: Option<Patches>,
    outer: Option<Patches>,
}

/// What the backward pass needs of the forward one, and room for it: all allocated once.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    /// H = σ(Z) and σ′(Z), a row for every application.
    h: Vec<f64>,
    slope: Vec<f64>,
    /// Patches of U and of H, where there are any.
    p: Vec<f64>,
    q: Vec<f64>,
    /// Z̄ (H̄ before it is multiplied by σ′), P̄ and Q̄.
    z_bar: Vec<f64>,
    p_bar: Vec<f64>,
    q_bar: Vec<f64>,
}

impl Expansion {
    /// Stage `at` of `f`, compiled against its layout.
    pub fn new(f: &Composition, at: usize, layout: &Layout) -> Self {
        let block = |group| layout.find(Some(at), group).map_or(0..0, |block| block.at.clone());
        let (stage, before, after) = (f.stages[at], f.extent(at), f.extent(at + 1));
        let patches = |channels, width, padding| {
            (width > 1).then(|| Patches::new(Extent { positions: before.positions, channels }, width, padding))
        };
        let (inner, outer) = match stage.over {
            Over::Points => (None, None),
            Over::Patches { width, reach, padding } => {
                (patches(before.channels, width, padding), patches(stage.k, reach, padding))
            }
        };
        Self {
            before,
            after,
            n: f.stage_inputs(at),
            k: stage.k,
            m: stage.outputs,
            sigma: stage.sigma,
            alpha: stage.alpha,
            form: stage.form,
            b: block(Group::B),
            c: block(Group::C),
            a: block(Group::A),
            d: block(Group::D),
            inner,
            outer,
        }
    }

    /// A tape for at most `rows` rows of the stream.
    pub fn tape(&self, rows: usize) -> Tape {
        let applied = rows * self.after.positions;
        let patched = |patches: &Option<Patches>| vec![0.0; patches.as_ref().map_or(0, |p| applied * p.columns())];
        let elements = || vec![0.0; applied * self.k];
        Tape {
            h: elements(),
            slope: elements(),
            z_bar: elements(),
            p: patched(&self.inner),
            p_bar: patched(&self.inner),
            q: patched(&self.outer),
            q_bar: patched(&self.outer),
        }
    }

    /// Applications of the expansion to `rows` rows: one a position.
    fn applied(&self, rows: usize) -> usize {
        rows * self.after.positions
    }

    /// Z = U b + c, H = σ(Z), Y = H a + d for as many rows as `u` holds; Y goes to `y`.
    pub fn forward(&self, theta: &[f64], u: &[f64], tape: &mut Tape, y: &mut [f64]) {
        let applied = self.applied(u.len() / self.before.columns());
        let Tape { h, slope, p, q, .. } = tape;
        let (h, slope) = (&mut h[..applied * self.k], &mut slope[..applied * self.k]);
        let u = seen(self.inner.as_ref(), u, p, applied);
        match self.form {
            Form::Full => affine(u, &theta[self.b.clone()], &theta[self.c.clone()], h),
            Form::Reduced => h.copy_from_slice(u),
        }
        in_place(self.sigma, self.alpha, h, slope);
        affine(seen(self.outer.as_ref(), h, q, applied), &theta[self.a.clone()], &theta[self.d.clone()], y);
    }

    /// What a sees after the last `forward` of `rows` rows: H, or its patches.
    pub fn elements<'a>(&self, tape: &'a Tape, rows: usize) -> &'a [f64] {
        let applied = self.applied(rows);
        match &self.outer {
            Some(patches) => &tape.q[..applied * patches.columns()],
            None => &tape.h[..applied * self.k],
        }
    }

    /// σ′(Z) after the last `forward` of `rows` rows.
    pub fn slopes<'a>(&self, tape: &'a Tape, rows: usize) -> &'a [f64] {
        &tape.slope[..self.applied(rows) * self.k]
    }

    /// The vector-Jacobian product: from Ȳ adds ā, b̄, c̄, d̄ to `gradient` and writes Ū (where asked).
    ///
    /// d̄ = Σ ȳ, ā = Hᵀ Ȳ, Z̄ = (Ȳ aᵀ) ⊙ σ′, c̄ = Σ z̄, b̄ = Uᵀ Z̄, Ū = Z̄ bᵀ; patches go back by their transpose.
    pub fn backward(
        &self,
        theta: &[f64],
        u: &[f64],
        tape: &mut Tape,
        y_bar: &[f64],
        gradient: &mut [f64],
        u_bar: Option<&mut [f64]>,
    ) {
        let applied = y_bar.len() / self.m;
        let Tape { h, slope, p, q, z_bar, p_bar, q_bar } = tape;
        let (h, slope) = (&h[..applied * self.k], &slope[..applied * self.k]);
        let z_bar = &mut z_bar[..applied * self.k];
        rows_sum(y_bar, &mut gradient[self.d.clone()]);
        let a = &theta[self.a.clone()];
        match &self.outer {
            None => {
                outer(h, y_bar, self.m, &mut gradient[self.a.clone()]);
                times_transposed(y_bar, a, self.m, z_bar);
            }
            Some(patches) => {
                let size = applied * patches.columns();
                outer(&q[..size], y_bar, self.m, &mut gradient[self.a.clone()]);
                times_transposed(y_bar, a, self.m, &mut q_bar[..size]);
                patches.scatter(&q_bar[..size], z_bar);
            }
        }
        for (z_bar, slope) in z_bar.iter_mut().zip(slope) {
            *z_bar *= slope;
        }
        let size = applied * self.n;
        if self.form == Form::Full {
            let u = if self.inner.is_some() { &p[..size] } else { u };
            rows_sum(z_bar, &mut gradient[self.c.clone()]);
            outer(u, z_bar, self.k, &mut gradient[self.b.clone()]);
        }
        let Some(u_bar) = u_bar else { return };
        let back = |to: &mut [f64]| match self.form {
            Form::Full => times_transposed(z_bar, &theta[self.b.clone()], self.k, to),
            Form::Reduced => to.copy_from_slice(z_bar),
        };
        match &self.inner {
            None => back(u_bar),
            Some(patches) => {
                back(&mut p_bar[..size]);
                patches.scatter(&p_bar[..size], u_bar);
            }
        }
    }

    /// The Jacobian-vector product at the last `forward`: Ẏ for the directions `theta_dot` and `u_dot`.
    ///
    /// Ż = U̇ b + U ḃ + ċ, Ḣ = σ′ ⊙ Ż, Ẏ = Ḣ a + H ȧ + ḋ. Allocates: it is for looking, not for training.
    pub fn along(&self, theta: &[f64], theta_dot: &[f64], u: &[f64], u_dot: &[f64], tape: &Tape) -> Vec<f64> {
        let applied = self.applied(u.len() / self.before.columns());
        let patched = |patches: &Option<Patches>, rows: &[f64]| -> Vec<f64> {
            let Some(patches) = patches else { return rows.to_vec() };
            let mut to = vec![0.0; applied * patches.columns()];
            patches.gather(rows, &mut to);
            to
        };
        let (u, u_dot) = (patched(&self.inner, u), patched(&self.inner, u_dot));
        let mut z_dot = vec![0.0; applied * self.k];
        match self.form {
            Form::Full => {
                affine(&u_dot, &theta[self.b.clone()], &theta_dot[self.c.clone()], &mut z_dot);
                add_product(&u, &theta_dot[self.b.clone()], self.k, &mut z_dot);
            }
            Form::Reduced => z_dot.copy_from_slice(&u_dot),
        }
        for (z_dot, slope) in z_dot.iter_mut().zip(&tape.slope) {
            *z_dot *= slope;
        }
        let h_dot = patched(&self.outer, &z_dot);
        let h = patched(&self.outer, &tape.h[..applied * self.k]);
        let mut y_dot = vec![0.0; applied * self.m];
        affine(&h_dot, &theta[self.a.clone()], &theta_dot[self.d.clone()], &mut y_dot);
        add_product(&h, &theta_dot[self.a.clone()], self.m, &mut y_dot);
        y_dot
    }

    /// σ and its derivative in place, for the 2015 architecture's σ after the addition.
    pub fn activate(&self, values: &mut [f64], slope: &mut [f64]) {
        in_place(self.sigma, self.alpha, values, slope);
    }
}

/// The rows themselves, or their patches gathered into `room`.
fn seen<'a>(patches: Option<&Patches>, rows: &'a [f64], room: &'a mut [f64], applied: usize) -> &'a [f64] {
    let Some(patches) = patches else { return rows };
    let room = &mut room[..applied * patches.columns()];
    patches.gather(rows, room);
    room
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

/// Y += X w: X N×p, w p×q, Y N×q.
fn add_product(x: &[f64], w: &[f64], q: usize, y: &mut [f64]) {
    let p = w.len() / q;
    for (x, y) in x.chunks_exact(p).zip(y.chunks_exact_mut(q)) {
        for (x, w) in x.iter().zip(w.chunks_exact(q)) {
            add_scaled(*x, w, y);
        }
    }
}

/// sum += Σ rows of Y.
pub(super) fn rows_sum(y: &[f64], sum: &mut [f64]) {
    for y in y.chunks_exact(sum.len()) {
        add_scaled(1.0, y, sum);
    }
}

/// w += Xᵀ Y: X N×p, Y N×q, w p×q.
pub(super) fn outer(x: &[f64], y: &[f64], q: usize, w: &mut [f64]) {
    let p = w.len() / q;
    for (x, y) in x.chunks_exact(p).zip(y.chunks_exact(q)) {
        if let [y] = y {
            add_scaled(*y, x, w);
        } else {
            for (x, w) in x.iter().zip(w.chunks_exact_mut(q)) {
                add_scaled(*x, y, w);
            }
        }
    }
}

/// X = Y wᵀ: Y N×q, w p×q, X N×p.
pub(super) fn times_transposed(y: &[f64], w: &[f64], q: usize, x: &mut [f64]) {
    let p = w.len() / q;
    for (y, x) in y.chunks_exact(q).zip(x.chunks_exact_mut(p)) {
        if let [y] = y {
            for (x, w) in x.iter_mut().zip(w) {
                *x = y * w;
            }
        } else {
            for (x, w) in x.iter_mut().zip(w.chunks_exact(q)) {
                *x = dot(y, w);
            }
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
