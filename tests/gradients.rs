//! The gradient of the log posterior against four-point central differences along directions (MATH §16.1).

mod common;

use common::{Shape, dataset, theta};
use fnexplore::bayes::{LogDensity, Posterior};
use fnexplore::function::{Chosen, Reference, Rows};
use fnexplore::model::{Activation, Architecture, Lift, Scale};

/// The greatest relative error of directional derivatives over a few directions.
fn worst_error(shape: &Shape, rows: Rows<'_>) -> f64 {
    let model = shape.model();
    assert_eq!(model.check(), Ok(()));
    let data = dataset(24, shape.inputs, shape.outputs);
    let mut posterior = Posterior::new(&model, Reference::new(model.clone(), data), Vec::new());
    let dim = posterior.dim();
    let here = theta(dim, 0.4);
    let mut gradient = vec![f64::NAN; dim];
    posterior.on(&here, rows, Some(&mut gradient)).expect("finite");
    let h = 1e-5;
    let mut worst = 0.0_f64;
    for direction in 0..6 {
        let mut v = theta(dim, 1.3 * f64::from(direction));
        let norm = v.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        for entry in &mut v {
            *entry /= norm;
        }
        let mut value = |step: f64| {
            let there: Vec<f64> = here.iter().zip(&v).map(|(theta, v)| theta + step * v).collect();
            posterior.on(&there, rows, None).expect("finite").log_posterior()
        };
        let slope = (8.0 * (value(h) - value(-h)) - (value(2.0 * h) - value(-2.0 * h))) / (12.0 * h);
        let exact: f64 = gradient.iter().zip(&v).map(|(g, v)| g * v).sum();
        worst = worst.max((slope - exact).abs() / exact.abs().max(1.0));
    }
    worst
}

#[test]
fn both_architectures_depth_one_to_four_every_activation() {
    for architecture in [Architecture::Plain, Architecture::Residual] {
        for depth in 1..=4 {
            for sigma in Activation::ALL {
                for (inputs, width) in [(1, 1), (3, 3)] {
                    let shape = Shape { inputs, width, outputs: width, ..Shape::scalar(architecture, depth, sigma) };
                    let error = worst_error(&shape, Rows::Train);
                    assert!(error < 2e-7, "{architecture:?} depth {depth} {sigma} width {width}: {error:e}");
                }
            }
        }
    }
}

#[test]
fn plain_compositions_of_changing_dimension() {
    let shape = Shape { inputs: 2, width: 4, outputs: 3, ..Shape::scalar(Architecture::Plain, 3, Activation::Tanh) };
    assert!(worst_error(&shape, Rows::Train) < 1e-8);
}

#[test]
fn lifts_learned_and_padded() {
    for lift in [Lift::Linear, Lift::Pad] {
        let shape =
            Shape { inputs: 2, width: 4, lift, ..Shape::scalar(Architecture::Residual, 3, Activation::Sigmoid) };
        assert!(worst_error(&shape, Rows::Train) < 1e-8, "{lift:?}");
    }
}

#[test]
fn a_learned_scale_has_its_jacobian() {
    let shape = Shape { scale: Scale::Learned, ..Shape::scalar(Architecture::Plain, 2, Activation::Tanh) };
    assert!(worst_error(&shape, Rows::Train) < 1e-8);
}

#[test]
fn mini_batches_average_to_the_full_gradient() {
    let shape = Shape::scalar(Architecture::Residual, 3, Activation::Tanh);
    let model = shape.model();
    let mut posterior = Posterior::new(&model, Reference::new(model.clone(), dataset(25, 1, 1)), Vec::new());
    let here = theta(posterior.dim(), 0.2);
    let mut full = vec![0.0; here.len()];
    let parts = posterior.at(&here, Some(&mut full)).expect("finite");
    let (mut mean, mut likelihood) = (vec![0.0; here.len()], 0.0);
    for batch in 0..4 {
        let rows: Vec<usize> = (5 * batch..5 * batch + 5).collect();
        let mut gradient = vec![0.0; here.len()];
        likelihood +=
            posterior.on(&here, Rows::Of(&Chosen::new(&rows)), Some(&mut gradient)).expect("finite").likelihood / 4.0;
        mean.iter_mut().zip(&gradient).for_each(|(mean, g)| *mean += g / 4.0);
    }
    assert!((likelihood - parts.likelihood).abs() < 1e-10);
    for (mean, full) in mean.iter().zip(&full) {
        assert!((mean - full).abs() < 1e-10 * full.abs().max(1.0), "{mean} {full}");
    }
    assert!(worst_error(&shape, Rows::Of(&Chosen::new(&[3, 1, 4, 1, 5]))) < 1e-8);
}
