//! Where θ starts. Knows of the data only the inputs, and only where a start looks at them.

use super::through::through;
use crate::model::{Activation, Block, Coefficients, Group, Model, Over, Prior, Stage};
use crate::seeds::{ChaCha8Rng, Purpose, Seeds};
use ndarray::{Array2, ArrayView2};
use rand::RngExt;
use rand_distr::{ChiSquared, Exp1, StandardNormal};
use std::sync::Arc;

/// How the starting coefficients are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Var(a) = 1/(K·E\[σ²\]), Var(b) = 1/n (He et al. 2015, with the gain where σ's outputs enter).
    He,
    /// 2/(fan in + fan out) for a and b (Glorot & Bengio 2010).
    Glorot,
    /// 1/(fan in) for a and b.
    LeCun,
    /// A draw from the prior itself.
    Prior,
    /// Everything zero: stationary in a, b, c.
    Zero,
    /// a = d = 0, b and c as He: every f⁽ⁱ⁾ starts at zero and can move.
    ZeroBranch,
    /// Elements at K equally spaced places of what reaches the stage, as wide as their distance; for scalar inputs, else as
    /// `Pairs`.
    Knots,
    /// Each element rises from one row of what reaches the stage to another (Bolager et al. 2023).
    Pairs,
}

impl Init {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 8] =
        [Self::He, Self::Glorot, Self::LeCun, Self::Prior, Self::Zero, Self::ZeroBranch, Self::Knots, Self::Pairs];

    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::He => "he",
            Self::Glorot => "glorot",
            Self::LeCun => "lecun",
            Self::Prior => "prior",
            Self::Zero => "zero",
            Self::ZeroBranch => "zero-branch",
            Self::Knots => "knots",
            Self::Pairs => "pairs",
        }
    }
}

/// No coefficient starts further out: the heaviest tails reach beyond what squares can hold.
const LARGEST: f64 = 1e9;

/// Where θ starts: drawn as `init` says, except for the blocks that are given.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// How the coefficients are drawn.
    pub init: Init,
    /// Standard deviation of c. With 0 every ReLU net of one input has its only kink at x = 0, whatever its depth.
    pub bias_sd: f64,
    /// Blocks written down, by name (`f3.b`), row-major; each as long as its block.
    pub given: Vec<(String, Vec<f64>)>,
}

/// The starting θ where the inputs are looked at: as `start`, and then, for `Init::Knots` and `Init::Pairs`, stage by stage
/// from the innermost, the elements are placed on what reaches the stage from the training inputs `x`.
#[must_use]
pub fn start_on(model: &Arc<Model>, how: &Start, seeds: Seeds, redraw: u64, x: ArrayView2<'_, f64>) -> Vec<f64> {
    let mut theta = start(model, how, seeds, redraw);
    if matches!(how.init, Init::Knots | Init::Pairs) && x.nrows() > 1 {
        for at in 0..model.f.depth() {
            place(model, how, seeds, redraw, x, at, &mut theta);
        }
    }
    theta
}

/// The starting θ. `redraw` counts the times the user asked for another draw.
///
/// Each (essay index, group) has its own stream: models of different depth or architecture share their numbers
/// wherever their blocks agree, which pairs comparisons.
#[must_use]
pub fn start(model: &Model, how: &Start, seeds: Seeds, redraw: u64) -> Vec<f64> {
    let layout = model.layout();
    let mut theta = vec![0.0; layout.len()];
    for block in &layout.blocks {
        let values = &mut theta[block.at.clone()];
        if let Some((_, given)) = how.given.iter().find(|(name, _)| *name == block.name) {
            values.copy_from_slice(given);
            continue;
        }
        let index = block.stage.map_or(0, |at| model.f.essay_index(at)) as u64;
        let mut rng = seeds.stream(Purpose::Start, index * 16 + block.group.number(), redraw);
        let sd = sd(model, block, how);
        for value in values {
            let normal: f64 = rng.sample(StandardNormal);
            *value = match (block.group, how.init) {
                // s ~ |N(0, 1)| under the prior; else s starts at 1, the data's own scale when standardised.
                (Group::LogScale, Init::Prior) => normal.abs().max(1e-3).ln(),
                (_, Init::Prior) => model.priors.of(block).map_or(0.0, |prior| from_prior(prior, normal, &mut rng)),
                _ => sd * normal,
            };
        }
    }
    theta
}

/// A draw from the prior of one coefficient, made of a normal number and of what else it takes. A flat one has no draws: 0.
fn from_prior(prior: Prior, normal: f64, rng: &mut ChaCha8Rng) -> f64 {
    match prior {
        Prior::Gaussian { tau, .. } => tau * normal,
        Prior::Laplace { scale, .. } => rng.sample::<f64, _>(Exp1) * scale.copysign(normal),
        // A normal number over the root of an independent χ²/ν; a draw beyond the numbers would be no start.
        Prior::StudentT { nu, tau, .. } => {
            let spread = ChiSquared::new(nu).map_or(nu, |chi_squared| rng.sample(chi_squared));
            (tau * normal * (nu / spread.max(f64::MIN_POSITIVE)).sqrt()).clamp(-LARGEST, LARGEST)
        }
        Prior::Flat => 0.0,
    }
}

/// Places the elements of stage `at` on what reaches it from `x` through the stages before; a convolution keeps its draw.
fn place(
    model: &Arc<Model>,
    how: &Start,
    seeds: Seeds,
    redraw: u64,
    x: ArrayView2<'_, f64>,
    at: usize,
    theta: &mut [f64],
) {
    let stage = model.f.stages[at];
    let layout = model.layout();
    let (Some(b), Some(c)) = (layout.find(Some(at), Group::B), layout.find(Some(at), Group::C)) else { return };
    let given = |block: &Block| how.given.iter().any(|(name, _)| *name == block.name);
    if stage.over != Over::Points || given(b) || given(c) {
        return;
    }
    let so_far = Coefficients::new(model.clone(), &*theta).expect("θ has the layout's length");
    let u = through(&so_far, x).stages.swap_remove(at).input;
    let index = model.f.essay_index(at) as u64;
    let mut rng = seeds.stream(Purpose::Start, index * 16, redraw);
    let elements = if how.init == Init::Knots && u.ncols() == 1 {
        knots(stage, &u.column(0).to_vec(), &mut rng)
    } else {
        pairs(stage, &u, &mut rng)
    };
    for (k, (slope, shift)) in elements.into_iter().enumerate() {
        for (j, slope) in slope.into_iter().enumerate() {
            theta[b.at.start + j * stage.k + k] = slope;
        }
        theta[c.at.start + k] = shift;
    }
}

/// (b, c) of K elements at equally spaced places tₖ, c = −b tₖ. b by σ: a hat 1/Δ, so that aₖ = f(tₖ) interpolates; bells and
/// steps 2/Δ; sin multiples of π over the range, with no place; what is homogeneous ±1/sd(u), of random sign.
#[expect(clippy::cast_precision_loss, reason = "counts of elements")]
fn knots(stage: Stage, u: &[f64], rng: &mut ChaCha8Rng) -> Vec<(Vec<f64>, f64)> {
    let [low, high] = u.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], u| [low.min(*u), high.max(*u)]);
    let range = if high - low > 1e-9 { high - low } else { 1.0 };
    let gaps = stage.k.saturating_sub(1).max(1) as f64;
    let mean = u.iter().sum::<f64>() / u.len() as f64;
    let sd = (u.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / u.len() as f64).sqrt().max(1e-9);
    (0..stage.k)
        .map(|k| {
            let place = if stage.k > 1 { low + range * k as f64 / gaps } else { f64::midpoint(low, high) };
            let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
            let slope = match stage.sigma {
                Activation::Hat => gaps / range,
                Activation::Gauss | Activation::Sigmoid | Activation::Tanh | Activation::Step => 2.0 * gaps / range,
                Activation::Sin => std::f64::consts::PI * (k + 1) as f64 / range,
                _ => sign / sd,
            };
            (vec![slope], -slope * place)
        })
        .collect()
}

/// (b, c) of K elements, each 0 at one row u of what reaches the stage and s at another u′: b = s (u′ − u)/‖u′ − u‖², c = −b·u.
fn pairs(stage: Stage, u: &Array2<f64>, rng: &mut ChaCha8Rng) -> Vec<(Vec<f64>, f64)> {
    // What saturates rises twice as far between the two, so that it does so within the data.
    let s = if stage.sigma.homogeneity().is_some() { 1.0 } else { 2.0 };
    (0..stage.k)
        .map(|_| {
            let mut row = || u.row(rng.random_range(0..u.nrows()));
            let (from, to) = (row(), row());
            let way = &to - &from;
            let length = way.dot(&way);
            if length < 1e-18 {
                return (vec![0.0; u.ncols()], 0.0);
            }
            let slope = way * (s / length);
            let shift = -slope.dot(&from);
            (slope.to_vec(), shift)
        })
        .collect()
}

/// The standard deviation from which a block's coefficients are drawn.
#[expect(clippy::cast_precision_loss, reason = "counts of coefficients")]
fn sd(model: &Model, block: &Block, how: &Start) -> f64 {
    let [fan_in, fan_out] = block.shape.map(|side| side as f64);
    let gain = |at: Option<usize>| {
        at.map_or(1.0, |at| {
            let stage = model.f.stages[at];
            stage.sigma.second_moment(stage.alpha)
        })
    };
    match (how.init, block.group) {
        // What is drawn from the prior is drawn by it.
        (Init::Zero | Init::Prior, _) | (Init::ZeroBranch, Group::A) | (_, Group::LogScale | Group::D) => 0.0,
        (_, Group::C) => how.bias_sd,
        (Init::He | Init::Knots | Init::Pairs, Group::A) => (1.0 / (fan_in * gain(block.stage))).sqrt(),
        (Init::He | Init::ZeroBranch | Init::LeCun | Init::Knots | Init::Pairs, _) => (1.0 / fan_in).sqrt(),
        (Init::Glorot, _) => (2.0 / (fan_in + fan_out)).sqrt(),
    }
}
