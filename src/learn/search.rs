//! A step along a line that satisfies the strong Wolfe conditions. Knows only the function along the line.
//!
//! Moré & Thuente 1994: an interval that holds such a step is kept and shrunk by cubic and quadratic interpolation.

/// φ(α) ≤ φ(0) + C₁ α φ′(0) and |φ′(α)| ≤ C₂ |φ′(0)|.
const C1: f64 = 1e-4;
const C2: f64 = 0.9;
/// Evaluations before the best so far must do.
const EVALUATIONS: usize = 30;
/// Below this relative change of φ its last digits decide, and slopes alone tell a minimum (Hager & Zhang 2005).
const ROUNDING: f64 = 1e-14;
/// No step is longer.
const LONGEST: f64 = 1e20;

/// φ and φ′ at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub step: f64,
    pub value: f64,
    pub slope: f64,
}

/// The step to take from φ(0), φ′(0) < 0, trying `first`. `phi` answers None where it is not finite. None where no step goes down.
pub(super) fn search(
    value: f64,
    slope: f64,
    first: f64,
    phi: &mut dyn FnMut(f64) -> Option<(f64, f64)>,
) -> Option<Point> {
    let start = Point { step: 0.0, value, slope };
    let enough = C1 * slope;
    let mut interval = Interval { best: start, other: start, bracketed: false };
    let mut widths = [f64::INFINITY; 2];
    let mut longest = LONGEST;
    // While no step is low and rising at once, the interval is that of φ(α) − φ(0) − C₁ α φ′(0), which has such a step.
    let mut first_stage = true;
    let mut step = first;
    for _ in 0..EVALUATIONS {
        let Some((value, slope_here)) = phi(step) else {
            // Beyond the numbers: never so far again.
            longest = step;
            step = interval.best.step + 0.1 * (step - interval.best.step);
            continue;
        };
        let now = Point { step, value, slope: slope_here };
        let low = value <= start.value + step * enough;
        if slope_here.abs() <= C2 * slope.abs()
            && (low
                || (value - start.value).abs() <= ROUNDING * start.value.abs()
                    && slope_here <= (2.0 * C1 - 1.0) * slope)
        {
            return Some(now);
        }
        if first_stage && low && slope_here >= 0.0 {
            first_stage = false;
        }
        step = if first_stage && !low && value <= interval.best.value {
            let tilted = |p: Point| Point { value: p.value - p.step * enough, slope: p.slope - enough, ..p };
            let back = |p: Point| Point { value: p.value + p.step * enough, slope: p.slope + enough, ..p };
            let mut own = Interval { best: tilted(interval.best), other: tilted(interval.other), ..interval };
            let next = own.shrink(tilted(now));
            interval = Interval { best: back(own.best), other: back(own.other), ..own };
            next
        } else {
            interval.shrink(now)
        };
        if interval.bracketed {
            let (near, far) = (interval.best.step, interval.other.step);
            // An interval that does not shrink by a third in two steps is halved.
            if (far - near).abs() >= 0.66 * widths[1] {
                step = near + 0.5 * (far - near);
            }
            widths = [(far - near).abs(), widths[0]];
            let (least, most) = (near.min(far), near.max(far));
            if !(step > least && step < most) || most - least <= 1e-15 * most {
                break;
            }
        }
        if step >= longest {
            step = 0.5 * (now.step + longest);
        }
    }
    let best = interval.best;
    (best.step > 0.0 && best.value < start.value).then_some(best)
}

/// Two steps between which a minimum lies once `bracketed`; `best` has the lower value of them.
#[derive(Clone, Copy)]
struct Interval {
    best: Point,
    other: Point,
    bracketed: bool,
}

impl Interval {
    /// Takes in a new point and answers with the step to try next (Moré & Thuente's four cases).
    fn shrink(&mut self, now: Point) -> f64 {
        let Point { step: x, value: fx, slope: dx } = self.best;
        let rises = now.value > fx;
        let turned = now.slope * dx.signum() < 0.0;
        let secant = now.step + now.slope / (now.slope - dx) * (x - now.step);
        let next = if rises {
            // Higher: the minimum lies between.
            let quadratic = x + 0.5 * dx / ((fx - now.value) / (now.step - x) + dx) * (now.step - x);
            let cubic = cubic_step(self.best, now);
            self.bracketed = true;
            if (cubic - x).abs() < (quadratic - x).abs() { cubic } else { cubic + 0.5 * (quadratic - cubic) }
        } else if turned {
            // Lower, and the slope has changed sign: between, too.
            let cubic = cubic_step(now, self.best);
            self.bracketed = true;
            if (cubic - now.step).abs() >= (secant - now.step).abs() { cubic } else { secant }
        } else if now.slope.abs() < dx.abs() {
            self.beyond(now, secant)
        } else if self.bracketed {
            // Lower and steeper.
            cubic_step(now, self.other)
        } else {
            now.step + 4.0 * (now.step - x)
        };
        if rises {
            self.other = now;
        } else {
            if turned {
                self.other = self.best;
            }
            self.best = now;
        }
        next
    }

    /// Lower and flatter: further on, but not too far.
    fn beyond(&self, now: Point, secant: f64) -> f64 {
        let x = self.best.step;
        let [least, most] = [1.1, 4.0].map(|share| now.step + share * (now.step - x));
        let cubic = cubic_step(now, self.best);
        let onward = (cubic - now.step) * (now.step - x) > 0.0 && cubic.is_finite();
        let cubic = if onward {
            cubic
        } else if self.bracketed {
            self.other.step
        } else {
            most
        };
        let nearer = (cubic - now.step).abs() < (secant - now.step).abs();
        if self.bracketed {
            let limit = now.step + 0.66 * (self.other.step - now.step);
            let next = if nearer { cubic } else { secant };
            if now.step > x { next.min(limit) } else { next.max(limit) }
        } else {
            let next = if nearer { secant } else { cubic };
            next.clamp(least.min(most), least.max(most))
        }
    }
}

/// The minimum of the cubic through two points with these slopes.
fn cubic_step(from: Point, to: Point) -> f64 {
    let width = to.step - from.step;
    let theta = 3.0 * (from.value - to.value) / width + from.slope + to.slope;
    let size = theta.abs().max(from.slope.abs()).max(to.slope.abs());
    let inside = (theta / size).powi(2) - from.slope / size * (to.slope / size);
    let gamma = size * inside.max(0.0).sqrt() * width.signum();
    let (p, q) = (gamma - from.slope + theta, 2.0 * gamma - from.slope + to.slope);
    from.step + p / q * width
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Function = Box<dyn Fn(f64) -> (f64, f64)>;

    /// The six functions of Moré & Thuente 1994, §5 (the last three as Yanai, Ozawa & Kaneko 1981).
    fn functions() -> Vec<(&'static str, Function)> {
        let yanai = |b1: f64, b2: f64| {
            let gamma = |b: f64| (1.0 + b * b).sqrt() - b;
            move |a: f64| {
                let (one, two) = (((1.0 - a).powi(2) + b2 * b2).sqrt(), (a * a + b1 * b1).sqrt());
                (gamma(b1) * one + gamma(b2) * two, gamma(b1) * (a - 1.0) / one + gamma(b2) * a / two)
            }
        };
        vec![
            ("rational", Box::new(|a: f64| (-a / (a * a + 2.0), (a * a - 2.0) / (a * a + 2.0).powi(2)))),
            (
                "quintic",
                Box::new(|a: f64| {
                    let t = a + 0.004;
                    (t.powi(5) - 2.0 * t.powi(4), 5.0 * t.powi(4) - 8.0 * t.powi(3))
                }),
            ),
            (
                "waves",
                Box::new(|a: f64| {
                    let (beta, l) = (0.01, 39.0_f64);
                    let pi = std::f64::consts::PI;
                    let (base, slope) = if a <= 1.0 - beta {
                        (1.0 - a, -1.0)
                    } else if a >= 1.0 + beta {
                        (a - 1.0, 1.0)
                    } else {
                        ((a - 1.0).powi(2) / (2.0 * beta) + beta / 2.0, (a - 1.0) / beta)
                    };
                    let wave = 2.0 * (1.0 - beta) / (l * pi) * (0.5 * l * pi * a).sin();
                    (base + wave, slope + (1.0 - beta) * (0.5 * l * pi * a).cos())
                }),
            ),
            ("even", Box::new(yanai(0.001, 0.001))),
            ("left", Box::new(yanai(0.01, 0.001))),
            ("right", Box::new(yanai(0.001, 0.01))),
        ]
    }

    #[test]
    fn six_hard_functions_from_four_first_steps() {
        for (name, function) in functions() {
            let (value, slope) = function(0.0);
            for first in [1e-3, 0.1, 10.0, 1e3] {
                let mut count = 0;
                let found = search(value, slope, first, &mut |a| {
                    count += 1;
                    Some(function(a))
                });
                let found = found.unwrap_or_else(|| panic!("{name} from {first}"));
                assert!(found.value <= value + C1 * found.step * slope, "{name} from {first}: {found:?}");
                assert!(found.slope.abs() <= C2 * slope.abs(), "{name} from {first}: {found:?}");
                assert_eq!((found.value, found.slope), function(found.step));
                assert!(count <= 14, "{name} from {first}: {count} evaluations");
            }
        }
    }

    #[test]
    fn where_nothing_goes_down_there_is_no_step() {
        assert_eq!(search(1.0, -1.0, 1.0, &mut |a| Some((1.0 + a, 1.0))), None);
        assert_eq!(search(1.0, -1.0, 1.0, &mut |_| None), None);
    }

    /// −log(1 − a) − 3a is finite below 1 only, with its minimum at 2/3.
    #[test]
    fn what_is_not_finite_is_stepped_back_from() {
        let barrier = |a: f64| (a < 1.0).then(|| (-(1.0 - a).ln() - 3.0 * a, 1.0 / (1.0 - a) - 3.0));
        for first in [0.1, 1.0, 50.0] {
            let found = search(0.0, -2.0, first, &mut { barrier }).unwrap();
            assert!(found.value < 0.0 && found.slope.abs() <= 1.8, "{first}: {found:?}");
        }
    }

    proptest! {
        /// On a quadratic with its minimum anywhere.
        #[test]
        fn quadratics(minimum in 1e-3..1e3_f64, first in 1e-3..1e3_f64, curvature in 1e-3..1e3_f64) {
            let function = |a: f64| (0.5 * curvature * (a - minimum).powi(2), curvature * (a - minimum));
            let (value, slope) = function(0.0);
            let found = search(value, slope, first, &mut |a| Some(function(a))).unwrap();
            prop_assert!(found.value <= value + C1 * found.step * slope && found.slope.abs() <= C2 * slope.abs());
        }
    }
}
