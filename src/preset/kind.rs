//! What a setting may be: ranges, steps and choices; checking, nudging, reading and printing follow from them alone.
//! Knows no setting by name.

use super::names::NAMED;
use super::path::Path;
use super::settings::Origin;
use super::value::{Value, digits};
use crate::text::{Clean, nearest};
use toml::de::DeValue;

/// A typed text longer than this is not read at all.
const TYPED: usize = 65_536;
/// Names in a list (of columns, of keys).
const NAMES: usize = 64;
/// Rows or elements in a list.
const MOST_NUMBERS: usize = 1024;
/// No starting value is larger: beyond it squares and sums overflow in single precision.
const LARGEST: f64 = 1e9;

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A whole number.
    Count {
        /// The least allowed.
        least: i64,
        /// The greatest allowed.
        most: i64,
        /// How far one nudge goes.
        step: Step,
    },
    /// A number.
    Real {
        /// The least allowed.
        least: f64,
        /// The greatest allowed.
        most: f64,
        /// How far one nudge goes.
        step: Step,
        /// What it is measured in, for the display; empty if in nothing.
        unit: &'static str,
    },
    /// A number, or one word that stands for a rule. The word lies below every number.
    Or {
        /// The word.
        word: &'static str,
        /// The numbers.
        number: &'static Kind,
        /// The number a nudge up from the word arrives at.
        first: f64,
    },
    /// true or false.
    Flag,
    /// One of several words.
    Choice(&'static [&'static str]),
    /// Any of several words, each once.
    Several(&'static [&'static str]),
    /// One line of at most so many characters.
    Text(usize),
    /// At most so many lines.
    Prose(usize),
    /// Names of the user's own, each once.
    Names,
    /// Keys of settings.
    Paths,
    /// Whole numbers from 1, each once: rows, elements.
    Numbers,
    /// Two numbers, the lesser first, both at most so far from zero.
    Interval(f64),
    /// Numbers in a row.
    Vector,
    /// Rows of numbers, all of one length.
    Matrix,
    /// An expression, a named target, or "none".
    Target,
}

/// How far one nudge goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// So much.
    By(f64),
    /// 1, 2, 5, 10, 20, …
    Decades,
}

impl Kind {
    /// The value as it is kept (a whole number becomes a real where reals are meant, and so on).
    ///
    /// # Errors
    /// "is 7; it must be …": what follows the setting's name in a sentence.
    pub fn check(&self, value: Value) -> Result<Value, String> {
        let misfit = |why: String| format!("is {}; it must be {}{why}", value.quoted(), self.expects());
        let near = |word: &str, choices: &[&'static str]| {
            nearest(word, choices.iter().copied()).map_or(String::new(), |near| format!("; nearest: {near}"))
        };
        match (self, &value) {
            (Self::Count { least, most, .. }, Value::Int(_) | Value::Real(_)) => {
                let whole = value.whole().filter(|whole| (least..=most).contains(&whole));
                whole.map(Value::Int).ok_or_else(|| misfit(String::new()))
            }
            (Self::Real { least, most, .. }, Value::Int(_) | Value::Real(_)) => {
                let real = value.number().filter(|real| (least..=most).contains(&real));
                real.map(Value::Real).ok_or_else(|| misfit(String::new()))
            }
            (Self::Or { word, .. }, Value::Text(text)) if text.as_str() == *word => Ok(value),
            (Self::Or { word, .. }, Value::Text(text)) => Err(misfit(near(text, &[word]))),
            (Self::Or { number, .. }, _) => number.check(value.clone()).map_err(|_| misfit(String::new())),
            (Self::Flag, Value::Flag(_)) => Ok(value),
            (Self::Choice(choices), Value::Text(text)) if choices.contains(&text.as_str()) => Ok(value),
            (Self::Choice(choices), Value::Text(text)) => Err(misfit(near(text, choices))),
            (Self::Several(_) | Self::Names | Self::Paths, Value::Text(_))
            | (Self::Numbers, Value::Int(_) | Value::Real(_)) => self.check(Value::List(vec![value])),
            (Self::Several(choices), Value::List(items)) => match items.iter().find(|item| !among(item, choices)) {
                Some(stranger) => Err(misfit(stranger.text().map_or(String::new(), |text| near(text, choices)))),
                None if repeats(items) => Err(misfit(", each once".to_owned())),
                None => Ok(value),
            },
            (Self::Text(most), Value::Text(text)) if text.chars().count() <= *most => Ok(value),
            (Self::Prose(most), Value::Text(text)) => Ok(Value::from(Clean::lines(text, *most))),
            (Self::Prose(most), Value::List(items)) if items.len() <= *most && texts(items) => Ok(value),
            (Self::Names, Value::List(items)) if items.len() <= NAMES && texts(items) && !repeats(items) => Ok(value),
            (Self::Paths, Value::List(items)) if items.len() <= NAMES => paths(items).map_err(misfit),
            (Self::Numbers, Value::List(items)) => numbers(items).ok_or_else(|| misfit(String::new())),
            (Self::Interval(furthest), Value::List(_)) => <[f64; 2]>::try_from(value.clone())
                .ok()
                .filter(|[low, high]| low < high && low.abs() <= *furthest && high.abs() <= *furthest)
                .map(Value::from)
                .ok_or_else(|| misfit(String::new())),
            // None are given: a variant says so of what its preset gives.
            (Self::Vector | Self::Matrix, Value::List(items)) if items.is_empty() => Ok(value),
            (Self::Vector, Value::List(items)) => row(items).ok_or_else(|| misfit(String::new())),
            (Self::Matrix, Value::List(items)) => matrix(items).ok_or_else(|| misfit(String::new())),
            (Self::Target, Value::Text(text)) => match Origin::target(text) {
                Ok(target) => Ok(Value::Text(target.text())),
                Err(why) => Err(misfit(format!(": {}", Clean::new(&why, 160)))),
            },
            (
                Self::Count { .. }
                | Self::Real { .. }
                | Self::Flag
                | Self::Choice(_)
                | Self::Several(_)
                | Self::Text(_)
                | Self::Prose(_)
                | Self::Names
                | Self::Paths
                | Self::Numbers
                | Self::Interval(_)
                | Self::Vector
                | Self::Matrix
                | Self::Target,
                _,
            ) => Err(misfit(String::new())),
        }
    }

    /// What a value must be, in words.
    #[must_use]
    pub fn expects(&self) -> String {
        match self {
            Self::Count { least, most, .. } if *most == i64::MAX => format!("a whole number from {least}"),
            Self::Count { least, most, .. } => format!("a whole number from {} to {}", grouped(*least), grouped(*most)),
            Self::Real { least, most, .. } => format!("a number from {} to {}", digits(*least), digits(*most)),
            Self::Or { word, number, .. } => format!("\"{word}\" or {}", number.expects()),
            Self::Flag => "true or false".to_owned(),
            Self::Choice(choices) => listed(choices, "or"),
            Self::Several(choices) => format!("a list of {}", listed(choices, "and")),
            Self::Text(most) => format!("one line of at most {most} characters"),
            Self::Prose(most) => format!("text of at most {most} lines"),
            Self::Names => format!("a list of at most {NAMES} names, each once"),
            Self::Paths => "a list of keys such as \"model.k\"".to_owned(),
            Self::Numbers => format!("a list of at most {MOST_NUMBERS} whole numbers from 1, each once"),
            Self::Interval(furthest) => {
                format!("two numbers, the lesser first, from {} to {}", digits(-furthest), digits(*furthest))
            }
            Self::Vector => format!("a list of numbers, none beyond {}; [] draws them", digits(LARGEST)),
            Self::Matrix => {
                format!("a list of rows of numbers, all of one length, none beyond {}; [] draws them", digits(LARGEST))
            }
            Self::Target => "an expression in x (or x1, x2, …), a named target, or \"none\"".to_owned(),
        }
    }

    /// What a person typed: TOML, or the bare words of it.
    ///
    /// # Errors
    /// What follows the setting's name in a sentence.
    pub fn parse(&self, typed: &str) -> Result<Value, String> {
        let typed = typed.trim();
        if typed.len() > TYPED {
            return Err(format!("is {} bytes long; at most {TYPED} are read", typed.len()));
        }
        let literal = |text: &str| DeValue::parse(text).ok().and_then(|value| self.read(value.get_ref()).ok());
        let bare = || Value::Text(Clean::new(typed, TYPED));
        let value = match self {
            Self::Text(_) | Self::Target | Self::Choice(_) | Self::Prose(_) => {
                literal(typed).filter(|value| matches!(value, Value::Text(_) | Value::List(_))).unwrap_or_else(bare)
            }
            Self::Count { .. } | Self::Real { .. } | Self::Or { .. } | Self::Flag => {
                let word = match typed {
                    "yes" | "on" => "true",
                    "no" | "off" => "false",
                    _ => typed,
                };
                literal(word).unwrap_or_else(bare)
            }
            Self::Interval(_) | Self::Numbers | Self::Vector | Self::Matrix => {
                literal(typed).or_else(|| literal(&format!("[{typed}]"))).unwrap_or_else(bare)
            }
            Self::Several(_) | Self::Names | Self::Paths if typed.is_empty() => Value::List(Vec::new()),
            Self::Several(_) | Self::Names | Self::Paths => literal(typed).unwrap_or_else(|| {
                Value::List(typed.split(',').map(|name| Value::Text(Clean::from(name.trim()))).collect())
            }),
        };
        self.check(value)
    }

    /// A piece of TOML as a value, not yet checked.
    ///
    /// # Errors
    /// What follows the setting's name in a sentence.
    pub(super) fn read(&self, toml: &DeValue) -> Result<Value, String> {
        match (self, toml) {
            (Self::Prose(most), DeValue::String(text)) => Ok(Value::from(Clean::lines(text, most + 1))),
            (_, toml) => Value::of(toml).map_err(|what| format!("is {what}; it must be {}", self.expects())),
        }
    }

    /// The value as TOML.
    #[must_use]
    pub fn print(&self, value: &Value) -> String {
        match (self, Vec::<Clean>::try_from(value.clone())) {
            (Self::Prose(_), Ok(lines)) if !lines.is_empty() => {
                // Every second quote of a run is escaped: three bare ones would end the text.
                let escape = |line: &Clean| line.replace('\\', "\\\\").replace("\"\"", "\"\\\"");
                let body: Vec<String> = lines.iter().map(escape).collect();
                format!("\"\"\"\n{}\n\"\"\"", body.join("\n"))
            }
            (_, _) => value.toml(),
        }
    }

    /// The words that it may be, if they can be listed.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        match self {
            Self::Choice(words) | Self::Several(words) => words.to_vec(),
            Self::Or { word, .. } => vec![word],
            Self::Flag => vec!["true", "false"],
            Self::Target => NAMED.iter().copied().chain(["none"]).collect(),
            Self::Count { .. }
            | Self::Real { .. }
            | Self::Text(_)
            | Self::Prose(_)
            | Self::Names
            | Self::Paths
            | Self::Numbers
            | Self::Interval(_)
            | Self::Vector
            | Self::Matrix => Vec::new(),
        }
    }

    /// Whether nothing at all is one of its values: typing nothing then unwrites it.
    #[must_use]
    pub fn may_be_empty(&self) -> bool {
        match self {
            Self::Several(_)
            | Self::Text(_)
            | Self::Prose(_)
            | Self::Names
            | Self::Paths
            | Self::Numbers
            | Self::Vector
            | Self::Matrix => true,
            Self::Count { .. }
            | Self::Real { .. }
            | Self::Or { .. }
            | Self::Flag
            | Self::Choice(_)
            | Self::Interval(_)
            | Self::Target => false,
        }
    }

    /// The value as a person would type it on one line: what `parse` reads back.
    #[must_use]
    pub fn typed(&self, value: &Value) -> String {
        match (self, Vec::<Clean>::try_from(value.clone())) {
            (Self::Prose(_), Ok(lines)) if !lines.is_empty() => {
                let escaped = |line: &Clean| line.replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{}\"", lines.iter().map(escaped).collect::<Vec<_>>().join("\\n"))
            }
            (Self::Names, Ok(names)) if names.iter().any(|name| name.contains([',', '"'])) => value.toml(),
            (Self::Matrix, _) if value.items().is_some_and(|rows| !rows.is_empty()) => value.toml(),
            (_, _) => value.to_string(),
        }
    }

    /// The value as it is shown, with its unit.
    #[must_use]
    pub fn show(&self, value: &Value) -> String {
        match self {
            Self::Real { unit, .. } if !unit.is_empty() => format!("{value} {unit}"),
            Self::Interval(_) => value.to_string().replace(", ", " … "),
            Self::Or { number, .. } if value.number().is_some() => number.show(value),
            Self::Count { .. }
            | Self::Real { .. }
            | Self::Or { .. }
            | Self::Flag
            | Self::Choice(_)
            | Self::Several(_)
            | Self::Text(_)
            | Self::Prose(_)
            | Self::Names
            | Self::Paths
            | Self::Numbers
            | Self::Vector
            | Self::Matrix
            | Self::Target => value.to_string(),
        }
    }
}

fn among(item: &Value, choices: &[&str]) -> bool {
    item.text().is_some_and(|text| choices.contains(&text.as_str()))
}

fn texts(items: &[Value]) -> bool {
    items.iter().all(|item| item.text().is_some())
}

fn repeats(items: &[Value]) -> bool {
    (1..items.len()).any(|at| items[..at].contains(&items[at]))
}

/// In order, so that equal sets are equal values.
fn numbers(items: &[Value]) -> Option<Value> {
    let whole: Option<Vec<i64>> = items.iter().map(|item| item.whole().filter(|whole| *whole >= 1)).collect();
    let mut whole = whole.filter(|whole| whole.len() <= MOST_NUMBERS)?;
    whole.sort_unstable();
    let once = whole.windows(2).all(|pair| pair[0] < pair[1]);
    once.then(|| Value::List(whole.into_iter().map(Value::Int).collect()))
}

fn row(items: &[Value]) -> Option<Value> {
    let numbers: Option<Vec<f64>> = items.iter().map(Value::number).collect();
    numbers.filter(|row| !row.is_empty() && row.iter().all(|number| number.abs() <= LARGEST)).map(Value::from)
}

/// One row may be written without its brackets.
fn matrix(items: &[Value]) -> Option<Value> {
    if let Some(only) = row(items) {
        return Some(Value::List(vec![only]));
    }
    let width = |item: &Value| item.items().map(<[Value]>::len);
    let rows = items.iter().map(|item| item.items().and_then(row));
    let even = items.windows(2).all(|pair| width(&pair[0]) == width(&pair[1]));
    rows.collect::<Option<Vec<_>>>().filter(|rows| even && !rows.is_empty()).map(Value::List)
}

fn paths(items: &[Value]) -> Result<Value, String> {
    let full = |item: &Value| match item.text() {
        Some(text) => {
            let path = Path::full(text).map_err(|why| format!(": {} {why}", Clean::new(text, 60)))?;
            Ok(Value::Text(Clean::from(&*path.to_string())))
        }
        None => Err(String::new()),
    };
    items.iter().map(full).collect::<Result<Vec<_>, _>>().map(Value::List)
}

/// `1_000_000`, as TOML lets one write it; no range begins below zero.
fn grouped(whole: i64) -> String {
    let digits = whole.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if digits.len() > 4 && at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// "a, b or c".
pub(super) fn listed(choices: &[&str], last: &str) -> String {
    match choices {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [others @ .., end] => format!("{} {last} {end}", others.join(", ")),
    }
}
