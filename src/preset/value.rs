//! One value of a setting: typed, as JSON, as TOML and as quoted in a message. Knows no key and no range.

use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::fmt;
use toml::de::{DeFloat, DeInteger, DeValue};

/// A text longer than this is cut when read; every kind of setting allows less, so the cut text is refused.
const LONGEST: usize = 4096;
/// Whole numbers beyond 2⁵³ are not exact in a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a setting can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Plain", into = "Plain")]
pub enum Value {
    /// true or false.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Real(f64),
    /// A name, an expression, a word.
    Text(Clean),
    /// Several.
    List(Vec<Value>),
}

impl Value {
    /// The value that a piece of parsed TOML is.
    ///
    /// # Errors
    /// What it is instead, as in "a date", if no setting can be that.
    pub(super) fn of(toml: &DeValue) -> Result<Self, &'static str> {
        match toml {
            DeValue::String(text) => Ok(Self::Text(Clean::new(text, LONGEST))),
            DeValue::Integer(digits) => Ok(integer(digits)),
            DeValue::Float(digits) => Ok(Self::Real(real(digits))),
            DeValue::Boolean(flag) => Ok(Self::Flag(*flag)),
            DeValue::Array(items) => {
                let values: Result<_, _> = items.iter().map(|item| Self::of(item.get_ref())).collect();
                values.map(Self::List).map_err(|_| "a list of tables or dates")
            }
            DeValue::Datetime(_) => Err("a date"),
            DeValue::Table(_) => Err("a table"),
        }
    }

    /// The number, whichever way it is written.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "settings are small or, as seeds, never read as floats")]
            Self::Int(whole) => Some(*whole as f64),
            Self::Real(real) => Some(*real),
            Self::Flag(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The whole number, also when it is written as `1e5`.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Int(whole) => Some(*whole),
            #[expect(clippy::cast_possible_truncation, reason = "exact below 2⁵³")]
            Self::Real(real) if real.fract() == 0.0 && real.abs() < EXACT => Some(*real as i64),
            Self::Real(_) | Self::Flag(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&Clean> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Int(_) | Self::Real(_) | Self::List(_) => None,
        }
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            Self::Flag(_) | Self::Int(_) | Self::Real(_) | Self::Text(_) => None,
        }
    }

    /// As it stands in a message: as it was written, but short.
    #[must_use]
    pub fn quoted(&self) -> String {
        match self {
            Self::Text(text) => format!("\"{}\"", Clean::new(text, 60)),
            Self::Flag(flag) => flag.to_string(),
            Self::Int(_) | Self::Real(_) => self.to_string(),
            Self::List(items) => {
                let few: Vec<String> = items.iter().take(20).map(Self::quoted).collect();
                Clean::new(&format!("[{}]", few.join(", ")), 60).to_string()
            }
        }
    }

    /// As TOML.
    #[must_use]
    pub fn toml(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Int(whole) => whole.to_string(),
            Self::Real(real) if real.is_nan() => "nan".to_owned(),
            Self::Real(real) => format!("{real:?}"),
            Self::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::List(items) => format!("[{}]", items.iter().map(Self::toml).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// As a person reads it: no quotes, few digits.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => out.pad(if *flag { "yes" } else { "no" }),
            Self::Int(whole) => out.pad(&whole.to_string()),
            Self::Real(real) => out.pad(&digits(*real)),
            Self::Text(text) => out.pad(text),
            Self::List(items) => out.pad(&items.iter().map(Self::to_string).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// A number with as few digits as it has, small and large ones by their power of ten.
pub(super) fn digits(real: f64) -> String {
    let size = real.abs();
    if real.is_nan() {
        "nan".to_owned()
    } else if real.is_infinite() || size == 0.0 || (1e-3..1e6).contains(&size) {
        format!("{real}")
    } else {
        format!("{real:e}")
    }
}

/// Beyond 64 bits it becomes a float, which every range refuses with a message that shows it.
fn integer(digits: &DeInteger) -> Value {
    let parsed = i64::from_str_radix(digits.as_str(), digits.radix());
    parsed.map_or_else(|_| Value::Real(digits.as_str().parse().unwrap_or(f64::INFINITY)), Value::Int)
}

fn real(digits: &DeFloat) -> f64 {
    digits.as_str().parse().unwrap_or(f64::NAN)
}

/// A value without its promises: what JSON holds.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Flag(bool),
    Int(i64),
    Real(f64),
    Text(String),
    List(Vec<Plain>),
}

impl From<Plain> for Value {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Flag(flag) => Self::Flag(flag),
            Plain::Int(whole) => Self::Int(whole),
            Plain::Real(real) => Self::Real(real),
            Plain::Text(text) => Self::Text(Clean::new(&text, LONGEST)),
            Plain::List(items) => Self::List(items.into_iter().map(Self::from).collect()),
        }
    }
}

impl From<Value> for Plain {
    fn from(value: Value) -> Self {
        match value {
            Value::Flag(flag) => Self::Flag(flag),
            Value::Int(whole) => Self::Int(whole),
            Value::Real(real) => Self::Real(real),
            Value::Text(text) => Self::Text(text.to_string()),
            Value::List(items) => Self::List(items.into_iter().map(Self::from).collect()),
        }
    }
}

/// What a conversion says when the row's kind let a value of another type pass: a fault of the table.
fn unlike(value: &Value, wanted: &str) -> String {
    format!("is {}; it must be {wanted}", value.quoted())
}

/// Both directions between a plain Rust type and `Value`.
macro_rules! converts {
    ($($type:ty: $wanted:literal, $into:expr, $from:expr;)+) => {$(
        impl From<$type> for Value {
            fn from(plain: $type) -> Self {
                #[allow(clippy::redundant_closure_call, reason = "one closure a type")]
                ($into)(plain)
            }
        }
        impl TryFrom<Value> for $type {
            type Error = String;
            fn try_from(value: Value) -> Result<Self, String> {
                #[allow(clippy::redundant_closure_call, reason = "one closure a type")]
                ($from)(&value).ok_or_else(|| unlike(&value, $wanted))
            }
        }
    )+};
}

converts! {
    bool: "true or false", Value::Flag, |value: &Value| match value {
        Value::Flag(flag) => Some(*flag),
        Value::Int(_) | Value::Real(_) | Value::Text(_) | Value::List(_) => None,
    };
    f64: "a number", Value::Real, Value::number;
    usize: "a whole number", |plain| Value::Int(i64::try_from(plain).unwrap_or(i64::MAX)),
        |value: &Value| value.whole().and_then(|whole| usize::try_from(whole).ok());
    u64: "a whole number", |plain| Value::Int(i64::try_from(plain).unwrap_or(i64::MAX)),
        |value: &Value| value.whole().and_then(|whole| u64::try_from(whole).ok());
    Vec<usize>: "a list of whole numbers",
        |plain: Vec<usize>| Value::List(plain.into_iter().map(Value::from).collect()),
        |value: &Value| value.items().and_then(|items| {
            items.iter().map(|item| item.whole().and_then(|whole| usize::try_from(whole).ok())).collect()
        });
    Clean: "a text", Value::Text, |value: &Value| value.text().cloned();
    Vec<Clean>: "a list of texts", |plain: Vec<Clean>| Value::List(plain.into_iter().map(Value::Text).collect()),
        |value: &Value| value.items().and_then(|items| items.iter().map(|item| item.text().cloned()).collect());
    Vec<f64>: "a list of numbers", |plain: Vec<f64>| Value::List(plain.into_iter().map(Value::Real).collect()),
        |value: &Value| value.items().and_then(|items| items.iter().map(Value::number).collect());
    [f64; 2]: "two numbers", |plain: [f64; 2]| Value::from(plain.to_vec()),
        |value: &Value| Vec::<f64>::try_from(value.clone()).ok().and_then(|ends| ends.try_into().ok());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_json() {
        let text = |raw: &str| Value::Text(Clean::from(raw));
        let all = [
            Value::Flag(true),
            Value::Int(-3),
            Value::Real(2.0),
            Value::Real(1e-300),
            text("2"),
            Value::List(vec![Value::Int(1), text("a"), Value::List(Vec::new())]),
        ];
        for value in all {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value, "{json}");
        }
    }

    #[test]
    fn values_survive_toml() {
        for (value, toml) in [
            (Value::Real(1e-7), "1e-7"),
            (Value::Real(3.0), "3.0"),
            (Value::Text(Clean::from(r#"a "b" \c"#)), r#""a \"b\" \\c""#),
            (Value::List(vec![Value::Int(1), Value::Flag(false)]), "[1, false]"),
        ] {
            assert_eq!(value.toml(), toml);
            assert_eq!(Value::of(DeValue::parse(toml).unwrap().get_ref()), Ok(value));
        }
    }

    #[test]
    fn quoted_values_are_short_and_clean() {
        let long = Value::Text(Clean::from(&*"\u{1b}[31m".repeat(1000)));
        assert!(long.quoted().chars().count() < 70 && !long.quoted().contains('\u{1b}'));
        assert_eq!(Value::Real(f64::NAN).quoted(), "nan");
        assert_eq!(Value::Real(1e-5).to_string(), "1e-5");
    }
}
