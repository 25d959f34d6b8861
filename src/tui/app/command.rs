//! `:` commands: words to effects, by the same changes as the keys. Knows no screen.

use super::{Action, App, Effect};
use crate::preset::{Change, Path, Value};
use crate::text::{Clean, nearest};
use std::time::Duration;

/// The commands and what follows them.
pub const COMMANDS: &[(&str, &str)] = &[
    ("set", "KEY VALUE"),
    ("run", ""),
    ("pause", ""),
    ("step", "N"),
    ("restart", ""),
    ("seed", "N"),
    ("redraw", ""),
    ("move", "GRIP VALUE"),
    ("collapse", ""),
    ("draw", ""),
    ("reduce", ""),
    ("balance", ""),
    ("swap", ""),
    ("negate", ""),
    ("insert", ""),
    ("hold", ""),
    ("point", ""),
    ("fork", ""),
    ("pin", ""),
    ("why", ""),
    ("mend", ""),
    ("undo", ""),
    ("redo", ""),
    ("help", ""),
    ("q", ""),
];

impl App {
    /// Does what was typed after `:`.
    pub(super) fn command(&mut self, typed: &str, now: Duration) -> Vec<Effect> {
        let typed = typed.trim();
        let (word, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let rest = rest.trim();
        match word {
            "set" => self.set_typed(rest, now),
            "run" if !self.going || self.is_stopped() => self.act(Action::RunPause, now),
            "pause" if self.going => self.act(Action::RunPause, now),
            "" | "run" | "pause" => Vec::new(),
            "step" => match rest.parse() {
                Ok(steps) => self.act(Action::Steps(steps), now),
                Err(_) => self.refuse(&format!("step takes a whole number of steps, not {}", Clean::excerpt(rest))),
            },
            "seed" => {
                let mut effects = self.set_typed(&format!("seed {rest}"), now);
                if !effects.is_empty() {
                    effects = self.act(Action::Restart, now);
                }
                effects
            }
            "restart" => self.act(Action::Restart, now),
            "redraw" => self.act(Action::Redraw, now),
            "move" => self.move_typed(rest, now),
            "collapse" => self.act(Action::Collapse, now),
            "draw" => self.act(Action::CollapseToDraw, now),
            "reduce" => self.act(Action::Reduce, now),
            "balance" => self.act(Action::Rebalance, now),
            "swap" => self.act(Action::Exchange, now),
            "negate" => self.act(Action::Negate, now),
            "insert" => self.act(Action::Insert, now),
            "hold" => self.act(Action::Hold, now),
            "point" => self.act(Action::Point, now),
            "fork" => self.act(Action::Fork, now),
            "pin" => self.act(Action::Pin, now),
            "why" => self.act(Action::Why, now),
            "mend" => self.mend(now),
            "undo" => self.act(Action::Undo, now),
            "redo" => self.act(Action::Redo, now),
            "help" => self.act(Action::Help, now),
            "q" | "quit" => self.act(Action::Quit, now),
            other => {
                let names = COMMANDS.iter().map(|(name, _)| *name);
                let near = nearest(other, names.clone()).map_or_else(
                    || format!("there are {}", names.collect::<Vec<_>>().join(", ")),
                    |name| format!("did you mean {name}?"),
                );
                self.refuse(&format!("no command is called {}; {near}", Clean::excerpt(other)))
            }
        }
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
}

/// What was typed, as a value of that setting; the sentence names the setting.
pub(super) fn parse(path: &Path, typed: &str) -> Result<Value, String> {
    path.row().kind.parse(typed.trim()).map_err(|why| format!("{path} {why}"))
}
