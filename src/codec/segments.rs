//! Segments of split peers that a table of peers names, and splits of which nothing else tells.
//!
//! ```text
//! splits  := count segment* count split*
//! segment := peer before length      by the numbers in the table, ascending by peer
//! split   := peer (8 bytes, little-endian) number
//! ```
//!
//! A segment's operations come after `length` operations of `before`: the original peer or another segment, which is in the
//! table too.

use super::error::DecodeError;
use super::layout::NUMBER_MAX;
use crate::column::{Reader, put_unsigned};
use crate::id::{OpId, Peer, Seq};
use crate::oplog::Splits;

/// A peer that is a segment of a split one: its operations come after `len` of another's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SegmentRef {
    pub(crate) peer: u32,
    pub(crate) before: u32,
    pub(crate) len: Seq,
    /// The original id of its first operation.
    pub(crate) origin: OpId,
}

/// What an encoding tells of splits.
#[derive(Debug, Default)]
pub(crate) struct SplitsTold {
    /// Peers that are segments of split ones, ascending.
    segments: Vec<SegmentRef>,
    /// Splits that no segment tells of.
    splits: Vec<(Peer, Seq)>,
}

/// Writes segments by the numbers of their peers, and splits.
pub(super) fn put_splits(
    out: &mut Vec<u8>,
    segments: &[SegmentRef],
    splits: impl ExactSizeIterator<Item = (Peer, Seq)>,
) {
    put_unsigned(out, segments.len() as u64);
    for segment in segments {
        for number in [segment.peer, segment.before, segment.len] {
            put_unsigned(out, u64::from(number));
        }
    }
    put_unsigned(out, splits.len() as u64);
    for (of, at) in splits {
        out.extend_from_slice(&of.get().to_le_bytes());
        put_unsigned(out, u64::from(at));
    }
}

impl SplitsTold {
    /// Reads what is told by the numbers of these peers.
    pub(super) fn read(reader: &mut Reader<'_>, peers: &[Peer]) -> Result<Self, DecodeError> {
        let mut told = SplitsTold::default();
        for _ in 0..reader.count(3)? {
            let [peer, before, len] = [reader.u32()?, reader.u32()?, reader.u32()?];
            let least = told.segments.last().map_or(0, |last| last.peer + 1);
            let origin = peers.get(before as usize);
            let (Some(&of), true) = (origin, peer >= least && (peer as usize) < peers.len()) else {
                return Err(reader.error("a segment of no peer").into());
            };
            told.segments.push(SegmentRef {
                peer,
                before,
                len,
                origin: OpId { peer: of, seq: len },
            });
        }
        if told.find_origins().is_none() {
            let what = "segments that follow each other in no order";
            return Err(reader.error(what).into());
        }
        for _ in 0..reader.count(9)? {
            let of = u64::from_le_bytes(reader.array()?);
            let of = Peer::new(of).ok_or_else(|| reader.error("peer 0"))?;
            let at = reader.u32()?;
            if at > NUMBER_MAX {
                return Err(reader.error("a split beyond all operations").into());
            }
            told.splits.push((of, at));
        }
        Ok(told)
    }

    pub(super) fn segments(&self) -> &[SegmentRef] {
        &self.segments
    }

    /// What is said of a peer, by number.
    pub(super) fn segment(&self, peer: u32) -> Option<&SegmentRef> {
        self.segments.get(self.index_of(peer)?)
    }

    pub(super) fn all(&self) -> Splits {
        let mut splits = Splits::default();
        for SegmentRef { origin, .. } in &self.segments {
            splits.add(origin.peer, origin.seq);
        }
        for &(of, at) in &self.splits {
            splits.add(of, at);
        }
        splits
    }

    /// Finds out what each segment is of. `None` where that leads in a circle. O(segments · log segments).
    fn find_origins(&mut self) -> Option<()> {
        let mut is_found = vec![false; self.segments.len()];
        let mut way = Vec::new();
        for nth in 0..self.segments.len() {
            let mut at = Some(nth);
            while let Some(segment) = at.filter(|&at| is_found.get(at) == Some(&false)) {
                if way.len() > self.segments.len() {
                    return None;
                }
                way.push(segment);
                at = self.index_of(self.segments.get(segment)?.before);
            }
            while let Some(nth) = way.pop() {
                self.find_origin(nth)?;
                *is_found.get_mut(nth)? = true;
            }
        }
        Some(())
    }

    /// The same of one, when it is known of the one before.
    fn find_origin(&mut self, nth: usize) -> Option<()> {
        let SegmentRef { before, len, .. } = *self.segments.get(nth)?;
        let before = self.index_of(before).and_then(|at| self.segments.get(at));
        let origin = before.map(|before| before.origin);
        let own = &mut self.segments.get_mut(nth)?.origin;
        if let Some(OpId { peer, seq }) = origin {
            // Only the original peer may have no operation of its own.
            let seq = seq.checked_add(len).filter(|_| len > 0)?;
            *own = OpId { peer, seq };
        }
        (own.seq <= NUMBER_MAX).then_some(())
    }

    fn index_of(&self, peer: u32) -> Option<usize> {
        let found = self
            .segments
            .binary_search_by_key(&peer, |segment| segment.peer);
        found.ok()
    }
}
