//! The exact posterior of (a, d) of f⁽¹⁾ given all the rest, with its evidence: for every σ, the step too. Knows no method of
//! learning.
//!
//! Given b, c and the inner stages, ŷ is linear in a and d of the outermost stage: ŷ = Φ w + offset with Φ = s[H, 1], H what a
//! sees. In a residual composition the stream that is added is the offset.

use super::conjugate::{Conjugate, Noise, Paths};
use super::gaussian::{Gaussian, Part, Prediction, Root};
use super::{Refusal, real, refusal};
use crate::data::Points;
use crate::function::through;
use crate::model::{Coefficients, Group, Likelihood, Model, Prior, Readout, Scale};
use crate::seeds::{Purpose, Seeds};
use ndarray::{Array2, ArrayView2, Axis};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// |log s| up to which the likeliest s is looked for.
const SCATTERS: f64 = 20.0;

/// ŷ at some x as a linear function of (a, d) of f⁽¹⁾: the rows of `phi` and `offset` are x's rows, or their positions.
#[derive(Clone, Debug)]
struct Design {
    /// rows×p.
    phi: Array2<f64>,
    /// rows×q.
    offset: Array2<f64>,
}

/// The posterior of (a, d) of f⁽¹⁾.
#[derive(Clone, Debug)]
pub struct Exact {
    f: Coefficients,
    /// Where in θ the p coefficients of every column of w lie.
    at: Vec<Vec<usize>>,
    /// 1/τ of the p coefficients; 0 for a flat prior.
    roots: Vec<f64>,
    prior: Conjugate,
    posterior: Conjugate,
    points: Points,
    /// Made when a draw is first led from the prior to the posterior.
    paths: OnceLock<Option<Paths>>,
}

impl Exact {
    /// Given everything in `f` but a and d of its outermost stage, and the scatter: s of the likelihood (at `f`, where it is
    /// learned) unless another is given.
    ///
    /// # Errors
    /// A sentence, where ŷ is not linear in (a, d), the likelihood or the prior is not Gaussian, or a value not finite.
    pub fn new(f: &Coefficients, points: &Points, noise: Option<Noise>) -> Result<Self, Refusal> {
        let known = scale(f)?;
        let noise = noise.unwrap_or(Noise::Known(known));
        let (at, roots) = places(f)?;
        let prior = Conjugate::prior(&roots, at.len(), noise);
        let none = Points { x: points.x.select(Axis(0), &[]), y: points.y.select(Axis(0), &[]) };
        let paths = OnceLock::new();
        let empty = Self { f: f.clone(), at, roots, posterior: prior.clone(), prior, points: none, paths };
        empty.observed(points)
    }

    /// The s at which p(s | D) ∝ p(D | s)^β p(s) is greatest in log s, given everything in `f` but a, d and s; p(s) half-normal.
    ///
    /// With V the posterior's variances of f at the rows, the slope of its logarithm in log s is
    /// β (Σ (y − f)² + V)/s² − β N m + 1 − s² (`MacKay`, *Bayesian interpolation*, 1992). It falls through zero; that place is
    /// found between two by the Illinois rule (Dowell & Jarratt 1971), to 1e-9 in log s.
    ///
    /// # Errors
    /// As for `new`.
    pub fn likeliest_scatter(f: &Coefficients, points: &Points, beta: f64) -> Result<f64, Refusal> {
        let known = Self::new(f, points, None)?;
        let Design { phi, offset } = design(f, points.x.view())?;
        let y = folded(points.y.view(), offset.dim()) - offset;
        let slope = |log: f64| {
            let s = log.exp();
            let prior = Conjugate::prior(&known.roots, known.at.len(), Noise::Known(s / beta.sqrt()));
            let posterior = observed(prior, phi.view(), y.view())?;
            let misses: f64 = (&y - &phi.dot(&posterior.mean())).iter().map(|miss| miss * miss).sum();
            let squares = misses + posterior.leverage(phi.view()).iter().sum::<f64>() * real(y.ncols());
            Ok(beta * (squares / (s * s) - real(y.len())) + 1.0 - s * s)
        };
        let (mut low, mut high) = (0.0, 0.0);
        let mut at = [slope(0.0)?; 2];
        while at[1] > 0.0 && high < SCATTERS {
            (low, at[0]) = (high, at[1]);
            high += 1.0;
            at[1] = slope(high)?;
        }
        while at[0] < 0.0 && low > -SCATTERS {
            (high, at[1]) = (low, at[0]);
            low -= 1.0;
            at[0] = slope(low)?;
        }
        // A slope of one sign as far as is looked is one end's.
        while high - low > 1e-9 && at[0] > 0.0 && at[1] < 0.0 {
            let middle = (low * at[1] - high * at[0]) / (at[1] - at[0]);
            let here = slope(middle)?;
            if here > 0.0 {
                (low, at) = (middle, [here, 0.5 * at[1]]);
            } else {
                (high, at) = (middle, [0.5 * at[0], here]);
            }
            if here.abs() < 1e-9 {
                return Ok(middle.exp());
            }
        }
        Ok(if at[0] > 0.0 { low } else { high }.exp())
    }

    /// Why `model` has no such posterior, whatever its data; none if it has.
    ///
    /// # Panics
    /// Never: zero is as long as the layout.
    #[must_use]
    pub fn refuse(model: &Arc<Model>) -> Option<Refusal> {
        let zero = Coefficients::new(model.clone(), vec![0.0; model.layout().len()]).expect("as long as the layout");
        scale(&zero).err().or_else(|| places(&zero).err())
    }

    /// The same after more rows: Bayes' rule again, not from the beginning.
    ///
    /// # Errors
    /// A sentence, where a value is not finite.
    ///
    /// # Panics
    /// Never for points with the data's columns.
    pub fn observed(mut self, points: &Points) -> Result<Self, Refusal> {
        let Design { phi, offset } = design(&self.f, points.x.view())?;
        let y = folded(points.y.view(), offset.dim()) - offset;
        self.posterior = observed(self.posterior, phi.view(), y.view())?;
        let join = |one: &Array2<f64>, other: &Array2<f64>| {
            ndarray::concatenate(Axis(0), &[one.view(), other.view()]).expect("the same columns")
        };
        self.paths = OnceLock::new();
        self.points = Points { x: join(&self.points.x, &points.x), y: join(&self.points.y, &points.y) };
        if self.roots.contains(&0.0) && self.points.x.nrows() == 0 {
            return Err(refusal("f1.prior.d is flat and there is no data: nothing is known of d"));
        }
        Ok(self)
    }

    /// The composition with a and d at their posterior mean, which is their mode.
    ///
    /// # Panics
    /// Never: the places lie in θ.
    #[must_use]
    pub fn mode(&self) -> Coefficients {
        self.with(&self.posterior.mean())
    }

    /// log p(y | b, c and the inner stages); none where d's prior is flat.
    #[must_use]
    pub fn log_evidence(&self) -> Option<f64> {
        self.posterior.log_evidence()
    }

    /// What is known of the scatter now.
    #[must_use]
    pub fn noise(&self) -> Noise {
        self.posterior.noise()
    }

    /// f and y at the rows of `x` (N×inputs).
    ///
    /// # Errors
    /// A sentence, where a value is not finite.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Prediction, Refusal> {
        let Design { phi, offset } = design(&self.f, x)?;
        let outputs = self.f.model.f.outputs;
        let (scale, freedom) = match self.posterior.noise() {
            Noise::Known(s) => (s, f64::INFINITY),
            Noise::Unknown { alpha, beta } => ((beta / alpha).sqrt(), 2.0 * alpha),
        };
        let unit = if freedom.is_finite() { scale } else { 1.0 };
        let leverage = self.posterior.leverage(phi.view());
        let mean = phi.dot(&self.posterior.mean()) + &offset;
        let spread = Array2::from_shape_fn(mean.raw_dim(), |(row, _)| unit * leverage[row].sqrt());
        Ok(Prediction {
            mean: unfolded(mean, x.nrows(), outputs),
            spread: unfolded(spread, x.nrows(), outputs),
            noise: Some(scale),
            freedom,
        })
    }

    /// What is known of θ given s: normal, all else in θ held. None while s is unknown (then w is Student's t: draw it).
    #[must_use]
    pub fn gaussian(&self) -> Option<Gaussian> {
        let Noise::Known(_) = self.posterior.noise() else { return None };
        let root = Arc::new(self.posterior.root().clone());
        let part =
            |at: &Vec<usize>| Part { at: at.clone(), scale: vec![1.0; at.len()], root: Root::Dense(root.clone()) };
        Some(Gaussian { mean: self.mode(), parts: self.at.iter().map(part).collect() })
    }

    /// What is given: all of θ but the (a, d) that it is the posterior of.
    #[must_use]
    pub fn given(&self) -> Vec<Range<usize>> {
        let mut own: Vec<usize> = self.at.iter().flatten().copied().collect();
        own.sort_unstable();
        let begins = [0].into_iter().chain(own.iter().map(|at| at + 1));
        let ends = own.iter().copied().chain([self.f.theta.len()]);
        begins.zip(ends).map(|(begin, end)| begin..end).filter(|given| !given.is_empty()).collect()
    }

    /// `n` functions drawn from it.
    #[must_use]
    pub fn draw(&self, n: u64, seeds: Seeds) -> Vec<Coefficients> {
        let draw = |draw| {
            let mut rng = seeds.stream(Purpose::Draws, draw, 1);
            let s = self.posterior.draw_scale(&mut rng);
            self.with(&self.posterior.draw(s, &mut rng))
        };
        (0..n).map(draw).collect()
    }

    /// `n` pairs: a function drawn from the prior of (a, d), and what the data make of that very draw. Every draw has random
    /// numbers of its own, a row of the data too: with a row more or less, each function moves a little and none is exchanged.
    ///
    /// # Errors
    /// A sentence, where a value is not finite or the prior is flat.
    pub fn paths(&self, n: u64, seeds: Seeds) -> Result<Vec<[Coefficients; 2]>, Refusal> {
        if self.roots.contains(&0.0) {
            return Err(refusal("f1.prior.d is flat: there is no prior to draw from"));
        }
        let made = self.paths.get_or_init(|| {
            let Design { phi, offset } = design(&self.f, self.points.x.view()).ok()?;
            let y = folded(self.points.y.view(), offset.dim()) - offset;
            Paths::new(&self.prior, phi.view(), y.view())
        });
        let paths =
            made.as_ref().ok_or_else(|| refusal("a value of f⁽¹⁾'s elements is not finite: nothing can be drawn"))?;
        let pair = |draw| {
            // s is the posterior's, so that pairs of unknown noise end in the posterior.
            let s = self.posterior.draw_scale(&mut seeds.stream(Purpose::Draws, draw, 2));
            let before = self.prior.draw(s, &mut seeds.stream(Purpose::Draws, draw, 3));
            let mut noise = Array2::zeros(paths.shape());
            let mut rng = seeds.stream(Purpose::Draws, draw, 4);
            noise.iter_mut().for_each(|value| *value = rng.sample::<f64, _>(StandardNormal));
            let after = paths.posterior(before.view(), noise.view(), s);
            [self.with(&before), self.with(&after)]
        };
        Ok((0..n).map(pair).collect())
    }

    /// θ with these (a, d).
    fn with(&self, w: &Array2<f64>) -> Coefficients {
        let mut theta = self.f.theta.to_vec();
        for (at, column) in self.at.iter().zip(w.columns()) {
            at.iter().zip(column).for_each(|(at, value)| theta[*at] = *value);
        }
        Coefficients::new(self.f.model.clone(), theta).expect("as long as the layout")
    }
}

/// What is known of w after the rows of Φ and y.
fn observed(before: Conjugate, phi: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Result<Conjugate, Refusal> {
    let after = before.observed(phi, y);
    let after =
        after.ok_or_else(|| refusal("a value of f⁽¹⁾'s elements is not finite: no posterior can be computed"))?;
    if phi.nrows() > 0 && !after.is_determined() {
        return Err(refusal(
            "a prior of f1 is flat, and the rows leave open what some of its a and d are: there is no posterior",
        ));
    }
    Ok(after)
}

/// s of the likelihood.
fn scale(f: &Coefficients) -> Result<f64, Refusal> {
    match f.model.likelihood {
        Likelihood::Gaussian { scale: Scale::Fixed(s) } => Ok(s),
        Likelihood::Gaussian { scale: Scale::Learned } => {
            let at = f.layout().find(None, Group::LogScale).map_or(0, |block| block.at.start);
            Ok(f.theta[at].exp())
        }
        other => Err(refusal(&format!(
            "likelihood.kind is \"{}\": only with \"gaussian\" is the posterior of (a, d) known in closed form",
            other.name()
        ))),
    }
}

/// Where the coefficients of every column of w lie in θ, and 1/τ of each.
fn places(f: &Coefficients) -> Result<(Vec<Vec<usize>>, Vec<f64>), Refusal> {
    let (model, layout) = (&f.model.f, f.layout());
    let last = model.depth() - 1;
    let block = |group| layout.find(Some(last), group).cloned().expect("every stage has a and d");
    let (a, d) = (block(Group::A), block(Group::D));
    let root = |block, letter| match f.model.priors.of(block) {
        Some(Prior::Gaussian { tau, .. }) => Ok(1.0 / tau),
        Some(Prior::Flat) if letter == "d" => Ok(0.0),
        Some(other) => Err(refusal(&format!(
            "f1.prior.{letter} is \"{}\": only with a Gaussian prior is the posterior of (a, d) known in closed form",
            other.name()
        ))),
        None => Ok(0.0),
    };
    let (of_a, of_d) = (root(&a, "a")?, root(&d, "d")?);
    let [elements, m] = a.shape;
    let reach = match model.readout {
        _ if model.architecture.is_residual() && model.branch_scale.abs() <= 0.0 => 0,
        Readout::Linear => m.min(model.outputs),
        Readout::None | Readout::Pad | Readout::Mean | Readout::Max => m,
    };
    if of_d.abs() <= 0.0 && reach < m {
        return Err(refusal(&format!(
            "f1.prior.d is flat, and of its {m} values y tells {reach} apart: the others have no posterior"
        )));
    }
    let column =
        |j: usize| -> Vec<usize> { (0..elements).map(|e| a.at.start + e * m + j).chain([d.at.start + j]).collect() };
    let own: Vec<f64> = vec![of_a; elements].into_iter().chain([of_d]).collect();
    match model.readout {
        Readout::None | Readout::Mean => Ok(((0..m).map(column).collect(), own)),
        Readout::Pad if model.extent(model.depth()).positions == 1 => {
            Ok(((0..model.outputs).map(column).collect(), own))
        }
        // Every output hears every column: one column of all.
        Readout::Linear => {
            let all = (0..=elements).flat_map(|e| (0..m).map(move |j| (e, j)));
            let at = |(e, j)| if e < elements { a.at.start + e * m + j } else { d.at.start + j };
            Ok((vec![all.map(at).collect()], own.iter().flat_map(|root| vec![*root; m]).collect()))
        }
        Readout::Pad => Err(refusal("model.readout is \"pad\" on a signal: its first coordinates are no columns of a")),
        Readout::Max => Err(refusal(
            "model.readout is \"max\": ŷ is not linear in (a, d), so their posterior has no closed form; \"mean\" is linear",
        )),
    }
}

/// ŷ = Φ w + offset at the rows of `x`.
fn design(f: &Coefficients, x: ArrayView2<'_, f64>) -> Result<Design, Refusal> {
    let model = &f.model.f;
    let outermost = through(f, x).stages.pop().ok_or_else(|| refusal("there is no f1"))?;
    let (n, m, rows) = (x.nrows(), outermost.offset.len(), outermost.elements.nrows());
    let share = if model.architecture.is_residual() { model.branch_scale } else { 1.0 };
    let ones = Array2::from_elem((rows, 1), 1.0);
    let phi = ndarray::concatenate(Axis(1), &[outermost.elements.view(), ones.view()]).expect("as many rows") * share;
    let offset = if model.architecture.is_residual() {
        folded(outermost.input.view(), (rows, m))
    } else {
        Array2::zeros((rows, m))
    };
    let positions = rows.checked_div(n).unwrap_or(1);
    Ok(match model.readout {
        Readout::None | Readout::Max => Design { phi, offset },
        Readout::Pad => Design { offset: offset.slice(ndarray::s![.., ..model.outputs]).to_owned(), phi },
        Readout::Mean => Design { phi: means(&phi, n, positions), offset: means(&offset, n, positions) },
        Readout::Linear => through_readout(f, &phi, &offset, n, positions),
    })
}

/// Means over the positions of each of `n` rows.
fn means(values: &Array2<f64>, n: usize, positions: usize) -> Array2<f64> {
    let by_row = values.to_shape((n, positions, values.ncols())).expect("rows × positions");
    by_row.mean_axis(Axis(1)).unwrap_or_else(|| Array2::zeros((n, values.ncols())))
}

/// ŷₙⱼ = Σ over t, e, c of φₙₜₑ wₑ꜀ r₍ₜ꜀₎ⱼ + the stream's own share: rows (n, j), columns (e, c).
fn through_readout(f: &Coefficients, phi: &Array2<f64>, offset: &Array2<f64>, n: usize, positions: usize) -> Design {
    let (outputs, m, p) = (f.model.f.outputs, offset.ncols(), phi.ncols());
    let layout = f.layout();
    let r = layout.find(None, Group::Readout).map_or(&[][..], |block| f.block(block));
    let weight = |t: usize, c: usize, j: usize| r[(t * m + c) * outputs + j];
    let along =
        |row: usize, of: &dyn Fn(usize) -> f64| (0..positions).map(|t| of(row * positions + t)).collect::<Vec<_>>();
    let all = Array2::from_shape_fn((n * outputs, p * m), |(row, column)| {
        let (row, j, e, c) = (row / outputs, row % outputs, column / m, column % m);
        let seen = along(row, &|at| phi[[at, e]]);
        seen.into_iter().enumerate().map(|(t, phi)| phi * weight(t, c, j)).sum::<f64>()
    });
    let stream = Array2::from_shape_fn((n * outputs, 1), |(row, _)| {
        let (row, j) = (row / outputs, row % outputs);
        let channel = |c: usize| {
            let seen = along(row, &|at| offset[[at, c]]);
            seen.into_iter().enumerate().map(|(t, u)| u * weight(t, c, j)).sum::<f64>()
        };
        (0..m).map(channel).sum()
    });
    Design { phi: all, offset: stream }
}

/// N×outputs as rows×q, row-major.
fn folded(y: ArrayView2<'_, f64>, shape: (usize, usize)) -> Array2<f64> {
    let values: Vec<f64> = y.iter().copied().collect();
    Array2::from_shape_vec(shape, values).expect("rows × q numbers")
}

fn unfolded(y: Array2<f64>, n: usize, outputs: usize) -> Array2<f64> {
    folded(y.view(), (n, outputs))
}

#[cfg(test)]
mod tests;
