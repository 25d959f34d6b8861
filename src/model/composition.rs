//! f = f⁽¹⁾∘…∘f⁽ᴸ⁾ in words: stages, how they are joined, their dimensions. Knows no coefficient.

use super::Activation;
use serde::{Deserialize, Serialize};

/// How stages are joined, from the innermost outwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// u ← f⁽ⁱ⁾(u).
    Plain,
    /// u ← s·f⁽ⁱ⁾(u) + u, nothing after the addition (He et al. 2016's identity path); s is the branch scale.
    Residual,
}

impl Architecture {
    /// The name in presets and on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Residual => "residual",
        }
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

/// One f⁽ⁱ⁾(U) = σ(U b + c) a + d.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// K, the number of basis elements: where the expansion is truncated.
    pub k: usize,
    /// m, the dimension of the values.
    pub outputs: usize,
    /// σ.
    pub sigma: Activation,
    /// Full, or reduced to b = 1, c = 0.
    pub form: Form,
}

/// The composition. Stages stand innermost first: `stages[0]` is f⁽ᴸ⁾, which acts on X.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Composition {
    /// Columns of X.
    pub inputs: usize,
    /// Columns of ŷ.
    pub outputs: usize,
    /// How the stages are joined.
    pub architecture: Architecture,
    /// s, by which every residual branch is multiplied.
    pub branch_scale: f64,
    /// From X into the residual stream.
    pub lift: Lift,
    /// From the residual stream to ŷ.
    pub readout: Lift,
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

    /// Columns of what enters the innermost stage.
    #[must_use]
    pub fn stream_inputs(&self) -> usize {
        match (self.lift, self.stages.first()) {
            (Lift::None, _) | (_, None) => self.inputs,
            (_, Some(first)) => first.outputs,
        }
    }

    /// n, the columns of U that `stages[at]` acts on.
    #[must_use]
    pub fn stage_inputs(&self, at: usize) -> usize {
        if at == 0 { self.stream_inputs() } else { self.stages[at - 1].outputs }
    }

    /// The first thing wrong with each part of the dimensions, as sentences.
    pub(super) fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.stages.is_empty() {
            wrong.push("a composition needs at least one f⁽ⁱ⁾ (model.depth is 0)".to_owned());
            return wrong;
        }
        let residual = self.architecture == Architecture::Residual;
        if !self.branch_scale.is_finite() {
            wrong.push(format!("model.branch_scale is {}; it must be finite", self.branch_scale));
        }
        for at in 0..self.depth() {
            let (stage, n, index) = (self.stages[at], self.stage_inputs(at), self.essay_index(at));
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
            if residual && stage.outputs != n {
                wrong.push(format!(
                    "f{index}: a residual stage adds its value to its input, so both need one dimension: inputs {n}, outputs {}; set model.width to {n}, or lift and readout",
                    stage.outputs
                ));
            }
        }
        wrong.extend(self.check_ends(residual));
        wrong
    }

    fn check_ends(&self, residual: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let last = self.stages[self.depth() - 1].outputs;
        if !residual && (self.lift != Lift::None || self.readout != Lift::None) {
            wrong.push("model.lift and model.readout belong to residual compositions; a plain one changes dimension in any f⁽ⁱ⁾".to_owned());
        }
        if self.lift == Lift::Pad && self.stream_inputs() < self.inputs {
            wrong.push(format!(
                "model.lift = \"pad\" cannot shrink {} inputs to {}",
                self.inputs,
                self.stream_inputs()
            ));
        }
        if self.readout == Lift::None && last != self.outputs {
            wrong.push(format!(
                "f1 has {last} outputs and ŷ has {}: they must be equal{}",
                self.outputs,
                if residual { ", or model.readout be \"pad\" or \"linear\"" } else { "" }
            ));
        }
        if self.readout == Lift::Pad && last < self.outputs {
            wrong.push(format!(
                "model.readout = \"pad\" takes the first coordinates: {last} are fewer than {} outputs",
                self.outputs
            ));
        }
        wrong
    }
}
