//! What to look at: the preset's title and notes, wrapped and scrolled. Knows no run.

use super::frame::Frame;
use crate::tui::app::{App, Pane};
use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Widget, Wrap};

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let frame =
        Frame { title: Span::styled("Notes", palette.text), focused: app.pane() == Pane::Notes, ..Frame::default() };
    let inner = frame.draw(&app.look, area, buffer).inner(Margin::new(1, 0));
    let base = &app.preset().base;
    let mut lines = vec![Line::styled(base.title.to_string(), palette.heading), Line::default()];
    lines.extend(base.notes.iter().map(|line| Line::styled(line.to_string(), palette.text)));
    let scroll = u16::try_from(app.scroll()).unwrap_or(u16::MAX);
    Paragraph::new(Text::from(lines)).wrap(Wrap { trim: true }).scroll((scroll, 0)).render(inner, buffer);
}
