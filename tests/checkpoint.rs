//! A session's file: what it holds goes on to the bit, and no bytes can break its reader.

use fnexplore::preset::{self, Change, Preset};
use fnexplore::run::{Checkpoint, Run, RunId, RunSpec, Saved, Status};
use fnexplore::text::Clean;
use proptest::prelude::*;
use std::sync::Arc;

const TEXT: &str =
    "data.n = 40\nlearn.batch = 7\n[model]\narchitecture = \"residual\"\ndepth = 3\nk = 4\nsigma = \"tanh\"";

fn preset() -> Preset {
    preset::load(&Clean::from("t.toml"), TEXT, &|_| Err(String::new())).expect("a preset")
}

fn run(preset: &Preset, saved: Option<Arc<Saved>>) -> Run {
    let name = Clean::from("model");
    Run::new(RunSpec { id: RunId(0), name, settings: preset.settings(0), saved }).expect("a run")
}

fn go(run: &mut Run, steps: u64) {
    let until = run.step() + steps;
    if steps > 0 {
        run.advance(&mut |step| step >= until);
    }
}

fn bits(run: &mut Run) -> Vec<u64> {
    let theta = run.snapshot(Status::Paused, 0.0).belief.mode().theta;
    theta.iter().map(|value| value.to_bits()).collect()
}

fn session(preset: &Preset, run: &Run) -> Checkpoint {
    Checkpoint {
        preset: preset.to_toml(),
        name: "t".to_owned(),
        home: Some("/lab/t.toml".to_owned()),
        forks: vec!["fork-1".to_owned()],
        runs: vec![Arc::new(run.saved())],
        going: Some(false),
    }
}

/// In the middle of an epoch, with moments: what comes after is what would have come.
#[test]
fn what_is_saved_goes_on_to_the_bit() {
    for at in [0, 1, 3, 64, 203] {
        let preset = preset();
        let mut whole = run(&preset, None);
        go(&mut whole, at);
        let session = session(&preset, &whole);
        let read = Checkpoint::read(&session.bytes()).expect("a session");
        let seen = |run: &Saved| format!("{:?}", run.history.buckets().collect::<Vec<_>>());
        assert_eq!(seen(&read.runs[0]), seen(&session.runs[0]));
        assert_eq!((&read.runs[0].state, &read.preset), (&session.runs[0].state, &session.preset));
        assert_eq!((&read.home, &read.forks, read.going), (&session.home, &session.forks, Some(false)));
        let mut resumed = run(&preset, Some(read.runs[0].clone()));
        assert_eq!(resumed.step(), at);
        for _ in 0..2 {
            go(&mut whole, 50);
            go(&mut resumed, 50);
            assert_eq!(bits(&mut whole), bits(&mut resumed), "after {at}");
        }
    }
}

/// A session of another model is not forced upon this one: it starts afresh.
#[test]
fn what_does_not_fit_is_not_taken() {
    let preset = preset();
    let mut other = run(&preset, None);
    go(&mut other, 30);
    other.change(&Change::parse("model.k=5").expect("a change")).expect("made");
    let saved = Arc::new(other.saved());
    assert_eq!(run(&preset, Some(saved)).step(), 0);
    let mut broken = run(&preset, None).saved();
    broken.state.theta[3] = f64::NAN;
    assert_eq!(bits(&mut run(&preset, Some(Arc::new(broken)))), bits(&mut run(&preset, None)));
}

/// Files of a time at which it was not kept whether learning went on are sessions still.
#[test]
fn an_older_file_is_read() {
    let preset = preset();
    let mut bytes = session(&preset, &run(&preset, None)).bytes();
    let kept = br#",\"going\":false"#;
    let at = bytes.windows(kept.len()).position(|part| part == kept).expect("it is kept");
    bytes[at..at + kept.len()].fill(b' ');
    assert_eq!(Checkpoint::read(&bytes).expect("a session").going, None);
}

#[test]
fn what_is_no_session_is_told() {
    let preset = preset();
    let whole = session(&preset, &run(&preset, None)).bytes();
    for (bytes, why) in [
        (&b""[..], "0 bytes"),
        (&whole[..whole.len() - 1], "cut off"),
        (&whole[..40], "cut off"),
        (&b"\x02\0\0\0\0\0\0\0{}"[..], "no saved session"),
    ] {
        let told = Checkpoint::read(bytes).expect_err("no session");
        assert!(told.contains(why), "{told}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(at in 0_usize..4000, byte in any::<u8>(), cut in 0_usize..4000) {
        let preset = preset();
        let mut bytes = session(&preset, &run(&preset, None)).bytes();
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(length - cut % length);
        if let Ok(read) = Checkpoint::read(&bytes) {
            for saved in read.runs {
                let _ = run(&preset, Some(saved)).step();
            }
        }
    }
}
