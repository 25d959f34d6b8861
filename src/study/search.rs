//! The critical λ found by trying: whether a function better than the constant exists, λ by λ. Knows no formula for it.

use super::fit::{cost, mode};
use super::shape::{Shape, flat_d};
use crate::bayes::real;
use crate::data::Points;
use crate::function::{Init, Start, start};
use crate::seeds::Seeds;
use ndarray::Array2;

/// The critical λ of one stage without its formula: the greatest λ at which some function beats the constant under ½ Σr² + (λ/2)‖a, b, c‖²,
/// d free, to 0.4 % of log λ; 0 where nothing does above a thousandth of the largest λ that is conceivable.
#[must_use]
pub fn critical_by_search(shape: Shape, points: &Points, starts: u64) -> f64 {
    let r = left(shape, points);
    // |Σ rᵢ σ(·)| ≤ Σ |rᵢ| ‖(xᵢ, 1)‖ for slopes of at most 1.
    let bound: f64 = points.x.iter().zip(&r).map(|(x, r)| r.abs() * x.hypot(1.0)).sum();
    let (mut low, mut high) = (bound / 4096.0, bound);
    if high < 1e-9 {
        return 0.0;
    }
    let mut warm = None;
    for step in 0..12 {
        let lambda = (low * high).sqrt();
        match better(shape, points, lambda, warm.as_deref(), starts) {
            Some(theta) => (low, warm) = (lambda, Some(theta)),
            // Nothing in the lower part either: there is no threshold to be found.
            None if step > 0 && high < bound / 1024.0 && warm.is_none() => return 0.0,
            None => high = lambda,
        }
    }
    (low * high).sqrt()
}

/// What the best constant leaves.
fn left(shape: Shape, points: &Points) -> Array2<f64> {
    let y = if shape.architecture.is_residual() { &points.y - &points.x } else { points.y.clone() };
    let mean = y.sum() / real(y.len());
    y - mean
}

/// θ of a function that beats the constant at this λ, if a start leads to one.
fn better(shape: Shape, points: &Points, lambda: f64, warm: Option<&[f64]>, starts: u64) -> Option<Vec<f64>> {
    let model = shape.model(1.0, flat_d(lambda.sqrt().recip()));
    let constant = 0.5 * left(shape, points).iter().map(|r| r * r).sum::<f64>();
    let drawn = |seed| start(&model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(seed), 0);
    let warm = warm.map(<[f64]>::to_vec).into_iter();
    warm.chain((0..starts).map(drawn)).find_map(|theta| {
        let f = mode(&model, points, theta, &[], 8000).f;
        (cost(&f, points) < constant * (1.0 - 1e-9)).then(|| f.theta.to_vec())
    })
}
