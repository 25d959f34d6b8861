//! One model learning from one dataset: its journal of changes, its history, its snapshots. Pure: no thread, no clock.

mod health;
mod history;
mod journal;
mod snapshot;
mod tensors;

pub use health::{Health, StageHealth};
pub use history::{Bucket, History};
pub use journal::{Entry, Journal};
pub use snapshot::{Snapshot, Status};
pub use tensors::{most_bytes, other_coordinates, read_tensors, tensors};

use crate::bayes::{LogDensity, Posterior};
use crate::data::Dataset;
use crate::function::{Reference, Rows, carry, start_on};
use crate::learn::{Learner, Turn};
use crate::model::{Coefficients, Composition, Group};
use crate::preset::{Change, Experiment, Path, Settings};
use crate::seeds::Seeds;
use crate::text::Clean;
use std::ops::Range;
use std::sync::Arc;

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
}

/// Why a change was not made; the run goes on as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Clean);

/// One model learning.
pub struct Run {
    id: RunId,
    name: Clean,
    settings: Settings,
    experiment: Arc<Experiment>,
    data: Arc<Dataset>,
    posterior: Posterior<Reference>,
    learner: Learner,
    history: History,
    journal: Journal,
    diverged: Option<(u64, String)>,
    redraws: u64,
}

/// What a keyframe holds: everything but the journal, so that going back is assigning it.
#[derive(Clone, Debug)]
pub(crate) struct Keyframe {
    settings: Settings,
    experiment: Arc<Experiment>,
    data: Arc<Dataset>,
    learner: Learner,
    history: History,
    diverged: Option<(u64, String)>,
    redraws: u64,
}

impl Run {
    /// Draws the data and the starting coefficients.
    ///
    /// # Errors
    /// When the settings are not an experiment, or its data cannot be drawn.
    pub fn new(spec: RunSpec) -> Result<Self, Refusal> {
        let experiment = Arc::new(resolve(&spec.settings)?);
        let seeds = Seeds(experiment.seed);
        let data = draw(&experiment)?;
        let theta = start_on(&experiment.model, &experiment.start, seeds, 0, data.train.x.view());
        let rows = data.train.x.nrows();
        Ok(Self {
            id: spec.id,
            name: spec.name,
            posterior: posterior(&experiment, &data),
            learner: Learner::new(&experiment.learn, theta, &experiment.model, rows, seeds),
            settings: spec.settings,
            experiment,
            data,
            history: History::default(),
            journal: Journal::default(),
            diverged: None,
            redraws: 0,
        })
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
        if self.diverged.is_some() {
            return;
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
            }
            match turn {
                Turn::Diverged(bad) => {
                    self.history.record(self.learner.step() + 1, f64::NAN, f64::NAN);
                    self.diverged = Some((self.learner.step(), bad.block));
                    return;
                }
                Turn::Went if full && !enough(self.learner.step()) => {}
                Turn::Went => return,
            }
        }
    }

    /// Makes one change, journalled with its step and undoable. Answers with one sentence for the user.
    ///
    /// # Errors
    /// When the change does not lead to a valid experiment; nothing has changed then.
    pub fn change(&mut self, change: &Change) -> Result<String, Refusal> {
        let sentence = self.make(change)?;
        self.journal.forget_undone();
        Ok(sentence)
    }

    /// Takes back the last change: a setting by appending its inverse, an edit of θ by going back to the keyframe before it.
    ///
    /// # Errors
    /// When there is nothing to take back.
    pub fn undo(&mut self) -> Result<String, Refusal> {
        let entry = self.journal.pop_done().ok_or_else(|| Refusal(Clean::from("nothing to undo")))?;
        let mut sentence = format!("undone: {}", entry.change);
        match (entry.keyframe, entry.inverse) {
            (Some(keyframe), _) => self.seek(*keyframe),
            (None, Some(inverse)) => {
                self.set(&inverse)?;
                self.journal.note(self.learner.step(), inverse);
            }
            (None, None) => "what was learned before that draw is no longer kept".clone_into(&mut sentence),
        }
        self.journal.push_undone(entry.change);
        Ok(sentence)
    }

    /// Makes the last undone change again.
    ///
    /// # Errors
    /// When there is nothing to do again.
    pub fn redo(&mut self) -> Result<String, Refusal> {
        let change = self.journal.pop_undone().ok_or_else(|| Refusal(Clean::from("nothing to redo")))?;
        self.make(&change)?;
        Ok(format!("redone: {change}"))
    }

    fn make(&mut self, change: &Change) -> Result<String, Refusal> {
        match change {
            Change::Set(path, _) | Change::Clear(path) => {
                let inverse = inverse(&self.settings, path);
                let sentence = self.set(change)?;
                self.journal.push(self.learner.step(), change.clone(), Some(inverse), None);
                Ok(sentence)
            }
            Change::Redraw { stage } => {
                let keyframe = Box::new(self.keyframe());
                let sentence = self.redraw(*stage)?;
                self.journal.push(keyframe.learner.step(), change.clone(), None, Some(keyframe));
                Ok(sentence)
            }
        }
    }

    /// Writes or unwrites a setting and settles what follows from it.
    fn set(&mut self, change: &Change) -> Result<String, Refusal> {
        let mut settings = self.settings.clone();
        match change {
            Change::Set(path, value) => {
                settings.set(path, value.clone()).map_err(|why| Refusal(Clean::from(why.as_str())))?;
            }
            Change::Clear(path) => settings.clear(path),
            Change::Redraw { .. } => {}
        }
        self.settle(settings)
    }

    /// New starting coefficients for one f⁽ⁱ⁾ (the essay's index) or for all: the next draw of the same seed.
    fn redraw(&mut self, stage: Option<usize>) -> Result<String, Refusal> {
        let model = &self.experiment.model;
        let fresh = start_on(
            model,
            &self.experiment.start,
            Seeds(self.experiment.seed),
            self.redraws + 1,
            self.data.train.x.view(),
        );
        let mut theta = self.learner.theta().to_vec();
        let which: Range<usize> = match stage {
            None => 0..theta.len(),
            Some(index) => {
                let at = model.f.position(index);
                let at = at.ok_or_else(|| Refusal(Clean::from(format!("there is no f{index} to redraw").as_str())))?;
                model.layout().stage(at)
            }
        };
        theta[which.clone()].copy_from_slice(&fresh[which]);
        self.redraws += 1;
        self.restart(theta);
        Ok(stage.map_or_else(
            || "every f⁽ⁱ⁾ is drawn anew".to_owned(),
            |index| format!("f{index} is drawn anew; the others keep what they learned"),
        ))
    }

    /// Goes on from `theta` with fresh moments; the step count goes on.
    fn restart(&mut self, theta: Vec<f64>) {
        let experiment = &self.experiment;
        let rows = self.data.train.x.nrows();
        let step = self.learner.step();
        self.learner = Learner::new(&experiment.learn, theta, &experiment.model, rows, Seeds(experiment.seed));
        self.learner.go_on_from(step);
        self.diverged = None;
    }

    /// Makes `settings` true: what changed is rebuilt, what did not is kept.
    fn settle(&mut self, settings: Settings) -> Result<String, Refusal> {
        let experiment = Arc::new(resolve(&settings)?);
        let old = std::mem::replace(&mut self.experiment, experiment.clone());
        let mut sentence = String::new();
        if experiment.data != old.data || experiment.seed != old.seed {
            match draw(&experiment) {
                Ok(data) => self.data = data,
                Err(refusal) => {
                    self.experiment = old;
                    return Err(refusal);
                }
            }
        }
        self.settings = settings;
        let fresh = || {
            let x = self.data.train.x.view();
            start_on(&experiment.model, &experiment.start, Seeds(experiment.seed), self.redraws, x)
        };
        let theta = if experiment.seed != old.seed || experiment.start != old.start {
            "the coefficients are drawn anew".clone_into(&mut sentence);
            Some(fresh())
        } else if experiment.model == old.model {
            None
        } else {
            let before = Coefficients::new(old.model.clone(), self.learner.theta()).expect("θ has the model's layout");
            let kept = carry(&before, &experiment.model, &fresh());
            let same = kept.now.theta.len() == before.theta.len() && kept.exact;
            sentence = if same { String::new() } else { kept.sentence };
            Some(kept.now.theta.to_vec())
        };
        let still = experiment.model.f.unreached();
        if !still.is_empty() && still != old.model.f.unreached() {
            sentence = unreached(&experiment.model.f, &still);
        }
        self.posterior = posterior(&experiment, &self.data);
        match theta {
            Some(theta) => self.restart(theta),
            None if experiment.data != old.data => self.restart(self.learner.theta().to_vec()),
            None => {
                self.learner.retune(&experiment.learn);
                self.diverged = None;
            }
        }
        Ok(sentence)
    }

    fn keyframe(&self) -> Keyframe {
        Keyframe {
            settings: self.settings.clone(),
            experiment: self.experiment.clone(),
            data: self.data.clone(),
            learner: self.learner.clone(),
            history: self.history.clone(),
            diverged: self.diverged.clone(),
            redraws: self.redraws,
        }
    }

    fn seek(&mut self, to: Keyframe) {
        self.posterior = posterior(&to.experiment, &to.data);
        self.settings = to.settings;
        self.experiment = to.experiment;
        self.data = to.data;
        self.learner = to.learner;
        self.history = to.history;
        self.diverged = to.diverged;
        self.redraws = to.redraws;
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
        let collapsed = health.collapsed && self.learner.step() >= Health::EARLIEST;
        let status = match (&self.diverged, status) {
            (Some((step, block)), Status::Running | Status::Paused | Status::Finished) => {
                Status::Diverged { step: *step, block: block.clone() }
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
            belief: self.learner.belief(&self.experiment.model),
            loss: parts.map_or(f64::NAN, |parts| parts.loss),
            test_loss: test,
            log_posterior: parts.map_or(f64::NAN, |parts| parts.log_posterior()),
            history: self.history.clone(),
            marks: self.journal.marks(),
            health,
            applied: self.journal.applied(),
            steps_per_s,
        }
    }
}

/// What takes back a change of `path`. A target and a table take each other's place, so what takes one back is the other.
fn inverse(settings: &Settings, path: &Path) -> Change {
    let other = match (path.key(), settings.is_csv()) {
        ("data.target", true) => Path::full("data.csv").ok(),
        ("data.csv", false) => Path::full("data.target").ok(),
        _ => None,
    };
    match other {
        Some(other) => Change::Set(other, settings.get(&other)),
        None if path.row().is_written(settings, path.stage()) => Change::Set(*path, settings.get(path)),
        None => Change::Clear(*path),
    }
}

/// Why some coefficients stay where they are: the outermost stage that is wholly or partly still.
fn unreached(f: &Composition, still: &[(usize, Group)]) -> String {
    let outermost = still.iter().map(|(at, _)| *at).max().unwrap_or(0);
    let index = f.essay_index(outermost);
    let inside = if still.iter().any(|(_, group)| *group == Group::A) { ", and all that acts through it" } else { "" };
    format!("a step has no slope: b and c of f{index} stay where they are{inside}; a and d are learned")
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

fn posterior(experiment: &Experiment, data: &Arc<Dataset>) -> Posterior<Reference> {
    let layout = experiment.model.layout();
    let held = experiment.hold.iter().filter_map(|&(at, group)| Some(layout.find(Some(at), group)?.at.clone()));
    let reference = Reference::new(experiment.model.clone(), data.clone());
    Posterior::new(&experiment.model, reference, held.collect())
}
