//! What a replica lacks, in an order and in parts that depend on the operations alone.
//!
//! How operations arrived shows in their local versions: runs come in pieces, and in another order on each replica. Here
//! runs are as long as they can be, ordered by (Lamport, peer) of their first operation: parents before children.

use smallvec::{SmallVec, smallvec};

use crate::graph::PeerIx;
use crate::id::{LvSpan, Peer, Seq, VersionVector};
use crate::oplog::OpLog;

/// Operations of one peer, each the only parent of the next, as long as can be.
pub(super) struct Missing {
    pub(super) lamport: u32,
    pub(super) peer: Peer,
    pub(super) author: PeerIx,
    pub(super) seq: Seq,
    /// Ascending; the first operations' local versions come first.
    pub(super) spans: SmallVec<[LvSpan; 1]>,
}

impl Missing {
    pub(super) fn len(&self) -> u32 {
        self.spans.iter().map(|span| span.len()).sum()
    }
}

/// The runs that `known` lacks; of those, only what `up_to` names.
pub(super) fn missing(
    log: &OpLog,
    known: &VersionVector,
    up_to: Option<&VersionVector>,
) -> Vec<Missing> {
    let mut all = Vec::new();
    for (peer, count) in log.peers.counts() {
        let from = known.get(peer);
        let to = up_to.map_or(count, |up_to| up_to.get(peer).min(count));
        let Some(author) = log.peers.find(peer).filter(|_| from < to) else {
            continue;
        };
        let runs = log.peers.runs(author);
        let first = runs.partition_point(|&run| {
            let run = &log.graph.runs()[run as usize];
            run.seq + run.span.len() <= from
        });
        let mut own: Vec<Missing> = Vec::with_capacity(runs.len() - first);
        for &run in &runs[first..] {
            let run = &log.graph.runs()[run as usize];
            let skip = from.saturating_sub(run.seq);
            let len = run.span.len().min(to.saturating_sub(run.seq));
            if len <= skip {
                break;
            }
            let span = LvSpan::new(run.span.start.plus(skip), run.span.start.plus(len));
            if let Some(last) = own.last_mut()
                && let Some(end) = last.spans.last_mut()
                && run.parents.as_slice() == [end.last()]
            {
                if end.end == span.start {
                    end.end = span.end;
                } else {
                    last.spans.push(span);
                }
                continue;
            }
            own.push(Missing {
                lamport: run.lamport + skip,
                peer,
                author,
                seq: run.seq + skip,
                spans: smallvec![span],
            });
        }
        all.append(&mut own);
    }
    all.sort_unstable_by_key(|run| (run.lamport, run.peer, run.seq));
    all
}
