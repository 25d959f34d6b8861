//! The claims on screen, as key scripts: the list, runs that are asked for and told of, results that come back from a file.

mod session;

use fnexplore::study::Progress;
use fnexplore::study::claims::{CLAIMS, find};
use fnexplore::text::Clean;
use fnexplore::tui::app::{Msg, Overlay, Tested};
use serde_json::{Value, json};
use session::{SIZES, Session};

/// A result with a figure and gaps in it, as an earlier session may have left it.
fn result(name: &str, verdict: &str) -> Value {
    let mut value = find(name).expect("a claim").about();
    let more = json!({
        "verdict": verdict, "version": "0.0.9", "seconds": 2.5, "quick": false,
        "measures": [{"what": "share that leaves", "value": 0.25, "low": 0.1, "high": null, "n": 24}],
        "figures": [
            {"kind": "heat", "title": "A map of it", "x": "L", "columns": ["1", "8"], "y": "λ", "rows": ["0.1"],
             "maps": [["plain", [[0.25, null]]]], "range": [0.0, 1.0]},
            {"kind": "table", "title": "A table of it", "columns": ["target"], "rows": [["sin"]]},
        ],
    });
    value.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    value
}

#[test]
fn the_list_opens_runs_stops_and_closes() {
    let mut session = Session::new(120, 40);
    session.keys("C");
    assert_eq!(*session.app.overlay(), Overlay::Claims);
    assert!(session.asked().contains(&"Recall".to_owned()));
    let drawn = session.text();
    for claim in CLAIMS {
        let title = session.app.look.glyphs.spell(claim.title);
        assert!(drawn.contains(&title), "{title}");
    }
    assert!(drawn.contains("not run yet"));
    session.keys("jjj");
    assert_eq!(session.app.ledger().claim().name, "C4");
    session.keys("G");
    assert_eq!(session.app.ledger().claim().name, "C17");
    session.keys("gj<enter>");
    let asked = session.effects.last().cloned().unwrap_or_default();
    assert!(asked.contains("C2") && asked.contains("quick: false"), "{asked}");
    session.tell(Msg::Tested(Tested::Going("C2", Progress { done: 3, of: 60 })));
    assert!(session.text().contains("C2 runs: 3 of 60"));
    // One at a time.
    session.keys("js");
    assert!(session.app.sentence().text.contains("C2 runs"));
    session.keys("x");
    assert!(session.effects.last().is_some_and(|asked| asked.contains("Stop")));
    session.tell(Msg::Tested(Tested::Ended("C2", Clean::from("stopped"))));
    session.keys("s");
    let asked = session.effects.last().cloned().unwrap_or_default();
    assert!(asked.contains("C3") && asked.contains("quick: true"), "{asked}");
    session.tell(Msg::Tested(Tested::Done(Box::new(result("C3", "fails")))));
    assert_eq!(session.app.ledger().verdict("C3"), Some("fails"));
    assert!(session.text().contains("fails, 2.50 s, version 0.0.9"), "{}", session.text());
    session.keys("k");
    assert!(session.text().contains("no result: stopped"));
    session.keys("<esc>");
    assert_eq!(*session.app.overlay(), Overlay::None);
    // What is known is asked for once.
    let before = session.effects.len();
    session.keys("C");
    assert_eq!(session.effects.len(), before);
}

#[test]
fn results_come_back_and_are_drawn_at_every_size() {
    for (width, height) in SIZES {
        let mut session = Session::new(width, height);
        session.keys("C");
        let kept = vec![result("C1", "holds"), result("C9", "quick"), json!({"name": 7}), json!(null)];
        session.tell(Msg::Tested(Tested::Done(Box::new(result("C9", "no difference seen")))));
        session.tell(Msg::Tested(Tested::Recalled(kept)));
        // What was run since is newer than what the file has.
        assert_eq!(session.app.ledger().verdict("C9"), Some("no difference seen"));
        assert_eq!(session.app.ledger().verdict("C1"), Some("holds"));
        session.keys("jjjjjjjj");
        for _ in 0..3 {
            let drawn = session.text();
            if (width, height) == (200, 60) {
                assert!(drawn.contains("A map of it") || drawn.contains("A table of it"), "{drawn}");
                assert!(drawn.contains("share that leaves: 0.250, n 24"), "{drawn}");
            }
            session.keys("i");
        }
    }
}

#[test]
fn a_claim_opens_its_preset() {
    let mut session = Session::new(120, 40);
    session.keys("C");
    session.keys("jjjjjjjjjjj");
    assert_eq!(session.app.ledger().claim().name, "C12");
    session.keys("o");
    assert_eq!(session.app.preset().name.as_str(), "conv-shift");
    assert_eq!(*session.app.overlay(), Overlay::None);
}
