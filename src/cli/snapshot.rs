//! `fnexplore snapshot`: one picture of a preset after so many steps.

use super::{End, Format, Looks, MarkerName, PaletteName, PaneName, Snapshot, figure, open, picture, train};
use crate::files;
use crate::preset::Preset;
use crate::tui::app::Pane;
use crate::tui::look::{Colours, Look, LookFlags, Marker};
use crate::tui::svg::{Paper, svg};
use crate::tui::{App, view};
use anyhow::Context;
use ratatui::buffer::Buffer;
use std::io::Write;

pub(super) fn snapshot(args: &Snapshot) -> Result<(), End> {
    if let Some(name) = &args.claim {
        return figure::figure(args, name);
    }
    let mut preset = open::open(&args.what)?;
    if let Some(steps) = args.steps {
        preset.base.steps = steps;
    }
    let ended = train::learn(&preset, None, &mut |_| Ok(()))?;
    let look = look(args);
    let title = format!("fnexplore {}", preset.name);
    let paper = Paper::of(&look.palette);
    let drawn = draw(preset, &ended, look, args.size, args.pane.map(pane));
    write(args, &drawn, paper, &title)?;
    ended.code()
}

/// How a picture in that format looks.
pub(super) fn look(args: &Snapshot) -> Look {
    let flags = look_flags(&args.look);
    match args.format {
        // A picture for others has all colours and characters, whatever terminal it is made on.
        Format::Svg => {
            Look::choose(&flags, &|name| (name == "LANG").then(|| "C.UTF-8".to_owned())).on_paper(flags.palette)
        }
        // A text has no colours: what they would say is said by shades.
        Format::Text => Look::choose(&LookFlags { palette: flags.palette.or(Some(Colours::Mono)), ..flags }, &env),
        Format::Ansi => Look::choose(&flags, &env),
    }
}

/// The picture in its format, into a file or to standard output.
pub(super) fn write(args: &Snapshot, drawn: &Buffer, paper: Paper, title: &str) -> Result<(), End> {
    let text = match args.format {
        Format::Text => picture::text(drawn),
        Format::Ansi => picture::ansi(drawn),
        Format::Svg => svg(drawn, paper, title),
    };
    match &args.out {
        Some(path) => {
            files::write_atomic(path, text.as_bytes())
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    Ok(())
}

/// The screen of `preset`, or one pane of it, with its runs as they ended.
pub(super) fn draw(
    preset: Preset,
    ended: &train::Ended,
    look: Look,
    (width, height): (u16, u16),
    pane: Option<Pane>,
) -> Buffer {
    let (mut app, _) = App::open(preset, look);
    for (run, _) in &ended.runs {
        app.show(run.clone());
    }
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, width, height));
    match pane {
        Some(pane) => view::draw_pane(&app, pane, buffer.area, &mut buffer),
        None => view::draw(&app, buffer.area, &mut buffer),
    }
    buffer
}

/// The flag in the screen's words.
fn pane(name: PaneName) -> Pane {
    match name {
        PaneName::Functions => Pane::Functions,
        PaneName::Configuration => Pane::Configuration,
        PaneName::Composition => Pane::Composition,
        PaneName::Loss => Pane::Loss,
        PaneName::Notes => Pane::Notes,
        PaneName::Learned => Pane::Learned,
    }
}

/// The flags in the look's words.
pub(super) fn look_flags(looks: &Looks) -> LookFlags {
    LookFlags {
        marker: looks.marker.map(|marker| match marker {
            MarkerName::Braille => Marker::Braille,
            MarkerName::Octant => Marker::Octant,
            MarkerName::Quadrant => Marker::Quadrant,
            MarkerName::Half => Marker::Half,
            MarkerName::Ascii => Marker::Ascii,
        }),
        palette: looks.palette.map(|palette| match palette {
            PaletteName::Any => Colours::Any,
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
