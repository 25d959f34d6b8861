//! What knowing little would achieve: the best constant's and the best straight line's loss. Knows no model.

use super::{Dataset, Points};
use crate::linalg::least_squares;
use ndarray::{Array2, Axis};

/// Losses of a Gaussian likelihood (mean over rows and outputs of r², in the data's own units) on the held-out rows, or on the training rows where
/// none are held out, of fits to the training rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yardsticks {
    /// Of y ≈ d.
    pub constant: f64,
    /// Of y ≈ x b + d.
    pub line: f64,
}

impl Yardsticks {
    /// Fits both by least squares. NaN without data, or where they do not determine it.
    #[must_use]
    pub fn of(data: &Dataset) -> Self {
        let judged = if data.test.x.nrows() > 0 { &data.test } else { &data.train };
        let fit = |design: fn(&Points) -> Array2<f64>| {
            let design_of_train = design(&data.train);
            // Of lines through fewer points there are many.
            if design_of_train.nrows() < design_of_train.ncols() {
                return f64::NAN;
            }
            let coefficients = least_squares(design_of_train.view(), data.train.y.view());
            coefficients.map_or(f64::NAN, |coefficients| loss(data, judged, &design(judged).dot(&coefficients)))
        };
        Self { constant: fit(ones), line: fit(with_ones) }
    }
}

fn ones(points: &Points) -> Array2<f64> {
    Array2::ones((points.x.nrows(), 1))
}

fn with_ones(points: &Points) -> Array2<f64> {
    ndarray::concatenate(Axis(1), &[points.x.view(), ones(points).view()]).expect("as many rows on both sides")
}

#[expect(clippy::cast_precision_loss, reason = "a count of observations")]
fn loss(data: &Dataset, judged: &Points, fitted: &Array2<f64>) -> f64 {
    let squares: f64 = data
        .outputs
        .iter()
        .enumerate()
        .map(|(j, column)| {
            let residuals = judged.y.column(j).to_owned() - fitted.column(j);
            residuals.iter().map(|r| r * r).sum::<f64>() * column.sd * column.sd
        })
        .sum();
    squares / fitted.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Column;
    use crate::text::Clean;

    #[test]
    fn a_line_is_its_own_yardstick() {
        let points = |x: &[f64]| Points {
            x: Array2::from_shape_vec((x.len(), 1), x.to_vec()).unwrap(),
            y: Array2::from_shape_vec((x.len(), 1), x.iter().map(|x| 2.0 * x - 1.0).collect()).unwrap(),
        };
        let column = |sd| Column::new(Clean::from("v"), 0.0, sd);
        let data = Dataset {
            train: points(&[0.0, 1.0, 2.0]),
            test: points(&[4.0]),
            off: Points { x: Array2::zeros((0, 1)), y: Array2::zeros((0, 1)) },
            numbers: Vec::new(),
            inputs: vec![column(1.0)],
            outputs: vec![column(3.0)],
            ranges: vec![[0.0, 4.0]],
        };
        let yardsticks = Yardsticks::of(&data);
        // The mean of y is 1; at x = 4 y is 7: 36 in standardised units, times 3².
        assert!((yardsticks.constant - 324.0).abs() < 1e-9);
        assert!(yardsticks.line < 1e-20);
    }
}
