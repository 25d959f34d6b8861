//! How a table is written: its separator, whether names come first, what a missing cell does. Knows no cell.

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// What stands between cells.
    pub delimiter: Delimiter,
    /// Whether the first row names the columns.
    pub header: Header,
    /// What becomes of a row in which a chosen cell is missing.
    pub missing: Missing,
}

/// What stands between cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delimiter {
    /// Whichever of the others occurs most often in the first row.
    #[default]
    Auto,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tabulator, as `cut` and spreadsheets write it.
    Tab,
}

/// Whether the first row names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// It does, unless all its cells are numbers.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It does not: columns are called col1, col2, …
    No,
}

/// What becomes of a row in which a chosen cell is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The cell is told.
    #[default]
    Refused,
    /// The row is left out, and counted.
    Dropped,
}

impl Delimiter {
    /// All of them with their words in presets.
    pub const ALL: [(&'static str, Self); 4] =
        [("auto", Self::Auto), ("comma", Self::Comma), ("semicolon", Self::Semicolon), ("tab", Self::Tab)];

    /// The byte that separates the cells of `text`.
    pub(super) fn byte(self, text: &str) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Auto => {
                let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or("");
                let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
                let mut quoted = false;
                for byte in first.bytes() {
                    quoted ^= byte == b'"';
                    for (_, count) in counts.iter_mut().filter(|(mark, _)| *mark == byte && !quoted) {
                        *count += 1;
                    }
                }
                // The first of equals: a comma.
                counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(mark, _)| mark)
            }
        }
    }
}

impl Header {
    /// All of them with their words in presets.
    pub const ALL: [(&'static str, Self); 3] = [("auto", Self::Auto), ("yes", Self::Yes), ("no", Self::No)];
}

impl Missing {
    /// All of them with their words in presets.
    pub const ALL: [(&'static str, Self); 2] = [("refused", Self::Refused), ("dropped", Self::Dropped)];
}

/// Whether a cell says that there is no value.
pub(super) fn is_missing(cell: &str) -> bool {
    const WORDS: [&str; 7] = ["", "na", "n/a", "nan", "null", "none", "?"];
    WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}
