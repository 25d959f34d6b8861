//! `fnexplore [PRESET]`: the explorer in a terminal; without one, the preset trained and its final picture in plain text.

use super::train::Progress;
use super::{End, Explore, eprintln_quietly, open, picture, report, snapshot, train};
use crate::files;
use crate::preset::{Preset, Remote, Source, load};
use crate::run::{Checkpoint, Saved};
use crate::text::{Clean, Problem};
use crate::tui::feed::Coming;
use crate::tui::look::{Colours, Look};
use crate::tui::session::{self, Opening, Pacing};
use crate::tui::state::sessions;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The most bytes of a session's file, and of a table that its preset names.
const SESSION: u64 = 1 << 30;
const TABLE: u64 = 64 << 20;
/// Progress lines on standard error are this far apart.
const PROGRESS: Duration = Duration::from_millis(500);

pub(super) fn explore(args: &Explore) -> Result<(), End> {
    let reads_stdin = args.what.preset.as_deref() == Some("-") || args.what.csv.as_deref() == Some("-");
    let elsewhere = args.what.preset.as_deref().is_some_and(|name| Remote::parse(name).is_some());
    if args.restricted && (args.what.trust || elsewhere) {
        let why = "--restricted opens no preset from another machine and trusts none";
        return Err(End::Bad(vec![Problem::new(why)]));
    }
    let dumb = std::env::var("TERM").map_or(true, |term| term.is_empty() || term == "dumb");
    // The screen is the terminal's whatever standard output is: it may be a file that takes the settings.
    let screenless = dumb || (!std::io::stdout().is_terminal() && !args.print_on_exit);
    let Beginning { preset, source, saved, going, coming } = if let Some(file) = &args.resume {
        resumed(file)?
    } else if screenless {
        let (preset, source) = open::opened(&args.what)?;
        Beginning { preset, source, saved: Vec::new(), going: None, coming: None }
    } else {
        let (preset, source, coming) = open::opened_as_it_comes(&args.what)?;
        Beginning { preset, source, saved: Vec::new(), going: None, coming }
    };
    let look = Look::choose(&snapshot::look_flags(&args.look), &snapshot::env);
    if screenless {
        // Plain text has no colours: shades say what they would.
        return without_terminal(preset, look.with_palette(Colours::Mono));
    }
    if !reads_stdin && !std::io::stdin().is_terminal() && std::env::var_os("FNEXPLORE_QUIET").is_none() {
        eprintln_quietly("standard input is not read; to open a preset from it say: fnexplore -");
    }
    let pacing = Pacing { fps: args.fps, bandwidth: args.bandwidth };
    let restricted = args.restricted;
    let (code, settings) = session::run(Opening { preset, source, saved, going, look, pacing, restricted }, coming)?;
    if args.print_on_exit {
        let mut out = std::io::stdout().lock();
        out.write_all(settings.as_bytes())?;
        out.flush()?;
    }
    if code == 0 { Ok(()) } else { Err(End::Code(code)) }
}

/// What is explored, and from where on.
struct Beginning {
    preset: Preset,
    source: Source,
    saved: Vec<Arc<Saved>>,
    /// Whether they were learning then, if that is known.
    going: Option<bool>,
    /// Rows that may still come.
    coming: Option<Coming>,
}

/// The session in a file, or, where none is named, the newest there is.
fn resumed(file: &str) -> Result<Beginning, End> {
    let bad = |why: String| End::Bad(vec![Problem::new(&why)]);
    let path = if file.is_empty() {
        let newest = files::state_dir().and_then(|folder| sessions(&folder).pop());
        newest.ok_or_else(|| bad("there is no session to resume: none has been saved yet".to_owned()))?
    } else {
        PathBuf::from(file)
    };
    let shown = Clean::from(&*path.to_string_lossy());
    let bytes = files::read_capped(&path, SESSION).map_err(|why| bad(format!("{shown}: {why}")))?;
    let session = Checkpoint::read(&bytes).map_err(|why| bad(format!("{shown}: {why}")))?;
    let beside =
        session.home.as_deref().map_or(Path::new("."), |home| Path::new(home).parent().unwrap_or(Path::new(".")));
    let mut preset = load(&Clean::from(session.name.as_str()), &session.preset, &|relative| {
        files::read_confined(beside, relative, TABLE)
    })?;
    for variant in &mut preset.variants {
        variant.forked = session.forks.contains(&variant.name);
    }
    let file = session.home.as_deref().and_then(|home| Source::file(Path::new(home), &mut |_| ()).ok());
    let built_in = || Source::built_in(&session.name).ok().filter(|_| session.home.is_none());
    let source = file.or_else(built_in).unwrap_or_else(|| Source::of(preset.clone()));
    Ok(Beginning { preset, source, saved: session.runs, going: session.going, coming: None })
}

/// A preset that another command has made.
pub(super) fn show(source: Source, look: &super::Looks) -> Result<(), End> {
    let look = Look::choose(&snapshot::look_flags(look), &snapshot::env);
    let dumb = std::env::var("TERM").map_or(true, |term| term.is_empty() || term == "dumb");
    let mut preset = source.preset.clone();
    if dumb || !std::io::stdout().is_terminal() {
        preset.base.steps = 0;
        return without_terminal(preset, look.with_palette(Colours::Mono));
    }
    let pacing = Pacing { fps: None, bandwidth: None };
    let opening = Opening { preset, source, saved: Vec::new(), going: None, look, pacing, restricted: false };
    let (code, _) = session::run(opening, None)?;
    if code == 0 { Ok(()) } else { Err(End::Code(code)) }
}

/// What a pipe would want.
fn without_terminal(preset: Preset, look: Look) -> Result<(), End> {
    let mut told = Duration::ZERO;
    let began = std::time::Instant::now();
    let ended = train::learn(&preset, None, &mut |progress| {
        if let Progress::Step(run) = progress
            && began.elapsed().saturating_sub(told) >= PROGRESS
        {
            told = began.elapsed();
            eprintln_quietly(&format!(
                "{}: step {} of {}, loss {}",
                run.name,
                run.step,
                preset.base.steps,
                report::figure(run.loss)
            ));
        }
        Ok(())
    })?;
    let mut out = std::io::stdout().lock();
    // On a terminal that can do nothing else lines would break where it ends.
    let size = if std::io::stdout().is_terminal() { crossterm::terminal::size().ok() } else { None };
    let size = size
        .filter(|(width, height)| *width > 0 && *height > 1)
        .map_or((120, 40), |(width, height)| (width, height - 1));
    let drawn = snapshot::draw(preset, &ended, look, size, None);
    out.write_all(picture::text(&drawn).as_bytes())?;
    for (run, took) in &ended.runs {
        writeln!(out, "{}", report::sentence(run, *took))?;
    }
    out.flush()?;
    ended.code()
}
