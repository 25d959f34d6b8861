//! From the start again, and taking that back: the runs that were replaced wait. Knows no key.

use super::{App, Edit, Effect, Shown};
use crate::preset::Preset;
use crate::text::Clean;
use crate::train::Command;
use std::time::Duration;

/// What a new start has taken the place of: runs that wait where they stood, and the document with what had been done to it.
#[derive(Clone, Debug)]
pub(super) struct Replaced {
    runs: Vec<Shown>,
    preset: Preset,
    done: Vec<Edit>,
    undone: Vec<Edit>,
    start: u32,
    /// What took its place, as a sentence would name it.
    by: Clean,
}

impl App {
    /// From the start again, with the same seed.
    pub(super) fn restart(&mut self, now: Duration) -> Vec<Effect> {
        let was = self.as_it_stands("from the start again");
        self.begin_in_place_of(was, now)
    }

    /// What `by` is about to replace.
    pub(super) fn as_it_stands(&self, by: &str) -> Replaced {
        let (runs, preset, start) = (self.runs.clone(), self.preset.clone(), self.desk.start);
        Replaced { runs, preset, done: self.done.clone(), undone: self.undone.clone(), start, by: Clean::new(by, 80) }
    }

    /// From the start again. The runs of before wait, and those that a start before this one replaced are closed.
    pub(super) fn begin_in_place_of(&mut self, was: Replaced, now: Duration) -> Vec<Effect> {
        let mut effects = self.tell_all(|| Command::Pause);
        self.runs.clear();
        effects.extend(self.begin_anew());
        self.replaced = Some(was);
        self.say(&format!("from the start again, seed {}; u: back", self.preset.settings(self.window.run).seed), now);
        effects
    }

    /// From the start again, under new numbers. What was done stays on the list: taking back what is older than the start
    /// begins anew too. Operations on θ are gone with it.
    pub(super) fn begin_anew(&mut self) -> Vec<Effect> {
        let mut effects = self.forget_replaced();
        let (mut done, mut undone) = (std::mem::take(&mut self.done), std::mem::take(&mut self.undone));
        effects.extend(self.open_runs(&[]));
        for edits in [&mut done, &mut undone] {
            edits.retain(|edit| edit.before != edit.after);
        }
        (self.done, self.undone) = (done, undone);
        self.desk.start += 1;
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
        let Replaced { runs, preset, done, undone, start, by } = self.replaced.take()?;
        let effects = self.tell_all(|| Command::Close);
        (self.runs, self.preset, self.done, self.undone, self.desk.start) = (runs, preset, done, undone, start);
        (self.going, self.looking, self.dirty) = (false, None, true);
        self.stage = self.stage.clamp(1, self.depth().max(1));
        self.say(&format!("undone: {by}; space goes on"), now);
        Some(effects)
    }

    /// Closes what waits to be brought back.
    pub(super) fn forget_replaced(&mut self) -> Vec<Effect> {
        let waiting = self.replaced.take().map_or_else(Vec::new, |was| was.runs);
        waiting.iter().map(|run| Effect::Tell(run.id, Command::Close)).collect()
    }

    /// Tells every run, those that wait too.
    pub(super) fn tell_even_replaced(&self, command: impl Fn() -> Command) -> Vec<Effect> {
        let waiting = self.replaced.iter().flat_map(|was| &was.runs);
        self.runs.iter().chain(waiting).map(|run| Effect::Tell(run.id, command())).collect()
    }

    /// The document as it was at all times that can be gone back to.
    pub(super) fn documents(&mut self) -> impl Iterator<Item = &mut Preset> {
        let (mut edits, mut documents) = (vec![&mut self.done, &mut self.undone], Vec::new());
        if let Some(Replaced { preset, done, undone, .. }) = &mut self.replaced {
            edits.extend([done, undone]);
            documents.push(preset);
        }
        documents.into_iter().chain(edits.into_iter().flatten().flat_map(|edit| [&mut edit.before, &mut edit.after]))
    }
}
