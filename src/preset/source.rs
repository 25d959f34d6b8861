//! A preset with the text that it was read from, and where that lies. Writes nothing.

use super::builtin;
use super::load::{self, load};
use super::variants::Preset;
use crate::text::{Clean, Problem};
use std::path::{Path, PathBuf};

/// Where a preset lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Home {
    /// In the program, in a pipe, in a paste: it has to be named before it can be saved.
    #[default]
    Nowhere,
    /// In a file.
    File(PathBuf),
}

/// A preset as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Where it lies.
    pub home: Home,
    /// Its text, comments and all.
    pub text: String,
    /// What the text says.
    pub preset: Preset,
}

impl Source {
    /// A built-in preset.
    ///
    /// # Errors
    /// That there is none of that name.
    pub fn built_in(name: &str) -> Result<Self, Vec<Problem>> {
        let preset = builtin::built_in(name)?;
        let text = builtin::find(name).map_err(|problem| vec![problem])?.to_owned();
        Ok(Self { home: Home::Nowhere, text, preset })
    }

    /// A file, with data beside it.
    ///
    /// # Errors
    /// Every problem of it, and of the data that it names. `read` hears now and then what part of these has been read.
    pub fn file(path: &Path, read: &mut dyn FnMut(f64)) -> Result<Self, Vec<Problem>> {
        let text = load::text_of(path)?;
        let preset = load::open_text(path, &text, read)?;
        Ok(Self { home: Home::File(path.to_owned()), text, preset })
    }

    /// A text from elsewhere; `fetch` reads the table that it names, or refuses to.
    ///
    /// # Errors
    /// Every problem of it.
    pub fn text(
        name: &Clean,
        text: &str,
        fetch: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, Vec<Problem>> {
        let preset = load(name, text, fetch)?;
        Ok(Self { home: Home::Nowhere, text: text.to_owned(), preset })
    }

    /// A preset that has no text of its own.
    #[must_use]
    pub fn of(preset: Preset) -> Self {
        Self { home: Home::Nowhere, text: preset.to_toml(), preset }
    }

    /// The file's name, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.home {
            Home::File(path) => Some(path),
            Home::Nowhere => None,
        }
    }
}

/// What the file at `path` says, without the data that it names, and not whether it holds together.
///
/// # Errors
/// Every problem of its text.
pub fn glance(path: &Path) -> Result<Preset, Vec<Problem>> {
    let text = load::text_of(path)?;
    load::glance(&Clean::from(&*path.to_string_lossy()), &text)
}
