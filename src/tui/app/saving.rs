//! Saving the document, leaving it, opening another in its place. Knows no disk: it asks for errands.

use super::errand::{Answer, Errand, Over};
use super::prompt::Prompt;
use super::{Action, App, Effect, Overlay};
use crate::preset::{Home, Source};
use crate::text::{Clean, Problem};
use crossterm::event::{KeyCode, KeyEvent};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is done once it is settled what becomes of unsaved settings.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// Leave.
    Quit,
    /// Another preset takes the place of this one.
    Replace(Box<Source>),
    /// What lets go of the preset that waits.
    Act(Action),
}

impl App {
    /// The same app on a document that came from a text.
    #[must_use]
    pub fn from_source(mut self, source: Source) -> Self {
        self.desk.source = source;
        self
    }

    /// What it is compared with is what its source says: a session that is resumed has been changed in what was changed then.
    #[must_use]
    pub fn changed_since_its_source(mut self) -> Self {
        self.opened = self.desk.source.preset.clone();
        self
    }

    /// The document as it would be saved: its own text, with what was changed.
    #[must_use]
    pub fn spelt(&self) -> String {
        let source = &self.desk.source;
        self.preset.revised(&source.preset, &source.text)
    }

    /// The file that the document came from or was saved to.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.desk.source.path()
    }

    /// Writes the document to `typed`, or back to its own file; a file of another text is replaced only if `force`d.
    pub(super) fn save(&mut self, typed: &str, force: bool, now: Duration) -> Vec<Effect> {
        let own = self.file().map(Path::to_owned);
        let path = match (typed, &own) {
            ("", Some(path)) => path.clone(),
            ("", None) => return self.ask_name(),
            (typed, _) => named(typed),
        };
        let text = self.spelt();
        let same = own.as_deref() == Some(&*path);
        if same && text == self.desk.source.text && !force {
            self.opened = self.preset.clone();
            self.say(&format!("{} says this already: nothing was changed", shown(&path)), now);
            return self.go_on(now);
        }
        let over = match (force, same) {
            (true, _) => Over::Anything,
            (false, true) => Over::Text(self.desk.source.text.clone()),
            (false, false) => Over::Nothing,
        };
        vec![Effect::Errand(Errand::Save { path, text, over })]
    }

    /// The same, then leaves; what was not changed is written only if `always`, or where a file is named.
    pub(super) fn save_and_quit(&mut self, typed: &str, always: bool, now: Duration) -> Vec<Effect> {
        if !always && typed.is_empty() && !self.is_edited() {
            return vec![Effect::Quit];
        }
        self.desk.then = Some(Then::Quit);
        self.save(typed, false, now)
    }

    /// A preset that lies nowhere is asked for its name.
    fn ask_name(&mut self) -> Vec<Effect> {
        let name: String = self.preset.name.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
        let name = if name.is_empty() { "mine".to_owned() } else { name };
        self.overlay = Overlay::Command(Prompt::new(&format!("save {name}.toml")));
        Vec::new()
    }

    /// What the disk answered.
    pub(super) fn answered(&mut self, answer: Answer, now: Duration) -> Vec<Effect> {
        self.dirty = true;
        self.desk.waits = match answer {
            Answer::Waiting(..) => true,
            Answer::Opened(_) => false,
            Answer::Listed(..) | Answer::Saved { .. } => self.desk.waits,
        };
        match answer {
            Answer::Waiting(name, waited) => {
                self.say(&format!("waiting for {name} by ssh: {} s; Esc gives it up", waited.as_secs()), now);
            }
            Answer::Listed(files, more) => self.list(files, more),
            Answer::Opened(Ok(source)) => return self.consider(source, now),
            Answer::Opened(Err(problems)) => return self.refuse_preset(&problems),
            Answer::Saved { path, result: Err(why), .. } => {
                self.desk.then = None;
                return self.refuse(&format!("{} was not written: {why}", shown(&path)));
            }
            Answer::Saved { path, text, result: Ok(()) } => {
                self.saved(path, text, now);
                return self.go_on(now);
            }
        }
        Vec::new()
    }

    /// The file is the document now.
    fn saved(&mut self, path: PathBuf, text: String, now: Duration) {
        let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let name = Clean::new(&stem, 40);
        for document in self.documents() {
            document.name.clone_from(&name);
        }
        let elsewhere = self.preset.base.is_csv() && self.file().and_then(Path::parent) != path.parent();
        let table = if elsewhere { "; its table must lie beside it" } else { "" };
        self.say(&format!("written to {}{table}", shown(&path)), now);
        self.opened = self.preset.clone();
        self.desk.source = Source { home: Home::File(path), text, preset: self.preset.clone() };
    }

    /// Leaves, once it is settled what becomes of unsaved settings.
    pub(super) fn quit(&mut self) -> Vec<Effect> {
        if !self.is_edited() && self.edited_elsewhere().is_none() {
            return vec![Effect::Quit];
        }
        self.overlay = Overlay::Ask(Then::Quit);
        Vec::new()
    }

    /// y, the key that asked again, leaves it; s saves first; anything else stays.
    pub(super) fn ask_key(&mut self, key: &KeyEvent, then: Then, now: Duration) -> Vec<Effect> {
        match (key.code, &then) {
            (KeyCode::Char('y'), _) | (KeyCode::Char('q'), Then::Quit) => self.finish(then, now),
            (KeyCode::Char('s' | 'w'), Then::Quit | Then::Replace(_)) if self.is_edited() => {
                self.desk.then = Some(then);
                self.save("", false, now)
            }
            (KeyCode::Char('n') | KeyCode::Esc, _) => Vec::new(),
            _ => {
                self.overlay = Overlay::Ask(then);
                Vec::new()
            }
        }
    }

    /// What was waiting for the document to be saved.
    fn go_on(&mut self, now: Duration) -> Vec<Effect> {
        self.desk.then.take().map_or_else(Vec::new, |then| self.finish(then, now))
    }

    fn finish(&mut self, then: Then, now: Duration) -> Vec<Effect> {
        match then {
            Then::Quit => vec![Effect::Quit],
            Then::Replace(source) => self.replace(*source, now),
            Then::Act(action) => {
                let mut effects = self.forget_waiting();
                effects.extend(self.act(action, now));
                effects
            }
        }
    }

    /// A preset that holds together: it takes this one's place, after a question if that would lose something.
    pub(super) fn consider(&mut self, source: Box<Source>, now: Duration) -> Vec<Effect> {
        if self.is_edited() || self.edited_elsewhere().is_some() {
            self.overlay = Overlay::Ask(Then::Replace(source));
            return Vec::new();
        }
        self.replace(*source, now)
    }

    /// What is running goes on; every problem can be read.
    pub(super) fn refuse_preset(&mut self, problems: &[Problem]) -> Vec<Effect> {
        if let Overlay::Picker(picker) = &mut self.overlay {
            picker.problems = problems.to_vec();
        }
        for problem in problems.iter().skip(1).rev() {
            self.refuse(&problem.to_string());
        }
        let more = match problems.len() {
            0 | 1 => String::new(),
            count => format!(" (one of {count} problems; :messages lists them)"),
        };
        let first = problems.first().map_or_else(String::new, ToString::to_string);
        self.refuse(&format!("{first}{more}"))
    }
}

/// A name without an ending is a preset's.
fn named(typed: &str) -> PathBuf {
    let path = PathBuf::from(typed);
    if path.extension().is_none() { path.with_extension("toml") } else { path }
}

/// A path as a sentence names it.
pub(super) fn shown(path: &Path) -> Clean {
    Clean::new(&path.to_string_lossy(), 120)
}
