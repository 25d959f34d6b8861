//! The composition compiled: a tile of points through all stages and back. Knows no likelihood.

use super::affine::{Affine, Room};
use super::buffer::Buffer;
use super::chain::Chain;
use super::end::End;
use super::kernels::{Extent, Finish, Times, Ways};
use super::lanes::{Lanes, MOST, On};
use super::real::Real;
use super::stage::{Stage, Tape};
use super::vectors::are_finite;
use super::{Cut, Live};
use crate::model::{Architecture, Composition, Layout};

/// A composition with the buffers of one tile.
#[derive(Clone, Debug)]
pub struct Net<T> {
    stages: Vec<Stage>,
    /// The same as narrow layers, if that is all there is to it.
    chain: Option<Chain<T>>,
    residual: bool,
    scale: f64,
    lift: End,
    readout: End,
    /// `u[at]`: what stage `at` sees, with margins and ones; the last one is what the readout sees.
    u: Vec<Buffer<T>>,
    tapes: Vec<Tape<T>>,
    /// σ′ after the addition, for all stages but the outermost of the 2015 architecture.
    joints: Vec<Buffer<T>>,
    /// ŷ and its gradient: a row of points for every output. Points beyond the live ones must have no gradient.
    pub f: Buffer<T>,
    pub f_bar: Buffer<T>,
    back: Back<T>,
    /// Whether there are sums since they were last forgotten.
    summed: bool,
}

/// The buffers of the way back.
#[derive(Clone, Debug)]
struct Back<T> {
    arrived: Buffer<T>,
    next: Buffer<T>,
    z_bar: Buffer<T>,
    /// With margins.
    wide: Buffer<T>,
    room: Room<T>,
}

impl<T: Real> Net<T> {
    /// Compiles `f`.
    pub fn new(f: &Composition, layout: &Layout, cut: Cut) -> Self {
        let mut sums = 0;
        let lift = End::lift(f.lift, f.inputs, f.stream_inputs(), layout, cut, &mut sums);
        let stages: Vec<Stage> = (0..f.depth()).map(|at| Stage::new(f, at, layout, cut, &mut sums)).collect();
        let readout = End::readout(f.readout, f.extent(f.depth()), f.outputs, layout, cut, &mut sums);
        let columns = |at| f.extent(at).columns();
        let rows = |rows: usize| Buffer::zeros(rows * T::TILE);
        // Turning reads whole squares of lanes, so up to MOST rows more.
        let widest = (0..=f.depth()).map(columns).chain([f.inputs, f.outputs]).max().unwrap_or(1) + MOST;
        let elements = stages.iter().map(|stage| stage.steps * stage.k).max().unwrap_or(1) + MOST;
        let wide = stages.iter().map(|stage| stage.window.rows().max(stage.reach.rows())).max().unwrap_or(0);
        let last = rows(columns(f.depth()));
        let joined = match f.architecture {
            Architecture::Residual2015 => f.depth() - 1,
            Architecture::Plain | Architecture::Residual => 0,
        };
        let mut ones = rows(1);
        ones.fill(T::of(1.0));
        let mut net = Self {
            chain: Chain::new(f, &lift, &stages, &readout, cut),
            summed: false,
            residual: f.architecture.is_residual(),
            scale: f.branch_scale,
            u: stages.iter().map(Stage::room_for_u).chain([last]).collect(),
            tapes: stages.iter().map(Stage::tape).collect(),
            joints: (0..joined).map(|at| rows(columns(at + 1))).collect(),
            f: rows(f.outputs),
            f_bar: rows(f.outputs + MOST),
            back: Back {
                arrived: rows(widest.max(elements)),
                next: rows(widest.max(elements)),
                z_bar: rows(elements),
                wide: rows(wide),
                // Collecting reads whole squares of lanes.
                room: Room { sums: Buffer::zeros(sums + MOST * MOST), turned: Buffer::zeros(0), ones },
            },
            stages,
            lift,
            readout,
        };
        let turned = net.affines().map(|(affine, _)| affine.turned).max().unwrap_or(0);
        net.back.room.turned = Buffer::zeros(turned);
        net
    }

    /// All matrices, each with the factor of its sums: what a residual branch is multiplied by is left out of them.
    fn affines(&self) -> impl Iterator<Item = (&Affine, f64)> {
        let branch = if self.residual { self.scale } else { 1.0 };
        let stages = self
            .stages
            .iter()
            .flat_map(move |stage| stage.inner.iter().map(|inner| (inner, 1.0)).chain([(&stage.outer, branch)]));
        self.lift.affine().into_iter().chain(self.readout.affine()).map(|end| (end, 1.0)).chain(stages)
    }

    /// So many points, in as many vectors as they are computed in.
    pub fn live<L: Lanes<Real = T>>(&self, points: usize) -> Live {
        let vectors = points.div_ceil(L::COUNT);
        Live { points, vectors: self.chain.as_ref().and_then(|chain| chain.vectors(vectors)).unwrap_or(vectors) }
    }

    /// The chain with `f` and `f_bar`, if it takes so many points.
    pub fn chain(&mut self, live: Live) -> Option<(&mut Chain<T>, [&mut [T]; 2])> {
        let chain = self.chain.as_mut().filter(|chain| chain.takes(live))?;
        Some((chain, [&mut self.f, &mut self.f_bar]))
    }

    /// From X (a row of points for every column) to `f`.
    ///
    /// Not within whoever calls it, nor is the way back: what a chain does beside them would lose its registers to them.
    #[inline(never)]
    pub fn forward<L: Lanes<Real = T>>(&mut self, on: On<L>, theta: &[T], live: Live, x: &[T]) {
        if let Some((chain, f)) = self.chain(live) {
            return on.run(Ways { there: true, ..chain.ways(theta, live, x, f, false) });
        }
        let Self { stages, u, tapes, joints, .. } = self;
        self.lift.forward(on, theta, live, x, entrance(stages, u, tapes, 0));
        for (at, stage) in stages.iter().enumerate() {
            let (before, after) = u.split_at_mut(at + 1);
            let (tape, tapes) = tapes[at..].split_at_mut(1);
            let (u, tape) = (&mut before[at][..], &mut tape[0]);
            if !stage.in_place {
                stage.window.fill(u);
            }
            stage.elements(on, theta, live, u, tape);
            let y = entrance(&stages[at + 1..], after, tapes, 0);
            let scale = T::of(self.scale);
            let finish = match stages.get(at + 1) {
                _ if self.residual => Finish::Beside { scale, other: &u[stage.window.begin::<T>()..] },
                Some(next) if next.in_place && next.gates => Finish::Rectify,
                Some(_) | None => Finish::Store,
            };
            stage.values(on, theta, live, &tape.h, y, finish);
            if let Some(joint) = joints.get_mut(at) {
                stage.activate(on, live, &mut y[..joint.len()], joint);
            }
        }
        let last = &self.u[self.stages.len()];
        self.readout.forward(on, theta, live, last, &mut self.f);
    }

    /// From `f_bar` back: adds the tile's share to the sums.
    #[inline(never)]
    pub fn backward<L: Lanes<Real = T>>(&mut self, on: On<L>, theta: &[T], live: Live, x: &[T]) {
        if let Some((chain, f)) = self.chain(live) {
            return on.run(chain.ways(theta, live, x, f, true));
        }
        self.summed = true;
        let Back { arrived, next, z_bar, wide, room } = &mut self.back;
        let last = &self.u[self.stages.len()];
        self.readout.backward(on, theta, live, (last, &self.f_bar), arrived, room);
        let scale = T::of(if self.residual { self.scale } else { 1.0 });
        let lifts = self.lift.affine().is_some();
        for (at, stage) in self.stages.iter().enumerate().rev() {
            if let Some(joint) = self.joints.get(at) {
                let extent = Extent { rows: joint.len() / T::TILE, vectors: live.vectors, stride: T::TILE };
                on.run(Times { extent, scale: T::of(1.0), from: arrived, by: joint, to: next });
                std::mem::swap(arrived, next);
            }
            let seen = (&self.u[at][..], &self.tapes[at]);
            let to = if stage.in_place { &mut *next } else { &mut *z_bar };
            stage.to_elements(on, theta, live, scale, seen, arrived, to, wide, room);
            // Nothing learns below the innermost stage unless the lift does.
            if !stage.in_place && (at > 0 || lifts) {
                let beside = self.residual.then_some(&arrived[..]);
                stage.to_inputs(on, theta, live, z_bar, beside, next, wide);
            }
            std::mem::swap(arrived, next);
        }
        if lifts {
            self.lift.backward(on, theta, live, (x, arrived), next, room);
        }
    }

    /// Forgets the sums.
    pub fn clear(&mut self) {
        if let Some(chain) = &mut self.chain {
            chain.clear();
        }
        if std::mem::take(&mut self.summed) {
            self.back.room.sums.fill(T::default());
        }
    }

    /// The gradient becomes the sums of all tiles, and 0 where nothing is summed. Answers whether it is all numbers.
    pub fn collect<L: Lanes<Real = T>>(&self, on: On<L>, gradient: &mut [f64]) -> bool {
        let chain = self.chain.as_ref().filter(|chain| chain.is_summed());
        let finite = if let Some(chain) = chain {
            chain.collect(on, gradient)
        } else {
            gradient.fill(0.0);
            true
        };
        if !self.summed {
            return finite;
        }
        for (affine, scale) in self.affines() {
            affine.collect(on, scale, chain.is_some(), &self.back.room.sums, gradient);
        }
        are_finite(gradient)
    }
}

/// Where the stream that enters `stages[at]` is written: to U, or to H where that is made in place.
fn entrance<'a, T: Real>(stages: &[Stage], u: &'a mut [Buffer<T>], tapes: &'a mut [Tape<T>], at: usize) -> &'a mut [T] {
    match stages.get(at) {
        Some(stage) if stage.in_place => &mut tapes[at].h[stage.reach.begin::<T>()..],
        Some(stage) => &mut u[at][stage.window.begin::<T>()..],
        None => &mut u[at],
    }
}
