//! What is known, in the order in which it arrived.

use super::Doc;
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan, OpId, Seq, VersionVector};

impl Doc {
    /// How many operations are known. O(1).
    pub(crate) fn arrived(&self) -> u32 {
        u32::try_from(self.log.operations()).unwrap_or(u32::MAX)
    }

    /// For each run of those that arrived after so many: its peer, and the number of its last operation plus 1. `None` if
    /// their order is not known: they came with what the document was loaded from.
    pub(crate) fn arrived_since(&self, count: u32) -> Option<VersionVector> {
        let span = self.span_since(count)?;
        let ends = self.log.graph.parts(&[span]).into_iter().map(|part| {
            let last = self.log.id(part.last());
            (last.peer, last.seq + 1)
        });
        // A peer's operations arrive in their order: the last of its runs counts.
        Some(ends.collect())
    }

    /// What was known when so many operations were. `None` as for [`arrived_since`](Doc::arrived_since).
    pub(crate) fn version_when(&self, count: u32) -> Option<VersionVector> {
        if count == 0 {
            return Some(VersionVector::new());
        }
        let span = self.span_since(count)?;
        let mut version = self.version_vector();
        for part in self.log.graph.parts(&[span]).into_iter().rev() {
            let first = self.log.id(part.start);
            version.set(first.peer, first.seq);
        }
        Some(version)
    }

    fn span_since(&self, count: u32) -> Option<LvSpan> {
        let since = self.arrived().checked_sub(count)?;
        if count < self.loaded {
            return None;
        }
        let end = self.log.end();
        Some(LvSpan::new(Lv(end.0.checked_sub(since)?), end))
    }

    /// Whether some operations wait for others.
    pub(crate) fn has_waiting(&self) -> bool {
        self.pending.len() > 0
    }

    /// The first bytes of the chain value of a peer's operation, if it is known.
    pub(crate) fn mark_of(&mut self, id: OpId) -> Option<[u8; 4]> {
        if let Some(lv) = self.log.lv(id) {
            return Some(self.chains.mark(&self.log, lv));
        }
        let author = self.log.peers.find(id.peer)?;
        let value = self.ground_value(author, id.seq)?;
        value.first_chunk().copied()
    }

    /// As [`mark_of`](Doc::mark_of), of every operation that was made under that id, where the peer was split since.
    pub(crate) fn marks_of(&mut self, id: OpId) -> Vec<[u8; 4]> {
        let own = self.mark_of(id);
        if self.log.peers.splits.is_empty() {
            return own.into_iter().collect();
        }
        let peers = &self.log.peers;
        let author = peers.find(id.peer);
        let first = author.map_or(id, |author| peers.original(author, id.seq));
        let segments = peers.segments().filter_map(|(ix, segment)| {
            let seq = first.seq.checked_sub(segment.start)?;
            let peer = peers.peer(ix);
            (segment.of == first.peer).then_some(OpId { peer, seq })
        });
        let segments: Vec<_> = segments.collect();
        let others = segments.into_iter().filter_map(|id| self.mark_of(id));
        own.into_iter().chain(others).collect()
    }

    /// The chain value of the newest operation that a peer had in what the document was opened with.
    pub(super) fn ground_value(&self, author: PeerIx, seq: Seq) -> Option<[u8; 32]> {
        let end = self.log.ground.as_ref()?.end_of(author)?;
        (end.seq == seq).then_some(end.chain)
    }
}
