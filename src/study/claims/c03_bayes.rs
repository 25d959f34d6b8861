//! C3: truncate, then learn the coefficients by Bayes' rule. Knows no other claim.

use super::{Claim, Found, Verdict};
use crate::bayes::{Exact, kl_from_prior, real};
use crate::data::Points;
use crate::function::{outputs, through};
use crate::learn::{Method, Plan, Schedule};
use crate::linalg::Triangle;
use crate::model::{Coefficients, Group, GroupPriors, Model, Prior, Scaling};
use crate::seeds::{Purpose, Seeds};
use crate::study::{Failure, Lab, Shape, Table, curve, descend};
use ndarray::{Array2, Axis, concatenate};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::ops::Range;
use std::sync::Arc;

pub(super) static CLAIM: Claim = Claim {
    name: "C3",
    title: "learning is Bayes' rule",
    claim: "With the sum cut off at K there are finitely many coefficients, and Bayes' rule learns them from the data; that is what a network does.",
    statement: "With (b, c) fixed the posterior of (a, d) is normal and exact, its mean the ridge solution with λ = s²/τ². With (b, c) free, training finds a mode, and only if the penalty is in the gradient; a penalty on a mean of squares must be s²/(N τ²).",
    design: "K = 20 relu elements at equal distances, N = 25 points of sin 2x on [-2, 2] with noise of s = 0.1, τ = 1. The exact posterior against the normal equations; Adam with the prior in its gradient and AdamW, 40 000 steps (AdamW 160 000, too), against the mode, in posterior standard deviations of f (root mean square over the points). N = 25, 100, 400 with a fixed penalty on the mean.",
    rule: "Fails if exact and ridge differ by more than 1e-6 or the data taught less than a nat. Else holds if AdamW, too, ends within 0.05 standard deviations of the mode; with a correction if Adam does and AdamW does not.",
    remark: "\"Learning by Bayes' rule\" gives a distribution; optimisers give one function of it, the mode, and those with decoupled decay not even that. Where λ is written beside a mean of squares, more data silently mean a narrower prior.",
    preset: Some("bayes-line"),
    run,
};

const K: usize = 20;
const S: f64 = 0.1;

/// N points of sin 2x with noise of the likelihood's scale.
fn noisy(n: usize) -> Points {
    let mut points = curve(n, [-2.0, 2.0], |x| (2.0 * x).sin());
    let mut rng = Seeds(3).stream(Purpose::Study, 3, 0);
    points.y.iter_mut().for_each(|y| *y += S * rng.sample::<f64, _>(StandardNormal));
    points
}

fn run(lab: &Lab) -> Result<Found, Failure> {
    let points = noisy(25);
    let f = on_knots(1.0);
    let exact = posterior(&f, &points)?;
    let predicted = exact.predict(points.x.view()).map_err(|why| Failure::broken(why.0.as_str()))?;
    let mut found = Found::new();
    let fits = [(Method::Adam, 40_000), (Method::AdamW, 40_000), (Method::AdamW, 160_000)];
    let ends = lab.map(&fits, |(method, steps)| {
        let plan = Plan { method: *method, rate: 2e-2, schedule: Schedule::Cosine, horizon: *steps, ..Plan::default() };
        descend(&f.model, &points, f.theta.to_vec(), &held(&f.model), &plan).f
    })?;
    let from_mode = |y: &Array2<f64>| {
        let apart = (y - &predicted.mean) / &predicted.spread;
        (apart.iter().map(|apart| apart * apart).sum::<f64>() / real(apart.len())).sqrt()
    };
    let away = |end: &Coefficients| from_mode(&outputs(end, points.x.view()));
    let coupled = found.exact("sd of f between Adam's end and the mode", 1, away(&ends[0]));
    let decoupled = found.exact("sd of f between AdamW's end and the mode", 1, away(&ends[1]));
    let size = |f: &Coefficients| f.group(0, Group::A).iter().map(|a| a * a).sum::<f64>().sqrt();
    found.exact("‖a‖ of AdamW over the mode's", 1, size(&ends[1]) / size(&exact.mode()));
    found.exact("sd of f between AdamW's end and the mode, four times the steps", 1, away(&ends[2]));
    found.exact("sd of f between no penalty at all and the mode", 1, from_mode(&ridge(&f, &points, 1e-9)));
    let ridge = ridge(&f, &points, S * S);
    let difference = furthest(&(&ridge - &predicted.mean));
    found.exact("max |exact − ridge|", 25, difference);
    let nats = learned(&exact).unwrap_or(f64::NAN);
    found.exact("nats from prior to posterior", 1, nats);
    let table = more_data(&mut found)?;
    found.tables.push(table);
    Ok(found.judged(true, judge(difference, nats, coupled, decoupled)))
}

fn judge(difference: f64, nats: f64, coupled: f64, decoupled: f64) -> Verdict {
    match () {
        () if !(difference < 1e-6 && nats > 1.0 && coupled < 0.05) => Verdict::Fails,
        () if decoupled < 0.05 => Verdict::Holds,
        () => Verdict::Corrected,
    }
}

/// The penalty on the mean of squares is that of N = 25 and τ = 1; which τ it stands for with more points, and how far the
/// function is from the posterior's mean then.
fn more_data(found: &mut Found) -> Result<Table, Failure> {
    let mut table = Table::new("penalty-of-a-mean", ["n", "tau_implied", "max_difference", "sd_from_the_mode"]);
    for n in [25, 100, 400] {
        let points = noisy(n);
        let fixed = S * S / 25.0;
        let tau = (S * S / (real(n) * fixed)).sqrt();
        let by_mean = ridge(&on_knots(1.0), &points, fixed * real(n));
        let predict = |tau: f64| {
            let exact = posterior(&on_knots(tau), &points)?;
            exact.predict(points.x.view()).map_err(|why| Failure::broken(why.0.as_str()))
        };
        let (implied, meant) = (predict(tau)?, predict(1.0)?);
        let difference = furthest(&(&by_mean - &implied.mean));
        let apart = (&by_mean - &meant.mean) / &meant.spread;
        let apart = (apart.iter().map(|apart| apart * apart).sum::<f64>() / real(apart.len())).sqrt();
        table.push([n.into(), tau.into(), difference.into(), apart.into()]);
        if n == 400 {
            found.exact("τ that the same penalty of a mean stands for at N = 400 (1 at 25)", 1, tau);
            found.exact("and max |f − the posterior mean with that τ|", n, difference);
        }
    }
    Ok(table)
}

/// relu(x − t) for K equally spaced t from −2; a = d = 0; τ on a and d.
fn on_knots(tau: f64) -> Coefficients {
    let prior = Prior::Gaussian { tau, scaling: Scaling::None };
    let model = Shape::plain(1, K).model(S, GroupPriors { a: prior, b: prior, c: prior, d: prior });
    let layout = model.layout();
    let mut theta = vec![0.0; layout.len()];
    for (group, value) in [(Group::B, 0.0), (Group::C, 4.0 / real(K))] {
        let block = layout.find(Some(0), group).expect("a full stage has it");
        for (k, at) in block.at.clone().enumerate() {
            theta[at] = if group == Group::B { 1.0 } else { 2.0 - value * real(k) };
        }
    }
    Coefficients::new(model, theta).expect("θ")
}

fn held(model: &Arc<Model>) -> Vec<Range<usize>> {
    let layout = model.layout();
    [Group::B, Group::C].iter().filter_map(|group| layout.find(Some(0), *group)).map(|block| block.at.clone()).collect()
}

fn posterior(f: &Coefficients, points: &Points) -> Result<Exact, Failure> {
    Exact::new(f, points, None).map_err(|why| Failure::broken(why.0.as_str()))
}

/// `Φ (ΦᵀΦ + λ I)⁻¹ Φᵀ y`: by the normal equations, as a textbook has it.
fn ridge(f: &Coefficients, points: &Points, lambda: f64) -> Array2<f64> {
    let elements = through(f, points.x.view()).stages.swap_remove(0).elements;
    let ones = Array2::ones((points.x.nrows(), 1));
    let phi = concatenate(Axis(1), &[elements.view(), ones.view()]).expect("as many rows");
    let gram = phi.t().dot(&phi) + lambda * Array2::<f64>::eye(phi.ncols());
    let root = Triangle::cholesky(gram.view()).expect("λ > 0");
    phi.dot(&root.solve(root.solve_transposed(phi.t().dot(&points.y).view()).view()))
}

/// KL(posterior ‖ prior).
fn learned(exact: &Exact) -> Option<f64> {
    let gaussian = exact.gaussian()?;
    let each = gaussian.parts.iter().map(|part| {
        let mean: Vec<f64> =
            part.at.iter().zip(&part.scale).map(|(at, scale)| gaussian.mean.theta[*at] / scale).collect();
        kl_from_prior(&mean, part.whitened_covariance().view())
    });
    each.sum()
}

fn furthest(values: &Array2<f64>) -> f64 {
    values.iter().fold(0.0, |most, value| value.abs().max(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(1e-12, 20.0, 1e-4, 1.9), Verdict::Corrected);
        assert_eq!(judge(1e-12, 20.0, 1e-4, 1e-3), Verdict::Holds);
        assert_eq!(judge(1e-3, 20.0, 1e-4, 1.9), Verdict::Fails);
        assert_eq!(judge(1e-12, 20.0, f64::NAN, 1.9), Verdict::Fails);
    }
}
