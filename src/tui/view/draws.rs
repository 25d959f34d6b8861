//! Draws from a belief in the plots of curves: thin lines, a band. Knows no prior.

use crate::scene::{Draws, Face};
use crate::tui::app::App;
use crate::tui::plot::{Axes, Dash, Grid, Pen, shape};
use ratatui::style::Style;
use ratatui::text::Span;

/// The draws of the stage at `place`, behind its curve.
pub(super) fn stage(draws: &Draws, place: usize, style: Style, axes: &Axes, grid: &mut Grid) {
    for line in draws.stages.get(place).into_iter().flatten() {
        shape::curve(grid, axes, line, &Pen::new(style, 0).ascii('.'));
    }
}

/// The band of f with its middle, and a few whole draws.
pub(super) fn f(app: &App, draws: &Draws, axes: &Axes, grid: &mut Grid) {
    let palette = &app.look.palette;
    let columns = grid.dot_columns();
    let [low, middle, high] = draws.band.each_ref().map(|values| spread(values, columns));
    shape::band(grid, axes, &low, &high, &Pen::new(palette.band, 0).ascii(':'));
    for line in &draws.f {
        shape::curve(grid, axes, &spread(line, columns), &Pen::new(palette.dim, 1).ascii('.'));
    }
    for line in &draws.diverged {
        shape::curve(grid, axes, &spread(line, columns), &Pen::new(palette.bad, 1).ascii('x').dash(Dash::Dotted));
    }
    shape::curve(grid, axes, &middle, &Pen::new(palette.dim, 1).ascii('-').dash(Dash::Dashed));
}

/// Values at equal distances as one a dot column, straight between them.
pub(super) fn spread(values: &[f64], columns: usize) -> Vec<f64> {
    let last = values.len().saturating_sub(1);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "dots are counted in thousands"
    )]
    let at = |column: usize| {
        let place = column as f64 * last as f64 / columns.saturating_sub(1).max(1) as f64;
        let (left, part) = (place.floor() as usize, place.fract());
        let right = (left + 1).min(last);
        if part == 0.0 { values[left] } else { values[left] * (1.0 - part) + values[right] * part }
    };
    if values.is_empty() { Vec::new() } else { (0..columns).map(at).collect() }
}

/// What stands in f's legend for a face.
pub(super) fn legend(app: &App, draws: Option<&Draws>) -> Option<[Span<'static>; 2]> {
    let palette = &app.look.palette;
    let band = Span::styled(app.look.glyphs.band, palette.band);
    match app.window.sight.face {
        Face::Mode => None,
        Face::Prior => {
            let flat = draws.is_some_and(|draws| draws.flat.iter().any(|flat| *flat));
            let words = if flat { " prior, d flat" } else { " 90 % prior" };
            Some([band, Span::styled(words, palette.dim)])
        }
        Face::Posterior => {
            let words = match draws {
                Some(Draws { update: Some(part), .. }) => {
                    let words = format!(" prior + {:.0} %", 100.0 * part);
                    return Some([band, Span::styled(words, palette.dim)]);
                }
                Some(_) => " 90 % posterior",
                None if app.has_posterior() => " no draws yet",
                None => " no posterior: P",
            };
            Some([band, Span::styled(words, palette.dim)])
        }
    }
}

/// What stands on a stage's frame for a face.
pub(super) fn fact(draws: &Draws, place: usize, face: Face) -> Option<&'static str> {
    match face {
        Face::Mode => None,
        Face::Prior if draws.flat.get(place).is_some_and(|flat| *flat) => Some("prior, flat part at 0"),
        Face::Prior => Some("prior draws"),
        Face::Posterior if draws.update.is_some() => Some("prior draws, updated in part"),
        Face::Posterior => Some("posterior draws"),
    }
}
