//! A preset to start from: every setting once, with what it is and what it may be, all of it commented out.
//! Knows no file.

use super::path::Path;
use super::rows;
use super::rows::{Row, Scope};
use super::schema::{REFERENCE, SCHEMA_FILE};
use super::settings::Settings;
use std::fmt::Write;

/// The widest line of an explanation.
const WIDTH: usize = 100;
/// What a setting looks like whose default is to be absent or to follow from others.
const EXAMPLES: &[(&str, &str)] = &[
    ("title", "\"What this experiment is about\""),
    ("notes", "\"\"\"\n#What to look at.\n#---\n#A second page: what to try.\n#\"\"\""),
    ("data.csv", "\"mine.csv\""),
    ("data.inputs", "[\"x\"]"),
    ("data.outputs", "[\"y\"]"),
    ("model.alpha", "0.01"),
    ("model.lift_start", "[[1.0, 0.0]]"),
    ("model.readout_start", "[[1.0], [0.0]]"),
    ("f.a", "[[1.0], [-1.0]]"),
    ("f.b", "[[1.0, 1.0]]"),
    ("f.c", "[0.0, 1.0]"),
    ("f.d", "[0.0]"),
    ("f.hold", "[\"b\", \"c\"]"),
    ("f.hold_elements", "[1]"),
    ("data.off", "[1, 2]"),
    ("view.predict", "\"What will happen?\""),
    ("view.answer", "\"What did, and why.\""),
    ("view.lock", "[\"model.k\"]"),
    ("view.run", "\"model\""),
    ("view.select", "\"model.k\""),
];

/// A commented preset that has every key and loads as the defaults. Prose begins with `# `, a key with `#` alone: taking
/// that away writes the setting.
#[must_use]
pub fn template() -> String {
    let mut text = format!("{REFERENCE}{SCHEMA_FILE}\n");
    text.push_str(
        "# A preset for fnexplore: data, model, prior, learning. Everything is optional; what is not written has the\n\
         # value that is shown, or follows what is (a.tau is prior.tau). Take the # from the front of a key, and from its\n\
         # [table], to write it. Editors that know TOML complete and check it once\n\
         # `fnexplore schema > fnexplore.schema.json` has written the file named above.\n",
    );
    let settings = Settings::default();
    let mut open = "";
    for row in rows::all().filter(|row| row.scope != Scope::StageOnly) {
        let (section, name) = row.key.split_once('.').unwrap_or(("", row.key));
        if section != open {
            let _ = write!(text, "\n#[{section}]\n");
            open = section;
        }
        if let Some(path) = Path::of(row, None) {
            let value = row.kind.print(&settings.get(&path));
            entry(&mut text, row, name, &value);
        }
    }
    text.push_str(
        "\n# One stage: f1 is the outermost. It may have its own k, width, sigma, alpha, kind, patch, reach, padding,\n\
         # form and prior, and what stages alone have.\n\n#[f2]\n#k = 4\n#prior.a.tau = 0.5\n",
    );
    for row in rows::all().filter(|row| row.scope == Scope::StageOnly) {
        entry(&mut text, row, row.key.split_once('.').map_or(row.key, |(_, name)| name), "[]");
    }
    text.push_str(
        "\n# Side by side: the same experiment with a few keys changed. Repeat for each.\n\n#[[variant]]\n\
         #name = \"deeper\"\n#set = { \"model.depth\" = 5, \"f1.k\" = 4 }\n",
    );
    text
}

/// What it is, what it may be, and the key.
fn entry(text: &mut String, row: &Row, name: &str, value: &str) {
    let example = EXAMPLES.iter().find(|(key, _)| *key == row.key).map(|(_, example)| *example);
    text.push('\n');
    for line in wrapped(&format!("{} It takes {}.", row.help, row.kind.expects())) {
        let _ = writeln!(text, "# {line}");
    }
    let _ = writeln!(text, "#{name} = {}", example.unwrap_or(value));
}

fn wrapped(prose: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in prose.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + word.chars().count() < WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}
