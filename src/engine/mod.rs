//! The fast evaluator: the function of `function` compiled to flat buffers and vector kernels, f64 and f32. Knows no prior
//! and no optimiser.
//!
//! # Layout, and why
//!
//! **Points lie in the lanes.** Every buffer is a row of 512 bytes of points for each feature (an input, an element, an output).
//! Then a coefficient is a number that is spread over a register, and the numbers of θ are read where they are: nothing is
//! packed or padded when θ changes, which it does at every step. A stage of one input and one output, the essay's own,
//! fills all lanes; so does a mini-batch of a few points. A patch of a signal is rows that follow each other, so a
//! convolution needs no gathering, only margins.
//!
//! **One product serves all.** Forward is Z = bᵀU, backward Ū = b Z̄: the same kernel with other strides over θ. Only the
//! gradient of b sums over points: Σ U Z̄ᵀ. Where Z̄ has at least about a register of rows, a tile of it is turned (three
//! shuffles a register, against as many multiply-adds as U has rows) and the same product has b's columns in its lanes;
//! where it has fewer, every entry keeps a register of partial sums, added up across the lanes once a step. The classical
//! second layout, features in the lanes, would save the turning, some 10 % at K = 16 and 3 % at K = 64, and would cost
//! packed copies of θ and a second set of kernels and epilogues.
//!
//! **Tiles of 64 points (128 in f32) go through all stages and back** before the next one starts, so that what is written on the way out
//! is still in the cache on the way back, however many rows the data have. Buffers hold one tile and are allocated once.
//!
//! **Epilogues are in the product**: the offset begins the sum; the identity path, σ′ and a ReLU end it. Other σ are a pass
//! over rows that were just written: their series cost more than the load and the store.
//!
//! **Levels.** Kernels are written once over `Lanes`; see there how a level is chosen. Within one level results are the
//! same bits always: partial sums are added in the order of tiles, then of lanes. Between levels they differ by rounding.
//!
//! **Narrow networks are a chain of layers** (`chain`) where points are few, or σ is a series: one kernel there, over a Gaussian's
//! residuals and back, whose sums stay in lanes and are added up across them together with their neighbours at the end.
//!
//! **Nothing is read by wider pieces than it was just written in**: such a load waits until all of them are in the cache. So θ,
//! gradients and moments are read and written by the same vectors in every pass, and operands are a few words or referred to.
//!
//! **What leaves the numbers is the reference's to judge.** A sum or a gradient that is not finite is computed again by
//! `Reference`, which names the stage, or finds that in its order of operations it is finite after all.
//!
//! What is slower than it could be: GELU (erfc is libm's, a number at a time) and pooled readouts (plain loops).

mod affine;
mod buffer;
mod chain;
mod elementary;
mod end;
mod kernels;
mod lanes;
mod likelihood;
mod net;
mod peak;
mod points;
mod real;
mod rules;
mod stage;
#[cfg(test)]
mod tests;
mod vectors;
mod window;

pub use buffer::Buffer;
pub use lanes::Level;
pub use peak::spin;
pub use real::Real;
pub use rules::{Adam, Lion, Momentum, Moving, Rmsprop, Rule, Sgd, step};
pub use vectors::{pull, squares};

use crate::data::Dataset;
use crate::function::{Chosen, Evaluate, Fit, NotFinite, Reference, Rows};
use crate::model::{Layout, Model};
use kernels::{Round, Ways};
use lanes::{Lanes, On, Step};
use likelihood::Scatter;
use net::Net;
use points::{Batches, Tiles};
use std::sync::Arc;

/// What layouts depend on: the level, the lanes of its vectors, and the points of a tile.
#[derive(Clone, Copy, Debug)]
struct Cut {
    level: Level,
    lanes: usize,
    tile: usize,
}

/// The points of a tile that count, and the vectors that hold them.
#[derive(Clone, Copy, Debug)]
struct Live {
    points: usize,
    vectors: usize,
}

impl Live {
    /// The points that the vectors hold.
    fn width<L: Lanes>(self) -> usize {
        self.vectors * L::COUNT
    }
}

/// The evaluator in numbers of type T.
#[derive(Clone, Debug)]
pub struct Engine<T = f64> {
    model: Arc<Model>,
    data: Arc<Dataset>,
    layout: Layout,
    level: Level,
    net: Net<T>,
    scatter: Scatter<T>,
    train: Tiles<T>,
    test: Tiles<T>,
    /// `Rows::Of`.
    chosen: Batches<T>,
    /// θ as T, where that is not f64.
    theta: Buffer<T>,
    /// Made when something first leaves the numbers.
    reference: Option<Box<Reference>>,
}

impl<T: Real> Engine<T> {
    /// Compiles `model` for the best level of this CPU.
    #[must_use]
    pub fn new(model: Arc<Model>, data: Arc<Dataset>) -> Self {
        Self::at_level(model, data, Level::best())
    }

    /// Compiles `model` for one level.
    #[must_use]
    pub fn at_level(model: Arc<Model>, data: Arc<Dataset>, level: Level) -> Self {
        let (layout, train) = (model.layout(), Tiles::new(&data.train));
        let cut = Cut { level, lanes: level.enter::<T, _>(lanes::Count), tile: T::TILE };
        Self {
            net: Net::new(&model.f, &layout, cut),
            scatter: Scatter::new(&model, &layout, &data),
            chosen: Batches::room(&train),
            train,
            test: Tiles::new(&data.test),
            theta: Buffer::zeros(layout.len()),
            reference: None,
            model,
            data,
            layout,
            level,
        }
    }

    /// The instructions it runs on.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }
}

impl<T: Real> Evaluate for Engine<T> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn rows(&self, rows: Rows<'_>) -> usize {
        rows.count(&self.data)
    }

    fn log_likelihood(
        &mut self,
        theta: &[f64],
        rows: Rows<'_>,
        mut gradient: Option<&mut [f64]>,
    ) -> Result<Fit, NotFinite> {
        let level = self.level;
        let (fit, finite) = level.enter(Whole { engine: self, theta, rows, gradient: gradient.as_deref_mut() });
        if fit.log_likelihood.is_finite() && finite {
            return Ok(fit);
        }
        let make = || Box::new(Reference::new(self.model.clone(), self.data.clone()));
        self.reference.get_or_insert_with(make).log_likelihood(theta, rows, gradient)
    }
}

/// One evaluation, once the level is known: the fit, and whether the gradient is all numbers.
struct Whole<'a, T> {
    engine: &'a mut Engine<T>,
    theta: &'a [f64],
    rows: Rows<'a>,
    gradient: Option<&'a mut [f64]>,
}

impl<T: Real> Step<T> for Whole<'_, T> {
    type Out = (Fit, bool);

    #[expect(
        clippy::inline_always,
        reason = "an answer out of line is written by words and read by a vector, which waits"
    )]
    #[inline(always)]
    fn run<L: Lanes<Real = T>>(self, on: On<L>) -> Self::Out {
        let Self { engine, theta, rows, gradient } = self;
        let count = engine.rows(rows);
        let Engine { net, scatter, train, test, chosen, theta: room, .. } = engine;
        let coefficients = T::same(theta).unwrap_or_else(|| {
            on.run(Round { theta, to: room });
            room
        });
        scatter.begin(theta);
        net.clear();
        for at in 0..count.div_ceil(T::TILE) {
            let tile = match rows {
                Rows::Train => train.tile(at),
                Rows::Test => test.tile(at),
                Rows::Of(&Chosen { rows, then }) => {
                    let (_, rest) = rows.split_at(at * T::TILE);
                    let (rows, more) = rest.split_at(rest.len().min(T::TILE));
                    chosen.take(on, train, rows, if more.is_empty() { then } else { more })
                }
            };
            let (live, back) = (net.live::<L>(tile.points), gradient.is_some());
            if let Some((chain, f)) = net.chain(live)
                && let Some(gaussian) = scatter.gaussian(live.points)
            {
                let ways = chain.ways(coefficients, live, tile.x, f, back);
                on.run(Ways { there: true, gaussian: Some((tile.y, gaussian)), ..ways });
                scatter.add_squares();
                continue;
            }
            net.forward(on, coefficients, live, tile.x);
            scatter.tile(on, live, tile.y, &net.f, &mut net.f_bar);
            if back {
                net.backward(on, coefficients, live, tile.x);
            }
        }
        let finite = gradient.is_none_or(|gradient| net.collect(on, gradient) & scatter.collect(gradient));
        (scatter.fit(count), finite)
    }
}
