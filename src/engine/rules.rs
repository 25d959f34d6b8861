//! One step of a first-order rule by coordinate: all of θ and its moments in a single pass. Knows no density, no schedule and no decay.
#![allow(unsafe_code, reason = "loads and stores of whole vectors, bounded once for all")]
#![allow(
    clippy::inline_always,
    reason = "must melt into the level's function, or it is compiled without its instructions"
)]

use super::buffer::Buffer;
use super::lanes::{Few, Kernel, Lanes, Level, Numbers, On, Step};

/// A rule with the numbers of its step.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Gradient descent.
    Sgd(Sgd),
    /// With momentum, or Nesterov's.
    Momentum(Momentum),
    /// Hinton's.
    Rmsprop(Rmsprop),
    /// Kingma's and Ba's.
    Adam(Adam),
    /// Chen's.
    Lion(Lion),
}

/// θ ← θ − η g.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    /// η.
    pub rate: f64,
}

/// m ← μm + g, θ ← θ − η m; Nesterov's: θ ← θ − η (g + μm).
#[derive(Clone, Copy, Debug)]
pub struct Momentum {
    /// η.
    pub rate: f64,
    /// μ.
    pub momentum: f64,
    /// Whether it is Nesterov's.
    pub ahead: bool,
}

/// v ← αv + (1 − α)g², θ ← θ − η g/(√v + ε).
#[derive(Clone, Copy, Debug)]
pub struct Rmsprop {
    /// η.
    pub rate: f64,
    /// α.
    pub alpha: f64,
    /// ε, outside the root.
    pub epsilon: f64,
}

/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η (m/c₁)/(√(v/c₂) + ε).
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

/// θ ← θ − η sign(β₁m + (1 − β₁)g), m ← β₂m + (1 − β₂)g.
#[derive(Clone, Copy, Debug)]
pub struct Lion {
    /// η.
    pub rate: f64,
    /// β₁ and β₂.
    pub betas: (f64, f64),
}

/// What a step moves, all equally long.
#[derive(Debug)]
pub struct Moving<'a> {
    /// θ.
    pub theta: &'a mut Buffer<f64>,
    /// Becomes θ as it was.
    pub before: &'a mut Buffer<f64>,
    /// The gradient.
    pub gradient: &'a mut Buffer<f64>,
    /// m.
    pub first: &'a mut Buffer<f64>,
    /// v.
    pub second: &'a mut Buffer<f64>,
}

/// The gradient becomes `scale` times itself, and θ and the moments take the rule's step with `clip` times that. Answers whether θ
/// is all numbers still.
///
/// # Panics
/// When they are not equally long.
#[must_use]
pub fn step(rule: Rule, scale: f64, clip: f64, moving: &mut Moving<'_>) -> bool {
    let level = Level::best();
    match rule {
        Rule::Sgd(rule) => level.enter(Moved { rule, scale, clip, moving }),
        Rule::Momentum(rule) => level.enter(Moved { rule, scale, clip, moving }),
        Rule::Rmsprop(rule) => level.enter(Moved { rule, scale, clip, moving }),
        Rule::Adam(rule) => level.enter(Moved { rule, scale, clip, moving }),
        Rule::Lion(rule) => level.enter(Moved { rule, scale, clip, moving }),
    }
}

/// The formula of a rule.
trait Moves: Copy {
    /// Whether it has an m and a v.
    const MOMENTS: [bool; 2];

    /// θ, m and v from θ, g, m and v.
    fn next<N: Numbers<Real = f64>>(self, now: [N; 4]) -> [N; 3];
}

impl Moves for Sgd {
    const MOMENTS: [bool; 2] = [false; 2];

    #[inline(always)]
    fn next<N: Numbers<Real = f64>>(self, [theta, g, m, v]: [N; 4]) -> [N; 3] {
        [g.fnma(N::splat(self.rate), theta), m, v]
    }
}

impl Moves for Momentum {
    const MOMENTS: [bool; 2] = [true, false];

    #[inline(always)]
    fn next<N: Numbers<Real = f64>>(self, [theta, g, m, v]: [N; 4]) -> [N; 3] {
        let momentum = N::splat(self.momentum);
        let m = m * momentum + g;
        let along = if self.ahead { g + m * momentum } else { m };
        [theta - along * N::splat(self.rate), m, v]
    }
}

impl Moves for Rmsprop {
    const MOMENTS: [bool; 2] = [false, true];

    #[inline(always)]
    fn next<N: Numbers<Real = f64>>(self, [theta, g, m, v]: [N; 4]) -> [N; 3] {
        let v = v * N::splat(self.alpha) + g * g * N::splat(1.0 - self.alpha);
        [theta - g * N::splat(self.rate) / (v.sqrt() + N::splat(self.epsilon)), m, v]
    }
}

impl Moves for Adam {
    const MOMENTS: [bool; 2] = [true; 2];

    /// A root and a quotient are v·v^(−½) and a product with 1/x, which AVX-512 has by Newton's steps: three times as fast, and
    /// within a few units of the last place. Where v is below 1e-300, so that they fail, ε decides; where it is above 1e300,
    /// nothing moves.
    #[inline(always)]
    fn next<N: Numbers<Real = f64>>(self, [theta, g, m, v]: [N; 4]) -> [N; 3] {
        let (b1, b2) = self.betas;
        let m = m.fma(N::splat(b1), g * N::splat(1.0 - b1));
        let v = v.fma(N::splat(b2), g * g * N::splat(1.0 - b2));
        let square = (v * N::splat(1.0 / self.c2)).at_least(N::splat(1e-300));
        let root = square.fma(square.inverse_root(), N::splat(self.epsilon));
        let inverse = square.at_most(N::splat(1e300), root.inverse(), N::splat(0.0));
        [theta - m * N::splat(self.rate / self.c1) * inverse, m, v]
    }
}

impl Moves for Lion {
    const MOMENTS: [bool; 2] = [true, false];

    #[inline(always)]
    fn next<N: Numbers<Real = f64>>(self, [theta, g, m, v]: [N; 4]) -> [N; 3] {
        let ((b1, b2), zero) = (self.betas, N::splat(0.0));
        let along = m * N::splat(b1) + g * N::splat(1.0 - b1);
        // 0 of 0, and NaN of what is none.
        let sign = along.abs().at_most(zero, zero, N::splat(1.0).with_sign_of(along)) + along * zero;
        [theta - sign * N::splat(self.rate), m * N::splat(b2) + g * N::splat(1.0 - b2), v]
    }
}

/// A step by a rule of one type. What it moves is referred to, and not copied: a copy is made of wider pieces than what was just
/// written, and would wait for them.
struct Moved<'a, 'b, M> {
    rule: M,
    scale: f64,
    clip: f64,
    moving: &'a mut Moving<'b>,
}

impl<M: Moves> Step<f64> for Moved<'_, '_, M> {
    type Out = bool;

    fn run<L: Lanes<Real = f64>>(mut self, on: On<L>) -> bool {
        let mut sum = 0.0;
        on.run(Pass { moved: &mut self, sum: &mut sum });
        sum == 0.0
    }
}

/// The pass: `sum` becomes 0 if θ is all numbers.
struct Pass<'a, 'b, 'c, M> {
    moved: &'a mut Moved<'b, 'c, M>,
    sum: &'a mut f64,
}

impl<M: Moves> Kernel<f64> for Pass<'_, '_, '_, M> {
    #[inline(always)]
    fn run<L: Lanes<Real = f64>>(self) {
        let &mut Moved { rule, scale, clip, ref mut moving } = self.moved;
        let Moving { theta, before, gradient, first, second } = &mut **moving;
        let length = theta.len();
        let lengths = (before.len(), gradient.len(), first.len(), second.len());
        assert!(lengths == (length, length, length, length), "the vectors of a step differ in length");
        let (theta, before, gradient) = (theta.as_mut_ptr(), before.as_mut_ptr(), gradient.as_mut_ptr());
        let (m, v) = (first.as_mut_ptr(), second.as_mut_ptr());
        let [has_m, has_v] = M::MOMENTS;
        let whole = length / L::COUNT * L::COUNT;
        // The clipped gradient does not wait for the one that is told.
        let (scales, clips, zero) = (L::splat(scale), L::splat(scale * clip), L::splat(0.0));
        let mut sum = zero;
        for at in (0..whole).step_by(L::COUNT) {
            // SAFETY: all five are equally long, and this vector ends within them.
            unsafe {
                let of_m = if has_m { L::load(m.add(at)) } else { zero };
                let of_v = if has_v { L::load(v.add(at)) } else { zero };
                let (now, g) = (L::load(theta.add(at)), L::load(gradient.add(at)));
                let [after, of_m, of_v] = rule.next([now, g * clips, of_m, of_v]);
                now.store(before.add(at));
                (g * scales).store(gradient.add(at));
                after.store(theta.add(at));
                if has_m {
                    of_m.store(m.add(at));
                }
                if has_v {
                    of_v.store(v.add(at));
                }
                sum = after.fma(zero, sum);
            }
        }
        let mut sum = sum.sum();
        // One by one, as the passes before and after this one read and write them: a vector of what was just written in pieces
        // would wait until it is in the cache.
        for at in whole..length {
            // SAFETY: at < length.
            unsafe {
                let (now, g) = (*theta.add(at), *gradient.add(at));
                let (of_m, of_v) = (Few::one(*m.add(at)), Few::one(*v.add(at)));
                let [after, of_m, of_v] = rule.next([Few::one(now), Few::one(g * (scale * clip)), of_m, of_v]);
                (*before.add(at), *gradient.add(at)) = (now, g * scale);
                (*theta.add(at), *m.add(at), *v.add(at)) = (after.get(), of_m.get(), of_v.get());
                sum += after.get() * 0.0;
            }
        }
        *self.sum = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The five vectors of a step.
    #[derive(Clone)]
    struct Vectors([Buffer<f64>; 5]);

    impl Vectors {
        /// θ = 1, m = ½, v = ¼ from coordinate 40 on, and 0 before it.
        fn new(g: &[f64]) -> Self {
            let of = |value: f64| {
                let values: Vec<f64> = (0..g.len()).map(|at| if at < 40 { 0.0 } else { value }).collect();
                Buffer::from(&values[..])
            };
            let ones = vec![1.0; g.len()];
            Self([Buffer::from(&ones[..]), Buffer::zeros(g.len()), Buffer::from(g), of(0.5), of(0.25)])
        }

        /// The step by `rule` at one level.
        fn step<M: Moves>(&mut self, level: Level, rule: M, scale: f64, clip: f64) -> bool {
            let [theta, before, gradient, first, second] = &mut self.0;
            let moving = &mut Moving { theta, before, gradient, first, second };
            level.enter(Moved { rule, scale, clip, moving })
        }
    }

    /// Takes the step at every level, and compares with the formula from θ, g, m, v to θ, m, v a number at a time.
    fn is_its_recurrence<M: Moves>(rule: M, g: &[f64], formula: impl Fn([f64; 4]) -> [f64; 3]) {
        let (scale, clip) = (-2.0, 0.5);
        for level in Level::all() {
            let mut now = Vectors::new(g);
            let before = now.clone();
            assert!(now.step(level, rule, scale, clip), "{}", level.name());
            let [theta, was, gradient, m, v] = &now.0;
            let near = |found: f64, exact: f64| {
                found.total_cmp(&exact).is_eq() || (found - exact).abs() <= 1e-13 * exact.abs()
            };
            for at in 0..g.len() {
                let [theta_0, _, _, m_0, v_0] = &before.0;
                let exact = formula([theta_0[at], scale * clip * g[at], m_0[at], v_0[at]]);
                for (name, found, exact) in [("θ", theta, exact[0]), ("m", m, exact[1]), ("v", v, exact[2])] {
                    assert!(near(found[at], exact), "{} {name} at g = {}: {}", level.name(), g[at], found[at]);
                }
                assert!(near(was[at], theta_0[at]) && near(gradient[at], scale * g[at]));
            }
        }
    }

    /// Gradients from 0 over what underflows when squared to what overflows then.
    #[test]
    fn every_rule_is_its_recurrence() {
        let g: Vec<f64> = (0..67).map(|at| if at == 0 { 0.0 } else { 10_f64.powi(5 * at - 170) }).collect();
        let modest: Vec<f64> = (0_u8..67).map(|at| f64::from(at % 7) - 3.0).collect();
        let adam = Adam { rate: 1e-2, betas: (0.9, 0.999), c1: 0.19, c2: 0.002, epsilon: 1e-8 };
        is_its_recurrence(adam, &g, |[theta, g, m, v]| {
            let (m, v) = (0.9 * m + (1.0 - 0.9) * g, 0.999 * v + g * g * (1.0 - 0.999));
            [theta - 1e-2 / 0.19 * m / ((v / 0.002).sqrt() + 1e-8), m, v]
        });
        is_its_recurrence(Sgd { rate: 0.3 }, &g, |[theta, g, m, v]| [theta - 0.3 * g, m, v]);
        for ahead in [false, true] {
            let rule = Momentum { rate: 0.3, momentum: 0.9, ahead };
            is_its_recurrence(rule, &modest, |[theta, g, m, v]| {
                let m = 0.9 * m + g;
                let along = if ahead { g + 0.9 * m } else { m };
                [theta - 0.3 * along, m, v]
            });
        }
        let rmsprop = Rmsprop { rate: 0.3, alpha: 0.99, epsilon: 1e-8 };
        is_its_recurrence(rmsprop, &g, |[theta, g, m, v]| {
            let v = 0.99 * v + g * g * (1.0 - 0.99);
            [theta - 0.3 * g / (v.sqrt() + 1e-8), m, v]
        });
        is_its_recurrence(Lion { rate: 0.3, betas: (0.9, 0.99) }, &modest, |[theta, g, m, v]| {
            let along = 0.9 * m + (1.0 - 0.9) * g;
            let sign = if along == 0.0 { 0.0 } else { along.signum() };
            [theta - 0.3 * sign, 0.99 * m + (1.0 - 0.99) * g, v]
        });
    }

    #[test]
    fn a_theta_that_leaves_the_numbers_is_said_wherever_it_does() {
        for length in 1..40 {
            for at in 0..length {
                for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    let mut g = vec![1.0; length];
                    g[at] = bad;
                    for level in Level::all() {
                        let (mut now, mut other) = (Vectors::new(&g), Vectors::new(&g));
                        let (sgd, lion) = (Sgd { rate: 1.0 }, Lion { rate: 1.0, betas: (0.9, 0.99) });
                        let finite = [now.step(level, sgd, 1.0, 1.0), other.step(level, lion, 1.0, 1.0)];
                        assert_eq!(finite, [false; 2], "{bad} at {at} of {length}, {}", level.name());
                    }
                }
            }
        }
    }
}
