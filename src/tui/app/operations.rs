//! Operations on the focused f⁽ⁱ⁾ and on the data, forks and pins. Knows no screen.

use super::{App, Effect, Shown};
use crate::function::{Transform, transform};
use crate::preset::{Change, Path, Value};
use crate::run::{RunId, Snapshot};
use crate::seeds::Seeds;
use crate::text::Clean;
use crate::train::Command;
use std::sync::Arc;
use std::time::Duration;

/// Pictures that can be kept for comparison.
const PINS: usize = 4;

impl App {
    /// Does to the function what `how` says of this app.
    pub(super) fn operate(&mut self, how: &dyn Fn(&Self) -> Transform, now: Duration) -> Vec<Effect> {
        self.transform(how(self), now)
    }

    /// Tried on the picture first, so that what is refused is refused at once and is no edit.
    pub(super) fn transform(&mut self, how: Transform, now: Duration) -> Vec<Effect> {
        if self.is_past("changed") {
            return Vec::new();
        }
        let Some(snapshot) = self.shown() else { return Vec::new() };
        let before = snapshot.belief.mode();
        match transform(&before, &how, Seeds(snapshot.experiment.seed)) {
            Err(why) => self.refuse(&why.0),
            Ok(kept) if matches!(how, Transform::Reduce) && kept.now == before => self.refuse(&kept.sentence),
            Ok(_) => self.change(Change::Transform(how), now),
        }
    }

    pub(super) fn collapse_to_draw(&mut self, now: Duration) -> Vec<Effect> {
        self.draws += 1;
        self.transform(Transform::CollapseToDraw { stage: self.stage, draw: self.draws }, now)
    }

    /// With the next one along the way of x; the outermost with the one before it.
    pub(super) fn exchange(&mut self, now: Duration) -> Vec<Effect> {
        if self.depth() < 2 {
            return self.refuse("there is only one f⁽ⁱ⁾: it has nothing to change places with");
        }
        let other = if self.stage > 1 { self.stage - 1 } else { 2 };
        self.transform(Transform::Exchange { stages: [self.stage, other] }, now)
    }

    /// The training row nearest to the cursor, on or off: its number, and whether it is on.
    fn point_at_cursor(&self) -> Option<(usize, bool)> {
        let snapshot = self.shown()?;
        let data = &snapshot.data;
        let (on, off) = (data.train.x.rows(), data.off.x.rows());
        let all = on.into_iter().chain(off).enumerate().map(|(at, x)| self.distance(data, x, at)).zip(&data.numbers);
        let nearest = all.enumerate().min_by(|(_, (one, _)), (_, (other, _))| one.total_cmp(other));
        nearest.map(|(at, (_, number))| (*number, at < data.train.x.nrows()))
    }

    /// Switches the data point at the cursor off, or on again.
    pub(super) fn toggle_point(&mut self, now: Duration) -> Vec<Effect> {
        let Some((number, is_on)) = self.point_at_cursor() else { return self.refuse("there is no data point") };
        let path = Path::full("data.off").expect("the table has data.off");
        let settings = self.preset.settings(self.window.run);
        let mut off: Vec<usize> = Vec::try_from(settings.get(&path)).unwrap_or_default();
        if is_on {
            off.push(number);
        } else {
            off.retain(|other| *other != number);
        }
        let change = if off.is_empty() { Change::Clear(path) } else { Change::Set(path, Value::from(off)) };
        let effects = self.change(change, now);
        if !self.sentence.is_error {
            self.say(&format!("point {number} is {}", if is_on { "off: learning does not see it" } else { "on" }), now);
        }
        effects
    }

    /// The cursor to the next data point to the right, or to the left.
    pub(super) fn next_point(&mut self, by: i32) {
        let Some(snapshot) = self.shown() else { return };
        let data = &snapshot.data;
        let axis = crate::scene::axis(data, &self.window);
        let [low, high] = data.x_range(axis).map(|x| data.inputs[axis].to_standard(x));
        let all = data.train.x.column(axis).to_vec().into_iter().chain(data.off.x.column(axis).to_vec());
        let mut places: Vec<f64> = all.map(|x| (x - low) / (high - low)).filter(|at| at.is_finite()).collect();
        places.sort_by(f64::total_cmp);
        for _ in 0..by.unsigned_abs().min(10_000) {
            let here = self.window.cursor;
            let next = if by > 0 {
                places.iter().find(|at| **at > here + 1e-9)
            } else {
                places.iter().rev().find(|at| **at < here - 1e-9)
            };
            let Some(next) = next else { return };
            self.window.cursor = next.clamp(0.0, 1.0);
        }
    }

    /// Another input on the axis, or the other inputs at another place, where there are three or more: fewer are all in the
    /// picture.
    pub(super) fn slice(&mut self, turn: fn(&mut crate::scene::Window), now: Duration) -> Vec<Effect> {
        let Some(snapshot) = self.shown().filter(|run| run.data.inputs.len() > 2) else {
            return self.refuse("all inputs are in the picture");
        };
        turn(&mut self.window);
        let along = &snapshot.data.inputs[crate::scene::axis(&snapshot.data, &self.window)].name;
        self.say(&format!("along {along}, {}", self.window.others.words()), now);
        Vec::new()
    }

    /// A copy of the focused run beside it: same data, same seed, same coefficients; changes to it stay in it.
    pub(super) fn fork(&mut self, now: Duration) -> Vec<Effect> {
        if self.is_past("forked") {
            return Vec::new();
        }
        let Some(from) = self.focused().map(|run| run.id) else { return Vec::new() };
        let (preset, name) = match self.preset.fork(self.window.run) {
            Ok(forked) => forked,
            Err(problem) => return self.refuse(&problem.sentence),
        };
        let snapshot = self.focused().and_then(|run| run.snapshot.clone());
        self.preset = preset;
        self.name_runs();
        let id = RunId(self.next_id);
        self.next_id += 1;
        let name = Clean::from(name.as_str());
        self.runs.push(Shown { id, name: name.clone(), snapshot, newer: None, failed: None });
        self.window.run = self.runs.len() - 1;
        // What was done before belongs to both now, and can be taken back in neither alone.
        (self.done, self.undone) = (Vec::new(), Vec::new());
        let mut effects = self.forget_waiting();
        let settings = Box::new(self.preset.settings(self.window.run));
        self.say(
            &format!("{name} goes its own way from here: what you change now stays in it; v looks at the others"),
            now,
        );
        effects.push(Effect::Tell(id, Command::Fork { from, name, settings, slot: Arc::default() }));
        effects
    }

    /// Ends the fork in focus. What was done to others can still be taken back.
    pub(super) fn close_fork(&mut self, now: Duration) -> Vec<Effect> {
        let run = self.window.run;
        let preset = match self.preset.unfork(run) {
            Ok(preset) => preset,
            Err(problem) => return self.refuse(&problem.sentence),
        };
        let mut effects = self.forget_waiting();
        self.preset = preset;
        let closed = self.runs.remove(run);
        effects.push(Effect::Tell(closed.id, Command::Close));
        for edits in [&mut self.done, &mut self.undone] {
            edits.retain_mut(|edit| edit.goes_on_without(run));
        }
        self.name_runs();
        (self.window.run, self.looking) = (run.saturating_sub(1), None);
        self.say(&format!("{} is closed", closed.name), now);
        effects
    }

    /// As the document calls them: one alone has another name than the first of several.
    fn name_runs(&mut self) {
        for (run, name) in self.runs.iter_mut().zip(self.preset.runs()) {
            run.name = Clean::from(name.as_str());
        }
    }

    /// Keeps the picture in focus; a second time lets it go.
    pub(super) fn pin(&mut self, now: Duration) {
        let Some(snapshot) = self.shown() else { return };
        if let Some(at) = self.pins.iter().position(|pin| pin.id == snapshot.id) {
            self.pins.remove(at);
            self.say("the pinned picture is gone", now);
            return;
        }
        if self.pins.len() == PINS {
            self.pins.remove(0);
        }
        let name = Clean::new(&format!("{} at {}", snapshot.name, snapshot.step), 40);
        let sentence = format!("pinned: {name}; it stays for comparison, p lets it go");
        self.pins.push(Arc::new(Snapshot { name, ..(*snapshot).clone() }));
        self.say(&sentence, now);
    }
}
