//! TOML in: a preset, or every problem of its text and of the data it names, each with its place. Reads no file itself.

use super::builtin::no_file;
use super::experiment::Experiment;
use super::path::Path;
use super::settings::{Origin, Settings};
use super::variants::{Preset, beyond};
use super::walk::{Marks, PROBLEMS, Walk, walk};
use crate::data::csv::Table;
use crate::data::{Dataset, Source};
use crate::files;
use crate::seeds::Seeds;
use crate::text::{Clean, Place, Problem};
use toml::de::DeTable;

/// Bytes of a preset.
const TEXT: usize = 1 << 20;
/// Bytes of a table.
const TABLE: u64 = 64 << 20;
/// Bytes of one message with its place: a line or two on any terminal.
const MESSAGE: usize = 400;

/// The preset in the file at `path`, with data beside it.
///
/// # Errors
/// Every problem, in the order of the text.
pub fn open(path: &std::path::Path) -> Result<Preset, Vec<Problem>> {
    open_text(path, &text_of(path)?, &mut |_| ())
}

/// The preset that `text`, which is what the file at `path` holds, spells; data lie beside it. `read` is as `load_told`'s.
pub(super) fn open_text(path: &std::path::Path, text: &str, read: &mut dyn FnMut(f64)) -> Result<Preset, Vec<Problem>> {
    let folder = path.parent().unwrap_or(std::path::Path::new("."));
    let fetch = |relative: &str| files::read_confined(folder, relative, TABLE);
    load_told(&Clean::from(&*path.to_string_lossy()), text, &fetch, read)
}

/// The text in the file at `path`; what cannot be read at all has no line to point at.
pub(super) fn text_of(path: &std::path::Path) -> Result<String, Vec<Problem>> {
    let file = Clean::from(&*path.to_string_lossy());
    let unread = |why: String| vec![if path.exists() { Problem::new(&why) } else { no_file(path) }];
    let bytes = files::read_capped(path, TEXT as u64).map_err(unread)?;
    String::from_utf8(bytes).map_err(|fault| {
        let valid = &fault.as_bytes()[..fault.utf8_error().valid_up_to()];
        let place = Place::at(&file, &String::from_utf8_lossy(valid), valid.len());
        vec![Problem::new("this is not UTF-8 text").at(place)]
    })
}

/// What `text` says, without its data and without looking whether it holds together.
pub(super) fn glance(file: &Clean, text: &str) -> Result<Preset, Vec<Problem>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut walk = walk(document.get_ref());
    let mut problems = if errors.is_empty() { Vec::new() } else { syntax(text, &errors) };
    problems.append(&mut walk.problems);
    if !problems.is_empty() {
        return Err(sorted(file, text, problems, Vec::new()));
    }
    let variants = walk.variants.into_iter().map(|(variant, _)| variant).collect();
    Ok(Preset { name: name(file), base: walk.settings, variants })
}

/// The preset that `text` spells. `fetch` reads the table that it names.
///
/// # Errors
/// Every problem, in the order of the text; those of a table after them.
pub fn load(file: &Clean, text: &str, fetch: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> Result<Preset, Vec<Problem>> {
    load_told(file, text, fetch, &mut |_| ())
}

/// The same; `read` hears now and then what part of the table has been read, from 0 to 1.
///
/// # Errors
/// As those of `load`.
pub fn load_told(
    file: &Clean,
    text: &str,
    fetch: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    read: &mut dyn FnMut(f64),
) -> Result<Preset, Vec<Problem>> {
    if text.len() > TEXT {
        return Err(vec![told(
            file,
            text,
            0,
            &format!("this is {} bytes long; a preset has at most {TEXT}", text.len()),
        )]);
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut walk = walk(document.get_ref());
    let (mut problems, mut elsewhere) = (Vec::new(), Vec::new());
    if errors.is_empty() {
        clash(file, text, &mut walk);
        elsewhere = table(&mut walk, fetch, read);
    } else {
        problems = syntax(text, &errors);
        // What stands on a line that could not be read is guesswork.
        let lines: Vec<usize> = problems.iter().map(|(at, _)| line(text, *at)).collect();
        walk.problems.retain(|(at, _)| !lines.contains(&line(text, *at)));
    }
    let sound = errors.is_empty() && !walk.broken && elsewhere.is_empty();
    problems.append(&mut walk.problems);
    let preset = Preset {
        name: name(file),
        base: walk.settings,
        variants: walk.variants.iter().map(|(variant, _)| variant.clone()).collect(),
    };
    if sound {
        let marks: Vec<&Marks> =
            std::iter::once(&walk.marks).chain(walk.variants.iter().map(|(_, marks)| marks)).collect();
        problems.append(&mut together(&preset, &marks));
    } else if errors.is_empty() && !problems.iter().any(|(_, sentence)| sentence.contains("model.depth ")) {
        // What cannot be judged as a whole may still name stages that there are not.
        let runs: Vec<Settings> = (0..=preset.variants.len()).map(|run| preset.settings(run)).collect();
        problems.append(&mut absent(&runs, &walk.marks));
    }
    if problems.is_empty() && elsewhere.is_empty() { Ok(preset) } else { Err(sorted(file, text, problems, elsewhere)) }
}

/// A problem at a byte of the text, short enough with its place.
fn told(file: &Clean, text: &str, at: usize, sentence: &str) -> Problem {
    let place = Place::at(file, text, at);
    let room = MESSAGE.saturating_sub(place.to_string().len() + 2).max(160);
    let clean = Problem::new(sentence).sentence;
    let end =
        clean.char_indices().map(|(at, character)| at + character.len_utf8()).take_while(|end| *end + 3 <= room).last();
    let cut = if clean.len() <= room { clean.to_string() } else { format!("{}…", &clean[..end.unwrap_or(0)]) };
    Problem::new(&cut).at(place)
}

/// By place, each once; a table's own problems last.
fn sorted(file: &Clean, text: &str, mut problems: Vec<(usize, String)>, elsewhere: Vec<Problem>) -> Vec<Problem> {
    problems.sort();
    problems.dedup();
    let more = problems.len() >= PROBLEMS;
    let mut listed: Vec<Problem> =
        problems.iter().take(PROBLEMS).map(|(at, sentence)| told(file, text, *at, sentence)).collect();
    if more {
        listed.push(told(
            file,
            text,
            text.len(),
            &format!("more than {PROBLEMS} problems; the rest were not looked for"),
        ));
    }
    listed.extend(elsewhere.into_iter().take(PROBLEMS));
    listed
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// What is not TOML. The crate's own message quotes the line raw; only its words and its place are used.
fn syntax(text: &str, errors: &[toml::de::Error]) -> Vec<(usize, String)> {
    let place = |error: &toml::de::Error| error.span().map_or(text.len(), |span| span.start);
    let near = |at: usize| match text.get(at..).map(|rest| rest.lines().next().unwrap_or("").trim_end()) {
        None | Some("") => "at the end of the line".to_owned(),
        Some(rest) => format!("at \"{}\"", Clean::new(rest, 40)),
    };
    errors
        .iter()
        .take(PROBLEMS)
        .map(|error| (place(error), error.message()))
        .map(|(at, message)| (at, format!("this is not TOML {}: {message}", near(at))))
        .collect()
}

/// A target and a table at once.
fn clash(file: &Clean, text: &str, walk: &mut Walk) {
    let [target, csv] = ["data.target", "data.csv"].map(|key| Path::full(key).expect("the table has this key"));
    if let (Some(target), Some(csv)) = (walk.marks.keys.get(&target), walk.marks.keys.get(&csv)) {
        let [first, second] = [target.min(csv), target.max(csv)].map(|at| Place::at(file, text, *at));
        let sentence = format!(
            "data.target and data.csv are both given ({}:{} and {}:{}); give one: y comes from a function or \
             from a table",
            first.line, first.column, second.line, second.column
        );
        walk.problems.push((*target.max(csv), sentence));
        walk.broken = true;
    }
}

/// Reads the table that the preset names; its own problems have places of their own.
fn table(walk: &mut Walk, fetch: &dyn Fn(&str) -> Result<Vec<u8>, String>, told: &mut dyn FnMut(f64)) -> Vec<Problem> {
    let Origin::Csv(path) = walk.settings.data.origin.clone() else { return Vec::new() };
    let at = walk.marks.place(&Path::full("data.csv").expect("the table has this key"));
    let data = &walk.settings.data;
    let read = fetch(&path).map_err(|why| {
        walk.problems.push((at, format!("data.csv \"{}\": {}", Clean::new(&path, 80), Clean::new(&why, 160))));
        walk.broken = true;
    });
    let Ok(bytes) = read else { return Vec::new() };
    match Table::read_told(&path, &bytes, (&data.inputs, &data.outputs), data.format, told) {
        Ok(table) => {
            walk.settings.keep(&path, table);
            Vec::new()
        }
        Err(problems) => {
            let (placed, loose): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| problem.place.is_some());
            walk.broken |= !loose.is_empty();
            walk.problems.extend(loose.into_iter().map(|problem| (at, format!("data.csv: {}", problem.sentence))));
            placed
        }
    }
}

/// What does not hold together, in any run.
fn together(preset: &Preset, marks: &[&Marks]) -> Vec<(usize, String)> {
    let runs: Vec<Settings> = (0..marks.len()).map(|run| preset.settings(run)).collect();
    let mut problems = absent(&runs, marks[0]);
    let opening = Path::full("view.run").expect("the table has this key");
    problems.extend(preset.nobody().map(|why| (marks[0].place(&opening), why)));
    let mut base: Vec<(Path, String)> = Vec::new();
    for (run, settings) in runs.iter().enumerate() {
        let whose = preset.prefix(run);
        let beyond_depth = marks[run].keys.iter().filter(|_| run > 0).filter_map(|(path, at)| {
            let index = path.stage().filter(|index| !settings.has(*index))?;
            Some((*at, format!("{whose}{path}: {}", beyond(index, settings.model.depth))))
        });
        problems.extend(beyond_depth);
        let wrong = settings.experiment().map_or_else(|wrong| wrong, |experiment| undrawn(&experiment));
        let mut shown: Vec<(usize, &str)> = Vec::new();
        for (path, sentence) in wrong.iter().filter(|problem| !base.contains(problem)) {
            // One setting of all stages can be wrong for each of them: it is said once.
            let place = (marks[run].place(path), path.key());
            if !shown.contains(&place) {
                shown.push(place);
                problems.push((place.0, format!("{whose}{sentence}")));
            }
        }
        if run == 0 {
            base = wrong;
        }
    }
    problems
}

/// Why there are no data: a target that is not a number somewhere in its range, labels that are no classes.
fn undrawn(experiment: &Experiment) -> Vec<(Path, String)> {
    let of_a_table = matches!(experiment.data.source, Source::Csv(_));
    let origin = Path::full(if of_a_table { "data.csv" } else { "data.target" }).expect("the table has these keys");
    let data = Dataset::draw(&experiment.data, Seeds(experiment.seed));
    data.err().map(|why| (origin, format!("{origin}: {why}"))).into_iter().collect()
}

/// Stages that are written and that no run has.
fn absent(runs: &[Settings], marks: &Marks) -> Vec<(usize, String)> {
    let depth = runs.iter().map(|run| run.model.depth).max().unwrap_or(1);
    let stages = marks.sections.iter().filter_map(|(name, at)| Some((super::path::stage_index(name)?, *at)));
    let told = |index| match runs {
        [_] => beyond(index, depth),
        _ => format!("f{index} is beyond the depth of every variant: the deepest has {depth} stages"),
    };
    stages.filter(|(index, _)| *index > depth).map(|(index, at)| (at, told(index))).collect()
}

/// What a file is called on screen.
fn name(file: &Clean) -> Clean {
    let last = file.rsplit(['/', '\\']).next().unwrap_or("");
    Clean::new(last.strip_suffix(".toml").unwrap_or(last), 40)
}
