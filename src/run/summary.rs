//! What a belief comes to, in numbers: what each f⁽ⁱ⁾ learned and by which estimator, whether draws can be trusted, the evidence.
//! Knows no screen and no file.

use super::Snapshot;
use crate::bayes::diagnostics::Diagnosis;
use crate::bayes::{Account, Belief, Draws, KnockOut, Whitening, displacement, knock_out, real, sizes};
use crate::data::{Dataset, Points};
use crate::function::outputs;
use crate::learn::Normal;
use crate::model::{Coefficients, Group};
use crate::preset::Experiment;
use crate::seeds::Seeds;
use crate::text::Clean;
use ndarray::{Array2, Axis};

/// R-hat below which chains count as agreed (Vehtari et al. 2021).
pub const AGREED: f64 = 1.01;
/// Places at which f is watched.
const PLACES: usize = 10;
/// Draws over which knock-outs are averaged.
const AVERAGED: usize = 32;
/// Draws times coefficients of which there is an account while a run goes on.
const ACCOUNTED: usize = 10_000_000;
/// Draws that diverged whose f is kept.
const DIVERGED: usize = 50;
/// Products (rows times coefficients) that knock-outs may cost while a run goes on, and at its end: then a second at most.
const PRODUCTS: [usize; 2] = [1_000_000, 100_000_000];

/// What is known at one step.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The step it was made at.
    pub step: u64,
    /// `learn.method`.
    pub method: &'static str,
    /// β.
    pub beta: f64,
    /// KL from the prior, γ, by f⁽ⁱ⁾; none for a point, of which there is no posterior.
    pub account: Option<Account>,
    /// Whether the account is of the exact posterior and no approximation.
    pub exact: bool,
    /// ‖θ⁽ⁱ⁾/τ‖²/kᵢ at the mode, by the essay's index: displacement, which is no information.
    pub displacement: Vec<(usize, f64)>,
    /// What an observation loses without each f⁽ⁱ⁾; of draws the mean over some of them. Empty without data.
    pub knock_out: Vec<KnockOut>,
    /// How large each f⁽ⁱ⁾ is as a function on the data; empty without data.
    pub sizes: Vec<(usize, f64)>,
    /// log p(D), given what is held; of y in its own units.
    pub log_evidence: Option<f64>,
    /// Whether all but coefficients of f⁽¹⁾ was taken as given though it is not held: the evidence is of them alone.
    pub given: bool,
    /// What there is to say of draws.
    pub sampled: Option<Sampled>,
    /// Why the mode has no normal about it.
    pub wrong: Option<Clean>,
}

/// Whether draws can be trusted.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// Chains, and draws of all of them.
    pub chains: usize,
    /// Draws that count, of all chains.
    pub draws: usize,
    /// Where f is watched: rows of X in its own units.
    pub places: Vec<Vec<f64>>,
    /// f there (its first output; the others at three of them; in their own units), then log likelihood and log prior, and s where
    /// it is learned; not those that no draw has moved.
    pub quantities: Vec<(String, Diagnosis)>,
    /// E-BFMI of every chain.
    pub e_bfmi: Vec<f64>,
    /// Draws whose trajectory diverged.
    pub divergences: usize,
    /// f at the places (first output, its own units) for some of those.
    pub diverged: Vec<Vec<f64>>,
    /// Draws whose trajectory was as long as it may be.
    pub deepest: usize,
}

impl Summary {
    /// The logarithm of how many modes there are like the one that a normal is about, of all f⁽ⁱ⁾: 0 where the posterior is exact.
    #[must_use]
    pub fn log_copies(&self) -> f64 {
        let stages = self.account.iter().filter(|_| !self.exact && self.sampled.is_none()).flat_map(|own| &own.stages);
        stages.map(|own| own.log_copies).sum()
    }
}

impl Sampled {
    /// The largest R-hat; NaN if one is none.
    #[must_use]
    pub fn rhat_max(&self) -> f64 {
        worst(self.quantities.iter().map(|(_, own)| own.rhat), f64::max)
    }

    /// The smallest effective sample size, of the centre or the tails; NaN if one is none.
    #[must_use]
    pub fn ess_min(&self) -> f64 {
        worst(self.quantities.iter().map(|(_, own)| if own.bulk <= own.tail { own.bulk } else { own.tail }), f64::min)
    }
}

/// The extreme of all, which a NaN is.
fn worst(values: impl Iterator<Item = f64>, extreme: fn(f64, f64) -> f64) -> f64 {
    let join = |one: f64, other: f64| if one.is_nan() || other.is_nan() { f64::NAN } else { extreme(one, other) };
    values.reduce(join).unwrap_or(f64::NAN)
}

/// What a summary is of.
pub(super) struct Known<'a> {
    pub step: u64,
    pub normal: Option<&'a Normal>,
    pub wrong: Option<Clean>,
    pub belief: &'a Belief,
    pub experiment: &'a Experiment,
    pub data: &'a Dataset,
    /// Draws from the prior in knock-outs, and whether there is time for more rows.
    pub draws: u64,
    pub thorough: bool,
}

impl Summary {
    /// Of what is known now.
    pub(super) fn of(known: &Known<'_>) -> Self {
        let Known { step, normal, wrong, belief, experiment, data, draws, thorough } = known;
        let mode = belief.mode();
        let whitening = || Whitening::new(&experiment.model, &experiment.held());
        let drawn = match belief {
            Belief::Draws(drawn) => Some(drawn),
            Belief::Prior(_) | Belief::Point(_) | Belief::Gaussian(_) => None,
        };
        let account = match (normal, drawn) {
            (Some(normal), _) => Some(Account::of_laplace(&normal.laplace)),
            // Of more, an account is made once, at the end: it copies all of them.
            (None, Some(drawn)) if *thorough || drawn.count() * mode.theta.len() <= ACCOUNTED => {
                Some(Account::of_draws(drawn, &whitening()))
            }
            (None, Some(_) | None) => None,
        };
        let functions =
            drawn.map_or_else(|| vec![mode.clone()], |drawn| spread(drawn, if *thorough { AVERAGED } else { 4 }));
        let products = PRODUCTS[usize::from(*thorough)] / functions.len().max(1);
        let points = some(&data.train, &mode, products / (1 + usize::try_from(*draws).unwrap_or(0)));
        let empty = points.x.nrows() == 0;
        Self {
            step: *step,
            method: experiment.learn.name(),
            beta: experiment.learn.tempering(),
            exact: normal.is_some_and(|normal| normal.exact.is_some()),
            log_evidence: normal.and_then(|normal| Some(normal.log_evidence? - data.log_units())),
            given: normal.is_some_and(|normal| normal.laplace.whitening.free.len() < whitening().free.len()),
            account,
            displacement: displacement(&mode, &experiment.held()),
            knock_out: if empty { Vec::new() } else { knocked(&functions, &points, *draws, Seeds(experiment.seed)) },
            sizes: if empty { Vec::new() } else { sizes(&mode, points.x.view()) },
            sampled: drawn.map(|drawn| sampled(drawn, data, experiment.learn.tempering())),
            wrong: wrong.clone(),
        }
    }
}

impl Snapshot {
    /// What is known, with 64 draws from the prior in every knock-out, over all rows that can be afforded.
    #[must_use]
    pub fn summarised(&self) -> Summary {
        Summary::of(&self.known(64, true))
    }

    /// What a run says of itself while it goes on.
    pub(super) fn summed_up(&self) -> Summary {
        Summary::of(&self.known(0, false))
    }

    fn known(&self, draws: u64, thorough: bool) -> Known<'_> {
        Known {
            step: self.step,
            normal: self.normal.as_deref(),
            wrong: self.summary.as_ref().and_then(|summary| summary.wrong.clone()),
            belief: &self.belief,
            experiment: &self.experiment,
            data: &self.data,
            draws,
            thorough,
        }
    }
}

/// Some of the rows, evenly: as many as knock-outs of every stage can afford.
fn some(points: &Points, mode: &Coefficients, products: usize) -> Points {
    let cost = mode.theta.len().max(1) * (mode.model.f.depth() + 1);
    let (rows, most) = (points.x.nrows(), (products / cost).max(8));
    let chosen: Vec<usize> = (0..rows.min(most)).map(|at| at * rows / rows.min(most)).collect();
    Points { x: points.x.select(Axis(0), &chosen), y: points.y.select(Axis(0), &chosen) }
}

/// Some of the draws, evenly.
fn spread(draws: &Draws, most: usize) -> Vec<Coefficients> {
    let count = draws.count();
    let every = count.div_ceil(most.max(1)).max(1);
    let chosen = draws.all().step_by(every).map(|(theta, _)| Coefficients::new(draws.model.clone(), theta));
    chosen.flatten().collect()
}

/// Knock-outs, the mean over functions.
fn knocked(functions: &[Coefficients], points: &Points, draws: u64, seeds: Seeds) -> Vec<KnockOut> {
    let all: Vec<Vec<KnockOut>> = functions.iter().map(|f| knock_out(f, points, draws, seeds)).collect();
    let Some(first) = all.first() else { return Vec::new() };
    let mean = |at: usize, of: fn(&KnockOut) -> f64| all.iter().map(|own| of(&own[at])).sum::<f64>() / real(all.len());
    let one = |at: usize| KnockOut {
        stage: first[at].stage,
        to_mode: mean(at, |own| own.to_mode),
        to_draws: mean(at, |own| own.to_draws),
    };
    (0..first.len()).map(one).collect()
}

/// The rows at which f is watched: over the range of one input; else some of the data's.
fn places(data: &Dataset) -> Array2<f64> {
    let inputs = data.inputs.len();
    if inputs == 1 || data.train.x.nrows() == 0 {
        let [low, high] = data.x_range(0).map(|x| data.inputs[0].to_standard(x));
        let at = |row: usize| low + (high - low) * real(row) / real(PLACES - 1);
        return Array2::from_shape_fn((PLACES, inputs), |(row, column)| if column == 0 { at(row) } else { 0.0 });
    }
    let rows = data.train.x.nrows();
    let chosen: Vec<usize> = (0..PLACES.min(rows)).map(|at| at * rows / PLACES.min(rows)).collect();
    data.train.x.select(Axis(0), &chosen)
}

/// Of which of so many rows which output of f is watched: of all the first, and every other one at the first, the middle and the
/// last of them.
fn watched(rows: usize, outputs: usize) -> Vec<(usize, usize)> {
    let mut some = vec![0, rows / 2, rows.saturating_sub(1)];
    some.dedup();
    let others = (1..outputs).flat_map(|output| some.iter().map(move |row| (*row, output)));
    (0..rows).map(|row| (row, 0)).chain(others).collect()
}

fn sampled(draws: &Draws, data: &Dataset, beta: f64) -> Sampled {
    let x = places(data);
    let count = draws.model.f.outputs;
    let watched = watched(x.nrows(), count);
    // Of categories f has an output each, y one column.
    let column = |output: usize| data.outputs.get(output).unwrap_or(&data.outputs[0]);
    let in_own_units = |f: &Coefficients| -> Vec<f64> {
        let y = outputs(f, x.view());
        watched.iter().map(|&(row, output)| column(output).from_standard(y[[row, output]])).collect()
    };
    let seen = draws.quantities(watched.len(), in_own_units);
    let own = |row: usize| -> Vec<f64> {
        x.row(row).iter().zip(&data.inputs).take(3).map(|(x, column)| column.from_standard(*x)).collect()
    };
    let places: Vec<Vec<f64>> = (0..x.nrows()).map(own).collect();
    let named = |(row, output): (usize, usize)| {
        let at: Vec<String> = places[row].iter().map(|x| format!("{x:.3}")).collect();
        let of = if count > 1 { format!("output {} of ", output + 1) } else { String::new() };
        format!("{of}f({})", at.join(", "))
    };
    let mut quantities = Vec::new();
    let mut watch = |name: &str, values: Array2<f64>| {
        // What nothing moves (f where all of it is held, the likelihood at β = 0) converges nowhere: of it there is no R-hat.
        if values.iter().any(|value| value.total_cmp(&values[[0, 0]]).is_ne()) {
            quantities.push((name.to_owned(), Diagnosis::of(values.view())));
        }
    };
    for (at, place) in watched.iter().enumerate() {
        watch(&named(*place), seen.index_axis(Axis(2), at).to_owned());
    }
    if data.train.x.nrows() > 0 {
        // What is told is β Σ ℓ; at β = 0 nothing of ℓ.
        let beta = if beta > 0.0 { beta } else { 1.0 };
        watch("log likelihood", draws.quantity(|_, told| told.likelihood / beta));
    }
    watch("log prior", draws.quantity(|_, told| told.prior));
    if let Some(at) = draws.model.layout().find(None, Group::LogScale).map(|block| block.at.start) {
        // Of several columns s is in the standard deviation of each.
        let unit = if let [only] = &data.outputs[..] { only.sd } else { 1.0 };
        watch("s", draws.quantity(|theta, _| unit * theta[at].exp()));
    }
    let bad = draws.all().filter(|(_, told)| told.diverging).take(DIVERGED);
    let bad = bad.filter_map(|(theta, _)| Coefficients::new(draws.model.clone(), theta));
    Sampled {
        chains: draws.chains.len(),
        draws: draws.count(),
        quantities,
        e_bfmi: draws.e_bfmi(),
        divergences: draws.divergences(),
        diverged: bad.map(|f| in_own_units(&f).into_iter().take(x.nrows()).collect()).collect(),
        deepest: draws.all().filter(|(_, told)| told.deepest).count(),
        places,
    }
}
