//! C9: the plain composition collapses to a constant, the residual one does not. Knows the thresholds of C8, no other claim.

use super::c08_threshold::predicted;
use super::{Claim, ENOUGH, Found, Verdict};
use crate::bayes::real;
use crate::data::Points;
use crate::function::{Init, Start, start};
use crate::learn::{Method, Plan};
use crate::model::{Activation, Coefficients, Group, Model};
use crate::seeds::{Purpose, Seeds};
use crate::study::{
    Failure, Figure, Lab, Shape, Table, cost, curve, descend, fitted, flat_d, median, mode, nrmse, proportion,
    quantile, shared,
};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::ops::Range;
use std::sync::Arc;

pub(super) static CLAIM: Claim = Claim {
    name: "C9",
    title: "plain collapses, residual does not",
    claim: "If f⁽³⁾ learned nothing a plain network is a constant, while a residual one goes on with the functions that are left.",
    statement: "Of the mode, and sharper: from two plain stages on the constant is a strict local optimum for every λ > 0, a residual block leaves it below λ_c. Of n multiplied factors nothing but zero survives from n λ/S ≈ 1 on. With f⁽³⁾ at a draw from the prior a plain network is no constant: what it loses is information.",
    design: "sin 2x, N = 64 on [-2, 2], scalar stages, K = 8. Gradient descent from θ ~ N(0, 0.01²) at 0.3 λ_c, L = 1, 2, 3, 20 seeds: share that leaves the constant. Chains of n factors by L-BFGS against max_p (1 − (1 − p)²)/(n p^(2/n)). Best of 10 modes at λ = 0.05, 0.1, 0.2 λ_c, L = 1 … 8: objective over the constant's. f⁽³⁾ trained, at a prior draw, at its prior mode, sin 3x, 20 seeds, m = 8.",
    rule: "Holds for the mode if plain L ≥ 2 stays (upper end of its share that leaves below 0.5), residual leaves (lower end above 0.5), the plain network with f⁽³⁾ = 0 has nRMSE 1 and the residual one below 0.3. With a correction if, besides, the plain one with f⁽³⁾ at a draw has a median nRMSE below 0.5; fails if one of the first does not come out.",
    remark: "The step from posterior to its mode is the one gap of the argument: a function that learned nothing is a random one, not zero. λ_c is that of one plain stage, for both.",
    preset: Some("too-deep-plain"),
    run,
};

const DEPTHS: [usize; 6] = [1, 2, 3, 4, 6, 8];
const RATIOS: [f64; 3] = [0.05, 0.1, 0.2];
const ARMS: [&str; 2] = ["plain", "residual"];

fn run(lab: &Lab) -> Result<Found, Failure> {
    let mut found = Found::new();
    let local = escapes(lab, &mut found)?;
    let freezes = freeze(lab, &mut found)?;
    factors(lab, &mut found)?;
    phases(lab, &mut found)?;
    Ok(found.judged(!lab.quick, judge(local, freezes)))
}

/// What the two parts of the argument show.
#[derive(Clone, Copy, Debug)]
struct Frozen {
    plain_is_constant: bool,
    residual_lives: bool,
    draws_are_no_constant: bool,
}

fn judge(local: bool, frozen: Frozen) -> Verdict {
    match (local && frozen.plain_is_constant && frozen.residual_lives, frozen.draws_are_no_constant) {
        (false, _) => Verdict::Fails,
        (true, true) => Verdict::Corrected,
        (true, false) => Verdict::Holds,
    }
}

fn shape(arm: usize, depth: usize) -> Shape {
    if arm == 0 { Shape::plain(depth, 8) } else { Shape::residual(depth, 8) }
}

fn points() -> Points {
    curve(64, [-2.0, 2.0], |x| (2.0 * x).sin())
}

fn reference() -> f64 {
    predicted(Shape::plain(1, 8), &points())
}

fn he(model: &Model, seed: u64) -> Vec<f64> {
    start(model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(seed), 0)
}

/// (i) From near zero: who leaves the constant?
fn escapes(lab: &Lab, found: &mut Found) -> Result<bool, Failure> {
    let seeds = lab.size(5, ENOUGH);
    let mut items = Vec::new();
    for arm in 0..2 {
        items.extend((1..=3).flat_map(|depth| lab.seeds(seeds).map(move |seed| (arm, depth, seed))));
    }
    let (points, lambda) = (points(), 0.3 * reference());
    let left = lab.map(&items, |(arm, depth, seed)| {
        let model = shape(*arm, *depth).model(1.0, flat_d(lambda.sqrt().recip()));
        let mut rng = Seeds(*seed).stream(Purpose::Study, 9, *depth as u64);
        let theta = (0..model.layout().len()).map(|_| 0.01 * rng.sample::<f64, _>(StandardNormal)).collect();
        let plan = Plan { method: Method::Sgd, rate: 0.03, horizon: 6000, ..Plan::default() };
        let f = descend(&model, &points, theta, &[], &plan).f;
        departed(&f, *arm, &points)
    })?;
    let mut table = Table::new("from-zero", ["architecture", "depth", "seed", "departed"]);
    let mut as_claimed = true;
    for ((arm, depth, seed), left) in items.iter().zip(&left) {
        table.push([ARMS[*arm].into(), (*depth).into(), (*seed).into(), (*left).into()]);
    }
    for (arm, name) in ARMS.iter().enumerate() {
        for depth in 1..=3 {
            let own = items.iter().zip(&left).filter(|(item, _)| (item.0, item.1) == (arm, depth));
            let hits = own.filter(|(_, left)| **left > 0.05).count();
            let share = proportion(hits, seeds);
            found.note(format!("share that leaves the constant, {name} L = {depth}"), seeds, share);
            as_claimed &= if arm == 0 && depth > 1 { share.below(0.5) } else { share.above(0.5) };
        }
    }
    found.tables.push(table);
    Ok(as_claimed)
}

/// sd of ŷ (residual: of ŷ − x, what the functions add) over sd(y).
fn departed(f: &Coefficients, arm: usize, points: &Points) -> f64 {
    if arm == 0 {
        return fitted(f, points);
    }
    let added = crate::function::outputs(f, points.x.view()) - &points.x;
    crate::study::sd(&added) / crate::study::sd(&points.y)
}

/// (ii) The largest λ at which a product of n factors is not zero.
fn factors(lab: &Lab, found: &mut Found) -> Result<(), Failure> {
    let mut table = Table::new("factors", ["n", "predicted", "measured"]);
    let counts = [2, 4, 6, 8, 16];
    let measured = lab.map(&counts, |n| product(*n))?;
    let mut worst = 0.0_f64;
    for (n, measured) in counts.iter().zip(measured) {
        let predicted = survives(real(*n));
        table.push([(*n).into(), predicted.into(), measured.into()]);
        worst = worst.max((measured / predicted - 1.0).abs());
    }
    found.exact("largest λ with a product of n factors alive, n = 16, over S", 1, survives(16.0));
    found.exact("largest relative error of that formula, n = 2 … 16", counts.len(), worst);
    found.tables.push(table);
    Ok(())
}

/// λ/S at its largest: max over p of (1 − (1 − p)²)/(n p^(2/n)).
fn survives(n: f64) -> f64 {
    let at = |p: f64| (1.0 - (1.0 - p) * (1.0 - p)) / (n * p.powf(2.0 / n));
    (1..=20_000).map(|step| at(f64::from(step) / 20_000.0)).fold(0.0, f64::max)
}

/// The same of n/2 stages of one identity element each, c and d held at 0, on y = x with Σx² = 1: by bisection over L-BFGS.
fn product(n: usize) -> f64 {
    let mut points = curve(21, [-1.0, 1.0], |x| x);
    let size = points.x.iter().map(|x| x * x).sum::<f64>().sqrt();
    points.x /= size;
    points.y /= size;
    let held = |model: &Arc<Model>| -> Vec<Range<usize>> {
        let blocks = model.layout().blocks;
        blocks.iter().filter(|block| matches!(block.group, Group::C | Group::D)).map(|block| block.at.clone()).collect()
    };
    let lives = |lambda: f64| {
        let model = Shape::plain(n / 2, 1).of(Activation::Identity).model(1.0, flat_d(lambda.sqrt().recip()));
        let layout = model.layout();
        let theta = |size: f64| -> Vec<f64> {
            let of = |at| layout.block_of(at).is_some_and(|block| matches!(block.group, Group::A | Group::B));
            (0..layout.len()).map(|at| if of(at) { size } else { 0.0 }).collect()
        };
        [0.95, 0.8, 0.6, 0.3].iter().any(|p: &f64| {
            let start = theta(p.powf(1.0 / real(n)));
            let f = mode(&model, &points, start, &held(&model), 2000).f;
            cost(&f, &points) < 0.5 * (1.0 - 1e-9)
        })
    };
    let (mut low, mut high) = (1e-3_f64, 2.0_f64);
    for _ in 0..14 {
        let middle = (low * high).sqrt();
        if lives(middle) { low = middle } else { high = middle }
    }
    (low * high).sqrt()
}

/// (iii) λ × depth: the objective at the best mode, over the constant's.
fn phases(lab: &Lab, found: &mut Found) -> Result<(), Failure> {
    let starts = lab.size(4, 10);
    let (depths, ratios) =
        if lab.quick { (vec![1, 2, 4, 8], vec![0.05, 0.2]) } else { (DEPTHS.to_vec(), RATIOS.to_vec()) };
    let mut items = Vec::new();
    for ratio in &ratios {
        for arm in 0..2 {
            items
                .extend(depths.iter().flat_map(|depth| lab.seeds(starts).map(move |seed| (*ratio, arm, *depth, seed))));
        }
    }
    let (points, critical) = (points(), reference());
    let most = lab.size(7000, 17_000) as u64;
    let values = lab.map(&items, |(ratio, arm, depth, seed)| {
        let lambda = ratio * critical;
        let model = shape(*arm, *depth).model(1.0, flat_d(lambda.sqrt().recip()));
        let f = mode(&model, &points, he(&model, *seed), &[], most).f;
        cost(&f, &points) / constant(&points)
    })?;
    let mut table = Table::new("phases", ["lambda_ratio", "architecture", "depth", "start", "objective_ratio"]);
    for ((ratio, arm, depth, seed), value) in items.iter().zip(&values) {
        table.push([(*ratio).into(), ARMS[*arm].into(), (*depth).into(), (*seed).into(), (*value).into()]);
    }
    let mut maps = Vec::new();
    for (arm, name) in ARMS.iter().enumerate() {
        let mut rows = Vec::new();
        for ratio in &ratios {
            let mut row = Vec::new();
            for depth in &depths {
                let own: Vec<f64> = items
                    .iter()
                    .zip(&values)
                    .filter(|(item, _)| (item.0, item.1, item.2) == (*ratio, arm, *depth))
                    .map(|(_, value)| *value)
                    .collect();
                let best = quantile(&own, 0.0);
                let constant = own.iter().filter(|value| **value > 0.999).count();
                found.exact(format!("J/J_constant, {name}, {ratio} λ_c, L = {depth}"), starts, best);
                found.note(
                    format!("share of constants, {name}, {ratio} λ_c, L = {depth}"),
                    starts,
                    proportion(constant, starts),
                );
                row.push(best);
            }
            rows.push(row);
        }
        maps.push(((*name).to_owned(), rows));
    }
    found.tables.push(table);
    found.figures.insert(
        0,
        Figure::Heat {
            title: "The objective at the mode over the constant's: 1 is collapsed".to_owned(),
            x: "L".to_owned(),
            columns: depths.iter().map(ToString::to_string).collect(),
            y: "λ/λ_c".to_owned(),
            rows: ratios.iter().map(ToString::to_string).collect(),
            maps,
            range: [0.0, 1.0],
        },
    );
    Ok(())
}

fn constant(points: &Points) -> f64 {
    let mean = points.y.sum() / real(points.y.len());
    0.5 * points.y.iter().map(|y| (y - mean).powi(2)).sum::<f64>()
}

const FACES: [&str; 3] = ["trained", "at a prior draw", "at its prior mode"];

/// (iv) f⁽³⁾ trained, frozen at a draw from its prior, frozen at its prior's mode.
fn freeze(lab: &Lab, found: &mut Found) -> Result<Frozen, Failure> {
    let seeds = lab.size(3, ENOUGH);
    let steps = lab.size(1500, 4000) as u64;
    let mut items = Vec::new();
    for arm in 0..2 {
        for width in [8, 1] {
            items.extend((0..3).flat_map(|face| lab.seeds(seeds).map(move |seed| (arm, width, face, seed))));
        }
    }
    let points = curve(64, [-2.0, 2.0], |x| (3.0 * x).sin());
    let errors = lab.map(&items, |(arm, width, face, seed)| {
        let model = shape(*arm, 3).wide(*width).model(0.05, shared(1.0));
        let mut theta = he(&model, *seed);
        let innermost = model.layout().stage(0);
        match face {
            1 => {
                let draw =
                    start(&model, &Start { init: Init::Prior, bias_sd: 0.5, given: Vec::new() }, Seeds(*seed), 1);
                theta[innermost.clone()].copy_from_slice(&draw[innermost.clone()]);
            }
            2 => theta[innermost.clone()].fill(0.0),
            _ => {}
        }
        let held = if *face == 0 { Vec::new() } else { vec![innermost] };
        let plan = Plan { schedule: crate::learn::Schedule::Cosine, horizon: steps, ..Plan::default() };
        nrmse(&descend(&model, &points, theta, &held, &plan).f, &points)
    })?;
    let mut table = Table::new("frozen", ["architecture", "width", "f3", "seed", "nrmse"]);
    for ((arm, width, face, seed), error) in items.iter().zip(&errors) {
        table.push([ARMS[*arm].into(), (*width).into(), FACES[*face].into(), (*seed).into(), (*error).into()]);
    }
    let mut medians = Vec::new();
    for (arm, name) in ARMS.iter().enumerate() {
        for width in [8, 1] {
            for (face, state) in FACES.iter().enumerate() {
                let own = items.iter().zip(&errors).filter(|(item, _)| (item.0, item.1, item.2) == (arm, width, face));
                let of = median(&own.map(|(_, error)| *error).collect::<Vec<_>>());
                found.note(format!("nRMSE with f⁽³⁾ {state}, {name}, m = {width}"), seeds, of);
                medians.push(((arm, width, face), of));
            }
        }
    }
    found.tables.push(table);
    let of = |key| medians.iter().find(|(own, _)| *own == key).map_or(f64::NAN, |(_, of)| of.value);
    Ok(Frozen {
        plain_is_constant: of((0, 8, 2)) > 0.99 && of((0, 1, 2)) > 0.99,
        residual_lives: of((1, 8, 2)) < 0.3,
        draws_are_no_constant: of((0, 8, 1)) < 0.5,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        let frozen =
            |draws_are_no_constant| Frozen { plain_is_constant: true, residual_lives: true, draws_are_no_constant };
        assert_eq!(judge(true, frozen(true)), Verdict::Corrected);
        assert_eq!(judge(true, frozen(false)), Verdict::Holds);
        assert_eq!(judge(false, frozen(true)), Verdict::Fails);
        assert_eq!(judge(true, Frozen { residual_lives: false, ..frozen(true) }), Verdict::Fails);
    }

    /// n = 2 is a lasso: λ/S = 1. And n λ/S → 1 from above 1.01 at n = 8.
    #[test]
    fn what_survives_of_many_factors() {
        for (n, told) in
            [(2.0, 1.0), (3.0, 0.397), (4.0, 0.272), (6.0, 0.172), (8.0, 0.127), (16.0, 0.063), (32.0, 0.031)]
        {
            assert!((survives(n) - told).abs() < 6e-4, "{n}: {}", survives(n));
        }
        assert!((32.0 * survives(32.0) - 1.0).abs() < 0.02);
    }
}
