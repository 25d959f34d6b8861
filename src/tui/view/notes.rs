//! What to look at: the preset's title and notes, wrapped and scrolled. Knows no run.

use super::frame::Frame;
use crate::text::Clean;
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
    for page in base.pages() {
        lines.extend(paragraphs(page).into_iter().map(|text| Line::styled(text, palette.text)));
        lines.push(Line::default());
    }
    let scroll = u16::try_from(app.scroll()).unwrap_or(u16::MAX);
    Paragraph::new(Text::from(lines)).wrap(Wrap { trim: true }).scroll((scroll, 0)).render(inner, buffer);
}

/// Lines that follow each other are one paragraph, to be wrapped at this width and not at the author's.
fn paragraphs(page: &[Clean]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in page {
        match paragraphs.last_mut() {
            Some(last) if !line.is_empty() && !last.is_empty() => {
                last.push(' ');
                last.push_str(line);
            }
            Some(last) if last.is_empty() => last.push_str(line),
            _ => paragraphs.push(String::new()),
        }
        if line.is_empty() {
            paragraphs.push(String::new());
        }
    }
    paragraphs
}
