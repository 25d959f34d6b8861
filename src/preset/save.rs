//! A preset as TOML: what differs from the defaults, in the table's order. Knows no comment and no file.

use super::path::Path;
use super::rows;
use super::settings::{DEEPEST, Settings};
use super::variants::{Preset, Variant};
use std::fmt::Write;

impl Preset {
    /// TOML that loads as this preset. Stages that no run has are left out: they would be refused.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = whole(&self.base);
        let runs: Vec<Settings> = (0..=self.variants.len()).map(|run| self.settings(run)).collect();
        for index in (1..=DEEPEST).rev().filter(|index| runs.iter().any(|run| run.has(*index))) {
            text.push_str(&stage(&self.base, index));
        }
        for (changed, run) in self.variants.iter().zip(&runs[1..]) {
            text.push_str(&variant(changed, run));
        }
        text
    }
}

/// `[[variant]]`, without what belongs to stages that its run does not have.
pub(super) fn variant(variant: &Variant, run: &Settings) -> String {
    let has = |path: &Path| path.stage().is_none_or(|index| run.has(index));
    let pairs = variant.set.iter().filter(|(path, _)| has(path));
    let pairs: Vec<String> =
        pairs.map(|(path, value)| format!("\"{path}\" = {}", path.row().kind.print(value))).collect();
    let set = if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) };
    format!("\n[[variant]]\nname = \"{}\"\nset = {set}\n", variant.name)
}

/// The settings of all stages.
fn whole(settings: &Settings) -> String {
    let (mut text, mut open) = (String::new(), "");
    for row in rows::all() {
        let Some(path) = Path::of(row, None).filter(|_| row.is_written(settings, None)) else { continue };
        let (section, name) = row.key.split_once('.').unwrap_or(("", row.key));
        if section != open {
            let _ = write!(text, "\n[{section}]\n");
            open = section;
        }
        let _ = writeln!(text, "{name} = {}", row.kind.print(&settings.get(&path)));
    }
    text
}

/// `[f3]`, if anything in it is written.
fn stage(settings: &Settings, index: usize) -> String {
    if !settings.stages.contains_key(&index) {
        return String::new();
    }
    let written = rows::all().filter(|row| row.is_written(settings, Some(index)));
    let lines: Vec<String> = written
        .filter_map(|row| Path::of(row, Some(index)))
        .map(|path| format!("{} = {}\n", path.local(), path.row().kind.print(&settings.get(&path))))
        .collect();
    format!("\n[f{index}]\n{}", lines.concat())
}
