//! x on its way through the composition: what each f⁽ⁱ⁾ receives, what it makes of it, and what has become of x after it.
//! Knows no data and no picture.

use super::composition::Composed;
use crate::model::{Coefficients, Group, Layout};
use ndarray::{Array2, Array3, ArrayView2};

/// One stage at every row: its input, its elements, its own value, and the stream after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The essay's index i.
    pub index: usize,
    /// K.
    pub k: usize,
    /// U, N×n; of a signal N×(T·C).
    pub input: Array2<f64>,
    /// What a sees: H = σ(U b + c), N×K; of a convolution (N·T)×K, or `(N·T)×(W_a·K)` where a sees several positions.
    pub elements: Array2<f64>,
    /// σ′(U b + c), N×K; of a convolution (N·T)×K.
    pub slopes: Array2<f64>,
    /// a, K×m, so that Σₖ H[·,k] a[k,·] + d is `output`.
    pub heights: Array2<f64>,
    /// d, m.
    pub offset: Vec<f64>,
    /// f⁽ⁱ⁾(U), N×m (N×(T·m)), unscaled.
    pub output: Array2<f64>,
    /// u after the stage: branch scale, identity path and the 2015 architecture's σ included.
    pub after: Array2<f64>,
}

impl Passage {
    /// The term aₖ σ(·) of element `k` for column `j` of the output, at every row: what is drawn under the sum. With d they
    /// add up to `output` exactly as displayed.
    #[must_use]
    pub fn term(&self, k: usize, j: usize) -> Vec<f64> {
        let (channels, rows) = (self.offset.len(), self.output.nrows().max(1));
        let (t, channel) = (j / channels, j % channels);
        let positions = self.elements.nrows() / rows;
        let term = |row: usize| {
            let places = (k..self.heights.nrows()).step_by(self.k);
            places.map(|at| self.elements[[row * positions + t, at]] * self.heights[[at, channel]]).sum()
        };
        (0..self.output.nrows()).map(term).collect()
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
    let (rows, layout) = (x.nrows(), coefficients.layout());
    let mut composed = Composed::new(&model.f, &layout, rows);
    let x: Vec<f64> = x.iter().copied().collect();
    let f = composed.forward(theta, &x).to_vec();
    let f = Array2::from_shape_vec((rows, model.f.outputs), f).expect("ŷ is N×outputs");
    let passage = |at| passage(coefficients, &layout, &composed, at, rows);
    Through { stages: (0..model.f.depth()).map(passage).collect(), f }
}

/// ŷ at the rows of `x` (N×inputs, in the coordinates θ lives in), and nothing of the way there: N×outputs.
///
/// # Panics
/// Never for an `x` with the model's number of input columns.
#[must_use]
pub fn outputs(coefficients: &Coefficients, x: ArrayView2<'_, f64>) -> Array2<f64> {
    let (f, rows) = (&coefficients.model.f, x.nrows());
    let mut composed = Composed::new(f, &coefficients.layout(), rows);
    let x: Vec<f64> = x.iter().copied().collect();
    let y = composed.forward(&coefficients.theta, &x).to_vec();
    Array2::from_shape_vec((rows, f.outputs), y).expect("ŷ is N×outputs")
}

/// One stage alone (at position `at`, innermost 0), at the rows of `u` (N×n).
///
/// # Panics
/// Never for a stage of the composition and a `u` with its number of input columns.
#[must_use]
pub fn local(coefficients: &Coefficients, at: usize, u: ArrayView2<'_, f64>) -> Passage {
    let rows = u.nrows();
    let layout = coefficients.layout();
    let mut composed = Composed::alone(&coefficients.model.f, &layout, at, rows);
    let u: Vec<f64> = u.iter().copied().collect();
    composed.local(&coefficients.theta, at, &u);
    passage(coefficients, &layout, &composed, at, rows)
}

fn passage(coefficients: &Coefficients, layout: &Layout, composed: &Composed, at: usize, rows: usize) -> Passage {
    let f = &coefficients.model.f;
    let group = |group| layout.find(Some(at), group).map_or(&[][..], |block| coefficients.block(block));
    let stage = f.stages[at];
    let shaped = |values: &[f64], columns: usize| {
        Array2::from_shape_vec((rows, columns), values.to_vec()).expect("buffers hold rows × columns")
    };
    let (u, h, after) = composed.seen(at, rows);
    let seen = f.stage_elements(at);
    let heights = Array2::from_shape_vec((seen, stage.outputs), group(Group::A).to_vec());
    let heights = heights.expect("a is K×m");
    let offset = group(Group::D).to_vec();
    // A convolution applies its elements at every position: N·T rows.
    let elements = Array2::from_shape_vec((h.len() / seen, seen), h.to_vec()).expect("rows of what a sees");
    let slopes = composed.slopes(at, rows);
    let slopes = Array2::from_shape_vec((slopes.len() / stage.k, stage.k), slopes.to_vec()).expect("rows of K");
    let columns = f.extent(at + 1).columns();
    let output = elements.dot(&heights) + ndarray::aview1(&offset);
    Passage {
        index: f.essay_index(at),
        k: stage.k,
        input: shaped(u, f.extent(at).columns()),
        output: output.into_shape_with_order((rows, columns)).expect("positions × channels"),
        elements,
        slopes,
        heights,
        offset,
        after: shaped(after, columns),
    }
}

/// ∂ŷ/∂x along column `input` of x, at the rows of `x`: N×outputs.
///
/// # Panics
/// Never for an `x` with the model's number of input columns.
#[must_use]
pub fn slope(coefficients: &Coefficients, x: ArrayView2<'_, f64>, input: usize) -> Array2<f64> {
    let mut x_dot = Array2::zeros(x.raw_dim());
    x_dot.column_mut(input).fill(1.0);
    along(coefficients, x, &vec![0.0; coefficients.theta.len()], x_dot.view())
}

/// The Jacobian-vector product: the derivative of ŷ at `x` in the directions `theta_dot` and `x_dot`, N×outputs.
///
/// # Panics
/// Never for an `x` and `x_dot` with the model's number of input columns and a `theta_dot` as long as θ.
#[must_use]
pub fn along(
    coefficients: &Coefficients,
    x: ArrayView2<'_, f64>,
    theta_dot: &[f64],
    x_dot: ArrayView2<'_, f64>,
) -> Array2<f64> {
    let (model, rows) = (&coefficients.model, x.nrows());
    let mut composed = Composed::new(&model.f, &coefficients.layout(), rows);
    let (x, x_dot): (Vec<f64>, Vec<f64>) = (x.iter().copied().collect(), x_dot.iter().copied().collect());
    composed.forward(&coefficients.theta, &x);
    let f_dot = composed.along(&coefficients.theta, theta_dot, &x, &x_dot);
    Array2::from_shape_vec((rows, model.f.outputs), f_dot).expect("N×outputs")
}

/// The vector-Jacobian product: ∂/∂θ of ⟨`f_bar`, ŷ(x; θ)⟩.
///
/// # Panics
/// Never for an `x` and `f_bar` of the model's numbers of columns and equally many rows.
#[must_use]
pub fn back(coefficients: &Coefficients, x: ArrayView2<'_, f64>, f_bar: ArrayView2<'_, f64>) -> Vec<f64> {
    let mut composed = Composed::new(&coefficients.model.f, &coefficients.layout(), x.nrows());
    let (x, f_bar): (Vec<f64>, Vec<f64>) = (x.iter().copied().collect(), f_bar.iter().copied().collect());
    composed.forward(&coefficients.theta, &x);
    let mut gradient = vec![0.0; coefficients.theta.len()];
    composed.backward(&coefficients.theta, &x, &f_bar, &mut gradient);
    gradient
}

/// The Jacobian of ŷ in θ, an example at a time: N×outputs×P, so that J[n, j, p] = ∂ŷₙⱼ/∂θₚ.
///
/// # Panics
/// Never for an `x` with the model's number of input columns.
#[must_use]
pub fn jacobian(coefficients: &Coefficients, x: ArrayView2<'_, f64>) -> Array3<f64> {
    let outputs = coefficients.model.f.outputs;
    let mut composed = Composed::new(&coefficients.model.f, &coefficients.layout(), 1);
    let mut jacobian = Array3::zeros((x.nrows(), outputs, coefficients.theta.len()));
    for (n, row) in x.rows().into_iter().enumerate() {
        let row = row.to_vec();
        composed.forward(&coefficients.theta, &row);
        for j in 0..outputs {
            let mut f_bar = vec![0.0; outputs];
            f_bar[j] = 1.0;
            let mut into = jacobian.slice_mut(ndarray::s![n, j, ..]);
            let gradient = into.as_slice_mut().expect("the last axis is contiguous");
            composed.backward(&coefficients.theta, &row, &f_bar, gradient);
        }
    }
    jacobian
}
