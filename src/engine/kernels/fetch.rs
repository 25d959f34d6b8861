//! Rows of points from places all over: how a mini-batch is put together. Knows no dataset.
#![allow(unsafe_code, reason = "places are checked once for all columns instead of at every load")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use crate::engine::lanes::{Kernel, Lanes};
use crate::engine::real::Real;

/// Row c of `to` becomes what lies at the places c rows on in `from`; whole vectors of places, rows `T::TILE` apart.
pub struct Fetch<'a, T> {
    pub from: &'a [T],
    pub places: &'a [usize],
    pub columns: usize,
    pub to: &'a mut [T],
}

impl<T: Real> Kernel<T> for Fetch<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let Self { from, places, columns, to } = self;
        let Some(last) = columns.checked_sub(1) else { return };
        let mut farthest = 0;
        for &place in places {
            farthest = place.max(farthest);
        }
        let fits = last * T::TILE + places.len() <= to.len() && places.len() % L::COUNT == 0;
        assert!(farthest + last * T::TILE < from.len() && fits, "a place lies outside, or there is too little room");
        for column in 0..columns {
            for at in (0..places.len()).step_by(L::COUNT) {
                // SAFETY: just asserted: COUNT places begin at `at`, none lies farther than the farthest.
                unsafe {
                    let column = column * T::TILE;
                    let found = L::gather(from.as_ptr().add(column), places.as_ptr().add(at));
                    found.store(to.as_mut_ptr().add(column + at));
                }
            }
        }
    }
}
