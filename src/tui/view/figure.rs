//! A study's figure: curves with their intervals, maps of numbers, tables. Knows no claim and no app.

use super::frame::Frame;
use crate::study::{Curve, Figure, Mark};
use crate::tui::look::Look;
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Dash, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The largest share of the width that names of curves take.
const NAMES: u16 = 42;

/// Draws one figure in a frame.
pub fn draw_figure(look: &Look, figure: &Figure, area: Rect, buffer: &mut Buffer) {
    let palette = &look.palette;
    let facts = match figure {
        Figure::Curves { x, y, log_x, log_y, .. } => {
            let log = |on: &bool| if *on { " (log)" } else { "" };
            format!("{y}{} against {x}{}", log(log_y), log(log_x))
        }
        Figure::Heat { x, y, .. } => format!("{y} down, {x} across"),
        Figure::Table { .. } => String::new(),
    };
    let frame = Frame {
        title: Span::styled(figure.title().to_owned(), palette.text),
        facts: Line::styled(facts, palette.dim),
        ..Frame::default()
    };
    let inner = frame.draw(look, area.intersection(buffer.area), buffer).inner(Margin::new(1, 0));
    match figure {
        Figure::Curves { log_x, log_y, curves, marks, .. } => {
            draw_curves(look, (curves, marks), [*log_x, *log_y], inner, buffer);
        }
        Figure::Heat { columns, rows, maps, range, .. } => {
            let map = |values| Map { columns, rows, values, range: *range };
            let wide = inner.width / u16::try_from(maps.len().max(1)).unwrap_or(1);
            for (at, (name, values)) in (0_u16..).zip(maps) {
                let place = Rect { x: inner.x + at * wide, width: wide.saturating_sub(2), ..inner };
                draw_map(look, name, &map(values), place, buffer);
            }
        }
        Figure::Table { columns, rows, .. } => draw_table(look, columns, rows, inner, buffer),
    }
    look.glyphs.spell_buffer(buffer);
}

/// A letter for every curve: they are told apart without colour.
fn letter(at: usize) -> char {
    char::from(b'a' + u8::try_from(at % 26).unwrap_or(0))
}

/// Names at the right, curves at the left; an interval is a line from its one end to the other.
fn draw_curves(
    look: &Look,
    (curves, marks): (&[Curve], &[Mark]),
    [log_x, log_y]: [bool; 2],
    area: Rect,
    buffer: &mut Buffer,
) {
    let widest = curves.iter().map(|curve| curve.name.chars().count() + 3).max().unwrap_or(0);
    let names = u16::try_from(widest).unwrap_or(u16::MAX).min(area.width * NAMES / 100);
    let plot = Rect { width: area.width.saturating_sub(names + 1), ..area };
    let axes = axes(curves, marks, [log_x, log_y]);
    let dots = axes.label(plot, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    for mark in marks {
        shape::plumb(&mut grid, &axes, mark.x, &Pen::new(look.palette.frame, 0).ascii(':'));
    }
    let few = curves.iter().all(|curve| curve.points.len() < 24);
    for (at, curve) in curves.iter().enumerate() {
        let style = look.palette.variant(at);
        let pen = Pen::new(style, 2).ascii('.');
        shape::polyline(&mut grid, &axes, curve.points.iter().map(|[x, y, ..]| (*x, *y)), &pen);
        for [x, y, low, high] in &curve.points {
            let ends = [(*x, *low), (*x, *high)];
            shape::polyline(&mut grid, &axes, ends, &Pen::new(style, 1).ascii(':').dash(Dash::Dotted));
            if few {
                shape::glyph(&mut grid, &axes, (*x, *y), letter(at), &Pen::new(style, 3));
            }
        }
    }
    grid.render(dots, buffer);
    for mark in marks {
        axes.value_x(plot, buffer, &mark.name, mark.x, look);
    }
    for (at, (y, curve)) in (area.y..area.bottom()).zip(curves).enumerate() {
        let key = if few { letter(at).to_string() } else { look.glyphs.line.to_owned() };
        let text = format!("{key} {}", curve.name);
        buffer.set_stringn(plot.right() + 1, y, &text, usize::from(names), look.palette.variant(at));
    }
}

/// Room for every point and every end of an interval that a logarithmic axis can show.
fn axes(curves: &[Curve], marks: &[Mark], [log_x, log_y]: [bool; 2]) -> Axes {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let x: Vec<f64> = points().map(|point| point[0]).chain(marks.iter().map(|mark| mark.x)).collect();
    let y: Vec<f64> = points().flat_map(|point| [point[1], point[2], point[3]]).collect();
    let ends = |values: &[f64]| {
        let positive = values.iter().copied().filter(|value| value.is_finite() && *value > 0.0);
        positive.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)))
    };
    let log = |values: &[f64], room: f64| {
        let (low, high) = ends(values);
        // Sixteen decades hold all that a float means; below lies rounding.
        Scale::log_between(low.max(high * 1e-16) / room, high * room)
    };
    Axes { x: if log_x { log(&x, 1.1) } else { Scale::over(x) }, y: if log_y { log(&y, 1.3) } else { Scale::over(y) } }
}

/// One map: names of rows and columns, and what stands where they meet.
struct Map<'a> {
    columns: &'a [String],
    rows: &'a [String],
    values: &'a [Vec<f64>],
    range: [f64; 2],
}

/// The number on top of its shade, so that it reads on any ground.
fn draw_map(look: &Look, name: &str, map: &Map<'_>, area: Rect, buffer: &mut Buffer) {
    let palette = &look.palette;
    let count = |names: &[String]| u16::try_from(names.len().max(1)).unwrap_or(1);
    let gutter = map.rows.iter().map(|row| row.chars().count()).max().unwrap_or(0);
    let gutter = u16::try_from(gutter + 1).unwrap_or(0).min(area.width);
    let wide = (area.width - gutter) / count(map.columns);
    let high = area.height.saturating_sub(2) / count(map.rows);
    if wide < 2 || high < 1 {
        return;
    }
    put(buffer, area, (gutter, 0), usize::from(area.width - gutter), name, palette.heading);
    for (at, column) in (0_u16..).zip(map.columns) {
        put(buffer, area, (gutter + at * wide, 1), usize::from(wide), column, palette.dim);
    }
    let [least, most] = map.range;
    for (down, (row, values)) in (0_u16..).zip(map.rows.iter().zip(map.values)) {
        let top = 2 + down * high;
        put(buffer, area, (0, top), usize::from(gutter), row, palette.dim);
        for (across, value) in (0_u16..).zip(values) {
            let left = gutter + across * wide;
            // Numbers keep a column of air between them.
            let number = match value {
                value if !value.is_finite() => "–".to_owned(),
                value if wide < 7 => format!("{value:.2}").replace('-', "−"),
                value => short(*value),
            };
            put(buffer, area, (left, top), usize::from(wide - 1), &number, palette.text);
            let cell = look.shaded((value - least) / (most - least), (value - least) / (most - least));
            for y in top + 1..top + high {
                for x in left..left + wide.saturating_sub(1) {
                    let at = (area.x + x, area.y + y);
                    if area.contains(at.into()) {
                        buffer[at].set_char(cell.symbol).set_style(cell.style);
                    }
                }
            }
        }
    }
}

/// Columns as wide as what stands in them.
fn draw_table(look: &Look, columns: &[String], rows: &[Vec<String>], area: Rect, buffer: &mut Buffer) {
    let mut left = 0_u16;
    for (at, head) in columns.iter().enumerate() {
        let cells = || rows.iter().filter_map(|row| row.get(at));
        let widest = cells().chain([head]).map(|cell| cell.chars().count()).max().unwrap_or(0);
        put(buffer, area, (left, 0), widest, head, look.palette.heading);
        for (y, cell) in (1_u16..).zip(cells()) {
            put(buffer, area, (left, y), widest, cell, look.palette.text);
        }
        left = left.saturating_add(u16::try_from(widest + 3).unwrap_or(u16::MAX));
    }
}

/// Writes at a place of `area`, and never beyond it.
fn put(buffer: &mut Buffer, area: Rect, (x, y): (u16, u16), width: usize, text: &str, style: Style) {
    if x < area.width && y < area.height {
        buffer.set_stringn(area.x + x, area.y + y, text, width.min(usize::from(area.width - x)), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::look::{Colours, LookFlags, Marker};

    fn drawn(figure: &Figure, marker: Marker, (width, height): (u16, u16)) -> String {
        let flags = LookFlags { marker: Some(marker), palette: Some(Colours::Mono) };
        let look = Look::choose(&flags, &|name| (name == "LANG").then(|| "C.UTF-8".to_owned()));
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        draw_figure(&look, figure, buffer.area, &mut buffer);
        let lines = buffer.content.chunks(usize::from(width.max(1)));
        let line = |row: &[ratatui::buffer::Cell]| row.iter().map(|cell| cell.symbol().to_owned()).collect::<String>();
        lines.map(|row| line(row).trim_end().to_owned() + "\n").collect()
    }

    fn curves() -> Figure {
        let rising = Curve {
            name: "rising".to_owned(),
            points: (1..5).map(f64::from).map(|x| [x, x, x - 0.5, x + 0.5]).collect(),
        };
        let gap = Curve::bare("with a gap", [(1.0, 2.0), (2.0, f64::NAN), (3.0, f64::INFINITY), (4.0, 1.0)]);
        Figure::Curves {
            title: "Two".to_owned(),
            x: "L".to_owned(),
            log_x: true,
            y: "error".to_owned(),
            log_y: false,
            curves: vec![rising, gap],
            marks: vec![Mark { x: 2.0, name: "here".to_owned() }],
        }
    }

    fn heat() -> Figure {
        Figure::Heat {
            title: "Map".to_owned(),
            x: "L".to_owned(),
            columns: vec!["1".to_owned(), "8".to_owned()],
            y: "λ".to_owned(),
            rows: vec!["0.1".to_owned(), "0.2".to_owned()],
            maps: vec![("plain".to_owned(), vec![vec![0.0, 1.0], vec![0.5, f64::NAN]])],
            range: [0.0, 1.0],
        }
    }

    #[test]
    fn curves_have_letters_and_names() {
        insta::assert_snapshot!(drawn(&curves(), Marker::Ascii, (46, 10)), @r"
        + Two ---------------- error against L (log) +
        |   4.7            :        :  a rising      |
        |                          .a  b with a gap  |
        |                  :    a..                  |
        |                  :....:                    |
        |        b   ......a                         |
        |        a...               b                |
        |   0.3  :         :                         |
        |       0.91    here 2     4.4               |
        +--------------------------------------------+
        ");
    }

    #[test]
    fn a_map_has_its_numbers_over_its_shades() {
        insta::assert_snapshot!(drawn(&heat(), Marker::Ascii, (34, 10)), @r"
        + Map --------- l down, L across +
        |     plain                      |
        |     1           8              |
        | 0.1 0           1              |
        |                 @@@@@@@@@@@    |
        |                 @@@@@@@@@@@    |
        | 0.2 0.5         -              |
        |     +++++++++++                |
        |     +++++++++++                |
        +--------------------------------+
        ");
    }

    #[test]
    fn no_size_breaks_it() {
        let table = Figure::Table {
            title: "T".to_owned(),
            columns: vec!["a".to_owned(), "long".to_owned()],
            rows: vec![vec!["1".to_owned(), "2".to_owned()], vec!["3".to_owned()]],
        };
        for figure in [curves(), heat(), table] {
            for size in [(0, 0), (1, 1), (3, 2), (8, 3), (20, 5), (80, 24), (200, 60)] {
                for marker in Marker::ALL {
                    let _ = drawn(&figure, marker, size);
                }
            }
        }
    }
}
