//! The presets inside the program, with the tables they name. Knows their names only.

use super::load::load;
use super::variants::Preset;
use crate::text::{Clean, Problem, nearest};
use std::path::Path;

/// In the order in which they are listed; the first opens when none is named.
const PRESETS: [(&str, &str); 47] = [
    ("compose", include_str!("../../presets/compose.toml")),
    ("residual", include_str!("../../presets/residual.toml")),
    ("collapse", include_str!("../../presets/collapse.toml")),
    ("truncate", include_str!("../../presets/truncate.toml")),
    ("one-unit", include_str!("../../presets/one-unit.toml")),
    ("two-kinks", include_str!("../../presets/two-kinks.toml")),
    ("bumps", include_str!("../../presets/bumps.toml")),
    ("relu-vs-sigmoid", include_str!("../../presets/relu-vs-sigmoid.toml")),
    ("leaky-is-affine", include_str!("../../presets/leaky-is-affine.toml")),
    ("not-rich", include_str!("../../presets/not-rich.toml")),
    ("bayes-line", include_str!("../../presets/bayes-line.toml")),
    ("pathwise", include_str!("../../presets/pathwise.toml")),
    ("reduce", include_str!("../../presets/reduce.toml")),
    ("tent", include_str!("../../presets/tent.toml")),
    ("tent-train", include_str!("../../presets/tent-train.toml")),
    ("deep-vs-wide", include_str!("../../presets/deep-vs-wide.toml")),
    ("pieces", include_str!("../../presets/pieces.toml")),
    ("lambda-c", include_str!("../../presets/lambda-c.toml")),
    ("mode-vs-posterior", include_str!("../../presets/mode-vs-posterior.toml")),
    ("prior-depth", include_str!("../../presets/prior-depth.toml")),
    ("depth-sweep", include_str!("../../presets/depth-sweep.toml")),
    ("who-learned", include_str!("../../presets/who-learned.toml")),
    ("he-2015-2016", include_str!("../../presets/he-2015-2016.toml")),
    ("shattered", include_str!("../../presets/shattered.toml")),
    ("not-the-prior", include_str!("../../presets/not-the-prior.toml")),
    ("double-descent", include_str!("../../presets/double-descent.toml")),
    ("optimizer-race", include_str!("../../presets/optimizer-race.toml")),
    ("extrapolate", include_str!("../../presets/extrapolate.toml")),
    ("gap", include_str!("../../presets/gap.toml")),
    ("step-noise", include_str!("../../presets/step-noise.toml")),
    ("x-sin-x", include_str!("../../presets/x-sin-x.toml")),
    ("motorcycle", include_str!("../../presets/motorcycle.toml")),
    ("nile", include_str!("../../presets/nile.toml")),
    ("outliers", include_str!("../../presets/outliers.toml")),
    ("counts", include_str!("../../presets/counts.toml")),
    ("iris", include_str!("../../presets/iris.toml")),
    ("circle", include_str!("../../presets/circle.toml")),
    ("xor", include_str!("../../presets/xor.toml")),
    ("gauss", include_str!("../../presets/gauss.toml")),
    ("spiral", include_str!("../../presets/spiral.toml")),
    ("plane", include_str!("../../presets/plane.toml")),
    ("multi-gauss", include_str!("../../presets/multi-gauss.toml")),
    ("conv-shift", include_str!("../../presets/conv-shift.toml")),
    ("dead", include_str!("../../presets/dead.toml")),
    ("blow-up", include_str!("../../presets/blow-up.toml")),
    ("lr-too-high", include_str!("../../presets/lr-too-high.toml")),
    ("too-deep-plain", include_str!("../../presets/too-deep-plain.toml")),
];

/// The tables, as presets name them.
const TABLES: [(&str, &[u8]); 5] = [
    ("data/motorcycle.csv", include_bytes!("../../presets/data/motorcycle.csv")),
    ("data/coal.csv", include_bytes!("../../presets/data/coal.csv")),
    ("data/phones.csv", include_bytes!("../../presets/data/phones.csv")),
    ("data/nile.csv", include_bytes!("../../presets/data/nile.csv")),
    ("data/iris.csv", include_bytes!("../../presets/data/iris.csv")),
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
            None => "`fnexplore presets` lists them".to_owned(),
        };
        Problem::new(&format!("\"{}\" is no built-in preset; {known}", Clean::new(name, 60)))
    })
}

/// That there is no file at `path`, with the preset that may have been meant by it.
#[must_use]
pub fn no_file(path: &Path) -> Problem {
    let bare = path.parent().is_none_or(|folder| folder.as_os_str().is_empty());
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).filter(|_| bare);
    let known = match stem.as_deref().map(|stem| nearest(stem, names())) {
        Some(Some(near)) => format!("; nearest built-in preset: {near}"),
        Some(None) => ", and no built-in preset is called so; `fnexplore presets` lists them".to_owned(),
        None => String::new(),
    };
    Problem::new(&format!("there is no file \"{}\"{known}", Clean::new(&path.to_string_lossy(), 120)))
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
    fn a_file_that_is_not_there_may_have_been_a_preset() {
        let told = |path: &str| no_file(Path::new(path)).to_string();
        assert_eq!(told("compse"), "there is no file \"compse\"; nearest built-in preset: compose");
        assert_eq!(told("compse.toml"), "there is no file \"compse.toml\"; nearest built-in preset: compose");
        assert!(told("banana").contains("no built-in preset is called so; `fnexplore presets`"));
        assert_eq!(told("lab/compse.toml"), "there is no file \"lab/compse.toml\"");
        assert!(told("\u{1b}[2J").starts_with("there is no file \"·[2J\""));
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        assert!(find("residul").unwrap_err().sentence.ends_with("nearest: residual"));
        assert!(find("\u{1b}]0;x").unwrap_err().sentence.contains("`fnexplore presets`"));
    }
}
