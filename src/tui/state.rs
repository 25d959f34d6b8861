//! The session's own file: gathered from the runs every few seconds and at every way out, so that nothing learned is lost.
//! Knows no screen and asks no clock.

use crate::files::write_atomic;
use crate::run::{Checkpoint, RunId, Saved};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Seconds between two savings while something is learned.
const EVERY: Duration = Duration::from_secs(10);
/// Sessions that are kept; the oldest go first.
const KEPT: usize = 16;
/// The endings of the files.
const ENDING: &str = "safetensors";

/// Where a session is kept, and how far it has been.
pub struct State {
    path: Option<PathBuf>,
    next: Duration,
    /// What every run has said last.
    gathered: BTreeMap<RunId, Arc<Saved>>,
    /// Who has answered since they were last asked.
    answered: BTreeSet<RunId>,
    asked: bool,
    writer: Option<Writer>,
    /// Why the last writing failed.
    wrong: Option<String>,
}

/// A thread that writes, so that a slow disk does not hold up the screen.
struct Writer {
    tell: Sender<Vec<u8>>,
    told: Receiver<Result<(), String>>,
    thread: JoinHandle<()>,
}

impl State {
    /// A new file in `folder`, of its own for every process; nothing is written without a folder.
    #[must_use]
    pub fn new(folder: Option<&Path>, process: u32, began: u64) -> Self {
        let path = folder.map(|folder| folder.join(format!("session-{began:010}-{process}.{ENDING}")));
        Self {
            path,
            next: EVERY,
            gathered: BTreeMap::new(),
            answered: BTreeSet::new(),
            asked: false,
            writer: None,
            wrong: None,
        }
    }

    /// Whether the runs should be asked how far they have come; again, if some have not answered: they may be others by now.
    pub fn is_due(&mut self, now: Duration) -> bool {
        if self.path.is_none() || now < self.next {
            return false;
        }
        if !self.asked {
            self.answered.clear();
        }
        (self.asked, self.next) = (true, now + EVERY);
        true
    }

    /// When that will be.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.path.as_ref().map(|_| self.next)
    }

    /// A run has said how far it has come; true when all of `runs` have.
    pub fn gather(&mut self, id: RunId, saved: Arc<Saved>, runs: &[RunId]) -> bool {
        self.gathered.insert(id, saved);
        self.answered.insert(id);
        self.has_all(runs)
    }

    /// Whether all of `runs` have said how far they have come.
    #[must_use]
    pub fn has_all(&self, runs: &[RunId]) -> bool {
        runs.iter().all(|run| self.answered.contains(run))
    }

    /// Everything is to be asked again: the last savings before leaving.
    pub fn begin_last(&mut self) {
        self.asked = true;
        self.answered.clear();
    }

    /// What the runs have said last, in the order of `runs`; those that never said anything are missing, and others are forgotten.
    #[must_use]
    pub fn runs(&mut self, runs: &[RunId]) -> Vec<Arc<Saved>> {
        self.gathered.retain(|run, _| runs.contains(run));
        runs.iter().filter_map(|run| self.gathered.get(run).cloned()).collect()
    }

    /// Writes on another thread.
    pub fn write(&mut self, session: &Checkpoint) {
        self.asked = false;
        let Some(path) = self.path.clone() else { return };
        let writer = self.writer.get_or_insert_with(|| Writer::start(path));
        // A writer ends only when its sender is dropped.
        let _ = writer.tell.send(session.bytes());
    }

    /// What became of the last writing, if that is news: none is well.
    pub fn news(&mut self) -> Option<Option<String>> {
        let told = self.writer.as_ref()?.told.try_iter().last()?;
        let wrong = told.err();
        (wrong != self.wrong).then(|| {
            self.wrong.clone_from(&wrong);
            wrong
        })
    }

    /// Writes here and now: the last thing a session does.
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub fn write_now(&mut self, session: &Checkpoint) -> Result<(), String> {
        if let Some(Writer { tell, thread, .. }) = self.writer.take() {
            drop(tell);
            let _ = thread.join();
        }
        self.path.as_deref().map_or(Ok(()), |path| write(path, &session.bytes()))
    }
}

impl Writer {
    fn start(path: PathBuf) -> Self {
        let (tell, work) = channel::<Vec<u8>>();
        let (answer, told) = channel();
        let body = move || {
            while let Ok(mut bytes) = work.recv() {
                // Only the newest matters.
                while let Ok(newer) = work.try_recv() {
                    bytes = newer;
                }
                if answer.send(write(&path, &bytes)).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("state".to_owned()).spawn(body);
        Self { tell, told, thread: thread.expect("the system can start a thread") }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let told = |why: std::io::Error| format!("the session cannot be saved: {why}");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(told)?;
        forget_oldest(folder, path);
    }
    write_atomic(path, bytes).map_err(told)
}

/// The sessions in `folder`, newest last: their names begin with the time at which they began.
#[must_use]
pub fn sessions(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        name.starts_with("session-") && path.extension().is_some_and(|ending| ending == ENDING)
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_ours).collect();
    paths.sort();
    paths
}

/// Another process's file is left alone as long as it is among the newest.
fn forget_oldest(folder: &Path, own: &Path) {
    let others: Vec<PathBuf> = sessions(folder).into_iter().filter(|path| path != own).collect();
    let surplus = others.len().saturating_sub(KEPT - 1);
    for path in &others[..surplus] {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that failed or was replaced says nothing: the others would never be saved again.
    #[test]
    fn what_does_not_answer_is_asked_again() {
        let mut state = State::new(Some(Path::new("/nowhere")), 1, 1);
        assert!(!state.is_due(Duration::ZERO));
        assert!(state.is_due(EVERY) && !state.is_due(EVERY + EVERY / 2));
        assert!(state.is_due(EVERY * 2));
    }
}
