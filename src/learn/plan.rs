//! How to get from the prior to a belief, in words. Knows no algorithm's state.

use super::chain::Nuts;
use crate::bayes::Structure;

/// The method and its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// To which belief, and by what.
    pub way: Way,
    /// Which update rule, on the way of descent.
    pub method: Method,
    /// What its gradients are computed in.
    pub precision: Precision,
    /// η, the learning rate.
    pub rate: f64,
    /// How η falls.
    pub schedule: Schedule,
    /// Steps in which η first rises to its value, by equal parts.
    pub warmup: u64,
    /// The steps that the schedule spans, warm-up included; after them η stays at 1 % of its value.
    pub horizon: u64,
    /// μ of momentum and Nesterov.
    pub momentum: f64,
    /// λ of `AdamW` and Lion.
    pub decay: Decay,
    /// The longest gradient that is not shortened.
    pub clip: Clip,
    /// Rows an update sees.
    pub batch: Batch,
    /// What each chain does.
    pub nuts: Nuts,
    /// How many there are.
    pub chains: u64,
    /// β of the power posterior p(D|θ)^β p(θ): 0 the prior, 1 the posterior.
    pub beta: f64,
    /// Which coefficients Laplace's normal takes to depend on each other; as many as can be afforded, where it is open.
    pub structure: Option<Structure>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            way: Way::Descent,
            method: Method::Adam,
            precision: Precision::F64,
            rate: 1e-2,
            schedule: Schedule::Constant,
            warmup: 0,
            horizon: 5000,
            momentum: 0.9,
            decay: Decay::Prior,
            clip: Clip::None,
            batch: Batch::Full,
            nuts: Nuts::default(),
            chains: 4,
            beta: 1.0,
            structure: None,
        }
    }
}

/// The ways from a prior to a belief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// An update rule, step by step towards the mode: a point.
    Descent,
    /// To the mode by what suits σ: L-BFGS, or rounds of Adam where there are kinks. A point.
    Mode,
    /// To the mode by L-BFGS whatever σ is: a point.
    Lbfgs,
    /// The exact posterior of (a, d) of f⁽¹⁾ given all else where it stands: a normal, at once.
    Exact,
    /// The normal about the mode.
    Laplace,
    /// Draws by the No-U-Turn sampler.
    Nuts,
}

impl Way {
    /// Those that are no update rule.
    pub const OTHERS: [Self; 5] = [Self::Mode, Self::Lbfgs, Self::Exact, Self::Laplace, Self::Nuts];

    /// The name in presets; of a descent, that of no update rule in particular.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Descent => "descent",
            Self::Mode => "mode",
            Self::Lbfgs => "lbfgs",
            Self::Exact => "exact",
            Self::Laplace => "laplace",
            Self::Nuts => "nuts",
        }
    }

    /// Whether it ends in a distribution and not in a point.
    #[must_use]
    pub const fn is_posterior(self) -> bool {
        match self {
            Self::Exact | Self::Laplace | Self::Nuts => true,
            Self::Descent | Self::Mode | Self::Lbfgs => false,
        }
    }
}

/// The update rules, as PyTorch defines them (Lion: Chen et al. 2023).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// θ ← θ − η g.
    Sgd,
    /// v ← μ v + g; θ ← θ − η v.
    Momentum,
    /// v as momentum; θ ← θ − η (g + μ v).
    Nesterov,
    /// v ← .99 v + .01 g²; θ ← θ − η g/(√v + 1e-8).
    Rmsprop,
    /// Kingma & Ba 2015, β = (.9, .999), ε = 1e-8 outside the root.
    Adam,
    /// θ ← (1 − ηλ) θ, then as Adam (Loshchilov & Hutter 2019). The decay is not divided by √v as the gradient of a prior
    /// would be, so that no prior has the result for its mode.
    AdamW,
    /// θ ← (1 − ηλ) θ − η sign(.9 m + .1 g); m ← .99 m + .01 g. Its decay, too, is no prior's gradient.
    Lion,
}

impl Method {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 7] =
        [Self::Sgd, Self::Momentum, Self::Nesterov, Self::Rmsprop, Self::Adam, Self::AdamW, Self::Lion];

    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Momentum => "momentum",
            Self::Nesterov => "nesterov",
            Self::Rmsprop => "rmsprop",
            Self::Adam => "adam",
            Self::AdamW => "adamw",
            Self::Lion => "lion",
        }
    }

    /// Whether a weight decay beside the gradient stands for the Gaussian priors, whose gradient is then left out.
    #[must_use]
    pub const fn is_decoupled(self) -> bool {
        match self {
            Self::AdamW | Self::Lion => true,
            Self::Sgd | Self::Momentum | Self::Nesterov | Self::Rmsprop | Self::Adam => false,
        }
    }
}

/// The numbers that a descent's gradients are computed in; all else is f64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 64 bits.
    F64,
    /// 32 bits: about twice as fast.
    F32,
}

impl Precision {
    /// Both, as listed to the user.
    pub const ALL: [Self; 2] = [Self::F64, Self::F32];

    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::F32 => "f32",
        }
    }
}

/// How the learning rate falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Not at all.
    Constant,
    /// Along half a cosine.
    Cosine,
    /// By the same factor every step.
    Exponential,
    /// To a tenth after half of the steps, to a hundredth after three quarters.
    Step,
}

impl Schedule {
    /// All of them, as listed to the user.
    pub const ALL: [Self; 4] = [Self::Constant, Self::Cosine, Self::Exponential, Self::Step];
    /// What every falling schedule ends at.
    const LAST: f64 = 0.01;

    /// The name in presets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Cosine => "cosine",
            Self::Exponential => "exponential",
            Self::Step => "step",
        }
    }

    /// The rate's factor once the fraction `part` of the steps is done.
    #[must_use]
    pub fn factor(self, part: f64) -> f64 {
        let part = part.clamp(0.0, 1.0);
        match self {
            Self::Constant => 1.0,
            Self::Cosine => Self::LAST + 0.5 * (1.0 - Self::LAST) * (1.0 + (std::f64::consts::PI * part).cos()),
            Self::Exponential => Self::LAST.powf(part),
            Self::Step if part < 0.5 => 1.0,
            Self::Step if part < 0.75 => 0.1,
            Self::Step => Self::LAST,
        }
    }
}

/// λ, the decoupled weight decay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    /// What each Gaussian prior would come to as a weight decay: 2s²/(N·m·τ²) for a Gaussian likelihood.
    Prior,
    /// That number, where the prior is Gaussian.
    Of(f64),
}

/// The longest gradient of the objective that is not shortened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// Any.
    None,
    /// One of that norm, over all coefficients.
    At(f64),
}

/// Rows an update sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// All training rows.
    Full,
    /// That many, in an order redrawn every epoch; the last of an epoch may be shorter.
    Of(usize),
}

impl Plan {
    /// The word that presets have for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.way {
            Way::Descent => self.method.name(),
            Way::Mode | Way::Lbfgs | Way::Exact | Way::Laplace | Way::Nuts => self.way.name(),
        }
    }

    /// What gradients are really computed in: f32 is for update rules only, for a mode, a normal or draws of the posterior
    /// ask for more digits than it has.
    #[must_use]
    pub const fn computes_in(&self) -> Precision {
        match self.way {
            Way::Descent => self.precision,
            Way::Mode | Way::Lbfgs | Way::Exact | Way::Laplace | Way::Nuts => Precision::F64,
        }
    }

    /// β of the density that is learned from; a descent's is the posterior's.
    #[must_use]
    pub const fn tempering(&self) -> f64 {
        match self.way {
            Way::Descent => 1.0,
            Way::Mode | Way::Lbfgs | Way::Exact | Way::Laplace | Way::Nuts => self.beta,
        }
    }

    /// Whether a weight decay stands for the Gaussian priors, so that where it ends is not the posterior mode.
    #[must_use]
    pub const fn is_decoupled(&self) -> bool {
        matches!(self.way, Way::Descent) && self.method.is_decoupled()
    }

    /// η of the `update`-th update, from 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of steps")]
    pub fn rate_at(&self, update: u64) -> f64 {
        if update <= self.warmup {
            return self.rate * update as f64 / self.warmup as f64;
        }
        if self.schedule == Schedule::Constant {
            return self.rate;
        }
        let (done, all) = (update - 1 - self.warmup, self.horizon.saturating_sub(self.warmup));
        self.rate * self.schedule.factor(done as f64 / all.max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(schedule: Schedule, warmup: u64, horizon: u64) -> Plan {
        Plan { schedule, warmup, horizon, rate: 0.5, ..Plan::default() }
    }

    #[test]
    fn schedules_at_their_ends_and_middles() {
        for (schedule, expected) in [
            (Schedule::Constant, [1.0, 1.0, 1.0, 1.0]),
            (Schedule::Cosine, [1.0, 0.505, 0.01 + 0.495 * (1.0 - f64::sqrt(0.5)), 0.01]),
            (Schedule::Exponential, [1.0, 0.1, 0.01_f64.powf(0.75), 0.01]),
            (Schedule::Step, [1.0, 0.1, 0.01, 0.01]),
        ] {
            for warmup in [0, 20] {
                let plan = plan(schedule, warmup, warmup + 100);
                for (done, expected) in [0, 50, 75, 100].into_iter().zip(expected) {
                    let rate = plan.rate_at(warmup + 1 + done);
                    assert!((rate - 0.5 * expected).abs() < 1e-15, "{schedule:?} after {done}: {rate}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn rates_rise_then_fall_then_stay(warmup in 0_u64..50, horizon in 0_u64..200, schedule in 0_usize..4) {
            let plan = plan(Schedule::ALL[schedule], warmup, horizon);
            let rates: Vec<f64> = (1..400).map(|update| plan.rate_at(update)).collect();
            let top = usize::try_from(warmup).unwrap_or(0);
            prop_assert!(rates.iter().all(|rate| (0.0..=0.5).contains(rate) && *rate > 0.0));
            prop_assert!(rates[..top].windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!((rates[top] - 0.5).abs() < 1e-15);
            prop_assert!(rates[top..].windows(2).all(|pair| pair[0] >= pair[1]));
            let last = if schedule == 0 { 0.5 } else { 0.005 };
            prop_assert!((rates[398] - last).abs() < 1e-15);
        }
    }
}
