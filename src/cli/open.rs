//! Which preset is meant: a built-in name, a file, standard input, another machine's; with the flags' changes made.

use super::progress::bar;
use super::{What, eprintln_quietly};
use crate::files::{read_capped, read_confined};
use crate::preset::{Change, DataSettings, Origin, Preset, Remote, Source, built_in_names, load_told};
use crate::text::{Clean, Problem};
use crate::tui::feed::{Coming, Pieces, complete};
use std::cell::Cell;
use std::io::{ErrorKind, IsTerminal, Read, Stdin};
use std::path::Path as FilePath;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// The most bytes of a preset.
const LIMIT: u64 = 1 << 20;
/// The most bytes of a table that it names.
const TABLE: u64 = 64 << 20;
/// Bytes that are read of a pipe at once, and pieces of it that wait to be looked at.
const PIECE: usize = 1 << 16;
const PIECES: usize = 64;
/// After this long without another byte the rows that have come are looked at.
const QUIET: Duration = Duration::from_millis(300);
/// What has brought fewer than so many bytes in this time without ever pausing is no table on its way but a feed.
const PATIENCE: Duration = Duration::from_secs(2);
const SLOW: usize = 1 << 16;

/// What has been read of a table, and where from more may come.
type Begun = (Vec<u8>, Option<Pieces>);

/// Who reads a table on standard input.
type Reading<'a> = &'a mut dyn FnMut() -> Result<Vec<u8>, Vec<Problem>>;

/// The preset that the command line names, with `--set` and `--seed` applied.
pub(super) fn open(what: &What) -> Result<Preset, Vec<Problem>> {
    opened(what).map(|(preset, _)| preset)
}

/// The same, with the text that it came from; what is to be known of its table is said on standard error.
pub(super) fn opened(what: &What) -> Result<(Preset, Source), Vec<Problem>> {
    let opened = opened_with(what, &mut || input(TABLE, "a table"))?;
    opened.0.remarks().iter().for_each(|remark| eprintln_quietly(remark));
    Ok(opened)
}

/// The same for a screen, which does not wait for the end of a table on standard input: what may still come of it.
pub(super) fn opened_as_it_comes(what: &What) -> Result<(Preset, Source, Option<Coming>), Vec<Problem>> {
    let mut rest = None;
    let (preset, source) = opened_with(what, &mut || {
        let (bytes, more) = first_rows()?;
        let whole = if more.is_some() { complete(&bytes) } else { bytes.len() };
        let begun = bytes[..whole].to_vec();
        rest = more.map(|more| (bytes, more));
        Ok(begun)
    })?;
    let csv = preset.base.data.table.0.clone();
    let most = usize::try_from(TABLE).unwrap_or(usize::MAX);
    let coming = rest.zip(csv).map(|((bytes, rest), csv)| Coming { bytes, rest, csv, most });
    Ok((preset, source, coming))
}

/// Standard input until it ends, or until two lines or more have come and then nothing for a while; in that case also what
/// comes later.
fn first_rows() -> Result<Begun, Vec<Problem>> {
    let input = piped("a table")?;
    let (send, rest) = sync_channel(PIECES);
    let body = move || {
        let (mut input, mut bytes) = (input.lock(), vec![0; PIECE]);
        loop {
            let more = match input.read(&mut bytes) {
                Ok(0) => return,
                Err(why) if why.kind() == ErrorKind::Interrupted => continue,
                read => read.map(|count| bytes[..count].to_vec()),
            };
            let ended = more.is_err();
            if send.send(more).is_err() || ended {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("stdin".to_owned()).spawn(body);
    thread.map_err(|why| vec![Problem::new(&format!("standard input: no thread to read it: {why}"))])?;
    let (mut bytes, began) = (Vec::new(), Instant::now());
    loop {
        let quiet = match rest.recv_timeout(QUIET) {
            Ok(more) => {
                bytes.extend(more.map_err(|why| unreadable(&why))?);
                began.elapsed() >= PATIENCE && bytes.len() < SLOW
            }
            Err(RecvTimeoutError::Disconnected) => return Ok((bytes, None)),
            Err(RecvTimeoutError::Timeout) => true,
        };
        // A line of names and a row are the least that can be a table.
        if quiet && bytes.split(|byte| *byte == b'\n').nth(2).is_some() {
            return Ok((bytes, Some(rest)));
        }
        if bytes.len() as u64 > TABLE {
            return Err(vec![Problem::new(&format!("standard input: a table has at most {} MiB", TABLE >> 20))]);
        }
    }
}

fn opened_with(what: &What, table: Reading<'_>) -> Result<(Preset, Source), Vec<Problem>> {
    let source = match what.preset.as_deref() {
        None => Source::built_in(built_in_names().next().unwrap_or_default())?,
        Some("-") => stdin(what.trust)?,
        Some(name) if Remote::parse(name).is_some() => remote(name, what.trust)?,
        Some(name) if is_file(name) => Source::file(FilePath::new(name), &mut bar(name))?,
        Some(name) => Source::built_in(name)?,
    };
    let source = if what.csv.is_some() { on_table(&source, what, table)? } else { source };
    let mut preset = source.preset.clone();
    let seed = what.seed.map(|seed| format!("seed={seed}"));
    let mut problems = Vec::new();
    for set in what.set.iter().chain(&seed) {
        match Change::parse(set)
            .and_then(|change| preset.change(0, &change).map_err(|problem| problem.sentence.to_string()))
        {
            Ok((changed, _)) => preset = changed,
            Err(why) => problems.push(Problem::new(&format!("--set {}: {why}", Clean::excerpt(set)))),
        }
    }
    if problems.is_empty() { Ok((preset, source)) } else { Err(problems) }
}

/// The settings that a table is read by.
const READ_BY: [&str; 4] = ["data.delimiter", "data.header", "data.missing", "likelihood.kind"];

/// The preset with a table of the command line's in place of its data, and without the words that were about those.
fn on_table(source: &Source, what: &What, table: Reading<'_>) -> Result<Source, Vec<Problem>> {
    let problem = |why: String| vec![Problem::new(&why)];
    let path = what.csv.as_deref().unwrap_or("-");
    let (name, bytes) = match path {
        "-" if what.preset.as_deref() == Some("-") => {
            return Err(problem("standard input is a preset or a table, not both".to_owned()));
        }
        "-" => (Clean::from("stdin.csv"), table()?),
        path => {
            let shown = Clean::excerpt(path);
            let bytes = read_capped(FilePath::new(path), TABLE).map_err(|why| problem(format!("{shown}: {why}")))?;
            (Clean::from(path), bytes)
        }
    };
    let mut preset = source.preset.clone();
    let list = |names: &[String]| names.iter().map(|name| Clean::from(name.as_str())).collect();
    let (format, drawn) = (preset.base.data.format, DataSettings::default());
    preset.base.data = DataSettings {
        origin: Origin::Csv(name),
        inputs: list(&what.inputs),
        outputs: list(&what.outputs),
        format,
        test: preset.base.data.test,
        ..drawn
    };
    // What it says and asks is about its own data.
    preset.base.notes = Vec::new();
    preset.base.title = Clean::new(&format!("{path}, with the settings of {}", preset.name), 160);
    (preset.base.view.predict, preset.base.view.answer) = (Clean::default(), Clean::default());
    // What decides how the table is read must be known by then.
    for set in what.set.iter().filter(|set| READ_BY.iter().any(|key| set.starts_with(key))) {
        let told = |why: String| problem(format!("--set {}: {why}", Clean::excerpt(set)));
        if let Change::Set(path, value) = Change::parse(set).map_err(told)? {
            path.row().kind.check(value).and_then(|value| preset.base.set(&path, value)).map_err(told)?;
        }
    }
    let (bytes, text) = (Cell::new(bytes), preset.to_toml());
    Ok(Source::of(load_told(&preset.name, &text, &|_| Ok(bytes.take()), &mut bar(path))?))
}

/// Anything that looks like a path, or is one.
fn is_file(name: &str) -> bool {
    let path = FilePath::new(name);
    name.contains('/') || path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) || path.is_file()
}

/// A preset on another machine, by the user's own ssh: a stranger's, as one on standard input.
fn remote(name: &str, trust: bool) -> Result<Source, Vec<Problem>> {
    let problem = |why: String| vec![Problem::new(&why)];
    let remote = Remote::parse(name).unwrap_or_else(|| Err(format!("{} is no place", Clean::excerpt(name))));
    let remote = remote.map_err(problem)?;
    let mut told = false;
    let text = remote.fetch(&mut |waited| {
        if waited >= Duration::from_secs(1) && !std::mem::replace(&mut told, true) {
            eprintln_quietly(&format!("waiting for {} …", remote.name()));
        }
        true
    });
    Source::text(&remote.name(), &text.map_err(problem)?, &tables(trust))
}

/// A preset from elsewhere may set numbers and names. It reads a table, below the current folder, only if it is trusted.
fn tables(trust: bool) -> impl Fn(&str) -> Result<Vec<u8>, String> {
    move |relative| {
        if trust {
            return read_confined(FilePath::new("."), relative, TABLE);
        }
        Err("a preset from elsewhere reads no file unless --trust says that it may (below this folder)".to_owned())
    }
}

/// Standard input, if something is piped into it.
fn piped(what: &str) -> Result<Stdin, Vec<Problem>> {
    let input = std::io::stdin();
    let sentence = || format!("- means {what} on standard input, but standard input is a terminal");
    if input.is_terminal() { Err(vec![Problem::new(&sentence())]) } else { Ok(input) }
}

fn unreadable(why: &std::io::Error) -> Vec<Problem> {
    vec![Problem::new(&format!("standard input cannot be read: {why}"))]
}

/// All of standard input, which is `what`.
fn input(most: u64, what: &str) -> Result<Vec<u8>, Vec<Problem>> {
    let mut bytes = Vec::new();
    piped(what)?.lock().take(most + 1).read_to_end(&mut bytes).map_err(|why| unreadable(&why))?;
    if bytes.len() as u64 > most {
        return Err(vec![Problem::new(&format!("standard input: {what} has at most {} MiB", most >> 20))]);
    }
    Ok(bytes)
}

/// A preset on standard input is a stranger's.
fn stdin(trust: bool) -> Result<Source, Vec<Problem>> {
    let shown = Clean::from("-");
    let bytes = input(LIMIT, "a preset")?;
    let text = std::str::from_utf8(&bytes).map_err(|bad| {
        vec![Problem::new(&format!("-: byte {} is not UTF-8; a preset is a UTF-8 text", bad.valid_up_to() + 1))]
    })?;
    Source::text(&shown, text, &tables(trust))
}
