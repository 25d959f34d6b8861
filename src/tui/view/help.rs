//! Help over the panes: what has the focus, explained, then the key table. Knows no key but by the table.

use super::overlay::{Window, open, put, typed};
use crate::tui::app::{App, HelpLine, Overlay, WIDEST, WORDS};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let Overlay::Help(help) = app.overlay() else { return };
    let palette = &app.look.palette;
    let width = area.width.min(WIDEST).saturating_sub(4);
    let lines = app.help_lines(help, usize::from(width));
    let facts = if help.typing || !help.filter.text().is_empty() {
        let caret = if help.typing { typed(&help.filter, 24) } else { help.filter.text() };
        Line::styled(format!("/{caret}"), palette.focus)
    } else {
        Line::styled("/ finds   esc closes", palette.dim)
    };
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).max(3);
    let legend = Line::default();
    let inner = open(app, (width, rows), Window { title: "Help", facts, legend }, area, buffer);
    let last = lines.len().saturating_sub(usize::from(inner.height));
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(help.scroll.min(last))) {
        let at = Rect { y, height: 1, ..inner };
        match line {
            HelpLine::Heading(text) => put(buffer, at, text, palette.heading),
            HelpLine::Prose(text) => put(buffer, at, text, palette.text),
            HelpLine::Keys(keys, words) => {
                let column = u16::try_from(WORDS).unwrap_or(0).min(at.width);
                put(buffer, Rect { width: column.saturating_sub(1), ..at }, keys, palette.focus);
                put(buffer, Rect { x: at.x + column, width: at.width - column, ..at }, words, palette.text);
            }
            HelpLine::Blank => {}
        }
    }
}
