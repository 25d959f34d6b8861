//! The words in presets for the model's and the learner's choices, as tables. Knows no setting.

use super::opening::{ASPECTS, Aspect, FACES, Face, Focus, OpenElement, OpenPane, PANES, STRIPS, Strip};
use super::value::Value;
use crate::bayes::Structure;
use crate::data::csv::{Delimiter, Header, Missing};
use crate::data::{Design, Named, Scatter};
use crate::function::Init;
use crate::learn::{Batch, Clip, Decay, Limit, Method, Origin, Precision, Schedule, Way};
use crate::model::{Activation, Architecture, Form, Group, Lift, Padding, Readout, Scale, Scaling};
use crate::text::Clean;

/// Words for values that have no `ALL` of their own.
type Words<T, const N: usize> = [(&'static str, T); N];

pub(super) const ARCHITECTURES: Words<Architecture, 3> = [
    ("plain", Architecture::Plain),
    ("residual", Architecture::Residual),
    ("residual-2015", Architecture::Residual2015),
];
pub(super) const FORMS: Words<Form, 2> = [("full", Form::Full), ("reduced", Form::Reduced)];
pub(super) const LIFTS: Words<Lift, 3> = [("none", Lift::None), ("pad", Lift::Pad), ("linear", Lift::Linear)];
pub(super) const READOUTS: Words<Readout, 5> = [
    ("none", Readout::None),
    ("pad", Readout::Pad),
    ("linear", Readout::Linear),
    ("mean", Readout::Mean),
    ("max", Readout::Max),
];
pub(super) const KINDS: Words<StageKind, 2> = [("dense", StageKind::Dense), ("convolution", StageKind::Convolution)];
pub(super) const PADDINGS: Words<Padding, 3> =
    [("zero", Padding::Zero), ("circular", Padding::Circular), ("reflect", Padding::Reflect)];
pub(super) const SCALINGS: Words<Scaling, 2> = [("none", Scaling::None), ("per-unit", Scaling::PerUnit)];
pub(super) const PRIORS: Words<PriorKind, 4> = [
    ("gaussian", PriorKind::Gaussian),
    ("laplace", PriorKind::Laplace),
    ("student-t", PriorKind::StudentT),
    ("flat", PriorKind::Flat),
];
pub(super) const LIKELIHOODS: Words<LikelihoodKind, 6> = [
    ("gaussian", LikelihoodKind::Gaussian),
    ("student-t", LikelihoodKind::StudentT),
    ("laplace", LikelihoodKind::Laplace),
    ("bernoulli", LikelihoodKind::Bernoulli),
    ("categorical", LikelihoodKind::Categorical),
    ("poisson", LikelihoodKind::Poisson),
];
pub(super) const IMPROPERS: Words<Improper, 2> =
    [("refused", Improper::Refused), ("maximum-likelihood", Improper::MaximumLikelihood)];
/// How to learn, by name: an update rule, or a way that has none.
pub(super) const METHODS: Words<ByMethod, 12> = [
    ("sgd", ByMethod(Way::Descent, Method::Sgd)),
    ("momentum", ByMethod(Way::Descent, Method::Momentum)),
    ("nesterov", ByMethod(Way::Descent, Method::Nesterov)),
    ("rmsprop", ByMethod(Way::Descent, Method::Rmsprop)),
    ("adam", ByMethod(Way::Descent, Method::Adam)),
    ("adamw", ByMethod(Way::Descent, Method::AdamW)),
    ("lion", ByMethod(Way::Descent, Method::Lion)),
    ("mode", ByMethod(Way::Mode, Method::Adam)),
    ("lbfgs", ByMethod(Way::Lbfgs, Method::Adam)),
    ("exact", ByMethod(Way::Exact, Method::Adam)),
    ("laplace", ByMethod(Way::Laplace, Method::Adam)),
    ("nuts", ByMethod(Way::Nuts, Method::Adam)),
];
pub(super) const ORIGINS: Words<Origin, 2> = [("prior", Origin::Prior), ("here", Origin::Given)];
pub(super) const STRUCTURES: Words<Pattern, 5> = [
    ("auto", Pattern(None)),
    ("full", Pattern(Some(Structure::Full))),
    ("by-stage", Pattern(Some(Structure::Stages))),
    ("diagonal", Pattern(Some(Structure::Diagonal))),
    ("outermost", Pattern(Some(Structure::Last))),
];
/// The four groups of coefficients that every f⁽ⁱ⁾ has, in the order in which settings keep them.
pub const GROUPS: Words<Group, 4> = [("a", Group::A), ("b", Group::B), ("c", Group::C), ("d", Group::D)];

/// The family of a prior, before its numbers are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorKind {
    /// N(0, τ²).
    Gaussian,
    /// exp(−|θ|/scale).
    Laplace,
    /// Student's t.
    StudentT,
    /// No preference.
    Flat,
}

/// Whether flat priors may stand on a, b and c, which leave the posterior improper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Improper {
    /// They may not.
    #[default]
    Refused,
    /// They may, for the most likely coefficients are all that is asked for.
    MaximumLikelihood,
}

/// The family of the likelihood, before its numbers are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LikelihoodKind {
    /// y ~ N(f(x), s²).
    #[default]
    Gaussian,
    /// Student's t about f(x).
    StudentT,
    /// Laplace about f(x).
    Laplace,
    /// 0 or 1, of logit f(x).
    Bernoulli,
    /// A class, of logits f(x).
    Categorical,
    /// A count, of log mean f(x).
    Poisson,
}

/// A way with its update rule, which is adam's where the way has none: equal words are equal settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByMethod(pub Way, pub Method);

/// Which coefficients a normal takes to depend on each other; as many as can be afforded, where it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern(pub Option<Structure>);

/// How many classes there are, as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Classes {
    /// As many as a table's column has, 2 for a target.
    #[default]
    Auto,
    /// That many.
    Of(usize),
}

/// What an expansion acts on, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// The whole row.
    Dense,
    /// Every patch of a signal.
    Convolution,
}

/// s, by which residual branches are multiplied, as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BranchScale {
    /// 1/√L when L > 4, else 1.
    Auto,
    /// That number.
    Of(f64),
}

/// The words of a table.
macro_rules! words {
    ($table:expr) => {{
        const WORDS: [&str; $table.len()] = {
            let mut words = [""; $table.len()];
            let mut at = 0;
            while at < words.len() {
                words[at] = $table[at].0;
                at += 1;
            }
            words
        };
        &WORDS
    }};
}

/// The names of an enum that lists itself.
macro_rules! names {
    ($type:ty) => {{
        const NAMES: [&str; <$type>::ALL.len()] = {
            let mut names = [""; <$type>::ALL.len()];
            let mut at = 0;
            while at < names.len() {
                names[at] = <$type>::ALL[at].name();
                at += 1;
            }
            names
        };
        &NAMES
    }};
}

pub(super) const ARCHITECTURE: &[&str] = words!(ARCHITECTURES);
pub(super) const FORM: &[&str] = words!(FORMS);
pub(super) const LIFT: &[&str] = words!(LIFTS);
pub(super) const READOUT: &[&str] = words!(READOUTS);
pub(super) const KIND: &[&str] = words!(KINDS);
pub(super) const PADDING: &[&str] = words!(PADDINGS);
pub(super) const SCALING: &[&str] = words!(SCALINGS);
pub(super) const PRIOR: &[&str] = words!(PRIORS);
pub(super) const LIKELIHOOD: &[&str] = words!(LIKELIHOODS);
pub(super) const IMPROPER: &[&str] = words!(IMPROPERS);
pub(super) const GROUP: &[&str] = words!(GROUPS);
pub(super) const SCATTER: &[&str] = words!(Scatter::ALL);
pub(super) const DELIMITER: &[&str] = words!(Delimiter::ALL);
pub(super) const HEADER: &[&str] = words!(Header::ALL);
pub(super) const MISSING: &[&str] = words!(Missing::ALL);
pub(super) const PANE: &[&str] = words!(PANES);
pub(super) const FACE: &[&str] = words!(FACES);
pub(super) const STRIP: &[&str] = words!(STRIPS);
pub(super) const ASPECT: &[&str] = words!(ASPECTS);
pub(super) const SIGMA: &[&str] = names!(Activation);
pub(super) const INIT: &[&str] = names!(Init);
pub(super) const DESIGN: &[&str] = names!(Design);
pub(super) const METHOD: &[&str] = words!(METHODS);
pub(super) const PRECISION: &[&str] = names!(Precision);
pub(super) const ORIGIN: &[&str] = words!(ORIGINS);
pub(super) const STRUCTURE: &[&str] = words!(STRUCTURES);
pub(super) const SCHEDULE: &[&str] = names!(Schedule);
pub(super) const NAMED: &[&str] = names!(Named);

fn word(text: &'static str) -> Value {
    Value::Text(Clean::from(text))
}

/// Between a value and its word, both ways.
macro_rules! spelt {
    ($($type:ty: $all:expr;)+) => {$(
        impl From<$type> for Value {
            fn from(choice: $type) -> Self {
                let found = $all.into_iter().find(|(_, listed)| *listed == choice);
                word(found.expect("the table lists every choice").0)
            }
        }
        impl TryFrom<Value> for $type {
            type Error = String;
            fn try_from(value: Value) -> Result<Self, String> {
                let found = $all.into_iter().find(|(name, _)| value.text().is_some_and(|text| text.as_str() == *name));
                found.map(|(_, choice)| choice).ok_or_else(|| format!("is {}; no such choice", value.quoted()))
            }
        }
    )+};
}

spelt! {
    Architecture: ARCHITECTURES;
    Form: FORMS;
    Lift: LIFTS;
    Readout: READOUTS;
    StageKind: KINDS;
    Padding: PADDINGS;
    Scaling: SCALINGS;
    PriorKind: PRIORS;
    LikelihoodKind: LIKELIHOODS;
    Improper: IMPROPERS;
    Group: GROUPS;
    Scatter: Scatter::ALL;
    Delimiter: Delimiter::ALL;
    Header: Header::ALL;
    Missing: Missing::ALL;
    OpenPane: PANES;
    Face: FACES;
    Option<Strip>: STRIPS;
    Aspect: ASPECTS;
    Activation: Activation::ALL.map(|each| (each.name(), each));
    Init: Init::ALL.map(|each| (each.name(), each));
    Design: Design::ALL.map(|each| (each.name(), each));
    ByMethod: METHODS;
    Precision: Precision::ALL.map(|each| (each.name(), each));
    Origin: ORIGINS;
    Pattern: STRUCTURES;
    Schedule: Schedule::ALL.map(|each| (each.name(), each));
}

/// Between "a word or a number" and its value, both ways.
macro_rules! word_or {
    ($($type:ty: $word:literal = $rule:path, $number:path as $of:ty;)+) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                match value {
                    $rule => word($word),
                    $number(number) => Value::from(number),
                }
            }
        }
        impl TryFrom<Value> for $type {
            type Error = String;
            fn try_from(value: Value) -> Result<Self, String> {
                match value.text() {
                    Some(text) if text.as_str() == $word => Ok($rule),
                    Some(_) | None => <$of>::try_from(value).map($number),
                }
            }
        }
    )+};
}

word_or! {
    Scale: "learned" = Scale::Learned, Scale::Fixed as f64;
    BranchScale: "auto" = BranchScale::Auto, BranchScale::Of as f64;
    Batch: "full" = Batch::Full, Batch::Of as usize;
    Limit: "never" = Limit::Never, Limit::At as f64;
    Decay: "prior" = Decay::Prior, Decay::Of as f64;
    Clip: "none" = Clip::None, Clip::At as f64;
    Classes: "auto" = Classes::Auto, Classes::Of as usize;
    Focus: "auto" = Focus::Auto, Focus::Stage as usize;
    OpenElement: "none" = OpenElement::None, OpenElement::Of as usize;
}

impl From<Vec<Group>> for Value {
    fn from(groups: Vec<Group>) -> Self {
        Value::List(groups.into_iter().map(Value::from).collect())
    }
}

impl TryFrom<Value> for Vec<Group> {
    type Error = String;
    fn try_from(value: Value) -> Result<Self, String> {
        Vec::<Clean>::try_from(value)?.into_iter().map(|name| Group::try_from(Value::Text(name))).collect()
    }
}
