//! What wakes the thread that owns the terminal: a pipe that signal handlers and other threads write to. Knows no terminal.

use signal_hook::{SigId, flag, low_level};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Wakes the thread in `Term::wait`, from any thread, as often as one likes: it is told once.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Bell>);

#[derive(Debug)]
struct Bell {
    writer: UnixStream,
    rung: AtomicBool,
}

impl Waker {
    /// Never blocks. One byte is on its way at most, so the pipe cannot fill.
    pub fn wake(&self) {
        if !self.0.rung.swap(true, Ordering::SeqCst) {
            // A full pipe wakes as well, and a closed one has nobody to wake.
            let _ = (&self.0.writer).write(&[0]);
        }
    }
}

/// The reading end, and which signals have come.
#[derive(Debug)]
pub struct Pipe {
    reader: UnixStream,
    waker: Waker,
    flags: Vec<(i32, Arc<AtomicBool>)>,
    ids: Vec<SigId>,
}

impl Pipe {
    /// Catches `signals` from now on.
    ///
    /// # Errors
    /// No file descriptor is left, or a signal cannot be caught.
    pub fn new(signals: &[i32]) -> io::Result<Self> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        let waker = Waker(Arc::new(Bell { writer: writer.try_clone()?, rung: AtomicBool::new(false) }));
        let mut pipe = Self { reader, waker, flags: Vec::new(), ids: Vec::new() };
        for &signal in signals {
            let flag = Arc::new(AtomicBool::new(false));
            // The flag first: handlers run in this order, and the byte must not be read before the flag is up.
            pipe.ids.push(flag::register(signal, Arc::clone(&flag))?);
            pipe.ids.push(low_level::pipe::register(signal, writer.try_clone()?)?);
            pipe.flags.push((signal, flag));
        }
        Ok(pipe)
    }

    /// For other threads.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// The signals since the last call, and whether somebody rang.
    pub fn take(&mut self) -> (Vec<i32>, bool) {
        // The bytes before the flags: a flag raised in between leaves its byte, and the next wait returns at once.
        while matches!(self.reader.read(&mut [0; 256]), Ok(1..)) {}
        let came = self.flags.iter().filter(|(_, flag)| flag.swap(false, Ordering::SeqCst));
        (came.map(|(signal, _)| *signal).collect(), self.waker.0.rung.swap(false, Ordering::SeqCst))
    }

    /// Waits for `signal`, though not for ever, and forgets it: any thread may be the one that is told, and later than this.
    pub fn expect(&self, signal: i32, patience: Duration) {
        let began = Instant::now();
        let came = || self.flags.iter().any(|(caught, flag)| *caught == signal && flag.swap(false, Ordering::SeqCst));
        while !came() && began.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Forgets that `signal` came.
    pub fn forget(&self, signal: i32) {
        for (_, flag) in self.flags.iter().filter(|(caught, _)| *caught == signal) {
            flag.store(false, Ordering::SeqCst);
        }
    }
}

impl AsFd for Pipe {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        for id in self.ids.drain(..) {
            low_level::unregister(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rings_are_told_once_and_none_is_lost() {
        let mut pipe = Pipe::new(&[]).unwrap();
        assert_eq!(pipe.take(), (vec![], false));
        let rings: Vec<_> = (0..4)
            .map(|_| {
                let waker = pipe.waker();
                std::thread::spawn(move || (0..50_000).for_each(|_| waker.wake()))
            })
            .collect();
        for ring in rings {
            ring.join().unwrap();
        }
        assert_eq!(pipe.take(), (vec![], true));
        assert_eq!(pipe.take(), (vec![], false));
        pipe.waker().wake();
        assert!(pipe.take().1, "a bell that was answered rings again");
    }

    #[test]
    fn signals_come_by_their_numbers() {
        let mut pipe = Pipe::new(&[signal_hook::consts::SIGUSR1, signal_hook::consts::SIGUSR2]).unwrap();
        low_level::raise(signal_hook::consts::SIGUSR2).unwrap();
        assert_eq!(pipe.take(), (vec![signal_hook::consts::SIGUSR2], false));
        low_level::raise(signal_hook::consts::SIGUSR1).unwrap();
        pipe.forget(signal_hook::consts::SIGUSR1);
        assert_eq!(pipe.take(), (vec![], false));
    }
}
