//! The posterior mode by what suits the density: L-BFGS where it is smooth, Adam and balancing where it has kinks.
//! Knows no thread and no clock.
//!
//! L-BFGS stalls on kinks, at log posteriors well below the mode's. There, rounds of full-batch Adam, its rate falling along a
//! cosine and from round to round; after each the scale of every element is put where the prior is largest (the function is
//! the same), and a and d of f⁽¹⁾, in which the density is smooth, are brought to their mode by L-BFGS.

use super::{Batch, Descent, Lbfgs, Method, Plan, Schedule, Step, Turn, objective};
use crate::bayes::LogDensity;
use crate::bayes::diagnostics::gauge;
use crate::function::{Transform, transform};
use crate::model::{Coefficients, Group, Likelihood, Model, Prior};
use crate::seeds::Seeds;
use std::ops::Range;
use std::sync::Arc;

/// Adam's steps in a round, its rate in the first, and what a round's rate is of the one before.
const ROUND: u64 = 1500;
const RATE: f64 = 3e-2;
const COOLER: f64 = 0.4;
/// Settled when a round gained fewer nats and left θ no further from balance (`gauge`), or after so many.
const GAIN: f64 = 1e-3;
const BALANCED: f64 = 1e-3;
const ROUNDS: u32 = 10;
/// L-BFGS steps on (a, d) of f⁽¹⁾ after a round.
const POLISH: u64 = 200;

/// On the way to the mode: plain data.
#[derive(Clone, Debug)]
pub struct Mode {
    model: Arc<Model>,
    rows: usize,
    seeds: Seeds,
    /// Nothing is held, so that elements may be balanced.
    free: bool,
    phase: Phase,
    round: u32,
    /// log p after the last round, −∞ before there was one.
    reached: f64,
    gauge: Option<f64>,
    /// No slope, once settled.
    flat: Vec<f64>,
    pub(super) step: u64,
}

#[derive(Clone, Debug)]
enum Phase {
    /// No kinks.
    Smooth(Lbfgs),
    /// A round of Adam.
    Round(Box<Descent>),
    /// After it, (a, d) of f⁽¹⁾.
    Polish(Lbfgs),
    /// Nothing more to do.
    Settled(Vec<f64>),
}

impl Mode {
    /// Begins at θ; `held` are the coordinates that the density holds.
    #[must_use]
    pub fn new(model: &Arc<Model>, theta: Vec<f64>, rows: usize, held: &[Range<usize>], seeds: Seeds) -> Self {
        let mut mode = Self {
            model: model.clone(),
            rows,
            seeds,
            free: held.iter().all(Range::is_empty),
            phase: Phase::Settled(Vec::new()),
            round: 0,
            reached: f64::NEG_INFINITY,
            gauge: None,
            step: 0,
            flat: vec![0.0; theta.len()],
        };
        mode.phase = mode.first(theta);
        mode
    }

    fn first(&self, theta: Vec<f64>) -> Phase {
        if has_kinks(&self.model) { self.next_round(theta) } else { Phase::Smooth(Lbfgs::new(theta)) }
    }

    fn next_round(&self, theta: Vec<f64>) -> Phase {
        let cooling = (0..self.round).fold(RATE, |rate, _| rate * COOLER);
        let plan = Plan {
            method: Method::Adam,
            rate: cooling,
            schedule: Schedule::Cosine,
            horizon: ROUND,
            batch: Batch::Full,
            ..Plan::default()
        };
        let round = Descent::new(plan, &theta, objective(&self.model, self.rows), self.rows, self.seeds);
        Phase::Round(Box::new(round))
    }

    /// Where it stands.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        match &self.phase {
            Phase::Smooth(at) | Phase::Polish(at) => &at.theta,
            Phase::Round(descent) => &descent.theta,
            Phase::Settled(theta) => theta,
        }
    }

    /// The gradient of the present phase's objective at the last step; nothing once settled.
    #[must_use]
    pub fn gradient(&self) -> &[f64] {
        match &self.phase {
            Phase::Smooth(at) | Phase::Polish(at) => &at.gradient,
            Phase::Round(descent) => &descent.gradient,
            Phase::Settled(theta) => &self.flat[..theta.len()],
        }
    }

    /// Begins anew at `theta`, if that fits.
    pub(super) fn resume(&mut self, theta: &[f64], step: u64) -> bool {
        let fits = theta.len() == self.flat.len() && theta.iter().all(|value| value.is_finite());
        if fits {
            (self.round, self.reached, self.gauge, self.step) = (0, f64::NEG_INFINITY, None, step);
            self.phase = self.first(theta.to_vec());
        }
        fits
    }

    /// Steps done, of whatever kind.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// How far the last round of Adam stood from balance, the gauge of its convergence; none where σ is smooth or not homogeneous.
    #[must_use]
    pub fn gauge(&self) -> Option<f64> {
        self.gauge
    }

    /// Steps until `each` answers false, a value leaves the numbers, or the mode is found.
    pub fn advance(&mut self, density: &mut dyn LogDensity, each: &mut dyn FnMut(Step) -> bool) -> Turn {
        loop {
            let (before, mut counted, mut enough) = (self.step, 0, false);
            let limit = match &self.phase {
                Phase::Smooth(_) | Phase::Settled(_) => u64::MAX,
                Phase::Round(descent) => ROUND.saturating_sub(descent.step),
                Phase::Polish(polish) => POLISH.saturating_sub(polish.step),
            };
            let mut count = |step: Step| {
                counted += 1;
                enough = !each(Step { step: before + counted, ..step });
                !enough && counted < limit
            };
            let turn = match &mut self.phase {
                Phase::Smooth(at) => at.advance(density, &mut count),
                Phase::Polish(at) if limit > 0 => at.advance(density, &mut count),
                Phase::Round(descent) if limit > 0 => descent.advance(density, &mut count),
                Phase::Polish(_) | Phase::Round(_) => Turn::Went,
                Phase::Settled(_) => return Turn::Settled,
            };
            self.step += counted;
            match turn {
                Turn::Diverged(bad) => return Turn::Diverged(bad),
                Turn::Went if counted < limit => return Turn::Went,
                Turn::Went | Turn::Settled => self.turn_over(density),
            }
            if enough {
                return if matches!(self.phase, Phase::Settled(_)) { Turn::Settled } else { Turn::Went };
            }
        }
    }

    /// A phase is over: what comes next.
    fn turn_over(&mut self, density: &mut dyn LogDensity) {
        let theta = self.theta().to_vec();
        self.phase = match &self.phase {
            Phase::Smooth(_) | Phase::Settled(_) => Phase::Settled(theta),
            Phase::Round(_) => {
                self.gauge = self.function(&theta).as_ref().and_then(gauge);
                let balanced = self.balanced(theta);
                Phase::Polish(Lbfgs::new(balanced).only(outermost(&self.model)))
            }
            Phase::Polish(_) => {
                let theta = self.balanced(theta);
                let now = density.at(&theta, None).map_or(f64::NEG_INFINITY, |parts| parts.log_posterior());
                self.round += 1;
                let gained = now - self.reached;
                self.reached = self.reached.max(now);
                let far = self.free && self.gauge.is_some_and(|gauge| gauge > BALANCED);
                if self.round >= ROUNDS || (gained < GAIN && !far) {
                    Phase::Settled(theta)
                } else {
                    self.next_round(theta)
                }
            }
        };
    }

    fn function(&self, theta: &[f64]) -> Option<Coefficients> {
        Coefficients::new(self.model.clone(), theta)
    }

    /// The same function where the prior is largest; θ itself where elements have no scale of their own or are held.
    fn balanced(&self, theta: Vec<f64>) -> Vec<f64> {
        let balance = |f: Coefficients| transform(&f, &Transform::Rebalance { stage: None }, self.seeds).ok();
        match self.function(&theta).filter(|_| self.free).and_then(balance) {
            Some(kept) => kept.now.theta.to_vec(),
            None => theta,
        }
    }
}

/// Whether the log posterior has kinks: those of σ, of a Laplace prior at 0, of a Laplace likelihood at every y.
#[must_use]
pub fn has_kinks(model: &Model) -> bool {
    let laplace = |prior| matches!(prior, Prior::Laplace { .. });
    let priors = model.priors.stages.iter().flat_map(|stage| [stage.a, stage.b, stage.c, stage.d]);
    let sigma = model.f.stages.iter().any(|stage| stage.sigma.has_kinks());
    sigma || priors.into_iter().any(laplace) || matches!(model.likelihood, Likelihood::Laplace { .. })
}

/// Where a and d of f⁽¹⁾ lie.
fn outermost(model: &Model) -> Vec<usize> {
    let (layout, last) = (model.layout(), model.f.depth() - 1);
    let of = |group| layout.find(Some(last), group).map_or(0..0, |block| block.at.clone());
    of(Group::A).chain(of(Group::D)).collect()
}

#[cfg(test)]
mod tests;
