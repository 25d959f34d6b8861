//! The state machine of the screen: a document, what is looked at, and how. No input or output, no clock, no copy of
//! what a run owns.

mod action;
mod anew;
mod command;
mod config;
mod desk;
mod edit;
mod elements;
mod errand;
mod exchange;
mod explain;
mod figures;
mod help;
pub mod keys;
mod ledger;
mod messages;
mod mouse;
mod notes;
mod opening;
mod operations;
mod past;
mod picker;
mod posterior;
mod prompt;
mod saving;
mod sight;
mod update;
mod why;

pub use action::{Action, Effect, Msg, Pane, Sentence};
pub use command::{COMMANDS, Word};
pub use config::{ConfigRow, Finding, Mark};
pub use edit::Line;
pub use errand::{Answer, Errand, Listing, Over};
pub use exchange::Pasted;
pub use figures::Figure;
pub(in crate::tui) use help::wrapped;
pub use help::{Help, HelpLine, WIDEST, WORDS};
pub use ledger::{Ledger, Test, Tested};
pub use messages::Said;
pub use notes::Leaf;
pub use picker::{Choice, Entry, Picker};
pub use prompt::{Completion, Prompt};
pub use saving::Then;

use crate::function::{Grip, Transform};
use crate::preset::{Change, Path, Preset};
use crate::run::{Checkpoint, RunId, RunSpec, Saved, Snapshot};
use crate::scene::Window;
use crate::text::Clean;
use crate::tui::look::Look;
use crate::tui::term::Measured;
use desk::Desk;
use std::sync::Arc;
use std::time::Duration;

/// A run as the screen knows it: its newest picture.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Which run; a new one at every restart, so that old pictures are known as such.
    pub id: RunId,
    /// The variant's name.
    pub name: Clean,
    /// The newest picture.
    pub snapshot: Option<Arc<Snapshot>>,
    /// A newer one, that came while the picture is held: the run may have no more to say.
    newer: Option<Arc<Snapshot>>,
    /// Why it broke.
    pub failed: Option<Clean>,
}

/// What lies over the panes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// What has the focus, explained, and the key table.
    Help(Help),
    /// A value being typed for a row, and what was wrong with it.
    Typing(Path, Line, Option<Clean>),
    /// A `:` command being typed.
    Command(Prompt),
    /// A row being looked for.
    Finding(Finding),
    /// The presets that can be opened.
    Picker(Box<Picker>),
    /// The last sentences, so many back.
    Messages(usize),
    /// The essay's claims.
    Claims,
    /// What is to become of unsaved settings, or whether to open what was pasted.
    Ask(Then),
    /// What the person expects, being typed.
    Guess(Line),
    /// A preset that was pasted, and the lines of it that are scrolled.
    Pasted(Box<Pasted>, usize),
}

impl Overlay {
    /// What is being typed, whatever for.
    pub fn line_mut(&mut self) -> Option<&mut Line> {
        match self {
            Self::Typing(_, line, _) | Self::Guess(line) => Some(line),
            Self::Command(prompt) => Some(prompt.line_mut()),
            Self::Finding(finding) => Some(&mut finding.line),
            Self::Picker(picker) => Some(&mut picker.filter),
            Self::Help(help) => help.typing.then_some(&mut help.filter),
            Self::None | Self::Messages(_) | Self::Claims | Self::Ask(_) | Self::Pasted(..) => None,
        }
    }
}

/// One edit of the document, and how many changes of which runs it was.
#[derive(Clone, Debug)]
struct Edit {
    before: Preset,
    after: Preset,
    /// Run by place, and the number of changes it was told.
    told: Vec<(usize, u32)>,
    about: Option<About>,
    /// As a sentence would name it.
    what: Clean,
    at: Duration,
    /// Which start of the runs it belongs to.
    start: u32,
}

impl Edit {
    /// The same edit where that run, a fork, is no more; whether there is anything left of it.
    fn goes_on_without(&mut self, run: usize) -> bool {
        for document in [&mut self.before, &mut self.after] {
            if let Ok(left) = document.unfork(run) {
                *document = left;
            }
        }
        let told = self.told.len();
        self.told.retain(|(at, _)| *at != run);
        self.told.iter_mut().filter(|(at, _)| *at > run).for_each(|(at, _)| *at -= 1);
        told == 0 || !self.told.is_empty()
    }
}

/// What an edit is about: two of the same in quick succession are one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum About {
    /// A setting.
    Setting(Path),
    /// A grip of an element: stage, unit, grip.
    Element(usize, usize, Grip),
}

impl About {
    fn of(change: &Change) -> Option<Self> {
        match change {
            Change::Set(path, _) | Change::Clear(path) => Some(Self::Setting(*path)),
            Change::Transform(Transform::Move { stage, unit, grip, .. }) => Some(Self::Element(*stage, *unit, *grip)),
            Change::Transform(_) | Change::Redraw { .. } | Change::Revive | Change::Seek { .. } => None,
        }
    }
}

/// All that the screen depends on.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "five switches, every combination of which makes sense")]
pub struct App {
    preset: Preset,
    opened: Preset,
    runs: Vec<Shown>,
    next_id: u32,
    /// Whether the user wants learning to go on.
    going: bool,
    frozen: bool,
    /// What part of the world is looked at.
    pub window: Window,
    /// What is known of the link to the terminal, where it is a remote one.
    pub link: Option<Measured>,
    /// How it looks.
    pub look: Look,
    pane: Pane,
    zoomed: bool,
    overlay: Overlay,
    selected: Path,
    /// The focused f⁽ⁱ⁾ by its essay index.
    stage: usize,
    scroll: usize,
    /// Whether the session cannot be saved.
    unsaved: bool,
    /// The step of the run's past that is looked at.
    looking: Option<u64>,
    /// Pictures kept for comparison.
    pins: Vec<Arc<Snapshot>>,
    /// Draws from priors asked for so far: each is another.
    draws: u64,
    /// What was said last of what is wrong, of which run, and its place among the findings.
    told: Option<(RunId, usize, crate::run::Finding)>,
    sentence: Sentence,
    sentence_ends: Option<Duration>,
    /// Whether a run's account of what it did may take the sentence's place: nothing was said of a later key.
    yields: bool,
    /// Since when draws have been on their way from the prior to the posterior.
    updating: Option<Duration>,
    done: Vec<Edit>,
    undone: Vec<Edit>,
    /// The start before this one or after it.
    waiting: Option<anew::Standing>,
    dirty: bool,
    /// Whether the mouse is ours.
    mouse: bool,
    desk: Desk,
}

impl App {
    /// An app on a preset, and what it asks for to begin with: every run opened and running.
    ///
    /// # Panics
    /// Never: the parameter table has `model.k`.
    #[must_use]
    pub fn open(preset: Preset, look: Look) -> (Self, Vec<Effect>) {
        Self::resume(preset, look, &[], None)
    }

    /// The same, with runs that go on from where they stood, or wait there: the preset decides if it is not known which.
    ///
    /// # Panics
    /// Never: the parameter table has `model.k`.
    #[must_use]
    pub fn resume(preset: Preset, look: Look, saved: &[Arc<Saved>], going: Option<bool>) -> (Self, Vec<Effect>) {
        let selected = Path::full("model.k").expect("the table has model.k");
        let mut app = Self {
            opened: preset.clone(),
            runs: Vec::new(),
            next_id: 0,
            going: true,
            frozen: false,
            window: Window::default(),
            link: None,
            look,
            pane: Pane::Configuration,
            zoomed: false,
            overlay: Overlay::None,
            selected,
            stage: 1,
            scroll: 0,
            unsaved: false,
            looking: None,
            pins: Vec::new(),
            draws: 0,
            told: None,
            sentence: Sentence::default(),
            sentence_ends: None,
            yields: true,
            updating: None,
            done: Vec::new(),
            undone: Vec::new(),
            waiting: None,
            dirty: true,
            mouse: false,
            desk: Desk::new(&preset),
            preset,
        };
        app.stand_as_opened();
        app.going = going.unwrap_or(app.going);
        let effects = app.open_runs(saved);
        app.remark(Duration::ZERO);
        (app, effects)
    }

    /// Opens every run of the document anew, under new numbers.
    fn open_runs(&mut self, saved: &[Arc<Saved>]) -> Vec<Effect> {
        let mut effects: Vec<Effect> =
            self.runs.iter().map(|run| Effect::Tell(run.id, crate::train::Command::Close)).collect();
        let names = self.preset.runs();
        self.runs = names
            .into_iter()
            .map(|name| {
                let id = RunId(self.next_id);
                self.next_id += 1;
                Shown { id, name: Clean::from(name.as_str()), snapshot: None, newer: None, failed: None }
            })
            .collect();
        for (at, run) in self.runs.iter().enumerate() {
            let saved = saved.iter().find(|saved| saved.name == run.name).cloned();
            let spec = RunSpec { id: run.id, name: run.name.clone(), settings: self.preset.settings(at), saved };
            effects.push(Effect::Open(Box::new(spec)));
            if self.going {
                effects.push(Effect::Tell(run.id, crate::train::Command::Run { until: None }));
            }
        }
        self.window.run = self.window.run.min(self.runs.len().saturating_sub(1));
        (self.done, self.undone) = (Vec::new(), Vec::new());
        effects
    }

    /// The document.
    #[must_use]
    pub fn preset(&self) -> &Preset {
        &self.preset
    }

    /// Whether the document differs from what was opened.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.preset != self.opened
    }

    /// The runs, the document's own model first.
    #[must_use]
    pub fn runs(&self) -> &[Shown] {
        &self.runs
    }

    /// Pictures of all runs that have one, the focused one's past if that is looked at; then the pinned ones.
    #[must_use]
    pub fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        let shown = |(at, run): (usize, &Shown)| {
            let now = run.snapshot.clone()?;
            Some(if at == self.window.run { self.looked_at(now) } else { now })
        };
        self.runs.iter().enumerate().filter_map(shown).chain(self.pins.iter().cloned()).collect()
    }

    /// What the pictures of `snapshots` are called, in their order.
    #[must_use]
    pub fn names(&self) -> Vec<Clean> {
        let runs = self.runs.iter().filter(|run| run.snapshot.is_some()).map(|run| run.name.clone());
        runs.chain(self.pins.iter().map(|pin| pin.name.clone())).collect()
    }

    /// The picture in focus: of the past, if that is looked at.
    #[must_use]
    pub fn shown(&self) -> Option<Arc<Snapshot>> {
        Some(self.looked_at(self.focused()?.snapshot.clone()?))
    }

    /// The session as a file keeps it: `runs` are how far its runs have come.
    #[must_use]
    pub fn checkpoint(&self, home: Option<String>, runs: Vec<Arc<Saved>>) -> Checkpoint {
        let named = |run: Arc<Saved>| match self.name_of(&run) {
            Some(name) if name != run.name => Arc::new(Saved { name, ..(*run).clone() }),
            Some(_) | None => run,
        };
        Checkpoint {
            preset: self.preset.to_toml(),
            name: self.preset.name.to_string(),
            home,
            forks: self.preset.variants.iter().filter(|fork| fork.forked).map(|fork| fork.name.clone()).collect(),
            runs: runs.into_iter().map(named).collect(),
            going: Some(self.going),
        }
    }

    /// What a run is called now: the first is called otherwise since it has variants.
    fn name_of(&self, saved: &Saved) -> Option<Clean> {
        let known = self.runs.iter().any(|run| run.name == saved.name);
        if known { Some(saved.name.clone()) } else { self.runs.first().map(|run| run.name.clone()) }
    }

    /// The run in focus.
    #[must_use]
    pub fn focused(&self) -> Option<&Shown> {
        self.runs.get(self.window.run)
    }

    /// The pane in focus.
    #[must_use]
    pub fn pane(&self) -> Pane {
        self.pane
    }

    /// Whether it has the whole screen.
    #[must_use]
    pub fn is_zoomed(&self) -> bool {
        self.zoomed
    }

    /// Whether the session cannot be saved: what is learned would be lost with it.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        self.unsaved
    }

    /// Whether any run is taking steps.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.runs.iter().filter_map(|run| run.snapshot.as_ref()).any(|seen| seen.status.is_going())
    }

    /// Whether one f⁽ⁱ⁾ has the whole screen, with its elements.
    #[must_use]
    pub fn looks_closely(&self) -> bool {
        self.zoomed && self.pane == Pane::Functions
    }

    /// What lies over the panes.
    #[must_use]
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// The selected row of the configuration.
    #[must_use]
    pub fn selected(&self) -> Path {
        self.selected
    }

    /// The focused f⁽ⁱ⁾, by the essay's index.
    #[must_use]
    pub fn stage(&self) -> usize {
        self.stage
    }

    /// Lines scrolled in Notes.
    #[must_use]
    pub fn scroll(&self) -> usize {
        self.scroll
    }

    /// L of the run in focus, as the document has it.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.preset.settings(self.window.run).model.depth
    }

    /// The one sentence: the last thing that happened, else what to look at.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        let note = || self.preset.base.notes.iter().find(|line| !line.is_empty()).cloned().unwrap_or_default();
        self.told().unwrap_or_else(|| Sentence { text: note(), is_error: false })
    }

    /// What has happened, or what the state of the run in focus says; none where there are the notes alone.
    #[must_use]
    pub fn told(&self) -> Option<Sentence> {
        if !self.sentence.text.is_empty() {
            return Some(self.sentence.clone());
        }
        let failed = self.focused().and_then(|run| run.failed.clone());
        failed.map(|text| Sentence { text, is_error: true }).or_else(|| self.state())
    }

    /// The word on the status line.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let Some(run) = self.focused() else { return "PAUSE" };
        match (&run.failed, &run.snapshot) {
            (Some(_), _) => "FAILED",
            _ if self.frozen || self.looking.is_some() => "FREEZE",
            (None, Some(snapshot)) => snapshot.status.word(),
            (None, None) if self.going => "RUN",
            (None, None) => "PAUSE",
        }
    }

    /// Whether anything visible has changed since it was last drawn.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// It was drawn.
    pub fn drawn(&mut self) {
        self.dirty = false;
    }

    /// Shows a run at the place of its name: pictures without a session.
    pub fn show(&mut self, snapshot: Arc<Snapshot>) {
        if let Some(run) = self.runs.iter_mut().find(|run| run.name == snapshot.name) {
            run.snapshot = Some(snapshot);
        }
    }

    /// When something will change by itself: the sentence's end.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.sentence_ends
    }
}
