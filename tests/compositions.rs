//! The essay's formulas, written out term by term, against the evaluator.

mod common;

use common::{Shape, dataset, theta};
use fnexplore::bayes::{LogDensity, Posterior, PriorDensity};
use fnexplore::function::{Init, Reference, Rows, Start, carry, start, through, value};
use fnexplore::model::{Activation, Architecture, Coefficients, Group, Scale};
use fnexplore::seeds::Seeds;
use ndarray::Array2;
use proptest::prelude::*;
use std::sync::Arc;

/// f⁽ⁱ⁾(x) = Σ aₖ σ(bₖ x + cₖ) + d of a scalar stage, straight from the formula.
fn scalar_stage(f: &Coefficients, index: usize, x: f64) -> f64 {
    let at = f.model.f.position(index).expect("a stage");
    let (a, b, c) = (f.group(at, Group::A), f.group(at, Group::B), f.group(at, Group::C));
    let sigma = f.model.f.stages[at].sigma;
    (0..a.len()).map(|k| a[k] * value(sigma, sigma.usual_alpha(), b[k] * x + c[k])).sum::<f64>()
        + f.group(at, Group::D)[0]
}

fn function(shape: &Shape, phase: f64) -> Coefficients {
    let model = shape.model();
    let length = model.layout().len();
    Coefficients::new(model, theta(length, phase)).expect("the layout's length")
}

fn line(n: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, 1), |(i, _)| -2.0 + 4.0 * f64::from(u32::try_from(i).expect("small")) / 20.0)
}

#[test]
fn the_essays_three_layer_formulas() {
    for sigma in Activation::ALL {
        let plain = function(&Shape::scalar(Architecture::Plain, 3, sigma), 0.3);
        let residual = function(&Shape::scalar(Architecture::Residual, 3, sigma), 0.3);
        let x = line(21);
        let (seen_plain, seen_residual) = (through(&plain, x.view()), through(&residual, x.view()));
        for (row, &x) in x.column(0).iter().enumerate() {
            let f = |i, u| scalar_stage(&plain, i, u);
            let close = |seen: f64, exact: f64| (seen - exact).abs() < 1e-12 * exact.abs().max(1.0);
            assert!(close(seen_plain.f[[row, 0]], f(1, f(2, f(3, x)))), "{sigma}");
            let g = |i, u| 0.7 * scalar_stage(&residual, i, u);
            let inner = g(3, x) + x;
            let middle = g(2, inner) + inner;
            assert!(close(seen_residual.f[[row, 0]], g(1, middle) + middle), "{sigma}");
        }
    }
}

#[test]
fn terms_add_up_to_what_is_drawn() {
    let f = function(&Shape { width: 2, ..Shape::scalar(Architecture::Plain, 3, Activation::Relu) }, 0.9);
    for passage in through(&f, line(21).view()).stages {
        for j in 0..passage.offset.len() {
            let mut sum = [passage.offset[j]; 21];
            for k in 0..passage.elements.ncols() {
                sum.iter_mut().zip(passage.term(k, j)).for_each(|(sum, term)| *sum += term);
            }
            for (row, sum) in sum.iter().enumerate() {
                assert!((sum - passage.output[[row, j]]).abs() < 1e-14);
            }
        }
    }
}

/// With f⁽³⁾ at its prior mode a plain composition is constant and a residual one is the two-layer model, to the bit.
#[test]
fn collapse_leaves_a_constant_or_the_two_layer_model() {
    for sigma in Activation::ALL {
        for architecture in [Architecture::Plain, Architecture::Residual] {
            let three = function(&Shape::scalar(architecture, 3, sigma), 0.5);
            let layout = three.layout();
            let mut theta = three.theta.to_vec();
            let stage = layout.stage(0);
            theta[stage.clone()].fill(0.0);
            let collapsed = Coefficients::new(three.model.clone(), theta.clone()).expect("same length");
            let f = through(&collapsed, line(21).view()).f;
            if architecture == Architecture::Plain {
                assert!(f.iter().all(|&value| value.to_bits() == f[[0, 0]].to_bits()), "{sigma}");
            } else {
                let mut model = (*three.model).clone();
                model.f.stages.remove(0);
                model.priors.stages.remove(0);
                let two = Coefficients::new(Arc::new(model), &theta[stage.end..]).expect("two stages");
                assert_eq!(f, through(&two, line(21).view()).f, "{sigma}");
            }
        }
    }
}

/// The all-zero layer is stationary in a, b, c when σ(0) = 0: training started there never leaves.
#[test]
fn zero_is_stationary() {
    for sigma in [Activation::Relu, Activation::Tanh] {
        let model = Shape::scalar(Architecture::Residual, 2, sigma).model();
        let mut posterior = Posterior::new(&model, Reference::new(model.clone(), dataset(20, 1, 1)), Vec::new());
        let zero = vec![0.0; posterior.dim()];
        let mut gradient = zero.clone();
        posterior.at(&zero, Some(&mut gradient)).expect("finite");
        for block in &model.layout().blocks {
            let moved = gradient[block.at.clone()].iter().any(|&entry| entry != 0.0);
            assert_eq!(moved, block.group == Group::D, "{}", block.name);
        }
    }
}

/// Against `scipy.stats`: norm(0, sd).logpdf summed, halfnorm().logpdf(s) + log s.
#[test]
fn the_log_prior_is_a_normalised_density() {
    let model = Shape { scale: Scale::Learned, ..Shape::scalar(Architecture::Plain, 1, Activation::Relu) }.model();
    let layout = model.layout();
    let mut theta = vec![0.0; layout.len()];
    let zero = PriorDensity::new(&model).at(&theta, None);
    // a: 5 of sd 1.5/√5, b: 5 of 1.2, c: 5 of 0.8, d: 1 of 2.0, s = 1.
    let normal = |n: f64, sd: f64| -n * (sd * std::f64::consts::TAU.sqrt()).ln();
    let half_normal = (2.0 / std::f64::consts::PI).sqrt().ln() - 0.5;
    let exact =
        normal(5.0, 1.5 / 5.0_f64.sqrt()) + normal(5.0, 1.2) + normal(5.0, 0.8) + normal(1.0, 2.0) + half_normal;
    assert!((zero - exact).abs() < 1e-12, "{zero} {exact}");
    let s: f64 = 0.37;
    theta[layout.len() - 1] = s.ln();
    let moved = PriorDensity::new(&model).at(&theta, None);
    assert!((moved - zero - (s.ln() - 0.5 * s * s + 0.5)).abs() < 1e-12);
}

/// y = f exactly: ℓ is N times the normal density's peak; a residual of r costs r²/2s² more; in y's own unit sd(y) divides it.
#[test]
fn the_log_likelihood_is_a_normalised_density() {
    let model = Shape::scalar(Architecture::Plain, 1, Activation::Tanh).model();
    let mut data = (*dataset(10, 1, 1)).clone();
    data.train.y.fill(0.25);
    let mut posterior = Posterior::new(&model, Reference::new(model.clone(), Arc::new(data)), Vec::new());
    let fit = posterior.fit(&vec![0.0; posterior.dim()], Rows::Train).expect("finite");
    let exact = 8.0 * (-(2.0 * 0.3 * std::f64::consts::TAU.sqrt()).ln() - 0.5 * (0.25_f64 / 0.3).powi(2));
    assert!((fit.log_likelihood - exact).abs() < 1e-12);
    assert!((fit.loss - 4.0 * 0.0625).abs() < 1e-14, "the loss is in the data's own units: sd(y) is 2 here");
}

proptest! {
    /// Growing K and adding a residual stage keep the function; shrinking by nothing keeps it too.
    #[test]
    fn carrying_is_exact_where_it_says_so(depth in 1_usize..4, grow in 0_usize..4, extra in 0_usize..3, phase in 0.0..6.0) {
        let shape = Shape::scalar(Architecture::Residual, depth, Activation::Relu);
        let old = function(&shape, phase);
        let model = Shape { depth: depth + extra, k: shape.k, ..shape }.model();
        let mut model = (*model).clone();
        // Stages answer to the essay's index: line up the K that `Shape` alternates by position.
        for index in 1..=depth {
            let (from, to) = (old.model.f.position(index).unwrap(), model.f.position(index).unwrap());
            model.f.stages[to].k = old.model.f.stages[from].k + grow;
        }
        let model = Arc::new(model);
        let how = Start { init: Init::He, bias_sd: 0.5, given: Vec::new() };
        let kept = carry(&old, &model, &start(&model, &how, Seeds(3), 0));
        prop_assert!(kept.exact, "{}", kept.sentence);
        let (before, after) = (through(&old, line(21).view()).f, through(&kept.now, line(21).view()).f);
        for (before, after) in before.iter().zip(&after) {
            prop_assert!((before - after).abs() < 1e-12);
        }
    }

    /// Rescaling a ReLU unit leaves the function alone.
    #[test]
    fn relu_units_rescale(unit in 0_usize..5, s in 0.1_f64..10.0, phase in 0.0..6.0) {
        let f = function(&Shape::scalar(Architecture::Plain, 1, Activation::Relu), phase);
        let layout = f.layout();
        let mut theta = f.theta.to_vec();
        for (group, factor) in [(Group::A, 1.0 / s), (Group::B, s), (Group::C, s)] {
            theta[layout.find(Some(0), group).unwrap().at.start + unit] *= factor;
        }
        let rescaled = Coefficients::new(f.model.clone(), theta).unwrap();
        let (before, after) = (through(&f, line(21).view()).f, through(&rescaled, line(21).view()).f);
        for (before, after) in before.iter().zip(&after) {
            prop_assert!((before - after).abs() < 1e-12 * before.abs().max(1.0));
        }
    }
}

/// The same draw in every model that has the block: depth and architecture do not move the others' random numbers.
#[test]
fn starts_are_paired_across_models() {
    let how = Start { init: Init::He, bias_sd: 0.5, given: vec![("f1.d".to_owned(), vec![0.125])] };
    let two = Shape { k: 4, ..Shape::scalar(Architecture::Plain, 2, Activation::Relu) }.model();
    let four = Shape { k: 4, ..Shape::scalar(Architecture::Residual, 4, Activation::Relu) }.model();
    let of = |model: &Arc<fnexplore::model::Model>, index: usize, group| {
        let f = Coefficients::new(model.clone(), start(model, &how, Seeds(7), 0)).unwrap();
        f.group(f.model.f.position(index).unwrap(), group).to_vec()
    };
    for index in 1..=2 {
        assert_eq!(of(&two, index, Group::B), of(&four, index, Group::B));
    }
    assert_eq!(of(&two, 1, Group::D), vec![0.125]);
    assert_ne!(of(&two, 1, Group::C), of(&two, 2, Group::C));
}
