//! Choosing another preset: the built-in ones and the files near by, filtered as one types. Knows no screen and no disk.

use super::errand::{Errand, Listing};
use super::{App, Effect, Line, Overlay};
use crate::preset::{Preset, Source, built_in, built_in_names};
use crate::text::{Clean, Problem};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::path::PathBuf;
use std::time::Duration;

/// Entries that one key goes past.
const PAGE: isize = 8;

/// What can be opened.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// A preset of the program.
    BuiltIn(&'static str),
    /// A file.
    File(PathBuf),
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it opens.
    pub choice: Choice,
    /// As it is listed.
    pub name: Clean,
    /// What it says.
    pub seen: Result<Box<Preset>, Vec<Problem>>,
}

impl Entry {
    /// Its title, if it has one.
    #[must_use]
    pub fn title(&self) -> Clean {
        self.seen.as_ref().map_or_else(|_| Clean::default(), |preset| preset.base.title.clone())
    }
}

/// The list, while it is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picker {
    /// What an entry must have in its name or title.
    pub filter: Line,
    entries: Vec<Entry>,
    at: usize,
    /// Files that are not listed.
    pub more: usize,
    /// Why the chosen one was refused.
    pub problems: Vec<Problem>,
}

impl Picker {
    fn new(files: &[Listing], more: usize) -> Self {
        let built_in = built_in_names().map(|name| Entry {
            choice: Choice::BuiltIn(name),
            name: Clean::from(name),
            seen: built_in(name).map(Box::new),
        });
        let mut picker = Self { entries: built_in.collect(), more, ..Self::default() };
        picker.list(files, more);
        picker
    }

    /// Files after the built-in presets; those that are presets first.
    fn list(&mut self, files: &[Listing], more: usize) {
        self.entries.retain(|entry| matches!(entry.choice, Choice::BuiltIn(_)));
        let mut files: Vec<Entry> = files
            .iter()
            .map(|file| Entry {
                choice: Choice::File(file.path.clone()),
                name: super::saving::shown(&file.path),
                seen: file.seen.clone(),
            })
            .collect();
        files.sort_by_key(|entry| entry.seen.is_err());
        self.entries.extend(files);
        self.more = more;
    }

    /// The entries that the filter leaves.
    #[must_use]
    pub fn shown(&self) -> Vec<&Entry> {
        let wanted = self.filter.text().to_lowercase();
        let fits = |entry: &&Entry| {
            let text = format!("{} {}", entry.name, entry.title()).to_lowercase();
            wanted.split_whitespace().all(|word| text.contains(word))
        };
        self.entries.iter().filter(fits).collect()
    }

    /// The place of the selected one among those shown.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at.min(self.shown().len().saturating_sub(1))
    }

    /// The selected one.
    #[must_use]
    pub fn selected(&self) -> Option<&Entry> {
        self.shown().get(self.at()).copied()
    }

    fn go(&mut self, by: isize) {
        self.at = self.at().saturating_add_signed(by);
        self.at = self.at();
        self.problems.clear();
    }
}

impl App {
    /// Opens the list and asks for the files.
    pub(super) fn pick(&mut self) -> Vec<Effect> {
        let (files, more) = &self.desk.files;
        self.overlay = Overlay::Picker(Box::new(Picker::new(files, *more)));
        vec![self.list_files()]
    }

    /// Asks which files there are, also beside the one that is open.
    pub(super) fn list_files(&self) -> Effect {
        Effect::Errand(Errand::List(self.file().map(PathBuf::from).into_iter().collect()))
    }

    /// The files are there.
    pub(super) fn list(&mut self, files: Vec<Listing>, more: usize) {
        if let Overlay::Picker(picker) = &mut self.overlay {
            picker.list(&files, more);
        }
        self.desk.files = (files, more);
    }

    pub(super) fn picker_key(&mut self, key: &KeyEvent, mut picker: Box<Picker>, now: Duration) -> Vec<Effect> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let Some(choice) = picker.selected().map(|entry| entry.choice.clone()) else {
                    self.overlay = Overlay::Picker(picker);
                    return Vec::new();
                };
                self.overlay = Overlay::Picker(picker);
                return self.open_choice(&choice, now);
            }
            KeyCode::Down | KeyCode::Tab => picker.go(1),
            KeyCode::Up | KeyCode::BackTab => picker.go(-1),
            KeyCode::Char('n') if control => picker.go(1),
            KeyCode::Char('p') if control => picker.go(-1),
            KeyCode::PageDown => picker.go(PAGE),
            KeyCode::PageUp => picker.go(-PAGE),
            _ => {
                let before = picker.filter.clone();
                picker.filter.key(key);
                if picker.filter != before {
                    (picker.at, picker.problems) = (0, Vec::new());
                }
            }
        }
        self.overlay = Overlay::Picker(picker);
        Vec::new()
    }

    /// A built-in preset at once, a file when the disk has answered: only what holds together replaces what runs.
    pub(super) fn open_choice(&mut self, choice: &Choice, now: Duration) -> Vec<Effect> {
        match choice {
            Choice::BuiltIn(name) => match Source::built_in(name) {
                Ok(source) => {
                    self.overlay = Overlay::None;
                    self.consider(Box::new(source), now)
                }
                Err(problems) => self.refuse_preset(&problems),
            },
            Choice::File(path) => vec![Effect::Errand(Errand::Open(path.clone()))],
        }
    }
}
