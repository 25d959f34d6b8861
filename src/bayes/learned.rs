//! How much each f⁽ⁱ⁾ learned: nats between prior and posterior, and effective coefficients. Knows no sampler and no picture.
//!
//! KL(p(θ⁽ⁱ⁾|D) ‖ p(θ⁽ⁱ⁾)) of marginals needs no choice of mode, gauge or order of elements (MATH §15). With independent priors
//! the whole is Σᵢ `KLᵢ` + the total correlation of the stages: what they learned jointly belongs to none of them.

use super::{Draws, Laplace, Structure, Whitening, real};
use crate::bayes::diagnostics::ess_mean;
use crate::linalg::Triangle;
use crate::model::{Activation, Form, Group, Model, Parity};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, s};
use statrs::function::gamma::{digamma, ln_gamma};

/// How the nats were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimator {
    /// Of the normal about one of exp(log copies) equivalent modes.
    Laplace(Structure),
    /// Of the normal with the draws' moments, as they were drawn.
    Draws,
    /// Of the normal with the moments of draws whose elements were first put in the order of that.
    Sorted(Order),
}

impl Estimator {
    /// What it is, in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Laplace(Structure::Full) => "normal, full",
            Self::Laplace(Structure::Stages) => "normal, by stage",
            Self::Laplace(Structure::Diagonal) => "normal, diagonal",
            Self::Laplace(Structure::Last) => "normal, f1 only",
            Self::Draws => "draws' moments",
            Self::Sorted(Order::Width) => "draws' moments, by b",
            Self::Sorted(Order::Location) => "draws' moments, by −c/b",
            Self::Sorted(Order::Height) => "draws' moments, by a",
        }
    }
}

/// What elements are sorted by, so that draws that differ in their names only become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first row of b.
    Width,
    /// Where the element lies: −c/b of the first row.
    Location,
    /// The first column of a.
    Height,
}

impl Order {
    const ALL: [Self; 3] = [Self::Width, Self::Location, Self::Height];
}

/// Nats that a stage learned. The truth lies between `low` and `high` as far as the estimator's normal is right; from draws
/// only `low` is known, and it is a bound for any posterior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bracket {
    /// At least; never below 0.
    pub low: f64,
    /// At most.
    pub high: Option<f64>,
}

/// Why there is no number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Missing {
    /// Draws are worth `have` independent ones; twenty a coefficient would be needed.
    Draws {
        /// Effective draws.
        have: f64,
        /// Wanted.
        need: f64,
    },
    /// A prior that is no normal.
    Prior,
}

/// What one stage learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// The essay's index i.
    pub stage: usize,
    /// kᵢ, its free coefficients.
    pub coefficients: usize,
    /// log Gᵢ: equivalent orders, and signs, of its elements.
    pub log_copies: f64,
    /// How the nats were found.
    pub estimator: Estimator,
    /// In nats.
    pub kl: Result<Bracket, Missing>,
    /// γᵢ = kᵢ − Σ Var(θ/τ): coefficients that the data determine rather than the prior. From draws it can be
    /// negative, and is NaN where they are too few for `kl`.
    pub effective: f64,
}

/// What all stages learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// A stage each, the outermost first; those without free coefficients are left out.
    pub stages: Vec<Learned>,
    /// The total correlation of the stages: learned jointly. Of the normal about the mode; none from draws.
    pub jointly: Option<f64>,
}

/// KL(N(μ, Σ) ‖ N(0, I)) = ½(tr Σ + ‖μ‖² − k − log|Σ|). None where Σ is singular.
#[must_use]
pub fn kl_from_prior(mean: &[f64], covariance: ArrayView2<'_, f64>) -> Option<f64> {
    let log_det = Triangle::cholesky(covariance).ok()?.log_det();
    Some(0.5 * (covariance.diag().sum() + squares(mean) - real(mean.len()) - log_det))
}

pub(super) fn squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}

/// The log of the number of equivalent copies of stage `at`: K! orders of its elements, 2ᴷ signs for an odd or even σ. In the
/// reduced form elements are the coordinates of what arrives: they share coefficients with the stage inside, which has its copies
/// too, and of a signal all positions of a channel change places together.
#[must_use]
pub fn log_copies(model: &Model, at: usize) -> f64 {
    let own = |at: usize| {
        let stage = model.f.stages[at];
        match (stage.form, at.checked_sub(1)) {
            (Form::Reduced, Some(inside)) => copies_of(model.f.stages[inside].outputs, stage.sigma),
            (Form::Reduced, None) | (Form::Full, _) => copies_of(stage.k, stage.sigma),
        }
    };
    let reduced = |at: usize| model.f.stages.get(at).is_some_and(|stage| stage.form == Form::Reduced);
    let mine = if reduced(at) && at == 0 { 0.0 } else { own(at) };
    mine + if reduced(at + 1) { own(at + 1) } else { 0.0 }
}

/// log(K! 2ᴷ), or log K! where σ is neither odd nor even.
fn copies_of(k: usize, sigma: Activation) -> f64 {
    let signs = if sigma.parity().is_some() { real(k) * std::f64::consts::LN_2 } else { 0.0 };
    ln_gamma(real(k) + 1.0) + signs
}

/// Not below 0, where rounding may leave it; what is no number stays none.
fn not_negative(value: f64) -> f64 {
    if value < 0.0 { 0.0 } else { value }
}

/// The free coordinates (places in z) of every stage, outermost first: position in `stages`, coordinates.
fn stages(model: &Model, whitening: &Whitening) -> Vec<(usize, Vec<usize>)> {
    let layout = model.layout();
    let of = |at: usize| {
        let range = layout.stage(at);
        let own = whitening.free.iter().enumerate().filter(|(_, free)| range.contains(free));
        (at, own.map(|(place, _)| place).collect::<Vec<_>>())
    };
    (0..model.f.depth()).rev().map(of).filter(|(_, own)| !own.is_empty()).collect()
}

/// Whether all of a, b and c of the stage are free.
fn are_elements_free(model: &Model, whitening: &Whitening, at: usize) -> bool {
    let layout = model.layout();
    let own = [Group::A, Group::B, Group::C].into_iter().filter_map(|group| layout.find(Some(at), group));
    own.flat_map(|block| block.at.clone()).all(|place| whitening.free.binary_search(&place).is_ok())
}

/// Whether all these coordinates have a Gaussian prior.
fn is_gaussian(model: &Model, whitening: &Whitening, places: &[usize]) -> bool {
    let layout = model.layout();
    places
        .iter()
        .all(|place| layout.block_of(whitening.free[*place]).is_some_and(|block| model.priors.tau(block).is_some()))
}

impl Account {
    /// By the normal about a mode: KL of one mode, and that less the log of the copies, between which the truth lies.
    #[must_use]
    pub fn of_laplace(laplace: &Laplace) -> Self {
        let (gaussian, whitening) = (&laplace.gaussian, &laplace.whitening);
        let model = &gaussian.mean.model;
        let z = whitening.whiten(&gaussian.mean.theta);
        // One inverse serves all stages where all depend on each other.
        let everything: Vec<usize> = (0..whitening.dim()).collect();
        let covariance = |places: &[usize]| {
            let at: Vec<usize> = places.iter().map(|place| whitening.free[*place]).collect();
            let mut covariance = gaussian.covariance(&at);
            for (i, one) in places.iter().enumerate() {
                for (j, other) in places.iter().enumerate() {
                    covariance[[i, j]] /= whitening.scale[*one] * whitening.scale[*other];
                }
            }
            covariance
        };
        let whole = match laplace.structure {
            Structure::Full | Structure::Last => Some(covariance(&everything)),
            Structure::Stages | Structure::Diagonal => None,
        };
        let covariance = |places: &[usize]| match &whole {
            Some(whole) => Array2::from_shape_fn((places.len(), places.len()), |(i, j)| whole[[places[i], places[j]]]),
            None => covariance(places),
        };
        let learned = |(at, places): (usize, Vec<usize>)| {
            let covariance = covariance(&places);
            let mean: Vec<f64> = places.iter().map(|place| z[*place]).collect();
            // Elements some of whose numbers are held cannot change places.
            let log_copies = if are_elements_free(model, whitening, at) { log_copies(model, at) } else { 0.0 };
            let kl = if is_gaussian(model, whitening, &places) {
                let one = not_negative(kl_from_prior(&mean, covariance.view()).unwrap_or(f64::NAN));
                Ok(Bracket { low: not_negative(one - log_copies), high: Some(one) })
            } else {
                Err(Missing::Prior)
            };
            Learned {
                stage: model.f.essay_index(at),
                coefficients: places.len(),
                log_copies,
                estimator: Estimator::Laplace(laplace.structure),
                kl,
                effective: if kl.is_ok() { real(places.len()) - covariance.diag().sum() } else { f64::NAN },
            }
        };
        let log_det =
            |places: &[usize]| Triangle::cholesky(covariance(places).view()).map_or(f64::NAN, |root| root.log_det());
        let own = stages(model, whitening);
        let layout = model.layout();
        let beside = layout.blocks.iter().filter(|block| block.stage.is_none());
        let beside = beside.map(|block| {
            let free = whitening.free.iter().enumerate().filter(|(_, at)| block.at.contains(at));
            free.map(|(place, _)| place).collect::<Vec<_>>()
        });
        let groups: Vec<Vec<usize>> = own.iter().map(|(_, places)| places.clone()).chain(beside).collect();
        let apart: f64 = groups.iter().filter(|places| !places.is_empty()).map(|places| log_det(places)).sum();
        // Where independence was assumed, or but one stage is uncertain, nothing is known of it.
        let jointly = match laplace.structure {
            Structure::Full => Some(0.5 * (apart - log_det(&everything))),
            Structure::Stages | Structure::Diagonal | Structure::Last => None,
        };
        Self { stages: own.into_iter().map(learned).collect(), jointly: jointly.map(not_negative) }
    }

    /// By the moments of draws: a normal has the least KL of all that have its moments, so that this is a lower bound whatever
    /// the posterior is. Of the draws as they are and with their elements sorted, the larger.
    #[must_use]
    pub fn of_draws(draws: &Draws, whitening: &Whitening) -> Self {
        let model = &draws.model;
        let learned = |(at, places): (usize, Vec<usize>)| {
            let raw = whitened(draws, whitening, &places);
            // Elements some of whose numbers are held cannot change places.
            let copies = if are_elements_free(model, whitening, at) { log_copies(model, at) } else { 0.0 };
            let mut best = (Estimator::Draws, bound(raw.view(), 0.0), raw.clone());
            // Only a full stage whose elements are all free has an order of its own.
            let whole = places.len() == model.layout().stage(at).len();
            if whole && model.f.stages[at].form == Form::Full {
                for order in Order::ALL {
                    let sorted = sorted(draws, whitening, at, &places, order);
                    // Its own copies are what sorting undoes.
                    let stage = model.f.stages[at];
                    let own = bound(sorted.view(), copies_of(stage.k, stage.sigma));
                    if better(own, best.1) {
                        best = (Estimator::Sorted(order), own, sorted);
                    }
                }
            }
            let (estimator, kl, z) = best;
            let gaussian = is_gaussian(model, whitening, &places);
            Learned {
                stage: model.f.essay_index(at),
                coefficients: places.len(),
                log_copies: copies,
                estimator,
                kl: if gaussian {
                    kl.map(|low| Bracket { low: not_negative(low), high: None })
                } else {
                    Err(Missing::Prior)
                },
                // Of chains apart the variance is of where they stand, and a prior that is not Gaussian has another than 1 in z.
                effective: if !gaussian || matches!(kl, Err(Missing::Draws { .. })) {
                    f64::NAN
                } else {
                    real(places.len()) - moments(z.view()).1.diag().sum()
                },
            }
        };
        Self { stages: stages(model, whitening).into_iter().map(learned).collect(), jointly: None }
    }
}

fn better(one: Result<f64, Missing>, other: Result<f64, Missing>) -> bool {
    match (one, other) {
        (Ok(_), Err(_)) => true,
        (Ok(one), Ok(other)) | (Err(Missing::Draws { have: one, .. }), Err(Missing::Draws { have: other, .. })) => {
            one > other
        }
        (Err(_), _) => false,
    }
}

/// chains × draws × the chosen coordinates of z.
fn whitened(draws: &Draws, whitening: &Whitening, places: &[usize]) -> Array3<f64> {
    draws.quantities(places.len(), |f| {
        places.iter().map(|place| f.theta[whitening.free[*place]] / whitening.scale[*place]).collect()
    })
}

/// The same with the elements of every draw flipped to a positive first b (where σ has a parity) and sorted.
fn sorted(draws: &Draws, whitening: &Whitening, at: usize, places: &[usize], order: Order) -> Array3<f64> {
    let model = &draws.model;
    let (layout, stage) = (model.layout(), model.f.stages[at]);
    let offset = layout.stage(at).start;
    let block =
        |group| layout.find(Some(at), group).map_or(0..0, |block| block.at.start - offset..block.at.end - offset);
    let (b, c, a) = (block(Group::B), block(Group::C), block(Group::A));
    let (k, m) = (stage.k, stage.outputs);
    let mut z = whitened(draws, whitening, places);
    for mut chain in z.outer_iter_mut() {
        for mut draw in chain.rows_mut() {
            let old = draw.to_vec();
            let (widths, heights) = (&old[b.clone()], &old[a.clone()]);
            let flips = |unit: usize| if stage.sigma.parity().is_some() && widths[unit] < 0.0 { -1.0 } else { 1.0 };
            let odd = matches!(stage.sigma.parity(), Some(Parity::Odd));
            let key = |unit: usize| match order {
                Order::Width => widths[unit] * flips(unit),
                Order::Location => -old[c.start + unit] / widths[unit],
                Order::Height => heights[unit * m] * if odd { flips(unit) } else { 1.0 },
            };
            let mut units: Vec<usize> = (0..k).collect();
            units.sort_by(|one, other| key(*one).total_cmp(&key(*other)));
            for (to, from) in units.into_iter().enumerate() {
                let sign = flips(from);
                for row in 0..b.len() / k {
                    draw[b.start + row * k + to] = sign * old[b.start + row * k + from];
                }
                draw[c.start + to] = sign * old[c.start + from];
                for row in 0..a.len() / (k * m) {
                    for j in 0..m {
                        let sign = if odd { sign } else { 1.0 };
                        draw[a.start + (row * k + to) * m + j] = sign * old[a.start + (row * k + from) * m + j];
                    }
                }
            }
        }
    }
    z
}

/// Mean and covariance over all chains and draws.
fn moments(z: ArrayView3<'_, f64>) -> (Vec<f64>, Array2<f64>) {
    let (chains, count, k) = z.dim();
    let rows = z.to_shape((chains * count, k)).expect("chains × draws rows").to_owned();
    let n = real(rows.nrows());
    let mean = rows.sum_axis(ndarray::Axis(0)) / n;
    let centred = &rows - &mean;
    (mean.to_vec(), centred.t().dot(&centred) / (n - 1.0))
}

/// The lower bound from moments, less the copies; its bias for as many draws as these are worth is taken off.
fn bound(z: ArrayView3<'_, f64>, copies: f64) -> Result<f64, Missing> {
    let k = z.dim().2;
    let effective = (0..k).map(|at| ess_mean(z.slice(s![.., .., at])));
    let n =
        effective.fold(real(z.dim().0 * z.dim().1), |least, own| if own < least || own.is_nan() { own } else { least });
    let need = 20.0 * real(k);
    if n < need || n.is_nan() {
        return Err(Missing::Draws { have: if n.is_nan() { 0.0 } else { n }, need });
    }
    let (mean, covariance) = moments(z);
    let kl = kl_from_prior(&mean, covariance.view()).unwrap_or(f64::NAN);
    Ok(kl + 0.5 * (log_det_bias(n, k) - covariance.diag().sum() / n) - copies)
}

/// E log|Σ̂| − log|Σ| for n independent draws of k coordinates: Σ_{j<k} ψ((n − 1 − j)/2) + k log(2/(n − 1)), never positive.
fn log_det_bias(n: f64, k: usize) -> f64 {
    (0..k).map(|j| digamma((n - 1.0 - real(j)) / 2.0)).sum::<f64>() + real(k) * (2.0 / (n - 1.0)).ln()
}

#[cfg(test)]
mod tests;
