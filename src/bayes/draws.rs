//! Draws from a posterior, chain by chain, append-only and shared with whoever looks. Knows no sampler.

use super::diagnostics::{Diagnosis, e_bfmi};
use crate::model::{Coefficients, Model};
use crate::seeds::{Purpose, Seeds};
use ndarray::{Array2, Array3};
use rand::RngExt;
use std::sync::Arc;

/// Draws of a chunk: what is copied at most when a draw is added while somebody looks.
const CHUNK: usize = 64;

/// What a sampler tells of one draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// β Σ ℓ.
    pub likelihood: f64,
    /// log p(θ).
    pub prior: f64,
    /// The loss, as optimisers have it.
    pub loss: f64,
    /// The Hamiltonian's value.
    pub energy: f64,
    /// The step size that made it.
    pub step_size: f64,
    /// Doublings of the trajectory.
    pub depth: u32,
    /// Whether the trajectory was as long as it may be.
    pub deepest: bool,
    /// Gradients that it took.
    pub gradients: u32,
    /// Whether the trajectory left what its steps can follow.
    pub diverging: bool,
}

impl Told {
    /// log p(θ|D) up to the evidence.
    #[must_use]
    pub fn log_density(&self) -> f64 {
        self.likelihood + self.prior
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Chunk {
    theta: Vec<f64>,
    told: Vec<Told>,
}

/// One chain: its warm-up, then its draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    dim: usize,
    warmup: usize,
    chunks: Vec<Arc<Chunk>>,
    count: usize,
    /// The most probable draw after the warm-up: looked for once a picture, among millions.
    best: Option<usize>,
}

impl Track {
    /// Empty: θ of `dim` coordinates, of which the first `warmup` draws only find the way.
    #[must_use]
    pub fn new(dim: usize, warmup: usize) -> Self {
        Self { dim, warmup, chunks: Vec::new(), count: 0, best: None }
    }

    /// Adds a draw. Whoever holds a clone keeps what was there.
    pub fn push(&mut self, theta: &[f64], told: Told) {
        if self.count.is_multiple_of(CHUNK) {
            self.chunks.push(Arc::default());
        }
        if let Some(last) = self.chunks.last_mut() {
            let last = Arc::make_mut(last);
            last.theta.extend_from_slice(theta);
            last.told.push(told);
            self.count += 1;
        }
        let own = self.count.saturating_sub(1);
        let better = |best: usize| self.told(best).log_density().total_cmp(&told.log_density()).is_le();
        if own >= self.warmup && self.best.is_none_or(better) {
            self.best = Some(own);
        }
    }

    /// The most probable draw after the warm-up.
    #[must_use]
    pub fn best(&self) -> Option<(&[f64], &Told)> {
        self.best.map(|draw| (self.theta(draw), self.told(draw)))
    }

    /// Draws of both phases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Draws after the warm-up.
    #[must_use]
    pub fn sampled(&self) -> usize {
        self.count.saturating_sub(self.warmup)
    }

    /// θ of a draw, counted from the first of the warm-up.
    #[must_use]
    pub fn theta(&self, draw: usize) -> &[f64] {
        let at = draw % CHUNK * self.dim;
        &self.chunks[draw / CHUNK].theta[at..at + self.dim]
    }

    /// What was told of it.
    #[must_use]
    pub fn told(&self, draw: usize) -> &Told {
        &self.chunks[draw / CHUNK].told[draw % CHUNK]
    }

    /// The draws after the warm-up.
    #[must_use]
    pub fn samples(&self) -> impl ExactSizeIterator<Item = (&[f64], &Told)> {
        let from = self.warmup.min(self.count);
        (from..self.count).map(|draw| (self.theta(draw), self.told(draw)))
    }

    /// Bytes that `draws` of `dim` coordinates take.
    #[must_use]
    pub const fn bytes(dim: usize, draws: u64) -> u64 {
        draws.saturating_mul((8 * dim + size_of::<Told>()) as u64)
    }
}

/// The draws of all chains of one model, the warm-ups left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// What θ means.
    pub model: Arc<Model>,
    /// A chain each.
    pub chains: Vec<Track>,
}

impl Draws {
    /// Draws that every chain has: chains are compared over these.
    #[must_use]
    pub fn per_chain(&self) -> usize {
        self.chains.iter().map(Track::sampled).min().unwrap_or(0)
    }

    /// All draws.
    #[must_use]
    pub fn count(&self) -> usize {
        self.chains.iter().map(Track::sampled).sum()
    }

    /// Every draw of every chain.
    pub fn all(&self) -> impl Iterator<Item = (&[f64], &Told)> {
        self.chains.iter().flat_map(Track::samples)
    }

    /// A quantity of every draw, chains × draws.
    pub fn quantity(&self, mut of: impl FnMut(&[f64], &Told) -> f64) -> Array2<f64> {
        let mut values = Array2::zeros((self.chains.len(), self.per_chain()));
        for (mut row, chain) in values.rows_mut().into_iter().zip(&self.chains) {
            row.iter_mut().zip(chain.samples()).for_each(|(value, (theta, told))| *value = of(theta, told));
        }
        values
    }

    /// Several quantities of every draw: a function's values on a grid. chains × draws × quantities.
    pub fn quantities(&self, count: usize, mut of: impl FnMut(&Coefficients) -> Vec<f64>) -> Array3<f64> {
        let mut values = Array3::zeros((self.chains.len(), self.per_chain(), count));
        for (mut chain, track) in values.outer_iter_mut().zip(&self.chains) {
            for (mut row, (theta, _)) in chain.rows_mut().into_iter().zip(track.samples()) {
                let Some(f) = Coefficients::new(self.model.clone(), theta) else { continue };
                row.iter_mut().zip(of(&f)).for_each(|(to, value)| *to = value);
            }
        }
        values
    }

    /// What there is to say of the log posterior's draws.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        Diagnosis::of(self.quantity(|_, told| told.log_density()).view())
    }

    /// E-BFMI of every chain.
    #[must_use]
    pub fn e_bfmi(&self) -> Vec<f64> {
        e_bfmi(self.quantity(|_, told| told.energy).view())
    }

    /// Draws whose trajectory diverged, after the warm-up.
    #[must_use]
    pub fn divergences(&self) -> usize {
        self.all().filter(|(_, told)| told.diverging).count()
    }

    /// The draw with the largest log density; none without draws.
    #[must_use]
    pub fn best(&self) -> Option<&[f64]> {
        let better = |one: &&Told, other: &&Told| one.log_density().total_cmp(&other.log_density());
        let own = self.chains.iter().filter_map(Track::best);
        own.max_by(|(_, one), (_, other)| better(one, other)).map(|(theta, _)| theta)
    }

    /// The `draw`-th of a random choice among all draws, with replacement; none without draws.
    #[must_use]
    pub fn pick(&self, draw: u64, seeds: Seeds) -> Option<&[f64]> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let mut at = seeds.stream(Purpose::Draws, draw, 6).random_range(0..count);
        self.chains.iter().find_map(|chain| {
            let own = chain.sampled();
            if at < own {
                return Some(chain.theta(chain.warmup + at));
            }
            at -= own;
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::problems::Problem;
    use super::*;
    use proptest::prelude::*;

    fn told(likelihood: f64) -> Told {
        Told {
            likelihood,
            prior: -1.0,
            loss: 0.0,
            energy: likelihood,
            step_size: 0.5,
            depth: 2,
            deepest: false,
            gradients: 3,
            diverging: likelihood > 150.0,
        }
    }

    fn track(dim: usize, warmup: usize, count: usize) -> Track {
        let mut track = Track::new(dim, warmup);
        for draw in 0..count {
            let value = crate::bayes::real(draw);
            track.push(&vec![value; dim], told(value));
        }
        track
    }

    proptest! {
        #[test]
        fn every_draw_stays_where_it_was_put(dim in 1_usize..5, warmup in 0_usize..90, count in 0_usize..200) {
            let mut growing = Track::new(dim, warmup);
            let mut looks = Vec::new();
            for draw in 0..count {
                let value = crate::bayes::real(draw);
                growing.push(&vec![value; dim], told(value));
                if draw % 37 == 5 {
                    looks.push(growing.clone());
                }
            }
            prop_assert_eq!(&growing, &track(dim, warmup, count));
            prop_assert_eq!(growing.sampled(), count.saturating_sub(warmup));
            prop_assert_eq!(growing.samples().len(), growing.sampled());
            for look in looks {
                prop_assert_eq!(&look, &track(dim, warmup, look.len()));
                for draw in 0..look.len() {
                    prop_assert_eq!(look.theta(draw), vec![crate::bayes::real(draw); dim]);
                }
            }
        }
    }

    #[test]
    fn chains_of_different_length() {
        let model = Problem::tanh(1, 1).model();
        let draws = Draws { model, chains: vec![track(4, 10, 210), track(4, 10, 50), Track::new(4, 10)] };
        assert_eq!((draws.per_chain(), draws.count(), draws.divergences()), (0, 240, 59));
        assert_eq!(draws.best(), Some([209.0; 4].as_slice()));
        let two = Draws { chains: draws.chains[..2].to_vec(), ..draws };
        assert_eq!(two.quantity(|theta, _| theta[0]).row(1).to_vec()[..2], [10.0, 11.0]);
        let seen = two.quantities(2, |f| vec![f.theta[1], -f.theta[2]])[[0, 3, 1]];
        assert!((seen + 13.0).abs() < f64::EPSILON, "{seen}");
        let picked: Vec<f64> = (0..2000).map(|draw| two.pick(draw, Seeds(1)).unwrap()[0]).collect();
        assert!(picked.iter().all(|value| *value >= 10.0), "none of a warm-up");
        let mean = picked.iter().sum::<f64>() / 2000.0;
        // (200 × 109.5 + 40 × 29.5)/240; sd 61.
        assert!((mean - 96.17).abs() < 5.0 * 61.0 / 2000.0_f64.sqrt(), "{mean}");
        assert_eq!(Track::bytes(49, 8000), 8000 * (49 * 8 + u64::try_from(size_of::<Told>()).unwrap()));
    }
}
