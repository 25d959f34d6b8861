//! All chains of one posterior as one method: draw by draw in turn, told in an order that does not depend on who walks which.
//! Knows no thread and no clock.

use super::chain::{Chain, Nuts, Walk};
use super::{Step, Turn};
use crate::bayes::{Draws, Told, Track};
use crate::function::Refusal;
use crate::model::{Coefficients, Model};
use crate::seeds::Seeds;
use std::ops::Range;
use std::sync::Arc;

/// Chains of one posterior: plain data. Their walks are kept beside them.
#[derive(Clone, Debug)]
pub struct Chains {
    model: Arc<Model>,
    all: Vec<Chain>,
    /// Steps that were done before the first draw.
    before: u64,
    /// Draws that were told, in the order draw by draw, chain by chain.
    told: u64,
    /// No slope: chains have none to show.
    flat: Vec<f64>,
}

/// The walks of the chains that are walked here, by their places; empty in every copy, because a walk cannot be copied and
/// follows from its chain.
#[derive(Default)]
pub struct Walks(Vec<Option<Walk>>);

impl Clone for Walks {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for Walks {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Walks({})", self.0.iter().flatten().count())
    }
}

impl Walks {
    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn at(&mut self, place: usize, make: &dyn Fn() -> Walk) -> &mut Walk {
        if self.0.len() <= place {
            self.0.resize_with(place + 1, || None);
        }
        self.0[place].get_or_insert_with(make)
    }
}

impl Chains {
    /// `count` chains of the posterior of `given`'s model, with the coordinates of `held` not to be moved; `before` steps were
    /// done before.
    ///
    /// # Errors
    /// A sentence, where the posterior cannot be drawn from.
    pub fn new(
        plan: Nuts,
        count: u64,
        given: &Coefficients,
        held: &[Range<usize>],
        seeds: Seeds,
    ) -> Result<Self, Refusal> {
        let chains = (0..count.max(1)).map(|id| Chain::new(plan, given, held, seeds, id));
        Ok(Self {
            model: given.model.clone(),
            all: chains.collect::<Result<_, _>>()?,
            before: 0,
            told: 0,
            flat: vec![f64::NAN; given.theta.len()],
        })
    }

    /// Every chain.
    #[must_use]
    pub fn all(&self) -> &[Chain] {
        &self.all
    }

    /// Steps before them, and draws of all of them, warm-ups included.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.before + self.drawn()
    }

    fn drawn(&self) -> u64 {
        self.all.iter().map(|chain| chain.track().len() as u64).sum()
    }

    /// Draws of all of them that count.
    #[must_use]
    pub fn sampled(&self) -> usize {
        self.all.iter().map(|chain| chain.track().sampled()).sum()
    }

    /// The step at which all will be done.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.before + self.all.iter().map(Chain::whole).sum::<u64>()
    }

    /// Whether all are done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.all.iter().all(Chain::is_done)
    }

    /// Whether some chain has no draw that counts yet.
    #[must_use]
    pub fn is_warming_up(&self) -> bool {
        self.all.iter().any(|chain| chain.track().sampled() == 0)
    }

    /// Counts on from `step`.
    pub(super) fn go_on_from(&mut self, step: u64) {
        self.before = step;
    }

    /// As many draws as that of each.
    pub(super) fn extend(&mut self, draws: u64) {
        self.all.iter_mut().for_each(|chain| chain.extend(draws));
    }

    /// All draws so far.
    #[must_use]
    pub fn draws(&self) -> Draws {
        Draws { model: self.model.clone(), chains: self.all.iter().map(|chain| chain.track().clone()).collect() }
    }

    /// The most probable draw; before there is one that counts, where the first chain stands.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        let samples = self.all.iter().filter_map(|chain| chain.track().best());
        let best = samples.max_by(|(_, one), (_, other)| one.log_density().total_cmp(&other.log_density()));
        best.map_or(self.all[0].theta(), |(theta, _)| theta)
    }

    pub(super) fn flat(&self) -> &[f64] {
        &self.flat
    }

    /// Takes over what was drawn of one chain elsewhere.
    pub fn take_in(&mut self, place: usize, track: Track) {
        if let Some(chain) = self.all.get_mut(place) {
            chain.take_in(track);
        }
    }

    /// Draws of those chains that `own` says are walked here, each time of the one with the fewest, until `enough`, which is
    /// asked after every draw with the steps done. Settled when all chains are done, whoever walks them.
    pub fn advance(
        &mut self,
        walks: &mut Walks,
        own: &dyn Fn(usize) -> bool,
        make: &dyn Fn() -> Walk,
        enough: &mut dyn FnMut(u64) -> bool,
    ) -> Turn {
        loop {
            let mine = self.all.iter().enumerate().filter(|(place, chain)| own(*place) && !chain.is_done());
            let Some((place, _)) = mine.min_by_key(|(_, chain)| chain.track().len()) else { break };
            let had = self.all[place].track().len();
            let turn = self.all[place].advance(walks.at(place, make), &mut |_| true);
            match turn {
                Turn::Diverged(bad) => return Turn::Diverged(bad),
                // It was told to stop, or is catching up with itself.
                Turn::Went | Turn::Settled if self.all[place].track().len() == had => {
                    if enough(self.step()) || walks.at(place, make).is_stopped() {
                        return Turn::Went;
                    }
                }
                Turn::Went | Turn::Settled => {
                    if enough(self.step()) && !self.is_done() {
                        return Turn::Went;
                    }
                }
            }
        }
        if self.is_done() { Turn::Settled } else { Turn::Went }
    }

    /// What was drawn since this was last asked: draw by draw, and of each draw chain by chain, however they came.
    pub fn tell(&mut self, each: &mut dyn FnMut(Step, &[f64])) {
        let count = self.all.len() as u64;
        loop {
            let place = usize::try_from(self.told % count).unwrap_or(0);
            let draw = usize::try_from(self.told / count).unwrap_or(usize::MAX);
            let track = self.all[place].track();
            if draw >= track.len() {
                return;
            }
            self.told += 1;
            let told: &Told = track.told(draw);
            let step = Step { step: self.before + self.told, loss: told.loss, log_posterior: told.log_density() };
            each(step, track.theta(draw));
        }
    }
}
