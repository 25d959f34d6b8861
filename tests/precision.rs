//! `learn.precision`: f32 learns what f64 learns, to the bit what it learned before, and tells its losses in f64.

use fnexplore::bayes::{LogDensity, Posterior};
use fnexplore::engine::Engine;
use fnexplore::function::{Reference, Rows};
use fnexplore::preset::{self, Change, Preset};
use fnexplore::run::{Checkpoint, Run, RunId, RunSpec, Saved, Snapshot, Status};
use fnexplore::text::Clean;
use std::sync::Arc;

const F32: &str = "learn.precision=f32";

/// A built-in preset with changes.
fn opened(name: &str, changes: &[&str]) -> Preset {
    let mut preset = preset::built_in(name).expect("a built-in preset");
    for change in changes {
        let Change::Set(path, value) = Change::parse(change).expect("a change") else { unreachable!("a setting") };
        preset.base.set(&path, value).expect("an allowed value");
    }
    preset
}

fn run(preset: &Preset, saved: Option<Arc<Saved>>) -> Run {
    let name = Clean::from("model");
    Run::new(RunSpec { id: RunId(0), name, settings: preset.settings(0), saved }).expect("a run")
}

fn learned(preset: &Preset, steps: u64) -> (Run, Snapshot) {
    let mut run = run(preset, None);
    run.advance(&mut |step| step >= steps);
    let seen = run.snapshot(Status::Paused, 0.0);
    (run, seen)
}

fn bits(seen: &Snapshot) -> Vec<u64> {
    seen.belief.mode().theta.iter().map(|value| value.to_bits()).collect()
}

/// After 400 steps the losses differ by less than 1e-5 of themselves. The rates are small enough for a path, which rounding would part elsewhere.
#[test]
fn f32_learns_what_f64_learns() {
    for name in ["compose", "residual", "xor"] {
        for (method, rate) in [("adam", 1e-3), ("momentum", 1e-4)] {
            let (method, rate) = (format!("learn.method={method}"), format!("learn.rate={rate}"));
            let (_, double) = learned(&opened(name, &[&method, &rate]), 400);
            let (_, single) = learned(&opened(name, &[&method, &rate, F32]), 400);
            assert_ne!(bits(&double), bits(&single), "{name}: nothing was computed in f32");
            for (double, single) in [(double.loss, single.loss), (double.test_loss, single.test_loss)] {
                let both_none = double.is_nan() && single.is_nan();
                assert!(both_none || (single / double - 1.0).abs() < 1e-5, "{name}, {method}: {single} for {double}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_however_the_steps_are_asked_for() {
    let preset = opened("residual", &[F32, "learn.batch=7"]);
    let (_, whole) = learned(&preset, 203);
    let mut parts = run(&preset, None);
    for until in [1, 2, 64, 100, 203] {
        parts.advance(&mut |step| step >= until);
        parts.snapshot(Status::Running, 0.0);
    }
    assert_eq!(bits(&whole), bits(&parts.snapshot(Status::Paused, 0.0)));
}

/// Moments and θ are f64 in the file too.
#[test]
fn a_saved_run_goes_on_to_the_bit() {
    for at in [0, 1, 64, 203] {
        let preset = opened("compose", &[F32, "learn.batch=7"]);
        let mut whole = run(&preset, None);
        if at > 0 {
            whole.advance(&mut |step| step >= at);
        }
        let session = Checkpoint {
            preset: preset.to_toml(),
            name: "t".to_owned(),
            home: None,
            forks: Vec::new(),
            runs: vec![Arc::new(whole.saved())],
            going: None,
        };
        assert!(session.preset.contains("precision = \"f32\""), "{}", session.preset);
        let read = Checkpoint::read(&session.bytes()).expect("a session");
        let mut resumed = run(&preset, Some(read.runs[0].clone()));
        assert_eq!(resumed.step(), at);
        for run in [&mut whole, &mut resumed] {
            run.advance(&mut |step| step >= at + 50);
        }
        let [whole, resumed] = [&mut whole, &mut resumed].map(|run| bits(&run.snapshot(Status::Paused, 0.0)));
        assert_eq!(whole, resumed, "after {at}");
    }
}

/// The losses and the log posterior of a snapshot are the reference's at its θ, to f64's digits and not to f32's.
#[test]
fn what_is_told_is_computed_in_f64() {
    let (_, seen) = learned(&opened("compose", &[F32, "data.test=0.2"]), 100);
    let reference = Reference::new(seen.experiment.model.clone(), seen.data.clone());
    let mut posterior = Posterior::new(&seen.experiment.model, reference, Vec::new());
    let theta = seen.belief.mode().theta.to_vec();
    let parts = posterior.at(&theta, None).expect("finite");
    let test = posterior.fit(&theta, Rows::Test).expect("finite").loss;
    let pairs = [(seen.loss, parts.loss), (seen.test_loss, test), (seen.log_posterior, parts.log_posterior())];
    for (told, exact) in pairs {
        assert!((told / exact - 1.0).abs() < 1e-12, "{told} for {exact}");
    }
    // The gradient that it was learned by is not.
    let mut single = Posterior::new(
        &seen.experiment.model,
        Engine::<f32>::new(seen.experiment.model.clone(), seen.data.clone()),
        Vec::new(),
    );
    let (mut exact, mut rough) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    posterior.at(&theta, Some(&mut exact)).expect("finite");
    single.at(&theta, Some(&mut rough)).expect("finite");
    assert_ne!(exact, rough);
}

#[test]
fn a_run_diverges_in_f32_as_in_f64() {
    let wild = ["learn.method=sgd", "learn.rate=100"];
    let (double, _) = learned(&opened("compose", &wild), 400);
    let (single, seen) = learned(&opened("compose", &[wild[0], wild[1], F32]), 400);
    assert!(double.has_diverged() && single.has_diverged());
    assert!(double.step().abs_diff(single.step()) <= 3, "after {} and {} steps", double.step(), single.step());
    assert!(seen.belief.mode().theta.iter().all(|value| value.is_finite()));
}

/// Changed while it learns, moments and all go on; and methods that find a posterior say that they do not use it.
#[test]
fn it_can_be_changed_while_it_learns_and_posteriors_say_that_they_use_f64() {
    let (mut run, before) = learned(&opened("compose", &[]), 50);
    let told = run.change(&Change::parse(F32).expect("a change")).expect("made");
    assert!(told.contains("f32"), "{told}");
    assert_eq!(bits(&before), bits(&run.snapshot(Status::Paused, 0.0)), "θ is kept");
    run.advance(&mut |step| step >= 60);
    run.undo().expect("undone");
    for method in ["exact", "laplace", "nuts", "lbfgs", "mode"] {
        let double = opened("compose", &["model.k=4", "data.n=20", &format!("learn.method={method}")]);
        let single = opened("compose", &["model.k=4", "data.n=20", &format!("learn.method={method}"), F32]);
        let [double, single] = [double, single].map(|preset| learned(&preset, 5).1);
        assert_eq!(bits(&double), bits(&single), "{method}");
    }
    let (mut run, _) = learned(&opened("compose", &[F32]), 5);
    let told = run.change(&Change::parse("learn.method=lbfgs").expect("a change")).expect("made");
    assert!(told.contains("lbfgs always computes in f64"), "{told}");
}

/// Elements that nothing but their prior pulls sink below f32's normal numbers; they count as 0 there, and are wrong by nothing.
#[test]
fn coefficients_too_small_for_f32_are_zero_in_it() {
    let (_, seen) = learned(&opened("compose", &[]), 1);
    let mut theta = seen.belief.mode().theta.to_vec();
    let model = &seen.experiment.model;
    let mut single = Posterior::new(model, Engine::<f32>::new(model.clone(), seen.data.clone()), Vec::new());
    let zeroed: Vec<f64> = theta.iter().enumerate().map(|(at, &value)| if at % 3 == 0 { 0.0 } else { value }).collect();
    theta.iter_mut().step_by(3).for_each(|value| *value = 1e-41);
    let of = |theta: &[f64], single: &mut Posterior<Engine<f32>>| single.fit(theta, Rows::Train).expect("finite");
    assert_eq!(of(&theta, &mut single), of(&zeroed, &mut single));
}
