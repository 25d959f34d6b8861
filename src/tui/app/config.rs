//! Which rows of the parameter table the configuration pane shows, in which order, and finding one of them. Knows no
//! screen.

use super::{App, Effect, Figure, Line, Overlay, Pane};
use crate::preset::{Cost, Path, Row, Scope, Settings, rows};
use crate::text::Clean;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

/// One line of the configuration pane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConfigRow {
    /// A heading: a section's name.
    Section(&'static str),
    /// A heading: f⁽ⁱ⁾, by its essay index, and what of it.
    Stage(usize, &'static str),
    /// A setting.
    Setting(Path),
    /// A number that follows from settings: it cannot be selected.
    Figure(Figure),
}

/// What is known of a setting's line besides its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five marks, each with or without the others")]
pub struct Mark {
    /// Written in the preset, or for this stage alone; else the default holds, or what all stages have.
    pub written: bool,
    /// Not what it was when the preset was opened or saved.
    pub changed: bool,
    /// Data or coefficients are made anew when it changes.
    pub rebuilds: bool,
    /// Without effect as things are.
    pub idle: bool,
    /// The preset holds it fast.
    pub locked: bool,
}

/// A row being looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What is typed.
    pub line: Line,
    /// What was selected before.
    before: Path,
}

/// A group of lines.
enum Part {
    /// A section of the table, by the beginning of its rows' keys.
    Whole(&'static str, &'static str),
    /// What the focused f⁽ⁱ⁾ may have otherwise.
    Own,
    /// Its priors, group by group.
    Priors,
    /// Its starting values, and which elements stay at them.
    Start,
}

/// The groups in the order of the pane: what is changed most stands first.
const PARTS: &[Part] = &[
    Part::Whole("Model", "model."),
    Part::Own,
    Part::Whole("Learn", "learn."),
    Part::Whole("Data", "data."),
    Part::Whole("Likelihood", "likelihood."),
    Part::Whole("Prior", "prior."),
    Part::Priors,
    Part::Start,
    Part::Whole("Run", ""),
    Part::Whole("View", "view."),
];

impl App {
    /// All lines: the sections, with the focused stage's own settings after the model's. While something is looked for,
    /// the rows that match, also those without effect.
    #[must_use]
    pub fn config_rows(&self) -> Vec<ConfigRow> {
        let settings = self.preset.settings(self.window.run);
        let wanted = self.finding().map(|line| line.text().to_lowercase()).filter(|text| !text.trim().is_empty());
        let shown = |path: &Path| match &wanted {
            Some(wanted) => matches(path, wanted),
            None => (path.row().when)(&settings) || *path == self.selected,
        };
        let mut lines = Vec::new();
        for part in PARTS {
            let (heading, paths) = self.part(part);
            let mut paths: Vec<ConfigRow> = paths.into_iter().filter(shown).map(ConfigRow::Setting).collect();
            if matches!(part, Part::Whole("Learn", _)) && wanted.is_none() {
                self.put_figures(&mut paths);
            }
            if !paths.is_empty() {
                lines.push(heading);
                lines.extend(paths);
            }
        }
        lines
    }

    /// A group's heading and all its rows.
    fn part(&self, part: &Part) -> (ConfigRow, Vec<Path>) {
        let of = |at: Option<usize>, fits: &dyn Fn(&Row) -> bool| -> Vec<Path> {
            rows().filter(|row| fits(row)).filter_map(|row| Path::of(row, at)).collect()
        };
        let (index, stage) = (self.stage, Some(self.stage));
        match part {
            Part::Whole(title, "") => (ConfigRow::Section(title), of(None, &|row| !row.key.contains('.'))),
            Part::Whole(title, prefix) => {
                let own = |row: &Row| row.key.starts_with(prefix) && row.scope != Scope::StageOnly;
                (ConfigRow::Section(title), of(None, &own))
            }
            Part::Own => {
                let own = |row: &Row| row.scope == Scope::PerStage || row.key == "f.hold";
                (ConfigRow::Stage(index, ""), of(stage, &own))
            }
            Part::Priors => (ConfigRow::Stage(index, "prior"), of(stage, &|row| row.scope == Scope::PerGroup)),
            Part::Start => {
                let given = |row: &Row| row.scope == Scope::StageOnly && row.key != "f.hold";
                (ConfigRow::Stage(index, "starts at"), of(stage, &given))
            }
        }
    }

    /// The settings of the run in focus: as they are, and as they were opened or last saved.
    #[must_use]
    pub fn compared(&self) -> [Settings; 2] {
        [&self.preset, &self.opened].map(|preset| preset.settings(self.window.run))
    }

    /// What is known of a setting's line.
    #[must_use]
    pub fn mark(&self, path: &Path, [now, opened]: &[Settings; 2]) -> Mark {
        let (row, at) = (path.row(), path.stage());
        let written = row.is_written(now, at);
        Mark {
            written,
            changed: written != row.is_written(opened, at) || (written && now.get(path) != opened.get(path)),
            rebuilds: row.cost == Cost::Rebuild,
            idle: !(row.when)(now),
            locked: self.is_locked(path),
        }
    }

    /// The place of the selected row among the lines.
    #[must_use]
    pub fn selected_line(&self) -> usize {
        let is_selected = |line: &ConfigRow| matches!(line, ConfigRow::Setting(path) if *path == self.selected);
        self.config_rows().iter().position(is_selected).unwrap_or(0)
    }

    /// Selects the setting `lines` further down, or the last or first there is.
    pub(super) fn select(&mut self, lines: i32) {
        let settings = self.listed();
        let here = settings.iter().position(|path| *path == self.selected).unwrap_or(0);
        let there = here.saturating_add_signed(lines as isize).min(settings.len().saturating_sub(1));
        if let Some(path) = settings.get(there) {
            self.selected = *path;
        }
    }

    /// The settings on the lines.
    fn listed(&self) -> Vec<Path> {
        let setting = |line: &ConfigRow| match line {
            ConfigRow::Setting(path) => Some(*path),
            ConfigRow::Section(_) | ConfigRow::Stage(..) | ConfigRow::Figure(_) => None,
        };
        self.config_rows().iter().filter_map(setting).collect()
    }

    /// What is typed to find a row.
    #[must_use]
    pub fn finding(&self) -> Option<&Line> {
        let Overlay::Finding(finding) = &self.overlay else { return None };
        Some(&finding.line)
    }

    /// Begins to look for a row.
    pub(super) fn find(&mut self) {
        self.pane = Pane::Configuration;
        self.overlay = Overlay::Finding(Finding { line: Line::default(), before: self.selected });
    }

    /// As one types the best match is selected; Enter keeps it, Esc goes back to what was selected before.
    pub(super) fn finding_key(&mut self, key: &KeyEvent, mut finding: Finding) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let by = match key.code {
            KeyCode::Esc => return self.selected = finding.before,
            KeyCode::Backspace if finding.line.text().is_empty() => return self.selected = finding.before,
            KeyCode::Enter => return self.keep_match(finding),
            KeyCode::Down | KeyCode::Tab => Some(1),
            KeyCode::Up | KeyCode::BackTab => Some(-1),
            KeyCode::Char('n') if control => Some(1),
            KeyCode::Char('p') if control => Some(-1),
            _ => None,
        };
        if by.is_none() {
            finding.line.key(key);
        }
        self.overlay = Overlay::Finding(finding);
        match by {
            Some(by) => self.select(by),
            None => self.select_match(),
        }
    }

    /// What is found stays selected; where nothing is, what was before, and one is told.
    fn keep_match(&mut self, finding: Finding) {
        let (before, wanted) = (finding.before, finding.line.text().trim().to_owned());
        self.overlay = Overlay::Finding(finding);
        let found = !self.listed().is_empty();
        self.overlay = Overlay::None;
        if !found {
            self.selected = before;
            let _ = self.refuse(&format!("no setting is called or explained by \"{wanted}\""));
        }
    }

    /// The first row whose name begins so, has it, or else whose explanation does.
    pub(super) fn select_match(&mut self) {
        let Overlay::Finding(finding) = &self.overlay else { return };
        let wanted = finding.line.text().trim().to_lowercase();
        if wanted.is_empty() {
            self.selected = finding.before;
            return;
        }
        let listed = self.listed();
        let before = finding.before;
        let last = |path: &Path| path.key().rsplit('.').next().unwrap_or("").to_lowercase();
        let exact = |path: &&Path| path.to_string() == wanted;
        let begins = |path: &&Path| last(path).starts_with(&wanted) || path.row().label.to_lowercase() == wanted;
        let named = |path: &&Path| named(path).contains(&wanted);
        let best = listed
            .iter()
            .find(exact)
            .or_else(|| listed.iter().find(begins))
            .or_else(|| listed.iter().find(named))
            .or(listed.first());
        self.selected = best.copied().unwrap_or(before);
    }

    /// A line with the selected value in it, as it would be typed.
    pub(super) fn type_value(&mut self, _: Duration) -> Vec<Effect> {
        let (path, kind) = (self.selected, self.selected.row().kind);
        let value = self.preset.settings(self.window.run).get(&path);
        let text = kind.typed(&value);
        let line = Line::new(&text);
        if line.text() != text {
            return self.refuse(&format!("{path} is too long for one line: write it in the preset's file"));
        }
        self.overlay = Overlay::Typing(path, line, None);
        Vec::new()
    }
}

/// Key and label.
fn named(path: &Path) -> String {
    format!("{path} {}", path.row().label).to_lowercase()
}

/// Whether every word stands in the key, the label or the explanation.
fn matches(path: &Path, wanted: &str) -> bool {
    let text = format!("{} {}", named(path), Clean::from(path.row().help).to_lowercase());
    wanted.split_whitespace().all(|word| text.contains(word))
}
