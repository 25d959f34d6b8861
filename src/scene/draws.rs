//! Whole draws from the prior: of every f⁽ⁱ⁾ on what the mode hands it, of f with all of θ drawn. The same draws from frame to
//! frame. Knows no mark.

use super::plane::after;
use super::{Face, View, Window, World, along, data_range, extent, middle, posterior, slice, slices};
use crate::bayes::draw_prior;
use crate::function::{local, through};
use crate::model::{Coefficients, Model, Prior};
use crate::run::Snapshot;
use crate::seeds::{Purpose, Seeds};
use ndarray::{Array2, ArrayView2};
use rand::RngExt;

/// Draws of every f⁽ⁱ⁾ that are drawn as lines.
pub const LINES: usize = 12;
/// Stages farther than this from the one in focus have no room in any strip.
pub(super) const NEAR: usize = 10;
/// Whole draws of f that are drawn as lines.
pub(super) const WHOLE: usize = 4;
/// Draws under a band. Of n draws the (n + 1)q-th in order is taken for the quantile q: with these n that is one of them for
/// q = 5, 50, 95 %. The smaller number is for large models.
const MANY: [usize; 2] = [99, 19];
/// Products (rows times coefficients) that a band may cost.
const PRODUCTS: usize = 2_000_000;
/// Columns of a band at least and at most.
const COLUMNS: (usize, usize) = (24, 160);

/// What is believed, before any data or after, as functions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draws {
    /// Innermost first: what each draw of the stage makes of the stream, at the inputs of the stage's curve. The stages
    /// before it are at the mode, so that the draws differ in θ⁽ⁱ⁾ alone.
    pub stages: Vec<Vec<Vec<f64>>>,
    /// Innermost first: whether a prior of the stage is flat. What has a flat prior cannot be drawn and stands at 0.
    pub flat: Vec<bool>,
    /// 5, 50 and 95 % of f at every x, with all of θ drawn; equally spaced over the range shown.
    pub band: [Vec<f64>; 3],
    /// How many draws the band is of; 0 where it needs none.
    pub draws: usize,
    /// Whole draws of f, at the same x.
    pub f: Vec<Vec<f64>>,
    /// How far they are on their way from the prior, where they are not all the posterior's yet.
    pub update: Option<f64>,
    /// Some of the draws whose trajectory diverged, at the same x: where in the space of functions that happens.
    pub diverged: Vec<Vec<f64>>,
}

/// The seed of all that is drawn for pictures: a stream of its own, so that no draw is a run's start.
pub(super) fn seeds(run: &Snapshot) -> Seeds {
    Seeds(Seeds(run.experiment.seed).stream(Purpose::Draws, 0, 0).random())
}

/// Whether a prior of the stage at position `at` is flat.
#[must_use]
pub fn is_flat(model: &Model, at: usize) -> bool {
    let flat = |prior: &Prior| matches!(prior, Prior::Flat);
    model.priors.stages.get(at).is_some_and(|own| [own.a, own.b, own.c, own.d].iter().any(flat))
}

/// `mode` with the stage at position `at` drawn from its prior.
fn with_stage(mode: &Coefficients, drawn: &Coefficients, at: usize) -> Coefficients {
    let own = mode.layout().stage(at);
    let mut theta = mode.theta.to_vec();
    theta[own.clone()].copy_from_slice(&drawn.theta[own]);
    Coefficients::new(mode.model.clone(), theta).expect("as long as before")
}

/// One function with that face: the mode, or the first whole draw.
pub(super) fn whole(run: &Snapshot, window: &Window) -> Coefficients {
    let mode = run.belief.mode();
    match window.sight.face {
        Face::Mode => mode,
        Face::Prior => draw_prior(&mode.model, seeds(run), 0),
        Face::Posterior => posterior::one(run, window),
    }
}

/// The mode, or the mode with the stage at `at` as in the first draw.
pub(super) fn faced(run: &Snapshot, window: &Window, at: usize) -> Coefficients {
    let mode = run.belief.mode();
    match window.sight.face {
        Face::Mode => mode,
        Face::Prior => with_stage(&mode, &draw_prior(&mode.model, seeds(run), 0), at),
        Face::Posterior => posterior::one(run, window),
    }
}

/// The stream after every stage at the rows of x: at the mode, or each stage as in the first draw on what the mode hands it.
pub(super) fn stages(run: &Snapshot, window: &Window, x: ArrayView2<'_, f64>) -> Vec<Array2<f64>> {
    let mode = run.belief.mode();
    let seen = through(&mode, x);
    match window.sight.face {
        Face::Mode => after(seen),
        Face::Posterior => after(through(&posterior::one(run, window), x)),
        Face::Prior => {
            let drawn = draw_prior(&mode.model, seeds(run), 0);
            let stage = |at: usize| local(&with_stage(&mode, &drawn, at), at, seen.stages[at].input.view()).after;
            (0..seen.stages.len()).map(stage).collect()
        }
    }
}

/// The draws, where curves are drawn and the face asks for them.
pub(super) fn draws(run: &Snapshot, window: &Window) -> Option<Draws> {
    let mode = run.belief.mode();
    let world = World::of(&mode.model.f);
    let curves = matches!(window.sight.view(world), View::Local | View::Along);
    match window.sight.face {
        Face::Mode => None,
        Face::Posterior => posterior::draws(run, &mode, window, world),
        Face::Prior => {
            let mut draws = Draws {
                flat: (0..mode.model.f.depth()).map(|at| is_flat(&mode.model, at)).collect(),
                ..Draws::default()
            };
            if curves {
                draws.stages = of_stages(run, &mode, window, world);
            }
            if matches!(world, World::Scalar | World::Vector) {
                of_f(run, &mode, window, &mut draws);
            }
            Some(draws)
        }
    }
}

fn of_stages(run: &Snapshot, mode: &Coefficients, window: &Window, world: World) -> Vec<Vec<Vec<f64>>> {
    let f = &mode.model.f;
    let n = window.stage_columns.max(2);
    let seen = through(mode, slice(run, window, n, data_range(&run.data, window)).view());
    // Far from the focus no stage has a plot.
    let focus = f.position(window.stage).unwrap_or(0);
    let drawn: Vec<Coefficients> = (0..LINES as u64).map(|draw| draw_prior(&mode.model, seeds(run), draw)).collect();
    let stage = |at: usize| {
        if at.abs_diff(focus) > NEAR {
            return Vec::new();
        }
        let passage = &seen.stages[at];
        let u = match (world, window.sight.view(world)) {
            (World::Scalar, View::Local) => {
                let range = super::stages::input_range(passage, at);
                Array2::from_shape_fn((n, 1), |(row, _)| along(range, row, n))
            }
            _ => passage.input.clone(),
        };
        let j = window.coordinate.min(f.stages[at].outputs - 1);
        let one = |drawn: &Coefficients| local(&with_stage(mode, drawn, at), at, u.view()).after.column(j).to_vec();
        drawn.iter().map(one).collect()
    };
    (0..f.depth()).map(stage).collect()
}

/// How many draws a band is of, and its columns: fewer the larger the model is.
pub(super) fn affordable(mode: &Coefficients, window: &Window) -> (usize, usize) {
    // A stage costs something by itself, however few its coefficients are.
    let size = mode.theta.len().max(1) + 200 * mode.model.f.depth();
    let many = MANY.into_iter().find(|many| many * COLUMNS.0 * size <= PRODUCTS).unwrap_or(MANY[1]);
    (many, (PRODUCTS / (many * size)).clamp(COLUMNS.0, COLUMNS.1).min(window.f_columns.max(2)))
}

/// The band and a few whole draws, over what f shows.
fn of_f(run: &Snapshot, mode: &Coefficients, window: &Window, draws: &mut Draws) {
    let (many, columns) = affordable(mode, window);
    let x = slices::rows(run, window, columns, super::shown_range(run, window));
    let of = |draw: u64| -> Vec<f64> {
        let function = draw_prior(&mode.model, seeds(run), draw);
        middle(&function, x.view()).column(0).iter().map(|y| run.data.outputs[0].from_standard(*y)).collect()
    };
    let all: Vec<Vec<f64>> = (0..many as u64).map(of).collect();
    draws.band = band(&all);
    draws.draws = many;
    draws.f = all.into_iter().take(WHOLE).collect();
}

/// 5, 50 and 95 % of the functions at every x; NaN where none is finite.
///
/// The quantile q of n numbers is the (n + 1)q-th in order, the nearest there is.
#[must_use]
pub fn band(functions: &[Vec<f64>]) -> [Vec<f64>; 3] {
    let columns = functions.first().map_or(0, Vec::len);
    let mut band = [0.05, 0.5, 0.95].map(|_| Vec::with_capacity(columns));
    for column in 0..columns {
        let mut values: Vec<f64> = functions.iter().map(|f| f[column]).filter(|value| value.is_finite()).collect();
        values.sort_unstable_by(f64::total_cmp);
        for (band, q) in band.iter_mut().zip([0.05, 0.5, 0.95]) {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a place among a hundred"
            )]
            let place = ((values.len() + 1) as f64 * q).round() as usize;
            let last = values.len().saturating_sub(1);
            band.push(values.get(place.saturating_sub(1).min(last)).copied().unwrap_or(f64::NAN));
        }
    }
    band
}

impl Draws {
    /// Least and greatest of the draws of a stage, so that an axis can hold them.
    #[must_use]
    pub fn extent(&self, at: usize) -> [f64; 2] {
        extent(self.stages.get(at).into_iter().flatten().flatten().copied())
    }
}
