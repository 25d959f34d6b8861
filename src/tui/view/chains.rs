//! Chains as they draw, in the place of the losses: log posterior by draw, R-hat and effective sizes. Knows no sampler.

use super::frame::Frame;
use crate::run::AGREED;
use crate::scene::ChainScene;
use crate::tui::app::{App, Pane};
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub(super) fn draw(app: &App, chains: &ChainScene, area: Rect, open: bool, buffer: &mut Buffer) {
    let look = &app.look;
    let palette = &look.palette;
    let frame = Frame {
        title: Span::styled("Chains", palette.text),
        facts: Line::styled(facts(chains), if is_well(chains) { palette.dim } else { palette.warn }),
        legend: Line::styled(legend(chains), palette.dim),
        open,
        focused: app.pane() == Pane::Loss,
    };
    let mut inner = frame.draw(look, area, buffer);
    inner.width = inner.width.saturating_sub(1);
    if let Some(part) = chains.warming {
        let text = format!(" warm-up: {:.0} %", 100.0 * part.clamp(0.0, 1.0));
        buffer.set_stringn(inner.x, inner.y, text, usize::from(inner.width), palette.dim);
        return;
    }
    let axes = Axes { x: Scale::between(0.0, chains.draws), y: Scale::over(chains.range) };
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    for (at, chain) in chains.chains.iter().enumerate() {
        shape::polyline(&mut grid, &axes, chain.iter().copied(), &Pen::new(palette.variant(at), 1));
    }
    for point in &chains.diverged {
        shape::glyph(&mut grid, &axes, *point, '×', &Pen::new(palette.bad, 2));
    }
    grid.render(dots, buffer);
}

/// R-hat and the least effective size over f at ten x, log likelihood and log prior.
fn facts(chains: &ChainScene) -> String {
    let number = |value: Option<f64>, shown: fn(f64) -> String| match value {
        Some(value) if value.is_finite() => shown(value),
        Some(_) | None => "–".to_owned(),
    };
    format!("R-hat {} ESS {}", number(chains.rhat, |v| format!("{v:.3}")), number(chains.ess, short))
}

fn is_well(chains: &ChainScene) -> bool {
    chains.rhat.is_none_or(|rhat| rhat < AGREED) && chains.divergences == 0
}

fn legend(chains: &ChainScene) -> String {
    let bad = if chains.divergences > 0 { format!("  × {} diverged", chains.divergences) } else { String::new() };
    format!("log posterior by draw{bad}")
}
