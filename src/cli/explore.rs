//! `fnexplore [PRESET]`: the explorer in a terminal; without one, the preset trained and its final picture in plain text.

use super::train::Progress;
use super::{End, Explore, eprintln_quietly, open, picture, report, snapshot, train};
use crate::preset::Preset;
use crate::tui::look::Look;
use crate::tui::session::{self, Pacing};
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Progress lines on standard error are this far apart.
const PROGRESS: Duration = Duration::from_millis(500);

pub(super) fn explore(args: &Explore) -> Result<(), End> {
    let reads_stdin = args.what.preset.as_deref() == Some("-");
    let (preset, source) = open::opened(&args.what)?;
    let look = Look::choose(&snapshot::look_flags(&args.look), &snapshot::env);
    let dumb = std::env::var("TERM").map_or(true, |term| term.is_empty() || term == "dumb");
    // The screen is the terminal's whatever standard output is: it may be a file that takes the settings.
    if !std::io::stdout().is_terminal() && !args.print_on_exit || dumb {
        return without_terminal(preset, look);
    }
    if !reads_stdin && !std::io::stdin().is_terminal() && std::env::var_os("FNEXPLORE_QUIET").is_none() {
        eprintln_quietly("standard input is not read; to open a preset from it say: fnexplore -");
    }
    let pacing = Pacing { fps: args.fps, bandwidth: args.bandwidth };
    let (code, settings) = session::run(preset, source, look, pacing)?;
    if args.print_on_exit {
        let mut out = std::io::stdout().lock();
        out.write_all(settings.as_bytes())?;
        out.flush()?;
    }
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
                "{}: step {} of {}, loss {:.6}",
                run.name, run.step, preset.base.steps, run.loss
            ));
        }
        Ok(())
    })?;
    let mut out = std::io::stdout().lock();
    let drawn = snapshot::draw(preset, &ended, look, (120, 40));
    out.write_all(picture::text(&drawn).as_bytes())?;
    for (run, took) in &ended.runs {
        writeln!(out, "{}", report::sentence(run, *took))?;
    }
    out.flush()?;
    ended.code()
}
