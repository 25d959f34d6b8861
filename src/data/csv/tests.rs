//! Tables that are read, and tables that are refused, each cell with its place. Knows no dataset.

use super::*;
use proptest::prelude::*;

fn read(text: &str, inputs: &[&str], outputs: &[&str]) -> Result<Table, Vec<String>> {
    let clean = |names: &[&str]| names.iter().map(|name| Clean::from(*name)).collect::<Vec<_>>();
    Table::read(&"d.csv".into(), text.as_bytes(), (&clean(inputs), &clean(outputs)), Format::default())
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
            "d.csv:6:7: column \"y\": the cell is empty; every row needs a number here, or say data.missing = \"dropped\" to leave such rows out",
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
}

#[test]
fn tables_that_are_none() {
    assert!(problems("", &[], &[])[0].contains("empty"));
    assert!(problems("# only\n", &[], &[])[0].starts_with("d.csv:2:1: the table is empty"));
    assert_eq!(problems("x,y\n", &[], &[]), ["d.csv:2:1: the table has no row of numbers after its header"]);
    assert!(problems("x y\n1 2\n", &[], &[])[0].contains("separated by commas, semicolons or tabs"));
    let broken = Table::read(&"d.csv".into(), b"x,y\n1,\xff\n", (&[], &[]), Format::default()).unwrap_err();
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

/// The shipped tables are whole: rows, and means and standard deviations (divided by N − 1) as published.
#[test]
fn shipped_tables() {
    type Shipped = (&'static str, &'static [u8], usize, &'static [(f64, f64)]);
    let shipped: [Shipped; 5] = [
        (
            "motorcycle",
            include_bytes!("../../../presets/data/motorcycle.csv"),
            133,
            &[(25.1789, 13.1321), (-25.5459, 48.3221)],
        ),
        ("nile", include_bytes!("../../../presets/data/nile.csv"), 100, &[(1920.5, 29.0115), (919.35, 169.2275)]),
        ("coal", include_bytes!("../../../presets/data/coal.csv"), 112, &[(1906.5, 32.4756), (191.0 / 112.0, 1.6475)]),
        ("phones", include_bytes!("../../../presets/data/phones.csv"), 24, &[(1961.5, 7.0711), (49.9917, 65.5321)]),
        ("iris", include_bytes!("../../../presets/data/iris.csv"), 150, &[(5.8433, 0.8281), (1.0, 0.8192)]),
    ];
    for (name, bytes, rows, moments) in shipped {
        let table = Table::read(&name.into(), bytes, (&[], &[]), Format::default()).unwrap();
        assert_eq!(table.rows(), rows, "{name}");
        for (column, (mean, sd)) in table.values().columns().into_iter().zip(moments) {
            let (is, spread) = (column.mean().unwrap(), column.std(1.0));
            assert!((is - mean).abs() < 6e-5 && (spread - sd).abs() < 6e-5, "{name}: {is} {spread}");
        }
    }
}

/// Fisher's table by species: means and standard deviations to four digits, as every textbook prints them.
#[test]
fn the_irises_are_fishers() {
    let bytes = include_bytes!("../../../presets/data/iris.csv");
    let columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"].map(Clean::from);
    let table = Table::read(&"iris.csv".into(), bytes, (&columns, &[]), Format::default()).unwrap();
    assert_eq!(table.labels(0), ["setosa".into(), "versicolor".into(), "virginica".into()]);
    let published = [
        [(5.006, 0.3525), (3.428, 0.3791), (1.462, 0.1737), (0.246, 0.1054)],
        [(5.936, 0.5162), (2.770, 0.3138), (4.260, 0.4699), (1.326, 0.1978)],
        [(6.588, 0.6359), (2.974, 0.3225), (5.552, 0.5519), (2.026, 0.2747)],
    ];
    for (species, moments) in published.iter().enumerate() {
        let rows = table.values().slice_move(ndarray::s![50 * species..50 * (species + 1), ..]);
        assert!(rows.column(4).iter().all(|class| (class - f64::from(u8::try_from(species).unwrap())).abs() < 1e-9));
        for (column, (mean, sd)) in rows.columns().into_iter().zip(moments) {
            let (is, spread) = (column.mean().unwrap(), column.std(1.0));
            assert!((is - mean).abs() < 1e-9 && (spread - sd).abs() < 6e-5, "{species}: {is} {spread}");
        }
    }
}

proptest! {
    /// Whatever the bytes: a table of finite numbers, or problems whose places lie in the text.
    #[test]
    fn any_text_is_a_table_or_has_problems(text in "[a-c0-9,\"#. \r\né;-]{0,60}") {
        match Table::read(&"d.csv".into(), text.as_bytes(), (&[], &[]), Format::default()) {
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
        // A row of numbers first: a column of words alone is one of classes.
        let expected = format!("d.csv:{}:{column}: ", before.len() + 3);
        let text = [&["x,n,y".to_owned(), "0,n,0".to_owned()], &before[..], &[last]].concat().join("\n");
        let found = problems(&text, &["x"], &["y"]);
        prop_assert!(found[0].starts_with(&expected), "{found:?} in {text:?}");
    }
}
