//! Every illness shown by a run that has it, its sentence, and that what is said to mend it does; the key that asks; the
//! rules that end a run.

mod session;

use fnexplore::function::{Grip, Transform};
use fnexplore::learn::Rule;
use fnexplore::preset::{self, Change, Settings, Value, built_in, built_in_names};
use fnexplore::run::{
    Bucket, Finding, History, Illness, Reason, Run, RunId, RunSpec, Snapshot, Status, Trend, well, why,
};
use fnexplore::text::Clean;
use session::Session;
use std::sync::Arc;
use std::time::Duration;

fn settings(text: &str) -> Settings {
    let loaded = preset::load(&Clean::from("t.toml"), text, &|_| Err("there is no such file".to_owned()));
    loaded.unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).settings(0)
}

/// A run of so many steps.
fn ran(text: &str, steps: u64) -> Run {
    let spec = RunSpec { id: RunId(0), name: Clean::from("model"), settings: settings(text), saved: None };
    let mut run = Run::new(spec).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    go_on(&mut run, steps);
    run
}

fn go_on(run: &mut Run, steps: u64) {
    let until = run.step() + steps;
    if steps > 0 {
        run.advance(&mut |step| step >= until);
    }
}

fn seen(run: &mut Run) -> Snapshot {
    run.snapshot(Status::Running, 0.0)
}

fn sentences(run: &mut Run) -> Vec<String> {
    why(&seen(run)).iter().map(Finding::sentence).collect()
}

/// The finding of this kind; the worst of all if `first`.
#[track_caller]
fn found(run: &mut Run, first: bool, is: &dyn Fn(&Illness) -> bool) -> Finding {
    let findings = why(&seen(run));
    let at = findings.iter().position(|finding| is(&finding.illness));
    let at = at.unwrap_or_else(|| panic!("not among {findings:#?}"));
    assert!(at == 0 || !first, "worse ones come first: {findings:#?}");
    findings[at].clone()
}

/// Does what the finding says, lets it learn for so many steps, and sees that the illness is gone.
#[track_caller]
fn mended(run: &mut Run, finding: &Finding, steps: u64, is: &dyn Fn(&Illness) -> bool) {
    assert!(!finding.mend.is_empty(), "{finding:?}");
    for change in &finding.mend {
        run.change(change).unwrap_or_else(|why| panic!("{change}: {why:?}"));
    }
    go_on(run, steps);
    let left = why(&seen(run));
    assert!(!left.iter().any(|finding| is(&finding.illness)), "{:?} is still there: {left:#?}", finding.mend);
}

/// Moves c of the elements `units` of f⁽ⁱ⁾ to `to`.
fn shift(run: &mut Run, stage: usize, units: std::ops::Range<usize>, to: f64) {
    for unit in units {
        let how = Transform::Move { stage, unit, grip: Grip::C, to };
        run.change(&Change::Transform(how)).unwrap_or_else(|why| panic!("{why:?}"));
    }
}

const PLAIN: &str = "seed = 4\n[data]\nn = 60\n[model]\ndepth = 2\nk = 16\n";
/// One stage on the data for which the critical λ is known: 11.27 in the spelling ½ Σ r².
const ONE: &str = "[data]\nn = 64\ndesign = \"grid\"\nrange = [-2.0, 2.0]\nnoise = 0.0\ntest = 0.0\n[model]\ndepth = 1\nk = 8\n[likelihood]\nscale = 1.0\n";

// Illnesses, each with its run and its mend.

#[test]
fn dead_elements() {
    let is = |illness: &Illness| matches!(illness, Illness::Dead { stage: 2, .. });
    let mut run = ran(PLAIN, 50);
    shift(&mut run, 2, 0..14, -40.0);
    go_on(&mut run, 50);
    let finding = found(&mut run, true, &is);
    assert_eq!(finding.sentence(), "f⁽²⁾: 14 of 16 elements are dead (b·u + c ≤ 0 on all data); D redraws it");
    assert_eq!(finding.mend, [Change::Redraw { stage: Some(2) }]);
    mended(&mut run, &finding, 200, &is);
}

#[test]
fn half_of_the_elements_may_be_dead() {
    let mut run = ran(PLAIN, 50);
    for unit in 0..16 {
        shift(&mut run, 2, unit..unit + 1, -40.0);
        let dead = seen(&mut run).health.stages[0].dead;
        let told = sentences(&mut run).iter().any(|sentence| sentence.contains("f⁽²⁾"));
        assert_eq!(told, dead > 8, "{dead} dead: {:?}", sentences(&mut run));
    }
}

#[test]
fn saturated_elements() {
    let is = |illness: &Illness| matches!(illness, Illness::Saturated { stage: 1, .. });
    let mut run = ran(&format!("{PLAIN}sigma = \"tanh\"\n"), 50);
    shift(&mut run, 1, 0..12, 30.0);
    go_on(&mut run, 50);
    let finding = found(&mut run, true, &is);
    assert_eq!(finding.sentence(), "f⁽¹⁾: 12 of 16 elements are saturated, σ is flat on all data; D redraws it");
    mended(&mut run, &finding, 200, &is);
}

#[test]
fn a_collapse_whose_elements_are_all_dead() {
    let is = |illness: &Illness| matches!(illness, Illness::Collapsed { reason: Reason::Dead { stage: 2, .. } });
    let mut run = ran(PLAIN, 50);
    shift(&mut run, 2, 0..16, -40.0);
    go_on(&mut run, 200);
    let picture = seen(&mut run);
    assert_eq!(picture.status, Status::Collapsed);
    let finding = found(&mut run, true, &is);
    let said = finding.sentence();
    assert_eq!(
        said,
        "ŷ is a constant: all 16 elements of f⁽²⁾ are dead (b·u + c ≤ 0 on all data); :revive draws anew what is flat"
    );
    assert_eq!(why(&picture).len(), 1, "the dead are told of once: {:?}", why(&picture));
    mended(&mut run, &finding, 300, &|illness| matches!(illness, Illness::Collapsed { .. }));
}

#[test]
fn a_collapse_whose_elements_are_all_saturated() {
    let is = |illness: &Illness| matches!(illness, Illness::Collapsed { reason: Reason::Saturated { stage: 2, .. } });
    let mut run = ran(&format!("{PLAIN}sigma = \"tanh\"\n"), 50);
    shift(&mut run, 2, 0..16, 30.0);
    go_on(&mut run, 200);
    let finding = found(&mut run, true, &is);
    assert_eq!(
        finding.sentence(),
        "ŷ is a constant: all 16 elements of f⁽²⁾ are saturated; :revive draws anew what is flat"
    );
    mended(&mut run, &finding, 300, &|illness| matches!(illness, Illness::Collapsed { .. }));
}

#[test]
fn a_collapse_at_the_priors_mode() {
    let collapse = |illness: &Illness| matches!(illness, Illness::Collapsed { .. });
    let mut run = ran(PLAIN, 300);
    run.change(&Change::Transform(Transform::CollapseToMode { stage: 2 })).unwrap();
    go_on(&mut run, 100);
    let finding = found(&mut run, true, &collapse);
    assert_eq!(finding.sentence(), "ŷ is a constant: f⁽²⁾ is at 0, where nothing moves a, b, c; D redraws it");
    mended(&mut run, &finding, 300, &collapse);
}

/// Drawing anew does not help where every draw is 0: the start itself must be another.
#[test]
fn a_start_at_zero() {
    let collapse = |illness: &Illness| matches!(illness, Illness::Collapsed { .. });
    let mut run = ran(&format!("{PLAIN}init = \"zero\"\n"), 300);
    let finding = found(&mut run, true, &collapse);
    assert_eq!(finding.sentence(), "ŷ is a constant: all is at 0, where nothing moves a, b, c; :set init he");
    assert_eq!(why(&seen(&mut run)).len(), 1, "elements at 0 are not called dead");
    mended(&mut run, &finding, 300, &collapse);
    let written = "[f2]\na = [[0.0, 0.0]]\nb = [[0.0, 0.0]]\nc = [0.0, 0.0]\n";
    let mut run = ran(&format!("{PLAIN}{written}").replace("k = 16", "k = 2"), 300);
    let finding = found(&mut run, true, &collapse);
    assert!(
        finding.sentence().ends_with(":mend unwrites f2.a, unwrites f2.b, unwrites f2.c"),
        "{}",
        finding.sentence()
    );
    mended(&mut run, &finding, 300, &collapse);
}

#[test]
fn a_lambda_above_the_critical_one_before_and_after_it_has_come_to_that() {
    // λ = 1/0.2² = 25, times √8 as a shares its τ² out among 8 elements; shown over N = 64.
    let text = format!("{ONE}[prior]\ntau = 0.2\n");
    let is = |illness: &Illness| {
        matches!(illness, Illness::AboveCritical { .. } | Illness::Collapsed { reason: Reason::Critical { .. } })
    };
    let mut run = ran(&text, 10);
    let finding = found(&mut run, true, &is);
    assert_eq!(finding.sentence(), "λ 0.39 is above λ_c 0.062: at the mode a, b and c are 0; :set tau 2");
    mended(&mut run, &finding, 1000, &is);
    assert!(!seen(&mut run).health.collapsed);

    let mut run = ran(&text, 3000);
    let finding = found(&mut run, true, &is);
    assert_eq!(
        finding.sentence(),
        "ŷ is a constant: λ 0.39 is above λ_c 0.062: at the mode a, b and c are 0; :mend sets tau 2, redraws all"
    );
    mended(&mut run, &finding, 1000, &|illness| is(illness) || matches!(illness, Illness::Collapsed { .. }));
}

/// The threshold is sharp, and it is the shown one: just below it something is learned, just above nothing.
#[test]
fn the_critical_lambda_parts_constants_from_functions() {
    let spread = |share: f64| {
        // λ_c = 11.27 over √(λ_a λ_w) = √8/τ².
        let tau = (8_f64.sqrt() / (share * 11.27)).sqrt();
        let mut run = ran(&format!("{ONE}[prior]\ntau = {tau}\nd = {{ kind = \"flat\" }}\n"), 8000);
        let picture = seen(&mut run);
        let lambda = picture.lambda().unwrap();
        let critical = lambda.critical.unwrap();
        assert!((lambda.value[0] / critical - share).abs() < 1e-3, "{lambda:?}");
        assert_eq!(picture.threshold.unwrap().is_above(), share > 1.0);
        picture.health.stages[0].spread
    };
    assert!(spread(0.8) > 0.02, "{}", spread(0.8));
    assert!(spread(1.2) < 1e-3, "{}", spread(1.2));
}

#[test]
fn different_tau_are_mended_at_a() {
    let is = |illness: &Illness| matches!(illness, Illness::AboveCritical { .. });
    let mut run = ran(&format!("{ONE}[prior]\na = {{ tau = 0.1 }}\n"), 10);
    let finding = found(&mut run, true, &is);
    let Change::Set(path, _) = &finding.mend[0] else { panic!("{finding:?}") };
    assert_eq!(path.to_string(), "f1.prior.a.tau");
    mended(&mut run, &finding, 10, &is);
}

/// The presets that fail on purpose by death and by divergence: one mend is enough.
#[test]
fn one_mend_mends_the_presets_that_are_to_be_mended() {
    let collapse = |illness: &Illness| matches!(illness, Illness::Collapsed { .. });
    let diverged = |illness: &Illness| matches!(illness, Illness::Diverged { .. });
    for (name, is) in [("dead", &collapse as &dyn Fn(&Illness) -> bool), ("lr-too-high", &diverged)] {
        let settings = built_in(name).unwrap().settings(0);
        let spec = RunSpec { id: RunId(0), name: Clean::from("model"), settings, saved: None };
        let mut run = Run::new(spec).unwrap();
        go_on(&mut run, 500);
        let finding = found(&mut run, true, is);
        mended(&mut run, &finding, 1500, is);
    }
}

#[test]
fn only_a_constant_is_revived() {
    let mut run = ran(PLAIN, 300);
    let why = run.change(&Change::Revive).unwrap_err();
    assert_eq!(why.0.to_string(), "ŷ is no constant: nothing is to be revived");
    shift(&mut run, 2, 0..16, -40.0);
    let before = seen(&mut run).belief.mode().theta.to_vec();
    let said = run.change(&Change::Revive).unwrap();
    assert_eq!(said, "f2 drawn anew, each until it passes on what comes in");
    assert!(seen(&mut run).health.stages[0].spread > 0.1);
    run.undo().unwrap();
    assert_eq!(seen(&mut run).belief.mode().theta.to_vec(), before);
}

/// So strong a prior that two stages in a row come to nothing, for which no λ is known in closed form.
#[test]
fn a_collapse_into_the_local_optimum_at_zero() {
    let collapse = |illness: &Illness| matches!(illness, Illness::Collapsed { .. });
    let mut run = ran("seed = 2\n[data]\nn = 60\n[model]\ndepth = 3\n[prior]\ntau = 0.02\n", 2000);
    let finding = found(&mut run, true, &collapse);
    let said = finding.sentence();
    assert!(said.starts_with("ŷ is a constant, a local optimum near 0 (f⁽"), "{said}");
    assert!(said.ends_with(":mend sets tau 2, redraws all"), "{said}");
    mended(&mut run, &finding, 1000, &collapse);
}

#[test]
fn a_rate_that_is_too_high() {
    let fast = |illness: &Illness| matches!(illness, Illness::TooFast { .. } | Illness::Thrown { .. });
    // When it is that the steps jump to and fro hangs on the last bits: it is waited for.
    let mut run = ran("seed = 3\n[learn]\nrate = 0.1\n", 500);
    while !why(&seen(&mut run)).iter().any(|finding| fast(&finding.illness)) {
        assert!(run.step() < 5000, "{:?}", sentences(&mut run));
        go_on(&mut run, 50);
    }
    let finding = found(&mut run, true, &fast);
    let said = finding.sentence();
    assert!(said.starts_with("the rate 0.1 is too high: the loss rose in "), "{said}");
    assert!(said.ends_with(" of 50 steps; :set rate 0.02"), "{said}");
    mended(&mut run, &finding, 1000, &fast);

    let mut run = ran("[learn]\nrate = 1.0\n", 500);
    let finding = found(&mut run, true, &fast);
    let said = finding.sentence();
    assert!(said.starts_with("the rate 1 is too high: the loss rose from 3 to "), "{said}");
    assert!(said.ends_with("; :mend sets rate 0.1, redraws all"), "{said}");
    mended(&mut run, &finding, 300, &|illness| matches!(illness, Illness::Thrown { .. }));
}

/// Every element thrown out of the data: to draw anew alone would lead there again.
#[test]
fn a_collapse_by_too_large_steps() {
    let collapse = |illness: &Illness| matches!(illness, Illness::Collapsed { .. });
    let mut preset = built_in("compose").unwrap();
    preset.base.learn.rate = 1.0;
    let mut run =
        Run::new(RunSpec { id: RunId(0), name: Clean::from("model"), settings: preset.settings(0), saved: None })
            .unwrap();
    go_on(&mut run, 400);
    let finding = found(&mut run, true, &collapse);
    assert!(matches!(&finding.illness, Illness::Collapsed { reason: Reason::Thrown { .. } }), "{finding:?}");
    assert!(finding.sentence().ends_with("; :mend sets rate 0.1, redraws all"), "{}", finding.sentence());
    mended(&mut run, &finding, 400, &collapse);
}

#[test]
fn a_divergence() {
    let is = |illness: &Illness| matches!(illness, Illness::Diverged { .. });
    let mut run = ran("[learn]\nmethod = \"sgd\"\nrate = 0.1\n", 1000);
    let finding = found(&mut run, true, &is);
    let said = finding.sentence();
    assert!(said.starts_with("the rate 0.1 is too high: ") && said.contains(" left the numbers after step "), "{said}");
    assert!(said.ends_with("; :mend sets rate 0.01, redraws all"), "{said}");
    assert_eq!(why(&seen(&mut run)).len(), 1);
    mended(&mut run, &finding, 1000, &is);
    assert!(!run.has_diverged() && run.step() > 1000);
}

#[test]
fn a_rate_that_is_too_low() {
    let slow = |illness: &Illness| matches!(illness, Illness::TooSlow { .. });
    let mut run = ran("[learn]\nrate = 1e-5\n", 1000);
    let mut finding = found(&mut run, true, &slow);
    assert_eq!(finding.sentence(), "the rate 1e-5 is too low: what is left takes 3100 steps more; :set rate 1e-4");
    // Ten times as far is not far enough yet, and it says so.
    for _ in 0..3 {
        for change in &finding.mend {
            run.change(change).unwrap();
        }
        go_on(&mut run, 500);
        match why(&seen(&mut run)).into_iter().find(|finding| slow(&finding.illness)) {
            Some(still) => finding = still,
            None => return,
        }
    }
    panic!("still {finding:?}");
}

#[test]
fn a_fit_that_follows_the_noise() {
    let is = |illness: &Illness| matches!(illness, Illness::Overfit { .. });
    let mut run = ran("[data]\nn = 30\nnoise = 0.4\ntest = 0.5\n[model]\nk = 64\ndepth = 2\n", 3000);
    let finding = found(&mut run, true, &is);
    let said = finding.sentence();
    assert!(said.starts_with("test 0.") && said.contains(" times the training loss 0.0"), "{said}");
    assert!(said.ends_with(": f follows noise; :set tau 0.2"), "{said}");
    mended(&mut run, &finding, 3000, &is);
}

/// The critical λ is of a, b and c as they are written: another τ of d, however near or far, leaves it where it is. Data that
/// count half leave it too, and double λ.
#[test]
fn the_critical_lambda_is_of_a_b_and_c() {
    let shown = |more: &str| seen(&mut ran(&format!("{ONE}[prior]\ntau = 0.45\n{more}"), 0)).lambda().unwrap();
    let even = shown("");
    for d in ["d = { tau = 0.4501 }\n", "d = { tau = 10.0 }\n"] {
        let lambda = shown(d);
        assert!((lambda.critical.unwrap() / even.critical.unwrap() - 1.0).abs() < 0.02, "{d}: {lambda:?} {even:?}");
        assert_eq!(lambda.is_above, even.is_above, "{d}");
    }
    assert!(even.is_above && even.value[0] > even.critical.unwrap(), "{even:?}");
    let half = shown("[learn]\nmethod = \"mode\"\nbeta = 0.5\n");
    assert!((half.value[0] / even.value[0] - 2.0).abs() < 1e-9 && half.critical.is_some_and(f64::is_finite));
    assert!((half.critical.unwrap() / even.critical.unwrap() - 1.0).abs() < 1e-9, "{half:?}");
    let none = shown("[learn]\nmethod = \"mode\"\nbeta = 0.0\n");
    assert!(none.value[0].is_infinite() && none.critical.is_none(), "{none:?}");
}

/// Chains at different modes are not well because their loss has settled; while they go on nothing is said of them yet.
#[test]
fn chains_that_do_not_agree() {
    let is = |illness: &Illness| matches!(illness, Illness::Apart { .. });
    let chains = "[learn]\nmethod = \"nuts\"\nchains = 4\nwarmup = 60\ndraws = 40\n";
    let mut run = ran(&format!("{ONE}{chains}").replace("scale = 1.0", "scale = 0.05").replace("k = 8", "k = 4"), 100);
    let summed = |run: &mut Run| {
        let mut picture = seen(run);
        picture.summary = Some(Arc::new(picture.summarised()));
        picture
    };
    let early = summed(&mut run);
    assert!(!why(&early).iter().any(|finding| is(&finding.illness)), "{:?}", why(&early));
    assert!(well(&early).starts_with("nothing is wrong yet"), "{}", well(&early));
    go_on(&mut run, 400);
    let done = summed(&mut run);
    let findings = why(&done);
    assert!(findings.first().is_some_and(|finding| is(&finding.illness)), "{findings:?} {}", well(&done));
    assert!(findings[0].sentence().starts_with("the chains do not agree: R-hat "), "{}", findings[0].sentence());
}

/// Trajectories of one doubling go nowhere: that is said while they go on, and more doublings mend it.
#[test]
fn trajectories_that_are_cut_off() {
    let chains = "[learn]\nmethod = \"nuts\"\nchains = 4\nwarmup = 60\ndraws = 100\nmax_depth = 1\n";
    let mut run = ran(&format!("{ONE}{chains}"), 400);
    let mut picture = seen(&mut run);
    picture.summary = Some(Arc::new(picture.summarised()));
    let found = why(&picture).into_iter().find(|finding| matches!(finding.illness, Illness::CutOff { .. }));
    let finding = found.unwrap_or_else(|| panic!("{:?} {}", why(&picture), well(&picture)));
    assert!(finding.sentence().contains(" trajectories were cut off at 2 gradients"), "{}", finding.sentence());
    assert_eq!(finding.mend, [Change::parse("learn.max_depth=3").unwrap()]);
}

#[test]
fn a_residual_stage_that_does_nothing() {
    let is = |illness: &Illness| matches!(illness, Illness::Idle { .. });
    let residual = format!("{PLAIN}architecture = \"residual\"\n");
    let mut run = ran(&residual, 300);
    assert!(why(&seen(&mut run)).is_empty(), "{:?}", sentences(&mut run));
    run.change(&Change::Transform(Transform::CollapseToMode { stage: 2 })).unwrap();
    go_on(&mut run, 10);
    assert_ne!(seen(&mut run).status, Status::Collapsed, "a residual composition lives on");
    let finding = found(&mut run, true, &is);
    assert_eq!(finding.sentence(), "f⁽²⁾ does nothing: it is at 0, where nothing moves a, b, c; D redraws it");
    mended(&mut run, &finding, 400, &is);
    // The same by the numbers, where nothing is exactly 0.
    let tiny = "[f2]\na = [[1e-4], [1e-4]]\nb = [[1.0, 1.0]]\nc = [0.0, 0.0]\nhold = [\"a\"]\n";
    let mut held = ran(&format!("{residual}{tiny}").replace("k = 16", "k = 2"), 400);
    assert!(!why(&seen(&mut held)).iter().any(|finding| is(&finding.illness)), "what is held is held on purpose");
    held.change(&Change::parse("f2.hold=[]").unwrap()).unwrap();
    assert!(!why(&seen(&mut held)).iter().any(|finding| is(&finding.illness)), "it has had no time yet");
}

// And what is well.

/// The presets that show an illness, in one of their runs at least.
const ILL: &[&str] = &[
    "collapse",
    "tent-train",
    "lambda-c",
    "mode-vs-posterior",
    "depth-sweep",
    "optimizer-race",
    "dead",
    "lr-too-high",
    "too-deep-plain",
];

#[test]
fn the_built_in_presets_are_well_or_show_what_is_not() {
    let mut ill = Vec::new();
    for name in built_in_names() {
        let preset = built_in(name).unwrap();
        let mut told = Vec::new();
        // Those of no steps are there to be looked at as they begin.
        let runs = if preset.base.steps == 0 { 0 } else { preset.runs().len() };
        for at in 0..runs {
            let spec = RunSpec { id: RunId(0), name: Clean::from("model"), settings: preset.settings(at), saved: None };
            let mut run = Run::new(spec).unwrap();
            for steps in [1, 99, 400] {
                go_on(&mut run, steps);
                for finding in why(&seen(&mut run)) {
                    // What a preset may be born with: half of its elements looking the wrong way, held-out rows of another kind.
                    let known = matches!(finding.illness, Illness::Dead { .. } | Illness::Overfit { .. });
                    told.extend((!known).then(|| finding.sentence()));
                }
            }
        }
        assert!(told.is_empty() || ILL.contains(&name), "{name}: {told:#?}");
        ill.extend((!told.is_empty()).then_some(name));
    }
    assert_eq!(ill, ILL);
}

#[test]
fn a_run_that_is_well_says_what_speaks_for_it() {
    let mut run = ran(PLAIN, 20);
    assert_eq!(well(&seen(&mut run)), "nothing is wrong yet; 20 steps since the last change say little, 100 say more");
    go_on(&mut run, 1000);
    assert_eq!(sentences(&mut run), [""; 0]);
    let said = well(&seen(&mut run));
    assert!(said.starts_with("nothing is wrong: the loss ") && said.contains("dead, test is "), "{said}");
    let mut nothing = ran("[data]\ntarget = \"none\"\n", 5);
    assert_eq!(sentences(&mut nothing), [""; 0]);
    assert_eq!(well(&seen(&mut nothing)), "nothing is wrong: there are no data, and nothing is learned");
}

/// Whatever the settings, a picture can be asked, and what it proposes is a change that is at least understood.
#[test]
fn every_sentence_is_short_and_every_mend_is_made() {
    for architecture in ["plain", "residual", "residual-2015"] {
        for sigma in ["relu", "tanh", "step", "gauss", "square", "hat"] {
            for rate in ["1e-6", "1.0"] {
                let text = format!(
                    "[data]\nn = 20\n[model]\narchitecture = \"{architecture}\"\nsigma = \"{sigma}\"\ndepth = 2\nk = 4\n[learn]\nrate = {rate}\n"
                );
                let mut run = ran(&text, 400);
                for finding in why(&seen(&mut run)) {
                    let said = finding.sentence();
                    assert!(said.chars().count() < 118 && !said.contains('\n'), "{said}");
                    for change in &finding.mend {
                        run.clone().change(change).unwrap_or_else(|why| panic!("{said}: {why:?}"));
                    }
                }
                assert!(well(&seen(&mut run)).starts_with("nothing is wrong"));
            }
        }
    }
}

// Stop rules.

fn stopped(run: &mut Run) -> Option<Rule> {
    match seen(run).status {
        Status::Stopped(rule) => Some(rule),
        _ => None,
    }
}

#[test]
fn a_plateau_ends_a_run_at_the_same_step_however_it_is_driven() {
    let text = format!("{PLAIN}[learn]\nstop = {{ plateau = 0.02 }}\n");
    let mut run = ran(&text, 100_000);
    assert_eq!((stopped(&mut run), run.stopped()), (Some(Rule::Plateau), Some(Rule::Plateau)));
    let at = run.step();
    assert!((100..20_000).contains(&at), "{at}");
    let picture = seen(&mut run);
    assert!(Trend::of(&picture.history, 0, at).unwrap().fall() < 0.02);
    let mut other = ran(&text, 1);
    while other.stopped().is_none() {
        go_on(&mut other, 7);
    }
    assert_eq!(other.step(), at);
    // It rests, until it is told to go on; then the rule is gone until it is changed.
    go_on(&mut run, 50);
    assert_eq!(run.step(), at);
    run.go_on();
    go_on(&mut run, 500);
    assert_eq!((run.step(), stopped(&mut run)), (at + 500, None));
    run.change(&Change::parse("learn.stop.plateau=0.5").unwrap()).unwrap();
    go_on(&mut run, 5000);
    assert_eq!(stopped(&mut run), Some(Rule::Plateau));
}

#[test]
fn a_loss_ends_a_run_that_is_there() {
    let mut run = ran(&format!("{PLAIN}[learn]\nstop = {{ loss = 0.1 }}\n"), 100_000);
    assert_eq!(stopped(&mut run), Some(Rule::Loss));
    assert!(seen(&mut run).loss <= 0.1, "{}", seen(&mut run).loss);
    let before = run.step();
    // A change begins anew: it is still there at the end of the next bucket.
    run.change(&Change::parse("learn.rate=0.02").unwrap()).unwrap();
    assert_eq!(run.stopped(), None);
    go_on(&mut run, 1000);
    assert!(run.step() > before && stopped(&mut run) == Some(Rule::Loss) && seen(&mut run).loss <= 0.1);
}

#[test]
fn seconds_are_counted_by_whoever_has_a_clock() {
    let mut run = ran(&format!("{PLAIN}[learn]\nstop = {{ seconds = 2.0 }}\n"), 100);
    run.spent(1.9);
    assert_eq!(stopped(&mut run), None);
    run.spent(2.0);
    assert_eq!(stopped(&mut run), Some(Rule::Seconds));
    run.go_on();
    run.spent(3.0);
    go_on(&mut run, 10);
    assert_eq!((stopped(&mut run), run.step()), (None, 110));
}

// Keys.

/// Collapsed: λ is far above the critical one.
fn collapsed() -> Session {
    let mut session = Session::with_preset(&format!("{ONE}[prior]\ntau = 0.2\n"), 120, 40);
    session.steps(2000);
    session
}

/// A green word beside a constant would say that all is well.
#[test]
fn a_constant_is_told_where_its_run_rests_too() {
    let mut session = collapsed();
    session.keys("<space>").sees("PAUSE").sees("ŷ is a constant: λ 0.39 is above λ_c 0.062");
}

#[test]
fn a_collapse_says_its_reason_by_itself_and_its_mend_when_asked() {
    let mut session = collapsed();
    session
        .sees("COLLAPSED")
        .sees("ŷ is a constant: λ 0.39 is above λ_c 0.062: at the mode a, b and c are 0; ! says what mends it");
    session.keys("!").sees("at the mode a, b and c are 0; :mend sets tau 2, redraws all");
    session.asked();
    session.keys(":mend<enter>");
    assert_eq!(session.value("prior.tau"), Value::Real(2.0));
    assert_eq!(
        session.asked(),
        ["0 Change(Set(Path { key: \"prior.tau\", stage: None }, Real(2.0)))", "0 Change(Redraw { stage: None })"]
    );
    session.steps(500).sees("RUN").keys("!").sees("nothing is wrong");
    // Two edits, each taken back by itself.
    session.keys("uu");
    assert_eq!(session.value("prior.tau"), Value::Real(0.2));
}

#[test]
fn the_next_finding_comes_at_the_next_press_and_the_focus_goes_along() {
    let mut session = Session::with_preset(PLAIN, 120, 40);
    session.steps(100);
    for (stage, unit) in (0..15).map(|unit| (1, unit)).chain((0..12).map(|unit| (2, unit))) {
        let id = session.app.runs()[0].id;
        let how = Transform::Move { stage, unit, grip: Grip::C, to: -40.0 };
        session.obey(id, fnexplore::train::Command::Change(Change::Transform(how)));
    }
    session.steps(10).keys(":stage 2<enter>").asked();
    session.keys("!").sees("f⁽¹⁾: 15 of 16 elements are dead (b·u + c ≤ 0 on all data); D redraws it");
    assert_eq!(session.app.stage(), 1, "so that D is about it");
    session.keys("!").sees("f⁽²⁾: ");
    assert_eq!(session.app.stage(), 2);
    session.keys("!").sees("there is nothing more to say; ! begins anew");
    session.keys("!").sees("f⁽¹⁾: 15 of 16");
    // The key that the sentence names.
    session.asked();
    session.keys("D");
    assert_eq!(session.asked(), ["0 Change(Redraw { stage: Some(1) })"]);
    session.keys("!").sees_no("f⁽¹⁾: 15 of 16");
    // After another sentence it begins with the worst again, and so it does once the sentence has gone.
    session.keys("!z!").sees("f⁽²⁾: ");
    session.wait(Duration::from_secs(20)).keys("!").sees("f⁽²⁾: ");
}

#[test]
fn mend_alone_takes_the_worst_and_refuses_where_nothing_is_wrong() {
    let mut session = collapsed();
    session.keys(":mend<enter>");
    assert_eq!(session.value("prior.tau"), Value::Real(2.0));
    session.steps(500).asked();
    session.keys(":mend<enter>").sees("nothing is wrong");
    assert_eq!(session.asked(), [""; 0]);
    let mut locked =
        Session::with_preset(&format!("{ONE}[prior]\ntau = 0.2\n[view]\nlock = [\"prior.tau\"]\n"), 120, 40);
    locked.steps(2000).asked();
    locked.keys("!:mend<enter>").sees("prior.tau is locked by this preset");
    assert_eq!(locked.asked(), [""; 0], "nor is the second half of the mend done");
}

#[test]
fn a_finding_belongs_to_the_run_that_it_was_made_of() {
    let mut session = Session::on(built_in("residual").unwrap(), fnexplore::tui::look::Look::plain(), (120, 40));
    session.steps(30).keys("!").sees(" of 12 elements are dead (b·u + c ≤ 0 on all data)");
    session.keys("v!").sees("nothing is wrong yet; 30 steps since the last change say little");
}

#[test]
fn lambda_stands_in_the_pane_with_what_it_is_made_of() {
    let mut session = Session::with_preset(&format!("{ONE}[prior]\ntau = 0.2\n"), 120, 100);
    let figure = |session: &Session, label: &str| {
        let line = session.rows().into_iter().find(|row| row.contains(label)).unwrap_or_else(|| session.text());
        line.chars().skip(1).take(34).collect::<String>()
    };
    assert!(figure(&session, " λ  ").contains("0.391"), "{}", session.text());
    assert!(figure(&session, " λ_c ").contains("0.0623"), "{}", session.text());
    assert!(figure(&session, "σ τ N").contains("1 · 0.2 · 64"));
    // τ a hundred times as wide: λ by 10⁴, λ_c where it was.
    session.keys(":set tau 20<enter>");
    assert!(figure(&session, " λ  ").contains("3.9e−5"), "{}", session.text());
    assert!(figure(&session, " λ_c ").contains("0.0623"));
    // None in closed form for two in a row, nor for tanh.
    session.keys(":set depth 2<enter>").sees_no("λ_c").keys(":set depth 1<enter>").sees("λ_c");
    session.keys(":set sigma tanh<enter>").sees_no("λ_c");
    // Figures cannot be selected: the arrows pass over them.
    session.keys("g");
    for _ in 0..80 {
        session.keys("j");
    }
    assert!(session.app.selected().row().key.contains('.') || !session.app.selected().row().key.is_empty());
}

#[test]
fn a_stop_rule_ends_with_a_sentence_and_space_goes_on() {
    let mut session = Session::with_preset(&format!("{PLAIN}[learn]\nstop = {{ loss = 0.1 }}\n"), 120, 40);
    session
        .steps(5000)
        .sees("DONE")
        .sees("stopped by learn.stop.loss: the loss is at 0.1 or less; space goes on regardless");
    session.asked();
    session.keys(" ");
    assert_eq!(session.asked(), ["0 Run { until: None }"]);
    session.steps(10).sees("RUN").keys(" ");
    assert_eq!(session.asked(), ["0 Pause"]);
    session.keys(" ").steps(10).keys(":set learn.stop.loss 0.2<enter>").steps(200).sees("DONE");
    session.wait(Duration::from_secs(6)).sees("at 0.2 or less");
}

/// What a change itself does to the loss is nothing that the rate has done: the stretch of a long run that it lies in has both.
#[test]
fn a_stretch_with_a_change_in_it_is_no_rate_that_is_too_high() {
    let mut picture = seen(&mut ran("", 200));
    let losses = [(1000, 0.01, 0.012), (1100, 0.011, 1.3), (1200, 0.0095, 0.01), (1300, 0.0094, 0.0095)];
    let bucket = |(step, mean, greatest)| {
        let (test, log_posterior) = (f64::NAN, 0.0);
        Bucket { step, least: 0.009, mean, greatest, count: 100, broken: false, test, log_posterior }
    };
    picture.history = History::of(losses.map(bucket));
    let thrown = |picture: &Snapshot| why(picture).iter().any(|found| matches!(found.illness, Illness::Thrown { .. }));
    for (since, expected) in [(0, true), (1000, true), (1040, false), (1100, false)] {
        picture.since = since;
        assert_eq!(thrown(&picture), expected, "changed at {since}");
    }
}

/// A loss that was thrown far up before ŷ became a constant tells more of it than where it is flat.
#[test]
fn a_rate_that_threw_the_loss_is_the_reason_of_a_collapse() {
    let mut run = ran("learn.rate = 0.5", 20_000);
    let found = found(&mut run, true, &|illness| matches!(illness, Illness::Collapsed { .. }));
    assert!(found.sentence().contains("rate 0.5 is too high"), "{}", found.sentence());
}
