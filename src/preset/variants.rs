//! A preset: an experiment's settings and the variants that change a few of them. Knows no file.

use super::change::Change;
use super::experiment::Experiment;
use super::kind::listed;
use super::path::Path;
use super::settings::Settings;
use super::value::Value;
use crate::data::Csv;
use crate::text::{Clean, Problem, nearest};

/// The run of a preset without variants.
const ONLY: &str = "model";
/// The preset's own run beside its variants.
const BASE: &str = "base";
/// Variants side by side: more can be neither run nor told apart.
pub(super) const VARIANTS: usize = 16;
/// Settings that belong to the preset and not to a run of it.
const SHARED: [&str; 8] =
    ["title", "notes", "data.csv", "data.inputs", "data.outputs", "data.delimiter", "data.header", "data.missing"];

/// Settings that a table goes with.
const OF_A_TABLE: [&str; 7] =
    ["data.target", "data.csv", "data.inputs", "data.outputs", "data.delimiter", "data.header", "data.missing"];

/// An experiment with its variants. Its runs are numbered: 0 is the preset's own, the variants follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// As it is shown: the file's name without its ending.
    pub name: Clean,
    /// The experiment.
    pub base: Settings,
    /// Side by side with it.
    pub variants: Vec<Variant>,
}

/// The same experiment with a few settings changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// `[a-z0-9-]{1,32}`, unique.
    pub name: String,
    /// What is changed; every value was checked by its row.
    pub set: Vec<(Path, Value)>,
    /// Whether it goes its own way: what is changed while looking at it stays in it, and what changes elsewhere passes it by.
    pub forked: bool,
}

impl Preset {
    /// The names of the runs: `model` alone, or `base` and the variants.
    #[must_use]
    pub fn runs(&self) -> Vec<String> {
        let first = if self.variants.is_empty() { ONLY } else { BASE };
        std::iter::once(first)
            .chain(self.variants.iter().map(|variant| variant.name.as_str()))
            .map(str::to_owned)
            .collect()
    }

    /// What a person should know of how its table was read, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> Vec<Clean> {
        let table = self.base.data.table.0.as_ref().filter(|_| self.base.is_csv());
        table.map_or_else(Vec::new, Csv::remarks)
    }

    /// That it opens with a run that there is not: a sentence.
    pub(super) fn nobody(&self) -> Option<String> {
        let (wanted, names) = (&self.base.view.run, self.runs());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let told = || {
            let near =
                nearest(wanted, names.iter().copied()).map_or(String::new(), |near| format!("; nearest: {near}"));
            format!("view.run is \"{}\"; it must be {}{near}", Clean::excerpt(wanted), listed(&names, "or"))
        };
        (!wanted.is_empty() && !names.contains(&wanted.as_str())).then(told)
    }

    /// One run's settings.
    ///
    /// # Panics
    /// If a variant holds a value that its row refuses: loading and changing let none in.
    #[must_use]
    pub fn settings(&self, run: usize) -> Settings {
        let mut settings = self.base.clone();
        for (path, value) in self.variant(run).map_or(&[][..], |variant| &variant.set) {
            settings.set(path, value.clone()).expect("a variant's values were checked");
        }
        settings
    }

    /// One run's experiment.
    ///
    /// # Errors
    /// Everything that does not hold together.
    pub fn experiment(&self, run: usize) -> Result<Experiment, Vec<Problem>> {
        let told = |(_, sentence): (Path, String)| Problem::new(&format!("{}{sentence}", self.prefix(run)));
        self.settings(run).experiment().map_err(|wrong| wrong.into_iter().map(told).collect())
    }

    /// The preset after `change`, made while looking at `run`, and the runs that it affects.
    ///
    /// A setting that the run's variant changes is changed there; any other in the preset itself, and so in every run
    /// whose variant leaves it alone.
    ///
    /// # Errors
    /// Why not: the value is not allowed, or a run it affects would not hold together. `self` is as it was.
    pub fn change(&self, run: usize, change: &Change) -> Result<(Self, Vec<usize>), Problem> {
        let mut changed = self.clone();
        match change {
            Change::Set(path, value) => {
                self.reach(run, path.stage())?;
                // Checked on a copy first: a variant must hold nothing that its row refuses.
                let value =
                    path.row().kind.check(value.clone()).map_err(|why| Problem::new(&format!("{path} {why}")))?;
                self.base.clone().set(path, value.clone()).map_err(|why| Problem::new(&why))?;
                let fork = changed.fork_at(run).filter(|_| !is_shared(path));
                match (changed.own(run, path), fork) {
                    (Some(own), _) => *own = value,
                    (None, Some(at)) => changed.variants[at].set.push((*path, value)),
                    (None, None) => {
                        changed.keep_in_forks(path)?;
                        changed.base.set(path, value).map_err(|why| Problem::new(&why))?;
                    }
                }
            }
            Change::Clear(path) => match (changed.own(run, path).is_some(), changed.fork_at(run)) {
                (_, Some(at)) if !is_shared(path) => {
                    let mut bare = self.settings(run);
                    bare.clear(path);
                    changed.variants[at].set.retain(|(set, _)| set != path);
                    changed.variants[at].set.push((*path, bare.get(path)));
                }
                (true, _) => changed.variants[run - 1].set.retain(|(set, _)| set != path),
                (false, _) => {
                    changed.keep_in_forks(path)?;
                    changed.base.clear(path);
                }
            },
            Change::Redraw { stage } => {
                self.reach(run, *stage)?;
                return Ok((changed, vec![run]));
            }
            Change::Revive | Change::Seek { .. } => return Ok((changed, vec![run])),
            Change::Transform(how) => {
                let before = self.settings(run);
                let after = before.transformed(how).map_err(|why| Problem::new(&why))?;
                if before == after {
                    return Ok((changed, vec![run]));
                }
                changed.adopt(run, &before, after);
                let others = (0..=self.variants.len()).filter(|other| *other != run);
                if others.into_iter().any(|other| self.settings(other) != changed.settings(other)) {
                    return Err(Problem::new(&format!(
                        "{how} would change the variants too, whose coefficients it does not fit; fork this run first (V)"
                    )));
                }
            }
        }
        if let Some(why) = changed.nobody().filter(|_| self.nobody().is_none()) {
            return Err(Problem::new(&why));
        }
        let affected: Vec<usize> =
            (0..=self.variants.len()).filter(|run| self.settings(*run) != changed.settings(*run)).collect();
        for run in &affected {
            changed.experiment(*run).map_err(|mut problems| problems.swap_remove(0))?;
        }
        Ok((changed, affected))
    }

    /// Writes down that `run` has other settings: the preset's own run in the preset, a variant in its list.
    fn adopt(&mut self, run: usize, before: &Settings, after: Settings) {
        match run.checked_sub(1).and_then(|at| self.variants.get_mut(at)) {
            None => self.base = after,
            Some(variant) => {
                for (path, value) in before.differences(&after) {
                    variant.set.retain(|(set, _)| *set != path);
                    variant.set.push((path, value));
                }
            }
        }
    }

    /// Where `run`'s variant keeps its own value of a setting.
    fn own(&mut self, run: usize, path: &Path) -> Option<&mut Value> {
        let variant = run.checked_sub(1).and_then(|at| self.variants.get_mut(at))?;
        variant.set.iter_mut().find(|(set, _)| set == path).map(|(_, value)| value)
    }

    /// Which of the variants `run` is, if it is one that goes its own way.
    fn fork_at(&self, run: usize) -> Option<usize> {
        run.checked_sub(1).filter(|&at| self.variants.get(at).is_some_and(|variant| variant.forked))
    }

    /// What `run` is told of a change that this preset has made: a fork holds a value of its own, and what a variant no longer
    /// sets may be set by the preset.
    #[must_use]
    pub fn told(&self, run: usize, change: &Change) -> Change {
        let value = |path: &Path| Change::Set(*path, self.settings(run).get(path));
        match change {
            Change::Set(path, _) | Change::Clear(path) if self.fork_at(run).is_some() => value(path),
            Change::Clear(path) if self.settings(run).has_written(path) => value(path),
            _ => change.clone(),
        }
    }

    /// Forks keep the value that a setting has now.
    ///
    /// # Errors
    /// A table belongs to the preset and so to all its runs: it stays as long as a fork would lose it.
    fn keep_in_forks(&mut self, path: &Path) -> Result<(), Problem> {
        let forked = self.variants.iter().any(|variant| variant.forked);
        if forked && self.base.is_csv() && OF_A_TABLE.contains(&path.key()) {
            return Err(Problem::new(&format!(
                "{path} says what all runs learn from, and a fork would lose its table; fork after that, or open the preset anew"
            )));
        }
        if is_shared(path) {
            return Ok(());
        }
        let value = self.base.get(path);
        for fork in self.variants.iter_mut().filter(|variant| variant.forked) {
            if !fork.set.iter().any(|(set, _)| set == path) {
                fork.set.push((*path, value.clone()));
            }
        }
        Ok(())
    }

    /// With a copy of `run` beside it that goes its own way, and the copy's name. It is the last run.
    ///
    /// # Errors
    /// When there are too many already.
    ///
    /// # Panics
    /// Never: there are more names than variants.
    pub fn fork(&self, run: usize) -> Result<(Self, String), Problem> {
        if self.variants.len() == VARIANTS {
            return Err(Problem::new(&format!("there are {VARIANTS} variants already: no more can be told apart")));
        }
        let taken = |name: &String| self.variants.iter().any(|variant| variant.name == *name);
        let name = (1..=VARIANTS + 1).map(|number| format!("fork-{number}")).find(|name| !taken(name));
        let name = name.expect("there are more names than variants");
        let set = self.variant(run).map_or_else(Vec::new, |variant| variant.set.clone());
        let mut forked = self.clone();
        forked.variants.push(Variant { name: name.clone(), set, forked: true });
        Ok((forked, name))
    }

    /// Without the fork that `run` is.
    ///
    /// # Errors
    /// When it is none.
    pub fn unfork(&self, run: usize) -> Result<Self, Problem> {
        let Some(at) = self.fork_at(run) else {
            let name = self.runs().into_iter().nth(run).unwrap_or_default();
            return Err(Problem::new(&format!("{name} is no fork: only what V made can be closed")));
        };
        let mut left = self.clone();
        left.variants.remove(at);
        Ok(left)
    }

    /// Whether `run` has that stage.
    fn reach(&self, run: usize, stage: Option<usize>) -> Result<(), Problem> {
        let settings = self.settings(run);
        match stage {
            Some(index) if !settings.has(index) => {
                Err(Problem::new(&format!("{}{}", self.prefix(run), beyond(index, settings.model.depth))))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn variant(&self, run: usize) -> Option<&Variant> {
        run.checked_sub(1).and_then(|at| self.variants.get(at))
    }

    /// What a sentence about a run begins with.
    pub(super) fn prefix(&self, run: usize) -> String {
        self.variant(run).map_or(String::new(), |variant| format!("variant \"{}\": ", variant.name))
    }
}

/// That there is no such stage.
pub(super) fn beyond(index: usize, depth: usize) -> String {
    let last = if depth == 1 { "f1 is the only stage".to_owned() } else { format!("stages are f1 to f{depth}") };
    format!("f{index} is beyond the depth: model.depth is {depth}, so {last}")
}

/// Why a variant may not be called so.
pub(super) fn misnamed(name: &str) -> Option<String> {
    let fits =
        (1..=32).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    match name {
        ONLY | BASE => Some(format!("is \"{name}\", which is what the preset's own run is called")),
        _ if !fits => Some(format!("is \"{}\"; it must be 1 to 32 of a-z, 0-9 and -", Clean::new(name, 60))),
        _ => None,
    }
}

/// Whether variants share a setting and so cannot set it.
pub(super) fn is_shared(path: &Path) -> bool {
    SHARED.contains(&path.key()) || path.key().starts_with("view.")
}
