//! `fnexplore train`: every variant to its last step on background threads, reported and saved. Ends by steps, divergence
//! or a signal; a signal loses nothing.

use super::results::Results;
use super::{End, Train, open, report};
use crate::learn::Way;
use crate::preset::Preset;
use crate::run::{RunId, RunSpec, Snapshot, Status};
use crate::text::Clean;
use crate::train::{Command, Trainer, Wake, What};
use anyhow::Context;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Step lines are this far apart.
const REPORT: Duration = Duration::from_millis(100);

pub(super) fn train(args: &Train) -> Result<(), End> {
    let mut preset = open::open(&args.what)?;
    if let Some(steps) = args.steps {
        preset.base.steps = steps;
        fewer_draws(&mut preset, steps);
    }
    // What cannot be saved is said before it is learned.
    let results = args.out.as_deref().map(|folder| Results::ready(folder, &preset)).transpose()?;
    let json = args.json;
    let mut out = std::io::stdout().lock();
    let mut tell =
        |line: serde_json::Value| if json { writeln!(out, "{line}").and_then(|()| out.flush()) } else { Ok(()) };
    // A posterior is summed up once: over all its draws that takes a while.
    let mut summaries = BTreeMap::new();
    let ended = learn(&preset, args.threads.map(usize::from), &mut |progress| match progress {
        Progress::Start(run) => tell(report::start(run)),
        Progress::Step(run) => tell(report::step(run)),
        Progress::End(run, took, interrupted) => {
            if run.experiment.learn.way.is_posterior() || args.out.is_some() {
                let summary = summaries.entry(run.id).or_insert_with(|| run.summarised());
                if run.experiment.learn.way.is_posterior() {
                    tell(report::posterior(run, summary))?;
                }
            }
            tell(report::end(run, took, interrupted))
        }
    })?;
    if let Some(results) = results {
        results.save(&preset, &ended, &summaries)?;
    }
    if !json {
        for (run, took) in &ended.runs {
            writeln!(out, "{}", report::sentence(run, *took))?;
            let summary = summaries.get(&run.id).filter(|_| run.experiment.learn.way.is_posterior());
            for line in summary.into_iter().flat_map(report::learned) {
                writeln!(out, "    {line}")?;
            }
        }
    }
    ended.code()
}

/// `--steps` of chains: at most so many draws after at most so many of warm-up.
fn fewer_draws(preset: &mut Preset, steps: u64) {
    let draws = |at: usize| preset.settings(at).learn.way == Way::Nuts;
    if (0..preset.runs().len()).any(draws) {
        let nuts = &mut preset.base.learn.nuts;
        (nuts.draws, nuts.warmup) = (nuts.draws.min(steps.max(1)), nuts.warmup.min(steps));
        preset.base.learn.warmup = preset.base.learn.nuts.warmup;
    }
}

/// What is told while runs learn.
pub(super) enum Progress<'a> {
    Start(&'a Snapshot),
    Step(&'a Snapshot),
    End(&'a Snapshot, Duration, bool),
}

/// All runs at their ends.
pub(super) struct Ended {
    pub runs: Vec<(Arc<Snapshot>, Duration)>,
    pub signal: Option<u8>,
}

impl Ended {
    /// 0, 3 if any diverged, 128+n after signal n.
    pub fn code(&self) -> Result<(), End> {
        let diverged = self.runs.iter().any(|(run, _)| matches!(run.status, Status::Diverged { .. }));
        match self.signal {
            Some(signal) => Err(End::Code(128 + signal)),
            None if diverged => Err(End::Code(3)),
            None => Ok(()),
        }
    }
}

/// One run on its way.
struct Pupil {
    id: RunId,
    seen: Option<Arc<Snapshot>>,
    over: Option<Duration>,
    told: Duration,
}

/// Lets every run of `preset` learn for its steps.
pub(super) fn learn(
    preset: &Preset,
    threads: Option<usize>,
    tell: &mut dyn FnMut(Progress<'_>) -> std::io::Result<()>,
) -> Result<Ended, End> {
    let (wake, woken) = channel();
    let names = preset.runs();
    let wake: Wake = Arc::new(move || {
        // Nobody is left to wake once the loop below is over.
        let _ = wake.send(());
    });
    // A thread a run, and one a chain.
    let wanted = |at: usize| match preset.settings(at).learn {
        learn if learn.way == Way::Nuts => usize::try_from(learn.chains).unwrap_or(1),
        _ => 1,
    };
    let wanted = (0..names.len()).map(wanted).sum();
    let mut trainer = Trainer::new(threads.unwrap_or(wanted), &wake);
    let signal = caught()?;
    let steps = preset.base.steps;
    let began = Instant::now();
    let mut pupils = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let id = RunId(u32::try_from(at).context("too many variants")?);
        let settings = preset.settings(at);
        // Chains know themselves how many draws there are to be.
        let until = (settings.learn.way != Way::Nuts).then_some(steps);
        trainer.open(RunSpec { id, name: Clean::from(name.as_str()), settings, saved: None });
        trainer.tell(id, Command::Run { until });
        pupils.push(Pupil { id, seen: None, over: None, told: Duration::ZERO });
    }
    let mut stopping = false;
    while pupils.iter().any(|pupil| pupil.over.is_none()) {
        wait(&woken);
        if !stopping && signal.load(Ordering::Relaxed) != 0 {
            stopping = true;
            for pupil in &pupils {
                trainer.tell(pupil.id, Command::Pause);
            }
        }
        while let Some(event) = trainer.event() {
            if let What::Failed(why) = event.what {
                return Err(End::Failed(anyhow::anyhow!("{why}")));
            }
        }
        for pupil in &mut pupils {
            pupil.look(&trainer, began.elapsed(), stopping, tell)?;
        }
    }
    let runs = pupils.into_iter().filter_map(|pupil| Some((pupil.seen?, pupil.over?))).collect();
    let signal = Some(signal.load(Ordering::Relaxed)).filter(|_| stopping).and_then(|signal| u8::try_from(signal).ok());
    Ok(Ended { runs, signal })
}

impl Pupil {
    /// Takes the newest picture and tells what is new in it.
    fn look(
        &mut self,
        trainer: &Trainer,
        now: Duration,
        stopping: bool,
        tell: &mut dyn FnMut(Progress<'_>) -> std::io::Result<()>,
    ) -> Result<(), End> {
        let Some(run) = trainer.take(self.id) else { return Ok(()) };
        if self.seen.is_none() {
            tell(Progress::Start(&run))?;
        }
        // A paused picture is also the very first one: only one that has been told to stop is at its end.
        let over = match run.status {
            Status::Finished | Status::Stopped(_) | Status::Diverged { .. } | Status::Failed(_) => true,
            Status::Paused => stopping,
            Status::Running | Status::Collapsed => false,
        };
        if over && self.over.is_none() {
            self.over = Some(now);
            tell(Progress::End(&run, now, stopping && run.status == Status::Paused))?;
        } else if !over && now.saturating_sub(self.told) >= REPORT {
            self.told = now;
            tell(Progress::Step(&run))?;
        }
        self.seen = Some(run);
        Ok(())
    }
}

/// Until there is news, but not for ever: a signal must be seen.
fn wait(woken: &Receiver<()>) {
    let _ = woken.recv_timeout(REPORT / 2);
    while woken.try_recv().is_ok() {}
}

/// The number of the signal that came, 0 before; a second one ends the program at once.
fn caught() -> Result<Arc<AtomicUsize>, End> {
    let (signal, armed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    for number in [SIGINT, SIGTERM, SIGHUP] {
        let value = usize::try_from(number).unwrap_or(1);
        // In this order: the first signal finds nothing armed, and arms.
        flag::register_conditional_shutdown(number, 128 + number, armed.clone())?;
        flag::register(number, armed.clone())?;
        flag::register_usize(number, signal.clone(), value)?;
    }
    Ok(signal)
}
