//! Points at which a model is evaluated: the input columns alone, by name or in order. Knows no dataset.

use super::{Chosen, Delimiter, MOST_COLUMNS, Missing, NAME, Problems, Source, text_of};
use crate::text::{Clean, Problem, nearest};
use ::csv::StringRecord;
use ndarray::Array2;

/// Rows of X without a y, all finite, in the units in which they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// N×p, the columns in the order that was asked for.
    pub x: Array2<f64>,
    /// How the columns were found.
    pub matched: Match,
}

/// How the columns of a table were told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// By their names in the first row; columns of other names were left out.
    Names,
    /// In their order: the first row is numbers already.
    Order,
    /// In their order: the first row names as many columns as there are inputs, and none of them as an input is.
    OtherNames(Vec<Clean>),
}

impl Inputs {
    /// Reads the columns `names` of a table; `file` names it in problems.
    ///
    /// The text is as `Table::read` wants it, but it may have one column, and its row of names may be missing or name
    /// other things: then there must be as many columns as `names`.
    ///
    /// # Errors
    /// All that is wrong, each with line and column; at most 20 are listed and the others counted.
    pub fn read(file: &Clean, bytes: &[u8], names: &[Clean]) -> Result<Self, Vec<Problem>> {
        let text = text_of(file, bytes).map_err(|problem| vec![problem])?;
        let source = Source::new(file, text, Delimiter::Auto);
        source.bounded().map_err(|problem| vec![problem])?;
        let mut records = source.reader();
        let mut first = StringRecord::new();
        if !records.read_record(&mut first).map_err(|error| vec![source.broken(&error)])? {
            let sentence = format!("there is no point; a row holds {}", listed(names));
            return Err(vec![source.at(text.len(), &sentence)]);
        }
        if first.len() > MOST_COLUMNS {
            let sentence = format!("the table has {} columns; at most {MOST_COLUMNS} are read", first.len());
            return Err(vec![source.cell(&first, 0, &sentence)]);
        }
        let all: Vec<usize> = (0..names.len()).collect();
        // One number makes a row of numbers, whatever the other cells are: they are then told as bad cells.
        if first.iter().any(|cell| cell.parse::<f64>().is_ok()) {
            if first.len() != names.len() {
                let seen = format!("{} columns without a row of names", first.len());
                return Err(vec![source.cell(&first, 0, &unmatched(&seen, names))]);
            }
            let chosen = Chosen { inputs: all.len(), at: all };
            let x = source.rows(source.reader(), names, &chosen, Missing::Refused, &mut |_| ())?.values;
            return Ok(Self { x, matched: Match::Order });
        }
        let header: Vec<Clean> = first.iter().map(|name| Clean::new(name, NAME)).collect();
        let (at, matched) = match by_name(&source, &first, &header, names)? {
            Some(at) => (at, Match::Names),
            None if header.len() == names.len() => (all, Match::OtherNames(header.clone())),
            None => {
                let seen = format!("none of the {} columns is named as an input", header.len());
                return Err(vec![source.cell(&first, 0, &unmatched(&seen, names))]);
            }
        };
        let chosen = Chosen { inputs: at.len(), at };
        Ok(Self { x: source.rows(records, &header, &chosen, Missing::Refused, &mut |_| ())?.values, matched })
    }
}

/// Where the inputs stand in the header; none if it names none of them.
fn by_name(
    source: &Source<'_>,
    record: &StringRecord,
    header: &[Clean],
    names: &[Clean],
) -> Result<Option<Vec<usize>>, Vec<Problem>> {
    let places = |name: &Clean| -> Vec<usize> {
        let name = Clean::new(name, NAME);
        header.iter().enumerate().filter(|(_, other)| **other == name).map(|(at, _)| at).collect()
    };
    let found: Vec<Vec<usize>> = names.iter().map(places).collect();
    if found.iter().all(Vec::is_empty) {
        return Ok(None);
    }
    let mut problems = Problems::default();
    for (name, places) in names.iter().zip(&found) {
        match places[..] {
            [_] => {}
            [] => {
                let near = nearest(
                    name,
                    header.iter().map(Clean::as_str).filter(|other| !names.iter().any(|n| **n == **other)),
                );
                let near = near.map_or(String::new(), |near| format!("; is it \"{near}\"?"));
                let sentence =
                    format!("there is no column \"{}\"; the inputs are {}{near}", Clean::excerpt(name), listed(names));
                problems.add(|| source.cell(record, 0, &sentence));
            }
            [first, second, ..] => {
                let sentence = format!("two columns are named \"{name}\": numbers {} and {}", first + 1, second + 1);
                problems.add(|| source.cell(record, second, &sentence));
            }
        }
    }
    problems.or(Some(found.into_iter().flatten().collect()))
}

/// That the columns cannot be told apart, after what was seen of them.
fn unmatched(seen: &str, names: &[Clean]) -> String {
    let each = if names.len() == 1 { "one column".to_owned() } else { format!("{} columns", names.len()) };
    format!("{seen}; name the inputs, or give {each} in order: {}", listed(names))
}

/// `x1, x2`; long lists are cut.
fn listed(names: &[Clean]) -> String {
    let some: Vec<&str> = names.iter().take(12).map(Clean::as_str).collect();
    format!("{}{}", some.join(", "), if names.len() > some.len() { ", …" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Any bytes are answered, and what is read is finite and of the asked width.
        #[test]
        fn any_bytes_are_answered(text in "[x12,.\"#\n\r\t einf-]{0,60}|\\PC{0,40}", columns in 1_usize..4) {
            let names: Vec<Clean> = ["x", "x1", "2e"].iter().take(columns).map(|name| Clean::from(*name)).collect();
            match Inputs::read(&"at.csv".into(), text.as_bytes(), &names) {
                Ok(read) => {
                    prop_assert_eq!(read.x.ncols(), columns);
                    prop_assert!(read.x.nrows() > 0 && read.x.iter().all(|value| value.is_finite()));
                }
                Err(problems) => prop_assert!(!problems.is_empty()),
            }
        }

        /// Numbers written under their names, or under none, are the numbers that are read.
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec([-1e300..1e300_f64, -1.0..1.0_f64], 1..20), named: bool) {
            let lines: Vec<String> = rows.iter().map(|[left, right]| format!("{right},{left}")).collect();
            let (header, names) = if named { ("right,left\n", ["left", "right"]) } else { ("", ["right", "left"]) };
            let text = format!("{header}{}", lines.join("\n"));
            let read = Inputs::read(&"at.csv".into(), text.as_bytes(), &names.map(Clean::from)).unwrap();
            prop_assert_eq!(read.matched, if named { Match::Names } else { Match::Order });
            let (left, right) = if named { (0, 1) } else { (1, 0) };
            for (row, [first, second]) in read.x.rows().into_iter().zip(&rows) {
                prop_assert_eq!((row[left], row[right]), (*first, *second));
            }
        }
    }
}
