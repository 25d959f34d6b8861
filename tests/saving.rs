//! A preset's text after changes: what was written stays as it was written, and what comes out is what was meant.

use fnexplore::preset::{self, Change, Path, Preset, Settings, built_in, built_in_names, find, rows, template};
use fnexplore::text::Clean;
use proptest::prelude::*;

/// Every way to write a table, with comments everywhere.
const STYLES: &str = r#"# mine.toml
# above everything

title = "Mine"   # a title
seed = 3

[data] # data
target = "sin(2*x)"     # the default, written
n = 0x64                # hexadecimal
# noise is small
noise = 1e-1

[model]
k = 12 # not too many
depth = 3
sigma = 'tanh'

# the innermost
[f3]
k=4     # tight
hold = [
    "b", # first
    "c",
]
[f3.prior]
a.tau = 2.0

[prior]
tau = 1.0 # τ
# heights
a = { kind = "gaussian", tau = 0.5 } # inline

[learn]
rate = 0.02 # per step

[[variant]]
name = "deeper"   # one
set = { "model.depth" = 4 } # two

[[variant]]
# the other
name = "wide"
[variant.set]
"model.k" = 20 # K
f2.k = 3

# the end
"#;

/// Tables in line, dotted keys at the top, no section anywhere.
const DOTTED: &str = "# head\nmodel = { k = 7, depth = 2 } # m\ndata.n = 50 # n\nf2 = { k = 3 }\nvariant = [{ name = \"a\", set = { \"model.k\" = 2 } }]\n";

fn load(text: &str) -> Preset {
    let loaded = preset::load(&Clean::from("mine.toml"), text, &|_| Ok(b"x,y\n1,2\n2,3\n3,5\n4,4\n".to_vec()));
    loaded.unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

fn changed(preset: &Preset, run: usize, change: &str) -> Preset {
    let change = match change.strip_prefix('-') {
        Some(name) => Change::Clear(Path::parse(name).expect("a setting")),
        None => Change::parse(change).expect("a change"),
    };
    preset.change(run, &change).unwrap_or_else(|why| panic!("{change}: {why}")).0
}

/// `text` after changes; it loads as what was meant.
fn saved(text: &str, changes: &[(usize, &str)]) -> String {
    let before = load(text);
    let after = changes.iter().fold(before.clone(), |preset, (run, change)| changed(&preset, *run, change));
    let revised = after.revised(&before, text);
    assert_eq!(load(&revised), after, "{revised}");
    revised
}

#[test]
fn what_did_not_change_stays_byte_for_byte() {
    for text in [STYLES, DOTTED, "", "\u{feff}seed = 2\r\n", "# only a comment"] {
        let preset = load(text);
        assert_eq!(preset.revised(&preset, text), text);
    }
    for name in built_in_names() {
        let (preset, text) = (built_in(name).unwrap(), find(name).unwrap());
        assert_eq!(preset.revised(&preset, text), text);
    }
}

/// One line differs, and on it only the value.
#[test]
fn a_changed_value_keeps_its_place_and_its_comment() {
    for (run, change, old, new) in [
        (0, "model.k=13", "k = 12 # not too many", "k = 13 # not too many"),
        (0, "data.target=cos(x)", "target = \"sin(2*x)\"     #", "target = \"cos(x)\"     #"),
        (0, "data.n=64", "n = 0x64                # hex", "n = 64                # hex"),
        (0, "f3.k=5", "k=4     # tight", "k=5     # tight"),
        (0, "model.k=16", "k = 12 # not too many", "k = 16 # not too many"),
        (0, "prior.a.tau=0.7", "tau = 0.5 } # inline", "tau = 0.7 } # inline"),
        (0, "f3.prior.a.tau=3", "a.tau = 2.0", "a.tau = 3.0"),
        (0, "title=Yours", "\"Mine\"   # a title", "\"Yours\"   # a title"),
        (1, "model.depth=5", "\"model.depth\" = 4 } # two", "\"model.depth\" = 5 } # two"),
        (2, "model.k=21", "\"model.k\" = 20 # K", "\"model.k\" = 21 # K"),
    ] {
        assert_eq!(saved(STYLES, &[(run, change)]), STYLES.replace(old, new), "{change}");
    }
    assert_eq!(
        saved(DOTTED, &[(0, "model.k=8"), (0, "data.n=60")]),
        DOTTED.replace("k = 7", "k = 8").replace("50", "60")
    );
    let windows = STYLES.replace('\n', "\r\n");
    assert_eq!(saved(&windows, &[(0, "model.k=13")]), windows.replace("k = 12", "k = 13"));
}

#[test]
fn a_new_key_goes_to_its_table_in_the_table_s_order() {
    let line = |text: &str, begins: &str| {
        text.lines().position(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("no {begins} in\n{text}"))
    };
    let text = saved(STYLES, &[(0, "data.test=0.5"), (0, "model.architecture=residual"), (0, "steps=10")]);
    assert_eq!(line(&text, "steps = 10"), line(&text, "seed = 3") + 1);
    assert_eq!(line(&text, "architecture = "), line(&text, "[model]") + 1);
    assert_eq!(line(&text, "test = 0.5"), line(&text, "noise = 1e-1") + 1);
    // A table that is not there yet.
    let text = saved(STYLES, &[(0, "likelihood.scale=0.2"), (0, "f1.k=9"), (0, "f3.sigma=relu")]);
    let order = ["[f3]", "[prior]", "[learn]", "[f1]", "[[variant]]"];
    assert!(order.windows(2).all(|pair| line(&text, pair[0]) < line(&text, pair[1])), "{text}");
    assert!(line(&text, "[likelihood]") < line(&text, "[prior]"), "{text}");
    assert_eq!(line(&text, "sigma = \"relu\""), line(&text, "k=4") + 1);
    // What stands above a file stays above it.
    assert_eq!(saved("# mine.toml\n[data]\nn = 30\n", &[(0, "seed=7")]), "# mine.toml\nseed = 7\n\n[data]\nn = 30\n");
    assert_eq!(saved("# mine.toml\nsteps = 5\n", &[(0, "seed=7")]), "# mine.toml\nseed = 7\nsteps = 5\n");
    assert_eq!(
        saved("# mine\n\n# data\n[data]\nn = 30\n", &[(0, "seed=7")]),
        "# mine\n\nseed = 7\n# data\n[data]\nn = 30\n"
    );
    assert_eq!(saved("", &[(0, "model.k=3"), (0, "prior.a.tau=2")]), "[model]\nk = 3\n\n[prior]\na.tau = 2.0\n");
}

#[test]
fn what_is_not_written_any_more_goes() {
    let text = saved(STYLES, &[(0, "-f3.k"), (0, "-prior.tau")]);
    assert!(!text.contains("k=4") && !text.contains("tau = 1.0"), "{text}");
    // Unwriting what has one default of its own writes that.
    assert_eq!(saved(STYLES, &[(0, "-learn.rate")]), STYLES.replace("rate = 0.02 #", "rate = 0.01 #"));
    // The comment above a line that went stays.
    let text = saved("[f1]\n# why\nk = 3\n# and\nsigma = \"tanh\"\n", &[(0, "-f1.k")]);
    assert_eq!(text, "[f1]\n# why\n# and\nsigma = \"tanh\"\n");
    let text = saved(STYLES, &[(2, "-model.k")]);
    assert!(!text.contains("# K") && text.contains("# the other"), "{text}");
}

/// A stage that no run has any more would be refused.
#[test]
fn stages_beyond_every_depth_are_left_out() {
    let before = load("[model]\ndepth = 3\n[f3] # third\nk = 2\n[f1]\nk = 4\n");
    let after = changed(&before, 0, "model.depth=2");
    let text = after.revised(&before, "[model]\ndepth = 3\n[f3] # third\nk = 2\n[f1]\nk = 4\n");
    assert_eq!(text, "[model]\ndepth = 2\n[f1]\nk = 4\n");
    load(&text);
}

#[test]
fn a_table_and_a_target_take_each_other_s_place() {
    let text = "[data]\ncsv = \"t.csv\" # mine\nn = 30\n";
    let text = saved(text, &[(0, "data.target=cos(x)")]);
    assert!(!text.contains("csv") && text.contains("target = \"cos(x)\""), "{text}");
}

#[test]
fn variants_come_and_go() {
    let before = load(STYLES);
    let mut after = before.clone();
    after.variants.remove(0);
    after.variants.push(preset::Variant {
        name: "new".to_owned(),
        set: vec![(Path::parse("model.k").unwrap(), preset::Value::Int(5))],
        forked: false,
    });
    let text = after.revised(&before, STYLES);
    assert_eq!(load(&text), after);
    assert!(text.contains("# the other") && !text.contains("deeper") && text.contains("# not too many"), "{text}");
    after.variants.clear();
    assert_eq!(load(&after.revised(&before, STYLES)), after);
    let dotted = load(DOTTED);
    after.variants.clone_from(&before.variants);
    let mut after = dotted.clone();
    after.variants[0].set[0].1 = preset::Value::Int(3);
    let text = after.revised(&dotted, DOTTED);
    assert_eq!(load(&text), after);
    assert!(text.starts_with("# head\nmodel = { k = 7, depth = 2 } # m\n"), "{text}");
}

#[test]
fn a_text_that_is_another_preset_s_is_not_believed() {
    let after = changed(&load(""), 0, "model.k=3");
    assert_eq!(load(&after.revised(&load(""), "not TOML at all")), after);
    assert_eq!(load(&after.revised(&load(""), "[learn]\nrate = 0.5\n")), after);
}

// The template.

#[test]
fn the_template_is_the_defaults_and_has_every_key() {
    let text = template();
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text}");
    assert_eq!(load(&text).base, Settings::default());
    for row in rows() {
        let name = row.key.rsplit('.').next().expect("a name");
        let local = row.key.split_once('.').map_or(row.key, |(_, local)| local);
        let has = |name: &str| text.lines().any(|line| line.starts_with(&format!("#{name} = ")));
        assert!(has(name) || has(local), "{} is not in\n{text}", row.key);
        let words: Vec<&str> = row.help.split_whitespace().collect();
        let flat = text.replace("\n# ", " ");
        assert!(flat.contains(&words.join(" ")), "{} is not explained", row.key);
    }
    assert!(text.lines().all(|line| line.chars().count() <= 120));
}

/// Every key of it, alone in its table, is right as it stands, and says what holds anyway.
#[test]
fn every_key_of_the_template_may_be_uncommented() {
    let text = template();
    let mut section = String::new();
    let mut tried = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(bare) = line.strip_prefix('#').filter(|bare| !bare.starts_with([' ', ':'])) else { continue };
        let mut key = bare.to_owned();
        if bare.ends_with("\"\"\"") {
            for more in lines.by_ref().take_while(|more| *more != "#\"\"\"") {
                key.push('\n');
                key.push_str(&more[1..]);
            }
            key.push_str("\n\"\"\"");
        }
        if bare.starts_with('[') {
            section = format!("{bare}\n");
            continue;
        }
        // A given block must have its stage's shape, a column its table, a variant its name.
        let context = match (section.trim(), bare.split(' ').next().expect("a key")) {
            ("[f2]", "a" | "b" | "c" | "d") => "k = 2\n",
            ("[data]", "inputs" | "outputs") => "csv = \"t.csv\"\n",
            ("[[variant]]", "set") => "name = \"deeper\"\n",
            _ => "",
        };
        let alone = load(&format!("{section}{context}{key}\n"));
        if context.is_empty() && !section.contains("[f2]") && !section.contains("variant") {
            let says = [
                "title",
                "notes",
                "csv",
                "off",
                "predict",
                "answer",
                "lock",
                "alpha",
                "run",
                "select",
                "lift_start",
                "readout_start",
            ];
            let name = bare.split(' ').next().expect("a key");
            let same = says.contains(&name)
                || (0..alone.runs().len()).all(|run| alone.experiment(run) == load("").experiment(0));
            assert!(same, "{section}{key} changes the experiment");
        }
        tried += 1;
    }
    assert!(tried >= rows().count(), "{tried}");
}

/// On standard output, or into a file that is not there yet.
#[test]
fn new_writes_the_template_and_replaces_nothing() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let new = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fnexplore"));
        command.arg("new").args(args).current_dir(&folder).output().expect("the program runs")
    };
    let printed = new(&[]);
    assert!(printed.status.success() && printed.stdout == template().as_bytes());
    assert!(new(&["mine.toml"]).status.success());
    assert_eq!(std::fs::read_to_string(folder.join("mine.toml")).expect("it was written"), template());
    std::fs::write(folder.join("mine.toml"), "seed = 3").expect("a file");
    let refused = new(&["mine.toml"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there already"));
    assert_eq!(std::fs::read_to_string(folder.join("mine.toml")).expect("it is there"), "seed = 3");
}

// Anything at all.

fn a_change() -> impl Strategy<Value = (usize, &'static str)> {
    let changes = prop::sample::select(vec![
        "model.k=5",
        "model.k=16",
        "model.depth=1",
        "model.depth=2",
        "model.depth=6",
        "model.architecture=residual",
        "f3.k=7",
        "f3.sigma=relu",
        "f2.k=9",
        "f1.prior.tau=0.5",
        "f1.prior.b.tau=2",
        "f3.hold=a",
        "-f3.hold",
        "-f3.k",
        "-f3.prior.a.tau",
        "prior.tau=3",
        "-prior.tau",
        "prior.d.kind=flat",
        "prior.a.scaling=none",
        "-prior.a.tau",
        "data.n=33",
        "data.target=x^2",
        "data.noise=0.3",
        "data.range=[-1,2]",
        "likelihood.scale=learned",
        "-likelihood.scale",
        "likelihood.scale=0.3",
        "learn.rate=1e-5",
        "learn.batch=10",
        "learn.method=sgd",
        "seed=99",
        "steps=7",
        "title=Another \"one\" \\ here",
        "view.focus=1",
        "view.lock=[\"f3.k\", \"seed\"]",
        "notes=\"a\\n---\\n\\\"\\\"\\\"b\"",
        "f3.c=[1,2,3,4]",
        "-f3.c",
        "model.width=2",
        "-model.width",
        "data.standardise=true",
        "-data.standardise",
        "view.predict=What?",
    ]);
    (0..3_usize, changes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed in whatever order: the text loads as what was meant, saving again changes nothing, and no
    /// comment is lost but those of lines that went.
    #[test]
    fn saving_and_loading_meet(which in 0..3_usize, changes in prop::collection::vec(a_change(), 1..8)) {
        let text = [STYLES, DOTTED, "# nothing\n"][which];
        let before = load(text);
        let mut after = before.clone();
        let mut cleared = false;
        for (run, change) in changes {
            let parsed = match change.strip_prefix('-') {
                Some(name) => Change::Clear(Path::parse(name).expect("a setting")),
                None => Change::parse(change).expect("a change"),
            };
            if let Ok((changed, _)) = after.change(run.min(after.variants.len()), &parsed) {
                after = changed;
                cleared |= change.starts_with('-') || change.contains("depth");
            }
        }
        let revised = after.revised(&before, text);
        let loaded = load(&revised);
        prop_assert_eq!(loaded.to_toml(), after.to_toml());
        prop_assert_eq!(after.revised(&loaded, &revised), revised.clone());
        for comment in text.lines().filter_map(|line| line.split_once('#').map(|(_, comment)| comment)) {
            prop_assert!(cleared || revised.contains(comment) || comment == " first", "lost #{}\n{}", comment, revised);
        }
        // From nothing it is the plain spelling that also loads.
        prop_assert_eq!(load(&after.to_toml()).to_toml(), after.to_toml());
    }
}
