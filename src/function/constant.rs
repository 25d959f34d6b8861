//! What a constant would achieve where the loss is a mean of −ℓ: the yardstick beside the loss. Knows no model of f.

use super::likelihood::log_density;
use crate::data::Dataset;
use crate::model::Likelihood;

/// The loss on the held-out rows (on the training rows where none are held out) of the best constant f on the training rows:
/// their frequencies, their mean count. NaN without data, and for likelihoods with a scale, whose best constant depends on it.
#[must_use]
pub fn constant_loss(likelihood: Likelihood, outputs: usize, data: &Dataset) -> f64 {
    let judged = if data.test.y.nrows() > 0 { &data.test.y } else { &data.train.y };
    let train = &data.train.y;
    let means = || train.columns().into_iter().map(|column| column.mean().unwrap_or(f64::NAN));
    let f: Vec<f64> = match likelihood {
        Likelihood::Gaussian { .. } | Likelihood::StudentT { .. } | Likelihood::Laplace { .. } => return f64::NAN,
        Likelihood::Bernoulli => means().map(|p| (p / (1.0 - p)).ln()).collect(),
        Likelihood::Poisson => means().map(f64::ln).collect(),
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        Likelihood::Categorical => (0..outputs)
            .map(|class| train.iter().filter(|y| (**y - class as f64).abs() < 0.5).count() as f64)
            .map(f64::ln)
            .collect(),
    };
    let mut slopes = vec![0.0; f.len()];
    let row = |y: &[f64], slopes: &mut [f64]| log_density(likelihood, 1.0, y, &f, slopes).0;
    let total: f64 = judged.rows().into_iter().map(|y| row(&y.to_vec(), &mut slopes)).sum();
    #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
    let count = judged.len() as f64;
    // Not −0 of what is sure.
    0.0 - total / count
}
