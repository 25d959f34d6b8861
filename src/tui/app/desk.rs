//! What lies beside the document: the text it came from, what was said and typed, the person's guess. Knows no screen.

use super::errand::Listing;
use super::messages::Said;
use super::saving::Then;
use crate::preset::{Preset, Source};
use crate::text::Clean;
use std::collections::VecDeque;

/// What the document itself does not say.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    /// The text that the document came from.
    pub source: Source,
    /// The last sentences, oldest first.
    pub said: VecDeque<Said>,
    /// Whether a preset is on its way from another machine.
    pub waits: bool,
    /// Commands, oldest first.
    pub typed: Vec<String>,
    /// What follows once the document is saved.
    pub then: Option<Then>,
    /// The presets that were found on disk, and how many more there are.
    pub files: (Vec<Listing>, usize),
    /// What the person expects, once they have said so; empty if they would rather not.
    pub guess: Option<Clean>,
    /// Whether the answer was asked for before the run was done.
    pub answered: bool,
    /// The page of Notes.
    pub page: usize,
    /// The screen's size, as far as it was told: how far overlays can be scrolled follows from it.
    pub size: (u16, u16),
    /// Which start of the runs this is: edits from before it are nothing that they could take back.
    pub start: u32,
    /// What is known of the claims.
    pub ledger: super::Ledger,
}

impl Desk {
    pub fn new(preset: &Preset) -> Self {
        Self {
            source: Source::of(preset.clone()),
            said: VecDeque::new(),
            waits: false,
            typed: Vec::new(),
            then: None,
            files: (Vec::new(), 0),
            guess: None,
            answered: false,
            page: 0,
            size: (80, 24),
            start: 0,
            ledger: super::Ledger::default(),
        }
    }
}
