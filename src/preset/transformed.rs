//! What an operation on θ means for what is written down: the settings whose model the transformed function has.
//! Knows no number of θ.

use super::names::{BranchScale, StageKind};
use super::path::Path;
use super::rows;
use super::settings::{DEEPEST, Settings};
use super::value::Value;
use crate::function::Transform;
use crate::model::Form;

impl Settings {
    /// The settings after `how`: the same ones, unless it changes the model's shape.
    ///
    /// # Errors
    /// A sentence, if no settings describe what would come of it.
    pub fn transformed(&self, how: &Transform) -> Result<Self, String> {
        let mut after = self.clone();
        match how {
            Transform::Reduce => {
                if (1..=self.model.depth).any(|index| self.kind_of(index) == StageKind::Convolution) {
                    return Err(
                        "the reduced form of a convolution has an a of another reach, which no setting describes yet"
                            .to_owned(),
                    );
                }
                after.model.form = Form::Reduced;
                after.stages.values_mut().for_each(|stage| (stage.form, stage.width) = (None, None));
            }
            Transform::Grow { stage, k } | Transform::Shrink { stage, k } => after.stage_mut(*stage).k = Some(*k),
            Transform::InsertIdentity { at } => {
                if self.model.depth == DEEPEST {
                    return Err(format!("model.depth is {DEEPEST} already: there is no room for another f⁽ⁱ⁾"));
                }
                after.model.depth += 1;
                // The others stay as they are: what follows from the depth is written down.
                if after.branch_scale().to_bits() != self.branch_scale().to_bits() {
                    after.model.branch_scale = BranchScale::Of(self.branch_scale());
                }
                // Every stage from there inwards counts one more; the new one is like the one it stands beside.
                let moved = |index: usize| if index >= *at { index + 1 } else { index };
                after.stages = self.stages.iter().map(|(index, own)| (moved(*index), own.clone())).collect();
                let beside = if *at > self.model.depth { *at - 1 } else { *at };
                if let Some(own) = self.stages.get(&beside) {
                    let mut own = own.clone();
                    (own.given, own.hold) = (Default::default(), Vec::new());
                    after.stages.insert(*at, own);
                }
            }
            Transform::CollapseToMode { .. }
            | Transform::CollapseToDraw { .. }
            | Transform::Permute { .. }
            | Transform::Flip { .. }
            | Transform::Rescale { .. }
            | Transform::Rebalance { .. }
            | Transform::Move { .. }
            | Transform::Exchange { .. }
            | Transform::Negate { .. } => {}
        }
        after.tidy();
        Ok(after)
    }

    fn kind_of(&self, index: usize) -> StageKind {
        self.stages.get(&index).and_then(|own| own.kind).unwrap_or(self.model.kind)
    }

    /// The settings in which `after` differs, with its values: what a variant would have to set.
    pub(super) fn differences(&self, after: &Self) -> Vec<(Path, Value)> {
        let places = |row| std::iter::once(None).chain((1..=DEEPEST).map(Some)).filter_map(move |at| Path::of(row, at));
        let written = |path: &Path| after.has_written(path) || self.has_written(path);
        rows::all()
            .flat_map(places)
            .filter(|path| written(path) && self.get(path) != after.get(path))
            .map(|path| (path, after.get(&path)))
            .collect()
    }

    /// Whether a value is written there, whoever wrote it.
    pub(super) fn has_written(&self, path: &Path) -> bool {
        path.row().is_written(self, path.stage())
    }
}
