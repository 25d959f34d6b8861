//! C12: convolutional networks make assumptions about space. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::bayes::real;
use crate::function::{outputs, toeplitz};
use crate::model::{Activation, Coefficients, Group, Model, Over, Padding};
use crate::preset::{Preset, built_in};
use crate::seeds::{Purpose, Seeds};
use crate::study::{Curve, Failure, Figure, Lab, Outcome, Plan, Shape, Table, median, outcome, paired, shared};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use std::sync::Arc;

pub(super) static CLAIM: Claim = Claim {
    name: "C12",
    title: "what convolutions assume of space",
    claim: "What convolutional networks do is to make assumptions on how each function behaves over space.",
    statement: "A convolution is the same expansion with b banded and its entries tied: it commutes with shifts, exactly (circular ends). What it learned in one place it knows in every other; an expansion without ties does not.",
    design: "Signals of 32 positions, patch 5, random coefficients, 50 draws: max |f(shifted x) − shifted f(x)| over the largest |f|, of the convolution and of one without ties. And the preset conv-shift: a ramp up or down in noise, learned in the left half, asked for in the right; 20 seeds; share of right answers (above ½ or not).",
    rule: "Holds if the convolution commutes to 1e-9, the other does not (above 0.1), and on held-out places the convolution is right more often by 0.3 or more, seed by seed (lower end); fails if the first two do not come out; no difference seen if only the last does not.",
    remark: "The assumption is on b alone: same numbers at every place, none beyond the patch.",
    preset: Some("conv-shift"),
    run,
};

const POSITIONS: usize = 32;

fn run(lab: &Lab) -> Result<Found, Failure> {
    let mut found = Found::new();
    let seeds = lab.size(2, ENOUGH) as u64;
    let apart = shifted_test(lab, &mut found, seeds)?;
    let items: Vec<u64> = lab.seeds(50).collect();
    let errors = lab.map(&items, |draw| [commutes(*draw, true), commutes(*draw, false)])?;
    let mut table = Table::new("equivariance", ["draw", "convolution", "without_ties"]);
    items
        .iter()
        .zip(&errors)
        .for_each(|(draw, [one, other])| table.push([(*draw).into(), (*one).into(), (*other).into()]));
    let worst = errors.iter().map(|errors| errors[0]).fold(0.0, f64::max);
    found.exact("convolution: max |f(shifted) − shifted f|, relative", items.len(), worst);
    let other = median(&errors.iter().map(|errors| errors[1]).collect::<Vec<_>>());
    found.note("without ties", items.len(), other);
    let (free, tied) = counts();
    found.exact("entries of b without ties", 1, free);
    found.exact("entries of b with them", 1, tied);
    found.tables.push(table);
    Ok(found.judged(!lab.quick, judge(worst < 1e-9 && other.above(0.1), apart.above(0.3))))
}

fn judge(commutes: bool, knows: bool) -> Verdict {
    match (commutes, knows) {
        (false, _) => Verdict::Fails,
        (true, true) => Verdict::Holds,
        (true, false) => Verdict::NotSeen,
    }
}

/// One relu element over a signal, as a convolution or without ties.
fn model(tied: bool) -> Arc<Model> {
    let mut model =
        (*Shape::plain(1, if tied { 1 } else { POSITIONS }).of(Activation::Relu).model(1.0, shared(1.0))).clone();
    (model.f.inputs, model.f.positions, model.f.outputs) = (POSITIONS, POSITIONS, POSITIONS);
    if tied {
        model.f.stages[0].over = Over::Patches { width: 5, reach: 1, padding: Padding::Circular };
    } else {
        model.f.stages[0].outputs = POSITIONS;
    }
    model.check().expect("a model of signals");
    Arc::new(model)
}

fn random(tied: bool, draw: u64) -> Coefficients {
    let (model, mut rng) = (model(tied), Seeds(draw).stream(Purpose::Study, 12, u64::from(tied)));
    let theta: Vec<f64> = (0..model.layout().len()).map(|_| rng.sample(StandardNormal)).collect();
    Coefficients::new(model, theta).expect("θ")
}

/// How far f of a shifted signal is from the shifted f, over every shift.
fn commutes(draw: u64, tied: bool) -> f64 {
    let f = random(tied, draw);
    let mut rng = Seeds(draw).stream(Purpose::Study, 12, 2);
    let x = Array2::from_shape_simple_fn((1, POSITIONS), || rng.sample::<f64, _>(StandardNormal));
    let turned =
        |row: &Array2<f64>, by: usize| Array2::from_shape_fn((1, POSITIONS), |(_, t)| row[[0, (t + by) % POSITIONS]]);
    let before = outputs(&f, x.view());
    let size = before.iter().fold(1e-300, |most: f64, y| most.max(y.abs()));
    let apart = |by: usize| {
        let difference = outputs(&f, turned(&x, by).view()) - turned(&before, by);
        difference.iter().fold(0.0, |most: f64, d| most.max(d.abs()))
    };
    (1..POSITIONS).map(apart).fold(0.0, f64::max) / size
}

/// Numbers in b of an expansion of 32 elements over the whole signal, and of the convolution that has the same shape.
fn counts() -> (f64, f64) {
    let dense = toeplitz(&random(true, 0), 0).map_or(0, |toeplitz| toeplitz.b.len());
    (real(dense), real(random(true, 0).group(0, Group::B).len()))
}

/// Learned on the left, asked on the right.
fn shifted_test(lab: &Lab, found: &mut Found, seeds: u64) -> Result<crate::study::Estimate, Failure> {
    let preset = built_in("conv-shift").map_err(|_| Failure::broken("the preset conv-shift cannot be read"))?;
    let mut arms = Vec::new();
    for run in 0..2 {
        arms.push(arm(lab, &preset, run, seeds)?);
    }
    let mut table = Table::new("shift", ["arm", "seed", "right_where_learned", "right_elsewhere", "coefficients"]);
    let mut curves = Vec::new();
    let mut elsewhere = Vec::new();
    for (name, outcomes) in ["convolution", "without ties"].iter().zip(&arms) {
        for outcome in outcomes {
            let count = outcome.f.theta.len();
            let row = [
                (*name).into(),
                outcome.seed.into(),
                outcome.right_on_train.into(),
                outcome.right.into(),
                count.into(),
            ];
            table.push(row);
        }
        let of = |pick: fn(&Outcome) -> f64| outcomes.iter().map(pick).collect::<Vec<f64>>();
        let (near, far) = (median(&of(|one| one.right_on_train)), median(&of(|one| one.right)));
        found.note(format!("right where it learned, {name}"), outcomes.len(), near);
        found.note(format!("right elsewhere, {name}"), outcomes.len(), far);
        found.exact(format!("coefficients, {name}"), 1, real(outcomes[0].f.theta.len()));
        let points = vec![[0.0, near.value, near.low, near.high], [1.0, far.value, far.low, far.high]];
        curves.push(Curve { name: (*name).to_owned(), points });
        elsewhere.push(of(|one| one.right));
    }
    let apart = paired(&elsewhere[0], &elsewhere[1]);
    found.note("right elsewhere, convolution − without ties", elsewhere[0].len(), apart);
    let last = found.measures.len() - 1;
    found.measures.swap(0, last);
    found.tables.push(table);
    found.figures.push(Figure::Curves {
        title: "Right answers: where it learned (0) and elsewhere (1)".to_owned(),
        x: "half".to_owned(),
        log_x: false,
        y: "share".to_owned(),
        log_y: false,
        curves,
        marks: Vec::new(),
    });
    Ok(apart)
}

fn arm(lab: &Lab, preset: &Preset, run: usize, seeds: u64) -> Result<Vec<Outcome>, Failure> {
    let tasks =
        Plan { base: preset.settings(run), axes: Vec::new(), seeds: lab.seed + 1..lab.seed + 1 + seeds }.tasks();
    let tasks = tasks.map_err(|_| Failure::broken("the preset conv-shift is no experiment"))?;
    lab.map(&tasks, outcome)?.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(true, true), Verdict::Holds);
        assert_eq!(judge(true, false), Verdict::NotSeen);
        assert_eq!(judge(false, true), Verdict::Fails);
    }
}
