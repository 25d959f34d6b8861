//! The top line: what is open, the formula in the essay's order with the focused f⁽ⁱ⁾ lit, the model. Knows no curve.

use crate::model::Architecture;
use crate::preset::Settings;
use crate::tui::app::App;
use crate::tui::look::Look;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

/// More stages than this are written with dots between the first and the last.
const WRITTEN: usize = 4;
/// The essay's brackets, innermost first.
const BRACKETS: [(&str, &str); 3] = [("(", ")"), ("[ ", " ]"), ("{ ", " }")];

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let settings = app.preset().settings(app.window.run);
    let name = format!(" {}{}", app.preset().name, if app.is_edited() { "*" } else { "" });
    let mut left = vec![Span::styled(" fnexplore", palette.heading), Span::styled(name, palette.text)];
    if app.runs().len() > 1
        && let Some(run) = app.focused()
    {
        left.push(Span::styled(format!(" {} {}", app.look.glyphs.between, run.name), palette.variant(app.window.run)));
    }
    let left = Line::from(left);
    let formula = formula(&settings, app.stage(), &app.look);
    let k = settings.stage(app.stage()).k;
    // Where they differ it is told whose it is.
    let alike = (1..=settings.model.depth).all(|index| settings.stage(index).k == k);
    let whose = if alike { String::new() } else { format!("{} ", app.look.glyphs.stage(app.stage())) };
    let facts =
        format!("{} · {} · L {} · ", settings.model.architecture.name(), settings.model.sigma, settings.model.depth);
    let size = Span::styled(format!("{whose}K={k} "), palette.text);
    let long = Line::from(vec![Span::styled(facts, palette.dim), size.clone()]);
    let short = Line::from(size);
    // Not at the formula's expense: it stands in the middle, with some air.
    let middle = usize::from(area.width).saturating_sub(formula.width()) / 2;
    let room = |line: &Line<'_>| {
        middle >= left.width() + 3 && usize::from(area.width) >= middle + formula.width() + line.width() + 3
    };
    let right = if room(&long) { long } else { short };
    let (left_end, right_start) = (left.width(), usize::from(area.width).saturating_sub(right.width()));
    (&left).render(area, buffer);
    place(&right, right_start, area, buffer);
    // In the middle of the screen if it fits there, else in the middle of what is free.
    let last = right_start.saturating_sub(formula.width() + 1);
    if last > left_end + 1 {
        place(&formula, middle.clamp(left_end + 2, last), area, buffer);
    }
}

fn place(line: &Line<'_>, at: usize, area: Rect, buffer: &mut Buffer) {
    let at = u16::try_from(at).unwrap_or(u16::MAX).min(area.width);
    line.render(Rect { x: area.x + at, width: area.width - at, ..area }, buffer);
}

/// ŷ = f⁽¹⁾{ f⁽²⁾[ f⁽³⁾(x) ] }; residual: ŷ = (1+f⁽¹⁾)(1+f⁽²⁾)(1+f⁽³⁾) x; 2015: ŷ = (1+f⁽¹⁾)σ(1+f⁽²⁾)σ(1+f⁽³⁾) x.
fn formula(settings: &Settings, focus: usize, look: &Look) -> Line<'static> {
    let palette = &look.palette;
    let depth = settings.model.depth;
    let shown = written(depth, focus);
    let name = |index: &Option<usize>| match index {
        Some(index) if *index == focus => {
            let style = palette.stage(depth - index).add_modifier(Modifier::BOLD);
            Span::styled(look.glyphs.stage(*index), style)
        }
        Some(index) => Span::styled(look.glyphs.stage(*index), palette.text),
        None => Span::styled("…", palette.dim),
    };
    let dim = |text: &'static str| Span::styled(text, palette.dim);
    let mut spans = vec![Span::styled(format!("{} = ", look.glyphs.y_hat), palette.text)];
    if settings.model.architecture.is_residual() {
        // The form of 2015 applies σ after every addition but the outermost.
        let joined = settings.model.architecture == Architecture::Residual2015;
        for index in &shown {
            let open = if joined && *index != Some(1) { "σ(1+" } else { "(1+" };
            let one = [dim(open), name(index), dim(")")];
            spans.extend(if index.is_some() { one.to_vec() } else { vec![name(index)] });
        }
        spans.push(Span::styled(" x", palette.text));
    } else {
        // From the innermost outwards: ( ), [ ], then { }.
        let bracket = |at: usize| BRACKETS[(shown.len() - 1 - at).min(2)];
        spans.extend(shown.iter().enumerate().flat_map(|(at, index)| [name(index), dim(bracket(at).0)]));
        spans.push(Span::styled("x", palette.text));
        spans.extend((0..shown.len()).rev().map(|at| dim(bracket(at).1)));
    }
    Line::from(spans)
}

/// The stages that are written out, outermost first; a gap is None.
fn written(depth: usize, focus: usize) -> Vec<Option<usize>> {
    if depth <= WRITTEN {
        return (1..=depth).map(Some).collect();
    }
    let mut shown = vec![Some(1)];
    for index in [focus, depth] {
        match shown.last() {
            Some(Some(last)) if *last >= index => {}
            Some(Some(last)) if last + 1 == index => shown.push(Some(index)),
            _ => shown.extend([None, Some(index)]),
        }
    }
    shown
}
