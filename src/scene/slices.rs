//! Where f is asked when it has more inputs than a picture has axes: along one of them, the others at one place, or at the
//! places of many rows and averaged. Knows no curve.

use super::{Window, along, middle};
use crate::data::Dataset;
use crate::model::Coefficients;
use crate::run::Snapshot;
use ndarray::{Array2, ArrayView1};

/// Inputs from which on there is a choice: one is a curve, two are a plane.
const SEVERAL: usize = 3;
/// Rows that a partial dependence is averaged over at the most, evenly taken from all.
const ROWS: usize = 48;

/// Where the inputs stand that are not on the axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Others {
    /// At their means over the training rows.
    #[default]
    Means,
    /// At their lower quartiles.
    Low,
    /// At their upper quartiles.
    High,
    /// At each training row's own, and f averaged over the rows: the partial dependence E f(x, others) (Friedman 2001).
    Averaged,
}

impl Others {
    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Means => Self::Low,
            Self::Low => Self::High,
            Self::High => Self::Averaged,
            Self::Averaged => Self::Means,
        }
    }

    /// What is said of it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Means => "the others at their means",
            Self::Low => "the others at their lower quartiles",
            Self::High => "the others at their upper quartiles",
            Self::Averaged => "averaged over the others' rows: partial dependence",
        }
    }
}

/// Which input is on the axis: the first, where there are fewer than three.
#[must_use]
pub fn axis(data: &Dataset, window: &Window) -> usize {
    let inputs = data.inputs.len();
    if inputs >= SEVERAL { window.axis % inputs } else { 0 }
}

/// `n` rows along the axis, in standardised coordinates. Without data, and with one input or two, the others are at 0.
pub(super) fn rows(run: &Snapshot, window: &Window, n: usize, range: [f64; 2]) -> Array2<f64> {
    let inputs = run.experiment.model.f.inputs;
    let at = axis(&run.data, window);
    let place: Vec<f64> = if several(run) {
        run.data.train.x.columns().into_iter().map(|x| one(x, window.others)).collect()
    } else {
        vec![0.0; inputs]
    };
    Array2::from_shape_fn((n, inputs), |(row, column)| if column == at { along(range, row, n) } else { place[column] })
}

/// Whether there are rows of three inputs or more.
fn several(run: &Snapshot) -> bool {
    let x = &run.data.train.x;
    x.ncols() >= SEVERAL && x.nrows() > 0 && x.ncols() == run.experiment.model.f.inputs
}

/// Where an input stands that is not on the axis.
fn one(x: ArrayView1<'_, f64>, others: Others) -> f64 {
    let quartile = |part: usize| {
        let mut sorted = x.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[(sorted.len() - 1) * part / 4]
    };
    match others {
        Others::Low => quartile(1),
        Others::High => quartile(3),
        Others::Means | Others::Averaged => x.mean().unwrap_or(0.0),
    }
}

/// The middle of y's first column (standardised) along the axis: at one place of the others, or averaged over rows of them.
pub(super) fn curve(f: &Coefficients, run: &Snapshot, window: &Window, n: usize, range: [f64; 2]) -> Vec<f64> {
    let mut x = rows(run, window, n, range);
    if window.others != Others::Averaged || !several(run) {
        return middle(f, x.view()).column(0).to_vec();
    }
    let (at, data) = (axis(&run.data, window), &run.data.train.x);
    let step = data.nrows().div_ceil(ROWS);
    let mut sum = vec![0.0; n];
    let mut count = 0.0;
    for row in data.rows().into_iter().step_by(step) {
        for (column, mut values) in x.columns_mut().into_iter().enumerate().filter(|(column, _)| *column != at) {
            values.fill(row[column]);
        }
        for (sum, y) in sum.iter_mut().zip(middle(f, x.view()).column(0)) {
            *sum += y;
        }
        count += 1.0;
    }
    sum.into_iter().map(|sum| sum / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::load;
    use crate::run::{Run, RunId, RunSpec, Status};
    use crate::scene::scene;
    use crate::text::Clean;
    use std::sync::Arc;

    /// An untaught function of three inputs on twelve rows of no order.
    fn run() -> Arc<Snapshot> {
        let text = "[data]\ncsv = \"t.csv\"\ninputs = [\"u\", \"v\", \"w\"]\noutputs = [\"y\"]\nstandardise = true\n\
                    [model]\ndepth = 1\nk = 5\nsigma = \"tanh\"\n";
        let row = |i: i32| [i * 7 % 12, i * 5 % 11, i * i % 13, i % 5].map(|value| value.to_string()).join(",");
        let rows: Vec<String> = (0..12).map(row).collect();
        let table = format!("u,v,w,y\n{}\n", rows.join("\n"));
        let preset = load(&Clean::from("three"), text, &|_| Ok(table.clone().into_bytes())).expect("a preset");
        let spec = RunSpec { id: RunId(0), name: Clean::from("f"), settings: preset.settings(0), saved: None };
        Arc::new(Run::new(spec).expect("a run").snapshot(Status::Paused, 0.0))
    }

    fn seen(run: &Arc<Snapshot>, axis: usize, others: Others) -> crate::scene::FScene {
        let window = Window { axis, others, f_columns: 9, zoom: 1.0, pan: 0.0, ..Window::default() };
        scene(std::slice::from_ref(run), &window).expect("a scene").f
    }

    #[test]
    fn every_input_can_be_on_the_axis() {
        let run = run();
        let names: Vec<String> = (0..4).map(|axis| seen(&run, axis, Others::Means).x.name.to_string()).collect();
        assert_eq!(names, ["u", "v", "w", "u"]);
        assert_ne!(seen(&run, 0, Others::Means).curve, seen(&run, 1, Others::Means).curve);
        assert_ne!(seen(&run, 0, Others::Low).curve, seen(&run, 0, Others::High).curve);
        let w = seen(&run, 2, Others::Means);
        let [low, high] = w.x.range;
        assert!(low.abs() < 1e-9 && (high - 12.0).abs() < 1e-9, "{:?}", w.x);
        assert!(w.train.iter().all(|(x, _)| (-1e-9..12.0 + 1e-9).contains(x)));
    }

    /// Row by row, input by input, as the definition has it.
    #[test]
    fn a_partial_dependence_is_the_mean_over_the_rows() {
        let run = run();
        let (f, data) = (run.belief.mode(), &run.data);
        let drawn = seen(&run, 1, Others::Averaged).curve;
        let [low, high] = data.x_range(1).map(|x| data.inputs[1].to_standard(x));
        for (at, curve) in drawn.iter().enumerate() {
            let x = along([low, high], at, drawn.len());
            let mut total = 0.0;
            for row in data.train.x.rows() {
                let mut row = row.to_owned();
                row[1] = x;
                let row = row.insert_axis(ndarray::Axis(0));
                total += middle(&f, row.view())[[0, 0]];
            }
            let mean = data.outputs[0].from_standard(total / crate::bayes::real(data.train.x.nrows()));
            assert!((curve - mean).abs() < 1e-12, "{at}: {curve} is not {mean}");
        }
    }
}
