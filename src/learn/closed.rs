//! Posteriors that are normals: exact for (a, d) of f⁽¹⁾ at once, Laplace's when the mode is reached. Knows no thread and no clock.

use super::{Mode, Plan, Step, Turn, Way};
use crate::bayes::{Belief, Exact, Laplace, LogDensity, Noise, Structure, Whitening};
use crate::data::{Dataset, Points};
use crate::function::Refusal;
use crate::model::{Coefficients, Group, Likelihood, Model, Prior, Scale};
use crate::seeds::Seeds;
use ndarray::Axis;
use std::ops::Range;
use std::sync::Arc;

/// Free coordinates up to which the whole matrix is made where nobody said which: more take longer than a person waits.
const WHOLE: usize = 1000;

/// A normal posterior, or the way to it: plain data.
#[derive(Clone, Debug)]
pub struct Closed {
    data: Arc<Dataset>,
    held: Vec<Range<usize>>,
    structure: Option<Structure>,
    beta: f64,
    model: Arc<Model>,
    /// On the way to the mode; none where it is known at once.
    mode: Option<Mode>,
    theta: Vec<f64>,
    /// No slope to show, once the posterior is known.
    flat: Vec<f64>,
    found: Option<Arc<Normal>>,
    wrong: Option<Refusal>,
    pub(super) step: u64,
}

/// What is known then.
#[derive(Clone, Debug)]
pub struct Normal {
    /// Of all that is free; of the exact posterior it is (a, d) of f⁽¹⁾ and no approximation.
    pub laplace: Laplace,
    /// The same as a belief holds it.
    pub belief: Belief,
    /// log p(D), given what is held; none where a prior is flat or β is not 1.
    pub log_evidence: Option<f64>,
    /// The same in closed form, where that is how it is known: no approximation.
    pub exact: Option<Exact>,
}

impl Closed {
    /// The posterior of `plan` about or at `given`, with the coordinates of `held` not uncertain.
    ///
    /// # Errors
    /// A sentence, where the exact posterior has no closed form or a value is not finite.
    pub fn new(
        plan: &Plan,
        given: &Coefficients,
        data: &Arc<Dataset>,
        held: &[Range<usize>],
        seeds: Seeds,
    ) -> Result<Self, Refusal> {
        let mut closed = Self {
            data: data.clone(),
            held: held.to_vec(),
            structure: plan.structure,
            beta: plan.beta,
            model: given.model.clone(),
            mode: None,
            theta: given.theta.to_vec(),
            flat: vec![f64::NAN; given.theta.len()],
            found: None,
            wrong: None,
            step: 0,
        };
        if plan.way == Way::Exact {
            let (normal, theta) = closed.exact(given)?;
            (closed.found, closed.theta) = (Some(Arc::new(normal)), theta);
        } else {
            let rows = data.train.x.nrows();
            closed.mode = Some(Mode::new(&given.model, given.theta.to_vec(), rows, held, seeds));
        }
        Ok(closed)
    }

    /// Begins anew at `theta`, if that fits: the exact posterior is of what stands there, the mode is looked for from there.
    pub(super) fn resume(&mut self, theta: &[f64], step: u64) -> bool {
        if theta.len() != self.theta.len() || !theta.iter().all(|value| value.is_finite()) {
            return false;
        }
        self.step = step;
        if let Some(mode) = &mut self.mode {
            (self.found, self.wrong) = (None, None);
            return mode.resume(theta, step);
        }
        let given = Coefficients::new(self.model.clone(), theta).expect("as long as the layout");
        let Ok((normal, theta)) = self.exact(&given) else { return false };
        (self.found, self.theta) = (Some(Arc::new(normal)), theta);
        true
    }

    /// Steps towards the mode; then the normal about it.
    pub(super) fn advance(&mut self, density: &mut dyn LogDensity, each: &mut dyn FnMut(Step) -> bool) -> Turn {
        let Some(mode) = &mut self.mode else { return Turn::Settled };
        let before = self.step - mode.step().min(self.step);
        let turn = mode.advance(density, &mut |step| each(Step { step: before + step.step, ..step }));
        self.step = before + mode.step();
        if turn == Turn::Settled && self.found.is_none() && self.wrong.is_none() {
            self.theta = mode.theta().to_vec();
            match self.about() {
                Ok(normal) => self.found = Some(Arc::new(normal)),
                Err(why) => self.wrong = Some(why),
            }
        }
        turn
    }

    /// Laplace's normal about the mode.
    fn about(&self) -> Result<Normal, Refusal> {
        let mode = self.function();
        let free = Whitening::new(&self.model, &self.held).dim();
        let affordable = if free <= WHOLE { Structure::Full } else { Structure::Stages };
        let structure = self.structure.unwrap_or(affordable);
        let laplace = Laplace::tempered(&mode, &self.data.train, structure, &self.held, self.beta)?;
        Ok(Normal {
            belief: Belief::Gaussian(Arc::new(laplace.gaussian.clone())),
            log_evidence: Some(laplace.log_evidence).filter(|_| !is_tempered(self.beta) && !self.is_flat()),
            laplace,
            exact: None,
        })
    }

    /// The exact posterior of (a, d) given the rest of `given`, and s at its mode where that is learned.
    fn exact(&self, given: &Coefficients) -> Result<(Normal, Vec<f64>), Refusal> {
        let learned = given.layout().find(None, Group::LogScale).map(|block| block.at.start);
        let free = learned.filter(|at| !self.held.iter().any(|held| held.contains(at)));
        let Some(at) = free.filter(|_| self.beta > 0.0 && self.data.train.x.nrows() > 0) else {
            return exact(given, &self.data.train, self.beta);
        };
        let mut theta = given.theta.to_vec();
        theta[at] = Exact::likeliest_scatter(given, &self.data.train, self.beta)?.ln();
        exact(
            &Coefficients::new(self.model.clone(), theta).expect("as long as the layout"),
            &self.data.train,
            self.beta,
        )
    }

    /// Whether something that is not held has a flat prior: there is no p(D) then.
    fn is_flat(&self) -> bool {
        let layout = self.model.layout();
        let prior = |at| layout.block_of(at).and_then(|block| self.model.priors.of(block));
        Whitening::new(&self.model, &self.held).free.iter().any(|at| prior(*at) == Some(Prior::Flat))
    }

    fn function(&self) -> Coefficients {
        Coefficients::new(self.model.clone(), self.theta.as_slice()).expect("as long as the layout")
    }

    /// Where it stands: the mode, or a point on the way.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        match &self.mode {
            Some(mode) => mode.theta(),
            None => &self.theta,
        }
    }

    pub(super) fn gradient(&self) -> &[f64] {
        self.mode.as_ref().filter(|_| self.found.is_none()).map_or(&self.flat, Mode::gradient)
    }

    /// What is known, once it is.
    #[must_use]
    pub fn normal(&self) -> Option<&Arc<Normal>> {
        self.found.as_ref()
    }

    /// Why the mode has no normal about it.
    #[must_use]
    pub fn wrong(&self) -> Option<&Refusal> {
        self.wrong.as_ref()
    }
}

/// The exact posterior of (a, d) at β: noise of s/√β, or no data at all for β = 0.
fn exact(given: &Coefficients, points: &Points, beta: f64) -> Result<(Normal, Vec<f64>), Refusal> {
    let none = Points { x: points.x.select(Axis(0), &[]), y: points.y.select(Axis(0), &[]) };
    let (points, noise) =
        if beta > 0.0 { (points, scatter(given).map(|s| Noise::Known(s / beta.sqrt()))) } else { (&none, None) };
    let exact = Exact::new(given, points, noise)?;
    let gaussian = exact.gaussian().expect("s is known: it is the likelihood's");
    let theta = gaussian.mean.theta.to_vec();
    let belief = Belief::Gaussian(Arc::new(gaussian.clone()));
    let whitening = Whitening::new(&given.model, &exact.given());
    let log_evidence = if is_tempered(beta) { None } else { exact.log_evidence() };
    let laplace = Laplace::known(gaussian, whitening, log_evidence);
    Ok((Normal { laplace, belief, log_evidence, exact: Some(exact) }, theta))
}

/// Whether the data count otherwise than by Bayes' rule.
fn is_tempered(beta: f64) -> bool {
    (beta - 1.0).abs() > 0.0
}

/// s of a Gaussian likelihood.
fn scatter(f: &Coefficients) -> Option<f64> {
    match f.model.likelihood {
        Likelihood::Gaussian { scale: Scale::Fixed(s) } => Some(s),
        Likelihood::Gaussian { scale: Scale::Learned } => {
            Some(f.theta[f.layout().find(None, Group::LogScale)?.at.start].exp())
        }
        Likelihood::StudentT { .. }
        | Likelihood::Laplace { .. }
        | Likelihood::Bernoulli
        | Likelihood::Categorical
        | Likelihood::Poisson => None,
    }
}
