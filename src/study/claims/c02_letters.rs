//! C2: which letter shifts and which stretches. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::bayes::real;
use crate::function::outputs;
use crate::model::{Activation, Coefficients};
use crate::seeds::{Purpose, Seeds};
use crate::study::{Failure, Lab, Shape, Table, curve, flat_d, median, median_of};
use ndarray::Array2;
use rand::RngExt;

pub(super) static CLAIM: Claim = Claim {
    name: "C2",
    title: "which letter shifts or stretches",
    claim: "b_k moves an element left and right; a_k and c_k together stretch it; d moves it up and down.",
    statement: "f(x) = a σ(b x + c) + d: c → c + δ is f(x + δ/b), a shift; b → s b is f(s x), a stretch about x = 0; a stretches vertically; the place is −c/b, the width 1/|b|.",
    design: "One element of σ sigmoid, tanh or gauss, 20 random (a, b, c, d) each; a, b or c is changed by a factor 1.5 (c by 0.7); the change is explained by the best pure shift in x, stretch in x, or stretch in y; statistic: median share of the change that is left unexplained.",
    rule: "A letter does what leaves less than 1e-6. Holds if b shifts and c stretches; with a correction if c shifts and b stretches; else fails.",
    remark: "The two letters have changed places in the sentence; the formula is as it should be. To move an element by hand, hold on to its place −c/b and its width 1/|b|. Σ d_k is a single number, so one d is enough.",
    preset: Some("one-unit"),
    run,
};

const SIGMAS: [Activation; 3] = [Activation::Sigmoid, Activation::Tanh, Activation::Gauss];
const WAYS: [&str; 3] = ["a shift", "a stretch in x", "a stretch in y"];

fn run(lab: &Lab) -> Result<Found, Failure> {
    let draws = lab.seeds(ENOUGH);
    let mut items = Vec::new();
    for sigma in SIGMAS {
        items.extend(draws.clone().map(|draw| (sigma, draw)));
    }
    let left = lab.map(&items, |(sigma, draw)| unexplained(*sigma, *draw))?;
    let mut table = Table::new("letters", ["sigma", "draw", "letter", "shift", "stretch_x", "stretch_y"]);
    for ((sigma, draw), left) in items.iter().zip(&left) {
        for (letter, [shift, x, y]) in ["a", "b", "c"].iter().zip(left) {
            let row =
                [sigma.name().into(), (*draw).into(), (*letter).into(), (*shift).into(), (*x).into(), (*y).into()];
            table.push(row);
        }
    }
    let mut found = Found::new();
    let mut does = Vec::new();
    for (at, letter) in [2, 1, 0].into_iter().zip(["c", "b", "a"]) {
        let of = |way: usize| left.iter().map(|left| left[at][way]).collect::<Vec<f64>>();
        let medians = [0, 1, 2].map(|way| median_of(&of(way)));
        let best = (0..3).min_by(|one, other| medians[*one].total_cmp(&medians[*other])).unwrap_or(0);
        let what = format!("left of what {letter} does by {}", WAYS[best]);
        let worst = of(best).into_iter().fold(0.0, f64::max);
        found.note(what, items.len(), median(&of(best)));
        does.push((worst < 1e-6).then_some(best));
    }
    found.tables.push(table);
    let verdict = judge(does[1], does[0]);
    Ok(found.judged(true, verdict))
}

/// What b and c do: an index into `WAYS`.
fn judge(b: Option<usize>, c: Option<usize>) -> Verdict {
    match (b, c) {
        (Some(0), Some(1 | 2)) => Verdict::Holds,
        (Some(1), Some(0)) => Verdict::Corrected,
        _ => Verdict::Fails,
    }
}

/// For a, b and c: the share of the change that the best shift, stretch in x, and stretch in y leave.
fn unexplained(sigma: Activation, draw: u64) -> [[f64; 3]; 3] {
    let model = Shape::plain(1, 1).of(sigma).model(1.0, flat_d(1.0));
    let mut rng = Seeds(draw).stream(Purpose::Study, 2, sigma as u64);
    let mut number = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
    let [a, b, c, d] = [number(0.5, 2.0), number(0.7, 2.0), number(0.3, 1.0), number(-1.0, 1.0)];
    let at = |values: [f64; 4], move_x: &dyn Fn(f64) -> f64| {
        let letters = |name: &str| match name.chars().last() {
            Some('a') => values[0],
            Some('b') => values[1],
            Some('c') => values[2],
            _ => values[3],
        };
        let theta: Vec<f64> = model.layout().blocks.iter().map(|block| letters(&block.name)).collect();
        let x = curve(161, [-4.0, 4.0], |_| 0.0).x.mapv(move_x);
        outputs(&Coefficients::new(model.clone(), theta).expect("four letters"), x.view())
    };
    let old = [a, b, c, d];
    let before = at(old, &|x| x);
    let rms = |values: &Array2<f64>| (values.iter().map(|v| v * v).sum::<f64>() / real(values.len())).sqrt();
    [[1.5 * a, b, c, d], [a, 1.5 * b, c, d], [a, b, c + 0.7, d]].map(|new| {
        let after = at(new, &|x| x);
        let change = rms(&(&after - &before));
        let shift = least(-3.0, 3.0, |by| rms(&(&after - &at(old, &|x| x + by))));
        let along = least(0.3, 3.0, |by| rms(&(&after - &at(old, &|x| x * by))));
        let up = least(0.3, 3.0, |by| rms(&(&after - &before.mapv(|y| d + by * (y - d)))));
        [shift / change, along / change, up / change]
    })
}

/// The least value on [from, to]: a grid, then golden sections about its best place.
fn least(from: f64, to: f64, of: impl Fn(f64) -> f64) -> f64 {
    let step = (to - from) / 120.0;
    let places = (0..=120).map(|at| from + step * f64::from(at));
    let best = places.min_by(|one, other| of(*one).total_cmp(&of(*other))).unwrap_or(from);
    let (mut low, mut high) = (best - step, best + step);
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..60 {
        let (one, other) = (high - golden * (high - low), low + golden * (high - low));
        if of(one) < of(other) { high = other } else { low = one }
    }
    of(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(Some(0), Some(1)), Verdict::Holds);
        assert_eq!(judge(Some(1), Some(0)), Verdict::Corrected);
        assert_eq!(judge(Some(1), None), Verdict::Fails);
    }

    #[test]
    fn the_least_of_a_parabola_and_of_a_kink() {
        assert!(least(-3.0, 3.0, |x| (x - 0.123).powi(2) + 2.0) - 2.0 < 1e-12);
        assert!(least(-3.0, 3.0, |x| (x + 1.7).abs()) < 1e-9);
    }
}
