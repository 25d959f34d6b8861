//! Text from outside, made safe once: `Clean` strings, `Problem` sentences, nearest names; counts in sentences. Knows no file
//! format and no screen.

use std::fmt;
use unicode_width::UnicodeWidthChar;

/// The most combining marks kept on one cell: more only hides what stands beneath.
const MARKS_PER_CELL: usize = 4;
/// A value quoted in a problem is cut to this many characters, so that a message stays under 400 bytes.
const EXCERPT: usize = 80;

/// A string that may reach a screen, a log or an error: no control, bidirectional or zero-width character, bounded length.
///
/// Made at the door from anything a file, a paste, a path or another program said. Newlines and tabs become
/// spaces; every other dangerous character becomes `·`, so that a reader sees that something stood there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean(String);

impl Clean {
    /// At most `limit` characters of `raw` on one line; a cut is shown by `…`.
    #[must_use]
    pub fn new(raw: &str, limit: usize) -> Self {
        let mut kept = String::with_capacity(raw.len().min(4 * limit));
        let (mut count, mut marks) = (0, 0);
        for character in raw.chars() {
            let safe = match character {
                '\n' | '\t' | '\r' => ' ',
                character if dangerous(character) => '·',
                character => character,
            };
            marks = if safe.width() == Some(0) { marks + 1 } else { 0 };
            if marks > MARKS_PER_CELL {
                continue;
            }
            if count == limit {
                kept.push('…');
                break;
            }
            kept.push(safe);
            count += 1;
        }
        Self(kept)
    }

    /// Several lines of prose (a preset's notes), each cleaned; at most `limit` lines of 400 characters.
    #[must_use]
    pub fn lines(raw: &str, limit: usize) -> Vec<Self> {
        raw.lines().take(limit).map(|line| Self::new(line, 400)).collect()
    }

    /// A value as it is quoted inside a message.
    #[must_use]
    pub fn excerpt(raw: &str) -> Self {
        Self::new(raw, EXCERPT)
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl std::ops::Deref for Clean {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Clean {
    fn from(raw: &str) -> Self {
        Self::new(raw, 4096)
    }
}

/// Controls, and what changes the order or hides the presence of other characters.
fn dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}' | '\u{1D173}'..='\u{1D17A}')
}

/// A position in a text file, counted from one; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file as the user named it.
    pub file: Clean,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of byte `offset` in `text`.
    #[must_use]
    pub fn at(file: &Clean, text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self { file: file.clone(), line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One thing wrong with what the user wrote: a sentence, and where it is wrong if it came from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, when it came from a text.
    pub place: Option<Place>,
    /// What, with the offending value, the allowed range and the nearest right name.
    pub sentence: Clean,
}

impl Problem {
    /// A problem without a place (a flag, a live change).
    #[must_use]
    pub fn new(sentence: &str) -> Self {
        Self { place: None, sentence: Clean::new(sentence, 360) }
    }

    /// The same problem, found at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(out, "{place}: {}", self.sentence),
            None => self.sentence.fmt(out),
        }
    }
}

impl std::error::Error for Problem {}

/// A count with its thousands set apart, as sentences and panes have it: `3,412`.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The choice a misspelt `name` most likely meant: a unique one that it begins, or the closest by edits
/// (at most a third of the name's length, and at least one).
#[must_use]
pub fn nearest<'a>(name: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let choices: Vec<&str> = choices.into_iter().collect();
    let begun: Vec<&&str> = choices.iter().filter(|choice| !name.is_empty() && choice.starts_with(name)).collect();
    if let [only] = begun[..] {
        return Some(only);
    }
    let allowed = (name.chars().count() / 3).max(1);
    choices
        .iter()
        .map(|choice| (edits(name, choice), *choice))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, choice)| choice)
}

/// Levenshtein distance with adjacent transpositions (optimal string alignment).
fn edits(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().take(64).collect(), right.chars().take(64).collect());
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, first) in rows[0].iter_mut().enumerate() {
        *first = j;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let swapped = usize::from(left[i - 1] != right[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + swapped);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_has_no_control_bidi_or_zero_width_character() {
        let hostile = "a\u{1b}[31mb\u{202e}c\u{200b}d\u{7}\u{9b}e\nf";
        assert_eq!(Clean::new(hostile, 100).as_str(), "a·[31mb·c·d··e f");
    }

    #[test]
    fn long_text_is_cut_and_marks_are_bounded() {
        assert_eq!(Clean::new("abcdef", 3).as_str(), "abc…");
        let stacked = format!("e{}", "\u{301}".repeat(50));
        assert_eq!(Clean::new(&stacked, 100).chars().count(), 1 + MARKS_PER_CELL);
    }

    #[test]
    fn thousands_are_set_apart() {
        let told = |count| grouped(count);
        assert_eq!([0, 999, 1000, 286_378].map(told), ["0", "999", "1,000", "286,378"]);
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn nearest_names() {
        let keys = ["k", "width", "sigma", "architecture", "residual", "residual-2015"];
        assert_eq!(nearest("arch", keys), Some("architecture"));
        assert_eq!(nearest("widht", keys), Some("width"));
        assert_eq!(nearest("residul", keys), Some("residual"));
        assert_eq!(nearest("banana", keys), None);
    }

    #[test]
    fn places_count_characters() {
        let file = Clean::from("p.toml");
        assert_eq!(Place::at(&file, "é = 1\nab = 2", 7 + 5).to_string(), "p.toml:2:6");
        assert_eq!(Place::at(&file, "", 10).to_string(), "p.toml:1:1");
    }
}
