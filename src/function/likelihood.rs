//! ℓ = log p(y | f) with its gradients in f and in ρ = log s, constants included, the Fisher information, and what f
//! predicts of y (MATH §9.1). Knows no composition.

use super::activation::{sigmoid, softplus};
use super::density::{gaussian_constant, laplace, laplace_constant, poisson, student_t, student_t_constant};
use crate::model::Likelihood;
use ndarray::{Array2, ArrayView1, ArrayView2};
use std::f64::consts::TAU;

/// Sums over the rows and outputs of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    /// Σ ℓ, the density of y in the data's own units.
    pub log_likelihood: f64,
    /// ∂/∂ρ of it.
    pub log_scale: f64,
    /// Gaussian: the mean over rows and outputs of r² in the data's own units; else the mean of −ℓ over y's entries.
    pub loss: f64,
}

/// Σ ℓ over the rows of `y` (N × columns of y) and `f` (N×m) in standardised units; `units` has the standard deviation of
/// each of y's columns, whose logarithms the density of a row in the data's own units is less. ∂ℓ/∂f goes to `f_bar`.
pub(crate) fn sums(likelihood: Likelihood, y: &[f64], f: &[f64], s: f64, units: &[f64], f_bar: &mut [f64]) -> Sums {
    #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
    let count = y.len() as f64;
    if let Likelihood::Gaussian { .. } = likelihood {
        return gaussian(y, f, s, count, units, f_bar);
    }
    let m = if y.is_empty() { 1 } else { f.len() / (y.len() / units.len()) };
    let rows = y.chunks_exact(units.len()).zip(f.chunks_exact(m)).zip(f_bar.chunks_exact_mut(m));
    let (mut total, mut log_scale) = (0.0, 0.0);
    for ((y, f), f_bar) in rows {
        let (log, slope) = observe(likelihood, s, y, f, f_bar);
        total += log;
        log_scale += slope;
    }
    let constant = count * (constant(likelihood, s) - mean_log(units));
    Sums { log_likelihood: total + constant, log_scale, loss: -(total + constant) / count }
}

/// Gaussian: ℓ = −½ log(2πs²) − r²/(2s²), ∂ℓ/∂f = r/s², ∂ℓ/∂ρ = −1 + r²/s², with r = y − f.
fn gaussian(y: &[f64], f: &[f64], s: f64, count: f64, units: &[f64], f_bar: &mut [f64]) -> Sums {
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
    Sums {
        log_likelihood: -count * (0.5 * (TAU * s * s).ln() + mean_log(units)) - 0.5 * squares * precision,
        log_scale: squares * precision - count,
        loss: own / count,
    }
}

/// What an entry's log density in its own unit is less than in standardised ones, the mean over columns.
#[expect(clippy::cast_precision_loss, reason = "columns of y")]
pub(crate) fn mean_log(units: &[f64]) -> f64 {
    units.iter().map(|unit| unit.ln()).sum::<f64>() / units.len().max(1) as f64
}

/// ℓ of one row of y about f, in the units that both are in, constants included, and ∂ℓ/∂ρ (0 where there is no scale); ∂ℓ/∂f goes to `f_bar`, which is
/// as long as `f`.
#[must_use]
pub fn log_density(likelihood: Likelihood, s: f64, y: &[f64], f: &[f64], f_bar: &mut [f64]) -> (f64, f64) {
    let (log, log_scale) = observe(likelihood, s, y, f, f_bar);
    #[expect(clippy::cast_precision_loss, reason = "columns of y")]
    let count = y.len() as f64;
    (log + count * constant(likelihood, s), log_scale)
}

/// What every entry of y adds to ℓ whatever y and f are.
fn constant(likelihood: Likelihood, s: f64) -> f64 {
    match likelihood {
        Likelihood::Gaussian { .. } => gaussian_constant(s),
        Likelihood::StudentT { nu, .. } => student_t_constant(nu, s),
        Likelihood::Laplace { .. } => laplace_constant(s),
        Likelihood::Bernoulli | Likelihood::Categorical | Likelihood::Poisson => 0.0,
    }
}

/// ℓ of one row but for the constants, and ∂ℓ/∂ρ; ∂ℓ/∂f goes to `f_bar`.
fn observe(likelihood: Likelihood, s: f64, y: &[f64], f: &[f64], f_bar: &mut [f64]) -> (f64, f64) {
    // ∂ℓ/∂ρ = −1 + r ∂ℓ/∂f for any density of r/s.
    let scattered = |density: &dyn Fn(f64) -> (f64, f64), f_bar: &mut [f64]| {
        let (mut total, mut log_scale) = (0.0, 0.0);
        for ((y, f), f_bar) in y.iter().zip(f).zip(f_bar) {
            let (log, slope) = density(y - f);
            *f_bar = -slope;
            total += log;
            log_scale -= 1.0 + (y - f) * slope;
        }
        (total, log_scale)
    };
    let each = |entry: &dyn Fn(f64, f64) -> (f64, f64), f_bar: &mut [f64]| {
        let mut total = 0.0;
        for ((y, f), f_bar) in y.iter().zip(f).zip(f_bar) {
            let (log, slope) = entry(*y, *f);
            *f_bar = slope;
            total += log;
        }
        (total, 0.0)
    };
    match likelihood {
        Likelihood::Gaussian { .. } => scattered(&|r| (-0.5 * (r / s) * (r / s), -r / (s * s)), f_bar),
        Likelihood::StudentT { nu, .. } => scattered(&|r| student_t(nu, s, r), f_bar),
        Likelihood::Laplace { .. } => scattered(&|r| laplace(s, r), f_bar),
        Likelihood::Bernoulli => each(&bernoulli, f_bar),
        Likelihood::Categorical => (categorical(y[0], f, f_bar), 0.0),
        Likelihood::Poisson => each(&|y, f| (poisson(y, f), y - f.exp()), f_bar),
    }
}

/// y f − softplus(f) and y − sigmoid(f), written so that a sure and right f loses no digit.
fn bernoulli(y: f64, f: f64) -> (f64, f64) {
    let wrong = 1.0 - y;
    let zero = |weight: f64, value: f64| if weight == 0.0 { 0.0 } else { weight * value };
    let log = -(zero(y, softplus(-f)) + zero(wrong, softplus(f)));
    (log, zero(y, sigmoid(-f).0) - zero(wrong, sigmoid(f).0))
}

/// f at y, less log Σ e^f; its gradient onehot(y) − softmax(f) goes to `f_bar`. A class that is none has the density 0.
fn categorical(y: f64, f: &[f64], f_bar: &mut [f64]) -> f64 {
    softmax(f, f_bar);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "classes are whole and few")]
    let class = y as usize;
    if class >= f.len() {
        f_bar.fill(f64::NAN);
        return f64::NEG_INFINITY;
    }
    let most = f.iter().fold(f64::NEG_INFINITY, |most, f| most.max(*f));
    let first = f.iter().position(|f| *f >= most).unwrap_or(0);
    let others: f64 = f.iter().enumerate().filter(|(j, _)| *j != first).map(|(_, f)| (f - most).exp()).sum();
    let not_y: f64 = f_bar.iter().enumerate().filter(|(j, _)| *j != class).map(|(_, p)| p).sum();
    for p in &mut *f_bar {
        *p = -*p;
    }
    f_bar[class] = not_y;
    (f[class] - most) - others.ln_1p()
}

/// e^f over their sum.
fn softmax(f: &[f64], p: &mut [f64]) {
    let most = f.iter().fold(f64::NEG_INFINITY, |most, f| most.max(*f));
    let mut total = 0.0;
    for (p, f) in p.iter_mut().zip(f) {
        *p = (f - most).exp();
        total += *p;
    }
    for p in &mut *p {
        *p /= total;
    }
}

/// Λ = −E[∂²ℓ/∂f²], the Fisher information of one row of y about f: m×m, row-major, into `lambda`.
///
/// Gaussian and Laplace 1/s², Student's t (ν+1)/((ν+3)s²), Bernoulli p(1−p), Poisson e^f on the diagonal; categorical
/// diag(p) − ppᵀ.
pub fn fisher(likelihood: Likelihood, s: f64, f: &[f64], lambda: &mut [f64]) {
    let m = f.len();
    lambda.fill(0.0);
    let mut diagonal = |entry: &dyn Fn(f64) -> f64| (0..m).for_each(|j| lambda[j * m + j] = entry(f[j]));
    match likelihood {
        Likelihood::Gaussian { .. } | Likelihood::Laplace { .. } => diagonal(&|_| 1.0 / (s * s)),
        Likelihood::StudentT { nu, .. } => diagonal(&|_| (nu + 1.0) / ((nu + 3.0) * s * s)),
        Likelihood::Bernoulli => diagonal(&|f| sigmoid(f).1),
        Likelihood::Poisson => diagonal(&f64::exp),
        Likelihood::Categorical => {
            let mut p = vec![0.0; m];
            softmax(f, &mut p);
            for j in 0..m {
                for k in 0..m {
                    // p_j (1 − p_j) as the others' sum: 1 − p_j would lose the digits of a sure class.
                    let others: f64 = p.iter().enumerate().filter(|(l, _)| *l != j).map(|(_, p)| p).sum();
                    lambda[j * m + k] = if j == k { p[j] * others } else { -p[j] * p[k] };
                }
            }
        }
    }
}

/// What f (N×m) predicts through the likelihood's link, N×m: the probabilities of 1 or of the classes, the mean count, else
/// f itself.
#[must_use]
pub fn predicted(likelihood: Likelihood, f: ArrayView2<'_, f64>) -> Array2<f64> {
    match likelihood {
        Likelihood::Gaussian { .. } | Likelihood::StudentT { .. } | Likelihood::Laplace { .. } => f.to_owned(),
        Likelihood::Bernoulli => f.mapv(|f| sigmoid(f).0),
        Likelihood::Poisson => f.mapv(f64::exp),
        Likelihood::Categorical => {
            let mut p = Array2::zeros(f.dim());
            let mut row = vec![0.0; f.ncols()];
            for (f, mut p) in f.rows().into_iter().zip(p.rows_mut()) {
                softmax(&f.to_vec(), &mut row);
                p.assign(&ArrayView1::from(&row));
            }
            p
        }
    }
}

/// The middle of y given f, one value a column of y (N × columns): its mean, for the heavy tails its median. It lies on
/// y's axis; for classes it is their mean number.
#[must_use]
pub fn mean(likelihood: Likelihood, f: ArrayView2<'_, f64>) -> Array2<f64> {
    let predicted = predicted(likelihood, f);
    match likelihood {
        Likelihood::Categorical => Array2::from_shape_fn((f.nrows(), 1), |(row, _)| numbered(&predicted, row, 1)),
        Likelihood::Gaussian { .. }
        | Likelihood::StudentT { .. }
        | Likelihood::Laplace { .. }
        | Likelihood::Bernoulli
        | Likelihood::Poisson => predicted,
    }
}

/// How far y lies from its middle: s where there is a scale, else y's standard deviation. In the shape of `mean`.
#[must_use]
pub fn scatter(likelihood: Likelihood, s: f64, f: ArrayView2<'_, f64>) -> Array2<f64> {
    match likelihood {
        Likelihood::Gaussian { .. } | Likelihood::StudentT { .. } | Likelihood::Laplace { .. } => f.mapv(|_| s),
        Likelihood::Bernoulli => f.mapv(|f| sigmoid(f).1.sqrt()),
        Likelihood::Poisson => f.mapv(|f| (0.5 * f).exp()),
        Likelihood::Categorical => {
            let p = predicted(likelihood, f);
            let variance = |row| numbered(&p, row, 2) - numbered(&p, row, 1).powi(2);
            Array2::from_shape_fn((f.nrows(), 1), |(row, _)| variance(row).max(0.0).sqrt())
        }
    }
}

/// Σ kⁿ pₖ over the classes k of one row.
fn numbered(p: &Array2<f64>, row: usize, power: i32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "classes are few")]
    p.row(row).iter().enumerate().map(|(class, p)| (class as f64).powi(power) * p).sum()
}
