//! A function taken apart: its model and the numbers of every block, to be changed together. Knows no operation.

use super::{Refusal, refusal};
use crate::model::{Coefficients, Group, Model};
use std::sync::Arc;

/// The numbers of one stage, row-major; b and c are empty in the reduced form.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    pub b: Vec<f64>,
    pub c: Vec<f64>,
    pub a: Vec<f64>,
    pub d: Vec<f64>,
}

/// A model and its numbers, which need not agree before `whole` puts them together.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub model: Model,
    pub stages: Vec<Numbers>,
    lift: Vec<f64>,
    readout: Vec<f64>,
    log_scale: Vec<f64>,
}

impl Parts {
    pub fn of(f: &Coefficients) -> Self {
        let layout = f.layout();
        let take = |stage, group| layout.find(stage, group).map_or(Vec::new(), |block| f.block(block).to_vec());
        let numbers = |at| {
            let [b, c, a, d] = [Group::B, Group::C, Group::A, Group::D].map(|group| take(Some(at), group));
            Numbers { b, c, a, d }
        };
        Self {
            model: (*f.model).clone(),
            stages: (0..f.model.f.depth()).map(numbers).collect(),
            lift: take(None, Group::Lift),
            readout: take(None, Group::Readout),
            log_scale: take(None, Group::LogScale),
        }
    }

    /// The function again; refused if what came of it is no model, or a number has overflowed that was finite in `from`.
    pub fn whole(self, from: &Coefficients) -> Result<Coefficients, Refusal> {
        if let Err(sentences) = self.model.check() {
            return Err(refusal(&sentences.join("; ")));
        }
        // The layout's order: lift, the stages innermost first (each b, c, a, d), readout, scale.
        let stages = self.stages.into_iter().flat_map(|stage| [stage.b, stage.c, stage.a, stage.d]);
        let blocks = std::iter::once(self.lift).chain(stages).chain([self.readout, self.log_scale]);
        let theta: Vec<f64> = blocks.flatten().collect();
        let finite = |theta: &[f64]| theta.iter().all(|value| value.is_finite());
        if finite(&from.theta) && !finite(&theta) {
            return Err(refusal("a coefficient would be too large for a number; scale the model down first"));
        }
        Ok(Coefficients::new(Arc::new(self.model), theta).expect("every operation keeps the blocks' shapes"))
    }
}
