//! What changes a whole stage: collapse to the prior, more elements or fewer, a new one. Knows no symmetry.

use super::super::{Init, Kept, Start, carry, start};
use super::parts::{Numbers, Parts};
use super::{MOST_ELEMENTS, Refusal, refusal, same};
use crate::model::{Activation, Architecture, Coefficients, Form, Group, Model, Prior};
use crate::seeds::{Purpose, Seeds};
use rand::RngExt;
use std::sync::Arc;

/// The spread of c in new elements, as a preset's default has it.
const BIAS_SD: f64 = 0.5;

/// What random numbers are drawn for; each kind has streams of its own.
#[derive(Clone, Copy)]
enum Drawn {
    Prior = 1,
    Elements,
    Stage,
}

/// Seeds for one operation, other than those of any start.
fn own(seeds: Seeds, drawn: Drawn, index: usize, which: u64) -> Seeds {
    Seeds(seeds.stream(Purpose::Draws, ((drawn as u64) << 32) + index as u64, which).random())
}

fn drawn(model: &Model, init: Init, seeds: Seeds) -> Vec<f64> {
    start(model, &Start { init, bias_sd: BIAS_SD, given: Vec::new() }, seeds, 0)
}

pub(super) fn to_mode(f: &Coefficients, at: usize) -> Kept {
    let mut theta = f.theta.to_vec();
    theta[f.layout().stage(at)].fill(0.0);
    let (composition, index) = (&f.model.f, f.model.f.essay_index(at));
    let left = composition.depth() - 1;
    let sentence = match composition.architecture {
        Architecture::Plain => format!("f{index} is at its prior mode, 0: ŷ is constant"),
        Architecture::Residual2015 if index > 1 => {
            format!("f{index} is at its prior mode, 0: of it {} is left", composition.stages[at].sigma)
        }
        _ if left == 0 => format!("f{index} is at its prior mode, 0: the identity path alone is left"),
        _ => format!("f{index} is at its prior mode, 0: what is left is the {left}-stage model"),
    };
    let now = Coefficients::new(f.model.clone(), theta).expect("as long as before");
    Kept { now, exact: false, sentence }
}

pub(super) fn to_draw(f: &Coefficients, at: usize, draw: u64, seeds: Seeds) -> Kept {
    let index = f.model.f.essay_index(at);
    let from = drawn(&f.model, Init::Prior, own(seeds, Drawn::Prior, index, draw));
    let mut theta = f.theta.to_vec();
    let stage = f.layout().stage(at);
    theta[stage.clone()].copy_from_slice(&from[stage]);
    let of = f.model.priors.stages[at];
    let letters = [("a", of.a), ("b", of.b), ("c", of.c), ("d", of.d)].into_iter();
    let flat: Vec<&str> = letters.filter(|(_, prior)| *prior == Prior::Flat).map(|(letter, _)| letter).collect();
    let flat = match &flat[..] {
        [] => String::new(),
        [only] => format!("; {only}, whose prior is flat, is 0"),
        several => format!("; {}, whose priors are flat, are 0", several.join(", ")),
    };
    let sentence = format!("f{index} is draw {draw} from its prior: what it had learned is gone{flat}");
    let now = Coefficients::new(f.model.clone(), theta).expect("as long as before");
    Kept { now, exact: false, sentence }
}

pub(super) fn exchange(f: &Coefficients, one: usize, other: usize) -> Result<Kept, Refusal> {
    let composition = &f.model.f;
    let (i, j) = (composition.essay_index(one), composition.essay_index(other));
    let shape = |at: usize| (composition.stages[at], composition.extent(at), composition.stage_inputs(at));
    if i == j || shape(one) != shape(other) {
        return Err(refusal(&format!(
            "f{i} and f{j} cannot change places: that needs two stages with the same K, σ, inputs and outputs"
        )));
    }
    let (layout, mut theta) = (f.layout(), f.theta.to_vec());
    for (from, to) in layout.stage(one).zip(layout.stage(other)) {
        theta.swap(from, to);
    }
    let now = Coefficients::new(f.model.clone(), theta).expect("as long as before");
    Ok(Kept { now, exact: false, sentence: format!("f{i} and f{j} have changed places: ŷ is another function") })
}

pub(super) fn negate(f: &Coefficients, at: usize) -> Kept {
    let (layout, mut theta) = (f.layout(), f.theta.to_vec());
    for group in [Group::A, Group::D] {
        if let Some(block) = layout.find(Some(at), group) {
            theta[block.at.clone()].iter_mut().for_each(|value| *value = -*value);
        }
    }
    let now = Coefficients::new(f.model.clone(), theta).expect("as long as before");
    Kept { now, exact: false, sentence: format!("f{} is its negative now", f.model.f.essay_index(at)) }
}

pub(super) fn grow(f: &Coefficients, at: usize, k: usize, seeds: Seeds) -> Result<Kept, Refusal> {
    let (had, index) = (f.model.f.stages[at].k, f.model.f.essay_index(at));
    if !(had + 1..=MOST_ELEMENTS).contains(&k) {
        return Err(refusal(&format!("K would be {k}: to grow, f{index} needs K from {} to {MOST_ELEMENTS}", had + 1)));
    }
    let model = with_k(f, at, k)?;
    let fresh = drawn(&model, Init::He, own(seeds, Drawn::Elements, index, k as u64));
    let kept = carry(f, &model, &fresh);
    let sentence = format!("the function is the same; f{index} has K = {k} now, and the new elements a = 0");
    Ok(Kept { sentence, ..kept })
}

pub(super) fn shrink(f: &Coefficients, at: usize, k: usize) -> Result<Kept, Refusal> {
    let (had, index) = (f.model.f.stages[at].k, f.model.f.essay_index(at));
    if !(1..had).contains(&k) {
        let range = if had == 1 { "it has one element".to_owned() } else { format!("needs K from 1 to {}", had - 1) };
        return Err(refusal(&format!("K would be {k}: to shrink, f{index} {range}")));
    }
    let model = with_k(f, at, k)?;
    let fresh = vec![0.0; model.layout().len()];
    let kept = carry(f, &model, &fresh);
    let dropped = if had - k == 1 { "the element" } else { "the elements" };
    let sentence = if kept.exact {
        format!("the function is the same; {dropped} of f{index} that are gone had a = 0")
    } else {
        format!("f{index} lost {} of {had} elements: those that mattered least", had - k)
    };
    Ok(Kept { sentence, ..kept })
}

/// The model with another K at `at`.
fn with_k(f: &Coefficients, at: usize, k: usize) -> Result<Arc<Model>, Refusal> {
    if f.model.f.stages[at].form == Form::Reduced {
        return Err(refusal(&format!(
            "f{} is reduced: its K is the number of its inputs, {}",
            f.model.f.essay_index(at),
            f.model.f.stages[at].k
        )));
    }
    let mut model = (*f.model).clone();
    model.f.stages[at].k = k;
    Ok(Arc::new(model))
}

pub(super) fn insert(f: &Coefficients, index: usize, seeds: Seeds) -> Result<Kept, Refusal> {
    let composition = &f.model.f;
    let depth = composition.depth();
    if !(1..=depth + 1).contains(&index) {
        return Err(refusal(&format!("a new f{index} would leave a gap: it can be f1 to f{}", depth + 1)));
    }
    if !composition.architecture.is_residual() {
        return Err(refusal(
            "a plain composition has no stage without effect: with a = d = 0 a plain f⁽ⁱ⁾ is the constant 0, not the identity",
        ));
    }
    let at = depth + 1 - index;
    if at == 0 && composition.stages[0].form == Form::Reduced {
        return Err(refusal(&format!(
            "f{depth} is reduced, which in a residual composition only the innermost stage can be: f{index} cannot go inside it"
        )));
    }
    let beside = at.saturating_sub(1);
    let mut parts = Parts::of(f);
    let mut stage = composition.stages[beside];
    stage.form = Form::Full;
    parts.model.f.stages.insert(at, stage);
    let priors = parts.model.priors.stages[beside];
    parts.model.priors.stages.insert(at, priors);
    let fresh = drawn(&parts.model, Init::ZeroBranch, own(seeds, Drawn::Stage, index, depth as u64));
    let layout = parts.model.layout();
    let take = |group| layout.find(Some(at), group).map_or(Vec::new(), |block| fresh[block.at.clone()].to_vec());
    let [b, c, a, d] = [Group::B, Group::C, Group::A, Group::D].map(take);
    parts.stages.insert(at, Numbers { b, c, a, d });
    let now = parts.whole(f)?;
    if composition.architecture == Architecture::Residual || harmless(stage.sigma, at, depth) {
        return Ok(same(now, format!("the function is the same; the new f{index} starts as the identity")));
    }
    let sentence =
        format!("the new f{index} starts at 0, but σ is applied once more: {} is not the identity", stage.sigma);
    Ok(Kept { now, exact: false, sentence })
}

/// Whether one σ more, as the 2015 architecture has it, changes nothing: between two stages σ has just been applied.
fn harmless(sigma: Activation, at: usize, depth: usize) -> bool {
    match sigma {
        Activation::Identity => true,
        Activation::Relu | Activation::Step => at > 0 && at < depth,
        _ => false,
    }
}
