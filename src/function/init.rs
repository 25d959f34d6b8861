//! Where θ starts. Knows no data.

use crate::model::{Block, Group, Model};
use crate::seeds::{Purpose, Seeds};
use rand::RngExt;
use rand_distr::StandardNormal;

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
}

impl Init {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 6] = [Self::He, Self::Glorot, Self::LeCun, Self::Prior, Self::Zero, Self::ZeroBranch];

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
        }
    }
}

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
                _ => sd * normal,
            };
        }
    }
    theta
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
        (Init::Zero, _) | (_, Group::LogScale) => 0.0,
        (Init::Prior, _) => model.priors.sd(block).unwrap_or(0.0),
        (Init::ZeroBranch, Group::A) | (_, Group::D) => 0.0,
        (_, Group::C) => how.bias_sd,
        (Init::He, Group::A) => (1.0 / (fan_in * gain(block.stage))).sqrt(),
        (Init::He | Init::ZeroBranch | Init::LeCun, _) => (1.0 / fan_in).sqrt(),
        (Init::Glorot, _) => (2.0 / (fan_in + fan_out)).sqrt(),
    }
}
