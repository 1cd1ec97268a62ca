//! What becomes of operation ids when peers are split.

use std::collections::BTreeMap;

use crate::id::{OpId, Peer, Seq};

/// From which of a peer's numbers on its operations are whose.
#[derive(Debug, Default)]
pub(crate) struct Renaming {
    /// By peer, ascending; a peer that is not here keeps its operations.
    parts: BTreeMap<Peer, Vec<(Seq, Peer)>>,
}

impl Renaming {
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Says whose a peer's operations are, from some numbers on.
    pub(crate) fn part(&mut self, peer: Peer, parts: Vec<(Seq, Peer)>) {
        self.parts.insert(peer, parts);
    }

    /// An operation's new id.
    pub(crate) fn id(&self, id: OpId) -> OpId {
        let parts = self.parts.get(&id.peer).map_or(&[][..], |parts| parts);
        let behind = parts.partition_point(|&(from, _)| from <= id.seq);
        match behind.checked_sub(1).and_then(|part| parts.get(part)) {
            Some(&(from, peer)) => OpId {
                peer,
                seq: id.seq - from,
            },
            None => id,
        }
    }

    /// How many operations from one on stay together, of so many.
    pub(crate) fn together(&self, id: OpId, len: u32) -> u32 {
        let parts = self.parts.get(&id.peer).map_or(&[][..], |parts| parts);
        let behind = parts.partition_point(|&(from, _)| from <= id.seq);
        parts
            .get(behind)
            .map_or(len, |&(from, _)| len.min(from - id.seq))
    }
}
