//! The pages of Notes: the question that is asked first, then what to look at. Knows no screen.

use super::{App, Effect, Line, Overlay, Pane};
use crate::run::Status;
use crate::text::Clean;
use crossterm::event::{KeyCode, KeyEvent};
use std::time::Duration;

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    /// A question to answer before looking.
    Predict {
        /// The question.
        question: Clean,
        /// What the person expects, once they have said so; empty if they would rather not.
        guess: Option<Clean>,
        /// What happens, once it may be read.
        answer: Option<Clean>,
    },
    /// Lines of prose.
    Prose(Vec<Clean>),
}

impl App {
    /// All pages; there is at least one.
    #[must_use]
    pub fn leaves(&self) -> Vec<Leaf> {
        let base = &self.preset.base;
        let question = (!base.view.predict.is_empty()).then(|| Leaf::Predict {
            question: base.view.predict.clone(),
            guess: self.desk.guess.clone(),
            answer: self.may_answer().then(|| base.view.answer.clone()),
        });
        let prose = base.pages().map(|page| Leaf::Prose(page.to_vec()));
        let leaves: Vec<Leaf> = question.into_iter().chain(prose).collect();
        if leaves.is_empty() { vec![Leaf::Prose(Vec::new())] } else { leaves }
    }

    /// The page that is open.
    #[must_use]
    pub fn page(&self) -> usize {
        self.desk.page.min(self.leaves().len() - 1)
    }

    /// Once the person has said what they expect: after the preset's steps, or when they ask.
    fn may_answer(&self) -> bool {
        let steps = self.preset.base.steps;
        let done = self
            .focused()
            .and_then(|run| run.snapshot.as_ref())
            .is_some_and(|run| run.step >= steps || run.status == Status::Finished);
        self.desk.guess.is_some() && (done || self.desk.answered)
    }

    /// The next page, or the one before.
    pub(super) fn turn(&mut self, by: i32) {
        let last = self.leaves().len() - 1;
        let there = self.page().saturating_add_signed(by as isize).min(last);
        if there != self.page() {
            self.scroll = 0;
        }
        self.desk.page = there;
    }

    /// The answer to the question is typed; once it is there the other answer is asked for.
    pub(super) fn predict(&mut self, now: Duration) -> Vec<Effect> {
        if self.preset.base.view.predict.is_empty() {
            return self.refuse("this preset asks nothing: [view] predict is empty");
        }
        (self.pane, self.desk.page, self.scroll) = (Pane::Notes, 0, 0);
        if self.desk.guess.is_none() {
            self.overlay = Overlay::Guess(Line::default());
        } else if self.preset.base.view.answer.is_empty() {
            return self.refuse("this preset gives no answer: look for yourself");
        } else if !self.may_answer() {
            self.desk.answered = true;
            self.say("compare: what you expected, and what happens", now);
        }
        Vec::new()
    }

    /// Enter takes what is typed, also nothing; Esc leaves the question open.
    pub(super) fn guess_key(&mut self, key: &KeyEvent, mut line: Line, now: Duration) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let guess = Clean::new(line.text().trim(), 300);
                let said = if guess.is_empty() { "left open" } else { "noted" };
                self.desk.guess = Some(guess);
                if !self.may_answer() {
                    self.say(&format!("{said}: the answer comes when the run is done, or by Enter"), now);
                }
            }
            _ => {
                line.key(key);
                self.overlay = Overlay::Guess(line);
            }
        }
        Vec::new()
    }
}
