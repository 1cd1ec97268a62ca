//! The face: a store, made and opened. What is done with it stands with what it is done to: documents in `documents.rs`,
//! commits in `writing.rs`, remotes in `remote.rs`.

use std::path::Path;

use crate::database::Database;
use crate::error::Error;
use crate::files::{check_free, make_whole, real};
use crate::keys;
use crate::lock::Lock;
use crate::options::{Limits, Options};
use crate::schema;

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
        let lock = Lock::take(path, path)?;
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
            false => Some(Lock::take(path, &real(path)?)?),
        };
        Store::opened(path, lock, options)
    }

    fn opened(path: &Path, lock: Option<Lock>, options: &Options) -> Result<Store, Error> {
        let mut db = Database::open(path, options, false)?;
        // What it shows from here on is on disk, whoever wrote it, and however that ended.
        db.doubt_what_was_left();
        db.settle()?;
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
        let mut reader = Database::open(&self.db.file, &options, false)?;
        reader.path.clone_from(&self.db.path);
        reader.seal = self.db.seal.clone();
        reader.begun = self.db.begun.clone();
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
}
