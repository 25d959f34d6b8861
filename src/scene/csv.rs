//! A scene as one table in long form: every curve, its terms, the data, the losses, each row naming what its numbers are.
//! Knows no file and no screen.

use super::{Axis, FScene, LossScene, Scene, StageScene};
use crate::data::Dataset;
use crate::run::Snapshot;
use std::fmt::Write;
use std::sync::Arc;

/// The first line.
const HEADER: &str = "run,kind,stage,element,x_name,x,y_name,y";

/// The scene of `runs`, seen from the run at `focus`, as CSV with the columns `run,kind,stage,element,x_name,x,y_name,y`.
///
/// | kind | stage | element | x | y |
/// |---|---|---|---|---|
/// | stage | f1 … fL | | what comes in | what goes out, identity and branch scale included |
/// | element | f1 … fL | 1 … K | the same | aₖ σ(bₖ u + cₖ) |
/// | identity | f1 … fL | | the same | the stream before the stage (residual) |
/// | f | | | x | ŷ |
/// | train, test | | | x | y |
/// | loss, `test_loss` | | | step | the loss |
///
/// x and ŷ, the data and what meets the innermost stage are in the data's own units; what lies between is in the stages' own.
/// A number that is not finite is an empty field.
#[must_use]
pub fn csv(scene: &Scene, runs: &[Arc<Snapshot>], focus: usize) -> String {
    let mut table = Table { text: format!("{HEADER}\n"), run: String::new() };
    let name = |at: usize| runs.get(at).map_or_else(String::new, |run| field(&run.name));
    table.run = name(focus);
    if let Some(run) = runs.get(focus) {
        for stage in &scene.stages {
            table.stage(stage, scene.stages.len(), &run.data);
        }
    }
    table.f(&scene.f, &scene.f.curve);
    for points in [("train", &scene.f.train), ("test", &scene.f.test)] {
        table.points(points.0, (axis(&scene.f.x, "x"), axis(&scene.f.y, "y")), points.1);
    }
    for (at, curve) in &scene.f.others {
        table.run = name(*at);
        table.f(&scene.f, curve);
    }
    table.losses(&scene.loss, &name);
    table.text
}

struct Table {
    text: String,
    run: String,
}

impl Table {
    /// Rows of one kind.
    fn rows(
        &mut self,
        [kind, stage, element]: [&str; 3],
        [x_name, y_name]: [&str; 2],
        points: impl Iterator<Item = (f64, f64)>,
    ) {
        let begin = format!("{},{kind},{stage},{element},{x_name}", self.run);
        for (x, y) in points {
            let _ = writeln!(self.text, "{begin},{},{y_name},{}", number(x), number(y));
        }
    }

    fn stage(&mut self, stage: &StageScene, depth: usize, data: &Dataset) {
        let name = format!("f{}", stage.index);
        // What meets the innermost stage is x itself, which a table may have standardised.
        let is_x = stage.over_x || stage.index == depth;
        let (x_name, column) = match data.inputs.first().filter(|_| is_x) {
            Some(column) => (field(&column.name), Some(column)),
            None => (format!("u{}", stage.index), None),
        };
        let names = [x_name.as_str(), &format!("f{}_out", stage.index)];
        let n = stage.curve.len();
        let at = |row: usize| {
            let x = super::along(stage.input.range, row, n);
            column.map_or(x, |column| column.from_standard(x))
        };
        let mut curve = |kind: &str, element: &str, values: &[f64]| {
            self.rows([kind, &name, element], names, values.iter().enumerate().map(|(row, y)| (at(row), *y)));
        };
        curve("stage", "", &stage.curve);
        for (k, term) in stage.terms.iter().enumerate() {
            curve("element", &(k + 1).to_string(), term);
        }
        if let Some(identity) = &stage.identity {
            curve("identity", "", identity);
        }
    }

    fn f(&mut self, f: &FScene, curve: &[f64]) {
        let x = |row: usize| super::along(f.x.range, row, curve.len());
        let y_name = format!("f_{}", axis(&f.y, "y"));
        let points = curve.iter().enumerate().map(|(row, y)| (x(row), *y));
        self.rows(["f", "", ""], [&axis(&f.x, "x"), &y_name], points);
    }

    fn points(&mut self, kind: &str, (x, y): (String, String), points: &[(f64, f64)]) {
        self.rows([kind, "", ""], [&x, &y], points.iter().copied());
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
            rows.entry(of([0, 1, 2, 3])).or_insert_with(Vec::new).push(of([4, 5, 6, 7]));
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
    fn names_and_numbers_that_would_break_a_table_do_not() {
        assert_eq!((field("a,\"b\""), field("day")), ("\"a,\"\"b\"\"\"".to_owned(), "day".to_owned()));
        assert_eq!([0.1, f64::NAN, f64::INFINITY].map(number), ["0.1", "", ""]);
    }
}
