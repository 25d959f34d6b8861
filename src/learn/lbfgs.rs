//! L-BFGS on −log p(θ|D), all rows at once, for densities without kinks. Knows the density only by its value and gradient.
//!
//! Liu & Nocedal 1989: ten pairs of (change of θ, change of gradient) stand for the inverse Hessian.

use super::search::search;
use super::{Step, Turn};
use crate::bayes::LogDensity;
use crate::function::NotFinite;
use std::collections::VecDeque;

/// Pairs that are kept.
const MEMORY: usize = 10;
/// A pair whose curvature sᵀy is less than this share of ‖s‖‖y‖ is left out.
const CURVATURE: f64 = 1e-10;
/// Settled when no entry of the gradient is larger, in nats: times 1 + |log p|, of which it cannot be finer.
const FLAT: f64 = 1e-9;
/// Settled, too, when that many steps in a row changed log p by nothing but rounding.
const STILL: u32 = 5;

/// An optimiser's whole state: plain data.
#[derive(Clone, Debug)]
pub struct Lbfgs {
    pub(super) theta: Vec<f64>,
    /// Of −log p at θ, and its value and loss there; none before the first evaluation.
    pub(super) gradient: Vec<f64>,
    here: Option<Here>,
    pairs: VecDeque<Pair>,
    pub(super) step: u64,
    /// Coordinates that are moved; all of them if none are named.
    only: Option<Vec<bool>>,
    still: u32,
}

#[derive(Clone, Copy, Debug)]
struct Here {
    /// −log p.
    value: f64,
    loss: f64,
}

#[derive(Clone, Debug)]
struct Pair {
    s: Vec<f64>,
    y: Vec<f64>,
    /// 1/sᵀy.
    rho: f64,
}

impl Lbfgs {
    /// Begins at θ.
    #[must_use]
    pub fn new(theta: Vec<f64>) -> Self {
        let gradient = vec![0.0; theta.len()];
        Self { theta, gradient, here: None, pairs: VecDeque::new(), step: 0, only: None, still: 0 }
    }

    /// Moves these coordinates only: in a and d of f⁽¹⁾ the density is smooth whatever σ is.
    #[must_use]
    pub fn only(mut self, coordinates: impl IntoIterator<Item = usize>) -> Self {
        let mut only = vec![false; self.theta.len()];
        coordinates.into_iter().for_each(|at| only[at] = true);
        self.only = Some(only);
        self
    }

    /// Begins anew at `theta`, if that fits: of the same length, and finite.
    pub(super) fn resume(&mut self, theta: &[f64], step: u64) -> bool {
        if theta.len() != self.theta.len() || !theta.iter().all(|value| value.is_finite()) {
            return false;
        }
        let only = self.only.take();
        *self = Self { step, only, ..Self::new(theta.to_vec()) };
        true
    }

    /// Where it stands.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        &self.theta
    }

    /// The largest entry of the gradient of log p there.
    #[must_use]
    pub fn steepness(&self) -> f64 {
        self.gradient.iter().fold(0.0, |most, slope| slope.abs().max(most))
    }

    /// Steps until `each` answers false, a value leaves the numbers, or there is no way down.
    pub fn advance(&mut self, density: &mut dyn LogDensity, each: &mut dyn FnMut(Step) -> bool) -> Turn {
        if self.here.is_none() {
            match self.evaluate(density, &self.theta.clone()) {
                Ok((here, gradient)) => (self.here, self.gradient) = (Some(here), gradient),
                Err(bad) => return Turn::Diverged(bad),
            }
        }
        while let Some(here) = self.here {
            if self.steepness() <= FLAT * (1.0 + here.value.abs())
                || self.still >= STILL
                || !self.iterate(density, here)
            {
                return Turn::Settled;
            }
            self.step += 1;
            if !each(Step { step: self.step, loss: here.loss, log_posterior: -here.value }) {
                break;
            }
        }
        Turn::Went
    }

    /// One step; false if there is none that goes down.
    fn iterate(&mut self, density: &mut dyn LogDensity, here: Here) -> bool {
        loop {
            let direction = self.direction();
            let slope = dot(&direction, &self.gradient);
            if slope < 0.0 && self.along(density, here, &direction, slope) {
                return true;
            }
            if self.pairs.is_empty() {
                return false;
            }
            // The pairs may be worth nothing here; steepest descent always points down.
            self.pairs.clear();
        }
    }

    fn along(&mut self, density: &mut dyn LogDensity, here: Here, direction: &[f64], slope: f64) -> bool {
        let first = if self.pairs.is_empty() { 1.0 / dot(direction, direction).sqrt().max(1.0) } else { 1.0 };
        let mut last: Option<(f64, Vec<f64>, Here, Vec<f64>)> = None;
        let found = search(here.value, slope, first, &mut |step| {
            let theta: Vec<f64> = self.theta.iter().zip(direction).map(|(theta, along)| theta + step * along).collect();
            let (there, gradient) = self.evaluate(density, &theta).ok()?;
            let slope = dot(&gradient, direction);
            let lower = last.as_ref().is_none_or(|(_, _, best, _)| there.value <= best.value);
            let value = there.value;
            if lower {
                last = Some((step, theta, there, gradient));
            }
            Some((value, slope))
        });
        let Some(found) = found else { return false };
        // The accepted point is the lowest but for rounding; where it is not kept, it is made again.
        let (theta, there, gradient) = match last {
            Some((step, theta, there, gradient)) if step.to_bits() == found.step.to_bits() => (theta, there, gradient),
            _ => {
                let moved = self.theta.iter().zip(direction).map(|(theta, along)| theta + found.step * along);
                let theta: Vec<f64> = moved.collect();
                let Ok((there, gradient)) = self.evaluate(density, &theta) else { return false };
                (theta, there, gradient)
            }
        };
        let s: Vec<f64> = theta.iter().zip(&self.theta).map(|(new, old)| new - old).collect();
        let y: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(new, old)| new - old).collect();
        let curvature = dot(&s, &y);
        if curvature > CURVATURE * (dot(&s, &s) * dot(&y, &y)).sqrt() {
            self.pairs.truncate(MEMORY - 1);
            self.pairs.push_front(Pair { s, y, rho: 1.0 / curvature });
        }
        let gained = here.value - there.value;
        self.still = if gained <= 1e-15 * (1.0 + here.value.abs()) { self.still + 1 } else { 0 };
        (self.theta, self.gradient, self.here) = (theta, gradient, Some(there));
        true
    }

    /// −H g by the two loops over the pairs, newest first.
    fn direction(&self) -> Vec<f64> {
        let mut q: Vec<f64> = self.gradient.iter().map(|slope| -slope).collect();
        let mut alphas = Vec::with_capacity(self.pairs.len());
        for pair in &self.pairs {
            let alpha = pair.rho * dot(&pair.s, &q);
            add(&mut q, -alpha, &pair.y);
            alphas.push(alpha);
        }
        if let Some(newest) = self.pairs.front() {
            let scale = 1.0 / (newest.rho * dot(&newest.y, &newest.y));
            for value in &mut q {
                *value *= scale;
            }
        }
        for (pair, alpha) in self.pairs.iter().zip(alphas).rev() {
            let beta = pair.rho * dot(&pair.y, &q);
            add(&mut q, alpha - beta, &pair.s);
        }
        q
    }

    fn evaluate(&self, density: &mut dyn LogDensity, theta: &[f64]) -> Result<(Here, Vec<f64>), NotFinite> {
        let mut gradient = vec![0.0; theta.len()];
        let parts = density.at(theta, Some(&mut gradient))?;
        for (at, slope) in gradient.iter_mut().enumerate() {
            let moved = self.only.as_ref().is_none_or(|only| only[at]);
            *slope = if moved { -*slope } else { 0.0 };
        }
        let value = -parts.log_posterior();
        if !value.is_finite() {
            return Err(NotFinite { block: "the log posterior".to_owned() });
        }
        Ok((Here { value, loss: parts.loss }, gradient))
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn add(to: &mut [f64], share: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += share * what);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bayes::Parts;
    use crate::function::Rows;

    /// −log p is a function of θ, and beyond `wall` it is not finite.
    struct Function<F> {
        dim: usize,
        of: F,
        calls: usize,
    }

    impl<F: Fn(&[f64], &mut [f64]) -> f64> LogDensity for Function<F> {
        fn dim(&self) -> usize {
            self.dim
        }
        fn rows(&self) -> usize {
            1
        }
        fn on(&mut self, z: &[f64], _: Rows<'_>, gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite> {
            self.calls += 1;
            let mut own = vec![0.0; self.dim];
            let value = (self.of)(z, &mut own);
            if let Some(gradient) = gradient {
                gradient.iter_mut().zip(&own).for_each(|(to, slope)| *to = -slope);
            }
            Ok(Parts { likelihood: -value, prior: 0.0, loss: value })
        }
    }

    fn rosenbrock(z: &[f64], gradient: &mut [f64]) -> f64 {
        let mut total = 0.0;
        for at in 0..z.len() - 1 {
            let (valley, along) = (z[at + 1] - z[at] * z[at], 1.0 - z[at]);
            total += 100.0 * valley * valley + along * along;
            gradient[at] -= 400.0 * valley * z[at] + 2.0 * along;
            gradient[at + 1] += 200.0 * valley;
        }
        total
    }

    #[test]
    fn rosenbrocks_valley_in_two_and_twenty_dimensions() {
        for (dim, most) in [(2, 60), (20, 200)] {
            let mut density = Function { dim, of: rosenbrock, calls: 0 };
            let mut learner = Lbfgs::new((0..dim).map(|at| if at % 2 == 0 { -1.2 } else { 1.0 }).collect());
            assert_eq!(learner.advance(&mut density, &mut |_| true), Turn::Settled);
            assert!(learner.theta.iter().all(|value| (value - 1.0).abs() < 1e-7), "{:?}", learner.theta);
            assert!(learner.step < most && density.calls < 2 * usize::try_from(most).unwrap(), "{}", density.calls);
            // Settled is settled.
            let before = learner.theta.clone();
            assert_eq!(learner.advance(&mut density, &mut |_| true), Turn::Settled);
            assert_eq!(before, learner.theta);
        }
    }

    #[test]
    fn how_steps_are_asked_for_and_a_copy_change_no_bit() {
        let mut density = Function { dim: 6, of: rosenbrock, calls: 0 };
        let mut at_once = Lbfgs::new(vec![-1.0; 6]);
        at_once.advance(&mut density, &mut |_| true);
        let mut by_one = Lbfgs::new(vec![-1.0; 6]);
        let mut values = Vec::new();
        loop {
            by_one = by_one.clone();
            let turn = by_one.advance(&mut density, &mut |step| {
                values.push(step.log_posterior);
                false
            });
            match turn {
                Turn::Went => {}
                Turn::Settled => break,
                Turn::Diverged(bad) => panic!("{bad}"),
            }
        }
        assert_eq!(by_one.theta, at_once.theta);
        assert_eq!(values.len(), usize::try_from(at_once.step).unwrap());
        assert!(values.windows(2).all(|pair| pair[1] >= pair[0]), "log p never falls");
    }

    #[test]
    fn what_is_held_stays() {
        let mut density = Function { dim: 4, of: rosenbrock, calls: 0 };
        let mut learner = Lbfgs::new(vec![0.5, 0.5, 0.3, 0.0]).only([2, 3]);
        assert_eq!(learner.advance(&mut density, &mut |_| true), Turn::Settled);
        assert_eq!(learner.theta[..2], [0.5, 0.5]);
        // 100 (z − 0.25)² + (1 − z)² with z₃ = z².
        assert!((learner.theta[2] - 26.0 / 101.0).abs() < 1e-8, "{:?}", learner.theta);
        assert!((learner.theta[3] - learner.theta[2].powi(2)).abs() < 1e-8);
    }

    #[test]
    fn walls_and_bad_starts() {
        let barrier = |z: &[f64], gradient: &mut [f64]| {
            if z[0] >= 1.0 {
                return f64::NAN;
            }
            gradient[0] = 1.0 / (1.0 - z[0]) - 3.0;
            -(1.0 - z[0]).ln() - 3.0 * z[0]
        };
        let mut density = Function { dim: 1, of: barrier, calls: 0 };
        let mut learner = Lbfgs::new(vec![-40.0]);
        assert_eq!(learner.advance(&mut density, &mut |_| true), Turn::Settled);
        assert!((learner.theta[0] - 2.0 / 3.0).abs() < 1e-8);
        assert!(matches!(Lbfgs::new(vec![2.0]).advance(&mut density, &mut |_| true), Turn::Diverged(_)));
    }
}
