//! What training is said to have come to: the JSON Lines of the contract, and words for people. Knows no thread.

use crate::data::Yardsticks;
use crate::function::constant_loss;
use crate::model::Likelihood;
use crate::run::{Snapshot, Status};
use serde_json::{Value, json};
use std::time::Duration;

/// A run begins.
pub(super) fn start(run: &Snapshot) -> Value {
    json!({
        "event": "start",
        "variant": run.name.as_str(),
        "parameters": run.experiment.model.layout().len(),
        "seed": run.experiment.seed,
        "precision": "f64",
    })
}

/// A run goes on.
pub(super) fn step(run: &Snapshot) -> Value {
    json!({
        "event": "step",
        "variant": run.name.as_str(),
        "step": run.step,
        "loss": finite(run.loss),
        "test_loss": finite(run.test_loss),
        "log_posterior": finite(run.log_posterior),
        "steps_per_s": finite(run.steps_per_s),
    })
}

/// A run has ended. The yardsticks are the best constant's and the best straight line's held-out loss.
pub(super) fn end(run: &Snapshot, took: Duration, interrupted: bool) -> Value {
    let status = match run.status {
        Status::Diverged { .. } => "diverged",
        Status::Stopped(_) => "stopped",
        _ if interrupted => "interrupted",
        _ => "finished",
    };
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = run.step as f64 / took.as_secs_f64().max(1e-9);
    let yardsticks = yardsticks(run);
    json!({
        "event": "end",
        "variant": run.name.as_str(),
        "step": run.step,
        "status": status,
        "loss": finite(run.loss),
        "test_loss": finite(run.test_loss),
        "seconds": took.as_secs_f64(),
        "steps_per_s": finite(rate),
        "constant_loss": finite(yardsticks.constant),
        "line_loss": finite(yardsticks.line),
    })
}

/// What knowing little would achieve. A straight line is fitted only where the loss is r².
fn yardsticks(run: &Snapshot) -> Yardsticks {
    let model = &run.experiment.model;
    match model.likelihood {
        Likelihood::Gaussian { .. } => Yardsticks::of(&run.data),
        likelihood => Yardsticks { constant: constant_loss(likelihood, model.f.outputs, &run.data), line: f64::NAN },
    }
}

/// Non-finite numbers are null.
fn finite(number: f64) -> Value {
    if number.is_finite() { json!(number) } else { Value::Null }
}

/// One line a run for people.
pub(super) fn sentence(run: &Snapshot, took: Duration) -> String {
    let yardsticks = yardsticks(run);
    let or = |number: f64, words: &str| if number.is_finite() { format!("{words} {number:.6}") } else { String::new() };
    let parts = [
        or(run.loss, "loss"),
        or(run.test_loss, "test"),
        or(yardsticks.constant, "best constant"),
        or(yardsticks.line, "best line"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let end = match &run.status {
        Status::Diverged { step, block } => format!("   diverged after step {step} in {block}"),
        Status::Stopped(rule) => format!("   stopped by {}", rule.key()),
        _ => String::new(),
    };
    format!("{}   step {}   {}   {:.1} s{end}", run.name, run.step, parts.join("   "), took.as_secs_f64())
}
