//! Loops over vectors of θ, each a single pass: what a density costs beside its likelihood. Knows no prior and no rule.
//!
//! Even the simplest are compiled for the level: a register of the next pass that is read where this one has written half of it
//! waits until both halves are in the cache.
#![allow(unsafe_code, reason = "loads and stores of whole vectors, bounded once for all")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use super::lanes::{Kernel, Lanes, Level, On, Step};

/// Σ p θ², p the precision of each coordinate.
///
/// # Panics
/// When they are not equally long.
#[must_use]
pub fn squares(precision: &[f64], theta: &[f64]) -> f64 {
    assert!(precision.len() == theta.len(), "every coordinate has a precision");
    let mut sum = 0.0;
    Level::best().enter(Job(Squares { precision, theta, sum: &mut sum }));
    sum
}

/// Σ p θ² as `squares`, and g ← share·g − w p θ: Gaussian priors' pull to zero, weighted, beside a share of another gradient.
///
/// # Panics
/// When they are not equally long.
#[must_use]
pub fn pull(weight: f64, precision: &[f64], theta: &[f64], share: f64, gradient: &mut [f64]) -> f64 {
    let of_theta = [precision.len(), gradient.len()] == [theta.len(); 2];
    assert!(of_theta, "every coordinate has a precision and a gradient");
    let mut sum = 0.0;
    Level::best().enter(Job(Pull { weight, precision, theta, share, gradient, sum: &mut sum }));
    sum
}

/// Whether all of them are numbers.
#[must_use]
pub fn are_finite(values: &[f64]) -> bool {
    let mut sum = 0.0;
    Level::best().enter(Job(Nothing { values, sum: &mut sum }));
    sum == 0.0
}

/// A kernel as a step.
struct Job<K>(K);

impl<K: Kernel<f64>> Step<f64> for Job<K> {
    type Out = ();
    fn run<L: Lanes<Real = f64>>(self, on: On<L>) {
        on.run(self.0);
    }
}

/// In this order, so that its two numbers do not lie side by side: they are written one by one, and would be read as one vector,
/// which waits for both.
#[repr(C)]
struct Pull<'a> {
    weight: f64,
    precision: &'a [f64],
    theta: &'a [f64],
    share: f64,
    gradient: &'a mut [f64],
    sum: &'a mut f64,
}

impl Kernel<f64> for Pull<'_> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let Self { weight, precision, theta, share, gradient, sum: total } = self;
        let whole = theta.len() / L::COUNT * L::COUNT;
        let (mut sum, shares, weights) = (L::splat(0.0), L::splat(share), L::splat(-weight));
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: all are equally long, and this vector ends within them.
            unsafe {
                let (theta, gradient) = (L::load(theta.as_ptr().add(at)), gradient.as_mut_ptr().add(at));
                let pull = L::load(precision.as_ptr().add(at)) * theta;
                sum = pull.fma(theta, sum);
                // The gradient is the last thing to be known.
                L::load(gradient).fma(shares, pull * weights).store(gradient);
            }
        }
        *total = sum.sum();
        for at in whole..theta.len() {
            *total += precision[at] * theta[at] * theta[at];
            gradient[at] = gradient[at] * share - precision[at] * theta[at] * weight;
        }
    }
}

struct Squares<'a> {
    precision: &'a [f64],
    theta: &'a [f64],
    sum: &'a mut f64,
}

impl Kernel<f64> for Squares<'_> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let whole = self.theta.len() / L::COUNT * L::COUNT;
        let mut sum = L::splat(0.0);
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: both are equally long, and this vector ends within them.
            unsafe {
                let theta = L::load(self.theta.as_ptr().add(at));
                sum = (L::load(self.precision.as_ptr().add(at)) * theta).fma(theta, sum);
            }
        }
        *self.sum = sum.sum();
        for (precision, theta) in self.precision[whole..].iter().zip(&self.theta[whole..]) {
            *self.sum += precision * theta * theta;
        }
    }
}

/// Zero times every value, summed: zero, unless some value is no number.
struct Nothing<'a> {
    values: &'a [f64],
    sum: &'a mut f64,
}

impl Kernel<f64> for Nothing<'_> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let (zero, length) = (L::splat(0.0), self.values.len());
        // Four sums hide the latency.
        let (mut sums, mut at) = ([zero; 4], 0);
        while at + 4 * L::COUNT <= length {
            for (place, sum) in sums.iter_mut().enumerate() {
                // SAFETY: these four vectors end within the values.
                *sum = unsafe { L::load(self.values.as_ptr().add(at + place * L::COUNT)) }.fma(zero, *sum);
            }
            at += 4 * L::COUNT;
        }
        while at + L::COUNT <= length {
            // SAFETY: this vector ends within the values.
            sums[0] = unsafe { L::load(self.values.as_ptr().add(at)) }.fma(zero, sums[0]);
            at += L::COUNT;
        }
        let mut sum = (sums[0] + sums[1] + (sums[2] + sums[3])).sum();
        for value in &self.values[at..] {
            sum += value * 0.0;
        }
        *self.sum = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_no_number_is_found_wherever_it_lies() {
        for length in 0..70 {
            let mut values = vec![f64::MAX; length];
            assert!(are_finite(&values));
            for at in 0..length {
                for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    values[at] = bad;
                    assert!(!are_finite(&values), "{bad} at {at} of {length}");
                }
                values[at] = -f64::MAX;
            }
        }
    }

    #[test]
    fn a_pull_is_that_of_every_coordinate() {
        for length in 0..40_u32 {
            let of = |by: f64| (0..length).map(|at| (by * f64::from(at)).sin()).collect::<Vec<f64>>();
            let (p, weight, theta, mut slopes) = (of(1.1), 0.9, of(0.7), of(0.3));
            let before = slopes.clone();
            let exact: f64 = p.iter().zip(&theta).map(|(p, theta)| p * theta * theta).sum();
            for sum in [squares(&p, &theta), pull(weight, &p, &theta, 2.5, &mut slopes)] {
                assert!((sum - exact).abs() < 1e-13, "{sum} for {exact}");
            }
            for (at, slope) in slopes.iter().enumerate() {
                assert!((slope - (2.5 * before[at] - weight * p[at] * theta[at])).abs() < 1e-15);
            }
        }
    }
}
