//! The name of one setting: a row's key, of all stages or of one. Knows no value.

use super::rows::{self, Row, Scope};
use super::settings::DEEPEST;
use crate::text::{Clean, nearest};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Which setting: `model.k`, or `f3.k` for that of f⁽³⁾ alone. Every path is a row's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    key: &'static str,
    stage: Option<usize>,
}

/// What a dotted name leads to.
pub(super) enum Found {
    /// A setting.
    Setting(Path),
    /// Settings below it.
    Section,
    /// Nothing.
    Nothing,
}

impl Path {
    /// The row's path for all stages (`None`) or for one; none if the row has no such place.
    #[must_use]
    pub fn of(row: &Row, stage: Option<usize>) -> Option<Self> {
        let fits = match (row.scope, stage) {
            (Scope::Whole, at) => at.is_none(),
            (Scope::PerStage | Scope::PerGroup, at) => at.is_none_or(|index| (1..=DEEPEST).contains(&index)),
            (Scope::StageOnly, at) => at.is_some_and(|index| (1..=DEEPEST).contains(&index)),
        };
        fits.then_some(Self { key: row.key, stage })
    }

    /// The setting with this full name, as presets write it.
    ///
    /// # Errors
    /// What follows the name in a sentence, with the nearest name.
    pub fn full(name: &str) -> Result<Self, String> {
        match Self::find(name) {
            Found::Setting(path) => Ok(path),
            Found::Section => Err(format!("is a section; name one of its keys: {}", below(name).join(", "))),
            Found::Nothing => Err(format!("is no setting; {}", suggestion(name))),
        }
    }

    /// The setting that a person means by `name`: in full, or by its last words if only one setting ends so.
    ///
    /// # Errors
    /// A sentence with the nearest names.
    pub fn parse(name: &str) -> Result<Self, String> {
        let name = name.trim();
        let (stage, rest) = split(name);
        match Self::find(name) {
            Found::Setting(path) => return Ok(path),
            Found::Section => {}
            Found::Nothing => {
                let ends = |path: &Self| {
                    path.local().strip_suffix(rest).is_some_and(|head| head.ends_with('.') || head.is_empty())
                };
                let mut ending: Vec<Self> = rows::all().filter_map(|row| Self::of(row, stage)).filter(ends).collect();
                ending.sort_by_key(|path| path.key.matches('.').count());
                let depth = |path: &Self| path.key.matches('.').count();
                match ending[..] {
                    [only] => return Ok(only),
                    [first, second, ..] if depth(&first) < depth(&second) => return Ok(first),
                    [first, second, ..] => {
                        return Err(format!("{} could be {first} or {second}; name it in full", Clean::excerpt(name)));
                    }
                    [] => {}
                }
            }
        }
        Self::full(name).map_err(|why| format!("{} {why}", Clean::excerpt(name)))
    }

    /// Where a dotted name leads.
    pub(super) fn find(name: &str) -> Found {
        let (stage, rest) = split(name);
        if name.starts_with('f') && stage.is_some() && rest.is_empty() {
            return Found::Section;
        }
        let named = |path: &Self| path.local() == rest;
        let paths = || rows::all().filter_map(|row| Self::of(row, stage));
        let below = |path: &Self| path.local().strip_prefix(rest).is_some_and(|tail| tail.starts_with('.'));
        match paths().find(named) {
            Some(path) => Found::Setting(path),
            None if !rest.is_empty() && paths().any(|path| below(&path)) => Found::Section,
            None => Found::Nothing,
        }
    }

    /// The row's key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// The essay's index of the one stage it belongs to.
    #[must_use]
    pub const fn stage(&self) -> Option<usize> {
        self.stage
    }

    /// The row.
    ///
    /// # Panics
    /// Never: every path is made from a row.
    #[must_use]
    pub fn row(&self) -> &'static Row {
        rows::all().find(|row| row.key == self.key).expect("every path is made from a row")
    }

    /// The same setting of all stages; none if only stages have it.
    #[must_use]
    pub fn whole(&self) -> Option<Self> {
        Self::of(self.row(), None)
    }

    /// The name within its place: without `model.` inside `[f3]`.
    pub(super) fn local(&self) -> &'static str {
        match self.stage {
            Some(_) => self.key.strip_prefix("model.").or(self.key.strip_prefix("f.")).unwrap_or(self.key),
            None => self.key,
        }
    }
}

/// `f3.k` is stage 3 and `k`; any other name is itself.
fn split(name: &str) -> (Option<usize>, &str) {
    let (head, rest) = name.split_once('.').unwrap_or((name, ""));
    match stage_index(head).filter(|index| (1..=DEEPEST).contains(index)) {
        Some(index) => (Some(index), rest),
        None => (None, name),
    }
}

/// The number in `f3`, whether or not there can be such a stage.
pub(super) fn stage_index(name: &str) -> Option<usize> {
    let digits = name.strip_prefix('f').filter(|digits| !digits.starts_with('0') || *digits == "0")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// The names that can stand below `section` ("" for the top), in table order.
pub(super) fn below(section: &str) -> Vec<String> {
    let (stage, rest) = split(section);
    let rest = if section.is_empty() { "" } else { rest };
    let mut names: Vec<String> = Vec::new();
    for path in rows::all().filter_map(|row| Path::of(row, stage)) {
        let tail = if rest.is_empty() {
            Some(path.local())
        } else {
            path.local().strip_prefix(rest).and_then(|tail| tail.strip_prefix('.'))
        };
        let Some(next) = tail.and_then(|tail| tail.split('.').next()) else { continue };
        if !names.iter().any(|name| name == next) {
            names.push(next.to_owned());
        }
    }
    names
}

/// "nearest: model.k", or the keys that stand where `name` was looked for.
pub(super) fn suggestion(name: &str) -> String {
    // Longer ones are nobody's slip, and every short name would count as near.
    let name = &*Clean::new(name, 64);
    let (section, last) = name.rsplit_once('.').unwrap_or(("", name));
    let known = match Path::find(section) {
        Found::Section => section,
        Found::Setting(_) | Found::Nothing => "",
    };
    let choices = below(known);
    let full = |choice: &str| if known.is_empty() { choice.to_owned() } else { format!("{known}.{choice}") };
    let wanted = if known == section { last } else { name };
    if known.is_empty()
        && let Some(index) =
            stage_index(name.split('.').next().unwrap_or("")).filter(|index| !(1..=DEEPEST).contains(index))
    {
        return format!("stages are f1 (the outermost) to f{DEEPEST}, not f{index}");
    }
    let near = nearest(wanted, choices.iter().map(String::as_str)).map(full).or_else(|| {
        let elsewhere = |path: &Path| path.key.split_once('.').is_some_and(|(_, tail)| tail == wanted);
        rows::all().filter_map(|row| Path::of(row, None)).find(elsewhere).map(|path| path.to_string())
    });
    // A word without its section is most likely the last word of a key.
    let near = near.or_else(|| {
        let whole = || rows::all().filter(|row| row.scope != Scope::StageOnly);
        let last = |row: &'static Row| row.key.rsplit('.').next().unwrap_or(row.key);
        let meant = nearest(name, whole().filter(|_| section.is_empty()).map(last))?;
        whole().find(|row| last(row) == meant).map(|row| row.key.to_owned())
    });
    let near = near.or_else(|| {
        let every = rows::all().filter(|row| row.scope != Scope::StageOnly).map(|row| row.key);
        nearest(name, every.filter(|_| known != section)).map(str::to_owned)
    });
    match near {
        Some(near) => format!("nearest: {near}"),
        None if known.is_empty() => format!("there are {}, f1 to f{DEEPEST}, variant", choices.join(", ")),
        None => format!("the keys of {} are {}", Clean::excerpt(known), choices.join(", ")),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stage {
            Some(index) => out.pad(&format!("f{index}.{}", self.local())),
            None => out.pad(self.key),
        }
    }
}

/// By name; written out because the derive takes `'static` for a lifetime to borrow.
impl Serialize for Path {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::full(&name).map_err(|why| serde::de::Error::custom(format!("{} {why}", Clean::excerpt(&name))))
    }
}
