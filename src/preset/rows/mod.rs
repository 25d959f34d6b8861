//! The parameter table: every setting once, with its words, its range and its place in `Settings`. The configuration
//! pane, `--set`, `:set`, presets, `check`, variants and the documentation all come from it. Knows no file.

mod data;
mod learn;
mod model;
mod prior;
mod top;

use super::kind::Kind;
use super::path::Path;
use super::settings::Settings;
use super::value::Value;

/// All stages, or the one with this essay index.
pub type At = Option<usize>;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its full name in presets; `model.k` of one stage is written `f3.k`, and `f.` is short for "some stage".
    pub key: &'static str,
    /// Its name on screen.
    pub label: &'static str,
    /// One sentence for the person who asks what it does.
    pub help: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What a change of it costs.
    pub cost: Cost,
    /// Whether stages have their own.
    pub scope: Scope,
    /// Whether it has any effect now.
    pub when: fn(&Settings) -> bool,
    /// Its value in effect.
    pub get: fn(&Settings, At) -> Value,
    /// Writes a value that the kind has checked; `Row::write` checks first.
    pub set: fn(&mut Settings, At, Value) -> Result<(), String>,
    /// Unwrites it: the default holds again, or, for one stage, what all stages have.
    pub clear: fn(&mut Settings, At),
}

/// What a change costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// The run goes on with the coefficients it has.
    Live,
    /// Data or coefficients are made anew.
    Rebuild,
}

/// Whether stages have their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One for the experiment.
    Whole,
    /// One for all stages, which each may override.
    PerStage,
    /// The same, once for every group of coefficients.
    PerGroup,
    /// Stages alone have it.
    StageOnly,
}

/// How a row reads, writes and unwrites its place in `Settings`.
#[derive(Clone, Copy)]
struct Lens {
    get: fn(&Settings, At) -> Value,
    set: fn(&mut Settings, At, Value) -> Result<(), String>,
    clear: fn(&mut Settings, At),
}

impl Row {
    const fn new(key: &'static str, label: &'static str, help: &'static str, kind: Kind, lens: Lens) -> Self {
        let Lens { get, set, clear } = lens;
        Self { key, label, help, kind, cost: Cost::Live, scope: Scope::Whole, when: |_| true, get, set, clear }
    }

    const fn rebuild(mut self) -> Self {
        self.cost = Cost::Rebuild;
        self
    }

    const fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    const fn when(mut self, when: fn(&Settings) -> bool) -> Self {
        self.when = when;
        self
    }

    /// Checks `value` and writes it.
    ///
    /// # Errors
    /// A sentence that names the setting, the value and what is allowed.
    pub fn write(&self, settings: &mut Settings, path: &Path, value: Value) -> Result<(), String> {
        let named = |why: String| format!("{path} {why}");
        let value = self.kind.check(value).map_err(named)?;
        (self.set)(settings, path.stage(), value).map_err(named)?;
        settings.tidy();
        Ok(())
    }

    /// Whether the setting is written there, that is, whether unwriting it would change anything.
    #[must_use]
    pub fn is_written(&self, settings: &Settings, at: At) -> bool {
        let mut bare = settings.clone();
        (self.clear)(&mut bare, at);
        bare.tidy();
        bare != *settings
    }
}

impl Settings {
    /// The value in effect.
    #[must_use]
    pub fn get(&self, path: &Path) -> Value {
        (path.row().get)(self, path.stage())
    }

    /// Checks a value and writes it.
    ///
    /// # Errors
    /// A sentence that names the setting, the value and what is allowed.
    pub fn set(&mut self, path: &Path, value: Value) -> Result<(), String> {
        path.row().write(self, path, value)
    }

    /// Unwrites a setting.
    pub fn clear(&mut self, path: &Path) {
        (path.row().clear)(self, path.stage());
        self.tidy();
    }
}

/// Every row, in the order of presets and of the configuration pane.
pub fn all() -> impl Iterator<Item = &'static Row> {
    [top::ROWS, data::ROWS, model::ROWS, model::STAGE, top::LIKELIHOOD, prior::ROWS, learn::ROWS, top::VIEW]
        .into_iter()
        .flatten()
}

/// A field of `Settings` that always has a value.
macro_rules! plain {
    ($($field:ident).+) => {
        Lens {
            get: |settings, _| Value::from(settings.$($field).+.clone()),
            set: |settings, _, value| {
                settings.$($field).+ = value.try_into()?;
                Ok(())
            },
            clear: |settings, _| settings.$($field).+ = Settings::default().$($field).+,
        }
    };
}

/// A field that may be left open; `$effect` says what then holds.
macro_rules! open {
    ($($field:ident).+, $effect:expr) => {
        Lens {
            get: |settings, _| Value::from($effect(settings)),
            set: |settings, _, value| {
                settings.$($field).+ = Some(value.try_into()?);
                Ok(())
            },
            clear: |settings, _| settings.$($field).+ = None,
        }
    };
}

use {open, plain};

/// A count that goes up and down by one.
const fn count(least: i64, most: i64) -> Kind {
    Kind::Count { least, most, step: super::kind::Step::By(1.0) }
}

/// A positive number on the ladder 1, 2, 5, ….
const fn scale(least: f64, most: f64) -> Kind {
    Kind::Real { least, most, step: super::kind::Step::Decades, unit: "" }
}

/// A number that goes up and down by `by`.
const fn real(least: f64, most: f64, by: f64) -> Kind {
    Kind::Real { least, most, step: super::kind::Step::By(by), unit: "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::kind::Step;
    use crate::text::Clean;

    /// Every place that a row has: all stages, and stage 2.
    fn places() -> Vec<(&'static Row, Path)> {
        all()
            .flat_map(|row| {
                [None, Some(2)].into_iter().filter_map(move |at| Path::of(row, at)).map(move |path| (row, path))
            })
            .collect()
    }

    /// A value other than the default for kinds that cannot be nudged.
    fn other(row: &Row) -> Value {
        let text = |raw: &str| Value::Text(Clean::from(raw));
        match (row.kind, row.key) {
            (_, "data.csv") => text("table.csv"),
            (Kind::Target, _) => text("cos(x)"),
            (_, "view.select") => Value::List(vec![text("f3.prior.a.tau")]),
            (Kind::Text(_), _) => text("a \"quoted\" \\ line"),
            (Kind::Prose(_), _) => Value::List(vec![text("one"), text("---"), text("\"\"\"\"\" \\n two")]),
            (Kind::Names, _) => Value::List(vec![text("u"), text("v w")]),
            (Kind::Paths, _) => Value::List(vec![text("model.k"), text("f3.prior.a.tau")]),
            (Kind::Several(choices), _) => Value::List(vec![text(choices[1]), text(choices[0])]),
            (Kind::Numbers, _) => Value::from(vec![3_usize, 7]),
            (Kind::Vector, _) => Value::from(vec![1.5, -2.0]),
            (Kind::Matrix, _) => Value::List(vec![Value::from(vec![1.5, -2.0]), Value::from(vec![0.0, 3.0])]),
            (kind, _) => {
                let start = (row.get)(&Settings::default(), Some(2).filter(|_| row.scope == Scope::StageOnly));
                kind.nudge(&start, inwards(kind, &start))
            }
        }
    }

    /// One step up, where there is room.
    fn inwards(kind: Kind, start: &Value) -> i32 {
        if kind.nudge(start, i32::MAX) == *start { -1 } else { 1 }
    }

    #[test]
    fn keys_are_unique_and_words_are_short() {
        let keys: Vec<&str> = all().map(|row| row.key).collect();
        for (at, row) in all().enumerate() {
            assert!(!keys[..at].contains(&row.key), "{} twice", row.key);
            assert!(row.label.chars().count() <= 16, "{}", row.label);
            assert!(row.help.ends_with('.') && row.help.len() < 240, "{}: {}", row.key, row.help);
        }
    }

    #[test]
    fn every_row_gets_what_was_set_and_clears_it() {
        for (row, path) in places() {
            let mut settings = Settings::default();
            let value = row.kind.check(other(row)).unwrap_or_else(|why| panic!("{path} {why}"));
            settings.set(&path, value.clone()).unwrap();
            assert_eq!(settings.get(&path), value, "{path}");
            assert!(row.is_written(&settings, path.stage()), "{path}");
            settings.clear(&path);
            assert_eq!(settings, Settings::default(), "{path}");
            assert!(!row.is_written(&settings, path.stage()), "{path}");
        }
    }

    #[test]
    fn every_value_survives_printing_and_typing() {
        for (row, path) in places() {
            let values = [other(row), (row.get)(&Settings::default(), path.stage())];
            for value in values.into_iter().filter_map(|value| row.kind.check(value).ok()) {
                let printed = row.kind.print(&value);
                assert_eq!(row.kind.parse(&printed), Ok(value.clone()), "{path} = {printed}");
                let typed = row.kind.typed(&value);
                assert!(!typed.contains('\n'), "{path} = {typed}");
                assert_eq!(row.kind.parse(&typed), Ok(value), "{path} = {typed}");
            }
        }
    }

    #[test]
    fn defaults_are_allowed_values() {
        let settings = Settings::default();
        for (row, path) in places() {
            assert!(
                row.key == "data.csv" || row.kind.check(settings.get(&path)).is_ok(),
                "{path} = {}",
                settings.get(&path)
            );
        }
    }

    #[test]
    fn nudges_stay_in_range_and_move() {
        for (row, path) in places() {
            for steps in [1, -1, 7, -7, 1000, -1000, i32::MAX, i32::MIN] {
                let start = (row.get)(&Settings::default(), path.stage());
                let Ok(start) = row.kind.check(start) else { continue };
                let moved = row.kind.nudge(&start, steps);
                assert_eq!(row.kind.check(moved.clone()), Ok(moved.clone()), "{path}: {start} by {steps} is {moved}");
                let movable = matches!(row.kind, Kind::Count { .. } | Kind::Real { .. } | Kind::Or { .. });
                assert!(
                    !movable || steps != inwards(row.kind, &start) || moved != start,
                    "{path} does not move from {start}"
                );
            }
        }
    }

    #[test]
    fn the_ladder_is_one_two_five() {
        let kind = Kind::Real { least: 1e-6, most: 1e3, step: Step::Decades, unit: "" };
        let walk = |from: f64, steps: &[i32]| {
            let mut at = Value::Real(from);
            steps
                .iter()
                .map(|by| {
                    at = kind.nudge(&at, *by);
                    at.number().unwrap()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(walk(1e-2, &[1, 1, 1, -1, -1, -1, -1, -1]), [0.02, 0.05, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002]);
        assert_eq!(walk(0.03, &[1, -1, -1]), [0.05, 0.02, 0.01]);
        assert_eq!(walk(500.0, &[1, 1]), [1000.0, 1000.0]);
        assert_eq!(walk(2e-6, &[-1, -1]), [1e-6, 1e-6]);
    }
}
