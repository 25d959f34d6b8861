//! C1: any function is a sum of shifted and scaled σ. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::bayes::real;
use crate::data::Points;
use crate::function::through;
use crate::linalg::least_squares;
use crate::model::{Activation, Coefficients};
use crate::seeds::{Purpose, Seeds};
use crate::study::{Curve, Failure, Figure, Lab, Shape, Table, Target, curve, flat_d, median, sd};
use ndarray::{Array2, Axis, concatenate};
use rand::RngExt;
use std::f64::consts::PI;

pub(super) static CLAIM: Claim = Claim {
    name: "C1",
    title: "σ's copies can make any function",
    claim: "For a suitable σ every function is an infinite sum of shifted and stretched copies of it; more terms come as near as one likes.",
    statement: "The span of σ(b x + c) is dense in the continuous functions on an interval if and only if σ is no polynomial (Leshno et al. 1993). It is a dictionary, not a basis: coefficients are not unique.",
    design: "Least squares on K random elements (places uniform on [-1.1, 1.1], slopes log-uniform on [1, 30]) and a constant, K = 4, 16, 64, 256; 300 points on [-1, 1] of |x| and sin 3πx; σ relu, sigmoid, square, cube, identity; 20 draws; median nRMSE. And two sets of coefficients for one function.",
    rule: "Fails if relu or sigmoid at the largest K has an interval that reaches above 0.05, or a polynomial σ does better than the best polynomial of its degree. Else holds if no function has two sets of coefficients; with a correction if one has.",
    remark: "\"Sufficiently rich\" is exactly \"not a polynomial\"; and what is dense need not be a basis: with another K every coefficient is another, and some functions are written in many ways.",
    preset: Some("not-rich"),
    run,
};

const SIGMAS: [(Activation, Option<usize>); 5] = [
    (Activation::Relu, None),
    (Activation::Sigmoid, None),
    (Activation::Square, Some(2)),
    (Activation::Cube, Some(3)),
    (Activation::Identity, Some(1)),
];
const TARGETS: [Target; 2] = [("|x|", f64::abs), ("sin 3πx", |x| (3.0 * PI * x).sin())];
const ELEMENTS: [usize; 4] = [4, 16, 64, 256];

fn run(lab: &Lab) -> Result<Found, Failure> {
    let draws = lab.size(5, ENOUGH);
    let targets: Vec<Points> = TARGETS.iter().map(|(_, y)| curve(300, [-1.0, 1.0], y)).collect();
    let y = concatenate(Axis(1), &[targets[0].y.view(), targets[1].y.view()]).expect("as many rows");
    let mut items = Vec::new();
    for (sigma, _) in SIGMAS {
        for k in ELEMENTS {
            items.extend(lab.seeds(draws).map(|draw| (sigma, k, draw)));
        }
    }
    let errors = lab.map(&items, |(sigma, k, draw)| fitted(*sigma, *k, *draw, &targets[0], &y))?;
    let mut table = Table::new("fits", ["sigma", "k", "draw", "target", "nrmse"]);
    for ((sigma, k, draw), errors) in items.iter().zip(&errors) {
        for ((name, _), error) in TARGETS.iter().zip(errors) {
            table.push([sigma.name().into(), (*k).into(), (*draw).into(), (*name).into(), (*error).into()]);
        }
    }
    let mut found = Found::new();
    let (mut dense, mut flat, mut curves) = (true, true, Vec::new());
    for (j, (name, _)) in TARGETS.iter().enumerate() {
        for (sigma, degree) in SIGMAS {
            let of = |k: usize| {
                let at = |item: &(Activation, usize, u64)| item.0 == sigma && item.1 == k;
                median(&items.iter().zip(&errors).filter(|(item, _)| at(item)).map(|(_, e)| e[j]).collect::<Vec<_>>())
            };
            let all: Vec<_> = ELEMENTS.iter().map(|k| (*k, of(*k))).collect();
            let last = all[ELEMENTS.len() - 1].1;
            found.note(format!("nRMSE of {name} by {} {sigma}", ELEMENTS[ELEMENTS.len() - 1]), draws, last);
            match degree {
                None => dense &= last.below(0.05) && last.value < 0.2 * all[0].1.value,
                Some(degree) => {
                    let best = polynomial(&targets[0].x, &targets[j].y, degree);
                    found.exact(format!("the best polynomial's, degree {degree}, {name}"), 1, best);
                    flat &= last.low > best - 1e-6;
                }
            }
            let points = all.iter().map(|(k, e)| [real(*k), e.value, e.low, e.high]).collect();
            curves.push(Curve { name: format!("{name}, {sigma}"), points });
        }
    }
    let twice = found.exact("max |Δf| of two sets of coefficients", 1, two_ways());
    found.tables.push(table);
    found.figures.push(Figure::Curves {
        title: "Error against K: dense, or a polynomial".to_owned(),
        x: "K".to_owned(),
        log_x: true,
        y: "nRMSE".to_owned(),
        log_y: true,
        curves,
        marks: Vec::new(),
    });
    Ok(found.judged(draws >= ENOUGH, judge(dense && flat, twice)))
}

fn judge(dense: bool, twice: f64) -> Verdict {
    match (dense, twice < 1e-9) {
        (false, _) => Verdict::Fails,
        (true, true) => Verdict::Corrected,
        (true, false) => Verdict::Holds,
    }
}

/// nRMSE for every column of y of least squares on K random elements and a constant.
fn fitted(sigma: Activation, k: usize, draw: u64, points: &Points, y: &Array2<f64>) -> Vec<f64> {
    let model = Shape::plain(1, k).of(sigma).model(1.0, flat_d(1.0));
    let mut rng = Seeds(draw).stream(Purpose::Study, 1, k as u64);
    let (mut b, mut c) = (Vec::new(), Vec::new());
    for _ in 0..k {
        let slope = 30f64.powf(rng.random::<f64>()) * if rng.random::<bool>() { 1.0 } else { -1.0 };
        b.push(slope);
        c.push(-slope * (2.2 * rng.random::<f64>() - 1.1));
    }
    let theta = in_order(&model, |group| match group {
        'b' => b.clone(),
        'c' => c.clone(),
        'a' => vec![0.0; k],
        _ => vec![0.0],
    });
    let f = Coefficients::new(model, theta).expect("a, b, c and d are θ");
    let elements = through(&f, points.x.view()).stages.swap_remove(0).elements;
    let design = concatenate(Axis(1), &[elements.view(), Array2::ones((y.nrows(), 1)).view()]).expect("as many rows");
    errors(&design, y)
}

/// Blocks by their letter, in θ's order.
fn in_order(model: &crate::model::Model, values: impl Fn(char) -> Vec<f64>) -> Vec<f64> {
    let letter = |name: &str| name.chars().last().unwrap_or('d');
    model.layout().blocks.iter().flat_map(|block| values(letter(&block.name))).collect()
}

fn errors(design: &Array2<f64>, y: &Array2<f64>) -> Vec<f64> {
    let Some(w) = least_squares(design.view(), y.view()) else { return vec![f64::INFINITY; y.ncols()] };
    let r = y - design.dot(&w);
    let rms = |r: ndarray::ArrayView1<'_, f64>| (r.iter().map(|r| r * r).sum::<f64>() / real(r.len())).sqrt();
    (0..y.ncols()).map(|j| rms(r.column(j)) / sd(y.column(j))).collect()
}

fn polynomial(x: &Array2<f64>, y: &Array2<f64>, degree: usize) -> f64 {
    let power = |j: usize| i32::try_from(j).unwrap_or(i32::MAX);
    let design = Array2::from_shape_fn((x.nrows(), degree + 1), |(i, j)| x[[i, 0]].powi(power(j)));
    errors(&design, y)[0]
}

/// relu(x) − relu(−x) − relu(x − 1) + relu(1 − x) is x − (x − 1) = 1 everywhere: so is d = 1 with every a = 0.
fn two_ways() -> f64 {
    let model = Shape::plain(1, 4).model(1.0, flat_d(1.0));
    let points = curve(401, [-3.0, 3.0], |_| 1.0);
    let function = |a: [f64; 4], d: f64| {
        let theta = in_order(&model, |group| match group {
            'b' => vec![1.0, -1.0, 1.0, -1.0],
            'c' => vec![0.0, 0.0, -1.0, 1.0],
            'a' => a.to_vec(),
            _ => vec![d],
        });
        crate::function::outputs(&Coefficients::new(model.clone(), theta).expect("θ"), points.x.view())
    };
    let difference = function([1.0, -1.0, -1.0, 1.0], 0.0) - function([0.0; 4], 1.0);
    difference.iter().fold(0.0, |most, d| d.abs().max(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(false, 0.0), Verdict::Fails);
        assert_eq!(judge(true, 0.0), Verdict::Corrected);
        assert_eq!(judge(true, 0.1), Verdict::Holds);
    }

    /// |x| is x² + …: the best parabola leaves √(∫(|x| − 15x²/16 − 3/16)²)/sd, in closed form 1/4 of sd for a continuum.
    #[test]
    fn the_best_parabola_of_a_kink() {
        let points = curve(3001, [-1.0, 1.0], f64::abs);
        assert!((polynomial(&points.x, &points.y, 2) - 0.25).abs() < 1e-3);
        assert!(polynomial(&points.x, &points.y, 12) < 0.1);
    }
}
