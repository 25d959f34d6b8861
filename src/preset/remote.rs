//! `user@host:path`: a preset on another machine, fetched by the user's own ssh. Knows no preset and no screen.
//!
//! Nothing of the name reaches a local shell, and nothing but a quoted path the remote one. What comes back is a stranger's
//! text. ssh is asked never to prompt: a prompt would fight the screen for the terminal.

use crate::text::Clean;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Bytes of a preset; one more is asked for, to see that there is more.
const LIMIT: usize = 1 << 20;
/// Bytes of ssh's complaints that are kept.
const COMPLAINTS: usize = 4096;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one look at the child may take.
const LOOK: Duration = Duration::from_millis(20);

/// Where a preset is on another machine; only what is safe to hand to ssh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    destination: String,
    path: String,
}

impl Remote {
    /// What `name` means, if it means another machine: it has a colon before any slash and is no file here (scp's rule).
    ///
    /// # Errors
    /// A sentence, if it means one and cannot be handed to ssh.
    #[must_use]
    pub fn parse(name: &str) -> Option<Result<Self, String>> {
        let at = split_at(name)?;
        if name[..at].contains('/') || Path::new(name).exists() {
            return None;
        }
        let (destination, path) = (&name[..at], &name[at + 1..]);
        Some(Self::checked(destination, path).map_err(|why| format!("{}: {why}", Clean::excerpt(name))))
    }

    fn checked(destination: &str, path: &str) -> Result<Self, String> {
        let (user, host) = destination.rsplit_once('@').map_or((None, destination), |(user, host)| (Some(user), host));
        for (what, part) in [("user", user), ("host", Some(host))] {
            let Some(part) = part else { continue };
            let allowed = |c: char| c.is_ascii_alphanumeric() || "._:%[]-".contains(c);
            if part.is_empty() {
                return Err(format!("the {what} is empty; it is [USER@]HOST:PATH"));
            }
            if part.starts_with('-') {
                return Err(format!(
                    "the {what} \"{}\" begins with -, which ssh would take for an option",
                    Clean::excerpt(part)
                ));
            }
            if let Some(odd) = part.chars().find(|c| !allowed(*c)) {
                return Err(format!(
                    "the {what} \"{}\" has {}; it may have letters, digits and . _ : % [ ] -",
                    Clean::excerpt(part),
                    named(odd)
                ));
            }
        }
        if path.is_empty() {
            return Err("the path is empty; it is [USER@]HOST:PATH".to_owned());
        }
        if let Some(odd) = path.chars().find(|c| c.is_control()) {
            return Err(format!("the path has {}, which no preset's path has", named(odd)));
        }
        Ok(Self { destination: destination.to_owned(), path: path.to_owned() })
    }

    /// As a person would name it.
    #[must_use]
    pub fn name(&self) -> Clean {
        Clean::new(&format!("{}:{}", self.destination, self.path), 400)
    }

    /// The file's name, without what leads to it.
    #[must_use]
    pub fn file(&self) -> Clean {
        Clean::new(self.path.rsplit('/').next().unwrap_or(&self.path), 200)
    }

    /// What ssh is given: no shell here, no forwarding, no prompt, no terminal; the size is capped at the far end too.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        const OPTIONS: [&str; 6] = [
            "ClearAllForwardings=yes",
            "BatchMode=yes",
            "ConnectTimeout=10",
            "PermitLocalCommand=no",
            "RequestTTY=no",
            "RemoteCommand=none",
        ];
        let flags = ["-T", "-x", "-a"].into_iter().chain(OPTIONS.into_iter().flat_map(|option| ["-o", option]));
        let command = format!("exec head -c {} -- {}", LIMIT + 1, quoted(&self.path));
        flags.map(str::to_owned).chain(["--".to_owned(), self.destination.clone(), command]).collect()
    }

    /// What a person can type where this cannot be done without a question.
    #[must_use]
    pub fn by_hand(&self) -> String {
        format!("ssh {} cat {} | fnexplore -", self.destination, quoted(&self.path))
    }

    /// The file's text. `go_on` is asked every now and then with the time that has passed, and ends it by answering false.
    ///
    /// # Errors
    /// A sentence: what ssh said, and what can be done about it.
    pub fn fetch(&self, go_on: &mut dyn FnMut(Duration) -> bool) -> Result<String, String> {
        let told = |why: String| format!("{}: {why}", self.name());
        let mut child = self.start().map_err(told)?;
        let out = gather(child.stdout.take(), LIMIT + 1);
        let complaints = gather(child.stderr.take(), COMPLAINTS);
        let status = match wait(&mut child, go_on) {
            Ok(status) => status,
            Err(why) => {
                end(&mut child);
                return Err(told(why));
            }
        };
        let bytes = out.recv().unwrap_or_default();
        let complaints = String::from_utf8_lossy(&complaints.recv().unwrap_or_default()).into_owned();
        if !status.success() {
            return Err(told(self.explain(status, &complaints)));
        }
        if bytes.len() > LIMIT {
            return Err(told("a preset has at most 1 MiB".to_owned()));
        }
        String::from_utf8(bytes).map_err(|bad| {
            told(format!("byte {} is not UTF-8; a preset is a UTF-8 text", bad.utf8_error().valid_up_to() + 1))
        })
    }

    /// In a group of its own, so that ending it ends a proxy's processes too.
    fn start(&self) -> Result<Child, String> {
        let mut ssh = Command::new("ssh");
        ssh.args(self.arguments()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        ssh.spawn().map_err(|why| format!("ssh cannot be started: {why}"))
    }

    /// What ssh's failure means for a person.
    fn explain(&self, status: ExitStatus, complaints: &str) -> String {
        let last = complaints.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("");
        let said = Clean::new(last.strip_prefix("ssh: ").unwrap_or(last), 200);
        let host = &self.destination;
        if status.code() != Some(255) {
            return format!("{host} says: {said}");
        }
        let has = |words: &str| complaints.to_ascii_lowercase().contains(words);
        if has("host key verification failed") || has("host key is known") {
            format!("the key of {host} is not known here; connect once by hand, look at it, and accept it: ssh {host}")
        } else if has("permission denied") {
            format!("ssh would have to ask for a password; let it: {}", self.by_hand())
        } else if said.is_empty() {
            format!("ssh could not reach {host}")
        } else {
            format!("ssh says: {said}")
        }
    }
}

/// Where the host ends: at the first colon that is not inside [ ].
fn split_at(name: &str) -> Option<usize> {
    let mut inside = false;
    name.char_indices().find_map(|(at, c)| {
        inside = match c {
            '[' => true,
            ']' => false,
            _ => inside,
        };
        (c == ':' && !inside).then_some(at)
    })
}

/// One word for any shell: within single quotes nothing has a meaning.
fn quoted(path: &str) -> String {
    format!("'{}'", path.replace('\'', r"'\''"))
}

fn named(odd: char) -> String {
    if odd.is_control() || !odd.is_ascii() { format!("U+{:04X}", u32::from(odd)) } else { format!("'{odd}'") }
}

/// Reads on a thread of its own, so that neither pipe can fill up; the rest is left.
fn gather(from: Option<impl Read + Send + 'static>, most: usize) -> Receiver<Vec<u8>> {
    let (tell, gathered) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(from) = from {
            let _ = from.take(most as u64).read_to_end(&mut bytes);
        }
        let _ = tell.send(bytes);
    });
    gathered
}

/// Until it ends, as long as there is patience.
fn wait(child: &mut Child, go_on: &mut dyn FnMut(Duration) -> bool) -> Result<ExitStatus, String> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Err(why) => return Err(format!("ssh is lost: {why}")),
            Ok(None) if began.elapsed() > PATIENCE => return Err("nothing came within 30 s".to_owned()),
            Ok(None) if !go_on(began.elapsed()) => return Err("given up".to_owned()),
            Ok(None) => std::thread::sleep(LOOK),
        }
    }
}

/// The whole group: ssh and what it started.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(name: &str) -> Remote {
        Remote::parse(name).expect("another machine").unwrap_or_else(|why| panic!("{why}"))
    }

    #[test]
    fn what_is_remote_and_what_is_not() {
        for here in ["compose", "./a:b", "lab/x:y.toml", "/tmp/a:b", "mine.toml", "-"] {
            assert!(Remote::parse(here).is_none(), "{here}");
        }
        let there = parsed("ada@host.example:lab/my preset.toml");
        assert_eq!((there.destination.as_str(), there.path.as_str()), ("ada@host.example", "lab/my preset.toml"));
        assert_eq!(parsed("[::1]:p.toml").destination, "[::1]");
        assert_eq!(parsed("host:a:b").path, "a:b");
        assert_eq!(there.file().as_str(), "my preset.toml");
    }

    #[test]
    fn what_ssh_would_misread_is_refused() {
        for (name, why) in [
            ("-oProxyCommand=x:p", "begins with -"),
            ("-l@host:p", "begins with -"),
            ("a b:p", "has ' '"),
            ("host;x:p", "has ';'"),
            ("$(x):p", "has '$'"),
            ("@host:p", "the user is empty"),
            (":p", "the host is empty"),
            ("host:", "the path is empty"),
            ("host:a\nb", "has U+000A"),
            ("host:a\0b", "has U+0000"),
            ("h\u{f6}st:p", "has U+00F6"),
        ] {
            let refused = Remote::parse(name).expect("another machine").expect_err(name);
            assert!(refused.contains(why), "{name}: {refused}");
        }
    }

    #[test]
    fn the_path_is_one_word_of_the_remote_shell() {
        let arguments = parsed("h:it's $(touch x) `y` \\ -rf").arguments();
        assert_eq!(
            arguments.last().map(String::as_str),
            Some(r"exec head -c 1048577 -- 'it'\''s $(touch x) `y` \ -rf'")
        );
        let place = arguments.iter().position(|argument| argument == "--").expect("there");
        assert_eq!(arguments[place + 1], "h");
        assert_eq!(arguments.len(), place + 3);
    }

    proptest! {
        /// Whatever is typed: it is no remote name, or refused, or ssh's arguments hold it in its two places only.
        #[test]
        fn nothing_typed_becomes_an_option_or_a_command(name in "[-a-z@:'$();&|`\\\\ .\"\n*?~=/]{1,40}") {
            if let Some(Ok(remote)) = Remote::parse(&name) {
                let arguments = remote.arguments();
                let known = parsed("h:p").arguments();
                let last = arguments.len() - 2;
                prop_assert_eq!(&arguments[..last], &known[..known.len() - 2]);
                prop_assert!(!arguments[last].starts_with('-'));
                prop_assert!(arguments[last].chars().all(|c| c.is_ascii_alphanumeric() || "@._:%[]-".contains(c)));
                // Undone as a shell would, the quoted word is the path.
                let word = arguments[last + 1].strip_prefix("exec head -c 1048577 -- ").expect("the command");
                prop_assert_eq!(unquoted(word), Some(remote.path.clone()));
            }
        }
    }

    /// What a POSIX shell makes of a word; none if it has anything outside quotes but an escaped quote.
    fn unquoted(word: &str) -> Option<String> {
        let (mut rest, mut made) = (word, String::new());
        while !rest.is_empty() {
            if let Some(tail) = rest.strip_prefix(r"\'") {
                made.push('\'');
                rest = tail;
            } else {
                let (inside, tail) = rest.strip_prefix('\'')?.split_once('\'')?;
                made.push_str(inside);
                rest = tail;
            }
        }
        Some(made)
    }
}
