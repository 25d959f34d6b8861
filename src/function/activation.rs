//! Values and derivatives of σ, stable for every z. Kinks take the left derivative; NaN is never hidden.

use crate::model::Activation;

/// σ(z).
#[must_use]
pub fn value(sigma: Activation, z: f64) -> f64 {
    value_and_derivative(sigma, z).0
}

/// σ′(z), from the left at a kink.
#[must_use]
pub fn derivative(sigma: Activation, z: f64) -> f64 {
    value_and_derivative(sigma, z).1
}

fn value_and_derivative(sigma: Activation, z: f64) -> (f64, f64) {
    let (mut h, mut slope) = ([z], [0.0]);
    in_place(sigma, &mut h, &mut slope);
    (h[0], slope[0])
}

/// Replaces every z in `h` by σ(z) and writes σ′(z) to `slope`, in one pass; the match stands outside the loop.
pub(super) fn in_place(sigma: Activation, h: &mut [f64], slope: &mut [f64]) {
    match sigma {
        Activation::Relu => each(h, slope, relu),
        Activation::Tanh => each(h, slope, tanh),
        Activation::Sigmoid => each(h, slope, sigmoid),
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
fn sigmoid(z: f64) -> (f64, f64) {
    let e = (-z.abs()).exp();
    let high = 1.0 / (1.0 + e);
    (if z >= 0.0 { high } else { e * high }, e * high * high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_at_the_ends_and_at_nan() {
        for sigma in Activation::ALL {
            assert!(value(sigma, f64::NAN).is_nan(), "{sigma} hides NaN");
            for z in [-800.0, -40.0, -1e-300, 0.0, 5e-324, 40.0, 800.0] {
                assert!(value(sigma, z).is_finite() && derivative(sigma, z).is_finite(), "{sigma} at {z}");
            }
        }
        assert!((value(Activation::Sigmoid, -40.0) / (-40.0_f64).exp() - 1.0).abs() < 1e-15);
        assert!((derivative(Activation::Tanh, 19.0) / (4.0 * (-38.0_f64).exp()) - 1.0).abs() < 1e-15);
        assert!(derivative(Activation::Relu, 0.0).abs() < f64::EPSILON);
    }

    #[test]
    fn derivatives_match_central_differences() {
        let h = 1e-5;
        for sigma in Activation::ALL {
            for z in [-3.1, -0.4, 0.3, 2.2] {
                let slope = (value(sigma, z + h) - value(sigma, z - h)) / (2.0 * h);
                assert!((slope - derivative(sigma, z)).abs() < 1e-9, "{sigma} at {z}");
            }
        }
    }
}
