//! Safetensors files as they come: what was written is read back to the bit, and no bytes at all do any harm.

use fnexplore::data::Dataset;
use fnexplore::model::{Coefficients, Model};
use fnexplore::preset;
use fnexplore::run::{Run, RunId, RunSpec, Status, most_bytes, other_coordinates, read_tensors, tensors};
use fnexplore::seeds::Seeds;
use fnexplore::text::Clean;
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use std::sync::Arc;

/// A model with every kind of block: lift, stages, readout, scale. θ has 27 coordinates.
fn model() -> Arc<Model> {
    let text = "[data]\ntarget = \"x1 + x2\"\n[model]\narchitecture = \"residual\"\ndepth = 1\nwidth = 3\nk = 2\n\
                lift = \"linear\"\nreadout = \"linear\"\n[likelihood]\nscale = \"learned\"\n";
    let none = |_: &str| Err("no file".to_owned());
    let preset = preset::load(&Clean::from("all.toml"), text, &none).unwrap_or_else(|why| panic!("{why:#?}"));
    preset.experiment(0).expect("a sound preset").model
}

/// One tensor: name, type, shape, bytes.
type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn of(model: &Model, theta: &[f64]) -> Vec<Tensor> {
    let tensor = |block: &fnexplore::model::Block| {
        (block.name.clone(), Dtype::F64, block.tensor_shape(), doubles(&theta[block.at.clone()]))
    };
    model.layout().blocks.iter().map(tensor).collect()
}

fn file(tensors: &[Tensor]) -> Vec<u8> {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).expect("bytes that fill the shape"))
    });
    safetensors::serialize(views, None).expect("a file")
}

/// A header as it stands, and bytes after it.
fn raw(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

/// Different numbers of both signs, exact in single precision too.
fn theta(model: &Model) -> Vec<f64> {
    (0_i16..).take(model.layout().len()).map(|at| f64::from(at - 9) / 8.0).collect()
}

fn refused(bytes: &[u8]) -> Vec<String> {
    let wrong = read_tensors(bytes, &model()).expect_err("a file that is refused");
    assert!(!wrong.is_empty());
    for sentence in &wrong {
        assert!(!sentence.contains(char::is_control) && sentence.len() < 360, "{sentence:?}");
    }
    wrong
}

/// The model's file after `change`, and what is said of it.
fn changed(change: impl FnOnce(&mut Vec<Tensor>)) -> Vec<String> {
    let model = model();
    let mut tensors = of(&model, &theta(&model));
    change(&mut tensors);
    refused(&file(&tensors))
}

fn at<'a>(tensors: &'a mut [Tensor], name: &str) -> &'a mut Tensor {
    tensors.iter_mut().find(|tensor| tensor.0 == name).expect("a tensor of that name")
}

/// The writer's own files, of every run of every built-in preset.
#[test]
fn what_a_run_writes_is_read_back_to_the_bit() {
    for name in preset::built_in_names() {
        let preset = preset::built_in(name).expect("a sound preset");
        for (index, variant) in preset.runs().iter().enumerate() {
            let spec = RunSpec {
                id: RunId(0),
                name: Clean::from(variant.as_str()),
                settings: preset.settings(index),
                saved: None,
            };
            let mut run = Run::new(spec).expect("a run");
            run.advance(&mut |step| step >= 3);
            let seen = run.snapshot(Status::Paused, 0.0);
            let bytes = tensors(&seen, &preset.to_toml());
            let read = read_tensors(&bytes, &seen.experiment.model).unwrap_or_else(|why| panic!("{name}: {why:?}"));
            assert_eq!(read, seen.belief.mode(), "{name} {variant}");
            assert_eq!(other_coordinates(&bytes, &seen.data), None);
        }
    }
}

#[test]
fn singles_and_rows_are_taken_too() {
    let model = model();
    let theta = theta(&model);
    let mut tensors = of(&model, &theta);
    for (_, dtype, shape, bytes) in &mut tensors {
        *dtype = Dtype::F32;
        #[expect(clippy::cast_possible_truncation, reason = "exact")]
        let single = |eight: &[u8; 8]| (f64::from_le_bytes(*eight) as f32).to_le_bytes();
        *bytes = bytes.as_chunks().0.iter().flat_map(single).collect();
        if shape.len() == 1 {
            shape.insert(0, 1);
        }
    }
    tensors.reverse();
    assert_eq!(&*read_tensors(&file(&tensors), &model).expect("a file that is read").theta, theta);
}

#[test]
fn what_is_wrong_is_named_with_what_was_found_and_what_is_expected() {
    assert_eq!(
        changed(|tensors| at(tensors, "f1.b").2 = vec![2, 3]),
        [
            "f1.b has shape (2, 3); it must be (3, 2) (inputs × K); is it transposed? save np.ascontiguousarray of its .T"
        ]
    );
    assert_eq!(
        changed(|tensors| *at(tensors, "f1.d") = ("f1.d".into(), Dtype::F64, vec![], doubles(&[1.0]))),
        ["f1.d has shape (); it must be (3,) (outputs)"]
    );
    assert_eq!(changed(|tensors| at(tensors, "f1.c").2 = vec![2, 1]), ["f1.c has shape (2, 1); it must be (2,) (K)"]);
    assert_eq!(
        changed(|tensors| at(tensors, "f1.a").1 = Dtype::I64),
        ["f1.a has type I64 and shape (2, 3); it must be F64 (or F32) of shape (2, 3) (K × outputs)"]
    );
    assert_eq!(
        changed(|tensors| at(tensors, "f1.c").0 = "f1.C".into()),
        [
            "f1.c is missing; it must be there, of shape (2,) (K); the file has \"f1.C\" of shape (2,)",
            "\"f1.C\" is no tensor of this model; is it f1.c, of shape (2,) (K)?"
        ]
    );
    assert_eq!(
        changed(|tensors| tensors.push(("layers.0.weight".into(), Dtype::U8, vec![1], vec![0]))),
        ["\"layers.0.weight\" is no tensor of this model; the model has lift (2, 3), f1.b (3, 2), f1.c (2,), \
          f1.a (2, 3), f1.d (3,), readout (3, 1), likelihood.log_scale (1,)"]
    );
    assert_eq!(
        changed(|tensors| {
            let bytes = &mut at(tensors, "f1.a").3;
            bytes[4 * 8..5 * 8].copy_from_slice(&f64::NAN.to_le_bytes());
            bytes[5 * 8..].copy_from_slice(&f64::NEG_INFINITY.to_le_bytes());
        }),
        [
            "f1.a[1, 1] is NaN, in a tensor of shape (2, 3): every one of its 6 values must be finite (1 more of its values \
          are not finite)"
        ]
    );
    assert_eq!(
        changed(|tensors| at(tensors, "likelihood.log_scale").3 = doubles(&[f64::INFINITY])),
        ["likelihood.log_scale[0] is inf, in a tensor of shape (1,): every one of its 1 values must be finite"]
    );
}

#[test]
fn all_problems_come_at_once_up_to_a_number() {
    let wrong = changed(|tensors| {
        tensors.retain(|tensor| tensor.0 != "lift");
        at(tensors, "f1.b").2 = vec![6];
        at(tensors, "f1.d").1 = Dtype::U64;
        tensors.extend((0..30).map(|at| (format!("x\u{1b}[31m{at:02}"), Dtype::U8, vec![1], vec![0])));
    });
    assert_eq!(wrong.len(), 21);
    for (sentence, begins) in
        wrong.iter().zip(["lift is missing", "f1.b has shape (6,)", "f1.d has type U64", "\"x·[31m00\""])
    {
        assert!(sentence.starts_with(begins), "{sentence}");
    }
    assert_eq!(wrong[20], "and 13 more");
}

#[test]
fn broken_headers_are_sentences() {
    let model = model();
    let whole = file(&of(&model, &theta(&model)));
    for length in 0..whole.len() {
        refused(&whole[..length]);
    }
    assert!(refused(&whole[..7])[0].contains("7 bytes"));
    assert!(refused(&whole[..20])[0].contains("cut off"));
    assert!(refused(&whole[..whole.len() - 8])[0].contains("the tensors have 216 bytes, 208 follow"));
    assert!(refused(&[&whole[..], b"more"].concat())[0].contains("something was added"));
    assert!(refused(b"PK\x03\x04 a zip file, as PyTorch writes them")[0].contains("no safetensors file"));
    assert!(refused(&raw("[]", &[]))[0].contains("header"));
    assert!(
        refused(&raw("{\"f1.b\":{\"dtype\":\"F7\",\"shape\":[1],\"data_offsets\":[0,1]}}", &[0]))[0].contains("F7")
    );
    assert!(refused(&raw(&"[".repeat(100_000), &[]))[0].contains("broken"));
    assert!(refused(&raw(&format!("{{}}{}", " ".repeat(8 << 20)), &[]))[0].contains("bytes"));
    assert!(refused(&vec![0; usize::try_from(most_bytes(&model)).unwrap() + 1])[0].contains("at most"));
    assert_eq!(refused(&raw("{}", &[])).len(), 7);
}

/// More names than could be compared with each other: a few are told, the others counted.
#[test]
fn very_many_tensors_are_counted() {
    let tensor = |at: u32| format!("\"f1.{at:030}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
    let header = format!("{{{}}}", (0..90_000).map(tensor).collect::<Vec<_>>().join(","));
    let wrong = refused(&raw(&header, &[]));
    assert_eq!((wrong.len(), wrong[20].as_str()), (21, "and 89987 more"));
}

/// Eight tensors whose sizes add up to 2⁶⁴ − 8: the header's length makes it overflow, and the sum fit the file again.
#[test]
fn sizes_that_overflow_are_refused() {
    let size = (1_u64 << 61) - 1;
    let tensor = |at: u64| {
        format!(
            "\"t{at}\":{{\"dtype\":\"U8\",\"shape\":[{size}],\"data_offsets\":[{},{}]}}",
            at * size,
            (at + 1) * size
        )
    };
    let header = format!("{{{}}}", (0..8).map(tensor).collect::<Vec<_>>().join(","));
    assert!(refused(&raw(&header, &[]))[0].contains("cut off"));
}

/// Coefficients that were learned on other rows mean another function: they live in those rows' coordinates.
#[test]
fn coordinates_of_another_split_are_told() {
    let preset = preset::built_in("motorcycle").expect("a sound preset");
    let spec = RunSpec { id: RunId(0), name: Clean::from("model"), settings: preset.settings(0), saved: None };
    let seen = Run::new(spec).expect("a run").snapshot(Status::Paused, 0.0);
    let bytes = tensors(&seen, "");
    let other = Dataset::draw(&seen.experiment.data, Seeds(seen.experiment.seed + 1)).expect("data");
    let told = other_coordinates(&bytes, &other).expect("a sentence");
    assert!(told.contains("times standardised by mean"), "{told}");
    assert_eq!(other_coordinates(&file(&[]), &other), None);
}

/// Finite numbers of every size.
fn number() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite())
}

proptest! {
    #[test]
    fn every_finite_theta_survives(theta in prop::collection::vec(number(), 27)) {
        let model = model();
        let read = read_tensors(&file(&of(&model, &theta)), &model).unwrap();
        prop_assert!(read.theta.iter().zip(&theta).all(|(read, written)| read.to_bits() == written.to_bits()));
        prop_assert_eq!(Some(read), Coefficients::new(model, theta));
    }

    #[test]
    fn random_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        refused(&bytes);
    }

    /// Past the length, so that the JSON is reached.
    #[test]
    fn random_headers_are_answered(header in "\\PC{0,80}|[\\[\\]{}:,\"0-9a-zF]{0,80}", data in prop::collection::vec(any::<u8>(), 0..40)) {
        refused(&raw(&header, &data));
    }

    #[test]
    fn offsets_and_shapes_at_random_are_answered(
        shape in prop::collection::vec(prop_oneof![0..4_u64, any::<u64>()], 0..4),
        from in prop_oneof![Just(0_u64), any::<u64>()], to in prop_oneof![0..64_u64, any::<u64>()],
        dtype in "F64|F32|F4|F6_E2M3|U8|C64", length in 0..64_usize,
    ) {
        let header = format!("{{\"f1.b\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{from},{to}]}}}}");
        refused(&raw(&header, &vec![0; length]));
    }

    /// A few bytes of a good file changed: it is read with finite numbers, or refused.
    #[test]
    fn damaged_files_are_answered(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let model = model();
        let mut bytes = file(&of(&model, &theta(&model)));
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = read_tensors(&bytes, &model) {
            prop_assert!(read.theta.iter().all(|value| value.is_finite()));
        }
    }
}
