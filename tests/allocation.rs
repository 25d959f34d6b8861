//! A training step allocates nothing after the first: counted by an allocator of this test's own.
#![allow(unsafe_code, reason = "a counting allocator cannot be written without")]

mod common;

use common::{Shape, dataset, theta};
use fnexplore::bayes::Posterior;
use fnexplore::engine::Engine;
use fnexplore::function::{Evaluate, Reference};
use fnexplore::learn::{Batch, Learner, Method, Plan};
use fnexplore::model::{Activation, Architecture, Model};
use fnexplore::seeds::Seeds;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

struct Counting;

thread_local!(static COUNT: Cell<u64> = const { Cell::new(0) });

// SAFETY: passes everything on to the system's allocator; the counter is a plain thread-local cell.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of 200 steps after the first.
fn allocations<E: Evaluate>(model: &Arc<Model>, evaluate: E, plan: &Plan) -> u64 {
    let mut posterior = Posterior::new(model, evaluate, Vec::new());
    let start = theta(model.layout().len(), 0.1);
    let mut learner = Learner::new(plan, start, model, 32, Seeds(1));
    let mut steps = |until| learner.advance(&mut posterior, &mut |step| step.step < until);
    steps(1);
    let before = COUNT.with(Cell::get);
    steps(200);
    COUNT.with(Cell::get) - before
}

#[test]
fn steps_allocate_nothing() {
    for architecture in [Architecture::Plain, Architecture::Residual] {
        for method in Method::ALL {
            for batch in [Batch::Full, Batch::Of(7)] {
                let model = Shape::scalar(architecture, 3, Activation::Relu).model();
                let (data, plan) = (dataset(40, 1, 1), Plan { method, rate: 1e-3, batch, ..Plan::default() });
                let all = [
                    allocations(&model, Reference::new(model.clone(), data.clone()), &plan),
                    allocations(&model, Engine::<f64>::new(model.clone(), data.clone()), &plan),
                    allocations(&model, Engine::<f32>::new(model.clone(), data), &plan),
                ];
                assert_eq!(all, [0; 3], "{architecture:?} {method:?} {batch:?}");
            }
        }
    }
}
