//! Training threads as a test drives them: told something, then waited for.

use fnexplore::run::{RunId, Snapshot};
use fnexplore::train::{Command, Trainer, Wake};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// No test is let go on for longer; none of them comes near it.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// The training threads, what they say, and the newest that was seen of each run.
pub struct Threads {
    pub trainer: Trainer,
    woken: Receiver<()>,
    newest: BTreeMap<u32, Arc<Snapshot>>,
}

impl Threads {
    pub fn new(threads: usize) -> Self {
        let (wake, woken) = channel();
        let wake: Wake = Arc::new(move || {
            // Nobody listens any more once the test is over.
            let _ = wake.send(());
        });
        Self { trainer: Trainer::new(threads, &wake), woken, newest: BTreeMap::new() }
    }

    /// Until the newest snapshot of a run is as wanted.
    pub fn wait(&mut self, id: u32, wanted: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let began = Instant::now();
        loop {
            if let Some(snapshot) = self.trainer.take(RunId(id)) {
                self.newest.insert(id, snapshot);
            }
            if let Some(snapshot) = self.newest.get(&id).filter(|snapshot| wanted(snapshot)) {
                return snapshot.clone();
            }
            assert!(began.elapsed() < DEADLINE, "run {id} never came to what was waited for");
            let _ = self.woken.recv_timeout(Duration::from_millis(20));
        }
    }

    pub fn tell(&mut self, id: u32, command: Command) {
        self.trainer.tell(RunId(id), command);
    }
}
