//! Values and derivatives of σ, stable for every z. Kinks take the left derivative; NaN is never hidden.

use crate::model::Activation;

/// 1/√(2π).
const PEAK: f64 = 0.398_942_280_401_432_7;

/// σ(z); α is of use to those σ that have one.
#[must_use]
pub fn value(sigma: Activation, alpha: f64, z: f64) -> f64 {
    value_and_derivative(sigma, alpha, z).0
}

/// σ′(z), from the left at a kink.
#[must_use]
pub fn derivative(sigma: Activation, alpha: f64, z: f64) -> f64 {
    value_and_derivative(sigma, alpha, z).1
}

fn value_and_derivative(sigma: Activation, alpha: f64, z: f64) -> (f64, f64) {
    let (mut h, mut slope) = ([z], [0.0]);
    in_place(sigma, alpha, &mut h, &mut slope);
    (h[0], slope[0])
}

/// Replaces every z in `h` by σ(z) and writes σ′(z) to `slope`, in one pass; the match stands outside the loop.
pub(super) fn in_place(sigma: Activation, alpha: f64, h: &mut [f64], slope: &mut [f64]) {
    match sigma {
        Activation::Relu => each(h, slope, relu),
        Activation::LeakyRelu => each(h, slope, |z| if z <= 0.0 { (alpha * z, alpha) } else { (z, 1.0) }),
        Activation::Elu => each(h, slope, |z| if z <= 0.0 { (alpha * z.exp_m1(), alpha * z.exp()) } else { (z, 1.0) }),
        Activation::Sigmoid => each(h, slope, sigmoid),
        Activation::Tanh => each(h, slope, tanh),
        Activation::Softplus => each(h, slope, |z| (softplus(z), sigmoid(z).0)),
        Activation::Gelu => each(h, slope, gelu),
        Activation::Silu => each(h, slope, silu),
        Activation::Sin => each(h, slope, |z| (z.sin(), z.cos())),
        Activation::Gauss => each(h, slope, gauss),
        Activation::Hat => each(h, slope, hat),
        Activation::Step => each(h, slope, step),
        Activation::Identity => each(h, slope, |z| (z, if z.is_nan() { z } else { 1.0 })),
        Activation::Square => each(h, slope, |z| (z * z, 2.0 * z)),
        Activation::Cube => each(h, slope, |z| (z * z * z, 3.0 * z * z)),
    }
}

#[inline]
fn each(h: &mut [f64], slope: &mut [f64], sigma: impl Fn(f64) -> (f64, f64)) {
    for (h, slope) in h.iter_mut().zip(slope) {
        (*h, *slope) = sigma(*h);
    }
}

/// `z.max(0.0)` would turn NaN into 0 and hide it.
#[inline]
fn relu(z: f64) -> (f64, f64) {
    if z <= 0.0 { (0.0, 0.0) } else { (z, 1.0) }
}

/// σ′ = 4e/(1+e)² with e = exp(−2|z|): 1 − tanh² cancels where tanh is near 1.
#[inline]
fn tanh(z: f64) -> (f64, f64) {
    let e = (-2.0 * z.abs()).exp();
    (z.tanh(), 4.0 * e / ((1.0 + e) * (1.0 + e)))
}

/// With e = exp(−|z|) nothing overflows.
#[inline]
pub(super) fn sigmoid(z: f64) -> (f64, f64) {
    let e = (-z.abs()).exp();
    let high = 1.0 / (1.0 + e);
    (if z >= 0.0 { high } else { e * high }, e * high * high)
}

/// max(z, 0) + log(1 + e^−|z|); `f64::max` would drop a NaN, the logarithm keeps it.
#[inline]
pub(super) fn softplus(z: f64) -> f64 {
    let e = (-z.abs()).exp();
    e.ln_1p() + if z > 0.0 { z } else { 0.0 }
}

/// z Φ(z) with Φ(z) = ½ erfc(−z/√2), which is accurate in the left tail; the slope is Φ + z φ.
#[inline]
fn gelu(z: f64) -> (f64, f64) {
    let below = 0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2);
    // At ±∞ the products are 0·∞; the limits are 0 and z.
    if z.is_infinite() {
        return if z > 0.0 { (z, 1.0) } else { (0.0, 0.0) };
    }
    (z * below, below + z * PEAK * (-0.5 * z * z).exp())
}

#[inline]
fn silu(z: f64) -> (f64, f64) {
    let (s, _) = sigmoid(z);
    if z == f64::NEG_INFINITY {
        return (0.0, 0.0);
    }
    if z == f64::INFINITY {
        return (z, 1.0);
    }
    (z * s, s * (1.0 + z * (1.0 - s)))
}

#[inline]
fn gauss(z: f64) -> (f64, f64) {
    let bump = (-0.5 * z * z).exp();
    (bump, if z.is_infinite() { 0.0 } else { -z * bump })
}

/// relu(z + 1) − 2 relu(z) + relu(z − 1), and its left derivative: 1 on (−1, 0], −1 on (0, 1].
#[inline]
fn hat(z: f64) -> (f64, f64) {
    match z {
        z if z.is_nan() => (z, z),
        z if z <= -1.0 || z > 1.0 => (0.0, 0.0),
        z if z <= 0.0 => (1.0 + z, 1.0),
        z => (1.0 - z, -1.0),
    }
}

/// Left-continuous: σ(0) = 0.
#[inline]
fn step(z: f64) -> (f64, f64) {
    match z {
        z if z.is_nan() => (z, z),
        z if z > 0.0 => (1.0, 0.0),
        _ => (0.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Parity;

    fn usual(sigma: Activation, z: f64) -> f64 {
        value(sigma, sigma.usual_alpha(), z)
    }

    fn slope(sigma: Activation, z: f64) -> f64 {
        derivative(sigma, sigma.usual_alpha(), z)
    }

    #[test]
    fn values_at_the_ends_and_at_nan() {
        for sigma in Activation::ALL {
            assert!(usual(sigma, f64::NAN).is_nan(), "{sigma} hides NaN");
            for z in [-800.0, -40.0, -1e-300, 0.0, 5e-324, 40.0, 800.0] {
                assert!(usual(sigma, z).is_finite() && slope(sigma, z).is_finite(), "{sigma} at {z}");
            }
            for z in [f64::NEG_INFINITY, f64::INFINITY] {
                assert!(sigma == Activation::Sin || !usual(sigma, z).is_nan(), "{sigma} at {z}");
            }
        }
        assert!((usual(Activation::Sigmoid, -40.0) / (-40.0_f64).exp() - 1.0).abs() < 1e-15);
        assert!((slope(Activation::Tanh, 19.0) / (4.0 * (-38.0_f64).exp()) - 1.0).abs() < 1e-15);
        // scipy: -20 * norm.cdf(-20)
        assert!((usual(Activation::Gelu, -20.0) / -5.507_248_237_212_467e-88 - 1.0).abs() < 1e-12);
        assert!((usual(Activation::Softplus, -40.0) / (-40.0_f64).exp() - 1.0).abs() < 1e-15);
    }

    /// Fails with a derivative from the right at a kink, or `>=` for a step's `>`.
    #[test]
    fn kinks_take_the_left_derivative() {
        for (sigma, z, left) in [
            (Activation::Relu, 0.0, 0.0),
            (Activation::LeakyRelu, 0.0, 0.01),
            (Activation::Elu, 0.0, 1.0),
            (Activation::Hat, -1.0, 0.0),
            (Activation::Hat, 0.0, 1.0),
            (Activation::Hat, 1.0, -1.0),
            (Activation::Step, 0.0, 0.0),
        ] {
            assert!((slope(sigma, z) - left).abs() < f64::EPSILON, "{sigma} at {z}");
        }
        assert!(usual(Activation::Step, 0.0).abs() < f64::EPSILON);
    }

    #[test]
    fn derivatives_match_central_differences() {
        let h = 1e-5;
        for sigma in Activation::ALL {
            for z in [-3.1, -0.4, 0.3, 2.2] {
                let difference = (usual(sigma, z + h) - usual(sigma, z - h)) / (2.0 * h);
                assert!((difference - slope(sigma, z)).abs() < 2e-9, "{sigma} at {z}");
            }
        }
    }

    #[test]
    fn the_properties_hold() {
        for sigma in Activation::ALL {
            for z in [-2.7, -0.6, 0.45, 1.9] {
                if let Some(degree) = sigma.homogeneity() {
                    assert!((usual(sigma, 1.7 * z) - 1.7_f64.powi(degree) * usual(sigma, z)).abs() < 1e-12, "{sigma}");
                }
                match sigma.parity() {
                    Some(Parity::Even) => assert!((usual(sigma, -z) - usual(sigma, z)).abs() < 1e-15, "{sigma}"),
                    Some(Parity::Odd) => assert!((usual(sigma, -z) + usual(sigma, z)).abs() < 1e-15, "{sigma}"),
                    None => {}
                }
            }
            assert_eq!(usual(sigma, 0.0) == 0.0, sigma.vanishes_at_zero(), "{sigma}");
        }
    }

    /// leaky = (1 − α) relu + α z, and hat = relu(z+1) − 2 relu(z) + relu(z−1), derivatives included.
    #[test]
    fn leaky_and_hat_are_sums_of_relus() {
        let relu = |z| (usual(Activation::Relu, z), slope(Activation::Relu, z));
        for at in -40..=40 {
            let z = 0.05 * f64::from(at);
            for alpha in [0.01, 0.1, 0.3] {
                let leaky = (value(Activation::LeakyRelu, alpha, z), derivative(Activation::LeakyRelu, alpha, z));
                assert!((leaky.0 - ((1.0 - alpha) * relu(z).0 + alpha * z)).abs() < 1e-15);
                assert!((leaky.1 - ((1.0 - alpha) * relu(z).1 + alpha)).abs() < 1e-15);
            }
            // The three kinks are compared where rounding cannot move z over them.
            let three = [(1.0, z + 1.0), (-2.0, z), (1.0, z - 1.0)];
            let sum: f64 = three.iter().map(|(s, z)| s * relu(*z).0).sum();
            assert!((usual(Activation::Hat, z) - sum).abs() < 1e-14, "{z}");
            if at % 20 != 0 {
                let slopes: f64 = three.iter().map(|(s, z)| s * relu(*z).1).sum();
                assert!((slope(Activation::Hat, z) - slopes).abs() < 1e-14, "{z}");
            }
        }
    }

    /// E[σ(z)²] by the trapezoidal rule, which converges geometrically for smooth σ and to 1e-6 across a kink.
    #[test]
    fn second_moments_match_quadrature() {
        for sigma in Activation::ALL {
            let h = 1e-3;
            let sum: f64 = (-12_000..=12_000)
                .map(|at| {
                    let z = h * f64::from(at);
                    h * usual(sigma, z).powi(2) * PEAK * (-0.5 * z * z).exp()
                })
                .sum();
            let jump = if sigma == Activation::Step { 0.5 * h * PEAK } else { 0.0 };
            let exact = sigma.second_moment(sigma.usual_alpha());
            assert!((sum + jump - exact).abs() < 1e-6, "{sigma}: {sum} {exact}");
        }
    }
}
