//! K = ∞ against what finite K come to. Knows nothing of how it is computed.

use super::*;
use crate::bayes::problems::{Problem, gaussian, per_unit, stage};
use crate::bayes::{Exact, draw_prior};
use crate::function::{through, value};
use crate::model::Architecture;

const CLOSED: [Activation; 8] = [
    Activation::Relu,
    Activation::LeakyRelu,
    Activation::Sin,
    Activation::Gauss,
    Activation::Step,
    Activation::Identity,
    Activation::Square,
    Activation::Cube,
];

fn problem(sigma: Activation, k: usize, n: usize) -> Problem {
    let mut problem = Problem::new(vec![stage(k, 1, sigma)], n);
    problem.priors =
        crate::model::GroupPriors { a: per_unit(1.5), b: gaussian(0.8), c: gaussian(0.6), d: gaussian(0.5) };
    problem
}

/// ∫∫ σ(u)σ(u′) N(u, u′) by a fine trapeze over (u, the rest of u′ given u): the expectation for three covariances.
#[test]
fn expectations_are_their_integrals() {
    let (steps, far) = (300, 9.0);
    let h = 2.0 * far / real(steps);
    let normal = |z: f64| (-0.5 * z * z).exp() / TAU.sqrt();
    let nodes: Vec<f64> = (0..=steps).map(|i| -far + h * (real(i) + 0.5)).collect();
    for sigma in CLOSED {
        let alpha = 0.2;
        for (k, l, c) in [(1.0_f64, 1.0_f64, 0.4), (0.5, 2.0, -0.7), (1.3, 0.4, 0.0)] {
            let (slope, rest) = (c / k.sqrt(), (l - c * c / k).sqrt());
            let of = |z: f64| value(sigma, alpha, z);
            let mut total = 0.0;
            for u in &nodes {
                let inner: f64 = nodes.iter().map(|v| of(slope * u + rest * v) * normal(*v)).sum();
                total += of(k.sqrt() * u) * normal(*u) * inner;
            }
            total *= h * h;
            let closed = expected(sigma, alpha, k, l, c).unwrap();
            assert!(
                (closed - total).abs() < 2e-2 * (1.0 + total.abs()),
                "{sigma} {k} {l} {c}: {closed} is not {total}"
            );
        }
    }
}

/// The covariance at three x of prior draws with K = 4 and 64: within five Monte Carlo errors of the closed form, which holds for
/// every K.
#[test]
fn finite_priors_have_the_limits_covariance() {
    let x = ndarray::array![[-1.0], [0.4], [1.5]];
    let n = 600;
    for sigma in [Activation::Relu, Activation::Sin, Activation::Gauss, Activation::Step, Activation::Identity] {
        for k in [4, 64] {
            let model = problem(sigma, k, 1).model();
            let closed = Limit::of(&model).unwrap().covariance(x.view(), x.view());
            let draws: Vec<Array2<f64>> =
                (0..n).map(|draw| through(&draw_prior(&model, Seeds(3), draw), x.view()).f).collect();
            for i in 0..3 {
                for j in 0..=i {
                    let products: Vec<f64> = draws.iter().map(|f| f[[i, 0]] * f[[j, 0]]).collect();
                    let mean = products.iter().sum::<f64>() / real(products.len());
                    let variance = products.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / real(products.len());
                    let error = (variance / real(products.len())).sqrt();
                    assert!(
                        (mean - closed[[i, j]]).abs() < 5.0 * error,
                        "{sigma} K={k}: {mean} is not {}",
                        closed[[i, j]]
                    );
                }
            }
        }
    }
}

/// The exact posterior of K drawn elements comes to the limit's like 1/√K: mean, spread and evidence.
#[test]
fn finite_posteriors_meet_the_limit() {
    let x = Array2::from_shape_fn((9, 1), |(i, _)| -2.0 + 0.5 * real(i));
    let mut apart = Vec::new();
    let base = problem(Activation::Relu, 4, 8);
    let limit = Limit::of(&base.model()).unwrap().posterior(&base.points(), 0.2).unwrap();
    let prediction = limit.predict(x.view());
    for k in [16, 100, 600] {
        let mut gaps = [0.0; 3];
        let seeds = 2;
        for draw in 0..seeds {
            let problem = problem(Activation::Relu, k, 8);
            let f = draw_prior(&problem.model(), Seeds(5), draw);
            let exact = Exact::new(&f, &problem.points(), None).unwrap();
            let own = exact.predict(x.view()).unwrap();
            let rms = |gap: Array2<f64>| (gap.iter().map(|g| g * g).sum::<f64>() / 9.0).sqrt();
            gaps[0] += rms(&own.mean - &prediction.mean);
            gaps[1] += rms(&own.spread - &prediction.spread);
            gaps[2] += (exact.log_evidence().unwrap() - limit.log_evidence()).abs();
        }
        apart.push(gaps.map(|gap| gap / real(usize::try_from(seeds).unwrap())));
    }
    for at in 0..3 {
        assert!(apart[1][at] < apart[0][at] && apart[2][at] < 0.6 * apart[1][at], "{apart:?}");
    }
    assert!(apart[2][0] < 0.05 && apart[2][1] < 0.05, "{apart:?}");
}

/// 2000 pairs of a residual stage: what goes in has the prior's moments, what comes out the posterior's.
#[test]
fn draws_have_the_posteriors_moments() {
    let mut problem =
        Problem { architecture: Architecture::Residual, branch_scale: 0.5, ..problem(Activation::Gauss, 3, 6) };
    problem.n = 6;
    let limit = Limit::of(&problem.model()).unwrap();
    let x = ndarray::array![[-1.5], [0.2], [3.0]];
    assert_eq!(limit.mean(x.view()), x);
    let process = limit.posterior(&problem.points(), 0.2).unwrap();
    let n = 2000;
    let pairs = process.paths(x.view(), n, Seeds(1)).unwrap();
    let prediction = process.predict(x.view());
    let prior = limit.covariance(x.view(), x.view());
    let n = real(pairs.len());
    for row in 0..3 {
        for (which, mean, variance) in
            [(0, x[[row, 0]], prior[[row, row]]), (1, prediction.mean[[row, 0]], prediction.spread[[row, 0]].powi(2))]
        {
            let values: Vec<f64> = pairs.iter().map(|pair| pair[which][[row, 0]]).collect();
            let own = values.iter().sum::<f64>() / n;
            let spread = values.iter().map(|value| (value - own).powi(2)).sum::<f64>() / n;
            assert!((own - mean).abs() < 5.0 * (variance / n).sqrt(), "{which} {row}: {own} is not {mean}");
            assert!(
                (spread / variance - 1.0).abs() < 6.0 * (2.0 / n).sqrt(),
                "{which} {row}: {spread} is not {variance}"
            );
        }
    }
    // The prior's draws do not change with the data.
    let other = limit.posterior(&Problem::tanh(1, 3).points(), 0.2).unwrap().paths(x.view(), 5, Seeds(1)).unwrap();
    for (one, other) in pairs.iter().zip(&other) {
        assert!((&one[0] - &other[0]).iter().all(|gap| gap.abs() < 1e-12));
    }
}

#[test]
fn without_data_it_is_the_prior_and_what_has_no_limit_is_refused() {
    let limit = Limit::of(&problem(Activation::Relu, 4, 0).model()).unwrap();
    let process = limit.posterior(&problem(Activation::Relu, 4, 0).points(), 0.1).unwrap();
    let x = ndarray::array![[0.7]];
    assert!(process.log_evidence().abs() < 1e-12);
    let seen = process.predict(x.view()).spread[[0, 0]].powi(2);
    assert!((seen - limit.covariance(x.view(), x.view())[[0, 0]]).abs() < 1e-12);
    let refused = |problem: &Problem| Limit::of(&problem.model()).err().map(|why| why.to_string()).unwrap_or_default();
    assert!(refused(&problem(Activation::Tanh, 4, 1)).contains("tanh for infinite K has no closed form"));
    let mut whole = problem(Activation::Relu, 4, 1);
    whole.priors.a = gaussian(1.0);
    assert!(refused(&whole).contains("grows with K"));
    whole.priors.a = Prior::Laplace { scale: 1.0, scaling: Scaling::PerUnit };
    assert!(refused(&whole).contains("Gaussian prior of a"));
    let two = Problem::new(vec![stage(2, 1, Activation::Relu), stage(2, 1, Activation::Relu)], 1);
    assert!(refused(&two).contains("model.depth is 2"));
    assert!(limit.posterior(&problem(Activation::Relu, 4, 2).points(), f64::NAN).is_err());
}
