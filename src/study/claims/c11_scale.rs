//! C11: residual networks fix the problem. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::bayes::real;
use crate::function::{Init, Start, outputs, start};
use crate::learn::Plan;
use crate::model::Coefficients;
use crate::seeds::Seeds;
use crate::study::{
    Curve, Failure, Figure, Lab, Shape, Table, curve, descend, fitted, nrmse, proportion, quantile, sd, shared,
};

pub(super) static CLAIM: Claim = Claim {
    name: "C11",
    title: "residual networks are the cure",
    claim: "Residual networks do not have the problem that standard networks have when they are deep.",
    statement: "If their branches are scaled, by 1/√L or by normalisation. Unscaled, draws from the prior explode with L (m = 8) or go flat (m = 1), and deep ones often fail to train.",
    design: "Draws from the prior (τ = 1, shared out), 200 of each, L = 1 … 32, K = 8, on [-2, 2]: share with sd < 0.05, median sd; plain, residual, residual with 1/√L; m = 1 and 8. And sin 3x, N = 64, scalar, L = 32, K = 8, Adam 2000 steps at 0.01: share of 40 seeds with nRMSE > 0.5.",
    rule: "Holds if unscaled residual draws at L = 32 neither explode (median sd ten times that at L = 1, m = 8) nor go flat (lower end above 0.2, m = 1); with a correction if they do one or the other and the scaled ones do neither; fails if the scaled ones do, too.",
    remark: "The networks that made the name had a normalisation in every branch, which does what the scale does here (Zhang et al. 2019).",
    preset: Some("blow-up"),
    run,
};

const DEPTHS: [usize; 6] = [1, 2, 4, 8, 16, 32];
/// A name, and the shape of L stages of K elements.
type Arm = (&'static str, fn(usize, usize) -> Shape);

const ARMS: [Arm; 3] = [
    ("plain", Shape::plain),
    ("residual", Shape::residual),
    ("residual, branches × 1/√L", |depth, k| Shape::residual(depth, k).scaled()),
];

fn run(lab: &Lab) -> Result<Found, Failure> {
    let mut found = Found::new();
    let unscaled_fails = draws(lab, &mut found)?;
    trained(lab, &mut found)?;
    Ok(found.judged(!lab.quick, judge(unscaled_fails)))
}

/// Whether the draws of [unscaled, scaled] residual compositions explode or go flat.
fn judge([unscaled, scaled]: [bool; 2]) -> Verdict {
    match (unscaled, scaled) {
        (_, true) => Verdict::Fails,
        (true, false) => Verdict::Corrected,
        (false, false) => Verdict::Holds,
    }
}

fn draws(lab: &Lab, found: &mut Found) -> Result<[bool; 2], Failure> {
    let count = lab.size(60, 200);
    let mut items = Vec::new();
    for width in [1, 8] {
        items.extend((0..3).flat_map(|arm| DEPTHS.iter().map(move |depth| (width, arm, *depth))));
    }
    let x = curve(101, [-2.0, 2.0], |x| x);
    let sds = lab.map(&items, |(width, arm, depth)| {
        let model = ARMS[*arm].1(*depth, 8).wide(*width).model(1.0, shared(1.0));
        let how = Start { init: Init::Prior, bias_sd: 1.0, given: Vec::new() };
        let of = |draw: u64| {
            let f = Coefficients::new(model.clone(), start(&model, &how, Seeds(draw), 0)).expect("θ");
            let spread = sd(&outputs(&f, x.x.view()));
            if spread.is_finite() { spread } else { f64::INFINITY }
        };
        lab.seeds(count).map(of).collect::<Vec<f64>>()
    })?;
    let mut table = Table::new("prior-draws", ["width", "arm", "depth", "draw", "sd"]);
    let mut fails = [false; 2];
    let mut curves = Vec::new();
    for ((width, arm, depth), sds) in items.iter().zip(&sds) {
        for (draw, spread) in sds.iter().enumerate() {
            table.push([(*width).into(), ARMS[*arm].0.into(), (*depth).into(), draw.into(), (*spread).into()]);
        }
        let flat = proportion(sds.iter().filter(|sd| **sd < 0.05).count(), count);
        let middle = quantile(sds, 0.5);
        let name = format!("{}, m = {width}", ARMS[*arm].0);
        found.note(format!("share of flat draws, {name}, L = {depth}"), count, flat);
        found.exact(format!("median sd of draws, {name}, L = {depth}"), count, middle);
        if *depth == 32 && *arm > 0 {
            let first = curves.last().map_or(f64::NAN, |curve: &Curve| curve.points[0][1]);
            fails[arm - 1] |= if *width == 1 { flat.above(0.2) } else { middle > 10.0 * first };
        }
        if *depth == DEPTHS[0] {
            curves.push(Curve { name, points: Vec::new() });
        }
        if let Some(curve) = curves.last_mut() {
            curve.points.push([real(*depth), middle, quantile(sds, 0.1), quantile(sds, 0.9)]);
        }
    }
    found.tables.push(table);
    let at = |what: &str| found.measures.iter().position(|measure| measure.what.starts_with(what));
    if let Some(at) = at("share of flat draws, residual, m = 1, L = 32") {
        found.measures.swap(0, at);
    }
    found.figures.push(Figure::Curves {
        title: "Draws from the prior: their size against depth".to_owned(),
        x: "L".to_owned(),
        log_x: true,
        y: "sd of f, median and 80 %".to_owned(),
        log_y: true,
        curves,
        marks: Vec::new(),
    });
    Ok(fails)
}

/// Deep scalar stacks, trained.
fn trained(lab: &Lab, found: &mut Found) -> Result<(), Failure> {
    let seeds = lab.size(4, 2 * ENOUGH);
    let points = curve(64, [-2.0, 2.0], |x| (3.0 * x).sin());
    let items: Vec<(usize, u64)> = (0..3).flat_map(|arm| lab.seeds(seeds).map(move |seed| (arm, seed))).collect();
    let steps = lab.size(800, 2000) as u64;
    let ends = lab.map(&items, |(arm, seed)| {
        let model = ARMS[*arm].1(32, 8).model(0.05, shared(1.0));
        let theta = start(&model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(*seed), 0);
        let fit = descend(&model, &points, theta, &[], &Plan { horizon: steps, ..Plan::default() });
        (if fit.diverged { f64::INFINITY } else { nrmse(&fit.f, &points) }, fitted(&fit.f, &points))
    })?;
    let mut table = Table::new("trained", ["arm", "seed", "nrmse", "fitted"]);
    for ((arm, seed), (error, fitted)) in items.iter().zip(&ends) {
        table.push([ARMS[*arm].0.into(), (*seed).into(), (*error).into(), (*fitted).into()]);
    }
    for (arm, (name, _)) in ARMS.iter().enumerate() {
        let failed = items.iter().zip(&ends).filter(|(item, end)| item.0 == arm && end.0 > 0.5).count();
        found.note(format!("share that fails to learn, {name}, m = 1, L = 32"), seeds, proportion(failed, seeds));
    }
    found.tables.push(table);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge([true, false]), Verdict::Corrected);
        assert_eq!(judge([false, false]), Verdict::Holds);
        assert_eq!(judge([true, true]), Verdict::Fails);
    }
}
