//! Ways to get from the prior to a belief, each a state machine that is asked for steps. Knows no thread and no clock.

mod chain;
mod chains;
mod closed;
mod descent;
mod lbfgs;
mod mode;
mod plan;
mod sampler;
mod search;
mod stop;

pub use chain::{Chain, Nuts, Origin, Walk};
pub use chains::{Chains, Walks};
pub use closed::{Closed, Normal};
pub use descent::Descent;
pub use lbfgs::Lbfgs;
pub use mode::{Mode, has_kinks};
pub use plan::{Batch, Clip, Decay, Method, Plan, Precision, Schedule, Way};
pub use stop::{Limit, Rule, Stop};

use crate::bayes::{Belief, LogDensity};
use crate::data::Dataset;
use crate::function::{NotFinite, Refusal};
use crate::model::{Coefficients, Likelihood, Model, Scale};
use crate::seeds::Seeds;
use std::ops::Range;
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
    /// There is nothing more to do.
    Settled,
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
    /// A second-order one, for densities without kinks.
    Lbfgs(Lbfgs),
    /// Whatever suits the density, to its mode.
    Mode(Mode),
    /// A normal posterior: exact, or Laplace's about the mode.
    Closed(Box<Closed>),
    /// Draws by NUTS.
    Chains(Chains),
}

impl Learner {
    /// `plan` started at `theta`, for a density over `rows` training rows.
    #[must_use]
    pub fn new(plan: &Plan, theta: Vec<f64>, model: &Model, rows: usize, seeds: Seeds) -> Self {
        Self::Descent(Descent::new(plan.clone(), &theta, objective(model, rows), rows, seeds))
    }

    /// What `plan` asks for, begun at `given`, with the coordinates of `held` not to be moved.
    ///
    /// # Errors
    /// A sentence, where that belief does not exist for this model or its data.
    pub fn begin(
        plan: &Plan,
        given: &Coefficients,
        data: &Arc<Dataset>,
        held: &[Range<usize>],
        seeds: Seeds,
    ) -> Result<Self, Refusal> {
        let (theta, rows) = (given.theta.to_vec(), data.train.x.nrows());
        Ok(match plan.way {
            Way::Descent => Self::new(plan, theta, &given.model, rows, seeds),
            Way::Lbfgs => Self::lbfgs(theta),
            Way::Mode => Self::mode(&given.model, theta, rows, held, seeds),
            Way::Exact | Way::Laplace => Self::Closed(Box::new(Closed::new(plan, given, data, held, seeds)?)),
            Way::Nuts => Self::Chains(Chains::new(plan.nuts, plan.chains, given, held, seeds)?),
        })
    }

    /// L-BFGS from `theta`.
    #[must_use]
    pub fn lbfgs(theta: Vec<f64>) -> Self {
        Self::Lbfgs(Lbfgs::new(theta))
    }

    /// To the posterior mode from `theta`, for a density over `rows` training rows that holds `held`.
    #[must_use]
    pub fn mode(model: &Arc<Model>, theta: Vec<f64>, rows: usize, held: &[Range<usize>], seeds: Seeds) -> Self {
        Self::Mode(Mode::new(model, theta, rows, held, seeds))
    }

    /// Steps until `each` answers false, a value leaves the numbers, or there is nothing more to do. Chains are advanced by
    /// their walks (`Chains::advance`), and do nothing here.
    pub fn advance(&mut self, density: &mut dyn LogDensity, each: &mut dyn FnMut(Step) -> bool) -> Turn {
        match self {
            Self::Descent(descent) => descent.advance(density, each),
            Self::Lbfgs(lbfgs) => lbfgs.advance(density, each),
            Self::Mode(mode) => mode.advance(density, each),
            Self::Closed(closed) => closed.advance(density, each),
            Self::Chains(_) => Turn::Went,
        }
    }

    /// Steps done.
    #[must_use]
    pub fn step(&self) -> u64 {
        match self {
            Self::Descent(descent) => descent.step,
            Self::Lbfgs(lbfgs) => lbfgs.step,
            Self::Mode(mode) => mode.step(),
            Self::Closed(closed) => closed.step,
            Self::Chains(chains) => chains.step(),
        }
    }

    /// Where it stands: always finite.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        match self {
            Self::Descent(descent) => &descent.theta,
            Self::Lbfgs(lbfgs) => &lbfgs.theta,
            Self::Mode(mode) => mode.theta(),
            Self::Closed(closed) => closed.theta(),
            Self::Chains(chains) => chains.theta(),
        }
    }

    /// The gradient of its objective at the last step, by coordinate.
    #[must_use]
    pub fn gradient(&self) -> &[f64] {
        match self {
            Self::Descent(descent) => &descent.gradient,
            Self::Lbfgs(lbfgs) => &lbfgs.gradient,
            Self::Mode(mode) => mode.gradient(),
            Self::Closed(closed) => closed.gradient(),
            Self::Chains(chains) => chains.flat(),
        }
    }

    /// What it believes now.
    ///
    /// # Panics
    /// Never for the model it was started with.
    #[must_use]
    pub fn belief(&self, model: &Arc<Model>) -> Belief {
        let known = match self {
            Self::Closed(closed) => closed.normal().map(|normal| normal.belief.clone()),
            Self::Chains(chains) if !chains.is_warming_up() => Some(Belief::Draws(Arc::new(chains.draws()))),
            Self::Descent(_) | Self::Lbfgs(_) | Self::Mode(_) | Self::Chains(_) => None,
        };
        known.unwrap_or_else(|| {
            let here = Coefficients::new(model.clone(), self.theta());
            Belief::Point(here.expect("the learner's θ has the model's layout"))
        })
    }

    /// What a file keeps of it: of those on the way to a mode θ and the steps only, from where they begin anew.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Descent(descent) => descent.state(),
            Self::Lbfgs(_) | Self::Mode(_) | Self::Closed(_) | Self::Chains(_) => {
                let zeros = vec![0.0; self.theta().len()];
                let (theta, step) = (self.theta().to_vec(), self.step());
                State { theta, first: zeros.clone(), second: zeros, age: 0, step, used: 0, epoch: 0 }
            }
        }
    }

    /// Goes on from what a file kept; false, and nothing done, if that does not fit.
    pub fn resume(&mut self, state: &State) -> bool {
        match self {
            Self::Descent(descent) => descent.resume(state),
            Self::Lbfgs(lbfgs) => lbfgs.resume(&state.theta, state.step),
            Self::Mode(mode) => mode.resume(&state.theta, state.step),
            Self::Closed(closed) => closed.resume(&state.theta, state.step),
            // What was drawn is drawn again from the start: the same bits, by the same seed.
            Self::Chains(_) => false,
        }
    }

    /// Counts on from `step`: a new start within a run.
    pub fn go_on_from(&mut self, step: u64) {
        match self {
            Self::Descent(descent) => descent.step = step,
            Self::Lbfgs(lbfgs) => lbfgs.step = step,
            Self::Mode(mode) => mode.step = step,
            Self::Closed(closed) => closed.step = step,
            Self::Chains(chains) => chains.go_on_from(step),
        }
    }

    /// Takes over new settings; the state goes on where the update rule is the same.
    pub fn retune(&mut self, plan: &Plan) {
        match self {
            Self::Descent(descent) => descent.retune(plan),
            Self::Chains(chains) => chains.extend(plan.nuts.draws),
            Self::Lbfgs(_) | Self::Mode(_) | Self::Closed(_) => {}
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
