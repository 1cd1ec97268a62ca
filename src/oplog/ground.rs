//! What lies before the log's own operations, where a document was opened without its history.

use std::collections::{BTreeMap, BTreeSet};

use super::container::ContainerIx;
use super::mark_log::Border;
use crate::graph::PeerIx;
use crate::id::{Lv, Seq};

/// A peer's last operation before the log's own.
#[derive(Clone, Debug)]
pub(crate) struct GroundEnd {
    pub(crate) author: PeerIx,
    pub(crate) seq: Seq,
    /// Its chain value.
    pub(crate) chain: [u8; 32],
    /// How the peer's chain goes on; without that, the peer cannot be followed.
    pub(crate) open: Option<OpenChain>,
}

/// Where a peer's hash chain goes on.
#[derive(Clone, Debug)]
pub(crate) struct OpenChain {
    /// The chain value before the block that goes on.
    pub(crate) before: [u8; 32],
    /// The canonical form of the block's operations so far.
    pub(crate) block: Vec<u8>,
    /// The peer's last operation: its container, if that is shown, and what it did there.
    pub(crate) container: Option<ContainerIx>,
    pub(crate) effect: Effect,
    pub(crate) pos: u32,
}

/// What one operation does; the numbers are part of formats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    Insert,
    Delete,
    Set,
    Entry,
    Move,
    Mark,
    Restore,
}

impl Effect {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Insert => 0,
            Self::Delete => 1,
            Self::Set => 2,
            Self::Entry => 3,
            Self::Move => 64,
            Self::Mark => 65,
            Self::Restore => 67,
        }
    }

    pub(crate) fn from_code(code: u64) -> Option<Self> {
        [Self::Insert, Self::Delete, Self::Set, Self::Entry]
            .into_iter()
            .find(|effect| u64::from(effect.code()) == code)
    }
}

/// Operations known by their ends only. Those whose values are shown stand at the beginning of the log, in an order of their
/// own and without parents; an operation of the log's own that has no parents follows all heads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ground {
    /// By operation id.
    pub(crate) heads: Vec<GroundEnd>,
    /// The last operations of peers that are no heads, as far as those can be followed.
    pub(crate) others: Vec<GroundEnd>,
    /// Operations that made containers which are shown.
    pub(crate) makers: BTreeMap<(PeerIx, Seq), Lv>,
    /// By text, its marks, and where they begin and end.
    pub(crate) marks: BTreeMap<ContainerIx, Vec<(Lv, [Border; 2])>>,
    /// Containers named by a key where something stands that is shown, and moved to where nothing shows them.
    pub(crate) away: BTreeSet<ContainerIx>,
    /// The Lamport that the log's own operations exceed.
    pub(crate) lamport: u32,
    /// Operations known by their number only.
    pub(crate) buried: u32,
    /// The first of the log's own operations.
    pub(crate) end: Lv,
}

impl Ground {
    /// The last operation of a peer.
    pub(crate) fn end_of(&self, author: PeerIx) -> Option<&GroundEnd> {
        let mut ends = self.heads.iter().chain(&self.others);
        ends.find(|end| end.author == author)
    }

    /// Whether a peer's chain can go on.
    pub(crate) fn goes_on(&self, author: PeerIx) -> bool {
        self.end_of(author).is_some_and(|end| end.open.is_some())
    }
}
