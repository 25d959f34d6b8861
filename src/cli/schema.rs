//! `fnexplore schema`: the JSON Schema of presets, for editors.

use super::End;
use crate::preset::schema_text;
use std::io::Write;

pub(super) fn schema() -> Result<(), End> {
    let mut out = std::io::stdout().lock();
    out.write_all(schema_text().as_bytes())?;
    out.flush()?;
    Ok(())
}
