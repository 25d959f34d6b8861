//! Whether draws can be trusted: rank-normalised R-hat, effective sample sizes, Monte Carlo errors, energy, exact identities.
//! Knows no sampler.
//!
//! Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021. The input is always chains × draws of one quantity, which should be
//! one that the labels of the elements do not touch: f at some x, the log likelihood, s. A value that is not finite makes
//! every answer NaN, as do fewer than four draws a chain.

mod energy;
mod ess;
mod identities;
mod mcse;
mod ranks;
mod rhat;

pub use energy::e_bfmi;
pub use ess::{ess_bulk, ess_mean, ess_quantile, ess_tail};
pub use identities::{Defect, balancedness, gauge, virial};
pub use mcse::{mcse_mean, mcse_quantile, mcse_sd, quantile};
pub use rhat::rhat;

use ndarray::ArrayView2;

/// What there is to say about the draws of one quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnosis {
    /// The mean of all draws.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
    /// Rank-normalised split R-hat: 1 where all chains tell the same; below 1.01 is well.
    pub rhat: f64,
    /// Draws that would tell as much of the centre, were they independent.
    pub bulk: f64,
    /// Likewise of the 5 % and 95 % quantiles: the smaller.
    pub tail: f64,
    /// The Monte Carlo error of the mean.
    pub mcse_mean: f64,
}

impl Diagnosis {
    /// Of chains × draws.
    #[must_use]
    pub fn of(x: ArrayView2<f64>) -> Self {
        let (mean, variance) = moments(x.iter().copied());
        Self { mean, sd: variance.sqrt(), rhat: rhat(x), bulk: ess_bulk(x), tail: ess_tail(x), mcse_mean: mcse_mean(x) }
    }
}

/// Whether anything can be said: all finite, four draws a chain.
fn is_sound(x: ArrayView2<f64>) -> bool {
    x.nrows() > 0 && x.ncols() >= 4 && x.iter().all(|value| value.is_finite())
}

/// Whether no value differs from another.
fn is_constant<'a>(mut values: impl Iterator<Item = &'a f64>) -> bool {
    let Some(first) = values.next() else { return true };
    let (least, most) = values.fold((*first, *first), |(least, most), value| (least.min(*value), most.max(*value)));
    // As ArviZ has it: a spread that no float64 of this size could resolve is none.
    most - least < 1e-15
}

/// Mean and variance (divided by n − 1).
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = real(values.clone().count());
    let mean = values.clone().sum::<f64>() / count;
    (mean, values.map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0))
}

#[expect(clippy::cast_precision_loss, reason = "counts of draws")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis, concatenate};
    use proptest::prelude::*;

    fn set(chains: usize, draws: usize, value: impl Fn(f64, f64) -> f64) -> Array2<f64> {
        Array2::from_shape_fn((chains, draws), |(c, t)| value(real(c), real(t)))
    }

    /// MATH §14.6: the numbers of arviz-stats 0.8.0 on inputs that are formulas of the chain c and the draw t.
    fn golden() -> [(&'static str, Array2<f64>, [f64; 6]); 4] {
        let even = |t: f64| if t % 2.0 == 0.0 { 1.0 } else { -1.0 };
        [
            (
                "S1",
                set(4, 100, |c, t| (1.3 * t * t + c).sin() + 0.05 * c + 0.001 * t),
                [
                    1.024_475_476_1,
                    311.550_802_645_3,
                    101.563_612_116_3,
                    387.103_570_124_4,
                    0.036_574_684,
                    0.038_166_872,
                ],
            ),
            (
                "S2",
                set(2, 51, |c, t| (0.7 * t + 2.0 * c).cos() + 0.01 * t),
                [
                    1.029_797_623_7,
                    39.553_519_255_1,
                    65.585_716_888_3,
                    38.798_211_567_7,
                    0.116_600_706_3,
                    0.080_559_612_6,
                ],
            ),
            (
                "S3",
                set(3, 64, |c, t| (2.0 * (2.1 * t * t + c).sin()).round_ties_even()),
                [0.992_959_667_2, 128.150_850_937_3, 148.687_414_029, 126.527_548_055, 0.133_338_818_2, 0.0],
            ),
            (
                "S4",
                set(3, 64, |c, t| even(t) * (1.0 + 0.1 * (1.7 * t + c).sin())),
                [
                    0.985_422_754_5,
                    438.393_835_911_1,
                    229.320_355_206_4,
                    438.393_835_911_1,
                    0.048_057_343_2,
                    0.004_367_298,
                ],
            ),
        ]
    }

    #[test]
    fn arviz_agrees_to_all_printed_digits() {
        for (name, x, expected) in golden() {
            let x = x.view();
            let tail = ess_tail(x);
            let found = [rhat(x), ess_bulk(x), tail, ess_mean(x), mcse_mean(x), mcse_quantile(x, 0.05)];
            for (at, (found, expected)) in found.into_iter().zip(expected).enumerate() {
                assert!((found - expected).abs() <= 0.6e-10, "{name}, column {at}: {found:.10} is not {expected:.10}");
            }
        }
    }

    /// What each answers: R-hat, bulk, tail, mean, the three errors.
    fn all(x: ArrayView2<f64>) -> [f64; 7] {
        [rhat(x), ess_bulk(x), ess_tail(x), ess_mean(x), mcse_mean(x), mcse_quantile(x, 0.5), mcse_sd(x)]
    }

    #[test]
    fn one_value_that_is_no_number_is_not_hidden() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for (_, mut x, _) in golden() {
                x[[1, 7]] = bad;
                assert!(all(x.view()).iter().all(|value| value.is_nan()), "{bad}: {:?}", all(x.view()));
            }
        }
        assert!(all(set(2, 3, |c, t| c + t).view()).iter().all(|value| value.is_nan()), "three draws");
        assert!(all(Array2::zeros((0, 9)).view()).iter().all(|value| value.is_nan()), "no chain");
    }

    #[test]
    fn a_constant_has_every_draw_and_no_rhat() {
        let x = set(3, 20, |_, _| 4.25);
        let [rhat, bulk, tail, mean, ..] = all(x.view());
        assert!(rhat.is_nan());
        assert!([bulk, tail, mean].iter().all(|size| (size - 60.0).abs() < f64::EPSILON), "{bulk} {tail} {mean}");
    }

    #[test]
    fn chains_that_differ_are_told_whether_in_place_or_in_spread() {
        let (_, x, _) = golden()[0].clone();
        let apart = set(4, 100, |c, t| x[[0, 0]] * 0.0 + (1.3 * t * t + c).sin() + if c > 2.0 { 3.0 } else { 0.0 });
        assert!(rhat(apart.view()) > 1.5, "{}", rhat(apart.view()));
        // Equal means: only the folded part sees it.
        let wider = set(4, 100, |c, t| (1.3 * t * t + c).sin() * if c > 2.0 { 8.0 } else { 1.0 });
        assert!(rhat(wider.view()) > 1.1, "{}", rhat(wider.view()));
    }

    proptest! {
        /// Ranks do not see a monotone map, nor which chain is which; a straight line moves no effective size.
        #[test]
        fn invariances(scale in 0.1..10.0_f64, shift in -5.0..5.0_f64, seed in 1.0..2.0_f64) {
            let x = set(3, 40, |c, t| (seed * t * t + c).sin() + 0.1 * c);
            let line = x.mapv(|value| shift + scale * value);
            let curved = x.mapv(f64::exp);
            let order = concatenate![Axis(0), x.slice(ndarray::s![2..3, ..]), x.slice(ndarray::s![0..2, ..])];
            let near = |one: f64, other: f64| (one - other).abs() < 1e-8 * one.abs();
            prop_assert!(near(rhat(x.view()), rhat(order.view())));
            // The two middle values are equally far from the median, and which is farther is rounding's choice: a factor that
            // rounds nothing leaves it.
            prop_assert!(near(rhat(x.view()), rhat(x.mapv(|value| 4.0 * value).view())));
            prop_assert!(near(ess_bulk(x.view()), ess_bulk(curved.view())));
            prop_assert!(near(ess_mean(x.view()), ess_mean(line.view())));
            prop_assert!(near(mcse_mean(line.view()), scale * mcse_mean(x.view())));
            prop_assert!(near(mcse_sd(line.view()), scale * mcse_sd(x.view())));
        }
    }
}
