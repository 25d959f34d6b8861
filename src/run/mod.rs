//! One model learning from one dataset: its journal of changes, its history, its snapshots. Pure: no thread, no clock.

mod checkpoint;
mod drawn;
mod due;
mod edit;
mod evaluator;
mod health;
mod history;
mod journal;
mod lambda;
mod network;
mod past;
mod recent;
mod revive;
mod sampling;
mod snapshot;
mod summary;
mod tensors;
mod watch;
mod why;

pub use checkpoint::{Checkpoint, Saved};
pub use drawn::drawn_tensors;
pub use due::{Due, Made};
pub use health::{Health, StageHealth};
pub use history::{Bucket, History};
pub use journal::{Entry, Journal};
pub use lambda::Lambda;
pub use network::{Network, Placed, Told, network};
pub use past::{Frame, Past};
pub use recent::{Recent, Trend, WINDOW, Wobble};
pub use sampling::{Ask, Lent};
pub use snapshot::{Drawing, Snapshot, Status};
pub use summary::{AGREED, Sampled, Summary};
pub use tensors::{most_bytes, other_coordinates, read_tensors, tensors};
pub use why::{Finding, Illness, Reason, well, why};

use crate::bayes::{Belief, LogDensity, Posterior};
use crate::data::Dataset;
use crate::function::{Rows, start_on};
use crate::learn::{Learner, Rule, Turn};
use crate::model::Coefficients;
use crate::preset::{Experiment, Settings};
use crate::seeds::Seeds;
use crate::text::Clean;
use due::Kept;
use evaluator::Evaluator;
use sampling::Sampling;
use std::sync::Arc;
use summary::Known;
use watch::Watch;

/// Which run: the document's numbering, kept by whoever opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub u32);

/// All that is needed to make a run, on whatever thread: send it, build it there.
#[derive(Clone, Debug)]
pub struct RunSpec {
    /// Which run.
    pub id: RunId,
    /// The variant's name.
    pub name: Clean,
    /// What was written down, the variant's own settings included.
    pub settings: Settings,
    /// As far as it had come in an earlier session.
    pub saved: Option<Arc<Saved>>,
}

/// Why a change was not made; the run goes on as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Clean);

/// One model learning.
#[derive(Clone)]
pub struct Run {
    id: RunId,
    name: Clean,
    settings: Settings,
    experiment: Arc<Experiment>,
    data: Arc<Dataset>,
    posterior: Posterior<Evaluator>,
    learner: Learner,
    history: History,
    journal: Journal,
    past: Past,
    watch: Watch,
    diverged: Option<(u64, String)>,
    redraws: u64,
    sampling: Sampling,
    /// There is nothing more to do.
    settled: bool,
    summary: Kept,
}

/// What a keyframe holds: everything but the journal, so that going back is assigning it.
#[derive(Clone, Debug)]
pub(crate) struct Keyframe {
    settings: Settings,
    experiment: Arc<Experiment>,
    data: Arc<Dataset>,
    learner: Learner,
    history: History,
    past: Past,
    diverged: Option<(u64, String)>,
    redraws: u64,
}

impl Run {
    /// Draws the data and the starting coefficients.
    ///
    /// # Errors
    /// When the settings are not an experiment, its data cannot be drawn, or its posterior cannot be computed.
    ///
    /// # Panics
    /// Never: a start has the model's layout.
    pub fn new(spec: RunSpec) -> Result<Self, Refusal> {
        let experiment = Arc::new(resolve(&spec.settings)?);
        let seeds = Seeds(experiment.seed);
        let data = draw(&experiment)?;
        let theta = start_on(&experiment.model, &experiment.start, seeds, 0, data.train.x.view());
        let given = Coefficients::new(experiment.model.clone(), theta).expect("a start has the model's layout");
        let learner = Learner::begin(&experiment.learn, &given, &data, &experiment.held(), seeds);
        let mut run = Self {
            id: spec.id,
            name: spec.name,
            posterior: posterior(&experiment, &data),
            learner: learner.map_err(|why| Refusal(why.0))?,
            settings: spec.settings,
            experiment,
            data,
            history: History::default(),
            journal: Journal::default(),
            past: Past::default(),
            watch: Watch::default(),
            diverged: None,
            redraws: 0,
            sampling: Sampling::default(),
            settled: false,
            summary: Kept::default(),
        };
        if let Some(saved) = spec.saved
            && run.learner.resume(&saved.state)
        {
            (run.history, run.redraws) = (saved.history.clone(), saved.redraws);
        }
        run.remember();
        Ok(run)
    }

    /// Which run this is.
    #[must_use]
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Steps done.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.learner.step()
    }

    /// Whether a value has left the numbers; then nothing more is learned until a change or a seek.
    #[must_use]
    pub fn has_diverged(&self) -> bool {
        self.diverged.is_some()
    }

    /// Steps until `enough(step)`, which is asked after every one; stops by itself on divergence.
    pub fn advance(&mut self, enough: &mut dyn FnMut(u64) -> bool) {
        if self.diverged.is_some() || self.watch.stopped.is_some() || self.settled {
            return;
        }
        if self.is_sampling() {
            return self.sample(enough);
        }
        loop {
            let mut full = false;
            let (history, learner, posterior) = (&mut self.history, &mut self.learner, &mut self.posterior);
            let turn = learner.advance(posterior, &mut |step| {
                full = history.record(step.step, step.loss, step.log_posterior);
                !full && !enough(step.step)
            });
            if full {
                let test = posterior.fit(learner.theta(), Rows::Test).map_or(f64::NAN, |fit| fit.loss);
                history.close_bucket(test);
                let train = || posterior.fit(learner.theta(), Rows::Train).map_or(f64::NAN, |fit| fit.loss);
                self.watch.stopped = self.watch.judge(&self.experiment.stop, history, learner.step(), train);
                if self.past.is_due(self.learner.step()) {
                    self.remember();
                }
            }
            match turn {
                Turn::Diverged(bad) => {
                    self.history.record(self.learner.step() + 1, f64::NAN, f64::NAN);
                    self.diverged = Some((self.learner.step(), bad.block));
                    return;
                }
                Turn::Went if self.watch.stopped.is_some() => return,
                Turn::Went if full && !enough(self.learner.step()) => {}
                Turn::Went => return,
                Turn::Settled => {
                    self.settled = true;
                    return;
                }
            }
        }
    }

    /// Whether its method has nothing more to do: the mode is found, the posterior known, all draws are drawn.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.settled
    }

    fn known<'a>(&'a self, belief: &'a Belief) -> Known<'a> {
        let (normal, wrong) = match &self.learner {
            Learner::Closed(closed) => (closed.normal().map(Arc::as_ref), closed.wrong().map(|why| why.0.clone())),
            Learner::Descent(_) | Learner::Lbfgs(_) | Learner::Mode(_) | Learner::Chains(_) => (None, None),
        };
        let (experiment, data) = (&*self.experiment, &*self.data);
        Known { step: self.learner.step(), normal, wrong, belief, experiment, data, draws: 0, thorough: false }
    }

    /// The stop rule that has ended it; nothing more is learned until it is told to go on, or changed.
    #[must_use]
    pub fn stopped(&self) -> Option<Rule> {
        self.watch.stopped
    }

    /// Ends it by the one rule that needs a clock, which it has not.
    pub fn spent(&mut self, seconds: f64) {
        let limit = self.watch.limit(&self.experiment.stop, Rule::Seconds);
        if limit.is_some_and(|limit| seconds >= limit) && !self.has_diverged() {
            self.watch.stopped = Some(Rule::Seconds);
        }
    }

    /// Lets it go on regardless of the rule that has ended it, until the rules are changed.
    pub fn go_on(&mut self) {
        self.watch.go_on(self.experiment.stop);
    }

    /// As far as it has come, for a file.
    #[must_use]
    pub fn saved(&self) -> Saved {
        Saved {
            name: self.name.clone(),
            redraws: self.redraws,
            state: self.learner.state(),
            history: self.history.clone(),
        }
    }

    /// Keeps where it stands.
    fn remember(&mut self) {
        self.past.keep(Frame {
            step: self.learner.step(),
            experiment: self.experiment.clone(),
            data: self.data.clone(),
            learner: self.learner.clone(),
        });
    }

    /// The state of everything, for others to look at. `status` and `steps_per_s` are the caller's: it has the clock.
    ///
    /// # Panics
    /// Never: θ has the model's layout.
    pub fn snapshot(&mut self, status: Status, steps_per_s: f64) -> Snapshot {
        let theta = self.learner.theta().to_vec();
        let parts = self.posterior.at(&theta, None).ok();
        let test = match self.posterior.count(Rows::Test) {
            0 => f64::NAN,
            _ => self.posterior.fit(&theta, Rows::Test).map_or(f64::NAN, |fit| fit.loss),
        };
        let now = Coefficients::new(self.experiment.model.clone(), theta).expect("θ has the model's layout");
        let health = Health::of(&now, &self.data, self.learner.gradient());
        // What is drawn comes and goes.
        let collapsed = health.collapsed && self.learner.step() >= Health::EARLIEST && !self.is_sampling();
        let belief = self.learner.belief(&self.experiment.model);
        let summary = self.summed_up(&belief, !status.is_going());
        let (whole, warming) = match &self.learner {
            Learner::Chains(chains) => (Some(chains.whole()), chains.is_warming_up()),
            Learner::Descent(_) | Learner::Lbfgs(_) | Learner::Mode(_) | Learner::Closed(_) => (None, false),
        };
        let normal = match &self.learner {
            Learner::Closed(closed) => closed.normal().cloned(),
            Learner::Descent(_) | Learner::Lbfgs(_) | Learner::Mode(_) | Learner::Chains(_) => None,
        };
        let status = match (&self.diverged, status) {
            (Some((step, block)), Status::Running | Status::Paused | Status::Finished) => {
                Status::Diverged { step: *step, block: block.clone() }
            }
            (None, Status::Running | Status::Paused | Status::Finished) if self.watch.stopped.is_some() => {
                self.watch.stopped.map_or(Status::Finished, Status::Stopped)
            }
            (None, Status::Running) if collapsed => Status::Collapsed,
            (_, status) => status,
        };
        Snapshot {
            id: self.id,
            name: self.name.clone(),
            step: self.learner.step(),
            status,
            experiment: self.experiment.clone(),
            data: self.data.clone(),
            belief,
            summary,
            normal,
            whole,
            warming,
            loss: parts.map_or(f64::NAN, |parts| parts.loss),
            test_loss: test,
            log_posterior: parts.map_or(f64::NAN, |parts| parts.log_posterior()),
            history: self.history.clone(),
            past: self.past.clone(),
            marks: self.journal.marks().into(),
            health,
            since: self.watch.since,
            threshold: self.watch.threshold(&self.experiment, &self.data),
            applied: self.journal.applied(),
            steps_per_s,
        }
    }
}

fn resolve(settings: &Settings) -> Result<Experiment, Refusal> {
    settings.experiment().map_err(|problems| {
        let all: Vec<String> = problems.iter().map(|(_, why)| why.clone()).collect();
        Refusal(Clean::new(&all.join("; "), 360))
    })
}

fn draw(experiment: &Experiment) -> Result<Arc<Dataset>, Refusal> {
    let data = Dataset::draw(&experiment.data, Seeds(experiment.seed));
    data.map(Arc::new).map_err(|why| Refusal(Clean::new(&why, 360)))
}

fn posterior(experiment: &Experiment, data: &Arc<Dataset>) -> Posterior<Evaluator> {
    let evaluator = Evaluator::new(experiment.learn.computes_in(), &experiment.model, data);
    let mut posterior = Posterior::new(&experiment.model, evaluator, experiment.held());
    posterior.beta = experiment.learn.tempering();
    if experiment.learn.is_decoupled() { posterior.decoupled() } else { posterior }
}
