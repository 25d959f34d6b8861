//! K = ∞: one f⁽ⁱ⁾ not truncated at all, which with priors shared out among its elements is a Gaussian process (Neal 1996).
//! Knows no finite θ.
//!
//! The covariance `τ_a²` E[σ(u)σ(u′)] + `τ_d²`, (u, u′) normal with covariances k(x,x′) = `τ_b²` x·x′ + `τ_c²`, is that of the prior for
//! every K (Williams 1997; Cho & Saul 2009; MATH §7); only for K = ∞ is the function normal as well.

use super::{Prediction, Refusal, real, refusal};
use crate::data::Points;
use crate::linalg::Triangle;
use crate::model::{Activation, Form, Group, Lift, Model, Over, Prior, Readout, Scaling};
use crate::seeds::{Purpose, Seeds};
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::f64::consts::{PI, TAU};

/// A share of the largest variance that is added to every one, so that a covariance at close points has a root.
const JITTER: f64 = 1e-10;

/// The prior of a function with infinitely many elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    sigma: Activation,
    alpha: f64,
    /// τ² of a (before it is shared out), b, c and d; the branch scale's square is in those of a and d.
    variances: [f64; 4],
    /// Whether x is added.
    residual: bool,
    outputs: usize,
}

impl Limit {
    /// Of a model of one stage.
    ///
    /// # Errors
    /// A sentence, where there is no such limit or its covariance has no closed form.
    pub fn of(model: &Model) -> Result<Self, Refusal> {
        let f = &model.f;
        let ([stage], [prior]) = (&f.stages[..], &model.priors.stages[..]) else {
            return Err(refusal(&format!(
                "model.depth is {}: infinite K is a closed form for one f⁽ⁱ⁾ only",
                f.depth()
            )));
        };
        if stage.form != Form::Full || stage.over != Over::Points || f.lift != Lift::None || f.readout != Readout::None
        {
            return Err(refusal("infinite K needs f1 in the full form, over points, without lift and readout"));
        }
        if expected(stage.sigma, stage.alpha, 1.0, 1.0, 0.5).is_none() {
            return Err(refusal(&format!(
                "the covariance of {} for infinite K has no closed form here; those of relu, leaky_relu, sin, gauss, step, identity, square and cube have",
                stage.sigma
            )));
        }
        let layout = model.layout();
        let own = |group| {
            let tau = layout.find(Some(0), group).and_then(|block| model.priors.tau(block));
            tau.map(|tau| tau * tau).ok_or_else(|| refusal("infinite K needs Gaussian priors of a, b, c and d"))
        };
        let a = match prior.a {
            Prior::Gaussian { tau, scaling: Scaling::PerUnit } => tau * tau,
            Prior::Gaussian { scaling: Scaling::None, .. } => {
                return Err(refusal(
                    "f1.prior.a.scaling is \"none\": the variance of f grows with K and has no limit; \"per-unit\" shares τ² out",
                ));
            }
            Prior::Laplace { .. } | Prior::StudentT { .. } | Prior::Flat => {
                return Err(refusal("infinite K needs a Gaussian prior of a"));
            }
        };
        let residual = f.architecture.is_residual();
        let share = if residual { f.branch_scale * f.branch_scale } else { 1.0 };
        Ok(Self {
            sigma: stage.sigma,
            alpha: stage.alpha,
            variances: [share * a, own(Group::B)?, own(Group::C)?, share * own(Group::D)?],
            residual,
            outputs: f.outputs,
        })
    }

    /// Cov(f(x), f(x′)) of every output, for the rows of two x: N×N′.
    ///
    /// # Panics
    /// Never: `of` lets only activations with a closed form pass.
    #[must_use]
    pub fn covariance(&self, x: ArrayView2<'_, f64>, other: ArrayView2<'_, f64>) -> Array2<f64> {
        let [a, b, c, d] = self.variances;
        let square = |row: ndarray::ArrayView1<f64>| b * row.dot(&row) + c;
        Array2::from_shape_fn((x.nrows(), other.nrows()), |(i, j)| {
            let (one, two) = (x.row(i), other.row(j));
            let k = b * one.dot(&two) + c;
            let seen = expected(self.sigma, self.alpha, square(one), square(two), k);
            a * seen.expect("the activation has a closed form") + d
        })
    }

    /// E[f(x)], N×m: 0, or x where it is added.
    #[must_use]
    pub fn mean(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        if self.residual { x.to_owned() } else { Array2::zeros((x.nrows(), self.outputs)) }
    }

    /// The posterior given points that scatter by s.
    ///
    /// # Errors
    /// A sentence, where a value is not finite or s is 0.
    pub fn posterior(&self, points: &Points, s: f64) -> Result<Process, Refusal> {
        let n = points.x.nrows();
        let mut covariance = self.covariance(points.x.view(), points.x.view());
        covariance.diag_mut().mapv_inplace(|variance| variance + s * s);
        let root = Triangle::cholesky(covariance.view()).map_err(|_| {
            refusal(&format!("likelihood.scale is {s}: too small for points so close, or a value is not finite"))
        })?;
        let white = root.solve_transposed((&points.y - &self.mean(points.x.view())).view());
        let misfit: f64 = white.iter().map(|value| value * value).sum();
        let count = real(n) * TAU.ln() + root.log_det();
        let log_evidence = -0.5 * (misfit + real(self.outputs) * count);
        if !log_evidence.is_finite() {
            return Err(refusal("a value of the data is not finite"));
        }
        Ok(Process {
            prior: self.clone(),
            points: points.clone(),
            s,
            weights: root.solve(white.view()),
            root,
            log_evidence,
        })
    }
}

/// E[σ(u)σ(u′)] for normal (u, u′) with variances `k`, `l` and covariance `c`; none where no closed form is known.
fn expected(sigma: Activation, alpha: f64, k: f64, l: f64, c: f64) -> Option<f64> {
    let angle = || if k > 0.0 && l > 0.0 { (c / (k * l).sqrt()).clamp(-1.0, 1.0).acos() } else { PI / 2.0 };
    let relu = || {
        let phi = angle();
        (k * l).sqrt() / TAU * (phi.sin() + (PI - phi) * phi.cos())
    };
    match sigma {
        Activation::Relu => Some(relu()),
        // (1 − α) relu(u) + α u.
        Activation::LeakyRelu => Some((1.0 - alpha).powi(2) * relu() + alpha * c),
        Activation::Step => Some((PI - angle()) / TAU),
        Activation::Gauss => Some(((1.0 + k) * (1.0 + l) - c * c).powf(-0.5)),
        Activation::Sin => Some(0.5 * ((-0.5 * (k + l - 2.0 * c)).exp() - (-0.5 * (k + l + 2.0 * c)).exp())),
        Activation::Identity => Some(c),
        Activation::Square => Some(k * l + 2.0 * c * c),
        Activation::Cube => Some(9.0 * k * l * c + 6.0 * c * c * c),
        Activation::Elu
        | Activation::Sigmoid
        | Activation::Tanh
        | Activation::Softplus
        | Activation::Gelu
        | Activation::Silu
        | Activation::Hat => None,
    }
}

/// The posterior of a function with infinitely many elements.
#[derive(Clone, Debug)]
pub struct Process {
    prior: Limit,
    points: Points,
    s: f64,
    root: Triangle,
    /// (K + s²)⁻¹(y − mean).
    weights: Array2<f64>,
    log_evidence: f64,
}

impl Process {
    /// log p(y | x).
    #[must_use]
    pub fn log_evidence(&self) -> f64 {
        self.log_evidence
    }

    /// f at the rows of `x`.
    #[must_use]
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Prediction {
        let seen = self.prior.covariance(self.points.x.view(), x);
        let mean = self.prior.mean(x) + seen.t().dot(&self.weights);
        let white = self.root.solve_transposed(seen.view());
        let spread = |row: usize| {
            let own = x.slice(s![row..=row, ..]);
            let variance = self.prior.covariance(own, own)[[0, 0]];
            (variance - white.column(row).iter().map(|value| value * value).sum::<f64>()).max(0.0).sqrt()
        };
        let spreads: Vec<f64> = (0..x.nrows()).map(spread).collect();
        let spread = Array2::from_shape_fn(mean.raw_dim(), |(row, _)| spreads[row]);
        Prediction { mean, spread, noise: Some(self.s), freedom: f64::INFINITY }
    }

    /// `n` pairs of functions at the rows of `x` (N×m each): a draw from the prior, and what the data make of that very draw.
    ///
    /// # Errors
    /// A sentence, where a value is not finite.
    pub fn paths(&self, x: ArrayView2<'_, f64>, n: u64, seeds: Seeds) -> Result<Vec<[Array2<f64>; 2]>, Refusal> {
        let (grid, outputs) = (x.nrows(), self.prior.outputs);
        // The grid first: its draws do not depend on the data.
        let all = concatenate![Axis(0), x, self.points.x];
        let mut covariance = self.prior.covariance(all.view(), all.view());
        // Of the grid's variances only, for the same reason.
        let jitter = JITTER * covariance.diag().iter().take(grid).fold(f64::MIN_POSITIVE, |most, own| most.max(*own));
        covariance.diag_mut().mapv_inplace(|variance| variance + jitter);
        let root = Triangle::cholesky(covariance.view())
            .map_err(|_| refusal("the prior's covariance at these x has no root: a value is not finite"))?;
        let seen = self.prior.covariance(self.points.x.view(), x);
        let pair = |draw| {
            let normals = |purpose, rows: usize| {
                let mut rng = seeds.stream(Purpose::Draws, draw, purpose);
                Array2::from_shape_simple_fn((rows, outputs), || rng.sample::<f64, _>(StandardNormal))
            };
            let drawn = root.view().t().dot(&normals(8, all.nrows())) + self.prior.mean(all.view());
            let (before, at_points) = (drawn.slice(s![..grid, ..]).to_owned(), drawn.slice(s![grid.., ..]).to_owned());
            let miss = &self.points.y - &at_points - normals(9, self.points.x.nrows()) * self.s;
            let answer = self.root.solve(self.root.solve_transposed(miss.view()).view());
            let after = &before + &seen.t().dot(&answer);
            [before, after]
        };
        Ok((0..n).map(pair).collect())
    }
}

#[cfg(test)]
mod tests;
