//! Evidence and the nats between prior and posterior by the power posteriors p(D|θ)^β p(θ). Knows no sampler.
//!
//! d log `Z_β/dβ` = `E_β`[log L], so log Z = ∫₀¹ `E_β`[log L] dβ and KL(posterior ‖ prior) = E₁[log L] − log Z = ∫₀¹ β `Var_β(log` L) dβ:
//! no normal is assumed, and copies of a mode are no matter (Friel, Hurn & Wyse 2014; MATH §13).

use super::diagnostics::mcse_mean;
use super::real;
use ndarray::ArrayView2;

/// What the draws at one β tell of log L, the log likelihood itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rung {
    /// β.
    pub beta: f64,
    /// `E_β`[log L].
    pub mean: f64,
    /// `Var_β(log` L).
    pub variance: f64,
    /// The Monte Carlo error of the mean.
    pub mcse: f64,
}

impl Rung {
    /// Of chains × draws of log L at β.
    #[must_use]
    pub fn of(beta: f64, log_likelihood: ArrayView2<'_, f64>) -> Self {
        let count = real(log_likelihood.len());
        let mean = log_likelihood.sum() / count;
        let variance = log_likelihood.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Self { beta, mean, variance, mcse: mcse_mean(log_likelihood) }
    }
}

/// β from 0 to 1 in `n` steps, (j/n)⁵: log L changes most where β is small.
#[must_use]
pub fn ladder(n: usize) -> Vec<f64> {
    (0..=n).map(|j| (real(j) / real(n.max(1))).powi(5)).collect()
}

/// What the rungs of a ladder add up to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Climbed {
    /// log Z by trapezes with the correction −(Δβ²/12)(V_{j+1} − `V_j`).
    pub log_evidence: f64,
    /// Without it; how far the two differ is the scale of the ladder's own error.
    pub uncorrected: f64,
    /// KL(posterior ‖ prior) = E₁[log L] − log Z, in nats.
    pub kl: f64,
    /// The Monte Carlo error of `kl`, from those of the rungs.
    pub mcse: f64,
    /// ∫ β `Var_β` dβ, the same by variances alone and coarser.
    pub by_variance: f64,
}

impl Climbed {
    /// Of rungs from β = 0 to β = 1. None where there are fewer than two, or they do not rise from 0 to 1.
    #[must_use]
    pub fn of(rungs: &[Rung]) -> Option<Self> {
        let (first, last) = (rungs.first()?, rungs.last()?);
        let rising = rungs.windows(2).all(|pair| pair[0].beta < pair[1].beta);
        if rungs.len() < 2 || first.beta.abs() > 0.0 || (last.beta - 1.0).abs() > 0.0 || !rising {
            return None;
        }
        let (mut uncorrected, mut correction, mut by_variance) = (0.0, 0.0, 0.0);
        // d kl / d mean: −(half of the steps on both sides), and 1 more at the last.
        let mut weights = vec![0.0; rungs.len()];
        for (at, pair) in rungs.windows(2).enumerate() {
            let step = pair[1].beta - pair[0].beta;
            uncorrected += 0.5 * step * (pair[0].mean + pair[1].mean);
            correction -= step * step / 12.0 * (pair[1].variance - pair[0].variance);
            by_variance += 0.5 * step * (pair[0].beta * pair[0].variance + pair[1].beta * pair[1].variance);
            weights[at] -= 0.5 * step;
            weights[at + 1] -= 0.5 * step;
        }
        *weights.last_mut()? += 1.0;
        let mcse = weights.iter().zip(rungs).map(|(weight, rung)| (weight * rung.mcse).powi(2)).sum::<f64>().sqrt();
        let log_evidence = uncorrected + correction;
        Some(Self { log_evidence, uncorrected, kl: last.mean - log_evidence, mcse, by_variance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bayes::learned::kl_from_prior;
    use crate::bayes::{Conjugate, Noise};
    use ndarray::Array2;
    use std::f64::consts::TAU;

    /// y = Φw + noise of s = 0.25, w ~ N(0, I), N = 14: at every β the power posterior is that of noise s/√β.
    struct Linear {
        phi: Array2<f64>,
        y: Array2<f64>,
        s: f64,
    }

    impl Linear {
        fn new() -> Self {
            let x = |i: usize| -2.0 + 4.0 * real(i) / 13.0;
            let phi = Array2::from_shape_fn((14, 5), |(i, j)| {
                [1.0, x(i).tanh(), (x(i) - 1.0).tanh(), (2.0 * x(i)).sin(), x(i)][j]
            });
            let y = Array2::from_shape_fn((14, 1), |(i, _)| (2.0 * x(i)).sin() + 0.2 * (5.0 * real(i)).cos());
            Self { phi, y, s: 0.25 }
        }

        fn at(&self, beta: f64) -> Conjugate {
            let prior = Conjugate::prior(&[1.0; 5], 1, Noise::Known(self.s / beta.sqrt()));
            if beta > 0.0 { prior.observed(self.phi.view(), self.y.view()).unwrap() } else { prior }
        }

        /// Mean and variance of log L: r = y − Φw is N(m, C), and Var(rᵀr) = 2 tr C² + 4 mᵀCm.
        fn rung(&self, beta: f64) -> Rung {
            let posterior = self.at(beta);
            let m = &self.y - &self.phi.dot(&posterior.mean());
            let c = self.phi.dot(&posterior.root().inverse()).dot(&self.phi.t());
            let (precision, n) = (self.s.powi(-2), real(self.y.len()));
            let square = m.iter().map(|m| m * m).sum::<f64>() + c.diag().sum();
            let spread = 2.0 * c.iter().map(|c| c * c).sum::<f64>() + 4.0 * m.t().dot(&c.dot(&m))[[0, 0]];
            let mean = -0.5 * n * (TAU * self.s * self.s).ln() - 0.5 * precision * square;
            Rung { beta, mean, variance: 0.25 * precision * precision * spread, mcse: 0.0 }
        }
    }

    /// KL = E₁[log L] − log Z = that of two normals, and the ladder comes to it: better with the correction, and with more rungs.
    #[test]
    fn three_routes_to_the_same_nats() {
        let linear = Linear::new();
        let posterior = linear.at(1.0);
        let exact = linear.rung(1.0).mean - posterior.log_evidence().unwrap();
        let covariance = posterior.root().inverse();
        let mean: Vec<f64> = posterior.mean().iter().copied().collect();
        assert!((kl_from_prior(&mean, covariance.view()).unwrap() - exact).abs() < 1e-10);
        let mut errors = Vec::new();
        for n in [10, 20, 40, 80] {
            let rungs: Vec<Rung> = ladder(n).into_iter().map(|beta| linear.rung(beta)).collect();
            let climbed = Climbed::of(&rungs).unwrap();
            let error = (climbed.kl - exact).abs();
            let plain = (climbed.uncorrected - climbed.log_evidence).abs();
            // The correction takes off nearly all of the trapezes' error, of which it is the scale.
            assert!(error < 0.25 * plain, "{n}: {error} of {plain}");
            assert!(
                (climbed.by_variance - exact).abs() < 2.0 * plain + 0.02,
                "{n}: {} is not {exact}",
                climbed.by_variance
            );
            errors.push(error);
        }
        assert!(errors.windows(2).all(|pair| pair[1] < 0.2 * pair[0]), "{errors:?}");
        assert!(errors[1] < 0.05 && errors[3] < 1e-4, "{errors:?}");
    }

    #[test]
    fn errors_add_up_and_ladders_that_are_none_are_refused() {
        let rung = |beta, mcse| Rung { beta, mean: 1.0, variance: 2.0, mcse };
        let climbed = Climbed::of(&[rung(0.0, 0.1), rung(0.4, 0.2), rung(1.0, 0.3)]).unwrap();
        let expected = (0.02_f64.powi(2) + (0.5 * 0.2_f64).powi(2) + (0.7 * 0.3_f64).powi(2)).sqrt();
        assert!((climbed.mcse - expected).abs() < 1e-15 && climbed.kl.abs() < 1e-15);
        for wrong in
            [vec![], vec![rung(0.0, 0.0)], vec![rung(0.1, 0.0), rung(1.0, 0.0)], vec![rung(0.0, 0.0), rung(0.9, 0.0)]]
        {
            assert_eq!(Climbed::of(&wrong), None);
        }
        assert_eq!(Climbed::of(&[rung(0.0, 0.0), rung(0.0, 0.0), rung(1.0, 0.0)]), None);
        assert_eq!(ladder(2), [0.0, 0.03125, 1.0]);
    }
}
