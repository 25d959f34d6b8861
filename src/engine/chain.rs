//! A composition as a chain of narrow layers, where it is one: what points take instead of going stage by stage where that is
//! faster. Knows no likelihood.
//!
//! Stages are made of kernels that are called one by one, each of which pays off over a tile of points and a width of some
//! elements. A mini-batch of ten points in a network of a few elements (configuration E of docs/speed.md) is over before they have
//! been called, so that here it takes little more than half the time. A σ that is a series gains a quarter even over a whole tile;
//! a ReLU, which the stages' products apply as they end, would lose as much there.

use super::end::End;
use super::kernels::{Collect, FEW, Known, Layer, Layers, Ways};
use super::lanes::{Lanes, On};
use super::real::Real;
use super::stage::Stage;
use super::{Cut, Live};
use crate::model::{Activation, Architecture, Composition};

/// The layers, and when they are taken.
#[derive(Clone, Debug)]
pub struct Chain<T> {
    layers: Layers<T>,
    /// Vectors up to which it is the faster way.
    few: usize,
    /// Whether there are sums since they were last forgotten.
    summed: bool,
}

impl<T: Real> Chain<T> {
    /// The compiled stages of `f` between its ends as a chain; none where there is more to them than narrow matrices and one σ.
    pub fn new(f: &Composition, lift: &End, stages: &[Stage], readout: &End, cut: Cut) -> Option<Self> {
        let first = f.stages.first()?;
        let sigma = Known::new(first.sigma, first.alpha, cut.level);
        let layers = Layers::new(&layers(f, lift, stages, readout)?, sigma, cut.lanes)?;
        // The stages' products end with a ReLU themselves, which makes theirs the faster way from some thirty points on.
        let few = if first.sigma == Activation::Relu { 2 } else { FEW };
        Some(Self { layers, few, summed: false })
    }

    /// As many vectors as a chain is compiled for and so many go into; none if these are too many.
    pub fn vectors(&self, live: usize) -> Option<usize> {
        Some(live.next_power_of_two()).filter(|vectors| *vectors <= self.few)
    }

    /// Whether so many vectors are its own.
    pub fn takes(&self, live: Live) -> bool {
        live.vectors <= self.few
    }

    /// Its ways from X and back, of which only the one back is asked for yet, if it is: that adds the points' share to the sums.
    pub fn ways<'a>(
        &'a mut self,
        theta: &'a [T],
        live: Live,
        x: &'a [T],
        [f, f_bar]: [&'a mut [T]; 2],
        back: bool,
    ) -> Ways<'a, T> {
        let begins = !self.summed;
        self.summed |= back;
        let (layers, vectors) = (&mut self.layers, live.vectors);
        Ways { layers, vectors, theta, x, f, f_bar, there: false, gaussian: None, back, begins }
    }

    /// Forgets the sums.
    pub fn clear(&mut self) {
        self.summed = false;
    }

    /// Whether there are any.
    pub fn is_summed(&self) -> bool {
        self.summed
    }

    /// The gradient becomes the sums; what is none of the chain's becomes 0. Answers whether it is all numbers.
    pub fn collect<L: Lanes<Real = T>>(&self, on: On<L>, gradient: &mut [f64]) -> bool {
        let (to, rest) = gradient.split_at_mut(self.layers.coefficients);
        let mut finite = true;
        on.run(Collect { sums: &self.layers.sums, scale: 1.0, adds: false, to, finite: &mut finite });
        rest.fill(0.0);
        finite
    }
}

/// Every matrix in turn, each with the σ that follows it.
fn layers(f: &Composition, lift: &End, stages: &[Stage], readout: &End) -> Option<Vec<Layer>> {
    let [first, rest @ ..] = &f.stages[..] else { return None };
    let one_sigma = rest.iter().all(|stage| (stage.sigma, stage.alpha) == (first.sigma, first.alpha));
    let ends = [lift, readout].iter().all(|end| end.affine().is_some() || end.is_nothing());
    if f.architecture != Architecture::Plain || !one_sigma || !ends {
        return None;
    }
    let mut affines: Vec<_> = lift.affine().map(|lift| (lift, false)).into_iter().collect();
    for stage in stages {
        if !stage.is_dense() {
            return None;
        }
        match &stage.inner {
            Some(inner) => affines.push((inner, true)),
            // σ is that of whatever comes before it.
            None => affines.last_mut()?.1 = true,
        }
        affines.push((&stage.outer, false));
    }
    affines.extend(readout.affine().map(|readout| (readout, false)));
    // Wider ones are the products' and the turned tiles'.
    if !affines.iter().all(|(affine, _)| affine.is_narrow()) {
        return None;
    }
    let layers = affines.iter().map(|&(affine, activates)| {
        let (p, q, at, offset) = (affine.p, affine.q, affine.at, affine.offset);
        Layer { p, q, at, offset, activates }
    });
    Some(layers.collect())
}
