//! C5: b = 1 and c = 0 without loss of generality. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::function::{Transform, outputs, transform};
use crate::model::{Coefficients, Group};
use crate::seeds::{Purpose, Seeds};
use crate::study::{Failure, Lab, Shape, Table, curve, median, nrmse, shared};
use rand::RngExt;
use rand_distr::StandardNormal;

pub(super) static CLAIM: Claim = Claim {
    name: "C5",
    title: "b = 1, c = 0, nothing is lost",
    claim: "In all but the innermost function b can be set to 1 and c to 0 without loss of generality.",
    statement: "Plain: a ← a b, d ← d b + c gives the same function exactly, with other f⁽ⁱ⁾ (they pass on K numbers), another number of coefficients and another prior: an independent one on a and b is none on their product. Residual: not allowed, the identity path carries u and not u b.",
    design: "Random compositions of three stages, K = 8, θ ~ N(0, 1), with a scalar and with a wide bottleneck (m = 1, m = 12), 50 each: max |Δf| over the largest |f|, coefficients and Σθ² before and after; the same asked of residual ones; and a residual block with two kinks against its reduced form, best over (a, d).",
    rule: "Fails if |Δf| exceeds 1e-9. Else holds if the median penalty changes by less than 5 % and residual compositions reduce too; with a correction if not.",
    remark: "Without loss of generality for the functions that can be written, yes; not for what is believed of them before the data. In a residual net it is not allowed: u' = u b + c is a change of basis of the whole stream, for one b only, and that one square and invertible.",
    preset: Some("reduce"),
    run,
};

fn run(lab: &Lab) -> Result<Found, Failure> {
    let draws = 50;
    let mut items = Vec::new();
    for width in [1, 12] {
        items.extend(lab.seeds(draws).map(|draw| (width, draw)));
    }
    let reduced = lab.map(&items, |(width, draw)| reduce(*width, *draw))?;
    let mut table = Table::new(
        "reductions",
        ["width", "draw", "difference", "coefficients", "coefficients_after", "penalty", "penalty_after"],
    );
    let mut found = Found::new();
    let mut rows = Vec::new();
    for ((width, draw), row) in items.iter().zip(reduced) {
        let row = row?;
        let [difference, before, after, penalty, penalty_after] = row;
        let entries = [difference, before, after, penalty, penalty_after].map(Into::into);
        let [a, b, c, d, e] = entries;
        table.push([(*width).into(), (*draw).into(), a, b, c, d, e]);
        rows.push((*width, row));
    }
    let worst = rows.iter().map(|(_, row)| row[0]).fold(0.0, f64::max);
    found.exact("max |Δf| over the largest |f|", rows.len(), worst);
    let mut changed = false;
    for (width, name) in [(1, "a scalar bottleneck"), (12, "twelve numbers")] {
        let of = rows.iter().filter(|(own, _)| *own == width);
        let ratios: Vec<f64> = of.clone().map(|(_, row)| row[4] / row[3]).collect();
        let ratio = found.note(format!("Σθ² after over before, {name}"), ratios.len(), median(&ratios));
        changed |= ratio.above(1.05) || ratio.below(0.95);
        let counts: Vec<f64> = of.map(|(_, row)| row[2] / row[1]).collect();
        found.exact(format!("coefficients after over before, {name}"), counts.len(), counts[0]);
    }
    let refused = refused();
    found.exact("residual compositions that reduce, of 20", 20, crate::bayes::real(20 - refused));
    found.exact("nRMSE that a residual block with two kinks loses by it", 1, lost());
    found.tables.push(table);
    Ok(found.judged(draws >= ENOUGH, judge(worst, changed, refused)))
}

fn judge(worst: f64, changed: bool, refused: usize) -> Verdict {
    match () {
        () if worst > 1e-9 || worst.is_nan() => Verdict::Fails,
        () if !changed && refused == 0 => Verdict::Holds,
        () => Verdict::Corrected,
    }
}

fn random(shape: Shape, draw: u64) -> Coefficients {
    let model = shape.model(0.1, shared(1.0));
    let mut rng = Seeds(draw).stream(Purpose::Study, 5, shape.width as u64);
    let theta: Vec<f64> = (0..model.layout().len()).map(|_| rng.sample(StandardNormal)).collect();
    Coefficients::new(model, theta).expect("θ")
}

/// |Δf|, coefficients before and after, Σθ² before and after.
fn reduce(width: usize, draw: u64) -> Result<[f64; 5], Failure> {
    let f = random(Shape::plain(3, 8).wide(width), draw);
    let kept = transform(&f, &Transform::Reduce, Seeds(0)).map_err(|why| Failure::broken(why.0.as_str()))?;
    let x = curve(101, [-3.0, 3.0], |_| 0.0).x;
    let (before, after) = (outputs(&f, x.view()), outputs(&kept.now, x.view()));
    let size = before.iter().fold(1e-300, |most: f64, y| most.max(y.abs()));
    let apart = before.iter().zip(&after).fold(0.0, |most: f64, (one, other)| most.max((one - other).abs()));
    let squares = |f: &Coefficients| f.theta.iter().map(|value| value * value).sum::<f64>();
    let count = |f: &Coefficients| crate::bayes::real(f.theta.len());
    Ok([apart / size, count(&f), count(&kept.now), squares(&f), squares(&kept.now)])
}

/// Residual compositions of 20 that are refused.
fn refused() -> usize {
    let each = |draw| transform(&random(Shape::residual(3, 8), draw), &Transform::Reduce, Seeds(0)).is_err();
    (0..20).filter(|draw| each(*draw)).count()
}

/// u + |u − ½| − |u + ½|, one block of two kinks at places of their own, and the nearest u + a relu(u) + d.
fn lost() -> f64 {
    let points = curve(201, [-2.0, 2.0], |u| u + (u - 0.5).abs() - (u + 0.5).abs());
    let model = Shape::residual(1, 1).model(1.0, shared(1e6));
    let layout = model.layout();
    let mut theta = vec![0.0; layout.len()];
    theta[layout.find(Some(0), Group::B).expect("a full stage").at.start] = 1.0;
    let f = Coefficients::new(model, theta).expect("θ");
    let exact = crate::bayes::Exact::new(&f, &points, None).expect("(a, d) are linear");
    nrmse(&exact.mode(), &points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(1e-3, true, 20), Verdict::Fails);
        assert_eq!(judge(1e-14, true, 20), Verdict::Corrected);
        assert_eq!(judge(1e-14, false, 0), Verdict::Holds);
    }
}
