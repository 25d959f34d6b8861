//! The losses against the step. Knows no model.

use super::chains;
use super::frame::Frame;
use crate::scene::{LossScene, Scene};
use crate::tui::app::{App, Pane};
use crate::tui::plot::scale::grouped;
use crate::tui::plot::{Axes, Dash, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub(super) fn draw(app: &App, scene: Option<&Scene>, area: Rect, buffer: &mut Buffer) {
    if let Some(chains) = scene.and_then(|scene| scene.chains.as_ref()) {
        return chains::draw(app, chains, area, buffer);
    }
    let look = &app.look;
    let palette = &look.palette;
    let frame = Frame {
        title: Span::styled("Loss", palette.text),
        facts: Line::styled(facts(app), palette.dim),
        legend: legend(app),
        focused: app.pane() == Pane::Loss,
    };
    let mut inner = frame.draw(look, area, buffer);
    inner.width = inner.width.saturating_sub(1);
    let Some(loss) = scene.map(|scene| &scene.loss) else { return };
    let axes = axes(loss, app.window.log_loss);
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    marks(app, loss, &axes, &mut grid);
    grid.render(dots, buffer);
    steps(loss, inner, dots, app, buffer);
}

/// The axes, and how far it is smoothed.
fn facts(app: &App) -> String {
    let axes = if app.window.log_loss { "log" } else { "linear" };
    match app.window.smooth {
        0 => axes.to_owned(),
        smooth => format!("smooth {} {} {axes}", 1 << smooth, app.look.glyphs.between),
    }
}

/// Logarithmic in both: most is learned in the first thousandth of a long run. Negative losses have no logarithm.
pub(super) fn axes(loss: &LossScene, log: bool) -> Axes {
    let steps = loss.steps.max(10.0);
    let [least, most] = loss.range;
    let x = if log { Scale::log_between(1.0, steps) } else { Scale::between(0.0, steps) };
    let y = match (least < 0.0, log) {
        (true, _) => Scale::over(loss.range),
        (false, true) => Scale::log_between(least / 1.2, most * 1.2),
        (false, false) => Scale::between(0.0, most.max(1e-300)),
    };
    Axes { x, y }
}

/// Held-out losses behind, training losses before them; what was not finite is a cross at the upper edge.
pub(super) fn marks(app: &App, loss: &LossScene, axes: &Axes, grid: &mut Grid) {
    let palette = &app.look.palette;
    for trace in &loss.traces {
        for step in trace.marks.iter().filter(|step| **step > 0.0) {
            shape::plumb(grid, axes, *step, &Pen::new(palette.frame, 0).ascii(':').dash(Dash::Dotted));
        }
        let own = palette.variant(trace.run);
        let test = if loss.traces.len() > 1 { own } else { palette.test };
        shape::polyline(grid, axes, trace.test.iter().copied(), &Pen::new(test, 1).ascii('.').dash(Dash::Dotted));
        let smooth = !trace.smooth.is_empty();
        let raw = if smooth { Pen::new(palette.element, 1).ascii('.') } else { Pen::new(own, 2) };
        shape::polyline(grid, axes, trace.train.iter().copied(), &raw);
        shape::polyline(grid, axes, trace.smooth.iter().copied(), &Pen::new(own, 2));
        for (step, _) in trace.train.iter().filter(|point| !point.1.is_finite()) {
            shape::glyph(grid, axes, (*step, axes.y.high()), '×', &Pen::new(palette.bad, 3));
        }
    }
}

/// The last step in full, in place of the axis' short number.
fn steps(loss: &LossScene, inner: Rect, dots: Rect, app: &App, buffer: &mut Buffer) {
    if dots.width == 0 || dots.bottom() >= inner.bottom() {
        return;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of steps")]
    let text = format!("{:>8}", grouped(loss.steps as u64));
    let width = u16::try_from(text.len()).unwrap_or(0).min(dots.width);
    buffer.set_stringn(inner.right() - width, inner.bottom() - 1, &text, usize::from(width), app.look.palette.dim);
}

fn legend(app: &App) -> Line<'static> {
    let (palette, glyphs) = (&app.look.palette, app.look.glyphs);
    let mut spans = Vec::new();
    let shown = app.names();
    if shown.len() > 1 {
        for (at, name) in shown.iter().enumerate() {
            spans.push(Span::styled(format!("{} {name}  ", glyphs.line), palette.variant(at)));
        }
        spans.push(Span::styled("· test", palette.dim));
    } else {
        spans.push(Span::styled(format!("{} train  ", glyphs.line), palette.text));
        spans.push(Span::styled("· test", palette.test));
    }
    Line::from(spans)
}
