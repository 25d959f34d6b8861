//! A scene as one table in long form: every curve, its terms, maps, the data, the losses, each row naming what its numbers are.
//! Knows no file and no screen.

use super::kernels::SignalScene;
use super::plane::{Heat, PlaneScene};
use super::{Axis, Draws, FScene, LossScene, Scene, StageScene};
use crate::data::Dataset;
use crate::run::Snapshot;
use std::fmt::Write;
use std::sync::Arc;

/// The first line.
const HEADER: &str = "run,kind,stage,element,x_name,x,x2_name,x2,y_name,y";

/// The scene of `runs`, seen from the run at `focus`, as CSV with the columns
/// `run,kind,stage,element,x_name,x,x2_name,x2,y_name,y`; x2 is there where there are two inputs.
///
/// | kind | stage | element | x | y |
/// |---|---|---|---|---|
/// | stage | f1 … fL | | what comes in | what goes out, identity and branch scale included |
/// | element | f1 … fL | 1 … K | the same | aₖ σ(bₖ u + cₖ) |
/// | identity | f1 … fL | | the same | the stream before the stage (residual) |
/// | draw | f1 … fL or none | 1 … | the same | a draw of the stage, or of all of f |
/// | plane | f1 … fL | | x, x2 | the shown coordinate after the stage |
/// | f | | | x | ŷ |
/// | `band_05`, `band_50`, `band_95` | | | x | so many per cent of the draws of f lie below |
/// | train, test, off | | | x | y |
/// | kernel | f1 … fL | 1 … K | a position of the patch | b there |
/// | signal | | | a position | the row looked at |
/// | loss, `test_loss` | | | step | the loss |
///
/// x and ŷ, the data and what meets the innermost stage are in the data's own units; what lies between is in the stages' own.
/// A number that is not finite is an empty field.
#[must_use]
pub fn csv(scene: &Scene, runs: &[Arc<Snapshot>], focus: usize) -> String {
    let mut table = Table { text: format!("{HEADER}\n"), run: String::new(), x2: ",".to_owned() };
    let name = |at: usize| runs.get(at).map_or_else(String::new, |run| field(&run.name));
    table.run = name(focus);
    match (runs.get(focus), &scene.signals, &scene.plane) {
        (None, _, _) => {}
        (Some(_), Some(signals), _) => table.signals(signals),
        (Some(run), None, Some(plane)) => {
            // The curves run along the first input, the second one is the cursor's.
            table.x2 = format!("{},{}", axis(&plane.x2, "x2"), number(plane.cursor.1));
            table.stages(scene, &run.data);
            table.plane(plane, &scene.f, scene);
            // What other runs' curves are at: the mean of the second input.
            let middle = run.data.inputs.get(1).map_or(f64::NAN, |column| column.from_standard(0.0));
            table.x2 = format!("{},{}", axis(&plane.x2, "x2"), number(middle));
        }
        (Some(run), None, None) => {
            table.stages(scene, &run.data);
            table.f(&scene.f, "f", "", &scene.f.curve);
            if let Some(draws) = &scene.draws {
                table.whole_draws(&scene.f, draws);
            }
            for (kind, points) in [("train", &scene.f.train), ("test", &scene.f.test), ("off", &scene.f.off)] {
                table.rows([kind, "", ""], [&axis(&scene.f.x, "x"), &axis(&scene.f.y, "y")], points.iter().copied());
            }
        }
    }
    if scene.signals.is_none() {
        for (at, curve) in &scene.f.others {
            table.run = name(*at);
            table.f(&scene.f, "f", "", curve);
        }
    }
    ",".clone_into(&mut table.x2);
    table.losses(&scene.loss, &name);
    table.text
}

struct Table {
    text: String,
    run: String,
    /// The second input's name and value, where it is the same in all rows.
    x2: String,
}

impl Table {
    /// Rows of one kind.
    fn rows(
        &mut self,
        [kind, stage, element]: [&str; 3],
        [x_name, y_name]: [&str; 2],
        points: impl Iterator<Item = (f64, f64)>,
    ) {
        let (begin, x2) = (format!("{},{kind},{stage},{element},{x_name}", self.run), &self.x2);
        for (x, y) in points {
            let _ = writeln!(self.text, "{begin},{},{x2},{y_name},{}", number(x), number(y));
        }
    }

    fn stages(&mut self, scene: &Scene, data: &Dataset) {
        for (at, stage) in scene.stages.iter().enumerate() {
            let draws = scene.draws.as_ref().and_then(|draws| draws.stages.get(at));
            self.stage(stage, draws.map_or(&[], Vec::as_slice), scene.stages.len(), data);
        }
    }

    fn stage(&mut self, stage: &StageScene, draws: &[Vec<f64>], depth: usize, data: &Dataset) {
        let name = format!("f{}", stage.index);
        // What meets the innermost stage is x itself, which a table may have standardised.
        let is_x = stage.over_x || stage.index == depth;
        let (x_name, column) = match data.inputs.first().filter(|_| is_x) {
            Some(column) => (field(&column.name), Some(column)),
            None => (format!("u{}", stage.index), None),
        };
        let (m, j) = stage.coordinates;
        let out = |j: usize| if m > 1 { format!("{name}_out_{}", j + 1) } else { format!("{name}_out") };
        let n = stage.curve.len();
        let at = |row: usize| {
            let x = super::along(stage.input.range, row, n);
            column.map_or(x, |column| column.from_standard(x))
        };
        let mut curve = |kind: &str, element: usize, j: usize, values: &[f64]| {
            let element = if element == 0 { String::new() } else { element.to_string() };
            let points = values.iter().enumerate().map(|(row, y)| (at(row), *y));
            self.rows([kind, &name, &element], [&x_name, &out(j)], points);
        };
        curve("stage", 0, j, &stage.curve);
        for (more, companion) in stage.companions.iter().enumerate() {
            curve("stage", 0, (j + more + 1) % m.max(1), companion);
        }
        stage.terms.iter().enumerate().for_each(|(k, term)| curve("element", k + 1, j, term));
        stage.identity.iter().for_each(|identity| curve("identity", 0, j, identity));
        draws.iter().enumerate().for_each(|(at, draw)| curve("draw", at + 1, j, draw));
    }

    fn f(&mut self, f: &FScene, kind: &str, element: &str, curve: &[f64]) {
        let x = |row: usize| super::along(f.x.range, row, curve.len());
        let y_name = format!("f_{}", axis(&f.y, "y"));
        let points = curve.iter().enumerate().map(|(row, y)| (x(row), *y));
        self.rows([kind, "", element], [&axis(&f.x, "x"), &y_name], points);
    }

    fn whole_draws(&mut self, f: &FScene, draws: &Draws) {
        for (kind, curve) in ["band_05", "band_50", "band_95"].into_iter().zip(&draws.band) {
            self.f(f, kind, "", curve);
        }
        draws.f.iter().enumerate().for_each(|(at, draw)| self.f(f, "draw", &(at + 1).to_string(), draw));
    }

    fn plane(&mut self, plane: &PlaneScene, f: &FScene, scene: &Scene) {
        let y_name = axis(&f.y, "y");
        self.heat(plane, ["f", ""], &format!("f_{y_name}"), [plane.x1.range, plane.x2.range], &plane.f);
        for (stage, seen) in plane.stages.iter().zip(&scene.stages) {
            if let Some(heat) = &stage.heat {
                let name = format!("f{}", seen.index);
                let out = format!("{name}_out_{}", stage.coordinate.0 + 1);
                self.heat(plane, ["plane", &name], &out, plane.data, heat);
            }
        }
        let x2_name = axis(&plane.x2, "x2");
        for spot in &plane.spots {
            self.x2 = format!("{x2_name},{}", number(spot.at.1));
            let kind = if spot.held_out { "test" } else { "train" };
            self.rows([kind, "", ""], [&axis(&plane.x1, "x1"), &y_name], std::iter::once((spot.at.0, spot.y)));
        }
    }

    /// A value lies in the middle of its cell; rows of cells begin at the top.
    #[expect(clippy::cast_precision_loss, reason = "cells are counted in hundreds")]
    fn heat(&mut self, plane: &PlaneScene, [kind, stage]: [&str; 2], out: &str, [x1, x2]: [[f64; 2]; 2], heat: &Heat) {
        let middle = |[low, high]: [f64; 2], at: usize, of: usize| low + (at as f64 + 0.5) / of as f64 * (high - low);
        let x2_name = axis(&plane.x2, "x2");
        for (row, values) in heat.values.chunks(heat.columns.max(1)).enumerate() {
            self.x2 = format!("{x2_name},{}", number(middle(x2, heat.rows() - 1 - row, heat.rows())));
            let points = values.iter().enumerate().map(|(column, y)| (middle(x1, column, heat.columns), *y));
            self.rows([kind, stage, ""], [&axis(&plane.x1, "x1"), out], points);
        }
    }

    fn signals(&mut self, signals: &SignalScene) {
        let placed = |values: &[f64]| {
            let places = (1_u32..).map(f64::from);
            places.zip(values.iter().copied()).collect::<Vec<_>>()
        };
        for (at, stage) in signals.stages.iter().enumerate() {
            let name = format!("f{}", signals.stages.len() - at);
            for (k, (kernel, _)) in stage.kernels.iter().enumerate() {
                let element = (k + 1).to_string();
                self.rows(["kernel", &name, &element], ["position", "b"], placed(kernel).into_iter());
            }
        }
        self.rows(["signal", "", ""], ["position", "x"], placed(&signals.signal).into_iter());
    }

    fn losses(&mut self, loss: &LossScene, name: &dyn Fn(usize) -> String) {
        for trace in &loss.traces {
            self.run = name(trace.run);
            self.rows(["loss", "", ""], ["step", "loss"], trace.train.iter().copied());
            self.rows(["test_loss", "", ""], ["step", "loss"], trace.test.iter().copied());
        }
    }
}

fn axis(axis: &Axis, otherwise: &str) -> String {
    if axis.name.is_empty() { otherwise.to_owned() } else { field(&axis.name) }
}

/// The shortest digits that mean this number.
fn number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}

/// A field as RFC 4180 has it: in quotes if it holds what means something outside of them.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::{Preset, built_in};
    use crate::run::{Run, RunId, RunSpec, Status};
    use crate::scene::{Window, scene};
    use crate::text::Clean;
    use std::collections::BTreeMap;

    fn learned(preset: &Preset, steps: u64) -> Vec<Arc<Snapshot>> {
        let names = preset.runs().into_iter().enumerate();
        let runs = names.map(|(at, name)| {
            let id = RunId(u32::try_from(at).unwrap());
            let spec = RunSpec { id, name: Clean::from(name.as_str()), settings: preset.settings(at), saved: None };
            let mut run = Run::new(spec).unwrap();
            run.advance(&mut |step| step >= steps);
            Arc::new(run.snapshot(Status::Paused, 0.0))
        });
        runs.collect()
    }

    /// Rows by kind, stage and element, read by another program's reader.
    fn read(text: &str) -> BTreeMap<[String; 4], Vec<[String; 4]>> {
        let mut rows = BTreeMap::new();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(","), HEADER);
        for row in reader.records() {
            let row = row.unwrap();
            let of = |at: [usize; 4]| at.map(|column| row[column].to_owned());
            rows.entry(of([0, 1, 2, 3])).or_insert_with(Vec::new).push(of([4, 5, 8, 9]));
        }
        rows
    }

    fn key<const N: usize>(parts: [&str; N]) -> [String; N] {
        parts.map(str::to_owned)
    }

    #[test]
    fn everything_drawn_is_in_the_table_once() {
        let preset = built_in("residual").unwrap();
        let runs = learned(&preset, 30);
        let window = Window { stage_columns: 7, f_columns: 9, ..Window::default() };
        let scene = scene(&runs, &window).unwrap();
        let rows = read(&csv(&scene, &runs, 0));
        for stage in &scene.stages {
            let name = format!("f{}", stage.index);
            assert_eq!(rows[&key(["base", "stage", &name, ""])].len(), 7);
            for k in 1..=stage.k {
                assert_eq!(rows[&key(["base", "element", &name, &k.to_string()])].len(), 7);
            }
        }
        for run in &runs {
            assert_eq!(rows[&key([&run.name, "f", "", ""])].len(), 9);
            assert!(rows[&key([&run.name, "loss", "", ""])].len() > 10);
        }
        assert_eq!(rows[&key(["base", "train", "", ""])].len(), scene.f.train.len());
        let rows_of_terms = scene.stages.iter().map(|stage| stage.terms.len()).sum::<usize>();
        assert_eq!(rows.keys().filter(|key| key[1] == "element").count(), rows_of_terms);
    }

    #[test]
    fn numbers_are_in_the_units_they_are_said_to_be_in() {
        // A table whose x runs from 2.4 to 57.6 and which is standardised.
        let preset = built_in("motorcycle").unwrap();
        let runs = learned(&preset, 50);
        let scene = scene(&runs, &Window { stage_columns: 5, f_columns: 5, zoom: 1.0, ..Window::default() }).unwrap();
        let rows = read(&csv(&scene, &runs, 0));
        let name = runs[0].name.to_string();
        let value = |text: &str| text.parse::<f64>().unwrap();
        let innermost = format!("f{}", scene.stages.len());
        let [low, high] = runs[0].data.x_range(0);
        let f = &rows[&key([&name, "f", "", ""])];
        let stage = &rows[&key([&name, "stage", &innermost, ""])];
        for rows in [f, stage] {
            assert!((value(&rows[0][1]) - low).abs() < 1e-9 && (value(&rows[4][1]) - high).abs() < 1e-9, "{rows:?}");
            assert_eq!(rows[0][0], runs[0].data.inputs[0].name.to_string());
        }
        let train = &rows[&key([&name, "train", "", ""])];
        assert!(train.iter().any(|row| value(&row[3]).abs() > 20.0), "accelerations in g, not standardised");
        assert!(f.iter().any(|row| value(&row[3]).abs() > 2.0));
    }

    #[test]
    fn the_plane_has_both_inputs_and_its_maps_are_where_they_say() {
        let runs = learned(&built_in("circle").unwrap(), 20);
        let mut window = Window { stage_columns: 3, f_columns: 3, zoom: 1.0, ..Window::default() };
        (window.sight.f_heat, window.sight.stage_heat) = ((4, 3), (2, 2));
        let scene = scene(&runs, &window).unwrap();
        let text = csv(&scene, &runs, 0);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let of = |kind: &str, stage: &str| -> Vec<(f64, f64, f64)> {
            let own = rows.iter().filter(|row| row[0] == *runs[0].name && &row[1] == kind && &row[2] == stage);
            own.map(|row| (row[5].parse().unwrap(), row[7].parse().unwrap(), row[9].parse().unwrap())).collect()
        };
        // f at those points, asked of the function itself.
        let data = &runs[0].data;
        let f = of("f", "");
        assert_eq!(f.len(), 12);
        for (x1, x2, y) in f {
            let x = ndarray::array![[data.inputs[0].to_standard(x1), data.inputs[1].to_standard(x2)]];
            let there = crate::function::through(&runs[0].belief.mode(), x.view()).f[[0, 0]];
            assert!((data.outputs[0].from_standard(there) - y).abs() < 1e-9, "{x1} {x2}: {y}");
        }
        assert_eq!(of("train", "").len() + of("test", "").len(), scene.plane.as_ref().unwrap().spots.len());
        assert_eq!(of("plane", "f1").len(), 4);
        assert_eq!(of("stage", "f1").len() % 3, 0);
    }

    #[test]
    fn signals_have_their_kernels() {
        let runs = learned(&built_in("conv-shift").unwrap(), 5);
        let scene = scene(&runs, &Window::default()).unwrap();
        let rows = read(&csv(&scene, &runs, 0));
        let stage = &scene.signals.as_ref().unwrap().stages[0];
        let kernel = &rows[&key([&runs[0].name, "kernel", "f1", "1"])];
        assert_eq!(kernel.len(), stage.patch);
        assert_eq!(kernel[2][1..], ["3".to_owned(), "b".to_owned(), number(stage.kernels[0].0[2])]);
        assert!(rows.contains_key(&key([&runs[0].name, "signal", "", ""])));
        assert!(rows.keys().all(|key| key[1] != "stage"), "one number of a signal is no x");
    }

    #[test]
    fn names_and_numbers_that_would_break_a_table_do_not() {
        assert_eq!((field("a,\"b\""), field("day")), ("\"a,\"\"b\"\"\"".to_owned(), "day".to_owned()));
        assert_eq!([0.1, f64::NAN, f64::INFINITY].map(number), ["0.1", "", ""]);
    }
}
