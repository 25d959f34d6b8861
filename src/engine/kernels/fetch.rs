//! Rows of points from places all over: how a mini-batch is put together. Knows no dataset.
#![allow(unsafe_code, reason = "places are checked once for all columns instead of at every load")]
#![allow(clippy::needless_range_loop, reason = "a column is a number of its row and one of four")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use crate::engine::lanes::{Kernel, Lanes};
use crate::engine::real::Real;

/// Row c of `to` becomes column c of the chosen rows, of whole vectors of them. The columns of `from` are whole fours; rows of points
/// lie `T::TILE` apart.
pub struct Fetch<'a, T> {
    pub from: &'a [T],
    pub columns: usize,
    pub chosen: &'a [usize],
    pub to: &'a mut [T],
}

impl<T: Real> Kernel<T> for Fetch<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Self { from, columns, chosen, to } = self;
        let (apart, mut farthest) = (columns.next_multiple_of(4), 0);
        for &row in chosen {
            farthest = row.max(farthest);
        }
        let fits = columns > 0 && (columns - 1) * T::TILE + chosen.len() <= to.len() && chosen.len() % L::COUNT == 0;
        assert!(fits && (farthest + 1) * apart <= from.len(), "a row lies outside, or there is too little room");
        for at in (0..chosen.len()).step_by(L::COUNT) {
            for first in (0..columns).step_by(4) {
                // SAFETY: just asserted: COUNT rows begin at `at`, none lies farther than the farthest.
                unsafe {
                    let found = L::fours(from.as_ptr().add(first), apart, chosen.as_ptr().add(at));
                    for column in 0..4 {
                        if first + column < columns {
                            found[column].store(to.as_mut_ptr().add((first + column) * T::TILE + at));
                        }
                    }
                }
            }
        }
    }
}
