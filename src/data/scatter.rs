//! Noise of one size and several shapes. Knows no target.

use super::plan::Scatter;
use crate::seeds::ChaCha8Rng;
use rand::RngExt;
use rand_distr::{ChiSquared, Exp1, StandardNormal};

/// Degrees of freedom of `StudentT`; its variance is 3 where its scale is 1.
const NU: f64 = 3.0;
/// How often an outlier comes, and how far it lies.
const OUTLIER: (f64, f64) = (0.1, 10.0);

impl Scatter {
    /// One draw of standard deviation 1 (of `Growing` 2t, of `Outliers` the nine in ten) where `t` is the place in the range,
    /// from 0 to 1.
    pub(super) fn draw(self, t: f64, rng: &mut ChaCha8Rng) -> f64 {
        let normal: f64 = rng.sample(StandardNormal);
        match self {
            Self::Laplace => (rng.sample::<f64, _>(Exp1) / std::f64::consts::SQRT_2).copysign(normal),
            Self::StudentT => {
                let spread = ChiSquared::new(NU).map_or(NU, |chi_squared| rng.sample(chi_squared));
                normal * (NU / spread.max(f64::MIN_POSITIVE)).sqrt() / NU.sqrt()
            }
            Self::Uniform => 3.0_f64.sqrt() * (2.0 * rng.random::<f64>() - 1.0),
            Self::Growing => 2.0 * t * normal,
            Self::Outliers if rng.random::<f64>() < OUTLIER.0 => OUTLIER.1 * normal,
            Self::Gaussian | Self::Outliers => normal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};

    fn moments(scatter: Scatter, t: f64) -> (f64, f64, f64) {
        let mut rng = Seeds(5).stream(Purpose::Noise, 0, 0);
        let draws: Vec<f64> = (0..40_000).map(|_| scatter.draw(t, &mut rng)).collect();
        let n = 40_000.0;
        let far = draws.iter().fold(0.0_f64, |far, draw| far.max(draw.abs()));
        (draws.iter().sum::<f64>() / n, (draws.iter().map(|draw| draw * draw).sum::<f64>() / n).sqrt(), far)
    }

    /// Mean 0 and the deviation that is promised, to five standard errors where the fourth moment is finite.
    #[test]
    fn noise_has_the_size_that_is_promised() {
        for (scatter, t, sd, tolerance) in [
            (Scatter::Gaussian, 0.2, 1.0, 0.02),
            (Scatter::Laplace, 0.2, 1.0, 0.04),
            (Scatter::Uniform, 0.2, 1.0, 0.02),
            (Scatter::Growing, 0.25, 0.5, 0.01),
            (Scatter::Growing, 1.0, 2.0, 0.04),
            (Scatter::Outliers, 0.2, (0.9_f64 + 0.1 * 100.0).sqrt(), 0.2),
            (Scatter::StudentT, 0.2, 1.0, 0.25),
        ] {
            let (mean, deviation, _) = moments(scatter, t);
            assert!(mean.abs() < 0.06 && (deviation - sd).abs() < tolerance, "{scatter:?}: {mean} {deviation}");
        }
        let (_, _, uniform) = moments(Scatter::Uniform, 0.0);
        let (_, _, heavy) = moments(Scatter::StudentT, 0.0);
        assert!(uniform <= 3.0_f64.sqrt() && heavy > 8.0, "{uniform} {heavy}");
        assert!(moments(Scatter::Growing, 0.0).2 < 1e-12);
    }
}
