//! The user's experiment: typed settings, the parameter table over them, TOML in with positions and out again, changes.
//! The struct is the truth, rows are lenses onto it, text is a third thing. Knows no coefficient and no screen.

mod builtin;
mod change;
mod experiment;
mod holding;
mod kind;
mod load;
mod names;
mod nudge;
mod opening;
mod path;
mod remote;
mod resolve;
mod revise;
mod rows;
mod save;
mod schema;
mod settings;
mod source;
mod template;
mod transformed;
mod value;
mod variants;
mod walk;

pub use builtin::{built_in, find, names as built_in_names, no_file};
pub use change::Change;
pub use experiment::{Experiment, Fault, MEMORY};
pub use kind::{Kind, Step};
pub use load::{load, load_told, open};
pub use names::{BranchScale, Classes, GROUPS, Improper, LikelihoodKind, PriorKind};
pub use opening::{Aspect, Face, Focus, OpenElement, OpenPane, Strip, View};
pub use path::Path;
pub use remote::Remote;
pub use rows::{At, Cost, Row, Scope, all as rows};
pub use schema::{REFERENCE, SCHEMA_FILE, schema, schema_text};
pub use settings::{
    DEEPEST, DataSettings, GroupPrior, LikelihoodSettings, ModelSettings, Origin, PriorSettings, Settings,
    StageSettings,
};
pub use source::{Home, Source, glance};
pub use template::template;
pub use value::Value;
pub use variants::{Preset, Variant};
