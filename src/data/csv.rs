//! Tables of numbers from CSV text, every bad cell with its place. Knows no file system and no dataset.

mod inputs;

pub use inputs::{Inputs, Match};

use crate::text::{Clean, Place, Problem, nearest};
use ::csv::{ReaderBuilder, StringRecord, Trim};
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
/// Characters kept of a column's name.
const NAME: usize = 64;

/// The chosen columns of a table, all finite: inputs first, then outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<Clean>,
    inputs: usize,
    values: Array2<f64>,
}

impl Table {
    /// Reads the columns `inputs` and `outputs` of a table; `file` names it in problems.
    ///
    /// The text is UTF-8 (with a byte order mark or not), comma-separated, with a row of names first; lines that begin
    /// with `#` and empty lines are skipped. Without `inputs` the first column is the input, without `outputs` the
    /// last is the output.
    ///
    /// # Errors
    /// All that is wrong, each with line and column; at most 20 are listed and the others counted.
    pub fn read(file: &Clean, bytes: &[u8], inputs: &[Clean], outputs: &[Clean]) -> Result<Self, Vec<Problem>> {
        let text = text_of(file, bytes).map_err(|problem| vec![problem])?;
        let source = Source { file, text };
        let mut reader = reader(text);
        let mut record = StringRecord::new();
        if !reader.read_record(&mut record).map_err(|error| vec![source.broken(&error)])? {
            return Err(vec![
                source.at(text.len(), "the table is empty; it needs a row of column names, then rows of numbers"),
            ]);
        }
        let names = source.names(&record)?;
        let chosen = source.choose(&record, &names, inputs, outputs)?;
        let values = source.rows(reader, &names, &chosen.at)?;
        Ok(Self { columns: chosen.at.iter().map(|&at| names[at].clone()).collect(), inputs: chosen.inputs, values })
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

    /// One row a row of the table, in the order of `columns`.
    #[must_use]
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }
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
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let cells = text.bytes().filter(|byte| matches!(byte, b',' | b'\n' | b'\r')).count();
    if cells > MOST_CELLS {
        return Err(Problem::new(&format!("{file} has about {cells} cells; a table may have {MOST_CELLS}")));
    }
    Ok(text)
}

/// Records of a table's text; which of them is a header is not its business.
fn reader(text: &str) -> ::csv::Reader<&[u8]> {
    let mut how = ReaderBuilder::new();
    how.has_headers(false).flexible(true).comment(Some(b'#')).trim(Trim::All).from_reader(text.as_bytes())
}

/// Which columns of the table, inputs first.
struct Chosen {
    at: Vec<usize>,
    inputs: usize,
}

/// The text that is read, to say where a problem is.
struct Source<'a> {
    file: &'a Clean,
    text: &'a str,
}

impl Source<'_> {
    fn at(&self, offset: usize, sentence: &str) -> Problem {
        Problem::new(sentence).at(Place::at(self.file, self.text, offset))
    }

    /// A problem of the cell `at` of `record`, placed at its first character.
    fn cell(&self, record: &StringRecord, at: usize, sentence: &str) -> Problem {
        let read_from = record.position().map_or(0, ::csv::Position::byte);
        let start = record_start(self.text, usize::try_from(read_from).unwrap_or(0));
        self.at(start + cell_offset(&self.text[start..], at), sentence)
    }

    fn broken(&self, error: &::csv::Error) -> Problem {
        let offset = error.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        self.at(record_start(self.text, offset), &format!("this line cannot be read: {error}"))
    }

    /// The header's names: two at least, all different, none empty.
    fn names(&self, header: &StringRecord) -> Result<Vec<Clean>, Vec<Problem>> {
        if header.len() > MOST_COLUMNS {
            let sentence = format!("the table has {} columns; at most {MOST_COLUMNS} are read", header.len());
            return Err(vec![self.cell(header, 0, &sentence)]);
        }
        let names: Vec<Clean> = header.iter().map(|name| Clean::new(name, NAME)).collect();
        if let [only] = &names[..] {
            let separator = if header[0].contains(';') || header[0].contains('\t') {
                "; cells are separated by commas, here they seem to be separated by something else"
            } else {
                ""
            };
            let sentence = format!("the table has one column, \"{only}\"; it needs an input and an output{separator}");
            return Err(vec![self.cell(header, 0, &sentence)]);
        }
        let mut problems = Problems::default();
        let mut seen = std::collections::HashMap::new();
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() {
                problems.add(|| self.cell(header, at, "this column has no name; the first row names the columns"));
            } else if let Some(first) = seen.insert(name, at + 1) {
                let sentence = format!("two columns are named \"{name}\": numbers {first} and {}", at + 1);
                problems.add(|| self.cell(header, at, &sentence));
            } else if name.parse::<f64>().is_ok() {
                let sentence = format!("\"{name}\" is a number; the first row must name the columns");
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

    /// The numbers of the chosen columns.
    fn rows(
        &self,
        mut reader: ::csv::Reader<&[u8]>,
        names: &[Clean],
        chosen: &[usize],
    ) -> Result<Array2<f64>, Vec<Problem>> {
        let (mut problems, mut values, mut rows) = (Problems::default(), Vec::new(), 0);
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| vec![self.broken(&error)])? {
            if record.len() == 1 && record[0].is_empty() {
                continue;
            }
            if rows == MOST_ROWS {
                problems
                    .add(|| self.cell(&record, 0, &format!("the table goes on; at most {MOST_ROWS} rows are read")));
                break;
            }
            rows += 1;
            if record.len() != names.len() {
                let sentence = format!("this row has {} cells, the first row has {}", record.len(), names.len());
                problems.add(|| self.cell(&record, record.len().min(names.len() + 1) - 1, &sentence));
                continue;
            }
            for &at in chosen {
                match number(&record[at]) {
                    Ok(value) => values.push(value),
                    Err(what) => problems.add(|| self.cell(&record, at, &format!("column \"{}\": {what}", names[at]))),
                }
            }
        }
        if rows == 0 {
            problems.add(|| self.at(self.text.len(), "the table has no row of numbers after its header"));
        }
        let values = problems.or(values)?;
        Ok(Array2::from_shape_vec((rows, chosen.len()), values).expect("every row gave all its cells"))
    }
}

/// The finite number in a cell, or what is wrong with it.
fn number(cell: &str) -> Result<f64, String> {
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("{} is not a finite number", Clean::excerpt(cell))),
        Err(_) if cell.is_empty() => Err("the cell is empty; every row needs a number here".to_owned()),
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
fn cell_offset(text: &str, at: usize) -> usize {
    let begins = (0..at).fold(0, |begins, _| (begins + cell_length(&text.as_bytes()[begins..]) + 1).min(text.len()));
    text[begins..].find(|character| !matches!(character, ' ' | '\t')).map_or(text.len(), |spaces| begins + spaces)
}

/// The bytes of the first cell: to the comma or line end after its closing quote, if it has quotes.
fn cell_length(bytes: &[u8]) -> usize {
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
    let ends = |byte: &u8| matches!(byte, b',' | b'\n' | b'\r');
    bytes[at..].iter().position(ends).map_or(bytes.len(), |rest| at + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, inputs: &[&str], outputs: &[&str]) -> Result<Table, Vec<String>> {
        let clean = |names: &[&str]| names.iter().map(|name| Clean::from(*name)).collect::<Vec<_>>();
        Table::read(&"d.csv".into(), text.as_bytes(), &clean(inputs), &clean(outputs))
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    fn problems(text: &str, inputs: &[&str], outputs: &[&str]) -> Vec<String> {
        read(text, inputs, outputs).unwrap_err()
    }

    #[test]
    fn comments_marks_blank_lines_and_line_ends() {
        let text = "\u{feff}# source, of it\r\n\r\n t , \"y, y\" ,z\r\n# again\r\n1, 2 ,3\r\n   \r\n4e1,\"-5\",.5";
        let table = read(&text.replace(" \"y, y\" ", "\"y, y\""), &["z", "t"], &["y, y"]).unwrap();
        assert_eq!(table.columns(), ["z".into(), "t".into(), "y, y".into()]);
        assert_eq!((table.inputs().len(), table.outputs()), (2, &["y, y".into()][..]));
        assert_eq!(table.values(), ndarray::array![[3., 1., 2.], [0.5, 40., -5.]]);
    }

    #[test]
    fn without_names_the_first_column_is_input_and_the_last_output() {
        let table = read("a,b,c\n1,x,3\n", &[], &[]).unwrap();
        assert_eq!((table.inputs(), table.outputs()), (&["a".into()][..], &["c".into()][..]));
        assert_eq!(table.values(), ndarray::array![[1., 3.]]);
    }

    #[test]
    fn every_bad_cell_has_its_line_and_column() {
        let text = "# é\nx,ö,y\n\n1,é, abc\n# no\n inf,,\n2,\"a,\"\"b\",NaN\n3,4,5\n1e999,0,0\n";
        assert_eq!(
            problems(text, &["x"], &["y"]),
            [
                "d.csv:4:6: column \"y\": \"abc\" is not a number",
                "d.csv:6:2: column \"x\": inf is not a finite number",
                "d.csv:6:7: column \"y\": the cell is empty; every row needs a number here",
                "d.csv:7:11: column \"y\": NaN is not a finite number",
                "d.csv:9:1: column \"x\": 1e999 is not a finite number",
            ]
        );
    }

    #[test]
    fn rows_of_another_length() {
        assert_eq!(
            problems("x,y\n1\n1,2,3\n1,2\n", &[], &[]),
            [
                "d.csv:2:1: this row has 1 cells, the first row has 2",
                "d.csv:3:5: this row has 3 cells, the first row has 2"
            ]
        );
    }

    #[test]
    fn cells_may_hold_quotes_and_line_ends() {
        let text = "x,note,y\n1,\"two\nlines, \"\"quoted\"\"\",2\n1,\"two\nlines\",bad\n";
        assert_eq!(problems(text, &["x"], &["y"]), ["d.csv:5:8: column \"y\": \"bad\" is not a number"]);
    }

    #[test]
    fn unknown_and_repeated_columns() {
        assert_eq!(
            problems("times,accel\n1,2\n", &["time"], &["y"]),
            [
                "d.csv:1:1: data.inputs names \"time\", which is no column; is it \"times\"? \
                 The columns are times, accel",
                "d.csv:1:1: data.outputs names \"y\", which is no column. The columns are times, accel",
            ]
        );
        assert_eq!(
            problems("a,b,a,\n1,2,3,4\n", &[], &[]),
            [
                "d.csv:1:5: two columns are named \"a\": numbers 1 and 3",
                "d.csv:1:7: this column has no name; the first row names the columns"
            ]
        );
        assert_eq!(problems("a,b\n1,2\n", &["b"], &[]), ["d.csv:1:3: data.outputs: column \"b\" is already chosen"]);
        assert_eq!(problems("1,2\n3,4\n", &[], &[]).len(), 2);
    }

    #[test]
    fn tables_that_are_none() {
        assert!(problems("", &[], &[])[0].contains("empty"));
        assert!(problems("# only\n", &[], &[])[0].starts_with("d.csv:2:1: the table is empty"));
        assert_eq!(problems("x,y\n", &[], &[]), ["d.csv:2:1: the table has no row of numbers after its header"]);
        assert!(problems("x;y\n1;2\n", &[], &[])[0].contains("separated by commas"));
        let broken = Table::read(&"d.csv".into(), b"x,y\n1,\xff\n", &[], &[]).unwrap_err();
        assert_eq!(broken[0].to_string(), "d.csv:2:3: this byte is not UTF-8 text; save the table as UTF-8");
    }

    #[test]
    fn at_most_twenty_problems_are_listed() {
        let listed = problems(&format!("x,y\n{}", "a,1\n".repeat(50)), &[], &[]);
        assert_eq!((listed.len(), listed[20].as_str()), (21, "and 30 more"));
    }

    #[test]
    fn limits() {
        let rows = |count: usize| format!("x,y\n{}", "1,2\n".repeat(count));
        assert_eq!(read(&rows(MOST_ROWS), &[], &[]).unwrap().rows(), MOST_ROWS);
        assert!(problems(&rows(MOST_ROWS + 1), &[], &[])[0].contains("d.csv:1000002:1: the table goes on"));
        assert!(problems(&"x".repeat(MOST_BYTES + 1), &[], &[])[0].contains("bytes"));
        assert!(problems(&",".repeat(MOST_CELLS + 1), &[], &[])[0].contains("cells"));
        assert!(problems(&"a,".repeat(5000), &[], &[])[0].contains("columns"));
    }

    #[test]
    fn names_are_cleaned() {
        let table = read("a\u{1b}[31m,b\u{202e}\n1,2\n", &[], &[]).unwrap();
        assert_eq!(table.columns(), ["a·[31m".into(), "b·".into()]);
    }

    /// The shipped tables are whole: rows and sums as published.
    #[test]
    fn shipped_tables() {
        let shipped = [
            ("motorcycle.csv", include_bytes!("../../presets/data/motorcycle.csv").as_slice(), 133, [3348.8, -3397.6]),
            ("nile.csv", include_bytes!("../../presets/data/nile.csv").as_slice(), 100, [192_050.0, 91_935.0]),
        ];
        for (name, bytes, rows, sums) in shipped {
            let table = Table::read(&name.into(), bytes, &[], &[]).unwrap();
            assert_eq!(table.rows(), rows, "{name}");
            for (column, sum) in table.values().columns().into_iter().zip(sums) {
                assert!((column.sum() - sum).abs() < 1e-6, "{name}: {}", column.sum());
            }
        }
    }

    proptest! {
        /// Whatever the bytes: a table of finite numbers, or problems whose places lie in the text.
        #[test]
        fn any_text_is_a_table_or_has_problems(text in "[a-c0-9,\"#. \r\né;-]{0,60}") {
            match Table::read(&"d.csv".into(), text.as_bytes(), &[], &[]) {
                Ok(table) => prop_assert!(table.rows() > 0 && table.values().iter().all(|value| value.is_finite())),
                Err(problems) => {
                    let lines = text.matches('\n').count() + 1;
                    for place in problems.iter().filter_map(|problem| problem.place.as_ref()) {
                        prop_assert!(place.line <= lines, "{place} in {text:?}");
                    }
                }
            }
        }

        #[test]
        fn numbers_survive(values in proptest::collection::vec(proptest::num::f64::NORMAL, 2..20)) {
            let text: Vec<String> = values.iter().map(|value| format!("{value:e},0")).collect();
            let table = read(&format!("x,y\n{}", text.join("\n")), &[], &[]).unwrap();
            prop_assert_eq!(table.values().column(0).to_vec(), values);
        }

        /// The place of a cell is where it was written, whatever stands around it.
        #[test]
        fn places_are_exact(
            before in proptest::collection::vec(
                prop_oneof!["# [a-z,\"]{0,5}", Just(String::new()), Just("1,é,2".to_owned())],
                0..6,
            ),
            first in prop_oneof![Just("1"), Just("  7"), Just("\"3\"")],
            second in prop_oneof![Just("é"), Just("\",,\""), Just("\"a\"\",b\""), Just("")],
        ) {
            let last = format!("{first},{second},bad");
            let column = last.chars().count() - 2;
            let expected = format!("d.csv:{}:{column}: ", before.len() + 2);
            let text = [&["x,n,y".to_owned()], &before[..], &[last]].concat().join("\n");
            let found = problems(&text, &["x"], &["y"]);
            prop_assert!(found[0].starts_with(&expected), "{found:?} in {text:?}");
        }
    }
}
