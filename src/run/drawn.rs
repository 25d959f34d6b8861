//! A sampler's draws as a safetensors file: the coefficients' tensors with a chain's and a draw's index before their own. Knows
//! no path.

use super::Snapshot;
use crate::bayes::{Belief, Draws, Told};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;
use std::collections::HashMap;

/// The draws that count: `f3.b` and so on of shape chains × draws × that of the block, `log_density` and `energy` (F64) and
/// `diverging` (U8) of shape chains × draws; chains that go on are cut to the shortest. None where nothing was drawn.
///
/// # Panics
/// Never: shapes and bytes come from one layout.
#[must_use]
pub fn drawn_tensors(run: &Snapshot, preset: &str) -> Option<Vec<u8>> {
    let Belief::Draws(draws) = &run.belief else { return None };
    let (chains, count, layout) = (draws.chains.len(), draws.per_chain(), draws.model.layout());
    let mut all: Vec<(String, Vec<usize>, Dtype, Vec<u8>)> = layout
        .blocks
        .iter()
        .map(|block| {
            let shape = [vec![chains, count], block.tensor_shape()].concat();
            let bytes = bytes(draws, count, &|theta, _| theta[block.at.clone()].to_vec());
            (block.name.clone(), shape, Dtype::F64, bytes)
        })
        .collect();
    let mut told = |name: &str, of: fn(&Told) -> f64| {
        all.push((name.to_owned(), vec![chains, count], Dtype::F64, bytes(draws, count, &|_, told| vec![of(told)])));
    };
    told("log_density", Told::log_density);
    told("energy", |told| told.energy);
    let diverging = kept(draws, count).map(|(_, told)| u8::from(told.diverging)).collect();
    all.push(("diverging".to_owned(), vec![chains, count], Dtype::U8, diverging));
    let views = all.iter().map(|(name, shape, dtype, bytes)| {
        (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).expect("the bytes fill the shape"))
    });
    let about = json!({
        "format": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "variant": run.name.as_str(),
        "seed": run.experiment.seed,
        "chains": chains,
        "draws": count,
        "preset": preset,
    });
    let metadata = HashMap::from([("fnexplore".to_owned(), about.to_string())]);
    Some(safetensors::serialize(views, Some(metadata)).expect("names are unique and shapes are right"))
}

/// As many of every chain.
fn kept(draws: &Draws, count: usize) -> impl Iterator<Item = (&[f64], &Told)> {
    draws.chains.iter().flat_map(move |chain| chain.samples().take(count))
}

fn bytes(draws: &Draws, count: usize, of: &dyn Fn(&[f64], &Told) -> Vec<f64>) -> Vec<u8> {
    kept(draws, count).flat_map(|(theta, told)| of(theta, told)).flat_map(f64::to_le_bytes).collect()
}
