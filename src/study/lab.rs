//! Tasks on all cores: results in the order of the tasks, progress told, stoppable between any two. Knows no clock of its own
//! and nothing of what the tasks are.

use crate::text::Clean;
use std::fmt;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How far a batch of tasks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Tasks done of this batch.
    pub done: usize,
    /// Tasks of this batch.
    pub of: usize,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was told to stop.
    Cancelled,
    /// It could not be done: a sentence.
    Broken(Clean),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => out.write_str("interrupted"),
            Self::Broken(why) => why.fmt(out),
        }
    }
}

impl Failure {
    /// It could not be done, and why.
    #[must_use]
    pub fn broken(why: &str) -> Self {
        Self::Broken(Clean::new(why, 360))
    }
}

/// Where experiments are done.
#[derive(Clone, Copy)]
pub struct Lab<'a> {
    /// Threads at once, at least one.
    pub threads: usize,
    /// Smaller and fewer: what shows in a minute, not what settles a question.
    pub quick: bool,
    /// The first seed; the others follow it. Another one repeats the experiment with other random numbers.
    pub seed: u64,
    /// Once it is set, nothing new is begun.
    pub stop: &'a AtomicBool,
    /// Told after every task, from whatever thread did it.
    pub told: &'a (dyn Fn(Progress) + Sync),
    /// The time since some beginning: for the experiments that measure it.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
}

impl Lab<'_> {
    /// One number for `--quick`, another in full.
    #[must_use]
    pub fn size(&self, quick: usize, full: usize) -> usize {
        if self.quick { quick } else { full }
    }

    /// So many seeds from the first on.
    #[must_use]
    pub fn seeds(&self, count: usize) -> Range<u64> {
        self.seed..self.seed + count as u64
    }

    /// `work` on every item; the results stand as the items do.
    ///
    /// # Errors
    /// `Cancelled` if `stop` was set before all were done.
    ///
    /// # Panics
    /// If `work` does.
    pub fn map<I: Sync, T: Send>(&self, items: &[I], work: impl Fn(&I) -> T + Sync) -> Result<Vec<T>, Failure> {
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let of = items.len();
        let hand = || {
            let mut own = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(at).filter(|_| !self.stop.load(Ordering::Relaxed)) else { return own };
                own.push((at, work(item)));
                (self.told)(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, of });
            }
        };
        let mut results: Vec<(usize, T)> = std::thread::scope(|scope| {
            let hands: Vec<_> = (0..self.threads.clamp(1, of.max(1))).map(|_| scope.spawn(hand)).collect();
            let joined = hands.into_iter().map(|hand| hand.join().unwrap_or_else(|panic| resume_unwind(panic)));
            joined.flatten().collect()
        });
        if results.len() < of {
            return Err(Failure::Cancelled);
        }
        results.sort_by_key(|(at, _)| *at);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn lab<'a>(threads: usize, stop: &'a AtomicBool, told: &'a (dyn Fn(Progress) + Sync)) -> Lab<'a> {
        Lab { threads, quick: true, seed: 0, stop, told, clock: &|| Duration::ZERO }
    }

    #[test]
    fn results_stand_as_the_items_do_whoever_did_them() {
        let items: Vec<u64> = (0..200).collect();
        let slow_first =
            |item: &u64| (0..(200 - item) * 500).fold(*item, |sum, at| sum.wrapping_mul(31).wrapping_add(at));
        let stop = AtomicBool::new(false);
        let alone = lab(1, &stop, &|_| {}).map(&items, slow_first);
        for threads in [2, 7] {
            assert_eq!(lab(threads, &stop, &|_| {}).map(&items, slow_first), alone);
        }
        assert_eq!(lab(3, &stop, &|_| {}).map(&[] as &[u64], slow_first), Ok(Vec::new()));
    }

    #[test]
    fn every_task_is_told_and_a_stop_is_heard() {
        let (stop, seen) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        let told = |progress: Progress| seen.lock().unwrap().push(progress.done);
        lab(2, &stop, &told).map(&[0; 40], |_| ()).unwrap();
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert_eq!(seen, (1..=40).collect::<Vec<_>>());
        let after = |at: &usize| {
            if *at == 5 {
                stop.store(true, Ordering::Relaxed);
            }
        };
        let items: Vec<usize> = (0..40).collect();
        assert_eq!(lab(1, &stop, &|_| {}).map(&items, after), Err(Failure::Cancelled));
    }
}
