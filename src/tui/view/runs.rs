//! Beside the loss over the whole screen: the runs by their losses, and what was done to them when. Knows no curve.

use super::frame::Frame;
use super::overlay::put;
use crate::scene::{LossScene, Trace};
use crate::text::grouped;
use crate::tui::app::App;
use crate::tui::plot::scale::short;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Columns of the tables at least, and at most: names have what steps and losses leave.
const TABLE: (u16, u16) = (46, 76);
/// Under this width there are none.
pub(super) const WIDE: u16 = 96;
/// Columns of a step, and of a loss.
const STEP: usize = 13;
const LOSS: usize = 10;

/// How wide the tables are beside a loss that would have the whole of it.
pub(super) fn table_width(whole: u16) -> u16 {
    (TABLE.0 + whole.saturating_sub(WIDE) / 3).min(TABLE.1)
}

/// So many of the runs, for a legend without room for all, and how many are left out: the one in focus and the first others, in
/// their order.
pub(super) fn some(app: &App, count: usize) -> (Vec<usize>, usize) {
    let runs = app.names().len();
    let focus = app.window.run.min(runs.saturating_sub(1));
    let mut order: Vec<usize> = (0..runs).collect();
    order.sort_by_key(|at| *at != focus);
    order.truncate(count);
    order.sort_unstable();
    let left_out = runs - order.len();
    (order, left_out)
}

/// ```text
/// ╭ runs ─────────────────────── least test first ╮
/// │                 step      loss      test      │
/// │ ─ residual   184,216    0.0067    0.0149      │
/// ╰───────────────────────────────────────────────╯
/// ╭ changes ──────────────────────────────────────╮
/// │       2,000  model.k = 13                     │
/// ╰───────────────────────────────────────────────╯
/// ```
pub(super) fn draw(app: &App, loss: &LossScene, area: Rect, buffer: &mut Buffer) {
    let rows = u16::try_from(loss.traces.len()).unwrap_or(u16::MAX).saturating_add(3);
    let table = Rect { height: rows.min(area.height.saturating_sub(5)), ..area };
    let rest = Rect { y: table.bottom(), height: area.height - table.height, ..area };
    draw_runs(app, loss, table, buffer);
    draw_changes(app, loss, rest, buffer);
}

fn draw_runs(app: &App, loss: &LossScene, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let order = match (loss.traces.len() > 1, loss.has_test()) {
        (true, true) => "least test first",
        (true, false) => "least loss first",
        (false, _) => "",
    };
    let inner = framed(app, "runs", order, area, buffer);
    let names = app.names();
    let room = usize::from(inner.width).saturating_sub(STEP + 2 * LOSS);
    let heads = format!("{:room$}{:>STEP$}{:>LOSS$}{:>LOSS$}", "", "step", "loss", "test");
    put(buffer, Rect { height: 1, ..inner }, &heads, palette.dim);
    for (y, trace) in (inner.y + 1..inner.bottom()).zip(loss.ranked()) {
        let name = names.get(trace.run).map_or("", |name| name.as_str());
        let line = Rect { y, height: 1, ..inner };
        put(
            buffer,
            Rect { width: u16::try_from(room).unwrap_or(0), ..line },
            &format!("{} {name}", app.look.glyphs.line),
            own(app, loss, trace),
        );
        let (step, train, test) = trace.now;
        let figure = |loss: f64| if loss.is_finite() { short(loss) } else { "–".to_owned() };
        let figures = format!("{:>STEP$}{:>LOSS$}{:>LOSS$}", grouped(step), figure(train), figure(test));
        let at = u16::try_from(room).unwrap_or(0).min(line.width);
        put(buffer, Rect { x: line.x + at, width: line.width - at, ..line }, &figures, palette.text);
    }
}

/// What was changed in any run, the latest at the bottom.
fn draw_changes(app: &App, loss: &LossScene, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let inner = framed(app, "changes", "", area, buffer);
    let names = app.names();
    let several = loss.traces.len() > 1;
    let mut changes: Vec<(f64, &str, usize)> = Vec::new();
    for trace in &loss.traces {
        for (step, what) in &trace.marks {
            changes.push((*step, what.as_str(), trace.run));
        }
    }
    changes.sort_by(|one, other| one.0.total_cmp(&other.0));
    if changes.is_empty() {
        put(buffer, inner, "none so far", palette.dim);
    }
    let first = changes.len().saturating_sub(usize::from(inner.height));
    for (y, (step, what, run)) in (inner.y..inner.bottom()).zip(&changes[first..]) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of steps")]
        let step = format!("{:>STEP$}", grouped(*step as u64));
        put(buffer, Rect { y, height: 1, ..inner }, &step, palette.dim);
        let name =
            if several { names.get(*run).map_or(String::new(), |name| format!("  ({name})")) } else { String::new() };
        let at = u16::try_from(STEP + 2).unwrap_or(0).min(inner.width);
        let line = Rect { x: inner.x + at, y, width: inner.width - at, height: 1 };
        put(buffer, line, &format!("{what}{name}"), palette.text);
    }
}

fn framed(app: &App, title: &str, facts: &str, area: Rect, buffer: &mut Buffer) -> Rect {
    let palette = &app.look.palette;
    let frame = Frame {
        title: Span::styled(title.to_owned(), palette.text),
        facts: Line::styled(facts.to_owned(), palette.dim),
        ..Frame::default()
    };
    let inner = frame.draw(&app.look, area, buffer);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// The colour of a run's curve.
fn own(app: &App, loss: &LossScene, trace: &Trace) -> Style {
    let palette = &app.look.palette;
    if loss.traces.len() > 1 { palette.variant(trace.run) } else { palette.text }
}
