//! The one file that knows nuts-rs: a density in whitened coordinates in, one draw out. Knows no chain's plan beyond its numbers.

use super::chain::Nuts;
use crate::bayes::{LogDensity, Told, Whitening};
use crate::function::NotFinite;
use crate::seeds::Seeds;
use nuts_rs::{
    Chain as _, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, LogpError, Settings, Storable, Value,
};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far a start is moved, in units of τ, where it has no slope at all, as in a collapsed f⁽ⁱ⁾: nuts-rs takes a slope that is
/// exactly 0 for a broken one.
const ASIDE: f64 = 1e-2;

type Inner = <DiagNutsSettings as Settings>::Chain<CpuMath<Target>>;

/// Why there is no draw.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Failure {
    /// It was told to stop inside a draw.
    Stopped,
    /// The density is not finite where it must be.
    NotFinite(NotFinite),
}

/// The density, lent to the sampler and taken back when it ends.
type Shared = Rc<RefCell<Option<Box<dyn LogDensity>>>>;

/// log p as the sampler sees it: over z, the free coordinates whitened.
struct Target {
    density: Shared,
    whitening: Whitening,
    /// θ, with what is held; its gradient; where a value left the numbers.
    theta: Vec<f64>,
    gradient: Vec<f64>,
    bad: Rc<RefCell<Option<NotFinite>>>,
    stop: Arc<AtomicBool>,
}

#[derive(Debug)]
enum Wrong {
    Stopped,
    NotFinite,
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Stopped => "stopped",
            Self::NotFinite => "not finite",
        })
    }
}

impl std::error::Error for Wrong {}

impl LogpError for Wrong {
    /// What is not finite is a divergence, and the chain goes on.
    fn is_recoverable(&self) -> bool {
        match self {
            Self::Stopped => false,
            Self::NotFinite => true,
        }
    }
}

impl HasDims for Target {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::from([("unconstrained_parameter".to_owned(), self.whitening.dim() as u64)])
    }
}

impl CpuLogpFunc for Target {
    type LogpError = Wrong;
    type FlowParameters = ();
    type ExpandedVector = Vec<f64>;

    fn dim(&self) -> usize {
        self.whitening.dim()
    }

    fn logp(&mut self, z: &[f64], gradient: &mut [f64]) -> Result<f64, Wrong> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Wrong::Stopped);
        }
        self.whitening.unwhiten(z, &mut self.theta);
        let mut density = self.density.borrow_mut();
        let Some(density) = density.as_mut() else { return Err(Wrong::Stopped) };
        match density.at(&self.theta, Some(&mut self.gradient)) {
            Ok(parts) if parts.log_posterior().is_finite() => {
                self.whitening.slope(&self.gradient, gradient);
                Ok(parts.log_posterior())
            }
            Ok(_) => Err(Wrong::NotFinite),
            Err(bad) => {
                *self.bad.borrow_mut() = Some(bad);
                Err(Wrong::NotFinite)
            }
        }
    }

    fn expand_vector<R: nuts_rs::rand::Rng + ?Sized>(
        &mut self,
        _: &mut R,
        _: &[f64],
    ) -> Result<Vec<f64>, CpuMathError> {
        Ok(Vec::new())
    }
}

/// A sampler at its place.
pub(super) struct Sampler {
    inner: Inner,
    density: Shared,
    bad: Rc<RefCell<Option<NotFinite>>>,
    whitening: Whitening,
    theta: Vec<f64>,
    stop: Arc<AtomicBool>,
}

impl fmt::Debug for Sampler {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sampler").field("theta", &self.theta).finish_non_exhaustive()
    }
}

impl Sampler {
    /// Before its first draw; `theta` has what is held. The random numbers are those that nuts-rs itself gives chain `id`.
    pub fn new(
        plan: &Nuts,
        whitening: &Whitening,
        theta: &[f64],
        density: Box<dyn LogDensity>,
        seeds: Seeds,
        id: u64,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let density: Shared = Rc::new(RefCell::new(Some(density)));
        let bad = Rc::new(RefCell::new(None));
        let target = Target {
            density: density.clone(),
            whitening: whitening.clone(),
            theta: theta.to_vec(),
            gradient: vec![0.0; theta.len()],
            bad: bad.clone(),
            stop: stop.clone(),
        };
        let mut settings = DiagNutsSettings {
            num_tune: plan.warmup,
            num_draws: plan.draws,
            maxdepth: plan.depth,
            ..DiagNutsSettings::default()
        };
        settings.adapt_options.step_size_settings.target_accept = plan.target_accept;
        let mut rng = ChaCha8Rng::seed_from_u64(seeds.0);
        rng.set_stream(id + 1);
        let inner = settings.new_chain(id, CpuMath::new(target), &mut rng).expect("the settings are checked");
        Self { inner, density, bad, whitening: whitening.clone(), theta: theta.to_vec(), stop }
    }

    /// Puts it at θ, or a little aside, and finds a first step size.
    pub fn start(&mut self, theta: &[f64]) -> Result<(), Failure> {
        if self.inner.set_position(&self.whitening.whiten(theta)).is_ok() {
            return Ok(());
        }
        let aside = self.aside(theta).ok_or_else(|| self.failure())?;
        self.inner.set_position(&aside).map_err(|_| self.failure())
    }

    /// z of θ, moved along the coordinates without a slope; none where all have one, or the density is not finite.
    fn aside(&self, theta: &[f64]) -> Option<Vec<f64>> {
        let (mut z, mut gradient) = (self.whitening.whiten(theta), vec![0.0; theta.len()]);
        self.density.borrow_mut().as_mut()?.at(theta, Some(&mut gradient)).ok()?;
        let level = |at: usize| gradient[at].abs() <= 0.0;
        let moved = self.whitening.free.iter().zip(&mut z).filter(|(at, _)| level(**at));
        let count = moved.map(|(_, z)| *z += ASIDE).count();
        (count > 0 && !self.stop.load(Ordering::Relaxed)).then_some(z)
    }

    /// One draw: θ, and what there is to tell of it.
    pub fn draw(&mut self) -> Result<(Vec<f64>, Told), Failure> {
        let (z, _, mut stats, progress) = self.inner.expanded_draw().map_err(|_| self.failure())?;
        self.whitening.unwhiten(&z, &mut self.theta);
        let mut told = Told {
            likelihood: f64::NAN,
            prior: f64::NAN,
            loss: f64::NAN,
            energy: f64::NAN,
            step_size: progress.step_size,
            depth: 0,
            deepest: false,
            gradients: u32::try_from(progress.num_gradients).unwrap_or(u32::MAX),
            diverging: progress.diverging,
        };
        for (name, value) in stats.get_all(&(&*self.inner.math()).into()) {
            match (name, value) {
                ("energy", Some(Value::ScalarF64(energy))) => told.energy = energy,
                ("depth", Some(Value::ScalarU64(depth))) => told.depth = u32::try_from(depth).unwrap_or(u32::MAX),
                ("maxdepth_reached", Some(Value::ScalarBool(deepest))) => told.deepest = deepest,
                (_, _) => {}
            }
        }
        let parts = self.density.borrow_mut().as_mut().and_then(|density| density.at(&self.theta, None).ok());
        if let Some(parts) = parts {
            (told.likelihood, told.prior, told.loss) = (parts.likelihood, parts.prior, parts.loss);
        }
        Ok((self.theta.clone(), told))
    }

    fn failure(&self) -> Failure {
        if self.stop.load(Ordering::Relaxed) {
            return Failure::Stopped;
        }
        let bad = self.bad.borrow_mut().take();
        Failure::NotFinite(bad.unwrap_or_else(|| NotFinite { block: "the log posterior".to_owned() }))
    }

    /// The density back.
    pub fn into_density(self) -> Box<dyn LogDensity> {
        self.density.borrow_mut().take().expect("it is taken once")
    }
}
