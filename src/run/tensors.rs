//! θ as a safetensors file: one tensor a block, readable from Python in one line. Knows no path.

use super::Snapshot;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;
use std::collections::HashMap;

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
    let columns = |columns: &[crate::data::Column]| {
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
