//! The loop: what happens in, what is asked for out, pictures as often as the link carries. The one thread of the terminal.

use super::app::{Answer, App, Effect, Errand, Msg};
use super::courier::Courier;
use super::disk;
use super::feed::{Coming, Feed};
use super::laboratory::Laboratory;
use super::look::Look;
use super::state::State;
use super::term::{Input, Pace, Term, Why, bytes_per_second, frames_per_second, is_remote};
use super::view;
use crate::files::state_dir;
use crate::preset::{Preset, Source};
use crate::run::{Checkpoint, RunId, Saved};
use crate::text::Clean;
use crate::train::{Command, Event, Trainer, Wake, What};
use signal_hook::consts::{SIGHUP, SIGTSTP};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long leaving waits for the runs to say how far they have come; a turn of one takes 4 ms.
const LAST: Duration = Duration::from_millis(120);

/// How often pictures may be drawn, as far as the flags say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pacing {
    /// Pictures a second.
    pub fps: Option<u32>,
    /// Bytes a second.
    pub bandwidth: Option<u32>,
}

/// What a session begins with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The document.
    pub preset: Preset,
    /// What it was read from.
    pub source: Source,
    /// How far its runs had come in an earlier session.
    pub saved: Vec<Arc<Saved>>,
    /// Whether they went on then, if that is known.
    pub going: Option<bool>,
    /// How it looks.
    pub look: Look,
    /// How often it is drawn.
    pub pacing: Pacing,
    /// Whether nothing is written but the session's own state, and nothing opened from another folder.
    pub restricted: bool,
}

/// Explores a preset until it is left, while more rows of its table may be `coming`; the exit code, and the settings as they were last.
///
/// # Errors
/// There is no terminal to be had.
pub fn run(opening: Opening, coming: Option<Coming>) -> anyhow::Result<(u8, String)> {
    let Opening { preset, source, saved, going, look, pacing, restricted } = opening;
    let term = Term::enter()?;
    let waker = term.waker();
    let wake: Wake = Arc::new(move || waker.wake());
    let env = |name: &str| std::env::var(name).ok();
    let remote = is_remote(&env);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (app, effects) = App::resume(preset, look, &saved, going);
    let app = app.from_source(source);
    let mut app = if saved.is_empty() { app } else { app.changed_since_its_source() };
    let size = term.size();
    app.resized(size.width, size.height);
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut session = Session {
        term,
        trainer: Trainer::new(threads, &wake),
        app,
        pace: Pace::new(frames_per_second(pacing.fps, &env), bytes_per_second(pacing.bandwidth, &env), remote),
        restricted,
        state: State::new(state_dir().as_deref(), std::process::id(), seconds),
        laboratory: Laboratory::new(state_dir().as_deref(), &wake),
        courier: Courier::new(&wake),
        feed: coming.map(|coming| Feed::new(coming, &wake)),
        began: Instant::now(),
        why: Why::Data,
        exit: None,
    };
    session.carry_out(effects);
    while session.exit.is_none() {
        session.turn();
    }
    session.term.leave();
    if let Err(why) = session.save() {
        // The terminal may be gone.
        let _ = writeln!(std::io::stderr(), "fnexplore: {why}");
    }
    Ok((session.exit.unwrap_or(0), session.app.spelt()))
}

struct Session {
    restricted: bool,
    term: Term,
    trainer: Trainer,
    app: App,
    pace: Pace,
    state: State,
    laboratory: Laboratory,
    courier: Courier,
    feed: Option<Feed>,
    began: Instant,
    /// Why the next picture of new numbers is drawn.
    why: Why,
    exit: Option<u8>,
}

impl Session {
    /// Sleep, listen, draw.
    fn turn(&mut self) {
        let inputs = self.term.wait(self.sleep());
        let now = self.began.elapsed();
        let mut keyed = false;
        for input in inputs {
            keyed |= matches!(input, Input::Key(_) | Input::Paste(_) | Input::Mouse(_) | Input::Resize(..));
            self.input(input, now);
        }
        while let Some(event) = self.trainer.event() {
            self.event(event, now);
        }
        while let Some(answer) = self.courier.news() {
            let effects = self.app.update(Msg::Answer(answer), now);
            self.carry_out(effects);
        }
        while let Some(grown) = self.feed.as_ref().and_then(Feed::news) {
            let effects = self.app.update(Msg::Grown(grown), now);
            self.carry_out(effects);
        }
        while let Some(tested) = self.laboratory.news() {
            let _ = self.app.update(Msg::Tested(tested), now);
        }
        self.autosave(now);
        let _ = self.app.update(Msg::Tick, now);
        self.pace.tick(now);
        let due = self.pace.may(self.why, now) && !self.term.busy();
        if due {
            self.why = Why::Data;
            self.look_at_runs(now);
        }
        if self.exit.is_none() && self.app.is_dirty() && (due || keyed && self.pace.may(Why::Key, now)) {
            self.draw(now);
        }
    }

    /// Until a picture that is wanted may be drawn, or the sentence ends; for ever when nothing moves.
    fn sleep(&self) -> Option<Duration> {
        let now = self.began.elapsed();
        let news = self.app.is_dirty() || self.trainer.has_news();
        let picture = news.then(|| self.pace.when(self.why, now).saturating_sub(now));
        let picture = picture.filter(|_| !self.term.busy());
        let sentence = self.app.deadline().map(|end| end.saturating_sub(now));
        let saving = self.state.deadline().filter(|_| self.app.is_learning()).map(|at| at.saturating_sub(now));
        [picture, sentence, saving].into_iter().flatten().min().map(|wait| wait.max(Duration::from_millis(1)))
    }

    fn input(&mut self, input: Input, now: Duration) {
        match input {
            Input::Hangup => self.exit = Some(exit_code(SIGHUP)),
            Input::Signal(SIGTSTP) => self.suspend(now),
            Input::Signal(signal) => self.exit = Some(exit_code(signal)),
            Input::Answered => self.pace.answered(now),
            other => {
                let effects = self.app.update(Msg::Input(other), now);
                self.carry_out(effects);
            }
        }
    }

    fn event(&mut self, event: Event, now: Duration) {
        if let What::Saved(saved) = &event.what {
            if self.state.gather(event.id, saved.clone(), &self.answering()) {
                let session = self.checkpoint();
                self.state.write(&session);
            }
            return;
        }
        if let What::Applied(_) | What::Finished = event.what {
            self.why = Why::Done;
        }
        let effects = self.app.update(Msg::Event(event), now);
        self.carry_out(effects);
    }

    /// Asks the runs how far they have come, every now and then while anything is learned.
    fn autosave(&mut self, now: Duration) {
        if let Some(wrong) = self.state.news() {
            let _ = self.app.update(Msg::Kept(wrong.as_deref().map(Clean::from)), now);
        }
        if self.app.is_learning() && self.state.is_due(now) {
            for id in self.answering() {
                self.trainer.tell(id, Command::Save);
            }
        }
    }

    /// The last savings: what does not answer within a moment is as it was when it last did.
    fn save(&mut self) -> Result<(), String> {
        let ids = self.answering();
        self.state.begin_last();
        for &id in &ids {
            self.trainer.tell(id, Command::Save);
        }
        let until = Instant::now() + LAST;
        while !self.state.has_all(&ids) && Instant::now() < until {
            match self.trainer.event() {
                Some(Event { id, what: What::Saved(saved) }) => drop(self.state.gather(id, saved, &ids)),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        let session = self.checkpoint();
        self.state.write_now(&session)
    }

    /// The session as its runs have last said.
    fn checkpoint(&mut self) -> Checkpoint {
        let ids: Vec<RunId> = self.app.runs().iter().map(|run| run.id).collect();
        let runs = self.state.runs(&ids);
        self.app.checkpoint(self.home(), runs)
    }

    /// The file that the document came from or was saved to, in full.
    fn home(&self) -> Option<String> {
        let path = self.app.file().and_then(|path| std::fs::canonicalize(path).ok());
        path.map(|path| path.to_string_lossy().into_owned())
    }

    /// The runs that can say how far they have come.
    fn answering(&self) -> Vec<RunId> {
        self.app.runs().iter().filter(|run| run.failed.is_none()).map(|run| run.id).collect()
    }

    fn look_at_runs(&mut self, now: Duration) {
        // Of those that wait as well: a picture that nobody takes would stay news.
        let ids: Vec<RunId> = self.app.all_runs().map(|run| run.id).collect();
        for id in ids {
            let Some(snapshot) = self.trainer.take(id) else { continue };
            let effects = self.app.update(Msg::Snapshot(snapshot), now);
            self.carry_out(effects);
        }
    }

    fn draw(&mut self, now: Duration) {
        if self.term.busy() {
            return;
        }
        self.term.ask(self.pace.asks());
        self.app.link = self.pace.measured();
        let app = &self.app;
        let bytes = self.term.draw(|frame| view::draw(app, frame.area(), frame.buffer_mut()));
        self.pace.drew(now, bytes);
        self.app.drawn();
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Open(spec) => self.trainer.open(*spec),
                Effect::Tell(id, command) => self.trainer.tell(id, command),
                Effect::GiveUp => self.courier.give_up(),
                Effect::Errand(errand) => {
                    let answer = self.answer(errand);
                    let effects = self.app.update(Msg::Answer(answer), self.began.elapsed());
                    self.carry_out(effects);
                }
                Effect::Test(test) => self.laboratory.ask(test),
                Effect::Copy(text) => self.term.copy(&text),
                Effect::Mouse(on) => self.term.mouse(on),
                Effect::Export(export) => {
                    let told =
                        if self.restricted { Err(disk::RESTRICTED.to_owned()) } else { export.write(Path::new(".")) };
                    let told = Msg::Exported(told);
                    // It asks for nothing more.
                    let _ = self.app.update(told, self.began.elapsed());
                }
                Effect::Repaint => self.term.repaint(),
                Effect::Suspend => self.suspend(self.began.elapsed()),
                Effect::Quit => self.exit = self.exit.or(Some(0)),
            }
        }
    }

    /// What the disk says, or whoever sets out for another machine.
    fn answer(&mut self, errand: Errand) -> Answer {
        match &errand {
            _ if self.restricted => disk::restricted(errand),
            Errand::Open(path) => {
                let away = path.to_str().and_then(|name| self.courier.fetch(name));
                away.unwrap_or_else(|| disk::carry_out(errand))
            }
            Errand::List(_) | Errand::Save { .. } => disk::carry_out(errand),
        }
    }

    /// The whole job stops, training too; what was running runs on afterwards.
    fn suspend(&mut self, now: Duration) {
        match self.term.suspend() {
            Ok(true) => {
                self.pace.restart(now);
                let size = self.term.size();
                let effects = self.app.update(Msg::Input(Input::Resize(size.width, size.height)), now);
                self.carry_out(effects);
            }
            Ok(false) => {}
            Err(_) => self.exit = Some(exit_code(SIGHUP)),
        }
    }
}

impl Drop for Session {
    /// Runs are closed before the threads are joined, so that leaving does not wait for a turn of each.
    fn drop(&mut self) {
        for run in self.app.all_runs() {
            self.trainer.tell(run.id, Command::Close);
        }
    }
}

fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}
