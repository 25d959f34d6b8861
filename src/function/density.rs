//! Log densities on the line that likelihoods and priors share, with their constants and slopes, and the gamma functions
//! in them. Knows no model.

use std::f64::consts::{LN_2, PI, TAU};

/// From here on the series of `log_gamma_ratio` has no more to add to a double.
const FAR: f64 = 14.0;
/// y! is exact in a double up to here.
const EXACT: usize = 22;

/// log(Γ(x + ½)/Γ(x)) for x > 0: by its asymptotic series, into whose range Γ(x + 1) = x Γ(x) leads. The difference of two
/// log Γ would lose what they have in common, ten digits at x = 10⁶.
#[must_use]
pub fn log_gamma_ratio(x: f64) -> f64 {
    let (mut at, mut before) = (x, 0.0);
    while at < FAR {
        before += (-0.5 / (at + 0.5)).ln_1p();
        at += 1.0;
    }
    let (u, v) = (1.0 / at, 1.0 / (at * at));
    let series = [-1.0 / 8.0, 1.0 / 192.0, -1.0 / 640.0, 17.0 / 14336.0, -31.0 / 18432.0, 691.0 / 180_224.0];
    before + 0.5 * at.ln() + u * series.iter().rev().fold(0.0, |sum, term| sum * v + term)
}

/// log y! of a whole y ≥ 0.
#[must_use]
pub fn log_factorial(y: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
    if y <= 22.0 {
        let mut product = 1.0_f64;
        let mut factor = 1.0;
        for _ in 1..=(y.max(0.0) as usize).min(EXACT) {
            product *= factor;
            factor += 1.0;
        }
        product.ln()
    } else {
        y * y.ln() - y + 0.5 * (TAU * y).ln() + stirling(y)
    }
}

/// log y! − (y log y − y + ½ log 2πy), for y > 22.
fn stirling(y: f64) -> f64 {
    let v = 1.0 / (y * y);
    (1.0 / 12.0 - v * (1.0 / 360.0 - v * (1.0 / 1260.0 - v * (1.0 / 1680.0 - v / 1188.0)))) / y
}

/// log p of a count y with mean e^f. For large counts written about f = log y, where all large terms have cancelled.
#[must_use]
pub(super) fn poisson(y: f64, f: f64) -> f64 {
    if y <= 22.0 {
        // A mean of 0, f = −∞, is certain of a 0.
        let told = if y > 0.0 { y * f } else { 0.0 };
        return told - f.exp() - log_factorial(y);
    }
    let off = f - y.ln();
    -y * (off.exp_m1() - off) - 0.5 * (TAU * y).ln() - stirling(y)
}

/// What does not depend on r in log p(r) of N(0, τ²).
#[must_use]
pub fn gaussian_constant(tau: f64) -> f64 {
    -0.5 * (TAU * tau * tau).ln()
}

/// What does not depend on r in log p(r) of Laplace's distribution.
#[must_use]
pub fn laplace_constant(scale: f64) -> f64 {
    -LN_2 - scale.ln()
}

/// −|r|/scale and its slope; 0 at 0, where there is a kink.
#[must_use]
pub fn laplace(scale: f64, r: f64) -> (f64, f64) {
    let slope = if r > 0.0 {
        -1.0 / scale
    } else if r < 0.0 {
        1.0 / scale
    } else {
        r * 0.0
    };
    (-(r.abs() / scale), slope)
}

/// What does not depend on r in log p(r) of Student's t with ν degrees of freedom and scale τ.
#[must_use]
pub fn student_t_constant(nu: f64, tau: f64) -> f64 {
    log_gamma_ratio(0.5 * nu) - 0.5 * (nu * PI).ln() - tau.ln()
}

/// −((ν+1)/2) log(1 + r²/(ντ²)) and its slope −(ν+1) r/(ντ² + r²). Nothing is squared that could overflow.
#[must_use]
pub fn student_t(nu: f64, tau: f64, r: f64) -> (f64, f64) {
    let u = r / tau;
    let (log, slope) = if u.abs() <= 1e8 {
        ((u * u / nu).ln_1p(), u / (nu + u * u))
    } else {
        (2.0 * u.abs().ln() - nu.ln(), 1.0 / (u + nu / u))
    };
    (-0.5 * (nu + 1.0) * log, -(nu + 1.0) / tau * slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 0·(−∞): where the mean is 0, a count of 0 is certain and no other is possible.
    #[test]
    fn a_mean_of_nothing_counts_nothing() {
        assert!(poisson(0.0, f64::NEG_INFINITY).abs() < 1e-300);
        assert!(poisson(3.0, f64::NEG_INFINITY) < -1e300);
    }

    #[test]
    fn gamma_functions_at_values_that_are_known() {
        // Γ(½) = √π, Γ(1) = 1, Γ(3/2) = √π/2; Γ(x + ½)/Γ(x) at 10⁶ is √x (1 − 1/(8x) + …).
        let half = 0.5 * PI.ln();
        for (x, value) in [(0.5, -half), (1.0, half - LN_2), (1e6, 0.5 * 1e6_f64.ln() - 1.25e-7)] {
            assert!((log_gamma_ratio(x) - value).abs() < 2e-15 * value.abs().max(1.0), "{x}");
        }
        for (y, value) in [(0.0, 1.0_f64), (1.0, 1.0), (5.0, 120.0), (20.0, 2_432_902_008_176_640_000.0)] {
            assert!((log_factorial(y) - value.ln()).abs() < 1e-15 * value.ln().max(1.0), "{y}");
        }
        // log 100! and log 23!, to the digits of a double.
        assert!((log_factorial(100.0) - 363.739_375_555_563_5).abs() < 1e-12);
        assert!((log_factorial(23.0) - (log_factorial(22.0) + 23_f64.ln())).abs() < 1e-13);
    }

    proptest! {
        #[test]
        fn what_is_said_of_the_gamma_functions_holds(x in 0.05..200.0_f64, y in 1_u32..500) {
            // Γ(x + ½)/Γ(x) · Γ(x + 1)/Γ(x + ½) = x.
            let both = log_gamma_ratio(x) + log_gamma_ratio(x + 0.5);
            prop_assert!((both - x.ln()).abs() < 4e-15 * (1.0 + x.ln().abs()));
            let y = f64::from(y);
            let step = log_factorial(y) - log_factorial(y - 1.0);
            prop_assert!((step - y.ln()).abs() < 1e-15 * log_factorial(y).max(2.0));
        }

        #[test]
        fn slopes_are_those_of_the_values(r in -50.0..50.0_f64, nu in 0.3..60.0_f64, tau in 0.1..5.0_f64) {
            let h = 1e-5;
            let central = |f: &dyn Fn(f64) -> f64| (f(r + h) - f(r - h)) / (2.0 * h);
            let (_, slope) = student_t(nu, tau, r);
            let difference = central(&|r| student_t(nu, tau, r).0);
            prop_assert!((slope - difference).abs() < 1e-5 * (1.0 + (nu + 1.0) / (tau * tau)), "{slope} {difference}");
            prop_assume!(r.abs() > h);
            prop_assert!((laplace(tau, r).1 - central(&|r| laplace(tau, r).0)).abs() < 1e-8 / tau);
        }
    }
}
