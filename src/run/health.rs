//! How a function is doing on its data: collapsed or not, dead elements, sizes. Knows no time.

use crate::data::Dataset;
use crate::function::{mean, through};
use crate::model::{Activation, Coefficients};
use ndarray::Array2;

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
    /// Elements that are constant over the training rows: no data can move them.
    pub dead: usize,
    /// Root mean square of f⁽ⁱ⁾(u) about its mean.
    pub spread: f64,
    /// Norm of the objective's gradient in this stage's coefficients at the last step.
    pub gradient: f64,
}

impl Health {
    /// Before this step a constant is only a beginning.
    pub const EARLIEST: u64 = 200;
    /// sd(ŷ)/sd(y) below which a composition counts as collapsed.
    const COLLAPSED: f64 = 0.05;

    /// Looks at every stage on the training rows.
    #[must_use]
    pub fn of(coefficients: &Coefficients, data: &Dataset, gradient: &[f64]) -> Self {
        let seen = through(coefficients, data.train.x.view());
        let layout = coefficients.layout();
        let stages = seen.stages.iter().enumerate().map(|(at, passage)| {
            let sigma = coefficients.model.f.stages[at].sigma;
            let of_stage = gradient.get(layout.stage(at)).unwrap_or(&[]);
            StageHealth {
                dead: dead(sigma, &passage.elements),
                spread: spread(&passage.output),
                gradient: of_stage.iter().map(|entry| entry * entry).sum::<f64>().sqrt(),
            }
        });
        let stages = stages.collect();
        let signal = spread(&data.train.y);
        let predicted = mean(coefficients.model.likelihood, seen.f.view());
        Self { collapsed: signal > 0.0 && spread(&predicted) < Self::COLLAPSED * signal, stages }
    }
}

/// Elements that are 0 on every row, of a σ whose gradient is 0 there too. Others never die entirely.
fn dead(sigma: Activation, elements: &Array2<f64>) -> usize {
    match sigma {
        Activation::Relu | Activation::Hat | Activation::Step if elements.nrows() > 0 => {
            elements.columns().into_iter().filter(|element| element.iter().all(|&value| value == 0.0)).count()
        }
        _ => 0,
    }
}

/// Root mean square about the column means.
#[expect(clippy::cast_precision_loss, reason = "a count of rows")]
fn spread(values: &Array2<f64>) -> f64 {
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
