//! C16: the prior is determined by the regularisation term. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::bayes::{Exact, real};
use crate::function::{Init, Start, outputs, start};
use crate::model::{Coefficients, GroupPriors, Prior, Scaling};
use crate::seeds::Seeds;
use crate::study::{Failure, Lab, Shape, Table, curve, median, sd, shared};
use ndarray::Array2;

pub(super) static CLAIM: Claim = Claim {
    name: "C16",
    title: "the penalty is the prior",
    claim: "The prior that learning starts from is determined uniquely by the regularisation term.",
    statement: "λ fixes τ²/s² only: the same λ has the same mode with every s, and posteriors of every width. Nor does λ fix the prior over functions: width, form and architecture change it, and beyond one stage it is far from normal.",
    design: "y = sin 2x, N = 25, K = 12 relu elements drawn once, exact posterior of (a, d) with (s, τ) = (0.1, 1) and (0.3, 3): modes and spreads. Draws from the prior with the same τ: sd and excess kurtosis of f(0.7) − f(−0.7), relu, K = 8, L = 1, 2, 4, residual, and ten numbers wide, 20 batches of 2000 draws.",
    rule: "Holds if the two posteriors have the same spread and the draws the same sd and kurtosis throughout (within 5 %, within 0.1); with a correction if the modes agree to 1e-8 of the function's size but spreads or draws differ; fails if the modes differ.",
    remark: "Unique up to the likelihood's scale, and as a prior of coefficients. At a single point the offset d hides much of it: of tanh nets f(0.7) looks normal at every depth. What is believed of functions is better looked at: the face of prior draws.",
    preset: Some("prior-depth"),
    run,
};

fn run(lab: &Lab) -> Result<Found, Failure> {
    let mut found = Found::new();
    let (modes, spreads) = same_lambda()?;
    found.exact("spread of f with (0.3, 3) over that with (0.1, 1), the same λ", 1, spreads);
    found.exact("max difference of their modes, relative", 1, modes);
    let same = of_functions(lab, &mut found)?;
    Ok(found.judged(true, judge(modes, spreads, same)))
}

fn judge(modes: f64, spreads: f64, functions: bool) -> Verdict {
    match () {
        () if modes > 1e-8 || modes.is_nan() => Verdict::Fails,
        () if (spreads - 1.0).abs() < 0.05 && functions => Verdict::Holds,
        () => Verdict::Corrected,
    }
}

/// Two posteriors with one λ: how far their modes are apart, and the ratio of their spreads.
fn same_lambda() -> Result<(f64, f64), Failure> {
    let points = curve(25, [-2.0, 2.0], |x| (2.0 * x).sin());
    let posterior = |s: f64, tau: f64| {
        let prior = Prior::Gaussian { tau, scaling: Scaling::None };
        let model = Shape::plain(1, 12).model(s, GroupPriors { a: prior, b: prior, c: prior, d: prior });
        let theta = start(&model, &Start { init: Init::He, bias_sd: 1.0, given: Vec::new() }, Seeds(16), 0);
        let f = Coefficients::new(model, theta).expect("θ");
        let broken = |why: crate::function::Refusal| Failure::broken(why.0.as_str());
        Exact::new(&f, &points, None).map_err(broken)?.predict(points.x.view()).map_err(broken)
    };
    let (one, other) = (posterior(0.1, 1.0)?, posterior(0.3, 3.0)?);
    let apart = (&one.mean - &other.mean).iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    let ratios: Vec<f64> = other.spread.iter().zip(&one.spread).map(|(other, one)| other / one).collect();
    Ok((apart / sd(&one.mean), median(&ratios).value))
}

/// Whether draws from the prior are the same whatever the shape.
fn of_functions(lab: &Lab, found: &mut Found) -> Result<bool, Failure> {
    let plain = |depth| Shape::plain(depth, 8);
    let shapes = [
        ("L = 1", plain(1)),
        ("L = 2", plain(2)),
        ("L = 4", plain(4)),
        ("L = 4, residual", Shape::residual(4, 8)),
        ("L = 4, ten numbers wide", plain(4).wide(10)),
    ];
    let size = lab.size(500, 2000) as u64;
    let items: Vec<(usize, u64)> =
        (0..shapes.len()).flat_map(|at| (0..ENOUGH as u64).map(move |batch| (at, batch))).collect();
    let x = Array2::from_shape_fn((2, 1), |(i, _)| if i == 0 { 0.7 } else { -0.7 });
    let moments = lab.map(&items, |(at, batch)| {
        let model = shapes[*at].1.model(1.0, shared(1.0));
        let how = Start { init: Init::Prior, bias_sd: 1.0, given: Vec::new() };
        let value = |draw: u64| {
            let f = Coefficients::new(model.clone(), start(&model, &how, Seeds(draw), 0)).expect("θ");
            let y = outputs(&f, x.view());
            y[[0, 0]] - y[[1, 0]]
        };
        let values: Vec<f64> = (batch * size..(batch + 1) * size).map(|draw| value(lab.seed + draw)).collect();
        let spread = sd(&values);
        let mean = values.iter().sum::<f64>() / real(values.len());
        let fourth = values.iter().map(|value| (value - mean).powi(4)).sum::<f64>() / real(values.len());
        (spread, fourth / spread.powi(4) - 3.0)
    })?;
    let mut table = Table::new("prior-draws", ["shape", "batch", "sd", "excess_kurtosis"]);
    for ((at, batch), (spread, kurtosis)) in items.iter().zip(&moments) {
        table.push([shapes[*at].0.into(), (*batch).into(), (*spread).into(), (*kurtosis).into()]);
    }
    let mut all = Vec::new();
    for (at, (name, _)) in shapes.iter().enumerate() {
        let own: Vec<_> = items.iter().zip(&moments).filter(|(item, _)| item.0 == at).map(|(_, own)| *own).collect();
        let spread = median(&own.iter().map(|own| own.0).collect::<Vec<_>>());
        let kurtosis = median(&own.iter().map(|own| own.1).collect::<Vec<_>>());
        found.note(format!("sd of f(0.7) − f(−0.7) under the prior, {name}"), ENOUGH, spread);
        found.note(format!("its excess kurtosis (normal: 0), {name}"), ENOUGH, kurtosis);
        all.push((spread.value, kurtosis.value));
    }
    found.tables.push(table);
    let same = |of: &(f64, f64)| (of.0 / all[0].0 - 1.0).abs() < 0.05 && of.1.abs() < 0.1;
    Ok(all.iter().all(same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(1e-12, 3.0, false), Verdict::Corrected);
        assert_eq!(judge(1e-12, 1.0, true), Verdict::Holds);
        assert_eq!(judge(0.1, 3.0, false), Verdict::Fails);
    }
}
