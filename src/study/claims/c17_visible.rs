//! C17: what shifting and scaling do is easily seen. Knows no other claim, and of the screen nothing.

use super::{Claim, ENOUGH, Found, Verdict};
use crate::function::{Element, Grip, Init, Start, Transform, outputs, start, through, transform};
use crate::model::Coefficients;
use crate::seeds::Seeds;
use crate::study::{Failure, Lab, Shape, Table, curve, median_of, shared};

pub(super) static CLAIM: Claim = Claim {
    name: "C17",
    title: "shifting and scaling are visible",
    claim: "It is easy to see what scaling and shifting do to a function; that is part of what makes functions simpler than networks.",
    statement: "One element moved by its place, width or height changes in that alone, exactly: place + δ is its curve shifted by δ, width × s its curve stretched about its place, height × s its curve times s; no other element changes. And its new curve is there within 0.1 s.",
    design: "20 random stages of K = 16 relu elements in a composition of three; each grip of one element moved; its term before and after, at 240 points, against the shifted, stretched or scaled one; all other terms; the time of the move with the three functions drawn anew.",
    rule: "Holds if terms agree to 1e-9 of their size, no other term changes, and the median time is below 0.1 s; else fails.",
    remark: "What is measured is the numbers of a picture. That a key shows them in time is held by the tests of the terminal.",
    preset: Some("compose"),
    run,
};

fn run(lab: &Lab) -> Result<Found, Failure> {
    let items: Vec<u64> = lab.seeds(ENOUGH).collect();
    let moved = lab.map(&items, |draw| moved(lab, *draw))?;
    let mut table = Table::new("moves", ["draw", "place", "width", "height", "other_terms"]);
    let (mut worst, mut others, mut times) = (0.0_f64, 0.0_f64, Vec::new());
    for (draw, moved) in items.iter().zip(moved) {
        let (errors, other, time) = moved?;
        table.push([(*draw).into(), errors[0].into(), errors[1].into(), errors[2].into(), other.into()]);
        worst = errors.into_iter().fold(worst, f64::max);
        others = others.max(other);
        times.push(time);
    }
    let mut found = Found::new();
    found.exact("largest error of a moved term, relative", items.len(), worst);
    found.exact("largest change of another term", items.len(), others);
    let time = median_of(&times);
    found.times.push(("a move and the three functions anew", time));
    found.tables.push(table);
    Ok(found.judged(true, judge(worst, others, time)))
}

fn judge(worst: f64, others: f64, seconds: f64) -> Verdict {
    if worst < 1e-9 && others < 1e-12 && seconds < 0.1 { Verdict::Holds } else { Verdict::Fails }
}

/// A grip, its new value, where a point of the new curve was before, and how much higher it is now.
type Case = (Grip, f64, Box<dyn Fn(f64) -> f64>, f64);

/// Errors of place, width and height; the most that another term changed; seconds a move.
fn moved(lab: &Lab, draw: u64) -> Result<([f64; 3], f64, f64), Failure> {
    let model = Shape::plain(3, 16).model(0.1, shared(1.0));
    let theta = start(&model, &Start { init: Init::He, bias_sd: 0.5, given: Vec::new() }, Seeds(draw), 0);
    let f = Coefficients::new(model, theta).expect("θ");
    let unit = usize::try_from(draw).unwrap_or(0) % 16;
    let element = Element::of(&f, 0, unit).ok_or_else(|| Failure::broken("there is no such element"))?;
    let place = element.location().ok_or_else(|| Failure::broken("an element has no place"))?;
    let (width, height) = (element.width(), element.a[0]);
    let x = curve(240, [-3.0, 3.0], |_| 0.0).x;
    let terms = |f: &Coefficients, x: &ndarray::Array2<f64>| {
        let passed = through(f, x.view()).stages.swap_remove(0);
        (0..16).map(|k| passed.term(k, 0)).collect::<Vec<_>>()
    };
    let before = terms(&f, &x);
    let (by, factor) = (0.37, 1.6);
    let cases: [Case; 3] = [
        (Grip::Location, place + by, Box::new(move |x| x - by), 1.0),
        (Grip::Width, width * factor, Box::new(move |x| place + (x - place) / factor), 1.0),
        (Grip::A(0), height * factor, Box::new(|x| x), factor),
    ];
    let (mut errors, mut other) = ([0.0; 3], 0.0_f64);
    let mut spent = std::time::Duration::ZERO;
    for ((grip, to, back, times), error) in cases.into_iter().zip(&mut errors) {
        let at = (lab.clock)();
        let kept = transform(&f, &Transform::Move { stage: 3, unit, grip, to }, Seeds(0));
        let now = kept.map_err(|why| Failure::broken(why.0.as_str()))?.now;
        let after = terms(&now, &x);
        let _ = outputs(&now, x.view());
        spent += (lab.clock)().saturating_sub(at);
        let expected = &terms(&f, &x.mapv(back))[unit];
        let size = expected.iter().fold(1e-300, |most: f64, y| most.max(y.abs()));
        let apart = after[unit].iter().zip(expected).fold(0.0, |most: f64, (own, y)| most.max((own - times * y).abs()));
        *error = apart / size;
        for k in (0..16).filter(|k| *k != unit) {
            other = after[k].iter().zip(&before[k]).fold(other, |most, (one, two)| most.max((one - two).abs()));
        }
    }
    Ok((errors, other, spent.as_secs_f64() / 3.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_can_give_every_verdict() {
        assert_eq!(judge(1e-15, 0.0, 1e-3), Verdict::Holds);
        assert_eq!(judge(0.1, 0.0, 1e-3), Verdict::Fails);
        assert_eq!(judge(1e-15, 0.0, 0.5), Verdict::Fails);
    }
}
