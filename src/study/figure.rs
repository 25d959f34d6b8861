//! What an experiment would show, as numbers: curves with intervals, maps, tables. Knows no mark and no colour.

use serde::Serialize;

/// One picture. Numbers that are not finite are gaps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Figure {
    /// Curves over one axis.
    Curves {
        /// What it is.
        title: String,
        /// The horizontal axis.
        x: String,
        /// Whether the horizontal axis is logarithmic.
        log_x: bool,
        /// The vertical axis.
        y: String,
        /// Whether the vertical axis is logarithmic.
        log_y: bool,
        /// The curves.
        curves: Vec<Curve>,
        /// Places on the horizontal axis.
        marks: Vec<Mark>,
    },
    /// A value for every pair, once for every arm.
    Heat {
        /// What it is.
        title: String,
        /// The horizontal axis and its places.
        x: String,
        /// Its places, from the left.
        columns: Vec<String>,
        /// The vertical axis and its places.
        y: String,
        /// Its places, from the top.
        rows: Vec<String>,
        /// The maps' names, and values a row each.
        maps: Vec<(String, Vec<Vec<f64>>)>,
        /// What the darkest and the brightest stand for.
        range: [f64; 2],
    },
    /// Words and numbers in columns.
    Table {
        /// What it is.
        title: String,
        /// The columns' heads.
        columns: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
}

/// A curve, with an interval at every place where there is one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// x, y, and the interval of y.
    pub points: Vec<[f64; 4]>,
}

impl Curve {
    /// Without intervals.
    #[must_use]
    pub fn bare(name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let points = points.into_iter().map(|(x, y)| [x, y, f64::NAN, f64::NAN]).collect();
        Self { name: name.to_owned(), points }
    }
}

/// A place on the horizontal axis, with its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// What.
    pub name: String,
}

impl Figure {
    /// What it is.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Curves { title, .. } | Self::Heat { title, .. } | Self::Table { title, .. } => title,
        }
    }
}
