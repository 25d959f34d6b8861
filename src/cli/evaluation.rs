//! What is said of a function at some points: the JSON object of the contract, and a table for people. Knows no file.

use crate::function::{Passage, Through};
use crate::model::Layout;
use ndarray::{Array2, ArrayView2, s};
use serde::ser::{Serialize, Serializer};
use std::fmt::Write;

/// Rows of the table for people.
const ROWS: usize = 20;
/// Columns of one matrix in it.
const COLUMNS: usize = 3;
/// Characters of one cell.
const CELL: usize = 12;

/// A function at some points, and how it fits the training rows. Non-finite numbers become null.
#[derive(serde::Serialize)]
pub(super) struct Evaluation {
    /// What the preset is called.
    pub preset: String,
    /// The run's name.
    pub variant: String,
    /// The master seed: data and starting coefficients come from it.
    pub seed: u64,
    /// Which coefficients, in words.
    pub coefficients: String,
    /// Why these coefficients may not be meant for this preset, if there is a reason.
    pub warning: Option<String>,
    /// Which points, in words.
    pub points: String,
    /// At the points.
    #[serde(flatten)]
    pub values: Values,
    /// On the training rows.
    #[serde(flatten)]
    pub fit: Fit,
}

/// How θ fits the training rows; NaN is what is not finite.
#[derive(serde::Serialize)]
pub(super) struct Fit {
    /// In the data's own units.
    pub loss: f64,
    /// Σ ℓ, constants included.
    pub log_likelihood: f64,
    /// log p(θ).
    pub log_prior: f64,
    /// Their sum.
    pub log_posterior: f64,
    /// The stage or block in which a value first left the numbers.
    pub not_finite: Option<String>,
    /// ∂ log posterior / ∂θ, where it was asked for.
    pub gradient: Option<Gradient>,
}

/// Every f⁽ⁱ⁾ and f at the points.
#[derive(serde::Serialize)]
pub(super) struct Values {
    /// N×p, in the data's own units.
    #[serde(serialize_with = "rows")]
    pub x: Array2<f64>,
    /// Innermost first.
    pub stages: Vec<Stage>,
    /// N×m; in the data's own units at the end.
    #[serde(serialize_with = "rows")]
    pub f: Array2<f64>,
    /// N×m, where the likelihood has a link: the probabilities or the mean counts that f stands for.
    #[serde(serialize_with = "rows_if_any", skip_serializing_if = "Option::is_none")]
    pub predicted: Option<Array2<f64>>,
}

/// One f⁽ⁱ⁾ at the points, in its own coordinates.
#[derive(serde::Serialize)]
pub(super) struct Stage {
    /// `f3`.
    #[serde(rename = "stage")]
    pub name: String,
    /// f⁽ⁱ⁾(u), unscaled.
    #[serde(serialize_with = "rows")]
    pub output: Array2<f64>,
    /// u after the stage.
    #[serde(serialize_with = "rows")]
    pub cumulative: Array2<f64>,
}

impl Values {
    /// Room for `count` rows of what `part` has the shapes of.
    pub fn new(x: ArrayView2<'_, f64>, part: &Through, count: usize) -> Self {
        let room = |like: &Array2<f64>| Array2::zeros((count, like.ncols()));
        let stage = |seen: &Passage| Stage {
            name: format!("f{}", seen.index),
            output: room(&seen.output),
            cumulative: room(&seen.after),
        };
        Self { x: x.to_owned(), stages: part.stages.iter().map(stage).collect(), f: room(&part.f), predicted: None }
    }

    /// Writes the values of the rows from `row` on.
    pub fn put(&mut self, row: usize, part: &Through) {
        let write =
            |to: &mut Array2<f64>, from: &Array2<f64>| to.slice_mut(s![row..row + from.nrows(), ..]).assign(from);
        for (to, from) in self.stages.iter_mut().zip(&part.stages) {
            write(&mut to.output, &from.output);
            write(&mut to.cumulative, &from.after);
        }
        write(&mut self.f, &part.f);
    }
}

/// A number for every coefficient, as its tensors are shaped and named.
pub(super) struct Gradient {
    layout: Layout,
    values: Vec<f64>,
}

impl Gradient {
    /// One value a coordinate of θ.
    pub fn new(layout: Layout, values: Vec<f64>) -> Self {
        Self { layout, values }
    }
}

impl Serialize for Gradient {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.layout.blocks.iter().map(|block| {
            let (shape, values) = (block.tensor_shape(), &self.values[block.at.clone()]);
            (&block.name, Nested { shape, values })
        }))
    }
}

/// Numbers in row-major order as lists of lists.
struct Nested<'a> {
    shape: Vec<usize>,
    values: &'a [f64],
}

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match &self.shape[..] {
            [count, inner @ ..] if !inner.is_empty() => {
                let size: usize = inner.iter().product();
                out.collect_seq(
                    (0..*count)
                        .map(|at| Nested { shape: inner.to_vec(), values: &self.values[at * size..(at + 1) * size] }),
                )
            }
            _ => out.collect_seq(self.values),
        }
    }
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn rows_if_any<S: Serializer>(matrix: &Option<Array2<f64>>, out: S) -> Result<S::Ok, S::Error> {
    match matrix {
        Some(matrix) => rows(matrix, out),
        None => out.serialize_none(),
    }
}

fn rows<S: Serializer>(matrix: &Array2<f64>, out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(matrix.rows().into_iter().map(|row| row.to_vec()))
}

impl Evaluation {
    /// A few lines for people: what is evaluated, the first rows, how it fits.
    pub fn table(&self) -> String {
        let Self { preset, variant, seed, coefficients, .. } = self;
        let mut text = format!("{preset}, {variant}, seed {seed}; coefficients: {coefficients}\n");
        let count = self.values.x.nrows();
        let part = if count > ROWS { format!(" (the first {ROWS} of {count})") } else { String::new() };
        let _ = writeln!(text, "at {}{part}\n", self.points);
        let stages = self.values.stages.iter().map(|stage| (stage.name.as_str(), &stage.output));
        let matrices: Vec<(&str, &Array2<f64>)> = std::iter::once(("x", &self.values.x))
            .chain(stages)
            .chain([("f", &self.values.f)])
            .chain(self.values.predicted.iter().map(|predicted| ("predicted", predicted)))
            .collect();
        let names = matrices.iter().flat_map(|(name, matrix)| headings(name, matrix.ncols()));
        line(&mut text, names);
        for row in 0..count.min(ROWS) {
            let cells = matrices.iter().flat_map(|(_, matrix)| {
                let more = (matrix.ncols() > COLUMNS).then(|| "...".to_owned());
                matrix.row(row).into_iter().take(COLUMNS).map(|value| number(*value)).chain(more).collect::<Vec<_>>()
            });
            line(&mut text, cells);
        }
        text.push('\n');
        text.push_str(&self.fit.lines());
        text
    }
}

impl Fit {
    /// Loss and densities, and the greatest slope of every block.
    fn lines(&self) -> String {
        let parts = [
            ("loss", self.loss),
            ("log likelihood", self.log_likelihood),
            ("log prior", self.log_prior),
            ("log posterior", self.log_posterior),
        ];
        let told: Vec<String> = parts.iter().map(|(name, value)| format!("{name} {}", number(*value))).collect();
        let mut text = format!("on the training rows: {}\n", told.join("   "));
        if let Some(block) = &self.not_finite {
            let _ = writeln!(text, "a value in {block} is not finite");
        }
        for block in self.gradient.iter().flat_map(|gradient| &gradient.layout.blocks) {
            let slopes = self.gradient.iter().flat_map(|gradient| &gradient.values[block.at.clone()]);
            let steepest = slopes.fold(0.0_f64, |most, slope| most.max(slope.abs()));
            let _ = writeln!(text, "gradient of the log posterior, greatest in {}: {}", block.name, number(steepest));
        }
        text
    }
}

/// `f3`, or `f3[0]`, `f3[1]`, … and a mark where there are more.
fn headings(name: &str, columns: usize) -> Vec<String> {
    if columns == 1 {
        return vec![name.to_owned()];
    }
    let more = (columns > COLUMNS).then(|| format!("of {columns}"));
    (0..columns.min(COLUMNS)).map(|at| format!("{name}[{at}]")).chain(more).collect()
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.map(|cell| format!("{cell:>CELL$}")).collect();
    text.push_str(&cells.join(" "));
    text.push('\n');
}

/// Six digits; `-` for what is not finite.
fn number(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "-".to_owned(),
        size if size > 0.0 && !(1e-4..1e7).contains(&size) => format!("{value:.4e}"),
        size => {
            let digits = if size < 10.0 {
                6
            } else if size < 1000.0 {
                4
            } else {
                2
            };
            format!("{value:.digits$}")
        }
    }
}
