//! A whole store as one file, and taking in another.

use std::path::Path;

use crate::blob::{names, rows, take_in};
use crate::database::Database;
use crate::error::Error;
use crate::files::{check_free, make_whole};
use crate::options::Options;
use crate::record::Entry;
use crate::schema;
use crate::store::Store;

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
    /// another has here is kept without it. Gives, of each that brought something,
    /// its name and how many operations were new.
    ///
    /// # Errors
    ///
    /// As [`receive`](Store::receive). What came before the document at fault has been committed.
    pub fn import(&mut self, other: &Store, entry: &Entry) -> Result<Vec<(String, u32)>, Error> {
        let mut taken = Vec::new();
        for name in other.documents()? {
            let mut document = match self.has_document(&name)? {
                true => self.document(&name)?,
                false => self.create_document(&name)?,
            };
            let operations = self.take_in_document(other, &mut document, entry)?;
            if operations > 0 {
                taken.push((name, operations));
            }
        }
        self.import_blobs(other)?;
        Ok(taken)
    }

    /// Takes in every blob of another store, with its names.
    fn import_blobs(&mut self, other: &Store) -> Result<(), Error> {
        let mut at = 0;
        while let Some(there) = rows::next(&other.db, true, at)? {
            let there = there.map_err(|id| rows::damaged_row(&other.db, id))?;
            at = there.id;
            match rows::find(&self.db, &there.name) {
                Ok(Some(row)) => drop(self.fetch_chunks(&row, other, &there)?),
                // Where what is here cannot be read, what comes takes its place.
                Ok(None) | Err(Error::Damaged { .. }) => take_in(self, other, &there)?,
                Err(error) => return Err(error),
            }
        }
        for (name, blob) in other.blob_names()? {
            if names::find(&self.db, &name)?.is_none() {
                self.name_blob(&name, &blob)?;
            }
        }
        Ok(())
    }
}
