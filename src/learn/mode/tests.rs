//! Modes against closed forms, and against what stalls. Knows nothing of how they are found.

use super::*;
use crate::bayes::problems::{Problem, dataset, gaussian, some_theta, stage};
use crate::bayes::{Exact, Posterior};
use crate::function::Reference;
use crate::learn::Learner;
use crate::model::{Activation, Architecture};

struct Found {
    mode: Mode,
    f: Coefficients,
    gradient: Vec<f64>,
    settled: bool,
}

fn find(problem: &Problem, held: &[Range<usize>]) -> Found {
    let model = problem.model();
    let points = problem.points();
    let mut density = Posterior::new(&model, Reference::new(model.clone(), dataset(points)), held.to_vec());
    let mut mode = Mode::new(&model, some_theta(&model), problem.n, held, Seeds(1));
    let settled = mode.advance(&mut density, &mut |_| true) == Turn::Settled;
    let mut gradient = vec![0.0; mode.theta().len()];
    density.at(mode.theta(), Some(&mut gradient)).unwrap();
    let f = Coefficients::new(model, mode.theta()).unwrap();
    Found { mode, f, gradient, settled }
}

fn relu(k: usize, n: usize) -> Problem {
    Problem::new(vec![stage(k, 1, Activation::Relu)], n)
}

#[test]
fn smooth_densities_are_brought_to_a_vanishing_gradient() {
    for sigma in [Activation::Tanh, Activation::Gelu, Activation::Gauss] {
        let mut problem = Problem::new(vec![stage(3, 1, sigma), stage(4, 1, sigma)], 20);
        problem.architecture = Architecture::Residual;
        let found = find(&problem, &[]);
        assert!(found.settled && found.mode.gauge().is_none());
        let steep = found.gradient.iter().fold(0.0_f64, |most, slope| most.max(slope.abs()));
        assert!(steep < 1e-5, "{sigma}: {steep}");
    }
}

/// With b and c held the mode of (a, d) is the exact posterior's mean, for a kinked σ and for a step too.
#[test]
fn held_knots_give_the_exact_posteriors_mode() {
    for sigma in [Activation::Tanh, Activation::Relu, Activation::Step] {
        let problem = Problem::new(vec![stage(5, 1, sigma)], 15);
        let b_and_c = 0..10;
        let found = find(&problem, &[b_and_c]);
        let exact = Exact::new(&found.f, &problem.points(), None).unwrap().mode();
        let gap =
            found.f.theta.iter().zip(&exact.theta[..]).fold(0.0_f64, |gap, (one, other)| gap.max((one - other).abs()));
        assert!(found.settled && gap < 1e-6, "{sigma}: {gap}");
    }
}

/// MATH §5.4: on kinks L-BFGS stalls; from where it does, Adam with a falling rate goes on, and the balance tells which is a mode.
#[test]
fn kinks_are_not_left_to_lbfgs() {
    let problem = Problem::new(vec![stage(8, 1, Activation::Relu), stage(8, 1, Activation::Relu)], 30);
    let model = problem.model();
    let mut density = Posterior::new(&model, problem.reference(), Vec::new());
    let mut stalled = Lbfgs::new(some_theta(&model));
    assert_eq!(stalled.advance(&mut density, &mut |step| step.step < 5000), Turn::Settled);
    let left = density.at(&stalled.theta, None).unwrap().log_posterior();
    let far = gauge(&Coefficients::new(model.clone(), stalled.theta.clone()).unwrap()).unwrap();
    let mut mode = Mode::new(&model, stalled.theta, 30, &[], Seeds(1));
    assert_eq!(mode.advance(&mut density, &mut |_| true), Turn::Settled);
    let found = density.at(mode.theta(), None).unwrap().log_posterior();
    let near = mode.gauge().unwrap();
    assert!(found > left && near < 1e-2 && far > 1e-2 && near < far / 4.0, "{left} → {found}, balance {far} → {near}");
    assert!(gauge(&Coefficients::new(model, mode.theta()).unwrap()).unwrap() < 1e-9);
}

/// min ½(y − ab)²/s² + ½(a² + b²)/τ² has ab = sign(y) max(|y| − λ, 0), λ = s²/τ²: exactly nothing beyond λ = |y|.
#[test]
fn an_identity_element_is_soft_thresholded() {
    for (s, tau) in [(0.5, 1.0), (1.0, 1.0), (0.9, 0.6)] {
        let mut problem = Problem::new(vec![stage(1, 1, Activation::Identity)], 1);
        problem.priors =
            crate::model::GroupPriors { a: gaussian(tau), b: gaussian(tau), c: gaussian(1e-4), d: gaussian(1e-4) };
        problem.likelihood = crate::model::Likelihood::Gaussian { scale: crate::model::Scale::Fixed(s) };
        let model = problem.model();
        let points = crate::data::Points { x: ndarray::array![[1.0]], y: ndarray::array![[1.3]] };
        let mut density = Posterior::new(&model, Reference::new(model.clone(), dataset(points)), Vec::new());
        let mut mode = Mode::new(&model, vec![0.7, 0.0, 0.4, 0.0], 1, &[], Seeds(1));
        assert_eq!(mode.advance(&mut density, &mut |_| true), Turn::Settled);
        let product = mode.theta()[0] * mode.theta()[2];
        let expected = (1.3 - s * s / (tau * tau)).max(0.0);
        assert!((product - expected).abs() < 1e-5, "{s} {tau}: {product} is not {expected}");
    }
}

/// As learners: a file keeps θ and the steps, and both go on from there to a mode.
#[test]
fn learners_go_on_from_a_file() {
    let problem = Problem::tanh(3, 12);
    let model = problem.model();
    let mut density = Posterior::new(&model, problem.reference(), Vec::new());
    for make in [(|model: &Arc<Model>| Learner::lbfgs(some_theta(model))) as fn(&Arc<Model>) -> Learner, |model| {
        Learner::mode(model, some_theta(model), 12, &[], Seeds(1))
    }] {
        let mut begun = make(&model);
        assert_eq!(begun.advance(&mut density, &mut |step| step.step < 9), Turn::Went);
        assert_eq!(begun.step(), 9);
        let mut again = make(&model);
        assert!(again.resume(&begun.state()) && again.step() == 9 && again.theta() == begun.theta());
        assert_eq!(again.advance(&mut density, &mut |_| true), Turn::Settled);
        let mut slope = vec![0.0; again.theta().len()];
        density.at(again.theta(), Some(&mut slope)).unwrap();
        assert!(slope.iter().all(|slope| slope.abs() < 1e-5), "{slope:?}");
        let mut wrong = begun.state();
        wrong.theta[0] = f64::NAN;
        assert!(!again.resume(&wrong));
        assert_eq!(again.belief(&model).mode().theta[..], *again.theta());
        assert_eq!(again.gradient().len(), again.theta().len());
    }
}

#[test]
fn how_it_is_asked_for_changes_no_bit() {
    let problem = relu(3, 8);
    let at_once = find(&problem, &[]);
    let model = problem.model();
    let mut density = Posterior::new(&model, problem.reference(), Vec::new());
    let mut in_spans = Mode::new(&model, some_theta(&model), 8, &[], Seeds(1));
    let mut span = 0;
    loop {
        span = (span * 7 + 11) % 613 + 1;
        let until = in_spans.step() + span;
        let mut copy = in_spans.clone();
        let turn = copy.advance(&mut density, &mut |step| step.step < until);
        in_spans = copy;
        match turn {
            Turn::Went => assert!(in_spans.step() <= until),
            Turn::Settled => break,
            Turn::Diverged(bad) => panic!("{bad}"),
        }
    }
    assert_eq!(in_spans.theta(), at_once.mode.theta());
    assert_eq!(in_spans.step(), at_once.mode.step());
}
