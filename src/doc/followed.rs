//! What a run follows: operations of the log, or all that lies before it.

use super::Doc;
use crate::codec::{Batch, ParentRef};
use crate::error::Error;
use crate::graph::{Claim, PeerIx};
use crate::id::{Heads, Lv, OpId, Seq};

/// An operation that a run of a delta directly follows.
pub(super) enum Found {
    Here(Lv),
    /// It is the last of its peer before the log's own.
    Before,
    /// It lies before the log's own, and no more is known.
    Buried,
    Missing,
}

/// What a run follows.
pub(super) struct Followed {
    pub(super) parents: Heads,
    /// The first that is not known.
    pub(super) missing: Option<OpId>,
}

impl Doc {
    /// A parent, where it is known; its hash is held against the one that the delta has for it.
    pub(super) fn parent_at(&mut self, by: PeerIx, parent: &ParentRef) -> Result<Found, Error> {
        let seq = parent.seq;
        let (found, mark) = match self.log.peers.lv(&self.log.graph, by, seq) {
            Some(lv) => {
                let own = parent.mark.map(|_| self.chains.mark(&self.log, lv));
                (Found::Here(lv), own)
            }
            None if seq >= self.log.peers.count(by) => return Ok(Found::Missing),
            None => {
                let ground = self.log.ground.as_ref();
                let end = ground.and_then(|ground| ground.end_of(by));
                let Some(end) = end.filter(|end| end.seq == seq) else {
                    return Ok(Found::Buried);
                };
                let [a, b, c, d, ..] = end.chain;
                (Found::Before, parent.mark.map(|_| [a, b, c, d]))
            }
        };
        if parent.mark == mark {
            return Ok(found);
        }
        let peer = self.log.peers.peer(by);
        Err(Error::Forked { peer, seq })
    }

    /// What the parents of a run come to. `peers` finds this replica's numbers for the delta's.
    pub(super) fn followed(
        &mut self,
        batch: &Batch<'_>,
        parents: &[ParentRef],
        mut peers: impl FnMut(&Doc, u32) -> Option<PeerIx>,
    ) -> Result<Followed, Error> {
        let mut followed = Followed {
            parents: Heads::new(),
            missing: None,
        };
        let mut before = Vec::new();
        for parent in parents {
            let Some(&peer) = batch.peers.get(parent.peer as usize) else {
                continue;
            };
            let seq = parent.seq;
            let id = OpId { peer, seq };
            let found = match peers(self, parent.peer) {
                Some(by) => self.parent_at(by, parent)?,
                None => Found::Missing,
            };
            match found {
                Found::Here(lv) => followed.parents.push(lv),
                Found::Before => before.push(id),
                Found::Buried => return Err(Error::NeedsBase { id }),
                Found::Missing => {
                    followed.missing.get_or_insert(id);
                }
            }
        }
        followed.parents.sort_unstable();
        followed.parents.dedup();
        let is_root = followed.parents.is_empty() && followed.missing.is_none();
        if !before.is_empty() || is_root {
            self.follows_ground(before, &followed)?;
        }
        Ok(followed)
    }

    /// What follows operations before the log's own must follow all of those, and nothing else.
    fn follows_ground(&self, mut before: Vec<OpId>, followed: &Followed) -> Result<(), Error> {
        let Some(ground) = &self.log.ground else {
            return Ok(());
        };
        let id = |end: &crate::oplog::GroundEnd| OpId {
            peer: self.log.peers.peer(end.author),
            seq: end.seq,
        };
        before.sort_unstable();
        before.dedup();
        let is_all = before.iter().copied().eq(ground.heads.iter().map(id));
        if is_all && followed.parents.is_empty() {
            return Ok(());
        }
        let named = before.first().copied().or(ground.heads.first().map(id));
        match named {
            Some(id) => Err(Error::NeedsBase { id }),
            None => Ok(()),
        }
    }

    /// Whether an operation that follows these follows the one that its writer made before, if that is in the log: what lies before
    /// the log's own is in the past of all. A version vector tells what is known only where each peer's operations are in
    /// one line.
    pub(super) fn follows_own(&self, before: Option<(PeerIx, Seq)>, parents: &[Lv]) -> bool {
        let open = self.open_own(before, parents);
        open.is_none_or(|before| self.log.graph.includes(parents, before))
    }

    /// The operation that its writer made before, where that remains to be looked at.
    pub(super) fn open_own(&self, before: Option<(PeerIx, Seq)>, parents: &[Lv]) -> Option<Lv> {
        let graph = &self.log.graph;
        let before = before.and_then(|(by, before)| self.log.peers.lv(graph, by, before));
        before.filter(|before| !parents.contains(before) && parents != graph.heads())
    }

    /// The same as [`follows_own`](Doc::follows_own) of all that has been taken in.
    pub(super) fn follow_own(&self, claims: &[Claim]) -> Result<(), Error> {
        match self.log.graph.first_wrong(claims) {
            None => Ok(()),
            Some(claim) => Err(Error::Invalid {
                id: self.log.id(claim.of),
                what: "it does not follow its author's operation before",
            }),
        }
    }

    /// Whether a peer's operation of that number can be taken in, as far as its own earlier ones go: where those lie before
    /// the log's own, its hash chain has to go on.
    pub(super) fn goes_on(&self, author: PeerIx, seq: Seq) -> Result<(), Error> {
        let Some(ground) = &self.log.ground else {
            return Ok(());
        };
        let last = self.log.peers.ground(author);
        if seq > last || last == 0 || (seq == last && ground.goes_on(author)) {
            return Ok(());
        }
        Err(Error::NeedsBase {
            id: OpId {
                peer: self.log.peers.peer(author),
                seq: seq.min(last - 1),
            },
        })
    }
}
