//! First-order descent on −log p(θ|D): SGD, momentum, Nesterov, RMSprop, Adam, `AdamW`, Lion; full batch or mini-batches.
//! Knows the density only by its value and gradient.

use super::{Batch, Clip, Decay, Method, Plan, State, Step, Turn};
use crate::bayes::LogDensity;
use crate::engine::{Adam, Buffer, Lion, Momentum, Moving, Rmsprop, Rule, Sgd, step};
use crate::function::{Chosen, NotFinite, Rows};
use crate::seeds::{Purpose, Seeds};
use std::ops::Range;

/// Adam's and RMSprop's ε, outside the root as in PyTorch.
const EPSILON: f64 = 1e-8;
/// Adam's β₁ and β₂.
const BETAS: (f64, f64) = (0.9, 0.999);
/// Lion's β₁ and β₂.
const LION: (f64, f64) = (0.9, 0.99);
/// RMSprop's α.
const ALPHA: f64 = 0.99;

/// An optimiser's whole state: plain data, allocated once.
#[derive(Clone, Debug)]
pub struct Descent {
    plan: Plan,
    /// Turns −log p into the objective.
    objective: f64,
    seeds: Seeds,
    pub(super) theta: Buffer<f64>,
    /// θ one step ago: what is gone back to when a value leaves the numbers.
    before: Buffer<f64>,
    pub(super) gradient: Buffer<f64>,
    /// First moments (momentum's v, Adam's m) and second ones (v).
    first: Buffer<f64>,
    second: Buffer<f64>,
    /// Updates since the moments were last zero: Adam's t.
    age: i32,
    pub(super) step: u64,
    /// This epoch's order of the rows, and how far it has been used.
    order: Vec<usize>,
    used: usize,
    epoch: u64,
}

impl Descent {
    pub(super) fn new(plan: Plan, theta: &[f64], objective: f64, rows: usize, seeds: Seeds) -> Self {
        let (theta, zeros) = (Buffer::from(theta), Buffer::zeros(theta.len()));
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

    /// All that is needed to go on in another process.
    pub(super) fn state(&self) -> State {
        State {
            theta: self.theta.to_vec(),
            first: self.first.to_vec(),
            second: self.second.to_vec(),
            age: self.age,
            step: self.step,
            used: self.used,
            epoch: self.epoch,
        }
    }

    /// Goes on from `state`, if it fits: of the same length, and finite.
    pub(super) fn resume(&mut self, state: &State) -> bool {
        let vectors = [&state.theta, &state.first, &state.second];
        let fits = |values: &&Vec<f64>| values.len() == self.theta.len() && values.iter().all(|v| v.is_finite());
        if !vectors.iter().all(fits) {
            return false;
        }
        for (to, from) in [&mut self.theta, &mut self.first, &mut self.second].into_iter().zip(vectors) {
            to.copy_from_slice(from);
        }
        self.before.copy_from_slice(&state.theta);
        (self.age, self.step, self.epoch) = (state.age.max(0), state.step, state.epoch);
        self.used = state.used.min(self.order.len());
        if self.epoch > 0 {
            self.shuffle(self.epoch - 1);
        }
        true
    }

    /// The order of one epoch.
    fn shuffle(&mut self, epoch: u64) {
        self.seeds.order(Purpose::Batches, epoch, &mut self.order);
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
            let chosen = batch.map(|batch| {
                let (order, then) = self.order.split_at(batch.end);
                Chosen { rows: &order[batch.start..], then }
            });
            let rows = chosen.as_ref().map_or(Rows::Train, Rows::Of);
            let parts = match density.on(&self.theta, rows, Some(&mut self.gradient)) {
                Ok(parts) => parts,
                Err(bad) => return self.step_back(bad),
            };
            if !self.update(density.decayed()) {
                let at = self.theta.iter().position(|value| !value.is_finite()).unwrap_or(0);
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
    fn next_batch(&mut self) -> Option<Range<usize>> {
        let Batch::Of(size) = self.plan.batch else { return None };
        if size >= self.order.len() {
            return None;
        }
        if self.used >= self.order.len() {
            self.shuffle(self.epoch);
            (self.used, self.epoch) = (0, self.epoch + 1);
        }
        let start = self.used;
        self.used = (start + size).min(self.order.len());
        Some(start..self.used)
    }

    /// η of the update that comes next. The schedule begins anew with the moments.
    fn rate(&self) -> f64 {
        self.plan.rate_at(u64::try_from(self.age).unwrap_or(0) + 1)
    }

    /// By what the objective's gradient is shortened to the norm that is allowed, as PyTorch does it; 1 where it is short enough.
    fn clipped(&self) -> f64 {
        let Clip::At(most) = self.plan.clip else { return 1.0 };
        let norm = self.objective.abs() * self.gradient.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        (most / (norm + 1e-6)).min(1.0)
    }

    /// One update of θ by the gradient of log p in `gradient`, which becomes the objective's: what is told of it is not clipped.
    /// Answers whether θ is all numbers still.
    fn update(&mut self, decayed: &[(Range<usize>, f64)]) -> bool {
        let (rate, clip) = (self.rate(), self.clipped());
        self.age = self.age.saturating_add(1);
        let rule = self.rule(rate);
        let Self { theta, before, gradient, first, second, .. } = self;
        let finite = step(rule, -self.objective, clip, &mut Moving { theta, before, gradient, first, second });
        self.decay(rate, decayed);
        finite
    }

    /// θ ← θ − ηλ θ of before the step, where a weight decay stands for the prior.
    fn decay(&mut self, rate: f64, decayed: &[(Range<usize>, f64)]) {
        if !self.plan.method.is_decoupled() {
            return;
        }
        for (at, precision) in decayed {
            let decay = match self.plan.decay {
                Decay::Prior => self.objective * precision,
                Decay::Of(decay) => decay,
            };
            for (value, before) in self.theta[at.clone()].iter_mut().zip(&self.before[at.clone()]) {
                *value -= rate * decay * before;
            }
        }
    }

    /// The method with its numbers at this age.
    fn rule(&self, rate: f64) -> Rule {
        let momentum = self.plan.momentum;
        match self.plan.method {
            Method::Sgd => Rule::Sgd(Sgd { rate }),
            Method::Momentum => Rule::Momentum(Momentum { rate, momentum, ahead: false }),
            Method::Nesterov => Rule::Momentum(Momentum { rate, momentum, ahead: true }),
            Method::Rmsprop => Rule::Rmsprop(Rmsprop { rate, alpha: ALPHA, epsilon: EPSILON }),
            Method::Adam | Method::AdamW => {
                let (c1, c2) = (begun(BETAS.0, self.age), begun(BETAS.1, self.age));
                Rule::Adam(Adam { rate, betas: BETAS, c1, c2, epsilon: EPSILON })
            }
            Method::Lion => Rule::Lion(Lion { rate, betas: LION }),
        }
    }
}

/// 1 − βᵗ: how much of a moment's weights has begun. Where βᵗ < e⁻⁴⁰ it is 1 to the last place, and no power is taken any more.
fn begun(beta: f64, age: i32) -> f64 {
    if (1.0 - beta) * f64::from(age) > 40.0 { 1.0 } else { 1.0 - beta.powi(age) }
}
