//! Loops over whole vectors in θ, each a single pass: what a step costs beside its gradient. Knows no method and no prior.
//!
//! Even the simplest are compiled for the level: a register of the next pass that is read where this one has written half of it
//! waits until both halves are in the cache.
#![allow(unsafe_code, reason = "loads and stores of whole vectors, bounded once for all")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use super::lanes::{Kernel, Lanes, Level, MOST, On, Step};

/// The numbers of step t of Adam.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// η.
    pub rate: f64,
    /// β₁ and β₂.
    pub betas: (f64, f64),
    /// 1 − β₁ᵗ.
    pub c1: f64,
    /// 1 − β₂ᵗ.
    pub c2: f64,
    /// ε, outside the root.
    pub epsilon: f64,
}

/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η (m/c₁)/(√(v/c₂) + ε).
///
/// # Panics
/// When the four are not equally long.
pub fn adam(how: Adam, theta: &mut [f64], g: &[f64], m: &mut [f64], v: &mut [f64]) {
    assert!(theta.len() == g.len() && g.len() == m.len() && m.len() == v.len(), "Adam's vectors differ in length");
    Level::best().enter(Job(Update { how, theta, g, m, v }));
}

/// values ← factor·values.
pub fn scale(factor: f64, values: &mut [f64]) {
    Level::best().enter(Job(Scaled { factor, values }));
}

/// θ ← θ − η g.
///
/// # Panics
/// When they are not equally long.
pub fn descend(rate: f64, theta: &mut [f64], g: &[f64]) {
    assert!(theta.len() == g.len(), "a gradient is as long as θ");
    Level::best().enter(Job(Descend { rate, theta, g }));
}

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

struct Update<'a> {
    how: Adam,
    theta: &'a mut [f64],
    g: &'a [f64],
    m: &'a mut [f64],
    v: &'a mut [f64],
}

impl Kernel<f64> for Update<'_> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let Self { how, theta, g, m, v } = self;
        let whole = theta.len() / L::COUNT * L::COUNT;
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: the vectors are equally long, and this one ends within them.
            unsafe {
                let (m, v, theta) = (m.as_mut_ptr().add(at), v.as_mut_ptr().add(at), theta.as_mut_ptr().add(at));
                let now = update(how, [L::load(theta), L::load(g.as_ptr().add(at)), L::load(m), L::load(v)]);
                now[0].store(theta);
                now[1].store(m);
                now[2].store(v);
            }
        }
        // The rest as one more vector, so that every coefficient is rounded alike.
        let (mut rest, count) = ([[0.0; MOST]; 4], theta.len() - whole);
        for (rest, from) in rest.iter_mut().zip([&*theta, g, &*m, &*v]) {
            rest[..count].copy_from_slice(&from[whole..]);
        }
        let now = update(how, [L::fill(&rest[0]), L::fill(&rest[1]), L::fill(&rest[2]), L::fill(&rest[3])]);
        now[0].spill(&mut rest[0]);
        now[1].spill(&mut rest[2]);
        now[2].spill(&mut rest[3]);
        theta[whole..].copy_from_slice(&rest[0][..count]);
        m[whole..].copy_from_slice(&rest[2][..count]);
        v[whole..].copy_from_slice(&rest[3][..count]);
    }
}

/// (θ, m, v) after the step.
///
/// A root and a quotient are v·v^(−½) and a product with 1/x, which AVX-512 has by Newton's steps: three times as fast, and within
/// a few units of the last place. Where v is below 1e-300, so that they fail, ε decides; where it is above 1e300, nothing moves.
#[inline(always)]
fn update<L: Lanes<Real = f64>>(how: Adam, [theta, g, m, v]: [L; 4]) -> [L; 3] {
    let (b1, b2) = how.betas;
    let m = m.fma(L::splat(b1), g * L::splat(1.0 - b1));
    let v = v.fma(L::splat(b2), g * g * L::splat(1.0 - b2));
    let square = (v * L::splat(1.0 / how.c2)).at_least(L::splat(1e-300));
    let root = square.fma(square.inverse_root(), L::splat(how.epsilon));
    let inverse = square.at_most(L::splat(1e300), root.inverse(), L::splat(0.0));
    [theta - m * L::splat(how.rate / how.c1) * inverse, m, v]
}

struct Scaled<'a> {
    factor: f64,
    values: &'a mut [f64],
}

impl Kernel<f64> for Scaled<'_> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let (length, values, factor) = (self.values.len(), self.values.as_mut_ptr(), L::splat(self.factor));
        let whole = length / L::COUNT * L::COUNT;
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: this vector ends within the values.
            unsafe { (L::load(values.add(at)) * factor).store(values.add(at)) }
        }
        for value in &mut self.values[whole..] {
            *value *= self.factor;
        }
    }
}

struct Descend<'a> {
    rate: f64,
    theta: &'a mut [f64],
    g: &'a [f64],
}

impl Kernel<f64> for Descend<'_> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let whole = self.theta.len() / L::COUNT * L::COUNT;
        let rate = L::splat(self.rate);
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: both are equally long, and this vector ends within them.
            unsafe {
                let theta = self.theta.as_mut_ptr().add(at);
                (L::load(theta) - L::load(self.g.as_ptr().add(at)) * rate).store(theta);
            }
        }
        for (theta, g) in self.theta[whole..].iter_mut().zip(&self.g[whole..]) {
            *theta -= self.rate * g;
        }
    }
}

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
        let (mut sum, shares, weights) = (L::splat(0.0), L::splat(share), L::splat(weight));
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: all are equally long, and this vector ends within them.
            unsafe {
                let (theta, gradient) = (L::load(theta.as_ptr().add(at)), gradient.as_mut_ptr().add(at));
                let pull = L::load(precision.as_ptr().add(at)) * theta;
                sum = pull.fma(theta, sum);
                (L::load(gradient) * shares - pull * weights).store(gradient);
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

    /// The recurrence a number at a time; gradients from 0 over what underflows when squared to what overflows then.
    #[test]
    fn adam_is_its_recurrence_for_gradients_of_every_size() {
        let g: Vec<f64> = (0..67).map(|at| if at == 0 { 0.0 } else { 10_f64.powi(5 * at - 170) }).collect();
        for level in Level::all() {
            let how = Adam { rate: 1e-2, betas: (0.9, 0.999), c1: 0.19, c2: 0.002, epsilon: 1e-8 };
            let mut now = [vec![1.0; g.len()], vec![0.5; g.len()], vec![0.25; g.len()]];
            now[1][..40].fill(0.0);
            now[2][..40].fill(0.0);
            let before = now.clone();
            let [theta, m, v] = &mut now;
            level.enter(Job(Update { how, theta, g: &g, m, v }));
            for at in 0..g.len() {
                let m = 0.9 * before[1][at] + (1.0 - 0.9) * g[at];
                let v = 0.999 * before[2][at] + g[at] * g[at] * (1.0 - 0.999);
                let theta = 1.0 - 1e-2 / how.c1 * m / ((v / how.c2).sqrt() + 1e-8);
                let near = |found: f64, exact: f64| {
                    found.total_cmp(&exact).is_eq() || (found - exact).abs() < 1e-13 * exact.abs()
                };
                assert!(near(now[0][at], theta), "{} θ at g = {}: {} for {theta}", level.name(), g[at], now[0][at]);
                assert!(near(now[1][at], m) && near(now[2][at], v), "{} moments at g = {}", level.name(), g[at]);
            }
        }
    }

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
