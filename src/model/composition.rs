//! f = f⁽¹⁾∘…∘f⁽ᴸ⁾ in words: stages, how they are joined, their dimensions. Knows no coefficient.

use super::{Activation, Group};
use serde::{Deserialize, Serialize};

/// How stages are joined, from the innermost outwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// u ← f⁽ⁱ⁾(u).
    Plain,
    /// u ← s·f⁽ⁱ⁾(u) + u, nothing after the addition (He et al. 2016's identity path); s is the branch scale.
    Residual,
    /// u ← σ(s·f⁽ⁱ⁾(u) + u), as He et al. 2015 had it; nothing after the outermost addition, or ŷ could not be negative.
    /// With every f⁽ⁱ⁾ at zero it is σ(u) and not u: ReLU loses half the line at the first block.
    #[serde(rename = "residual-2015")]
    Residual2015,
}

impl Architecture {
    /// The name in presets and on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Residual => "residual",
            Self::Residual2015 => "residual-2015",
        }
    }

    /// Whether the stream is added to what f⁽ⁱ⁾ makes of it.
    #[must_use]
    pub const fn is_residual(self) -> bool {
        !matches!(self, Self::Plain)
    }
}

/// Which coefficients an expansion has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// σ(U b + c) a + d.
    Full,
    /// b = 1, c = 0: σ(U) a + d. Same functions in a plain composition, another prior.
    Reduced,
}

/// How X enters a residual stream of another dimension, and how ŷ leaves it. Never inserted silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lift {
    /// The dimensions are equal.
    None,
    /// Parameter-free: the first coordinates, the others zero.
    Pad,
    /// A learned matrix.
    Linear,
}

/// How ŷ leaves the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readout {
    /// As it is.
    None,
    /// Parameter-free: the first coordinates.
    Pad,
    /// A learned matrix.
    Linear,
    /// Signals: the mean over positions, a channel at a time.
    Mean,
    /// Signals: the maximum over positions, a channel at a time.
    Max,
}

/// What lies beyond the ends of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// Zeros.
    Zero,
    /// The other end: exactly equivariant under shifts.
    Circular,
    /// The signal mirrored at its end value.
    Reflect,
}

/// What an expansion acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// The whole row; a signal becomes one point.
    Points,
    /// Every patch of a signal with the same coefficients: a convolution (cross-correlation, stride 1, same length).
    Patches {
        /// W, odd: positions of a patch that b sees.
        width: usize,
        /// `W_a`, odd: positions of the elements that a sees; 1 but for reduced convolutions.
        reach: usize,
        /// What lies beyond the ends.
        padding: Padding,
    },
}

/// Positions and channels of a stream: a row of it is positions × channels numbers, channels last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// T; 1 for a plain vector.
    pub positions: usize,
    /// C.
    pub channels: usize,
}

impl Extent {
    /// Numbers in a row.
    #[must_use]
    pub const fn columns(self) -> usize {
        self.positions * self.channels
    }
}

/// One f⁽ⁱ⁾(U) = σ(U b + c) a + d.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// K, the number of basis elements: where the expansion is truncated.
    pub k: usize,
    /// m, the dimension of the values; of a convolution, its channels.
    pub outputs: usize,
    /// σ.
    pub sigma: Activation,
    /// α of those σ that have one; else 0.
    pub alpha: f64,
    /// Full, or reduced to b = 1, c = 0.
    pub form: Form,
    /// The whole row, or every patch of it.
    pub over: Over,
}

/// The composition. Stages stand innermost first: `stages[0]` is f⁽ᴸ⁾, which acts on X.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Composition {
    /// Columns of X: positions × channels.
    pub inputs: usize,
    /// T, the positions of a row of X; 1 unless it is a signal.
    pub positions: usize,
    /// Columns of ŷ.
    pub outputs: usize,
    /// How the stages are joined.
    pub architecture: Architecture,
    /// s, by which every residual branch is multiplied.
    pub branch_scale: f64,
    /// From X into the residual stream.
    pub lift: Lift,
    /// From the residual stream to ŷ.
    pub readout: Readout,
    /// Innermost first.
    pub stages: Vec<Stage>,
}

impl Composition {
    /// L.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.stages.len()
    }

    /// The essay's index of `stages[at]`: 1 is the outermost.
    #[must_use]
    pub fn essay_index(&self, at: usize) -> usize {
        self.stages.len() - at
    }

    /// Where f⁽ⁱ⁾ stands in `stages`; `index` is the essay's, from 1.
    #[must_use]
    pub fn position(&self, index: usize) -> Option<usize> {
        self.stages.len().checked_sub(index).filter(|_| index > 0)
    }

    /// What enters the innermost stage. A lift makes one point of it, as wide as the first stage is.
    #[must_use]
    pub fn stream(&self) -> Extent {
        match (self.lift, self.stages.first()) {
            (Lift::None, _) | (_, None) => {
                let positions = self.positions.max(1);
                Extent { positions, channels: self.inputs / positions }
            }
            (_, Some(first)) => Extent { positions: 1, channels: first.outputs },
        }
    }

    /// What enters `stages[at]`; `at` = L is what leaves the last one.
    #[must_use]
    pub fn extent(&self, at: usize) -> Extent {
        self.stages[..at].iter().fold(self.stream(), |before, stage| match stage.over {
            Over::Points => Extent { positions: 1, channels: stage.outputs },
            Over::Patches { .. } => Extent { positions: before.positions, channels: stage.outputs },
        })
    }

    /// Columns of what enters the innermost stage.
    #[must_use]
    pub fn stream_inputs(&self) -> usize {
        self.stream().columns()
    }

    /// n, the rows of b: what one application of `stages[at]` sees, a patch or the whole row.
    #[must_use]
    pub fn stage_inputs(&self, at: usize) -> usize {
        let before = self.extent(at);
        match self.stages[at].over {
            Over::Points => before.columns(),
            Over::Patches { width, .. } => width * before.channels,
        }
    }

    /// The rows of a: K, or K for each position that a sees.
    #[must_use]
    pub fn stage_elements(&self, at: usize) -> usize {
        match self.stages[at].over {
            Over::Points => self.stages[at].k,
            Over::Patches { reach, .. } => reach * self.stages[at].k,
        }
    }

    /// The groups that no gradient reaches, by position: a step has no slope, so its b and c are not learned, nor is
    /// anything that acts on ŷ through it alone.
    #[must_use]
    pub fn unreached(&self) -> Vec<(usize, Group)> {
        let step = |at: usize| !self.stages[at].sigma.is_differentiable();
        let last = self.depth().saturating_sub(1);
        // The outermost stage whose whole value passes through a step further out, or through its own.
        let blocked = (0..self.depth()).rev().find_map(|at| match self.architecture {
            Architecture::Plain if step(at) => Some(at),
            Architecture::Residual2015 if at < last && step(at) => Some(at + 1),
            Architecture::Plain | Architecture::Residual | Architecture::Residual2015 => None,
        });
        let own = |at| [Group::B, Group::C].map(|group| (at, group));
        let all = |at| [Group::A, Group::B, Group::C, Group::D].map(|group| (at, group));
        let inside = (0..blocked.unwrap_or(0)).flat_map(all);
        inside.chain((blocked.unwrap_or(0)..self.depth()).filter(|&at| step(at)).flat_map(own)).collect()
    }

    /// Without a lift or a readout where the dimensions agree already: there the identity path needs none.
    #[must_use]
    pub fn with_ends_where_needed(mut self) -> Self {
        if self.architecture.is_residual() {
            if self.lift != Lift::None && self.positions <= 1 && self.stream_inputs() == self.inputs {
                self.lift = Lift::None;
            }
            let last = self.extent(self.depth()).columns();
            if matches!(self.readout, Readout::Pad | Readout::Linear) && last == self.outputs {
                self.readout = Readout::None;
            }
        }
        self
    }

    /// The first thing wrong with each part of the dimensions, as sentences.
    pub(super) fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.stages.is_empty() {
            wrong.push("a composition needs at least one f⁽ⁱ⁾ (model.depth is 0)".to_owned());
            return wrong;
        }
        let residual = self.architecture.is_residual();
        if !self.branch_scale.is_finite() {
            wrong.push(format!("model.branch_scale is {}; it must be finite", self.branch_scale));
        }
        if self.positions == 0 || !self.inputs.is_multiple_of(self.positions) {
            wrong.push(format!(
                "data.positions is {}; X has {} columns, which are not as many whole positions",
                self.positions, self.inputs
            ));
            return wrong;
        }
        for at in 0..self.depth() {
            wrong.extend(self.check_stage(at, residual));
        }
        wrong.extend(self.check_ends(residual));
        wrong
    }

    fn check_stage(&self, at: usize, residual: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let (stage, n, index) = (self.stages[at], self.stage_inputs(at), self.essay_index(at));
        let (before, after) = (self.extent(at).columns(), self.extent(at + 1).columns());
        if stage.form == Form::Reduced && at > 0 && residual {
            wrong.push(format!(
                "f{index}.form is \"reduced\" in a residual composition: b = 1, c = 0 loses generality there, because the identity path carries u, not u b"
            ));
        } else if stage.form == Form::Reduced && stage.k != n {
            wrong.push(format!(
                "f{index}.form is \"reduced\", so its K must equal its inputs: K is {}, inputs are {n}",
                stage.k
            ));
        }
        if residual && before != after {
            wrong.push(format!(
                "f{index}: a residual stage adds its value to its input, so both need one dimension: inputs {before}, outputs {after}; set model.width to {before}, or lift and readout"
            ));
        }
        if !stage.alpha.is_finite() {
            wrong.push(format!("f{index}.alpha is {}; it must be finite", stage.alpha));
        }
        if let Over::Patches { width, reach, .. } = stage.over
            && (width.is_multiple_of(2) || reach.is_multiple_of(2))
        {
            wrong.push(format!(
                "f{index}.patch is {width} and its reach {reach}; both must be odd, so that a patch has a middle"
            ));
        }
        wrong
    }

    fn check_ends(&self, residual: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let end = self.extent(self.depth());
        let last = end.columns();
        if !residual && (self.lift != Lift::None || matches!(self.readout, Readout::Pad | Readout::Linear)) {
            wrong.push("model.lift and model.readout belong to residual compositions; a plain one changes dimension in any f⁽ⁱ⁾".to_owned());
        }
        if self.lift == Lift::Pad && self.stream_inputs() < self.inputs {
            wrong.push(format!(
                "model.lift = \"pad\" cannot shrink {} inputs to {}",
                self.inputs,
                self.stream_inputs()
            ));
        }
        match self.readout {
            Readout::None if last != self.outputs => wrong.push(format!(
                "f1 has {last} outputs and ŷ has {}: they must be equal{}",
                self.outputs,
                if residual { ", or model.readout be \"pad\" or \"linear\"" } else { "" }
            )),
            Readout::Pad if last < self.outputs => wrong.push(format!(
                "model.readout = \"pad\" takes the first coordinates: {last} are fewer than {} outputs",
                self.outputs
            )),
            Readout::Mean | Readout::Max if end.channels != self.outputs => wrong.push(format!(
                "f1 has {} channels and ŷ has {}: a pooled readout keeps the channels",
                end.channels, self.outputs
            )),
            Readout::None | Readout::Pad | Readout::Linear | Readout::Mean | Readout::Max => {}
        }
        wrong
    }
}
