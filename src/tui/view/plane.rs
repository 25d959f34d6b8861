//! Worlds of two inputs: heat maps, the warped plane, the data by class, the boundary. Knows no coefficient.

use super::composition::name;
use super::frame::Frame;
use super::worlds::fitting;
use crate::scene::{Aspect, Classes, Heat, PlaneScene, PlaneStage, Spot, Warp, is_drawn};
use crate::tui::app::{App, Pane};
use crate::tui::look::{Look, Shaded};
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Dash, Grid, Pen, Scale, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

/// Fills `area` with a heat map: every half cell has the nearest sample.
pub(super) fn fill(look: &Look, heat: &Heat, area: Rect, buffer: &mut Buffer) {
    let share = |at: usize| heat.share(heat.values[at]);
    cells((heat.columns, heat.rows()), area, buffer, &|upper, lower| look.shaded(share(upper), share(lower)));
}

/// What the two ends of a heat map's colours stand for, each with a name, between the two colours.
fn ends(look: &Look, heat: &Heat, [low, high]: [&str; 2]) -> Line<'static> {
    let colour = |share: f64| {
        let Shaded { symbol, style } = look.shaded(share, share);
        Span::styled(symbol.to_string(), style)
    };
    let [least, most] = [heat.middle - heat.reach, heat.middle + heat.reach].map(short);
    let words = look.glyphs.spell(&format!(" {low}{least} {high}{most} "));
    Line::from(vec![colour(0.0), Span::styled(words, look.palette.dim), colour(1.0)])
}

/// Fills `area` with the likeliest class, the fuller the surer.
fn fill_classes(look: &Look, classes: &Classes, area: Rect, buffer: &mut Buffer) {
    let half = |at: usize| (classes.likeliest[at].0, classes.sure(classes.likeliest[at].1));
    let size = (classes.columns, classes.rows());
    cells(size, area, buffer, &|upper, lower| look.classed([half(upper), half(lower)], classes.count));
}

/// Fills `area` from samples: a cell is made of the samples nearest to its halves.
fn cells((columns, rows): (usize, usize), area: Rect, buffer: &mut Buffer, cell: &dyn Fn(usize, usize) -> Shaded) {
    let area = area.intersection(buffer.area);
    if columns == 0 || rows == 0 || area.width == 0 || area.height == 0 {
        return;
    }
    let halves = 2 * usize::from(area.height);
    for y in 0..area.height {
        for x in 0..area.width {
            let at = |half: usize| {
                let row = (2 * usize::from(y) + half) * rows / halves;
                row * columns + usize::from(x) * columns / usize::from(area.width)
            };
            let cell = cell(at(0), at(1));
            buffer[(area.x + x, area.y + y)].set_char(cell.symbol).set_style(cell.style);
        }
    }
}

/// One f⁽ⁱ⁾ in the strip, inside its frame.
pub(super) fn stage(app: &App, scene: &PlaneScene, stage: &PlaneStage, inner: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    match (&stage.heat, &stage.warp) {
        (Some(heat), _) => {
            let [x1, x2] = scene.data.map(|[low, high]| Scale::between(low, high));
            let axes = Axes { x: x1, y: x2 };
            let dots = axes.label(inner, buffer, look);
            fill(look, heat, dots, buffer);
            let (ends, room) = (ends(look, heat, ["", ""]), axes.between(inner));
            if let Some(free) = usize::from(room.width).checked_sub(ends.width()) {
                buffer.set_style(room, Style::reset());
                buffer.set_line(room.x + u16::try_from(free / 2).unwrap_or(0), room.y, &ends, room.width);
            }
            let mut grid = Grid::new(dots.width, dots.height, look.marker);
            cross(look, scene.cursor, &axes, &mut grid);
            grid.render(dots, buffer);
        }
        (None, Some(warp)) => warped(app, scene, warp, inner, buffer),
        (None, None) => {
            if let Some(piles) = &stage.piles {
                piled(look, scene, piles, inner, buffer);
            }
        }
    }
}

/// The images of the grid's lines behind, of the data before them, of the cursor in front.
fn warped(app: &App, scene: &PlaneScene, warp: &Warp, inner: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    let axes = Axes { x: Scale::over(warp.x), y: Scale::over(warp.y) };
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    let half = warp.lines.len() / 2;
    for (at, line) in warp.lines.iter().enumerate() {
        // Lines of one x1 are whole, lines of one x2 dotted: which way the plane was turned reads without colour.
        let pen = Pen::new(look.palette.element, 0).ascii(if at < half { '.' } else { ',' });
        shape::polyline(&mut grid, &axes, line.iter().copied(), &if at < half { pen } else { pen.dash(Dash::Dotted) });
    }
    spots(look, &warp.spots, scene, &axes, &mut grid);
    cross(look, warp.cursor, &axes, &mut grid);
    grid.render(dots, buffer);
}

/// One coordinate: the data in piles along it, ones upwards and zeros downwards.
fn piled(look: &Look, scene: &PlaneScene, piles: &Warp, inner: Rect, buffer: &mut Buffer) {
    let axes = Axes { x: Scale::over(piles.x), y: Scale::over(piles.y) };
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    shape::level(&mut grid, &axes, 0.0, &Pen::new(look.palette.frame, 0).ascii('-').dash(Dash::Dotted));
    spots(look, &piles.spots, scene, &axes, &mut grid);
    cross(look, piles.cursor, &axes, &mut grid);
    grid.render(dots, buffer);
}

/// A style that says its colour: on a heat map the terminal's own would else be the heat's.
fn own(style: Style) -> Style {
    Style { fg: style.fg.or(Some(Color::Reset)), ..style }
}

/// The cursor: a cross, and in a plot of f the lines to both axes.
fn cross(look: &Look, at: (f64, f64), axes: &Axes, grid: &mut Grid) {
    let glyph = if look.glyphs.cursor.is_ascii() { '+' } else { '╋' };
    shape::glyph(grid, axes, at, glyph, &Pen::new(own(look.palette.text), 4));
}

/// The data: by class where there are two, by their numbers where there are more, else by tenths of the range of y.
fn spots(look: &Look, spots: &[Spot], scene: &PlaneScene, axes: &Axes, grid: &mut Grid) {
    for spot in spots {
        let (glyph, style) = match (scene.level, &scene.classes) {
            (Some(level), _) => {
                let one = spot.y > level;
                (look.class_glyph(one, spot.held_out), look.class(one))
            }
            (None, Some(_)) => (digit(spot.y), numbered(look, spot.held_out)),
            (None, None) => {
                (tenth(scene.f.share(spot.y)), if spot.held_out { look.palette.test } else { own(look.palette.text) })
            }
        };
        // Held-out rows behind: where they crowd, one sees what was learned from.
        shape::glyph(grid, axes, spot.at, glyph, &Pen::new(style, if spot.held_out { 1 } else { 2 }));
    }
}

/// Rows that are switched off, behind all others.
fn off(look: &Look, scene: &PlaneScene, axes: &Axes, grid: &mut Grid) {
    for &at in &scene.off {
        shape::glyph(grid, axes, at, look.glyphs.off, &Pen::new(own(look.palette.dim), 0));
    }
}

/// 0 to 9.
fn tenth(share: f64) -> char {
    digit((share * 10.0).floor().min(9.0))
}

/// A class by its number, from ten on by a letter.
fn digit(class: f64) -> char {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a digit")]
    let digit = class.round().clamp(0.0, 35.0) as u32;
    char::from_digit(digit, 36).unwrap_or('?')
}

/// The style of a class's number: bold where it is learned from, underlined where it is held out.
fn numbered(look: &Look, held_out: bool) -> Style {
    own(look.palette.text).add_modifier(if held_out { Modifier::UNDERLINED } else { Modifier::BOLD })
}

/// f over the plane with the data, or what f leaves of the data.
pub(super) fn composition(app: &App, scene: &PlaneScene, area: Rect, buffer: &mut Buffer) {
    let look = &app.look;
    let palette = &look.palette;
    let left = app.window.sight.aspect == Aspect::Residual;
    let frame = Frame {
        title: Span::styled(if left { "y − f" } else { "f" }, palette.text),
        facts: facts(app, scene, area.width),
        legend: if left { residual_legend(look) } else { legend(look, scene, area.width) },
        focused: app.pane() == Pane::Composition,
        ..Frame::default()
    };
    let mut inner = frame.draw(look, area, buffer);
    inner.width = inner.width.saturating_sub(1);
    let between = |[low, high]: [f64; 2]| Scale::between(low, high);
    let axes = Axes { x: between(scene.x1.range), y: between(scene.x2.range) };
    let dots = axes.label(inner, buffer, look);
    let mut grid = Grid::new(dots.width, dots.height, look.marker);
    let dotted = Pen::new(palette.frame, 0).dash(Dash::Dotted);
    shape::plumb(&mut grid, &axes, scene.cursor.0, &dotted.ascii('|'));
    shape::level(&mut grid, &axes, scene.cursor.1, &dotted.ascii('-'));
    if left {
        residuals(look, scene, &axes, &mut grid);
    } else {
        match &scene.classes {
            Some(classes) => fill_classes(look, classes, dots, buffer),
            None => fill(look, &scene.f, dots, buffer),
        }
        for piece in &scene.boundary {
            shape::polyline(&mut grid, &axes, *piece, &Pen::new(own(palette.text), 1).ascii('/'));
        }
        off(look, scene, &axes, &mut grid);
        spots(look, &scene.spots, scene, &axes, &mut grid);
    }
    cross(look, scene.cursor, &axes, &mut grid);
    grid.render(dots, buffer);
    axes.value_x(inner, buffer, name(&scene.x1.name, "x1"), scene.cursor.0, look);
    axes.value_y(inner, buffer, scene.cursor.1, look);
}

/// What f leaves: the sign where it is more than half a class (or a quarter of the range), a dot elsewhere.
fn residuals(look: &Look, scene: &PlaneScene, axes: &Axes, grid: &mut Grid) {
    let much = if scene.level.is_some() { 0.5 } else { 0.5 * scene.f.reach };
    for spot in &scene.spots {
        let (glyph, style, layer) = if spot.residual.abs() < 0.2 * much {
            (look.glyphs.between.chars().next().unwrap_or('.'), look.palette.dim, 1)
        } else {
            let glyph = match (spot.residual > 0.0, spot.residual.abs() < much) {
                (true, true) => '+',
                (false, true) => '−',
                (true, false) => {
                    if look.glyphs.train.is_ascii() {
                        '#'
                    } else {
                        '⊕'
                    }
                }
                (false, false) => {
                    if look.glyphs.train.is_ascii() {
                        '='
                    } else {
                        '⊖'
                    }
                }
            };
            (glyph, look.class(spot.residual > 0.0), 2)
        };
        shape::glyph(grid, axes, spot.at, glyph, &Pen::new(style, layer));
    }
}

fn facts(app: &App, scene: &PlaneScene, width: u16) -> Line<'static> {
    let (look, (x1, x2)) = (&app.look, scene.cursor);
    let here = match &scene.classes {
        Some(Classes { at_cursor: (class, p), .. }) => {
            let word = scene.labels.get(*class).map_or_else(|| format!("class {class}"), ToString::to_string);
            format!("{word}, {:.0} %", 100.0 * p)
        }
        None => format!("{} {}", look.glyphs.y_hat, short(scene.at_cursor)),
    };
    let place = |[first, second]: [&str; 2]| format!("{first} {} {second} {}", short(x1), short(x2));
    let named = place([name(&scene.x1.name, "x1"), name(&scene.x2.name, "x2")]);
    let place = place(["x1", "x2"]);
    let first = if is_drawn(app.window.sight.face) {
        "one prior draw".to_owned()
    } else {
        scene.right.map(right_words).unwrap_or_default()
    };
    // A class without its probability, where there is no room for both.
    let word = here.split(", ").next().unwrap_or_default().to_owned();
    let choices = [
        format!("{first}   {named} {here}"),
        format!("{first}   {place} {here}"),
        format!("{first}   {here}"),
        format!("{first}   {word}"),
        here,
    ];
    Line::styled(look.glyphs.spell(&fitting(&choices, width)), look.palette.dim)
}

/// `right 98 % 95 %`: of the rows learned from, of those held out.
pub(super) fn right_words([train, test]: [f64; 2]) -> String {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    match (train.is_finite(), test.is_finite()) {
        (true, true) => format!("right {}, test {}", percent(train), percent(test)),
        (true, false) => format!("right {}", percent(train)),
        (false, _) => String::new(),
    }
}

/// The classes by their numbers and words, as far as there is room for the words.
fn numbers_legend(look: &Look, scene: &PlaneScene, width: u16) -> Line<'static> {
    let dim = look.palette.dim;
    let kind = |held_out: bool, text: String| Span::styled(text, numbered(look, held_out));
    let named = scene.labels.iter().enumerate().flat_map(|(at, word)| {
        #[expect(clippy::cast_precision_loss, reason = "classes are few")]
        let number = digit(at as f64);
        [kind(false, number.to_string()), Span::styled(format!(" {word} "), dim)]
    });
    let all: Line<'static> = named.chain([kind(true, "0".to_owned()), Span::styled(" test", dim)]).collect();
    if !scene.labels.is_empty() && all.width() + 8 <= usize::from(width) {
        return all;
    }
    Line::from(vec![
        Span::styled("class ", dim),
        kind(false, "0".to_owned()),
        Span::styled(" train  ", dim),
        kind(true, "0".to_owned()),
        Span::styled(" test", dim),
    ])
}

fn legend(look: &Look, scene: &PlaneScene, width: u16) -> Line<'static> {
    let palette = &look.palette;
    if scene.classes.is_some() {
        return numbers_legend(look, scene, width);
    }
    let Some(level) = scene.level else {
        let mut line = ends(look, &scene.f, ["0 = ", " 9 = "]);
        if scene.spots.iter().any(|spot| spot.held_out) {
            line.extend([Span::styled("  0", palette.test), Span::styled(" test", palette.dim)]);
        }
        return line;
    };
    let mut spans = Vec::new();
    for (held_out, words) in [(false, " train  "), (true, " test  ")] {
        for (one, name) in [(true, "1 "), (false, "0")] {
            spans.push(Span::styled(look.class_glyph(one, held_out).to_string(), look.class(one)));
            spans.push(Span::styled(name, palette.dim));
        }
        spans.push(Span::styled(words, palette.dim));
    }
    spans.push(Span::styled(look.glyphs.line, palette.text));
    spans.push(Span::styled(format!(" {} = {}", look.glyphs.y_hat, short(level)), palette.dim));
    Line::from(spans)
}

fn residual_legend(look: &Look) -> Line<'static> {
    let ascii = look.glyphs.train.is_ascii();
    let (over, under) = if ascii { ('#', '=') } else { ('⊕', '⊖') };
    let words = format!("+ {over} y above f  − {under} below  {} near", look.glyphs.between);
    Line::styled(look.glyphs.spell(&words), look.palette.dim)
}
