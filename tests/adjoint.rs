//! Identities that hold for every composition, whatever its shape: ⟨J v, w⟩ = ⟨v, Jᵀ w⟩, terms add up, a convolution is its
//! Toeplitz matrix, shifts and locality (MATH §16.1 and §16.3).
#![allow(clippy::cast_precision_loss, reason = "small counts as numbers")]

mod common;

use common::theta;
use fnexplore::function::{along, back, jacobian, slope, through, toeplitz};
use fnexplore::model::{
    Activation, Architecture, Coefficients, Composition, Form, Group, GroupPriors, Lift, Likelihood, Model, Over,
    Padding, Prior, Priors, Readout, Scale, Scaling, Stage,
};
use ndarray::{Array2, Axis};
use proptest::prelude::*;
use std::sync::Arc;

const PADDINGS: [Padding; 3] = [Padding::Zero, Padding::Circular, Padding::Reflect];
const ARCHITECTURES: [Architecture; 3] = [Architecture::Plain, Architecture::Residual, Architecture::Residual2015];

/// A recipe for a composition that is always one: numbers that do not fit are bent until they do.
#[derive(Clone, Debug)]
struct Recipe {
    architecture: Architecture,
    sigma: Activation,
    reduced: bool,
    lift: Lift,
    readout: Readout,
    /// Of signals; none for points.
    padding: Option<Padding>,
    positions: usize,
    inputs: usize,
    outputs: usize,
    /// Whether a plain composition of patches ends in a stage over the whole row.
    head: bool,
    /// Of every stage: K, m, half of W and half of `W_a`.
    stages: Vec<(usize, usize, usize, usize)>,
    phase: f64,
}

impl Recipe {
    fn function(&self) -> Coefficients {
        let f = self.composition();
        let unit = Prior::Gaussian { tau: 1.0, scaling: Scaling::None };
        let priors = vec![GroupPriors { a: unit, b: unit, c: unit, d: unit }; f.depth()];
        let likelihood = Likelihood::Gaussian { scale: Scale::Fixed(1.0) };
        let model = Arc::new(Model { f, likelihood, priors: Priors { stages: priors } });
        assert_eq!(model.check(), Ok(()), "{self:?}");
        let theta: Vec<f64> = theta(model.layout().len(), self.phase).into_iter().map(|entry| 0.7 * entry).collect();
        Coefficients::new(model, theta).expect("as long as the layout")
    }

    fn composition(&self) -> Composition {
        let residual = self.architecture.is_residual();
        let positions = if self.padding.is_some() { self.positions } else { 1 };
        // A lift makes one point of a row, so that signals have none.
        let lift = if residual && self.padding.is_none() { self.lift } else { Lift::None };
        let stream = match lift {
            Lift::None => self.inputs,
            Lift::Pad => self.inputs.max(self.stages[0].1),
            Lift::Linear => self.stages[0].1,
        };
        let mut stages: Vec<Stage> = Vec::new();
        let mut n = stream;
        for (at, &(k, m, width, reach)) in self.stages.iter().enumerate() {
            let head = self.head && !residual && at > 0 && at + 1 == self.stages.len();
            let over = match self.padding {
                Some(padding) if !head => Over::Patches { width: 2 * width + 1, reach: 2 * reach + 1, padding },
                _ => Over::Points,
            };
            let seen = match over {
                Over::Patches { width, .. } => width * n,
                Over::Points => {
                    if self.padding.is_some() {
                        positions * n
                    } else {
                        n
                    }
                }
            };
            let reduced = self.reduced && (at == 0 || !residual);
            let outputs = if residual { stream } else { m };
            stages.push(Stage {
                k: if reduced { seen } else { k },
                outputs,
                sigma: self.sigma,
                alpha: self.sigma.usual_alpha(),
                form: if reduced { Form::Reduced } else { Form::Full },
                over,
            });
            n = outputs;
        }
        let last = if stages.last().is_some_and(|stage| stage.over == Over::Points) { n } else { positions * n };
        let readout = match self.readout {
            Readout::Pad | Readout::Linear if !residual => Readout::None,
            readout => readout,
        };
        Composition {
            inputs: positions * self.inputs,
            positions,
            outputs: match readout {
                Readout::None => last,
                Readout::Pad => self.outputs.min(last),
                Readout::Linear => self.outputs,
                Readout::Mean | Readout::Max => n,
            },
            architecture: self.architecture,
            branch_scale: if residual { -0.6 } else { 1.0 },
            lift,
            readout,
            stages,
        }
    }
}

prop_compose! {
    fn recipes(deepest: usize)(
        architecture in prop::sample::select(ARCHITECTURES.to_vec()),
        sigma in prop::sample::select(Activation::ALL.to_vec()),
        reduced in any::<bool>(),
        lift in prop::sample::select(vec![Lift::None, Lift::Pad, Lift::Linear]),
        readout in prop::sample::select(vec![Readout::None, Readout::Pad, Readout::Linear, Readout::Mean, Readout::Max]),
        padding in prop::option::of(prop::sample::select(PADDINGS.to_vec())),
        (positions, inputs, outputs, head) in (1_usize..7, 1_usize..4, 1_usize..5, any::<bool>()),
        stages in prop::collection::vec((1_usize..7, 1_usize..4, 0_usize..3, 0_usize..2), 1..=deepest),
        phase in 0.0..6.0,
    ) -> Recipe {
        Recipe {
            architecture, sigma, reduced, lift, readout, padding, positions, inputs, outputs, head, stages, phase,
        }
    }
}

/// Irregular numbers of order one.
fn noise(rows: usize, columns: usize, phase: f64) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns), theta(rows * columns, 1.7 * phase + 0.2)).expect("as many")
}

/// Σ xᵢ yᵢ, and Σ |xᵢ yᵢ|: what rounding is measured by.
fn inner<'a>(x: impl IntoIterator<Item = &'a f64>, y: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    x.into_iter().zip(y).fold((0.0, 0.0), |(sum, size), (x, y)| (sum + x * y, size + (x * y).abs()))
}

fn greatest<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    values.into_iter().fold(1.0, |greatest, value| greatest.max(value.abs()))
}

/// A chain of cubes multiplies what rounds; no identity is to be checked where nothing is left of sixteen digits.
fn is_tame(f: &Coefficients, x: &Array2<f64>) -> bool {
    let passed = through(f, x.view());
    passed.stages.iter().all(|stage| stage.after.iter().chain(&stage.output).all(|value| value.abs() < 1e3))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    /// ⟨J v, w⟩ = ⟨v, Jᵀ w⟩: both directions share σ′, so that kinks do not matter.
    ///
    /// Fails when `backward` takes σ′ for 1, drops the identity path, the branch scale or b's transpose, or scatters a patch
    /// without the wrap.
    #[test]
    fn along_is_the_adjoint_of_back(recipe in recipes(4), rows in 1_usize..4) {
        let f = recipe.function();
        let x = noise(rows, f.model.f.inputs, recipe.phase);
        prop_assume!(is_tame(&f, &x));
        let v = theta(f.theta.len(), recipe.phase + 3.0);
        let w = noise(rows, f.model.f.outputs, recipe.phase + 1.0);
        let forwards = along(&f, x.view(), &v, Array2::zeros(x.raw_dim()).view());
        let (left, left_size) = inner(&forwards, &w);
        let (right, right_size) = inner(&v, &back(&f, x.view(), w.view()));
        let size = left_size.max(right_size).max(1.0);
        prop_assert!((left - right).abs() < 1e-12 * size, "{} {} {:e}", left, right, size);
    }

    /// J's rows are `back` of unit vectors, and Σₙⱼ w J is `back` of w.
    ///
    /// Fails when an output's unit vector still holds the one before.
    #[test]
    fn jacobians_are_rows_of_back(recipe in recipes(3), rows in 1_usize..4) {
        let f = recipe.function();
        let x = noise(rows, f.model.f.inputs, recipe.phase);
        prop_assume!(is_tame(&f, &x));
        let outputs = f.model.f.outputs;
        let whole = jacobian(&f, x.view());
        let w = noise(rows, outputs, recipe.phase + 1.0);
        let mut sum = vec![0.0; f.theta.len()];
        for n in 0..rows {
            for j in 0..outputs {
                let mut unit = Array2::zeros((1, outputs));
                unit[[0, j]] = 1.0;
                let row = back(&f, x.select(Axis(0), &[n]).view(), unit.view());
                let ours = whole.slice(ndarray::s![n, j, ..]);
                prop_assert!(ours.iter().zip(&row).all(|(ours, row)| ours.to_bits() == row.to_bits()));
                sum.iter_mut().zip(&row).for_each(|(sum, row)| *sum += w[[n, j]] * row);
            }
        }
        let gradient = back(&f, x.view(), w.view());
        let size = greatest(whole.iter());
        for (sum, gradient) in sum.iter().zip(&gradient) {
            prop_assert!((sum - gradient).abs() < 1e-12 * size * 10.0, "{} {}", sum, gradient);
        }
    }

    /// Σₖ term(k, j) + dⱼ is what f⁽ⁱ⁾ makes of it, at every position of a signal too.
    ///
    /// Fails when a term takes its element from the neighbouring position.
    #[test]
    fn terms_add_up_to_the_output(recipe in recipes(3), rows in 1_usize..4) {
        let f = recipe.function();
        for passage in through(&f, noise(rows, f.model.f.inputs, recipe.phase).view()).stages {
            for j in 0..passage.output.ncols() {
                let terms: Vec<Vec<f64>> = (0..passage.k).map(|k| passage.term(k, j)).collect();
                for row in 0..rows {
                    let d = passage.offset[j % passage.offset.len()];
                    let sum = terms.iter().map(|term| term[row]).sum::<f64>() + d;
                    let size = terms.iter().map(|term| term[row].abs()).fold(1.0, f64::max);
                    prop_assert!((sum - passage.output[[row, j]]).abs() < 1e-13 * size);
                }
            }
        }
    }

    /// ∂ŷ/∂x is `along` a column of x, and all columns along ẋ add up.
    #[test]
    fn slopes_add_up_along_x(recipe in recipes(3)) {
        let f = recipe.function();
        let x = noise(2, f.model.f.inputs, recipe.phase);
        prop_assume!(is_tame(&f, &x));
        let x_dot = noise(2, f.model.f.inputs, recipe.phase + 2.0);
        let whole = along(&f, x.view(), &vec![0.0; f.theta.len()], x_dot.view());
        let mut sum = Array2::<f64>::zeros(whole.raw_dim());
        let mut size = 1.0_f64;
        for column in 0..x.ncols() {
            let part = slope(&f, x.view(), column) * x_dot.column(column).insert_axis(Axis(1));
            size = size.max(greatest(&part));
            sum += &part;
        }
        for (sum, whole) in sum.iter().zip(&whole) {
            prop_assert!((sum - whole).abs() < 1e-12 * size * 10.0, "{} {}", sum, whole);
        }
    }

    /// A convolution is the expansion of whole rows with Toeplitz matrices; b's gradient is the sum over what is tied.
    ///
    /// Fails with a tie of the next entry, and where what wraps around is not scattered back. Both forms ask `Patches` where
    /// a patch lies: that is held by the ties below, by locality, and by the fixtures.
    #[test]
    fn a_convolution_is_its_toeplitz_matrix(recipe in recipes(3), padding in prop::sample::select(PADDINGS.to_vec())) {
        let readout = if recipe.readout == Readout::Linear { Readout::Linear } else { Readout::None };
        let recipe = Recipe { padding: Some(padding), head: false, readout, ..recipe };
        let small = recipe.function();
        let x = noise(3, small.model.f.inputs, recipe.phase);
        prop_assume!(is_tame(&small, &x));
        let large = dense(&small);
        let (ours, theirs) = (through(&small, x.view()), through(&large, x.view()));
        let w = noise(3, small.model.f.outputs, recipe.phase + 1.0);
        for (ours, theirs) in ours.stages.iter().zip(&theirs.stages) {
            let size = greatest(&ours.output);
            for (ours, theirs) in ours.output.iter().zip(&theirs.output) {
                prop_assert!((ours - theirs).abs() < 1e-12 * size, "{} {}", ours, theirs);
            }
        }
        let (gradient, wide) = (back(&small, x.view(), w.view()), back(&large, x.view(), w.view()));
        let size = greatest(&wide) * 100.0;
        for at in 0..small.model.f.depth() {
            let Some(block) = small.layout().find(Some(at), Group::B).cloned() else { continue };
            let of = large.layout().find(Some(at), Group::B).expect("full").at.clone();
            let mut summed = vec![0.0; block.at.len()];
            for (ties, wide) in toeplitz(&small, at).expect("patches").ties.iter().zip(&wide[of]) {
                for &entry in ties {
                    summed[entry] += wide;
                }
            }
            for (summed, exact) in summed.iter().zip(&gradient[block.at]) {
                prop_assert!((summed - exact).abs() < 1e-12 * size, "{} {}", summed, exact);
            }
        }
    }

    /// Circular: f of a shifted signal is f shifted.
    ///
    /// Fails where the ends are zero-padded instead.
    #[test]
    fn circular_convolutions_commute_with_shifts(recipe in recipes(3), by in 0_usize..6) {
        let recipe = Recipe { padding: Some(Padding::Circular), head: false, readout: Readout::None, ..recipe };
        let f = recipe.function();
        let x = noise(2, f.model.f.inputs, recipe.phase);
        prop_assume!(is_tame(&f, &x));
        let shift = |values: &Array2<f64>| {
            let channels = values.ncols() / f.model.f.positions;
            let columns: Vec<usize> = (0..values.ncols()).map(|to| (to + by * channels) % values.ncols()).collect();
            values.select(Axis(1), &columns)
        };
        let (then, first) = (shift(&through(&f, x.view()).f), through(&f, shift(&x).view()).f);
        let size = greatest(&then);
        for (then, first) in then.iter().zip(&first) {
            prop_assert!((then - first).abs() < 1e-12 * size, "{} {}", then, first);
        }
    }
}

/// The same function with every stage over whole rows.
fn dense(small: &Coefficients) -> Coefficients {
    let mut model = (*small.model).clone();
    let mut numbers = Vec::new();
    for at in 0..model.f.depth() {
        let wide = toeplitz(small, at).expect("a stage on patches");
        let stage = &mut model.f.stages[at];
        (stage.k, stage.outputs) = (wide.c.len(), wide.d.len());
        (stage.form, stage.over) = (Form::Full, Over::Points);
        numbers.extend(wide.b.iter().chain(&wide.c).chain(&wide.a).chain(&wide.d));
    }
    let layout = small.layout();
    if let Some(block) = layout.find(None, Group::Readout) {
        numbers.extend(small.block(block));
    }
    Coefficients::new(Arc::new(model), numbers).expect("the dense layout")
}

/// One position moved is felt 1 + Σ (W − 1) + Σ (`W_a` − 1) positions wide, no further and no less. Fails with a patch that
/// begins one place late.
#[test]
fn the_receptive_field_grows_by_a_patch_less_one_a_layer() {
    for padding in PADDINGS {
        for architecture in ARCHITECTURES {
            for (half, reach) in [(1, 0), (2, 0), (0, 1), (1, 1)] {
                for depth in 1..=3 {
                    let recipe = Recipe {
                        architecture,
                        sigma: Activation::Sin,
                        reduced: false,
                        lift: Lift::None,
                        readout: Readout::None,
                        padding: Some(padding),
                        positions: 31,
                        inputs: 2,
                        outputs: 1,
                        head: false,
                        stages: vec![(3, 2, half, reach); depth],
                        phase: 0.7,
                    };
                    let f = recipe.function();
                    let x = noise(1, 62, 0.3);
                    let mut moved = x.clone();
                    moved[[0, 2 * 15]] += 0.5;
                    let (before, after) = (through(&f, x.view()).f, through(&f, moved.view()).f);
                    let felt: Vec<usize> = (0..31)
                        .filter(|t| (0..2).any(|c| before[[0, 2 * t + c]].to_bits() != after[[0, 2 * t + c]].to_bits()))
                        .collect();
                    let radius = depth * (half + reach);
                    let expected: Vec<usize> = (15 - radius..=15 + radius).collect();
                    assert_eq!(felt, expected, "{padding:?} {architecture:?} {half}/{reach} depth {depth}");
                }
            }
        }
    }
}

/// The entries of one b in the matrix of a whole row, for a signal of four: MATH §6.
#[test]
fn ties_are_the_diagonals_of_a_toeplitz_matrix() {
    let at = |padding| {
        let recipe = Recipe {
            architecture: Architecture::Plain,
            sigma: Activation::Tanh,
            reduced: false,
            lift: Lift::None,
            readout: Readout::None,
            padding: Some(padding),
            positions: 4,
            inputs: 1,
            outputs: 1,
            head: false,
            stages: vec![(1, 1, 1, 0)],
            phase: 0.1,
        };
        toeplitz(&recipe.function(), 0).expect("patches").ties
    };
    // Row s, column t: w = s − t + 1.
    let none = Vec::new;
    let inside = |s: usize, t: usize| if (s + 1).abs_diff(t + 1) <= 1 { vec![s + 1 - t] } else { none() };
    for ((s, t), ties) in at(Padding::Zero).indexed_iter() {
        assert_eq!(*ties, inside(s, t), "{s} {t}");
    }
    let circular = at(Padding::Circular);
    assert_eq!((&circular[[3, 0]], &circular[[0, 3]]), (&vec![0], &vec![2]));
    let mirrored = at(Padding::Reflect);
    assert_eq!((&mirrored[[1, 0]], &mirrored[[2, 3]]), (&vec![0, 2], &vec![0, 2]));
}
