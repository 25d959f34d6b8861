//! Presets in and out of a running session: pasted, looked at, opened or left; copied to the terminal's clipboard.

mod session;

use fnexplore::tui::app::Overlay;
use session::Session;

const OTHER: &str = "title = \"From the mail\"\r\n[model]\r\nk = 5\r\nsigma = \"tanh\"\r\n";

#[test]
fn a_pasted_preset_is_looked_at_before_it_is_opened() {
    let mut session = Session::new(100, 30);
    session.steps(20).paste(OTHER).sees("Open what was pasted?").sees("From the mail").sees("model.k: 12 → 5");
    session.asked();
    // Nothing has changed yet, and leaving it changes nothing.
    session.keys("<esc>").sees("K=12").sees_no("pasted?");
    assert_eq!(session.asked(), [""; 0]);
    session.paste(OTHER).keys("jjk<enter>").sees("K=5").sees("opened what was pasted");
    assert!(session.asked().iter().any(|effect| effect == "Open(model)"));
    session.steps(5).sees("step 5");
}

/// A refused paste leaves the running session alone, and no paste is ever taken for keys.
#[test]
fn what_is_no_preset_disturbs_nothing() {
    for (text, why) in [
        ("[model]\nkay = 3", "model.kay is no setting"),
        ("q\nR\n:q\n", "what was pasted is no preset"),
        ("", "is empty"),
        ("[data]\ncsv = \"/etc/passwd\"", "a pasted preset reads no file"),
        ("\u{1b}]0;owned\u{7}", "what was pasted is no preset"),
        (&format!("# {}", "x".repeat(70_000)), "at most 65536"),
    ] {
        let mut session = Session::new(120, 40);
        session.steps(10).asked();
        session.paste(text).sees(why).sees("K=12");
        assert_eq!(session.asked(), [""; 0], "{text}");
        assert_eq!(*session.app.overlay(), Overlay::None);
        assert!(!session.quit && !session.text().contains('\u{1b}'));
        session.steps(1).sees("step 11");
    }
}

#[test]
fn the_preset_is_copied_as_it_is_now() {
    let mut session = Session::new(120, 40);
    session.keys("+").asked();
    session.keys("y").sees("sent to the terminal's clipboard");
    let asked = session.asked();
    assert!(asked[0].starts_with("Copy(") && asked[0].contains("k = 13"), "{asked:?}");
}
