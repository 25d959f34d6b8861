//! What can be done, what happens, and what the world is asked to do. Knows no key and no screen.

use super::errand::{Answer, Errand};
use super::ledger::{Test, Tested};
use crate::data::Csv;
use crate::run::{RunId, RunSpec, Snapshot};
use crate::text::Clean;
use crate::train::{Command, Event};
use crate::tui::export::Export;
use crate::tui::term::Input;
use std::sync::Arc;

/// A part of the screen that can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The strip of f⁽ⁱ⁾.
    Functions,
    /// The parameter table.
    Configuration,
    /// f with the data.
    Composition,
    /// The losses.
    Loss,
    /// What to look at.
    Notes,
    /// What each f⁽ⁱ⁾ learned.
    Learned,
}

impl Pane {
    /// In the order of the numbers 1 to 6 and of tab.
    pub const ALL: [Self; 6] =
        [Self::Functions, Self::Configuration, Self::Composition, Self::Loss, Self::Notes, Self::Learned];

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Functions => "Functions",
            Self::Configuration => "Configuration",
            Self::Composition => "Composition",
            Self::Loss => "Loss",
            Self::Notes => "Notes",
            Self::Learned => "Learned",
        }
    }
}

/// One thing a person can ask for, by a key or a `:` command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Give a pane the focus.
    Focus(Pane),
    /// The next pane, or the one before.
    Cycle(i32),
    /// Up or down in the focused pane, by lines.
    Down(i32),
    /// Left or right in the focused pane.
    Right(i32),
    /// To an end: false first, true last.
    End(bool),
    /// A page up or down.
    Page(i32),
    /// The selected value by that many of its steps; in f the zoom.
    Nudge(i32),
    /// Type a value for the selected row.
    Type,
    /// The selected row back to the preset's value.
    Reset,
    /// Take back, or make again.
    Undo,
    /// Make again.
    Redo,
    /// Run or pause.
    RunPause,
    /// That many steps.
    Steps(u64),
    /// From the start again, with the same seed.
    Restart,
    /// From the start again, with the next seed.
    NextSeed,
    /// New starting coefficients for the focused f⁽ⁱ⁾.
    Redraw,
    /// The selected element narrower or wider, by that many tenths; in f a shift of the axes.
    Width(i32),
    /// The focused f⁽ⁱ⁾ at its prior's mode, 0.
    Collapse,
    /// The focused f⁽ⁱ⁾ at a draw from its prior.
    CollapseToDraw,
    /// b = 1, c = 0 in every f⁽ⁱ⁾ but the innermost.
    Reduce,
    /// Every element at the scale where its prior is largest.
    Rebalance,
    /// The focused f⁽ⁱ⁾ and the next one along the way of x change places.
    Exchange,
    /// The focused f⁽ⁱ⁾ becomes its negative.
    Negate,
    /// A new f⁽ⁱ⁾, the identity, at the focused one's place.
    Insert,
    /// Hold the selected element, else the focused f⁽ⁱ⁾; or let it go.
    Hold,
    /// The data point nearest to the cursor off or on.
    Point,
    /// A copy of this run that goes its own way.
    Fork,
    /// Keep this picture of the run for comparison, or let it go.
    Pin,
    /// Back or forth through the run's past.
    Scrub(i32),
    /// What is wrong with the run, worst first; again: the next.
    Why,
    /// The next or the previous f⁽ⁱ⁾.
    Stage(i32),
    /// The next coordinate of a vector stream.
    Coordinate,
    /// Of three inputs or more, the next one on the axis.
    Axis,
    /// Where the other inputs stand: means, quartiles, averaged.
    Others,
    /// The next view of the strip.
    View,
    /// Draws of an exact posterior from the prior on their way to it.
    Update,
    /// The next face: mode, prior draws, posterior draws.
    Face,
    /// The next belief: mode, exact, Laplace, chains.
    Belief,
    /// K = ∞ beside f, or no longer.
    Limit,
    /// The next aspect of the composition: f, what it leaves, the path of x.
    Aspect,
    /// The next variant.
    Variant,
    /// The focused pane over the whole screen, and back.
    Zoom,
    /// The axes back to the data.
    Fit,
    /// Loss on a logarithmic or a linear axis.
    LogLoss,
    /// Hold the picture; learning goes on.
    Freeze,
    /// Open the `:` line.
    Command,
    /// The next kind of marks.
    Marker,
    /// The next palette.
    Palette,
    /// The mouse on or off.
    Mouse,
    /// The picture and the curves into files.
    Export,
    /// Look for a setting, or in help for a key.
    Find,
    /// Choose another preset.
    Pick,
    /// The essay's claims.
    Claims,
    /// Write the settings back to their file.
    Save,
    /// The next page of Notes, or the one before.
    Turn(i32),
    /// Answer the question of Notes, then see the other answer.
    Guess,
    /// Help.
    Help,
    /// Close the innermost thing.
    Close,
    /// Draw everything anew.
    Repaint,
    /// Stop the program as a job.
    Suspend,
    /// The document to the terminal's clipboard.
    Copy,
    /// Leave.
    Quit,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key, a paste, a size.
    Input(Input),
    /// A run's newest state.
    Snapshot(Arc<Snapshot>),
    /// Something happened to a run.
    Event(Event),
    /// The disk answered.
    Answer(Answer),
    /// The session was saved again, or why it cannot be.
    Kept(Option<Clean>),
    /// Files were written, and which; or why not.
    Exported(Result<String, String>),
    /// More rows of the table that is piped in, all of it; or why no more are taken.
    Grown(Result<Box<Csv>, Clean>),
    /// News of a claim's experiment.
    Tested(Tested),
    /// Time has passed.
    Tick,
}

/// What the world is asked to do.
#[derive(Debug)]
pub enum Effect {
    /// Open a run on a training thread.
    Open(Box<RunSpec>),
    /// Tell a run something.
    Tell(RunId, Command),
    /// Something to read or to write.
    Errand(Errand),
    /// No longer wait for a preset from another machine.
    GiveUp,
    /// An experiment.
    Test(Test),
    /// This text to the terminal's clipboard.
    Copy(String),
    /// Ask the terminal for the mouse, or no longer.
    Mouse(bool),
    /// Write files into the current folder.
    Export(Box<Export>),
    /// Draw everything anew.
    Repaint,
    /// Stop as a job, and come back.
    Suspend,
    /// Leave.
    Quit,
}

/// The one sentence above the status line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence {
    /// What it says.
    pub text: Clean,
    /// Whether something was refused.
    pub is_error: bool,
}
