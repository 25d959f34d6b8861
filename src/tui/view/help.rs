//! What lies over the panes: the key table. Knows no key but by the table.

use super::frame::Frame;
use crate::tui::app::keys::{BINDINGS, Place};
use crate::tui::app::{App, Overlay};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

/// Where the explanations begin.
const WORDS: u16 = 15;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let Overlay::Help(scroll) = app.overlay() else { return };
    let palette = &app.look.palette;
    let rows = u16::try_from(BINDINGS.len()).unwrap_or(u16::MAX);
    let (width, height) = (area.width.min(78), area.height.saturating_sub(2).min(rows + 2));
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    Clear.render(place, buffer);
    let frame = Frame {
        title: Span::styled("Help", palette.text),
        facts: Line::styled("esc closes", palette.dim),
        legend: Line::default(),
        focused: true,
    };
    let inner = frame.draw(&app.look, place, buffer);
    // The pane's own keys first.
    let own = |row: &&crate::tui::app::keys::Binding| row.place == Place::In(app.pane());
    let ordered = BINDINGS.iter().filter(own).chain(BINDINGS.iter().filter(|row| !own(row)));
    let last = BINDINGS.len().saturating_sub(usize::from(inner.height));
    for (y, row) in (inner.y..inner.bottom()).zip(ordered.skip((*scroll).min(last))) {
        let keys = format!(" {}", row.keys.join("  "));
        buffer.set_stringn(inner.x, y, keys, usize::from(WORDS.min(inner.width)), palette.focus);
        let room = inner.width.saturating_sub(WORDS);
        let words = match row.place {
            Place::Anywhere => row.help.to_owned(),
            Place::In(pane) => format!("{} ({})", row.help, pane.title()),
        };
        buffer.set_stringn(inner.x + WORDS.min(inner.width), y, words, usize::from(room), palette.text);
    }
}
