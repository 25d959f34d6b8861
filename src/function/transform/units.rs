//! The symmetries of one stage's elements: order, sign, scale. Knows no other operation.
//!
//! An element's b and c are columns of the stage's own; in the reduced form, columns of the a and d that feed it.

use super::super::Kept;
use super::parts::Parts;
use super::{Refusal, refusal, same};
use crate::model::{Coefficients, Form, Group, Parity, Prior};

/// Factors beyond which a rescaled element would lose digits.
const FACTORS: [f64; 2] = [1e-6, 1e6];
/// Balancing stops when no ln s is larger; a full stage needs one sweep, a chain of reduced ones some dozens.
const BALANCED: f64 = 1e-13;
const SWEEPS: usize = 2000;

/// The elements of one stage.
struct Units<'a> {
    k: usize,
    m: usize,
    /// n×K: b, or the a that feeds the stage.
    b: &'a mut Vec<f64>,
    /// K: c, or the d that feeds it.
    c: &'a mut Vec<f64>,
    /// a: K×m, or as many rows for each position that it sees.
    a: &'a mut Vec<f64>,
}

impl<'a> Units<'a> {
    fn of(parts: &'a mut Parts, at: usize) -> Result<Self, Refusal> {
        let f = &parts.model.f;
        let (stage, index) = (f.stages[at], f.essay_index(at));
        let feeds = at.checked_sub(1).map(|inside| f.stages[inside].outputs);
        let (inside, from) = parts.stages.split_at_mut(at);
        let own = &mut from[0];
        let (k, m) = (stage.k, stage.outputs);
        match (stage.form, inside.last_mut()) {
            (Form::Full, _) => Ok(Self { k, m, b: &mut own.b, c: &mut own.c, a: &mut own.a }),
            (Form::Reduced, Some(inside)) if feeds == Some(k) => {
                Ok(Self { k, m, b: &mut inside.a, c: &mut inside.d, a: &mut own.a })
            }
            (Form::Reduced, None) => Err(refusal(&format!(
                "f{index} is reduced and innermost: its elements are the columns of X, which are what they are"
            ))),
            (Form::Reduced, Some(_)) => Err(refusal(&format!(
                "f{index} is reduced and its {k} elements are several positions of one signal: they have no order, sign or scale of their own"
            ))),
        }
    }

    fn incoming(&mut self, unit: usize) -> impl Iterator<Item = &mut f64> {
        self.b.iter_mut().skip(unit).step_by(self.k).chain(self.c.get_mut(unit))
    }

    fn outgoing(&mut self, unit: usize) -> impl Iterator<Item = &mut f64> {
        self.a.chunks_exact_mut(self.m).skip(unit).step_by(self.k).flatten()
    }
}

pub(super) fn permute(f: &Coefficients, at: usize, order: &[usize]) -> Result<Kept, Refusal> {
    let (k, index) = (f.model.f.stages[at].k, f.model.f.essay_index(at));
    if order.len() != k {
        return Err(refusal(&format!("the order has {} elements, f{index} has {k}", order.len())));
    }
    each_once(order, k, index)?;
    let mut parts = Parts::of(f);
    let units = Units::of(&mut parts, at)?;
    for columns in [&mut *units.b, &mut *units.c] {
        *columns = columns.chunks_exact(k).flat_map(|row| order.iter().map(|&from| row[from])).collect();
    }
    let m = units.m;
    let reordered = |place: &[f64]| -> Vec<f64> {
        order.iter().flat_map(|&from| &place[from * m..(from + 1) * m]).copied().collect()
    };
    *units.a = units.a.chunks_exact(k * m).flat_map(reordered).collect();
    Ok(same(parts.whole(f)?, format!("the function is the same; the elements of f{index} stand in another order")))
}

pub(super) fn flip(f: &Coefficients, at: usize, chosen: &[usize]) -> Result<Kept, Refusal> {
    let (stage, index) = (f.model.f.stages[at], f.model.f.essay_index(at));
    let Some(parity) = stage.sigma.parity() else {
        return Err(refusal(&format!(
            "{} is neither even nor odd: the elements of f{index} cannot be mirrored without changing f",
            stage.sigma
        )));
    };
    each_once(chosen, stage.k, index)?;
    let mut parts = Parts::of(f);
    let mut units = Units::of(&mut parts, at)?;
    for &unit in chosen {
        units.incoming(unit).for_each(|value| *value = -*value);
        if parity == Parity::Odd {
            units.outgoing(unit).for_each(|value| *value = -*value);
        }
    }
    let letters = if parity == Parity::Odd { "b, c and a" } else { "b and c" };
    let sentence =
        format!("the function is the same; {letters} of {} of f{index} changed sign", elements(chosen.len()));
    Ok(same(parts.whole(f)?, sentence))
}

pub(super) fn rescale(f: &Coefficients, at: usize, unit: usize, factor: f64) -> Result<Kept, Refusal> {
    let (stage, index) = (f.model.f.stages[at], f.model.f.essay_index(at));
    let Some(degree) = stage.sigma.homogeneity() else {
        return Err(refusal(&format!(
            "{} is not homogeneous: b and c of f{index} cannot be scaled at a's expense without changing f",
            stage.sigma
        )));
    };
    let [least, most] = FACTORS;
    if !(least..=most).contains(&factor) {
        return Err(refusal(&format!("the factor is {factor}; it must lie between {least:e} and {most:e}")));
    }
    each_once(&[unit], stage.k, index)?;
    let mut parts = Parts::of(f);
    let mut units = Units::of(&mut parts, at)?;
    units.incoming(unit).for_each(|value| *value *= factor);
    units.outgoing(unit).for_each(|value| *value /= factor.powi(degree));
    let sentence =
        format!("the function is the same; b and c of element {unit} of f{index} are {factor} times what they were");
    Ok(same(parts.whole(f)?, sentence))
}

/// `s² = (‖a‖/τ_a)/√(‖b‖²/τ_b² + c²/τ_c²)` for every element: the largest prior on the orbit of its scale.
pub(super) fn rebalance(f: &Coefficients, only: Option<usize>) -> Result<Kept, Refusal> {
    let composition = &f.model.f;
    let mut parts = Parts::of(f);
    let linear = |at: usize| composition.stages[at].sigma.homogeneity() == Some(1);
    if let Some(at) = only.filter(|&at| !linear(at)) {
        return Err(refusal(&format!(
            "f{} has σ = {}: balancing needs a σ with σ(s z) = s σ(z), as relu, leaky_relu and identity have",
            composition.essay_index(at),
            composition.stages[at].sigma
        )));
    }
    let chosen: Vec<usize> = match only {
        Some(at) => Units::of(&mut parts, at).map(|_| vec![at])?,
        None => (0..composition.depth()).filter(|&at| linear(at) && Units::of(&mut parts, at).is_ok()).collect(),
    };
    // Of several stages those are balanced that can be; one that was asked for says why not.
    let (chosen, other): (Vec<usize>, Vec<usize>) = chosen.into_iter().partition(|&at| other_prior(f, at).is_none());
    if let (true, Some((name, family))) = (chosen.is_empty(), other.first().and_then(|&at| other_prior(f, at))) {
        return Err(refusal(&format!(
            "the prior of {name} is {family}: the scale at which a prior is largest is known in closed form for gaussian ones"
        )));
    }
    if chosen.is_empty() {
        return Err(refusal("no f⁽ⁱ⁾ has elements to balance: that needs a σ with σ(s z) = s σ(z), as relu has"));
    }
    // The elements of neighbouring reduced stages share coefficients: each sweep raises the prior, until none moves.
    for _ in 0..SWEEPS {
        let moves: Vec<f64> = chosen.iter().map(|&at| balance(&mut parts, f, at)).collect::<Result<_, _>>()?;
        if moves.into_iter().fold(0.0, f64::max) <= BALANCED {
            break;
        }
    }
    let names: Vec<String> = chosen.iter().rev().map(|&at| format!("f{}", composition.essay_index(at))).collect();
    let sentence = format!(
        "the function is the same; every element of {} has the scale at which its prior is largest",
        names.join(", ")
    );
    Ok(same(parts.whole(f)?, sentence))
}

/// A group of the stage's elements whose prior is neither Gaussian nor flat: its name and its family.
fn other_prior(f: &Coefficients, at: usize) -> Option<(String, &'static str)> {
    let own = [(at, Group::A), (at, Group::B), (at, Group::C)];
    let groups = match f.model.f.stages[at].form {
        Form::Full => own,
        Form::Reduced => [(at, Group::A), (at.wrapping_sub(1), Group::A), (at.wrapping_sub(1), Group::D)],
    };
    let layout = f.layout();
    groups.into_iter().filter_map(|(at, group)| layout.find(Some(at), group)).find_map(|block| {
        match f.model.priors.of(block)? {
            Prior::Gaussian { .. } | Prior::Flat => None,
            other @ (Prior::Laplace { .. } | Prior::StudentT { .. }) => Some((block.name.clone(), other.name())),
        }
    })
}

/// Balances one stage; the largest |ln s|.
fn balance(parts: &mut Parts, f: &Coefficients, at: usize) -> Result<f64, Refusal> {
    let layout = f.layout();
    // A flat prior charges nothing.
    let precision = |at, group| {
        let sd = layout.find(Some(at), group).and_then(|block| f.model.priors.tau(block));
        sd.map_or(0.0, |sd| 1.0 / (sd * sd))
    };
    let (b, c) = match f.model.f.stages[at].form {
        Form::Full => (precision(at, Group::B), precision(at, Group::C)),
        Form::Reduced => (precision(at - 1, Group::A), precision(at - 1, Group::D)),
    };
    let a = precision(at, Group::A);
    let mut units = Units::of(parts, at)?;
    let mut most: f64 = 0.0;
    for unit in 0..units.k {
        let widths: f64 = units.b.iter().skip(unit).step_by(units.k).map(|b| b * b).sum();
        let charged = [a * units.outgoing(unit).map(|a| *a * *a).sum::<f64>(), b * widths + c * units.c[unit].powi(2)];
        let factor = (charged[0] / charged[1]).powf(0.25);
        // An element without heights, or without widths, has no scale to find.
        if !charged.iter().all(|charged| charged.is_normal()) || !factor.is_normal() {
            continue;
        }
        most = most.max(factor.ln().abs());
        units.incoming(unit).for_each(|value| *value *= factor);
        units.outgoing(unit).for_each(|value| *value /= factor);
    }
    Ok(most)
}

/// Whether `chosen` are elements of a stage with `k` of them, none named twice.
fn each_once(chosen: &[usize], k: usize, index: usize) -> Result<(), Refusal> {
    let mut seen = vec![false; k];
    for &unit in chosen {
        match seen.get_mut(unit) {
            None => {
                return Err(refusal(&format!(
                    "there is no element {unit} in f{index}: they count from 0 to {}",
                    k - 1
                )));
            }
            Some(true) => return Err(refusal(&format!("element {unit} of f{index} is named twice; once is enough"))),
            Some(seen) => *seen = true,
        }
    }
    Ok(())
}

fn elements(count: usize) -> String {
    if count == 1 { "1 element".to_owned() } else { format!("{count} elements") }
}
