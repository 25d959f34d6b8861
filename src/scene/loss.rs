//! Losses of every run against the step. Knows no marks.

use super::Window;
use crate::run::Snapshot;
use crate::text::Clean;
use std::sync::Arc;

/// The loss of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Its place among the snapshots.
    pub run: usize,
    /// (step, mean training loss); NaN where a loss was not finite.
    pub train: Vec<(f64, f64)>,
    /// (step, training loss smoothed); empty where nothing is.
    pub smooth: Vec<(f64, f64)>,
    /// (step, held-out loss).
    pub test: Vec<(f64, f64)>,
    /// What was changed, and at which step.
    pub marks: Vec<(f64, Clean)>,
    /// The step and the training and held-out loss of now; the latter NaN where nothing is held out.
    pub now: (u64, f64, f64),
}

/// All losses, and the ranges that hold them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossScene {
    /// One a run.
    pub traces: Vec<Trace>,
    /// The last step of any run.
    pub steps: f64,
    /// Least and greatest positive finite loss; [0, 0] when there is none. Where a loss is negative, as a mean of −ℓ can be,
    /// least and greatest finite one: then there is no logarithm to draw.
    pub range: [f64; 2],
}

impl LossScene {
    /// The runs from the least held-out loss to the greatest, by the training loss where nothing is held out; what is not
    /// finite stands last.
    #[must_use]
    pub fn ranked(&self) -> Vec<&Trace> {
        let held_out = self.has_test();
        let loss = |trace: &Trace| if held_out { trace.now.2 } else { trace.now.1 };
        let place = |loss: f64| if loss.is_finite() { loss } else { f64::INFINITY };
        let mut ranked: Vec<&Trace> = self.traces.iter().collect();
        ranked.sort_by(|one, other| place(loss(one)).total_cmp(&place(loss(other))));
        ranked
    }

    /// Whether some run has rows held out.
    #[must_use]
    pub fn has_test(&self) -> bool {
        self.traces.iter().any(|trace| trace.now.2.is_finite())
    }
}

#[expect(clippy::cast_precision_loss, reason = "steps as positions on an axis")]
pub(super) fn loss(runs: &[Arc<Snapshot>], window: &Window) -> LossScene {
    let train = |run: &Snapshot| -> Vec<(f64, f64)> {
        let loss = |bucket: crate::run::Bucket| if bucket.broken { f64::NAN } else { bucket.mean };
        run.history.buckets().map(|bucket| (bucket.step as f64, loss(bucket))).collect()
    };
    let traces: Vec<Trace> = runs
        .iter()
        .enumerate()
        .map(|(at, run)| (at, run, train(run)))
        .map(|(at, run, train)| Trace {
            run: at,
            smooth: if window.smooth > 0 { smoothed(&train, 1 << window.smooth.min(10)) } else { Vec::new() },
            train,
            test: run
                .history
                .buckets()
                .filter(|bucket| bucket.test.is_finite())
                .map(|bucket| (bucket.step as f64, bucket.test))
                .collect(),
            marks: run.marks.iter().map(|mark| (mark.step as f64, Clean::from(mark.said().as_str()))).collect(),
            now: (run.step, run.loss, run.test_loss),
        })
        .collect();
    let all = || traces.iter().flat_map(|trace| trace.train.iter().chain(&trace.test));
    let negative = all().any(|point| point.1 < 0.0);
    LossScene {
        steps: all().map(|point| point.0).fold(0.0, f64::max),
        range: super::extent(all().map(|point| point.1).filter(|loss| negative || *loss > 0.0)),
        traces,
    }
}

/// Straight lines through the logarithms of the losses within `reach` buckets on either side: unlike a running mean, which
/// lags behind, they pass through the last loss of a run that falls evenly. A loss that is not finite and positive is a gap.
#[expect(clippy::cast_precision_loss, reason = "places among a few thousand buckets")]
fn smoothed(losses: &[(f64, f64)], reach: usize) -> Vec<(f64, f64)> {
    // A run with a negative loss is smoothed as it is.
    let negative = losses.iter().any(|(_, loss)| *loss < 0.0);
    let logarithm = |loss: f64| {
        if negative {
            Some(loss).filter(|loss| loss.is_finite())
        } else {
            (loss > 0.0 && loss.is_finite()).then(|| loss.ln())
        }
    };
    let line = |at: usize| {
        let first = at.saturating_sub(reach);
        let near = losses[first..(at + reach + 1).min(losses.len())].iter().enumerate();
        let points: Vec<(f64, f64)> = near
            .filter_map(|(place, (_, loss))| Some(((first + place) as f64 - at as f64, logarithm(*loss)?)))
            .collect();
        let n = points.len() as f64;
        let (sum_x, sum_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (mean_x, mean_y) = (sum_x / n, sum_y / n);
        let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        let along: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
        let slope = if spread > 0.0 { along / spread } else { 0.0 };
        if negative { mean_y - slope * mean_x } else { (mean_y - slope * mean_x).exp() }
    };
    let value = |(at, (step, loss)): (usize, &(f64, f64))| (*step, logarithm(*loss).map_or(f64::NAN, |_| line(at)));
    losses.iter().enumerate().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_fall_is_left_as_it_is_to_its_very_end() {
        let losses: Vec<(f64, f64)> = (1..200).map(|step| (f64::from(step), 3.0 * 0.97_f64.powi(step))).collect();
        for (smooth, loss) in smoothed(&losses, 16).iter().zip(&losses) {
            assert!((smooth.1 / loss.1 - 1.0).abs() < 1e-9, "{smooth:?} {loss:?}");
        }
    }

    #[test]
    fn a_line_below_zero_is_left_as_it_is() {
        let losses: Vec<(f64, f64)> = (0..60).map(|step| (f64::from(step), 1.0 - 0.05 * f64::from(step))).collect();
        for (smooth, loss) in smoothed(&losses, 8).iter().zip(&losses) {
            assert!((smooth.1 - loss.1).abs() < 1e-12, "{smooth:?} {loss:?}");
        }
    }

    #[test]
    fn noise_goes_and_a_gap_stays() {
        let noisy = |step: i32| if step % 2 == 0 { 1.5 } else { 1.0 / 1.5 };
        let mut losses: Vec<(f64, f64)> = (0..101).map(|step| (f64::from(step), noisy(step))).collect();
        losses[30].1 = f64::NAN;
        let smooth = smoothed(&losses, 8);
        assert!(smooth[30].1.is_nan());
        assert!(smooth[60..90].iter().all(|(_, loss)| (loss - 1.0).abs() < 0.03), "{smooth:?}");
    }
}
