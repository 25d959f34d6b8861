//! The likelihood of a tile: from ŷ in rows of points to Σ ℓ and ∂ℓ/∂ŷ, by `function`'s own formulas. Knows no composition.

use super::TILE;
use super::real::Real;
use crate::data::Dataset;
use crate::function::{Fit, Rows, Sums, gaussian};
use crate::model::{Group, Layout, Likelihood, Model, Scale};
use std::ops::Range;

/// The likelihood, its sums over the tiles so far, and room for one tile with a row for every point, in f64.
#[derive(Clone, Debug)]
pub struct Scatter {
    likelihood: Likelihood,
    log_scale: Option<usize>,
    units: Vec<f64>,
    s: f64,
    y: Vec<f64>,
    f: Vec<f64>,
    f_bar: Vec<f64>,
    sums: Sums,
}

impl Scatter {
    pub fn new(model: &Model, layout: &Layout, data: &Dataset) -> Self {
        let room = || vec![0.0; TILE * model.f.outputs];
        Self {
            likelihood: model.likelihood,
            log_scale: layout.find(None, Group::LogScale).map(|block| block.at.start),
            units: data.outputs.iter().map(|column| column.sd).collect(),
            s: 1.0,
            y: room(),
            f: room(),
            f_bar: room(),
            sums: Sums::default(),
        }
    }

    /// Reads what of θ is the likelihood's, and begins to sum.
    pub fn begin(&mut self, theta: &[f64]) {
        self.s = match self.likelihood {
            Likelihood::Gaussian { scale: Scale::Fixed(s) } => s,
            Likelihood::Gaussian { scale: Scale::Learned } => self.log_scale.map_or(1.0, |at| theta[at].exp()),
        };
        self.sums = Sums::default();
    }

    /// Adds the tile whose points are `span` of `rows`; points beyond them get no gradient.
    pub fn tile<T: Real>(&mut self, data: &Dataset, rows: Rows<'_>, span: Range<usize>, f: &[T], f_bar: &mut [T]) {
        let (m, count) = (self.units.len(), span.len());
        let all = match rows {
            Rows::Train | Rows::Of(_) => &data.train.y,
            Rows::Test => &data.test.y,
        };
        let all = all.as_slice().expect("datasets are stored in standard layout");
        let y = match rows {
            Rows::Train | Rows::Test => &all[span.start * m..span.end * m],
            Rows::Of(chosen) => {
                for (y, &row) in self.y.chunks_exact_mut(m).zip(&chosen[span]) {
                    y.copy_from_slice(&all[row * m..(row + 1) * m]);
                }
                &self.y[..count * m]
            }
        };
        for (j, f) in f[..m * TILE].chunks_exact(TILE).enumerate() {
            for (point, f) in f[..count].iter().enumerate() {
                self.f[point * m + j] = f.wide();
            }
        }
        let bars = &mut self.f_bar[..count * m];
        let Sums { log_likelihood, log_scale, squares } = gaussian(y, &self.f[..count * m], self.s, &self.units, bars);
        self.sums.log_likelihood += log_likelihood;
        self.sums.log_scale += log_scale;
        self.sums.squares += squares;
        for (j, f_bar) in f_bar[..m * TILE].chunks_exact_mut(TILE).enumerate() {
            for (point, f_bar) in f_bar[..count].iter_mut().enumerate() {
                *f_bar = T::of(bars[point * m + j]);
            }
            f_bar[count..].fill(T::default());
        }
    }

    /// Adds the gradient of what is learned here.
    pub fn collect(&self, gradient: &mut [f64]) {
        if let Some(at) = self.log_scale {
            gradient[at] += self.sums.log_scale;
        }
    }

    /// What the tiles came to.
    #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
    pub fn fit(&self, rows: usize) -> Fit {
        let loss = self.sums.squares / (rows * self.units.len()) as f64;
        Fit { log_likelihood: self.sums.log_likelihood, loss }
    }
}
