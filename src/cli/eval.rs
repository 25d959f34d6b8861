//! `fnexplore eval`: a preset's function at given points, and how it fits the training rows. Nothing is learned.

use super::evaluation::{Evaluation, Fit, Gradient, Values};
use super::{End, Eval, eprintln_quietly, open};
use crate::bayes::{LogDensity, Parts, Posterior, PriorDensity};
use crate::data::csv::{self, Inputs, Match};
use crate::data::{Column, Dataset};
use crate::engine::Engine;
use crate::files;
use crate::function::{Through, predicted, start, through};
use crate::model::Coefficients;
use crate::preset::{Experiment, MEMORY, Preset};
use crate::run::{most_bytes, other_coordinates, read_tensors};
use crate::seeds::Seeds;
use crate::text::{Clean, Problem, nearest};
use ndarray::{Array2, ArrayView2, Axis, s};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// Bytes of the tape on which points are looked at together.
const TAPE: u64 = 32 << 20;
/// The most points that are looked at together.
const TOGETHER: u64 = 4096;

pub(super) fn eval(args: &Eval) -> Result<(), End> {
    let preset = open::open(&args.what)?;
    let run = chosen(&preset, args.variant.as_deref()).map_err(|problem| vec![problem])?;
    let experiment = preset.experiment(run)?;
    let data = Dataset::draw(&experiment.data, Seeds(experiment.seed)).map_err(|why| vec![Problem::new(&why)])?;
    // Both files are read before either is refused: all problems at once.
    let (given, points) = match (given(args, &experiment, &data), points(args, &data)) {
        (Ok(given), Ok(points)) => (given, points),
        (given, points) => return Err(End::Bad([given.err(), points.err()].into_iter().flatten().flatten().collect())),
    };
    let f = given.f;
    let values =
        values(&f, &data, points.own.view(), points.standard.view()).map_err(|why| vec![Problem::new(&why)])?;
    let evaluation = Evaluation {
        preset: preset.name.to_string(),
        variant: preset.runs().swap_remove(run),
        seed: experiment.seed,
        coefficients: given.told,
        warning: given.warning,
        points: points.told,
        values,
        fit: fit(&f, data, args.gradient),
    };
    if let Some(warning) = &evaluation.warning {
        eprintln_quietly(&format!("{}: {warning}", evaluation.coefficients));
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    if args.json {
        serde_json::to_writer(&mut out, &evaluation).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        out.write_all(evaluation.table().as_bytes())?;
    }
    Ok(out.flush()?)
}

/// Which run is called so.
fn chosen(preset: &Preset, name: Option<&str>) -> Result<usize, Problem> {
    let Some(name) = name else { return Ok(0) };
    let runs = preset.runs();
    runs.iter().position(|run| run == name).ok_or_else(|| {
        let near = nearest(name, runs.iter().map(String::as_str));
        let near = near.map_or(".".to_owned(), |near| format!("; is it {near}?"));
        let (name, all) = (Clean::excerpt(name), runs.join(", "));
        Problem::new(&format!("--variant {name}: the preset has no such run{near} Its runs are {all}"))
    })
}

/// The function that is looked at.
struct Given {
    f: Coefficients,
    /// Where its coefficients come from, in words.
    told: String,
    warning: Option<String>,
}

/// θ from the file, or where training starts.
fn given(args: &Eval, experiment: &Experiment, data: &Dataset) -> Result<Given, Vec<Problem>> {
    let model = &experiment.model;
    let Some(path) = args.coefficients.as_deref() else {
        let theta = start(model, &experiment.start, Seeds(experiment.seed), 0);
        let f = Coefficients::new(model.clone(), theta).expect("θ has the model's layout");
        return Ok(Given { f, told: "where training starts".to_owned(), warning: None });
    };
    let bytes = files::read_capped(path, most_bytes(model)).map_err(|why| vec![Problem::new(&why)])?;
    let file = shown(path);
    let told = |sentence: &String| Problem::new(&format!("{file}: {sentence}"));
    let f = read_tensors(&bytes, model).map_err(|wrong| wrong.iter().map(told).collect::<Vec<_>>())?;
    Ok(Given { f, told: file.to_string(), warning: other_coordinates(&bytes, data) })
}

/// Where the function is looked at.
struct Points {
    /// In the data's own units.
    own: Array2<f64>,
    /// In the coordinates that θ lives in.
    standard: Array2<f64>,
    /// Which points these are, in words.
    told: String,
}

/// The points of the table, or the training rows.
fn points(args: &Eval, data: &Dataset) -> Result<Points, Vec<Problem>> {
    let Some(path) = args.at.as_deref() else {
        let (own, standard) = (data.own_x(&data.train), data.train.x.clone());
        let rows = if own.nrows() == 1 {
            "the one training row".to_owned()
        } else {
            format!("the {} training rows", own.nrows())
        };
        return Ok(Points { told: rows, own, standard });
    };
    let bytes = files::read_capped(path, csv::MOST_BYTES as u64).map_err(|why| vec![Problem::new(&why)])?;
    let names: Vec<Clean> = data.inputs.iter().map(|column| column.name.clone()).collect();
    let Inputs { x, matched } = Inputs::read(&shown(path), &bytes, &names)?;
    let told = format!("{}, {}", shown(path), how(&matched, &data.inputs));
    Ok(Points { standard: data.standard_x(x.view()), own: x, told })
}

/// How the columns were found, in words.
fn how(matched: &Match, inputs: &[Column]) -> String {
    let names: Vec<&str> = inputs.iter().map(|column| column.name.as_str()).collect();
    match matched {
        Match::Names => format!("columns by name: {}", names.join(", ")),
        Match::Order => format!("columns in order: {}", names.join(", ")),
        Match::OtherNames(header) => {
            let taken: Vec<String> = header.iter().zip(names).map(|(own, input)| format!("{own} as {input}")).collect();
            format!("columns in order: {}", taken.join(", "))
        }
    }
}

/// Every f⁽ⁱ⁾ and f at the points, a tape's length at a time: what is kept are the values.
fn values(
    f: &Coefficients,
    data: &Dataset,
    own: ArrayView2<'_, f64>,
    x: ArrayView2<'_, f64>,
) -> Result<Values, String> {
    let rows = x.nrows();
    let row = (f.model.bytes(1) - f.model.bytes(0)).max(1);
    let together = usize::try_from((TAPE / row).clamp(1, TOGETHER)).expect("a small number");
    let mut part = through(f, x.slice(s![..together.min(rows), ..]));
    let columns =
        |part: &Through| part.f.ncols() + part.stages.iter().map(|s| s.output.ncols() + s.after.ncols()).sum::<usize>();
    let need = 8 * (rows as u64).saturating_mul((columns(&part) + x.ncols()) as u64);
    if need > MEMORY {
        return Err(format!(
            "the values at {rows} points need about {} MiB; the limit is {} MiB: look at fewer points at a time",
            need >> 20,
            MEMORY >> 20
        ));
    }
    let mut values = Values::new(own, &part, rows);
    for (at, x) in x.axis_chunks_iter(Axis(0), together).enumerate() {
        if at > 0 {
            part = through(f, x);
        }
        values.put(at * together, &part);
    }
    let likelihood = f.model.likelihood;
    values.predicted = likelihood.has_link().then(|| predicted(likelihood, values.f.view()));
    values.f = data.own_outputs(values.f.view());
    Ok(values)
}

/// Loss and densities on the training rows. No block is held here: the gradient is whole.
fn fit(f: &Coefficients, data: Dataset, gradient: bool) -> Fit {
    let (model, theta) = (&f.model, &f.theta[..]);
    let mut posterior = Posterior::new(model, Engine::<f64>::new(model.clone(), Arc::new(data)), Vec::new());
    let mut slopes = vec![0.0; theta.len()];
    // Without its gradient first: that may overflow where the density does not.
    let parts = posterior.at(theta, None);
    let whole = if gradient { posterior.at(theta, Some(&mut slopes)).map(Some) } else { Ok(None) };
    let or = |part: fn(&Parts) -> f64| parts.as_ref().map_or(f64::NAN, part);
    Fit {
        loss: or(|parts| parts.loss),
        // Without rows the sum is −0.
        log_likelihood: or(|parts| parts.likelihood) + 0.0,
        log_prior: PriorDensity::new(model).at(theta, None),
        log_posterior: or(Parts::log_posterior),
        gradient: matches!(whole, Ok(Some(_))).then(|| Gradient::new(f.layout(), slopes)),
        not_finite: parts.err().or(whole.err()).map(|why| why.block),
    }
}

fn shown(path: &Path) -> Clean {
    Clean::excerpt(&path.to_string_lossy())
}
