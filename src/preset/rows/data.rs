//! The rows of `[data]`. Knows no dataset.

use super::{At, Kind, Lens, Row, open, plain, real};
use crate::preset::kind::Step;
use crate::preset::names;
use crate::preset::settings::{DataSettings, Origin, Settings};
use crate::preset::value::Value;
use crate::text::Clean;

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "data.target",
        "target",
        "The function that the observations come from: an expression in x, a named one, or none to look at the \
         prior alone.",
        Kind::Target,
        Lens { get: target, set: set_target, clear: clear_target },
    )
    .rebuild()
    .when(drawn),
    Row::new(
        "data.csv",
        "file",
        "A table of your own, beside the preset; it takes the place of the target.",
        Kind::Text(400),
        Lens { get: csv, set: set_csv, clear: clear_csv },
    )
    .rebuild()
    .when(Settings::is_csv),
    Row::new(
        "data.inputs",
        "inputs",
        "The table's columns that are X; the first if none is named.",
        Kind::Names,
        plain!(data.inputs),
    )
    .rebuild()
    .when(Settings::is_csv),
    Row::new(
        "data.outputs",
        "outputs",
        "The table's columns that are y; the last if none is named.",
        Kind::Names,
        plain!(data.outputs),
    )
    .rebuild()
    .when(Settings::is_csv),
    Row::new(
        "data.delimiter",
        "separator",
        "What stands between the table's cells; auto takes what occurs most often in its first row.",
        Kind::Choice(names::DELIMITER),
        plain!(data.format.delimiter),
    )
    .rebuild()
    .when(Settings::is_csv),
    Row::new(
        "data.header",
        "header",
        "Whether the table's first row names the columns; auto: unless it is all numbers. Without names they are col1, col2, ….",
        Kind::Choice(names::HEADER),
        plain!(data.format.header),
    )
    .rebuild()
    .when(Settings::is_csv),
    Row::new(
        "data.missing",
        "missing cells",
        "Whether a row in which a chosen cell is empty, NA or the like is refused, or left out.",
        Kind::Choice(names::MISSING),
        plain!(data.format.missing),
    )
    .rebuild()
    .when(Settings::is_csv),
    Row::new(
        "data.columns",
        "inputs",
        "How many inputs there are where there are no data.",
        Kind::Count { least: 1, most: 64, step: Step::By(1.0) },
        plain!(data.columns),
    )
    .rebuild()
    .when(|settings| settings.data.origin == Origin::Nothing),
    Row::new(
        "data.positions",
        "positions",
        "X's columns are a signal of so many positions, channels last; 1 if they are plain columns.",
        Kind::Count { least: 1, most: 65_536, step: Step::By(1.0) },
        plain!(data.positions),
    )
    .rebuild()
    .when(|settings| settings.data.positions > 1 || settings.dimensions().0 > 2),
    Row::new(
        "data.n",
        "n",
        "How many observations are drawn, held-out ones included; the likelihood grows with them and the prior \
         does not.",
        Kind::Count { least: 2, most: 1_000_000, step: Step::Decades },
        plain!(data.n),
    )
    .rebuild()
    .when(sampled),
    Row::new(
        "data.noise",
        "noise",
        "The standard deviation of what is added to the target's values: of nine in ten of them where data.scatter has \
         outliers, in the middle of the range where it grows. The points of a set of classes are moved by it.",
        real(0.0, 1e6, 0.01),
        plain!(data.noise),
    )
    .rebuild()
    .when(sampled),
    Row::new(
        "data.scatter",
        "noise is",
        "How the noise is distributed; growing rises from left to right, outliers are one in ten, ten times as far.",
        Kind::Choice(names::SCATTER),
        plain!(data.scatter),
    )
    .rebuild()
    .when(sampled),
    Row::new(
        "data.design",
        "design",
        "How the inputs lie in their range: in even steps, at random, or in clusters that leave gaps.",
        Kind::Choice(names::DESIGN),
        plain!(data.design),
    )
    .rebuild()
    .when(sampled),
    Row::new("data.range", "range", "The least and the greatest input.", Kind::Interval(1e6), plain!(data.range))
        .rebuild()
        .when(drawn),
    Row::new(
        "data.test",
        "held out",
        "The fraction of observations that learning does not see and the test loss is measured on.",
        real(0.0, 0.9, 0.05),
        plain!(data.test),
    )
    .rebuild()
    .when(|settings| settings.data.origin != Origin::Nothing),
    Row::new(
        "data.off",
        "off",
        "Training rows that are switched off, by their number from the left of the table; learning does not see them. The units \
         of standardised columns stay those of all rows.",
        Kind::Numbers,
        plain!(data.off),
    )
    .when(|settings| settings.data.origin != Origin::Nothing),
    Row::new(
        "data.standardise",
        "standardise",
        "Whether columns are brought to mean 0 and standard deviation 1 before anything is learned; undone \
         wherever they are shown. Where nothing is written, those of a table are.",
        Kind::Flag,
        open!(data.standardise, Settings::standardise),
    )
    .rebuild(),
];

/// A target is drawn from, or nothing is.
fn drawn(settings: &Settings) -> bool {
    !settings.is_csv()
}

/// Observations are drawn.
fn sampled(settings: &Settings) -> bool {
    drawn(settings) && settings.data.origin != Origin::Nothing
}

/// With a file there is no target: "none".
fn target(settings: &Settings, _: At) -> Value {
    Value::Text(if settings.is_csv() { Clean::from("none") } else { settings.data.origin.text() })
}

fn set_target(settings: &mut Settings, _: At, value: Value) -> Result<(), String> {
    settings.data.origin = Origin::target(&Clean::try_from(value)?)?;
    Ok(())
}

/// Empty as long as there is a target.
fn csv(settings: &Settings, _: At) -> Value {
    Value::Text(if settings.is_csv() { settings.data.origin.text() } else { Clean::default() })
}

fn set_csv(settings: &mut Settings, _: At, value: Value) -> Result<(), String> {
    let path = Clean::try_from(value)?;
    if path.is_empty() {
        return Err("is empty; it must be the name of a file beside the preset".to_owned());
    }
    settings.data.origin = Origin::Csv(path);
    Ok(())
}

fn clear_target(settings: &mut Settings, _: At) {
    if !settings.is_csv() {
        settings.data.origin = DataSettings::default().origin;
    }
}

fn clear_csv(settings: &mut Settings, _: At) {
    if settings.is_csv() {
        settings.data.origin = DataSettings::default().origin;
    }
}
