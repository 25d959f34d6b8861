//! What an experiment holds, by coordinates of θ, and which beliefs it then has. Knows no row and no text.

use super::experiment::{Experiment, Fault};
use super::path::Path;
use crate::bayes::{Exact, Whitening};
use crate::data::held_out;
use crate::learn::{Nuts, Way};
use crate::model::{Group, Model, Prior};
use std::ops::Range;

impl Experiment {
    /// The coordinates of θ that are not to be moved; they may overlap.
    #[must_use]
    pub fn held(&self) -> Vec<Range<usize>> {
        let layout = self.model.layout();
        let groups = self.hold.iter().filter_map(|&(at, group)| Some(layout.find(Some(at), group)?.at.clone()));
        let elements = self.hold_elements.iter().flat_map(|&(at, k)| element_places(&self.model, at, k));
        groups.chain(elements).collect()
    }

    /// Why there is no such belief: what is wrong with `learn.method`, where anything is.
    pub(super) fn refused(&self) -> Option<Fault> {
        let told = |why: &str| {
            let path = Path::full("learn.method").expect("the table has this key");
            Some((path, format!("learn.method is \"{}\": {why}", self.learn.name())))
        };
        let held = self.held();
        match self.learn.way {
            Way::Descent | Way::Mode | Way::Lbfgs => None,
            Way::Exact => {
                let last = self.model.f.depth() - 1;
                let own = |(at, group): &(usize, Group)| *at == last && matches!(group, Group::A | Group::D);
                if self.hold.iter().any(own) || self.hold_elements.iter().any(|(at, _)| *at == last) {
                    return told("a or d of f1 is held, and it is their posterior");
                }
                if self.model.priors.stages[last].d == Prior::Flat && self.is_without_rows() {
                    return told("f1.prior.d is flat and there are no rows to learn from: nothing is known of d");
                }
                Exact::refuse(&self.model).and_then(|why| told(&why.0))
            }
            Way::Laplace => {
                let zero = vec![0.0; self.model.layout().len()];
                let curved = Whitening::new(&self.model, &held).prior_curvature(&zero).is_some();
                if curved {
                    None
                } else {
                    told("a Laplace prior has all its curvature in its kink at 0; nuts draws it")
                }
            }
            Way::Nuts => Nuts::refuse(&self.model, &held).and_then(|why| told(&why.0)),
        }
    }

    /// Whether nothing is left to learn from: no data, or every row that is not held out is switched off.
    fn is_without_rows(&self) -> bool {
        let rows = self.data.rows();
        self.data.off.len() + held_out(self.data.test, rows) >= rows
    }

    /// Bytes that its draws take.
    pub(super) fn bytes_of_draws(&self) -> u64 {
        if self.learn.way == Way::Nuts { self.learn.nuts.bytes(&self.model, self.learn.chains) } else { 0 }
    }

    /// Whether what was learned of `before` is of the same posterior by the same method, but for how long it goes on.
    #[must_use]
    pub fn asks_the_same(&self, before: &Self) -> bool {
        let [mut now, mut then] = [self, before].map(|own| own.learn.clone());
        (now.horizon, then.horizon) = (0, 0);
        (now.nuts.draws, then.nuts.draws) = (0, 0);
        (now.precision, then.precision) = (now.computes_in(), then.computes_in());
        self.continues(before)
            && self.model == before.model
            && (&self.hold, &self.hold_elements) == (&before.hold, &before.hold_elements)
            && now == then
    }
}

/// Where a, b and c of one element lie in θ.
fn element_places(model: &Model, at: usize, k: usize) -> Vec<Range<usize>> {
    let (layout, stage) = (model.layout(), model.f.stages[at]);
    let groups = [(Group::A, stage.outputs), (Group::B, 1), (Group::C, 1)];
    let blocks =
        groups.into_iter().filter_map(|(group, width)| Some((layout.find(Some(at), group)?.at.clone(), width)));
    blocks
        .flat_map(|(block, width)| {
            let rows = block.len() / (stage.k * width);
            (0..rows).map(move |row| block.start + (row * stage.k + k) * width).map(move |start| start..start + width)
        })
        .collect()
}
