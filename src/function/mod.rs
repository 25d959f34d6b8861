//! The readable evaluator on ndarray, f64: what a model computes, its gradients, its starting points and exact
//! operations on it. The reference that faster evaluators are held to. Knows no prior and no optimiser.

mod activation;
mod carry;
mod composition;
mod element;
mod end;
mod evaluate;
mod expansion;
mod init;
mod likelihood;
mod patches;
mod through;
mod toeplitz;
mod transform;

pub use activation::{derivative, value};
pub use carry::{Kept, carry};
pub use element::{Element, Grip};
pub use evaluate::{Evaluate, Fit, NotFinite, Reference, Rows};
pub use init::{Init, Start, start, start_on};
pub(crate) use likelihood::Sums;
#[cfg(test)]
pub(crate) use likelihood::gaussian;
pub(crate) use patches::source as patch_source;
pub use through::{Passage, Through, along, back, jacobian, local, slope, through};
pub use toeplitz::{Toeplitz, toeplitz};
pub use transform::{MOST_ELEMENTS, Refusal, Transform, transform};
