//! Taking another replica's document in place of this one, and onto it what only this one holds: where one of the two is
//! without the history that the other's operations need.

use super::Doc;
use super::change::Change;
use super::record::Record;
use crate::error::Error;
use crate::id::{OpId, VersionVector};
use crate::oplog::Renaming;

impl Doc {
    /// Whether the document is without its history, or without the beginning of it.
    pub(crate) fn has_cut(&self) -> bool {
        !self.history_is_encoded() && self.log.ground.is_some()
    }

    /// Whether a replica with that version lacks something of which there is no history here.
    pub(crate) fn lacks_history_for(&self, known: &VersionVector) -> bool {
        let is_behind = |(peer, count)| known.get(peer) < count;
        self.has_cut() && self.log.peers.grounds().any(is_behind)
    }

    /// Takes `base` in place of this document, and onto it what this one alone holds. The peer and the limits stay. All or
    /// nothing; takes as long as loading both.
    ///
    /// # Errors
    ///
    /// [`Error::NeedsBase`] where `base` lacks something that this document holds and cannot take it in;
    /// [`Error::Forked`] where the two have different histories; else as [`merge`](Doc::merge).
    pub(crate) fn adopt(&mut self, base: Doc) -> Result<Change, Error> {
        let splits = base.log.peers.splits.clone();
        self.with_splits(&splits, |doc| doc.stand_on(base))
    }

    fn stand_on(&mut self, mut base: Doc) -> Result<Change, Error> {
        self.read_history()?;
        base.limits = self.limits.clone();
        base.read_history()?;
        let merged = base.merge_saved(&self.save())?;
        self.is_held_by(&mut base)?;
        // In which order the two came to know operations says nothing now.
        base.loaded = base.arrived();
        let mut record = Record {
            applied: base.operations().saturating_sub(self.operations()),
            waiting: merged.waiting().to_vec(),
            rejected: merged.rejected().to_vec(),
            ..Record::default()
        };
        self.differ(&base, &Renaming::default(), &mut record);
        self.become_renamed(base);
        Ok(self.told_of(record))
    }

    /// Whether another document holds all that this one does, as far as either can tell.
    fn is_held_by(&mut self, other: &mut Doc) -> Result<(), Error> {
        let theirs = other.version_vector();
        for (peer, count) in self.version_vector().iter() {
            let known = theirs.get(peer);
            if known < count {
                let id = OpId { peer, seq: known };
                return Err(Error::NeedsBase { id });
            }
            let seq = count.saturating_sub(1);
            let [ours, theirs] =
                [&mut *self, &mut *other].map(|doc| doc.chain_at(OpId { peer, seq }));
            if ours
                .zip(theirs)
                .is_some_and(|(ours, theirs)| ours != theirs)
            {
                return Err(Error::Forked { peer, seq });
            }
        }
        Ok(())
    }
}
