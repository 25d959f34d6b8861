//! The essay's claims as experiments: signs and sizes that a wrong kernel, sampler or rule would miss; and the same results
//! whatever the threads.

use fnexplore::bayes::threshold;
use fnexplore::model::Activation;
use fnexplore::study::claims::{CLAIMS, Found, Verdict, find};
use fnexplore::study::{Failure, Lab, Shape, critical_by_search, curve, flat_d};
use serde_json::Value;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// One claim, quick.
fn quick(name: &str) -> Found {
    let stop = AtomicBool::new(false);
    let lab = Lab { threads: 2, quick: true, stop: &stop, told: &|_| {}, clock: &|| Duration::ZERO };
    find(name).expect("a claim").test(&lab).unwrap_or_else(|why| panic!("{name}: {why}"))
}

#[track_caller]
fn value(found: &Found, what: &str) -> f64 {
    let names: Vec<_> = found.measures.iter().map(|measure| &measure.what).collect();
    found.measure(what).unwrap_or_else(|| panic!("{what} is not among {names:#?}")).estimate.value
}

#[track_caller]
fn within(found: &Found, what: &str, low: f64, high: f64) {
    let value = value(found, what);
    assert!((low..=high).contains(&value), "{what} is {value}, not from {low} to {high}");
}

/// Other points, other targets and other seeds than the claim's own: six targets and three σ of degree 1.
#[test]
fn the_critical_lambda_is_where_it_is_predicted() {
    let targets: [fn(f64) -> f64; 6] = [
        |x| (1.7 * x).sin(),
        |x| (x - 0.4).abs(),
        |x| x * (2.0 * x + 0.5).sin(),
        |x| (-0.7 * x).exp(),
        |x| if x > -0.2 { 2.0 } else { 1.0 },
        |x| x * x * x - x,
    ];
    std::thread::scope(|scope| {
        for y in targets {
            scope.spawn(move || {
                let points = curve(47, [-1.5, 2.3], y);
                for (sigma, alpha) in
                    [(Activation::Relu, 0.0), (Activation::LeakyRelu, 0.2), (Activation::Identity, 0.0)]
                {
                    let shape = Shape { alpha, ..Shape::plain(1, 3).of(sigma) };
                    let predicted = threshold(&shape.model(1.0, flat_d(1.0)), &points).expect("a closed form").critical;
                    let measured = critical_by_search(shape, &points, 2);
                    assert!((measured / predicted - 1.0).abs() < 0.02, "{sigma}: {measured} is not {predicted}");
                }
            });
        }
    });
}

#[test]
fn what_is_exact_gets_its_verdict_at_once() {
    for (name, verdict) in [
        ("C2", Verdict::Corrected),
        ("C4", Verdict::Holds),
        ("C5", Verdict::Corrected),
        ("C6", Verdict::Holds),
        ("C7", Verdict::Corrected),
    ] {
        assert_eq!(quick(name).verdict, verdict, "{name}");
    }
}
