//! The strip x ─▸ f⁽³⁾ ─▸ f⁽²⁾ ─▸ f⁽¹⁾ ─▸ ŷ: every f⁽ⁱ⁾ on what it receives, axes linked, one point followed through.
//! Knows no coefficient.

use super::frame::Frame;
use super::small::figures;
use super::{draws, profiles, worlds};
use crate::function::Element;
use crate::scene::{Scene, StageScene};
use crate::tui::app::{App, Pane};
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Dash, Grid, Pen, Scale, inside, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Columns before the first plot, between two, and after the last.
const BEFORE: u16 = 4;
const BETWEEN: u16 = 3;
const AFTER: u16 = 4;
/// A plot is not made narrower than this; the others scroll out.
const NARROW: u16 = 20;

/// Which stages have room, and how wide each plot is: (first, count, width), by their places in the strip.
fn arrangement(area: Rect, depth: usize, focus: usize) -> (usize, usize, u16) {
    let free = area.width.saturating_sub(BEFORE + AFTER);
    let most = usize::from(((free + BETWEEN) / (NARROW + BETWEEN)).max(1));
    let count = depth.min(most).max(1);
    // The focus in the middle, as far as the ends allow.
    let first = focus.saturating_sub(count / 2).min(depth.saturating_sub(count));
    let gaps = u16::try_from(count - 1).unwrap_or(0) * BETWEEN;
    let width = free.saturating_sub(gaps) / u16::try_from(count).unwrap_or(1);
    (first, count, width)
}

/// Cells across one plot with its frame.
pub(super) fn plot_width(app: &App, area: Rect) -> u16 {
    let depth = app.depth();
    arrangement(area, depth, depth.saturating_sub(app.stage())).2
}

/// The essay's index of the f⁽ⁱ⁾ whose plot has this column.
pub(super) fn stage_at(app: &App, area: Rect, column: u16) -> Option<usize> {
    let depth = app.depth();
    let (first, count, width) = arrangement(area, depth, depth.saturating_sub(app.stage()));
    let across = column.checked_sub(area.x + BEFORE)?;
    let (place, inside) = (usize::from(across / (width + BETWEEN)), across % (width + BETWEEN));
    (place < count && inside < width).then(|| depth.saturating_sub(first + place)).filter(|index| *index >= 1)
}

/// Cells across the dots of one plot: what the scene is sampled at.
pub(super) fn plot_columns(app: &App, area: Rect) -> usize {
    let width = plot_width(app, area);
    let frame = Rect { width: width.saturating_sub(2), height: area.height.saturating_sub(2), ..area };
    usize::from(inside(frame).width)
}

pub(super) fn draw(app: &App, scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let depth = scene.stages.len();
    let focus = depth.saturating_sub(app.stage());
    let (first, count, width) = arrangement(area, depth, focus);
    let area = profiles::draw(app, scene, (first, count), area, buffer);
    let mut x = area.x + BEFORE;
    for (place, stage) in scene.stages.iter().enumerate().skip(first).take(count) {
        let plot = Rect { x, width: width.min(area.right().saturating_sub(x)), ..area };
        arrow(app, scene, (place, first), plot, buffer);
        draw_stage(app, scene, stage, place, plot, buffer);
        x += width + BETWEEN;
    }
    let last = Rect { x: x.saturating_sub(BETWEEN), width: AFTER, ..area };
    let (glyphs, palette) = (app.look.glyphs, &app.look.palette);
    let out = if first + count < depth { " …".to_owned() } else { format!("{}{}", glyphs.arrow, glyphs.y_hat) };
    put(buffer, last.x, middle(area), &out, palette.text, area);
}

/// The stage in focus alone.
pub(super) fn draw_alone(app: &App, scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let focus = scene.stages.len().saturating_sub(app.stage());
    if let Some(stage) = scene.stages.get(focus) {
        draw_stage(app, scene, stage, focus, area, buffer);
    }
}

/// What stands before a plot: x, or the way from the stage before.
fn arrow(app: &App, scene: &Scene, (place, first): (usize, usize), plot: Rect, buffer: &mut Buffer) {
    let glyphs = app.look.glyphs;
    let is_residual = scene.stages[place].identity.is_some();
    let text = match place {
        0 => format!("x{}", glyphs.arrow),
        place if place == first => format!("…{}", glyphs.arrow),
        _ if is_residual => glyphs.residual.to_owned(),
        _ => glyphs.arrow.to_owned(),
    };
    let style = if place == 0 { app.look.palette.text } else { app.look.palette.dim };
    let width = u16::try_from(text.chars().count()).unwrap_or(0);
    put(buffer, plot.x.saturating_sub(width), middle(plot), &text, style, plot);
}

fn middle(area: Rect) -> u16 {
    area.y + area.height / 2
}

fn put(buffer: &mut Buffer, x: u16, y: u16, text: &str, style: ratatui::style::Style, within: Rect) {
    if y < within.bottom() && x < buffer.area.right() && y < buffer.area.bottom() {
        buffer.set_stringn(x, y, text, usize::from(buffer.area.right() - x), style);
    }
}

fn draw_stage(app: &App, scene: &Scene, stage: &StageScene, place: usize, area: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    let color = look.palette.stage(place);
    let lit = stage.index == app.stage();
    let mut facts = vec![format!("K={}", stage.k)];
    if let Some((k, element)) = &stage.selected {
        facts = element_facts(*k, element, stage, area.width);
    } else if stage.held {
        facts.push("held".to_owned());
    }
    if stage.dead > 0 {
        facts.push(format!("{} dead", stage.dead));
    }
    if stage.constant {
        facts.push("constant".to_owned());
    }
    if stage.coordinates.0 > 1 {
        facts.push(format!("out {} of {}", stage.coordinates.1 + 1, stage.coordinates.0));
    }
    let mut facts = worlds::facts(app, scene, place, facts, area.width);
    // Where there is no room for all, what is wrong stays longest.
    let room = usize::from(area.width.saturating_sub(10));
    let length = |facts: &[String]| facts.iter().map(|fact| fact.chars().count() + 3).sum::<usize>();
    while facts.len() > 1 && length(&facts) + look.glyphs.stage(stage.index).chars().count() > room + 3 {
        facts.remove(if stage.selected.is_some() { facts.len() - 1 } else { 0 });
    }
    let facts = facts.join(&format!(" {} ", look.glyphs.between));
    let facts_style = if stage.dead * 2 > stage.k { look.palette.warn } else { look.palette.dim };
    let frame = Frame {
        title: Span::styled(look.glyphs.stage(stage.index), color),
        facts: Line::styled(facts, facts_style),
        legend: Line::styled(figures(&stage.health, area.width, look.glyphs.between), look.palette.dim),
        focused: lit && app.pane() == Pane::Functions,
        ..Frame::default()
    };
    let mut inner = frame.draw(look, area, buffer);
    if lit && app.pane() != Pane::Functions {
        tint(area, color, buffer);
    }
    inner.width = inner.width.saturating_sub(1);
    if worlds::stage(app, scene, place, color, inner, buffer) {
        return;
    }
    let axes = Axes { x: scale(stage.input.range), y: scale(stage.output.range) };
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    match &scene.draws {
        Some(drawn) => draws::stage(drawn, place, look.palette.element, &axes, &mut grid),
        None => terms(app, stage, &axes, &mut grid),
    }
    marks(app, stage, color, &axes, &mut grid);
    grid.render(dots, buffer);
    place_mark(stage, &axes, dots, look.palette.text, buffer);
    axes.value_y(inner, buffer, stage.point.1, look);
}

/// The selected element's number, place and height: as many as there is room for.
fn element_facts(k: usize, element: &Element, stage: &StageScene, width: u16) -> Vec<String> {
    let name = if width >= 56 { "element " } else { "" };
    let mut facts = vec![format!("{name}{} of {}", k + 1, stage.k)];
    let height = element.a.get(stage.coordinates.1).or(element.a.first());
    facts.extend(height.map(|a| format!("a {}", short(*a))));
    if width >= 42 {
        let name = if width >= 66 { "place −c/b" } else { "−c/b" };
        facts.extend(element.location().map(|at| format!("{name} {}", short(at))));
    }
    facts
}

/// Where the selected element has its bend or its middle, −c/b: a mark on the axis.
fn place_mark(stage: &StageScene, axes: &Axes, dots: Rect, style: ratatui::style::Style, buffer: &mut Buffer) {
    let place = stage.selected.as_ref().filter(|_| !stage.over_x).and_then(|(_, element)| element.location());
    let Some(share) = place.and_then(|at| axes.x.to_fraction(at)).filter(|share| (0.0..=1.0).contains(share)) else {
        return;
    };
    if dots.width == 0 || dots.bottom() >= buffer.area.bottom() {
        return;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the width")]
    let x = dots.x + (share * f64::from(dots.width - 1)).round() as u16;
    // On the line of the axis' numbers, but never over one of them.
    if buffer[(x, dots.bottom())].symbol() == " " {
        buffer.set_string(x, dots.bottom(), "^", style);
    }
}

fn scale([low, high]: [f64; 2]) -> Scale {
    Scale::between(low, high)
}

/// The frame of the focused stage in its own colour, wherever the keys go.
fn tint(area: Rect, color: ratatui::style::Style, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let edge = x == area.left() || x + 1 == area.right() || y == area.top() || y + 1 == area.bottom();
            let symbol = buffer[(x, y)].symbol();
            if edge && !symbol.chars().all(|c| c.is_alphanumeric() || "⁽⁾=. ".contains(c)) {
                buffer[(x, y)].set_style(color);
            }
        }
    }
}

/// Elements, the selected one before the others, with its own value at the travelling point.
fn terms(app: &App, stage: &StageScene, axes: &Axes, grid: &mut Grid) {
    let palette = &app.look.palette;
    let element = Pen::new(palette.element, 0).ascii('.');
    for term in &stage.terms {
        shape::curve(grid, axes, term, &element);
    }
    if let Some(term) = stage.selected.as_ref().and_then(|(k, _)| stage.terms.get(*k)) {
        shape::curve(grid, axes, term, &Pen::new(palette.text, 1).ascii('+'));
    }
    if let Some(value) = stage.term_at_point {
        shape::glyph(grid, axes, (stage.point.0, value), app.look.glyphs.test, &Pen::new(palette.text, 3));
    }
}

/// The identity and other coordinates behind, the sum, the travelling point in front.
fn marks(app: &App, stage: &StageScene, color: ratatui::style::Style, axes: &Axes, grid: &mut Grid) {
    let palette = &app.look.palette;
    for companion in &stage.companions {
        shape::curve(grid, axes, companion, &Pen::new(palette.dim, 1).ascii('-').dash(Dash::Dashed));
    }
    if let Some(identity) = &stage.identity {
        shape::curve(grid, axes, identity, &Pen::new(palette.dim, 1).ascii('\'').dash(Dash::Dotted));
    }
    shape::curve(grid, axes, &stage.curve, &Pen::new(color, 2));
    let point = Pen::new(palette.text, 3);
    shape::glyph(grid, axes, stage.point, app.look.glyphs.cursor, &point);
}
