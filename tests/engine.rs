//! The engine is the reference, compiled: the same sums and gradients over the whole space of models, at every level.

mod common;

use common::theta;
use fnexplore::data::{Column, Dataset, Points};
use fnexplore::engine::{Engine, Level, Real};
use fnexplore::function::{Chosen, Evaluate, Reference, Rows};
use fnexplore::model::{
    Activation, Architecture, Composition, Form, Group, GroupPriors, Lift, Likelihood, Model, Over, Padding, Prior,
    Priors, Readout, Scale, Scaling, Stage,
};
use fnexplore::text::Clean;
use ndarray::Array2;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::Arc;

/// What a model is drawn from; `model` makes of it the nearest one that is valid.
#[derive(Clone, Debug)]
struct Draw {
    architecture: Architecture,
    scale: f64,
    inputs: usize,
    positions: usize,
    outputs: usize,
    width: usize,
    stages: Vec<DrawnStage>,
    lift: Lift,
    pool: Option<Readout>,
    learned: bool,
}

#[derive(Clone, Debug)]
struct DrawnStage {
    k: usize,
    sigma: Activation,
    reduced: bool,
    convolution: Option<(usize, usize, Padding)>,
}

fn architectures() -> impl Strategy<Value = Architecture> {
    prop_oneof![Just(Architecture::Plain), Just(Architecture::Residual), Just(Architecture::Residual2015)]
}

fn stages() -> impl Strategy<Value = Vec<DrawnStage>> {
    let padding = prop_oneof![Just(Padding::Zero), Just(Padding::Circular), Just(Padding::Reflect)];
    let convolution = (0_usize..3, 0_usize..2, padding).prop_map(|(w, r, padding)| (2 * w + 1, 2 * r + 1, padding));
    let stage = (1_usize..20, 0..Activation::ALL.len(), any::<bool>(), proptest::option::of(convolution)).prop_map(
        |(k, sigma, reduced, convolution)| DrawnStage { k, sigma: Activation::ALL[sigma], reduced, convolution },
    );
    proptest::collection::vec(stage, 1..5)
}

fn draws() -> impl Strategy<Value = Draw> {
    let lifts = prop_oneof![2 => Just(Lift::None), 1 => Just(Lift::Pad), 1 => Just(Lift::Linear)];
    let pools = proptest::option::of(prop_oneof![Just(Readout::Mean), Just(Readout::Max)]);
    let sizes = (1_usize..5, prop_oneof![2 => Just(1_usize), 1 => 2_usize..6], 1_usize..10, 1_usize..18);
    (architectures(), -1.2..1.2_f64, sizes, stages(), lifts, pools, any::<bool>()).prop_map(
        |(architecture, scale, (inputs, positions, outputs, width), stages, lift, pool, learned)| Draw {
            architecture,
            scale,
            inputs,
            positions,
            outputs,
            width,
            stages,
            lift,
            pool,
            learned,
        },
    )
}

/// The nearest valid model.
fn model(draw: &Draw) -> Arc<Model> {
    let residual = draw.architecture.is_residual();
    let lift = if residual && draw.positions == 1 { draw.lift } else { Lift::None };
    let inputs = if lift == Lift::Pad { draw.inputs.min(draw.width) } else { draw.inputs };
    let channels = if lift == Lift::None { inputs } else { draw.width };
    let mut f = Composition {
        inputs: inputs * draw.positions,
        positions: draw.positions,
        outputs: draw.outputs,
        architecture: draw.architecture,
        branch_scale: if residual { draw.scale } else { 1.0 },
        lift,
        readout: Readout::None,
        stages: Vec::new(),
    };
    for (at, stage) in draw.stages.iter().enumerate() {
        let signal = f.extent(at).positions > 1 || f.extent(at).positions == draw.positions;
        let over = match stage.convolution {
            Some((width, reach, padding)) if signal && lift == Lift::None => Over::Patches { width, reach, padding },
            _ => Over::Points,
        };
        let dense = over == Over::Points;
        let before = f.extent(at);
        let outputs = match (residual, dense) {
            (true, true) if before.positions > 1 => before.columns(),
            (true, _) if lift == Lift::None && dense => before.columns(),
            (true, _) if lift == Lift::None => channels,
            _ => draw.width,
        };
        let reduced = stage.reduced && (at == 0 || !residual);
        f.stages.push(Stage {
            k: stage.k,
            outputs,
            sigma: stage.sigma,
            alpha: if stage.sigma.has_alpha() { 0.3 } else { 0.0 },
            form: if reduced { Form::Reduced } else { Form::Full },
            over,
        });
        if reduced {
            f.stages[at].k = f.stage_inputs(at);
        }
    }
    let end = f.extent(f.depth());
    f.readout = match (draw.pool, residual) {
        (Some(pool), _) => {
            f.outputs = end.channels;
            pool
        }
        (None, true) if end.columns() > f.outputs => Readout::Pad,
        (None, true) if end.columns() < f.outputs => Readout::Linear,
        (None, _) => {
            f.outputs = end.columns();
            Readout::None
        }
    };
    let tau = |tau| Prior::Gaussian { tau, scaling: Scaling::None };
    let priors = GroupPriors { a: tau(1.0), b: tau(1.0), c: tau(1.0), d: tau(1.0) };
    let scale = if draw.learned { Scale::Learned } else { Scale::Fixed(0.5) };
    Arc::new(Model {
        likelihood: Likelihood::Gaussian { scale },
        priors: Priors { stages: vec![priors; f.depth()] },
        f,
    })
}

/// Numbers that an f32 holds exactly, so that both precisions are asked the same question.
#[allow(clippy::cast_possible_truncation)]
fn short(value: f64) -> f64 {
    f64::from(value as f32)
}

#[allow(clippy::cast_precision_loss)]
fn data(train: usize, test: usize, inputs: usize, outputs: usize) -> Arc<Dataset> {
    let number = |i: usize, j: usize| short((1.7 * (i as f64) + 0.9 * (j as f64) + 0.3).sin() * 1.2);
    let points = |from: usize, rows: usize| Points {
        x: Array2::from_shape_fn((rows, inputs), |(i, j)| number(from + i, j)),
        y: Array2::from_shape_fn((rows, outputs), |(i, j)| number(from + 3 * i, j + 7)),
    };
    let column = |j: usize| Column::new(Clean::from("x"), 0.0, 1.0 + 0.25 * j as f64);
    Arc::new(Dataset {
        train: points(0, train),
        test: points(train, test),
        off: points(0, 0),
        numbers: Vec::new(),
        inputs: (0..inputs).map(column).collect(),
        outputs: (0..outputs).map(column).collect(),
        ranges: vec![[-1.2, 1.2]; inputs],
    })
}

/// θ of a size at which nothing saturates and nothing explodes.
fn coefficients(model: &Model, phase: f64) -> Vec<f64> {
    let layout = model.layout();
    let mut all: Vec<f64> = theta(layout.len(), phase);
    for block in &layout.blocks {
        #[allow(clippy::cast_precision_loss)]
        let shrink = (block.shape[0] as f64).sqrt();
        all[block.at.clone()].iter_mut().for_each(|value| *value = short(*value / shrink));
    }
    all
}

/// The greatest difference of an entry, relative to the greatest entry of its block; a block that is small beside the
/// others (by `small`), or beside the number of terms of its sums, is the difference of larger sums, and is held to their rounding.
fn worst(model: &Model, observations: f64, exact: &[f64], found: &[f64], small: f64) -> (f64, String) {
    let most = |entries: &[f64]| entries.iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
    let all = most(exact);
    let mut worst = (0.0_f64, String::new());
    for block in &model.layout().blocks {
        let (exact, found) = (&exact[block.at.clone()], &found[block.at.clone()]);
        let scale = match block.group {
            // Σ r²/s² less the number of observations.
            Group::LogScale => observations.max(most(exact)),
            _ => most(exact).max(small * all.max(observations)),
        };
        let scale = scale.max(f64::MIN_POSITIVE);
        for (exact, found) in exact.iter().zip(found) {
            let error = (exact - found).abs() / scale;
            if error > worst.0 || error.is_nan() {
                worst = (error, format!("{}: {found:e} for {exact:e}", block.name));
            }
        }
    }
    worst
}

/// How far the exact gradient is moved by the last places of θ.
fn shaken(
    reference: &mut Reference,
    model: &Model,
    observations: f64,
    theta: &[f64],
    rows: Rows<'_>,
    exact: &[f64],
) -> f64 {
    let moved = |(at, value): (usize, &f64)| if at % 2 == 0 { value.next_up() } else { value.next_down() };
    let moved: Vec<f64> = theta.iter().enumerate().map(moved).collect();
    let mut gradient = vec![f64::NAN; theta.len()];
    match reference.log_likelihood(&moved, rows, Some(&mut gradient)) {
        Ok(_) => worst(model, observations, exact, &gradient, 1e-2).0,
        Err(_) => f64::INFINITY,
    }
}

/// Both evaluators on the same rows: how far apart are the sum, the loss and the gradient?
fn compare<T: Real>(draw: &Draw, rows: (usize, usize), phase: f64, tolerance: f64) -> Result<(), TestCaseError> {
    let model = model(draw);
    prop_assert_eq!(model.check(), Ok(()));
    let data = data(rows.0, rows.1, model.f.inputs, model.f.outputs);
    let theta = coefficients(&model, phase);
    let mut reference = Reference::new(model.clone(), data.clone());
    let chosen: Vec<usize> = (0..rows.0.min(11)).map(|at| (7 * at) % rows.0).collect();
    for level in Level::all() {
        let mut engine = Engine::<T>::at_level(model.clone(), data.clone(), level);
        for rows in [Rows::Train, Rows::Of(&Chosen::new(&chosen)), Rows::Test, Rows::Train] {
            let (mut exact, mut found) = (vec![f64::NAN; theta.len()], vec![f64::NAN; theta.len()]);
            let expected = reference.log_likelihood(&theta, rows, Some(&mut exact));
            let fit = engine.log_likelihood(&theta, rows, Some(&mut found));
            // Cubes of cubes leave the numbers now and then: then both say so, and where.
            let (Ok(expected), Ok(fit)) = (expected.clone(), fit.clone()) else {
                prop_assert_eq!(expected, fit);
                continue;
            };
            #[allow(clippy::cast_precision_loss)]
            let observations = (reference.rows(rows) * model.f.outputs) as f64;
            // A sine of 1e5 hangs on the last place of every θ: no order of operations can be held to more than that.
            if shaken(&mut reference, &model, observations, &theta, rows, &exact) > tolerance {
                continue;
            }
            let close = |found: f64, exact: f64| (found - exact).abs() <= tolerance * exact.abs().max(1.0);
            let name = level.name();
            prop_assert!(close(fit.log_likelihood, expected.log_likelihood), "{name} {rows:?} {fit:?} {expected:?}");
            prop_assert!(
                close(fit.loss, expected.loss) || (fit.loss.is_nan() && expected.loss.is_nan()),
                "{name} {rows:?} {fit:?} {expected:?}"
            );
            let (error, place) = worst(&model, observations, &exact, &found, if T::NAME == "f32" { 0.1 } else { 1e-2 });
            prop_assert!(error <= tolerance, "{name} {rows:?}: {error:e} in {place}\n{:?}", model.f);
            let alone = engine.log_likelihood(&theta, rows, None).expect("finite");
            prop_assert_eq!(alone.log_likelihood.to_bits(), fit.log_likelihood.to_bits());
        }
    }
    Ok(())
}

/// Maxima over positions at which an even σ has one value and two slopes: the gradient is the first one's, so that it turns
/// round with the signal. Fails if the last of equal ones is taken.
#[test]
fn of_equal_positions_the_first_is_the_greatest() {
    fn gradient(evaluate: &mut dyn Evaluate, theta: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; theta.len()];
        evaluate.log_likelihood(theta, Rows::Train, Some(&mut gradient)).expect("finite");
        gradient
    }
    let even = DrawnStage { k: 3, sigma: Activation::Square, reduced: false, convolution: Some((1, 1, Padding::Zero)) };
    let model = model(&Draw {
        architecture: Architecture::Plain,
        scale: 1.0,
        inputs: 1,
        positions: 4,
        outputs: 2,
        width: 2,
        stages: vec![even],
        lift: Lift::None,
        pool: Some(Readout::Max),
        learned: false,
    });
    let layout = model.layout();
    let c = layout.find(Some(0), Group::C).expect("c").at.clone();
    let mut theta = coefficients(&model, 0.4);
    theta[c.clone()].fill(0.0);
    let along = |sign: f64| {
        let mut data = (*data(70, 1, 4, 2)).clone();
        for mut row in data.train.x.rows_mut() {
            let size = row[0].abs();
            row.iter_mut().zip([1.0, 1.0, -1.0, -1.0]).for_each(|(x, side)| *x = sign * side * size);
        }
        let data = Arc::new(data);
        let exact = gradient(&mut Reference::new(model.clone(), data.clone()), &theta);
        for level in Level::all() {
            let double = gradient(&mut Engine::<f64>::at_level(model.clone(), data.clone(), level), &theta);
            assert!(worst(&model, 140.0, &exact, &double, 0.0).0 < 1e-12, "{}: {double:?}", level.name());
            let single = gradient(&mut Engine::<f32>::at_level(model.clone(), data.clone(), level), &theta);
            assert!(worst(&model, 140.0, &exact, &single, 0.0).0 < 1e-4, "{}: {single:?}", level.name());
        }
        exact[c.clone()].to_vec()
    };
    for (there, back) in along(1.0).into_iter().zip(along(-1.0)) {
        assert!(there.abs() > 1e-3 && (there + back).abs() < 1e-12 * there.abs(), "{there} {back}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn f64_is_the_reference(draw in draws(), train in 1_usize..150, test in 0_usize..70, phase in 0.0..6.0) {
        compare::<f64>(&draw, (train, test), phase, 1e-12)?;
    }
}

/// A sine of what the engine's does not reach: all of it is the reference's.
#[test]
fn what_the_engine_cannot_do_the_reference_does() {
    let sine = DrawnStage { k: 3, sigma: Activation::Sin, reduced: false, convolution: None };
    let model = model(&Draw {
        architecture: Architecture::Plain,
        scale: 1.0,
        inputs: 1,
        positions: 1,
        outputs: 1,
        width: 1,
        stages: vec![sine],
        lift: Lift::None,
        pool: None,
        learned: false,
    });
    let data = data(9, 1, 1, 1);
    let mut theta = coefficients(&model, 0.4);
    let b = model.layout().find(Some(0), Group::B).expect("b").at.clone();
    theta[b].fill(3e6);
    let (mut exact, mut found) = (vec![f64::NAN; theta.len()], vec![f64::NAN; theta.len()]);
    let expected = Reference::new(model.clone(), data.clone()).log_likelihood(&theta, Rows::Train, Some(&mut exact));
    let fit = Engine::<f64>::new(model, data).log_likelihood(&theta, Rows::Train, Some(&mut found));
    assert!(expected.is_ok());
    assert_eq!((expected, exact), (fit, found));
}

/// Mini-batches that were fetched with those before them, whatever of an order is left and whatever else is asked for between
/// them, are to the bit what they are by themselves.
#[test]
fn a_batch_is_the_same_however_it_is_fetched() {
    fn hold<T: Real>(draw: &Draw) {
        let model = model(draw);
        let data = data(61, 1, model.f.inputs, model.f.outputs);
        let theta = coefficients(&model, 0.7);
        let order: Vec<usize> = (0..61).map(|at| (23 * at + 5) % 61).collect();
        for level in Level::all() {
            for size in [1, 7, 10, 16, 40] {
                let mut engine = Engine::<T>::at_level(model.clone(), data.clone(), level);
                let [mut together, mut alone] = [vec![0.0; theta.len()], vec![0.0; theta.len()]];
                for start in (0..order.len()).step_by(size) {
                    let (before, then) = order.split_at(order.len().min(start + size));
                    let rows = &before[start..];
                    let fit = engine.log_likelihood(&theta, Rows::Of(&Chosen { rows, then }), Some(&mut together));
                    let mut fresh = Engine::<T>::at_level(model.clone(), data.clone(), level);
                    assert_eq!(fit, fresh.log_likelihood(&theta, Rows::Of(&Chosen::new(rows)), Some(&mut alone)));
                    assert_eq!(together, alone, "{} batches of {size} from {start}", level.name());
                    if start == 2 * size {
                        engine.log_likelihood(&theta, Rows::Of(&Chosen::new(&[3, 60])), None).expect("finite");
                    }
                }
            }
        }
    }
    let stage = DrawnStage { k: 3, sigma: Activation::Tanh, reduced: false, convolution: None };
    let narrow = Draw {
        architecture: Architecture::Plain,
        scale: 1.0,
        inputs: 2,
        positions: 1,
        outputs: 2,
        width: 2,
        stages: vec![stage.clone(), stage],
        lift: Lift::None,
        pool: None,
        learned: true,
    };
    let stream = Draw { architecture: Architecture::Residual, ..narrow.clone() };
    for draw in [&narrow, &stream] {
        hold::<f64>(draw);
        hold::<f32>(draw);
    }
}

/// What a few points go through as a chain: plain, dense, one σ throughout.
fn chained(draw: Draw) -> Draw {
    let sigma = draw.stages[0].sigma;
    let stages = draw.stages.into_iter().map(|stage| DrawnStage { sigma, convolution: None, ..stage }).collect();
    Draw { architecture: Architecture::Plain, positions: 1, pool: None, width: draw.width.min(16), stages, ..draw }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_chain_is_the_reference(draw in draws(), train in 1_usize..40, test in 0_usize..20, phase in 0.0..6.0) {
        compare::<f64>(&chained(draw), (train, test), phase, 1e-12)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_chain_in_f32_is_the_reference_but_for_its_rounding(draw in draws(), train in 1_usize..40, phase in 0.0..6.0) {
        compare::<f32>(&chained(draw), (train, 3), phase, 1e-5)?;
    }
}

proptest! {
    // A kink or a tie of two maxima lies within f32's rounding now and then: the draws are the same ones every time.
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn f32_is_the_reference_but_for_its_rounding(draw in draws(), train in 1_usize..150, phase in 0.0..6.0) {
        let pool = draw.pool.map(|_| Readout::Mean);
        compare::<f32>(&Draw { pool, ..draw }, (train, 3), phase, 1e-5)?;
    }
}
