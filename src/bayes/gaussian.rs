//! A normal distribution over θ by the square roots of its precision, block by block. Knows no data and no method.

use crate::linalg::Triangle;
use crate::model::Coefficients;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;

/// Coordinates of θ that are dependent among each other and on no others.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which.
    pub at: Vec<usize>,
    /// What each is divided by, so that the root is that of z = θ/scale.
    pub scale: Vec<f64>,
    /// R with `RᵀR` = the precision of z.
    pub root: Root,
}

/// The square root of a precision.
#[derive(Clone, Debug, PartialEq)]
pub enum Root {
    /// Of any.
    Dense(Arc<Triangle>),
    /// Of a diagonal one.
    Diagonal(Vec<f64>),
}

/// N(mean, Σ); a coordinate that no part has stays at its mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// The mean, which is the mode.
    pub mean: Coefficients,
    /// What scatters about it.
    pub parts: Vec<Part>,
}

impl Part {
    /// Covariance of z = θ/scale.
    #[must_use]
    pub fn whitened_covariance(&self) -> Array2<f64> {
        match &self.root {
            Root::Dense(root) => root.inverse(),
            Root::Diagonal(roots) => Array2::from_diag(&Array1::from_iter(roots.iter().map(|root| root.powi(-2)))),
        }
    }

    /// R⁻¹ Y.
    fn solve(&self, y: ArrayView2<f64>) -> Array2<f64> {
        match &self.root {
            Root::Dense(root) => root.solve(y),
            Root::Diagonal(roots) => divided(y, roots),
        }
    }

    /// R⁻ᵀ Y.
    fn solve_transposed(&self, y: ArrayView2<f64>) -> Array2<f64> {
        match &self.root {
            Root::Dense(root) => root.solve_transposed(y),
            Root::Diagonal(roots) => divided(y, roots),
        }
    }
}

fn divided(y: ArrayView2<f64>, roots: &[f64]) -> Array2<f64> {
    let mut y = y.to_owned();
    y.axis_iter_mut(Axis(0)).zip(roots).for_each(|(mut row, root)| row.mapv_inplace(|value| value / root));
    y
}

impl Gaussian {
    /// One θ.
    #[must_use]
    pub fn draw(&self, rng: &mut impl Rng) -> Vec<f64> {
        let mut theta = self.mean.theta.to_vec();
        for part in &self.parts {
            let noise = Array2::from_shape_fn((part.at.len(), 1), |_| StandardNormal.sample(rng));
            let z = part.solve(noise.view());
            for ((at, scale), z) in part.at.iter().zip(&part.scale).zip(&z) {
                theta[*at] += scale * z;
            }
        }
        theta
    }

    /// Var(gᵀθ) for every row g of `slopes` (any number × P).
    #[must_use]
    pub fn variance_along(&self, slopes: ArrayView2<f64>) -> Vec<f64> {
        let mut variance = vec![0.0; slopes.nrows()];
        for part in &self.parts {
            let chosen = Array2::from_shape_fn((part.at.len(), slopes.nrows()), |(p, n)| {
                slopes[[n, part.at[p]]] * part.scale[p]
            });
            let root = part.solve_transposed(chosen.view());
            for (variance, column) in variance.iter_mut().zip(root.columns()) {
                *variance += column.iter().map(|value| value * value).sum::<f64>();
            }
        }
        variance
    }

    /// Covariance of the coordinates `at` of θ.
    #[must_use]
    pub fn covariance(&self, at: &[usize]) -> Array2<f64> {
        let mut covariance = Array2::zeros((at.len(), at.len()));
        for part in &self.parts {
            let places: std::collections::HashMap<usize, usize> =
                part.at.iter().enumerate().map(|(place, own)| (*own, place)).collect();
            let place = |of: usize| places.get(&of).copied();
            let own: Vec<(usize, usize)> =
                at.iter().enumerate().filter_map(|(to, of)| Some((to, place(*of)?))).collect();
            if own.is_empty() {
                continue;
            }
            let whitened = part.whitened_covariance();
            for &(i, p) in &own {
                for &(j, q) in &own {
                    covariance[[i, j]] = whitened[[p, q]] * part.scale[p] * part.scale[q];
                }
            }
        }
        covariance
    }
}

/// What is predicted at some x, in standardised coordinates: f(x) is normal, or Student's t about its mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// N×m.
    pub mean: Array2<f64>,
    /// Of f(x), N×m: the standard deviation, or the t distribution's scale.
    pub spread: Array2<f64>,
    /// s, by which y scatters about f(x): y's own scale is √(spread² + s²). None where it is no such sum.
    pub noise: Option<f64>,
    /// Degrees of freedom; ∞ for a normal.
    pub freedom: f64,
}

#[cfg(test)]
mod tests {
    use super::super::problems::Problem;
    use super::*;
    use crate::linalg::Triangle;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::array;

    /// θ of 7: coordinates 0, 2, 5 correlated, 3 and 4 alone, 1 and 6 fixed.
    fn example() -> (Gaussian, Array2<f64>) {
        let model = Problem::tanh(2, 3).model();
        let mean = Coefficients::new(model, vec![1., 2., 3., 4., 5., 6., 7.]).unwrap();
        let precision = array![[2., 0.5, 0.], [0.5, 1., -0.3], [0., -0.3, 3.]];
        let root = Triangle::cholesky(precision.view()).unwrap();
        let parts = vec![
            Part { at: vec![5, 0, 2], scale: vec![2., 1., 0.5], root: Root::Dense(Arc::new(root.clone())) },
            Part { at: vec![3, 4], scale: vec![1., 3.], root: Root::Diagonal(vec![2., 4.]) },
        ];
        let z = root.inverse();
        let mut sigma = Array2::zeros((7, 7));
        for (i, (at, one)) in [(5, 2.), (0, 1.), (2, 0.5)].into_iter().enumerate() {
            for (j, (to, other)) in [(5, 2.), (0, 1.), (2, 0.5)].into_iter().enumerate() {
                sigma[[at, to]] = z[[i, j]] * one * other;
            }
        }
        sigma[[3, 3]] = 0.25;
        sigma[[4, 4]] = 9.0 / 16.0;
        (Gaussian { mean, parts }, sigma)
    }

    #[test]
    fn covariances_and_variances_agree_with_the_whole_matrix() {
        let (gaussian, sigma) = example();
        let all: Vec<usize> = (0..7).collect();
        assert!((&gaussian.covariance(&all) - &sigma).iter().all(|gap| gap.abs() < 1e-14));
        assert!(
            (&gaussian.covariance(&[2, 4]) - &array![[sigma[[2, 2]], 0.], [0., 9.0 / 16.0]])
                .iter()
                .all(|g| g.abs() < 1e-14)
        );
        let slopes = Array2::from_shape_fn((4, 7), |(n, p)| (super::super::real(n * 7 + p)).sin());
        for (n, variance) in gaussian.variance_along(slopes.view()).into_iter().enumerate() {
            let expected = slopes.row(n).dot(&sigma.dot(&slopes.row(n)));
            assert!((variance - expected).abs() < 1e-13);
        }
    }

    /// 4 000 draws: a covariance's error is below √(2·Σᵢᵢ Σⱼⱼ/n), of which five are allowed.
    #[test]
    fn draws_have_its_moments() {
        let (gaussian, sigma) = example();
        let mut rng = Seeds(5).stream(Purpose::Draws, 0, 0);
        let draws: Vec<Vec<f64>> = (0..4_000).map(|_| gaussian.draw(&mut rng)).collect();
        let mean = |of: &dyn Fn(&[f64]) -> f64| draws.iter().map(|draw| of(draw)).sum::<f64>() / 4_000.0;
        for i in 0..7 {
            let centre = gaussian.mean.theta[i];
            assert!((mean(&|draw| draw[i]) - centre).abs() <= 5.0 * (sigma[[i, i]] / 4_000.0).sqrt());
            for j in 0..7 {
                let other = gaussian.mean.theta[j];
                let error = (2.0 * sigma[[i, i]] * sigma[[j, j]] / 4_000.0).sqrt();
                let found = mean(&|draw| (draw[i] - centre) * (draw[j] - other));
                assert!((found - sigma[[i, j]]).abs() <= 5.0 * error, "{i} {j}: {found}");
            }
        }
    }
}
