//! The command line: its definition, and one file a subcommand. Bad input is told and answered with 2 before any screen is touched.

mod bench;
mod check;
mod claims;
mod eval;
mod evaluation;
mod explore;
mod figure;
mod network;
mod new;
mod open;
mod picture;
mod presets;
mod progress;
mod report;
mod results;
mod schema;
mod snapshot;
mod train;

use crate::text::Problem;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Deep learning seen as functions: a network is a composition of truncated basis expansions, learned by Bayes' rule.
#[derive(Debug, Parser)]
#[command(name = "fnexplore", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    explore: Explore,
}

/// Explore a preset in the terminal; without one, train it and print the final picture.
#[derive(Debug, Args)]
struct Explore {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    look: Looks,
    /// Pictures a second at the most [default: 30, over ssh 12].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=120))]
    fps: Option<u32>,
    /// For accounts that others log into (sshd's `ForceCommand`): nothing is written but the session's own state, and nothing is
    /// opened from elsewhere or from another folder.
    #[arg(long)]
    restricted: bool,
    /// Go on with the last session, or with that of a file.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "",
        conflicts_with_all = ["preset", "set", "seed"])]
    resume: Option<String>,
    /// Bytes a second that pictures may take, as in 8k [default: no limit].
    #[arg(long, value_parser = bytes)]
    bandwidth: Option<u32>,
    /// Print the settings as TOML on standard output when the screen is left.
    #[arg(long)]
    print_on_exit: bool,
}

/// Which experiment.
#[derive(Clone, Debug, Args)]
struct What {
    /// A built-in preset's name, a TOML file, `USER@HOST:PATH` by ssh, or - for standard input [default: compose].
    preset: Option<String>,
    /// Change a setting, as in --set model.k=32; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The seed.
    #[arg(long)]
    seed: Option<u64>,
    /// A table in place of the preset's data: a file, or - for standard input.
    #[arg(long, value_name = "FILE")]
    csv: Option<String>,
    /// The columns of that table that are X [default: the first].
    #[arg(long, value_delimiter = ',', requires = "csv")]
    inputs: Vec<String>,
    /// The columns of that table that are y [default: the last].
    #[arg(long, value_delimiter = ',', requires = "csv")]
    outputs: Vec<String>,
    /// Let a preset from elsewhere (standard input, ssh) read the tables it names, below the current folder.
    #[arg(long)]
    trust: bool,
}

/// How it looks.
#[derive(Clone, Debug, Args)]
struct Looks {
    /// The marks that curves are made of [default: by the locale].
    #[arg(long, value_enum)]
    marker: Option<MarkerName>,
    /// The colours [default: by `TERM`, `COLORTERM` and `NO_COLOR`].
    #[arg(long, value_enum)]
    palette: Option<PaletteName>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MarkerName {
    Braille,
    Octant,
    Quadrant,
    Half,
    Ascii,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PaletteName {
    Any,
    Dark,
    Light,
    Sixteen,
    Mono,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PaneName {
    Functions,
    Configuration,
    Composition,
    Loss,
    Notes,
    Learned,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train without a terminal: report and save.
    Train(Train),
    /// Name every problem of preset files and of the data they name.
    Check {
        /// Preset files, or names of built-in presets.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the built-in presets, or print one.
    Presets {
        #[command(subcommand)]
        show: Option<Show>,
    },
    /// A commented preset with every key, to start your own from.
    New {
        /// The file to write; it must not be there yet [default: standard output].
        file: Option<PathBuf>,
    },
    /// A multilayer perceptron that Python has trained (plain or residual), as functions: exactly, from a safetensors file.
    Open(OpenNetwork),
    /// The JSON Schema of presets: editors complete and check by it what begins with `#:schema fnexplore.schema.json`.
    Schema,
    /// One picture of a trained preset.
    Snapshot(Snapshot),
    /// Every f⁽ⁱ⁾ and f at given points; loss, log likelihood, log prior and gradient on the training rows.
    Eval(Eval),
    /// This machine's rates: steps and gradients a second, and what share of its multiply-adds they use.
    Bench(Bench),
    /// The essay's claims, each as an experiment that is run now.
    Claims(Claims),
}

#[derive(Debug, Subcommand)]
enum Show {
    /// Print a built-in preset's TOML.
    Show {
        /// Its name.
        name: String,
    },
}

/// Train without a terminal.
#[derive(Debug, Args)]
struct Train {
    #[command(flatten)]
    what: What,
    /// Steps, in place of the preset's.
    #[arg(long)]
    steps: Option<u64>,
    /// Training threads.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=512))]
    threads: Option<u16>,
    /// Write the coefficients, the preset that really ran and the loss history there.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Report as JSON Lines.
    #[arg(long)]
    json: bool,
}

/// A network that Python has trained.
#[derive(Debug, Args)]
struct OpenNetwork {
    /// The safetensors file, with `PyTorch`'s names (`net.0.weight`, `net.0.bias`) or Flax's (`Dense_0/kernel`).
    model: PathBuf,
    /// σ: the file does not tell it.
    #[arg(long, default_value = "relu")]
    activation: String,
    /// Where tensors of other names belong: NAME=NUMBER, the linear layer from 1; NAME=skip leaves one out. May be given again.
    #[arg(long, value_name = "NAME=NUMBER")]
    map: Vec<String>,
    /// A table to put under it, in the units that the network takes.
    #[arg(long, value_name = "CSV")]
    data: Option<PathBuf>,
    /// The table's columns that are X [default: the first ones].
    #[arg(long, value_delimiter = ',')]
    inputs: Vec<String>,
    /// The table's columns that are y [default: the last ones].
    #[arg(long, value_delimiter = ',')]
    outputs: Vec<String>,
    /// Change a setting, as in --set prior.tau=2; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Print it as a preset in place of opening it: every other command takes that.
    #[arg(long)]
    toml: bool,
    #[command(flatten)]
    look: Looks,
}

/// One picture.
#[derive(Debug, Args)]
struct Snapshot {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    look: Looks,
    /// Steps, in place of the preset's.
    #[arg(long)]
    steps: Option<u64>,
    /// Columns x rows.
    #[arg(long, default_value = "120x40", value_parser = size)]
    size: (u16, u16),
    /// One pane alone, in place of the whole screen.
    #[arg(long, value_enum)]
    pane: Option<PaneName>,
    /// In place of a preset, the figure of a claim, which is run for it: C1 to C17.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["preset", "set", "seed", "steps", "pane"])]
    claim: Option<String>,
    /// Which of the claim's figures, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "claim")]
    figure: usize,
    /// The claim's quick runs.
    #[arg(long, requires = "claim")]
    quick: bool,
    /// What the picture is made of.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write it there in place of standard output.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Every f⁽ⁱ⁾ and f at given points; loss, log likelihood, log prior and gradient on the training rows.
#[derive(Debug, Args)]
struct Eval {
    #[command(flatten)]
    what: What,
    /// Which run of a preset with variants [default: the first].
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// A safetensors file with the coefficients, F64 or F32 [default: where training starts].
    #[arg(long, value_name = "FILE")]
    coefficients: Option<PathBuf>,
    /// A table of points, in the data's own units: the inputs' columns by name or in order [default: the training rows].
    #[arg(long, value_name = "CSV")]
    at: Option<PathBuf>,
    /// The gradient of the log posterior too.
    #[arg(long)]
    gradient: bool,
    /// One JSON object, all rows.
    #[arg(long)]
    json: bool,
}

/// This machine's rates: steps and gradients a second, and what share of its multiply-adds they use.
#[derive(Debug, Args)]
struct Bench {
    #[command(flatten)]
    what: What,
    /// One of the configurations that peers are compared on [default: all].
    #[arg(long, value_enum, conflicts_with = "preset")]
    config: Option<ConfigName>,
    /// The precision [default: both].
    #[arg(long, value_enum)]
    dtype: Option<DtypeName>,
    /// The readable evaluator's rate too.
    #[arg(long)]
    reference: bool,
    /// How long each rate is measured.
    #[arg(long, default_value = "1.5", value_parser = seconds)]
    seconds: f64,
    /// Report as JSON Lines.
    #[arg(long)]
    json: bool,
}

/// The essay's claims, each as an experiment that is run now.
#[derive(Debug, Args)]
struct Claims {
    /// C1, C2, …; all of them without a name.
    names: Vec<String>,
    /// Fewer and smaller runs, under a minute for all: figures, and a verdict only where these suffice for one.
    #[arg(long)]
    quick: bool,
    /// List them, with what each one asks and how, and run nothing.
    #[arg(long)]
    list: bool,
    /// The first seed: another one repeats the experiments with other random numbers.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..1 << 32))]
    seed: u64,
    /// Threads [default: the cores].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=512))]
    threads: Option<u16>,
    /// Write every run as CSV and every result as JSON there.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Report as JSON Lines.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ConfigName {
    #[value(name = "A")]
    A,
    #[value(name = "B")]
    B,
    #[value(name = "C")]
    C,
    #[value(name = "D")]
    D,
    #[value(name = "E")]
    E,
    #[value(name = "nuts")]
    Nuts,
}

impl ConfigName {
    const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::Nuts => "nuts",
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DtypeName {
    F32,
    F64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Characters only.
    Text,
    /// With colours, as a terminal takes them.
    Ansi,
    /// A vector picture, on a dark ground; with --palette light or mono on white.
    Svg,
}

/// Why a command ends, as an exit code: 1 failed, 2 bad input, 3 diverged, 128+n by signal n.
#[derive(Debug)]
enum End {
    Failed(anyhow::Error),
    Bad(Vec<Problem>),
    Code(u8),
}

impl From<anyhow::Error> for End {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Vec<Problem>> for End {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Bad(problems)
    }
}

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let end = match cli.command {
        None => explore::explore(&cli.explore),
        Some(Command::Train(train)) => train::train(&train),
        Some(Command::Check { files }) => check::check(&files),
        Some(Command::Presets { show }) => presets::presets(show.as_ref()),
        Some(Command::New { file }) => new::new(file.as_deref()),
        Some(Command::Open(args)) => network::open(&args),
        Some(Command::Schema) => schema::schema(),
        Some(Command::Snapshot(snapshot)) => snapshot::snapshot(&snapshot),
        Some(Command::Eval(eval)) => eval::eval(&eval),
        Some(Command::Bench(bench)) => bench::bench(&bench),
        Some(Command::Claims(claims)) => claims::claims(&claims),
    };
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(End::Code(code)) => ExitCode::from(code),
        Err(End::Bad(problems)) => {
            for problem in problems {
                eprintln_quietly(&problem.to_string());
            }
            ExitCode::from(2)
        }
        // A reader that went away (`fnexplore presets | head -1`) is no failure.
        Err(End::Failed(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(End::Failed(error)) => {
            eprintln_quietly(&format!("fnexplore: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// `eprintln!` panics when standard error is gone; there is nobody to tell then.
fn eprintln_quietly(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// `120x40`.
fn size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match parsed {
        Some((width @ 1..=1000, height @ 1..=1000)) => Ok((width, height)),
        _ => Err("a size is COLUMNSxROWS, each from 1 to 1000, as in 120x40".to_owned()),
    }
}

/// `0.5`.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.01..=600.0).contains(seconds));
    seconds.ok_or_else(|| "a time in seconds from 0.01 to 600, as in 0.5".to_owned())
}

/// `8000` or `8k`.
fn bytes(text: &str) -> Result<u32, String> {
    let (digits, factor) = text.strip_suffix(['k', 'K']).map_or((text, 1), |digits| (digits, 1000));
    let bytes = digits.parse::<u32>().ok().and_then(|number| number.checked_mul(factor));
    bytes.filter(|bytes| *bytes >= 500).ok_or_else(|| "a rate in bytes a second, at least 500, as in 8k".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_and_rates() {
        assert_eq!(size("120x40"), Ok((120, 40)));
        assert!(size("0x40").is_err() && size("120").is_err() && size("99999x1").is_err());
        assert_eq!(bytes("8k"), Ok(8000));
        assert!(bytes("8m").is_err() && bytes("1").is_err() && bytes("9999999k").is_err());
    }
}
