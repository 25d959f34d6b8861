//! Models and data in few words, for experiments written in code. Knows no preset.

use crate::data::{Column, Dataset, Points};
use crate::model::{
    Activation, Architecture, Composition, Form, GroupPriors, Lift, Likelihood, Model, Over, Prior, Priors, Readout,
    Scale, Scaling, Stage,
};
use crate::text::Clean;
use ndarray::Array2;
use std::sync::Arc;

/// A function to be learned: its name and y(x).
pub type Target = (&'static str, fn(f64) -> f64);

/// A composition of equal stages, one number in and one out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// How stages are joined.
    pub architecture: Architecture,
    /// What residual branches are multiplied by.
    pub branch: f64,
    /// L.
    pub depth: usize,
    /// K of every stage.
    pub k: usize,
    /// m, the numbers that inner stages pass on.
    pub width: usize,
    /// σ.
    pub sigma: Activation,
    /// α of σ.
    pub alpha: f64,
    /// With b and c everywhere, or in the innermost stage only.
    pub form: Form,
}

impl Shape {
    /// L scalar stages of K elements each, plain.
    #[must_use]
    pub const fn plain(depth: usize, k: usize) -> Self {
        let (architecture, sigma) = (Architecture::Plain, Activation::Relu);
        Self { architecture, branch: 1.0, depth, k, width: 1, sigma, alpha: 0.0, form: Form::Full }
    }

    /// The same, residual; branches as they are.
    #[must_use]
    pub const fn residual(depth: usize, k: usize) -> Self {
        Self { architecture: Architecture::Residual, ..Self::plain(depth, k) }
    }

    /// Branches multiplied by 1/√L.
    #[must_use]
    pub fn scaled(self) -> Self {
        Self { branch: 1.0 / crate::bayes::real(self.depth).sqrt(), ..self }
    }

    /// With `width` numbers between the stages. A residual stream of several numbers begins as (x, 0, …), and its first is ŷ.
    #[must_use]
    pub const fn wide(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With this σ and its usual α.
    #[must_use]
    pub const fn of(self, sigma: Activation) -> Self {
        Self { sigma, alpha: sigma.usual_alpha(), ..self }
    }

    /// With y scattering about it by s, and these priors in every stage.
    ///
    /// # Panics
    /// If that is no model: the experiment is written wrongly.
    #[must_use]
    pub fn model(self, s: f64, priors: GroupPriors) -> Arc<Model> {
        let lifted = self.architecture.is_residual() && self.width > 1;
        let stage = |at: usize| Stage {
            k: if self.form == Form::Reduced && at > 0 { self.width } else { self.k },
            outputs: if at + 1 == self.depth && !lifted { 1 } else { self.width },
            sigma: self.sigma,
            alpha: self.alpha,
            form: if at > 0 { self.form } else { Form::Full },
            over: Over::Points,
        };
        let f = Composition {
            inputs: 1,
            positions: 1,
            outputs: 1,
            architecture: self.architecture,
            branch_scale: self.branch,
            lift: if lifted { Lift::Pad } else { Lift::None },
            readout: if lifted { Readout::Pad } else { Readout::None },
            stages: (0..self.depth).map(stage).collect(),
        };
        let likelihood = Likelihood::Gaussian { scale: Scale::Fixed(s) };
        let model = Model { f, likelihood, priors: Priors { stages: vec![priors; self.depth] } };
        model.check().expect("a shape is a model");
        Arc::new(model)
    }
}

/// N(0, τ²) on a, b and c, nothing on d: with s = 1 the mode minimises ½ Σ r² + (λ/2) ‖a, b, c‖², λ = 1/τ².
#[must_use]
pub const fn flat_d(tau: f64) -> GroupPriors {
    let prior = Prior::Gaussian { tau, scaling: Scaling::None };
    GroupPriors { a: prior, b: prior, c: prior, d: Prior::Flat }
}

/// N(0, τ²) on everything, τ² shared out among the terms of a sum.
#[must_use]
pub fn shared(tau: f64) -> GroupPriors {
    let (own, among) = (Scaling::None, Scaling::PerUnit);
    let prior = |scaling| Prior::Gaussian { tau, scaling };
    GroupPriors { a: prior(among), b: prior(among), c: prior(own), d: prior(own) }
}

/// y(x) at `n` equally spaced x of a range.
#[must_use]
pub fn curve(n: usize, range: [f64; 2], y: impl Fn(f64) -> f64) -> Points {
    let step = (range[1] - range[0]) / crate::bayes::real(n.max(2) - 1);
    let x = Array2::from_shape_fn((n, 1), |(i, _)| range[0] + step * crate::bayes::real(i));
    let y = x.mapv(y);
    Points { x, y }
}

/// Points to learn from, none held out.
#[must_use]
pub fn dataset(points: Points) -> Arc<Dataset> {
    let column = |name: &str| Column::new(Clean::from(name), 0.0, 1.0);
    let none = Points { x: Array2::zeros((0, points.x.ncols())), y: Array2::zeros((0, points.y.ncols())) };
    let ends = |column: ndarray::ArrayView1<'_, f64>| {
        let greatest = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        [column.iter().copied().fold(f64::INFINITY, f64::min), greatest]
    };
    Arc::new(Dataset {
        test: none.clone(),
        off: none,
        numbers: (1..=points.x.nrows()).collect(),
        inputs: points.x.columns().into_iter().map(|_| column("x")).collect(),
        outputs: points.y.columns().into_iter().map(|_| column("y")).collect(),
        ranges: points.x.columns().into_iter().map(ends).collect(),
        train: points,
    })
}
