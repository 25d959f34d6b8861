//! C15: learning several functions separately is easier than learning one. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict, short};
use crate::bayes::real;
use crate::data::Points;
use crate::function::{Init, Start, outputs, start, through};
use crate::learn::Plan;
use crate::model::{Coefficients, Form, Group};
use crate::seeds::Seeds;
use crate::study::{
    Curve, Failure, Figure, Lab, Shape, Table, Target, curve, descend, flat_d, median, nrmse, paired, quantile, shared,
};

pub(super) static CLAIM: Claim = Claim {
    name: "C15",
    title: "why is learning parts easier?",
    claim: "It is an open question why learning f⁽¹⁾, f⁽²⁾, f⁽³⁾ is so much easier than learning f at once.",
    statement: "Three questions in one. Expressing: tent∘…∘tent has 2^L pieces from 2 L elements. A typical draw: random networks have about as many pieces as elements, at every depth. Learning, at equal numbers of coefficients: depth wins on some targets, ties on simple ones, and fails on the very targets that are made for it.",
    design: "Pieces of the tents, L = 1 … 8, counted. Pieces of random relu networks with 64 elements, L = 1, 2, 4, 8, 50 draws. About 100 coefficients in one stage, three, six, or six residual (scalar), Adam 4000 steps at 0.01, 100 points on [-2, 2], seven targets, 24 seeds: nRMSE of one stage against three, pair by pair.",
    rule: "Three stages win a target if the paired difference excludes zero, the median falls by a third or more, and one stage has more than 0.01 left; lose likewise. Holds if they win all seven; with a correction if they win some; no difference seen if they win none and lose none; fails if they win none and lose some.",
    remark: "Of |x| both leave next to nothing (one stage 0.002, three 0.004), which counts for neither. So there is no \"so much easier\" in general. For functions that are compositions deep relu networks have the better rates (Schmidt-Hieber 2020); that is about what could be learned, not about what gradient descent finds (Malach & Shalev-Shwartz 2019).",
    preset: Some("deep-vs-wide"),
    run,
};

const TARGETS: [Target; 7] = [
    ("sin 4x", |x| (4.0 * x).sin()),
    ("a chirp", |x| (0.6 * (x + 2.0) * (x + 2.0)).sin()),
    ("a step", |x| if x > 0.3 { 1.0 } else { 0.0 }),
    ("|x|", f64::abs),
    ("a bump", |x| (-4.0 * x * x).exp()),
    ("tent³", |x| tents(0.25 * (x + 2.0), 3)),
    ("tent⁴", |x| tents(0.25 * (x + 2.0), 4)),
];
const ARMS: [&str; 4] = ["one stage", "three", "six", "six, residual"];

/// About a hundred coefficients each: 100, 102, 96, 96.
fn arm(at: usize) -> Shape {
    match at {
        0 => Shape::plain(1, 33),
        1 => Shape::plain(3, 11),
        2 => Shape::plain(6, 5),
        _ => Shape::residual(6, 5).scaled(),
    }
}

fn tents(x: f64, times: u32) -> f64 {
    (0..times).fold(x, |x, _| 1.0 - (2.0 * x - 1.0).abs())
}

fn run(lab: &Lab) -> Result<Found, Failure> {
    let mut found = Found::new();
    let (won, lost) = learned(lab, &mut found)?;
    let mut table = Table::new("tents", ["depth", "elements", "pieces"]);
    for depth in 1..=8 {
        table.push([depth.into(), (2 * depth).into(), tent_pieces(depth).into()]);
    }
    found.exact("pieces of tent⁸, from 16 elements", 1, real(tent_pieces(8)));
    found.tables.push(table);
    typical(lab, &mut found)?;
    Ok(found.judged(!lab.quick, judge(won, lost, TARGETS.len())))
}

fn judge(won: usize, lost: usize, of: usize) -> Verdict {
    match (won, lost) {
        (won, _) if won == of => Verdict::Holds,
        (0, 0) => Verdict::NotSeen,
        (0, _) => Verdict::Fails,
        (_, _) => Verdict::Corrected,
    }
}

/// Linear pieces on [0, 1] of tent∘…∘tent, tent(u) = 2 relu(u) − 4 relu(u − ½): places where the slope changes.
fn tent_pieces(depth: usize) -> usize {
    let model = Shape::plain(depth, 2).model(1.0, flat_d(1.0));
    let values = |group: Group| match group {
        Group::A => vec![2.0, -4.0],
        Group::B => vec![1.0, 1.0],
        Group::C => vec![0.0, -0.5],
        _ => vec![0.0],
    };
    let theta: Vec<f64> = model.layout().blocks.iter().flat_map(|block| values(block.group)).collect();
    let f = Coefficients::new(model, theta).expect("θ");
    // Ends of pieces are multiples of 2⁻⁸: eight steps a piece, none across an end.
    let y = outputs(&f, curve(2049, [0.0, 1.0], |_| 0.0).x.view());
    let slopes: Vec<f64> = y.iter().zip(y.iter().skip(1)).map(|(one, other)| other - one).collect();
    1 + slopes.windows(2).filter(|pair| (pair[0] - pair[1]).abs() > 1e-6).count()
}

/// Pieces of random networks: places on [-3, 3] at which some element goes on or off.
fn typical(lab: &Lab, found: &mut Found) -> Result<(), Failure> {
    let draws = lab.size(10, 50);
    let items: Vec<(usize, u64)> =
        [1, 2, 4, 8].iter().flat_map(|depth| lab.seeds(draws).map(move |draw| (*depth, draw))).collect();
    let points = curve(6001, [-3.0, 3.0], |_| 0.0);
    let pieces = lab.map(&items, |(depth, draw)| {
        let shape = Shape { form: Form::Reduced, ..Shape::plain(*depth, 64 / depth) }.wide(64 / depth);
        let model = shape.model(1.0, shared(1.0));
        let theta = start(&model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(*draw), 0);
        let f = Coefficients::new(model, theta).expect("θ");
        let passed = through(&f, points.x.view());
        let on = |row: usize| passed.stages.iter().flat_map(move |stage| stage.slopes.row(row).mapv(|s| s > 0.0));
        1 + (1..points.x.nrows()).filter(|row| !on(*row).eq(on(row - 1))).count()
    })?;
    let mut table = Table::new("pieces", ["depth", "draw", "pieces"]);
    items
        .iter()
        .zip(&pieces)
        .for_each(|((depth, draw), pieces)| table.push([(*depth).into(), (*draw).into(), (*pieces).into()]));
    for depth in [1, 2, 4, 8] {
        let own: Vec<f64> =
            items.iter().zip(&pieces).filter(|(item, _)| item.0 == depth).map(|(_, p)| real(*p)).collect();
        found.note(format!("pieces of random networks of 64 elements, L = {depth}"), draws, median(&own));
    }
    found.tables.push(table);
    Ok(())
}

/// Targets that three stages win, and lose, against one.
fn learned(lab: &Lab, found: &mut Found) -> Result<(usize, usize), Failure> {
    let seeds = lab.size(4, ENOUGH + 4);
    let targets = &TARGETS[..];
    let mut items = Vec::new();
    for target in targets {
        items.extend((0..ARMS.len()).flat_map(|arm| lab.seeds(seeds).map(move |seed| (*target, arm, seed))));
    }
    let steps = lab.size(1500, 4000) as u64;
    let errors = lab.map(&items, |((_, y), at, seed)| {
        let points: Points = curve(100, [-2.0, 2.0], y);
        let model = arm(*at).model(0.01, flat_d(10.0));
        let theta = start(&model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(*seed), 0);
        let fit = descend(&model, &points, theta, &[], &Plan { horizon: steps, ..Plan::default() });
        if fit.diverged { f64::INFINITY } else { nrmse(&fit.f, &points) }
    })?;
    let mut table = Table::new("learned", ["target", "arm", "seed", "nrmse"]);
    for (((name, _), arm, seed), error) in items.iter().zip(&errors) {
        table.push([(*name).into(), ARMS[*arm].into(), (*seed).into(), (*error).into()]);
    }
    let (mut won, mut lost, mut rows) = (0, 0, Vec::new());
    let mut curves: Vec<Curve> =
        ARMS.iter().map(|name| Curve { name: (*name).to_owned(), points: Vec::new() }).collect();
    for (place, (name, _)) in targets.iter().enumerate() {
        let of = |arm: usize| -> Vec<f64> {
            let own = items.iter().zip(&errors).filter(|(item, _)| item.0.0 == *name && item.1 == arm);
            own.map(|(_, error)| *error).collect()
        };
        let medians: Vec<_> = (0..ARMS.len()).map(|arm| median(&of(arm))).collect();
        let apart = paired(&of(1), &of(0));
        found.note(format!("nRMSE three − one stage, {name}"), seeds, apart);
        let better = |one: f64, other: f64| other > 0.01 && one < other / 1.5;
        won += usize::from(apart.below(0.0) && better(medians[1].value, medians[0].value));
        lost += usize::from(apart.above(0.0) && better(medians[0].value, medians[1].value));
        let mut row = vec![(*name).to_owned()];
        for (arm, median) in medians.iter().enumerate() {
            found.note(format!("nRMSE, {}, {name}", ARMS[arm]), seeds, *median);
            row.push(format!("{} / {}", short(median.value), short(quantile(&of(arm), 0.0))));
            curves[arm].points.push([real(place + 1), median.value, median.low, median.high]);
        }
        rows.push(row);
    }
    found.exact("targets of 7 that three stages win", seeds, real(won));
    found.exact("targets of 7 that three stages lose", seeds, real(lost));
    let headline = found.measures.len() - 2;
    found.measures.swap(0, headline);
    found.tables.push(table);
    let mut columns = vec!["target".to_owned()];
    columns.extend(ARMS.iter().map(|arm| (*arm).to_owned()));
    found.figures.push(Figure::Table { title: "nRMSE with 100 coefficients: median / best".to_owned(), columns, rows });
    found.figures.push(Figure::Curves {
        title: "nRMSE with 100 coefficients, by target (1 to 7, in the table's order)".to_owned(),
        x: "target".to_owned(),
        log_x: false,
        y: "nRMSE".to_owned(),
        log_y: true,
        curves,
        marks: Vec::new(),
    });
    Ok((won, lost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(7, 0, 7), Verdict::Holds);
        assert_eq!(judge(3, 1, 7), Verdict::Corrected);
        assert_eq!(judge(0, 0, 7), Verdict::NotSeen);
        assert_eq!(judge(0, 2, 7), Verdict::Fails);
    }

    #[test]
    fn tents_have_a_power_of_two_of_pieces() {
        for depth in 1..=8 {
            assert_eq!(tent_pieces(depth), 1 << depth);
        }
    }

    #[test]
    fn the_arms_have_about_a_hundred_coefficients() {
        for (at, name) in ARMS.iter().enumerate() {
            let count = arm(at).model(1.0, flat_d(1.0)).layout().len();
            assert!((96..=104).contains(&count), "{name}: {count}");
        }
    }
}
