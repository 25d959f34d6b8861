//! Rows of points from places all over: how a mini-batch is put together. Knows no dataset.
#![allow(unsafe_code, reason = "places are checked once for all columns instead of at every load")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use crate::engine::lanes::{Kernel, Lanes};
use crate::engine::real::Real;

/// Row c of `to` becomes the chosen numbers of column c, of whole vectors of rows; columns lie one behind the other, rows of points
/// `T::TILE` apart.
pub struct Fetch<'a, T> {
    pub from: &'a [T],
    pub columns: usize,
    pub rows: &'a [usize],
    pub to: &'a mut [T],
}

impl<T: Real> Kernel<T> for Fetch<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Self { from, columns, rows, to } = self;
        let Some(last) = columns.checked_sub(1) else { return };
        let (height, mut farthest) = (from.len() / columns, 0);
        for &row in rows {
            farthest = row.max(farthest);
        }
        let fits = last * T::TILE + rows.len() <= to.len() && rows.len() % L::COUNT == 0;
        assert!(farthest < height && fits, "a row lies outside, or there is too little room");
        for column in 0..columns {
            for at in (0..rows.len()).step_by(L::COUNT) {
                // SAFETY: just asserted: COUNT rows begin at `at`, none lies farther than the farthest.
                unsafe {
                    let found = L::gather(from.as_ptr().add(column * height), rows.as_ptr().add(at));
                    found.store(to.as_mut_ptr().add(column * T::TILE + at));
                }
            }
        }
    }
}
