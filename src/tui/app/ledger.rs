//! The essay's claims as a list: what each says, what the last run of it found, and one that runs now. Knows no thread, no file
//! and no screen.

use super::{Action, App, Effect, Overlay, Pane, keys};
use crate::study::claims::{CLAIMS, Claim};
use crate::study::{Figure, Progress};
use crate::text::Clean;
use crossterm::event::{KeyCode, KeyEvent};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is asked of whoever does experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// What was found in earlier sessions.
    Recall,
    /// This claim, now.
    Run {
        /// Its name.
        claim: &'static str,
        /// Its quick runs only.
        quick: bool,
    },
    /// Nothing any more.
    Stop,
}

/// What is told of experiments.
#[derive(Clone, Debug, PartialEq)]
pub enum Tested {
    /// Results of earlier sessions.
    Recalled(Vec<Value>),
    /// How far the one that runs is.
    Going(&'static str, Progress),
    /// A result, as `Claim::result` writes it.
    Done(Box<Value>),
    /// It could not be done, or was stopped; and what is wrong with the file of results.
    Ended(&'static str, Clean),
}

/// What is known of the claims.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    at: usize,
    /// Which of its figures is shown.
    figure: usize,
    results: BTreeMap<String, Value>,
    /// Why the last attempt has no result.
    ended: BTreeMap<&'static str, Clean>,
    running: Option<(&'static str, Option<Progress>)>,
    recalled: bool,
}

impl Ledger {
    /// The selected claim.
    #[must_use]
    pub fn claim(&self) -> &'static Claim {
        CLAIMS[self.at.min(CLAIMS.len() - 1)]
    }

    /// Its place in the list.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// The last result of a claim.
    #[must_use]
    pub fn result(&self, name: &str) -> Option<&Value> {
        self.results.get(name)
    }

    /// The last verdict on a claim.
    #[must_use]
    pub fn verdict(&self, name: &str) -> Option<&str> {
        self.result(name)?.get("verdict")?.as_str()
    }

    /// The one that runs, and how far it is.
    #[must_use]
    pub fn running(&self) -> Option<(&'static str, Option<Progress>)> {
        self.running
    }

    /// Why the last attempt at a claim has no result.
    #[must_use]
    pub fn ended(&self, name: &str) -> Option<&Clean> {
        self.ended.get(name)
    }

    /// The figure that is looked at, its place and how many there are.
    #[must_use]
    pub fn figure(&self) -> Option<(Figure, usize, usize)> {
        let all = self.result(self.claim().name)?.get("figures")?.as_array()?;
        let at = self.figure % all.len().max(1);
        let figure = serde_json::from_value(all.get(at)?.clone()).ok()?;
        Some((figure, at, all.len()))
    }

    fn go(&mut self, to: usize) {
        (self.at, self.figure) = (to.min(CLAIMS.len() - 1), 0);
    }
}

impl App {
    /// What is known of the claims.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.desk.ledger
    }

    /// Opens the list; the first time it asks what was found before.
    pub(super) fn open_ledger(&mut self) -> Vec<Effect> {
        self.overlay = Overlay::Claims;
        let first = !std::mem::replace(&mut self.desk.ledger.recalled, true);
        if first { vec![Effect::Test(Test::Recall)] } else { Vec::new() }
    }

    pub(super) fn ledger_key(&mut self, key: &KeyEvent, now: Duration) -> Vec<Effect> {
        let ledger = &mut self.desk.ledger;
        let name = ledger.claim().name;
        self.overlay = Overlay::Claims;
        match (key.code, keys::action(key, Pane::Notes)) {
            (KeyCode::Esc, _) | (_, Some(Action::Quit)) => self.overlay = Overlay::None,
            (KeyCode::Enter, _) => return self.test(name, false, now),
            (KeyCode::Char('s'), _) => return self.test(name, true, now),
            (KeyCode::Char('x'), _) if ledger.running.is_some() => return vec![Effect::Test(Test::Stop)],
            (KeyCode::Char('i') | KeyCode::Tab, _) => ledger.figure += 1,
            (KeyCode::Char('o'), _) => {
                if let Some(preset) = ledger.claim().preset {
                    return self.open_choice(&super::Choice::BuiltIn(preset), now);
                }
            }
            (_, Some(Action::Down(lines))) => ledger.go(ledger.at.saturating_add_signed(lines as isize)),
            (_, Some(Action::End(last))) => ledger.go(if last { usize::MAX } else { 0 }),
            (_, Some(Action::Page(pages) | Action::Turn(pages))) => {
                ledger.go(ledger.at.saturating_add_signed(pages as isize * 8));
            }
            (_, _) => {}
        }
        Vec::new()
    }

    fn test(&mut self, claim: &'static str, quick: bool, now: Duration) -> Vec<Effect> {
        if let Some((running, _)) = self.desk.ledger.running {
            self.say(&format!("{running} runs; x stops it"), now);
            return Vec::new();
        }
        self.desk.ledger.running = Some((claim, None));
        self.desk.ledger.ended.remove(claim);
        vec![Effect::Test(Test::Run { claim, quick })]
    }

    /// News of experiments.
    pub(super) fn tested(&mut self, tested: Tested, now: Duration) {
        self.dirty |= self.overlay == Overlay::Claims;
        let named = |value: &Value| value.get("name").and_then(Value::as_str).map(str::to_owned);
        match tested {
            Tested::Recalled(values) => {
                for value in values {
                    if let Some(name) = named(&value) {
                        // What was run since is newer than any file.
                        self.desk.ledger.results.entry(name).or_insert(value);
                    }
                }
            }
            Tested::Going(name, progress) => self.desk.ledger.running = Some((name, Some(progress))),
            Tested::Done(value) => {
                self.desk.ledger.running = None;
                let Some(name) = named(&value) else { return };
                let verdict = value.get("verdict").and_then(Value::as_str).unwrap_or_default();
                self.say(&format!("{name}: {verdict}"), now);
                self.desk.ledger.results.insert(name, *value);
            }
            Tested::Ended(name, why) => {
                self.desk.ledger.running = None;
                self.say(&format!("{name}: {why}"), now);
                self.desk.ledger.ended.insert(name, why);
            }
        }
    }
}
