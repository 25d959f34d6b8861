//! `Real`: what the engine needs of a number, f64 or f32. Knows no lanes' instructions and no kernel.
#![allow(clippy::inline_always, reason = "constants of the kernels: a call to one would be as long as the work")]

#[cfg(target_arch = "x86_64")]
use super::lanes::{F32x8, F32x16, F64x4, F64x8, Lanes};
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// f64 or f32.
pub trait Real:
    Copy
    + Default
    + Debug
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// 256-bit lanes of it.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Lanes<Real = Self>;
    /// 512-bit lanes of it.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Lanes<Real = Self>;

    /// Its name in presets and reports.
    const NAME: &'static str;
    /// A coefficient this close to 0 counts as 0: in f32 from 2⁻⁶³ on, so that a product of two is 0 or a normal number. Elements that
    /// only their prior pulls become that small, and one subnormal operand costs as much as a hundred products (A ran at two thirds
    /// of its speed).
    const LEAST: f64;
    /// Points of a tile: a row of them is 512 bytes.
    const TILE: usize = 512 / size_of::<Self>();
    /// 1.5·2ᵐ, m the bits of the mantissa.
    const PUSH: Self;
    /// That of the least normal number.
    const LEAST_EXPONENT: Self;
    /// −z from which eᶻ is 0.
    const EXP_BOUND: Self;
    /// log 2 in two parts: the first with so few bits that n times it is exact.
    const LN_2: [Self; 2];
    /// 1/2!, 1/3!, …: so many that the rest is below half a unit of the last place for |r| ≤ ½ log 2.
    const EXP: &'static [Self];
    /// tanh r = r(1 + p₁r² + …)/(1 + q₁r² + …): p and q of the least relative error for |r| ≤ ¼ log 2, by Remez's exchange. As many
    /// terms of Lambert's continued fraction, which has the same shape, would leave some hundred times as much.
    const TANH: [&'static [Self]; 2];
    /// 2/3, 2/5, …: atanh's series (doubled) for |s| ≤ 3 − 2√2.
    const ATANH: &'static [Self];
    /// −1/3!, 1/5!, …: for |r| ≤ π/4.
    const SIN: &'static [Self];
    /// −1/2!, 1/4!, …: for |r| ≤ π/4.
    const COS: &'static [Self];
    /// π/2 in parts of few bits.
    const HALF_PI: [Self; 3];
    /// |z| up to which that reduction is good.
    const SIN_BOUND: Self;

    /// The nearest to a double.
    #[must_use]
    fn of(value: f64) -> Self;
    /// As a double.
    fn wide(self) -> f64;
    /// |self|.
    #[must_use]
    fn size(self) -> Self;
    /// |self| with the sign of `other`.
    #[must_use]
    fn with_sign_of(self, other: Self) -> Self;
    /// √self.
    #[must_use]
    fn root(self) -> Self;
    /// self·times + plus, rounded once where that is one instruction of every CPU compiled for.
    #[must_use]
    fn times_plus(self, times: Self, plus: Self) -> Self;
    /// 2ⁿ, n = self an integer in the range of normal exponents.
    #[must_use]
    fn two_to_the(self) -> Self;
    /// Doubles as they are, if that is what these numbers are.
    fn same(values: &[f64]) -> Option<&[Self]>;
}

/// Whether a·b + c is one instruction without asking the CPU.
const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

impl Real for f64 {
    #[cfg(target_arch = "x86_64")]
    type Avx2 = F64x4;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = F64x8;

    const NAME: &'static str = "f64";
    const LEAST: f64 = 0.0;
    const PUSH: Self = 6_755_399_441_055_744.0;
    const LEAST_EXPONENT: Self = -1022.0;
    const EXP_BOUND: Self = 750.0;
    const LN_2: [Self; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const EXP: &'static [Self] = &[
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5_040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
        1.0 / 3_628_800.0,
        1.0 / 39_916_800.0,
        1.0 / 479_001_600.0,
        1.0 / 6_227_020_800.0,
    ];
    // 6e-18.
    const TANH: [&'static [Self]; 2] = [
        &[0.111_099_148_488_885_47, 0.001_057_404_135_616_923_3],
        &[0.444_432_481_822_212_6, 0.015_868_231_411_664_78],
    ];
    const ATANH: &'static [Self] =
        &[2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0, 2.0 / 11.0, 2.0 / 13.0, 2.0 / 15.0, 2.0 / 17.0, 2.0 / 19.0];
    const SIN: &'static [Self] = &[
        -1.0 / 6.0,
        1.0 / 120.0,
        -1.0 / 5_040.0,
        1.0 / 362_880.0,
        -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 1_307_674_368_000.0,
        1.0 / 355_687_428_096_000.0,
    ];
    const COS: &'static [Self] = &[
        -1.0 / 2.0,
        1.0 / 24.0,
        -1.0 / 720.0,
        1.0 / 40_320.0,
        -1.0 / 3_628_800.0,
        1.0 / 479_001_600.0,
        -1.0 / 87_178_291_200.0,
        1.0 / 20_922_789_888_000.0,
    ];
    // The first 33 bits of π/2, the next 33, and the rest.
    const HALF_PI: [Self; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21];
    const SIN_BOUND: Self = 1e5;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    #[inline(always)]
    fn size(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn with_sign_of(self, other: Self) -> Self {
        self.copysign(other)
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn times_plus(self, times: Self, plus: Self) -> Self {
        if FUSED { self.mul_add(times, plus) } else { self * times + plus }
    }

    #[inline(always)]
    fn two_to_the(self) -> Self {
        Self::from_bits((self + (4_503_599_627_370_496.0 + 1023.0)).to_bits() << 52)
    }

    #[inline(always)]
    fn same(values: &[f64]) -> Option<&[Self]> {
        Some(values)
    }
}

impl Real for f32 {
    #[cfg(target_arch = "x86_64")]
    type Avx2 = F32x8;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = F32x16;

    const NAME: &'static str = "f32";
    const LEAST: f64 = 1.084_202_172_485_504_4e-19;
    const PUSH: Self = 12_582_912.0;
    const LEAST_EXPONENT: Self = -126.0;
    const EXP_BOUND: Self = 105.0;
    const LN_2: [Self; 2] = [355.0 / 512.0, -2.121_944_4e-4];
    const EXP: &'static [Self] = &[1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5_040.0];
    // 7e-10.
    const TANH: [&'static [Self]; 2] = [&[0.066_585_6], &[0.399_918_68]];
    const ATANH: &'static [Self] = &[2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0];
    const SIN: &'static [Self] = &[-1.0 / 6.0, 1.0 / 120.0, -1.0 / 5_040.0, 1.0 / 362_880.0];
    const COS: &'static [Self] = &[-1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0];
    const HALF_PI: [Self; 3] = [1.570_312_5, 4.837_513e-4, 7.549_79e-8];
    const SIN_BOUND: Self = 1e4;

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the nearest is what is meant")]
    fn of(value: f64) -> Self {
        value as Self
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn size(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn with_sign_of(self, other: Self) -> Self {
        self.copysign(other)
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn times_plus(self, times: Self, plus: Self) -> Self {
        if FUSED { self.mul_add(times, plus) } else { self * times + plus }
    }

    #[inline(always)]
    fn two_to_the(self) -> Self {
        Self::from_bits((self + (8_388_608.0 + 127.0)).to_bits() << 23)
    }

    #[inline(always)]
    fn same(_: &[f64]) -> Option<&[Self]> {
        None
    }
}
