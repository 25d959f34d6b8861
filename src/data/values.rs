//! What kind of numbers y is made of: how a target's value becomes such a number, and whether a table's are. Knows no file
//! and no likelihood.

use super::{Plan, Source};
use crate::seeds::{ChaCha8Rng, Purpose, Seeds};
use crate::text::Clean;
use ndarray::{Array2, ArrayView2};
use rand::RngExt;
use rand_distr::Poisson;

/// The largest mean of a drawn count, and the largest count: beyond it neighbouring counts are no longer told apart.
const MOST: f64 = 1e9;

/// The numbers that y is made of. Only real ones are standardised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Any.
    Real,
    /// 0 or 1.
    Binary,
    /// 0, …, m−1: the numbers of m classes.
    Classes(usize),
    /// 0, 1, 2, …
    Counts,
}

impl Values {
    /// Whether y has a unit that standardising can take away.
    #[must_use]
    pub const fn is_real(self) -> bool {
        matches!(self, Self::Real)
    }

    /// The observation that a target's value (with its noise) is or leads to: 1 where it is positive, the nearest class, a
    /// count whose mean is e to that power.
    /// None for a mean that is too large.
    fn observe(self, value: f64, rng: &mut ChaCha8Rng) -> Option<f64> {
        match self {
            Self::Real => Some(value),
            Self::Binary => Some(if value > 0.0 { 1.0 } else { 0.0 }),
            #[expect(clippy::cast_precision_loss, reason = "classes are few")]
            Self::Classes(classes) => Some(value.round().clamp(0.0, classes.saturating_sub(1) as f64)),
            Self::Counts if value.exp() <= MOST => {
                // A mean below the least normal number never counts anything; the draw asks for a positive one.
                Some(Poisson::new(value.exp()).map_or(0.0, |counts| rng.sample(counts)))
            }
            Self::Counts => None,
        }
    }

    /// Whether every number of `y` is of the kind; rows count from 1.
    ///
    /// # Errors
    /// The first that is not, with its column and row, and how many more there are.
    #[expect(clippy::needless_pass_by_value, reason = "a view is passed like a slice")]
    pub fn check(self, names: &[Clean], y: ArrayView2<'_, f64>) -> Result<(), String> {
        let fits = |value: f64| match self {
            Self::Real => true,
            Self::Binary => value.fract() == 0.0 && (0.0..=1.0).contains(&value),
            #[expect(clippy::cast_precision_loss, reason = "classes are few")]
            Self::Classes(classes) => value.fract() == 0.0 && value >= 0.0 && value < classes as f64,
            Self::Counts => value.fract() == 0.0 && (0.0..=MOST).contains(&value),
        };
        let mut wrong = y.indexed_iter().filter(|(_, value)| !fits(**value));
        let Some(((row, column), value)) = wrong.next() else { return Ok(()) };
        let more = match wrong.count() {
            0 => String::new(),
            count => format!(" ({count} more are not)"),
        };
        let name = names.get(column).map_or("y", |name| name.as_str());
        Err(format!("\"{name}\" is {value} in row {}; it must be {}{more}", row + 1, self.expected()))
    }

    fn expected(self) -> String {
        match self {
            Self::Real => "a number".to_owned(),
            Self::Binary => "0 or 1".to_owned(),
            Self::Classes(classes) => {
                format!("the number of one of {classes} classes, 0 to {}", classes.saturating_sub(1))
            }
            Self::Counts => format!("a count: whole, from 0 to {MOST:e}"),
        }
    }

    /// How many classes a column of class numbers tells of: one more than the greatest, at least 2 and at most `most`.
    #[must_use]
    pub fn classes_of<'a>(column: impl IntoIterator<Item = &'a f64>, most: usize) -> usize {
        let greatest = column.into_iter().fold(0.0_f64, |greatest, value| greatest.max(*value));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float is cast within bounds")]
        let classes = (greatest.floor() as usize).saturating_add(1);
        classes.clamp(2, most)
    }
}

impl Plan {
    /// y of the kind that is asked for: a target's values turned into it, a table's held to it.
    pub(super) fn observed(&self, names: &[Clean], mut y: Array2<f64>, seeds: Seeds) -> Result<Array2<f64>, String> {
        if !matches!(self.source, Source::Csv(_)) && !self.values.is_real() {
            let mut rng = seeds.stream(Purpose::Noise, 1, 0);
            for value in &mut y {
                *value = self.values.observe(*value, &mut rng).ok_or_else(|| {
                    format!(
                        "the target is {value} somewhere: its mean count, e to that power, would be beyond {MOST:e}"
                    )
                })?;
            }
        }
        self.values.check(names, y.view()).map(|()| y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_target_becomes_an_observation() {
        let mut rng = Seeds(1).stream(Purpose::Noise, 1, 0);
        let mut of = |values: Values, value: f64| values.observe(value, &mut rng).unwrap();
        for (values, value, expected) in [
            (Values::Real, -0.25, -0.25),
            (Values::Binary, 1e-9, 1.0),
            (Values::Binary, 0.0, 0.0),
            (Values::Binary, -3.0, 0.0),
            (Values::Classes(3), 1.4, 1.0),
            (Values::Classes(3), -7.0, 0.0),
            (Values::Classes(3), 9.0, 2.0),
            (Values::Counts, -1e9, 0.0),
        ] {
            assert!((of(values, value) - expected).abs() < 1e-15, "{values:?} of {value}");
        }
        let counts: Vec<f64> = (0..4000).map(|_| of(Values::Counts, 1.0)).collect();
        let (n, e) = (4000.0, std::f64::consts::E);
        let mean = counts.iter().sum::<f64>() / n;
        let variance = counts.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
        // Both are e; four standard errors of the mean and of the variance.
        assert!((mean - e).abs() < 4.0 * (e / n).sqrt() && (variance - e).abs() < 4.0 * ((e + 2.0 * e * e) / n).sqrt());
        assert_eq!(Values::Counts.observe(21.0, &mut rng), None);
    }

    #[test]
    fn a_number_of_another_kind_is_told_with_its_row() {
        let names = ["u".into(), "v".into()];
        let y = array![[0.0, 1.0], [1.0, 2.0], [1.0, 0.5], [0.0, -1.0]];
        let told = |values: Values| values.check(&names, y.view()).unwrap_err();
        assert_eq!(told(Values::Binary), "\"v\" is 2 in row 2; it must be 0 or 1 (2 more are not)");
        assert!(told(Values::Counts).starts_with("\"v\" is 0.5 in row 3; it must be a count"));
        assert!(
            told(Values::Classes(3))
                .ends_with("0.5 in row 3; it must be the number of one of 3 classes, 0 to 2 (1 more are not)")
        );
        assert_eq!(Values::Real.check(&names, y.view()), Ok(()));
        assert_eq!(Values::Classes(2).check(&names, array![[0.0, 1.0]].view()), Ok(()));
        assert!(Values::Counts.check(&names, array![[f64::NAN, 0.0]].view()).is_err());
    }

    #[test]
    fn classes_are_counted_within_bounds() {
        for (column, classes) in
            [(vec![], 2), (vec![0.0], 2), (vec![0.0, 4.0, 1.0], 5), (vec![1e300], 64), (vec![-3.0], 2)]
        {
            assert_eq!(Values::classes_of(&column, 64), classes, "{column:?}");
        }
    }
}
