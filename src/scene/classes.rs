//! Three classes or more over the plane: which is likeliest where, how sure that is, where it changes. Knows no colour.

use super::contour::{Piece, contour};
use crate::data::Dataset;
use crate::function::{predicted, through};
use crate::model::{Coefficients, Likelihood};
use ndarray::{Array2, ArrayView1, ArrayView2};

/// The likeliest class over a rectangle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classes {
    /// m.
    pub count: usize,
    /// Samples a row.
    pub columns: usize,
    /// The likeliest class of each sample and its probability, row by row from the top left.
    pub likeliest: Vec<(usize, f64)>,
    /// Where the likeliest class changes, in sample coordinates.
    pub boundary: Vec<Piece>,
    /// The same at the cursor.
    pub at_cursor: (usize, f64),
    /// The shares of rows whose class is the likeliest: of those learned from, of those held out.
    pub right: [f64; 2],
}

impl Classes {
    /// Rows of samples.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.likeliest.len().checked_div(self.columns).unwrap_or(0)
    }

    /// How sure the likeliest class is, from 0 (all alike) to 1.
    #[must_use]
    pub fn sure(&self, p: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "classes are few")]
        let alike = 1.0 / self.count as f64;
        ((p - alike) / (1.0 - alike)).clamp(0.0, 1.0)
    }
}

/// Over the samples of `grid`, `columns` a row, at the cursor `here` and on the data; none for fewer than three classes: two have
/// a boundary between them anyway.
pub(super) fn classes(
    f: &Coefficients,
    data: &Dataset,
    (grid, columns): (ArrayView2<'_, f64>, usize),
    here: ArrayView2<'_, f64>,
) -> Option<Classes> {
    let count = f.model.f.outputs;
    if f.model.likelihood != Likelihood::Categorical || count < 3 {
        return None;
    }
    let p = probabilities(f, grid);
    Some(Classes {
        count,
        columns,
        likeliest: p.rows().into_iter().map(likeliest).collect(),
        boundary: (0..count).flat_map(|class| contour(&lead(&p, class), columns, 0.0)).collect(),
        at_cursor: likeliest(probabilities(f, here).row(0)),
        right: [&data.train, &data.test].map(|points| share_right(f, points.x.view(), points.y.view())),
    })
}

fn probabilities(f: &Coefficients, x: ArrayView2<'_, f64>) -> Array2<f64> {
    predicted(f.model.likelihood, through(f, x).f.view())
}

/// The first of the greatest, and what it is.
fn likeliest(p: ArrayView1<'_, f64>) -> (usize, f64) {
    let better = |best: (usize, f64), (class, &p): (usize, &f64)| if p > best.1 { (class, p) } else { best };
    p.iter().enumerate().fold((0, f64::NEG_INFINITY), better)
}

/// By how much the class is ahead of the best of the others.
fn lead(p: &Array2<f64>, class: usize) -> Vec<f64> {
    let others = |row: ArrayView1<'_, f64>| {
        let others = row.iter().enumerate().filter(|(other, _)| *other != class);
        others.fold(f64::NEG_INFINITY, |best, (_, p)| best.max(*p))
    };
    p.rows().into_iter().map(|row| row[class] - others(row)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows, numbers of classes")]
fn share_right(f: &Coefficients, x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> f64 {
    let p = probabilities(f, x);
    let hits =
        p.rows().into_iter().zip(y.column(0)).filter(|(p, y)| (likeliest(*p).0 as f64 - **y).abs() < 0.5).count();
    hits as f64 / y.nrows() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_likeliest_leads_and_no_other_does() {
        let p = array![[0.2, 0.5, 0.3], [0.6, 0.2, 0.2], [0.1, 0.1, 0.8]];
        for (row, class) in [(0, 1), (1, 0), (2, 2)] {
            assert_eq!(likeliest(p.row(row)).0, class);
            let ahead: Vec<bool> = (0..3).map(|class| lead(&p, class)[row] > 0.0).collect();
            assert_eq!(ahead.iter().filter(|ahead| **ahead).count(), 1);
            assert!(ahead[class]);
        }
        assert!((lead(&p, 1)[0] - 0.2).abs() < 1e-15);
    }

    #[test]
    fn a_guess_is_not_sure_at_all() {
        let three = Classes { count: 3, ..Classes::default() };
        assert!(three.sure(1.0 / 3.0).abs() < 1e-15 && (three.sure(1.0) - 1.0).abs() < 1e-15);
        assert!((three.sure(2.0 / 3.0) - 0.5).abs() < 1e-12);
    }
}
