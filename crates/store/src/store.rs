//! The face: a store of documents.

use std::path::Path;

use rusqlite::params;
use syncline::{Change, Transaction};

use crate::commit::{self, Due};
use crate::database::Database;
use crate::document::Document;
use crate::error::Error;
use crate::files::{check_free, make_whole};
use crate::keys;
use crate::load::{self, of_document};
use crate::lock::Lock;
use crate::options::{Limits, Options};
use crate::quarantine;
use crate::record::Entry;
use crate::remote::{self, Remote};
use crate::schema;
use crate::syncer::Syncer;
use crate::words::{Owner, Tag};

/// The documents of a store.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// Their names, sorted.
    pub names: Vec<String>,
    /// What is wrong with the names of others, by the numbers of their rows.
    pub damaged: Vec<Error>,
}

/// A file of documents, open.
///
/// One process at a time writes; any number reads beside it. It can be moved to another thread; what several threads are to
/// use at once goes behind a lock of yours.
///
/// # Examples
///
/// ```
/// use syncline_store::{Entry, Options, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("notes.syncline");
/// let mut store = Store::create(&path, &Options::new())?;
/// let mut notes = store.create_document("notes")?;
/// notes.doc_mut().transact(|tx| tx.text("body").push("Buy milk"))?;
/// store.commit(&mut notes, &Entry::new().author("Ann"))?; // on disk
/// drop(store);
///
/// let store = Store::open(&path, &Options::new())?;
/// let notes = store.document("notes")?;
/// assert_eq!(notes.doc().text("body").to_string(), "Buy milk");
/// # Ok(())
/// # }
/// ```
pub struct Store {
    pub(crate) db: Database,
    pub(crate) limits: Limits,
    _lock: Option<Lock>,
}

impl Store {
    /// Makes a store, and opens it to write.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] where there is a file, of whatever kind, or what SQLite kept beside one; an empty file is taken.
    /// [`Error::Locked`], [`Error::Full`], [`Error::Io`].
    pub fn create(path: impl AsRef<Path>, options: &Options) -> Result<Store, Error> {
        let path = path.as_ref();
        check_free(path)?;
        let options = Options {
            is_read_only: false,
            ..options.clone()
        };
        let lock = Lock::take(path)?;
        // Somebody may have made one, and gone.
        check_free(path)?;
        make_whole(path, "making the store", |part| {
            let db = Database::open(part, &options, true)?;
            schema::create(&db, || match &options.key {
                Some(key) => keys::create(&db, key),
                None => Ok(()),
            })
        })?;
        Store::opened(path, Some(lock), &options)
    }

    /// Opens a store, and brings it to the newest schema where it is opened to write. Reads no document: O(1) in their number.
    ///
    /// # Errors
    ///
    /// [`Error::NoStore`], [`Error::NotAStore`], and [`Error::Newer`] for what a later version wrote, none of which touch
    /// anything; [`Error::Locked`] where another process has it open to write; [`Error::Damaged`], [`Error::Io`].
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Store, Error> {
        let path = path.as_ref();
        match schema::look(path) {
            // Another program was cut short in writing to it, and whoever writes next takes that back.
            Err(Error::ReadOnly { .. }) if !options.is_read_only => {}
            looked => looked?,
        }
        let lock = match options.is_read_only {
            true => None,
            false => Some(Lock::take(path)?),
        };
        Store::opened(path, lock, options)
    }

    fn opened(path: &Path, lock: Option<Lock>, options: &Options) -> Result<Store, Error> {
        let mut db = Database::open(path, options, false)?;
        schema::check(&db)?;
        keys::unlock(&mut db, options.key.as_ref())?;
        Ok(Store {
            db,
            limits: options.limits.clone(),
            _lock: lock,
        })
    }

    /// What opening a store to write would do to its schema, step by step: nothing, if it is of the newest. Only reads.
    ///
    /// # Errors
    ///
    /// As [`open`](Store::open).
    pub fn migrations(path: impl AsRef<Path>) -> Result<Vec<&'static str>, Error> {
        let path = path.as_ref();
        schema::look(path)?;
        let db = Database::open(path, &Options::new().read_only(), false)?;
        schema::plan(&db)
    }

    /// A connection for reading alone, beside the store's.
    pub(crate) fn reader(&self) -> Result<Database, Error> {
        let options = Options::new().read_only().limits(self.limits.clone());
        let mut reader = Database::open(&self.db.path, &options, false)?;
        reader.seal = self.db.seal.clone();
        Ok(reader)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.db.path
    }

    /// Whether it was opened to be read only.
    pub fn is_read_only(&self) -> bool {
        self.db.is_read_only
    }

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
    /// [`Error::DocumentExists`]; [`Error::Limit`] for a name of more than [`Limits::name_bytes`]; [`Error::ReadOnly`],
    /// [`Error::Full`], [`Error::Io`].
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
        let read = || load::pieces(&self.db, *owner, name, document.seq, &self.limits);
        let pieces = self.db.as_of_now(read)?;
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
        Ok(changes)
    }

    /// Appends what came to a document since its last commit. When this returns, it is on disk, as the store's
    /// [`Durability`](crate::Durability) says; without changes it costs nothing. One sync of the disk, and a page.
    ///
    /// # Errors
    ///
    /// [`Error::Overtaken`] where another copy of the document was committed meanwhile; [`Error::Delivered`] where the entry
    /// has a key that was committed; [`Error::ReadOnly`], [`Error::Limit`], [`Error::Full`], [`Error::Io`]. The changes are
    /// then still in memory, and committing again commits them.
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
            true => Syncer::of(&self.db.path).map(Some),
            false => Ok(None),
        }
    }

    /// Edits a document and commits it, once for the entry's key: if that was committed, nothing is done, and `None` given.
    ///
    /// # Errors
    ///
    /// As [`Doc::transact`](syncline::Doc::transact), by [`Error::Document`], and as [`commit`](Store::commit).
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

    /// What is known of a remote, for a document; nothing, if nothing was kept.
    ///
    /// # Errors
    ///
    /// [`Error::NoDocument`], [`Error::Damaged`], [`Error::Io`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use syncline_store::{Entry, Options, Store};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
    /// # let mut notes = store.create_document("notes")?;
    /// # notes.doc_mut().transact(|tx| tx.text("body").push("Buy milk"))?;
    /// # store.commit(&mut notes, &Entry::new())?;
    /// let mut relay = store.remote("notes", "relay")?;
    /// if let Some(delta) = relay.unsent(&mut notes) {
    ///     println!("{} bytes to send", delta.len());
    ///     // Sent, and acknowledged:
    ///     relay.acknowledge(&notes.doc().version_vector());
    ///     store.keep_remote("notes", "relay", &relay)?;
    /// }
    /// assert!(store.remote("notes", "relay")?.unsent(&mut notes).is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn remote(&self, document: &str, remote: &str) -> Result<Remote, Error> {
        let owner = load::find_existing(&self.db, document)?;
        remote::find(&self.db, owner, document, remote)
    }

    /// What is known of every remote of a document, by the remote's name. What is damaged is passed over: it is found out anew.
    ///
    /// # Errors
    ///
    /// [`Error::NoDocument`], [`Error::Damaged`], [`Error::Io`].
    pub fn remotes(&self, document: &str) -> Result<Vec<(String, Remote)>, Error> {
        let owner = load::find_existing(&self.db, document)?;
        remote::all(&self.db, owner)
    }

    /// Keeps what is known of a remote.
    ///
    /// # Errors
    ///
    /// [`Error::NoDocument`], [`Error::ReadOnly`], [`Error::Limit`], [`Error::Full`], [`Error::Io`].
    pub fn keep_remote(
        &mut self,
        document: &str,
        remote: &str,
        what: &Remote,
    ) -> Result<(), Error> {
        let (db, limits) = (&self.db, &self.limits);
        let owner = load::find_existing(db, document)?;
        db.at_once(|| remote::keep(db, owner, remote, what, limits))
    }

    /// As [`keep_remote`](Store::keep_remote), for several documents by name, with one sync of the disk: all of it is kept, or none.
    ///
    /// # Errors
    ///
    /// As [`keep_remote`](Store::keep_remote).
    pub fn keep_remotes(&mut self, remote: &str, known: &[(String, Remote)]) -> Result<(), Error> {
        let (db, limits) = (&self.db, &self.limits);
        db.at_once(|| {
            known.iter().try_for_each(|(document, what)| {
                let owner = load::find_existing(db, document)?;
                remote::keep(db, owner, remote, what, limits)
            })
        })
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
