//! What a person sees and does, as key scripts over the app without terminal or threads: the runs behind it are real and
//! obey its effects at once.

mod session;

use fnexplore::preset::{Kind, Path, Preset, Row, Value, built_in, built_in_names, rows};
use fnexplore::run::{RunId, Snapshot, Status};
use fnexplore::seeds::{ChaCha8Rng, Purpose, Seeds};
use fnexplore::text::Clean;
use fnexplore::train::{Event, What};
use fnexplore::tui::app::keys::BINDINGS;
use fnexplore::tui::app::{COMMANDS, Msg, Overlay, Pane};
use fnexplore::tui::look::Look;
use fnexplore::tui::term::Input;
use rand::RngExt;
use std::sync::Arc;
use std::time::Duration;

use session::{SIZES, Session, ascii, coloured};

// Keys.

#[test]
fn a_preset_opens_with_its_runs_going() {
    let mut session = Session::new(80, 24);
    assert_eq!(session.asked(), ["Open(model)", "0 Run { until: None }"]);
    session.steps(20).sees("RUN").sees("step 20").sees("compose").sees("K=12");
    let mut two = Session::on(built_in("residual").unwrap(), Look::plain(), (120, 40));
    assert_eq!(two.asked(), ["Open(base)", "0 Run { until: None }", "Open(residual)", "1 Run { until: None }"]);
    two.steps(20).sees("base").sees("residual");
}

#[test]
fn the_focus_goes_round_the_panes() {
    let mut session = Session::new(120, 40);
    session.steps(5);
    assert_eq!(session.app.pane(), Pane::Configuration);
    for pane in [Pane::Composition, Pane::Loss, Pane::Notes, Pane::Functions, Pane::Configuration] {
        session.keys("<tab>");
        assert_eq!(session.app.pane(), pane);
        // The focus reads without colour: a double frame, round one pane only (f⁽ⁱ⁾ stand for Functions).
        assert_eq!(session.text().matches('╔').count(), 1, "{pane:?}\n{}", session.text());
    }
    session.keys("<shift-tab>");
    assert_eq!(session.app.pane(), Pane::Functions);
    for (key, pane) in ["1", "2", "3", "4", "5"].into_iter().zip(Pane::ALL) {
        session.keys(key);
        assert_eq!(session.app.pane(), pane);
    }
    assert!(session.asked().iter().all(|effect| effect.starts_with("Open") || effect.contains("Run")));
}

#[test]
fn a_nudge_of_k_is_seen_at_once_and_told_to_the_run() {
    let mut session = Session::new(80, 24);
    session.steps(50).sees("K=12").sees_no("K=13");
    session.asked();
    session.keys("+").sees("K=13");
    assert_eq!(session.value("model.k"), Value::Int(13));
    assert_eq!(session.asked(), ["0 Change(Set(Path { key: \"model.k\", stage: None }, Int(13)))"]);
    session.keys("-").sees("K=12").sees_no("K=13");
    session.keys("*").sees("K=22").keys("_").sees("K=12");
    // In Functions it is the focused f⁽ⁱ⁾ alone; the header names it.
    session.keys("1").asked();
    session.keys("+").sees("K=13");
    assert_eq!(session.asked(), ["0 Change(Set(Path { key: \"model.k\", stage: Some(2) }, Int(13)))"]);
    assert_eq!((session.value("f2.k"), session.value("model.k")), (Value::Int(13), Value::Int(12)));
    session.keys(">").sees("K=12");
    assert_eq!(session.app.stage(), 1);
    session.keys("<<").sees("f⁽³⁾");
    assert_eq!(session.app.stage(), 3);
}

#[test]
fn a_value_at_its_end_stays_and_says_what_is_allowed() {
    let mut session = Session::new(120, 40);
    session.keys(":set k 1<enter>").sees("K=1").asked();
    session.keys("-").sees("model.k stays at 1: it takes a whole number from 1 to 1024");
    assert_eq!(session.asked(), [""; 0]);
}

#[test]
fn a_value_is_typed_and_a_wrong_one_keeps_its_text() {
    let mut session = Session::new(120, 40);
    session.steps(5).asked();
    session.keys("<enter>").sees("12▏").sees("model.k takes a whole number from 1 to 1024");
    session.keys("<ctrl-u>0<enter>").sees("0▏").sees("model.k is 0; it must be a whole number from 1 to 1024");
    assert_eq!((session.value("model.k"), session.asked()), (Value::Int(12), vec![]));
    assert!(matches!(session.app.overlay(), Overlay::Typing(..)), "the line is still there to be mended");
    session.keys("<backspace>banana<enter>").sees("banana▏").sees("it must be a whole number");
    // Keys that mean something elsewhere are letters here.
    session.keys("<ctrl-u>qz?").sees("qz?▏");
    assert!(!session.quit && !session.app.is_zoomed());
    session.keys("<ctrl-u>7<enter>").sees("K=7");
    assert_eq!(session.value("model.k"), Value::Int(7));
    session.keys("=99<esc>").sees("K=7").sees_no("▏");
}

#[test]
fn commands_change_the_same_settings_as_keys() {
    let mut session = Session::new(120, 40);
    session.keys(":set rate 0.02<enter>").sees("0.02");
    assert_eq!(session.value("learn.rate"), Value::Real(0.02));
    session.keys(":set model.sigma=tanh<enter>");
    assert_eq!(session.value("model.sigma"), Value::Text(Clean::from("tanh")));
    session.asked();
    session.keys(":step 7<enter>");
    assert_eq!(session.asked(), ["0 Step(7)"]);
    session.keys(":run<enter>:run<enter>:pause<enter>");
    assert_eq!(session.asked(), ["0 Run { until: None }", "0 Pause"], "running twice is running");
    session.keys(":undo<enter>");
    assert_eq!(
        (session.value("model.sigma"), session.asked()),
        (Value::Text(Clean::from("relu")), vec!["0 Undo".into()])
    );
    session.keys(":redo<enter>");
    assert_eq!(session.value("model.sigma"), Value::Text(Clean::from("tanh")));
    session.keys(":help<enter>");
    assert!(matches!(session.app.overlay(), Overlay::Help(_)));
    session.keys("<esc>:q<enter>").sees("not saved").keys("y");
    assert!(session.quit);
}

#[test]
fn wrong_commands_say_what_was_meant_and_do_nothing() {
    let mut session = Session::new(120, 40);
    session.steps(5).asked();
    let before = session.app.preset().clone();
    for (typed, said) in [
        ("ste rate 1", "did you mean step?"),
        ("undoo", "did you mean undo?"),
        ("xyzzy", "there are set, run, pause, step"),
        ("set", "set takes a key and a value, as in: set rate 0.01"),
        ("set learn.rat 1", "nearest: learn.rate"),
        ("set rate banana", "learn.rate is \"banana\"; it must be a number from"),
        ("set k 0", "model.k is 0"),
        ("set f9.k 3", "f9 is beyond the depth"),
        ("step many", "step takes a whole number of steps, not"),
        ("step -1", "step takes a whole number of steps, not"),
        ("seed -1", "seed"),
    ] {
        session.keys(&format!(":{typed}<enter>")).sees(said);
        assert!(session.app.sentence().is_error, "{typed}");
        assert_eq!(session.asked(), [""; 0], "{typed}");
        assert_eq!(*session.app.preset(), before, "{typed}");
    }
    session.keys(":<enter>:nothing<esc>:a<backspace><backspace>");
    assert_eq!((*session.app.overlay() == Overlay::None, session.asked()), (true, vec![]));
}

#[test]
fn undo_and_redo_go_through_the_edits() {
    let mut session = Session::new(80, 24);
    let opened = session.app.preset().clone();
    session.keys("u").sees("nothing to undo").keys("<ctrl-r>").sees("nothing to redo");
    // Nudges in quick succession are one edit, for the run as for the document.
    session.keys("+++").sees("K=15").asked();
    session.keys("u").sees("K=12");
    assert_eq!(session.asked(), ["0 Undo"]);
    assert_eq!(*session.app.preset(), opened);
    session.keys("<ctrl-r>").sees("K=15");
    assert_eq!(session.asked(), ["0 Redo"]);
    session.wait(Duration::from_secs(2)).keys("+").sees("K=16").keys("u").sees("K=15").keys("u").sees("K=12");
    session.keys("<ctrl-r>:set rate 0.02<enter><ctrl-r>").sees("nothing to redo");
    session.keys("D").asked();
    session.keys("u");
    assert_eq!(session.asked(), ["0 Undo"]);
    session.keys("uu");
    assert_eq!(*session.app.preset(), opened);
    session.sees_no("compose*").keys("+").sees("compose*");
}

#[test]
fn a_value_goes_back_to_the_preset_s() {
    let mut session = Session::new(80, 24);
    session.keys("++").sees("K=14").keys("r").sees("K=12").sees_no("compose*");
    session.asked();
    session.keys("r");
    assert_eq!(session.asked(), [""; 0]);
}

#[test]
fn help_opens_over_everything_and_closes() {
    let mut session = Session::new(80, 24);
    for open in ["?", "<f1>", ":help<enter>"] {
        for close in ["<esc>", "?", "q"] {
            session.sees_no("╔ Help ").keys(open).sees("╔ Help ").sees("run or pause");
            // Other keys do nothing but scroll.
            session.keys("<space>+NR").sees("╔ Help ");
            assert_eq!(session.value("model.k"), Value::Int(12));
            session.keys("G").sees("quit").keys("g").keys(close).sees_no("╔ Help ");
            assert!(!session.quit, "{close} closes the overlay, not the program");
        }
    }
    // Every row of the table can be scrolled to.
    session.keys("?");
    let mut seen = session.text();
    for _ in 0..2 * BINDINGS.len() {
        seen.push_str(&session.keys("j").text());
    }
    for row in BINDINGS {
        let begins: String = row.help.chars().take(30).collect();
        assert!(seen.contains(&begins), "{begins}");
    }
}

#[test]
fn space_pauses_and_runs() {
    let mut session = Session::new(80, 24);
    session.steps(10).sees("RUN").asked();
    session.keys("<space>").sees("PAUSE");
    assert_eq!(session.asked(), ["0 Pause"]);
    session.keys("<space>").sees("RUN");
    assert_eq!(session.asked(), ["0 Run { until: None }"]);
    session.keys("n").sees("step 11").sees("PAUSE").keys("s").sees("step 21");
    assert_eq!(session.asked(), ["0 Step(1)", "0 Step(10)"]);
    session.keys("<space>").sees("RUN");
    // All variants at once.
    let mut two = Session::on(built_in("residual").unwrap(), Look::plain(), (80, 24));
    two.asked();
    two.keys("<space>");
    assert_eq!(two.asked(), ["0 Pause", "1 Pause"]);
}

#[test]
fn a_new_start_opens_new_runs_and_forgets_the_old_ones_pictures() {
    let mut session = Session::new(80, 24);
    session.steps(100).sees("step 100").asked();
    let seat = session.seats.get_mut(&RunId(0)).expect("the first run");
    let old = Arc::new(seat.run.snapshot(Status::Running, 1.0));
    session.keys("R");
    assert_eq!(session.asked(), ["0 Pause", "Open(model)", "1 Run { until: None }"]);
    session.tell(Msg::Snapshot(old));
    session.sees_no("step 100").steps(3).sees("step 3");
    session.keys("N");
    assert_eq!(session.value("seed"), Value::Int(7));
    session.keys(":seed 41<enter>");
    assert_eq!(session.value("seed"), Value::Int(41));
    session.sees("step 0");
}

#[test]
fn a_zoomed_pane_has_the_screen_to_itself() {
    let mut session = Session::new(120, 40);
    session.steps(10).sees(" Configuration ").sees(" Loss ");
    session.keys("4z").sees(" Loss ").sees_no(" Configuration ").sees_no(" Notes ");
    session.keys("<tab>").sees(" Notes ").sees_no(" Loss ");
    session.keys("<esc>").sees(" Configuration ").sees(" Loss ").sees(" Notes ");
    session.keys("zz").sees(" Configuration ");
}

#[test]
fn a_frozen_picture_stays_while_learning_goes_on() {
    let mut session = Session::new(120, 40);
    session.steps(20).sees("step 20").keys("f").sees("FREEZE");
    let frozen = session.text();
    session.steps(500);
    assert_eq!(session.text(), frozen);
    session.keys("f").sees_no("FREEZE").sees("step 520");
    // Nothing that was made meanwhile is lost, though nothing comes after it.
    session.keys("<space>f+<space><space>f").sees("PAUSE").sees("f⁽²⁾ ──────────── K=13");
}

#[test]
fn leaving_works_wherever_one_is() {
    for before in ["", "?", ":", ":set k", "<enter>", "<enter>9", "z", "f", "<space>", ":xyzzy<enter>", "5jj"] {
        let mut session = Session::new(80, 24);
        session.steps(3).keys(before).asked();
        session.keys("<ctrl-c>");
        assert_eq!(session.asked(), ["Quit"], "after {before}");
    }
    let mut session = Session::new(80, 24);
    session.asked();
    session.keys("q");
    assert_eq!(session.asked(), ["Quit"]);
    for input in [Input::Hangup, Input::Signal(15)] {
        let mut session = Session::new(80, 24);
        session.keys("?").asked();
        session.input(input);
        assert_eq!(session.asked(), ["Quit"]);
    }
}

#[test]
fn a_paste_is_never_run_as_keys() {
    let hostile = "q\u{3}:q\r\nqqq\u{1b}[200~+++\u{1b}:set k 5\n";
    let mut session = Session::new(120, 40);
    session.steps(3).asked();
    for open in ["", "?", "<esc>z", "1", "5"] {
        session.keys(open).paste(hostile);
        assert_eq!(session.asked(), [""; 0], "{open}");
    }
    session.keys("<esc><esc>").sees("RUN");
    session.keys(":").paste(hostile).sees(":q:q");
    assert_eq!((session.quit, session.asked()), (false, vec![]), "not even its line ends are keys");
    session.keys("<esc>2<enter>").paste("\u{1b}[31m4\u{7}2\n");
    assert!(session.text().chars().all(|c| !c.is_control() || c == '\n'));
    session.keys("<ctrl-u>").paste(" 42 \n").keys("<enter>").sees("K=42");
    session.keys(":").paste(&"x".repeat(100_000)).keys("<enter>").sees("no command is called");
    assert!(session.app.sentence().text.chars().count() <= 400);
}

#[test]
fn refusals_stay_until_a_key_and_other_sentences_go_by_themselves() {
    let mut session = Session::new(120, 40);
    let minute = Duration::from_secs(60);
    session.keys("u").sees("nothing to undo").wait(minute).sees("nothing to undo");
    session.keys("j").sees_no("nothing to undo");
    session.keys(":set rate 0.02<enter>").sees("learn.rate = 0.02").wait(minute).sees_no("learn.rate = 0.02");
}

#[test]
fn what_a_run_says_is_shown() {
    let mut session = Session::new(120, 40);
    session.steps(10);
    let event = |what| Msg::Event(Event { id: RunId(0), what });
    session.tell(event(What::Refused(Clean::from("too large by half"))));
    session.sees("too large by half").keys("j").sees_no("too large by half");
    session.tell(event(What::Applied(Clean::from("all of it was kept"))));
    session.sees("all of it was kept");
    // In place of what was said of the command, not of a later key; kept it is.
    session.keys(":set rate 0.02<enter>").sees("learn.rate = 0.02");
    session.tell(event(What::Applied(Clean::from("the moments were kept"))));
    session.sees("the moments were kept");
    session.keys("M").sees_no("the moments were kept");
    let answer = session.app.sentence();
    session.tell(event(What::Applied(Clean::from("late"))));
    session.sees(answer.text.as_str()).sees_no("late");
    session.keys(":messages<enter>").sees("late").keys("<esc>");
    // Of a run that is not there any more, nothing.
    session.tell(Msg::Event(Event { id: RunId(77), what: What::Failed(Clean::from("ghost")) }));
    session.sees_no("ghost").sees_no("FAILED");
    session.tell(event(What::Failed(Clean::from("the run broke: a hole"))));
    session.wait(Duration::from_secs(60)).sees("FAILED").sees("a hole");
}

#[test]
fn what_the_preset_locks_stays() {
    let mut session = Session::with_preset("[view]\nlock = [\"model.k\", \"learn.rate\"]", 120, 40);
    session.asked();
    for keys in ["+", ":set rate 1<enter>", "1+", "2<enter>3<enter>"] {
        session.keys(keys).sees("is locked by this preset");
        assert_eq!(session.asked(), [""; 0], "{keys}");
        session.keys("<esc>");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_and_nothing_changes() {
    let mut session = Session::new(120, 40);
    session.steps(10).keys(":set init knots<enter>").asked();
    let before = session.app.preset().clone();
    session.keys(":set data.n 1000000<enter>").sees("the limit is 512 MiB");
    assert_eq!(session.asked(), [""; 0]);
    assert_eq!(*session.app.preset(), before);
}

// The status word.

/// A run in each of the states, and the app's own two.
fn in_every_state(preset: &Preset, size: (u16, u16)) -> Vec<(Session, &'static str)> {
    let session = || {
        let mut session = Session::on(preset.clone(), Look::plain(), size);
        session.steps(30);
        session
    };
    let shown = |status: Status| {
        let mut session = session();
        for id in session.seats.keys().copied().collect::<Vec<_>>() {
            let snapshot = session.seats.get_mut(&id).expect("a seat").run.snapshot(Status::Running, 12.0);
            session.tell(Msg::Snapshot(Arc::new(Snapshot { status: status.clone(), ..snapshot })));
        }
        session
    };
    let mut failed = session();
    failed.tell(Msg::Event(Event { id: RunId(0), what: What::Failed(Clean::from("it broke")) }));
    let mut frozen = session();
    frozen.keys("f");
    vec![
        (session(), "RUN"),
        (shown(Status::Paused), "PAUSE"),
        (shown(Status::Finished), "DONE"),
        (shown(Status::Collapsed), "COLLAPSED"),
        (shown(Status::Diverged { step: 30, block: "f2.a".to_owned() }), "DIVERGED"),
        (failed, "FAILED"),
        (frozen, "FREEZE"),
    ]
}

#[test]
fn one_status_word_is_on_screen_and_no_other() {
    for name in built_in_names() {
        let preset = built_in(name).unwrap();
        for size in SIZES {
            for (mut session, word) in in_every_state(&preset, size) {
                for keys in ["", "?", "<esc>5z", "<esc>1", ":undo"] {
                    session.keys(keys);
                    let words = session.words();
                    // One that waits, or that has left the numbers, is in another state than a run that was just begun.
                    let usual = !preset.base.view.paused && name != "lr-too-high";
                    let fits = if usual { words == [word] } else { words.len() == 1 };
                    assert!(fits, "{name} {size:?} after {keys}: {words:?}\n{}", session.text());
                }
            }
        }
    }
}

#[test]
fn the_focused_size_is_always_written() {
    for (width, height) in SIZES {
        let mut session = Session::new(width, height);
        session.steps(10);
        for keys in ["", "1", "3", "4", "5", "z", "z:set f2.k 9<enter>"] {
            let size = format!("K={}", session.keys(keys).app.preset().settings(0).stage(session.app.stage()).k);
            session.sees(&size);
        }
    }
}

// Anything at all.

struct Chaos(ChaCha8Rng);

impl Chaos {
    fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound)
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A key of the table, a letter, or a line typed to its end.
    fn script(&mut self) -> String {
        const LINES: [&str; 24] = [
            ":set k 7<enter>",
            ":set f1.k 3<enter>",
            ":set f3.sigma tanh<enter>",
            ":set depth 5<enter>",
            ":set depth 1<enter>",
            ":set rate nan<enter>",
            ":set rate 1e3<enter>",
            ":set target x^2<enter>",
            ":set target none<enter>",
            ":set target x1*x2<enter>",
            ":set n 17<enter>",
            ":set batch 5<enter>",
            ":set prior.tau 1e-9<enter>",
            ":set prior.d.kind flat<enter>",
            ":set scale learned<enter>",
            ":set architecture residual<enter>",
            ":set architecture plain<enter>",
            ":set form reduced<enter>",
            ":set width 3<enter>",
            ":set csv /etc/passwd<enter>",
            ":step 3<enter>",
            ":set f2.hold a,b<enter>",
            ":close<enter>",
            ":open collapse<enter>y",
        ];
        match self.below(12) {
            10 => format!("<esc>:set {}<enter>", self.setting()),
            11 => {
                let word = COMMANDS[self.below(COMMANDS.len())].name;
                let behind = self.of(&["", "", " 1", " 3", " f2", " model.k", " fork-1", " -2", " b 0.5", " residual"]);
                format!("<esc>:{word}{behind}<enter>")
            }
            0..=4 => {
                let row = BINDINGS[self.below(BINDINGS.len())];
                format!("<{}>", self.of(row.keys))
            }
            5..=6 => self
                .of(&["+", "-", "2+", "2<down>-", "1+", "j+", "jj-", "r", "D", "u", "<tab>", "<enter>", "<esc>"])
                .to_owned(),
            7 => format!("<esc>{}", self.of(&LINES)),
            8 => self
                .of(&["<pgdn>", "<pgup>", "<home>", "<end>", "<f1>", "<backspace>", "ß", "⣿", "中", "\u{301}"])
                .to_owned(),
            _ => char::from(u8::try_from(32 + self.below(95)).expect("printable")).to_string(),
        }
    }

    /// Some setting of the preset or of one f⁽ⁱ⁾, and a value that it might take.
    fn setting(&mut self) -> String {
        let all: Vec<&Row> = rows().filter(|row| row.key != "title").collect();
        let row = all[self.below(all.len())];
        let stage = self.of(&[None, Some(1), Some(2), Some(3)]);
        let path = Path::of(row, stage).or_else(|| Path::of(row, None)).or_else(|| Path::of(row, Some(1)));
        let value = match row.kind {
            Kind::Choice(choices) | Kind::Several(choices) => self.of(choices),
            Kind::Flag => self.of(&["true", "false"]),
            Kind::Or { word, .. } if self.below(2) == 0 => word,
            Kind::Vector | Kind::Matrix => self.of(&["[]", "[1]", "[1, -1]", "[[1], [2], [3]]", "[[0.5, 1, 2]]"]),
            _ => self.of(&["0", "1", "2", "3", "5", "0.5", "0.01", "12", "40", "1e-3", "100", "x^2", "[1, 2]"]),
        };
        format!("{} {value}", path.expect("a place"))
    }

    fn size(&mut self) -> (u16, u16) {
        let (width, height) = if self.below(4) == 0 { self.of(&SIZES) } else { (260, 80) };
        let most = |most: u16| usize::from(most);
        (
            1 + u16::try_from(self.below(most(width))).expect("small"),
            1 + u16::try_from(self.below(most(height))).expect("small"),
        )
    }
}

impl Session {
    fn chaos(&mut self, chaos: &mut Chaos) {
        match chaos.below(20) {
            0..=13 => {
                let script = chaos.script();
                // `<q>` is no special key: plain names are letters.
                let name = script.trim_start_matches('<').trim_end_matches('>');
                let is_letter = script.starts_with('<') && name.chars().count() == 1;
                self.keys(if is_letter { name } else { &script });
            }
            14 => {
                let text = chaos.of(&["7", "qq\n\u{1b}[A", "tanh", "\u{9b}31m", "0.5\r\n", "é⣿中\u{202e}", ""]);
                self.paste(text);
            }
            15 => {
                let (width, height) = chaos.size();
                self.input(Input::Resize(width, height));
            }
            16 => drop(self.wait(Duration::from_millis(700))),
            17 => {
                let id = RunId(u32::try_from(chaos.below(4)).expect("small"));
                let sentence = Clean::from("said by a run");
                let what = chaos.of(&[What::Refused, What::Applied])(sentence);
                self.tell(Msg::Event(Event { id, what }));
            }
            _ => drop(self.steps(chaos.of(&[1, 2, 9]))),
        }
    }

    /// The document is valid in all its runs, and the runs are what it says.
    fn check(&self, before: &str) {
        for run in 0..self.app.runs().len() {
            let experiment = self.app.preset().experiment(run).unwrap_or_else(|wrong| panic!("{before}: {wrong:?}"));
            assert!(experiment.model.f.stages.iter().all(|stage| (1..=1024).contains(&stage.k)), "{before}");
            assert!((1..=self.app.depth()).contains(&self.app.stage()), "{before}");
            let shown = self.app.runs()[run].id;
            if let Some(snapshot) =
                self.seats.get(&shown).filter(|_| self.follows).and(self.app.runs()[run].snapshot.as_ref())
                && self.app.word() != "FREEZE"
            {
                assert_eq!(snapshot.experiment.model, experiment.model, "after {before} run {run} is another model");
                assert_eq!(snapshot.experiment.learn, experiment.learn, "after {before}: {}", self.app.sentence().text);
            }
        }
    }
}

/// The document without the forks that are no more.
fn without_forks(mut preset: Preset, alive: &[String]) -> Preset {
    while let Some(run) = preset.runs().iter().position(|name| name.starts_with("fork") && !alive.contains(name)) {
        preset = preset.unfork(run).expect("it is a fork");
    }
    preset
}

/// 10,000 inputs in sessions of 200: no panic, never an invalid document, and everything can be taken back.
#[test]
fn whatever_is_typed_nothing_breaks_and_all_can_be_undone() {
    let names: Vec<&str> = built_in_names().collect();
    let (mut changes, mut undone, mut followed) = (0, 0, 0);
    for seed in 0..50 {
        let mut chaos = Chaos(Seeds(seed).stream(Purpose::Draws, 0, 0));
        let look = chaos.of(&[0, 1, 2]);
        let look = [Look::plain(), ascii(), coloured()][look].clone();
        let size = chaos.size();
        let mut session = Session::on(built_in(names[chaos.below(names.len())]).unwrap(), look.clone(), size);
        let mut begun = vec![session.app.preset().clone()];
        for at in 0..200 {
            session.asked();
            session.chaos(&mut chaos);
            // What is undone in the end: all since a fork, or since a preset was opened, and that too if it was the last.
            let now = session.app.preset();
            let other = begun.last().is_none_or(|last| last.base.title != now.base.title);
            if other || session.effects.iter().any(|effect| effect.contains("Fork")) {
                begun.push(now.clone());
            }
            if session.effects.iter().any(|effect| effect.contains("Close")) {
                let alive = session.app.preset().runs();
                let left = begun.iter().map(|begun| without_forks(begun.clone(), &alive)).collect::<Vec<_>>();
                begun.extend(left.into_iter().filter(|left| !begun.contains(left)).collect::<Vec<_>>());
            }
            changes += session.effects.iter().filter(|effect| effect.contains("Change(")).count();
            session.check(&format!("input {at} of seed {seed}: {:?}", session.effects));
            if at % 2 == 0 {
                let text = session.text();
                assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
                if session.size.1 > 0 && session.size.0 >= 40 {
                    assert_eq!(session.words().len(), 1, "{text}");
                }
            }
        }
        session.keys("<esc><esc><esc>");
        for _ in 0..1000 {
            if session.keys("u").app.sentence().text.as_str().starts_with("nothing to undo") {
                break;
            }
            undone += 1;
        }
        followed += u32::from(session.follows);
        // Saving gives a name, which is not undone.
        let mut left = session.app.preset().clone();
        assert!(
            begun.iter().any(|begun| {
                left.name.clone_from(&begun.name);
                left == *begun
            }),
            "seed {seed}"
        );
        session.check(&format!("undoing all of seed {seed}"));
    }
    let tried = format!(
        "{changes} changes, {undone} edits undone at the end, {followed} of 25 sessions with runs to their end"
    );
    assert!(changes > 500 && undone > 100 && followed >= 10, "too little was tried: {tried}");
}

#[test]
fn every_action_of_the_table_can_be_done_at_any_size() {
    for size in [(1, 1), (2, 3), (39, 11), (40, 12), (59, 17), (60, 18), (99, 24), (260, 80)] {
        let mut session = Session::new(size.0, size.1);
        session.steps(10);
        for row in BINDINGS {
            for key in row.keys {
                let script = if key.chars().count() == 1 { (*key).to_owned() } else { format!("<{key}>") };
                session.keys(&script);
                let _ = session.buffer();
                if *session.app.overlay() != Overlay::None {
                    session.keys("<esc>");
                }
            }
        }
        assert!(session.quit);
    }
}
