//! The `:` line and what can follow it, at the lower edge; and the question about unsaved settings. Knows no command.

use super::frame::Frame;
use super::overlay::{Window, open, put, typed};
use crate::tui::app::{App, Overlay, Prompt, Then};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

/// Choices shown at once.
const SHOWN: u16 = 8;

/// The `:` line with its hint.
pub(super) fn line(app: &App, prompt: &Prompt, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let text = format!(":{}", typed(prompt.line(), usize::from(area.width.saturating_sub(2))));
    put(buffer, area, &text, palette.focus);
    let used = u16::try_from(Line::raw(text).width()).unwrap_or(u16::MAX).saturating_add(2);
    let hint = app.completion(&prompt.line().text()).hint;
    if used + 8 < area.width {
        put(buffer, Rect { x: area.x + used, width: area.width - used, ..area }, &hint, palette.dim);
    }
}

pub(super) fn draw(app: &App, area: Rect, sentence: Option<Rect>, buffer: &mut Buffer) {
    if let (Overlay::Command(prompt), Some(line)) = (app.overlay(), sentence) {
        choices(app, prompt, line, buffer);
    }
    if let Overlay::Ask(then) = app.overlay() {
        ask(app, then, area, buffer);
    }
}

/// What may come next, over the line that is typed.
fn choices(app: &App, prompt: &Prompt, line: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let (base, at) = prompt.choosing();
    let completion = app.completion(&base);
    let count = u16::try_from(completion.choices.len()).unwrap_or(u16::MAX);
    let height = count.min(SHOWN).min(line.y.saturating_sub(3));
    if height == 0 {
        return;
    }
    let widest = completion.choices.iter().map(|choice| choice.word.chars().count()).max().unwrap_or(0);
    let column = u16::try_from(widest.min(28) + 3).unwrap_or(0);
    let helps = completion.choices.iter().any(|choice| !choice.help.is_empty());
    let width = line.width.min(if helps { column + 64 } else { column + 12 });
    let outer = Rect { x: line.x, y: line.y - height - 2, width, height: height + 2 };
    Clear.render(outer, buffer);
    let rows = usize::from(height);
    let more = completion.choices.len().saturating_sub(rows);
    let more = if more > 0 { format!("{more} more") } else { String::new() };
    let facts = Line::styled(more, palette.dim);
    let place = Frame { facts, ..Frame::default() }.draw(&app.look, outer, buffer);
    let selected = at.unwrap_or(usize::MAX);
    let first = at.unwrap_or(0).saturating_sub(rows / 2).min(completion.choices.len() - rows);
    for (y, (place_of, choice)) in (place.y..place.bottom()).zip(completion.choices.iter().enumerate().skip(first)) {
        let row = Rect { y, height: 1, ..place };
        let here = place_of == selected;
        let (word, help) = if here {
            (palette.focus.patch(palette.select), palette.dim.patch(palette.select))
        } else {
            (palette.text, palette.dim)
        };
        buffer.set_style(row, if here { palette.select } else { ratatui::style::Style::new() });
        let mark = if here { app.look.glyphs.right } else { " " };
        put(buffer, Rect { width: row.width.min(column), ..row }, &format!("{mark}{}", choice.word), word);
        let rest = Rect { x: row.x + column.min(row.width), width: row.width.saturating_sub(column + 1), ..row };
        put(buffer, rest, &choice.help, help);
    }
}

/// What is lost with the preset that waits.
fn gone(app: &App) -> String {
    app.edited_elsewhere().map_or_else(String::new, |waits| format!("; what was changed in {waits} is lost"))
}

fn ask(app: &App, then: &Then, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let lost = match (app.is_edited(), app.edited_elsewhere()) {
        (true, None) => "Settings were changed and are not saved. ".to_owned(),
        (false, Some(name)) => format!("Settings of {name}, which waits, were changed and are not saved. "),
        (true, Some(name)) => {
            format!("Settings of this preset and of {name}, which waits, were changed and are not saved. ")
        }
        (false, None) => String::new(),
    };
    let (question, yes) = match then {
        Then::Quit => (format!("{lost}Leave?"), "y  leave without saving (or q again)".to_owned()),
        Then::Replace(source) => {
            let name = &source.preset.name;
            let what = if lost.is_empty() {
                format!("Open {name} in place of this preset?")
            } else {
                format!("Open {name} all the same?")
            };
            let back = if app.edited_elsewhere().is_some() { gone(app) } else { "; u then goes back".to_owned() };
            let yes = format!("y  open it{back}");
            (format!("{lost}{what}"), yes)
        }
        Then::Act(_) => (format!("{lost}Go on all the same?"), format!("y  go on{}", gone(app))),
    };
    let mut lines = crate::tui::app::wrapped(&question, usize::from(area.width.min(64).saturating_sub(4)));
    let words = lines.len();
    lines.push(String::new());
    if app.is_edited() && !matches!(then, Then::Act(_)) {
        lines.push("s  save first".to_owned());
    }
    lines.extend([yes, "n  stay (or Esc)".to_owned()]);
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let wanted = (u16::try_from(width).unwrap_or(60), u16::try_from(lines.len()).unwrap_or(6));
    let title = match then {
        Then::Quit => "Quit",
        Then::Replace(_) => "Open",
        Then::Act(_) => "What waits",
    };
    let window = Window { title, facts: Line::default(), legend: Line::default() };
    let inner = open(app, wanted, window, area, buffer);
    for (y, (at, line)) in (inner.y..inner.bottom()).zip(lines.iter().enumerate()) {
        let style = if at < words { palette.text } else { palette.focus };
        put(buffer, Rect { y, height: 1, ..inner }, line, style);
    }
}
