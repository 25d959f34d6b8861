//! The last sentences over the panes, the newest at the bottom, with the step at which they were said. Knows no run.

use super::overlay::{Window, open};
use crate::text::grouped;
use crate::tui::app::{App, Overlay, wrapped};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Columns of the step, and of the mark of what was refused.
const STEP: usize = 12;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let Overlay::Messages(back) = app.overlay() else { return };
    let palette = &app.look.palette;
    let width = area.width.min(110).saturating_sub(4);
    let mut lines = Vec::new();
    let count = app.messages().len();
    for said in app.messages().take(count - (*back).min(count)) {
        let style = if said.is_error { palette.bad } else { palette.text };
        let parts = wrapped(&said.text, usize::from(width).saturating_sub(STEP + 2).max(8));
        for (at, part) in parts.into_iter().enumerate() {
            let step = if at == 0 { grouped(said.step) } else { String::new() };
            // Told apart without colour too.
            let mark = if said.is_error && at == 0 { '!' } else { ' ' };
            lines.push((format!("{step:>STEP$} {mark}"), part, style));
        }
    }
    if lines.is_empty() {
        lines.push((String::new(), "nothing has been said yet".to_owned(), palette.dim));
    }
    let facts = Line::styled("esc closes", palette.dim);
    let legend = Line::styled("step   ! refused", palette.dim);
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inner = open(app, (width, rows), Window { title: "Messages", facts, legend }, area, buffer);
    let first = lines.len().saturating_sub(usize::from(inner.height));
    for (y, (step, text, style)) in (inner.y..inner.bottom()).zip(lines.iter().skip(first)) {
        buffer.set_stringn(inner.x, y, step, usize::from(inner.width), palette.dim);
        let column = u16::try_from(STEP + 3).unwrap_or(0).min(inner.width);
        buffer.set_stringn(inner.x + column, y, text, usize::from(inner.width - column), *style);
    }
}
