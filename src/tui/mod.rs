//! The terminal program: a state machine, its pictures, and the one thread that owns the terminal.

pub mod app;
pub mod glyphs;
mod ink;
pub mod input;
mod line;
pub mod look;
pub mod pace;
pub mod plot;
pub mod session;
pub mod term;
pub mod view;
mod wake;

pub use app::App;
