//! `fnexplore eval` as other programs meet it: the contract, the formulas written out once more, `NumPy`'s numbers, bad input.

mod desk;

use desk::{desk, run};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use std::fs;
use std::path::Path;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn json(desk: &Path, words: &[&str]) -> Value {
    let ended = run(desk, &[&["eval"], words, &["--json"]].concat());
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    let text = String::from_utf8(ended.stdout).expect("UTF-8");
    assert_eq!(text.lines().count(), 1);
    serde_json::from_str(&text).expect("one object")
}

/// What is said against the input; nothing else may have been said or done.
fn refused(desk: &Path, words: &[&str]) -> Vec<String> {
    let ended = run(desk, &[&["eval"], words].concat());
    assert_eq!((ended.status.code(), ended.stdout.len()), (Some(2), 0), "{words:?}");
    String::from_utf8(ended.stderr).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// A file of tensors: name, shape, numbers.
fn save(path: &Path, tensors: &[(&str, &[usize], &[f64])]) {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, values)| values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (*name, TensorView::new(Dtype::F64, shape.to_vec(), bytes).expect("bytes that fill the shape"))
    });
    fs::write(path, safetensors::serialize(views, None).expect("a file")).expect("written");
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::Object(fields) => fields.values().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap_or(f64::NAN)],
    }
}

fn shape(value: &Value) -> Vec<usize> {
    match value {
        Value::Array(items) => {
            let inner = items.first().map_or_else(Vec::new, shape);
            assert!(items.iter().all(|item| shape(item) == inner), "ragged");
            [vec![items.len()], inner].concat()
        }
        _ => Vec::new(),
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Everything that `expected` has, `found` has too, within 1e-12 of it.
fn agree(found: &Value, expected: &Value, place: &str) {
    match expected {
        Value::Object(fields) => {
            for (key, value) in fields {
                agree(&found[key], value, &format!("{place}.{key}"));
            }
        }
        Value::Array(items) => {
            assert_eq!(found.as_array().map(Vec::len), Some(items.len()), "{place}");
            for (at, value) in items.iter().enumerate() {
                agree(&found[at], value, &format!("{place}[{at}]"));
            }
        }
        Value::Number(_) => close(found.as_f64().expect(place), expected.as_f64().expect(place), place),
        other => assert_eq!(found, other, "{place}"),
    }
}

fn close(found: f64, expected: f64, place: &str) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{place}: {found} is not {expected}");
}

const TINY: &str = "[data]\ntarget = \"x^2\"\ndesign = \"grid\"\nrange = [-2, 2]\nn = 5\nnoise = 0\ntest = 0\n\
                    [model]\narchitecture = \"residual\"\nbranch_scale = 0.5\ndepth = 2\nk = 2\nsigma = \"relu\"\n\
                    [likelihood]\nscale = 0.25\n[prior]\ntau = 2\n";

#[test]
fn the_contract() {
    let desk = desk("contract");
    let told = json(&desk, &["residual", "--gradient"]);
    for field in ["x", "stages", "f", "loss", "log_likelihood", "log_prior", "log_posterior", "gradient"] {
        assert!(told.get(field).is_some(), "{field}");
    }
    assert_eq!((shape(&told["x"]), shape(&told["f"])), (vec![90, 1], vec![90, 1]));
    let names: Vec<&str> = told["stages"].as_array().unwrap().iter().map(|s| s["stage"].as_str().unwrap()).collect();
    assert_eq!(names, ["f3", "f2", "f1"]);
    for stage in told["stages"].as_array().unwrap() {
        assert_eq!(keys(stage), ["cumulative", "output", "stage"]);
        assert_eq!((shape(&stage["output"]), shape(&stage["cumulative"])), (vec![90, 1], vec![90, 1]));
    }
    assert_eq!(
        keys(&told["gradient"]),
        ["f1.a", "f1.b", "f1.c", "f1.d", "f2.a", "f2.b", "f2.c", "f2.d", "f3.a", "f3.b", "f3.c", "f3.d"]
    );
    for (letter, expected) in [("a", vec![12, 1]), ("b", vec![1, 12]), ("c", vec![12]), ("d", vec![1])] {
        assert_eq!(shape(&told["gradient"][format!("f2.{letter}")]), expected, "{letter}");
    }
    let sum = told["log_likelihood"].as_f64().unwrap() + told["log_prior"].as_f64().unwrap();
    close(told["log_posterior"].as_f64().unwrap(), sum, "log_posterior");
    assert_eq!(json(&desk, &["residual"])["gradient"], Value::Null);
}

/// u = ½ f⁽²⁾(x) + x, ŷ = ½ f⁽¹⁾(u) + u with f⁽ⁱ⁾(u) = a₁ max(0, b₁u + c₁) + a₂ max(0, b₂u + c₂) + d, all by hand.
#[test]
fn a_tiny_model_is_what_its_formula_says() {
    let desk = desk("tiny");
    let (b2, c2, a2, d2) = ([1.5, -0.7], [0.3, 0.9], [0.8, -1.1], 0.25);
    let (b1, c1, a1, d1) = ([-0.4, 1.2], [1.0, -0.6], [0.5, 2.0], -0.125);
    save(
        &desk.join("theta.safetensors"),
        &[
            ("f1.d", &[1], &[d1]),
            ("f1.a", &[2, 1], &a1),
            ("f1.c", &[1, 2], &c1),
            ("f1.b", &[1, 2], &b1),
            ("f2.b", &[1, 2], &b2),
            ("f2.c", &[2], &c2),
            ("f2.a", &[2, 1], &a2),
            ("f2.d", &[1], &[d2]),
        ],
    );
    fs::write(desk.join("tiny.toml"), TINY).unwrap();
    let told = json(&desk, &["tiny.toml", "--coefficients", "theta.safetensors", "--gradient"]);

    let relu = |z: f64| if z > 0.0 { z } else { 0.0 };
    let step = |z: f64| if z > 0.0 { 1.0 } else { 0.0 };
    let f2 = |x: f64| a2[0] * relu(b2[0] * x + c2[0]) + a2[1] * relu(b2[1] * x + c2[1]) + d2;
    let f1 = |u: f64| a1[0] * relu(b1[0] * u + c1[0]) + a1[1] * relu(b1[1] * u + c1[1]) + d1;
    let slope1 = |u: f64| a1[0] * b1[0] * step(b1[0] * u + c1[0]) + a1[1] * b1[1] * step(b1[1] * u + c1[1]);
    let (mut squares, mut b2_slope, mut d1_slope) = (0.0, -b2[1] / 4.0, -d1 / 4.0);
    for (row, x) in [-2.0, -1.0, 0.0, 1.0, 2.0].into_iter().enumerate() {
        let u = 0.5 * f2(x) + x;
        let f = 0.5 * f1(u) + u;
        let r = x * x - f;
        squares += r * r;
        let weight = r / (0.25 * 0.25);
        d1_slope += weight * 0.5;
        b2_slope += weight * (0.5 * slope1(u) + 1.0) * 0.5 * a2[1] * step(b2[1] * x + c2[1]) * x;
        let at = |place: &Value| numbers(place)[row];
        close(at(&told["x"]), x, "x");
        close(at(&told["stages"][0]["output"]), f2(x), "f2");
        close(at(&told["stages"][0]["cumulative"]), u, "u after f2");
        close(at(&told["stages"][1]["output"]), f1(u), "f1");
        close(at(&told["stages"][1]["cumulative"]), f, "u after f1");
        close(at(&told["f"]), f, "f");
    }
    let tau = std::f64::consts::TAU;
    let normal = |values: &[f64], sd: f64| -> f64 {
        values.iter().map(|value| -0.5 * (tau * sd * sd).ln() - value * value / (2.0 * sd * sd)).sum()
    };
    let wide = [&b2[..], &c2, &[d2], &b1, &c1, &[d1]].concat();
    let prior = normal(&wide, 2.0) + normal(&[a2, a1].concat(), 2.0 / 2.0_f64.sqrt());
    close(told["loss"].as_f64().unwrap(), squares / 5.0, "loss");
    let likelihood = -2.5 * (tau * 0.0625).ln() - squares / (2.0 * 0.0625);
    close(told["log_likelihood"].as_f64().unwrap(), likelihood, "log likelihood");
    close(told["log_prior"].as_f64().unwrap(), prior, "log prior");
    close(numbers(&told["gradient"]["f2.b"])[1], b2_slope, "gradient in b₂ of f2");
    close(numbers(&told["gradient"]["f1.d"])[0], d1_slope, "gradient in d of f1");
}

/// `tests/fixtures/two_lines.py` wrote the coefficients and computed everything from them, slopes by complex steps.
#[test]
fn numpy_computes_the_same() {
    let fixtures = Path::new(FIXTURES);
    for name in ["two_lines", "lifted"] {
        let expected = fs::read_to_string(fixtures.join(format!("{name}.json"))).expect("a fixture");
        let expected: Value = serde_json::from_str(&expected).expect("JSON");
        let (preset, file) = (format!("{name}.toml"), format!("{name}.safetensors"));
        let words = [&preset, "--gradient", "--coefficients", &file, "--at", "two_lines_at.csv"];
        agree(&json(fixtures, &words[..4]), &expected["rows"], name);
        agree(&json(fixtures, &words), &expected["at"], name);
        assert_eq!(keys(&json(fixtures, &words)["gradient"]), keys(&expected["at"]["gradient"]));
    }
}

#[test]
fn what_train_saves_evaluates_to_what_train_said() {
    let desk = desk("train");
    for (preset, variant) in [("residual", "residual"), ("motorcycle", "model")] {
        let ended = run(&desk, &["train", preset, "--steps", "40", "--json", "--out", "out"]);
        let text = String::from_utf8(ended.stdout).unwrap();
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let end = lines.find(|line| line["event"] == "end" && line["variant"] == variant);
        let end = end.unwrap_or_else(|| panic!("{preset} has no run {variant}:\n{text}"));
        let file = format!("out/{variant}.safetensors");
        let told = json(&desk, &[preset, "--variant", variant, "--coefficients", &file]);
        assert_eq!((&told["loss"], &told["variant"]), (&end["loss"], &end["variant"]));
        assert_eq!((&told["coefficients"], &told["warning"]), (&Value::from(file), &Value::Null));
    }
}

/// Another seed draws another split, and with it other units: the file says so, and is evaluated all the same.
#[test]
fn coefficients_of_another_split_are_warned_of() {
    let desk = desk("split");
    assert!(run(&desk, &["train", "motorcycle", "--steps", "1", "--out", "."]).status.success());
    let words = ["eval", "motorcycle", "--coefficients", "model.safetensors", "--seed", "2"];
    let ended = run(&desk, &words);
    assert_eq!(ended.status.code(), Some(0));
    let warning = String::from_utf8(ended.stderr).unwrap();
    assert!(
        warning.starts_with("model.safetensors: these coefficients were learned with times standardised"),
        "{warning}"
    );
    assert!(json(&desk, &words[1..])["warning"].as_str().is_some_and(|told| warning.contains(told)));
}

#[test]
fn points_by_name_in_order_or_under_other_names() {
    let desk = desk("points");
    let plane = "[data]\ntarget = \"x1 + 10*x2\"\nn = 4\n";
    fs::write(desk.join("plane.toml"), plane).unwrap();
    let at = |preset: &str, table: &str| {
        fs::write(desk.join("at.csv"), table).unwrap();
        let told = json(&desk, &[preset, "--at", "at.csv"]);
        assert_eq!(shape(&told["f"])[0], shape(&told["x"])[0]);
        (numbers(&told["x"]), told["points"].as_str().unwrap().to_owned())
    };
    assert_eq!(
        at("plane.toml", "# of it\nx2,label,x1\n1,,2\n3,b,4\n"),
        (vec![2.0, 1.0, 4.0, 3.0], "at.csv, columns by name: x1, x2".to_owned())
    );
    assert_eq!(
        at("plane.toml", "\u{feff}1,2\r\n\r\n3,4"),
        (vec![1.0, 2.0, 3.0, 4.0], "at.csv, columns in order: x1, x2".to_owned())
    );
    assert_eq!(
        at("plane.toml", "east,north\n1,2\n"),
        (vec![1.0, 2.0], "at.csv, columns in order: east as x1, north as x2".to_owned())
    );
    assert_eq!(at("residual", "-1e-3\n0.1\n"), (vec![-1e-3, 0.1], "at.csv, columns in order: x".to_owned()));
    assert_eq!(at("motorcycle", "times\n14.6\n"), (vec![14.6], "at.csv, columns by name: times".to_owned()));
    // A function of the point alone: the training rows among the points are evaluated as they are without --at.
    let rows = json(&desk, &["residual"]);
    let table: Vec<String> = numbers(&rows["x"]).iter().map(f64::to_string).collect();
    fs::write(desk.join("at.csv"), table.join("\n")).unwrap();
    let told = json(&desk, &["residual", "--at", "at.csv"]);
    assert_eq!((&told["f"], &told["stages"], &told["loss"]), (&rows["f"], &rows["stages"], &rows["loss"]));
}

/// More points than are looked at together.
#[test]
fn many_points_are_each_evaluated_at_their_own_row() {
    let desk = desk("many");
    let table: Vec<String> = (0..9000).map(|at| format!("{}", f64::from(at % 300) / 100.0)).collect();
    fs::write(desk.join("at.csv"), table.join("\n")).unwrap();
    let told = json(&desk, &["residual", "--at", "at.csv"]);
    for values in [&told["f"], &told["stages"][2]["cumulative"]] {
        let values = numbers(values);
        assert_eq!(values.len(), 9000);
        assert!((0..9000).all(|at| (values[at] - values[at % 300]).abs() < 1e-12));
    }
    assert!(run(&desk, &["eval", "residual", "--at", "at.csv"]).stdout.len() < 4000);
}

#[test]
fn bad_input_is_refused_before_anything_else_and_all_at_once() {
    let desk = desk("bad");
    let zeros: &[f64] = &[0.0; 12];
    let stages = [("f3", zeros), ("f2", zeros), ("f1", zeros)];
    let names: Vec<[String; 4]> =
        stages.iter().map(|(name, _)| ["b", "c", "a", "d"].map(|l| format!("{name}.{l}"))).collect();
    let mut tensors: Vec<(&str, &[usize], &[f64])> = Vec::new();
    for [b, c, a, d] in &names {
        tensors.extend([
            (b.as_str(), &[1, 12][..], zeros),
            (c, &[12], zeros),
            (a, &[12, 1], zeros),
            (d, &[1], &zeros[..1]),
        ]);
    }
    save(&desk.join("good.safetensors"), &tensors);
    assert_eq!(json(&desk, &["residual", "--coefficients", "good.safetensors"])["warning"], Value::Null);
    tensors[0].1 = &[12, 1];
    tensors[7].0 = "f2.e";
    save(&desk.join("bad.safetensors"), &tensors);
    fs::write(desk.join("bad.csv"), "x\n1\nabc\n\u{1b}[31m\n").unwrap();
    let all = ["residual", "--coefficients", "bad.safetensors", "--at", "bad.csv", "--json"];
    assert_eq!(
        refused(&desk, &all),
        [
            "bad.safetensors: f3.b has shape (12, 1); it must be (1, 12) (inputs × K); is it transposed? save np.ascontiguousarray of its .T",
            "bad.safetensors: f2.d is missing; it must be there, of shape (1,) (outputs); the file has \"f2.e\" of shape (1,)",
            "bad.safetensors: \"f2.e\" is no tensor of this model; is it f2.d, of shape (1,) (outputs)?",
            "bad.csv:3:1: column \"x\": \"abc\" is not a number",
            "bad.csv:4:1: column \"x\": \"·[31m\" is not a number",
        ]
    );
    let whole = fs::read(desk.join("good.safetensors")).unwrap();
    fs::write(desk.join("cut.safetensors"), &whole[..whole.len() - 100]).unwrap();
    for (words, told) in [
        (&["residual", "--coefficients", "cut.safetensors"][..], "cut.safetensors: the file does not end where"),
        (&["residual", "--coefficients", "none"], "none: there is no such file"),
        (&["residual", "--coefficients", "."], ". is a folder"),
        (&["residual", "--coefficients", "/dev/zero"], "/dev/zero is not a regular file"),
        (&["residual", "--variant", "b"], "--variant b: the preset has no such run; is it base?"),
        (&["motorcycle", "--variant", "wide"], "--variant wide: the preset has no such run. Its runs are model"),
        (&["residual", "--at", "none.csv"], "none.csv: there is no such file"),
        (
            &["residual", "--variant", "residul"],
            "--variant residul: the preset has no such run; is it residual? Its runs are base, residual",
        ),
        (&["truncate", "--set", "data.target=1/x", "--set", "data.design=grid", "--set", "data.n=3"], "the target is"),
        (&["residul"], ""),
        (&["residual", "--set", "model.k=0"], "--set model.k=0"),
    ] {
        let said = refused(&desk, words);
        assert!(said.len() == 1 && said[0].starts_with(told), "{words:?}: {said:?}");
    }
}

#[test]
fn points_that_cannot_be_told_apart_are_refused() {
    let desk = desk("apart");
    fs::write(desk.join("plane.toml"), "[data]\ntarget = \"x1 + 10*x2\"\nn = 4\n").unwrap();
    for (table, told) in [
        ("", "at.csv:1:1: there is no point; a row holds x1, x2"),
        ("x1,x2\n", "at.csv:2:1: the table has no row of numbers"),
        ("1\n", "at.csv:1:1: 1 columns without a row of names; name the inputs, or give 2 columns in order: x1, x2"),
        ("1,2,3\n", "at.csv:1:1: 3 columns without a row of names"),
        ("a,b,c\n1,2,3\n", "at.csv:1:1: none of the 3 columns is named as an input; name the inputs, or give 2"),
        ("x1,X2\n1,2\n", "at.csv:1:1: there is no column \"x2\"; the inputs are x1, x2; is it \"X2\"?"),
        ("x1,x2,x1\n1,2,3\n", "at.csv:1:7: two columns are named \"x1\": numbers 1 and 3"),
        ("1,b\n3,4\n", "at.csv:1:3: column \"x2\": \"b\" is not a number"),
        ("x1,x2\n1,inf\n", "at.csv:2:3: column \"x2\": inf is not a finite number"),
        ("1,2\n3\n", "at.csv:2:1: this row has 1 cells, the first row has 2"),
    ] {
        fs::write(desk.join("at.csv"), table).unwrap();
        let said = refused(&desk, &["plane.toml", "--at", "at.csv"]);
        assert!(said.len() == 1 && said[0].starts_with(told), "{table:?}: {said:?}");
    }
}

#[test]
fn without_data_there_is_only_the_prior() {
    let desk = desk("nothing");
    fs::write(desk.join("none.toml"), "[data]\ntarget = \"none\"\n[likelihood]\nscale = 1\n").unwrap();
    fs::write(desk.join("at.csv"), "0.5\n").unwrap();
    let told = json(&desk, &["none.toml", "--gradient"]);
    assert_eq!((&told["loss"], told["log_likelihood"].to_string()), (&Value::Null, "0.0".to_owned()));
    assert_eq!(told["log_posterior"], told["log_prior"]);
    assert_eq!((shape(&told["x"]), shape(&told["stages"][0]["output"])), (vec![0], vec![0]));
    let slopes = numbers(&told["gradient"]);
    assert!(slopes.len() > 20 && slopes.iter().chain(&numbers(&told["log_prior"])).all(|value| value.is_finite()));
    let at = json(&desk, &["none.toml", "--at", "at.csv"]);
    assert!(numbers(&at["f"])[0].is_finite());
    assert!(run(&desk, &["eval", "none.toml"]).status.success());
}

#[test]
fn what_is_not_finite_is_null_and_its_place_is_named() {
    let desk = desk("overflow");
    let large = [1e200, 1e200];
    let rest = [("f2.b", [1, 2]), ("f2.a", [2, 1]), ("f1.b", [1, 2]), ("f1.a", [2, 1])];
    let mut tensors: Vec<(&str, &[usize], &[f64])> =
        rest.iter().map(|(name, shape)| (*name, &shape[..], &large[..])).collect();
    for name in ["f2.c", "f1.c"] {
        tensors.push((name, &[2], &large));
    }
    for name in ["f2.d", "f1.d"] {
        tensors.push((name, &[1], &large[..1]));
    }
    save(&desk.join("large.safetensors"), &tensors);
    fs::write(desk.join("tiny.toml"), TINY).unwrap();
    let told = json(&desk, &["tiny.toml", "--coefficients", "large.safetensors", "--gradient"]);
    for field in ["loss", "log_likelihood", "log_prior", "log_posterior", "gradient"] {
        assert_eq!(told[field], Value::Null, "{field}");
    }
    assert_eq!(told["not_finite"], "f2");
    assert_eq!(told["f"][0][0], Value::Null);
    let table = run(&desk, &["eval", "tiny.toml", "--coefficients", "large.safetensors"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("a value in f2 is not finite"), "{table}");
}

#[test]
fn the_table_is_short_and_says_what_it_shows() {
    let table =
        run(Path::new(FIXTURES), &["eval", "lifted.toml", "--coefficients", "lifted.safetensors", "--gradient"]);
    let table = String::from_utf8(table.stdout).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "lifted, model, seed 1; coefficients: lifted.safetensors");
    assert_eq!(lines[1], "at the 7 training rows");
    let head: Vec<&str> = lines[3].split_whitespace().collect();
    assert_eq!(head[..5], ["x[0]", "x[1]", "f3[0]", "f3[1]", "f3[2]"]);
    assert_eq!(lines[4..11].iter().filter(|line| line.split_whitespace().count() == head.len()).count(), 7);
    assert!(lines[12].starts_with("on the training rows: loss 37903.03   log likelihood"), "{}", lines[12]);
    assert_eq!(lines[13..].iter().filter(|line| line.starts_with("gradient of")).count(), 14);
    let many = run(&desk("table"), &["eval", "residual"]);
    let many = String::from_utf8(many.stdout).unwrap();
    assert!(many.contains("(the first 20 of 90)") && many.lines().count() == 26, "{many}");
}
