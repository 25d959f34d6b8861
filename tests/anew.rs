//! From the start again, as key scripts: what a restart or another seed replaced is brought back, and replaced again.

mod session;

use fnexplore::preset::{Value, load};
use fnexplore::text::Clean;
use fnexplore::tui::app::Msg;
use fnexplore::tui::look::Look;
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
    assert_eq!(session.asked()[1..5], ["3 Pause", "4 Pause", "1 Close", "2 Close"]);
}

/// What is opened can be left again: the preset of before comes back as it stood and as it was looked at, its edits with it.
#[test]
fn the_preset_that_was_left_comes_back() {
    let mut session = Session::new(120, 40);
    session.steps(20).keys(":set rate 0.02<enter>p>").steps(20);
    let (left, theta) = (session.app.preset().clone(), session.theta(0));
    let focus = session.app.stage();
    session.keys(":open residual<enter>").sees("are not saved. Open residual").sees("u then goes back");
    session.keys("y").steps(30).sees("opened residual (u: back to compose): ").sees("fnexplore residual");
    assert!(!session.app.is_edited());
    assert_eq!(session.app.snapshots().len(), 2, "the base that it is compared with, and no pin");
    // What was done in it is taken back first.
    session.keys("+u").sees("undone: model.k").asked();
    session.keys("u").sees("undone: opened residual; space goes on").sees("fnexplore compose").sees("step 40");
    assert_eq!(session.asked(), ["1 Pause", "2 Pause", "0 Save"]);
    assert_eq!((session.app.preset().clone(), session.theta(0)), (left, theta));
    assert_eq!((session.app.stage(), session.app.snapshots().len()), (focus, 2), "f2, and the pin");
    assert!(session.app.is_edited());
    session.keys("<ctrl-r>").sees("redone: opened residual").sees("fnexplore residual").sees("step 30");
    assert!(!session.app.is_edited());
    session.keys("u").sees("fnexplore compose").keys("u").sees("undone: learn.rate");
    assert!(!session.app.is_edited());
}

/// A file that the one that waits came from is written to as ever, and a saved name is that of its own document alone.
#[test]
fn a_preset_that_waits_keeps_its_file_and_its_name() {
    let mut session = Session::new(120, 40);
    session.steps(5).keys("+:save mine<enter>").sees("written to mine.toml");
    session.keys(":open residual<enter>").steps(5).keys(":save other<enter>").sees("written to other.toml");
    session.keys("u").sees("fnexplore mine").keys("+:save<enter>").sees("written to mine.toml");
    session.keys("<ctrl-r>").sees("fnexplore other").keys("+:save<enter>").sees("written to other.toml");
}

/// It waits as it was: its θ to the bit, and goes on from there; so does the one that was begun in its place.
#[test]
fn the_run_that_comes_back_is_the_one_that_was_replaced() {
    let mut session = Session::new(80, 24);
    session.steps(20);
    let before = session.theta(0);
    session.keys("R").steps(50);
    let after = session.theta(1);
    session.keys("u");
    assert_eq!([session.theta(0), session.theta(1)], [before, after]);
    session.keys("<space>").steps(3).sees("step 23").keys("<ctrl-r>").sees("step 50").keys("<space>").steps(1);
    session.sees("step 51").keys("u").sees("step 23").keys("<space>").steps(1).sees("step 24");
}

/// Rows that come to the table of a preset that waits are there when it comes back.
#[test]
fn a_table_grows_while_its_preset_waits() {
    let with = |rows: u32| {
        let lines: Vec<String> = (0..rows).map(|at| format!("{at},{}", at % 7)).collect();
        let table = format!("x,y\n{}\n", lines.join("\n")).into_bytes();
        let preset = "[data]\ncsv = \"table.csv\"\n[model]\nk = 3\n";
        load(&Clean::from("fed"), preset, &|_| Ok(table.clone())).expect("a sound preset")
    };
    let rows = |session: &Session| {
        let table = session.app.preset().base.data.table.0.as_ref();
        table.map_or(0, |csv| csv.table.rows())
    };
    let mut session = Session::on(with(20), Look::plain(), (120, 40));
    session.steps(5).keys(":open residual<enter>").steps(5).asked();
    let more = with(30).base.data.table.0.expect("a table");
    session.tell(Msg::Grown(Ok(Box::new(more))));
    session.sees_no("rows so far").keys("u").sees("fnexplore fed");
    assert_eq!((rows(&session), session.app.is_edited()), (30, false));
    session.keys("<space>").steps(1);
    let data = session.app.snapshots()[0].data.clone();
    assert_eq!(data.train.x.nrows() + data.test.x.nrows(), 30);
}

/// What was changed in a preset that waits is not lost without a question: at the end, and where a third one takes its place.
#[test]
fn changes_that_wait_are_asked_about() {
    let mut session = Session::new(120, 40);
    session.steps(5).keys("+:open residual<enter>y").steps(5).keys("q").sees("Settings of compose, which waits, were");
    session.keys("n:open truncate<enter>").sees("what was changed in compose is lost").keys("n");
    for key in ["R", "N", "V"] {
        session.keys(key).sees("y  go on; what was changed in compose is lost").sees_no("s  save first").keys("n");
    }
    assert!(!session.quit && session.app.runs().len() == 2);
    session.keys("u").sees("fnexplore compose*").keys("u").steps(1).keys("q");
    assert!(session.quit, "nothing is changed in either");
    let mut session = Session::new(120, 40);
    session.steps(5).keys("+:open residual<enter>y").steps(5).asked();
    session.keys("Ry").sees("from the start again, seed").steps(2);
    assert_eq!(session.asked()[0], "0 Close");
    session.keys("u").sees("step 5");
}

/// A picture that is held is never older than its run's last one, and a run without one shows its first.
#[test]
fn what_is_held_is_let_go_with_its_start() {
    let mut session = Session::new(120, 40);
    session.steps(20).keys("f").steps(3).sees("step 20").keys(":open residual<enter>").steps(5);
    session.keys("u").sees("step 23").sees("PAUSE");
    session.keys("fR").sees("FREEZE").sees("step 0");
    assert!(session.app.shown().is_some());
}
