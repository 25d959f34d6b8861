//! The presets inside the program, with the tables they name. Knows their names only.

use super::load::load;
use super::variants::Preset;
use crate::text::{Clean, Problem, nearest};

/// In the order in which they are listed; the first opens when none is named.
const PRESETS: [(&str, &str); 10] = [
    ("compose", include_str!("../../presets/compose.toml")),
    ("residual", include_str!("../../presets/residual.toml")),
    ("truncate", include_str!("../../presets/truncate.toml")),
    ("motorcycle", include_str!("../../presets/motorcycle.toml")),
    ("circle", include_str!("../../presets/circle.toml")),
    ("xor", include_str!("../../presets/xor.toml")),
    ("spiral", include_str!("../../presets/spiral.toml")),
    ("conv-shift", include_str!("../../presets/conv-shift.toml")),
    ("counts", include_str!("../../presets/counts.toml")),
    ("outliers", include_str!("../../presets/outliers.toml")),
];

/// The tables, as presets name them.
const TABLES: [(&str, &[u8]); 3] = [
    ("data/motorcycle.csv", include_bytes!("../../presets/data/motorcycle.csv")),
    ("data/coal.csv", include_bytes!("../../presets/data/coal.csv")),
    ("data/phones.csv", include_bytes!("../../presets/data/phones.csv")),
];

/// Their names, the default first.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// The TOML of a preset.
///
/// # Errors
/// That there is none of that name, with the nearest one.
pub fn find(name: &str) -> Result<&'static str, Problem> {
    let found = PRESETS.iter().find(|(listed, _)| *listed == name);
    found.map(|(_, text)| *text).ok_or_else(|| {
        let known = match nearest(name, names()) {
            Some(near) => format!("nearest: {near}"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        Problem::new(&format!("\"{}\" is no built-in preset; {known}", Clean::new(name, 60)))
    })
}

/// The preset of that name.
///
/// # Errors
/// That there is none, with the nearest name.
pub fn built_in(name: &str) -> Result<Preset, Vec<Problem>> {
    load(&Clean::from(name), find(name).map_err(|problem| vec![problem])?, &table)
}

/// A table of the built-in presets.
fn table(path: &str) -> Result<Vec<u8>, String> {
    let found = TABLES.iter().find(|(listed, _)| *listed == path);
    found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| "no such table is built in".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_preset_is_an_experiment_in_each_of_its_runs() {
        for name in names() {
            let preset = built_in(name).unwrap_or_else(|problems| panic!("{problems:#?}"));
            assert_eq!(preset.name.as_str(), name);
            assert!(!preset.base.title.is_empty() && preset.base.pages().count() > 0, "{name}");
            for run in 0..preset.runs().len() {
                preset.experiment(run).unwrap();
            }
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        assert!(find("residul").unwrap_err().sentence.ends_with("nearest: residual"));
        assert!(find("\u{1b}]0;x").unwrap_err().sentence.contains("compose, residual"));
    }
}
