//! All rows of a plan in the data's own units: inputs by design, target, noise; or a table's. Knows no split.

use super::clouds::Cloud;
use super::csv::MOST_ROWS;
use super::dataset::split;
use super::named::Named;
use super::plan::{Design, Plan, Source};
use super::signals::ramps;
use crate::seeds::{Purpose, Seeds};
use crate::text::Clean;
use ndarray::{Array2, Axis};
use rand::RngExt;

/// The clusters of `Design::Clustered`.
const CLUSTERS: usize = 3;

/// The part of the range in whose middle `Gap` has no observation.
const GAP: f64 = 0.4;

/// All rows in the data's own units.
pub(super) struct Raw {
    pub(super) x: Array2<f64>,
    pub(super) y: Array2<f64>,
    pub(super) inputs: Vec<Clean>,
    pub(super) outputs: Vec<Clean>,
    pub(super) ranges: Vec<[f64; 2]>,
}

/// All rows of `plan`.
pub(super) fn raw(plan: &Plan, seeds: Seeds) -> Result<Raw, String> {
    match &plan.source {
        Source::Csv(csv) => {
            let (values, inputs) = (csv.table.values(), csv.table.inputs().len());
            let (x, y) = values.split_at(Axis(1), inputs);
            let ranges = x.columns().into_iter().map(|column| extent(column.iter())).collect();
            let names = |names: &[Clean]| names.to_vec();
            Ok(Raw {
                x: x.to_owned(),
                y: y.to_owned(),
                inputs: names(csv.table.inputs()),
                outputs: names(csv.table.outputs()),
                ranges,
            })
        }
        Source::Nothing => of_target(plan, seeds, 0, |_| 0.0),
        Source::Expression(expression) => of_target(plan, seeds, rows(plan)?, |x| expression.value(x)),
        Source::Named(Named::Cloud(cloud)) => of_cloud(plan, seeds, *cloud),
        Source::Named(Named::Ramps) => of_signals(plan, seeds),
        Source::Named(named) => of_target(plan, seeds, rows(plan)?, |x| named.value(x[0]).expect("a curve")),
    }
}

/// A set in the plane, stretched over the range. Noise moves the points of classes and leaves y 0 or 1; else it is on y.
fn of_cloud(plan: &Plan, seeds: Seeds, cloud: Cloud) -> Result<Raw, String> {
    let ([low, high], rows) = (checked(plan)?, rows(plan)?);
    let t = fractions(plan.design, rows, 2, seeds);
    let mut rng = seeds.stream(Purpose::Noise, 0, 0);
    let mut noise = |t: f64| plan.noise * plan.scatter.draw(t, &mut rng);
    let (mut x, mut y) = (Array2::zeros((rows, 2)), Array2::zeros((rows, 1)));
    for (row, t) in t.rows().into_iter().enumerate() {
        let u = cloud.place(row, [t[0], t[1]]);
        y[[row, 0]] = cloud.value(u) + if cloud.is_classes() { 0.0 } else { noise(f64::midpoint(u[0], 1.0)) };
        for (column, u) in u.into_iter().enumerate() {
            let share = f64::midpoint(u, 1.0);
            x[[row, column]] = low * (1.0 - share) + high * share + if cloud.is_classes() { noise(share) } else { 0.0 };
        }
    }
    let inputs = vec!["x1".into(), "x2".into()];
    Ok(Raw { x, y, inputs, outputs: vec!["y".into()], ranges: vec![plan.range; 2] })
}

/// Signals, of which those that are held out have their ramp elsewhere.
fn of_signals(plan: &Plan, seeds: Seeds) -> Result<Raw, String> {
    checked(plan)?;
    let rows = rows(plan)?;
    let (_, held) = split(&[rows], plan.test, seeds)?;
    let (x, y) = ramps(rows, &held, plan.noise, seeds);
    let inputs = (1..=x.ncols()).map(|index| format!("x{index}").as_str().into()).collect();
    let ranges = vec![extent(x.iter()); x.ncols()];
    Ok(Raw { x, y, inputs, outputs: vec!["y".into()], ranges })
}

/// The range, where range and noise make sense.
fn checked(plan: &Plan) -> Result<[f64; 2], String> {
    let [low, high] = plan.range;
    if !(low.is_finite() && high.is_finite() && low < high) {
        return Err(format!("data.range is [{low}, {high}]; it must be two finite numbers, the lower one first"));
    }
    if !(plan.noise.is_finite() && plan.noise >= 0.0) {
        return Err(format!("data.noise is {}; it must be zero or positive, and finite", plan.noise));
    }
    Ok(plan.range)
}

fn rows(plan: &Plan) -> Result<usize, String> {
    match plan.n {
        1..=MOST_ROWS => Ok(plan.n),
        n => Err(format!("data.n is {n}; it must be from 1 to {MOST_ROWS}")),
    }
}

/// `rows` rows of a target: inputs by the plan's design, its value there, and noise.
fn of_target(plan: &Plan, seeds: Seeds, rows: usize, target: impl Fn(&[f64]) -> f64) -> Result<Raw, String> {
    let ([low, high], columns) = (checked(plan)?, plan.inputs());
    // A mean of the two ends: never outside them, and no overflow however far they are apart.
    let shares = fractions(plan.design, rows, columns, seeds).mapv(|t| around(plan, t));
    let x = shares.mapv(|t| low * (1.0 - t) + high * t);
    let mut noise = seeds.stream(Purpose::Noise, 0, 0);
    let mut y = Array2::zeros((rows, 1));
    for ((x, y), share) in x.rows().into_iter().zip(&mut y).zip(shares.column(0)) {
        let x = x.to_vec();
        let value = target(&x);
        if !value.is_finite() {
            return Err(format!("the target is {value} at {}: it must be finite on the whole data.range", shown(&x)));
        }
        *y = value + plan.noise * plan.scatter.draw(*share, &mut noise);
        if !y.is_finite() {
            return Err(format!("the target {value} with its noise is too large at {}", shown(&x)));
        }
    }
    let inputs = (1..=columns).map(|index| if columns == 1 { "x".into() } else { format!("x{index}").as_str().into() });
    Ok(Raw { x, y, inputs: inputs.collect(), outputs: vec!["y".into()], ranges: vec![plan.range; columns] })
}

/// `Gap` keeps its inputs out of the middle of the range.
fn around(plan: &Plan, t: f64) -> f64 {
    match plan.source {
        Source::Named(Named::Gap) if t < 0.5 => t * (1.0 - GAP),
        Source::Named(Named::Gap) => 1.0 - (1.0 - t) * (1.0 - GAP),
        Source::Nothing | Source::Named(_) | Source::Expression(_) | Source::Csv(_) => t,
    }
}

/// A point in words: `x = 0.5`, or `(x1, x2) = (0, 1)`.
fn shown(x: &[f64]) -> String {
    if let [x] = x {
        return format!("x = {x}");
    }
    let names: Vec<String> = (1..=x.len()).map(|index| format!("x{index}")).collect();
    let values: Vec<String> = x.iter().map(ToString::to_string).collect();
    format!("({}) = ({})", names.join(", "), values.join(", "))
}

/// Where the inputs lie, as fractions of the range. A row of the uniform and clustered designs does not depend on how
/// many follow it.
fn fractions(design: Design, rows: usize, columns: usize, seeds: Seeds) -> Array2<f64> {
    let mut rng = seeds.stream(Purpose::Inputs, 0, 0);
    match design {
        Design::Grid => grid(rows, columns),
        Design::Uniform => Array2::from_shape_simple_fn((rows, columns), || rng.random()),
        Design::Clustered => {
            Array2::from_shape_fn((rows, columns), |(row, column)| in_cluster(row % CLUSTERS, column, rng.random()))
        }
    }
}

/// Clusters fill the first, third and fifth of five equal parts of an axis; the other two are gaps. Every other axis
/// takes them in another order, so that clusters do not all lie on a diagonal.
fn in_cluster(cluster: usize, column: usize, t: f64) -> f64 {
    const PARTS: [f64; CLUSTERS] = [0.0, 2.0, 4.0];
    let part = PARTS[cluster * (1 + column % 2) % CLUSTERS];
    (part + t) / 5.0
}

/// The first rows of the product grid with the fewest points a side, the last column running fastest.
fn grid(rows: usize, columns: usize) -> Array2<f64> {
    let enough = |side: &usize| {
        (0..columns).try_fold(1_usize, |points, _| points.checked_mul(*side)).is_none_or(|points| points >= rows)
    };
    let side = if columns == 1 { rows } else { (1..=rows).find(enough).unwrap_or(0) };
    #[expect(clippy::cast_precision_loss, reason = "at most a million points a side")]
    let along = |index: usize| if side > 1 { index as f64 / (side - 1) as f64 } else { 0.5 };
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let above = (column + 1..columns).fold(row, |rest, _| rest / side);
        along(above % side)
    })
}

/// The least and the greatest of `values`.
pub(super) fn extent<'a>(values: impl Iterator<Item = &'a f64>) -> [f64; 2] {
    values.fold([f64::INFINITY, f64::NEG_INFINITY], |[least, most], value| [least.min(*value), most.max(*value)])
}
