//! Numbers that the configuration pane shows beside the settings that they follow from: λ with σ, τ and N. Knows no screen.

use super::{App, ConfigRow};
use crate::run::Lambda;
use crate::text::grouped;
use crate::tui::plot::scale::short;

/// A number that follows from the settings and is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// s²/(N τ²): what ‖θ‖² is multiplied by beside the mean of the squares.
    Lambda,
    /// The λ above which the mode is a constant.
    Critical,
    /// What λ is made of: the likelihood's scale, the prior's τ, the rows.
    Parts,
}

impl Figure {
    /// Its name on screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Lambda => "λ",
            Self::Critical => "λ_c",
            Self::Parts => "σ τ N",
        }
    }

    /// As it is shown.
    #[must_use]
    pub fn text(self, lambda: &Lambda) -> String {
        match self {
            Self::Lambda => both(lambda.value),
            Self::Critical => lambda.critical.map_or_else(String::new, short),
            Self::Parts => format!(
                "{} · {} · {}",
                lambda.s.map_or_else(|| "–".to_owned(), short),
                both(lambda.tau),
                grouped(lambda.rows as u64)
            ),
        }
    }
}

/// One number, or two where they differ.
fn both([low, high]: [f64; 2]) -> String {
    if low < high { format!("{}…{}", short(low), short(high)) } else { short(low) }
}

impl App {
    /// λ of the run in focus as it is now, like the settings beside it.
    #[must_use]
    pub fn lambda(&self) -> Option<Lambda> {
        self.focused()?.snapshot.as_ref()?.lambda()
    }

    /// Puts them among the rows of Learn, behind the rate: there they are seen.
    pub(super) fn put_figures(&self, rows: &mut Vec<ConfigRow>) {
        let rate = |row: &ConfigRow| matches!(row, ConfigRow::Setting(path) if path.key() == "learn.rate");
        let at = rows.iter().position(rate).map_or(rows.len(), |at| at + 1);
        rows.splice(at..at, self.figures().into_iter().map(ConfigRow::Figure));
    }

    /// The figures that there are.
    fn figures(&self) -> Vec<Figure> {
        let Some(lambda) = self.lambda() else { return Vec::new() };
        let critical = lambda.critical.map(|_| Figure::Critical);
        [Some(Figure::Lambda), critical, Some(Figure::Parts)].into_iter().flatten().collect()
    }
}
