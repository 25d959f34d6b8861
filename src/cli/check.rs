//! `fnexplore check`: every problem of every file and of the data it names. Knows no rule.

use super::{End, eprintln_quietly};
use crate::preset::{self, Preset, built_in, built_in_names};
use crate::text::Problem;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(super) fn check(files: &[PathBuf]) -> Result<(), End> {
    let mut problems = Vec::new();
    for path in files {
        match open(path) {
            Ok(preset) => preset.remarks().iter().for_each(|remark| eprintln_quietly(remark)),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if problems.is_empty() {
        let what = if files.len() == 1 { "the preset is" } else { "all presets are" };
        writeln!(std::io::stdout(), "{what} sound")?;
        return Ok(());
    }
    Err(End::Bad(problems))
}

/// A file, or where there is none a preset of the program by its name.
fn open(path: &Path) -> Result<Preset, Vec<Problem>> {
    let name = built_in_names().find(|name| path == Path::new(name)).filter(|_| !path.exists());
    name.map_or_else(|| preset::open(path), built_in)
}
