//! The evaluator against numbers that an independent program made: `tests/fixtures/generate.py`, in JAX, mpmath and `SciPy`.
//! What is read here is only its files.

mod reading;

use fnexplore::bayes::{LogDensity, Posterior};
use fnexplore::data::{Column, Dataset, Points};
use fnexplore::function::{Reference, Rows, along, back, derivative, jacobian, slope, through, value};
use fnexplore::learn::{Batch, Clip, Decay, Lbfgs, Learner, Method, Plan, Schedule, Turn};
use fnexplore::model::{
    Activation, Architecture, Coefficients, Composition, Form, Group, GroupPriors, Likelihood, Model, Over, Prior,
    Priors, Scale, Scaling, Stage,
};
use fnexplore::seeds::Seeds;
use fnexplore::text::Clean;
use ndarray::Array2;
use reading::{matrix, numbers, read};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Of a single evaluation, relative to the greatest number of its array, or to 1.
const ONCE: f64 = 1e-12;
/// After fifty steps of an optimiser.
const FIFTY_STEPS: f64 = 1e-9;

fn fixture(topic: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{topic}.json"));
    let text = std::fs::read_to_string(&path).expect("a fixture");
    serde_json::from_str(&text).expect("JSON")
}

fn cases(fixture: &Value) -> &[Value] {
    fixture["cases"].as_array().expect("cases")
}

fn composition(f: &Value) -> Composition {
    let stages = f["stages"].as_array().expect("stages").iter().map(|stage| Stage {
        k: read(&stage["k"]),
        outputs: read(&stage["outputs"]),
        sigma: read(&stage["sigma"]),
        alpha: read(&stage["alpha"]),
        form: read(&stage["form"]),
        over: match &stage["padding"] {
            Value::Null => Over::Points,
            padding => {
                Over::Patches { width: read(&stage["width"]), reach: read(&stage["reach"]), padding: read(padding) }
            }
        },
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

fn priors(value: &Value) -> Priors {
    let prior = |value: &Value| match value {
        Value::Null => Prior::Flat,
        value => Prior::Gaussian {
            tau: read(&value["tau"]),
            scaling: if read(&value["per_unit"]) { Scaling::PerUnit } else { Scaling::None },
        },
    };
    let stage =
        |of: &Value| GroupPriors { a: prior(&of["a"]), b: prior(&of["b"]), c: prior(&of["c"]), d: prior(&of["d"]) };
    Priors { stages: value.as_array().expect("stages").iter().map(stage).collect() }
}

/// The model of a case; where it has no priors, any will do.
fn model(case: &Value) -> Arc<Model> {
    let f = composition(&case["f"]);
    let unit = Prior::Gaussian { tau: 1.0, scaling: Scaling::None };
    let any = || Priors { stages: vec![GroupPriors { a: unit, b: unit, c: unit, d: unit }; f.depth()] };
    let model = Model {
        priors: case.get("priors").map_or_else(any, priors),
        likelihood: Likelihood::Gaussian {
            scale: match case.get("scale") {
                Some(Value::Null) => Scale::Learned,
                Some(s) => Scale::Fixed(read(s)),
                None => Scale::Fixed(1.0),
            },
        },
        f,
    };
    assert_eq!(model.check(), Ok(()), "{}", case["f"]);
    Arc::new(model)
}

/// A vector in θ from its named blocks: the names and shapes must be the layout's.
fn in_theta(model: &Model, blocks: &Value) -> Vec<f64> {
    let layout = model.layout();
    let blocks = blocks.as_object().expect("blocks");
    assert_eq!(blocks.len(), layout.blocks.len(), "{:?} are not {:?}", blocks.keys(), layout.blocks);
    let mut theta = vec![f64::NAN; layout.len()];
    for block in &layout.blocks {
        let given = &blocks[&block.name];
        let shape = match block.group {
            Group::C | Group::D | Group::LogScale => given.as_array().map(|entries| vec![entries.len()]),
            Group::A | Group::B | Group::Lift | Group::Readout => Some(matrix(given).shape().to_vec()),
        };
        assert_eq!(shape, Some(block.tensor_shape()), "{}", block.name);
        theta[block.at.clone()].copy_from_slice(&numbers(given));
    }
    theta
}

fn coefficients(case: &Value) -> Coefficients {
    let model = model(case);
    let theta = in_theta(&model, &case["theta"]);
    Coefficients::new(model, theta).expect("as long as the layout")
}

/// All that differs, told at the end.
#[derive(Default)]
struct Differences {
    compared: usize,
    told: Vec<String>,
}

impl Differences {
    fn compare(&mut self, what: &str, tolerance: f64, ours: &[f64], theirs: &[f64]) {
        assert_eq!(ours.len(), theirs.len(), "{what}: {} numbers for {}", ours.len(), theirs.len());
        self.compared += ours.len();
        let scale = theirs.iter().fold(1.0_f64, |scale, theirs| scale.max(theirs.abs()));
        let worst = ours.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs() / scale).fold(0.0, nan_max);
        if worst.is_nan() || worst > tolerance {
            self.told.push(format!("{what}: off by {worst:e} of {scale}"));
        }
    }

    /// Every named block by itself, so that a small one is not measured by a large one.
    fn compare_blocks(&mut self, what: &str, tolerance: f64, model: &Model, ours: &[f64], theirs: &Value) {
        let theirs = in_theta(model, theirs);
        for block in &model.layout().blocks {
            let name = format!("{what} in {}", block.name);
            self.compare(&name, tolerance, &ours[block.at.clone()], &theirs[block.at.clone()]);
        }
    }

    fn tell(self) {
        assert!(self.told.is_empty(), "{} of what was compared differ:\n{}", self.told.len(), self.told.join("\n"));
        assert!(self.compared > 0);
    }
}

/// `f64::max` would drop a NaN.
fn nan_max(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

fn flat(values: &Array2<f64>) -> &[f64] {
    values.as_slice().expect("standard layout")
}

fn title(number: usize, f: &Composition) -> String {
    let stage = f.stages[0];
    let over = match stage.over {
        Over::Points => String::new(),
        Over::Patches { width, reach, padding } => format!(" {padding:?} {width}/{reach}"),
    };
    format!(
        "case {number} {} {:?} {:?}{over} L={} {:?}→{:?}",
        stage.sigma,
        f.architecture,
        stage.form,
        f.depth(),
        f.lift,
        f.readout
    )
}

/// Each number by its own size, in the tails too: nothing there may be rounded to 0 or cancelled away.
///
/// Fails with `1.0 - z.tanh().powi(2)` for tanh′ and with 1 + erf for GELU's erfc, which both cancel.
#[test]
fn activations_and_their_derivatives() {
    let fixture = fixture("activations");
    let grid = numbers(&fixture["z"]);
    let mut told = Vec::new();
    let mut seen = BTreeSet::new();
    for case in cases(&fixture) {
        let (sigma, alpha): (Activation, f64) = (read(&case["sigma"]), read(&case["alpha"]));
        seen.insert(sigma.name());
        for (what, ours, theirs) in [
            ("σ", value as fn(Activation, f64, f64) -> f64, numbers(&case["value"])),
            ("σ′", derivative, numbers(&case["derivative"])),
        ] {
            assert_eq!(grid.len(), theirs.len());
            for (&z, theirs) in grid.iter().zip(theirs) {
                let ours = ours(sigma, alpha, z);
                // Below 1e-307 numbers lose their digits one by one.
                let allowed = (ONCE * theirs.abs()).max(1e-319);
                if ours.is_nan() || (ours - theirs).abs() > allowed {
                    told.push(format!("{what} of {sigma}({alpha}) at {z:e} is {ours:e}, not {theirs:e}"));
                }
            }
        }
    }
    assert_eq!(seen.len(), Activation::ALL.len(), "every σ has a fixture");
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// ŷ, every stage, the gradient in every block, the derivative along a direction, and ∂ŷ/∂x.
fn evaluate_all(topic: &str) -> Vec<Composition> {
    let fixture = fixture(topic);
    let mut all = Differences::default();
    let mut seen = Vec::new();
    for (number, case) in cases(&fixture).iter().enumerate() {
        let f = coefficients(case);
        let name = title(number, &f.model.f);
        let (x, x_dot) = (matrix(&case["x"]), matrix(&case["x_dot"]));
        let passed = through(&f, x.view());
        all.compare(&format!("{name}: ŷ"), ONCE, flat(&passed.f), &numbers(&case["y"]));
        let stages = case["stages"].as_array().expect("stages");
        assert_eq!(passed.stages.len(), stages.len());
        for (ours, theirs) in passed.stages.iter().zip(stages) {
            let name = format!("{name}: f{}", ours.index);
            all.compare(&format!("{name}(u)"), ONCE, flat(&ours.output), &numbers(&theirs["output"]));
            all.compare(&format!("u after {name}"), ONCE, flat(&ours.after), &numbers(&theirs["after"]));
        }
        let gradient = back(&f, x.view(), matrix(&case["w"]).view());
        all.compare_blocks(&format!("{name}: gradient"), ONCE, &f.model, &gradient, &case["gradient"]);
        let v = in_theta(&f.model, &case["v"]);
        let jvp = along(&f, x.view(), &v, x_dot.view());
        all.compare(&format!("{name}: along v"), ONCE, flat(&jvp), &numbers(&case["jvp"]));
        for of in case["slopes"].as_array().expect("slopes") {
            let ours = slope(&f, x.view(), read(&of["column"]));
            all.compare(&format!("{name}: ∂ŷ/∂x{}", of["column"]), ONCE, flat(&ours), &numbers(&of["slope"]));
        }
        seen.push(f.model.f.clone());
    }
    all.tell();
    seen
}

/// Fails with σ′ replaced by 1, with b's transpose dropped, and with the identity path dropped in `along` or `backward`.
#[test]
fn compositions_of_every_activation_architecture_form_and_depth() {
    let seen = evaluate_all("compositions");
    let named = |f: &Composition| {
        (f.stages[0].sigma.name(), f.architecture.name(), format!("{:?}", f.stages[0].form), f.depth())
    };
    let all: BTreeSet<_> = seen.iter().map(named).collect();
    let forms = [Form::Full, Form::Reduced].len();
    let architectures = [Architecture::Plain, Architecture::Residual, Architecture::Residual2015].len();
    assert_eq!(all.len(), Activation::ALL.len() * architectures * forms * 6, "every σ × architecture × form × depth");
}

/// Fails with col2im that drops what wraps around, and with a patch that begins one place late.
#[test]
fn convolutions_of_every_padding() {
    let seen = evaluate_all("convolutions");
    let words = |word: &dyn Fn(&Composition) -> String| seen.iter().map(word).collect::<BTreeSet<_>>().len();
    assert_eq!(words(&|f| f.stages[0].sigma.name().to_owned()), Activation::ALL.len());
    assert_eq!(words(&|f| f.architecture.name().to_owned()), 3);
    assert_eq!(words(&|f| format!("{:?}", f.readout)), 4);
    assert_eq!(words(&|f| format!("{:?}", f.stages[0].form)), 2);
    let padded = |f: &Composition| match f.stages[0].over {
        Over::Patches { padding, .. } => format!("{padding:?} {}", f.architecture.name()),
        Over::Points => String::new(),
    };
    assert_eq!(words(&padded), 9, "every padding × architecture");
}

#[test]
fn jacobians_an_example_at_a_time() {
    let fixture = fixture("jacobian");
    let mut all = Differences::default();
    for (number, case) in cases(&fixture).iter().enumerate() {
        let f = coefficients(case);
        let ours = jacobian(&f, matrix(&case["x"]).view());
        for block in &f.layout().blocks {
            let ours: Vec<f64> = ours.slice(ndarray::s![.., .., block.at.clone()]).iter().copied().collect();
            let name = format!("{}: J in {}", title(number, &f.model.f), block.name);
            all.compare(&name, ONCE, &ours, &numbers(&case["jacobian"][&block.name]));
        }
    }
    all.tell();
}

fn dataset(x: Array2<f64>, y: Array2<f64>, units: &[f64]) -> Arc<Dataset> {
    let column = |name: &str, sd| Column::new(Clean::from(name), 0.0, sd);
    let (inputs, outputs) = (x.ncols(), y.ncols());
    Arc::new(Dataset {
        train: Points { x, y },
        test: Points { x: Array2::zeros((0, inputs)), y: Array2::zeros((0, outputs)) },
        off: Points { x: Array2::zeros((0, 1)), y: Array2::zeros((0, 1)) },
        numbers: Vec::new(),
        inputs: (0..inputs).map(|_| column("x", 1.0)).collect(),
        outputs: units.iter().map(|&sd| column("y", sd)).collect(),
        ranges: vec![[-2.0, 2.0]; inputs],
    })
}

/// ℓ and log p(θ) by `scipy.stats`, gradients by JAX. Fails without the Jacobian +ρ of s ↦ log s.
#[test]
fn likelihoods_priors_and_posteriors() {
    let fixture = fixture("likelihood");
    let mut all = Differences::default();
    for (number, case) in cases(&fixture).iter().enumerate() {
        let f = coefficients(case);
        let name = title(number, &f.model.f);
        let data = dataset(matrix(&case["x"]), matrix(&case["y"]), &numbers(&case["units"]));
        let mut posterior = Posterior::new(&f.model, Reference::new(f.model.clone(), data), Vec::new());
        let fit = posterior.fit(&f.theta, Rows::Train).expect("finite");
        let mut gradient = vec![f64::NAN; f.theta.len()];
        let parts = posterior.at(&f.theta, Some(&mut gradient)).expect("finite");
        for (what, ours, theirs) in [
            ("Σℓ", fit.log_likelihood, "log_likelihood"),
            ("the likelihood's part", parts.likelihood, "log_likelihood"),
            ("log p(θ)", parts.prior, "log_prior"),
            ("the loss in own units", parts.loss, "loss"),
        ] {
            all.compare(&format!("{name}: {what}"), ONCE, &[ours], &numbers(&case[theirs]));
        }
        all.compare_blocks(&format!("{name}: ∇ log p(θ|D)"), ONCE, &f.model, &gradient, &case["gradient"]);
        // The likelihood's own gradient: what the prior adds is taken off by its share at another β.
        let mut doubled = vec![f64::NAN; f.theta.len()];
        posterior.beta = 2.0;
        posterior.at(&f.theta, Some(&mut doubled)).expect("finite");
        let likelihood: Vec<f64> = doubled.iter().zip(&gradient).map(|(two, one)| two - one).collect();
        all.compare_blocks(&format!("{name}: ∇Σℓ"), ONCE, &f.model, &likelihood, &case["gradient_likelihood"]);
    }
    all.tell();
}

/// Fifty steps of PyTorch's rules, decoupled decay, schedules and clipping among them. Fails with ε inside Adam's root, and with momentum's v applied before it is updated.
#[test]
fn optimisers_fifty_steps() {
    let fixture = fixture("optimisers");
    let f = coefficients(&fixture);
    let data = dataset(matrix(&fixture["x"]), matrix(&fixture["y"]), &[1.0]);
    let rows = data.train.x.nrows();
    let mut all = Differences::default();
    let mut seen = BTreeSet::new();
    for case in cases(&fixture) {
        let method = *Method::ALL.iter().find(|method| method.name() == case["method"]).expect("a method");
        seen.insert(method.name());
        let schedule = *Schedule::ALL.iter().find(|schedule| schedule.name() == case["schedule"]).expect("a schedule");
        let plan = Plan {
            method,
            rate: read(&case["rate"]),
            schedule,
            warmup: read(&case["warmup"]),
            horizon: read(&case["horizon"]),
            momentum: read(&case["momentum"]),
            decay: case["decay"].as_f64().map_or(Decay::Prior, Decay::Of),
            clip: case["clip"].as_f64().map_or(Clip::None, Clip::At),
            batch: Batch::Full,
            ..Plan::default()
        };
        let posterior = Posterior::new(&f.model, Reference::new(f.model.clone(), data.clone()), Vec::new());
        let mut posterior = if method.is_decoupled() { posterior.decoupled() } else { posterior };
        let mut learner = Learner::new(&plan, f.theta.to_vec(), &f.model, rows, Seeds(0));
        for stop in case["path"].as_array().expect("a path") {
            let until: u64 = read(&stop["step"]);
            learner.advance(&mut posterior, &mut |step| step.step < until);
            let name = format!("{} after {until}", method.name());
            all.compare_blocks(&name, FIFTY_STEPS, &f.model, learner.theta(), &stop["theta"]);
        }
        assert_eq!(learner.step(), 50);
    }
    assert_eq!(seen.len(), Method::ALL.len());
    all.tell();
}

/// Where `SciPy`'s L-BFGS-B ends: the log posterior of the mode, and the function.
#[test]
fn modes_by_lbfgs() {
    let fixture = fixture("modes");
    let mut all = Differences::default();
    for (number, case) in cases(&fixture).iter().enumerate() {
        let f = coefficients(case);
        let name = title(number, &f.model.f);
        let data = dataset(matrix(&case["x"]), matrix(&case["y"]), &vec![1.0; f.model.f.outputs]);
        let mut posterior = Posterior::new(&f.model, Reference::new(f.model.clone(), data), Vec::new());
        let mut learner = Lbfgs::new(f.theta.to_vec());
        let turn = learner.advance(&mut posterior, &mut |step| step.step < 5000);
        assert_eq!(turn, Turn::Settled, "{name}");
        let reached = posterior.at(learner.theta(), None).expect("finite").log_posterior();
        all.compare(&format!("{name}: log p at the mode"), 1e-10, &[reached], &numbers(&case["log_posterior"]));
        let mode = Coefficients::new(f.model.clone(), learner.theta()).expect("as long as the layout");
        let ours: Vec<f64> = through(&mode, matrix(&case["grid"]).view()).f.into_iter().collect();
        all.compare(&format!("{name}: f at the mode"), 1e-5, &ours, &numbers(&case["mode"]));
    }
    all.tell();
}
