//! The kernels: what a step's time is spent in. Knows no stage and no model.

mod chain;
mod pass;
mod product;
mod sums;

pub use chain::{Back, FEW, Gone, Layer, Layers, Tape, There};
pub use pass::{Activate, Applied, Extent, Plus, Residuals, Round, Times};
pub use product::{Finish, Product};
pub use sums::{Collect, CollectRows, Dots, Turn};
