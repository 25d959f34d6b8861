//! Named targets: curves in one input that are tedious to write as an expression, sets in the plane, signals. Knows no rows
//! and no noise.

use super::clouds::Cloud;
use super::signals::POSITIONS;
use std::f64::consts::{E, TAU};

/// A named target. The curves live on the default range [-3, 3] and stay within about ±1 there; beyond it they go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Constant between jumps.
    Steps,
    /// A sine whose frequency grows.
    Chirp,
    /// The tent map three times over: 4 teeth.
    Tent,
    /// Donoho & Johnstone's (1994) Doppler curve.
    Doppler,
    /// A smooth bump, exactly zero outside |x| < 1.
    Bump,
    /// Straight pieces joined at three kinks.
    Ramp,
    /// Donoho & Johnstone's (1994) `HeaviSine`: a sine with two jumps.
    Heavisine,
    /// A wave that nobody has seen the middle of: no input lies there.
    Gap,
    /// A set in two inputs.
    Cloud(Cloud),
    /// Signals of 32 positions with a ramp in them, up or down.
    Ramps,
}

/// Where `Steps` jumps, and the value from there on.
const STEPS: [(f64, f64); 5] = [(-2.0, 0.5), (-0.8, -0.75), (0.2, 0.75), (1.0, 0.0), (2.2, -0.5)];
/// The kinks of `Ramp`: where, and by how much the slope changes.
const KINKS: [(f64, f64); 3] = [(-1.5, 1.0), (0.5, -2.5), (1.5, 1.5)];

impl Named {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 16] = [
        Self::Steps,
        Self::Chirp,
        Self::Tent,
        Self::Doppler,
        Self::Bump,
        Self::Ramp,
        Self::Heavisine,
        Self::Gap,
        Self::Cloud(Cloud::Circle),
        Self::Cloud(Cloud::Xor),
        Self::Cloud(Cloud::Gauss),
        Self::Cloud(Cloud::Spiral),
        Self::Cloud(Cloud::Moons),
        Self::Cloud(Cloud::Plane),
        Self::Cloud(Cloud::MultiGauss),
        Self::Ramps,
    ];

    /// Columns of X.
    #[must_use]
    pub const fn inputs(self) -> usize {
        match self {
            Self::Steps
            | Self::Chirp
            | Self::Tent
            | Self::Doppler
            | Self::Bump
            | Self::Ramp
            | Self::Heavisine
            | Self::Gap => 1,
            Self::Cloud(_) => 2,
            Self::Ramps => POSITIONS,
        }
    }

    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Chirp => "chirp",
            Self::Tent => "tent",
            Self::Doppler => "doppler",
            Self::Bump => "bump",
            Self::Ramp => "ramp",
            Self::Heavisine => "heavisine",
            Self::Gap => "gap",
            Self::Cloud(cloud) => cloud.name(),
            Self::Ramps => "ramps",
        }
    }

    /// What it is, in one line.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Steps => "constant between five jumps: hard for smooth basis elements",
            Self::Chirp => "a sine that swings faster and faster from left to right",
            Self::Tent => "the tent map composed with itself three times: 4 teeth, 8 straight pieces",
            Self::Doppler => "oscillations that crowd together at the left end",
            Self::Bump => "one smooth bump, exactly zero outside |x| < 1",
            Self::Ramp => "four straight pieces: exactly three ReLU elements",
            Self::Heavisine => "a sine with two jumps",
            Self::Gap => "a wave without an observation in the middle two fifths of its range",
            Self::Cloud(cloud) => cloud.help(),
            Self::Ramps => "signals of 32 positions: a ramp up (1) or down (0) somewhere in noise",
        }
    }

    /// The curve's value at `x`: finite wherever x is. None if it is no curve.
    #[must_use]
    pub fn value(self, x: f64) -> Option<f64> {
        // From the default range to [0, 1], where the literature defines these curves.
        let t = (x + 3.0) / 6.0;
        Some(match self {
            Self::Steps => STEPS.iter().rev().find(|(from, _)| x >= *from).map_or(0.0, |(_, value)| *value),
            // Half a turn a unit at x = -3, three turns a unit... in all 1.5 + 4.5 turns over the range.
            Self::Chirp => (TAU * (1.5 * t + 4.5 * t * t)).sin(),
            Self::Tent => tooth(4.0 * t),
            Self::Doppler => doppler(t),
            Self::Bump => bump(x),
            Self::Ramp => KINKS.iter().map(|(at, slope)| slope * (x - at).max(0.0)).sum::<f64>() - 1.0,
            Self::Heavisine => (4.0 * (2.0 * TAU * t).sin() - sign(t - 0.3) - sign(0.72 - t)) / 6.0,
            Self::Gap => (1.5 * x).sin(),
            Self::Cloud(_) | Self::Ramps => return None,
        })
    }
}

/// The triangle wave of period 1: -1 at whole numbers, 1 half-way between.
fn tooth(t: f64) -> f64 {
    1.0 - 4.0 * (t - t.floor() - 0.5).abs()
}

/// √(t(1−t)) sin(2π·1.05/(t + 0.05)), twice: its envelope is at most a half. Zero outside [0, 1].
fn doppler(t: f64) -> f64 {
    if (0.0..=1.0).contains(&t) { 2.0 * (t * (1.0 - t)).sqrt() * (TAU * 1.05 / (t + 0.05)).sin() } else { t * 0.0 }
}

/// exp(1 − 1/(1 − x²)) within |x| < 1.
fn bump(x: f64) -> f64 {
    if x.abs() < 1.0 { E * (-1.0 / (1.0 - x * x)).exp() } else { x * 0.0 }
}

/// −1, 0 or 1.
fn sign(t: f64) -> f64 {
    if t == 0.0 { 0.0 } else { t.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        let near = |named: Named, x: f64, value: f64| {
            let is = named.value(x).unwrap();
            assert!((is - value).abs() < 1e-12, "{}({x}) = {is}", named.name());
        };
        for (x, value) in [(-3.0, 0.0), (-2.0, 0.5), (-0.81, 0.5), (0.0, -0.75), (0.5, 0.75), (3.0, -0.5)] {
            near(Named::Steps, x, value);
        }
        near(Named::Chirp, -3.0, 0.0);
        near(Named::Chirp, 3.0, 0.0);
        near(Named::Bump, 0.0, 1.0);
        near(Named::Bump, 1.0, 0.0);
        near(Named::Bump, 0.5, (-1.0_f64 / 3.0).exp());
        near(Named::Heavisine, -3.0, 0.0);
        near(Named::Doppler, 0.0, (TAU * 1.05 / 0.55).sin());
        for (x, value) in [(-2.0, -1.0), (-1.0, -0.5), (0.5, 1.0), (1.5, -0.5), (3.0, -0.5)] {
            near(Named::Ramp, x, value);
        }
    }

    /// `tent` is what its name says: the tent map T(t) = 1 − |2t − 1| applied three times.
    #[test]
    fn tent_is_the_tent_map_three_times() {
        for i in 0..=1000 {
            let t = f64::from(i) / 1000.0;
            let tent = |t: f64| 1.0 - (2.0 * t - 1.0).abs();
            let expected = 2.0 * tent(tent(tent(t))) - 1.0;
            assert!((Named::Tent.value(6.0 * t - 3.0).unwrap() - expected).abs() < 1e-12, "{t}");
        }
    }

    #[test]
    fn names_are_distinct_and_help_is_one_line() {
        for (at, named) in Named::ALL.iter().enumerate() {
            assert!(Named::ALL[..at].iter().all(|other| other.name() != named.name()));
            assert!(!named.help().is_empty() && !named.help().contains('\n') && named.help().len() < 80);
            assert_eq!(named.value(0.5).is_some(), named.inputs() == 1);
        }
    }

    proptest! {
        #[test]
        fn bounded_on_the_default_range(x in -3.0..=3.0_f64) {
            for named in Named::ALL {
                prop_assert!(named.value(x).is_none_or(|y| y.abs() <= 1.01), "{}({x})", named.name());
            }
        }

        #[test]
        fn finite_far_away(x in -1e150..1e150_f64) {
            for named in Named::ALL {
                prop_assert!(named.value(x).is_none_or(f64::is_finite), "{}({x})", named.name());
            }
        }
    }
}
