//! A one-line editor: text and a caret. Knows nothing of what is typed into it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The longest line that can be typed.
const LIMIT: usize = 400;

/// A line being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    characters: Vec<char>,
    caret: usize,
}

impl Line {
    /// A line with `text` in it and the caret at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let characters: Vec<char> = text.chars().take(LIMIT).collect();
        Self { caret: characters.len(), characters }
    }

    /// What stands in it.
    #[must_use]
    pub fn text(&self) -> String {
        self.characters.iter().collect()
    }

    /// Characters before the caret.
    #[must_use]
    pub fn caret(&self) -> usize {
        self.caret
    }

    /// Inserts printable characters; the rest of a paste is dropped.
    pub fn insert(&mut self, text: &str) {
        for character in text.trim().chars().filter(|character| !character.is_control()) {
            self.put(character);
        }
    }

    fn put(&mut self, character: char) {
        if self.characters.len() < LIMIT {
            self.characters.insert(self.caret, character);
            self.caret += 1;
        }
    }

    /// One key; whether it was an editing key.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => self.characters.drain(..std::mem::take(&mut self.caret)).for_each(drop),
            KeyCode::Char('a') if control => self.caret = 0,
            KeyCode::Char('e') if control => self.caret = self.characters.len(),
            KeyCode::Char(character) if !control => self.put(character),
            KeyCode::Backspace if self.caret > 0 => {
                self.caret -= 1;
                self.characters.remove(self.caret);
            }
            KeyCode::Delete if self.caret < self.characters.len() => {
                self.characters.remove(self.caret);
            }
            KeyCode::Backspace | KeyCode::Delete => {}
            KeyCode::Left => self.caret = self.caret.saturating_sub(1),
            KeyCode::Right => self.caret = (self.caret + 1).min(self.characters.len()),
            KeyCode::Home => self.caret = 0,
            KeyCode::End => self.caret = self.characters.len(),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_and_moving() {
        let mut line = Line::new("ac");
        let press = |line: &mut Line, code| line.key(&KeyEvent::new(code, KeyModifiers::NONE));
        press(&mut line, KeyCode::Left);
        press(&mut line, KeyCode::Char('b'));
        assert_eq!((line.text().as_str(), line.caret()), ("abc", 2));
        press(&mut line, KeyCode::Backspace);
        press(&mut line, KeyCode::Delete);
        press(&mut line, KeyCode::Delete);
        assert_eq!(line.text(), "a");
        line.insert(" 1\u{1b}[2 ");
        assert_eq!(line.text(), "a1[2");
        assert!(!press(&mut line, KeyCode::Up));
    }
}
