//! Raw results: rows under named columns. Knows no file.

use crate::text::Clean;

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number; what is not finite is written as nothing.
    Number(f64),
    /// A count or a seed.
    Count(u64),
    /// A name.
    Text(Clean),
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Count(value as u64)
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(Clean::from(value))
    }
}

impl Cell {
    /// As a table spells it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(value) if value.is_finite() => value.to_string(),
            Self::Number(_) => String::new(),
            Self::Count(count) => count.to_string(),
            Self::Text(text) => text.to_string(),
        }
    }
}

/// Every run of one part of an experiment, a row each.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What its file is called, without the ending.
    pub name: &'static str,
    /// The columns' names.
    pub columns: Vec<&'static str>,
    /// As many entries as columns each.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// No rows yet.
    #[must_use]
    pub fn new<const N: usize>(name: &'static str, columns: [&'static str; N]) -> Self {
        Self { name, columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not as many entries as there are columns: the experiment is written wrongly.
    pub fn push<const N: usize>(&mut self, row: [Cell; N]) {
        assert_eq!(N, self.columns.len(), "a row of {} has {N} entries", self.name);
        self.rows.push(row.to_vec());
    }
}
