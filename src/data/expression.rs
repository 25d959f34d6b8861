//! Targets written as an expression in x. Knows no rows and no noise.

mod words;

use crate::text::Clean;
use exmex::{BinOp, Express, FlatEx, MakeOperators, Operator};
use std::sync::Arc;
use words::{BINARY, Binary, INPUTS, Kind, Token, UNARY, Unary, tokens};

/// The most characters of an expression.
const LENGTH: usize = 256;
/// The deepest nesting of parentheses, signs and powers.
const DEPTH: usize = 32;

/// An expression in x, or in x1, x2, …: `sin(2*x)`, `exp(-x^2)`, `max(x1, 0.5)*x2`.
///
/// Numbers (`2`, `.5`, `1e-3`), `+ - * / ^` (also `**`, `·`, `×`, `−`, `²`, `³`), parentheses, the constants `pi`
/// (`PI`, `π`) and `e` (`E`), and the functions sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp ln
/// log (natural) log2 log10 sqrt cbrt abs sign floor ceil round fract relu sigmoid, and of two arguments min max atan2.
/// As in mathematics, -x^2 is -(x^2), and 2^3^2 is 2^(3^2).
///
/// The text is parsed here, with bounds, and handed to exmex fully parenthesised: exmex alone reads -x^2 as (-x)^2
/// and 2^3^2 as (2^3)^2, and refuses `1e-3` and `max(1, max(2, x))`.
#[derive(Clone, Debug)]
pub struct Expression {
    text: Clean,
    inputs: usize,
    compiled: Arc<FlatEx<f64, Operators>>,
    /// The inputs that occur, in the order in which exmex takes them.
    used: Vec<usize>,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// A sentence that names what cannot be read, and what can.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let length = text.chars().count();
        if length > LENGTH {
            return Err(format!("the expression has {length} characters; at most {LENGTH} are read"));
        }
        let tokens = tokens(text)?;
        let inputs = inputs(&tokens)?;
        let mut translation = Translation { tokens: &tokens, at: 0, depth: 0 };
        let canonical = translation.sum()?;
        if let Some(token) = translation.peek() {
            return Err(translation.unexpected(token));
        }
        let compiled = FlatEx::<f64, Operators>::parse(&canonical)
            .map_err(|error| format!("\"{}\" cannot be read: {}", Clean::excerpt(text), Clean::excerpt(error.msg())))?;
        let used = (0..INPUTS).filter(|at| tokens.iter().any(|token| token.kind.input() == Some(*at))).collect();
        Ok(Self { text: Clean::new(text, LENGTH), inputs, compiled: Arc::new(compiled), used })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &Clean {
        &self.text
    }

    /// Columns of X: the greatest index of an input, one at least.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Its value where the inputs are `x`; not finite where mathematics says so (1/0, ln of a negative number), and
    /// not a number if an input is missing.
    #[must_use]
    pub fn value(&self, x: &[f64]) -> f64 {
        let mut given = [f64::NAN; INPUTS];
        for (slot, &at) in given.iter_mut().zip(&self.used) {
            *slot = x.get(at).copied().unwrap_or(f64::NAN);
        }
        self.compiled.eval(&given[..self.used.len()]).unwrap_or(f64::NAN)
    }
}

/// exmex's operators: the tables above, `neg`, and the five of arithmetic. Priorities never decide, because all is in
/// parentheses; none is declared commutative, because exmex would then reorder constants.
#[derive(Clone, Debug)]
struct Operators;

impl MakeOperators<f64> for Operators {
    fn make<'a>() -> Vec<Operator<'a, f64>> {
        const ARITHMETIC: [Binary; 5] =
            [("+", |a, b| a + b), ("-", |a, b| a - b), ("*", |a, b| a * b), ("/", |a, b| a / b), ("^", f64::powf)];
        const NEGATION: Unary = ("neg", |x| -x);
        let unary = UNARY.into_iter().chain([NEGATION]);
        let binary = BINARY.into_iter().chain(ARITHMETIC);
        unary
            .map(|(name, apply)| Operator::make_unary(name, apply))
            .chain(
                binary.map(|(name, apply)| Operator::make_bin(name, BinOp { apply, prio: 0, is_commutative: false })),
            )
            .collect()
    }
}

/// How many inputs the tokens name.
fn inputs(tokens: &[Token]) -> Result<usize, String> {
    let indices =
        || tokens.iter().filter_map(|token| if let Kind::Input(index) = token.kind { Some(index) } else { None });
    let greatest = indices().max().unwrap_or(0);
    if greatest > 0 && indices().any(|index| index == 0) {
        return Err(format!("x and x{greatest} are both named; with several inputs write x1, x2, … for all of them"));
    }
    Ok(greatest.max(1))
}

/// From tokens to exmex's language, every operation in parentheses. One method a level of precedence.
struct Translation<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    depth: usize,
}

impl<'a> Translation<'a> {
    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    /// Steps over the next token if it is one of `marks`.
    fn take(&mut self, marks: &[char]) -> Option<char> {
        let found = self.peek().and_then(|token| match token.kind {
            Kind::Mark(mark) if marks.contains(&mark) => Some(mark),
            _ => None,
        })?;
        self.at += 1;
        Some(found)
    }

    /// Goes one level deeper, if that is not too deep.
    fn deeper(&mut self, part: fn(&mut Self) -> Result<String, String>) -> Result<String, String> {
        if self.depth == DEPTH {
            return Err(format!("the expression is nested more than {DEPTH} deep"));
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn sum(&mut self) -> Result<String, String> {
        let mut left = self.product()?;
        while let Some(mark) = self.take(&['+', '-']) {
            left = format!("({left}{mark}{})", self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<String, String> {
        let mut left = self.signed()?;
        while let Some(mark) = self.take(&['*', '/']) {
            left = format!("({left}{mark}{})", self.signed()?);
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<String, String> {
        match self.take(&['+', '-']) {
            Some('-') => Ok(format!("neg({})", self.deeper(Self::signed)?)),
            Some(_) => self.deeper(Self::signed),
            None => self.power(),
        }
    }

    fn power(&mut self) -> Result<String, String> {
        let mut base = self.operand()?;
        while let Some(Kind::Superscript(power)) = self.peek().map(|token| token.kind) {
            self.at += 1;
            base = format!("({base}^{power})");
        }
        if self.take(&['^']).is_some() {
            base = format!("({base}^{})", self.deeper(Self::signed)?);
        }
        Ok(base)
    }

    fn operand(&mut self) -> Result<String, String> {
        let Some(token) = self.peek() else {
            return Err("the expression ends too early: a number, an input, a function or \"(\" is missing".to_owned());
        };
        self.at += 1;
        match token.kind {
            // Display never writes an exponent, which exmex would not read.
            Kind::Number(value) => Ok(value.to_string()),
            Kind::Input(index) => Ok(format!("x{}", index.max(1))),
            Kind::Unary(name) => {
                let [argument] = self.arguments(name)?;
                Ok(format!("{name}({argument})"))
            }
            Kind::Binary(name) => {
                let [first, second] = self.arguments(name)?;
                Ok(format!("(({first}){name}({second}))"))
            }
            Kind::Mark('(') => {
                let inner = self.deeper(Self::sum)?;
                self.close(token)?;
                Ok(format!("({inner})"))
            }
            Kind::Mark(_) | Kind::Superscript(_) => Err(self.unexpected(token)),
        }
    }

    /// `(`, N expressions between commas, `)`.
    fn arguments<const N: usize>(&mut self, name: &str) -> Result<[String; N], String> {
        let wanted = if N == 1 {
            format!("{name} takes one argument: {name}(x)")
        } else {
            format!("{name} takes two arguments: {name}(x, 1)")
        };
        let Some(open) = self.peek().filter(|token| token.kind == Kind::Mark('(')) else {
            return Err(format!("{wanted}, in parentheses"));
        };
        self.at += 1;
        let mut arguments = Vec::with_capacity(N);
        loop {
            arguments.push(self.deeper(Self::sum)?);
            if self.take(&[',']).is_none() {
                break;
            }
        }
        self.close(open)?;
        arguments.try_into().map_err(|given: Vec<String>| format!("{wanted}; here it has {}", given.len()))
    }

    fn close(&mut self, open: &Token) -> Result<(), String> {
        match (self.take(&[')']), self.peek()) {
            (Some(_), _) => Ok(()),
            (None, None) => Err(format!("the \"(\" at character {} is not closed", open.at)),
            (None, Some(token)) => Err(self.unexpected(token)),
        }
    }

    fn unexpected(&self, token: &Token) -> String {
        let factor = !matches!(token.kind, Kind::Mark(mark) if mark != '(');
        let hint = if factor && self.at > 0 { "; between factors write *, as in 2*x" } else { "" };
        format!("\"{}\" at character {} is not expected there{hint}", Clean::excerpt(token.text), token.at)
    }
}

#[cfg(test)]
mod tests {
    use super::words::{max, min};
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts;

    fn at(text: &str, x: &[f64]) -> f64 {
        Expression::parse(text).unwrap_or_else(|sentence| panic!("{text}: {sentence}")).value(x)
    }

    fn refused(text: &str) -> String {
        Expression::parse(text).map(|expression| expression.text().to_string()).expect_err(text)
    }

    #[test]
    fn arithmetic_reads_as_in_mathematics() {
        for (text, value) in [
            ("-x^2", -9.0),
            ("(-x)^2", 9.0),
            ("2^3^2", 512.0),
            ("2^-x", 0.125),
            ("-2^-x^2", -(0.5_f64.powi(9))),
            ("8/4/2", 1.0),
            ("8/4*2", 4.0),
            ("8*2/4*x", 12.0),
            ("10-4-x", 3.0),
            ("10-4+x", 9.0),
            ("1-x-1+x", 0.0),
            ("2*-x", -6.0),
            ("--x", 3.0),
            ("+x - -x", 6.0),
            ("1e-3*x", 0.003),
            ("1.5E+2+.5", 150.5),
            ("x**2", 9.0),
            ("x² + x³", 36.0),
            ("2·x − 1×x", 3.0),
            ("((((x))))", 3.0),
        ] {
            assert!((at(text, &[3.0]) - value).abs() < 1e-12, "{text} = {}", at(text, &[3.0]));
        }
    }

    #[test]
    fn functions_and_constants() {
        for (text, value) in [
            ("sin(2*x)", 6.0_f64.sin()),
            ("exp(-x^2)", (-9.0_f64).exp()),
            ("pi + PI + π", 3.0 * consts::PI),
            ("e*E", consts::E * consts::E),
            ("ln(e^x) + log(e)", 4.0),
            ("log10(1000) + log2(8)", 6.0),
            ("sqrt(x*x)+cbrt(27)+abs(-x)", 9.0),
            ("floor(-0.5)+ceil(1.2)+round(2.6)+fract(-0.25)", -1.0 + 2.0 + 3.0 + 0.75),
            ("sign(-x)+sign(0)+sign(2)", 0.0),
            ("min(x, 1) + max(x, 1)", 4.0),
            ("max(1, max(2, min(x, 9)))", 3.0),
            ("max(sin(x), -2)*2", 2.0 * 3.0_f64.sin()),
            ("min(1,2)-max(3,4)^2", -15.0),
            ("-max(x,1)^2", -9.0),
            ("atan2(1, 1)*4", consts::PI),
            ("relu(x)+relu(-x)", 3.0),
            ("sigmoid(0)", 0.5),
            ("tanh(x)-sinh(x)/cosh(x)", 0.0),
        ] {
            assert!((at(text, &[3.0]) - value).abs() < 1e-12, "{text} = {}", at(text, &[3.0]));
        }
    }

    #[test]
    fn inputs_are_counted_by_their_greatest_index() {
        for (text, inputs, value) in
            [("5", 1, 5.0), ("x", 1, 1.0), ("x1", 1, 1.0), ("x3 - x1", 3, 2.0), ("x8/x2*x8", 8, 32.0)]
        {
            let expression = Expression::parse(text).unwrap();
            assert_eq!(expression.inputs(), inputs, "{text}");
            assert!((expression.value(&[1., 2., 3., 4., 5., 6., 7., 8.]) - value).abs() < 1e-12, "{text}");
        }
        assert!(Expression::parse("x8").unwrap().value(&[1.0]).is_nan());
        assert!(refused("x + x2").contains("x and x2 are both named"));
        for text in ["x0", "x9", "x01", "x12345678901234567890123"] {
            assert!(refused(text).contains("x1 to x8"), "{text}");
        }
    }

    #[test]
    fn refusals_name_the_offender_and_the_nearest() {
        assert!(refused("2*sinn(x)").starts_with("\"sinn\" at character 3 is unknown; is it sin?"));
        assert!(refused("Tanh(x)").contains("is it tanh?"));
        assert!(refused("foobarbaz(x)").contains("is unknown. Known are x"));
        assert!(refused("2x").contains("\"x\" at character 2 is not expected there; between factors write *"));
        assert!(refused("(x").contains("\"(\" at character 1 is not closed"));
        assert!(refused("x)").contains("\")\" at character 2"));
        assert!(refused("sin x").contains("sin takes one argument: sin(x), in parentheses"));
        assert!(refused("max(x)").contains("max takes two arguments: max(x, 1); here it has 1"));
        assert!(refused("sin(1,2)").contains("here it has 2"));
        assert!(refused("|x|").contains("abs(x)"));
        assert!(refused("1e999").contains("too large"));
        for text in ["", "   ", "x+", "()", "*x", "sin()", "max(,)", "."] {
            assert!(!refused(text).is_empty());
        }
    }

    #[test]
    fn hostile_text_is_bounded() {
        assert!(refused(&"x+".repeat(200)).contains("at most 256"));
        assert!(refused(&"(".repeat(200)).contains("nested more than 32"));
        assert!(refused(&format!("{}x", "-".repeat(200))).contains("nested more than 32"));
        assert!(refused(&format!("x{}", "^x".repeat(100))).contains("nested more than 32"));
        assert!(refused(&"sin(".repeat(60)).contains("nested more than 32"));
        assert!(refused("x\u{1b}[31m").contains("·"));
        assert!(refused("{x}").contains('{'));
        let deepest = format!("{}x{}", "(".repeat(DEPTH), ")".repeat(DEPTH));
        assert!((at(&deepest, &[2.0]) - 2.0).abs() < 1e-12);
        let longest = format!("x{}", "+1".repeat(127));
        assert!((at(&longest, &[1.0]) - 128.0).abs() < 1e-12);
        assert!((at(&format!("x{}", "²".repeat(200)), &[1.0]) - 1.0).abs() < 1e-12);
        assert!(at(&["1e300"; 42].join("-"), &[1.0]).is_finite());
    }

    #[test]
    fn what_is_not_finite_is_not_hidden() {
        assert!(at("1/x", &[0.0]).is_infinite());
        assert!(at("max(sqrt(x), 1)", &[-1.0]).is_nan());
        for text in ["min(1, ln(x))", "min(ln(x), 1)", "max(1, ln(x))", "max(ln(x), 1)", "sign(ln(x))"] {
            assert!(at(text, &[-1.0]).is_nan(), "{text}");
        }
        assert!(at("relu(0/x)", &[0.0]).is_nan());
    }

    #[test]
    fn equality_is_of_the_text_and_values_cross_threads() {
        fn crosses<T: Send + Sync>(_: &T) {}
        let expression = Expression::parse(" sin(x) ").unwrap();
        crosses(&expression);
        assert_eq!(expression, Expression::parse("sin(x)").unwrap());
        assert_ne!(expression, Expression::parse("sin( x)").unwrap());
        assert_eq!(expression.text().as_str(), "sin(x)");
    }

    /// An expression built from the inside, with its value: what the parser and exmex together must find again.
    fn trees() -> impl Strategy<Value = (String, f64)> {
        let leaves = prop_oneof![
            (0.1..9.0_f64).prop_map(|value| (value.to_string(), value)),
            (1_u8..9).prop_map(|value| (format!("{value}e-2"), f64::from(value) * 1e-2)),
            Just(("x1".to_owned(), 0.7)),
            Just(("x2".to_owned(), -1.3)),
            Just(("pi".to_owned(), consts::PI)),
        ];
        leaves.prop_recursive(5, 24, 2, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a}+{b})"), x + y)),
                (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a} - ({b}))"), x - y)),
                (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a})*({b})"), x * y)),
                (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("(({a})/({b}))"), x / y)),
                (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("max({a}, {b})"), max(x, y))),
                (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("min({a},{b})"), min(x, y))),
                inner.clone().prop_map(|(a, x)| (format!("(-({a})^2)"), -x.powf(2.0))),
                inner.clone().prop_map(|(a, x)| (format!("tanh({a})"), x.tanh())),
                inner.prop_map(|(a, x)| (format!("(-sin({a}))"), -x.sin())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_are_those_of_the_tree((text, value) in trees()) {
            prop_assume!(text.chars().count() <= LENGTH);
            let Ok(expression) = Expression::parse(&text) else { return Err(TestCaseError::reject("too deep")) };
            let found = expression.value(&[0.7, -1.3]);
            let near = (found - value).abs() <= 1e-9 * value.abs();
            let same = near || (found.is_nan() && value.is_nan()) || found.to_bits() == value.to_bits();
            prop_assert!(same, "{text}: {found}, not {value}");
        }

        /// No text panics, and whatever is accepted has a value (perhaps not a finite one) everywhere.
        #[test]
        fn no_text_panics(text in "[-x0-9a-e(),.+*/^ {}π²|σ\u{1b}]{0,40}", x in proptest::num::f64::ANY) {
            if let Ok(expression) = Expression::parse(&text) {
                let _ = expression.value(&[x; 8]);
                let _ = expression.value(&[]);
            }
        }

        #[test]
        fn words_in_any_order_do_not_panic(
            words in proptest::collection::vec(
                prop::sample::select(vec!["x", "max(", "sin(", ",", ")", "(", "-", "^", "2", "neg", "²", "1e-300"]),
                0..30,
            ),
        ) {
            if let Ok(expression) = Expression::parse(&words.concat()) {
                let _ = expression.value(&[0.5]);
            }
        }
    }
}
