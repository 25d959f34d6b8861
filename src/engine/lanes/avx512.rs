//! 512-bit lanes: 8 f64 or 16 f32, 32 registers. Knows no kernel.
//!
//! Every block below is sound for one reason: lanes exist only inside `call` (see `Lanes`), so the CPU has AVX-512 F, DQ and VL.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "intrinsics; the one reason stands above")]
#![allow(clippy::wildcard_imports, reason = "some sixty intrinsics, whose names say where they come from")]
#![allow(clippy::needless_range_loop, reason = "squares are indexed by row, as they are drawn")]
#![allow(clippy::inline_always, reason = "must melt into `call`, or it is compiled without its instructions")]

use super::{Kernel, Lanes, Numbers, one_by_one, operators};
use std::arch::x86_64::*;

/// Eight f64.
#[derive(Clone, Copy)]
pub struct F64x8(__m512d);

/// Sixteen f32.
#[derive(Clone, Copy)]
pub struct F32x16(__m512);

operators!(F64x8, _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_div_pd);
operators!(F32x16, _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_div_ps);

#[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
fn call64<K: Kernel<f64>>(kernel: K) {
    kernel.run::<F64x8>();
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
fn call32<K: Kernel<f32>>(kernel: K) {
    kernel.run::<F32x16>();
}

impl Numbers for F64x8 {
    type Real = f64;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(unsafe { _mm512_set1_pd(value) })
    }

    #[inline(always)]
    fn fma(self, times: Self, plus: Self) -> Self {
        Self(unsafe { _mm512_fmadd_pd(self.0, times.0, plus.0) })
    }

    #[inline(always)]
    fn fnma(self, times: Self, from: Self) -> Self {
        Self(unsafe { _mm512_fnmadd_pd(self.0, times.0, from.0) })
    }

    #[inline(always)]
    fn with_sign_of(self, other: Self) -> Self {
        let sign = unsafe { _mm512_set1_pd(-0.0) };
        Self(unsafe { _mm512_or_pd(_mm512_andnot_pd(sign, self.0), _mm512_and_pd(sign, other.0)) })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(unsafe { _mm512_abs_pd(self.0) })
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(unsafe { _mm512_sqrt_pd(self.0) })
    }

    #[inline(always)]
    fn at_least(self, bound: Self) -> Self {
        // Of two operands one of which is NaN the instruction takes the second.
        Self(unsafe { _mm512_max_pd(bound.0, self.0) })
    }

    #[inline(always)]
    fn minus_abs(self) -> Self {
        Self(unsafe { _mm512_or_pd(_mm512_set1_pd(-0.0), self.0) })
    }

    /// From 14 bits by Newton's steps, each of which doubles them: a third of a division's time.
    #[inline(always)]
    fn inverse(self) -> Self {
        let one = Self::splat(1.0);
        let mut guess = Self(unsafe { _mm512_rcp14_pd(self.0) });
        guess = self.fnma(guess, one).fma(guess, guess);
        guess = self.fnma(guess, one).fma(guess, guess);
        guess
    }

    /// From 14 bits by Newton's steps, as `inverse`.
    #[inline(always)]
    fn inverse_root(self) -> Self {
        let (one, half) = (Self::splat(1.0), Self::splat(0.5));
        let mut guess = Self(unsafe { _mm512_rsqrt14_pd(self.0) });
        guess = (self * guess).fnma(guess, one).fma(guess * half, guess);
        guess = (self * guess).fnma(guess, one).fma(guess * half, guess);
        guess
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm512_roundscale_pd::<8>(self.0) })
    }

    #[inline(always)]
    fn at_most(self, bound: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let mask = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(self.0, bound.0);
            Self(_mm512_mask_blend_pd(mask, otherwise.0, then.0))
        }
    }

    #[inline(always)]
    fn scaled(self, n: Self) -> Self {
        Self(unsafe { _mm512_scalef_pd(self.0, n.0) })
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self::splat(1.0).scaled(self)
    }

    #[inline(always)]
    fn each(self, function: fn(f64) -> (f64, f64)) -> (Self, Self) {
        one_by_one(self, function)
    }
}

impl Lanes for F64x8 {
    const COUNT: usize = 8;
    const REGISTERS: usize = 32;
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
        Self(unsafe { _mm512_loadu_pd(at) })
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f64) {
        unsafe { _mm512_storeu_pd(at, self.0) }
    }

    /// Rows r and r + 4 in the halves of a register, each of which is then a square of 4 by itself.
    #[inline(always)]
    unsafe fn fours(from: *const f64, apart: usize, chosen: *const usize) -> [Self; 4] {
        unsafe {
            let mut rows = [_mm512_setzero_pd(); 4];
            for row in 0..4 {
                let (above, below) = (from.add(*chosen.add(row) * apart), from.add(*chosen.add(row + 4) * apart));
                let above = _mm512_castpd256_pd512(_mm256_loadu_pd(above));
                rows[row] = _mm512_insertf64x4::<1>(above, _mm256_loadu_pd(below));
            }
            let [a, b, c, d] = squares(rows);
            [Self(a), Self(b), Self(c), Self(d)]
        }
    }

    #[inline(always)]
    fn sum(self) -> f64 {
        unsafe { _mm512_reduce_add_pd(self.0) }
    }

    /// Neighbours first, then the quarters of the registers: two shuffles and a sum for every two vectors, at three steps.
    #[inline(always)]
    unsafe fn across(from: *const f64) -> Self {
        unsafe {
            let mut pairs = [_mm512_setzero_pd(); 4];
            for at in 0..4 {
                let (a, b) = (_mm512_loadu_pd(from.add(16 * at)), _mm512_loadu_pd(from.add(16 * at + 8)));
                pairs[at] = _mm512_add_pd(_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
            }
            let fours = [quarters(pairs[0], pairs[1]), quarters(pairs[2], pairs[3])];
            Self(quarters(fours[0], fours[1]))
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
        unsafe {
            // The halves of rows r and r + 4 are put together as they are loaded, which costs no shuffle: then each half of a
            // register is a square of 4 by itself.
            let mut halves = [_mm512_setzero_pd(); 8];
            for at in 0..4 {
                let (above, below) = (from.add(at * from_row), from.add((at + 4) * from_row));
                let low = _mm512_castpd256_pd512(_mm256_loadu_pd(above));
                halves[at] = _mm512_insertf64x4::<1>(low, _mm256_loadu_pd(below));
                let high = _mm512_castpd256_pd512(_mm256_loadu_pd(above.add(4)));
                halves[4 + at] = _mm512_insertf64x4::<1>(high, _mm256_loadu_pd(below.add(4)));
            }
            for half in 0..2 {
                let of = [halves[4 * half], halves[4 * half + 1], halves[4 * half + 2], halves[4 * half + 3]];
                let columns = squares(of);
                for at in 0..4 {
                    _mm512_storeu_pd(to.add((4 * half + at) * to_row), columns[at]);
                }
            }
        }
    }
}

/// The squares of 4 in the halves of four registers, transposed.
#[inline(always)]
unsafe fn squares([a, b, c, d]: [__m512d; 4]) -> [__m512d; 4] {
    unsafe {
        let (even, odd) = (_mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15));
        let (low, more) = (_mm512_unpacklo_pd(a, b), _mm512_unpacklo_pd(c, d));
        let (high, most) = (_mm512_unpackhi_pd(a, b), _mm512_unpackhi_pd(c, d));
        [
            _mm512_permutex2var_pd(low, even, more),
            _mm512_permutex2var_pd(high, even, most),
            _mm512_permutex2var_pd(low, odd, more),
            _mm512_permutex2var_pd(high, odd, most),
        ]
    }
}

/// The same in the quarters of registers of f32.
#[inline(always)]
unsafe fn squares_32([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
    unsafe {
        let (low, more) = (_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d));
        let (high, most) = (_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d));
        [
            _mm512_shuffle_ps::<0x44>(low, more),
            _mm512_shuffle_ps::<0xee>(low, more),
            _mm512_shuffle_ps::<0x44>(high, most),
            _mm512_shuffle_ps::<0xee>(high, most),
        ]
    }
}

/// a₀ + a₁, a₂ + a₃, b₀ + b₁, b₂ + b₃ by the quarters of a and b.
#[inline(always)]
unsafe fn quarters(a: __m512d, b: __m512d) -> __m512d {
    unsafe { _mm512_add_pd(_mm512_shuffle_f64x2::<0x88>(a, b), _mm512_shuffle_f64x2::<0xdd>(a, b)) }
}

/// The same of f32.
#[inline(always)]
unsafe fn quarters_32(a: __m512, b: __m512) -> __m512 {
    unsafe { _mm512_add_ps(_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b)) }
}

impl Numbers for F32x16 {
    type Real = f32;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    fn fma(self, times: Self, plus: Self) -> Self {
        Self(unsafe { _mm512_fmadd_ps(self.0, times.0, plus.0) })
    }

    #[inline(always)]
    fn fnma(self, times: Self, from: Self) -> Self {
        Self(unsafe { _mm512_fnmadd_ps(self.0, times.0, from.0) })
    }

    #[inline(always)]
    fn with_sign_of(self, other: Self) -> Self {
        let sign = unsafe { _mm512_set1_ps(-0.0) };
        Self(unsafe { _mm512_or_ps(_mm512_andnot_ps(sign, self.0), _mm512_and_ps(sign, other.0)) })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(unsafe { _mm512_abs_ps(self.0) })
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(unsafe { _mm512_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn at_least(self, bound: Self) -> Self {
        // Of two operands one of which is NaN the instruction takes the second.
        Self(unsafe { _mm512_max_ps(bound.0, self.0) })
    }

    #[inline(always)]
    fn minus_abs(self) -> Self {
        Self(unsafe { _mm512_or_ps(_mm512_set1_ps(-0.0), self.0) })
    }

    /// From 14 bits by Newton's steps, each of which doubles them: a third of a division's time.
    #[inline(always)]
    fn inverse(self) -> Self {
        let one = Self::splat(1.0);
        let mut guess = Self(unsafe { _mm512_rcp14_ps(self.0) });
        guess = self.fnma(guess, one).fma(guess, guess);
        guess
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm512_roundscale_ps::<8>(self.0) })
    }

    #[inline(always)]
    fn at_most(self, bound: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let mask = _mm512_cmp_ps_mask::<_CMP_LE_OQ>(self.0, bound.0);
            Self(_mm512_mask_blend_ps(mask, otherwise.0, then.0))
        }
    }

    #[inline(always)]
    fn scaled(self, n: Self) -> Self {
        Self(unsafe { _mm512_scalef_ps(self.0, n.0) })
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self::splat(1.0).scaled(self)
    }

    #[inline(always)]
    fn each(self, function: fn(f64) -> (f64, f64)) -> (Self, Self) {
        one_by_one(self, function)
    }
}

impl Lanes for F32x16 {
    const COUNT: usize = 16;
    const REGISTERS: usize = 32;
    type Double = F64x8;

    #[inline(always)]
    fn double(self, part: usize) -> F64x8 {
        unsafe {
            let half = if part == 0 { _mm512_castps512_ps256(self.0) } else { _mm512_extractf32x8_ps::<1>(self.0) };
            F64x8(_mm512_cvtps_pd(half))
        }
    }

    #[inline(always)]
    unsafe fn round_to(doubles: F64x8, to: *mut f32) {
        unsafe { _mm256_storeu_ps(to, _mm512_cvtpd_ps(doubles.0)) }
    }

    unsafe fn call<K: Kernel<f32>>(kernel: K) {
        unsafe { call32(kernel) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        Self(unsafe { _mm512_loadu_ps(at) })
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        unsafe { _mm512_storeu_ps(at, self.0) }
    }

    /// Every fourth row in the quarters of a register, each of which is then a square of 4 by itself.
    #[inline(always)]
    unsafe fn fours(from: *const f32, apart: usize, chosen: *const usize) -> [Self; 4] {
        unsafe {
            let mut rows = [_mm512_setzero_ps(); 4];
            for row in 0..4 {
                let mut quarters = [_mm_setzero_ps(); 4];
                for at in 0..4 {
                    quarters[at] = _mm_loadu_ps(from.add(*chosen.add(4 * at + row) * apart));
                }
                let all = _mm512_castps128_ps512(quarters[0]);
                let all = _mm512_insertf32x4::<1>(all, quarters[1]);
                let all = _mm512_insertf32x4::<2>(all, quarters[2]);
                rows[row] = _mm512_insertf32x4::<3>(all, quarters[3]);
            }
            let [a, b, c, d] = squares_32(rows);
            [Self(a), Self(b), Self(c), Self(d)]
        }
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        unsafe { _mm512_reduce_add_ps(self.0) }
    }

    /// Within the quarters of the registers first, then the quarters themselves.
    #[inline(always)]
    unsafe fn across(from: *const f32) -> Self {
        unsafe {
            let mut fours = [_mm512_setzero_ps(); 4];
            for at in 0..4 {
                let from = from.add(64 * at);
                let (a, b) = (_mm512_loadu_ps(from), _mm512_loadu_ps(from.add(16)));
                let (c, d) = (_mm512_loadu_ps(from.add(32)), _mm512_loadu_ps(from.add(48)));
                let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
                let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
                fours[at] = _mm512_add_ps(_mm512_shuffle_ps::<0x44>(ab, cd), _mm512_shuffle_ps::<0xee>(ab, cd));
            }
            Self(quarters_32(quarters_32(fours[0], fours[1]), quarters_32(fours[2], fours[3])))
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
        unsafe {
            let mut rows = [_mm512_setzero_ps(); 16];
            for at in 0..16 {
                rows[at] = _mm512_loadu_ps(from.add(at * from_row));
            }
            // 4×4 blocks within each quarter of the register, four rows at a time …
            let mut quarters = rows;
            for block in 0..4 {
                let of = [rows[4 * block], rows[4 * block + 1], rows[4 * block + 2], rows[4 * block + 3]];
                let columns = squares_32(of);
                for at in 0..4 {
                    quarters[4 * block + at] = columns[at];
                }
            }
            // … then the quarters themselves as 4×4 blocks.
            for place in 0..4 {
                let [a, b, c, d] = [quarters[place], quarters[4 + place], quarters[8 + place], quarters[12 + place]];
                let low = [_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(c, d)];
                let high = [_mm512_shuffle_f32x4::<0xdd>(a, b), _mm512_shuffle_f32x4::<0xdd>(c, d)];
                let columns = [
                    _mm512_shuffle_f32x4::<0x88>(low[0], low[1]),
                    _mm512_shuffle_f32x4::<0x88>(high[0], high[1]),
                    _mm512_shuffle_f32x4::<0xdd>(low[0], low[1]),
                    _mm512_shuffle_f32x4::<0xdd>(high[0], high[1]),
                ];
                for at in 0..4 {
                    _mm512_storeu_ps(to.add((4 * at + place) * to_row), columns[at]);
                }
            }
        }
    }
}
