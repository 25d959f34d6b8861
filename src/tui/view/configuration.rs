//! The parameter table as it is now, with the selected row. Knows which rows there are, not what they mean.

use super::frame::Frame;
use crate::preset::{Path, Settings};
use crate::tui::app::{App, ConfigRow, Figure, Overlay, Pane};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Where values begin, at the most.
const VALUES: usize = 19;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    let frame = Frame {
        title: Span::styled("Configuration", look.palette.text),
        focused: app.pane() == Pane::Configuration,
        ..Frame::default()
    };
    let inner = frame.draw(look, area, buffer);
    let rows = app.config_rows();
    let settings = app.preset().settings(app.window.run);
    let height = usize::from(inner.height);
    let selected = app.selected_line();
    // The selected row stays a third from the top, so that what follows can be seen coming.
    let first = selected.saturating_sub(height / 3).min(rows.len().saturating_sub(height));
    for (y, row) in (inner.y..inner.bottom()).zip(rows.iter().skip(first)) {
        let line = Rect { y, height: 1, ..inner };
        match row {
            ConfigRow::Section(title) => write(buffer, line, 1, title, look.palette.heading),
            ConfigRow::Stage(index) => {
                let style = look.palette.stage(app.depth().saturating_sub(*index));
                write(buffer, line, 1, &look.glyphs.stage(*index), style);
            }
            ConfigRow::Setting(path) => setting(app, &settings, *path, line, buffer),
            ConfigRow::Figure(which) => figure(app, *which, line, buffer),
        }
    }
}

/// What follows from the settings: quiet, but for a λ above the critical one.
fn figure(app: &App, which: Figure, line: Rect, buffer: &mut Buffer) {
    let Some(lambda) = app.lambda() else { return };
    let palette = &app.look.palette;
    let column = VALUES.min(usize::from(line.width) * 3 / 5);
    let above = lambda.critical.is_some_and(|critical| lambda.value[0] >= critical);
    let style = if above && which != Figure::Parts { palette.warn } else { palette.dim };
    write(buffer, line, 3, which.label(), palette.dim);
    write(buffer, line, column, &which.text(&lambda), style);
}

fn setting(app: &App, settings: &Settings, path: Path, line: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let row = path.row();
    let column = VALUES.min(usize::from(line.width) * 3 / 5);
    let selected = app.selected() == path;
    if selected {
        buffer.set_style(line, palette.select);
    }
    let label = if selected { palette.text } else { palette.dim };
    let name = Rect { width: line.width.min(u16::try_from(column).unwrap_or(0).saturating_sub(1)), ..line };
    write(buffer, name, 3, row.label, if selected { label.patch(palette.select) } else { label });
    let value = row.kind.show(&settings.get(&path));
    let inherited = path.stage().is_some() && !row.is_written(settings, path.stage());
    let style = if inherited { palette.dim } else { palette.text };
    if let (true, Overlay::Typing(_, typed, wrong)) = (selected, app.overlay()) {
        let style = if wrong.is_some() { palette.bad } else { palette.focus };
        return write(buffer, line, column, &format!("{}▏", typed.text()), style.patch(palette.select));
    }
    if selected && app.pane() == Pane::Configuration {
        let glyphs = app.look.glyphs;
        let text = format!("{} {value} {}", glyphs.left, glyphs.right);
        return write(buffer, line, column.saturating_sub(2), &text, palette.focus.patch(palette.select));
    }
    write(buffer, line, column, &value, if selected { style.patch(palette.select) } else { style });
}

/// Writes over the label if it must: the value is what is looked at.
fn write(buffer: &mut Buffer, line: Rect, at: usize, text: &str, style: Style) {
    let at = u16::try_from(at).unwrap_or(0).min(line.width);
    let room = usize::from(line.width - at);
    let mut text = Line::styled(text.to_owned(), style);
    if text.width() > room {
        let cut: String = text.spans[0].content.chars().take(room.saturating_sub(1)).collect();
        text = Line::styled(format!("{cut}…"), style);
    }
    buffer.set_line(line.x + at, line.y, &text, line.width - at);
}
