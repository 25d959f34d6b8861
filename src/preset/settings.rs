//! Everything a user writes down, plain and cloneable: the truth that rows look at and TOML spells.
//! Knows no text and no experiment; what depends on other settings is left open here and resolved in `resolve`.

use super::names::{BranchScale, Classes, GROUPS, Improper, LikelihoodKind, NAMED, PriorKind, StageKind};
use super::opening::View;
use crate::data::csv::Format;
use crate::data::{Csv, Design, Expression, Named, Scatter};
use crate::function::Init;
use crate::learn;
use crate::model::{Activation, Architecture, Form, Group, Lift, Padding, Readout, Scale, Scaling};
use crate::text::{Clean, nearest};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The stages a composition may have: f1 is the outermost.
pub const DEEPEST: usize = 64;

/// One run's settings. `None` means: not written, so the default that depends on the others holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// One line on top of the screen.
    pub title: Clean,
    /// What to look at, what to try; a line of `---` ends a page.
    pub notes: Vec<Clean>,
    /// The master seed.
    pub seed: u64,
    /// Steps of `train`; the screen goes on until it is paused.
    pub steps: u64,
    /// (X, y).
    pub data: DataSettings,
    /// The composition.
    pub model: ModelSettings,
    /// What single stages do otherwise, by the essay's index; only stages that differ are in it.
    pub stages: BTreeMap<usize, StageSettings>,
    /// p(y | f(x)).
    pub likelihood: LikelihoodSettings,
    /// p(θ) of every stage.
    pub prior: PriorSettings,
    /// From prior to belief.
    pub learn: learn::Plan,
    /// What ends a run before its last step.
    pub stop: learn::Stop,
    /// The screen when the preset opens.
    pub view: View,
}

/// `[data]`.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSettings {
    /// Where the values come from.
    pub origin: Origin,
    /// Columns of X in a CSV; the first if empty.
    pub inputs: Vec<Clean>,
    /// Columns of y in a CSV; the last if empty.
    pub outputs: Vec<Clean>,
    /// How the CSV is written.
    pub format: Format,
    /// Rows to draw.
    pub n: usize,
    /// Standard deviation of the noise on a target.
    pub noise: f64,
    /// How that noise is distributed.
    pub scatter: Scatter,
    /// How inputs lie in the range.
    pub design: Design,
    /// Least and greatest input.
    pub range: [f64; 2],
    /// The fraction held out.
    pub test: f64,
    /// Training rows that are switched off, by number from 1.
    pub off: Vec<usize>,
    /// Columns of X where there are no data.
    pub columns: usize,
    /// T: X's columns are a signal of so many positions, channels last; 1 for plain columns.
    pub positions: usize,
    /// Whether columns are standardised; true for a CSV if not written.
    pub standardise: Option<bool>,
    /// The table that was read for `origin`, kept so that later changes need no file.
    pub table: Read,
}

/// Where the values come from, as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// No data.
    Nothing,
    /// A named target.
    Named(Named),
    /// An expression in x.
    Expression(Expression),
    /// A file.
    Csv(Clean),
}

impl Origin {
    /// What a target's text means.
    ///
    /// # Errors
    /// Why it is neither "none", nor a name, nor an expression.
    pub fn target(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "none" {
            return Ok(Self::Nothing);
        }
        if let Some(named) = Named::ALL.into_iter().find(|named| named.name() == text) {
            return Ok(Self::Named(named));
        }
        Expression::parse(text).map(Self::Expression).map_err(|why| match nearest(text, NAMED.iter().copied()) {
            Some(near) => format!("{why}; nearest name: {near}"),
            None => why,
        })
    }

    /// The target's text, or the file's name.
    #[must_use]
    pub fn text(&self) -> Clean {
        match self {
            Self::Nothing => Clean::from("none"),
            Self::Named(named) => Clean::from(named.name()),
            Self::Expression(expression) => expression.text().clone(),
            Self::Csv(path) => path.clone(),
        }
    }
}

/// A table already read. It is no setting but follows from them: two settings that name one file are equal, whether it
/// was read or not.
#[derive(Clone, Debug, Default)]
pub struct Read(pub Option<Csv>);

impl PartialEq for Read {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// `[model]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSettings {
    /// How stages are joined.
    pub architecture: Architecture,
    /// s.
    pub branch_scale: BranchScale,
    /// L.
    pub depth: usize,
    /// K of every f⁽ⁱ⁾.
    pub k: usize,
    /// Outputs of the inner f⁽ⁱ⁾; 1, and X's dimension in a residual composition, if not written.
    pub width: Option<usize>,
    /// From X into a residual stream.
    pub lift: Lift,
    /// From the stream to ŷ.
    pub readout: Readout,
    /// Starting values of a linear lift, in rows.
    pub lift_start: Option<Vec<Vec<f64>>>,
    /// Starting values of a linear readout, in rows.
    pub readout_start: Option<Vec<Vec<f64>>>,
    /// σ.
    pub sigma: Activation,
    /// α of a σ that has one; the usual one if not written.
    pub alpha: Option<f64>,
    /// Dense or convolution.
    pub kind: StageKind,
    /// W, the positions of a convolution's patch.
    pub patch: usize,
    /// The positions that a convolution's a sees.
    pub reach: usize,
    /// What lies beyond the ends of a signal.
    pub padding: Padding,
    /// Reduced: every f⁽ⁱ⁾ but the innermost has b = 1, c = 0.
    pub form: Form,
    /// How θ starts.
    pub init: Init,
    /// c ~ N(0, `bias_sd`²) at the start.
    pub bias_sd: f64,
}

/// `[f3]`: what one stage does otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageSettings {
    /// Its K.
    pub k: Option<usize>,
    /// Its outputs.
    pub width: Option<usize>,
    /// Its σ.
    pub sigma: Option<Activation>,
    /// Its α.
    pub alpha: Option<f64>,
    /// Dense or convolution.
    pub kind: Option<StageKind>,
    /// Its patch.
    pub patch: Option<usize>,
    /// Its reach.
    pub reach: Option<usize>,
    /// Its padding.
    pub padding: Option<Padding>,
    /// Its form.
    pub form: Option<Form>,
    /// Its prior.
    pub prior: PriorSettings,
    /// Its starting values of a, b, c, d, in rows; c and d have one row.
    pub given: [Option<Vec<Vec<f64>>>; 4],
    /// Groups that are not trained.
    pub hold: Vec<Group>,
    /// Elements that are not trained, by number from 1.
    pub hold_elements: Vec<usize>,
}

/// `[likelihood]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LikelihoodSettings {
    /// Its family.
    pub kind: LikelihoodKind,
    /// s; 0.1, and learned for a CSV, if not written.
    pub scale: Option<Scale>,
    /// ν of Student's t.
    pub nu: f64,
    /// m, the number of classes.
    pub classes: Classes,
}

/// `[prior]`, of all stages or of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriorSettings {
    /// τ of all four groups.
    pub tau: Option<f64>,
    /// Whether a posterior may be improper; of all stages only.
    pub improper: Improper,
    /// Of a, b, c, d.
    pub groups: [GroupPrior; 4],
}

/// `prior.a`: one group's prior, where it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GroupPrior {
    /// Its family.
    pub kind: Option<PriorKind>,
    /// Its τ.
    pub tau: Option<f64>,
    /// The scale of a Laplace prior; τ if not written.
    pub scale: Option<f64>,
    /// ν of Student's t; 3 if not written.
    pub nu: Option<f64>,
    /// Whether τ² is shared out among the terms.
    pub scaling: Option<Scaling>,
}

/// Where settings keep what belongs to `group`; none for what no stage has.
#[must_use]
pub fn slot(group: Group) -> Option<usize> {
    GROUPS.iter().position(|(_, listed)| *listed == group)
}

impl Settings {
    /// The notes by pages.
    pub fn pages(&self) -> impl Iterator<Item = &[Clean]> {
        self.notes.split(|line| line.trim() == "---").filter(|page| !page.is_empty())
    }

    /// What the stage with this essay index does otherwise, to be written to.
    pub(super) fn stage_mut(&mut self, index: usize) -> &mut StageSettings {
        self.stages.entry(index).or_default()
    }

    /// Forgets stages that do nothing otherwise, so that equal settings are equal values.
    pub(super) fn tidy(&mut self) {
        self.stages.retain(|_, stage| *stage != StageSettings::default());
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            title: Clean::default(),
            notes: Vec::new(),
            seed: 1,
            steps: 5000,
            data: DataSettings::default(),
            model: ModelSettings::default(),
            stages: BTreeMap::new(),
            likelihood: LikelihoodSettings::default(),
            prior: PriorSettings::default(),
            learn: learn::Plan::default(),
            stop: learn::Stop::default(),
            view: View::default(),
        }
    }
}

impl Default for DataSettings {
    fn default() -> Self {
        // Every line of the configuration is compared with the default, in every picture: it is parsed once.
        static ORIGIN: LazyLock<Origin> =
            LazyLock::new(|| Origin::target("sin(2*x)").expect("the default target is an expression"));
        Self {
            origin: ORIGIN.clone(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            format: Format::default(),
            n: 200,
            noise: 0.1,
            scatter: Scatter::Gaussian,
            design: Design::Uniform,
            range: [-3.0, 3.0],
            test: 0.25,
            off: Vec::new(),
            columns: 1,
            positions: 1,
            standardise: None,
            table: Read(None),
        }
    }
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            architecture: Architecture::Plain,
            branch_scale: BranchScale::Auto,
            depth: 3,
            k: 16,
            width: None,
            lift: Lift::None,
            readout: Readout::None,
            lift_start: None,
            readout_start: None,
            sigma: Activation::Relu,
            alpha: None,
            kind: StageKind::Dense,
            patch: 5,
            reach: 1,
            padding: Padding::Zero,
            form: Form::Full,
            init: Init::He,
            bias_sd: 0.5,
        }
    }
}

impl Default for LikelihoodSettings {
    fn default() -> Self {
        Self { kind: LikelihoodKind::Gaussian, scale: None, nu: 4.0, classes: Classes::Auto }
    }
}
