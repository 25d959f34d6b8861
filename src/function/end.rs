//! The two ends of the stream: how X enters and how ŷ leaves it. Knows no stage.

use super::expansion::{affine, outer, times_transposed};
use crate::model::{Extent, Group, Layout, Lift, Readout};
use std::ops::Range;

/// One end, compiled.
#[derive(Clone, Debug)]
pub(super) struct End {
    kind: Readout,
    from: Extent,
    to: usize,
    w: Range<usize>,
    /// The end has no offset; `affine` wants one.
    zeros: Vec<f64>,
}

impl End {
    /// From X to the stream.
    pub fn lift(kind: Lift, from: usize, to: usize, layout: &Layout) -> Self {
        let kind = match kind {
            Lift::None => Readout::None,
            Lift::Pad => Readout::Pad,
            Lift::Linear => Readout::Linear,
        };
        Self::new(kind, Extent { positions: 1, channels: from }, to, layout, Group::Lift)
    }

    /// From the stream to ŷ.
    pub fn readout(kind: Readout, from: Extent, to: usize, layout: &Layout) -> Self {
        Self::new(kind, from, to, layout, Group::Readout)
    }

    fn new(kind: Readout, from: Extent, to: usize, layout: &Layout, group: Group) -> Self {
        let w = layout.find(None, group).map_or(0..0, |block| block.at.clone());
        Self { kind, from, to, w, zeros: vec![0.0; to] }
    }

    /// Columns that come in.
    pub fn columns(&self) -> usize {
        self.from.columns()
    }

    /// Columns that go out.
    pub fn outputs(&self) -> usize {
        self.to
    }

    /// Whether anything in it is learned.
    pub fn is_learned(&self) -> bool {
        self.kind == Readout::Linear
    }

    pub fn forward(&self, theta: &[f64], x: &[f64], y: &mut [f64]) {
        match self.kind {
            Readout::None => y.copy_from_slice(x),
            Readout::Linear => affine(x, &theta[self.w.clone()], &self.zeros, y),
            Readout::Pad => self.pad(x, y),
            Readout::Mean => self.each_channel(x, y, |_, channel, row, y| *y = mean(row, channel)),
            Readout::Max => self.each_channel(x, y, |_, channel, row, y| *y = row[greatest(row, channel)]),
        }
    }

    /// The derivative of `forward` at `x` in the directions `theta_dot` and `x_dot`.
    pub fn along(&self, theta: &[f64], theta_dot: &[f64], x: &[f64], x_dot: &[f64]) -> Vec<f64> {
        let rows = x.len() / self.columns();
        let mut y_dot = vec![0.0; rows * self.to];
        match self.kind {
            Readout::Max => {
                let pick = |row: usize, channel: Channel, values: &[f64], y: &mut f64| {
                    *y = x_dot[row * self.columns() + greatest(values, channel)];
                };
                self.each_channel(x, &mut y_dot, pick);
            }
            Readout::None | Readout::Pad | Readout::Linear | Readout::Mean => self.forward(theta, x_dot, &mut y_dot),
        }
        if self.is_learned() {
            let mut more = vec![0.0; y_dot.len()];
            self.forward(theta_dot, x, &mut more);
            y_dot.iter_mut().zip(more).for_each(|(y, more)| *y += more);
        }
        y_dot
    }

    /// Adds w̄ to `gradient` and overwrites X̄.
    pub fn backward(&self, theta: &[f64], x: &[f64], y_bar: &[f64], gradient: &mut [f64], x_bar: &mut [f64]) {
        match self.kind {
            Readout::None => x_bar.copy_from_slice(y_bar),
            Readout::Linear => {
                outer(x, y_bar, self.to, &mut gradient[self.w.clone()]);
                times_transposed(y_bar, &theta[self.w.clone()], self.to, x_bar);
            }
            Readout::Pad => {
                let shared = self.columns().min(self.to);
                x_bar.fill(0.0);
                for (x_bar, y_bar) in x_bar.chunks_exact_mut(self.columns()).zip(y_bar.chunks_exact(self.to)) {
                    x_bar[..shared].copy_from_slice(&y_bar[..shared]);
                }
            }
            Readout::Mean => {
                #[expect(clippy::cast_precision_loss, reason = "a count of positions")]
                let share = 1.0 / self.from.positions as f64;
                for (x_bar, y_bar) in x_bar.chunks_exact_mut(self.columns()).zip(y_bar.chunks_exact(self.to)) {
                    for x_bar in x_bar.chunks_exact_mut(self.to) {
                        x_bar.iter_mut().zip(y_bar).for_each(|(x_bar, y_bar)| *x_bar = share * y_bar);
                    }
                }
            }
            Readout::Max => {
                x_bar.fill(0.0);
                for (row, values) in x.chunks_exact(self.columns()).enumerate() {
                    for channel in 0..self.to {
                        let at = greatest(values, Channel { channel, of: self.to });
                        x_bar[row * self.columns() + at] = y_bar[row * self.to + channel];
                    }
                }
            }
        }
    }

    /// The first coordinates, and zeros where there are no more.
    fn pad(&self, x: &[f64], y: &mut [f64]) {
        let shared = self.columns().min(self.to);
        y.fill(0.0);
        for (x, y) in x.chunks_exact(self.columns()).zip(y.chunks_exact_mut(self.to)) {
            y[..shared].copy_from_slice(&x[..shared]);
        }
    }

    fn each_channel(&self, x: &[f64], y: &mut [f64], pool: impl Fn(usize, Channel, &[f64], &mut f64)) {
        for (row, (values, y)) in x.chunks_exact(self.columns()).zip(y.chunks_exact_mut(self.to)).enumerate() {
            for (channel, y) in y.iter_mut().enumerate() {
                pool(row, Channel { channel, of: self.to }, values, y);
            }
        }
    }
}

/// One channel of so many.
#[derive(Clone, Copy)]
struct Channel {
    channel: usize,
    of: usize,
}

fn mean(row: &[f64], Channel { channel, of }: Channel) -> f64 {
    let values = row.iter().skip(channel).step_by(of);
    #[expect(clippy::cast_precision_loss, reason = "a count of positions")]
    let count = (row.len() / of) as f64;
    values.sum::<f64>() / count
}

/// Where the channel's greatest value stands in the row: the first of equal ones. A NaN counts as the greatest, so that it is not hidden.
fn greatest(row: &[f64], Channel { channel, of }: Channel) -> usize {
    (channel..row.len()).step_by(of).fold(
        channel,
        |best, at| {
            if row[best].is_nan() || row[at] <= row[best] { best } else { at }
        },
    )
}
