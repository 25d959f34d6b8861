//! Parsed TOML, key by key against the parameter table, with every problem and the place of every key.
//! Knows no file and not whether the settings hold together.

use super::kind::listed;
use super::path::{Found, Path, suggestion};
use super::settings::Settings;
use super::value::Value;
use super::variants::{VARIANTS, Variant, is_shared, misnamed};
use crate::text::Clean;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Problems beyond this many are not looked for.
pub(super) const PROBLEMS: usize = 100;
/// Sections whose settings cannot make others wrong: a mistake in them hides nothing.
const HARMLESS: [&str; 7] = ["learn.", "view.", "title", "notes", "seed", "steps", "data."];
/// The settings of `[data]` that others depend on.
const SHAPING: [&str; 7] =
    ["data.target", "data.csv", "data.inputs", "data.outputs", "data.delimiter", "data.header", "data.missing"];

/// What was found.
#[derive(Default)]
pub(super) struct Walk {
    /// The settings, as far as they are right.
    pub settings: Settings,
    /// Where what stands.
    pub marks: Marks,
    /// The variants, as far as they are right.
    pub variants: Vec<(Variant, Marks)>,
    /// What is wrong: byte offset, sentence.
    pub problems: Vec<(usize, String)>,
    /// Whether something is wrong on which the rest depends, so that looking further would mislead.
    pub broken: bool,
}

/// Where keys and tables stand, by byte offset.
#[derive(Default)]
pub(super) struct Marks {
    /// Of keys.
    pub keys: BTreeMap<Path, usize>,
    /// Of tables by their dotted names.
    pub sections: BTreeMap<String, usize>,
    /// Of what surrounds them all.
    pub start: usize,
}

impl Marks {
    /// Where a problem with `path` is shown: at its key, at that of all stages, at its table, at the start.
    pub fn place(&self, path: &Path) -> usize {
        let whole = path.whole();
        let table = |path: &Path| {
            let name = path.to_string();
            let ends = name.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
            ends.into_iter().rev().find_map(|end| self.sections.get(&name[..end]).copied())
        };
        let keys = self.keys.get(path).or_else(|| whole.as_ref().and_then(|whole| self.keys.get(whole)));
        keys.copied().or_else(|| table(path)).or_else(|| whole.as_ref().and_then(table)).unwrap_or(self.start)
    }
}

/// One setting as it was found.
struct Entry {
    path: Path,
    value: Value,
}

/// The whole document.
pub(super) fn walk(document: &DeTable) -> Walk {
    let mut walk = Walk::default();
    let mut marks = Marks::default();
    let entries = walk.flatten(document, "", "", &mut marks);
    walk.marks = marks;
    for Entry { path, value } in entries {
        if let Err(why) = walk.settings.set(&path, value) {
            walk.wrong(walk.marks.place(&path), why);
        }
    }
    if let Some((key, value)) = document.get_key_value("variant") {
        walk.variants(key.span().start, value);
    }
    walk
}

impl Walk {
    fn wrong(&mut self, at: usize, sentence: String) {
        self.broken = true;
        self.tell(at, sentence);
    }

    fn tell(&mut self, at: usize, sentence: String) {
        if self.problems.len() < PROBLEMS {
            self.problems.push((at, sentence));
        }
    }

    /// The settings in `table`, whose keys follow `prefix`. Recursion ends where the parameter table has no section.
    fn flatten(&mut self, table: &DeTable, prefix: &str, whose: &str, marks: &mut Marks) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (key, value) in table {
            let at = key.span().start;
            let name =
                if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
            if name == "variant" && whose.is_empty() {
                continue;
            }
            match (Path::find(&name), value.get_ref()) {
                (Found::Setting(path), _) if marks.keys.contains_key(&path) => {
                    self.wrong(at, format!("{whose}{path} is given twice"));
                }
                (Found::Setting(path), _) => {
                    marks.keys.insert(path, at);
                    entries.extend(self.entry(path, at, value, whose));
                }
                (Found::Section, DeValue::Table(inner)) => {
                    marks.sections.insert(name.clone(), at);
                    entries.extend(self.flatten(inner, &name, whose, marks));
                }
                (Found::Section, other) => {
                    let at = value.span().start.max(at);
                    self.wrong(at, format!("{whose}{name} is {}; it must be a table of settings", said(other)));
                }
                (Found::Nothing, _) if self.problems.len() < PROBLEMS => {
                    self.wrong(at, format!("{whose}{} is no setting; {}", Clean::new(&name, 60), suggestion(&name)));
                }
                (Found::Nothing, _) => {}
            }
        }
        entries
    }

    fn entry(&mut self, path: Path, at: usize, value: &Spanned<DeValue>, whose: &str) -> Option<Entry> {
        let kind = path.row().kind;
        if value.span().is_empty() {
            // The parser's stand-in for what it could not read, and has told.
            return None;
        }
        // `[model.k]` begins before its key, an inline value after it.
        let at = value.span().start.max(at);
        match kind.read(value.get_ref()).and_then(|value| kind.check(value)) {
            Ok(value) => Some(Entry { path, value }),
            Err(why) => {
                let sentence = format!("{whose}{path} {why}");
                let harmless =
                    HARMLESS.iter().any(|start| path.key().starts_with(start)) && !SHAPING.contains(&path.key());
                let report = if harmless { Self::tell } else { Self::wrong };
                report(self, at, sentence);
                None
            }
        }
    }

    fn variants(&mut self, at: usize, value: &Spanned<DeValue>) {
        let DeValue::Array(tables) = value.get_ref() else {
            self.wrong(at, format!("variant is {}; it must be [[variant]], once for each", said(value.get_ref())));
            return;
        };
        if tables.len() > VARIANTS {
            self.wrong(at, format!("there are {} variants; at most {VARIANTS} run side by side", tables.len()));
            return;
        }
        for table in tables {
            match table.get_ref() {
                DeValue::Table(inner) => self.variant(table.span().start, inner),
                other => self.wrong(
                    table.span().start,
                    format!("variant is {}; it must be [[variant]], once for each", said(other)),
                ),
            }
        }
    }

    fn variant(&mut self, at: usize, table: &DeTable) {
        let Some(name) = self.variant_name(at, table) else { return };
        let whose = format!("variant \"{name}\": ");
        let mut marks = Marks { start: at, ..Marks::default() };
        let mut set = Vec::new();
        for (key, value) in table.iter().filter(|(key, _)| key.get_ref() != "name") {
            let start = key.span().start;
            match value.get_ref() {
                DeValue::Table(inner) if key.get_ref() == "set" => {
                    marks.start = start;
                    set = self.flatten(inner, "", &whose, &mut marks);
                }
                other if key.get_ref() == "set" => {
                    self.wrong(
                        value.span().start,
                        format!("{whose}set is {}; it must be a table such as {{ \"model.k\" = 4 }}", said(other)),
                    );
                }
                _ => self.wrong(
                    start,
                    format!(
                        "{whose}{} is no key; a variant has {}",
                        Clean::new(key.get_ref(), 60),
                        listed(&["name", "set"], "and")
                    ),
                ),
            }
        }
        for path in marks.keys.keys().filter(|path| is_shared(path)) {
            self.wrong(marks.keys[path], format!("{whose}{path} belongs to the whole preset; a variant cannot set it"));
        }
        set.retain(|entry| !is_shared(&entry.path));
        set.sort_by_key(|entry| marks.keys[&entry.path]);
        let set = set.into_iter().map(|entry| (entry.path, entry.value)).collect();
        self.variants.push((Variant { name, set, forked: false }, marks));
    }

    fn variant_name(&mut self, at: usize, table: &DeTable) -> Option<String> {
        let Some((key, value)) = table.get_key_value("name") else {
            self.wrong(at, "variant has no name; give it one such as name = \"deeper\"".to_owned());
            return None;
        };
        let place = value.span().start.max(key.span().start);
        let DeValue::String(name) = value.get_ref() else {
            self.wrong(
                place,
                format!("variant.name is {}; it must be 1 to 32 of a-z, 0-9 and -", said(value.get_ref())),
            );
            return None;
        };
        let taken = self.variants.iter().any(|(variant, _)| variant.name == **name);
        let why =
            misnamed(name).or_else(|| taken.then(|| format!("is \"{name}\", and so is another's; names are unique")));
        match why {
            Some(why) => {
                self.wrong(place, format!("variant.name {why}"));
                None
            }
            None => Some(name.to_string()),
        }
    }
}

/// A value as a message names it, tables and dates included.
fn said(value: &DeValue) -> String {
    Value::of(value).map_or_else(str::to_owned, |value| value.quoted())
}
