//! A delta in pieces of so many bytes, for slow links.
//!
//! Runs come as in a delta, the smallest (Lamport, peer) first, and are cut where the bytes run out: what a piece holds
//! follows only what stands before it, so each is a delta of its own. They are found one after another, from where each
//! peer's next one starts, so a piece costs what it holds.
//!
//! Pieces end between *units*: an operation or stretch, and all that continues its transaction. A stretch that nothing
//! continues may be one transaction or thousands, of typing; it is cut where it alone is too large for a piece.

use std::collections::BTreeSet;

use super::Level;
use super::missing::{Missing, run_from};
use super::passed_on::PassedOn;
use super::unit::{Unit, pieces_from};
use crate::graph::PeerIx;
use crate::id::{OpId, Peer, Seq, VersionVector};
use crate::oplog::OpLog;
use crate::summary::Chains;

/// A piece is made from at most so many times the bytes it may have: no side then has to hold much more.
const SHRINKS: usize = 8;
/// Bytes that a run and one of its parents take, about.
const RUN: usize = 16;
const PARENT: usize = 12;

/// Where a peer's next run starts: its Lamport, the peer, `seq`.
type Start = (u32, Peer, Seq);

/// How many operations of each peer are known, by runs in order.
pub(crate) type Ends = Vec<(Peer, Seq)>;

/// What is still to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Lacking {
    /// Of the peers who have more.
    starts: BTreeSet<Start>,
    open: Option<Open>,
    until: VersionVector,
    /// Bytes that a piece may have, and how many come to as many when they are packed, it seems.
    bound: usize,
    share: usize,
}

/// A run that a piece ended in.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// Where it goes on.
    id: OpId,
    /// Its operations before this one are in a stretch that may be cut anywhere.
    loose: Seq,
}

/// What may become a piece.
#[derive(Default)]
struct Taken {
    runs: Vec<Missing>,
    bytes: usize,
    /// It cannot be less.
    is_least: bool,
    /// What was taken out of `starts`, to be put back. What was put in may stay: it comes later.
    starts: Vec<Start>,
}

impl Lacking {
    /// What a log has until that version and `known` lacks, in pieces of so many bytes.
    pub(crate) fn new(
        log: &OpLog,
        known: &VersionVector,
        until: VersionVector,
        bound: usize,
    ) -> Self {
        let lacked = |&(peer, count): &(Peer, Seq)| known.get(peer) < count;
        let peers = until.iter().filter(lacked);
        let starts = peers.filter_map(|(peer, _)| {
            let seq = known.get(peer);
            start_of(log, OpId { peer, seq })
        });
        let bound = bound.max(1);
        Lacking {
            starts: starts.collect(),
            open: None,
            until,
            bound,
            share: bound,
        }
    }

    /// The next piece, and how many operations of each peer in it are known with it.
    pub(crate) fn write(
        &mut self,
        log: &OpLog,
        chains: &mut Chains,
        passed_on: &mut PassedOn,
        level: Level,
    ) -> Option<(Vec<u8>, Ends)> {
        loop {
            let open = self.open;
            let taken = self.take(log);
            if taken.runs.is_empty() {
                return None;
            }
            let piece = passed_on.of_runs(log, chains, &taken.runs, level);
            // What would have come to the bound.
            let fitting = taken.bytes.saturating_mul(self.bound) / piece.len().max(1);
            if taken.is_least || piece.len() <= self.bound {
                let most = self.bound.saturating_mul(SHRINKS);
                self.share = (fitting - fitting / 16).clamp(1, most);
                let ends = taken.runs.iter().map(|run| (run.peer, run.seq + run.len()));
                return Some((piece, ends.collect()));
            }
            self.share = (fitting - fitting / 8).clamp(1, (self.share / 2).max(1));
            self.open = open;
            self.starts.extend(taken.starts);
        }
    }

    /// Takes runs until their share of bytes is reached.
    fn take(&mut self, log: &OpLog) -> Taken {
        let mut taken = Taken::default();
        loop {
            let open = self.open.take().or_else(|| {
                let start = self.starts.pop_first()?;
                taken.starts.push(start);
                let (_, peer, seq) = start;
                let id = OpId { peer, seq };
                Some(Open { id, loose: 0 })
            });
            let Some(mut open) = open else {
                return taken;
            };
            let Some(author) = log.peers.find(open.id.peer) else {
                continue;
            };
            let is_whole = self.take_run(log, author, &mut open, &mut taken);
            if !is_whole {
                self.open = Some(open);
                return taken;
            }
            if open.id.seq < self.until.get(open.id.peer)
                && let Some(next) = start_of(log, open.id)
            {
                self.starts.insert(next);
            }
        }
    }

    /// Takes of a run what there is room for, and moves on to what is left; says whether nothing is.
    fn take_run(&self, log: &OpLog, author: PeerIx, open: &mut Open, taken: &mut Taken) -> bool {
        let from = open.id;
        let bytes = taken.bytes;
        if let Some(lv) = log.lv(from) {
            taken.bytes += RUN + PARENT * log.graph.parents(lv).len();
        }
        let to = self.until.get(from.peer);
        let is_whole = 'again: loop {
            let mut pieces = pieces_from(log, author, open.id.seq, to).peekable();
            while let Some(unit) = Unit::next(log, &mut pieces, open.id.seq < open.loose) {
                let is_first = taken.runs.is_empty() && open.id == from;
                let room = self.share.saturating_sub(taken.bytes);
                if unit.bytes > room && unit.is_loose && (is_first || unit.bytes > self.bound) {
                    if unit.has_parts() {
                        open.loose = open.id.seq + unit.len;
                        continue 'again;
                    }
                    let len = unit.fitting(log, room).max(u32::from(is_first));
                    if len < unit.len {
                        if len > 0 {
                            taken.is_least = is_first && len == 1;
                        }
                        taken.bytes += room;
                        open.id.seq += len;
                        break 'again false;
                    }
                }
                if unit.bytes > room && !is_first {
                    break 'again false;
                }
                taken.is_least = unit.bytes > room;
                taken.bytes += unit.bytes;
                open.id.seq += unit.len;
            }
            break true;
        };
        match run_from(log, from, open.id.seq - from.seq) {
            Some(run) => taken.runs.push(run),
            None => taken.bytes = bytes,
        }
        is_whole
    }
}

/// Where a peer's run starts that goes on from an operation or begins with it.
fn start_of(log: &OpLog, id: OpId) -> Option<Start> {
    let lv = log.lv(id)?;
    Some((log.graph.lamport(lv), id.peer, id.seq))
}
