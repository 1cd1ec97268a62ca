//! With which operation each peer begins in a message.

use smallvec::SmallVec;

use crate::graph::PeerIx;
use crate::id::Seq;

/// Each peer's first operation in a message; of one who has none there, one more than the newest that the message follows.
#[derive(Default)]
pub(super) struct Starts(SmallVec<[(PeerIx, Seq); 4]>);

impl Starts {
    /// Of each peer the least of these.
    pub(super) fn least(starts: impl Iterator<Item = (PeerIx, Seq)>) -> Self {
        let mut starts: SmallVec<[_; 4]> = starts.collect();
        starts.sort_unstable();
        starts.dedup_by_key(|start| start.0);
        Starts(starts)
    }

    /// Adds peers that have none, each with the greatest of these.
    pub(super) fn add_greatest(&mut self, starts: &mut [(PeerIx, Seq)]) {
        starts.sort_unstable();
        let greatest = starts.chunk_by(|a, b| a.0 == b.0);
        self.0
            .extend(greatest.filter_map(|own| own.last().copied()));
        self.0.sort_unstable();
    }

    pub(super) fn find(&self, peer: PeerIx) -> Option<Seq> {
        let at = self.0.binary_search_by_key(&peer, |start| start.0).ok()?;
        self.0.get(at).map(|start| start.1)
    }

    /// A peer's; 0 of one who has none.
    pub(super) fn of(&self, peer: PeerIx) -> Seq {
        self.find(peer).unwrap_or(0)
    }
}
