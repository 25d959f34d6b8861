//! What a run evaluates its density with, by `learn.precision`. Knows no method and no history.
//!
//! **f64 keeps θ, f32 does the work.** In f32 the values and gradients of an update rule's steps are computed on θ rounded to
//! f32, sixteen lanes instead of eight; θ itself and its moments stay f64. So a step far below θ's last place in f32 is not
//! lost (at a rate of 1e-6 most of them would be), what is saved, drawn and resumed is f64 as ever, and keyframes, journals and
//! files need know of one type only. What it costs beside moments in f32 is small, for θ is read once a step and the data as
//! often as there are rows: docs/speed.md has the numbers.
//!
//! **What is told is f64's.** A value without its gradient (the losses of a snapshot and of held-out rows, the log posterior,
//! stop rules) is computed in f64 in both cases; only the training loss of every single step, which falls out of its gradient,
//! is f32's, to six digits or so. A step that leaves the numbers of f32 is looked at again in f64 by the engine: a run diverges
//! where it would in f64, or a little later.

use crate::data::Dataset;
use crate::engine::Engine;
use crate::function::{Evaluate, Fit, NotFinite, Rows};
use crate::learn::Precision;
use crate::model::{Layout, Model};
use std::sync::Arc;

/// The engine in the run's precision.
#[derive(Clone, Debug)]
pub(super) enum Evaluator {
    /// f64 throughout.
    Double(Box<Engine<f64>>),
    /// Gradients in f32, values alone in f64.
    Single(Box<(Engine<f32>, Engine<f64>)>),
}

impl Evaluator {
    pub fn new(precision: Precision, model: &Arc<Model>, data: &Arc<Dataset>) -> Self {
        let double = Engine::new(model.clone(), data.clone());
        match precision {
            Precision::F64 => Self::Double(Box::new(double)),
            Precision::F32 => Self::Single(Box::new((Engine::new(model.clone(), data.clone()), double))),
        }
    }

    fn double(&self) -> &Engine<f64> {
        match self {
            Self::Double(double) => double,
            Self::Single(both) => &both.1,
        }
    }
}

impl Evaluate for Evaluator {
    fn layout(&self) -> &Layout {
        self.double().layout()
    }

    fn rows(&self, rows: Rows<'_>) -> usize {
        self.double().rows(rows)
    }

    fn log_likelihood(
        &mut self,
        theta: &[f64],
        rows: Rows<'_>,
        gradient: Option<&mut [f64]>,
    ) -> Result<Fit, NotFinite> {
        match (self, gradient) {
            (Self::Double(double), gradient) => double.log_likelihood(theta, rows, gradient),
            (Self::Single(both), Some(gradient)) => both.0.log_likelihood(theta, rows, Some(gradient)),
            (Self::Single(both), None) => both.1.log_likelihood(theta, rows, None),
        }
    }
}
