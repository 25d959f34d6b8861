//! The one owner of the terminal: what is typed, signalled and drawn passes here. Knows nothing of what is shown.
//!
//! One thread sleeps in `Term::wait` on the terminal and on a pipe that signal handlers and other threads write to;
//! `Term::draw` never blocks on a reader that has stalled. crossterm's event reader is not used: it never returns once the
//! terminal is gone (crossterm#793).

mod ink;
mod input;
mod line;
mod mouse;
mod pace;
mod wake;

pub use input::{Input, PASTE_LIMIT};
pub use mouse::{Deed, Mouse};
pub use pace::{Measured, Pace, Why, bytes_per_second, frames_per_second, is_remote};
pub use wake::Waker;

use crate::text::Clean;
use anyhow::Context;
use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;
use ink::Ink;
use input::{Decoder, Waiting};
use line::{Line, ready};
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};
use rustix::process::{Pid, Signal, getppid, getsid, kill_current_process_group};
use signal_hook::consts::{SIGABRT, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::low_level;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};
use wake::Pipe;

/// How long an Esc may be the beginning of something: over ssh an arrow comes in pieces.
const ESCAPE: Duration = Duration::from_millis(50);
/// How long a paste may pause before it counts as unfinished.
const PASTE: Duration = Duration::from_secs(5);
/// How much later than this thread another may be told that the job goes on.
const CONTINUED: Duration = Duration::from_millis(100);
/// Reads of 4 KiB a turn: a flood of input must not keep the screen from being drawn.
const READS: usize = 16;
/// What every frame stands between, so that it appears at once where the terminal knows how.
const SYNCHRONIZED: [&[u8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];
/// Asks the far end to say that everything so far has arrived; the answer is `Input::Answered`.
const QUESTION: &[u8] = b"\x1b[5n";
/// The signals that come as `Input`s.
const CAUGHT: [i32; 7] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];

/// The terminal in raw mode on the alternate screen, until it is dropped or left.
#[expect(clippy::struct_excessive_bools, reason = "four facts, none of which follows from another")]
pub struct Term {
    line: Arc<Line>,
    pipe: Pipe,
    decoder: Decoder,
    /// When the last byte was read.
    heard: Instant,
    terminal: Terminal<Ink>,
    /// What of the last frame has not been taken yet.
    pending: VecDeque<u8>,
    /// Whether the terminal is gone, and whether that was told.
    gone: bool,
    told: bool,
    asking: bool,
    /// Whether the mouse is asked to report.
    mouse: bool,
}

impl Term {
    /// Takes the terminal: signals first, so that one at any moment finds the way out, then raw mode and the screen.
    ///
    /// # Errors
    /// There is no terminal, or it is gone already. Nothing is changed then.
    pub fn enter() -> anyhow::Result<Self> {
        let pipe = Pipe::new(&CAUGHT).context("signals cannot be caught")?;
        let line = if let Some(line) = LINE.get() {
            line
        } else {
            let opened = Arc::new(Line::open()?);
            LINE.get_or_init(|| opened)
        };
        *UI_THREAD.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current().id());
        stand_by()?;
        Self::on(Arc::clone(line), pipe)
    }

    fn on(line: Arc<Line>, pipe: Pipe) -> anyhow::Result<Self> {
        let terminal = Terminal::new(Ink::new(line.size()))?;
        line.enter().context("the terminal cannot be put into raw mode")?;
        let mut term = Self {
            line,
            pipe,
            decoder: Decoder::default(),
            heard: Instant::now(),
            terminal,
            pending: VecDeque::new(),
            gone: false,
            told: false,
            asking: false,
            mouse: false,
        };
        // The Linux console has no alternate screen: the first frame must clear.
        term.repaint();
        Ok(term)
    }

    /// Sleeps until something happens or the time is over; everything that has happened, perhaps nothing.
    ///
    /// Returns early when a pending frame has left, so that the next can be drawn. After `Hangup` was told (once), only
    /// signals and other threads are waited for. Repaints by itself what a resize or `fg` makes necessary, and says `Resize`.
    pub fn wait(&mut self, timeout: Option<Duration>) -> Vec<Input> {
        let line = (!self.gone).then_some(&*self.line);
        let now = ready(line, self.busy(), &self.pipe, self.shortest(timeout));
        let mut inputs = Vec::new();
        if now.readable {
            self.read(&mut inputs);
        }
        if now.writable {
            self.push();
        }
        if self.silence() == Some(Duration::ZERO) {
            inputs.extend(self.decoder.flush());
        }
        self.gone |= now.gone;
        if self.gone && !self.told {
            self.told = true;
            self.pending.clear();
            inputs.push(Input::Hangup);
        }
        let (signals, rung) = self.pipe.take();
        self.obey(&signals, &mut inputs);
        if rung {
            inputs.push(Input::Woken);
        }
        inputs
    }

    /// Wakes this terminal's `wait` from other threads.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.pipe.waker()
    }

    /// Whether the last frame is still on its way out: nothing can be drawn.
    #[must_use]
    pub fn busy(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Follows every frame by a question, or no longer.
    pub fn ask(&mut self, asking: bool) {
        self.asking = asking;
    }

    /// Asks the terminal for what the mouse does, or no longer. Suspending and coming back keeps it; every way out ends it.
    pub fn mouse(&mut self, on: bool) {
        self.mouse = on;
        // Behind what is left of a frame: inside one it would be cut.
        self.pending.extend(if on { mouse::ON } else { mouse::OFF });
        self.push();
    }

    /// Draws a frame by its differences, in one write; the number of bytes, 0 if nothing changed or `busy`.
    ///
    /// A terminal that is gone takes every frame and `wait` says so.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Frame)) -> usize {
        if self.busy() || self.gone {
            return 0;
        }
        let Ok(_) = self.terminal.draw(paint);
        let frame = self.terminal.backend_mut().take();
        if frame.is_empty() {
            return 0;
        }
        let [begin, end] = SYNCHRONIZED;
        self.pending.extend(begin.iter().chain(&frame).chain(end));
        if self.asking {
            self.pending.extend(QUESTION);
        }
        let bytes = self.pending.len();
        self.push();
        bytes
    }

    /// Hands `text` to the terminal's clipboard (OSC 52), behind whatever is still on its way. Whether it arrives, nothing says.
    pub fn copy(&mut self, text: &str) {
        if self.gone {
            return;
        }
        let mut sequence = String::new();
        // Writing to a string cannot fail.
        let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
        self.pending.extend(sequence.as_bytes());
        self.push();
    }

    /// The next frame is drawn whole.
    pub fn repaint(&mut self) {
        let size = self.line.size();
        self.terminal.backend_mut().resize(size);
        // Not Terminal::clear, whose namesake in other backends asks the terminal where its cursor is.
        let Ok(()) = self.terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, size)));
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> Size {
        self.terminal.size().unwrap_or_else(|never| match never {})
    }

    /// Gives the terminal back and stops the whole job, as the shell expects of ^Z; returns after `fg`, repainted.
    ///
    /// False, and nothing done, if no shell could ever continue us (the command of an ssh, of a new terminal window).
    ///
    /// # Errors
    /// The terminal did not come back.
    pub fn suspend(&mut self) -> io::Result<bool> {
        let ours = getsid(None)?;
        if getppid().and_then(session_of) != Some(ours) {
            return Ok(false);
        }
        self.leave();
        kill_current_process_group(Signal::STOP)?;
        // Told of it once more, `wait` would take the terminal a second time, and with it the place of the shell's cursor.
        self.pipe.expect(SIGCONT, CONTINUED);
        self.pipe.forget(SIGTSTP);
        self.resume()?;
        Ok(true)
    }

    /// The terminal as it was found. A second call does nothing, and dropping does it too.
    pub fn leave(&mut self) {
        self.pending.clear();
        self.line.leave();
    }

    fn resume(&mut self) -> io::Result<()> {
        self.line.enter()?;
        self.pending.clear();
        if self.mouse {
            self.mouse(true);
        }
        self.decoder = Decoder::default();
        self.terminal.backend_mut().forget();
        self.repaint();
        Ok(())
    }

    fn obey(&mut self, signals: &[i32], inputs: &mut Vec<Input>) {
        let mut changed = false;
        for &signal in signals {
            match signal {
                SIGWINCH => {
                    self.repaint();
                    changed = true;
                }
                // Stopped from outside and continued: a shell has had the terminal meanwhile.
                SIGCONT if self.line.entered() && !self.gone => {
                    self.gone |= self.resume().is_err();
                    changed = true;
                }
                SIGCONT => {}
                _ => inputs.push(Input::Signal(signal)),
            }
        }
        if changed {
            let size = self.size();
            inputs.push(Input::Resize(size.width, size.height));
        }
    }

    fn read(&mut self, inputs: &mut Vec<Input>) {
        let mut bytes = [0; 4096];
        for _ in 0..READS {
            match self.line.read(&mut bytes) {
                Ok(Some(count)) => {
                    self.heard = Instant::now();
                    inputs.extend(self.decoder.feed(&bytes[..count]));
                }
                Ok(None) => return,
                Err(_) => {
                    self.gone = true;
                    return;
                }
            }
        }
    }

    /// Sends what is pending, as much as goes.
    fn push(&mut self) {
        match self.line.write(self.pending.make_contiguous()) {
            Ok(went) => drop(self.pending.drain(..went)),
            Err(_) => self.gone = true,
        }
    }

    /// How much longer a silence may last until it ends what was begun.
    fn silence(&self) -> Option<Duration> {
        let limit = match self.decoder.waiting() {
            Waiting::No => return None,
            Waiting::Escape => ESCAPE,
            Waiting::Paste => PASTE,
        };
        Some(limit.saturating_sub(self.heard.elapsed()))
    }

    fn shortest(&self, timeout: Option<Duration>) -> Option<Duration> {
        let untold = (self.gone && !self.told).then_some(Duration::ZERO);
        [timeout, self.silence(), untold].into_iter().flatten().min()
    }
}

/// The session of another process; none if it is gone, or lies outside this process's namespace: there getsid(2) says 0,
/// which rustix takes for impossible.
#[expect(unsafe_code, reason = "rustix's getsid is undefined where the answer is 0")]
fn session_of(process: Pid) -> Option<Pid> {
    // SAFETY: a system call on a number; it touches no memory of ours.
    let session = unsafe { libc::getsid(process.as_raw_pid()) };
    Pid::from_raw(session.max(0))
}

impl Drop for Term {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The process's terminal, for handlers that have no `Term` at hand.
static LINE: OnceLock<Arc<Line>> = OnceLock::new();
/// The thread that draws: its panic ends the program, another's must not touch the screen.
static UI_THREAD: Mutex<Option<ThreadId>> = Mutex::new(None);
/// What other threads' panics said, oldest first.
static PANICS: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());
/// The most panics that are kept.
const PANICS_KEPT: usize = 16;
/// A second signal ends the program at once, but not before this: `timeout` and shells send the first one twice.
const AT_ONCE_AFTER: u64 = 250;
/// When the first fatal signal came, in milliseconds since `stand_by`, plus one; 0 before it.
static FIRST_SIGNAL: AtomicU64 = AtomicU64::new(0);

/// The oldest panic of another thread that has not been taken yet, in one clean line.
#[must_use]
pub fn take_panic() -> Option<String> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Once a process: the ways out that need no `Term`. The panic hook, a second fatal signal, and `abort`.
fn stand_by() -> io::Result<()> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if keep_or_leave(&panic.to_string()) {
                before(panic);
            }
        }));
        result = watch_signals();
    });
    result
}

/// What a panic does to the screen: another thread's is kept for `take_panic`, the UI's leaves. True if it is to be printed.
fn keep_or_leave(message: &str) -> bool {
    let Some(line) = LINE.get().filter(|line| line.entered()) else { return true };
    // Held elsewhere only for an instant in `enter`; a panic hook must not wait.
    let ui = UI_THREAD.try_lock().is_ok_and(|thread| *thread == Some(std::thread::current().id()));
    if ui {
        line.leave();
        return true;
    }
    keep(message);
    false
}

fn keep(message: &str) {
    let mut kept = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() < PANICS_KEPT {
        kept.push_back(Clean::new(message, 400).to_string());
    }
}

#[expect(unsafe_code, reason = "signal-hook marks every handler as unsafe; these keep to what a handler may do")]
fn watch_signals() -> io::Result<()> {
    let start = Instant::now();
    for signal in [SIGTERM, SIGINT, SIGQUIT, SIGHUP] {
        let second = move || {
            let now = 1 + u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
            let first = FIRST_SIGNAL.compare_exchange(0, now, Ordering::SeqCst, Ordering::SeqCst);
            // A closing terminal says SIGHUP more than once, and the state is to be saved all the same.
            if signal != SIGHUP && first.is_err_and(|first| now - first >= AT_ONCE_AFTER) {
                way_out();
                low_level::exit(128 + signal);
            }
        };
        // SAFETY: only atomics, clock_gettime, and the system calls of `Line::leave` and _exit; no lock, no allocation, no panic.
        unsafe { low_level::register(signal, second) }?;
    }
    let abort = || {
        way_out();
        let _ = low_level::emulate_default_handler(SIGABRT);
    };
    // SAFETY: as above; emulate_default_handler is documented as async-signal-safe.
    unsafe { low_level::register(SIGABRT, abort) }?;
    Ok(())
}

/// The way out from inside a signal handler.
fn way_out() {
    if let Some(line) = LINE.get() {
        line.leave();
    }
}

#[cfg(test)]
mod tests;
