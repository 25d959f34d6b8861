//! The folder of `train --out`: what is written there, and what is not written over. Learns nothing.

use super::train::Ended;
use super::{End, report};
use crate::data::Csv;
use crate::data::csv::Table;
use crate::files;
use crate::preset::Preset;
use crate::run::{RunId, Snapshot, Summary, drawn_tensors, tensors};
use crate::text::Problem;
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Always written; where it lies, all that bears the names of results is taken for results.
const SUMMARY: &str = "summary.json";
/// What really ran.
const PRESET: &str = "preset.toml";
/// Losses by step.
const HISTORY: &str = "history.csv";

/// A folder that can be written to, and in which nothing but earlier results will be replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Results<'a> {
    folder: &'a Path,
}

impl<'a> Results<'a> {
    /// The folder, made if there was none. What it has to hold is known before anything is learned, which may take a night.
    ///
    /// # Errors
    /// That it cannot be made or written to, or what somebody else has put where the results of `preset` would lie.
    pub fn ready(folder: &'a Path, preset: &Preset) -> Result<Self, End> {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let probe = folder.join(format!(".fnexplore-{}", std::process::id()));
        let tried = files::write_new(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
        tried.with_context(|| format!("{} cannot be written to", folder.display()))?;
        let (names, earlier) = (preset.runs(), folder.join(SUMMARY).exists());
        let own = [PRESET, HISTORY].map(str::to_owned).into_iter();
        let of_runs = names.iter().flat_map(|name| [coefficients(name), draws(name, names.len())]);
        let taken = own.chain(of_runs).map(|name| folder.join(name)).filter(|path| !earlier && path.exists());
        let problem = |path: PathBuf| {
            Problem::new(&format!(
                "{} is there and may be yours, as no {SUMMARY} of an earlier training lies beside it: name another folder",
                path.display()
            ))
        };
        let problems: Vec<Problem> = other_table(folder, preset).into_iter().chain(taken.map(problem)).collect();
        if problems.is_empty() { Ok(Self { folder }) } else { Err(End::Bad(problems)) }
    }

    /// Everything that is known of the runs.
    ///
    /// # Errors
    /// What could not be written.
    pub fn save(self, preset: &Preset, ended: &Ended, summaries: &BTreeMap<RunId, Summary>) -> Result<(), End> {
        let toml = preset.to_toml();
        table(self.folder, preset)?;
        self.write(PRESET, toml.as_bytes())?;
        for (run, _) in &ended.runs {
            self.write(&coefficients(&run.name), &tensors(run, &toml))?;
            let draws = draws(&run.name, ended.runs.len());
            match drawn_tensors(run, &toml) {
                Some(bytes) => self.write(&draws, &bytes)?,
                // Those of an earlier training are not this one's.
                None => drop(std::fs::remove_file(self.folder.join(draws))),
            }
        }
        let told = |(run, _): &(Arc<Snapshot>, Duration)| Some(report::summary(run, summaries.get(&run.id)?));
        let summaries: Vec<_> = ended.runs.iter().filter_map(told).collect();
        self.write(SUMMARY, &serde_json::to_vec_pretty(&summaries).context("plain data")?)?;
        self.write(HISTORY, &history(ended)?)?;
        Ok(())
    }

    fn write(self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.folder.join(name);
        files::write_atomic(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))
    }
}

/// The file of a run's coefficients.
fn coefficients(run: &str) -> String {
    format!("{run}.safetensors")
}

/// The file of a run's draws, of so many runs.
fn draws(run: &str, runs: usize) -> String {
    if runs == 1 { "draws.safetensors".to_owned() } else { format!("{run}.draws.safetensors") }
}

/// The table that is learned from, if it is one, and where it lies beside the results.
fn place<'a>(folder: &Path, preset: &'a Preset) -> Option<(&'a Csv, PathBuf)> {
    let data = preset.base.data.table.0.as_ref().filter(|_| preset.base.is_csv())?;
    Some((data, folder.join(data.path.as_str())))
}

/// Why the table that is learned from cannot lie beside the results: another is there, whose rows would then be taken for those, or
/// results have its name.
fn other_table(folder: &Path, preset: &Preset) -> Option<Problem> {
    let (data, path) = place(folder, preset)?;
    if [PRESET, HISTORY, SUMMARY].contains(&data.path.as_str()) {
        let why = format!("the table is called {}, and so is what train writes: give it another name", data.path);
        return Some(Problem::new(&why));
    }
    let bytes = std::fs::read(&path).ok()?;
    let there = Table::read(&data.path, &bytes, (&data.inputs, &data.outputs), data.format);
    let rows = |table: &Table| (table.columns().to_vec(), table.spelt().collect::<Vec<_>>());
    let same = there.is_ok_and(|there| rows(&there) == rows(&data.table));
    let why = format!(
        "{} is there and holds other rows than those that are learned from: name another folder",
        path.display()
    );
    (!same).then(|| Problem::new(&why))
}

/// The table that the preset names, beside it under the same name, so that what is written can be opened again.
fn table(folder: &Path, preset: &Preset) -> anyhow::Result<()> {
    let Some((data, path)) = place(folder, preset) else { return Ok(()) };
    if path.exists() {
        // It may be the user's own: what they made is never written over.
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(data.table.columns().iter().map(crate::text::Clean::as_str))?;
    for row in data.table.spelt() {
        rows.write_record(row)?;
    }
    let bytes = rows.into_inner().context("the table cannot be written")?;
    files::write_atomic(&path, &bytes).with_context(|| format!("{} cannot be written", path.display()))
}

/// `variant,step,loss,test_loss,log_posterior`; what is not finite is empty.
fn history(ended: &Ended) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["variant", "step", "loss", "test_loss", "log_posterior"])?;
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    for (run, _) in &ended.runs {
        for bucket in run.history.buckets() {
            let (loss, test) = (number(bucket.mean), number(bucket.test));
            table.write_record([
                run.name.as_str(),
                &bucket.step.to_string(),
                &loss,
                &test,
                &number(bucket.log_posterior),
            ])?;
        }
    }
    table.into_inner().context("the history cannot be written")
}
