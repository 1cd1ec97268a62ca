//! One measurement in a process of its own: what the hidden subcommands do, and how the command starts them.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::{Outcome, said};
use crate::heap;
use crate::peers::Peer;
use crate::rows::{self, Source};
use crate::trace::History;
use crate::work::{self, Context, Once, Work};

/// After this time a process starts no further measurement.
const ENOUGH: Duration = Duration::from_secs(4);

/// What a process reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Report {
    /// The least of several measurements.
    Measured {
        /// Milliseconds or megabytes.
        value: f64,
        /// How many measurements.
        runs: usize,
        /// The peer ends in another text than the history says.
        other_text: bool,
    },
    /// Why there is no figure.
    Cannot(String),
    /// It was stopped after so many seconds.
    Over(u64),
}

/// How a process ended.
#[derive(Clone, Debug)]
pub enum Ended<R> {
    /// With its report.
    Reported(R),
    /// Without one, and why.
    Failed(String),
    /// It was stopped after so many seconds.
    Over(u64),
}

/// A job for another process, as arguments: which row or history, and for which peer.
#[derive(Clone, Copy, Debug)]
pub enum Job {
    /// Play a history and keep its deltas.
    Prepare(History, Peer),
    /// Measure a row.
    Measure(&'static str, Peer),
}

/// How often a process measures: so many times, and so long.
#[derive(Clone, Copy, Debug)]
pub struct Often {
    /// At least so many times, unless each takes seconds.
    pub runs: usize,
    /// At least so many milliseconds.
    pub lasting: u64,
}

/// Does a measurement in this process and prints the report.
///
/// # Errors
/// A row or peer that does not exist; what keeps the peer from doing the row is a report, not an error.
pub fn measure(row: &str, peer: &str, often: Often, context: &Context) -> Outcome<()> {
    let row = rows::all()
        .into_iter()
        .find(|known| known.name == row)
        .ok_or("no such row")?;
    let peer = Peer::named(peer).ok_or("no such peer")?;
    let Source::Measured(work) = row.source else {
        return Err("this row is computed from others".to_owned());
    };
    print(&least(work, peer, often, context).unwrap_or_else(Report::Cannot))
}

fn least(work: Work, peer: Peer, often: Often, context: &Context) -> Outcome<Report> {
    if work.is_heap() {
        heap::count();
    }
    let mut ready = work::ready(work, peer, context)?;
    let (value, runs) = if work.is_heap() || work.is_cold() {
        ((ready.once)()?, 1)
    } else {
        repeat(&mut ready.once, often)?
    };
    Ok(Report::Measured {
        value,
        runs,
        other_text: ready.other_text,
    })
}

fn repeat(once: &mut Once, often: Often) -> Outcome<(f64, usize)> {
    let start = Instant::now();
    let lasting = Duration::from_millis(often.lasting);
    let (mut least, mut done) = (f64::INFINITY, 0);
    while done == 0 || start.elapsed() < lasting || done < often.runs && start.elapsed() < ENOUGH {
        least = least.min(once()?);
        done += 1;
    }
    Ok((least, done))
}

/// Plays a history in this process and prints the report.
///
/// # Errors
/// A history or peer that does not exist.
pub fn prepare(history: &str, peer: &str, context: &Context) -> Outcome<()> {
    let known = rows::all();
    let mut histories = known.iter().filter_map(|row| match row.source {
        Source::Measured(work) => work.history(),
        Source::Growth(..) => None,
    });
    let history = histories
        .find(|known| known.name() == history)
        .ok_or("no such history")?;
    let peer = Peer::named(peer).ok_or("no such peer")?;
    let done = Report::Measured {
        value: 0.0,
        runs: 0,
        other_text: false,
    };
    print(&work::prepare(history, peer, context).map_or_else(Report::Cannot, |()| done))
}

/// Prints what a process was started to find out.
pub(crate) fn print(report: &impl Serialize) -> Outcome<()> {
    println!("{}", said(serde_json::to_string(report))?);
    Ok(())
}

/// Starts this program again for the job, waits until it ends or the limit is reached, and reads its report.
///
/// # Errors
/// The process cannot be started.
pub fn start(job: Job, often: Often, limit: u64, context: &Context) -> Outcome<Report> {
    let runs = often.runs.to_string();
    let lasting = often.lasting.to_string();
    let (what, of, peer) = match job {
        Job::Prepare(history, peer) => ("__prepare", history.name(), peer),
        Job::Measure(row, peer) => ("__measure", row, peer),
    };
    let arguments = [
        what,
        of,
        peer.name(),
        "--runs",
        &runs,
        "--lasting",
        &lasting,
    ];
    Ok(match spawn(&arguments, limit, context)? {
        Ended::Reported(report) => report,
        Ended::Failed(why) => Report::Cannot(why),
        Ended::Over(seconds) => Report::Over(seconds),
    })
}

/// Starts this program again with these arguments and those of the context.
///
/// # Errors
/// The process cannot be started.
pub(crate) fn spawn<R: DeserializeOwned>(
    arguments: &[&str],
    limit: u64,
    context: &Context,
) -> Outcome<Ended<R>> {
    let mut command = Command::new(said(std::env::current_exe())?);
    command.args(arguments);
    if context.quick {
        command.arg("--quick");
    }
    let mut path = |option: &str, path: Option<&Path>| {
        if let Some(path) = path {
            command.arg(option).arg(path);
        }
    };
    path("--traces", context.traces.as_deref());
    path("--prepared", context.prepared.as_deref());
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    wait(said(child)?, Duration::from_secs(limit))
}

fn wait<R: DeserializeOwned>(mut child: Child, limit: Duration) -> Outcome<Ended<R>> {
    let said_out = collect(child.stdout.take());
    let said_err = collect(child.stderr.take());
    let start = Instant::now();
    while said(child.try_wait())?.is_none() {
        if start.elapsed() > limit {
            said(child.kill())?;
            said(child.wait())?;
            return Ok(Ended::Over(limit.as_secs()));
        }
        thread::sleep(Duration::from_millis(10));
    }
    let out = said_out.join().unwrap_or_default();
    let err = said_err.join().unwrap_or_default();
    // The peers may print as well; the report is the last line that is one.
    let report = out
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok());
    Ok(report.map_or_else(|| Ended::Failed(reason(&err)), Ended::Reported))
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks leaves what was read so far, which is enough to tell what happened.
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).ok();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What a panicking process said: the line after the one that names the place.
fn reason(err: &str) -> String {
    let mut lines = err.lines().skip_while(|line| !line.contains("panicked at"));
    match (lines.next(), lines.next()) {
        (Some(_), Some(message)) => format!("it panics: {message}"),
        _ => "its process ended without a report".to_owned(),
    }
}
