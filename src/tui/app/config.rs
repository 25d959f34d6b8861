//! Which rows of the parameter table the configuration pane shows, and in which order. Knows no screen.

use super::{App, Figure};
use crate::preset::{Kind, Path, Row, Scope, rows};

/// One line of the configuration pane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConfigRow {
    /// A heading: a section's name.
    Section(&'static str),
    /// A heading: f⁽ⁱ⁾, by its essay index.
    Stage(usize),
    /// A setting.
    Setting(Path),
    /// A number that follows from settings: it cannot be selected.
    Figure(Figure),
}

/// The sections in the order of the pane, by the beginning of their rows' keys.
const SECTIONS: &[(&str, &str)] = &[
    ("Model", "model."),
    ("Learn", "learn."),
    ("Data", "data."),
    ("Likelihood", "likelihood."),
    ("Prior", "prior."),
    ("Run", ""),
];

impl App {
    /// All lines: the sections, with the focused stage's own settings after the model's.
    #[must_use]
    pub fn config_rows(&self) -> Vec<ConfigRow> {
        let settings = self.preset.settings(self.window.run);
        let shown =
            |row: &&'static Row| (row.when)(&settings) && is_editable(&row.kind) && row.scope != Scope::StageOnly;
        let mut lines = Vec::new();
        for (title, prefix) in SECTIONS {
            let own = rows().filter(shown).filter(|row| match *prefix {
                "" => !row.key.contains('.') && !matches!(row.key, "title" | "notes"),
                prefix => row.key.starts_with(prefix),
            });
            let mut own: Vec<ConfigRow> = own.filter_map(|row| Path::of(row, None)).map(ConfigRow::Setting).collect();
            if *title == "Learn" {
                // Before the rules that end it: they are changed seldom.
                let stops =
                    |row: &ConfigRow| matches!(row, ConfigRow::Setting(path) if path.key().starts_with("learn.stop."));
                let at = own.iter().position(stops).unwrap_or(own.len());
                own.splice(at..at, self.figures().into_iter().map(ConfigRow::Figure));
            }
            if !own.is_empty() {
                lines.push(ConfigRow::Section(title));
                lines.extend(own);
            }
            if *title == "Model" {
                lines.push(ConfigRow::Stage(self.stage));
                let of_stage = rows().filter(shown).filter(|row| row.scope == Scope::PerStage);
                lines.extend(of_stage.filter_map(|row| Path::of(row, Some(self.stage))).map(ConfigRow::Setting));
            }
        }
        lines
    }

    /// The place of the selected row among the lines.
    #[must_use]
    pub fn selected_line(&self) -> usize {
        let is_selected = |line: &ConfigRow| matches!(line, ConfigRow::Setting(path) if *path == self.selected);
        self.config_rows().iter().position(is_selected).unwrap_or(0)
    }

    /// Selects the setting `lines` further down, or the last or first there is.
    pub(super) fn select(&mut self, lines: i32) {
        let settings: Vec<Path> = self
            .config_rows()
            .iter()
            .filter_map(|line| match line {
                ConfigRow::Setting(path) => Some(*path),
                ConfigRow::Section(_) | ConfigRow::Stage(_) | ConfigRow::Figure(_) => None,
            })
            .collect();
        let here = settings.iter().position(|path| *path == self.selected).unwrap_or(0);
        let there = here.saturating_add_signed(lines as isize).min(settings.len().saturating_sub(1));
        if let Some(path) = settings.get(there) {
            self.selected = *path;
        }
    }
}

/// What can be changed on one line.
fn is_editable(kind: &Kind) -> bool {
    !matches!(kind, Kind::Prose(_) | Kind::Vector | Kind::Matrix | Kind::Paths)
}
