//! The exact posterior against dense matrices made by evaluating ŷ at unit vectors. Knows nothing of how it is computed.

use super::*;
use crate::bayes::problems::{Problem, gaussian, some_theta, stage};
use crate::bayes::{LogDensity, Posterior, real};
use crate::linalg::Triangle;
use crate::model::{Activation, Architecture, Lift, Over, Padding, Prior, Scaling, Stage};
use std::f64::consts::TAU;

fn convolution(k: usize, outputs: usize, sigma: Activation) -> Stage {
    Stage { over: Over::Patches { width: 3, reach: 1, padding: Padding::Zero }, ..stage(k, outputs, sigma) }
}

/// Every way in which ŷ can be linear in (a, d).
fn problems() -> Vec<(&'static str, Problem)> {
    let two = |sigma| Problem::new(vec![stage(4, 2, sigma), stage(5, 1, sigma)], 9);
    let wide = |readout| Problem {
        architecture: Architecture::Residual,
        branch_scale: 0.7,
        lift: Lift::Linear,
        readout,
        outputs: 2,
        ..Problem::new(vec![stage(3, 3, Activation::Tanh), stage(4, 3, Activation::Tanh)], 8)
    };
    let signal = |readout, outputs| Problem {
        inputs: 5,
        positions: 5,
        outputs,
        readout,
        ..Problem::new(vec![convolution(3, 2, Activation::Relu), convolution(2, 2, Activation::Relu)], 6)
    };
    vec![
        ("plain", two(Activation::Tanh)),
        ("a step", Problem::new(vec![stage(6, 1, Activation::Step)], 12)),
        ("more columns than rows", Problem::new(vec![stage(20, 1, Activation::Relu)], 7)),
        ("two outputs", Problem { outputs: 2, ..Problem::new(vec![stage(4, 2, Activation::Gauss)], 10) }),
        (
            "residual-2015",
            Problem {
                architecture: Architecture::Residual2015,
                branch_scale: 0.5,
                ..Problem::new(vec![stage(4, 1, Activation::Relu), stage(3, 1, Activation::Relu)], 9)
            },
        ),
        ("readout pad", wide(Readout::Pad)),
        ("readout linear", wide(Readout::Linear)),
        ("signals", signal(Readout::None, 10)),
        ("signals, mean", signal(Readout::Mean, 2)),
        (
            "signals, linear",
            Problem {
                architecture: Architecture::Residual,
                stages: vec![convolution(3, 1, Activation::Relu), convolution(2, 1, Activation::Relu)],
                ..signal(Readout::Linear, 2)
            },
        ),
        // Fails if the readout's rows are read channel by channel.
        (
            "signals of two channels, linear",
            Problem {
                architecture: Architecture::Residual,
                inputs: 10,
                stages: vec![convolution(3, 2, Activation::Relu), convolution(2, 2, Activation::Relu)],
                ..signal(Readout::Linear, 3)
            },
        ),
    ]
}

fn start(problem: &Problem) -> Coefficients {
    let model = problem.model();
    let theta = some_theta(&model);
    Coefficients::new(model, theta).unwrap()
}

/// Coordinates of (a, d) of f⁽¹⁾, their τ, ŷ with them at 0, and the matrix of ŷ in them, all by evaluation.
struct Dense {
    at: Vec<usize>,
    tau: Vec<f64>,
    offset: Array2<f64>,
    phi: Array2<f64>,
}

fn dense(f: &Coefficients, x: ArrayView2<'_, f64>) -> Dense {
    let layout = f.layout();
    let last = f.model.f.depth() - 1;
    let blocks = [Group::A, Group::D].map(|group| layout.find(Some(last), group).unwrap().clone());
    let of = |block: &crate::model::Block| {
        let tau = f.model.priors.tau(block).unwrap();
        block.at.clone().map(|at| (at, tau)).collect::<Vec<_>>()
    };
    let (at, tau): (Vec<usize>, Vec<f64>) = blocks.iter().flat_map(of).unzip();
    let y = |unit: Option<usize>| {
        let mut theta = f.theta.to_vec();
        for at in &at {
            theta[*at] = if unit == Some(*at) { 1.0 } else { 0.0 };
        }
        let f = through(&Coefficients::new(f.model.clone(), theta).unwrap(), x).f;
        let count = f.len();
        f.into_shape_with_order((count, 1)).unwrap()
    };
    let offset = y(None);
    let mut phi = Array2::zeros((offset.len(), at.len()));
    for (column, unit) in at.iter().enumerate() {
        phi.column_mut(column).assign(&(&y(Some(*unit)) - &offset).column(0));
    }
    Dense { at, tau, offset, phi }
}

impl Dense {
    /// The covariance of ŷ under the prior, and of (a, d) and ŷ.
    fn prior(&self) -> (Array2<f64>, Array2<f64>) {
        let variances = ndarray::Array1::from_iter(self.tau.iter().map(|tau| tau * tau));
        let weighted = &self.phi * &variances;
        (weighted.dot(&self.phi.t()), weighted)
    }
}

fn close(one: f64, other: f64, tolerance: f64) -> bool {
    (one - other).abs() <= tolerance * (1.0 + one.abs().max(other.abs()))
}

#[test]
fn evidence_mode_and_prediction_are_those_of_the_dense_normal() {
    for (name, problem) in problems() {
        let (f, points, s) = (start(&problem), problem.points(), 0.2);
        let exact = Exact::new(&f, &points, None).unwrap_or_else(|why| panic!("{name}: {why}"));
        let dense = dense(&f, points.x.view());
        let (prior, weighted) = dense.prior();
        let covariance = &prior + &(Array2::<f64>::eye(prior.nrows()) * (s * s));
        let root = Triangle::cholesky(covariance.view()).unwrap();
        let residual = folded(points.y.view(), dense.offset.dim()) - &dense.offset;
        let white = root.solve_transposed(residual.view());
        let count = real(points.y.len());
        let expected = -0.5 * (count * TAU.ln() + root.log_det() + white.iter().map(|v| v * v).sum::<f64>());
        let found = exact.log_evidence().unwrap();
        assert!(close(found, expected, 1e-10), "{name}: evidence {found} is not {expected}");

        // w̄ = T Φᵀ C⁻¹ r.
        let mean = weighted.t().dot(&root.solve(white.view()));
        let mode = exact.mode();
        for (at, mean) in dense.at.iter().zip(&mean) {
            // Columns of a that a readout of the first coordinates does not see keep what they had.
            if dense.phi.column(dense.at.iter().position(|own| own == at).unwrap()).iter().any(|value| *value != 0.0) {
                assert!(close(mode.theta[*at], *mean, 1e-9), "{name}: w̄ {} is not {mean}", mode.theta[*at]);
            }
        }

        // Var ŷ = P − P C⁻¹ P, y about it by s.
        let prediction = exact.predict(points.x.view()).unwrap();
        let half = root.solve_transposed(prior.view());
        let after = &prior - &half.t().dot(&half);
        for (at, spread) in prediction.spread.iter().enumerate() {
            let seen = after[[at, at]].max(0.0).sqrt();
            assert!((spread - seen).abs() < 1e-7, "{name}: spread {spread} is not {seen}");
        }
        let fitted = through(&mode, points.x.view()).f;
        assert!((&fitted - &prediction.mean).iter().all(|gap| gap.abs() < 1e-10), "{name}");
        assert_eq!((prediction.noise, prediction.freedom), (Some(s), f64::INFINITY));
    }
}

/// The gradient of the log posterior in (a, d) is zero at the mode, whatever the composition.
#[test]
fn the_mode_is_stationary() {
    for (name, problem) in problems() {
        let exact = Exact::new(&start(&problem), &problem.points(), None).unwrap();
        let mode = exact.mode();
        let mut density = Posterior::new(&mode.model, problem.reference(), Vec::new());
        let mut slope = vec![0.0; mode.theta.len()];
        density.at(&mode.theta, Some(&mut slope)).unwrap();
        for at in exact.at.iter().flatten() {
            assert!(slope[*at].abs() < 1e-8, "{name}: {}", slope[*at]);
        }
    }
}

/// Where s is learned its evidence times its prior falls on both sides of the s that is found, at every β.
#[test]
fn the_likeliest_scatter_is_where_evidence_and_prior_are_greatest() {
    for (name, mut problem) in problems() {
        problem.likelihood = Likelihood::Gaussian { scale: Scale::Learned };
        let (f, points) = (start(&problem), problem.points());
        for beta in [1.0, 0.3_f64] {
            let s = Exact::likeliest_scatter(&f, &points, beta).unwrap();
            let log = |s: f64| {
                let (wide, n) = (s / beta.sqrt(), real(points.y.len()));
                let evidence = Exact::new(&f, &points, Some(Noise::Known(wide))).unwrap().log_evidence().unwrap();
                evidence + 0.5 * n * ((TAU * wide * wide).ln() - beta * (TAU * s * s).ln()) + s.ln() - 0.5 * s * s
            };
            let (least, greatest) = (log(s) - log(s * 0.98), log(s) - log(s / 0.98));
            assert!(least > 0.0 && greatest > 0.0, "{name} β {beta}: s {s} {least} {greatest}");
            assert!((least - greatest).abs() < 0.2 * (least + greatest), "{name} β {beta}: {least} {greatest}");
        }
    }
}

#[test]
fn rows_can_come_one_after_another() {
    for (name, problem) in problems() {
        let (f, all) = (start(&problem), problem.points());
        let part = |rows: std::ops::Range<usize>| Points {
            x: all.x.slice(ndarray::s![rows.clone(), ..]).to_owned(),
            y: all.y.slice(ndarray::s![rows, ..]).to_owned(),
        };
        for noise in [None, Some(Noise::Unknown { alpha: 1.5, beta: 0.2 })] {
            let at_once = Exact::new(&f, &all, noise).unwrap();
            let first = Exact::new(&f, &part(0..2), noise).unwrap();
            let in_turn = first.observed(&part(2..3)).unwrap().observed(&part(3..problem.n)).unwrap();
            assert!(close(at_once.log_evidence().unwrap(), in_turn.log_evidence().unwrap(), 1e-10), "{name}");
            assert_eq!(in_turn.points, at_once.points);
            let gap = at_once
                .mode()
                .theta
                .iter()
                .zip(&in_turn.mode().theta[..])
                .fold(0.0_f64, |g, (a, b)| g.max((a - b).abs()));
            assert!(gap < 1e-8, "{name}: {gap}");
        }
    }
}

/// 1000 pairs: what comes out has the posterior's mean and variance of f at every row, what goes in the prior's; and a row more
/// moves every draw by less than another draw would be away.
#[test]
fn paths_lead_from_the_prior_to_the_posterior() {
    let problem = Problem::tanh(4, 6);
    let (f, points, n) = (start(&problem), problem.points(), 1000);
    let seeds = Seeds(11);
    for noise in [None, Some(Noise::Unknown { alpha: 6.0, beta: 0.5 })] {
        let exact = Exact::new(&f, &points, noise).unwrap();
        let pairs = exact.paths(n, seeds).unwrap();
        let at = |which: usize| pairs.iter().map(|pair| through(&pair[which], points.x.view()).f).collect::<Vec<_>>();
        let drawn = exact.draw(n, seeds);
        let direct: Vec<_> = drawn.iter().map(|f| through(f, points.x.view()).f).collect();
        let prediction = exact.predict(points.x.view()).unwrap();
        let widened =
            if prediction.freedom.is_finite() { prediction.freedom / (prediction.freedom - 2.0) } else { 1.0 };
        let n = real(usize::try_from(n).unwrap());
        for values in [at(1), direct] {
            for row in 0..6 {
                let mean = values.iter().map(|f| f[[row, 0]]).sum::<f64>() / n;
                let variance = values.iter().map(|f| (f[[row, 0]] - mean).powi(2)).sum::<f64>() / n;
                let exact = prediction.spread[[row, 0]].powi(2) * widened;
                assert!((mean - prediction.mean[[row, 0]]).abs() < 5.0 * (exact / n).sqrt(), "{noise:?} {row}");
                assert!((variance / exact - 1.0).abs() < 6.0 * (2.0 / n).sqrt(), "{noise:?} {row}: {variance} {exact}");
            }
        }
        if noise.is_none() {
            let (prior, _) = dense(&f, points.x.view()).prior();
            let before = at(0);
            let variance = before.iter().map(|f| f[[3, 0]].powi(2)).sum::<f64>() / n;
            assert!((variance / prior[[3, 3]] - 1.0).abs() < 6.0 * (2.0 / n).sqrt());
            let fewer = Points {
                x: points.x.slice(ndarray::s![..5, ..]).to_owned(),
                y: points.y.slice(ndarray::s![..5, ..]).to_owned(),
            };
            let less = Exact::new(&f, &fewer, None).unwrap().paths(20, seeds).unwrap();
            let apart = |one: &[Coefficients; 2], other: &[Coefficients; 2]| {
                let gap = through(&one[1], fewer.x.view()).f - through(&other[1], fewer.x.view()).f;
                gap.iter().map(|gap| gap * gap).sum::<f64>()
            };
            assert!(less.iter().zip(&pairs).all(|(one, other)| one[0] == other[0] && one[1] != other[1]));
            let moved: f64 = less.iter().zip(&pairs).map(|(one, same)| apart(one, same)).sum();
            let other: f64 = less.iter().zip(&pairs[1..]).map(|(one, other)| apart(one, other)).sum();
            assert!(moved < 0.8 * other, "{moved} {other}");
        }
    }
}

#[test]
fn a_belief_scatters_as_the_prediction_says() {
    let problem = problems().swap_remove(6).1;
    let exact = Exact::new(&start(&problem), &problem.points(), None).unwrap();
    let gaussian = exact.gaussian().unwrap();
    let points = problem.points();
    let jacobian = crate::function::jacobian(&gaussian.mean, points.x.view());
    let prediction = exact.predict(points.x.view()).unwrap();
    for j in 0..2 {
        let variance = gaussian.variance_along(jacobian.slice(ndarray::s![.., j, ..]));
        for (row, variance) in variance.into_iter().enumerate() {
            assert!(close(variance.sqrt(), prediction.spread[[row, j]], 1e-9));
        }
    }
    let unknown = Exact::new(&start(&problem), &points, Some(Noise::Unknown { alpha: 2.0, beta: 1.0 })).unwrap();
    assert!(unknown.gaussian().is_none());
}

#[test]
fn what_has_no_closed_form_is_refused_with_the_reason() {
    let refused = |problem: &Problem| match Exact::new(&start(problem), &problem.points(), None) {
        Ok(_) => panic!("not refused"),
        Err(why) => why.to_string(),
    };
    let mut poisson = Problem::tanh(3, 4);
    poisson.likelihood = Likelihood::Poisson;
    assert!(refused(&poisson).contains("likelihood.kind is \"poisson\""));
    let mut lasso = Problem::tanh(3, 4);
    lasso.priors.a = Prior::Laplace { scale: 1.0, scaling: Scaling::None };
    assert!(refused(&lasso).contains("f1.prior.a is \"laplace\""));
    let mut max = problems().swap_remove(8).1;
    max.readout = Readout::Max;
    assert!(refused(&max).contains("\"mean\" is linear"));
    let mut flat = Problem::tanh(3, 0);
    flat.priors.d = Prior::Flat;
    assert!(refused(&flat).contains("no data"));
    flat.n = 5;
    let exact = Exact::new(&start(&flat), &flat.points(), None).unwrap();
    assert!(exact.log_evidence().is_none() && exact.paths(1, Seeds(1)).is_err());
    let mut broken = Problem::tanh(3, 4).points();
    broken.x[[1, 0]] = f64::NAN;
    let problem =
        Problem { priors: crate::model::GroupPriors { b: gaussian(1.0), ..flat.priors }, ..Problem::tanh(3, 4) };
    assert!(Exact::new(&start(&problem), &broken, None).is_err());
}
