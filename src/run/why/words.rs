//! Findings as sentences: what is wrong, the evidence, and the key or command that mends it. Knows no run but by its numbers.

use super::{Finding, Illness, Reason};
use crate::learn::Way;
use crate::model::Activation;
use crate::preset::{Change, Path, Value};
use crate::run::{AGREED, Sampled, Snapshot, Trend};
use crate::text::grouped;

impl Finding {
    /// One sentence: what is wrong with its evidence, then the key or the command that mends it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match cure(&self.mend) {
            Some(cure) => format!("{}; {cure}", self.illness.sentence()),
            None => self.illness.sentence(),
        }
    }
}

impl Illness {
    /// What is wrong and how it shows.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Diverged { step: 0, block, .. } => format!("the start is too large: {block} is not finite"),
            Self::Diverged { step, block, rate } => {
                format!("{}: {block} left the numbers after step {}", high(*rate), grouped(*step))
            }
            Self::Collapsed { reason } => reason.sentence(),
            Self::Thrown { rate, first, greatest } => {
                format!("{}: the loss rose from {} to {}", high(*rate), number(*first), number(*greatest))
            }
            Self::TooFast { rate, rises, of } => format!("{}: the loss rose in {rises} of {of} steps", high(*rate)),
            Self::AboveCritical { lambda, critical } => above(*lambda, *critical),
            Self::Apart { rhat, .. } if rhat.is_nan() => {
                "there is no R-hat: the chains stand still, or the draws are too few".to_owned()
            }
            Self::Apart { rhat, ess } => {
                format!(
                    "the chains do not agree: R-hat {rhat:.2}, {AGREED} is allowed; the draws are worth {}",
                    number(*ess)
                )
            }
            Self::Strayed { count, of } => {
                format!("{count} of {of} draws diverged: where the posterior bends most there are too few")
            }
            Self::CutOff { count, of, gradients } => {
                format!("{count} of {of} trajectories were cut off at {gradients} gradients: the draws hang together")
            }
            Self::Dead { stage, count, k, sigma } => {
                format!("{}: {count} of {k} elements are dead ({})", name(*stage), beyond(*sigma))
            }
            Self::Saturated { stage, count, k } => {
                format!("{}: {count} of {k} elements are saturated, σ is flat on all data", name(*stage))
            }
            Self::TooSlow { rate, left } => {
                format!("the rate {} is too low: what is left takes {} steps more", number(*rate), number(*left))
            }
            Self::Overfit { train, test } => format!(
                "test {} is {} times the training loss {}: f follows noise",
                number(*test),
                number(test / train),
                number(*train)
            ),
            Self::Idle { stage, at_zero: true, .. } => {
                format!("{} does nothing: it is at 0, where nothing moves a, b, c", name(*stage))
            }
            Self::Idle { stage, share, at_zero: false } => {
                format!("{} does nothing: it adds {} % to what passes it", name(*stage), number(100.0 * share))
            }
        }
    }
}

impl Reason {
    fn sentence(&self) -> String {
        match self {
            Self::Thrown { rate, first, greatest } => format!(
                "ŷ is a constant: {}, the loss rose from {} to {}",
                high(*rate),
                number(*first),
                number(*greatest)
            ),
            Self::Critical { lambda, critical } => format!("ŷ is a constant: {}", above(*lambda, *critical)),
            Self::Zero { stage: Some(stage) } => {
                format!("ŷ is a constant: {} is at 0, where nothing moves a, b, c", name(*stage))
            }
            Self::Zero { stage: None } => "ŷ is a constant: all is at 0, where nothing moves a, b, c".to_owned(),
            Self::Dead { stage, k, sigma } => {
                format!("ŷ is a constant: all {k} elements of {} are dead ({})", name(*stage), beyond(*sigma))
            }
            Self::Saturated { stage, k } => {
                format!("ŷ is a constant: all {k} elements of {} are saturated", name(*stage))
            }
            Self::Local { stage, .. } => {
                format!("ŷ is a constant, a local optimum near 0 ({} is flat)", name(*stage))
            }
            Self::Cancelled => "ŷ is a constant: what the branches add takes x away".to_owned(),
        }
    }
}

fn high(rate: f64) -> String {
    format!("the rate {} is too high", number(rate))
}

fn above(lambda: f64, critical: f64) -> String {
    format!("λ {} is above λ_c {}: at the mode a, b and c are 0", number(lambda), number(critical))
}

/// Where dead elements lie.
fn beyond(sigma: Activation) -> &'static str {
    match sigma {
        Activation::Relu | Activation::Step => "b·u + c ≤ 0 on all data",
        _ => "where no data are",
    }
}

/// What to press or to type; none where there is nothing.
fn cure(mend: &[Change]) -> Option<String> {
    match mend {
        [] => None,
        [Change::Set(path, value)] => Some(format!(":set {} {value}", short(path))),
        [Change::Redraw { stage: Some(_) }] => Some("D redraws it".to_owned()),
        [Change::Revive] => Some(":revive draws anew what is flat".to_owned()),
        many => Some(format!(":mend {}", many.iter().map(part).collect::<Vec<_>>().join(", "))),
    }
}

fn part(change: &Change) -> String {
    match change {
        Change::Set(path, value) => format!("sets {} {value}", short(path)),
        Change::Clear(path) => format!("unwrites {path}"),
        Change::Redraw { stage: Some(stage) } => format!("redraws {}", name(*stage)),
        Change::Redraw { stage: None } => "redraws all".to_owned(),
        Change::Revive => "revives what is flat".to_owned(),
        Change::Transform(how) => how.to_string(),
        Change::Seek { step } => format!("goes back to step {}", grouped(*step)),
    }
}

/// The last word of a setting's name, where that alone means it.
fn short(path: &Path) -> String {
    let full = path.to_string();
    let last = full.rsplit('.').next().unwrap_or(&full);
    if Path::parse(last) == Ok(*path) { last.to_owned() } else { full }
}

/// f⁽²⁾, as everywhere on the screen.
fn name(index: usize) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = index.to_string();
    let raised: String = digits.chars().filter_map(|digit| RAISED.get(digit.to_digit(10)? as usize)).collect();
    format!("f⁽{raised}⁾")
}

/// Two digits that matter.
fn number(value: f64) -> String {
    Value::Real(format!("{value:.1e}").parse().unwrap_or(value)).to_string()
}

/// What speaks for chains in which nothing is found.
fn well_drawn(sampled: &Sampled, is_done: bool) -> String {
    let agree = format!("R-hat {:.3}, the draws are worth {}", sampled.rhat_max(), number(sampled.ess_min()));
    let strayed = match sampled.divergences {
        0 => "none diverged".to_owned(),
        count => format!("{count} diverged"),
    };
    let so_far = match (is_done, sampled.rhat_max() < AGREED) {
        (true, _) => "nothing is wrong",
        (false, true) => "nothing is wrong yet",
        (false, false) => "the chains do not agree yet",
    };
    format!("{so_far}: {agree}, {strayed}")
}

/// What speaks for a run in which nothing is found.
pub(super) fn well(run: &Snapshot) -> String {
    if let Some([drawn, all]) = run.drawn() {
        let sampled = run.summary.as_ref().and_then(|summary| summary.sampled.as_ref());
        return match sampled {
            Some(sampled) => well_drawn(sampled, drawn >= all),
            None => "nothing is wrong yet: the chains are warming up".to_owned(),
        };
    }
    if run.experiment.learn.way == Way::Exact {
        return "nothing is wrong: the posterior of a and d of f1 is known at once, no step can lead astray".to_owned();
    }
    let steps = run.step.saturating_sub(run.since);
    if run.data.train.x.nrows() == 0 {
        return "nothing is wrong: there are no data, and nothing is learned".to_owned();
    }
    let Some(trend) = Trend::of(&run.history, run.since, run.step) else {
        return format!("nothing is wrong yet; {steps} steps since the last change say little, 100 say more");
    };
    let mut parts = vec![match trend.fall() {
        fall if fall >= 0.005 => format!("the loss fell by {} %", number(100.0 * fall)),
        fall if fall > -0.005 => format!("the loss has settled at {}", number(run.loss)),
        fall => format!("the loss rose by {} %, as it may", number(-100.0 * fall)),
    }];
    let dead: usize = run.health.stages.iter().map(|stage| stage.dead).sum();
    let all: usize = run.experiment.model.f.stages.iter().map(|stage| stage.k).sum();
    parts.push(match dead {
        0 => "no element is dead".to_owned(),
        1 => format!("one of {all} elements is dead"),
        dead => format!("{dead} of {all} elements are dead"),
    });
    if run.test_loss.is_finite() && run.loss > 0.0 {
        parts.push(format!("test is {} × training", number(run.test_loss / run.loss)));
    }
    format!("nothing is wrong: {}", parts.join(", "))
}
