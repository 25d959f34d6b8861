//! x on its way through the composition: what each f⁽ⁱ⁾ receives, what it makes of it, and what has become of x after it.
//! Knows no data and no picture.

use super::composition::Composed;
use crate::model::{Coefficients, Group};
use ndarray::{Array2, ArrayView2};

/// One stage at every row: its input, its elements, its own value, and the stream after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The essay's index i.
    pub index: usize,
    /// U, N×n.
    pub input: Array2<f64>,
    /// H = σ(U b + c), N×K.
    pub elements: Array2<f64>,
    /// a, K×m, so that Σₖ H[·,k] a[k,·] + d is `output`.
    pub heights: Array2<f64>,
    /// d, m.
    pub offset: Vec<f64>,
    /// f⁽ⁱ⁾(U), N×m, unscaled.
    pub output: Array2<f64>,
    /// u after the stage: branch scale and identity path included.
    pub after: Array2<f64>,
}

impl Passage {
    /// The term aₖ σ(·) of element `k` for output `j`, at every row: what is drawn under the sum.
    pub fn term(&self, k: usize, j: usize) -> impl Iterator<Item = f64> {
        self.elements.column(k).to_vec().into_iter().map(move |h| h * self.heights[[k, j]])
    }
}

/// x through every stage, innermost first, and ŷ.
#[derive(Clone, Debug, PartialEq)]
pub struct Through {
    /// Innermost first.
    pub stages: Vec<Passage>,
    /// ŷ, N×outputs.
    pub f: Array2<f64>,
}

/// Evaluates every stage at the rows of `x` (N×inputs, in the coordinates θ lives in).
///
/// # Panics
/// Never for an `x` with the model's number of input columns.
#[must_use]
pub fn through(coefficients: &Coefficients, x: ArrayView2<'_, f64>) -> Through {
    let (model, theta) = (&coefficients.model, &coefficients.theta[..]);
    let rows = x.nrows();
    let mut composed = Composed::new(&model.f, &coefficients.layout(), rows);
    let x: Vec<f64> = x.iter().copied().collect();
    let f = composed.forward(theta, &x).to_vec();
    let f = Array2::from_shape_vec((rows, model.f.outputs), f).expect("ŷ is N×outputs");
    Through { stages: (0..model.f.depth()).map(|at| passage(coefficients, &composed, at, rows)).collect(), f }
}

/// One stage alone (at position `at`, innermost 0), at the rows of `u` (N×n).
///
/// # Panics
/// Never for a stage of the composition and a `u` with its number of input columns.
#[must_use]
pub fn local(coefficients: &Coefficients, at: usize, u: ArrayView2<'_, f64>) -> Passage {
    let rows = u.nrows();
    let mut composed = Composed::new(&coefficients.model.f, &coefficients.layout(), rows);
    let u: Vec<f64> = u.iter().copied().collect();
    composed.local(&coefficients.theta, at, &u);
    passage(coefficients, &composed, at, rows)
}

fn passage(coefficients: &Coefficients, composed: &Composed, at: usize, rows: usize) -> Passage {
    let f = &coefficients.model.f;
    let stage = f.stages[at];
    let shaped = |values: &[f64], columns: usize| {
        Array2::from_shape_vec((rows, columns), values.to_vec()).expect("buffers hold rows × columns")
    };
    let (u, h, after) = composed.seen(at, rows);
    let heights = Array2::from_shape_vec((stage.k, stage.outputs), coefficients.group(at, Group::A).to_vec());
    let heights = heights.expect("a is K×m");
    let offset = coefficients.group(at, Group::D).to_vec();
    let elements = shaped(h, stage.k);
    Passage {
        index: f.essay_index(at),
        input: shaped(u, f.stage_inputs(at)),
        output: elements.dot(&heights) + ndarray::aview1(&offset),
        elements,
        heights,
        offset,
        after: shaped(after, stage.outputs),
    }
}
