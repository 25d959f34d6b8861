//! `Lanes`: several numbers in one register, once for both precisions and every kind of CPU. Knows no kernel.
//!
//! A kernel is a struct with one generic `run<L: Lanes>`, written once. It is `inline(always)`, and so are the lanes' methods:
//! all of it melts into `Lanes::call`, an out-of-line function of its own for every (kernel, lanes) that is compiled with
//! the instructions of its level. The CPU is asked once, when a `Level` is made; `Level::enter` then hands out an `On<L>`,
//! and whoever holds one may run kernels on those lanes.
#![allow(clippy::inline_always, reason = "must melt into `call`, or it is compiled without its instructions")]
#![allow(unsafe_code, reason = "the door to functions compiled for instructions that not every CPU has")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod wide;

use super::real::Real;
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Sub};
use std::sync::LazyLock;

#[cfg(target_arch = "x86_64")]
pub use avx2::{F32x8, F64x4};
#[cfg(target_arch = "x86_64")]
pub use avx512::{F32x16, F64x8};
pub use portable::Few;
pub use wide::Wide;

/// The most lanes that any level has: what buffers are padded to.
pub const MOST: usize = 16;

/// Numbers side by side, however many: what a formula needs of them.
///
/// Values exist only inside `Lanes::call`, which is entered through an `On`: that is why their methods may use the level's
/// instructions.
pub trait Numbers: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// Each of them.
    type Real: Real;

    fn splat(value: Self::Real) -> Self;

    /// self·times + plus, rounded once where the CPU can.
    fn fma(self, times: Self, plus: Self) -> Self;

    /// from − self·times, rounded once where the CPU can.
    fn fnma(self, times: Self, from: Self) -> Self;

    /// |self|.
    fn abs(self) -> Self;

    /// |self| with the sign of `other`.
    fn with_sign_of(self, other: Self) -> Self;

    /// √self.
    fn sqrt(self) -> Self;

    /// The greater of the two; NaN where self is.
    #[inline(always)]
    fn at_least(self, bound: Self) -> Self {
        self.at_most(bound, bound, self)
    }

    /// −|self|.
    #[inline(always)]
    fn minus_abs(self) -> Self {
        Self::splat(Self::Real::default()) - self.abs()
    }

    /// 1/self within a unit of the last place for 1 ≤ self ≤ 4, within two for what lies well within the normal numbers.
    #[inline(always)]
    fn inverse(self) -> Self {
        Self::splat(Self::Real::of(1.0)) / self
    }

    /// 1/√self within two units of the last place, for what lies well within the normal numbers.
    #[inline(always)]
    fn inverse_root(self) -> Self {
        Self::splat(Self::Real::of(1.0)) / self.sqrt()
    }

    /// To the nearest integer, below 2²² in f32 and 2⁵¹ in f64.
    fn round(self) -> Self;

    /// `then` where self ≤ bound, else (NaN included) `otherwise`.
    fn at_most(self, bound: Self, then: Self, otherwise: Self) -> Self;

    /// self·2ⁿ for integers |n| up to twice the greatest exponent; under- and overflow as IEEE has it.
    fn scaled(self, n: Self) -> Self;

    /// 2ⁿ for n = self ≤ 0, an integer of any size; below the normal numbers it may be 0.
    fn power_of_two(self) -> Self;

    /// A function of one number, and its slope, on every one of them: slow, for what has no kernel.
    fn each(self, function: fn(f64) -> (f64, f64)) -> (Self, Self);
}

/// A vector of the CPU's, or what stands for one: `COUNT` numbers.
pub trait Lanes: Numbers {
    /// How many.
    const COUNT: usize;
    /// Vector registers of the CPU: how large a block of sums can be held.
    const REGISTERS: usize;
    /// This level's vectors of doubles, of which one or two hold as many numbers.
    type Double: Lanes<Real = f64>;

    /// The numbers of one of them, as doubles.
    fn double(self, part: usize) -> Self::Double;

    /// Writes doubles as the nearest numbers of this kind.
    ///
    /// # Safety
    /// As many as there are doubles can be written at `to`.
    unsafe fn round_to(doubles: Self::Double, to: *mut Self::Real);

    /// Runs `kernel` out of line, compiled with this level's instructions.
    ///
    /// # Safety
    /// The CPU has them.
    unsafe fn call<K: Kernel<Self::Real>>(kernel: K);

    /// # Safety
    /// `COUNT` numbers can be read at `at`; no alignment is asked.
    unsafe fn load(at: *const Self::Real) -> Self;

    /// # Safety
    /// `COUNT` numbers can be written at `at`; no alignment is asked.
    unsafe fn store(self, at: *mut Self::Real);

    /// Four numbers of each of COUNT chosen rows that lie `apart` from each other, as four vectors; one by one where the CPU has nothing
    /// better.
    ///
    /// # Safety
    /// COUNT rows can be read at `chosen`, and four numbers at each of them from `from` on.
    #[inline(always)]
    unsafe fn fours(from: *const Self::Real, apart: usize, chosen: *const usize) -> [Self; 4] {
        let mut found = [[Self::Real::default(); MOST]; 4];
        for lane in 0..Self::COUNT {
            for (column, found) in found.iter_mut().enumerate() {
                // SAFETY: the caller's promise.
                found[lane] = unsafe { *from.add(*chosen.add(lane) * apart + column) };
            }
        }
        let [a, b, c, d] = &found;
        [Self::fill(a), Self::fill(b), Self::fill(c), Self::fill(d)]
    }

    /// To the first places of an array.
    #[inline(always)]
    fn spill(self, to: &mut [Self::Real; MOST]) {
        // SAFETY: no level has more than MOST lanes.
        unsafe { self.store(to.as_mut_ptr()) }
    }

    /// From the first places of an array.
    #[inline(always)]
    fn fill(from: &[Self::Real; MOST]) -> Self {
        // SAFETY: no level has more than MOST lanes.
        unsafe { Self::load(from.as_ptr()) }
    }

    /// The sum of all lanes, in a fixed order.
    fn sum(self) -> Self::Real;

    /// The sums of COUNT vectors that follow each other, each over its own lanes.
    ///
    /// # Safety
    /// They can be read at `from`.
    #[inline(always)]
    unsafe fn across(from: *const Self::Real) -> Self {
        let mut sums = [Self::Real::default(); MOST];
        for (at, sum) in sums.iter_mut().enumerate().take(Self::COUNT) {
            // SAFETY: the caller's promise.
            *sum = unsafe { Self::load(from.add(at * Self::COUNT)) }.sum();
        }
        Self::fill(&sums)
    }

    /// Writes the transpose of COUNT rows of COUNT numbers.
    ///
    /// # Safety
    /// COUNT rows of COUNT numbers, `from_row` apart, can be read at `from`, and written at `to`, `to_row` apart.
    unsafe fn transpose(from: *const Self::Real, from_row: usize, to: *mut Self::Real, to_row: usize);
}

/// `Numbers::each` of a vector.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn one_by_one<L: Lanes>(z: L, function: fn(f64) -> (f64, f64)) -> (L, L) {
    let mut values = [L::Real::default(); MOST];
    let mut slopes = values;
    z.spill(&mut values);
    for (value, slope) in values.iter_mut().zip(&mut slopes).take(L::COUNT) {
        let (at, derivative) = function(value.wide());
        (*value, *slope) = (L::Real::of(at), L::Real::of(derivative));
    }
    (L::fill(&values), L::fill(&slopes))
}

/// Work on whole buffers, written once for all lanes. Implementations are `inline(always)`, and so is all that they call
/// with lanes in hand, or it would be compiled without the level's instructions; no closures for the same reason.
pub trait Kernel<T: Real> {
    fn run<L: Lanes<Real = T>>(self);
}

/// The right to run kernels on the lanes L: made only by `Level::enter`.
#[derive(Clone, Copy)]
pub struct On<L>(PhantomData<L>);

impl<L: Lanes> On<L> {
    /// Runs a kernel.
    #[expect(clippy::unused_self, reason = "the right to do so is what `self` is")]
    pub fn run<K: Kernel<L::Real>>(self, kernel: K) {
        // SAFETY: an `On<L>` is only made where the CPU was found to have what L needs.
        unsafe { L::call(kernel) }
    }
}

/// What is done once a level is chosen: the rest of a step, in which nothing asks for the level again.
pub trait Step<T: Real> {
    type Out;
    fn run<L: Lanes<Real = T>>(self, on: On<L>) -> Self::Out;
}

/// Asks a level for its number of lanes.
pub struct Count;

impl<T: Real> Step<T> for Count {
    type Out = usize;
    fn run<L: Lanes<Real = T>>(self, _: On<L>) -> usize {
        L::COUNT
    }
}

/// A set of instructions that this CPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// From the slowest to the fastest.
const KINDS: &[Kind] = &[
    Kind::Portable,
    #[cfg(target_arch = "x86_64")]
    Kind::Avx2,
    #[cfg(target_arch = "x86_64")]
    Kind::Avx512,
];

impl Kind {
    /// Whether this CPU has it. The standard library asks the CPU once and remembers.
    fn is_here(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("fma")
            }
        }
    }
}

impl Level {
    /// Every level that this CPU has, the best last.
    #[must_use]
    pub fn all() -> Vec<Self> {
        KINDS.iter().filter(|kind| kind.is_here()).map(|kind| Self(*kind)).collect()
    }

    /// The best that this CPU has, asked for once: small steps ask for it ten times a microsecond.
    #[must_use]
    pub fn best() -> Self {
        static BEST: LazyLock<Level> =
            LazyLock::new(|| Level(KINDS.iter().copied().rfind(|kind| kind.is_here()).unwrap_or(Kind::Portable)));
        *BEST
    }

    /// Its name, for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "AVX2+FMA",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "AVX-512",
        }
    }

    /// Does the step on this level's lanes.
    #[inline(always)]
    pub fn enter<T: Real, S: Step<T>>(self, step: S) -> S::Out {
        match self.0 {
            Kind::Portable => step.run(On(PhantomData::<Few<T>>)),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => step.run(On(PhantomData::<T::Avx2>)),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => step.run(On(PhantomData::<T::Avx512>)),
        }
    }
}

/// The four operators of a lanes type over its intrinsics.
macro_rules! operators {
    ($lanes:ty, $add:path, $sub:path, $mul:path, $div:path) => {
        operators!(@ $lanes, Add, add, $add);
        operators!(@ $lanes, Sub, sub, $sub);
        operators!(@ $lanes, Mul, mul, $mul);
        operators!(@ $lanes, Div, div, $div);
    };
    (@ $lanes:ty, $Operator:ident, $method:ident, $intrinsic:path) => {
        impl std::ops::$Operator for $lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: lanes exist only where their instructions do (see `Lanes`).
                Self(unsafe { $intrinsic(self.0, other.0) })
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
use operators;
