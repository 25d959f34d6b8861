//! Reduction: b and c of a stage go into a and d of the stage inside it. Knows no other operation.
//!
//! σ(U b + c) with U = H a + d is σ(H (a b) + (d b + c)): a ← a b, d ← d b + c, b = 1, c = 0. A convolution's b has a tap
//! for every place w of its patch, so a gets as many: `a[w] ← a b[w]`. What lies beyond the ends is then H's padding where
//! it was U's, and U = H a + d is not zero where H is.

use super::super::Kept;
use super::super::patches::Patches;
use super::parts::{Numbers, Parts};
use super::{Refusal, refusal};
use crate::model::{Coefficients, Extent, Form, Over, Padding, Stage};

pub(super) fn reduce(f: &Coefficients) -> Result<Kept, Refusal> {
    let composition = &f.model.f;
    if composition.architecture.is_residual() {
        return Err(refusal(&format!(
            "a {} composition has no reduced form: its identity path carries u, not u b, so b = 1 would be another function",
            composition.architecture.name()
        )));
    }
    let mut parts = Parts::of(f);
    let (mut folded, mut ends) = (0, Vec::new());
    for at in 1..composition.depth() {
        if composition.stages[at].form == Form::Full {
            folded += 1;
            if let Some(half) = fold(&mut parts, at, composition.extent(at).positions)? {
                ends.push(format!("within {half} of the ends of what f{} receives", composition.essay_index(at)));
            }
        }
    }
    let sentence = match (folded, ends.is_empty()) {
        (0, _) => "nothing to reduce: only the innermost f⁽ⁱ⁾ has b and c".to_owned(),
        (_, true) => "the function is the same with b = 1 and c = 0; its prior is another".to_owned(),
        (_, false) => format!(
            "the function is the same with b = 1 and c = 0, but {}: beyond the ends σ is padded now, not the signal",
            ends.join(" and ")
        ),
    };
    Ok(Kept { now: parts.whole(f)?, exact: ends.is_empty(), sentence })
}

/// Moves b and c of the stage at `at` into the stage before it. If the two differ near the ends of a signal: how near.
fn fold(parts: &mut Parts, at: usize, positions: usize) -> Result<Option<usize>, Refusal> {
    let index = parts.model.f.essay_index(at);
    let (inside, outside) = (parts.model.f.stages[at - 1], parts.model.f.stages[at]);
    let taps = taps(&parts.stages[at].b, inside.outputs * outside.k, outside.over, positions, index)?;
    let (over, near) = seen(inside.over, outside.over, taps.len(), &parts.stages[at - 1].d, index)?;
    let c = std::mem::take(&mut parts.stages[at].c);
    parts.stages[at].b.clear();
    multiply(&mut parts.stages[at - 1], inside, &taps, &c);
    parts.model.f.stages[at - 1] = Stage { outputs: outside.k, over, ..inside };
    let over = match outside.over {
        Over::Points => Over::Points,
        Over::Patches { reach, padding, .. } => Over::Patches { width: 1, reach, padding },
    };
    parts.model.f.stages[at] = Stage { form: Form::Reduced, over, ..outside };
    Ok(near)
}

/// b as m×K matrices, one a place of the patch. Over a single position all places that exist are the same.
fn taps(b: &[f64], size: usize, over: Over, positions: usize, index: usize) -> Result<Vec<Vec<f64>>, Refusal> {
    match over {
        Over::Points if positions > 1 => Err(refusal(&format!(
            "f{index} is dense over {positions} positions: its b has rows of its own for each of them, and the convolution inside it has one a for all, so b cannot move there"
        ))),
        Over::Points => Ok(vec![b.to_vec()]),
        Over::Patches { width, padding, .. } if positions == 1 => {
            let patches = Patches::new(Extent { positions, channels: 1 }, width, padding);
            let mut sum = vec![0.0; size];
            for (w, tap) in b.chunks_exact(size).enumerate() {
                if patches.source(0, w).is_some() {
                    sum.iter_mut().zip(tap).for_each(|(sum, tap)| *sum += tap);
                }
            }
            Ok(vec![sum])
        }
        Over::Patches { .. } => Ok(b.chunks_exact(size).map(<[f64]>::to_vec).collect()),
    }
}

/// What the inner stage acts on once its a sees `taps` places more, and how near to the ends the function changes.
fn seen(inside: Over, outside: Over, taps: usize, d: &[f64], index: usize) -> Result<(Over, Option<usize>), Refusal> {
    let (Over::Patches { width, reach, padding }, Over::Patches { padding: outer, .. }) = (inside, outside) else {
        return Ok((inside, None));
    };
    if taps == 1 {
        return Ok((inside, None));
    }
    // A stage that sees single positions pads nothing: it takes the other's padding.
    if padding != outer && (width, reach) != (1, 1) {
        return Err(refusal(&format!(
            "f{index} and the convolution inside it pad differently ({outer:?} and {padding:?}): one stage cannot do both"
        )));
    }
    let exact = match outer {
        Padding::Circular => true,
        Padding::Reflect => reach == 1,
        Padding::Zero => reach == 1 && d.iter().all(|&d| d == 0.0),
    };
    let over = Over::Patches { width, reach: reach + taps - 1, padding: outer };
    Ok((over, (!exact).then_some(taps / 2)))
}

/// `a[r + w] ← Σ a[r] b[w]`, `d ← Σ d b[w] + c`.
fn multiply(numbers: &mut Numbers, inside: Stage, taps: &[Vec<f64>], c: &[f64]) {
    let (m, k) = (inside.outputs, c.len());
    let places = numbers.a.len() / (inside.k * m) + taps.len() - 1;
    let mut a = vec![0.0; places * inside.k * k];
    let mut d = c.to_vec();
    for (w, tap) in taps.iter().enumerate() {
        add_product(&numbers.d, tap, k, &mut d);
        for (row, heights) in numbers.a.chunks_exact(m).enumerate() {
            let to = (row + w * inside.k) * k;
            add_product(heights, tap, k, &mut a[to..to + k]);
        }
    }
    (numbers.a, numbers.d) = (a, d);
}

/// to ← to + row · matrix, with `k` columns.
fn add_product(row: &[f64], matrix: &[f64], k: usize, to: &mut [f64]) {
    for (value, weights) in row.iter().zip(matrix.chunks_exact(k)) {
        to.iter_mut().zip(weights).for_each(|(to, weight)| *to += value * weight);
    }
}
