//! Playing a history as its agents did, each transaction written where exactly its parents are known. The deltas that
//! this makes are what other works measure.
//!
//! Engines that can be forked play it version by version; the others with a replica for each agent.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

use bincode::config;
use bincode::serde::{decode_from_slice, encode_to_vec};
use serde::{Deserialize, Serialize};

use super::{Context, Work};
use crate::engine::{Exchange, Outcome, said};
use crate::peers::Peer;
use crate::rows::{self, Source};
use crate::trace::{History, Trace, Txn};

/// A history in the deltas of one peer.
#[derive(Serialize, Deserialize)]
pub struct Prepared {
    /// All of it as one delta.
    pub whole: Vec<u8>,
    /// All of it as a snapshot.
    pub snapshot: Vec<u8>,
    /// Each transaction as a delta of its own.
    pub singles: Vec<Vec<u8>>,
    /// The text it ends in.
    pub text: String,
    /// That text is another than the history's.
    pub other_text: bool,
}

impl Prepared {
    /// Plays the history, unless an earlier process of this run has.
    ///
    /// # Errors
    /// Why the peer cannot play it.
    pub fn obtain<E: Exchange>(context: &Context, history: History, peer: Peer) -> Outcome<Self> {
        let kind = (context.quick, context.traces.is_none());
        let file = context
            .prepared
            .as_deref()
            .map(|folder| file_in(folder, history, peer, kind));
        if let Some(stored) = file.as_ref().and_then(|file| fs::read(file).ok()) {
            return Ok(said(decode_from_slice(&stored, config::standard()))?.0);
        }
        let trace = context.trace(history)?;
        let played = Self::of(play::<E>(&trace, has_stream(history))?, &trace)?;
        if let Some(file) = file {
            said(fs::write(
                file,
                said(encode_to_vec(&played, config::standard()))?,
            ))?;
        }
        Ok(played)
    }
}

impl Prepared {
    fn of<E: Exchange>(mut played: Played<E>, trace: &Trace) -> Outcome<Self> {
        let text = played.last.text();
        Ok(Self {
            whole: played.last.whole()?,
            snapshot: played.last.save()?,
            other_text: played.is_another(trace),
            singles: played.singles,
            text,
        })
    }
}

/// Plays the history. In the end the writer of its last transaction writes in the replica.
///
/// # Errors
/// Why the engine cannot play it.
pub(crate) fn play<E: Exchange>(trace: &Trace, with_singles: bool) -> Outcome<Played<E>> {
    if trace.is_sequential() {
        return Ok(Played {
            last: super::typing::type_all::<E>(trace)?,
            singles: Vec::new(),
            moved: false,
        });
    }
    let whole = if with_singles { None } else { E::play(trace) };
    let mut played = match whole {
        Some(last) => Played {
            last: last?,
            singles: Vec::new(),
            moved: false,
        },
        None if E::FORKS => by_version::<E>(trace)?,
        None => by_agent::<E>(trace)?,
    };
    if E::FORKS {
        played.last.write_as(trace.last_agent() as u64 + 1)?;
    }
    Ok(played)
}

/// Whether a row applies the history's transactions one by one.
fn has_stream(history: History) -> bool {
    rows::all()
        .iter()
        .any(|row| row.source == Source::Measured(Work::Stream(history)))
}

/// A history in the replicas of one engine.
pub(crate) struct Played<E> {
    /// A replica that knows all of it.
    pub(crate) last: E,
    singles: Vec<Vec<u8>>,
    /// Edits had to be moved into the text.
    moved: bool,
}

impl<E: Exchange> Played<E> {
    /// It ends in another text than the history says.
    pub(crate) fn is_another(&self, trace: &Trace) -> bool {
        let differs = |end: &String| *end != self.last.text();
        self.moved || trace.end.as_ref().is_some_and(differs)
    }
}

/// Where a played history is kept; a quick or a generated one is another history.
fn file_in(folder: &Path, history: History, peer: Peer, kind: (bool, bool)) -> PathBuf {
    let kind = match kind {
        (false, false) => "",
        (true, false) => ".quick",
        (false, true) => ".generated",
        (true, true) => ".generated.quick",
    };
    folder.join(format!("{}.{}{kind}", history.name(), peer.name()))
}

/// Writes the transaction and returns its delta, and whether edits had to be moved.
fn write<E: Exchange>(replica: &mut E, txn: &Txn) -> Outcome<(Vec<u8>, bool)> {
    let moved = txn.within(replica.len());
    let patches = moved.as_deref().unwrap_or(&txn.patches);
    Ok((replica.transact_and_ship(patches)?, moved.is_some()))
}

/// With a replica for each version that is still a parent of something to come.
fn by_version<E: Exchange>(trace: &Trace) -> Outcome<Played<E>> {
    let mut uses = vec![0_usize; trace.txns.len()];
    trace
        .txns
        .iter()
        .flat_map(|txn| &txn.parents)
        .for_each(|parent| uses[*parent] += 1);
    let mut standing: BTreeMap<usize, E> = BTreeMap::new();
    let (mut singles, mut moved) = (Vec::with_capacity(trace.txns.len()), false);
    for (index, txn) in trace.txns.iter().enumerate() {
        // Goes on with a replica that no one else starts from, where there is one.
        let first = txn.parents.iter().min_by_key(|parent| uses[**parent]);
        let mut replica = match first {
            None => E::new(txn.agent as u64 + 1)?,
            Some(first) => {
                uses[*first] -= 1;
                take(&mut standing, *first, uses[*first])?
            }
        };
        for other in txn.parents.iter().filter(|parent| Some(*parent) != first) {
            uses[*other] -= 1;
            let mut source = standing
                .remove(other)
                .ok_or("a parent that no replica stands at")?;
            replica.merge_from(&mut source)?;
            if uses[*other] > 0 {
                standing.insert(*other, source);
            }
        }
        replica.write_as(txn.agent as u64 + 1)?;
        let (single, was_moved) = write(&mut replica, txn)?;
        singles.push(single);
        moved |= was_moved;
        standing.insert(index, replica);
    }
    let (_, mut last) = standing.pop_last().ok_or("an empty history")?;
    for mut other in standing.into_values() {
        last.merge_from(&mut other)?;
    }
    Ok(Played {
        last,
        singles,
        moved,
    })
}

/// The replica that stands there, or its fork if others still need it.
fn take<E: Exchange>(standing: &mut BTreeMap<usize, E>, version: usize, uses: usize) -> Outcome<E> {
    let mut replica = standing
        .remove(&version)
        .ok_or("a parent that no replica stands at")?;
    if uses > 0 {
        let fork = replica.fork()?;
        standing.insert(version, replica);
        return Ok(fork);
    }
    Ok(replica)
}

/// With a replica for each agent, which receives what it lacks transaction by transaction.
fn by_agent<E: Exchange>(trace: &Trace) -> Outcome<Played<E>> {
    let mut agents: BTreeMap<usize, Agent<E>> = BTreeMap::new();
    let (mut singles, mut moved) = (Vec::with_capacity(trace.txns.len()), false);
    for (index, txn) in trace.txns.iter().enumerate() {
        let agent = match agents.entry(txn.agent) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Agent::new(txn.agent, trace.txns.len())?),
        };
        agent.receive(&txn.parents, trace, &singles)?;
        let (single, was_moved) = write(&mut agent.replica, txn)?;
        singles.push(single);
        moved |= was_moved;
        agent.known[index] = true;
    }
    let last = agents.remove(&trace.last_agent());
    let mut last = last.ok_or("an empty history")?;
    let all: Vec<usize> = (0..trace.txns.len()).collect();
    last.receive(&all, trace, &singles)?;
    Ok(Played {
        last: last.replica,
        singles,
        moved,
    })
}

/// An agent's replica and which transactions it knows.
struct Agent<E> {
    replica: E,
    known: Vec<bool>,
}

impl<E: Exchange> Agent<E> {
    fn new(agent: usize, txns: usize) -> Outcome<Self> {
        Ok(Self {
            replica: E::new(agent as u64 + 1)?,
            known: vec![false; txns],
        })
    }

    /// Receives these transactions and what they knew.
    fn receive(&mut self, tips: &[usize], trace: &Trace, singles: &[Vec<u8>]) -> Outcome<()> {
        let mut missing = Vec::new();
        let mut open = tips.to_vec();
        while let Some(txn) = open.pop() {
            if !self.known[txn] {
                self.known[txn] = true;
                missing.push(txn);
                open.extend(&trace.txns[txn].parents);
            }
        }
        missing.sort_unstable();
        let deltas: Vec<&[u8]> = missing.iter().map(|txn| singles[*txn].as_slice()).collect();
        if deltas.is_empty() {
            Ok(())
        } else {
            self.replica.merge_many(&deltas)
        }
    }
}
