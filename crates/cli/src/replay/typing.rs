//! Typing a trace into replicas, as its agents did.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use syncline::{Doc, Error, Peer};

use super::plan::{Plan, Receive};
use super::trace::Trace;
use crate::failure::{ENGINE_FAULT, Failure};
use crate::progress::Progress;

/// The root text that holds the trace.
pub(crate) const TEXT: &str = "text";

/// Agent `n` is peer `n + 1`.
pub(crate) fn peer(agent: usize) -> Option<Peer> {
    u64::try_from(agent)
        .ok()
        .and_then(|agent| Peer::new(agent + 1))
}

/// The replica of an agent, before it has typed.
fn replica(agent: usize) -> Doc {
    peer(agent).map_or_else(Doc::new, Doc::with_peer)
}

/// Types a sequential trace; the time is that of its transactions, without the text it starts from.
pub(crate) fn sequential(trace: &Trace) -> Result<(Doc, Duration), Failure> {
    let mut doc = replica(0);
    if !trace.start_content.is_empty() {
        doc.transact(|tx| tx.text(TEXT).insert(0, &trace.start_content))
            .map_err(|error| Failure::new(format!("startContent: {error}"), "shorten it"))?;
    }
    let clock = Instant::now();
    for index in 0..trace.len() {
        type_one(&mut doc, trace, index).map_err(|error| not_typed(index, &error))?;
    }
    Ok((doc, clock.elapsed()))
}

/// What typing a concurrent trace leaves.
pub(crate) struct Typed {
    /// One per agent, each holding the history of its newest transaction.
    pub(crate) replicas: Vec<Doc>,
    /// The delta of every transaction alone; empty where it made no operation.
    pub(crate) deltas: Vec<Vec<u8>>,
    /// The time of the transactions, with a look at the clock for each.
    pub(crate) local: Duration,
}

/// Types a concurrent trace and keeps every transaction's own delta.
pub(crate) fn concurrent(trace: &Trace, plan: &Plan, name: &str) -> Result<Typed, Failure> {
    let mut replicas: Vec<Doc> = (0..trace.agents).map(replica).collect();
    let mut deltas = Vec::with_capacity(trace.len());
    let mut local = Duration::ZERO;
    let mut progress = Progress::begin(name, "typing", trace.len());
    for index in 0..trace.len() {
        receive(&mut replicas, &deltas, trace.agent(index), &plan[index])
            .map_err(|failure| at(index, failure))?;
        let doc = &mut replicas[trace.agent(index)];
        let (before, operations) = (doc.version_vector(), doc.operations());
        let clock = Instant::now();
        type_one(doc, trace, index).map_err(|error| not_typed(index, &error))?;
        local += clock.elapsed();
        deltas.push(if doc.operations() == operations {
            Vec::new()
        } else {
            doc.delta_since(&before)
        });
        progress.step();
    }
    Ok(Typed {
        replicas,
        deltas,
        local,
    })
}

/// Types a concurrent trace again, with the deltas of the first time, for the time of its transactions alone.
///
/// The clock runs on through transactions between which nobody receives anything: a look at it costs as much as
/// some of them.
pub(crate) fn concurrent_timed(
    trace: &Trace,
    plan: &Plan,
    deltas: &[Vec<u8>],
) -> Result<Duration, Failure> {
    let mut replicas: Vec<Doc> = (0..trace.agents).map(replica).collect();
    let mut local = Duration::ZERO;
    let mut clock = Instant::now();
    for index in 0..trace.len() {
        if !plan[index].is_empty() {
            local += clock.elapsed();
            receive(&mut replicas, deltas, trace.agent(index), &plan[index])
                .map_err(|failure| at(index, failure))?;
            clock = Instant::now();
        }
        type_one(&mut replicas[trace.agent(index)], trace, index)
            .map_err(|error| not_typed(index, &error))?;
    }
    Ok(local + clock.elapsed())
}

/// Bytes of the delta of one more character, typed by the last writer where its last edit left the cursor.
///
/// It is typed on a copy, so that the history that is measured stays the one of the file.
pub(crate) fn keystroke_delta_bytes(trace: &Trace, last_writer: &Doc) -> Result<usize, Failure> {
    let agent = trace.last_agent();
    let failed = |error: Error| Failure::new(format!("one more keystroke: {error}"), ENGINE_FAULT);
    let mut copy = Doc::load(&last_writer.save()).map_err(failed)?;
    if let Some(peer) = peer(agent) {
        copy.set_peer(peer);
    }
    let before = copy.version_vector();
    copy.transact(|tx| tx.text(TEXT).insert(trace.last_cursor(), "x"))
        .map_err(failed)?;
    Ok(copy.delta_since(&before).len())
}

fn type_one(doc: &mut Doc, trace: &Trace, index: usize) -> Result<(), Error> {
    let change = doc.transact(|tx| {
        let mut text = tx.text(TEXT);
        for (position, deleted, inserted) in trace.patches(index) {
            if deleted > 0 {
                text.delete(position..position + deleted)?;
            }
            if !inserted.is_empty() {
                text.insert(position, inserted)?;
            }
        }
        Ok(())
    });
    change.map(drop)
}

fn receive(
    replicas: &mut [Doc],
    deltas: &[Vec<u8>],
    agent: usize,
    what: &[Receive],
) -> Result<(), Failure> {
    for receive in what {
        let (delta, whose) = match *receive {
            Receive::From(author) => {
                let known = replicas[agent].version_vector();
                let lacking = replicas[author].delta_since(&known);
                (Cow::Owned(lacking), ("all of agent", author))
            }
            Receive::Delta(index) => (Cow::Borrowed(&deltas[index]), ("transaction", index)),
        };
        if !delta.is_empty() {
            replicas[agent].merge(&delta).map_err(|error| {
                let (what, number) = whose;
                Failure::new(
                    format!("agent {agent} could not receive {what} {number}: {error}"),
                    ENGINE_FAULT,
                )
            })?;
        }
    }
    Ok(())
}

fn at(index: usize, failure: Failure) -> Failure {
    failure.at(format_args!("transaction {index}"))
}

fn not_typed(index: usize, error: &Error) -> Failure {
    Failure::new(
        format!("transaction {index}: {error}"),
        "correct the trace: positions count Unicode scalars at the merge of the transaction's parents",
    )
}
