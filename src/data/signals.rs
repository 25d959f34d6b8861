//! A named set of signals: a ramp somewhere in noise, up or down. Knows no split but which rows it holds out.

use crate::seeds::{Purpose, Seeds};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use std::ops::RangeInclusive;

/// Positions of a signal.
pub const POSITIONS: usize = 32;
/// Positions of a ramp: from −1 to 1 in equal steps, or back.
const RAMP: usize = 7;
/// Where ramps begin that are learned from, and those that are held out.
const NEAR: RangeInclusive<usize> = 0..=9;
const FAR: RangeInclusive<usize> = 16..=25;

/// `rows` signals and their classes: y = 1 where the ramp goes up, 0 where it goes down, in turns. What surrounds and overlies
/// it is Gaussian noise of standard deviation `noise`. The rows of `held` have their ramp in the right half, all
/// others in the left: what was learned in one place is asked for in another.
pub(super) fn ramps(rows: usize, held: &[usize], noise: f64, seeds: Seeds) -> (Array2<f64>, Array2<f64>) {
    let mut places = seeds.stream(Purpose::Inputs, 0, 0);
    let mut around = seeds.stream(Purpose::Noise, 0, 0);
    let mut x = Array2::from_shape_simple_fn((rows, POSITIONS), || noise * around.sample::<f64, _>(StandardNormal));
    let y = Array2::from_shape_fn((rows, 1), |(row, _)| if row.is_multiple_of(2) { 1.0 } else { 0.0 });
    let mut starts: Vec<usize> = (0..rows).map(|_| places.random_range(NEAR)).collect();
    for row in held {
        starts[*row] += FAR.start();
    }
    for (row, start) in starts.into_iter().enumerate() {
        for step in 0..RAMP {
            x[[row, start + step]] += height(step) * if row.is_multiple_of(2) { 1.0 } else { -1.0 };
        }
    }
    (x, y)
}

/// The ramp's value, from −1 to 1.
#[expect(clippy::cast_precision_loss, reason = "a handful of positions")]
fn height(step: usize) -> f64 {
    2.0 * step as f64 / (RAMP - 1) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_noise_a_row_is_its_ramp_in_its_half() {
        let held = [1, 4];
        let (x, y) = ramps(40, &held, 0.0, Seeds(3));
        let mut starts = Vec::new();
        for (row, signal) in x.rows().into_iter().enumerate() {
            let start = signal.iter().position(|value| *value != 0.0).expect("a ramp");
            let range = if held.contains(&row) { FAR } else { NEAR };
            assert!(range.contains(&start), "row {row} begins at {start}");
            starts.push(start);
            let up = row % 2 == 0;
            assert_eq!(y[[row, 0]] > 0.5, up);
            for (place, value) in signal.iter().enumerate() {
                let step = place.checked_sub(start).filter(|step| *step < RAMP);
                let wanted = step.map_or(0.0, |step| height(step) * if up { 1.0 } else { -1.0 });
                assert!((value - wanted).abs() < 1e-15, "row {row}, position {place}");
            }
        }
        starts.sort_unstable();
        starts.dedup();
        assert!(starts.len() > 8, "ramps stand in many places");
    }

    /// What is held out changes where a ramp stands by the distance of the halves, and neither noise nor class.
    #[test]
    fn holding_a_row_out_moves_its_ramp_alone() {
        let (one, y) = ramps(12, &[], 0.2, Seeds(8));
        let (other, same) = ramps(12, &[5], 0.2, Seeds(8));
        assert_eq!(y, same);
        for row in 0..12 {
            assert_eq!(one.row(row) == other.row(row), row != 5, "row {row}");
        }
        let moved = &other.row(5) - &one.row(5);
        assert!((moved.sum()).abs() < 1e-12);
    }
}
