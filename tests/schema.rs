//! The JSON Schema of presets: every built-in preset fits it, typical mistakes do not, and its file and its line stay.

use fnexplore::preset::{
    Change, Preset, REFERENCE, SCHEMA_FILE, Settings, built_in, built_in_names, find, load, rows, schema, schema_text,
    template,
};
use fnexplore::text::Clean;
use jsonschema::Validator;
use serde_json::Value;
use std::path::Path;

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).expect("a sound schema")
}

fn json(toml: &str) -> Value {
    let table: toml::Table = toml.parse().unwrap_or_else(|why| panic!("{why}\n{toml}"));
    serde_json::to_value(table).expect("TOML is JSON, but for dates")
}

fn mistakes(validator: &Validator, toml: &str) -> Vec<String> {
    validator.iter_errors(&json(toml)).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

#[test]
fn it_is_a_schema() {
    jsonschema::draft202012::meta::validate(&schema()).expect("a schema of draft 2020-12");
}

#[test]
fn every_built_in_preset_fits_and_names_it() {
    let validator = validator();
    for name in built_in_names() {
        let text = find(name).expect("it is listed");
        assert_eq!(mistakes(&validator, text), [] as [String; 0], "{name}");
        assert_eq!(text.lines().next(), Some(&*format!("{REFERENCE}{SCHEMA_FILE}")), "{name}");
    }
}

/// `fnexplore schema > presets/fnexplore.schema.json` makes the file anew.
#[test]
fn the_file_beside_the_presets_is_the_one_that_is_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets").join(SCHEMA_FILE);
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_fnexplore")).arg("schema").output().expect("it runs");
    assert!(printed.status.success() && printed.stdout == schema_text().as_bytes());
    assert!(std::fs::read_to_string(path).expect("the file") == schema_text(), "make it anew");
}

/// Whatever is set to another value than the default, and printed, fits; so do all of it at once and the template.
#[test]
fn every_setting_fits_as_it_is_saved() {
    let validator = validator();
    let mut all = Preset { name: Clean::from("all"), base: Settings::default(), variants: Vec::new() };
    for row in rows() {
        for stage in [None, Some(2)] {
            let Some(path) = fnexplore::preset::Path::of(row, stage) else { continue };
            let now = all.base.get(&path);
            let other = row.kind.nudge(&now, 1);
            let mut alone = Preset { base: Settings::default(), ..all.clone() };
            if alone.base.set(&path, other.clone()).is_ok() {
                assert_eq!(mistakes(&validator, &alone.to_toml()), [] as [String; 0], "{path}\n{}", alone.to_toml());
                let _ = all.base.set(&path, other);
            }
        }
    }
    assert_eq!(mistakes(&validator, &all.to_toml()), [] as [String; 0], "{}", all.to_toml());
    assert_eq!(mistakes(&validator, &template()), [] as [String; 0]);
}

#[test]
fn mistakes_do_not_fit() {
    let validator = validator();
    for (text, about) in [
        ("[model]\nkay = 4", "kay"),
        ("[model]\nk = \"four\"", "/model/k"),
        ("[model]\nk = 0", "/model/k"),
        ("[model]\nsigma = \"rleu\"", "/model/sigma"),
        ("[data]\nrange = [1.0]", "/data/range"),
        ("[data]\nnoise = -0.5", "/data/noise"),
        ("[data]\noff = [0]", "/data/off"),
        ("[learn]\nbatch = \"half\"", "/learn/batch"),
        ("[learn]\nstop = { plateau = 3 }", "/learn/stop/plateau"),
        ("[learn]\nstop = 3", "/learn/stop"),
        ("[prior]\na = { kind = \"gausian\" }", "/prior/a/kind"),
        ("[f3]\nheight = 1", "height"),
        ("[f3]\nk = 2000", "/f3/k"),
        ("[f65]\nk = 2", "f65"),
        ("[f2]\na = [[\"x\"]]", "/f2/a"),
        ("[f2]\nhold = [\"e\"]", "/f2/hold"),
        ("title = 3", "/title"),
        ("seed = -1", "/seed"),
        ("[[variant]]\nset = { \"model.k\" = 2 }", "name"),
        ("[[variant]]\nname = \"Deep\"", "/variant/0/name"),
        ("[[variant]]\nname = \"model\"", "/variant/0/name"),
        ("[[variant]]\nname = \"a\"\nset = { \"model.kay\" = 2 }", "model.kay"),
        ("[[variant]]\nname = \"a\"\nset = { \"f2.k\" = 0 }", "f2.k"),
        ("[[variant]]\nname = \"a\"\nset = { \"view.focus\" = 1 }", "view.focus"),
        ("[view]\nlock = [\"model.kay\"]", "/view/lock"),
        ("[view]\nface = \"posteriori\"", "/view/face"),
    ] {
        let found = mistakes(&validator, text);
        assert!(found.iter().any(|mistake| mistake.contains(about)), "{text}: {found:?}");
        let loaded = load(&Clean::from("p.toml"), text, &|_| Err("no file".to_owned()));
        assert!(loaded.is_err(), "{text} is refused by the schema alone");
    }
}

/// The line that names the schema stays the first, whatever is saved and however.
#[test]
fn the_line_survives_saving() {
    let line = format!("{REFERENCE}{SCHEMA_FILE}");
    for name in built_in_names() {
        let (before, text) = (built_in(name).expect("sound"), find(name).expect("listed"));
        for change in ["title=Another", "seed=77", "model.depth=2", "data.test=0.1", "f1.k=3"] {
            let Ok((after, _)) = before.change(0, &Change::parse(change).expect("a change")) else { continue };
            let saved = after.revised(&before, text);
            assert_eq!(saved.lines().next(), Some(&*line), "{name}, {change}");
            assert_eq!(saved.matches(REFERENCE).count(), 1, "{name}, {change}");
        }
    }
    let bare = load(&Clean::from("p.toml"), "", &|_| Err("no file".to_owned())).expect("nothing is sound");
    let (after, _) = bare.change(0, &Change::parse("seed=3").expect("a change")).expect("allowed");
    for old in [format!("{line}\n"), format!("{line}\nnot TOML at all"), format!("{line}\n\n[learn]\n")] {
        assert!(after.revised(&bare, &old).starts_with(&line), "{old}");
    }
}
