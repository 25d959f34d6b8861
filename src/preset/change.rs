//! One edit of an experiment: what keys, `--set`, `:set`, variants and the journal all speak. Knows no run.

use super::path::Path;
use super::value::Value;
use crate::function::Transform;
use crate::text::grouped;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One edit. As JSON: `{"set":["model.k",4]}`, `{"clear":"f3.k"}`, `{"redraw":{"stage":2}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// A setting gets a value.
    Set(Path, Value),
    /// A setting is unwritten: the default holds, or what all stages have.
    Clear(Path),
    /// New starting coefficients, the next draw, for f⁽ⁱ⁾ by the essay's index, or for all.
    Redraw {
        /// Which f⁽ⁱ⁾.
        stage: Option<usize>,
    },
    /// New starting coefficients for every f⁽ⁱ⁾ in which what comes in is lost, by a draw in which it is not.
    Revive,
    /// An operation on θ, and on the settings that describe its shape.
    Transform(Transform),
    /// Back to the coefficients of an earlier step, under the settings of now.
    Seek {
        /// Which step.
        step: u64,
    },
}

impl Change {
    /// `model.k=4`, as typed after `--set` and `:set`.
    ///
    /// # Errors
    /// A sentence with the nearest name, or with what the value must be.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let Some((name, value)) = typed.split_once('=') else {
            let path = Path::parse(typed)?;
            return Err(format!("{path} needs a value: {path}=…, {}", path.row().kind.expects()));
        };
        let path = Path::parse(name)?;
        let value = path.row().kind.parse(value).map_err(|why| format!("{path} {why}"))?;
        Ok(Self::Set(path, value))
    }
}

/// As a sentence would name it.
impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(path, value) => write!(out, "{path} = {value}"),
            Self::Clear(path) => write!(out, "{path} back to its default"),
            Self::Redraw { stage: Some(index) } => write!(out, "f{index} starts from a new draw"),
            Self::Redraw { stage: None } => write!(out, "all start from a new draw"),
            Self::Revive => write!(out, "what is dead starts from a draw that lives"),
            Self::Transform(how) => how.fmt(out),
            Self::Seek { step } => write!(out, "on from step {}", grouped(*step)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_as_everywhere() {
        assert_eq!(Change::Seek { step: 286_378 }.to_string(), "on from step 286,378");
    }
}
