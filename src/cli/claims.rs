//! `fnexplore claims`: the essay's claims, each run, judged and reported; whatever the verdicts, that is no failure.

use super::{Claims, End, progress};
use crate::files;
use crate::study::claims::{CLAIMS, Claim, Found, find};
use crate::study::{Failure, Lab, Progress, Table};
use anyhow::Context;
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Columns of the report.
const WIDTH: usize = 100;
/// Measures that are printed of a claim; all are in the JSON.
const PRINTED: usize = 5;

pub(super) fn claims(args: &Claims) -> Result<(), End> {
    let chosen = chosen(&args.names)?;
    if args.list {
        return list(&chosen, args.json);
    }
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let (stop, signal) = caught()?;
    let began = Instant::now();
    let clock = || began.elapsed();
    let threads = args.threads.map_or_else(cores, usize::from);
    let (mut rows, mut broken) = (Vec::new(), false);
    for claim in chosen {
        let at = Instant::now();
        let line = progress::Progress::new(at);
        let told = |progress| line.tell(|since| told(claim.name, progress, since));
        let lab = Lab { threads, quick: args.quick, seed: args.seed, stop: &stop, told: &told, clock: &clock };
        let tested = claim.test(&lab);
        drop(line);
        match tested {
            Ok(found) => {
                let seconds = at.elapsed().as_secs_f64();
                let value = claim.result(&found, (args.quick, args.seed), seconds);
                if let Some(folder) = &args.out {
                    save(folder, claim, &found, &value)?;
                }
                say(&if args.json { value.to_string() } else { block(claim, &found, seconds) })?;
                rows.push(row(claim, &found, seconds));
            }
            Err(Failure::Cancelled) => {
                let number = u8::try_from(signal.load(Ordering::Relaxed)).unwrap_or(1);
                return Err(End::Code(128 + number));
            }
            Err(Failure::Broken(why)) => {
                broken = true;
                let told = json!({"event": "failed", "name": claim.name, "why": why.as_str()});
                say(&if args.json { told.to_string() } else { format!("{}  could not be run: {why}\n", claim.name) })?;
            }
        }
    }
    if !args.json && rows.len() > 1 {
        say(&rows.join("\n"))?;
    }
    if broken { Err(End::Code(1)) } else { Ok(()) }
}

fn chosen(names: &[String]) -> Result<Vec<&'static Claim>, End> {
    if names.is_empty() {
        return Ok(CLAIMS.to_vec());
    }
    let (found, wrong): (Vec<_>, Vec<_>) = names.iter().map(|name| find(name)).partition(Result::is_ok);
    let wrong: Vec<_> = wrong.into_iter().filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(found.into_iter().flatten().collect()) } else { Err(End::Bad(wrong)) }
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn say(text: &str) -> Result<(), End> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// What is told of a claim before anything is run.
fn list(chosen: &[&Claim], json: bool) -> Result<(), End> {
    for claim in chosen {
        if json {
            say(&claim.about().to_string())?;
            continue;
        }
        say(&format!("{:4} {}", claim.name, claim.title))?;
        for (head, text) in [
            ("claim", claim.claim),
            ("exactly", claim.statement),
            ("design", claim.design),
            ("rule", claim.rule),
            ("note", claim.remark),
            ("preset", claim.preset.unwrap_or("none")),
        ] {
            let lines = wrapped(text, WIDTH - 13);
            say(&lines.iter().enumerate().map(|(at, line)| hung(at, head, line)).collect::<Vec<_>>().join("\n"))?;
        }
        say("")?;
    }
    Ok(())
}

fn hung(at: usize, head: &str, line: &str) -> String {
    format!("     {:8}{line}", if at == 0 { head } else { "" })
}

/// A result in words.
fn block(claim: &Claim, found: &Found, seconds: f64) -> String {
    let mut lines =
        vec![format!("{:4} {:36} {:26} {:>9}", claim.name, claim.title, found.verdict.name(), time(seconds))];
    lines.extend(wrapped(claim.statement, WIDTH - 5).iter().map(|line| format!("     {line}")));
    for measure in found.measures.iter().take(PRINTED) {
        lines.push(format!("     {:56} {:>24}  n {}", measure.what, measure.with_interval(), measure.n));
    }
    if found.measures.len() > PRINTED {
        lines.push(format!("     and {} more numbers in --json", found.measures.len() - PRINTED));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A result in a line.
fn row(claim: &Claim, found: &Found, seconds: f64) -> String {
    let statistic = found
        .measures
        .first()
        .map_or_else(String::new, |measure| format!("{} = {}, n {}", measure.what, measure.with_interval(), measure.n));
    format!("{:4} {:25} {:>9}  {statistic}", claim.name, found.verdict.name(), time(seconds))
}

fn time(seconds: f64) -> String {
    if seconds < 100.0 { format!("{seconds:.1} s") } else { format!("{:.1} min", seconds / 60.0) }
}

/// Words in lines of at most so many characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Every run as a table, and the result.
fn save(folder: &Path, claim: &Claim, found: &Found, value: &Value) -> Result<(), End> {
    let write = |name: String, bytes: &[u8]| {
        files::write_atomic(&folder.join(&name), bytes)
            .with_context(|| format!("{} cannot be written", folder.join(&name).display()))
    };
    for table in &found.tables {
        write(format!("{}-{}.csv", claim.name, table.name), &csv(table)?)?;
    }
    write(format!("{}.json", claim.name), format!("{value:#}\n").as_bytes())?;
    Ok(())
}

fn csv(table: &Table) -> anyhow::Result<Vec<u8>> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(&table.columns)?;
    for row in &table.rows {
        rows.write_record(row.iter().map(crate::study::Cell::text))?;
    }
    rows.into_inner().context("the table cannot be written")
}

/// How far the experiment of `name` is.
pub(super) fn told(name: &str, progress: Progress, since: Duration) -> String {
    format!("{name} {} of {}, {} s", progress.done, progress.of, since.as_secs())
}

/// Set by the first signal, with its number; a second one ends the program at once.
pub(super) fn caught() -> Result<(Arc<AtomicBool>, Arc<AtomicUsize>), End> {
    let (stop, number) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // In this order: the first signal finds nothing armed, and arms.
        flag::register_conditional_shutdown(signal, 128 + signal, stop.clone())?;
        flag::register_usize(signal, number.clone(), usize::try_from(signal).unwrap_or(1))?;
        flag::register(signal, stop.clone())?;
    }
    Ok((stop, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        let text = CLAIMS[0].statement;
        for width in [20, 40, 95] {
            let lines = wrapped(text, width);
            assert!(lines.iter().all(|line| line.chars().count() <= width || !line.contains(' ')));
            assert_eq!(lines.join(" "), text);
        }
    }
}
