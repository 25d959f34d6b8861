//! The program in a terminal of its own: what it shows, what it leaves behind, and how it goes when the world does.
#![cfg(unix)]

mod pty;

use portable_pty::native_pty_system;
use pty::{DEADLINE, PICTURE, PROGRAM, TAKEN, Terminal, command, size};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::io::Read;
use std::time::{Duration, Instant};

#[test]
fn it_opens_with_every_pane_and_learns() {
    for (columns, rows, labels) in [
        (120, 40, &["╭ f⁽³⁾ ", " Configuration ", " f ──", " Loss ──", " Notes ──", "RUN", "K=12"][..]),
        // Without a pane of its own the loss stands on the status line, and has the screen when zoomed.
        (80, 24, &["╭ f⁽³⁾ ", "╭ f⁽¹⁾ ", " Configuration ", " f ──", "loss ", "RUN", "K=12"]),
    ] {
        let mut terminal = Terminal::open(&[], columns, rows);
        terminal.sees(labels);
        let step = terminal.until("a step", Terminal::step);
        terminal.until("more steps", |seen| Terminal::step(seen).filter(|now| *now > step));
        assert!(TAKEN.iter().all(|sequence| terminal.now().count(sequence) == 1));
        terminal.keys("4z");
        terminal.sees(&["╔ Loss "]);
        terminal.keys("q");
        assert_eq!(terminal.ends().exit_code(), 0);
        terminal.is_as_before();
    }
}

#[test]
fn keys_do_what_they_say() {
    let mut terminal = Terminal::open(&["compose"], 120, 40);
    terminal.sees(&["K=12", "RUN"]);
    terminal.keys("+");
    terminal.sees(&["K=13", "compose*"]);
    terminal.keys("u");
    terminal.sees(&["K=12"]);
    terminal.keys("?");
    terminal.sees(&["╔ Help ", "run or pause"]);
    // An Esc alone, and a while later what could have been its sequence.
    terminal.keys("\x1b");
    terminal.until("the overlay's end", |seen| (!seen.text().contains("╔ Help ")).then_some(()));
    terminal.keys(":set rate 0.02\r");
    terminal.sees(&["rate            0.02"]);
    // A paste is text, whatever is in it.
    terminal.keys("\x1b[200~q\x03:q\r\x1b[201~");
    terminal.sees(&["what was pasted is no preset"]);
    terminal.keys("\x1b[B\x1bOB");
    terminal.keys(":");
    terminal.keys("\x1b[200~set k 9\r\x1b[201~\r");
    terminal.sees(&["K=9"]);
    terminal.keys("\x03");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
}

#[test]
fn a_pause_is_silent_to_the_last_byte() {
    let mut terminal = Terminal::open(&["compose"], 120, 40);
    terminal.sees(&["RUN"]);
    terminal.keys(" ");
    terminal.sees(&["PAUSE"]);
    terminal.falls_silent();
    let paused = Terminal::step(&terminal.now());
    terminal.keys(" ");
    terminal.sees(&["RUN"]);
    terminal.until("more steps", |seen| (Terminal::step(seen) > paused).then_some(()));
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}

#[test]
fn signals_give_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let mut terminal = Terminal::open(&["residual"], 80, 24);
        terminal.sees(&["RUN"]);
        kill_process(terminal.pid(), signal).expect("it lives");
        assert_eq!(terminal.ends().exit_code(), code);
        terminal.is_as_before();
    }
}

#[test]
fn a_hang_up_ends_it() {
    let pair = native_pty_system().openpty(size(120, 40)).expect("a pseudoterminal");
    let mut child = pair.slave.spawn_command(command(PROGRAM, &[], &[])).expect("the program starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let (mut bytes, mut seen) = ([0; 4096], Vec::new());
    while !seen.windows(3).any(|window| window == b"RUN") {
        let count = reader.read(&mut bytes).expect("the program draws");
        assert!(count > 0);
        seen.extend_from_slice(&bytes[..count]);
    }
    // Every descriptor of the terminal's other side.
    drop(reader);
    drop(pair.master);
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            break status;
        }
        if began.elapsed() > DEADLINE {
            let _ = child.kill();
            panic!("it lives on without a terminal");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert_eq!(status.exit_code(), 129);
}

#[test]
fn any_size_can_be_drawn() {
    let mut terminal = Terminal::open(&["residual"], 80, 24);
    terminal.sees(&["RUN"]);
    terminal.keys(" ");
    terminal.sees(&["PAUSE"]);
    // From here on every picture is a resize's, so that each size is really drawn before the next one comes.
    terminal.falls_silent();
    for (columns, rows) in [(1, 1), (250, 60), (2, 40), (200, 2), (40, 12), (1, 1), (120, 40)] {
        let pictures = terminal.now().count(PICTURE);
        terminal.resize(columns, rows);
        terminal.until("a picture", |seen| (seen.count(PICTURE) > pictures).then_some(()));
        if columns >= 40 {
            terminal.sees(&["PAUSE", "step"]);
        }
        if rows >= 12 && columns >= 40 {
            terminal.sees(&["K=12"]);
        }
    }
    terminal.resize(250, 60);
    terminal.sees(&[" Configuration ", " Loss ──", " Notes ──", "╭ f⁽³⁾ "]);
    terminal.resize(1, 1);
    terminal.keys(" +z?\x1b");
    terminal.resize(120, 40);
    terminal.sees(&["K=13", "RUN", "╔ Configuration "]);
    // What follows an Esc at once would belong to it.
    terminal.until("the overlay's end", |seen| (!seen.text().contains("╔ Help ")).then_some(()));
    terminal.keys("qy");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
}

#[test]
fn a_bad_preset_never_takes_the_screen() {
    let bad = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad_presets/interval.toml");
    for (args, said) in
        [(&[bad][..], "interval.toml:"), (&["residul"], "nearest: residual"), (&["--set", "k=0"], "model.k")]
    {
        let mut terminal = Terminal::open(args, 120, 40);
        assert_eq!(terminal.ends().exit_code(), 2);
        terminal.sees(&[said]);
        let seen = terminal.now();
        assert_eq!(seen.count(b"\x1b"), 0, "{}", seen.text());
    }
}

/// The mouse is asked for by a key alone, does what it says, and is let go on every way out.
#[test]
fn the_mouse_is_given_back() {
    let (on, off): (&[u8], &[u8]) = (b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1006l\x1b[?1000l");
    for way_out in ["q", "\x03", "TERM"] {
        let mut terminal = Terminal::open(&["compose"], 120, 40);
        terminal.sees(&["RUN", "╔ Configuration "]);
        assert_eq!(terminal.now().count(on), 0);
        terminal.keys("M");
        terminal.sees(&["the mouse is on"]);
        // The lower right is Notes.
        terminal.keys("\x1b[<0;110;30M\x1b[<0;110;30m");
        terminal.sees(&["╔ Notes "]);
        if way_out == "TERM" {
            kill_process(terminal.pid(), Signal::TERM).expect("it lives");
        } else {
            terminal.keys(way_out);
        }
        terminal.ends();
        terminal.is_as_before();
        let seen = terminal.now();
        let last = |sequence: &[u8]| seen.bytes.windows(sequence.len()).rposition(|window| window == sequence);
        assert!(last(on).is_some() && last(on) < last(off), "after {way_out}");
    }
}

/// Two presses of the key are four files in the current folder, and none takes another's place.
#[test]
fn a_key_leaves_files_behind() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("exports");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut command = command(PROGRAM, &["compose"], &[]);
    command.cwd(&folder);
    let mut terminal = Terminal::with(command, 120, 40);
    terminal.sees(&["RUN"]);
    terminal.keys(" ");
    terminal.sees(&["PAUSE"]);
    terminal.falls_silent();
    let step = {
        let seen = terminal.now();
        Terminal::step(&seen).unwrap_or_else(|| panic!("no step in {}", seen.text()))
    };
    terminal.keys("e");
    terminal.sees(&[&format!("wrote compose-{step}.svg and compose-{step}.csv")]);
    terminal.keys("e");
    terminal.sees(&[&format!("wrote compose-{step}-2.svg and compose-{step}-2.csv")]);
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    let read = |name: String| std::fs::read_to_string(folder.join(name)).expect("a file");
    assert_eq!(read(format!("compose-{step}.csv")), read(format!("compose-{step}-2.csv")));
    assert!(read(format!("compose-{step}.svg")).contains(&format!("<title>fnexplore compose, step {step}</title>")));
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 4, "and nothing else");
}

/// Whether an SGR parameter list sets a colour; back to the terminal's own (39, 49) is none.
fn sets_colour(parameters: &str) -> bool {
    let mut numbers = parameters.split([';', ':']).map(|number| number.parse::<u32>().unwrap_or(0));
    numbers.any(|number| matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107))
}

/// The parameters of every `CSI … m`.
fn sgr(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\x1b[").skip(1);
    let of = |tail: &str| {
        let end = tail.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':'))?;
        tail[end..].starts_with('m').then(|| tail[..end].to_owned())
    };
    sequences.filter_map(of).collect()
}

#[test]
fn no_color_means_none_and_still_shows_what_matters() {
    for (env, coloured) in [(&[("NO_COLOR", "1")][..], false), (&[("COLORTERM", "truecolor")], true)] {
        let mut terminal = Terminal::with(command(PROGRAM, &["residual"], env), 120, 40);
        terminal.sees(&["RUN"]);
        // Everything there is in colour: overlays, refusals, the line.
        terminal.keys("u");
        terminal.sees(&["nothing to undo"]);
        terminal.keys("?");
        terminal.sees(&["╔ Help "]);
        terminal.keys("\x1b");
        terminal.until("the overlay's end", |seen| (!seen.text().contains("╔ Help ")).then_some(()));
        terminal.keys(":set k 0\r");
        terminal.sees(&["model.k is 0"]);
        terminal.keys("q");
        assert_eq!(terminal.ends().exit_code(), 0);
        let seen = terminal.now();
        let styles = sgr(&seen.bytes);
        assert!(styles.len() > 20, "bold and reverse remain");
        let wrong: Vec<&String> = styles.iter().filter(|style| sets_colour(style)).collect();
        assert_eq!(!wrong.is_empty(), coloured, "{env:?}: {wrong:?}");
    }
}

/// A preset on standard input, keys from the terminal.
#[test]
fn a_preset_on_standard_input_leaves_the_keys_to_the_terminal() {
    let script = format!("printf '[model]\\nk = 5\\n' | '{PROGRAM}' -; echo ended with $?");
    let mut terminal = Terminal::with(command("/bin/sh", &["-c", &script], &[]), 120, 40);
    terminal.sees(&["RUN", "K=5"]);
    terminal.keys("+");
    terminal.sees(&["K=6"]);
    terminal.keys("qy");
    terminal.sees(&["ended with 0"]);
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
}

#[test]
fn what_the_shell_sees_afterwards() {
    let script =
        format!("stty -a > before; '{PROGRAM}' compose; echo code $?; stty -a > after; cmp before after && echo alike");
    let mut terminal = Terminal::with(command("/bin/sh", &["-c", &script], &[]), 120, 40);
    terminal.sees(&["RUN"]);
    terminal.keys("q");
    terminal.sees(&["code 0", "alike"]);
    assert_eq!(terminal.ends().exit_code(), 0);
}

/// Whether a process is stopped, as the system tells it.
#[cfg(target_os = "linux")]
fn is_stopped(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, tail)| tail.trim_start().starts_with('T'))
}

#[cfg(target_os = "linux")]
#[track_caller]
fn until_stopped(pid: Pid) {
    let began = Instant::now();
    while !is_stopped(pid) {
        assert!(began.elapsed() < DEADLINE, "it was never stopped");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// ^Z gives the terminal back and stops the job, shell and all; whoever continues it gets the picture back.
#[cfg(target_os = "linux")]
#[test]
fn it_is_suspended_and_comes_back() {
    let script = format!("'{PROGRAM}' compose; echo ended with $?");
    let mut terminal = Terminal::with(command("/bin/sh", &["-c", &script], &[]), 120, 40);
    for round in 1..=2 {
        terminal.sees(&["RUN", " Configuration "]);
        terminal.keys("\x1a");
        until_stopped(terminal.pid());
        terminal.is_as_before();
        assert_eq!(terminal.now().count(TAKEN[0]), round);
        let pictures = terminal.now().count(b"Configuration");
        kill_process_group(terminal.pid(), Signal::CONT).expect("the job is there");
        terminal.until("the screen again", |seen| (seen.count(TAKEN[0]) == round + 1).then_some(()));
        terminal.until("a whole picture", |seen| (seen.count(b"Configuration") > pictures).then_some(()));
        let step = terminal.until("a step", Terminal::step);
        terminal.until("more steps", |seen| Terminal::step(seen).filter(|now| *now > step));
    }
    terminal.keys("q");
    terminal.sees(&["ended with 0"]);
    terminal.is_as_before();
}

/// Stopped from outside, where nothing can be given back before: continuing takes the terminal anew.
#[cfg(target_os = "linux")]
#[test]
fn stopped_from_outside_it_repaints_when_continued() {
    let mut terminal = Terminal::open(&["compose"], 80, 24);
    terminal.sees(&["RUN"]);
    kill_process(terminal.pid(), Signal::STOP).expect("it lives");
    until_stopped(terminal.pid());
    let before = terminal.now().count(b"Configuration");
    kill_process(terminal.pid(), Signal::CONT).expect("it lives");
    terminal.until("a whole picture", |seen| (seen.count(b"Configuration") > before).then_some(()));
    terminal.sees(&["RUN"]);
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
}

/// Where nobody could continue it, ^Z does nothing.
#[test]
fn without_a_shell_it_is_not_suspended() {
    let mut terminal = Terminal::open(&["compose"], 80, 24);
    terminal.sees(&["RUN"]);
    terminal.keys("\x1a+");
    terminal.sees(&["K=13"]);
    terminal.keys("qy");
    assert_eq!(terminal.ends().exit_code(), 0);
}

/// Every way out saves the session, and the next one goes on from there.
#[test]
fn a_session_is_saved_at_every_way_out_and_resumed() {
    for (at, way) in [None, Some(Signal::TERM), Some(Signal::HUP), Some(Signal::INT)].into_iter().enumerate() {
        let home = format!("{}/resumed-{at}-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
        let _ = std::fs::remove_dir_all(&home);
        let env = [("HOME", home.as_str())];
        let mut terminal = Terminal::with(command(PROGRAM, &["compose"], &env), 120, 40);
        terminal.until("a hundred steps", |seen| Terminal::step(seen).filter(|step| *step > 100));
        terminal.keys("+ ");
        terminal.sees(&["K=13", "PAUSE"]);
        let step = terminal.until("a step", Terminal::step);
        match way {
            None => terminal.keys("qy"),
            Some(signal) => kill_process(terminal.pid(), signal).expect("it lives"),
        }
        terminal.ends();
        terminal.is_as_before();
        let kept: Vec<_> = std::fs::read_dir(format!("{home}/.local/state/fnexplore")).expect("a folder").collect();
        assert_eq!(kept.len(), 1, "{way:?}");
        let mut resumed = Terminal::with(command(PROGRAM, &["--resume"], &env), 120, 40);
        // As it was left: paused, and K another than the preset's.
        resumed.sees(&["PAUSE", "compose*", "K=13"]);
        resumed.keys(" ");
        let on = resumed.until("a step", |seen| Terminal::step(seen).filter(|now| *now >= step));
        assert!(on >= step, "{way:?}");
        resumed.keys("qy");
        assert_eq!(resumed.ends().exit_code(), 0);
    }
}

/// Where nothing can be written it runs all the same and says so.
#[test]
fn a_home_that_cannot_be_written_loses_nothing_but_the_session() {
    let mut terminal = Terminal::with(command(PROGRAM, &["compose"], &[("HOME", "/dev/null")]), 80, 24);
    terminal.sees(&["RUN"]);
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
    let mut none = Terminal::with(command(PROGRAM, &["--resume"], &[("HOME", "/nonexistent")]), 80, 24);
    none.sees(&["there is no session to resume"]);
    assert_eq!(none.ends().exit_code(), 2);
}

/// The clipboard's sequence goes to the terminal whole, and what it holds is the preset.
#[test]
fn copying_hands_the_preset_to_the_terminal() {
    let mut terminal = Terminal::open(&["compose"], 80, 24);
    terminal.sees(&["RUN"]);
    terminal.keys("y");
    let sequence = terminal.until("the sequence", |seen| {
        let from = seen.bytes.windows(7).position(|window| window == b"\x1b]52;c;")?;
        let rest = &seen.bytes[from + 7..];
        let end = rest.windows(2).position(|window| window == b"\x1b\\")?;
        Some(rest[..end].to_vec())
    });
    assert!(sequence.len() > 100 && sequence.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)));
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
}

/// A paste opens a preview; its text is never taken for keys.
#[test]
fn a_paste_is_looked_at_first() {
    let mut terminal = Terminal::open(&["compose"], 100, 30);
    terminal.sees(&["RUN"]);
    terminal.keys("\x1b[200~[model]\rk = 5\rqqq = 1\r\x1b[201~");
    terminal.sees(&["model.qqq is no setting"]);
    terminal.keys("\x1b[200~[model]\rk = 5\r\x1b[201~");
    terminal.sees(&["Open what was pasted?", "12 → 5"]);
    terminal.keys("\r");
    terminal.sees(&["K=5"]);
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}

/// The settings go back to their file with its comments; what is unsaved is asked about; the last state is printed.
#[test]
fn settings_are_saved_and_printed() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("saved");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("own.toml");
    std::fs::write(&file, "# mine\n[model]\nk = 5 # few\n").expect("a file");
    let path = file.to_str().expect("a name");
    let mut terminal = Terminal::open(&[path, "--print-on-exit"], 120, 40);
    terminal.sees(&["K=5", "RUN"]);
    terminal.keys("+");
    terminal.sees(&["K=6", "own*"]);
    terminal.keys("w");
    terminal.until("the star's end", |seen| (!seen.text().contains("own*")).then_some(()));
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "# mine\n[model]\nk = 6 # few\n");
    terminal.keys("+q");
    terminal.sees(&["not saved. Leave?"]);
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
    terminal.sees(&["# mine", "k = 7 # few"]);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "# mine\n[model]\nk = 6 # few\n");
    // Standard output may be a file; the screen is the terminal's all the same.
    let out = folder.join("out.toml");
    let script = format!("{PROGRAM} {path} --print-on-exit > {}", out.display());
    let mut terminal = Terminal::with(command("/bin/sh", &["-c", &script], &[]), 120, 40);
    terminal.sees(&["K=6", "RUN"]);
    terminal.keys("+");
    terminal.sees(&["K=7"]);
    terminal.keys("\x03");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
    assert_eq!(std::fs::read_to_string(&out).expect("it was printed"), "# mine\n[model]\nk = 7 # few\n");
}

/// A row every tenth of a second, without a pause and without an end: the screen does not wait for either.
#[test]
fn a_steady_feed_is_learned_from() {
    let rows = format!(
        "(echo x,y; i=0; while echo $i,$i; do i=$((i + 1)); sleep 0.1; done) 2> /dev/null | {PROGRAM} truncate --csv -"
    );
    let mut terminal = Terminal::with(command("/bin/sh", &["-c", &rows], &[]), 120, 40);
    terminal.sees(&["truncate", "rows so far"]);
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
}

#[test]
fn rows_that_are_piped_in_are_learned_from_as_they_come() {
    let go = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rows-{}", std::process::id()));
    let _ = std::fs::remove_file(&go);
    // Twelve rows, and eight more once the test has seen those.
    let rows = format!(
        "(echo x,y; seq 12 | sed 's/.*/&,&/'; while [ ! -e {go} ]; do sleep 0.05; done; seq 13 20 | sed 's/.*/&,&/') \
         | {PROGRAM} truncate --csv - --set data.test=0.25",
        go = go.display()
    );
    let mut terminal = Terminal::with(command("/bin/sh", &["-c", &rows], &[]), 120, 40);
    terminal.sees(&["RUN", "truncate"]);
    terminal.keys("2+");
    terminal.sees(&["K=9"]);
    // 9 of 12 are learned from; then 15 of 20.
    terminal.keys("/λ\r");
    terminal.sees(&["· 9 "]);
    std::fs::write(&go, "").expect("a word");
    terminal.sees(&["· 15 ", "K=9"]);
    // The sentence may be gone again, but not what was said.
    terminal.keys(":messages\r");
    terminal.sees(&["20 rows so far"]);
    terminal.keys("\x1b");
    terminal.until("the overlay's end", |seen| (!seen.text().contains("20 rows so far")).then_some(()));
    terminal.keys("u");
    terminal.sees(&["K=8", "· 15 "]);
    terminal.keys("qy");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
    let _ = std::fs::remove_file(&go);
}
