//! Peers, and where their operations stand.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::splits::{Segment, Splits};
use crate::graph::{Graph, PeerIx};
use crate::id::{Lv, OpId, Peer, Seq};

/// Runs that are looked through one by one.
const NEAR: usize = 4;

#[derive(Clone, Debug)]
struct Entry {
    peer: Peer,
    /// Indexes of the peer's runs in the graph, ascending in both local version and sequence number.
    runs: SmallVec<[u32; 4]>,
    /// How many operations of the peer are known.
    count: Seq,
    /// How many of them lie before the log's own: known by number only.
    ground: Seq,
}

/// The table of peers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peers {
    entries: Vec<Entry>,
    index: BTreeMap<Peer, PeerIx>,
    /// Peers that are parts of others' histories.
    pub(super) segments: BTreeMap<PeerIx, Segment>,
    pub(crate) splits: Splits,
}

impl Peers {
    pub(crate) fn find(&self, peer: Peer) -> Option<PeerIx> {
        self.index.get(&peer).copied()
    }

    pub(crate) fn intern(&mut self, peer: Peer) -> PeerIx {
        let next = PeerIx(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        let ix = *self.index.entry(peer).or_insert(next);
        if ix == next {
            self.entries.push(Entry {
                peer,
                runs: SmallVec::new(),
                count: 0,
                ground: 0,
            });
        }
        ix
    }

    pub(crate) fn peer(&self, ix: PeerIx) -> Peer {
        self.entries[ix.at()].peer
    }

    pub(crate) fn count(&self, ix: PeerIx) -> Seq {
        self.entries[ix.at()].count
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Peers of whom something is known, with how much, by peer.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (Peer, Seq)> + '_ {
        self.index
            .iter()
            .map(|(&peer, &ix)| (peer, self.count(ix)))
            .filter(|&(_, count)| count > 0)
    }

    /// Says how many operations of a peer lie before the log's own.
    pub(crate) fn set_ground(&mut self, author: PeerIx, count: Seq) {
        let entry = &mut self.entries[author.at()];
        entry.ground = count;
        entry.count = count;
    }

    /// How many operations of a peer lie before the log's own.
    pub(crate) fn ground(&self, author: PeerIx) -> Seq {
        self.entries[author.at()].ground
    }

    /// How many operations of each peer lie before the log's own.
    pub(crate) fn grounds(&self) -> impl Iterator<Item = (Peer, Seq)> + '_ {
        self.entries
            .iter()
            .map(|entry| (entry.peer, entry.ground))
            .filter(|&(_, count)| count > 0)
    }

    /// Records that the graph's newest run grew, or started, with `len` operations of `author`.
    #[inline]
    pub(crate) fn record(&mut self, author: PeerIx, len: u32, run: usize) {
        let entry = &mut self.entries[author.at()];
        entry.count += len;
        let run = u32::try_from(run).unwrap_or(u32::MAX);
        if entry.runs.last() != Some(&run) {
            entry.runs.push(run);
        }
    }

    /// Records that the newest run of `author` grew.
    #[inline]
    pub(crate) fn extend_newest(&mut self, len: u32, author: PeerIx) {
        self.entries[author.at()].count += len;
    }

    /// The local version of an operation, where known. O(log runs of the peer).
    pub(crate) fn lv(&self, graph: &Graph, author: PeerIx, seq: Seq) -> Option<Lv> {
        let entry = self.entries.get(author.at())?;
        if seq >= entry.count || seq < entry.ground {
            return None;
        }
        let runs = graph.runs();
        // Most questions are about the newest runs.
        let is_behind = |&run: &u32| runs[run as usize].seq <= seq;
        let far = entry.runs.len().saturating_sub(NEAR);
        let at = match entry.runs[far..].iter().rposition(is_behind) {
            Some(near) => far + near,
            None => entry.runs[..far].partition_point(is_behind) - 1,
        };
        let at = entry.runs[at];
        let run = &runs[at as usize];
        Some(run.span.start.plus(seq - run.seq))
    }

    pub(crate) fn lv_of(&self, graph: &Graph, id: OpId) -> Option<Lv> {
        self.lv(graph, self.find(id.peer)?, id.seq)
    }

    /// The graph's runs of a peer, ascending.
    pub(crate) fn runs(&self, ix: PeerIx) -> &[u32] {
        &self.entries[ix.at()].runs
    }

    /// Forgets all but the first `len` peers, and operations from `end` on. To be called before the graph is truncated.
    pub(crate) fn truncate(&mut self, graph: &Graph, end: Lv, len: usize) {
        for entry in self.entries.drain(len.min(self.entries.len())..) {
            self.index.remove(&entry.peer);
        }
        self.segments.retain(|ix, _| ix.at() < len);
        for (at, run) in graph.runs().iter().enumerate().rev() {
            if run.span.end <= end {
                break;
            }
            let Some(entry) = self.entries.get_mut(run.author.at()) else {
                continue;
            };
            if run.span.start >= end {
                // The newest run comes first: it is the last of its author's.
                if entry.runs.last().is_some_and(|&known| known as usize == at) {
                    entry.runs.pop();
                }
                entry.count = entry.count.min(run.seq);
            } else {
                entry.count = run.seq + (end.0 - run.span.start.0);
            }
        }
    }
}
