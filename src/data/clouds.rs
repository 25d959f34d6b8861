//! Named sets of points in the plane: two classes, or values. Knows no split and no standardising.
//!
//! All is written in unit coordinates, u ∈ [-1, 1]²; the set is stretched over the plan's range.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// A named set in two inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// A disc within a ring.
    Circle,
    /// Four squares, opposite ones of a class.
    Xor,
    /// Two round heaps.
    Gauss,
    /// Two arms, one and three quarter turns.
    Spiral,
    /// Two half circles, each reaching into the other.
    Moons,
    /// A slope.
    Plane,
    /// Three hills and three hollows.
    MultiGauss,
}

/// The radius that separates `Circle`'s disc, |u| ≤ 0.5, from its ring, 0.7 ≤ |u| ≤ 1.
const EDGE: f64 = 0.6;
/// Half the gap along the axes of `Xor`.
const GAP: f64 = 0.06;
/// The standard deviation of `Gauss`'s heaps about ±(½, ½).
const HEAP: f64 = 0.17;
/// Radians that an arm of `Spiral` turns on its way from the middle to the edge.
const TURN: f64 = 3.5 * PI;
/// `MultiGauss`: (middle, sign), each a bell of this standard deviation.
const BELLS: [([f64; 2], f64); 6] = [
    ([-0.66, 0.42], 1.0),
    ([0.0, 0.42], -1.0),
    ([0.66, 0.42], 1.0),
    ([-0.66, -0.42], -1.0),
    ([0.0, -0.42], 1.0),
    ([0.66, -0.42], -1.0),
];
const BELL: f64 = 0.2;

impl Cloud {
    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Xor => "xor",
            Self::Gauss => "gauss",
            Self::Spiral => "spiral",
            Self::Moons => "moons",
            Self::Plane => "plane",
            Self::MultiGauss => "multi-gauss",
        }
    }

    /// What it is, in one line.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Circle => "two inputs: a disc of ones in a ring of zeros",
            Self::Xor => "two inputs: ones where x1 and x2 have one sign, else zeros",
            Self::Gauss => "two inputs: a heap of ones and a heap of zeros",
            Self::Spiral => "two inputs: an arm of ones wound into an arm of zeros",
            Self::Moons => "two inputs: two half circles, each reaching into the other",
            Self::Plane => "two inputs: values on a slope, half the sum of both",
            Self::MultiGauss => "two inputs: values of three hills and three hollows",
        }
    }

    /// Whether y is a class, 0 or 1: noise then moves the points and leaves y as it is.
    #[must_use]
    pub const fn is_classes(self) -> bool {
        match self {
            Self::Circle | Self::Xor | Self::Gauss | Self::Spiral | Self::Moons => true,
            Self::Plane | Self::MultiGauss => false,
        }
    }

    /// y at `u`, everywhere in the plane.
    ///
    /// Circle: \[|u| < 0.6\]. Xor: \[u₁ u₂ > 0\]. Gauss: \[u₁ + u₂ > 0\]. Spiral: \[cos(φ − 3.5π |u|) > 0\] with φ the angle
    /// of u. Moons: which half circle is nearer. Plane: (u₁ + u₂)/2. Multi-gauss: Σ ± exp(−|u − middle|²/(2·0.2²)).
    #[must_use]
    pub fn value(self, [u1, u2]: [f64; 2]) -> f64 {
        let one_if = |is: bool| f64::from(u8::from(is));
        match self {
            Self::Circle => one_if(u1.hypot(u2) < EDGE),
            Self::Xor => one_if((u1 > 0.0) == (u2 > 0.0)),
            Self::Gauss => one_if(u1 + u2 > 0.0),
            Self::Spiral => one_if((u2.atan2(u1) - TURN * u1.hypot(u2)).cos() > 0.0),
            Self::Moons => {
                let [m1, m2] = [1.5 * u1 + 0.5, 1.5 * u2 + 0.25];
                one_if(from_moon(1.0 - m1, 0.5 - m2) < from_moon(m1, m2))
            }
            Self::Plane => 0.5 * u1 + 0.5 * u2,
            Self::MultiGauss => BELLS
                .iter()
                .map(|([at1, at2], sign)| sign * (-0.5 * ((u1 - at1).hypot(u2 - at2) / BELL).powi(2)).exp())
                .sum(),
        }
    }

    /// Where a row lies, from two fractions of [0, 1]; classes take turns.
    #[must_use]
    pub fn place(self, row: usize, [t1, t2]: [f64; 2]) -> [f64; 2] {
        let second = !row.is_multiple_of(2);
        let polar = |radius: f64, angle: f64| [radius * angle.cos(), radius * angle.sin()];
        let [u1, u2] = match self {
            // Equally dense over disc and ring.
            Self::Circle if second => polar((0.49 + 0.51 * t1).sqrt(), TAU * t2),
            Self::Circle => polar(0.5 * t1.sqrt(), TAU * t2),
            Self::Xor => [t1, t2].map(|t| 2.0 * t - 1.0).map(|u| (GAP + (1.0 - GAP) * u.abs()).copysign(u)),
            // Box and Muller's way from two uniform numbers to a round heap.
            Self::Gauss => {
                let [h1, h2] = polar(HEAP * (-2.0 * (1.0 - 0.9999 * t1).ln()).sqrt(), TAU * t2);
                let middle = if second { -0.5 } else { 0.5 };
                [middle + h1, middle + h2]
            }
            // Equally dense along an arm, whose length grows as the square of the radius.
            Self::Spiral => {
                let radius = 0.12 + 0.88 * t1.sqrt();
                polar(radius, TURN * radius + if second { PI } else { 0.0 })
            }
            Self::Moons => {
                let [m1, m2] = polar(1.0, PI * t1);
                let [m1, m2] = if second { [m1, m2] } else { [1.0 - m1, 0.5 - m2] };
                [(m1 - 0.5) / 1.5, (m2 - 0.25) / 1.5]
            }
            Self::Plane | Self::MultiGauss => [2.0 * t1 - 1.0, 2.0 * t2 - 1.0],
        };
        [u1.clamp(-1.0, 1.0), u2.clamp(-1.0, 1.0)]
    }
}

/// The distance from the upper half of the unit circle.
fn from_moon(m1: f64, m2: f64) -> f64 {
    let angle = m2.atan2(m1);
    if (0.0..=PI).contains(&angle) {
        (m1.hypot(m2) - 1.0).abs()
    } else {
        // The nearer end.
        let end = if angle.abs() < FRAC_PI_2 { 1.0 } else { -1.0 };
        (m1 - end).hypot(m2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Cloud; 7] =
        [Cloud::Circle, Cloud::Xor, Cloud::Gauss, Cloud::Spiral, Cloud::Moons, Cloud::Plane, Cloud::MultiGauss];

    #[test]
    fn known_values() {
        for (cloud, u, y) in [
            (Cloud::Circle, [0.0, 0.59], 1.0),
            (Cloud::Circle, [0.0, -0.61], 0.0),
            (Cloud::Xor, [-0.2, -0.9], 1.0),
            (Cloud::Xor, [0.2, -0.9], 0.0),
            (Cloud::Gauss, [0.3, -0.2], 1.0),
            // Half way out an arm has turned by 1.75π: the arm of ones is there, its opposite is the other.
            (Cloud::Spiral, [0.5 * (1.75 * PI).cos(), 0.5 * (1.75 * PI).sin()], 1.0),
            (Cloud::Spiral, [-0.5 * (1.75 * PI).cos(), -0.5 * (1.75 * PI).sin()], 0.0),
            // The top of the upper moon, the bottom of the lower one.
            (Cloud::Moons, [-0.5 / 1.5, 0.75 / 1.5], 0.0),
            (Cloud::Moons, [0.5 / 1.5, -0.75 / 1.5], 1.0),
            (Cloud::Plane, [1.0, 0.5], 0.75),
        ] {
            assert!((cloud.value(u) - y).abs() < 1e-12, "{cloud:?} {u:?}");
        }
        let hill = Cloud::MultiGauss.value([0.66, 0.42]);
        assert!((hill - 1.0).abs() < 0.01 && (Cloud::MultiGauss.value([0.66, -0.42]) + hill).abs() < 1e-12);
    }

    proptest! {
        /// A row's class is the one it was placed for, and both classes come in equal numbers.
        #[test]
        fn rows_lie_in_their_class(t1 in 0.0..1.0_f64, t2 in 0.0..1.0_f64) {
            for cloud in ALL.into_iter().filter(|cloud| cloud.is_classes()) {
                let both = [0, 1].map(|row| cloud.place(row, [t1, t2]));
                for (row, u) in both.iter().enumerate() {
                    prop_assert!(u.iter().all(|u| u.abs() <= 1.0));
                    // The heaps have tails that reach over, three and more deviations out.
                    if !matches!(cloud, Cloud::Xor) && t1 < 0.98 {
                        prop_assert_eq!(cloud.value(*u) > 0.5, row == 0, "{:?} {:?}", cloud, u);
                    }
                }
            }
        }
    }
}
