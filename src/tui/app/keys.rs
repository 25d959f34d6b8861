//! The one key table: dispatch, the help overlay, the hints and the README's table all read it. Knows no screen.

use super::{Action, Pane};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everywhere, unless a pane says otherwise.
    Anywhere,
    /// With that pane in focus.
    In(Pane),
}

/// One row: keys, where, what, and how it is explained.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The keys' names.
    pub keys: &'static [&'static str],
    /// Where.
    pub place: Place,
    /// What.
    pub action: Action,
    /// What the help says.
    pub help: &'static str,
    /// What the status line says, if it has room.
    pub hint: Option<&'static str>,
}

const fn row(keys: &'static [&'static str], place: Place, action: Action, help: &'static str) -> Binding {
    Binding { keys, place, action, help, hint: None }
}

const fn hinted(
    keys: &'static [&'static str],
    place: Place,
    action: Action,
    help: &'static str,
    hint: &'static str,
) -> Binding {
    Binding { keys, place, action, help, hint: Some(hint) }
}

use Place::{Anywhere, In};

/// All bindings, in the order in which help lists them.
pub const BINDINGS: &[Binding] = &[
    hinted(&["space"], Anywhere, Action::RunPause, "run or pause", "pause"),
    row(&["n"], Anywhere, Action::Steps(1), "one step"),
    row(&["s"], Anywhere, Action::Steps(10), "ten steps"),
    row(&["R"], Anywhere, Action::Restart, "from the start again, same seed; u brings back what ran before"),
    row(&["N"], Anywhere, Action::NextSeed, "from the start again, next seed; u brings back what ran before"),
    row(&["D"], Anywhere, Action::Redraw, "draw the focused f⁽ⁱ⁾ anew"),
    hinted(
        &["+"],
        Anywhere,
        Action::Nudge(1),
        "one step up: the value; in Functions the selected element's height, else K; in Loss smoother",
        "nudge",
    ),
    row(&["-"], Anywhere, Action::Nudge(-1), "one step down"),
    row(&["*"], Anywhere, Action::Nudge(10), "ten steps up"),
    row(&["_"], Anywhere, Action::Nudge(-10), "ten steps down"),
    row(&["r"], Anywhere, Action::Reset, "the value back to the preset's"),
    row(&["u"], Anywhere, Action::Undo, "undo"),
    row(&["ctrl-r"], Anywhere, Action::Redo, "redo"),
    hinted(&[">", "."], Anywhere, Action::Stage(1), "the next f⁽ⁱ⁾ along the way of x", "f⁽ⁱ⁾"),
    row(&["<", ","], Anywhere, Action::Stage(-1), "the f⁽ⁱ⁾ before"),
    row(&["("], Anywhere, Action::Width(-1), "the selected element narrower; in Composition the axes to the left"),
    row(&[")"], Anywhere, Action::Width(1), "the selected element wider; in Composition the axes to the right"),
    row(&["H"], Anywhere, Action::Hold, "hold the selected element, else the focused f⁽ⁱ⁾; again: let it go"),
    row(&["x"], Anywhere, Action::Collapse, "the focused f⁽ⁱ⁾ at its prior mode, 0: as if it had learned nothing"),
    row(&["X"], Anywhere, Action::CollapseToDraw, "the focused f⁽ⁱ⁾ at a draw from its prior"),
    row(&["d"], Anywhere, Action::Reduce, "the reduced form: fold b and c of every outer f⁽ⁱ⁾ into the one inside it"),
    row(&["B"], Anywhere, Action::Rebalance, "balance the elements' scales: the same f, the largest prior"),
    row(&["S"], Anywhere, Action::Exchange, "the focused f⁽ⁱ⁾ and the next one change places"),
    row(&["F"], Anywhere, Action::Negate, "the focused f⁽ⁱ⁾ becomes its negative"),
    row(&["I"], Anywhere, Action::Insert, "a new f⁽ⁱ⁾ in this place that starts as the identity (residual)"),
    row(&["d"], In(Pane::Composition), Action::Point, "the data point at the cursor off or on"),
    row(&["{"], Anywhere, Action::Scrub(-1), "look back through the run; space goes on from there, Esc returns"),
    row(&["}"], Anywhere, Action::Scrub(1), "forward again"),
    hinted(
        &["!"],
        Anywhere,
        Action::Why,
        "why? what is wrong and what mends it; again: the next; :mend does it",
        "why",
    ),
    row(&["v"], Anywhere, Action::Variant, "the next variant"),
    row(&["V"], Anywhere, Action::Fork, "fork: a copy of this run beside it that goes its own way; :close ends it"),
    row(&["p"], Anywhere, Action::Pin, "pin: keep this picture for comparison; again: let it go"),
    row(&["c"], Anywhere, Action::Coordinate, "the next coordinate of a vector stream"),
    row(&["A"], Anywhere, Action::Axis, "of three inputs or more the next one on the axis"),
    row(
        &["O"],
        Anywhere,
        Action::Others,
        "where the other inputs stand: means, quartiles, or averaged (partial dependence)",
    ),
    row(
        &["a"],
        Anywhere,
        Action::View,
        "the strip's next view: local, after x; in the plane heat, warped; for signals kernels, Toeplitz, one row",
    ),
    row(
        &["U"],
        Anywhere,
        Action::Update,
        "update: draws from the prior, and what the data make of each, as one movement (exact posterior)",
    ),
    row(&["b"], Anywhere, Action::Face, "the next face: the mode, draws from the prior, draws from the posterior"),
    row(
        &["P"],
        Anywhere,
        Action::Belief,
        "the next belief: the mode, exact (a and d of f1), Laplace, chains; then descent again",
    ),
    row(
        &["T"],
        Anywhere,
        Action::Limit,
        "the truncation off: infinite K beside f, where one f⁽ⁱ⁾ has a closed form; again: away",
    ),
    row(&["i"], Anywhere, Action::Aspect, "Composition: f with the data, what it leaves (y − f), the path of x"),
    row(&["tab"], Anywhere, Action::Cycle(1), "the next pane"),
    row(&["shift-tab"], Anywhere, Action::Cycle(-1), "the pane before"),
    row(&["1"], Anywhere, Action::Focus(Pane::Functions), "Functions"),
    row(&["2"], Anywhere, Action::Focus(Pane::Configuration), "Configuration"),
    row(&["3"], Anywhere, Action::Focus(Pane::Composition), "the composition f"),
    row(&["4"], Anywhere, Action::Focus(Pane::Loss), "Loss"),
    row(&["5"], Anywhere, Action::Focus(Pane::Notes), "Notes"),
    row(&["6"], Anywhere, Action::Focus(Pane::Learned), "Learned: what each f⁽ⁱ⁾ learned"),
    row(
        &["j", "down"],
        Anywhere,
        Action::Down(1),
        "down; in Functions the next element, in Composition the next point",
    ),
    row(&["k", "up"], Anywhere, Action::Down(-1), "up; the one before"),
    row(&["ctrl-d", "pgdn"], Anywhere, Action::Page(1), "a page down"),
    row(&["ctrl-u", "pgup"], Anywhere, Action::Page(-1), "a page up"),
    row(&["g", "home"], Anywhere, Action::End(false), "to the first"),
    row(&["G", "end"], Anywhere, Action::End(true), "to the last"),
    row(
        &["l", "right"],
        Anywhere,
        Action::Right(1),
        "the cursor x to the right; the selected element; in Configuration a step up",
    ),
    row(
        &["h", "left"],
        Anywhere,
        Action::Right(-1),
        "the cursor x to the left; the selected element; in Configuration a step down",
    ),
    row(&["shift-right"], Anywhere, Action::Right(10), "ten times as far right"),
    row(&["shift-left"], Anywhere, Action::Right(-10), "ten times as far left"),
    row(&["enter", "="], In(Pane::Configuration), Action::Type, "type a value"),
    row(&["/"], Anywhere, Action::Find, "find a setting by its name or what it does; in help, a key"),
    row(&["enter"], In(Pane::Notes), Action::Guess, "answer the question; then see what happens"),
    row(&["J", "pgdn"], In(Pane::Notes), Action::Turn(1), "the next page"),
    row(&["K", "pgup"], In(Pane::Notes), Action::Turn(-1), "the page before"),
    row(&["o"], Anywhere, Action::Pick, "open another preset: a built-in one or a file; u goes back"),
    row(
        &["C"],
        Anywhere,
        Action::Claims,
        "the essay's claims: each as an experiment, with its verdict; enter runs one",
    ),
    row(&["w"], Anywhere, Action::Save, "write the settings back to their file"),
    hinted(&["z"], Anywhere, Action::Zoom, "the focused pane over the whole screen", "zoom"),
    row(&["0"], Anywhere, Action::Fit, "the axes back to the data"),
    row(&["L"], Anywhere, Action::LogLoss, "loss on a logarithmic or linear axis"),
    row(&["f"], Anywhere, Action::Freeze, "hold the picture, learning goes on"),
    row(&["y"], Anywhere, Action::Copy, "copy the preset as it is now, by the terminal's clipboard"),
    row(&["m"], Anywhere, Action::Marker, "other marks: braille, octants, quadrants, half blocks, ASCII"),
    row(&[":"], Anywhere, Action::Command, "a command; tab completes it, up and down take old ones"),
    row(&["t"], Anywhere, Action::Palette, "other colours"),
    row(&["e"], Anywhere, Action::Export, "export: the picture as SVG and its curves as CSV, into files here"),
    row(&["M"], Anywhere, Action::Mouse, "the mouse on or off: a press takes the focus, the wheel goes up and down"),
    hinted(&["?", "f1"], Anywhere, Action::Help, "this overlay", "keys"),
    row(&["esc"], Anywhere, Action::Close, "close the innermost thing"),
    row(&["ctrl-l"], Anywhere, Action::Repaint, "draw everything anew"),
    row(&["ctrl-z"], Anywhere, Action::Suspend, "suspend"),
    row(&["q", "ctrl-c"], Anywhere, Action::Quit, "quit"),
];

/// What a key means with `pane` in focus: the pane's own binding before the general one.
#[must_use]
pub fn action(key: &KeyEvent, pane: Pane) -> Option<Action> {
    let name = name(key)?;
    let bound = |place| BINDINGS.iter().find(|row| row.place == place && row.keys.contains(&name.as_str()));
    bound(In(pane)).or_else(|| bound(Anywhere)).map(|row| row.action)
}

/// The name by which the table calls a key.
#[must_use]
pub fn name(key: &KeyEvent) -> Option<String> {
    let plain = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(character) if key.modifiers.contains(KeyModifiers::CONTROL) => format!("ctrl-{character}"),
        KeyCode::Char(character) => character.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "shift-tab".to_owned(),
        KeyCode::Backspace => "backspace".to_owned(),
        KeyCode::Delete => "delete".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "pgup".to_owned(),
        KeyCode::PageDown => "pgdn".to_owned(),
        KeyCode::F(number) => format!("f{number}"),
        _ => return None,
    };
    let arrow = matches!(key.code, KeyCode::Left | KeyCode::Right | KeyCode::Up | KeyCode::Down);
    Some(if arrow && key.modifiers.contains(KeyModifiers::SHIFT) { format!("shift-{plain}") } else { plain })
}

/// The key table as Markdown, for the README.
#[must_use]
pub fn markdown() -> String {
    use std::fmt::Write;
    let mut table = String::from("| keys | what they do |\n|---|---|\n");
    for row in BINDINGS {
        let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
        let place = match row.place {
            Anywhere => String::new(),
            In(pane) => format!(" (in {})", pane.title()),
        };
        let _ = writeln!(table, "| {} | {}{place} |", keys.join(" "), row.help);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_twice_in_one_place() {
        for (at, row) in BINDINGS.iter().enumerate() {
            for key in row.keys {
                let again = BINDINGS[..at].iter().any(|other| other.place == row.place && other.keys.contains(key));
                assert!(!again, "{key} is bound twice");
            }
        }
    }

    #[test]
    fn a_pane_speaks_before_the_general_table() {
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(action(&enter, Pane::Configuration), Some(Action::Type));
        assert_eq!(action(&enter, Pane::Loss), None);
        let redo = KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL);
        assert_eq!(action(&redo, Pane::Loss), Some(Action::Redo));
    }
}
