//! The program in a pseudoterminal of a test's own: what has come from it, keys and sizes to it, and how it ends.

#![allow(dead_code, reason = "every test file uses a part of it")]

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::Pid;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Nothing that is waited for takes longer; on an idle machine all of it takes milliseconds.
pub const DEADLINE: Duration = Duration::from_secs(30);
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_fnexplore");
/// What takes the terminal, and what gives it back: alternate screen, cursor, bracketed paste.
pub const TAKEN: [&[u8]; 3] = [b"\x1b[?1049h", b"\x1b[?25l", b"\x1b[?2004h"];
pub const GIVEN_BACK: [&[u8]; 3] = [b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l"];

/// What every picture begins with.
pub const PICTURE: &[u8] = b"\x1b[?2026h";

/// What has come from the program so far.
pub struct Seen {
    pub bytes: Vec<u8>,
    pub screen: vt100::Parser,
    pub last: Instant,
}

impl Seen {
    pub fn text(&self) -> String {
        let (_, columns) = self.screen.screen().size();
        let rows: Vec<String> = self.screen.screen().rows(0, columns.get()).collect();
        rows.join("\n")
    }

    pub fn count(&self, sequence: &[u8]) -> usize {
        self.bytes.windows(sequence.len()).filter(|window| *window == sequence).count()
    }
}

pub type Shared = Arc<(Mutex<Seen>, Condvar)>;

/// What is typed, and what the terminal itself answers.
pub type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

/// "Is all well?", and the answer that every terminal has for it.
const QUESTION: &[u8] = b"\x1b[5n";
const ANSWER: &[u8] = b"\x1b[0n";

/// A terminal with a program in it.
pub struct Terminal {
    pub master: Box<dyn MasterPty + Send>,
    /// Held, so that the terminal outlives the program and can be looked at.
    pub _slave: Box<dyn SlavePty + Send>,
    pub keys: Keys,
    pub child: Box<dyn Child + Send + Sync>,
    pub seen: Shared,
    /// The terminal's settings before the program.
    pub before: String,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

pub fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

pub fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("not zero")
}

/// The program, or any other, in an environment of the test's own.
pub fn command(program: &str, args: &[&str], env: &[(&str, &str)]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.env_clear();
    command.cwd(env!("CARGO_TARGET_TMPDIR"));
    let own = [
        ("HOME", env!("CARGO_TARGET_TMPDIR")),
        ("PATH", "/usr/bin:/bin"),
        ("LANG", "C.UTF-8"),
        ("TERM", "xterm-256color"),
    ];
    own.iter().chain(env).for_each(|(name, value)| command.env(name, value));
    command
}

impl Terminal {
    pub fn open(args: &[&str], columns: u16, rows: u16) -> Self {
        Self::with(command(PROGRAM, args, &[]), columns, rows)
    }

    pub fn with(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a pseudoterminal");
        let before = settings(&*pair.master);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let screen = vt100::Parser::new(cells(rows.max(1)), cells(columns.max(1)), 0);
        let seen: Shared =
            Arc::new((Mutex::new(Seen { bytes: Vec::new(), screen, last: Instant::now() }), Condvar::new()));
        let shared = seen.clone();
        let keys: Keys = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer")));
        let own = keys.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let mut seen = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
                // A question may be cut in two.
                let fresh = seen.bytes.len().saturating_sub(QUESTION.len() - 1);
                seen.bytes.extend_from_slice(&bytes[..count]);
                seen.screen.process(&bytes[..count]);
                seen.last = Instant::now();
                let asked = seen.bytes[fresh..].windows(QUESTION.len()).filter(|window| *window == QUESTION).count();
                drop(seen);
                shared.1.notify_all();
                let mut answers = own.lock().unwrap_or_else(PoisonError::into_inner);
                (0..asked).for_each(|_| drop(answers.write_all(ANSWER)));
            }
        });
        let child = pair.slave.spawn_command(command).expect("the program starts");
        Self { master: pair.master, _slave: pair.slave, keys, child, seen, before }
    }

    pub fn now(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for what has been seen to be as wanted.
    #[track_caller]
    pub fn until<T>(&self, what: &str, wanted: impl Fn(&Seen) -> Option<T>) -> T {
        let began = Instant::now();
        let mut seen = self.now();
        loop {
            if let Some(found) = wanted(&seen) {
                return found;
            }
            let left = DEADLINE.checked_sub(began.elapsed());
            let left = left.unwrap_or_else(|| panic!("{what} never came; there is\n{}", seen.text()));
            seen = self.seen.1.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for all of these texts to be on the screen.
    #[track_caller]
    pub fn sees(&self, texts: &[&str]) {
        self.until(&format!("{texts:?}"), |seen| {
            let screen = seen.text();
            texts.iter().all(|text| screen.contains(text)).then_some(())
        });
    }

    /// Waits for a whole second in which nothing comes.
    #[track_caller]
    pub fn falls_silent(&self) {
        let began = Instant::now();
        loop {
            let quiet = self.now().last.elapsed();
            match Duration::from_secs(1).checked_sub(quiet) {
                None => return,
                Some(left) => std::thread::sleep(left),
            }
            assert!(began.elapsed() < DEADLINE, "it never fell silent");
        }
    }

    pub fn keys(&mut self, keys: &str) {
        self.write(keys.as_bytes()).expect("the terminal takes keys");
    }

    pub fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.write_all(bytes).and_then(|()| keys.flush())
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.now().screen.set_size(cells(rows), cells(columns));
        self.master.resize(size(columns, rows)).expect("a size");
    }

    pub fn pid(&self) -> Pid {
        let id = self.child.process_id().expect("it was started");
        Pid::from_raw(i32::try_from(id).expect("a process id")).expect("not zero")
    }

    pub fn step(seen: &Seen) -> Option<u64> {
        let text = seen.text();
        let digits: String =
            text.rsplit_once("step ")?.1.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
        digits.replace(',', "").parse().ok()
    }

    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                return status;
            }
            assert!(began.elapsed() < DEADLINE, "it never ended; there is\n{}", self.now().text());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The terminal is as it was before: screen, cursor, paste, settings.
    #[track_caller]
    pub fn is_as_before(&self) {
        self.until("the way out", |seen| {
            let screen = seen.screen.screen();
            let left = !(screen.alternate_screen() || screen.hide_cursor() || screen.bracketed_paste());
            (left && GIVEN_BACK.iter().all(|sequence| seen.count(sequence) > 0)).then_some(())
        });
        let seen = self.now();
        let last = |sequence: &[u8]| seen.bytes.windows(sequence.len()).rposition(|window| window == sequence);
        for (taken, given) in TAKEN.iter().zip(GIVEN_BACK) {
            assert!(last(taken) < last(given), "{:?} is not undone", String::from_utf8_lossy(taken));
        }
        assert_eq!(settings(&*self.master), self.before);
    }
}

/// Everything stty could say.
pub fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has settings"))
}
