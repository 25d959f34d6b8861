//! One training thread: its runs in turn, a few milliseconds each, between looks at its commands. Its clock is handed in.

use super::Wake;
use super::crew::{Away, Crew, Note, Walking, share};
use super::slot::Slot;
use crate::data::Csv;
use crate::preset::{Change, Settings};
use crate::run::{Ask, Due, Made, Refusal, Run, RunId, RunSpec, Saved, Snapshot, Status};
use crate::text::Clean;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::time::Duration;

/// How long a run may go before the others and the commands are looked at.
const TURN: Duration = Duration::from_millis(4);
/// Steps between two looks at the clock; reading it costs some 25 ns, a step of a small net some microseconds.
const STEPS_A_LOOK: u64 = 8;
/// Snapshots a second at the most: no one sees more pictures.
const PICTURE: Duration = Duration::from_millis(15);
/// Times as long as a snapshot took, the next waits: a large model's pictures cost learning a fifth of its time at the most.
const REST: u32 = 4;
/// The time constant of the shown rate.
const RATE: Duration = Duration::from_millis(500);

/// How long a thread sleeps whose runs wait for chains that others walk.
const NAP: Duration = Duration::from_millis(2);

/// What a run can be told.
#[derive(Debug)]
pub enum Command {
    /// Build this run (paused), in place of any of its id; pictures go to the slot.
    Open(Box<RunSpec>, Arc<Slot>),
    /// Learn; up to that step if there is one.
    Run {
        /// Where to stop by itself.
        until: Option<u64>,
    },
    /// Wait.
    Pause,
    /// That many steps, then wait.
    Step(u64),
    /// Make a change.
    Change(Change),
    /// Make a change as a part of the last one.
    Join(Change),
    /// More rows of the table have come: this is all of it now.
    Grow(Csv),
    /// Begin as a copy of another run on the same thread, whatever it is doing; pictures go to the slot.
    Fork {
        /// Which run is copied.
        from: RunId,
        /// The copy's name.
        name: Clean,
        /// What is written down for the copy.
        settings: Box<Settings>,
        /// Where its pictures go.
        slot: Arc<Slot>,
    },
    /// Take back the last change.
    Undo,
    /// Make the last undone change again.
    Redo,
    /// Say how far it has come, for a file.
    Save,
    /// Forget the run.
    Close,
}

/// What happened to a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Which.
    pub id: RunId,
    /// What.
    pub what: What,
}

/// What can happen to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A change was made; the sentence says what was kept or lost, if there is anything to say.
    Applied(Clean),
    /// A change was not made: why.
    Refused(Clean),
    /// As far as it has come.
    Saved(Arc<Saved>),
    /// All steps are done.
    Finished,
    /// A value left the numbers.
    Diverged,
    /// The run could not be built or broke: why.
    Failed(Clean),
}

/// A run on its thread.
struct Seat {
    run: Option<Run>,
    spec: RunSpec,
    slot: Arc<Slot>,
    status: Status,
    until: Option<u64>,
    /// What it is then.
    then: Status,
    /// Divergence or a stop rule ended it, and nobody has told it to wait: a change that mends it lets it go on.
    cut_short: bool,
    /// What the slot was last given, so that nothing new is nothing said.
    shown: Option<(u64, u64, Status)>,
    changes: u64,
    next_picture: Duration,
    /// Whether a summary that was due is being made.
    summing: bool,
    rate: Rate,
    /// Time spent on learning.
    spent: Duration,
    /// Chains that other threads walk, and of which of the run's learners they are.
    away: Vec<Away>,
    away_of: Option<u64>,
    /// When its last turn ended, while it draws: others draw for it in the meantime.
    last: Option<Duration>,
}

/// Steps per second, smoothed.
#[derive(Default)]
struct Rate {
    value: f64,
}

impl Rate {
    fn add(&mut self, steps: u64, took: Duration) {
        let seconds = took.as_secs_f64();
        if seconds > 0.0 {
            #[expect(clippy::cast_precision_loss, reason = "steps of one turn")]
            let now = steps as f64 / seconds;
            let share = if self.value > 0.0 { 1.0 - (-seconds / RATE.as_secs_f64()).exp() } else { 1.0 };
            self.value += share * (now - self.value);
        }
    }
}

/// One training thread's state.
pub(super) struct Worker {
    seats: BTreeMap<RunId, Seat>,
    events: SyncSender<Event>,
    wake: Wake,
    now: Box<dyn FnMut() -> Duration + Send>,
    /// Its fellows; none in a test of one worker.
    crew: Option<Crew>,
    /// Chains that are walked here for other threads' runs.
    walking: Vec<Walking>,
}

impl Worker {
    pub fn new(events: SyncSender<Event>, wake: Wake, now: Box<dyn FnMut() -> Duration + Send>) -> Self {
        Self { seats: BTreeMap::new(), events, wake, now, crew: None, walking: Vec::new() }
    }

    /// With fellows that chains can be lent to.
    pub fn among(self, crew: Crew) -> Self {
        Self { crew: Some(crew), ..self }
    }

    /// Until it is told to quit or nobody is left to tell it: obey, then let every running run have its turn; wait when none
    /// runs.
    pub fn work(&mut self, notes: &Receiver<Note>) {
        let mut busy = true;
        loop {
            if !busy {
                let waits = self.seats.values().any(|seat| seat.status.is_going());
                let note = if waits { notes.recv_timeout(NAP) } else { notes.recv().map_err(RecvTimeoutError::from) };
                match note.map(|note| self.read(note)) {
                    Ok(true) | Err(RecvTimeoutError::Timeout) => {}
                    Ok(false) | Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            loop {
                match notes.try_recv().map(|note| self.read(note)) {
                    Ok(true) => {}
                    Err(TryRecvError::Empty) => break,
                    Ok(false) | Err(TryRecvError::Disconnected) => return,
                }
            }
            busy = self.turn();
        }
    }

    /// Does what a note says; false if that is to quit.
    fn read(&mut self, note: Note) -> bool {
        if let Some(crew) = &self.crew {
            crew.patience.obeyed(&note);
        }
        match note {
            Note::Told(id, command) => self.obey(id, command),
            Note::Walk(task) => {
                if let Some(crew) = &self.crew {
                    self.walking.push(Walking::new(*task, &crew.patience));
                }
            }
            Note::Made(id, made) => self.guarded(id, |worker, id| worker.take_in(id, made)),
            Note::Look => {}
            Note::Quit => return false,
        }
        true
    }

    /// One turn of every run that is going, and of every chain that is walked for others: whether there was anything to do.
    pub fn turn(&mut self) -> bool {
        let ids: Vec<RunId> = self.seats.keys().copied().collect();
        for id in ids {
            self.guarded(id, Self::advance);
        }
        let own = self.seats.values().any(|seat| {
            let waits = seat.run.as_ref().is_some_and(Run::is_waiting);
            seat.status.is_going() && !waits
        });
        self.walk() || own
    }

    /// A turn of every chain that is walked here for another thread's run: whether there was any.
    fn walk(&mut self) -> bool {
        let mut walked = false;
        for walking in self.walking.iter_mut().filter(|walking| walking.is_going() && !walking.is_over()) {
            walked = true;
            let now = &mut self.now;
            let began = now();
            let outcome = catch_unwind(AssertUnwindSafe(|| walking.turn(&mut || now().saturating_sub(began) >= TURN)));
            if let Err(panic) = outcome {
                walking.broke(broke("a chain", &*panic));
            }
        }
        self.walking.retain(|walking| !walking.is_over());
        walked
    }

    /// Does what a run is told.
    pub fn obey(&mut self, id: RunId, command: Command) {
        match command {
            Command::Open(spec, slot) => self.open(*spec, slot),
            Command::Close => {
                self.seats.remove(&id);
            }
            Command::Run { until } => self.guarded(id, |worker, id| worker.set_going(id, until, Status::Finished)),
            Command::Step(steps) => self.guarded(id, |worker, id| {
                let run = worker.seats.get(&id).and_then(|seat| seat.run.as_ref());
                let until = run.map(|run| run.step().saturating_add(steps));
                worker.set_going(id, until, Status::Paused);
            }),
            Command::Pause => self.guarded(id, Self::pause),
            Command::Change(change) => self.guarded(id, |worker, id| worker.edit(id, |run| run.change(&change))),
            Command::Join(change) => self.guarded(id, |worker, id| worker.edit(id, |run| run.join(&change))),
            Command::Grow(csv) => self.guarded(id, |worker, id| worker.edit(id, |run| run.grow(&csv))),
            Command::Fork { from, name, settings, slot } => {
                self.fork(id, from, RunSpec { id, name, settings: *settings, saved: None }, slot);
            }
            Command::Save => self.guarded(id, |worker, id| {
                let run = worker.seats.get(&id).and_then(|seat| seat.run.as_ref());
                if let Some(saved) = run.map(Run::saved) {
                    worker.say(id, What::Saved(Arc::new(saved)));
                }
            }),
            Command::Undo => self.guarded(id, |worker, id| worker.edit(id, Run::undo)),
            Command::Redo => self.guarded(id, |worker, id| worker.edit(id, Run::redo)),
        }
    }

    fn open(&mut self, spec: RunSpec, slot: Arc<Slot>) {
        let id = spec.id;
        let seat = Seat {
            run: None,
            spec,
            slot,
            status: Status::Paused,
            until: None,
            then: Status::Finished,
            cut_short: false,
            shown: None,
            changes: 0,
            next_picture: Duration::ZERO,
            summing: false,
            rate: Rate::default(),
            spent: Duration::ZERO,
            away: Vec::new(),
            away_of: None,
            last: None,
        };
        self.seats.insert(id, seat);
        self.guarded(id, |worker, id| {
            let Some(seat) = worker.seats.get_mut(&id) else { return };
            match Run::new(seat.spec.clone()) {
                Ok(mut run) => {
                    if let Some(crew) = &worker.crew {
                        let patience = crew.patience.clone();
                        run.interrupt_by(Ask(Arc::new(move || patience.is_over())));
                    }
                    seat.run = Some(run);
                    worker.publish(id, true);
                }
                Err(Refusal(why)) => worker.fail(id, why),
            }
        });
    }

    /// A copy of `from` at the same step, doing the same.
    fn fork(&mut self, id: RunId, from: RunId, spec: RunSpec, slot: Arc<Slot>) {
        let Some(seat) = self.seats.get(&from) else { return };
        let run = seat.run.as_ref().map(|run| run.copied(&spec));
        let (status, until, rate) = (seat.status.clone(), seat.until, Rate { value: seat.rate.value });
        let fork = Seat {
            run,
            spec,
            slot,
            status,
            until,
            then: seat.then.clone(),
            cut_short: seat.cut_short,
            shown: None,
            changes: 0,
            next_picture: Duration::ZERO,
            summing: false,
            rate,
            spent: seat.spent,
            away: Vec::new(),
            away_of: None,
            last: None,
        };
        self.seats.insert(id, fork);
        self.guarded(id, |worker, id| worker.publish(id, true));
    }

    /// Up to that step, and what it is then.
    fn set_going(&mut self, id: RunId, until: Option<u64>, then: Status) {
        if let Some(seat) = self.seats.get_mut(&id)
            && let Some(run) = seat.run.as_mut().filter(|run| !run.has_diverged())
        {
            run.go_on();
            (seat.status, seat.until, seat.then, seat.cut_short) = (Status::Running, until, then, false);
            if until.is_some_and(|until| seat.run.as_ref().is_some_and(|run| run.step() >= until)) {
                seat.status = seat.then.clone();
                self.say(id, What::Finished);
            }
            self.publish(id, true);
        }
    }

    fn pause(&mut self, id: RunId) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        seat.cut_short = false;
        if let Some(crew) = &self.crew {
            seat.away.iter().for_each(|away| away.go(false, crew));
        }
        if seat.status.is_going() {
            seat.status = Status::Paused;
            self.publish(id, true);
        }
    }

    /// A change to the run, told in an event whatever came of it.
    fn edit(&mut self, id: RunId, edit: impl FnOnce(&mut Run) -> Result<String, Refusal>) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let Some(run) = seat.run.as_mut() else { return };
        let what = match edit(run) {
            Ok(sentence) => What::Applied(Clean::new(&sentence, 360)),
            Err(Refusal(why)) => What::Refused(why),
        };
        if std::mem::take(&mut seat.cut_short) {
            let mended = !run.has_diverged();
            (seat.cut_short, seat.status) = if mended { (false, Status::Running) } else { (true, Status::Paused) };
        } else if seat.status == Status::Finished && !run.is_settled() && run.stopped().is_none() {
            // What was done is another thing now, and waits.
            seat.status = Status::Paused;
        }
        seat.changes += 1;
        self.publish(id, true);
        self.say(id, what);
    }

    /// Some milliseconds of learning.
    fn advance(&mut self, id: RunId) {
        let now = &mut self.now;
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let Some(run) = seat.run.as_mut() else { return };
        if !seat.status.is_going() {
            return;
        }
        let (began, first) = (now(), run.step());
        let mut ended = began;
        if let Some(Err(why)) =
            self.crew.as_ref().map(|crew| share(run, &mut seat.away, &mut seat.away_of, seat.until, crew))
        {
            return self.fail(id, why);
        }
        let draws = run.is_sampling();
        run.advance(&mut |step| {
            if seat.until.is_some_and(|until| step >= until) {
                ended = now();
                return true;
            }
            // A draw may take a thousand steps' time.
            if !draws && !step.is_multiple_of(STEPS_A_LOOK) {
                return false;
            }
            ended = now();
            ended.saturating_sub(began) >= TURN
        });
        if draws {
            ended = now();
        }
        let since = seat.last.take().filter(|_| draws).unwrap_or(began);
        seat.rate.add(run.step().saturating_sub(first), ended.saturating_sub(since));
        seat.last = draws.then_some(ended);
        seat.spent += ended.saturating_sub(began);
        let done = seat.until.is_some_and(|until| run.step() >= until);
        if !done {
            run.spent(seat.spent.as_secs_f64());
        }
        let end = if run.has_diverged() {
            (seat.status, seat.cut_short) = (Status::Paused, true);
            Some(What::Diverged)
        } else if run.stopped().is_some() || run.is_settled() {
            (seat.status, seat.cut_short) = (Status::Finished, true);
            Some(What::Finished)
        } else if done {
            seat.status = seat.then.clone();
            Some(What::Finished)
        } else {
            None
        };
        let due = end.is_some() || ended >= seat.next_picture;
        if due {
            self.publish(id, end.is_some());
            let shown = (self.now)();
            if let Some(seat) = self.seats.get_mut(&id) {
                seat.next_picture = (ended + PICTURE).max(shown + REST * shown.saturating_sub(ended));
            }
        }
        if let Some(what) = end {
            self.say(id, what);
        }
    }

    /// Builds a snapshot if somebody took the last one, or if this one must be seen.
    fn publish(&mut self, id: RunId, must: bool) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let Some(run) = seat.run.as_mut() else { return };
        if !(must || seat.slot.is_empty()) {
            return;
        }
        let state = (run.step(), seat.changes, seat.status.clone());
        if seat.shown.as_ref() == Some(&state) {
            return;
        }
        let shown = Arc::new(run.snapshot(seat.status.clone(), seat.rate.value));
        seat.slot.put(shown.clone());
        seat.shown = Some(state);
        (self.wake)();
        if !seat.summing {
            self.sum_up(id, &shown);
        }
    }

    /// Has the summary made that a snapshot was too early for: by a thread of its own, so that pictures go on.
    fn sum_up(&mut self, id: RunId, shown: &Arc<Snapshot>) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let Some(due) = seat.run.as_ref().and_then(|run| run.due(shown)) else { return };
        let Some(crew) = &self.crew else { return self.take_in(id, Ok(Box::new(due.make()))) };
        let line = crew.lines[crew.own].clone();
        let body = move || line.send(Note::Made(id, made(due)));
        // A system that has no thread to spare now may have one for the next picture.
        seat.summing = std::thread::Builder::new().name("sum".to_owned()).spawn(body).is_ok();
    }

    /// Takes in a summary that was due, and shows it.
    fn take_in(&mut self, id: RunId, made: Result<Box<Made>, Clean>) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        seat.summing = false;
        let Some(run) = seat.run.as_mut() else { return };
        match made.map(|made| run.made(*made)) {
            Ok(true) => {
                seat.shown = None;
                self.publish(id, true);
            }
            Ok(false) => {}
            Err(why) => self.fail(id, why),
        }
    }

    /// Never waits: with 256 events unread nobody is reading, and the snapshot says the same.
    fn say(&self, id: RunId, what: What) {
        let _ = self.events.try_send(Event { id, what });
        (self.wake)();
    }

    /// Does something with one run; a panic in it fails that run only.
    fn guarded(&mut self, id: RunId, act: impl FnOnce(&mut Self, RunId)) {
        let outcome = catch_unwind(AssertUnwindSafe(|| act(self, id)));
        if let Err(panic) = outcome {
            self.fail(id, broke("the run", &*panic));
        }
    }

    fn fail(&mut self, id: RunId, why: Clean) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        seat.run = None;
        seat.status = Status::Failed(why.clone());
        self.say(id, What::Failed(why));
    }
}

/// Makes a summary; a panic is a sentence.
fn made(due: Due) -> Result<Box<Made>, Clean> {
    catch_unwind(AssertUnwindSafe(|| Box::new(due.make()))).map_err(|panic| broke("a summary", &*panic))
}

/// That something broke, and what the panic said.
fn broke(what: &str, panic: &(dyn Any + Send)) -> Clean {
    Clean::new(&format!("{what} broke: {}", message(panic)), 360)
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
}

#[cfg(test)]
mod tests;
