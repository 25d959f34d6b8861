//! What a patch sees beyond the ends of a signal: rows before and after it that are filled forward and folded backward.
//! Knows no coefficient.
//!
//! With points in the lanes a signal is a row of points for every position and channel, and a patch is rows that follow
//! each other: nothing is gathered.

use super::real::Real;
use crate::function::patch_source;
use crate::model::Padding;

/// A signal of some positions with its margins.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Rows of one position.
    channels: usize,
    /// Positions of a margin.
    half: usize,
    positions: usize,
    /// Each position of a margin, and the one it repeats; none for zeros.
    margins: Vec<(usize, Option<usize>)>,
}

impl Window {
    /// For patches of `width` positions.
    pub fn new(positions: usize, channels: usize, width: usize, padding: Padding) -> Self {
        let half = width / 2;
        let margins = (0..half).chain(half + positions..positions + 2 * half);
        let margins = margins.map(|place| {
            let source = patch_source(place, half, positions, padding);
            (place, source.map(|source| source + half))
        });
        Self { channels, half, positions, margins: margins.collect() }
    }

    /// Rows with both margins.
    pub fn rows(&self) -> usize {
        (self.positions + 2 * self.half) * self.channels
    }

    /// Where the signal itself begins, in numbers.
    #[inline]
    pub fn begin<T: Real>(&self) -> usize {
        self.half * self.channels * T::TILE
    }

    /// Whether patches of neighbours overlap.
    #[inline]
    pub fn overlaps(&self) -> bool {
        self.half > 0
    }

    /// Copies into the margins what they repeat. Zeros are there from the beginning.
    pub fn fill<T: Real>(&self, rows: &mut [T]) {
        let size = self.channels * T::TILE;
        for &(place, source) in &self.margins {
            if let Some(source) = source {
                rows.copy_within(source * size..(source + 1) * size, place * size);
            }
        }
    }

    /// Adds what has arrived in the margins to where it came from.
    pub fn fold<T: Real>(&self, rows: &mut [T]) {
        let size = self.channels * T::TILE;
        for &(place, source) in &self.margins {
            if let Some(source) = source {
                for at in 0..size {
                    let margin = rows[place * size + at];
                    rows[source * size + at] += margin;
                }
            }
        }
    }
}
