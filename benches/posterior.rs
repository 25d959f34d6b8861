//! How long a person waits for a posterior: the exact one after a key, Laplace's at its mode, with all that is told of them.

use divan::{Bencher, black_box};
use fnexplore::preset::{Change, Path, Value, load};
use fnexplore::run::{Run, RunId, RunSpec, Status};
use fnexplore::text::Clean;

fn main() {
    divan::main();
}

/// K, N, L.
const SIZES: [(usize, usize, usize); 4] = [(16, 64, 1), (64, 200, 1), (16, 200, 3), (256, 1000, 1)];

fn run(method: &str, (k, n, depth): (usize, usize, usize)) -> Run {
    let text = format!(
        "[data]\nn = {n}\ntest = 0.0\n[model]\nk = {k}\ndepth = {depth}\nsigma = \"tanh\"\n[learn]\nmethod = \"{method}\"\n"
    );
    let preset = load(&Clean::from("bench"), &text, &|_| Err("no file".to_owned())).expect("a sound preset");
    let spec = RunSpec { id: RunId(0), name: Clean::from("model"), settings: preset.settings(0), saved: None };
    Run::new(spec).expect("a run")
}

/// From a nudge of τ to the picture of the new posterior.
fn keys(bencher: Bencher, method: &str, size: (usize, usize, usize)) {
    let mut run = run(method, size);
    let path = Path::full("prior.d.tau").expect("a setting");
    let mut tau = 1.0;
    bencher.bench_local(|| {
        tau = if tau > 1.0 { 1.0 } else { 1.5 };
        run.change(&Change::Set(path, Value::Real(tau))).expect("a change");
        run.advance(&mut |_| false);
        black_box(run.snapshot(Status::Finished, 0.0))
    });
}

#[divan::bench(args = SIZES)]
fn exact_after_a_key(bencher: Bencher, size: (usize, usize, usize)) {
    keys(bencher, "exact", size);
}

#[divan::bench(args = SIZES[..1].to_vec())]
fn laplace_after_a_key(bencher: Bencher, size: (usize, usize, usize)) {
    keys(bencher, "laplace", size);
}
