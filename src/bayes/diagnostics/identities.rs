//! Equations that hold exactly for every posterior: what a sampler's draws miss of them is the sampler's. Knows no sampler.

use super::{mcse_mean, real};
use crate::model::{Coefficients, Form, Group};
use ndarray::ArrayView2;

/// By how much the mean over draws misses what it must be, and the Monte Carlo error of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Defect {
    /// Mean over draws minus the exact value.
    pub miss: f64,
    /// Its Monte Carlo standard error.
    pub mcse: f64,
}

impl Defect {
    /// Of a quantity (chains × draws) whose expectation is `exact`.
    #[must_use]
    pub fn of(quantity: ArrayView2<f64>, exact: f64) -> Self {
        Self { miss: quantity.sum() / real(quantity.len()) - exact, mcse: mcse_mean(quantity) }
    }

    /// |miss| in standard errors.
    #[must_use]
    pub fn z(&self) -> f64 {
        (self.miss / self.mcse).abs()
    }
}

/// `θ_j ∂_j log p(θ|D)`, of which the expectation is −1 for every coordinate that is free (integration by parts).
#[must_use]
pub fn virial(theta: &[f64], gradient: &[f64]) -> Vec<f64> {
    theta.iter().zip(gradient).map(|(theta, slope)| theta * slope).collect()
}

/// What the scale of every element of stage `at` balances: `p‖a‖²/τ_a²` − (‖`b‖²/τ_b²` + `c²/τ_c²`), element by element, for a σ
/// homogeneous of degree p ≥ 1 and Gaussian priors on a full stage. None elsewhere.
///
/// The likelihood does not see the scale of an element. So at the mode this is 0, and over the posterior its expectation is
/// p·m − (n + 1) whatever the data (the second answer).
#[must_use]
pub fn balancedness(f: &Coefficients, at: usize) -> Option<(Vec<f64>, f64)> {
    let (heights, widths, degree) = orbits(f, at)?;
    let stage = f.model.f.stages[at];
    let exact =
        degree * real(f.model.f.stage_elements(at) / stage.k * stage.outputs) - real(f.model.f.stage_inputs(at) + 1);
    Some((heights.iter().zip(&widths).map(|(heights, widths)| degree * heights - widths).collect(), exact))
}

/// How far θ is from balance, the convergence gauge of a mode where σ has kinks (|gradient| says nothing there): the largest
/// |`p‖a‖²/τ_a²` − w|/(1 + `p‖a‖²/τ_a²` + w) with w = ‖`b‖²/τ_b²` + `c²/τ_c²`. None where no stage has such elements.
#[must_use]
pub fn gauge(f: &Coefficients) -> Option<f64> {
    let stages = (0..f.model.f.depth()).filter_map(|at| orbits(f, at));
    stages
        .flat_map(|(heights, widths, degree)| {
            let pairs = heights.into_iter().zip(widths);
            pairs.map(move |(a, w)| (degree * a - w).abs() / (1.0 + degree * a + w)).collect::<Vec<_>>()
        })
        .reduce(f64::max)
}

/// ‖`a‖²/τ_a²` and ‖`b‖²/τ_b²` + `c²/τ_c²` of every element of stage `at`, and the degree of σ.
fn orbits(f: &Coefficients, at: usize) -> Option<(Vec<f64>, Vec<f64>, f64)> {
    let stage = f.model.f.stages[at];
    let degree = stage.sigma.homogeneity().filter(|degree| *degree >= 1)?;
    let layout = f.layout();
    let charged = |group| {
        let block = layout.find(Some(at), group)?;
        let tau = f.model.priors.tau(block)?;
        Some(f.block(block).iter().map(|value| (value / tau).powi(2)).collect::<Vec<f64>>())
    };
    if stage.form != Form::Full {
        return None;
    }
    let (a, b, c) = (charged(Group::A)?, charged(Group::B)?, charged(Group::C)?);
    let heights = |k| a.chunks_exact(stage.outputs).skip(k).step_by(stage.k).flatten().sum();
    let widths = |k: usize| b.iter().skip(k).step_by(stage.k).sum::<f64>() + c[k];
    Some(((0..stage.k).map(heights).collect(), (0..stage.k).map(widths).collect(), f64::from(degree)))
}
