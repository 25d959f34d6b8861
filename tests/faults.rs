//! Each fault that a terminal program meets, once, in a real pseudoterminal: whatever happens the terminal is given back,
//! and nothing stays behind.
#![cfg(unix)]

mod pty;

use portable_pty::{Child, ExitStatus, PtyPair, native_pty_system};
use pty::{DEADLINE, GIVEN_BACK, PROGRAM, TAKEN, Terminal, command, settings, size};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn count(bytes: &[u8], sequence: &[u8]) -> usize {
    bytes.windows(sequence.len()).filter(|window| *window == sequence).count()
}

/// A program whose terminal is read only where a test says so.
struct Unread {
    pair: PtyPair,
    reader: Box<dyn Read + Send>,
    child: Box<dyn Child + Send + Sync>,
    before: String,
}

impl Unread {
    fn open(args: &[&str]) -> Self {
        let pair = native_pty_system().openpty(size(120, 40)).expect("a pseudoterminal");
        let before = settings(&*pair.master);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let child = pair.slave.spawn_command(command(PROGRAM, args, &[])).expect("the program starts");
        Self { pair, reader, child, before }
    }

    fn reads_until(&mut self, text: &[u8]) -> Vec<u8> {
        let (mut bytes, mut seen) = ([0; 4096], Vec::new());
        while count(&seen, text) == 0 {
            let got = self.reader.read(&mut bytes).expect("the program draws");
            assert!(got > 0, "the end before {:?}", String::from_utf8_lossy(text));
            seen.extend_from_slice(&bytes[..got]);
        }
        seen
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.process_id().expect("it was started");
        kill_process(Pid::from_raw(i32::try_from(id).expect("a process id")).expect("not zero"), signal)
            .expect("it lives");
    }

    fn ends(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                return status;
            }
            if began.elapsed() > DEADLINE {
                let _ = self.child.kill();
                panic!("it never ended");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

#[test]
fn signals_that_end_it_give_the_terminal_back() {
    for signal in [Signal::QUIT, Signal::ABORT, Signal::TERM] {
        let mut terminal = Terminal::open(&["residual"], 80, 24);
        terminal.sees(&["RUN"]);
        kill_process(terminal.pid(), signal).expect("it lives");
        terminal.ends();
        terminal.is_as_before();
    }
}

#[test]
fn ended_while_it_starts_it_leaves_nothing_on() {
    for wait in [0, 2, 5, 10, 20] {
        let mut terminal = Terminal::open(&[], 80, 24);
        std::thread::sleep(Duration::from_millis(wait));
        kill_process(terminal.pid(), Signal::TERM).expect("it lives");
        terminal.ends();
        terminal.until("as much given back as was taken", |seen| {
            let pairs = TAKEN.iter().zip(GIVEN_BACK);
            pairs.clone().all(|(taken, given)| seen.count(taken) == 0 || seen.count(given) > 0).then_some(())
        });
        assert_eq!(settings(&*terminal.master), terminal.before);
    }
}

#[test]
fn a_hang_up_that_no_signal_tells_of_ends_it() {
    // SIGHUP is ignored from the start, as under nohup: only the end of the input is left to notice.
    let pair = native_pty_system().openpty(size(120, 40)).expect("a pseudoterminal");
    let script = format!("trap '' HUP; exec {PROGRAM}");
    let mut child = pair.slave.spawn_command(command("/bin/sh", &["-c", &script], &[])).expect("it starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let (mut bytes, mut seen) = ([0; 4096], Vec::new());
    while count(&seen, b"RUN") == 0 {
        let got = reader.read(&mut bytes).expect("the program draws");
        assert!(got > 0);
        seen.extend_from_slice(&bytes[..got]);
    }
    drop(reader);
    drop(pair.master);
    let began = Instant::now();
    while child.try_wait().expect("the child is ours").is_none() {
        if began.elapsed() > DEADLINE {
            let _ = child.kill();
            panic!("it lives on without a terminal");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_reader_that_stalls_keeps_nothing_from_ending() {
    let mut unread = Unread::open(&["compose"]);
    unread.reads_until(b"RUN");
    // Far longer than the queue between takes to fill.
    std::thread::sleep(Duration::from_secs(1));
    unread.signal(Signal::TERM);
    assert_eq!(unread.ends().exit_code(), 143);
    assert_eq!(settings(&*unread.pair.master), unread.before);
}

#[test]
fn after_a_stall_the_picture_is_of_now() {
    let mut unread = Unread::open(&["compose"]);
    unread.reads_until(b"RUN");
    std::thread::sleep(Duration::from_secs(1));
    let mut keys = unread.pair.master.take_writer().expect("a writer");
    keys.write_all(b"+").expect("it takes keys");
    // What lay in the queue and one picture more, not one for every thirtieth of the second.
    let waited = unread.reads_until(b"K=13");
    let pictures = count(&waited, b"\x1b[?2026h");
    assert!(pictures <= 30, "{pictures} pictures were queued");
    keys.write_all(b"qy").expect("it takes keys");
    unread.reads_until(GIVEN_BACK[0]);
    assert_eq!(unread.ends().exit_code(), 0);
    assert_eq!(settings(&*unread.pair.master), unread.before);
}

#[test]
fn a_storm_of_sizes_ends_in_the_right_picture() {
    let mut terminal = Terminal::open(&["residual"], 80, 24);
    terminal.sees(&["RUN"]);
    for step in 0..150_u16 {
        terminal.resize(1 + step * 37 % 300, 1 + step * 23 % 90);
        std::thread::sleep(Duration::from_millis(2));
    }
    terminal.resize(120, 40);
    terminal.sees(&["RUN", " Configuration ", " Loss ──", "╭ f⁽³⁾ "]);
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
}

#[test]
fn it_starts_at_any_size() {
    for (columns, rows) in [(1, 1), (0, 0), (500, 200)] {
        let mut terminal = Terminal::open(&["residual"], columns, rows);
        terminal.until("the terminal taken", |seen| (seen.count(TAKEN[0]) > 0).then_some(()));
        terminal.resize(120, 40);
        terminal.sees(&["RUN", "╭ f⁽³⁾ "]);
        terminal.keys("q");
        assert_eq!(terminal.ends().exit_code(), 0, "{columns}x{rows}");
        terminal.is_as_before();
    }
}

#[test]
fn noise_for_keys_breaks_nothing() {
    let mut terminal = Terminal::open(&["compose", "--restricted"], 120, 40);
    terminal.sees(&["RUN"]);
    // A linear congruential generator's high bytes (Knuth's MMIX constants): escapes, controls, halves of characters.
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).expect("eight bits")
    };
    // Without what leaves, suspends or stops the output at the first chance: q, ^C, ^Z.
    let noise: Vec<u8> =
        std::iter::repeat_with(&mut next).filter(|byte| !b"qQ\x03\x1a".contains(byte)).take(20_000).collect();
    for piece in noise.chunks(500) {
        if terminal.write(piece).is_err() {
            break;
        }
    }
    std::thread::sleep(Duration::from_millis(300));
    let _ = kill_process(terminal.pid(), Signal::TERM);
    let code = terminal.ends().exit_code();
    assert!(code == 143 || code == 0, "{code}");
    terminal.is_as_before();
}

#[test]
fn terminals_and_locales_of_every_kind() {
    // A terminal that cannot place a cursor gets what a pipe gets: a trained preset's picture, and no control.
    for term in ["dumb", ""] {
        let own = command(PROGRAM, &["compose", "--set", "steps=50"], &[("TERM", term)]);
        let mut terminal = Terminal::with(own, 120, 40);
        terminal.sees(&["DONE", "step 50"]);
        assert_eq!(terminal.ends().exit_code(), 0);
        assert!(!terminal.now().bytes.contains(&0x1b));
    }
    for env in [&[("TERM", "linux")][..], &[("TERM", "xterm"), ("COLORTERM", "")]] {
        let mut terminal = Terminal::with(command(PROGRAM, &["compose"], env), 120, 40);
        terminal.sees(&["RUN", "K=12"]);
        terminal.keys("q");
        assert_eq!(terminal.ends().exit_code(), 0, "{env:?}");
        terminal.is_as_before();
    }
    let mut terminal = Terminal::with(command(PROGRAM, &["compose"], &[("LANG", "C"), ("LC_ALL", "C")]), 120, 40);
    terminal.sees(&["RUN", "K=12"]);
    assert!(terminal.now().bytes.is_ascii(), "a C locale gets ASCII");
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
}
