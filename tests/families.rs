//! Every family of likelihood and prior against numbers of an independent program (`tests/fixtures/generate.py`: mpmath,
//! `SciPy`, JAX), against differences of their own, and in experiments as users write them.

#![expect(clippy::float_cmp, reason = "classes, counts and copies are exact")]

mod common;
mod reading;

use common::{Shape, dataset, theta};
use fnexplore::bayes::{LogDensity, Posterior, PriorDensity, draw_prior};
use fnexplore::data::{Column, Dataset, Points};
use fnexplore::function::{Chosen, Reference, Rows, fisher, log_density, mean, predicted, scatter, through};
use fnexplore::function::{Transform, transform};
use fnexplore::learn::{Decay, Learner, Method, Plan};
use fnexplore::model::{
    Activation, Architecture, Coefficients, Composition, Form, Group, GroupPriors, Lift, Likelihood, Model, Over,
    Prior, Priors, Scale, Scaling, Stage,
};
use fnexplore::preset::{self, Experiment, Preset};
use fnexplore::run::{Run, RunId, RunSpec, Status};
use fnexplore::seeds::Seeds;
use fnexplore::text::{Clean, Problem};
use ndarray::{Array2, array};
use reading::{matrix, numbers, read};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Relative to the number itself, or to what of it can be meant.
const ONCE: f64 = 1e-12;

fn fixture() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/families.json");
    let text = std::fs::read_to_string(path).expect("a fixture");
    let mut all: Value = serde_json::from_str(&text).expect("JSON");
    all["cases"].as_array_mut().expect("cases").drain(..).collect()
}

/// The family that a case names; of those with a scale, one that is given elsewhere.
fn likelihood(of: &Value, scale: Scale) -> Likelihood {
    match of["kind"].as_str().expect("a kind") {
        "gaussian" => Likelihood::Gaussian { scale },
        "student-t" => Likelihood::StudentT { nu: read(&of["nu"]), scale },
        "laplace" => Likelihood::Laplace { scale },
        "bernoulli" => Likelihood::Bernoulli,
        "categorical" => Likelihood::Categorical,
        "poisson" => Likelihood::Poisson,
        other => panic!("{other}"),
    }
}

fn prior(of: &Value) -> Prior {
    let scaling = if read(&of["per_unit"]) { Scaling::PerUnit } else { Scaling::None };
    let size: f64 = read(&of["size"]);
    match of["kind"].as_str().expect("a kind") {
        "gaussian" => Prior::Gaussian { tau: size, scaling },
        "laplace" => Prior::Laplace { scale: size, scaling },
        "student-t" => Prior::StudentT { nu: read(&of["nu"]), tau: size, scaling },
        "flat" => Prior::Flat,
        other => panic!("{other}"),
    }
}

fn composition(f: &Value) -> Composition {
    let stages = f["stages"].as_array().expect("stages").iter().map(|stage| Stage {
        k: read(&stage["k"]),
        outputs: read(&stage["outputs"]),
        sigma: read(&stage["sigma"]),
        alpha: read(&stage["alpha"]),
        form: read(&stage["form"]),
        over: Over::Points,
    });
    Composition {
        inputs: read(&f["inputs"]),
        positions: read(&f["positions"]),
        outputs: read(&f["outputs"]),
        architecture: read(&f["architecture"]),
        branch_scale: read(&f["branch_scale"]),
        lift: read(&f["lift"]),
        readout: read(&f["readout"]),
        stages: stages.collect(),
    }
}

/// What differs, all at once.
#[derive(Default)]
struct Differences(Vec<String>, usize);

impl Differences {
    /// `floor`: below it a number counts for no more than that.
    fn compare(&mut self, what: &str, ours: f64, theirs: f64, floor: f64) {
        self.1 += 1;
        let allowed = ONCE * theirs.abs().max(floor);
        if ours.is_nan() || (ours - theirs).abs() > allowed {
            self.0.push(format!("{what}: {ours:e}, not {theirs:e}"));
        }
    }

    fn tell(self) {
        assert!(self.0.is_empty(), "{} of {} differ:\n{}", self.0.len(), self.1, self.0.join("\n"));
        assert!(self.1 > 0);
    }
}

/// ℓ, ∂ℓ/∂f, ∂ℓ/∂ρ and Λ from f = −10¹⁶⁰ to the count of 10⁹. Every number by its own size but for the ℓ of densities that
/// cross 0.
///
/// Fails with y f − softplus(f) for Bernoulli, with y − e^f − log Γ for counts of a million, with a difference of two log Γ
/// for Student's t, and with r² squared before it is divided.
#[test]
fn likelihoods_gradients_and_information() {
    let mut all = Differences::default();
    let mut seen = BTreeSet::new();
    for case in fixture().iter().filter(|case| case["of"] == "likelihood") {
        let of = likelihood(case, Scale::Learned);
        let s = case["s"].as_f64().unwrap_or(1.0);
        seen.insert(of.name());
        let columns = ["y", "f", "log", "g", "fisher"].map(|column| numbers(&case[column]));
        let [y, f, log, g, lambda] = &columns;
        if of == Likelihood::Categorical {
            let (mut f_bar, mut information) = (vec![0.0; f.len()], vec![f64::NAN; f.len() * f.len()]);
            let (ours, rho) = log_density(of, s, y, f, &mut f_bar);
            fisher(of, s, f, &mut information);
            let name = format!("categorical {y:?} of {f:?}");
            all.compare(&format!("{name}: ℓ"), ours, log[0], 0.0);
            all.compare(&format!("{name}: ∂ℓ/∂ρ"), rho, 0.0, 0.0);
            for (ours, theirs) in f_bar.iter().zip(g).chain(information.iter().zip(lambda)) {
                all.compare(&name, *ours, *theirs, 1e-290);
            }
            continue;
        }
        for row in 0..y.len() {
            let (mut f_bar, mut information) = ([f64::NAN], [f64::NAN]);
            let (ours, rho) = log_density(of, s, &y[row..=row], &f[row..=row], &mut f_bar);
            fisher(of, s, &f[row..=row], &mut information);
            let name = format!("{of:?} s {s} y {} f {}", y[row], f[row]);
            let floor = if of == Likelihood::Bernoulli { 0.0 } else { 1.0 };
            all.compare(&format!("{name}: ℓ"), ours, log[row], floor);
            // y − e^f cancels where f is nearly right: it cannot be known better than e^f.
            let floor = if of == Likelihood::Poisson { 1e-3 * y[row] } else { 0.0 };
            all.compare(&format!("{name}: g"), f_bar[0], g[row], floor);
            all.compare(&format!("{name}: Λ"), information[0], lambda[row], 0.0);
            let theirs = case.get("rho").map_or(0.0, |rho| numbers(rho)[row]);
            all.compare(&format!("{name}: ∂ℓ/∂ρ"), rho, theirs, 1.0);
        }
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
    all.tell();
}

/// A model of K coefficients of one prior and no others but a narrow Gaussian d, whose share is taken off.
fn with_prior_of_a(prior: Prior, k: usize) -> Model {
    let d = Prior::Gaussian { tau: 1.0, scaling: Scaling::None };
    let stage = Stage { k, outputs: 1, sigma: Activation::Tanh, alpha: 0.0, form: Form::Reduced, over: Over::Points };
    let f = Composition {
        inputs: k,
        positions: 1,
        outputs: 1,
        architecture: Architecture::Plain,
        branch_scale: 1.0,
        lift: Lift::None,
        readout: fnexplore::model::Readout::None,
        stages: vec![stage],
    };
    let priors = Priors { stages: vec![GroupPriors { a: prior, b: d, c: d, d }] };
    Model { f, likelihood: Likelihood::Gaussian { scale: Scale::Fixed(1.0) }, priors }
}

#[test]
fn priors_and_their_slopes() {
    let mut all = Differences::default();
    for case in fixture().iter().filter(|case| case["of"] == "prior") {
        let (size, scaling): (f64, _) = (read(&case["size"]), Scaling::None);
        let prior = match case["kind"].as_str().expect("a kind") {
            "gaussian" => Prior::Gaussian { tau: size, scaling },
            "laplace" => Prior::Laplace { scale: size, scaling },
            _ => Prior::StudentT { nu: read(&case["nu"]), tau: size, scaling },
        };
        let density = PriorDensity::new(&with_prior_of_a(prior, 1));
        let columns = ["theta", "log", "slope"].map(|column| numbers(&case[column]));
        for ((value, log), slope) in columns[0].iter().zip(&columns[1]).zip(&columns[2]) {
            let mut gradient = [0.0, 0.0];
            // d = 0 under N(0, 1).
            let d = -0.5 * std::f64::consts::TAU.ln();
            let ours = density.at(&[*value, 0.0], Some((1.0, &mut gradient[..]))) - d;
            let name = format!("{prior:?} at {value}");
            all.compare(&format!("{name}: log p"), ours, *log, 1.0);
            all.compare(&format!("{name}: slope"), gradient[0], *slope, 0.0);
            assert_eq!(gradient[1], 0.0);
            all.compare(&name, density.at(&[*value, 0.0], None) - d, *log, 1.0);
        }
    }
    all.tell();
}

fn points(x: Array2<f64>, y: Array2<f64>) -> Arc<Dataset> {
    let column = |name: &str| Column::new(Clean::from(name), 0.0, 1.0);
    let (inputs, outputs) = (x.ncols(), y.ncols());
    Arc::new(Dataset {
        test: Points { x: Array2::zeros((0, inputs)), y: Array2::zeros((0, outputs)) },
        off: Points { x: Array2::zeros((0, inputs)), y: Array2::zeros((0, outputs)) },
        numbers: (1..=x.nrows()).collect(),
        inputs: (0..inputs).map(|_| column("x")).collect(),
        outputs: (0..outputs).map(|_| column("y")).collect(),
        ranges: vec![[-2.0, 2.0]; inputs],
        train: Points { x, y },
    })
}

/// Whole posteriors: six likelihoods, four priors in every group, a learned scale, lift and readout.
#[test]
fn posteriors_of_every_family() {
    let mut all = Differences::default();
    let mut count = 0;
    for case in fixture().iter().filter(|case| case["of"] == "posterior") {
        let scale =
            if read(&case["learned"]) { Scale::Learned } else { Scale::Fixed(case["s"].as_f64().unwrap_or(1.0)) };
        let stages = case["priors"].as_array().expect("priors").iter().map(|of| GroupPriors {
            a: prior(&of["a"]),
            b: prior(&of["b"]),
            c: prior(&of["c"]),
            d: prior(&of["d"]),
        });
        let model = Arc::new(Model {
            f: composition(&case["f"]),
            likelihood: likelihood(&case["likelihood"], scale),
            priors: Priors { stages: stages.collect() },
        });
        model.check().expect("a model");
        let layout = model.layout();
        let in_theta = |blocks: &Value| -> Vec<f64> {
            layout.blocks.iter().flat_map(|block| numbers(&blocks[&block.name])).collect()
        };
        let theta = in_theta(&case["theta"]);
        let data = points(matrix(&case["x"]), matrix(&case["y"]));
        let mut posterior = Posterior::new(&model, Reference::new(model.clone(), data), Vec::new());
        let mut gradient = vec![f64::NAN; theta.len()];
        let parts = posterior.at(&theta, Some(&mut gradient)).expect("finite");
        let name = format!("{:?} {:?}", model.likelihood, model.f.architecture);
        let theirs = |what: &str| case[what].as_f64().expect("a number");
        all.compare(&format!("{name}: Σℓ"), parts.likelihood, theirs("log_likelihood"), 1.0);
        all.compare(&format!("{name}: log p(θ)"), parts.prior, theirs("log_prior"), 1.0);
        all.compare(&format!("{name}: the loss"), parts.loss, theirs("loss"), 1.0);
        let theirs = in_theta(&case["gradient"]);
        for block in &layout.blocks {
            let size = theirs[block.at.clone()].iter().fold(1.0_f64, |size, entry| size.max(entry.abs()));
            for at in block.at.clone() {
                all.compare(&format!("{name}: ∇ in {}", block.name), gradient[at], theirs[at], size);
            }
        }
        count += 1;
    }
    assert_eq!(count, 11);
    all.tell();
}

fn each_likelihood(scale: Scale) -> [Likelihood; 6] {
    [
        Likelihood::Gaussian { scale },
        Likelihood::StudentT { nu: 2.5, scale },
        Likelihood::Laplace { scale },
        Likelihood::Bernoulli,
        Likelihood::Categorical,
        Likelihood::Poisson,
    ]
}

fn each_prior() -> [Prior; 4] {
    let scaling = Scaling::PerUnit;
    [
        Prior::Gaussian { tau: 1.5, scaling },
        Prior::Laplace { scale: 0.8, scaling },
        Prior::StudentT { nu: 3.0, tau: 1.2, scaling },
        Prior::Flat,
    ]
}

/// y that the likelihood allows.
fn fitting(likelihood: Likelihood, data: &Dataset) -> Arc<Dataset> {
    let y = &data.train.y;
    let y = match likelihood {
        Likelihood::Gaussian { .. } | Likelihood::StudentT { .. } | Likelihood::Laplace { .. } => y.clone(),
        Likelihood::Bernoulli => y.mapv(|y| f64::from(u8::from(y > 0.0))),
        Likelihood::Poisson => y.mapv(|y| (3.0 * y.abs()).floor()),
        Likelihood::Categorical => {
            let column = y.column(0).mapv(|y| (y + 1.0).round().clamp(0.0, 2.0));
            column.insert_axis(ndarray::Axis(1))
        }
    };
    points(data.train.x.clone(), y)
}

fn model_of(likelihood: Likelihood, prior: Prior) -> Arc<Model> {
    let shape = Shape { outputs: 3, width: 2, ..Shape::scalar(Architecture::Plain, 2, Activation::Tanh) };
    let mut model = (*shape.model()).clone();
    model.likelihood = likelihood;
    model.priors.stages.iter_mut().for_each(|of| *of = GroupPriors { a: prior, b: prior, c: prior, d: Prior::Flat });
    Arc::new(model)
}

/// Every likelihood with every prior: the gradient is the difference quotient of the value, on all rows and on some.
#[test]
fn gradients_are_those_of_the_values() {
    for likelihood in each_likelihood(Scale::Learned) {
        let data = fitting(likelihood, &dataset(20, 1, 3));
        for prior in each_prior() {
            let model = model_of(likelihood, prior);
            let n = model.layout().len();
            let mut posterior = Posterior::new(&model, Reference::new(model.clone(), data.clone()), Vec::new());
            let z = theta(n, 0.4);
            for rows in [Rows::Train, Rows::Of(&Chosen::new(&[1, 3, 3, 7]))] {
                let mut gradient = vec![0.0; n];
                posterior.on(&z, rows, Some(&mut gradient)).unwrap();
                for at in 0..n {
                    let h = 1e-6;
                    let mut value = |by: f64| {
                        let mut z = z.clone();
                        z[at] += by;
                        posterior.on(&z, rows, None).unwrap().log_posterior()
                    };
                    let quotient = (value(h) - value(-h)) / (2.0 * h);
                    let size = gradient.iter().fold(1.0_f64, |size, entry| size.max(entry.abs()));
                    let off = (quotient - gradient[at]).abs();
                    assert!(off < 1e-6 * size, "{likelihood:?} {prior:?} {at}: {quotient} {}", gradient[at]);
                }
            }
        }
    }
}

/// The loss is the mean of −ℓ over y's entries, and of r² in its own units for a Gaussian.
#[test]
fn losses_are_what_the_contract_says() {
    for likelihood in each_likelihood(Scale::Fixed(0.4)) {
        let data = fitting(likelihood, &dataset(20, 1, 3));
        let model = model_of(likelihood, each_prior()[0]);
        let z = theta(model.layout().len(), 0.4);
        let mut posterior = Posterior::new(&model, Reference::new(model.clone(), data.clone()), Vec::new());
        let fit = posterior.fit(&z, Rows::Train).unwrap();
        assert!(posterior.fit(&z, Rows::Test).unwrap().loss.is_nan(), "there are no held-out rows");
        let f = through(&Coefficients::new(model.clone(), z).unwrap(), data.train.x.view()).f;
        let entries: f64 = if likelihood == Likelihood::Categorical { 16.0 } else { 48.0 };
        let expected = match likelihood {
            Likelihood::Gaussian { .. } => (&data.train.y - &f).mapv(|r| r * r).mean().unwrap(),
            _ => -fit.log_likelihood / entries,
        };
        assert!((fit.loss - expected).abs() < 1e-12, "{likelihood:?}: {} {expected}", fit.loss);
    }
}

/// As ν grows Student's t becomes the Gaussian, likelihood and prior alike.
#[test]
fn students_t_ends_at_the_gaussian() {
    let (t, gaussian) =
        (Likelihood::StudentT { nu: 1e12, scale: Scale::Learned }, Likelihood::Gaussian { scale: Scale::Learned });
    let (mut one, mut other) = ([0.0], [0.0]);
    for r in [-3.0, 0.0, 0.25, 2.0] {
        let a = log_density(t, 0.5, &[r], &[0.25], &mut one);
        let b = log_density(gaussian, 0.5, &[r], &[0.25], &mut other);
        assert!((a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6 && (one[0] - other[0]).abs() < 1e-6);
    }
}

/// Draws have the moments and quantiles that their prior has.
#[test]
fn draws_come_from_the_prior() {
    let k = 40_000;
    for prior in each_prior() {
        // Without the sharing, so that a has the size that is written.
        let prior = match prior {
            Prior::Gaussian { tau, .. } => Prior::Gaussian { tau, scaling: Scaling::None },
            Prior::Laplace { scale, .. } => Prior::Laplace { scale, scaling: Scaling::None },
            Prior::StudentT { nu, tau, .. } => Prior::StudentT { nu, tau, scaling: Scaling::None },
            Prior::Flat => Prior::Flat,
        };
        let drawn = draw_prior(&Arc::new(with_prior_of_a(prior, k)), Seeds(3), 0);
        let mut a = drawn.theta[..k].to_vec();
        a.sort_by(f64::total_cmp);
        // The upper quartile in units of the size: Φ⁻¹(¾), log 2, and of t with ν = 3.
        let quartile = match prior {
            Prior::Gaussian { tau, .. } => 0.674_489_750_196_082 * tau,
            Prior::Laplace { scale, .. } => std::f64::consts::LN_2 * scale,
            Prior::StudentT { tau, .. } => 0.764_892_328_404_345 * tau,
            Prior::Flat => 0.0,
        };
        let [low, middle, high] = [k / 4, k / 2, 3 * k / 4].map(|at| a[at]);
        let near = |value: f64, expected: f64| (value - expected).abs() < 0.03 * quartile.max(1e-12);
        assert!(near(low, -quartile) && near(middle, 0.0) && near(high, quartile), "{prior:?}: {low} {middle} {high}");
        let size = prior.sd().unwrap_or(0.0);
        let squares = a.iter().map(|a| a * a).sum::<f64>().sqrt() / 200.0;
        // The fourth moment of t with ν = 3 is infinite: its standard deviation is found only roughly.
        let room = if matches!(prior, Prior::StudentT { .. }) { 0.25 } else { 0.02 };
        assert!((squares - size).abs() <= room * size, "{prior:?}: sd {squares}, not {size}");
    }
    for (nu, sd) in [(1.5, None), (2.0, None), (4.0, Some(std::f64::consts::SQRT_2))] {
        assert_eq!(Prior::StudentT { nu, tau: 1.0, scaling: Scaling::None }.sd(), sd);
    }
    // The heaviest tails are a start all the same.
    let wild = draw_prior(
        &Arc::new(with_prior_of_a(Prior::StudentT { nu: 0.1, tau: 1e6, scaling: Scaling::None }, 2000)),
        Seeds(1),
        0,
    );
    assert!(wild.theta.iter().all(|value| value.abs() <= 1e9));
}

#[test]
fn what_f_predicts() {
    let f = array![[0.0, 1.0], [-2.0, 700.0]];
    let of = |likelihood| predicted(likelihood, f.view());
    assert_eq!(of(Likelihood::Laplace { scale: Scale::Learned }), f);
    let p = of(Likelihood::Bernoulli);
    assert!((p[[0, 0]] - 0.5).abs() < 1e-15 && (p[[1, 0]] - 1.0 / (1.0 + 2_f64.exp())).abs() < 1e-15);
    assert_eq!(p[[1, 1]], 1.0);
    let p = of(Likelihood::Categorical);
    assert!((p.row(0).sum() - 1.0).abs() < 1e-15 && (p[[0, 1]] / p[[0, 0]] - 1_f64.exp()).abs() < 1e-14);
    assert_eq!(p.row(1).to_vec(), [(-702_f64).exp(), 1.0]);
    assert!((of(Likelihood::Poisson)[[0, 1]] - 1_f64.exp()).abs() < 1e-15);
    // On y's axis: one column of class numbers, and their deviation.
    let middle = mean(Likelihood::Categorical, f.view());
    assert_eq!(middle.dim(), (2, 1));
    assert!((middle[[0, 0]] - p[[0, 1]]).abs() < 1e-15);
    let sd = scatter(Likelihood::Categorical, 1.0, f.view());
    assert!((sd[[0, 0]] - (p[[0, 0]] * p[[0, 1]]).sqrt()).abs() < 1e-15);
    assert!((scatter(Likelihood::Poisson, 1.0, f.view())[[0, 1]] - 0.5_f64.exp()).abs() < 1e-15);
    assert_eq!(scatter(Likelihood::Bernoulli, 1.0, f.view())[[0, 0]], 0.5);
    assert_eq!(scatter(Likelihood::Gaussian { scale: Scale::Learned }, 0.3, f.view())[[1, 1]], 0.3);
}

// Experiments as users write them.

fn load(text: &str) -> Result<Preset, Vec<Problem>> {
    preset::load(&Clean::from("p.toml"), text, &|name| match name {
        "counts.csv" => Ok(b"t,y\n0,0\n1,2\n2,1\n3,7\n4,3\n5,12\n".to_vec()),
        "classes.csv" => Ok(b"u,v,y\n0,0,0\n1,0,1\n0,1,2\n1,1,2\n-1,0,0\n-1,-1,1\n".to_vec()),
        _ => Err("there is no such file".to_owned()),
    })
}

fn experiment(text: &str) -> Experiment {
    load(text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).experiment(0).unwrap()
}

fn problems(text: &str) -> String {
    load(text).unwrap_err().iter().map(|problem| problem.sentence.to_string()).collect::<Vec<_>>().join("\n")
}

fn run(text: &str) -> Run {
    let settings = load(text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).settings(0);
    Run::new(RunSpec { id: RunId(0), name: Clean::from("model"), settings, saved: None })
        .unwrap_or_else(|why| panic!("{}", why.0))
}

/// The loss after so many steps.
fn loss_after(run: &mut Run, steps: u64) -> f64 {
    run.advance(&mut |step| step >= steps);
    run.snapshot(Status::Paused, 0.0).loss
}

/// A target becomes the y that the likelihood asks for, and each is learned: far below what a constant achieves.
#[test]
fn targets_become_what_the_likelihood_asks_for() {
    let text = |kind: &str, target: &str, more: &str| {
        format!(
            "{more}\n[data]\ntarget = \"{target}\"\nn = 100\ntest = 0\nnoise = 0.0\n[likelihood]\nkind = \"{kind}\"\n\
             [learn]\nrate = 0.02\n[prior]\ntau = 4.0\n[model]\ndepth = 2\nk = 8\nwidth = 2\nsigma = \"tanh\"\n"
        )
    };
    let disc = "4 - x1^2 - x2^2";
    let cases = [
        ("bernoulli", disc, "", 0.1),
        ("bernoulli", "x1*x2", "", 0.1),
        ("categorical", "1.5 + 1.4*sin(x)", "likelihood.classes = 4", 0.35),
        ("poisson", "1 + sin(x)", "", 2.05),
        ("student-t", "sin(x)", "likelihood.nu = 3", -0.9),
        ("laplace", "sin(x)", "", -0.9),
    ];
    for (kind, target, more, enough) in cases {
        let more = more.replace("likelihood.", "");
        let text = text(kind, target, "").replace("[learn]", &format!("{more}\n[learn]"));
        let mut run = run(&text);
        let start = run.snapshot(Status::Paused, 0.0);
        let y = &start.data.train.y;
        assert_eq!((y.ncols(), start.data.outputs[0].sd), (1, 1.0));
        match kind {
            "bernoulli" => {
                for (x, y) in start.data.train.x.rows().into_iter().zip(y) {
                    let value = if target == disc { 4.0 - x[0] * x[0] - x[1] * x[1] } else { x[0] * x[1] };
                    assert_eq!(*y, f64::from(u8::from(value > 0.0)));
                }
            }
            "categorical" => {
                assert_eq!(start.experiment.model.f.outputs, 4);
                assert!((0..4).all(|class| y.iter().any(|y| *y == f64::from(class))), "{y}");
            }
            "poisson" => assert!(y.iter().all(|y| y.fract() == 0.0 && *y >= 0.0) && y.iter().any(|y| *y > 7.0)),
            _ => {}
        }
        let loss = loss_after(&mut run, 1200);
        assert!(loss < enough, "{kind} {target}: {loss} after {}", start.loss);
    }
}

/// The named sets in the plane have the classes 0 and 1 already: every likelihood of such a y takes them as they are.
#[test]
fn named_sets_are_classes() {
    for (target, kind) in [("circle", "bernoulli"), ("xor", "categorical"), ("moons", "bernoulli")] {
        let text = format!(
            "[data]\ntarget = \"{target}\"\nn = 100\nnoise = 0.1\ntest = 0\n[likelihood]\nkind = \"{kind}\"\n[prior]\ntau = 3\n\
             [model]\ndepth = 2\nk = 8\nwidth = 2\nsigma = \"tanh\"\n[learn]\nrate = 0.02\n"
        );
        let mut learns = run(&text);
        let y = learns.snapshot(Status::Paused, 0.0).data.train.y.clone();
        let gaussian = run(&text.replace(kind, "gaussian")).snapshot(Status::Paused, 0.0).data.train.y.clone();
        assert!(y == gaussian && (30..70).contains(&y.iter().filter(|y| **y == 1.0).count()), "{target}");
        let loss = loss_after(&mut learns, 1000);
        assert!(loss < 0.3, "{target}: {loss}, a constant has log 2");
    }
}

/// y of a table must be what the likelihood asks for; class numbers are counted, nothing but real y is standardised.
#[test]
fn tables_are_held_to_the_likelihood() {
    let counts = "[data]\ncsv = \"counts.csv\"\n[likelihood]\nkind = ";
    let of = experiment(&format!("{counts}\"poisson\""));
    let data = Dataset::draw(&of.data, Seeds(1)).unwrap();
    assert!(data.outputs[0].sd == 1.0 && data.inputs[0].sd != 1.0);
    assert!(
        problems(&format!("{counts}\"bernoulli\""))
            .contains("column \"y\" is 2 in row 2; it must be 0 or 1 (3 more are not)")
    );
    assert!(
        problems(&format!("{counts}\"categorical\"\nclasses = 4"))
            .contains("\"y\" is 7 in row 4; it must be the number of one of 4 classes")
    );
    assert_eq!(experiment(&format!("{counts}\"categorical\"")).model.f.outputs, 13);
    let classes = "[data]\ncsv = \"classes.csv\"\ninputs = [\"u\", \"v\"]\n[likelihood]\nkind = \"categorical\"\n";
    let of = experiment(classes);
    assert_eq!((of.model.f.outputs, of.model.columns(), of.data.outputs()), (3, 1, 1));
    let two = "[data]\ncsv = \"classes.csv\"\ninputs = [\"u\"]\noutputs = [\"v\", \"y\"]\n[likelihood]\nkind = \"categorical\"\n";
    assert!(problems(two).contains("data.outputs names 2 columns; with a categorical likelihood y is one column"));
    let mut learns = run(&format!("{classes}[data]\ntest = 0.0\n").replace("[data]\ntest", "[learn]\nrate = 0.05\n#"));
    let before = learns.snapshot(Status::Paused, 0.0).loss;
    assert!(loss_after(&mut learns, 300) < before);
}

/// What a residual stream needs for m logits is told as for any other number of outputs.
#[test]
fn dimensions_of_classes_agree() {
    let text = "[data]\ntarget = \"x\"\n[model]\narchitecture = \"residual\"\n[likelihood]\nkind = \"categorical\"\nclasses = 3\n";
    assert!(problems(text).contains("ŷ has 3"), "{}", problems(text));
    let of = experiment(&text.replace("\"residual\"\n", "\"residual\"\nreadout = \"linear\"\n"));
    assert_eq!((of.model.f.outputs, of.model.columns()), (3, 1));
    for kind in ["gaussian", "student-t", "laplace", "bernoulli", "poisson"] {
        assert_eq!(experiment(&text.replace("categorical", kind)).model.f.outputs, 1);
    }
}

#[test]
fn priors_as_presets_write_them() {
    let text = "[prior]\ntau = 0.5\na = { kind = \"student-t\", nu = 5, tau = 1.5, scaling = \"none\" }\nb.kind = \"laplace\"\n\
                c = { kind = \"laplace\", scale = 0.25 }\nd.kind = \"flat\"\n[f1.prior]\nb = { kind = \"student-t\" }\n";
    let of = experiment(text);
    let [inner, outer] = [of.model.priors.stages[0], of.model.priors.stages[2]];
    assert_eq!(inner.a, Prior::StudentT { nu: 5.0, tau: 1.5, scaling: Scaling::None });
    assert_eq!(inner.b, Prior::Laplace { scale: 0.5, scaling: Scaling::None });
    assert_eq!(inner.c, Prior::Laplace { scale: 0.25, scaling: Scaling::None });
    assert_eq!(inner.d, Prior::Flat);
    assert_eq!(outer.b, Prior::StudentT { nu: 3.0, tau: 0.5, scaling: Scaling::None });
    assert!(of.model.priors.improper().is_empty());
    let flat = "[model]\ndepth = 1\n[prior]\na.kind = \"flat\"\nb.kind = \"flat\"\n";
    let told = problems(flat);
    assert!(
        told.contains("f1.prior.a is flat: only d's may be")
            && told.contains("prior.improper = \"maximum-likelihood\"")
    );
    let of = experiment(&format!("{flat}improper = \"maximum-likelihood\"\n"));
    assert_eq!(of.model.priors.improper(), [(0, Group::A), (0, Group::B)]);
    let theirs = of.model.layout();
    assert_eq!(of.model.priors.sd(theirs.find(Some(0), Group::A).unwrap()), None);
}

/// Under Laplace's prior a larger size moves mass away from 0, and its start is a draw from it.
#[test]
fn a_run_starts_at_a_draw_and_collapses_to_one() {
    let text = "[data]\nn = 20\n[model]\nsigma = \"tanh\"\ninit = \"prior\"\n[prior]\na.kind = \"laplace\"\nb.kind = \"student-t\"\nd.kind = \"flat\"\n";
    let mut run = run(text);
    let f = run.snapshot(Status::Paused, 0.0).belief.mode();
    assert!(f.group(0, Group::D).iter().all(|d| *d == 0.0));
    assert!([Group::A, Group::B, Group::C].iter().all(|group| f.group(0, *group).iter().all(|value| *value != 0.0)));
    let kept = transform(&f, &Transform::CollapseToDraw { stage: 2, draw: 1 }, Seeds(1)).unwrap();
    assert!(kept.sentence.contains("d, whose prior is flat, is 0"));
    assert_ne!(kept.now.group(1, Group::A), f.group(1, Group::A));
}

/// The scale at which a prior is largest is known for Gaussian priors; another says so.
#[test]
fn balancing_needs_gaussian_priors() {
    let shape = Shape { outputs: 1, ..Shape::scalar(Architecture::Plain, 2, Activation::Relu) };
    let mut model = (*shape.model()).clone();
    let laplace = Prior::Laplace { scale: 1.0, scaling: Scaling::None };
    let at = |model: &Model| Coefficients::new(Arc::new(model.clone()), theta(model.layout().len(), 0.1)).unwrap();
    model.priors.stages[0].b = laplace;
    let f = at(&model);
    let why = transform(&f, &Transform::Rebalance { stage: Some(2) }, Seeds(1)).unwrap_err().0;
    assert!(why.contains("the prior of f2.b is laplace"), "{why}");
    let kept = transform(&f, &Transform::Rebalance { stage: None }, Seeds(1)).unwrap();
    assert!(kept.sentence.contains("every element of f1 has"), "{}", kept.sentence);
    model.priors.stages[1].a = laplace;
    assert!(transform(&at(&model), &Transform::Rebalance { stage: None }, Seeds(1)).is_err());
}

/// In place of a Gaussian prior's gradient stands the decay, and nowhere else: not on other priors, not on ρ, not on what is
/// held. What is told of the posterior is the posterior.
#[test]
fn a_decoupled_decay_stands_for_gaussian_priors_alone() {
    let scale = Scale::Learned;
    let mut model = (*model_of(Likelihood::Gaussian { scale }, each_prior()[0])).clone();
    model.priors.stages[1].a = each_prior()[1];
    let model = Arc::new(model);
    let layout = model.layout();
    let data = fitting(model.likelihood, &dataset(20, 1, 3));
    let held = layout.find(Some(0), Group::B).unwrap().at.clone();
    let make = || Posterior::new(&model, Reference::new(model.clone(), data.clone()), vec![held.clone()]);
    let (mut coupled, mut decoupled) = (make(), make().decoupled());
    assert!(coupled.decayed().is_empty());
    let z = theta(layout.len(), 0.9);
    let (mut with, mut without) = (vec![0.0; z.len()], vec![0.0; z.len()]);
    let parts = coupled.at(&z, Some(&mut with)).unwrap();
    assert_eq!(decoupled.at(&z, Some(&mut without)).unwrap(), parts);
    for block in &layout.blocks {
        let gaussian = matches!(model.priors.of(block), Some(Prior::Gaussian { .. }));
        let decayed = decoupled.decayed().iter().find(|(at, _)| *at == block.at);
        let is_held = block.at == held;
        assert_eq!(decayed.is_some(), gaussian && !is_held, "{}", block.name);
        for at in block.at.clone() {
            let share = decayed.map_or(0.0, |(_, precision)| -precision * z[at]);
            assert!((with[at] - without[at] - share).abs() < 1e-12, "{}", block.name);
        }
    }
    // One step of `AdamW` at a rate so small that only the decay is seen beside the sign of the slope.
    let plan = Plan { method: Method::AdamW, rate: 1e-3, decay: Decay::Of(2.0), ..Plan::default() };
    let mut learner = Learner::new(&plan, z.clone(), &model, 16, Seeds(1));
    learner.advance(&mut decoupled, &mut |_| false);
    for at in 0..z.len() {
        let decays = decoupled.decayed().iter().any(|(range, _)| range.contains(&at));
        let shrunk = z[at] * if decays { 1.0 - 2e-3 } else { 1.0 };
        let moved = learner.theta()[at] - shrunk;
        let step = if held.contains(&at) { 0.0 } else { 1e-3 * without[at].signum() };
        assert!((moved - step).abs() < 1e-6, "{at}: {moved} {step}");
    }
}

/// Where `AdamW` ends is not the posterior mode, and Adam's end is: the gradient of the log posterior tells.
#[test]
fn adamw_does_not_end_at_the_mode() {
    let text = |method: &str| {
        format!(
            "[data]\ntarget = \"sin(2*x)\"\nn = 40\ntest = 0\n[model]\ndepth = 1\nk = 5\nsigma = \"tanh\"\n[likelihood]\nscale = 0.5\n\
             [prior]\ntau = 0.3\n[f1]\nhold = [\"b\", \"c\"]\n[learn]\nmethod = \"{method}\"\nrate = 0.01\nschedule = \"exponential\"\n"
        )
    };
    let slope = |method: &str| {
        let mut run = run(&format!("steps = 6000\n{}", text(method)));
        run.advance(&mut |step| step >= 6000);
        let snapshot = run.snapshot(Status::Paused, 0.0);
        let f = snapshot.belief.mode();
        let mut whole = Posterior::new(&f.model, Reference::new(f.model.clone(), snapshot.data.clone()), Vec::new());
        let mut gradient = vec![0.0; f.theta.len()];
        whole.at(&f.theta, Some(&mut gradient)).unwrap();
        let layout = f.layout();
        let of = |group| layout.find(Some(0), group).unwrap().at.clone();
        of(Group::A).chain(of(Group::D)).map(|at| gradient[at].abs()).fold(0.0, f64::max)
    };
    let (adam, adamw) = (slope("adam"), slope("adamw"));
    assert!(adam < 0.05 && adamw > 10.0 * adam.max(0.01), "{adam} {adamw}");
}

/// What the notes of `outliers` say of its three runs at 1966, a wrong year of 142 million calls among years of 20.
#[test]
fn outliers_pull_the_gaussian_and_no_other() {
    let preset = preset::built_in("outliers").unwrap();
    for (at, name) in preset.runs().iter().enumerate() {
        let settings = preset.settings(at);
        let mut run = Run::new(RunSpec { id: RunId(0), name: Clean::from(&**name), settings, saved: None }).unwrap();
        run.advance(&mut |step| step >= 2500);
        let seen = run.snapshot(Status::Paused, 0.0);
        let x = seen.data.inputs[0].to_standard(1966.0);
        let f = through(&seen.belief.mode(), array![[x]].view()).f;
        let calls = seen.data.own_outputs(f.view())[[0, 0]];
        assert_eq!(calls > 100.0, name == "base", "{name}: {calls}");
        assert!(name == "base" || (10.0..30.0).contains(&calls), "{name}: {calls}");
    }
}

/// Changing the method says what becomes of the prior; changing the likelihood makes y anew.
#[test]
fn changes_say_what_they_do() {
    use fnexplore::preset::{Change, Path};
    let set = |text: &str| {
        let (key, value) = text.split_once('=').unwrap();
        let path = Path::parse(key).unwrap();
        Change::Set(path, path.row().kind.parse(value).unwrap())
    };
    let mut run = run("[data]\ntarget = \"sin(x)\"\nn = 30\n[model]\nk = 4\n");
    let told = run.change(&set("learn.method=adamw")).unwrap();
    assert!(told.contains("is not the posterior mode") && told.contains("1/τ²"), "{told}");
    assert_eq!(run.change(&set("learn.rate=0.02")).unwrap(), "");
    run.change(&set("likelihood.kind=bernoulli")).unwrap();
    let snapshot = run.snapshot(Status::Paused, 0.0);
    assert!(snapshot.data.train.y.iter().all(|y| *y == 0.0 || *y == 1.0));
    run.change(&set("likelihood.kind=categorical")).unwrap();
    run.change(&set("likelihood.classes=5")).unwrap();
    assert_eq!(run.snapshot(Status::Paused, 0.0).experiment.model.f.outputs, 5);
    run.advance(&mut |step| step >= 20);
    run.undo().unwrap();
    run.undo().unwrap();
    assert_eq!(run.snapshot(Status::Paused, 0.0).experiment.model.f.outputs, 1);
    run.change(&set("likelihood.kind=poisson")).unwrap();
    run.change(&set("data.target=10*x")).unwrap_err();
    run.change(&set("likelihood.kind=gaussian")).unwrap();
    assert!(run.snapshot(Status::Paused, 0.0).loss.is_finite());
}
