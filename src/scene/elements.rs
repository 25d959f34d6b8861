//! The elements of the f⁽ⁱ⁾ in focus, as numbers to read. Knows no marks.

use super::Window;
use crate::function::{Element, through};
use crate::model::{Activation, Group};
use crate::run::Snapshot;

/// One element of the stage in focus.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementScene {
    /// a, b, c.
    pub element: Element,
    /// Greatest minus least value of σ(b u + c) over the training rows, times the largest |a|: what it contributes.
    pub reach: f64,
    /// Whether it is not trained.
    pub held: bool,
}

/// The stage in focus, element by element.
#[derive(Clone, Debug, PartialEq)]
pub struct FocusScene {
    /// The essay's index i.
    pub index: usize,
    /// σ.
    pub sigma: Activation,
    /// In θ's order.
    pub elements: Vec<ElementScene>,
    /// d.
    pub d: Vec<f64>,
    /// Which element is selected.
    pub selected: Option<usize>,
}

pub(super) fn focus(run: &Snapshot, window: &Window) -> Option<FocusScene> {
    let f = run.belief.mode();
    let at = f.model.f.position(window.stage)?;
    let stage = f.model.f.stages[at];
    let seen = through(&f, run.data.train.seen().0);
    let values = &seen.stages.get(at)?.elements;
    let experiment = &run.experiment;
    let whole = [Group::A, Group::D].into_iter().all(|group| experiment.hold.contains(&(at, group)));
    let elements = (0..stage.k).filter_map(|k| {
        let element = Element::of(&f, at, k)?;
        let height = element.a.iter().fold(0.0_f64, |most, a| most.max(a.abs()));
        let [low, high] = super::extent(values.column(k).iter().copied());
        let held = whole || experiment.hold_elements.contains(&(at, k));
        Some(ElementScene { reach: height * (high - low), element, held })
    });
    Some(FocusScene {
        index: window.stage,
        sigma: stage.sigma,
        elements: elements.collect(),
        d: f.group(at, Group::D).to_vec(),
        selected: window.element.map(|k| k.min(stage.k - 1)),
    })
}
