//! Columns of words: classes by name, numbered in the order of the alphabet. Knows no place.

use crate::text::Clean;
use std::collections::HashMap;

/// The most classes that a column of words may name.
pub(super) const MOST: usize = 64;

/// The words of one column while it is read.
#[derive(Default)]
pub(super) struct Labels {
    seen: HashMap<String, usize>,
    /// Cells that were numbers.
    pub numbers: usize,
}

impl Labels {
    /// A word's number in the order of appearance; none beyond the most that there may be.
    pub fn number(&mut self, word: &str) -> Option<usize> {
        if let Some(number) = self.seen.get(word) {
            return Some(*number);
        }
        let next = self.seen.len();
        (next < MOST).then(|| {
            self.seen.insert(word.to_owned(), next);
            next
        })
    }

    /// Whether the column is one of words alone.
    pub fn is_words(&self) -> bool {
        self.numbers == 0 && !self.seen.is_empty()
    }

    /// The words in alphabetical order, and for every number in the order of appearance its place there.
    pub fn sorted(self) -> (Vec<Clean>, Vec<usize>) {
        let mut words: Vec<(String, usize)> = self.seen.into_iter().collect();
        words.sort();
        let mut place = vec![0; words.len()];
        for (at, (_, number)) in words.iter().enumerate() {
            place[*number] = at;
        }
        (words.into_iter().map(|(word, _)| Clean::new(&word, super::NAME)).collect(), place)
    }
}
