//! Why ŷ has become a constant, looked up from the state of the run. Knows no cure.

use super::{Reason, THROWN, above_critical, thrown};
use super::{illness::Illness, mend::pull};
use crate::run::{Health, Snapshot};

/// A loss that rose to so many times its first one before everything died was the death of it.
const KILLED: f64 = 2.0;
/// n λ/S from which on the prior can have made a constant of n factors: the global optimum is one from about 1 on.
const PULLED: f64 = 0.05;
/// What comes out of a stage over what comes in, below which it was lost there.
const LOST: f64 = 0.01;

/// The reason, if the run has collapsed.
pub(super) fn reason(run: &Snapshot) -> Option<Reason> {
    // What is drawn comes and goes.
    if !run.health.collapsed || run.step < Health::EARLIEST || run.drawn().is_some() {
        return None;
    }
    if let Some(Illness::AboveCritical { lambda, critical }) = above_critical(run) {
        return Some(Reason::Critical { lambda, critical });
    }
    let f = &run.experiment.model.f;
    let stages = || run.health.stages.iter().enumerate();
    let index = |at: usize| f.essay_index(at);
    if stages().all(|(_, health)| health.at_zero) {
        return Some(Reason::Zero { stage: None });
    }
    if let Some((at, _)) = stages().find(|(_, health)| health.at_zero) {
        return Some(Reason::Zero { stage: Some(index(at)) });
    }
    let all = |count: usize, at: usize| count == f.stages[at].k;
    let rate = run.experiment.learn.rate;
    let thrown = |times| thrown(run, times).map(|(first, greatest)| Reason::Thrown { rate, first, greatest });
    if let Some((at, _)) = stages().find(|(at, health)| all(health.dead, *at)) {
        return thrown(KILLED).or(Some(Reason::Dead {
            stage: index(at),
            k: f.stages[at].k,
            sigma: f.stages[at].sigma,
        }));
    }
    if let Some(thrown) = thrown(THROWN) {
        return Some(thrown);
    }
    if let Some((at, _)) = stages().find(|(at, health)| all(health.saturated, *at)) {
        return Some(Reason::Saturated { stage: index(at), k: f.stages[at].k });
    }
    if f.architecture.is_residual() {
        return Some(Reason::Cancelled);
    }
    let spread = |at: usize| run.health.stages[at].spread;
    // Where what comes in is lost first; what comes after it has nothing to lose.
    let lost = (1..run.health.stages.len()).find(|&at| spread(at) < LOST * spread(at - 1));
    let at =
        lost.or_else(|| (0..run.health.stages.len()).min_by(|&one, &other| spread(one).total_cmp(&spread(other))))?;
    Some(Reason::Local { stage: index(at), prior: pull(run) > PULLED })
}
