//! The terminal program: a state machine, its pictures, and the one thread that owns the terminal.

pub mod app;
mod courier;
mod disk;
pub mod export;
pub mod feed;
mod laboratory;
pub mod look;
pub mod plot;
pub mod session;
pub mod state;
pub mod svg;
pub mod term;
pub mod view;

pub use app::App;
