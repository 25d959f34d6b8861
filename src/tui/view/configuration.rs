//! The parameter table as it is now, with the selected row. Knows which rows there are, not what they mean.
//!
//! ```text
//! ╔ Configuration ═════ 3 of 71 ╗
//! ║ Model                       ║
//! ║=  architecture  residual   ▴║   = written in the preset, ▴ a change rebuilds
//! ║*  K           ◂ 12 ▸       ▴║   * not as it was opened
//! ╚═══ = set  * changed  ▴ rebuilds ╝
//! ```

use super::frame::Frame;
use super::overlay::{put, typed};
use crate::preset::{Path, Settings};
use crate::tui::app::{App, ConfigRow, Figure, Mark, Overlay, Pane};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Where values begin, at the most.
const VALUES: usize = 19;
/// What a changed row, a written one and one that rebuilds are marked by.
const MARKS: (char, char, char) = ('*', '=', '▴');

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    let rows = app.config_rows();
    let frame = Frame {
        title: Span::styled("Configuration", look.palette.text),
        facts: facts(app, &rows),
        legend: legend(app, area.width),
        focused: app.pane() == Pane::Configuration,
        ..Frame::default()
    };
    let inner = frame.draw(look, area, buffer);
    let settings = app.compared();
    let height = usize::from(inner.height);
    let selected = app.selected_line();
    // The selected row stays a third from the top, so that what follows can be seen coming.
    let first = selected.saturating_sub(height / 3).min(rows.len().saturating_sub(height));
    for (y, row) in (inner.y..inner.bottom()).zip(rows.iter().skip(first)) {
        let line = Rect { y, height: 1, ..inner };
        match row {
            ConfigRow::Section(title) => write(buffer, line, 1, title, look.palette.heading),
            ConfigRow::Stage(index, what) => {
                let style = look.palette.stage(app.depth().saturating_sub(*index));
                write(buffer, line, 1, format!("{} {what}", look.glyphs.stage(*index)).trim_end(), style);
            }
            ConfigRow::Setting(path) => setting(app, &settings, *path, line, buffer),
            ConfigRow::Figure(which) => figure(app, *which, line, buffer),
        }
    }
    if rows.is_empty() {
        write(buffer, Rect { height: inner.height.min(1), ..inner }, 1, "no setting is like that", look.palette.dim);
    }
}

/// What follows from the settings: quiet, but for a λ above the critical one.
fn figure(app: &App, which: Figure, line: Rect, buffer: &mut Buffer) {
    let Some(lambda) = app.lambda() else { return };
    let palette = &app.look.palette;
    let column = VALUES.min(usize::from(line.width) * 3 / 5);
    let style = if lambda.is_above && which != Figure::Parts { palette.warn } else { palette.dim };
    write(buffer, line, 3, which.label(), palette.dim);
    write(buffer, line, column, &which.text(&lambda), style);
}

/// What is looked for, and how much of it there is.
fn facts(app: &App, rows: &[ConfigRow]) -> Line<'static> {
    let Some(line) = app.finding() else { return Line::default() };
    let count = rows.iter().filter(|row| matches!(row, ConfigRow::Setting(_))).count();
    Line::styled(format!("/{} {count}", line.text()), app.look.palette.focus)
}

/// What the marks mean, as far as there is room.
fn legend(app: &App, width: u16) -> Line<'static> {
    let (changed, written, rebuilds) = MARKS;
    let gap = if width >= 40 { "  " } else { " " };
    let text = format!("{written} set{gap}{changed} changed{gap}{rebuilds} rebuilds");
    Line::styled(text, app.look.palette.dim)
}

fn setting(app: &App, settings: &[Settings; 2], path: Path, line: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let row = path.row();
    let column = VALUES.min(usize::from(line.width) * 3 / 5);
    let selected = app.selected() == path;
    let over = |style: Style| if selected { style.patch(palette.select) } else { style };
    if selected {
        buffer.set_style(line, palette.select);
    }
    let mark = app.mark(&path, settings);
    marks(app, mark, line, selected, buffer);
    let room = Rect { width: line.width.saturating_sub(1), ..line };
    if let (true, Overlay::Typing(_, text, wrong)) = (selected, app.overlay()) {
        return typing(app, row.label, (text, wrong.is_some()), column, line, buffer);
    }
    let label = if selected { palette.text } else { palette.dim };
    let name = Rect { width: line.width.min(u16::try_from(column).unwrap_or(0).saturating_sub(1)), ..line };
    write(buffer, name, 3, row.label, over(label));
    let value = shown(&row.kind.show(&settings[0].get(&path)), mark);
    let style = match mark {
        Mark { idle: true, .. } => palette.dim,
        Mark { written: true, .. } => palette.text.add_modifier(Modifier::BOLD),
        Mark { written: false, .. } if path.stage().is_some() => palette.dim,
        Mark { written: false, .. } => palette.text,
    };
    if selected && app.pane() == Pane::Configuration {
        let glyphs = app.look.glyphs;
        let text = format!("{} {value} {}", glyphs.left, glyphs.right);
        return write(buffer, room, column.saturating_sub(2), &text, over(palette.focus));
    }
    write(buffer, room, column, &value, over(style));
}

/// An empty value is none; what the preset holds fast says so.
fn shown(value: &str, mark: Mark) -> String {
    let value = if value.is_empty() { "–" } else { value };
    if mark.locked { format!("{value} (locked)") } else { value.to_owned() }
}

/// Before the label what became of it, at the edge what a change costs.
fn marks(app: &App, mark: Mark, line: Rect, selected: bool, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let over = |style: Style| if selected { style.patch(palette.select) } else { style };
    let (changed, written, rebuilds) = MARKS;
    match mark {
        Mark { changed: true, .. } => write(buffer, line, 1, &changed.to_string(), over(palette.warn)),
        Mark { written: true, .. } => write(buffer, line, 1, &written.to_string(), over(palette.dim)),
        Mark { .. } => {}
    }
    if mark.rebuilds && line.width > 20 {
        write(buffer, line, usize::from(line.width - 1), &rebuilds.to_string(), over(palette.dim));
    }
}

/// The line that is typed; a long one takes the label's place.
fn typing(
    app: &App,
    label: &str,
    (text, wrong): (&crate::tui::app::Line, bool),
    column: usize,
    line: Rect,
    buffer: &mut Buffer,
) {
    let palette = &app.look.palette;
    let style = if wrong { palette.bad } else { palette.focus };
    let room = usize::from(line.width).saturating_sub(column);
    let length = text.text().chars().count() + 1;
    let at = if length <= room { column } else { 3 };
    if at == column {
        let name = Rect { width: line.width.min(u16::try_from(column).unwrap_or(0).saturating_sub(1)), ..line };
        write(buffer, name, 3, label, palette.text.patch(palette.select));
    }
    let shown = typed(text, usize::from(line.width).saturating_sub(at));
    write(buffer, line, at, &shown, style.patch(palette.select));
}

fn write(buffer: &mut Buffer, line: Rect, at: usize, text: &str, style: Style) {
    let at = u16::try_from(at).unwrap_or(0).min(line.width);
    put(buffer, Rect { x: line.x + at, width: line.width - at, ..line }, text, style);
}
