//! One f⁽ⁱ⁾ over the whole screen: its plot, its elements as a table, its formula with the numbers of now.
//! Knows no other stage.

use super::frame::Frame;
use super::strip;
use crate::scene::{ElementScene, FocusScene, Scene};
use crate::tui::app::App;
use crate::tui::plot::scale::short;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};
use std::fmt::Write;

/// Columns of the table.
const TABLE: u16 = 52;
/// Under this width there is no table.
const WIDE: u16 = 96;
/// Lines of the formula, where there is room for them.
const FORMULA: u16 = 5;
/// Terms that the formula writes out.
const TERMS: usize = 24;

/// ```text
/// ╔ f⁽²⁾ ════════════════════ 3 of 12 ╗╭ elements ─────────────────────╮
/// ║                                   ║│   k    −c/b   1/|b|     a  …  │
/// ╚═══════════════════════════════════╝╰───────────────────────────────╯
///  f⁽²⁾(u) = −1.18 σ(1.4 u + 0.6) + …
/// ```
pub(super) fn draw(app: &App, scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let Some(focus) = &scene.focus else { return strip::draw(app, scene, area, buffer) };
    let table = if area.width >= WIDE { TABLE } else { 0 };
    let formula = if area.height >= 18 { FORMULA } else { 0 };
    let plot = Rect { width: area.width - table, height: area.height - formula, ..area };
    strip::draw_alone(app, scene, plot, buffer);
    if table > 0 {
        draw_table(app, focus, Rect { x: plot.right(), width: table, ..plot }, buffer);
    }
    if formula > 0 {
        let place = Rect { x: area.x + 1, y: plot.bottom(), width: area.width - 2, height: formula };
        // Lines end at words, so that they hold a little less than their cells.
        let room = usize::from(place.width) * usize::from(FORMULA) * 9 / 10;
        let mut written = (1..=TERMS).rev().map(|terms| written(app, focus, terms));
        let fits = written.find(|line| line.width() <= room).unwrap_or_default();
        Paragraph::new(fits).wrap(Wrap { trim: true }).render(place, buffer);
    }
}

/// How wide the plot is: what the scene is sampled at.
pub(super) fn plot_width(area: Rect) -> u16 {
    area.width - if area.width >= WIDE { TABLE } else { 0 }
}

fn draw_table(app: &App, focus: &FocusScene, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let frame = Frame {
        title: Span::styled("elements", palette.text),
        facts: Line::styled("reach: what it adds over the data", palette.dim),
        ..Frame::default()
    };
    let inner = frame.draw(&app.look, area, buffer);
    let b = focus.elements.first().map_or(1, |one| one.element.b.len());
    let names = if b > 1 { ["k", "place", "width", "a", "‖b‖", "c", "reach"] } else { COLUMNS };
    row(buffer, Rect { height: 1, ..inner }, &names.map(str::to_owned), ' ', palette.dim);
    let height = usize::from(inner.height.saturating_sub(1));
    let selected = focus.selected.unwrap_or(0);
    let first = selected.saturating_sub(height / 2).min(focus.elements.len().saturating_sub(height));
    let j = app.window.coordinate;
    for (y, (k, one)) in (inner.y + 1..inner.bottom()).zip(focus.elements.iter().enumerate().skip(first)) {
        let style = if focus.selected == Some(k) {
            palette.text.patch(palette.select)
        } else if one.reach == 0.0 {
            palette.dim
        } else {
            palette.text
        };
        let mark = if one.held { 'h' } else { ' ' };
        row(buffer, Rect { y, height: 1, ..inner }, &figures(k, one, j), mark, style);
    }
}

const COLUMNS: [&str; 7] = ["k", "−c/b", "1/|b|", "a", "b", "c", "reach"];

fn figures(k: usize, one: &ElementScene, j: usize) -> [String; 7] {
    let element = &one.element;
    let maybe = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), short);
    let width = Some(element.width()).filter(|width| width.is_finite());
    let b = if element.b.len() > 1 { width.map(|width| 1.0 / width) } else { element.b.first().copied() };
    [
        (k + 1).to_string(),
        maybe(element.location()),
        maybe(width),
        maybe(element.a.get(j).or(element.a.first()).copied()),
        maybe(b),
        maybe(Some(element.c).filter(|_| !element.b.is_empty())),
        short(one.reach),
    ]
}

/// Right-aligned columns of seven cells, the first of four.
fn row(buffer: &mut Buffer, line: Rect, cells: &[String; 7], mark: char, style: Style) {
    let mut text = format!("{:>4}", cells[0]);
    for cell in &cells[1..] {
        let _ = write!(text, "{cell:>7}");
    }
    text.push(' ');
    text.push(mark);
    let width = usize::from(line.width);
    buffer.set_stringn(line.x, line.y, format!("{text:<width$}"), width, style);
}

/// f⁽²⁾(u) = −1.18 σ(1.4 u + 0.6) + … + d with so many terms and the selected one, which is lit.
fn written(app: &App, focus: &FocusScene, terms: usize) -> Line<'static> {
    let (palette, glyphs) = (&app.look.palette, app.look.glyphs);
    let j = app.window.coordinate;
    let color = palette.stage(app.depth().saturating_sub(focus.index));
    let mut spans =
        vec![Span::styled(format!("{}(u)", glyphs.stage(focus.index)), color), Span::styled(" = ", palette.dim)];
    // The largest contributions first are what one reads; their order is θ's.
    let mut by_reach: Vec<usize> = (0..focus.elements.len()).collect();
    by_reach.sort_by(|one, other| focus.elements[*other].reach.total_cmp(&focus.elements[*one].reach));
    let mut shown: Vec<usize> = by_reach.into_iter().take(terms).chain(focus.selected).collect();
    shown.sort_unstable();
    shown.dedup();
    let left_out = focus.elements.len() - shown.len();
    for (place, k) in shown.into_iter().enumerate() {
        let text = term(&focus.elements[k], j, place == 0);
        let style = if focus.selected == Some(k) { palette.focus } else { palette.text };
        spans.push(Span::styled(text, style));
        spans.push(Span::raw(" "));
    }
    if left_out > 0 {
        spans.push(Span::styled(format!("+ {left_out} smaller "), palette.dim));
    }
    let d = focus.d.get(j).or(focus.d.first()).copied().unwrap_or(0.0);
    spans.push(Span::styled(signed(d, false), palette.text));
    spans.push(Span::styled(format!("     σ = {}", focus.sigma), palette.dim));
    Line::from(spans)
}

fn term(one: &ElementScene, j: usize, first: bool) -> String {
    let element = &one.element;
    let a = element.a.get(j).or(element.a.first()).copied().unwrap_or(0.0);
    let inside = match element.b[..] {
        [] => "u".to_owned(),
        [b] => format!("{} u {}", short(b), signed(element.c, false)),
        _ => format!("b·u {}", signed(element.c, false)),
    };
    format!("{} σ({inside})", signed(a, first))
}

/// "− 1.18", or "−1.18" at the beginning.
fn signed(value: f64, first: bool) -> String {
    let size = short(value.abs());
    match (value < 0.0, first) {
        (true, true) => format!("−{size}"),
        (true, false) => format!("− {size}"),
        (false, true) => size,
        (false, false) => format!("+ {size}"),
    }
}
