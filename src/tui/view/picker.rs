//! The list of presets over the panes, with a preview beside it where there is room. Knows no file.

use super::overlay::{Window, open, put, typed};
use crate::preset::Preset;
use crate::tui::app::{App, Choice, Entry, Overlay, Picker, wrapped};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

/// Under this width there is no preview beside the list.
const BESIDE: u16 = 70;
/// The widest list beside a preview.
const LIST: u16 = 44;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let Overlay::Picker(picker) = app.overlay() else { return };
    let palette = &app.look.palette;
    let wanted = (area.width.min(116).saturating_sub(4), area.height.min(30).saturating_sub(4));
    let facts = Line::styled("enter opens   esc closes", palette.dim);
    let more = if picker.more > 0 { format!("{} more files are not listed", picker.more) } else { String::new() };
    let legend = Line::styled(more, palette.dim);
    let inner = open(app, wanted, Window { title: "Open", facts, legend }, area, buffer);
    let line = Rect { height: inner.height.min(1), ..inner };
    put(buffer, line, &format!("/{}", typed(&picker.filter, usize::from(line.width))), palette.focus);
    let body = Rect { y: inner.y + 2.min(inner.height), height: inner.height.saturating_sub(2), ..inner };
    let problems = !picker.problems.is_empty();
    if inner.width >= BESIDE {
        let width = LIST.min(inner.width * 2 / 5);
        list(app, picker, Rect { width, ..body }, buffer);
        let side = Rect { x: body.x + width + 2, width: body.width - width - 2, ..body };
        preview(app, picker, side, buffer);
    } else if problems {
        // What was refused must be read: it takes the lower half.
        let upper = body.height / 2;
        list(app, picker, Rect { height: upper, ..body }, buffer);
        let lower = Rect { y: body.y + upper, height: body.height - upper, ..body };
        preview(app, picker, lower, buffer);
    } else {
        list(app, picker, body, buffer);
    }
}

fn list(app: &App, picker: &Picker, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let entries = picker.shown();
    if entries.is_empty() {
        return put(buffer, Rect { height: area.height.min(1), ..area }, "none is called so", palette.dim);
    }
    let height = usize::from(area.height);
    let first = picker.at().saturating_sub(height / 2).min(entries.len().saturating_sub(height));
    let widest = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
    let column = u16::try_from(widest.min(24) + 3).unwrap_or(0);
    for (y, (place, entry)) in (area.y..area.bottom()).zip(entries.iter().enumerate().skip(first)) {
        let at = Rect { y, height: 1, ..area };
        let here = place == picker.at();
        let over = |style: Style| if here { style.patch(palette.select) } else { style };
        if here {
            buffer.set_style(at, palette.select);
        }
        let mark = if here { app.look.glyphs.right } else { " " };
        let (style, words) = match (&entry.seen, &entry.choice) {
            (Ok(_), Choice::BuiltIn(_)) => (palette.heading, entry.title().to_string()),
            (Ok(_), Choice::File(_)) => (palette.text, entry.title().to_string()),
            (Err(problems), _) => {
                let count = problems.len();
                (palette.dim, if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") })
            }
        };
        let name = Rect { width: at.width.min(column.saturating_sub(1)), ..at };
        put(buffer, name, &format!("{mark} {}", entry.name), over(style));
        let rest = Rect { x: at.x + column.min(at.width), width: at.width.saturating_sub(column), ..at };
        put(buffer, rest, &words, over(palette.dim));
    }
}

/// What the selected one is, or why it is none.
fn preview(app: &App, picker: &Picker, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let width = usize::from(area.width);
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |text: &str, style: Style| lines.extend(wrapped(text, width).into_iter().map(|line| (line, style)));
    match (picker.selected(), picker.problems.is_empty()) {
        (Some(_), false) => {
            say("It is not opened, and what runs goes on:", palette.text);
            for problem in &picker.problems {
                say(&problem.to_string(), palette.bad);
            }
        }
        (Some(Entry { seen: Err(problems), .. }), true) => {
            for problem in problems {
                say(&problem.to_string(), palette.bad);
            }
        }
        (Some(Entry { seen: Ok(preset), .. }), true) => {
            say(if preset.base.title.is_empty() { &preset.name } else { &preset.base.title }, palette.heading);
            for fact in facts(preset) {
                say(&fact, palette.dim);
            }
            say("", palette.text);
            let mut paragraph = String::new();
            for note in preset.base.notes.iter().chain([&crate::text::Clean::default()]) {
                if note.trim() == "---" || note.is_empty() {
                    say(&paragraph, palette.text);
                    say("", palette.text);
                    paragraph.clear();
                } else {
                    paragraph = format!("{paragraph} {note}");
                }
            }
        }
        (None, _) => {}
    }
    lines.dedup_by(|one, other| one.0.is_empty() && other.0.is_empty());
    for (y, (text, style)) in (area.y..area.bottom()).zip(lines) {
        put(buffer, Rect { y, height: 1, ..area }, &text, style);
    }
}

/// Data, model and variants in a line each.
fn facts(preset: &Preset) -> Vec<String> {
    let (base, model) = (&preset.base, &preset.base.model);
    let mut facts = vec![
        format!("{} · σ {} · L {} · K {}", model.architecture.name(), model.sigma, model.depth, model.k),
        if base.is_csv() {
            format!("data {}", base.data.origin.text())
        } else {
            format!("data {} · n {} · noise {}", base.data.origin.text(), base.data.n, base.data.noise)
        },
    ];
    if !preset.variants.is_empty() {
        facts.push(format!("beside it: {}", preset.runs()[1..].join(", ")));
    }
    facts
}
