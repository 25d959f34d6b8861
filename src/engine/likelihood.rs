//! The likelihood of a tile: from ŷ in rows of points to Σ ℓ and ∂ℓ/∂ŷ. Knows no composition.
//!
//! A Gaussian has a kernel. `by_rows` is for families without one: `function`'s own formulas on a row for every point, with
//! sums to be added to `Scatter`'s. Until there is such a family, the kernel is held to it.

use super::Live;
use super::buffer::Buffer;
use super::kernels::Residuals;
use super::lanes::{Lanes, On};
use super::real::Real;
use crate::data::Dataset;
use crate::function::{Fit, Sums};
use crate::model::{Group, Layout, Likelihood, Model, Scale};
use std::f64::consts::TAU;

/// The likelihood, and its sums over the tiles so far.
#[derive(Clone, Debug)]
pub struct Scatter<T> {
    likelihood: Likelihood,
    log_scale: Option<usize>,
    units: Vec<f64>,
    s: f64,
    /// 1 for the points that count, 0 beyond them, and how many those are.
    mask: Buffer<T>,
    points: usize,
    /// Σ r² by output.
    squares: Vec<f64>,
    sums: Sums,
}

impl<T: Real> Scatter<T> {
    pub fn new(model: &Model, layout: &Layout, data: &Dataset) -> Self {
        Self {
            likelihood: model.likelihood,
            log_scale: layout.find(None, Group::LogScale).map(|block| block.at.start),
            units: data.outputs.iter().map(|column| column.sd).collect(),
            s: 1.0,
            mask: Buffer::zeros(T::TILE),
            points: 0,
            squares: vec![0.0; model.f.outputs],
            sums: Sums::default(),
        }
    }

    /// Reads what of θ is the likelihood's, and begins to sum.
    pub fn begin(&mut self, theta: &[f64]) {
        self.s = match self.likelihood {
            Likelihood::Gaussian { scale: Scale::Fixed(s) } => s,
            Likelihood::Gaussian { scale: Scale::Learned } => self.log_scale.map_or(1.0, |at| theta[at].exp()),
        };
        self.sums = Sums::default();
    }

    /// Adds a tile, and writes its ∂ℓ/∂ŷ; points that do not count get none.
    pub fn tile<L: Lanes<Real = T>>(&mut self, on: On<L>, live: Live, y: &[T], f: &[T], f_bar: &mut [T]) {
        match self.likelihood {
            Likelihood::Gaussian { .. } => self.gaussian(on, live, y, f, f_bar),
        }
    }

    /// ℓ = −½ log(2πs²) − r²/(2s²), ∂ℓ/∂f = r/s², ∂ℓ/∂ρ = −1 + r²/s², with r = y − f.
    #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
    fn gaussian<L: Lanes<Real = T>>(&mut self, on: On<L>, live: Live, y: &[T], f: &[T], f_bar: &mut [T]) {
        if self.points != live.points {
            self.points = live.points;
            self.mask.fill(T::default());
            self.mask[..live.points].fill(T::of(1.0));
        }
        let (mask, precision) = (&self.mask[..], 1.0 / (self.s * self.s));
        let (stride, vectors, squares) = (T::TILE, live.vectors, &mut self.squares[..]);
        on.run(Residuals { vectors, stride, y, f, mask, precision: T::of(precision), f_bar, squares });
        let count = (live.points * squares.len()) as f64;
        let total: f64 = squares.iter().sum();
        self.sums.log_likelihood += -0.5 * count * (TAU * self.s * self.s).ln() - 0.5 * total * precision;
        self.sums.log_scale += total * precision - count;
        self.sums.squares += squares.iter().zip(&self.units).map(|(square, unit)| square * unit * unit).sum::<f64>();
    }

    /// Adds the gradient of what is learned here.
    pub fn collect(&self, gradient: &mut [f64]) {
        if let Some(at) = self.log_scale {
            gradient[at] += self.sums.log_scale;
        }
    }

    /// What the tiles came to.
    #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
    pub fn fit(&self, rows: usize) -> Fit {
        let loss = self.sums.squares / (rows * self.units.len()) as f64;
        Fit { log_likelihood: self.sums.log_likelihood, loss }
    }
}

/// f and its gradient with a row for every point, in f64, through a formula of `function`.
#[cfg(test)]
pub fn by_rows<T: Real>(
    (points, m): (usize, usize),
    y: &[T],
    f: &[T],
    f_bar: &mut [T],
    formula: impl FnOnce(&[f64], &[f64], &mut [f64]) -> Sums,
) -> Sums {
    let rows = |from: &[T]| -> Vec<f64> { (0..points * m).map(|at| from[at % m * T::TILE + at / m].wide()).collect() };
    let mut bars = vec![0.0; points * m];
    let sums = formula(&rows(y), &rows(f), &mut bars);
    f_bar.fill(T::default());
    for (at, bar) in bars.iter().enumerate() {
        f_bar[at % m * T::TILE + at / m] = T::of(*bar);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILE: usize = f64::TILE;
    use crate::engine::lanes::{Level, Step};
    use crate::function::gaussian;

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
    fn a_gaussian_on_lanes_is_the_formula() {
        let (m, s, units) = (3, 0.7, vec![1.0, 2.0, 0.5]);
        let number = |at: usize| (1.3 * f64::from(u32::try_from(at).expect("small"))).sin();
        let (y, f): (Vec<f64>, Vec<f64>) = (0..m * TILE).map(|at| (number(at), number(3 * at + 1))).unzip();
        for level in Level::all() {
            let mut scatter = Scatter {
                likelihood: Likelihood::Gaussian { scale: Scale::Fixed(s) },
                log_scale: None,
                units: units.clone(),
                s: 1.0,
                mask: Buffer::zeros(TILE),
                points: 0,
                squares: vec![0.0; m],
                sums: Sums::default(),
            };
            for points in (1..=TILE).rev().chain(1..=TILE) {
                let (mut found, mut exact) = (vec![f64::NAN; m * TILE], vec![f64::NAN; m * TILE]);
                scatter.begin(&[]);
                level.enter(Tile { scatter: &mut scatter, points, y: &y, f: &f, f_bar: &mut found });
                let formula = |y: &[f64], f: &[f64], bars: &mut [f64]| gaussian(y, f, s, &units, bars);
                let sums = by_rows((points, m), &y, &f, &mut exact, formula);
                let pairs = [
                    (scatter.sums.log_likelihood, sums.log_likelihood),
                    (scatter.sums.log_scale, sums.log_scale),
                    (scatter.sums.squares, sums.squares),
                ];
                let live = points.next_multiple_of(4);
                let bars = (0..m).flat_map(|j| j * TILE..j * TILE + live).map(|at| (found[at], exact[at]));
                for (found, exact) in pairs.into_iter().chain(bars) {
                    assert!((found - exact).abs() < 1e-12 * exact.abs().max(1.0), "{} {points}", level.name());
                }
            }
        }
    }
}
