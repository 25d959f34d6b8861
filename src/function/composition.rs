//! f = f⁽¹⁾∘…∘f⁽ᴸ⁾, forward and backward over a tape that is allocated once. Knows no likelihood.
//!
//! plain: u ← f⁽ⁱ⁾(u); residual: u ← s f⁽ⁱ⁾(u) + u (He et al. 2016's identity path), from the innermost outwards.

use super::expansion::{Expansion, Tape, add_scaled, affine, outer, times_transposed};
use crate::model::{Architecture, Composition, Group, Layout, Lift};
use std::ops::Range;

/// A composition compiled against its layout, with buffers for a bounded number of rows.
#[derive(Clone, Debug)]
pub(super) struct Composed {
    stages: Vec<Expansion>,
    residual: bool,
    scale: f64,
    lift: End,
    readout: End,
    /// `u[at]`: what stage `at` acts on; the last one leaves the outermost stage.
    u: Vec<Vec<f64>>,
    tapes: Vec<Tape>,
    f: Vec<f64>,
    /// Ū on the way back: what has arrived, and what the next stage will receive.
    u_bar: [Vec<f64>; 2],
    /// s·ȳ, the share of a residual branch.
    y_bar: Vec<f64>,
}

/// One end of the residual stream.
#[derive(Clone, Debug)]
struct End {
    kind: Lift,
    from: usize,
    to: usize,
    w: Range<usize>,
    /// The end has no offset; `affine` wants one.
    zeros: Vec<f64>,
}

impl End {
    fn new(kind: Lift, from: usize, to: usize, layout: &Layout, group: Group) -> Self {
        let w = layout.find(None, group).map_or(0..0, |block| block.at.clone());
        Self { kind, from, to, w, zeros: vec![0.0; to] }
    }

    fn forward(&self, theta: &[f64], x: &[f64], y: &mut [f64]) {
        match self.kind {
            Lift::None => y.copy_from_slice(x),
            Lift::Linear => affine(x, &theta[self.w.clone()], &self.zeros, y),
            Lift::Pad => {
                let shared = self.from.min(self.to);
                y.fill(0.0);
                for (x, y) in x.chunks_exact(self.from).zip(y.chunks_exact_mut(self.to)) {
                    y[..shared].copy_from_slice(&x[..shared]);
                }
            }
        }
    }

    fn backward(&self, theta: &[f64], x: &[f64], y_bar: &[f64], gradient: &mut [f64], x_bar: &mut [f64]) {
        match self.kind {
            Lift::None => x_bar.copy_from_slice(y_bar),
            Lift::Linear => {
                let rows = x.chunks_exact(self.from).zip(y_bar.chunks_exact(self.to));
                for ((x, y_bar), x_bar) in rows.zip(x_bar.chunks_exact_mut(self.from)) {
                    outer(x, y_bar, &mut gradient[self.w.clone()]);
                    times_transposed(y_bar, &theta[self.w.clone()], x_bar);
                }
            }
            Lift::Pad => {
                let shared = self.from.min(self.to);
                x_bar.fill(0.0);
                for (x_bar, y_bar) in x_bar.chunks_exact_mut(self.from).zip(y_bar.chunks_exact(self.to)) {
                    x_bar[..shared].copy_from_slice(&y_bar[..shared]);
                }
            }
        }
    }
}

impl Composed {
    /// Compiles `f` and allocates for at most `rows` rows.
    pub fn new(f: &Composition, layout: &Layout, rows: usize) -> Self {
        let at = |stage, group| layout.find(Some(stage), group).map_or(0..0, |block| block.at.clone());
        let stages: Vec<Expansion> = f
            .stages
            .iter()
            .enumerate()
            .map(|(index, stage)| Expansion {
                n: f.stage_inputs(index),
                k: stage.k,
                m: stage.outputs,
                sigma: stage.sigma,
                form: stage.form,
                b: at(index, Group::B),
                c: at(index, Group::C),
                a: at(index, Group::A),
                d: at(index, Group::D),
            })
            .collect();
        let last = stages.last().map_or(f.inputs, |stage| stage.m);
        let widest = stages.iter().flat_map(|stage| [stage.n, stage.m]).chain([f.inputs, f.outputs]).max().unwrap_or(1);
        let mut u = vec![vec![0.0; rows * f.stream_inputs()]];
        u.extend(stages.iter().map(|stage| vec![0.0; rows * stage.m]));
        Self {
            residual: f.architecture == Architecture::Residual,
            scale: f.branch_scale,
            lift: End::new(f.lift, f.inputs, f.stream_inputs(), layout, Group::Lift),
            readout: End::new(f.readout, last, f.outputs, layout, Group::Readout),
            u,
            tapes: stages.iter().map(|stage| Tape::for_rows(rows, stage.k)).collect(),
            f: vec![0.0; rows * f.outputs],
            u_bar: [vec![0.0; rows * widest], vec![0.0; rows * widest]],
            y_bar: vec![0.0; rows * widest],
            stages,
        }
    }

    /// ŷ for the rows of `x` (N×inputs, row-major): N×outputs.
    pub fn forward(&mut self, theta: &[f64], x: &[f64]) -> &[f64] {
        let rows = x.len() / self.lift.from;
        self.lift.forward(theta, x, &mut self.u[0][..rows * self.lift.to]);
        for at in 0..self.stages.len() {
            self.pass(theta, at, rows);
        }
        let last = &self.u[self.stages.len()][..rows * self.readout.from];
        self.readout.forward(theta, last, &mut self.f[..rows * self.readout.to]);
        &self.f[..rows * self.readout.to]
    }

    /// One stage alone, at the rows of `u` (N×n): what it does to numbers that need not come from any x.
    pub fn local(&mut self, theta: &[f64], at: usize, u: &[f64]) {
        let rows = u.len() / self.stages[at].n;
        self.u[at][..u.len()].copy_from_slice(u);
        self.pass(theta, at, rows);
    }

    /// From `u[at]` to `u[at + 1]`: the stage, and what the architecture adds to it.
    fn pass(&mut self, theta: &[f64], at: usize, rows: usize) {
        let stage = &self.stages[at];
        let (before, after) = self.u.split_at_mut(at + 1);
        let (u, y) = (&before[at][..rows * stage.n], &mut after[0][..rows * stage.m]);
        stage.forward(theta, u, &mut self.tapes[at], y);
        if self.residual {
            for (y, u) in y.iter_mut().zip(u) {
                *y = self.scale * *y + u;
            }
        }
    }

    /// Adds ∂/∂θ of ⟨f̄, ŷ⟩ to `gradient`, for the rows of the last `forward`.
    pub fn backward(&mut self, theta: &[f64], x: &[f64], f_bar: &[f64], gradient: &mut [f64]) {
        let rows = f_bar.len() / self.readout.to;
        let last = &self.u[self.stages.len()][..rows * self.readout.from];
        let [arrived, next] = &mut self.u_bar;
        self.readout.backward(theta, last, f_bar, gradient, &mut arrived[..last.len()]);
        for (at, stage) in self.stages.iter().enumerate().rev() {
            let u = &self.u[at][..rows * stage.n];
            let branch = &mut self.y_bar[..rows * stage.m];
            for (branch, arrived) in branch.iter_mut().zip(arrived.iter()) {
                *branch = if self.residual { self.scale * arrived } else { *arrived };
            }
            // Nothing learns below the innermost stage unless the lift does.
            let wanted = at > 0 || self.lift.kind == Lift::Linear;
            let u_bar = wanted.then_some(&mut next[..rows * stage.n]);
            stage.backward(theta, u, &mut self.tapes[at], branch, gradient, u_bar);
            if self.residual {
                add_scaled(1.0, &arrived[..rows * stage.n], &mut next[..rows * stage.n]);
            }
            std::mem::swap(arrived, next);
        }
        if self.lift.kind == Lift::Linear {
            let lifted = &arrived[..rows * self.lift.to];
            self.lift.backward(theta, x, lifted, gradient, &mut next[..rows * self.lift.from]);
        }
    }

    /// Where stage `at` stands after the last `forward` of `rows` rows: (u before, elements H, u after).
    pub fn seen(&self, at: usize, rows: usize) -> (&[f64], &[f64], &[f64]) {
        let stage = &self.stages[at];
        (&self.u[at][..rows * stage.n], &self.tapes[at].h[..rows * stage.k], &self.u[at + 1][..rows * stage.m])
    }

    /// The position of the first stage (innermost first) whose value is not finite after the last `forward`.
    pub fn first_not_finite(&self, rows: usize) -> Option<usize> {
        (0..self.stages.len()).find(|&at| self.seen(at, rows).2.iter().any(|value| !value.is_finite()))
    }
}
