//! Which preset is meant: a built-in name, a file, standard input; with the flags' changes made.

use super::What;
use crate::files;
use crate::preset::{Change, Path, Preset, builtin, load};
use crate::text::{Clean, Problem};
use std::io::{IsTerminal, Read};
use std::path::Path as FilePath;

/// The most bytes of a preset.
const LIMIT: u64 = 1 << 20;
/// The most bytes of a data file.
const DATA_LIMIT: u64 = 64 << 20;

/// The preset that the command line names, with `--set` and `--seed` applied.
pub(super) fn open(what: &What) -> Result<Preset, Vec<Problem>> {
    let mut preset = match what.preset.as_deref() {
        None => builtin::load(builtin::DEFAULT)?,
        Some("-") => stdin()?,
        Some(name) if is_file(name) => file(FilePath::new(name))?,
        Some(name) => builtin::load(name)?,
    };
    let seed = what.seed.map(|seed| format!("seed={seed}"));
    let mut problems = Vec::new();
    for set in what.set.iter().chain(&seed) {
        match change(set).and_then(|change| preset.change(0, &change).map_err(|problem| problem.sentence.to_string())) {
            Ok((changed, _)) => preset = changed,
            Err(why) => problems.push(Problem::new(&format!("--set {}: {why}", Clean::excerpt(set)))),
        }
    }
    if problems.is_empty() { Ok(preset) } else { Err(problems) }
}

/// `KEY=VALUE`.
fn change(set: &str) -> Result<Change, String> {
    let (key, value) = set.split_once('=').ok_or("a setting is KEY=VALUE, as in model.k=32")?;
    let path = Path::parse(key.trim())?;
    let value = path.row().kind.parse(value.trim()).map_err(|why| format!("{path} {why}"))?;
    Ok(Change::Set(path, value))
}

/// Anything that looks like a path, or is one.
fn is_file(name: &str) -> bool {
    name.contains('/') || name.ends_with(".toml") || FilePath::new(name).is_file()
}

/// A preset file; its data are looked for in its folder.
pub(super) fn file(path: &FilePath) -> Result<Preset, Vec<Problem>> {
    let shown = Clean::new(&path.to_string_lossy(), 200);
    let bytes = files::read_capped(path, LIMIT).map_err(|why| vec![Problem::new(&format!("{shown}: {why}"))])?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(FilePath::new("."));
    parse(&shown, &bytes, &|relative| files::read_confined(folder, relative, DATA_LIMIT))
}

/// A preset on standard input is a stranger's: it may set numbers and names, and read no file.
fn stdin() -> Result<Preset, Vec<Problem>> {
    let shown = Clean::from("-");
    let mut bytes = Vec::new();
    let input = std::io::stdin();
    if input.is_terminal() {
        return Err(vec![Problem::new("- means a preset on standard input, but standard input is a terminal")]);
    }
    let read = input.lock().take(LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|why| vec![Problem::new(&format!("standard input cannot be read: {why}"))])?;
    if bytes.len() as u64 > LIMIT {
        return Err(vec![Problem::new("standard input: a preset has at most 1 MiB")]);
    }
    parse(&shown, &bytes, &|_| Err("a preset from standard input may not read files; save it and open it by its path".to_owned()))
}

fn parse(shown: &Clean, bytes: &[u8], fetch: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> Result<Preset, Vec<Problem>> {
    let text = std::str::from_utf8(bytes).map_err(|bad| {
        vec![Problem::new(&format!("{shown}: byte {} is not UTF-8; a preset is a UTF-8 text", bad.valid_up_to() + 1))]
    })?;
    load(shown, text, fetch)
}
