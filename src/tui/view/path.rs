//! What f leaves of the data, and the way of x to ŷ, in the composition's pane. Knows no stage's insides.

use super::composition;
use super::draws::spread;
use super::frame::Frame;
use super::worlds::{self, fitting};
use crate::scene::{Aspect, FScene, PathScene};
use crate::tui::app::{App, Pane};
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Dash, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub(super) fn draw(app: &App, f: &FScene, path: &PathScene, area: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    let residuals = app.window.sight.aspect == Aspect::Residual;
    let (title, said, legend) = if residuals { of_residuals(app, f, path) } else { of_path(app, path, area.width) };
    let facts = fitting(
        &[format!("x {}   {said}", short(f.cursor.0)), said],
        area.width.saturating_sub(u16::try_from(title.len()).unwrap_or(0)),
    );
    let frame = Frame {
        title: Span::styled(title, look.palette.text),
        facts: Line::styled(look.glyphs.spell(&facts), look.palette.dim),
        legend,
        focused: app.pane() == Pane::Composition,
        ..Frame::default()
    };
    let mut inner = frame.draw(look, area, buffer);
    inner.width = inner.width.saturating_sub(1);
    let y = if residuals {
        // The scatter that is believed in is always in sight.
        Scale::over(path.left.into_iter().chain([-1.5 * f.scale, 1.5 * f.scale]))
    } else {
        Scale::over(path.range)
    };
    let axes = Axes { x: Scale::between(f.x.range[0], f.x.range[1]), y };
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    shape::plumb(&mut grid, &axes, f.cursor.0, &Pen::new(look.palette.frame, 0).ascii('|'));
    worlds::beyond(app, f, &axes, &mut grid);
    if residuals {
        mark_residuals(app, f, path, &axes, &mut grid);
    } else {
        mark_path(app, f, path, &axes, &mut grid);
    }
    grid.render(dots, buffer);
    axes.value_x(inner, buffer, composition::name(&f.x.name, "x"), f.cursor.0, look);
}

fn of_residuals(app: &App, f: &FScene, path: &PathScene) -> (&'static str, String, Line<'static>) {
    let (palette, glyphs) = (&app.look.palette, app.look.glyphs);
    let rms = |points: &[(f64, f64)]| {
        #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
        let mean = points.iter().map(|point| point.1 * point.1).sum::<f64>() / points.len() as f64;
        mean.sqrt()
    };
    let mut facts = format!("rms {}", short(rms(&path.train)));
    if !path.test.is_empty() {
        facts = format!("{facts}, test {}", short(rms(&path.test)));
    }
    let legend = Line::from(vec![
        Span::styled(glyphs.train.to_string(), palette.train),
        Span::styled(" train  ", palette.dim),
        Span::styled(glyphs.test.to_string(), palette.test),
        Span::styled(format!(" test  · ± {}", short(f.scale)), palette.dim),
    ]);
    ("r = y − f", facts, legend)
}

fn of_path(app: &App, path: &PathScene, width: u16) -> (&'static str, String, Line<'static>) {
    let (palette, glyphs) = (&app.look.palette, app.look.glyphs);
    let depth = path.stream.len() - 1;
    let values: Vec<String> = path.at_cursor.iter().map(|value| short(*value)).collect();
    let facts = if values.len() <= 6 { values.join(&format!(" {} ", glyphs.right)) } else { String::new() };
    let plus = if app.preset().settings(app.window.run).is_residual() { "+" } else { "" };
    let mut spans = vec![Span::styled(format!("{} x", glyphs.line), palette.dim)];
    // As many as have room: a mark, a name, two blanks each.
    for at in 0..depth.min(usize::from(width.saturating_sub(12)) / 9) {
        spans.push(Span::styled(format!("  {} ", glyphs.line), palette.stage(at)));
        spans.push(Span::styled(format!("{plus}{}", glyphs.stage(depth - at)), palette.dim));
    }
    ("the path of x", facts, Line::from(spans))
}

fn mark_residuals(app: &App, f: &FScene, path: &PathScene, axes: &Axes, grid: &mut Grid) {
    let (palette, glyphs) = (&app.look.palette, app.look.glyphs);
    shape::level(grid, axes, 0.0, &Pen::new(palette.text, 1).ascii('-'));
    for side in [-1.0, 1.0] {
        shape::level(grid, axes, side * f.scale, &Pen::new(palette.dim, 0).ascii('.').dash(Dash::Dotted));
    }
    for (points, glyph, style) in [(&path.test, glyphs.test, palette.test), (&path.train, glyphs.train, palette.train)]
    {
        for &(x, r) in points {
            shape::polyline(
                grid,
                axes,
                [(x, 0.0), (x, r)],
                &Pen::new(palette.element, 0).ascii(':').dash(Dash::Dotted),
            );
            shape::glyph(grid, axes, (x, r), glyph, &Pen::new(style, 2));
        }
    }
}

fn mark_path(app: &App, f: &FScene, path: &PathScene, axes: &Axes, grid: &mut Grid) {
    let palette = &app.look.palette;
    let columns = grid.dot_columns();
    for (at, values) in path.stream.iter().enumerate() {
        let layer = u8::try_from(at).unwrap_or(u8::MAX - 1).min(u8::MAX - 1);
        // Without colour the later is the more solid; a letter tells them apart in ASCII.
        let dash = if at == 0 {
            Dash::Dotted
        } else if at + 1 == path.stream.len() {
            Dash::Solid
        } else {
            Dash::Dashed
        };
        let style = at.checked_sub(1).map_or(palette.dim, |at| palette.stage(at));
        let letter =
            char::from_digit(u32::try_from(path.stream.len() - 1 - at).unwrap_or(0).saturating_add(1) % 36, 36);
        let letter = if at == 0 { '.' } else { letter.unwrap_or('*') };
        shape::curve(grid, axes, &spread(values, columns), &Pen::new(style, layer).ascii(letter).dash(dash));
    }
    for value in &path.at_cursor {
        shape::glyph(grid, axes, (f.cursor.0, *value), app.look.glyphs.cursor, &Pen::new(palette.text, u8::MAX));
    }
}
