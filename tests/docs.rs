//! What is written about the program, held against the program: the README's tables, commands and presets, the maps' paths.
//!
//! A README command is not marked as untestable, it is run. In a pipe the explorer trains and prints its picture, and a
//! stand-in for `ssh` takes "over there" to be here. A code block that begins with `# NAME` is the file NAME.

use fnexplore::preset::{built_in, built_in_names};
use fnexplore::tui::app::keys;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What may stand at the top of the repository.
const TOP: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "docs",
    "examples",
    "fuzz",
    "presets",
    "src",
    "tests",
];
/// Paths of one machine, and hosts that only a package manager should know. In two parts, so that this file has none.
const FOREIGN: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("crates.io", "/api"),
    concat!("static.", "crates.io"),
    concat!("index.", "crates"),
    concat!("pypi", ".org"),
];
/// `ssh [OPTIONS] [--] HOST COMMAND…`, with this machine as every host.
const SSH: &str = "#!/bin/sh
while :; do case \"$1\" in -o) shift 2;; --) shift; break;; -*) shift;; *) break;; esac; done
shift
exec sh -c \"$*\"
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// The files of the repository, relative to its top: git's, or what lies there where it is no clone.
fn files() -> Vec<PathBuf> {
    let git = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    match git {
        Ok(listed) if listed.status.success() && !listed.stdout.is_empty() => {
            let names = String::from_utf8(listed.stdout).expect("names in UTF-8");
            names.split_terminator('\0').map(PathBuf::from).filter(|name| root().join(name).exists()).collect()
        }
        _ => {
            let mut found = Vec::new();
            walk(root(), &mut found);
            found
        }
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        let skipped = [".git", "target"].iter().any(|name| path == root().join(name));
        if path.is_dir() && !skipped {
            walk(&path, found);
        } else if !skipped {
            found.push(path.strip_prefix(root()).expect("under the top").to_owned());
        }
    }
}

/// A fenced block: its language and its text.
fn blocks(markdown: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in markdown.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// The lines of all shell blocks, without their comments.
fn commands(markdown: &str) -> Vec<String> {
    let shell = blocks(markdown).into_iter().filter(|(language, _)| language == "sh");
    let lines: Vec<String> = shell.flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines.iter().map(|line| line.split(" #").next().unwrap_or("").trim().to_owned()).collect()
}

/// What stands between `<!-- name -->` and `<!-- /name -->`.
fn marked<'a>(markdown: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (_, rest) = markdown.split_once(&open).unwrap_or_else(|| panic!("{open} is missing"));
    rest.split_once(&close).unwrap_or_else(|| panic!("{close} is missing")).0
}

/// A folder of that name with the README's files in it, and `bin` with the program and the stand-in.
fn desk(name: &str, readme: &str) -> PathBuf {
    let desk = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let bin = desk.join("bin");
    let _ = fs::remove_dir_all(&desk);
    fs::create_dir_all(&bin).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_fnexplore"), bin.join("fnexplore")).expect("a link");
    fs::write(bin.join("ssh"), SSH).expect("a script");
    fs::set_permissions(bin.join("ssh"), fs::Permissions::from_mode(0o755)).expect("an executable script");
    for (language, text) in blocks(readme).iter().filter(|(language, _)| language != "sh") {
        let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
        let name = name.unwrap_or_else(|| panic!("a {language} block of the README does not begin with # NAME"));
        fs::write(desk.join(name), text).expect("a file");
    }
    desk
}

/// Runs a line of shell at the desk; what it wrote, if it ended well and said nothing against it.
fn run(desk: &Path, line: &str) -> String {
    let path = format!("{}:{}", desk.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let shell = Command::new("sh").args(["-c", line]).current_dir(desk).env("PATH", path).stdin(Stdio::null()).output();
    let ended = shell.expect("sh");
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{line}: {}\n{out}\n{err}", ended.status);
    out.into_owned()
}

#[test]
fn the_key_table_is_the_one_that_the_program_has() {
    let (page, table) = (read("docs/keys.md"), keys::markdown());
    assert!(marked(&page, "keys") == table, "between <!-- keys --> and <!-- /keys --> belongs:\n{table}");
}

#[test]
fn the_readme_lists_the_presets_that_are_built_in() {
    let rows = built_in_names().map(|name| {
        let title = built_in(name).expect("a sound preset").base.title;
        format!("| `{name}` | {title} |\n")
    });
    let table = format!("| preset | what it is about |\n|---|---|\n{}", rows.collect::<String>());
    let readme = read("README.md");
    assert!(marked(&readme, "presets") == table, "between <!-- presets --> and <!-- /presets --> belongs:\n{table}");
}

#[test]
fn the_readme_needs_two_cargo_commands() {
    let readme = read("README.md");
    let cargo: Vec<String> = commands(&readme).into_iter().filter(|line| line.starts_with("cargo")).collect();
    assert_eq!(cargo, ["cargo run --release", "cargo test"]);
    assert_eq!(readme.matches("cargo ").count(), 2, "another cargo command stands outside the shell blocks");
}

/// Every line that is not cargo's is run as it is written, and says something or writes what it is said to write.
#[test]
fn the_readmes_commands_work() {
    let readme = read("README.md");
    let desk = desk("commands", &readme);
    let lines: Vec<String> = commands(&readme).into_iter().filter(|line| !line.starts_with("cargo")).collect();
    assert!(lines.len() >= 10, "{lines:?}");
    for line in &lines {
        assert!(line.contains("fnexplore"), "{line}: what is that?");
        let out = run(&desk, line);
        assert!(!out.is_empty() || line.contains('>'), "{line} says nothing");
        if line.starts_with("LC_ALL=C ") {
            assert!(out.is_ascii(), "{line}: {out}");
        }
    }
    for made in ["picture.txt", "run/preset.toml", "run/history.csv", "run/base.safetensors"] {
        assert!(desk.join(made).is_file(), "{made} was not written");
    }
    let json = lines.iter().find(|line| line.contains("--json")).expect("a command that speaks JSON");
    for line in run(&desk, json).lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|why| panic!("{line}: {why}"));
    }
}

/// The same for the page on ssh. What goes on with the last session needs a screen, and is tested with one.
#[test]
fn the_ssh_page_s_commands_work() {
    let page = read("docs/ssh.md");
    let desk = desk("ssh-page", "");
    fs::create_dir_all(desk.join("lab")).expect("a folder");
    fs::write(desk.join("lab/mine.toml"), "steps = 30\n[model]\nk = 5\n").expect("a preset");
    let lines: Vec<String> = commands(&page).into_iter().filter(|line| !line.contains("--resume")).collect();
    assert!(lines.len() >= 3, "{lines:?}");
    for line in &lines {
        let out = run(&desk, line);
        assert!(out.contains("DONE"), "{line}: {out}");
        assert!(!line.contains("mine.toml") || out.contains("K=5"), "{line}: {out}");
    }
}

#[test]
fn the_readmes_presets_are_sound() {
    let readme = read("README.md");
    let desk = desk("presets", &readme);
    let presets: Vec<String> = blocks(&readme).into_iter().filter(|block| block.0 == "toml").map(|b| b.1).collect();
    assert!(!presets.is_empty());
    for preset in presets {
        let name = preset.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a name");
        run(&desk, &format!("fnexplore check {name}"));
    }
}

/// `docs/compose.svg` in a link, `src/learn/plan.rs` in backticks: what is named is there.
#[test]
fn what_the_documents_point_at_exists() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(name);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let paths = text.split('`').skip(1).step_by(2).filter(|quoted| {
            let inside = ["src/", "tests/", "presets/", "docs/", ".ci/"].iter().any(|top| quoted.starts_with(top));
            inside && !quoted.contains([' ', '*', '<', '{'])
        });
        for target in links.filter(|link| !link.contains("://")).chain(paths) {
            let file = target.split(['#', ':']).next().unwrap_or(target);
            assert!(file.is_empty() || root().join(file).exists(), "{name} points at {target}, which is not there");
        }
    }
}

/// One row of ARCHITECTURE's table for each room, in the order of `src/lib.rs`.
#[test]
fn the_architecture_lists_the_rooms_in_their_order() {
    let lib = read("src/lib.rs");
    let rooms: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let map = read("ARCHITECTURE.md");
    let listed: Vec<&str> = marked(&map, "rooms").lines().filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(listed, rooms);
}

#[test]
fn the_top_level_holds_what_belongs_there() {
    for file in files() {
        let top = file.iter().next().expect("a name").to_string_lossy().into_owned();
        assert!(
            top.starts_with('.') || TOP.contains(&top.as_str()),
            "{} does not belong at the top level",
            file.display()
        );
    }
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    for file in files().iter().filter(|file| **file != Path::new("Cargo.lock")) {
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            let found = FOREIGN.iter().find(|foreign| line.contains(**foreign));
            assert!(found.is_none(), "{}:{} says {found:?}", file.display(), number + 1);
        }
    }
}
