//! The program as other programs use it: exit codes, JSON Lines, files, pictures without a terminal, standard input.

use fnexplore::learn::Way;
use fnexplore::preset::{Origin, built_in, built_in_names};
use rustix::process::{Pid, Signal, kill_process};
use safetensors::SafeTensors;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// No command may take longer; on an idle machine none takes a hundredth of it.
const DEADLINE: Duration = Duration::from_secs(240);
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a command came to.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    /// The JSON lines of standard output.
    fn events(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
    }

    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

/// The program, in an environment of the test's own.
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fnexplore"));
    command.args(args).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR")).env("LANG", "C.UTF-8").env("TERM", "xterm");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(args: &[&str]) -> Ran {
    finish(&mut command(args), b"")
}

fn run_with(args: &[&str], stdin: &[u8]) -> Ran {
    finish(command(args).stdin(Stdio::piped()), stdin)
}

fn finish(command: &mut Command, stdin: &[u8]) -> Ran {
    let mut child = command.spawn().expect("the program starts");
    let (out, err) = (collect(child.stdout.take()), collect(child.stderr.take()));
    if let Some(mut pipe) = child.stdin.take() {
        // A program that has seen enough closes its end.
        let _ = pipe.write_all(stdin);
    }
    let code = wait(&mut child);
    let text = |bytes: JoinHandle<Vec<u8>>| String::from_utf8(bytes.join().expect("no panic")).expect("UTF-8");
    Ran { code, out: text(out), err: text(err) }
}

fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn wait(child: &mut Child) -> i32 {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            return status.code().expect("an exit, not a signal's end");
        }
        if began.elapsed() > DEADLINE {
            let _ = child.kill();
            panic!("it never ended");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// An empty folder of that name.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder for temporary files");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Every file of a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let entries = entries.filter(|path| path.is_file());
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    entries.map(|path| (name(&path), std::fs::read(&path).expect("a file"))).collect()
}

fn of<'a>(events: &'a [Value], event: &str, variant: &str) -> Vec<&'a Value> {
    events.iter().filter(|line| line["event"] == event && line["variant"] == variant).collect()
}

// JSON Lines.

#[test]
fn a_stop_rule_ends_a_run_and_is_told() {
    let events =
        run(&["train", "truncate", "--set", "learn.stop.loss=0.2", "--steps", "5000", "--json"]).ends(0).events();
    let end = of(&events, "end", "model")[0];
    assert_eq!(end["status"], "stopped");
    assert!(end["loss"].as_f64().is_some_and(|loss| loss <= 0.2), "{end}");
    assert!(end["step"].as_u64().is_some_and(|step| (1..5000).contains(&step)), "{end}");
    let again = run(&["train", "truncate", "--set", "learn.stop.loss=0.2", "--steps", "5000"]).ends(0);
    assert!(again.out.contains(&format!("step {} ", end["step"])), "{}", again.out);
    assert!(again.out.contains("stopped by learn.stop.loss"), "{}", again.out);
}

/// Numbers in the first row are data, and it is said that they are.
#[test]
fn a_table_without_names_loses_no_row_and_says_so() {
    let folder = folder("unnamed");
    let (table, preset) = (folder.join("bare.csv"), folder.join("bare.toml"));
    std::fs::write(&table, "1,2\n2,3\n3,5\n4,4\n").expect("written");
    std::fs::write(&preset, "[data]\ncsv = \"bare.csv\"\n[model]\nk = 2\n").expect("written");
    let said = "bare.csv begins with numbers, not with names: that row is data too, and the columns are called col1, col2, …; \
                x is col1, y is col2";
    let checked = run(&["check", text(&preset)]).ends(0);
    assert!(checked.out.contains("sound") && checked.err.contains(said), "{checked:#?}");
    let trained = run(&["train", "truncate", "--csv", text(&table), "--steps", "2"]).ends(0);
    assert!(trained.err.contains(said), "{trained:#?}");
    std::fs::write(&table, "x,y\n1,2\n2,3\n3,5\n4,4\n").expect("written");
    assert!(!run(&["check", text(&preset)]).ends(0).err.contains("begins with"));
}

#[test]
fn notes_are_not_shown_over_the_data_of_others() {
    let folder = folder("notes");
    let table = folder.join("own.csv");
    std::fs::write(&table, "x,y\n1,2\n2,3\n3,5\n4,4\n").expect("written");
    let truncate = built_in("truncate").expect("built in");
    let note = truncate
        .base
        .notes
        .iter()
        .find(|line| line.len() > 20)
        .expect("it has notes")
        .chars()
        .take(20)
        .collect::<String>();
    let drawn = |more: &[&str]| {
        run(&[&["snapshot", "truncate", "--steps", "2", "--size", "160x50"], more].concat()).ends(0).out
    };
    assert!(drawn(&[]).contains(&note));
    assert!(!drawn(&["--csv", text(&table)]).contains(&note));
}

#[test]
fn a_slip_in_a_name_gets_the_preset_that_was_meant() {
    let slip = run(&["check", "compse"]).ends(2);
    assert_eq!(slip.err, "there is no file \"compse\"; nearest built-in preset: compose\n");
    assert_eq!(run(&["check", "compose", "residual"]).ends(0).out, "all presets are sound\n");
    assert!(run(&["lab/compse.toml"]).ends(2).err.starts_with("there is no file \"lab/compse.toml\"\n"));
}

/// Two columns, a million rows: read, learned from in tiles, looked at in part.
#[test]
fn a_million_rows_are_read_and_learned_from() {
    let folder = folder("million");
    let path = folder.join("rows.csv");
    let rows = (0..1_000_000_u32).map(|row| f64::from(row % 6001) * 1e-3 - 3.0);
    let rows: Vec<String> = rows.map(|x| format!("{x:.3},{:.4}\n", (2.0 * x).sin())).collect();
    std::fs::write(&path, format!("x,y\n{}", rows.concat())).unwrap();
    let events = run(&["train", "compose", "--csv", text(&path), "--steps", "3", "--json"]).ends(0).events();
    let end = of(&events, "end", "model")[0];
    assert_eq!((&end["status"], &end["step"]), (&"finished".into(), &3.into()));
    assert!(end["loss"].as_f64().is_some_and(|loss| loss > 0.0 && loss < 10.0), "{end}");
}

/// How a table of the command line's is read is the command line's to say.
#[test]
fn settings_that_a_table_is_read_by_are_known_when_it_is_read() {
    let folder = folder("read-by");
    let cases = [
        ("x,y\n1,2\n2,\n3,4\n4,5\n", "data.missing=dropped"),
        ("x,y\n1,no\n2,yes\n3,no\n", "likelihood.kind=bernoulli"),
    ];
    for (at, (rows, set)) in cases.into_iter().enumerate() {
        let path = folder.join(format!("{at}.csv"));
        std::fs::write(&path, rows).unwrap();
        let args = ["train", "truncate", "--csv", text(&path), "--steps", "2"];
        let refused = run(&args).ends(2);
        assert!(refused.err.contains(&format!("{at}.csv")) || refused.err.contains("holds words"), "{}", refused.err);
        let ran = run(&[&args[..], &["--set", set]].concat()).ends(0);
        assert!(ran.out.contains("step 2 "), "{set}: {}", ran.out);
    }
    let wrong =
        run(&["train", "truncate", "--csv", text(&folder.join("0.csv")), "--set", "data.missing=droped"]).ends(2);
    assert!(wrong.err.contains("--set data.missing=droped") && wrong.err.contains("dropped"), "{}", wrong.err);
}

/// It has ended, and learned nothing: a loss alone would not say so.
#[test]
fn a_constant_is_told_at_the_end_of_training() {
    let dead = ["train", "truncate", "--set", "prior.tau=0.02", "--steps", "1500"];
    let told = run(&dead).ends(0).out;
    assert!(told.contains("ŷ is a constant: "), "{told}");
    let events = run(&[&dead[..], &["--json"]].concat()).ends(0).events();
    assert_eq!(events.last().unwrap()["collapsed"], true);
}

#[test]
fn training_is_told_in_the_lines_of_the_contract() {
    let events = run(&["train", "residual", "--steps", "2000", "--json"]).ends(0).events();
    for variant in ["base", "residual"] {
        let own: Vec<&Value> = events.iter().filter(|line| line["variant"] == variant).collect();
        assert_eq!(own[0]["event"], "start");
        assert_eq!((of(&events, "start", variant).len(), of(&events, "end", variant).len()), (1, 1));
        assert_eq!(
            (&own[0]["parameters"], &own[0]["seed"], &own[0]["precision"]),
            (&111.into(), &1.into(), &"f64".into())
        );
        let end = own.last().expect("a last line");
        assert_eq!((&end["event"], &end["status"], &end["step"]), (&"end".into(), &"finished".into(), &2000.into()));
        for field in ["loss", "test_loss", "seconds", "steps_per_s"] {
            assert!(end[field].as_f64().is_some_and(|number| number > 0.0), "{field} of {end}");
        }
    }
    assert!(events.iter().all(|line| line["variant"] == "base" || line["variant"] == "residual"));
}

#[test]
fn a_long_training_tells_how_it_goes() {
    let set = ["--set", "data.n=4000", "--set", "learn.rate=0.003"];
    let args = [&["train", "compose", "--json", "--steps", "1500", "--seed", "9"][..], &set].concat();
    let events = run(&args).ends(0).events();
    let steps = of(&events, "step", "model");
    assert!(!steps.is_empty(), "more than a tenth of a second went by");
    let mut last = 0;
    for line in &steps {
        let step = line["step"].as_u64().expect("a count");
        assert!(step >= last && step <= 1500, "{line}");
        last = step;
        for field in ["loss", "test_loss", "log_posterior", "steps_per_s"] {
            assert!(line[field].is_f64(), "{field} of {line}");
        }
    }
    assert_eq!(of(&events, "start", "model")[0]["seed"], 9);
}

#[test]
fn numbers_that_are_none_are_null() {
    let none = run(&["train", "compose", "--json", "--steps", "20", "--set", "data.target=none"]).ends(0).events();
    let end = of(&none, "end", "model")[0];
    assert!(end["loss"].is_null() && end["test_loss"].is_null(), "{end}");
    let all = run(&["train", "compose", "--json", "--steps", "20", "--set", "data.test=0"]).ends(0).events();
    let end = of(&all, "end", "model")[0];
    assert!(end["loss"].is_f64() && end["test_loss"].is_null(), "{end}");
}

/// What a person gets in place of the lines.
/// What peers' drivers write too: the names are a contract, the rates are the machine's business.
#[test]
fn bench_reports_rates_as_json_lines() {
    let ran = run(&["bench", "--config", "E", "--seconds", "0.02", "--reference", "--json"]).ends(0);
    let lines = ran.events();
    assert_eq!(lines.iter().map(|line| line["dtype"].as_str()).collect::<Vec<_>>(), [Some("f64"), Some("f32")]);
    for line in &lines {
        assert_eq!((line["peer"].as_str(), line["config"].as_str()), (Some("fnexplore"), Some("E")), "{line}");
        for rate in ["steps_per_s", "steps_per_cpu_s", "gradients_per_s", "share_of_peak", "times_reference"] {
            assert!(line[rate].as_f64().is_some_and(|rate| rate > 0.0), "{rate} in {line}");
        }
    }
    let preset = run(&["bench", "compose", "--dtype", "f64", "--seconds", "0.02"]).ends(0);
    assert!(preset.out.starts_with("compose") && preset.out.contains("steps/s"), "{}", preset.out);
    let wrong = run(&["bench", "--config", "F"]).ends(2);
    assert!(wrong.err.contains("possible values: A, B, C, D, E, nuts"), "{}", wrong.err);
}

#[test]
fn without_json_there_is_a_line_a_run() {
    let ran = run(&["train", "residual", "--steps", "300"]).ends(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(matches!(lines[..], [base, residual] if base.starts_with("base ") && residual.starts_with("residual ")));
    assert!(lines.iter().all(|line| line.contains("step 300") && line.contains("loss ")), "{lines:?}");
}

// Files.

#[test]
fn the_same_seed_writes_the_same_bytes_on_any_number_of_threads() {
    let folders = ["once", "again", "one-thread", "two-threads"].map(folder);
    let threads = [&[][..], &[], &["--threads", "1"], &["--threads", "2"]];
    for (folder, threads) in folders.iter().zip(threads) {
        let args = ["train", "residual", "--steps", "1500", "--set", "learn.batch=16", "--out", text(folder)];
        run(&[&args[..], threads].concat()).ends(0);
    }
    let first = files(&folders[0]);
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(names, ["base.safetensors", "history.csv", "preset.toml", "residual.safetensors", "summary.json"]);
    for other in &folders[1..] {
        for (name, bytes) in files(other) {
            assert!(bytes == first[&name], "{name} in {} differs", other.display());
        }
    }
    assert_ne!(first["base.safetensors"], first["residual.safetensors"]);
}

#[test]
fn tensors_are_named_and_shaped_as_the_contract_says() {
    let folder = folder("tensors");
    let set = ["--set", "model.architecture=plain", "--set", "f2.k=5", "--set", "likelihood.scale=learned"];
    let args = ["train", "compose", "--steps", "10", "--seed", "3", "--out", text(&folder)];
    run(&[&args[..], &set].concat()).ends(0);
    let files = files(&folder);
    let tensors = SafeTensors::deserialize(&files["model.safetensors"]).expect("a tensor file");
    let mut shapes: Vec<(String, Vec<usize>)> =
        tensors.tensors().iter().map(|(name, view)| (name.clone(), view.shape().to_vec())).collect();
    shapes.sort();
    let stage = |index: usize, k: usize| {
        [("a", vec![k, 1]), ("b", vec![1, k]), ("c", vec![k]), ("d", vec![1])]
            .map(|(letter, shape)| (format!("f{index}.{letter}"), shape))
    };
    let mut expected = [stage(1, 12), stage(2, 5), stage(3, 12)].concat();
    expected.push(("likelihood.log_scale".to_owned(), vec![1]));
    assert_eq!(shapes, expected);
    assert!(tensors.tensors().iter().all(|(_, view)| view.dtype() == safetensors::Dtype::F64));
    let (_, header) = SafeTensors::read_metadata(&files["model.safetensors"]).expect("a header");
    let about: Value = serde_json::from_str(&header.metadata().as_ref().expect("metadata")["fnexplore"])
        .expect("the metadata is JSON");
    assert_eq!((&about["seed"], &about["step"]), (&3.into(), &10.into()));
    assert_eq!(about["preset"].as_str().map(str::as_bytes), Some(&files["preset.toml"][..]));
    let history = String::from_utf8(files["history.csv"].clone()).expect("UTF-8");
    let mut lines = history.lines();
    assert_eq!(lines.next(), Some("variant,step,loss,test_loss,log_posterior"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().all(|row| row.len() == 5 && row[0] == "model" && row[2].parse::<f64>().is_ok()), "{rows:?}");
}

/// How the training of a built-in preset ends: one shows what it is to leave the numbers.
fn ends(name: &str) -> i32 {
    if name == "lr-too-high" { 3 } else { 0 }
}

/// θ of every tensor of a file, by name.
fn theta(file: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let tensors = SafeTensors::deserialize(file).expect("a tensor file");
    tensors.tensors().into_iter().map(|(name, view)| (name, view.data().to_vec())).collect()
}

/// Whatever the flags were, the preset that was saved is the one that ran, its table beside it.
#[test]
fn the_saved_preset_runs_again_to_the_same_coefficients() {
    for name in built_in_names() {
        let (first, second) = (folder(&format!("{name}-first")), folder(&format!("{name}-second")));
        let flags = ["--steps", "40", "--seed", "11", "--set", "prior.tau=0.7", "--set", "learn.rate=0.02"];
        run(&[&["train", name, "--out", text(&first)][..], &flags].concat()).ends(0);
        let saved = first.join("preset.toml");
        run(&["check", text(&saved)]).ends(0);
        run(&["train", text(&saved), "--out", text(&second)]).ends(0);
        let (one, other) = (files(&first), files(&second));
        for (file, bytes) in one.iter().filter(|(file, _)| file.ends_with(".safetensors")) {
            assert_eq!(theta(bytes), theta(&other[file]), "{name}: {file}");
        }
        assert_eq!(one["history.csv"], other["history.csv"]);
    }
}

#[test]
fn what_cannot_be_written_fails_with_its_name() {
    let folder = folder("occupied");
    std::fs::write(folder.join("file"), "mine").expect("a file");
    let target = folder.join("file");
    // A training of a night says so before it begins.
    let ran = run(&["train", "compose", "--steps", "1000000000", "--out", text(&target)]).ends(1);
    assert!(ran.err.contains("cli-occupied/file"), "{}", ran.err);
    assert_eq!(std::fs::read(target).expect("it is still there"), b"mine");
    let ran = run(&["snapshot", "compose", "--steps", "5", "--out", "/nowhere/at/all.svg"]).ends(1);
    assert!(ran.err.contains("/nowhere/at/all.svg"), "{}", ran.err);
}

/// Earlier results make room for later ones, a person's own files do not.
#[test]
fn results_replace_results_and_nothing_else() {
    let folder = folder("mine");
    let own = folder.join("preset.toml");
    std::fs::write(&own, "[model]\nk = 3\n").expect("a file");
    std::fs::write(folder.join("model.safetensors"), "mine").expect("a file");
    let train = |preset: &str, steps: &str| run(&["train", preset, "--steps", steps, "--out", text(&folder)]);
    let ran = train(text(&own), "1000000000").ends(2);
    for name in ["mine/preset.toml is there and may be yours", "mine/model.safetensors is there"] {
        assert!(ran.err.contains(name), "{}", ran.err);
    }
    assert_eq!(files(&folder).keys().collect::<Vec<_>>(), ["model.safetensors", "preset.toml"]);
    assert_eq!(files(&folder)["preset.toml"], b"[model]\nk = 3\n");
    for name in ["preset.toml", "model.safetensors"] {
        std::fs::remove_file(folder.join(name)).expect("it was there");
    }
    train("compose", "3").ends(0);
    let first = files(&folder);
    train("compose", "5").ends(0);
    let second = files(&folder);
    assert!(first.keys().eq(second.keys()) && first["model.safetensors"] != second["model.safetensors"]);
    // Draws of a training before this one would be taken for its own.
    std::fs::write(folder.join("draws.safetensors"), "of another").expect("a file");
    train("compose", "5").ends(0);
    assert!(first.keys().eq(files(&folder).keys()));
}

/// Coefficients never lie beside a table that they were not learned from.
#[test]
fn results_are_not_written_beside_another_table() {
    let folder = folder("tables");
    let (table, out) = (folder.join("three.csv"), folder.join("out"));
    let preset = folder.join("mine.toml");
    std::fs::write(&preset, "[data]\ncsv = \"three.csv\"\ninputs = [\"x\"]\noutputs = [\"y\"]\n[model]\nk = 2\n")
        .expect("a file");
    let train = |rows: &str, out: &Path| {
        std::fs::write(&table, format!("x,y,z\n{rows}")).expect("a file");
        run(&["train", text(&preset), "--steps", "3", "--out", text(out)])
    };
    let rows = "1,2,0\n2,4,1\n3,5,2\n4,9,3\n5,9,4\n6,12,5\n";
    train(rows, &out).ends(0);
    train(rows, &out).ends(0);
    train(rows, &folder).ends(0);
    let ran = train(&rows.replace('9', "8"), &out).ends(2);
    assert!(ran.err.contains("out/three.csv is there and holds other rows"), "{}", ran.err);
}

// Exit codes.

#[test]
fn a_divergence_is_exit_code_three_and_still_saved() {
    let folder = folder("diverged");
    let preset = "[data]\ntarget = \"x^3\"\nn = 40\n[learn]\nmethod = \"sgd\"\nrate = 1000";
    let ran = run_with(&["train", "-", "--json", "--out", text(&folder)], preset.as_bytes()).ends(3);
    let events = ran.events();
    let end = of(&events, "end", "model")[0];
    assert_eq!(end["status"], "diverged");
    assert!(end["step"].as_u64().is_some_and(|step| step < 5000));
    let files = files(&folder);
    for (name, bytes) in theta(&files["model.safetensors"]) {
        let numbers = bytes.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().expect("eight bytes")));
        assert!(numbers.into_iter().all(f64::is_finite), "{name}");
    }
    assert!(files.contains_key("history.csv"));
    let ran = run_with(&["train", "-"], preset.as_bytes()).ends(3);
    assert!(ran.out.contains("diverged after step"), "{}", ran.out);
    // One of two is enough.
    let variants = format!("{preset}\n[[variant]]\nname = \"slow\"\nset = {{ \"learn.rate\" = 1e-6 }}");
    let events = run_with(&["train", "-", "--json", "--steps", "300"], variants.as_bytes()).ends(3).events();
    assert_eq!(of(&events, "end", "slow")[0]["status"], "finished");
}

#[test]
fn every_problem_of_every_preset_is_told_with_its_place() {
    let folder = Path::new(ROOT).join("tests/bad_presets");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("the bad presets") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let ran = run(&["check", text(&path)]).ends(2);
        let expected =
            std::fs::read_to_string(&path).expect("a text").lines().filter(|line| line.starts_with("#! ")).count();
        let lines: Vec<&str> = ran.err.lines().collect();
        assert_eq!(lines.len(), expected, "{}\n{}", path.display(), ran.err);
        for line in lines {
            // A table's problems name the table.
            let place = line.strip_prefix(text(&folder)).unwrap_or(line);
            let place: Vec<&str> = place.splitn(4, ':').collect();
            let is_number = |part: &str| part.parse::<usize>().is_ok_and(|number| number > 0);
            let begins = matches!(place[..], [file, line, column, rest]
                if !file.is_empty() && is_number(line) && is_number(column) && rest.starts_with(' '));
            assert!(begins, "{line}");
        }
        assert_eq!(ran.out, "");
        seen += 1;
    }
    assert!(seen > 25);
    // Several files at once, the good ones among them silent.
    let good = format!("{ROOT}/presets/compose.toml");
    let bad = ["interval.toml", "expression.toml"].map(|name| text(&folder.join(name)).to_owned());
    let both = run(&["check", &bad[0], &good, &bad[1]]).ends(2);
    assert!(
        both.err.contains("interval.toml:") && both.err.contains("expression.toml:") && !both.err.contains("compose")
    );
}

#[test]
fn the_shipped_presets_are_sound() {
    let names: Vec<String> = built_in_names().map(|name| format!("{ROOT}/presets/{name}.toml")).collect();
    let args: Vec<&str> = std::iter::once("check").chain(names.iter().map(String::as_str)).collect();
    assert_eq!(run(&args).ends(0).err, "");
}

#[test]
fn bad_input_is_exit_code_two_and_says_what_was_meant() {
    for (args, said) in [
        (&["residul"][..], "nearest: residual"),
        (&["train", "residul"], "nearest: residual"),
        (&["snapshot", "compos"], "nearest: compose"),
        (&["presets", "show", "truncat"], "nearest: truncate"),
        (&["train", "xyzzy"], "`fnexplore presets` lists them"),
        (&["train", "./no-such.toml"], "no-such.toml"),
        (&["check", "no-such.toml"], "no-such.toml"),
        (&["train", "compose", "--set", "model.kk=4"], "nearest: model.k"),
        (&["train", "compose", "--set", "k=0"], "must be a whole number from 1 to 1024"),
        (&["train", "compose", "--set", "k"], "needs a value"),
        (&["train", "compose", "--set", "data.n=1000000", "--set", "learn.method=laplace"], "MiB"),
        (&["train", "compose", "--set", "f7.k=4"], "f7 is beyond the depth"),
        (&["train", "compose", "--seed=-4"], "--seed"),
        (&["train", "compose", "--steps", "many"], "steps"),
        (&["train", "compose", "--threads", "0"], "threads"),
        (&["train", "compose", "--seed", "18446744073709551615"], "seed"),
        (&["snapshot", "--size", "0x0"], "COLUMNSxROWS"),
        (&["frobnicate", "--now"], "--now"),
    ] {
        let ran = run(args).ends(2);
        assert!(ran.err.contains(said), "{args:?} says\n{}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
    }
    let all = run(&["train", "compose", "--set", "k=0", "--set", "rat=1", "--set", "learn.rate=-1"]).ends(2);
    assert_eq!(all.err.lines().filter(|line| line.starts_with("--set")).count(), 3, "all at once\n{}", all.err);
}

#[test]
fn what_is_set_is_what_runs() {
    let set = ["--set", "model.k=9", "--set", "f1.sigma=tanh", "--set", "depth=2"];
    let events = run(&[&["train", "compose", "--json", "--steps", "5"][..], &set].concat()).ends(0).events();
    // Two stages of b, c, a of 9 elements and one d.
    assert_eq!(of(&events, "start", "model")[0]["parameters"], 2 * (3 * 9 + 1));
}

// The built-in presets.

#[test]
fn presets_are_listed_and_shown_to_the_byte() {
    let listed = run(&["presets"]).ends(0).out;
    for (line, name) in listed.lines().zip(built_in_names()) {
        let (first, title) = line.split_once(' ').expect("a name and a title");
        assert_eq!(first, name);
        assert!(!title.trim().is_empty());
        let file = std::fs::read_to_string(format!("{ROOT}/presets/{name}.toml")).expect("the file");
        assert!(run(&["presets", "show", name]).ends(0).out == file, "{name}");
    }
    assert_eq!(listed.lines().count(), built_in_names().count());
}

#[test]
fn every_preset_trains_without_leaving_the_numbers() {
    for name in built_in_names() {
        let diverges = ends(name) == 3;
        let events = run(&["train", name, "--steps", "50", "--json"]).ends(ends(name)).events();
        let data = built_in(name).expect("built in").base.data;
        let held_out = data.test > 0.0;
        if data.origin == Origin::Nothing || diverges {
            continue;
        }
        let has_losses = |line: &&Value| line["event"] == "step" || line["event"] == "end";
        for line in events.iter().filter(has_losses) {
            assert!(line["loss"].is_f64() && line["test_loss"].is_f64() == held_out, "{name}: {line}");
        }
        let ends: Vec<&Value> = events.iter().filter(|line| line["event"] == "end").collect();
        let preset = built_in(name).expect("built in");
        assert_eq!(ends.len(), preset.runs().len());
        for (run, end) in ends.iter().enumerate() {
            // What is not a descent has an end of its own.
            let descends = preset.settings(run).learn.way == Way::Descent;
            assert!(end["status"] == "finished" && (end["step"] == 50 || !descends), "{name}: {end}");
        }
    }
}

/// After its own steps, on rows it has not seen.
#[test]
fn the_motorcycle_is_learned_better_than_by_a_line() {
    let events = run(&["train", "motorcycle", "--json"]).ends(0).events();
    let end = of(&events, "end", "model")[0];
    let number = |field: &str| end[field].as_f64().unwrap_or_else(|| panic!("{field} of {end}"));
    let (test, line, constant) = (number("test_loss"), number("line_loss"), number("constant_loss"));
    assert!(test < 0.6 * line && test < 0.6 * constant, "{test} against {line} and {constant}");
}

// Pictures.

#[test]
fn a_text_picture_is_as_large_as_asked_and_has_no_control() {
    for (size, width, height) in [("80x24", 80, 24), ("120x40", 120, 40), ("1x1", 1, 1)] {
        let picture = run(&["snapshot", "compose", "--steps", "200", "--size", size]).ends(0).out;
        let lines: Vec<&str> = picture.lines().collect();
        assert_eq!(lines.len(), height);
        assert!(lines.iter().all(|line| line.chars().count() <= width), "{picture}");
        assert!(picture.chars().all(|c| c == '\n' || !c.is_control()));
        if width > 1 {
            assert!(picture.contains("DONE") && picture.contains("step 200") && picture.contains("K=12"), "{picture}");
        }
    }
}

#[test]
fn an_ansi_picture_has_colours_and_text_underneath() {
    let mut coloured = command(&["snapshot", "compose", "--steps", "200", "--size", "80x24", "--format", "ansi"]);
    coloured.env("COLORTERM", "truecolor");
    let ansi = finish(&mut coloured, b"").ends(0).out;
    assert!(ansi.contains("\u{1b}[") && ansi.contains("38;2;"), "no colour");
    let size = |number| std::num::NonZero::new(number).expect("not zero");
    let mut parser = vt100::Parser::new(size(24), size(80), 0);
    parser.process(ansi.replace('\n', "\r\n").trim_end().as_bytes());
    let plain = run(&["snapshot", "compose", "--steps", "200", "--size", "80x24"]).ends(0).out;
    let drawn: Vec<String> = parser.screen().rows(0, 80).map(|row| row.trim_end().to_owned()).collect();
    let lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
    assert_eq!(drawn, lines, "the same picture in both");
    // Colours end where they are used: nothing is left switched on.
    assert!(
        ansi.trim_end().ends_with("\u{1b}[0m") || ansi.trim_end().ends_with("\u{1b}[m"),
        "{:?}",
        &ansi[ansi.len() - 40..]
    );
}

/// Tags close what is open, attributes are quoted, and & stands for itself nowhere.
fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        for (at, _) in before.match_indices('&') {
            let end = before[at..].find(';').map(|end| &before[at..=at + end]);
            assert!(matches!(end, Some("&amp;" | "&lt;" | "&gt;" | "&quot;" | "&apos;")), "{:?}", &before[at..]);
        }
        let end = tag.find('>').expect("a tag ends");
        let inside = &tag[1..end];
        assert_eq!(inside.matches('"').count() % 2, 0, "{inside}");
        match inside.as_bytes()[0] {
            b'?' => assert!(inside.ends_with('?')),
            b'/' => assert_eq!(open.pop(), Some(&inside[1..]), "closed out of order"),
            _ if inside.ends_with('/') => {}
            _ => open.push(inside.split_whitespace().next().expect("a name")),
        }
        rest = &tag[end + 1..];
    }
    assert!(open.is_empty(), "{open:?} never close");
    assert!(!rest.contains('&'));
}

#[test]
fn a_vector_picture_is_well_formed() {
    let folder = folder("svg");
    for name in built_in_names() {
        let path = folder.join(format!("{name}.svg"));
        let args = ["snapshot", name, "--steps", "100", "--size", "120x40", "--format", "svg", "--out", text(&path)];
        assert_eq!(run(&args).ends(ends(name)).out, "");
        let svg = std::fs::read_to_string(&path).expect("the picture");
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
        // Every letter is an element of its own, so that each stands in its cell.
        let letters = svg.split("</text>").filter_map(|text| text.rsplit('>').next()).collect::<String>();
        let whole = !built_in(name).expect("built in").base.view.zoom;
        let panes = letters.contains("Loss") && letters.contains("Configuration");
        assert!(panes == whole && letters.contains("K="), "{letters}");
        assert_well_formed(&svg);
    }
    // A title that tries to be markup.
    let preset = "title = \"</text><script>alert(1)</script> & \\\"x\\\"\"\nsteps = 5\nview.focus = 1";
    let svg = run_with(&["snapshot", "-", "--format", "svg", "--size", "200x60"], preset.as_bytes()).ends(0).out;
    assert_well_formed(&svg);
    assert!(!svg.contains("<script"));
}

#[test]
fn without_a_terminal_the_default_preset_is_trained_and_drawn() {
    for args in [&[][..], &["compose"]] {
        let ran = run(args).ends(0);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
        assert!(ran.out.contains("f⁽³⁾") && ran.out.contains(" Configuration ") && ran.out.contains(" Loss "));
        let last = ran.out.lines().last().expect("a last line");
        assert!(last.starts_with("model ") && last.contains("step 5000") && last.contains("loss 0.0"), "{last}");
    }
}

#[test]
fn progress_goes_to_standard_error_alone() {
    let ran = run(&["compose", "--set", "data.n=5000", "--set", "steps=2500"]).ends(0);
    assert!(!ran.err.is_empty(), "it took more than half a second");
    for line in ran.err.lines() {
        assert!(line.starts_with("model: step ") && line.contains(" of 2500, loss "), "{line}");
    }
    assert!(!ran.out.contains("model: step"));
}

/// No terminal worth the name is no terminal.
#[test]
fn a_dumb_terminal_gets_a_picture() {
    let mut dumb = command(&["compose", "--set", "steps=50"]);
    assert!(finish(dumb.env("TERM", "dumb"), b"").ends(0).out.contains("step 50"));
}

#[test]
fn in_an_ascii_locale_every_byte_is_ascii() {
    for args in [
        &["compose", "--set", "steps=100"][..],
        &["snapshot", "motorcycle", "--steps", "100"],
        &["snapshot", "residual", "--steps", "100", "--size", "200x60", "--format", "ansi"],
        &["train", "residual", "--steps", "100"],
    ] {
        for (name, value) in [("LANG", "C"), ("LC_ALL", "POSIX"), ("LC_CTYPE", "de_DE.ISO-8859-1")] {
            let mut command = command(args);
            command.env_remove("LANG").env(name, value);
            let ran = finish(&mut command, b"").ends(0);
            let odd: String = ran.out.chars().filter(|c| !c.is_ascii()).collect();
            assert!(odd.is_empty(), "{args:?} {name}={value}: {odd}");
        }
    }
    let mut asked = command(&["snapshot", "compose", "--steps", "100", "--marker", "braille"]);
    assert!(finish(asked.env("LANG", "C"), b"").ends(0).out.contains('⠉'), "unless it is asked for");
}

// Standard input.

#[test]
fn a_preset_comes_on_standard_input() {
    let preset = "title = \"From afar\"\nsteps = 30\n[model]\nk = 5\n";
    let ran = run_with(&["train", "-", "--json"], preset.as_bytes()).ends(0);
    let events = ran.events();
    assert_eq!(of(&events, "start", "model")[0]["parameters"], 3 * (3 * 5 + 1));
    let ran = run_with(&["-"], preset.as_bytes()).ends(0);
    assert!(ran.out.contains("K=5") && ran.out.contains("From afar"), "{}", ran.out);
    run_with(&["train", "-", "--steps", "5"], b"").ends(0);
}

#[test]
fn a_stranger_s_preset_reads_no_file_and_is_no_longer_than_a_mebibyte() {
    for path in ["/etc/passwd", "presets/data/motorcycle.csv", "data/motorcycle.csv", "../x.csv"] {
        let ran = run_with(&["train", "-"], format!("[data]\ncsv = \"{path}\"").as_bytes()).ends(2);
        assert!(ran.err.starts_with("-:2:") && ran.err.contains("reads no file unless --trust"), "{}", ran.err);
        assert!(!ran.err.contains("root:"));
    }
    let long = format!("# {}\n", "x".repeat(1 << 20));
    let ran = run_with(&["train", "-"], long.as_bytes()).ends(2);
    assert!(ran.err.contains("at most 1 MiB"), "{}", ran.err);
    let fits = format!("# {}\nsteps = 1\n", "x".repeat((1 << 20) - 20));
    run_with(&["train", "-"], fits.as_bytes()).ends(0);
    let ran = run_with(&["train", "-"], b"title = \"\xff\xfe\"").ends(2);
    assert!(ran.err.contains("byte 10 is not UTF-8"), "{}", ran.err);
}

#[test]
fn nothing_that_is_read_reaches_the_terminal_as_a_command() {
    let folder = folder("hostile");
    let hostile = "title = \"\\u001b]0;owned\\u0007\"\nnotes = \"a\\u009b31mb\\u202ec\"\nsteps = 5\n";
    let path = folder.join("a\u{1b}[31mb.toml");
    std::fs::write(&path, hostile).expect("a file");
    let good = run(&[text(&path)]).ends(0);
    let bad = folder.join("b\u{1b}[31mb.toml");
    std::fs::write(&bad, "\"\\u001b[2J\" = 1\n[model]\nk = \"\\u001b[2J\"").expect("a file");
    let wrong = run(&["check", text(&bad)]).ends(2);
    let unknown = run(&["train", "\u{1b}[2Jx", "--set", "\u{1b}[2J=1"]).ends(2);
    for said in [good.out, good.err, wrong.err, unknown.err] {
        assert!(said.chars().all(|c| c == '\n' || !c.is_control()) && !said.contains('\u{202e}'), "{said:?}");
    }
}

// Signals and pipes.

/// A training without end, once it has told of its first steps.
fn endless(folder: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let args = ["train", "residual", "--steps", "1000000000", "--json", "--out", text(folder)];
    let mut child = command(&args).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("\"step\"") || !line.contains("\"event\":\"step\"") {
        line.clear();
        assert!(lines.read_line(&mut line).expect("a line") > 0, "it ended by itself");
    }
    (child, lines)
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("the child lives");
}

#[test]
fn a_signal_ends_training_without_loss() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let folder = folder(&format!("signal-{code}"));
        let (mut child, mut lines) = endless(&folder);
        send(&child, signal);
        let mut rest = String::new();
        lines.read_to_string(&mut rest).expect("UTF-8");
        assert_eq!(wait(&mut child), code);
        let ran = Ran { code, out: rest, err: String::new() };
        let events = ran.events();
        for variant in ["base", "residual"] {
            let end = of(&events, "end", variant)[0];
            assert_eq!(end["status"], "interrupted", "{end}");
            let step = end["step"].as_u64().expect("a count");
            assert!(step > 0);
            let file = std::fs::read(folder.join(format!("{variant}.safetensors"))).expect("it was saved");
            assert_eq!(theta(&file).len(), 12);
            let history = std::fs::read_to_string(folder.join("history.csv")).expect("the history");
            let last = history.lines().rfind(|line| line.starts_with(variant)).expect("the variant's last line");
            assert_eq!(last.split(',').nth(1), Some(&*step.to_string()), "told to the last step");
        }
        assert!(folder.join("preset.toml").exists());
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let folder = folder("pipe");
    let (mut child, lines) = endless(&folder);
    let err = collect(child.stderr.take());
    drop(lines);
    assert_eq!(wait(&mut child), 0);
    assert_eq!(err.join().expect("no panic"), b"");
    let mut show = command(&["presets", "show", "compose"]).spawn().expect("the program starts");
    drop(show.stdout.take());
    assert_eq!(wait(&mut show), 0);
}
