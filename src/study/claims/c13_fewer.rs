//! C13: relu is unbounded, so fewer elements are needed. Knows no other claim.

use super::{Claim, Found, Verdict};
use crate::bayes::real;
use crate::data::Points;
use crate::function::{Init, Start, start_on};
use crate::model::Activation;
use crate::seeds::Seeds;
use crate::study::{Failure, Figure, Lab, Shape, Table, Target, curve, flat_d, mode, nrmse};
use std::f64::consts::PI;
use std::ops::Range;

pub(super) static CLAIM: Claim = Claim {
    name: "C13",
    title: "relu needs fewer elements",
    claim: "Relu may do better than a sigmoid because it is unbounded: fewer elements approximate a function well.",
    statement: "K(ε), the fewest elements whose best fit has nRMSE < ε on [-1, 1]: relu needs fewer for targets with kinks, sigmoid for smooth ones, unbounded ones included. On a bounded domain it is the kink that counts, not the bound.",
    design: "K(0.01) for relu, sigmoid and leaky relu (0.01), up to K = 8: best of 36 starts, prior next to flat, 100 points; eleven targets with and without kinks. Statistic: targets on which relu needs strictly fewer than sigmoid.",
    rule: "Holds if relu needs at most as many as sigmoid on every target and fewer on some; with a correction if relu wins on some and sigmoid on others, and sigmoid on an unbounded one (x², eˣ); fails if sigmoid is never worse; no difference seen if they are the same throughout, or each wins on some of the bounded ones alone.",
    remark: "Starts may miss the best fit, so that a K is an upper bound, for each σ alike. Outside of the data unboundedness does act: relu goes on as a line, a sigmoid as a constant. Relu's historical merit is its gradient in depth (C10).",
    preset: Some("relu-vs-sigmoid"),
    run,
};

const TARGETS: [Target; 11] = [
    ("a line", |x| 0.7 * x + 0.2),
    ("|x|", f64::abs),
    ("relu(x − 0.3)", |x| (x - 0.3).max(0.0)),
    ("a zigzag", |x| (2.0 * (x + 1.0) - 1.0 - 2.0 * ((x + 1.0) / 1.0).floor()).abs()),
    ("x²", |x| x * x),
    ("eˣ", f64::exp),
    ("sin πx", |x| (PI * x).sin()),
    ("sin 3πx", |x| (3.0 * PI * x).sin()),
    ("tanh 20x", |x| (20.0 * x).tanh()),
    ("e^(−40x²)", |x| (-40.0 * x * x).exp()),
    ("x sin 6x", |x| x * (6.0 * x).sin()),
];
const UNBOUNDED: [&str; 2] = ["x²", "eˣ"];
const SIGMAS: [Activation; 3] = [Activation::Relu, Activation::Sigmoid, Activation::LeakyRelu];
const MOST: usize = 8;
const CLOSE: f64 = 1e-2;

fn run(lab: &Lab) -> Result<Found, Failure> {
    let starts = lab.size(4, 36);
    let sigmas = &SIGMAS[..lab.size(2, 3)];
    let targets: Vec<_> = TARGETS.iter().filter(|(name, _)| !lab.quick || QUICK.contains(name)).copied().collect();
    let items: Vec<_> = targets.iter().flat_map(|target| sigmas.iter().map(move |sigma| (*target, *sigma))).collect();
    let most = lab.size(3500, 16_000) as u64;
    let errors =
        lab.map(&items, |((_, y), sigma)| best_fits(*sigma, &curve(100, [-1.0, 1.0], y), &lab.seeds(starts), most))?;
    let mut table = Table::new("best-fits", ["target", "sigma", "k", "nrmse"]);
    for (((name, _), sigma), errors) in items.iter().zip(&errors) {
        for (at, error) in errors.iter().enumerate() {
            table.push([(*name).into(), sigma.name().into(), (at + 1).into(), (*error).into()]);
        }
    }
    let fewest = |errors: &Vec<f64>| errors.iter().position(|error| *error < CLOSE).map_or(MOST + 1, |at| at + 1);
    let counts: Vec<Vec<usize>> = errors.chunks(sigmas.len()).map(|own| own.iter().map(fewest).collect()).collect();
    let spell = |k: &usize| if *k > MOST { format!("> {MOST}") } else { k.to_string() };
    let mut found = Found::new();
    let wins = |by: fn(&Vec<usize>) -> bool| counts.iter().filter(|counts| by(counts)).count();
    let (relu, sigmoid) = (wins(|k| k[0] < k[1]), wins(|k| k[1] < k[0]));
    found.exact("targets on which relu needs fewer", targets.len(), real(relu));
    found.exact("targets on which sigmoid needs fewer", targets.len(), real(sigmoid));
    let named = |(name, counts): (&Target, &Vec<usize>)| UNBOUNDED.contains(&name.0) && counts[1] < counts[0];
    let unbounded = targets.iter().zip(&counts).any(named);
    for ((name, _), counts) in targets.iter().zip(&counts) {
        for (sigma, k) in sigmas.iter().zip(counts) {
            found.exact(
                format!("K({CLOSE}) for {name}, {sigma}"),
                starts,
                if *k > MOST { f64::INFINITY } else { real(*k) },
            );
        }
    }
    found.tables.push(table);
    let mut columns = vec!["target".to_owned()];
    columns.extend(sigmas.iter().map(|sigma| sigma.name().to_owned()));
    let row = |(name, counts): (&Target, &Vec<usize>)| {
        std::iter::once(name.0.to_owned()).chain(counts.iter().map(spell)).collect()
    };
    let rows = targets.iter().zip(&counts).map(row).collect();
    found.figures.push(Figure::Table { title: "The fewest elements for nRMSE < 0.01".to_owned(), columns, rows });
    Ok(found.judged(!lab.quick, judge(relu, sigmoid, unbounded)))
}

/// What `--quick` asks of them.
const QUICK: [&str; 5] = ["|x|", "relu(x − 0.3)", "x²", "eˣ", "sin πx"];

fn judge(relu: usize, sigmoid: usize, unbounded: bool) -> Verdict {
    match (relu, sigmoid) {
        (0, 0) => Verdict::NotSeen,
        (_, 0) => Verdict::Holds,
        (0, _) => Verdict::Fails,
        (_, _) if unbounded => Verdict::Corrected,
        (_, _) => Verdict::NotSeen,
    }
}

/// The best nRMSE for K = 1, 2, …; no further than the first that is close.
fn best_fits(sigma: Activation, points: &Points, starts: &Range<u64>, most: u64) -> Vec<f64> {
    let mut errors = Vec::new();
    for k in 1..=MOST {
        // s²/τ² = 1e-10: a penalty that leaves heights of thousands alone, which a sigmoid needs for a parabola.
        let model = Shape::plain(1, k).of(sigma).model(1e-2, flat_d(1e3));
        let mut best = f64::INFINITY;
        for (at, seed) in starts.clone().enumerate() {
            let init = [Init::Pairs, Init::He, Init::Knots][at % 3];
            let how = Start { init, bias_sd: 1.0, given: Vec::new() };
            let theta = start_on(&model, &how, Seeds(seed), 0, points.x.view());
            best = best.min(nrmse(&mode(&model, points, theta, &[], most).f, points));
            if best < CLOSE {
                break;
            }
        }
        errors.push(best);
        if best < CLOSE {
            break;
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(4, 6, true), Verdict::Corrected);
        assert_eq!(judge(4, 6, false), Verdict::NotSeen);
        assert_eq!(judge(4, 0, false), Verdict::Holds);
        assert_eq!(judge(0, 4, true), Verdict::Fails);
        assert_eq!(judge(0, 0, false), Verdict::NotSeen);
    }

    #[test]
    fn the_zigzag_has_three_kinks() {
        let y = TARGETS[3].1;
        for (x, told) in [(-1.0, 1.0), (-0.5, 0.0), (0.0, 1.0), (0.5, 0.0), (-0.75, 0.5)] {
            assert!((y(x) - told).abs() < 1e-12, "{x}: {}", y(x));
        }
    }
}
