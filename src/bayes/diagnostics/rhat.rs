//! R-hat: how much wider all chains together are than each alone. Knows nothing of effective sizes.

use super::ranks::{normal_scores, split};
use super::{is_constant, is_sound, mcse::quantile, moments, real};
use ndarray::ArrayView2;

/// The larger of R of the normal scores and R of those of |x − median|, halves of chains as chains: the one sees chains in
/// other places, the other chains of other widths. NaN where nothing varies.
#[must_use]
pub fn rhat(x: ArrayView2<f64>) -> f64 {
    if !is_sound(x) || is_constant(x.iter()) {
        return f64::NAN;
    }
    let halves = split(x);
    let median = quantile(halves.view(), 0.5);
    let folded = halves.mapv(|value| (value - median).abs());
    let bulk = ratio(normal_scores(halves.view()).view());
    let tail = ratio(normal_scores(folded.view()).view());
    // A fold in which nothing varies (two values, one each side) says nothing.
    bulk.max(tail)
}

/// √((B/W + n − 1)/n): B = n × the variance of the chains' means, W the mean of their variances.
fn ratio(x: ArrayView2<f64>) -> f64 {
    let n = real(x.ncols());
    let each: Vec<(f64, f64)> = x.rows().into_iter().map(|chain| moments(chain.iter().copied())).collect();
    let (_, between) = moments(each.iter().map(|(mean, _)| *mean));
    let within = each.iter().map(|(_, variance)| variance).sum::<f64>() / real(each.len());
    ((n * between / within + n - 1.0) / n).sqrt()
}
