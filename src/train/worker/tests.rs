//! A worker under a clock of the test's own: every look at it takes a millisecond, and nothing else takes any time.

use super::*;
use crate::learn::Rule;
use crate::preset;
use crate::run::Snapshot;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Steps of one turn: a look at the clock every 8 steps, each a millisecond later, until 4 are over.
const A_TURN: u64 = 32;

struct Bench {
    worker: Worker,
    events: Receiver<Event>,
    wakes: Arc<AtomicUsize>,
}

impl Bench {
    fn new(events: usize) -> Self {
        let wakes = Arc::new(AtomicUsize::new(0));
        let count = wakes.clone();
        let (worker, events) = worker(
            events,
            Arc::new(move || {
                count.fetch_add(1, Ordering::SeqCst);
            }),
        );
        Self { worker, events, wakes }
    }

    /// A bench with so many runs, numbered from 0, and their slots.
    fn with_runs(runs: u32) -> (Self, Vec<Arc<Slot>>) {
        let mut bench = Self::new(64);
        let slots = (0..runs).map(|id| bench.open(id, "data.n = 12\nmodel.k = 3")).collect();
        (bench, slots)
    }

    fn open(&mut self, id: u32, text: &str) -> Arc<Slot> {
        let slot = Arc::new(Slot::default());
        self.tell(id, Command::Open(Box::new(spec(id, text)), slot.clone()));
        slot
    }

    fn tell(&mut self, id: u32, command: Command) {
        self.worker.obey(RunId(id), command);
    }

    fn said(&self) -> Vec<What> {
        self.events.try_iter().map(|event| event.what).collect()
    }

    fn step(&self, id: u32) -> u64 {
        self.worker.seats[&RunId(id)].run.as_ref().expect("a run").step()
    }
}

/// A worker whose clock goes on by a millisecond whenever it is looked at.
fn worker(events: usize, wake: Wake) -> (Worker, Receiver<Event>) {
    let (tell, events) = sync_channel(events);
    let now = AtomicU64::new(0);
    let clock = move || Duration::from_millis(now.fetch_add(1, Ordering::SeqCst));
    (Worker::new(tell, wake, Box::new(clock)), events)
}

fn spec(id: u32, text: &str) -> RunSpec {
    let preset = preset::load(&Clean::from("t.toml"), text, &|_| Err("no file".to_owned())).expect("a good preset");
    RunSpec { id: RunId(id), name: Clean::from("model"), settings: preset.settings(0), saved: None }
}

fn taken(slot: &Slot) -> Arc<Snapshot> {
    slot.take().expect("a picture")
}

fn going() -> Command {
    Command::Run { until: None }
}

#[test]
fn a_turn_lasts_four_milliseconds_and_runs_share_alike() {
    let (mut bench, _) = Bench::with_runs(3);
    bench.tell(0, going());
    bench.tell(2, going());
    for turn in 1..=25 {
        bench.worker.turn();
        assert_eq!([0, 1, 2].map(|id| bench.step(id)), [turn * A_TURN, 0, turn * A_TURN]);
    }
}

#[test]
fn a_pause_is_obeyed_before_the_next_turn() {
    let (mut bench, slots) = Bench::with_runs(1);
    bench.tell(0, going());
    bench.worker.turn();
    bench.tell(0, Command::Pause);
    let picture = taken(&slots[0]);
    assert_eq!((picture.step, picture.status.clone()), (A_TURN, Status::Paused), "the newest picture says so at once");
    bench.worker.turn();
    assert_eq!(bench.step(0), A_TURN);
    // Pausing what is paused is nothing new.
    bench.tell(0, Command::Pause);
    assert!(slots[0].take().is_none());
}

/// The whole loop: a pause sent while a turn is on its way costs that turn at the most; without a sender the loop ends.
#[test]
fn the_loop_answers_a_pause_within_one_turn_and_ends_with_its_sender() {
    type Sending = Arc<Mutex<Option<Sender<Note>>>>;
    let (tell, commands) = channel();
    let sending: Sending = Arc::new(Mutex::new(Some(tell.clone())));
    let pictures = Arc::new(AtomicUsize::new(0));
    let (count, sender) = (pictures.clone(), sending.clone());
    // The third news is the first turn's picture (after the opened run and the running one): then it is told to pause.
    let wake = move || match count.fetch_add(1, Ordering::SeqCst) {
        2 => {
            let sender = sender.lock().unwrap_or_else(PoisonError::into_inner);
            sender.as_ref().expect("still held").send(Note::Told(RunId(0), Command::Pause)).expect("the loop listens");
        }
        3 => drop(sender.lock().unwrap_or_else(PoisonError::into_inner).take()),
        _ => {}
    };
    let (mut worker, _events) = worker(8, Arc::new(wake));
    let slot = Arc::new(Slot::default());
    tell.send(Note::Told(RunId(0), Command::Open(Box::new(spec(0, "data.n = 12")), slot.clone()))).expect("a receiver");
    tell.send(Note::Told(RunId(0), going())).expect("a receiver");
    drop(tell);
    // Each of these two is published only because the one before was taken: so take them as they come.
    let taker = slot.clone();
    let seen = std::thread::spawn(move || {
        let mut last = None;
        let began = std::time::Instant::now();
        while began.elapsed() < Duration::from_secs(30) {
            if let Some(picture) = taker.take() {
                let over = picture.status == Status::Paused && picture.step > 0;
                last = Some(picture);
                if over {
                    break;
                }
            }
            std::thread::yield_now();
        }
        last
    });
    worker.work(&commands);
    let last = seen.join().expect("no panic").expect("a picture");
    assert_eq!(last.status, Status::Paused);
    assert!(pictures.load(Ordering::SeqCst) >= 4);
    let stopped = worker.seats[&RunId(0)].run.as_ref().expect("a run").step();
    assert_eq!(stopped, last.step, "not one step after the pause");
}

/// The clock of the test goes on by a millisecond a look: 5 looks a turn.
#[test]
fn a_budget_of_seconds_ends_a_run_until_it_is_told_to_go_on() {
    let mut bench = Bench::new(64);
    let slot = bench.open(0, "data.n = 12\nmodel.k = 3\nlearn.stop.seconds = 0.1");
    bench.tell(0, Command::Run { until: None });
    for _ in 0..100 {
        bench.worker.turn();
    }
    assert_eq!(taken(&slot).status, Status::Stopped(Rule::Seconds));
    assert_eq!(bench.said(), [What::Finished]);
    let ended = bench.step(0);
    assert_eq!(ended, 25 * A_TURN, "4 ms a turn, 100 in all");
    // It rests, and then it goes on regardless.
    bench.worker.turn();
    assert_eq!(bench.step(0), ended);
    bench.tell(0, Command::Run { until: None });
    for _ in 0..50 {
        bench.worker.turn();
    }
    assert_eq!((bench.step(0), taken(&slot).status.clone()), (ended + 50 * A_TURN, Status::Running));
    // A new budget counts all that was spent.
    bench.tell(0, Command::Change(Change::parse("learn.stop.seconds=0.2").unwrap()));
    bench.worker.turn();
    assert_eq!(taken(&slot).status, Status::Stopped(Rule::Seconds));
    // A run that a rule has ended goes on when it is changed: nobody has told it to wait.
    bench.tell(0, Command::Change(Change::parse("learn.stop.seconds=10").unwrap()));
    let before = bench.step(0);
    bench.worker.turn();
    assert_eq!(bench.step(0), before + A_TURN);
}

#[test]
fn so_many_steps_are_exactly_so_many() {
    let (mut bench, slots) = Bench::with_runs(1);
    for steps in [1, 7, 8, 32, 33, 100] {
        let before = bench.step(0);
        bench.tell(0, Command::Step(steps));
        for _ in 0..5 {
            bench.worker.turn();
        }
        assert_eq!(bench.step(0), before + steps);
        let picture = taken(&slots[0]);
        assert_eq!((picture.step, picture.status.clone()), (before + steps, Status::Paused));
        assert_eq!(bench.said(), [What::Finished]);
    }
    bench.tell(0, Command::Step(0));
    assert_eq!((bench.step(0), bench.said()), (181, vec![What::Finished]));
    bench.tell(0, Command::Run { until: Some(181) });
    assert_eq!((bench.step(0), bench.said()), (181, vec![What::Finished]), "there already");
    bench.tell(0, Command::Step(u64::MAX));
    bench.worker.turn();
    // The clock is looked at after every eighth step of the run, the first time here after 184.
    assert_eq!((bench.step(0), bench.said()), (208, vec![]), "more than there are numbers is as long as it takes");
}

#[test]
fn a_panic_fails_its_run_and_no_other() {
    let (mut bench, slots) = Bench::with_runs(2);
    bench.tell(0, going());
    bench.tell(1, going());
    bench.worker.guarded(RunId(0), |_, _| panic!("a hole in \u{1b}[31mthe floor"));
    let said = bench.said();
    assert!(matches!(&said[..], [What::Failed(why)] if why.contains("a hole in ·[31mthe floor")), "{said:?}");
    assert!(matches!(bench.worker.seats[&RunId(0)].status, Status::Failed(_)));
    bench.worker.turn();
    assert_eq!(bench.step(1), A_TURN, "the other goes on");
    // What is told to the broken one does nothing, until it is opened anew.
    for command in
        [going(), Command::Pause, Command::Step(3), Command::Undo, Command::Change(Change::Redraw { stage: None })]
    {
        bench.tell(0, command);
    }
    assert_eq!(bench.said(), []);
    let slot = bench.open(0, "data.n = 12");
    bench.tell(0, Command::Step(3));
    bench.worker.turn();
    assert_eq!((taken(&slot).step, slots.len()), (3, 2));
}

#[test]
fn a_run_that_cannot_be_built_says_why() {
    let mut bench = Bench::new(8);
    let mut spec = spec(0, "");
    spec.settings.model.depth = 0;
    bench.tell(0, Command::Open(Box::new(spec), Arc::default()));
    let said = bench.said();
    assert!(matches!(&said[..], [What::Failed(why)] if why.contains("depth")), "{said:?}");
    bench.tell(0, going());
    bench.worker.turn();
    bench.tell(7, going());
    bench.tell(7, Command::Close);
    assert_eq!(bench.said(), [], "a run that is not there is told in vain");
}

#[test]
fn a_full_event_channel_blocks_nothing() {
    let mut bench = Bench::new(1);
    let slot = bench.open(0, "data.n = 12\nmodel.k = 3");
    for k in 4..40 {
        bench.tell(0, Command::Change(Change::parse(&format!("model.k={k}")).expect("a change")));
    }
    bench.tell(0, Command::Step(5));
    bench.worker.turn();
    let picture = taken(&slot);
    assert_eq!((picture.step, picture.applied, picture.experiment.model.f.stages[0].k), (5, 36, 39));
    assert_eq!(bench.said().len(), 1);
}

#[test]
fn a_picture_is_made_when_the_last_was_taken_and_not_before() {
    let (mut bench, slots) = Bench::with_runs(1);
    bench.tell(0, going());
    let wakes = || bench.wakes.load(Ordering::SeqCst);
    let before = wakes();
    for _ in 0..100 {
        bench.worker.turn();
    }
    assert_eq!(wakes(), before, "nobody looks, nobody is woken");
    assert_eq!(taken(&slots[0]).step, 0);
    // Taken: the next is made within the gap between pictures, and again it is the only one.
    for _ in 0..100 {
        bench.worker.turn();
    }
    assert_eq!(wakes(), before + 1);
    let picture = taken(&slots[0]);
    assert!((100 * A_TURN..110 * A_TURN).contains(&picture.step), "{}", picture.step);
    assert!(slots[0].take().is_none());
}

/// However fast they are taken.
#[test]
fn pictures_are_at_least_fifteen_milliseconds_apart() {
    let (mut bench, slots) = Bench::with_runs(1);
    bench.tell(0, going());
    drop(taken(&slots[0]));
    let mut pictures = 0;
    for _ in 0..300 {
        bench.worker.turn();
        pictures += u32::from(slots[0].take().is_some());
    }
    // A turn takes five looks at the clock and a picture one: 300 turns last 1.6 s, in which 15 ms go 106 times.
    assert!((75..=107).contains(&pictures), "{pictures}");
}

/// Here one takes 40 ms: at most a fifth of the time goes into pictures.
#[test]
fn pictures_that_take_long_are_fewer() {
    let (tell, _events) = sync_channel(8);
    let time = Arc::new(AtomicU64::new(0));
    let (drawn, clock) = (time.clone(), time.clone());
    // A worker wakes whoever looks when a picture is made.
    let wake: Wake = Arc::new(move || {
        drawn.fetch_add(40, Ordering::SeqCst);
    });
    let now = Box::new(move || Duration::from_millis(clock.fetch_add(1, Ordering::SeqCst)));
    let mut bench = Bench { worker: Worker::new(tell, wake, now), events: sync_channel(1).1, wakes: Arc::default() };
    let slot = bench.open(0, "data.n = 12\nmodel.k = 3");
    bench.tell(0, going());
    drop(taken(&slot));
    let (began, mut pictures) = (time.load(Ordering::SeqCst), 0);
    for _ in 0..300 {
        bench.worker.turn();
        pictures += u64::from(slot.take().is_some());
    }
    let whole = time.load(Ordering::SeqCst) - began;
    let percent = 100 * 40 * pictures / whole;
    assert!((15..=20).contains(&percent), "{pictures} pictures of 40 ms in {whole} ms");
}

#[test]
fn a_divergence_is_told_once_and_shown_whatever_was_taken() {
    let mut bench = Bench::new(8);
    let slot = bench.open(0, "data.target = \"x^3\"\ndata.n = 40\nlearn.method = \"sgd\"\nlearn.rate = 1000");
    bench.tell(0, going());
    for _ in 0..100 {
        bench.worker.turn();
    }
    assert_eq!(bench.said(), [What::Diverged]);
    assert!(matches!(taken(&slot).status, Status::Diverged { .. }));
    bench.tell(0, going());
    bench.worker.turn();
    assert!(slot.take().is_none(), "it cannot go on");
    bench.tell(0, Command::Change(Change::Redraw { stage: None }));
    bench.tell(0, Command::Change(Change::parse("learn.rate=1e-6").expect("a change")));
    bench.tell(0, Command::Step(10));
    bench.worker.turn();
    let picture = taken(&slot);
    assert_eq!(picture.status, Status::Paused);
}

#[test]
fn a_closed_run_is_gone() {
    let (mut bench, slots) = Bench::with_runs(2);
    bench.tell(0, going());
    bench.tell(0, Command::Close);
    bench.worker.turn();
    assert!(!bench.worker.seats.contains_key(&RunId(0)) && bench.worker.seats.contains_key(&RunId(1)));
    assert_eq!(taken(&slots[0]).step, 0);
    assert!(slots[0].take().is_none());
}

/// What is known at once is done after one turn; a change makes it anew, and nothing is asked of the thread in between.
#[test]
fn a_posterior_that_is_found_is_done_until_something_changes() {
    let mut bench = Bench::new(64);
    let text = "data.n = 12\nmodel.depth = 1\nmodel.k = 2\nlearn.method = \"exact\"";
    let slot = bench.open(0, text);
    bench.tell(0, going());
    assert!(!bench.worker.turn(), "nothing is left to do");
    let done = taken(&slot);
    assert_eq!((&done.status, bench.said().last()), (&Status::Finished, Some(&What::Finished)));
    let path = crate::preset::Path::full("prior.tau").expect("a setting");
    bench.tell(0, Command::Change(Change::Set(path, crate::preset::Value::Real(2.0))));
    assert!(bench.worker.seats[&RunId(0)].status.is_going());
    bench.worker.turn();
    let again = taken(&slot);
    assert_eq!(again.status, Status::Finished);
    assert_ne!(again.belief, done.belief);
}

/// Chains have the thread for a turn of four milliseconds like any run: a look at the clock after every draw.
#[test]
fn chains_share_a_thread_with_other_runs() {
    let mut bench = Bench::new(64);
    let nuts = "data.n = 12\nmodel.depth = 1\nmodel.k = 2\nmodel.sigma = \"tanh\"\n\
                learn = { method = \"nuts\", chains = 2, draws = 30, warmup = 30 }";
    let slots = [bench.open(0, nuts), bench.open(1, "data.n = 12\nmodel.k = 3")];
    bench.tell(0, going());
    bench.tell(1, going());
    bench.worker.turn();
    let after = [bench.step(0), bench.step(1)];
    assert!((1..=4).contains(&after[0]) && after[1] == A_TURN, "{after:?}");
    bench.tell(0, Command::Pause);
    bench.worker.turn();
    assert_eq!((bench.step(0), bench.step(1)), (after[0], 2 * A_TURN));
    bench.tell(0, going());
    for _ in 0..200 {
        bench.worker.turn();
    }
    let done = taken(&slots[0]);
    assert_eq!((done.status.clone(), done.step, done.whole), (Status::Finished, 120, Some(120)));
}
