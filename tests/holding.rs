//! Taking hold of f⁽ⁱ⁾ and its elements by keys: what is moved, held, collapsed, forked and looked back at is what one
//! sees, and can be taken back.

mod session;

use fnexplore::function::{Element, through};
use fnexplore::model::{Coefficients, Group};
use fnexplore::preset::{Path, Value, built_in, load};
use fnexplore::text::Clean;
use fnexplore::tui::app::Pane;
use session::Session;
use std::time::Duration;

const TANH: &str = "data.n = 60\nmodel.k = 6\nmodel.sigma = \"tanh\"";
const RESIDUAL: &str = "data.n = 60\nmodel.k = 6\nmodel.architecture = \"residual\"";

fn f(session: &Session) -> Coefficients {
    session.app.shown().expect("a picture").belief.mode()
}

fn element(session: &Session, k: usize) -> Element {
    let f = f(session);
    let at = f.model.f.position(session.app.stage()).expect("a stage");
    Element::of(&f, at, k).expect("an element")
}

/// ŷ over the training rows.
fn values(session: &Session) -> Vec<f64> {
    let snapshot = session.app.shown().expect("a picture");
    through(&f(session), snapshot.data.train.x.view()).f.iter().copied().collect()
}

fn spread(values: &[f64]) -> f64 {
    values.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b)) - values.iter().fold(f64::INFINITY, |a, b| a.min(*b))
}

#[test]
fn an_element_is_selected_and_moved_by_keys() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(40).keys("<space>1jjj").sees("3 of 6");
    assert_eq!((session.app.pane(), session.app.element()), (Pane::Functions, Some(2)));
    let (before, curve) = (element(&session, 2), values(&session));
    session.keys("<right><right>").sees("moves right");
    let moved = element(&session, 2);
    assert!(moved.location().unwrap() > before.location().unwrap());
    assert!((moved.width() - before.width()).abs() < 1e-12 && moved.a == before.a);
    assert_ne!(values(&session), curve, "the composition follows");
    session.keys("+").sees("a is");
    assert!(element(&session, 2).a[0] > before.a[0]);
    session.keys(")").sees("becomes wider");
    assert!((element(&session, 2).width() / before.width() - 1.1).abs() < 1e-9);
    assert!((element(&session, 2).location().unwrap() - moved.location().unwrap()).abs() < 1e-9);
    session.keys("(").sees("narrower");
    session.keys(":move b 2.5<enter>:move c -1<enter>").sees("c is -1.000");
    assert!((element(&session, 2).location().unwrap() - 0.4).abs() < 1e-12);
    session.keys(":move location 0.75<enter>:move width 0.5<enter>:move a -2<enter>");
    let last = element(&session, 2);
    assert!((last.b[0] - 2.0).abs() < 1e-12 && (last.c + 1.5).abs() < 1e-12 && (last.a[0] + 2.0).abs() < 1e-12);
    session.keys(":move a lots<enter>").sees("a takes a number, not lots");
    session.keys(":move d 1<enter>").sees("an element has no d; it has location, width, a, b, c");
    // Arrows are the cursor's again when nothing is selected, and + is K's.
    session.keys("<esc>+").sees("K=7");
    assert_eq!(session.app.element(), None);
}

/// A drag is one edit, and undoing it goes back to the bit.
#[test]
fn a_drag_is_taken_back_at_once() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(40).keys("<space>1j");
    let before = f(&session);
    for _ in 0..30 {
        session.keys("<right>");
    }
    session.wait(Duration::from_secs(2)).keys("<left>");
    assert_ne!(f(&session).theta, before.theta);
    session.keys("u").sees("undone").keys("u").sees("undone");
    assert_eq!(f(&session).theta, before.theta);
    session.keys("u").sees("nothing to undo");
    session.keys("<ctrl-r><ctrl-r>");
    assert_ne!(f(&session).theta, before.theta);
}

#[test]
fn what_is_held_stays_while_the_rest_learns() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(40).keys("1jjH");
    assert_eq!(session.value("f2.hold_elements"), Value::List(vec![Value::Int(2)]));
    let before = (element(&session, 1), element(&session, 2));
    session.steps(40);
    assert_eq!(element(&session, 1), before.0);
    assert_ne!(element(&session, 2), before.1);
    session.keys("H");
    assert_eq!(session.value("f2.hold_elements"), Value::List(Vec::new()));
    session.steps(5);
    assert_ne!(element(&session, 1), before.0);
    // Without a selected element it is the whole stage.
    session.keys("<esc>H").sees("held");
    let stage = |session: &Session| f(session).theta[f(session).layout().stage(1)].to_vec();
    let (held, all) = (stage(&session), f(&session).theta);
    session.steps(30);
    assert_eq!(stage(&session), held);
    assert_ne!(f(&session).theta, all);
    session.keys("H").steps(5);
    assert_ne!(stage(&session), held);
}

#[test]
fn a_collapse_makes_a_plain_composition_constant_and_a_residual_one_shallower() {
    let mut plain = Session::with_preset(TANH, 120, 40);
    plain.steps(200).keys("<space>");
    let before = f(&plain);
    assert!(spread(&values(&plain)) > 0.5);
    plain.keys("x").sees("f2 is at its prior mode, 0: ŷ is constant");
    assert!(spread(&values(&plain)).abs() < 1e-12);
    plain.keys("u");
    assert_eq!(f(&plain).theta, before.theta);
    plain.keys("X").sees("draw 1 from its prior");
    assert!(spread(&values(&plain)) > 1e-9);
    let draw = f(&plain);
    plain.keys("X");
    assert_ne!(f(&plain).theta, draw.theta, "another draw every time");
    let mut residual = Session::with_preset(RESIDUAL, 120, 40);
    residual.steps(200).keys("<space>x").sees("what is left is the 2-stage model");
    assert!(spread(&values(&residual)) > 0.5);
}

#[test]
fn reduction_keeps_f_and_says_what_the_prior_thinks() {
    let mut session = Session::with_preset(TANH, 160, 40);
    session.steps(100).keys("<space>");
    let before = values(&session);
    session.keys("d").sees("the function is the same with b = 1 and c = 0").sees("log prior");
    assert_eq!(session.value("model.form").text().map(ToString::to_string).as_deref(), Some("reduced"));
    let after = values(&session);
    assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-12));
    assert!(f(&session).group(1, Group::B).is_empty());
    session.keys("d").sees("nothing to reduce");
    session.keys("u");
    assert_eq!(session.value("model.form").text().map(ToString::to_string).as_deref(), Some("full"));
    assert_eq!(values(&session), before);
    let mut residual = Session::with_preset(RESIDUAL, 120, 40);
    residual.steps(10).keys("d").sees("has no reduced form");
}

#[test]
fn stages_are_exchanged_negated_inserted_and_balanced() {
    let mut session = Session::with_preset(RESIDUAL, 120, 40);
    session.steps(100).keys("<space>");
    let (before, theta) = (values(&session), f(&session));
    session.keys("B").sees("the scale at which its prior is largest");
    assert!(before.iter().zip(values(&session)).all(|(a, b)| (a - b).abs() < 1e-10));
    session.keys("u").keys("S").sees("f2 and f1 have changed places");
    assert_eq!(f(&session).group(2, Group::A), theta.group(1, Group::A));
    session.keys("S");
    assert_eq!(f(&session).theta, theta.theta);
    session.keys("F").sees("f2 is its negative now").keys("F");
    assert_eq!(f(&session).theta, theta.theta);
    session.keys("I").sees("the new f2 starts as the identity");
    assert_eq!((session.app.depth(), values(&session)), (4, before));
    session.keys("u");
    assert_eq!((session.app.depth(), f(&session).theta), (3, theta.theta));
}

#[test]
fn a_point_is_switched_off_and_on() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(5);
    let rows = |session: &Session| session.app.shown().expect("a picture").data.train.x.nrows();
    let (all, theta) = (rows(&session), f(&session).theta);
    session.keys("3jd").sees("is off: learning does not see it");
    assert_eq!(rows(&session), all - 1);
    assert_eq!(f(&session).theta, theta, "what was learned stays");
    assert_eq!(session.app.shown().unwrap().data.off.x.nrows(), 1);
    session.keys("d").sees("is on");
    assert_eq!(rows(&session), all);
    session.keys("jdjdjd");
    assert_eq!(rows(&session), all - 3);
    session.keys("uuu");
    assert_eq!(rows(&session), all);
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(50).keys("V").sees("fork-1").sees("base");
    let names: Vec<String> = session.app.runs().iter().map(|run| run.name.to_string()).collect();
    assert_eq!(names, ["base", "fork-1"]);
    let settings = |session: &Session, run: usize| session.app.preset().settings(run).model.k;
    session.keys("2:set model.k 9<enter>");
    assert_eq!((settings(&session, 0), settings(&session, 1)), (6, 9));
    session.keys("v:set model.k 3<enter>:set rate 0.02<enter>");
    assert_eq!((settings(&session, 0), settings(&session, 1)), (3, 9));
    let rate = |run| session.app.preset().settings(run).learn.rate;
    assert!((rate(0) - 0.02).abs() < 1e-15 && (rate(1) - 0.01).abs() < 1e-15);
    session.steps(10);
    let thetas: Vec<_> = session.app.snapshots().iter().map(|seen| seen.belief.mode().theta.len()).collect();
    assert_ne!(thetas[0], thetas[1]);
    session.keys("uuuu").sees("nothing to undo");
    assert_eq!((settings(&session, 0), settings(&session, 1)), (6, 6));
}

/// Eight d of which one readout makes one y: under a flat prior the data do not tell them apart, and nothing is changed.
#[test]
fn a_posterior_that_there_is_not_is_refused() {
    let mut session = Session::on(built_in("blow-up").unwrap(), session::look("C.UTF-8", None), (120, 40));
    session.steps(9).keys(":set depth 5<enter>V:set prior.d.kind flat<enter>").steps(2);
    let before = session.app.preset().clone();
    session.keys(":set method exact<enter>").sees("of its 8 values y tells 1 apart");
    assert_eq!(*session.app.preset(), before);
    session.keys("I").steps(1).sees("L 6");
}

/// What one of two gives and the other one draws is said of both.
#[test]
fn a_fork_draws_what_its_preset_gives_and_the_other_way_round() {
    let given = |session: &Session, run: usize| session.app.preset().settings(run).get(&Path::full("f1.c").unwrap());
    let drawn = Value::List(Vec::new());
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(5).keys("Vv:set f1.c [1,2,3,4,5,6]<enter>").steps(1);
    assert_eq!((given(&session, 0).to_string(), given(&session, 1)), ("1, 2, 3, 4, 5, 6".to_owned(), drawn.clone()));
    let mut session = Session::on(built_in("two-kinks").unwrap(), session::look("C.UTF-8", None), (120, 40));
    session.steps(5).keys(":set architecture residual<enter>V:stage 1<enter>I").steps(1).sees("L 2");
    assert_eq!((given(&session, 0).to_string(), given(&session, 1)), ("0, 0".to_owned(), drawn));
    let saved = session.app.spelt();
    let told = load(&Clean::from("saved"), &saved, &|_| Err("no file".to_owned())).expect("it loads");
    assert_eq!(told.settings(1), session.app.preset().settings(1));
}

/// What a variant no longer sets is the preset's again, on the screen and in the run: not the default.
#[test]
fn what_a_variant_no_longer_sets_is_its_presets() {
    let mut session = Session::on(built_in("deep-vs-wide").unwrap(), session::look("C.UTF-8", None), (120, 40));
    session.steps(3).keys("v:clear model.k<enter>").steps(3);
    let told = session.app.preset().settings(1).get(&Path::full("model.k").unwrap()).to_string();
    let learned = session.app.runs()[1].snapshot.as_ref().unwrap().experiment.model.f.stages[0].k;
    assert_eq!((told, learned), ("33".to_owned(), 33));
    session.keys("u").steps(1);
    assert_eq!(session.app.runs()[1].snapshot.as_ref().unwrap().experiment.model.f.stages[0].k, 11);
}

/// A fork ends, and only it: what was done to the others is taken back as ever.
#[test]
fn a_fork_is_closed() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(50).keys(":close<enter>").sees("model is no fork: only what V made can be closed");
    session.keys("VV").sees("fork-2").keys("u").sees("nothing to undo; :close ends this fork");
    let k = |session: &Session, run: usize| session.app.preset().settings(run).model.k;
    let alone = |session: &mut Session, set: &str| session.wait(Duration::from_secs(2)).keys(set).asked();
    alone(&mut session, ":variant fork-1<enter>:set model.k 9<enter>");
    alone(&mut session, ":variant fork-2<enter>:set model.k 4<enter>");
    alone(&mut session, ":variant base<enter>:set model.k 3<enter>");
    assert_eq!([0, 1, 2].map(|run| k(&session, run)), [3, 9, 4]);
    session.keys(":variant fork-1<enter>:close<enter>").sees("fork-1 is closed").asked();
    let names = |session: &Session| session.app.runs().iter().map(|run| run.name.to_string()).collect::<Vec<_>>();
    assert_eq!((names(&session), session.app.preset().runs()), (names(&session), names(&session)));
    assert_eq!([0, 1].map(|run| k(&session, run)), [3, 4]);
    session.keys("uu");
    assert_eq!(session.asked(), ["0 Undo", "2 Undo"]);
    assert_eq!([0, 1].map(|run| k(&session, run)), [6, 6]);
    session.keys("<ctrl-r>").steps(3).keys(":variant fork-2<enter>:close<enter>").sees("fork-2 is closed").steps(3);
    assert_eq!(names(&session), ["model"]);
    session.keys("u").sees("nothing to undo").keys("<ctrl-r>").steps(3);
    assert_eq!((k(&session, 0), session.app.is_edited()), (3, true));
    session.keys("u").steps(3);
    assert!(!session.app.is_edited());
}

#[test]
fn a_pin_stays_as_it_was() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(50).keys("p").sees("pinned: model at 50");
    let pinned = session.app.snapshots()[1].belief.mode().theta;
    session.steps(50).keys("R").steps(5);
    assert_eq!(session.app.snapshots().len(), 2);
    assert_eq!(session.app.snapshots()[1].belief.mode().theta, pinned);
    session.keys("p").steps(1);
    assert_eq!(session.app.snapshots().len(), 3, "after a restart it is another run");
    session.keys("p");
    assert_eq!(session.app.snapshots().len(), 2);
}

/// Looking back changes nothing; going on from there is as if what came after had not been, and can be taken back.
#[test]
fn the_past_is_looked_at_and_gone_on_from() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(8);
    let early = f(&session).theta;
    session.steps(92);
    let late = f(&session).theta;
    let mut back = 0;
    while session.app.looking().is_none_or(|step| step > 8) {
        session.keys("{");
        back += 1;
        assert!(back < 100);
    }
    session.sees("step 8 of 100: space goes on from here").sees("FREEZE");
    assert_eq!(f(&session).theta, early);
    session.keys("x").sees("this is step 8 of the past");
    session.keys("<esc>").sees_no("FREEZE");
    assert_eq!(f(&session).theta, late);
    for _ in 0..back {
        session.keys("{");
    }
    session.keys("<space>").sees("on from step 8").sees_no("FREEZE");
    assert_eq!(f(&session).theta, early);
    session.steps(92);
    assert_eq!(f(&session).theta, late, "the same bits again");
    session.keys("u");
    assert_eq!(f(&session).theta, late);
    session.keys("{").sees("FREEZE").keys("}").sees_no("FREEZE");
}

/// Zoomed, the stage in focus shows its elements and its formula with the numbers of now.
#[test]
fn a_stage_is_looked_at_closely() {
    let mut session = Session::with_preset(TANH, 120, 40);
    session.steps(40).keys("<space>1jjz").sees("elements").sees("2 of 6").sees("σ = tanh");
    let one = element(&session, 1);
    let figure = |value: f64| fnexplore::tui::plot::scale::short(value);
    session.sees(&figure(one.location().unwrap())).sees(&figure(one.c));
    session.keys(":move a 4.321<enter>").sees("4.32 σ(");
    session.keys("<esc><esc>").sees_no("elements");
    // Too small for a table it is the plot alone.
    let mut small = Session::with_preset(TANH, 80, 24);
    small.steps(4).keys("1z").sees("f⁽²⁾(u) =").sees_no("elements");
}

/// Smoothing is seen, named, and bounded.
#[test]
fn losses_are_smoothed_by_keys() {
    let mut session = Session::with_preset("data.n = 60\nlearn.batch = 8", 120, 40);
    session.steps(300).keys("4").sees_no("smooth");
    session.keys("++").sees("smooth 4");
    session.keys("+++++++++").sees("smooth 64").keys("----------").sees_no("smooth");
}
