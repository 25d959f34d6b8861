//! One f⁽ⁱ⁾ without its truncation, K = ∞, beside the one that is learned: prior or posterior of the same priors and data. Knows no
//! mark.

use super::{Face, Window, slices};
use crate::bayes::Limit;
use crate::function::Refusal;
use crate::model::{Group, Likelihood, Model, Scale};
use crate::run::Snapshot;
use crate::seeds::{Purpose, Seeds};
use crate::text::Clean;
use ndarray::Array2;
use rand::RngExt;

/// Values that f is told at.
const COLUMNS: usize = 97;
/// Rows beyond which a picture would take too long.
const ROWS: usize = 400;
/// Whole functions that are drawn.
const WHOLE: u64 = 3;
/// 95 % of a standard normal lie below.
const Z95: f64 = 1.644_853_626_951_472_6;

/// The function of infinitely many elements, over what f shows, in y's own units.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitScene {
    /// 5, 50 and 95 % at equally spaced x.
    pub band: [Vec<f64>; 3],
    /// Whole draws at the same x.
    pub draws: Vec<Vec<f64>>,
    /// log p(y | x).
    pub log_evidence: f64,
    /// Whether it is before the data.
    pub is_prior: bool,
}

/// What there is of it through this window; none where it is not asked for or does not exist.
pub(super) fn limit(run: &Snapshot, window: &Window) -> Option<LimitScene> {
    if !window.sight.limit {
        return None;
    }
    of(run, window).ok()
}

/// log p(y | x) for K = ∞, or why there is none.
///
/// # Errors
/// A sentence: where the model has no such limit, or there are too many rows.
pub fn log_evidence(run: &Snapshot) -> Result<f64, Refusal> {
    let (limit, s) = known(run)?;
    Ok(limit.posterior(&run.data.train, s)?.log_evidence() - run.data.log_units())
}

fn known(run: &Snapshot) -> Result<(Limit, f64), Refusal> {
    let model: &Model = &run.experiment.model;
    let limit = Limit::of(model)?;
    let rows = run.data.train.x.nrows();
    let refused = |why: String| Err(Refusal(Clean::new(&why, 240)));
    if rows > ROWS {
        return refused(format!("there are {rows} rows: infinite K is shown for up to {ROWS}"));
    }
    let mode = run.belief.mode();
    match model.likelihood {
        Likelihood::Gaussian { scale: Scale::Fixed(s) } => Ok((limit, s)),
        Likelihood::Gaussian { scale: Scale::Learned } => {
            let at = mode.layout().find(None, Group::LogScale).map(|block| block.at.start);
            Ok((limit, at.map_or(1.0, |at| mode.theta[at].exp())))
        }
        other => refused(format!("likelihood.kind is \"{}\": infinite K needs \"gaussian\"", other.name())),
    }
}

fn of(run: &Snapshot, window: &Window) -> Result<LimitScene, Refusal> {
    let (limit, s) = known(run)?;
    let x = slices::rows(run, window, COLUMNS, super::shown_range(run, window));
    let own = |values: &Array2<f64>| -> Vec<f64> {
        values.column(0).iter().map(|y| run.data.outputs[0].from_standard(*y)).collect()
    };
    let process = limit.posterior(&run.data.train, s)?;
    let is_prior = window.sight.face == Face::Prior;
    let (mean, spread) = if is_prior {
        let variance = |row: usize| {
            let at = x.slice(ndarray::s![row..=row, ..]);
            limit.covariance(at, at)[[0, 0]].sqrt()
        };
        let mean = limit.mean(x.view());
        let spread = Array2::from_shape_fn(mean.raw_dim(), |(row, _)| variance(row));
        (mean, spread)
    } else {
        let told = process.predict(x.view());
        (told.mean, told.spread)
    };
    let seed = Seeds(Seeds(run.experiment.seed).stream(Purpose::Draws, 1, 0).random());
    let pairs = if window.sight.face == Face::Mode { Vec::new() } else { process.paths(x.view(), WHOLE, seed)? };
    let part = if is_prior { 0.0 } else { window.sight.update };
    // On the way from the prior to the posterior the functions are of neither: no quantile is known.
    let between = !is_prior && part < 1.0;
    let band = [-Z95, 0.0, Z95].map(|z| if between { Vec::new() } else { own(&(&mean + &(&spread * z))) });
    Ok(LimitScene {
        band,
        draws: pairs.iter().map(|[before, after]| own(&(before + &(part * (after - before))))).collect(),
        log_evidence: process.log_evidence() - run.data.log_units(),
        is_prior,
    })
}
