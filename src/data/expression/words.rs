//! The words of an expression: numbers, inputs, functions and marks. Knows no grammar.

use crate::text::{Clean, nearest};
use std::f64::consts;

/// The most inputs: x1 to x8.
pub const INPUTS: usize = 8;

/// A function of one argument and its name.
pub type Unary = (&'static str, fn(f64) -> f64);
/// A function of two arguments and its name.
pub type Binary = (&'static str, fn(f64, f64) -> f64);

/// The functions of one argument.
pub const UNARY: [Unary; 27] = [
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("asin", f64::asin),
    ("acos", f64::acos),
    ("atan", f64::atan),
    ("sinh", f64::sinh),
    ("cosh", f64::cosh),
    ("tanh", f64::tanh),
    ("asinh", f64::asinh),
    ("acosh", f64::acosh),
    ("atanh", f64::atanh),
    ("exp", f64::exp),
    ("ln", f64::ln),
    ("log", f64::ln),
    ("log2", f64::log2),
    ("log10", f64::log10),
    ("sqrt", f64::sqrt),
    ("cbrt", f64::cbrt),
    ("abs", f64::abs),
    ("sign", sign),
    ("floor", f64::floor),
    ("ceil", f64::ceil),
    ("round", f64::round),
    ("fract", |x| x - x.floor()),
    ("relu", |x| max(x, 0.0)),
    ("sigmoid", |x| 1.0 / (1.0 + (-x).exp())),
];
/// The functions of two arguments.
pub const BINARY: [Binary; 3] = [("min", min), ("max", max), ("atan2", f64::atan2)];
/// The numbers with names.
const CONSTANTS: [(&str, f64); 5] =
    [("pi", consts::PI), ("PI", consts::PI), ("π", consts::PI), ("e", consts::E), ("E", consts::E)];

/// A word of the expression, and where it stands.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    /// As written.
    pub text: &'a str,
    /// In characters, from 1.
    pub at: usize,
    /// What it means.
    pub kind: Kind,
}

/// What a word means.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number, or a constant's value.
    Number(f64),
    /// 0 for `x`, else the index.
    Input(usize),
    /// A function of one argument.
    Unary(&'static str),
    /// A function of two arguments.
    Binary(&'static str),
    /// `²` or `³`.
    Superscript(u8),
    /// An operator, a parenthesis or a comma.
    Mark(char),
}

impl Kind {
    /// The column of X that is meant.
    pub fn input(self) -> Option<usize> {
        if let Self::Input(index) = self { Some(index.max(1) - 1) } else { None }
    }
}

/// The words of an expression in their order.
pub fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    let (mut tokens, mut rest, mut at) = (Vec::new(), text, 1);
    while let Some(first) = rest.chars().next() {
        let length = word_length(rest, first);
        let word = &rest[..length];
        if !first.is_whitespace() {
            tokens.push(Token { text: word, at, kind: kind(word, first, at)? });
        }
        at += word.chars().count();
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// The bytes of the word that `rest` begins with.
fn word_length(rest: &str, first: char) -> usize {
    let run = |text: &str, holds: fn(char) -> bool| text.find(|next| !holds(next)).unwrap_or(text.len());
    let digits = |text: &str| run(text, |next| next.is_ascii_digit());
    if first.is_alphabetic() || first == '_' {
        return run(rest, |next| matches!(next, '_' | '0'..='9') || next.is_alphabetic());
    }
    if !first.is_ascii_digit() && first != '.' {
        return if rest.starts_with("**") { 2 } else { first.len_utf8() };
    }
    let mut length = digits(rest);
    if rest[length..].starts_with('.') {
        length += 1 + digits(&rest[length + 1..]);
    }
    if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let power = digits(&exponent[sign..]);
        length += if power > 0 { 1 + sign + power } else { 0 };
    }
    length
}

fn kind(word: &str, first: char, at: usize) -> Result<Kind, String> {
    if first.is_ascii_digit() || first == '.' {
        return match word.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Kind::Number(value)),
            Ok(_) => Err(format!("{} at character {at} is too large a number", Clean::excerpt(word))),
            Err(_) => Err(format!("\"{word}\" at character {at} is not a number")),
        };
    }
    if first.is_alphabetic() || first == '_' {
        return named(word, at);
    }
    match first {
        '*' if word == "**" => Ok(Kind::Mark('^')),
        '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' => Ok(Kind::Mark(first)),
        '−' => Ok(Kind::Mark('-')),
        '·' | '×' => Ok(Kind::Mark('*')),
        '²' => Ok(Kind::Superscript(2)),
        '³' => Ok(Kind::Superscript(3)),
        '|' => Err(format!("\"|\" at character {at} is not read; write abs(x)")),
        '=' | '<' | '>' => Err(format!("\"{first}\" at character {at} is not read; write only what y is, in x")),
        _ => Err(format!(
            "\"{}\" at character {at} is not read; an expression has numbers, inputs, functions, + - * / ^ ( ) and ,",
            Clean::excerpt(word)
        )),
    }
}

/// What a name stands for.
fn named(word: &str, at: usize) -> Result<Kind, String> {
    let index = word.strip_prefix('x').filter(|index| index.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(index) = index {
        return match index.parse() {
            _ if index.is_empty() => Ok(Kind::Input(0)),
            Ok(number @ 1..=INPUTS) if !index.starts_with('0') => Ok(Kind::Input(number)),
            _ => Err(format!(
                "{} at character {at} is no input: they are x alone, or x1 to x{INPUTS}",
                Clean::excerpt(word)
            )),
        };
    }
    if let Some((_, value)) = CONSTANTS.iter().find(|(name, _)| *name == word) {
        return Ok(Kind::Number(*value));
    }
    if let Some((name, _)) = UNARY.iter().find(|(name, _)| *name == word) {
        return Ok(Kind::Unary(name));
    }
    if let Some((name, _)) = BINARY.iter().find(|(name, _)| *name == word) {
        return Ok(Kind::Binary(name));
    }
    let functions: Vec<&str> =
        UNARY.iter().map(|(name, _)| *name).chain(BINARY.iter().map(|(name, _)| *name)).collect();
    let known = ["x", "x1", "pi", "e"].into_iter().chain(functions.iter().copied());
    let near = nearest(&word.to_lowercase(), known).map_or(".".to_owned(), |name| format!("; is it {name}?"));
    let word = Clean::excerpt(word);
    Err(format!(
        "\"{word}\" at character {at} is unknown{near} Known are x (or x1 to x{INPUTS}), pi, e, {}",
        functions.join(" ")
    ))
}

/// The lesser; what is not a number is passed on, so that it is found rather than hidden.
pub fn min(a: f64, b: f64) -> f64 {
    if a < b || a.is_nan() { a } else { b }
}

/// The greater; what is not a number is passed on.
pub fn max(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

/// −1, 0 or 1.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}
