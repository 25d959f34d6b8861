//! Learned: a bar an f⁽ⁱ⁾, solid to the least it can be and thin to the most, with γ and knock-out. Knows no estimator.

use super::frame::Frame;
use super::overlay::put;
use crate::bayes::{Bracket, Missing};
use crate::scene::{Bar, LearnedScene, Scene};
use crate::tui::app::{App, Pane};
use crate::tui::plot::scale::short;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Columns of a name before its bar.
const NAME: u16 = 7;
/// A displacement below this, in units of the prior's own spread, is said to be none.
const NEXT_TO_NOTHING: f64 = 0.02;

pub(super) fn draw(app: &App, scene: Option<&Scene>, area: Rect, open: bool, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let learned = scene.and_then(|scene| scene.learned.as_ref());
    let facts = match learned {
        Some(learned) if learned.is_posterior => "nats",
        Some(_) => "displacement",
        None => "",
    };
    let legend = match learned {
        Some(learned) if learned.is_posterior => learned.estimator,
        Some(_) => "0 nothing · 1 a prior draw",
        None => "",
    };
    let frame = Frame {
        title: Span::styled("Learned", palette.text),
        facts: Line::styled(facts, palette.dim),
        legend: Line::styled(legend, palette.dim),
        open,
        focused: app.pane() == Pane::Learned,
    };
    let inner = frame.draw(&app.look, area, buffer);
    let Some(learned) = learned else { return };
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    // The stage in focus stays in sight.
    let lines = if usize::from(inner.height) > 2 * learned.bars.len() { 2 } else { 1 };
    let room = usize::from(inner.height).saturating_sub(usize::from(learned.jointly.is_some())) / lines;
    let focus = learned.bars.iter().position(|bar| bar.stage == app.stage()).unwrap_or(0);
    let first = focus.saturating_sub(room / 2).min(learned.bars.len().saturating_sub(room));
    let mut y = inner.y;
    for (place, bar) in learned.bars.iter().enumerate().skip(first).take(room) {
        let style = palette.stage(place);
        row(app, learned, bar, style, Rect { y, height: 1, ..inner }, buffer);
        if lines == 2 {
            let text = detail(bar, inner.width.saturating_sub(NAME));
            write(
                buffer,
                Rect { y: y + 1, height: 1, x: inner.x + NAME, width: inner.width.saturating_sub(NAME) },
                &text,
                palette.dim,
            );
        }
        y += u16::try_from(lines).unwrap_or(1);
    }
    if let Some(jointly) = learned.jointly.filter(|_| y < inner.bottom()) {
        let line = Rect { y, height: 1, ..inner };
        write(buffer, line, "joint", palette.text);
        let own = Bracket { low: jointly, high: None };
        bar_and_number(app, learned, own, &short(jointly), palette.text, line, buffer);
        y += 1;
    }
    if learned.is_posterior && y < inner.bottom() {
        write(
            buffer,
            Rect { y, height: 1, x: inner.x + NAME, width: inner.width.saturating_sub(NAME) },
            &foot(learned, usize::from(inner.width.saturating_sub(NAME))),
            palette.dim,
        );
        y += 1;
    }
    if let Some(wrong) = learned.wrong.as_ref().filter(|_| y < inner.bottom()) {
        write(buffer, Rect { y, height: 1, ..inner }, wrong, palette.warn);
    }
}

fn write(buffer: &mut Buffer, line: Rect, text: &str, style: Style) {
    put(buffer, line, text, style);
}

/// One f⁽ⁱ⁾: its name, its bar, its nats.
fn row(app: &App, learned: &LearnedScene, bar: &Bar, style: Style, line: Rect, buffer: &mut Buffer) {
    write(buffer, Rect { width: NAME.min(line.width), ..line }, &app.look.glyphs.stage(bar.stage), style);
    match bar.nats {
        Some(Ok(bracket)) => bar_and_number(app, learned, bracket, &number(bracket), style, line, buffer),
        Some(Err(why)) => {
            let text = missing(why);
            write(buffer, shifted(line), &text, app.look.palette.dim);
        }
        None if learned.is_posterior => write(buffer, shifted(line), "held, as it stands", app.look.palette.dim),
        None if bar.displacement.is_nan() => {
            write(buffer, shifted(line), "held, or of a prior without a τ", app.look.palette.dim);
        }
        None => {
            let own = Bracket { low: bar.displacement, high: None };
            let text = short(bar.displacement);
            let text = if bar.displacement < NEXT_TO_NOTHING { format!("next to nothing {text}") } else { text };
            bar_and_number(app, learned, own, &text, style, line, buffer);
        }
    }
}

fn shifted(line: Rect) -> Rect {
    Rect { x: line.x + NAME, width: line.width.saturating_sub(NAME), ..line }
}

/// "4.1…6.3", or "≥ 4.1" where only that is known.
fn number(bracket: Bracket) -> String {
    match bracket.high {
        Some(high) if high - bracket.low > 0.01 => format!("{}…{}", short(bracket.low), short(high)),
        Some(high) => short(high),
        None => format!("≥ {}", short(bracket.low)),
    }
}

/// Why there are no nats, and what would give them.
fn missing(why: Missing) -> String {
    match why {
        Missing::Draws { have, need } => format!("needs {need:.0} draws' worth, has {have:.0}"),
        Missing::Prior => "its prior is not Gaussian".to_owned(),
    }
}

/// The bar, solid to its least and thin to its most; its number at the right edge.
fn bar_and_number(
    app: &App,
    learned: &LearnedScene,
    bracket: Bracket,
    text: &str,
    style: Style,
    line: Rect,
    buffer: &mut Buffer,
) {
    let width = u16::try_from(text.chars().count()).unwrap_or(0);
    let room = line.width.saturating_sub(NAME + width + 1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the room")]
    let cells = |nats: f64| {
        let share = (nats / learned.longest().max(1e-12)).clamp(0.0, 1.0);
        if nats.is_finite() { (share * f64::from(room)).round() as usize } else { 0 }
    };
    let glyphs = app.look.glyphs;
    let (solid, whole) = (cells(bracket.low), cells(bracket.high.unwrap_or(bracket.low)));
    let marks = format!("{}{}", glyphs.bar.repeat(solid), glyphs.thin.repeat(whole.saturating_sub(solid)));
    write(buffer, Rect { x: line.x + NAME, width: room, ..line }, &marks, style);
    let at = line.right().saturating_sub(width).max(line.x);
    write(buffer, Rect { x: at, width: line.right() - at, ..line }, text, app.look.palette.text);
}

/// γ of k, knock-out, copies: as many as there is room for.
fn detail(bar: &Bar, room: u16) -> String {
    let parts = [
        bar.effective
            .filter(|(effective, _)| effective.is_finite())
            .map(|(effective, coefficients)| format!("γ {}/{coefficients}", short(effective))),
        bar.knock_out.map(|lost| format!("without it ℓ {} a row", lost_text(lost))),
        (bar.log_copies > 0.0).then(|| format!("copies e^{}", short(bar.log_copies))),
    ];
    let mut text = String::new();
    for part in parts.into_iter().flatten() {
        let gap = if text.is_empty() { "" } else { "  " };
        if text.chars().count() + gap.len() + part.chars().count() <= usize::from(room) {
            text.push_str(gap);
            text.push_str(&part);
        }
    }
    text
}

/// The log likelihood a row that is lost, with its sign; nothing lost is 0, and so is what rounding leaves of it.
fn lost_text(lost: f64) -> String {
    match lost.abs() {
        size if size < 1e-9 => "0".to_owned(),
        size => format!("{}{}", if lost < 0.0 { '+' } else { '−' }, short(size)),
    }
}

/// N and the evidence; where there is no room for both, the evidence: no number is cut.
fn foot(learned: &LearnedScene, room: usize) -> String {
    let of = if learned.given { "log p(D | rest)" } else { "log p(D)" };
    let (rows, evidence) =
        (format!("N {}", learned.rows), learned.log_evidence.map(|nats| format!("{of} {}", short(nats))));
    let all =
        evidence.iter().map(|evidence| format!("{rows}  {evidence}")).chain(evidence.clone()).chain([rows.clone()]);
    all.into_iter().find(|text| text.chars().count() <= room).unwrap_or_default()
}

/// What stands on a stage's frame: "learned 4.1 nats", or only the nats where there is no room for more.
pub(super) fn fact(scene: &Scene, stage: usize, room: usize) -> Option<String> {
    let bar = scene.learned.as_ref()?.of(stage)?;
    let nats = number(bar.nats?.ok()?);
    let whole = format!("learned {nats} nats");
    Some(if whole.chars().count() <= room { whole } else { format!("{nats} nats") })
}
