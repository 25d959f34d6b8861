//! Small pictures of every shape, and that nothing, however hostile, panics or marks where it should not.

use super::shape::{band, curve, diagonal, glyph, level, plumb, polyline};
use super::*;
use crate::tui::look::Marker;
use proptest::prelude::*;
use ratatui::style::Color;

/// The characters of a grid as lines of text.
pub fn picture(grid: &Grid) -> Vec<String> {
    let (across, down) = (grid.dot_columns(), grid.dot_rows());
    let mut buffer = Buffer::empty(Rect::new(0, 0, across.try_into().unwrap(), down.try_into().unwrap()));
    grid.render(buffer.area, &mut buffer);
    let mut lines = lines(&buffer);
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let rows = buffer.content.chunks(usize::from(buffer.area.width).max(1));
    rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()).collect()
}

/// Lines between bars, so that the blanks at both ends are seen.
fn framed(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let bars = |line: &String| format!("│{line:width$}│");
    lines.iter().map(bars).collect::<Vec<_>>().join("\n")
}

const PEN: Pen = Pen::new(Style::new(), 0);

fn axes(x: (f64, f64), y: (f64, f64)) -> Axes {
    Axes { x: Scale::between(x.0, x.1), y: Scale::between(y.0, y.1) }
}

/// A curve of a function on a grid of 10 by 4 cells.
fn drawn(axes: &Axes, marker: Marker, f: impl Fn(f64) -> f64) -> Vec<String> {
    let mut grid = Grid::new(10, 4, marker);
    let ys: Vec<f64> = axes.samples(grid.dot_columns()).into_iter().map(f).collect();
    curve(&mut grid, axes, &ys, &PEN);
    picture(&grid)
}

#[test]
fn curves_in_every_marker() {
    let square = axes((-1.0, 1.0), (0.0, 1.0));
    insta::assert_snapshot!(framed(&drawn(&square, Marker::Braille, |x| x * x)), @r"
    │⢣        ⡜│
    │⠈⢆      ⡰⠁│
    │ ⠈⢆    ⡰⠁ │
    │  ⠈⠢⣀⣀⠔⠁  │
    ");
    insta::assert_snapshot!(framed(&drawn(&square, Marker::Half, |x| x * x)), @r"
    │█        █│
    │ █      █ │
    │  █    █  │
    │   ▀▄▄▀   │
    ");
    insta::assert_snapshot!(framed(&drawn(&square, Marker::Ascii, |x| x * x)), @r"
    │*        *│
    │ *      * │
    │  *    *  │
    │   ****   │
    ");
}

#[test]
fn a_step_has_no_hole_and_a_gap_stays_one() {
    let unit = axes((-1.0, 1.0), (-1.0, 1.0));
    insta::assert_snapshot!(framed(&drawn(&unit, Marker::Braille, f64::signum)), @r"
    │     ⡏⠉⠉⠉⠉│
    │     ⡇    │
    │    ⢸     │
    │⣀⣀⣀⣀⣸     │
    ");
    let gap = |x: f64| if x.abs() < 0.3 { f64::NAN } else { 0.0 };
    insta::assert_snapshot!(framed(&drawn(&unit, Marker::Braille, gap)), @r"
    │          │
    │          │
    │⠉⠉⠉⠁  ⠈⠉⠉⠉│
    ");
}

#[test]
fn an_asymptote_is_no_line_and_a_steep_curve_is() {
    let wide = axes((-1.0, 1.0), (-5.0, 5.0));
    insta::assert_snapshot!(framed(&drawn(&wide, Marker::Braille, |x| 1.0 / x)), @r"
    │      ⢇   │
    │       ⠑⠢⠤│
    │⠒⠢⢄       │
    │   ⢱      │
    ");
    insta::assert_snapshot!(framed(&drawn(&wide, Marker::Braille, |x| 400.0 * x + 10.0)), @r"
    │    ⢸│
    │    ⢸│
    │    ⢸│
    │    ⢸│
    ");
}

#[test]
fn clipped_lines_keep_their_slope() {
    let unit = axes((0.0, 1.0), (0.0, 1.0));
    let mut grid = Grid::new(10, 4, Marker::Braille);
    polyline(&mut grid, &unit, [(-1e12, -1e12), (1e12, 1e12)], &PEN);
    let mut same = Grid::new(10, 4, Marker::Braille);
    diagonal(&mut same, &unit, &PEN);
    assert_eq!(picture(&grid), picture(&same));
    insta::assert_snapshot!(framed(&picture(&same)), @r"
    │       ⢀⠤⠊│
    │     ⡠⠔⠁  │
    │  ⢀⠔⠊     │
    │⡠⠒⠁       │
    ");
    let mut outside = Grid::new(10, 4, Marker::Braille);
    polyline(&mut outside, &unit, [(-1.0, 0.5), (-0.1, 2.0), (0.5, f64::NAN), (2.0, 0.2)], &PEN);
    assert!(picture(&outside).is_empty());
}

#[test]
fn levels_dashes_bands_and_points() {
    let unit = axes((0.0, 1.0), (-1.0, 1.0));
    let mut grid = Grid::new(10, 4, Marker::Braille);
    let columns = grid.dot_columns();
    band(&mut grid, &unit, &vec![-0.9; columns], &vec![-0.2; columns], &PEN);
    level(&mut grid, &unit, 0.0, &PEN.dash(Dash::Dotted));
    plumb(&mut grid, &unit, 0.5, &PEN);
    glyph(&mut grid, &unit, (0.25, 0.9), '●', &PEN);
    for nowhere in [(0.5, 2.0), (-0.5, 0.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
        glyph(&mut grid, &unit, nowhere, '◦', &PEN);
    }
    insta::assert_snapshot!(framed(&picture(&grid)), @r"
    │  ●  ⠃    │
    │          │
    │⢕⠈⢔⠁⢜⠃⢕⠈⢔⠁│
    │ ⠕ ⠕ ⠕ ⠕ ⠕│
    ");
}

#[test]
fn a_lone_point_of_a_line_is_a_dot() {
    let unit = axes((0.0, 1.0), (0.0, 1.0));
    let mut grid = Grid::new(2, 1, Marker::Half);
    polyline(&mut grid, &unit, [(f64::NAN, 0.0), (0.0, 0.0), (f64::NAN, 0.0), (1.0, 1.0)], &PEN);
    assert_eq!(picture(&grid), ["▄▀"]);
}

#[test]
fn corners_are_labelled_and_the_cursors_values_stand_on_the_axes() {
    let look = Look::plain();
    let axes = axes((-3.0, 3.0), (-3.4, 1.3));
    let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 6));
    let inside = axes.label(buffer.area, &mut buffer, &look);
    assert_eq!(inside, Rect::new(6, 0, 24, 5));
    let area = buffer.area;
    axes.value_y(area, &mut buffer, -0.95, &look);
    axes.value_x(area, &mut buffer, "x", 0.85, &look);
    insta::assert_snapshot!(framed(&lines(&buffer)), @r"
    │  1.3                         │
    │                              │
    │ −0.9                         │
    │                              │
    │ −3.4                         │
    │      −3.0        x 0.85   3.0│
    ");

    let mut ascii = Buffer::empty(area);
    axes.label(area, &mut ascii, &look.with_marker(Marker::Ascii));
    assert!(ascii.content.iter().all(|cell| cell.symbol().is_ascii()));
    assert_eq!(inside_of(15, 9), (15, 9), "too narrow for numbers");
    assert_eq!(inside_of(7, 9), (0, 0), "too narrow for anything");
}

fn inside_of(width: u16, height: u16) -> (u16, u16) {
    let inside = inside(Rect::new(0, 0, width, height));
    (inside.width, inside.height)
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => -2.0..2.0_f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 0.0, 5e-324]),
    ]
}

fn marker() -> impl Strategy<Value = Marker> {
    prop::sample::select(Marker::ALL.to_vec())
}

fn scales() -> impl Strategy<Value = Axes> {
    let scale = || {
        (prop::collection::vec(number(), 0..4), any::<bool>())
            .prop_map(|(values, log)| if log { Scale::log_over(values) } else { Scale::over(values) })
    };
    (scale(), scale()).prop_map(|(x, y)| Axes { x, y })
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_is_marked_outside(
        axes in scales(), marker in marker(), size in (0_u16..12, 0_u16..6), at in (0_u16..9, 0_u16..9),
        ys in prop::collection::vec(number(), 0..40), points in prop::collection::vec((number(), number()), 0..20),
    ) {
        let mut grid = Grid::new(size.0, size.1, marker);
        let pen = Pen::new(Style::new().fg(Color::Red), 1).dash(Dash::Dashed);
        curve(&mut grid, &axes, &ys, &pen);
        band(&mut grid, &axes, &ys, &points.iter().map(|point| point.0).collect::<Vec<_>>(), &pen);
        diagonal(&mut grid, &axes, &pen);
        for (x, y) in &points {
            glyph(&mut grid, &axes, (*x, *y), 'o', &pen);
            level(&mut grid, &axes, *y, &pen);
            plumb(&mut grid, &axes, *x, &pen);
        }
        polyline(&mut grid, &axes, points, &pen);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 8));
        let area = Rect::new(at.0, at.1, size.0, size.1);
        grid.render(area, &mut buffer);
        let look = Look::plain();
        for (index, cell) in buffer.content.iter().enumerate() {
            prop_assert!(cell.symbol() == " " || area.contains(buffer.pos_of(index).into()));
        }
        axes.label(area, &mut buffer, &look);
        axes.value_x(area, &mut buffer, "x", ys.first().copied().unwrap_or(0.0), &look);
        axes.value_y(area, &mut buffer, ys.last().copied().unwrap_or(0.0), &look);
    }

    /// Between its values a curve has dots in every row it passes: joined, whatever the values.
    #[test]
    fn a_curve_inside_its_axes_is_one_line(ys in prop::collection::vec(0.0..1.0_f64, 20)) {
        let axes = axes((0.0, 1.0), (0.0, 1.0));
        let mut grid = Grid::new(20, 30, Marker::Ascii);
        curve(&mut grid, &axes, &ys, &PEN);
        let lines = picture(&grid);
        let marked = |column: usize| -> Vec<usize> {
            (0..lines.len()).filter(|row| lines[*row].chars().nth(column) == Some('*')).collect()
        };
        for column in 0..20 {
            let rows = marked(column);
            prop_assert!(!rows.is_empty());
            prop_assert!(rows.windows(2).all(|pair| pair[1] == pair[0] + 1), "one run a column");
            if column > 0 {
                let (before, now) = (marked(column - 1), rows);
                let apart = before[0].saturating_sub(now[now.len() - 1]).max(now[0].saturating_sub(before[before.len() - 1]));
                prop_assert!(apart <= 1, "{before:?} and {now:?} touch");
            }
        }
    }
}
