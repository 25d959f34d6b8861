//! `fnexplore snapshot`: one picture of a preset after so many steps.

use super::{End, Format, Looks, MarkerName, PaletteName, Snapshot, open, picture, train};
use crate::files;
use crate::preset::Preset;
use crate::tui::look::{Colours, Look, LookFlags, Marker};
use crate::tui::{App, view};
use anyhow::Context;
use ratatui::buffer::Buffer;
use std::io::Write;

pub(super) fn snapshot(args: &Snapshot) -> Result<(), End> {
    let mut preset = open::open(&args.what)?;
    if let Some(steps) = args.steps {
        preset.base.steps = steps;
    }
    let ended = train::learn(&preset, None, &mut |_| Ok(()))?;
    // A file for others to look at has all its colours; a picture on a terminal has the terminal's.
    let mut flags = look_flags(&args.look);
    if args.format == Format::Svg {
        flags.palette = flags.palette.or(Some(Colours::Dark));
        flags.marker = flags.marker.or(Some(Marker::Braille));
    }
    let drawn = draw(preset, &ended, Look::choose(&flags, &env), args.size);
    let text = match args.format {
        Format::Text => picture::text(&drawn),
        Format::Ansi => picture::ansi(&drawn),
        Format::Svg => picture::svg(&drawn),
    };
    match &args.out {
        Some(path) => {
            files::write_atomic(path, text.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    ended.code()
}

/// The screen of `preset` with its runs as they ended.
pub(super) fn draw(preset: Preset, ended: &train::Ended, look: Look, (width, height): (u16, u16)) -> Buffer {
    let (mut app, _) = App::open(preset, look);
    for (run, _) in &ended.runs {
        app.show(run.clone());
    }
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, width, height));
    view::draw(&app, buffer.area, &mut buffer);
    buffer
}

/// The flags in the look's words.
pub(super) fn look_flags(looks: &Looks) -> LookFlags {
    LookFlags {
        marker: looks.marker.map(|marker| match marker {
            MarkerName::Braille => Marker::Braille,
            MarkerName::Half => Marker::Half,
            MarkerName::Ascii => Marker::Ascii,
        }),
        palette: looks.palette.map(|palette| match palette {
            PaletteName::Dark => Colours::Dark,
            PaletteName::Light => Colours::Light,
            PaletteName::Sixteen => Colours::Sixteen,
            PaletteName::Mono => Colours::Mono,
        }),
    }
}

/// The environment, for whatever is chosen by it.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
