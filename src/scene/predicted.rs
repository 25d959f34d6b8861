//! What a function predicts of y, on y's axis and in its units. Knows no window.

use crate::data::Dataset;
use crate::function::{mean, outputs};
use crate::model::Coefficients;
use ndarray::{Array2, ArrayView2};

/// The middle of y at the rows of x (standardised), N × columns of y: f itself, or what its link makes of it, a probability,
/// a mean count; of classes their mean number.
pub(super) fn predicted(f: &Coefficients, data: &Dataset, x: ArrayView2<'_, f64>) -> Array2<f64> {
    data.own_outputs(mean(f.model.likelihood, outputs(f, x).view()).view())
}

/// Its first column.
pub(super) fn first(f: &Coefficients, data: &Dataset, x: ArrayView2<'_, f64>) -> Vec<f64> {
    predicted(f, data, x).column(0).to_vec()
}
