//! Every illness shown by a run that has it, its sentence, and that what is said to mend it does.

use fnexplore::function::{Grip, Transform};
use fnexplore::learn::Rule;
use fnexplore::preset::{self, Change, Settings, built_in, built_in_names};
use fnexplore::run::{Finding, Illness, Reason, Run, RunId, RunSpec, Snapshot, Status, Trend, well, why};
use fnexplore::text::Clean;

fn settings(text: &str) -> Settings {
    let loaded = preset::load(&Clean::from("t.toml"), text, &|_| Err("there is no such file".to_owned()));
    loaded.unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).settings(0)
}

/// A run of so many steps.
fn ran(text: &str, steps: u64) -> Run {
    let spec = RunSpec { id: RunId(0), name: Clean::from("model"), settings: settings(text) };
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

#[test]
fn zz() {
    let mut run = ran(PLAIN, 50);
    shift(&mut run, 2, 0..14, -40.0);
    println!("{:#?}", sentences(&mut run));
    go_on(&mut run, 200);
    println!("{:#?}", sentences(&mut run));
    shift(&mut run, 2, 0..16, -40.0);
    go_on(&mut run, 200);
    println!("{:#?}", sentences(&mut run));
    for (text, steps) in [
        ("[model]\nsigma=\"tanh\"\nbias_sd=60\ndepth=2", 10),
        ("[model]\nsigma=\"tanh\"\nbias_sd=60\ndepth=2", 400),
        ("[model]\ninit=\"zero\"\ndepth=2", 400),
        (
            "[model]\ndepth=1\nk=8\n[data]\nn=64\ndesign=\"grid\"\nrange=[-2.0,2.0]\nnoise=0.0\ntest=0.0\n[likelihood]\nscale=1.0\n[prior]\ntau=0.2",
            3000,
        ),
        (
            "[model]\ndepth=1\nk=8\n[data]\nn=64\ndesign=\"grid\"\nrange=[-2.0,2.0]\nnoise=0.0\ntest=0.0\n[likelihood]\nscale=1.0\n[prior]\ntau=0.2",
            3,
        ),
        ("[learn]\nrate=1.0", 500),
        ("[learn]\nrate=0.5", 500),
        ("[learn]\nrate=0.1", 500),
        ("[learn]\nrate=0.1", 1000),
        ("[learn]\nrate=0.3", 1000),
        ("[learn]\nmethod=\"sgd\"\nrate=0.3", 1000),
        ("[learn]\nrate=1e-5", 1000),
        ("[data]\nn=30\nnoise=0.4\ntest=0.5\n[model]\nk=64\ndepth=2", 3000),
        ("[data]\nn=30\nnoise=0.4\ntest=0.5\n[model]\nk=64\ndepth=1", 3000),
        ("[data]\nn=24\nnoise=0.5\ntest=0.5\n[model]\nk=64\nsigma=\"tanh\"\ndepth=2", 3000),
        ("[model]\ndepth=3\n[prior]\ntau=0.02", 3000),
        ("[model]\ndepth=4\ninit=\"prior\"\n[prior]\ntau=0.1", 3000),
        ("[model]\ndepth=4\ninit=\"prior\"\n[prior]\ntau=0.3", 3000),
        ("[model]\ndepth=12\n", 1000),
        ("[model]\ndepth=30\narchitecture=\"residual\"", 1000),
    ] {
        let mut run = ran(text, steps);
        let snap = seen(&mut run);
        println!(
            "{text:?} {steps} {} loss {} test {} {:#?} || {}",
            snap.status.word(),
            snap.loss,
            snap.test_loss,
            sentences(&mut run),
            well(&snap)
        );
    }
    for name in built_in_names() {
        for seed in 1..4 {
            let p = built_in(name).unwrap();
            for v in 0..p.runs().len() {
                let mut s = p.settings(v);
                s.seed = seed;
                let mut run = Run::new(RunSpec { id: RunId(0), name: Clean::from("model"), settings: s }).unwrap();
                for n in [10, 100, 100, 300, 500, 1000, 3000] {
                    go_on(&mut run, n);
                    println!("{name} {seed} {} {:?} {}", run.step(), sentences(&mut run), well(&seen(&mut run)));
                }
            }
        }
    }
}
