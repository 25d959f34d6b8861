//! `Evaluate`: θ to log likelihood and gradient, on chosen rows of a dataset; `Reference` does it readably on ndarray.
//! Knows no prior.

use super::composition::Composed;
use super::likelihood::{Sums, sums};
use crate::data::{Dataset, Points};
use crate::model::{Group, Layout, Model, Scale};
use std::fmt;
use std::sync::Arc;

/// Which rows of the dataset.
///
/// The chosen ones are referred to: a batch is handed through several calls, and a longer `Rows` would be copied at each.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// All training rows.
    Train,
    /// All held-out rows.
    Test,
    /// Chosen training rows.
    Of(&'a Chosen<'a>),
}

/// Chosen training rows.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a> {
    /// These.
    pub rows: &'a [usize],
    /// And after them, it is likely, these: whoever has to fetch rows may fetch some of them as well.
    pub then: &'a [usize],
}

impl<'a> Chosen<'a> {
    /// These rows, and nobody knows which ones after them.
    #[must_use]
    pub fn new(rows: &'a [usize]) -> Self {
        Self { rows, then: &[] }
    }
}

impl Rows<'_> {
    /// How many rows of `data` they are.
    #[must_use]
    pub fn count(self, data: &Dataset) -> usize {
        match self {
            Self::Train => data.train.x.nrows(),
            Self::Test => data.test.x.nrows(),
            Self::Of(chosen) => chosen.rows.len(),
        }
    }
}

/// How well θ fits some rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Σ ℓ over the rows, constants included: of y in the data's own units.
    pub log_likelihood: f64,
    /// Gaussian: the mean over rows and outputs of r², in the data's own units; else the mean of −ℓ over y's entries,
    /// constants included. NaN without rows.
    pub loss: f64,
}

/// A value that left the numbers, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFinite {
    /// The stage or block in which it was first seen: `f2`, `f2.a`, `likelihood.log_scale`.
    pub block: String,
}

impl fmt::Display for NotFinite {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a value in {} is no longer finite", self.block)
    }
}

impl std::error::Error for NotFinite {}

/// θ to log likelihood and its gradient. Implementations own their data and buffers: nothing is allocated after the first call.
pub trait Evaluate {
    /// θ and its blocks.
    fn layout(&self) -> &Layout;

    /// How many rows there are to choose from.
    fn rows(&self, rows: Rows<'_>) -> usize;

    /// Σ ℓ over `rows`; `gradient` becomes ∂Σℓ/∂θ where one is given.
    ///
    /// # Errors
    /// When the sum or an entry of the gradient is not finite; names the stage or block.
    fn log_likelihood(&mut self, theta: &[f64], rows: Rows<'_>, gradient: Option<&mut [f64]>)
    -> Result<Fit, NotFinite>;
}

/// The readable evaluator.
#[derive(Clone, Debug)]
pub struct Reference {
    model: Arc<Model>,
    layout: Layout,
    data: Arc<Dataset>,
    composed: Composed,
    log_scale: Option<usize>,
    units: Vec<f64>,
    f_bar: Vec<f64>,
    /// Rows gathered for `Rows::Of`.
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Reference {
    /// Compiles `model` and allocates for the larger of the two parts of `data`.
    #[must_use]
    pub fn new(model: Arc<Model>, data: Arc<Dataset>) -> Self {
        let layout = model.layout();
        let rows = data.train.x.nrows().max(data.test.x.nrows());
        Self {
            composed: Composed::new(&model.f, &layout, rows),
            log_scale: layout.find(None, Group::LogScale).map(|block| block.at.start),
            units: data.outputs.iter().map(|column| column.sd).collect(),
            f_bar: vec![0.0; rows * model.f.outputs],
            x: vec![0.0; rows * model.f.inputs],
            y: vec![0.0; rows * model.columns()],
            model,
            layout,
            data,
        }
    }

    /// s at θ; 1 where there is none.
    fn scale(&self, theta: &[f64]) -> f64 {
        match self.model.likelihood.scale() {
            Some(Scale::Fixed(s)) => s,
            Some(Scale::Learned) => self.log_scale.map_or(1.0, |at| theta[at].exp()),
            None => 1.0,
        }
    }

    fn blame(&self, rows: usize, gradient: Option<&[f64]>) -> NotFinite {
        let stage = self.composed.first_not_finite(rows).map(|at| format!("f{}", self.model.f.essay_index(at)));
        let block = stage.or_else(|| {
            let at = gradient?.iter().position(|entry| !entry.is_finite())?;
            Some(self.layout.block_of(at)?.name.clone())
        });
        NotFinite { block: block.unwrap_or_else(|| "the likelihood".to_owned()) }
    }
}

fn flat(points: &ndarray::Array2<f64>) -> &[f64] {
    points.as_slice().expect("datasets are stored in standard layout")
}

/// Copies the chosen rows of `points` into `x` and `y`; they must fit.
fn gather(points: &Points, chosen: &[usize], x: &mut [f64], y: &mut [f64]) {
    let (n, m) = (points.x.ncols(), points.y.ncols());
    let (all_x, all_y) = (flat(&points.x), flat(&points.y));
    for (to, &from) in chosen.iter().enumerate() {
        x[to * n..(to + 1) * n].copy_from_slice(&all_x[from * n..(from + 1) * n]);
        y[to * m..(to + 1) * m].copy_from_slice(&all_y[from * m..(from + 1) * m]);
    }
}

impl Evaluate for Reference {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn rows(&self, rows: Rows<'_>) -> usize {
        rows.count(&self.data)
    }

    fn log_likelihood(
        &mut self,
        theta: &[f64],
        rows: Rows<'_>,
        mut gradient: Option<&mut [f64]>,
    ) -> Result<Fit, NotFinite> {
        let count = self.rows(rows);
        if let Rows::Of(Chosen { rows, .. }) = rows {
            gather(&self.data.train, rows, &mut self.x, &mut self.y);
        }
        let (n, m) = (self.model.f.inputs, self.model.f.outputs);
        let (x, y) = match rows {
            Rows::Train => (flat(&self.data.train.x), flat(&self.data.train.y)),
            Rows::Test => (flat(&self.data.test.x), flat(&self.data.test.y)),
            Rows::Of(_) => (&self.x[..count * n], &self.y[..count * self.model.columns()]),
        };
        let s = self.scale(theta);
        let f_bar = &mut self.f_bar[..count * m];
        let f = self.composed.forward(theta, x);
        let Sums { log_likelihood, log_scale, loss } = sums(self.model.likelihood, y, f, s, &self.units, f_bar);
        if let Some(gradient) = gradient.as_deref_mut() {
            gradient.fill(0.0);
            self.composed.backward(theta, x, f_bar, gradient);
            if let Some(at) = self.log_scale {
                gradient[at] += log_scale;
            }
        }
        let finite = gradient.as_deref().is_none_or(|gradient| gradient.iter().all(|entry| entry.is_finite()));
        if !(log_likelihood.is_finite() && finite) {
            return Err(self.blame(count, gradient.as_deref()));
        }
        Ok(Fit { log_likelihood, loss })
    }
}
