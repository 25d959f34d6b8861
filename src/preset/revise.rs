//! A preset's text after changes: comments, order and spelling stay, only what changed is rewritten. Knows no file.

use super::path::{Found, Path};
use super::rows;
use super::save::variant;
use super::schema::REFERENCE;
use super::settings::{DEEPEST, Settings};
use super::value::Value;
use super::variants::{Preset, Variant};
use super::walk::walk;
use std::collections::{BTreeMap, BTreeSet};
use toml::de::DeTable;
use toml_edit::{DocumentMut, InlineTable, Item, Key, Table, TableLike};

/// Where settings stand in a text: the keys that lead to each.
type Places = BTreeMap<Path, Vec<String>>;

impl Preset {
    /// `text`, which loads as `before`, made to load as `self`: byte for byte the same if nothing changed.
    ///
    /// A value that changed takes the old one's place and leaves the comment behind it; a new key goes to its table, in
    /// the parameter table's order. Stages that no run has any more are left out: they would be refused.
    #[must_use]
    pub fn revised(&self, before: &Self, text: &str) -> String {
        if self.base == before.base && self.variants == before.variants {
            return text.to_owned();
        }
        let after = self.reachable();
        let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
        let revised = bare.parse::<DocumentMut>().ok().map(|mut document| {
            settings(&mut document, &before.base, &after.base);
            absent(&mut document, &after);
            variants(&mut document, before, &after);
            led(bare, spelt_as(bare, &document.to_string()))
        });
        revised.filter(|text| after.is_spelt_by(text)).unwrap_or_else(|| led(bare, self.to_toml()))
    }

    /// Without what belongs to stages that no run has.
    fn reachable(&self) -> Self {
        let mut kept = self.clone();
        let runs: Vec<Settings> = (0..=self.variants.len()).map(|run| self.settings(run)).collect();
        kept.base.stages.retain(|index, _| runs.iter().any(|run| run.has(*index)));
        for (variant, run) in kept.variants.iter_mut().zip(&runs[1..]) {
            variant.set.retain(|(path, _)| path.stage().is_none_or(|index| run.has(index)));
        }
        kept
    }

    /// Whether `text` says the same.
    fn is_spelt_by(&self, text: &str) -> bool {
        let (document, errors) = DeTable::parse_recoverable(text);
        let walk = walk(document.get_ref());
        let variants = walk.variants.iter().map(|(variant, _)| variant);
        errors.is_empty()
            && walk.problems.is_empty()
            && walk.settings == self.base
            && variants.clone().count() == self.variants.len()
            && variants.zip(&self.variants).all(|(one, other)| same(one, other))
    }
}

/// With the line that names the schema in front, where it was: an editor looks for it in the first line alone.
fn led(old: &str, text: String) -> String {
    match old.lines().next().filter(|line| line.starts_with(REFERENCE)) {
        Some(line) if !text.starts_with(line) => {
            let others: Vec<&str> = text.lines().filter(|other| *other != line).collect();
            format!("{line}\n{}\n", others.join("\n").trim_start())
        }
        Some(_) | None => text,
    }
}

/// The order of a variant's keys says nothing.
fn same(one: &Variant, other: &Variant) -> bool {
    let has = |pair| other.set.contains(pair);
    one.name == other.name && one.set.len() == other.set.len() && one.set.iter().all(has)
}

/// With the line ends of the old text, which the parser does not keep.
fn spelt_as(old: &str, text: &str) -> String {
    let lines = old.matches('\n').count();
    if lines > 0 && old.matches("\r\n").count() == lines {
        return text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    text.to_owned()
}

/// What becomes of one setting's line.
enum Fate {
    Stay,
    Write(Value),
    Remove,
}

/// A line may stand as long as it says what holds; what is not written any more goes, unless saying it changes nothing.
fn fate(path: &Path, present: bool, before: &Settings, after: &Settings) -> Fate {
    let value = after.get(path);
    let written = path.row().is_written(after, path.stage());
    let harmless = || {
        let mut said = after.clone();
        said.set(path, value.clone()).is_ok() && said == *after
    };
    match (present, written) {
        (false, false) => Fate::Stay,
        (true, false) if !harmless() => Fate::Remove,
        (true, _) if before.get(path) == value => Fate::Stay,
        (true, _) | (false, true) => Fate::Write(value),
    }
}

/// The settings of the preset itself.
fn settings(document: &mut DocumentMut, before: &Settings, after: &Settings) {
    let places = places(document.as_table());
    let stages: BTreeSet<usize> = before.stages.keys().chain(after.stages.keys()).copied().collect();
    let at = || std::iter::once(None).chain(stages.iter().copied().map(Some));
    let mut paths: Vec<Path> = at().flat_map(|at| rows::all().filter_map(move |row| Path::of(row, at))).collect();
    paths.extend(places.keys().filter(|path| path.stage().is_some_and(|index| !stages.contains(&index))));
    for path in paths {
        let place = places.get(&path);
        match (fate(&path, place.is_some(), before, after), place) {
            (Fate::Stay, _) | (Fate::Remove, None) => {}
            (Fate::Write(value), Some(place)) => write(document.as_table_mut(), place, &path, &value),
            (Fate::Write(value), None) => insert(document, &path, &value),
            (Fate::Remove, Some(place)) => remove(document.as_table_mut(), place),
        }
    }
}

/// Headers of stages that no run has.
fn absent(document: &mut DocumentMut, after: &Preset) {
    let depth = (0..=after.variants.len()).map(|run| after.settings(run).model.depth).max().unwrap_or(1);
    for index in depth + 1..=DEEPEST {
        document.remove(&format!("f{index}"));
    }
}

/// The place of every setting in a table, as deep as the parameter table has sections.
fn places(table: &dyn TableLike) -> Places {
    let (mut found, mut keys) = (Places::new(), Vec::new());
    gather(table, "", &mut keys, &mut found);
    found
}

fn gather(table: &dyn TableLike, prefix: &str, keys: &mut Vec<String>, found: &mut Places) {
    for (key, item) in table.iter() {
        let name = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
        keys.push(key.to_owned());
        match (Path::find(&name), item.as_table_like()) {
            (Found::Setting(path), _) => drop(found.insert(path, keys.clone())),
            (Found::Section, Some(inner)) => gather(inner, &name, keys, found),
            (Found::Section | Found::Nothing, _) => {}
        }
        keys.pop();
    }
}

fn toml(path: &Path, value: &Value) -> toml_edit::Value {
    path.row().kind.print(value).parse().expect("a printed value is TOML")
}

/// Another value in the same place, with the space and the comment that were around it.
fn write(table: &mut dyn TableLike, place: &[String], path: &Path, value: &Value) {
    let Some((last, way)) = place.split_last() else { return };
    let item = descend(table, way).and_then(|table| table.get_mut(last));
    if let Some(old) = item.and_then(Item::as_value_mut) {
        let decor = old.decor().clone();
        *old = toml(path, value);
        *old.decor_mut() = decor;
    }
}

fn descend<'a>(table: &'a mut dyn TableLike, way: &[String]) -> Option<&'a mut dyn TableLike> {
    match way {
        [] => Some(table),
        [first, rest @ ..] => descend(table.get_mut(first)?.as_table_like_mut()?, rest),
    }
}

/// Takes a line out; the comment lines above it stay, above the next key.
fn remove(table: &mut dyn TableLike, place: &[String]) {
    let Some((last, way)) = place.split_last() else { return };
    let Some(table) = descend(table, way) else { return };
    let above = |key: &Key| key.leaf_decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("").to_owned();
    let comment = table.key(last).map(above).filter(|text| text.contains('#'));
    let next = table.iter().skip_while(|(key, _)| key != last).nth(1).map(|(key, _)| key.to_owned());
    table.remove(last);
    if let (Some(comment), Some(mut key)) = (comment, next.and_then(|next| table.key_mut(&next))) {
        let own = key.leaf_decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("").to_owned();
        key.leaf_decor_mut().set_prefix(format!("{comment}{own}"));
    }
}

/// A setting that has no line yet: into its table, which is made if it is missing.
fn insert(document: &mut DocumentMut, path: &Path, value: &Value) {
    let name = path.to_string();
    let names: Vec<&str> = name.split('.').collect();
    let item = Item::Value(toml(path, value));
    let root = document.as_table_mut();
    if let [only] = names[..] {
        return first_line(root, only, item);
    }
    if root.get(names[0]).and_then(Item::as_table_like).is_none() {
        ordered(root, "", names[0], Item::Table(Table::new()));
    }
    let mut prefix = names[0].to_owned();
    let mut at = root.get_mut(names[0]).expect("it is there now");
    for inner in &names[1..names.len() - 1] {
        if at.get(inner).is_none() {
            put(at, &prefix, inner, dotted(at.is_value()));
        }
        at = at.get_mut(inner).expect("it is there now");
        prefix = format!("{prefix}.{inner}");
    }
    put(at, &prefix, names[names.len() - 1], item);
}

/// A table that is written as `a.tau = …`.
fn dotted(inline: bool) -> Item {
    if inline {
        let mut table = InlineTable::new();
        table.set_dotted(true);
        return Item::Value(table.into());
    }
    let mut table = Table::new();
    table.set_dotted(true);
    Item::Table(table)
}

fn put(at: &mut Item, prefix: &str, name: &str, item: Item) {
    match at {
        Item::Table(table) => ordered(table, prefix, name, item),
        Item::Value(toml_edit::Value::InlineTable(table)) => {
            if let Ok(value) = item.into_value() {
                table.insert(name, value);
                table.fmt();
            }
        }
        Item::Value(_) | Item::ArrayOfTables(_) | Item::None => {}
    }
}

/// A key without a section. What stands above the first line of a file stays above all.
fn first_line(root: &mut Table, name: &str, item: Item) {
    let mine = rank(name);
    let before = root.iter().any(|(key, item)| item.is_value() && rank(key) <= mine);
    let next = root.iter().find(|(key, item)| item.is_value() || rank(key) > mine).map(|(key, _)| key.to_owned());
    ordered(root, "", name, item);
    let Some(next) = next.filter(|_| !before) else { return };
    let table = root.get(&next).and_then(Item::as_table).filter(|table| !table.is_dotted());
    let above = match table {
        Some(table) => table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("").to_owned(),
        None => root.key(&next).and_then(|key| key.leaf_decor().prefix()?.as_str()).unwrap_or("").to_owned(),
    };
    let (head, rest) = match above.rfind("\n\n") {
        Some(at) => above.split_at(at + 2),
        None => (&*above, if table.is_some() { "\n" } else { "" }),
    };
    let (head, rest) = (head.to_owned(), rest.to_owned());
    match root.get_mut(&next).and_then(Item::as_table_mut).filter(|table| !table.is_dotted()) {
        Some(table) => table.decor_mut().set_prefix(rest),
        None => drop(root.key_mut(&next).map(|mut key| key.leaf_decor_mut().set_prefix(rest))),
    }
    if let Some(mut key) = root.key_mut(name) {
        key.leaf_decor_mut().set_prefix(head);
    }
}

/// Into a table, before the first key that the parameter table lists later.
fn ordered(table: &mut Table, prefix: &str, name: &str, item: Item) {
    let full = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    let mine = rank(&full(name));
    let later: Vec<String> =
        table.iter().map(|(key, _)| key.to_owned()).skip_while(|key| rank(&full(key)) <= mine).collect();
    let later: Vec<(Key, Item)> = later.iter().filter_map(|key| table.remove_entry(key)).collect();
    table.insert(name, item);
    for (key, item) in later {
        table.insert_formatted(&key, item);
    }
}

/// A name's place in the parameter table; stages follow all settings, innermost first, and variants follow them.
fn rank(name: &str) -> usize {
    let row = |name: &str| {
        rows::all()
            .position(|row| row.key.strip_prefix(name).is_some_and(|tail| tail.is_empty() || tail.starts_with('.')))
    };
    let (head, rest) = name.split_once('.').unwrap_or((name, ""));
    let stage = super::path::stage_index(head);
    match stage {
        None if name == "variant" => 10_000,
        None => row(name).unwrap_or(usize::MAX),
        Some(index) if rest.is_empty() => 1_000 + DEEPEST.saturating_sub(index),
        Some(_) => [rest.to_owned(), format!("model.{rest}"), format!("f.{rest}")]
            .iter()
            .find_map(|name| row(name))
            .unwrap_or(usize::MAX),
    }
}

/// Every variant by its name; new ones at the end.
fn variants(document: &mut DocumentMut, before: &Preset, after: &Preset) {
    if before.variants == after.variants {
        return;
    }
    let named = |list: &[Variant], name: &str| list.iter().find(|variant| variant.name == name).cloned();
    let item = document.as_table_mut().entry("variant").or_insert(Item::ArrayOfTables(toml_edit::ArrayOfTables::new()));
    item.make_tables();
    let Item::ArrayOfTables(tables) = item else { return };
    let name = |table: &Table| table.get("name").and_then(Item::as_str).unwrap_or("").to_owned();
    tables.retain(|table| named(&after.variants, &name(table)).is_some());
    for table in tables.iter_mut() {
        let name = name(table);
        if let (Some(old), Some(new)) = (named(&before.variants, &name), named(&after.variants, &name)) {
            one(table, &old, &new);
        }
    }
    let known: Vec<String> = tables.iter().map(name).collect();
    for (at, variant) in after.variants.iter().enumerate() {
        if !known.contains(&variant.name)
            && let Some(table) = fresh(variant, &after.settings(at + 1))
        {
            tables.push(table);
        }
    }
    if tables.is_empty() {
        document.remove("variant");
    }
}

/// What one variant changes.
fn one(table: &mut Table, before: &Variant, after: &Variant) {
    if table.get("set").and_then(Item::as_table_like).is_none() {
        table.insert("set", Item::Value(InlineTable::new().into()));
    }
    let Some(set) = table.get_mut("set") else { return };
    let places = set.as_table_like().map(places).unwrap_or_default();
    let of = |variant: &Variant, path: &Path| {
        variant.set.iter().find(|(known, _)| known == path).map(|(_, value)| value.clone())
    };
    for (path, place) in &places {
        let Some(inner) = set.as_table_like_mut() else { return };
        match of(after, path) {
            Some(value) if of(before, path).as_ref() == Some(&value) => {}
            Some(value) => write(inner, place, path, &value),
            None => remove(inner, place),
        }
    }
    for (path, value) in after.set.iter().filter(|(path, _)| !places.contains_key(path)) {
        put(set, "", &path.to_string(), Item::Value(toml(path, value)));
    }
}

/// A variant that the text does not have yet.
fn fresh(new: &Variant, run: &Settings) -> Option<Table> {
    let document: DocumentMut = variant(new, run).parse().ok()?;
    let mut table = document.get("variant")?.as_array_of_tables()?.get(0)?.clone();
    table.set_position(None);
    Some(table)
}

/// `variant = [{ … }]` as `[[variant]]`.
trait MakeTables {
    fn make_tables(&mut self);
}

impl MakeTables for Item {
    fn make_tables(&mut self) {
        if let Item::Value(toml_edit::Value::Array(_)) = self {
            match std::mem::take(self).into_array_of_tables() {
                Ok(tables) => *self = Item::ArrayOfTables(tables),
                Err(other) => *self = other,
            }
        }
    }
}
