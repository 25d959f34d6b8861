//! exp, tanh, sigmoid, softplus, sine on lanes, and with them σ and σ′. Knows no buffer.
//!
//! Branch-free: a range reduction and a series, of tanh and sigmoid a ratio. The series are Taylor's, as long as the reduced range
//! needs (`Real` has the lengths), so that every coefficient can be read. exp is within ε of libm's (relative; ε is 2⁻⁵² or 2⁻²³), σ within
//! 3 ε, σ′ within 5.5 ε: `tests` hold them to that. What left the numbers need not be right here but must stay outside
//! them: a result that is not finite is looked at again by the reference.
#![allow(clippy::inline_always, reason = "must melt into the kernel, or it is compiled without its instructions")]

use super::lanes::Numbers;
use super::real::Real;
use crate::model::Activation;

/// The lanes' number nearest to `value`.
#[inline(always)]
pub fn all<L: Numbers>(value: f64) -> L {
    L::splat(L::Real::of(value))
}

/// Σ tᵢ zⁱ with `terms` t, the even and the odd powers by Horner's rule each, so that two chains of multiply-adds run side by side.
#[inline(always)]
fn series<L: Numbers>(z: L, terms: &[L::Real]) -> L {
    let (square, last) = (z * z, terms.len() - 1);
    let (mut sum, mut other) = (L::splat(terms[last]), L::splat(terms[last - 1]));
    // `sum` ends with the power 0 or 1 as `last` is even or odd, `other` with the other one.
    let mut at = last - 1;
    while at >= 2 {
        sum = sum.fma(square, L::splat(terms[at - 1]));
        other = other.fma(square, L::splat(terms[at - 2]));
        at -= 2;
    }
    if at == 1 {
        // `last` is even.
        sum = sum.fma(square, L::splat(terms[0]));
        return other.fma(z, sum);
    }
    sum.fma(z, other)
}

/// n, and expm1(r) for z = n log 2 + r with |r| ≤ ½ log 2; z ≤ 0.
#[inline(always)]
fn exp_parts<L: Numbers>(z: L) -> (L, L) {
    let z = z.at_least(L::splat(L::Real::of(0.0) - L::Real::EXP_BOUND));
    let n = (z * all(std::f64::consts::LOG2_E)).round();
    let r = n.fnma(L::splat(L::Real::LN_2[1]), n.fnma(L::splat(L::Real::LN_2[0]), z));
    (n, (r * r).fma(series(r, L::Real::EXP), r))
}

/// eᶻ; z ≤ 0.
#[inline(always)]
pub fn exp<L: Numbers>(z: L) -> L {
    let (n, p) = exp_parts(z);
    (p + all(1.0)).scaled(n)
}

/// eᶻ and eᶻ − 1, both to their own last places; z ≤ 0.
#[inline(always)]
fn exp_and_less_one<L: Numbers>(z: L) -> (L, L) {
    let (n, p) = exp_parts(z);
    let power = all::<L>(1.0).scaled(n);
    (p.fma(power, power), p.fma(power, power - all(1.0)))
}

/// 1 + t₀z + t₁z² + …
#[inline(always)]
fn one_and<L: Numbers>(z: L, terms: &[L::Real]) -> L {
    let (mut sum, mut at) = (L::splat(terms[terms.len() - 1]), terms.len() - 1);
    while at > 0 {
        at -= 1;
        sum = sum.fma(z, L::splat(terms[at]));
    }
    sum.fma(z, all(1.0))
}

/// s = 2ⁿ, P and Q with P/Q = tanh r, for z = ½ n log 2 + r and |r| ≤ ¼ log 2; z ≤ 0. So e²ᶻ = s(Q + P)/(Q − P).
#[inline(always)]
fn tanh_parts<L: Numbers>(z: L) -> [L; 3] {
    let (push, half) = (L::splat(L::Real::PUSH), L::Real::of(0.5));
    let n = z.fma(all(2.0 * std::f64::consts::LOG2_E), push) - push;
    let [high, low] = L::Real::LN_2;
    let r = n.fnma(L::splat(low * half), n.fnma(L::splat(high * half), z));
    let square = r * r;
    let [p, q] = L::Real::TANH;
    [n.power_of_two(), r * one_and(square, p), one_and(square, q)]
}

/// tanh z, and 1 − tanh² z without its cancelling where tanh is near 1.
///
/// By the addition theorem tanh |z| = (gQ − hP)/(hQ − gP) with g = ½(1 − s) and h = ½(1 + s): one division, and no difference of
/// what is alike. The slope is s(Q² − P²) over the square of that denominator. Far beyond where tanh is 1 (the tests
/// go to 1e39, in f32 to 1e9) P and Q leave the numbers, and the step is the reference's.
#[inline(always)]
pub fn tanh<L: Numbers>(z: L) -> (L, L) {
    let [s, p, q] = tanh_parts(z.minus_abs());
    let h = s.fma(all(0.5), all(0.5));
    let g = all::<L>(1.0) - h;
    let inverse = g.fnma(p, h * q).inverse();
    let value = h.fnma(p, g * q) * inverse;
    (value.with_sign_of(z), s * inverse * (p.fnma(p, q * q) * inverse))
}

/// 1/(1 + e⁻ᶻ) and its derivative: with e = exp(−|z|) as a ratio 1/(1 + e) and e/(1 + e) are one division.
#[inline(always)]
pub fn sigmoid<L: Numbers>(z: L) -> (L, L) {
    let [s, p, q] = tanh_parts(z.minus_abs() * all(0.5));
    let (below, above) = (q - p, (q + p) * s);
    let inverse = (below + above).inverse();
    let (high, low) = (below * inverse, above * inverse);
    (all::<L>(0.0).at_most(z, high, low), low * high)
}

/// log(1 + eᶻ) and its derivative.
///
/// log(1 + e), e = exp(−|z|) ≤ 1, as 2 atanh(e/(2 + e)), and from √2 − 1 on as log 2 + 2 atanh((e − 1)/(e + 3)).
#[inline(always)]
pub fn softplus<L: Numbers>(z: L) -> (L, L) {
    let (zero, one) = (all::<L>(0.0), all::<L>(1.0));
    let e = exp(z.minus_abs());
    let bound = all::<L>(std::f64::consts::SQRT_2 - 1.0);
    let s = e.at_most(bound, e, e - one) * e.at_most(bound, e + all(2.0), e + all(3.0)).inverse();
    let square = s * s;
    let atanh = (s * square).fma(series(square, L::Real::ATANH), s + s);
    let log = e.at_most(bound, atanh, atanh + all(std::f64::consts::LN_2));
    let high = (one + e).inverse();
    // A NaN is in `log` already.
    (log + z.at_most(zero, zero, z), zero.at_most(z, high, e * high))
}

/// sin z and cos z for |z| ≤ `SIN_BOUND`; beyond it NaN, which sends the step to the reference.
#[inline(always)]
pub fn sin_cos<L: Numbers>(z: L) -> (L, L) {
    let z = z.abs().at_most(L::splat(L::Real::SIN_BOUND), z, all(f64::NAN));
    let n = (z * all(std::f64::consts::FRAC_2_PI)).round();
    let [first, second, third] = L::Real::HALF_PI;
    let r = n.fnma(L::splat(third), n.fnma(L::splat(second), n.fnma(L::splat(first), z)));
    let square = r * r;
    let sine = (r * square).fma(series(square, L::Real::SIN), r);
    let cosine = square.fma(series(square, L::Real::COS), all(1.0));
    // n = 4q + k with k in −2 … 2: an odd k swaps the two, and the quadrant gives the signs.
    let k = n - (n * all(0.25)).round() * all(4.0);
    let (half, three_halves) = (all::<L>(0.5), all::<L>(1.5));
    let (quarters, zero) = (k.abs(), all::<L>(0.0));
    let a = quarters.at_most(half, sine, quarters.at_most(three_halves, cosine, sine));
    let b = quarters.at_most(half, cosine, quarters.at_most(three_halves, sine, cosine));
    let a = k.at_most(zero - half, zero - a, k.at_most(three_halves, a, zero - a));
    let b = k.at_most(zero - three_halves, zero - b, k.at_most(half, b, zero - b));
    (a, b)
}

/// σ and σ′ at z, α at hand; kinks take the left derivative, and NaN is never hidden.
pub trait Sigma {
    fn at<L: Numbers>(z: L, alpha: L) -> (L, L);
}

/// The fifteen σ as types, so that every kernel that applies one is compiled for it.
macro_rules! sigmas {
    ($($Name:ident: |$z:ident, $alpha:ident| $value:expr;)*) => {
        $(
            pub struct $Name;
            impl Sigma for $Name {
                #[inline(always)]
                fn at<L: Numbers>($z: L, $alpha: L) -> (L, L) {
                    let _ = $alpha;
                    $value
                }
            }
        )*

        /// Calls the visitor with the type of `sigma`.
        pub fn visit<V: Visit>(sigma: Activation, visitor: V) -> V::Out {
            match sigma {
                $(Activation::$Name => visitor.with::<$Name>(),)*
            }
        }
    };
}

/// What is done with a σ once its type is known.
pub trait Visit {
    type Out;
    fn with<S: Sigma>(self) -> Self::Out;
}

sigmas! {
    Relu: |z, alpha| (z.at_most(all(0.0), all(0.0), z), z.at_most(all(0.0), all(0.0), all(1.0)));
    LeakyRelu: |z, alpha| (z.at_most(all(0.0), alpha * z, z), z.at_most(all(0.0), alpha, all(1.0)));
    Elu: |z, alpha| {
        let (e, less_one) = exp_and_less_one(z.at_most(all(0.0), z, all(0.0)));
        (z.at_most(all(0.0), alpha * less_one, z), z.at_most(all(0.0), alpha * e, all(1.0)))
    };
    Sigmoid: |z, alpha| sigmoid(z);
    Tanh: |z, alpha| tanh(z);
    Softplus: |z, alpha| softplus(z);
    Gelu: |z, alpha| z.each(gelu);
    Silu: |z, alpha| {
        // s(1 + z(1 − s)) would cancel where s is near 1.
        let (s, slope) = sigmoid(z);
        (z * s, z.fma(slope, s))
    };
    Sin: |z, alpha| sin_cos(z);
    Gauss: |z, alpha| {
        let bump = exp(z * z * all(-0.5));
        (bump, (all::<L>(0.0) - z) * bump)
    };
    Hat: |z, alpha| {
        let (zero, one) = (all::<L>(0.0), all::<L>(1.0));
        // 0, and NaN where z is.
        let nothing = z * zero;
        let (right, falls) = (z.at_most(one, one - z, nothing), z.at_most(one, zero - one, nothing));
        let (value, slope) = (z.at_most(zero, one + z, right), z.at_most(zero, one, falls));
        (z.at_most(zero - one, zero, value), z.at_most(zero - one, zero, slope))
    };
    Step: |z, alpha| (z.at_most(all(0.0), all(0.0), z * all(0.0) + all(1.0)), z * all(0.0));
    Identity: |z, alpha| (z, all::<L>(1.0));
    Square: |z, alpha| (z * z, z + z);
    Cube: |z, alpha| (z * z * z, z * z * all(3.0));
}

/// The exact GELU and its slope: erfc has no short series over all of the line, so it is libm's, a number at a time.
fn gelu(z: f64) -> (f64, f64) {
    (crate::function::value(Activation::Gelu, 0.0, z), crate::function::derivative(Activation::Gelu, 0.0, z))
}
