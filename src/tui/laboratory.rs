//! The thread that does a claim's experiment beside the screen, and the file that keeps results. Knows no screen.

use super::app::{Test, Tested};
use crate::files::{read_capped, write_atomic};
use crate::study::claims::find;
use crate::study::{Failure, Lab, Progress};
use crate::text::Clean;
use crate::train::Wake;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// The file in the state folder: a result a line.
const FILE: &str = "claims.jsonl";
/// It is no longer than this: all results with their figures take some 200 kB.
const MOST: u64 = 16 << 20;
/// Progress is told this often.
const REPORT: Duration = Duration::from_millis(150);

/// Where experiments are done.
pub struct Laboratory {
    file: Option<PathBuf>,
    tell: Sender<Tested>,
    told: Receiver<Tested>,
    stop: Arc<AtomicBool>,
    wake: Wake,
}

impl Laboratory {
    /// Results are kept in `folder`, if there is one; `wake` is called when there is news.
    #[must_use]
    pub fn new(folder: Option<&Path>, wake: &Wake) -> Self {
        let (tell, told) = channel();
        let file = folder.map(|folder| folder.join(FILE));
        Self { file, tell, told, stop: Arc::default(), wake: wake.clone() }
    }

    /// Does what is asked; what comes of it is news later.
    pub fn ask(&mut self, test: Test) {
        match test {
            Test::Recall => {
                // Nobody else holds the receiver.
                let _ = self.tell.send(Tested::Recalled(self.file.as_deref().map(recall).unwrap_or_default()));
                (self.wake)();
            }
            Test::Run { claim, quick } => {
                self.stop = Arc::default();
                let (stop, tell, wake, file) =
                    (self.stop.clone(), self.tell.clone(), self.wake.clone(), self.file.clone());
                let body = move || {
                    let _ = tell.send(run(claim, quick, &stop, &tell, &wake, file.as_deref()));
                    wake();
                };
                let thread = std::thread::Builder::new().name("claims".to_owned()).spawn(body);
                if thread.is_err() {
                    let _ = self.tell.send(Tested::Ended(claim, Clean::from("the system starts no thread")));
                }
            }
            Test::Stop => self.stop.store(true, Ordering::Relaxed),
        }
    }

    /// What is new, if anything is.
    #[must_use]
    pub fn news(&self) -> Option<Tested> {
        self.told.try_recv().ok()
    }
}

impl Drop for Laboratory {
    /// A task that is under way ends with the process.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn run(
    name: &'static str,
    quick: bool,
    stop: &AtomicBool,
    tell: &Sender<Tested>,
    wake: &Wake,
    file: Option<&Path>,
) -> Tested {
    // Screen and training come first.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
    let began = Instant::now();
    let last = AtomicU64::new(0);
    let told = |progress: Progress| {
        let now = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now.saturating_sub(last.load(Ordering::Relaxed)) >= u64::try_from(REPORT.as_millis()).unwrap_or(0) {
            last.store(now, Ordering::Relaxed);
            let _ = tell.send(Tested::Going(name, progress));
            wake();
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let lab = Lab { threads, quick, seed: 0, stop, told: &told, clock: &|| began.elapsed() };
    let Ok(claim) = find(name) else { return Tested::Ended(name, Clean::from("there is no such claim")) };
    match claim.test(&lab) {
        Ok(found) => {
            let value = claim.result(&found, (quick, lab.seed), began.elapsed().as_secs_f64());
            match file.map_or(Ok(()), |file| keep(file, &value)) {
                Ok(()) => {}
                Err(why) => drop(tell.send(Tested::Ended(name, Clean::new(&format!("not kept: {why}"), 200)))),
            }
            Tested::Done(Box::new(value))
        }
        Err(Failure::Cancelled) => Tested::Ended(name, Clean::from("stopped")),
        Err(Failure::Broken(why)) => Tested::Ended(name, why),
    }
}

/// The results in a file; lines that are none are left out.
fn recall(file: &Path) -> Vec<Value> {
    let Ok(bytes) = read_capped(file, MOST) else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    let known = |value: &Value| value.get("name").and_then(Value::as_str).is_some_and(|name| find(name).is_ok());
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(known).collect()
}

/// Puts a result in the place of an older one of the same claim.
fn keep(file: &Path, value: &Value) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let others = recall(file).into_iter().filter(|other| other.get("name") != value.get("name"));
    let lines: Vec<String> = others.chain([value.clone()]).map(|value| value.to_string()).collect();
    write_atomic(file, (lines.join("\n") + "\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn results_are_kept_one_a_claim_and_found_again() {
        let folder = std::env::temp_dir().join(format!("fnexplore-claims-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let (sender, woken) = channel();
        let sender = std::sync::Mutex::new(sender);
        let wake: Wake = Arc::new(move || sender.lock().unwrap().send(()).unwrap_or(()));
        let mut laboratory = Laboratory::new(Some(&folder), &wake);
        let next = |laboratory: &Laboratory| loop {
            woken.recv().unwrap();
            match laboratory.news() {
                Some(Tested::Going(..)) | None => {}
                Some(other) => return other,
            }
        };
        for _ in 0..2 {
            laboratory.ask(Test::Run { claim: "C7", quick: true });
            let Tested::Done(value) = next(&laboratory) else { panic!("a result") };
            assert_eq!((&value["name"], &value["verdict"]), (&json!("C7"), &json!("holds with a correction")));
        }
        laboratory.ask(Test::Run { claim: "C4", quick: false });
        assert!(matches!(next(&laboratory), Tested::Done(_)));
        std::fs::write(folder.join("other"), "x").unwrap();
        let file = folder.join(FILE);
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), 2);
        std::fs::write(&file, format!("{text}no json\n{{\"name\":\"C99\"}}\n")).unwrap();
        laboratory.ask(Test::Recall);
        let Tested::Recalled(values) = next(&laboratory) else { panic!("results") };
        assert_eq!(values.iter().map(|value| value["name"].as_str().unwrap()).collect::<Vec<_>>(), ["C7", "C4"]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
