//! Tables as people have them: thirty-odd with something odd or wrong in them, and what becomes of each.

use fnexplore::data::csv::{Delimiter, Format, Header, Missing, Table};
use fnexplore::preset::{Preset, load};
use fnexplore::text::Clean;
use std::fmt::Write;

/// What is asked of the table: X, y, how it is written.
struct Asked(&'static [&'static str], &'static [&'static str], Format);

const AUTO: Format = Format { delimiter: Delimiter::Auto, header: Header::Auto, missing: Missing::Refused };
const DROPPED: Format = Format { missing: Missing::Dropped, ..AUTO };
const NAMED: Format = Format { header: Header::Yes, ..AUTO };
const BARE: Format = Format { header: Header::No, ..AUTO };
const COMMA: Format = Format { delimiter: Delimiter::Comma, ..AUTO };
/// The first column is X, the last one y.
const ENDS: Asked = Asked(&[], &[], AUTO);

/// What is wrong with it, the text, what is asked, and the table as it is read, or all that is said.
type Case = (&'static str, &'static str, Asked, Result<&'static str, &'static [&'static str]>);

const CASES: &[Case] = &[
    ("nothing wrong", "x,y\n1,2\n", ENDS, Ok("x y\n1 2\n")),
    ("a byte order mark", "\u{feff}x,y\n1,2\n", ENDS, Ok("x y\n1 2\n")),
    ("line ends of another system", "x,y\r\n1,2\r\n3,4\r\n", ENDS, Ok("x y\n1 2\n3 4\n")),
    ("no line end at the end", "x,y\n1,2", ENDS, Ok("x y\n1 2\n")),
    ("comments and empty lines", "# of it\n\nx,y\n# more\n1,2\n\n3,4\n", ENDS, Ok("x y\n1 2\n3 4\n")),
    ("spaces around cells", " x , y \n 1 ,\t2 \n", ENDS, Ok("x y\n1 2\n")),
    ("quoted cells", "\"x\",\"y, in m\"\n\"1\",\"2\"\n", ENDS, Ok("x y,_in_m\n1 2\n")),
    ("a quoted line end", "x,note,y\n1,\"two\nlines\",2\n", ENDS, Ok("x y\n1 2\n")),
    ("semicolons", "x;y\n1;2\n", ENDS, Ok("x y\n1 2\n")),
    ("tabs", "x\ty\n1\t2\n", ENDS, Ok("x y\n1 2\n")),
    ("commas within, semicolons between", "\"a,b,c\";y\n1;2\n", ENDS, Ok("a,b,c y\n1 2\n")),
    (
        "semicolons where commas were promised",
        "x;y\n1;2\n",
        Asked(&[], &[], COMMA),
        Err(&["t.csv:1:1: the table has one column, \"x;y\"; it needs an input and an output; cells are separated by"]),
    ),
    ("blanks between", "x y\n1 2\n", ENDS, Err(&["t.csv:1:1: the table has one column, \"x y\""])),
    (
        "decimal commas",
        "x;y\n1,5;2\n",
        ENDS,
        Err(&["t.csv:2:1: column \"x\": \"1,5\" is not a number; write a decimal point, not a comma"]),
    ),
    ("no row of names", "1,2\n3,4\n", ENDS, Ok("col1 col2\n1 2\n3 4\n")),
    ("columns chosen by number", "1,2,3\n4,5,6\n", Asked(&["col2"], &["col1"], AUTO), Ok("col2 col1\n2 1\n5 4\n")),
    ("years for names", "1990,1991\n1,2\n", Asked(&[], &[], NAMED), Ok("1990 1991\n1 2\n")),
    (
        "words that are no names",
        "a,b\nc,d\n",
        Asked(&[], &[], BARE),
        Err(&[
            "t.csv:1:1: column \"col1\": \"a\" is not a number",
            "t.csv:2:1: column \"col1\": \"c\" is not a number",
        ]),
    ),
    (
        "a name that is a number",
        "x,2\n1,2\n",
        ENDS,
        Err(&["t.csv:1:3: \"2\" is a number, other cells of the first row are not; say data.header = \"yes\""]),
    ),
    ("a column without a name", "x,,y\n1,2,3\n", ENDS, Err(&["t.csv:1:3: this column has no name"])),
    ("a name twice", "x,y,x\n1,2,3\n", ENDS, Err(&["t.csv:1:5: two columns are named \"x\": numbers 1 and 3"])),
    (
        "a name that is not there",
        "time,accel\n1,2\n",
        Asked(&["times"], &[], AUTO),
        Err(&[
            "t.csv:1:1: data.inputs names \"times\", which is no column; is it \"time\"? The columns are time, accel",
        ]),
    ),
    (
        "a column that is X and y",
        "x,y\n1,2\n",
        Asked(&["y"], &[], AUTO),
        Err(&["t.csv:1:3: data.outputs: column \"y\" is already chosen"]),
    ),
    ("several of each", "a,b,c,d\n1,2,3,4\n", Asked(&["d", "a"], &["b", "c"], AUTO), Ok("d a b c\n4 1 2 3\n")),
    ("a word among numbers", "x,y\n1,2\n3,abc\n", ENDS, Err(&["t.csv:3:3: column \"y\": \"abc\" is not a number"])),
    (
        "a row of units",
        "t,g\nms,g\n1,2\n",
        ENDS,
        Err(&["t.csv:2:1: column \"t\": \"ms\" is not a number", "t.csv:2:4: column \"g\": \"g\" is not a number"]),
    ),
    ("classes by their words", "x,kind\n1,dog\n2,cat\n3,dog\n", ENDS, Ok("x kind\n1 dog\n2 cat\n3 dog\n")),
    ("a word where X should be", "x,y\nred,1\n", ENDS, Err(&["t.csv:2:1: column \"x\": \"red\" is not a number"])),
    ("a short row", "x,y\n1,2\n3\n", ENDS, Err(&["t.csv:3:1: this row has 1 cells, the first row has 2"])),
    ("a long row", "x,y\n1,2,9\n3,4\n", ENDS, Err(&["t.csv:2:5: this row has 3 cells, the first row has 2"])),
    ("a comma at the end of every row", "x,y,\n1,2,\n", ENDS, Err(&["t.csv:1:5: this column has no name"])),
    (
        "missing cells",
        "x,y\n1,\nNA,2\n3,4\n",
        ENDS,
        Err(&[
            "t.csv:2:3: column \"y\": the cell is empty; every row needs a number here, or say data.missing = \"dropped\"",
            "t.csv:3:1: column \"x\": \"NA\" is not a number",
        ]),
    ),
    (
        "missing cells, left out",
        "x,z,y\n1,,\nNA,5,2\n3,,4\n?,1,1\n5,1,nan\n",
        Asked(&[], &[], DROPPED),
        Ok("x y\n3 4\n4 dropped\n"),
    ),
    (
        "nothing but missing cells",
        "x,y\n,1\n2,\n",
        Asked(&[], &[], DROPPED),
        Err(&["t.csv:4:1: a cell is missing in every row"]),
    ),
    (
        "infinity and beyond",
        "x,y\n1,inf\n1e999,2\n",
        ENDS,
        Err(&[
            "t.csv:2:3: column \"y\": inf is not a finite number",
            "t.csv:3:1: column \"x\": 1e999 is not a finite number",
        ]),
    ),
    ("numbers as people write them", "x,y\n+1.,1e-3\n.5,-2E+2\n", ENDS, Ok("x y\n1 0.001\n0.5 -200\n")),
    ("thousands apart", "x,y\n1 000,2\n", ENDS, Err(&["t.csv:2:1: column \"x\": \"1 000\" is not a number"])),
    ("names alone", "x,y\n", ENDS, Err(&["t.csv:2:1: the table has no row of numbers after its header"])),
    ("nothing at all", "", ENDS, Err(&["t.csv:1:1: the table is empty"])),
    (
        "one column",
        "x\n1\n",
        ENDS,
        Err(&["t.csv:1:1: the table has one column, \"x\"; it needs an input and an output"]),
    ),
    ("control characters", "x\u{1b}[31m,y\n1,\u{7}\n", ENDS, Ok("x·[31m y\n1 ·\n")),
];

fn read(text: &str, Asked(inputs, outputs, format): &Asked) -> Result<Table, Vec<String>> {
    let clean = |names: &[&str]| names.iter().map(|name| Clean::from(*name)).collect::<Vec<_>>();
    Table::read(&"t.csv".into(), text.as_bytes(), (&clean(inputs), &clean(outputs)), *format)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// Names, rows, and how many were dropped.
fn spelt(table: &Table) -> String {
    let names: Vec<String> = table.columns().iter().map(|name| name.replace(' ', "_")).collect();
    let mut text = format!("{}\n", names.join(" "));
    for row in table.spelt() {
        let _ = writeln!(text, "{}", row.join(" "));
    }
    if table.dropped() > 0 {
        let _ = writeln!(text, "{} dropped", table.dropped());
    }
    text
}

#[test]
fn every_odd_table_is_read_or_told_what_is_wrong() {
    assert!(CASES.len() >= 30);
    for (what, text, asked, expected) in CASES {
        match (read(text, asked), expected) {
            (Ok(table), Ok(expected)) => assert_eq!(spelt(&table), *expected, "{what}"),
            (Err(problems), Err(expected)) => {
                assert_eq!(problems.len(), expected.len(), "{what}: {problems:#?}");
                for (problem, expected) in problems.iter().zip(*expected) {
                    assert!(problem.starts_with(expected), "{what}:\n  {problem}\n  {expected}");
                    assert!(!problem.contains(char::is_control) && problem.len() < 400, "{what}: {problem}");
                }
            }
            (read, _) => panic!("{what}: {:?}", read.map(|table| spelt(&table))),
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_placed() {
    let problems = Table::read(&"t.csv".into(), b"x,y\n1,\xff\n", (&[], &[]), AUTO).unwrap_err();
    assert!(problems[0].to_string().starts_with("t.csv:2:3: this byte is not UTF-8 text"));
}

#[test]
fn a_thousand_mistakes_are_told_as_twenty_and_a_number() {
    let text = format!("x,y\n{}", "a,b\n1,2\n".repeat(600));
    let problems = read(&text, &ENDS).unwrap_err();
    assert_eq!((problems.len(), problems[20].as_str()), (21, "and 1180 more"));
    assert!(problems[0].starts_with("t.csv:2:1") && problems[19].starts_with("t.csv:20:3"), "{problems:?}");
}

#[test]
fn words_are_numbered_by_the_alphabet_and_bounded() {
    let table = read("x,kind\n1,dog\n2,cat\n3,eel\n", &ENDS).unwrap();
    assert_eq!(table.values().column(1).to_vec(), [1.0, 0.0, 2.0]);
    assert_eq!(table.labels(0), ["cat".into(), "dog".into(), "eel".into()]);
    let mut many = String::new();
    for number in 0..70 {
        let _ = writeln!(many, "{number},w{number}");
    }
    let problems = read(&format!("x,y\n{many}"), &ENDS).unwrap_err();
    assert!(problems[0].contains("column \"y\": more than 64 different words"), "{problems:?}");
}

/// A preset on that table.
fn preset(toml: &str, table: &str) -> Result<Preset, Vec<String>> {
    load(&Clean::from("p.toml"), toml, &|_| Ok(table.as_bytes().to_vec()))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn words_want_a_likelihood_of_classes() {
    let table = "x,kind\n1,dog\n2,cat\n3,dog\n4,eel\n";
    let told = |kind: &str| preset(&format!("data.csv = \"t.csv\"\nlikelihood.kind = \"{kind}\"\n"), table);
    let gaussian = told("gaussian").unwrap_err();
    assert!(
        gaussian[0].contains("column \"kind\" holds words (cat, dog, eel): classes are categorical"),
        "{gaussian:?}"
    );
    assert!(told("bernoulli").unwrap_err()[0].contains("3 classes are categorical"));
    let three = told("categorical").unwrap();
    assert_eq!(three.experiment(0).unwrap().model.f.outputs, 3);
    let two = preset("data.csv = \"t.csv\"\nlikelihood.kind = \"bernoulli\"\n", "x,y\n1,no\n2,yes\n3,no\n");
    assert!(two.is_ok());
}

/// What says how a table is written is read with it: it cannot be changed under way, and is no variant's.
#[test]
fn how_a_table_is_written_belongs_to_the_preset() {
    let semicolons =
        preset("[data]\ncsv = \"t.csv\"\ndelimiter = \"semicolon\"\nheader = \"no\"\n", "1;2\n3;4\n").unwrap();
    let table = semicolons.base.data.table.0.as_ref().unwrap();
    assert_eq!(table.table.columns(), ["col1".into(), "col2".into()]);
    let change = fnexplore::preset::Change::parse("data.header=yes").unwrap();
    let refused = semicolons.change(0, &change).unwrap_err();
    assert!(refused.sentence.starts_with("data.header: \"t.csv\" is read when a preset is opened"), "{refused}");
    let variant = "[data]\ncsv = \"t.csv\"\n[[variant]]\nname = \"v\"\nset = { \"data.missing\" = \"dropped\" }\n";
    assert!(preset(variant, "x,y\n1,2\n").unwrap_err()[0].contains("belongs to the whole preset"));
}
