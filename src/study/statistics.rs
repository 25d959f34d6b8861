//! What many numbers come to: medians with bootstrap intervals, proportions with exact ones. Knows no experiment.

use crate::bayes::real;
use crate::seeds::{Purpose, Seeds};
use rand::RngExt;
use statrs::distribution::{Beta, ContinuousCDF};

/// Resamples of a bootstrap.
const RESAMPLES: u64 = 2000;

/// A number with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Estimate {
    /// A number that nothing random went into.
    #[must_use]
    pub const fn exact(value: f64) -> Self {
        Self { value, low: value, high: value }
    }

    /// Whether the whole interval lies above `value`.
    #[must_use]
    pub fn above(&self, value: f64) -> bool {
        self.low > value
    }

    /// Whether the whole interval lies below `value`.
    #[must_use]
    pub fn below(&self, value: f64) -> bool {
        self.high < value
    }
}

/// The p-quantile, between order statistics as R's type 7. NaN of nothing; NaN counts as larger than any number.
#[must_use]
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    of_sorted(&sorted, p)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
fn of_sorted(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = p.clamp(0.0, 1.0) * real(last);
    let (low, part) = (place.floor() as usize, place.fract());
    let (one, other) = (sorted[low], sorted[(low + 1).min(last)]);
    // Not one + part (other − one): between equal infinities that is no number.
    if part > 0.0 && one.total_cmp(&other).is_ne() { one * (1.0 - part) + other * part } else { one }
}

/// The median alone.
#[must_use]
pub fn median_of(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The median, with the percentile bootstrap's interval (Efron 1979). The same values give the same interval, in whatever order.
#[must_use]
pub fn median(values: &[f64]) -> Estimate {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.len() < 2 {
        return Estimate::exact(of_sorted(&sorted, 0.5));
    }
    let resampled = |at: u64| {
        let mut rng = Seeds(0).stream(Purpose::Resample, at, sorted.len() as u64);
        let mut picked: Vec<f64> = (0..sorted.len()).map(|_| sorted[rng.random_range(0..sorted.len())]).collect();
        picked.sort_by(f64::total_cmp);
        of_sorted(&picked, 0.5)
    };
    let medians: Vec<f64> = (0..RESAMPLES).map(resampled).collect();
    Estimate { value: of_sorted(&sorted, 0.5), low: quantile(&medians, 0.025), high: quantile(&medians, 0.975) }
}

/// The median of one − other, pair by pair: what differs between two arms on the same data and seeds.
#[must_use]
pub fn paired(one: &[f64], other: &[f64]) -> Estimate {
    let difference = |(one, other): (&f64, &f64)| one - other;
    // ∞ − ∞ has the sign that the CPU gives it; as the greatest of all it must have none.
    let numbered = |value: f64| if value.is_nan() { f64::NAN } else { value };
    let differences: Vec<f64> = one.iter().zip(other).map(difference).map(numbered).collect();
    median(&differences)
}

/// `hits` of `n`, with the interval of Clopper & Pearson (1934): at least 95 % whatever the true share.
///
/// # Panics
/// Never: both shapes are positive.
#[must_use]
pub fn proportion(hits: usize, n: usize) -> Estimate {
    if n == 0 {
        return Estimate { value: f64::NAN, low: 0.0, high: 1.0 };
    }
    let (k, n) = (real(hits), real(n));
    let end = |a: f64, b: f64, p: f64| Beta::new(a, b).expect("positive shapes").inverse_cdf(p);
    let low = if hits == 0 { 0.0 } else { end(k, n - k + 1.0, 0.025) };
    let high = if k >= n { 1.0 } else { end(k + 1.0, n - k, 0.975) };
    Estimate { value: k / n, low, high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_distr::{Distribution, StandardNormal};

    /// Both arms diverged: that pair says nothing for either, and counts as the greatest difference, not as the least.
    #[test]
    fn a_pair_of_infinities_is_not_the_least_difference() {
        let far = f64::INFINITY;
        assert!((paired(&[far, 1.0, 2.0], &[far, 0.0, 0.0]).value - 2.0).abs() < 1e-12);
    }

    /// Tabulated: 0 of 20, 5 of 10, 9 of 10, 20 of 20.
    #[test]
    fn exact_intervals_are_the_known_ones() {
        for (hits, n, low, high) in [
            (0, 20, 0.0, 0.168_433),
            (5, 10, 0.187_086, 0.812_914),
            (9, 10, 0.554_984, 0.997_471),
            (20, 20, 0.831_567, 1.0),
        ] {
            let found = proportion(hits, n);
            assert!((found.low - low).abs() < 1e-5 && (found.high - high).abs() < 1e-5, "{hits}/{n}: {found:?}");
        }
    }

    #[test]
    fn medians_bear_infinities_and_know_nothing_of_nothing() {
        assert!(median(&[]).value.is_nan());
        assert_eq!(median(&[3.0]), Estimate::exact(3.0));
        assert!(median_of(&[1.0, f64::INFINITY, f64::INFINITY, f64::INFINITY]).is_infinite());
        assert!((median_of(&[4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-15);
    }

    /// 95 % intervals of a median hold it about so often: 300 samples of 25 normal numbers.
    #[test]
    fn the_interval_covers() {
        let covered = |at: &u64| {
            let mut rng = Seeds(7).stream(Purpose::Draws, *at, 0);
            let values: Vec<f64> = (0..25).map(|_| StandardNormal.sample(&mut rng)).collect();
            let found = median(&values);
            found.low <= 0.0 && found.high >= 0.0
        };
        let covered = (0..300).filter(covered).count();
        assert!((270..=298).contains(&covered), "{covered} of 300");
    }

    proptest! {
        #[test]
        fn the_order_of_values_is_no_matter(mut values in proptest::collection::vec(-9.0..9.0_f64, 1..30)) {
            let before = median(&values);
            values.reverse();
            prop_assert_eq!(median(&values), before);
            prop_assert!(before.low <= before.value && before.value <= before.high);
        }

        #[test]
        fn exact_intervals_hold_the_share_and_mirror(n in 1_usize..80, part in 0.0..1.0_f64) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let hits = (part * real(n)) as usize;
            let (one, other) = (proportion(hits, n), proportion(n - hits, n));
            prop_assert!(one.low <= one.value && one.value <= one.high);
            prop_assert!((one.low + other.high - 1.0).abs() < 1e-6);
        }
    }
}
