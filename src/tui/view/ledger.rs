//! The claims over the panes: the list with the last verdicts, and the selected one with what it asks, what was found, and its
//! figure. Knows no experiment.

use super::figure::draw_figure;
use super::overlay::{Window, open, put};
use crate::study::claims::{CLAIMS, short};
use crate::tui::app::{App, Ledger, Overlay, wrapped};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use serde_json::Value;

/// Under this width the details stand below the list.
const BESIDE: u16 = 90;
/// Columns of the list beside details.
const LIST: u16 = 42;
/// A figure has so many rows or is left out.
const FIGURE: u16 = 10;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    if *app.overlay() != Overlay::Claims {
        return;
    }
    let (palette, ledger) = (&app.look.palette, app.ledger());
    let wanted = (area.width.min(150).saturating_sub(4), area.height.min(50).saturating_sub(4));
    let keys = if area.width < 90 {
        "enter run  s shorter  x stop  i figure  o preset  esc"
    } else {
        "enter runs it   s shorter   x stops   i figure   o preset   esc closes"
    };
    let facts = Line::styled(keys, palette.dim);
    let legend = Line::styled(going(ledger), palette.dim);
    let inner = open(app, wanted, Window { title: "Claims", facts, legend }, area, buffer);
    if inner.width >= BESIDE {
        list(app, Rect { width: LIST, ..inner }, buffer);
        let side = Rect { x: inner.x + LIST + 2, width: inner.width - LIST - 2, ..inner };
        details(app, side, buffer);
    } else {
        let upper = (inner.height / 3).max(3).min(inner.height);
        list(app, Rect { height: upper, ..inner }, buffer);
        let lower = Rect { y: inner.y + upper + 1, height: inner.height.saturating_sub(upper + 1), ..inner };
        details(app, lower, buffer);
    }
}

/// `C9 runs: 12 of 40`.
fn going(ledger: &Ledger) -> String {
    match ledger.running() {
        Some((name, Some(progress))) => format!("{name} runs: {} of {}", progress.done, progress.of),
        Some((name, None)) => format!("{name} runs"),
        None => String::new(),
    }
}

fn list(app: &App, area: Rect, buffer: &mut Buffer) {
    let (palette, ledger) = (&app.look.palette, app.ledger());
    let height = usize::from(area.height);
    let first = ledger.at().saturating_sub(height / 2).min(CLAIMS.len().saturating_sub(height));
    for (y, (place, claim)) in (area.y..area.bottom()).zip(CLAIMS.iter().enumerate().skip(first)) {
        let at = Rect { y, height: 1, ..area };
        let here = place == ledger.at();
        if here {
            buffer.set_style(at, palette.select);
        }
        let over = |style: Style| if here { style.patch(palette.select) } else { style };
        let running = ledger.running().is_some_and(|(name, _)| name == claim.name);
        let (mark, style) = match ledger.verdict(claim.name) {
            _ if running => ("…", palette.focus),
            Some("holds") => ("+", palette.good),
            Some("holds with a correction") => ("±", palette.warn),
            Some("fails") => ("−", palette.bad),
            Some("no difference seen") => ("0", palette.dim),
            Some(_) => ("~", palette.dim),
            None => (" ", palette.dim),
        };
        put(buffer, Rect { width: at.width.min(2), ..at }, mark, over(style));
        let rest = Rect { x: at.x + 2.min(at.width), width: at.width.saturating_sub(2), ..at };
        put(buffer, rest, &format!("{:4}{}", claim.name, claim.title), over(palette.text));
    }
}

/// What is claimed and asked, then what was found; the figure where there is room for one.
fn details(app: &App, area: Rect, buffer: &mut Buffer) {
    let (palette, ledger) = (&app.look.palette, app.ledger());
    let claim = ledger.claim();
    let width = usize::from(area.width);
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |text: &str, style: Style| lines.extend(wrapped(text, width).into_iter().map(|line| (line, style)));
    say(claim.claim, palette.text);
    say(&format!("Exactly: {}", claim.statement), palette.heading);
    match (ledger.result(claim.name), ledger.ended(claim.name)) {
        (_, Some(why)) => say(&format!("no result: {why}"), palette.bad),
        (Some(value), None) => {
            for line in found(value) {
                say(&line, palette.focus);
            }
        }
        (None, None) => say("not run yet", palette.dim),
    }
    let text = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let room = area.height.saturating_sub(text + 1);
    let figure = ledger.figure().filter(|_| room >= FIGURE);
    if figure.is_none() {
        let mut say = |text: &str| lines.extend(wrapped(text, width).into_iter().map(|line| (line, palette.dim)));
        say(&format!("Design: {}", claim.design));
        say(&format!("Rule: {}", claim.rule));
        say(&format!("Note: {}", claim.remark));
    }
    for (y, (text, style)) in (area.y..area.bottom()).zip(lines) {
        put(buffer, Rect { y, height: 1, ..area }, &text, style);
    }
    if let Some((figure, at, of)) = figure {
        let place = Rect { y: area.y + text, height: area.height - text, ..area };
        draw_figure(&app.look, &figure, place, buffer);
        if of > 1 {
            let count = format!(" {} of {of} ", at + 1);
            let line = Rect { x: place.x + 2, y: place.bottom() - 1, width: place.width.saturating_sub(4), height: 1 };
            put(buffer, line, &count, palette.dim);
        }
    }
}

/// Verdict, statistic, and what it took.
fn found(value: &Value) -> Vec<String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |of: &Value, key: &str| of.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let seconds = short(number(value, "seconds"));
    let mut lines = vec![format!("{}, {seconds} s, version {}", text("verdict"), text("version"))];
    let measures = value.get("measures").and_then(Value::as_array);
    for measure in measures.into_iter().flatten().take(4) {
        let what = measure.get("what").and_then(Value::as_str).unwrap_or_default();
        let (value, low, high) = (number(measure, "value"), number(measure, "low"), number(measure, "high"));
        let n = measure.get("n").and_then(Value::as_u64).unwrap_or(0);
        let interval = if low < high { format!(" [{}, {}]", short(low), short(high)) } else { String::new() };
        lines.push(format!("{what}: {}{interval}, n {n}", short(value)));
    }
    lines
}
