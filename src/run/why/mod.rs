//! Why a run does not do better: its illnesses, worst first, each with its evidence in one sentence and with what mends it.
//! Pure: a picture of a run in, findings out. Knows no key and no screen.

mod collapse;
mod illness;
mod mend;
mod words;

pub use illness::{Illness, Reason};

use super::{AGREED, Snapshot, Status, Trend};
use crate::learn::{Batch, Way};
use crate::model::{Likelihood, Scale};
use crate::preset::Change;
use crate::run::Bucket;

/// One illness, and what mends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What is wrong, with the numbers that show it.
    pub illness: Illness,
    /// What mends it, to be made in this order; nothing where nobody knows.
    pub mend: Vec<Change>,
}

/// Steps under one setting before a slow or an idle run says anything.
const PATIENCE: u64 = 300;
/// Of the last fifty steps so many must have risen before a rate is too high: a good one rises in half of them, but by little.
const RISES: u64 = 15;
/// The loss must then swing by this part of its mean.
const SWING: f64 = 0.15;
/// And have fallen by less than this part.
const FALLEN: f64 = 0.1;
/// A loss that has been so many times its first one was thrown.
const THROWN: f64 = 30.0;
/// At a pace that stays the same what is left would take so many times the steps that were done.
const AHEAD: f64 = 3.0;
/// The last quarter's fall over that of the quarter before where a loss falls evenly.
const EVEN: std::ops::RangeInclusive<f64> = 0.85..=1.3;
/// Held-out loss over training loss from which on a fit follows its noise.
const APART: f64 = 4.0;
/// Held-out rows below which their loss says nothing.
const JUDGES: usize = 8;
/// Draws from which on their trajectories are counted, and one part in so many that may be cut off.
const DRAWN: usize = 100;
const CUT_OFF: usize = 10;
/// A branch that adds less than this part of the stream does nothing.
const IDLE: f64 = 0.01;

/// Everything that is wrong with a run, worst first.
#[must_use]
pub fn why(run: &Snapshot) -> Vec<Finding> {
    if let Status::Diverged { step, block } = &run.status {
        let illness = Illness::Diverged { step: *step, block: block.clone(), rate: run.experiment.learn.rate };
        return vec![Finding { mend: mend::of(run, &illness), illness }];
    }
    let collapsed = collapse::reason(run);
    // Of a stage at 0 it has no meaning that its elements are dead.
    let zero = |stage: usize| run.experiment.model.f.position(stage).is_some_and(|at| run.health.stages[at].at_zero);
    let told = |stage: usize| matches!(collapsed, Some(Reason::Dead { stage: of, .. } | Reason::Saturated { stage: of, .. }) if of == stage);
    let critical = above_critical(run).filter(|_| !matches!(collapsed, Some(Reason::Critical { .. })));
    let elements =
        elements(run).into_iter().filter(|illness| illness.stage().is_none_or(|stage| !told(stage) && !zero(stage)));
    // Only a descent has a rate.
    let descends = run.experiment.learn.way == Way::Descent;
    let fast = too_fast(run).filter(|_| descends && !matches!(collapsed, Some(Reason::Thrown { .. })));
    let (slow, idle) = (too_slow(run).filter(|_| descends && collapsed.is_none()), idle(run));
    let whole = collapsed.clone().map(|reason| Illness::Collapsed { reason });
    let all = drawn_badly(run)
        .into_iter()
        .chain(whole)
        .chain(fast)
        .chain(critical)
        .chain(elements)
        .chain(slow)
        .chain(overfit(run))
        .chain(idle);
    all.map(|illness| Finding { mend: mend::of(run, &illness), illness }).collect()
}

/// What is wrong with draws. Whether chains agree is asked when they are done: before that they may still come together.
fn drawn_badly(run: &Snapshot) -> Vec<Illness> {
    let is_done = run.drawn().is_some_and(|[drawn, all]| drawn >= all);
    let Some(sampled) = run.summary.as_ref().and_then(|summary| summary.sampled.as_ref()) else { return Vec::new() };
    let (rhat, ess, of) = (sampled.rhat_max(), sampled.ess_min(), sampled.draws);
    let apart = (is_done && (rhat.is_nan() || rhat >= AGREED)).then_some(Illness::Apart { rhat, ess });
    let strayed = Some(sampled.divergences).filter(|count| is_done && *count > 0);
    let cut_off = Some(sampled.deepest).filter(|count| of >= DRAWN && count * CUT_OFF > of);
    let gradients = 1 << run.experiment.learn.nuts.depth.min(63);
    let strayed = strayed.map(|count| Illness::Strayed { count, of });
    let cut_off = cut_off.map(|count| Illness::CutOff { count, of, gradients });
    apart.into_iter().chain(strayed).chain(cut_off).collect()
}

/// λ at or above the critical one: the mode is a constant, whether it has come to that yet or not.
fn above_critical(run: &Snapshot) -> Option<Illness> {
    // A decay beside the gradient is no prior's: what it leads to is not the mode.
    let by_prior = !run.experiment.learn.is_decoupled();
    let found = run.threshold.filter(|_| by_prior).filter(|found| found.is_above() && found.critical > 0.0)?;
    let critical = run.lambda()?.critical?;
    Some(Illness::AboveCritical { lambda: critical * found.lambda / found.critical, critical })
}

/// Stages with more than half of their elements dead or saturated, the worst first.
fn elements(run: &Snapshot) -> Vec<Illness> {
    let f = &run.experiment.model.f;
    let stages = || run.health.stages.iter().enumerate().map(|(at, health)| (f.essay_index(at), f.stages[at], health));
    let dead = stages().filter(|(_, stage, health)| 2 * health.dead > stage.k);
    let dead =
        dead.map(|(index, of, health)| Illness::Dead { stage: index, count: health.dead, k: of.k, sigma: of.sigma });
    let saturated = stages().filter(|(_, stage, health)| 2 * health.saturated > stage.k);
    let saturated =
        saturated.map(|(index, of, health)| Illness::Saturated { stage: index, count: health.saturated, k: of.k });
    let mut all: Vec<Illness> = dead.chain(saturated).collect();
    let share = |illness: &Illness| match illness {
        #[expect(clippy::cast_precision_loss, reason = "counts of elements")]
        Illness::Dead { count, k, .. } | Illness::Saturated { count, k, .. } => *count as f64 / *k as f64,
        _ => 0.0,
    };
    all.sort_by(|one, other| share(other).total_cmp(&share(one)));
    all
}

/// The loss swings without falling (all rows a step only: else it swings by the choice of rows), or was thrown far up.
fn too_fast(run: &Snapshot) -> Option<Illness> {
    let rate = run.experiment.learn.rate;
    if let Some((first, greatest)) = thrown(run, THROWN) {
        return Some(Illness::Thrown { rate, first, greatest });
    }
    let wobble = run
        .history
        .recent()
        .wobble(run.step.saturating_sub(run.since))
        .filter(|_| is_full_batch(run) && floor(run).is_some())?;
    let swings = wobble.rises >= RISES && wobble.swing >= SWING && wobble.mean > (1.0 - FALLEN) * wobble.before;
    swings.then_some(Illness::TooFast { rate, rises: wobble.rises, of: wobble.of })
}

/// The first loss since the last change and the greatest since, if that is so many times as much. A stretch that the change lies in
/// tells of both sides of it, and of the change itself.
fn thrown(run: &Snapshot, times: f64) -> Option<(f64, f64)> {
    let mut before = 0;
    let whole = |bucket: &Bucket| std::mem::replace(&mut before, bucket.step) >= run.since;
    let mut since = run.history.buckets().filter(whole).filter(|bucket| bucket.count > 0);
    let first = since.next()?;
    let greatest = since.map(|bucket| bucket.greatest).fold(first.greatest, f64::max);
    (first.mean > 0.0 && greatest > times * first.mean).then_some((first.mean, greatest))
}

/// The loss falls evenly, without ever rising, and so slowly that the end is far.
fn too_slow(run: &Snapshot) -> Option<Illness> {
    let trend = Trend::of(&run.history, run.since, run.step).filter(|trend| trend.steps >= PATIENCE)?;
    let rises = run.history.recent().wobble(trend.steps).map_or(0, |wobble| wobble.rises);
    let left = (run.loss - floor(run)?) / trend.speed();
    #[expect(clippy::cast_precision_loss, reason = "a count of steps")]
    let far = left > AHEAD * trend.steps as f64;
    let even = EVEN.contains(&trend.pace()) && trend.fall() > 1e-6 && (rises <= 1 || !is_full_batch(run));
    let rate = run.experiment.learn.rate;
    (far && even).then_some(Illness::TooSlow { rate, left })
}

/// The training loss is far below the held-out one, which is above what the noise is believed to be.
fn overfit(run: &Snapshot) -> Option<Illness> {
    let (train, test) = (run.loss, run.test_loss);
    let judged = run.data.test.x.nrows() >= JUDGES && run.step.saturating_sub(run.since) >= 100;
    let apart = train > 0.0 && test > APART * train && test > 2.0 * floor(run)?;
    (judged && apart).then_some(Illness::Overfit { train, test })
}

/// A residual branch that adds next to nothing, beside others that do; not one that is held on purpose.
fn idle(run: &Snapshot) -> Vec<Illness> {
    let f = &run.experiment.model.f;
    if f.depth() < 2 {
        return Vec::new();
    }
    let young = run.step.saturating_sub(run.since) < PATIENCE;
    let stages = run.health.stages.iter().enumerate();
    let held = |at: usize| run.experiment.hold.iter().any(|(stage, _)| *stage == at);
    stages
        .filter(|(at, health)| !held(*at) && (health.at_zero || !young))
        .filter_map(|(at, health)| {
            // At 0 only d is left, which moves x along and no more.
            let share = health.share.filter(|share| *share < IDLE || health.at_zero)?;
            Some(Illness::Idle { stage: f.essay_index(at), share, at_zero: health.at_zero })
        })
        .collect()
}

fn is_full_batch(run: &Snapshot) -> bool {
    match run.experiment.learn.batch {
        Batch::Full => true,
        Batch::Of(size) => size >= run.data.train.x.nrows(),
    }
}

/// What is left of the loss of a fit that leaves the believed noise: s² in the data's own units, and 0 where s is learned;
/// 0 for −ℓ of what is discrete. None for densities, of which it may be anything.
#[expect(clippy::cast_precision_loss, reason = "a count of outputs")]
fn floor(run: &Snapshot) -> Option<f64> {
    let outputs = &run.data.outputs;
    let own = |s: f64| outputs.iter().map(|column| (s * column.sd).powi(2)).sum::<f64>() / outputs.len().max(1) as f64;
    match run.experiment.model.likelihood {
        Likelihood::Gaussian { scale: Scale::Fixed(s) } => Some(own(s)),
        Likelihood::Gaussian { scale: Scale::Learned }
        | Likelihood::Bernoulli
        | Likelihood::Categorical
        | Likelihood::Poisson => Some(0.0),
        Likelihood::StudentT { .. } | Likelihood::Laplace { .. } => None,
    }
}

/// What speaks for a run in which nothing is found, in one sentence.
#[must_use]
pub fn well(run: &Snapshot) -> String {
    words::well(run)
}
