//! `fnexplore open`: a network that Python has trained, as functions. Knows no tensor.

use super::{End, OpenNetwork, explore};
use crate::files::{read_capped, read_confined};
use crate::model::Activation;
use crate::preset::{Change, LikelihoodKind, Origin, Preset, Settings, Source, load};
use crate::run::{Placed, Told, network};
use crate::text::{Clean, Problem, nearest};
use std::io::Write;
use std::path::Path;

/// The most bytes of the file, and of the table under it.
const TENSORS: u64 = 256 << 20;
const TABLE: u64 = 64 << 20;

pub(super) fn open(args: &OpenNetwork) -> Result<(), End> {
    let source = preset(args)?;
    if args.toml {
        let mut out = std::io::stdout().lock();
        out.write_all(source.text.as_bytes())?;
        out.flush()?;
        return Ok(());
    }
    explore::show(source, &args.look)
}

fn bad(why: &str) -> End {
    End::Bad(vec![Problem::new(why)])
}

/// The network's preset, with its table under it.
fn preset(args: &OpenNetwork) -> Result<Source, End> {
    let told = Told {
        sigma: sigma(&args.activation)?,
        map: args.map.iter().map(|map| placed(map)).collect::<Result<_, _>>()?,
    };
    let shown = Clean::from(&*args.model.to_string_lossy());
    let bytes = read_capped(&args.model, TENSORS).map_err(|why| bad(&format!("{shown}: {why}")))?;
    let network = network(&bytes, &told)
        .map_err(|all| End::Bad(all.iter().map(|why| Problem::new(&format!("{shown}: {why}"))).collect()))?;
    let mut settings = network.settings;
    settings.steps = 2000;
    settings.title = Clean::new(&format!("{shown}: {} inputs, {} values", network.inputs, network.outputs), 160);
    settings.notes = notes(&network.told, args);
    settings.view.paused = true;
    settings.data.standardise = Some(false);
    match &args.data {
        None => bare(&mut settings, (network.inputs, network.outputs))?,
        Some(path) => data(&mut settings, path, args, (network.inputs, network.outputs))?,
    }
    let stem = args.model.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let text = Preset { name: Clean::new(&stem, 40), base: settings, variants: Vec::new() }.to_toml();
    let beside = args.data.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
    let name = Clean::new(&stem, 40);
    let mut preset = load(&name, &text, &|relative| read_confined(beside, relative, TABLE))?;
    for set in &args.set {
        let change = Change::parse(set).map_err(|why| bad(&format!("--set {}: {why}", Clean::excerpt(set))))?;
        let changed = preset.change(0, &change).map_err(|why| End::Bad(vec![why]))?;
        preset = changed.0;
    }
    Ok(Source::of(preset))
}

fn notes(layers: &[String], args: &OpenNetwork) -> Vec<Clean> {
    let mut lines = vec![
        Clean::new(
            &format!("This is the network of the file, exactly; \u{3c3} is taken to be {}.", args.activation),
            200,
        ),
        Clean::from(
            "Select an f\u{207d}\u{2071}\u{207e} with < and >. x takes it away, X puts a draw of its prior there; space trains on.",
        ),
        Clean::from("---"),
    ];
    lines.extend(layers.iter().take(100).map(|line| Clean::new(line, 200)));
    lines
}

/// Without a table: the function alone.
fn bare(settings: &mut Settings, (inputs, outputs): (usize, usize)) -> Result<(), End> {
    if inputs > 64 {
        return Err(bad(&format!("the network has {inputs} inputs: say with --data which points to look at")));
    }
    settings.data.origin = Origin::Nothing;
    settings.data.columns = inputs;
    if outputs > 1 {
        if outputs > 64 {
            return Err(bad(&format!("the network has {outputs} values: at most 64 classes are shown")));
        }
        classes(settings, outputs);
    }
    Ok(())
}

fn classes(settings: &mut Settings, outputs: usize) {
    settings.likelihood.kind = LikelihoodKind::Categorical;
    settings.likelihood.classes = crate::preset::Classes::Of(outputs);
}

/// A table's columns: those that are named, else its first ones as X and its last ones as y.
fn data(
    settings: &mut Settings,
    path: &Path,
    args: &OpenNetwork,
    (inputs, outputs): (usize, usize),
) -> Result<(), End> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let bytes =
        read_capped(path, TABLE).map_err(|why| bad(&format!("{}: {why}", Clean::excerpt(&path.to_string_lossy()))))?;
    let names = crate::data::csv::names(&Clean::from(name.as_str()), &bytes)?;
    let list = |given: &[String]| given.iter().map(|name| Clean::from(name.as_str())).collect::<Vec<_>>();
    settings.data.origin = Origin::Csv(Clean::from(name.as_str()));
    settings.data.inputs =
        if args.inputs.is_empty() { names.iter().take(inputs).cloned().collect() } else { list(&args.inputs) };
    let rest: Vec<Clean> = names.iter().filter(|name| !settings.data.inputs.contains(name)).cloned().collect();
    let one_class = args.outputs.len() == 1 || rest.len() < outputs;
    let wanted = if one_class { 1 } else { outputs };
    settings.data.outputs =
        if args.outputs.is_empty() { rest[rest.len().saturating_sub(wanted)..].to_vec() } else { list(&args.outputs) };
    if settings.data.inputs.len() != inputs {
        let sentence =
            format!("the network has {inputs} inputs; {} columns of {name} are X", settings.data.inputs.len());
        return Err(bad(&sentence));
    }
    if outputs > 1 && settings.data.outputs.len() == 1 {
        classes(settings, outputs);
    } else if settings.data.outputs.len() != outputs {
        let sentence =
            format!("the network gives {outputs} values; {} columns of {name} are y", settings.data.outputs.len());
        return Err(bad(&sentence));
    }
    Ok(())
}

fn sigma(name: &str) -> Result<Activation, End> {
    let known = Activation::ALL.into_iter().find(|sigma| sigma.name() == name);
    known.ok_or_else(|| {
        let names = Activation::ALL.map(Activation::name);
        let near = nearest(name, names).map_or(String::new(), |near| format!("; nearest: {near}"));
        bad(&format!("--activation \"{}\" is none of {}{near}", Clean::excerpt(name), names.join(", ")))
    })
}

/// `NAME=2` or `NAME=skip`.
fn placed(map: &str) -> Result<(String, Placed), End> {
    let parsed = map.rsplit_once('=').and_then(|(name, place)| match place {
        "skip" => Some((name.to_owned(), Placed::Skip)),
        number => {
            number.parse().ok().filter(|number| *number > 0).map(|number| (name.to_owned(), Placed::Layer(number)))
        }
    });
    parsed.ok_or_else(|| {
        bad(&format!("--map {}: it is NAME=NUMBER, the linear layer from 1, or NAME=skip", Clean::excerpt(map)))
    })
}
