//! `fnexplore presets`: the built-in presets, listed or printed.

use super::{End, Show};
use crate::preset::builtin;
use crate::text::Problem;
use std::io::Write;

pub(super) fn presets(show: Option<&Show>) -> Result<(), End> {
    let mut out = std::io::stdout().lock();
    match show {
        Some(Show::Show { name }) => {
            let text = builtin::find(name).map_err(|why| vec![Problem::new(&why)])?;
            out.write_all(text.as_bytes())?;
        }
        None => {
            let widest = builtin::names().map(str::len).max().unwrap_or(0);
            for name in builtin::names() {
                let title = builtin::load(name).map(|preset| preset.base.title).unwrap_or_default();
                writeln!(out, "{name:widest$}  {title}")?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
