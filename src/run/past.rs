//! The run's own past: where it stood at steps ever further apart, to look back at and to go on from. Knows no change.

use crate::data::Dataset;
use crate::learn::Learner;
use crate::model::Coefficients;
use crate::preset::Experiment;
use std::sync::Arc;

/// A frame is kept when this part more of the steps has been done since the last: a thousand million steps make some 160.
const FINENESS: u64 = 8;
/// Bytes that all frames of a run may take together; over it every second one goes.
const MEMORY: usize = 32 << 20;

/// Where a run stood at one step.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Steps done.
    pub step: u64,
    /// The experiment as it was.
    pub experiment: Arc<Experiment>,
    /// Its data.
    pub data: Arc<Dataset>,
    pub(super) learner: Learner,
}

impl Frame {
    /// The function as it was.
    ///
    /// # Panics
    /// Never: the learner's θ had its experiment's layout.
    #[must_use]
    pub fn function(&self) -> Coefficients {
        Coefficients::new(self.experiment.model.clone(), self.learner.theta()).expect("θ had the model's layout")
    }

    /// The objective's gradient at the step before.
    #[must_use]
    pub fn gradient(&self) -> &[f64] {
        self.learner.gradient()
    }

    /// Five vectors like θ, and the order of the rows.
    fn bytes(&self) -> usize {
        8 * (5 * self.learner.theta().len() + self.data.train.x.nrows())
    }
}

/// Frames, oldest first. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Past {
    frames: Arc<Vec<Arc<Frame>>>,
}

impl Past {
    /// All frames, oldest first.
    #[must_use]
    pub fn frames(&self) -> &[Arc<Frame>] {
        &self.frames
    }

    /// Whether a frame at `step` is due.
    pub(super) fn is_due(&self, step: u64) -> bool {
        self.frames.last().is_none_or(|last| step >= last.step + (last.step / FINENESS).max(1))
    }

    pub(super) fn keep(&mut self, frame: Frame) {
        let bytes = frame.bytes();
        let frames = Arc::make_mut(&mut self.frames);
        frames.push(Arc::new(frame));
        if frames.len() > 2 && frames.len() * bytes > MEMORY {
            // The first stays: it is the start.
            let mut place = 0;
            frames.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
    }

    /// The last frame at or before `step`.
    #[must_use]
    pub fn at(&self, step: u64) -> Option<Arc<Frame>> {
        self.frames.iter().rev().find(|frame| frame.step <= step).cloned()
    }

    /// Forgets what came after `step`: another branch begins there.
    pub(super) fn cut(&mut self, step: u64) {
        Arc::make_mut(&mut self.frames).retain(|frame| frame.step <= step);
    }
}
