//! What the No-U-Turn sampler keeps of the bare gradient's rate, on the model of `benches/configs/nuts.toml`: four chains one after
//! the other on one thread, as `benches/peers/with_numpyro.py` does it. `cargo bench --bench sampler` prints a line of JSON.

use fnexplore::bayes::diagnostics::{ess_bulk, rhat};
use fnexplore::bayes::{Draws, LogDensity, Parts, Posterior};
use fnexplore::data::Dataset;
use fnexplore::engine::Engine;
use fnexplore::function::{NotFinite, Rows, start_on, through};
use fnexplore::learn::{Chain, Nuts, Walk};
use fnexplore::model::Coefficients;
use fnexplore::preset::load;
use fnexplore::seeds::Seeds;
use fnexplore::text::Clean;
use ndarray::{Array2, Axis};
use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

const CHAINS: u64 = 4;

/// A density that counts its gradients.
struct Counted(Posterior<Engine<f64>>, Rc<Cell<u32>>);

impl LogDensity for Counted {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn on(&mut self, z: &[f64], rows: Rows<'_>, gradient: Option<&mut [f64]>) -> Result<Parts, NotFinite> {
        self.1.set(self.1.get() + 1);
        self.0.on(z, rows, gradient)
    }
}

/// This thread's own time.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

fn main() {
    let text = include_str!("configs/nuts.toml");
    let preset = load(&Clean::from("nuts"), text, &|_| Err("no file".to_owned())).expect("a sound preset");
    let experiment = preset.settings(0).experiment().expect("an experiment");
    let (model, seeds) = (experiment.model.clone(), Seeds(1));
    let data = Arc::new(Dataset::draw(&experiment.data, seeds).expect("data"));
    let theta = start_on(&model, &experiment.start, seeds, 0, data.train.x.view());
    let given = Coefficients::new(model.clone(), theta.clone()).expect("a start");
    let posterior = || Posterior::new(&model, Engine::new(model.clone(), data.clone()), Vec::new());

    let draws: u64 = std::env::var("DRAWS").ok().and_then(|text| text.parse().ok()).unwrap_or(500);
    let plan = Nuts { warmup: draws, draws, ..Nuts::default() };
    let (count, began) = (Rc::new(Cell::new(0)), cpu());
    let mut tracks = Vec::new();
    for id in 0..CHAINS {
        let mut chain = Chain::new(plan, &given, &[], seeds, id).expect("a posterior");
        let mut walk = Walk::new(Box::new(Counted(posterior(), count.clone())), Arc::default());
        chain.advance(&mut walk, &mut |_| false);
        tracks.push(chain.track().clone());
    }
    let took = cpu().saturating_sub(began).as_secs_f64();
    let rate = f64::from(count.get()) / took;

    // The bare gradient afterwards, for as long: where the last draw stands, and at its neighbours.
    let mut bare = posterior();
    let (mut at, mut gradient) = (tracks[0].theta(0).to_vec(), vec![0.0; theta.len()]);
    let began = cpu();
    for step in 0..count.get() {
        at[0] += 1e-9 * f64::from(step % 2);
        std::hint::black_box(bare.at(&at, Some(&mut gradient)).is_ok());
    }
    let alone = f64::from(count.get()) / cpu().saturating_sub(began).as_secs_f64();

    let x = Array2::from_shape_vec((5, 1), vec![-1.4, -0.7, 0.0, 0.7, 1.4]).expect("five places");
    let all = Draws { model, chains: tracks };
    let f = all.quantities(5, |f| through(f, x.view()).f.into_iter().collect());
    let (mut least, mut greatest) = (f64::INFINITY, 0.0_f64);
    for place in f.axis_iter(Axis(2)) {
        (least, greatest) = (least.min(ess_bulk(place)), greatest.max(rhat(place)));
    }
    println!(
        "{{\"peer\":\"fnexplore\",\"config\":\"nuts\",\"dtype\":\"f64\",\"gradients\":{},\"gradients_per_cpu_s\":{rate:.0},\
         \"bare_gradients_per_cpu_s\":{alone:.0},\"share\":{:.3},\"cpu_s\":{took:.3},\"least_ess_of_f\":{least:.0},\
         \"greatest_rhat_of_f\":{greatest:.4}}}",
        count.get(),
        rate / alone
    );
}
