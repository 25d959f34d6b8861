//! The defaults that depend on other settings, all in one place. Knows no row and no text.

use super::names::{BranchScale, PriorKind};
use super::settings::{GroupPrior, Origin, Settings, slot};
use crate::data::{Csv, Plan, Source};
use crate::model::{Architecture, Form, Group, GroupPriors, Lift, Prior, Scale, Scaling, Stage};
use crate::text::Clean;
use std::sync::Arc;

impl Settings {
    /// The table that `[data]` names, if it was read.
    pub(super) fn table(&self) -> Option<&Csv> {
        let Origin::Csv(path) = &self.data.origin else { return None };
        let (inputs, outputs) = (&self.data.inputs, &self.data.outputs);
        self.data.table.0.as_ref().filter(|csv| csv.path == *path && csv.inputs == *inputs && csv.outputs == *outputs)
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
        Some(Plan { source, n, noise, design, range, test, standardise: self.standardise() })
    }

    /// Columns of X and of y; 1 and 1 as long as a table has not been read.
    pub(super) fn dimensions(&self) -> (usize, usize) {
        self.plan().map_or((1, 1), |plan| (plan.inputs(), plan.outputs()))
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
        self.model.width.unwrap_or_else(|| if self.is_residual() { self.dimensions().0 } else { 1 })
    }

    /// Whether stages are added to an identity path.
    #[must_use]
    pub fn is_residual(&self) -> bool {
        self.model.architecture == Architecture::Residual
    }

    /// Whether the composition has the stage with this essay index.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        (1..=self.model.depth).contains(&index)
    }

    /// f⁽ⁱ⁾ by the essay's index.
    #[must_use]
    pub fn stage(&self, index: usize) -> Stage {
        let sigma = self.stages.get(&index).and_then(|own| own.sigma).unwrap_or(self.model.sigma);
        Stage { k: self.k(index), outputs: self.outputs(index), sigma, form: self.form(index) }
    }

    fn k(&self, index: usize) -> usize {
        self.stages.get(&index).and_then(|own| own.k).unwrap_or(self.model.k)
    }

    /// In the reduced form the innermost stage stays full: it needs its b and c to place elements on X.
    fn form(&self, index: usize) -> Form {
        let inherited = if index < self.model.depth { self.model.form } else { Form::Full };
        self.stages.get(&index).and_then(|own| own.form).unwrap_or(inherited)
    }

    /// A stage that feeds a reduced one has as many outputs as that one has elements.
    fn outputs(&self, index: usize) -> usize {
        let plain = !self.is_residual();
        self.stages.get(&index).and_then(|own| own.width).unwrap_or_else(|| match index {
            0 | 1 if plain => self.dimensions().1,
            _ if plain && self.form(index - 1) == Form::Reduced => self.k(index - 1),
            _ => self.width(),
        })
    }

    /// Columns of what f⁽ⁱ⁾ acts on.
    pub(super) fn inputs_of(&self, index: usize) -> usize {
        match self.model.lift {
            _ if index < self.model.depth => self.outputs(index + 1),
            Lift::None => self.dimensions().0,
            Lift::Pad | Lift::Linear => self.outputs(index),
        }
    }

    /// The priors of f⁽ⁱ⁾.
    #[must_use]
    pub fn priors(&self, index: usize) -> GroupPriors {
        let of = |group| {
            let at = Some(index);
            match self.prior_kind(at, group) {
                PriorKind::Flat => Prior::Flat,
                PriorKind::Gaussian => {
                    Prior::Gaussian { tau: self.tau(at, Some(group)), scaling: self.scaling(at, group) }
                }
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

    pub(super) fn scaling(&self, stage: Option<usize>, group: Group) -> Scaling {
        let [own, whole] = self.written(stage, group);
        let terms = || match group {
            Group::A => true,
            Group::B => self.inputs_of(stage.unwrap_or(self.model.depth)) > 1,
            Group::C | Group::D | Group::Lift | Group::Readout | Group::LogScale => false,
        };
        own.scaling.or(whole.scaling).unwrap_or_else(|| if terms() { Scaling::PerUnit } else { Scaling::None })
    }

    /// Keeps a table that was read.
    pub(super) fn keep(&mut self, path: &Clean, table: crate::data::csv::Table) {
        let (inputs, outputs) = (self.data.inputs.clone(), self.data.outputs.clone());
        self.data.table.0 = Some(Csv { path: path.clone(), inputs, outputs, table: Arc::new(table) });
    }
}
