//! What is known about θ, as a value: the prior, a point, a normal, or draws. Drawn by one path whatever it is. Knows no method
//! of learning.

use super::{Draws, Gaussian};
use crate::function::{Init, Start, start};
use crate::model::{Coefficients, Model};
use crate::seeds::{Purpose, Seeds};
use std::sync::Arc;

/// What is known about θ.
#[derive(Clone, Debug, PartialEq)]
pub enum Belief {
    /// Nothing beyond p(θ).
    Prior(Arc<Model>),
    /// One function: the mode, or where an optimiser stands on the way to it.
    Point(Coefficients),
    /// A normal distribution: exact for (a, d) of f⁽¹⁾ given the rest, or about the mode.
    Gaussian(Arc<Gaussian>),
    /// What a sampler has drawn so far.
    Draws(Arc<Draws>),
}

impl Belief {
    /// The most probable function: θ = 0 under a zero-mean prior; of draws, the most probable that was drawn.
    ///
    /// # Panics
    /// Never: zero has the layout's length.
    #[must_use]
    pub fn mode(&self) -> Coefficients {
        match self {
            Self::Prior(model) => zero(model),
            Self::Point(coefficients) => coefficients.clone(),
            Self::Gaussian(gaussian) => gaussian.mean.clone(),
            Self::Draws(draws) => draws
                .best()
                .and_then(|theta| Coefficients::new(draws.model.clone(), theta))
                .unwrap_or_else(|| zero(&draws.model)),
        }
    }

    /// `n` functions drawn from it. A point draws itself; draws are drawn from with replacement, and none of none.
    ///
    /// # Panics
    /// Never: draws have the layout's length.
    #[must_use]
    pub fn draw(&self, n: u64, seeds: Seeds) -> Vec<Coefficients> {
        let of = |model: &Arc<Model>, theta: Vec<f64>| {
            Coefficients::new(model.clone(), theta).expect("as long as the layout")
        };
        match self {
            Self::Prior(model) => (0..n).map(|draw| draw_prior(model, seeds, draw)).collect(),
            Self::Point(coefficients) => vec![coefficients.clone(); usize::try_from(n).unwrap_or(usize::MAX)],
            Self::Gaussian(gaussian) => (0..n)
                .map(|draw| gaussian.draw(&mut seeds.stream(Purpose::Draws, draw, 7)))
                .map(|theta| of(&gaussian.mean.model, theta))
                .collect(),
            Self::Draws(draws) => (0..n)
                .filter_map(|draw| draws.pick(draw, seeds))
                .map(|theta| of(&draws.model, theta.to_vec()))
                .collect(),
        }
    }
}

fn zero(model: &Arc<Model>) -> Coefficients {
    Coefficients::new(model.clone(), vec![0.0; model.layout().len()]).expect("as long as the layout")
}

/// The `draw`-th function drawn from the prior of `model`.
///
/// # Panics
/// Never: a start has the layout's length.
#[must_use]
pub fn draw_prior(model: &Arc<Model>, seeds: Seeds, draw: u64) -> Coefficients {
    let how = Start { init: Init::Prior, bias_sd: 0.0, given: Vec::new() };
    // Draw 0 would share its numbers with the start of a run that starts from the prior.
    let theta = start(model, &how, seeds, draw + (1 << 32));
    Coefficients::new(model.clone(), theta).expect("as long as the layout")
}

#[cfg(test)]
mod tests {
    use super::super::problems::{Problem, some_theta, told};
    use super::super::{Structure, Track};
    use super::*;
    use crate::bayes::Laplace;

    #[test]
    fn every_kind_draws_by_seed_and_has_a_mode() {
        let problem = Problem::tanh(2, 6);
        let model = problem.model();
        let point = Coefficients::new(model.clone(), some_theta(&model)).unwrap();
        let laplace = Laplace::new(&point, &problem.points(), Structure::Full, &[]).unwrap();
        let mut track = Track::new(model.layout().len(), 1);
        for draw in 0..5 {
            let told = crate::bayes::Told { likelihood: -f64::from(i32::abs(draw - 3)), ..told() };
            track.push(&vec![f64::from(draw); model.layout().len()], told);
        }
        let sampled = Draws { model: model.clone(), chains: vec![track] };
        let none = Draws { model: model.clone(), chains: vec![Track::new(model.layout().len(), 1)] };
        let beliefs = [
            (Belief::Prior(model.clone()), 0.0, true),
            (Belief::Point(point.clone()), point.theta[1], false),
            (Belief::Gaussian(Arc::new(laplace.gaussian)), point.theta[1], true),
            (Belief::Draws(Arc::new(sampled)), 3.0, true),
        ];
        for (belief, mode, varies) in beliefs {
            assert_eq!(belief.mode().theta[1].to_bits(), mode.to_bits(), "{belief:?}");
            let drawn = belief.draw(12, Seeds(1));
            assert_eq!(drawn, belief.draw(12, Seeds(1)));
            assert_eq!(drawn.len(), 12);
            assert_eq!(drawn != belief.draw(12, Seeds(2)), varies);
            assert_eq!(drawn.iter().any(|other| *other != drawn[0]), varies);
        }
        let nothing = Belief::Draws(Arc::new(none));
        assert!(nothing.draw(3, Seeds(1)).is_empty() && nothing.mode().theta.iter().all(|value| *value == 0.0));
    }
}
