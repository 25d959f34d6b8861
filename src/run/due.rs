//! When a summary is made anew, and by whom: at once where that is little work, else by whoever has the time. Knows no thread.

use super::summary::Summary;
use super::{Run, Snapshot};
use crate::bayes::Belief;
use crate::learn::Learner;
use crate::preset::Experiment;
use std::sync::Arc;

/// Numbers whose summary is made between two pictures: 5 ms. 16,000 draws of 111 coefficients take a second.
const AT_ONCE: usize = 16_384;
/// A draw's f at the places where it is watched costs as much as so many of its coefficients.
const WATCHED: usize = 32;

/// The last summary, what it is of, and how far that was.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept(Option<(Place, Arc<Summary>)>);

/// Where a summary was made, or is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// A learner by its number, whether it had found what it looked for (chains add to what there is), and whether it was only
    /// finding the way.
    of: (u64, bool, bool),
    /// Steps; of chains the draws that count, once there are some.
    at: u64,
}

/// A summary that is to be made of a snapshot, by whoever has the time.
#[derive(Debug)]
pub struct Due {
    place: Place,
    shown: Arc<Snapshot>,
}

/// A summary that was due.
#[derive(Debug)]
pub struct Made {
    place: Place,
    of: Arc<Experiment>,
    summary: Arc<Summary>,
}

impl Due {
    /// Makes it.
    #[must_use]
    pub fn make(self) -> Made {
        let summary = Arc::new(self.shown.summed_up());
        Made { place: self.place, of: self.shown.experiment.clone(), summary }
    }
}

impl Kept {
    /// The last one, while it is not old: of draws until there are half as many more, of points until an eighth more steps are
    /// done; at an end it must be of that very place.
    fn fresh(&self, now: Place, draws: bool, over: bool) -> Option<&Arc<Summary>> {
        let (then, last) = self.last(now)?;
        let lasts = if draws { then.at / 2 + 32 } else { then.at / 8 + 8 };
        let young = !over && (then.at..then.at + lasts).contains(&now.at);
        (then.at == now.at || young).then_some(last)
    }

    /// The last one of the same learner, however old.
    fn last(&self, now: Place) -> Option<&(Place, Arc<Summary>)> {
        self.0.as_ref().filter(|(then, _)| then.of == now.of)
    }
}

impl Run {
    /// What is known now, in numbers: the last account of it, or a new one if that is old and little work. `over` wants it of
    /// this step.
    pub(super) fn summed_up(&mut self, belief: &Belief, over: bool) -> Option<Arc<Summary>> {
        let now = self.place();
        let fresh = self.summary.fresh(now, self.is_sampling(), over);
        if fresh.is_some() || self.is_much() {
            return fresh.or(self.summary.last(now).map(|(_, last)| last)).cloned();
        }
        let summary = Arc::new(Summary::of(&self.known(belief)));
        self.summary = Kept(Some((now, summary.clone())));
        Some(summary)
    }

    /// The summary that `shown`, the run's last snapshot, should have had, if it was too much work.
    #[must_use]
    pub fn due(&self, shown: &Arc<Snapshot>) -> Option<Due> {
        let place = self.place();
        let fresh = self.summary.fresh(place, self.is_sampling(), !shown.status.is_going());
        (fresh.is_none() && self.is_much()).then(|| Due { place, shown: shown.clone() })
    }

    /// Takes in what was due; false if that is of something else by now.
    pub fn made(&mut self, made: Made) -> bool {
        let same = Arc::ptr_eq(&made.of, &self.experiment) && made.place.of == self.place().of;
        if same {
            self.summary = Kept(Some((made.place, made.summary)));
        }
        same
    }

    fn is_much(&self) -> bool {
        let Learner::Chains(chains) = &self.learner else { return false };
        chains.sampled() * (self.learner.theta().len() + WATCHED) > AT_ONCE
    }

    fn place(&self) -> Place {
        match &self.learner {
            Learner::Chains(chains) => {
                let warming = chains.is_warming_up();
                let at = if warming { self.learner.step() } else { chains.sampled() as u64 };
                Place { of: (self.sampling.crew, false, warming), at }
            }
            Learner::Descent(_) | Learner::Lbfgs(_) | Learner::Mode(_) | Learner::Closed(_) => {
                Place { of: (self.sampling.crew, self.settled, false), at: self.learner.step() }
            }
        }
    }
}
