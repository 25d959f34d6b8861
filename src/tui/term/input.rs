//! Bytes from a terminal to keys, pastes and answers: a total decoder in bounded memory. Knows no file, no clock, no meaning of a key.

use super::mouse::{self, Mouse};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The most bytes kept of one paste; what goes past is dropped, never typed.
pub const PASTE_LIMIT: usize = 64 * 1024;
/// The most parameter bytes of a `CSI` sequence that are kept; no sequence that is understood is longer.
const PARAMETERS: usize = 32;
/// The most bytes a swallowed sequence may last before what follows counts as keys again.
const SWALLOW: usize = 64 * 1024;

/// One thing the terminal, a signal or another thread said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key press, in crossterm's words: capitals carry `SHIFT`, shift-tab is `BackTab`.
    Key(KeyEvent),
    /// A bracketed paste, lines ended by `\n`. Untrusted, and never to be run as keys.
    Paste(String),
    /// The mouse, where it is on.
    Mouse(Mouse),
    /// The terminal has this many columns and rows now; everything must be drawn anew.
    Resize(u16, u16),
    /// The far end answered `CSI 5 n`: all that was sent before it has arrived.
    Answered,
    /// The terminal is gone. Nothing can be shown any more.
    Hangup,
    /// A signal that asks for something: `SIGTERM`, `SIGINT`, `SIGHUP`, `SIGQUIT`, `SIGTSTP`.
    Signal(i32),
    /// Another thread has news.
    Woken,
}

/// What a silence would mean to the decoder; the caller, who has a clock, decides how long it lets it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing is begun.
    No,
    /// An Esc, or the beginning of a sequence: about 50 ms tell them apart.
    Escape,
    /// A paste without its end: seconds, since a paste over a bad link may pause.
    Paste,
}

/// Where in a sequence the next byte stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// After an Esc.
    Escape,
    /// After an Esc that was already given out as a key: `[` or `O` here may be the late tail of a split arrow.
    Late,
    /// Inside a UTF-8 character.
    Character { have: [u8; 4], length: usize, want: usize, alt: bool },
    /// After `ESC O`. `begun`: the Esc is still owed should nothing follow.
    Ss3 { modifier: u8, begun: bool },
    /// After `ESC [`.
    Csi { begun: bool },
    /// `ESC [ [`, the Linux console's F1 to F5.
    Console,
    /// The three raw bytes of an old mouse report.
    Mouse { left: u8 },
    /// Inside an OSC, DCS, APC, PM or SOS string.
    Swallowing { opener: u8, count: usize, escape: bool },
    /// Inside a bracketed paste.
    Pasting,
}

/// A byte-at-a-time decoder: how the bytes are cut into reads cannot change what they mean.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    state: State,
    /// The parameters of a `CSI` sequence, or the text of a paste.
    held: Vec<u8>,
    /// How much of the end of a paste (`ESC [ 201 ~`) has been seen.
    ending: usize,
    out: Vec<Input>,
}

const PASTE_END: &[u8] = b"\x1b[201~";

impl Decoder {
    /// Everything that `bytes` complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        for &byte in bytes {
            self.step(byte);
        }
        std::mem::take(&mut self.out)
    }

    /// A silence ends what was begun: a lone Esc becomes a key, an unfinished sequence goes, a paste without end is given out.
    pub fn flush(&mut self) -> Vec<Input> {
        match std::mem::take(&mut self.state) {
            State::Escape => {
                self.press(KeyCode::Esc, KeyModifiers::NONE);
                self.state = State::Late;
            }
            State::Ss3 { begun, .. } => self.press_begun('O', begun),
            State::Csi { begun } if self.held.is_empty() => self.press_begun('[', begun),
            State::Swallowing { opener, count: 0, .. } => self.press_begun(char::from(opener), true),
            State::Pasting => self.end_paste(),
            State::Ground
            | State::Late
            | State::Character { .. }
            | State::Csi { .. }
            | State::Console
            | State::Mouse { .. }
            | State::Swallowing { .. } => {}
        }
        self.held = Vec::new();
        self.ending = 0;
        std::mem::take(&mut self.out)
    }

    /// What is begun and would be ended by `flush`.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        match self.state {
            State::Ground | State::Late => Waiting::No,
            State::Pasting => Waiting::Paste,
            _ => Waiting::Escape,
        }
    }

    fn step(&mut self, byte: u8) {
        match std::mem::take(&mut self.state) {
            State::Ground => self.ground(byte, false),
            State::Late => match byte {
                b'[' => self.begin_csi(false),
                b'O' => self.state = State::Ss3 { modifier: 0, begun: false },
                _ => self.ground(byte, false),
            },
            State::Escape => self.escape(byte),
            State::Character { have, length, want, alt } => self.character(have, length, want, alt, byte),
            State::Ss3 { modifier, begun } => self.ss3(modifier, begun, byte),
            State::Csi { begun } => self.csi(begun, byte),
            State::Console => match byte {
                b'A'..=b'E' => self.press(KeyCode::F(byte - b'A' + 1), KeyModifiers::NONE),
                _ => self.ground(byte, false),
            },
            State::Mouse { left } if left > 1 => self.state = State::Mouse { left: left - 1 },
            State::Mouse { .. } => {}
            State::Swallowing { opener, count, escape } => self.swallow(opener, count, escape, byte),
            State::Pasting => self.paste(byte),
        }
    }

    /// A byte outside any sequence, or right after an Esc (`alt`).
    fn ground(&mut self, byte: u8, alt: bool) {
        let held = if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
        match byte {
            0x1b => self.state = State::Escape,
            b'\r' | b'\n' => self.press(KeyCode::Enter, held),
            b'\t' => self.press(KeyCode::Tab, held),
            0x08 | 0x7f => self.press(KeyCode::Backspace, held),
            0x00 => self.press(KeyCode::Char(' '), held | KeyModifiers::CONTROL),
            0x01..=0x1a => self.press(KeyCode::Char(char::from(byte + 0x60)), held | KeyModifiers::CONTROL),
            0x1c..=0x1f => self.press(KeyCode::Char(char::from(byte + 0x18)), held | KeyModifiers::CONTROL),
            0x20..=0x7e => self.letter(char::from(byte), held),
            0xc2..=0xf4 => {
                let want = if byte < 0xe0 { 2 } else { 3 + usize::from(byte >= 0xf0) };
                self.state = State::Character { have: [byte, 0, 0, 0], length: 1, want, alt };
            }
            0x80..=0xc1 | 0xf5..=0xff => {}
        }
    }

    fn escape(&mut self, byte: u8) {
        match byte {
            0x1b => {
                self.press(KeyCode::Esc, KeyModifiers::NONE);
                self.state = State::Escape;
            }
            b'[' => self.begin_csi(true),
            b'O' => self.state = State::Ss3 { modifier: 0, begun: true },
            b'P' | b']' | b'^' | b'_' | b'X' => {
                self.state = State::Swallowing { opener: byte, count: 0, escape: false };
            }
            _ => self.ground(byte, true),
        }
    }

    fn character(&mut self, mut have: [u8; 4], length: usize, want: usize, alt: bool, byte: u8) {
        if !(0x80..=0xbf).contains(&byte) {
            return self.ground(byte, false);
        }
        have[length] = byte;
        if length + 1 < want {
            self.state = State::Character { have, length: length + 1, want, alt };
            return;
        }
        let held = if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
        let whole = std::str::from_utf8(&have[..want]).ok().and_then(|text| text.chars().next());
        // C1 controls reach here as UTF-8 too; they are no keys.
        if let Some(letter) = whole.filter(|letter| !letter.is_control()) {
            self.letter(letter, held);
        }
    }

    fn ss3(&mut self, modifier: u8, begun: bool, byte: u8) {
        match byte {
            b'0'..=b'9' if modifier == 0 => self.state = State::Ss3 { modifier: byte - b'0', begun },
            b'M' => self.press(KeyCode::Enter, modifiers(modifier.into())),
            _ => match lettered(byte) {
                Some(code) => self.press(code, modifiers(modifier.into())),
                None if modifier == 0 && (0x20..0x7f).contains(&byte) => {
                    self.press_begun('O', begun);
                    self.ground(byte, false);
                }
                None => self.ground(byte, false),
            },
        }
    }

    fn begin_csi(&mut self, begun: bool) {
        self.held = Vec::with_capacity(PARAMETERS);
        self.state = State::Csi { begun };
    }

    fn csi(&mut self, begun: bool, byte: u8) {
        match byte {
            b'[' if self.held.is_empty() => self.state = State::Console,
            0x20..=0x3f => {
                // One more than is understood marks a sequence as too long; the rest need not be kept.
                if self.held.len() <= PARAMETERS {
                    self.held.push(byte);
                }
                self.state = State::Csi { begun };
            }
            0x40..=0x7e => self.finish_csi(byte),
            0x18 | 0x1a => {}
            _ => self.ground(byte, false),
        }
    }

    /// A whole `CSI` sequence: what is not in this table is swallowed.
    fn finish_csi(&mut self, last: u8) {
        let held = std::mem::take(&mut self.held);
        if last == b'M' && held.is_empty() {
            self.state = State::Mouse { left: 3 };
            return;
        }
        if held.first() == Some(&b'<') {
            self.out.extend(mouse::report(&held, last).map(Input::Mouse));
            return;
        }
        let Some(numbers) = numbers(&held) else { return };
        let [first, second] = [numbers[0], numbers[1]];
        match last {
            b'~' if first == 200 => {
                self.ending = 0;
                self.state = State::Pasting;
            }
            b'~' => {
                if let Some(code) = numbered(first) {
                    self.press(code, modifiers(second));
                }
            }
            b'n' if first == 0 && !held.is_empty() => self.out.push(Input::Answered),
            b'Z' => self.press(KeyCode::BackTab, modifiers(second) | KeyModifiers::SHIFT),
            // Anything else before the letter is a report (a cursor position ends in R, as F3 does), not a key.
            _ if first <= 1 => {
                if let Some(code) = lettered(last) {
                    self.press(code, modifiers(second));
                }
            }
            _ => {}
        }
    }

    fn swallow(&mut self, opener: u8, count: usize, escape: bool, byte: u8) {
        match byte {
            b'\\' if escape => {}
            0x07 | 0x18 | 0x1a => {}
            // An Esc that ends no string begins the next sequence.
            _ if escape => self.escape(byte),
            _ if count >= SWALLOW => {}
            0x1b => self.state = State::Swallowing { opener, count: count + 1, escape: true },
            _ => self.state = State::Swallowing { opener, count: count + 1, escape: false },
        }
    }

    fn paste(&mut self, byte: u8) {
        if byte == PASTE_END[self.ending] {
            self.ending += 1;
            if self.ending == PASTE_END.len() {
                self.end_paste();
            } else {
                self.state = State::Pasting;
            }
            return;
        }
        // The marker has no proper prefix that is also its suffix, so a failed match can only restart at an Esc.
        let begun = std::mem::take(&mut self.ending);
        self.keep(&PASTE_END[..begun]);
        if byte == PASTE_END[0] {
            self.ending = 1;
        } else {
            self.keep(&[byte]);
        }
        self.state = State::Pasting;
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = PASTE_LIMIT - self.held.len().min(PASTE_LIMIT);
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_paste(&mut self) {
        self.ending = 0;
        let held = std::mem::take(&mut self.held);
        let text: String = held.utf8_chunks().map(|chunk| chunk.valid()).collect();
        // Terminals send a return for every line end of the clipboard.
        self.out.push(Input::Paste(text.replace("\r\n", "\n").replace('\r', "\n")));
    }

    fn letter(&mut self, letter: char, held: KeyModifiers) {
        let shift = if letter.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
        self.press(KeyCode::Char(letter), held | shift);
    }

    /// The second byte of an Esc sequence that never went on: with the Esc it was Alt, after a late Esc just a letter.
    fn press_begun(&mut self, letter: char, begun: bool) {
        self.letter(letter, if begun { KeyModifiers::ALT } else { KeyModifiers::NONE });
    }

    fn press(&mut self, code: KeyCode, held: KeyModifiers) {
        self.out.push(Input::Key(KeyEvent::new(code, held)));
    }
}

/// The first two numbers of `CSI` parameters, 0 where absent; None for private, intermediate or overlong ones.
fn numbers(held: &[u8]) -> Option<[u16; 2]> {
    if held.len() > PARAMETERS {
        return None;
    }
    let mut numbers = [0_u16; 2];
    let mut index = 0;
    // A colon begins a sub-parameter (the kitty protocol's event kind): passed over.
    let mut sub = false;
    for &byte in held {
        match byte {
            b'0'..=b'9' if sub || index > 1 => {}
            b'0'..=b'9' => {
                numbers[index] = numbers[index].saturating_mul(10).saturating_add(u16::from(byte - b'0'));
            }
            b':' => sub = true,
            b';' => (index, sub) = (index + 1, false),
            _ => return None,
        }
    }
    Some(numbers)
}

/// xterm's modifier parameter: one more than a sum of shift 1, alt 2, ctrl 4, super 8.
fn modifiers(parameter: u16) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    let mut held = KeyModifiers::NONE;
    for (bit, modifier) in
        [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL), (8, KeyModifiers::SUPER)]
    {
        held.set(modifier, bits & bit != 0);
    }
    held
}

/// Keys that end in a letter, after `CSI` or `SS3`.
fn lettered(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

/// Keys that end in `~`, by their number; the gaps are the VT220's.
fn numbered(number: u16) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(u8::try_from(number - 10).ok()?),
        17..=21 => KeyCode::F(u8::try_from(number - 11).ok()?),
        23 | 24 => KeyCode::F(u8::try_from(number - 12).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
