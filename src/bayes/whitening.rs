//! The coordinates in which inference works: z = (θ − 0)/τ of what is free, so that a Gaussian prior is N(0, 1). Knows no data.

use crate::function::{gaussian_constant, laplace, laplace_constant, student_t, student_t_constant};
use crate::model::{Group, Model, Prior};
use std::f64::consts::PI;
use std::ops::Range;

/// The free coordinates of θ, the prior of each, and the scale by which it is divided.
#[derive(Clone, Debug, PartialEq)]
pub struct Whitening {
    /// Where in θ the coordinates of z lie.
    pub free: Vec<usize>,
    /// τ of a Gaussian (or Student's t) prior, the scale of a Laplace one; 1 for flat priors and ρ = log s.
    pub scale: Vec<f64>,
    laws: Vec<Law>,
}

/// The prior of one coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Law {
    Of(Prior),
    /// ρ = log s, half-normal in s.
    LogScale,
}

impl Whitening {
    /// Of `model`, without the coordinates of `held`.
    #[must_use]
    pub fn new(model: &Model, held: &[Range<usize>]) -> Self {
        let mut own = Self { free: Vec::new(), scale: Vec::new(), laws: Vec::new() };
        for block in &model.layout().blocks {
            let law = match (block.group, model.priors.of(block)) {
                (Group::LogScale, _) => Law::LogScale,
                (_, Some(prior)) => Law::Of(prior),
                (_, None) => Law::Of(Prior::Flat),
            };
            let scale = match law {
                Law::Of(Prior::Gaussian { tau, .. } | Prior::StudentT { tau, .. }) => tau,
                Law::Of(Prior::Laplace { scale, .. }) => scale,
                Law::Of(Prior::Flat) | Law::LogScale => 1.0,
            };
            for at in block.at.clone().filter(|at| !held.iter().any(|held| held.contains(at))) {
                own.free.push(at);
                own.scale.push(scale);
                own.laws.push(law);
            }
        }
        own
    }

    /// Coordinates of z.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.free.len()
    }

    /// Writes θ(z) over the free coordinates of `theta`.
    pub fn unwhiten(&self, z: &[f64], theta: &mut [f64]) {
        for ((at, scale), z) in self.free.iter().zip(&self.scale).zip(z) {
            theta[*at] = scale * z;
        }
    }

    /// z of θ.
    #[must_use]
    pub fn whiten(&self, theta: &[f64]) -> Vec<f64> {
        self.free.iter().zip(&self.scale).map(|(at, scale)| theta[*at] / scale).collect()
    }

    /// ∂/∂z from ∂/∂θ.
    pub fn slope(&self, gradient: &[f64], to: &mut [f64]) {
        for ((at, scale), to) in self.free.iter().zip(&self.scale).zip(to) {
            *to = scale * gradient[*at];
        }
    }

    /// Whether every free coordinate has a Gaussian prior, so that N(0, 1) is the prior of all of z.
    #[must_use]
    pub fn is_gaussian(&self) -> bool {
        self.laws.iter().all(|law| matches!(law, Law::Of(Prior::Gaussian { .. })))
    }

    /// log p(θ) of the free coordinates, constants included.
    #[must_use]
    pub fn log_prior(&self, theta: &[f64]) -> f64 {
        let each = self.free.iter().zip(&self.laws).map(|(at, law)| {
            let value = theta[*at];
            match *law {
                Law::Of(Prior::Gaussian { tau, .. }) => gaussian_constant(tau) - 0.5 * (value / tau).powi(2),
                Law::Of(Prior::Laplace { scale, .. }) => laplace_constant(scale) + laplace(scale, value).0,
                Law::Of(Prior::StudentT { nu, tau, .. }) => student_t_constant(nu, tau) + student_t(nu, tau, value).0,
                Law::Of(Prior::Flat) => 0.0,
                Law::LogScale => 0.5 * (2.0 / PI).ln() - 0.5 * (2.0 * value).exp() + value,
            }
        });
        each.sum()
    }

    /// How sharply the prior curves at θ, in z: −∂² log p/∂z², the Fisher information of Student's t, and 0 for a flat prior.
    /// None for a Laplace prior, whose curvature is all at its kink.
    #[must_use]
    pub fn prior_curvature(&self, theta: &[f64]) -> Option<Vec<f64>> {
        let each = self.free.iter().zip(&self.laws).map(|(at, law)| match *law {
            Law::Of(Prior::Gaussian { .. }) => Some(1.0),
            Law::Of(Prior::StudentT { nu, .. }) => Some((nu + 1.0) / (nu + 3.0)),
            Law::Of(Prior::Flat) => Some(0.0),
            Law::Of(Prior::Laplace { .. }) => None,
            Law::LogScale => Some(2.0 * (2.0 * theta[*at]).exp()),
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::PriorDensity;
    use super::super::problems::{Problem, gaussian};
    use super::*;
    use crate::model::{Likelihood, Scale};

    #[test]
    fn the_prior_of_what_is_free_is_the_prior_without_what_is_held() {
        let mut problem = Problem::tanh(3, 4);
        problem.likelihood = Likelihood::Gaussian { scale: Scale::Learned };
        problem.priors.a = Prior::Laplace { scale: 0.7, scaling: crate::model::Scaling::PerUnit };
        problem.priors.c = Prior::StudentT { nu: 4.0, tau: 1.5, scaling: crate::model::Scaling::None };
        problem.priors.b = gaussian(2.0);
        let model = problem.model();
        let theta: Vec<f64> = (0..model.layout().len()).map(|at| (1.3 * crate::bayes::real(at)).sin()).collect();
        let all = Whitening::new(&model, &[]);
        assert_eq!(all.dim(), theta.len());
        assert!((all.log_prior(&theta) - PriorDensity::new(&model).at(&theta, None)).abs() < 1e-13);
        // b0, b1, b2, c0, …: hold b1 to c0.
        let some = 1..4;
        let held = Whitening::new(&model, std::slice::from_ref(&some));
        let own = Whitening::new(&model, &[0..1, 4..theta.len()]);
        assert_eq!((held.free[1], own.free.as_slice()), (4, [1, 2, 3].as_slice()));
        assert!((held.log_prior(&theta) + own.log_prior(&theta) - all.log_prior(&theta)).abs() < 1e-13);
        let mut back = vec![9.0; theta.len()];
        all.unwhiten(&all.whiten(&theta), &mut back);
        assert!(back.iter().zip(&theta).all(|(back, theta)| (back - theta).abs() < 1e-15));
        assert!(!all.is_gaussian() && all.prior_curvature(&theta).is_none());
    }

    /// Curvature against a second difference of the log prior in z (half-normal ρ, Gaussian), and of Student's t on average.
    #[test]
    fn curvatures() {
        let mut problem = Problem::tanh(2, 4);
        problem.likelihood = Likelihood::Gaussian { scale: Scale::Learned };
        let model = problem.model();
        let whitening = Whitening::new(&model, &[]);
        let theta: Vec<f64> = (0..model.layout().len()).map(|at| 0.3 * crate::bayes::real(at) - 0.8).collect();
        let z = whitening.whiten(&theta);
        let h = 1e-4;
        for (at, curvature) in whitening.prior_curvature(&theta).unwrap().into_iter().enumerate() {
            let [low, mid, high] = [-h, 0.0, h].map(|step| {
                let (mut z, mut theta) = (z.clone(), theta.clone());
                z[at] += step;
                whitening.unwhiten(&z, &mut theta);
                whitening.log_prior(&theta)
            });
            assert!(((2.0 * mid - low - high) / (h * h) - curvature).abs() < 1e-5, "{at}");
        }
    }
}
