//! Posteriors as a person meets them: by the command line, by keys on the screen, on training threads. Knows no sampler.

mod session;
mod threads;

use fnexplore::bayes::Belief;
use fnexplore::learn::Way;
use fnexplore::preset::{Change, Path, load};
use fnexplore::run::{Ask, Drawing, Run, RunId, RunSpec, Snapshot, Status};
use fnexplore::text::Clean;
use fnexplore::train::Command;
use rustix::process::{Pid, Signal, kill_process};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde_json::Value;
use session::{Session, coloured};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use threads::Threads;

const SMALL: &str = "[data]\ntarget = \"sin(2*x)\"\nn = 20\ntest = 0.0\nrange = [-2.0, 2.0]\n\
                     [model]\ndepth = 1\nk = 3\nsigma = \"tanh\"\n[likelihood]\nscale = 0.2\n";
const NOTHING: &str = "[data]\ntarget = \"none\"\n[model]\ndepth = 2\nk = 2\nsigma = \"tanh\"\n";

/// A preset's file of this test's own, and an empty folder beside it.
fn place(name: &str, text: &str) -> (PathBuf, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("posterior").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let preset = folder.join("preset.toml");
    std::fs::write(&preset, text).expect("a file");
    (preset, folder.join("out"))
}

fn program(args: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fnexplore"));
    command.args(args).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR")).env("LANG", "C.UTF-8").env("TERM", "xterm");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Trains, and answers with what was reported and written.
#[track_caller]
fn train(name: &str, text: &str, more: &[&str]) -> (Vec<Value>, Value, PathBuf) {
    let (preset, out) = place(name, text);
    let mut args = vec!["train", preset.to_str().expect("a name"), "--json", "--out", out.to_str().expect("a name")];
    args.extend(more);
    let ran = program(&args).output().expect("the program runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let lines = String::from_utf8(ran.stdout).expect("text");
    let events = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let summary = std::fs::read_to_string(out.join("summary.json")).expect("a summary");
    (events, serde_json::from_str::<Value>(&summary).expect("JSON")[0].take(), out)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn without_data_the_posterior_is_the_prior_and_nothing_was_learned() {
    for (method, most) in [("exact", 1e-9), ("laplace", 1e-6), ("nuts", 0.3)] {
        let sets = [format!("learn.method={method}"), "learn.draws=400".to_owned(), "learn.warmup=300".to_owned()];
        let more: Vec<&str> = sets.iter().flat_map(|set| ["--set", set.as_str()]).collect();
        let (events, summary, _) = train(&format!("nothing-{method}"), NOTHING, &more);
        let learned = summary["learned"].as_array().expect("a list");
        assert_eq!(learned.len(), if method == "exact" { 1 } else { 2 }, "{summary:#}");
        for own in learned {
            assert!(number(&own["kl_low"]) <= most, "{method}: {own}");
            assert!(own["kl_high"].as_f64().is_none_or(|high| high <= most), "{method}: {own}");
            assert!(number(&own["effective"]).abs() < 0.8, "{method}: {own}");
        }
        assert!(summary["learned_jointly"].as_f64().is_none_or(|nats| nats < 1e-6), "{summary:#}");
        let told = events.iter().find(|event| event["event"] == "posterior").expect("a posterior");
        assert_eq!((&told["method"], &told["divergences"]), (&summary["method"], &Value::from(0)));
    }
}

/// What is told of draws: f and s in y's own unit, the likelihood untempered, γ only where the priors are Gaussian.
#[test]
fn what_is_told_of_draws_is_in_the_datas_own_unit() {
    let text = "steps = 10\n[data]\ntarget = \"1000 + 50*x\"\nn = 40\nnoise = 5\nstandardise = true\n[model]\ndepth = 1\nk = 3\n\
                sigma = \"tanh\"\n[likelihood]\nscale = \"learned\"\n[learn]\nwarmup = 300\ndraws = 300\n";
    let (_, summary, _) = train("own-unit", text, &["--set", "learn.method=nuts"]);
    let quantity = |summary: &Value, name: &str| {
        let all = summary["quantities"].as_array().expect("a list").clone();
        let own = all.into_iter().find(|own| own["name"].as_str().is_some_and(|own| own.starts_with(name)));
        number(&own.unwrap_or_else(|| panic!("no {name}: {summary:#}"))["mean"])
    };
    assert!((quantity(&summary, "f(-3.000)") - 850.0).abs() < 15.0, "{summary:#}");
    assert!((quantity(&summary, "f(3.000)") - 1150.0).abs() < 15.0, "{summary:#}");
    assert!((2.0..12.0).contains(&quantity(&summary, "s")), "{summary:#}");
    // Σ ℓ of 30 rows at s = 1 hardly hears of β; β Σ ℓ would be a quarter of it.
    let of = |beta: &str| {
        let more = ["--set", "learn.method=nuts", "--set", "likelihood.scale=1", "--set", beta];
        let (_, summary, _) = train("own-unit", text, &more);
        quantity(&summary, "log likelihood")
    };
    let [whole, tempered] = ["learn.beta=1", "learn.beta=0.25"].map(of);
    assert!(whole < -27.0 && tempered < -27.0 && (whole / tempered - 1.0).abs() < 0.3, "{whole} {tempered}");
    let more = ["--set", "learn.method=nuts", "--set", "prior.a.kind=laplace"];
    let (_, summary, _) = train("own-unit", text, &more);
    let own = &summary["learned"][0];
    assert!(own["effective"].is_null() && own["kl_low"].is_null(), "{own}");
}

/// Where all but (a, d) of f1 is taken as given, so is the evidence; where independence is assumed, nothing is told of what is joint.
#[test]
fn an_evidence_says_what_it_is_given() {
    let text = "steps = 20000\n[data]\nn = 30\n[model]\nk = 3\ndepth = 2\nsigma = \"tanh\"\n";
    for (structure, given, jointly) in [("full", false, true), ("by-stage", false, false), ("outermost", true, false)] {
        let structure = format!("learn.structure={structure}");
        let (_, summary, _) = train("given", text, &["--set", "learn.method=laplace", "--set", &structure]);
        assert_eq!(summary["log_evidence_given_all_else"], Value::from(given), "{summary:#}");
        assert_eq!(summary["learned_jointly"].is_number(), jointly, "{summary:#}");
    }
}

/// With b and c held the model is linear in what is free: Laplace's normal is the posterior, evidence and all.
#[test]
fn laplace_is_exact_where_only_a_and_d_are_free() {
    let text = format!("{SMALL}[f1]\nhold = [\"b\", \"c\"]\n");
    let of = |method: &str| train(&format!("linear-{method}"), &text, &["--set", &format!("learn.method={method}")]).1;
    let (exact, laplace) = (of("exact"), of("laplace"));
    assert_eq!(exact["learned"][0]["estimator"], "exact");
    assert_eq!(laplace["learned"][0]["estimator"], "normal, full");
    for (one, other) in [
        (&exact["log_evidence"], &laplace["log_evidence"]),
        (&exact["learned"][0]["kl_high"], &laplace["learned"][0]["kl_high"]),
        (&exact["learned"][0]["effective"], &laplace["learned"][0]["effective"]),
        (&exact["learned"][0]["knockout"], &laplace["learned"][0]["knockout"]),
    ] {
        let (one, other) = (number(one), number(other));
        assert!((one - other).abs() < 1e-6 * one.abs().max(1.0), "{one} is not {other}");
    }
    assert!(number(&exact["learned"][0]["kl_high"]) > 1.0, "something was learned: {exact:#}");
}

/// Chains that agree about one output of f may not about another.
#[test]
fn every_output_of_f_is_watched() {
    let (_, out) = place("outputs", "");
    let preset = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/two_lines.toml");
    let sets = ["learn.method=nuts", "learn.warmup=150", "learn.draws=100", "learn.chains=2"];
    let sets = sets.into_iter().flat_map(|set| ["--set", set]);
    let args: Vec<&str> = ["train", preset, "--out", out.to_str().expect("a name")].into_iter().chain(sets).collect();
    let ran = program(&args).output().expect("the program runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let summary = std::fs::read_to_string(out.join("summary.json")).expect("a summary");
    let summary = serde_json::from_str::<Value>(&summary).expect("JSON")[0].take();
    let of = |output: &str| -> Vec<f64> {
        let all = summary["quantities"].as_array().expect("a list").iter();
        all.filter(|own| own["name"].as_str().is_some_and(|name| name.starts_with(output)))
            .map(|own| number(&own["mean"]))
            .collect()
    };
    // The other one at the first, the middle and the last row, each in its own unit.
    let (up, down) = (of("output 1 of f("), of("output 2 of f("));
    assert_eq!((up.len(), down.len()), (7, 3), "{summary:#}");
    assert!(up[2] - up[3] > 1.0 && down[1] - down[2] > 200.0 && down[1] < -1000.0, "{up:?} {down:?}");
}

#[test]
fn draws_are_the_same_on_any_number_of_threads_and_are_read_as_tensors() {
    let sets = ["--set", "learn.method=nuts", "--set", "learn.chains=3", "--set", "learn.warmup=120", "--steps", "90"];
    let [one, two] = ["1", "2"].map(|threads| {
        let more = [&sets[..], &["--threads", threads]].concat();
        train(&format!("threads-{threads}"), SMALL, &more)
    });
    let bytes = |out: &PathBuf, name: &str| std::fs::read(out.join(name)).expect("a file");
    for name in ["draws.safetensors", "history.csv", "model.safetensors"] {
        assert_eq!(bytes(&one.2, name), bytes(&two.2, name), "{name}");
    }
    let file = bytes(&one.2, "draws.safetensors");
    let tensors = SafeTensors::deserialize(&file).expect("a safetensors file");
    for (name, shape) in [("f1.a", vec![3, 90, 3, 1]), ("f1.b", vec![3, 90, 1, 3]), ("f1.c", vec![3, 90, 3])] {
        let tensor = tensors.tensor(name).expect(name);
        assert_eq!((tensor.shape(), tensor.dtype()), (&shape[..], Dtype::F64), "{name}");
    }
    assert_eq!(tensors.tensor("energy").expect("energy").shape(), [3, 90]);
    assert_eq!(tensors.tensor("diverging").expect("diverging").dtype(), Dtype::U8);
    let summary = &one.1;
    assert_eq!((&summary["draws"], &summary["chains"]), (&Value::from(270), &Value::from(3)));
    assert!(number(&summary["rhat_max"]) < 1.2, "{summary:#}");
    assert!(number(&summary["quantities"][0]["mcse_mean"]) > 0.0);
    assert_eq!(summary["e_bfmi"].as_array().map(Vec::len), Some(3));
    let last = one.0.iter().rev().find(|event| event["event"] == "end").expect("an end");
    assert_eq!((&last["step"], &last["status"]), (&Value::from(3 * (90 + 90)), &Value::from("finished")));
    // What was written down really ran.
    let preset = std::fs::read_to_string(one.2.join("preset.toml")).expect("a preset");
    assert!(preset.contains("draws = 90") && preset.contains("warmup = 90"), "{preset}");
}

/// A signal in the middle: what was drawn is told and kept.
#[test]
fn an_interrupted_chain_keeps_its_draws() {
    let (preset, out) = place("interrupted", SMALL);
    let args =
        ["train", preset.to_str().unwrap(), "--json", "--out", out.to_str().unwrap(), "--set", "learn.method=nuts"];
    let args = [&args[..], &["--set", "learn.draws=200000", "--set", "learn.warmup=50"]].concat();
    let mut child = program(&args).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let sampling = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("\"sampling\"")));
    assert!(sampling.is_some(), "it never sampled");
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).expect("it lives");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let mut said = String::new();
    let _ = child.stderr.take().expect("a pipe").read_to_string(&mut said);
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{said}");
    assert!(rest.last().expect("an end").contains("\"interrupted\""), "{rest:?}");
    let file = std::fs::read(out.join("draws.safetensors")).expect("draws");
    let tensors = SafeTensors::deserialize(&file).expect("a safetensors file");
    assert!(tensors.tensor("f1.a").unwrap().shape()[1] > 0);
}

#[test]
fn what_has_no_such_posterior_is_refused_by_name() {
    for (more, expected) in [
        (vec!["likelihood.kind=bernoulli", "learn.method=exact"], "likelihood.kind is \"bernoulli\""),
        (vec!["prior.c.kind=laplace", "learn.method=laplace"], "kink at 0"),
        (vec!["prior.improper=maximum-likelihood", "prior.a.kind=flat", "learn.method=nuts"], "is flat"),
        (vec!["learn.method=nuts", "learn.draws=1000000", "learn.chains=64"], "learn.draws is 1000000"),
        (vec!["learn.method=nutz"], "nearest: nuts"),
    ] {
        let (preset, _) = place("refused", SMALL);
        let mut args = vec!["train", preset.to_str().unwrap()];
        args.extend(more.iter().flat_map(|set| ["--set", set]));
        let ran = program(&args).output().expect("the program runs");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{more:?}: {said}");
        assert!(said.contains(expected), "{more:?}: {said}");
    }
}

fn spec(text: &str) -> RunSpec {
    let preset = load(&Clean::from("t.toml"), text, &|_| Err("no file".to_owned())).expect("a good preset");
    RunSpec { id: RunId(0), name: Clean::from("model"), settings: preset.settings(0), saved: None }
}

fn draws_of(run: &mut Run) -> Vec<Vec<f64>> {
    match run.snapshot(Status::Paused, 0.0).belief {
        Belief::Draws(draws) => draws.all().map(|(theta, _)| theta.to_vec()).collect(),
        Belief::Prior(_) | Belief::Point(_) | Belief::Gaussian(_) => Vec::new(),
    }
}

const CHAINS: &str = "[learn]\nmethod = \"nuts\"\nchains = 2\nwarmup = 30\ndraws = 40\n";

/// Inside a draw: the question is asked before every gradient, and yes ends the draw, which leaves nothing behind.
#[test]
fn a_draw_ends_at_once_when_it_is_asked_to_and_is_drawn_again_to_the_bit() {
    let text = format!("{SMALL}{CHAINS}");
    let mut straight = Run::new(spec(&text)).unwrap();
    straight.advance(&mut |_| false);
    assert!(straight.is_settled());
    let asked = Arc::new(AtomicUsize::new(0));
    let mut broken = Run::new(spec(&text)).unwrap();
    let count = asked.clone();
    // Yes to every 700th gradient: in the middle of some trajectory.
    broken.interrupt_by(Ask(Arc::new(move || count.fetch_add(1, Ordering::SeqCst) % 700 == 699)));
    let before = broken.step();
    broken.advance(&mut |_| false);
    let (step, gradients) = (broken.step(), asked.load(Ordering::SeqCst));
    assert!(step < straight.step() && step >= before, "{step}");
    assert!(gradients <= 702, "{gradients} gradients after it was told to end");
    broken.interrupt_by(Ask::default());
    broken.advance(&mut |_| false);
    assert!(broken.is_settled());
    assert_eq!(draws_of(&mut broken), draws_of(&mut straight));
}

/// A worker's pause: with a command waiting, the draw on its way does not go on for ever.
#[test]
fn threads_pause_a_chain_and_let_it_go_on_to_the_same_draws() {
    let text = format!("{SMALL}{CHAINS}");
    let mut alone = Run::new(spec(&text)).unwrap();
    alone.advance(&mut |_| false);
    let mut threads = Threads::new(2);
    threads.trainer.open(spec(&text));
    threads.tell(0, Command::Run { until: None });
    threads.wait(0, |run| run.step > 0);
    threads.tell(0, Command::Pause);
    let paused = threads.wait(0, |run| !run.status.is_going());
    assert_eq!(paused.whole, Some(140));
    threads.tell(0, Command::Run { until: None });
    let done = threads.wait(0, |run| run.status == Status::Finished);
    assert_eq!(done.step, 140);
    let Belief::Draws(draws) = &done.belief else { panic!("draws") };
    assert_eq!(draws.all().map(|(theta, _)| theta.to_vec()).collect::<Vec<_>>(), draws_of(&mut alone));
}

/// What is said of draws does not wait for as many more as the warm-up had.
#[test]
fn a_summary_comes_with_the_first_draws_and_grows_with_them() {
    let text = format!("{SMALL}[learn]\nmethod = \"nuts\"\nchains = 2\nwarmup = 200\ndraws = 300\n");
    let mut run = Run::new(spec(&text)).unwrap();
    let mut known = Vec::new();
    // What a picture is too early for is made after it, as a worker has it made.
    let summed_up = |run: &mut Run, status: Status| {
        let picture = Arc::new(run.snapshot(status.clone(), 0.0));
        let due = run.due(&picture).is_some_and(|due| run.made(due.make()));
        if due { Arc::new(run.snapshot(status, 0.0)) } else { picture }
    };
    for until in (0..=1000).step_by(20) {
        run.advance(&mut |step| step >= until);
        let picture = summed_up(&mut run, Status::Running);
        let sampled = picture.summary.as_ref().unwrap().sampled.as_ref().map(|own| own.draws);
        assert_eq!(sampled.is_some(), !picture.warming, "at {until}");
        let told = match picture.step.checked_sub(400) {
            None | Some(0) => Drawing { counts: false, done: picture.step, of: 400 },
            Some(done) => Drawing { counts: true, done, of: 600 },
        };
        assert_eq!(picture.drawing(), Some(told));
        known.extend(sampled);
    }
    let end = summed_up(&mut run, Status::Finished);
    assert_eq!(end.summary.as_ref().unwrap().sampled.as_ref().unwrap().draws, 600);
    let mut different = known.clone();
    different.dedup();
    assert!((5..20).contains(&different.len()), "{different:?}");
    assert!(known.iter().zip((20..).step_by(20)).all(|(said, drawn)| 2 * said + 100 > drawn), "{known:?}");
}

/// A summary of many draws holds no picture up: it is due, and somebody else may make it; one that comes too late is not taken.
#[test]
fn a_summary_of_many_draws_is_due_and_not_waited_for() {
    let text = format!("{SMALL}[learn]\nmethod = \"nuts\"\nchains = 2\nwarmup = 200\ndraws = 2000\nmax_depth = 2\n");
    let mut run = Run::new(spec(&text)).unwrap();
    let said = |picture: &Snapshot| Some(picture.summary.as_ref()?.sampled.as_ref()?.draws);
    run.advance(&mut |step| step >= 700);
    let few = Arc::new(run.snapshot(Status::Running, 0.0));
    assert_eq!(said(&few), Some(300));
    assert!(run.due(&few).is_none(), "it was made at once");

    run.advance(&mut |step| step >= 4000);
    let many = Arc::new(run.snapshot(Status::Running, 0.0));
    assert_eq!(said(&many), Some(300), "the last one is shown");
    let (due, late) = (run.due(&many).unwrap(), run.due(&many).unwrap());
    assert!(run.made(due.make()));
    let now = Arc::new(run.snapshot(Status::Running, 0.0));
    assert_eq!(said(&now), Some(3600));
    assert!(run.due(&now).is_none());

    // While draws are added it lasts; at the end it must be of all of them.
    run.advance(&mut |_| false);
    let then = Arc::new(run.snapshot(Status::Running, 0.0));
    assert!(run.due(&then).is_none());
    let end = Arc::new(run.snapshot(Status::Finished, 0.0));
    assert_eq!(said(&end), Some(3600));
    let due = run.due(&end).unwrap();
    assert!(run.made(due.make()));
    assert_eq!(said(&run.snapshot(Status::Finished, 0.0)), Some(4000));

    run.change(&set("prior.tau=0.5")).unwrap();
    assert!(!run.made(late.make()), "another posterior's");
}

/// Paused or done, chains of many draws are summed up to the last of them, though their first picture lacks it.
#[test]
fn threads_sum_up_many_draws_beside_the_pictures() {
    let text = format!("{SMALL}[learn]\nmethod = \"nuts\"\nchains = 2\nwarmup = 200\ndraws = 100_000\nmax_depth = 2\n");
    let mut threads = Threads::new(2);
    threads.trainer.open(spec(&text));
    let all = |run: &Snapshot| {
        let (Belief::Draws(drawn), Some(summary)) = (&run.belief, &run.summary) else { return false };
        summary.sampled.as_ref().is_some_and(|own| own.draws == drawn.count())
    };
    threads.tell(0, Command::Run { until: None });
    threads.wait(0, |run| run.step > 5000);
    threads.tell(0, Command::Pause);
    let paused = threads.wait(0, |run| run.status == Status::Paused && all(run));
    threads.tell(0, Command::Step(1000));
    let done = threads.wait(0, |run| run.status == Status::Paused && run.step > paused.step && all(run));
    assert!(done.step >= paused.step + 1000, "{} from {}", done.step, paused.step);
}

fn set(text: &str) -> Change {
    let (key, value) = text.split_once('=').unwrap();
    let path = Path::full(key).unwrap();
    Change::Set(path, path.row().kind.parse(value).unwrap())
}

/// More draws go on from those there are; another prior begins anew; undone, the old ones come back or are drawn again.
#[test]
fn changes_keep_draws_where_they_are_of_the_same_posterior() {
    let mut run = Run::new(spec(&format!("{SMALL}{CHAINS}"))).unwrap();
    run.advance(&mut |_| false);
    let first = draws_of(&mut run);
    assert_eq!(first.len(), 80);
    run.change(&set("learn.draws=60")).unwrap();
    assert!(!run.is_settled());
    run.advance(&mut |_| false);
    let more = draws_of(&mut run);
    assert_eq!((more.len(), &more[..40], &more[60..100]), (120, &first[..40], &first[40..]));
    run.change(&set("steps=77")).unwrap();
    assert_eq!(draws_of(&mut run), more, "how long others learn is nothing to it");
    run.change(&set("prior.tau=2")).unwrap();
    assert!(draws_of(&mut run).is_empty() && !run.is_settled());
    run.change(&set("learn.method=laplace")).unwrap();
    run.advance(&mut |_| false);
    assert!(run.is_settled());
    assert!(matches!(run.snapshot(Status::Finished, 0.0).belief, Belief::Gaussian(_)));
    let refused = run.change(&set("likelihood.kind=bernoulli")).and_then(|_| run.change(&set("learn.method=exact")));
    assert!(refused.is_err());
    assert!(matches!(run.snapshot(Status::Finished, 0.0).experiment.learn.way, Way::Laplace));
}

/// β from 0 to 1 turns the prior into the posterior, for the exact one in closed form.
#[test]
fn beta_is_a_slider_from_the_prior_to_the_posterior() {
    let mut run = Run::new(spec(&format!("{SMALL}[learn]\nmethod = \"exact\"\nbeta = 0.0\n"))).unwrap();
    let nats = |run: &mut Run| {
        let summary = run.snapshot(Status::Finished, 0.0).summarised();
        summary.account.expect("a posterior").stages[0].kl.expect("Gaussian").high.expect("exact")
    };
    let mut all = vec![nats(&mut run)];
    for beta in ["0.05", "0.3", "1"] {
        run.change(&set(&format!("learn.beta={beta}"))).unwrap();
        all.push(nats(&mut run));
    }
    assert!(all[0].abs() < 1e-12 && all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
}

/// Every key gives another posterior at once: the run has it before it takes a step.
#[test]
fn the_exact_posterior_follows_every_key() {
    let mut session = Session::with_preset(&format!("{SMALL}[learn]\nmethod = \"exact\"\n"), 120, 40);
    let of = |session: &Session| {
        let run = session.app.shown().expect("a picture");
        (run.normal.as_ref().expect("a posterior").log_evidence.expect("proper"), run.belief.mode())
    };
    let mut seen = vec![of(&session)];
    session.keys("1");
    for _ in 0..4 {
        session.keys("+");
        seen.push(of(&session));
    }
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
    assert_eq!(seen[4].1.model.f.stages[0].k, 7);
    session.sees("learned");
}

#[test]
fn one_key_goes_from_belief_to_belief_and_back() {
    let mut session = Session::with_preset(SMALL, 120, 40);
    let way = |session: &Session| session.app.preset().settings(0).learn.way;
    for expected in [Way::Mode, Way::Exact, Way::Laplace, Way::Nuts, Way::Descent] {
        session.keys("P");
        assert_eq!(way(&session), expected);
        session.steps(40);
        assert_eq!(session.app.shown().expect("a picture").experiment.learn.way, expected);
    }
    assert!(!session.app.is_edited(), "once round is nothing changed");
    session.keys("P").wait(Duration::from_secs(2)).keys("Pu");
    assert_eq!(way(&session), Way::Mode);
    // What a model has not is passed over, with the reason.
    let mut other = Session::with_preset(&SMALL.replace("scale = 0.2", "kind = \"bernoulli\""), 120, 40);
    other.keys("PP");
    assert_eq!(way(&other), Way::Laplace);
    other.sees("only with \"gaussian\"");
}

#[test]
fn three_faces_and_the_last_says_where_there_is_none() {
    let mut session = Session::with_preset(SMALL, 120, 40);
    session.steps(50).keys("b").sees("prior draws").keys("b").sees("no posterior").sees_no("posterior draws");
    session.keys("PP").sees("posterior draws").sees("90 % posterior");
    session.keys("b").sees_no("posterior draws").keys("bb").sees("posterior draws");
    session.keys("P").steps(5000).sees("posterior draws").keys("P").steps(30).sees("warm-up");
}

/// A pane that has nothing to draw says why.
#[test]
fn where_there_is_no_loss_it_is_said_why() {
    for (name, why) in [("bayes-line", "No steps"), ("pathwise", "No steps"), ("one-unit", "There are no data")] {
        for (columns, rows) in [(80, 24), (200, 60)] {
            let preset = fnexplore::preset::built_in(name).expect("a preset");
            let mut session = Session::on(preset, coloured(), (columns, rows));
            session.keys("4z").sees(why);
        }
    }
}

/// U: from the prior to the posterior in a second and a half, and then nothing moves.
#[test]
fn draws_are_seen_on_their_way_to_the_posterior() {
    let mut session = Session::with_preset(SMALL, 120, 40);
    session.keys("U").sees("known where that is exact");
    session.keys("PP").sees_no("prior + ").keys("U").sees("prior + 0 %");
    session.wait(Duration::from_millis(750)).sees("prior + 50 %").sees("updated in part");
    let half = session.text();
    session.wait(Duration::from_millis(750)).sees("90 % posterior").sees_no("prior + ");
    assert_ne!(session.text(), half);
    session.app.drawn();
    session.wait(Duration::from_millis(10));
    assert!(!session.app.is_dirty(), "nothing moves any more");
    // The face's own key shows the posterior itself, also in the middle of the way.
    session.keys("U").wait(Duration::from_millis(300)).keys("bbb").sees("90 % posterior");
    session.wait(Duration::from_millis(300)).sees("90 % posterior");
}

#[test]
fn learned_names_its_estimator_and_calls_no_point_information() {
    let mut session = Session::with_preset(&SMALL.replace("depth = 1", "depth = 2"), 120, 40);
    session.steps(60).keys("6").sees("displacement").sees("Learned").sees_no("nats");
    session.keys("PPP").steps(3000).sees("normal, full").sees("nats").sees("joint").sees("γ");
    session.keys("?").sees("γ counts");
}

/// At every size, with every pane in focus, at every stage of drawing: nothing breaks, the words stand where they belong.
#[test]
fn chains_are_drawn_at_every_size_while_they_come() {
    let text = SMALL.to_owned() + "[learn]\nmethod = \"nuts\"\nchains = 2\nwarmup = 20\ndraws = 60\n";
    for size in session::SIZES {
        let mut session = Session::with_preset(&text, size.0, size.1);
        for pane in 1..=6 {
            session.keys(&pane.to_string()).keys("b").steps(18);
            assert!(session.words().len() <= 1, "{}", session.text());
        }
        session.steps(500).keys("4");
        assert!(size.0 < 120 || session.text().contains("R-hat"), "{}", session.text());
        session.keys("zbbb");
        if size.0 >= 120 {
            session.keys("?").sees("E-BFMI").keys("<esc>");
        }
        assert!(!session.text().is_empty());
    }
}

/// The truncation off: where there is a closed form the other function stands beside f, elsewhere the reason is told.
#[test]
fn infinitely_many_elements_stand_beside_f() {
    let mut session = Session::with_preset(&SMALL.replace("tanh", "relu"), 120, 40);
    session.steps(30).sees_no("K=∞").keys("T").sees("K=∞").sees("log p(D)");
    let scene = |session: &Session| {
        let window = fnexplore::scene::Window { f_columns: 97, ..session.app.window.clone() };
        fnexplore::scene::scene(&session.app.snapshots(), &window).expect("a scene").limit
    };
    let posterior = scene(&session).expect("K = ∞");
    // A narrower band with data than without, the middle within it.
    session.keys("b").sees("K=∞ prior");
    let prior = scene(&session).expect("K = ∞");
    assert!(prior.is_prior && !posterior.is_prior && prior.draws.len() == 3);
    let width = |band: &[Vec<f64>; 3], at: usize| band[2][at] - band[0][at];
    assert!((0..97).all(|at| width(&posterior.band, at) <= width(&prior.band, at) + 1e-9));
    assert!(width(&posterior.band, 48) < 0.3 * width(&prior.band, 48));
    session.keys("T").sees_no("K=∞");
    let mut other = Session::with_preset(SMALL, 120, 40);
    other.keys("T").sees("no closed form").sees_no("K=∞");
    // Spelt in ASCII it is no number of elements.
    session.app.look = session::ascii();
    session.keys("T").sees("K=inf").sees("infinite K beside K = 3").sees_no("K=8");
}

/// Weight decay, in the four spellings, beside the prior that it is.
#[test]
fn help_on_a_prior_spells_the_decay_out() {
    let mut session = Session::with_preset(SMALL, 200, 60);
    // 20 rows, s 0.2, τ 1: 1/τ² 1, 1/(Nτ²) 0.05, s²/(Nτ²) 0.002, 2s²/(Nτ²) 0.004.
    session.steps(3).keys("2/prior.tau<enter>?").sees("four spellings").sees("0.05").sees("0.002").sees("0.004");
    session.keys("<esc>:set learn.method adamw<enter>").sees("not the posterior mode");
    session.keys("?").sees("no prior's gradient");
}

/// Something is written to standard output, so that the pipe is known to be read.
#[test]
fn people_are_told_what_was_learned_and_by_which_estimator() {
    let (preset, _) = place("people", SMALL);
    let ran = program(&["train", preset.to_str().unwrap(), "--set", "learn.method=laplace"]).output().unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(said.contains("f1 learned") && said.contains("normal, full") && said.contains("log evidence"), "{said}");
    std::io::stdout().write_all(b"").unwrap();
}
