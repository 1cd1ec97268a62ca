//! Operations by their original numbers, where peers have been split.

use super::Peers;
use super::splits::Segment;
use crate::graph::PeerIx;
use crate::id::{OpId, Peer, Seq};

impl Peers {
    /// What a peer is a segment of; `None` for one that writes under its own id.
    pub(crate) fn segment(&self, ix: PeerIx) -> Option<&Segment> {
        if self.segments.is_empty() {
            return None;
        }
        self.segments.get(&ix)
    }

    /// All segments.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (PeerIx, &Segment)> {
        self.segments.iter().map(|(&ix, segment)| (ix, segment))
    }

    /// The segments beyond the first so many peers.
    pub(crate) fn segments_from(&self, len: usize) -> impl Iterator<Item = PeerIx> + '_ {
        let from = PeerIx(u32::try_from(len).unwrap_or(u32::MAX));
        self.segments.range(from..).map(|(&ix, _)| ix)
    }

    /// Enters a segment that is not known yet.
    pub(crate) fn intern_segment(&mut self, peer: Peer, segment: Segment) -> PeerIx {
        let ix = self.intern(peer);
        self.segments.insert(ix, segment);
        ix
    }

    /// The original number of a peer's first operation.
    #[inline]
    pub(crate) fn start(&self, ix: PeerIx) -> Seq {
        self.segment(ix).map_or(0, |segment| segment.start)
    }

    /// The original peer, and where of its numbers this one's begin.
    #[inline]
    pub(crate) fn origin(&self, ix: PeerIx) -> OpId {
        match self.segment(ix) {
            Some(&Segment { of, start, .. }) => OpId {
                peer: of,
                seq: start,
            },
            None => OpId {
                peer: self.peer(ix),
                seq: 0,
            },
        }
    }

    /// An operation's id before any split.
    pub(crate) fn original(&self, ix: PeerIx, seq: Seq) -> OpId {
        let OpId { peer, seq: start } = self.origin(ix);
        OpId {
            peer,
            seq: start + seq,
        }
    }

    /// The operation that the same writer made before, in whichever segment it stands.
    #[inline]
    pub(crate) fn own_before(&self, ix: PeerIx, seq: Seq) -> Option<(PeerIx, Seq)> {
        match seq.checked_sub(1) {
            Some(before) => Some((ix, before)),
            None => self.last_before(ix),
        }
    }

    /// The last operation of the segment before.
    pub(crate) fn last_before(&self, ix: PeerIx) -> Option<(PeerIx, Seq)> {
        let segment = self.segment(ix)?;
        let len = segment.start - self.start(segment.before);
        Some((segment.before, len.checked_sub(1)?))
    }

    /// How many operations a peer can have, if a split ends it.
    pub(crate) fn closed(&self, peer: Peer) -> Option<Seq> {
        if self.splits.is_empty() {
            return None;
        }
        let segment = self.find(peer).and_then(|ix| self.segment(ix));
        match segment {
            Some(&Segment { of, start, .. }) => {
                let next = self.splits.first_from(of, start + 1)?;
                Some(next - start)
            }
            None => self.splits.first_from(peer, 0),
        }
    }

    /// Whether nobody may write under a peer id any more.
    pub(crate) fn is_given_up(&self, peer: Peer) -> bool {
        self.closed(peer).is_some() || self.find(peer).is_some_and(|ix| self.segment(ix).is_some())
    }
}
