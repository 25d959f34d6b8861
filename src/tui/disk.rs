//! The errands of the screen, carried out: presets listed, opened and written. Knows no screen.

use super::app::{Answer, Errand, Listing, Over};
use crate::files;
use crate::preset::{Source, glance};
use crate::text::{Clean, Problem};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Presets listed at once.
const LISTED: usize = 100;
/// Names looked at in one folder.
const NAMES: usize = 10_000;
/// Bytes of a file whose text is compared before it is replaced.
const TEXT: u64 = 2 << 20;

/// What is said where nothing may be written.
pub const RESTRICTED: &str = "this session is restricted: nothing is written but its own state";

/// Does what a restricted session may: lists and opens what lies in the working folder, and writes nothing.
#[must_use]
pub fn restricted(errand: Errand) -> Answer {
    match errand {
        Errand::List(_) => list(&[]),
        Errand::Open(path) if path.parent().is_some_and(|folder| folder.as_os_str().is_empty()) => {
            carry_out(Errand::Open(path))
        }
        Errand::Open(path) => {
            let why = format!("{}: a restricted session opens presets of its own folder only", path.display());
            Answer::Opened(Err(vec![Problem::new(&why)]))
        }
        Errand::Save { path, text, over: _ } => Answer::Saved { path, text, result: Err(Clean::from(RESTRICTED)) },
    }
}

/// Does what is asked, and says what came of it.
#[must_use]
pub fn carry_out(errand: Errand) -> Answer {
    match errand {
        Errand::List(beside) => list(&beside),
        Errand::Open(path) => Answer::Opened(Source::file(&path, &mut |_| ()).map(Box::new)),
        Errand::Save { path, text, over } => {
            let result = save(&path, &text, &over);
            Answer::Saved { path, text, result }
        }
    }
}

/// `*.toml` of the working folder by name, and of the folders of `beside` by path.
fn list(beside: &[PathBuf]) -> Answer {
    let mut folders = vec![PathBuf::new()];
    folders.extend(
        beside
            .iter()
            .filter_map(|file| file.parent())
            .filter(|folder| !folder.as_os_str().is_empty())
            .map(Path::to_owned),
    );
    folders.dedup();
    let mut paths: Vec<PathBuf> = folders.iter().flat_map(|folder| presets_in(folder)).collect();
    let real = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let mut seen = Vec::new();
    paths.retain(|path| {
        let real = real(path);
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    let more = paths.len().saturating_sub(LISTED);
    paths.truncate(LISTED);
    let listing = |path: PathBuf| Listing { seen: glance(&path).map(Box::new), path };
    Answer::Listed(paths.into_iter().map(listing).collect(), more)
}

fn presets_in(folder: &Path) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(here) else { return Vec::new() };
    let names = entries.take(NAMES).filter_map(Result::ok).map(|entry| folder.join(entry.file_name()));
    let is_preset = |path: &PathBuf| path.extension() == Some(OsStr::new("toml")) && path.is_file();
    let mut names: Vec<PathBuf> = names.filter(is_preset).collect();
    names.sort();
    names
}

/// Whole or not at all; what is not expected there stays.
fn save(path: &Path, text: &str, over: &Over) -> Result<(), Clean> {
    let refused = |why: &str| Err(Clean::new(why, 200));
    match over {
        Over::Nothing if fs::symlink_metadata(path).is_ok() => {
            return refused("there is such a file already; save! writes over it");
        }
        Over::Text(old) if path.exists() => match files::read_capped(path, TEXT) {
            Ok(now) if now == old.as_bytes() => {}
            Ok(_) => return refused("the file has changed since it was read; save! writes over it"),
            Err(why) => return refused(&why),
        },
        Over::Nothing | Over::Text(_) | Over::Anything => {}
    }
    files::write_atomic(path, text.as_bytes()).or_else(|why| refused(&why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder of its own for one test, gone with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("fnexplore-disk-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn save(&self, name: &str, text: &str, over: Over) -> Result<(), String> {
            let path = self.0.join(name);
            match carry_out(Errand::Save { path, text: text.to_owned(), over }) {
                Answer::Saved { result, .. } => result.map_err(|why| why.to_string()),
                other => panic!("{other:?}"),
            }
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.0.join(name)).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn only_what_may_be_replaced_is_replaced() {
        let folder = Folder::new("over");
        folder.save("a.toml", "one", Over::Nothing).unwrap();
        assert!(folder.save("a.toml", "two", Over::Nothing).unwrap_err().contains("already"));
        assert!(folder.save("a.toml", "two", Over::Text("other".into())).unwrap_err().contains("changed since"));
        assert_eq!(folder.read("a.toml"), "one");
        folder.save("a.toml", "two", Over::Text("one".into())).unwrap();
        folder.save("a.toml", "three", Over::Anything).unwrap();
        // Who deleted the file meanwhile gets it back.
        folder.save("b.toml", "new", Over::Text("one".into())).unwrap();
        assert_eq!((folder.read("a.toml"), folder.read("b.toml")), ("three".into(), "new".into()));
    }

    #[test]
    fn a_restricted_session_writes_nothing_and_stays_in_its_folder() {
        let folder = Folder::new("restricted");
        folder.save("a.toml", "one", Over::Nothing).unwrap();
        for over in [Over::Nothing, Over::Text("one".into()), Over::Anything] {
            let path = folder.0.join("a.toml");
            let answer = restricted(Errand::Save { path, text: "two".to_owned(), over });
            assert!(matches!(answer, Answer::Saved { result: Err(why), .. } if why.contains("restricted")));
        }
        assert_eq!(folder.read("a.toml"), "one");
        for elsewhere in [folder.0.join("a.toml"), "../a.toml".into(), "sub/a.toml".into(), "/etc/passwd".into()] {
            let Answer::Opened(Err(problems)) = restricted(Errand::Open(elsewhere)) else { panic!("opened") };
            assert!(problems[0].sentence.contains("its own folder only"));
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = Folder::new("fails");
        folder.save("a.toml", "one", Over::Nothing).unwrap();
        assert!(folder.save("none/a.toml", "two", Over::Nothing).is_err());
        assert!(folder.save("", "two", Over::Anything).is_err(), "a folder is no file");
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o500)).unwrap();
        // Root writes wherever it likes.
        if fs::write(folder.0.join("probe"), "").is_err() {
            assert!(folder.save("a.toml", "two", Over::Anything).is_err());
        }
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(folder.read("a.toml"), "one");
    }

    #[test]
    fn presets_beside_a_file_are_listed_each_once() {
        let folder = Folder::new("list");
        for (name, text) in [("b.toml", "title = \"B\""), ("a.toml", "no"), ("c.txt", "title = \"C\"")] {
            fs::write(folder.0.join(name), text).unwrap();
        }
        fs::create_dir(folder.0.join("d.toml")).unwrap();
        let beside = vec![folder.0.join("b.toml"), folder.0.join("x.toml")];
        let Answer::Listed(files, 0) = carry_out(Errand::List(beside)) else { panic!("a list") };
        let own: Vec<&Listing> = files.iter().filter(|file| file.path.starts_with(&folder.0)).collect();
        let names: Vec<_> = own.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.toml", "b.toml"]);
        assert!(own[0].seen.is_err());
        assert_eq!(own[1].seen.as_ref().unwrap().base.title.as_str(), "B");
    }
}
