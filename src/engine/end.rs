//! The two ends of the stream: how X enters and how ŷ leaves it. Knows no stage.

use super::affine::{Affine, Ones, Room};
use super::kernels::Finish;
use super::lanes::{Lanes, On};
use super::real::Real;
use super::{Cut, Live};
use crate::model::{Extent, Group, Layout, Lift, Readout};

/// One end, compiled.
#[derive(Clone, Debug)]
pub struct End {
    kind: Kind,
    from: Extent,
    to: usize,
}

#[derive(Clone, Debug)]
enum Kind {
    /// As it is, or with as many coordinates as both sides have.
    Same,
    Linear(Affine),
    Mean,
    Max,
}

impl End {
    /// From X to the stream.
    pub fn lift(kind: Lift, from: usize, to: usize, layout: &Layout, cut: Cut, sums: &mut usize) -> Self {
        let kind = match kind {
            Lift::None | Lift::Pad => Kind::Same,
            Lift::Linear => linear(layout, Group::Lift, cut, sums),
        };
        Self { kind, from: Extent { positions: 1, channels: from }, to }
    }

    /// From the stream to ŷ.
    pub fn readout(kind: Readout, from: Extent, to: usize, layout: &Layout, cut: Cut, sums: &mut usize) -> Self {
        let kind = match kind {
            Readout::None | Readout::Pad => Kind::Same,
            Readout::Linear => linear(layout, Group::Readout, cut, sums),
            Readout::Mean => Kind::Mean,
            Readout::Max => Kind::Max,
        };
        Self { kind, from, to }
    }

    /// Its matrix, where it has one.
    pub fn affine(&self) -> Option<&Affine> {
        match &self.kind {
            Kind::Linear(affine) => Some(affine),
            Kind::Same | Kind::Mean | Kind::Max => None,
        }
    }

    /// Whether it hands on all of what it gets, as it is.
    pub fn is_nothing(&self) -> bool {
        matches!(self.kind, Kind::Same) && self.from.columns() == self.to
    }

    /// Writes what goes out. Coordinates of `y` beyond those of `x` stay as they are: zero.
    #[inline]
    pub fn forward<L: Lanes>(&self, on: On<L>, theta: &[L::Real], live: Live, x: &[L::Real], y: &mut [L::Real]) {
        match &self.kind {
            Kind::Same => copy(self.from.columns().min(self.to), live.width::<L>(), x, y),
            Kind::Linear(affine) => affine.forward(on, theta, live, x, y, Finish::Store),
            Kind::Mean => self.mean(x, y),
            Kind::Max => self.each::<L::Real>(|point, channel| {
                y[channel * L::Real::TILE + point] = x[self.greatest(x, point, channel)];
            }),
        }
    }

    /// Ȳ to X̄, and the sums of what is learned.
    #[inline]
    pub fn backward<L: Lanes>(
        &self,
        on: On<L>,
        theta: &[L::Real],
        live: Live,
        (x, y_bar): (&[L::Real], &[L::Real]),
        x_bar: &mut [L::Real],
        room: &mut Room<L::Real>,
    ) {
        let columns = self.from.columns();
        match &self.kind {
            Kind::Same => {
                let shared = columns.min(self.to);
                copy(shared, live.width::<L>(), y_bar, x_bar);
                x_bar[shared * L::Real::TILE..columns * L::Real::TILE].fill(L::Real::default());
            }
            Kind::Linear(affine) => {
                affine.weigh(on, live, x, Ones::Follow, y_bar, room);
                affine.backward(on, theta, live, y_bar, x_bar, Finish::Store);
            }
            Kind::Mean => {
                let share = L::Real::of(1.0) / positions(self.from);
                for (row, x_bar) in x_bar[..columns * L::Real::TILE].chunks_exact_mut(L::Real::TILE).enumerate() {
                    let of = row % self.from.channels * L::Real::TILE;
                    for (x_bar, y_bar) in x_bar.iter_mut().zip(&y_bar[of..of + L::Real::TILE]) {
                        *x_bar = *y_bar * share;
                    }
                }
            }
            Kind::Max => {
                x_bar[..columns * L::Real::TILE].fill(L::Real::default());
                self.each::<L::Real>(|point, channel| {
                    x_bar[self.greatest(x, point, channel)] = y_bar[channel * L::Real::TILE + point];
                });
            }
        }
    }

    fn each<T: Real>(&self, mut visit: impl FnMut(usize, usize)) {
        for channel in 0..self.from.channels {
            for point in 0..T::TILE {
                visit(point, channel);
            }
        }
    }

    fn mean<T: Real>(&self, x: &[T], y: &mut [T]) {
        let count = positions(self.from);
        self.each::<T>(|point, channel| {
            let mut sum = T::default();
            for position in 0..self.from.positions {
                sum += x[(position * self.from.channels + channel) * T::TILE + point];
            }
            y[channel * T::TILE + point] = sum / count;
        });
    }

    /// Where the channel's greatest value stands: the first of equal ones; a NaN counts as the greatest.
    fn greatest<T: Real>(&self, x: &[T], point: usize, channel: usize) -> usize {
        let at = |position: usize| (position * self.from.channels + channel) * T::TILE + point;
        (0..self.from.positions).map(at).fold(at(0), |best, at| {
            let keeps = x[best].partial_cmp(&x[best]).is_none() || x[at] <= x[best];
            if keeps { best } else { at }
        })
    }
}

/// The live points of so many rows.
fn copy<T: Real>(rows: usize, width: usize, from: &[T], to: &mut [T]) {
    if width == T::TILE {
        return to[..rows * T::TILE].copy_from_slice(&from[..rows * T::TILE]);
    }
    for row in (0..rows * T::TILE).step_by(T::TILE) {
        to[row..row + width].copy_from_slice(&from[row..row + width]);
    }
}

fn linear(layout: &Layout, group: Group, cut: Cut, sums: &mut usize) -> Kind {
    let block = layout.find(None, group).expect("a linear end has a block of its own");
    Kind::Linear(Affine::new(block, None, cut, sums))
}

#[expect(clippy::cast_precision_loss, reason = "a count of positions")]
fn positions<T: Real>(extent: Extent) -> T {
    T::of(extent.positions as f64)
}
