//! Several vectors as one: the steps of a long formula side by side for all of them, so that none waits for the last step of its
//! own. Knows no instructions.
#![allow(unsafe_code, reason = "it hands on what its vectors promise")]
#![allow(clippy::needless_range_loop, reason = "vectors are indexed by their place")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use super::{Lanes, Numbers};
use crate::engine::real::Real;
use std::ops::{Add, Div, Mul, Sub};

/// W vectors of L.
///
/// A σ is a chain of some thirty operations of four cycles each. The CPU looks some three vectors ahead, which is too few to fill
/// the time: eight side by side are 1.3 times as fast for tanh in f64 (9.2 against 6.9 ns a vector), four 1.2 times.
#[derive(Clone, Copy)]
pub struct Wide<L, const W: usize>([L; W]);

/// A method of W vectors and others: that of each of them.
macro_rules! each {
    ($own:expr, $method:ident $(, $other:expr)*) => {{
        let mut all = $own.0;
        for v in 0..W {
            all[v] = $own.0[v].$method($($other.0[v]),*);
        }
        Self(all)
    }};
}

/// An operator, vector by vector.
macro_rules! operator {
    ($Operator:ident, $method:ident) => {
        impl<L: Lanes, const W: usize> $Operator for Wide<L, W> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                each!(self, $method, other)
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl<L: Lanes, const W: usize> Numbers for Wide<L, W> {
    type Real = L::Real;

    #[inline(always)]
    fn splat(value: L::Real) -> Self {
        Self([L::splat(value); W])
    }

    #[inline(always)]
    fn fma(self, times: Self, plus: Self) -> Self {
        each!(self, fma, times, plus)
    }

    #[inline(always)]
    fn fnma(self, times: Self, from: Self) -> Self {
        each!(self, fnma, times, from)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        each!(self, abs)
    }

    #[inline(always)]
    fn with_sign_of(self, other: Self) -> Self {
        each!(self, with_sign_of, other)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        each!(self, sqrt)
    }

    #[inline(always)]
    fn at_least(self, bound: Self) -> Self {
        each!(self, at_least, bound)
    }

    #[inline(always)]
    fn minus_abs(self) -> Self {
        each!(self, minus_abs)
    }

    #[inline(always)]
    fn inverse(self) -> Self {
        each!(self, inverse)
    }

    #[inline(always)]
    fn inverse_root(self) -> Self {
        each!(self, inverse_root)
    }

    #[inline(always)]
    fn round(self) -> Self {
        each!(self, round)
    }

    #[inline(always)]
    fn at_most(self, bound: Self, then: Self, otherwise: Self) -> Self {
        each!(self, at_most, bound, then, otherwise)
    }

    #[inline(always)]
    fn scaled(self, n: Self) -> Self {
        each!(self, scaled, n)
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        each!(self, power_of_two)
    }

    #[inline(always)]
    fn each(self, function: fn(f64) -> (f64, f64)) -> (Self, Self) {
        let (mut values, mut slopes) = (self.0, self.0);
        for v in 0..W {
            (values[v], slopes[v]) = self.0[v].each(function);
        }
        (Self(values), Self(slopes))
    }
}

impl<L: Lanes, const W: usize> Wide<L, W> {
    /// Where vector `v` lies behind the first one: `ROW` of them lie in each row of points.
    #[inline(always)]
    const fn place<const ROW: usize>(v: usize) -> usize {
        v / ROW * <L::Real as Real>::TILE + v % ROW * L::COUNT
    }

    /// # Safety
    /// W vectors can be read from `at` on, `ROW` of them in each row of points.
    #[inline(always)]
    pub unsafe fn load<const ROW: usize>(at: *const L::Real) -> Self {
        let mut all = [L::splat(<L::Real as Default>::default()); W];
        for v in 0..W {
            // SAFETY: the caller's promise.
            all[v] = unsafe { L::load(at.add(Self::place::<ROW>(v))) };
        }
        Self(all)
    }

    /// # Safety
    /// W vectors can be written from `at` on, `ROW` of them in each row of points.
    #[inline(always)]
    pub unsafe fn store<const ROW: usize>(self, at: *mut L::Real) {
        for v in 0..W {
            // SAFETY: the caller's promise.
            unsafe { self.0[v].store(at.add(Self::place::<ROW>(v))) }
        }
    }
}
