//! From one belief to the next without leaving: the mode, exact, Laplace, chains, and back to the preset's method. Knows no
//! method.

use super::{App, Effect, Pane};
use crate::bayes::{Belief, Decay};
use crate::learn::Way;
use crate::preset::{Change, Path, Value};
use crate::scene::{Face, log_evidence};
use crate::text::Clean;
use crate::tui::plot::scale::short;
use std::time::Duration;

/// The round that a key makes; behind the last comes what the preset was opened with.
const ROUND: [Way; 4] = [Way::Mode, Way::Exact, Way::Laplace, Way::Nuts];

/// How long draws take from the prior to the posterior.
const WAY: Duration = Duration::from_millis(1500);

/// All panes, Learned the last.
const PANES: [Pane; 6] = Pane::ALL;

impl App {
    /// The next belief of the round that this model has. Those that it has not are passed over, and the last reason is told.
    pub(super) fn next_belief(&mut self, now: Duration) -> Vec<Effect> {
        let path = Path::full("learn.method").expect("the table has learn.method");
        let here = self.preset.settings(self.window.run).learn.way;
        let from = ROUND.iter().position(|way| *way == here).map_or(0, |at| at + 1);
        let mut passed: Option<Clean> = None;
        for way in &ROUND[from..] {
            let change = Change::Set(path, Value::Text(Clean::from(way.name())));
            match self.preset.change(self.window.run, &change) {
                Ok(_) => {
                    let effects = self.change(change, now);
                    match passed {
                        Some(why) => self.say(&format!("now {}; {why}", way.name()), now),
                        None => self.say(sentence(*way), now),
                    }
                    return effects;
                }
                Err(problem) => passed = Some(Clean::new(&problem.sentence, 200)),
            }
        }
        let opened = self.opened.settings(self.window.run);
        let back = if opened.learn.way == Way::Descent && path.row().is_written(&opened, path.stage()) {
            Change::Set(path, opened.get(&path))
        } else {
            Change::Clear(path)
        };
        let effects = self.change(back, now);
        self.say("back to descent: a point on its way to the mode", now);
        effects
    }

    /// K = ∞ beside f, with its evidence; or away again.
    pub(super) fn toggle_limit(&mut self, now: Duration) -> Vec<Effect> {
        if std::mem::take(&mut self.window.sight.limit) {
            self.say("f is truncated again", now);
            return Vec::new();
        }
        let Some(run) = self.shown() else { return Vec::new() };
        match log_evidence(&run) {
            Err(why) => self.refuse(&why.0),
            Ok(nats) => {
                self.window.sight.limit = true;
                let k = run.experiment.model.f.stages.first().map_or(0, |stage| stage.k);
                let text = format!(
                    "infinite K beside K = {k}: a Gaussian process, log p(D) {}; + in Functions turns K up, b to draws of both",
                    short(nats)
                );
                self.say(&text, now);
                Vec::new()
            }
        }
    }

    /// Draws of the prior on their way to what the data make of them.
    pub(super) fn play_update(&mut self, now: Duration) -> Vec<Effect> {
        let normal = self.shown().and_then(|run| run.normal.clone());
        if normal.is_none_or(|normal| normal.exact.is_none()) {
            return self
                .refuse("a draw's way from the prior to the posterior is known where that is exact: P goes on to it");
        }
        self.window.sight.face = Face::Posterior;
        self.window.sight.update = 0.0;
        self.updating = Some(now);
        self.say(
            "posterior draw = prior draw + update: each curve goes as far as the data ask of that very curve",
            now,
        );
        Vec::new()
    }

    /// As far as they are by now; when they are there, nothing moves any more.
    pub(super) fn move_draws(&mut self, now: Duration) {
        let Some(began) = self.updating else { return };
        let part = (now.saturating_sub(began).as_secs_f64() / WAY.as_secs_f64()).min(1.0);
        // Slow at both ends: where it comes from and where it goes to are seen.
        self.window.sight.update = part * part * (3.0 - 2.0 * part);
        self.dirty = true;
        if part >= 1.0 {
            self.updating = None;
        }
    }

    /// The panes that tab goes through: Learned where there is a posterior, or while it is looked at.
    pub(super) fn panes(&self) -> &'static [Pane] {
        let all = Pane::ALL.len();
        if self.pane == Pane::Learned || self.has_posterior() { &PANES } else { &PANES[..all - 1] }
    }

    /// Whether the run in focus has a posterior to show.
    #[must_use]
    pub fn has_posterior(&self) -> bool {
        self.shown().is_some_and(|run| run.experiment.learn.way.is_posterior())
    }

    /// What a face shows here; that of the posterior may be missing.
    pub(super) fn face_sentence(&self) -> &'static str {
        let face = self.window.sight.face;
        let point = self.shown().is_none_or(|run| matches!(run.belief, Belief::Point(_) | Belief::Prior(_)));
        match face {
            Face::Posterior if point && self.has_posterior() => {
                "no draws yet: the chains are still finding the way (warm-up). They appear here as they come"
            }
            Face::Posterior if point => {
                "no posterior to draw from yet: this method knows a point. P goes on to exact, Laplace, chains"
            }
            Face::Mode | Face::Prior | Face::Posterior => face.sentence(),
        }
    }

    /// A Gaussian prior as weight decay, in the four spellings that objectives have for it.
    pub(super) fn explained_decay(&self) -> Vec<String> {
        let Some(run) = self.shown() else { return Vec::new() };
        let Some(lambda) = run.lambda() else { return Vec::new() };
        let (rows, outputs) = (lambda.rows, run.experiment.model.f.outputs);
        let of = |tau: f64| Decay::of(lambda.s.unwrap_or(1.0), tau, rows, outputs);
        let [one, other] = lambda.tau.map(of);
        let pair = |of: fn(&Decay) -> f64| match (of(&one), of(&other)) {
            (low, high) if (low - high).abs() > 0.0 => format!("{} to {}", short(high), short(low)),
            (only, _) => short(only),
        };
        let mut text = vec![format!(
            "This prior is weight decay, in four spellings: −log posterior has ½·{}·‖θ‖²; a mean of −ℓ has ½·{}·‖θ‖²; \
             (1/N) Σ r² has {}·‖θ‖², the λ shown; beside a mean squared error weight_decay is {}. Here s {}, τ {}, N {}.",
            pair(|own| own.log_posterior),
            pair(|own| own.mean_likelihood),
            pair(|own| own.squares),
            pair(|own| own.mean_square),
            lambda.s.map_or_else(|| "–".to_owned(), short),
            short(lambda.tau[1]),
            rows
        )];
        if run.experiment.learn.is_decoupled() {
            text.push(format!(
                "{} shrinks θ beside the gradient, which is no prior's gradient: where it ends is not the posterior mode.",
                run.experiment.learn.name()
            ));
        }
        text
    }

    /// The chains that stand where losses do, in words; none where nothing is drawn.
    pub(super) fn explained_chains(&self) -> Option<(String, Vec<String>)> {
        let run = self.shown().filter(|run| run.experiment.learn.way == Way::Nuts)?;
        let mut text = vec![
            "The log posterior of every chain, draw by draw, after the warm-up, which only finds the way. Chains that tell the \
             same lie over each other and look like grass."
                .to_owned(),
            "R-hat compares them, over f at ten x, the log likelihood and the log prior: below 1.01 is well. ESS is what the \
             draws are worth in independent ones, the least of centre and tails: 400 is enough for most. Coefficients are not \
             compared: elements may change places from chain to chain."
                .to_owned(),
            "A cross is a draw whose trajectory diverged: some are seen where the posterior narrows; learn.target_accept nearer to \
             1 takes smaller steps."
                .to_owned(),
        ];
        if let Some(own) = run.summary.as_ref().and_then(|summary| summary.sampled.as_ref()) {
            let least = own.e_bfmi.iter().copied().fold(f64::INFINITY, f64::min);
            text.push(format!(
                "So far {} draws of {} chains; {} diverged, {} went as far as they may; E-BFMI {} (below 0.3 is too little).",
                own.draws,
                own.chains,
                own.divergences,
                own.deepest,
                short(least)
            ));
        }
        Some(("Chains".to_owned(), text))
    }

    /// What each f⁽ⁱ⁾ learned, in words.
    pub(super) fn explained_learned(&self) -> (String, Vec<String>) {
        let mut text = vec![
            "How far each function's posterior has moved from its prior, in nats: KL of p(θ⁽ⁱ⁾|D) from p(θ⁽ⁱ⁾), all of whose \
             coefficients are taken together. What they learned jointly belongs to none of them and has a bar of its own."
                .to_owned(),
            "Solid is the least it can be, thin the most: elements can change places and signs without changing f, and a \
             normal about one mode knows only one of those copies. Of draws only a least is known."
                .to_owned(),
            "γ counts the coefficients that the data determine rather than the prior. \"Without it\" is what an observation \
             loses when the function is taken away: useful is not the same as precisely known."
                .to_owned(),
        ];
        if !self.has_posterior() {
            text.insert(
                0,
                "Now there is a point and no posterior, hence no nats: shown is displacement, the mean of (θ/τ)²: 0 at the \
                 prior's mode, 1 for a typical draw from the prior. P goes on to a posterior."
                    .to_owned(),
            );
        }
        ("Learned".to_owned(), text)
    }
}

/// What the way leads to, for the one sentence.
fn sentence(way: Way) -> &'static str {
    match way {
        Way::Descent => "descent: a point on its way to the mode",
        Way::Mode => "mode: to the posterior's mode by what suits σ; a point",
        Way::Lbfgs => "lbfgs: to the posterior's mode; a point",
        Way::Exact => {
            "exact: the posterior of a and d of f1 given all else as it stands; b turns to its draws, 6 what it learned"
        }
        Way::Laplace => "laplace: to the mode, then the normal about it; b turns to its draws, 6 what each learned",
        Way::Nuts => "nuts: draws from the posterior by chains; b turns to them, 4 the chains, 6 what each learned",
    }
}

/// Whether a setting is about a prior's τ or the decay that stands for it.
pub(super) fn is_of_decay(path: &Path) -> bool {
    path.key().ends_with("tau") || path.key() == "learn.weight_decay" || path.key() == "likelihood.scale"
}
