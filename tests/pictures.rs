//! The default preset's picture, cell by cell and style by style, at three sizes, in two sets of marks, with and without
//! colour; and what all pictures keep to.

mod session;

use fnexplore::preset::{built_in, built_in_names};
use fnexplore::tui::look::{Colours, Look, Marker};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};
use session::{SIZES, Session, ascii, coloured, look};
use std::fmt::Write;

fn learned(size: (u16, u16), look: Look) -> Session {
    let mut session = Session::on(built_in("compose").unwrap(), look, size);
    session.steps(200);
    session
}

/// What stands in every cell, then one letter a style in the order in which they first stand on the screen, then what each
/// is. Blanks at the end of a row are left out.
fn spelt(text: &str, buffer: &Buffer) -> String {
    let mut styles: Vec<Style> = Vec::new();
    let mut grid = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        for x in 0..buffer.area.width {
            // A blank's foreground cannot be seen.
            let cell = &buffer[(x, y)];
            let mut style = cell.style();
            if cell.symbol() == " " && style.add_modifier.is_empty() {
                style.fg = Some(Color::Reset);
            }
            let at = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            row.push(letter(at));
        }
        grid.push_str(row.trim_end_matches('.'));
        grid.push('\n');
    }
    let hex = |color: Option<Color>| color.map_or_else(|| "-".to_owned(), |color| color.to_string());
    let mut picture: String = text.lines().flat_map(|row| [row.trim_end(), "\n"]).collect();
    write!(picture, "\n{grid}").expect("a string takes everything");
    for (at, style) in styles.iter().enumerate() {
        writeln!(picture, "{}: {} on {} {:?}", letter(at), hex(style.fg), hex(style.bg), style.add_modifier)
            .expect("a string takes everything");
    }
    picture
}

fn letter(at: usize) -> char {
    let letters = b".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char::from(*letters.get(at).expect("no more than 53 styles"))
}

#[test]
fn the_default_preset_after_200_steps() {
    for (width, height) in [(80, 24), (120, 40), (250, 70)] {
        for (marks, lang) in [("braille", "C.UTF-8"), ("ascii", "C")] {
            for (colours, palette) in [("colour", None), ("mono", Some(Colours::Mono))] {
                let session = learned((width, height), look(lang, palette));
                let picture = spelt(&session.text(), &session.buffer());
                assert!(marks != "ascii" || picture.is_ascii());
                insta::assert_snapshot!(format!("{width}x{height}-{marks}-{colours}"), picture);
            }
        }
    }
}

#[test]
fn every_picture_is_ascii_where_that_is_all_there_is() {
    for name in built_in_names() {
        for size in SIZES {
            let mut session = Session::on(built_in(name).unwrap(), ascii(), size);
            session.steps(60);
            // Five kinds of marks: the fifth press is back at ASCII.
            for keys in ["", "?", "<esc>1", "3z", "<esc>4z", "<esc>5z", "<esc>:set ŷ – …", "<esc>mmmmm", "2<enter>é"]
            {
                session.keys(keys);
                let text = session.text();
                let odd: String = text.chars().filter(|c| !c.is_ascii()).collect();
                assert!(odd.is_empty(), "{name} {size:?} after {keys}: {odd}\n{text}");
            }
        }
    }
}

#[test]
fn no_cell_but_the_marks_depends_on_the_palette() {
    let plain = learned((120, 40), Look::plain()).text();
    assert_eq!(plain, learned((120, 40), coloured()).text(), "colour is never the only difference");
    for colours in Colours::ALL {
        assert_eq!(plain, learned((120, 40), Look::plain().with_palette(colours)).text());
    }
    for marker in Marker::ALL {
        let text = learned((120, 40), Look::plain().with_marker(marker)).text();
        assert!(text.contains("RUN") && text.contains("K=12"), "{marker:?}");
    }
}
