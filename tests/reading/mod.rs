//! Numbers and words out of the JSON of `tests/fixtures/`. Knows no topic.

use ndarray::Array2;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|wrong| panic!("{value}: {wrong}"))
}

/// The numbers of nested lists, row-major.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(entries) => entries.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().expect("a number")],
    }
}

pub fn matrix(value: &Value) -> Array2<f64> {
    let rows = value.as_array().expect("rows").len();
    let all = numbers(value);
    Array2::from_shape_vec((rows, all.len() / rows), all).expect("rows of one length")
}
