//! Peers whose histories were split: where, and how the parts are named.
//!
//! One peer id may come to have two histories: a backup is restored, a folder copied. A document keeps both by *splitting*
//! the peer at the first operation that differs: from there on, what it wrote is another peer's, one for each history. Such a
//! peer is a *segment*, and its id follows from what it is of alone:
//!
//! ```text
//! id := blake3("syncline alias 1" peer (8) number (4) chain (32))[..8]
//! ```
//!
//! of the original peer, the original number of the segment's first operation, and that one's chain value. Every history of
//! a peer is cut at every split of it, so names follow from operations and splits, in whatever order splits were made.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::PeerIx;
use crate::id::{Peer, Seq};

/// Where histories were split: (original peer, original number).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Splits {
    points: BTreeMap<Peer, BTreeSet<Seq>>,
    len: usize,
}

impl Splits {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn add(&mut self, of: Peer, at: Seq) {
        let is_new = self.points.entry(of).or_default().insert(at);
        self.len += usize::from(is_new);
    }

    /// All of them, by peer, then number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Peer, Seq)> + '_ {
        let points = self.points.iter();
        points.flat_map(|(&of, at)| at.iter().map(move |&at| (of, at)))
    }

    pub(crate) fn has(&self, of: Peer, at: Seq) -> bool {
        self.points
            .get(&of)
            .is_some_and(|points| points.contains(&at))
    }

    /// Of a peer, those from a number up to, not including, another.
    pub(crate) fn within(&self, of: Peer, from: Seq, to: Seq) -> impl Iterator<Item = Seq> + '_ {
        let points = self.points.get(&of).filter(|_| from < to);
        points
            .into_iter()
            .flat_map(move |points| points.range(from..to).copied())
    }

    /// The first split of a peer from a number on.
    pub(crate) fn first_from(&self, of: Peer, from: Seq) -> Option<Seq> {
        self.points.get(&of)?.range(from..).next().copied()
    }
}

/// A part of a split peer's history, of a peer id of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Segment {
    /// The original peer.
    pub(crate) of: Peer,
    /// The original number of its first operation.
    pub(crate) start: Seq,
    /// Whose operations come before: the original peer, or another segment.
    pub(crate) before: PeerIx,
}

/// The id of the segment that begins with an operation of that chain value.
pub(crate) fn segment_id(of: Peer, start: Seq, chain: &[u8; 32]) -> Peer {
    let mut id = [0; 8];
    blake3::Hasher::new()
        .update(b"syncline alias 1")
        .update(&of.get().to_le_bytes())
        .update(&start.to_le_bytes())
        .update(chain)
        .finalize_xof()
        .fill(&mut id);
    Peer::new(u64::from_le_bytes(id)).unwrap_or(Peer::ONE)
}
