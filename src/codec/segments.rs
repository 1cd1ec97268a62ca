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

use super::batch::Batch;
use super::error::DecodeError;
use super::frame::{FORMAT_DELTA, Frame, frame};
use super::layout::{NUMBER_MAX, SPLITS};
use super::tables::read_peers;
use crate::column::{Reader, put_unsigned};
use crate::id::{OpId, Peer, Seq};
use crate::oplog::{OpLog, Splits};

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

/// Reads segments and splits into a batch that has its peers.
pub(super) fn read_splits(
    reader: &mut Reader<'_>,
    batch: &mut Batch<'_>,
) -> Result<(), DecodeError> {
    let mut told = SplitsTold::default();
    for _ in 0..reader.count(3)? {
        let [peer, before, len] = [reader.u32()?, reader.u32()?, reader.u32()?];
        let least = told.segments.last().map_or(0, |last| last.peer + 1);
        let origin = batch.peers.get(before as usize);
        let (Some(&of), true) = (origin, peer >= least && (peer as usize) < batch.peers.len())
        else {
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
    batch.told = Some(Box::new(told));
    Ok(())
}

impl SplitsTold {
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

impl Batch<'_> {
    /// The peers that are segments of split ones, ascending.
    #[inline]
    pub(crate) fn segments(&self) -> &[SegmentRef] {
        self.told.as_ref().map_or(&[], |told| &told.segments)
    }

    /// What it says of a peer, by number.
    pub(crate) fn segment(&self, peer: u32) -> Option<&SegmentRef> {
        let told = self.told.as_ref()?;
        told.segments.get(told.index_of(peer)?)
    }

    /// All splits that it tells of.
    pub(crate) fn all_splits(&self) -> Splits {
        let mut splits = Splits::default();
        let begin = self.segments().iter().map(|segment| segment.origin);
        for OpId { peer, seq } in begin {
            splits.add(peer, seq);
        }
        for &(of, at) in self.told.iter().flat_map(|told| &told.splits) {
            splits.add(of, at);
        }
        splits
    }
}

/// The splits that a delta tells of, if it does.
#[inline]
pub(crate) fn splits_in(delta: &Frame<'_>) -> Result<Option<Splits>, DecodeError> {
    if delta.format != FORMAT_DELTA {
        return Ok(None);
    }
    let mut reader = delta.body();
    match reader.byte()? & SPLITS {
        0 => Ok(None),
        _ => read_all_splits(reader).map(Some),
    }
}

#[cold]
fn read_all_splits(mut reader: Reader<'_>) -> Result<Splits, DecodeError> {
    let mut batch = Batch::default();
    read_peers(&mut reader, &mut batch)?;
    read_splits(&mut reader, &mut batch)?;
    Ok(batch.all_splits())
}

/// A delta that tells of splits and nothing else.
pub(crate) fn write_splits(log: &OpLog) -> Vec<u8> {
    let splits: Vec<_> = log.peers.splits.iter().collect();
    let mut body = vec![SPLITS];
    put_unsigned(&mut body, 0);
    put_splits(&mut body, &[], splits.into_iter());
    put_unsigned(&mut body, 0);
    frame(FORMAT_DELTA, &body)
}

/// Whether segments and splits go with how many operations there are of each peer.
pub(super) fn fit_counts(tables: &Batch<'_>, counts: &[Seq]) -> bool {
    let splits = tables.all_splits();
    let count = |peer: u32| counts.get(peer as usize).copied();
    let is_whole = |segment: &SegmentRef| {
        count(segment.peer) > Some(0) && count(segment.before) == Some(segment.len)
    };
    let is_uncut = |(nth, &peer): (u32, &Peer)| {
        let segment = tables.segment(nth);
        let origin = segment.map_or(OpId { peer, seq: 0 }, |segment| segment.origin);
        let first = origin.seq + u32::from(segment.is_some());
        let to = origin.seq.saturating_add(count(nth).unwrap_or(0));
        splits.within(origin.peer, first, to).next().is_none()
    };
    tables.segments().iter().all(is_whole) && (0..).zip(&tables.peers).all(is_uncut)
}
