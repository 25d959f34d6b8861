//! What training is said to have come to: the JSON Lines of the contract, and words for people. Knows no thread.

use crate::bayes::diagnostics::Diagnosis;
use crate::bayes::{Bracket, Learned, Missing};
use crate::data::Yardsticks;
use crate::function::constant_loss;
use crate::learn::Way;
use crate::model::Likelihood;
use crate::run::{Illness, Snapshot, Status, Summary, why};
use serde_json::{Value, json};
use std::time::Duration;

/// A run begins.
pub(super) fn start(run: &Snapshot) -> Value {
    json!({
        "event": "start",
        "variant": run.name.as_str(),
        "parameters": run.experiment.model.layout().len(),
        "seed": run.experiment.seed,
        "precision": run.experiment.learn.computes_in().name(),
    })
}

/// A run goes on.
pub(super) fn step(run: &Snapshot) -> Value {
    let mut line = json!({
        "event": "step",
        "variant": run.name.as_str(),
        "step": run.step,
        "loss": finite(run.loss),
        "test_loss": finite(run.test_loss),
        "log_posterior": finite(run.log_posterior),
        "steps_per_s": finite(run.steps_per_s),
    });
    if let Some(whole) = run.whole {
        line["phase"] = json!(if run.warming { "warm-up" } else { "sampling" });
        line["steps"] = json!(whole);
    }
    line
}

/// What a posterior came to, shortly.
pub(super) fn posterior(run: &Snapshot, summary: &Summary) -> Value {
    let mut line = summary_of(run, summary);
    line["event"] = json!("posterior");
    if let Some(told) = line.as_object_mut() {
        for long in ["quantities", "diverged", "e_bfmi", "displacement", "knock_out", "places"] {
            told.remove(long);
        }
    }
    line
}

/// All there is to say of a belief: `summary.json`'s entry.
pub(super) fn summary(run: &Snapshot, summary: &Summary) -> Value {
    summary_of(run, summary)
}

fn summary_of(run: &Snapshot, summary: &Summary) -> Value {
    let learned = |own: &Learned| {
        let (low, high) = match own.kl {
            Ok(bracket) => (json!(finite(bracket.low)), bracket.high.map_or(Value::Null, finite)),
            Err(_) => (Value::Null, Value::Null),
        };
        json!({
            "stage": format!("f{}", own.stage),
            "kl_low": low,
            "kl_high": high,
            "why_not": own.kl.err().map(missing),
            "effective": finite(own.effective),
            "coefficients": own.coefficients,
            "knockout": knocked(summary, own.stage),
            "estimator": if summary.exact { "exact" } else { own.estimator.name() },
            "log_copies": finite(own.log_copies),
        })
    };
    let account = summary.account.as_ref();
    let learned: Vec<Value> = account.into_iter().flat_map(|account| &account.stages).map(learned).collect();
    let mut line = json!({
        "variant": run.name.as_str(),
        "method": summary.method,
        "beta": summary.beta,
        "step": summary.step,
        "log_evidence": summary.log_evidence.map_or(Value::Null, finite),
        "log_evidence_given_all_else": summary.given,
        "log_copies": summary.log_copies(),
        "learned": learned,
        "learned_jointly": account.and_then(|account| account.jointly).map_or(Value::Null, finite),
        "displacement": summary.displacement.iter().map(|(index, own)| json!({"stage": format!("f{index}"), "value": finite(*own)})).collect::<Vec<_>>(),
        "knock_out": summary.knock_out.iter().map(|own| json!({
            "stage": format!("f{}", own.stage),
            "to_mode": finite(own.to_mode),
            "to_draws": finite(own.to_draws),
        })).collect::<Vec<_>>(),
        "divergences": 0,
        "rhat_max": Value::Null,
        "ess_min": Value::Null,
        "error": wrong(summary),
    });
    if let Some(sampled) = &summary.sampled {
        line["chains"] = json!(sampled.chains);
        line["draws"] = json!(sampled.draws);
        line["divergences"] = json!(sampled.divergences);
        line["max_depth_hits"] = json!(sampled.deepest);
        line["rhat_max"] = finite(sampled.rhat_max());
        line["ess_min"] = finite(sampled.ess_min());
        line["e_bfmi"] = sampled.e_bfmi.iter().map(|own| finite(*own)).collect();
        line["quantities"] = sampled.quantities.iter().map(|(name, own)| diagnosis(name, own)).collect();
        line["places"] = json!(sampled.places);
        line["diverged"] = sampled.diverged.iter().map(|f| f.iter().map(|y| finite(*y)).collect::<Value>()).collect();
    }
    line
}

fn diagnosis(name: &str, own: &Diagnosis) -> Value {
    json!({
        "name": name,
        "mean": finite(own.mean),
        "sd": finite(own.sd),
        "rhat": finite(own.rhat),
        "ess_bulk": finite(own.bulk),
        "ess_tail": finite(own.tail),
        "mcse_mean": finite(own.mcse_mean),
    })
}

/// Nats an observation loses without that stage.
fn knocked(summary: &Summary, stage: usize) -> Value {
    let own = summary.knock_out.iter().find(|own| own.stage == stage);
    own.map_or(Value::Null, |own| finite(own.to_mode))
}

/// Why there are no nats.
fn missing(why: Missing) -> String {
    match why {
        Missing::Draws { have, need } => {
            format!("the draws are worth {have:.0} independent ones; {need:.0} would be needed")
        }
        Missing::Prior => "a prior is not Gaussian".to_owned(),
    }
}

/// Why there is no posterior where one was asked for.
fn wrong(summary: &Summary) -> Option<String> {
    let known = summary.account.is_some() || summary.sampled.is_some();
    let short = summary.method == Way::Laplace.name() && !known;
    let unreached =
        || format!("the mode is not reached after step {}: there is no posterior about it yet", summary.step);
    summary.wrong.as_ref().map(ToString::to_string).or_else(|| short.then(unreached))
}

/// What each f⁽ⁱ⁾ learned, for people; the estimator is always named.
pub(super) fn learned(summary: &Summary) -> Vec<String> {
    let line = |own: &Learned| {
        let nats = match own.kl {
            Ok(Bracket { low, high: Some(high) }) => format!("{low:.2} to {high:.2} nats"),
            Ok(Bracket { low, high: None }) => format!("at least {low:.2} nats"),
            Err(why) => format!("nats unknown: {}", missing(why)),
        };
        let estimator = if summary.exact { "exact" } else { own.estimator.name() };
        let determined = if own.effective.is_finite() { format!("{:.1}", own.effective) } else { "–".to_owned() };
        format!("f{} learned {nats}   γ {determined} of {}   {estimator}", own.stage, own.coefficients)
    };
    let account = summary.account.as_ref();
    let stages = account.into_iter().flat_map(|account| &account.stages).map(line);
    let jointly = account.and_then(|account| account.jointly).map(|nats| format!("jointly {nats:.2} nats"));
    let given = if summary.given { "   of f1 alone, all else given" } else { "" };
    let copies = match summary.log_copies() {
        nats if nats > 0.0 => format!("   of one mode, up to {nats:.2} more with all its copies"),
        _ => String::new(),
    };
    let evidence = summary.log_evidence.map(|nats| format!("log evidence {nats:.3}{copies}{given}"));
    let sampled = summary.sampled.as_ref().map(|own| {
        format!(
            "{} chains, {} draws   R-hat {:.4}   least ESS {:.0}   {} divergences",
            own.chains,
            own.draws,
            own.rhat_max(),
            own.ess_min(),
            own.divergences
        )
    });
    let wrong = wrong(summary);
    stages.chain(jointly).chain(evidence).chain(sampled).chain(wrong).collect()
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
        "collapsed": constant(run).is_some(),
        "loss": finite(run.loss),
        "test_loss": finite(run.test_loss),
        "seconds": took.as_secs_f64(),
        "steps_per_s": finite(rate),
        "constant_loss": finite(yardsticks.constant),
        "line_loss": finite(yardsticks.line),
    })
}

/// Why ŷ is a constant, if it is.
fn constant(run: &Snapshot) -> Option<String> {
    let mut illnesses = why(run).into_iter().map(|finding| finding.illness);
    illnesses.find(|illness| matches!(illness, Illness::Collapsed { .. })).map(|illness| illness.sentence())
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

/// Six decimals, or six digits where these would be none or a line full.
pub(super) fn figure(number: f64) -> String {
    // What rounding leaves of nothing is nothing.
    if number.abs() < 1e-15 || (1e-3..1e7).contains(&number.abs()) {
        format!("{number:.6}")
    } else {
        format!("{number:.5e}")
    }
}

/// One line a run for people.
pub(super) fn sentence(run: &Snapshot, took: Duration) -> String {
    let yardsticks = yardsticks(run);
    let or = |number: f64, words: &str| {
        if number.is_finite() { format!("{words} {}", figure(number)) } else { String::new() }
    };
    let told = |parts: &[String], between: &str| {
        parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(between)
    };
    // Beside the loss that they are of: on held-out rows, where there are any.
    let beside = match told(&[or(yardsticks.constant, "best constant"), or(yardsticks.line, "best line")], ", ") {
        own if own.is_empty() => own,
        own => format!(" ({own})"),
    };
    let losses = match (or(run.loss, "loss"), or(run.test_loss, "test")) {
        (loss, test) if test.is_empty() => format!("{loss}{beside}"),
        (loss, test) => told(&[loss, format!("{test}{beside}")], "   "),
    };
    let end = match &run.status {
        Status::Diverged { step, block } => format!("   diverged after step {step} in {block}"),
        Status::Stopped(rule) => format!("   stopped by {}", rule.key()),
        _ => constant(run).map(|why| format!("   {why}")).unwrap_or_default(),
    };
    format!("{}   step {}   {losses}   {:.1} s{end}", run.name, run.step, took.as_secs_f64())
}
