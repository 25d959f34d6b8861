//! What other programs call the tensors of a linear layer, and in which order they come. Knows no number.

use std::cmp::Ordering;

/// How a weight lies in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lies {
    /// A row an output, as `PyTorch` has it.
    OutIn,
    /// A row an input, as Flax has it.
    InOut,
}

/// What a tensor is to its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The matrix.
    Weight(Lies),
    /// The vector that is added.
    Bias,
}

/// The last word of a tensor's name.
const PARTS: [(&str, Part); 5] = [
    ("weight", Part::Weight(Lies::OutIn)),
    ("kernel", Part::Weight(Lies::InOut)),
    ("w", Part::Weight(Lies::InOut)),
    ("bias", Part::Bias),
    ("b", Part::Bias),
];
/// Words of layers that come before all numbered ones, and after them.
const FIRST: [&str; 8] = ["in", "inp", "input", "embed", "stem", "lift", "proj_in", "input_proj"];
const LAST: [&str; 9] = ["out", "output", "head", "final", "readout", "proj_out", "output_proj", "classifier", "last"];
/// Words that number the blocks of a residual stream.
const BLOCKS: [&str; 6] = ["block", "blocks", "resblock", "resblocks", "residual", "residualblock"];

/// Where a tensor belongs that is called otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The linear layer of that number, from 1.
    Layer(usize),
    /// Nowhere.
    Skip,
}

/// The layer's name, and what of it the tensor is.
pub(super) fn taken_apart(name: &str) -> Option<(&str, Part)> {
    let (layer, last) = name.rsplit_once(['.', '/']).unwrap_or(("", name));
    PARTS.iter().find(|(word, _)| *word == last).map(|(_, part)| (layer, *part))
}

/// The words of a name without their numbers, and the numbers.
fn words(name: &str) -> impl Iterator<Item = (&str, Option<usize>)> {
    name.split(['.', '/']).map(|word| {
        let head = word.trim_end_matches(|c: char| c.is_ascii_digit());
        (head.trim_end_matches('_'), word[head.len()..].parse().ok())
    })
}

fn has(table: &[&str], name: &str) -> bool {
    words(name).any(|(word, _)| table.contains(&word.to_lowercase().as_str()))
}

/// Whether the layer stands before the numbered ones, or behind them.
pub(super) fn is_first(layer: &str) -> bool {
    has(&FIRST, layer)
}

/// See `is_first`.
pub(super) fn is_last(layer: &str) -> bool {
    has(&LAST, layer)
}

/// The block of a residual stream that a layer belongs to: its name up to the block's number.
pub(super) fn block(layer: &str) -> Option<String> {
    let parts: Vec<&str> = layer.split(['.', '/']).collect();
    let named: Vec<(&str, Option<usize>)> = words(layer).collect();
    for (at, (word, number)) in named.iter().enumerate() {
        if !BLOCKS.contains(&word.to_lowercase().as_str()) {
            continue;
        }
        let inner = named.get(at + 1).is_some_and(|(word, number)| word.is_empty() && number.is_some());
        match number {
            Some(_) => return Some(parts[..=at].join(".")),
            None if inner => return Some(parts[..=at + 1].join(".")),
            None => {}
        }
    }
    None
}

/// In the order in which x passes them: by first and last words, then word by word and number by number.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    let rank = |name: &str| i32::from(is_last(name)) - i32::from(is_first(name));
    rank(one).cmp(&rank(other)).then_with(|| words(one).cmp(words(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_come_as_x_passes_them() {
        let mut names = ["net.10", "out", "net.2", "blocks.1.fc2", "inp", "blocks.1.fc1", "blocks.0.fc2", "Dense_0"];
        names.sort_by(|one, other| order(one, other));
        assert_eq!(names, ["inp", "Dense_0", "blocks.0.fc2", "blocks.1.fc1", "blocks.1.fc2", "net.2", "net.10", "out"]);
    }

    #[test]
    fn blocks_are_known_by_their_numbers() {
        for (name, expected) in [
            ("blocks.0.fc1", Some("blocks.0")),
            ("params/Block_3/Dense_0", Some("params.Block_3")),
            ("net.resblocks.12.0", Some("net.resblocks.12")),
            ("net.0", None),
            ("blocks.fc", None),
        ] {
            assert_eq!(block(name).as_deref(), expected, "{name}");
        }
    }
}
