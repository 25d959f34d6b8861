//! The critical λ, above which the posterior's mode is a constant, for the one model where it has a closed form. Knows no θ.
//!
//! One full stage f(x) = Σ aₖ σ(bₖ x + cₖ) + d on scalar x, with σ(sz) = s σ(z) for s > 0, Gaussian priors, and a Gaussian
//! likelihood of known scale s. With τ the standard deviation of a group's coefficients (sharing included) the mode minimises
//!
//! ```text
//! J = ½ Σ‖ŷ − y‖² + ½ Σₖ (λ_a‖aₖ‖² + λ_b bₖ² + λ_c cₖ²) + ½ λ_d‖d‖²        λ_g = s²/τ_g²
//! ```
//!
//! Let d̂ be the best constant and r what it leaves: r = y − d̂ (residual composition: y − x − d̂). Since d̂ is stationary, only
//! −Σ⟨r, Σₖ aₖ σₖ⟩ is of first order in the elements. With `w = (√λ_b b, √λ_c c)`:
//!
//! ```text
//! an element pays   ½ (λ_a‖a‖² + ‖w‖²) ≥ √λ_a ‖a‖‖w‖
//! and gains at most ‖a‖‖w‖ M             M = max over ‖w‖ = 1 of ‖Σᵢ rᵢ σ(b xᵢ + c)‖
//! ```
//!
//! So ŷ is the best constant, whatever K, if `√λ_a ≥ M`; and if `√λ_a < M`, a small element at the maximum lowers J. Written with
//! geometric means, so that one τ for all gives the known form, λ = s²/τ² and the maximum over b² + c² = 1:
//!
//! ```text
//! λ_w = √(λ_b λ_c)        λ = √(λ_a λ_w)        mode constant  ⇔  λ ≥ λ_crit
//! λ_crit = √λ_w M = max over (λ_b/λ_w) b² + (λ_c/λ_w) c² = 1 of ‖Σᵢ rᵢ σ(b xᵢ + c)‖
//! ```

use crate::data::Points;
use crate::function::derivative;
use crate::model::{Architecture, Form, Group, Lift, Likelihood, Model, Over, Prior, Readout, Scale, Stage};
use ndarray::{Array2, Axis};
use std::f64::consts::{FRAC_PI_2, PI};

/// λ and the critical λ that it is to be compared with, in the spelling ½ Σ‖r‖² + (λ/2)‖θ‖².
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// s²/τ²; the geometric mean of that of a and of those of b and c, where their τ differ.
    pub lambda: f64,
    /// From here on ŷ is constant at the mode.
    pub critical: f64,
}

impl Threshold {
    /// Whether the mode is a constant.
    #[must_use]
    pub fn is_above(&self) -> bool {
        self.lambda >= self.critical
    }
}

/// λ and the critical one of `model` on the training rows `points`, nothing held, where these count β times: s² is s²/β then.
///
/// None unless the model is one full stage over one column of X, plain or residual without lift and readout, with a σ
/// that is homogeneous of degree 1, Gaussian priors on a, b and c (d's may be flat), and a Gaussian likelihood of known
/// scale; and there are rows, and β is not 0.
#[must_use]
pub fn threshold(model: &Model, points: &Points, beta: f64) -> Option<Threshold> {
    let f = &model.f;
    let [stage] = f.stages[..] else { return None };
    let branch = match f.architecture {
        Architecture::Plain => 1.0,
        Architecture::Residual => f.branch_scale,
        Architecture::Residual2015 => return None,
    };
    let Likelihood::Gaussian { scale: Scale::Fixed(s) } = model.likelihood else { return None };
    let scalar = f.inputs == 1 && f.positions <= 1 && stage.over == Over::Points && points.x.ncols() == 1;
    let bare = f.lift == Lift::None && f.readout == Readout::None && stage.form == Form::Full;
    if !(scalar && bare && beta > 0.0 && points.x.nrows() > 0 && stage.outputs == points.y.ncols()) {
        return None;
    }
    let layout = model.layout();
    let lambda = |sd: f64| (s / sd) * (s / sd) / beta;
    let sd = |group| match model.priors.of(layout.find(Some(0), group)?)? {
        Prior::Gaussian { tau, .. } => Some(tau),
        Prior::Laplace { .. } | Prior::StudentT { .. } | Prior::Flat => None,
    };
    let of_d = match model.priors.stages.first()?.d {
        Prior::Flat => 0.0,
        Prior::Gaussian { .. } | Prior::Laplace { .. } | Prior::StudentT { .. } => lambda(sd(Group::D)?),
    };
    let [of_a, of_b, of_c] = [sd(Group::A)?, sd(Group::B)?, sd(Group::C)?].map(lambda);
    let of_w = (of_b * of_c).sqrt();
    let r = unexplained(f.architecture, branch, points, of_d);
    let x: Vec<f64> = points.x.column(0).to_vec();
    let critical = branch.abs() * critical(&x, &r, slopes(stage)?, [(of_w / of_b).sqrt(), (of_w / of_c).sqrt()]);
    Some(Threshold { lambda: (of_a * of_w).sqrt(), critical }).filter(|found| found.critical.is_finite())
}

/// σ′ left and right of zero, for σ that are homogeneous of degree 1.
fn slopes(stage: Stage) -> Option<[f64; 2]> {
    let slope = |z: f64| derivative(stage.sigma, stage.alpha, z);
    (stage.sigma.homogeneity() == Some(1)).then(|| [slope(-1.0), slope(1.0)])
}

/// What the best constant leaves of y: d̂ minimises ½ Σ‖s d − y‖² + ½ λ‖d‖², s the branch's scale.
#[expect(clippy::cast_precision_loss, reason = "a count of rows")]
fn unexplained(architecture: Architecture, branch: f64, points: &Points, lambda: f64) -> Array2<f64> {
    let y = match architecture {
        Architecture::Plain => points.y.clone(),
        Architecture::Residual | Architecture::Residual2015 => &points.y - &points.x,
    };
    let precision = points.x.nrows() as f64 * branch * branch + lambda;
    let share = if precision > 0.0 { branch * branch / precision } else { 0.0 };
    let constant = y.sum_axis(Axis(0)) * share;
    y - constant
}

/// max over u² + v² = 1 of ‖Σᵢ rᵢ σ(p u xᵢ + q v)‖ for [p, q] = `scale`, where σ has the slopes `below` and `above` zero.
///
/// Row i is above zero on the half circle round its own direction (p xᵢ, q). Going round the circle rows become active one
/// by one, then inactive in the same order; in between the sum is linear in (u, v), g⁽ʲ⁾·(u, v) for every output j, and the
/// maximum of Σⱼ (g⁽ʲ⁾·(u, v))² on an arc lies at the greater eigenvector of Σⱼ g⁽ʲ⁾g⁽ʲ⁾ᵀ or at an end. Exact, O(N log N).
#[must_use]
pub fn critical(x: &[f64], r: &Array2<f64>, [below, above]: [f64; 2], scale: [f64; 2]) -> f64 {
    let [p, q] = scale;
    let mut rows: Vec<(f64, usize)> = x.iter().enumerate().map(|(row, x)| (q.atan2(p * x), row)).collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let direction = |row: usize, j: usize| [r[[row, j]] * p * x[row], r[[row, j]] * q];
    let outputs = r.ncols();
    let mut total = vec![[0.0; 2]; outputs];
    for (_, row) in &rows {
        add(&mut total, |j| direction(*row, j));
    }
    // All below zero at the start, and the opposite arc has the same rows on the other side.
    let mut active = vec![[0.0; 2]; outputs];
    let mut most = 0.0_f64;
    let mut from = -FRAC_PI_2;
    for at in 0..=rows.len() {
        let to = rows.get(at).map_or(FRAC_PI_2, |(angle, _)| angle - FRAC_PI_2);
        let linear = |on: f64, off: f64| -> Vec<[f64; 2]> {
            let both = active.iter().zip(&total);
            both.map(|(a, t)| [on * a[0] + off * (t[0] - a[0]), on * a[1] + off * (t[1] - a[1])]).collect()
        };
        most = most.max(greatest(&linear(above, below), from, to));
        most = most.max(greatest(&linear(below, above), from, to));
        if let Some((_, row)) = rows.get(at) {
            add(&mut active, |j| direction(*row, j));
        }
        from = to;
    }
    most.sqrt()
}

fn add(sums: &mut [[f64; 2]], more: impl Fn(usize) -> [f64; 2]) {
    for (j, sum) in sums.iter_mut().enumerate() {
        let more = more(j);
        *sum = [sum[0] + more[0], sum[1] + more[1]];
    }
}

/// The greatest Σⱼ (gⱼ·(cos φ, sin φ))² for φ from `from` to `to`, less than half a turn apart; it repeats every half turn.
fn greatest(g: &[[f64; 2]], from: f64, to: f64) -> f64 {
    let at = |angle: f64| {
        let (sin, cos) = angle.sin_cos();
        g.iter().map(|g| (g[0] * cos + g[1] * sin).powi(2)).sum::<f64>()
    };
    let sum = |term: fn(&[f64; 2]) -> f64| g.iter().map(term).sum::<f64>();
    let across = 0.5 * (2.0 * sum(|g| g[0] * g[1])).atan2(sum(|g| g[0] * g[0] - g[1] * g[1]));
    let inside = [across - PI, across, across + PI].into_iter().filter(|angle| (from..=to).contains(angle));
    inside.chain([from, to]).map(at).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bayes::problems::dataset;
    use crate::bayes::{LogDensity, Posterior};
    use crate::function::Reference;
    use crate::model::{Activation, Composition, GroupPriors, Priors, Scaling};
    use proptest::prelude::*;
    use std::f64::consts::TAU;
    use std::sync::Arc;

    const RELU: [f64; 2] = [0.0, 1.0];

    /// 64 equally spaced points on [−2, 2], and y less its mean.
    fn grid(y: impl Fn(f64) -> f64) -> (Vec<f64>, Array2<f64>) {
        let x: Vec<f64> = (0..64).map(|i| -2.0 + 4.0 * f64::from(i) / 63.0).collect();
        let y = Array2::from_shape_fn((64, 1), |(i, _)| y(x[i]));
        let mean = y.mean().unwrap();
        (x, y - mean)
    }

    /// By brute force, on a fine circle.
    fn on_a_circle(x: &[f64], r: &Array2<f64>, [below, above]: [f64; 2], [p, q]: [f64; 2], steps: u32) -> f64 {
        let sigma = |z: f64| if z > 0.0 { above * z } else { below * z };
        let at = |step: u32| {
            let (v, u) = (TAU * f64::from(step) / f64::from(steps)).sin_cos();
            let sum = |j: usize| x.iter().zip(r.column(j)).map(|(x, r)| r * sigma(p * u * x + q * v)).sum::<f64>();
            (0..r.ncols()).map(|j| sum(j).powi(2)).sum::<f64>().sqrt()
        };
        (0..steps).map(at).fold(0.0, f64::max)
    }

    /// Values measured elsewhere, to the digits that were kept of them.
    #[test]
    fn the_published_thresholds_come_out() {
        let of = |y: fn(f64) -> f64| {
            let (x, r) = grid(y);
            critical(&x, &r, RELU, [1.0, 1.0])
        };
        for (found, told) in
            [(of(|x| (2.0 * x).sin()), 11.27), (of(f64::abs), 11.00), (of(|x| x * (2.0 * x).sin()), 6.04)]
        {
            assert!((found - told).abs() < 0.005, "{found} is not {told}");
        }
        for (found, told) in [(of(|x| x), 54.0), (of(|x| (2.0 * x).sin() - x), 42.8)] {
            assert!((found - told).abs() < 0.05, "{found} is not {told}");
        }
        assert!(of(|_| 3.0).abs() < 1e-9);
    }

    proptest! {
        /// Never below the circle's best, and above it by no more than the circle is coarse.
        #[test]
        fn it_is_the_maximum(
            rows in proptest::collection::vec([-3.0..3.0_f64, -2.0..2.0, -2.0..2.0], 1..15),
            below in -0.5..1.0_f64, p in 0.2..4.0_f64, q in 0.2..4.0_f64, outputs in 1_usize..3,
        ) {
            let x: Vec<f64> = rows.iter().map(|row| row[0]).collect();
            let r = Array2::from_shape_fn((rows.len(), outputs), |(i, j)| rows[i][1 + j]);
            let found = critical(&x, &r, [below, 1.0], [p, q]);
            let circle = on_a_circle(&x, &r, [below, 1.0], [p, q], 1000);
            prop_assert!(found >= circle * (1.0 - 1e-12), "{found} < {circle}");
            // The sum's slope in φ is at most Σ‖rᵢ‖‖(p xᵢ, q)‖, and no point is further than half a step from the circle's.
            let slope: f64 = rows.iter().map(|[x, one, other]| one.hypot(*other) * (p * x).hypot(q)).sum();
            prop_assert!(found <= circle + slope * TAU / 2000.0, "{found} > {circle}");
        }
    }

    fn prior(tau: f64) -> Prior {
        Prior::Gaussian { tau, scaling: Scaling::None }
    }

    fn model(priors: GroupPriors, k: usize) -> Model {
        let stage = Stage { k, outputs: 1, sigma: Activation::Relu, alpha: 0.0, form: Form::Full, over: Over::Points };
        let f = Composition {
            inputs: 1,
            positions: 1,
            outputs: 1,
            architecture: Architecture::Plain,
            branch_scale: 1.0,
            lift: Lift::None,
            readout: Readout::None,
            stages: vec![stage],
        };
        let likelihood = Likelihood::Gaussian { scale: Scale::Fixed(0.5) };
        Model { f, likelihood, priors: Priors { stages: vec![priors] } }
    }

    fn even(tau: f64) -> GroupPriors {
        GroupPriors { a: prior(tau), b: prior(tau), c: prior(tau), d: Prior::Flat }
    }

    fn points(y: impl Fn(f64) -> f64) -> Points {
        let (x, _) = grid(|_| 0.0);
        let y = Array2::from_shape_fn((64, 1), |(i, _)| y(x[i]));
        Points { x: Array2::from_shape_vec((64, 1), x).unwrap(), y }
    }

    #[test]
    fn one_tau_gives_lambda_as_it_is_known() {
        let points = points(|x| (2.0 * x).sin() + 7.0);
        let found = threshold(&model(even(0.1), 8), &points, 1.0).unwrap();
        assert!((found.lambda - 25.0).abs() < 1e-9 && (found.critical - 11.27).abs() < 0.006, "{found:?}");
        assert!(found.is_above());
        // K matters only through the sharing of τ.
        let shared = |tau| Prior::Gaussian { tau, scaling: Scaling::PerUnit };
        let per_unit = threshold(&model(GroupPriors { a: shared(0.1), ..even(0.1) }, 16), &points, 1.0).unwrap();
        assert!((per_unit.lambda - 25.0 * 4.0).abs() < 1e-9);
        assert!((per_unit.critical - found.critical).abs() < 1e-9);
    }

    /// The condition does not depend on how λ is shared out between a and (b, c): elements can be rescaled.
    #[test]
    fn only_the_product_of_the_scales_of_a_and_w_counts() {
        let points = points(|x| x * (2.0 * x).sin());
        let even = threshold(&model(even(0.3), 4), &points, 1.0).unwrap();
        let priors = GroupPriors { a: prior(0.9), b: prior(0.1), c: prior(0.1), d: Prior::Flat };
        let uneven = threshold(&model(priors, 4), &points, 1.0).unwrap();
        assert!((even.lambda - uneven.lambda).abs() < 1e-9 && (even.critical - uneven.critical).abs() < 1e-9);
    }

    /// A wide prior of b over one of c makes the maximum one over b, as if x were stretched.
    #[test]
    fn different_priors_of_b_and_c_are_a_stretch_of_x() {
        let (x, r) = grid(|x| (2.0 * x).sin());
        let priors = GroupPriors { a: prior(1.0), b: prior(4.0), c: prior(1.0), d: Prior::Flat };
        let found = threshold(&model(priors, 4), &points(|x| (2.0 * x).sin()), 1.0).unwrap();
        // λ_b = λ_c/16: √(λ_w/λ_b) = 2 and √(λ_w/λ_c) = 1/2.
        assert!((found.critical - on_a_circle(&x, &r, RELU, [2.0, 0.5], 100_000)).abs() < 1e-3, "{found:?}");
        assert!((found.lambda - 0.25 / 2.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_residual_stage_has_the_threshold_of_what_x_leaves() {
        let residual = |branch_scale| {
            let mut model = model(even(1.0), 4);
            model.f.architecture = Architecture::Residual;
            model.f.branch_scale = branch_scale;
            model
        };
        let found = threshold(&residual(1.0), &points(|x| (2.0 * x).sin()), 1.0).unwrap();
        assert!((found.critical - 42.8).abs() < 0.06, "{found:?}");
        let half = threshold(&residual(0.5), &points(|x| (2.0 * x).sin()), 1.0).unwrap();
        assert!((half.critical - 0.5 * found.critical).abs() < 1e-9);
        let identity = threshold(&residual(1.0), &points(|x| x), 1.0).unwrap();
        assert!(identity.critical.abs() < 1e-9 && identity.is_above());
    }

    /// The log posterior itself, with d where it is best alone: just below the threshold the best small element raises it, just
    /// above none does. Fails if d's prior, which shrinks the constant, is left out of what there is to explain.
    #[test]
    fn on_either_side_of_it_a_small_element_gains_or_does_not() {
        let points = points(|x| (2.0 * x).sin() + 3.0);
        for (architecture, branch_scale, d) in [
            (Architecture::Plain, 1.0, Prior::Flat),
            (Architecture::Plain, 1.0, prior(0.05)),
            (Architecture::Residual, 0.5, prior(0.05)),
        ] {
            let with = |tau| {
                let mut model = model(GroupPriors { d, ..even(tau) }, 1);
                (model.f.architecture, model.f.branch_scale) = (architecture, branch_scale);
                Arc::new(model)
            };
            let critical = threshold(&with(1.0), &points, 1.0).unwrap().critical;
            for (side, gains) in [(0.98, true), (1.02, false)] {
                let model = with(0.5 / (side * critical).sqrt());
                assert_eq!(threshold(&model, &points, 1.0).unwrap().is_above(), !gains);
                let reference = Reference::new(model.clone(), dataset(points.clone()));
                let mut posterior = Posterior::new(&model, reference, Vec::new());
                let mut density = |[b, c, a, d]: [f64; 4]| posterior.at(&[b, c, a, d], None).unwrap().log_posterior();
                // A parabola in d.
                let [low, middle, high] = [-1.0, 0.0, 1.0].map(|d| density([0.0, 0.0, 0.0, d]));
                let d = 0.5 * (low - high) / (low - 2.0 * middle + high);
                let (alone, size) = (density([0.0, 0.0, 0.0, d]), 1e-2);
                let mut small = |step: u32| {
                    let (sin, cos) = (TAU * f64::from(step / 2) / 1000.0).sin_cos();
                    density([size * cos, size * sin, if step.is_multiple_of(2) { size } else { -size }, d])
                };
                let most = (0..2000).map(&mut small).fold(f64::NEG_INFINITY, f64::max);
                assert_eq!(most > alone, gains, "{architecture:?} {d}: {most} {alone}");
            }
        }
    }

    #[test]
    fn elsewhere_there_is_none() {
        let points = points(|x| (2.0 * x).sin());
        let at = |change: fn(&mut Model)| {
            let mut model = model(even(1.0), 4);
            change(&mut model);
            threshold(&model, &points, 1.0)
        };
        assert!(at(|_| ()).is_some());
        assert_eq!(at(|model| model.f.stages[0].sigma = Activation::Tanh), None);
        assert_eq!(at(|model| model.f.stages.push(model.f.stages[0])), None);
        assert_eq!(at(|model| model.f.architecture = Architecture::Residual2015), None);
        assert_eq!(at(|model| model.f.stages[0].form = Form::Reduced), None);
        assert_eq!(at(|model| model.likelihood = Likelihood::Gaussian { scale: Scale::Learned }), None);
        assert_eq!(at(|model| model.priors.stages[0].a = Prior::Flat), None);
        assert_eq!(at(|model| model.f.inputs = 2), None);
        let nothing = Points { x: Array2::zeros((0, 1)), y: Array2::zeros((0, 1)) };
        assert_eq!(threshold(&model(even(1.0), 4), &nothing, 1.0), None);
        assert_eq!(threshold(&model(even(1.0), 4), &points, 0.0), None, "no data count");
    }
}
