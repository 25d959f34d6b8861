//! What an experiment would show, as numbers: curves with intervals, maps, tables. Knows no mark and no colour.

use serde::{Deserialize, Deserializer, Serialize};

/// One picture. Numbers that are not finite are gaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
        #[serde(deserialize_with = "maps")]
        maps: Vec<Map>,
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

/// A map's name, and its values a row each.
pub type Map = (String, Vec<Vec<f64>>);

/// A curve, with an interval at every place where there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// x, y, and the interval of y.
    #[serde(deserialize_with = "points")]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// JSON has no number for a gap.
fn gap(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

fn points<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<[f64; 4]>, D::Error> {
    let read: Vec<[Option<f64>; 4]> = Deserialize::deserialize(from)?;
    Ok(read.into_iter().map(|point| point.map(gap)).collect())
}

fn maps<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Map>, D::Error> {
    let read: Vec<(String, Vec<Vec<Option<f64>>>)> = Deserialize::deserialize(from)?;
    let rows = |rows: Vec<Vec<Option<f64>>>| rows.into_iter().map(|row| row.into_iter().map(gap).collect()).collect();
    Ok(read.into_iter().map(|(name, values)| (name, rows(values))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_come_back_from_json() {
        let curve = Curve::bare("a", [(1.0, 2.0), (2.0, f64::INFINITY)]);
        let read: Curve = serde_json::from_str(&serde_json::to_string(&curve).unwrap()).unwrap();
        assert!((read.points[0][1] - 2.0).abs() < 1e-15 && read.points[1][1].is_nan());
        let text = r#"{"kind":"heat","title":"t","x":"L","columns":[],"y":"l","rows":[],"maps":[["p",[[1.0,null]]]],"range":[0.0,1.0]}"#;
        let heat: Figure = serde_json::from_str(text).unwrap();
        let Figure::Heat { maps, .. } = heat else { panic!("a map") };
        assert!(maps[0].1[0][1].is_nan());
    }
}
