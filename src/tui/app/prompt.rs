//! The `:` line while it is typed: completion, history, a hint of what follows. Knows no effect of a command.

use super::command::{COMMANDS, Word};
use super::{App, Effect, Line, Overlay};
use crate::preset::{Path, Settings, built_in_names, rows};
use crate::tui::look::{Colours, Marker};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

/// Commands that are remembered.
const KEPT: usize = 100;

/// A command being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    line: Line,
    /// So many commands back; 0 is what is typed.
    back: usize,
    /// What was typed before looking back.
    draft: String,
    /// What was typed before choosing, and which choice stands there now.
    choosing: Option<(String, usize)>,
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word.
    pub word: String,
    /// What it is.
    pub help: String,
}

/// What can follow what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// What stays of the line.
    pub head: String,
    /// What may stand behind it.
    pub choices: Vec<Choice>,
    /// What belongs there, in words.
    pub hint: String,
}

impl Prompt {
    /// With `text` typed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { line: Line::new(text), ..Self::default() }
    }

    /// What is typed.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// The same, to be typed into.
    pub fn line_mut(&mut self) -> &mut Line {
        self.choosing = None;
        &mut self.line
    }

    /// What the choices continue, and which of them stands on the line.
    #[must_use]
    pub fn choosing(&self) -> (String, Option<usize>) {
        match &self.choosing {
            Some((base, at)) => (base.clone(), Some(*at)),
            None => (self.line.text(), None),
        }
    }

    /// The next choice, or the one before; what all choices begin with comes first.
    fn complete(&mut self, completion: &Completion, by: isize) {
        let Completion { head, choices, .. } = completion;
        let words: Vec<&str> = choices.iter().map(|choice| choice.word.as_str()).collect();
        let typed = self.line.text();
        let put = |word: &str, end: &str| Line::new(&format!("{head}{word}{end}"));
        match words[..] {
            [] => {}
            [only] if self.choosing.is_none() => self.line = put(only, if takes_more(head, only) { " " } else { "" }),
            _ => {
                let common = common(&words);
                if self.choosing.is_none() && format!("{head}{common}").len() > typed.len() {
                    self.line = put(common, "");
                    return;
                }
                let count = words.len().cast_signed();
                let at = match &self.choosing {
                    Some((_, at)) => (at.cast_signed() + by).rem_euclid(count),
                    None if by > 0 => 0,
                    None => count - 1,
                };
                let at = at.cast_unsigned();
                let base = self.choosing().0;
                self.line = put(words[at], "");
                self.choosing = Some((base, at));
            }
        }
    }

    /// Through what was typed before.
    fn look_back(&mut self, typed: &[String], by: isize) {
        if self.back == 0 {
            self.draft = self.line.text();
        }
        self.back = self.back.saturating_add_signed(by).min(typed.len());
        let text = if self.back == 0 { &self.draft } else { &typed[typed.len() - self.back] };
        self.line = Line::new(text);
        self.choosing = None;
    }
}

/// Whether a chosen word wants another behind it.
fn takes_more(head: &str, word: &str) -> bool {
    let command = COMMANDS.iter().find(|row| head.is_empty() && row.name == word);
    command.is_some_and(|row| !row.takes.is_empty()) || matches!(head.trim(), "set")
}

/// Whether a preset's name is being typed.
fn opens(prompt: &Prompt) -> bool {
    prompt.line.text().starts_with("open ")
}

/// What all begin with.
fn common<'a>(words: &[&'a str]) -> &'a str {
    let Some((first, others)) = words.split_first() else { return "" };
    let shared = |other: &str| first.chars().zip(other.chars()).take_while(|(one, two)| one == two).count();
    let count = others.iter().map(|other| shared(other)).min().unwrap_or(usize::MAX);
    first.char_indices().nth(count).map_or(first, |(end, _)| &first[..end])
}

impl App {
    /// A key while a command is typed.
    pub(super) fn prompt_key(&mut self, key: &KeyEvent, mut prompt: Prompt, now: Duration) -> Vec<Effect> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let opened = opens(&prompt);
        match key.code {
            KeyCode::Esc => return self.drop_prompt(),
            KeyCode::Backspace if prompt.line.text().is_empty() => return self.drop_prompt(),
            KeyCode::Enter => return self.enter(&prompt.line.text(), now),
            KeyCode::Tab => prompt.complete(&self.completion(&prompt.choosing().0), 1),
            KeyCode::BackTab => prompt.complete(&self.completion(&prompt.choosing().0), -1),
            KeyCode::Up => prompt.look_back(&self.desk.typed, 1),
            KeyCode::Down => prompt.look_back(&self.desk.typed, -1),
            KeyCode::Char('p') if control => prompt.look_back(&self.desk.typed, 1),
            KeyCode::Char('n') if control => prompt.look_back(&self.desk.typed, -1),
            _ => {
                prompt.line_mut().key(key);
                prompt.back = 0;
            }
        }
        // Which files there are is asked once they can be chosen.
        let files = (!opened && opens(&prompt)).then(|| self.list_files());
        self.overlay = Overlay::Command(prompt);
        files.into_iter().collect()
    }

    /// What waited for a name waits no longer.
    fn drop_prompt(&mut self) -> Vec<Effect> {
        self.desk.then = None;
        Vec::new()
    }

    fn enter(&mut self, typed: &str, now: Duration) -> Vec<Effect> {
        let typed = typed.trim();
        self.desk.typed.retain(|old| old != typed);
        if !typed.is_empty() {
            self.desk.typed.push(typed.to_owned());
        }
        if self.desk.typed.len() > KEPT {
            self.desk.typed.remove(0);
        }
        let word = typed.split_whitespace().next();
        if !COMMANDS.iter().any(|row| row.saves() && Some(row.name) == word) {
            self.desk.then = None;
        }
        self.command(typed, now)
    }

    /// What can follow `typed`.
    #[must_use]
    pub fn completion(&self, typed: &str) -> Completion {
        let Some((word, rest)) = typed.split_once(char::is_whitespace) else {
            let begun = COMMANDS.iter().filter(|row| row.name.starts_with(typed));
            let choices = begun.map(|row| Choice { word: row.name.to_owned(), help: row.explained() }).collect();
            let hint = COMMANDS.iter().find(|row| row.name == typed).map_or_else(String::new, Word::hint);
            return Completion { head: String::new(), choices, hint };
        };
        let Some(row) = COMMANDS.iter().find(|row| row.name == word) else { return Completion::default() };
        let (head, last) = (&typed[..typed.len() - rest.len()], rest.trim_start());
        let listed = |words: Vec<(String, String)>| {
            let begun = words.into_iter().filter(|(word, _)| word.starts_with(last));
            let choices = begun.map(|(word, help)| Choice { word, help }).collect();
            let hint = if last.is_empty() { row.hint() } else { String::new() };
            Completion { head: head.to_owned(), choices, hint }
        };
        let plain = |words: Vec<&str>| listed(words.into_iter().map(|word| (word.to_owned(), String::new())).collect());
        match row.name {
            "set" => self.set_completion(head, last),
            "clear" => Completion { head: head.to_owned(), choices: self.keys_like(last), hint: row.hint() },
            "open" => listed(self.openable()),
            "marker" => plain(Marker::ALL.iter().map(|marker| marker.name()).collect()),
            "colours" => plain(Colours::ALL.iter().map(|colours| colours.name()).collect()),
            "pane" => plain(super::command::PANES.iter().map(|(name, _)| *name).collect()),
            "variant" => plain(self.runs.iter().map(|run| run.name.as_str()).collect()),
            _ if row.saves() => listed(
                self.file().map(|path| (super::saving::shown(path).to_string(), String::new())).into_iter().collect(),
            ),
            _ => Completion {
                head: head.to_owned(),
                choices: Vec::new(),
                hint: if last.is_empty() { row.hint() } else { String::new() },
            },
        }
    }

    /// Presets by name, then the files that were found.
    fn openable(&self) -> Vec<(String, String)> {
        let built_in = built_in_names().map(|name| (name.to_owned(), "built in".to_owned()));
        let files = self.desk.files.0.iter().map(|file| {
            let title = file.seen.as_ref().map_or_else(|_| String::new(), |preset| preset.base.title.to_string());
            (super::saving::shown(&file.path).to_string(), title)
        });
        built_in.chain(files).collect()
    }

    /// A key, or what it may be.
    fn set_completion(&self, head: &str, last: &str) -> Completion {
        let settings = self.preset.settings(self.window.run);
        let Some((key, value)) = last.split_once(['=', ' ']) else {
            let hint = "KEY VALUE".to_owned();
            return Completion { head: head.to_owned(), choices: self.keys_like(last), hint };
        };
        let Ok(path) = Path::parse(key) else {
            let hint = Path::parse(key).err().unwrap_or_default();
            return Completion { hint, ..Completion::default() };
        };
        let (kind, value) = (path.row().kind, value.trim_start());
        let now = settings.get(&path);
        let mut words: Vec<String> = kind.words().into_iter().map(str::to_owned).collect();
        if words.is_empty() {
            words.push(kind.print(&now));
        }
        let head = &format!("{head}{}", &last[..last.len() - value.len()]);
        let begun = words.into_iter().filter(|word| word.starts_with(value));
        let is_now = |word: &str| if kind.parse(word).as_ref() == Ok(&now) { "now" } else { "" };
        let choices = begun.map(|word| Choice { help: is_now(&word).to_owned(), word }).collect();
        let hint =
            if value.is_empty() { format!("{}; now {}", kind.expects(), kind.show(&now)) } else { String::new() };
        Completion { head: head.clone(), choices, hint }
    }

    /// Settings whose name, or a later word of it, begins so; those that have an effect now.
    fn keys_like(&self, typed: &str) -> Vec<Choice> {
        let settings = self.preset.settings(self.window.run);
        let stage = typed.strip_prefix('f').and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
        let stage = stage.filter(|index| settings.has(*index));
        let places = |row: &'static crate::preset::Row| Path::of(row, stage);
        let all = rows().filter(|row| (row.when)(&settings)).filter_map(places);
        let names: Vec<(Path, String)> = all.map(|path| (path, path.to_string())).collect();
        let begins = |(_, name): &&(Path, String)| name.starts_with(typed);
        let later = |(path, name): &&(Path, String)| {
            !name.starts_with(typed)
                && (name.split('.').skip(1).any(|word| word.starts_with(typed)) || path.row().label.starts_with(typed))
        };
        let choice = |(path, name): &(Path, String)| Choice { word: name.clone(), help: help(&settings, path) };
        names.iter().filter(begins).map(choice).chain(names.iter().filter(later).map(choice)).collect()
    }
}

fn help(settings: &Settings, path: &Path) -> String {
    format!("{}: {}", path.row().kind.show(&settings.get(path)), path.row().help)
}
