//! C7: what is left when a function is zero. Knows no other claim.

use super::{Claim, Found, Verdict};
use crate::function::{Transform, outputs, transform};
use crate::model::{Coefficients, Model};
use crate::seeds::{Purpose, Seeds};
use crate::study::{Failure, Lab, Shape, Table, curve, median, sd, shared};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use std::sync::Arc;

pub(super) static CLAIM: Claim = Claim {
    name: "C7",
    title: "what is left when f⁽³⁾ is zero",
    claim: "With f⁽³⁾ = 0 the residual model becomes the model of two functions, the plain one a constant.",
    statement: "For every i: θ⁽ⁱ⁾ = 0 leaves the residual composition of the other functions, exactly; and a plain composition that is constant, exactly.",
    design: "100 random compositions of three scalar stages, K = 6, θ ~ N(0, 1), 81 points of [-2, 2]; f⁽ⁱ⁾ set to its prior's mode, i = 1, 2, 3: residual against the composition of the other two, plain its standard deviation. And the collapsed formula as it is printed, evaluated by its brackets.",
    rule: "Fails if any residual one differs by more than 1e-12 of the largest value, or any plain one varies by more. Else holds if the formula as printed agrees too; with a correction if it does not.",
    remark: "The printed formula of the collapsed residual model has brackets that do not match: read to the letter it adds X inside f⁽²⁾ where it belongs outside. The argument does not suffer from it.",
    preset: Some("collapse"),
    run,
};

fn run(lab: &Lab) -> Result<Found, Failure> {
    let items: Vec<u64> = lab.seeds(100).collect();
    let rows = lab.map(&items, |draw| one(*draw))?;
    let mut table = Table::new("collapses", ["draw", "residual_difference", "plain_sd", "as_printed"]);
    let mut found = Found::new();
    let (mut residual, mut plain, mut printed) = (0.0_f64, 0.0_f64, Vec::new());
    for (draw, row) in items.iter().zip(rows) {
        let [apart, spread, literal] = row?;
        table.push([(*draw).into(), apart.into(), spread.into(), literal.into()]);
        (residual, plain) = (residual.max(apart), plain.max(spread));
        printed.push(literal);
    }
    found.exact("residual: max difference from the other two functions", 300, residual);
    found.exact("plain: largest sd of what is left", 300, plain);
    let literal = found.note("max |Δf| of the formula as printed", printed.len(), median(&printed));
    found.tables.push(table);
    Ok(found.judged(true, judge(residual.max(plain), literal.low)))
}

fn judge(worst: f64, printed: f64) -> Verdict {
    match () {
        () if worst > 1e-12 || worst.is_nan() => Verdict::Fails,
        () if printed < 1e-9 => Verdict::Holds,
        () => Verdict::Corrected,
    }
}

fn one(draw: u64) -> Result<[f64; 3], Failure> {
    let points = curve(81, [-2.0, 2.0], |_| 0.0);
    let at = |f: &Coefficients| outputs(f, points.x.view());
    let (mut apart, mut spread) = (0.0_f64, 0.0_f64);
    for stage in 1..=3 {
        let zero = |shape: Shape| {
            let model = shape.model(0.1, shared(1.0));
            let f = Coefficients::new(model.clone(), theta(&model, draw)).expect("θ");
            transform(&f, &Transform::CollapseToMode { stage }, Seeds(0)).map_err(|why| Failure::broken(why.0.as_str()))
        };
        let collapsed = zero(Shape::residual(3, 6))?.now;
        let (three, two) = (at(&collapsed), at(&without(&collapsed, 3 - stage)));
        apart = apart.max(relative(&three, &two));
        let constant = at(&zero(Shape::plain(3, 6))?.now);
        spread = spread.max(sd(&constant));
    }
    Ok([apart, spread, as_printed(draw)])
}

fn theta(model: &Arc<Model>, draw: u64) -> Vec<f64> {
    let mut rng = Seeds(draw).stream(Purpose::Study, 7, 0);
    (0..model.layout().len()).map(|_| rng.sample(StandardNormal)).collect()
}

fn relative(one: &Array2<f64>, other: &Array2<f64>) -> f64 {
    let size = one.iter().fold(1e-300, |most: f64, y| most.max(y.abs()));
    one.iter().zip(other).fold(0.0, |most: f64, (one, other)| most.max((one - other).abs())) / size
}

/// The same composition without the stage at position `at`.
fn without(f: &Coefficients, at: usize) -> Coefficients {
    let layout = f.layout();
    let mut model = (*f.model).clone();
    model.f.stages.remove(at);
    model.priors.stages.remove(at);
    let gone = layout.stage(at);
    let kept: Vec<f64> = (0..layout.len()).filter(|place| !gone.contains(place)).map(|place| f.theta[place]).collect();
    Coefficients::new(Arc::new(model), kept).expect("two stages' θ")
}

/// `max |f¹{f²[x] + x} + f²[x + x] − (f¹{f²[x] + x} + {f²[x] + x})|`: what the printed brackets make of it.
fn as_printed(draw: u64) -> f64 {
    let model = Shape::plain(1, 6).model(0.1, shared(1.0));
    let f2 = Coefficients::new(model.clone(), theta(&model, draw)).expect("θ");
    let x = curve(81, [-2.0, 2.0], |_| 0.0).x;
    let apart = outputs(&f2, x.mapv(|x| x + x).view()) - (outputs(&f2, x.view()) + &x);
    apart.iter().fold(0.0, |most, apart| apart.abs().max(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(0.0, 4.3), Verdict::Corrected);
        assert_eq!(judge(0.0, 0.0), Verdict::Holds);
        assert_eq!(judge(0.1, 4.3), Verdict::Fails);
    }
}
