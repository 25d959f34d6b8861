//! A run as others see it: cheap to share, consistent in itself. Knows no thread.

use super::watch::critical_of;
use super::{Entry, Frame, Health, History, Past, RunId, Summary};
use crate::bayes::{Belief, Threshold};
use crate::data::Dataset;
use crate::learn::{Normal, Rule};
use crate::preset::Experiment;
use crate::text::Clean;
use std::sync::Arc;

/// What a run is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Learning.
    Running,
    /// Learning, but ŷ has become a constant.
    Collapsed,
    /// Told to wait.
    Paused,
    /// All steps done.
    Finished,
    /// A stop rule has ended it.
    Stopped(Rule),
    /// A value left the numbers; the coefficients are the last finite ones.
    Diverged {
        /// After how many steps.
        step: u64,
        /// In which stage or block.
        block: String,
    },
    /// It could not be built, or broke: the reason.
    Failed(Clean),
}

impl Status {
    /// The word on the status line.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Running => "RUN",
            Self::Collapsed => "COLLAPSED",
            Self::Paused => "PAUSE",
            Self::Finished | Self::Stopped(_) => "DONE",
            Self::Diverged { .. } => "DIVERGED",
            Self::Failed(_) => "FAILED",
        }
    }

    /// Whether steps are being taken.
    #[must_use]
    pub const fn is_going(&self) -> bool {
        matches!(self, Self::Running | Self::Collapsed)
    }
}

/// One run at one step.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Which run.
    pub id: RunId,
    /// The variant's name.
    pub name: Clean,
    /// Steps done.
    pub step: u64,
    /// What it is doing.
    pub status: Status,
    /// The experiment as it is now.
    pub experiment: Arc<Experiment>,
    /// Its data.
    pub data: Arc<Dataset>,
    /// What is known about θ.
    pub belief: Belief,
    /// The same in numbers, as of a step not long ago; none of the past.
    pub summary: Option<Arc<Summary>>,
    /// A normal posterior with all that is known of it.
    pub normal: Option<Arc<Normal>>,
    /// The step at which a method that knows its end will be done.
    pub whole: Option<u64>,
    /// Whether some chain has no draw that counts yet.
    pub warming: bool,
    /// Training loss at this θ, over all training rows; NaN without data.
    pub loss: f64,
    /// Held-out loss; NaN where nothing is held out.
    pub test_loss: f64,
    /// log p(θ|D) up to the evidence.
    pub log_posterior: f64,
    /// Losses so far.
    pub history: History,
    /// Where it stood at earlier steps.
    pub past: Past,
    /// What was changed, and at which step: the latest interventions.
    pub marks: Arc<[Entry]>,
    /// How the function is doing on its data.
    pub health: Health,
    /// Steps done at the last change: what was before does not tell of the settings of now.
    pub since: u64,
    /// λ and its critical value, where there is a closed form.
    pub threshold: Option<Threshold>,
    /// Changes made so far.
    pub applied: u64,
    /// Steps per second of wall time.
    pub steps_per_s: f64,
}

/// What chains have drawn, of all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Whether these are draws from the posterior; else they are the warm-up's, which are thrown away.
    pub counts: bool,
    /// So far.
    pub done: u64,
    /// In the end.
    pub of: u64,
}

impl Snapshot {
    /// Draws of all chains, warm-up included, so far and in the end: the steps before them were of another method.
    #[must_use]
    pub fn drawn(&self) -> Option<[u64; 2]> {
        let (whole, learn) = (self.whole?, &self.experiment.learn);
        let all = learn.chains * (learn.nuts.warmup + learn.nuts.draws);
        Some([(self.step + all).saturating_sub(whole), all])
    }

    /// How far its chains have come: in the draws that are kept, or in the warm-up as long as one of them is in it.
    #[must_use]
    pub fn drawing(&self) -> Option<Drawing> {
        let ([drawn, _], learn) = (self.drawn()?, &self.experiment.learn);
        let of_all = |each: u64| learn.chains * each;
        Some(match &self.belief {
            Belief::Draws(kept) => Drawing { counts: true, done: kept.count() as u64, of: of_all(learn.nuts.draws) },
            Belief::Prior(_) | Belief::Point(_) | Belief::Gaussian(_) => {
                let of = of_all(learn.nuts.warmup);
                Drawing { counts: false, done: drawn.min(of), of }
            }
        })
    }

    /// The frame's own, where its settings or data were others.
    fn threshold_of(&self, frame: &Frame) -> Option<Threshold> {
        let same = Arc::ptr_eq(&self.experiment, &frame.experiment) && Arc::ptr_eq(&self.data, &frame.data);
        if same { self.threshold } else { critical_of(&frame.experiment, &frame.data) }
    }

    /// The run as it was at an earlier step: its function, its data, its losses up to there.
    #[must_use]
    pub fn at(&self, frame: &Frame) -> Self {
        let function = frame.function();
        let history = self.history.until(frame.step);
        let last = history.buckets().last();
        Self {
            step: frame.step,
            status: Status::Paused,
            since: self.since.min(frame.step),
            threshold: self.threshold_of(frame),
            experiment: frame.experiment.clone(),
            data: frame.data.clone(),
            health: Health::of(&function, &frame.data, frame.gradient()),
            belief: Belief::Point(function),
            summary: None,
            normal: None,
            whole: None,
            warming: false,
            loss: last.map_or(f64::NAN, |bucket| bucket.mean),
            test_loss: last.map_or(f64::NAN, |bucket| bucket.test),
            log_posterior: last.map_or(f64::NAN, |bucket| bucket.log_posterior),
            ..self.clone()
        }
    }
}
