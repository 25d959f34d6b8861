//! Patches of signals and back: im2col and col2im. Knows no coefficient.
//!
//! A row of a signal is T positions × C channels, channels last, so that N×(T·C) is (N·T)×C as it stands. The patch at t is
//! x[t − p … t + p] with p = (W − 1)/2: cross-correlation, stride 1, same length, as PyTorch and JAX have it.

use crate::model::{Extent, Padding};

/// How patches are taken from rows of one extent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Patches {
    extent: Extent,
    width: usize,
    /// For every position and place in its patch, the position it comes from; none beyond the ends of a zero-padded row.
    sources: Vec<Option<usize>>,
}

impl Patches {
    pub fn new(extent: Extent, width: usize, padding: Padding) -> Self {
        let half = width / 2;
        let sources = (0..extent.positions)
            .flat_map(|t| (0..width).map(move |w| (t + w, w)))
            .map(|(place, _)| source(place, half, extent.positions, padding))
            .collect();
        Self { extent, width, sources }
    }

    /// W·C, the columns of a patch.
    pub fn columns(&self) -> usize {
        self.width * self.extent.channels
    }

    /// The position that place `w` of the patch at `t` comes from.
    pub fn source(&self, t: usize, w: usize) -> Option<usize> {
        self.sources[t * self.width + w]
    }

    /// From rows N×(T·C) to patches (N·T)×(W·C).
    pub fn gather(&self, rows: &[f64], patches: &mut [f64]) {
        let channels = self.extent.channels;
        let rows = rows.chunks_exact(self.extent.columns());
        for (row, patches) in rows.zip(patches.chunks_exact_mut(self.extent.positions * self.columns())) {
            for (place, source) in patches.chunks_exact_mut(channels).zip(&self.sources) {
                match source {
                    Some(t) => place.copy_from_slice(&row[t * channels..(t + 1) * channels]),
                    None => place.fill(0.0),
                }
            }
        }
    }

    /// The transpose of `gather`: every place of a patch is added back to where it came from. Overwrites `rows`.
    pub fn scatter(&self, patches: &[f64], rows: &mut [f64]) {
        let channels = self.extent.channels;
        rows.fill(0.0);
        let patches = patches.chunks_exact(self.extent.positions * self.columns());
        for (patches, row) in patches.zip(rows.chunks_exact_mut(self.extent.columns())) {
            for (place, source) in patches.chunks_exact(channels).zip(&self.sources) {
                if let Some(t) = source {
                    for (row, place) in row[t * channels..(t + 1) * channels].iter_mut().zip(place) {
                        *row += place;
                    }
                }
            }
        }
    }
}

/// Where position `place` of a row padded by `half` at both ends lies in the row itself.
pub(crate) fn source(place: usize, half: usize, positions: usize, padding: Padding) -> Option<usize> {
    match padding {
        Padding::Zero => place.checked_sub(half).filter(|t| *t < positions),
        Padding::Circular => Some((place + positions * (half / positions + 1) - half) % positions),
        Padding::Reflect => {
            // Mirrored at the end values, which are not repeated: period 2(T − 1).
            let period = 2 * (positions - 1).max(1);
            let folded = (place + period * (half / period + 1) - half) % period;
            Some(folded.min(period - folded).min(positions - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: [Padding; 3] = [Padding::Zero, Padding::Circular, Padding::Reflect];

    fn patch(padding: Padding, t: usize) -> Vec<Option<usize>> {
        let patches = Patches::new(Extent { positions: 4, channels: 1 }, 5, padding);
        (0..5).map(|w| patches.source(t, w)).collect()
    }

    #[test]
    fn what_lies_beyond_the_ends() {
        assert_eq!(patch(Padding::Zero, 0), [None, None, Some(0), Some(1), Some(2)]);
        assert_eq!(patch(Padding::Circular, 0), [2, 3, 0, 1, 2].map(Some));
        // numpy.pad(range(4), 2, "reflect") is 2 1 0 1 2 3 2 1
        assert_eq!(patch(Padding::Reflect, 0), [2, 1, 0, 1, 2].map(Some));
        assert_eq!(patch(Padding::Reflect, 3), [1, 2, 3, 2, 1].map(Some));
    }

    /// ⟨gather x, p⟩ = ⟨x, scatter p⟩ for every padding, also where the patch is wider than the signal.
    #[test]
    fn scatter_is_the_transpose_of_gather() {
        for padding in THREE {
            for (positions, width) in [(1, 1), (1, 5), (2, 3), (6, 3), (4, 9)] {
                let patches = Patches::new(Extent { positions, channels: 2 }, width, padding);
                let number = |at: usize| f64::from(u32::try_from(at * at % 17).expect("small")) - 7.0;
                let x: Vec<f64> = (0..3 * positions * 2).map(number).collect();
                let p: Vec<f64> = (0..3 * positions * width * 2).map(|at| number(at + 5)).collect();
                let (mut gathered, mut scattered) = (vec![0.0; p.len()], vec![f64::NAN; x.len()]);
                patches.gather(&x, &mut gathered);
                patches.scatter(&p, &mut scattered);
                let left: f64 = gathered.iter().zip(&p).map(|(g, p)| g * p).sum();
                let right: f64 = x.iter().zip(&scattered).map(|(x, s)| x * s).sum();
                assert!((left - right).abs() < 1e-9, "{padding:?} {positions} {width}");
            }
        }
    }
}
