//! `:` commands: words to effects, by the same changes as the keys. Knows no screen.

use super::keys::BINDINGS;
use super::picker::Choice;
use super::{Action, App, Effect, Pane};
use crate::preset::{Change, Path, Value, built_in_names};
use crate::text::{Clean, nearest};
use crate::tui::look::{Colours, Marker};
use std::time::Duration;

/// One command.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// What is typed.
    pub name: &'static str,
    /// What follows it.
    pub takes: &'static str,
    /// What it does; empty if the key table says it.
    help: &'static str,
    verb: Verb,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    /// What a key does.
    Act(Action),
    Set,
    Clear,
    Reset,
    Run,
    Pause,
    Steps,
    Seed,
    Move,
    Look(At),
    Nudge,
    Open,
    /// Whether whatever is there is replaced.
    Save(bool),
    /// Then quit; whether also settings that nobody changed are written.
    SaveAndQuit(bool),
    Messages,
    Mend,
    Revive,
    Close,
    /// Without a question.
    Quit,
}

/// What is looked at, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Stage,
    Variant,
    Pane,
    Marker,
    Colours,
}

const fn does(name: &'static str, action: Action) -> Word {
    Word { name, takes: "", help: "", verb: Verb::Act(action) }
}

const fn takes(name: &'static str, takes: &'static str, verb: Verb, help: &'static str) -> Word {
    Word { name, takes, help, verb }
}

/// All commands, in the order in which they are listed.
pub const COMMANDS: &[Word] = &[
    takes("set", "KEY VALUE", Verb::Set, "a setting gets a value"),
    takes("run", "", Verb::Run, "learning goes on"),
    takes("pause", "", Verb::Pause, "learning waits"),
    takes("step", "N", Verb::Steps, "that many steps"),
    does("restart", Action::Restart),
    takes("seed", "N", Verb::Seed, "from the start again with that seed"),
    does("next-seed", Action::NextSeed),
    does("redraw", Action::Redraw),
    takes("move", "GRIP VALUE", Verb::Move, "the selected element's location, width, a, b or c gets a value"),
    does("collapse", Action::Collapse),
    does("draw", Action::CollapseToDraw),
    does("reduce", Action::Reduce),
    does("balance", Action::Rebalance),
    does("swap", Action::Exchange),
    does("negate", Action::Negate),
    does("insert", Action::Insert),
    does("hold", Action::Hold),
    does("point", Action::Point),
    does("back", Action::Scrub(-1)),
    does("forth", Action::Scrub(1)),
    does("fork", Action::Fork),
    takes("close", "", Verb::Close, "the fork in focus ends, and what was changed in it with it"),
    does("pin", Action::Pin),
    does("copy", Action::Copy),
    does("export", Action::Export),
    does("mouse", Action::Mouse),
    does("view", Action::View),
    does("face", Action::Face),
    does("belief", Action::Belief),
    does("limit", Action::Limit),
    does("aspect", Action::Aspect),
    does("why", Action::Why),
    takes("mend", "", Verb::Mend, "do what mends the finding that was said last, or the worst"),
    takes("revive", "", Verb::Revive, "of a composition that is a constant draw every flat f⁽ⁱ⁾ anew until it is not"),
    does("undo", Action::Undo),
    does("redo", Action::Redo),
    takes("clear", "KEY", Verb::Clear, "a setting is not written any more: its default holds"),
    takes("reset", "[KEY]", Verb::Reset, "a setting back to the preset's value; without a key the selected one"),
    takes("nudge", "N", Verb::Nudge, "the selected value by that many of its steps"),
    does("type", Action::Type),
    does("find", Action::Find),
    takes(
        "open",
        "[NAME|FILE|HOST:PATH]",
        Verb::Open,
        "another preset in place of this one, also by ssh; without a name a list of them",
    ),
    takes("save", "[FILE]", Verb::Save(false), "write the settings back to their file, or to a new one"),
    takes("save!", "[FILE]", Verb::Save(true), "the same, over whatever is there"),
    takes("w", "[FILE]", Verb::Save(false), "short for save"),
    takes("w!", "[FILE]", Verb::Save(true), "short for save!"),
    takes("write", "[FILE]", Verb::Save(false), "another word for save"),
    takes("write!", "[FILE]", Verb::Save(true), "another word for save!"),
    takes("wq", "[FILE]", Verb::SaveAndQuit(true), "save, then quit"),
    takes("x", "[FILE]", Verb::SaveAndQuit(false), "save what was changed, if anything was, then quit"),
    takes("stage", "I", Verb::Look(At::Stage), "the focus to f⁽ⁱ⁾"),
    takes("variant", "[NAME]", Verb::Look(At::Variant), "that variant in focus; without a name the next one"),
    takes("pane", "NAME", Verb::Look(At::Pane), "the focus to a pane"),
    does("coordinate", Action::Coordinate),
    does("update", Action::Update),
    does("axis", Action::Axis),
    does("others", Action::Others),
    does("zoom", Action::Zoom),
    does("fit", Action::Fit),
    does("log", Action::LogLoss),
    does("freeze", Action::Freeze),
    does("answer", Action::Guess),
    takes("marker", "NAME", Verb::Look(At::Marker), "what plots are made of"),
    takes("colours", "NAME", Verb::Look(At::Colours), "the set of colours"),
    does("claims", Action::Claims),
    takes("messages", "", Verb::Messages, "the last fifty sentences"),
    does("help", Action::Help),
    does("repaint", Action::Repaint),
    does("suspend", Action::Suspend),
    does("q", Action::Quit),
    takes("q!", "", Verb::Quit, "quit without a question"),
    does("quit", Action::Quit),
    takes("quit!", "", Verb::Quit, "another word for q!"),
];

/// The panes, as `:pane` names them.
pub const PANES: &[(&str, Pane)] = &[
    ("functions", Pane::Functions),
    ("configuration", Pane::Configuration),
    ("composition", Pane::Composition),
    ("loss", Pane::Loss),
    ("notes", Pane::Notes),
    ("learned", Pane::Learned),
];

impl Word {
    /// What it does: in the key table's words where a key does the same.
    #[must_use]
    pub fn explained(&self) -> String {
        let Verb::Act(action) = self.verb else { return self.help.to_owned() };
        if action == Action::Help {
            return "what has the focus, explained; all keys".to_owned();
        }
        BINDINGS.iter().find(|row| row.action == action).map_or_else(String::new, |row| row.help.to_owned())
    }

    /// Whether it writes the document: what waits for that then goes on waiting.
    pub(super) const fn saves(&self) -> bool {
        matches!(self.verb, Verb::Save(_) | Verb::SaveAndQuit(_))
    }

    /// What follows it, and what it does.
    #[must_use]
    pub fn hint(&self) -> String {
        let gap = if self.takes.is_empty() { "" } else { "  " };
        format!("{}{gap}{}", self.takes, self.explained())
    }
}

impl App {
    /// Does what was typed after `:`.
    pub(super) fn command(&mut self, typed: &str, now: Duration) -> Vec<Effect> {
        let typed = typed.trim();
        let (word, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        match COMMANDS.iter().find(|row| row.name == word) {
            Some(row) if row.takes.is_empty() && !rest.trim().is_empty() => {
                self.refuse(&format!("{word} takes nothing behind it"))
            }
            Some(row) => self.say_and_do(row, rest.trim(), now),
            None if word.is_empty() => Vec::new(),
            None => {
                let names = COMMANDS.iter().map(|row| row.name);
                let near = nearest(word, names.clone()).map_or_else(
                    || format!("there are {}, …: tab lists them", names.take(8).collect::<Vec<_>>().join(", ")),
                    |name| format!("did you mean {name}?"),
                );
                self.refuse(&format!("no command is called {}; {near}", Clean::excerpt(word)))
            }
        }
    }

    fn say_and_do(&mut self, row: &Word, rest: &str, now: Duration) -> Vec<Effect> {
        match row.verb {
            Verb::Act(action) => self.act(action, now),
            Verb::Set => self.set_typed(rest, now),
            Verb::Clear => match Path::parse(rest) {
                Ok(path) => self.change(Change::Clear(path), now),
                Err(why) => self.refuse(&why),
            },
            Verb::Reset => self.reset_typed(rest, now),
            Verb::Run if !self.going || self.is_stopped() => self.act(Action::RunPause, now),
            Verb::Pause if self.going => self.act(Action::RunPause, now),
            Verb::Run | Verb::Pause => Vec::new(),
            Verb::Steps => match rest.parse() {
                Ok(steps) => self.act(Action::Steps(steps), now),
                Err(_) => self.refuse(&format!("step takes a whole number of steps, not {}", Clean::excerpt(rest))),
            },
            Verb::Seed => self.seed_typed(rest, now),
            Verb::Move => self.move_typed(rest, now),
            Verb::Nudge => match rest.parse() {
                Ok(by) => self.nudge(by, now),
                Err(_) => self.refuse(&format!("nudge takes a whole number of steps, not {}", Clean::excerpt(rest))),
            },
            Verb::Open => self.open_typed(rest, now),
            Verb::Save(force) => self.save(rest, force, now),
            Verb::SaveAndQuit(always) => self.save_and_quit(rest, always, now),
            Verb::Messages => self.show_messages(now),
            Verb::Mend => self.mend(now),
            Verb::Revive => self.change(Change::Revive, now),
            Verb::Close => self.close_fork(now),
            Verb::Quit => vec![Effect::Quit],
            Verb::Look(at) => match self.look_typed(at, rest, now) {
                Ok(()) => Vec::new(),
                Err(why) => self.refuse(&format!("{} {why}", row.name)),
            },
        }
    }

    /// What is looked at, and how.
    fn look_typed(&mut self, at: At, rest: &str, now: Duration) -> Result<(), String> {
        match at {
            At::Stage => {
                let digits = rest.trim_start_matches('f');
                let index = digits.parse::<usize>().ok().filter(|index| (1..=self.depth()).contains(index));
                let index =
                    index.ok_or_else(|| format!("takes 1 to {}, not {}", self.depth(), Clean::excerpt(rest)))?;
                self.focus_stage(i32::try_from(self.stage).unwrap_or(1) - i32::try_from(index).unwrap_or(1));
            }
            At::Variant if rest.is_empty() => self.look_at_run((self.window.run + 1) % self.runs.len().max(1)),
            At::Variant => {
                let names: Vec<Clean> = self.runs.iter().map(|run| run.name.clone()).collect();
                let at = one_of(rest, names.iter().map(Clean::as_str))?;
                self.look_at_run(at);
            }
            At::Pane => self.pane = PANES[one_of(rest, PANES.iter().map(|(name, _)| *name))?].1,
            At::Marker => {
                let at = one_of(rest, Marker::ALL.iter().map(|marker| marker.name()))?;
                self.take_marker(Marker::ALL[at], now);
            }
            At::Colours => {
                let at = one_of(rest, Colours::ALL.iter().map(|colours| colours.name()))?;
                self.take_palette(Colours::ALL[at], now);
            }
        }
        Ok(())
    }

    /// `KEY VALUE` or `KEY=VALUE`.
    fn set_typed(&mut self, typed: &str, now: Duration) -> Vec<Effect> {
        let Some((key, value)) = typed.split_once('=').or_else(|| typed.split_once(char::is_whitespace)) else {
            return self.refuse("set takes a key and a value, as in: set rate 0.01");
        };
        match Change::parse(&format!("{}={}", key.trim(), value.trim())) {
            Ok(change) => self.change(change, now),
            Err(why) => self.refuse(&why),
        }
    }

    fn seed_typed(&mut self, typed: &str, now: Duration) -> Vec<Effect> {
        let was = self.as_it_stands(Clean::new(&format!("seed = {}", typed.trim()), 80));
        let effects = self.set_typed(&format!("seed {typed}"), now);
        if effects.is_empty() { effects } else { self.begin_in_place_of(was, now) }
    }

    fn reset_typed(&mut self, typed: &str, now: Duration) -> Vec<Effect> {
        if !typed.is_empty() {
            match Path::parse(typed) {
                Ok(path) => self.selected = path,
                Err(why) => return self.refuse(&why),
            }
        }
        self.act(Action::Reset, now)
    }

    /// A built-in preset by its name, or a file.
    fn open_typed(&mut self, typed: &str, now: Duration) -> Vec<Effect> {
        if typed.is_empty() {
            return self.act(Action::Pick, now);
        }
        match built_in_names().find(|name| *name == typed) {
            Some(name) => self.open_choice(&Choice::BuiltIn(name), now),
            None => self.open_choice(&Choice::File(typed.into()), now),
        }
    }
}

/// The place of `typed` among `names`, written out or as far as it is unique.
fn one_of<'a>(typed: &str, names: impl Iterator<Item = &'a str> + Clone) -> Result<usize, String> {
    let meant = nearest(typed, names.clone()).filter(|name| name.starts_with(typed) && !typed.is_empty());
    meant.and_then(|meant| names.clone().position(|name| name == meant)).ok_or_else(|| {
        let not = if typed.is_empty() { String::new() } else { format!(", not {}", Clean::excerpt(typed)) };
        format!("takes one of {}{not}", names.collect::<Vec<_>>().join(", "))
    })
}

/// What was typed, as a value of that setting; the sentence names the setting.
pub(super) fn parse(path: &Path, typed: &str) -> Result<Value, String> {
    path.row().kind.parse(typed.trim()).map_err(|why| format!("{path} {why}"))
}
