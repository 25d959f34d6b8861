//! From the start again, taking that back, and doing it again: the runs of the other start wait where they stand, as long as the
//! session lasts. Knows no key.

use super::{App, Edit, Effect, Shown};
use crate::preset::Preset;
use crate::text::Clean;
use crate::train::Command;
use std::time::Duration;

/// One of two starts, with which the other one can change places: its runs, and the document with what was done to it.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    runs: Vec<Shown>,
    preset: Preset,
    done: Vec<Edit>,
    undone: Vec<Edit>,
    start: u32,
    /// What lies between the two, as a sentence would name it.
    by: Clean,
    /// Of one that came after: how many edits may be undone for redo to bring it back. One that came before is undo's.
    after: Option<usize>,
}

impl App {
    /// From the start again, with the same seed.
    pub(super) fn restart(&mut self, now: Duration) -> Vec<Effect> {
        let was = self.as_it_stands(Clean::from("from the start again"));
        self.begin_in_place_of(was, now)
    }

    /// What `by` is about to replace.
    pub(super) fn as_it_stands(&self, by: Clean) -> Standing {
        let (runs, preset, start) = (self.runs.clone(), self.preset.clone(), self.desk.start);
        Standing { runs, preset, done: self.done.clone(), undone: self.undone.clone(), start, by, after: None }
    }

    /// From the start again. The runs of before wait, and those that have waited until now are closed.
    pub(super) fn begin_in_place_of(&mut self, was: Standing, now: Duration) -> Vec<Effect> {
        let mut effects = self.tell_all(|| Command::Pause);
        effects.extend(self.forget_waiting());
        self.runs.clear();
        effects.extend(self.begin_anew());
        self.waiting = Some(was);
        self.say(&format!("from the start again, seed {}; u: back", self.preset.settings(self.window.run).seed), now);
        effects
    }

    /// From the start again, under new numbers. What was done stays on the list: taking back what is older than the start
    /// begins anew too. Operations on θ are gone with it.
    pub(super) fn begin_anew(&mut self) -> Vec<Effect> {
        let (mut done, mut undone) = (std::mem::take(&mut self.done), std::mem::take(&mut self.undone));
        let effects = self.open_runs(&[]);
        for edits in [&mut done, &mut undone] {
            edits.retain(|edit| edit.before != edit.after);
        }
        (self.done, self.undone) = (done, undone);
        self.desk.start += 1;
        self.looking = None;
        effects
    }

    /// Runs that were begun after an edit cannot take it back: they begin anew without it.
    pub(super) fn tell_or_begin(&mut self, start: u32, told: Vec<Effect>) -> Vec<Effect> {
        if start == self.desk.start { told } else { self.begin_anew() }
    }

    /// All as it was before the last start, if nothing that was done since is left to be taken back.
    pub(super) fn take_back_the_start(&mut self, now: Duration) -> Option<Vec<Effect>> {
        if self.done.last().is_some_and(|edit| edit.start == self.desk.start) {
            return None;
        }
        let was = self.waiting.take_if(|waiting| waiting.after.is_none())?;
        self.say(&format!("undone: {}; space goes on", was.by), now);
        let after = Some(was.undone.len());
        let (standing, effects) = self.change_places(was);
        self.waiting = Some(Standing { after, ..standing });
        Some(effects)
    }

    /// What was begun and taken back, as it was then.
    pub(super) fn start_again(&mut self, now: Duration) -> Option<Vec<Effect>> {
        let undone = self.undone.len();
        let after = self.waiting.take_if(|waiting| waiting.after.is_some_and(|most| undone <= most))?;
        self.say(&format!("redone: {}; space goes on", after.by), now);
        let (before, effects) = self.change_places(after);
        self.waiting = Some(before);
        Some(effects)
    }

    /// What stands waits, as it is answered, and what waited stands. It is saved at once: it learns nothing, so that nothing else
    /// would ask it to be.
    fn change_places(&mut self, other: Standing) -> (Standing, Vec<Effect>) {
        let mut effects = self.tell_all(|| Command::Pause);
        let now = self.as_it_stands(other.by.clone());
        let Standing { runs, preset, done, undone, start, .. } = other;
        (self.runs, self.preset, self.done, self.undone, self.desk.start) = (runs, preset, done, undone, start);
        (self.going, self.looking, self.dirty) = (false, None, true);
        self.stage = self.stage.clamp(1, self.depth().max(1));
        for run in self.runs.iter_mut().filter(|_| !self.frozen) {
            run.snapshot = run.newer.take().or(run.snapshot.take());
        }
        effects.extend(self.tell_all(|| Command::Save));
        (now, effects)
    }

    /// Closes what waits to be brought back.
    pub(super) fn forget_waiting(&mut self) -> Vec<Effect> {
        let runs = self.waiting.take().map_or_else(Vec::new, |waiting| waiting.runs);
        runs.iter().map(|run| Effect::Tell(run.id, Command::Close)).collect()
    }

    /// All runs that there are: those that wait too.
    pub fn all_runs(&self) -> impl Iterator<Item = &Shown> {
        self.runs.iter().chain(self.waiting.iter().flat_map(|waiting| &waiting.runs))
    }

    /// The same, to be written to.
    pub(super) fn all_runs_mut(&mut self) -> impl Iterator<Item = &mut Shown> {
        self.runs.iter_mut().chain(self.waiting.iter_mut().flat_map(|waiting| &mut waiting.runs))
    }

    /// The document as it was at all times that can be gone back to.
    pub(super) fn documents(&mut self) -> impl Iterator<Item = &mut Preset> {
        let (mut edits, mut documents) = (vec![&mut self.done, &mut self.undone], Vec::new());
        if let Some(Standing { preset, done, undone, .. }) = &mut self.waiting {
            edits.extend([done, undone]);
            documents.push(preset);
        }
        documents.into_iter().chain(edits.into_iter().flatten().flat_map(|edit| [&mut edit.before, &mut edit.after]))
    }
}
