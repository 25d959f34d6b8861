//! One line of progress on standard error, where somebody sees it. Knows not of what.

use crate::text::Clean;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// It is written this often, and not before so long: what is done at once needs no line.
const REPORT: Duration = Duration::from_millis(150);
/// Characters of a bar.
const BAR: u8 = 20;
/// To the line's beginning, and nothing in it.
const WIPE: &str = "\r\x1b[K";

/// The line; it is wiped when what it tells of is over.
pub(super) struct Progress {
    began: Instant,
    /// Milliseconds after `began` at which it was written last; 0: not yet.
    last: AtomicU64,
    seen: bool,
}

impl Progress {
    pub fn new(began: Instant) -> Self {
        Self { began, last: AtomicU64::new(0), seen: std::io::stderr().is_terminal() }
    }

    /// Writes what `words` make of the time since it began, if it is time to.
    pub fn tell(&self, words: impl FnOnce(Duration) -> String) {
        let since = self.began.elapsed();
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        if self.seen && since.saturating_sub(last) >= REPORT {
            self.last.store(u64::try_from(since.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
            let _ = write!(std::io::stderr(), "{WIPE}{}", words(since));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.load(Ordering::Relaxed) > 0 {
            let _ = write!(std::io::stderr(), "{WIPE}");
        }
    }
}

/// A line that is told what part of a file has been read, from 0 to 1.
pub(super) fn bar(file: &str) -> impl FnMut(f64) {
    let (line, file) = (Progress::new(Instant::now()), Clean::excerpt(file));
    move |part| line.tell(|_| format!("{file} {}", full(part)))
}

/// A part as a bar and in percent.
fn full(part: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 20")]
    let done = (part.clamp(0.0, 1.0) * f64::from(BAR)).round() as usize;
    format!("[{}{}] {:.0} %", "#".repeat(done), ".".repeat(usize::from(BAR) - done), 100.0 * part)
}

#[cfg(test)]
mod tests {
    use super::full;

    #[test]
    fn a_bar_is_as_full_as_its_part() {
        assert_eq!(full(0.0), "[....................] 0 %");
        assert_eq!(full(0.26), "[#####...............] 26 %");
        assert_eq!(full(1.0), "[####################] 100 %");
    }
}
