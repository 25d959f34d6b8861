//! The rows without a section, of the likelihood and of the opening view. Knows no other.

use super::{At, Kind, Lens, Row, count, open, plain, real, scale};
use crate::preset::kind::Step;
use crate::preset::names::{self, LikelihoodKind};
use crate::preset::path::Path;
use crate::preset::resolve::MOST_CLASSES;
use crate::preset::settings::Settings;
use crate::preset::value::Value;
use crate::text::Clean;

pub(super) const ROWS: &[Row] = &[
    Row::new("title", "title", "One line that says what this experiment is.", Kind::Text(160), plain!(title)),
    Row::new(
        "notes",
        "notes",
        "What to look at and what to try; a line of --- begins a new page.",
        Kind::Prose(400),
        plain!(notes),
    ),
    Row::new(
        "seed",
        "seed",
        "Every random number of the experiment follows from it: the data, the split, the starting coefficients.",
        count(0, i64::MAX),
        plain!(seed),
    )
    .rebuild(),
    Row::new(
        "steps",
        "steps",
        "How long learning lasts where no one watches; on screen it goes on until it is paused.",
        Kind::Count { least: 0, most: 1_000_000_000, step: Step::Decades },
        plain!(steps),
    ),
];

pub(super) const LIKELIHOOD: &[Row] = &[
    Row::new(
        "likelihood.kind",
        "likelihood",
        "How y comes from f(x): numbers about it, with light or heavy tails; 0 or 1 with f(x) as logit; a class; a count \
         with f(x) as log mean. A target becomes such a y.",
        Kind::Choice(names::LIKELIHOOD),
        plain!(likelihood.kind),
    )
    .rebuild(),
    Row::new(
        "likelihood.scale",
        "σ noise",
        "The size of the scatter that is believed in; the smaller, the more an observation weighs against the prior. Where \
         nothing is written it is learned from a table, and 0.1 beside a target.",
        Kind::Or { word: "learned", number: &scale(1e-6, 1e6), first: 0.1 },
        open!(likelihood.scale, Settings::scale),
    )
    .rebuild()
    .when(|settings| settings.likelihood().scale().is_some()),
    Row::new(
        "likelihood.nu",
        "ν",
        "How heavy the tails of Student's t are: at 1 an outlier counts for next to nothing, above 30 it is all but Gaussian.",
        scale(0.1, 1e6),
        plain!(likelihood.nu),
    )
    .rebuild()
    .when(|settings| settings.likelihood.kind == LikelihoodKind::StudentT),
    Row::new(
        "likelihood.classes",
        "classes",
        "How many classes y has, numbered from 0; f has a value for each. Auto counts those of a table, and is 2 for a target.",
        Kind::Or { word: "auto", number: &count(2, MOST_CLASSES as i64), first: 3.0 },
        plain!(likelihood.classes),
    )
    .rebuild()
    .when(|settings| settings.likelihood.kind == LikelihoodKind::Categorical),
];

pub(super) const VIEW: &[Row] = &[
    Row::new(
        "view.predict",
        "predict",
        "A question to answer before the run begins.",
        Kind::Text(400),
        plain!(view.predict),
    ),
    Row::new("view.answer", "answer", "What is shown once the run is done.", Kind::Text(1000), plain!(view.answer)),
    Row::new(
        "view.lock",
        "locked",
        "Settings that this lesson holds fast.",
        Kind::Paths,
        Lens { get: locks, set: lock, clear: unlock },
    ),
    Row::new(
        "view.focus",
        "focus",
        "The stage in focus when the preset opens.",
        Kind::Or { word: "auto", number: &count(1, 64), first: 1.0 },
        plain!(view.focus),
    ),
    Row::new(
        "view.element",
        "element",
        "Which element of that stage is selected first: + and - then change its height, the arrows move it.",
        Kind::Or { word: "none", number: &count(1, 1024), first: 1.0 },
        plain!(view.element),
    ),
    Row::new(
        "view.run",
        "run",
        "The run that is shown first, by its name: a variant's, or base; the preset's own if none is named.",
        Kind::Text(32),
        plain!(view.run),
    ),
    Row::new(
        "view.select",
        "selected",
        "The setting that is selected first, so that + and - change it at once.",
        Kind::Paths,
        Lens { get: selected, set: select, clear: |settings, _| settings.view.select = None },
    ),
    Row::new(
        "view.pane",
        "pane",
        "The pane that has the focus first; auto is the configuration.",
        Kind::Choice(names::PANE),
        plain!(view.pane),
    ),
    Row::new("view.zoom", "whole screen", "Whether that pane has the whole screen.", Kind::Flag, plain!(view.zoom)),
    Row::new(
        "view.face",
        "face",
        "Whether the most probable functions are shown first, or draws from the prior.",
        Kind::Choice(names::FACE),
        plain!(view.face),
    ),
    Row::new(
        "view.strip",
        "strip",
        "What the strip shows first of every f⁽ⁱ⁾; what its inputs do not allow is taken for auto.",
        Kind::Choice(names::STRIP),
        plain!(view.strip),
    ),
    Row::new(
        "view.aspect",
        "aspect",
        "What the composition's pane shows first: f with the data, what it leaves, or the path of x.",
        Kind::Choice(names::ASPECT),
        plain!(view.aspect),
    ),
    Row::new(
        "view.update",
        "update",
        "How much of what the data ask of it a draw from an exact posterior shows first: 0 is the draw from the prior that it \
         was, 1 the posterior's. U plays it.",
        real(0.0, 1.0, 0.1),
        plain!(view.update),
    ),
    Row::new(
        "view.span",
        "span of x",
        "How much of x f shows first, in multiples of the data's range; beyond it f was never asked.",
        real(0.05, 20.0, 0.25),
        plain!(view.span),
    ),
    Row::new("view.paused", "paused", "Whether learning waits for the space bar.", Kind::Flag, plain!(view.paused)),
];

fn locks(settings: &Settings, _: At) -> Value {
    Value::from(settings.view.lock.iter().map(|path| Clean::from(&*path.to_string())).collect::<Vec<_>>())
}

fn lock(settings: &mut Settings, _: At, value: Value) -> Result<(), String> {
    let names = Vec::<Clean>::try_from(value)?;
    settings.view.lock = names.iter().map(|name| Path::full(name)).collect::<Result<_, _>>()?;
    Ok(())
}

fn selected(settings: &Settings, _: At) -> Value {
    Value::from(settings.view.select.iter().map(|path| Clean::from(&*path.to_string())).collect::<Vec<_>>())
}

fn select(settings: &mut Settings, _: At, value: Value) -> Result<(), String> {
    let shown = value.quoted();
    let names = Vec::<Clean>::try_from(value)?;
    let [name] = &names[..] else { return Err(format!("is {shown}; it must be one key such as \"model.k\"")) };
    settings.view.select = Some(Path::full(name)?);
    Ok(())
}

fn unlock(settings: &mut Settings, _: At) {
    settings.view.lock.clear();
}
