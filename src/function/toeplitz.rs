//! A convolution as the dense expansion it is: Toeplitz matrices over whole rows, their entries tied (MATH §6). For looking
//! and for tests; knows no composition.

use super::patches::Patches;
use crate::model::{Coefficients, Composition, Extent, Form, Group, Over, Padding};
use ndarray::Array2;

/// σ(U b + c) a + d over whole rows of T positions, equal to a stage that acts on every patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Toeplitz {
    /// T·C × T·K: block (s, t) is the part of the small b that meets position s in the patch at t.
    pub b: Array2<f64>,
    /// T·K: c, repeated.
    pub c: Vec<f64>,
    /// T·K × T·m: a at every position; a band as b is where a sees several positions.
    pub a: Array2<f64>,
    /// T·m: d, repeated.
    pub d: Vec<f64>,
    /// T·C × T·K: the entries of the small b (row-major) whose sum each entry of `b` is. None where a patch does not
    /// reach, one inside a signal, several where a mirrored or wrapped end meets a patch twice. A reduced b has none: it is
    /// not learned.
    pub ties: Array2<Vec<usize>>,
}

/// The dense form of the stage at position `at` (innermost 0); none if it acts on points.
#[must_use]
pub fn toeplitz(coefficients: &Coefficients, at: usize) -> Option<Toeplitz> {
    let f = &coefficients.model.f;
    let stage = f.stages[at];
    let Over::Patches { width, reach, padding } = stage.over else { return None };
    let before = f.extent(at);
    let elements = Extent { positions: before.positions, channels: stage.k };
    let seen = Band::new(before, width, padding, stage.k);
    let heights = Band::new(elements, reach, padding, stage.outputs);
    let small = coefficients.group(at, Group::B);
    let (b, ties) = match stage.form {
        Form::Full => (seen.sums(small), seen.ties()),
        Form::Reduced => {
            let n = f.stage_inputs(at);
            let one: Vec<f64> = Array2::eye(n).into_iter().collect();
            (seen.sums(&one), Array2::default(seen.shape()))
        }
    };
    let c = if stage.form == Form::Full { coefficients.group(at, Group::C) } else { &vec![0.0; stage.k] };
    Some(Toeplitz {
        b,
        c: c.repeat(before.positions),
        a: heights.sums(coefficients.group(at, Group::A)),
        d: coefficients.group(at, Group::D).repeat(before.positions),
        ties,
    })
}

/// Where the entries of a small matrix (W·C)×K stand in the large one (T·C)×(T·K).
struct Band {
    from: Extent,
    to: usize,
    /// (row, column, entry of the small matrix).
    places: Vec<([usize; 2], usize)>,
}

impl Band {
    fn new(from: Extent, width: usize, padding: Padding, to: usize) -> Self {
        let patches = Patches::new(from, width, padding);
        let mut places = Vec::new();
        for t in 0..from.positions {
            for w in 0..width {
                let Some(s) = patches.source(t, w) else { continue };
                for channel in 0..from.channels {
                    let (row, small) = (s * from.channels + channel, w * from.channels + channel);
                    places.extend((0..to).map(|k| ([row, t * to + k], small * to + k)));
                }
            }
        }
        Self { from, to, places }
    }

    fn shape(&self) -> (usize, usize) {
        (self.from.columns(), self.from.positions * self.to)
    }

    fn sums(&self, small: &[f64]) -> Array2<f64> {
        let mut large = Array2::zeros(self.shape());
        for &(place, entry) in &self.places {
            large[place] += small[entry];
        }
        large
    }

    fn ties(&self) -> Array2<Vec<usize>> {
        let mut ties: Array2<Vec<usize>> = Array2::default(self.shape());
        for &(place, entry) in &self.places {
            ties[place].push(entry);
        }
        ties
    }
}

/// For signals of T positions, one channel and one element: which place of the patch position s (row) has for the value at
/// position t (column), of the first `most` of both, row by row. None where the patch does not reach; of the places that a mirrored
/// or wrapped end has twice, the later one. None at all if the stage at `at` acts on points.
#[must_use]
pub fn positions_tied(f: &Composition, at: usize, most: usize) -> Option<Vec<Option<usize>>> {
    let Over::Patches { width, padding, .. } = f.stages[at].over else { return None };
    let patches = Patches::new(f.extent(at), width, padding);
    let shown = f.extent(at).positions.min(most);
    let mut tied = vec![None; shown * shown];
    for t in 0..shown {
        for w in 0..width {
            if let Some(s) = patches.source(t, w).filter(|s| *s < shown) {
                tied[s * shown + t] = Some(w);
            }
        }
    }
    Some(tied)
}
