//! A drawn buffer as plain text, or as text with colours. Knows nothing of what is drawn.

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
