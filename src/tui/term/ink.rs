//! Cells to bytes: the shortest escape sequences that turn one picture into the next. Knows no file and asks the terminal nothing.

mod layers;
mod route;
mod way;

use crate::tui::look::sixteenth;
use layers::{Run, layers};
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use route::route;
use std::convert::Infallible;
use std::io::Write as _;
use way::Way;

/// Blanks are written as an erasure from this many on: fewer are as short written out.
const ERASE_FROM: usize = 6;
/// What shows on a blank cell; every other attribute of a blank need not be sent.
const SHOWS_ON_BLANK: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// A ratatui backend over a byte vector that remembers what the terminal was told.
///
/// Nothing changed is nothing written, not even a reset; ratatui's own backend writes 25 bytes for it.
/// Every frame ends with default colours and an unknown cursor, so that a stray write of another program
/// harms one frame at most.
#[derive(Clone, Debug)]
pub struct Ink {
    bytes: Vec<u8>,
    size: Size,
    /// Where the terminal's cursor stands; `x` may equal the width: the next character would wrap.
    at: Option<Position>,
    pen: Pen,
    cursor_shown: bool,
    /// Where the visible cursor was put last.
    cursor: Option<Position>,
    /// Whether nothing has been drawn since the screen was cleared.
    cleared: bool,
}

/// The colours and attributes that the next character gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

const PLAIN: Pen = Pen { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

impl Pen {
    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }
}

impl Ink {
    /// For a screen of this size whose cursor is hidden.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self { bytes: Vec::new(), size, at: None, pen: PLAIN, cursor_shown: false, cursor: None, cleared: false }
    }

    /// The screen has this size from now on.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
    }

    /// The terminal was left and entered again: its cursor is hidden and nowhere known.
    pub fn forget(&mut self) {
        (self.bytes, self.at, self.cursor, self.cursor_shown) = (Vec::new(), None, None, false);
    }

    /// The bytes since the last call; empty if nothing changed.
    pub fn take(&mut self) -> Vec<u8> {
        self.at = None;
        std::mem::take(&mut self.bytes)
    }

    fn go(&mut self, to: Position) {
        Way::between(self.at, to, self.size.width).write(&mut self.bytes);
        self.at = Some(to);
    }

    /// One `SGR` with only what differs; attributes cannot be taken off one by one everywhere, so that is a reset.
    fn dip(&mut self, pen: Pen) {
        if pen == self.pen {
            return;
        }
        if pen == PLAIN {
            self.bytes.extend_from_slice(b"\x1b[m");
            self.pen = PLAIN;
            return;
        }
        let mut sgr = Sgr::default();
        if !(self.pen.modifier - pen.modifier).is_empty() {
            sgr.add(0);
            self.pen = PLAIN;
        }
        for (modifier, code) in ATTRIBUTES {
            if (pen.modifier - self.pen.modifier).contains(modifier) {
                sgr.add(code);
            }
        }
        if pen.fg != self.pen.fg {
            sgr.colour(pen.fg, 30);
        }
        if pen.bg != self.pen.bg {
            sgr.colour(pen.bg, 40);
        }
        self.pen = pen;
        self.say(format_args!("\x1b[{}m", sgr.0));
    }

    /// A run of blanks on the default background: erased to the end of the line, or so many cells.
    fn erase(&mut self, x: u16, y: u16, count: u16) {
        self.go(Position { x, y });
        self.dip(Pen { modifier: Modifier::empty(), bg: Color::Reset, ..self.pen });
        if x + count >= self.size.width {
            self.bytes.extend_from_slice(b"\x1b[K");
        } else {
            self.say(format_args!("\x1b[{count}X"));
        }
    }

    fn print(&mut self, x: u16, y: u16, cell: &Cell) {
        self.go(Position { x, y });
        let pen = Pen::of(cell);
        // A blank shows no foreground: keeping the present one saves a colour change on either side.
        let blank = cell.symbol() == " " && !pen.modifier.intersects(SHOWS_ON_BLANK);
        let keep = blank && !self.pen.modifier.intersects(SHOWS_ON_BLANK);
        self.dip(if keep { Pen { bg: pen.bg, ..self.pen } } else { pen });
        self.put(cell.symbol());
    }

    fn put(&mut self, symbol: &str) {
        self.bytes.extend_from_slice(symbol.as_bytes());
        self.at = self.at.filter(|_| is_narrow(symbol)).map(|at| Position { x: at.x + 1, ..at });
    }

    /// Row by row.
    fn draw_rows(&mut self, cells: &[(u16, u16, &Cell)]) {
        let mut from = 0;
        while let Some(&(x, y, cell)) = cells.get(from) {
            let follows = |step: usize, next: &(u16, u16, &Cell)| {
                next.1 == y && usize::from(next.0) == usize::from(x) + step && erasable(next.2)
            };
            let blanks = cells[from..].iter().enumerate().take_while(|(step, next)| follows(*step, next)).count();
            if blanks >= ERASE_FROM {
                self.erase(x, y, u16::try_from(blanks).expect("a run of blanks is within a line"));
                from += blanks;
            } else {
                self.print(x, y, cell);
                from += 1;
            }
        }
        self.dip(PLAIN);
    }

    /// Pen by pen, its runs in an order of short ways; on a cleared screen only.
    fn draw_layers(&mut self, cells: &[(u16, u16, &Cell)]) {
        for layer in layers(cells, self.size) {
            self.dip(layer.pen);
            let stops: Vec<_> = layer.runs.iter().map(Run::stop).collect();
            for next in route(self.at, &stops, self.size.width) {
                let run = &layer.runs[next];
                self.go(run.at);
                run.symbols.iter().for_each(|symbol| self.put(symbol));
            }
        }
        self.dip(PLAIN);
    }

    /// By whichever of both ways is shorter: a picture of a thousand colours is better drawn in rows.
    fn draw_whole(&mut self, cells: &[(u16, u16, &Cell)]) {
        let before = std::mem::take(&mut self.bytes);
        let mut layered = self.clone();
        layered.draw_layers(cells);
        self.draw_rows(cells);
        if layered.bytes.len() < self.bytes.len() {
            *self = layered;
        }
        self.bytes.splice(..0, before);
    }

    fn say(&mut self, words: std::fmt::Arguments<'_>) {
        self.bytes.write_fmt(words).expect("a vector takes every byte");
    }
}

const ATTRIBUTES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// The parameters of one `SGR` sequence.
#[derive(Default)]
struct Sgr(String);

impl Sgr {
    fn add(&mut self, code: impl std::fmt::Display) {
        use std::fmt::Write as _;
        let separator = if self.0.is_empty() { "" } else { ";" };
        write!(self.0, "{separator}{code}").expect("a string takes every character");
    }

    /// `base` is 30 for the foreground, 40 for the background; the sixteen have their short codes.
    fn colour(&mut self, colour: Color, base: u8) {
        match colour {
            Color::Reset => self.add(base + 9),
            Color::Rgb(red, green, blue) => self.add(format_args!("{};2;{red};{green};{blue}", base + 8)),
            Color::Indexed(index) => self.add(format_args!("{};5;{index}", base + 8)),
            named => match sixteenth(named) {
                dark @ 0..8 => self.add(base + dark),
                bright => self.add(base + 60 + bright - 8),
            },
        }
    }
}

/// Whether every terminal agrees that it takes one cell: only then is the cursor in a known place after it. Characters beyond the
/// first plane are not all known everywhere: tmux 3.3 leaves octants (Unicode 16) out, and what follows would move to the left.
fn is_narrow(symbol: &str) -> bool {
    symbol.chars().count() == 1 && symbol < "\u{10000}" && unicode_width::UnicodeWidthStr::width(symbol) == 1
}

/// Whether an erasure leaves the same as writing this cell.
fn erasable(cell: &Cell) -> bool {
    cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.intersects(SHOWS_ON_BLANK)
}

impl Backend for Ink {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let cells: Vec<(u16, u16, &Cell)> = content.collect();
        let draw = if std::mem::take(&mut self.cleared) { Self::draw_whole } else { Self::draw_rows };
        draw(self, &cells);
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        if self.cursor_shown {
            self.bytes.extend_from_slice(b"\x1b[?25l");
            (self.cursor_shown, self.cursor) = (false, None);
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        if !self.cursor_shown {
            self.bytes.extend_from_slice(b"\x1b[?25h");
            self.cursor_shown = true;
        }
        Ok(())
    }

    /// Never asked of the terminal: the answer would have to be waited for.
    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        let position = position.into();
        // It still stands there unless this frame wrote something.
        if self.cursor != Some(position) || !self.bytes.is_empty() {
            Way::Absolute(position).write(&mut self.bytes);
            self.at = Some(position);
            self.cursor = Some(position);
        }
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.clear_region(ClearType::All)
    }

    /// Only the whole screen is ever cleared; ratatui does it twice when a screen shrinks, once is enough.
    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        const CLEAR: &[u8] = b"\x1b[2J";
        if !self.bytes.ends_with(CLEAR) {
            self.dip(PLAIN);
            self.bytes.extend_from_slice(CLEAR);
        }
        self.cleared = true;
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
