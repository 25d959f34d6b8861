//! One chain of the No-U-Turn sampler (Hoffman & Gelman 2014), advanced draw by draw. Knows no thread, no clock and no other chain.
//!
//! A `Chain` is plain data: what it is to do, its seed, and what has been drawn. The sampler itself, a `Walk`, can neither be
//! copied nor sent; it follows from the chain, and one that is missing is made again and walks the same way: the same seed
//! gives the same draws to the bit. So a clone of a chain is a keyframe, like that of any learner.

use super::Turn;
use super::sampler::{Failure, Sampler};
use crate::bayes::{Draws, LogDensity, Told, Track, Whitening, draw_prior};
use crate::function::{NotFinite, Refusal};
use crate::model::{Coefficients, Model};
use crate::seeds::Seeds;
use crate::text::Clean;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What chains are to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nuts {
    /// Draws that only find the way, and tune the steps: of each chain.
    pub warmup: u64,
    /// Draws that count.
    pub draws: u64,
    /// The acceptance that the step size is tuned to: higher is smaller steps.
    pub target_accept: f64,
    /// Doublings of a trajectory at most.
    pub depth: u64,
    /// Where chains begin.
    pub origin: Origin,
}

/// Where a chain begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// At a draw from the prior, each chain at its own: wider apart than the posterior, as R-hat wants it.
    Prior,
    /// At the θ that is given: a mode.
    Given,
}

impl Default for Nuts {
    fn default() -> Self {
        Self { warmup: 1000, draws: 1000, target_accept: 0.8, depth: 10, origin: Origin::Prior }
    }
}

impl Nuts {
    /// Bytes that the draws of `chains` take.
    #[must_use]
    pub fn bytes(&self, model: &Model, chains: u64) -> u64 {
        let draws = self.warmup.saturating_add(self.draws).saturating_mul(chains);
        Track::bytes(model.layout().len(), draws)
    }

    /// Why `model` has no posterior that could be drawn from with these coordinates held; none if it has.
    #[must_use]
    pub fn refuse(model: &Model, held: &[Range<usize>]) -> Option<Refusal> {
        let layout = model.layout();
        let free = |at: usize, group| {
            let block = layout.find(Some(at), group);
            block.is_some_and(|block| block.at.clone().any(|at| !held.iter().any(|held| held.contains(&at))))
        };
        let name = |at: usize, group| layout.find(Some(at), group).map_or_else(String::new, |block| block.name.clone());
        if let Some((at, group)) = model.priors.improper().into_iter().find(|(at, group)| free(*at, *group)) {
            return Some(refusal(&format!(
                "the prior of {} is flat: the posterior is improper, and there is nothing to draw from; give it a τ",
                name(at, group)
            )));
        }
        let unreached = model.f.unreached().into_iter().find(|(at, group)| free(*at, *group));
        unreached.map(|(at, group)| {
            refusal(&format!(
                "no gradient reaches {}: a step has no slope. The exact posterior of (a, d) needs none",
                name(at, group)
            ))
        })
    }
}

fn refusal(sentence: &str) -> Refusal {
    Refusal(Clean::new(sentence, 360))
}

/// A chain: what it is to do and what it has drawn.
#[derive(Clone, Debug)]
pub struct Chain {
    plan: Nuts,
    seeds: Seeds,
    id: u64,
    model: Arc<Model>,
    whitening: Whitening,
    /// θ with what is held; where chains begin if they begin at a given θ.
    given: Arc<[f64]>,
    track: Track,
}

impl Chain {
    /// Chain number `id` of a model, at `given` with the coordinates of `held` not to be moved.
    ///
    /// # Errors
    /// A sentence, where the posterior cannot be drawn from.
    pub fn new(
        plan: Nuts,
        given: &Coefficients,
        held: &[Range<usize>],
        seeds: Seeds,
        id: u64,
    ) -> Result<Self, Refusal> {
        if let Some(why) = Nuts::refuse(&given.model, held) {
            return Err(why);
        }
        let accept = plan.target_accept;
        if !(accept > 0.0 && accept < 1.0) {
            return Err(refusal(&format!("learn.target_accept is {accept}; it must lie between 0 and 1")));
        }
        let warmup = usize::try_from(plan.warmup).unwrap_or(usize::MAX);
        Ok(Self {
            plan,
            seeds,
            id,
            whitening: Whitening::new(&given.model, held),
            track: Track::new(given.theta.len(), warmup),
            model: given.model.clone(),
            given: given.theta.clone(),
        })
    }

    /// Takes over what was drawn of this very chain elsewhere, if that is more.
    pub fn take_in(&mut self, track: Track) {
        if track.len() > self.track.len() {
            self.track = track;
        }
    }

    /// As many draws as that, in place of those that were planned: more go on from where it stands.
    pub(super) fn extend(&mut self, draws: u64) {
        self.plan.draws = draws;
    }

    /// What has been drawn, the warm-up first.
    #[must_use]
    pub fn track(&self) -> &Track {
        &self.track
    }

    /// Draws that it is to make, both phases.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.plan.warmup.saturating_add(self.plan.draws)
    }

    /// Whether all are made.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.track.len() as u64 >= self.whole()
    }

    /// The last draw; before the first, the θ it was given.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        match self.track.len().checked_sub(1) {
            Some(last) => self.track.theta(last),
            None => &self.given,
        }
    }

    /// The chain as draws of its model.
    #[must_use]
    pub fn draws(&self) -> Draws {
        Draws { model: self.model.clone(), chains: vec![self.track.clone()] }
    }

    /// Draws until `enough`, which is asked after every one with the number that the chain has, or until all are made. A walk
    /// that is behind the chain first walks the same way again.
    pub fn advance(&mut self, walk: &mut Walk, enough: &mut dyn FnMut(u64) -> bool) -> Turn {
        while !self.is_done() {
            let next = match walk.next(self) {
                Ok(next) => next,
                Err(Failure::Stopped) => return Turn::Went,
                Err(Failure::NotFinite(bad)) => return Turn::Diverged(bad),
            };
            if let Some((theta, told)) = next {
                self.track.push(&theta, told);
            }
            if enough(self.track.len() as u64) && !self.is_done() {
                return Turn::Went;
            }
        }
        Turn::Settled
    }
}

/// The sampler in the middle of a chain: made from the chain where it is missing, tied to its thread.
pub struct Walk {
    sampler: Option<Sampler>,
    density: Option<Box<dyn LogDensity>>,
    done: usize,
    stop: Arc<AtomicBool>,
}

impl Walk {
    /// For a chain on this density. Once `stop` is set the walk ends inside a draw, and nothing of that draw is kept; the walk
    /// begins anew when it is unset again.
    #[must_use]
    pub fn new(density: Box<dyn LogDensity>, stop: Arc<AtomicBool>) -> Self {
        Self { sampler: None, density: Some(density), done: 0, stop }
    }

    /// Whether it was told to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The next draw of `chain`; nothing while the walk is catching up.
    fn next(&mut self, chain: &Chain) -> Result<Option<(Vec<f64>, Told)>, Failure> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Failure::Stopped);
        }
        // A chain that went back to a keyframe is behind its walk.
        if self.done > chain.track.len() {
            self.give_up();
        }
        if self.sampler.is_none() {
            self.begin(chain)?;
        }
        let Some(sampler) = &mut self.sampler else { return Err(Failure::Stopped) };
        let drawn = sampler.draw();
        match drawn {
            Ok(drawn) => {
                self.done += 1;
                Ok((self.done > chain.track.len()).then_some(drawn))
            }
            Err(why) => {
                self.give_up();
                Err(why)
            }
        }
    }

    /// Forgets the way that was walked; the density is kept for the next.
    fn give_up(&mut self) {
        self.density = self.sampler.take().map(Sampler::into_density).or(self.density.take());
        self.done = 0;
    }

    /// At the chain's own start: the first of its prior draws at which the density is finite.
    fn begin(&mut self, chain: &Chain) -> Result<(), Failure> {
        const TRIES: u64 = 100;
        let mut bad = NotFinite { block: "the start".to_owned() };
        for attempt in 0..TRIES {
            let Some(density) = self.density.take() else { break };
            let mut theta = chain.given.to_vec();
            if chain.plan.origin == Origin::Prior {
                // Far from the draws that pictures show, each chain by itself.
                let drawn = draw_prior(&chain.model, chain.seeds, (1 << 33) + chain.id * TRIES + attempt);
                chain.whitening.free.iter().for_each(|at| theta[*at] = drawn.theta[*at]);
            }
            let (seed, stop) = (chain.seeds, self.stop.clone());
            let mut sampler = Sampler::new(&chain.plan, &chain.whitening, &theta, density, seed, chain.id, stop);
            match sampler.start(&theta) {
                Ok(()) => {
                    self.sampler = Some(sampler);
                    return Ok(());
                }
                Err(why) => {
                    self.density = Some(sampler.into_density());
                    match why {
                        Failure::Stopped => return Err(why),
                        Failure::NotFinite(found) => bad = found,
                    }
                }
            }
            if chain.plan.origin == Origin::Given {
                break;
            }
        }
        Err(Failure::NotFinite(bad))
    }
}

#[cfg(test)]
mod tests;
