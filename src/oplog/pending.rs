//! Deltas held back until what they follow arrives.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::id::{OpId, Peer, Seq};

/// Where a delta waits: the operation it needs, its checksum, and a number that tells equal ones apart.
type Place = (OpId, u32, u32);

/// A bounded buffer of deltas, indexed by the operation that each waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    deltas: BTreeMap<Place, Box<[u8]>>,
    bytes: usize,
}

/// Why a delta was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// As many deltas wait as may.
    Count,
    /// As many bytes wait as may.
    Bytes,
}

impl Pending {
    pub(crate) fn len(&self) -> usize {
        self.deltas.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The waiting deltas and what each needs, in order of that.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (OpId, &[u8])> {
        self.deltas
            .iter()
            .map(|(&(needs, _, _), delta)| (needs, &**delta))
    }

    /// Holds `delta` until `needs` arrives. One that already waits is not held twice.
    pub(crate) fn hold(
        &mut self,
        needs: OpId,
        delta: &[u8],
        most: u32,
        most_bytes: u32,
    ) -> Result<(), Refused> {
        let checksum = crc32fast::hash(delta);
        let mut nth = 0;
        for (&(_, _, last), waiting) in self
            .deltas
            .range((needs, checksum, 0)..=(needs, checksum, u32::MAX))
        {
            if **waiting == *delta {
                return Ok(());
            }
            nth = last + 1;
        }
        if self.deltas.len() >= most as usize {
            return Err(Refused::Count);
        }
        if self.bytes + delta.len() > most_bytes as usize {
            return Err(Refused::Bytes);
        }
        self.bytes += delta.len();
        self.deltas.insert((needs, checksum, nth), delta.into());
        Ok(())
    }

    /// Peers of whom an operation is waited for, ascending. O(peers log n).
    pub(crate) fn peers(&self) -> impl Iterator<Item = Peer> + '_ {
        let first = self.deltas.keys().next().map(|&(needs, _, _)| needs.peer);
        std::iter::successors(first, |&peer| {
            let after = (
                OpId {
                    peer,
                    seq: Seq::MAX,
                },
                u32::MAX,
                u32::MAX,
            );
            self.deltas
                .range((Bound::Excluded(after), Bound::Unbounded))
                .next()
                .map(|(&(needs, _, _), _)| needs.peer)
        })
    }

    /// Takes out a delta that waits for an operation of `peer` below `count`. O(log n).
    pub(crate) fn take_ready(&mut self, peer: Peer, count: Seq) -> Option<Box<[u8]>> {
        let from = (OpId { peer, seq: 0 }, 0, 0);
        let to = (OpId { peer, seq: count }, 0, 0);
        let place = *self.deltas.range(from..to).next()?.0;
        let delta = self.deltas.remove(&place)?;
        self.bytes -= delta.len();
        Some(delta)
    }
}
