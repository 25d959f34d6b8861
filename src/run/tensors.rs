//! θ as a safetensors file: one tensor a block, readable from Python in one line. Knows no path.

use super::Snapshot;
use crate::data::{Column, Dataset};
use crate::model::{Block, Coefficients, Group, Layout, Model};
use crate::text::{Clean, nearest};
use safetensors::tensor::{Dtype, Metadata, TensorInfo, TensorView};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// What a file may hold besides the coefficients: names, shapes, and the preset in its metadata.
const ROOM: u64 = 8 << 20;
/// The most problems listed; the others are counted.
const LISTED: usize = 20;

/// The mode's coefficients, F64 and row-major, named `f3.b`, `f3.c`, `f3.a`, `f3.d`, `lift`, `readout`,
/// `likelihood.log_scale`; in standardised coordinates. The metadata's one entry `fnexplore` is JSON with the preset, the
/// seed, the step, and the means and standard deviations of standardising: one entry, because their order is not kept.
///
/// # Panics
/// Never: shapes and bytes come from one layout.
#[must_use]
pub fn tensors(run: &Snapshot, preset: &str) -> Vec<u8> {
    let mode = run.belief.mode();
    let layout = mode.layout();
    let bytes: Vec<Vec<u8>> = layout
        .blocks
        .iter()
        .map(|block| mode.block(block).iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let views = layout.blocks.iter().zip(&bytes).map(|(block, bytes)| {
        let view = TensorView::new(Dtype::F64, block.tensor_shape(), bytes).expect("a block's bytes fill its shape");
        (block.name.as_str(), view)
    });
    let columns = |columns: &[Column]| {
        columns.iter().map(|c| json!({"name": c.name.as_str(), "mean": c.mean, "sd": c.sd})).collect::<Vec<_>>()
    };
    let about = json!({
        "format": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "variant": run.name.as_str(),
        "seed": run.experiment.seed,
        "step": run.step,
        "inputs": columns(&run.data.inputs),
        "outputs": columns(&run.data.outputs),
        "preset": preset,
    });
    let metadata = HashMap::from([("fnexplore".to_owned(), about.to_string())]);
    safetensors::serialize(views, Some(metadata)).expect("names are unique and shapes are right")
}

/// Bytes of the largest file with coefficients of `model` that is read.
#[must_use]
pub fn most_bytes(model: &Model) -> u64 {
    (8 * model.layout().len() as u64).saturating_add(ROOM)
}

/// The coefficients of `model` in a safetensors file: a tensor for every block, of its name and shape, in F64 or in F32,
/// which F64 holds exactly. A vector may also be a row, (1, K). Metadata are not needed and not looked at.
///
/// Any bytes are answered: with θ, every number of it finite, or with sentences.
///
/// # Errors
/// All that is wrong, each a sentence with the tensor, what was found and what is expected; at most 20 are listed and the
/// others counted.
///
/// # Panics
/// Never: θ is filled by its layout.
pub fn read_tensors(bytes: &[u8], model: &Arc<Model>) -> Result<Coefficients, Vec<String>> {
    let (header, data) = parts(bytes, most_bytes(model)).map_err(|why| vec![why])?;
    let tensors = header.tensors();
    let layout = model.layout();
    let mut unknown: Vec<&str> =
        tensors.keys().map(String::as_str).filter(|name| find(&layout, name).is_none()).collect();
    unknown.sort_unstable();
    let mut theta = vec![0.0; layout.len()];
    let mut wrong = Vec::new();
    for block in &layout.blocks {
        let read = match tensors.get(&block.name) {
            None => Err(missing(block, &unknown, &tensors)),
            Some(info) => fill(block, info, data, &mut theta[block.at.clone()]),
        };
        wrong.extend(read.err());
    }
    let count = wrong.len() + unknown.len();
    if count == 0 {
        return Ok(Coefficients::new(model.clone(), theta).expect("one value a coordinate"));
    }
    // Only as many sentences as are listed: a file may name very many tensors.
    wrong.truncate(LISTED);
    let room = LISTED - wrong.len();
    wrong.extend(unknown.into_iter().take(room).map(|name| not_of_this_model(name, &layout, &tensors)));
    if count > LISTED {
        wrong.push(format!("and {} more", count - LISTED));
    }
    Err(wrong)
}

/// What the file's metadata say of standardising.
#[derive(Deserialize)]
struct Coordinates {
    inputs: Vec<Standardised>,
    outputs: Vec<Standardised>,
}

#[derive(Deserialize)]
struct Standardised {
    mean: f64,
    sd: f64,
}

/// Why the coefficients in a file of this program mean another function on `data`: a sentence, if its metadata tell of
/// columns standardised by other means and deviations. A file without metadata says nothing.
#[must_use]
pub fn other_coordinates(bytes: &[u8], data: &Dataset) -> Option<String> {
    let (header, _) = parts(bytes, u64::MAX).ok()?;
    let about: Coordinates = serde_json::from_str(header.metadata().as_ref()?.get("fnexplore")?).ok()?;
    let columns = data.inputs.iter().zip(&about.inputs).chain(data.outputs.iter().zip(&about.outputs));
    let differs = |(here, there): &(&Column, &Standardised)| {
        let far = |here: f64, there: f64, unit: f64| (here - there).abs() > 1e-9 * unit.abs();
        far(here.mean, there.mean, here.sd) || far(here.sd, there.sd, here.sd)
    };
    let (here, there) = columns.into_iter().find(differs)?;
    Some(format!(
        "these coefficients were learned with {} standardised by mean {} and sd {}; here they are {} and {}: another \
         seed, split or table",
        here.name, there.mean, there.sd, here.mean, here.sd
    ))
}

/// The header and the tensors' bytes, which it covers exactly.
///
/// Taken apart here and not by `SafeTensors::deserialize`, whose sum of sizes overflows on a header made for it.
pub(super) fn parts(bytes: &[u8], most: u64) -> Result<(Metadata, &[u8]), String> {
    if bytes.len() as u64 > most {
        return Err(format!("the file has {} bytes; coefficients of this model need at most {most}", bytes.len()));
    }
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return Err(format!(
            "the file has {} bytes; a safetensors file has at least 8, its header's length",
            bytes.len()
        ));
    };
    let length = u64::from_le_bytes(*length);
    let Some((header, data)) = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length)) else {
        return Err(format!(
            "this is no safetensors file, or it is cut off: its first 8 bytes promise a header of {length} bytes, {} follow",
            rest.len()
        ));
    };
    if length > ROOM {
        return Err(format!("the header has {length} bytes; at most {ROOM} are read"));
    }
    let header: Metadata = serde_json::from_slice(header).map_err(|why| {
        format!("the header of the safetensors file is broken: {}", Clean::new(&why.to_string(), 200))
    })?;
    if header.data_len() != data.len() {
        let told = if header.data_len() > data.len() { "it is cut off" } else { "something was added to it" };
        return Err(format!(
            "the file does not end where its header says: the tensors have {} bytes, {} follow the header; {told}",
            header.data_len(),
            data.len()
        ));
    }
    Ok((header, data))
}

/// Reads one tensor into its block's part of θ.
fn fill(block: &Block, info: &TensorInfo, data: &[u8], values: &mut [f64]) -> Result<(), String> {
    if !has_shape(block, &info.shape) {
        let turned = matches!((&info.shape[..], block.shape), ([p, q], shape) if [*q, *p] == shape && is_matrix(block));
        // NumPy's `.T` is a view, and `safetensors.numpy` 0.8 writes a view's memory as it lies.
        let hint = if turned { "; is it transposed? save np.ascontiguousarray of its .T" } else { "" };
        return Err(format!("{} has shape {}; it must be {}{hint}", block.name, shown(&info.shape), expected(block)));
    }
    let bytes = data.get(info.data_offsets.0..info.data_offsets.1).unwrap_or_default();
    match info.dtype {
        Dtype::F64 => copy(bytes, values, f64::from_le_bytes),
        Dtype::F32 => copy(bytes, values, |four| f64::from(f32::from_le_bytes(four))),
        other => {
            return Err(format!(
                "{} has type {other:?} and shape {}; it must be F64 (or F32) of shape {}",
                block.name,
                shown(&info.shape),
                expected(block)
            ));
        }
    }
    let mut bad = values.iter().enumerate().filter(|(_, value)| !value.is_finite());
    let Some((first, value)) = bad.next() else { return Ok(()) };
    let others = match bad.count() {
        0 => String::new(),
        count => format!(" ({count} more of its values are not finite)"),
    };
    let columns = block.shape[1];
    let index = if is_matrix(block) { format!("{}, {}", first / columns, first % columns) } else { first.to_string() };
    Err(format!(
        "{}[{index}] is {value}, in a tensor of shape {}: every one of its {} values must be finite{others}",
        block.name,
        shown(&info.shape),
        values.len()
    ))
}

/// The numbers of a tensor of F64, whatever its shape.
pub(super) fn numbers(info: &TensorInfo, data: &[u8]) -> Option<Vec<f64>> {
    let bytes = data.get(info.data_offsets.0..info.data_offsets.1)?;
    (info.dtype == Dtype::F64).then(|| bytes.as_chunks().0.iter().copied().map(f64::from_le_bytes).collect())
}

/// Row-major numbers of `N` bytes each.
fn copy<const N: usize>(bytes: &[u8], values: &mut [f64], number: impl Fn([u8; N]) -> f64) {
    for (bytes, value) in bytes.as_chunks().0.iter().zip(values) {
        *value = number(*bytes);
    }
}

/// Its own shape, or that of a vector's one row.
fn has_shape(block: &Block, found: &[usize]) -> bool {
    found == block.tensor_shape() || (!is_matrix(block) && found == block.shape)
}

fn is_matrix(block: &Block) -> bool {
    block.tensor_shape().len() > 1
}

fn find<'a>(layout: &'a Layout, name: &str) -> Option<&'a Block> {
    layout.blocks.iter().find(|block| block.name == name)
}

/// A tensor that should be there; with an unknown one of the file that may be meant, looked for among the first of them.
fn missing(block: &Block, unknown: &[&str], tensors: &HashMap<String, &TensorInfo>) -> String {
    let near = nearest(&block.name, unknown.iter().take(4 * LISTED).copied())
        .map(|name| format!("; the file has \"{}\" of shape {}", Clean::excerpt(name), shown(&tensors[name].shape)));
    format!("{} is missing; it must be there, of shape {}{}", block.name, expected(block), near.unwrap_or_default())
}

/// A tensor that should not be there; with a missing one that may be meant.
fn not_of_this_model(name: &str, layout: &Layout, tensors: &HashMap<String, &TensorInfo>) -> String {
    let absent = layout.blocks.iter().map(|block| block.name.as_str()).filter(|name| !tensors.contains_key(*name));
    let near = nearest(name, absent).and_then(|near| find(layout, near));
    let told = near.map_or_else(
        || {
            let known = |block: &Block| format!("{} {}", block.name, shown(&block.tensor_shape()));
            let some: Vec<String> = layout.blocks.iter().take(12).map(known).collect();
            format!("the model has {}{}", some.join(", "), if layout.blocks.len() > some.len() { ", …" } else { "" })
        },
        |block| format!("is it {}, of shape {}?", block.name, expected(block)),
    );
    format!("\"{}\" is no tensor of this model; {told}", Clean::excerpt(name))
}

/// A block's shape and what its sides are.
fn expected(block: &Block) -> String {
    let sides = match block.group {
        Group::A => "K × outputs",
        Group::B => "inputs × K",
        Group::C => "K",
        Group::D => "outputs",
        Group::Lift => "inputs × stream",
        Group::Readout => "stream × outputs",
        Group::LogScale => "log s",
    };
    format!("{} ({sides})", shown(&block.tensor_shape()))
}

/// A shape as Python writes it.
fn shown(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().take(8).map(ToString::to_string).collect();
    match &sides[..] {
        [only] if shape.len() == 1 => format!("({only},)"),
        _ if shape.len() > sides.len() => format!("({}, …)", sides.join(", ")),
        _ => format!("({})", sides.join(", ")),
    }
}
