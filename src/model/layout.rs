//! θ as one flat vector of named blocks. Knows where each block lies, not what it holds.

use super::{Form, Lift, Model, Readout, Scale};
use std::ops::Range;

/// The letter of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// a: K×m, the heights (`W_a`·K×m where a convolution's a sees several positions).
    A,
    /// b: n×K, the inverse widths.
    B,
    /// c: K, with b the locations.
    C,
    /// d: m, the offsets.
    D,
    /// n×p, X into the residual stream.
    Lift,
    /// p×m, the residual stream to ŷ.
    Readout,
    /// ρ = log s, the logarithm of the likelihood's scale.
    LogScale,
}

impl Group {
    /// A stable number for random streams.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::A => 1,
            Self::B => 2,
            Self::C => 3,
            Self::D => 4,
            Self::Lift => 5,
            Self::Readout => 6,
            Self::LogScale => 7,
        }
    }
}

/// One named block of θ, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// `f3.b`, `lift`, `likelihood.log_scale`: the tensor's name in files.
    pub name: String,
    /// Its letter.
    pub group: Group,
    /// Where its stage stands in `Composition::stages`.
    pub stage: Option<usize>,
    /// Rows and columns; a vector has one row.
    pub shape: [usize; 2],
    /// Where it lies in θ.
    pub at: Range<usize>,
}

impl Block {
    /// The shape as a tensor file writes it: c, d and the scale are vectors.
    #[must_use]
    pub fn tensor_shape(&self) -> Vec<usize> {
        match self.group {
            Group::C | Group::D | Group::LogScale => vec![self.shape[1]],
            Group::A | Group::B | Group::Lift | Group::Readout => self.shape.to_vec(),
        }
    }
}

/// The blocks of θ in order: lift, the stages innermost first (each b, c, a, d), readout, scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// In the order in which they lie.
    pub blocks: Vec<Block>,
}

impl Layout {
    pub(super) fn of(model: &Model) -> Self {
        let f = &model.f;
        let mut blocks = Blocks::default();
        if f.lift == Lift::Linear {
            blocks.push("lift".to_owned(), Group::Lift, None, [f.inputs, f.stream_inputs()]);
        }
        for (at, stage) in f.stages.iter().enumerate() {
            let (n, k, m, index) = (f.stage_inputs(at), stage.k, stage.outputs, f.essay_index(at));
            let elements = f.stage_elements(at);
            if stage.form == Form::Full {
                blocks.push(format!("f{index}.b"), Group::B, Some(at), [n, k]);
                blocks.push(format!("f{index}.c"), Group::C, Some(at), [1, k]);
            }
            blocks.push(format!("f{index}.a"), Group::A, Some(at), [elements, m]);
            blocks.push(format!("f{index}.d"), Group::D, Some(at), [1, m]);
        }
        if f.readout == Readout::Linear {
            let stream = f.extent(f.depth()).columns();
            blocks.push("readout".to_owned(), Group::Readout, None, [stream, f.outputs]);
        }
        if model.likelihood.scale() == Some(Scale::Learned) {
            blocks.push("likelihood.log_scale".to_owned(), Group::LogScale, None, [1, 1]);
        }
        Self { blocks: blocks.done }
    }

    /// P, the number of coefficients.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.at.end)
    }

    /// Whether there is nothing to learn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The block of `group` in the stage at position `stage` (none for lift, readout and scale).
    #[must_use]
    pub fn find(&self, stage: Option<usize>, group: Group) -> Option<&Block> {
        self.blocks.iter().find(|block| block.stage == stage && block.group == group)
    }

    /// The block that coordinate `at` of θ belongs to.
    #[must_use]
    pub fn block_of(&self, at: usize) -> Option<&Block> {
        self.blocks.iter().find(|block| block.at.contains(&at))
    }

    /// All coordinates of the stage at position `stage`: they lie together.
    #[must_use]
    pub fn stage(&self, stage: usize) -> Range<usize> {
        let mut of_stage = self.blocks.iter().filter(|block| block.stage == Some(stage));
        let first = of_stage.next().map_or(0..0, |block| block.at.clone());
        first.start..of_stage.next_back().map_or(first.end, |block| block.at.end)
    }
}

#[derive(Default)]
struct Blocks {
    done: Vec<Block>,
    end: usize,
}

impl Blocks {
    fn push(&mut self, name: String, group: Group, stage: Option<usize>, shape: [usize; 2]) {
        let start = self.end;
        self.end += shape[0] * shape[1];
        self.done.push(Block { name, group, stage, shape, at: start..self.end });
    }
}
