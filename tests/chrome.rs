//! What surrounds the functions, as key scripts: finding and typing settings, opening and saving presets, commands and
//! their completion, messages, the question of Notes, help.

mod session;

use fnexplore::preset::{self, Path, Source, Value, built_in, built_in_names, rows};
use fnexplore::run::{RunId, Snapshot};
use fnexplore::text::Clean;
use fnexplore::train::{Event, What};
use fnexplore::tui::app::keys::{BINDINGS, Place};
use fnexplore::tui::app::{Action, App, COMMANDS, ConfigRow, Help, HelpLine, Msg, Overlay, Pane};
use fnexplore::tui::look::Look;
use session::{SIZES, Session};
use std::path::PathBuf;
use std::sync::Arc;

const MINE: &str = "# mine\ntitle = \"Mine\"\n\n[data]\nn = 40 # few\n\n[model]\nk = 5   # elements\ndepth = 2\n";

/// A session on a file of the disk, with another preset and two broken ones beside it.
fn on_file(size: (u16, u16)) -> Session {
    let source = Source::text(&Clean::from("mine.toml"), MINE, &|_| Err(String::new())).expect("a preset");
    let mut session = Session::on(source.preset.clone(), Look::plain(), size);
    let home = fnexplore::preset::Home::File(PathBuf::from("mine.toml"));
    session.app = session.app.clone().from_source(Source { home, ..source });
    for (name, text) in [
        ("mine.toml", MINE),
        ("other.toml", "title = \"Something else\"\n[model]\ndepth = 1\nk = 4\n"),
        ("broken.toml", "[model]\nk = 0\nwidht = 2\n"),
        ("deep.toml", "[f9]\nk = 2\n"),
    ] {
        session.disk.files.insert(PathBuf::from(name), text.to_owned());
    }
    session.asked();
    session
}

fn file(session: &Session, name: &str) -> String {
    session.disk.files.get(&PathBuf::from(name)).cloned().unwrap_or_default()
}

fn listed(app: &App) -> Vec<String> {
    let setting = |row: ConfigRow| match row {
        ConfigRow::Setting(path) => Some(path.to_string()),
        ConfigRow::Section(_) | ConfigRow::Stage(..) | ConfigRow::Figure(_) => None,
    };
    app.config_rows().into_iter().filter_map(setting).collect()
}

// Configuration.

/// By arrows if it has an effect, by `/` in any case; the focused stage stands for all.
#[test]
fn every_row_of_the_table_is_reached() {
    let mut session = Session::new(120, 40);
    for row in rows() {
        for stage in [None, Some(2)] {
            let Some(path) = Path::of(row, stage) else { continue };
            session.keys("2/");
            session.paste(&path.to_string());
            let listed = listed(&session.app);
            assert!(listed.contains(&path.to_string()), "{path} is not among {listed:?}");
            let at = listed.iter().position(|name| *name == path.to_string()).expect("listed");
            session.keys("<home>").keys(&"<up>".repeat(listed.len())).keys(&"<down>".repeat(at));
            assert_eq!(session.app.selected(), path);
            session.keys("<enter>");
            assert_eq!((session.app.selected(), session.app.overlay()), (path, &Overlay::None));
        }
    }
    session.keys("g");
    let all = listed(&session.app);
    for name in [
        "model.k",
        "f2.k",
        "f2.hold",
        "f2.a",
        "f2.prior.b.tau",
        "learn.rate",
        "prior.d.kind",
        "seed",
        "view.lock",
        "notes",
    ] {
        assert!(all.contains(&name.to_owned()), "{name} is not among {all:?}");
    }
    assert!(!all.contains(&"learn.momentum".to_owned()), "adam has none");
}

#[test]
fn a_row_is_found_as_one_types() {
    let mut session = Session::new(80, 24);
    session.steps(5).keys("1/rate").sees("/rate▏").sees("learn.rate: The learning rate");
    assert_eq!((session.app.pane(), session.app.selected().to_string()), (Pane::Configuration, "learn.rate".into()));
    // By its explanation, its letter, several words; what is found can be gone through.
    session.keys("<ctrl-u>weight decay");
    assert!(listed(&session.app).contains(&"prior.tau".to_owned()), "{:?}", listed(&session.app));
    assert!(!listed(&session.app).contains(&"learn.rate".to_owned()));
    session.keys("<ctrl-u>σ");
    assert_eq!(session.app.selected().to_string(), "model.sigma");
    session.keys("<ctrl-u>prior kind");
    let listed = listed(&session.app);
    assert_eq!(session.app.selected().to_string(), listed[0]);
    session.keys("<ctrl-n><down><ctrl-p>");
    assert_eq!(session.app.selected().to_string(), listed[1]);
    // Enter keeps it, Esc goes back to what was selected before.
    session.keys("<enter>");
    assert_eq!(session.app.selected().to_string(), listed[1]);
    session.keys("/rate<esc>");
    assert_eq!(session.app.selected().to_string(), listed[1]);
    session.keys("/xyzzy").sees("no setting is like that").keys("<enter>+");
    assert!(!session.quit);
    // Letters are letters here, whatever they mean elsewhere.
    session.keys("/q?:o").sees("/q?:o▏");
    let mut lost = Session::new(100, 30);
    lost.steps(5).keys("1/rate<enter>/xyzzy<enter>").sees("no setting is called or explained by \"xyzzy\"");
    assert_eq!(lost.app.selected().to_string(), "learn.rate", "what was selected before");
}

#[test]
fn marks_tell_written_changed_and_costly_rows_apart() {
    let mut session = Session::new(120, 40);
    session.steps(2).sees("= set * changed ▴ rebuilds");
    let row = |session: &Session, label: &str| {
        let rows = session.rows();
        let found = rows.iter().find(|row| row.contains(label)).unwrap_or_else(|| panic!("no {label}"));
        found.split(['║', '│']).nth(1).expect("the pane").to_owned()
    };
    assert!(row(&session, "depth L").starts_with("   depth") && row(&session, " K ").starts_with(" = K"));
    assert!(row(&session, "depth L").ends_with('▴') && row(&session, "rate").ends_with(' '));
    session.keys("+").sees("K=13");
    assert!(row(&session, " K ").starts_with(" * K"), "{}", row(&session, " K "));
    session.keys("r");
    assert!(row(&session, " K ").starts_with(" = K"));
    // Of one stage: overridden, then as all stages have it again.
    session.keys("jjjjjj+");
    assert!(session.app.selected().stage().is_some());
    let own = |session: &Session| {
        let rows = session.rows();
        rows.iter().filter(|row| row.contains(" K  ")).nth(1).expect("two").split('║').nth(1).expect("it").to_owned()
    };
    assert!(own(&session).starts_with(" * K"), "{}", own(&session));
    session.keys("r");
    assert!(own(&session).starts_with("   K"), "{}", own(&session));
    let locked = Session::with_preset("[view]\nlock = [\"model.k\"]", 120, 40);
    assert!(locked.text().contains("16 (locked)"));
}

#[test]
fn lists_are_typed_on_one_line() {
    let mut session = Session::new(120, 40);
    session.keys("/f2.hold<enter><enter>a, b<enter>");
    let list = |names: &[&str]| Value::List(names.iter().map(|name| Value::Text(Clean::from(*name))).collect());
    assert_eq!(session.value("f2.hold"), list(&["a", "b"]));
    session.keys("<enter>").sees("a, b▏").keys("<left><left><left>").sees("a▏, b").keys("<esc>");
    session.keys("<enter><ctrl-u>q<enter>").sees("it must be a list of a, b, c and d").keys("<ctrl-u><enter>");
    assert_eq!(session.value("f2.hold"), list(&[]));
    session.keys("/view.lock<enter><enter>model.k, seed<enter>");
    assert_eq!(session.value("view.lock"), list(&["model.k", "seed"]));
    session
        .keys(":set model.k 3<enter>")
        .sees("locked")
        .keys("<enter><ctrl-u><enter>:set model.k 3<enter>")
        .sees("K=3");
    // Rows of numbers, and back to nothing.
    session.keys(":set f2.k 3<enter>/f2.a<enter><enter>[[1], [2], [3]]<enter>");
    assert_eq!(session.value("f2.a"), Value::List([1.0, 2.0, 3.0].map(|a| Value::from(vec![a])).to_vec()));
    session.keys("<enter><ctrl-u><enter>");
    assert_eq!(session.value("f2.a"), Value::List(Vec::new()));
    // What is too long for a line is not cut: it stays in the file.
    session.keys("/notes<enter><enter>").sees("too long for one line");
    session.keys("/data.range<enter><enter>").sees("-3, 3▏").keys("<ctrl-u>-1, 2<enter>");
    assert_eq!(session.value("data.range"), Value::from([-1.0, 2.0]));
}

#[test]
fn a_long_value_is_typed_with_its_caret_in_sight() {
    let mut session = Session::new(80, 24);
    session.keys("/title<enter><enter><ctrl-u>").paste(&"abcdefgh ".repeat(17));
    session.sees("abcdefgh▏").keys("<home>").sees("▏abcdefgh");
}

// Opening.

#[test]
fn a_built_in_preset_is_picked() {
    let mut session = Session::new(120, 40);
    session.steps(10).asked();
    session
        .keys("o")
        .sees("╔ Open ")
        .sees("residual")
        .sees("plain · σ relu · L 3 · K 12")
        .sees("data sin(2*x) + 0.3*x");
    session.keys("resid").sees("/resid▏").sees_no("motorcycle").sees("beside it: residual");
    session.asked();
    session.keys("<enter>");
    assert_eq!(
        session.asked(),
        ["0 Pause", "Open(base)", "1 Run { until: None }", "Open(residual)", "2 Run { until: None }"]
    );
    session.steps(3).sees("fnexplore residual").sees("opened residual (u: back to compose): What is left");
    assert!(!session.app.is_edited());
    // By name too; a slip of the pen disturbs nothing.
    session.keys(":open truncate<enter>").sees("fnexplore truncate").asked();
    session.keys(":open truncat<enter>").sees("there is no file \"truncat\"; nearest built-in preset: truncate");
    session.sees("fnexplore truncate");
    session.keys("o<down><up><esc>");
    assert!(
        session.asked().iter().all(|effect| effect.starts_with("List") || effect.starts_with("Open(\"")),
        "nothing began"
    );
}

#[test]
fn a_file_is_picked_and_a_broken_one_disturbs_nothing() {
    for size in [(120, 40), (80, 24), (40, 12)] {
        let mut session = on_file(size);
        session.steps(10);
        let before = session.app.preset().clone();
        session.keys("o").keys("broken");
        session.asked();
        session.keys("<enter>").sees("It is not opened").sees("model.k is 0");
        assert_eq!((session.asked(), session.app.preset()), (vec!["Open(\"broken.toml\")".to_owned()], &before));
        assert!(matches!(session.app.overlay(), Overlay::Picker(_)), "another can be chosen at once");
        session.keys("<ctrl-u>deep.toml").keys("<enter>").sees("f9 is beyond the depth");
        session.keys("<ctrl-u>else").sees("Something else").keys("<enter>").steps(2).sees("K=4");
        assert_eq!(session.app.file(), Some(std::path::Path::new("other.toml")), "{size:?}");
    }
    // All problems can be read later.
    let mut session = on_file((120, 40));
    session.keys(":open broken.toml<enter>").sees("one of 2 problems").keys(":messages<enter>");
    session.sees("model.k is 0").sees("nearest: model.width");
}

#[test]
fn unsaved_settings_are_asked_about_before_another_preset_opens() {
    let mut session = on_file((120, 40));
    session.keys("+o").keys("else<enter>").sees("not saved. Open other all the");
    session.asked();
    session.keys("x<space>").sees("not saved").keys("n").sees("fnexplore mine*");
    assert_eq!(session.asked(), [""; 0]);
    session.keys("o").keys("else<enter>y").steps(1).sees("fnexplore other");
    // Saving first: the file has the change, and then the other one opens.
    let mut session = on_file((120, 40));
    session.keys("+o").keys("else<enter>s").steps(1).sees("fnexplore other");
    assert_eq!(file(&session, "mine.toml"), MINE.replace("k = 5", "k = 6"));
    // What cannot be saved is not lost.
    let mut session = on_file((120, 40));
    session.disk.full = Some("no space left");
    session.keys("+o").keys("else<enter>s").sees("mine.toml was not written: no space left").sees("fnexplore mine*");
    assert_eq!(file(&session, "mine.toml"), MINE);
}

/// What was pasted keeps its comments, and unsaved settings are asked about before it opens.
#[test]
fn a_pasted_preset_asks_about_unsaved_settings() {
    let mut session = on_file((120, 40));
    session.keys("+").paste("# theirs\n[model]\nk = 3\ndepth = 1\n").sees("Open what was pasted?");
    session.keys("<enter>").sees("Open pasted all the").keys("n").sees("mine*");
    session.paste("# theirs\n[model]\nk = 3\ndepth = 1\n").keys("<enter>s").steps(1).sees("K=3");
    assert!(file(&session, "mine.toml").contains("k = 6"));
    session.keys("+:save theirs<enter>");
    assert_eq!(file(&session, "theirs.toml"), "# theirs\n[model]\nk = 4\ndepth = 1\n");
}

// Saving and leaving.

#[test]
fn settings_are_written_back_with_their_comments() {
    let mut session = on_file((120, 40));
    session.keys("w").sees("mine.toml says this already");
    assert_eq!(session.asked(), [""; 0]);
    session.keys("+w").sees("written to mine.toml").sees_no("mine*");
    assert_eq!(file(&session, "mine.toml"), MINE.replace("k = 5   #", "k = 6   #"));
    // Undo goes on past it, and can be saved again.
    session.keys("u").sees("mine*").keys("w");
    assert_eq!(file(&session, "mine.toml"), MINE);
    session.keys("+:save new<enter>").sees("written to new.toml").steps(1).sees("fnexplore new");
    assert_eq!(
        (file(&session, "new.toml"), file(&session, "mine.toml")),
        (MINE.replace("k = 5", "k = 6"), MINE.into())
    );
    session.keys("u").sees("fnexplore new*").keys("w");
    assert_eq!(file(&session, "new.toml"), MINE);
    // What is there is not written over unless one says so.
    session.keys(":w other.toml<enter>").sees("there is such a file already").keys(":w! other.toml<enter>");
    assert_eq!(file(&session, "other.toml"), MINE);
    session.disk.files.insert(PathBuf::from("other.toml"), "seed = 3".to_owned());
    session.keys("+w").sees("the file has changed");
    assert_eq!(file(&session, "other.toml"), "seed = 3");
    session.keys(":w!<enter>");
    assert!(file(&session, "other.toml").starts_with("# mine"));
}

#[test]
fn a_preset_without_a_file_is_asked_for_its_name() {
    let mut session = Session::new(80, 24);
    session.keys("w").sees(":save compose.toml▏").keys("<esc>");
    assert!(session.disk.files.is_empty());
    session.keys("+w<enter>").sees("written to compose.toml").sees_no("compose*");
    let text = file(&session, "compose.toml");
    assert!(text.contains("k = 13") && text.contains("Follow the white dot"), "{text}");
    session.keys("+w").sees("written to compose.toml");
    assert!(file(&session, "compose.toml").contains("k = 14"));
    let mut failing = Session::new(80, 24);
    failing.disk.full = Some("the disk is full");
    failing.keys("+w<enter>").sees("compose.toml was not written: the disk is full").sees("compose*");
}

#[test]
fn leaving_asks_only_when_something_would_be_lost() {
    let mut session = on_file((80, 24));
    session.keys("q");
    assert_eq!(session.asked(), ["Quit"]);
    for (keys, leaves) in
        [("qq", true), ("qy", true), ("qn", false), ("q<esc>", false), ("q<space>", false), (":q!<enter>", true)]
    {
        let mut session = on_file((80, 24));
        session.keys("+");
        session.asked();
        session.keys(keys);
        assert_eq!(session.quit, leaves, "{keys}");
    }
    let mut session = on_file((80, 24));
    session.keys("+qs");
    assert!(session.quit && file(&session, "mine.toml").contains("k = 6"));
    // Without a file a name is asked for first; giving it up stays.
    let mut session = Session::new(80, 24);
    session.keys("+qs").sees(":save compose.toml▏").keys("<esc>");
    assert!(!session.quit);
    session.keys("w<enter>");
    assert!(!session.quit, "what waited for the name waits no longer");
    session.keys("+qs<enter>");
    assert!(!session.quit || file(&session, "compose.toml").contains("k = 14"));
    let mut session = Session::new(80, 24);
    session.keys("+qs<enter>");
    assert!(session.quit && !file(&session, "compose.toml").is_empty());
}

/// Whatever is done, what would be saved loads as what runs.
#[test]
fn what_would_be_saved_is_what_runs() {
    for name in built_in_names() {
        let source = Source::built_in(name).expect("built in");
        let mut session = Session::on(source.preset.clone(), Look::plain(), (80, 24));
        session.app = session.app.clone().from_source(source.clone());
        assert_eq!(session.app.spelt(), source.text);
        session.keys("v++N:set rate 0.02<enter>:set f1.sigma elu<enter>");
        let text = session.app.spelt();
        assert!(text.contains("0.02") && text.contains("elu"), "{text}");
        for line in source.text.lines().filter(|line| line.starts_with('#')) {
            assert!(text.contains(line));
        }
    }
}

// Commands.

#[test]
fn commands_are_completed() {
    let mut session = Session::new(120, 40);
    session.keys(":rest").sees("restart").keys("<tab>").sees(":restart▏").keys("<esc>");
    // What all choices begin with, then one after the other, round and back.
    session
        .keys(":se<tab>")
        .sees(":set▏")
        .keys("<tab>")
        .sees(":seed▏")
        .keys("<esc>:set mod<tab>")
        .sees(":set model.▏")
        .sees("model.architecture");
    session.keys("<tab>").sees(":set model.architecture▏").keys("<tab>").sees(":set model.depth▏");
    session
        .keys("<shift-tab>")
        .sees(":set model.architecture▏")
        .keys(" ")
        .sees("plain, residual or residual-2015; now plain");
    session.keys("re<tab>").sees(":set model.architecture residual▏").keys("<tab><tab>").sees("residual-2015▏");
    session.keys("<enter>");
    assert_eq!(session.value("model.architecture"), Value::Text(Clean::from("residual-2015")));
    // By a later word, of one stage, a number's value.
    session.keys(":set ra<tab>").sees("data.range").sees("learn.rate").keys("<esc>");
    session.keys(":set f2.si<tab>").sees(":set f2.sigma ▏").keys("<esc>");
    session
        .keys(":set rate ")
        .sees("a number from 1e-8 to 1000; now 0.01")
        .keys("<tab>")
        .sees(":set rate 0.01▏")
        .keys("<esc>");
    session.keys(":open tr<tab>").sees(":open truncate▏").keys("<esc>");
    session.keys(":pane n<tab><enter>");
    assert_eq!(session.app.pane(), Pane::Notes);
    session.keys(":xyz<tab>").sees(":xyz▏").keys("<esc>");
    session.keys(":step ").sees("N  that many steps");
}

#[test]
fn files_are_completed_without_having_been_listed() {
    let mut session = on_file((120, 40));
    session.steps(3).keys(":open oth<tab>").sees(":open other.toml▏").keys("<enter>").sees("fnexplore other");
    let asked = session.asked();
    assert_eq!(asked.iter().filter(|effect| effect.starts_with("List")).count(), 1, "{asked:?}");
}

#[test]
fn what_vi_users_type_saves_and_leaves() {
    let mut session = on_file((120, 40));
    session.steps(2).keys("+:write<enter>").sees("written to mine.toml");
    assert!(file(&session, "mine.toml").contains("k = 6") && !session.app.is_edited());
    session.keys("+:write copy<enter>").sees("written to copy.toml");
    assert!(file(&session, "copy.toml").contains("k = 7"));
    session.keys("+:write other<enter>").sees("there is such a file already");
    session.keys(":write! other<enter>").sees("written to other.toml");
    session.keys("+:wq mine<enter>").sees("there is such a file already");
    assert!(!session.quit, "what cannot be saved is not left");
    session.keys(":wq<enter>");
    assert!(session.quit && file(&session, "other.toml").contains("k = 9"));
    // Nothing was changed: nothing is written. A preset without a file is asked for its name first.
    let mut session = Session::new(120, 40);
    session.steps(2).keys(":x<enter>");
    assert!(session.quit && session.disk.files.is_empty());
    let mut session = Session::new(120, 40);
    session.steps(2).keys("+:x<enter>").sees(":save compose.toml▏");
    assert!(!session.quit);
    session.keys("<enter>");
    assert!(session.quit && file(&session, "compose.toml").contains("k = 13"));
    let mut session = Session::new(120, 40);
    session.steps(2).keys("+:quit<enter>").sees("are not saved. Leave?").keys("n:quit!<enter>");
    assert!(session.quit);
}

#[test]
fn a_table_without_names_says_how_it_was_read() {
    let mut session = on_file((200, 60));
    session.disk.files.insert("bare.csv".into(), "1,5,2\n2,5,4\n3,5,5\n4,5,7\n".to_owned());
    session.disk.files.insert("bare.toml".into(), "[data]\ncsv = \"bare.csv\"\n[model]\nk = 2\n".to_owned());
    session.steps(2).keys(":open bare.toml<enter>").sees("bare.csv begins with numbers, not with names");
    session.sees("x is col1, y is col3").keys(":messages<enter>").sees("opened bare");
    // Who has said so is not told.
    session
        .disk
        .files
        .insert("told.toml".into(), "[data]\ncsv = \"bare.csv\"\nheader = \"no\"\n[model]\nk = 2\n".to_owned());
    session.keys("<esc>:open told.toml<enter>").sees("opened told").sees_no("begins with numbers");
}

#[test]
fn a_session_that_waited_goes_on_waiting() {
    let mut session = Session::new(120, 40);
    session.steps(5);
    let kept = |session: &Session| session.app.checkpoint(None, Vec::new()).going;
    assert_eq!(kept(&session), Some(true));
    session.keys("<space>");
    assert_eq!(kept(&session), Some(false));
    let resumed = |preset: &str, going| {
        let preset = preset::load(&Clean::from("p"), preset, &|_| Err(String::new())).expect("a preset");
        let (app, effects) = App::resume(preset, Look::plain(), &[], going);
        (app.word(), effects.iter().any(|effect| format!("{effect:?}").contains("Run {")))
    };
    for (preset, going, learns) in [
        ("", Some(false), false),
        ("", Some(true), true),
        ("", None, true),
        ("view.paused = true", Some(true), true),
        ("view.paused = true", None, false),
    ] {
        let word = if learns { "RUN" } else { "PAUSE" };
        assert_eq!(resumed(preset, going), (word, learns), "{preset} {going:?}");
    }
}

#[test]
fn old_commands_come_back() {
    let mut session = Session::new(120, 40);
    session
        .keys(":set k 7<enter>:step 2<enter>:set k 7<enter>:draft<up>")
        .sees(":set k 7▏")
        .keys("<up>")
        .sees(":step 2▏");
    session.keys("<up><up>").sees(":step 2▏").keys("<down><down>").sees(":draft▏").keys("<ctrl-p>").sees(":set k 7▏");
    session.keys("<backspace>9<enter>").sees("K=9");
}

#[test]
fn every_command_does_something_or_says_why_not() {
    for row in COMMANDS {
        let mut session = Session::new(120, 40);
        session.steps(5).asked();
        let before = session.text();
        let argument = match row.name {
            "set" => "k 4",
            "clear" => "model.k",
            "reset" => "rate",
            "step" | "seed" | "nudge" => "3",
            "move" => "a 1",
            "open" => "truncate",
            "save" | "save!" | "w" | "w!" | "write" | "write!" | "wq" | "x" => "x",
            "stage" => "1",
            "pane" => "loss",
            "marker" => "half",
            "colours" => "light",
            _ => "",
        };
        session.keys(&format!(":{} {argument}<enter>", row.name));
        let nothing =
            ["run", "reset", "forth", "export", "colours", "fit", "coordinate", "variant", "repaint", "suspend"];
        assert!(nothing.contains(&row.name) || session.text() != before || session.quit, ":{} does nothing", row.name);
        assert!(!session.app.sentence().text.contains("no command"), "{}", row.name);
        assert!(!row.explained().is_empty(), "{} is not explained", row.name);
    }
    let mut session = Session::new(120, 40);
    for (typed, said) in [
        ("stage 9", "stage takes 1 to 3, not 9"),
        ("pane x", "pane takes one of functions, configuration"),
        ("marker", "marker takes one of braille, octant, quadrant, half, ascii"),
        ("nudge much", "nudge takes a whole number"),
        ("zoom in", "zoom takes nothing behind it"),
        ("set rat 1", "nearest: learn.rate"),
        ("clear nothing", "nothing is no setting"),
    ] {
        session.keys(&format!(":{typed}<enter>")).sees(said);
        assert!(session.app.sentence().is_error, "{typed}");
    }
}

#[test]
fn what_was_said_can_be_read_again() {
    let mut session = Session::new(80, 24);
    session.steps(30).keys("u:set rate 0.02<enter>:messages<enter>").sees("╔ Messages ").sees("30 ! nothing to undo");
    session.sees("30   learn.rate = 0.02").keys("<esc>").sees_no("Messages");
    for step in 0..80 {
        session.keys(&format!(":xx{step}<enter>"));
    }
    assert_eq!(session.app.messages().count(), 50);
    session.keys(":messages<enter>").sees("xx79").sees_no("xx30").keys("g").sees("xx30").keys("G").sees("xx79");
    session.keys("k").sees_no("xx79").keys("q");
    assert!(!session.quit && *session.app.overlay() == Overlay::None);
}

/// The lines above the status line, as one.
fn lower(session: &Session) -> String {
    let rows = session.rows();
    let words: Vec<&str> = rows[rows.len() - 4..rows.len() - 1].iter().flat_map(|row| row.split_whitespace()).collect();
    words.join(" ")
}

#[test]
fn a_long_sentence_is_read_to_its_end_and_moves_nothing() {
    for size in [(80, 24), (100, 30), (200, 60)] {
        let mut session = Session::new(size.0, size.1);
        session.steps(5);
        let before = session.rows();
        session.keys(":set sigma banana<enter>");
        let said = session.app.sentence();
        assert!(said.is_error && said.text.len() > 100, "{}", said.text);
        assert!(lower(&session).ends_with(said.text.as_str()), "{}", session.text());
        let above = before.len() - 4;
        assert_eq!(session.rows()[..above], before[..above], "plots stay where they are");
        // A short one takes its own line alone, and nothing remains of the long one.
        session.keys("u").sees("nothing to undo");
        let last = before.len() - 2;
        assert_eq!(session.rows()[..last], before[..last]);
        // So is why a value that is typed into its row is refused.
        session.keys("2/model.sigma<enter>=<ctrl-u>banana<enter>");
        let why = said.text.trim_end_matches(|c: char| !c.is_alphanumeric());
        assert!(lower(&session).contains(why), "{}", session.text());
    }
}

#[test]
fn what_three_lines_do_not_hold_is_among_the_messages() {
    let mut session = Session::new(40, 12);
    session.steps(5);
    let long = format!("{}end", "a word or two of many ".repeat(15));
    session.tell(Msg::Event(Event { id: RunId(0), what: What::Refused(Clean::from(long.as_str())) }));
    session.sees("… :messages has it all").sees("║ = K").keys(":messages<enter>").sees(" end");
}

#[test]
fn marks_and_colours_say_which_they_are() {
    let mut session = Session::new(80, 24);
    session.steps(2).keys("m").sees("marks: ");
    let marks = session.app.look.marker.name();
    session.sees(&format!("marks: {marks}")).keys("t");
    let palette = session.app.look.palette.colours.name();
    session.sees(&format!("palette: {palette}")).keys(":marker half<enter>").sees("marks: half");
    session.keys(":colours light<enter>").sees("palette: light");
}

#[test]
fn help_is_hinted_at_on_a_small_screen_too() {
    let mut session = Session::new(40, 12);
    session.steps(3);
    let shown = session.app.shown().expect("a picture");
    for (step, hint) in [(3, "? keys"), (286_378, "? keys"), (286_378_123, "?")] {
        session.tell(Msg::Snapshot(Arc::new(Snapshot { step, ..(*shown).clone() })));
        let rows = session.rows();
        let status = rows.last().expect("a status line").trim_end();
        assert!(status.ends_with(hint), "{status}");
    }
}

// Notes.

#[test]
fn notes_have_pages() {
    let mut session = Session::new(200, 60);
    session.steps(3).keys("5").sees("page 1 of 3").sees("f3 alone meets x").sees_no("The output axis of one plot");
    session
        .keys("J")
        .sees("page 2 of 3")
        .sees("Two inputs that f3 sends")
        .keys("<pgdn>")
        .sees("page 3 of 3")
        .sees("Lower K");
    session.keys("J").sees("page 3 of 3").keys("K<pgup>K").sees("page 1 of 3");
    // One page is none; elsewhere J and K are nothing.
    Session::with_preset("notes = \"Look.\"", 200, 60).keys("5").sees("Look.").sees_no("page 1");
    session.keys("2J").sees("page 1 of 3");
    // On a narrow screen the pane in focus is there to be read.
    for size in [(80, 24), (60, 20), (40, 18), (40, 12)] {
        let mut narrow = Session::new(size.0, size.1);
        narrow.keys("5").sees(" Notes ").sees("page 1 of 3").keys("4").sees(" Loss ");
    }
}

#[test]
fn what_one_expects_is_said_first_and_compared_then() {
    let mut session = Session::new(200, 60);
    session.steps(3).sees("5, then Enter: guess first").sees_no("Fewer than");
    session.keys("5").sees("Enter: guess first").keys("<enter>three?").sees("you expect: three?▏");
    session.keys("<enter>").sees("You expect").sees("three?").sees("when the run is done").sees_no("Fewer than");
    // On demand …
    let mut asked = Session::new(200, 60);
    asked.steps(3).keys("5<enter>three?<enter><enter>").sees("What happens").sees("Fewer than");
    // … or when the run is done: side by side.
    session.steps(6000).sees("Fewer than");
    let rows = session.rows();
    assert!(rows.iter().any(|row| row.contains("three?") && row.contains("Fewer than")), "{}", session.text());
    // Without an answer of one's own nothing is given away; Enter alone is one.
    let mut silent = Session::new(200, 60);
    silent.steps(6000).sees_no("Fewer than").keys("5<enter><esc>").sees_no("Fewer than");
    silent.keys("<enter><enter>").sees("(left open)").sees("Fewer than");
    Session::with_preset("", 80, 24).keys(":answer<enter>").sees("this preset asks nothing");
}

// Help.

#[test]
fn help_explains_what_has_the_focus() {
    let mut session = Session::new(80, 24);
    session.steps(200);
    for (keys, begins) in [
        ("1?", "f⁽²⁾, between f⁽³⁾ and f⁽¹⁾"),
        (">?", "f⁽¹⁾, the outermost of 3: it gives ŷ"),
        ("<<?", "f⁽³⁾, the innermost function: it meets x itself"),
        ("2?", "model.k"),
        ("3?", "f, the whole composition"),
        ("4?", "Learning climbs the log posterior"),
        ("5?", "by whoever wrote this preset"),
    ] {
        session.keys(keys).sees("╔ Help ").sees(begins).sees_no("│ Help").keys("<esc>");
    }
    // With the live numbers.
    session.keys("1?").sees("truncated at K=12; σ is relu").sees("37 numbers to learn").keys("<esc>");
    session.keys("j?").sees("The selected element, 1 of 12").keys("<esc><esc>");
    session
        .keys("2/rate<enter>?")
        .sees("Now 0.01, the default. It takes a number from 1e-8 to 1000")
        .sees("felt at once")
        .keys("<esc>");
    session.keys("+?").sees("has 0.01: r goes back to it").keys("<esc>");
    let mut residual = Session::on(built_in("residual").unwrap(), Look::plain(), (120, 40));
    residual.steps(3).keys("v1?").sees("what leaves is u + s·f⁽²⁾(u), s = 1").sees("the dotted line is u alone");
    let mut reduced = Session::with_preset("model.form = \"reduced\"", 120, 40);
    reduced.steps(3).keys("1>?").sees("reduced: b = 1 and c = 0");
    let mut wide = Session::with_preset("model.width = 3", 120, 40);
    wide.steps(3).keys("1?").sees("Its stream has 3 numbers");
}

#[test]
fn help_is_searched() {
    let mut session = Session::new(80, 24);
    session.steps(3).keys("?/undo").sees("/undo▏").sees("u              undo").sees_no("run or pause");
    session
        .keys("<enter>")
        .sees("/undo")
        .keys("<esc>")
        .sees("run or pause")
        .sees("╔ Help ")
        .keys("<esc>")
        .sees_no("╔ Help ");
    session.keys("?/q<esc>").sees("╔ Help ").keys("<esc>").sees_no("╔ Help ");
    assert!(!session.quit);
}

/// The pane's own keys stand before the others, and scrolling ends where the lines do.
#[test]
fn help_s_lines_are_in_order() {
    for pane in Pane::ALL {
        let mut session = Session::new(80, 24);
        session.steps(3).keys(&format!(":pane {}<enter>", pane.title().to_lowercase()));
        let lines = session.app.help_lines(&Help::default(), 74);
        let keys: Vec<&String> = lines
            .iter()
            .filter_map(|line| if let HelpLine::Keys(keys, _) = line { Some(keys) } else { None })
            .collect();
        let own: Vec<String> =
            BINDINGS.iter().filter(|row| row.place == Place::In(pane)).map(|row| row.keys.join("  ")).collect();
        let first: Vec<&String> = keys.iter().filter(|keys| !keys.is_empty()).take(own.len()).copied().collect();
        assert_eq!(first, own.iter().collect::<Vec<_>>(), "{pane:?}");
        for line in &lines {
            let (HelpLine::Prose(text) | HelpLine::Heading(text)) = line else { continue };
            assert!(text.chars().count() <= 74, "{text}");
        }
        session.keys("?").keys(&"j".repeat(300));
        let bottom = session.text();
        session.keys("k");
        assert_ne!(session.text(), bottom, "one key back is one line back");
    }
}

/// Every overlay at every size: it is there, the status line is too, and the way out works.
#[test]
fn overlays_fit_every_size() {
    for size in SIZES.into_iter().chain([(20, 6), (10, 3), (1, 1), (260, 80)]) {
        let mut session = Session::new(size.0, size.1);
        session.steps(5).keys("+");
        for open in ["?", "o", ":", ":messages<enter>", "q", "/", "5<enter>", "2<enter>"] {
            session.keys(open);
            assert_ne!(*session.app.overlay(), Overlay::None, "{open} at {size:?}");
            let rows = session.rows();
            if size.0 >= 40 && size.1 >= 12 {
                assert!(rows[rows.len() - 1].contains("RUN"), "{open} at {size:?}\n{}", session.text());
            }
            session.keys("<esc>");
            assert_eq!(*session.app.overlay(), Overlay::None, "{open} at {size:?}");
        }
    }
}

/// Keys that are asked for by the table do what the table says.
#[test]
fn the_table_has_the_keys_of_this_file() {
    for (key, action) in
        [("/", Action::Find), ("o", Action::Pick), ("w", Action::Save), ("J", Action::Turn(1)), ("K", Action::Turn(-1))]
    {
        assert!(BINDINGS.iter().any(|row| row.keys.contains(&key) && row.action == action), "{key}");
    }
}
