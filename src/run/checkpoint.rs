//! A session as bytes: the preset, and every run as far as it has come. Knows no path and no time.
//!
//! A safetensors file: `0.theta`, `0.first`, `0.second` and `0.history` of the first run, and so on, F64; the rest is JSON in the
//! metadata's one entry `fnexplore`. Any bytes are answered with a session or with a sentence.

use super::tensors::{numbers, parts};
use super::{Bucket, History};
use crate::learn::State;
use crate::text::Clean;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// The largest file that is read.
const LARGEST: u64 = 1 << 30;
/// What this file's readers must know.
const FORMAT: u32 = 1;
/// Numbers of a bucket.
const COLUMNS: usize = 8;

/// One run as far as it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The variant's name.
    pub name: Clean,
    /// Draws of new coefficients so far.
    pub redraws: u64,
    /// The learner's state.
    pub state: State,
    /// Its losses.
    pub history: History,
}

/// All runs, and what they are runs of.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The preset as TOML.
    pub preset: String,
    /// Its name on screen.
    pub name: String,
    /// The file that it came from, beside which its data lie.
    pub home: Option<String>,
    /// The variants that go their own way.
    pub forks: Vec<String>,
    /// Every run.
    pub runs: Vec<Arc<Saved>>,
    /// Whether learning went on; none in files of a time at which that was not kept.
    pub going: Option<bool>,
}

/// The metadata.
#[derive(Serialize, Deserialize)]
struct About {
    format: u32,
    version: String,
    preset: String,
    name: String,
    home: Option<String>,
    forks: Vec<String>,
    runs: Vec<AboutRun>,
    #[serde(default)]
    going: Option<bool>,
}

#[derive(Serialize, Deserialize)]
struct AboutRun {
    name: String,
    redraws: u64,
    step: u64,
    age: i32,
    used: u64,
    epoch: u64,
}

impl Checkpoint {
    /// The file's bytes.
    ///
    /// # Panics
    /// Never: names are unique and shapes are right.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut arrays: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        let mut keep = |name: String, shape: Vec<usize>, values: &[f64]| {
            arrays.push((name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect()));
        };
        for (at, run) in self.runs.iter().enumerate() {
            let state = &run.state;
            for (name, values) in [("theta", &state.theta), ("first", &state.first), ("second", &state.second)] {
                keep(format!("{at}.{name}"), vec![values.len()], values);
            }
            let history: Vec<f64> = run.history.buckets().flat_map(row).collect();
            keep(format!("{at}.history"), vec![history.len() / COLUMNS, COLUMNS], &history);
        }
        let views = arrays.iter().map(|(name, shape, bytes)| {
            (name.as_str(), TensorView::new(Dtype::F64, shape.clone(), bytes).expect("the bytes fill the shape"))
        });
        let about = serde_json::to_string(&self.about()).expect("plain data");
        let metadata = HashMap::from([("fnexplore".to_owned(), about)]);
        safetensors::serialize(views, Some(metadata)).expect("names are unique and shapes are right")
    }

    fn about(&self) -> About {
        let run = |run: &Arc<Saved>| AboutRun {
            name: run.name.to_string(),
            redraws: run.redraws,
            step: run.state.step,
            age: run.state.age,
            used: run.state.used as u64,
            epoch: run.state.epoch,
        };
        About {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            preset: self.preset.clone(),
            name: self.name.clone(),
            home: self.home.clone(),
            forks: self.forks.clone(),
            runs: self.runs.iter().map(run).collect(),
            going: self.going,
        }
    }

    /// The session in `bytes`.
    ///
    /// # Errors
    /// Why there is none, as a sentence.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let (header, data) = parts(bytes, LARGEST)?;
        let about = header.metadata().as_ref().and_then(|all| all.get("fnexplore"));
        let about = about.ok_or("this is a safetensors file, but no saved session")?;
        let about: About = serde_json::from_str(about)
            .map_err(|why| format!("this is no saved session: {}", Clean::new(&why.to_string(), 160)))?;
        if about.format != FORMAT {
            return Err(format!("this session has format {}; this program reads {FORMAT}", about.format));
        }
        let tensors = header.tensors();
        let take = |name: String| -> Result<Vec<f64>, String> {
            let info = tensors.get(&name).ok_or_else(|| format!("{name} is missing"))?;
            numbers(info, data).ok_or_else(|| format!("{name} is not of type F64"))
        };
        let run = |(at, run): (usize, &AboutRun)| {
            let state = State {
                theta: take(format!("{at}.theta"))?,
                first: take(format!("{at}.first"))?,
                second: take(format!("{at}.second"))?,
                step: run.step,
                age: run.age,
                used: usize::try_from(run.used).unwrap_or(usize::MAX),
                epoch: run.epoch,
            };
            let history = take(format!("{at}.history"))?;
            let history = History::of(history.as_chunks::<COLUMNS>().0.iter().map(bucket));
            Ok(Arc::new(Saved { name: Clean::new(&run.name, 64), redraws: run.redraws, state, history }))
        };
        let runs = about.runs.iter().enumerate().map(run).collect::<Result<Vec<_>, String>>()?;
        let About { preset, name, home, forks, going, .. } = about;
        Ok(Self { preset, name, home, forks, runs, going })
    }
}

#[expect(clippy::cast_precision_loss, reason = "steps below 2⁵³")]
fn row(bucket: Bucket) -> [f64; COLUMNS] {
    let Bucket { step, least, mean, greatest, count, broken, test, log_posterior } = bucket;
    [step as f64, least, mean, greatest, f64::from(count), f64::from(u8::from(broken)), test, log_posterior]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "written from a step and a count")]
fn bucket(row: &[f64; COLUMNS]) -> Bucket {
    let [step, least, mean, greatest, count, broken, test, log_posterior] = *row;
    Bucket { step: step as u64, least, mean, greatest, count: count as u32, broken: broken != 0.0, test, log_posterior }
}
