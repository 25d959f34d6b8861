//! What a run watches of itself while it learns: since when its settings hold, whether a stop rule has ended it, and the
//! critical λ of its data. Knows no clock.

use super::{History, Trend};
use crate::bayes::{Threshold, threshold};
use crate::data::Dataset;
use crate::learn::{Rule, Stop};
use crate::preset::Experiment;
use std::sync::Arc;

/// Plain data: a copy of a run goes on with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// Steps done at the last change.
    pub since: u64,
    /// The rule that has ended the run.
    pub stopped: Option<Rule>,
    /// The rules that somebody went on regardless of, and what they were.
    overruled: Vec<Rule>,
    rules: Stop,
    /// The critical λ of this experiment and these data.
    threshold: Option<(Arc<Experiment>, Arc<Dataset>, Option<Threshold>)>,
}

impl Watch {
    /// Something was changed at `step`: what was seen before does not tell of it. Rules that were changed hold again.
    pub fn changed(&mut self, step: u64, rules: Stop) {
        (self.since, self.stopped) = (step, None);
        if rules != self.rules {
            self.overruled.clear();
        }
        self.rules = rules;
    }

    /// On, regardless of the rule that has ended it.
    pub fn go_on(&mut self, rules: Stop) {
        self.overruled.extend(self.stopped.take());
        self.rules = rules;
    }

    /// The limit of a rule, unless it was overruled.
    pub fn limit(&self, rules: &Stop, rule: Rule) -> Option<f64> {
        rules.limit(rule).filter(|_| !self.overruled.contains(&rule))
    }

    /// Which rule ends the run at `step`, the end of a bucket; `loss` is that of all training rows, if it is asked for.
    pub fn judge(&self, rules: &Stop, history: &History, step: u64, loss: impl FnOnce() -> f64) -> Option<Rule> {
        if let Some(limit) = self.limit(rules, Rule::Loss)
            && loss() <= limit
        {
            return Some(Rule::Loss);
        }
        let limit = self.limit(rules, Rule::Plateau)?;
        Trend::of(history, self.since, step).is_some_and(|trend| trend.fall() < limit).then_some(Rule::Plateau)
    }

    /// λ and its critical value; found once for an experiment and its data.
    pub fn threshold(&mut self, experiment: &Arc<Experiment>, data: &Arc<Dataset>) -> Option<Threshold> {
        if let Some((known, of, found)) = &self.threshold
            && Arc::ptr_eq(known, experiment)
            && Arc::ptr_eq(of, data)
        {
            return *found;
        }
        let found = critical_of(experiment, data);
        self.threshold = Some((experiment.clone(), data.clone(), found));
        found
    }
}

/// λ and its critical value; none where something is held.
pub(super) fn critical_of(experiment: &Experiment, data: &Dataset) -> Option<Threshold> {
    let free = experiment.hold.is_empty() && experiment.hold_elements.is_empty();
    free.then(|| threshold(&experiment.model, &data.train, experiment.learn.tempering())).flatten()
}
