//! What a screen leaves behind as files: its picture as SVG, its curves as CSV. Names them and writes them; knows no key.

use super::app::App;
use super::svg::{Paper, svg};
use super::view;
use crate::files;
use crate::scene::{Window, csv, scene};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use std::io;
use std::path::Path;

/// Values along x of every f⁽ⁱ⁾ and of f in a table: more than a screen has dots.
const SAMPLES: usize = 401;
/// Rows that all elements together may take: with many of them each is sampled more coarsely.
const ROWS: usize = 150_000;
/// Values across and down of a map over two inputs.
const CELLS: (usize, usize) = (61, 61);
/// The most files of one name that are counted on.
const MOST: u32 = 999;

/// Two files of one name, not yet written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The preset and the step: `compose-1200`.
    pub name: String,
    /// The picture.
    pub svg: String,
    /// The curves.
    pub csv: String,
}

impl Export {
    /// What `app` shows on a screen of that size; none while no run has been seen.
    #[must_use]
    pub fn of(app: &App, size: Size) -> Option<Self> {
        let run = app.shown()?;
        // The curves that are drawn, and finer: what is sampled does not hang on the size of a window.
        let elements: usize = run.experiment.model.f.stages.iter().map(|stage| stage.k).sum();
        let along = (ROWS / elements.max(1)).clamp(3, SAMPLES);
        let mut window = Window { stage_columns: along, f_columns: SAMPLES, ..app.window.clone() };
        (window.sight.f_heat, window.sight.stage_heat) = (CELLS, CELLS);
        let runs = app.snapshots();
        let table = csv(&scene(&runs, &window)?, &runs, window.run);
        let mut shown = app.clone();
        shown.look = app.look.on_paper(Some(app.look.palette.colours));
        let mut buffer = Buffer::empty(Rect::new(0, 0, size.width, size.height));
        view::draw(&shown, buffer.area, &mut buffer);
        let preset = &app.preset().name;
        let title = format!("fnexplore {preset}, step {}", run.step);
        let picture = svg(&buffer, Paper::of(&shown.look.palette), &title);
        Some(Self { name: format!("{}-{}", plain(preset), run.step), svg: picture, csv: table })
    }

    /// Writes both into `folder`, under the first name that neither of them has taken from another file; what was written.
    ///
    /// # Errors
    /// A sentence. Nothing is left behind then.
    pub fn write(&self, folder: &Path) -> Result<String, String> {
        for number in 1..=MOST {
            let name = if number == 1 { self.name.clone() } else { format!("{}-{number}", self.name) };
            let [picture, table] = ["svg", "csv"].map(|ending| format!("{name}.{ending}"));
            match files::write_new(&folder.join(&picture), self.svg.as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(format!("{picture} cannot be written: {error}")),
                Ok(()) => {}
            }
            match files::write_new(&folder.join(&table), self.csv.as_bytes()) {
                Ok(()) => return Ok(format!("wrote {picture} and {table}")),
                Err(error) => {
                    // Ours a moment ago: the two go together or not at all.
                    let _ = std::fs::remove_file(folder.join(&picture));
                    if error.kind() != io::ErrorKind::AlreadyExists {
                        return Err(format!("{table} cannot be written: {error}"));
                    }
                }
            }
        }
        Err(format!("there are {MOST} files called {} here already", self.name))
    }
}

/// A preset's name as the beginning of a file's: letters, digits and hyphens, not many.
fn plain(name: &str) -> String {
    let kept = name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' });
    let kept: String = kept.take(40).collect();
    let kept = kept.trim_matches('-');
    if kept.is_empty() { "preset".to_owned() } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("fnexplore-export-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn export() -> Export {
        Export { name: "compose-12".to_owned(), svg: "<svg/>".to_owned(), csv: "run\n".to_owned() }
    }

    #[test]
    fn both_get_the_first_number_that_is_free_for_both() {
        let folder = folder("number");
        assert_eq!(export().write(&folder).unwrap(), "wrote compose-12.svg and compose-12.csv");
        fs::write(folder.join("compose-12-2.csv"), "mine").unwrap();
        assert_eq!(export().write(&folder).unwrap(), "wrote compose-12-3.svg and compose-12-3.csv");
        assert_eq!(fs::read_to_string(folder.join("compose-12-2.csv")).unwrap(), "mine");
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(
            names,
            ["compose-12-2.csv", "compose-12-3.csv", "compose-12-3.svg", "compose-12.csv", "compose-12.svg"]
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn where_nothing_can_be_written_a_sentence_says_so() {
        let said = export().write(Path::new("/dev/null/nowhere")).unwrap_err();
        assert!(said.starts_with("compose-12.svg cannot be written: "), "{said}");
    }

    #[test]
    fn a_file_s_name_is_harmless_whatever_the_preset_is_called() {
        for (name, wanted) in [
            ("compose", "compose"),
            ("-", "preset"),
            ("../../etc/passwd", "etc-passwd"),
            ("wie es wächst", "wie-es-w-chst"),
            (".hidden", "hidden"),
            (&"x".repeat(300), &"x".repeat(40)),
        ] {
            assert_eq!(plain(name), wanted);
        }
    }
}
