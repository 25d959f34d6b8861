//! A network that another program has trained, as a composition: tensors by their usual names, exactly the same function.
//! Knows no path and no data.
//!
//! A multilayer perceptron of weights `W₀`, …, `W_L` and biases `β₀`, …, `β_L` is a plain reduced composition: f⁽ᴸ⁾ has b = W₀, c = β₀,
//! a = W₁, d = β₁, every further f⁽ⁱ⁾ the next pair as its a and d. A residual one of blocks u + σ(u V + ν) W + ω is a residual
//! composition of full f⁽ⁱ⁾, b = V, c = ν, a = W, d = ω, with its first and last layer as lift and readout.

mod layers;
mod names;

pub use names::Placed;

use crate::linalg::least_squares;
use crate::model::{Activation, Architecture, Form, Lift, Readout};
use crate::preset::{BranchScale, DEEPEST, Settings, StageSettings};
use layers::{Layer, layers};
use ndarray::{Array1, Array2, Axis};

/// The most elements of a stage, and the widest stream.
const WIDEST: usize = 1024;

/// What a file of tensors does not say.
#[derive(Clone, Debug)]
pub struct Told {
    /// σ.
    pub sigma: Activation,
    /// Where tensors of other names belong: the beginning of their names, and which linear layer they are, from 1.
    pub map: Vec<(String, Placed)>,
}

/// A network read: settings whose starting values are its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Model and starting values; all else is default.
    pub settings: Settings,
    /// Columns of X.
    pub inputs: usize,
    /// Values of f.
    pub outputs: usize,
    /// What became of which layer, a sentence each.
    pub told: Vec<String>,
}

/// The network in a safetensors file.
///
/// # Errors
/// Every tensor that does not fit, and why.
pub fn network(bytes: &[u8], told: &Told) -> Result<Network, Vec<String>> {
    let all = layers(bytes, &told.map)?;
    let one = |why: String| vec![why];
    let network = if all.iter().any(|layer| layer.block.is_some()) {
        residual(all, told.sigma).map_err(one)?
    } else {
        plain(all, told.sigma).map_err(one)?
    };
    Ok(network)
}

/// The rows of a matrix.
fn rows(matrix: &Array2<f64>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}

fn given(b: Option<(&Array2<f64>, &Array1<f64>)>, a: &Array2<f64>, d: &Array1<f64>) -> [Option<Vec<Vec<f64>>>; 4] {
    let row = |vector: &Array1<f64>| vec![vector.to_vec()];
    let (b, c) = b.map_or((None, None), |(b, c)| (Some(rows(b)), Some(row(c))));
    [Some(rows(a)), b, c, Some(row(d))]
}

/// That a stage may be so wide.
fn bounded(layer: &Layer) -> Result<(), String> {
    let widest = layer.w.ncols().max(layer.w.nrows());
    if widest > WIDEST {
        return Err(format!("{} is {} × {}: at most {WIDEST} are drawn", layer.name, layer.w.nrows(), layer.w.ncols()));
    }
    Ok(())
}

/// That what leaves a layer enters the next.
fn chained(layers: &[Layer]) -> Result<(), String> {
    for pair in layers.windows(2) {
        let (out, into) = (pair[0].w.ncols(), pair[1].w.nrows());
        if out != into {
            return Err(format!(
                "{} gives {out} numbers, and {}, which follows it, takes {into}: they are not in this order, or no chain of \
                 linear layers; --map NAME=NUMBER says which layer a tensor is",
                pair[0].name, pair[1].name
            ));
        }
    }
    Ok(())
}

fn plain(layers: Vec<Layer>, sigma: Activation) -> Result<Network, String> {
    chained(&layers)?;
    let [first, second, ..] = &layers[..] else {
        let name = layers.first().map_or("the file", |layer| &layer.name);
        return Err(format!("{name} is the only linear layer: without a hidden one there is no f⁽ⁱ⁾ to see"));
    };
    let depth = layers.len() - 1;
    if depth > DEEPEST {
        return Err(format!("the network has {depth} hidden layers; at most {DEEPEST} are composed"));
    }
    layers.iter().try_for_each(bounded)?;
    let mut settings = Settings::default();
    (settings.model.depth, settings.model.sigma, settings.model.form) = (depth, sigma, Form::Reduced);
    let mut told = vec![format!("f{depth}: b, c from {}; a, d from {}", first.name, second.name)];
    let stage = |k: usize, given| StageSettings { k: Some(k), given, ..StageSettings::default() };
    let own = given(Some((&first.w, &first.bias)), &second.w, &second.bias);
    settings.stages.insert(depth, stage(first.w.ncols(), own));
    for (at, layer) in layers.iter().enumerate().skip(2) {
        let index = depth + 1 - at;
        told.push(format!("f{index}: a, d from {}", layer.name));
        settings.stages.insert(index, stage(layer.w.nrows(), given(None, &layer.w, &layer.bias)));
    }
    let (inputs, outputs) = (first.w.nrows(), layers[depth].w.ncols());
    Ok(Network { settings, inputs, outputs, told })
}

/// The ends of a residual stream and its blocks, two layers each.
struct Stream {
    lift: Option<Layer>,
    blocks: Vec<[Layer; 2]>,
    readout: Option<Layer>,
}

fn stream(layers: Vec<Layer>) -> Result<Stream, String> {
    let (mut loose, mut blocks): (Vec<Layer>, Vec<Vec<Layer>>) = (Vec::new(), Vec::new());
    for layer in layers {
        match (&layer.block, blocks.last_mut()) {
            (None, _) => loose.push(layer),
            (Some(block), Some(last)) if last[0].block.as_ref() == Some(block) => last.push(layer),
            (Some(_), _) => blocks.push(vec![layer]),
        }
    }
    let paired = |block: Vec<Layer>| {
        let count = block.len();
        let name = block[0].block.clone().unwrap_or_default();
        <[Layer; 2]>::try_from(block).map_err(|_| format!("{name} has {count} linear layers; a residual f⁽ⁱ⁾ has two"))
    };
    let blocks: Vec<[Layer; 2]> = blocks.into_iter().map(paired).collect::<Result<_, _>>()?;
    let width = blocks[0][0].w.nrows();
    for [one, other] in &blocks {
        let path = [width, one.w.nrows(), one.w.ncols(), other.w.nrows(), other.w.ncols()];
        if path[1] != width || path[2] != path[3] || path[4] != width {
            return Err(format!(
                "{} and {} lead from {} numbers over {} and {} to {}: a block of this stream leads from {width} to {width}",
                one.name, other.name, path[1], path[2], path[3], path[4]
            ));
        }
    }
    let (mut lift, mut readout) = (None, None);
    for layer in loose {
        let enters = layer.w.ncols() == width && (layer.is_first || (layer.w.nrows() != width && !layer.is_last));
        let place = if enters { &mut lift } else { &mut readout };
        if let Some(other) = place.replace(layer.clone()) {
            return Err(format!("{} and {} are both outside the blocks, at one end of them", other.name, layer.name));
        }
    }
    Ok(Stream { lift, blocks, readout })
}

fn residual(layers: Vec<Layer>, sigma: Activation) -> Result<Network, String> {
    layers.iter().try_for_each(bounded)?;
    let Stream { lift, mut blocks, readout } = stream(layers)?;
    let (width, depth) = (blocks[0][0].w.nrows(), blocks.len());
    if depth > DEEPEST {
        return Err(format!("the network has {depth} blocks; at most {DEEPEST} are composed"));
    }
    let mut settings = Settings::default();
    (settings.model.depth, settings.model.sigma) = (depth, sigma);
    (settings.model.architecture, settings.model.branch_scale) = (Architecture::Residual, BranchScale::Of(1.0));
    let (mut inputs, mut outputs, mut told) = (width, width, Vec::new());
    if let Some(layer) = &lift {
        inputs = layer.w.nrows();
        differs(layer, inputs, width)?;
        (settings.model.lift, settings.model.width) = (Lift::Linear, Some(width));
        settings.model.lift_start = Some(rows(&layer.w));
        // u + β enters the first block: c takes β V, and d gives the stream its β.
        let first = &mut blocks[0];
        let shift = layer.bias.dot(&first[0].w);
        first[0].bias += &shift;
        first[1].bias += &layer.bias;
        told.push(format!("lift: {}, its bias in c and d of f{depth}", layer.name));
    }
    if let Some(layer) = &readout {
        outputs = layer.w.ncols();
        differs(layer, width, outputs)?;
        (settings.model.readout, settings.model.width) = (Readout::Linear, Some(width));
        settings.model.readout_start = Some(rows(&layer.w));
        let last = blocks.last_mut().expect("a stream has a block");
        last[1].bias += &behind(layer)?;
        told.push(format!("readout: {}, its bias in d of f1", layer.name));
    }
    for (at, [one, other]) in blocks.iter().enumerate() {
        let index = depth - at;
        let own = given(Some((&one.w, &one.bias)), &other.w, &other.bias);
        settings.stages.insert(index, StageSettings { k: Some(one.w.ncols()), given: own, ..StageSettings::default() });
        told.push(format!("f{index}: b, c from {}; a, d from {}", one.name, other.name));
    }
    Ok(Network { settings, inputs, outputs, told })
}

/// A lift or a readout stands only where dimensions differ.
fn differs(layer: &Layer, from: usize, to: usize) -> Result<(), String> {
    let name = &layer.name;
    if from == to {
        return Err(format!(
            "{name} leads from {from} numbers to {to}: a lift or readout stands only where they differ"
        ));
    }
    Ok(())
}

/// δ with δ R = ρ, the readout's bias: what d of the last block has to give for it.
fn behind(layer: &Layer) -> Result<Array1<f64>, String> {
    let (r, bias) = (&layer.w, layer.bias.clone().insert_axis(Axis(1)));
    let solved = least_squares(r.t().dot(r).view(), bias.view());
    let delta = solved.map(|v| r.dot(&v).remove_axis(Axis(1)));
    let size = layer.bias.iter().fold(1.0_f64, |size, value| size.max(value.abs()));
    delta
        .filter(|delta| (delta.dot(r) - &layer.bias).iter().all(|error| error.abs() < 1e-12 * size))
        .ok_or_else(|| format!("the bias of {} cannot be taken through its weight into d of f1", layer.name))
}
