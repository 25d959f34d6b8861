//! Chains as they draw: the log posterior of every chain by draw, and whether they can be trusted. Knows no mark.

use crate::learn::Way;
use crate::run::Snapshot;
use std::sync::Arc;

/// Points a chain's curve has at the most.
const POINTS: usize = 400;

/// The chains of the run in focus.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainScene {
    /// (draw, log posterior) of every chain, after its warm-up.
    pub chains: Vec<Vec<(f64, f64)>>,
    /// Draws that diverged, at their places.
    pub diverged: Vec<(f64, f64)>,
    /// Draws of the longest chain, and the range of the log posterior.
    pub draws: f64,
    /// Least and greatest log posterior.
    pub range: [f64; 2],
    /// The largest R-hat, the smallest effective size, as of not long ago.
    pub rhat: Option<f64>,
    /// See `rhat`.
    pub ess: Option<f64>,
    /// Trajectories that diverged.
    pub divergences: usize,
    /// Whether some chain has no draw that counts yet, and how much of the warm-up is done, from 0 to 1.
    pub warming: Option<f64>,
}

/// Of a run by chains; none of another.
#[expect(clippy::cast_precision_loss, reason = "counts of draws")]
pub(super) fn trace(run: &Arc<Snapshot>) -> Option<ChainScene> {
    if run.experiment.learn.way != Way::Nuts {
        return None;
    }
    let mut scene = ChainScene {
        chains: Vec::new(),
        diverged: Vec::new(),
        draws: run.experiment.learn.nuts.draws as f64,
        range: [0.0, 0.0],
        rhat: None,
        ess: None,
        divergences: 0,
        warming: None,
    };
    if let Some(sampled) = run.summary.as_ref().and_then(|summary| summary.sampled.as_ref()) {
        (scene.rhat, scene.ess) = (Some(sampled.rhat_max()), Some(sampled.ess_min()));
    }
    let crate::bayes::Belief::Draws(draws) = &run.belief else {
        let (learn, [done, _]) = (&run.experiment.learn, run.drawn().unwrap_or_default());
        scene.warming = Some(done as f64 / (learn.chains * learn.nuts.warmup).max(1) as f64);
        return Some(scene);
    };
    for chain in &draws.chains {
        let every = chain.sampled().div_ceil(POINTS).max(1);
        let all = || chain.samples().enumerate();
        let points = all().step_by(every).map(|(at, (_, told))| (at as f64, told.log_density()));
        scene.chains.push(points.collect());
        let bad = all().filter(|(_, (_, told))| told.diverging).map(|(at, (_, told))| (at as f64, told.log_density()));
        scene.diverged.extend(bad.take(POINTS));
    }
    scene.divergences = draws.divergences();
    let longest = draws.chains.iter().map(crate::bayes::Track::sampled).max().unwrap_or(0);
    scene.draws = longest.max(10) as f64;
    scene.range = super::extent(scene.chains.iter().flatten().map(|point| point.1));
    Some(scene)
}
