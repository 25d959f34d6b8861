//! The few dense solves, in f64. Knows neither models nor data; no type of the linear algebra crate leaves this file.

use faer::linalg::cholesky::llt::factor::LltError;
use faer::linalg::solvers::{Llt, Qr, Svd};
use faer::{Mat, MatRef, Side};
use ndarray::{Array2, ArrayView2};

/// The W of least norm that minimises ‖phi W − y‖, one column of W for each column of y.
///
/// By the singular value decomposition, so that dependent columns (or fewer rows than columns) are no special case:
/// singular values below ε·max(rows, columns) of the greatest count as zero, as in LAPACK's `gelsd`.
/// None if a number is not finite, or the rows of phi and y differ in number.
#[must_use]
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

/// R, p×p, upper triangular with a positive diagonal: a square root `RᵀR` = A of a positive definite A.
#[derive(Clone, Debug, PartialEq)]
pub struct Triangle(Array2<f64>);

/// A matrix that is not positive definite: the first pivot that is not positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPositiveDefinite {
    /// Which, from 0.
    pub pivot: usize,
}

impl Triangle {
    /// R = diag(|`roots`|).
    #[must_use]
    pub fn diagonal(roots: &[f64]) -> Self {
        let mut r = Array2::zeros((roots.len(), roots.len()));
        r.diag_mut().iter_mut().zip(roots).for_each(|(r, root)| *r = root.abs());
        Self(r)
    }

    /// The Cholesky factor of A, of which the lower triangle is read.
    ///
    /// # Errors
    /// Where A is not positive definite, or not finite.
    pub fn cholesky(a: ArrayView2<f64>) -> Result<Self, NotPositiveDefinite> {
        if let Some(((pivot, _), _)) = a.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(NotPositiveDefinite { pivot });
        }
        let matrix = Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[[i, j]]);
        match Llt::new(matrix.as_ref(), Side::Lower) {
            Ok(llt) => Ok(Self(Array2::from_shape_fn(a.dim(), |(i, j)| if i > j { 0.0 } else { llt.L()[(j, i)] }))),
            Err(LltError::NonPositivePivot { index }) => Err(NotPositiveDefinite { pivot: index }),
        }
    }

    /// p.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.nrows()
    }

    /// R.
    #[must_use]
    pub fn view(&self) -> ArrayView2<'_, f64> {
        self.0.view()
    }

    /// log|A| = 2 Σ log `R_ii`; −∞ where A is singular.
    #[must_use]
    pub fn log_det(&self) -> f64 {
        2.0 * self.0.diag().iter().map(|r| r.ln()).sum::<f64>()
    }

    /// R as the solvers take it, not copied: copying costs more than a solve.
    fn in_place(&self) -> MatRef<'_, f64> {
        let rows = self.0.as_slice().expect("every constructor puts row after row");
        MatRef::from_row_major_slice(rows, self.size(), self.size())
    }

    /// R⁻¹ Y.
    #[must_use]
    pub fn solve(&self, y: ArrayView2<f64>) -> Array2<f64> {
        let mut x = to_faer(y);
        self.in_place().solve_upper_triangular_in_place(&mut x);
        from_faer(x.as_ref())
    }

    /// R⁻ᵀ Y: its squared columns are yᵀA⁻¹y.
    #[must_use]
    pub fn solve_transposed(&self, y: ArrayView2<f64>) -> Array2<f64> {
        let mut x = to_faer(y);
        self.in_place().transpose().solve_lower_triangular_in_place(&mut x);
        from_faer(x.as_ref())
    }

    /// A⁻¹ = R⁻¹R⁻ᵀ.
    #[must_use]
    pub fn inverse(&self) -> Array2<f64> {
        let root = self.solve(Array2::eye(self.size()).view());
        root.dot(&root.t())
    }
}

/// R and `QᵀY` of A = QR as `qr` has it, without Q: it takes half of the time. None if a number is not finite, or A has fewer
/// rows than columns.
#[must_use]
pub fn root_and_image(a: ArrayView2<f64>, y: ArrayView2<f64>) -> Option<(Triangle, Array2<f64>)> {
    let (rows, p) = a.dim();
    if rows < p || !a.iter().chain(&y).all(|value| value.is_finite()) {
        return None;
    }
    // What is done to the columns of A is done to those that follow them.
    let both = Mat::from_fn(rows, p + y.ncols(), |i, j| if j < p { a[[i, j]] } else { y[[i, j - p]] });
    let parts = Qr::new(both.as_ref());
    let r = parts.thin_R();
    let sign = |i: usize| if r[(i, i)] < 0.0 { -1.0 } else { 1.0 };
    let root = Array2::from_shape_fn((p, p), |(i, j)| if i > j { 0.0 } else { sign(i) * r[(i, j)] });
    Some((Triangle(root), Array2::from_shape_fn((p, y.ncols()), |(i, j)| sign(i) * r[(i, p + j)])))
}

/// A = QR with Q rows×p of orthonormal columns, for A with no fewer rows than columns: `RᵀR` = `AᵀA` without forming it.
/// None if a number is not finite, or the rows are fewer.
#[must_use]
pub fn qr(a: ArrayView2<f64>) -> Option<(Array2<f64>, Triangle)> {
    if a.nrows() < a.ncols() || !a.iter().all(|value| value.is_finite()) {
        return None;
    }
    let parts = Qr::new(to_faer(a).as_ref());
    let (mut q, mut r) = (from_faer(parts.compute_thin_Q().as_ref()), from_faer(parts.thin_R()));
    for i in 0..r.nrows() {
        r.row_mut(i).iter_mut().take(i).for_each(|below| *below = 0.0);
        if r[[i, i]] < 0.0 {
            r.row_mut(i).mapv_inplace(|value| -value);
            q.column_mut(i).mapv_inplace(|value| -value);
        }
    }
    Some((q, Triangle(r)))
}

fn to_faer(a: ArrayView2<f64>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[[i, j]])
}

fn from_faer(a: MatRef<f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), a.ncols()), |(i, j)| a[(i, j)])
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

    /// A 3×3 example whose factor is known: A = `RᵀR` with R = [[2, 1, −1], [0, 3, 2], [0, 0, 1]].
    #[test]
    fn square_roots_of_a_known_matrix() {
        let r = array![[2., 1., -1.], [0., 3., 2.], [0., 0., 1.]];
        let root = Triangle::cholesky(r.t().dot(&r).view()).unwrap();
        assert!((&root.view() - &r).iter().all(|gap| gap.abs() < 1e-14), "{root:?}");
        assert!((root.log_det() - 36.0_f64.ln()).abs() < 1e-14);
        let y = array![[1., 0.], [-2., 5.], [3., 1.]];
        assert!((&r.dot(&root.solve(y.view())) - &y).iter().all(|gap| gap.abs() < 1e-14));
        assert!((&r.t().dot(&root.solve_transposed(y.view())) - &y).iter().all(|gap| gap.abs() < 1e-14));
        let inverse = root.inverse();
        assert!((&r.t().dot(&r).dot(&inverse) - &Array2::<f64>::eye(3)).iter().all(|gap| gap.abs() < 1e-13));
        assert_eq!(Triangle::diagonal(&[-2., 3.]).view(), array![[2., 0.], [0., 3.]]);
    }

    #[test]
    fn what_is_not_positive_definite_names_its_pivot() {
        let pivot = |a: Array2<f64>| Triangle::cholesky(a.view()).map_err(|wrong| wrong.pivot);
        assert_eq!(pivot(array![[1., 0., 0.], [0., 4., 6.], [0., 6., 9.]]), Err(2));
        assert_eq!(pivot(array![[1., 0.], [0., -1.]]), Err(1));
        assert_eq!(pivot(array![[1., 0.], [f64::NAN, 1.]]), Err(1));
        assert_eq!(qr(array![[1., 2.]].view()), None);
        assert_eq!(qr(array![[f64::INFINITY]].view()), None);
    }

    proptest! {
        /// Q has orthonormal columns, QR is A, and R is the Cholesky factor of AᵀA.
        #[test]
        fn qr_is_the_root_of_the_gram_matrix(
            columns in 1_usize..6, more in 0_usize..6, numbers in proptest::collection::vec(-3.0..3.0_f64, 66),
        ) {
            let rows = columns + more;
            // Dominated by a diagonal, so that the Gram matrix is far from singular.
            let a = Array2::from_shape_fn((rows, columns), |(i, j)| numbers[i * 6 + j] + if i == j { 20.0 } else { 0.0 });
            let (q, r) = qr(a.view()).unwrap();
            let y = a.slice(ndarray::s![.., ..1]).mapv(f64::sin);
            let (root, image) = root_and_image(a.view(), y.view()).unwrap();
            let near = |one: ArrayView2<f64>, other: ArrayView2<f64>| {
                one.iter().zip(&other).all(|(one, other)| (one - other).abs() < 1e-12)
            };
            prop_assert!(near(root.view(), r.view()) && near(image.view(), q.t().dot(&y).view()));
            let close = |one: &Array2<f64>, other: &Array2<f64>| (one - other).iter().all(|gap| gap.abs() < 1e-11);
            prop_assert!(close(&q.t().dot(&q), &Array2::eye(columns)));
            prop_assert!(close(&q.dot(&r.view()), &a));
            let root = Triangle::cholesky(a.t().dot(&a).view()).unwrap();
            prop_assert!(close(&root.view().to_owned(), &r.view().to_owned()));
        }

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
