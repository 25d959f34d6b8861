//! Files: written whole or not at all, read within bounds, looked for only where allowed. Knows no file format.

use crate::text::Clean;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// `O_NONBLOCK`: opening a fifo that nobody writes to returns at once.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NONBLOCK: i32 = 0o4000;
/// `O_NONBLOCK`, as macOS and the BSDs number it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NONBLOCK: i32 = 0x4;

/// Replaces the file at `path` by `bytes`: readers see the old file or the new one, never a part of it.
///
/// A link is followed, and the old file's permissions are kept.
///
/// # Errors
/// Whatever the system says, or that `path` is no regular file. The old file is then as it was.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, |file| file.write_all(bytes))
}

/// Makes the file at `path` of `bytes`, whole or not at all, and only if there is nothing of that name.
///
/// # Errors
/// Whatever the system says: `AlreadyExists` if the name is taken, also by a link that leads nowhere.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = sibling(path)?;
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // A second name, unlike a new one, never takes another file's place.
        match fs::hard_link(&temporary, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && fs::symlink_metadata(path).is_err() => {
                // Some file systems have no second names: there the look before is all there is.
                fs::rename(&temporary, path)
            }
            linked => linked,
        }
    })();
    // The first name has done its work, or never came to any.
    let _ = fs::remove_file(&temporary);
    if written.is_ok() {
        let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    }
    written
}

/// `write` fills a new file beside `path`, which then takes its place.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let path = if old.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let temporary = sibling(&path)?;
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        write(&mut file)?;
        if let Some(old) = &old {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&temporary, &path)
    })();
    if written.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    // The rename itself is on disk only when its folder is; some file systems cannot sync one, and that loses nothing.
    let _ = File::open(folder_of(&path)).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A name beside `path` that no other writer uses.
fn sibling(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no file name"))?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(temporary))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where the program keeps what it may lose: `$XDG_STATE_HOME/fnexplore`, else `~/.local/state/fnexplore`.
/// None if neither is known; relative values are ignored, as the XDG specification asks. Nothing is created.
#[must_use]
pub fn state_dir() -> Option<PathBuf> {
    state_dir_of(std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME"))
}

fn state_dir_of(state_home: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |value: Option<OsString>| value.map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute(state_home).or_else(|| absolute(home).map(|home| home.join(".local/state")))?;
    Some(base.join("fnexplore"))
}

/// The bytes of the regular file at `path`, at most `limit` of them.
///
/// # Errors
/// A sentence: it cannot be read, is no regular file, or is longer than `limit`.
pub fn read_capped(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    read(&open_regular(path)?, path, limit)
}

/// The bytes of the file that a preset in `folder` names by the path `relative`, at most `limit` of them.
///
/// # Errors
/// A sentence, if the path is absolute, has a `..`, leads out of the folder through a link, or cannot be read.
pub fn read_confined(folder: &Path, relative: &str, limit: u64) -> Result<Vec<u8>, String> {
    let named = Path::new(relative);
    let shown = Clean::excerpt(relative);
    if relative.is_empty() || relative.contains('\0') {
        return Err(format!("\"{shown}\" is not a file name"));
    }
    if !named.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(format!("{shown} leads out of its preset's folder: data paths are relative to it, without \"..\""));
    }
    let sentence = |error: io::Error| format!("cannot read {shown}: {error}");
    let path = folder.join(named);
    let file = open_regular(&path).map_err(|sentence| sentence.replace(&shown_path(&path), &shown))?;
    // What was opened, not what the name means now, must lie in the folder: compared by device and inode.
    let real = fs::canonicalize(&path).map_err(sentence)?;
    let root =
        fs::canonicalize(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).map_err(sentence)?;
    let (opened, found) = (file.metadata().map_err(sentence)?, fs::metadata(&real).map_err(sentence)?);
    if !real.starts_with(&root) || (opened.dev(), opened.ino()) != (found.dev(), found.ino()) {
        return Err(format!("{shown} leads out of its preset's folder through a link"));
    }
    read(&file, Path::new(relative), limit)
}

/// Opens a regular file and nothing else. Looked at before opening, because opening some devices does something, and
/// again after it, because another may have taken the name meanwhile.
fn open_regular(path: &Path) -> Result<File, String> {
    let shown = shown_path(path);
    let sentence = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => format!("{shown}: there is no such file"),
        _ => format!("cannot read {shown}: {error}"),
    };
    let refuse = |kind: fs::FileType| {
        let what = if kind.is_dir() { "a folder" } else { "not a regular file (a pipe, a device, a socket)" };
        format!("{shown} is {what}; name a file")
    };
    let before = fs::metadata(path).map_err(sentence)?.file_type();
    if !before.is_file() {
        return Err(refuse(before));
    }
    let file = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(path).map_err(sentence)?;
    let after = file.metadata().map_err(sentence)?.file_type();
    if after.is_file() { Ok(file) } else { Err(refuse(after)) }
}

/// All of `file`, but never more than `limit` bytes whatever its size is said to be.
fn read(file: &File, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let shown = shown_path(path);
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read {shown}: {error}"))?;
    if bytes.len() as u64 > limit {
        return Err(format!("{shown} is longer than {limit} bytes, the most that is read"));
    }
    Ok(bytes)
}

fn shown_path(path: &Path) -> String {
    Clean::excerpt(&path.to_string_lossy()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A folder of its own for one test, gone with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("fnexplore-files-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let mut names: Vec<String> =
                fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn writing_replaces_the_whole_file_and_leaves_nothing_beside_it() {
        let folder = Folder::new("replace");
        let path = folder.0.join("a.toml");
        write_atomic(&path, b"a long first version").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write_atomic(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(folder.names(), ["a.toml"]);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = Folder::new("failed");
        let path = folder.0.join("a.toml");
        write_atomic(&path, b"old").unwrap();
        let full = replace(&path, |file| {
            file.write_all(b"ha")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(folder.names(), ["a.toml"]);
    }

    #[test]
    fn a_new_file_takes_no_other_s_place() {
        let folder = Folder::new("new");
        let path = folder.0.join("a.svg");
        write_new(&path, b"first").unwrap();
        assert_eq!(write_new(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        symlink("nowhere", folder.0.join("b.svg")).unwrap();
        assert_eq!(
            write_new(&folder.0.join("b.svg"), b"second").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists,
            "nor a link's"
        );
        assert!(write_new(&folder.0.join("none/a"), b"x").is_err());
        assert_eq!(folder.names(), ["a.svg", "b.svg"], "nothing is left beside them");
    }

    #[test]
    fn folders_devices_and_missing_folders_are_not_written_to() {
        let folder = Folder::new("odd");
        assert!(write_atomic(&folder.0, b"x").is_err());
        assert!(write_atomic(Path::new("/dev/null"), b"x").is_err());
        assert!(write_atomic(&folder.0.join("none/a"), b"x").is_err());
        assert!(folder.names().is_empty());
    }

    #[test]
    fn a_link_is_followed_when_writing() {
        let folder = Folder::new("link");
        fs::write(folder.0.join("real"), "old").unwrap();
        symlink("real", folder.0.join("name")).unwrap();
        write_atomic(&folder.0.join("name"), b"new").unwrap();
        assert_eq!(fs::read(folder.0.join("real")).unwrap(), b"new");
        assert!(fs::symlink_metadata(folder.0.join("name")).unwrap().is_symlink());
    }

    #[test]
    fn the_state_folder_follows_xdg() {
        let of = |state: Option<&str>, home: Option<&str>| state_dir_of(state.map(Into::into), home.map(Into::into));
        assert_eq!(of(Some("/s"), Some("/h")), Some("/s/fnexplore".into()));
        assert_eq!(of(None, Some("/h")), Some("/h/.local/state/fnexplore".into()));
        assert_eq!(of(Some("relative"), Some("/h")), Some("/h/.local/state/fnexplore".into()));
        assert_eq!(of(Some(""), Some("")), None);
    }

    #[test]
    fn the_limit_is_exact() {
        let folder = Folder::new("limit");
        let path = folder.0.join("ten");
        fs::write(&path, "0123456789").unwrap();
        assert_eq!(read_capped(&path, 10).unwrap(), b"0123456789");
        assert!(read_capped(&path, 9).unwrap_err().contains("longer than 9 bytes"));
    }

    #[test]
    fn only_regular_files_are_read() {
        let folder = Folder::new("kinds");
        let fifo = folder.0.join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [Path::new("/dev/zero"), Path::new("/dev/tty"), fifo.as_path()] {
            assert!(read_capped(path, 100).unwrap_err().contains("regular"), "{}", path.display());
        }
        assert!(read_capped(&folder.0, 100).unwrap_err().contains("a folder"));
        assert!(read_capped(&folder.0.join("none"), 100).unwrap_err().contains("no such file"));
        assert!(read_confined(&folder.0, "fifo", 100).unwrap_err().contains("regular"));
    }

    /// Opening does not hang even where the look before opening was deceived.
    #[test]
    fn opening_a_fifo_returns_at_once() {
        let folder = Folder::new("fifo");
        let fifo = folder.0.join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let file = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(&fifo).unwrap();
        assert!(!file.metadata().unwrap().is_file());
    }

    #[test]
    fn data_stay_in_their_folder() {
        let folder = Folder::new("confined");
        let lab = folder.0.join("lab");
        fs::create_dir_all(lab.join("sub")).unwrap();
        fs::write(folder.0.join("secret"), "secret").unwrap();
        fs::write(lab.join("sub/in.csv"), "inside").unwrap();
        symlink("../secret", lab.join("out.csv")).unwrap();
        symlink("..", lab.join("up")).unwrap();
        symlink("sub/in.csv", lab.join("fine.csv")).unwrap();
        for allowed in ["sub/in.csv", "./sub/in.csv", "fine.csv"] {
            assert_eq!(read_confined(&lab, allowed, 100).unwrap(), b"inside", "{allowed}");
        }
        let absolute = folder.0.join("lab/sub/in.csv");
        let refused =
            ["../secret", "sub/../../secret", "sub/../sub/in.csv", "out.csv", "up/secret", absolute.to_str().unwrap()];
        for hostile in refused {
            assert!(read_confined(&lab, hostile, 100).unwrap_err().contains("out of its preset's folder"), "{hostile}");
        }
        for hostile in ["", "a\0b", ".", "sub", "none.csv", "/", "\u{1b}[31m"] {
            let sentence = read_confined(&lab, hostile, 100).unwrap_err();
            assert!(!sentence.contains(char::is_control), "{sentence}");
        }
    }
}
