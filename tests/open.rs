//! `fnexplore open`: networks written by `NumPy` in both layouts compute what they computed, and a file that does not fit says
//! which tensor and why.

mod desk;

use desk::{desk, run};
use fnexplore::model::Activation;
use fnexplore::run::{Placed, Told, network};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn good(desk: &Path, words: &[&str]) -> String {
    let ended = run(desk, words);
    assert_eq!(ended.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).expect("UTF-8")
}

fn matrix(value: &Value) -> Vec<Vec<f64>> {
    serde_json::from_value(value.clone()).expect("rows of numbers")
}

/// What Python computed, and the points as a table.
fn told() -> (Value, String) {
    let told: Value = serde_json::from_str(&fs::read_to_string(format!("{FIXTURES}/networks.json")).unwrap()).unwrap();
    let mut table = "x1,x2,x3\n".to_owned();
    for row in matrix(&told["points"]) {
        let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
        let _ = writeln!(table, "{}", cells.join(","));
    }
    (told, table)
}

#[test]
fn f_is_pythons_forward() {
    let (told, table) = told();
    let desk = desk("forward");
    fs::write(desk.join("points.csv"), table).unwrap();
    for (name, expected) in told["files"].as_object().unwrap() {
        let sigma = expected["sigma"].as_str().unwrap();
        for (ending, tolerance) in [("", 1e-12), ("_f32", 1e-5)] {
            let file = format!("{FIXTURES}/{name}{ending}.safetensors");
            let toml = good(&desk, &["open", &file, "--activation", sigma, "--toml"]);
            fs::write(desk.join("net.toml"), &toml).unwrap();
            let seen = good(&desk, &["eval", "net.toml", "--at", "points.csv", "--json"]);
            let seen: Value = serde_json::from_str(&seen).unwrap();
            let (is, should) = (matrix(&seen["f"]), matrix(&expected["f"]));
            assert_eq!(is.len(), 7);
            for (is, should) in is.iter().flatten().zip(should.iter().flatten()) {
                assert!((is - should).abs() < tolerance, "{name}{ending}: {is} is not {should}");
            }
        }
    }
}

/// With a table under it the network can be looked at, trained on and judged like any preset.
#[test]
fn data_lie_under_it() {
    let (_, table) = told();
    let desk = desk("data");
    let rows: Vec<String> = table
        .lines()
        .enumerate()
        .map(|(at, row)| if at == 0 { format!("{row},y") } else { format!("{row},{at}") })
        .collect();
    fs::write(desk.join("mine.csv"), rows.join("\n")).unwrap();
    let file = format!("{FIXTURES}/torch_residual.safetensors");
    let toml = good(&desk, &["open", &file, "--activation", "tanh", "--data", "mine.csv", "--toml"]);
    fs::write(desk.join("net.toml"), &toml).unwrap();
    assert_eq!(good(&desk, &["check", "net.toml"]), "the preset is sound\n");
    let trained = good(&desk, &["train", "net.toml", "--steps", "50", "--json"]);
    let last: Value = serde_json::from_str(trained.lines().last().unwrap()).unwrap();
    assert!(last["loss"].is_f64(), "{last}");
    let picture = good(&desk, &["open", &file, "--activation", "tanh", "--data", "mine.csv"]);
    assert!(picture.contains("f⁽²⁾") && picture.contains("residual"), "{picture}");
    // Classes: three values, one column of words.
    let classes = "a,b,c,kind\n1,2,3,cat\n4,5,6,dog\n1,1,1,cat\n0,1,0,dog\n";
    fs::write(desk.join("kinds.csv"), classes).unwrap();
    let plain = format!("{FIXTURES}/torch_plain.safetensors");
    let toml = good(&desk, &["open", &plain, "--data", "kinds.csv", "--outputs", "kind", "--toml"]);
    assert!(toml.contains("kind = \"categorical\"") && toml.contains("classes = 2"), "{toml}");
}

/// A table from a pipe takes the place of a preset's data.
#[test]
fn a_table_is_piped_in() {
    let desk = desk("pipe");
    let piped = |words: &[&str], table: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fnexplore"));
        let command =
            command.args(words).current_dir(&desk).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), table.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let mut table = String::new();
    for i in 0..40 {
        let _ = writeln!(table, "{i}\t{}\t{}", i % 7, 3 * i);
    }
    let words =
        ["train", "truncate", "--csv", "-", "--inputs", "col1", "--outputs", "col3", "--steps", "400", "--json"];
    let ended = piped(&words, &table);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let text = String::from_utf8(ended.stdout).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    // A straight line: nearly all of its variance of 1199 is learned.
    assert!(last["loss"].as_f64().unwrap() < 20.0, "{last}");
    fs::write(desk.join("mine.csv"), &table).unwrap();
    let same = good(
        &desk,
        &[
            "train",
            "truncate",
            "--csv",
            "mine.csv",
            "--inputs",
            "col1",
            "--outputs",
            "col3",
            "--steps",
            "400",
            "--json",
        ],
    );
    let other: Value = serde_json::from_str(same.lines().last().unwrap()).unwrap();
    assert_eq!(last["loss"], other["loss"]);
    let bad = piped(&["train", "truncate", "--csv", "-", "--steps", "4"], "a,b\n1,x\n2,3\n");
    assert_eq!(bad.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&bad.stderr).contains("stdin.csv:2:3: column \"b\": \"x\" is not a number"));
}

/// A tensor filled with one number: its name and shape.
type Filled = (&'static str, &'static [usize], f64);

/// A file of F64 tensors.
fn file(tensors: &[Filled]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, shape, value)| value.to_le_bytes().repeat(shape.iter().product())).collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (*name, TensorView::new(Dtype::F64, shape.to_vec(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

fn refused(tensors: &[Filled], map: &[(&str, Placed)]) -> Vec<String> {
    let map = map.iter().map(|(name, placed)| ((*name).to_owned(), *placed)).collect();
    network(&file(tensors), &Told { sigma: Activation::Relu, map }).unwrap_err()
}

#[test]
fn a_file_that_does_not_fit_says_which_tensor_and_why() {
    let first: Filled = ("net.0.weight", &[4, 3], 0.5);
    let cases: &[(&[Filled], &str)] = &[
        (&[first], "net.0 is the only linear layer"),
        (&[first, ("net.2.weight", &[2, 5], 0.5)], "net.0 gives 4 numbers, and net.2, which follows it, takes 5"),
        (&[first, ("net.2.weight", &[2, 4], f64::NAN)], "net.2.weight: number 0 of it is NaN"),
        (
            &[first, ("net.2.weight", &[2, 4, 1], 0.5)],
            "net.2.weight has shape [2, 4, 1]; the weight of a linear layer has two",
        ),
        (&[first, ("net.2.bias", &[2], 0.5)], "net.2.bias has no weight beside it"),
        (
            &[first, ("net.0.bias", &[3], 0.5)],
            "net.0.bias has shape [3]; net.0.weight, of shape [4, 3], gives 4 numbers",
        ),
        (&[first, ("net.1.running_mean", &[4], 0.5)], "net.1.running_mean, of shape [4], is neither weight"),
        (&[("blocks.0.fc1.weight", &[4, 3], 0.5)], "blocks.0 has 1 linear layers; a residual f⁽ⁱ⁾ has two"),
        (
            &[("blocks.0.fc1.weight", &[4, 3], 0.5), ("blocks.0.fc2.weight", &[2, 4], 0.5)],
            "blocks.0.fc1 and blocks.0.fc2 lead from 3 numbers over 4 and 4 to 2",
        ),
        (&[], "the file has no tensor"),
    ];
    for (tensors, expected) in cases {
        let told = refused(tensors, &[]);
        assert!(told.iter().any(|why| why.starts_with(expected)), "{told:?} is not {expected}");
    }
    let no_file = network(b"nonsense", &Told { sigma: Activation::Relu, map: Vec::new() }).unwrap_err();
    assert!(no_file[0].contains("no safetensors file"), "{no_file:?}");
}

#[test]
fn other_names_are_mapped() {
    let tensors: &[Filled] = &[("enc.weight", &[4, 3], 0.5), ("dec.weight", &[2, 4], 0.25), ("stats.mean", &[3], 0.0)];
    // By their names the decoder would come first.
    assert!(refused(tensors, &[]).iter().any(|why| why.contains("stats.mean")));
    let map = [("enc", Placed::Layer(1)), ("dec", Placed::Layer(2)), ("stats", Placed::Skip)];
    let map = map.map(|(name, placed)| (name.to_owned(), placed)).to_vec();
    let read = network(&file(tensors), &Told { sigma: Activation::Relu, map }).unwrap();
    assert_eq!((read.inputs, read.outputs, read.settings.model.depth), (3, 2, 1));
    let own = &read.settings.stages[&1];
    assert_eq!(own.given[1].as_ref().unwrap().len(), 3, "b is inputs × K");
}
