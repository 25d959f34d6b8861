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
}

/// The start that waits for being brought back, if any.
#[derive(Clone, Debug)]
pub(super) enum Waiting {
    None,
    /// The one before: undo brings it back.
    Before(Standing),
    /// The one after: redo does, once no more edits are undone than these.
    After(Standing, usize),
}

impl Waiting {
    /// Takes it out, if it `is` what is asked for.
    fn take_if(&mut self, is: impl Fn(&Self) -> bool) -> Option<Standing> {
        if !is(self) {
            return None;
        }
        match std::mem::replace(self, Self::None) {
            Self::None => None,
            Self::Before(standing) | Self::After(standing, _) => Some(standing),
        }
    }

    fn standing(&self) -> Option<&Standing> {
        match self {
            Self::None => None,
            Self::Before(standing) | Self::After(standing, _) => Some(standing),
        }
    }

    fn standing_mut(&mut self) -> Option<&mut Standing> {
        match self {
            Self::None => None,
            Self::Before(standing) | Self::After(standing, _) => Some(standing),
        }
    }
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
        Standing { runs, preset, done: self.done.clone(), undone: self.undone.clone(), start, by }
    }

    /// From the start again. The runs of before wait, and those that have waited until now are closed.
    pub(super) fn begin_in_place_of(&mut self, was: Standing, now: Duration) -> Vec<Effect> {
        let mut effects = self.tell_all(|| Command::Pause);
        effects.extend(self.forget_waiting());
        self.runs.clear();
        effects.extend(self.begin_anew());
        self.waiting = Waiting::Before(was);
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
        let was = self.waiting.take_if(|waiting| matches!(waiting, Waiting::Before(_)))?;
        self.say(&format!("undone: {}; space goes on", was.by), now);
        let (after, effects) = self.change_places(was);
        self.waiting = Waiting::After(after, self.undone.len());
        Some(effects)
    }

    /// What was begun and taken back, as it was then.
    pub(super) fn start_again(&mut self, now: Duration) -> Option<Vec<Effect>> {
        let undone = self.undone.len();
        let after = self.waiting.take_if(|waiting| matches!(waiting, Waiting::After(_, own) if undone <= *own))?;
        self.say(&format!("redone: {}; space goes on", after.by), now);
        let (before, effects) = self.change_places(after);
        self.waiting = Waiting::Before(before);
        Some(effects)
    }

    /// What stands waits, as it is answered, and what waited stands. It is saved at once: it learns nothing, so that nothing else
    /// would ask it to be.
    fn change_places(&mut self, other: Standing) -> (Standing, Vec<Effect>) {
        let mut effects = self.tell_all(|| Command::Pause);
        let now = self.as_it_stands(other.by.clone());
        let Standing { runs, preset, done, undone, start, by: _ } = other;
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
        let waiting = std::mem::replace(&mut self.waiting, Waiting::None);
        let runs = waiting.standing().map_or(&[][..], |standing| &standing.runs);
        runs.iter().map(|run| Effect::Tell(run.id, Command::Close)).collect()
    }

    /// All runs that there are: those that wait too.
    pub fn all_runs(&self) -> impl Iterator<Item = &Shown> {
        self.runs.iter().chain(self.waiting.standing().into_iter().flat_map(|standing| &standing.runs))
    }

    /// The same, to be written to.
    pub(super) fn all_runs_mut(&mut self) -> impl Iterator<Item = &mut Shown> {
        self.runs.iter_mut().chain(self.waiting.standing_mut().into_iter().flat_map(|standing| &mut standing.runs))
    }

    /// The document as it was at all times that can be gone back to.
    pub(super) fn documents(&mut self) -> impl Iterator<Item = &mut Preset> {
        let (mut edits, mut documents) = (vec![&mut self.done, &mut self.undone], Vec::new());
        if let Some(Standing { preset, done, undone, .. }) = self.waiting.standing_mut() {
            edits.extend([done, undone]);
            documents.push(preset);
        }
        documents.into_iter().chain(edits.into_iter().flatten().flat_map(|edit| [&mut edit.before, &mut edit.after]))
    }
}
