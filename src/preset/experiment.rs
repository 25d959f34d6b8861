//! An experiment: settings that hold together, as the parts that data, model and learning are built from.
//! Valid if it exists. Knows no text.

use super::names::{GROUPS, Improper, LikelihoodKind};
use super::path::Path;
use super::settings::{Settings, StageSettings};
use crate::data::{self, Points};
use crate::function::{Init, Start};
use crate::learn;
use crate::model::{Composition, Group, Model, Priors};
use crate::text::Clean;
use std::sync::Arc;

/// Bytes that an experiment may need unless the user allows more.
pub const MEMORY: u64 = 512 << 20;
/// How often a table is held: as it was read, standardised, and laid out for the engine in either precision.
const COPIES: u64 = 4;

/// What does not hold together: the setting to blame, a sentence.
pub type Fault = (Path, String);

/// One run, wholly determined. It exists only if it is valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// (X, y).
    pub data: data::Plan,
    /// p(θ, y | x).
    pub model: Arc<Model>,
    /// Where θ starts.
    pub start: Start,
    /// Groups that stay where they start: position in `Composition::stages`, letter.
    pub hold: Vec<(usize, Group)>,
    /// Elements that stay where they start: position, element from 0.
    pub hold_elements: Vec<(usize, usize)>,
    /// From prior to belief.
    pub learn: learn::Plan,
    /// What ends it before its last step.
    pub stop: learn::Stop,
    /// The master seed.
    pub seed: u64,
    /// Steps, where nobody watches.
    pub steps: u64,
}

impl Experiment {
    /// Whether a run of `before` can go on as this one with the coefficients and data that it has.
    #[must_use]
    pub fn continues(&self, before: &Self) -> bool {
        self.data == before.data
            && self.seed == before.seed
            && self.start == before.start
            && self.model.f == before.model.f
            && self.model.layout() == before.model.layout()
    }
}

impl Settings {
    /// The experiment that is written down.
    ///
    /// # Errors
    /// Everything that does not hold together, each with the setting that it is about.
    pub fn experiment(&self) -> Result<Experiment, Vec<Fault>> {
        self.experiment_within(MEMORY)
    }

    /// The same, with another limit on memory.
    ///
    /// # Errors
    /// Everything that does not hold together, each with the setting that it is about.
    pub fn experiment_within(&self, bytes: u64) -> Result<Experiment, Vec<Fault>> {
        let Some(data) = self.plan() else { return Err(vec![self.unread()]) };
        let mut wrong = self.loose_columns();
        let model = self.model(&data);
        if let Err(sentences) = model.check() {
            wrong.extend(sentences.into_iter().map(|sentence| (blame(&sentence), sentence)));
        }
        wrong.extend(self.improper(&model));
        wrong.extend(self.misfits(&data));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let need = self.bytes(&model, &data);
        if need > bytes {
            return Err(vec![self.too_large(&model, data.rows(), need, bytes)]);
        }
        let start = Start { init: self.model.init, bias_sd: self.model.bias_sd, given: self.given(&model)? };
        let (hold, seed, steps) = (self.held(&model), self.seed, self.steps);
        let learn = learn::Plan { horizon: self.steps, ..self.learn.clone() };
        let hold_elements = self.held_elements();
        let model = Arc::new(model);
        let experiment = Experiment { data, model, start, hold, hold_elements, learn, stop: self.stop, seed, steps };
        if let Some(fault) = experiment.refused() {
            return Err(vec![fault]);
        }
        let draws = experiment.bytes_of_draws();
        if need.saturating_add(draws) > bytes {
            return Err(vec![self.too_many_draws(&experiment.model, draws, bytes)]);
        }
        Ok(experiment)
    }

    /// Bytes that its run needs at most. A step walks through the rows in tiles; all of them at once are held by a posterior in
    /// closed form, whose matrix they are, and by a start that is chosen among them.
    fn bytes(&self, model: &Model, data: &data::Plan) -> u64 {
        let closed = matches!(self.learn.way, learn::Way::Exact | learn::Way::Laplace);
        let chosen = matches!(self.model.init, Init::Knots | Init::Pairs);
        let at_once = if closed || chosen { data.rows() } else { data.rows().min(Points::SEEN) };
        let table = COPIES * 8 * (data.rows() * (data.inputs() + data.outputs())) as u64;
        model.bytes(at_once).saturating_add(table)
    }

    fn model(&self, data: &data::Plan) -> Model {
        let f = Composition { inputs: data.inputs(), ..self.composition() };
        let outwards = || (1..=self.model.depth).rev();
        let priors = Priors { stages: outwards().map(|index| self.priors(index)).collect() };
        Model { f, likelihood: self.likelihood(), priors }
    }

    /// Flat priors where only the most likely coefficients make sense, and nobody said that they are meant.
    fn improper(&self, model: &Model) -> Vec<Fault> {
        let flat = if self.prior.improper == Improper::Refused { model.priors.improper() } else { Vec::new() };
        let told = |(at, group): (usize, Group)| {
            let letter = GROUPS.iter().find(|(_, listed)| *listed == group).map_or("a", |(letter, _)| letter);
            let path = format!("f{}.prior.{letter}", model.f.essay_index(at));
            let sentence = format!(
                "{path} is flat: only d's may be, elsewhere the posterior would be improper; if the most likely \
                 coefficients are all you want, say prior.improper = \"maximum-likelihood\""
            );
            (known(&format!("{path}.kind")), sentence)
        };
        flat.into_iter().map(told).collect()
    }

    /// A table's y that is not of the likelihood's kind.
    fn misfits(&self, data: &data::Plan) -> Vec<Fault> {
        let data::Source::Csv(csv) = &data.source else { return Vec::new() };
        let (kind, first) = (known("likelihood.kind"), csv.table.inputs().len());
        let names = csv.table.outputs();
        if let (data::Values::Classes(_), [_, _, ..]) = (data.values, names) {
            let sentence = format!(
                "data.outputs names {} columns; with a categorical likelihood y is one column, of class numbers",
                names.len()
            );
            return vec![(known("data.outputs"), sentence)];
        }
        if let Some(wrong) = self.wordy(csv) {
            return vec![(kind, wrong)];
        }
        let y = csv.table.values();
        let wrong = data.values.check(names, y.slice(ndarray::s![.., first..])).err();
        let told = |why: String| (kind, format!("{kind} is \"{}\", but column {why}", self.likelihood().name()));
        wrong.map(told).into_iter().collect()
    }

    /// A column of words where y is not a class, or of more words than there are classes.
    fn wordy(&self, csv: &data::Csv) -> Option<String> {
        let (at, words) =
            (0..csv.table.outputs().len()).map(|at| (at, csv.table.labels(at))).find(|(_, w)| !w.is_empty())?;
        let (name, kind) = (&csv.table.outputs()[at], self.likelihood().name());
        let some: Vec<&str> = words.iter().take(6).map(Clean::as_str).collect();
        let more = if words.len() > some.len() { ", …" } else { "" };
        let holds =
            format!("likelihood.kind is \"{kind}\", but column \"{name}\" holds words ({}{more})", some.join(", "));
        match self.likelihood.kind {
            LikelihoodKind::Categorical => None,
            LikelihoodKind::Bernoulli if words.len() <= 2 => None,
            LikelihoodKind::Bernoulli => Some(format!("{holds}: {} classes are categorical", words.len())),
            LikelihoodKind::Gaussian | LikelihoodKind::StudentT | LikelihoodKind::Laplace | LikelihoodKind::Poisson => {
                Some(format!("{holds}: classes are categorical, or bernoulli where there are two"))
            }
        }
    }

    /// A table is read when a preset is opened, not when a setting is changed.
    fn unread(&self) -> Fault {
        let about = if self.data.table.0.as_ref().is_some_and(|csv| csv.path == self.data.origin.text()) {
            let (now, read) = (&self.data, self.data.table.0.as_ref());
            match read.map(|csv| (csv.inputs != now.inputs, csv.outputs != now.outputs, csv.format)) {
                Some((true, _, _)) => "data.inputs",
                Some((_, true, _)) => "data.outputs",
                Some((_, _, format)) if format.delimiter != now.format.delimiter => "data.delimiter",
                Some((_, _, format)) if format.header != now.format.header => "data.header",
                Some(_) | None => "data.missing",
            }
        } else {
            "data.csv"
        };
        let path = known(about);
        (
            path,
            format!(
                "{path}: \"{}\" is read when a preset is opened; change it in the preset and open that again",
                self.data.origin.text()
            ),
        )
    }

    fn loose_columns(&self) -> Vec<Fault> {
        let columns = [("data.inputs", &self.data.inputs), ("data.outputs", &self.data.outputs)];
        let loose = columns.into_iter().filter(|(_, names)| !self.is_csv() && !names.is_empty());
        loose.map(|(key, _)| (known(key), format!("{key} names columns of data.csv, which is not given"))).collect()
    }

    /// The largest stage is to blame, or the rows if there are more of them than coefficients.
    fn too_large(&self, model: &Model, rows: usize, need: u64, bytes: u64) -> Fault {
        let path = known(if rows > model.layout().len() && !self.is_csv() { "data.n" } else { "model.k" });
        let sentence = format!(
            "{path} is {}: {} coefficients and {rows} rows need about {} MiB; the limit is {} MiB",
            self.get(&path),
            model.layout().len(),
            need >> 20,
            bytes >> 20
        );
        (path, sentence)
    }

    fn too_many_draws(&self, model: &Model, draws: u64, bytes: u64) -> Fault {
        let (path, nuts) = (known("learn.draws"), self.learn.nuts);
        let sentence = format!(
            "{path} is {}: {} chains of {} + {} draws of {} coefficients need about {} MiB; the limit is {} MiB",
            nuts.draws,
            self.learn.chains,
            nuts.warmup,
            nuts.draws,
            model.layout().len(),
            draws >> 20,
            bytes >> 20
        );
        (path, sentence)
    }

    /// Starting values, each of its block's shape.
    fn given(&self, model: &Model) -> Result<Vec<(String, Vec<f64>)>, Vec<Fault>> {
        let (mut given, mut wrong) = (Vec::new(), Vec::new());
        let layout = model.layout();
        for (index, own) in self.stages.iter().filter(|(index, _)| self.has(**index)) {
            for ((letter, group), rows) in GROUPS.iter().zip(&own.given) {
                let Some(rows) = rows else { continue };
                let name = format!("f{index}.{letter}");
                match layout.find(model.f.position(*index), *group) {
                    None => wrong.push((known(&name), format!("{name} is given, but a reduced stage has no {letter}"))),
                    Some(block) if fits(rows, block.shape) => given.push((name, rows.concat())),
                    Some(block) => wrong.push((known(&name), misshapen(&name, rows, block.shape))),
                }
            }
        }
        let ends =
            [("lift", Group::Lift, &self.model.lift_start), ("readout", Group::Readout, &self.model.readout_start)];
        for (name, group, rows) in ends {
            let (Some(rows), Some(block)) = (rows, layout.find(None, group)) else { continue };
            if fits(rows, block.shape) {
                given.push((name.to_owned(), rows.concat()));
            } else {
                let key = format!("model.{name}_start");
                let [count, width] = block.shape;
                let (is, across) = (rows.len(), rows.first().map_or(0, Vec::len));
                wrong.push((known(&key), format!("{key} is {is} × {across}; it must be {count} × {width}")));
            }
        }
        if wrong.is_empty() { Ok(given) } else { Err(wrong) }
    }

    /// Those that there are.
    fn held_elements(&self) -> Vec<(usize, usize)> {
        let stages = self.stages.iter().rev().filter(|(index, _)| self.has(**index));
        let of_stage = |(index, own): (&usize, &StageSettings)| {
            let (at, k) = (self.model.depth - index, self.stage(*index).k);
            own.hold_elements.iter().filter(|number| **number <= k).map(|number| (at, number - 1)).collect::<Vec<_>>()
        };
        stages.flat_map(of_stage).collect()
    }

    /// Innermost first; what a reduced stage does not have cannot be trained, held or not. What no gradient reaches is
    /// held too: the prior alone would draw it to nothing.
    fn held(&self, model: &Model) -> Vec<(usize, Group)> {
        let stages = self.stages.iter().rev().filter(|(index, _)| self.has(**index));
        let written =
            stages.flat_map(|(index, own)| own.hold.iter().map(move |group| (self.model.depth - index, *group)));
        let mut held: Vec<_> = written.collect();
        held.extend(model.f.unreached().into_iter().filter(|group| !held.contains(group)).collect::<Vec<_>>());
        held
    }
}

/// Rows of the shape, or the one row or column of a block that has no more.
fn fits(rows: &[Vec<f64>], [count, width]: [usize; 2]) -> bool {
    let matrix = rows.len() == count && rows.iter().all(|row| row.len() == width);
    matrix || matches!(rows, [only] if width == 1 && only.len() == count)
}

fn misshapen(name: &str, rows: &[Vec<f64>], [count, width]: [usize; 2]) -> String {
    let given = (rows.len(), rows.first().map_or(0, Vec::len));
    let (is, must) = match &name[name.len() - 1..] {
        "a" => (format!("{} × {}", given.0, given.1), format!("{count} × {width} (K × outputs)")),
        "b" => (format!("{} × {}", given.0, given.1), format!("{count} × {width} (inputs × K)")),
        "c" => (format!("of length {}", given.1), format!("of length {width} (K)")),
        _ => (format!("of length {}", given.1), format!("of length {width} (outputs)")),
    };
    format!("{name} is {is}; it must be {must}")
}

/// The setting that a sentence of `Model::check` is about: it begins with its key, or with its stage.
fn blame(sentence: &str) -> Path {
    let name = sentence.split([' ', ':']).next().unwrap_or("");
    let own = |suffix: &str| Path::full(&format!("{name}{suffix}"));
    Path::full(name).or_else(|_| own(".width")).or_else(|_| own(".kind")).unwrap_or_else(|_| known("model.depth"))
}

/// A path that the table has.
fn known(name: &str) -> Path {
    Path::full(name).expect("the table has this key")
}
