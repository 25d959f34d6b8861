//! The background threads: they own the runs, obey commands and publish snapshots. A summary of many draws has one of its own
//! while it is made.
//!
//! Commands travel over channels and are never dropped; events (started, applied, failed) over a bounded channel;
//! pictures through one slot a run, where the newest wins, so that a slow reader costs training nothing.

mod crew;
mod slot;
mod worker;

pub use worker::{Command, Event, What};

use crate::run::{RunId, Snapshot};
use crew::{Crew, Line, Note, Patience};
use slot::Slot;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use worker::Worker;

/// Events waiting to be read; more than a person could cause between two frames.
const EVENTS: usize = 256;

/// Called by a worker when there is something new to look at.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The training threads, and the only way to speak to them.
pub struct Trainer {
    workers: Vec<Hand>,
    seats: BTreeMap<RunId, Seat>,
    events: Receiver<Event>,
    /// Held so that a receiver without workers is not a closed one.
    _events: SyncSender<Event>,
}

/// Where a run is, and where its pictures are.
struct Seat {
    worker: usize,
    slot: Arc<Slot>,
}

/// One thread and the way to tell it something.
struct Hand {
    line: Line,
    thread: JoinHandle<()>,
}

impl Trainer {
    /// Starts `threads` workers (at least one, at most the cores); `wake` is called when a snapshot or an event is new.
    ///
    /// # Panics
    /// When the system refuses to start a thread.
    #[must_use]
    pub fn new(threads: usize, wake: &Wake) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (tell_event, events) = sync_channel(EVENTS);
        let started = Instant::now();
        let ways: Vec<_> = (0..threads.clamp(1, cores)).map(|_| channel()).collect();
        let lines: Vec<Line> = ways.iter().map(|(tell, _)| Line::new(tell.clone())).collect();
        let workers = ways.into_iter().enumerate().map(|(own, (_, notes))| {
            let (tell_event, wake, lines) = (tell_event.clone(), wake.clone(), lines.clone());
            let clock: Arc<dyn Fn() -> Duration + Send + Sync> = Arc::new(move || started.elapsed());
            let line = lines[own].clone();
            let body = move || {
                yield_to_others();
                let patience = Arc::new(Patience::new(&lines[own], clock.clone()));
                let crew = Crew { own, lines, patience };
                Worker::new(tell_event, wake, Box::new(move || clock())).among(crew).work(&notes);
            };
            let thread = std::thread::Builder::new().name(format!("train-{own}")).spawn(body);
            Hand { line, thread: thread.expect("the system can start a thread") }
        });
        Self { workers: workers.collect(), seats: BTreeMap::new(), events, _events: tell_event }
    }

    /// Passes a command to the run's thread. Never waits.
    pub fn tell(&mut self, id: RunId, command: Command) {
        let own = id.0 as usize % self.workers.len();
        let (worker, command) = match command {
            Command::Open(spec, _) => (own, Command::Open(spec, self.seat(id, own))),
            Command::Fork { from, name, settings, slot: _ } => {
                // A run never leaves its thread, so its copy begins there.
                let worker = self.worker_of(from);
                (worker, Command::Fork { from, name, settings, slot: self.seat(id, worker) })
            }
            Command::Close => (self.seats.remove(&id).map_or(own, |seat| seat.worker), Command::Close),
            other => (self.worker_of(id), other),
        };
        self.workers[worker].line.send(Note::Told(id, command));
    }

    /// The thread a run is on, or would be opened on.
    fn worker_of(&self, id: RunId) -> usize {
        self.seats.get(&id).map_or(id.0 as usize % self.workers.len(), |seat| seat.worker)
    }

    /// The run's slot, empty.
    fn seat(&mut self, id: RunId, worker: usize) -> Arc<Slot> {
        let seat = self.seats.entry(id).or_insert_with(|| Seat { worker, slot: Arc::default() });
        seat.worker = worker;
        seat.slot.clear();
        seat.slot.clone()
    }

    /// Opens a run on its thread, replacing any run of that id.
    pub fn open(&mut self, spec: crate::run::RunSpec) {
        self.tell(spec.id, Command::Open(Box::new(spec), Arc::default()));
    }

    /// The newest snapshot of a run, if there is one that was not taken yet.
    #[must_use]
    pub fn take(&self, id: RunId) -> Option<Arc<Snapshot>> {
        self.seats.get(&id)?.slot.take()
    }

    /// Whether a snapshot waits to be taken.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.seats.values().any(|seat| !seat.slot.is_empty())
    }

    /// The next event, if there is one.
    #[must_use]
    pub fn event(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        // All are told before any is waited for: a draw on its way costs patience once.
        self.workers.iter().for_each(|hand| hand.line.send(Note::Quit));
        for Hand { line: _, thread } in self.workers.drain(..) {
            // A worker catches its runs' panics; one of its own must not become ours while we leave.
            let _ = thread.join();
        }
    }
}

/// Training gives way to whoever types: nice +5, where the system lets a thread have its own.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(5);
}
