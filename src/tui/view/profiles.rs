//! Stages that have no room in the strip, as a row of small profiles beneath it. Knows no axis.

use crate::scene::{Scene, StageScene};
use crate::tui::app::App;
use crate::tui::look::Marker;
use crate::tui::plot::{Axes, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Under this height the strip keeps all of its rows.
const LEAST: u16 = 7;
/// A profile is not made wider than this.
const WIDE: u16 = 14;

/// Draws the row if not all stages are in the strip (`shown` of them are, from `first` on); what is left of `area`.
pub(super) fn draw(app: &App, scene: &Scene, (first, shown): (usize, usize), area: Rect, buffer: &mut Buffer) -> Rect {
    let depth = scene.stages.len();
    if shown >= depth || area.height < LEAST || area.width < 8 {
        return area;
    }
    let row = Rect { x: area.x + 4, y: area.bottom() - 1, width: area.width.saturating_sub(8), height: 1 };
    let each = (row.width / u16::try_from(depth).unwrap_or(u16::MAX)).clamp(1, WIDE);
    let fit = usize::from(row.width / each);
    // Deeper than there are cells: the focus stays in the middle, as in the strip.
    let focus = depth.saturating_sub(app.stage());
    let from = focus.saturating_sub(fit / 2).min(depth.saturating_sub(fit));
    let used = u16::try_from((depth - from).min(fit)).unwrap_or(0) * each;
    let left = row.x + row.width.saturating_sub(used) / 2;
    // Departures from the identity are on one scale: what does nothing is seen to do nothing.
    let reach = scene.stages[0].identity.is_some().then(|| {
        scene
            .stages
            .iter()
            .flat_map(profile)
            .filter(|value| value.is_finite())
            .fold(1e-12, |most: f64, v| most.max(v.abs()))
    });
    for (place, stage) in scene.stages.iter().enumerate().skip(from).take(fit) {
        let at = left + u16::try_from(place - from).unwrap_or(0) * each;
        // One column of air between two, where there is room.
        let cell = Rect { x: at, width: if each > 3 { each - 1 } else { each }, ..row };
        let seen = (first..first + shown).contains(&place);
        let mut style = app.look.palette.stage(place);
        if place == focus {
            style = style.add_modifier(Modifier::REVERSED);
        } else if !seen {
            style = style.add_modifier(Modifier::DIM);
        }
        let mut grid = Grid::new(cell.width, 1, app.look.marker);
        let columns = grid.dot_columns();
        let full = profile(stage);
        let sample = |column: usize| full.get((2 * column + 1) * full.len() / (2 * columns.max(1))).copied();
        let curve: Vec<f64> = (0..columns).filter_map(sample).collect();
        let y = reach.map_or_else(|| Scale::over(full.iter().copied()), |reach| Scale::between(-reach, reach));
        let axes = Axes { x: Scale::between(0.0, 1.0), y };
        buffer.set_style(cell.intersection(buffer.area), style);
        if app.look.marker == Marker::Ascii {
            heights(&curve, &axes, cell, style, buffer);
        } else {
            shape::curve(&mut grid, &axes, &curve, &Pen::new(style, 0));
            grid.render(cell, buffer);
        }
    }
    Rect { height: area.height - 1, ..area }
}

/// The stage's curve; in a residual composition what it adds to the stream.
fn profile(stage: &StageScene) -> Vec<f64> {
    match &stage.identity {
        Some(identity) => stage.curve.iter().zip(identity).map(|(after, before)| after - before).collect(),
        None => stage.curve.clone(),
    }
}

/// Where a cell is one dot, its character says how high that is.
fn heights(curve: &[f64], axes: &Axes, cell: Rect, style: Style, buffer: &mut Buffer) {
    let letter = |value: &f64| match axes.y.to_fraction(*value) {
        Some(share) if share < 1.0 / 3.0 => '_',
        Some(share) if share < 2.0 / 3.0 => '-',
        Some(_) => '^',
        None => ' ',
    };
    let text: String = curve.iter().map(letter).collect();
    buffer.set_stringn(cell.x, cell.y, text, usize::from(cell.width), style);
}
