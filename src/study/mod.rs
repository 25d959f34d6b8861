//! Studies: one thing done many times over seeds and settings, and summed up with its uncertainty. Knows no screen and no
//! command line.
//!
//! A `Plan` is axes over the parameter table and a number of seeds; its `Task`s are runs to their end, each with an id made of
//! what it is; what comes of one is an `Outcome`. A `Lab` does tasks on the cores that it is given: results stand in the order
//! of the tasks, whoever did them. `claims` are the essay's sentences as such experiments.

pub mod claims;
mod figure;
mod fit;
mod lab;
mod outcome;
mod plan;
mod search;
mod shape;
mod statistics;
mod table;

pub use figure::{Curve, Figure, Map, Mark};
pub use fit::{Fit, cost, descend, fitted, mode, nrmse, sd};
pub use lab::{Failure, Lab, Progress};
pub use outcome::{Outcome, outcome};
pub use plan::{Axis, Plan, Task, TaskId};
pub use search::critical_by_search;
pub use shape::{Shape, Target, curve, dataset, flat_d, shared};
pub use statistics::{Estimate, median, median_of, paired, proportion, quantile};
pub use table::{Cell, Table};
