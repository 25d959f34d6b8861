//! One nudge of a value: by a step, along the ladder 1, 2, 5, or round the choices. Knows no setting by name.

use super::kind::{Kind, Step};
use super::value::Value;
use crate::text::Clean;

impl Kind {
    /// The value `steps` nudges away, never out of range. What has no order stays as it is; choices go round.
    #[must_use]
    pub fn nudge(&self, value: &Value, steps: i32) -> Value {
        match (self, value) {
            (Self::Count { least, most, step: Step::By(by) }, Value::Int(whole)) => {
                #[expect(clippy::cast_possible_truncation, reason = "the table's steps are small whole numbers")]
                let far = i64::from(steps).saturating_mul(*by as i64);
                Value::Int(whole.saturating_add(far).clamp(*least, *most))
            }
            (Self::Count { least, most, step: Step::Decades }, Value::Int(whole)) => {
                #[expect(clippy::cast_precision_loss, reason = "a rung of the ladder, clamped again below")]
                let rung = climb(*whole as f64, *least as f64, *most as f64, steps);
                Value::Int(Value::Real(rung).whole().unwrap_or(*whole).clamp(*least, *most))
            }
            (Self::Real { least, most, step: Step::By(by), .. }, Value::Real(real)) => {
                // Rounded to the grid's digits, so that ten times 0.1 is 1 and not 0.9999999999999999.
                let moved = ((real + f64::from(steps) * by) * 1e9).round() / 1e9;
                Value::Real(moved.clamp(*least, *most))
            }
            (Self::Real { least, most, step: Step::Decades, .. }, Value::Real(real)) => {
                Value::Real(climb(*real, *least, *most, steps))
            }
            (Self::Or { number, first, .. }, Value::Text(_)) if steps > 0 => {
                let first = number.check(Value::Real(*first)).unwrap_or_else(|_| value.clone());
                number.nudge(&first, steps - 1)
            }
            (Self::Or { word, number, .. }, Value::Int(_) | Value::Real(_)) => {
                let moved = number.nudge(value, steps);
                if steps < 0 && moved == *value { Value::Text(Clean::from(*word)) } else { moved }
            }
            (Self::Flag, Value::Flag(flag)) => Value::Flag(*flag ^ (steps % 2 != 0)),
            (Self::Choice(choices), Value::Text(text)) => {
                let at = choices.iter().position(|choice| *choice == text.as_str()).unwrap_or(0);
                let round = i64::try_from(choices.len()).unwrap_or(1);
                let far = usize::try_from(i64::from(steps).rem_euclid(round)).unwrap_or(0);
                Value::Text(Clean::from(choices[(at + far) % choices.len()]))
            }
            (Self::Interval(furthest), Value::List(_)) => {
                let wider = f64::from(steps) * 0.5;
                let ends = <[f64; 2]>::try_from(value.clone()).map(|[low, high]| [low - wider, high + wider]);
                ends.ok()
                    .map(|[low, high]| [low.max(-furthest), high.min(*furthest)])
                    .filter(|[low, high]| low < high)
                    .map_or_else(|| value.clone(), Value::from)
            }
            (
                Self::Count { .. }
                | Self::Real { .. }
                | Self::Or { .. }
                | Self::Flag
                | Self::Choice(_)
                | Self::Several(_)
                | Self::Text(_)
                | Self::Prose(_)
                | Self::Names
                | Self::Paths
                | Self::Numbers
                | Self::Interval(_)
                | Self::Vector
                | Self::Matrix
                | Self::Target,
                _,
            ) => value.clone(),
        }
    }
}

/// The rung `steps` away on the ladder 1, 2, 5, 10, … within the range; zero lies below the lowest rung.
fn climb(from: f64, least: f64, most: f64, steps: i32) -> f64 {
    let lowest = if least > 0.0 { least } else { (most * 1e-9).max(1e-9) };
    let mut at = from;
    for _ in 0..steps.unsigned_abs().min(1000) {
        let power = 10_f64.powf(at.max(lowest).log10().floor());
        let rungs = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0].map(|rung| clean(rung * power));
        let next = if steps > 0 {
            rungs.into_iter().find(|rung| *rung > at * (1.0 + 1e-9) && *rung >= lowest)
        } else {
            rungs.into_iter().rev().find(|rung| *rung < at * (1.0 - 1e-9))
        };
        at = next.unwrap_or(at);
    }
    if at < lowest { least } else { at.clamp(least, most) }
}

/// 3·10⁻⁵ and not 3.0000000000000004·10⁻⁵.
fn clean(rung: f64) -> f64 {
    format!("{rung:.3e}").parse().unwrap_or(rung)
}
