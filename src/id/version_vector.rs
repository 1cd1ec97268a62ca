//! How many operations of each peer are known.

use std::collections::BTreeMap;
use std::fmt;

use smallvec::SmallVec;

use super::{OpId, Peer};

/// So many peers stand in a row, which is searched and copied faster than a tree.
const FEW: usize = 32;

/// How many operations of each peer a replica knows.
///
/// Each peer's operations are totally ordered, so the numbers name a causally closed set exactly. Peers of whom nothing
/// is known do not appear.
#[derive(Clone, Default)]
pub struct VersionVector {
    /// By peer, ascending; empty where they stand in the tree.
    few: SmallVec<[(Peer, u32); 4]>,
    /// More peers than a few, or once so many.
    many: BTreeMap<Peer, u32>,
}

impl VersionVector {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many operations of `peer` are known. O(log peers).
    pub fn get(&self, peer: Peer) -> u32 {
        match self.place(peer) {
            Ok(at) => self.few[at].1,
            Err(_) => self.many.get(&peer).copied().unwrap_or(0),
        }
    }

    /// Where a peer stands in the row, or would.
    fn place(&self, peer: Peer) -> Result<usize, usize> {
        self.few.binary_search_by_key(&peer, |known| known.0)
    }

    /// Sets how many operations of `peer` are known.
    pub fn set(&mut self, peer: Peer, count: u32) {
        if !self.many.is_empty() {
            match count {
                0 => self.many.remove(&peer),
                _ => self.many.insert(peer, count),
            };
            return;
        }
        match self.place(peer) {
            Ok(at) if count == 0 => drop(self.few.remove(at)),
            Ok(at) => self.few[at].1 = count,
            Err(_) if count == 0 => {}
            Err(at) if self.few.len() < FEW => self.few.insert(at, (peer, count)),
            Err(_) => {
                self.many.extend(self.few.drain(..));
                self.many.insert(peer, count);
            }
        }
    }

    /// Peers and counts, by peer.
    pub fn iter(&self) -> impl Iterator<Item = (Peer, u32)> + '_ {
        let many = self.many.iter().map(|(&peer, &count)| (peer, count));
        self.few.iter().copied().chain(many)
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.few.is_empty() && self.many.is_empty()
    }

    /// How many peers are known.
    pub fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    /// Whether the operation is among the known.
    pub fn contains(&self, id: OpId) -> bool {
        id.seq < self.get(id.peer)
    }

    /// Whether everything known to `other` is known here.
    pub fn includes(&self, other: &VersionVector) -> bool {
        other.iter().all(|(peer, count)| count <= self.get(peer))
    }

    /// Takes in everything known to `other`.
    pub fn join(&mut self, other: &VersionVector) {
        for (peer, count) in other.iter() {
            if count > self.get(peer) {
                self.set(peer, count);
            }
        }
    }
}

impl FromIterator<(Peer, u32)> for VersionVector {
    fn from_iter<T: IntoIterator<Item = (Peer, u32)>>(iter: T) -> Self {
        let mut vector = Self::new();
        for (peer, count) in iter {
            vector.set(peer, count);
        }
        vector
    }
}

/// However they stand, the same counts are equal.
impl PartialEq for VersionVector {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for VersionVector {}

impl fmt::Debug for VersionVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{FEW, VersionVector};
    use crate::id::Peer;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_are_what_was_set_last(sets in proptest::collection::vec((1u64..60, 0u32..4), 0..200)) {
            let mut vector = VersionVector::new();
            let mut counts: BTreeMap<Peer, u32> = BTreeMap::new();
            for (peer, count) in sets {
                let peer = Peer::new(peer).unwrap();
                vector.set(peer, count);
                counts.insert(peer, count);
                prop_assert_eq!(vector.get(peer), count);
            }
            counts.retain(|_, count| *count > 0);
            prop_assert_eq!(vector.len(), counts.len());
            prop_assert_eq!(vector.is_empty(), counts.is_empty());
            prop_assert!(vector.iter().eq(counts.iter().map(|(&peer, &count)| (peer, count))));
            let again: VersionVector = vector.iter().collect();
            prop_assert_eq!(&again, &vector);
        }
    }

    #[test]
    fn what_was_many_once_equals_what_was_always_few() {
        let peers = |count: u64| (1..=count).filter_map(Peer::new);
        let few: VersionVector = peers(3).map(|peer| (peer, 1)).collect();
        let mut many: VersionVector = peers(FEW as u64 + 5).map(|peer| (peer, 1)).collect();
        peers(FEW as u64 + 5)
            .skip(3)
            .for_each(|peer| many.set(peer, 0));
        assert_eq!(many, few);
        assert!(many.includes(&few) && few.includes(&many));
        assert_eq!(format!("{many:?}"), format!("{few:?}"));
    }
}
