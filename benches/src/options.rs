//! The command line.

use std::path::PathBuf;

use crate::child::Often;
use crate::engine::{Outcome, said};
use crate::peers::Peer;

/// What `--help` says.
pub const HELP: &str = "\
Syncline beside the other engines, as ratios within one run.

usage: syncline-benches engine [options]   time and memory
       syncline-benches sizes [options]    bytes of every encoding, and how fast documents open
       syncline-benches summary [options]  what it takes to find out what differs: bytes, round trips, time
                                           (--limit for all, --quick, --json and --markdown alone)
       syncline-benches session [options]  what it takes to be kept in step: bytes, round trips, time, memory
                                           (--quick and --markdown alone)
       syncline-benches editor [options]   going back: checkout, diff, blame (--quick, --json and --markdown alone)
       syncline-benches growth [options]   what an operation costs in a document 16 times as large
                                           (--only, --quick and --markdown alone)

  --only ROW[,ROW]      rows by name, or by the beginning of their names
  --peers PEER[,PEER]   columns: rope cola diamond-types loro yrs automerge ours
  --runs N              measurements in each process, of which the least counts (15)
  --lasting MS          more of them where those took less time than this, in milliseconds (500)
  --rounds N            processes for each measurement (2; slow ones get one)
  --limit SECONDS       stop a measurement after this time (60; playing a history may take twice as long)
  --traces DIR          the traces folder (SYNCLINE_TRACES, ../../shared/traces, ../shared/traces)
  --prepared DIR        keep what other engines played and wrote here between runs
  --quick               small inputs, a few seconds in all: shows that it runs, not how fast
  --json                one line a row instead of the table
  --markdown FILE       write the table there as well, between this command's markers
  --check               exit 1 if a row misses its bound
  --list                name the rows
";

/// The options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows to show, by name or its beginning; empty for all.
    pub only: Vec<String>,
    /// Columns to show.
    pub peers: Vec<Peer>,
    /// Measurements in a process.
    pub runs: usize,
    /// Milliseconds that the measurements in a process go on for, where there are fewer.
    pub lasting: u64,
    /// Processes for a measurement.
    pub rounds: usize,
    /// Seconds that a measurement may take.
    pub limit: u64,
    /// The traces folder that was given.
    pub traces: Option<PathBuf>,
    /// Where played histories are kept.
    pub prepared: Option<PathBuf>,
    /// Small inputs.
    pub quick: bool,
    /// JSON instead of the table.
    pub json: bool,
    /// Where to write the table as Markdown.
    pub markdown: Option<PathBuf>,
    /// A missed bound is a failure.
    pub check: bool,
    /// Only name the rows.
    pub list: bool,
}

impl Default for Options {
    fn default() -> Self {
        let built = |peer: &Peer| cfg!(feature = "ours") || *peer != Peer::Ours;
        Self {
            only: Vec::new(),
            peers: Peer::ALL.into_iter().filter(built).collect(),
            runs: 15,
            lasting: 500,
            rounds: 2,
            limit: 60,
            traces: None,
            prepared: None,
            quick: false,
            json: false,
            markdown: None,
            check: false,
            list: false,
        }
    }
}

impl Options {
    /// Reads the arguments that follow the subcommand.
    ///
    /// # Errors
    /// An unknown option, or one without its value.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Outcome<Self> {
        let mut options = Self::default();
        let mut given = (None, None);
        let mut arguments = arguments.into_iter();
        while let Some(option) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{option} needs a value"));
            match option.as_str() {
                "--only" => options.only.extend(value()?.split(',').map(str::to_owned)),
                "--peers" => options.peers = peers(&value()?)?,
                "--runs" => given.0 = Some(number(&option, &value()?)?),
                "--lasting" => options.lasting = said(value()?.parse())?,
                "--rounds" => given.1 = Some(number(&option, &value()?)?),
                "--limit" => options.limit = number(&option, &value()?)? as u64,
                "--traces" => options.traces = Some(PathBuf::from(value()?)),
                "--prepared" => options.prepared = Some(PathBuf::from(value()?)),
                "--markdown" => options.markdown = Some(PathBuf::from(value()?)),
                "--quick" => options.quick = true,
                "--json" => options.json = true,
                "--check" => options.check = true,
                "--list" => options.list = true,
                _ => return Err(format!("no such option: {option}\n\n{HELP}")),
            }
        }
        let (runs, rounds) = if options.quick {
            (1, 1)
        } else {
            (options.runs, options.rounds)
        };
        (options.runs, options.rounds) = (given.0.unwrap_or(runs), given.1.unwrap_or(rounds));
        Ok(options)
    }

    /// How often a process measures.
    #[must_use]
    pub fn often(&self) -> Often {
        Often {
            runs: self.runs,
            lasting: if self.quick { 0 } else { self.lasting },
        }
    }

    /// Whether the row is to be shown.
    #[must_use]
    pub fn wants(&self, row: &str) -> bool {
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|wanted| row.starts_with(wanted.as_str()))
    }
}

fn number(option: &str, value: &str) -> Outcome<usize> {
    match said(value.parse::<usize>()) {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{option} takes a number from 1, not {value}")),
    }
}

fn peers(names: &str) -> Outcome<Vec<Peer>> {
    let mut peers = names
        .split(',')
        .map(|name| Peer::named(name).ok_or(format!("no such peer: {name}")))
        .collect::<Outcome<Vec<_>>>()?;
    peers.sort_unstable();
    peers.dedup();
    Ok(peers)
}
