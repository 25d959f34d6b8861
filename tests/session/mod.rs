//! The app with real runs behind it that obey at once, driven by key scripts: no terminal, no thread, no clock.

#![allow(dead_code, reason = "every test file uses a part of it")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fnexplore::preset::{self, Home, Path, Preset, Source, Value, built_in};
use fnexplore::run::{Run, RunId, RunSpec, Status};
use fnexplore::text::{Clean, Problem};
use fnexplore::train::{Command, Event, What};
use fnexplore::tui::app::{Answer, App, Effect, Errand, Listing, Msg, Over};
use fnexplore::tui::export::Export;
use fnexplore::tui::look::{Colours, Look, LookFlags};
use fnexplore::tui::term::Input;
use fnexplore::tui::view;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Every word that the status line may have, and no more than one of them is on a screen.
pub const WORDS: [&str; 7] = ["RUN", "PAUSE", "DONE", "DIVERGED", "COLLAPSED", "FAILED", "FREEZE"];
pub const SIZES: [(u16, u16); 5] = [(40, 12), (80, 24), (120, 40), (200, 60), (250, 70)];
/// Runs above this many coefficients times rows are not followed: the fuzz makes them by a few keys.
pub const HEAVY: usize = 400_000;

/// What a terminal of all colours gets under that locale; `palette` is asked for.
pub fn look(lang: &str, palette: Option<Colours>) -> Look {
    Look::choose(&LookFlags { marker: None, palette }, &|name| match name {
        "LANG" => Some(lang.to_owned()),
        "COLORTERM" => Some("truecolor".to_owned()),
        _ => None,
    })
}

pub fn ascii() -> Look {
    look("C", Some(Colours::Mono))
}

pub fn coloured() -> Look {
    look("C.UTF-8", None)
}

/// A run as a training thread would keep it.
pub struct Seat {
    pub run: Run,
    pub going: bool,
}

/// The app with runs behind it, a clock that goes on by 10 ms a key, and everything that was asked for.
pub struct Session {
    pub app: App,
    pub seats: BTreeMap<RunId, Seat>,
    pub size: (u16, u16),
    pub now: Duration,
    pub effects: Vec<String>,
    /// What would have been written.
    pub exports: Vec<Export>,
    pub quit: bool,
    /// False once a run would cost too much to follow.
    pub follows: bool,
    pub disk: Disk,
}

/// Files by name, and why none can be written.
#[derive(Default)]
pub struct Disk {
    pub files: BTreeMap<PathBuf, String>,
    pub full: Option<&'static str>,
}

impl Disk {
    fn source(&self, path: &PathBuf) -> Result<Source, Vec<Problem>> {
        let text = self.files.get(path).ok_or_else(|| vec![preset::no_file(path)])?;
        let fetch = |name: &str| self.files.get(&PathBuf::from(name)).cloned().map(String::into_bytes);
        let name = Clean::from(&*path.to_string_lossy());
        let preset = preset::load(&name, text, &|name| fetch(name).ok_or_else(|| "there is no such file".to_owned()))?;
        Ok(Source { home: Home::File(path.clone()), text: text.clone(), preset })
    }

    fn carry_out(&mut self, errand: Errand) -> Answer {
        match errand {
            Errand::List(_) => {
                let files = self.files.keys().filter(|path| path.extension().is_some_and(|end| end == "toml"));
                let listing = |path: &PathBuf| {
                    let seen = self.source(path).map(|source| Box::new(source.preset));
                    Listing { path: path.clone(), seen }
                };
                Answer::Listed(files.map(listing).collect(), 0)
            }
            Errand::Open(path) => Answer::Opened(self.source(&path).map(Box::new)),
            Errand::Save { path, text, over } => {
                let there = self.files.get(&path);
                let result = match (self.full, over, there) {
                    (Some(why), _, _) => Err(Clean::from(why)),
                    (None, Over::Nothing, Some(_)) => Err(Clean::from("there is such a file already")),
                    (None, Over::Text(old), Some(now)) if old != *now => Err(Clean::from("the file has changed")),
                    (None, Over::Nothing | Over::Text(_) | Over::Anything, _) => {
                        self.files.insert(path.clone(), text.clone());
                        Ok(())
                    }
                };
                Answer::Saved { path, text, result }
            }
        }
    }
}

impl Session {
    pub fn new(width: u16, height: u16) -> Self {
        Self::on(built_in("compose").expect("built in"), Look::plain(), (width, height))
    }

    pub fn on(preset: Preset, look: Look, size: (u16, u16)) -> Self {
        let (mut app, effects) = App::open(preset, look);
        app.resized(size.0, size.1);
        let seats = BTreeMap::new();
        let mut session = Self {
            app,
            seats,
            size,
            now: Duration::ZERO,
            effects: Vec::new(),
            exports: Vec::new(),
            quit: false,
            follows: true,
            disk: Disk::default(),
        };
        session.carry_out(effects);
        session
    }

    pub fn with_preset(text: &str, width: u16, height: u16) -> Self {
        let preset = preset::load(&Clean::from("mine"), text, &|_| Err("there is no such file".to_owned()));
        Self::on(preset.unwrap_or_else(|problems| panic!("{problems:#?}")), Look::plain(), (width, height))
    }

    /// A script: characters are keys, `<enter>`, `<ctrl-r>` and so on are those of that name.
    pub fn keys(&mut self, script: &str) -> &mut Self {
        let mut rest = script;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|tail| tail.split_once('>'));
            let named = named.and_then(|(name, tail)| Some((special(name)?, tail)));
            let (key, tail) = named.unwrap_or_else(|| (typed(first), &rest[first.len_utf8()..]));
            self.input(Input::Key(key));
            rest = tail;
        }
        self
    }

    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.input(Input::Paste(text.to_owned()));
        self
    }

    pub fn input(&mut self, input: Input) {
        self.now += Duration::from_millis(10);
        if let Input::Resize(width, height) = input {
            self.size = (width, height);
        }
        self.tell(Msg::Input(input));
    }

    pub fn tell(&mut self, msg: Msg) {
        let effects = self.app.update(msg, self.now);
        self.carry_out(effects);
    }

    /// Time goes by, and nothing else.
    pub fn wait(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self.tell(Msg::Tick);
        self
    }

    /// Every run that is going takes so many steps and is looked at.
    pub fn steps(&mut self, steps: u64) -> &mut Self {
        let going: Vec<RunId> = self.seats.iter().filter(|(_, seat)| seat.going).map(|(id, _)| *id).collect();
        for id in going {
            let seat = self.seats.get_mut(&id).expect("it is going");
            let until = seat.run.step() + steps;
            seat.run.advance(&mut |step| step >= until);
            self.show(id, Status::Running);
        }
        self
    }

    pub fn show(&mut self, id: RunId, status: Status) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let snapshot = seat.run.snapshot(status, 12_300.0);
        self.tell(Msg::Snapshot(Arc::new(snapshot)));
    }

    pub fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.effects.push(match &effect {
                Effect::Open(spec) => format!("Open({})", spec.name),
                Effect::Tell(id, command) => format!("{} {command:?}", id.0),
                Effect::Export(export) => format!("Export({})", export.name),
                Effect::GiveUp => "GiveUp".to_owned(),
                Effect::Test(test) => format!("{test:?}"),
                Effect::Copy(_) | Effect::Mouse(_) | Effect::Repaint | Effect::Suspend | Effect::Quit => {
                    format!("{effect:?}")
                }
                Effect::Errand(errand) => format!("{errand:?}"),
            });
            match effect {
                Effect::Open(spec) if self.follows => match Run::new(*spec) {
                    Ok(run) => {
                        let id = run.id();
                        self.seats.insert(id, Seat { run, going: false });
                        self.show(id, Status::Paused);
                    }
                    Err(refusal) => panic!("a run of a valid preset: {refusal:?}"),
                },
                Effect::Tell(id, command) if self.follows => self.obey(id, command),
                Effect::Quit => self.quit = true,
                Effect::Export(export) => self.exports.push(*export),
                Effect::Open(_)
                | Effect::Tell(..)
                | Effect::Copy(_)
                | Effect::GiveUp
                | Effect::Test(_)
                | Effect::Mouse(_)
                | Effect::Repaint
                | Effect::Suspend => {}
                Effect::Errand(errand) => {
                    let answer = self.disk.carry_out(errand);
                    self.tell(Msg::Answer(answer));
                }
            }
        }
    }

    /// As `train::worker` does, without turns.
    pub fn obey(&mut self, id: RunId, command: Command) {
        let edits = matches!(command, Command::Change(_) | Command::Join(_) | Command::Undo | Command::Redo);
        // A run that has missed one edit cannot take back the next.
        if edits && (!self.follows || self.is_heavy()) {
            self.follows = false;
            return;
        }
        if let Command::Fork { from, name, settings, .. } = command {
            let Some(Seat { run, going }) = self.seats.get(&from) else { return };
            let fork = Seat { run: run.copied(&RunSpec { id, name, settings: *settings, saved: None }), going: *going };
            self.seats.insert(id, fork);
            return self.show(id, Status::Running);
        }
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let status = |seat: &Seat| if seat.going { Status::Running } else { Status::Paused };
        let done = match command {
            Command::Run { .. } => {
                seat.run.go_on();
                seat.going = !seat.run.has_diverged();
                return self.show(id, Status::Running);
            }
            Command::Pause => {
                seat.going = false;
                return self.show(id, Status::Paused);
            }
            Command::Step(steps) => {
                let until = seat.run.step() + steps.min(100);
                seat.run.advance(&mut |step| step >= until);
                seat.going = false;
                return self.show(id, Status::Paused);
            }
            Command::Save => {
                let saved = Arc::new(seat.run.saved());
                return self.tell(Msg::Event(Event { id, what: What::Saved(saved) }));
            }
            Command::Close => return drop(self.seats.remove(&id)),
            Command::Open(..) => unreachable!("opening is an effect of its own"),
            Command::Fork { .. } => unreachable!("begun above"),
            Command::Change(change) => seat.run.change(&change),
            Command::Join(change) => seat.run.join(&change),
            Command::Grow(csv) => seat.run.grow(&csv),
            Command::Undo => seat.run.undo(),
            Command::Redo => seat.run.redo(),
        };
        let status = status(seat);
        let what = match done {
            Ok(sentence) => What::Applied(Clean::new(&sentence, 360)),
            Err(refusal) => What::Refused(refusal.0),
        };
        self.show(id, status);
        self.tell(Msg::Event(Event { id, what }));
    }

    pub fn is_heavy(&self) -> bool {
        (0..self.app.runs().len()).any(|run| {
            let experiment = self.app.preset().experiment(run).expect("a valid experiment");
            experiment.data.rows() * experiment.model.layout().len() > HEAVY || experiment.model.layout().len() > 20_000
        })
    }

    pub fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        view::draw(&self.app, buffer.area, &mut buffer);
        buffer
    }

    pub fn rows(&self) -> Vec<String> {
        let buffer = self.buffer();
        let row = |y| (0..self.size.0).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..self.size.1).map(row).collect()
    }

    pub fn text(&self) -> String {
        self.rows().join("\n")
    }

    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        assert!(self.text().contains(text), "\"{text}\" is not on\n{}", self.text());
        self
    }

    #[track_caller]
    pub fn sees_no(&mut self, text: &str) -> &mut Self {
        assert!(!self.text().contains(text), "\"{text}\" is on\n{}", self.text());
        self
    }

    /// θ of a run, whether it is shown or waits.
    pub fn theta(&mut self, id: u32) -> Vec<f64> {
        let seat = self.seats.get_mut(&RunId(id)).expect("it is there still");
        seat.run.snapshot(Status::Paused, 0.0).belief.mode().theta.to_vec()
    }

    /// Everything asked for since the last look.
    pub fn asked(&mut self) -> Vec<String> {
        std::mem::take(&mut self.effects)
    }

    pub fn value(&self, path: &str) -> Value {
        self.app.preset().settings(self.app.window.run).get(&Path::full(path).expect("a setting"))
    }

    /// Every status word on the screen, as often as it stands there.
    pub fn words(&self) -> Vec<&'static str> {
        let text = self.text();
        let words = text.split(|c: char| !c.is_alphanumeric());
        words.filter_map(|word| WORDS.into_iter().find(|known| *known == word)).collect()
    }
}

pub fn typed(letter: char) -> KeyEvent {
    let shift = if letter.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    KeyEvent::new(KeyCode::Char(letter), shift)
}

pub fn special(name: &str) -> Option<KeyEvent> {
    let plain = |code| Some(KeyEvent::new(code, KeyModifiers::NONE));
    if let Some(arrow) = name.strip_prefix("shift-").filter(|rest| matches!(*rest, "left" | "right")) {
        return special(arrow).map(|key| KeyEvent::new(key.code, KeyModifiers::SHIFT));
    }
    if let Some(letter) = name.strip_prefix("ctrl-").and_then(|rest| rest.chars().next()) {
        return Some(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL));
    }
    match name {
        "enter" => plain(KeyCode::Enter),
        "esc" => plain(KeyCode::Esc),
        "tab" => plain(KeyCode::Tab),
        "shift-tab" => Some(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)),
        "space" => plain(KeyCode::Char(' ')),
        "backspace" => plain(KeyCode::Backspace),
        "left" => plain(KeyCode::Left),
        "right" => plain(KeyCode::Right),
        "up" => plain(KeyCode::Up),
        "down" => plain(KeyCode::Down),
        "home" => plain(KeyCode::Home),
        "end" => plain(KeyCode::End),
        "pgup" => plain(KeyCode::PageUp),
        "pgdn" => plain(KeyCode::PageDown),
        "f1" => plain(KeyCode::F(1)),
        _ => None,
    }
}
