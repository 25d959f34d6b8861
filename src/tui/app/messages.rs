//! What is said: one sentence at a time, and the last ones with the step at which they were said. Knows no screen.

use super::{Action, App, Effect, Overlay, Pane, Sentence, keys};
use crate::text::Clean;
use crossterm::event::KeyEvent;
use std::time::Duration;

/// Sentences that are kept.
const KEPT: usize = 50;
/// Characters of a sentence: a problem of a preset with its place, and what is said of the others.
const LONG: usize = 480;
/// How long a sentence stands.
const SENTENCE: Duration = Duration::from_secs(5);
/// How long one stands that is about the data, which one may not have expected.
const READ: Duration = Duration::from_secs(15);

/// One sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The step of the run in focus.
    pub step: u64,
    /// What was said.
    pub text: Clean,
    /// Whether something was refused.
    pub is_error: bool,
}

impl App {
    /// The last sentences, oldest first.
    #[must_use]
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Said> + ExactSizeIterator {
        self.desk.said.iter()
    }

    /// Says one sentence for a while.
    pub(super) fn say(&mut self, text: &str, now: Duration) {
        self.stand(text, false, Some(now + SENTENCE));
    }

    /// Says what there is to know of how the document's table was read.
    pub(super) fn remark(&mut self, now: Duration) {
        for remark in self.preset.remarks() {
            self.say(&remark, now);
            self.sentence_ends = Some(now + READ);
        }
    }

    /// Says why something was not done; stays until a key.
    pub(super) fn refuse(&mut self, why: &str) -> Vec<Effect> {
        self.stand(why, true, None);
        Vec::new()
    }

    /// Says what a run tells of what it was told; kept alone where the answer to a later key stands.
    pub(super) fn account(&mut self, text: &Clean, now: Duration) {
        if self.yields {
            self.say(text, now);
            self.yields = true;
        } else {
            self.keep(text, false);
        }
    }

    pub(super) fn forget_sentence(&mut self) {
        (self.sentence, self.sentence_ends, self.yields) = (Sentence::default(), None, true);
        self.dirty = true;
    }

    fn stand(&mut self, text: &str, is_error: bool, ends: Option<Duration>) {
        let text = Clean::new(text, LONG);
        self.keep(&text, is_error);
        (self.sentence, self.sentence_ends, self.yields) = (Sentence { text, is_error }, ends, false);
        self.dirty = true;
    }

    /// Keeps a sentence; one that is said again in one breath is kept once.
    fn keep(&mut self, text: &Clean, is_error: bool) {
        let step = self.focused().and_then(|run| run.snapshot.as_ref()).map_or(0, |run| run.step);
        let said = Said { step, text: text.clone(), is_error };
        if self.desk.said.back().is_none_or(|last| *last != said) {
            self.desk.said.push_back(said);
        }
        while self.desk.said.len() > KEPT {
            self.desk.said.pop_front();
        }
    }

    /// `:messages`: the newest stand at the bottom and are seen first.
    pub(super) fn messages_key(&mut self, key: &KeyEvent, back: usize) {
        let page = usize::from(self.desk.size.1.saturating_sub(4)).max(1);
        let moved = match keys::action(key, Pane::Loss) {
            Some(Action::Down(lines)) => back.saturating_add_signed(-lines as isize),
            Some(Action::Page(pages)) => back.saturating_add_signed(-pages as isize * page.cast_signed()),
            Some(Action::End(last)) => {
                if last {
                    0
                } else {
                    KEPT
                }
            }
            Some(Action::Close | Action::Quit | Action::Type) => return,
            _ => back,
        };
        self.overlay = Overlay::Messages(moved.min(self.desk.said.len().saturating_sub(1)));
    }

    /// Opens what was said.
    pub(super) fn show_messages(&mut self, _: Duration) -> Vec<Effect> {
        self.overlay = Overlay::Messages(0);
        Vec::new()
    }
}
