//! The parameter table as a JSON Schema (2020-12), by which editors complete and check presets. Knows no file.

use super::kind::Kind;
use super::names::NAMED;
use super::path::Path;
use super::rows::{self, Row, Scope};
use super::settings::Settings;
use super::value::Value;
use super::variants::{VARIANTS, is_shared};
use serde_json::{Map, Value as Json, json};

/// What a preset's first line begins with that names its schema to an editor.
pub const REFERENCE: &str = "#:schema ";
/// The file that presets name as their schema.
pub const SCHEMA_FILE: &str = "fnexplore.schema.json";
/// `f1` to `f64`.
const STAGES: &str = "^f([1-9]|[1-5][0-9]|6[0-4])$";
/// The same, followed by a key of a stage.
const STAGE_KEY: &str = "^f([1-9]|[1-5][0-9]|6[0-4])\\.";

/// The schema of a preset. What it refuses `check` refuses too; what depends on other settings it cannot know.
#[must_use]
pub fn schema() -> Json {
    let whole = |row: &Row| row.scope != Scope::StageOnly;
    let mut root = tree(None, &|row| whole(row));
    root.insert("variant".to_owned(), variants());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A preset of fnexplore",
        "description": "One experiment: data, model, prior, learning, and notes. Everything is optional.",
        "type": "object",
        "properties": root,
        "patternProperties": { STAGES: { "$ref": "#/$defs/stage" } },
        "additionalProperties": false,
        "$defs": {
            "stage": {
                "description": "What one f⁽ⁱ⁾ does otherwise; f1 is the outermost.",
                "type": "object",
                "properties": tree(Some(1), &|_| true),
                "additionalProperties": false,
            },
        },
    })
}

/// The schema as its file spells it.
#[must_use]
pub fn schema_text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

/// The properties of a table: settings by name, and tables of settings.
fn tree(stage: Option<usize>, wanted: &dyn Fn(&Row) -> bool) -> Map<String, Json> {
    let mut root = Map::new();
    for row in rows::all().filter(|row| wanted(row)) {
        let Some(path) = Path::of(row, stage) else { continue };
        let name = path.local();
        let words: Vec<&str> = name.split('.').collect();
        let Some((last, way)) = words.split_last() else { continue };
        let mut at = &mut root;
        for word in way {
            let table = at
                .entry(*word)
                .or_insert_with(|| json!({ "type": "object", "properties": {}, "additionalProperties": false }));
            at = table["properties"].as_object_mut().expect("a table has properties");
        }
        at.insert((*last).to_owned(), setting(row, path));
    }
    root
}

/// One setting, with its words and, where all have one, its default.
fn setting(row: &Row, path: Path) -> Json {
    let mut schema = of_kind(&row.kind);
    schema["title"] = row.label.into();
    schema["description"] = row.help.split_whitespace().collect::<Vec<_>>().join(" ").into();
    if path.stage().is_none()
        && let Ok(default) = row.kind.check(Settings::default().get(&path))
    {
        schema["default"] = written(&default);
    }
    schema
}

/// `[[variant]]`. Its `set` takes full keys, or tables as the preset has them.
fn variants() -> Json {
    let shared = |row: &Row| Path::of(row, None).is_some_and(|path| is_shared(&path));
    let mut set = tree(None, &|row| row.scope != Scope::StageOnly && !shared(row));
    for (section, table) in &mut set {
        let whole = !rows::all().any(|row| shared(row) && row.key.split('.').next() == Some(section));
        if whole {
            *table = json!({ "$ref": pointer(section) });
        }
    }
    for path in rows::all().filter(|row| !shared(row)).filter_map(|row| Path::of(row, None)) {
        set.insert(path.to_string(), json!({ "$ref": pointer(path.key()) }));
    }
    let mut stages = Map::new();
    stages.insert(STAGES.to_owned(), json!({ "$ref": "#/$defs/stage" }));
    for path in rows::all().filter_map(|row| Path::of(row, Some(1))) {
        let own = format!("#/$defs/stage{}", &pointer(path.local())[1..]);
        stages.insert(format!("{STAGE_KEY}{}$", path.local().replace('.', "\\.")), json!({ "$ref": own }));
    }
    json!({
        "description": "The same experiment with a few settings changed, beside it.",
        "type": "array",
        "maxItems": VARIANTS,
        "items": {
            "type": "object",
            "properties": {
                "name": {
                    "description": "What the run is called.",
                    "type": "string",
                    "pattern": "^[a-z0-9-]{1,32}$",
                    "not": { "enum": ["model", "base"] },
                },
                "set": {
                    "description": "The settings that are changed, by their full names.",
                    "type": "object",
                    "properties": set,
                    "patternProperties": stages,
                    "additionalProperties": false,
                },
            },
            "required": ["name"],
            "additionalProperties": false,
        },
    })
}

/// Where the schema of a key stands.
fn pointer(key: &str) -> String {
    format!("#/properties/{}", key.replace('.', "/properties/"))
}

/// What a kind allows.
fn of_kind(kind: &Kind) -> Json {
    match kind {
        Kind::Count { least, most, .. } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Real { least, most, .. } => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::Or { word, number, .. } => json!({ "anyOf": [{ "const": word }, of_kind(number)] }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Several(words) => one_or_several(&json!({ "enum": words }), words.len()),
        Kind::Text(most) => json!({ "type": "string", "maxLength": most }),
        Kind::Prose(_) => {
            json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
        }
        Kind::Names => one_or_several(&json!({ "type": "string" }), 64),
        Kind::Paths => one_or_several(&keys(), 64),
        Kind::Numbers => one_or_several(&json!({ "type": "integer", "minimum": 1 }), 1024),
        Kind::Interval(furthest) => json!({
            "type": "array",
            "items": { "type": "number", "minimum": -furthest, "maximum": furthest },
            "minItems": 2,
            "maxItems": 2,
        }),
        Kind::Vector => json!({ "type": "array", "items": { "type": "number" } }),
        Kind::Matrix => {
            let row = json!({ "type": "array", "items": { "type": "number" }, "minItems": 1 });
            json!({ "anyOf": [row, { "type": "array", "items": row }] })
        }
        Kind::Target => {
            let words: Vec<&str> = NAMED.iter().copied().chain(["none"]).collect();
            json!({ "anyOf": [{ "enum": words }, { "type": "string", "description": "An expression in x, or in x1, x2, …" }] })
        }
    }
}

/// A list may be written without brackets if it has one item.
fn one_or_several(item: &Json, most: usize) -> Json {
    json!({ "anyOf": [item, { "type": "array", "items": item, "uniqueItems": true, "maxItems": most }] })
}

/// Full keys: of the preset, or of one stage.
fn keys() -> Json {
    let names: Vec<&str> = rows::all().filter_map(|row| Path::of(row, None)).map(|path| path.key()).collect();
    json!({ "anyOf": [{ "enum": names }, { "type": "string", "pattern": STAGE_KEY }] })
}

/// A value as JSON.
fn written(value: &Value) -> Json {
    match value {
        Value::Flag(flag) => (*flag).into(),
        Value::Int(whole) => (*whole).into(),
        Value::Real(real) => (*real).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(written).collect(),
    }
}
