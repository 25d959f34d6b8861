//! The document in and out: a preset pasted, looked at before it is opened; the present one copied. Knows no clipboard.

use super::{App, Effect, Overlay};
use crate::preset::{Path, Preset, Settings, Source, rows};
use crate::text::Clean;
use std::time::Duration;

/// Bytes of a paste that may be a preset, and of what is copied: some terminals take no more.
const LIMIT: usize = 64 << 10;
/// Differences that are listed.
const LISTED: usize = 200;

/// A preset that was pasted and waits for a yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Pasted {
    /// What it says, comments and all.
    pub source: Source,
    /// What would change, a line each.
    pub changes: Vec<Clean>,
}

impl App {
    /// A text pasted where nothing is being typed: a preset, if it is one. It is never taken for keys.
    pub(super) fn pasted(&mut self, text: &str) -> Vec<Effect> {
        if text.len() > LIMIT {
            return self
                .refuse(&format!("what was pasted has {} bytes; a pasted preset has at most {LIMIT}", text.len()));
        }
        if text.trim().is_empty() {
            return self.refuse("what was pasted is empty");
        }
        // Line ends as terminals paste them.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let refusal = "a pasted preset reads no file; save it and open it by its path";
        match Source::text(&Clean::from("pasted"), &text, &|_| Err(refusal.to_owned())) {
            Ok(source) => {
                let changes = differences(self.preset(), &source.preset);
                self.overlay = Overlay::Pasted(Box::new(Pasted { source, changes }), 0);
                Vec::new()
            }
            Err(problems) => {
                let more = problems.len() - 1;
                let first = problems.first().map(ToString::to_string).unwrap_or_default();
                let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
                self.refuse(&format!("what was pasted is no preset: {first}{more}"))
            }
        }
    }

    /// The pasted preset takes the place of the one that is open.
    pub(super) fn open_pasted(&mut self, pasted: Pasted, now: Duration) -> Vec<Effect> {
        let effects = self.consider(Box::new(pasted.source), now);
        if self.overlay == Overlay::None {
            self.say("opened what was pasted; what was open before can be had again by its name", now);
        }
        effects
    }

    /// The document as TOML to the terminal's clipboard.
    pub(super) fn copy(&mut self, now: Duration) -> Vec<Effect> {
        let toml = self.spelt();
        if toml.len() > LIMIT {
            return self.refuse(&format!(
                "this preset has {} bytes; a terminal's clipboard takes at most {LIMIT}",
                toml.len()
            ));
        }
        self.say(
            "sent to the terminal's clipboard; nothing says whether it arrived (tmux wants set-clipboard on)",
            now,
        );
        vec![Effect::Copy(toml)]
    }
}

/// Every setting that the two presets' own runs have different values of.
fn differences(before: &Preset, after: &Preset) -> Vec<Clean> {
    let (was, is) = (&before.base, &after.base);
    let deepest = was.model.depth.max(is.model.depth);
    let places =
        |row| std::iter::once(None).chain((1..=deepest).rev().map(Some)).filter_map(move |at| Path::of(row, at));
    let written = |settings: &Settings, path: &Path| path.row().is_written(settings, path.stage());
    let changed = |path: &Path| {
        let counts = path.stage().is_none() || written(was, path) || written(is, path);
        counts && was.get(path) != is.get(path)
    };
    let told = |path: Path| {
        let show = |settings: &Settings| {
            let shown = path.row().kind.show(&settings.get(&path));
            if shown.is_empty() { "nothing".to_owned() } else { shown }
        };
        Clean::new(&format!("{path}: {} → {}", Clean::new(&show(was), 40), Clean::new(&show(is), 40)), 120)
    };
    let mut lines: Vec<Clean> = rows().flat_map(places).filter(changed).map(told).take(LISTED).collect();
    let names = |preset: &Preset| preset.variants.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    if before.variants != after.variants {
        lines.push(Clean::new(&format!("variants: {} → {}", names(before), names(after)), 120));
    }
    if lines.is_empty() {
        lines.push(Clean::from("nothing: it says what is open already"));
    }
    lines
}
