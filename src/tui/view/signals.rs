//! Worlds of signals: kernels as small multiples, the tied matrix, one row on its way. Knows no coefficient.

use super::frame::Frame;
use super::plane::right_words;
use super::worlds::fitting;
use crate::scene::{Aspect, Matrix, Passing, SignalScene, SignalStage, StageScene};
use crate::tui::app::{App, Pane};
use crate::tui::look::Look;
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Dash, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// A kernel's picture is not made smaller than this, in cells.
const LEAST: (u16, u16) = (7, 3);
/// Nor larger.
const MOST: (u16, u16) = (26, 9);

/// One f⁽ⁱ⁾ in the strip, inside its frame.
pub(super) fn stage(
    app: &App,
    (stage, own): (&SignalStage, &StageScene),
    color: Style,
    inner: Rect,
    buffer: &mut Buffer,
) {
    if !stage.kernels.is_empty() {
        kernels(app, stage, own.selected.as_ref().map(|(k, _)| *k), color, inner, buffer);
    } else if let Some(matrix) = &stage.matrix {
        toeplitz(&app.look, stage, matrix, inner, buffer);
    } else if let Some(passing) = &stage.passing {
        through(&app.look, passing, color, inner, buffer);
    }
}

/// How many pictures stand side by side and below each other, and how large each is.
fn multiples(count: usize, area: Rect) -> ((u16, u16), (u16, u16)) {
    let fit = |room: u16, least: u16| (room / least).max(1);
    let (most_across, most_down) = (fit(area.width, LEAST.0), fit(area.height, LEAST.1));
    let count = u16::try_from(count).unwrap_or(u16::MAX).max(1);
    // As few rows as hold them all: pictures as large as they can be.
    let down = (1..=most_down)
        .find(|down| {
            let across = count.div_ceil(*down).min(most_across);
            across * down >= count && area.width / across >= LEAST.0 * 3 / 2
        })
        .or_else(|| (1..=most_down).find(|down| most_across * down >= count))
        .unwrap_or(most_down);
    let across = count.div_ceil(down).clamp(1, most_across);
    ((across, down), ((area.width / across).min(MOST.0), (area.height / down).min(MOST.1)))
}

/// Every element's kernel about its zero line, all on one scale, with its number and its height.
fn kernels(app: &App, stage: &SignalStage, selected: Option<usize>, color: Style, area: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    let ((across, down), (width, height)) = multiples(stage.kernels.len(), area);
    if width < LEAST.0 || height < 2 {
        return;
    }
    let most = usize::from(across * down);
    let first = selected.map_or(0, |k| (k + 1).saturating_sub(most));
    let all = stage.kernels.iter().flat_map(|(b, _)| b.iter().copied());
    let reach = all.filter(|b| b.is_finite()).fold(1e-9_f64, |most, b| most.max(b.abs()));
    for (place, (k, (b, a))) in stage.kernels.iter().enumerate().skip(first).take(most).enumerate() {
        let place = u16::try_from(place).unwrap_or(0);
        let at =
            Rect { x: area.x + place % across * width, y: area.y + place / across * height, width: width - 1, height };
        let lit = selected == Some(k);
        let label = look.glyphs.spell(&format!("{}{} a {}", if lit { "▸" } else { "" }, k + 1, short(*a)));
        let style = if lit { look.palette.text } else { look.palette.dim };
        buffer.set_stringn(at.x, at.y, label, usize::from(at.width), style);
        let plot = Rect { y: at.y + 1, height: at.height - 1, ..at };
        let mut grid = Grid::new(plot.width, plot.height, look.marker);
        #[expect(clippy::cast_precision_loss, reason = "positions of a patch")]
        let last = b.len().saturating_sub(1).max(1) as f64;
        let axes = Axes { x: Scale::between(0.0, last), y: Scale::between(-reach, reach) };
        shape::level(&mut grid, &axes, 0.0, &Pen::new(look.palette.frame, 0).ascii('.').dash(Dash::Dotted));
        let style = if lit { look.palette.selected } else { color };
        #[expect(clippy::cast_precision_loss, reason = "positions of a patch")]
        let points = b.iter().enumerate().map(|(at, b)| (at as f64, *b));
        shape::polyline(&mut grid, &axes, points.clone(), &Pen::new(style, 1));
        if b.len() * 2 < usize::from(plot.width) {
            for point in points {
                shape::glyph(&mut grid, &axes, point, look.glyphs.train, &Pen::new(style, 2));
            }
        }
        grid.render(plot, buffer);
    }
    let hidden = stage.kernels.len().saturating_sub(first + most);
    if hidden > 0 {
        let text = format!("{hidden} more");
        let width = u16::try_from(text.len()).unwrap_or(0).min(area.width);
        buffer.set_stringn(area.right() - width, area.bottom() - 1, text, usize::from(width), look.palette.dim);
    }
}

/// The letter of a place in a patch: 1 to 9, then a to z.
fn letter(place: usize) -> char {
    const LETTERS: &[u8] = b"123456789abcdefghijklmnopqrstuvwxyz";
    char::from(LETTERS[place % LETTERS.len()])
}

/// A character an entry, where there is room: its letter and colour say which of the tied numbers it is.
fn toeplitz(look: &Look, stage: &SignalStage, matrix: &Matrix, area: Rect, buffer: &mut Buffer) {
    let rows = matrix.entries.len().checked_div(matrix.columns).unwrap_or(0);
    let (across, down) = (usize::from(area.width), usize::from(area.height.saturating_sub(1)));
    if rows == 0 || across == 0 || down == 0 {
        return;
    }
    // Two columns an entry make it square; less room takes every entry its share.
    let wide = (across / matrix.columns).clamp(1, 2);
    let (width, height) = ((matrix.columns * wide).min(across), rows.min(down));
    let left = area.x + u16::try_from((across - width) / 2).unwrap_or(0);
    let reach = matrix.entries.iter().flatten().fold(1e-9_f64, |most, (_, b)| most.max(b.abs()));
    for y in 0..height {
        for x in 0..width {
            let (row, column) = (y * rows / height, x * matrix.columns / width);
            let cell = &mut buffer[(left + u16::try_from(x).unwrap_or(0), area.y + u16::try_from(y).unwrap_or(0))];
            match matrix.entries[row * matrix.columns + column] {
                Some((place, _)) if stage.is_convolution => {
                    cell.set_char(letter(place)).set_style(look.palette.stage(place));
                }
                // Every number is its own: its size is all there is to show.
                Some((_, b)) => {
                    let share = 0.5 + 0.5 * b / reach;
                    let shaded = look.shaded(share, share);
                    cell.set_char(shaded.symbol).set_style(shaded.style);
                }
                None => {
                    let glyph = look.glyphs.between.chars().next().filter(|_| x % wide == 0).unwrap_or(' ');
                    cell.set_char(glyph).set_style(look.palette.frame);
                }
            }
        }
    }
    let text = if stage.is_convolution {
        let numbers: Vec<String> =
            kernel_of(matrix).iter().map(|(at, b)| format!("{} {}", letter(*at), short(*b))).collect();
        format!(
            "element {}: {} numbers for {} × {} entries   {}",
            matrix.element + 1,
            stage.patch,
            matrix.positions,
            matrix.positions,
            numbers.join("  ")
        )
    } else {
        format!("{} × {} numbers, each its own", matrix.positions, matrix.columns)
    };
    let text = look.glyphs.spell(&text);
    buffer.set_stringn(area.x, area.bottom() - 1, text, across, look.palette.dim);
}

/// Each tied number once, in the order of the patch.
fn kernel_of(matrix: &Matrix) -> Vec<(usize, f64)> {
    let mut numbers: Vec<(usize, f64)> = matrix.entries.iter().flatten().copied().collect();
    numbers.sort_by_key(|(place, _)| *place);
    numbers.dedup_by_key(|(place, _)| *place);
    numbers
}

/// The row before, dim, and after, bright; one value alone is a line across.
fn through(look: &Look, passing: &Passing, color: Style, inner: Rect, buffer: &mut Buffer) {
    let all = || passing.before.iter().chain(&passing.after).copied();
    let axes = axes(passing.before.len(), all());
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    shape::polyline(&mut grid, &axes, numbered(&passing.before), &Pen::new(look.palette.dim, 0).ascii('.'));
    match passing.after[..] {
        [one] => shape::level(&mut grid, &axes, one, &Pen::new(color, 1)),
        _ => shape::polyline(&mut grid, &axes, numbered(&passing.after), &Pen::new(color, 1)),
    }
    grid.render(dots, buffer);
}

/// Positions from 1 across, values up.
fn axes(positions: usize, values: impl Iterator<Item = f64>) -> Axes {
    #[expect(clippy::cast_precision_loss, reason = "positions of a signal")]
    let last = positions.max(2) as f64;
    Axes { x: Scale::between(1.0, last), y: Scale::over(values) }
}

fn numbered(values: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    #[expect(clippy::cast_precision_loss, reason = "positions of a signal")]
    values.iter().enumerate().map(|(at, value)| ((at + 1) as f64, *value))
}

/// One row of the data: its signal, what the last convolution makes of it, and ŷ.
pub(super) fn composition(app: &App, scene: &SignalScene, area: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    let palette = &look.palette;
    let (y, f) = scene.y;
    let kind = if scene.held_out { "test" } else { "train" };
    let value = if app.window.sight.aspect == Aspect::Residual {
        format!("y − {} {}", look.glyphs.y_hat, short(y - f))
    } else {
        format!("y {}   {} {}", short(y), look.glyphs.y_hat, short(f))
    };
    let row = format!("row {} of {}, {kind}   {value}", scene.row.0 + 1, scene.row.1);
    let right = scene.right.map(right_words).unwrap_or_default();
    let facts = fitting(&[format!("{right}   {row}"), row], area.width);
    let mut legend = vec![Span::styled(look.glyphs.line, palette.text), Span::styled(" signal", palette.dim)];
    if let Some((at, _)) = &scene.last {
        let index = scene.stages.len() - at;
        legend.push(Span::styled(format!("  {}", look.glyphs.line), palette.stage(*at)));
        legend.push(Span::styled(format!(" after {}", look.glyphs.stage(index)), palette.dim));
    }
    let frame = Frame {
        title: Span::styled("f", palette.text),
        facts: Line::styled(look.glyphs.spell(&facts), palette.dim),
        legend: Line::from(legend),
        focused: app.pane() == Pane::Composition,
        ..Frame::default()
    };
    let mut inner = frame.draw(look, area, buffer);
    inner.width = inner.width.saturating_sub(1);
    let after = scene.last.iter().flat_map(|(_, values)| values.iter().copied());
    let axes = axes(scene.signal.len(), scene.range.into_iter().chain(after).chain([y, f]));
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    shape::level(
        &mut grid,
        &axes,
        y,
        &Pen::new(if scene.held_out { palette.test } else { palette.train }, 0).ascii('=').dash(Dash::Dashed),
    );
    shape::polyline(&mut grid, &axes, numbered(&scene.signal), &Pen::new(palette.text, 1));
    if let Some((at, values)) = &scene.last {
        shape::polyline(&mut grid, &axes, numbered(values), &Pen::new(palette.stage(*at), 2).ascii('+'));
    }
    grid.render(dots, buffer);
    axes.value_y(inner, buffer, f, look);
}
