//! The losses against the step. Knows no model.

use super::chains;
use super::frame::Frame;
use super::runs;
use crate::learn::Way;
use crate::scene::{LossScene, Scene, Trace};
use crate::text::{Clean, grouped};
use crate::tui::app::{App, Pane};
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Dash, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

pub(super) fn draw(app: &App, scene: Option<&Scene>, area: Rect, open: bool, buffer: &mut Buffer) {
    if let Some(chains) = scene.and_then(|scene| scene.chains.as_ref()) {
        return chains::draw(app, chains, area, open, buffer);
    }
    let (look, palette) = (&app.look, &app.look.palette);
    let loss = scene.map(|scene| &scene.loss);
    let beside = app.is_zoomed() && app.pane() == Pane::Loss && area.width >= runs::WIDE;
    let table = if beside { runs::table_width(area.width) } else { 0 };
    let area = match loss.filter(|_| beside) {
        Some(loss) => {
            let [left, right] = [0, area.width - table].map(|x| area.x + x);
            runs::draw(app, loss, Rect { x: right, width: table, ..area }, buffer);
            Rect { x: left, width: area.width - table, ..area }
        }
        None => area,
    };
    let room = usize::from(area.width.saturating_sub(8));
    let best = loss.filter(|loss| loss.traces.len() > 1 && loss.has_test()).and_then(|loss| best(app, loss));
    let none = loss.and_then(|loss| none(app, loss));
    let frame = Frame {
        title: Span::styled("Loss", palette.text),
        facts: Line::styled(facts(app, best.as_ref(), room.saturating_sub(6)), palette.dim),
        legend: if none.is_some() { Line::default() } else { legend(app, loss, best.as_ref(), room) },
        open,
        focused: app.pane() == Pane::Loss,
    };
    let mut inner = frame.draw(look, area, buffer);
    inner.width = inner.width.saturating_sub(1);
    let Some(loss) = loss else { return };
    if let Some(why) = none {
        return Paragraph::new(why).style(palette.dim).wrap(Wrap { trim: true }).render(inner, buffer);
    }
    let axes = axes(loss, app.window.log_loss);
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    marks(app, loss, &axes, &mut grid);
    grid.render(dots, buffer);
    if !beside {
        last_change(app, loss, &axes, dots, buffer);
    }
    steps(loss, inner, dots, app, buffer);
}

/// Why there is no loss and will be none; none where there is one, or may be.
fn none(app: &App, loss: &LossScene) -> Option<&'static str> {
    let finite = |trace: &Trace| trace.train.iter().any(|(_, loss)| loss.is_finite());
    let run = app.shown().filter(|_| !loss.traces.iter().any(finite))?;
    if run.data.train.x.nrows() == 0 {
        return Some("There are no data to be far from: f is what the prior, or a hand, has made it.");
    }
    let known = run.experiment.learn.way == Way::Exact;
    known.then_some("No steps, so no losses on the way: the exact posterior is known at once. The loss stands below.")
}

/// The run with the least held-out loss: its name, its colour's place, its loss.
fn best(app: &App, loss: &LossScene) -> Option<(Clean, usize, f64)> {
    let trace = loss.ranked().into_iter().next()?;
    let names = app.names();
    Some((names.get(trace.run)?.clone(), trace.run, trace.now.2)).filter(|best| best.2.is_finite())
}

/// Which run does best on the rows held out, the axes, and how far it is smoothed: as much as there is room for.
fn facts(app: &App, best: Option<&(Clean, usize, f64)>, room: usize) -> String {
    let axes = if app.window.log_loss { "log" } else { "linear" };
    let between = app.look.glyphs.between;
    let own = match app.window.smooth {
        0 => axes.to_owned(),
        smooth => format!("smooth {} {between} {axes}", 1 << smooth),
    };
    let Some((name, _, loss)) = best else { return own };
    let choices = [
        format!("least test loss: {name} {} {between} {own}", short(*loss)),
        format!("best test: {name} {between} {own}"),
        format!("best: {name} {between} {own}"),
    ];
    choices.into_iter().find(|text| text.chars().count() <= room).unwrap_or(own)
}

/// What was changed last, beside its mark, on a line that nothing else is drawn on.
fn last_change(app: &App, loss: &LossScene, axes: &Axes, dots: Rect, buffer: &mut Buffer) {
    let all = loss.traces.iter().flat_map(|trace| &trace.marks);
    let Some((step, what)) = all.max_by(|one, other| one.0.total_cmp(&other.0)) else { return };
    let Some(share) = axes.x.to_fraction(*step).filter(|share| (0.0..=1.0).contains(share)) else { return };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of steps")]
    let dated = format!("{}: {what}", grouped(*step as u64));
    let fits = |text: &str| text.chars().count() + 2 <= usize::from(dots.width);
    let Some(text) = [dated.as_str(), what.as_str()].into_iter().find(|text| fits(text)) else { return };
    let width = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the width")]
    let mark = dots.x + (share * f64::from(dots.width.saturating_sub(1))).round() as u16;
    let left = mark.checked_sub(width.saturating_add(1)).filter(|x| *x >= dots.x);
    let right = Some(mark + 2).filter(|x| x.saturating_add(width) <= dots.right());
    let free = |x: u16, y: u16| (x..x + width).all(|x| matches!(buffer[(x, y)].symbol(), " " | "\u{2800}"));
    let places = (dots.y..dots.bottom()).flat_map(|y| [left, right].into_iter().flatten().map(move |x| (x, y)));
    let Some((x, y)) = places.into_iter().find(|(x, y)| free(*x, *y)) else { return };
    buffer.set_stringn(x, y, text, usize::from(width), app.look.palette.dim);
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
        for (step, _) in trace.marks.iter().filter(|mark| mark.0 > 0.0) {
            shape::plumb(grid, axes, *step, &Pen::new(palette.frame, 0).ascii(':'));
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

/// The runs in their colours with their held-out losses, as far as there is room; of many the one with the least.
fn legend(app: &App, loss: Option<&LossScene>, best: Option<&(Clean, usize, f64)>, room: usize) -> Line<'static> {
    let (palette, line) = (&app.look.palette, app.look.glyphs.line);
    let shown = app.names();
    if shown.len() < 2 {
        let held_out = loss.is_some_and(LossScene::has_test).then(|| Span::styled("  · test", palette.test));
        return [Span::styled(format!("{line} train"), palette.text)].into_iter().chain(held_out).collect();
    }
    let test = |run: usize| loss.and_then(|loss| loss.traces.iter().find(|trace| trace.run == run)).map(|it| it.now.2);
    let named = |(at, name): (usize, &Clean), digits: usize| {
        let number = test(at).filter(|loss| digits > 0 && loss.is_finite());
        let number = number.map_or_else(String::new, |loss| format!(" {}", rounded(loss, digits)));
        Span::styled(format!("{line} {name}{number}  "), palette.variant(at))
    };
    let all = |digits: usize, words: &'static str| {
        let runs = shown.iter().enumerate().map(|run| named(run, digits));
        runs.chain([Span::styled(words, palette.dim)]).collect::<Line<'static>>()
    };
    let one = best.map(|(name, run, loss)| {
        let words = format!("{line} {name} {}", short(*loss));
        Line::from(vec![Span::styled("least test  ", palette.dim), Span::styled(words, palette.variant(*run))])
    });
    let choices = [Some(all(3, "· test")), Some(all(2, "· test")), Some(all(2, "")), one, Some(all(0, ""))];
    let fewer = (1..shown.len()).rev().map(|count| {
        let (some, left_out) = runs::some(app, count);
        let rest = Span::styled(format!("+{left_out}"), palette.dim);
        some.into_iter().map(|at| named((at, &shown[at]), 0)).chain([rest]).collect()
    });
    choices.into_iter().flatten().chain(fewer).find(|line| line.width() <= room).unwrap_or_default()
}

/// So many significant digits.
fn rounded(loss: f64, digits: usize) -> String {
    short(format!("{loss:.*e}", digits - 1).parse().unwrap_or(loss))
}
