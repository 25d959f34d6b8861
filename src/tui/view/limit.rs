//! K = ∞ beside f: its band and middle as lines. Knows no kernel.

use super::draws::spread;
use crate::scene::LimitScene;
use crate::tui::app::App;
use crate::tui::plot::{Axes, Dash, Grid, Pen, shape};
use ratatui::text::Span;

/// The middle dashed, the ends of the band dotted, a few draws thin.
pub(super) fn draw(app: &App, limit: &LimitScene, axes: &Axes, grid: &mut Grid) {
    let palette = &app.look.palette;
    let columns = grid.dot_columns();
    for line in &limit.draws {
        shape::curve(grid, axes, &spread(line, columns), &Pen::new(palette.element, 1).ascii('.'));
    }
    let [low, middle, high] = limit.band.each_ref().map(|values| spread(values, columns));
    for end in [&low, &high] {
        shape::curve(grid, axes, end, &Pen::new(palette.selected, 2).ascii('\'').dash(Dash::Dotted));
    }
    shape::curve(grid, axes, &middle, &Pen::new(palette.selected, 2).ascii('=').dash(Dash::Dashed));
}

/// What stands in f's legend.
pub(super) fn legend(app: &App, limit: &LimitScene) -> [Span<'static>; 2] {
    let palette = &app.look.palette;
    let words = format!(" K={}{}", app.look.glyphs.infinity, if limit.is_prior { " prior" } else { "" });
    [
        Span::styled(format!("{}{}", app.look.glyphs.between, app.look.glyphs.between), palette.selected),
        Span::styled(words, palette.dim),
    ]
}
