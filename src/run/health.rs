//! How a function is doing on its data: collapsed or not, dead and saturated elements, sizes. Knows no time.

use crate::data::Dataset;
use crate::function::{Passage, mean, through};
use crate::model::{Activation, Architecture, Coefficients, Group, Layout, Stage};
use ndarray::{Array2, ArrayView2};

/// The state of a function on its training rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// sd(ŷ) is under 5 % of sd(y), ŷ being what f predicts of y: the composition has become a constant.
    pub collapsed: bool,
    /// Innermost first.
    pub stages: Vec<StageHealth>,
}

/// The state of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StageHealth {
    /// Elements that are 0 on every training row, of a σ whose slope is 0 there too: no data can move them.
    pub dead: usize,
    /// Elements of a σ that flattens out, on a flat part of it on every training row: |σ′| below 1 % of its greatest value.
    pub saturated: usize,
    /// Root mean square of f⁽ⁱ⁾(u) about its mean; NaN without data.
    pub spread: f64,
    /// What it adds to what passes it: in a residual composition the root mean square of s f⁽ⁱ⁾(u) over that of u. A plain one
    /// has no such thing.
    pub share: Option<f64>,
    /// Whether all of its a, b and c are zero, the prior's mode: with σ(0) = 0 no gradient reaches them.
    pub at_zero: bool,
    /// Norm of the objective's gradient in this stage's coefficients at the last step; NaN before there was one.
    pub gradient: f64,
}

impl Health {
    /// Before this step a constant is only a beginning.
    pub const EARLIEST: u64 = 200;
    /// sd(ŷ)/sd(y) below which a composition counts as collapsed.
    const COLLAPSED: f64 = 0.05;
    /// |σ′| over its greatest value below which an element counts as saturated.
    const FLAT: f64 = 0.01;

    /// Looks at every stage on the training rows, on some of them where there are many (`Points::seen`).
    #[must_use]
    pub fn of(coefficients: &Coefficients, data: &Dataset, gradient: &[f64]) -> Self {
        let (x, y) = data.train.seen();
        let seen = through(coefficients, x);
        let (layout, f) = (coefficients.layout(), &coefficients.model.f);
        // Before the first step there is no gradient, and none is not 0.
        let stepped = gradient.iter().any(|entry| *entry != 0.0);
        let rows = x.nrows();
        let stages = seen.stages.iter().enumerate().map(|(at, passage)| {
            let of_stage = gradient.get(layout.stage(at)).unwrap_or(&[]);
            let residual = f.architecture != Architecture::Plain;
            let (added, stream) = (f.branch_scale * size(&passage.output), size(&passage.input));
            StageHealth {
                dead: dead(f.stages[at], passage),
                saturated: saturated(f.stages[at], passage),
                spread: if rows > 0 { spread(passage.output.view()) } else { f64::NAN },
                share: residual.then(|| added.abs() / stream.max(f64::MIN_POSITIVE)),
                at_zero: is_at_zero(coefficients, &layout, at),
                gradient: if stepped {
                    of_stage.iter().map(|entry| entry * entry).sum::<f64>().sqrt()
                } else {
                    f64::NAN
                },
            }
        });
        let stages = stages.collect();
        let signal = spread(y);
        let predicted = mean(coefficients.model.likelihood, seen.f.view());
        Self { collapsed: signal > 0.0 && spread(predicted.view()) < Self::COLLAPSED * signal, stages }
    }
}

fn is_at_zero(coefficients: &Coefficients, layout: &Layout, at: usize) -> bool {
    let mut elements = layout.blocks.iter().filter(|block| block.stage == Some(at) && block.group != Group::D);
    elements.all(|block| coefficients.block(block).iter().all(|value| *value == 0.0))
}

/// Elements that are 0 on every row, of a σ whose gradient is 0 there too. Others never die entirely.
fn dead(stage: Stage, passage: &Passage) -> usize {
    match stage.sigma {
        Activation::Relu | Activation::Hat | Activation::Step if passage.elements.nrows() > 0 => (0..stage.k)
            .filter(|&k| {
                let mut places = (k..passage.elements.ncols()).step_by(stage.k);
                places.all(|at| passage.elements.column(at).iter().all(|&value| value == 0.0))
            })
            .count(),
        _ => 0,
    }
}

/// Elements on a flat part of σ on every row.
fn saturated(stage: Stage, passage: &Passage) -> usize {
    let Some(steepest) = steepest(stage.sigma, stage.alpha).filter(|_| passage.slopes.nrows() > 0) else { return 0 };
    let flat = |slope: &f64| slope.abs() < Health::FLAT * steepest;
    passage.slopes.columns().into_iter().filter(|slopes| slopes.iter().all(flat)).count()
}

/// The greatest |σ′| of a σ that flattens out on a side without ever being flat there; what is flat exactly is dead instead.
fn steepest(sigma: Activation, alpha: f64) -> Option<f64> {
    match sigma {
        Activation::Sigmoid => Some(0.25),
        Activation::Tanh | Activation::Softplus => Some(1.0),
        Activation::Elu => Some(alpha.abs().max(1.0)),
        // e^−½ at ±1; the maxima of the other two by root finding: z = √2, and z ≈ 2.3994.
        Activation::Gauss => Some(0.606_530_659_712_633),
        Activation::Gelu => Some(1.128_904_145_185_155),
        Activation::Silu => Some(1.099_839_320_129_044),
        Activation::Relu
        | Activation::LeakyRelu
        | Activation::Hat
        | Activation::Step
        | Activation::Sin
        | Activation::Identity
        | Activation::Square
        | Activation::Cube => None,
    }
}

/// Root mean square.
#[expect(clippy::cast_precision_loss, reason = "a count of rows")]
fn size(values: &Array2<f64>) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / (values.len().max(1)) as f64).sqrt()
}

/// Root mean square about the column means.
#[expect(clippy::cast_precision_loss, reason = "a count of rows")]
#[expect(clippy::needless_pass_by_value, reason = "a view is passed like a slice")]
pub(super) fn spread(values: ArrayView2<'_, f64>) -> f64 {
    let rows = values.nrows();
    if rows == 0 {
        return 0.0;
    }
    let squares: f64 = values
        .columns()
        .into_iter()
        .map(|column| {
            let mean = column.sum() / rows as f64;
            column.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
        })
        .sum();
    (squares / values.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::derivative;

    #[test]
    fn no_sigma_is_steeper_than_is_said_and_each_is_that_steep_somewhere() {
        for sigma in Activation::ALL {
            let alpha = sigma.usual_alpha();
            let Some(told) = steepest(sigma, alpha) else { continue };
            let slopes = (-6000..6000).map(|i| derivative(sigma, alpha, f64::from(i) * 2e-3).abs());
            let most = slopes.fold(0.0, f64::max);
            assert!(most <= told + 1e-12 && most > told * (1.0 - 1e-5), "{sigma}: {most} against {told}");
            assert!(derivative(sigma, alpha, -40.0).abs() < 1e-9, "{sigma} does not flatten out");
        }
    }
}
