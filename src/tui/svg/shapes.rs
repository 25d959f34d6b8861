//! Characters that are drawn and not set in a font: dots, blocks, frames, points. Knows no colour and no place on a page.
//!
//! Lengths are halves of a pixel: a cell is 16 wide and 32 high, so that every number here is whole.

use ratatui::symbols::pixel::OCTANTS;

/// The size of a cell.
pub(super) const CELL: (usize, usize) = (16, 32);

/// What stands in a cell in place of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Braille: bit `row × 2 + column` is a dot.
    Dots(u8),
    /// Two by four blocks by the same bits; halves and quadrants are made of them.
    Blocks(u8),
    /// A part of the cell: left, top, width, height.
    Bar([usize; 4]),
    /// The whole cell, so many per cent of its colour.
    Shade(u8),
    /// A stroked path that begins at the cell's corner.
    Line(&'static str),
    /// A filled one.
    Mark(&'static str),
}

/// The shape of a character; none for what a font is for.
pub(super) fn shape(letter: char) -> Option<Shape> {
    let known = TABLE.iter().find(|(known, _)| *known == letter).map(|(_, shape)| *shape);
    known.or_else(|| braille(letter)).or_else(|| parts(letter)).or_else(|| octants(letter))
}

use Shape::{Bar, Line, Mark, Shade};

/// Frames close whatever the font, and a point is round and in the middle.
const TABLE: &[(char, Shape)] = &[
    ('─', Line("m0 16h16")),
    ('│', Line("m8 0v32")),
    ('┌', Line("m16 16h-8v16")),
    ('┐', Line("m0 16h8v16")),
    ('└', Line("m16 16h-8v-16")),
    ('┘', Line("m0 16h8v-16")),
    ('╭', Line("m16 16q-8 0-8 8v8")),
    ('╮', Line("m0 16q8 0 8 8v8")),
    ('╰', Line("m16 16q-8 0-8-8v-8")),
    ('╯', Line("m0 16q8 0 8-8v-8")),
    ('├', Line("m8 0v32m0-16h8")),
    ('┤', Line("m8 0v32m0-16h-8")),
    ('┬', Line("m0 16h16m-8 0v16")),
    ('┴', Line("m0 16h16m-8 0v-16")),
    ('┼', Line("m0 16h16m-8-16v32")),
    ('═', Line("m0 13h16m-16 6h16")),
    ('║', Line("m5 0v32m6 0v-32")),
    ('╔', Line("m16 13h-11v19m11-13h-5v13")),
    ('╗', Line("m0 13h11v19m-11-13h5v13")),
    ('╚', Line("m16 19h-11v-19m11 13h-5v-13")),
    ('╝', Line("m0 19h11v-19m-11 13h5v-13")),
    ('⊕', Line("m2 16h12m-6-6v12m-6-6a6 6 0 1 0 12 0a6 6 0 1 0-12 0")),
    ('⊖', Line("m2 16h12m-12 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0")),
    ('□', Line("m3 11h10v10h-10z")),
    ('■', Mark("m2 10h12v12h-12z")),
    ('╋', Mark("m7 4h2v11h7v2h-7v11h-2v-11h-7v-2h7z")),
    ('◦', Line("m5 16a3 3 0 1 0 6 0a3 3 0 1 0-6 0")),
    ('○', Line("m2 16a6 6 0 1 0 12 0a6 6 0 1 0-12 0")),
    ('•', Mark("m4 16a4 4 0 1 0 8 0a4 4 0 1 0-8 0z")),
    ('●', Mark("m1 16a7 7 0 1 0 14 0a7 7 0 1 0-14 0z")),
    ('▸', Mark("m3 9l11 7l-11 7z")),
    ('◂', Mark("m13 9l-11 7l11 7z")),
    ('━', Bar([0, 14, 16, 4])),
    ('┃', Bar([6, 0, 4, 32])),
    ('░', Shade(25)),
    ('▒', Shade(50)),
    ('▓', Shade(75)),
];

fn braille(letter: char) -> Option<Shape> {
    /// Unicode numbers the first six dots down the columns, the last row across; here they go row by row.
    const PLACES: [u8; 8] = [0, 2, 4, 1, 3, 5, 6, 7];
    let code = u32::from(letter).checked_sub(0x2800).filter(|code| *code < 256)?;
    let places = PLACES.iter().enumerate().filter(|(bit, _)| code >> bit & 1 == 1);
    Some(Shape::Dots(places.fold(0, |dots, (_, place)| dots | 1 << place)))
}

/// The eighths of a cell, from below and from the left.
fn parts(letter: char) -> Option<Shape> {
    let (width, height) = CELL;
    let code = usize::try_from(u32::from(letter)).unwrap_or(0);
    match letter {
        '▁'..='█' => {
            let high = (code - 0x2580) * height / 8;
            Some(Bar([0, height - high, width, high]))
        }
        '▉'..='▏' => Some(Bar([0, 0, (0x2590 - code) * width / 8, height])),
        _ => None,
    }
}

/// Halves, quadrants and octants are all sets of the same eight blocks.
fn octants(letter: char) -> Option<Shape> {
    let bits = OCTANTS.iter().position(|other| *other == letter)?;
    u8::try_from(bits).ok().filter(|bits| *bits != 0).map(Shape::Blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::look::{Glyphs, Marker};
    use crate::tui::plot::{Grid, Pen};
    use ratatui::buffer::Buffer;
    use ratatui::style::Style;

    #[test]
    fn dots_and_blocks_lie_where_the_plot_put_them() {
        for marker in Marker::ALL.into_iter().filter(|marker| *marker != Marker::Ascii) {
            let (across, down) = marker.dots();
            for (column, row) in (0..across).flat_map(|column| (0..down).map(move |row| (column, row))) {
                let mut grid = Grid::new(1, 1, marker);
                grid.dot(column, row, &Pen::new(Style::new(), 0));
                let mut buffer = Buffer::with_lines([" "]);
                grid.render(buffer.area, &mut buffer);
                let letter = buffer.content[0].symbol().chars().next().expect("a character");
                // Every one of the 2×4 places that the dot covers, and no other.
                let covers = |place: usize| (place % 2 * across / 2, place / 2 * down / 4) == (column, row);
                let wanted = (0..8).filter(|place| covers(*place)).fold(0_u8, |bits, place| bits | 1 << place);
                let drawn = match shape(letter) {
                    Some(Shape::Dots(bits) | Shape::Blocks(bits)) => bits,
                    Some(Bar([0, 16, 16, 16])) => 0b1111_0000,
                    other => panic!("{letter} is {other:?}"),
                };
                assert_eq!(drawn, wanted, "{marker:?} {column} {row} {letter}");
            }
        }
    }

    #[test]
    fn every_glyph_of_ours_is_drawn_and_letters_are_not() {
        for set in [Glyphs::UTF8, Glyphs::CONSOLE] {
            let frames = [set.frame, set.focus];
            let corners = frames.iter().flat_map(|set| {
                [set.top_left, set.top_right, set.bottom_left, set.bottom_right, set.vertical_left, set.horizontal_top]
            });
            for letter in corners.chain([set.line, set.thin, set.bar, set.band]).flat_map(str::chars) {
                assert!(shape(letter).is_some(), "{letter}");
            }
        }
        assert!("aŷ⁽²⁾−σ中 ".chars().all(|letter| shape(letter).is_none()));
        assert_eq!(shape('▏'), Some(Bar([0, 0, 2, 32])));
        assert_eq!((shape('█'), shape('▄')), (Some(Bar([0, 0, 16, 32])), Some(Bar([0, 16, 16, 16]))));
    }
}
