//! Curves, lines, bands and points as dots of a grid. Skips what is not finite, stays inside, knows no label and no meaning.

use super::Axes;
use super::grid::{Grid, Pen};

/// A curve by one value a dot column; NaN is a gap. Steep parts are joined downwards, so that they have no holes.
pub fn curve(grid: &mut Grid, axes: &Axes, ys: &[f64], pen: &Pen) {
    let height = rows_less_one(grid);
    let rows: Vec<Option<f64>> = ys
        .iter()
        .take(grid.dot_columns())
        .map(|y| axes.y.to_fraction(*y).filter(|_| y.is_finite()).map(|fraction| (1.0 - fraction) * height))
        .collect();
    for column in 0..rows.len() {
        let Some(row) = rows[column] else { continue };
        let (mut top, mut bottom) = (row, row);
        // Half way to either neighbour; the neighbour draws the other half.
        for (near, far) in [(column.checked_sub(1), column.checked_sub(2)), (Some(column + 1), Some(column + 2))] {
            let at = |place: Option<usize>| place.and_then(|place| rows.get(place).copied().flatten());
            let behind = || if near < Some(column) { at(Some(column + 1)) } else { at(column.checked_sub(1)) };
            // Almost all jumps are within the plot.
            let short = |next: f64| (next - row).abs() <= height.max(1.0);
            let line = |next: f64| short(next) || joined(behind(), row, next, at(far), height);
            if let Some(next) = at(near).filter(|next| line(*next)) {
                let middle = f64::midpoint(row, next);
                // The dot in the middle belongs to one of them.
                let middle = if next > row { (middle - 0.5).max(row) } else { (middle + 0.5).min(row) };
                (top, bottom) = (top.min(middle), bottom.max(middle));
            }
        }
        upright(grid, column, top, bottom, pen);
    }
}

/// Whether neighbours on a curve with a jump of more than the whole height are one line. Not across an asymptote: a jump that
/// begins or ends outside, against the way the curve goes on either side of it. A jump over the whole plot must have the curve with it on both.
fn joined(before: Option<f64>, from: f64, to: f64, after: Option<f64>, height: f64) -> bool {
    let outside = |row: f64| row < -0.5 || row > height + 0.5;
    let jump = to - from;
    if !(outside(from) || outside(to)) {
        return true;
    }
    let across = outside(from) && outside(to);
    let with = |way: Option<f64>| way.map_or(!across, |way| way * jump > 0.0 || way * jump == 0.0 && !across);
    with(before.map(|before| from - before)) && with(after.map(|after| after - to))
}

/// The dots of one column between two rows, clipped.
fn upright(grid: &mut Grid, column: usize, top: f64, bottom: f64, pen: &Pen) {
    let Some((first, last)) = within(top, bottom, grid.dot_rows()) else { return };
    let steep = last - first > 2;
    for row in first..=last {
        if pen.dash.marks(if steep { row } else { column }) {
            grid.dot(column, row, pen);
        }
    }
}

/// The dots from `low` to `high` rounded, those of them that exist. Rounded by cutting off, which is an instruction where
/// `f64::round` is a call.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the dots that exist")]
#[expect(clippy::cast_precision_loss, reason = "dots are counted in thousands")]
fn within(low: f64, high: f64, count: usize) -> Option<(usize, usize)> {
    let last = count.checked_sub(1)? as f64;
    // Written so that NaN is outside.
    let inside = high > -0.5 && low < last + 0.5 && low <= high;
    inside.then(|| ((low.max(0.0) + 0.5) as usize, (high.clamp(0.0, last) + 0.5) as usize))
}

#[expect(clippy::cast_precision_loss, reason = "dots are counted in thousands")]
fn rows_less_one(grid: &Grid) -> f64 {
    grid.dot_rows().saturating_sub(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "dots are counted in thousands")]
fn columns_less_one(grid: &Grid) -> f64 {
    grid.dot_columns().saturating_sub(1) as f64
}

/// The place of a point in dots, also outside; None if it has none.
fn place(grid: &Grid, axes: &Axes, x: f64, y: f64) -> Option<(f64, f64)> {
    if !(x.is_finite() && y.is_finite()) {
        return None;
    }
    let (across, up) = (axes.x.to_fraction(x)?, axes.y.to_fraction(y)?);
    Some((across * columns_less_one(grid), (1.0 - up) * rows_less_one(grid)))
}

/// The dot of a place, counted from 1; 0 is what lies before them.
#[expect(clippy::cast_possible_truncation, reason = "farther than any grid it is one place")]
fn dot((across, down): (f64, f64)) -> (i64, i64) {
    ((across.max(-1.0) + 1.5) as i64, (down.max(-1.0) + 1.5) as i64)
}

/// Straight lines from point to point, for values that are not one a dot column; a point that is not finite is a gap.
pub fn polyline(grid: &mut Grid, axes: &Axes, points: impl IntoIterator<Item = (f64, f64)>, pen: &Pen) {
    let mut before = None;
    let mut alone = true;
    for (x, y) in points {
        let now = place(grid, axes, x, y);
        match (before, now) {
            // Of thousands of losses most lie in the dot of the one before, which the line has come by.
            (Some(from), Some(to)) if !alone && dot(from) == dot(to) => {}
            (Some(from), Some(to)) => {
                segment(grid, from, to, pen);
                alone = false;
            }
            (Some(point), None) if alone => segment(grid, point, point, pen),
            (_, None) | (None, Some(_)) => alone = true,
        }
        before = now;
    }
    if let Some(point) = before.filter(|_| alone) {
        segment(grid, point, point, pen);
    }
}

/// One straight line between places in dots, only the dots that exist: its cost is the grid's size, however long it is.
fn segment(grid: &mut Grid, from: (f64, f64), to: (f64, f64), pen: &Pen) {
    let (across, down) = (to.0 - from.0, to.1 - from.1);
    let (columns, rows) = (grid.dot_columns(), grid.dot_rows());
    let flat = across.abs() >= down.abs();
    // Dot by dot along whichever way the line goes, each at its exact place, so that what lies outside cannot shift what is seen.
    let (start, length, count) = if flat { (from.0, across, columns) } else { (from.1, down, rows) };
    let Some((first, last)) = within(start.min(start + length), start.max(start + length), count) else { return };
    for along in (first..=last).filter(|along| pen.dash.marks(*along)) {
        #[expect(clippy::cast_precision_loss, reason = "dots are counted in thousands")]
        let part = if length == 0.0 { 0.0 } else { ((along as f64 - start) / length).clamp(0.0, 1.0) };
        let aside = if flat { from.1 + part * down } else { from.0 + part * across };
        if let Some((aside, _)) = within(aside, aside, if flat { rows } else { columns }) {
            let (column, row) = if flat { (along, aside) } else { (aside, along) };
            grid.dot(column, row, pen);
        }
    }
}

/// What lies between two curves, one pair of values a dot column: thinned, so that a curve in front of it reads. Half the dots of
/// every second cell, as on a chequered board: a quarter of all, and half the characters to send of as many dots spread over every cell.
pub fn band(grid: &mut Grid, axes: &Axes, low: &[f64], high: &[f64], pen: &Pen) {
    let height = rows_less_one(grid);
    let (across, down) = grid.marker().dots();
    for (column, (low, high)) in low.iter().zip(high).enumerate().take(grid.dot_columns()) {
        if low.is_nan() || high.is_nan() {
            continue;
        }
        let (Some(low), Some(high)) = (axes.y.to_fraction(*low), axes.y.to_fraction(*high)) else { continue };
        let (top, bottom) = ((1.0 - high) * height, (1.0 - low) * height);
        let Some((first, last)) = within(top.min(bottom), top.max(bottom), grid.dot_rows()) else { continue };
        let hatched =
            |row: &usize| (column / across + row / down).is_multiple_of(2) && (column + row).is_multiple_of(2);
        for row in (first..=last).filter(hatched) {
            grid.dot(column, row, pen);
        }
    }
}

/// Everything between two values of x: slanted lines, sparse enough for whatever stands in front.
pub fn hatch(grid: &mut Grid, axes: &Axes, (from, to): (f64, f64), pen: &Pen) {
    let last = columns_less_one(grid);
    let (Some(left), Some(right)) = (axes.x.to_fraction(from), axes.x.to_fraction(to)) else { return };
    let Some((first, last)) = within(left * last, right * last, grid.dot_columns()) else { return };
    // Lines of one dot a cell, four cells apart.
    let (across, down) = grid.marker().dots();
    for column in (first..=last).filter(|column| column.is_multiple_of(across)) {
        for row in (0..grid.dot_rows()).filter(|row| row.is_multiple_of(down)) {
            if (column / across + row / down).is_multiple_of(4) {
                grid.dot(column, row, pen);
            }
        }
    }
}

/// The identity, y = x.
pub fn diagonal(grid: &mut Grid, axes: &Axes, pen: &Pen) {
    let (low, high) = (axes.x.low(), axes.x.high());
    // A straight line on log axes bends: point by point there.
    let points: u32 = if axes.x.is_log() || axes.y.is_log() { 200 } else { 1 };
    let at = |index: u32| low + (high - low) * f64::from(index) / f64::from(points);
    polyline(grid, axes, (0..=points).map(at).map(|x| (x, x)), pen);
}

/// A line across at the value `y`.
pub fn level(grid: &mut Grid, axes: &Axes, y: f64, pen: &Pen) {
    polyline(grid, axes, [(axes.x.low(), y), (axes.x.high(), y)], pen);
}

/// A line from bottom to top at the value `x` that only guides the eye: half of every second cell.
pub fn plumb(grid: &mut Grid, axes: &Axes, x: f64, pen: &Pen) {
    let Some((across, _)) = place(grid, axes, x, axes.y.low()) else { return };
    let Some((column, _)) = within(across, across, grid.dot_columns()) else { return };
    let down = grid.marker().dots().1;
    for row in (0..grid.dot_rows()).filter(|row| row % (2 * down) < down.div_ceil(2)) {
        grid.dot(column, row, pen);
    }
}

/// One character at a point; outside the plot there is none.
pub fn glyph(grid: &mut Grid, axes: &Axes, (x, y): (f64, f64), character: char, pen: &Pen) {
    let Some((across, down)) = place(grid, axes, x, y) else { return };
    let columns = within(across, across, grid.dot_columns());
    if let (Some((column, _)), Some((row, _))) = (columns, within(down, down, grid.dot_rows())) {
        grid.glyph(column, row, character, pen);
    }
}
