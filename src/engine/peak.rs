//! The most that a level can do: multiply-adds that wait for nothing. What shares of a peak are measured against. Knows no model.
#![allow(unsafe_code, reason = "one store at the end, so that the sums are not thrown away")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use super::lanes::{Kernel, Lanes, Level, MOST, On, Step};
use super::real::Real;

/// `rounds` rounds of independent multiply-adds.
struct Spin<'a, T> {
    rounds: usize,
    seen: &'a mut [T; MOST],
}

/// Enough sums to hide the latency, few enough to stay in registers.
#[inline(always)]
const fn sums(registers: usize) -> usize {
    if registers >= 16 { 12 } else { 4 }
}

impl<T: Real> Kernel<T> for Spin<'_, T> {
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self) {
        let (by, plus) = (L::splat(T::of(0.999_999)), L::splat(T::of(1e-6)));
        let mut of = [L::splat(T::of(0.5)); 12];
        for _ in 0..self.rounds {
            for sum in &mut of[..sums(L::REGISTERS)] {
                *sum = sum.fma(by, plus);
            }
        }
        let mut all = of[0];
        for sum in &of[1..] {
            all = all + *sum;
        }
        // SAFETY: no level has more than MOST lanes.
        unsafe { all.store(self.seen.as_mut_ptr()) };
    }
}

struct Spun<T> {
    rounds: usize,
    of: std::marker::PhantomData<T>,
}

impl<T: Real> Step<T> for Spun<T> {
    type Out = f64;
    #[expect(clippy::cast_precision_loss, reason = "a count of operations")]
    fn run<L: Lanes<Real = T>>(self, on: On<L>) -> f64 {
        let mut seen = [T::default(); MOST];
        on.run(Spin { rounds: self.rounds, seen: &mut seen });
        std::hint::black_box(seen);
        (2 * self.rounds * sums(L::REGISTERS) * L::COUNT) as f64
    }
}

/// Does `rounds` rounds of multiply-adds at `level` as fast as the CPU can; answers how many operations they were.
#[must_use]
pub fn spin<T: Real>(level: Level, rounds: usize) -> f64 {
    level.enter(Spun::<T> { rounds, of: std::marker::PhantomData })
}
