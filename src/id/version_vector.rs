//! How many operations of each peer are known.

use std::collections::BTreeMap;

use super::{OpId, Peer};

/// How many operations of each peer a replica knows.
///
/// Each peer's operations are totally ordered, so the numbers name a causally closed set exactly. Peers of whom nothing
/// is known do not appear.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VersionVector {
    known: BTreeMap<Peer, u32>,
}

impl VersionVector {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many operations of `peer` are known. O(log peers).
    pub fn get(&self, peer: Peer) -> u32 {
        self.known.get(&peer).copied().unwrap_or(0)
    }

    /// Sets how many operations of `peer` are known.
    pub fn set(&mut self, peer: Peer, count: u32) {
        if count == 0 {
            self.known.remove(&peer);
        } else {
            self.known.insert(peer, count);
        }
    }

    /// Peers and counts, by peer.
    pub fn iter(&self) -> impl Iterator<Item = (Peer, u32)> + '_ {
        self.known.iter().map(|(&peer, &count)| (peer, count))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// How many peers are known.
    pub fn len(&self) -> usize {
        self.known.len()
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
