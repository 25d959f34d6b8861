//! Rows that go on coming after the first picture: a table in a pipe, read beside the screen. Knows no screen.

use crate::data::Csv;
use crate::data::csv::Table;
use crate::text::Clean;
use crate::train::Wake;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Rows are handed on this often at the most, and no more often than a tenth of the time goes into reading them.
const REST: Duration = Duration::from_millis(200);

/// What is read, as it is read; hung up at the end.
pub type Pieces = Receiver<std::io::Result<Vec<u8>>>;

/// A table of which more may come.
#[derive(Debug)]
pub struct Coming {
    /// What has been read: all of `csv`'s rows, and perhaps the beginning of another.
    pub bytes: Vec<u8>,
    /// What comes.
    pub rest: Pieces,
    /// The table so far.
    pub csv: Csv,
    /// The most bytes that it may have.
    pub most: usize,
}

/// News of a table that is still being read.
pub struct Feed {
    told: Receiver<Result<Box<Csv>, Clean>>,
}

impl Feed {
    /// Reads on; `wake` is called when there is news.
    #[must_use]
    pub fn new(coming: Coming, wake: &Wake) -> Self {
        let (tell, told) = channel();
        let wake = wake.clone();
        // Without a thread there are the rows that have been read.
        let _ = std::thread::Builder::new().name("rows".to_owned()).spawn(move || read_on(coming, &tell, &wake));
        Self { told }
    }

    /// What is new, if anything is.
    #[must_use]
    pub fn news(&self) -> Option<Result<Box<Csv>, Clean>> {
        self.told.try_recv().ok()
    }
}

/// Until the end, a row that is none, too many bytes, or a read that fails.
fn read_on(mut coming: Coming, tell: &Sender<Result<Box<Csv>, Clean>>, wake: &Wake) {
    let mut rest = REST;
    loop {
        let read = gather(&mut coming, rest);
        let began = Instant::now();
        let rows = grown(&mut coming, read == Ok(true));
        rest = REST.max(10 * began.elapsed());
        let stops = read != Ok(false) || rows.is_err();
        for news in [rows.transpose(), read.err().map(Err)].into_iter().flatten() {
            if tell.send(news.map(Box::new)).is_err() {
                return;
            }
            wake();
        }
        if stops {
            return;
        }
    }
}

/// All that comes within `rest` of the first of it; whether that was the end.
fn gather(coming: &mut Coming, rest: Duration) -> Result<bool, Clean> {
    let failed =
        |why: std::io::Error| Clean::new(&format!("standard input cannot be read: {why}; no more rows are taken"), 200);
    let Ok(first) = coming.rest.recv() else { return Ok(true) };
    coming.bytes.extend(first.map_err(failed)?);
    let began = Instant::now();
    while let Some(left) = rest.checked_sub(began.elapsed()) {
        match coming.rest.recv_timeout(left) {
            Ok(more) => coming.bytes.extend(more.map_err(failed)?),
            Err(RecvTimeoutError::Timeout) => return Ok(false),
            Err(RecvTimeoutError::Disconnected) => return Ok(true),
        }
    }
    Ok(false)
}

/// The table with the rows that have come; none if none has. The last line counts once it ends.
fn grown(coming: &mut Coming, ended: bool) -> Result<Option<Csv>, Clean> {
    if coming.bytes.len() > coming.most {
        return Err(Clean::new(&format!("a table has at most {} MiB; no more rows are taken", coming.most >> 20), 200));
    }
    let whole = if ended { coming.bytes.len() } else { complete(&coming.bytes) };
    let csv = &coming.csv;
    let read = Table::read(&csv.path, &coming.bytes[..whole], (&csv.inputs, &csv.outputs), csv.format);
    let table = read.map_err(|problems| {
        let first = problems.first().map_or_else(String::new, ToString::to_string);
        Clean::new(&format!("{first}; no more rows are taken"), 300)
    })?;
    if (0..table.outputs().len()).any(|output| table.labels(output) != csv.table.labels(output)) {
        return Err(Clean::from(
            "a new class has come, and all of them would have other numbers; no more rows are taken",
        ));
    }
    if table.rows() <= csv.table.rows() {
        return Ok(None);
    }
    let arrived = csv.arrived.iter().copied().chain([csv.table.rows()]).collect();
    coming.csv = Csv { table: Arc::new(table), arrived, ..csv.clone() };
    Ok(Some(coming.csv.clone()))
}

/// Bytes up to the last line's end.
#[must_use]
pub fn complete(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::csv::Format;

    fn coming(text: &str, rest: Pieces) -> Coming {
        let format = Format::default();
        let table = Table::read(&"t.csv".into(), &text.as_bytes()[..complete(text.as_bytes())], (&[], &[]), format);
        let table = Arc::new(table.expect("a table"));
        let csv = Csv { path: "t.csv".into(), inputs: vec![], outputs: vec![], format, table, arrived: vec![] };
        Coming { bytes: text.as_bytes().to_vec(), rest, csv, most: 1 << 20 }
    }

    /// What is told, in order, of rows that come in these pieces; the last is the end.
    fn told(first: &str, pieces: &[&str]) -> Vec<Result<usize, String>> {
        let mut coming = coming(first, channel().1);
        let mut told = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            coming.bytes.extend(piece.as_bytes());
            let news = grown(&mut coming, at + 1 == pieces.len());
            told.extend(news.map(|csv| csv.map(|csv| csv.table.rows())).map_err(|why| why.to_string()).transpose());
        }
        told
    }

    #[test]
    fn rows_are_told_once_they_are_whole() {
        assert_eq!(told("x,y\n1,2\n2,3\n", &["3,4\n4", ",", "5\n", "5,6"]), [Ok(3), Ok(4), Ok(5)]);
    }

    #[test]
    fn a_row_that_is_none_says_where() {
        let told = told("x,y\n1,2\n2,3\n", &["3,4\n", "4,banana\n"]);
        assert_eq!(told[0], Ok(3));
        let why = told[1].as_ref().expect_err("refused");
        assert!(why.contains("t.csv:5") && why.contains("no more rows are taken"), "{why}");
    }

    #[test]
    fn a_new_class_is_refused() {
        let told = told("x,y\n1,b\n2,c\n", &["3,b\n", "4,a\n"]);
        assert!(matches!(&told[..], [Ok(3), Err(why)] if why.contains("a new class")), "{told:?}");
    }

    #[test]
    fn all_that_comes_is_heard_of_to_the_end() {
        let (send, rest) = channel();
        let feed = Feed::new(coming("x,y\n1,2\n2,3\n", rest), &(Arc::new(|| ()) as Wake));
        for piece in ["3,4\n", "4,5\n", "5,6"] {
            send.send(Ok(piece.as_bytes().to_vec())).expect("it reads");
        }
        drop(send);
        let last = feed.told.iter().last().expect("some news").expect("rows");
        assert_eq!((last.table.rows(), last.arrived.first()), (5, Some(&2)));
    }

    #[test]
    fn a_read_that_fails_is_said_after_the_rows_before_it() {
        let (send, rest) = channel();
        let feed = Feed::new(coming("x,y\n1,2\n2,3\n", rest), &(Arc::new(|| ()) as Wake));
        send.send(Ok(b"3,4\n".to_vec())).expect("it reads");
        send.send(Err(std::io::Error::other("gone"))).expect("it reads");
        let told: Vec<_> = feed.told.iter().map(|news| news.map(|csv| csv.table.rows())).collect();
        let failed = "standard input cannot be read: gone; no more rows are taken".into();
        assert_eq!(told, [Ok(3), Err(failed)]);
    }
}
