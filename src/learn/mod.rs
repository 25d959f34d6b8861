//! Ways to get from the prior to a belief, each a state machine that is asked for steps. Knows no thread and no clock.

mod descent;
mod plan;
mod stop;

pub use descent::Descent;
pub use plan::{Batch, Clip, Decay, Method, Plan, Schedule};
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

/// A first-order optimiser in the middle of its work, as plain numbers: what a file keeps of it.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// θ.
    pub theta: Vec<f64>,
    /// First moments.
    pub first: Vec<f64>,
    /// Second moments.
    pub second: Vec<f64>,
    /// Updates since the moments were last zero.
    pub age: i32,
    /// Steps done.
    pub step: u64,
    /// Rows of this epoch used.
    pub used: usize,
    /// Epochs begun.
    pub epoch: u64,
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

    /// What a file keeps of it.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Descent(descent) => descent.state(),
        }
    }

    /// Goes on from what a file kept; false, and nothing done, if that does not fit.
    pub fn resume(&mut self, state: &State) -> bool {
        match self {
            Self::Descent(descent) => descent.resume(state),
        }
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

/// The factor by which −log p(θ|D) becomes the objective that is stepped down, so that a learning rate means what it means
/// elsewhere, whatever N and s are. Over N·m entries of y (N of classes):
///
/// | likelihood | factor | what is stepped down, but for constants and the prior |
/// |---|---|---|
/// | Gaussian | 2s²/(N·m) | the mean of r² |
/// | Student's t | 2s²/(N·m) | the mean of (ν+1)s² log(1 + r²/(νs²)), which tends to it as ν grows |
/// | Laplace | s/(N·m) | the mean of \|r\| |
/// | Bernoulli, categorical, Poisson | 1/(N·m) | the mean of −ℓ |
///
/// The prior is a weight decay beside it: s²/(N·m·τ²)‖θ‖² for a Gaussian one in the first row. A learned s counts as 1.
#[expect(clippy::cast_precision_loss, reason = "counts of observations")]
fn objective(model: &Model, rows: usize) -> f64 {
    let size = match model.likelihood.scale() {
        Some(Scale::Fixed(s)) => s,
        Some(Scale::Learned) | None => 1.0,
    };
    let factor = match model.likelihood {
        Likelihood::Gaussian { .. } | Likelihood::StudentT { .. } => 2.0 * size * size,
        Likelihood::Laplace { .. } => size,
        Likelihood::Bernoulli | Likelihood::Categorical | Likelihood::Poisson => 1.0,
    };
    factor / (rows.max(1) * model.columns()) as f64
}
