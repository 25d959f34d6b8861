//! 256-bit lanes: 4 f64 or 8 f32, 16 registers. Knows no kernel.
//!
//! Every block below is sound for one reason: lanes exist only inside `call` (see `Lanes`), so the CPU has AVX2 and FMA.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "intrinsics; the one reason stands above")]
#![allow(clippy::wildcard_imports, reason = "some sixty intrinsics, whose names say where they come from")]
#![allow(clippy::needless_range_loop, reason = "squares are indexed by row, as they are drawn")]
#![allow(clippy::inline_always, reason = "must melt into `call`, or it is compiled without its instructions")]

use super::{Kernel, Lanes, Numbers, one_by_one, operators};
use crate::engine::real::Real;
use std::arch::x86_64::*;

/// Four f64.
#[derive(Clone, Copy)]
pub struct F64x4(__m256d);

/// Eight f32.
#[derive(Clone, Copy)]
pub struct F32x8(__m256);

operators!(F64x4, _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_div_pd);
operators!(F32x8, _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, _mm256_div_ps);

#[target_feature(enable = "avx2,fma")]
fn call64<K: Kernel<f64>>(kernel: K) {
    kernel.run::<F64x4>();
}

#[target_feature(enable = "avx2,fma")]
fn call32<K: Kernel<f32>>(kernel: K) {
    kernel.run::<F32x8>();
}

/// 2ⁿ for integers −1023 < n < 1024: n + 1023 stands in the last bits of 2⁵² + n + 1023, and is moved to the exponent's.
#[inline(always)]
fn two_to_the(n: __m256d) -> __m256d {
    unsafe {
        let biased = _mm256_add_pd(n, _mm256_set1_pd(4_503_599_627_370_496.0 + 1023.0));
        _mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_castpd_si256(biased)))
    }
}

/// The same in f32, for −127 < n < 128.
#[inline(always)]
fn two_to_the_32(n: __m256) -> __m256 {
    unsafe {
        let biased = _mm256_add_ps(n, _mm256_set1_ps(8_388_608.0 + 127.0));
        _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_castps_si256(biased)))
    }
}

impl Numbers for F64x4 {
    type Real = f64;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(unsafe { _mm256_set1_pd(value) })
    }

    #[inline(always)]
    fn fma(self, times: Self, plus: Self) -> Self {
        Self(unsafe { _mm256_fmadd_pd(self.0, times.0, plus.0) })
    }

    #[inline(always)]
    fn fnma(self, times: Self, from: Self) -> Self {
        Self(unsafe { _mm256_fnmadd_pd(self.0, times.0, from.0) })
    }

    #[inline(always)]
    fn with_sign_of(self, other: Self) -> Self {
        let sign = unsafe { _mm256_set1_pd(-0.0) };
        Self(unsafe { _mm256_or_pd(_mm256_andnot_pd(sign, self.0), _mm256_and_pd(sign, other.0)) })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(unsafe { _mm256_andnot_pd(_mm256_set1_pd(-0.0), self.0) })
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(unsafe { _mm256_sqrt_pd(self.0) })
    }

    #[inline(always)]
    fn at_least(self, bound: Self) -> Self {
        // Of two operands one of which is NaN the instruction takes the second.
        Self(unsafe { _mm256_max_pd(bound.0, self.0) })
    }

    #[inline(always)]
    fn minus_abs(self) -> Self {
        Self(unsafe { _mm256_or_pd(_mm256_set1_pd(-0.0), self.0) })
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm256_round_pd::<8>(self.0) })
    }

    #[inline(always)]
    fn at_most(self, bound: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let mask = _mm256_cmp_pd::<_CMP_LE_OQ>(self.0, bound.0);
            Self(_mm256_blendv_pd(otherwise.0, then.0, mask))
        }
    }

    /// By two factors, since 2ⁿ itself may be no number where self·2ⁿ is one.
    #[inline(always)]
    fn scaled(self, n: Self) -> Self {
        let half = (n * Self::splat(0.5)).round();
        self * Self(two_to_the(half.0)) * Self(two_to_the((n - half).0))
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        let (least, zero) = (Self::splat(f64::LEAST_EXPONENT - 1.0), Self::splat(0.0));
        self.at_most(least, zero, Self(two_to_the(self.0)))
    }

    #[inline(always)]
    fn each(self, function: fn(f64) -> (f64, f64)) -> (Self, Self) {
        one_by_one(self, function)
    }
}

impl Lanes for F64x4 {
    const COUNT: usize = 4;
    const REGISTERS: usize = 16;
    type Double = Self;

    #[inline(always)]
    fn double(self, _: usize) -> Self {
        self
    }

    #[inline(always)]
    unsafe fn round_to(doubles: Self, to: *mut f64) {
        unsafe { doubles.store(to) }
    }

    unsafe fn call<K: Kernel<f64>>(kernel: K) {
        unsafe { call64(kernel) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f64) -> Self {
        Self(unsafe { _mm256_loadu_pd(at) })
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f64) {
        unsafe { _mm256_storeu_pd(at, self.0) }
    }

    #[inline(always)]
    fn sum(self) -> f64 {
        unsafe {
            let two = _mm_add_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
        unsafe {
            let mut rows = [_mm256_setzero_pd(); 4];
            for at in 0..4 {
                rows[at] = _mm256_loadu_pd(from.add(at * from_row));
            }
            let pairs = [
                _mm256_unpacklo_pd(rows[0], rows[1]),
                _mm256_unpackhi_pd(rows[0], rows[1]),
                _mm256_unpacklo_pd(rows[2], rows[3]),
                _mm256_unpackhi_pd(rows[2], rows[3]),
            ];
            for at in 0..2 {
                _mm256_storeu_pd(to.add(at * to_row), _mm256_permute2f128_pd::<0x20>(pairs[at], pairs[at + 2]));
                _mm256_storeu_pd(to.add((at + 2) * to_row), _mm256_permute2f128_pd::<0x31>(pairs[at], pairs[at + 2]));
            }
        }
    }
}

impl Numbers for F32x8 {
    type Real = f32;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    fn fma(self, times: Self, plus: Self) -> Self {
        Self(unsafe { _mm256_fmadd_ps(self.0, times.0, plus.0) })
    }

    #[inline(always)]
    fn fnma(self, times: Self, from: Self) -> Self {
        Self(unsafe { _mm256_fnmadd_ps(self.0, times.0, from.0) })
    }

    #[inline(always)]
    fn with_sign_of(self, other: Self) -> Self {
        let sign = unsafe { _mm256_set1_ps(-0.0) };
        Self(unsafe { _mm256_or_ps(_mm256_andnot_ps(sign, self.0), _mm256_and_ps(sign, other.0)) })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0) })
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(unsafe { _mm256_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn at_least(self, bound: Self) -> Self {
        // Of two operands one of which is NaN the instruction takes the second.
        Self(unsafe { _mm256_max_ps(bound.0, self.0) })
    }

    #[inline(always)]
    fn minus_abs(self) -> Self {
        Self(unsafe { _mm256_or_ps(_mm256_set1_ps(-0.0), self.0) })
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm256_round_ps::<8>(self.0) })
    }

    #[inline(always)]
    fn at_most(self, bound: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let mask = _mm256_cmp_ps::<_CMP_LE_OQ>(self.0, bound.0);
            Self(_mm256_blendv_ps(otherwise.0, then.0, mask))
        }
    }

    /// By two factors, since 2ⁿ itself may be no number where self·2ⁿ is one.
    #[inline(always)]
    fn scaled(self, n: Self) -> Self {
        let half = (n * Self::splat(0.5)).round();
        self * Self(two_to_the_32(half.0)) * Self(two_to_the_32((n - half).0))
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        let (least, zero) = (Self::splat(f32::LEAST_EXPONENT - 1.0), Self::splat(0.0));
        self.at_most(least, zero, Self(two_to_the_32(self.0)))
    }

    #[inline(always)]
    fn each(self, function: fn(f64) -> (f64, f64)) -> (Self, Self) {
        one_by_one(self, function)
    }
}

impl Lanes for F32x8 {
    const COUNT: usize = 8;
    const REGISTERS: usize = 16;
    type Double = F64x4;

    #[inline(always)]
    fn double(self, part: usize) -> F64x4 {
        unsafe {
            let half = if part == 0 { _mm256_castps256_ps128(self.0) } else { _mm256_extractf128_ps::<1>(self.0) };
            F64x4(_mm256_cvtps_pd(half))
        }
    }

    #[inline(always)]
    unsafe fn round_to(doubles: F64x4, to: *mut f32) {
        unsafe { _mm_storeu_ps(to, _mm256_cvtpd_ps(doubles.0)) }
    }

    unsafe fn call<K: Kernel<f32>>(kernel: K) {
        unsafe { call32(kernel) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        Self(unsafe { _mm256_loadu_ps(at) })
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        unsafe { _mm256_storeu_ps(at, self.0) }
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        unsafe {
            let four = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
        unsafe {
            let mut rows = [_mm256_setzero_ps(); 8];
            for at in 0..8 {
                rows[at] = _mm256_loadu_ps(from.add(at * from_row));
            }
            // 4×4 blocks within each half of the register, then the halves.
            let mut halves = rows;
            for block in 0..2 {
                let [a, b, c, d] = [rows[4 * block], rows[4 * block + 1], rows[4 * block + 2], rows[4 * block + 3]];
                let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
                halves[4 * block] = _mm256_shuffle_ps::<0x44>(ab, cd);
                halves[4 * block + 1] = _mm256_shuffle_ps::<0xee>(ab, cd);
                let (ab, cd) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
                halves[4 * block + 2] = _mm256_shuffle_ps::<0x44>(ab, cd);
                halves[4 * block + 3] = _mm256_shuffle_ps::<0xee>(ab, cd);
            }
            for at in 0..4 {
                let (a, b) = (halves[at], halves[4 + at]);
                _mm256_storeu_ps(to.add(at * to_row), _mm256_permute2f128_ps::<0x20>(a, b));
                _mm256_storeu_ps(to.add((4 + at) * to_row), _mm256_permute2f128_ps::<0x31>(a, b));
            }
        }
    }
}
