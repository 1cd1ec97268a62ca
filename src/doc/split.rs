//! Splitting peers: keeping two histories that came about under one peer id.

use super::Doc;
use super::change::Change;
use crate::error::Error;
use crate::id::{OpId, Peer};
use crate::oplog::{OPERATIONS_MAX, Splits};

/// A peer that stands for one of a split peer's histories, from some operation on: see [`Doc::forks`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Fork {
    /// The peer under which these operations are known.
    pub peer: Peer,
    /// The original id of the first of them: who made them, and which number it had there.
    pub first: OpId,
    /// How many there are.
    pub operations: u32,
}

impl Doc {
    /// Splits a peer's history: what the peer wrote from its `seq`-th operation on is another peer's from now on, whose id
    /// follows from those operations, the same on every replica. Where it wrote nothing so far from there on, that is noted.
    ///
    /// This is what to do where one peer id has two histories ([`Error::Forked`]): somebody went on from a restored backup, or
    /// from a copied folder. Both sides split the peer at the first operation that differs, and then merge as if two peers
    /// had written. Nobody's work is lost; names, and so documents, come out the same in whatever order replicas meet. `peer`
    /// may be one that a split made. What was split already stays so.
    ///
    /// Operations are renamed, not changed. But of what was written at once, order and winners hang on peer ids: the change
    /// tells what shows differently. If it is the document's own peer that is split, the document writes as a fresh one from
    /// then on ([`peer`](Doc::peer) is `None` until it does; without the feature `getrandom`, [`Doc::set_peer`] gives it
    /// one). Takes as long as loading the history and replaying it.
    ///
    /// # Errors
    ///
    /// [`Error::NeedsBase`] where the operations lie before the cut of a shallow document; [`Error::Limit`] past
    /// [`Limits::splits`](crate::Limits::splits), or for a number that no operation can have; else as
    /// [`read_history`](Doc::read_history). The document is then as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Error, OpId, Peer, VersionVector};
    ///
    /// /// The first operation that the peer's two histories do not share.
    /// fn first_difference(one: &mut Doc, other: &mut Doc, peer: Peer) -> Result<u32, Error> {
    ///     let known = |doc: &Doc| doc.version_vector().get(peer);
    ///     let (mut same, mut differs) = (0, known(one).min(known(other)));
    ///     // A chain value stands for all operations up to it.
    ///     while same < differs {
    ///         let seq = (same + differs) / 2;
    ///         let id = OpId { peer, seq };
    ///         if one.chain_value(id)? == other.chain_value(id)? {
    ///             same = seq + 1;
    ///         } else {
    ///             differs = seq;
    ///         }
    ///     }
    ///     Ok(same)
    /// }
    ///
    /// # fn main() -> Result<(), Error> {
    /// let peer = Peer::new(7).expect("not zero");
    /// let mut original = Doc::with_peer(peer);
    /// original.transact(|tx| tx.text("body").insert(0, "Hello"))?;
    /// // A copy that goes on under the same id.
    /// let mut copy = Doc::load(&original.save())?;
    /// copy.set_peer(peer);
    /// original.transact(|tx| tx.text("body").insert(5, " world"))?;
    /// copy.transact(|tx| tx.text("body").insert(0, "- "))?;
    ///
    /// let delta = copy.delta_since(&VersionVector::new());
    /// assert!(matches!(original.merge(&delta), Err(Error::Forked { peer: found, .. }) if found == peer));
    /// let seq = first_difference(&mut original, &mut copy, peer)?;
    /// original.split_peer(peer, seq)?;
    /// copy.split_peer(peer, seq)?;
    /// original.merge(&copy.delta_since(&original.version_vector()))?;
    /// copy.merge(&original.delta_since(&copy.version_vector()))?;
    /// assert_eq!(original.text("body").to_string(), "- Hello world");
    /// assert_eq!(copy.save(), original.save());
    /// assert_eq!(original.forks().count(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn split_peer(&mut self, peer: Peer, seq: u32) -> Result<Change, Error> {
        self.split_peers(&[(peer, seq)])
    }

    /// Splits peers at some of their operations, all at once: what another replica's [`splits`](Doc::splits) gave, say. As
    /// [`split_peer`](Doc::split_peer), and as fast for many as for one.
    ///
    /// # Errors
    ///
    /// As [`split_peer`](Doc::split_peer).
    pub fn split_peers(&mut self, splits: &[(Peer, u32)]) -> Result<Change, Error> {
        let mut new = Splits::default();
        for &(peer, seq) in splits {
            let author = self.log.peers.find(peer);
            let start = author.map_or(0, |author| self.log.peers.start(author));
            let of = author.map_or(peer, |author| self.log.peers.origin(author).peer);
            let at = u64::from(start) + u64::from(seq);
            match u32::try_from(at) {
                Ok(at) if at < OPERATIONS_MAX => new.add(of, at),
                _ => {
                    return Err(Error::Limit {
                        what: "operations",
                        limit: OPERATIONS_MAX.into(),
                        found: at,
                    });
                }
            };
        }
        self.with_splits(&new, |_| Ok(Change::default()))
    }

    /// Where peers' histories were split: the peer that wrote, and the number of the first operation that is another's, in
    /// order. Replicas that split at the same operations, and hold the same ones, hold the same document; so this is what
    /// two replicas tell each other first.
    pub fn splits(&self) -> impl Iterator<Item = (Peer, u32)> + '_ {
        self.log.peers.splits.iter()
    }

    /// The peers that stand for histories of split peers, by peer they are of, then number, then id.
    pub fn forks(&self) -> impl Iterator<Item = Fork> {
        let peers = &self.log.peers;
        let mut forks: Vec<_> = peers
            .segments()
            .map(|(ix, _)| Fork {
                peer: peers.peer(ix),
                first: peers.origin(ix),
                operations: peers.count(ix),
            })
            .collect();
        forks.sort_unstable_by_key(|fork| (fork.first, fork.peer));
        forks.into_iter()
    }

    /// The hash of an operation with all its past; `None` if it is not known, or lies before the cut of a shallow document.
    /// Two replicas have the same exactly if they have the same operations there, however peers are split.
    ///
    /// Computed when first asked for, and kept: some nanoseconds for each operation.
    ///
    /// # Errors
    ///
    /// As [`read_history`](Doc::read_history).
    pub fn chain_value(&mut self, id: OpId) -> Result<Option<[u8; 32]>, Error> {
        self.read_history()?;
        Ok(self.chain_at(id))
    }
}
