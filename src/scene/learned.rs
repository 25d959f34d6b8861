//! What each f⁽ⁱ⁾ learned, as bars with their numbers and the estimator's name. Knows no mark.

use crate::bayes::{Bracket, Missing};
use crate::run::{Snapshot, Summary};

/// One f⁽ⁱ⁾.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The essay's index.
    pub stage: usize,
    /// Nats from prior to posterior; none for a point, of which there is no posterior.
    pub nats: Option<Result<Bracket, Missing>>,
    /// γ, the coefficients that the data determine, and how many there are.
    pub effective: Option<(f64, usize)>,
    /// log of the number of equivalent copies.
    pub log_copies: f64,
    /// What an observation loses without it, in nats.
    pub knock_out: Option<f64>,
    /// ‖θ⁽ⁱ⁾/τ‖²/k at the mode.
    pub displacement: f64,
}

/// All of them, the innermost first as the strip stands.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnedScene {
    /// One an f⁽ⁱ⁾.
    pub bars: Vec<Bar>,
    /// What they learned jointly.
    pub jointly: Option<f64>,
    /// How the nats were found.
    pub estimator: &'static str,
    /// Observations.
    pub rows: usize,
    /// log p(D).
    pub log_evidence: Option<f64>,
    /// Whether that is of f⁽¹⁾ alone, all else given.
    pub given: bool,
    /// Why there is nothing more.
    pub wrong: Option<String>,
    /// Whether it is of a posterior: without one, displacement is shown, which is no information.
    pub is_posterior: bool,
}

/// What is known of the run in focus; none before anything is.
pub(super) fn learned(run: &Snapshot) -> Option<LearnedScene> {
    let summary: &Summary = run.summary.as_ref()?;
    let account = summary.account.as_ref();
    let of = |stage: usize| account.and_then(|account| account.stages.iter().find(|own| own.stage == stage));
    let bar = |(stage, displacement): &(usize, f64)| Bar {
        stage: *stage,
        nats: of(*stage).map(|own| own.kl),
        effective: of(*stage).map(|own| (own.effective, own.coefficients)),
        log_copies: of(*stage).map_or(0.0, |own| own.log_copies),
        knock_out: summary.knock_out.iter().find(|own| own.stage == *stage).map(|own| own.to_mode),
        displacement: *displacement,
    };
    let estimators = account.into_iter().flat_map(|account| &account.stages).map(|own| own.estimator.name());
    let estimator = if summary.exact {
        "exact"
    } else {
        estimators.reduce(|one, other| if one == other { one } else { "draws' moments" }).unwrap_or("")
    };
    Some(LearnedScene {
        bars: summary.displacement.iter().rev().map(bar).collect(),
        jointly: account.and_then(|account| account.jointly),
        estimator,
        rows: run.data.train.x.nrows(),
        log_evidence: summary.log_evidence,
        given: summary.given,
        wrong: summary.wrong.as_ref().map(ToString::to_string),
        is_posterior: account.is_some(),
    })
}

impl LearnedScene {
    /// The longest bar.
    #[must_use]
    pub fn longest(&self) -> f64 {
        let own = self.bars.iter().map(|bar| match bar.nats {
            Some(Ok(Bracket { low, high })) => high.unwrap_or(low),
            Some(Err(_)) => 0.0,
            None if self.is_posterior => 0.0,
            None => bar.displacement,
        });
        own.chain(self.jointly).filter(|nats| nats.is_finite()).fold(0.0, f64::max)
    }

    /// The bar of an f⁽ⁱ⁾.
    #[must_use]
    pub fn of(&self, stage: usize) -> Option<&Bar> {
        self.bars.iter().find(|bar| bar.stage == stage)
    }
}
