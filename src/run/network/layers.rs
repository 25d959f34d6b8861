//! The linear layers in a file of tensors, in the order in which x passes them. Knows no composition.

use super::names::{Lies, Part, Placed, block, is_first, is_last, order, taken_apart};
use crate::run::tensors::parts;
use ndarray::{Array1, Array2};
use safetensors::tensor::{Dtype, TensorInfo};
use std::collections::BTreeMap;

/// Bytes of the largest file: some eight layers of the widest kind, in 64 bits.
const MOST: u64 = 256 << 20;
/// The most problems listed; the others are counted.
const LISTED: usize = 20;

/// One linear layer: u W + β.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// Its tensors' name without their last word.
    pub name: String,
    /// in × out.
    pub w: Array2<f64>,
    /// As many as `w` has columns; zeros where the file has none.
    pub bias: Array1<f64>,
    /// The block of a residual stream that it belongs to.
    pub block: Option<String>,
    /// Whether its name says that it comes before all others, or after them.
    pub is_first: bool,
    /// See `is_first`.
    pub is_last: bool,
}

/// What was found of one layer.
#[derive(Default)]
struct Found<'a> {
    number: Option<usize>,
    weight: Option<(&'a str, &'a TensorInfo, Lies)>,
    bias: Option<(&'a str, &'a TensorInfo)>,
}

/// All layers of a file.
pub(super) fn layers(bytes: &[u8], map: &[(String, Placed)]) -> Result<Vec<Layer>, Vec<String>> {
    let (header, data) = parts(bytes, MOST).map_err(|why| vec![why])?;
    let tensors = header.tensors();
    let names: BTreeMap<&str, &TensorInfo> = tensors.iter().map(|(name, info)| (name.as_str(), *info)).collect();
    let (mut found, mut wrong) = (BTreeMap::<&str, Found>::new(), Vec::new());
    for (name, info) in names {
        let placed = map.iter().find(|(begins, _)| name.starts_with(begins.as_str())).map(|(_, placed)| *placed);
        if placed == Some(Placed::Skip) {
            continue;
        }
        let Some((layer, part)) = taken_apart(name) else {
            wrong.push(format!(
                "{name}, of shape {:?}, is neither weight, kernel nor bias of a linear layer; leave it out with --map {name}=skip \
                 if the function does not need it",
                info.shape
            ));
            continue;
        };
        let entry = found.entry(layer).or_default();
        if let Some(Placed::Layer(number)) = placed {
            entry.number = Some(number);
        }
        match part {
            Part::Weight(lies) => entry.weight = Some((name, info, lies)),
            Part::Bias => entry.bias = Some((name, info)),
        }
    }
    let mut read = Vec::new();
    for (name, found) in found {
        match layer(name, &found, data) {
            Ok(layer) => read.push((found.number, layer)),
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() && read.is_empty() {
        wrong.push("the file has no tensor".to_owned());
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(LISTED);
        wrong.truncate(LISTED);
        wrong.extend((more > 0).then(|| format!("and {more} more")));
        return Err(wrong);
    }
    // Those that were given numbers stand by them, the others by their names behind.
    read.sort_by(|(one, left), (other, right)| {
        let number = |number: &Option<usize>| number.unwrap_or(usize::MAX);
        number(one).cmp(&number(other)).then_with(|| order(&left.name, &right.name))
    });
    Ok(read.into_iter().map(|(_, layer)| layer).collect())
}

fn layer(name: &str, found: &Found<'_>, data: &[u8]) -> Result<Layer, String> {
    let Some((weight, info, lies)) = found.weight else {
        let bias = found.bias.map_or(name, |(bias, _)| bias);
        return Err(format!("{bias} has no weight beside it: a bias alone is no linear layer"));
    };
    let [rows, columns] = info.shape[..] else {
        return Err(format!("{weight} has shape {:?}; the weight of a linear layer has two sides", info.shape));
    };
    let values = numbers(weight, info, data)?;
    let stored = Array2::from_shape_vec((rows, columns), values).map_err(|why| format!("{weight}: {why}"))?;
    let w = match lies {
        Lies::InOut => stored,
        Lies::OutIn => stored.t().as_standard_layout().into_owned(),
    };
    if w.is_empty() {
        return Err(format!("{weight} has shape {:?}: nothing passes it", info.shape));
    }
    let bias = match found.bias {
        None => Array1::zeros(w.ncols()),
        Some((bias, info)) if info.shape.iter().product::<usize>() == w.ncols() && info.shape.len() <= 2 => {
            Array1::from_vec(numbers(bias, info, data)?)
        }
        Some((bias, other)) => {
            return Err(format!(
                "{bias} has shape {:?}; {weight}, of shape {:?}, gives {} numbers",
                other.shape,
                info.shape,
                w.ncols()
            ));
        }
    };
    Ok(Layer {
        name: if name.is_empty() { weight.to_owned() } else { name.to_owned() },
        w,
        bias,
        block: block(name),
        is_first: is_first(name),
        is_last: is_last(name),
    })
}

/// The numbers of a tensor, all finite, in 64 bits.
fn numbers(name: &str, info: &TensorInfo, data: &[u8]) -> Result<Vec<f64>, String> {
    let bytes = data.get(info.data_offsets.0..info.data_offsets.1).unwrap_or_default();
    let values: Vec<f64> = match info.dtype {
        Dtype::F64 => chunks(bytes, f64::from_le_bytes),
        Dtype::F32 => chunks(bytes, |four| f64::from(f32::from_le_bytes(four))),
        Dtype::BF16 => chunks(bytes, |[low, high]| f64::from(f32::from_le_bytes([0, 0, low, high]))),
        other => return Err(format!("{name} has type {other:?}; F64, F32 and BF16 are read")),
    };
    if values.len() != info.shape.iter().product::<usize>() {
        return Err(format!("{name} has {} numbers; its shape {:?} promises others", values.len(), info.shape));
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(format!("{name}: number {at} of it is {}; all must be finite", values[at])),
        None => Ok(values),
    }
}

fn chunks<const N: usize>(bytes: &[u8], read: fn([u8; N]) -> f64) -> Vec<f64> {
    bytes.chunks_exact(N).map(|chunk| read(chunk.try_into().expect("chunks have that length"))).collect()
}
