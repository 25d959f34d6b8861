//! A drawn buffer as plain text, as text with colours, or as a vector picture. Knows nothing of what is drawn.

use crate::tui::look::sixteenth;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write;

/// The characters alone, lines without trailing blanks.
pub(super) fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(buffer) {
        let line: String = row.iter().map(Cell::symbol).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn rows(buffer: &Buffer) -> impl Iterator<Item = &[Cell]> {
    buffer.content.chunks(usize::from(buffer.area.width.max(1)))
}

/// With SGR sequences, reset at every line's end so that it can be cut anywhere.
pub(super) fn ansi(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(buffer) {
        let mut last = String::new();
        for cell in row {
            let style = sgr(cell);
            if style != last {
                let _ = write!(text, "\x1b[0{style}m");
                last = style;
            }
            text.push_str(cell.symbol());
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

fn sgr(cell: &Cell) -> String {
    let mut codes = String::new();
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
        (Modifier::CROSSED_OUT, 9),
    ] {
        if cell.modifier.contains(modifier) {
            let _ = write!(codes, ";{code}");
        }
    }
    for (color, base) in [(cell.fg, 30), (cell.bg, 40)] {
        match color {
            Color::Reset => {}
            Color::Rgb(r, g, b) => {
                let _ = write!(codes, ";{};2;{r};{g};{b}", base + 8);
            }
            Color::Indexed(index) => {
                let _ = write!(codes, ";{};5;{index}", base + 8);
            }
            named => {
                let index = sixteenth(named);
                let code = if index < 8 { base + index } else { base + 60 + index - 8 };
                let _ = write!(codes, ";{code}");
            }
        }
    }
    codes
}

/// Size of a cell in the vector picture.
///
/// DejaVu Sans Mono is 0.602 em wide and 1.164 em high: at this size frames close.
const CELL: (f64, f64) = (9.3, 18.0);
/// Its background and its text, as a dark terminal has them.
const PAPER: &str = "#16181f";
const INK: &str = "#d7dae0";
/// The sixteen colours on that background.
const SIXTEEN: [&str; 16] = [
    "#16181f", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#5c6370", "#ef7a85",
    "#a9d48a", "#f0cf8e", "#79bdfb", "#d48ceb", "#69c5d1", "#ffffff",
];

/// SVG: braille as dots of our own, because few fonts have it, and every other run of characters as text.
pub(super) fn svg(buffer: &Buffer) -> String {
    let (width, height) = (f64::from(buffer.area.width) * CELL.0, f64::from(buffer.area.height) * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"15.46\">\n<rect width=\"100%\" height=\"100%\" fill=\"{PAPER}\"/>\n"
    );
    for (y, row) in rows(buffer).enumerate() {
        for (x, cell) in row.iter().enumerate() {
            svg_cell(&mut svg, x, y, cell);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

#[expect(clippy::cast_precision_loss, reason = "positions on a page")]
fn svg_cell(svg: &mut String, column: usize, row: usize, cell: &Cell) {
    let (left, top) = (column as f64 * CELL.0, row as f64 * CELL.1);
    let (mut ink, mut paper) = (hex(cell.fg, INK), hex(cell.bg, "none"));
    if cell.modifier.contains(Modifier::REVERSED) {
        let solid = if paper == "none" { PAPER.to_owned() } else { paper };
        (ink, paper) = (solid, ink);
    }
    if paper != "none" {
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"{paper}\"/>",
            CELL.0, CELL.1
        );
    }
    let symbol = cell.symbol();
    let character = symbol.chars().next().unwrap_or(' ');
    if character == ' ' {
        return;
    }
    if ('\u{2800}'..='\u{28FF}').contains(&character) {
        return svg_dots(svg, left, top, u32::from(character) - 0x2800, &ink);
    }
    let weight = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let opacity = if cell.modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let text = symbol.replace('&', "&amp;").replace('<', "&lt;");
    let base = top + 0.76 * CELL.1;
    let _ = writeln!(svg, "<text x=\"{left}\" y=\"{base:.1}\" fill=\"{ink}\"{weight}{opacity}>{text}</text>");
}

/// The dots of one braille character; bits 0 to 2 and 6 are the left column from the top.
fn svg_dots(svg: &mut String, left: f64, top: f64, bits: u32, ink: &str) {
    const PLACES: [(f64, f64); 8] =
        [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 0.0), (1.0, 1.0), (1.0, 2.0), (0.0, 3.0), (1.0, 3.0)];
    for (bit, (column, row)) in PLACES.iter().enumerate() {
        if bits >> bit & 1 == 1 {
            let (x, y) = (left + CELL.0 * (0.25 + 0.5 * column), top + CELL.1 * (0.125 + 0.25 * row));
            let _ = writeln!(svg, "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"1.7\" fill=\"{ink}\"/>");
        }
    }
}

fn hex(color: Color, reset: &str) -> String {
    match color {
        Color::Reset => reset.to_owned(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(index) => indexed(index),
        named => SIXTEEN[usize::from(sixteenth(named))].to_owned(),
    }
}

/// xterm's 256 colours: sixteen, a 6×6×6 cube, 24 greys.
fn indexed(index: u8) -> String {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..=15 => SIXTEEN[usize::from(index)].to_owned(),
        16..=231 => {
            let cube = index - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        grey => {
            let value = 8 + 10 * (grey - 232);
            format!("#{value:02x}{value:02x}{value:02x}")
        }
    }
}
