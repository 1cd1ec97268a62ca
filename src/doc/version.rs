//! Versions of the past: from a frontier to operations.

use super::Doc;
use crate::error::Error;
use crate::graph::Difference;
use crate::id::{Frontier, Heads, Lv, LvSpan, OpId};

impl Doc {
    /// The operations that a frontier names; none where it is the version that the document's own history begins at.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownVersion`]; [`Error::NeedsBase`] for a version before or beside the document's cut.
    pub(super) fn heads_of(&self, frontier: &Frontier) -> Result<Heads, Error> {
        let mut heads = Heads::new();
        let mut buried: Vec<OpId> = Vec::new();
        for id in frontier.iter() {
            match self.log.lv(id) {
                Some(lv) => heads.push(lv),
                None if self.log.knows(id) => buried.push(id),
                None => return Err(Error::UnknownVersion { id }),
            }
        }
        if heads.is_empty() {
            self.is_cut(&buried)?;
        }
        heads.sort_unstable();
        Ok(heads)
    }

    /// Whether operations before the document's own are the version of its cut. What has operations of its own includes it.
    fn is_cut(&self, buried: &[OpId]) -> Result<(), Error> {
        let Some(ground) = &self.log.ground else {
            return Ok(());
        };
        let cut = ground.heads.iter().map(|head| OpId {
            peer: self.log.peers.peer(head.author),
            seq: head.seq,
        });
        let mut cut: Vec<OpId> = cut.collect();
        cut.sort_unstable();
        if cut == buried {
            return Ok(());
        }
        match buried.first().or(cut.first()) {
            Some(&id) => Err(Error::NeedsBase { id }),
            None => Ok(()),
        }
    }

    /// All operations of a version that are the log's own, ascending. O(runs).
    pub(super) fn operations_at(&self, heads: &[Lv]) -> Vec<LvSpan> {
        let mut difference = Difference::default();
        difference.find(&self.log.graph, heads, &[]);
        let mut spans = difference.first;
        spans.reverse();
        spans
    }
}
