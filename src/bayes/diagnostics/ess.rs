//! Effective sample sizes: how many independent draws would tell as much. Knows nothing of errors.

use super::mcse::quantile;
use super::ranks::{normal_scores, split};
use super::{is_constant, is_sound, moments, real};
use ndarray::ArrayView2;
use realfft::RealFftPlanner;
use std::cell::RefCell;

/// Of the centre of the distribution, whatever its tails: of the normal scores.
#[must_use]
pub fn ess_bulk(x: ArrayView2<f64>) -> f64 {
    if is_sound(x) { ess(normal_scores(split(x).view()).view()) } else { f64::NAN }
}

/// Of the 5 % and 95 % quantiles, the smaller.
#[must_use]
pub fn ess_tail(x: ArrayView2<f64>) -> f64 {
    ess_quantile(x, 0.05).min(ess_quantile(x, 0.95))
}

/// Of the mean.
#[must_use]
pub fn ess_mean(x: ArrayView2<f64>) -> f64 {
    if is_sound(x) { ess(split(x).view()) } else { f64::NAN }
}

/// Of the quantile at p: of how often x lies below it.
#[must_use]
pub fn ess_quantile(x: ArrayView2<f64>, p: f64) -> f64 {
    if !is_sound(x) {
        return f64::NAN;
    }
    let at = quantile(x, p);
    ess(split(x).mapv(|value| if value <= at { 1.0 } else { 0.0 }).view())
}

/// Chains × draws over τ = −1 + 2 Σ `ρ_t`, the sum ended and made monotone in pairs (Geyer 1992). Negative correlation
/// counts for at most a factor log₁₀ of the draws.
pub(super) fn ess(x: ArrayView2<f64>) -> f64 {
    let total = real(x.len());
    if is_constant(x.iter()) {
        return total;
    }
    let (chains, n) = x.dim();
    let lags = Lags::new(x);
    let rho = |t: usize| 1.0 - (lags.within - lags.covariances[t]) / lags.total;
    let mut rhos = vec![1.0, rho(1)];
    let (mut even, mut odd) = (1.0, rhos[1]);
    let mut t = 1;
    while t + 3 < n && even + odd > 0.0 {
        (even, odd) = (rho(t + 1), rho(t + 2));
        rhos.extend(if even + odd >= 0.0 { [even, odd] } else { [0.0, 0.0] });
        t += 2;
    }
    // T = t − 2 is the last lag that counts whole: `rhos` to t − 1 of them.
    let counted = t - 1;
    rhos.resize(rhos.len().max(counted + 1), 0.0);
    if even > 0.0 {
        rhos[counted] = even;
    }
    for t in (1..).step_by(2).take_while(|t| t + 3 < counted + 1) {
        let before = rhos[t - 1] + rhos[t];
        if rhos[t + 1] + rhos[t + 2] > before {
            rhos[t + 1] = before / 2.0;
            rhos[t + 2] = before / 2.0;
        }
    }
    let tau = 2.0 * rhos[..counted].iter().sum::<f64>() - 1.0 + rhos[counted];
    debug_assert!(chains > 0);
    total / tau.max(1.0 / total.log10())
}

/// Autocovariances averaged over chains.
struct Lags {
    /// `γ_t` = the mean over chains of (1/n) Σ xᵢ xᵢ₊ₜ about each chain's mean, t < n.
    covariances: Vec<f64>,
    /// W, and V = γ₀ + the variance of the chains' means.
    within: f64,
    total: f64,
}

thread_local! {
    /// Twiddle factors cost as much as a transform; the same few lengths come again and again.
    static PLANNER: RefCell<RealFftPlanner<f64>> = RefCell::new(RealFftPlanner::new());
}

impl Lags {
    fn new(x: ArrayView2<f64>) -> Self {
        let n = real(x.ncols());
        let means: Vec<f64> = x.rows().into_iter().map(|chain| chain.sum() / n).collect();
        let covariances = autocovariances(x, &means);
        let variance = covariances[0];
        Self {
            covariances,
            within: variance * n / (n - 1.0),
            total: variance + if means.len() > 1 { moments(means.into_iter()).1 } else { 0.0 },
        }
    }
}

/// By the Wiener–Khinchin theorem: the inverse transform of the chains' mean power. Padded with as many zeros as draws, so that
/// no end meets a beginning.
fn autocovariances(x: ArrayView2<f64>, means: &[f64]) -> Vec<f64> {
    let (chains, n) = x.dim();
    let length = (2 * n).next_power_of_two();
    let (forward, inverse) =
        PLANNER.with_borrow_mut(|own| (own.plan_fft_forward(length), own.plan_fft_inverse(length)));
    let (mut padded, mut spectrum) = (forward.make_input_vec(), forward.make_output_vec());
    let mut power = inverse.make_input_vec();
    for (chain, mean) in x.rows().into_iter().zip(means) {
        padded.fill(0.0);
        padded.iter_mut().zip(chain).for_each(|(to, value)| *to = value - mean);
        forward.process(&mut padded, &mut spectrum).expect("buffers of its own lengths");
        power.iter_mut().zip(&spectrum).for_each(|(sum, own)| sum.re += own.norm_sqr());
    }
    inverse
        .process(&mut power, &mut padded)
        .expect("buffers of its own lengths, and a spectrum that is real at both ends");
    padded.truncate(n);
    padded.into_iter().map(|sum| sum / real(length * n * chains)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::Array2;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn autocovariances_are_their_sums() {
        let x = Array2::from_shape_fn((3, 101), |(c, t)| real((c * 37 + t * t) % 23) - 0.1 * real(t));
        let means: Vec<f64> = x.rows().into_iter().map(|chain| chain.mean().unwrap()).collect();
        let found = autocovariances(x.view(), &means);
        for (t, found) in found.iter().enumerate() {
            let own = |c: usize| (0..101 - t).map(|i| (x[[c, i]] - means[c]) * (x[[c, i + t]] - means[c])).sum::<f64>();
            let sum = (0..3).map(own).sum::<f64>() / 303.0;
            assert!((found - sum).abs() < 1e-11, "{t}: {found} is not {sum}");
        }
    }

    /// An AR(1) of coefficient ρ has n(1 − ρ)/(1 + ρ) draws' worth of its mean.
    #[test]
    fn an_autoregression_counts_as_its_formula_says() {
        for rho in [-0.4_f64, 0.0, 0.5, 0.9] {
            let (chains, draws) = (4, 5000);
            let mut x = Array2::zeros((chains, draws));
            for (c, mut chain) in (0_u64..).zip(x.rows_mut()) {
                let mut rng = Seeds(3).stream(Purpose::Draws, c, 0);
                let mut value: f64 = StandardNormal.sample(&mut rng);
                for entry in &mut chain {
                    let noise: f64 = StandardNormal.sample(&mut rng);
                    value = rho * value + (1.0 - rho * rho).sqrt() * noise;
                    *entry = value;
                }
            }
            let expected = 20_000.0 * (1.0 - rho) / (1.0 + rho);
            let found = ess_mean(x.view());
            assert!((found / expected - 1.0).abs() < 0.12, "{rho}: {found} is not {expected}");
        }
    }
}
