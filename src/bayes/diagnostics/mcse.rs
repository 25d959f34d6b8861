//! Monte Carlo standard errors of a mean, a quantile and a standard deviation. Knows nothing of R-hat.

use super::ess::{ess, ess_mean, ess_quantile};
use super::ranks::split;
use super::{is_sound, moments, real};
use ndarray::ArrayView2;
use statrs::distribution::{Beta, ContinuousCDF};

/// The probabilities of one standard deviation either side of a normal's mean.
const ONE_SD: [f64; 2] = [0.158_655_3, 0.841_344_7];

/// sd/√ESS of the mean.
#[must_use]
pub fn mcse_mean(x: ArrayView2<f64>) -> f64 {
    moments(x.iter().copied()).1.sqrt() / ess_mean(x).sqrt()
}

/// Half the distance between the order statistics that lie one standard error either side of the quantile at p.
#[must_use]
pub fn mcse_quantile(x: ArrayView2<f64>, p: f64) -> f64 {
    let size = ess_quantile(x, p);
    let Ok(beta) = Beta::new(size * p + 1.0, size * (1.0 - p) + 1.0) else { return f64::NAN };
    let sorted = sorted(x);
    let last = real(sorted.len()) - 1.0;
    let [low, high] = ONE_SD.map(|p| beta.inverse_cdf(p) * real(sorted.len()) - 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the places there are")]
    let at = |place: f64| sorted[place.clamp(0.0, last) as usize];
    0.5 * (at(high.ceil()) - at(low.floor()))
}

/// By the delta method with the effective size of (x − x̄)², as Stan's posterior package has it (`ArviZ` takes that of x).
#[must_use]
pub fn mcse_sd(x: ArrayView2<f64>) -> f64 {
    if !is_sound(x) {
        return f64::NAN;
    }
    let count = real(x.len());
    let mean = x.sum() / count;
    let squares = x.mapv(|value| (value - mean).powi(2));
    let variance = squares.sum() / count;
    let fourth = squares.iter().map(|square| square * square).sum::<f64>() / count;
    let size = ess(split(squares.view()).view());
    ((fourth - variance * variance) / size / variance / 4.0).sqrt()
}

/// The quantile at p of all values, interpolated between order statistics (type 7).
#[must_use]
pub fn quantile(x: ArrayView2<f64>, p: f64) -> f64 {
    let sorted = sorted(x);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = p * real(last);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the values")]
    let at = (place.floor() as usize).min(last);
    let next = (at + 1).min(last);
    // As NumPy interpolates, so that equal numbers come out.
    let (low, high, part) = (sorted[at], sorted[next], place - real(at));
    if part < 0.5 { low + part * (high - low) } else { high - (1.0 - part) * (high - low) }
}

fn sorted(x: ArrayView2<f64>) -> Vec<f64> {
    let mut values: Vec<f64> = x.iter().copied().collect();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::{Array2, array};
    use rand_distr::{Distribution, StandardNormal};

    /// An error says how much a figure would scatter were all drawn again: mean, standard deviation and median of 400 sets of an
    /// AR(1), whose own scatter is known to 1/√800 = 3.5 %.
    #[test]
    fn errors_are_what_repetitions_scatter_by() {
        let (rho, sets) = (0.3_f64, 400);
        let mut rng = Seeds(11).stream(Purpose::Draws, 0, 0);
        let mut set = || {
            let mut x = Array2::zeros((4, 200));
            for mut chain in x.rows_mut() {
                let mut value: f64 = StandardNormal.sample(&mut rng);
                for entry in &mut chain {
                    let noise: f64 = StandardNormal.sample(&mut rng);
                    value = rho * value + (1.0 - rho * rho).sqrt() * noise;
                    *entry = value;
                }
            }
            let (mean, variance) = moments(x.iter().copied());
            let x = x.view();
            [[mean, mcse_mean(x)], [variance.sqrt(), mcse_sd(x)], [quantile(x, 0.5), mcse_quantile(x, 0.5)]]
        };
        let all: Vec<[[f64; 2]; 3]> = (0..sets).map(|_| set()).collect();
        for (at, name) in ["mean", "sd", "median"].into_iter().enumerate() {
            let scatter = moments(all.iter().map(|set| set[at][0])).1.sqrt();
            let told = moments(all.iter().map(|set| set[at][1])).0;
            assert!((told / scatter - 1.0).abs() < 0.18, "{name}: {told} of {scatter}");
        }
    }

    #[test]
    fn quantiles_interpolate() {
        let x = array![[3., 1.], [2., 10.]];
        for (p, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (0.9, 7.9), (1.0, 10.0)] {
            assert!((quantile(x.view(), p) - expected).abs() < 1e-14, "{p}");
        }
        assert!(quantile(ndarray::Array2::zeros((0, 0)).view(), 0.5).is_nan());
    }
}
