//! C4: the expansion is a one-layer network, three of them a three-layer one. Knows no other claim.

use super::{Claim, Found, Verdict};
use crate::bayes::real;
use crate::engine::Engine;
use crate::function::{Evaluate, Rows, Transform, outputs, transform, value};
use crate::model::{Activation, Coefficients, Form, Group};
use crate::seeds::{Purpose, Seeds};
use crate::study::{Failure, Lab, Shape, Table, curve, dataset, shared};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::f64::consts::TAU;

pub(super) static CLAIM: Claim = Claim {
    name: "C4",
    title: "it is exactly a network",
    claim: "In matrices the truncated expansion is a fully connected network of one layer, and three expansions inside each other one of three.",
    statement: "L expansions are a network with L hidden layers; written with b = 1 and c = 0 it has L + 1 weight matrices.",
    design: "100 random compositions, L = 1, 2, 3, several σ, widths 1 to 4: the program's two evaluators against a network written as plain loops of weights and biases, values and log likelihood; and the weight matrices that are left of three stages after b = 1, c = 0.",
    rule: "Holds if no value differs by more than 1e-9 of the largest and three stages have four weight matrices; else fails.",
    remark: "The count is that of hidden layers: the three-layer formula has four weight matrices, which others call a four-layer network.",
    preset: Some("compose"),
    run,
};

const SIGMAS: [Activation; 4] = [Activation::Relu, Activation::Tanh, Activation::Sigmoid, Activation::LeakyRelu];
const S: f64 = 0.3;

fn run(lab: &Lab) -> Result<Found, Failure> {
    let items: Vec<u64> = lab.seeds(100).collect();
    let compared = lab.map(&items, |draw| compare(*draw))?;
    let mut table = Table::new("networks", ["draw", "depth", "difference", "log_likelihood_difference"]);
    for (draw, (depth, difference, likelihood)) in items.iter().zip(&compared) {
        table.push([(*draw).into(), (*depth).into(), (*difference).into(), (*likelihood).into()]);
    }
    let mut found = Found::new();
    let most = |of: fn(&(usize, f64, f64)) -> f64| compared.iter().map(of).fold(0.0, f64::max);
    let worst = found.exact("max |f − network| over the largest |f|", items.len(), most(|of| of.1));
    let likelihood = found.exact("max difference of log likelihoods, relative", items.len(), most(|of| of.2));
    let matrices = found.exact("weight matrices of three stages", 1, real(matrices()));
    found.tables.push(table);
    Ok(found.judged(true, judge(worst.max(likelihood), matrices)))
}

fn judge(worst: f64, matrices: f64) -> Verdict {
    if worst < 1e-9 && (matrices - 4.0).abs() < 0.5 { Verdict::Holds } else { Verdict::Fails }
}

/// Depth, and how far a random composition is from the network of plain loops.
fn compare(draw: u64) -> (usize, f64, f64) {
    let mut rng = Seeds(draw).stream(Purpose::Study, 4, 0);
    let shape = Shape::plain(rng.random_range(1..=3), rng.random_range(1..=6)).wide(rng.random_range(1..=4));
    let shape = shape.of(SIGMAS[rng.random_range(0..SIGMAS.len())]);
    let model = shape.model(S, shared(1.0));
    let theta: Vec<f64> = (0..model.layout().len()).map(|_| rng.sample(StandardNormal)).collect();
    let f = Coefficients::new(model.clone(), theta.clone()).expect("θ");
    let points = curve(33, [-2.0, 2.0], f64::cos);
    let own = outputs(&f, points.x.view());
    let network: Vec<f64> = points.x.iter().map(|x| network(&f, *x)).collect();
    let size = network.iter().fold(0.0, |most: f64, y| most.max(y.abs()));
    let apart = own.iter().zip(&network).fold(0.0, |most: f64, (own, y)| most.max((own - y).abs()));
    let squares: f64 = network.iter().zip(&points.y).map(|(f, y)| (f - y).powi(2)).sum();
    let likelihood = -0.5 * squares / (S * S) - 0.5 * real(network.len()) * (TAU * S * S).ln();
    let engine = Engine::<f64>::new(model, dataset(points)).log_likelihood(&theta, Rows::Train, None);
    let engine = engine.map_or(f64::INFINITY, |fit| fit.log_likelihood);
    (shape.depth, apart / size.max(1e-300), (engine - likelihood).abs() / likelihood.abs().max(1.0))
}

/// The network at one x, layer by layer: h ← σ(h W + v), then h ← h W + v.
fn network(f: &Coefficients, x: f64) -> f64 {
    let mut h = vec![x];
    for (at, stage) in f.model.f.stages.iter().enumerate() {
        let layer = |h: &[f64], w: &[f64], v: &[f64]| -> Vec<f64> {
            let column = |j: usize| v[j] + h.iter().enumerate().map(|(i, h)| h * w[i * v.len() + j]).sum::<f64>();
            (0..v.len()).map(column).collect()
        };
        let hidden = layer(&h, f.group(at, Group::B), f.group(at, Group::C));
        let hidden: Vec<f64> = hidden.into_iter().map(|z| value(stage.sigma, stage.alpha, z)).collect();
        h = layer(&hidden, f.group(at, Group::A), f.group(at, Group::D));
    }
    h[0]
}

/// Blocks of weights (a and b) of three reduced stages.
fn matrices() -> usize {
    let model = Shape::plain(3, 5).model(S, shared(1.0));
    let theta = vec![0.5; model.layout().len()];
    let f = Coefficients::new(model, theta).expect("θ");
    let reduced = transform(&f, &Transform::Reduce, Seeds(0)).map(|kept| kept.now);
    let reduced = reduced.expect("a plain composition can be reduced");
    let blocks = reduced.layout().blocks;
    debug_assert!(reduced.model.f.stages[1..].iter().all(|stage| stage.form == Form::Reduced));
    blocks.iter().filter(|block| matches!(block.group, Group::A | Group::B)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(1e-14, 4.0), Verdict::Holds);
        assert_eq!(judge(1e-3, 4.0), Verdict::Fails);
        assert_eq!(judge(1e-14, 6.0), Verdict::Fails);
    }

    #[test]
    fn a_network_by_hand() {
        let model = Shape::plain(1, 2).model(S, shared(1.0));
        let values = |name: char| match name {
            'a' => vec![2.0, -1.0],
            'b' => vec![1.0, 3.0],
            'c' => vec![0.5, -1.0],
            _ => vec![0.25],
        };
        let blocks = model.layout().blocks;
        let theta: Vec<f64> = blocks.iter().flat_map(|block| values(block.name.chars().last().unwrap())).collect();
        let f = Coefficients::new(model, theta).unwrap();
        // 2 relu(1.5) − relu(2) + 0.25
        assert!((network(&f, 1.0) - 1.25).abs() < 1e-15);
    }
}
