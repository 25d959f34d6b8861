//! From the start again, as key scripts: what a restart or another seed replaced is brought back, and replaced again.

mod session;

use fnexplore::preset::Value;
use fnexplore::run::{RunId, Status};
use session::Session;
use std::time::Duration;

#[test]
fn edits_from_before_a_new_start_can_be_taken_back() {
    let mut session = Session::new(80, 24);
    let opened = session.app.preset().clone();
    session.steps(20).keys("+").wait(Duration::from_secs(2)).keys(":set rate 0.02<enter>R").steps(5);
    session.asked();
    // Nothing was done since: the run of before the start comes back, and with it what can be taken back in it.
    session.keys("u").sees("undone: from the start again").sees("step 20");
    assert_eq!(session.asked(), ["1 Pause", "0 Save"]);
    session.keys("u").sees("undone: learn.rate").keys("<ctrl-r>").sees("redone: learn.rate");
    assert_eq!(session.asked(), ["0 Undo", "0 Redo"]);
    session.keys("<ctrl-r>").sees("redone: from the start again").sees("step 5").keys("u").sees("step 20");
    assert_eq!(session.asked(), ["0 Pause", "1 Save", "1 Pause", "0 Save"]);
    // Only the last start can be taken back.
    session.keys("RR");
    assert_eq!(session.asked(), ["0 Pause", "1 Close", "Open(model)", "2 Pause", "0 Close", "Open(model)"]);
    session.keys("u").sees("undone: from the start again").keys("u").sees("undone: learn.rate");
    assert_eq!(session.value("learn.rate"), Value::Real(0.01));
    assert_eq!(session.asked(), ["3 Pause", "2 Save", "2 Close", "Open(model)"], "such runs know nothing of it");
    session.keys("u").sees("K=12");
    assert_eq!(*session.app.preset(), opened);
    session.keys("<ctrl-r><ctrl-r>").sees("K=13");
    assert_eq!(session.value("learn.rate"), Value::Real(0.02));
    // What is done after the start is taken back by the run itself.
    session.wait(Duration::from_secs(2)).keys("+").asked();
    session.keys("u");
    assert_eq!(session.asked(), ["7 Undo"]);
    // The seed and its start are one, and a draw of coefficients comes back with its run.
    session.keys("DN").sees("seed 7").keys("u").sees("undone: seed = 7");
    assert_eq!(session.value("seed"), Value::Int(6));
    session.keys("u").sees("undone: f").keys("uuu").sees("nothing to undo");
    assert_eq!(*session.app.preset(), opened);
}

/// What waits is closed when nothing can bring it back any more: a fork, another preset.
#[test]
fn runs_that_wait_are_closed_with_their_last_way_back() {
    let mut session = Session::new(80, 24);
    session.steps(20).keys("R").asked();
    session.keys("V");
    assert_eq!(session.asked()[0], "0 Close");
    session.keys("u").sees("nothing to undo");
    session.keys("R").asked();
    session.keys(":open residual<enter>y");
    let asked = session.asked();
    assert!(["1 Close", "2 Close"].iter().all(|close| asked.iter().any(|told| told == close)), "{asked:?}");
}

/// It waits as it was: its θ to the bit, and goes on from there; so does the one that was begun in its place.
#[test]
fn the_run_that_comes_back_is_the_one_that_was_replaced() {
    let mut session = Session::new(80, 24);
    session.steps(20);
    let theta = |session: &mut Session, id| {
        let seat = session.seats.get_mut(&RunId(id)).expect("it is there still");
        seat.run.snapshot(Status::Paused, 0.0).belief.mode().theta
    };
    let before = theta(&mut session, 0);
    session.keys("R").steps(50);
    let after = theta(&mut session, 1);
    session.keys("u");
    assert_eq!([theta(&mut session, 0), theta(&mut session, 1)], [before, after]);
    session.keys("<space>").steps(3).sees("step 23").keys("<ctrl-r>").sees("step 50").keys("<space>").steps(1);
    session.sees("step 51").keys("u").sees("step 23").keys("<space>").steps(1).sees("step 24");
}
