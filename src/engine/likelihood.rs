//! The likelihood of a tile: from ŷ in rows of points to Σ ℓ and ∂ℓ/∂ŷ. Knows no composition.
//!
//! A Gaussian has a kernel. The other families go through `function`'s own formulas with a row for every point; the kernel is
//! held to those too.

use super::Live;
use super::buffer::Buffer;
use super::kernels::{Gaussian, Residuals};
use super::lanes::{Lanes, On};
use super::real::Real;
use crate::data::Dataset;
use crate::function::{Fit, Sums, mean_log, sums};
use crate::model::{Group, Layout, Likelihood, Model, Scale};
use std::f64::consts::TAU;

/// The likelihood, and its sums over the tiles so far.
#[derive(Clone, Debug)]
pub struct Scatter<T> {
    likelihood: Likelihood,
    log_scale: Option<usize>,
    /// The standard deviation of each of y's columns.
    units: Vec<f64>,
    /// The mean of their logarithms.
    log_unit: f64,
    s: f64,
    /// ½ log(2πs²).
    log_s: f64,
    /// Where it is one, and how many points its mask counts.
    gaussian: Option<Gaussian<T>>,
    points: usize,
    /// Outputs.
    m: usize,
    /// Σ ℓ and ∂/∂ρ of it.
    total: f64,
    slope: f64,
    /// Gaussian: Σ r² in the data's own units.
    own: f64,
    room: Rows,
}

/// Room for a tile with a row for every point.
#[derive(Clone, Debug)]
struct Rows {
    y: Vec<f64>,
    f: Vec<f64>,
    bars: Vec<f64>,
}

impl<T: Real> Scatter<T> {
    pub fn new(model: &Model, layout: &Layout, data: &Dataset) -> Self {
        let units = data.outputs.iter().map(|column| column.sd).collect();
        let log_scale = layout.find(None, Group::LogScale).map(|block| block.at.start);
        Self::of(model.likelihood, log_scale, units, model.f.outputs)
    }

    fn of(likelihood: Likelihood, log_scale: Option<usize>, units: Vec<f64>, m: usize) -> Self {
        let room = match likelihood {
            Likelihood::Gaussian { .. } => (0, 0),
            Likelihood::StudentT { .. }
            | Likelihood::Laplace { .. }
            | Likelihood::Bernoulli
            | Likelihood::Categorical
            | Likelihood::Poisson => (units.len() * T::TILE, m * T::TILE),
        };
        Self {
            likelihood,
            log_scale,
            log_unit: mean_log(&units),
            units,
            s: 1.0,
            log_s: log_s(1.0),
            gaussian: matches!(likelihood, Likelihood::Gaussian { .. }).then(|| Gaussian {
                mask: Buffer::zeros(T::TILE),
                precision: T::of(1.0),
                squares: vec![0.0; m],
            }),
            points: 0,
            m,
            total: 0.0,
            slope: 0.0,
            own: 0.0,
            room: Rows { y: vec![0.0; room.0], f: vec![0.0; room.1], bars: vec![0.0; room.1] },
        }
    }

    /// Reads what of θ is the likelihood's, and begins to sum.
    pub fn begin(&mut self, theta: &[f64]) {
        let s = match self.likelihood.scale() {
            Some(Scale::Fixed(s)) => s,
            Some(Scale::Learned) => self.log_scale.map_or(1.0, |at| theta[at].exp()),
            None => 1.0,
        };
        // The logarithm of an s that is fixed is taken once.
        if self.s.to_bits() != s.to_bits() {
            (self.s, self.log_s) = (s, log_s(s));
            if let Some(gaussian) = &mut self.gaussian {
                gaussian.precision = T::of(1.0 / (s * s));
            }
        }
        (self.total, self.slope, self.own) = (0.0, 0.0, 0.0);
    }

    /// Adds a tile, and writes its ∂ℓ/∂ŷ; points that do not count get none.
    pub fn tile<L: Lanes<Real = T>>(&mut self, on: On<L>, live: Live, y: &[T], f: &[T], f_bar: &mut [T]) {
        let Some(gaussian) = self.gaussian(live.points) else {
            return self.by_rows(live.points, y, f, f_bar);
        };
        on.run(Residuals { vectors: live.vectors, y, f, gaussian, f_bar });
        self.add_squares();
    }

    /// The Gaussian of a tile of so many points, if the likelihood is one.
    pub fn gaussian(&mut self, points: usize) -> Option<&mut Gaussian<T>> {
        let gaussian = self.gaussian.as_mut()?;
        if self.points != points {
            self.points = points;
            gaussian.mask.fill(T::default());
            gaussian.mask[..points].fill(T::of(1.0));
        }
        Some(gaussian)
    }

    /// Adds the tile that the Gaussian's squares are of: ℓ = −½ log(2πs²) − r²/(2s²) less the logarithm of y's unit, ∂ℓ/∂f = r/s²,
    /// ∂ℓ/∂ρ = −1 + r²/s², with r = y − f.
    #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
    pub fn add_squares(&mut self) {
        let Some(Gaussian { squares, .. }) = &self.gaussian else { return };
        let (count, precision) = ((self.points * squares.len()) as f64, 1.0 / (self.s * self.s));
        let mut total = 0.0;
        for (square, unit) in squares.iter().zip(&self.units) {
            total += square;
            self.own += square * unit * unit;
        }
        self.total -= count * (self.log_s + self.log_unit) + 0.5 * total * precision;
        self.slope += total * precision - count;
    }

    /// By `function`'s formulas, in f64, with a row for every point.
    fn by_rows(&mut self, points: usize, y: &[T], f: &[T], f_bar: &mut [T]) {
        let (columns, m) = (self.units.len(), self.m);
        let Rows { y: rows, f: values, bars } = &mut self.room;
        let (rows, values) = (&mut rows[..points * columns], &mut values[..points * m]);
        by_point(y, columns, rows);
        by_point(f, m, values);
        let bars = &mut bars[..points * m];
        let Sums { log_likelihood, log_scale, loss: _ } =
            sums(self.likelihood, rows, values, self.s, &self.units, bars);
        (self.total, self.slope) = (self.total + log_likelihood, self.slope + log_scale);
        f_bar.fill(T::default());
        for (at, bar) in bars.iter().enumerate() {
            f_bar[at % m * T::TILE + at / m] = T::of(*bar);
        }
    }

    /// Adds the gradient of what is learned here. Answers whether that is a number.
    pub fn collect(&self, gradient: &mut [f64]) -> bool {
        let Some(at) = self.log_scale else { return true };
        gradient[at] += self.slope;
        gradient[at].is_finite()
    }

    /// What the tiles came to: the loss is the mean of r² in the data's own units, or of −ℓ where ℓ is not Gaussian.
    #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
    pub fn fit(&self, rows: usize) -> Fit {
        let count = (rows * self.units.len()) as f64;
        let loss = match self.likelihood {
            Likelihood::Gaussian { .. } => self.own / count,
            Likelihood::StudentT { .. }
            | Likelihood::Laplace { .. }
            | Likelihood::Bernoulli
            | Likelihood::Categorical
            | Likelihood::Poisson => -self.total / count,
        };
        Fit { log_likelihood: self.total, loss }
    }
}

/// ½ log(2πs²).
fn log_s(s: f64) -> f64 {
    0.5 * (TAU * s * s).ln()
}

/// From rows of points, one a column, to a row for every point.
fn by_point<T: Real>(from: &[T], columns: usize, to: &mut [f64]) {
    for (at, value) in to.iter_mut().enumerate() {
        *value = from[at % columns * T::TILE + at / columns].wide();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILE: usize = f64::TILE;
    use crate::engine::lanes::{Level, Step};

    struct Tile<'a> {
        scatter: &'a mut Scatter<f64>,
        points: usize,
        y: &'a [f64],
        f: &'a [f64],
        f_bar: &'a mut [f64],
    }

    impl Step<f64> for Tile<'_> {
        type Out = ();
        fn run<L: Lanes<Real = f64>>(self, on: On<L>) {
            let live = Live { points: self.points, vectors: self.points.div_ceil(L::COUNT) };
            self.scatter.tile(on, live, self.y, self.f, self.f_bar);
        }
    }

    /// Tiles of every length, one after the other, so that a shorter one follows a longer one and the other way round.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a count of points")]
    fn a_gaussian_on_lanes_is_the_formula() {
        let (m, s, units) = (3, 0.7, vec![1.0, 2.0, 0.5]);
        let number = |at: usize| (1.3 * f64::from(u32::try_from(at).expect("small"))).sin();
        let (y, f): (Vec<f64>, Vec<f64>) = (0..m * TILE).map(|at| (number(at), number(3 * at + 1))).unzip();
        let likelihood = Likelihood::Gaussian { scale: Scale::Fixed(s) };
        for level in Level::all() {
            let mut scatter = Scatter::of(likelihood, None, units.clone(), m);
            for points in (1..=TILE).rev().chain(1..=TILE) {
                let mut found = vec![f64::NAN; m * TILE];
                scatter.begin(&[]);
                level.enter(Tile { scatter: &mut scatter, points, y: &y, f: &f, f_bar: &mut found });
                let (mut rows, mut values) = (vec![0.0; points * m], vec![0.0; points * m]);
                by_point(&y, m, &mut rows);
                by_point(&f, m, &mut values);
                let mut bars = vec![0.0; points * m];
                let exact = sums(likelihood, &rows, &values, s, &units, &mut bars);
                let fit = scatter.fit(points);
                let pairs = [
                    (fit.log_likelihood, exact.log_likelihood),
                    (scatter.slope, exact.log_scale),
                    (fit.loss * points as f64, exact.loss * points as f64),
                ];
                let live = points.next_multiple_of(4);
                let bar = |j: usize, point: usize| if point < points { bars[point * m + j] } else { 0.0 };
                let of_f = (0..m).flat_map(|j| (0..live).map(move |point| (j, point)));
                let of_f = of_f.map(|(j, point)| (found[j * TILE + point], bar(j, point)));
                for (found, exact) in pairs.into_iter().chain(of_f) {
                    assert!((found - exact).abs() < 1e-12 * exact.abs().max(1.0), "{} {points}", level.name());
                }
            }
        }
    }
}
