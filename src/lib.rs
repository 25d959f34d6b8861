//! Deep learning seen as functions: a network is a composition f = f⁽¹⁾∘…∘f⁽ᴸ⁾, each f⁽ⁱ⁾ a truncated basis
//! expansion Σ aₖ σ(bₖ x + cₖ) + d, and learning is Bayes' rule on the coefficients.
//!
//! A module imports only modules that stand above it in this list; `tests/house.rs` keeps it so.

pub mod text;

pub mod seeds;

pub mod files;

pub mod linalg;

pub mod model;

pub mod data;

pub mod function;

pub mod engine;

pub mod bayes;

pub mod learn;

pub mod preset;

pub mod run;

pub mod train;

pub mod study;

pub mod scene;

pub mod tui;

pub mod cli;
