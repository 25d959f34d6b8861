//! The rows of `[learn]`. Knows no algorithm.

use super::{Kind, Lens, Row, plain, real, scale};
use crate::learn::Method;
use crate::preset::kind::Step;
use crate::preset::names;
use crate::preset::settings::Settings;
use crate::preset::value::Value;

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "learn.method",
        "method",
        "How coefficients are moved towards the posterior mode. The weight decay of adamw and lion is no prior's gradient: \
         where they end is not the posterior mode.",
        Kind::Choice(names::METHOD),
        plain!(learn.method),
    ),
    Row::new(
        "learn.rate",
        "rate",
        "How far one step goes; too far and the loss rises, too near and nothing happens.",
        scale(1e-8, 1e3),
        plain!(learn.rate),
    ),
    Row::new(
        "learn.momentum",
        "momentum",
        "How much of the last step is taken again.",
        real(0.0, 0.999, 0.05),
        plain!(learn.momentum),
    )
    .when(|settings| matches!(settings.learn.method, Method::Momentum | Method::Nesterov)),
    Row::new(
        "learn.weight_decay",
        "weight decay",
        "By what part times the rate each step of adamw or lion shrinks a coefficient of Gaussian prior, in place of that \
         prior's gradient. At \"prior\" it is 1/τ² as a weight decay; this is not the posterior mode.",
        Kind::Or { word: "prior", number: &scale(0.0, 1e3), first: 1e-2 },
        plain!(learn.decay),
    )
    .when(|settings| settings.learn.method.is_decoupled()),
    Row::new(
        "learn.batch",
        "batch",
        "How many observations a step looks at; fewer make steps cheaper and noisier.",
        Kind::Or { word: "full", number: &Kind::Count { least: 1, most: 1_000_000, step: Step::Decades }, first: 50.0 },
        plain!(learn.batch),
    ),
    Row::new(
        "learn.schedule",
        "schedule",
        "How the rate falls to a hundredth over as many steps as `steps` says, where it stays: not, along a cosine, \
         evenly by factors, or in two steps. It begins anew when coefficients do.",
        Kind::Choice(names::SCHEDULE),
        plain!(learn.schedule),
    ),
    Row::new(
        "learn.warmup",
        "warm-up",
        "Steps in which the rate rises to its value from nothing.",
        Kind::Count { least: 0, most: 1_000_000, step: Step::By(100.0) },
        plain!(learn.warmup),
    ),
    Row::new(
        "learn.clip",
        "clip",
        "A longer gradient is shortened to this norm, so that one bad step does no harm.",
        Kind::Or { word: "none", number: &scale(1e-6, 1e6), first: 1.0 },
        plain!(learn.clip),
    ),
    Row::new(
        "learn.stop.plateau",
        "stop: plateau",
        "Stop when the mean loss of the last quarter of the steps is less than this part below that of the quarter before.",
        Kind::Or { word: "never", number: &scale(1e-6, 0.9), first: 0.01 },
        plain!(stop.plateau),
    ),
    Row::new(
        "learn.stop.loss",
        "stop: loss",
        "Stop when the loss over all training rows is this or less.",
        Kind::Or { word: "never", number: &scale(1e-12, 1e12), first: 0.01 },
        plain!(stop.loss),
    ),
    Row::new(
        "learn.stop.seconds",
        "stop: seconds",
        "Stop when so many seconds have been spent on learning.",
        Kind::Or { word: "never", number: &scale(0.1, 1e6), first: 10.0 },
        plain!(stop.seconds),
    ),
];
