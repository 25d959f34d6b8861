//! The rows of `[model]`, and those that single stages alone have. Knows no layout.

use super::{At, Kind, Lens, Row, Scope, count, plain, real};
use crate::function::Init;
use crate::model::{Form, Lift, Readout};
use crate::preset::names;
use crate::preset::settings::Settings;
use crate::preset::value::Value;

/// A field of `[model]` that a stage may override. `$effect` says what holds for the stage with an index, and for all.
macro_rules! staged {
    ($field:ident, $stage:ident, $all:expr, $($whole:tt)+) => {
        Lens {
            get: |settings, at| match at {
                Some(index) => Value::from(settings.stage(index).$stage),
                None => Value::from($all(settings)),
            },
            set: |settings, at, value| {
                match at {
                    Some(index) => settings.stage_mut(index).$field = Some(value.try_into()?),
                    None => settings.model.$field = staged!(@write value, $($whole)+),
                }
                Ok(())
            },
            clear: |settings, at| match at {
                Some(index) => settings.stage_mut(index).$field = None,
                None => settings.model.$field = Settings::default().model.$field,
            },
        }
    };
    (@write $value:ident, plain) => { $value.try_into()? };
    (@write $value:ident, open) => { Some($value.try_into()?) };
}

/// A field of convolutions: a stage's own, or what all stages have.
macro_rules! convolved {
    ($field:ident) => {
        Lens {
            get: |settings, at| {
                let own = at.and_then(|index| settings.stages.get(&index)).and_then(|own| own.$field);
                Value::from(own.unwrap_or(settings.model.$field))
            },
            set: |settings, at, value| {
                match at {
                    Some(index) => settings.stage_mut(index).$field = Some(value.try_into()?),
                    None => settings.model.$field = value.try_into()?,
                }
                Ok(())
            },
            clear: |settings, at| match at {
                Some(index) => settings.stage_mut(index).$field = None,
                None => settings.model.$field = Settings::default().model.$field,
            },
        }
    };
}

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "model.architecture",
        "architecture",
        "Plain: each f⁽ⁱ⁾ replaces what it is given. Residual: each adds to it, so that one that learned \
         nothing does no harm.",
        Kind::Choice(names::ARCHITECTURE),
        plain!(model.architecture),
    )
    .rebuild(),
    Row::new(
        "model.branch_scale",
        "branch scale",
        "What every residual f⁽ⁱ⁾ is multiplied by before it is added; auto is 1/√L from \
         L = 5 on, so that the sum stays of one size, and 1 up to 4.",
        Kind::Or { word: "auto", number: &real(0.0, 10.0, 0.1), first: 1.0 },
        plain!(model.branch_scale),
    )
    .rebuild()
    .when(Settings::is_residual),
    Row::new("model.depth", "depth L", "How many functions are composed.", count(1, 64), plain!(model.depth)).rebuild(),
    Row::new(
        "model.k",
        "K",
        "The number of basis elements that f⁽ⁱ⁾ keeps: where its expansion is truncated.",
        count(1, 1024),
        staged!(k, k, |settings: &Settings| settings.model.k, plain),
    )
    .rebuild()
    .scope(Scope::PerStage),
    Row::new(
        "model.width",
        "width",
        "How many numbers the inner f⁽ⁱ⁾ hand on; 1 lets every one of them be drawn as a curve.",
        count(1, 1024),
        staged!(width, outputs, Settings::width, open),
    )
    .rebuild()
    .scope(Scope::PerStage)
    .when(|settings| settings.model.form == Form::Full || settings.is_residual()),
    Row::new(
        "model.lift",
        "lift",
        "How X enters a residual stream of another width; where the dimensions agree there is none.",
        Kind::Choice(names::LIFT),
        plain!(model.lift),
    )
    .rebuild()
    .when(Settings::is_residual),
    Row::new(
        "model.readout",
        "readout",
        "How ŷ is taken from a residual stream of another width (else there is none), or pooled over a signal's positions.",
        Kind::Choice(names::READOUT),
        plain!(model.readout),
    )
    .rebuild()
    .when(|settings| settings.is_residual() || settings.is_signal()),
    ends("model.lift_start", "lift starts at", "Starting values of a linear lift, one row an input.", Lens {
        get: |settings, _| matrix(settings.model.lift_start.as_deref()),
        set: |settings, _, value| {
            settings.model.lift_start = rows_of(value)?;
            Ok(())
        },
        clear: |settings, _| settings.model.lift_start = None,
    })
    .when(|settings| settings.model.lift == Lift::Linear),
    ends("model.readout_start", "readout starts", "Starting values of a linear readout, one row a value of the stream.", Lens {
        get: |settings, _| matrix(settings.model.readout_start.as_deref()),
        set: |settings, _, value| {
            settings.model.readout_start = rows_of(value)?;
            Ok(())
        },
        clear: |settings, _| settings.model.readout_start = None,
    })
    .when(|settings| settings.model.readout == Readout::Linear),
    Row::new(
        "model.sigma",
        "σ",
        "The one shape whose shifted and scaled copies are the basis elements.",
        Kind::Choice(names::SIGMA),
        staged!(sigma, sigma, |settings: &Settings| settings.model.sigma, plain),
    )
    .rebuild()
    .scope(Scope::PerStage),
    Row::new(
        "model.alpha",
        "α",
        "The slope of leaky ReLU below zero, the depth of ELU; auto is 0.01 and 1.",
        Kind::Or { word: "auto", number: &real(0.0, 10.0, 0.05), first: 0.1 },
        Lens {
            get: |settings, at| {
                let own = at.and_then(|index| settings.stages.get(&index)).and_then(|own| own.alpha);
                own.or(settings.model.alpha).map_or_else(|| Value::Text("auto".into()), Value::from)
            },
            set: |settings, at, value| {
                let alpha = value.number();
                match at {
                    Some(index) => settings.stage_mut(index).alpha = alpha,
                    None => settings.model.alpha = alpha,
                }
                Ok(())
            },
            clear: |settings, at| match at {
                Some(index) => settings.stage_mut(index).alpha = None,
                None => settings.model.alpha = None,
            },
        },
    )
    .rebuild()
    .scope(Scope::PerStage)
    .when(Settings::has_alpha),
    Row::new(
        "model.kind",
        "kind",
        "Dense acts on the whole row; a convolution is the same expansion on every patch of a signal.",
        Kind::Choice(names::KIND),
        convolved!(kind),
    )
    .rebuild()
    .scope(Scope::PerStage)
    .when(Settings::is_signal),
    Row::new(
        "model.patch",
        "patch",
        "How many neighbouring positions each element sees; odd.",
        count(1, 255),
        convolved!(patch),
    )
    .rebuild()
    .scope(Scope::PerStage)
    .when(Settings::is_signal),
    Row::new(
        "model.reach",
        "reach",
        "How many positions of the elements the heights a see; 1 but for reduced convolutions; odd.",
        count(1, 255),
        convolved!(reach),
    )
    .rebuild()
    .scope(Scope::PerStage)
    .when(Settings::is_signal),
    Row::new(
        "model.padding",
        "padding",
        "What lies beyond the ends of a signal; circular makes shifts exact.",
        Kind::Choice(names::PADDING),
        convolved!(padding),
    )
    .rebuild()
    .scope(Scope::PerStage)
    .when(Settings::is_signal),
    Row::new(
        "model.form",
        "form",
        "Reduced fixes b = 1 and c = 0 in every f⁽ⁱ⁾ but the innermost: a plain composition can do the same,
         yet believes other things at first.",
        Kind::Choice(names::FORM),
        staged!(form, form, |settings: &Settings| settings.model.form, plain),
    )
    .rebuild()
    .scope(Scope::PerStage),
    Row::new(
        "model.init",
        "start",
        "How the starting coefficients are drawn.",
        Kind::Choice(names::INIT),
        plain!(model.init),
    )
    .rebuild(),
    Row::new(
        "model.bias_sd",
        "start sd of c",
        "How far the elements' starting places are scattered; at 0 every kink starts at zero.",
        real(0.0, 100.0, 0.1),
        plain!(model.bias_sd),
    )
    .rebuild()
    .when(|settings| !matches!(settings.model.init, Init::Prior | Init::Zero)),
];

/// Starting values of an end of a residual stream.
const fn ends(key: &'static str, label: &'static str, help: &'static str, lens: Lens) -> Row {
    Row::new(key, label, help, Kind::Matrix, lens).rebuild()
}

fn matrix(rows: Option<&[Vec<f64>]>) -> Value {
    Value::List(rows.unwrap_or_default().iter().cloned().map(Value::from).collect())
}

/// What only single stages have.
pub(super) const STAGE: &[Row] = &[
    given::<0>("f.a", "a", "Starting heights of this stage's elements, one row an element.", Kind::Matrix),
    given::<1>("f.b", "b", "Starting inverse widths of this stage's elements, one row an input.", Kind::Matrix),
    given::<2>("f.c", "c", "Starting shifts of this stage's elements: element k lies at −c/b.", Kind::Vector),
    given::<3>("f.d", "d", "Starting offsets of this stage's values.", Kind::Vector),
    Row::new(
        "f.hold",
        "held",
        "Groups of this stage's coefficients that stay where they start.",
        Kind::Several(names::GROUP),
        Lens {
            get: |settings, at| Value::from(own(settings, at).map_or(Vec::new(), |own| own.hold.clone())),
            set: |settings, at, value| {
                settings.stage_mut(at.unwrap_or(1)).hold = value.try_into()?;
                Ok(())
            },
            clear: |settings, at| settings.stage_mut(at.unwrap_or(1)).hold.clear(),
        },
    )
    .scope(Scope::StageOnly),
    Row::new(
        "f.hold_elements",
        "held elements",
        "Elements of this stage whose a, b and c stay where they are, by their number.",
        Kind::Numbers,
        Lens {
            get: |settings, at| Value::from(own(settings, at).map_or(Vec::new(), |own| own.hold_elements.clone())),
            set: |settings, at, value| {
                settings.stage_mut(at.unwrap_or(1)).hold_elements = value.try_into()?;
                Ok(())
            },
            clear: |settings, at| settings.stage_mut(at.unwrap_or(1)).hold_elements.clear(),
        },
    )
    .scope(Scope::StageOnly),
];

/// Starting values of the group in slot `G`.
const fn given<const G: usize>(key: &'static str, label: &'static str, help: &'static str, kind: Kind) -> Row {
    let lens = Lens {
        get: |settings, at| written::<G>(settings, at),
        set: |settings, at, value| {
            settings.stage_mut(at.unwrap_or(1)).given[G] = rows_of(value)?;
            Ok(())
        },
        clear: |settings, at| settings.stage_mut(at.unwrap_or(1)).given[G] = None,
    };
    Row::new(key, label, help, kind, lens).rebuild().scope(Scope::StageOnly)
}

fn own(settings: &Settings, at: At) -> Option<&crate::preset::settings::StageSettings> {
    at.and_then(|index| settings.stages.get(&index))
}

fn written<const G: usize>(settings: &Settings, at: At) -> Value {
    let rows = own(settings, at).and_then(|own| own.given[G].as_deref()).unwrap_or_default();
    match (G, rows) {
        (2 | 3, [only]) => Value::from(only.clone()),
        (_, rows) => Value::List(rows.iter().cloned().map(Value::from).collect()),
    }
}

/// None of an empty list: the values are drawn.
fn rows_of(value: Value) -> Result<Option<Vec<Vec<f64>>>, String> {
    match value {
        Value::List(rows) if rows.is_empty() => Ok(None),
        Value::List(rows) if rows.iter().all(|row| matches!(row, Value::List(_))) => {
            rows.into_iter().map(Vec::<f64>::try_from).collect::<Result<_, _>>().map(Some)
        }
        Value::List(_) | Value::Flag(_) | Value::Int(_) | Value::Real(_) | Value::Text(_) => {
            Vec::<f64>::try_from(value).map(|row| Some(vec![row]))
        }
    }
}
