//! One f⁽ⁱ⁾ compiled: its matrices, its σ, what its patches see. Knows no composition.

use super::affine::{Affine, Ones, Room};
use super::buffer::Buffer;
use super::elementary::visit;
use super::kernels::{Activate, Applied, Extent, Finish, Plus, Times};
use super::lanes::{Lanes, On};
use super::real::Real;
use super::window::Window;
use super::{Cut, Live};
use crate::model::{Activation, Architecture, Composition, Form, Group, Layout, Over, Padding};

/// f(U) = σ(U b + c) a + d at every position of U, or once.
#[derive(Clone, Debug)]
pub struct Stage {
    /// b with c; none in the reduced form.
    pub inner: Option<Affine>,
    /// a with d.
    pub outer: Affine,
    pub sigma: Activation,
    alpha: f64,
    /// Applications to a row of the stream: 1, or one a position.
    pub steps: usize,
    /// Rows of U by which patches move on, and what b and a see.
    channels: usize,
    n: usize,
    pub k: usize,
    pub m: usize,
    /// U and H with their margins.
    pub window: Window,
    pub reach: Window,
    /// Whether U is written straight to where H will stand: reduced, without patches, and needed by no identity path.
    pub in_place: bool,
    /// Whether σ is a ReLU applied by the product that writes H, its slope being read off its value.
    pub gates: bool,
}

/// A stage's share of the tape.
#[derive(Clone, Debug)]
pub struct Tape<T> {
    /// H with its margins, and a row of ones where it is applied once.
    pub h: Buffer<T>,
    /// σ′; empty where the value tells it.
    slope: Buffer<T>,
}

impl Stage {
    /// Stage `at` of `f`; takes room for its sums.
    pub fn new(f: &Composition, at: usize, layout: &Layout, cut: Cut, sums: &mut usize) -> Self {
        let (stage, before) = (f.stages[at], f.extent(at));
        let affine = |matrix, offset, sums: &mut usize| {
            let matrix = layout.find(Some(at), matrix)?;
            Some(Affine::new(matrix, layout.find(Some(at), offset), cut, sums))
        };
        let (steps, channels, width, reach, padding) = match stage.over {
            Over::Points => (1, before.columns(), 1, 1, Padding::Zero),
            Over::Patches { width, reach, padding } => (before.positions, before.channels, width, reach, padding),
        };
        let window = Window::new(steps, channels, width, padding);
        let plain = f.architecture == Architecture::Plain;
        let in_place = plain && stage.form == Form::Reduced && !window.overlaps();
        let by_product = stage.form == Form::Full || (in_place && at > 0);
        let reach = Window::new(steps, stage.k, reach, padding);
        Self {
            in_place,
            gates: stage.sigma == Activation::Relu && by_product && !reach.overlaps(),
            inner: affine(Group::B, Group::C, sums),
            outer: affine(Group::A, Group::D, sums).expect("every stage has a and d"),
            sigma: stage.sigma,
            alpha: stage.alpha,
            steps,
            channels,
            n: f.stage_inputs(at),
            k: stage.k,
            m: stage.outputs,
            reach,
            window,
        }
    }

    /// Rows of U with its margins and a row of ones, all zero but for the ones.
    pub fn room_for_u<T: Real>(&self) -> Buffer<T> {
        if self.in_place {
            return Buffer::zeros(0);
        }
        with_ones(self.window.rows(), self.ones())
    }

    /// The same for H, and room for σ′.
    pub fn tape<T: Real>(&self) -> Tape<T> {
        let slopes = if self.gates { 0 } else { self.steps * self.k };
        Tape { h: with_ones(self.reach.rows(), self.ones()), slope: Buffer::zeros(slopes * T::TILE) }
    }

    /// Whether it is applied once, to a whole row.
    pub fn is_dense(&self) -> bool {
        self.steps == 1 && !self.window.overlaps() && !self.reach.overlaps()
    }

    fn ones(&self) -> Ones {
        if self.steps == 1 { Ones::Follow } else { Ones::Apart }
    }

    /// σ on rows that lie together, with σ′.
    #[inline]
    pub fn activate<L: Lanes>(&self, on: On<L>, live: Live, h: &mut [L::Real], slope: &mut [L::Real]) {
        let extent = Extent { rows: h.len() / L::Real::TILE, vectors: live.vectors, stride: L::Real::TILE };
        visit(self.sigma, Applied { on, pass: Activate { extent, alpha: L::Real::of(self.alpha), h, slope } });
    }

    /// From U, whose margins are filled, to H and σ′.
    #[inline]
    pub fn elements<L: Lanes>(
        &self,
        on: On<L>,
        theta: &[L::Real],
        live: Live,
        u: &[L::Real],
        tape: &mut Tape<L::Real>,
    ) {
        let (begin, size) = (self.reach.begin::<L::Real>(), self.k * L::Real::TILE);
        let own = begin..begin + self.steps * size;
        let finish = if self.gates { Finish::Rectify } else { Finish::Store };
        for (step, h) in tape.h[own.clone()].chunks_exact_mut(size).enumerate() {
            let patch = step * self.channels * L::Real::TILE;
            match &self.inner {
                Some(inner) => inner.forward(on, theta, live, &u[patch..], h, finish),
                None if self.in_place => {}
                None => h.copy_from_slice(&u[patch..patch + size]),
            }
        }
        if !self.gates {
            self.activate(on, live, &mut tape.h[own], &mut tape.slope);
        }
        self.reach.fill(&mut tape.h);
    }

    /// From H to the rows of Y.
    #[inline]
    pub fn values<L: Lanes>(
        &self,
        on: On<L>,
        theta: &[L::Real],
        live: Live,
        h: &[L::Real],
        y: &mut [L::Real],
        finish: Finish<'_, L::Real>,
    ) {
        for step in 0..self.steps {
            let rows = step * self.m * L::Real::TILE;
            let h = &h[step * self.k * L::Real::TILE..];
            self.outer.forward(on, theta, live, h, &mut y[rows..], finish.after(rows));
        }
    }

    /// From Ȳ to Z̄ (times `scale`), and the sums of a, d, b and c. `wide` is room for H̄ with its margins.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "the operands of one formula")]
    pub fn to_elements<L: Lanes>(
        &self,
        on: On<L>,
        theta: &[L::Real],
        live: Live,
        scale: L::Real,
        (u, tape): (&[L::Real], &Tape<L::Real>),
        y_bar: &[L::Real],
        z_bar: &mut [L::Real],
        wide: &mut [L::Real],
        room: &mut Room<L::Real>,
    ) {
        let (size, rows) = (self.k * L::Real::TILE, self.m * L::Real::TILE);
        for step in 0..self.steps {
            self.outer.weigh(on, live, &tape.h[step * size..], self.ones(), &y_bar[step * rows..], room);
        }
        if self.reach.overlaps() {
            let wide = &mut wide[..self.reach.rows() * L::Real::TILE];
            wide.fill(L::Real::default());
            for step in 0..self.steps {
                let (y_bar, h_bar) = (&y_bar[step * rows..], &mut wide[step * size..]);
                self.outer.backward(on, theta, live, y_bar, h_bar, Finish::Add);
            }
            self.reach.fold(wide);
            let extent = Extent { rows: self.steps * self.k, vectors: live.vectors, stride: L::Real::TILE };
            let from = &wide[self.reach.begin::<L::Real>()..];
            on.run(Times { extent, scale, from, by: &tape.slope, to: z_bar });
        } else {
            let (h, slope) = (&tape.h[..], &tape.slope[..]);
            let finish = if self.gates { Finish::Gate { scale, h } } else { Finish::Slope { scale, slope } };
            for step in 0..self.steps {
                let (y_bar, z_bar) = (&y_bar[step * rows..], &mut z_bar[step * size..]);
                self.outer.backward(on, theta, live, y_bar, z_bar, finish.after(step * size));
            }
        }
        if let Some(inner) = &self.inner {
            for step in 0..self.steps {
                let patch = &u[step * self.channels * L::Real::TILE..];
                inner.weigh(on, live, patch, self.ones(), &z_bar[step * size..], room);
            }
        }
    }

    /// From Z̄ to Ū, plus `beside` where an identity path brings more. `wide` is room for Ū with its margins.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "the operands of one formula")]
    pub fn to_inputs<L: Lanes>(
        &self,
        on: On<L>,
        theta: &[L::Real],
        live: Live,
        z_bar: &[L::Real],
        beside: Option<&[L::Real]>,
        u_bar: &mut [L::Real],
        wide: &mut [L::Real],
    ) {
        let (size, patch) = (self.k * L::Real::TILE, self.channels * L::Real::TILE);
        let extent = |rows| Extent { rows, vectors: live.vectors, stride: L::Real::TILE };
        let own = self.steps * patch;
        if let (Some(inner), false) = (&self.inner, self.window.overlaps()) {
            let finish = beside.map_or(Finish::Store, |other| Finish::Beside { scale: L::Real::of(1.0), other });
            for step in 0..self.steps {
                let (z_bar, u_bar) = (&z_bar[step * size..], &mut u_bar[step * patch..]);
                inner.backward(on, theta, live, z_bar, u_bar, finish.after(step * patch));
            }
            return;
        }
        let wide = &mut wide[..self.window.rows() * L::Real::TILE];
        wide.fill(L::Real::default());
        for step in 0..self.steps {
            let (from, to) = (&z_bar[step * size..], &mut wide[step * patch..]);
            match &self.inner {
                Some(inner) => inner.backward(on, theta, live, from, to, Finish::Add),
                None => on.run(Plus { extent: extent(self.n), from, to }),
            }
        }
        self.window.fold(wide);
        u_bar[..own].copy_from_slice(&wide[self.window.begin::<L::Real>()..self.window.begin::<L::Real>() + own]);
        if let Some(from) = beside {
            on.run(Plus { extent: extent(self.steps * self.channels), from, to: u_bar });
        }
    }
}

/// Rows of zeros, with a row of ones behind them where that is where they belong.
fn with_ones<T: Real>(rows: usize, ones: Ones) -> Buffer<T> {
    let mut buffer = Buffer::zeros((rows + usize::from(ones == Ones::Follow)) * T::TILE);
    buffer[rows * T::TILE..].fill(T::of(1.0));
    buffer
}
