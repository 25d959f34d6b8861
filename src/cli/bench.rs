//! `fnexplore bench`: this machine's rates, of whole steps and of gradients, and what share of its multiply-adds they use.

use super::{Bench, DtypeName, End, open};
use crate::bayes::{LogDensity, Posterior};
use crate::data::Dataset;
use crate::engine::{Engine, Real, spin};
use crate::function::{Evaluate, Reference, start_on};
use crate::learn::{Batch, Learner, Turn};
use crate::model::{Composition, Form, Lift, Over, Readout};
use crate::preset::{Experiment, load};
use crate::seeds::Seeds;
use crate::text::Clean;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The configurations that peers are compared on: `benches/configs/`.
const CONFIGS: &[(&str, &str)] = &[
    ("A", include_str!("../../benches/configs/a.toml")),
    ("B", include_str!("../../benches/configs/b.toml")),
    ("C", include_str!("../../benches/configs/c.toml")),
    ("D", include_str!("../../benches/configs/d.toml")),
    ("E", include_str!("../../benches/configs/e.toml")),
    ("nuts", include_str!("../../benches/configs/nuts.toml")),
];

/// Rates are the best of so many rounds, each so long: others may be using the machine.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(300);

pub(super) fn bench(args: &Bench) -> Result<(), End> {
    let cases = cases(args)?;
    let mut out = std::io::stdout().lock();
    let dtypes = args.dtype.map_or(vec![DtypeName::F64, DtypeName::F32], |dtype| vec![dtype]);
    for case in &cases {
        for dtype in &dtypes {
            let measured = match dtype {
                DtypeName::F32 => case.measure::<f32>(args.reference)?,
                DtypeName::F64 => case.measure::<f64>(args.reference)?,
            };
            if args.json {
                writeln!(out, "{}", measured.json(&case.name))?;
            } else {
                writeln!(out, "{}", measured.sentence(&case.name))?;
            }
            out.flush()?;
        }
    }
    Ok(())
}

/// What is asked for: a configuration, all of them, or a preset's first run.
fn cases(args: &Bench) -> Result<Vec<Case>, End> {
    if args.what.preset.is_some() || !args.what.set.is_empty() {
        let preset = open::open(&args.what)?;
        let name = args.what.preset.clone().unwrap_or_else(|| "compose".to_owned());
        return Ok(vec![Case::new(name, &preset.settings(0))?]);
    }
    let chosen = CONFIGS.iter().filter(|(name, _)| args.config.is_none_or(|config| config.name() == *name));
    let cases = chosen.map(|(name, text)| {
        let preset = load(&Clean::from(*name), text, &|_| Err("a configuration reads no file".to_owned()))?;
        Case::new((*name).to_owned(), &preset.settings(0))
    });
    cases.collect()
}

/// One thing to measure.
struct Case {
    name: String,
    experiment: Experiment,
    data: Arc<Dataset>,
    theta: Vec<f64>,
}

/// Steps and gradients a second, by the wall and by the thread's own time.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    wall: f64,
    cpu: f64,
}

struct Measured {
    dtype: &'static str,
    level: &'static str,
    steps: Rate,
    gradients: Rate,
    /// Operations of a gradient's products, and operations a second at the peak.
    work: f64,
    peak: f64,
    reference: Option<Rate>,
}

impl Case {
    fn new(name: String, settings: &crate::preset::Settings) -> Result<Self, End> {
        let experiment = settings.experiment().map_err(|faults| {
            let all: Vec<String> = faults.into_iter().map(|(_, why)| why).collect();
            End::Failed(anyhow::anyhow!("{}", all.join("; ")))
        })?;
        let data = Dataset::draw(&experiment.data, Seeds(experiment.seed)).map_err(anyhow::Error::msg)?;
        let seeds = Seeds(experiment.seed);
        let theta = start_on(&experiment.model, &experiment.start, seeds, 0, data.train.x.view());
        Ok(Self { name, experiment, data: Arc::new(data), theta })
    }

    fn measure<T: Real>(&self, against: bool) -> Result<Measured, End> {
        let model = &self.experiment.model;
        let engine = Engine::<T>::new(model.clone(), self.data.clone());
        let level = engine.level();
        let peak = best(|| spin::<T>(level, 1 << 16))?;
        let (steps, gradients) = self.rates(engine)?;
        let reference = || self.rates(Reference::new(model.clone(), self.data.clone()));
        let reference = against.then(reference).transpose()?.map(|(steps, _)| steps);
        let work = operations(&model.f) * count(self.data.train.x.nrows());
        Ok(Measured { dtype: T::NAME, level: level.name(), steps, gradients, work, peak: peak.cpu, reference })
    }

    /// Whole steps as training takes them, and gradients of the log posterior on all rows. A step on mini-batches is an epoch.
    fn rates<E: Evaluate>(&self, evaluate: E) -> Result<(Rate, Rate), End> {
        let (model, plan) = (&self.experiment.model, &self.experiment.learn);
        let rows = self.data.train.x.nrows();
        let mut posterior = Posterior::new(model, evaluate, Vec::new());
        let mut gradient = vec![0.0; self.theta.len()];
        let gradients = best(|| {
            let parts = posterior.at(&self.theta, Some(&mut gradient));
            f64::from(u8::from(std::hint::black_box(parts).is_ok()))
        })?;
        let mut learner = Learner::new(plan, self.theta.clone(), model, rows, Seeds(self.experiment.seed));
        let updates = match plan.batch {
            Batch::Full => 1,
            Batch::Of(size) => rows.div_ceil(size.max(1)).max(1),
        };
        let mut diverged = false;
        let steps = best(|| {
            let until = learner.step() + updates as u64;
            diverged |= learner.advance(&mut posterior, &mut |step| step.step < until) != Turn::Went;
            1.0
        })?;
        if diverged {
            return Err(End::Failed(anyhow::anyhow!("{} diverges; its rates would mean nothing", self.name)));
        }
        Ok((steps, gradients))
    }
}

impl Measured {
    /// Of the peak, by the products of a gradient alone.
    fn share(&self) -> f64 {
        self.gradients.cpu * self.work / self.peak
    }

    fn json(&self, config: &str) -> serde_json::Value {
        let mut line = json!({
            "peer": "fnexplore",
            "config": config,
            "dtype": self.dtype,
            "level": self.level,
            "steps_per_s": self.steps.wall,
            "steps_per_cpu_s": self.steps.cpu,
            "gradients_per_s": self.gradients.wall,
            "gradients_per_cpu_s": self.gradients.cpu,
            "peak_gflops": self.peak * 1e-9,
            "share_of_peak": self.share(),
        });
        if let Some(reference) = self.reference {
            line["reference_steps_per_cpu_s"] = json!(reference.cpu);
            line["times_reference"] = json!(self.steps.cpu / reference.cpu);
        }
        line
    }

    fn sentence(&self, config: &str) -> String {
        let reference = self.reference.map_or_else(String::new, |reference| {
            format!("   {:.1} times the reference", self.steps.cpu / reference.cpu)
        });
        format!(
            "{config:<6} {}   {:>9.1} steps/s, {:>9.1} a CPU second   {:>9.1} gradients a CPU second, {:>2.0} % of {:.0} GFLOP/s ({}){reference}",
            self.dtype,
            self.steps.wall,
            self.steps.cpu,
            self.gradients.cpu,
            100.0 * self.share(),
            1e-9 * self.peak,
            self.level,
        )
    }
}

/// The best rate of a few rounds. `work` answers how much it has done.
fn best(mut work: impl FnMut() -> f64) -> Result<Rate, End> {
    // So many calls that reading the clocks costs nothing beside them.
    let mut calls = 1_u32;
    loop {
        let began = Instant::now();
        for _ in 0..calls {
            std::hint::black_box(work());
        }
        if began.elapsed() > Duration::from_millis(2) || calls > 1 << 20 {
            break;
        }
        calls *= 2;
    }
    let mut best = Rate::default();
    for _ in 0..ROUNDS {
        let (began, cpu) = (Instant::now(), cpu_time());
        let mut done = 0.0;
        while began.elapsed() < ROUND {
            for _ in 0..calls {
                done += work();
            }
        }
        let (wall, cpu) = (began.elapsed(), cpu_time().saturating_sub(cpu));
        best.wall = best.wall.max(done / wall.as_secs_f64());
        best.cpu = best.cpu.max(done / cpu.as_secs_f64().max(1e-9));
    }
    if best.wall > 0.0 { Ok(best) } else { Err(End::Failed(anyhow::anyhow!("a value has left the numbers"))) }
}

/// This thread's own time.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Operations of the products of one row's gradient: two a coefficient forward, two for its own gradient, and two back
/// through it but for the innermost.
fn operations(f: &Composition) -> f64 {
    let lifts = f.lift == Lift::Linear;
    let mut total = 0.0;
    let mut add = |applied: usize, entries: usize, back: bool| {
        total += count(applied * entries * if back { 6 } else { 4 });
    };
    if lifts {
        add(1, f.inputs * f.stream_inputs(), false);
    }
    for (at, stage) in f.stages.iter().enumerate() {
        let applied = match stage.over {
            Over::Points => 1,
            Over::Patches { .. } => f.extent(at).positions,
        };
        if stage.form == Form::Full {
            add(applied, f.stage_inputs(at) * stage.k, at > 0 || lifts);
        }
        add(applied, f.stage_elements(at) * stage.outputs, true);
    }
    if f.readout == Readout::Linear {
        add(1, f.extent(f.depth()).columns() * f.outputs, true);
    }
    total
}

#[expect(clippy::cast_precision_loss, reason = "a count of operations")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PERFORMANCE's FLOP limits: 117 GFLOP/s are 269 thousand steps of A, 2294 of B, 24.2 of C, 2972 of D.
    #[test]
    fn the_configurations_are_those_that_peers_ran() {
        for (at, steps) in [(0, 269e3), (1, 2294.0), (2, 24.2), (3, 2972.0)] {
            let (name, text) = CONFIGS[at];
            let preset = load(&Clean::from(name), text, &|_| Err(String::new())).expect("a sound preset");
            let case = Case::new(name.to_owned(), &preset.settings(0)).expect("an experiment");
            let work = operations(&case.experiment.model.f) * count(case.data.train.x.nrows());
            assert!((117e9 / work / steps - 1.0).abs() < 0.02, "{name}: {}", 117e9 / work);
        }
    }
}
