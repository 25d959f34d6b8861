//! A preset that was pasted: what it would change, before it does. Knows no key but by its name.

use super::frame::Frame;
use crate::tui::app::{App, Overlay};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let Overlay::Pasted(pasted, scroll) = app.overlay() else { return };
    let palette = &app.look.palette;
    let rows = u16::try_from(pasted.changes.len()).unwrap_or(u16::MAX).saturating_add(4);
    let (width, height) = (area.width.min(76), area.height.saturating_sub(2).min(rows));
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    Clear.render(place, buffer);
    let frame = Frame {
        title: Span::styled("Open what was pasted?", palette.text),
        facts: Line::styled("enter opens it, esc leaves it", palette.dim),
        legend: Line::default(),
        focused: true,
        ..Frame::default()
    };
    let inner = frame.draw(&app.look, place, buffer);
    let title =
        if pasted.source.preset.base.title.is_empty() { "without a title" } else { &pasted.source.preset.base.title };
    if inner.height > 0 {
        buffer.set_stringn(inner.x + 1, inner.y, title, usize::from(inner.width.saturating_sub(2)), palette.heading);
    }
    for (y, line) in (inner.y + 2..inner.bottom()).zip(pasted.changes.iter().skip(*scroll)) {
        buffer.set_stringn(inner.x + 1, y, line.as_str(), usize::from(inner.width.saturating_sub(2)), palette.text);
    }
}
