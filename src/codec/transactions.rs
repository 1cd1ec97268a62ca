//! The history told apart into transactions.

use super::missing::{Missing, missing};
use super::stretch::Stretch;
use super::unit::pieces;
use crate::graph::PeerIx;
use crate::id::{Peer, Seq, VersionVector};
use crate::oplog::{OpLog, Piece, Remark};

/// A transaction; or operations of which nothing was said, and which may be one.
pub(crate) struct Transaction<'l> {
    pub(crate) peer: Peer,
    pub(crate) author: PeerIx,
    pub(crate) seq: Seq,
    pub(crate) len: u32,
    /// Of its first operation.
    pub(crate) lamport: u32,
    pub(crate) remark: Option<Remark<'l>>,
}

/// Calls `each` with all transactions: parents before children.
pub(crate) fn transactions<'l>(log: &'l OpLog, mut each: impl FnMut(Transaction<'l>)) {
    for run in missing(log, &VersionVector::new(), None) {
        let mut parts = Parts::new(log, &run);
        for (last, remark) in run.remarks(log) {
            let end = last + 1;
            let start = end.saturating_sub(remark.operations).max(parts.at);
            parts.untold(start, &mut each);
            parts.tell(end, Some(remark), &mut each);
        }
        parts.untold(run.len(), &mut each);
    }
}

/// A run, told part by part.
struct Parts<'r> {
    run: &'r Missing,
    at: u32,
    /// Where what can be told apart without remarks ends.
    ends: Vec<u32>,
}

impl<'r> Parts<'r> {
    fn new(log: &OpLog, run: &'r Missing) -> Self {
        Parts {
            run,
            at: 0,
            ends: ends(log, run),
        }
    }

    fn untold<'l>(&mut self, to: u32, each: &mut impl FnMut(Transaction<'l>)) {
        let behind = self.ends.partition_point(|&end| end <= self.at);
        for nth in behind..self.ends.len() {
            let end = self.ends[nth].min(to);
            self.tell(end, None, each);
        }
    }

    fn tell<'l>(
        &mut self,
        end: u32,
        remark: Option<Remark<'l>>,
        each: &mut impl FnMut(Transaction<'l>),
    ) {
        let start = self.at;
        if start < end {
            each(Transaction {
                peer: self.run.peer,
                author: self.run.author,
                seq: self.run.seq + start,
                len: end - start,
                lamport: self.run.lamport + start,
                remark,
            });
            self.at = end;
        }
    }
}

/// Where a run's stretches end that none goes on from in the same transaction: the same for everybody who has them.
fn ends(log: &OpLog, run: &Missing) -> Vec<u32> {
    let mut starts = Vec::new();
    let mut at = 0;
    let mut open: Option<Stretch> = None;
    for piece in run.spans.iter().flat_map(|&span| pieces(log, span)) {
        let (container, mut part) = match piece {
            Piece::Run(container, part) => (container, part),
            Piece::Entry(_, entry) => {
                at += open.take().map_or(0, |stretch| stretch.whole.len());
                starts.extend((!log.entries.joined(entry)).then_some(at));
                at += 1;
                continue;
            }
        };
        if let Some(stretch) = &mut open {
            match stretch.join(log, container, part) {
                None => continue,
                Some(rest) => part = rest,
            }
            at += stretch.whole.len();
        }
        starts.extend((!part.joined()).then_some(at));
        open = Some(Stretch::new(container, part));
    }
    starts.push(run.len());
    starts.into_iter().filter(|&start| start > 0).collect()
}
