//! "Why?": the worst finding in one sentence, again the next, and `:mend`, which does what the sentence says. Knows no
//! illness: what is wrong and what mends it are the run's to say.

use super::{Action, App, Effect, Sentence};
use crate::learn::Rule;
use crate::preset::Change;
use crate::run::{Finding, Snapshot, Status, well, why};
use crate::text::Clean;
use std::time::Duration;

/// How long a finding stays: it is read, and what it names is looked at.
const READ: Duration = Duration::from_secs(15);

impl App {
    /// Says the worst that is wrong, and the next one as long as the last is still on the line. Its f⁽ⁱ⁾ gets the focus, so
    /// that the key the sentence names is about it.
    pub(super) fn why(&mut self, now: Duration) -> Vec<Effect> {
        if let Some(failed) = self.focused().and_then(|run| run.failed.clone()) {
            return self.refuse(&failed);
        }
        let Some(run) = self.shown() else { return self.refuse("there is nothing to look at yet") };
        let findings = why(&run);
        let still = |said: &Finding| said.sentence() == self.sentence.text.as_str();
        let again = self.told.take().filter(|(of, _, said)| *of == run.id && still(said));
        let at = again.map_or(0, |(_, at, _)| at + 1);
        let Some(finding) = findings.get(at) else {
            let rest =
                if findings.is_empty() { well(&run) } else { "there is nothing more to say; ! begins anew".to_owned() };
            self.say(&rest, now);
            return Vec::new();
        };
        if let Some(stage) = finding.illness.stage().filter(|stage| *stage != self.stage()) {
            let along = i32::try_from(self.stage()).unwrap_or(0) - i32::try_from(stage).unwrap_or(0);
            self.act(Action::Stage(along), now);
        }
        self.say(&finding.sentence(), now);
        self.sentence_ends = Some(now + READ);
        self.told = Some((run.id, at, finding.clone()));
        Vec::new()
    }

    /// Does what mends the finding that was said last, else the worst there is.
    pub(super) fn mend(&mut self, now: Duration) -> Vec<Effect> {
        if self.is_past("mended") {
            return Vec::new();
        }
        let Some(run) = self.shown() else { return self.refuse("there is nothing to mend yet") };
        let said = self.told.take().filter(|(of, ..)| *of == run.id).map(|(.., finding)| finding);
        let Some(finding) = said.or_else(|| why(&run).into_iter().next()) else { return self.refuse(&well(&run)) };
        if finding.mend.is_empty() {
            return self.refuse(&format!("nothing is known that mends this: {}", finding.sentence()));
        }
        let mut effects = Vec::new();
        for change in &finding.mend {
            effects.extend(self.change(change.clone(), now));
            if self.sentence.is_error {
                return effects;
            }
        }
        let done: Vec<String> = finding.mend.iter().map(Change::to_string).collect();
        self.say(&format!("mended: {}", done.join(", ")), now);
        effects
    }

    /// What the state of the run in focus says by itself, if it has something to say.
    pub(super) fn state(&self) -> Option<Sentence> {
        let run = self.focused()?.snapshot.as_ref().filter(|_| self.looking.is_none())?;
        let said = |finding: &Finding, is_error: bool| {
            let more = if finding.mend.is_empty() { "" } else { "; ! says what mends it" };
            Sentence { text: Clean::new(&format!("{}{more}", finding.illness.sentence()), 360), is_error }
        };
        match run.status {
            Status::Diverged { .. } | Status::Collapsed => {
                let is_error = matches!(run.status, Status::Diverged { .. });
                why(run).first().map(|worst| said(worst, is_error))
            }
            Status::Stopped(rule) => Some(Sentence { text: stopped(run, rule), is_error: false }),
            // It rests, and what it came to is no good.
            Status::Paused | Status::Finished => {
                why(run).iter().find(|finding| finding.illness.is_of_the_whole()).map(|worst| said(worst, false))
            }
            Status::Running | Status::Failed(_) => None,
        }
    }

    /// Whether a stop rule has ended the run in focus.
    pub(super) fn is_stopped(&self) -> bool {
        let run = self.focused().and_then(|run| run.snapshot.as_ref());
        run.is_some_and(|run| matches!(run.status, Status::Stopped(_)))
    }
}

/// Which rule, and that it can be overruled.
fn stopped(run: &Snapshot, rule: Rule) -> Clean {
    let limit = run.experiment.stop.limit(rule).unwrap_or(0.0);
    let why = match rule {
        Rule::Plateau => format!("the loss falls by less than {limit} of itself"),
        Rule::Loss => format!("the loss is at {limit} or less"),
        Rule::Seconds => format!("{limit} s were spent"),
    };
    Clean::new(&format!("stopped by {}: {why}; space goes on regardless", rule.key()), 200)
}
