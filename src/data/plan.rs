//! Which data: the description of (X, y), checked but not yet drawn. Knows no random number and no standardising.

use super::csv::{Format, Table};
use super::expression::Expression;
use super::named::Named;
use super::values::Values;
use crate::text::Clean;
use std::sync::Arc;

/// How many rows, of what, scattered how. A dataset is drawn from it by `Dataset::draw`.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Where the values come from.
    pub source: Source,
    /// Columns of X where there are no data.
    pub columns: usize,
    /// Rows to draw, training and held-out together; a CSV brings its own.
    pub n: usize,
    /// Standard deviation of the Gaussian noise on a target's values, on the points of a set of classes, on a signal; a CSV
    /// gets none.
    pub noise: f64,
    /// How that noise is distributed.
    pub scatter: Scatter,
    /// What y is made of: a target is turned into it, a table is held to it.
    pub values: Values,
    /// How the inputs lie in the range.
    pub design: Design,
    /// Least and greatest value of every input.
    pub range: [f64; 2],
    /// The fraction of rows held out.
    pub test: f64,
    /// Training rows that are switched off, by number from 1; numbers beyond the rows mean nothing.
    pub off: Vec<usize>,
    /// Whether columns are brought to mean 0 and standard deviation 1 (of the training rows); y only if it is real.
    pub standardise: bool,
    /// Positions of the signals that rows of X and of y are, channels last; 1 where they are plain columns.
    pub positions: [usize; 2],
}

/// Where the values come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// No data: the prior alone.
    Nothing,
    /// y = an expression in x (or x1, x2, …).
    Expression(Expression),
    /// A named target.
    Named(Named),
    /// The user's own table.
    Csv(Csv),
}

/// A table on disk (or built in), already read.
#[derive(Clone, Debug, PartialEq)]
pub struct Csv {
    /// As the preset names it.
    pub path: Clean,
    /// Columns of X as the preset names them; none stands for the first (the table knows which).
    pub inputs: Vec<Clean>,
    /// Columns of y as the preset names them; none stands for the last.
    pub outputs: Vec<Clean>,
    /// How it is written.
    pub format: Format,
    /// The chosen columns: inputs, then outputs.
    pub table: Arc<Table>,
    /// Where a table that comes as it is read was interrupted: how many rows there were. Empty for one that came whole.
    pub arrived: Vec<usize>,
}

impl Csv {
    /// What was taken for granted or left out when it was read, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> Vec<Clean> {
        let (table, path) = (&self.table, Clean::new(&self.path, 80));
        let of = |columns: &[Clean]| columns.iter().map(Clean::as_str).collect::<Vec<_>>().join(", ");
        let unnamed = table.is_unnamed().then(|| {
            format!(
                "{path} begins with numbers, not with names: that row is data too, and the columns are called col1, col2, …; \
                 x is {}, y is {}",
                of(table.inputs()),
                of(table.outputs())
            )
        });
        let dropped = (table.dropped() > 0).then(|| {
            let all = table.rows() + table.dropped();
            format!("{path}: {} of {all} rows are left out, a cell is missing in them", table.dropped())
        });
        unnamed.into_iter().chain(dropped).map(|said| Clean::new(&said, 360)).collect()
    }
}

/// How inputs lie in their range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Equally spaced (a product grid in several dimensions).
    Grid,
    /// Independent and uniform.
    Uniform,
    /// In three clusters that leave gaps.
    Clustered,
}

/// How the noise of a target is distributed; `noise` is its standard deviation, if nothing else is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scatter {
    /// Normal.
    #[default]
    Gaussian,
    /// Two-sided exponential: sharper in the middle, heavier outside.
    Laplace,
    /// Student's t with three degrees of freedom: now and then very far.
    StudentT,
    /// Evenly spread, with an end.
    Uniform,
    /// Normal, from none at the left end of the range to twice `noise` at the right.
    Growing,
    /// Normal, but one in ten ten times as far.
    Outliers,
}

impl Scatter {
    /// All of them with their words in presets.
    pub const ALL: [(&'static str, Self); 6] = [
        ("gaussian", Self::Gaussian),
        ("laplace", Self::Laplace),
        ("student-t", Self::StudentT),
        ("uniform", Self::Uniform),
        ("growing", Self::Growing),
        ("outliers", Self::Outliers),
    ];
}

impl Design {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 3] = [Self::Grid, Self::Uniform, Self::Clustered];

    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Uniform => "uniform",
            Self::Clustered => "clustered",
        }
    }
}

impl Plan {
    /// Columns of X.
    #[must_use]
    pub fn inputs(&self) -> usize {
        match &self.source {
            Source::Nothing => self.columns,
            Source::Named(named) => named.inputs(),
            Source::Expression(expression) => expression.inputs(),
            Source::Csv(csv) => csv.table.inputs().len(),
        }
    }

    /// Columns of y.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match &self.source {
            Source::Nothing | Source::Named(_) | Source::Expression(_) => 1,
            Source::Csv(csv) => csv.table.outputs().len(),
        }
    }

    /// Rows, training and held-out together.
    #[must_use]
    pub fn rows(&self) -> usize {
        match &self.source {
            Source::Nothing => 0,
            Source::Named(_) | Source::Expression(_) => self.n,
            Source::Csv(csv) => csv.table.rows(),
        }
    }

    /// How many rows of `rows` there were after each arrival; the last is all of them.
    pub(super) fn arrivals(&self, rows: usize) -> Vec<usize> {
        let before = match &self.source {
            Source::Csv(csv) => csv.arrived.as_slice(),
            Source::Nothing | Source::Named(_) | Source::Expression(_) => &[],
        };
        before.iter().copied().filter(|end| *end < rows).chain([rows]).collect()
    }
}
