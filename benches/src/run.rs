//! Measuring every row for every peer, each in a process of its own, the peers of a row in turn.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{fs, io};

use crate::child::{self, Job, Often, Report};
use crate::engine::{Outcome, said};
use crate::options::Options;
use crate::peers::Peer;
use crate::rows::{Row, Source};
use crate::trace::{self, History};
use crate::work::Context;

/// A measurement that took longer than this is not made again.
const SLOW_SECONDS: f64 = 12.0;

/// What a table is made of.
#[derive(Clone, Debug)]
pub struct Results {
    /// The columns.
    pub peers: Vec<Peer>,
    /// The rows with their figures.
    pub lines: Vec<Line>,
    /// Small inputs: no verdict.
    pub quick: bool,
    /// The traces were generated.
    pub generated: bool,
}

/// A row and its figures.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row.
    pub row: Row,
    /// What each peer's process reported.
    pub cells: BTreeMap<Peer, Report>,
}

impl Line {
    /// The peer's figure.
    #[must_use]
    pub fn value(&self, peer: Peer) -> Option<f64> {
        match self.cells.get(&peer) {
            Some(Report::Measured { value, .. }) => Some(*value),
            _ => None,
        }
    }
}

/// Measures all that the options ask for, and says on standard error how far it is.
///
/// # Errors
/// A process that cannot be started, or a folder that cannot be written.
pub fn run(options: &Options, rows: Vec<Row>) -> Outcome<Results> {
    let folder = Scratch::new(options.prepared.as_deref())?;
    let traces = trace::folder(options.traces.as_deref());
    let context = Context {
        traces: traces.clone(),
        quick: options.quick,
        prepared: Some(folder.path()),
    };
    let mut runner = Runner {
        options,
        context,
        played: BTreeMap::new(),
    };
    let mut lines: Vec<Line> = Vec::new();
    let wanted: Vec<Row> = rows
        .into_iter()
        .filter(|row| options.wants(row.name))
        .collect();
    for row in wanted {
        let cells = match row.source {
            Source::Measured(_) => runner.measure(&row)?,
            Source::Growth(small, large) => growth(&lines, small, large, &row),
        };
        lines.push(Line { row, cells });
    }
    let peers = options.peers.clone();
    Ok(Results {
        peers,
        lines,
        quick: options.quick,
        generated: traces.is_none(),
    })
}

struct Runner<'o> {
    options: &'o Options,
    context: Context,
    /// Histories already played, and what came of it where it failed.
    played: BTreeMap<(&'static str, Peer), Option<Report>>,
}

impl Runner<'_> {
    fn measure(&mut self, row: &Row) -> Outcome<BTreeMap<Peer, Report>> {
        let Source::Measured(work) = row.source else {
            return Ok(BTreeMap::new());
        };
        let mut cells = BTreeMap::new();
        let mut open: Vec<Peer> = self.options.peers.clone();
        open.retain(|peer| !row.only_ours || *peer == Peer::Ours);
        let rounds = if work.is_cold() {
            self.options.runs
        } else {
            self.options.rounds
        };
        for round in 0..rounds {
            for peer in std::mem::take(&mut open) {
                eprintln!("{} · {peer} · {}", row.name, round + 1);
                if let Some(failed) = work.history().map_or(Ok(None), |of| self.play(of, peer))? {
                    cells.insert(peer, failed);
                    continue;
                }
                let start = Instant::now();
                let job = Job::Measure(row.name, peer);
                let (often, limit) = (self.options.often(), self.options.limit);
                let report = child::start(job, often, limit, &self.context)?;
                let measured = matches!(report, Report::Measured { .. });
                if measured && !work.is_heap() && start.elapsed().as_secs_f64() < SLOW_SECONDS {
                    open.push(peer);
                }
                let better = match (cells.get(&peer), &report) {
                    (
                        Some(Report::Measured { value: old, .. }),
                        Report::Measured { value: new, .. },
                    ) => new < old,
                    (Some(Report::Measured { .. }), _) => false,
                    _ => true,
                };
                if better {
                    cells.insert(peer, report);
                }
            }
        }
        Ok(cells)
    }

    /// Plays the history once a run. What is returned stands in for a figure.
    fn play(&mut self, history: History, peer: Peer) -> Outcome<Option<Report>> {
        let key = (history.name(), peer);
        if let Some(known) = self.played.get(&key) {
            return Ok(known.clone());
        }
        let limit = self.options.limit * 2;
        let once = Often {
            runs: 1,
            lasting: 0,
        };
        let job = Job::Prepare(history, peer);
        let failed = match child::start(job, once, limit, &self.context)? {
            Report::Measured { .. } => None,
            Report::Over(seconds) => Some(Report::Cannot(format!(
                "playing the history alone takes over {seconds} s"
            ))),
            Report::Cannot(why) => Some(Report::Cannot(why)),
        };
        self.played.insert(key, failed.clone());
        Ok(failed)
    }
}

/// One row's figures over another's.
fn growth(lines: &[Line], small: &str, large: &str, row: &Row) -> BTreeMap<Peer, Report> {
    let line = |name: &str| lines.iter().find(|line| line.row.name == name);
    let (Some(small), Some(large)) = (line(small), line(large)) else {
        return BTreeMap::new();
    };
    let over = |peer| Some(large.value(peer)? / small.value(peer)?);
    Peer::ALL
        .into_iter()
        .filter(|peer| !row.only_ours || *peer == Peer::Ours)
        .filter_map(|peer| {
            Some((
                peer,
                Report::Measured {
                    value: over(peer)?,
                    runs: 0,
                    other_text: false,
                },
            ))
        })
        .collect()
}

/// A folder for played histories: the one given, or one that goes when the run ends.
pub(crate) struct Scratch {
    path: PathBuf,
    keep: bool,
}

impl Scratch {
    pub(crate) fn new(given: Option<&Path>) -> Outcome<Self> {
        let path = match given {
            Some(path) => path.to_path_buf(),
            None => std::env::temp_dir().join(format!("syncline-benches-{}", std::process::id())),
        };
        said(fs::create_dir_all(&path))?;
        let scratch = Self {
            path,
            keep: given.is_some(),
        };
        said(scratch.forget(Peer::Ours))?;
        Ok(scratch)
    }

    /// Removes what a peer played in an earlier run: another build of it may play and write otherwise.
    fn forget(&self, peer: Peer) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.split('.').any(|part| part == peer.name()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.path.clone()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep {
            // Nothing depends on it; a temporary folder left behind is no failure of the run.
            fs::remove_dir_all(&self.path).ok();
        }
    }
}
