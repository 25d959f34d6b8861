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
    let lab = Lab { threads: 2, quick: true, seed: 0, stop: &stop, told: &|_| {}, clock: &|| Duration::ZERO };
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
        |x| (x - 0.1).abs(),
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
                    let predicted =
                        threshold(&shape.model(1.0, flat_d(1.0)), &points, 1.0).expect("a closed form").critical;
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

#[test]
fn a_dictionary_is_dense_unless_sigma_is_a_polynomial() {
    let found = quick("C1");
    within(&found, "nRMSE of |x| by 256 relu", 0.0, 0.01);
    within(&found, "nRMSE of sin 3πx by 256 sigmoid", 0.0, 0.01);
    within(&found, "nRMSE of |x| by 256 square", 0.249, 0.251);
    within(&found, "nRMSE of |x| by 256 cube", 0.249, 0.251);
    within(&found, "nRMSE of sin 3πx by 256 square", 0.96, 0.98);
    within(&found, "nRMSE of sin 3πx by 256 cube", 0.90, 0.92);
}

#[test]
fn adam_finds_the_mode_and_decoupled_decay_does_not() {
    let found = quick("C3");
    assert_eq!(found.verdict, Verdict::Corrected);
    within(&found, "sd of f between Adam", 0.0, 5e-3);
    within(&found, "sd of f between AdamW", 0.3, 5.0);
    within(&found, "max |exact − ridge|", 0.0, 1e-9);
    // It goes on towards what no penalty at all would give.
    let after = |what: &str| value(&found, &format!("sd of f between {what} the mode"));
    let (early, late) = (after("AdamW's end and"), value(&found, "sd of f between AdamW's end and the mode, four"));
    assert!(early < late && late < 1.05 * after("no penalty at all and"), "{early}, {late}");
    within(&found, "nats", 15.0, 35.0);
}

#[test]
fn the_mode_is_zero_from_the_critical_lambda_on() {
    let found = quick("C8");
    within(&found, "largest |λ_c measured", 0.0, 0.02);
    for (target, half) in [("sin 2x", 0.122), ("|x|", 0.293), ("x sin 2x", 0.183)] {
        within(&found, &format!("sd of f at 0.5 λ_c, {target}"), 0.99 * half, 1.01 * half);
        within(&found, &format!("sd of f at 1.05 λ_c, {target}"), 0.0, 1e-6);
    }
    within(&found, "largest slope of log p", 0.0, 0.0);
    knows_something(&found);
}

/// Two ways without anything in common: the No-U-Turn sampler on 97 coefficients, and a Gaussian process of their covariance.
#[track_caller]
fn knows_something(found: &Found) {
    for (scale, least, most) in [("s = 1", 0.13, 0.20), ("τ = 1", 0.22, 0.34)] {
        let of = |what: &str| value(found, &format!("{what}, {scale}"));
        let process = of("sd of the posterior mean, a Gaussian process of K = 32's covariance");
        let chains = of("sd of the posterior mean at 1.2 λ_c, K = 32");
        assert!((least..=most).contains(&chains) && (chains / process - 1.0).abs() < 0.2, "{chains}, {process}");
        let (chains, process) = (of("its correlation with y, K = 32"), of("its correlation with y, Gaussian process"));
        assert!((chains - process).abs() < 0.08, "{chains}, {process}");
    }
}

#[test]
fn plain_stages_stay_at_the_constant_and_residual_ones_leave_it() {
    let found = quick("C9");
    for (of, share) in [("plain L = 1", 1.0), ("plain L = 2", 0.0), ("plain L = 3", 0.0), ("residual L = 3", 1.0)] {
        within(&found, &format!("share that leaves the constant, {of}"), share, share);
    }
    within(&found, "J/J_constant, plain, 0.05 λ_c, L = 1", 0.30, 0.32);
    within(&found, "J/J_constant, plain, 0.2 λ_c, L = 8", 0.999, 1.001);
    within(&found, "J/J_constant, residual, 0.2 λ_c, L = 8", 0.5, 0.95);
    within(&found, "nRMSE with f⁽³⁾ at its prior mode, plain, m = 8", 0.999, 1.001);
    within(&found, "nRMSE with f⁽³⁾ at its prior mode, residual, m = 8", 0.0, 0.3);
    within(&found, "nRMSE with f⁽³⁾ at a prior draw, plain, m = 8", 0.0, 0.5);
    within(&found, "largest relative error of that formula", 0.0, 0.005);
}

#[test]
fn depth_ends_plain_networks_and_scaled_residual_ones_live() {
    let found = quick("C10");
    within(&found, "nRMSE, plain relu, L = 32", 0.9, 1.1);
    within(&found, "nRMSE, residual relu, L = 32", 0.0, 0.3);
    within(&found, "nats of the least function, plain, L = 4", 5.0, 80.0);
    let found = quick("C11");
    within(&found, "share of flat draws, plain, m = 1, L = 32", 0.95, 1.0);
    within(&found, "share of flat draws, residual, m = 1, L = 32", 0.4, 0.8);
    within(&found, "share of flat draws, residual, branches × 1/√L, m = 1, L = 32", 0.0, 0.05);
    within(&found, "median sd of draws, residual, m = 8, L = 32", 10.0, 200.0);
}

#[test]
fn shared_coefficients_know_new_places() {
    let found = quick("C12");
    within(&found, "right elsewhere, convolution", 0.8, 1.0);
    within(&found, "right elsewhere, without ties", 0.3, 0.7);
    within(&found, "right where it learned, without ties", 0.95, 1.0);
    within(&found, "convolution: max |f(shifted)", 0.0, 1e-12);
    within(&found, "coefficients, convolution", 73.0, 73.0);
    within(&found, "coefficients, without ties", 545.0, 545.0);
}

#[test]
fn kinks_want_relu_and_smooth_targets_a_sigmoid() {
    let found = quick("C13");
    for (target, relu) in [("|x|", 2.0), ("relu(x − 0.3)", 1.0)] {
        within(&found, &format!("K(0.01) for {target}, relu"), relu, relu);
    }
    for (target, sigmoid) in [("x²", 2.0), ("eˣ", 1.0), ("sin πx", 2.0)] {
        within(&found, &format!("K(0.01) for {target}, sigmoid"), sigmoid, sigmoid);
        assert!(value(&found, &format!("K(0.01) for {target}, relu")) > sigmoid + 2.0, "{target}");
    }
    assert!(value(&found, "K(0.01) for |x|, sigmoid") > 3.0);
}

#[test]
fn leaky_is_affine_and_depth_is_no_cure_for_everything() {
    let found = quick("C14");
    assert_eq!(found.verdict, Verdict::Corrected);
    within(&found, "share of the change that a constant takes up, α = 0.1", 0.4, 0.65);
    within(&found, "and an affine function, α = 0.1", 0.9, 0.99);
    within(&found, "most that affine and factor leave", 0.0, 1e-9);
    let found = quick("C15");
    within(&found, "pieces of tent⁸", 256.0, 256.0);
    within(&found, "pieces of random networks of 64 elements, L = 1", 50.0, 65.0);
    within(&found, "pieces of random networks of 64 elements, L = 8", 20.0, 70.0);
    within(&found, "nRMSE three − one stage, sin 4x", -0.1, -0.01);
    within(&found, "nRMSE, three, tent⁴", 0.5, 1.0);
}

#[test]
fn lambda_fixes_the_mode_and_not_the_spread() {
    let found = quick("C16");
    assert_eq!(found.verdict, Verdict::Corrected);
    within(&found, "spread of f with (0.3, 3)", 2.999, 3.001);
    within(&found, "max difference of their modes", 0.0, 1e-10);
    within(&found, "its excess kurtosis (normal: 0), L = 1", 0.5, 2.5);
    assert!(value(&found, "its excess kurtosis (normal: 0), L = 4") > 20.0);
    assert_eq!(quick("C17").verdict, Verdict::Holds);
}

/// The whole set runs, and what quick runs cannot settle they do not judge.
#[test]
fn quick_runs_give_no_verdict_that_takes_more() {
    let deciding = ["C2", "C3", "C4", "C5", "C6", "C7", "C14", "C16", "C17"];
    for claim in CLAIMS {
        let sentence = claim.rule;
        assert!(sentence.contains("olds") || sentence.contains("ails"), "{sentence}");
        if claim.name == "C1" || claim.name == "C12" {
            assert!(!deciding.contains(&claim.name));
            assert_eq!(quick(claim.name).verdict, Verdict::Quick, "{}", claim.name);
        }
    }
}

#[test]
fn a_stopped_lab_ends_at_once() {
    let stop = AtomicBool::new(true);
    let lab = Lab { threads: 2, quick: false, seed: 0, stop: &stop, told: &|_| {}, clock: &|| Duration::ZERO };
    for claim in CLAIMS {
        assert_eq!(claim.test(&lab), Err(Failure::Cancelled), "{}", claim.name);
    }
}

/// The command line: the same lines but for times, whatever the threads; files; what is no claim.
#[test]
fn the_same_lines_whatever_the_threads() {
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fnexplore"));
        let ended = command.arg("claims").args(args).output().expect("the program starts");
        (ended.status.code(), String::from_utf8(ended.stdout).expect("UTF-8"), ended.stderr)
    };
    let names = ["C1", "C4", "C8", "C11", "C14", "--quick", "--json", "--threads"];
    let lines = |threads: &str| {
        let (code, out, err) = run(&[&names[..], &[threads]].concat());
        assert_eq!((code, err.len()), (Some(0), 0));
        let timeless = |line: &str| {
            let mut value: Value = serde_json::from_str(line).expect("JSON");
            let object = value.as_object_mut().expect("an object");
            assert!(object.remove("seconds").is_some() && object.remove("times").is_some());
            assert!(object["verdict"].is_string() && object["statistic"]["n"].is_u64());
            value.to_string()
        };
        out.lines().map(timeless).collect::<Vec<_>>()
    };
    let one = lines("1");
    assert_eq!(one.len(), 5);
    assert_eq!(lines("2"), one);
    assert_eq!(lines("3"), one);

    let folder = format!("{}/claims", env!("CARGO_TARGET_TMPDIR"));
    let (code, out, _) = run(&["c4", "7", "--out", &folder]);
    assert_eq!(code, Some(0));
    assert!(out.contains("holds with a correction") && out.contains("C4   holds"), "{out}");
    let csv = std::fs::read_to_string(format!("{folder}/C4-networks.csv")).expect("every run");
    assert_eq!(csv.lines().count(), 101);
    let json = std::fs::read_to_string(format!("{folder}/C7.json")).expect("the result");
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON")["name"], "C7");

    let (code, out, err) = run(&["C4", "C18"]);
    let err = String::from_utf8(err).expect("UTF-8");
    assert!(code == Some(2) && out.is_empty() && err.contains("C18") && err.contains("nearest"), "{err}");
    let (code, out, _) = run(&["--list"]);
    assert_eq!(code, Some(0));
    assert!(CLAIMS.iter().all(|claim| out.contains(claim.title)));
}
