//! C6: the residual formula is the later one, with nothing after the addition. Knows no other claim.

use super::{Claim, Found, Verdict};
use crate::function::{outputs, value};
use crate::model::{Activation, Architecture, Coefficients, Group};
use crate::seeds::{Purpose, Seeds};
use crate::study::{Failure, Lab, Shape, Table, curve, shared};
use rand::RngExt;
use rand_distr::StandardNormal;

pub(super) static CLAIM: Claim = Claim {
    name: "C6",
    title: "the residual formula",
    claim: "Composing u + f(u) gives the residual network, in the form that was proposed second and found to work better, not in the first one.",
    statement: "u ← u + f⁽ⁱ⁾(u) with nothing after the addition; with b = 1, c = 0 each f⁽ⁱ⁾ is σ before weight, as He et al. 2016 have it. With every f⁽ⁱ⁾ at zero it is x. The form of 2015, σ after the addition, is σ(x) then: relu loses half of the line.",
    design: "100 random residual compositions of three stages against the formula written out; the composition with all θ = 0, both forms, L = 2 … 8, on 201 points of [-2, 2]; and whether dimensions that differ are refused.",
    rule: "Holds if the formula differs by less than 1e-9 of the largest value, θ = 0 gives x in the 2016 form and does not in that of 2015, and unequal dimensions are refused; else fails.",
    remark: "X, the stream and ŷ must have one dimension, or something must lift and read out. He et al. 2016's block is normalisation, σ and weight, twice; of that the formula has σ and weight, once.",
    preset: Some("residual"),
    run,
};

fn run(lab: &Lab) -> Result<Found, Failure> {
    let items: Vec<u64> = lab.seeds(100).collect();
    let apart = lab.map(&items, |draw| compare(*draw))?;
    let mut table = Table::new("formulas", ["draw", "difference"]);
    items.iter().zip(&apart).for_each(|(draw, apart)| table.push([(*draw).into(), (*apart).into()]));
    let mut found = Found::new();
    let worst =
        found.exact("max |f − formula| over the largest |f|", items.len(), apart.iter().copied().fold(0.0, f64::max));
    let depths = || 2..=8;
    let later = depths().map(|depth| from_x(Architecture::Residual, depth)).fold(0.0, f64::max);
    let later = found.exact("2016, θ = 0: max |f(x) − x|", 7, later);
    let first = depths().map(|depth| from_x(Architecture::Residual2015, depth)).fold(f64::INFINITY, f64::min);
    let first = found.exact("2015, θ = 0: max |f(x) − x| on [-2, 2]", 7, first);
    let refused = found.exact("unequal dimensions refused", 1, if refuses() { 1.0 } else { 0.0 });
    found.tables.push(table);
    Ok(found.judged(true, judge(worst, later, first, refused > 0.5)))
}

fn judge(worst: f64, later: f64, first: f64, refused: bool) -> Verdict {
    if worst < 1e-9 && later < 1e-12 && first > 0.1 && refused { Verdict::Holds } else { Verdict::Fails }
}

/// `f¹{f²[f³(x) + x] + [f³(x) + x]} + {f²[f³(x) + x] + [f³(x) + x]}`, each fⁱ as plain loops.
fn compare(draw: u64) -> f64 {
    let mut rng = Seeds(draw).stream(Purpose::Study, 6, 0);
    let sigma = [Activation::Relu, Activation::Tanh][rng.random_range(0..2)];
    let model = Shape::residual(3, rng.random_range(1..=6)).of(sigma).model(0.1, shared(1.0));
    let theta: Vec<f64> = (0..model.layout().len()).map(|_| rng.sample(StandardNormal)).collect();
    let f = Coefficients::new(model, theta).expect("θ");
    let points = curve(41, [-2.0, 2.0], |_| 0.0);
    let one = |at: usize, u: f64| {
        let [a, b, c, d] = [Group::A, Group::B, Group::C, Group::D].map(|group| f.group(at, group));
        d[0] + (0..a.len()).map(|k| a[k] * value(sigma, 0.0, b[k] * u + c[k])).sum::<f64>()
    };
    let (f3, f2, f1) = (|u| one(0, u), |u| one(1, u), |u| one(2, u));
    let written = |x: f64| {
        let inner = f3(x) + x;
        f1(f2(inner) + inner) + (f2(inner) + inner)
    };
    let own = outputs(&f, points.x.view());
    let size = own.iter().fold(1e-300, |most: f64, y| most.max(y.abs()));
    points.x.iter().zip(&own).fold(0.0, |most: f64, (x, y)| most.max((written(*x) - y).abs())) / size
}

/// max |f(x) − x| on [−2, 2] with every coefficient zero.
fn from_x(architecture: Architecture, depth: usize) -> f64 {
    let model = Shape { architecture, ..Shape::plain(depth, 3) }.model(0.1, shared(1.0));
    let f = Coefficients::new(model.clone(), vec![0.0; model.layout().len()]).expect("θ");
    let points = curve(201, [-2.0, 2.0], |x| x);
    let apart = outputs(&f, points.x.view()) - &points.y;
    apart.iter().fold(0.0, |most, apart| apart.abs().max(most))
}

/// Whether a residual composition of a scalar x and a stream of four numbers without lift is refused.
fn refuses() -> bool {
    let mut model = (*Shape::plain(2, 3).wide(4).model(0.1, shared(1.0))).clone();
    model.f.architecture = Architecture::Residual;
    model.check().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(1e-15, 0.0, 2.0, true), Verdict::Holds);
        assert_eq!(judge(1e-15, 0.0, 0.0, true), Verdict::Fails);
        assert_eq!(judge(1e-15, 0.0, 2.0, false), Verdict::Fails);
        assert_eq!(judge(1.0, 0.0, 2.0, true), Verdict::Fails);
    }
}
