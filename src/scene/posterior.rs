//! Draws from the posterior, as functions: of every f⁽ⁱ⁾, of f, and the band of f. Knows no mark.
//!
//! Under the prior the stages before f⁽ⁱ⁾ stand at the mode. Under the posterior they are the draw's own: what the stages are
//! is known jointly, and a draw's f⁽ⁱ⁾ means nothing behind another's. Of a Laplace posterior every function is linearised in
//! θ about the mode, as its band is (MATH §11.2).

use super::draws::{LINES, NEAR, WHOLE, affordable, band, seeds};
use super::{Draws, View, Window, World, along, data_range, slice, slices};
use crate::bayes::Belief;
use crate::function::{local, mean, outputs, through};
use crate::model::{Coefficients, Likelihood};
use crate::run::Snapshot;
use ndarray::Array2;

/// How far a difference goes, in parts of a draw's way from the mode.
const PART: f64 = 1e-4;
/// 95 % of a standard normal lie below.
const Z95: f64 = 1.644_853_626_951_472_6;

/// Whether there is a posterior to draw from.
pub(super) fn exists(run: &Snapshot) -> bool {
    match run.belief {
        Belief::Gaussian(_) | Belief::Draws(_) => true,
        Belief::Prior(_) | Belief::Point(_) => false,
    }
}

/// Whether functions are taken as linear in θ about the mode.
fn is_linearised(run: &Snapshot) -> bool {
    run.normal.as_ref().is_some_and(|normal| !normal.exact)
}

/// One function of the posterior; the mode where there is none.
pub(super) fn one(run: &Snapshot) -> Coefficients {
    if !exists(run) {
        return run.belief.mode();
    }
    run.belief.draw(1, seeds(run)).pop().unwrap_or_else(|| run.belief.mode())
}

/// A function's values somewhere.
type Seen<'a> = dyn Fn(&Coefficients) -> Vec<f64> + 'a;

/// `of` at a draw, or its tangent at the mode.
fn seen(run: &Snapshot, mode: &Coefficients, drawn: &Coefficients, of: &Seen<'_>) -> Vec<f64> {
    if !is_linearised(run) {
        return of(drawn);
    }
    let near = |part: f64| {
        let theta: Vec<f64> =
            mode.theta.iter().zip(drawn.theta.iter()).map(|(mode, drawn)| mode + part * (drawn - mode)).collect();
        of(&Coefficients::new(mode.model.clone(), theta).expect("as long as before"))
    };
    let (ahead, behind) = (near(PART), near(-PART));
    let tangent = ahead.iter().zip(&behind).map(|(ahead, behind)| (ahead - behind) / (2.0 * PART));
    of(mode).iter().zip(tangent).map(|(here, slope)| here + slope).collect()
}

/// All of it, where curves are drawn; none without a posterior.
pub(super) fn draws(run: &Snapshot, mode: &Coefficients, window: &Window, world: World) -> Option<Draws> {
    if !exists(run) {
        return None;
    }
    let mut draws = Draws { flat: vec![false; mode.model.f.depth()], ..Draws::default() };
    if matches!(window.sight.view(world), View::Local | View::Along) {
        draws.stages = of_stages(run, mode, window, world);
    }
    if matches!(world, World::Scalar | World::Vector) {
        of_f(run, mode, window, &mut draws);
    }
    Some(draws)
}

fn of_stages(run: &Snapshot, mode: &Coefficients, window: &Window, world: World) -> Vec<Vec<Vec<f64>>> {
    let f = &mode.model.f;
    let n = window.stage_columns.max(2);
    let x = slice(run, window, n, data_range(&run.data, window));
    let at_mode = through(mode, x.view());
    let focus = f.position(window.stage).unwrap_or(0);
    let drawn = run.belief.draw(LINES as u64, seeds(run));
    let stage = |at: usize| {
        if at.abs_diff(focus) > NEAR {
            return Vec::new();
        }
        let j = window.coordinate.min(f.stages[at].outputs - 1);
        let of: Box<Seen<'_>> = match (world, window.sight.view(world)) {
            (World::Scalar, View::Local) => {
                let range = super::stages::input_range(&at_mode.stages[at]);
                let u = Array2::from_shape_fn((n, 1), |(row, _)| along(range, row, n));
                Box::new(move |f| local(f, at, u.view()).after.column(j).to_vec())
            }
            _ => Box::new(|f| through(f, x.view()).stages[at].after.column(j).to_vec()),
        };
        drawn.iter().map(|drawn| seen(run, mode, drawn, &of)).collect()
    };
    (0..f.depth()).map(stage).collect()
}

/// The band of f, and a few whole draws.
fn of_f(run: &Snapshot, mode: &Coefficients, window: &Window, draws: &mut Draws) {
    let (many, columns) = affordable(mode, window);
    let x = slices::rows(run, window, columns, super::shown_range(run, window));
    let likelihood = mode.model.likelihood;
    let own = |f: Array2<f64>| -> Vec<f64> {
        mean(likelihood, f.view()).column(0).iter().map(|y| run.data.outputs[0].from_standard(*y)).collect()
    };
    let outputs_of = |f: &Coefficients| outputs(f, x.view()).iter().copied().collect::<Vec<f64>>();
    let of = |drawn: &Coefficients| {
        let f = seen(run, mode, drawn, &outputs_of);
        own(Array2::from_shape_vec((columns, f.len() / columns), f).expect("a row each"))
    };
    let monotone = match likelihood {
        Likelihood::Categorical => false,
        Likelihood::Gaussian { .. }
        | Likelihood::StudentT { .. }
        | Likelihood::Laplace { .. }
        | Likelihood::Bernoulli
        | Likelihood::Poisson => true,
    };
    if let Some(normal) = run.normal.as_ref().filter(|_| monotone) {
        // A normal f needs no draws for its quantiles.
        let told = normal.laplace.predict(x.view());
        draws.band = [-Z95, 0.0, Z95].map(|z| own(&told.mean + &(&told.spread * z)));
        draws.f = run.belief.draw(WHOLE as u64, seeds(run)).iter().map(of).collect();
        return;
    }
    let all: Vec<Vec<f64>> = run.belief.draw(many as u64, seeds(run)).iter().map(of).collect();
    if let Belief::Draws(drawn) = &run.belief {
        let bad = drawn.all().filter(|(_, told)| told.diverging).take(WHOLE);
        let bad = bad.filter_map(|(theta, _)| Coefficients::new(drawn.model.clone(), theta));
        draws.diverged = bad.map(|f| of(&f)).collect();
    }
    draws.band = band(&all);
    draws.draws = many;
    draws.f = all.into_iter().take(WHOLE).collect();
}
