//! `fnexplore presets`: the built-in presets, listed or printed.

use super::{End, Show};
use crate::preset::{built_in, built_in_names, find};
use std::io::Write;

pub(super) fn presets(show: Option<&Show>) -> Result<(), End> {
    let mut out = std::io::stdout().lock();
    match show {
        Some(Show::Show { name }) => {
            let text = find(name).map_err(|problem| vec![problem])?;
            out.write_all(text.as_bytes())?;
        }
        None => {
            let widest = built_in_names().map(str::len).max().unwrap_or(0);
            for name in built_in_names() {
                let title = built_in(name).map(|preset| preset.base.title).unwrap_or_default();
                writeln!(out, "{name:widest$}  {title}")?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
