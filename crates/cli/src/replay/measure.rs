//! Times, bytes and heap of one history.
//!
//! Each figure is taken on its own: work that is short is done a few times and its least time told. Heap is
//! counted in separate runs. A figure that does not apply is none.

use std::hint::black_box;
use std::time::{Duration, Instant};

use syncline::{Doc, Error, Level, SaveOptions, VersionVector};

use super::behind::Behind;
use super::plan::Plan;
use super::trace::Trace;
use super::typing::{self, TEXT, Typed};
use crate::failure::{ENGINE_FAULT, Failure};
use crate::heap::{self, Heap};

/// Work is repeated until so much time is spent on it, or so many runs.
const REPEAT_FOR: Duration = Duration::from_millis(300);
const MAX_RUNS: usize = 5;
/// A transaction of this time or more is not noticeably longer for a look at the clock.
const NOTICED: Duration = Duration::from_micros(2);

/// What was measured, in milliseconds and bytes.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) local_ms: f64,
    pub(crate) typed_heap_bytes: Option<usize>,
    pub(crate) merge_ms: f64,
    pub(crate) save_ms: f64,
    pub(crate) save_bytes_fast: usize,
    pub(crate) save_bytes_compact: usize,
    pub(crate) shallow_bytes_fast: usize,
    pub(crate) shallow_bytes_compact: usize,
    pub(crate) load_ms: f64,
    pub(crate) first_edit_ms: f64,
    pub(crate) history_bytes_fast: usize,
    pub(crate) history_bytes_compact: usize,
    pub(crate) behind: Behind,
    pub(crate) keystroke_delta_bytes: usize,
    pub(crate) stream_ms: Option<f64>,
    pub(crate) heap_bytes: usize,
    pub(crate) peak_heap_bytes: usize,
}

impl Figures {
    /// Measures typing a sequential trace.
    pub(crate) fn type_sequential(&mut self, trace: &Trace) -> Result<(), Failure> {
        self.local_ms = least(|| typing::sequential(trace).map(|(_, elapsed)| elapsed))?;
        let (typed, heap) = heap::measure(|| typing::sequential(trace).map(|(doc, _)| doc));
        self.keystroke_delta_bytes = typing::keystroke_delta_bytes(trace, &typed?)?;
        self.typed_heap_bytes = Some(heap.live);
        Ok(())
    }

    /// Measures typing a concurrent trace, which was typed once already.
    pub(crate) fn type_concurrent(
        &mut self,
        trace: &Trace,
        plan: &Plan,
        typed: &Typed,
    ) -> Result<(), Failure> {
        self.keystroke_delta_bytes =
            typing::keystroke_delta_bytes(trace, &typed.replicas[trace.last_agent()])?;
        // Where transactions are long, a look at the clock for each of them changes nothing.
        let share = NOTICED.saturating_mul(u32::try_from(trace.len()).unwrap_or(u32::MAX));
        let local = if typed.local > share {
            typed.local
        } else {
            typing::concurrent_timed(trace, plan, &typed.deltas)?
        };
        self.local_ms = milliseconds(local);
        Ok(())
    }

    /// Measures what every history has, on a replica that holds all of it.
    pub(crate) fn copies(&mut self, trace: &Trace, doc: &mut Doc) -> Result<(), Failure> {
        let everything = VersionVector::new();
        let delta = doc.delta_since(&everything);
        self.history_bytes_fast = delta.len();
        self.history_bytes_compact = doc.delta_since_with(&everything, Level::Compact).len();
        self.behind = Behind::of(trace, doc);
        self.merge_ms = least(|| timed(|| received(&delta)))?;
        let merging = measured(|| received(&delta))?;

        let snapshot = doc.save();
        self.save_bytes_fast = snapshot.len();
        let compact = SaveOptions::new().level(Level::Compact);
        self.save_bytes_compact = doc.save_with(&compact).len();
        self.shallow_bytes_fast = doc.save_with(&SaveOptions::new().shallow()).len();
        self.shallow_bytes_compact = doc.save_with(&compact.shallow()).len();
        self.save_ms = least(|| timed(|| Ok(doc.save())))?;
        self.load_ms = least(|| timed(|| loaded(&snapshot)))?;
        self.first_edit_ms = least(|| first_edit(trace, &snapshot))?;
        let loading = measured(|| loaded(&snapshot))?;
        self.heap_bytes = loading.live;
        self.peak_heap_bytes = merging.peak.max(loading.peak);
        Ok(())
    }

    /// Measures a replica that only reads, to which the transactions' own deltas come one by one.
    pub(crate) fn stream(&mut self, deltas: &[Vec<u8>]) -> Result<(), Failure> {
        self.stream_ms = Some(least(|| timed(|| streamed(deltas)))?);
        Ok(())
    }
}

/// A replica that received `deltas` one by one and whose text has been read.
pub(crate) fn streamed(deltas: &[Vec<u8>]) -> Result<Doc, Error> {
    let mut doc = Doc::new();
    for delta in deltas.iter().filter(|delta| !delta.is_empty()) {
        doc.merge(delta)?;
    }
    black_box(doc.text(TEXT).to_string());
    Ok(doc)
}

fn received(delta: &[u8]) -> Result<Doc, Error> {
    let mut doc = Doc::new();
    doc.merge(delta)?;
    black_box(doc.text(TEXT).to_string());
    Ok(doc)
}

fn loaded(snapshot: &[u8]) -> Result<Doc, Error> {
    let doc = Doc::load(snapshot)?;
    black_box(doc.text(TEXT).to_string());
    Ok(doc)
}

/// The time of one letter in the middle of a document that was just opened.
fn first_edit(trace: &Trace, snapshot: &[u8]) -> Result<Duration, Failure> {
    let mut doc = loaded(snapshot).map_err(refused)?;
    if let Some(peer) = typing::peer(trace.agents) {
        doc.set_peer(peer);
    }
    let middle = doc.text(TEXT).len() / 2;
    timed(|| doc.transact(|tx| tx.text(TEXT).insert(middle, "x")))
}

/// The time of `work`; dropping what it made does not count.
fn timed<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<Duration, Failure> {
    let clock = Instant::now();
    let made = work();
    let elapsed = clock.elapsed();
    made.map(|_| elapsed).map_err(refused)
}

fn measured<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<Heap, Failure> {
    let (made, heap) = heap::measure(work);
    made.map(|_| heap).map_err(refused)
}

fn refused(error: Error) -> Failure {
    Failure::new(
        format!("a replica refused what another wrote: {error}"),
        ENGINE_FAULT,
    )
}

/// The least time of a few runs, in milliseconds.
fn least(mut run: impl FnMut() -> Result<Duration, Failure>) -> Result<f64, Failure> {
    let mut least = run()?;
    let mut spent = least;
    for _ in 1..MAX_RUNS {
        if spent >= REPEAT_FOR {
            break;
        }
        let elapsed = run()?;
        spent += elapsed;
        least = least.min(elapsed);
    }
    Ok(milliseconds(least))
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
