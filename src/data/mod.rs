//! (X, y): which data, drawn or read, split and standardised. Knows no model.

mod clouds;
pub mod csv;
mod dataset;
mod draw;
mod expression;
mod named;
mod plan;
mod scatter;
mod signals;
mod values;
mod yardstick;

pub use clouds::Cloud;
pub(crate) use dataset::held_out;
pub use dataset::{Column, Dataset, Points};
pub use expression::Expression;
pub use named::Named;
pub use plan::{Csv, Design, Plan, Scatter, Source};
pub use values::Values;
pub use yardstick::Yardsticks;
