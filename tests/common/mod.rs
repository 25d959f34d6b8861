//! Small models and datasets made by formula, for the tests of the numerical core.
#![allow(dead_code, reason = "every test binary uses a part")]

use fnexplore::data::{Column, Dataset, Points};
use fnexplore::model::{
    Activation, Architecture, Composition, Form, GroupPriors, Lift, Likelihood, Model, Over, Prior, Priors, Readout,
    Scale, Scaling, Stage,
};
use fnexplore::text::Clean;
use ndarray::Array2;
use std::sync::Arc;

pub struct Shape {
    pub architecture: Architecture,
    pub depth: usize,
    pub inputs: usize,
    pub width: usize,
    pub outputs: usize,
    pub k: usize,
    pub sigma: Activation,
    pub lift: Lift,
    pub scale: Scale,
}

impl Shape {
    pub fn scalar(architecture: Architecture, depth: usize, sigma: Activation) -> Self {
        Self {
            architecture,
            depth,
            inputs: 1,
            width: 1,
            outputs: 1,
            k: 5,
            sigma,
            lift: Lift::None,
            scale: Scale::Fixed(0.3),
        }
    }

    pub fn model(&self) -> Arc<Model> {
        let last = if self.lift == Lift::None { self.outputs } else { self.width };
        let stages = (0..self.depth).map(|at| Stage {
            k: self.k + at % 2,
            outputs: if at + 1 == self.depth { last } else { self.width },
            sigma: self.sigma,
            alpha: self.sigma.usual_alpha(),
            form: Form::Full,
            over: Over::Points,
        });
        let gaussian = |tau, scaling| Prior::Gaussian { tau, scaling };
        let priors = GroupPriors {
            a: gaussian(1.5, Scaling::PerUnit),
            b: gaussian(1.2, Scaling::PerUnit),
            c: gaussian(0.8, Scaling::None),
            d: gaussian(2.0, Scaling::None),
        };
        Arc::new(Model {
            f: Composition {
                inputs: self.inputs,
                positions: 1,
                outputs: self.outputs,
                architecture: self.architecture,
                branch_scale: if self.architecture.is_residual() { 0.7 } else { 1.0 },
                lift: self.lift,
                readout: match self.lift {
                    Lift::None => Readout::None,
                    Lift::Pad => Readout::Pad,
                    Lift::Linear => Readout::Linear,
                },
                stages: stages.collect(),
            },
            likelihood: Likelihood::Gaussian { scale: self.scale },
            priors: Priors { stages: vec![priors; self.depth] },
        })
    }
}

/// `rows` rows of deterministic, irregular numbers; a fifth of them held out.
pub fn dataset(rows: usize, inputs: usize, outputs: usize) -> Arc<Dataset> {
    #[allow(clippy::cast_precision_loss)]
    let number = |i: usize, j: usize| (1.7 * (i as f64) + 0.9 * (j as f64) + 0.3).sin() * 1.6;
    let points = |from: usize, rows: usize| Points {
        x: Array2::from_shape_fn((rows, inputs), |(i, j)| number(from + i, j)),
        y: Array2::from_shape_fn((rows, outputs), |(i, j)| (2.0 * number(from + i, 0)).cos() + 0.3 * number(i, j + 7)),
    };
    let column = |name: &str, sd| Column::new(Clean::from(name), 0.0, sd);
    let held_out = rows / 5;
    Arc::new(Dataset {
        train: points(0, rows - held_out),
        test: points(rows, held_out),
        off: Points { x: Array2::zeros((0, 1)), y: Array2::zeros((0, 1)) },
        numbers: Vec::new(),
        inputs: (0..inputs).map(|_| column("x", 1.0)).collect(),
        outputs: (0..outputs).map(|_| column("y", 2.0)).collect(),
        ranges: vec![[-1.6, 1.6]; inputs],
    })
}

/// A θ without symmetry: every coefficient different, of order one.
pub fn theta(length: usize, phase: f64) -> Vec<f64> {
    #[allow(clippy::cast_precision_loss)]
    (0..length).map(|at| 0.8 * (2.3 * (at as f64 + 1.0) + phase).sin() + 0.1).collect()
}
