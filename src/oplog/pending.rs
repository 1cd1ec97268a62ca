//! Deltas held back until what they follow arrives.

use std::collections::BTreeMap;

use crate::id::{OpId, Peer, Seq};

/// Where a delta waits: the operation it needs, and its hash.
pub(crate) type Place = (OpId, [u8; 16]);

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
            .map(|(&(needs, _), delta)| (needs, &**delta))
    }

    /// Holds `delta` until `needs` arrives; gives the place, by which it can be let go of. One that already waits is not
    /// held twice: then there is none.
    pub(crate) fn hold(
        &mut self,
        needs: OpId,
        delta: &[u8],
        most: u32,
        most_bytes: u32,
    ) -> Result<Option<Place>, Refused> {
        let mut hash = [0; 16];
        blake3::Hasher::new()
            .update(delta)
            .finalize_xof()
            .fill(&mut hash);
        let place = (needs, hash);
        if self.deltas.contains_key(&place) {
            return Ok(None);
        }
        if self.deltas.len() >= most as usize {
            return Err(Refused::Count);
        }
        if self.bytes + delta.len() > most_bytes as usize {
            return Err(Refused::Bytes);
        }
        self.bytes += delta.len();
        self.deltas.insert(place, delta.into());
        Ok(Some(place))
    }

    /// Lets go of a delta.
    pub(crate) fn release(&mut self, place: Place) {
        if let Some(delta) = self.deltas.remove(&place) {
            self.bytes -= delta.len();
        }
    }

    /// Takes out a delta that waits for an operation of `peer` below `count`. O(log n).
    pub(crate) fn take_ready(&mut self, peer: Peer, count: Seq) -> Option<Box<[u8]>> {
        let from = (OpId { peer, seq: 0 }, [0; 16]);
        let to = (OpId { peer, seq: count }, [0; 16]);
        let place = *self.deltas.range(from..to).next()?.0;
        let delta = self.deltas.remove(&place)?;
        self.bytes -= delta.len();
        Some(delta)
    }
}
