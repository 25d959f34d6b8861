//! Dots in cells: who wins where two marks meet, and the characters that show them. Knows no number and no axis.

use crate::tui::look::Marker;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::pixel::{OCTANTS, QUADRANTS};

/// How a mark is made: its style, its layer, and what stands for it where a cell is one dot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen {
    /// Colour and attributes.
    pub style: Style,
    /// A higher layer's marks replace a lower one's in the same cell: merged in one colour neither could be read.
    pub layer: u8,
    /// The character of a dot in ASCII.
    pub ascii: char,
    /// Where along a line there are dots.
    pub dash: Dash,
}

/// Where along a line there are dots. By the dot's own place, so that a dashed curve does not crawl while it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// Everywhere.
    Solid,
    /// Three of six.
    Dashed,
    /// One of three.
    Dotted,
}

impl Dash {
    /// Whether there is a dot at this place along the line.
    #[must_use]
    pub const fn marks(self, place: usize) -> bool {
        match self {
            Self::Solid => true,
            Self::Dashed => place % 6 < 3,
            Self::Dotted => place.is_multiple_of(3),
        }
    }
}

impl Pen {
    /// A solid one.
    #[must_use]
    pub const fn new(style: Style, layer: u8) -> Self {
        Self { style, layer, ascii: '*', dash: Dash::Solid }
    }

    /// The same with another character in ASCII.
    #[must_use]
    pub const fn ascii(self, ascii: char) -> Self {
        Self { ascii, ..self }
    }

    /// The same in dashes.
    #[must_use]
    pub const fn dash(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }
}

/// The marks of one cell: all of one layer and one style.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    /// Bit `row × 2 + column` of the dots, column always 0 where a cell has one.
    dots: u8,
    /// A whole character, which hides the dots.
    glyph: Option<char>,
    layer: u8,
    style: Style,
    ascii: char,
}

/// A raster of dots over the cells of a plot.
#[derive(Clone, Debug)]
pub struct Grid {
    width: usize,
    height: usize,
    marker: Marker,
    /// Binary digits of a dot's place inside its cell, across and down: a curve asks for each dot, and a division takes longer
    /// than all else about it.
    digits: (u32, u32),
    cells: Vec<Cell>,
}

impl Grid {
    /// For so many cells, empty.
    #[must_use]
    pub fn new(cells_wide: u16, cells_high: u16, marker: Marker) -> Self {
        let (width, height) = (usize::from(cells_wide), usize::from(cells_high));
        let (across, down) = marker.dots();
        let digits = (across.trailing_zeros(), down.trailing_zeros());
        Self { width, height, marker, digits, cells: vec![Cell::default(); width * height] }
    }

    /// What its dots are made of.
    #[must_use]
    pub const fn marker(&self) -> Marker {
        self.marker
    }

    /// Dots from left to right: the number of samples that a curve needs.
    #[must_use]
    pub const fn dot_columns(&self) -> usize {
        self.width * self.marker.dots().0
    }

    /// Dots from top to bottom.
    #[must_use]
    pub const fn dot_rows(&self) -> usize {
        self.height * self.marker.dots().1
    }

    /// One dot, from the top left; outside there is nothing to mark.
    pub fn dot(&mut self, column: usize, row: usize, pen: &Pen) {
        let (across, down) = self.digits;
        let bit = 1 << ((row & !(usize::MAX << down)) * 2 + (column & !(usize::MAX << across)));
        let Some(cell) = self.cell(column, row, pen) else { return };
        cell.dots |= bit;
    }

    /// A character in the cell of a dot; it hides the dots of its own layer too.
    pub fn glyph(&mut self, column: usize, row: usize, glyph: char, pen: &Pen) {
        let Some(cell) = self.cell(column, row, pen) else { return };
        // Also over another of its layer: its own style, or a held-out point would look like one that is learned from.
        (cell.glyph, cell.style, cell.ascii) = (Some(glyph), pen.style, pen.ascii);
    }

    /// The cell of a dot to mark, emptied of lower layers; None outside, or beneath a higher layer.
    fn cell(&mut self, column: usize, row: usize, pen: &Pen) -> Option<&mut Cell> {
        let (x, y) = (column >> self.digits.0, row >> self.digits.1);
        if x >= self.width {
            return None;
        }
        let cell = self.cells.get_mut(y * self.width + x)?;
        let marked = cell.dots != 0 || cell.glyph.is_some();
        if marked && cell.layer > pen.layer {
            return None;
        }
        if cell.layer < pen.layer {
            *cell = Cell::default();
        }
        if cell.glyph.is_none() {
            (cell.layer, cell.style, cell.ascii) = (pen.layer, pen.style, pen.ascii);
        }
        Some(cell)
    }

    /// Writes the cells that have marks, and only them; what does not fit into `area` or `buffer` is left out.
    pub fn render(&self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        for (y, row) in area.rows().zip(self.cells.chunks(self.width.max(1))) {
            for (place, cell) in y.positions().zip(row) {
                if let Some(symbol) = self.symbol(cell) {
                    // Patched, so that a selected row's background would stay.
                    buffer[place].set_char(symbol).set_style(cell.style);
                }
            }
        }
    }

    fn symbol(&self, cell: &Cell) -> Option<char> {
        if cell.glyph.is_some() || cell.dots == 0 {
            return cell.glyph;
        }
        Some(match self.marker {
            Marker::Ascii => cell.ascii,
            // The upper dot is bit 0, the lower one bit 2.
            Marker::Half => match cell.dots & 0b101 {
                0b001 => '▀',
                0b100 => '▄',
                _ => '█',
            },
            Marker::Octant => OCTANTS[usize::from(cell.dots)],
            // Of its two rows of dots the second is bits 2 and 3, as the table has them.
            Marker::Quadrant => QUADRANTS[usize::from(cell.dots & 0b1111)],
            Marker::Braille => {
                /// Unicode numbers the first six dots down the columns, the last row across.
                const BITS: [u32; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
                let dots = BITS.iter().enumerate().filter(|(bit, _)| cell.dots >> bit & 1 == 1);
                char::from_u32(0x2800 + dots.map(|(_, value)| value).sum::<u32>())
                    .expect("the block has 256 characters")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;

    /// The characters of a grid as lines of text.
    fn picture(grid: &Grid) -> Vec<String> {
        super::super::tests::picture(grid)
    }

    const RED: Style = Style::new().fg(Color::Red);
    const BLUE: Style = Style::new().fg(Color::Blue);

    #[test]
    fn every_marker_has_its_dots() {
        for (marker, dots, wanted) in [
            (Marker::Braille, (4, 4), "⡁⢈"),
            (Marker::Octant, (4, 4), "\u{1cd36}\u{1cd72}"),
            (Marker::Quadrant, (4, 2), "▌▗"),
            (Marker::Half, (2, 2), "█▄"),
            (Marker::Ascii, (2, 1), "**"),
        ] {
            let mut grid = Grid::new(2, 1, marker);
            assert_eq!((grid.dot_columns(), grid.dot_rows()), dots);
            let pen = Pen::new(RED, 0);
            grid.dot(0, 0, &pen);
            grid.dot(0, dots.1 - 1, &pen);
            grid.dot(dots.0 - 1, dots.1 - 1, &pen);
            if matches!(marker, Marker::Braille | Marker::Octant) {
                grid.dot(3, 0, &pen);
            }
            assert_eq!(picture(&grid), [wanted]);
        }
    }

    #[test]
    fn all_eight_dots_are_where_unicode_puts_them() {
        let mut grid = Grid::new(1, 1, Marker::Braille);
        for (row, column, wanted) in
            [(0, 0, '⠁'), (1, 0, '⠃'), (2, 0, '⠇'), (0, 1, '⠏'), (1, 1, '⠟'), (2, 1, '⠿'), (3, 0, '⡿'), (3, 1, '⣿')]
        {
            grid.dot(column, row, &Pen::new(RED, 0));
            assert_eq!(picture(&grid), [wanted.to_string()]);
        }
    }

    #[test]
    fn a_higher_layer_replaces_and_the_same_one_merges_in_any_order() {
        for order in [[0, 1], [1, 0]] {
            let mut grid = Grid::new(1, 1, Marker::Braille);
            for layer in order {
                let style = if layer == 0 { RED } else { BLUE };
                grid.dot(usize::from(layer), 0, &Pen::new(style, layer));
            }
            let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
            grid.render(buffer.area, &mut buffer);
            assert_eq!((buffer[(0, 0)].symbol(), buffer[(0, 0)].fg), ("⠈", Color::Blue));
        }
        let mut grid = Grid::new(1, 1, Marker::Braille);
        grid.dot(0, 0, &Pen::new(RED, 3));
        grid.dot(1, 0, &Pen::new(BLUE, 3));
        assert_eq!(picture(&grid), ["⠉"]);
    }

    #[test]
    fn a_glyph_hides_dots_and_keeps_its_style() {
        let mut grid = Grid::new(1, 1, Marker::Braille);
        grid.glyph(1, 3, '●', &Pen::new(RED, 2));
        grid.dot(0, 0, &Pen::new(BLUE, 2));
        grid.dot(0, 0, &Pen::new(BLUE, 1));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
        grid.render(buffer.area, &mut buffer);
        assert_eq!((buffer[(0, 0)].symbol(), buffer[(0, 0)].fg), ("●", Color::Red));
        grid.dot(0, 0, &Pen::new(BLUE, 3));
        assert_eq!(picture(&grid), ["⠁"], "a higher layer hides it");
    }

    #[test]
    fn the_last_of_two_glyphs_has_the_cell_and_its_own_style() {
        let mut grid = Grid::new(1, 1, Marker::Braille);
        grid.glyph(0, 0, '•', &Pen::new(RED, 1));
        grid.glyph(1, 2, '◦', &Pen::new(BLUE, 1));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
        grid.render(buffer.area, &mut buffer);
        assert_eq!((buffer[(0, 0)].symbol(), buffer[(0, 0)].fg), ("◦", Color::Blue));
    }

    #[test]
    fn outside_there_is_nothing_and_unmarked_cells_are_left() {
        let mut grid = Grid::new(2, 2, Marker::Half);
        let pen = Pen::new(RED, 0);
        for (x, y) in [(2, 0), (0, 4), (usize::MAX, 0), (1, usize::MAX)] {
            grid.dot(x, y, &pen);
        }
        grid.dot(1, 0, &pen);
        let mut buffer = Buffer::with_lines(["abcd", "efgh"]);
        grid.render(Rect::new(1, 0, 9, 9), &mut buffer);
        assert_eq!(buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>(), "ab▀defgh");
        grid.render(Rect::new(50, 50, 2, 2), &mut buffer);
        Grid::new(0, 5, Marker::Braille).render(Rect::new(0, 0, 4, 2), &mut buffer);
    }
}
