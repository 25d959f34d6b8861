//! Keys of every kind of terminal, and that no bytes in any chunks can panic it, grow it or change its mind.

use super::*;
use crate::tui::term::mouse::Deed;
use proptest::prelude::*;

fn key(code: KeyCode, held: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, held))
}

fn plain(code: KeyCode) -> Input {
    key(code, KeyModifiers::NONE)
}

fn decode(bytes: &[u8]) -> Vec<Input> {
    let mut decoder = Decoder::default();
    let mut all = decoder.feed(bytes);
    all.extend(decoder.flush());
    all
}

#[test]
fn letters_controls_and_characters() {
    const CTRL: KeyModifiers = KeyModifiers::CONTROL;
    let table: [(&[u8], Input); 14] = [
        (b"k", plain(KeyCode::Char('k'))),
        (b"K", key(KeyCode::Char('K'), KeyModifiers::SHIFT)),
        (b"\r", plain(KeyCode::Enter)),
        (b"\t", plain(KeyCode::Tab)),
        (b"\x7f", plain(KeyCode::Backspace)),
        (b"\x03", key(KeyCode::Char('c'), CTRL)),
        (b"\x1a", key(KeyCode::Char('z'), CTRL)),
        (b"\0", key(KeyCode::Char(' '), CTRL)),
        (b"\x1c", key(KeyCode::Char('4'), CTRL)),
        ("σ".as_bytes(), plain(KeyCode::Char('σ'))),
        ("😀".as_bytes(), plain(KeyCode::Char('😀'))),
        (b"\x1bx", key(KeyCode::Char('x'), KeyModifiers::ALT)),
        ("\x1bé".as_bytes(), key(KeyCode::Char('é'), KeyModifiers::ALT)),
        (b"\x1b", plain(KeyCode::Esc)),
    ];
    for (bytes, wanted) in table {
        assert_eq!(decode(bytes), [wanted], "{bytes:?}");
    }
}

#[test]
fn sequences_of_every_kind_of_terminal() {
    let table: [(&[u8], KeyCode, u8); 20] = [
        (b"\x1b[A", KeyCode::Up, 0),
        (b"\x1bOB", KeyCode::Down, 0),
        (b"\x1b[1;5C", KeyCode::Right, 4),
        (b"\x1b[1;2D", KeyCode::Left, 1),
        (b"\x1bO5A", KeyCode::Up, 4),
        (b"\x1b[H", KeyCode::Home, 0),
        (b"\x1b[4~", KeyCode::End, 0),
        (b"\x1b[5~", KeyCode::PageUp, 0),
        (b"\x1b[6;3~", KeyCode::PageDown, 2),
        (b"\x1b[2~", KeyCode::Insert, 0),
        (b"\x1b[3;5~", KeyCode::Delete, 4),
        (b"\x1bOP", KeyCode::F(1), 0),
        (b"\x1b[[E", KeyCode::F(5), 0),
        (b"\x1b[15~", KeyCode::F(5), 0),
        (b"\x1b[17~", KeyCode::F(6), 0),
        (b"\x1b[21~", KeyCode::F(10), 0),
        (b"\x1b[24~", KeyCode::F(12), 0),
        (b"\x1b[1;5S", KeyCode::F(4), 4),
        (b"\x1b[Z", KeyCode::BackTab, 1),
        (b"\x1bOM", KeyCode::Enter, 0),
    ];
    for (bytes, code, bits) in table {
        assert_eq!(decode(bytes), [key(code, modifiers(u16::from(bits) + 1))], "{bytes:?}");
    }
}

#[test]
fn answers_are_told_from_reports_and_reports_are_swallowed() {
    assert_eq!(decode(b"\x1b[0n"), [Input::Answered]);
    let swallowed: [&[u8]; 16] = [
        b"\x1b[?62;1;2c",
        b"\x1b[3n",
        b"\x1b[12;40R",
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[<0;12;5m",
        b"\x1b[<35;12;5M",
        b"\x1b[<0;12;123456789012345678901234567890123456M",
        b"\x1b[M !!",
        b"\x1b[?2026;2$y",
        b"\x1b]11;rgb:0000/0000/0000\x07",
        b"\x1b]11;rgb:0000/0000/0000\x1b\\",
        b"\x1bP>|tmux 3.3a\x1b\\",
        b"\x1b_Gi=31;OK\x1b\\",
        b"\x1b[201~",
        b"\x1b[999999999999999999999999999999999999999999999999999999~",
    ];
    for bytes in swallowed {
        assert_eq!(decode(&[bytes, b"k"].concat()), [plain(KeyCode::Char('k'))], "{bytes:?}");
    }
    assert_eq!(decode(b"\xc3\xff\xfe\xc0\x80\xed\xa0\x80\x9bk"), [plain(KeyCode::Char('k'))], "invalid bytes");
}

#[test]
fn a_split_arrow_is_rejoined_even_after_its_esc_was_given_out() {
    let mut decoder = Decoder::default();
    assert_eq!(decoder.feed(b"\x1b"), []);
    assert_eq!(decoder.waiting(), Waiting::Escape);
    assert_eq!(decoder.feed(b"["), []);
    assert_eq!(decoder.feed(b"A"), [plain(KeyCode::Up)]);
    assert_eq!(decoder.waiting(), Waiting::No);

    decoder.feed(b"\x1b");
    assert_eq!(decoder.flush(), [plain(KeyCode::Esc)]);
    assert_eq!(decoder.feed(b"[A"), [plain(KeyCode::Up)], "the late tail is no letters");
    decoder.feed(b"\x1b");
    decoder.flush();
    assert_eq!(decoder.feed(b"O"), []);
    assert_eq!(decoder.flush(), [key(KeyCode::Char('O'), KeyModifiers::SHIFT)], "a typed letter is not lost");
    assert_eq!(decode(b"\x1b["), [key(KeyCode::Char('['), KeyModifiers::ALT)]);
    assert_eq!(decode(b"\x1b]"), [key(KeyCode::Char(']'), KeyModifiers::ALT)]);
}

#[test]
fn the_mouse_is_read_among_keys_however_it_is_cut() {
    let press = Input::Mouse(Mouse { deed: Deed::Press, column: 11, row: 4 });
    let wheel = Input::Mouse(Mouse { deed: Deed::Wheel(1), column: 199, row: 59 });
    let bytes = b"k\x1b[<0;12;5M\x1b[<0;12;5m\x1b[<65;200;60Mj";
    let wanted = [plain(KeyCode::Char('k')), press, wheel, plain(KeyCode::Char('j'))];
    assert_eq!(decode(bytes), wanted);
    for cut in 0..bytes.len() {
        let mut decoder = Decoder::default();
        let mut all = decoder.feed(&bytes[..cut]);
        all.extend(decoder.feed(&bytes[cut..]));
        assert_eq!(all, wanted, "cut after {cut}");
    }
}

#[test]
fn a_paste_is_one_value_and_never_keys() {
    assert_eq!(
        decode(b"\x1b[200~a\rb\r\nq\x03\x1b[A\x1b[201~k"),
        [Input::Paste("a\nb\nq\u{3}\u{1b}[A".into()), plain(KeyCode::Char('k'))]
    );
    assert_eq!(decode(b"\x1b[200~x\x1b\x1b[201~"), [Input::Paste("x\u{1b}".into())]);
    let long = [b"\x1b[200~".as_slice(), &vec![b'q'; 3 * PASTE_LIMIT], b"\x1b[201~k"].concat();
    let inputs = decode(&long);
    assert_eq!(inputs.len(), 2);
    assert!(matches!(&inputs[0], Input::Paste(text) if text.len() == PASTE_LIMIT));
    let mut open = Decoder::default();
    assert_eq!(open.feed(b"\x1b[200~abc"), []);
    assert_eq!(open.waiting(), Waiting::Paste);
    assert_eq!(open.flush(), [Input::Paste("abc".into())], "an unterminated paste ends with the silence");
    assert_eq!(open.feed(b"k"), [plain(KeyCode::Char('k'))]);
}

/// Bytes that are often the beginning of something.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => any::<u8>().prop_map(|byte| vec![byte]),
        2 => prop::sample::select(b"\x1b[]OPM0123;~?<\\_^X\x07ABZn\r".to_vec()).prop_map(|byte| vec![byte]),
        1 => Just(b"\x1b[200~".to_vec()),
        1 => Just(b"\x1b[201~".to_vec()),
        1 => Just(b"\x1b[<0;7;3M".to_vec()),
        1 => Just(b"\x1b[<65;".to_vec()),
        1 => Just("σ😀".as_bytes().to_vec()),
    ];
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn chunking_changes_nothing(bytes in hostile(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.sort_unstable();
        let mut decoder = Decoder::default();
        let (mut all, mut from) = (Vec::new(), 0);
        for to in places.into_iter().chain([bytes.len()]) {
            all.extend(decoder.feed(&bytes[from..to]));
            from = to;
        }
        all.extend(decoder.flush());
        prop_assert_eq!(all, decode(&bytes));
    }

    #[test]
    fn nothing_panics_and_memory_is_bounded(chunks in prop::collection::vec((hostile(), any::<bool>()), 0..6)) {
        let mut decoder = Decoder::default();
        for (bytes, silence) in chunks {
            let inputs = decoder.feed(&bytes);
            prop_assert!(inputs.len() <= bytes.len() + 1);
            prop_assert!(decoder.held.capacity() <= 2 * PASTE_LIMIT);
            if silence {
                decoder.flush();
                prop_assert_eq!(decoder.waiting(), Waiting::No);
            }
        }
    }
}
