//! The readable evaluator on ndarray, f64: what a model computes, its gradients, its starting points and exact
//! operations on it. The reference that faster evaluators are held to. Knows no prior and no optimiser.

mod activation;
mod carry;
mod composition;
mod constant;
mod density;
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
pub use constant::constant_loss;
pub use density::{
    gaussian_constant, laplace, laplace_constant, log_factorial, log_gamma_ratio, student_t, student_t_constant,
};
pub use element::{Element, Grip};
pub use evaluate::{Chosen, Evaluate, Fit, NotFinite, Reference, Rows};
pub use init::{Init, Start, start, start_on};
pub(crate) use likelihood::{Sums, mean_log, sums};
pub use likelihood::{fisher, log_density, mean, predicted, scatter};
pub(crate) use patches::source as patch_source;
pub use through::{Passage, Through, along, back, jacobian, local, outputs, slope, through};
pub use toeplitz::{Toeplitz, positions_tied, toeplitz};
pub use transform::{MOST_ELEMENTS, Refusal, Transform, transform};
