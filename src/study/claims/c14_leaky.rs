//! C14: leaky relu is relu with another bias. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::bayes::real;
use crate::data::Points;
use crate::function::{Init, Start, outputs, start, value};
use crate::learn::{Plan, Schedule};
use crate::linalg::least_squares;
use crate::model::{Activation, Coefficients, Group};
use crate::seeds::{Purpose, Seeds};
use crate::study::{
    Curve, Failure, Figure, Lab, Shape, Table, Target, curve, descend, flat_d, median, nrmse, paired, shared,
};
use ndarray::{Array2, Axis, concatenate};
use rand::RngExt;
use rand_distr::StandardNormal;

pub(super) static CLAIM: Claim = Claim {
    name: "C14",
    title: "leaky relu is a bias",
    claim: "Going from relu to leaky relu is the same as a larger bias term; it would be a surprise if that were much better across the board.",
    statement: "leaky(z) = (1 − α) relu(z) + α z, so the expansion changes by a factor 1 − α and by α(Σ aₖ bₖ) x + α Σ aₖ cₖ: an affine function, of which the bias is the constant part. For \"bias term\" read \"affine term\".",
    design: "500 random stages, K = 16, 201 points on [-2, 2]; α = 0.01, 0.1, 0.3: the share of the change (of its sum of squares) that the best constant, the best affine function, and an affine function with a factor take up. And relu against leaky (0.01), one stage, K = 8, Adam 4000 steps, four targets, 20 seeds each: nRMSE, pair by pair.",
    rule: "Fails if affine and factor leave more than 1e-9. Else holds if a constant takes up 0.95 or more (median, lower end, every α); with a correction if not. The surprise is seen if leaky is better by 20 % or more on every target.",
    remark: "The prediction is a good one for shallow networks. In deep narrow plain ones leaky relu does help, for another reason: an element that is off still has a slope.",
    preset: Some("leaky-is-affine"),
    run,
};

const ALPHAS: [f64; 3] = [0.01, 0.1, 0.3];

fn run(lab: &Lab) -> Result<Found, Failure> {
    let mut found = Found::new();
    let draws: Vec<u64> = lab.seeds(500).collect();
    let items: Vec<(f64, u64)> =
        ALPHAS.iter().flat_map(|alpha| draws.iter().map(move |draw| (*alpha, *draw))).collect();
    let shares = lab.map(&items, |(alpha, draw)| taken_up(*alpha, *draw))?;
    let mut table = Table::new("shares", ["alpha", "draw", "constant", "affine", "left_by_affine_and_factor"]);
    for ((alpha, draw), [constant, affine, left]) in items.iter().zip(&shares) {
        table.push([(*alpha).into(), (*draw).into(), (*constant).into(), (*affine).into(), (*left).into()]);
    }
    let mut constant_is_enough = true;
    for (at, alpha) in ALPHAS.iter().enumerate() {
        let own = &shares[at * draws.len()..(at + 1) * draws.len()];
        let of = |part: usize| median(&own.iter().map(|shares| shares[part]).collect::<Vec<_>>());
        let constant =
            found.note(format!("share of the change that a constant takes up, α = {alpha}"), draws.len(), of(0));
        found.note(format!("and an affine function, α = {alpha}"), draws.len(), of(1));
        constant_is_enough &= constant.above(0.95);
    }
    let left = found.exact(
        "most that affine and factor leave",
        items.len(),
        shares.iter().map(|shares| shares[2]).fold(0.0, f64::max),
    );
    found.exact("max |K leaky − (K + 2 relu)|", 50, as_relu());
    found.tables.push(table);
    trained(lab, &mut found)?;
    found.figures.push(difference_figure());
    Ok(found.judged(true, judge(left, constant_is_enough)))
}

fn judge(left: f64, constant: bool) -> Verdict {
    match () {
        () if left > 1e-9 || left.is_nan() => Verdict::Fails,
        () if constant => Verdict::Holds,
        () => Verdict::Corrected,
    }
}

/// A random stage; with another σ the same coefficients.
fn random(sigma: Activation, alpha: f64, draw: u64) -> Coefficients {
    let model = Shape { alpha, ..Shape::plain(1, 16).of(sigma) }.model(1.0, shared(1.0));
    let mut rng = Seeds(draw).stream(Purpose::Study, 14, 0);
    let theta: Vec<f64> = (0..model.layout().len()).map(|_| rng.sample(StandardNormal)).collect();
    Coefficients::new(model, theta).expect("θ")
}

fn x() -> Points {
    curve(201, [-2.0, 2.0], |_| 0.0)
}

/// The share of the change in f (of its sum of squares) that a constant and an affine function take up, and what an affine
/// function and a factor leave.
fn taken_up(alpha: f64, draw: u64) -> [f64; 3] {
    let points = x();
    let (relu, leaky) = (random(Activation::Relu, 0.0, draw), random(Activation::LeakyRelu, alpha, draw));
    let relu = outputs(&relu, points.x.view());
    let change = outputs(&leaky, points.x.view()) - &relu;
    let ones = Array2::ones((201, 1));
    let left = |columns: &[&Array2<f64>]| {
        let views: Vec<_> = columns.iter().map(|column| column.view()).collect();
        let phi = concatenate(Axis(1), &views).expect("as many rows");
        let w = least_squares(phi.view(), change.view()).expect("finite numbers");
        let r = &change - &phi.dot(&w);
        r.iter().map(|r| r * r).sum::<f64>() / change.iter().map(|c| c * c).sum::<f64>()
    };
    [1.0 - left(&[&ones]), 1.0 - left(&[&ones, &points.x]), left(&[&ones, &points.x, &relu]).sqrt()]
}

/// K leaky elements as K relu elements and two more, exactly: max difference over 50 random stages.
fn as_relu() -> f64 {
    let points = x();
    let each = |draw| {
        let alpha = 0.1;
        let leaky = random(Activation::LeakyRelu, alpha, draw);
        let of = |group| leaky.group(0, group);
        let slope: f64 = of(Group::A).iter().zip(of(Group::B)).map(|(a, b)| a * b).sum::<f64>() * alpha;
        let offset: f64 = of(Group::A).iter().zip(of(Group::C)).map(|(a, c)| a * c).sum::<f64>() * alpha;
        // α(Σ aₖ bₖ) x as two elements: relu(x) − relu(−x).
        let written = |x: f64| {
            let relu = |z: f64| value(Activation::Relu, 0.0, z);
            let own = of(Group::A).iter().zip(of(Group::B)).zip(of(Group::C));
            let sum: f64 = own.map(|((a, b), c)| (1.0 - alpha) * a * relu(b * x + c)).sum();
            sum + slope * relu(x) - slope * relu(-x) + of(Group::D)[0] + offset
        };
        let y = outputs(&leaky, points.x.view());
        points.x.iter().zip(&y).fold(0.0, |most: f64, (x, y)| most.max((written(*x) - y).abs()))
    };
    (0..50).map(each).fold(0.0, f64::max)
}

/// What changes for one stage, and its best line.
fn difference_figure() -> Figure {
    let points = x();
    let alpha = 0.1;
    let (relu, leaky) = (random(Activation::Relu, 0.0, 3), random(Activation::LeakyRelu, alpha, 3));
    let relu = outputs(&relu, points.x.view());
    let leaky = outputs(&leaky, points.x.view());
    let line = &leaky - &relu * (1.0 - alpha);
    let pairs = |y: &Array2<f64>| points.x.iter().copied().zip(y.iter().copied()).collect::<Vec<_>>();
    Figure::Curves {
        title: "leaky relu − (1 − α) relu, α = 0.1: a straight line".to_owned(),
        x: "x".to_owned(),
        log_x: false,
        y: "f".to_owned(),
        log_y: false,
        curves: vec![
            Curve::bare("relu", pairs(&relu)),
            Curve::bare("leaky relu", pairs(&leaky)),
            Curve::bare("leaky − (1 − α) relu", pairs(&line)),
        ],
        marks: Vec::new(),
    }
}

const TARGETS: [Target; 4] = [
    ("sin 3x", |x| (3.0 * x).sin()),
    ("|x|", f64::abs),
    ("a step", |x| if x > 0.3 { 1.0 } else { 0.0 }),
    ("x sin 3x", |x| x * (3.0 * x).sin()),
];

/// Relu against leaky relu where it is shallow, the same starts.
fn trained(lab: &Lab, found: &mut Found) -> Result<(), Failure> {
    let seeds = lab.size(4, ENOUGH);
    let items: Vec<_> = TARGETS.iter().flat_map(|target| lab.seeds(seeds).map(move |seed| (*target, seed))).collect();
    let steps = lab.size(2000, 4000) as u64;
    let errors = lab.map(&items, |((_, y), seed)| {
        let points = curve(100, [-2.0, 2.0], y);
        [Activation::Relu, Activation::LeakyRelu].map(|sigma| {
            let model = Shape::plain(1, 8).of(sigma).model(0.01, flat_d(10.0));
            let theta = start(&model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(*seed), 0);
            let plan = Plan { schedule: Schedule::Cosine, horizon: steps, ..Plan::default() };
            nrmse(&descend(&model, &points, theta, &[], &plan).f, &points)
        })
    })?;
    let mut table = Table::new("trained", ["target", "seed", "relu", "leaky_relu"]);
    for (((name, _), seed), [relu, leaky]) in items.iter().zip(&errors) {
        table.push([(*name).into(), (*seed).into(), (*relu).into(), (*leaky).into()]);
    }
    let mut better = 0;
    for (name, _) in TARGETS {
        let own: Vec<_> = items.iter().zip(&errors).filter(|(item, _)| item.0.0 == name).map(|(_, e)| *e).collect();
        let of = |arm: usize| own.iter().map(|errors: &[f64; 2]| errors[arm]).collect::<Vec<f64>>();
        let apart = paired(&of(1), &of(0));
        found.note(format!("nRMSE leaky − relu, one stage, {name}"), seeds, apart);
        let relu = median(&of(0)).value;
        better += usize::from(apart.below(-0.2 * relu));
    }
    found.exact("targets of 4 on which leaky is better by 20 %", seeds, real(better));
    found.tables.push(table);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(1e-13, false), Verdict::Corrected);
        assert_eq!(judge(1e-13, true), Verdict::Holds);
        assert_eq!(judge(0.1, false), Verdict::Fails);
    }
}
