//! The bytes of small changes, and that differences add up to the whole picture in a real emulator.

use super::*;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::buffer::Buffer;
use ratatui::style::Style;

fn drawn(terminal: &mut Terminal<Ink>, paint: impl Fn(&mut Buffer)) -> Vec<u8> {
    terminal.draw(|frame| paint(frame.buffer_mut())).unwrap();
    terminal.backend_mut().take()
}

#[test]
fn an_unchanged_picture_is_no_bytes_and_a_small_change_few() {
    let mut terminal = Terminal::new(Ink::new(Size::new(80, 24))).unwrap();
    let paint = |buffer: &mut Buffer| {
        buffer.set_string(3, 2, "loss 0.0128", Style::new().fg(Color::Indexed(73)));
        buffer.set_string(0, 5, "plain", Style::new());
    };
    assert!(!drawn(&mut terminal, paint).is_empty());
    assert!(drawn(&mut terminal, paint).is_empty());
    let changed = |buffer: &mut Buffer| {
        paint(buffer);
        buffer.set_string(0, 5, "Plain", Style::new());
    };
    assert_eq!(drawn(&mut terminal, changed), b"\x1b[6HP");
}

/// A terminal may count a wide character otherwise than we do: what follows is placed anew.
#[test]
fn after_a_wide_character_the_place_is_said_again() {
    let mut terminal = Terminal::new(Ink::new(Size::new(20, 2))).unwrap();
    let bytes = drawn(&mut terminal, |buffer| {
        buffer.set_string(0, 0, "a界b", Style::new());
    });
    assert_eq!(bytes, "\x1b[Ha界\x1b[1;4Hb".as_bytes());
}

#[test]
fn a_cursor_in_its_place_is_no_bytes() {
    let mut terminal = Terminal::new(Ink::new(Size::new(80, 24))).unwrap();
    for wanted in [b"\x1b[?25h\x1b[3;8H".as_slice(), b""] {
        terminal.draw(|frame| frame.set_cursor_position((7, 2))).unwrap();
        assert_eq!(terminal.backend_mut().take(), wanted);
    }
    terminal.draw(|_| {}).unwrap();
    assert_eq!(terminal.backend_mut().take(), b"\x1b[?25l");
}

/// What a real emulator shows after the bytes: characters, colours and attributes of every cell.
fn shown(parser: &vt100::Parser, width: u16, height: u16) -> Vec<String> {
    let cell = |row, column| {
        let cell = parser.screen().cell(row, column).expect("inside the screen");
        let text = if cell.contents().is_empty() { " " } else { cell.contents() };
        let blank = text == " " && !cell.inverse() && !cell.underline();
        let fg = if blank { vt100::Color::Default } else { cell.fgcolor() };
        format!("{text}{fg:?}{:?}{}{}", cell.bgcolor(), cell.bold() && !blank, cell.inverse())
    };
    (0..height)
        .flat_map(|row| (0..width).map(move |column| (row, column)))
        .map(|(row, column)| cell(row, column))
        .collect()
}

fn emulator(width: u16, height: u16) -> vt100::Parser {
    vt100::Parser::new(height.try_into().unwrap(), width.try_into().unwrap(), 0)
}

fn style(index: u8) -> Style {
    match index {
        0 => Style::new(),
        1 => Style::new().fg(Color::Red),
        2 => Style::new().fg(Color::LightBlue).bg(Color::DarkGray),
        3 => Style::new().add_modifier(Modifier::BOLD),
        4 => Style::new().fg(Color::Indexed(140)).add_modifier(Modifier::REVERSED),
        5 => Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(236)).add_modifier(Modifier::BOLD),
        _ => Style::new().bg(Color::Blue),
    }
}

type Mark = (u16, u16, usize, u8);

fn mark(buffer: &mut Buffer, &(x, y, text, look): &Mark) {
    let texts = [" ", "a", "⡿", "         ", "hello", "x       y", "────────────", "y\u{302}b"];
    if buffer.area.contains((x, y).into()) {
        buffer.set_string(x, y, texts[text % texts.len()], style(look));
    }
}

proptest! {
    /// Frame after frame by differences shows the same as each frame painted on an empty screen.
    #[test]
    fn differences_add_up_to_the_whole_picture(
        frames in prop::collection::vec(prop::collection::vec((0_u16..24, 0_u16..6, 0_usize..8, 0_u8..7), 0..20), 1..5)
    ) {
        let (width, height) = (24, 6);
        let mut terminal = Terminal::new(Ink::new(Size::new(width, height))).unwrap();
        let mut parser = emulator(width, height);
        for marks in &frames {
            parser.process(&drawn(&mut terminal, |buffer| marks.iter().for_each(|one| mark(buffer, one))));
            let mut wanted = emulator(width, height);
            // Every cell alone, so that the reference takes none of the short cuts.
            let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, width, height));
            for one in marks {
                mark(&mut buffer, one);
            }
            for (index, cell) in buffer.content.iter().enumerate() {
                let (x, y) = buffer.pos_of(index);
                let mut ink = Ink::new(Size::new(width, height));
                ink.draw([(x, y, cell)].into_iter()).unwrap();
                wanted.process(&ink.take());
            }
            prop_assert_eq!(shown(&parser, width, height), shown(&wanted, width, height));
        }
    }
}
