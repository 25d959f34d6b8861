//! λ with what it is made of, as it is shown: (λ, σ, τ, N), and the critical λ beside it. Knows no screen.

use super::Snapshot;
use crate::bayes::Decay;
use crate::model::{Group, GroupPriors, Likelihood, Prior, Scale};

/// λ, always with s, τ and N: alone it says nothing of the prior. For a Gaussian likelihood, and for Student's t, which tends
/// to it, that of (1/N) Σ‖r‖² + λ‖θ‖², s²/(N τ²); for others that of the mean of −ℓ + (λ/2)‖θ‖², 1/(N τ²). Where the data count
/// β times, a β-th of it; infinite at β = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lambda {
    /// The least and the greatest, where groups differ in τ.
    pub value: [f64; 2],
    /// The λ of `√(τ_a √(τ_b τ_c))`, in the same unit, from which on the mode is a constant. None where there is no closed form.
    pub critical: Option<f64>,
    /// Whether the λ of now is that or greater.
    pub is_above: bool,
    /// s: the likelihood's scale, that of now where it is learned; none for those that have none.
    pub s: Option<f64>,
    /// τ as written, before it is shared out: the least and the greatest.
    pub tau: [f64; 2],
    /// N.
    pub rows: usize,
}

impl Snapshot {
    /// λ of this run; none if no group has a Gaussian prior.
    #[must_use]
    pub fn lambda(&self) -> Option<Lambda> {
        let model = &self.experiment.model;
        let taus: Vec<f64> = model.priors.stages.iter().flat_map(taus).collect();
        let [low, high] =
            taus.iter().fold([f64::INFINITY, 0.0_f64], |[low, high], tau| [low.min(*tau), high.max(*tau)]);
        let (s, rows, beta) = (self.scale(), self.data.train.x.nrows(), self.experiment.learn.tempering());
        let of = |tau: f64| {
            let decay = Decay::of(s.unwrap_or(1.0), tau, rows, model.f.outputs);
            let spelt = match model.likelihood {
                Likelihood::Gaussian { .. } | Likelihood::StudentT { .. } => decay.squares,
                Likelihood::Laplace { .. } | Likelihood::Bernoulli | Likelihood::Categorical | Likelihood::Poisson => {
                    decay.mean_likelihood
                }
            };
            spelt / beta
        };
        if taus.is_empty() {
            return None;
        }
        let value = [of(high), of(low)];
        let critical = self.threshold.and_then(|found| {
            let GroupPriors { a, b, c, .. } = *model.priors.stages.first()?;
            let [a, b, c] = [tau(a)?, tau(b)?, tau(c)?];
            Some(of((a * (b * c).sqrt()).sqrt()) * found.critical / found.lambda)
        });
        let is_above = self.threshold.is_some_and(|found| found.is_above());
        Some(Lambda { value, critical, is_above, s, tau: [low, high], rows })
    }

    /// s, the likelihood's scale.
    pub(super) fn scale(&self) -> Option<f64> {
        Some(match self.experiment.model.likelihood.scale()? {
            Scale::Fixed(s) => s,
            Scale::Learned => {
                let mode = self.belief.mode();
                let at = mode.layout().find(None, Group::LogScale).map(|block| block.at.start);
                at.map_or(1.0, |at| mode.theta[at].exp())
            }
        })
    }
}

fn taus(priors: &GroupPriors) -> impl Iterator<Item = f64> {
    [priors.a, priors.b, priors.c, priors.d].into_iter().filter_map(tau)
}

/// τ as written.
fn tau(prior: Prior) -> Option<f64> {
    match prior {
        Prior::Gaussian { tau, .. } => Some(tau),
        Prior::Laplace { .. } | Prior::StudentT { .. } | Prior::Flat => None,
    }
}
