//! Looking back through a run's past, and going on from there. Knows no screen.

use super::{App, Effect};
use crate::preset::Change;
use crate::run::Snapshot;
use crate::text::grouped;
use std::sync::Arc;
use std::time::Duration;

impl App {
    /// The picture, or that of the step which is looked at.
    pub(super) fn looked_at(&self, now: Arc<Snapshot>) -> Arc<Snapshot> {
        let frame = self.looking.and_then(|step| now.past.at(step));
        frame.map_or(now.clone(), |frame| Arc::new(now.at(&frame)))
    }

    /// The step of the past that is looked at.
    #[must_use]
    pub fn looking(&self) -> Option<u64> {
        self.looking
    }

    /// Whether what is looked at is over, so that it can be seen and not be `done` anything to: that is said then.
    pub(super) fn is_past(&mut self, done: &str) -> bool {
        let Some(step) = self.looking else { return false };
        let step = grouped(step);
        self.refuse(&format!("this is step {step} of the past: space goes on from here, then it can be {done}"));
        true
    }

    /// So many kept steps back (negative) or forth; beyond the last it is now again.
    pub(super) fn scrub(&mut self, by: i32, now: Duration) {
        let Some(snapshot) = self.focused().and_then(|run| run.snapshot.clone()) else { return };
        let steps: Vec<u64> = snapshot.past.frames().iter().map(|frame| frame.step).collect();
        let here = self.looking.map_or(steps.len(), |step| steps.iter().rposition(|kept| *kept <= step).unwrap_or(0));
        let there = here.saturating_add_signed(by as isize);
        self.looking = steps.get(there).copied();
        match self.looking {
            Some(step) => {
                let sentence = format!(
                    "step {} of {}: space goes on from here, Esc returns to now",
                    grouped(step),
                    grouped(snapshot.step)
                );
                self.say(&sentence, now);
                self.sentence_ends = None;
            }
            None => self.forget_sentence(),
        }
    }

    /// The focused run goes on from an earlier step: another branch of its journal.
    pub(super) fn go_on_from(&mut self, step: u64, now: Duration) -> Vec<Effect> {
        let mut effects = self.change(Change::Seek { step }, now);
        if !self.going && !effects.is_empty() {
            effects.extend(self.run_pause(now));
        }
        effects
    }
}
