//! What is asked of the disk, and what it answers: values, so that the app stays pure. Reads and writes nothing itself.

use crate::preset::{Preset, Source};
use crate::text::{Clean, Problem};
use std::path::PathBuf;
use std::time::Duration;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// The presets in the folder where the program was started, and in those of these files.
    List(Vec<PathBuf>),
    /// The preset in a file, with its data, or on another machine (`user@host:path`): that takes its time.
    Open(PathBuf),
    /// A preset's text into a file, whole or not at all.
    Save {
        /// Which file.
        path: PathBuf,
        /// All of it.
        text: String,
        /// What may be replaced.
        over: Over,
    },
}

/// What a file that is written may replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// Nothing: the name must be free.
    Nothing,
    /// The text that was read from there, and no other.
    Text(String),
    /// Whatever is there.
    Anything,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The files that end in `.toml`, and how many more there were than are listed.
    Listed(Vec<Listing>, usize),
    /// It is still on its way from another machine: its name, and how long it has been waited for.
    Waiting(Clean, Duration),
    /// What was asked for, or every problem of it.
    Opened(Result<Box<Source>, Vec<Problem>>),
    /// The file was written, or why not; it is then as it was.
    Saved {
        /// Which file.
        path: PathBuf,
        /// What was to be written.
        text: String,
        /// Why it was not.
        result: Result<(), Clean>,
    },
}

/// One file of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Where it lies, as a person would name it.
    pub path: PathBuf,
    /// What it says, without its data.
    pub seen: Result<Box<Preset>, Vec<Problem>>,
}
