//! Chains of one run on several threads: who walks which, what has been drawn, and when a draw is broken off. Knows no screen
//! and no command's meaning.
//!
//! A run lends chains to other threads; each keeps the walk and puts what is drawn where the run's own thread finds it. Which
//! thread walks a chain changes no draw.

use super::worker::Command;
use crate::bayes::Track;
use crate::function::NotFinite;
use crate::learn::{Chain, Turn, Walk};
use crate::run::{Ask, Lent, Made, Run, RunId};
use crate::text::Clean;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a draw may keep a command waiting; then it is broken off. Most draws take a thousandth of this.
const PATIENCE: Duration = Duration::from_millis(100);

/// What reaches a training thread.
#[derive(Debug)]
pub(super) enum Note {
    /// A run is told something.
    Told(RunId, Command),
    /// A chain of another thread's run is to be walked.
    Walk(Box<Task>),
    /// What a run's last snapshot lacked, or why there is none.
    Made(RunId, Result<Box<Made>, Clean>),
    /// Something shared has changed.
    Look,
    /// There is nothing more to do.
    Quit,
}

impl Note {
    /// Whether a draw on its way is broken off for it. What can wait must: a walk that was broken off walks its way again.
    fn is_urgent(&self) -> bool {
        match self {
            Self::Told(_, command) => match command {
                Command::Open(..)
                | Command::Pause
                | Command::Change(_)
                | Command::Join(_)
                | Command::Grow(_)
                | Command::Undo
                | Command::Redo
                | Command::Close => true,
                Command::Run { .. } | Command::Step(_) | Command::Fork { .. } | Command::Save => false,
            },
            Self::Quit => true,
            Self::Walk(_) | Self::Made(..) | Self::Look => false,
        }
    }
}

/// The way to one thread.
#[derive(Clone, Debug)]
pub(super) struct Line {
    tell: Sender<Note>,
    sent: Arc<AtomicU64>,
}

impl Line {
    pub fn new(tell: Sender<Note>) -> Self {
        Self { tell, sent: Arc::default() }
    }

    /// Never waits.
    pub fn send(&self, note: Note) {
        if note.is_urgent() {
            self.sent.fetch_add(1, Ordering::SeqCst);
        }
        // A thread that is gone has nothing to do.
        let _ = self.tell.send(note);
    }
}

/// A thread's patience: over when a note has been waiting too long.
pub(super) struct Patience {
    sent: Arc<AtomicU64>,
    obeyed: AtomicU64,
    /// When a waiting note was first seen, in microseconds and one more; 0 if none waits.
    since: AtomicU64,
    now: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Patience {
    pub fn new(line: &Line, now: Arc<dyn Fn() -> Duration + Send + Sync>) -> Self {
        Self { sent: line.sent.clone(), obeyed: AtomicU64::new(0), since: AtomicU64::new(0), now }
    }

    /// A note was read.
    pub fn obeyed(&self, note: &Note) {
        if note.is_urgent() {
            self.obeyed.fetch_add(1, Ordering::SeqCst);
            self.since.store(0, Ordering::SeqCst);
        }
    }

    /// Whether a note has been waiting too long.
    pub fn is_over(&self) -> bool {
        if self.sent.load(Ordering::SeqCst) <= self.obeyed.load(Ordering::SeqCst) {
            return false;
        }
        let now = u64::try_from((self.now)().as_micros()).unwrap_or(u64::MAX - 1);
        match self.since.compare_exchange(0, now + 1, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => false,
            Err(since) => u128::from(now.saturating_sub(since - 1)) > PATIENCE.as_micros(),
        }
    }
}

/// A thread among its fellows.
pub(super) struct Crew {
    /// Its own number.
    pub own: usize,
    /// The ways to all of them, itself included.
    pub lines: Vec<Line>,
    /// When it breaks off a draw.
    pub patience: Arc<Patience>,
}

/// A chain to be walked, and where its draws go.
#[derive(Debug)]
pub(super) struct Task {
    lent: Lent,
    shared: Arc<Shared>,
}

/// What the two threads share of one chain.
#[derive(Debug, Default)]
struct Shared {
    news: Mutex<News>,
    going: AtomicBool,
    over: AtomicBool,
}

#[derive(Debug, Default)]
struct News {
    track: Option<Track>,
    bad: Option<Bad>,
}

/// Why a chain goes no further.
#[derive(Clone, Debug)]
enum Bad {
    /// A value left the numbers.
    Diverged(NotFinite),
    /// The walk broke.
    Broken(Clean),
}

impl Shared {
    fn news(&self) -> std::sync::MutexGuard<'_, News> {
        // A holder that panicked left whole values behind.
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A chain that another thread walks, as the run's own thread knows it. Dropped, the walk ends.
#[derive(Debug)]
pub(super) struct Away {
    /// Its place among the run's chains.
    place: usize,
    thread: usize,
    shared: Arc<Shared>,
}

impl Away {
    /// Hands a chain to a thread.
    fn send(lent: Lent, thread: usize, crew: &Crew) -> Self {
        let (place, shared) = (lent.place, Arc::new(Shared::default()));
        shared.going.store(true, Ordering::SeqCst);
        crew.lines[thread].send(Note::Walk(Box::new(Task { lent, shared: shared.clone() })));
        Self { place, thread, shared }
    }

    /// Lets it go on, or wait after the draw that is on its way.
    pub fn go(&self, going: bool, crew: &Crew) {
        if self.shared.going.swap(going, Ordering::SeqCst) != going && going {
            crew.lines[self.thread].send(Note::Look);
        }
    }

    /// What was drawn since, all of it again, and whether it goes no further.
    fn take(&self) -> (Option<Track>, Option<Bad>) {
        let mut news = self.shared.news();
        (news.track.take(), news.bad.clone())
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
    }
}

/// Lends chains to fellows where that was not done yet, and takes in what they have drawn; the reason, if one broke.
pub(super) fn share(
    run: &mut Run,
    away: &mut Vec<Away>,
    of: &mut Option<u64>,
    until: Option<u64>,
    crew: &Crew,
) -> Result<(), Clean> {
    if !run.is_sampling() || *of != Some(run.crew()) {
        away.clear();
    }
    if !run.is_sampling() {
        return Ok(());
    }
    if *of != Some(run.crew()) && until.is_none() {
        *of = Some(run.crew());
        let thread = |place: usize| (crew.own + place) % crew.lines.len();
        let lent = run.lend(&|place| thread(place) != crew.own);
        *away = lent
            .into_iter()
            .map(|lent| (thread(lent.place), lent))
            .map(|(to, lent)| Away::send(lent, to, crew))
            .collect();
    }
    for away in away.iter() {
        // A run that shall stop at some step is walked here alone, step by step.
        away.go(until.is_none(), crew);
        let (track, bad) = away.take();
        if let Some(track) = track {
            run.take_in(away.place, track);
        }
        match bad {
            Some(Bad::Broken(why)) => return Err(why),
            Some(Bad::Diverged(bad)) => run.broken_off(bad),
            None => {}
        }
    }
    Ok(())
}

/// A chain that is walked here for another thread's run.
pub(super) struct Walking {
    chain: Chain,
    walk: Walk,
    stop: Arc<AtomicBool>,
    shared: Arc<Shared>,
}

impl Walking {
    pub fn new(task: Task, patience: &Arc<Patience>) -> Self {
        let Task { lent, shared } = task;
        let stop: Arc<AtomicBool> = Arc::default();
        let (own, patience) = (shared.clone(), patience.clone());
        let ask = Ask(Arc::new(move || own.over.load(Ordering::Relaxed) || patience.is_over()));
        let walk = lent.walk(&ask, &stop);
        Self { chain: lent.chain, walk, stop, shared }
    }

    /// Whether nobody wants it any more, or nothing is left to do.
    pub fn is_over(&self) -> bool {
        self.shared.over.load(Ordering::SeqCst) || self.chain.is_done() || self.shared.news().bad.is_some()
    }

    /// Whether it may go on now.
    pub fn is_going(&self) -> bool {
        self.shared.going.load(Ordering::SeqCst)
    }

    /// Draws until `enough`.
    pub fn turn(&mut self, enough: &mut dyn FnMut() -> bool) {
        self.stop.store(false, Ordering::SeqCst);
        let had = self.chain.track().len();
        let turn = self.chain.advance(&mut self.walk, &mut |_| enough());
        let mut news = self.shared.news();
        if self.chain.track().len() > had {
            news.track = Some(self.chain.track().clone());
        }
        if let Turn::Diverged(bad) = turn {
            news.bad = Some(Bad::Diverged(bad));
        }
    }

    /// It broke.
    pub fn broke(&self, why: Clean) {
        self.shared.news().bad = Some(Bad::Broken(why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn patience_ends_only_when_a_note_waits_long_enough() {
        let (tell, notes) = channel();
        let line = Line::new(tell);
        let clock = Arc::new(AtomicU64::new(0));
        let at = clock.clone();
        let patience = Patience::new(&line, Arc::new(move || Duration::from_millis(at.load(Ordering::SeqCst))));
        clock.store(500, Ordering::SeqCst);
        assert!(!patience.is_over(), "nothing waits");
        line.send(Note::Told(RunId(0), Command::Pause));
        assert!(!patience.is_over(), "it has only just come");
        clock.store(590, Ordering::SeqCst);
        assert!(!patience.is_over());
        clock.store(601, Ordering::SeqCst);
        assert!(patience.is_over());
        let read = notes.recv().expect("it was sent");
        // Saving the session, as it is done every few seconds, breaks nothing off.
        line.send(Note::Told(RunId(0), Command::Save));
        patience.obeyed(&read);
        assert!(!patience.is_over());
        // The next one has all the patience again.
        line.send(Note::Told(RunId(0), Command::Pause));
        assert!(!patience.is_over());
        clock.store(690, Ordering::SeqCst);
        assert!(!patience.is_over());
        clock.store(703, Ordering::SeqCst);
        assert!(patience.is_over());
    }
}
