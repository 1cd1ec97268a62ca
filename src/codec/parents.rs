//! What the first operations of runs follow.

use smallvec::SmallVec;

use super::missing::Missing;
use super::stretch::place_after;
use crate::graph::PeerIx;
use crate::id::{Lv, Seq};
use crate::oplog::{ContainerIx, GroundHead, OpLog};
use crate::summary::Chains;

/// The operation that a delta of one peer goes on from, its container, and the peer's place there.
pub(super) fn origin(log: &OpLog, runs: &[Missing]) -> Option<(Lv, ContainerIx, u32)> {
    let first = runs.first()?;
    let before = goes_on_from(log, first)?;
    if runs.iter().any(|run| run.author != first.author) {
        return None;
    }
    let (container, place) = place_after(log, before)?;
    Some((before, container, place))
}

/// The peer's operation before, if a run's first follows it.
pub(super) fn goes_on_from(log: &OpLog, run: &Missing) -> Option<Lv> {
    let before = run.seq.checked_sub(1)?;
    first_parents(log, run)
        .into_iter()
        .find(|parent| (parent.by, parent.seq) == (run.author, before))?
        .lv
}

/// What the first operation of a run follows.
pub(super) fn first_parents(log: &OpLog, run: &Missing) -> Parents {
    let parents = log.graph.parents(run.spans[0].start);
    if let (Some(ground), true) = (&log.ground, parents.is_empty()) {
        let parent = |head: &GroundHead| Parent {
            by: head.author,
            seq: head.seq,
            lv: None,
            chain: head.chain,
        };
        return ground.heads.iter().map(parent).collect();
    }
    let parent = |&lv| {
        let (by, seq) = log.graph.author_of(lv);
        Parent {
            by,
            seq,
            lv: Some(lv),
            chain: [0; 32],
        }
    };
    parents.iter().map(parent).collect()
}

pub(super) type Parents = SmallVec<[Parent; 2]>;

/// An operation that another directly follows.
pub(super) struct Parent {
    pub(super) by: PeerIx,
    pub(super) seq: Seq,
    /// Unless it lies before the log's own operations: then its chain value is told.
    lv: Option<Lv>,
    chain: [u8; 32],
}

impl Parent {
    /// The first bytes of its chain value.
    pub(super) fn mark(&self, log: &OpLog, chains: &mut Chains) -> [u8; 4] {
        match self.lv {
            Some(lv) => chains.mark(log, lv),
            None => [self.chain[0], self.chain[1], self.chain[2], self.chain[3]],
        }
    }
}
