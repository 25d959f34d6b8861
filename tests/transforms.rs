//! The exact operations on θ: what they say they keep is kept, what they refuse is refused with a reason.

mod common;

use common::{Shape, theta};
use fnexplore::bayes::PriorDensity;
use fnexplore::function::{Kept, Refusal, Transform, along, carry, through, transform};
use fnexplore::model::{
    Activation, Architecture, Coefficients, Form, Group, Lift, Model, Over, Padding, Prior, Readout, Scale, Stage,
};
use fnexplore::seeds::Seeds;
use ndarray::Array2;
use proptest::prelude::*;
use std::sync::Arc;

const SEEDS: Seeds = Seeds(7);
const ARCHITECTURES: [Architecture; 3] = [Architecture::Plain, Architecture::Residual, Architecture::Residual2015];

/// One stage of a random model: its K, its outputs and whether it is reduced (where that can be).
type Sizes = (usize, usize, bool);

/// Polynomials compose to polynomials of degree 3^L, which multiply rounding errors by as much: they stay shallow.
fn depth(sigma: Activation) -> usize {
    if matches!(sigma, Activation::Square | Activation::Cube) { 2 } else { 6 }
}

fn numbers(model: &Arc<Model>, phase: f64) -> Coefficients {
    let layout = model.layout();
    let mut values = theta(layout.len(), phase);
    for block in layout.blocks.iter().filter(|block| block.shape[0] > 1) {
        let terms = f64::from(u32::try_from(block.shape[0]).expect("small"));
        values[block.at.clone()].iter_mut().for_each(|value| *value /= terms.sqrt());
    }
    Coefficients::new(model.clone(), values).expect("the layout's length")
}

/// A dense composition of the given sizes, made possible: residual stages keep the stream's dimension.
fn dense(architecture: Architecture, sigma: Activation, inputs: usize, sizes: &[Sizes], phase: f64) -> Coefficients {
    let sizes = &sizes[..sizes.len().min(depth(sigma))];
    let residual = architecture.is_residual();
    let base = Shape { inputs, width: inputs, outputs: inputs, ..Shape::scalar(architecture, sizes.len(), sigma) };
    let mut model = (*base.model()).clone();
    let mut before = inputs;
    for (at, (stage, &(k, outputs, reduced))) in model.f.stages.iter_mut().zip(sizes).enumerate() {
        stage.outputs = if residual { inputs } else { outputs };
        let reduced = reduced && (at == 0 || !residual);
        (stage.k, stage.form) = if reduced { (before, Form::Reduced) } else { (k, Form::Full) };
        before = stage.outputs;
    }
    model.f.outputs = before;
    model.check().expect("a model");
    numbers(&Arc::new(model), phase)
}

/// Convolutions over a signal, all plain; ŷ is the whole signal.
fn signal(sigma: Activation, positions: usize, stages: &[(usize, usize, Over)], phase: f64) -> Coefficients {
    let base = Shape { inputs: 2, width: 1, outputs: 1, ..Shape::scalar(Architecture::Plain, stages.len(), sigma) };
    let mut model = (*base.model()).clone();
    (model.f.inputs, model.f.positions) = (2 * positions, positions);
    for (stage, &(k, outputs, over)) in model.f.stages.iter_mut().zip(stages) {
        *stage = Stage { k, outputs, over, ..*stage };
    }
    model.f.outputs = model.f.extent(stages.len()).columns();
    model.check().expect("a model");
    numbers(&Arc::new(model), phase)
}

fn patches(width: usize, reach: usize, padding: Padding) -> Over {
    Over::Patches { width, reach, padding }
}

/// ŷ on rows that no symmetry of the coefficients shares.
fn values(f: &Coefficients) -> Array2<f64> {
    let x = Array2::from_shape_fn((23, f.model.f.inputs), |(i, j)| {
        let [i, j] = [i, j].map(|at| f64::from(u32::try_from(at).expect("small")));
        2.0 * (1.3 * i + 0.7 * j + 0.11 * i * j).sin()
    });
    if f.model.f.positions == 1 {
        return through(f, x.view()).f;
    }
    // A plain composition is linear in its outermost a and d, so its derivative along them is ŷ itself.
    let mut outermost = vec![0.0; f.theta.len()];
    for group in [Group::A, Group::D] {
        let block = f.layout().find(Some(f.model.f.depth() - 1), group).expect("a block").at.clone();
        outermost[block.clone()].copy_from_slice(&f.theta[block]);
    }
    along(f, x.view(), &outermost, Array2::zeros(x.raw_dim()).view())
}

/// max |Δf|, relative to max |f| where that is over 1.
fn error(f: &Coefficients, g: &Coefficients) -> f64 {
    let (f, g) = (values(f), values(g));
    let scale = f.iter().fold(1.0_f64, |most, value| most.max(value.abs()));
    (&f - &g).iter().fold(0.0_f64, |most, value| most.max(value.abs())) / scale
}

fn done(f: &Coefficients, how: &Transform) -> Kept {
    transform(f, how, SEEDS).unwrap_or_else(|refusal| panic!("{how:?}: {refusal}"))
}

fn refused(f: &Coefficients, how: &Transform) -> String {
    match transform(f, how, SEEDS) {
        Ok(kept) => panic!("{how:?} was made: {}", kept.sentence),
        Err(Refusal(sentence)) => sentence.to_string(),
    }
}

fn exactly(f: &Coefficients, how: &Transform) -> Coefficients {
    let kept = done(f, how);
    assert!(kept.exact, "{how:?}: {}", kept.sentence);
    kept.now.model.check().expect("still a model");
    let error = error(f, &kept.now);
    assert!(error < 1e-12, "{how:?} moved f by {error:e}");
    kept.now
}

fn log_prior(f: &Coefficients) -> f64 {
    PriorDensity::new(&f.model).at(&f.theta, None)
}

/// b, c and a of one element of a full stage over points.
fn element(f: &Coefficients, at: usize, unit: usize) -> [Vec<f64>; 3] {
    let Stage { k, outputs, .. } = f.model.f.stages[at];
    let own = |group| f.group(at, group).iter().skip(unit).step_by(k).copied().collect();
    [own(Group::B), own(Group::C), f.group(at, Group::A)[unit * outputs..(unit + 1) * outputs].to_vec()]
}

/// Whether elements of the stage are anyone's to move: those of a reduced innermost stage are X's columns.
fn has_units(f: &Coefficients, at: usize) -> bool {
    at > 0 || f.model.f.stages[at].form == Form::Full
}

fn sigmas() -> impl Strategy<Value = Activation> {
    prop::sample::select(Activation::ALL.to_vec())
}

fn sizes() -> impl Strategy<Value = Vec<Sizes>> {
    prop::collection::vec((1..=6_usize, 1..=6_usize, any::<bool>()), 1..=6)
}

fn any_function() -> impl Strategy<Value = Coefficients> {
    (prop::sample::select(ARCHITECTURES.to_vec()), sigmas(), 1..=6_usize, sizes(), 0.0..6.0)
        .prop_map(|(architecture, sigma, inputs, sizes, phase)| dense(architecture, sigma, inputs, &sizes, phase))
}

proptest! {
    /// Fails with `+ c` left out of d, and with b⁽ⁱ⁻¹⁾ read transposed.
    #[test]
    fn reduction_keeps_a_plain_function(sigma in sigmas(), inputs in 1..=6_usize, sizes in sizes(), phase in 0.0..6.0) {
        let f = dense(Architecture::Plain, sigma, inputs, &sizes, phase);
        let reduced = exactly(&f, &Transform::Reduce);
        for (at, stage) in reduced.model.f.stages.iter().enumerate().skip(1) {
            prop_assert_eq!(stage.form, Form::Reduced);
            prop_assert_eq!(reduced.model.f.stage_inputs(at), f.model.f.stages[at].k);
        }
        prop_assert_eq!(&reduced.model.priors, &f.model.priors);
        let again = done(&reduced, &Transform::Reduce);
        prop_assert_eq!(again.now, reduced);
    }

    /// Circular convolutions reduce exactly, with any reach and width, also where the patch is wider than the signal.
    /// Fails if the places of the two patches are subtracted instead of added.
    #[test]
    fn reduction_keeps_a_circular_convolution(
        sigma in sigmas(), positions in 1..=6_usize, phase in 0.0..6.0,
        stages in prop::collection::vec((1..=4_usize, 1..=3_usize, 0..=2_usize, 0..=1_usize), 1..=4)
    ) {
        let over = |&(k, m, width, reach): &(usize, usize, usize, usize)| {
            (k, m, patches(2 * width + 1, 2 * reach + 1, Padding::Circular))
        };
        let stages: Vec<_> = stages.iter().take(depth(sigma)).map(over).collect();
        exactly(&signal(sigma, positions, &stages, phase), &Transform::Reduce);
    }

    /// With other paddings f changes near the ends only, and only where the sentence says so.
/// Fails if zero padding is taken to be exact whatever d is, or mirrored ends whatever a's reach is.
    #[test]
    fn reduction_is_exact_but_near_the_ends(
        sigma in sigmas(), zero in any::<bool>(), first in (0..=1_usize, 0..=1_usize), width in 0..=2_usize,
        offset in any::<bool>(), positions in 1..=9_usize, phase in 0.0..6.0
    ) {
        let padding = if zero { Padding::Zero } else { Padding::Reflect };
        let inner = patches(2 * first.0 + 1, 2 * first.1 + 1, padding);
        let mut f = signal(sigma, positions, &[(3, 2, inner), (4, 2, patches(2 * width + 1, 1, padding))], phase);
        if !offset {
            let mut theta = f.theta.to_vec();
            let d = f.layout().find(Some(0), Group::D).expect("d").at.clone();
            theta[d].fill(0.0);
            f = Coefficients::new(f.model, theta).expect("same length");
        }
        let kept = done(&f, &Transform::Reduce);
        prop_assert_eq!(kept.exact, !kept.sentence.contains("of the ends"));
        let known = width == 0 || positions == 1 || (first.1 == 0 && (!zero || !offset));
        prop_assert_eq!(kept.exact, known);
        let (was, is) = (values(&f), values(&kept.now));
        for ((row, column), was) in was.indexed_iter() {
            let t = column / 2;
            if kept.exact || (t >= width && t + width < positions) {
                prop_assert!((was - is[[row, column]]).abs() < 1e-12 * was.abs().max(1.0), "{} {}", t, kept.sentence);
            }
        }
    }

    /// Fails if a is not permuted with b and c, if an even σ's a is flipped, if a is divided by s and not by sᵖ.
    #[test]
    fn symmetries_keep_the_function(f in any_function(), turn in 0..6_usize, factor in 0.1..10.0) {
        for at in 0..f.model.f.depth() {
            let Stage { sigma, k, .. } = f.model.f.stages[at];
            let stage = f.model.f.essay_index(at);
            if !has_units(&f, at) {
                let same = Transform::Permute { stage, order: (0..k).collect() };
                prop_assert!(refused(&f, &same).contains("columns of X"));
                continue;
            }
            let order: Vec<usize> = (0..k).map(|element| (k - 1 - element + turn) % k).collect();
            let permuted = exactly(&f, &Transform::Permute { stage, order: order.clone() });
            // The order is its own inverse.
            prop_assert_eq!(&exactly(&permuted, &Transform::Permute { stage, order }).theta, &f.theta);
            let flip = Transform::Flip { stage, units: (0..k).step_by(2).collect() };
            match sigma.parity() {
                Some(_) => {
                    let flipped = exactly(&f, &flip);
                    prop_assert!((log_prior(&flipped) - log_prior(&f)).abs() < 1e-12 * log_prior(&f).abs());
                    prop_assert_eq!(&exactly(&flipped, &flip).theta, &f.theta);
                }
                None => prop_assert!(refused(&f, &flip).contains("neither even nor odd")),
            }
            let rescale = Transform::Rescale { stage, unit: turn % k, factor };
            match sigma.homogeneity() {
                Some(_) => drop(exactly(&f, &rescale)),
                None => prop_assert!(refused(&f, &rescale).contains("not homogeneous")),
            }
        }
    }

    /// Fails with a square root for the fourth one, and with τ for 1/τ².
    #[test]
    fn balance_raises_the_prior_and_is_reached(f in any_function()) {
        let balance = Transform::Rebalance { stage: None };
        let linear = f.model.f.stages[0].sigma.homogeneity() == Some(1);
        if !linear || (0..f.model.f.depth()).all(|at| !has_units(&f, at)) {
            prop_assert!(refused(&f, &balance).contains("σ(s z) = s σ(z)"));
            return Ok(());
        }
        let balanced = exactly(&f, &balance);
        prop_assert!(log_prior(&balanced) >= log_prior(&f) - 1e-12 * log_prior(&f).abs());
        for at in (0..f.model.f.depth()).filter(|&at| has_units(&f, at)) {
            for [heights, widths] in charged(&balanced, at) {
                prop_assert!((heights - widths).abs() <= 1e-10 * heights.max(widths), "{} {}", heights, widths);
            }
            let stage = Some(f.model.f.essay_index(at));
            let alone = exactly(&f, &Transform::Rebalance { stage });
            prop_assert!(log_prior(&alone) >= log_prior(&f) - 1e-12 * log_prior(&f).abs());
            prop_assert!(log_prior(&alone) <= log_prior(&balanced) + 1e-10 * log_prior(&f).abs());
        }
    }

    /// Fails with a of the new stage drawn, and with its index counted from the inside.
    #[test]
    fn a_new_residual_stage_is_the_identity(f in any_function(), at in 1..=7_usize) {
        let depth = f.model.f.depth();
        let insert = Transform::InsertIdentity { at };
        if at > depth + 1 {
            let range = format!("f1 to f{}", depth + 1);
            prop_assert!(refused(&f, &insert).contains(&range));
        } else if f.model.f.architecture == Architecture::Plain {
            prop_assert!(refused(&f, &insert).contains("not the identity"));
        } else if at == depth + 1 && f.model.f.stages[0].form == Form::Reduced {
            prop_assert!(refused(&f, &insert).contains("only the innermost stage can be"));
        } else {
            let kept = done(&f, &insert);
            let position = kept.now.model.f.position(at).expect("the new stage");
            prop_assert!(kept.now.group(position, Group::A).iter().all(|&a| a == 0.0));
            prop_assert!(kept.now.group(position, Group::B).iter().any(|&b| b != 0.0));
            if f.model.f.architecture == Architecture::Residual {
                prop_assert!(kept.exact);
                prop_assert_eq!(values(&f), values(&kept.now));
            } else {
                prop_assert_eq!(kept.exact, !kept.sentence.contains("σ is applied once more"));
                prop_assert!(!kept.exact || values(&f) == values(&kept.now));
            }
        }
    }

    /// More elements change nothing, and dropping them again brings θ back to the bit.
    /// Fails if a of the new elements is drawn, or if those with the largest weight are dropped.
    #[test]
    fn growing_is_exact_and_shrinking_undoes_it(f in any_function(), more in 1..=5_usize) {
        for at in 0..f.model.f.depth() {
            let (stage, had) = (f.model.f.essay_index(at), f.model.f.stages[at].k);
            let grow = Transform::Grow { stage, k: had + more };
            if f.model.f.stages[at].form == Form::Reduced {
                prop_assert!(refused(&f, &grow).contains("its K is the number of its inputs"));
                continue;
            }
            let grown = exactly(&f, &grow);
            let drawn = grown.group(at, Group::C)[had..].to_vec();
            prop_assert!(drawn.iter().all(|&c| c != 0.0));
            let back = exactly(&grown, &Transform::Shrink { stage, k: had });
            prop_assert_eq!(&back, &f);
            if had > 1 {
                let shrunk = done(&f, &Transform::Shrink { stage, k: had - 1 });
                prop_assert!(!shrunk.exact);
            }
        }
    }

    /// Element k becomes what element `order[k]` was, in b, c and a.
    /// Fails if the order is read the other way round: most are not their own inverse.
    #[test]
    fn an_order_names_what_each_element_was(f in any_function(), keys in prop::collection::vec(0.0..1.0_f64, 6)) {
        for at in (0..f.model.f.depth()).filter(|&at| f.model.f.stages[at].form == Form::Full) {
            let mut order: Vec<usize> = (0..f.model.f.stages[at].k).collect();
            order.sort_by(|&one, &other| keys[one].total_cmp(&keys[other]));
            let permuted = exactly(&f, &Transform::Permute { stage: f.model.f.essay_index(at), order: order.clone() });
            for (to, from) in order.into_iter().enumerate() {
                prop_assert_eq!(element(&permuted, at, to), element(&f, at, from));
            }
        }
    }

    /// The elements with the largest ‖aₖ‖·‖(bₖ, cₖ)‖ stay, in the order they had.
    /// Fails if c does not count, and if they are sorted by weight.
    #[test]
    fn shrinking_drops_the_elements_that_matter_least(f in any_function(), fewer in 1..=3_usize) {
        for at in 0..f.model.f.depth() {
            let Stage { k, form, .. } = f.model.f.stages[at];
            if form == Form::Reduced || k <= fewer {
                continue;
            }
            let weight = |unit: usize| {
                let [b, c, a] = element(&f, at, unit);
                a.iter().map(|a| a * a).sum::<f64>() * b.iter().chain(&c).map(|b| b * b).sum::<f64>()
            };
            let mut stay: Vec<usize> = (0..k).collect();
            stay.sort_by(|&one, &other| weight(other).total_cmp(&weight(one)));
            let gone = stay.split_off(k - fewer);
            prop_assume!(weight(gone[0]) < (1.0 - 1e-12) * weight(stay[k - fewer - 1]));
            stay.sort_unstable();
            let kept = done(&f, &Transform::Shrink { stage: f.model.f.essay_index(at), k: k - fewer });
            for (to, from) in stay.into_iter().enumerate() {
                prop_assert_eq!(element(&kept.now, at, to), element(&f, at, from));
            }
        }
    }

    /// An element leaves without a trace if all its heights are 0, and not if one of them is a little off.
    /// Fails if a single height of 0 is enough.
    #[test]
    fn a_dropped_element_is_missed_unless_all_its_heights_are_zero(f in any_function(), unit in 0..6_usize, left in 0..6_usize) {
        for at in 0..f.model.f.depth() {
            let Stage { k, outputs, form, .. } = f.model.f.stages[at];
            if form == Form::Reduced || k == 1 {
                continue;
            }
            let a = f.layout().find(Some(at), Group::A).expect("a block").at.start + unit % k * outputs;
            let shrink = Transform::Shrink { stage: f.model.f.essay_index(at), k: k - 1 };
            for (height, exact) in [(0.0, true), (1e-4, false)] {
                let mut theta = f.theta.to_vec();
                theta[a..a + outputs].fill(0.0);
                theta[a + left % outputs] = height;
                let f = Coefficients::new(f.model.clone(), theta).expect("as long as before");
                let kept = done(&f, &shrink);
                prop_assert_eq!(kept.exact, exact, "{}", &kept.sentence);
                prop_assert!(!exact || error(&f, &kept.now) < 1e-12);
            }
        }
    }

    /// Fails if the last coefficient of the stage, a d, is forgotten.
    #[test]
    fn collapse_leaves_a_constant_or_one_stage_less(f in any_function()) {
        let depth = f.model.f.depth();
        for stage in 1..=depth {
            let at = f.model.f.position(stage).expect("a stage");
            let kept = done(&f, &Transform::CollapseToMode { stage });
            prop_assert!(!kept.exact);
            let collapsed = values(&kept.now);
            match f.model.f.architecture {
                Architecture::Plain => {
                    let first = collapsed.row(0).to_owned();
                    prop_assert!(collapsed.rows().into_iter().all(|row| row == first));
                }
                Architecture::Residual if depth > 1 => {
                    let mut model = (*f.model).clone();
                    model.f.stages.remove(at);
                    model.priors.stages.remove(at);
                    let gone = f.layout().stage(at);
                    let theta = [&f.theta[..gone.start], &f.theta[gone.end..]].concat();
                    let less = Coefficients::new(Arc::new(model), theta).expect("one stage less");
                    prop_assert_eq!(collapsed, values(&less));
                }
                Architecture::Residual | Architecture::Residual2015 => {}
            }
        }
    }
}

/// `‖a‖²/τ_a²` and `‖b‖²/τ_b² + c²/τ_c²` of every element; of a reduced stage, the a and d that feed it.
fn charged(f: &Coefficients, at: usize) -> Vec<[f64; 2]> {
    let layout = f.layout();
    let squares = |at, group, unit: usize, k: usize, rows: bool| -> f64 {
        let block = layout.find(Some(at), group).expect("a block");
        // A flat prior charges nothing.
        let precision = f.model.priors.sd(block).map_or(0.0, |sd| 1.0 / (sd * sd));
        let columns = block.shape[1];
        let of = |place: &usize| if rows { place / columns % k == unit } else { place % columns == unit };
        (0..block.at.len()).filter(of).map(|place| precision * f.block(block)[place].powi(2)).sum()
    };
    let k = f.model.f.stages[at].k;
    let (from, b, c) = match f.model.f.stages[at].form {
        Form::Full => (at, Group::B, Group::C),
        Form::Reduced => (at - 1, Group::A, Group::D),
    };
    let one = |unit| {
        [squares(at, Group::A, unit, k, true), squares(from, b, unit, k, false) + squares(from, c, unit, k, false)]
    };
    (0..k).map(one).collect()
}

/// What is refused, and the value or range that the sentence must give.
#[test]
fn refusals_give_the_value_and_the_range() {
    let relu = dense(Architecture::Plain, Activation::Relu, 1, &[(3, 2, false), (4, 1, false)], 0.4);
    let stage = 1;
    let cases = [
        (Transform::CollapseToMode { stage: 3 }, "no f3: the stages are f1 to f2"),
        (Transform::CollapseToDraw { stage: 0, draw: 1 }, "no f0"),
        (Transform::Permute { stage, order: vec![0, 1, 2] }, "3 elements, f1 has 4"),
        (Transform::Permute { stage, order: vec![0, 1, 2, 4] }, "no element 4 in f1: they count from 0 to 3"),
        (Transform::Permute { stage, order: vec![0, 1, 2, 2] }, "element 2 of f1 is named twice"),
        (Transform::Flip { stage, units: vec![0] }, "relu is neither even nor odd"),
        (Transform::Rescale { stage, unit: 4, factor: 2.0 }, "from 0 to 3"),
        (Transform::Rescale { stage, unit: 0, factor: 0.0 }, "the factor is 0; it must lie between 1e-6 and 1e6"),
        (Transform::Rescale { stage, unit: 0, factor: -2.0 }, "the factor is -2"),
        (Transform::Rescale { stage, unit: 0, factor: f64::NAN }, "the factor is NaN"),
        (Transform::Grow { stage, k: 4 }, "K from 5 to 1024"),
        (Transform::Grow { stage, k: 1025 }, "K would be 1025"),
        (Transform::Grow { stage, k: usize::MAX }, "from 5 to 1024"),
        (Transform::Shrink { stage, k: 0 }, "K would be 0: to shrink, f1 needs K from 1 to 3"),
        (Transform::Shrink { stage, k: 4 }, "from 1 to 3"),
        (Transform::Rebalance { stage: Some(9) }, "no f9"),
        (Transform::InsertIdentity { at: 0 }, "f1 to f3"),
    ];
    for (how, sentence) in cases {
        let said = refused(&relu, &how);
        assert!(said.contains(sentence), "{how:?}: {said}");
    }
    let tanh = dense(Architecture::Residual, Activation::Tanh, 1, &[(1, 1, false)], 0.4);
    assert!(refused(&tanh, &Transform::Reduce).contains("its identity path carries u, not u b"));
    assert!(refused(&tanh, &Transform::Rebalance { stage: Some(1) }).contains("f1 has σ = tanh"));
    assert!(refused(&tanh, &Transform::Shrink { stage: 1, k: 1 }).contains("it has one element"));
}

/// A dense stage over a signal has weights for every position, which one a for all positions cannot hold.
#[test]
fn a_dense_stage_over_a_signal_is_not_reduced() {
    let convolution = patches(3, 1, Padding::Circular);
    let f = signal(Activation::Tanh, 4, &[(3, 2, convolution), (5, 1, Over::Points)], 0.2);
    assert!(refused(&f, &Transform::Reduce).contains("f1 is dense over 4 positions"));
    // Over a single position there is nothing to tell apart.
    exactly(&signal(Activation::Tanh, 1, &[(3, 2, convolution), (5, 1, Over::Points)], 0.2), &Transform::Reduce);
    let mixed = [(3, 2, convolution), (5, 1, patches(3, 1, Padding::Zero))];
    assert!(refused(&signal(Activation::Tanh, 4, &mixed, 0.2), &Transform::Reduce).contains("pad differently"));
    // A stage that sees single positions takes the padding of the next one.
    let pointwise = [(3, 2, patches(1, 1, Padding::Zero)), (5, 1, patches(3, 1, Padding::Circular))];
    exactly(&signal(Activation::Tanh, 4, &pointwise, 0.2), &Transform::Reduce);
}

/// Symmetries and growth of convolutions, also reduced ones, whose a has a row for every position it sees.
/// Fails if the rows of a are taken to be one an element.
#[test]
fn convolutions_have_the_same_symmetries() {
    let over = [patches(3, 3, Padding::Reflect), patches(3, 1, Padding::Circular), patches(5, 3, Padding::Zero)];
    for sigma in [Activation::Relu, Activation::Sin, Activation::Hat] {
        let full = signal(sigma, 5, &[(3, 2, patches(3, 3, Padding::Circular)), (4, 3, over[1]), (2, 1, over[0])], 0.7);
        let two = signal(sigma, 5, &[(3, 2, patches(3, 3, Padding::Circular)), (4, 3, over[1]), (2, 1, over[1])], 0.7);
        let reduced = exactly(&two, &Transform::Reduce);
        for f in [full, signal(sigma, 6, &over.map(|over| (3, 2, over)), 0.1), reduced] {
            for stage in 1..=3 {
                let at = f.model.f.position(stage).expect("a stage");
                let k = f.model.f.stages[at].k;
                exactly(&f, &Transform::Permute { stage, order: (0..k).rev().collect() });
                if sigma == Activation::Relu {
                    exactly(&f, &Transform::Rescale { stage, unit: 1, factor: 3.0 });
                    let balanced = exactly(&f, &Transform::Rebalance { stage: None });
                    assert!(log_prior(&balanced) > log_prior(&f));
                } else {
                    exactly(&f, &Transform::Flip { stage, units: vec![1] });
                }
                if f.model.f.stages[at].form == Form::Full {
                    let grown = exactly(&f, &Transform::Grow { stage, k: k + 2 });
                    assert_eq!(exactly(&grown, &Transform::Shrink { stage, k }), f);
                }
            }
        }
    }
}

/// An element without heights or without widths has no scale of its own and is left alone.
/// Fails without that exception, and if a flat prior is charged for.
#[test]
fn balance_leaves_dead_elements_alone() {
    let f = dense(Architecture::Plain, Activation::Relu, 1, &[(3, 1, false)], 0.4);
    let layout = f.layout();
    let at = |group| layout.find(Some(0), group).expect("a block").at.start;
    let mut theta = f.theta.to_vec();
    theta[at(Group::A)] = 0.0;
    (theta[at(Group::B) + 1], theta[at(Group::C) + 1]) = (0.0, 0.0);
    let f = Coefficients::new(f.model.clone(), theta).expect("same length");
    let balanced = exactly(&f, &Transform::Rebalance { stage: Some(1) });
    for (group, dead) in [(Group::A, [0, 1]), (Group::B, [0, 1]), (Group::C, [0, 1])] {
        for element in dead {
            assert_eq!(balanced.theta[at(group) + element].to_bits(), f.theta[at(group) + element].to_bits());
        }
        assert_ne!(balanced.theta[at(group) + 2].to_bits(), f.theta[at(group) + 2].to_bits());
    }
    // d with a flat prior costs nothing, and the balance is found without it.
    let mut model =
        (*dense(Architecture::Plain, Activation::Relu, 1, &[(3, 2, false), (2, 1, true)], 0.4).model).clone();
    model.priors.stages.iter_mut().for_each(|stage| stage.d = Prior::Flat);
    let f = numbers(&Arc::new(model), 0.4);
    let balanced = exactly(&f, &Transform::Rebalance { stage: None });
    assert!(log_prior(&balanced) > log_prior(&f));
    for [heights, widths] in charged(&balanced, 1) {
        assert!((heights - widths).abs() < 1e-10 * heights, "{heights} {widths}");
    }
}

/// Draws from the prior: equal for equal numbers, different otherwise, only in their stage, of the prior's spread.
/// Fails if every draw is the same one, and with LeCun's spread.
#[test]
fn collapse_to_a_draw_is_a_draw_from_the_prior() {
    let f = dense(Architecture::Residual, Activation::Tanh, 2, &[(5, 2, false), (6, 2, false), (4, 2, false)], 0.4);
    let draw = |draw| done(&f, &Transform::CollapseToDraw { stage: 2, draw });
    assert_eq!(draw(3), draw(3));
    assert!(!draw(3).exact);
    let stage = f.layout().stage(1);
    assert_ne!(draw(3).now.theta[stage.clone()], draw(4).now.theta[stage.clone()]);
    assert_eq!(draw(3).now.theta[..stage.start], f.theta[..stage.start]);
    assert_eq!(draw(3).now.theta[stage.end..], f.theta[stage.end..]);
    for group in [Group::A, Group::B, Group::C, Group::D] {
        let block = f.layout().find(Some(1), group).expect("a block").clone();
        let sd = f.model.priors.sd(&block).expect("Gaussian");
        let squares: Vec<f64> = (0..400)
            .flat_map(|at| draw(at).now.block(&block).iter().map(|z| (z / sd).powi(2)).collect::<Vec<_>>())
            .collect();
        let count = f64::from(u32::try_from(squares.len()).expect("small"));
        let mean = squares.iter().sum::<f64>() / count;
        // The variance of z² is 2: five standard errors.
        assert!((mean - 1.0).abs() < 5.0 * (2.0 / count).sqrt(), "{group:?} {mean}");
    }
}

/// Lift, readout and the likelihood's scale go through every operation untouched.
#[test]
fn the_ends_are_carried_along() {
    let model = Shape {
        inputs: 2,
        width: 3,
        outputs: 2,
        lift: Lift::Linear,
        scale: Scale::Learned,
        ..Shape::scalar(Architecture::Residual, 2, Activation::Relu)
    };
    let f = numbers(&model.model(), 0.6);
    assert_eq!(f.model.f.readout, Readout::Linear);
    for how in [
        Transform::InsertIdentity { at: 1 },
        Transform::InsertIdentity { at: 3 },
        Transform::Grow { stage: 2, k: 9 },
        Transform::Permute { stage: 1, order: vec![5, 4, 3, 2, 1, 0] },
        Transform::Rebalance { stage: None },
    ] {
        let now = exactly(&f, &how);
        for group in [Group::Lift, Group::Readout, Group::LogScale] {
            let of = |f: &Coefficients| f.block(f.layout().find(None, group).expect("a block")).to_vec();
            assert_eq!(of(&now), of(&f), "{how:?}");
        }
    }
}

/// The 2015 form applies σ once more for a new stage: that changes nothing where σ has just been applied and is idempotent.
#[test]
fn a_new_stage_of_the_2015_form_applies_sigma_once_more() {
    let sizes = [(4, 2, false); 3];
    let exact = |sigma, at| {
        done(&dense(Architecture::Residual2015, sigma, 2, &sizes, 0.9), &Transform::InsertIdentity { at }).exact
    };
    assert_eq!([1, 2, 3, 4].map(|at| exact(Activation::Relu, at)), [false, true, true, false]);
    assert_eq!([1, 2, 3, 4].map(|at| exact(Activation::Tanh, at)), [false; 4]);
    assert_eq!([1, 2, 3, 4].map(|at| exact(Activation::Identity, at)), [true; 4]);
}

/// hat(z) = relu(z + 1) − 2 relu(z) + relu(z − 1), as coefficients of a stage three times as wide.
#[test]
fn a_hat_is_three_relus() {
    let hats = dense(Architecture::Plain, Activation::Hat, 2, &[(4, 3, false)], 1.1);
    let mut model = (*hats.model).clone();
    (model.f.stages[0].sigma, model.f.stages[0].k) = (Activation::Relu, 12);
    let [a, b, c, d] = [Group::A, Group::B, Group::C, Group::D].map(|group| hats.group(0, group));
    let b = b.chunks_exact(4).flat_map(|row| row.repeat(3));
    let c = [1.0, 0.0, -1.0].into_iter().flat_map(|shift| c.iter().map(move |c| c + shift));
    let a = [1.0, -2.0, 1.0].into_iter().flat_map(|height| a.iter().map(move |a| a * height));
    let theta: Vec<f64> = b.chain(c).chain(a).chain(d.iter().copied()).collect();
    let relus = Coefficients::new(Arc::new(model), theta).expect("the layout's length");
    assert!(error(&hats, &relus) < 1e-12);
}

/// Σ a leaky(·) + d = (1 − α) Σ a relu(·) + x·α Σ a b + (α Σ a c + d): more than another bias.
#[test]
fn a_leaky_relu_is_a_relu_and_an_affine_term() {
    let leaky = dense(Architecture::Plain, Activation::LeakyRelu, 2, &[(5, 3, false)], 1.7);
    let mut model = (*leaky.model).clone();
    let alpha = 0.3;
    model.f.stages[0].alpha = alpha;
    let leaky = Coefficients::new(Arc::new(model.clone()), leaky.theta.clone()).expect("same length");
    let [a, b, c, d] = [Group::A, Group::B, Group::C, Group::D].map(|group| leaky.group(0, group).to_vec());
    model.f.stages[0].sigma = Activation::Relu;
    let mut theta = [b.clone(), c.clone(), a.iter().map(|a| (1.0 - alpha) * a).collect()].concat();
    theta.extend((0..3).map(|j| d[j] + alpha * (0..5).map(|k| a[3 * k + j] * c[k]).sum::<f64>()));
    let relu = Coefficients::new(Arc::new(model), theta).expect("the layout's length");
    let x = Array2::from_shape_fn((9, 2), |(i, j)| {
        [-2.0, -0.3, 1.1][(i + 2 * j + i * j) % 3] + if j == 0 { 0.1 } else { 0.0 }
    });
    let [leaky, relu] = [&leaky, &relu].map(|f| through(f, x.view()).f);
    for ((row, j), leaky) in leaky.indexed_iter() {
        let slope = |n: usize| alpha * (0..5).map(|k| b[5 * n + k] * a[3 * k + j]).sum::<f64>();
        let affine: f64 = (0..2).map(|n| x[[row, n]] * slope(n)).sum();
        assert!((leaky - (relu[[row, j]] + affine)).abs() < 1e-13);
    }
}

/// A θ of the right length is a function, and comes back as it was; any other length is none.
#[test]
fn the_flat_layout_comes_back() {
    let f = dense(Architecture::Plain, Activation::Sin, 2, &[(4, 3, false), (3, 2, true), (2, 1, false)], 0.3);
    let layout = f.layout();
    let blocks: Vec<f64> = layout.blocks.iter().flat_map(|block| f.block(block).to_vec()).collect();
    assert_eq!(blocks, f.theta.to_vec());
    assert_eq!(exactly(&f, &Transform::Permute { stage: 1, order: vec![0, 1] }), f);
    assert_eq!(exactly(&f, &Transform::Flip { stage: 2, units: Vec::new() }), f);
    assert!(Coefficients::new(f.model.clone(), blocks[1..].to_vec()).is_none());
    assert_eq!(carry(&f, &f.model, &vec![0.0; f.theta.len()]).now, f);
}
