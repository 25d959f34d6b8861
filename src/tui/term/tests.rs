//! `Term` on a real pseudo-terminal, inside the test process: what goes out, what comes in, what is left behind.

use super::*;
use crate::tui::term::Input;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use portable_pty::{MasterPty, PtyPair, PtySize, native_pty_system};
use ratatui::style::Style;
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::File;
use std::io::{Read, Write};

/// A terminal whose other end is in our hands.
struct Pty {
    pair: PtyPair,
    keys: Box<dyn Write + Send>,
    file: File,
}

const SIZE: PtySize = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };

impl Pty {
    fn open(size: PtySize) -> (Self, Term) {
        // A raised signal reaches every terminal of the test process: only the test that raises one listens.
        Self::listening(size, &[])
    }

    fn listening(size: PtySize, signals: &[i32]) -> (Self, Term) {
        let pair = native_pty_system().openpty(size).unwrap();
        let path = pair.master.tty_name().expect("a pty has a name");
        let open = || File::options().read(true).write(true).open(&path).unwrap();
        let keys = pair.master.take_writer().unwrap();
        let pipe = Pipe::new(signals).unwrap();
        let term = Term::on(Arc::new(Line::on(open()).unwrap()), pipe).unwrap();
        (Self { pair, keys, file: open() }, term)
    }

    fn master(&self) -> &dyn MasterPty {
        &*self.pair.master
    }

    /// What has arrived at the far end: everything sent before a mark that is sent now.
    fn arrived(&self) -> Vec<u8> {
        let mark = b"\x1b]mark\x07";
        (&self.file).write_all(mark).unwrap();
        self.until(mark)
    }

    fn until(&self, end: &[u8]) -> Vec<u8> {
        let mut reader = self.master().try_clone_reader().unwrap();
        let mut all = Vec::new();
        while !all.ends_with(end) {
            let mut byte = [0; 1];
            reader.read_exact(&mut byte).unwrap();
            all.push(byte[0]);
        }
        all.truncate(all.len() - end.len());
        all
    }

    fn is_raw(&self) -> bool {
        !tcgetattr(&self.file).unwrap().local_modes.contains(LocalModes::ICANON)
    }

    fn type_in(&mut self, bytes: &[u8]) {
        self.keys.write_all(bytes).unwrap();
        self.keys.flush().unwrap();
    }
}

/// Waits until something is told; the test's own time limit is the harness's.
fn told(term: &mut Term) -> Vec<Input> {
    loop {
        let inputs = term.wait(Some(Duration::from_secs(1)));
        if !inputs.is_empty() {
            return inputs;
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\u{1b}', "^")
}

fn hello(frame: &mut Frame) {
    frame.buffer_mut().set_string(2, 1, "hello", Style::new());
}

#[test]
fn the_way_in_and_the_way_out_are_exact_and_taken_once() {
    let (pty, mut term) = Pty::open(SIZE);
    assert!(pty.is_raw());
    assert_eq!(text(&pty.arrived()), "^[?1049h^[?25l^[?2004h");
    term.leave();
    assert!(!pty.is_raw());
    term.leave();
    drop(term);
    assert_eq!(text(&pty.arrived()), "^[?2026l^[m^[?1006l^[?1000l^[?25h^[?2004l^[?1049l");
}

#[test]
fn the_mouse_is_off_until_asked_for_and_survives_a_stop() {
    let (mut pty, mut term) = Pty::open(SIZE);
    pty.arrived();
    term.mouse(true);
    assert_eq!(text(&pty.arrived()), "^[?1000h^[?1006h");
    pty.type_in(b"\x1b[<0;3;2M");
    assert_eq!(told(&mut term), [Input::Mouse(Mouse { deed: Deed::Press, column: 2, row: 1 })]);
    term.leave();
    assert!(text(&pty.arrived()).contains("^[?1006l^[?1000l"));
    term.resume().unwrap();
    assert!(text(&pty.arrived()).ends_with("^[?1000h^[?1006h"));
    term.mouse(false);
    assert_eq!(text(&pty.arrived()), "^[?1006l^[?1000l");
    term.leave();
    pty.arrived();
    term.resume().unwrap();
    assert!(!text(&pty.arrived()).contains("1000h"));
}

#[test]
fn a_frame_is_its_differences_and_an_unchanged_one_is_nothing() {
    let (pty, mut term) = Pty::open(SIZE);
    pty.arrived();
    let bytes = term.draw(hello);
    let first = pty.arrived();
    assert_eq!(text(&first), "^[?2026h^[2J^[2;3Hhello^[?2026l", "the first one clears");
    assert_eq!(bytes, first.len());
    assert_eq!(term.draw(hello), 0);
    assert_eq!(text(&pty.arrived()), "");
    term.repaint();
    term.draw(hello);
    assert_eq!(pty.arrived(), first, "a repaint is whole again");
    term.ask(true);
    assert_eq!(term.draw(hello), 0, "nothing changed is nothing asked");
    term.draw(|frame| {
        frame.buffer_mut().set_string(2, 1, "Hello", Style::new());
    });
    assert_eq!(text(&pty.arrived()), "^[?2026h^[2;3HH^[?2026l^[5n");
}

#[test]
fn keys_a_lone_esc_and_wakes_come_in() {
    let (mut pty, mut term) = Pty::open(SIZE);
    pty.type_in(b"k");
    assert_eq!(told(&mut term), [Input::Key(KeyEvent::new(KeyCode::Char('k'), KeyModifiers::NONE))]);
    pty.type_in(b"\x1b");
    assert_eq!(told(&mut term), [Input::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE))]);
    pty.type_in(b"\x1b[0n");
    assert_eq!(told(&mut term), [Input::Answered]);
    let waker = term.waker();
    std::thread::spawn(move || (0..1000).for_each(|_| waker.wake())).join().unwrap();
    assert_eq!(term.wait(None), [Input::Woken]);
    assert_eq!(term.wait(Some(Duration::ZERO)), []);
}

#[test]
fn an_esc_comes_though_others_keep_waking() {
    let (mut pty, mut term) = Pty::open(SIZE);
    let waker = term.waker();
    pty.type_in(b"\x1b");
    let esc = Input::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    while !told(&mut term).contains(&esc) {
        waker.wake();
    }
}

#[test]
fn a_stalled_reader_stops_the_frames_and_nothing_else() {
    let (mut pty, mut term) = Pty::open(PtySize { rows: 200, cols: 400, ..SIZE });
    let full = |letter: &'static str| {
        move |frame: &mut Frame| {
            for y in 0..frame.area().height {
                frame.buffer_mut().set_string(0, y, letter.repeat(400), Style::new());
            }
        }
    };
    term.draw(full("a"));
    assert!(term.busy(), "80 kB do not fit into a pty");
    assert_eq!(term.draw(full("b")), 0, "no second frame behind the first");
    pty.type_in(b"k");
    assert_eq!(told(&mut term).len(), 1, "keys still come");

    let far = pty.master().try_clone_reader().unwrap();
    let reading = std::thread::spawn(move || {
        let (mut far, mut all) = (far, Vec::new());
        while !all.ends_with(SYNCHRONIZED[1]) {
            let mut bytes = [0; 1000];
            let count = far.read(&mut bytes).unwrap();
            all.extend_from_slice(&bytes[..count]);
        }
        all
    });
    while term.busy() {
        term.wait(None);
    }
    let all = reading.join().unwrap();
    assert_eq!(text(&all).matches('a').count(), 80_000, "the frame arrives whole");
}

#[test]
fn leaving_while_the_reader_is_stalled_restores_the_line_and_cancels_the_frame() {
    let (pty, mut term) = Pty::open(PtySize { rows: 200, cols: 400, ..SIZE });
    term.draw(|frame| {
        for y in 0..200 {
            frame.buffer_mut().set_string(0, y, "a".repeat(400), Style::new());
        }
    });
    assert!(term.busy());
    drop(term);
    assert!(!pty.is_raw());
    let all = text(&pty.arrived());
    assert!(
        all.ends_with("\u{18}^[?2026l^[m^[?1006l^[?1000l^[?25h^[?2004l^[?1049l"),
        "{}",
        &all[all.len().saturating_sub(60)..]
    );
}

#[test]
fn a_terminal_that_goes_is_told_once_and_waited_for_no_more() {
    let (pty, mut term) = Pty::open(SIZE);
    drop(pty);
    assert_eq!(told(&mut term), [Input::Hangup]);
    let waker = term.waker();
    waker.wake();
    assert_eq!(term.wait(None), [Input::Woken], "it is the waker that ends this wait, not the dead terminal");
    assert_eq!(term.draw(hello), 0);
    term.leave();
}

#[test]
fn a_draw_that_finds_the_terminal_gone_is_told_at_once() {
    let (pty, mut term) = Pty::open(SIZE);
    drop(pty);
    term.draw(hello);
    assert_eq!(term.wait(None), [Input::Hangup]);
}

#[test]
fn a_resize_is_told_with_its_size_and_repaints_and_nothing_means_80x24() {
    let (pty, mut term) = Pty::listening(SIZE, &[SIGWINCH]);
    term.draw(hello);
    pty.arrived();
    for (cols, rows, wanted) in [(100, 30, (100, 30)), (1, 1, (1, 1)), (0, 0, (80, 24)), (65535, 65535, (1000, 500))] {
        pty.master().resize(PtySize { rows, cols, ..SIZE }).unwrap();
        // The kernel signals the terminal's own job, which this test is not.
        low_level::raise(SIGWINCH).unwrap();
        assert!(told(&mut term).contains(&Input::Resize(wanted.0, wanted.1)));
        assert_eq!((term.size().width, term.size().height), wanted);
        term.draw(|frame| {
            let area = frame.area();
            frame.buffer_mut()[(area.width - 1, area.height - 1)].set_char('x');
        });
        assert!(text(&pty.arrived()).contains("^[2J"));
    }
}

#[test]
fn panics_of_other_threads_are_kept_few_and_clean() {
    (0..100).for_each(|index| keep(&format!("thread {index}:\n\u{1b}[31mred")));
    assert_eq!(take_panic().as_deref(), Some("thread 0: ·[31mred"));
    let rest = std::iter::from_fn(take_panic).count();
    assert_eq!(rest, PANICS_KEPT - 1);
}
