//! What f leaves of the data, and the stream on its way from x to ŷ. Knows no mark.

use super::{Window, World, extent, middle, shown_range, slices};
use crate::data::Points;
use crate::function::through;
use crate::run::Snapshot;

/// Residuals and the path of x, for compositions of curves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathScene {
    /// (x, r = y − f(x)) of the training rows, in the data's own units.
    pub train: Vec<(f64, f64)>,
    /// Of those held out.
    pub test: Vec<(f64, f64)>,
    /// Least and greatest residual.
    pub left: [f64; 2],
    /// x itself (where the stream begins with it), then the stream after every stage, innermost first; in standardised
    /// coordinates, at equally spaced x of the range shown. Of a vector stream the coordinate in the window.
    pub stream: Vec<Vec<f64>>,
    /// Least and greatest of those.
    pub range: [f64; 2],
    /// The stream's values at the cursor, in the same order.
    pub at_cursor: Vec<f64>,
}

pub(super) fn path(focus: &Snapshot, window: &Window) -> Option<PathScene> {
    let mode = focus.belief.mode();
    if !matches!(World::of(&mode.model.f), World::Scalar | World::Vector) {
        return None;
    }
    let data = &focus.data;
    let axis = slices::axis(data, window);
    let left = |points: &Points| -> Vec<(f64, f64)> {
        let (x, y) = (data.own_x(points), data.own_y(points));
        let f = data.own_outputs(middle(&mode, points.x.view()).view());
        (0..x.nrows()).map(|row| (x[[row, axis]], y[[row, 0]] - f[[row, 0]])).collect()
    };
    let (train, test) = (left(&data.train), left(&data.test));
    let stream = |range: [f64; 2], n: usize| -> Vec<Vec<f64>> {
        let seen = through(&mode, slices::rows(focus, window, n, range).view());
        let j = |columns: usize| window.coordinate.min(columns - 1);
        let first = seen.stages[0].input.column(j(seen.stages[0].input.ncols())).to_vec();
        let rest = seen.stages.iter().map(|passage| passage.after.column(j(passage.after.ncols())).to_vec());
        std::iter::once(first).chain(rest).collect()
    };
    let path = stream(shown_range(focus, window), window.f_columns);
    let cursor = super::cursor(focus, window);
    Some(PathScene {
        left: extent(train.iter().chain(&test).map(|point| point.1)),
        range: extent(path.iter().flatten().copied()),
        stream: path,
        at_cursor: stream([cursor, cursor], 1).into_iter().map(|values| values[0]).collect(),
        train,
        test,
    })
}
