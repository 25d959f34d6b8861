//! Tables of numbers from CSV text, every bad cell with its place. Knows no file system and no dataset.

mod format;
mod inputs;
mod labels;
#[cfg(test)]
mod tests;

pub use format::{Delimiter, Format, Header, Missing};
pub use inputs::{Inputs, Match};

use crate::text::{Clean, Place, Problem, nearest};
use ::csv::{ReaderBuilder, StringRecord, Trim};
use format::is_missing;
use labels::Labels;
use ndarray::{Array2, ArrayView2};

/// The most bytes of a table.
pub const MOST_BYTES: usize = 64 << 20;
/// The most rows of a table.
pub const MOST_ROWS: usize = 1_000_000;
/// The most cells: as many rows as are allowed, of eight columns. It bounds the memory that reading takes.
const MOST_CELLS: usize = 8 * MOST_ROWS;
/// The most columns.
const MOST_COLUMNS: usize = 4096;
/// The most problems listed; the others are counted.
const LISTED: usize = 20;
/// Rows after which it is told how far reading is.
const TOLD: usize = 1 << 14;
/// Characters kept of a column's name.
const NAME: usize = 64;

/// The chosen columns of a table, all finite: inputs first, then outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<Clean>,
    inputs: usize,
    values: Array2<f64>,
    /// What the numbers of a column of words stand for; empty for a column of numbers.
    labels: Vec<Vec<Clean>>,
    /// Rows that were left out because a cell was missing.
    dropped: usize,
    /// Whether its first row was found to be numbers, so that its columns have no names but their places.
    unnamed: bool,
}

impl Table {
    /// Reads the columns `inputs` and `outputs` of a table; `file` names it in problems.
    ///
    /// The text is UTF-8 (with a byte order mark or not); lines that begin with `#` and empty lines are skipped. Without
    /// `inputs` the first column is the input, without `outputs` the last is the output. An output of words alone is one
    /// of classes: its numbers are the words' places in the alphabet.
    ///
    /// # Errors
    /// All that is wrong, each with line and column; at most 20 are listed and the others counted.
    pub fn read(
        file: &Clean,
        bytes: &[u8],
        (inputs, outputs): (&[Clean], &[Clean]),
        format: Format,
    ) -> Result<Self, Vec<Problem>> {
        Self::read_told(file, bytes, (inputs, outputs), format, &mut |_| ())
    }

    /// The same; `told` hears now and then what part of the bytes has been read, from 0 to 1.
    ///
    /// # Errors
    /// As those of `read`.
    pub fn read_told(
        file: &Clean,
        bytes: &[u8],
        (inputs, outputs): (&[Clean], &[Clean]),
        format: Format,
        told: &mut dyn FnMut(f64),
    ) -> Result<Self, Vec<Problem>> {
        let text = text_of(file, bytes).map_err(|problem| vec![problem])?;
        let source = Source::new(file, text, format.delimiter);
        source.bounded().map_err(|problem| vec![problem])?;
        let mut reader = source.reader();
        let mut record = StringRecord::new();
        if !reader.read_record(&mut record).map_err(|error| vec![source.broken(&error)])? {
            return Err(vec![
                source.at(text.len(), "the table is empty; it needs a row of column names, then rows of numbers"),
            ]);
        }
        let is_named = match format.header {
            Header::Yes => true,
            Header::No => false,
            Header::Auto => !record.iter().all(|cell| cell.parse::<f64>().is_ok()),
        };
        let names = if is_named { source.names(&record, format.header)? } else { source.numbered(&record)? };
        let chosen = source.choose(&record, &names, inputs, outputs)?;
        let reader = if is_named { reader } else { source.reader() };
        let rows = source.rows(reader, &names, &chosen, format.missing, told)?;
        Ok(Self {
            columns: chosen.at.iter().map(|&at| names[at].clone()).collect(),
            inputs: chosen.inputs,
            values: rows.values,
            labels: rows.labels,
            dropped: rows.dropped,
            unnamed: !is_named && format.header == Header::Auto,
        })
    }

    /// Rows, the header not counted.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.nrows()
    }

    /// The chosen columns' names: inputs, then outputs.
    #[must_use]
    pub fn columns(&self) -> &[Clean] {
        &self.columns
    }

    /// The names of the input columns, as chosen or by default.
    #[must_use]
    pub fn inputs(&self) -> &[Clean] {
        &self.columns[..self.inputs]
    }

    /// The names of the output columns, as chosen or by default.
    #[must_use]
    pub fn outputs(&self) -> &[Clean] {
        &self.columns[self.inputs..]
    }

    /// The words that the numbers of output `column` stand for: 0 is the first of them. None for a column of numbers.
    #[must_use]
    pub fn labels(&self, column: usize) -> &[Clean] {
        self.labels.get(self.inputs + column).map_or(&[], Vec::as_slice)
    }

    /// Rows that were left out because a chosen cell was missing.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether its first row was found to be numbers: columns are then called by their places, which nobody has asked for.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.unnamed
    }

    /// The rows as a table spells them, classes by their words.
    pub fn spelt(&self) -> impl Iterator<Item = Vec<String>> {
        let cell = |(column, value): (usize, &f64)| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a label's number")]
            let label = self.labels[column].get(*value as usize);
            label.map_or_else(|| value.to_string(), ToString::to_string)
        };
        self.values.rows().into_iter().map(move |row| row.iter().enumerate().map(cell).collect())
    }

    /// One row a row of the table, in the order of `columns`.
    #[must_use]
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }
}

/// The columns' names of a table, as `Table::read` takes them.
///
/// # Errors
/// What is wrong with the first row.
pub fn names(file: &Clean, bytes: &[u8]) -> Result<Vec<Clean>, Vec<Problem>> {
    let text = text_of(file, bytes).map_err(|problem| vec![problem])?;
    let source = Source::new(file, text, Delimiter::Auto);
    let mut record = StringRecord::new();
    if !source.reader().read_record(&mut record).map_err(|error| vec![source.broken(&error)])? {
        return Err(vec![source.at(text.len(), "the table is empty")]);
    }
    let bare = record.iter().all(|cell| cell.parse::<f64>().is_ok());
    if bare { source.numbered(&record) } else { source.names(&record, Header::Auto) }
}

/// The bytes as text within bounds, without the byte order mark.
fn text_of<'a>(file: &Clean, bytes: &'a [u8]) -> Result<&'a str, Problem> {
    if bytes.len() > MOST_BYTES {
        let sentence = format!("{file} has {} bytes; a table may have {MOST_BYTES}", bytes.len());
        return Err(Problem::new(&sentence));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid up to there");
            let valid = valid.strip_prefix('\u{feff}').unwrap_or(valid);
            let place = Place::at(file, valid, valid.len());
            return Err(Problem::new("this byte is not UTF-8 text; save the table as UTF-8").at(place));
        }
    };
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Which columns of the table, inputs first.
struct Chosen {
    at: Vec<usize>,
    inputs: usize,
}

/// What was read of the chosen columns.
struct Rows {
    values: Array2<f64>,
    labels: Vec<Vec<Clean>>,
    dropped: usize,
}

/// The text that is read, to say where a problem is.
struct Source<'a> {
    file: &'a Clean,
    text: &'a str,
    delimiter: u8,
}

impl<'a> Source<'a> {
    fn new(file: &'a Clean, text: &'a str, delimiter: Delimiter) -> Self {
        Self { file, text, delimiter: delimiter.byte(text) }
    }

    /// That there are not too many cells to be kept.
    fn bounded(&self) -> Result<(), Problem> {
        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\n' | b'\r');
        let cells = self.text.bytes().filter(ends).count();
        let told = || Problem::new(&format!("{} has about {cells} cells; a table may have {MOST_CELLS}", self.file));
        if cells > MOST_CELLS { Err(told()) } else { Ok(()) }
    }

    /// Records of the text; which of them is a header is not its business.
    fn reader(&self) -> ::csv::Reader<&'a [u8]> {
        let mut how = ReaderBuilder::new();
        how.delimiter(self.delimiter).has_headers(false).flexible(true).comment(Some(b'#')).trim(Trim::All);
        how.from_reader(self.text.as_bytes())
    }

    fn at(&self, offset: usize, sentence: &str) -> Problem {
        Problem::new(sentence).at(Place::at(self.file, self.text, offset))
    }

    /// A problem of the cell `at` of `record`, placed at its first character.
    fn cell(&self, record: &StringRecord, at: usize, sentence: &str) -> Problem {
        let read_from = record.position().map_or(0, ::csv::Position::byte);
        let start = record_start(self.text, usize::try_from(read_from).unwrap_or(0));
        self.at(start + cell_offset(&self.text[start..], at, self.delimiter), sentence)
    }

    fn broken(&self, error: &::csv::Error) -> Problem {
        let offset = error.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        self.at(record_start(self.text, offset), &format!("this line cannot be read: {error}"))
    }

    /// That a row has neither too many cells nor one alone.
    fn wide(&self, first: &StringRecord) -> Result<(), Vec<Problem>> {
        if first.len() > MOST_COLUMNS {
            let sentence = format!("the table has {} columns; at most {MOST_COLUMNS} are read", first.len());
            return Err(vec![self.cell(first, 0, &sentence)]);
        }
        if first.len() == 1 {
            let apart = if first[0].contains([' ', ';', '\t', ',', '|']) {
                "; cells are separated by commas, semicolons or tabs, here they seem to be separated by something else"
            } else {
                ""
            };
            let only = Clean::new(&first[0], NAME);
            let sentence = format!("the table has one column, \"{only}\"; it needs an input and an output{apart}");
            return Err(vec![self.cell(first, 0, &sentence)]);
        }
        Ok(())
    }

    /// The names of columns that have none.
    fn numbered(&self, first: &StringRecord) -> Result<Vec<Clean>, Vec<Problem>> {
        self.wide(first)?;
        Ok((1..=first.len()).map(|number| format!("col{number}").as_str().into()).collect())
    }

    /// The header's names: two at least, all different, none empty.
    fn names(&self, header: &StringRecord, how: Header) -> Result<Vec<Clean>, Vec<Problem>> {
        self.wide(header)?;
        let names: Vec<Clean> = header.iter().map(|name| Clean::new(name, NAME)).collect();
        let mut problems = Problems::default();
        let mut seen = std::collections::HashMap::new();
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() {
                problems.add(|| self.cell(header, at, "this column has no name; the first row names the columns"));
            } else if let Some(first) = seen.insert(name, at + 1) {
                let sentence = format!("two columns are named \"{name}\": numbers {first} and {}", at + 1);
                problems.add(|| self.cell(header, at, &sentence));
            } else if how == Header::Auto && name.parse::<f64>().is_ok() {
                let sentence = format!(
                    "\"{name}\" is a number, other cells of the first row are not; say data.header = \"yes\" if it names \
                     the columns, \"no\" if it does not"
                );
                problems.add(|| self.cell(header, at, &sentence));
            }
        }
        problems.or(names)
    }

    /// Finds the asked columns, or the first and the last.
    fn choose(
        &self,
        header: &StringRecord,
        names: &[Clean],
        inputs: &[Clean],
        outputs: &[Clean],
    ) -> Result<Chosen, Vec<Problem>> {
        let (first, last) = ([names[0].clone()], [names[names.len() - 1].clone()]);
        let inputs = if inputs.is_empty() { &first } else { inputs };
        let outputs = if outputs.is_empty() { &last } else { outputs };
        let (mut problems, mut at) = (Problems::default(), Vec::new());
        for (number, asked) in inputs.iter().chain(outputs).enumerate() {
            let role = if number < inputs.len() { "inputs" } else { "outputs" };
            match names.iter().position(|name| *name == Clean::new(asked, NAME)) {
                None => problems.add(|| self.cell(header, 0, &unknown(role, asked, names))),
                Some(found) if at.contains(&found) => {
                    let sentence = format!("data.{role}: column \"{asked}\" is already chosen");
                    problems.add(|| self.cell(header, found, &sentence));
                }
                Some(found) => at.push(found),
            }
        }
        problems.or(Chosen { at, inputs: inputs.len() })
    }

    /// The chosen columns.
    fn rows(
        &self,
        mut reader: ::csv::Reader<&[u8]>,
        names: &[Clean],
        chosen: &Chosen,
        missing: Missing,
        told: &mut dyn FnMut(f64),
    ) -> Result<Rows, Vec<Problem>> {
        let (mut problems, mut record) = (Problems::default(), StringRecord::new());
        let mut read = Columns::new(chosen, missing);
        while reader.read_record(&mut record).map_err(|error| vec![self.broken(&error)])? {
            if record.len() == 1 && record[0].is_empty() {
                continue;
            }
            if read.seen == MOST_ROWS {
                problems
                    .add(|| self.cell(&record, 0, &format!("the table goes on; at most {MOST_ROWS} rows are read")));
                break;
            }
            read.seen += 1;
            if read.seen.is_multiple_of(TOLD) {
                #[expect(clippy::cast_precision_loss, reason = "at most 64 MiB")]
                told(reader.position().byte() as f64 / self.text.len() as f64);
            }
            if record.len() != names.len() {
                let sentence = format!("this row has {} cells, the first row has {}", record.len(), names.len());
                problems.add(|| self.cell(&record, record.len().min(names.len() + 1) - 1, &sentence));
                continue;
            }
            read.row(self, &record, names, &mut problems);
        }
        if read.seen == 0 {
            problems.add(|| self.at(self.text.len(), "the table has no row of numbers after its header"));
        } else if read.dropped == read.seen {
            problems.add(|| self.at(self.text.len(), "a cell is missing in every row: no row is left"));
        }
        read.finish(problems)
    }
}

/// The chosen columns while they are read.
struct Columns<'a> {
    chosen: &'a Chosen,
    missing: Missing,
    seen: usize,
    dropped: usize,
    values: Vec<f64>,
    /// Of outputs, in their order: their words, and what is to be said of them should the column be one of numbers.
    words: Vec<(Labels, Problems)>,
}

impl<'a> Columns<'a> {
    fn new(chosen: &'a Chosen, missing: Missing) -> Self {
        let words = (chosen.inputs..chosen.at.len()).map(|_| (Labels::default(), Problems::default())).collect();
        Self { chosen, missing, seen: 0, dropped: 0, values: Vec::new(), words }
    }

    /// Takes in a row of as many cells as there are names.
    fn row(&mut self, source: &Source<'_>, record: &StringRecord, names: &[Clean], problems: &mut Problems) {
        let cells = || self.chosen.at.iter().map(|&at| &record[at]);
        if self.missing == Missing::Dropped && cells().any(is_missing) {
            self.dropped += 1;
            return;
        }
        for (place, &at) in self.chosen.at.iter().enumerate() {
            let cell = &record[at];
            let output = place.checked_sub(self.chosen.inputs).map(|output| &mut self.words[output]);
            let told = |what: &str| source.cell(record, at, &format!("column \"{}\": {what}", names[at]));
            match (number(cell), output) {
                (Ok(value), output) => {
                    self.values.push(value);
                    if let Some((labels, _)) = output {
                        labels.numbers += 1;
                    }
                }
                (Err(what), Some((labels, wordy))) if cell.parse::<f64>().is_err() && !is_missing(cell) => {
                    wordy.add(|| told(&what));
                    match labels.number(cell) {
                        #[expect(clippy::cast_precision_loss, reason = "words are few")]
                        Some(number) => self.values.push(number as f64),
                        None => problems.add(|| told(&format!("more than {} different words", labels::MOST))),
                    }
                }
                (Err(what), _) => problems.add(|| told(&what)),
            }
        }
    }

    /// Words become classes where a column has nothing else.
    fn finish(mut self, mut problems: Problems) -> Result<Rows, Vec<Problem>> {
        let columns = self.chosen.at.len();
        let mut labels = vec![Vec::new(); self.chosen.inputs];
        let mut places = Vec::new();
        for (words, wordy) in std::mem::take(&mut self.words) {
            if words.is_words() {
                let (sorted, place) = words.sorted();
                labels.push(sorted);
                places.push(place);
            } else {
                problems.join(wordy);
                labels.push(Vec::new());
                places.push(Vec::new());
            }
        }
        let (inputs, dropped, rows) = (self.chosen.inputs, self.dropped, self.seen - self.dropped);
        let values = problems.or(self.values)?;
        let mut values = Array2::from_shape_vec((rows, columns), values).expect("every row gave all its cells");
        for (place, mut column) in places.iter().zip(values.columns_mut().into_iter().skip(inputs)) {
            if !place.is_empty() {
                #[expect(clippy::cast_precision_loss, reason = "words are few")]
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a word's number")]
                column.mapv_inplace(|number| place[number as usize] as f64);
            }
        }
        Ok(Rows { values, labels, dropped })
    }
}

/// The finite number in a cell, or what is wrong with it.
fn number(cell: &str) -> Result<f64, String> {
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("{} is not a finite number", Clean::excerpt(cell))),
        Err(_) if cell.is_empty() => Err("the cell is empty; every row needs a number here, or say \
                                          data.missing = \"dropped\" to leave such rows out"
            .to_owned()),
        Err(_) if cell.replacen(',', ".", 1).parse::<f64>().is_ok() => {
            Err(format!("\"{}\" is not a number; write a decimal point, not a comma", Clean::excerpt(cell)))
        }
        Err(_) => Err(format!("\"{}\" is not a number", Clean::excerpt(cell))),
    }
}

fn unknown(role: &str, asked: &Clean, names: &[Clean]) -> String {
    let near =
        nearest(asked, names.iter().map(Clean::as_str)).map_or(".".to_owned(), |name| format!("; is it \"{name}\"?"));
    let all: Vec<&str> = names.iter().take(12).map(Clean::as_str).collect();
    let more = if names.len() > all.len() { ", …" } else { "" };
    format!(
        "data.{role} names \"{}\", which is no column{near} The columns are {}{more}",
        Clean::excerpt(asked),
        all.join(", ")
    )
}

/// Problems up to a number, then only their count.
#[derive(Default)]
struct Problems {
    listed: Vec<Problem>,
    more: usize,
}

impl Problems {
    /// `problem` is made only if it will be listed: finding places takes time.
    fn add(&mut self, problem: impl FnOnce() -> Problem) {
        if self.listed.len() < LISTED { self.listed.push(problem()) } else { self.more += 1 }
    }

    /// These and the others, in the order of their places.
    fn join(&mut self, others: Self) {
        self.more += others.more;
        self.listed.extend(others.listed);
        self.listed.sort_by(|one, other| one.place.cmp(&other.place));
        self.more += self.listed.len().saturating_sub(LISTED);
        self.listed.truncate(LISTED);
    }

    /// `value`, if nothing was wrong.
    fn or<T>(mut self, value: T) -> Result<T, Vec<Problem>> {
        if self.more > 0 {
            self.listed.push(Problem::new(&format!("and {} more", self.more)));
        }
        if self.listed.is_empty() { Ok(value) } else { Err(self.listed) }
    }
}

/// Where the record that the reader began to look for at `offset` begins: after empty lines and comments.
fn record_start(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    loop {
        let rest = &text.as_bytes()[at..];
        at += match rest.first() {
            Some(b'\n' | b'\r') => 1,
            Some(b'#') => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            _ => return at,
        };
    }
}

/// The byte at which cell `at` of the record at the start of `text` begins, its spaces skipped.
fn cell_offset(text: &str, at: usize, delimiter: u8) -> usize {
    let next = |begins: usize, _| (begins + cell_length(&text.as_bytes()[begins..], delimiter) + 1).min(text.len());
    let begins = (0..at).fold(0, next);
    text[begins..].find(|character| !matches!(character, ' ' | '\t')).map_or(text.len(), |spaces| begins + spaces)
}

/// The bytes of the first cell: to the separator or line end after its closing quote, if it has quotes.
fn cell_length(bytes: &[u8], delimiter: u8) -> usize {
    let mut at = 0;
    if bytes.first() == Some(&b'"') {
        at = 1;
        while let Some(quote) = bytes[at..].iter().position(|byte| *byte == b'"') {
            at += quote + 1;
            if bytes.get(at) != Some(&b'"') {
                break;
            }
            at += 1;
        }
    }
    let ends = |byte: &u8| *byte == delimiter || matches!(byte, b'\n' | b'\r');
    bytes[at..].iter().position(ends).map_or(bytes.len(), |rest| at + rest)
}
