//! The kernels: what a step's time is spent in. Knows no stage and no model.

mod chain;
mod fetch;
mod pass;
mod product;
mod sigma;
mod sums;

pub use chain::{FEW, Layer, Layers, Ways};
pub use fetch::Fetch;
pub use pass::{Extent, Gaussian, Plus, Residuals, Round, Times};
pub use product::{Finish, Product};
pub use sigma::{Activate, Applied, Known};
pub use sums::{Collect, CollectRows, Dots, Turn};
