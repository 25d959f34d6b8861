//! What mends an illness: changes as a person would make them, values on the ladder 1, 2, 5. Knows no screen.

use super::{Illness, Reason};
use crate::function::Init;
use crate::learn::Way;
use crate::model::{Group, Likelihood, Prior, Scale};
use crate::preset::{Change, Path, Value};
use crate::run::Snapshot;

/// λ over the critical one that a mend aims at.
const BELOW: f64 = 0.1;
/// n λ/S that a mend aims at.
const PULL: f64 = 0.005;
/// Steps within which a rate diverges that is too high by more than a power of ten.
const SOON: u64 = 5;
/// What an acceptance is raised to, so that steps are shorter.
const CAREFUL: [f64; 3] = [0.9, 0.95, 0.99];
/// R-hat below which chains only need more draws.
const NEAR: f64 = 1.1;
/// An s that is written in place of a learned one, in y's standard deviations where y is standardised.
const USUAL: f64 = 0.1;
/// Elements of a stage below which one that is turned off is a large part of it.
const FEW: usize = 8;

pub(super) fn of(run: &Snapshot, illness: &Illness) -> Vec<Change> {
    let redraw = |stage| Change::Redraw { stage };
    match illness {
        // Where the very first value is too large, the rate has no part in it.
        Illness::Diverged { step: 0, .. } => vec![redraw(None)],
        // So soon that a tenth is too high as well: preset lr-too-high's 2 ends after 4 steps, and 0.2 does too.
        Illness::Diverged { step, rate, .. } if *step < SOON => vec![set_rate(*rate, -6), redraw(None)],
        Illness::Diverged { rate, .. } | Illness::Thrown { rate, .. } => vec![set_rate(*rate, -3), redraw(None)],
        Illness::TooFast { rate, .. } => vec![set_rate(*rate, -2)],
        Illness::TooSlow { rate, .. } => vec![set_rate(*rate, 3)],
        Illness::AboveCritical { lambda, critical } => weaker(run, lambda / critical, BELOW).into_iter().collect(),
        Illness::Strayed { .. } => {
            let now = run.experiment.learn.nuts.target_accept;
            let next = CAREFUL.into_iter().find(|accept| *accept > now);
            next.map(|accept| Change::Set(known("learn.target_accept"), Value::Real(accept))).into_iter().collect()
        }
        // Far apart they are at different modes, which more draws do not join.
        Illness::Apart { rhat, .. } if *rhat < NEAR => {
            let draws = run.experiment.learn.nuts.draws.saturating_mul(4);
            vec![Change::Set(known("learn.draws"), Value::Int(i64::try_from(draws).unwrap_or(i64::MAX)))]
        }
        Illness::Apart { .. } => Vec::new(),
        Illness::CutOff { .. } => {
            let (path, depth) = (known("learn.max_depth"), i64::try_from(run.experiment.learn.nuts.depth).unwrap_or(0));
            let deeper = path.row().kind.nudge(&Value::Int(depth), 2);
            (deeper != Value::Int(depth)).then_some(Change::Set(path, deeper)).into_iter().collect()
        }
        Illness::Dead { stage, .. } | Illness::Saturated { stage, .. } => vec![redraw(Some(*stage))],
        Illness::Idle { stage, .. } => fresh(run, Some(*stage)),
        Illness::Overfit { .. } => stronger(run).into_iter().collect(),
        Illness::Collapsed { reason } => match reason {
            Reason::Thrown { rate, .. } => vec![set_rate(*rate, -3), redraw(None)],
            Reason::Critical { lambda, critical } => {
                heard(run, lambda / critical, BELOW).into_iter().chain([redraw(None)]).collect()
            }
            Reason::Zero { stage } => fresh(run, *stage),
            Reason::Dead { .. } | Reason::Saturated { .. } | Reason::Local { prior: false, .. } => revived(run),
            Reason::Local { prior: true, .. } => {
                heard(run, pull(run), PULL).into_iter().chain([redraw(None)]).collect()
            }
            Reason::Cancelled => vec![redraw(None)],
        },
    }
}

/// What is flat drawn anew. Of few elements a step soon turns off the last one: of preset dead's ten f⁽ⁱ⁾ of two, five starts
/// that passed everything on died within 300 steps at the rate 0.01, and none at 0.001.
fn revived(run: &Snapshot) -> Vec<Change> {
    let (model, learn) = (&run.experiment.model, &run.experiment.learn);
    let narrow = learn.way == Way::Descent && model.f.stages.iter().any(|stage| stage.k < FEW);
    narrow.then(|| set_rate(learn.rate, -3)).into_iter().chain([Change::Revive]).collect()
}

/// A stage drawn anew; where its start is written to be what it is, that is unwritten first.
fn fresh(run: &Snapshot, stage: Option<usize>) -> Vec<Change> {
    let start = &run.experiment.start;
    let of_stage = |name: &str| stage.is_none_or(|index| name.starts_with(&format!("f{index}.")));
    let given = start.given.iter().filter(|(name, values)| of_stage(name) && values.iter().all(|value| *value == 0.0));
    let mut changes: Vec<Change> = given.filter_map(|(name, _)| Path::full(name).ok()).map(Change::Clear).collect();
    if start.init == Init::Zero {
        changes.push(Change::Set(known("model.init"), Value::Text(Init::He.name().into())));
    }
    if changes.is_empty() {
        changes.push(Change::Redraw { stage });
    }
    changes
}

/// The rate so many rungs of 1, 2, 5 up or down.
fn set_rate(rate: f64, rungs: i32) -> Change {
    let path = known("learn.rate");
    Change::Set(path, path.row().kind.nudge(&Value::Real(rate), rungs))
}

/// What lets the data be heard where ŷ is a constant: of few rows a learned s is that of y, whatever τ is; else a weaker prior.
fn heard(run: &Snapshot, ratio: f64, aim: f64) -> Option<Change> {
    if run.experiment.model.likelihood.scale() == Some(Scale::Learned) {
        return Some(Change::Set(known("likelihood.scale"), Value::Real(USUAL)));
    }
    weaker(run, ratio, aim)
}

/// A τ so much larger that a ratio which goes with 1/τ² becomes `aim` or less: every τ if all are one, else that of a.
fn weaker(run: &Snapshot, ratio: f64, aim: f64) -> Option<Change> {
    let [low, high] = run.lambda()?.tau;
    let (path, tau) = if low < high {
        let sole = (run.experiment.model.f.depth() == 1).then_some(Some(1))?;
        let path = Path::of(known("prior.a.tau").row(), sole)?;
        // λ goes with the geometric mean of 1/τ² of a and of b and c: with 1/τ of a alone.
        (path, tau_of_a(run)? * ratio / aim)
    } else {
        (known("prior.tau"), high * (ratio / aim).sqrt())
    };
    // The first rung at or above it.
    Some(Change::Set(path, path.row().kind.nudge(&Value::Real(tau * (1.0 - 1e-6)), 1)))
}

/// τ two rungs down: λ some 25 times as large.
fn stronger(run: &Snapshot) -> Option<Change> {
    let [low, high] = run.lambda()?.tau;
    let path = known("prior.tau");
    (low >= high).then(|| Change::Set(path, path.row().kind.nudge(&Value::Real(high), -2)))
}

fn tau_of_a(run: &Snapshot) -> Option<f64> {
    match run.experiment.model.priors.stages.first()?.a {
        Prior::Gaussian { tau, .. } => Some(tau),
        Prior::Laplace { .. } | Prior::StudentT { .. } | Prior::Flat => None,
    }
}

/// n λ/S of the n factors a and b on the way from x to ŷ: λ = s²/τ² by the geometric mean over them, S = Σ‖y − ȳ‖². A path of
/// n factors has no optimum but 0 from about 1 on. For a Gaussian likelihood; 0 for others, of which nothing is known.
#[expect(clippy::cast_precision_loss, reason = "counts of blocks and rows")]
pub(super) fn pull(run: &Snapshot) -> f64 {
    let model = &run.experiment.model;
    let layout = model.layout();
    let factors = layout.blocks.iter().filter(|block| matches!(block.group, Group::A | Group::B));
    let logs: Vec<f64> = factors.filter_map(|block| model.priors.sd(block)).map(|sd| -2.0 * sd.ln()).collect();
    let n = logs.len() as f64;
    let gaussian = matches!(model.likelihood, Likelihood::Gaussian { .. });
    let Some(s) = run.scale().filter(|_| gaussian && n > 0.0) else { return 0.0 };
    let y = &run.data.train.y;
    let mean = y.mean_axis(ndarray::Axis(0));
    let signal = mean.map_or(0.0, |mean| (y - &mean).iter().map(|value| value * value).sum::<f64>());
    n * s * s * (logs.iter().sum::<f64>() / n).exp() / signal.max(f64::MIN_POSITIVE)
}

fn known(name: &str) -> Path {
    Path::full(name).expect("the table has this key")
}
