//! Runs, training threads and optimisers: the same bits however they are driven, changes that can be taken back, what
//! divergence and collapse are, and every update rule against its recurrence.

mod threads;

use fnexplore::bayes::{LogDensity, Parts};
use fnexplore::function::{NotFinite, Rows, through};
use fnexplore::learn::{Batch, Learner, Method, Plan, Turn};
use fnexplore::linalg::least_squares;
use fnexplore::model::{Coefficients, Group, Model};
use fnexplore::preset::{self, Change, Kind, Path, Scope, Settings, Value};
use fnexplore::run::{Health, History, Run, RunId, RunSpec, Snapshot, Status};
use fnexplore::seeds::Seeds;
use fnexplore::text::Clean;
use fnexplore::train::{Command, What};
use ndarray::Array2;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use threads::{DEADLINE, Threads};

const PLAIN: &str = "data.n = 40\nmodel.depth = 2\nmodel.k = 5";
const BATCHES: &str =
    "data.n = 40\nlearn.batch = 7\n[model]\narchitecture = \"residual\"\ndepth = 3\nk = 4\nsigma = \"tanh\"";

fn settings(text: &str) -> Settings {
    let loaded = preset::load(&Clean::from("t.toml"), text, &|_| Err("there is no such file".to_owned()));
    loaded.unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).settings(0)
}

fn spec(id: u32, text: &str) -> RunSpec {
    RunSpec { id: RunId(id), name: Clean::from("model"), settings: settings(text), saved: None }
}

fn run(text: &str) -> Run {
    Run::new(spec(0, text)).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

fn set(change: &str) -> Change {
    Change::parse(change).unwrap()
}

fn go_to(run: &mut Run, step: u64) {
    if run.step() < step {
        run.advance(&mut |now| now >= step);
    }
}

fn seen(run: &mut Run) -> Snapshot {
    run.snapshot(Status::Paused, 0.0)
}

/// Everything learned and told, to the bit: θ, then the history.
fn bits(snapshot: &Snapshot) -> (Vec<u64>, Vec<[u64; 8]>) {
    let theta = snapshot.belief.mode().theta.iter().map(|value| value.to_bits()).collect();
    (theta, history_bits(&snapshot.history))
}

fn history_bits(history: &History) -> Vec<[u64; 8]> {
    let bucket = |b: fnexplore::run::Bucket| {
        let [least, mean, greatest] = [b.least, b.mean, b.greatest].map(f64::to_bits);
        let (count, broken) = (u64::from(b.count), u64::from(b.broken));
        [b.step, least, mean, greatest, count, broken, b.test.to_bits(), b.log_posterior.to_bits()]
    };
    history.buckets().map(bucket).collect()
}

/// f on a grid, in standardised coordinates.
fn curve(f: &Coefficients) -> Vec<f64> {
    let x = Array2::from_shape_fn((61, 1), |(i, _)| -3.0 + 0.1 * f64::from(u32::try_from(i).expect("small")));
    through(f, x.view()).f.into_iter().collect()
}

fn largest_difference(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}

// Determinism.

#[test]
fn how_the_steps_are_asked_for_changes_no_bit() {
    for text in [PLAIN, BATCHES] {
        let mut at_once = run(text);
        go_to(&mut at_once, 700);
        let mut by_one = run(text);
        (0..700).for_each(|_| by_one.advance(&mut |_| true));
        let mut in_spans = run(text);
        for span in (1..).map(|turn| 1 + turn * turn % 97) {
            let until = (in_spans.step() + span).min(700);
            go_to(&mut in_spans, until);
            // Looking must not touch anything.
            let _ = in_spans.snapshot(Status::Running, 1.0);
            if until == 700 {
                break;
            }
        }
        let expected = bits(&seen(&mut at_once));
        assert_eq!(at_once.step(), 700);
        assert_eq!(expected, bits(&seen(&mut by_one)));
        assert_eq!(expected, bits(&seen(&mut in_spans)));
        // More steps and another seed are something else: the comparison can fail.
        by_one.advance(&mut |_| true);
        assert_ne!(expected.0, bits(&seen(&mut by_one)).0);
        let mut other = run(&format!("seed = 2\n{text}"));
        go_to(&mut other, 700);
        assert_ne!(expected.0, bits(&seen(&mut other)).0);
    }
}

impl Threads {
    fn finished(&mut self, id: u32, step: u64) -> Arc<Snapshot> {
        self.wait(id, |snapshot| !snapshot.status.is_going() && snapshot.step == step)
    }
}

#[test]
fn threads_and_pauses_change_no_bit() {
    const STEPS: u64 = 6000;
    let texts = [PLAIN, BATCHES, "data.n = 30\nmodel.depth = 1"];
    let expected: Vec<_> = texts
        .iter()
        .map(|text| {
            let mut run = run(text);
            go_to(&mut run, STEPS);
            bits(&seen(&mut run))
        })
        .collect();
    for threads in [1, 2] {
        let mut threads = Threads::new(threads);
        for (id, text) in (0..).zip(texts) {
            threads.trainer.open(spec(id, text));
            threads.tell(id, Command::Step(137));
        }
        let mut steps: Vec<u64> = (0..3).map(|id| threads.finished(id, 137).step).collect();
        for _ in 0..3 {
            (0..3).for_each(|id| threads.tell(id, Command::Run { until: Some(STEPS) }));
            for (id, before) in (0..).zip(&steps) {
                threads.wait(id, |run| run.step > *before || run.step == STEPS);
            }
            (0..3).for_each(|id| threads.tell(id, Command::Pause));
            steps = (0..3).map(|id| threads.wait(id, |run| !run.status.is_going()).step).collect();
        }
        (0..3).for_each(|id| threads.tell(id, Command::Run { until: Some(STEPS) }));
        for (id, expected) in (0..).zip(&expected) {
            assert_eq!(*expected, bits(&threads.finished(id, STEPS)), "run {id}");
        }
    }
}

#[test]
fn what_a_thread_refuses_it_says_and_goes_on() {
    let mut threads = Threads::new(1);
    threads.trainer.open(spec(0, PLAIN));
    threads.tell(0, Command::Undo);
    threads.tell(0, Command::Change(set("model.k=6")));
    threads.tell(0, Command::Undo);
    threads.tell(0, Command::Step(3));
    threads.finished(0, 3);
    // The end is shown before it is said.
    let (began, mut said) = (Instant::now(), Vec::new());
    while said.last() != Some(&What::Finished) && began.elapsed() < DEADLINE {
        said.extend(threads.trainer.event().map(|event| event.what));
    }
    assert!(
        matches!(&said[..], [What::Refused(why), What::Applied(_), What::Applied(_), What::Finished]
        if why.as_str() == "nothing to undo"),
        "{said:?}"
    );
}

// Changes and their undoing.

#[test]
fn a_live_setting_is_set_and_undone_by_its_inverse_while_learning_goes_on() {
    let mut run = run(PLAIN);
    go_to(&mut run, 50);
    let before = seen(&mut run);
    run.change(&set("learn.rate=0.003")).unwrap();
    let changed = seen(&mut run);
    assert_eq!(changed.experiment.learn.rate.to_bits(), 0.003_f64.to_bits());
    assert_eq!(bits(&before).0, bits(&changed).0, "nothing is learned or lost by the change itself");
    go_to(&mut run, 80);
    run.undo().unwrap();
    let undone = seen(&mut run);
    assert_eq!(undone.experiment, before.experiment);
    assert_eq!(
        (undone.step, undone.marks.iter().map(|mark| mark.step).collect::<Vec<_>>(), undone.applied),
        (80, vec![50, 80], 2)
    );
    assert_ne!(bits(&undone).0, bits(&before).0, "what was learned meanwhile stays");
    go_to(&mut run, 120);
    assert_eq!(seen(&mut run).step, 120);
    run.redo().unwrap();
    assert_eq!(seen(&mut run).experiment, changed.experiment);
}

#[test]
fn a_greater_k_keeps_f_and_a_smaller_one_drops_elements() {
    for text in [PLAIN, BATCHES] {
        let mut run = run(text);
        go_to(&mut run, 300);
        let now = |run: &mut Run| seen(run).belief.mode();
        let before = now(&mut run);
        run.change(&set("model.k=11")).unwrap();
        let grown = now(&mut run);
        assert!(grown.model.f.stages.iter().all(|stage| stage.k == 11));
        assert!(largest_difference(&curve(&before), &curve(&grown)) < 1e-12);
        go_to(&mut run, 400);
        let before_that = now(&mut run);
        run.change(&set("model.k=3")).unwrap();
        let shrunk = now(&mut run);
        assert!(shrunk.model.f.stages.iter().all(|stage| stage.k == 3));
        assert!(curve(&shrunk).iter().all(|value| value.is_finite()));
        go_to(&mut run, 450);
        run.undo().unwrap();
        assert_eq!((seen(&mut run).step, now(&mut run)), (400, before_that), "undo gives back what was dropped");
        // The eleven are dropped to what they were: that is said.
        assert!(run.undo().unwrap().contains("elements are dropped"));
        assert_eq!(now(&mut run).model, before.model);
        go_to(&mut run, 500);
        assert!(seen(&mut run).loss.is_finite());
    }
}

/// Clipped, every gradient would be told as small as the clip, however steep the slope is.
#[test]
fn the_gradient_that_is_told_is_not_clipped() {
    let gradients = |clip: &str| {
        let mut run = run(&format!("{PLAIN}\n{clip}"));
        go_to(&mut run, 1);
        seen(&mut run).health.stages.iter().map(|stage| stage.gradient).collect::<Vec<_>>()
    };
    let (free, clipped) = (gradients(""), gradients("learn.clip = 0.001"));
    for (free, clipped) in free.iter().zip(&clipped) {
        assert!(*free > 0.01 && (free - clipped).abs() < 1e-12 * free, "{clipped} of {free}");
    }
}

/// Moments that began anew would leap: from 0.0164 to 0.0946 in one step, and the change of K would be blamed for it.
#[test]
fn what_keeps_f_keeps_the_next_step() {
    for change in ["model.k=11", "prior.tau=1.001"] {
        let mut run = run(PLAIN);
        go_to(&mut run, 3000);
        let before = seen(&mut run).loss;
        run.change(&set(change)).unwrap();
        for step in 3001..3010 {
            go_to(&mut run, step);
            let loss = seen(&mut run).loss;
            assert!(loss < 1.2 * before, "{change}: {before} became {loss} at step {step}");
        }
    }
}

#[test]
fn undoing_a_redraw_goes_back_to_the_bit_as_if_it_had_never_been() {
    for text in [PLAIN, BATCHES] {
        let mut undisturbed = run(text);
        go_to(&mut undisturbed, 200);
        let mut run = run(text);
        go_to(&mut run, 100);
        let before = seen(&mut run);
        run.change(&Change::Redraw { stage: Some(2) }).unwrap();
        let redrawn = seen(&mut run);
        let mode = redrawn.belief.mode();
        let second = mode.layout().stage(mode.model.f.position(2).expect("a stage"));
        for (at, (new, old)) in mode.theta.iter().zip(before.belief.mode().theta.iter()).enumerate() {
            // A zero that was drawn as zero stays: d starts at 0.
            assert!(second.contains(&at) || new.to_bits() == old.to_bits(), "only f2 is drawn anew");
        }
        assert_ne!(bits(&redrawn).0, bits(&before).0);
        go_to(&mut run, 130);
        run.undo().unwrap();
        assert_eq!((run.step(), bits(&seen(&mut run))), (100, bits(&before)));
        run.redo().unwrap();
        assert_eq!(bits(&seen(&mut run)).0, bits(&redrawn).0, "the same draw again");
        run.undo().unwrap();
        go_to(&mut run, 200);
        assert_eq!(bits(&seen(&mut run)), bits(&seen(&mut undisturbed)));
    }
}

#[test]
fn redraws_go_on_drawing_and_all_can_be_taken_back() {
    let mut run = run(PLAIN);
    let mut thetas = vec![bits(&seen(&mut run)).0];
    for _ in 0..5 {
        run.change(&Change::Redraw { stage: None }).unwrap();
        thetas.push(bits(&seen(&mut run)).0);
    }
    assert_eq!(thetas.iter().collect::<BTreeSet<_>>().len(), 6, "six draws, all different");
    for theta in thetas.iter().rev().skip(1) {
        run.undo().unwrap();
        assert_eq!(*theta, bits(&seen(&mut run)).0);
    }
}

/// The states before edits of θ are kept for a while only; settings are undone past them all the same.
#[test]
fn settings_are_undone_even_past_draws_that_are_no_longer_kept() {
    let mut run = run(PLAIN);
    let opened = seen(&mut run).experiment;
    run.change(&set("model.k=7")).unwrap();
    for _ in 0..100 {
        run.change(&Change::Redraw { stage: None }).unwrap();
    }
    for _ in 0..101 {
        run.undo().unwrap();
    }
    assert_eq!(seen(&mut run).experiment, opened);
    assert!(run.undo().is_err());
}

#[test]
fn there_is_nothing_to_undo_or_redo_at_first_and_after_something_new() {
    let mut run = run(PLAIN);
    assert_eq!(run.undo().unwrap_err().0.as_str(), "nothing to undo");
    assert_eq!(run.redo().unwrap_err().0.as_str(), "nothing to redo");
    run.change(&set("model.k=6")).unwrap();
    run.undo().unwrap();
    assert!(run.undo().is_err());
    run.change(&set("learn.rate=0.02")).unwrap();
    assert!(run.redo().is_err(), "a new change forgets what was undone");
}

#[test]
fn a_refused_change_changes_nothing() {
    let mut run = run(PLAIN);
    go_to(&mut run, 20);
    let before = seen(&mut run);
    let path = |name: &str| Path::full(name).unwrap();
    let wrong = [
        Change::Set(path("model.k"), Value::Int(0)),
        Change::Set(path("learn.rate"), Value::Real(f64::NAN)),
        Change::Set(path("data.target"), Value::Text(Clean::from("1/x0"))),
        Change::Set(path("data.csv"), Value::Text(Clean::from("secret.csv"))),
        Change::Redraw { stage: Some(9) },
    ];
    for change in &wrong {
        let why = run.change(change).unwrap_err().0;
        assert!(!why.is_empty(), "{change}");
        let after = seen(&mut run);
        assert_eq!(
            (bits(&after), &after.experiment, after.applied),
            (bits(&before), &before.experiment, 0),
            "{change}"
        );
    }
    // Whoever asked for them counts them: they are taken back one by one, without effect.
    for _ in wrong {
        run.undo().unwrap();
    }
    assert!(run.undo().is_err());
    assert_eq!(bits(&seen(&mut run)), bits(&before));
    run.advance(&mut |_| true);
    assert_eq!(run.step(), 21);
}

/// Every setting that one preset has, each with values it can take there.
fn any_change() -> impl Strategy<Value = Change> {
    let rows: Vec<&'static preset::Row> = preset::rows()
        // Rows, depth and K are kept small below; words and starting values have no effect on a run.
        .filter(|row| !matches!(row.kind, Kind::Matrix | Kind::Vector | Kind::Text(_) | Kind::Prose(_) | Kind::Names))
        .collect();
    let stage = prop_oneof![2 => Just(None), 1 => (1_usize..4).prop_map(Some)];
    let setting = (prop::sample::select(rows), stage, -6_i32..7, any::<bool>()).prop_filter_map(
        "a row has no such place",
        |(row, stage, by, clear)| {
            let path = match row.scope {
                Scope::Whole => Path::of(row, None),
                Scope::StageOnly => Path::of(row, Some(stage.unwrap_or(1))),
                Scope::PerStage | Scope::PerGroup => Path::of(row, stage),
            }?;
            if clear {
                return Some(Change::Clear(path));
            }
            Some(Change::Set(path, example(row, &path, by)?))
        },
    );
    let redraw = prop::option::of(1_usize..5).prop_map(|stage| Change::Redraw { stage });
    prop_oneof![8 => setting, 1 => redraw]
}

/// A small value of that row, some nudges from where the defaults are.
fn example(row: &preset::Row, path: &Path, by: i32) -> Option<Value> {
    Some(match (row.key, row.kind) {
        ("model.depth", _) => Value::Int(i64::from(by.rem_euclid(4)) + 1),
        ("model.k" | "model.width", _) => Value::Int(i64::from(by.rem_euclid(7)) + 1),
        ("data.n", _) => Value::Int(10 + i64::from(by.abs())),
        ("learn.batch", _) if by > 0 => Value::Int(by.into()),
        ("data.target", _) => Value::Text(Clean::from(["x^2", "none", "cos(x)", "circle"][by.rem_euclid(4) as usize])),
        ("data.range", _) => Value::List(vec![Value::Real(-2.0), Value::Real(1.0 + f64::from(by.abs()))]),
        (_, Kind::Several(_)) => row.kind.parse(["a", "b, c", "a, b, c, d"][by.rem_euclid(3) as usize]).ok()?,
        _ => row.kind.nudge(&settings("data.n = 12\nmodel.k = 3").get(path), by),
    })
}

/// What takes the place of a table must give it back.
#[test]
fn a_target_over_a_table_is_undone_to_the_table() {
    let table = |_: &str| Ok(b"x,y\n1,2\n2,3\n3,5\n4,4\n5,9\n".to_vec());
    let loaded = preset::load(&Clean::from("t.toml"), "[data]\ncsv = \"t.csv\"\ntest = 0\n[model]\nk = 2", &table);
    let settings = loaded.unwrap_or_else(|problems| panic!("{problems:#?}")).settings(0);
    let mut run = Run::new(RunSpec { id: RunId(0), name: Clean::from("model"), settings, saved: None }).unwrap();
    let before = seen(&mut run);
    run.change(&set("data.target=x^2")).unwrap();
    assert_ne!(seen(&mut run).experiment, before.experiment);
    run.undo().unwrap();
    let after = seen(&mut run);
    assert_eq!(after.experiment, before.experiment);
    assert_eq!(after.data, before.data);
    // And the table over the target that took its place.
    run.redo().unwrap();
    let drawn = seen(&mut run);
    run.change(&set("data.csv=t.csv")).unwrap();
    run.undo().unwrap();
    assert_eq!(seen(&mut run).experiment, drawn.experiment);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever was changed, with learning in between, taking everything back leads to the experiment it began with.
    #[test]
    fn all_undone_is_as_opened(changes in prop::collection::vec(any_change(), 1..14), residual in any::<bool>()) {
        let base = if residual { "model.architecture = \"residual\"\n" } else { "" };
        let mut run = run(&format!("{base}data.n = 12\nmodel.k = 3"));
        let mut states = vec![seen(&mut run).experiment];
        let mut made = Vec::new();
        for change in &changes {
            // What is refused has its place in the order too.
            made.push(run.change(change).is_ok());
            states.push(seen(&mut run).experiment);
            run.advance(&mut |step| step % 3 == 0);
        }
        let last = states.last().cloned().expect("the first");
        for state in states.iter().rev().skip(1) {
            let sentence = run.undo().map_err(|refusal| TestCaseError::fail(format!("{refusal:?}")))?;
            prop_assert_eq!(&seen(&mut run).experiment, state, "{}", sentence);
        }
        prop_assert!(run.undo().is_err());
        for made in made {
            prop_assert_eq!(run.redo().is_ok(), made);
        }
        prop_assert_eq!(seen(&mut run).experiment, last);
        prop_assert!(run.redo().is_err());
    }
}

// Divergence and collapse.

const WILD: &str =
    "[data]\ntarget = \"x^3\"\nn = 40\n[model]\ndepth = 3\nk = 8\n[learn]\nmethod = \"sgd\"\nrate = 1000";

/// Every update rule, from rates at which it learns to such at which it cannot, on two shapes.
fn wild_runs() -> impl Iterator<Item = (String, Run)> {
    let shapes = ["sigma = \"relu\"", "architecture = \"residual\"\nsigma = \"relu\"", "sigma = \"tanh\""];
    Method::ALL.into_iter().flat_map(move |method| {
        shapes.into_iter().flat_map(move |shape| {
            [0.01, 1.0, 30.0, 1000.0].into_iter().map(move |rate| {
                let learn = format!("[learn]\nmethod = \"{}\"\nrate = {rate}\nbatch = 9", method.name());
                let text = format!("[data]\ntarget = \"100*x^3\"\nn = 30\n[model]\nk = 6\n{shape}\n{learn}");
                let run = run(&text);
                (text, run)
            })
        })
    })
}

#[test]
fn a_run_that_diverges_stops_at_its_last_finite_coefficients_and_says_where() {
    let mut run = run(WILD);
    go_to(&mut run, 1000);
    assert!(run.has_diverged());
    let snapshot = run.snapshot(Status::Running, 0.0);
    let Status::Diverged { step, block } = &snapshot.status else { panic!("{:?}", snapshot.status) };
    assert_eq!((*step, snapshot.status.word()), (snapshot.step, "DIVERGED"));
    assert!(*step < 1000);
    let layout = snapshot.belief.mode().layout();
    let is_block =
        layout.blocks.iter().any(|known| known.name == *block || known.name.starts_with(&format!("{block}.")));
    assert!(is_block, "{block} is neither a stage nor a block");
    assert!(snapshot.belief.mode().theta.iter().all(|value| value.is_finite()));
    assert!(snapshot.history.buckets().last().expect("a bucket").broken, "the loss that broke is on the record");
    let before = bits(&snapshot);
    run.advance(&mut |_| true);
    assert_eq!((run.step(), bits(&seen(&mut run))), (snapshot.step, before), "nothing more is done");
}

#[test]
fn a_diverged_run_goes_on_after_another_rate_or_a_new_draw() {
    let mut run = run(WILD);
    go_to(&mut run, 1000);
    let stopped = run.step();
    run.change(&set("learn.rate=1e-8")).unwrap();
    assert!(!run.has_diverged());
    run.advance(&mut |_| true);
    assert_eq!(run.step(), stopped + 1);
    run.change(&Change::Redraw { stage: None }).unwrap();
    run.change(&set("learn.rate=1e-4")).unwrap();
    go_to(&mut run, stopped + 500);
    assert!(!run.has_diverged() && seen(&mut run).loss.is_finite());
    // And undoing both goes back to where it could not go on, still finite.
    run.undo().unwrap();
    run.undo().unwrap();
    assert!(seen(&mut run).belief.mode().theta.iter().all(|value| value.is_finite()));
}

/// It was told to run: what mends it lets it run on, unless it was told to wait in the meantime.
#[test]
fn a_change_that_mends_a_diverged_run_lets_it_go_on() {
    for told_to_wait in [false, true] {
        let mut threads = Threads::new(1);
        threads.trainer.open(spec(0, WILD));
        threads.tell(0, Command::Run { until: None });
        let stopped = threads.wait(0, |run| matches!(run.status, Status::Diverged { .. })).step;
        if told_to_wait {
            threads.tell(0, Command::Pause);
        }
        threads.tell(0, Command::Change(set("learn.rate=1e-4")));
        threads.tell(0, Command::Change(Change::Redraw { stage: None }));
        if told_to_wait {
            let seen = threads.wait(0, |run| run.applied == 2);
            assert_eq!((seen.status.clone(), seen.step), (Status::Paused, stopped));
        } else {
            threads.wait(0, |run| run.step > stopped + 100 && run.status.is_going());
        }
    }
}

/// Not at any step, however it ends.
#[test]
fn no_snapshot_ever_holds_a_number_that_is_none() {
    let mut diverged = 0;
    for (text, mut run) in wild_runs() {
        for _ in 0..120 {
            run.advance(&mut |_| true);
            let snapshot = run.snapshot(Status::Running, 0.0);
            let mode = snapshot.belief.mode();
            let wrong = mode.theta.iter().position(|value| !value.is_finite());
            assert!(wrong.is_none(), "step {}: θ[{wrong:?}] in\n{text}", run.step());
            if run.has_diverged() {
                assert!(matches!(snapshot.status, Status::Diverged { .. }), "{:?}", snapshot.status);
                diverged += 1;
                break;
            }
        }
    }
    assert!((5..50).contains(&diverged), "{diverged} of 60 diverged: the rates no longer lie on both sides");
}

/// log p rises everywhere by the same slope: any rate that is not tiny leaves the numbers.
struct Slope(f64);

impl LogDensity for Slope {
    fn dim(&self) -> usize {
        2
    }

    fn rows(&self) -> usize {
        1
    }

    fn on(&mut self, _: &[f64], _: Rows<'_>, gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite> {
        if let Some(gradient) = gradient {
            gradient.fill(self.0);
        }
        Ok(Parts { likelihood: 0.0, prior: 0.0, loss: 0.0 })
    }
}

/// Every gradient is finite here, and the update itself is what leaves the numbers.
#[test]
fn an_update_that_leaves_the_numbers_is_not_made_and_its_moments_are_forgotten() {
    let model = half_scaled_model();
    for method in [Method::Sgd, Method::Momentum, Method::Nesterov] {
        let plan = |rate| Plan { method, rate, momentum: 0.9, ..Plan::default() };
        let mut learner = Learner::new(&plan(1e-3), vec![0.0; 2], &model, 1, Seeds(1));
        let mut density = Slope(1e308);
        let mut last = 0;
        let turn = learner.advance(&mut density, &mut |step| {
            last = step.step;
            step.step < 1_000_000
        });
        assert!(matches!(turn, Turn::Diverged(_)) || last == 1_000_000, "{method:?}: {turn:?}");
        learner.retune(&plan(1e3));
        learner.advance(&mut density, &mut |step| step.step < last + 10);
        assert!(learner.theta().iter().all(|value| value.is_finite()), "{method:?} {:?}", learner.theta());
        learner.retune(&plan(1e-8));
        let from = learner.step();
        learner.advance(&mut density, &mut |step| step.step < from + 3);
        assert_eq!(learner.step(), from + 3, "{method:?} cannot go on at a rate that is small enough");
    }
}

/// With a prior this narrow the mode of every f⁽ⁱ⁾ is 0: plain is a constant, residual is the identity.
#[test]
fn a_plain_composition_under_a_narrow_prior_collapses_and_a_residual_one_does_not() {
    let text = |architecture: &str| {
        format!(
            "[data]\ntarget = \"x\"\nn = 60\n[prior]\ntau = 0.001\n[learn]\nrate = 0.02\n[model]\narchitecture = \"{architecture}\""
        )
    };
    for (architecture, expected) in [("plain", Status::Collapsed), ("residual", Status::Running)] {
        let mut run = run(&text(architecture));
        go_to(&mut run, Health::EARLIEST - 1);
        assert_eq!(run.snapshot(Status::Running, 0.0).status, Status::Running, "too early to tell");
        go_to(&mut run, 3000);
        let snapshot = run.snapshot(Status::Running, 0.0);
        assert_eq!(snapshot.status, expected, "{architecture}");
        assert_eq!(snapshot.health.collapsed, expected == Status::Collapsed);
        assert_eq!(run.snapshot(Status::Paused, 0.0).status, Status::Paused);
    }
}

// Optimisers on densities of the tests' own.

/// log p(z) = −½ Σᵢ hᵢ (zᵢ − mᵢ)² − ¼ Σᵢ zᵢ²zᵢ₊₁² : a bowl with a little coupling. Keeps the rows it was asked about.
struct Bowl {
    h: Vec<f64>,
    m: Vec<f64>,
    rows: usize,
    asked: Vec<Vec<usize>>,
}

impl Bowl {
    fn new(rows: usize) -> Self {
        Self { h: vec![1.0, 3.0, 0.2, 0.7], m: vec![0.5, -1.0, 2.0, 0.0], rows, asked: Vec::new() }
    }

    fn start() -> Vec<f64> {
        vec![-1.0, 0.4, 0.3, 1.5]
    }

    /// ∂ log p / ∂z.
    fn slope(&self, z: &[f64]) -> Vec<f64> {
        let n = z.len();
        let coupling = |i: usize| {
            let before = if i > 0 { z[i - 1] * z[i - 1] } else { 0.0 };
            let after = if i + 1 < n { z[i + 1] * z[i + 1] } else { 0.0 };
            0.5 * z[i] * (before + after)
        };
        (0..n).map(|i| -self.h[i] * (z[i] - self.m[i]) - coupling(i)).collect()
    }
}

impl LogDensity for Bowl {
    fn dim(&self) -> usize {
        self.h.len()
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn on(&mut self, z: &[f64], rows: Rows<'_>, gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite> {
        if let Rows::Of(chosen) = rows {
            self.asked.push(chosen.rows.to_vec());
        }
        if let Some(gradient) = gradient {
            gradient.copy_from_slice(&self.slope(z));
        }
        Ok(Parts { likelihood: 0.0, prior: 0.0, loss: 0.0 })
    }
}

/// The model says only how −log p becomes the objective: 2s²/(N·m), which is 2·0.25/N here.
fn half_scaled_model() -> Arc<Model> {
    settings("likelihood.scale = 0.5").experiment().unwrap().model
}

/// The recurrences as their papers (and PyTorch) write them, one coordinate at a time and by hand.
fn reference(method: Method, rate: f64, momentum: f64, factor: f64, steps: i32) -> Vec<f64> {
    let bowl = Bowl::new(0);
    let mut z = Bowl::start();
    let (mut v, mut m, mut s) = (vec![0.0; 4], vec![0.0; 4], vec![0.0; 4]);
    for t in 1..=steps {
        let g: Vec<f64> = bowl.slope(&z).iter().map(|slope| -factor * slope).collect();
        for i in 0..4 {
            match method {
                Method::Sgd => z[i] -= rate * g[i],
                Method::Momentum => {
                    v[i] = momentum * v[i] + g[i];
                    z[i] -= rate * v[i];
                }
                Method::Nesterov => {
                    v[i] = momentum * v[i] + g[i];
                    z[i] -= rate * (g[i] + momentum * v[i]);
                }
                Method::Rmsprop => {
                    s[i] = 0.99 * s[i] + 0.01 * g[i] * g[i];
                    z[i] -= rate * g[i] / (f64::sqrt(s[i]) + 1e-8);
                }
                // The bowl has no prior for a decay to stand for: AdamW is Adam.
                Method::Adam | Method::AdamW => {
                    m[i] = 0.9 * m[i] + 0.1 * g[i];
                    s[i] = 0.999 * s[i] + 0.001 * g[i] * g[i];
                    let (m_hat, s_hat) = (m[i] / (1.0 - 0.9_f64.powi(t)), s[i] / (1.0 - 0.999_f64.powi(t)));
                    z[i] -= rate * m_hat / (s_hat.sqrt() + 1e-8);
                }
                Method::Lion => {
                    z[i] -= rate * (0.9 * m[i] + 0.1 * g[i]).signum();
                    m[i] = 0.99 * m[i] + 0.01 * g[i];
                }
            }
        }
    }
    z
}

#[test]
fn every_update_rule_follows_its_recurrence() {
    let model = half_scaled_model();
    for method in Method::ALL {
        for (rate, momentum, rows) in [(0.05, 0.9, 1_u32), (0.01, 0.5, 4)] {
            let plan = Plan { method, rate, momentum, ..Plan::default() };
            let rows_count = usize::try_from(rows).expect("small");
            let mut bowl = Bowl::new(rows_count);
            let mut learner = Learner::new(&plan, Bowl::start(), &model, rows_count, Seeds(1));
            learner.advance(&mut bowl, &mut |step| step.step < 50);
            assert_eq!(learner.step(), 50);
            let exact = reference(method, rate, momentum, 0.5 / f64::from(rows), 50);
            let error = largest_difference(learner.theta(), &exact);
            assert!(error < 1e-12, "{method:?} at {rate}: {error:e}");
            let moved = largest_difference(learner.theta(), &Bowl::start());
            assert!(moved > 1e-2, "{method:?} went nowhere: {moved:e}");
        }
    }
}

#[test]
fn a_change_of_rate_keeps_the_moments_and_a_change_of_method_does_not() {
    let model = half_scaled_model();
    let plan = |method, rate| Plan { method, rate, momentum: 0.9, ..Plan::default() };
    let go = |learner: &mut Learner, steps| {
        learner.advance(&mut Bowl::new(1), &mut |step| step.step < steps);
    };
    let start = |method, rate| Learner::new(&plan(method, rate), Bowl::start(), &model, 1, Seeds(1));
    // At rate 0 momentum gathers and θ stays: the next rate moves by all of it.
    let mut gathered = start(Method::Momentum, 0.0);
    go(&mut gathered, 20);
    gathered.retune(&plan(Method::Momentum, 0.01));
    go(&mut gathered, 21);
    let mut switched = start(Method::Momentum, 0.0);
    go(&mut switched, 20);
    switched.retune(&plan(Method::Sgd, 0.01));
    switched.retune(&plan(Method::Momentum, 0.01));
    go(&mut switched, 21);
    let first = |learner: &Learner| (learner.theta()[0] - Bowl::start()[0]).abs();
    assert!(first(&gathered) > 5.0 * first(&switched), "{} {}", first(&gathered), first(&switched));
}

#[test]
fn an_epoch_of_mini_batches_visits_every_row_once() {
    let model = half_scaled_model();
    for (rows, size) in [(23, 5), (20, 5), (7, 1), (3, 2)] {
        let plan = Plan { method: Method::Sgd, rate: 1e-3, momentum: 0.9, batch: Batch::Of(size), ..Plan::default() };
        let mut bowl = Bowl::new(rows);
        let mut learner = Learner::new(&plan, Bowl::start(), &model, rows, Seeds(7));
        let an_epoch = rows.div_ceil(size);
        let steps = u64::try_from(4 * an_epoch).expect("small");
        learner.advance(&mut bowl, &mut |step| step.step < steps);
        assert_eq!(bowl.asked.len(), 4 * an_epoch);
        let epochs: Vec<Vec<usize>> = bowl.asked.chunks(an_epoch).map(<[Vec<usize>]>::concat).collect();
        for epoch in &epochs {
            let mut sorted = epoch.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..rows).collect::<Vec<_>>(), "batches of {size}");
        }
        assert!(bowl.asked.iter().all(|batch| !batch.is_empty() && batch.len() <= size));
        assert!(epochs.iter().collect::<BTreeSet<_>>().len() > 1, "the order is drawn anew");
    }
    // A batch as large as the data, or larger, is the full batch.
    let plan = Plan { method: Method::Sgd, rate: 1e-3, momentum: 0.9, batch: Batch::Of(9), ..Plan::default() };
    let mut bowl = Bowl::new(9);
    Learner::new(&plan, Bowl::start(), &model, 9, Seeds(7)).advance(&mut bowl, &mut |step| step.step < 5);
    assert!(bowl.asked.is_empty());
}

/// With b and c held the posterior of (a, d) is Gaussian, and its mode is a ridge regression.
#[test]
fn adam_reaches_the_closed_form_mode_of_a_and_d() {
    let mut run = run("[data]\ntarget = \"sin(2*x)\"\nn = 60\ntest = 0\nnoise = 0.2\n\
         [model]\ndepth = 1\nk = 6\nsigma = \"tanh\"\ninit = \"prior\"\n[f1]\nhold = [\"b\", \"c\"]\n\
         [likelihood]\nscale = 0.3\n[prior]\ntau = 1.5\n[learn]\nmethod = \"adam\"\nrate = 0.02");
    let start = seen(&mut run);
    let f = start.belief.mode();
    let layout = f.layout();
    let block = |group| layout.find(Some(0), group).expect("a stage has it");
    // The stacked system: rows of (φ(x), 1)/s, and one row 1/sd a coefficient.
    let elements = &through(&f, start.data.train.x.view()).stages[0].elements;
    let (rows, k) = (elements.nrows(), elements.ncols());
    let s = 0.3;
    let sd = |group| f.model.priors.sd(block(group));
    let design = Array2::from_shape_fn((rows + k + 1, k + 1), |(i, j)| match i.checked_sub(rows) {
        None if j < k => elements[[i, j]] / s,
        None => 1.0 / s,
        Some(own) if own == j => 1.0 / sd(if j < k { Group::A } else { Group::D }).expect("a Gaussian prior"),
        Some(_) => 0.0,
    });
    let y = &start.data.train.y;
    let right = Array2::from_shape_fn((rows + k + 1, 1), |(i, _)| if i < rows { y[[i, 0]] / s } else { 0.0 });
    let exact = least_squares(design.view(), right.view()).expect("finite");
    go_to(&mut run, 8000);
    run.change(&set("learn.rate=0.001")).unwrap();
    go_to(&mut run, 20_000);
    let reached = seen(&mut run).belief.mode();
    for group in [Group::B, Group::C] {
        assert_eq!(reached.block(block(group)), f.block(block(group)), "held");
    }
    for j in 0..=k {
        let (group, at) = if j < k { (Group::A, j) } else { (Group::D, 0) };
        let value = reached.block(block(group))[at];
        assert!((value - exact[[j, 0]]).abs() < 1e-4, "{group:?}[{at}]: {value} but {}", exact[[j, 0]]);
    }
}

/// A step has no slope: what no gradient reaches stays where it is, instead of being drawn to nothing by its prior.
#[test]
fn what_no_gradient_reaches_stays_and_is_told() {
    let moved = |run: &mut Run| -> BTreeSet<String> {
        let before = seen(run).belief.mode();
        let step = run.step() + 50;
        go_to(run, step);
        let after = seen(run).belief.mode();
        let blocks = before.layout().blocks;
        blocks.iter().filter(|block| before.block(block) != after.block(block)).map(|b| b.name.clone()).collect()
    };
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let mut plain = run("data.n = 40\nmodel.k = 4\nmodel.sigma = \"tanh\"");
    assert_eq!(moved(&mut plain).len(), 12);
    let sentence = plain.change(&set("f2.sigma=step")).unwrap();
    assert!(sentence.contains("b and c of f2 stay where they are, and all that acts through it"), "{sentence}");
    assert_eq!(moved(&mut plain), names(&["f2.a", "f2.d", "f1.a", "f1.b", "f1.c", "f1.d"]));
    plain.change(&set("model.architecture=residual")).unwrap();
    let mut all_but = moved(&mut plain);
    assert!(!all_but.contains("f2.b") && !all_but.contains("f2.c") && all_but.contains("f3.b"));
    plain.change(&set("model.architecture=residual-2015")).unwrap();
    all_but = moved(&mut plain);
    assert_eq!(all_but, names(&["f1.a", "f1.b", "f1.c", "f1.d"]));
}
