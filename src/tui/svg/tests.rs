//! That letters have their places, that nothing breaks the markup, and that equal buffers are equal bytes.

use super::*;
use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

/// The text elements: their x, and what they hold.
fn texts(svg: &str) -> Vec<(Vec<usize>, String)> {
    let elements = svg.split("<text ").skip(1);
    elements
        .map(|element| {
            let x = element.split('"').nth(1).expect("an x");
            let places = x.split(' ').map(|place| place.parse().expect("a whole number")).collect();
            let text = element.split_once('>').and_then(|(_, rest)| rest.split_once("</text>")).expect("an end").0;
            (places, text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
        })
        .collect()
}

fn drawn(line: &str) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 1));
    buffer.set_string(0, 0, line, Style::new());
    buffer
}

#[test]
fn letters_of_one_style_are_one_run_with_a_place_each() {
    let mut buffer = drawn(" ab  c d");
    buffer.set_style(Rect::new(7, 0, 1, 1), Style::new().fg(Color::Red));
    let at = |cell: usize| MARGIN + cell * 16;
    let found = texts(&svg(&buffer, Paper::DARK, ""));
    let wanted = [(vec![at(1), at(2)], "ab".to_owned()), (vec![at(5)], "c".to_owned()), (vec![at(7)], "d".to_owned())];
    assert_eq!(found, wanted);
}

#[test]
fn one_picture_in_full() {
    let mut buffer = Buffer::with_lines(["╭x&", "⡁▄●"]);
    buffer.set_style(Rect::new(1, 0, 2, 1), Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
    insta::assert_snapshot!(svg(&buffer, Paper::LIGHT, "a < b"), @r##"
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 88 104" width="55" height="65" font-family="DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace" font-size="26.6">
    <title>a &lt; b</title>
    <rect width="88" height="104" rx="14" fill="#ffffff"/>
    <g shape-rendering="crispEdges">
    <path fill="#22252e" d="M36 68h16v16h-16z"/>
    </g>
    <g fill="none" stroke-width="2.2">
    <path stroke="#22252e" d="M20 20m16 16q-8 0-8 8v8"/>
    </g>
    <g fill="none" stroke-width="6.6" stroke-linecap="round">
    <path stroke="#22252e" d="M24 56h0M24 80h0"/>
    </g>
    <g stroke="none">
    <path fill="#22252e" d="M52 52m1 16a7 7 0 1 0 14 0a7 7 0 1 0-14 0z"/>
    </g>
    <text x="36 52" y="44" fill="#b0262a" font-weight="bold">x&amp;</text>
    </svg>
    "##);
}

#[test]
fn every_character_stands_in_its_cell_and_two_units_alone() {
    let found = texts(&svg(&drawn("a😀b中"), Paper::DARK, ""));
    let at = |cell: usize| vec![MARGIN + cell * 16];
    let wanted = [(at(0), "a"), (at(1), "😀"), ([at(3), at(4)].concat(), "b中")];
    assert_eq!(found, wanted.map(|(places, text)| (places, text.to_owned())));
}

proptest! {
    #[test]
    fn anything_can_be_drawn(text in "\\PC{0,40}", color in 0_u8..=255) {
        let mut buffer = drawn(&text);
        buffer.set_style(Rect::new(3, 0, 9, 1), Style::new().fg(Color::Indexed(color)));
        let drawn = svg(&buffer, Paper::DARK, &text);
        prop_assert_eq!(&drawn, &svg(&buffer, Paper::DARK, &text));
        // No markup but our own: as many of each as we write.
        prop_assert_eq!(drawn.matches("<text ").count(), drawn.matches("</text>").count());
        let ours = ["svg", "title", "rect", "path", "text", "g"];
        for tag in drawn.split('<').skip(1) {
            let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphabetic).collect();
            prop_assert!(ours.contains(&name.as_str()), "{}", name);
        }
        for (places, letters) in texts(&drawn) {
            prop_assert!(places.len() == letters.chars().count() || places.len() == 1, "{letters:?} {places:?}");
            prop_assert!(!letters.contains("  "), "{letters:?}");
            prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
