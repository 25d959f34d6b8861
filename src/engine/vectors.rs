//! Loops over whole vectors in θ, each a single pass: what a step costs beside its gradient. Knows no method and no prior.
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

/// Σ θ²; takes precision·θ from `gradient` where one is given: a Gaussian prior's pull to zero.
///
/// # Panics
/// When the two are not equally long.
#[must_use]
pub fn pull(precision: f64, theta: &[f64], gradient: Option<&mut [f64]>) -> f64 {
    let mut sum = 0.0;
    match gradient {
        Some(gradient) => {
            assert!(theta.len() == gradient.len(), "a gradient is as long as θ");
            Level::best().enter(Job(Pull { precision, theta, gradient, sum: &mut sum }));
        }
        None => Level::best().enter(Job(Squares { theta, sum: &mut sum })),
    }
    sum
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
#[inline(always)]
fn update<L: Lanes<Real = f64>>(how: Adam, [theta, g, m, v]: [L; 4]) -> [L; 3] {
    let (b1, b2) = how.betas;
    let m = m.fma(L::splat(b1), g * L::splat(1.0 - b1));
    let v = v.fma(L::splat(b2), g * g * L::splat(1.0 - b2));
    let root = (v * L::splat(1.0 / how.c2)).sqrt() + L::splat(how.epsilon);
    [theta - m * L::splat(how.rate / how.c1) / root, m, v]
}

struct Pull<'a> {
    precision: f64,
    theta: &'a [f64],
    gradient: &'a mut [f64],
    sum: &'a mut f64,
}

impl Kernel<f64> for Pull<'_> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let whole = self.theta.len() / L::COUNT * L::COUNT;
        let (minus, mut sum) = (L::splat(-self.precision), L::splat(0.0));
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: both are equally long, and this vector ends within them.
            unsafe {
                let (theta, gradient) = (L::load(self.theta.as_ptr().add(at)), self.gradient.as_mut_ptr().add(at));
                sum = theta.fma(theta, sum);
                minus.fma(theta, L::load(gradient)).store(gradient);
            }
        }
        let mut total = sum.sum();
        for (theta, gradient) in self.theta[whole..].iter().zip(&mut self.gradient[whole..]) {
            total += theta * theta;
            *gradient -= self.precision * theta;
        }
        *self.sum = total;
    }
}

struct Squares<'a> {
    theta: &'a [f64],
    sum: &'a mut f64,
}

impl Kernel<f64> for Squares<'_> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let whole = self.theta.len() / L::COUNT * L::COUNT;
        let mut sum = L::splat(0.0);
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: this vector ends within θ.
            let theta = unsafe { L::load(self.theta.as_ptr().add(at)) };
            sum = theta.fma(theta, sum);
        }
        let mut total = sum.sum();
        for theta in &self.theta[whole..] {
            total += theta * theta;
        }
        *self.sum = total;
    }
}
