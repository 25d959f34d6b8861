//! A Gaussian prior as weight decay: one number in the spellings in which objectives write it. Knows no coefficient.

/// What ‖θ‖² is multiplied by in an objective that is minimised, for a Gaussian likelihood of scale s, a prior N(0, τ²),
/// N rows and m outputs. All of them have one minimum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    /// −log posterior + ½ (1/τ²) ‖θ‖²: 1/τ².
    pub log_posterior: f64,
    /// Mean of −ℓ over rows + (w/2) ‖θ‖²: w = 1/(N τ²), the `weight_decay` of an optimiser that adds w θ to the gradient.
    pub mean_likelihood: f64,
    /// (1/N) Σ‖r‖² + λ ‖θ‖²: λ = s²/(N τ²). The λ that is shown.
    pub squares: f64,
    /// Mean of r² over N·m + (w/2) ‖θ‖²: w = 2 s²/(N m τ²), the `weight_decay` beside a mean squared error.
    pub mean_square: f64,
    /// ½ Σ‖r‖² + (λ/2) ‖θ‖²: λ = s²/τ², in which the critical one is written.
    pub half_squares: f64,
}

impl Decay {
    /// Infinite without rows: nothing then speaks against the prior.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of observations")]
    pub fn of(s: f64, tau: f64, rows: usize, outputs: usize) -> Self {
        let (n, m, precision) = (rows as f64, outputs as f64, 1.0 / (tau * tau));
        Self {
            log_posterior: precision,
            mean_likelihood: precision / n,
            squares: s * s * precision / n,
            mean_square: 2.0 * s * s * precision / (n * m),
            half_squares: s * s * precision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every objective, written out, at one θ and its residuals.
    fn objectives(s: f64, tau: f64, residuals: &[[f64; 2]], theta: &[f64]) -> [f64; 5] {
        let decay = Decay::of(s, tau, residuals.len(), 2);
        let squares: f64 = residuals.iter().flatten().map(|r| r * r).sum();
        let norm: f64 = theta.iter().map(|value| value * value).sum();
        let n = f64::from(u32::try_from(residuals.len()).unwrap());
        let likelihood = squares / (2.0 * s * s);
        [
            likelihood + 0.5 * decay.log_posterior * norm,
            likelihood / n + 0.5 * decay.mean_likelihood * norm,
            squares / n + decay.squares * norm,
            squares / (2.0 * n) + 0.5 * decay.mean_square * norm,
            0.5 * squares + 0.5 * decay.half_squares * norm,
        ]
    }

    proptest! {
        /// From one θ to another all five change by one factor each: they are one objective in other units.
        #[test]
        fn the_spellings_are_one_objective(
            s in 0.05..3.0_f64, tau in 0.05..5.0_f64,
            residuals in proptest::collection::vec([-2.0..2.0_f64, -2.0..2.0], 1..12),
            theta in proptest::collection::vec(-2.0..2.0_f64, 1..6), size in 0.0..3.0_f64,
        ) {
            let here = objectives(s, tau, &residuals, &theta);
            let other: Vec<f64> = theta.iter().map(|value| size * value).collect();
            let there = objectives(s, tau, &residuals, &other);
            let n = f64::from(u32::try_from(residuals.len()).unwrap());
            for (at, unit) in [1.0, 1.0 / n, 2.0 * s * s / n, s * s / n, s * s].into_iter().enumerate() {
                prop_assert!((here[at] - unit * here[0]).abs() < 1e-9 * (1.0 + here[at].abs()), "{at} here");
                prop_assert!((there[at] - unit * there[0]).abs() < 1e-9 * (1.0 + there[at].abs()), "{at} there");
            }
        }
    }

    #[test]
    fn the_picture_shows_this_one() {
        let decay = Decay::of(0.1, 1.0, 90, 1);
        assert!((decay.squares - 1.111_111e-4).abs() < 1e-9);
        assert!((decay.mean_square / decay.squares - 2.0).abs() < 1e-12);
        assert!(Decay::of(0.1, 1.0, 0, 1).squares.is_infinite());
    }
}
