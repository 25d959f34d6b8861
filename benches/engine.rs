//! Whole steps and gradients: the engine in both precisions, the reference, and a plain ndarray loop on the same work.
//! `cargo bench` measures all of them in one run; `fnexplore bench` has the rates and the shares of the peak.

mod plain;

use divan::{Bencher, black_box};
use fnexplore::bayes::{LogDensity, Posterior};
use fnexplore::data::Dataset;
use fnexplore::engine::{Engine, Level};
use fnexplore::function::{Evaluate, Reference, start_on};
use fnexplore::learn::{Batch, Learner};
use fnexplore::preset::{Experiment, load};
use fnexplore::seeds::Seeds;
use fnexplore::text::Clean;
use plain::Plain;
use std::sync::Arc;

fn main() {
    divan::main();
}

/// The configurations by name.
const CONFIGS: [&str; 4] = ["a", "b", "d", "e"];

/// An experiment, its data and where it starts.
fn case(name: &str) -> (Experiment, Arc<Dataset>, Vec<f64>) {
    let path = format!("{}/benches/configs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a configuration");
    let preset = load(&Clean::from(name), &text, &|_| Err("no file".to_owned())).expect("a sound preset");
    let experiment = preset.settings(0).experiment().expect("an experiment");
    let data = Arc::new(Dataset::draw(&experiment.data, Seeds(1)).expect("data"));
    let theta = start_on(&experiment.model, &experiment.start, Seeds(1), 0, data.train.x.view());
    (experiment, data, theta)
}

fn steps<E: Evaluate>(bencher: Bencher, name: &str, evaluate: impl Fn(&Experiment, &Arc<Dataset>) -> E) {
    let (experiment, data, theta) = case(name);
    let (model, rows) = (&experiment.model, data.train.x.nrows());
    let mut posterior = Posterior::new(model, evaluate(&experiment, &data), Vec::new());
    let mut learner = Learner::new(&experiment.learn, theta, model, rows, Seeds(1));
    let updates = match experiment.learn.batch {
        Batch::Full => 1,
        Batch::Of(size) => rows.div_ceil(size),
    };
    bencher.bench_local(|| {
        let until = learner.step() + updates as u64;
        learner.advance(&mut posterior, &mut |step| step.step < until)
    });
}

#[divan::bench(args = CONFIGS)]
fn step_engine_f64(bencher: Bencher, name: &str) {
    steps(bencher, name, |experiment, data| Engine::<f64>::new(experiment.model.clone(), data.clone()));
}

#[divan::bench(args = CONFIGS)]
fn step_engine_f32(bencher: Bencher, name: &str) {
    steps(bencher, name, |experiment, data| Engine::<f32>::new(experiment.model.clone(), data.clone()));
}

#[divan::bench(args = CONFIGS)]
fn step_reference(bencher: Bencher, name: &str) {
    steps(bencher, name, |experiment, data| Reference::new(experiment.model.clone(), data.clone()));
}

#[divan::bench(args = CONFIGS)]
fn step_plain_ndarray(bencher: Bencher, name: &str) {
    let mut plain = match name {
        "a" => Plain::chain(&[1, 16, 16, 1], 256, 256, true, false),
        "b" => Plain::chain(&[1, 64, 64, 64, 1], 1024, 1024, true, false),
        "d" => Plain::residual(50, 16, 256),
        _ => Plain::chain(&[2, 4, 2, 1], 250, 10, false, true),
    };
    bencher.bench_local(|| black_box(plain.step()));
}

/// One gradient of the log posterior, at every level of this CPU.
#[divan::bench(args = ["a", "b", "nuts"], consts = [0, 1, 2])]
fn gradient_by_level<const LEVEL: usize>(bencher: Bencher, name: &str) {
    let (experiment, data, theta) = case(name);
    let Some(&level) = Level::all().get(LEVEL) else { return };
    let engine = Engine::<f64>::at_level(experiment.model.clone(), data, level);
    let mut posterior = Posterior::new(&experiment.model, engine, Vec::new());
    let mut gradient = vec![0.0; theta.len()];
    bencher.bench_local(|| posterior.at(&theta, Some(&mut gradient)).is_ok());
}
