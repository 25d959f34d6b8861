//! The kernels: what a step's time is spent in. Knows no stage and no model.

mod chain;
mod fetch;
mod pass;
mod product;
mod sums;

pub use chain::{Back, FEW, Gone, Layer, Layers, There};
pub use fetch::Fetch;
pub use pass::{Activate, Applied, Extent, Plus, Residuals, Round, Times};
pub use product::{Finish, Product};
pub use sums::{Collect, CollectRows, Dots, Turn};
