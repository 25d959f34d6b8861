//! The normal approximation where it is exact, where its parts are known, and where it must refuse. Knows nothing of how it is computed.

use super::*;
use crate::bayes::problems::{Problem, some_theta, stage};
use crate::bayes::{Exact, LogDensity, Posterior};
use crate::model::{Activation, Architecture, Lift, Prior, Readout, Scaling};

fn start(problem: &Problem) -> Coefficients {
    let model = problem.model();
    let theta = some_theta(&model);
    Coefficients::new(model, theta).unwrap()
}

fn residual() -> Problem {
    Problem {
        architecture: Architecture::Residual,
        branch_scale: 0.7,
        lift: Lift::Linear,
        readout: Readout::Linear,
        outputs: 2,
        ..Problem::new(vec![stage(3, 3, Activation::Tanh), stage(4, 3, Activation::Gelu)], 8)
    }
}

/// Everything but (a, d) of f⁽¹⁾ held.
fn all_but_last(f: &Coefficients) -> Vec<Range<usize>> {
    let (layout, last) = (f.layout(), f.model.f.depth() - 1);
    let at = |group| layout.find(Some(last), group).unwrap().at.clone();
    vec![0..at(Group::A).start, at(Group::D).end..layout.len()]
}

#[test]
fn with_all_but_a_and_d_held_it_is_the_exact_posterior() {
    for problem in [
        Problem::tanh(4, 9),
        Problem::new(vec![stage(12, 1, Activation::Step)], 7),
        Problem::new(vec![stage(4, 2, Activation::Relu), stage(5, 1, Activation::Relu)], 9),
        residual(),
    ] {
        let exact = Exact::new(&start(&problem), &problem.points(), None).unwrap();
        let mode = exact.mode();
        let laplace = Laplace::new(&mode, &problem.points(), Structure::Full, &all_but_last(&mode)).unwrap();
        let gap = laplace.log_evidence - exact.log_evidence().unwrap();
        assert!(gap.abs() < 1e-9, "evidence off by {gap}");
        let at = &laplace.whitening.free;
        let difference = laplace.gaussian.covariance(at) - exact.gaussian().unwrap().covariance(at);
        assert!(difference.iter().all(|gap| gap.abs() < 1e-9), "{difference}");
        let x = ndarray::Array2::from_shape_fn((7, problem.inputs), |(i, _)| real(i) - 3.0);
        let (ours, theirs) = (laplace.predict(x.view()), exact.predict(x.view()).unwrap());
        let gap = (&ours.spread - &theirs.spread).iter().fold(0.0_f64, |most, gap| most.max(gap.abs()));
        assert!(gap < 1e-9 && (&ours.mean - &theirs.mean).iter().all(|gap| gap.abs() < 1e-9), "{gap}");
        assert_eq!(ours.noise, theirs.noise);
    }
}

/// p(D|θ)^β is the likelihood of noise s/√β but for a constant: with a and d free, the tempered normal is the exact posterior of
/// that noise, evidence and all. Fails if β misses the curvature, the value or the prior's share.
#[test]
fn tempered_it_is_the_exact_posterior_of_wider_noise() {
    for problem in [Problem::tanh(4, 9), residual()] {
        let (s, entries) = (0.2, real(problem.n * problem.outputs));
        for beta in [0.04, 0.3, 1.0_f64] {
            let wide = s / beta.sqrt();
            let exact =
                Exact::new(&start(&problem), &problem.points(), Some(crate::bayes::Noise::Known(wide))).unwrap();
            let mode = exact.mode();
            let held = all_but_last(&mode);
            let laplace = Laplace::tempered(&mode, &problem.points(), Structure::Full, &held, beta).unwrap();
            let constant = 0.5 * entries * ((TAU * wide * wide).ln() - beta * (TAU * s * s).ln());
            let gap = laplace.log_evidence - exact.log_evidence().unwrap() - constant;
            assert!(gap.abs() < 1e-9, "β = {beta}: evidence off by {gap}");
            let at = &laplace.whitening.free;
            let difference = laplace.gaussian.covariance(at) - exact.gaussian().unwrap().covariance(at);
            assert!(difference.iter().all(|gap| gap.abs() < 1e-9), "β = {beta}: {difference}");
        }
    }
}

#[test]
fn without_data_it_is_the_prior() {
    let mut problem = residual();
    problem.n = 0;
    let model = problem.model();
    let mode = Coefficients::new(model.clone(), vec![0.0; model.layout().len()]).unwrap();
    for structure in Structure::ALL {
        let laplace = Laplace::new(&mode, &problem.points(), structure, &[]).unwrap();
        assert!(laplace.log_evidence.abs() < 1e-10, "{structure:?}: {}", laplace.log_evidence);
        for block in &mode.layout().blocks {
            let at: Vec<usize> = block.at.clone().filter(|at| laplace.whitening.free.contains(at)).collect();
            let tau = model.priors.tau(block).unwrap();
            let expected = Array2::<f64>::eye(at.len()) * (tau * tau);
            assert!((laplace.gaussian.covariance(&at) - expected).iter().all(|gap| gap.abs() < 1e-14));
        }
    }
}

/// H of every family by finite differences of the log likelihood's gradient where ŷ is linear in what is free, averaged over y:
/// for Bernoulli and Poisson the curvature does not depend on y, so that it is the raw Hessian.
#[test]
fn curvature_is_the_hessian_where_the_two_agree() {
    for likelihood in [Likelihood::Bernoulli, Likelihood::Poisson, Likelihood::Categorical] {
        let outputs = if likelihood == Likelihood::Categorical { 3 } else { 1 };
        let mut problem = Problem { outputs, ..Problem::new(vec![stage(3, outputs, Activation::Tanh)], 6) };
        problem.likelihood = likelihood;
        let mode = start(&problem);
        let mut points = problem.points();
        points.y = Array2::from_shape_fn((6, 1), |(n, _)| real(n % outputs.max(2)));
        let held = all_but_last(&mode);
        let laplace = Laplace::new(&mode, &points, Structure::Full, &held).unwrap();
        let at = laplace.whitening.free.clone();
        let covariance = laplace.gaussian.covariance(&at);
        let data = crate::bayes::problems::dataset(points);
        let reference = crate::function::Reference::new(mode.model.clone(), data);
        let mut density = Posterior::new(&mode.model, reference, held);
        let mut slope = |theta: &[f64]| {
            let mut slope = vec![0.0; theta.len()];
            density.at(theta, Some(&mut slope)).unwrap();
            slope
        };
        let h = 1e-5;
        let mut hessian = Array2::zeros((at.len(), at.len()));
        for (i, moved) in at.iter().enumerate() {
            let mut theta = mode.theta.to_vec();
            theta[*moved] += h;
            let up = slope(&theta);
            theta[*moved] -= 2.0 * h;
            let down = slope(&theta);
            for (j, seen) in at.iter().enumerate() {
                hessian[[i, j]] = (down[*seen] - up[*seen]) / (2.0 * h);
            }
        }
        let product = hessian.dot(&covariance) - Array2::<f64>::eye(at.len());
        assert!(product.iter().all(|gap| gap.abs() < 1e-7), "{likelihood:?}: {product}");
    }
}

/// Of log s: 2 an entry of y, and the half-normal prior's 2s².
#[test]
fn a_learned_scale_has_its_information() {
    for (likelihood, each) in [
        (Likelihood::Gaussian { scale: Scale::Learned }, 2.0),
        (Likelihood::StudentT { nu: 5.0, scale: Scale::Learned }, 10.0 / 8.0),
        (Likelihood::Laplace { scale: Scale::Learned }, 1.0),
    ] {
        let problem = Problem { likelihood, ..Problem::tanh(2, 9) };
        let mode = start(&problem);
        let at = mode.theta.len() - 1;
        let s = mode.theta[at].exp();
        let laplace = Laplace::new(&mode, &problem.points(), Structure::Stages, &[]).unwrap();
        let variance = laplace.gaussian.covariance(&[at])[[0, 0]];
        assert!((1.0 / variance - (9.0 * each + 2.0 * s * s)).abs() < 1e-10, "{likelihood:?}");
        assert_eq!(laplace.gaussian.parts.len(), 2, "the stage, and the scale");
    }
}

/// Blocks are those of the full precision; the diagonal its diagonal; and less structure never has the greater evidence.
#[test]
fn structures_are_parts_of_the_full_matrix() {
    let problem = residual();
    let mode = start(&problem);
    let of = |structure| Laplace::new(&mode, &problem.points(), structure, &[]).unwrap();
    let (full, stages, diagonal, last) =
        (of(Structure::Full), of(Structure::Stages), of(Structure::Diagonal), of(Structure::Last));
    let all: Vec<usize> = (0..mode.theta.len()).collect();
    let precision =
        |laplace: &Laplace, at: &[usize]| Triangle::cholesky(laplace.gaussian.covariance(at).view()).unwrap().inverse();
    let h = precision(&full, &all);
    for at in (0..2).map(|stage| mode.layout().stage(stage).collect::<Vec<_>>()) {
        let own = precision(&stages, &at);
        let expected = Array2::from_shape_fn(own.dim(), |(i, j)| h[[at[i], at[j]]]);
        assert!((&own - &expected).iter().all(|gap| gap.abs() < 1e-6 * expected[[0, 0]].abs().max(1.0)));
    }
    for at in &all {
        let own = diagonal.gaussian.covariance(&[*at])[[0, 0]];
        assert!((own * h[[*at, *at]] - 1.0).abs() < 1e-6);
    }
    let outermost: Vec<usize> = mode.layout().stage(1).collect();
    assert_eq!(last.whitening.free, outermost);
    assert!(
        (last.gaussian.covariance(&outermost) - stages.gaussian.covariance(&outermost)).iter().all(|g| g.abs() < 1e-12)
    );
    // Fischer's inequality: |H| is at most the product of its blocks.
    assert!(full.log_evidence >= stages.log_evidence && stages.log_evidence >= diagonal.log_evidence);
}

#[test]
fn what_has_no_normal_approximation_is_refused() {
    let refused = |problem: &Problem, held: &[Range<usize>]| {
        let answer = Laplace::new(&start(problem), &problem.points(), Structure::Full, held);
        answer.err().map(|why| why.to_string()).unwrap_or_default()
    };
    let mut lasso = Problem::tanh(2, 4);
    lasso.priors.b = Prior::Laplace { scale: 1.0, scaling: Scaling::None };
    assert!(refused(&lasso, &[]).contains("kink at 0"));
    // b held: it is no matter.
    let b = 0..2;
    assert_eq!(refused(&lasso, std::slice::from_ref(&b)), "");
    let mut flat = Problem::tanh(2, 0);
    flat.priors.d = Prior::Flat;
    assert!(refused(&flat, &[]).contains("f1.d"), "{}", refused(&flat, &[]));
    flat.n = 3;
    assert_eq!(refused(&flat, &[]), "");
    assert_eq!(Structure::affordable(LARGEST + 1), Structure::Stages);
}
