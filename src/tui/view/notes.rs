//! What to look at: the question that is asked first, then the notes by pages, wrapped and scrolled. Knows no run.

use super::frame::Frame;
use crate::text::Clean;
use crate::tui::app::{App, Leaf, Pane, wrapped};
use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// From this width on the two answers stand side by side.
const BESIDE: u16 = 44;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let leaves = app.leaves();
    let page = app.page();
    let facts = if leaves.len() > 1 { format!("page {} of {}", page + 1, leaves.len()) } else { String::new() };
    let frame = Frame {
        title: Span::styled("Notes", palette.text),
        facts: Line::styled(facts, palette.dim),
        focused: app.pane() == Pane::Notes,
        ..Frame::default()
    };
    let inner = frame.draw(&app.look, area, buffer).inner(Margin::new(1, 0));
    let Some(leaf) = leaves.get(page) else { return };
    let lines = match leaf {
        Leaf::Predict { question, guess, answer } => predict(app, question, (guess.as_ref(), answer.as_ref()), inner),
        Leaf::Prose(lines) => prose(app, lines, page, inner),
    };
    let last = lines.len().saturating_sub(usize::from(inner.height).min(lines.len()));
    for (y, line) in (inner.y..inner.bottom()).zip(lines.into_iter().skip(app.scroll().min(last))) {
        buffer.set_line(inner.x, y, &line, inner.width);
    }
}

fn prose(app: &App, page: &[Clean], number: usize, area: Rect) -> Vec<Line<'static>> {
    let palette = &app.look.palette;
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    // The title stands over the first page of prose.
    if number == usize::from(!app.preset().base.view.predict.is_empty()) {
        lines.extend(styled(&app.preset().base.title, width, palette.heading));
        lines.push(Line::default());
    }
    for paragraph in paragraphs(page) {
        lines.extend(styled(&paragraph, width, palette.text));
    }
    lines
}

/// The question, then what is expected and what happens.
fn predict(
    app: &App,
    question: &str,
    (guess, answer): (Option<&Clean>, Option<&Clean>),
    area: Rect,
) -> Vec<Line<'static>> {
    let palette = &app.look.palette;
    let width = usize::from(area.width);
    let mut lines = styled(&app.preset().base.title, width, palette.heading);
    lines.push(Line::default());
    lines.extend(styled(question, width, palette.text));
    lines.push(Line::default());
    let Some(guess) = guess else {
        let key = if app.pane() == Pane::Notes { "Enter" } else { "5, then Enter" };
        lines.extend(styled(&format!("{key}: guess first. J: go on without"), width, palette.focus));
        return lines;
    };
    let own = if guess.is_empty() { "(left open)" } else { guess.as_str() };
    let other = answer.map_or("when the run is done; Enter shows it now", Clean::as_str);
    let ink = if answer.is_some() { palette.text } else { palette.dim };
    if area.width < BESIDE {
        let answers = [("You expect", own, palette.text), ("What happens", other, ink)].into_iter();
        let told =
            |(title, text, style)| [vec![Line::styled(title, palette.heading)], styled(text, width, style)].concat();
        let answers: Vec<Line<'static>> = answers.flat_map(told).collect();
        // The question is known by then: where there is no room for both it goes.
        if lines.len() + answers.len() > usize::from(area.height) {
            lines.clear();
        }
        lines.extend(answers);
        return lines;
    }
    let half = (width - 3) / 2;
    let (left, right) = (wrapped(own, half), wrapped(other, half));
    let row = |one: &str, two: &str, styles: (Style, Style)| {
        let padded = format!("{one}{}   ", " ".repeat(half.saturating_sub(Line::raw(one).width())));
        Line::from(vec![Span::styled(padded, styles.0), Span::styled(two.to_owned(), styles.1)])
    };
    lines.push(row("You expect", "What happens", (palette.heading, palette.heading)));
    for at in 0..left.len().max(right.len()) {
        let of = |side: &[String]| side.get(at).cloned().unwrap_or_default();
        lines.push(row(&of(&left), &of(&right), (palette.text, ink)));
    }
    lines
}

fn styled(text: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    wrapped(text, width).into_iter().map(|line| Line::styled(line, style)).collect()
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
            Some(_) | None => paragraphs.push(String::new()),
        }
        if line.is_empty() {
            paragraphs.push(String::new());
        }
    }
    paragraphs
}
