//! Chains cut in half, and values replaced by normal scores of their ranks. Knows no diagnostic.

use super::real;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use statrs::distribution::{ContinuousCDF, Normal};

/// First and second halves as chains of their own: what drifts differs from itself. An odd number drops its middle draw.
pub(super) fn split(x: ArrayView2<f64>) -> Array2<f64> {
    let (draws, half) = (x.ncols(), x.ncols() / 2);
    concatenate![Axis(0), x.slice(s![.., ..half]), x.slice(s![.., draws - half..])]
}

/// z = Φ⁻¹((r − 3/8)/(S + 1/4)) with r the average rank among all S values.
pub(super) fn normal_scores(x: ArrayView2<f64>) -> Array2<f64> {
    let count = x.len();
    let values: Vec<f64> = x.iter().copied().collect();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut scores = vec![0.0; count];
    let normal = Normal::standard();
    let mut from = 0;
    for ties in order.chunk_by(|one, other| same(values[*one], values[*other])) {
        // Ranks from + 1 to from + ties, shared.
        let rank = real(2 * from + 1 + ties.len()) / 2.0;
        let score = normal.inverse_cdf((rank - 0.375) / (real(count) + 0.25));
        for at in ties {
            scores[*at] = score;
        }
        from += ties.len();
    }
    Array2::from_shape_vec(x.raw_dim(), scores).expect("as many scores as values")
}

fn same(one: f64, other: f64) -> bool {
    one.partial_cmp(&other) == Some(std::cmp::Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn halves() {
        let x = array![[1., 2., 3., 4., 5.], [6., 7., 8., 9., 10.]];
        assert_eq!(split(x.view()), array![[1., 2.], [6., 7.], [4., 5.], [9., 10.]]);
    }

    /// `SciPy`: norm.ppf((rankdata(x) - 0.375) / (6 + 0.25)) of 3, 1, 1, 2, −5, 3.
    #[test]
    fn ties_share_their_rank() {
        let scores = normal_scores(array![[3., 1., 1.], [2., -5., 3.]].view());
        let (three, one, two, low) =
            (0.915_365_087_842_814_3, -0.412_463_129_441_404_7, 0.201_893_479_141_850_74, -1.281_551_565_544_600_4);
        let gap = &scores - &array![[three, one, one], [two, low, three]];
        assert!(gap.iter().all(|gap| gap.abs() < 1e-13), "{scores}");
    }
}
