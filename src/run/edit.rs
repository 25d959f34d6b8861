//! Changing a run while it learns: what is kept, what is journalled, and what takes it back. Knows no time.

use super::journal::Back;
use super::revive::revive;
use super::{Entry, Frame, Health, Keyframe, Refusal, Run, RunSpec, draw, posterior, resolve};
use crate::bayes::{LogDensity, real};
use crate::data::Csv;
use crate::function::{Transform, carry, start_on, through, transform};
use crate::learn::{Batch, Decay, Learner, Plan, Precision, State, Way};
use crate::model::{Coefficients, Composition, Group};
use crate::preset::{Change, Experiment, Path, Settings};
use crate::seeds::Seeds;
use crate::text::{Clean, grouped};
use std::ops::Range;
use std::sync::Arc;

impl Run {
    /// The same run again under another name: what it has learned, its history and its past.
    #[must_use]
    pub fn copied(&self, spec: &RunSpec) -> Self {
        let mut copy = Self { id: spec.id, name: spec.name.clone(), settings: spec.settings.clone(), ..self.clone() };
        // Its walks and what it has lent are the other's.
        copy.sampling.forget();
        copy
    }

    /// Makes one change, journalled with its step and undoable. Answers with one sentence for the user.
    ///
    /// # Errors
    /// When the change does not lead to a valid experiment; nothing has changed then, but it has its place in the order of what
    /// can be taken back.
    pub fn change(&mut self, change: &Change) -> Result<String, Refusal> {
        let made = self.make(change);
        self.journal.forget_undone();
        made
    }

    /// Makes one change as a part of the last one, so that both are taken back together: a drag is one edit.
    ///
    /// # Errors
    /// When the change does not lead to a valid experiment; nothing has changed then.
    pub fn join(&mut self, change: &Change) -> Result<String, Refusal> {
        if !self.journal.can_join() {
            return self.change(change);
        }
        let entry = self.entry(change);
        let made = self.carry_out(change)?;
        self.watched();
        self.journal.join(entry);
        Ok(made.sentence)
    }

    /// More rows of the table have come: it learns on, from all of them. That is no change of the experiment's, and cannot be
    /// taken back.
    ///
    /// # Errors
    /// When nothing can be learned from the table as it is now, or its data are others.
    pub fn grow(&mut self, csv: &Csv) -> Result<String, Refusal> {
        let mut settings = self.settings.clone();
        if !settings.grow(csv) {
            return Err(Refusal(Clean::from("its data are not that table's")));
        }
        self.settle(settings)?;
        self.watched();
        Ok(String::new())
    }

    /// Takes back the last change: a setting by appending its inverse while learning goes on, whatever has cost f something by
    /// going back to the keyframe before it.
    ///
    /// # Errors
    /// When there is nothing to take back.
    pub fn undo(&mut self) -> Result<String, Refusal> {
        let entry = self.journal.pop_done().ok_or_else(|| Refusal(Clean::from("nothing to undo")))?;
        let mut sentence = format!("undone: {}", entry.change);
        match entry.back {
            Back::State(keyframe) => {
                let table = self.settings.data.table.0.clone();
                self.seek(*keyframe);
                // Rows that have come since stay.
                if let Some(csv) = table.filter(|csv| self.settings.data.table.0.as_ref() != Some(csv)) {
                    self.grow(&csv)?;
                }
            }
            Back::Setting(inverse) => {
                let inverted = self.entry(&inverse);
                // Elements that were added go again, with what they have learned.
                let lost = match self.set(&inverse) {
                    Ok(made) => made.sentence,
                    Err(refusal) => {
                        // It has its place in the order of what was taken back, as a refused change has.
                        self.journal.push_undone(entry.change);
                        return Err(refusal);
                    }
                };
                if !lost.is_empty() {
                    sentence = format!("{sentence}; {lost}");
                }
                self.journal.note(inverted);
            }
            Back::Lost => "what was learned before that draw is no longer kept".clone_into(&mut sentence),
            Back::Nothing => {}
        }
        self.journal.push_undone(entry.change);
        self.watched();
        Ok(sentence)
    }

    /// Makes the last undone change again.
    ///
    /// # Errors
    /// When there is nothing to do again.
    pub fn redo(&mut self) -> Result<String, Refusal> {
        let change = self.journal.pop_undone().ok_or_else(|| Refusal(Clean::from("nothing to redo")))?;
        self.make(&change)?;
        Ok(format!("redone: {change}"))
    }

    /// What was seen so far is of other settings.
    fn watched(&mut self) {
        self.watch.changed(self.learner.step(), self.experiment.stop);
    }

    fn make(&mut self, change: &Change) -> Result<String, Refusal> {
        let entry = self.entry(change);
        let before = Box::new(self.keyframe());
        let made = self.carry_out(change).inspect_err(|_| self.journal.push_refused(entry.change.clone()))?;
        let back = match change {
            Change::Set(path, _) | Change::Clear(path) if made.is_kept => {
                Back::Setting(inverse(&before.settings, path))
            }
            _ => Back::State(before),
        };
        self.watched();
        self.journal.push(entry, back);
        Ok(made.sentence)
    }

    /// What the journal will say of a change that is about to be made.
    fn entry(&self, change: &Change) -> Entry {
        let was = match change {
            Change::Set(path, _) | Change::Clear(path) => path.row().kind.show(&self.settings.get(path)),
            _ => String::new(),
        };
        Entry { step: self.learner.step(), change: change.clone(), was }
    }

    fn carry_out(&mut self, change: &Change) -> Result<Made, Refusal> {
        let of_theta = |sentence| Made { sentence, is_kept: false };
        match change {
            Change::Set(..) | Change::Clear(_) => self.set(change),
            Change::Redraw { stage } => self.attempt(|run| run.redraw(*stage)).map(of_theta),
            Change::Revive => self.attempt(Self::revive).map(of_theta),
            Change::Transform(how) => self.attempt(|run| run.transform(how)).map(of_theta),
            Change::Seek { step } => self.seek_step(*step).map(of_theta),
        }
    }

    /// Writes or unwrites a setting and settles what follows from it.
    fn set(&mut self, change: &Change) -> Result<Made, Refusal> {
        let mut settings = self.settings.clone();
        match change {
            Change::Set(path, value) => {
                settings.set(path, value.clone()).map_err(|why| Refusal(Clean::from(why.as_str())))?;
            }
            Change::Clear(path) => settings.clear(path),
            _ => {}
        }
        self.settle(settings)
    }

    /// New starting coefficients for one f⁽ⁱ⁾ (the essay's index) or for all: the next draw of the same seed.
    fn redraw(&mut self, stage: Option<usize>) -> Result<String, Refusal> {
        let model = &self.experiment.model;
        let fresh = start_on(
            model,
            &self.experiment.start,
            Seeds(self.experiment.seed),
            self.redraws + 1,
            self.data.train.x.view(),
        );
        let mut theta = self.learner.theta().to_vec();
        let which: Range<usize> = match stage {
            None => 0..theta.len(),
            Some(index) => {
                let at = model.f.position(index);
                let at = at.ok_or_else(|| Refusal(Clean::from(format!("there is no f{index} to redraw").as_str())))?;
                model.layout().stage(at)
            }
        };
        theta[which.clone()].copy_from_slice(&fresh[which]);
        self.redraws += 1;
        self.restart(theta)?;
        Ok(stage.map_or_else(
            || "every f⁽ⁱ⁾ is drawn anew".to_owned(),
            |index| format!("f{index} is drawn anew; the others keep what they learned"),
        ))
    }

    /// New starting coefficients for every f⁽ⁱ⁾ in which what comes in is lost.
    fn revive(&mut self) -> Result<String, Refusal> {
        if !Health::of(&self.function(), &self.data, &[]).collapsed {
            return Err(Refusal(Clean::from("ŷ is no constant: nothing is to be revived")));
        }
        let (x, start, seeds) = (self.data.train.x.view(), &self.experiment.start, Seeds(self.experiment.seed));
        let fresh = |draw| start_on(&self.experiment.model, start, seeds, draw, x);
        let revived = revive(&self.function(), self.data.train.seen().0, self.redraws, &fresh)?;
        self.redraws = revived.draw;
        self.restart(revived.theta)?;
        Ok(revived.sentence)
    }

    /// An operation on θ. Where it changes the model's shape, the settings that describe it change with it.
    fn transform(&mut self, how: &Transform) -> Result<String, Refusal> {
        let before = self.function();
        let kept = transform(&before, how, Seeds(self.experiment.seed)).map_err(|why| Refusal(why.0))?;
        let refused = |why: &str| Refusal(Clean::new(why, 360));
        let settings = self.settings.transformed(how).map_err(|why| refused(&why))?;
        let prior = |run: &mut Self| {
            let theta = run.learner.theta().to_vec();
            run.posterior.at(&theta, None).map_or(f64::NAN, |parts| parts.prior)
        };
        let prior_before = prior(self);
        if settings != self.settings {
            let experiment = resolve(&settings)?;
            if experiment.model.f != kept.now.model.f {
                return Err(refused(&format!("{how}: no settings describe the function that would come of it")));
            }
            self.experiment = Arc::new(experiment);
            self.settings = settings;
            self.posterior = posterior(&self.experiment, &self.data);
        }
        self.restart(kept.now.theta.to_vec())?;
        Ok(match how {
            Transform::Reduce | Transform::Rebalance { .. } => {
                let x = self.data.train.x.view();
                let now = through(&self.function(), x).f - through(&before, x).f;
                let moved = now.iter().fold(0.0_f64, |most, change| most.max(change.abs()));
                let change = format!("max |Δf| {moved:.0e}, log prior {prior_before:.1} → {:.1}", prior(self));
                format!("{}; {}", kept.sentence, change.replace('-', "−"))
            }
            _ => kept.sentence,
        })
    }

    /// Back to an earlier step's coefficients, which the settings of now take over as far as they can.
    fn seek_step(&mut self, step: u64) -> Result<String, Refusal> {
        let frame = self.past.at(step).ok_or_else(|| {
            Refusal(Clean::from(format!("nothing is kept of step {} or before", grouped(step)).as_str()))
        })?;
        let Frame { step, experiment, data, learner } = (*frame).clone();
        let same = experiment.model == self.experiment.model && experiment.learn.way == self.experiment.learn.way;
        let lost = if same && Arc::ptr_eq(&data, &self.data) {
            self.learner = learner;
            self.learner.retune(&self.experiment.learn);
            self.begun();
            String::new()
        } else {
            let x = self.data.train.x.view();
            let now = &self.experiment;
            let fresh = start_on(&now.model, &now.start, Seeds(now.seed), self.redraws, x);
            let kept = carry(&frame.function(), &now.model, &fresh);
            self.restart(kept.now.theta.to_vec())?;
            self.learner.go_on_from(step);
            format!("; the settings are those of now: {}", kept.sentence)
        };
        self.diverged = None;
        self.history.cut(step);
        self.past.cut(step);
        Ok(format!("on from step {}{lost}", grouped(step)))
    }

    fn function(&self) -> Coefficients {
        Coefficients::new(self.experiment.model.clone(), self.learner.theta()).expect("θ has the model's layout")
    }

    /// Goes on from `theta` with fresh moments, or finds the posterior anew; the step count goes on.
    fn restart(&mut self, theta: Vec<f64>) -> Result<(), Refusal> {
        let experiment = &self.experiment;
        let given = Coefficients::new(experiment.model.clone(), theta).expect("θ has the model's layout");
        let (seeds, step) = (Seeds(experiment.seed), self.learner.step());
        let learner = Learner::begin(&experiment.learn, &given, &self.data, &experiment.held(), seeds);
        self.learner = learner.map_err(|why| Refusal(why.0))?;
        self.learner.go_on_from(step);
        self.diverged = None;
        self.begun();
        Ok(())
    }

    /// There is another learner: what belonged to the last one is over.
    fn begun(&mut self) {
        self.settled = false;
        self.sampling.forget();
    }

    /// What is refused leaves all as it was; the learner is only ever replaced by one that exists.
    fn attempt<T>(&mut self, how: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let before = (self.settings.clone(), self.experiment.clone(), self.data.clone(), self.redraws);
        let made = how(self);
        if made.is_err() {
            let same = Arc::ptr_eq(&before.1, &self.experiment);
            (self.settings, self.experiment, self.data, self.redraws) = before;
            if !same {
                self.posterior = posterior(&self.experiment, &self.data);
            }
        }
        made
    }

    /// Makes `settings` true: what changed is rebuilt, what did not is kept.
    fn settle(&mut self, settings: Settings) -> Result<Made, Refusal> {
        self.attempt(|run| run.settle_as(settings))
    }

    fn settle_as(&mut self, settings: Settings) -> Result<Made, Refusal> {
        let experiment = Arc::new(resolve(&settings)?);
        let old = std::mem::replace(&mut self.experiment, experiment.clone());
        let (mut sentence, mut is_kept) = (String::new(), true);
        if experiment.data != old.data || experiment.seed != old.seed {
            match draw(&experiment) {
                Ok(data) => self.data = data,
                Err(refusal) => {
                    self.experiment = old;
                    return Err(refusal);
                }
            }
        }
        self.settings = settings;
        let fresh = || {
            let x = self.data.train.x.view();
            start_on(&experiment.model, &experiment.start, Seeds(experiment.seed), self.redraws, x)
        };
        let theta = if experiment.seed != old.seed || experiment.start != old.start {
            "the coefficients are drawn anew".clone_into(&mut sentence);
            is_kept = false;
            Some(fresh())
        } else if experiment.model == old.model {
            None
        } else {
            let before = Coefficients::new(old.model.clone(), self.learner.theta()).expect("θ has the model's layout");
            let kept = carry(&before, &experiment.model, &fresh());
            is_kept = kept.exact;
            let same = kept.now.theta.len() == before.theta.len() && kept.exact;
            sentence = if same { String::new() } else { kept.sentence };
            Some(kept.now.theta.to_vec())
        };
        sentence = remark(&old, &experiment, self.data.train.x.nrows(), sentence);
        self.posterior = posterior(&experiment, &self.data);
        match theta {
            Some(theta) => {
                let moments = self.carried(&old).filter(|_| is_kept);
                self.restart(theta)?;
                if let Some(moments) = moments {
                    let theta = self.learner.theta().to_vec();
                    self.learner.resume(&State { theta, ..moments });
                }
            }
            None if (experiment.learn.way, old.learn.way) != (Way::Descent, Way::Descent) => self.ask_again(&old)?,
            // Moments would go on moving what is now held.
            None if experiment.data != old.data
                || (&experiment.hold, &experiment.hold_elements) != (&old.hold, &old.hold_elements) =>
            {
                self.restart(self.learner.theta().to_vec())?;
            }
            None => {
                self.learner.retune(&experiment.learn);
                self.diverged = None;
            }
        }
        Ok(Made { sentence, is_kept })
    }

    /// The update rule's state in the model of now, its moments beside the coefficients that they are of: where f is the same, the
    /// next step is then the one that would have come, and no leap of new moments. None where a rule begins anew or elements go.
    fn carried(&self, old: &Experiment) -> Option<State> {
        let rule = |own: &Experiment| (own.learn.way == Way::Descent).then_some(own.learn.method);
        let (state, zeros) = (self.learner.state(), vec![0.0; self.experiment.model.layout().len()]);
        if rule(old).is_none() || rule(old) != rule(&self.experiment) || zeros.len() < state.theta.len() {
            return None;
        }
        let beside = |moments: &[f64]| {
            let own = Coefficients::new(old.model.clone(), moments)?;
            Some(carry(&own, &self.experiment.model, &zeros).now.theta.to_vec())
        };
        let (first, mut second) = (beside(&state.first)?, beside(&state.second)?);
        // A new coefficient has no second moment, and divided by none its first step would be the longest of all.
        let usual = state.second.iter().sum::<f64>() / real(state.second.len().max(1));
        second.iter_mut().filter(|own| **own <= 0.0).for_each(|own| *own = usual);
        Some(State { first, second, ..state })
    }

    /// A method that is no descent begins anew where anything is asked otherwise; more or fewer draws go on from those there are.
    fn ask_again(&mut self, old: &Experiment) -> Result<(), Refusal> {
        if !self.experiment.asks_the_same(old) {
            return self.restart(self.learner.theta().to_vec());
        }
        if self.experiment.learn.nuts.draws != old.learn.nuts.draws {
            self.learner.retune(&self.experiment.learn);
            self.begun();
        }
        Ok(())
    }

    fn keyframe(&self) -> Keyframe {
        Keyframe {
            settings: self.settings.clone(),
            experiment: self.experiment.clone(),
            data: self.data.clone(),
            learner: self.learner.clone(),
            history: self.history.clone(),
            past: self.past.clone(),
            diverged: self.diverged.clone(),
            redraws: self.redraws,
        }
    }

    fn seek(&mut self, to: Keyframe) {
        self.posterior = posterior(&to.experiment, &to.data);
        self.settings = to.settings;
        self.experiment = to.experiment;
        self.data = to.data;
        self.learner = to.learner;
        self.history = to.history;
        self.past = to.past;
        self.diverged = to.diverged;
        self.redraws = to.redraws;
        self.begun();
    }
}

/// What a change came to.
struct Made {
    /// For the user.
    sentence: String,
    /// Whether f is as it was, but for rounding.
    is_kept: bool,
}

/// What takes back a change of `path`. A target and a table take each other's place, so what takes one back is the other.
fn inverse(settings: &Settings, path: &Path) -> Change {
    let other = match (path.key(), settings.is_csv()) {
        ("data.target", true) => Path::full("data.csv").ok(),
        ("data.csv", false) => Path::full("data.target").ok(),
        _ => None,
    };
    match other {
        Some(other) => Change::Set(other, settings.get(&other)),
        None if path.row().is_written(settings, path.stage()) => Change::Set(*path, settings.get(path)),
        None => Change::Clear(*path),
    }
}

/// What is to be said of the settings that have changed, in place of `kept` or behind it.
fn remark(old: &Experiment, now: &Experiment, rows: usize, kept: String) -> String {
    let (plan, before) = (&now.learn, &old.learn);
    let mut sentence = kept;
    if let Batch::Of(size) = plan.batch
        && plan.batch != before.batch
        && size >= rows
    {
        sentence = format!("there are {} rows: every step takes all of them", grouped(rows as u64));
    }
    let still = now.model.f.unreached();
    if !still.is_empty() && still != old.model.f.unreached() {
        sentence = unreached(&now.model.f, &still);
    }
    if plan.is_decoupled() && plan.name() != before.name() {
        sentence = decoupled(plan);
    }
    if plan.precision == Precision::F32 && (plan.precision, plan.way) != (before.precision, before.way) {
        sentence = single(plan, &sentence);
    }
    sentence
}

/// What an optimiser with a weight decay of its own does to the priors.
fn decoupled(plan: &Plan) -> String {
    let decay = match plan.decay {
        Decay::Prior => "their 1/τ² as a weight decay".to_owned(),
        Decay::Of(decay) => format!("a weight decay of {decay}"),
    };
    format!(
        "{}: where it ends is not the posterior mode; in place of the Gaussian priors' gradient stands {decay}",
        plan.method.name()
    )
}

/// What f32 is for, behind what else there is to say.
fn single(plan: &Plan, before: &str) -> String {
    let what = match plan.computes_in() {
        Precision::F32 => "gradients are computed in f32; θ and what is told of it stay f64".to_owned(),
        Precision::F64 => {
            format!("{} always computes in f64: learn.precision is for the rules of descent", plan.name())
        }
    };
    if before.is_empty() { what } else { format!("{before}; {what}") }
}

/// Why some coefficients stay where they are: the outermost stage that is wholly or partly still.
fn unreached(f: &Composition, still: &[(usize, Group)]) -> String {
    let outermost = still.iter().map(|(at, _)| *at).max().unwrap_or(0);
    let index = f.essay_index(outermost);
    let inside = if still.iter().any(|(_, group)| *group == Group::A) { ", and all that acts through it" } else { "" };
    format!("a step has no slope: b and c of f{index} stay where they are{inside}; a and d are learned")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::{Value, built_in};
    use crate::run::{RunId, Status};

    fn experiment(batch: Option<&str>) -> Experiment {
        let mut preset = built_in("compose").expect("a built-in preset");
        if let Some(change) = batch {
            let Change::Set(path, value) = Change::parse(change).expect("a change") else { unreachable!("a setting") };
            preset.base.set(&path, value).expect("an allowed value");
        }
        preset.settings(0).experiment().expect("an experiment")
    }

    #[test]
    fn a_batch_that_is_no_part_of_the_rows_is_said_to_be_none() {
        let (full, of_7, of_40) =
            (experiment(None), experiment(Some("learn.batch=7")), experiment(Some("learn.batch=40")));
        let said = |old, now| remark(old, now, 40, "kept".to_owned());
        assert_eq!(said(&full, &of_7), "kept");
        assert_eq!(said(&of_40, &of_40), "kept");
        assert_eq!(said(&of_7, &of_40), "there are 40 rows: every step takes all of them");
        assert_eq!(said(&of_40, &full), "kept");
    }

    /// Rebuilt for another model and then refused: the model, its evaluator and its θ belong together again.
    #[test]
    fn what_is_refused_halfway_leaves_all_as_it_was() {
        let preset = built_in("compose").expect("a built-in preset");
        let spec = RunSpec { id: RunId(0), name: Clean::from("model"), settings: preset.settings(0), saved: None };
        let mut run = Run::new(spec).expect("a run");
        run.advance(&mut |step| step >= 5);
        let state = |run: &mut Run| {
            let picture = run.snapshot(Status::Paused, 0.0);
            (picture.belief.mode(), picture.loss.to_bits(), picture.experiment, run.settings.clone(), run.redraws)
        };
        let before = state(&mut run);
        let mut other = preset.settings(0);
        other.set(&Path::full("model.k").expect("a setting"), Value::Int(5)).expect("a value");
        let refused: Result<(), Refusal> = run.attempt(|run| {
            run.experiment = Arc::new(resolve(&other)?);
            run.posterior = posterior(&run.experiment, &run.data);
            (run.settings, run.redraws) = (other, run.redraws + 1);
            Err(Refusal(Clean::from("no")))
        });
        assert_eq!((refused.map_err(|why| why.0), state(&mut run)), (Err(Clean::from("no")), before));
    }
}
