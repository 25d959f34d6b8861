//! Bayes' rule for y = Φ w + noise with a normal prior on w: exact, and a block of rows at a time. Knows no model.
//!
//! Nothing forms `ΦᵀΦ`: the QR decomposition of the stacked [R; Φ/s] is the square root of the precision after those rows,
//! stable for dependent columns and for more columns than rows (MATH §11.1; Gelman et al. 2013, ch. 14).

use crate::linalg::{Triangle, qr, root_and_image};
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rand::Rng;
use rand_distr::{Distribution, Gamma, StandardNormal};
use statrs::function::gamma::ln_gamma;
use std::f64::consts::TAU;

/// What is left of a column beside those before it, of all of it, up to which it is rounding.
const UNDETERMINED: f64 = 1e-12;

/// What is known of the scatter of y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// s; w ~ N(0, Λ₀⁻¹).
    Known(f64),
    /// s² ~ inverse gamma(α, β) and w | s² ~ N(0, s² Λ₀⁻¹): then w and y are Student's t.
    Unknown {
        /// α.
        alpha: f64,
        /// β.
        beta: f64,
    },
}

/// The posterior of w (p×q, a column an output, all with the same Φ) after the rows that were observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Conjugate {
    noise: Noise,
    /// R with `RᵀR` = Λ₀ + ΦᵀΦ/s² (s = 1 while it is unknown), and R w̄.
    root: Triangle,
    z: Array2<f64>,
    /// ‖y − Φw̄‖²/s² + w̄ᵀΛ₀w̄ over all outputs.
    misfit: f64,
    rows: usize,
    prior_roots: Vec<f64>,
}

impl Conjugate {
    /// The prior of p coefficients for each of `outputs` columns: Λ₀ is the diagonal of the squared `precision_roots` (1/τ).
    /// A root of 0 is a flat prior: then there is no evidence, and no draw before there are rows enough.
    #[must_use]
    pub fn prior(precision_roots: &[f64], outputs: usize, noise: Noise) -> Self {
        Self {
            noise,
            root: Triangle::diagonal(precision_roots),
            z: Array2::zeros((precision_roots.len(), outputs)),
            misfit: 0.0,
            rows: 0,
            prior_roots: precision_roots.to_vec(),
        }
    }

    /// What is observed is divided by this.
    fn unit(&self) -> f64 {
        match self.noise {
            Noise::Known(s) => s,
            Noise::Unknown { .. } => 1.0,
        }
    }

    /// Bayes' rule for more rows of Φ (rows×p) and y (rows×q). None, and nothing learned, if a number is not finite.
    #[must_use]
    pub fn observed(mut self, phi: ArrayView2<f64>, y: ArrayView2<f64>) -> Option<Self> {
        let unit = self.unit();
        let (phi, y) = (phi.mapv(|value| value / unit), y.mapv(|value| value / unit));
        if !y.iter().all(|value| value.is_finite()) {
            return None;
        }
        let stacked = concatenate![Axis(0), self.root.view(), phi];
        let (root, z) = root_and_image(stacked.view(), concatenate![Axis(0), self.z, y].view())?;
        let mean = root.solve(z.view());
        // What is left over, directly: as a difference of squares it would cancel.
        let left = &y - &phi.dot(&mean);
        let moved = &self.z - &self.root.view().dot(&mean);
        self.misfit += left.iter().chain(&moved).map(|value| value * value).sum::<f64>();
        self.rows += y.nrows();
        (self.root, self.z) = (root, z);
        Some(self)
    }

    /// Whether the prior and what was observed say something of all of w: of what has a flat prior the rows have to.
    #[must_use]
    pub fn is_determined(&self) -> bool {
        let root = self.root.view();
        let norm = |at: usize| root.column(at).iter().map(|value| value * value).sum::<f64>().sqrt();
        let flat = self.prior_roots.iter().enumerate().filter(|(_, root)| root.abs() <= 0.0);
        flat.map(|(at, _)| at).all(|at| root[[at, at]].abs() > UNDETERMINED * norm(at))
    }

    /// w̄, p×q: the mean and mode.
    #[must_use]
    pub fn mean(&self) -> Array2<f64> {
        self.root.solve(self.z.view())
    }

    /// R with `RᵀR` = the precision of every column of w; of w/s while s is unknown.
    #[must_use]
    pub fn root(&self) -> &Triangle {
        &self.root
    }

    /// Rows × outputs: what has been observed.
    #[must_use]
    pub fn observations(&self) -> usize {
        self.rows * self.z.ncols()
    }

    /// What is known of the scatter now.
    #[must_use]
    pub fn noise(&self) -> Noise {
        match self.noise {
            Noise::Known(s) => Noise::Known(s),
            Noise::Unknown { alpha, beta } => {
                let half = 0.5 * super::real(self.observations());
                Noise::Unknown { alpha: alpha + half, beta: beta + 0.5 * self.misfit }
            }
        }
    }

    /// log p(y), the evidence of all that was observed; none under a flat prior.
    #[must_use]
    pub fn log_evidence(&self) -> Option<f64> {
        if self.prior_roots.contains(&0.0) {
            return None;
        }
        let count = super::real(self.observations());
        let prior = 2.0 * self.prior_roots.iter().map(|root| root.ln()).sum::<f64>();
        let volume = 0.5 * super::real(self.z.ncols()) * (prior - self.root.log_det());
        Some(match (self.noise, self.noise()) {
            (Noise::Unknown { alpha, beta }, Noise::Unknown { alpha: after, beta: beta_after }) => {
                volume - 0.5 * count * TAU.ln() + alpha * beta.ln() - after * beta_after.ln() + ln_gamma(after)
                    - ln_gamma(alpha)
            }
            (Noise::Known(s), _) | (_, Noise::Known(s)) => {
                volume - 0.5 * count * (TAU * s * s).ln() - 0.5 * self.misfit
            }
        })
    }

    /// φᵀΣφ of every row of `phi`: the variance of φᵀw, in units of s² while s is unknown.
    #[must_use]
    pub fn leverage(&self, phi: ArrayView2<f64>) -> Vec<f64> {
        let root = self.root.solve_transposed(phi.t());
        root.columns().into_iter().map(|column| column.iter().map(|value| value * value).sum()).collect()
    }

    /// s drawn from what is known of it.
    ///
    /// # Panics
    /// Never for a positive α and β.
    pub fn draw_scale(&self, rng: &mut impl Rng) -> f64 {
        match self.noise() {
            Noise::Known(s) => s,
            Noise::Unknown { alpha, beta } => {
                let gamma = Gamma::new(alpha, 1.0 / beta).expect("α and β are positive");
                gamma.sample(rng).powf(-0.5)
            }
        }
    }

    /// w drawn given s.
    #[must_use]
    pub fn draw(&self, s: f64, rng: &mut impl Rng) -> Array2<f64> {
        let size = s / self.unit();
        let noise = Array2::from_shape_fn(self.z.raw_dim(), |_| -> f64 { StandardNormal.sample(rng) });
        self.root.solve((&self.z + &(noise * size)).view())
    }
}

/// What turns draws of the prior into draws of the posterior: w = w₀ + the answer to what (y − ε) differs from Φw₀
/// (Matheron's rule; Wilson et al. 2021). A small change of the data moves each draw a little, so draws can be animated.
#[derive(Clone, Debug)]
pub struct Paths {
    q: Array2<f64>,
    root: Triangle,
    prior_roots: Vec<f64>,
    y: Array2<f64>,
    unit: f64,
}

impl Paths {
    /// For rows Φ (rows×p) and y (rows×q). None if a number is not finite.
    #[must_use]
    pub fn new(prior: &Conjugate, phi: ArrayView2<f64>, y: ArrayView2<f64>) -> Option<Self> {
        let unit = prior.unit();
        let (phi, y) = (phi.mapv(|value| value / unit), y.mapv(|value| value / unit));
        let roots = prior.prior_roots.clone();
        let (q, root) = qr(concatenate![Axis(0), Triangle::diagonal(&roots).view(), phi].view())?;
        y.iter().all(|value| value.is_finite()).then_some(Self { q, root, prior_roots: roots, y, unit })
    }

    /// Rows × outputs of y.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        self.y.dim()
    }

    /// From w₀ (p×q), drawn from the prior, and standard normal noise `epsilon` (rows×q), with that s.
    #[must_use]
    pub fn posterior(&self, prior: ArrayView2<f64>, epsilon: ArrayView2<f64>, s: f64) -> Array2<f64> {
        let p = self.prior_roots.len();
        let mut right = Array2::zeros((p + self.y.nrows(), self.y.ncols()));
        right.slice_mut(s![..p, ..]).assign(&prior);
        for (mut row, root) in right.rows_mut().into_iter().zip(&self.prior_roots) {
            row.mapv_inplace(|value| value * root);
        }
        right.slice_mut(s![p.., ..]).assign(&(&self.y - &(&epsilon * (s / self.unit))));
        self.root.solve(self.q.t().dot(&right).view())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bayes::real;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::Array1;
    use proptest::prelude::*;

    fn phi(rows: usize, p: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, p), |(i, j)| (0.7 * real(i) * real(j + 1) + real(j)).sin())
    }

    fn y(rows: usize, q: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, q), |(i, j)| (0.9 * real(i) + real(j)).cos() + 0.3 * real(j))
    }

    /// log N(y; 0, s²I + ΦΛ₀⁻¹Φᵀ), dense.
    fn dense(phi: &Array2<f64>, y: &Array2<f64>, roots: &[f64], s: f64) -> f64 {
        let variances = Array1::from_iter(roots.iter().map(|root| root.powi(-2)));
        let covariance = (phi * &variances).dot(&phi.t()) + Array2::<f64>::eye(phi.nrows()) * (s * s);
        let root = Triangle::cholesky(covariance.view()).unwrap();
        let white = root.solve_transposed(y.view());
        let count = real(y.len());
        -0.5 * (count * TAU.ln() + real(y.ncols()) * root.log_det() + white.iter().map(|v| v * v).sum::<f64>())
    }

    proptest! {
        /// The evidence of known s, for fewer and for more columns than rows, in one block and row by row.
        #[test]
        fn evidence_is_that_of_the_dense_normal(rows in 0_usize..9, p in 1_usize..6, q in 1_usize..3, s in 0.05..2.0_f64) {
            let (phi, y) = (phi(rows, p), y(rows, q));
            let roots: Vec<f64> = (0..p).map(|at| 0.4 + 0.3 * real(at)).collect();
            let prior = Conjugate::prior(&roots, q, Noise::Known(s));
            let at_once = prior.clone().observed(phi.view(), y.view()).unwrap();
            let expected = if rows == 0 { 0.0 } else { dense(&phi, &y, &roots, s) };
            prop_assert!((at_once.log_evidence().unwrap() - expected).abs() < 1e-10 * (1.0 + expected.abs()));
            let by_row = (0..rows).fold(prior, |so_far, row| {
                so_far.observed(phi.slice(s![row..=row, ..]), y.slice(s![row..=row, ..])).unwrap()
            });
            prop_assert!((by_row.log_evidence().unwrap() - expected).abs() < 1e-10 * (1.0 + expected.abs()));
            let gap = |one: Array2<f64>, other: Array2<f64>| (one - other).iter().fold(0.0_f64, |most, gap| most.max(gap.abs()));
            prop_assert!(gap(by_row.mean(), at_once.mean()) < 1e-9);
            prop_assert!(gap(by_row.root().inverse(), at_once.root().inverse()) < 1e-9);
        }
    }

    /// ∫ p(y|s²) IG(s²) ds² by Simpson's rule in log s², against the closed form; and the posterior of s² by its moments.
    #[test]
    fn unknown_noise_is_known_noise_averaged() {
        let (phi, y, roots) = (phi(12, 3), y(12, 2), [0.8, 1.0, 1.7]);
        let (alpha, beta) = (2.5, 0.9);
        let unknown =
            Conjugate::prior(&roots, 2, Noise::Unknown { alpha, beta }).observed(phi.view(), y.view()).unwrap();
        let steps = 4000;
        let (low, high) = (-6.0_f64, 5.0);
        let joint = |log: f64| {
            let variance = log.exp();
            // w | s² ~ N(0, s²Λ₀⁻¹): the roots are divided by s.
            let scaled: Vec<f64> = roots.iter().map(|root| root / variance.sqrt()).collect();
            let prior = alpha * beta.ln() - ln_gamma(alpha) - alpha * log - beta / variance;
            (dense(&phi, &y, &scaled, variance.sqrt()) + prior).exp()
        };
        let h = (high - low) / real(steps);
        let weight = |at: usize| {
            if at == 0 || at == steps {
                1.0
            } else if at % 2 == 1 {
                4.0
            } else {
                2.0
            }
        };
        let at = |i: usize| low + h * real(i);
        let total = (0..=steps).map(|i| weight(i) * joint(at(i))).sum::<f64>() * h / 3.0;
        assert!(
            (unknown.log_evidence().unwrap() - total.ln()).abs() < 1e-9,
            "{:?} {}",
            unknown.log_evidence(),
            total.ln()
        );
        let mean = (0..=steps).map(|i| weight(i) * joint(at(i)) * at(i).exp()).sum::<f64>() * h / 3.0 / total;
        let Noise::Unknown { alpha, beta } = unknown.noise() else { panic!("unknown") };
        assert!((beta / (alpha - 1.0) - mean).abs() < 1e-9 * mean);
    }

    /// Both ways of drawing, 4 000 draws: mean and covariance of every coefficient within five errors.
    #[test]
    fn draws_and_paths_have_the_posteriors_moments() {
        let (phi, y, roots, s, n) = (phi(7, 3), y(7, 1), [0.8, 1.0, 1.7], 0.4, 4_000);
        let prior = Conjugate::prior(&roots, 1, Noise::Known(s));
        let posterior = prior.clone().observed(phi.view(), y.view()).unwrap();
        let paths = Paths::new(&prior, phi.view(), y.view()).unwrap();
        let (mean, covariance) = (posterior.mean(), posterior.root().inverse());
        let mut rng = Seeds(2).stream(Purpose::Draws, 1, 1);
        let direct: Vec<Array2<f64>> = (0..n).map(|_| posterior.draw(s, &mut rng)).collect();
        let pathwise: Vec<Array2<f64>> = (0..n)
            .map(|_| {
                let before = prior.draw(s, &mut rng);
                let noise = Array2::from_shape_fn(y.raw_dim(), |_| -> f64 { StandardNormal.sample(&mut rng) });
                paths.posterior(before.view(), noise.view(), s)
            })
            .collect();
        for draws in [direct, pathwise] {
            for i in 0..3 {
                let average = draws.iter().map(|draw| draw[[i, 0]]).sum::<f64>() / real(n);
                assert!((average - mean[[i, 0]]).abs() < 5.0 * (covariance[[i, i]] / real(n)).sqrt());
                for j in 0..3 {
                    let found =
                        draws.iter().map(|d| (d[[i, 0]] - mean[[i, 0]]) * (d[[j, 0]] - mean[[j, 0]])).sum::<f64>();
                    let error = (2.0 * covariance[[i, i]] * covariance[[j, j]] / real(n)).sqrt();
                    assert!((found / real(n) - covariance[[i, j]]).abs() < 5.0 * error, "{i} {j}");
                }
            }
        }
    }

    #[test]
    fn without_rows_it_is_the_prior_and_what_is_not_finite_is_refused() {
        let prior = Conjugate::prior(&[2.0, 0.5], 1, Noise::Known(0.3));
        assert_eq!(prior.log_evidence(), Some(0.0));
        assert_eq!(prior.leverage(ndarray::array![[1., 1.]].view()), [0.25 + 4.0]);
        assert_eq!(prior.clone().observed(ndarray::array![[1., f64::NAN]].view(), y(1, 1).view()), None);
        assert_eq!(prior.observed(phi(1, 2).view(), ndarray::array![[f64::INFINITY]].view()), None);
        // A flat prior: no evidence, but a posterior as soon as rows determine it.
        let flat =
            Conjugate::prior(&[0.0, 0.0], 1, Noise::Known(0.3)).observed(phi(5, 2).view(), y(5, 1).view()).unwrap();
        assert_eq!(flat.log_evidence(), None);
        let least = crate::linalg::least_squares(phi(5, 2).view(), y(5, 1).view()).unwrap();
        assert!((&flat.mean() - &least).iter().all(|gap| gap.abs() < 1e-12) && flat.is_determined());
        // One row says nothing of two, nor do rows in which the two are alike; a prior does.
        let alike = ndarray::array![[0.1, 0.3], [0.2, 0.6], [0.7, 2.1]];
        for (phi, y) in [(phi(1, 2), y(1, 1)), (alike, y(3, 1))] {
            let flat = Conjugate::prior(&[0.0, 0.0], 1, Noise::Known(0.3)).observed(phi.view(), y.view()).unwrap();
            let proper = Conjugate::prior(&[1e-5, 0.0], 1, Noise::Known(0.3)).observed(phi.view(), y.view()).unwrap();
            assert!(!flat.is_determined() && proper.is_determined());
        }
    }
}
