//! What a replica lacks, in an order and in parts that depend on the operations alone.
//!
//! How operations arrived shows in their local versions: runs come in pieces, and in another order on each replica. Here
//! runs are as long as they can be, ordered by (Lamport, peer) of their first operation: parents before children.

use smallvec::{SmallVec, smallvec};

use crate::graph::{PeerIx, Run};
use crate::id::{LvSpan, OpId, Peer, Seq, VersionVector};
use crate::oplog::{Cell, OpKind, OpLog, Piece, Remark};

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

    /// What was said of its transactions, by which of its operations they end with.
    pub(super) fn remarks<'l>(&self, log: &'l OpLog) -> impl Iterator<Item = (u32, Remark<'l>)> {
        let spans = if log.remarks.is_empty() {
            &[]
        } else {
            self.spans.as_slice()
        };
        let mut before = 0;
        spans.iter().flat_map(move |&span| {
            let first = before;
            before += span.len();
            let remarks = log.remarks.within(span);
            remarks.map(move |(lv, remark)| (first + (lv.0 - span.start.0), remark))
        })
    }
}

/// The run that starts at an operation, of so many operations.
pub(super) fn run_from(log: &OpLog, id: OpId, len: u32) -> Option<Missing> {
    let author = log.peers.find(id.peer)?;
    let spans: SmallVec<[LvSpan; 1]> = parts_from(log, author, id.seq, id.seq + len).collect();
    Some(Missing {
        lamport: log.graph.lamport(spans.first()?.start),
        peer: id.peer,
        author,
        seq: id.seq,
        spans,
    })
}

/// The parts of the run that starts at an operation, as far as `to`: each follows the one before, and nothing else.
pub(super) fn parts_from(
    log: &OpLog,
    author: PeerIx,
    from: Seq,
    to: Seq,
) -> impl Iterator<Item = LvSpan> {
    let mut last = None;
    runs_from(log, author, from).map_while(move |run| {
        let goes_on = last.is_none_or(|last| run.parents.as_slice() == [last]);
        if run.seq.max(from) >= to || !goes_on {
            return None;
        }
        let skip = from.saturating_sub(run.seq);
        let len = run.span.len().min(to - run.seq);
        let start = run.span.start;
        last = Some(run.span.last());
        Some(LvSpan::new(start.plus(skip), start.plus(len)))
    })
}

/// The graph's runs of a peer, from the one with that operation on.
fn runs_from(log: &OpLog, author: PeerIx, from: Seq) -> impl Iterator<Item = &Run> {
    let runs = log.peers.runs(author);
    let run = |&run: &u32| &log.graph.runs()[run as usize];
    let first = runs.partition_point(|at| run(at).seq + run(at).span.len() <= from);
    runs[first..].iter().map(run)
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
        let runs = runs_from(log, author, from);
        let mut own: Vec<Missing> = Vec::with_capacity(runs.size_hint().0);
        for run in runs {
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

/// What a run restores: the last operation of each piece.
pub(super) fn each_target(log: &OpLog, run: &Missing, mut each: impl FnMut(PeerIx, Seq)) {
    if !log.has_restores() {
        return;
    }
    for &span in &run.spans {
        log.each_piece(span, |piece| {
            let target = match piece {
                Piece::Run(_, run) if run.kind() == OpKind::Restore => run.restored().last(),
                Piece::Entry(_, entry) => match log.entries.cell(entry) {
                    Cell::Back(target) => log.entry_lv(target),
                    _ => return,
                },
                Piece::Run(..) => return,
            };
            let (by, seq) = log.graph.author_of(target);
            each(by, seq);
        });
    }
}
