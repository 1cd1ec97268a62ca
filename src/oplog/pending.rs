//! Deltas held back until what they follow arrives.

use std::collections::BTreeMap;

use crate::id::{OpId, Peer, Seq};

/// Where a delta waits: the operation it needs, and its hash.
pub(crate) type Place = (OpId, [u8; 16]);

/// A bounded buffer of deltas, indexed by the operation that each waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    deltas: BTreeMap<Place, Held>,
    bytes: usize,
    arrivals: u64,
}

#[derive(Clone, Debug)]
struct Held {
    delta: Box<[u8]>,
    /// How many were held before it.
    arrival: u64,
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

    /// How many deltas were ever held.
    pub(crate) fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// The waiting deltas, in order of what they need; of those, the ones held since so many had been.
    pub(crate) fn since(&self, arrivals: u64) -> impl Iterator<Item = &[u8]> {
        self.deltas
            .values()
            .filter(move |held| held.arrival >= arrivals)
            .map(|held| &*held.delta)
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
        let held = Held {
            delta: delta.into(),
            arrival: self.arrivals,
        };
        self.arrivals += 1;
        self.deltas.insert(place, held);
        Ok(Some(place))
    }

    /// Takes out all of them, in order of what they need.
    pub(crate) fn take_all(&mut self) -> Vec<Box<[u8]>> {
        self.bytes = 0;
        let deltas = std::mem::take(&mut self.deltas);
        deltas.into_values().map(|held| held.delta).collect()
    }

    /// Lets go of a delta.
    pub(crate) fn release(&mut self, place: Place) {
        if let Some(held) = self.deltas.remove(&place) {
            self.bytes -= held.delta.len();
        }
    }

    /// Takes out a delta that waits for an operation of `peer` below `count`. O(log n).
    pub(crate) fn take_ready(&mut self, peer: Peer, count: Seq) -> Option<Box<[u8]>> {
        let from = (OpId { peer, seq: 0 }, [0; 16]);
        let to = (OpId { peer, seq: count }, [0; 16]);
        let place = *self.deltas.range(from..to).next()?.0;
        let held = self.deltas.remove(&place)?;
        self.bytes -= held.delta.len();
        Some(held.delta)
    }
}
