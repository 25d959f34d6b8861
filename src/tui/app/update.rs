//! What happens to the state when something happens: pure, and effects are values. Knows no terminal and no thread.

use super::{About, Action, App, Edit, Effect, Help, Line, Msg, Overlay, Pane, Prompt, Then, command, keys};
use crate::data::Csv;
use crate::function::Transform;
use crate::preset::{Change, Path};
use crate::run::Snapshot;
use crate::text::{Clean, grouped};
use crate::train::{Command, Event, What};
use crate::tui::export::Export;
use crate::tui::look::{Colours, Marker};
use crate::tui::term::Input;
use crossterm::event::{KeyCode, KeyEvent};
use std::sync::Arc;
use std::time::Duration;

/// Nudges of one row within this time are one edit.
const ONE_EDIT: Duration = Duration::from_secs(1);
/// Edits that can be taken back.
const EDITS: usize = 500;
/// The lines of a page.
const PAGE: i32 = 10;
/// How far one key moves the cursor: a share of the data's range.
pub(super) const CURSOR: f64 = 0.01;
/// The factor of one zoom step.
const ZOOM: f64 = 1.25;

impl App {
    /// The next state, and what the world is asked to do.
    pub fn update(&mut self, msg: Msg, now: Duration) -> Vec<Effect> {
        match msg {
            Msg::Input(input) => {
                let marker = self.look.marker;
                let mut effects = self.input(input, now);
                // A terminal may have taken the old marks for wider than they are: nothing that it shows is known to be right.
                if self.look.marker != marker {
                    effects.push(Effect::Repaint);
                }
                effects
            }
            Msg::Snapshot(snapshot) => self.look_at(snapshot),
            Msg::Event(event) => self.event(event, now),
            Msg::Answer(answer) => self.answered(answer, now),
            Msg::Kept(wrong) => {
                self.unsaved = wrong.is_some();
                self.dirty = true;
                wrong.map_or_else(Vec::new, |why| self.refuse(&why))
            }
            Msg::Exported(Ok(said)) => {
                self.say(&said, now);
                Vec::new()
            }
            Msg::Exported(Err(why)) => self.refuse(&why),
            Msg::Grown(Ok(csv)) => self.grown(&csv, now),
            Msg::Grown(Err(why)) => self.refuse(&why),
            Msg::Tested(tested) => {
                self.tested(tested, now);
                Vec::new()
            }
            Msg::Tick => {
                if self.sentence_ends.is_some_and(|end| now >= end) {
                    self.forget_sentence();
                }
                self.move_draws(now);
                Vec::new()
            }
        }
    }

    fn input(&mut self, input: Input, now: Duration) -> Vec<Effect> {
        self.dirty |= !matches!(input, Input::Answered | Input::Woken);
        match input {
            Input::Key(key) => {
                let effects = self.key(&key, now);
                self.yields |= effects.iter().any(|effect| matches!(effect, Effect::Tell(..)));
                effects
            }
            Input::Paste(text) => {
                let free = self.overlay == Overlay::None;
                match self.overlay.line_mut() {
                    Some(line) => line.insert(&text),
                    None if free => return self.pasted(&text),
                    None => return self.refuse("nothing is being typed that could take what was pasted"),
                }
                self.select_match();
                Vec::new()
            }
            Input::Mouse(mouse) => {
                self.mouse(mouse);
                Vec::new()
            }
            Input::Resize(width, height) => {
                self.resized(width, height);
                vec![Effect::Repaint]
            }
            Input::Hangup | Input::Signal(_) => vec![Effect::Quit],
            Input::Answered | Input::Woken => Vec::new(),
        }
    }

    fn key(&mut self, key: &KeyEvent, now: Duration) -> Vec<Effect> {
        if self.sentence.is_error {
            self.forget_sentence();
        }
        // Leaving works whatever is open.
        if keys::name(key).as_deref() == Some("ctrl-c") {
            return vec![Effect::Quit];
        }
        match std::mem::take(&mut self.overlay) {
            Overlay::None => keys::action(key, self.pane).map_or_else(Vec::new, |action| self.act(action, now)),
            Overlay::Help(help) => {
                self.help_key(key, help);
                Vec::new()
            }
            Overlay::Pasted(pasted, scroll) => match (key.code, keys::action(key, Pane::Notes)) {
                (KeyCode::Enter, _) => self.open_pasted(*pasted, now),
                (KeyCode::Esc, _) => Vec::new(),
                (_, Some(Action::Down(lines))) => {
                    let last = pasted.changes.len().saturating_sub(1);
                    self.overlay = Overlay::Pasted(pasted, scroll.saturating_add_signed(lines as isize).min(last));
                    Vec::new()
                }
                (_, _) => {
                    self.overlay = Overlay::Pasted(pasted, scroll);
                    Vec::new()
                }
            },
            Overlay::Typing(path, line, _) => self.typing_key(key, path, line, now),
            Overlay::Command(prompt) => self.prompt_key(key, prompt, now),
            Overlay::Finding(finding) => {
                self.finding_key(key, finding);
                Vec::new()
            }
            Overlay::Picker(picker) => self.picker_key(key, picker, now),
            Overlay::Messages(back) => {
                self.messages_key(key, back);
                Vec::new()
            }
            Overlay::Claims => self.ledger_key(key, now),
            Overlay::Ask(then) => self.ask_key(key, then, now),
            Overlay::Guess(line) => self.guess_key(key, line, now),
        }
    }

    fn typing_key(&mut self, key: &KeyEvent, path: Path, mut line: Line, now: Duration) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter if line.text().trim().is_empty() && path.row().kind.may_be_empty() => {
                return self.change(Change::Clear(path), now);
            }
            KeyCode::Enter => match command::parse(&path, &line.text()) {
                Ok(value) => return self.change(Change::Set(path, value), now),
                Err(why) => self.overlay = Overlay::Typing(path, line, Some(Clean::new(&why, 360))),
            },
            _ => {
                line.key(key);
                self.overlay = Overlay::Typing(path, line, None);
            }
        }
        Vec::new()
    }

    /// Does one thing, whether a key or a command asked for it.
    pub(super) fn act(&mut self, action: Action, now: Duration) -> Vec<Effect> {
        match action {
            Action::Restart | Action::NextSeed | Action::Fork if self.edited_elsewhere().is_some() => {
                self.overlay = Overlay::Ask(Then::Act(action));
            }
            Action::Focus(pane) => self.pane = pane,
            Action::Cycle(by) => self.pane = cycled(self.panes(), self.pane, by),
            Action::Down(lines) => self.down(lines),
            Action::Page(pages) if self.is_over_plane() => self.pan_up(-pages),
            Action::Page(pages) => self.down(pages * PAGE),
            Action::Turn(by) => self.turn(by),
            Action::Guess => return self.predict(now),
            Action::Find => self.find(),
            Action::Pick => return self.pick(),
            Action::Claims => return self.open_ledger(),
            Action::Save => return self.save("", false, now),
            Action::End(last) => self.down(if last { i32::MAX / 2 } else { i32::MIN / 2 }),
            Action::Right(by) if self.pane == Pane::Configuration => return self.nudge(by, now),
            Action::Right(by) if self.has_element() => return self.shift(by, now),
            Action::Right(by) => self.window.cursor = (self.window.cursor + CURSOR * f64::from(by)).clamp(0.0, 1.0),
            Action::Nudge(by) if self.pane == Pane::Composition => self.zoom_f(by),
            Action::Nudge(by) if self.pane == Pane::Loss => {
                self.window.smooth = self.window.smooth.saturating_add_signed(by.signum()).min(6);
            }
            Action::Nudge(by) if self.has_element() => return self.raise(by, now),
            Action::Nudge(by) => return self.nudge(by, now),
            Action::Type => return self.type_value(now),
            Action::Reset => return self.reset(now),
            Action::Undo => return self.undo(now),
            Action::Redo => return self.redo(now),
            Action::RunPause => return self.run_pause(now),
            Action::Steps(steps) => {
                self.going = false;
                return self.tell_all(|| Command::Step(steps));
            }
            Action::Restart => return self.restart(now),
            Action::NextSeed => {
                let seed = self.preset.settings(self.window.run).seed.wrapping_add(1);
                return self.command(&format!("seed {seed}"), now);
            }
            Action::Redraw => return self.change(Change::Redraw { stage: Some(self.stage) }, now),
            Action::Width(by) if self.pane == Pane::Composition => self.pan(by),
            Action::Width(by) => return self.widen(by, now),
            Action::Collapse => return self.operate(&|app| Transform::CollapseToMode { stage: app.stage }, now),
            Action::CollapseToDraw => return self.collapse_to_draw(now),
            Action::Reduce => return self.operate(&|_| Transform::Reduce, now),
            Action::Rebalance => return self.operate(&|_| Transform::Rebalance { stage: None }, now),
            Action::Exchange => return self.exchange(now),
            Action::Negate => return self.operate(&|app| Transform::Negate { stage: app.stage }, now),
            Action::Insert => return self.operate(&|app| Transform::InsertIdentity { at: app.stage }, now),
            Action::Hold => return self.hold(now),
            Action::Point => return self.toggle_point(now),
            Action::Fork => return self.fork(now),
            Action::Pin => self.pin(now),
            Action::Scrub(by) => self.scrub(by, now),
            Action::Why => return self.why(now),
            Action::Stage(by) => self.focus_stage(by),
            Action::Axis => return self.slice(|window| window.axis += 1, now),
            Action::Others => return self.slice(|window| window.others = window.others.next(), now),
            Action::Coordinate => self.window.coordinate = self.next_coordinate(),
            Action::Variant => self.look_at_run((self.window.run + 1) % self.runs.len().max(1)),
            Action::View => self.turn_view(now),
            Action::Face => self.turn_face(now),
            Action::Update => return self.play_update(now),
            Action::Belief => return self.next_belief(now),
            Action::Limit => return self.toggle_limit(now),
            Action::Aspect => self.turn_aspect(now),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Fit => (self.window.zoom, self.window.pan, self.window.sight.pan2) = (1.15, 0.0, 0.0),
            Action::LogLoss => self.window.log_loss = !self.window.log_loss,
            Action::Freeze => self.freeze(),
            Action::Command => self.overlay = Overlay::Command(Prompt::default()),
            Action::Marker => self.take_marker(next(&Marker::ALL, self.look.marker), now),
            Action::Palette => self.take_palette(next(&Colours::ALL, self.look.palette.colours), now),
            Action::Mouse => return self.toggle_mouse(now),
            Action::Export => return self.export(),
            Action::Help => self.overlay = Overlay::Help(Help::default()),
            Action::Close if std::mem::take(&mut self.desk.waits) => {
                self.say("no longer waited for", now);
                return vec![Effect::GiveUp];
            }
            Action::Close => self.close(),
            Action::Repaint => return vec![Effect::Repaint],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Copy => return self.copy(now),
            Action::Quit => return self.quit(),
        }
        Vec::new()
    }

    /// Plots of other marks, and which.
    pub(super) fn take_marker(&mut self, marker: Marker, now: Duration) {
        self.look = self.look.with_marker(marker);
        self.say(&format!("marks: {}", marker.name()), now);
    }

    /// Other colours, and which.
    pub(super) fn take_palette(&mut self, colours: Colours, now: Duration) {
        self.look = self.look.with_palette(colours);
        self.say(&format!("palette: {}", colours.name()), now);
    }

    /// The picture as it is, and what it was drawn from, on their way into files.
    fn export(&mut self) -> Vec<Effect> {
        match Export::of(self, self.desk.size.into()) {
            Some(export) => vec![Effect::Export(Box::new(export))],
            None => self.refuse("there is nothing to export before the first picture"),
        }
    }

    fn close(&mut self) {
        if self.looking.take().is_some() {
            self.forget_sentence();
        } else if self.window.element.take().is_some() {
            self.dirty = true;
        } else if self.zoomed {
            self.zoomed = false;
        } else {
            self.forget_sentence();
        }
    }

    pub(super) fn down(&mut self, lines: i32) {
        match self.pane {
            Pane::Configuration => self.select(lines),
            Pane::Functions => self.select_element(lines),
            Pane::Composition => self.down_in_f(lines),
            Pane::Loss => {}
            // The stages stand one over the other there, the innermost first.
            Pane::Learned => self.focus_stage(lines.clamp(-100, 100)),
            Pane::Notes => {
                let last = self.preset.base.notes.len().saturating_sub(1);
                self.scroll = self.scroll.saturating_add_signed(lines as isize).min(last);
            }
        }
    }

    /// Another run in focus.
    pub(super) fn look_at_run(&mut self, run: usize) {
        self.window.run = run;
        self.stage = self.stage.min(self.depth()).max(1);
    }

    fn zoom_f(&mut self, by: i32) {
        self.window.zoom = (self.window.zoom * ZOOM.powi(-by.clamp(-20, 20))).clamp(0.05, 20.0);
    }

    fn pan(&mut self, by: i32) {
        self.window.pan = (self.window.pan + 0.05 * f64::from(by)).clamp(-20.0, 20.0);
    }

    /// Along the way of x: the next stage has the smaller index.
    pub(super) fn focus_stage(&mut self, by: i32) {
        let depth = self.depth().max(1);
        self.stage = self.stage.saturating_add_signed(-by as isize).clamp(1, depth);
        self.window.element = None;
        if self.selected.stage().is_some()
            && let Some(path) = Path::of(self.selected.row(), Some(self.stage))
        {
            self.selected = path;
        }
    }

    fn next_coordinate(&self) -> usize {
        let snapshot = self.focused().and_then(|run| run.snapshot.as_ref());
        let most = snapshot
            .map_or(1, |seen| seen.experiment.model.f.stages.iter().map(|stage| stage.outputs).max().unwrap_or(1));
        (self.window.coordinate + 1) % most.max(1)
    }

    pub(super) fn nudge(&mut self, by: i32, now: Duration) -> Vec<Effect> {
        let path = match self.pane {
            Pane::Functions => Path::of(Path::full("model.k").expect("the table has model.k").row(), Some(self.stage)),
            _ => Some(self.selected),
        };
        let Some(path) = path else { return Vec::new() };
        let value = self.preset.settings(self.window.run).get(&path);
        let nudged = path.row().kind.nudge(&value, by);
        if nudged == value {
            let expects = path.row().kind.expects();
            return self.refuse(&format!("{path} stays at {}: it takes {expects}", path.row().kind.show(&value)));
        }
        self.change(Change::Set(path, nudged), now)
    }

    /// The selected row as the preset had it: written or not.
    fn reset(&mut self, now: Duration) -> Vec<Effect> {
        let (path, run) = (self.selected, self.window.run);
        let opened = self.opened.settings(run);
        if opened.get(&path) == self.preset.settings(run).get(&path) {
            return Vec::new();
        }
        let change = if path.row().is_written(&opened, path.stage()) {
            Change::Set(path, opened.get(&path))
        } else {
            Change::Clear(path)
        };
        self.change(change, now)
    }

    /// Changes the document and tells the runs; refused changes leave both alone.
    pub(super) fn change(&mut self, change: Change, now: Duration) -> Vec<Effect> {
        let about = About::of(&change);
        if let Some(About::Setting(path)) =
            about.filter(|about| matches!(about, About::Setting(path) if self.is_locked(path)))
        {
            return self.refuse(&format!("{path} is locked by this preset"));
        }
        let (preset, affected) = match self.preset.change(self.window.run, &change) {
            Ok(changed) => changed,
            Err(problem) => return self.refuse(&problem.sentence),
        };
        let told = affected.iter().map(|&run| (run, 1)).collect();
        let what = Clean::new(&change.to_string(), 80);
        let (before, after, start) = (self.preset.clone(), preset.clone(), self.desk.start);
        let edit = Edit { before, after, told, about, what, at: now, start };
        let joined = self.remember(edit);
        self.preset = preset;
        self.stage = self.stage.clamp(1, self.depth().max(1));
        self.say(&change.to_string(), now);
        let command = |change| if joined { Command::Join(change) } else { Command::Change(change) };
        affected
            .iter()
            .filter_map(|&run| Some(Effect::Tell(self.runs.get(run)?.id, command(self.preset.told(run, &change)))))
            .collect()
    }

    /// More rows have come. They belong to the data, not to what was done: the document before and after every edit has them.
    fn grown(&mut self, csv: &Csv, now: Duration) -> Vec<Effect> {
        let (runs, own) = self.grow(csv);
        if own {
            self.say(&format!("{} rows so far", grouped(csv.table.rows() as u64)), now);
        }
        runs.into_iter().map(|run| Effect::Tell(run, Command::Grow(csv.clone()))).collect()
    }

    /// Whether the preset's author fixed it, for one stage or for all.
    pub(super) fn is_locked(&self, path: &Path) -> bool {
        let lock = &self.preset.base.view.lock;
        lock.contains(path) || path.whole().is_some_and(|whole| lock.contains(&whole))
    }

    /// Nudges of one row or grip in quick succession are one edit: whether this one was joined to the last.
    fn remember(&mut self, edit: Edit) -> bool {
        let straight = std::mem::take(&mut self.undone).is_empty();
        if let Some(last) = self.done.last_mut().filter(|_| straight)
            && edit.about.is_some()
            && last.about == edit.about
            && last.start == edit.start
            && edit.at.saturating_sub(last.at) < ONE_EDIT
            && last.told.iter().map(|told| told.0).eq(edit.told.iter().map(|told| told.0))
        {
            (last.after, last.what, last.at) = (edit.after, edit.what, edit.at);
            return true;
        }
        if self.done.len() == EDITS {
            self.done.remove(0);
        }
        self.done.push(edit);
        false
    }

    fn undo(&mut self, now: Duration) -> Vec<Effect> {
        if let Some(effects) = self.take_back_the_start(now) {
            return effects;
        }
        let Some(edit) = self.done.pop() else {
            let fork = self.preset.unfork(self.window.run).is_ok();
            return self.refuse(if fork { "nothing to undo; :close ends this fork" } else { "nothing to undo" });
        };
        self.preset = edit.before.clone();
        let told = self.tell_edit(&edit, || Command::Undo);
        let effects = self.tell_or_begin(edit.start, told);
        self.say(&format!("undone: {}", edit.what), now);
        self.undone.push(edit);
        effects
    }

    fn redo(&mut self, now: Duration) -> Vec<Effect> {
        if let Some(effects) = self.start_again(now) {
            return effects;
        }
        let Some(edit) = self.undone.pop() else { return self.refuse("nothing to redo") };
        self.preset = edit.after.clone();
        let told = self.tell_edit(&edit, || Command::Redo);
        let effects = self.tell_or_begin(edit.start, told);
        self.say(&format!("redone: {}", edit.what), now);
        self.done.push(edit);
        effects
    }

    /// Every run that an edit changed is told as often as it was changed.
    fn tell_edit(&mut self, edit: &Edit, command: impl Fn() -> Command) -> Vec<Effect> {
        self.stage = self.stage.clamp(1, self.depth().max(1));
        let ids = edit.told.iter().filter_map(|&(run, times)| Some((self.runs.get(run)?.id, times)));
        ids.flat_map(|(id, times)| (0..times).map(move |_| id)).map(|id| Effect::Tell(id, command())).collect()
    }

    pub(super) fn run_pause(&mut self, now: Duration) -> Vec<Effect> {
        if let Some(step) = self.looking.take() {
            return self.go_on_from(step, now);
        }
        // What a stop rule has ended goes on, whatever the others do.
        self.going = !self.going || self.is_stopped();
        self.forget_sentence();
        if self.going { self.tell_all(|| Command::Run { until: None }) } else { self.tell_all(|| Command::Pause) }
    }

    pub(super) fn tell_all(&self, command: impl Fn() -> Command) -> Vec<Effect> {
        self.runs.iter().map(|run| Effect::Tell(run.id, command())).collect()
    }

    fn look_at(&mut self, snapshot: Arc<Snapshot>) -> Vec<Effect> {
        let frozen = self.frozen;
        let Some(run) = self.all_runs_mut().find(|run| run.id == snapshot.id) else { return Vec::new() };
        // A run that has no picture yet has none that could be held.
        if frozen && run.snapshot.is_some() {
            run.newer = Some(snapshot);
        } else {
            (run.snapshot, run.newer) = (Some(snapshot), None);
            self.dirty = true;
        }
        Vec::new()
    }

    /// Holds the picture, or shows the newest.
    fn freeze(&mut self) {
        self.frozen = !self.frozen;
        for run in &mut self.runs {
            run.snapshot = run.newer.take().or(run.snapshot.take());
        }
    }

    fn event(&mut self, event: Event, now: Duration) -> Vec<Effect> {
        let focused = self.focused().is_some_and(|run| run.id == event.id);
        if let What::Failed(why) = &event.what
            && let Some(run) = self.all_runs_mut().find(|run| run.id == event.id)
        {
            run.failed = Some(why.clone());
        }
        if self.runs.iter().all(|run| run.id != event.id) {
            return Vec::new();
        }
        self.dirty = true;
        match event.what {
            What::Refused(why) => return self.refuse(&why),
            What::Applied(sentence) if focused && !sentence.is_empty() => self.account(&sentence, now),
            What::Failed(_) | What::Applied(_) | What::Saved(_) | What::Finished | What::Diverged => {}
        }
        Vec::new()
    }
}

fn next<T: Copy + PartialEq>(all: &[T], here: T) -> T {
    cycled(all, here, 1)
}

/// The element `by` places after `here`, around the ends.
pub(super) fn cycled<T: Copy + PartialEq>(all: &[T], here: T, by: i32) -> T {
    let at = all.iter().position(|other| *other == here).unwrap_or(0);
    let length = i32::try_from(all.len()).unwrap_or(1);
    let there = (i32::try_from(at).unwrap_or(0) + by).rem_euclid(length);
    all[usize::try_from(there).unwrap_or(0)]
}
