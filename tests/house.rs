//! The import order of the house: a module uses only modules that stand above it in `src/lib.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in their order, as `lib.rs` lists them.
fn rooms() -> Vec<String> {
    let lib = fs::read_to_string(root().join("lib.rs")).expect("src/lib.rs");
    lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned)).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_module_imports_only_what_stands_above_it() {
    let rooms = rooms();
    assert!(rooms.len() > 10, "{rooms:?}");
    let mut all = Vec::new();
    files(&root(), &mut all);
    let mut wrong = Vec::new();
    for path in all {
        let inside = path.strip_prefix(root()).expect("under src");
        let room = inside.iter().next().expect("a name").to_string_lossy().trim_end_matches(".rs").to_owned();
        let Some(own) = rooms.iter().position(|other| *other == room) else { continue };
        let text = fs::read_to_string(&path).expect("a source file");
        for (number, line) in text.lines().enumerate() {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if rooms.iter().position(|other| *other == name).is_some_and(|other| other > own) {
                    wrong.push(format!("{}:{}: {room} imports {name}", inside.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A bench with a main of its own that Cargo takes for tests runs nothing, and says nothing of it.
#[test]
fn every_bench_runs_its_own_main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("Cargo.toml");
    let benches = fs::read_dir(folder.join("benches")).expect("benches").map(|entry| entry.expect("an entry").path());
    let benches: Vec<PathBuf> =
        benches.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect();
    assert!(benches.len() >= 3, "{benches:?}");
    for path in benches {
        let name = path.file_stem().expect("a name").to_string_lossy();
        let told = format!("[[bench]]\nname = \"{name}\"\nharness = false\n");
        assert!(manifest.contains(&told), "Cargo.toml does not say harness = false of {name}");
    }
}

#[test]
fn every_file_says_what_it_is() {
    let mut all = Vec::new();
    files(&root(), &mut all);
    for path in all {
        let text = fs::read_to_string(&path).expect("a source file");
        assert!(text.starts_with("//! "), "{} does not open with its one line", path.display());
    }
}
