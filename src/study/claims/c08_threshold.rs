//! C8: nothing learned means a mode of zero; from which λ on that is so. Knows no other claim.

use super::{Claim, Found, Verdict, short};
use crate::bayes::{Limit, LogDensity, Posterior, real, threshold};
use crate::data::Points;
use crate::engine::Engine;
use crate::function::{Init, Start, outputs, start};
use crate::learn::{Chain, Nuts, Origin, Turn, Walk};
use crate::model::{Activation, Coefficients, Group, GroupPriors, Prior, Scaling};
use crate::seeds::Seeds;
use crate::study::{
    Curve, Failure, Figure, Lab, Mark, Shape, Table, Target, cost, critical_by_search, curve, dataset, flat_d, median,
    mode, sd,
};
use ndarray::Array2;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) static CLAIM: Claim = Claim {
    name: "C8",
    title: "nothing learned: the mode is zero",
    claim: "If a function learned nothing its posterior is its prior, and with L² regularisation the mode of its coefficients is zero.",
    statement: "So it is; and the converse is not: one stage under ½ Σr² + (λ/2)(‖a‖² + ‖b‖² + ‖c‖²), d free, has mode zero exactly if λ ≥ λ_c = max over ‖(b, c)‖ = 1 of |Σ rᵢ σ(b xᵢ + c)|, for every K and every σ of degree 1. Above λ_c the posterior still knows something.",
    design: "N = 64 equally spaced points on [-2, 2]. λ_c found by bisection (is there a function better than the constant, best of several starts, K = 4, log λ to 0.4 %) against the formula: six targets, σ relu, leaky relu (0.1), identity, plain and residual. sd of the best of 8 starts, K = 8, at 0.5 … 2 λ_c. At 1.2 λ_c, sin 2x: 16 NUTS chains, K = 2, 8, 32, with s = 1 and with τ = 1 (the same λ, so the same mode), the posterior mean's sd and its correlation with y.",
    rule: "Fails if a λ_c differs by more than 2 % (or 0.02, where it is below 1), or anything above λ_c is not constant. Else holds if the posterior mean at 1.2 λ_c shows nothing of y (correlation for K = 32, s = 1, not above 0.2, 16 chains); with a correction if it does.",
    remark: "A zero mode is not zero knowledge. L² on the factors of a product is a penalty on |a| ‖(b, c)‖, of the first order in the function, and that is why there is a threshold at all. (An approximation about that mode sees no slope in a, b, c and reports zero nats: an artefact.)",
    preset: Some("lambda-c"),
    run,
};

const TARGETS: [Target; 6] = [
    ("sin 2x", |x| (2.0 * x).sin()),
    ("|x|", f64::abs),
    ("x sin 2x", |x| x * (2.0 * x).sin()),
    ("eˣ", f64::exp),
    ("a step at 0.3", |x| if x > 0.3 { 1.0 } else { 0.0 }),
    ("x³ − 2x + 1", |x| x * x * x - 2.0 * x + 1.0),
];
const SIGMAS: [(Activation, f64); 3] =
    [(Activation::Relu, 0.0), (Activation::LeakyRelu, 0.1), (Activation::Identity, 0.0)];
const RATIOS: [f64; 6] = [0.5, 0.8, 0.95, 1.05, 1.2, 2.0];
const SIZES: [usize; 3] = [2, 8, 32];
/// Two ways to one λ = s²/τ²: the mode is the same, the posterior is not.
const SCALES: [&str; 2] = ["s = 1", "τ = 1"];

fn run(lab: &Lab) -> Result<Found, Failure> {
    let mut found = Found::new();
    let agree = thresholds(lab, &mut found)?;
    let sharp = sharpness(lab, &mut found)?;
    let (chains, correlation) = beyond(lab, &mut found)?;
    found.exact("largest slope of log p in a, b, c at θ = 0", 1, at_zero());
    let enough = chains >= 16 && !lab.quick;
    Ok(found.judged(enough, judge(agree && sharp, correlation.above(0.2))))
}

fn judge(threshold: bool, knows: bool) -> Verdict {
    match (threshold, knows) {
        (false, _) => Verdict::Fails,
        (true, true) => Verdict::Corrected,
        (true, false) => Verdict::Holds,
    }
}

fn points(target: Target) -> Points {
    curve(64, [-2.0, 2.0], target.1)
}

/// Predicted and measured critical λ.
fn thresholds(lab: &Lab, found: &mut Found) -> Result<bool, Failure> {
    let mut items = Vec::new();
    for target in TARGETS {
        for (sigma, alpha) in SIGMAS {
            items.push((target, Shape { alpha, ..Shape::plain(1, 4).of(sigma) }));
        }
        items.push((target, Shape::residual(1, 4)));
    }
    let items: Vec<_> = items.into_iter().filter(|(target, shape)| !lab.quick || kept(target, shape)).collect();
    let starts = lab.size(2, 4) as u64;
    let pairs = lab.map(&items, |(target, shape)| {
        let points = points(*target);
        (predicted(*shape, &points), critical_by_search(*shape, &points, starts))
    })?;
    let mut table = Table::new("thresholds", ["target", "sigma", "architecture", "predicted", "measured"]);
    let (mut worst, mut rows) = (0.0_f64, Vec::new());
    for ((target, shape), (predicted, measured)) in items.iter().zip(&pairs) {
        let architecture = shape.architecture.name();
        let row =
            [target.0.into(), shape.sigma.name().into(), architecture.into(), (*predicted).into(), (*measured).into()];
        table.push(row);
        worst = worst.max((measured - predicted).abs() / predicted.max(1.0));
        rows.push(vec![
            target.0.into(),
            format!("{architecture}, {}", shape.sigma),
            short(*predicted),
            short(*measured),
        ]);
    }
    found.exact("largest |λ_c measured − predicted|, relative", items.len(), worst);
    found.tables.push(table);
    let columns = ["target", "model", "λ_c predicted", "λ_c measured"].map(str::to_owned).to_vec();
    found.figures.push(Figure::Table { title: "λ_c, by the formula and by bisection".to_owned(), columns, rows });
    Ok(worst < 0.02)
}

/// What `--quick` does of them: relu everywhere, the others for two targets.
fn kept(target: &Target, shape: &Shape) -> bool {
    (shape.sigma == Activation::Relu && !shape.architecture.is_residual())
        || [TARGETS[0].0, TARGETS[3].0].contains(&target.0)
}

/// The critical λ by the program's formula.
pub(super) fn predicted(shape: Shape, points: &Points) -> f64 {
    threshold(&shape.model(1.0, flat_d(1.0)), points, 1.0).map_or(f64::NAN, |found| found.critical)
}

/// sd of the best function about the critical λ.
fn sharpness(lab: &Lab, found: &mut Found) -> Result<bool, Failure> {
    let starts = lab.size(2, 8) as u64;
    let mut items = Vec::new();
    for target in &TARGETS[..3] {
        items.extend(
            RATIOS.iter().flat_map(|ratio| (lab.seed..lab.seed + starts).map(move |seed| (*target, *ratio, seed))),
        );
    }
    let ends = lab.map(&items, |(target, ratio, seed)| {
        let (points, shape) = (points(*target), Shape::plain(1, 8));
        let lambda = ratio * predicted(shape, &points);
        let model = shape.model(1.0, flat_d(lambda.sqrt().recip()));
        let theta = start(&model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(100 + seed), 0);
        let f = mode(&model, &points, theta, &[], 20_000).f;
        (cost(&f, &points), sd(&outputs(&f, points.x.view())))
    })?;
    let mut table = Table::new("sharpness", ["target", "ratio", "start", "objective", "sd"]);
    for ((target, ratio, seed), (cost, sd)) in items.iter().zip(&ends) {
        table.push([target.0.into(), (*ratio).into(), (*seed).into(), (*cost).into(), (*sd).into()]);
    }
    let (mut sharp, mut curves) = (true, Vec::new());
    for (target, _) in &TARGETS[..3] {
        let best = |place: usize| {
            let own = items.iter().zip(&ends).filter(|(item, _)| item.0.0 == *target);
            let own = own.filter(|(item, _)| item.1.total_cmp(&RATIOS[place]).is_eq());
            own.map(|(_, end)| *end).min_by(|one, other| one.0.total_cmp(&other.0)).map_or(f64::NAN, |end| end.1)
        };
        let sds: Vec<(f64, f64)> = RATIOS.iter().enumerate().map(|(place, ratio)| (*ratio, best(place))).collect();
        for (ratio, sd) in sds.iter().copied() {
            found.exact(format!("sd of f at {ratio} λ_c, {target}"), items.len() / 18, sd);
            sharp &= if ratio < 1.0 { sd > 1e-4 } else { sd < 1e-4 };
        }
        curves.push(Curve::bare(target, sds));
    }
    found.tables.push(table);
    found.figures.push(Figure::Curves {
        title: "What is learned at the mode, about the predicted λ_c".to_owned(),
        x: "λ/λ_c".to_owned(),
        log_x: false,
        y: "sd of f".to_owned(),
        log_y: false,
        curves,
        marks: vec![Mark { x: 1.0, name: "λ_c".to_owned() }],
    });
    Ok(sharp)
}

/// The posterior mean where the mode is zero.
fn beyond(lab: &Lab, found: &mut Found) -> Result<(usize, crate::study::Estimate), Failure> {
    let chains = lab.size(4, 16);
    let draws = lab.size(300, 1500) as u64;
    let mut items = Vec::new();
    for s in SCALES {
        for k in SIZES {
            items.extend(lab.seeds(chains).map(|chain| (s, k, chain)));
        }
    }
    let points = points(TARGETS[0]);
    let means = lab.map(&items, |(s, k, chain)| mean(s, *k, *chain, draws, &points))?;
    let mut table = Table::new("posterior-means", ["scale", "k", "chain", "sd", "correlation"]);
    let mut deciding = crate::study::Estimate::exact(f64::NAN);
    let mut rows = Vec::new();
    for ((s, k, chain), mean) in items.iter().zip(means) {
        let mean = mean?;
        let row = (sd(&mean), correlation(&mean, &points.y));
        table.push([(*s).into(), (*k).into(), (*chain).into(), row.0.into(), row.1.into()]);
        rows.push(((*s, *k), row));
    }
    for s in SCALES {
        for k in SIZES {
            let of = |pick: fn(&(f64, f64)) -> f64| {
                median(&rows.iter().filter(|(own, _)| *own == (s, k)).map(|(_, row)| pick(row)).collect::<Vec<_>>())
            };
            found.note(format!("sd of the posterior mean at 1.2 λ_c, K = {k}, {s}"), chains, of(|row| row.0));
            let correlation = found.note(format!("its correlation with y, K = {k}, {s}"), chains, of(|row| row.1));
            if s == SCALES[0] {
                deciding = correlation;
            }
        }
    }
    for s in SCALES {
        limit(found, s, &points)?;
    }
    found.tables.push(table);
    Ok((chains, deciding))
}

/// s and τ of one of `SCALES` with λ = 1.2 times the critical one.
fn beyond_critical(scale: &str, points: &Points) -> (f64, f64) {
    let root = (1.2 * predicted(Shape::plain(1, 2), points)).sqrt();
    if scale == SCALES[0] { (1.0, root.recip()) } else { (root, 1.0) }
}

/// The same of the Gaussian process with the covariance that K = 32 has: no sampler, and what the chains should come near to.
fn limit(found: &mut Found, scale: &str, points: &Points) -> Result<(), Failure> {
    let (s, tau) = beyond_critical(scale, points);
    let own = Prior::Gaussian { tau, scaling: Scaling::None };
    let a = Prior::Gaussian { tau: tau * 32f64.sqrt(), scaling: Scaling::PerUnit };
    let d = Prior::Gaussian { tau: 10.0, scaling: Scaling::None };
    let model = Shape::plain(1, 32).model(s, GroupPriors { a, b: own, c: own, d });
    let process = Limit::of(&model).and_then(|limit| limit.posterior(points, s));
    let mean = process.map_err(|why| Failure::broken(why.0.as_str()))?.predict(points.x.view()).mean;
    found.exact(format!("sd of the posterior mean, a Gaussian process of K = 32's covariance, {scale}"), 1, sd(&mean));
    found.exact(format!("its correlation with y, Gaussian process, {scale}"), 1, correlation(&mean, &points.y));
    Ok(())
}

/// The mean function of one chain.
fn mean(scale: &str, k: usize, chain: u64, draws: u64, points: &Points) -> Result<Array2<f64>, Failure> {
    let (s, tau) = beyond_critical(scale, points);
    let model = Shape::plain(1, k).model(s, flat_d(tau));
    let given = Coefficients::new(model.clone(), vec![0.0; model.layout().len()]).expect("θ");
    let plan = Nuts { warmup: draws, draws, origin: Origin::Prior, ..Nuts::default() };
    let broken = |why: crate::function::Refusal| Failure::broken(why.0.as_str());
    let mut own = Chain::new(plan, &given, &[], Seeds(8), chain).map_err(broken)?;
    let mut walk = Walk::new(Box::new(density(&model, points)), Arc::new(AtomicBool::new(false)));
    if let Turn::Diverged(bad) = own.advance(&mut walk, &mut |_| false) {
        return Err(Failure::broken(&bad.to_string()));
    }
    let mut sum = Array2::zeros(points.y.raw_dim());
    for (theta, _) in own.track().samples() {
        let f = Coefficients::new(model.clone(), theta).expect("a draw is θ");
        sum += &outputs(&f, points.x.view());
    }
    Ok(sum / real(own.track().sampled()))
}

fn density(model: &Arc<crate::model::Model>, points: &Points) -> Posterior<Engine<f64>> {
    Posterior::new(model, Engine::new(model.clone(), dataset(points.clone())), Vec::new())
}

fn correlation(one: &Array2<f64>, other: &Array2<f64>) -> f64 {
    let centred = |values: &Array2<f64>| values - values.sum() / real(values.len());
    (centred(one) * centred(other)).sum() / (real(one.len()) * sd(one) * sd(other))
}

/// A start at zero never leaves it.
fn at_zero() -> f64 {
    let (points, model) = (points(TARGETS[0]), Shape::plain(1, 8).model(1.0, flat_d(1.0)));
    let layout = model.layout();
    let mut gradient = vec![0.0; layout.len()];
    let theta = vec![0.0; layout.len()];
    if density(&model, &points).at(&theta, Some(&mut gradient)).is_err() {
        return f64::NAN;
    }
    let moved = layout.blocks.iter().filter(|block| block.group != Group::D).flat_map(|block| block.at.clone());
    moved.fold(0.0, |most, at| gradient[at].abs().max(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(false, true), Verdict::Fails);
        assert_eq!(judge(true, true), Verdict::Corrected);
        assert_eq!(judge(true, false), Verdict::Holds);
    }

    #[test]
    fn a_correlation() {
        let one = Array2::from_shape_fn((5, 1), |(i, _)| real(i));
        assert!((correlation(&one, &(&one * -3.0 + 2.0)) + 1.0).abs() < 1e-12);
    }
}
