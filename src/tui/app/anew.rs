//! From the start again, or with another preset, taking that back, and doing it again: the runs of the other start wait where
//! they stand, as long as the session lasts. Knows no key.

use super::{App, Edit, Effect, Shown, Window};
use crate::data::Csv;
use crate::preset::{OpenPane, Path, Preset, Source};
use crate::run::{RunId, Snapshot};
use crate::text::Clean;
use crate::train::Command;
use std::sync::Arc;
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
    /// What it is read and looked at with, where the other one is of another preset.
    elsewhere: Option<Box<Place>>,
}

/// What belongs to a preset beside its document and its runs.
#[derive(Clone, Debug)]
struct Place {
    opened: Preset,
    source: Source,
    guess: Option<Clean>,
    answered: bool,
    page: usize,
    window: Window,
    stage: usize,
    selected: Path,
    scroll: usize,
    pins: Vec<Arc<Snapshot>>,
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
        let (done, undone) = (self.done.clone(), self.undone.clone());
        Standing { runs, preset, done, undone, start, by, after: None, elsewhere: None }
    }

    /// Another preset, whose runs are begun; those of before wait, and those that have waited until now are closed.
    pub(super) fn replace(&mut self, source: Source, now: Duration) -> Vec<Effect> {
        let by = Clean::new(&format!("opened {}", source.preset.name), 80);
        let was = Standing { elsewhere: Some(Box::new(self.place())), ..self.as_it_stands(by.clone()) };
        let mut effects = self.make_room();
        let (fresh, _) = Self::open(source.preset.clone(), self.look.clone());
        let mut desk = self.desk.clone();
        (desk.guess, desk.answered, desk.page, desk.then) = (None, false, 0, None);
        desk.source = source;
        // A preset that does not say which pane it opens with leaves the focus where it is.
        let pane = if fresh.preset.base.view.pane == OpenPane::Auto { self.pane } else { fresh.pane };
        let (next_id, mouse, link, unsaved) = (self.next_id, self.mouse, self.link, self.unsaved);
        let back = format!("u: back to {}", self.preset.name);
        *self = Self { runs: Vec::new(), waiting: Some(was), next_id, link, pane, unsaved, mouse, desk, ..fresh };
        effects.extend(self.open_runs(&[]));
        self.say(&format!("{by} ({back}): {}", self.preset.base.title), now);
        self.remark(now);
        effects
    }

    /// Where the present preset is looked at.
    fn place(&self) -> Place {
        let desk = &self.desk;
        Place {
            opened: self.opened.clone(),
            source: desk.source.clone(),
            guess: desk.guess.clone(),
            answered: desk.answered,
            page: desk.page,
            window: self.window.clone(),
            stage: self.stage,
            selected: self.selected,
            scroll: self.scroll,
            pins: self.pins.clone(),
        }
    }

    /// Looks at another preset as it was looked at then; answers with where it was.
    fn go_elsewhere(&mut self, place: Place) -> Place {
        let was = self.place();
        let desk = &mut self.desk;
        (desk.source, desk.guess, desk.answered, desk.page) = (place.source, place.guess, place.answered, place.page);
        (self.opened, self.window, self.pins) = (place.opened, place.window, place.pins);
        (self.stage, self.selected, self.scroll) = (place.stage, place.selected, place.scroll);
        was
    }

    /// The runs of now are about to wait, in place of those that have waited until now.
    fn make_room(&mut self) -> Vec<Effect> {
        let mut effects = self.tell_all(|| Command::Pause);
        effects.extend(self.forget_waiting());
        effects
    }

    /// From the start again. The runs of before wait, and those that have waited until now are closed.
    pub(super) fn begin_in_place_of(&mut self, was: Standing, now: Duration) -> Vec<Effect> {
        let mut effects = self.make_room();
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
        let mut now = self.as_it_stands(other.by.clone());
        let Standing { runs, preset, done, undone, start, elsewhere, .. } = other;
        now.elsewhere = elsewhere.map(|place| Box::new(self.go_elsewhere(*place)));
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

    /// The preset that waits, if something in it was changed and is not saved.
    #[must_use]
    pub fn edited_elsewhere(&self) -> Option<&Clean> {
        let waiting = self.waiting.as_ref()?;
        let place = waiting.elsewhere.as_ref()?;
        (waiting.preset != place.opened).then_some(&waiting.preset.name)
    }

    /// All runs that there are: those that wait too.
    pub fn all_runs(&self) -> impl Iterator<Item = &Shown> {
        self.runs.iter().chain(self.waiting.iter().flat_map(|waiting| &waiting.runs))
    }

    /// The same, to be written to.
    pub(super) fn all_runs_mut(&mut self) -> impl Iterator<Item = &mut Shown> {
        self.runs.iter_mut().chain(self.waiting.iter_mut().flat_map(|waiting| &mut waiting.runs))
    }

    /// This preset's document as it is, as it was opened, and as it was at all times that can be gone back to.
    pub(super) fn documents(&mut self) -> impl Iterator<Item = &mut Preset> {
        let waiting = self.waiting.as_mut().filter(|waiting| waiting.elsewhere.is_none());
        let own = [&mut self.preset, &mut self.opened].into_iter().chain(versions([&mut self.done, &mut self.undone]));
        own.chain(waiting.into_iter().flat_map(Standing::documents))
    }

    /// The rows that a table has now, wherever it is looked at; answers with the runs that are to have them, and whether
    /// these are of the present preset.
    pub(super) fn grow(&mut self, csv: &Csv) -> (Vec<RunId>, bool) {
        let grown = |any, document: &mut Preset| document.base.grow(csv) | any;
        let own = self.documents().fold(false, grown);
        let waiting =
            self.waiting.as_mut().and_then(|waiting| waiting.documents().fold(false, grown).then_some(waiting));
        let waiting = waiting.into_iter().flat_map(|waiting| &waiting.runs);
        (self.runs.iter().filter(|_| own).chain(waiting).map(|run| run.id).collect(), own)
    }
}

impl Standing {
    /// Its document at all times that can be gone back to.
    fn documents(&mut self) -> impl Iterator<Item = &mut Preset> {
        let opened = self.elsewhere.as_mut().map(|place| &mut place.opened);
        opened.into_iter().chain([&mut self.preset]).chain(versions([&mut self.done, &mut self.undone]))
    }
}

/// The documents before and after every edit.
fn versions(edits: [&mut Vec<Edit>; 2]) -> impl Iterator<Item = &mut Preset> {
    edits.into_iter().flatten().flat_map(|edit| [&mut edit.before, &mut edit.after])
}
