//! A folder for one test, and the program run in it. Knows no command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of its own for one test.
pub fn desk(name: &str) -> PathBuf {
    let desk = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", env!("CARGO_CRATE_NAME")));
    let _ = fs::remove_dir_all(&desk);
    fs::create_dir_all(&desk).expect("a folder");
    desk
}

pub fn run(desk: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fnexplore"));
    command.args(words).current_dir(desk).stdin(Stdio::null()).output().expect("the program")
}
