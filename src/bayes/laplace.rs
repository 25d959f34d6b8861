//! The normal approximation about a mode: curvature by the generalised Gauss–Newton matrix, which is the Fisher information.
//! Knows no method of finding the mode.
//!
//! H = Σₙ `JₙᵀΛₙJₙ` + Λ₀ (`MacKay` 1992; Immer et al. 2021; MATH §11.2): positive semidefinite by construction, never the raw
//! Hessian. In whitened coordinates, so that the prior is the unit matrix and a Cholesky factor is safe. At a kink of σ
//! curvature is one-sided, and this is that of the side the derivative is taken on.

use super::gaussian::{Gaussian, Part, Prediction, Root};
use super::{Refusal, Whitening, real, refusal};
use crate::data::Points;
use crate::function::{fisher, jacobian, log_density, through};
use crate::linalg::Triangle;
use crate::model::{Coefficients, Group, Likelihood, Scale};
use ndarray::{Array2, ArrayView2, Axis, s};
use std::f64::consts::TAU;
use std::ops::Range;
use std::sync::Arc;

/// Rows whose Jacobian is held at once.
const ROWS: usize = 64;
/// Coordinates up to which the whole matrix is taken: 72 MB.
pub const LARGEST: usize = 3000;

/// Which coefficients are taken to depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// All.
    Full,
    /// Those of one stage.
    Stages,
    /// None.
    Diagonal,
    /// Those of f⁽¹⁾; all else stays at the mode.
    Last,
}

impl Structure {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 4] = [Self::Full, Self::Stages, Self::Diagonal, Self::Last];

    /// The name on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Stages => "by stage",
            Self::Diagonal => "diagonal",
            Self::Last => "f⁽¹⁾ only",
        }
    }

    /// The most that can be afforded for that many free coordinates.
    #[must_use]
    pub const fn affordable(coordinates: usize) -> Self {
        if coordinates <= LARGEST { Self::Full } else { Self::Stages }
    }
}

/// A mode with the normal that has its curvature.
#[derive(Clone, Debug, PartialEq)]
pub struct Laplace {
    /// What was taken to depend on what.
    pub structure: Structure,
    /// N(mode, H⁻¹).
    pub gaussian: Gaussian,
    /// log p(D) ≈ ℓ + log p(θ̂) + (P/2) log 2π − ½ log|H|, given what is held; NaN where an exact posterior has none.
    pub log_evidence: f64,
    /// How the free coordinates are scaled.
    pub whitening: Whitening,
    noise: Option<f64>,
}

impl Laplace {
    /// About `mode`, with the coordinates of `held` not uncertain.
    ///
    /// # Errors
    /// A sentence: where a prior has all its curvature in a kink, where nothing curves in some direction, or a value is not
    /// finite.
    pub fn new(
        mode: &Coefficients,
        points: &Points,
        structure: Structure,
        held: &[Range<usize>],
    ) -> Result<Self, Refusal> {
        Self::tempered(mode, points, structure, held, 1.0)
    }

    /// The same of the power posterior p(D|θ)^β p(θ), about its mode.
    ///
    /// # Errors
    /// As for β = 1.
    pub fn tempered(
        mode: &Coefficients,
        points: &Points,
        structure: Structure,
        held: &[Range<usize>],
        beta: f64,
    ) -> Result<Self, Refusal> {
        let layout = mode.layout();
        let last = layout.stage(mode.model.f.depth() - 1);
        let mut held = held.to_vec();
        if structure == Structure::Last {
            held.extend([0..last.start, last.end..layout.len()]);
        }
        let whitening = Whitening::new(&mode.model, &held);
        let prior = whitening.prior_curvature(&mode.theta).ok_or_else(|| {
            refusal("a Laplace prior has all its curvature in its kink at 0: there is no normal approximation; draws there are")
        })?;
        let groups = groups(mode, structure, &whitening);
        if let Some(group) = groups.iter().find(|group| group.len() > LARGEST) {
            return Err(refusal(&format!(
                "{} coefficients that depend on each other are more than {LARGEST}: take less structure",
                group.len()
            )));
        }
        let mut curvature = Curvature::new(mode, &whitening, &groups);
        for start in (0..points.x.nrows()).step_by(ROWS) {
            curvature.add(points.x.slice(s![start..(start + ROWS).min(points.x.nrows()), ..]));
        }
        curvature.add_scale(points.y.len());
        curvature.sums.iter_mut().for_each(|sum| *sum *= beta);
        let gaussian = Gaussian { mean: mode.clone(), parts: curvature.parts(&prior)? };
        let log_det: f64 = gaussian.parts.iter().map(log_det).sum();
        let log_evidence = beta * log_likelihood(mode, points)
            + whitening.log_prior(&mode.theta)
            + 0.5 * (real(whitening.dim()) * TAU.ln() - log_det);
        if !log_evidence.is_finite() {
            return Err(refusal("a value at the mode is not finite: nothing can be told about it"));
        }
        Ok(Self { structure, gaussian, log_evidence, whitening, noise: scatter(mode) })
    }

    /// A posterior that is known in closed form, in the same words.
    pub(crate) fn known(gaussian: Gaussian, whitening: Whitening, log_evidence: Option<f64>) -> Self {
        let noise = scatter(&gaussian.mean);
        let log_evidence = log_evidence.unwrap_or(f64::NAN);
        Self { structure: Structure::Full, gaussian, log_evidence, whitening, noise }
    }

    /// f at the rows of `x`, linearised in θ: N(f(x; θ̂), J Σ Jᵀ). (Draws of θ, sent through f, would scatter far too widely.)
    #[must_use]
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Prediction {
        let mode = &self.gaussian.mean;
        let mean = through(mode, x).f;
        let mut spread = Array2::zeros(mean.raw_dim());
        for start in (0..x.nrows()).step_by(ROWS) {
            let rows = start..(start + ROWS).min(x.nrows());
            let j = jacobian(mode, x.slice(s![rows.clone(), ..]));
            for output in 0..mean.ncols() {
                let variance = self.gaussian.variance_along(j.slice(s![.., output, ..]));
                rows.clone().zip(variance).for_each(|(row, variance)| spread[[row, output]] = variance.sqrt());
            }
        }
        Prediction { mean, spread, noise: self.noise, freedom: f64::INFINITY }
    }
}

/// log|H| of one part, in θ.
fn log_det(part: &Part) -> f64 {
    let root = match &part.root {
        Root::Dense(root) => root.log_det(),
        Root::Diagonal(roots) => 2.0 * roots.iter().map(|root| root.ln()).sum::<f64>(),
    };
    root - 2.0 * part.scale.iter().map(|scale| scale.ln()).sum::<f64>()
}

/// Which free coordinates (by their place in z) go together. Of a diagonal, each by itself.
fn groups(mode: &Coefficients, structure: Structure, whitening: &Whitening) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..whitening.dim()).collect();
    match structure {
        Structure::Full | Structure::Last => vec![all],
        Structure::Diagonal => all.into_iter().map(|at| vec![at]).collect(),
        Structure::Stages => {
            let layout = mode.layout();
            // Lift, readout and scale belong to no stage: each is a group of its own.
            let owner = |at: &usize| {
                layout
                    .block_of(whitening.free[*at])
                    .map(|block| (block.stage, block.stage.is_none().then(|| block.group.number())))
            };
            all.chunk_by(|one, other| owner(one) == owner(other)).map(<[usize]>::to_vec).collect()
        }
    }
}

/// Σ `JᵀΛJ` in z, group by group.
struct Curvature<'a> {
    mode: &'a Coefficients,
    whitening: &'a Whitening,
    groups: &'a [Vec<usize>],
    sums: Vec<Array2<f64>>,
    s: f64,
}

impl<'a> Curvature<'a> {
    fn new(mode: &'a Coefficients, whitening: &'a Whitening, groups: &'a [Vec<usize>]) -> Self {
        let sums = groups.iter().map(|group| Array2::zeros((group.len(), group.len()))).collect();
        Self { mode, whitening, groups, sums, s: scatter(mode).unwrap_or(1.0) }
    }

    /// Takes in some rows.
    fn add(&mut self, x: ArrayView2<'_, f64>) {
        let f = through(self.mode, x).f;
        let j = jacobian(self.mode, x);
        let m = f.ncols();
        let mut lambda = vec![0.0; m * m];
        for (group, sum) in self.groups.iter().zip(&mut self.sums) {
            let slopes = |output: usize| {
                Array2::from_shape_fn((x.nrows(), group.len()), |(n, p)| {
                    j[[n, output, self.whitening.free[group[p]]]] * self.whitening.scale[group[p]]
                })
            };
            let slopes: Vec<Array2<f64>> = (0..m).map(slopes).collect();
            let mut weighted: Vec<Array2<f64>> = vec![Array2::zeros((x.nrows(), group.len())); m];
            for n in 0..x.nrows() {
                fisher(self.mode.model.likelihood, self.s, &f.row(n).to_vec(), &mut lambda);
                for one in 0..m {
                    for other in 0..m {
                        let weight = lambda[one * m + other];
                        weighted[one].row_mut(n).scaled_add(weight, &slopes[other].row(n));
                    }
                }
            }
            for (slopes, weighted) in slopes.iter().zip(&weighted) {
                *sum += &slopes.t().dot(weighted);
            }
        }
    }

    /// The Fisher information of ρ = log s in that many entries of y.
    fn add_scale(&mut self, entries: usize) {
        let Some(block) = self.mode.layout().find(None, Group::LogScale).cloned() else { return };
        let each = match self.mode.model.likelihood {
            Likelihood::Gaussian { .. } => 2.0,
            Likelihood::StudentT { nu, .. } => 2.0 * nu / (nu + 3.0),
            Likelihood::Laplace { .. } => 1.0,
            Likelihood::Bernoulli | Likelihood::Categorical | Likelihood::Poisson => 0.0,
        };
        for (group, sum) in self.groups.iter().zip(&mut self.sums) {
            if let Some(at) = group.iter().position(|at| self.whitening.free[*at] == block.at.start) {
                sum[[at, at]] += each * real(entries);
            }
        }
    }

    /// With the prior's curvature added: the parts of the normal.
    fn parts(self, prior: &[f64]) -> Result<Vec<Part>, Refusal> {
        let part = |(group, mut sum): (&Vec<usize>, Array2<f64>)| {
            group.iter().enumerate().for_each(|(p, at)| sum[[p, p]] += prior[*at]);
            let at: Vec<usize> = group.iter().map(|at| self.whitening.free[*at]).collect();
            let scale = group.iter().map(|at| self.whitening.scale[*at]).collect();
            let root = match group.len() {
                1 if sum[[0, 0]] > 0.0 => Ok(Root::Diagonal(vec![sum[[0, 0]].sqrt()])),
                1 => Err(0),
                _ => {
                    Triangle::cholesky(sum.view()).map(|root| Root::Dense(Arc::new(root))).map_err(|wrong| wrong.pivot)
                }
            };
            root.map(|root| Part { at: at.clone(), scale, root }).map_err(|pivot| {
                let name = self.mode.layout().block_of(at[pivot]).map_or_else(String::new, |block| block.name.clone());
                refusal(&format!(
                    "nothing curves along a coefficient of {name}: a flat prior and no data to tell of it"
                ))
            })
        };
        self.groups.iter().zip(self.sums).filter(|(group, _)| !group.is_empty()).map(part).collect()
    }
}

/// s at θ, for the families that have one.
fn scatter(f: &Coefficients) -> Option<f64> {
    match f.model.likelihood.scale()? {
        Scale::Fixed(s) => Some(s),
        Scale::Learned => Some(f.theta[f.layout().find(None, Group::LogScale)?.at.start].exp()),
    }
}

/// Σ ℓ over `points`.
pub(super) fn log_likelihood(f: &Coefficients, points: &Points) -> f64 {
    let fitted = through(f, points.x.view()).f;
    let s = scatter(f).unwrap_or(1.0);
    let mut slope = vec![0.0; fitted.ncols()];
    let rows = fitted.axis_iter(Axis(0)).zip(points.y.axis_iter(Axis(0)));
    rows.map(|(f_row, y)| log_density(f.model.likelihood, s, &y.to_vec(), &f_row.to_vec(), &mut slope).0).sum()
}

#[cfg(test)]
mod tests;
