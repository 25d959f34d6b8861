//! The mouse, the files a key leaves behind, and every size: as scripts over the app, without a terminal.

mod session;

use fnexplore::preset::built_in;
use fnexplore::tui::app::{Msg, Overlay, Pane};
use fnexplore::tui::look::{Colours, Look, LookFlags, Marker};
use fnexplore::tui::term::{Deed, Input, Mouse};
use fnexplore::tui::view;
use proptest::prelude::*;
use ratatui::layout::{Position, Rect};
use session::{SIZES, Session};

fn press(session: &mut Session, (column, row): (u16, u16)) {
    session.input(Input::Mouse(Mouse { deed: Deed::Press, column, row }));
}

fn wheel(session: &mut Session, lines: i32, (column, row): (u16, u16)) {
    session.input(Input::Mouse(Mouse { deed: Deed::Wheel(lines), column, row }));
}

/// Where a text stands on the screen.
#[track_caller]
fn find(session: &Session, text: &str) -> (u16, u16) {
    let rows = session.rows();
    let found = rows.iter().enumerate().find_map(|(y, row)| Some((row[..row.find(text)?].chars().count(), y)));
    let (x, y) = found.unwrap_or_else(|| panic!("{text} is not on\n{}", session.text()));
    (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
}

#[test]
fn a_press_takes_the_focus_to_what_is_under_it() {
    let mut session = Session::new(120, 40);
    session.steps(10);
    for (title, pane) in [(" f ", Pane::Composition), (" Loss ", Pane::Loss), (" Notes ", Pane::Notes)] {
        let at = find(&session, title);
        press(&mut session, at);
        assert_eq!(session.app.pane(), pane);
    }
    for (title, stage) in [("f⁽³⁾ ─", 3), ("f⁽¹⁾ ─", 1), ("f⁽²⁾ ─", 2)] {
        let (x, y) = find(&session, title);
        press(&mut session, (x, y + 3));
        assert_eq!((session.app.pane(), session.app.stage()), (Pane::Functions, stage));
    }
    // Between the plots, on the lines without a pane, and outside there is nothing to take it.
    let here = (session.app.pane(), session.app.stage());
    for at in [(0, 0), (5, 39), (0, 38), (60_000, 3), (3, 60_000)] {
        press(&mut session, at);
        assert_eq!((session.app.pane(), session.app.stage()), here, "{at:?}");
    }
}

#[test]
fn the_wheel_does_what_j_and_k_do_where_it_is() {
    let mut session = Session::new(120, 40);
    session.steps(10);
    let configuration = find(&session, " Configuration ");
    let before = session.app.selected();
    wheel(&mut session, 1, configuration);
    let by_wheel = session.app.selected();
    wheel(&mut session, -1, configuration);
    assert_eq!(session.app.selected(), before);
    session.keys("2j");
    assert!(session.app.selected() == by_wheel && by_wheel != before);
    // Notes scroll, and the focus stays where it was.
    let notes = find(&session, " Notes ");
    wheel(&mut session, 1, notes);
    assert_eq!((session.app.scroll(), session.app.pane()), (1, Pane::Configuration));
    let strip = find(&session, "f⁽³⁾ ─");
    wheel(&mut session, 1, strip);
    assert_eq!((session.app.element(), session.app.pane()), (Some(0), Pane::Configuration));
}

#[test]
fn under_an_overlay_the_mouse_changes_nothing() {
    let mut session = Session::new(120, 40);
    session.steps(10);
    let notes = find(&session, " Notes ");
    for open in [":set k", "<esc><enter>", "<esc>?"] {
        session.keys(open);
        press(&mut session, notes);
        wheel(&mut session, 1, notes);
        assert_eq!((session.app.pane(), session.app.scroll()), (Pane::Configuration, 0), "{open}");
        assert!(*session.app.overlay() != Overlay::None, "{open}");
    }
    assert!(matches!(session.app.overlay(), Overlay::Help(help) if help.scroll == 1), "but help scrolls");
}

#[test]
fn the_mouse_is_the_terminal_s_until_asked_for() {
    let mut session = Session::new(80, 24);
    session.asked();
    session.keys("M").sees("the mouse is on").keys("M").sees("the terminal's again");
    assert_eq!(session.asked(), ["Mouse(true)", "Mouse(false)"]);
}

#[test]
fn a_key_exports_the_picture_and_its_curves() {
    let mut session = Session::on(built_in("residual").unwrap(), Look::plain(), (120, 40));
    session.steps(40).asked();
    session.keys("e");
    assert_eq!(session.asked(), ["Export(residual-40)"]);
    let export = session.exports.pop().expect("one");
    // The picture that is on the screen, in letters that can be read again.
    assert!(export.svg.starts_with("<svg ") && export.svg.contains("<title>fnexplore residual, step 40</title>"));
    assert!(export.svg.contains(">Configuration</text>"), "without colours it is for print");
    assert!(export.svg.contains("fill=\"#ffffff\""), "without colours it is for print");
    let kinds = ["base,stage,f3,,", "base,element,f1,1,", "residual,f,,,", "base,train,,,x,", "residual,loss,,,step,"];
    for kind in kinds {
        assert!(export.csv.lines().any(|line| line.starts_with(kind)), "{kind}");
    }
    // The same state is the same bytes.
    session.keys("e");
    assert_eq!(session.exports.pop(), Some(export));
    session.tell(Msg::Exported(Ok("wrote a.svg and a.csv".to_owned())));
    session.sees("wrote a.svg and a.csv");
    session.tell(Msg::Exported(Err("a.svg cannot be written: no room".to_owned())));
    session.sees("no room");
    assert!(session.app.sentence().is_error);
}

#[test]
fn an_exported_picture_has_the_colours_of_its_paper() {
    for (colours, ground) in [
        (Colours::Any, "#16181f"),
        (Colours::Dark, "#16181f"),
        (Colours::Sixteen, "#16181f"),
        (Colours::Light, "#ffffff"),
    ] {
        let flags = LookFlags { palette: Some(colours), marker: None };
        let look = Look::choose(&flags, &|name| (name == "LANG").then(|| "C.UTF-8".to_owned()));
        let mut session = Session::on(built_in("compose").unwrap(), look, (80, 24));
        session.steps(20).keys("e");
        let svg = session.exports.pop().expect("one").svg;
        assert!(svg.contains(&format!("rx=\"14\" fill=\"{ground}\"")), "{colours:?}");
    }
}

#[test]
fn every_kind_of_marks_is_drawn() {
    let mut seen: Vec<String> = Vec::new();
    for marker in Marker::ALL {
        let mut session = Session::on(built_in("compose").unwrap(), Look::plain().with_marker(marker), (80, 24));
        let text = session.steps(100).text();
        assert!(!seen.contains(&text), "{marker:?} is like another");
        seen.push(text);
        // They come round by a key.
        for _ in Marker::ALL {
            session.keys("m");
        }
        assert_eq!(session.app.look.marker, marker);
    }
}

#[test]
fn one_pane_alone_has_all_of_the_area_and_stays_inside() {
    for name in ["compose", "residual"] {
        for look in [Look::plain(), Look::plain().with_marker(Marker::Ascii)] {
            let mut session = Session::on(built_in(name).unwrap(), look, (120, 40));
            session.steps(30);
            for (width, height) in SIZES.into_iter().chain([(1, 1), (7, 3), (20, 5), (3, 40)]) {
                for pane in Pane::ALL {
                    let area = Rect::new(0, 0, width, height);
                    let mut buffer = ratatui::buffer::Buffer::empty(area);
                    view::draw_pane(&session.app, pane, area, &mut buffer);
                    let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
                    assert!(!text.contains("RUN"), "{pane:?} has no status line");
                    if width >= 40 {
                        assert!(text.trim().len() > 100, "{name} {pane:?} {width}x{height}");
                    }
                }
            }
        }
    }
}

proptest! {
    /// What the mouse is over is a pane of the layout, and a stage that there is.
    #[test]
    fn whatever_the_mouse_is_over_there_is(
        (width, height) in (1_u16..261, 1_u16..81),
        (column, row) in (0_u16..300, 0_u16..100),
        keys in prop::sample::select(vec!["", "z", "1", "1z", "3", ":set depth 9<enter>"]),
    ) {
        let mut session = Session::new(width, height);
        session.steps(1).keys(keys);
        let size = Rect::new(0, 0, width, height).as_size();
        if let Some((pane, stage)) = view::under(&session.app, size, (column, row)) {
            let places = view::places(Rect::new(0, 0, width, height), session.app.pane(), session.app.is_zoomed());
            prop_assert!(places.all().iter().any(|place| place.contains(Position::new(column, row))));
            prop_assert!(stage.is_none_or(|stage| (1..=session.app.depth()).contains(&stage)));
            prop_assert!(stage.is_none() || pane == Pane::Functions);
        }
        press(&mut session, (column, row));
        wheel(&mut session, 1, (column, row));
        prop_assert!((1..=session.app.depth()).contains(&session.app.stage()));
    }
}
