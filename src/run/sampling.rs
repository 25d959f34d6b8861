//! A run by chains: draws in turn, chains lent to others and taken back. Knows no thread and no clock.

use super::evaluator::Evaluator;
use super::{Run, posterior};
use crate::bayes::{LogDensity, Parts, Posterior, Track};
use crate::data::Dataset;
use crate::function::{NotFinite, Rows};
use crate::learn::{Chain, Learner, Turn, Walk};
use crate::preset::Experiment;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked before every evaluation of a chain's density: true ends the draw at once.
#[derive(Clone)]
pub struct Ask(pub Arc<dyn Fn() -> bool + Send + Sync>);

impl Default for Ask {
    fn default() -> Self {
        Self(Arc::new(|| false))
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Ask")
    }
}

/// A chain that somebody else may walk: all of it can be sent.
#[derive(Clone, Debug)]
pub struct Lent {
    /// Its place among the run's chains.
    pub place: usize,
    /// What it is to do, and what it has drawn.
    pub chain: Chain,
    experiment: Arc<Experiment>,
    data: Arc<Dataset>,
}

impl Lent {
    /// The walk of this chain; `ask` ends a draw.
    #[must_use]
    pub fn walk(&self, ask: &Ask, stop: &Arc<AtomicBool>) -> Walk {
        walk(&self.experiment, &self.data, ask, stop)
    }
}

/// What a run by chains keeps beside its learner.
#[derive(Clone, Debug, Default)]
pub(super) struct Sampling {
    /// Of the chains that are walked here.
    walks: crate::learn::Walks,
    /// Chains that others walk.
    lent: BTreeSet<usize>,
    ask: Ask,
    /// Ends the draw that is on its way.
    stop: Arc<AtomicBool>,
    /// Counts the learners: what was lent of one is nothing to the next.
    pub crew: u64,
}

impl Sampling {
    /// Another learner.
    pub fn forget(&mut self) {
        self.walks.clear();
        self.lent.clear();
        self.stop = Arc::default();
        self.crew += 1;
    }
}

impl Run {
    /// From now on a draw ends at once when this says so.
    pub fn interrupt_by(&mut self, ask: Ask) {
        self.sampling.ask = ask;
        self.sampling.walks.clear();
    }

    /// Which learner this is: a number that is another after every new start.
    #[must_use]
    pub fn crew(&self) -> u64 {
        self.sampling.crew
    }

    /// Whether it draws.
    #[must_use]
    pub fn is_sampling(&self) -> bool {
        matches!(self.learner, Learner::Chains(_))
    }

    /// Whether only others have anything left to do.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let Learner::Chains(chains) = &self.learner else { return false };
        let mut own = chains.all().iter().enumerate().filter(|(place, _)| !self.sampling.lent.contains(place));
        !self.settled && own.all(|(_, chain)| chain.is_done())
    }

    /// The chains that `whose` says others shall walk: they are not walked here any more.
    pub fn lend(&mut self, whose: &dyn Fn(usize) -> bool) -> Vec<Lent> {
        let Learner::Chains(chains) = &self.learner else { return Vec::new() };
        let lent = chains.all().iter().enumerate().filter(|(place, chain)| whose(*place) && !chain.is_done());
        let lent: Vec<Lent> = lent
            .map(|(place, chain)| Lent {
                place,
                chain: chain.clone(),
                experiment: self.experiment.clone(),
                data: self.data.clone(),
            })
            .collect();
        self.sampling.lent.extend(lent.iter().map(|lent| lent.place));
        lent
    }

    /// What others have drawn of a chain so far.
    pub fn take_in(&mut self, place: usize, track: Track) {
        if let Learner::Chains(chains) = &mut self.learner
            && self.sampling.lent.contains(&place)
        {
            chains.take_in(place, track);
        }
    }

    /// A chain that others walk came to a value that is no number.
    pub fn broken_off(&mut self, bad: NotFinite) {
        self.diverged = Some((self.learner.step(), bad.block));
    }

    /// Draws until `enough`, and tells the history what was drawn, here and elsewhere.
    pub(super) fn sample(&mut self, enough: &mut dyn FnMut(u64) -> bool) {
        let Learner::Chains(chains) = &mut self.learner else { return };
        let sampling = &mut self.sampling;
        sampling.stop.store(false, Ordering::Relaxed);
        let (experiment, data, lent) = (&self.experiment, &self.data, &sampling.lent);
        let make = || walk(experiment, data, &sampling.ask, &sampling.stop);
        let turn = chains.advance(&mut sampling.walks, &|place| !lent.contains(&place), &make, enough);
        let (history, posterior) = (&mut self.history, &mut self.posterior);
        chains.tell(&mut |step, theta| {
            if history.record(step.step, step.loss, step.log_posterior) {
                let test = posterior.fit(theta, Rows::Test).map_or(f64::NAN, |fit| fit.loss);
                history.close_bucket(test);
            }
        });
        match turn {
            Turn::Diverged(bad) => {
                self.history.record(self.learner.step() + 1, f64::NAN, f64::NAN);
                self.diverged = Some((self.learner.step(), bad.block));
            }
            Turn::Settled => self.settled = true,
            Turn::Went => {}
        }
    }
}

fn walk(experiment: &Experiment, data: &Arc<Dataset>, ask: &Ask, stop: &Arc<AtomicBool>) -> Walk {
    let density = posterior(experiment, data);
    Walk::new(Box::new(Watched { density, ask: ask.clone(), stop: stop.clone() }), stop.clone())
}

/// A density that asks before every evaluation whether it shall go on. Every draw has hundreds of them.
struct Watched {
    density: Posterior<Evaluator>,
    ask: Ask,
    stop: Arc<AtomicBool>,
}

impl LogDensity for Watched {
    fn dim(&self) -> usize {
        self.density.dim()
    }

    fn rows(&self) -> usize {
        self.density.rows()
    }

    fn name(&self, at: usize) -> String {
        self.density.name(at)
    }

    fn decayed(&self) -> &[(Range<usize>, f64)] {
        self.density.decayed()
    }

    fn on(&mut self, z: &[f64], rows: Rows<'_>, gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite> {
        if (self.ask.0)() {
            self.stop.store(true, Ordering::Relaxed);
        }
        self.density.on(z, rows, gradient)
    }
}
