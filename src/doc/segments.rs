//! Whether a delta names operations as splits have them.

use super::Doc;
use super::split::Fork;
use crate::codec::{Batch, BatchRun, NameRef, SegmentRef};
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::{OpId, Peer, Seq};
use crate::oplog::{Mark, Name, Segment, segment_id};

impl Doc {
    /// Whether the segments that a delta tells of are those of this document's splits, and nothing in it speaks of
    /// operations of a split peer that are another's.
    pub(super) fn check_splits(&self, batch: &Batch<'_>) -> Result<(), Error> {
        if batch.segments().is_empty() && self.log.peers.splits.is_empty() {
            return Ok(());
        }
        for segment in batch.segments() {
            self.check_segment(batch, segment)?;
        }
        let closed: Vec<Option<Seq>> = (0..)
            .zip(&batch.peers)
            .map(|(nth, &peer)| self.closed_in(batch, nth, peer))
            .collect();
        let is_open = |peer: u32, end: Seq| match closed.get(peer as usize) {
            Some(&Some(closed)) if end > closed => {
                let peer = batch.peers.get(peer as usize).copied();
                peer.map_or(Ok(()), |peer| Err(Error::Forked { peer, seq: closed }))
            }
            _ => Ok(()),
        };
        for run in &batch.runs {
            is_open(run.peer, run.seq + run.len)?;
        }
        for parent in &batch.parents {
            is_open(parent.peer, parent.seq + 1)?;
        }
        for name in &batch.containers {
            if let NameRef::Named(Name::Made {
                by: (peer, seq), ..
            }) = *name
            {
                is_open(peer, seq.saturating_add(1))?;
            }
        }
        Ok(())
    }

    fn check_segment(&self, batch: &Batch<'_>, segment: &SegmentRef) -> Result<(), Error> {
        let OpId { peer: of, seq } = segment.origin;
        let forked = |peer, seq| Err(Error::Forked { peer, seq });
        let peers = &self.log.peers;
        let Some(&peer) = batch.peers.get(segment.peer as usize) else {
            return Ok(());
        };
        let known = peers.find(peer).filter(|&ix| peers.count(ix) > 0);
        if let Some(known) = known {
            // Whose id this is was held against its first operation.
            let is_same = peers.origin(known) == segment.origin && peers.segment(known).is_some();
            return if is_same { Ok(()) } else { forked(peer, 0) };
        }
        let is_original = peers.find(of).is_none_or(|of| peers.segment(of).is_none());
        if !is_original || !peers.splits.has(of, seq) || peers.splits.first_from(peer, 0).is_some()
        {
            return forked(of, seq);
        }
        // All its histories are cut at every split.
        let from = match batch.segment(segment.before) {
            Some(before) => before.origin.seq + 1,
            None => 0,
        };
        match peers.splits.first_from(of, from) {
            Some(first) if first < seq => forked(of, first),
            _ => Ok(()),
        }
    }

    /// How many operations a peer of a delta can have, if a split ends it.
    fn closed_in(&self, batch: &Batch<'_>, nth: u32, peer: Peer) -> Option<Seq> {
        match batch.segment(nth) {
            Some(segment) => {
                let OpId { peer: of, seq } = segment.origin;
                Some(self.log.peers.splits.first_from(of, seq + 1)? - seq)
            }
            None => self.log.peers.closed(peer),
        }
    }

    /// The operation that the same writer made before a run: of one that begins a segment, the last of the segment before.
    pub(super) fn own_before(
        &self,
        batch: &Batch<'_>,
        run: &BatchRun,
        author: Option<PeerIx>,
    ) -> Option<OpId> {
        let peer = *batch.peers.get(run.peer as usize)?;
        if let Some(seq) = run.seq.checked_sub(1) {
            return Some(OpId { peer, seq });
        }
        let peers = &self.log.peers;
        let known = author.and_then(|author| peers.last_before(author));
        if let Some((before, seq)) = known {
            let peer = peers.peer(before);
            return Some(OpId { peer, seq });
        }
        let segment = batch.segment(run.peer)?;
        let peer = *batch.peers.get(segment.before as usize)?;
        let seq = segment.len.checked_sub(1)?;
        Some(OpId { peer, seq })
    }

    /// Whether a segment can begin after this operation: it is known, and its peer's hash chain can go on from it.
    pub(super) fn goes_on_from(&self, before: OpId) -> Result<bool, Error> {
        match self.log.peers.find(before.peer) {
            Some(author) if self.log.knows(before) => {
                self.goes_on(author, before.seq + 1).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// Notes a peer of a delta as one of this replica's, with what it is a segment of.
    pub(super) fn intern_in(&mut self, batch: &Batch<'_>, nth: u32, peer: Peer) -> PeerIx {
        if let Some(known) = self.log.peers.find(peer) {
            return known;
        }
        let before = batch.segment(nth).and_then(|segment| {
            let before = *batch.peers.get(segment.before as usize)?;
            Some((segment.origin, before))
        });
        match before {
            // The one before has operations here, or is the original peer and has none.
            Some((origin, before)) => {
                let segment = Segment {
                    of: origin.peer,
                    start: origin.seq,
                    before: self.log.peers.intern(before),
                };
                self.log.peers.intern_segment(peer, segment)
            }
            None => self.log.peers.intern(peer),
        }
    }

    /// A segment that is not whole, or has another id than its first operation gives it. O(history).
    pub(super) fn misnamed(&self) -> Option<Fork> {
        // Few documents have forks.
        let mut chains = None;
        let peers = &self.log.peers;
        self.forks().find(|fork| {
            let author = peers.find(fork.peer);
            let before = author.and_then(|author| peers.last_before(author));
            let is_whole = before.is_none_or(|(by, last)| peers.count(by) == last + 1);
            let is_cut = peers.closed(fork.peer);
            let is_cut = is_cut.is_none_or(|closed| fork.operations <= closed);
            let OpId { peer: of, seq } = fork.first;
            // Of what came with a snapshot, its history tells.
            let first = author.and_then(|author| peers.lv(&self.log.graph, author, 0));
            let is_named = first.is_none_or(|first| {
                let chains = chains.get_or_insert_with(|| self.chains.clone());
                segment_id(of, seq, &chains.value(&self.log, first)) == fork.peer
            });
            !(is_whole && is_cut && is_named && peers.splits.has(of, seq))
        })
    }

    /// Whether the segments that are new since a mark have the ids that their first operations give them.
    pub(super) fn check_segment_ids(&mut self, since: &Mark) -> Result<(), Error> {
        let mut new = self.log.new_segments(since).peekable();
        if new.peek().is_none() {
            return Ok(());
        }
        // What is not taken in leaves no trace in those that are kept.
        let mut chains = self.chains.clone();
        for author in new {
            let peers = &self.log.peers;
            let Some(first) = peers.lv(&self.log.graph, author, 0) else {
                continue;
            };
            let OpId { peer: of, seq } = peers.origin(author);
            let id = segment_id(of, seq, &chains.value(&self.log, first));
            if id != peers.peer(author) {
                // Its history is another one from before the split on, or it is a lie.
                return Err(Error::Forked { peer: of, seq });
            }
        }
        Ok(())
    }
}
