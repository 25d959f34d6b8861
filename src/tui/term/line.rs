//! The terminal's line: opening it, raw mode, the way in and the way out. Knows no picture and no key.

use anyhow::Context;
use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, read, write};
use rustix::termios::{self, OptionalActions, QueueSelector, Termios};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Alternate screen, no cursor, bracketed paste: every mode not set need not be undone.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// The way back, the alternate screen last; the mouse is let go whether it was held or not.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[m\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[?2004l\x1b[?1049l";
/// Ends whatever sequence a frame was cut in.
const CANCEL: &[u8] = b"\x18";
/// How long the way out waits, each time, for a reader that does not read.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// The largest screen that is drawn: `stty cols 65535 rows 65535` must not ask for gigabytes.
const LARGEST: Size = Size { width: 1000, height: 500 };

/// The controlling terminal by an open file of our own, so that it can be non-blocking without the shell noticing.
#[derive(Debug)]
pub struct Line {
    tty: File,
    saved: Termios,
    entered: AtomicBool,
    /// Whether a frame is only partly written.
    cut: AtomicBool,
}

impl Line {
    /// The controlling terminal, or the one on stdout.
    ///
    /// # Errors
    /// There is none.
    pub fn open() -> anyhow::Result<Self> {
        // macOS cannot poll /dev/tty, only the device itself, which /dev/fd stands for.
        let mut doors = ["/dev/tty", "/dev/stdout"];
        if cfg!(target_os = "macos") {
            doors.reverse();
        }
        let opened = doors.iter().find_map(|door| {
            let file = OpenOptions::new().read(true).write(true).open(door).ok()?;
            termios::isatty(&file).then_some(file)
        });
        Self::on(opened.context("there is no terminal to draw on: neither /dev/tty nor stdout is one")?)
    }

    /// A terminal that is already open; its file becomes non-blocking.
    ///
    /// # Errors
    /// It is no terminal, or it is gone.
    pub fn on(tty: File) -> anyhow::Result<Self> {
        let saved = termios::tcgetattr(&tty).context("the terminal's settings cannot be read")?;
        ioctl_fionbio(&tty, true).context("the terminal cannot be made non-blocking")?;
        Ok(Self { tty, saved, entered: AtomicBool::new(false), cut: AtomicBool::new(false) })
    }

    /// Raw mode and the alternate screen. Safe to repeat after another program's doings (`fg`).
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn enter(&self) -> io::Result<()> {
        // Marked first: whatever happens from here on, the way out is taken.
        let before = self.entered.swap(true, Ordering::SeqCst);
        let mut raw = self.saved.clone();
        raw.make_raw();
        if let Err(error) = termios::tcsetattr(&self.tty, OptionalActions::Now, &raw) {
            self.entered.store(before, Ordering::SeqCst);
            return Err(error.into());
        }
        self.put(ENTER);
        Ok(())
    }

    /// Whether the screen is ours.
    #[must_use]
    pub fn entered(&self) -> bool {
        self.entered.load(Ordering::SeqCst)
    }

    /// The terminal as it was found; a second call does nothing.
    ///
    /// Only system calls and atomics: it is called from signal handlers and the panic hook. It waits a moment
    /// for a reader that has stalled, then restores the settings all the same.
    pub fn leave(&self) {
        if !self.entered.swap(false, Ordering::SeqCst) || self.in_background() {
            return;
        }
        if self.cut.swap(false, Ordering::SeqCst) {
            // What the reader has not taken yet would stand before the way out, perhaps for ever.
            let _ = termios::tcflush(&self.tty, QueueSelector::OFlush);
            self.put(CANCEL);
        }
        self.put(LEAVE);
        let _ = termios::tcsetattr(&self.tty, OptionalActions::Now, &self.saved);
        // Late answers to our questions are not for the shell.
        let _ = termios::tcflush(&self.tty, QueueSelector::IFlush);
    }

    /// Whether a shell has taken the terminal for another job: then its settings are not ours to touch.
    fn in_background(&self) -> bool {
        termios::tcgetpgrp(&self.tty).is_ok_and(|group| group != rustix::process::getpgrp())
    }

    /// Writes all of `bytes` if the reader takes them within a moment.
    fn put(&self, mut bytes: &[u8]) {
        let mut waits = 0;
        while !bytes.is_empty() && waits < 2 {
            match write(&self.tty, bytes) {
                Ok(count) => bytes = &bytes[count.min(bytes.len())..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    waits += 1;
                    let _ = poll(&mut [PollFd::new(&self.tty, PollFlags::OUT)], Some(&PATIENCE));
                }
                Err(_) => return,
            }
        }
    }

    /// Writes what goes at once, in one call; the number of bytes that went.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.cut.store(true, Ordering::SeqCst);
        let went = match write(&self.tty, bytes) {
            Ok(count) => count,
            Err(Errno::AGAIN | Errno::INTR) => 0,
            Err(error) => return Err(error.into()),
        };
        self.cut.store(went < bytes.len(), Ordering::SeqCst);
        Ok(went)
    }

    /// What was typed, `None` if there is nothing now.
    ///
    /// # Errors
    /// The terminal is gone: also what its end of file means.
    pub fn read(&self, into: &mut [u8]) -> io::Result<Option<usize>> {
        match read(&self.tty, into) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(Some(count)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Columns and rows, never zero: a terminal that says 0x0 (a serial line, a bare pty) means 80x24.
    #[must_use]
    pub fn size(&self) -> Size {
        let said = termios::tcgetwinsize(&self.tty).map_or((0, 0), |size| (size.ws_col, size.ws_row));
        let or = |number: u16, otherwise: u16| if number == 0 { otherwise } else { number };
        Size::new(or(said.0, 80).min(LARGEST.width), or(said.1, 24).min(LARGEST.height))
    }
}

impl AsFd for Line {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tty.as_fd()
    }
}

/// What `ready` waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// There is something to read, or the end of it.
    pub readable: bool,
    /// What is pending can be written on.
    pub writable: bool,
    /// The other end is gone.
    pub gone: bool,
}

/// Sleeps until the pipe, or the terminal if it is given, has something, or the time is over.
#[must_use]
pub fn ready(line: Option<&Line>, pending: bool, pipe: &impl AsFd, timeout: Option<Duration>) -> Ready {
    let wanted = if pending { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
    let pipe = pipe.as_fd();
    let tty = line.map_or(pipe, AsFd::as_fd);
    let mut fds = [PollFd::from_borrowed_fd(pipe, PollFlags::IN), PollFd::from_borrowed_fd(tty, wanted)];
    let count = 1 + usize::from(line.is_some());
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    // An interrupted wait is a signal: its handler has written to the pipe.
    if poll(&mut fds[..count], timeout.as_ref()).is_err() || line.is_none() {
        return Ready::default();
    }
    let said = fds[1].revents();
    Ready {
        readable: said.contains(PollFlags::IN),
        writable: said.contains(PollFlags::OUT),
        gone: said.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
    }
}
