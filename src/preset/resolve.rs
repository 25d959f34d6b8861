//! The defaults that depend on other settings, all in one place. Knows no row and no text.

use super::names::{BranchScale, Classes, LikelihoodKind, PriorKind, StageKind};
use super::settings::{GroupPrior, Origin, Settings, slot};
use crate::data::{Csv, Plan, Source, Values};
use crate::model::{
    Activation, Composition, Form, Group, GroupPriors, Lift, Likelihood, Over, Prior, Readout, Scale, Scaling, Stage,
};
use crate::text::Clean;
use std::sync::Arc;

/// Classes that a likelihood may have.
pub(super) const MOST_CLASSES: u8 = 64;

impl Settings {
    /// The table that `[data]` names, if it was read.
    pub(super) fn table(&self) -> Option<&Csv> {
        let Origin::Csv(path) = &self.data.origin else { return None };
        let (inputs, outputs) = (&self.data.inputs, &self.data.outputs);
        let same = |csv: &&Csv| {
            csv.path == *path && csv.inputs == *inputs && csv.outputs == *outputs && csv.format == self.data.format
        };
        self.data.table.0.as_ref().filter(same)
    }

    /// Which data; none if the table has not been read.
    pub(super) fn plan(&self) -> Option<Plan> {
        let data = &self.data;
        let source = match &data.origin {
            Origin::Nothing => Source::Nothing,
            Origin::Named(named) => Source::Named(*named),
            Origin::Expression(expression) => Source::Expression(expression.clone()),
            Origin::Csv(_) => Source::Csv(self.table()?.clone()),
        };
        let (n, noise, design, range, test) = (data.n, data.noise, data.design, data.range, data.test);
        let (values, off) = (self.values(), data.off.clone());
        Some(Plan {
            source,
            columns: data.columns,
            scatter: data.scatter,
            n,
            noise,
            values,
            design,
            range,
            test,
            off,
            standardise: self.standardise(),
            positions: [data.positions, if self.model.readout == Readout::None { self.positions_after(1) } else { 1 }],
        })
    }

    /// Columns of X and values of f; 1 and 1 as long as a table has not been read. f has y's columns, or a logit a class.
    pub(super) fn dimensions(&self) -> (usize, usize) {
        let (inputs, outputs) = self.plan().map_or((1, 1), |plan| (plan.inputs(), plan.outputs()));
        (inputs, if self.likelihood.kind == LikelihoodKind::Categorical { self.classes() } else { outputs })
    }

    /// What y is made of.
    fn values(&self) -> Values {
        match self.likelihood.kind {
            LikelihoodKind::Gaussian | LikelihoodKind::StudentT | LikelihoodKind::Laplace => Values::Real,
            LikelihoodKind::Bernoulli => Values::Binary,
            LikelihoodKind::Categorical => Values::Classes(self.classes()),
            LikelihoodKind::Poisson => Values::Counts,
        }
    }

    /// m, the number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        match (self.likelihood.classes, self.table()) {
            (Classes::Of(classes), _) => classes,
            (Classes::Auto, None) => 2,
            (Classes::Auto, Some(csv)) => {
                let (values, first) = (csv.table.values(), csv.table.inputs().len());
                Values::classes_of(values.columns().into_iter().skip(first).flatten(), usize::from(MOST_CLASSES))
            }
        }
    }

    /// p(y | f(x)).
    #[must_use]
    pub fn likelihood(&self) -> Likelihood {
        let scale = self.scale();
        match self.likelihood.kind {
            LikelihoodKind::Gaussian => Likelihood::Gaussian { scale },
            LikelihoodKind::StudentT => Likelihood::StudentT { nu: self.likelihood.nu, scale },
            LikelihoodKind::Laplace => Likelihood::Laplace { scale },
            LikelihoodKind::Bernoulli => Likelihood::Bernoulli,
            LikelihoodKind::Categorical => Likelihood::Categorical,
            LikelihoodKind::Poisson => Likelihood::Poisson,
        }
    }

    /// Whether the data are a file's.
    #[must_use]
    pub fn is_csv(&self) -> bool {
        matches!(self.data.origin, Origin::Csv(_))
    }

    /// Whether columns are standardised.
    #[must_use]
    pub fn standardise(&self) -> bool {
        self.data.standardise.unwrap_or(self.is_csv())
    }

    /// The likelihood's scale.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.likelihood.scale.unwrap_or(if self.is_csv() { Scale::Learned } else { Scale::Fixed(0.1) })
    }

    /// s, by which residual branches are multiplied.
    #[must_use]
    pub fn branch_scale(&self) -> f64 {
        match self.model.branch_scale {
            BranchScale::Of(scale) => scale,
            #[expect(clippy::cast_precision_loss, reason = "at most 64 stages")]
            BranchScale::Auto if self.model.depth > 4 => 1.0 / (self.model.depth as f64).sqrt(),
            BranchScale::Auto => 1.0,
        }
    }

    /// Outputs of the inner f⁽ⁱ⁾.
    #[must_use]
    pub fn width(&self) -> usize {
        let channels = || self.dimensions().0.div_ceil(self.positions_after(self.model.depth));
        self.model.width.unwrap_or_else(|| if self.is_residual() { channels() } else { 1 })
    }

    /// Whether stages are added to an identity path.
    #[must_use]
    pub fn is_residual(&self) -> bool {
        self.model.architecture.is_residual()
    }

    /// Whether the composition has the stage with this essay index.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        (1..=self.model.depth).contains(&index)
    }

    /// Whether a row of X is a signal.
    #[must_use]
    pub fn is_signal(&self) -> bool {
        self.data.positions > 1
    }

    /// Whether any stage's σ has an α.
    #[must_use]
    pub fn has_alpha(&self) -> bool {
        (1..=self.model.depth).any(|index| self.sigma(index).has_alpha())
    }

    /// f⁽ⁱ⁾ by the essay's index.
    #[must_use]
    pub fn stage(&self, index: usize) -> Stage {
        let sigma = self.sigma(index);
        let written = self.stages.get(&index).and_then(|own| own.alpha).or(self.model.alpha);
        Stage {
            k: self.k(index),
            outputs: self.outputs(index),
            sigma,
            alpha: if sigma.has_alpha() { written.unwrap_or(sigma.usual_alpha()) } else { 0.0 },
            form: self.form(index),
            over: self.over(index),
        }
    }

    fn sigma(&self, index: usize) -> Activation {
        self.stages.get(&index).and_then(|own| own.sigma).unwrap_or(self.model.sigma)
    }

    fn over(&self, index: usize) -> Over {
        let (own, all) = (self.stages.get(&index), &self.model);
        match own.and_then(|own| own.kind).unwrap_or(all.kind) {
            StageKind::Dense => Over::Points,
            StageKind::Convolution => Over::Patches {
                width: own.and_then(|own| own.patch).unwrap_or(all.patch),
                reach: own.and_then(|own| own.reach).unwrap_or(all.reach),
                padding: own.and_then(|own| own.padding).unwrap_or(all.padding),
            },
        }
    }

    /// Positions of what leaves f⁽ⁱ⁾: the signal's own as long as only convolutions have acted on it.
    fn positions_after(&self, index: usize) -> usize {
        let convolved = (index..=self.model.depth).all(|index| self.over(index) != Over::Points);
        if convolved && self.model.lift == Lift::None { self.data.positions.max(1) } else { 1 }
    }

    fn k(&self, index: usize) -> usize {
        self.stages.get(&index).and_then(|own| own.k).unwrap_or(self.model.k)
    }

    /// In the reduced form the innermost stage stays full: it needs its b and c to place elements on X.
    fn form(&self, index: usize) -> Form {
        let inherited = if index < self.model.depth { self.model.form } else { Form::Full };
        self.stages.get(&index).and_then(|own| own.form).unwrap_or(inherited)
    }

    /// A stage that feeds a reduced one has as many outputs as that one has elements, or as fill one of its patches.
    fn outputs(&self, index: usize) -> usize {
        let plain = !self.is_residual();
        let pooled = matches!(self.model.readout, Readout::Mean | Readout::Max);
        self.stages.get(&index).and_then(|own| own.width).unwrap_or_else(|| match index {
            0 | 1 if plain && pooled => self.dimensions().1,
            0 | 1 if plain => self.dimensions().1.div_ceil(self.positions_after(1)),
            _ if plain && self.form(index - 1) == Form::Reduced => match self.over(index - 1) {
                Over::Points => self.k(index - 1).div_ceil(self.positions_after(index)),
                Over::Patches { width, .. } => self.k(index - 1).div_ceil(width.max(1)),
            },
            _ => self.width(),
        })
    }

    /// Rows of b of f⁽ⁱ⁾: what one application of it sees.
    fn inputs_of(&self, index: usize) -> usize {
        let f = self.composition();
        f.position(index).map_or(1, |at| f.stage_inputs(at))
    }

    /// The composition that is written down.
    pub(super) fn composition(&self) -> Composition {
        let (inputs, outputs) = self.dimensions();
        Composition {
            inputs,
            positions: self.data.positions,
            outputs,
            architecture: self.model.architecture,
            branch_scale: self.branch_scale(),
            lift: self.model.lift,
            readout: self.model.readout,
            stages: (1..=self.model.depth).rev().map(|index| self.stage(index)).collect(),
        }
        .with_ends_where_needed()
    }

    /// The priors of f⁽ⁱ⁾.
    #[must_use]
    pub fn priors(&self, index: usize) -> GroupPriors {
        let of = |group| {
            let at = Some(index);
            let (tau, scaling) = (self.tau(at, Some(group)), self.scaling(at, group));
            match self.prior_kind(at, group) {
                PriorKind::Flat => Prior::Flat,
                PriorKind::Gaussian => Prior::Gaussian { tau, scaling },
                PriorKind::Laplace => Prior::Laplace { scale: self.prior_scale(at, group), scaling },
                PriorKind::StudentT => Prior::StudentT { nu: self.prior_nu(at, group), tau, scaling },
            }
        };
        GroupPriors { a: of(Group::A), b: of(Group::B), c: of(Group::C), d: of(Group::D) }
    }

    /// A group's prior as the stage has it, where it has it, and as all stages have it.
    fn written(&self, stage: Option<usize>, group: Group) -> [GroupPrior; 2] {
        let at = slot(group).expect("only a, b, c and d have priors of their own");
        let own = stage.and_then(|index| self.stages.get(&index)).map(|own| own.prior.groups[at]);
        [own.unwrap_or_default(), self.prior.groups[at]]
    }

    pub(super) fn prior_kind(&self, stage: Option<usize>, group: Group) -> PriorKind {
        let [own, whole] = self.written(stage, group);
        own.kind.or(whole.kind).unwrap_or(PriorKind::Gaussian)
    }

    /// τ: the stage's own of the group, then the stage's, then the group's, then everybody's.
    pub(super) fn tau(&self, stage: Option<usize>, group: Option<Group>) -> f64 {
        let [own, whole] = group.map_or_else(Default::default, |group| self.written(stage, group));
        let stage = stage.and_then(|index| self.stages.get(&index)).and_then(|own| own.prior.tau);
        own.tau.or(stage).or(whole.tau).or(self.prior.tau).unwrap_or(1.0)
    }

    /// The scale of a group's Laplace prior: where it is not written, τ.
    pub(super) fn prior_scale(&self, stage: Option<usize>, group: Group) -> f64 {
        let [own, whole] = self.written(stage, group);
        own.scale.or(whole.scale).unwrap_or_else(|| self.tau(stage, Some(group)))
    }

    pub(super) fn prior_nu(&self, stage: Option<usize>, group: Group) -> f64 {
        let [own, whole] = self.written(stage, group);
        own.nu.or(whole.nu).unwrap_or(3.0)
    }

    /// Whether the group's prior is of one of `kinds` in any stage.
    pub(super) fn has_prior(&self, group: Group, kinds: &[PriorKind]) -> bool {
        (1..=self.model.depth).any(|index| kinds.contains(&self.prior_kind(Some(index), group)))
    }

    pub(super) fn scaling(&self, stage: Option<usize>, group: Group) -> Scaling {
        let [own, whole] = self.written(stage, group);
        let terms = || match group {
            Group::A => true,
            Group::B => self.inputs_of(stage.unwrap_or(self.model.depth)) > 1,
            Group::C | Group::D | Group::Lift | Group::Readout | Group::LogScale => false,
        };
        own.scaling.or(whole.scaling).unwrap_or_else(|| if terms() { Scaling::PerUnit } else { Scaling::None })
    }

    /// The same table with more rows takes its place; whether it is this one's.
    pub fn grow(&mut self, csv: &Csv) -> bool {
        let own = self.data.origin == Origin::Csv(csv.path.clone());
        if own {
            self.data.table.0 = Some(csv.clone());
        }
        own
    }

    /// Keeps a table that was read.
    pub(super) fn keep(&mut self, path: &Clean, table: crate::data::csv::Table) {
        let (inputs, outputs) = (self.data.inputs.clone(), self.data.outputs.clone());
        let format = self.data.format;
        self.data.table.0 =
            Some(Csv { path: path.clone(), inputs, outputs, format, table: Arc::new(table), arrived: Vec::new() });
    }
}
