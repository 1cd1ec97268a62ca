//! Writing to documents of a store: what was done to them is committed, at once or soon, and what is delivered twice once.

use syncline::{Change, Transaction};

use crate::commit::{self, Due};
use crate::document::Document;
use crate::error::Error;
use crate::load::of_document;
use crate::record::Entry;
use crate::store::Store;
use crate::syncer::Syncer;

impl Store {
    /// Appends what came to a document since its last commit. When this returns, it is on disk, as the store's
    /// [`Durability`](crate::Durability) says; without changes it costs nothing. One sync of the disk, and a page.
    ///
    /// # Errors
    ///
    /// [`Error::Overtaken`] where another copy of the document was committed meanwhile; [`Error::Delivered`] where the entry
    /// has a key that was committed; [`Error::NoDocument`] for a document of another store; [`Error::Limit`] where the document
    /// would be too large to be opened, for which a [`Compaction`](crate::Compaction) may make room; [`Error::ReadOnly`],
    /// [`Error::Full`], [`Error::Io`]. The changes are then still in memory, and committing again commits them.
    pub fn commit(&mut self, document: &mut Document, entry: &Entry) -> Result<(), Error> {
        self.commit_all(&mut [document], entry)
    }

    /// As [`commit`](Store::commit), of several documents with one sync of the disk: all of it is there, or none.
    ///
    /// # Errors
    ///
    /// As [`commit`](Store::commit).
    pub fn commit_all(
        &mut self,
        documents: &mut [&mut Document],
        entry: &Entry,
    ) -> Result<(), Error> {
        commit::commit(&self.db, documents, entry, &self.limits, Due::Now)
    }

    /// As [`commit_all`](Store::commit_all), without waiting for the disk: what is committed so survives the end of the process,
    /// and the loss of power when the store's [`Syncer`] has synced after this returned, or a later commit has waited.
    ///
    /// # Errors
    ///
    /// As [`commit`](Store::commit).
    pub fn commit_soon(
        &mut self,
        documents: &mut [&mut Document],
        entry: &Entry,
    ) -> Result<(), Error> {
        commit::commit(&self.db, documents, entry, &self.limits, Due::Later)
    }

    /// What brings to disk what [`commit_soon`](Store::commit_soon) committed, on whatever thread; `None` where commits wait for
    /// no disk ([`Durability::Fast`](crate::Durability::Fast)).
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn syncer(&self) -> Result<Option<Syncer>, Error> {
        match self.db.is_synced() {
            true => Syncer::of(&self.db).map(Some),
            false => Ok(None),
        }
    }

    /// Edits a document and commits it, once for the entry's key: if that was committed, nothing is done, and `None` given.
    ///
    /// # Errors
    ///
    /// As [`Doc::transact`](syncline::Doc::transact), by [`Error::Document`], and as [`commit`](Store::commit): what was edited is
    /// then in memory, and committing it again with the same entry commits it. Writing again would edit again.
    pub fn write(
        &mut self,
        document: &mut Document,
        entry: &Entry,
        edit: impl FnOnce(&mut Transaction<'_>) -> Result<(), syncline::Error>,
    ) -> Result<Option<Change>, Error> {
        self.once(document, entry, |doc| doc.transact(edit))
    }

    /// Merges what another replica sent and commits it, once for the entry's key: if that was committed, nothing is done, and
    /// `None` given. Without a key the same bytes may come again too: they bring nothing new.
    ///
    /// # Errors
    ///
    /// As [`Doc::merge`](syncline::Doc::merge), by [`Error::Document`], and as [`commit`](Store::commit).
    pub fn receive(
        &mut self,
        document: &mut Document,
        entry: &Entry,
        bytes: &[u8],
    ) -> Result<Option<Change>, Error> {
        self.once(document, entry, |doc| doc.merge(bytes))
    }

    fn once(
        &mut self,
        document: &mut Document,
        entry: &Entry,
        act: impl FnOnce(&mut syncline::Doc) -> Result<Change, syncline::Error>,
    ) -> Result<Option<Change>, Error> {
        self.db.check_writable()?;
        if let Some(key) = &entry.key
            && commit::is_delivered(&self.db, document.owner, key)?
        {
            return Ok(None);
        }
        let acted = act(&mut document.doc);
        let change = acted.map_err(|error| of_document(&document.name, error))?;
        self.commit(document, entry)?;
        Ok(Some(change))
    }
}
