//! `fnexplore check`: every problem of every file and of the data it names.

use super::End;
use crate::preset;
use std::io::Write;
use std::path::PathBuf;

pub(super) fn check(files: &[PathBuf]) -> Result<(), End> {
    let problems: Vec<_> = files.iter().filter_map(|path| preset::open(path).err()).flatten().collect();
    if problems.is_empty() {
        let what = if files.len() == 1 { "the preset is" } else { "all presets are" };
        writeln!(std::io::stdout(), "{what} sound")?;
        return Ok(());
    }
    Err(End::Bad(problems))
}
