//! What was done to a run and at which step, and what undoing it takes. Knows no model.

use super::Keyframe;
use crate::preset::Change;

/// States that can be gone back to: each is a keyframe, so they are bounded.
const KEYFRAMES: usize = 64;
/// Interventions remembered as marks.
const MARKS: usize = 256;

/// One change and the step at which it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Steps done when it was made.
    pub step: u64,
    /// The change.
    pub change: Change,
    /// What a setting was before, as it is shown; empty for an edit of θ.
    pub was: String,
}

impl Entry {
    /// `f2.k 12 → 13`; an edit of θ by its own words.
    #[must_use]
    pub fn said(&self) -> String {
        match &self.change {
            Change::Set(path, value) if !self.was.is_empty() => {
                format!("{path} {} → {}", self.was, path.row().kind.show(value))
            }
            change => change.to_string(),
        }
    }
}

/// One change, and what undoing it takes.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub change: Change,
    pub back: Back,
}

/// What takes a change back.
#[derive(Clone, Debug)]
pub(super) enum Back {
    /// The setting that a setting was before.
    Setting(Change),
    /// The state before an edit of θ, or before a setting that cost f something.
    State(Box<Keyframe>),
    /// The state is no longer kept.
    Lost,
    /// Nothing: the change was refused. It has a place in the order all the same, for whoever asked for it counts it too.
    Nothing,
}

impl Done {
    fn has_state(&self) -> bool {
        matches!(self.back, Back::State(_))
    }
}

/// All interventions in order, and the two stacks of undo.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
    done: Vec<Done>,
    undone: Vec<Change>,
    applied: u64,
}

impl Journal {
    pub(super) fn push(&mut self, entry: Entry, back: Back) {
        let change = entry.change.clone();
        self.note(entry);
        self.done.push(Done { change, back });
        let kept = self.done.iter().filter(|done| done.has_state()).count();
        if kept > KEYFRAMES {
            // Its place in the order stays, so that the settings changed before it can still be taken back.
            if let Some(oldest) = self.done.iter_mut().find(|done| done.has_state()) {
                oldest.back = Back::Lost;
            }
        }
    }

    /// Gives a change that was refused its place in the order.
    pub(super) fn push_refused(&mut self, change: Change) {
        self.done.push(Done { change, back: Back::Nothing });
    }

    /// Writes down a change that is itself an undoing.
    pub(super) fn note(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.applied += 1;
    }

    /// Makes `change` a part of the last one: what takes that back takes back both.
    pub(super) fn join(&mut self, entry: Entry) {
        let change = entry.change.clone();
        self.note(entry);
        if let Some(last) = self.done.last_mut() {
            last.change = change;
        }
    }

    /// Whether a change can be joined to the last one.
    pub(super) fn can_join(&self) -> bool {
        !self.done.is_empty() && self.undone.is_empty()
    }

    pub(super) fn pop_done(&mut self) -> Option<Done> {
        let done = self.done.pop();
        self.applied += u64::from(done.as_ref().is_some_and(Done::has_state));
        done
    }

    pub(super) fn push_undone(&mut self, change: Change) {
        self.undone.push(change);
    }

    pub(super) fn pop_undone(&mut self) -> Option<Change> {
        self.undone.pop()
    }

    pub(super) fn forget_undone(&mut self) {
        self.undone.clear();
    }

    /// All interventions, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many changes, undoings included, have been made.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// The latest interventions, oldest first.
    #[must_use]
    pub fn marks(&self) -> &[Entry] {
        &self.entries[self.entries.len().saturating_sub(MARKS)..]
    }
}
