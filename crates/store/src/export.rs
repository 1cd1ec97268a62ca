//! A whole store as one file, and taking in another.

use std::path::Path;

use crate::blob::{Row, names, rows, take_in};
use crate::database::Database;
use crate::error::Error;
use crate::files::{check_free, make_whole};
use crate::job::Failure;
use crate::options::Options;
use crate::record::Entry;
use crate::schema;
use crate::store::Store;

/// What an import brought.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Imported {
    /// The documents that brought something, and how many operations were new.
    pub documents: Vec<(String, u32)>,
    /// How many blobs were new, or are whole again.
    pub blobs: u64,
    /// What could not be taken in, and why.
    pub failures: Vec<Failure>,
}

impl Store {
    /// Writes the whole store as one file, which is a store itself: packed, without anything beside it, as of this moment. It is
    /// synced to disk, and has its name only when it is whole.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] where there is a file; [`Error::Damaged`], [`Error::Full`], [`Error::Io`].
    pub fn export(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        check_free(path)?;
        let doing = "writing the export";
        make_whole(path, doing, |part| {
            let Some(part) = part.to_str() else {
                return Err(Error::Io {
                    path: path.to_owned(),
                    doing,
                    error: "its path is no UTF-8".into(),
                });
            };
            let written = self.db.connection.execute("VACUUM INTO ?1", [part]);
            self.db.named(doing, written)?;
            schema::to_wal(&Database::open(Path::new(part), &Options::new(), false)?)
        })
    }

    /// Takes in every document and blob of another store, merging those that are here already; a blob that is kept by a name which
    /// another has here is kept without it. What of the other store cannot be read is told, and the rest taken in.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`]. What came before has been committed.
    pub fn import(&mut self, other: &Store, entry: &Entry) -> Result<Imported, Error> {
        self.db.check_writable()?;
        let mut imported = Imported::default();
        let listing = imported.note(None, other.documents())?;
        let listing = listing.unwrap_or_default();
        for error in listing.damaged {
            imported.note::<()>(None, Err(error))?;
        }
        for name in listing.names {
            let taken = self.import_document(other, &name, entry);
            let operations = imported.note(Some(&name), taken)?;
            if let Some(operations) = operations.filter(|&operations| operations > 0) {
                imported.documents.push((name, operations));
            }
        }
        self.import_blobs(other, &mut imported)?;
        Ok(imported)
    }

    fn import_document(&mut self, other: &Store, name: &str, entry: &Entry) -> Result<u32, Error> {
        // What cannot be read there makes no document here.
        let there = other.document(name)?;
        let mut document = match self.has_document(name)? {
            true => self.document(name)?,
            false => self.create_document(name)?,
        };
        self.take_in_document(&there, &mut document, entry)
    }

    fn import_blobs(&mut self, other: &Store, imported: &mut Imported) -> Result<(), Error> {
        let mut at = 0;
        while let Some(found) = imported.next(rows::next(&other.db, true, at))? {
            at = found.as_ref().map_or_else(|id| *id, |row| row.id);
            let there = found.map_err(|id| rows::damaged_row(&other.db, id));
            let taken = there.and_then(|there| self.import_blob(other, &there));
            let is_new = imported.note(None, taken)?;
            imported.blobs += u64::from(is_new == Some(true));
        }
        let names = imported.note(None, names::all(&other.db))?;
        for named in names.unwrap_or_default() {
            let named = named.and_then(|(name, blob)| match names::find(&self.db, &name)? {
                Some(_) => Ok(()),
                None => self.name_blob(&name, &blob),
            });
            imported.note(None, named)?;
        }
        Ok(())
    }

    /// Takes in a blob; whether something of it was new.
    fn import_blob(&mut self, other: &Store, there: &Row) -> Result<bool, Error> {
        match rows::find(&self.db, &there.name) {
            Ok(Some(row)) => Ok(self.fetch_chunks(&row, other, there)? > 0),
            // Where what is here cannot be read, what comes takes its place.
            Ok(None) | Err(Error::Damaged { .. }) => take_in(self, other, there).map(|()| true),
            Err(error) => Err(error),
        }
    }
}

impl Imported {
    /// What comes next in a list; nothing, where that cannot be read, which is told.
    fn next<T>(&mut self, found: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
        self.note(None, found).map(Option::flatten)
    }

    /// Notes what could not be taken in; what this store itself cannot do ends it.
    fn note<T>(
        &mut self,
        document: Option<&str>,
        done: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(error @ (Error::Full { .. } | Error::Io { .. })) => Err(error),
            Err(error) => {
                self.failures.push(Failure {
                    document: document.map(str::to_owned),
                    error,
                });
                Ok(None)
            }
        }
    }
}
