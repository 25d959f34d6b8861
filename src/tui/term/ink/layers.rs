//! A whole picture pen by pen: every pen is dipped once, and all that it draws is drawn. Knows no escape sequence.
//!
//! Row by row a picture of 120 × 40 changes its pen 400 times at some ten bytes; by pen it does so 14 times, and half of the
//! 500 ways between its runs are three bytes or less, as frames go down a column.

use super::route::Stop;
use super::{Pen, SHOWS_ON_BLANK, erasable, is_narrow};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::Color;
use std::collections::HashMap;

/// Blanks are written over so many cells that are drawn later or not at all: a way over them is as long or longer.
const GAP: u16 = 3;

/// All that one pen draws.
pub(super) struct Layer<'a> {
    pub pen: Pen,
    pub runs: Vec<Run<'a>>,
}

/// Cells side by side.
pub(super) struct Run<'a> {
    pub at: Position,
    pub symbols: Vec<&'a str>,
    /// Where it ends; none after a character of a width that terminals disagree on.
    end: Option<u16>,
}

impl Run<'_> {
    /// It as a place to go to.
    pub fn stop(&self) -> Stop {
        Stop { at: self.at, end: self.end.map(|x| Position { x, y: self.at.y }) }
    }
}

/// The picture that the cells make on a cleared screen. Pens in the order in which they come first.
pub(super) fn layers<'a>(cells: &[(u16, u16, &'a Cell)], size: Size) -> Vec<Layer<'a>> {
    let mut ranks: HashMap<Pen, usize> = HashMap::new();
    let mut layers: Vec<Layer<'a>> = Vec::new();
    let mut canvas = Canvas::new(size);
    let drawn = || cells.iter().copied().filter(|(.., cell)| !erasable(cell));
    for (x, y, cell) in drawn() {
        let pen = Pen::of(cell);
        let rank = *ranks.entry(pen).or_insert(layers.len());
        if rank == layers.len() {
            layers.push(Layer { pen, runs: Vec::new() });
        }
        canvas.draw(x, y, cell, rank);
    }
    for (x, y, cell) in drawn() {
        let rank = ranks[&Pen::of(cell)];
        let layer = &mut layers[rank];
        let end = is_narrow(cell.symbol()).then_some(x + 1);
        match layer.runs.last_mut().and_then(|run| Some((run.end.filter(|_| run.at.y == y)?, run))) {
            Some((gap, run)) if gap == x || layer.pen.is_bare() && canvas.is_free(gap..x, y, rank) => {
                run.symbols.extend((gap..x).map(|_| " ").chain([cell.symbol()]));
                run.end = end;
            }
            _ => layer.runs.push(Run { at: Position { x, y }, symbols: vec![cell.symbol()], end }),
        }
    }
    layers
}

/// By which layer each cell is drawn.
struct Canvas {
    size: Size,
    ranks: Vec<Drawn>,
}

#[derive(Clone, Copy)]
enum Drawn {
    Never,
    By(usize),
    /// By a character that may be as wide as two.
    Wide,
}

impl Canvas {
    fn new(size: Size) -> Self {
        Self { size, ranks: vec![Drawn::Never; usize::from(size.width) * usize::from(size.height)] }
    }

    fn draw(&mut self, x: u16, y: u16, cell: &Cell, rank: usize) {
        let (drawn, width) = if is_narrow(cell.symbol()) { (Drawn::By(rank), 1) } else { (Drawn::Wide, 2) };
        let from = self.place(x, y);
        for own in self.ranks.iter_mut().skip(from).take(width) {
            *own = drawn;
        }
    }

    /// Whether few cells lie there and a blank on each harms nothing: it stays blank, or a later layer draws it.
    fn is_free(&self, mut xs: std::ops::Range<u16>, y: u16, rank: usize) -> bool {
        let free = |x| match self.ranks[self.place(x, y)] {
            Drawn::Never => true,
            Drawn::By(other) => other > rank,
            Drawn::Wide => false,
        };
        xs.end - xs.start <= GAP && xs.all(free)
    }

    fn place(&self, x: u16, y: u16) -> usize {
        usize::from(y) * usize::from(self.size.width) + usize::from(x)
    }
}

impl Pen {
    /// Whether a blank drawn with it shows nothing.
    fn is_bare(self) -> bool {
        self.bg == Color::Reset && !self.modifier.intersects(SHOWS_ON_BLANK)
    }
}
