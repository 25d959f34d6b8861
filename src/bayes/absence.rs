//! What a composition is without one of its f⁽ⁱ⁾, how far each is from its prior's mode, and how large it is as a function.
//! Knows no posterior.

use super::laplace::log_likelihood;
use super::learned::squares;
use super::posterior::without;
use super::{draw_prior, real};
use crate::data::Points;
use crate::function::{Passage, through};
use crate::model::Coefficients;
use crate::seeds::Seeds;
use ndarray::{Array2, ArrayView2, Axis};
use std::ops::Range;

/// What an observation loses when a stage is taken away, in nats: (1/N)(log p(D|θ) − log p(D|θ without f⁽ⁱ⁾)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnockOut {
    /// The essay's index i.
    pub stage: usize,
    /// With θ⁽ⁱ⁾ = 0, the prior's mode.
    pub to_mode: f64,
    /// With θ⁽ⁱ⁾ drawn from its prior, the mean over the draws.
    pub to_draws: f64,
}

/// Knocks out every stage of `f` in turn, the outermost first; `draws` draws from the prior of each.
///
/// # Panics
/// Never: θ keeps its length.
#[must_use]
pub fn knock_out(f: &Coefficients, points: &Points, draws: u64, seeds: Seeds) -> Vec<KnockOut> {
    let layout = f.layout();
    let n = real(points.x.nrows().max(1));
    let whole = log_likelihood(f, points);
    let with = |at: usize, own: &dyn Fn(usize) -> f64| {
        let mut theta = f.theta.to_vec();
        layout.stage(at).for_each(|place| theta[place] = own(place));
        log_likelihood(&Coefficients::new(f.model.clone(), theta).expect("as long as it was"), points)
    };
    let lost = |at: usize| {
        let one = |draw| {
            let other = draw_prior(&f.model, seeds, draw);
            (whole - with(at, &|place| other.theta[place])) / n
        };
        #[expect(clippy::cast_precision_loss, reason = "a count of draws")]
        let mean = (0..draws).map(one).sum::<f64>() / draws.max(1) as f64;
        KnockOut { stage: f.model.f.essay_index(at), to_mode: (whole - with(at, &|_| 0.0)) / n, to_draws: mean }
    };
    (0..f.model.f.depth()).rev().map(lost).collect()
}

/// ‖θ⁽ⁱ⁾/τ‖²/kᵢ of every stage, the outermost first: 0 at the prior's mode, 1 for a typical prior draw. Displacement, which is no
/// information: a point has no posterior. Over coefficients with a Gaussian prior that are not `held`, which learn nothing; NaN
/// where a stage has none.
#[must_use]
pub fn displacement(f: &Coefficients, held: &[Range<usize>]) -> Vec<(usize, f64)> {
    let layout = f.layout();
    let of = |at: usize| {
        let own = layout.blocks.iter().filter(|block| block.stage == Some(at));
        let known = own.filter_map(|block| Some((block.at.clone(), f.model.priors.tau(block)?)));
        let free = known.flat_map(|(at, tau)| without(at, held).into_iter().map(move |at| (&f.theta[at], tau)));
        let (count, sum) = free
            .fold((0, 0.0), |(count, sum), (values, tau)| (count + values.len(), sum + squares(values) / (tau * tau)));
        (f.model.f.essay_index(at), sum / real(count))
    };
    (0..f.model.f.depth()).rev().map(of).collect()
}

/// How large every f⁽ⁱ⁾ is as a function at the rows of `x`, the outermost first: in residual compositions the root mean square
/// of the branch over that of the stream that it is added to, else that of f⁽ⁱ⁾(u) about its mean. 0 is a stage that does nothing.
#[must_use]
pub fn sizes(f: &Coefficients, x: ArrayView2<'_, f64>) -> Vec<(usize, f64)> {
    let model = &f.model.f;
    let rms = |values: &Array2<f64>| (values.iter().map(|v| v * v).sum::<f64>() / real(values.len())).sqrt();
    let of = |passage: &Passage| {
        let size = if model.architecture.is_residual() {
            model.branch_scale.abs() * rms(&passage.output) / rms(&passage.input)
        } else {
            let mean = passage.output.mean_axis(Axis(0)).unwrap_or_default();
            rms(&(&passage.output - &mean))
        };
        (passage.index, size)
    };
    through(f, x).stages.iter().rev().map(of).collect()
}
