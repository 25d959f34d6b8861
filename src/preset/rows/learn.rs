//! The rows of `[learn]`. Knows no algorithm.

use super::{At, Kind, Lens, Row, plain, real, scale};
use crate::learn::{Method, Plan, Way};
use crate::preset::kind::Step;
use crate::preset::names::{self, ByMethod, Pattern};
use crate::preset::settings::Settings;
use crate::preset::value::Value;

/// The method's word stands for two fields.
const METHOD: Lens = Lens {
    get: |settings, _| Value::from(ByMethod(settings.learn.way, settings.learn.method)),
    set: |settings, _, value| {
        let ByMethod(way, method) = value.try_into()?;
        (settings.learn.way, settings.learn.method) = (way, method);
        Ok(())
    },
    clear: |settings, _| {
        let usual = Plan::default();
        (settings.learn.way, settings.learn.method) = (usual.way, usual.method);
    },
};

/// One word for what chains and rates both have, each with a default of its own.
const WARMUP: Lens = Lens {
    get: |settings, _| {
        let learn = &settings.learn;
        Value::from(if learn.way == Way::Nuts { learn.nuts.warmup } else { learn.warmup })
    },
    set: |settings, _, value| {
        let steps: u64 = value.try_into()?;
        // Chains without a warm-up have no use; 0 is what a descent that says nothing has.
        let draws = if steps == 0 { Plan::default().nuts.warmup } else { steps };
        (settings.learn.warmup, settings.learn.nuts.warmup) = (steps, draws);
        Ok(())
    },
    clear: |settings, _| {
        let usual = Plan::default();
        (settings.learn.warmup, settings.learn.nuts.warmup) = (usual.warmup, usual.nuts.warmup);
    },
};

const STRUCTURE: Lens = Lens {
    get: |settings, _: At| Value::from(Pattern(settings.learn.structure)),
    set: |settings, _, value| {
        settings.learn.structure = Pattern::try_from(value)?.0;
        Ok(())
    },
    clear: |settings, _| settings.learn.structure = None,
};

const fn is_descent(settings: &Settings) -> bool {
    matches!(settings.learn.way, Way::Descent)
}

const fn is_nuts(settings: &Settings) -> bool {
    matches!(settings.learn.way, Way::Nuts)
}

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "learn.method",
        "method",
        "How to learn. A rule of descent, mode or lbfgs end in a point; exact (a and d of f1, given the rest and the likeliest \
         s), laplace and nuts in a distribution. The decay of adamw and lion is no prior's gradient: not the posterior mode.",
        Kind::Choice(names::METHOD),
        METHOD,
    ),
    Row::new(
        "learn.beta",
        "β",
        "How much the data count, in p(D|θ)^β p(θ): from the prior at 0 to the posterior at 1; beyond that it is colder than \
         Bayes' rule.",
        real(0.0, 4.0, 0.05),
        plain!(learn.beta),
    )
    .when(|settings| !is_descent(settings)),
    Row::new(
        "learn.structure",
        "structure",
        "Which coefficients Laplace's normal takes to depend on each other: all (full), those of one f⁽ⁱ⁾, none, or only those of \
         f1; auto is full up to 1000 coefficients.",
        Kind::Choice(names::STRUCTURE),
        STRUCTURE,
    )
    .when(|settings| settings.learn.way == Way::Laplace),
    Row::new(
        "learn.chains",
        "chains",
        "How many chains draw, each by itself: where they agree, draws can be trusted.",
        Kind::Count { least: 1, most: 64, step: Step::By(1.0) },
        plain!(learn.chains),
    )
    .when(is_nuts),
    Row::new(
        "learn.draws",
        "draws",
        "How many draws of each chain count, after its warm-up.",
        Kind::Count { least: 1, most: 1_000_000, step: Step::Decades },
        plain!(learn.nuts.draws),
    )
    .when(is_nuts),
    Row::new(
        "learn.target_accept",
        "target accept",
        "Which acceptance the step size is tuned to; nearer to 1 is smaller steps and fewer divergences.",
        real(0.5, 0.999, 0.05),
        plain!(learn.nuts.target_accept),
    )
    .when(is_nuts),
    Row::new(
        "learn.max_depth",
        "max depth",
        "How often a trajectory may double at the most: 2 to that power gradients.",
        Kind::Count { least: 1, most: 15, step: Step::By(1.0) },
        plain!(learn.nuts.depth),
    )
    .when(is_nuts),
    Row::new(
        "learn.begin",
        "chains begin",
        "Where chains begin: each at its own draw from the prior, or all here, where θ stands.",
        Kind::Choice(names::ORIGIN),
        plain!(learn.nuts.origin),
    )
    .when(is_nuts),
    Row::new(
        "learn.rate",
        "rate",
        "The learning rate, how far one step goes; too far and the loss rises, too near and nothing happens.",
        scale(1e-8, 1e3),
        plain!(learn.rate),
    )
    .when(is_descent),
    Row::new(
        "learn.momentum",
        "momentum",
        "How much of the last step is taken again.",
        real(0.0, 0.999, 0.05),
        plain!(learn.momentum),
    )
    .when(|settings| is_descent(settings) && matches!(settings.learn.method, Method::Momentum | Method::Nesterov)),
    Row::new(
        "learn.weight_decay",
        "weight decay",
        "By what part times the rate each step of adamw or lion shrinks a coefficient of Gaussian prior, in place of that \
         prior's gradient. At \"prior\" it is 1/τ² as a weight decay; this is not the posterior mode.",
        Kind::Or { word: "prior", number: &scale(0.0, 1e3), first: 1e-2 },
        plain!(learn.decay),
    )
    .when(|settings| settings.learn.is_decoupled()),
    Row::new(
        "learn.batch",
        "batch",
        "How many observations a step looks at; fewer make steps cheaper and noisier.",
        Kind::Or { word: "full", number: &Kind::Count { least: 1, most: 1_000_000, step: Step::Decades }, first: 50.0 },
        plain!(learn.batch),
    )
    .when(is_descent),
    Row::new(
        "learn.schedule",
        "schedule",
        "How the rate falls to a hundredth over as many steps as `steps` says, where it stays: not, along a cosine, \
         evenly by factors, or in two steps. It begins anew when coefficients do.",
        Kind::Choice(names::SCHEDULE),
        plain!(learn.schedule),
    )
    .when(is_descent),
    Row::new(
        "learn.warmup",
        "warm-up",
        "Steps in which the rate rises to its value from nothing. Of nuts, draws of each chain that only find the way and do \
         not count; 1000 where it is 0 or not written.",
        Kind::Count { least: 0, most: 1_000_000, step: Step::By(100.0) },
        WARMUP,
    )
    .when(|settings| is_descent(settings) || is_nuts(settings)),
    Row::new(
        "learn.clip",
        "clip",
        "A longer gradient is shortened to this norm, so that one bad step does no harm.",
        Kind::Or { word: "none", number: &scale(1e-6, 1e6), first: 1.0 },
        plain!(learn.clip),
    )
    .when(is_descent),
    Row::new(
        "learn.precision",
        "precision",
        "What a step's gradient is computed in. f32 trains faster, where there is much to compute; θ and what is told stay f64. \
         Only the rules of descent: exact, laplace, nuts, lbfgs and mode always use f64.",
        Kind::Choice(names::PRECISION),
        plain!(learn.precision),
    )
    .when(is_descent),
    Row::new(
        "learn.stop.plateau",
        "stop: plateau",
        "Stop when the mean loss of the last quarter of the steps is less than this part below that of the quarter before.",
        Kind::Or { word: "never", number: &scale(1e-6, 0.9), first: 0.01 },
        plain!(stop.plateau),
    )
    .when(|settings| !settings.learn.way.is_posterior()),
    Row::new(
        "learn.stop.loss",
        "stop: loss",
        "Stop when the loss over all training rows is this or less.",
        Kind::Or { word: "never", number: &scale(1e-12, 1e12), first: 0.01 },
        plain!(stop.loss),
    )
    .when(|settings| !settings.learn.way.is_posterior()),
    Row::new(
        "learn.stop.seconds",
        "stop: seconds",
        "Stop when so many seconds have been spent on learning.",
        Kind::Or { word: "never", number: &scale(0.1, 1e6), first: 10.0 },
        plain!(stop.seconds),
    ),
];
