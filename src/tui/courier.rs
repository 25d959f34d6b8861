//! The thread that waits for a preset from another machine, so that the screen does not. Knows no screen.

use super::app::Answer;
use crate::preset::{Remote, Source};
use crate::text::{Clean, Problem};
use crate::train::Wake;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// It is told this often that it is still waited for.
const REPORT: Duration = Duration::from_secs(1);

/// Who fetches, one preset at a time: another one takes the place of the one that is waited for.
pub struct Courier {
    told: Option<Receiver<Answer>>,
    stop: Arc<AtomicBool>,
    wake: Wake,
}

impl Courier {
    /// `wake` is called when there is news.
    #[must_use]
    pub fn new(wake: &Wake) -> Self {
        Self { told: None, stop: Arc::default(), wake: wake.clone() }
    }

    /// Sets out, if `name` means another machine; the first answer. None for a file of this one.
    pub fn fetch(&mut self, name: &str) -> Option<Answer> {
        let remote = match Remote::parse(name)? {
            Ok(remote) => remote,
            Err(why) => return Some(Answer::Opened(Err(vec![Problem::new(&why)]))),
        };
        self.give_up();
        self.stop = Arc::default();
        let (tell, told) = channel();
        self.told = Some(told);
        let (stop, wake, waiting) = (self.stop.clone(), self.wake.clone(), remote.name());
        let body = move || {
            let answer = Answer::Opened(bring(&remote, &stop, &tell, &wake).map(Box::new));
            let _ = tell.send(answer);
            wake();
        };
        Some(match std::thread::Builder::new().name("courier".to_owned()).spawn(body) {
            Ok(_) => Answer::Waiting(waiting, Duration::ZERO),
            Err(why) => Answer::Opened(Err(vec![Problem::new(&format!("{waiting}: no thread to wait on: {why}"))])),
        })
    }

    /// Ends ssh; what it would have brought is not heard of any more.
    pub fn give_up(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.told = None;
    }

    /// What is new, if anything is.
    #[must_use]
    pub fn news(&self) -> Option<Answer> {
        self.told.as_ref()?.try_recv().ok()
    }
}

impl Drop for Courier {
    /// ssh does not outlive the screen that waits for it.
    fn drop(&mut self) {
        self.give_up();
    }
}

/// A stranger's preset: it sets numbers and names, and reads no file.
fn bring(remote: &Remote, stop: &AtomicBool, tell: &Sender<Answer>, wake: &Wake) -> Result<Source, Vec<Problem>> {
    let mut told = Duration::ZERO;
    let text = remote.fetch(&mut |waited| {
        if waited >= told + REPORT {
            told = waited;
            let _ = tell.send(Answer::Waiting(remote.name(), waited));
            wake();
        }
        !stop.load(Ordering::Relaxed)
    });
    let text = text.map_err(|why| vec![Problem::new(&why)])?;
    let refusal = "a preset from elsewhere reads no file; opened from the command line with --trust it may";
    Source::text(&Clean::new(remote.name().as_str(), 200), &text, &|_| Err(refusal.to_owned()))
}
