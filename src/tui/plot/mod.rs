//! Numbers to marks: axes, dots in cells, and shapes that leave gaps where a number is not finite.
//!
//! `scale` maps values to fractions and writes numbers, `grid` holds the dots, `shape` draws into it. ratatui's own canvas is not
//! used: a NaN paints it a stray dot, an infinity a false line, and equal bounds nothing at all.

pub mod grid;
pub mod scale;
pub mod shape;

#[cfg(test)]
mod tests;

use super::look::Look;
pub use grid::{Dash, Grid, Pen};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
pub use scale::Scale;

/// Columns at the left of a plot for its numbers, and one of air.
const GUTTER: u16 = 6;
/// A plot smaller than this has no numbers.
const LABELLED: (u16, u16) = (16, 5);
/// A plot smaller than this is not drawn.
const LEAST: (u16, u16) = (8, 3);

/// The two axes of a plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes {
    /// From left to right.
    pub x: Scale,
    /// From bottom to top.
    pub y: Scale,
}

/// Where a plot's dots go inside `area`: beside the numbers if there is room for them, nowhere if there is none for dots.
#[must_use]
pub fn inside(area: Rect) -> Rect {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return Rect { width: 0, height: 0, ..area };
    }
    if !labelled(area) {
        return area;
    }
    Rect { x: area.x + GUTTER, width: area.width - GUTTER, height: area.height - 1, ..area }
}

fn labelled(area: Rect) -> bool {
    area.width >= LABELLED.0 && area.height >= LABELLED.1
}

impl Axes {
    /// The value of x under each dot column of a plot `columns` dots wide: where a curve is to be sampled.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "dots are counted in thousands")]
    pub fn samples(&self, columns: usize) -> Vec<f64> {
        let last = columns.saturating_sub(1).max(1) as f64;
        (0..columns).map(|column| self.x.at(column as f64 / last)).collect()
    }

    /// Writes the bounds into the corners and returns where the dots go: `inside(area)`.
    ///
    /// ```text
    ///   1.3 ⠤⠒⠒⠉⠉
    ///
    ///  −3.4
    ///       −3.0        3.0
    /// ```
    pub fn label(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Rect {
        let inside = inside(area);
        if !labelled(area) {
            return inside;
        }
        let (dim, bottom) = (look.palette.dim, area.bottom() - 1);
        let write = |buffer: &mut Buffer, right: u16, y: u16, text: &str| {
            ending_at(buffer, area, right, y, &look.glyphs.spell(text), dim);
        };
        write(buffer, inside.x - 1, area.y, &self.y.narrow(self.y.high()));
        // At the height of the last dots, where it is; the line below is the other axis's.
        write(buffer, inside.x - 1, bottom - 1, &self.y.narrow(self.y.low()));
        let low = self.x.label(self.x.low());
        write(buffer, inside.x + count(&low), bottom, &low);
        write(buffer, area.right(), bottom, &self.x.label(self.x.high()));
        inside
    }

    /// Writes a number in the gutter at the height of `y`: what leaves the plot. On the corner's numbers it takes their place.
    pub fn value_y(&self, area: Rect, buffer: &mut Buffer, y: f64, look: &Look) {
        let inside = inside(area);
        let Some(up) = self.y.to_fraction(y).filter(|up| labelled(area) && (0.0..=1.0).contains(up)) else { return };
        let row = inside.y + cell(1.0 - up, inside.height);
        let text = format!("{:>5} ", look.glyphs.spell(&self.y.narrow(y)));
        ending_at(buffer, area, inside.x, row, &text, look.palette.text);
    }

    /// What is free below the dots, between the numbers in the corners and a blank at either side.
    #[must_use]
    pub fn between(&self, area: Rect) -> Rect {
        let inside = inside(area);
        let (left, right) = (count(&self.x.label(self.x.low())), count(&self.x.label(self.x.high())));
        let free = inside.width.saturating_sub(left + right + 2);
        let width = if labelled(area) { free } else { 0 };
        Rect { x: inside.x + left + 1, y: area.bottom().saturating_sub(1), width, height: 1 }
    }

    /// Writes `name` and the number below its place on the x axis, between the corners' numbers as far as there is room.
    pub fn value_x(&self, area: Rect, buffer: &mut Buffer, name: &str, x: f64, look: &Look) {
        let inside = inside(area);
        let Some(across) = self.x.to_fraction(x).filter(|at| labelled(area) && (0.0..=1.0).contains(at)) else {
            return;
        };
        let text = look.glyphs.spell(&format!("{name} {}", scale::short(x)));
        let Rect { x: first, width, .. } = self.between(area);
        let last = first + width;
        if width < count(&text) {
            return;
        }
        let middle = inside.x + cell(across, inside.width);
        let start = middle.saturating_sub(count(&text) / 2).clamp(first, last - count(&text));
        ending_at(buffer, area, start + count(&text), area.bottom() - 1, &text, look.palette.text);
    }
}

/// The cell of a fraction among `cells`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of a u16")]
fn cell(fraction: f64, cells: u16) -> u16 {
    (fraction * f64::from(cells)).floor().clamp(0.0, f64::from(cells.saturating_sub(1))) as u16
}

/// Characters of a label; all of ours are one cell wide.
fn count(text: &str) -> u16 {
    u16::try_from(text.chars().count()).unwrap_or(u16::MAX)
}

/// Writes `text` so that it ends before column `right`, inside `area` and the buffer.
fn ending_at(buffer: &mut Buffer, area: Rect, right: u16, y: u16, text: &str, style: Style) {
    let area = area.intersection(buffer.area);
    let start = right.saturating_sub(count(text)).max(area.x);
    if y >= area.y && y < area.bottom() && start < area.right() {
        let room = area.right().min(right) - start;
        // What stood there must not colour it.
        buffer.set_style(Rect { x: start, y, width: room, height: 1 }, Style::reset());
        buffer.set_stringn(start, y, text, usize::from(room), style);
    }
}
