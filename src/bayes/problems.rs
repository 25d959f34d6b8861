//! Small problems with known answers, for the tests of this room and of `learn`. Knows nothing that is not public.

use crate::bayes::Told;
use crate::data::{Column, Dataset, Points};
use crate::function::Reference;
use crate::model::{
    Activation, Architecture, Composition, Form, GroupPriors, Lift, Likelihood, Model, Over, Prior, Priors, Readout,
    Scale, Scaling, Stage,
};
use crate::text::Clean;
use ndarray::Array2;
use std::sync::Arc;

/// One or more stages of K elements on N points of a wavy target.
#[derive(Clone, Debug)]
pub struct Problem {
    pub stages: Vec<Stage>,
    pub architecture: Architecture,
    pub branch_scale: f64,
    pub lift: Lift,
    pub readout: Readout,
    pub inputs: usize,
    pub positions: usize,
    pub outputs: usize,
    pub likelihood: Likelihood,
    pub priors: GroupPriors,
    pub n: usize,
}

/// What a sampler tells of a draw at which nothing happened.
pub fn told() -> Told {
    Told {
        likelihood: 0.0,
        prior: 0.0,
        loss: 0.0,
        energy: 0.0,
        step_size: 0.1,
        depth: 1,
        deepest: false,
        gradients: 1,
        diverging: false,
    }
}

pub fn gaussian(tau: f64) -> Prior {
    Prior::Gaussian { tau, scaling: Scaling::None }
}

pub fn per_unit(tau: f64) -> Prior {
    Prior::Gaussian { tau, scaling: Scaling::PerUnit }
}

pub fn stage(k: usize, outputs: usize, sigma: Activation) -> Stage {
    Stage { k, outputs, sigma, alpha: sigma.usual_alpha(), form: Form::Full, over: Over::Points }
}

impl Problem {
    pub fn new(stages: Vec<Stage>, n: usize) -> Self {
        Self {
            stages,
            architecture: Architecture::Plain,
            branch_scale: 1.0,
            lift: Lift::None,
            readout: Readout::None,
            inputs: 1,
            positions: 1,
            outputs: 1,
            likelihood: Likelihood::Gaussian { scale: Scale::Fixed(0.2) },
            priors: GroupPriors { a: per_unit(1.5), b: gaussian(2.0), c: gaussian(2.0), d: gaussian(1.0) },
            n,
        }
    }

    pub fn tanh(k: usize, n: usize) -> Self {
        Self::new(vec![stage(k, 1, Activation::Tanh)], n)
    }

    pub fn model(&self) -> Arc<Model> {
        let model = Model {
            f: Composition {
                inputs: self.inputs,
                positions: self.positions,
                outputs: self.outputs,
                architecture: self.architecture,
                branch_scale: self.branch_scale,
                lift: self.lift,
                readout: self.readout,
                stages: self.stages.clone(),
            },
            likelihood: self.likelihood,
            priors: Priors { stages: vec![self.priors; self.stages.len()] },
        };
        model.check().unwrap_or_else(|wrong| panic!("{wrong:?}"));
        Arc::new(model)
    }

    /// xᵢ from −2 to 2 (columns shifted), y = sin 2x + 0.1 cos 17i (columns scaled): R1 of MATH §16.5 for N = 20.
    pub fn points(&self) -> Points {
        let (n, real) = (self.n, super::real);
        let x = Array2::from_shape_fn((n, self.inputs), |(i, j)| {
            let at = if n > 1 { -2.0 + 4.0 * real(i) / real(n - 1) } else { 0.5 };
            at * (1.0 - 0.3 * real(j)) + 0.37 * real(j) * real(i).sin()
        });
        let y = Array2::from_shape_fn((n, self.outputs), |(i, j)| {
            let at = if n > 1 { -2.0 + 4.0 * real(i) / real(n - 1) } else { 0.5 };
            ((2.0 * at).sin() + 0.1 * (17.0 * real(i)).cos()) * (1.0 - 0.4 * real(j)) + 0.2 * real(j)
        });
        Points { x, y }
    }

    pub fn dataset(&self) -> Arc<Dataset> {
        dataset(self.points())
    }

    pub fn reference(&self) -> Reference {
        Reference::new(self.model(), self.dataset())
    }
}

pub fn dataset(train: Points) -> Arc<Dataset> {
    let columns = |name: &str, count| (0..count).map(|_| Column::new(Clean::from(name), 0.0, 1.0)).collect::<Vec<_>>();
    let none = Points { x: Array2::zeros((0, train.x.ncols())), y: Array2::zeros((0, train.y.ncols())) };
    Arc::new(Dataset {
        test: none.clone(),
        off: none,
        numbers: (1..=train.x.nrows()).collect(),
        inputs: columns("x", train.x.ncols()),
        outputs: columns("y", train.y.ncols()),
        ranges: vec![[-2.0, 2.0]; train.x.ncols()],
        train,
    })
}

/// Coefficients that are a formula of their place.
pub fn some_theta(model: &Model) -> Vec<f64> {
    (0..model.layout().len()).map(|at| 1.1 * (1.7 * super::real(at) + 0.3).sin()).collect()
}
