//! Fits: a model brought to what it learns, and how good that is. Knows no preset and no picture.

use super::shape::dataset;
use crate::bayes::{Posterior, real};
use crate::data::Points;
use crate::engine::Engine;
use crate::function::outputs;
use crate::learn::{Learner, Plan, Turn};
use crate::model::{Coefficients, Group, Model, Prior};
use crate::seeds::Seeds;
use std::ops::Range;
use std::sync::Arc;

/// Where a fit ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The function.
    pub f: Coefficients,
    /// Whether a value left the numbers; the function is then the last that was finite.
    pub diverged: bool,
}

/// `steps` of an optimiser.
#[must_use]
pub fn descend(model: &Arc<Model>, points: &Points, theta: Vec<f64>, held: &[Range<usize>], plan: &Plan) -> Fit {
    let learner = Learner::new(plan, theta, model, points.x.nrows(), Seeds(0));
    let posterior = Posterior::new(model, Engine::<f64>::new(model.clone(), dataset(points.clone())), held.to_vec());
    let posterior = if plan.method.is_decoupled() { posterior.decoupled() } else { posterior };
    advance(model, learner, posterior, plan.horizon)
}

/// To the posterior's mode, in at most so many steps.
#[must_use]
pub fn mode(model: &Arc<Model>, points: &Points, theta: Vec<f64>, held: &[Range<usize>], most: u64) -> Fit {
    let learner = Learner::mode(model, theta, points.x.nrows(), held, Seeds(0));
    let posterior = Posterior::new(model, Engine::<f64>::new(model.clone(), dataset(points.clone())), held.to_vec());
    advance(model, learner, posterior, most)
}

fn advance(model: &Arc<Model>, mut learner: Learner, mut posterior: Posterior<Engine<f64>>, most: u64) -> Fit {
    let turn = learner.advance(&mut posterior, &mut |step| step.step < most);
    let f = Coefficients::new(model.clone(), learner.theta()).expect("the learner's θ has the model's layout");
    Fit { f, diverged: matches!(turn, Turn::Diverged(_)) }
}

/// The standard deviation (divided by N).
#[must_use]
pub fn sd<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let values: Vec<f64> = values.into_iter().copied().collect();
    let mean = values.iter().sum::<f64>() / real(values.len());
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / real(values.len())).sqrt()
}

/// The root mean square of y − ŷ over sd(y): 1 is what a constant achieves. Infinite where ŷ is not finite.
#[must_use]
pub fn nrmse(f: &Coefficients, points: &Points) -> f64 {
    let r = &points.y - &outputs(f, points.x.view());
    let found = (r.iter().map(|r| r * r).sum::<f64>() / real(r.len())).sqrt() / sd(&points.y);
    if found.is_finite() { found } else { f64::INFINITY }
}

/// sd(ŷ)/sd(y): under 0.05 the function has collapsed.
#[must_use]
pub fn fitted(f: &Coefficients, points: &Points) -> f64 {
    sd(&outputs(f, points.x.view())) / sd(&points.y)
}

/// J = ½ Σ‖y − ŷ‖² + ½ Σ s²θ²/τ² over the coefficients that have a Gaussian prior: what the mode minimises, for s = 1.
#[must_use]
pub fn cost(f: &Coefficients, points: &Points) -> f64 {
    let r = &points.y - &outputs(f, points.x.view());
    let penalty = |block: &crate::model::Block| match f.model.priors.of(block) {
        Some(Prior::Gaussian { tau, .. }) => f.block(block).iter().map(|value| (value / tau).powi(2)).sum::<f64>(),
        Some(Prior::Laplace { .. } | Prior::StudentT { .. } | Prior::Flat) | None => 0.0,
    };
    let penalties = f.layout().blocks.iter().filter(|block| block.group != Group::LogScale).map(penalty).sum::<f64>();
    0.5 * r.iter().map(|r| r * r).sum::<f64>() + 0.5 * penalties
}
