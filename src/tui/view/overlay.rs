//! A window in the middle of the screen: what it covers is cleared. Knows no content.

use super::frame::Frame;
use crate::tui::app::{App, Line as Typed};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

/// What stands on a window's frame.
pub(super) struct Window<'a> {
    pub title: &'a str,
    pub facts: Line<'a>,
    pub legend: Line<'a>,
}

/// Clears room for so many columns and rows of content and frames it; what is inside, with a column of air at the sides.
pub(super) fn open(app: &App, wanted: (u16, u16), window: Window<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
    // The status line is never covered, the sentence only where there is no room without.
    let below = if area.height < 8 { 1 } else { 2 };
    let room = Rect { height: area.height.saturating_sub(below), ..area };
    let (width, height) = (wanted.0.saturating_add(4).min(room.width), wanted.1.saturating_add(2).min(room.height));
    let place = Rect { x: room.x + (room.width - width) / 2, y: room.y + (room.height - height) / 2, width, height };
    Clear.render(place, buffer);
    let palette = &app.look.palette;
    let frame = Frame {
        title: Span::styled(window.title.to_owned(), palette.text),
        facts: window.facts,
        legend: window.legend,
        focused: true,
        ..Frame::default()
    };
    let inner = frame.draw(&app.look, place, buffer);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}

/// A line that is typed into, as much of it as fits with the caret in sight.
pub(super) fn typed(line: &Typed, room: usize) -> String {
    let text: Vec<char> = line.text().chars().collect();
    let caret = line.caret().min(text.len());
    let room = room.saturating_sub(1).max(1);
    let first = caret.saturating_sub(room);
    let before: String = text[first..caret].iter().collect();
    let after: String = text[caret..].iter().take(room.saturating_sub(caret - first)).collect();
    format!("{before}▏{after}")
}

/// Writes one line and cuts it with dots.
pub(super) fn put(buffer: &mut Buffer, at: Rect, text: &str, style: ratatui::style::Style) {
    if at.height == 0 || at.width == 0 {
        return;
    }
    let line = Line::styled(text.to_owned(), style);
    if line.width() <= usize::from(at.width) {
        buffer.set_line(at.x, at.y, &line, at.width);
        return;
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if Line::raw(format!("{cut}{letter}…")).width() > usize::from(at.width) {
            break;
        }
        cut.push(letter);
    }
    buffer.set_line(at.x, at.y, &Line::styled(format!("{cut}…"), style), at.width);
}
