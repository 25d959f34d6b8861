//! Presets over ssh: through a real sshd on the loopback, started here with keys and a configuration of its own, and
//! through a stand-in for ssh that writes down what it is given. Without an sshd the real ones say that they are skipped.

#![cfg(unix)]

mod pty;

use pty::{Terminal, command};
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_fnexplore");
const SSHD: &str = "/usr/sbin/sshd";
const PRESET: &str = "title = \"From afar\"\nsteps = 20\n[model]\nk = 5\n";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ssh-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("a private one");
    folder
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("an executable one");
}

/// The program with `bin` first in PATH.
fn program(bin: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    let path = std::env::var("PATH").unwrap_or_default();
    command.args(arguments).env("PATH", format!("{}:{path}", bin.display())).stdin(Stdio::null());
    command
}

fn run(bin: &Path, arguments: &[&str]) -> Output {
    program(bin, arguments).output().expect("the program starts")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A throw-away sshd with keys of its own, and an `ssh` in `bin` that knows the way to it.
struct Loopback {
    folder: PathBuf,
    sshd: Child,
    port: u16,
}

impl Loopback {
    /// None, and a word on standard error, where there is no sshd.
    fn start(name: &str) -> Option<Self> {
        if !Path::new(SSHD).exists() {
            let _ = writeln!(std::io::stderr(), "skipped: {name} needs {SSHD} (package openssh-server)");
            return None;
        }
        let folder = folder(name);
        let at = |file: &str| folder.join(file).display().to_string();
        for key in ["host", "key", "stranger"] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]).status();
            assert!(made.expect("ssh-keygen").success());
        }
        fs::copy(folder.join("key.pub"), folder.join("authorized")).expect("a key");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("a port").port();
        let _ = fs::create_dir_all("/run/sshd");
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nStrictModes no\nPrintMotd no\nPrintLastLog no\n\
             PermitRootLogin prohibit-password\n",
            at("host"),
            at("authorized")
        );
        fs::write(folder.join("sshd_config"), config).expect("a configuration");
        let log = fs::File::create(folder.join("sshd.log")).expect("a log");
        let sshd = Command::new(SSHD).args(["-D", "-e", "-f", &at("sshd_config")]).stderr(log).spawn();
        let loopback = Self { sshd: sshd.expect("sshd starts"), port, folder };
        loopback.client("bin", "key", true);
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "sshd does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(loopback)
    }

    /// An `ssh` that is the real one with a configuration: which key it offers, and whether it knows the host's.
    fn client(&self, bin: &str, key: &str, knows: bool) -> PathBuf {
        let at = |file: &str| self.folder.join(file).display().to_string();
        let host = fs::read_to_string(self.folder.join("host.pub")).expect("the host's key");
        let hosts = if knows { format!("[127.0.0.1]:{} {host}", self.port) } else { String::new() };
        fs::write(self.folder.join(format!("{bin}.known")), hosts).expect("known hosts");
        let user = Command::new("id").arg("-un").output().expect("id").stdout;
        let config = format!(
            "Host loop\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {}\n IdentitiesOnly yes\n \
             UserKnownHostsFile {}\n GlobalKnownHostsFile none\n StrictHostKeyChecking yes\n LogLevel ERROR\n",
            self.port,
            String::from_utf8_lossy(&user).trim(),
            at(key),
            at(&format!("{bin}.known")),
        );
        fs::write(self.folder.join(format!("{bin}.config")), config).expect("a configuration");
        let bin_folder = self.folder.join(bin);
        fs::create_dir_all(&bin_folder).expect("a folder");
        let real = if Path::new("/usr/bin/ssh").exists() { "/usr/bin/ssh" } else { "/usr/local/bin/ssh" };
        let text = format!("#!/bin/sh\nexec {real} -F '{}' \"$@\"\n", at(&format!("{bin}.config")));
        script(&bin_folder.join("ssh"), &text);
        bin_folder
    }

    fn bin(&self) -> PathBuf {
        self.folder.join("bin")
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Paths with all that a shell would act on arrive as they are, and start nothing.
#[test]
fn a_preset_comes_from_another_machine_whatever_it_is_called() {
    let Some(loopback) = Loopback::start("names") else { return };
    let there = loopback.folder.join("there");
    fs::create_dir_all(&there).expect("a folder");
    for name in [
        "plain.toml",
        "two words.toml",
        "it's.toml",
        "$(touch owned).toml",
        "`id`;&|<>*?.toml",
        "-n.toml",
        "#\\\".toml",
    ] {
        fs::write(there.join(name), PRESET).expect("a preset");
        let ran = run(&loopback.bin(), &["train", &format!("loop:{}/{name}", there.display()), "--json"]);
        assert_eq!(ran.status.code(), Some(0), "{name}: {}", err(&ran));
        assert!(String::from_utf8_lossy(&ran.stdout).contains("\"parameters\":48"), "{name}");
    }
    assert!(!there.join("owned").exists() && !Path::new("owned").exists());
}

/// What goes wrong is said in words that tell what to do, and nothing waits for a prompt.
#[test]
fn what_goes_wrong_over_ssh_is_told() {
    let Some(loopback) = Loopback::start("wrong") else { return };
    let path = loopback.folder.join("p.toml");
    fs::write(&path, PRESET).expect("a preset");
    let name = format!("loop:{}", path.display());
    let unknown = run(&loopback.client("unknown", "key", false), &["train", &name]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(err(&unknown).contains("the key of loop is not known here"), "{}", err(&unknown));
    let stranger = run(&loopback.client("stranger-bin", "stranger", true), &["train", &name]);
    assert_eq!(stranger.status.code(), Some(2));
    assert!(err(&stranger).contains("| fnexplore -"), "{}", err(&stranger));
    let missing = run(&loopback.bin(), &["train", "loop:/no/such.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(err(&missing).contains("No such file"), "{}", err(&missing));
    let large = loopback.folder.join("large.toml");
    fs::write(&large, vec![b'#'; 2 << 20]).expect("2 MiB");
    let large = run(&loopback.bin(), &["train", &format!("loop:{}", large.display())]);
    assert!(large.status.code() == Some(2) && err(&large).contains("at most 1 MiB"), "{}", err(&large));
    let endless = run(&loopback.bin(), &["train", "loop:/dev/zero"]);
    assert!(endless.status.code() == Some(2) && err(&endless).contains("at most 1 MiB"), "{}", err(&endless));
    let bad = loopback.folder.join("bad.toml");
    fs::write(&bad, "[model]\nkay = 3\n").expect("a preset");
    let bad = run(&loopback.bin(), &["train", &format!("loop:{}", bad.display())]);
    assert!(err(&bad).contains(":2:1: model.kay is no setting"), "{}", err(&bad));
}

/// A dead host is given up within ssh's own ten seconds and told in clear words.
#[test]
fn a_host_that_is_not_there_is_told() {
    let bin = folder("dead");
    script(
        &bin.join("ssh"),
        "#!/bin/sh\necho 'ssh: connect to host dead port 22: Connection timed out' >&2\nexit 255\n",
    );
    let ran = run(&bin, &["train", "dead:p.toml"]);
    assert_eq!(ran.status.code(), Some(2));
    assert_eq!(err(&ran), "dead:p.toml: ssh says: connect to host dead port 22: Connection timed out\n");
    let none = program(Path::new("/nonexistent"), &["train", "dead:p.toml"]).env("PATH", "/nonexistent").output();
    assert!(err(&none.expect("it starts")).contains("ssh cannot be started"));
}

/// What ssh complains of reaches the terminal as plain text.
#[test]
fn complaints_are_cleaned() {
    let bin = folder("complaints");
    script(&bin.join("ssh"), "#!/bin/sh\nprintf '\\033]0;owned\\007\\033[31mred\\302\\233x\\n' >&2\nexit 255\n");
    let ran = run(&bin, &["train", "host:p.toml"]);
    let told = err(&ran);
    assert!(told.contains("red") && !told.trim_end().contains(char::is_control), "{told:?}");
}

/// The other ways: the file piped in, and the program run over there.
#[test]
fn a_preset_is_piped_from_there_and_the_program_runs_there() {
    let Some(loopback) = Loopback::start("ways") else { return };
    let path = loopback.folder.join("p.toml");
    fs::write(&path, PRESET).expect("a preset");
    let ssh = loopback.bin().join("ssh");
    let piped = format!("'{}' loop cat '{}' | '{PROGRAM}' -", ssh.display(), path.display());
    let ran = Command::new("sh").args(["-c", &piped]).output().expect("a shell");
    assert!(ran.status.success() && String::from_utf8_lossy(&ran.stdout).contains("From afar"), "{}", err(&ran));
    let ran = Command::new(&ssh).args(["loop", &format!("'{PROGRAM}' '{}' < /dev/null", path.display())]).output();
    let ran = ran.expect("ssh");
    assert!(ran.status.success() && String::from_utf8_lossy(&ran.stdout).contains("K=5"), "{}", err(&ran));
}

#[test]
fn a_preset_is_fetched_beside_the_screen_and_esc_gives_it_up() {
    let bin = folder("beside");
    let (go, pid) = (bin.join("go"), bin.join("pid"));
    let preset = bin.join("away.toml");
    fs::write(&preset, PRESET).expect("a preset");
    let text = format!(
        "#!/bin/sh\nif [ -e {go} ]; then exec cat {preset}; fi\necho $$ > {pid}\nexec sleep 300\n",
        go = go.display(),
        preset = preset.display(),
        pid = pid.display()
    );
    script(&bin.join("ssh"), &text);
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let mut terminal = Terminal::with(command(PROGRAM, &["compose"], &[("PATH", &path)]), 120, 40);
    terminal.sees(&["RUN", "compose"]);
    terminal.keys(":open ada@far.example:lab/away.toml\r");
    terminal.sees(&["waiting for ada@far.example:lab/away.toml by ssh: 1 s; Esc gives it up", "RUN"]);
    // The screen goes on meanwhile.
    terminal.keys("2+");
    terminal.sees(&["K=13"]);
    terminal.keys("u\x1b");
    terminal.sees(&["no longer waited for", "K=12"]);
    let ssh = fs::read_to_string(&pid).expect("it was started");
    let began = Instant::now();
    while Path::new("/proc").join(ssh.trim()).exists() {
        assert!(began.elapsed() < Duration::from_secs(10), "ssh lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
    // What comes is opened; what cannot be handed to ssh is refused; a table is not read for a stranger.
    fs::write(&go, "").expect("a word");
    terminal.keys(":open ada@far.example:lab/away.toml\r");
    terminal.sees(&["away", "K=5"]);
    terminal.keys(":open -oProxyCommand=x:p\r");
    terminal.sees(&["begins with -"]);
    fs::write(&preset, "[data]\ncsv = \"x.csv\"\n").expect("a preset");
    terminal.keys(":open far.example:away.toml\r");
    terminal.sees(&["a preset from elsewhere reads no file"]);
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_as_before();
    // Under --restricted no one sets out.
    let mut terminal = Terminal::with(command(PROGRAM, &["compose", "--restricted"], &[("PATH", &path)]), 120, 40);
    terminal.sees(&["RUN"]);
    terminal.keys(":open far.example:away.toml\r");
    terminal.sees(&["far.example:away.toml"]);
    assert!(!terminal.now().text().contains("waiting for"));
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    let _ = fs::remove_dir_all(bin);
}
