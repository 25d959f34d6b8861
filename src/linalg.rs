//! The few dense solves, in f64. Knows neither models nor data; no type of the linear algebra crate leaves this file.

use faer::linalg::solvers::Svd;
use faer::{Mat, MatRef};
use ndarray::{Array2, ArrayView2};

/// The W of least norm that minimises ‖phi W − y‖, one column of W for each column of y.
///
/// By the singular value decomposition, so that dependent columns (or fewer rows than columns) are no special case:
/// singular values below ε·max(rows, columns) of the greatest count as zero, as in LAPACK's `gelsd`.
/// None if a number is not finite, or the rows of phi and y differ in number.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "a view is passed like a slice")]
pub fn least_squares(phi: ArrayView2<f64>, y: ArrayView2<f64>) -> Option<Array2<f64>> {
    if phi.nrows() != y.nrows() || !phi.iter().chain(y.iter()).all(|value| value.is_finite()) {
        return None;
    }
    if phi.is_empty() || y.is_empty() {
        return Some(Array2::zeros((phi.ncols(), y.ncols())));
    }
    // Scaled to a greatest entry of one, so that squares neither overflow nor vanish.
    let size = phi.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    if size == 0.0 {
        return Some(Array2::zeros((phi.ncols(), y.ncols())));
    }
    let matrix = Mat::from_fn(phi.nrows(), phi.ncols(), |i, j| phi[[i, j]] / size);
    let right = Mat::from_fn(y.nrows(), y.ncols(), |i, j| y[[i, j]]);
    let solution = solve(matrix.as_ref(), right.as_ref())?;
    let w = Array2::from_shape_fn((phi.ncols(), y.ncols()), |(i, j)| solution[(i, j)] / size);
    w.iter().all(|value| value.is_finite()).then_some(w)
}

fn solve(matrix: MatRef<f64>, right: MatRef<f64>) -> Option<Mat<f64>> {
    let parts = Svd::new_thin(matrix).ok()?;
    let values = parts.S().column_vector();
    #[expect(clippy::cast_precision_loss, reason = "a matrix of 2⁵³ rows does not exist")]
    let floor = f64::EPSILON * matrix.nrows().max(matrix.ncols()) as f64 * values[0];
    let mut inner = parts.U().transpose() * right;
    for i in 0..inner.nrows() {
        for j in 0..inner.ncols() {
            inner[(i, j)] = if values[i] > floor { inner[(i, j)] / values[i] } else { 0.0 };
        }
    }
    Some(parts.V() * inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn a_line_through_points_that_lie_on_it() {
        let w = least_squares(array![[1., 0.], [1., 1.], [1., 5.]].view(), array![[2.], [5.], [17.]].view()).unwrap();
        assert!((w[[0, 0]] - 2.0).abs() < 1e-12 && (w[[1, 0]] - 3.0).abs() < 1e-12, "{w}");
    }

    /// Two equal columns share the weight: the solution of least norm.
    #[test]
    fn dependent_columns_get_the_least_norm() {
        let w = least_squares(array![[1., 1.], [2., 2.], [3., 3.]].view(), array![[2.], [4.], [6.]].view()).unwrap();
        assert!((w[[0, 0]] - 1.0).abs() < 1e-12 && (w[[1, 0]] - 1.0).abs() < 1e-12, "{w}");
    }

    /// A third column that is the sum of the others but for rounding: not a reason for weights of 10¹⁵.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "seven rows")]
    fn rounding_does_not_make_columns_independent() {
        let phi = Array2::from_shape_fn((7, 3), |(i, j)| {
            let (a, b) = ((0.1 + i as f64 / 3.0).sin(), (0.7 * i as f64).cos());
            [a, b, a + b][j]
        });
        let y = array![[1.], [-1.], [2.], [0.], [1.], [3.], [-2.]];
        let w = least_squares(phi.view(), y.view()).unwrap();
        assert!(w.iter().all(|value| value.abs() < 10.0), "{w}");
        assert!((w[[2, 0]] - w[[0, 0]] - w[[1, 0]]).abs() < 1e-10, "least norm: {w}");
    }

    #[test]
    fn fewer_rows_than_columns() {
        let w = least_squares(array![[3., 4.]].view(), array![[5., 10.]].view()).unwrap();
        let least = array![[0.6, 1.2], [0.8, 1.6]];
        assert!((&w - &least).iter().all(|gap| gap.abs() < 1e-12), "{w}");
    }

    #[test]
    fn not_finite_or_not_fitting_is_none_and_nothing_is_zero() {
        assert_eq!(least_squares(array![[f64::NAN]].view(), array![[1.]].view()), None);
        assert_eq!(least_squares(array![[1.]].view(), array![[f64::INFINITY]].view()), None);
        assert_eq!(least_squares(array![[1.], [2.]].view(), array![[1.]].view()), None);
        assert_eq!(least_squares(array![[0.], [0.]].view(), array![[1.], [2.]].view()), Some(array![[0.]]));
        assert_eq!(least_squares(Array2::zeros((0, 3)).view(), Array2::zeros((0, 1)).view()).unwrap().dim(), (3, 1));
    }

    #[test]
    fn tiny_and_huge_columns_are_not_lost() {
        for size in [1e-200, 1e200] {
            let w = least_squares(array![[size], [2.0 * size]].view(), array![[1.], [2.]].view()).unwrap();
            assert!((w[[0, 0]] * size - 1.0).abs() < 1e-12, "{size}: {w}");
        }
    }

    proptest! {
        /// The residual of a least squares solution is orthogonal to every column (the normal equations).
        #[test]
        fn residuals_are_orthogonal_to_columns(
            rows in 1_usize..12, columns in 1_usize..6,
            numbers in proptest::collection::vec(-5.0..5.0_f64, 84),
        ) {
            let phi = Array2::from_shape_fn((rows, columns), |(i, j)| numbers[i * columns + j]);
            let y = Array2::from_shape_fn((rows, 1), |(i, _)| numbers[72 + i]);
            let w = least_squares(phi.view(), y.view()).unwrap();
            let residual = &y - &phi.dot(&w);
            let scale = 1.0 + w.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            for value in phi.t().dot(&residual) {
                prop_assert!(value.abs() < 1e-10 * scale, "{value}");
            }
        }
    }
}
