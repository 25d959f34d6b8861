//! Presets as users meet them: every kind of mistake, hostile text, changes, and the way out to TOML and back in.

#![expect(clippy::float_cmp, reason = "settings are copied, not computed")]

use fnexplore::model::{Architecture, Form, Group, Lift, Readout, Scale};
use fnexplore::preset::{self, At, Change, Experiment, Path, Preset, Scope, Settings, Value};
use fnexplore::text::{Clean, Problem};
use proptest::prelude::*;
use std::path::Path as File;

const BAD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad_presets");

/// A preset's text, with the tables of `tests/bad_presets` beside it.
fn load(file: &str, text: &str) -> Result<Preset, Vec<Problem>> {
    preset::load(&Clean::from(file), text, &|relative| {
        if relative.contains("..") {
            return Err("it lies outside the preset's folder".to_owned());
        }
        std::fs::read(File::new(BAD).join(relative)).map_err(|_| "there is no such file".to_owned())
    })
}

fn good(text: &str) -> Preset {
    load("p.toml", text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

fn experiment(text: &str) -> Experiment {
    good(text).experiment(0).unwrap()
}

fn path(name: &str) -> Path {
    Path::parse(name).unwrap()
}

fn set(name: &str, value: &str) -> Change {
    let path = path(name);
    Change::Set(path, path.row().kind.parse(value).unwrap())
}

/// Short, on one line, without anything that a terminal obeys or that hides or reorders text.
fn assert_presentable(message: &str) {
    assert!(message.len() <= 400, "{} bytes: {message}", message.len());
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!message.contains(odd), "{message:?}");
}

/// A bad preset says in leading lines `#! LINE:COLUMN: how the message begins` what it expects: all of it, in order.
/// A line that names a file of its own is a table's.
#[test]
fn bad_presets_get_exactly_the_messages_they_expect() {
    let mut seen = 0;
    for entry in std::fs::read_dir(BAD).unwrap() {
        let entry = entry.unwrap().path();
        if entry.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&entry).unwrap();
        let file = entry.file_name().unwrap().to_str().unwrap();
        let expected: Vec<String> = text
            .lines()
            .map_while(|line| line.strip_prefix("#! "))
            .map(|line| {
                if line.starts_with(|c: char| c.is_ascii_digit()) { format!("{file}:{line}") } else { line.to_owned() }
            })
            .collect();
        let problems: Vec<String> = load(file, &text).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(!expected.is_empty(), "{file} expects nothing; it gets\n{}", problems.join("\n"));
        assert_eq!(problems.len(), expected.len(), "{file} gets\n{}", problems.join("\n"));
        for (problem, expected) in problems.iter().zip(&expected) {
            assert!(problem.starts_with(expected), "{file}\n  expects {expected}\n  gets    {problem}");
            assert_presentable(problem);
        }
        seen += 1;
    }
    assert!(seen >= 25, "only {seen} bad presets");
}

#[test]
fn an_empty_preset_is_the_design_s_defaults() {
    let written = r#"
        seed = 1
        steps = 5000
        [data]
        target = "sin(2*x)"
        n = 200
        noise = 0.1
        design = "uniform"
        range = [-3.0, 3.0]
        test = 0.25
        [model]
        architecture = "plain"
        branch_scale = "auto"
        depth = 3
        k = 16
        lift = "none"
        readout = "none"
        sigma = "relu"
        form = "full"
        init = "he"
        bias_sd = 0.5
        [likelihood]
        kind = "gaussian"
        [learn]
        method = "adam"
        rate = 1e-2
        batch = "full"
    "#;
    assert_eq!(good(""), good(written));
    assert_eq!(good("").base, Settings::default());
    // What depends on the rest is left open and comes out as §4 says.
    let open = "[data]\nstandardise = false\n[model]\nwidth = 1\n[likelihood]\nscale = 0.1\n[prior]\ntau = 1.0\n";
    assert_eq!(experiment(""), experiment(open));
    let groups = experiment("").model.priors.stages[0];
    let written = "[prior]\na = { kind = \"gaussian\", tau = 1.0, scaling = \"per-unit\" }\nb.scaling = \
     \"none\"\nc.scaling = \"none\"\nd.scaling = \"none\"";
    assert_eq!(groups, experiment(written).model.priors.stages[0]);
    assert_eq!(good("").to_toml(), "");
}

#[test]
fn defaults_that_depend() {
    let csv = experiment("[data]\ncsv = \"good.csv\"");
    assert!(csv.data.standardise);
    assert_eq!(Scale::Learned, good("[data]\ncsv = \"good.csv\"").base.scale());
    assert_eq!((csv.data.inputs(), csv.data.outputs(), csv.data.rows()), (1, 1, 5));

    let residual = |depth: usize| {
        experiment(&format!(
            "[data]\ntarget = \"x1 + x2\"\n[model]\narchitecture = \"residual\"\nreadout = \"linear\"\ndepth = {depth}"
        ))
        .model
    };
    assert_eq!(residual(4).f.branch_scale, 1.0);
    assert_eq!(residual(16).f.branch_scale, 0.25);
    assert!(residual(4).f.stages.iter().all(|stage| stage.outputs == 2));

    // b shares its variance out where there is more than one input to share it among.
    let priors = residual(4).priors.stages[0];
    let (a, b) = (priors.a, priors.b);
    assert_eq!(a, b);
    assert_ne!(experiment("").model.priors.stages[0].b, b);
    // The narrower setting wins.
    let tau = |text: &str| good(text).base.get(&path("f2.prior.a.tau")).number().unwrap();
    assert_eq!(tau("[prior]\ntau = 2"), 2.0);
    assert_eq!(tau("[prior]\ntau = 2\na.tau = 3"), 3.0);
    assert_eq!(tau("[prior]\ntau = 2\na.tau = 3\n[f2.prior]\ntau = 4"), 4.0);
    assert_eq!(tau("[f2]\nprior = { tau = 4, a = { tau = 5 } }"), 5.0);
}

/// Lift and readout stand only where dimensions differ; so both can be reached one setting at a time.
#[test]
fn ends_are_only_where_dimensions_differ() {
    let residual = good("model.architecture = \"residual\"");
    let (lifted, _) = residual.change(0, &set("lift", "linear")).unwrap();
    let (open, _) = lifted.change(0, &set("readout", "linear")).unwrap();
    let f = open.experiment(0).unwrap().model.f.clone();
    assert_eq!((f.lift, f.readout), (Lift::None, Readout::None), "1 → 1 → 1 needs none");
    let (wide, _) = open.change(0, &set("width", "4")).unwrap();
    let f = wide.experiment(0).unwrap().model.f.clone();
    assert_eq!((f.lift, f.readout, f.stream_inputs()), (Lift::Linear, Readout::Linear, 4));
    assert!(residual.change(0, &set("width", "4")).is_err(), "nothing is inserted silently");
}

#[test]
fn the_reduced_form_keeps_the_innermost_stage_full() {
    let f = &experiment("[model]\nform = \"reduced\"\nk = 5").model.f;
    assert_eq!([f.stages[0].form, f.stages[1].form, f.stages[2].form], [Form::Full, Form::Reduced, Form::Reduced]);
    // U's columns are the next stage's elements.
    assert_eq!([f.stages[0].outputs, f.stages[1].outputs, f.stages[2].outputs], [5, 5, 1]);
}

#[test]
fn stages_have_their_own() {
    let text = "[f1]\nk = 2\nsigma = \"tanh\"\na = [1, 2]\nc = [0.5, -0.5]\nhold = [\"b\", \"c\"]\n[f3]\nwidth \
     = 2\nhold = \"d\"";
    let experiment = experiment(text);
    let outermost = experiment.model.f.stages[2];
    assert_eq!((outermost.k, outermost.sigma.name()), (2, "tanh"));
    assert_eq!(experiment.model.f.stages[0].outputs, 2);
    assert_eq!(experiment.start.given, [("f1.a".to_owned(), vec![1.0, 2.0]), ("f1.c".to_owned(), vec![0.5, -0.5])]);
    assert_eq!(experiment.hold, [(0, Group::D), (2, Group::B), (2, Group::C)]);
}

#[test]
fn variants_change_a_few_keys() {
    let preset = good(
        "[model]\nk = 4\n[[variant]]\nname = \"residual\"\nset = { \"model.architecture\" = \"residual\", \
         learn.rate = 0.1 }",
    );
    assert_eq!(preset.runs(), ["base", "residual"]);
    assert_eq!(good("").runs(), ["model"]);
    assert_eq!(preset.experiment(0).unwrap().model.f.architecture, Architecture::Plain);
    let variant = preset.experiment(1).unwrap();
    assert_eq!((variant.model.f.architecture, variant.model.f.stages[0].k), (Architecture::Residual, 4));
    assert_eq!(variant.learn.rate, 0.1);
}

#[test]
fn a_variant_s_keys_keep_their_order() {
    let preset = good("[[variant]]\nname = \"v\"\nset = { \"model.k\" = 3, \"data.n\" = 4, seed = 2 }");
    let keys: Vec<String> = preset.variants[0].set.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(keys, ["model.k", "data.n", "seed"]);
}

#[test]
fn a_stage_out_of_reach_is_kept_but_not_written() {
    let preset = good("[f3]\nk = 4");
    let (shallow, _) = preset.change(0, &set("depth", "2")).unwrap();
    assert_eq!(shallow.to_toml(), "\n[model]\ndepth = 2\n");
    assert_eq!(shallow.change(0, &set("depth", "3")).unwrap().0.settings(0), preset.base);
}

#[test]
fn a_change_goes_where_the_setting_is_written() {
    let preset = good(
        "[[variant]]\nname = \"wide\"\nset = { \"model.k\" = 32 }\n[[variant]]\nname = \"deep\"\nset = { \
         \"model.depth\" = 5 }",
    );
    let k = |preset: &Preset| (0..3).map(|run| preset.settings(run).model.k).collect::<Vec<_>>();
    let (changed, runs) = preset.change(1, &set("model.k", "64")).unwrap();
    assert_eq!((k(&changed), runs), (vec![16, 64, 16], vec![1]));
    let (changed, runs) = preset.change(2, &set("k", "8")).unwrap();
    assert_eq!((k(&changed), runs), (vec![8, 32, 8], vec![0, 2]));
    let (changed, runs) = preset.change(1, &Change::Clear(path("model.k"))).unwrap();
    assert_eq!((k(&changed), runs), (vec![16, 16, 16], vec![1]));
    let (_, runs) = preset.change(0, &set("model.k", "16")).unwrap();
    assert!(runs.is_empty());
    // Whichever run is looked at, the one that breaks is named.
    let refused =
        preset.change(0, &set("architecture", "residual")).and_then(|(preset, _)| preset.change(1, &set("width", "2")));
    assert!(refused.unwrap_err().sentence.contains("f3: a residual stage"));
    let refused = |run, change| preset.change(run, &change).unwrap_err().sentence.to_string();
    assert_eq!(refused(0, set("f5.k", "2")), "f5 is beyond the depth: model.depth is 3, so stages are f1 to f3");
    assert!(preset.change(2, &set("f5.k", "2")).is_ok());
    assert_eq!(
        refused(0, Change::Redraw { stage: Some(4) }),
        "f4 is beyond the depth: model.depth is 3, so stages are f1 to f3"
    );
    assert_eq!(
        refused(0, Change::Set(path("model.k"), Value::Int(0))),
        "model.k is 0; it must be a whole number from 1 to 1024"
    );
}

#[test]
fn tables_are_read_once() {
    let preset = good("[data]\ncsv = \"good.csv\"");
    let (changed, _) = preset.change(0, &set("model.k", "4")).unwrap();
    let (changed, _) = changed.change(0, &set("data.target", "cos(x)")).unwrap();
    assert_eq!(changed.experiment(0).unwrap().data.rows(), 200);
    // Back to the same file without a file system.
    let (changed, _) = changed.change(0, &set("data.csv", "good.csv")).unwrap();
    assert_eq!(changed.experiment(0).unwrap().data.rows(), 5);
    let refused = changed.change(0, &set("data.csv", "other.csv")).unwrap_err();
    assert!(refused.sentence.starts_with("data.csv: \"other.csv\" is read when a preset is opened"), "{refused}");
    let refused = changed.change(0, &set("data.inputs", "accel")).unwrap_err();
    assert!(refused.sentence.starts_with("data.inputs: "), "{refused}");
}

#[test]
fn memory_is_refused_before_it_is_needed() {
    let widest = "[data]\nn = 1_000_000\n[model]\nk = 1024\nwidth = 1024\ndepth = 64";
    assert!(load("p.toml", widest).unwrap_err()[0].sentence.contains("MiB; the limit is 512 MiB"));
    // A step walks through a million rows in tiles, and no look takes all of them; a closed form's matrix is all of them.
    let many = "[data]\nn = 1_000_000\n[learn]\nmethod = ";
    assert!(load("p.toml", &format!("{many}\"adam\"")).is_ok());
    assert!(load("p.toml", &format!("{many}\"laplace\"")).unwrap_err()[0].sentence.contains("1000000 rows need about"));
    let few = Settings::default();
    assert!(few.experiment_within(1000).is_err() && few.experiment_within(10_000_000).is_ok());
}

#[test]
fn what_goes_on_and_what_starts_anew() {
    let before = experiment("");
    for (key, value, goes_on) in [
        ("learn.rate", "0.5", true),
        ("prior.tau", "2", true),
        ("likelihood.scale", "0.2", true),
        ("f2.hold", "a", true),
        ("likelihood.scale", "learned", false),
        ("model.k", "4", false),
        ("seed", "2", false),
        ("data.noise", "0", false),
    ] {
        let after = good("").change(0, &set(key, value)).unwrap().0.experiment(0).unwrap();
        assert_eq!(after.continues(&before), goes_on, "{key}");
    }
}

#[test]
fn names_are_typed_in_full_or_by_their_end() {
    for (typed, full) in [
        ("model.k", "model.k"),
        ("k", "model.k"),
        ("rate", "learn.rate"),
        ("f3.k", "f3.k"),
        ("f3.sigma", "f3.sigma"),
        ("f3.prior.a.tau", "f3.prior.a.tau"),
        ("tau", "prior.tau"),
        ("f3.tau", "f3.prior.tau"),
        ("a.tau", "prior.a.tau"),
        ("f12.hold", "f12.hold"),
        (" seed ", "seed"),
        ("scale", "likelihood.scale"),
        ("f2.a.scaling", "f2.prior.a.scaling"),
    ] {
        assert_eq!(path(typed).to_string(), full, "{typed}");
    }
    for (typed, says) in [
        ("modle.k", "nearest: model.k"),
        ("model", "is a section"),
        ("scaling", "could be"),
        ("f0.k", "stages are f1"),
        ("f65.k", "stages are f1"),
        ("f3.seed", "f3.seed is no setting"),
        ("hold", "hold is no setting"),
        ("", "is no setting"),
        ("\u{1b}[2J", "·[2J is no setting"),
        ("data.nois", "nearest: data.noise"),
        ("f3.sigm", "nearest: f3.sigma"),
    ] {
        let said = Path::parse(typed).unwrap_err();
        assert!(said.contains(says), "{typed}: {said}");
    }
}

#[test]
fn typed_changes() {
    let says = |typed: &str| Change::parse(typed).unwrap_err();
    assert_eq!(Change::parse("k=4"), Ok(Change::Set(path("model.k"), Value::Int(4))));
    assert_eq!(Change::parse("rate = 1e-3"), Ok(Change::Set(path("learn.rate"), Value::Real(1e-3))));
    assert_eq!(Change::parse("steps=1e5"), Ok(Change::Set(path("steps"), Value::Int(100_000))));
    assert_eq!(Change::parse("target=sin(x) * 2"), Ok(set("data.target", "\"sin(x) * 2\"")));
    assert_eq!(Change::parse("range=-1, 2"), Ok(set("data.range", "[-1.0, 2.0]")));
    assert_eq!(Change::parse("f2.hold=b,c"), Ok(set("f2.hold", "[\"b\", \"c\"]")));
    assert_eq!(Change::parse("standardise=yes"), Ok(set("data.standardise", "true")));
    assert_eq!(Change::parse("scale=learned"), Ok(set("likelihood.scale", "\"learned\"")));
    assert_eq!(says("k"), "model.k needs a value: model.k=…, a whole number from 1 to 1024");
    assert_eq!(
        says("sigma=rleu"),
        "model.sigma is \"rleu\"; it must be relu, leaky_relu, elu, sigmoid, tanh, softplus, gelu, silu, sin, gauss, hat, step, identity, square or cube; nearest: relu"
    );
    assert_eq!(says("rate=nan"), "learn.rate is nan; it must be a number from 1e-8 to 1000");
}

#[test]
fn changes_are_json() {
    for (change, json) in [
        (set("f3.k", "4"), r#"{"set":["f3.k",4]}"#),
        (set("data.range", "[0, 1]"), r#"{"set":["data.range",[0.0,1.0]]}"#),
        (Change::Clear(path("k")), r#"{"clear":"model.k"}"#),
        (Change::Redraw { stage: None }, r#"{"redraw":{"stage":null}}"#),
    ] {
        assert_eq!(serde_json::to_string(&change).unwrap(), json);
        assert_eq!(serde_json::from_str::<Change>(json).unwrap(), change);
    }
    assert!(serde_json::from_str::<Change>(r#"{"set":["model.kk",4]}"#).is_err());
}

#[test]
fn too_much_text_is_not_read() {
    let problems = load("p.toml", &"#".repeat((1 << 20) + 1)).unwrap_err();
    assert_eq!(problems[0].to_string(), "p.toml:1:1: this is 1048577 bytes long; a preset has at most 1048576");
    let many: String = (0..50_000).map(|at| format!("key{at} = 1")).collect::<Vec<_>>().join("\n");
    let problems = load("p.toml", &many).unwrap_err();
    assert_eq!(problems.len(), 101);
    assert!(problems[100].sentence.starts_with("more than 100 problems"));
    let variants: String =
        (0..10_000).map(|at| format!("[[variant]]\nname = \"v{at}\"")).collect::<Vec<_>>().join("\n");
    assert!(load("p.toml", &variants).unwrap_err()[0].sentence.contains("10000 variants"));
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(load("p.toml", &deep).is_err());
}

/// A preset that uses much of the language, to be mutilated.
const RICH: &str = r#"title = "a title"
notes = """
one
---
"two"
"""
seed = 7
[data]
target = "sin(2*x)"
range = [-1, 2.5]
[model]
depth = 3
k = 5
[f3]
k = 2
hold = ["b", "c"]
prior = { a = { tau = 0.5 }, tau = 2 }
a = [[1.0], [2.0]]
[likelihood]
scale = "learned"
[prior]
d = { kind = "flat" }
[learn]
batch = 50
[view]
lock = ["model.k", "f2.prior.tau"]
focus = 2
[[variant]]
name = "deep"
set = { "model.depth" = 5, learn.rate = 0.1 }
"#;

/// Every place of a setting that a change may name.
fn settings() -> Vec<Path> {
    let places: [At; 4] = [None, Some(1), Some(2), Some(3)];
    preset::rows().flat_map(|row| places.into_iter().filter_map(move |at| Path::of(row, at))).collect()
}

/// A change that might be valid: a nudge, a typed value, or an unwriting.
fn change() -> impl Strategy<Value = (usize, Change)> {
    let typed = prop_oneof![
        Just("true"),
        Just("none"),
        Just("2"),
        Just("0.25"),
        Just("[1, 2]"),
        Just("[[1, 2]]"),
        Just("a"),
        Just("\"q\\\"\""),
        Just("x + 1"),
        Just("residual"),
        Just("reduced"),
        Just("flat"),
        Just("learned"),
        Just("pad"),
        Just("model.k"),
        Just("a\n---\n\"\"\"b"),
    ];
    (0..2_usize, proptest::sample::select(settings()), -9..9_i32, typed, 0..5).prop_map(
        |(run, path, steps, typed, how)| {
            let row = path.row();
            let nudged = row.kind.nudge(&(row.get)(&Settings::default(), path.stage()), steps);
            let change = match how {
                0 => Change::Clear(path),
                1 | 2 => Change::Set(path, row.kind.parse(typed).unwrap_or(nudged)),
                _ => Change::Set(path, nudged),
            };
            (run, change)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_loaded_or_refused_presentably(text in "(?s).{0,300}") {
        for problem in load("p.toml", &text).err().unwrap_or_default() {
            assert_presentable(&problem.to_string());
        }
    }

    #[test]
    fn mutilated_presets_are_loaded_or_refused_presentably(
        cuts in proptest::collection::vec((0..RICH.len(), 0..12_usize, "[\\[\\]{}=\".,a-f0-9 \
         \\n\\\\u\u{1b}\u{202e}é-]{0,5}"), 1..5)
    ) {
        let mut text = RICH.to_owned();
        for (at, length, new) in cuts {
            let start = at.min(text.len());
            let end = (start + length).min(text.len());
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, &new);
            }
        }
        match load("p.toml", &text) {
            Ok(preset) => prop_assert_eq!(load("p.toml", &preset.to_toml()), Ok(preset)),
            Err(problems) => for problem in problems {
                assert_presentable(&problem.to_string());
                prop_assert!(problem.place.is_some());
            },
        }
    }

    #[test]
    fn changed_presets_survive_toml(changes in proptest::collection::vec(change(), 1..20)) {
        let mut preset = good(RICH);
        for (run, change) in changes {
            if let Ok((changed, _)) = preset.change(run, &change) {
                preset = changed;
            }
        }
        for run in 0..2 {
            prop_assert!(preset.experiment(run).is_ok());
        }
        let mut back = good(&preset.to_toml());
        // Stages that no run has are not written.
        let deepest = (0..2).map(|run| preset.settings(run).model.depth).max().unwrap();
        preset.base.stages.retain(|index, _| *index <= deepest);
        back.base.stages.retain(|index, _| *index <= deepest);
        prop_assert_eq!(&back, &preset, "{}", preset.to_toml());
    }

    #[test]
    fn typed_text_never_panics(path in proptest::sample::select(settings()), typed in "(?s).{0,60}") {
        if let Ok(value) = path.row().kind.parse(&typed) {
            prop_assert_eq!(path.row().kind.check(value.clone()), Ok(value));
        }
        let _ = Change::parse(&typed);
    }
}

#[test]
fn the_rich_preset_uses_every_scope() {
    let preset = good(RICH);
    let scopes = [Scope::Whole, Scope::PerStage, Scope::PerGroup, Scope::StageOnly];
    for scope in scopes {
        let written = |row: &preset::Row| {
            [None, Some(3)].into_iter().any(|at| Path::of(row, at).is_some() && row.is_written(&preset.base, at))
        };
        assert!(preset::rows().any(|row| row.scope == scope && written(row)), "{scope:?}");
    }
    assert_eq!(good(&preset.to_toml()), preset);
    assert_eq!(preset.base.pages().count(), 2);
}
