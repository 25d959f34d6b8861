//! The rows of `[prior]`, of all stages and of single ones. Knows no density.

use super::{At, Kind, Lens, Row, Scope, plain, scale};
use crate::preset::names::{self, GROUPS, PriorKind};
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
    Row::new(
        "prior.improper",
        "improper",
        "Whether a, b and c may have flat priors. Their posterior cannot be normalised; say maximum-likelihood if its mode \
         is all you want.",
        Kind::Choice(names::IMPROPER),
        plain!(prior.improper),
    ),
    kind::<0>("prior.a.kind", "prior of a"),
    tau::<0>(
        "prior.a.tau",
        "τ of a",
        "The size believed of the heights a: a Gaussian's standard deviation, Student's scale.",
    ),
    size::<0>("prior.a.scale", "scale of a", "The mean of |a| that a Laplace prior believes in."),
    nu::<0>(
        "prior.a.nu",
        "ν of a",
        "How heavy the tails of Student's t on a are: the lower, the fewer large a carry it all.",
    ),
    scaling::<0>(
        "prior.a.scaling",
        "a shared",
        "Per-unit shares τ² of a out among the K elements, so that f⁽ⁱ⁾ \
     stays of one size as K grows.",
    ),
    kind::<1>("prior.b.kind", "prior of b"),
    tau::<1>(
        "prior.b.tau",
        "τ of b",
        "The size believed of the inverse widths b: a Gaussian's standard deviation, Student's scale.",
    ),
    size::<1>("prior.b.scale", "scale of b", "The mean of |b| that a Laplace prior believes in."),
    nu::<1>(
        "prior.b.nu",
        "ν of b",
        "How heavy the tails of Student's t on b are: the lower, the fewer large b carry it all.",
    ),
    scaling::<1>(
        "prior.b.scaling",
        "b shared",
        "Per-unit shares τ² of b out among the inputs of f⁽ⁱ⁾. Where nothing is written, a stage of several inputs does.",
    ),
    kind::<2>("prior.c.kind", "prior of c"),
    tau::<2>(
        "prior.c.tau",
        "τ of c",
        "The size believed of the shifts c: a Gaussian's standard deviation, Student's scale.",
    ),
    size::<2>("prior.c.scale", "scale of c", "The mean of |c| that a Laplace prior believes in."),
    nu::<2>(
        "prior.c.nu",
        "ν of c",
        "How heavy the tails of Student's t on c are: the lower, the fewer large c carry it all.",
    ),
    scaling::<2>(
        "prior.c.scaling",
        "c shared",
        "There is one c an element and nothing to share: both choices \
     are the same.",
    ),
    kind::<3>("prior.d.kind", "prior of d"),
    tau::<3>(
        "prior.d.tau",
        "τ of d",
        "The size believed of the offsets d: a Gaussian's standard deviation, Student's scale.",
    ),
    size::<3>("prior.d.scale", "scale of d", "The mean of |d| that a Laplace prior believes in."),
    nu::<3>(
        "prior.d.nu",
        "ν of d",
        "How heavy the tails of Student's t on d are: the lower, the fewer large d carry it all.",
    ),
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
    let help = "Gaussian prefers small coefficients; Laplace wants most of them at 0, Student's t lets a few be large; flat \
                prefers none, and only d can afford that.";
    Row::new(key, label, help, Kind::Choice(names::PRIOR), lens).scope(Scope::PerGroup)
}

/// Whether the row of group `G` has an effect: some stage's prior is of one of these kinds.
fn is<const G: usize>(settings: &Settings, kinds: &[PriorKind]) -> bool {
    settings.has_prior(GROUPS[G].1, kinds)
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
    let row = Row::new(key, label, help, TAU, lens).scope(Scope::PerGroup);
    row.when(|settings| is::<G>(settings, &[PriorKind::Gaussian, PriorKind::StudentT]))
}

const fn size<const G: usize>(key: &'static str, label: &'static str, help: &'static str) -> Row {
    let lens = Lens {
        get: |settings, at| Value::from(settings.prior_scale(at, GROUPS[G].1)),
        set: |settings, at, value| {
            group::<G>(settings, at).scale = Some(value.try_into()?);
            Ok(())
        },
        clear: |settings, at| group::<G>(settings, at).scale = None,
    };
    let row = Row::new(key, label, help, TAU, lens).scope(Scope::PerGroup);
    row.when(|settings| is::<G>(settings, &[PriorKind::Laplace]))
}

const fn nu<const G: usize>(key: &'static str, label: &'static str, help: &'static str) -> Row {
    let lens = Lens {
        get: |settings, at| Value::from(settings.prior_nu(at, GROUPS[G].1)),
        set: |settings, at, value| {
            group::<G>(settings, at).nu = Some(value.try_into()?);
            Ok(())
        },
        clear: |settings, at| group::<G>(settings, at).nu = None,
    };
    let row = Row::new(key, label, help, scale(0.1, 1e6), lens).scope(Scope::PerGroup);
    row.when(|settings| is::<G>(settings, &[PriorKind::StudentT]))
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
