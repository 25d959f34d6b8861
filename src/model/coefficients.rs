//! A model with its θ: one function. Knows no data and no method of learning.

use super::{Block, Group, Layout, Model};
use std::sync::Arc;

/// One function: a model and a value of θ. Cheap to clone and to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// What the numbers mean.
    pub model: Arc<Model>,
    /// θ, as `Model::layout` says.
    pub theta: Arc<[f64]>,
}

impl Coefficients {
    /// A function from `theta`; none if its length is not the layout's.
    #[must_use]
    pub fn new(model: Arc<Model>, theta: impl Into<Arc<[f64]>>) -> Option<Self> {
        let theta = theta.into();
        (model.layout().len() == theta.len()).then_some(Self { model, theta })
    }

    /// θ and its blocks.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.model.layout()
    }

    /// The numbers of one block.
    #[must_use]
    pub fn block(&self, block: &Block) -> &[f64] {
        &self.theta[block.at.clone()]
    }

    /// The numbers of `group` in the stage at position `stage`; empty where the form has none.
    #[must_use]
    pub fn group(&self, stage: usize, group: Group) -> &[f64] {
        self.layout().find(Some(stage), group).map_or(&[], |block| &self.theta[block.at.clone()])
    }
}
