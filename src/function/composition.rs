//! f = f⁽¹⁾∘…∘f⁽ᴸ⁾, forward, backward and along a direction, over a tape that is allocated once. Knows no likelihood.
//!
//! plain: u ← f⁽ⁱ⁾(u); residual: u ← s f⁽ⁱ⁾(u) + u (He et al. 2016's identity path); residual-2015: u ← σ(s f⁽ⁱ⁾(u) + u),
//! without σ after the outermost addition (He et al. 2015). From the innermost outwards.

use super::end::End;
use super::expansion::{Expansion, Tape, add_scaled};
use crate::model::{Architecture, Composition, Layout};

/// A composition compiled against its layout, with buffers for a bounded number of rows.
#[derive(Clone, Debug)]
pub(super) struct Composed {
    stages: Vec<Expansion>,
    architecture: Architecture,
    scale: f64,
    lift: End,
    readout: End,
    /// `u[at]`: what stage `at` acts on; the last one leaves the outermost stage.
    u: Vec<Vec<f64>>,
    tapes: Vec<Tape>,
    /// σ′ after the addition, for all stages but the outermost of the 2015 architecture.
    joints: Vec<Vec<f64>>,
    f: Vec<f64>,
    /// Ū on the way back: what has arrived, and what the next stage will receive.
    u_bar: [Vec<f64>; 2],
    /// s·ȳ, the share of a residual branch.
    y_bar: Vec<f64>,
}

impl Composed {
    /// Compiles `f` and allocates for at most `rows` rows.
    pub fn new(f: &Composition, layout: &Layout, rows: usize) -> Self {
        Self::sized(f, layout, &|_| rows)
    }

    /// Compiles `f` and allocates for `rows` rows of the stage at `at` alone: for `local` there.
    pub fn alone(f: &Composition, layout: &Layout, at: usize, rows: usize) -> Self {
        Self::sized(f, layout, &|other| if other == at { rows } else { 0 })
    }

    fn sized(f: &Composition, layout: &Layout, rows: &dyn Fn(usize) -> usize) -> Self {
        let most = (0..f.depth()).map(rows).max().unwrap_or(0);
        // What leaves one stage enters the next.
        let passing = |at: usize| rows(at).max(at.checked_sub(1).map_or(0, rows));
        let stages: Vec<Expansion> = (0..f.depth()).map(|at| Expansion::new(f, at, layout)).collect();
        let columns = |at| f.extent(at).columns();
        let widest = (0..=f.depth()).map(columns).chain([f.inputs, f.outputs]).max().unwrap_or(1);
        let joined = match f.architecture {
            Architecture::Residual2015 => f.depth() - 1,
            Architecture::Plain | Architecture::Residual => 0,
        };
        Self {
            architecture: f.architecture,
            scale: f.branch_scale,
            lift: End::lift(f.lift, f.inputs, f.stream_inputs(), layout),
            readout: End::readout(f.readout, f.extent(f.depth()), f.outputs, layout),
            u: (0..=f.depth()).map(|at| vec![0.0; passing(at) * columns(at)]).collect(),
            tapes: stages.iter().enumerate().map(|(at, stage)| stage.tape(rows(at))).collect(),
            joints: (0..joined).map(|at| vec![0.0; rows(at) * columns(at + 1)]).collect(),
            f: vec![0.0; most * f.outputs],
            u_bar: [vec![0.0; most * widest], vec![0.0; most * widest]],
            y_bar: vec![0.0; most * widest],
            stages,
        }
    }

    /// ŷ for the rows of `x` (N×inputs, row-major): N×outputs.
    pub fn forward(&mut self, theta: &[f64], x: &[f64]) -> &[f64] {
        let rows = x.len() / self.lift.columns();
        self.lift.forward(theta, x, &mut self.u[0][..rows * self.lift.outputs()]);
        for at in 0..self.stages.len() {
            self.pass(theta, at, rows);
        }
        let last = &self.u[self.stages.len()][..rows * self.readout.columns()];
        let f = &mut self.f[..rows * self.readout.outputs()];
        self.readout.forward(theta, last, f);
        f
    }

    /// One stage alone, at the rows of `u`: what it does to numbers that need not come from any x.
    pub fn local(&mut self, theta: &[f64], at: usize, u: &[f64]) {
        let rows = u.len() / self.stages[at].before.columns();
        self.u[at][..u.len()].copy_from_slice(u);
        self.pass(theta, at, rows);
    }

    /// From `u[at]` to `u[at + 1]`: the stage, and what the architecture adds to it.
    fn pass(&mut self, theta: &[f64], at: usize, rows: usize) {
        let stage = &self.stages[at];
        let (before, after) = self.u.split_at_mut(at + 1);
        let (u, y) = (&before[at][..rows * stage.before.columns()], &mut after[0][..rows * stage.after.columns()]);
        stage.forward(theta, u, &mut self.tapes[at], y);
        if self.architecture.is_residual() {
            for (y, u) in y.iter_mut().zip(u) {
                *y = self.scale * *y + u;
            }
        }
        if let Some(joint) = self.joints.get_mut(at) {
            let size = y.len();
            stage.activate(y, &mut joint[..size]);
        }
    }

    /// Adds ∂/∂θ of ⟨f̄, ŷ⟩ to `gradient`, for the rows of the last `forward`.
    pub fn backward(&mut self, theta: &[f64], x: &[f64], f_bar: &[f64], gradient: &mut [f64]) {
        let rows = f_bar.len() / self.readout.outputs();
        let last = &self.u[self.stages.len()][..rows * self.readout.columns()];
        let [arrived, next] = &mut self.u_bar;
        self.readout.backward(theta, last, f_bar, gradient, &mut arrived[..last.len()]);
        let residual = self.architecture.is_residual();
        for (at, stage) in self.stages.iter().enumerate().rev() {
            let (before, after) = (rows * stage.before.columns(), rows * stage.after.columns());
            if let Some(joint) = self.joints.get(at) {
                for (arrived, slope) in arrived.iter_mut().zip(joint) {
                    *arrived *= slope;
                }
            }
            let branch = &mut self.y_bar[..after];
            for (branch, arrived) in branch.iter_mut().zip(arrived.iter()) {
                *branch = if residual { self.scale * arrived } else { *arrived };
            }
            // Nothing learns below the innermost stage unless the lift does.
            let u_bar = (at > 0 || self.lift.is_learned()).then_some(&mut next[..before]);
            let u = &self.u[at][..before];
            stage.backward(theta, u, &mut self.tapes[at], branch, gradient, u_bar);
            if residual {
                add_scaled(1.0, &arrived[..before], &mut next[..before]);
            }
            std::mem::swap(arrived, next);
        }
        if self.lift.is_learned() {
            let lifted = &arrived[..rows * self.lift.outputs()];
            self.lift.backward(theta, x, lifted, gradient, &mut next[..x.len()]);
        }
    }

    /// The derivative of ŷ at the last `forward`, in the directions `theta_dot` and `x_dot`.
    pub fn along(&self, theta: &[f64], theta_dot: &[f64], x: &[f64], x_dot: &[f64]) -> Vec<f64> {
        let rows = x.len() / self.lift.columns();
        let mut u_dot = self.lift.along(theta, theta_dot, x, x_dot);
        for (at, stage) in self.stages.iter().enumerate() {
            let u = &self.u[at][..rows * stage.before.columns()];
            let mut y_dot = stage.along(theta, theta_dot, u, &u_dot, &self.tapes[at]);
            if self.architecture.is_residual() {
                for (y_dot, u_dot) in y_dot.iter_mut().zip(&u_dot) {
                    *y_dot = self.scale * *y_dot + u_dot;
                }
            }
            if let Some(joint) = self.joints.get(at) {
                for (y_dot, slope) in y_dot.iter_mut().zip(joint) {
                    *y_dot *= slope;
                }
            }
            u_dot = y_dot;
        }
        let last = &self.u[self.stages.len()][..rows * self.readout.columns()];
        self.readout.along(theta, theta_dot, last, &u_dot)
    }

    /// Where stage `at` stands after the last `forward` of `rows` rows: (u before, what a sees, u after).
    pub fn seen(&self, at: usize, rows: usize) -> (&[f64], &[f64], &[f64]) {
        let stage = &self.stages[at];
        let (before, after) = (rows * stage.before.columns(), rows * stage.after.columns());
        (&self.u[at][..before], stage.elements(&self.tapes[at], rows), &self.u[at + 1][..after])
    }

    /// σ′(U b + c) of stage `at` after the last `forward` of `rows` rows: K for every application.
    pub fn slopes(&self, at: usize, rows: usize) -> &[f64] {
        self.stages[at].slopes(&self.tapes[at], rows)
    }

    /// The position of the first stage (innermost first) whose value is not finite after the last `forward`.
    pub fn first_not_finite(&self, rows: usize) -> Option<usize> {
        (0..self.stages.len()).find(|&at| self.seen(at, rows).2.iter().any(|value| !value.is_finite()))
    }
}
