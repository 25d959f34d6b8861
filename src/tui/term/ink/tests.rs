//! The bytes of small changes, and that differences add up to the whole picture in a real emulator.

use super::*;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

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
    let texts = [" ", "a", "⡿", "         ", "hello", "x       y", "────────────", "y\u{302}b", "界b"];
    if buffer.area.contains((x, y).into()) {
        buffer.set_string(x, y, texts[text % texts.len()], style(look));
    }
}

/// The picture of these marks.
fn picture(marks: &[Mark], width: u16, height: u16) -> Buffer {
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, width, height));
    for one in marks {
        mark(&mut buffer, one);
    }
    buffer
}

/// What an emulator shows of it after every cell alone, which takes none of the short cuts.
fn cell_by_cell(buffer: &Buffer) -> Vec<String> {
    let Size { width, height } = buffer.area.as_size();
    let mut parser = emulator(width, height);
    // The second half of a wide character is no cell of its own, whatever lies there.
    let mut hidden = false;
    for (index, cell) in buffer.content.iter().enumerate() {
        let (x, y) = buffer.pos_of(index);
        let mut ink = Ink::new(Size::new(width, height));
        if !hidden {
            ink.draw([(x, y, cell)].into_iter()).unwrap();
        }
        hidden = !hidden && UnicodeWidthStr::width(cell.symbol()) > 1;
        parser.process(&ink.take());
    }
    shown(&parser, width, height)
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
            prop_assert_eq!(shown(&parser, width, height), cell_by_cell(&picture(marks, width, height)));
        }
    }

    /// Pen by pen a picture is the same, with characters of all widths in it and up to the last column.
    #[test]
    fn a_picture_is_the_same_pen_by_pen(
        marks in prop::collection::vec((0_u16..24, 0_u16..6, 0_usize..9, 0_u8..7), 0..40)
    ) {
        let (width, height) = (24, 6);
        let buffer = picture(&marks, width, height);
        let empty = Buffer::empty(buffer.area);
        let mut ink = Ink::new(Size::new(width, height));
        ink.draw_layers(&empty.diff(&buffer));
        let mut parser = emulator(width, height);
        parser.process(&ink.take());
        prop_assert_eq!(shown(&parser, width, height), cell_by_cell(&buffer));
    }
}

/// A screen drawn anew is drawn by whichever order is shorter, and every later frame by rows.
#[test]
fn a_cleared_screen_is_drawn_by_the_shorter_order() {
    let frame = |buffer: &mut Buffer| {
        for y in 1..7 {
            buffer.set_string(2, y, "│", Style::new().fg(Color::Indexed(59)));
            buffer.set_string(4, y, "a", Style::new());
            buffer.set_string(6, y, "│", Style::new().fg(Color::Indexed(59)));
        }
    };
    let mut terminal = Terminal::new(Ink::new(Size::new(40, 8))).unwrap();
    terminal.clear().unwrap();
    let bytes = String::from_utf8(drawn(&mut terminal, frame)).unwrap();
    assert_eq!(bytes.matches('m').count(), 2, "{bytes:?}");
    terminal.draw(|_| {}).unwrap();
    terminal.backend_mut().take();
    let bytes = String::from_utf8(drawn(&mut terminal, frame)).unwrap();
    assert!(bytes.matches('m').count() > 6, "{bytes:?}");
}
