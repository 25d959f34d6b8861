//! The whole composition with the data. Knows no stage.

use super::frame::Frame;
use super::{draws, limit, runs, worlds};
use crate::scene::{Draws, FScene, Scene};
use crate::tui::app::{App, Pane};
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Dash, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub(super) fn draw(app: &App, scene: Option<&Scene>, area: Rect, buffer: &mut Buffer) {
    if scene.is_some_and(|scene| worlds::composition(app, scene, area, buffer)) {
        return;
    }
    let look = &app.look;
    let palette = &look.palette;
    let drawn = scene.and_then(|scene| scene.draws.as_ref());
    let f = scene.map(|scene| &scene.f);
    let facts = f.map(|f| {
        let (x, y) = f.cursor;
        format!("{} {}   {} {} ± {}", name(&f.x.name, "x"), short(x), look.glyphs.y_hat, short(y), short(f.scale))
    });
    let frame = Frame {
        title: Span::styled("f", palette.text),
        facts: Line::styled(facts.unwrap_or_default(), palette.dim),
        legend: f.map(|f| legend(app, f, drawn, scene, usize::from(area.width.saturating_sub(8)))).unwrap_or_default(),
        focused: app.pane() == Pane::Composition,
        ..Frame::default()
    };
    let mut inner = frame.draw(look, area, buffer);
    inner.width = inner.width.saturating_sub(1);
    let Some(f) = f else { return };
    let axes = Axes { x: Scale::between(f.x.range[0], f.x.range[1]), y: Scale::over(heights(f, drawn)) };
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    worlds::beyond(app, f, &axes, &mut grid);
    if let Some(drawn) = drawn {
        draws::f(app, drawn, &axes, &mut grid);
    }
    if let Some(own) = scene.and_then(|scene| scene.limit.as_ref()) {
        limit::draw(app, own, &axes, &mut grid);
    }
    marks(app, f, &axes, &mut grid);
    grid.render(dots, buffer);
    axes.value_x(inner, buffer, name(&f.x.name, "x"), f.cursor.0, look);
}

/// What y has to hold: data and curve, and the band where there is one.
fn heights<'a>(f: &'a FScene, drawn: Option<&'a Draws>) -> impl Iterator<Item = f64> + 'a {
    let band = drawn.into_iter().flat_map(|drawn| drawn.band[0].iter().chain(&drawn.band[2]).copied());
    f.y.range.into_iter().chain(band)
}

/// A column's own name, where it is short enough for an axis.
pub(super) fn name<'a>(column: &'a str, otherwise: &'a str) -> &'a str {
    if column.is_empty() || column.chars().count() > 12 { otherwise } else { column }
}

/// Columns of the plot a point from which on points are few.
const FEW: usize = 2;

/// Points, the other variants, f, the cursor in front. Many points lie behind f, which they would hide; few before it, which
/// would hide them.
fn marks(app: &App, f: &FScene, axes: &Axes, grid: &mut Grid) {
    let (palette, glyphs) = (&app.look.palette, app.look.glyphs);
    shape::plumb(grid, axes, f.cursor.0, &Pen::new(palette.frame, 0).ascii('|'));
    let points = [
        (&f.train, glyphs.train, palette.train),
        (&f.off, glyphs.off, palette.dim),
        (&f.test, glyphs.test, palette.test),
    ];
    let columns = grid.dot_columns() / grid.marker().dots().0;
    let layer = if FEW * points.iter().map(|(points, ..)| points.len()).sum::<usize>() <= columns { 3 } else { 1 };
    for (points, glyph, style) in points {
        for point in points {
            shape::glyph(grid, axes, *point, glyph, &Pen::new(style, layer));
        }
    }
    for (run, curve) in &f.others {
        let curve = resampled(curve, grid.dot_columns());
        shape::curve(grid, axes, &curve, &Pen::new(palette.variant(*run), 2).ascii('+').dash(Dash::Dashed));
    }
    let curve = resampled(&f.curve, grid.dot_columns());
    shape::curve(grid, axes, &curve, &Pen::new(palette.variant(app.window.run), 3));
    shape::glyph(grid, axes, f.cursor, glyphs.cursor, &Pen::new(palette.text, 4));
}

/// The scene samples f a little more finely than the dots lie, because it does not know the gutter.
fn resampled(values: &[f64], columns: usize) -> Vec<f64> {
    let last = values.len().saturating_sub(1);
    (0..columns).filter_map(|column| values.get(column * last / columns.saturating_sub(1).max(1)).copied()).collect()
}

/// The marks of the data, then the runs by their colours, then what else is drawn: as much as there is room for. Of many
/// runs the one in focus stays longest, and how many more there are is counted.
fn legend(app: &App, f: &FScene, drawn: Option<&Draws>, scene: Option<&Scene>, room: usize) -> Line<'static> {
    let (palette, glyphs) = (&app.look.palette, app.look.glyphs);
    let mark = |run: usize| if run == app.window.run { glyphs.line } else { glyphs.dashed };
    let item =
        |mark: String, words: &str, style| [Span::styled(mark, style), Span::styled(format!(" {words}"), palette.dim)];
    let data = [
        (f.train.is_empty(), glyphs.train, "train", palette.train),
        (f.test.is_empty(), glyphs.test, "test", palette.test),
        (f.off.is_empty(), glyphs.off, "off", palette.dim),
    ];
    let data =
        data.into_iter().filter(|one| !one.0).map(|(_, mark, words, style)| item(mark.to_string(), words, style));
    let limit = scene.and_then(|scene| scene.limit.as_ref()).map(|own| limit::legend(app, own));
    let more: Vec<[Span<'static>; 2]> = draws::legend(app, drawn).into_iter().chain(limit).collect();
    let names = app.names();
    let run = |at: usize| {
        let name = if names.len() > 1 { names[at].as_str() } else { "f" };
        item(mark(at).to_owned(), name, palette.variant(at))
    };
    let runs = |count: usize| {
        let (shown, left_out) = runs::some(app, count);
        let rest = (left_out > 0).then(|| [Span::raw(""), Span::styled(format!("+{left_out}"), palette.dim)]);
        shown.into_iter().map(run).chain(rest).collect::<Vec<_>>()
    };
    let with_data = data.chain(runs(names.len())).chain(more.clone()).collect();
    let without = (1..=names.len()).rev().map(|count| runs(count).into_iter().chain(more.clone()).collect());
    let choices = std::iter::once(with_data).chain(without);
    choices.map(joined).find(|line| line.width() <= room).unwrap_or_default()
}

/// With two blanks between.
fn joined(items: Vec<[Span<'static>; 2]>) -> Line<'static> {
    let mut spans = Vec::new();
    for item in items {
        if !spans.is_empty() {
            spans.push(Span::raw("  "));
        }
        spans.extend(item);
    }
    Line::from(spans)
}
