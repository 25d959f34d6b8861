//! `fnexplore new`: a commented preset with every key.

use super::End;
use crate::files;
use crate::preset::template;
use crate::text::{Clean, Problem};
use std::io::Write;
use std::path::Path;

pub(super) fn new(file: Option<&Path>) -> Result<(), End> {
    let text = template();
    let mut out = std::io::stdout().lock();
    match file {
        None => out.write_all(text.as_bytes())?,
        Some(path) => {
            let shown = Clean::excerpt(&path.to_string_lossy());
            if std::fs::symlink_metadata(path).is_ok() {
                let sentence = format!("{shown} is there already, and new replaces nothing; name another file");
                return Err(End::Bad(vec![Problem::new(&sentence)]));
            }
            files::write_atomic(path, text.as_bytes()).map_err(anyhow::Error::from)?;
            writeln!(out, "{shown} has every key, commented out; open it with: fnexplore {shown}")?;
        }
    }
    out.flush()?;
    Ok(())
}
