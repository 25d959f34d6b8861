//! Ways to get from the prior to a belief, each a state machine that is asked for steps. Knows no thread and no clock.

mod descent;
mod plan;
mod stop;

pub use descent::Descent;
pub use plan::{Batch, Method, Plan};
pub use stop::{Limit, Rule, Stop};

use crate::bayes::{Belief, LogDensity};
use crate::function::NotFinite;
use crate::model::{Coefficients, Likelihood, Model, Scale};
use crate::seeds::Seeds;
use std::sync::Arc;

/// One step, as it is told to whoever asked for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Steps done, this one included.
    pub step: u64,
    /// The loss at the θ that the step started from, on the rows it saw.
    pub loss: f64,
    /// log p(θ|D) there, up to the evidence; estimated from a mini-batch.
    pub log_posterior: f64,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// The asker had enough; there is more to do.
    Went,
    /// A value left the numbers. The state is the last finite one.
    Diverged(NotFinite),
}

/// A method in the middle of its work. Cloning it is a keyframe: nothing else is needed to go on from here.
#[derive(Clone, Debug)]
pub enum Learner {
    /// A first-order optimiser.
    Descent(Descent),
}

impl Learner {
    /// `plan` started at `theta`, for a density over `rows` training rows.
    #[must_use]
    pub fn new(plan: &Plan, theta: Vec<f64>, model: &Model, rows: usize, seeds: Seeds) -> Self {
        Self::Descent(Descent::new(plan.clone(), theta, objective(model, rows), rows, seeds))
    }

    /// Steps until `each` answers false or a value leaves the numbers.
    pub fn advance(&mut self, density: &mut dyn LogDensity, each: &mut dyn FnMut(Step) -> bool) -> Turn {
        match self {
            Self::Descent(descent) => descent.advance(density, each),
        }
    }

    /// Steps done.
    #[must_use]
    pub fn step(&self) -> u64 {
        match self {
            Self::Descent(descent) => descent.step,
        }
    }

    /// Where it stands: always finite.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        match self {
            Self::Descent(descent) => &descent.theta,
        }
    }

    /// The gradient of its objective at the last step, by coordinate.
    #[must_use]
    pub fn gradient(&self) -> &[f64] {
        match self {
            Self::Descent(descent) => &descent.gradient,
        }
    }

    /// What it believes now.
    ///
    /// # Panics
    /// Never for the model it was started with.
    #[must_use]
    pub fn belief(&self, model: &Arc<Model>) -> Belief {
        Belief::Point(Coefficients::new(model.clone(), self.theta()).expect("the learner's θ has the model's layout"))
    }

    /// Counts on from `step`: a new start within a run.
    pub fn go_on_from(&mut self, step: u64) {
        match self {
            Self::Descent(descent) => descent.step = step,
        }
    }

    /// Takes over new settings; the state goes on where the update rule is the same.
    pub fn retune(&mut self, plan: &Plan) {
        match self {
            Self::Descent(descent) => descent.retune(plan),
        }
    }
}

/// The factor by which −log p(θ|D) becomes the objective that is stepped down: 2s²/(N·m).
///
/// With it the objective is the mean of r² plus a weight decay of s²/(N·m·τ²)‖θ‖² (Gaussian, known s), so that a learning
/// rate means what it means elsewhere. A learned s counts as 1.
#[expect(clippy::cast_precision_loss, reason = "counts of observations")]
fn objective(model: &Model, rows: usize) -> f64 {
    let Likelihood::Gaussian { scale } = model.likelihood;
    let s = match scale {
        Scale::Fixed(s) => s,
        Scale::Learned => 1.0,
    };
    2.0 * s * s / (rows.max(1) * model.f.outputs) as f64
}
