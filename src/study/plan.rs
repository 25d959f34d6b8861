//! What a study is to do: axes over the parameter table, paired seeds, and the tasks that follow. Knows nothing of how they are
//! done.

use crate::preset::{Fault, Path, Preset, Settings, Value};
use crate::run::{RunId, RunSpec};
use crate::text::Clean;
use std::fmt;

/// A setting and the values that it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Which setting.
    pub path: Path,
    /// Its values.
    pub values: Vec<Value>,
}

impl Axis {
    /// By the setting's full name.
    ///
    /// # Errors
    /// A sentence: there is no such setting.
    pub fn new(name: &str, values: impl IntoIterator<Item = Value>) -> Result<Self, String> {
        let path = Path::full(name).map_err(|why| format!("{name} {why}"))?;
        Ok(Self { path, values: values.into_iter().collect() })
    }
}

/// Every combination of the axes' values, with every seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is the same in all of them.
    pub base: Settings,
    /// What is not.
    pub axes: Vec<Axis>,
    /// Seeds first, first + 1, …: the same in every cell, so that cells can be compared pair by pair.
    pub seeds: std::ops::Range<u64>,
}

/// A task's name: a hash of all that determines it, so that equal tasks have equal names in every study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

impl fmt::Display for TaskId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// One run to its end.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub id: TaskId,
    /// Its place on every axis.
    pub cell: Vec<usize>,
    /// Its seed.
    pub seed: u64,
    /// What is run.
    pub spec: RunSpec,
}

impl Plan {
    /// Cells: combinations of values.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// All tasks: the last axis turns fastest, seeds faster still.
    ///
    /// # Errors
    /// Why a value is not allowed, or a combination is no experiment, with the setting to blame.
    pub fn tasks(&self) -> Result<Vec<Task>, Vec<Fault>> {
        let mut tasks = Vec::new();
        for cell in 0..self.cells() {
            let places = self.places(cell);
            let mut settings = self.base.clone();
            for (axis, place) in self.axes.iter().zip(&places) {
                settings.set(&axis.path, axis.values[*place].clone()).map_err(|why| vec![(axis.path, why)])?;
            }
            settings.experiment()?;
            for seed in self.seeds.clone() {
                tasks.push(Task::new(&Settings { seed, ..settings.clone() }, places.clone(), tasks.len()));
            }
        }
        Ok(tasks)
    }

    fn places(&self, cell: usize) -> Vec<usize> {
        let mut rest = cell;
        let mut places: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let place = rest % axis.values.len();
                rest /= axis.values.len();
                place
            })
            .collect();
        places.reverse();
        places
    }
}

impl Task {
    fn new(settings: &Settings, cell: Vec<usize>, number: usize) -> Self {
        let id = TaskId(content(settings));
        let spec = RunSpec {
            id: RunId(u32::try_from(number).unwrap_or(u32::MAX)),
            name: Clean::from(id.to_string().as_str()),
            settings: settings.clone(),
            saved: None,
        };
        Self { id, cell, seed: settings.seed, spec }
    }
}

/// FNV-1a (Fowler, Noll & Vo) over the settings as a preset would spell them: no library may change it.
fn content(settings: &Settings) -> u64 {
    let preset = Preset { name: Clean::from(""), base: settings.clone(), variants: Vec::new() };
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    preset.to_toml().bytes().fold(0xCBF2_9CE4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn plan() -> Plan {
        let whole = |values: &[i64]| values.iter().map(|value| Value::Int(*value)).collect::<Vec<_>>();
        Plan {
            base: Settings::default(),
            axes: vec![
                Axis::new("model.depth", whole(&[1, 2])).unwrap(),
                Axis::new("model.k", whole(&[3, 4, 5])).unwrap(),
            ],
            seeds: 10..14,
        }
    }

    #[test]
    fn tasks_are_every_combination_with_every_seed() {
        let tasks = plan().tasks().unwrap();
        assert_eq!(tasks.len(), 2 * 3 * 4);
        assert_eq!((tasks[0].cell.clone(), tasks[0].seed), (vec![0, 0], 10));
        assert_eq!((tasks[5].cell.clone(), tasks[5].seed), (vec![0, 1], 11));
        let last = &tasks[23];
        assert_eq!((last.spec.settings.model.depth, last.spec.settings.model.k, last.seed), (2, 5, 13));
        let ids: BTreeSet<TaskId> = tasks.iter().map(|task| task.id).collect();
        assert_eq!(ids.len(), tasks.len(), "no two tasks are the same");
    }

    /// A task is named by what it is, not by the study that it stands in.
    #[test]
    fn equal_tasks_have_equal_names() {
        let one = plan().tasks().unwrap();
        let mut turned = plan();
        turned.axes.reverse();
        turned.seeds = 13..15;
        let other = turned.tasks().unwrap();
        let same = other.iter().find(|task| task.cell == [2, 1] && task.seed == 13).unwrap();
        assert_eq!(same.id, one[23].id);
        assert_eq!(one[0].id.to_string().len(), 16);
    }

    #[test]
    fn what_is_no_experiment_is_refused_with_the_setting() {
        assert!(Axis::new("model.kk", [Value::Int(1)]).unwrap_err().contains("model.k"));
        let mut wrong = plan();
        wrong.axes[1].values.push(Value::Int(0));
        let faults = wrong.tasks().unwrap_err();
        assert_eq!(faults[0].0, Path::full("model.k").unwrap());
    }
}
