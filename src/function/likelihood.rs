//! ℓ = log p(y | f) with its gradients in f and in ρ = log s, constants included (MATH §9.1). Knows no composition.

use std::f64::consts::TAU;

/// Sums over the rows and outputs of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    /// Σ ℓ.
    pub log_likelihood: f64,
    /// ∂/∂ρ of it.
    pub log_scale: f64,
    /// Σ r² in the data's own units.
    pub squares: f64,
}

/// Gaussian: ℓ = −½ log(2πs²) − r²/(2s²), ∂ℓ/∂f = r/s², ∂ℓ/∂ρ = −1 + r²/s², with r = y − f.
///
/// `y` and `f` are N×m in standardised units; `units` has each output's standard deviation. ∂ℓ/∂f goes to `f_bar`.
pub(crate) fn gaussian(y: &[f64], f: &[f64], s: f64, units: &[f64], f_bar: &mut [f64]) -> Sums {
    let precision = 1.0 / (s * s);
    let (mut squares, mut own) = (0.0, 0.0);
    let m = units.len();
    for ((y, f), f_bar) in y.chunks_exact(m).zip(f.chunks_exact(m)).zip(f_bar.chunks_exact_mut(m)) {
        for j in 0..m {
            let r = y[j] - f[j];
            squares += r * r;
            own += r * r * units[j] * units[j];
            f_bar[j] = r * precision;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
    let count = y.len() as f64;
    Sums {
        log_likelihood: -0.5 * count * (TAU * s * s).ln() - 0.5 * squares * precision,
        log_scale: squares * precision - count,
        squares: own,
    }
}
