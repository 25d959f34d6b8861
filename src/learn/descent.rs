//! First-order descent on −log p(θ|D): SGD, momentum, Nesterov, RMSprop, Adam; full batch or mini-batches.
//! Knows the density only by its value and gradient.

use super::{Batch, Method, Plan, Step, Turn};
use crate::bayes::LogDensity;
use crate::engine::{Adam, adam};
use crate::function::{NotFinite, Rows};
use crate::seeds::{Purpose, Seeds};
use rand::seq::SliceRandom;

/// Adam's and RMSprop's ε, outside the root as in PyTorch.
const EPSILON: f64 = 1e-8;
/// Adam's β₁ and β₂.
const BETAS: (f64, f64) = (0.9, 0.999);
/// RMSprop's α.
const ALPHA: f64 = 0.99;

/// An optimiser's whole state: plain data, allocated once.
#[derive(Clone, Debug)]
pub struct Descent {
    plan: Plan,
    /// Turns −log p into the objective.
    objective: f64,
    seeds: Seeds,
    pub(super) theta: Vec<f64>,
    /// θ one step ago: what is gone back to when a value leaves the numbers.
    before: Vec<f64>,
    pub(super) gradient: Vec<f64>,
    /// First moments (momentum's v, Adam's m) and second ones (v).
    first: Vec<f64>,
    second: Vec<f64>,
    /// Updates since the moments were last zero: Adam's t.
    age: i32,
    pub(super) step: u64,
    /// This epoch's order of the rows, and how far it has been used.
    order: Vec<usize>,
    used: usize,
    epoch: u64,
}

impl Descent {
    pub(super) fn new(plan: Plan, theta: Vec<f64>, objective: f64, rows: usize, seeds: Seeds) -> Self {
        let zeros = vec![0.0; theta.len()];
        Self {
            plan,
            objective,
            seeds,
            before: theta.clone(),
            gradient: zeros.clone(),
            first: zeros.clone(),
            second: zeros,
            age: 0,
            step: 0,
            order: (0..rows).collect(),
            used: rows,
            epoch: 0,
            theta,
        }
    }

    pub(super) fn retune(&mut self, plan: &Plan) {
        if self.plan.method != plan.method {
            self.forget();
        }
        self.plan = plan.clone();
    }

    pub(super) fn advance(&mut self, density: &mut dyn LogDensity, each: &mut dyn FnMut(Step) -> bool) -> Turn {
        loop {
            let batch = self.next_batch();
            let rows = batch.clone().map_or(Rows::Train, |batch| Rows::Of(&self.order[batch]));
            let parts = match density.on(&self.theta, rows, Some(&mut self.gradient)) {
                Ok(parts) => parts,
                Err(bad) => return self.step_back(bad),
            };
            self.before.copy_from_slice(&self.theta);
            self.update();
            if let Some(at) = self.theta.iter().position(|value| !value.is_finite()) {
                return self.step_back(NotFinite { block: density.name(at) });
            }
            self.step += 1;
            if !each(Step { step: self.step, loss: parts.loss, log_posterior: parts.log_posterior() }) {
                return Turn::Went;
            }
        }
    }

    /// To the last θ that was finite. The moments that led away from it may be infinite themselves, and end here.
    fn step_back(&mut self, bad: NotFinite) -> Turn {
        self.theta.copy_from_slice(&self.before);
        self.forget();
        Turn::Diverged(bad)
    }

    fn forget(&mut self) {
        self.first.fill(0.0);
        self.second.fill(0.0);
        self.age = 0;
    }

    /// Where in `order` the next mini-batch lies; none for the full batch.
    fn next_batch(&mut self) -> Option<std::ops::Range<usize>> {
        let Batch::Of(size) = self.plan.batch else { return None };
        if size >= self.order.len() {
            return None;
        }
        if self.used >= self.order.len() {
            self.order.iter_mut().enumerate().for_each(|(at, row)| *row = at);
            self.order.shuffle(&mut self.seeds.stream(Purpose::Batches, self.epoch, 0));
            (self.used, self.epoch) = (0, self.epoch + 1);
        }
        let start = self.used;
        self.used = (start + size).min(self.order.len());
        Some(start..self.used)
    }

    /// One update of θ by the gradient of log p in `gradient`, which becomes the objective's.
    fn update(&mut self) {
        let sign = -self.objective;
        self.gradient.iter_mut().for_each(|entry| *entry *= sign);
        let (rate, momentum) = (self.plan.rate, self.plan.momentum);
        self.age = self.age.saturating_add(1);
        let (theta, gradient) = (self.theta.iter_mut(), &self.gradient);
        let (first, second) = (self.first.iter_mut(), self.second.iter_mut());
        match self.plan.method {
            Method::Sgd => theta.zip(gradient).for_each(|(theta, g)| *theta -= rate * g),
            Method::Momentum => {
                for ((theta, g), v) in theta.zip(gradient).zip(first) {
                    *v = momentum * *v + g;
                    *theta -= rate * *v;
                }
            }
            Method::Nesterov => {
                for ((theta, g), v) in theta.zip(gradient).zip(first) {
                    *v = momentum * *v + g;
                    *theta -= rate * (g + momentum * *v);
                }
            }
            Method::Rmsprop => {
                for ((theta, g), v) in theta.zip(gradient).zip(second) {
                    *v = ALPHA * *v + (1.0 - ALPHA) * g * g;
                    *theta -= rate * g / (v.sqrt() + EPSILON);
                }
            }
            Method::Adam => {
                let (c1, c2) = (1.0 - BETAS.0.powi(self.age), 1.0 - BETAS.1.powi(self.age));
                let how = Adam { rate, betas: BETAS, c1, c2, epsilon: EPSILON };
                adam(how, theta.into_slice(), gradient, first.into_slice(), second.into_slice());
            }
        }
    }
}
