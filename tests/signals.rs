//! Signals end to end: a table whose columns are positions, convolutions over them, a pooled readout; learned, seen, drawn.
#![allow(clippy::cast_precision_loss, reason = "small counts as numbers")]

use fnexplore::preset::{Change, Preset, load};
use fnexplore::run::{Run, RunId, RunSpec, Snapshot, Status};
use fnexplore::scene::{Window, scene};
use fnexplore::text::Clean;
use std::fmt::Write;
use std::sync::Arc;

const POSITIONS: usize = 12;

/// Ramps up (+1) and down (−1) of length 5 at positions 0 to 3 in a row of 12: the class is the sign of a local slope.
fn ramps() -> String {
    let names: Vec<String> = (0..POSITIONS).map(|t| format!("t{t}")).collect();
    let mut table = format!("{},class\n", names.join(","));
    for row in 0..80_u32 {
        let (at, sign) = (row as usize % 4, if row / 4 % 2 == 0 { 1.0 } else { -1.0 });
        for t in 0..POSITIONS {
            let ramp =
                if (at..at + 5).contains(&t) { sign * (f64::from(u32::try_from(t - at).unwrap()) - 2.0) } else { 0.0 };
            let noise = 0.2 * (f64::from(row) * 1.7 + f64::from(u32::try_from(t).unwrap()) * 2.9).sin();
            write!(table, "{},", ramp + noise).unwrap();
        }
        writeln!(table, "{sign}").unwrap();
    }
    table
}

fn preset(model: &str) -> Preset {
    let columns: Vec<String> = (0..POSITIONS).map(|t| format!("\"t{t}\"")).collect();
    let text = format!(
        "[data]\ncsv = \"ramps.csv\"\ninputs = [{}]\noutputs = [\"class\"]\npositions = {POSITIONS}\nstandardise = false\n\
         [model]\n{model}\n[likelihood]\nscale = 0.3\n[learn]\nrate = 0.01\n",
        columns.join(", ")
    );
    load(&Clean::from("ramps.toml"), &text, &|_| Ok(ramps().into_bytes()))
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn learned(preset: &Preset, steps: u64) -> Snapshot {
    let spec = RunSpec { id: RunId(0), name: Clean::from("model"), settings: preset.settings(0), saved: None };
    let mut run = Run::new(spec).unwrap_or_else(|why| panic!("{why:?}"));
    run.advance(&mut |step| step >= steps);
    run.snapshot(Status::Paused, 0.0)
}

/// A convolution with a max over positions learns the sign of the slope: b 5×4, c 4, a 4×1, d 1.
#[test]
fn a_convolution_with_a_pooled_readout_classifies_positions() {
    let model = "depth = 1\nk = 4\nkind = \"convolution\"\npatch = 5\npadding = \"circular\"\nreadout = \"max\"";
    let seen = learned(&preset(model), 1500);
    assert_eq!(seen.experiment.model.layout().len(), 29);
    assert!(seen.test_loss < 0.1, "{} (the best constant has 1)", seen.test_loss);
}

/// Every way of writing a model over signals trains, keeps its θ finite, and can be drawn.
#[test]
fn every_kind_of_signal_model_trains_and_is_drawn() {
    for model in [
        "depth = 2\nk = 3\nwidth = 2\nkind = \"convolution\"\npatch = 3\nreadout = \"mean\"",
        "depth = 2\nk = 3\nwidth = 2\nkind = \"convolution\"\npatch = 3\npadding = \"reflect\"\nreadout = \"max\"\nsigma = \"tanh\"",
        "architecture = \"residual\"\ndepth = 3\nk = 3\nkind = \"convolution\"\npatch = 3\nreadout = \"mean\"",
        "architecture = \"residual-2015\"\ndepth = 3\nk = 3\nkind = \"convolution\"\npatch = 3\nreadout = \"mean\"",
        // Dense after convolutions: the last one acts on all positions at once.
        "depth = 2\nk = 4\nwidth = 2\nkind = \"convolution\"\npatch = 3\n[f1]\nkind = \"dense\"",
        // Fully connected throughout.
        "depth = 1\nk = 8",
    ] {
        let preset = preset(model);
        let (first, last) = (learned(&preset, 1), learned(&preset, 400));
        assert!(last.loss < first.loss, "{model}: {} {}", first.loss, last.loss);
        let drawn = scene(&[Arc::new(last)], &Window::default()).expect("a scene");
        assert!(drawn.stages.iter().all(|stage| stage.curve.iter().all(|value| value.is_finite())), "{model}");
    }
}

/// On a circle a shift of the row shifts every stage with it, and the mean over positions does not see it at all.
#[test]
fn pooled_circular_convolutions_do_not_see_shifts() {
    use fnexplore::function::through;
    use ndarray::Array2;
    let model =
        "depth = 2\nk = 3\nwidth = 2\nkind = \"convolution\"\npatch = 5\npadding = \"circular\"\nreadout = \"mean\"";
    let f = learned(&preset(model), 50).belief.mode();
    let row = |shift: usize| {
        (0..POSITIONS).map(move |t| ((t + POSITIONS - shift) % POSITIONS) as f64).map(|t| (0.9 * t).sin())
    };
    let x = Array2::from_shape_vec((3, POSITIONS), row(0).chain(row(1)).chain(row(7)).collect()).unwrap();
    let y = through(&f, x.view()).f;
    assert!((y[[0, 0]] - y[[1, 0]]).abs() < 1e-13 && (y[[0, 0]] - y[[2, 0]]).abs() < 1e-13, "{y}");
}

#[test]
fn what_cannot_be_a_signal_is_refused_with_the_reason() {
    let preset = preset("depth = 1\nk = 4\nkind = \"convolution\"\npatch = 5\nreadout = \"max\"");
    let refused = |change: &str| preset.change(0, &Change::parse(change).unwrap()).unwrap_err().sentence.to_string();
    assert!(refused("model.patch=4").contains("must be odd"), "{}", refused("model.patch=4"));
    assert!(refused("data.positions=5").contains("12 columns"), "{}", refused("data.positions=5"));
    assert!(refused("model.readout=none").contains("outputs"), "{}", refused("model.readout=none"));
}
