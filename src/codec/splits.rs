//! Splits that are read into a batch, and deltas that tell of them.

use super::batch::Batch;
use super::error::DecodeError;
use super::frame::{FORMAT_DELTA, Frame, frame};
use super::layout::SPLITS;
use super::read_tables::read_peers;
use super::segments::{SegmentRef, SplitsTold, put_splits};
use crate::column::{Reader, put_unsigned};
use crate::id::{OpId, Peer, Seq};
use crate::oplog::{OpLog, Splits};

/// Reads segments and splits into a batch that has its peers.
pub(super) fn read_splits(
    reader: &mut Reader<'_>,
    batch: &mut Batch<'_>,
) -> Result<(), DecodeError> {
    batch.told = Some(Box::new(SplitsTold::read(reader, &batch.peers)?));
    Ok(())
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
