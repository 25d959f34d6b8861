//! The rows of `[prior]`, of all stages and of single ones. Knows no density.

use super::{At, Kind, Lens, Row, Scope, scale};
use crate::preset::names::{self, GROUPS};
use crate::preset::settings::{GroupPrior, PriorSettings, Settings};
use crate::preset::value::Value;

const TAU: Kind = scale(1e-6, 1e6);

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "prior.tau",
        "τ",
        "The standard deviation believed of every coefficient before any data; weight decay is 1/τ² in another \
         spelling.",
        TAU,
        Lens {
            get: |settings, at| Value::from(settings.tau(at, None)),
            set: |settings, at, value| {
                prior(settings, at).tau = Some(value.try_into()?);
                Ok(())
            },
            clear: |settings, at| prior(settings, at).tau = None,
        },
    )
    .scope(Scope::PerStage),
    kind::<0>("prior.a.kind", "prior of a"),
    tau::<0>("prior.a.tau", "τ of a", "The standard deviation believed of the heights a."),
    scaling::<0>(
        "prior.a.scaling",
        "a shared",
        "Per-unit shares τ² of a out among the K elements, so that f⁽ⁱ⁾ \
     stays of one size as K grows.",
    ),
    kind::<1>("prior.b.kind", "prior of b"),
    tau::<1>("prior.b.tau", "τ of b", "The standard deviation believed of the inverse widths b."),
    scaling::<1>("prior.b.scaling", "b shared", "Per-unit shares τ² of b out among the inputs of f⁽ⁱ⁾."),
    kind::<2>("prior.c.kind", "prior of c"),
    tau::<2>("prior.c.tau", "τ of c", "The standard deviation believed of the shifts c."),
    scaling::<2>(
        "prior.c.scaling",
        "c shared",
        "There is one c an element and nothing to share: both choices \
     are the same.",
    ),
    kind::<3>("prior.d.kind", "prior of d"),
    tau::<3>("prior.d.tau", "τ of d", "The standard deviation believed of the offsets d."),
    scaling::<3>(
        "prior.d.scaling",
        "d shared",
        "There is one d a value and nothing to share: both choices are \
     the same.",
    ),
];

fn prior(settings: &mut Settings, at: At) -> &mut PriorSettings {
    match at {
        Some(index) => &mut settings.stage_mut(index).prior,
        None => &mut settings.prior,
    }
}

fn group<const G: usize>(settings: &mut Settings, at: At) -> &mut GroupPrior {
    &mut prior(settings, at).groups[G]
}

const fn kind<const G: usize>(key: &'static str, label: &'static str) -> Row {
    let lens = Lens {
        get: |settings, at| Value::from(settings.prior_kind(at, GROUPS[G].1)),
        set: |settings, at, value| {
            group::<G>(settings, at).kind = Some(value.try_into()?);
            Ok(())
        },
        clear: |settings, at| group::<G>(settings, at).kind = None,
    };
    let help = "Gaussian prefers small coefficients; flat prefers none, and only d can afford that.";
    Row::new(key, label, help, Kind::Choice(names::PRIOR), lens).scope(Scope::PerGroup)
}

const fn tau<const G: usize>(key: &'static str, label: &'static str, help: &'static str) -> Row {
    let lens = Lens {
        get: |settings, at| Value::from(settings.tau(at, Some(GROUPS[G].1))),
        set: |settings, at, value| {
            group::<G>(settings, at).tau = Some(value.try_into()?);
            Ok(())
        },
        clear: |settings, at| group::<G>(settings, at).tau = None,
    };
    Row::new(key, label, help, TAU, lens).scope(Scope::PerGroup)
}

const fn scaling<const G: usize>(key: &'static str, label: &'static str, help: &'static str) -> Row {
    let lens = Lens {
        get: |settings, at| Value::from(settings.scaling(at, GROUPS[G].1)),
        set: |settings, at, value| {
            group::<G>(settings, at).scaling = Some(value.try_into()?);
            Ok(())
        },
        clear: |settings, at| group::<G>(settings, at).scaling = None,
    };
    Row::new(key, label, help, Kind::Choice(names::SCALING), lens).scope(Scope::PerGroup)
}
