//! Help: what has the focus, explained; then every key, searched as one types. Knows no screen: words and how wide they
//! may be.

use super::keys::{BINDINGS, Binding, Place};
use super::{Action, App, Line, Overlay, Pane, keys};
use crossterm::event::{KeyCode, KeyEvent};

/// The widest help is.
pub const WIDEST: u16 = 78;
/// Where what a key does begins.
pub const WORDS: usize = 15;

/// Help, while it is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// Lines that are scrolled past.
    pub scroll: usize,
    /// What a line must have to be shown.
    pub filter: Line,
    /// Whether keys go to the filter.
    pub typing: bool,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// Over what follows.
    Heading(String),
    /// A piece of explanation, wrapped.
    Prose(String),
    /// Keys, and what they do.
    Keys(String, String),
    /// Nothing.
    Blank,
}

impl App {
    /// All lines of help that its filter leaves, at that width.
    #[must_use]
    pub fn help_lines(&self, help: &Help, width: usize) -> Vec<HelpLine> {
        let wanted = help.filter.text().to_lowercase();
        let fits = |text: &str| wanted.split_whitespace().all(|word| text.to_lowercase().contains(word));
        let mut lines = Vec::new();
        let (title, paragraphs) = self.explained();
        if wanted.trim().is_empty() {
            lines.push(HelpLine::Heading(title));
            for paragraph in paragraphs {
                lines.extend(wrapped(&paragraph, width).into_iter().map(HelpLine::Prose));
            }
            lines.push(HelpLine::Blank);
        }
        let own = |row: &&Binding| row.place == Place::In(self.pane);
        for row in BINDINGS.iter().filter(own).chain(BINDINGS.iter().filter(|row| !own(row))) {
            let words = match row.place {
                Place::Anywhere => row.help.to_owned(),
                Place::In(pane) => format!("{} ({})", row.help, pane.title()),
            };
            let keys = row.keys.join("  ");
            if fits(&format!("{keys} {words}")) {
                let room = width.saturating_sub(WORDS).max(12);
                for (at, part) in wrapped(&words, room).into_iter().enumerate() {
                    lines.push(HelpLine::Keys(if at == 0 { keys.clone() } else { String::new() }, part));
                }
            }
        }
        lines
    }

    /// Lines of help that are seen at once, and its width.
    fn help_size(&self) -> (usize, usize) {
        let (width, height) = self.desk.size;
        (usize::from(height.saturating_sub(4)).max(1), usize::from(width.min(WIDEST).saturating_sub(4)))
    }

    /// By the wheel.
    pub(super) fn scroll_help(&mut self, lines: i32) {
        let Overlay::Help(mut help) = std::mem::take(&mut self.overlay) else { return };
        let (height, width) = self.help_size();
        let last = self.help_lines(&help, width).len().saturating_sub(height);
        help.scroll = help.scroll.saturating_add_signed(lines as isize).min(last);
        self.overlay = Overlay::Help(help);
    }

    pub(super) fn help_key(&mut self, key: &KeyEvent, mut help: Help) {
        let (height, width) = self.help_size();
        let last = self.help_lines(&help, width).len().saturating_sub(height);
        let scroll = help.scroll.min(last);
        if help.typing {
            match key.code {
                KeyCode::Enter => help.typing = false,
                KeyCode::Esc => help = Help::default(),
                KeyCode::Backspace if help.filter.text().is_empty() => help.typing = false,
                _ => {
                    help.filter.key(key);
                    help.scroll = 0;
                }
            }
            self.overlay = Overlay::Help(help);
            return;
        }
        help.scroll = match keys::action(key, Pane::Loss) {
            Some(Action::Down(lines)) => scroll.saturating_add_signed(lines as isize),
            Some(Action::Page(pages)) => scroll.saturating_add_signed(pages as isize * height.cast_signed()),
            Some(Action::End(end)) => {
                if end {
                    last
                } else {
                    0
                }
            }
            Some(Action::Find) => {
                (help.typing, help.filter) = (true, Line::default());
                0
            }
            Some(Action::Close) if !help.filter.text().is_empty() => {
                help.filter = Line::default();
                0
            }
            Some(Action::Help | Action::Close | Action::Quit) => return,
            _ => scroll,
        }
        .min(last.max(scroll));
        self.overlay = Overlay::Help(help);
    }
}

/// Prose in lines of at most `width` characters; a longer word is cut.
pub(in crate::tui) fn wrapped(prose: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    for word in prose.split_whitespace() {
        let mut word: String = word.to_owned();
        let length = |text: &str| text.chars().count();
        match lines.last_mut() {
            Some(line) if length(line) + 1 + length(&word) <= width => {
                line.push(' ');
                line.push_str(&word);
                continue;
            }
            Some(_) | None => {}
        }
        while length(&word) > width {
            let rest: String = word.chars().skip(width).collect();
            lines.push(word.chars().take(width).collect());
            word = rest;
        }
        lines.push(word);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}
