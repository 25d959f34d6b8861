//! Draws from the posterior, as functions: of every f⁽ⁱ⁾, of f, and the band of f. Knows no mark.
//!
//! Under the prior the stages before f⁽ⁱ⁾ stand at the mode. Under the posterior they are the draw's own: what the stages are
//! is known jointly, and a draw's f⁽ⁱ⁾ means nothing behind another's. Of a Laplace posterior every function is linearised in
//! θ about the mode, as its band is (MATH §11.2).

use super::draws::{LINES, NEAR, WHOLE, affordable, band, seeds};
use super::{Draws, View, Window, World, along, data_range, slice, slices};
use crate::bayes::{Belief, Exact};
use crate::function::{Passage, local, mean, outputs, through};
use crate::model::{Coefficients, Group, Likelihood};
use crate::run::Snapshot;
use ndarray::{Array1, Array2};

/// How far a difference goes, in parts of a draw's way from the mode.
const PART: f64 = 1e-4;
/// 95 % of a standard normal lie below.
const Z95: f64 = 1.644_853_626_951_472_6;

/// Whether there is a posterior to draw from.
pub(super) fn exists(run: &Snapshot) -> bool {
    match run.belief {
        Belief::Gaussian(_) | Belief::Draws(_) => true,
        Belief::Prior(_) | Belief::Point(_) => false,
    }
}

/// The posterior, where it is known in closed form.
fn exact(run: &Snapshot) -> Option<&Exact> {
    run.normal.as_ref()?.exact.as_ref()
}

/// Whether functions are taken as linear in θ about the mode.
fn is_linearised(run: &Snapshot) -> bool {
    run.normal.as_ref().is_some_and(|normal| normal.exact.is_none())
}

/// One function of the posterior; the mode where there is none.
pub(super) fn one(run: &Snapshot, window: &Window) -> Coefficients {
    if !exists(run) {
        return run.belief.mode();
    }
    drawn(run, window, 1).pop().unwrap_or_else(|| run.belief.mode())
}

/// Draws from the posterior. Where it is known in closed form they are draws from the prior and what the data make of each,
/// as much of it as the window asks for: with a row more or less each of them moves, and none is exchanged.
fn drawn(run: &Snapshot, window: &Window, n: usize) -> Vec<Coefficients> {
    let (n, seeds) = (n as u64, seeds(run));
    let Some(pairs) = exact(run).and_then(|exact| exact.paths(n, seeds).ok()) else { return run.belief.draw(n, seeds) };
    pairs.iter().map(|[before, after]| between(before, after, window.sight.update)).collect()
}

/// θ that far from one to the other. ŷ is linear in (a, d), where alone they differ: so far goes every curve too.
fn between(before: &Coefficients, after: &Coefficients, part: f64) -> Coefficients {
    let theta: Vec<f64> =
        before.theta.iter().zip(after.theta.iter()).map(|(before, after)| before + part * (after - before)).collect();
    Coefficients::new(before.model.clone(), theta).expect("as long as before")
}

/// A function's values somewhere.
type Seen<'a> = dyn Fn(&Coefficients) -> Vec<f64> + 'a;

/// `of` at a draw, or its tangent at the mode.
fn seen(run: &Snapshot, mode: &Coefficients, drawn: &Coefficients, of: &Seen<'_>) -> Vec<f64> {
    if !is_linearised(run) {
        return of(drawn);
    }
    let near = |part: f64| of(&between(mode, drawn, part));
    let (ahead, behind) = (near(PART), near(-PART));
    let tangent = ahead.iter().zip(&behind).map(|(ahead, behind)| (ahead - behind) / (2.0 * PART));
    of(mode).iter().zip(tangent).map(|(here, slope)| here + slope).collect()
}

/// All of it, where curves are drawn; none without a posterior.
pub(super) fn draws(run: &Snapshot, mode: &Coefficients, window: &Window, world: World) -> Option<Draws> {
    if !exists(run) {
        return None;
    }
    let update = exact(run).map(|_| window.sight.update).filter(|update| *update < 1.0);
    let mut draws = Draws { flat: vec![false; mode.model.f.depth()], update, ..Draws::default() };
    let stages = matches!(window.sight.view(world), View::Local | View::Along);
    let whole = matches!(world, World::Scalar | World::Vector);
    let lines = if stages || whole { drawn(run, window, LINES) } else { Vec::new() };
    if stages {
        draws.stages = of_stages(run, mode, window, world, &lines);
    }
    if whole {
        of_f(run, mode, window, &lines, &mut draws);
    }
    Some(draws)
}

fn of_stages(
    run: &Snapshot,
    mode: &Coefficients,
    window: &Window,
    world: World,
    lines: &[Coefficients],
) -> Vec<Vec<Vec<f64>>> {
    let f = &mode.model.f;
    let n = window.stage_columns.max(2);
    let x = slice(run, window, n, data_range(&run.data, window));
    let at_mode = through(mode, x.view());
    let focus = f.position(window.stage).unwrap_or(0);
    let stage = |at: usize| {
        if at.abs_diff(focus) > NEAR {
            return Vec::new();
        }
        let j = window.coordinate.min(f.stages[at].outputs - 1);
        let own = match (world, window.sight.view(world)) {
            (World::Scalar, View::Local) => {
                let range = super::stages::input_range(&at_mode.stages[at], at);
                Some(Array2::from_shape_fn((n, 1), |(row, _)| along(range, row, n)))
            }
            _ => None,
        };
        let of: Box<Seen<'_>> = match &own {
            Some(u) => Box::new(move |f| local(f, at, u.view()).after.column(j).to_vec()),
            None => Box::new(|f| through(f, x.view()).stages[at].after.column(j).to_vec()),
        };
        match (exact(run), &own) {
            // All else is given: the inner stages are the mode's, and so are the elements of f1.
            (Some(_), _) if at + 1 < f.depth() => vec![of(mode); lines.len()],
            (Some(_), Some(u)) => of_heights(mode, &local(mode, at, u.view()), at, j, lines),
            _ => lines.iter().map(|drawn| seen(run, mode, drawn, &of)).collect(),
        }
    };
    (0..f.depth()).map(stage).collect()
}

/// Column `j` after the outermost stage, of functions that differ from the mode in its a and d alone: as linear as ŷ is in
/// them, and its elements are computed once.
fn of_heights(mode: &Coefficients, at_mode: &Passage, at: usize, j: usize, lines: &[Coefficients]) -> Vec<Vec<f64>> {
    let (f, layout, m) = (&mode.model.f, mode.layout(), at_mode.offset.len());
    let share = if f.architecture.is_residual() { f.branch_scale } else { 1.0 };
    let block = |group| layout.find(Some(at), group).cloned().expect("every stage has a and d");
    let (a, d) = (block(Group::A), block(Group::D));
    let of = |drawn: &Coefficients| {
        let (heights, offset) = (drawn.block(&a), drawn.block(&d)[j]);
        let higher: Array1<f64> =
            at_mode.heights.rows().into_iter().enumerate().map(|(k, height)| heights[k * m + j] - height[j]).collect();
        let moved = at_mode.elements.dot(&higher) + (offset - at_mode.offset[j]);
        (&at_mode.after.column(j) + &(moved * share)).to_vec()
    };
    lines.iter().map(of).collect()
}

/// The band of f, and some of the lines.
fn of_f(run: &Snapshot, mode: &Coefficients, window: &Window, lines: &[Coefficients], draws: &mut Draws) {
    let (many, columns) = affordable(mode, window);
    let x = slices::rows(run, window, columns, super::shown_range(run, window));
    let likelihood = mode.model.likelihood;
    let own = |f: Array2<f64>| -> Vec<f64> {
        mean(likelihood, f.view()).column(0).iter().map(|y| run.data.outputs[0].from_standard(*y)).collect()
    };
    let outputs_of = |f: &Coefficients| outputs(f, x.view()).iter().copied().collect::<Vec<f64>>();
    let of = |drawn: &Coefficients| {
        let f = seen(run, mode, drawn, &outputs_of);
        own(Array2::from_shape_vec((columns, f.len() / columns), f).expect("a row each"))
    };
    let monotone = match likelihood {
        Likelihood::Categorical => false,
        Likelihood::Gaussian { .. }
        | Likelihood::StudentT { .. }
        | Likelihood::Laplace { .. }
        | Likelihood::Bernoulli
        | Likelihood::Poisson => true,
    };
    if let Some(normal) = run.normal.as_ref().filter(|_| monotone && draws.update.is_none()) {
        // A normal f needs no draws for its quantiles.
        let exactly = normal.exact.as_ref().and_then(|exact| exact.predict(x.view()).ok());
        let told = exactly.unwrap_or_else(|| normal.laplace.predict(x.view()));
        draws.band = [-Z95, 0.0, Z95].map(|z| own(&told.mean + &(&told.spread * z)));
        draws.f = lines.iter().step_by(LINES / WHOLE).map(of).collect();
        return;
    }
    let all: Vec<Vec<f64>> = drawn(run, window, many).iter().map(of).collect();
    if let Belief::Draws(drawn) = &run.belief {
        let bad = drawn.all().filter(|(_, told)| told.diverging).take(WHOLE);
        let bad = bad.filter_map(|(theta, _)| Coefficients::new(drawn.model.clone(), theta));
        draws.diverged = bad.map(|f| of(&f)).collect();
    }
    draws.band = band(&all);
    draws.draws = many;
    draws.f = all.into_iter().take(WHOLE).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::{Face, built_in};
    use crate::run::{Run, RunId, RunSpec, Status};
    use crate::scene::{Sight, scene};
    use crate::text::Clean;
    use std::sync::Arc;

    fn lines(run: &Arc<Snapshot>, update: f64) -> (Vec<Vec<f64>>, Vec<f64>) {
        let window = Window {
            stage: 1,
            f_columns: 9,
            stage_columns: 9,
            sight: Sight { face: Face::Posterior, update, ..Sight::default() },
            ..Window::default()
        };
        let draws = scene(std::slice::from_ref(run), &window).and_then(|scene| scene.draws).expect("draws");
        assert_eq!(draws.update, (update < 1.0).then_some(update));
        (draws.stages[0].clone(), draws.band[1].clone())
    }

    /// With the branch's scale and the identity path.
    #[test]
    fn other_heights_on_the_same_elements_are_another_function() {
        let mut settings = built_in("residual").expect("a preset").settings(0);
        let path = crate::preset::Path::full("model.branch_scale").expect("a setting");
        settings.set(&path, path.row().kind.parse("0.3").expect("a number")).expect("it may be");
        let spec = RunSpec { id: RunId(0), name: Clean::from("f"), settings, saved: None };
        let mode = Run::new(spec).expect("a run").snapshot(Status::Paused, 0.0).belief.mode();
        let at = mode.model.f.depth() - 1;
        let own = mode.layout().stage(at);
        let line = |draw: u32| {
            let mut theta = mode.theta.to_vec();
            let [a, d] = [Group::A, Group::D].map(|group| mode.layout().find(Some(at), group).cloned().expect("a, d"));
            for place in own.clone().filter(|place| a.at.contains(place) || d.at.contains(place)) {
                theta[place] += f64::from(draw) * (0.1 * crate::bayes::real(place)).sin();
            }
            Coefficients::new(mode.model.clone(), theta).expect("as long")
        };
        let lines: Vec<Coefficients> = (0..3).map(line).collect();
        let u = Array2::from_shape_fn((7, 1), |(row, _)| -1.5 + 0.5 * crate::bayes::real(row));
        let found = of_heights(&mode, &local(&mode, at, u.view()), at, 0, &lines);
        for (found, line) in found.iter().zip(&lines) {
            let expected = local(line, at, u.view()).after.column(0).to_vec();
            assert!(
                found.iter().zip(&expected).all(|(one, other)| (one - other).abs() < 1e-12),
                "{found:?} {expected:?}"
            );
        }
        assert_ne!(found[0], found[1]);
    }

    /// At 0 they are draws of the prior, at 1 of the posterior, and on the way each is as far as the part says.
    #[test]
    fn draws_go_from_the_prior_to_the_posterior_in_straight_lines() {
        let settings = built_in("pathwise").expect("a preset").settings(0);
        let spec = RunSpec { id: RunId(0), name: Clean::from("f"), settings, saved: None };
        let run = Arc::new(Run::new(spec).expect("a run").snapshot(Status::Paused, 0.0));
        let pairs = exact(&run).expect("closed form").paths(LINES as u64, seeds(&run)).expect("a proper prior");
        let x = Array2::from_shape_fn((9, 1), |(row, _)| along(data_range(&run.data, &Window::default()), row, 9));
        let values = |f: &Coefficients| local(f, 0, x.view()).after.column(0).to_vec();
        let [(before, _), (half, _), (after, middle)] = [0.0, 0.5, 1.0].map(|update| lines(&run, update));
        let close = |one: &[f64], other: &[f64]| one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-12);
        for (at, [prior, posterior]) in pairs.iter().enumerate() {
            assert!(close(&before[at], &values(prior)) && close(&after[at], &values(posterior)), "draw {at}");
            let between: Vec<f64> = before[at].iter().zip(&after[at]).map(|(b, a)| 0.5 * (b + a)).collect();
            assert!(close(&half[at], &between), "draw {at}");
        }
        // The whole band is the exact one: its middle is the mode.
        let shown = Array2::from_shape_fn((9, 1), |(row, _)| {
            along(super::super::shown_range(&run, &Window::default()), row, 9)
        });
        assert!(close(&middle, &outputs(&run.belief.mode(), shown.view()).column(0).to_vec()));
    }
}
