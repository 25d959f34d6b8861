//! C10: deeper functions learn less and less, so that a standard network stops working. Knows no other claim.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::bayes::{Account, Laplace, Structure, real};
use crate::function::{Init, Start, start};
use crate::model::{Activation, Architecture};
use crate::preset::{BranchScale, Settings, Value};
use crate::seeds::Seeds;
use crate::study::{
    Axis, Curve, Failure, Figure, Lab, Outcome, Plan, Shape, Table, curve, flat_d, median, mode, outcome, paired,
    proportion,
};
use crate::text::Clean;

pub(super) static CLAIM: Claim = Claim {
    name: "C10",
    title: "deeper learns less, then fails",
    claim: "If deeper functions learn less and less from the same data, a standard network stops working once it is deep enough.",
    statement: "Two statements. The conclusion: plain networks fail to learn from some depth on, residual ones (branches times 1/√L) do not. The mechanism: the nats that f⁽ⁱ⁾ learned fall with depth, to nothing where the network stops.",
    design: "sin 3x, N = 64 on [-2, 2], m = 8, K = 8, Adam 2000 steps at 0.01, s = 0.01 and τ = 1 (a prior out of the way), L = 1 … 32, 20 seeds: median nRMSE and the share with sd(ŷ) < 5 % of sd(y); plain and residual relu, leaky relu, sigmoid, tanh. Nats of each f⁽ⁱ⁾ by a normal about the mode, block by block: m = 4, K = 6, τ = 1, s = 0.1, L = 1, 3, 8, N = 64, 6 seeds.",
    rule: "The conclusion holds if at the largest L plain relu's nRMSE exceeds the residual one's by 0.3 or more, seed by seed (lower end). The mechanism holds if at L = 8, in networks that work, the least f⁽ⁱ⁾ learned under a quarter of the mean of L = 1. Both: holds; the first alone: with a correction; neither: fails.",
    remark: "\"Deeper\" may be f⁽ᴸ⁾, which acts first, or f⁽¹⁾, or a larger L; all three are measured. What stops a deep plain network is that it no longer trains, before its functions have little left to learn.",
    preset: Some("depth-sweep"),
    run,
};

/// σ, residual or not.
const ARMS: [(Activation, bool); 7] = [
    (Activation::Relu, false),
    (Activation::Relu, true),
    (Activation::LeakyRelu, false),
    (Activation::Sigmoid, false),
    (Activation::Sigmoid, true),
    (Activation::Tanh, false),
    (Activation::Tanh, true),
];

fn run(lab: &Lab) -> Result<Found, Failure> {
    let mut found = Found::new();
    let conclusion = sweep(lab, &mut found)?;
    let mechanism = nats(lab, &mut found)?;
    Ok(found.judged(!lab.quick, judge(conclusion, mechanism)))
}

fn judge(conclusion: bool, mechanism: bool) -> Verdict {
    match (conclusion, mechanism) {
        (true, true) => Verdict::Holds,
        (true, false) => Verdict::Corrected,
        (false, _) => Verdict::Fails,
    }
}

fn name((sigma, residual): (Activation, bool)) -> String {
    format!("{} {sigma}", if residual { "residual" } else { "plain" })
}

/// The trained depth sweep.
fn sweep(lab: &Lab, found: &mut Found) -> Result<bool, Failure> {
    let seeds = lab.size(3, ENOUGH) as u64;
    let depths: Vec<i64> = if lab.quick { vec![1, 4, 16, 32] } else { vec![1, 2, 4, 8, 16, 32] };
    let arms = &ARMS[..lab.size(2, ARMS.len())];
    let mut all = Vec::new();
    for arm in arms {
        all.push(depth_sweep(lab, *arm, &depths, seeds)?);
    }
    let mut table = Table::new("depth-sweep", ["arm", "depth", "seed", "nrmse", "fitted", "task"]);
    let mut curves = Vec::new();
    let of = |outcomes: &[Outcome], depth: usize| -> Vec<Outcome> {
        outcomes.iter().filter(|outcome| outcome.cell[0] == depth).cloned().collect()
    };
    let errors = |outcomes: &[Outcome]| outcomes.iter().map(|outcome| outcome.nrmse).collect::<Vec<f64>>();
    let last = depths.len() - 1;
    let apart = paired(&errors(&of(&all[0], last)), &errors(&of(&all[1], last)));
    found.note(format!("nRMSE plain − residual, relu, L = {}", depths[last]), errors(&of(&all[0], last)).len(), apart);
    for (arm, outcomes) in arms.iter().zip(&all) {
        let mut points = Vec::new();
        for outcome in outcomes {
            let depth = depths[outcome.cell[0]];
            let id = outcome.id.to_string();
            let row = [name(*arm).as_str().into(), real_depth(depth).into(), outcome.seed.into(), outcome.nrmse.into()];
            let [a, b, c, d] = row;
            table.push([a, b, c, d, outcome.fitted.into(), id.as_str().into()]);
        }
        for (place, depth) in depths.iter().enumerate() {
            let own = of(outcomes, place);
            let error = median(&errors(&own));
            let collapsed = own.iter().filter(|outcome| outcome.fitted < 0.05 || outcome.diverged).count();
            found.note(format!("nRMSE, {}, L = {depth}", name(*arm)), own.len(), error);
            found.note(
                format!("share collapsed, {}, L = {depth}", name(*arm)),
                own.len(),
                proportion(collapsed, own.len()),
            );
            points.push([real_depth(*depth), error.value, error.low, error.high]);
        }
        curves.push(Curve { name: name(*arm), points });
    }
    found.tables.push(table);
    found.figures.push(Figure::Curves {
        title: "Trained depth sweep, sin 3x".to_owned(),
        x: "L".to_owned(),
        log_x: true,
        y: "nRMSE".to_owned(),
        log_y: true,
        curves,
        marks: Vec::new(),
    });
    Ok(apart.above(0.3))
}

#[expect(clippy::cast_precision_loss, reason = "a small count")]
fn real_depth(depth: i64) -> f64 {
    depth as f64
}

/// One arm over all depths and seeds: a plan over the parameter table.
fn depth_sweep(lab: &Lab, arm: (Activation, bool), depths: &[i64], seeds: u64) -> Result<Vec<Outcome>, Failure> {
    let steps = lab.size(1000, 2000) as u64;
    let base = settings(arm, steps).map_err(|why| Failure::broken(&why))?;
    let depths = Axis::new("model.depth", depths.iter().map(|depth| Value::Int(*depth)));
    let axes = vec![depths.map_err(|why| Failure::broken(&why))?];
    let tasks = Plan { base, axes, seeds: lab.seed + 1..lab.seed + 1 + seeds }.tasks();
    let tasks = tasks
        .map_err(|faults| Failure::broken(&faults.into_iter().map(|(_, why)| why).collect::<Vec<_>>().join("; ")))?;
    lab.map(&tasks, outcome)?.into_iter().collect()
}

fn settings((sigma, residual): (Activation, bool), steps: u64) -> Result<Settings, String> {
    let mut base = Settings { steps, ..Settings::default() };
    base.data.n = 64;
    base.data.test = 0.0;
    base.data.noise = 0.0;
    base.data.range = [-2.0, 2.0];
    base.data.design = crate::data::Design::Grid;
    base.model.architecture = if residual { Architecture::Residual } else { Architecture::Plain };
    base.model.branch_scale = BranchScale::Auto;
    let text = |text: &str| Value::Text(Clean::from(text));
    let mut settings =
        vec![("data.target", text("sin(3*x)")), ("model.k", Value::Int(8)), ("model.width", Value::Int(8))];
    settings.push(("model.sigma", text(sigma.name())));
    settings.push(("likelihood.scale", Value::Real(0.01)));
    if residual {
        settings.push(("model.lift", text("pad")));
        settings.push(("model.readout", text("pad")));
    }
    for (name, value) in settings {
        let path = crate::preset::Path::full(name).map_err(|why| format!("{name} {why}"))?;
        base.set(&path, value)?;
    }
    Ok(base)
}

/// Nats of every f⁽ⁱ⁾ at the mode.
fn nats(lab: &Lab, found: &mut Found) -> Result<bool, Failure> {
    let seeds = lab.size(2, 6) as u64;
    let depths: &[usize] = if lab.quick { &[1, 4] } else { &[1, 3, 8] };
    let mut items = Vec::new();
    for residual in [false, true] {
        items.extend(
            depths.iter().flat_map(|depth| (lab.seed..lab.seed + seeds).map(move |seed| (residual, *depth, seed))),
        );
    }
    let points = curve(64, [-2.0, 2.0], |x| (3.0 * x).sin());
    let most = lab.size(4500, 15_000) as u64;
    let learned = lab.map(&items, |(residual, depth, seed)| -> Result<(f64, Vec<f64>), Failure> {
        let shape = if *residual { Shape::residual(*depth, 6).scaled() } else { Shape::plain(*depth, 6) };
        let model = shape.wide(4).model(0.1, flat_d(1.0));
        let mut priors = (*model).clone();
        priors.priors.stages.iter_mut().for_each(|stage| stage.d = stage.a);
        let model = std::sync::Arc::new(priors);
        let theta = start(&model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(*seed), 0);
        let f = mode(&model, &points, theta, &[], most).f;
        let laplace = Laplace::new(&f, &points, Structure::Stages, &[]);
        let laplace = laplace.map_err(|why| Failure::broken(why.0.as_str()))?;
        let nats = |of: &crate::bayes::Learned| of.kl.ok().and_then(|kl| kl.high).unwrap_or(f64::NAN);
        let mut stages: Vec<f64> = Account::of_laplace(&laplace).stages.iter().map(nats).collect();
        // From the first applied, f⁽ᴸ⁾, to the last, f⁽¹⁾.
        stages.reverse();
        Ok((crate::study::nrmse(&f, &points), stages))
    })?;
    let mut table = Table::new("nats", ["residual", "depth", "seed", "nrmse", "applied", "nats"]);
    let mut rows = Vec::new();
    for ((residual, depth, seed), learned) in items.iter().zip(learned) {
        let (error, stages) = learned?;
        for (at, nats) in stages.iter().enumerate() {
            let arm = if *residual { "residual" } else { "plain" };
            table.push([arm.into(), (*depth).into(), (*seed).into(), error.into(), (at + 1).into(), (*nats).into()]);
        }
        rows.push((*residual, *depth, error, stages));
    }
    let mut curves = Vec::new();
    let mut plain = Vec::new();
    for residual in [false, true] {
        for depth in depths {
            let own: Vec<_> = rows.iter().filter(|row| (row.0, row.1) == (residual, *depth) && row.2 < 0.5).collect();
            let points: Vec<[f64; 4]> = (0..*depth)
                .map(|at| {
                    let of = median(&own.iter().map(|row| row.3[at]).collect::<Vec<_>>());
                    [real(at + 1), of.value, of.low, of.high]
                })
                .collect();
            let arm = if residual { "residual" } else { "plain" };
            let mean = points.iter().map(|point| point[1]).sum::<f64>() / real(points.len());
            let least = points.iter().map(|point| point[1]).fold(f64::INFINITY, f64::min);
            found.exact(format!("nats a function, mean, {arm}, L = {depth}"), own.len(), mean);
            found.exact(format!("nats of the least function, {arm}, L = {depth}"), own.len(), least);
            if !residual {
                plain.push((mean, least));
            }
            curves.push(Curve { name: format!("{arm}, L = {depth}"), points });
        }
    }
    found.tables.push(table);
    found.figures.push(Figure::Curves {
        title: "Nats that each function learned".to_owned(),
        x: "applied first to last".to_owned(),
        log_x: false,
        y: "nats".to_owned(),
        log_y: false,
        curves,
        marks: Vec::new(),
    });
    let (first, last) = (plain[0], plain[plain.len() - 1]);
    Ok(last.1 < 0.25 * first.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(true, true), Verdict::Holds);
        assert_eq!(judge(true, false), Verdict::Corrected);
        assert_eq!(judge(false, true), Verdict::Fails);
    }

    #[test]
    fn the_sweep_is_an_experiment_for_every_arm() {
        for arm in ARMS {
            assert!(settings(arm, 10).unwrap().experiment().is_ok(), "{arm:?}");
        }
    }
}
