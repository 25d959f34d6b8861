//! Where a sampled function of two variables takes a value: marching squares. Knows no axis and no mark.

/// A piece of a contour: two ends in sample coordinates, (0, 0) the first sample of the first row.
pub type Piece = [(f64, f64); 2];

/// Two sides that a piece connects.
type Way = [usize; 2];

/// The pieces of the contour at `level` of `values`, `columns` a row. Squares with a corner that is not finite have none.
///
/// Along a side the contour lies where the straight line between the two samples takes the value; in a square with two opposite
/// corners above, the middle (the mean of all four) says which of them belong together.
#[must_use]
pub fn contour(values: &[f64], columns: usize, level: f64) -> Vec<Piece> {
    let rows = values.len().checked_div(columns).unwrap_or(0);
    let mut pieces = Vec::new();
    for row in 1..rows {
        for column in 1..columns {
            let at = |right: usize, down: usize| values[(row - 1 + down) * columns + column - 1 + right] - level;
            // Round the square from the top left.
            let corners = [at(0, 0), at(1, 0), at(1, 1), at(0, 1)];
            if corners.iter().all(|corner| corner.is_finite()) {
                #[expect(clippy::cast_precision_loss, reason = "samples are counted in hundreds")]
                let origin = ((column - 1) as f64, (row - 1) as f64);
                pieces
                    .extend(square(corners).into_iter().flatten().map(|way| way.map(|side| on(side, corners, origin))));
            }
        }
    }
    pieces
}

/// Which sides (0 above, 1 right, 2 below, 3 left) the contour connects.
fn square(corners: [f64; 4]) -> [Option<Way>; 2] {
    let above = corners.map(|corner| corner > 0.0);
    let middle = corners.iter().sum::<f64>() > 0.0;
    let crossed: Vec<usize> = (0..4).filter(|side| above[*side] != above[(side + 1) % 4]).collect();
    match crossed[..] {
        [one, other] => [Some([one, other]), None],
        // A saddle: cut off the corners that differ from the middle.
        [_, _, _, _] if above[0] == middle => [Some([0, 1]), Some([2, 3])],
        [_, _, _, _] => [Some([3, 0]), Some([1, 2])],
        _ => [None, None],
    }
}

/// The place on a side where the value is zero.
fn on(side: usize, corners: [f64; 4], (x, y): (f64, f64)) -> (f64, f64) {
    let (from, to) = (corners[side], corners[(side + 1) % 4]);
    let part = from / (from - to);
    match side {
        0 => (x + part, y),
        1 => (x + 1.0, y + part),
        2 => (x + 1.0 - part, y + 1.0),
        _ => (x, y + 1.0 - part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sampled(columns: usize, rows: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        #[allow(clippy::cast_precision_loss)]
        (0..rows).flat_map(|y| (0..columns).map(move |x| (x as f64, y as f64))).map(|(x, y)| f(x, y)).collect()
    }

    #[test]
    fn a_circle_is_found_where_it_is() {
        let values = sampled(41, 41, |x, y| (x - 20.0).hypot(y - 20.0));
        let pieces = contour(&values, 41, 12.5);
        let mut length = 0.0;
        for [one, other] in &pieces {
            for (x, y) in [one, other] {
                assert!(((x - 20.0).hypot(y - 20.0) - 12.5).abs() < 0.02, "({x}, {y})");
            }
            length += (one.0 - other.0).hypot(one.1 - other.1);
        }
        assert!((length / (std::f64::consts::TAU * 12.5) - 1.0).abs() < 0.01, "{length}");
    }

    #[test]
    fn what_does_not_take_the_value_has_no_contour() {
        assert!(contour(&sampled(9, 9, |_, _| 0.3), 9, 0.5).is_empty());
        assert!(contour(&[f64::NAN, 0.0, 1.0, 1.0], 2, 0.5).is_empty());
        assert!(contour(&[], 0, 0.5).is_empty() && contour(&[1.0, 0.0], 2, 0.5).is_empty());
    }

    #[test]
    fn a_saddle_goes_the_way_of_its_middle() {
        let high = contour(&[1.0, -0.5, -0.5, 1.0], 2, 0.0);
        let low = contour(&[0.5, -1.0, -1.0, 0.5], 2, 0.0);
        // The high middle joins the high corners: each low one is cut off by itself.
        let corner =
            |[one, other]: &Piece, x: f64, y: f64| [one, other].iter().all(|at| (at.0 - x).hypot(at.1 - y) < 0.75);
        assert!(high.len() == 2 && high.iter().any(|piece| corner(piece, 1.0, 0.0)), "{high:?}");
        assert!(low.len() == 2 && low.iter().any(|piece| corner(piece, 0.0, 0.0)), "{low:?}");
    }

    proptest! {
        /// Every plane a x + b y = c is cut in straight pieces that lie on it.
        #[test]
        fn a_plane_is_cut_exactly(a in -2.0..2.0_f64, b in -2.0..2.0_f64, c in -9.0..9.0_f64) {
            let values = sampled(12, 8, |x, y| a * x + b * y);
            for piece in contour(&values, 12, c) {
                for (x, y) in piece {
                    prop_assert!((a * x + b * y - c).abs() < 1e-9);
                }
            }
        }
    }
}
