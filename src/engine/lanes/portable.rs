//! Lanes for any CPU: four numbers in an array, in plain loops that the compiler makes vectors of. Knows no kernel.
#![allow(unsafe_code, reason = "loads and stores at the addresses that kernels compute")]
#![allow(clippy::assign_op_pattern, reason = "one form for all operators")]
#![allow(clippy::needless_range_loop, reason = "the same lane of several arrays")]
#![allow(clippy::inline_always, reason = "a call for every four numbers would cost more than the work")]

use super::{Kernel, Lanes, Numbers};
use crate::engine::real::Real;
use std::ops::{Add, Div, Mul, Sub};

const COUNT: usize = 4;

/// N numbers: four, or a single one where whatever is left over from whole vectors takes the same formula.
#[derive(Clone, Copy)]
pub struct Few<T, const N: usize = COUNT>([T; N]);

impl<T: Real> Few<T, 1> {
    /// The number.
    #[inline(always)]
    pub fn one(value: T) -> Self {
        Self([value])
    }

    /// The number.
    #[inline(always)]
    pub fn get(self) -> T {
        self.0[0]
    }
}

/// One operator, lane by lane.
macro_rules! lanewise {
    ($Operator:ident, $method:ident, $sign:tt) => {
        impl<T: Real, const N: usize> $Operator for Few<T, N> {
            type Output = Self;
            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for at in 0..N {
                    self.0[at] = self.0[at] $sign other.0[at];
                }
                self
            }
        }
    };
}
lanewise!(Add, add, +);
lanewise!(Sub, sub, -);
lanewise!(Mul, mul, *);
lanewise!(Div, div, /);

impl<T: Real, const N: usize> Numbers for Few<T, N> {
    type Real = T;

    #[inline(always)]
    fn splat(value: T) -> Self {
        Self([value; N])
    }

    #[inline(always)]
    fn fma(mut self, times: Self, plus: Self) -> Self {
        for at in 0..N {
            self.0[at] = self.0[at].times_plus(times.0[at], plus.0[at]);
        }
        self
    }

    #[inline(always)]
    fn fnma(mut self, times: Self, from: Self) -> Self {
        for at in 0..N {
            self.0[at] = (T::default() - self.0[at]).times_plus(times.0[at], from.0[at]);
        }
        self
    }

    #[inline(always)]
    fn with_sign_of(mut self, other: Self) -> Self {
        for at in 0..N {
            self.0[at] = self.0[at].with_sign_of(other.0[at]);
        }
        self
    }

    #[inline(always)]
    fn abs(mut self) -> Self {
        for at in 0..N {
            self.0[at] = self.0[at].size();
        }
        self
    }

    #[inline(always)]
    fn sqrt(mut self) -> Self {
        for at in 0..N {
            self.0[at] = self.0[at].root();
        }
        self
    }

    /// Adding 1.5·2⁵² pushes the fraction out of the mantissa.
    #[inline(always)]
    fn round(mut self) -> Self {
        for at in 0..N {
            self.0[at] = self.0[at] + T::PUSH - T::PUSH;
        }
        self
    }

    #[inline(always)]
    fn at_most(self, bound: Self, then: Self, mut otherwise: Self) -> Self {
        for at in 0..N {
            otherwise.0[at] = if self.0[at] <= bound.0[at] { then.0[at] } else { otherwise.0[at] };
        }
        otherwise
    }

    /// By two factors, since 2ⁿ itself may be no number where self·2ⁿ is one.
    #[inline(always)]
    fn scaled(self, n: Self) -> Self {
        let half = (n * Self::splat(T::of(0.5))).round();
        let mut powers = [half, n - half];
        for power in &mut powers {
            for at in 0..N {
                power.0[at] = power.0[at].two_to_the();
            }
        }
        self * powers[0] * powers[1]
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        let mut power = self;
        for at in 0..N {
            power.0[at] = power.0[at].two_to_the();
        }
        self.at_most(Self::splat(T::LEAST_EXPONENT - T::of(1.0)), Self::splat(T::default()), power)
    }

    #[inline(always)]
    fn each(self, function: fn(f64) -> (f64, f64)) -> (Self, Self) {
        let (mut values, mut slopes) = (self, self);
        for at in 0..N {
            let (value, slope) = function(self.0[at].wide());
            (values.0[at], slopes.0[at]) = (T::of(value), T::of(slope));
        }
        (values, slopes)
    }
}

impl<T: Real> Lanes for Few<T> {
    const COUNT: usize = COUNT;

    /// Those of SSE2, in which four f64 take two.
    const REGISTERS: usize = 8;
    type Double = Few<f64>;

    #[inline(always)]
    fn double(self, _: usize) -> Few<f64> {
        let mut doubles = [0.0; COUNT];
        for at in 0..COUNT {
            doubles[at] = self.0[at].wide();
        }
        Few(doubles)
    }

    #[inline(always)]
    unsafe fn round_to(doubles: Few<f64>, to: *mut T) {
        for at in 0..COUNT {
            // SAFETY: the caller's promise.
            unsafe { *to.add(at) = T::of(doubles.0[at]) };
        }
    }

    #[inline(never)]
    unsafe fn call<K: Kernel<T>>(kernel: K) {
        kernel.run::<Self>();
    }

    #[inline(always)]
    unsafe fn load(at: *const T) -> Self {
        // SAFETY: the caller's promise; an array is read without asking for alignment.
        Self(unsafe { at.cast::<[T; COUNT]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut T) {
        // SAFETY: the caller's promise; an array is written without asking for alignment.
        unsafe { at.cast::<[T; COUNT]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    fn sum(self) -> T {
        (self.0[0] + self.0[2]) + (self.0[1] + self.0[3])
    }

    #[inline(always)]
    unsafe fn transpose(from: *const T, from_row: usize, to: *mut T, to_row: usize) {
        for row in 0..COUNT {
            for column in 0..COUNT {
                // SAFETY: the caller's promise.
                unsafe { *to.add(column * to_row + row) = *from.add(row * from_row + column) };
            }
        }
    }
}
