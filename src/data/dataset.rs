//! The dataset (X, y) that a plan describes: drawn or taken from a table, split, standardised. Knows no model.

use super::draw::{extent, raw};
use super::plan::Plan;
use crate::seeds::{Purpose, Seeds};
use crate::text::Clean;
use ndarray::{Array2, ArrayView2, Axis, s};
use rand::seq::SliceRandom;

/// Rows of (X, y), in standardised coordinates where the plan standardises.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// N×p.
    pub x: Array2<f64>,
    /// N×m.
    pub y: Array2<f64>,
}

impl Points {
    /// Rows that a look at the whole takes at the most, where each of them holds all elements of a function.
    pub const SEEN: usize = 4096;

    /// X and y of all rows, or of `SEEN` at the most, evenly taken.
    #[must_use]
    pub fn seen(&self) -> (ArrayView2<'_, f64>, ArrayView2<'_, f64>) {
        let step = self.x.nrows().div_ceil(Self::SEEN).max(1);
        (self.x.slice(s![..;step, ..]), self.y.slice(s![..;step, ..]))
    }
}

/// A column's name, and how its own units map to standardised coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// As the table names it; x, x1, …, y for targets.
    pub name: Clean,
    /// Mean of the training rows; 0 if nothing is standardised.
    pub mean: f64,
    /// Standard deviation of the training rows (divided by N); 1 if it is zero or nothing is standardised.
    pub sd: f64,
    /// The words that 0, 1, … stand for in a column of classes; empty for a column of numbers.
    pub labels: Vec<Clean>,
}

impl Column {
    /// A column of numbers.
    #[must_use]
    pub fn new(name: Clean, mean: f64, sd: f64) -> Self {
        Self { name, mean, sd, labels: Vec::new() }
    }

    /// The word that a class's number stands for, where there is one.
    #[must_use]
    pub fn label(&self, class: usize) -> Option<&Clean> {
        self.labels.get(class)
    }

    /// From the column's own units to standardised coordinates.
    #[must_use]
    pub fn to_standard(&self, value: f64) -> f64 {
        (value - self.mean) / self.sd
    }

    /// From standardised coordinates to the column's own units.
    #[must_use]
    pub fn from_standard(&self, value: f64) -> f64 {
        self.mean + value * self.sd
    }
}

/// What a model learns from and is tested on.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The rows to learn from.
    pub train: Points,
    /// The rows held out.
    pub test: Points,
    /// Rows to learn from that are switched off, and the numbers that all rows to learn from have, those on first.
    pub off: Points,
    /// Numbers of `train`'s rows, then of `off`'s, from 1.
    pub numbers: Vec<usize>,
    /// The columns of X.
    pub inputs: Vec<Column>,
    /// The columns of y.
    pub outputs: Vec<Column>,
    /// Least and greatest value of each column of X in its own units: the plan's range, or what the table spans.
    pub ranges: Vec<[f64; 2]>,
}

impl Dataset {
    /// Draws the dataset of `plan`.
    ///
    /// Inputs, noise and split come from streams of their own: the x of a row depends neither on the noise nor on the
    /// split, another `noise` scales the same noise, and a greater `test` holds out the same rows and more.
    ///
    /// # Errors
    /// A sentence: a number in a table that y cannot be, a setting out of its range, a target that is not finite somewhere (and where), or a split that
    /// leaves nothing to learn from.
    pub fn draw(plan: &Plan, seeds: Seeds) -> Result<Self, String> {
        let raw = raw(plan, seeds)?;
        let y = plan.observed(&raw.outputs, raw.y, seeds)?;
        let rows = raw.x.nrows();
        let (kept, held) = split(&plan.arrivals(rows), plan.test, seeds)?;
        let mut dataset = Self {
            train: Points { x: raw.x.select(Axis(0), &kept), y: y.select(Axis(0), &kept) },
            test: Points { x: raw.x.select(Axis(0), &held), y: y.select(Axis(0), &held) },
            off: Points { x: raw.x.select(Axis(0), &[]), y: y.select(Axis(0), &[]) },
            numbers: (1..=kept.len()).collect(),
            inputs: raw.inputs.into_iter().map(plain).collect(),
            outputs: raw.outputs.into_iter().map(plain).collect(),
            ranges: raw.ranges,
        };
        if plan.standardise && rows > 0 {
            let [of_x, of_y] = plan.positions;
            standardise(&mut dataset.inputs, of_x, &mut dataset.train.x, &mut dataset.test.x)?;
            if plan.values.is_real() {
                standardise(&mut dataset.outputs, of_y, &mut dataset.train.y, &mut dataset.test.y)?;
            }
        }
        if let super::Source::Csv(csv) = &plan.source {
            for (at, column) in dataset.outputs.iter_mut().enumerate() {
                column.labels = csv.table.labels(at).to_vec();
            }
        }
        dataset.switch_off(&plan.off);
        Ok(dataset)
    }

    /// After standardising, so that a point that is switched off moves no axis.
    fn switch_off(&mut self, off: &[usize]) {
        let (gone, on): (Vec<usize>, Vec<usize>) = (0..self.train.x.nrows()).partition(|row| off.contains(&(row + 1)));
        if gone.is_empty() {
            return;
        }
        let pick = |points: &Points, rows: &[usize]| Points {
            x: points.x.select(Axis(0), rows),
            y: points.y.select(Axis(0), rows),
        };
        self.off = pick(&self.train, &gone);
        self.numbers = on.iter().chain(&gone).map(|row| row + 1).collect();
        self.train = pick(&self.train, &on);
    }

    /// Least and greatest value of input `column`, in its own units: where a picture begins and ends.
    #[must_use]
    pub fn x_range(&self, column: usize) -> [f64; 2] {
        self.ranges[column]
    }

    /// The standard deviation by which output `column` was divided: a residual times it is in the output's own units.
    #[must_use]
    pub fn output_sd(&self, column: usize) -> f64 {
        self.outputs[column].sd
    }

    /// The x of `points` in the data's own units.
    #[must_use]
    pub fn own_x(&self, points: &Points) -> Array2<f64> {
        from_standard(&self.inputs, points.x.clone())
    }

    /// The y of `points` in the data's own units.
    #[must_use]
    pub fn own_y(&self, points: &Points) -> Array2<f64> {
        from_standard(&self.outputs, points.y.clone())
    }

    /// By what the log density of the training rows in the data's own units is less than that of standardised ones: N Σ log sd.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    pub fn log_units(&self) -> f64 {
        self.train.y.nrows() as f64 * self.outputs.iter().map(|column| column.sd.ln()).sum::<f64>()
    }

    /// Values of ŷ (N×m) in the data's own units.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a view is passed like a slice")]
    pub fn own_outputs(&self, values: ArrayView2<f64>) -> Array2<f64> {
        from_standard(&self.outputs, values.to_owned())
    }

    /// Inputs (N×p) in the data's own units, as the model sees them.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a view is passed like a slice")]
    pub fn standard_x(&self, x: ArrayView2<f64>) -> Array2<f64> {
        let mut standard = x.to_owned();
        apply(&self.inputs, &mut standard, Column::to_standard);
        standard
    }
}

/// A column as it is before anything is standardised.
fn plain(name: Clean) -> Column {
    Column::new(name, 0.0, 1.0)
}

fn from_standard(columns: &[Column], mut values: Array2<f64>) -> Array2<f64> {
    apply(columns, &mut values, Column::from_standard);
    values
}

fn apply(columns: &[Column], values: &mut Array2<f64>, map: fn(&Column, f64) -> f64) {
    for (column, mut values) in columns.iter().zip(values.columns_mut()) {
        values.mapv_inplace(|value| map(column, value));
    }
}

/// How many of so many rows the fraction `test` holds out.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a fraction of at most a million rows"
)]
pub(crate) fn held_out(test: f64, rows: usize) -> usize {
    (test * rows as f64).round() as usize
}

/// Which rows are kept and which are held out, each in their order. `ends` are the rows there were after each arrival, the
/// last of them all: what has been held out stays so, and a new row that is held out has never been learned from.
pub(super) fn split(ends: &[usize], test: f64, seeds: Seeds) -> Result<(Vec<usize>, Vec<usize>), String> {
    if !(0.0..1.0).contains(&test) {
        return Err(format!("data.test is {test}; it is the fraction held out, from 0 to less than 1"));
    }
    let (mut kept, mut held) = (Vec::new(), Vec::new());
    let mut begun = 0;
    for (arrival, &end) in (0_u64..).zip(ends) {
        let mut order: Vec<usize> = (begun..end).collect();
        order.shuffle(&mut seeds.stream(Purpose::Split, arrival, 0));
        let own = held_out(test, end).saturating_sub(held.len()).min(order.len());
        kept.extend(order.split_off(own));
        held.extend(order);
        begun = begun.max(end);
    }
    if begun > 0 && kept.is_empty() {
        return Err(format!("data.test is {test}, which holds out all {begun} rows: nothing is left to learn from"));
    }
    kept.sort_unstable();
    held.sort_unstable();
    Ok((kept, held))
}

/// Brings every column to mean 0 and standard deviation 1 over the training rows; of a signal every channel, all its positions
/// alike: with a scale for each position a shifted signal would be another one, and no kernel could be shared.
fn standardise(
    columns: &mut [Column],
    positions: usize,
    train: &mut Array2<f64>,
    test: &mut Array2<f64>,
) -> Result<(), String> {
    let is_signal = positions > 0 && columns.len().is_multiple_of(positions);
    let channels = if is_signal { columns.len() / positions } else { columns.len() };
    for channel in 0..channels {
        let values = train.slice(s![.., channel..;channels]);
        let [least, most] = extent(values.iter());
        #[expect(clippy::cast_precision_loss, reason = "at most a million rows")]
        let count = values.len() as f64;
        // A constant column is told by its extent: rounding would leave it a tiny deviation to be blown up.
        let (mean, sd) = if least < most {
            let mean = values.sum() / count;
            (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
        } else {
            (least, 1.0)
        };
        if !(mean.is_finite() && sd.is_normal()) {
            let name = &columns[channel].name;
            return Err(format!("column \"{name}\" spans {least:e} to {most:e}, which cannot be standardised"));
        }
        for column in columns.iter_mut().skip(channel).step_by(channels) {
            (column.mean, column.sd) = (mean, sd);
        }
    }
    for values in [train, test] {
        apply(columns, values, Column::to_standard);
        if let Some(((_, at), _)) = values.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(format!("column \"{}\" has a value too large to be standardised", columns[at].name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::csv::{Format, Table};
    use crate::data::{Csv, Design, Expression, Named, Scatter, Source, Values};
    use proptest::prelude::*;
    use std::sync::Arc;

    #[test]
    fn a_look_takes_few_rows_evenly_and_all_where_there_are_few() {
        for (rows, seen, step) in [(0, 0, 1), (1, 1, 1), (4096, 4096, 1), (4097, 2049, 2), (1_000_000, 4082, 245)] {
            let x = Array2::from_shape_fn((rows, 1), |(row, _)| f64::from(u32::try_from(row).unwrap()));
            let points = Points { y: x.clone(), x };
            let (x, y) = points.seen();
            assert_eq!((x.nrows(), y.nrows()), (seen, seen), "of {rows}");
            assert!(x.iter().enumerate().all(|(at, x)| x.to_bits() == points.x[[at * step, 0]].to_bits()));
        }
    }

    fn plan(target: &str) -> Plan {
        Plan {
            source: Source::Expression(Expression::parse(target).unwrap()),
            columns: 1,
            n: 40,
            noise: 0.1,
            scatter: Scatter::Gaussian,
            values: Values::Real,
            design: Design::Uniform,
            range: [-3.0, 3.0],
            test: 0.25,
            off: Vec::new(),
            standardise: false,
            positions: [1, 1],
        }
    }

    fn of_table(text: &str, inputs: &[&str]) -> Plan {
        let inputs: Vec<Clean> = inputs.iter().map(|name| Clean::from(*name)).collect();
        let table = Table::read(&"t.csv".into(), text.as_bytes(), (&inputs, &[]), Format::default()).unwrap();
        let source = Source::Csv(Csv {
            path: "t.csv".into(),
            inputs,
            outputs: Vec::new(),
            format: Format::default(),
            table: Arc::new(table),
            arrived: Vec::new(),
        });
        Plan { source, standardise: true, test: 0.0, ..plan("x") }
    }

    fn draw(plan: &Plan) -> Dataset {
        Dataset::draw(plan, Seeds(1)).unwrap()
    }

    /// All rows in order, whatever the split: rows are told apart by x.
    fn sorted(dataset: &Dataset) -> Vec<(f64, f64)> {
        let points = [&dataset.train, &dataset.test];
        let mut rows: Vec<(f64, f64)> = points
            .iter()
            .flat_map(|points| points.x.column(0).to_vec().into_iter().zip(points.y.column(0).to_vec()))
            .collect();
        rows.sort_by(|left, right| left.0.total_cmp(&right.0));
        rows
    }

    #[test]
    fn without_noise_y_is_the_target() {
        let dataset = draw(&Plan { noise: 0.0, ..plan("sin(2*x)") });
        assert_eq!((dataset.train.x.dim(), dataset.test.x.dim()), ((30, 1), (10, 1)));
        for (x, y) in sorted(&dataset) {
            assert!((-3.0..=3.0).contains(&x));
            assert!((y - (2.0 * x).sin()).abs() < 1e-15);
        }
        assert_eq!((dataset.inputs[0].name.as_str(), dataset.outputs[0].name.as_str()), ("x", "y"));
        assert_eq!(dataset.ranges, [[-3.0, 3.0]]);
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_does_not() {
        let plan = plan("x");
        assert_eq!(draw(&plan), draw(&plan));
        assert_ne!(draw(&plan), Dataset::draw(&plan, Seeds(2)).unwrap());
    }

    #[test]
    fn inputs_noise_and_split_are_independent() {
        let base = draw(&plan("x"));
        let louder = draw(&Plan { noise: 0.2, ..plan("x") });
        assert_eq!((&base.train.x, &base.test.x), (&louder.train.x, &louder.test.x));
        for ((x, y), (_, louder)) in sorted(&base).into_iter().zip(sorted(&louder)) {
            assert!(((louder - x) - 2.0 * (y - x)).abs() < 1e-12);
        }
        let resplit = draw(&Plan { test: 0.5, ..plan("x") });
        assert_eq!(sorted(&base), sorted(&resplit));
        let other_target = draw(&Plan { noise: 0.0, ..plan("x^2") });
        assert_eq!(base.train.x, other_target.train.x);
    }

    #[test]
    fn a_greater_fraction_holds_out_the_same_rows_and_more() {
        let (less, more) = (draw(&Plan { test: 0.1, ..plan("x") }), draw(&Plan { test: 0.6, ..plan("x") }));
        assert_eq!((less.test.x.nrows(), more.test.x.nrows()), (4, 24));
        assert!(less.test.x.iter().all(|x| more.test.x.iter().any(|other| other.to_bits() == x.to_bits())));
    }

    #[test]
    fn rows_keep_their_order_in_both_parts() {
        let dataset = draw(&Plan { design: Design::Grid, ..plan("x") });
        for points in [&dataset.train, &dataset.test] {
            assert!(points.x.column(0).to_vec().windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert_ne!(
            dataset.test.x.column(0).to_vec(),
            sorted(&dataset)[..10].iter().map(|row| row.0).collect::<Vec<_>>()
        );
    }

    #[test]
    fn earlier_rows_do_not_depend_on_later_ones() {
        for design in [Design::Uniform, Design::Clustered] {
            let all = |n| draw(&Plan { n, design, test: 0.0, ..plan("x1*x2") }).train;
            let (few, many) = (all(10), all(40));
            assert_eq!(few.x, many.x.slice(ndarray::s![..10, ..]));
            assert_eq!(few.y, many.y.slice(ndarray::s![..10, ..]));
        }
    }

    #[test]
    fn grids() {
        let grid = |n, target| draw(&Plan { n, test: 0.0, design: Design::Grid, ..plan(target) }).train.x;
        assert_eq!(grid(4, "x"), ndarray::array![[-3.0], [-1.0], [1.0], [3.0]]);
        assert_eq!(grid(1, "x"), ndarray::array![[0.0]]);
        let plane = ndarray::array![[-3., -3.], [-3., 0.], [-3., 3.], [0., -3.], [0., 0.]];
        assert_eq!(grid(5, "x1+x2"), plane);
        assert_eq!(grid(8, "x1+x2+x3").row(7).to_vec(), [3.0; 3]);
        assert_eq!(grid(9, "x1+x2+x3").row(8).to_vec(), [-3.0, 3.0, 3.0]);
        assert_eq!(grid(1000, "x8").dim(), (1000, 8));
    }

    #[test]
    fn three_clusters_leave_gaps() {
        let x =
            draw(&Plan { n: 300, test: 0.0, range: [0.0, 5.0], design: Design::Clustered, ..plan("x1*x2") }).train.x;
        let mut seen = std::collections::BTreeSet::new();
        for row in x.rows() {
            seen.insert([row[0], row[1]].map(|x| x.floor().to_string()));
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [["0", "0"], ["2", "4"], ["4", "2"]]);
    }

    /// Nothing in the middle two fifths, whatever the design; the rest is full.
    #[test]
    fn a_gap_stays_empty() {
        for design in [Design::Uniform, Design::Grid] {
            let x = draw(&Plan { source: Source::Named(Named::Gap), n: 400, test: 0.0, design, ..plan("x") }).train.x;
            assert!(x.iter().all(|x| x.abs() >= 1.2 - 1e-12), "{design:?}");
            assert!(x.iter().any(|x| *x > 2.8) && x.iter().any(|x| *x < -1.2 && *x > -1.3));
        }
    }

    /// Two positions of two channels: the columns of a channel have one mean and one deviation, and a shift stays a shift.
    #[test]
    fn a_signal_is_standardised_by_channel() {
        let text = "a0,b0,a1,b1,y\n1,10,3,30,0\n3,30,1,10,0\n5,20,7,60,1\n";
        let plan = Plan { positions: [2, 1], ..of_table(text, &["a0", "b0", "a1", "b1"]) };
        let dataset = draw(&plan);
        let scales: Vec<_> = dataset.inputs.iter().map(|column| (column.mean, column.sd)).collect();
        assert_eq!((scales[0], scales[1]), (scales[2], scales[3]));
        assert!((scales[0].0 - 20.0 / 6.0).abs() < 1e-12 && (scales[1].0 - 160.0 / 6.0).abs() < 1e-12, "{scales:?}");
        let x = &dataset.train.x;
        let rows = [[0, 1, 2, 3], [2, 3, 0, 1]].map(|columns| columns.map(|column| x[[0, column]].to_bits()));
        assert!((0..2).any(|row| rows[1] == [0, 1, 2, 3].map(|column| x[[row + 1, column]].to_bits())), "{x}");
    }

    #[test]
    fn no_data_has_no_rows_and_one_column_each() {
        let dataset = draw(&Plan { source: Source::Nothing, standardise: true, ..plan("x") });
        assert_eq!((dataset.train.x.dim(), dataset.test.y.dim()), ((0, 1), (0, 1)));
        assert_eq!((dataset.inputs[0].sd, dataset.output_sd(0), dataset.x_range(0)), (1.0, 1.0, [-3.0, 3.0]));
    }

    #[test]
    fn a_table_is_taken_as_it_is() {
        let dataset = draw(&Plan { standardise: false, noise: 9.0, ..of_table("a,b,c\n1,2,3\n4,5,9\n", &["b", "a"]) });
        assert_eq!(dataset.train.x, ndarray::array![[2., 1.], [5., 4.]]);
        assert_eq!(dataset.train.y, ndarray::array![[3.], [9.]]);
        assert_eq!((dataset.x_range(0), dataset.x_range(1)), ([2.0, 5.0], [1.0, 4.0]));
        assert_eq!(dataset.inputs[0].name.as_str(), "b");
    }

    #[test]
    fn training_rows_are_standardised_and_constants_left_whole() {
        let dataset = draw(&of_table("a,k,y\n1,0.1,10\n2,0.1,30\n3,0.1,20\n", &["a", "k"]));
        let (a, k, y) = (&dataset.inputs[0], &dataset.inputs[1], &dataset.outputs[0]);
        assert_eq!((a.mean, k.mean, k.sd, y.mean), (2.0, 0.1, 1.0, 20.0));
        assert!((a.sd - (2.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(dataset.train.x.column(1).to_vec(), [0.0; 3]);
        assert!((dataset.output_sd(0) - 10.0 * a.sd).abs() < 1e-12);
        assert!(
            (&dataset.own_y(&dataset.train) - &ndarray::array![[10.], [30.], [20.]])
                .iter()
                .all(|gap| gap.abs() < 1e-12)
        );
    }

    #[test]
    fn a_target_that_is_not_finite_says_where() {
        let grid = |target| Plan { design: Design::Grid, n: 3, test: 0.0, ..plan(target) };
        let sentence = |plan: &Plan| Dataset::draw(plan, Seeds(1)).unwrap_err();
        assert!(sentence(&grid("1/x")).starts_with("the target is inf at x = 0:"));
        assert!(sentence(&grid("sqrt(x)")).starts_with("the target is NaN at x = -3:"));
        let plane = Plan { range: [0.0, 1.0], n: 4, ..grid("1/(x1+x2)") };
        assert!(sentence(&plane).starts_with("the target is inf at (x1, x2) = (0, 0):"));
        assert!(sentence(&Plan { noise: 1e308, n: 500, ..plan("1.7e308") }).contains("too large"));
        assert!(sentence(&Plan { standardise: true, ..plan("1e300*x") }).contains("cannot be standardised"));
    }

    #[test]
    fn settings_out_of_range_are_sentences() {
        for (wrong, key) in [
            (Plan { n: 0, ..plan("x") }, "data.n is 0"),
            (Plan { n: usize::MAX, ..plan("x") }, "data.n is"),
            (Plan { noise: -1.0, ..plan("x") }, "data.noise"),
            (Plan { noise: f64::NAN, ..plan("x") }, "data.noise"),
            (Plan { range: [1.0, 1.0], ..plan("x") }, "data.range"),
            (Plan { range: [0.0, f64::INFINITY], ..plan("x") }, "data.range"),
            (Plan { test: 1.0, ..plan("x") }, "data.test"),
            (Plan { test: f64::NAN, ..plan("x") }, "data.test"),
            (Plan { test: 0.6, n: 1, ..plan("x") }, "nothing is left"),
        ] {
            let sentence = Dataset::draw(&wrong, Seeds(1)).unwrap_err();
            assert!(sentence.contains(key), "{sentence}");
        }
    }

    /// Pins one draw: an upgrade of rand that changes it changes the meaning of every seed.
    #[test]
    fn the_first_rows_are_pinned() {
        let dataset = draw(&Plan { n: 6, source: Source::Named(Named::Chirp), test: 0.34, ..plan("x") });
        let all = [&dataset.train.x, &dataset.train.y, &dataset.test.x, &dataset.test.y];
        let pinned = [
            vec![0.730_341_159, 2.849_296_003, 0.716_080_468, 2.463_602_350],
            vec![-1.174_496_893, -0.963_433_738, -0.878_607_643, 0.644_512_975],
            vec![1.996_709_581, 0.563_714_412],
            vec![0.683_637_289, 0.046_480_241],
        ];
        for (found, pinned) in all.iter().zip(pinned) {
            assert!(found.iter().zip(pinned).all(|(value, pinned)| (value - pinned).abs() < 1e-9), "{found}");
        }
    }

    proptest! {
        #[test]
        fn standardising_is_undone(
            seed in 0..1000_u64, shift in -1e3..1e3_f64, scale in 1e-3..1e3_f64,
            test in 0.0..0.8_f64, n in 10..60_usize,
        ) {
            let target = format!("{shift:.6} + {scale:.6}*sin(x1) + x2");
            let plain = Plan { n, test, ..plan(&target.replace("+ -", "- ")) };
            let own = Dataset::draw(&plain, Seeds(seed)).unwrap();
            let standard = Dataset::draw(&Plan { standardise: true, ..plain }, Seeds(seed)).unwrap();
            let close = |left: &Array2<f64>, right: &Array2<f64>| {
                let most = 1e-9 * (shift.abs() + scale + 1.0);
                left.dim() == right.dim() && (left - right).iter().all(|gap| gap.abs() < most)
            };
            prop_assert!(close(&standard.own_x(&standard.train), &own.train.x));
            prop_assert!(close(&standard.own_y(&standard.test), &own.test.y));
            prop_assert!(close(&standard.standard_x(own.test.x.view()), &standard.test.x));
            let mean = standard.train.y.mean().unwrap();
            let square = standard.train.y.mapv(|y| y * y).mean().unwrap();
            prop_assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "{mean} {square}");
        }

        #[test]
        fn parts_are_a_partition(n in 1..200_u32, test in 0.0..0.99_f64, seed in 0..50_u64) {
            match split(&[n as usize], test, Seeds(seed)) {
                Ok((kept, held)) => {
                    let mut all = [kept, held.clone()].concat();
                    let held = u32::try_from(held.len()).unwrap();
                    all.sort_unstable();
                    prop_assert_eq!(all, (0..n as usize).collect::<Vec<_>>());
                    prop_assert!((test * f64::from(n) - f64::from(held)).abs() <= 0.5);
                }
                Err(_) => prop_assert!(test * f64::from(n) >= f64::from(n) - 0.5),
            }
        }
    }

    /// What is held out as rows come stays held out, and a row once learned from is never held out.
    #[test]
    fn a_growing_table_keeps_its_split() {
        let split = |ends: &[usize]| split(ends, 0.25, Seeds(3)).unwrap();
        let (kept, held) = split(&[10]);
        let (more_kept, more_held) = split(&[10, 17, 40]);
        assert!(kept.iter().all(|row| more_kept.contains(row)) && held.iter().all(|row| more_held.contains(row)));
        assert_eq!((more_kept.len(), more_held.len()), (30, 10));
        assert!(more_held.iter().any(|row| *row >= 17), "some of what came is held out");
        // Row by row a quarter is held out all the same.
        let ends: Vec<usize> = (1..=40).collect();
        assert_eq!(split(&ends).1.len(), 10);
    }
}
