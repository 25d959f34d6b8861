//! Where θ starts: the variances that are promised, and elements where the data are.
#![allow(clippy::cast_precision_loss, reason = "small counts as numbers")]

mod common;

use common::Shape;
use fnexplore::function::{Init, Start, local, start, start_on, through};
use fnexplore::model::{Activation, Architecture, Coefficients, Group, Model};
use fnexplore::seeds::Seeds;
use ndarray::Array2;
use std::sync::Arc;

fn how(init: Init) -> Start {
    Start { init, bias_sd: 0.5, given: Vec::new() }
}

fn line(rows: u32, low: f64, high: f64) -> Array2<f64> {
    let at = |row: usize| low + (high - low) * f64::from(u32::try_from(row).expect("small")) / f64::from(rows - 1);
    Array2::from_shape_fn((rows as usize, 1), |(row, _)| at(row))
}

fn wide(k: usize, sigma: Activation) -> Arc<Model> {
    Shape { k, inputs: 3, width: 40, outputs: 40, ..Shape::scalar(Architecture::Plain, 2, sigma) }.model()
}

/// He: Var(a) = 1/(K·E[σ²]), Var(b) = 1/n, sd(c) = 0.5; Glorot 2/(in + out); LeCun 1/in. 4 standard errors.
#[test]
fn variances_are_as_promised() {
    for (init, sigma) in [
        (Init::He, Activation::Relu),
        (Init::He, Activation::Tanh),
        (Init::LeCun, Activation::Relu),
        (Init::Glorot, Activation::Relu),
    ] {
        let model = wide(100, sigma);
        let f = Coefficients::new(model.clone(), start(&model, &how(init), Seeds(5), 0)).unwrap();
        let variance = |at, group| {
            let values = f.group(at, group);
            (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64, values.len() as f64)
        };
        let check = |(found, count): (f64, f64), wanted: f64| {
            assert!((found / wanted - 1.0).abs() < 4.0 * (2.0 / count).sqrt(), "{init:?} {found} {wanted}");
        };
        let gain = sigma.second_moment(0.0);
        // Stage 0: n = 3, K = 100, m = 40; stage 1: n = 40, K = 101, m = 40.
        let (a, b0, b1) = match init {
            Init::He => (1.0 / (100.0 * gain), 1.0 / 3.0, 1.0 / 40.0),
            Init::LeCun => (1.0 / 100.0, 1.0 / 3.0, 1.0 / 40.0),
            _ => (2.0 / 140.0, 2.0 / 103.0, 2.0 / 141.0),
        };
        check(variance(0, Group::A), a);
        check(variance(0, Group::B), b0);
        check(variance(1, Group::B), b1);
        check(variance(0, Group::C), 0.25);
        assert!(f.group(0, Group::D).iter().all(|d| *d == 0.0));
    }
}

/// Under He's start of a wide ReLU stage E[f²] = E[H²]/(K·½)·K = 2 E[relu(z)²] = E[z²]: the size of the stream is kept.
#[test]
fn he_keeps_the_size_of_a_stream() {
    let model =
        Shape { k: 400, inputs: 30, width: 30, outputs: 30, ..Shape::scalar(Architecture::Plain, 3, Activation::Relu) }
            .model();
    let how = Start { bias_sd: 0.0, ..how(Init::He) };
    let f = Coefficients::new(model.clone(), start(&model, &how, Seeds(2), 0)).unwrap();
    let x = Array2::from_shape_fn((50, 30), |(i, j)| (1.3 * i as f64 + 2.1 * j as f64).sin() * 2.0_f64.sqrt());
    let size = |values: &Array2<f64>| values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
    for passage in through(&f, x.view()).stages {
        let ratio = size(&passage.after) / size(&x);
        assert!((0.5..2.0).contains(&ratio), "{ratio}");
    }
}

/// Hat elements at K equally spaced knots: with aₖ = f(tₖ), d = 0 the stage interpolates f at every knot exactly.
#[test]
fn hats_at_knots_interpolate() {
    let model = Shape { k: 9, ..Shape::scalar(Architecture::Plain, 1, Activation::Hat) }.model();
    let mut theta = start_on(&model, &how(Init::Knots), Seeds(1), 0, line(50, -2.0, 2.0).view());
    let layout = model.layout();
    let target = |t: f64| (2.0 * t).sin() + t * t;
    let knots = line(9, -2.0, 2.0);
    let a = layout.find(Some(0), Group::A).unwrap().at.clone();
    for (a, knot) in theta[a].iter_mut().zip(&knots) {
        *a = target(*knot);
    }
    let f = Coefficients::new(model, theta).unwrap();
    for (knot, y) in knots.iter().zip(&local(&f, 0, knots.view()).output) {
        assert!((y - target(*knot)).abs() < 1e-12);
    }
}

/// Every element of every σ with a place has it inside what reaches its stage, also deep in a composition.
#[test]
fn knots_lie_where_the_stream_is() {
    for sigma in [Activation::Relu, Activation::Tanh, Activation::Gauss, Activation::Hat] {
        let model = Shape { k: 7, ..Shape::scalar(Architecture::Residual, 3, sigma) }.model();
        let x = line(60, 3.0, 5.0);
        let f = Coefficients::new(model.clone(), start_on(&model, &how(Init::Knots), Seeds(4), 0, x.view())).unwrap();
        for (at, passage) in through(&f, x.view()).stages.iter().enumerate() {
            let (low, high) = passage.input.iter().fold((f64::MAX, f64::MIN), |(l, h), u| (l.min(*u), h.max(*u)));
            for (b, c) in f.group(at, Group::B).iter().zip(f.group(at, Group::C)) {
                let place = -c / b;
                assert!(
                    (low - 1e-9..=high + 1e-9).contains(&place),
                    "{sigma} stage {at}: {place} not in {low}..{high}"
                );
            }
        }
    }
}

/// A pair's element is 0 at one row and 1 at another.
#[test]
fn pairs_rise_between_rows() {
    let model =
        Shape { k: 6, inputs: 3, width: 3, outputs: 3, ..Shape::scalar(Architecture::Plain, 1, Activation::Identity) }
            .model();
    let x = Array2::from_shape_fn((8, 3), |(i, j)| (1.7 * i as f64 + 0.9 * j as f64).sin());
    let f = Coefficients::new(model.clone(), start_on(&model, &how(Init::Pairs), Seeds(9), 0, x.view())).unwrap();
    let elements = through(&f, x.view()).stages[0].elements.clone();
    for element in elements.columns() {
        let near = |value: f64| element.iter().any(|h| (h - value).abs() < 1e-12);
        let constant = element.iter().all(|h| h.abs() < 1e-12);
        assert!(constant || (near(0.0) && near(1.0)), "{element:?}");
    }
}
