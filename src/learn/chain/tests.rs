//! Chains against `NumPyro`, closed forms, exact identities and simulation-based calibration. Knows nothing of the sampler.

use super::*;
use crate::bayes::calibration::uniform;
use crate::bayes::diagnostics::{Defect, Diagnosis, balancedness, mcse_mean, mcse_quantile, quantile, rhat, virial};
use crate::bayes::problems::{Problem, dataset, some_theta, stage};
use crate::bayes::{Climbed, Exact, Posterior, Rung, ladder};
use crate::data::Points;
use crate::function::{Reference, through};
use crate::model::{Activation, Group, Likelihood, Prior, Scale, Scaling};
use crate::seeds::Purpose;
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;

fn never() -> Arc<AtomicBool> {
    Arc::default()
}

fn posterior(model: &Arc<Model>, points: Points, held: &[Range<usize>]) -> Posterior<Reference> {
    Posterior::new(model, Reference::new(model.clone(), dataset(points)), held.to_vec())
}

fn plan(warmup: u64, draws: u64) -> Nuts {
    Nuts { warmup, draws, ..Nuts::default() }
}

fn sample(plan: Nuts, given: &Coefficients, points: &Points, held: &[Range<usize>], chains: u64, seed: u64) -> Draws {
    let model = given.model.clone();
    let run = |id| {
        let mut chain = Chain::new(plan, given, held, Seeds(seed), id).unwrap();
        let mut walk = Walk::new(Box::new(posterior(&model, points.clone(), held)), never());
        assert_eq!(chain.advance(&mut walk, &mut |_| false), Turn::Settled);
        assert_eq!(chain.track().len() as u64, plan.warmup + plan.draws);
        chain.track
    };
    Draws { chains: (0..chains).map(run).collect(), model }
}

fn at_zero(problem: &Problem) -> Coefficients {
    let model = problem.model();
    let zero = vec![0.0; model.layout().len()];
    Coefficients::new(model, zero).unwrap()
}

fn function(draws: &Draws, grid: &[f64]) -> Vec<Array2<f64>> {
    let x = Array2::from_shape_vec((grid.len(), 1), grid.to_vec()).unwrap();
    let values = draws.quantities(grid.len(), |f| through(f, x.view()).f.column(0).to_vec());
    (0..grid.len()).map(|at| values.slice(ndarray::s![.., .., at]).to_owned()).collect()
}

/// MATH §16.5: `NumPyro` 0.22.0, 4 × 8000 draws of problem R1, mean ± MCSE, sd, 5 %, 50 % and 95 % quantiles of f.
const NUMPYRO: [(f64, [f64; 6]); 5] = [
    (-2.5, [1.18123, 0.00297, 0.37981, 0.6273, 1.1446, 1.8636]),
    (-1.0, [-0.83656, 0.00061, 0.10711, -1.0147, -0.8345, -0.6633]),
    (0.0, [0.00193, 0.00079, 0.12996, -0.2098, 0.0011, 0.2177]),
    (1.0, [0.83453, 0.00062, 0.10605, 0.6629, 0.8325, 1.0123]),
    (2.5, [-1.18854, 0.00298, 0.37921, -1.8676, -1.1534, -0.6308]),
];

/// Within five joint Monte Carlo errors; `NumPyro`'s error of a quantile is taken as its mean's times ours of the two.
#[test]
fn problem_r1_is_numpyros() {
    let problem = Problem::tanh(3, 20);
    let draws = sample(plan(400, 600), &at_zero(&problem), &problem.points(), &[], 4, 3);
    let grid: Vec<f64> = NUMPYRO.iter().map(|(x, _)| *x).collect();
    for (values, (x, [mean, mcse, sd, q05, q50, q95])) in function(&draws, &grid).into_iter().zip(NUMPYRO) {
        let own = Diagnosis::of(values.view());
        assert!(own.rhat < 1.02 && own.bulk > 400.0 && own.tail > 400.0, "f({x}): {own:?}");
        let share = mcse / own.mcse_mean;
        assert!((own.mean - mean).abs() < 5.0 * own.mcse_mean.hypot(mcse), "f({x}): mean {} is not {mean}", own.mean);
        assert!((own.sd / sd - 1.0).abs() < 0.1, "f({x}): sd {} is not {sd}", own.sd);
        for (p, expected) in [(0.05, q05), (0.5, q50), (0.95, q95)] {
            let (found, error) = (quantile(values.view(), p), mcse_quantile(values.view(), p));
            assert!(
                (found - expected).abs() < 5.0 * error * share.hypot(1.0),
                "f({x}), {p}: {found} is not {expected}"
            );
        }
    }
    assert!(draws.e_bfmi().into_iter().all(|value| value > 0.5));
    assert!(draws.divergences() < 10 && draws.all().all(|(_, told)| !told.deepest));
}

/// Chains are their seeds: how they are asked, copied, stopped and gone back with changes no bit.
#[test]
fn the_same_bits_however_it_is_driven() {
    let problem = Problem::tanh(2, 8);
    let (given, points) = (at_zero(&problem), problem.points());
    let model = given.model.clone();
    let walk = |stop: &Arc<AtomicBool>| Walk::new(Box::new(posterior(&model, points.clone(), &[])), stop.clone());
    let make = |seed, id| Chain::new(plan(40, 60), &given, &[], Seeds(seed), id).unwrap();
    let mut at_once = make(3, 1);
    at_once.advance(&mut walk(&never()), &mut |_| false);
    // One draw at a time, its walk lost now and then.
    let stop = never();
    let (mut one_by_one, mut own) = (make(3, 1), walk(&stop));
    let mut keyframe = None;
    let mut interrupted = 0;
    while one_by_one.advance(&mut own, &mut |_| true) == Turn::Went {
        one_by_one = one_by_one.clone();
        // Catching up counts no draw, so that a number comes again.
        match (one_by_one.track().len(), interrupted) {
            (17, 0) => {
                keyframe = Some(one_by_one.clone());
                interrupted = 1;
            }
            (33, 1) => {
                own = walk(&stop);
                interrupted = 2;
            }
            (50, 2) => {
                stop.store(true, Ordering::Relaxed);
                assert_eq!(one_by_one.advance(&mut own, &mut |_| false), Turn::Went);
                assert_eq!(one_by_one.track().len(), 50);
                stop.store(false, Ordering::Relaxed);
                interrupted = 3;
            }
            _ => {}
        }
    }
    assert_eq!(interrupted, 3);
    assert_eq!(one_by_one.track, at_once.track);
    // Back to a keyframe on the walk that went further.
    let mut back = keyframe.unwrap();
    assert_eq!(back.advance(&mut own, &mut |_| false), Turn::Settled);
    assert_eq!(back.track, at_once.track);
    // Another seed, another chain: other draws.
    for (seed, id) in [(4, 1), (3, 2)] {
        let mut other = make(seed, id);
        other.advance(&mut walk(&never()), &mut |_| false);
        assert_ne!(other.track, at_once.track);
    }
    let bytes = plan(40, 60).bytes(&model, 4);
    assert_eq!(bytes, 400 * (8 * 7 + size_of::<Told>() as u64));
}

/// Stops inside a draw: the density itself sets the flag at its 500th call.
#[test]
fn a_draw_is_broken_off() {
    struct Stopping {
        inner: Posterior<Reference>,
        calls: u64,
        stop: Arc<AtomicBool>,
    }
    impl LogDensity for Stopping {
        fn dim(&self) -> usize {
            self.inner.dim()
        }
        fn rows(&self) -> usize {
            self.inner.rows()
        }
        fn on(
            &mut self,
            z: &[f64],
            rows: crate::function::Rows<'_>,
            gradient: Option<&mut [f64]>,
        ) -> Result<crate::bayes::Parts, NotFinite> {
            self.calls += 1;
            assert!(self.calls <= 500, "called after it was stopped");
            if self.calls == 500 {
                self.stop.store(true, Ordering::Relaxed);
            }
            self.inner.on(z, rows, gradient)
        }
    }
    let problem = Problem::tanh(2, 8);
    let stop = never();
    let inner = posterior(&problem.model(), problem.points(), &[]);
    let mut walk = Walk::new(Box::new(Stopping { inner, calls: 0, stop: stop.clone() }), stop);
    let mut chain = Chain::new(plan(400, 400), &at_zero(&problem), &[], Seeds(1), 0).unwrap();
    assert_eq!(chain.advance(&mut walk, &mut |_| false), Turn::Went);
    assert!(chain.track().len() > 5 && !chain.is_done());
}

/// No data: every coefficient is N(0, τ²), s half-normal.
#[test]
fn without_data_it_returns_the_prior() {
    let mut problem = Problem::new(vec![stage(2, 2, Activation::Relu), stage(2, 1, Activation::Relu)], 0);
    problem.likelihood = Likelihood::Gaussian { scale: Scale::Learned };
    let given = at_zero(&problem);
    let draws = sample(plan(200, 500), &given, &problem.points(), &[], 2, 5);
    let layout = given.layout();
    for at in 0..given.theta.len() {
        let block = layout.block_of(at).unwrap();
        let (quantity, mean, square) = match given.model.priors.tau(block) {
            Some(tau) => (draws.quantity(|theta, _| theta[at] / tau), 0.0, 1.0),
            None => (draws.quantity(|theta, _| theta[at].exp()), (2.0 / std::f64::consts::PI).sqrt(), 1.0),
        };
        assert!(Defect::of(quantity.view(), mean).z() < 5.0, "{}", block.name);
        assert!(Defect::of(quantity.mapv(|value| value * value).view(), square).z() < 5.0, "{}", block.name);
    }
}

/// (a, d) given (b, c): the exact posterior's mean and standard deviation of f, within five errors.
#[test]
fn with_held_knots_it_is_the_exact_posterior() {
    let problem = Problem::new(vec![stage(4, 1, Activation::Relu)], 12);
    let model = problem.model();
    let given = Coefficients::new(model.clone(), some_theta(&model)).unwrap();
    let b_and_c = 0..8;
    let draws = sample(plan(300, 600), &given, &problem.points(), std::slice::from_ref(&b_and_c), 2, 9);
    assert!(draws.all().all(|(theta, _)| theta[b_and_c.clone()] == given.theta[b_and_c.clone()]));
    let grid = [-2.0, 0.3, 1.5];
    let exact = Exact::new(&given, &problem.points(), None).unwrap();
    let prediction = exact.predict(Array2::from_shape_vec((3, 1), grid.to_vec()).unwrap().view()).unwrap();
    for (at, values) in function(&draws, &grid).into_iter().enumerate() {
        let (mean, spread) = (prediction.mean[[at, 0]], prediction.spread[[at, 0]]);
        assert!(Defect::of(values.view(), mean).z() < 5.0);
        let squares = values.mapv(|value| (value - mean).powi(2));
        assert!(Defect::of(squares.view(), spread * spread).z() < 5.0);
    }
}

/// MATH §14.8 on a ReLU net: the virial of every coordinate, and the balance of every element, whatever the data.
#[test]
fn identities_of_a_relu_net() {
    let mut problem = Problem::new(vec![stage(2, 1, Activation::Relu)], 8);
    problem.likelihood = Likelihood::Gaussian { scale: Scale::Fixed(0.5) };
    let given = at_zero(&problem);
    let draws = sample(plan(300, 700), &given, &problem.points(), &[], 4, 2);
    let mut density = posterior(&given.model, problem.points(), &[]);
    let dim = given.theta.len();
    let virials = draws.quantities(dim, |f| {
        let mut gradient = vec![0.0; dim];
        density.at(&f.theta, Some(&mut gradient)).unwrap();
        virial(&f.theta, &gradient)
    });
    for at in 0..dim {
        let defect = Defect::of(virials.slice(ndarray::s![.., .., at]), -1.0);
        assert!(defect.z() < 5.0 && defect.mcse < 0.2, "coordinate {at}: {defect:?}");
    }
    let (_, exact) = balancedness(&given, 0).unwrap();
    assert!((exact - (1.0 - 2.0)).abs() < 1e-15, "m − (n + 1)");
    let balances = draws.quantities(2, |f| balancedness(f, 0).unwrap().0);
    for k in 0..2 {
        let values = balances.slice(ndarray::s![.., .., k]);
        assert!(rhat(values) < 1.1, "{}", rhat(values));
        let defect = Defect::of(values, exact);
        assert!(defect.z() < 5.0 && mcse_mean(values) < 0.3, "element {k}: {defect:?}");
    }
}

#[test]
fn what_has_no_posterior_is_refused_with_the_reason() {
    let refused = |problem: &Problem, held: &[Range<usize>]| {
        let answer = Chain::new(Nuts::default(), &at_zero(problem), held, Seeds(1), 0);
        answer.err().map(|why| why.to_string()).unwrap_or_default()
    };
    let mut flat = Problem::tanh(2, 4);
    flat.priors.b = Prior::Flat;
    assert!(refused(&flat, &[]).contains("f1.b is flat"));
    let b = 0..2;
    assert_eq!(refused(&flat, std::slice::from_ref(&b)), "");
    let step = Problem::new(vec![stage(2, 1, Activation::Step)], 4);
    assert!(refused(&step, &[]).contains("a step has no slope"));
    let b_and_c = 0..4;
    assert_eq!(refused(&step, std::slice::from_ref(&b_and_c)), "");
    let answer =
        Chain::new(Nuts { target_accept: 1.0, ..Nuts::default() }, &at_zero(&Problem::tanh(1, 1)), &[], Seeds(1), 0);
    assert!(answer.err().unwrap().to_string().contains("target_accept is 1"));
}

/// A chain that begins at a mode is near it at once; from there nothing but that θ is tried.
#[test]
fn chains_begin_where_they_are_told_to() {
    let problem = Problem::tanh(2, 8);
    let model = problem.model();
    let mode = {
        let mut density = posterior(&model, problem.points(), &[]);
        let mut learner = crate::learn::Learner::lbfgs(some_theta(&model));
        assert_eq!(learner.advance(&mut density, &mut |_| true), Turn::Settled);
        Coefficients::new(model.clone(), learner.theta()).unwrap()
    };
    let first = |origin, given: &Coefficients| {
        let mut chain = Chain::new(Nuts { origin, ..plan(20, 0) }, given, &[], Seeds(6), 0).unwrap();
        assert_eq!(chain.theta(), &given.theta[..]);
        let mut walk = Walk::new(Box::new(posterior(&model, problem.points(), &[])), never());
        let turn = chain.advance(&mut walk, &mut |_| true);
        (turn, (!chain.track().is_empty()).then(|| chain.track().told(0).log_density()))
    };
    let best = posterior(&model, problem.points(), &[]).at(&mode.theta, None).unwrap().log_posterior();
    let (_, near) = first(Origin::Given, &mode);
    let (_, far) = first(Origin::Prior, &mode);
    assert!(near.unwrap() > best - 20.0 && near.unwrap() > far.unwrap(), "{best} {near:?} {far:?}");
    let broken = Coefficients::new(model.clone(), vec![f64::INFINITY; mode.theta.len()]).unwrap();
    assert!(matches!(first(Origin::Given, &broken).0, Turn::Diverged(_)));
    assert_eq!(first(Origin::Prior, &broken).0, Turn::Went);
}

/// θ⁽ⁱ⁾ = 0, the mode of a stage that learned nothing, has no slope in any coordinate, and chains can begin there all the same.
/// Fails if they begin at exactly that θ, which nuts-rs refuses.
#[test]
fn chains_begin_at_a_collapsed_stage() {
    let problem = Problem::tanh(2, 0);
    let plan = Nuts { origin: Origin::Given, ..plan(200, 300) };
    let draws = sample(plan, &at_zero(&problem), &problem.points(), &[], 2, 12);
    let whitening = Whitening::new(&problem.model(), &[]);
    for (at, tau) in whitening.scale.iter().enumerate() {
        let quantity = draws.quantity(|theta, _| theta[at] / tau);
        assert!(Defect::of(quantity.view(), 0.0).z() < 5.0, "{at}");
        assert!(Defect::of(quantity.mapv(|value| value * value).view(), 1.0).z() < 5.0, "{at}");
    }
}

/// Chains that begin at one θ have random numbers of their own: after the warm-up what one does tells nothing of another.
/// Fails if they share a stream, where R-hat sees one chain four times and calls it well.
#[test]
fn chains_from_one_start_go_their_own_ways() {
    let problem = Problem::tanh(1, 0);
    let plan = Nuts { origin: Origin::Given, ..plan(100, 200) };
    let model = problem.model();
    let given = Coefficients::new(model.clone(), some_theta(&model)).unwrap();
    let draws = sample(plan, &given, &problem.points(), &[], 4, 8);
    let a = draws.quantity(|theta, _| theta[2]);
    let moments = |row: ndarray::ArrayView1<'_, f64>| (row.sum() / 200.0, row.std(1.0));
    for (one, other) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        let (x, y) = (a.row(one), a.row(other));
        let ((mean_x, sd_x), (mean_y, sd_y)) = (moments(x), moments(y));
        let r = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / (199.0 * sd_x * sd_y);
        // Of 200 independent pairs: five errors.
        assert!(r.abs() < 5.0 / 200_f64.sqrt(), "{one} {other}: {r}");
    }
}

/// A density that is finite nowhere ends the chain; one that is finite only in places makes divergences, or another start.
#[test]
fn densities_with_holes() {
    struct Holes {
        finite: fn(f64) -> bool,
    }
    impl LogDensity for Holes {
        fn dim(&self) -> usize {
            4
        }
        fn rows(&self) -> usize {
            0
        }
        fn on(
            &mut self,
            z: &[f64],
            _: crate::function::Rows<'_>,
            gradient: Option<&mut [f64]>,
        ) -> Result<crate::bayes::Parts, NotFinite> {
            if !(self.finite)(z[0]) {
                return Err(NotFinite { block: "f1.b".to_owned() });
            }
            gradient.into_iter().flatten().zip(z).for_each(|(slope, z)| *slope = -z);
            let prior = -0.5 * z.iter().map(|z| z * z).sum::<f64>();
            Ok(crate::bayes::Parts { likelihood: 0.0, prior, loss: 0.0 })
        }
    }
    let problem = Problem::tanh(1, 1);
    let run = |finite: fn(f64) -> bool| {
        let mut chain = Chain::new(plan(50, 100), &at_zero(&problem), &[], Seeds(1), 0).unwrap();
        let turn = chain.advance(&mut Walk::new(Box::new(Holes { finite }), never()), &mut |_| false);
        (turn, chain)
    };
    let (turn, chain) = run(|_| false);
    assert_eq!(turn, Turn::Diverged(NotFinite { block: "f1.b".to_owned() }));
    assert!(chain.track().is_empty());
    // Half the line is missing: the prior's draws begin on both sides, and trajectories run into it.
    for finite in [(|z| z > 0.2) as fn(f64) -> bool, |z| z < -0.2] {
        let (turn, chain) = run(finite);
        assert_eq!(turn, Turn::Settled);
        assert!((0..150).all(|draw| finite(chain.track().theta(draw)[0])));
        assert!(chain.draws().divergences() > 0);
    }
}

/// KL(posterior ‖ prior) of (a, d) by NUTS at eleven β, against the closed form E[log L] − log Z; and β = 0 is the prior.
#[test]
fn a_ladder_of_power_posteriors_adds_up_to_the_nats() {
    let problem = Problem::tanh(3, 10);
    let model = problem.model();
    let given = Coefficients::new(model.clone(), some_theta(&model)).unwrap();
    let b_and_c = 0..6;
    let held = std::slice::from_ref(&b_and_c);
    let rung = |(at, beta): (u64, f64)| {
        let mut density = posterior(&model, problem.points(), held);
        density.beta = beta;
        let tracks = (0..2).map(|id| {
            let mut chain = Chain::new(plan(150, 350), &given, held, Seeds(40 + at), id).unwrap();
            chain.advance(&mut Walk::new(Box::new(density.clone()), never()), &mut |_| false);
            chain.track
        });
        let draws = Draws { model: model.clone(), chains: tracks.collect() };
        let mut fit = posterior(&model, problem.points(), held);
        let log_likelihood =
            draws.quantity(|theta, _| fit.fit(theta, crate::function::Rows::Train).unwrap().log_likelihood);
        Rung::of(beta, log_likelihood.view())
    };
    let rungs: Vec<Rung> = (0..).zip(ladder(10)).map(rung).collect();
    let climbed = Climbed::of(&rungs).unwrap();
    let exact = Exact::new(&given, &problem.points(), None).unwrap();
    let spread = exact.predict(problem.points().x.view()).unwrap().spread;
    let fitted =
        posterior(&model, problem.points(), held).fit(&exact.mode().theta, crate::function::Rows::Train).unwrap();
    let gain = fitted.log_likelihood - 0.5 * spread.iter().map(|s| s * s).sum::<f64>() / 0.04;
    let (evidence, nats) = (exact.log_evidence().unwrap(), gain - exact.log_evidence().unwrap());
    // The ladder's own error is a tenth of its correction at most.
    let error = 5.0 * climbed.mcse + 0.25 * (climbed.log_evidence - climbed.uncorrected).abs();
    assert!((climbed.kl - nats).abs() < error && error < 0.2 * nats, "{climbed:?}: {nats} ± {error}");
    assert!((climbed.log_evidence - evidence).abs() < error, "{climbed:?}: {evidence}");
}

/// What is sent to whoever looks, and kept in keyframes.
#[test]
fn chains_and_beliefs_are_plain_data() {
    fn plain<T: Clone + Send + Sync + 'static>() {}
    plain::<Chain>();
    plain::<crate::learn::Learner>();
    plain::<crate::bayes::Belief>();
    plain::<crate::bayes::Laplace>();
    plain::<Exact>();
}

/// One replication: θ from the prior, y from θ, and the ranks of f(1), Σ ℓ and s among posterior draws.
struct Replication {
    truth: Coefficients,
    points: Points,
}

impl Replication {
    fn new(problem: &Problem, replication: u64) -> Self {
        let model = problem.model();
        let truth = draw_prior(&model, Seeds(77), replication);
        let x = problem.points().x;
        let s = match truth.layout().find(None, Group::LogScale) {
            Some(block) => truth.theta[block.at.start].exp(),
            None => 0.3,
        };
        let mut rng = Seeds(78).stream(Purpose::Noise, replication, 0);
        let y = through(&truth, x.view()).f.mapv(|f| f + s * rng.sample::<f64, _>(StandardNormal));
        Self { truth, points: Points { x, y } }
    }

    fn ranks(&self, draws: &[Coefficients]) -> [usize; 3] {
        let x = Array2::from_elem((1, 1), 1.0);
        let mut density = posterior(&self.truth.model, self.points.clone(), &[]);
        let mut of = |f: &Coefficients| {
            let likelihood = density.at(&f.theta, None).map_or(f64::NEG_INFINITY, |parts| parts.likelihood);
            [through(f, x.view()).f[[0, 0]], likelihood, f.theta[f.theta.len() - 1]]
        };
        let truth = of(&self.truth);
        let mut ranks = [0; 3];
        for draw in draws {
            let values = of(draw);
            (0..3).for_each(|at| ranks[at] += usize::from(values[at] < truth[at]));
        }
        ranks
    }
}

fn calibrate(replications: u64, draws: usize, ranks: impl Fn(u64) -> [usize; 3]) {
    let all: Vec<[usize; 3]> = (0..replications).map(ranks).collect();
    for (at, what) in ["f(1)", "Σ ℓ", "the last coordinate"].into_iter().enumerate() {
        let ranks: Vec<usize> = all.iter().map(|ranks| ranks[at]).collect();
        if let Err(why) = uniform(&ranks, draws) {
            panic!("{what}: {why}");
        }
    }
}

/// θ is drawn whole, and (a, d) again from their exact posterior given its own b and c.
#[test]
fn the_exact_sampler_is_calibrated() {
    let mut problem = Problem::new(vec![stage(3, 1, Activation::Step)], 10);
    problem.likelihood = Likelihood::Gaussian { scale: Scale::Fixed(0.3) };
    calibrate(2000, 15, |replication| {
        let case = Replication::new(&problem, replication);
        let exact = Exact::new(&case.truth, &case.points, None).unwrap();
        case.ranks(&exact.draw(15, Seeds(1000 + replication)))
    });
}

fn nuts_is_calibrated(replications: u64, n: usize, warmup: u64, thin: u64) {
    let mut problem = Problem::tanh(2, n);
    problem.likelihood = Likelihood::Gaussian { scale: Scale::Learned };
    problem.priors.a = Prior::Gaussian { tau: 1.5, scaling: Scaling::PerUnit };
    calibrate(replications, 31, |replication| {
        let case = Replication::new(&problem, replication);
        let draws = sample(plan(warmup, 31 * thin), &at_zero(&problem), &case.points, &[], 1, 5000 + replication);
        let every = usize::try_from(thin).unwrap();
        let thinned: Vec<Coefficients> = draws
            .all()
            .skip(every - 1)
            .step_by(every)
            .map(|(theta, _)| Coefficients::new(case.truth.model.clone(), theta).unwrap())
            .collect();
        assert_eq!(thinned.len(), 31);
        case.ranks(&thinned)
    });
}

#[test]
fn nuts_is_calibrated_in_64_replications() {
    nuts_is_calibrated(64, 6, 100, 4);
}

#[test]
#[ignore = "some minutes"]
fn nuts_is_calibrated_in_500_replications() {
    nuts_is_calibrated(500, 10, 400, 20);
}
