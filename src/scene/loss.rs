//! Losses of every run against the step. Knows no marks.

use crate::run::Snapshot;
use std::sync::Arc;

/// The loss of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Its place among the snapshots.
    pub run: usize,
    /// (step, mean training loss); NaN where a loss was not finite.
    pub train: Vec<(f64, f64)>,
    /// (step, held-out loss).
    pub test: Vec<(f64, f64)>,
    /// Steps at which something was changed.
    pub marks: Vec<f64>,
}

/// All losses, and the ranges that hold them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossScene {
    /// One a run.
    pub traces: Vec<Trace>,
    /// The last step of any run.
    pub steps: f64,
    /// Least and greatest positive finite loss; [0, 0] when there is none.
    pub range: [f64; 2],
}

#[expect(clippy::cast_precision_loss, reason = "steps as positions on an axis")]
pub(super) fn loss(runs: &[Arc<Snapshot>]) -> LossScene {
    let traces: Vec<Trace> = runs
        .iter()
        .enumerate()
        .map(|(at, run)| Trace {
            run: at,
            train: run
                .history
                .buckets()
                .map(|bucket| (bucket.step as f64, if bucket.broken { f64::NAN } else { bucket.mean }))
                .collect(),
            test: run
                .history
                .buckets()
                .filter(|bucket| bucket.test.is_finite())
                .map(|bucket| (bucket.step as f64, bucket.test))
                .collect(),
            marks: run.marks.iter().map(|&step| step as f64).collect(),
        })
        .collect();
    let all = || traces.iter().flat_map(|trace| trace.train.iter().chain(&trace.test));
    LossScene {
        steps: all().map(|point| point.0).fold(0.0, f64::max),
        range: super::extent(all().map(|point| point.1).filter(|loss| *loss > 0.0)),
        traces,
    }
}
