//! The documents of a store: listed, made, opened, and brought up to date.

use rusqlite::params;
use syncline::Change;

use crate::document::Document;
use crate::error::Error;
use crate::load::{self, of_document};
use crate::store::Store;
use crate::words::{Owner, Tag};
use crate::{journal, quarantine};

/// The documents of a store.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// Their names, sorted.
    pub names: Vec<String>,
    /// What is wrong with the names of others, by the numbers of their rows.
    pub damaged: Vec<Error>,
}

impl Store {
    /// The names of all documents. O(n log n), without opening any.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where none can be read: one whose name is damaged is told in the listing. [`Error::Io`].
    pub fn documents(&self) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        for listed in load::list(&self.db)? {
            match listed.told_name(&self.db) {
                Ok(name) => listing.names.push(name),
                Err(error) => listing.damaged.push(error),
            }
        }
        listing.names.sort_unstable();
        Ok(listing)
    }

    /// How many documents have a journal that goes on after their snapshot: what a [`Compaction`](crate::Compaction) would do.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn grown(&self) -> Result<u64, Error> {
        load::count(&self.db, load::GROWN)
    }

    /// Whether there is a document of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn has_document(&self, name: &str) -> Result<bool, Error> {
        Ok(load::find(&self.db, name)?.is_some())
    }

    /// Whether some of a document lies in quarantine, and is not known to be back.
    ///
    /// # Errors
    ///
    /// [`Error::NoDocument`], [`Error::Damaged`], [`Error::Io`].
    pub fn has_lost(&self, document: &str) -> Result<bool, Error> {
        quarantine::holds(&self.db, load::find_existing(&self.db, document)?)
    }

    /// Makes an empty document; on disk when this returns. Its name is any string: it is never part of a path.
    ///
    /// # Errors
    ///
    /// [`Error::DocumentExists`]; [`Error::Limit`] for a name of more than [`Limits::name_bytes`](crate::Limits::name_bytes);
    /// [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn create_document(&mut self, name: &str) -> Result<Document, Error> {
        self.limits.check_name(name)?;
        let owner = self.db.at_once(|| self.insert_document(name))?;
        load::load(&self.db, owner, name, &self.limits)
    }

    /// As [`create_document`](Store::create_document), without a sync of its own: it is on disk with the next commit, of whichever
    /// document. For many that come at once.
    ///
    /// # Errors
    ///
    /// As [`create_document`](Store::create_document).
    pub fn begin_document(&mut self, name: &str) -> Result<Document, Error> {
        self.limits.check_name(name)?;
        let owner = self.db.without_hurry(|| self.insert_document(name))?;
        load::load(&self.db, owner, name, &self.limits)
    }

    fn insert_document(&self, name: &str) -> Result<Owner, Error> {
        if load::find(&self.db, name)?.is_some() {
            return Err(Error::DocumentExists {
                name: name.to_owned(),
            });
        }
        let insert = "INSERT INTO document (key, name, snapshot, last) VALUES (?1, ?2, 0, 0)";
        let owner = Owner {
            row: 0,
            key: self.db.name_key(name),
        };
        let sealed = self.db.seal.close(Tag::Name, owner, 0, name.as_bytes());
        let row = params![owner.key, sealed];
        let made = self.db.connection.execute(insert, row);
        self.db.named("making a document", made)?;
        load::find_existing(&self.db, name)
    }

    /// Opens a document. Costs what [`Doc::load`](syncline::Doc::load) costs: what it shows is there at once, its history
    /// when something needs it.
    ///
    /// # Errors
    ///
    /// [`Error::NoDocument`]; [`Error::Damaged`] where a checksum is wrong, naming the record: every other document opens;
    /// [`Error::Limit`], [`Error::Document`], [`Error::Io`].
    pub fn document(&self, name: &str) -> Result<Document, Error> {
        let owner = load::find_existing(&self.db, name)?;
        load::load(&self.db, owner, name, &self.limits)
    }

    /// Takes in what was committed to a document since this copy of it was opened: by another process, or by another copy.
    /// What was not committed yet stays. Gives what changed, commit by commit.
    ///
    /// # Errors
    ///
    /// As [`document`](Store::document). What came before the record at fault has been taken in.
    pub fn refresh(&self, document: &mut Document) -> Result<Vec<Change>, Error> {
        let Document { name, owner, .. } = document;
        let pieces = self.db.as_of_now(|| {
            journal::last_here(&self.db, *owner, name)?;
            load::pieces(&self.db, *owner, name, document.seq, &self.limits)
        })?;
        let mut changes = Vec::new();
        for (piece, seq) in pieces.each() {
            let is_changed = document.is_changed();
            let merged = document.doc.merge(piece);
            changes.push(merged.map_err(|error| of_document(&document.name, error))?);
            document.seq = seq;
            if !is_changed {
                document.point = document.doc.save_point();
            }
        }
        // The last of them may lie in quarantine.
        document.seq = pieces.seq;
        document.bytes += pieces.found;
        Ok(changes)
    }
}
