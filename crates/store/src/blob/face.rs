//! The store's face to blobs that are there: looking them up, reading them, and keeping them by name.

use super::counters;
use super::id::BlobId;
use super::incoming::Part;
use super::list;
use super::names;
use super::read::BlobReader;
use super::rows::{self, Row};
use crate::error::Error;
use crate::store::Store;

/// A blob of the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Blob {
    /// Its name.
    pub id: BlobId,
    /// How many bytes it has.
    pub bytes: u64,
}

impl Blob {
    /// As another store tells of it.
    pub fn new(id: BlobId, bytes: u64) -> Blob {
        Blob { id, bytes }
    }

    pub(super) fn of(row: &Row) -> Blob {
        Blob::new(row.name, row.bytes)
    }
}

impl Store {
    /// What is known of a blob. O(log n).
    ///
    /// # Errors
    ///
    /// [`Error::NoBlob`], [`Error::Damaged`], [`Error::Io`].
    pub fn blob(&self, blob: &BlobId) -> Result<Blob, Error> {
        rows::find_existing(&self.db, blob).map(|row| Blob::of(&row))
    }

    /// Opens a blob to read it. Costs nothing but looking it up.
    ///
    /// # Errors
    ///
    /// [`Error::NoBlob`], [`Error::Damaged`], [`Error::Io`].
    pub fn open_blob(&self, blob: &BlobId) -> Result<BlobReader<'_>, Error> {
        let row = rows::find_existing(&self.db, blob)?;
        Ok(BlobReader::new(&self.db, row))
    }

    /// All blobs, those of which the rows are whole; and what is wrong with the others.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`] where none can be read.
    pub fn blobs(&self) -> Result<(Vec<Blob>, Vec<Error>), Error> {
        let (mut blobs, mut damaged) = (Vec::new(), Vec::new());
        let mut after = 0;
        while let Some(found) = rows::next(&self.db, true, after)? {
            match found {
                Ok(row) => {
                    blobs.push(Blob::of(&row));
                    after = row.id;
                }
                Err(id) => {
                    damaged.push(rows::damaged_row(&self.db, id));
                    after = id;
                }
            }
        }
        Ok((blobs, damaged))
    }

    /// How many blobs the last collection found nothing to refer to, or were not finished by then: what the next one lets go of,
    /// unless something refers to them when it comes.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn unreferred(&self) -> Result<u64, Error> {
        let found = counters::read(&self.db, counters::FOUND)?;
        rows::count_unseen(&self.db, found)
    }

    /// A part of the list of a blob's chunks, for another store to take in.
    ///
    /// # Errors
    ///
    /// [`Error::NoBlob`], also where it has no such part; [`Error::Damaged`], [`Error::Io`].
    pub fn blob_part(&self, blob: &BlobId, number: u32) -> Result<Part, Error> {
        let row = rows::find_existing(&self.db, blob)?;
        if number >= row.parts {
            return Err(Error::NoBlob {
                name: format!("{blob}, part {number}"),
            });
        }
        let list = list::part(&self.db, row.id, number)?;
        let list = list.ok_or_else(|| {
            let what = "the list of its chunks is not what was written";
            self.db.damaged(row.place(0), what)
        })?;
        Ok(Part::new(number, list.chunks))
    }

    /// Keeps a blob by name, so that it stays though no document refers to it. What had that name has it no more.
    ///
    /// # Errors
    ///
    /// [`Error::NoBlob`]; [`Error::Limit`] for a name of more than [`Limits::name_bytes`](crate::Limits::name_bytes);
    /// [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn name_blob(&mut self, name: &str, blob: &BlobId) -> Result<(), Error> {
        self.limits.check_name(name)?;
        let db = &self.db;
        db.at_once(|| {
            let row = rows::find_existing(db, blob)?;
            rows::keep(db, row.id)?;
            names::keep(db, name, blob)
        })
    }

    /// Lets go of a name; whether there was one. Its blob stays until a collection finds that nothing refers to it.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn unname_blob(&mut self, name: &str) -> Result<bool, Error> {
        self.db.at_once(|| names::forget(&self.db, name))
    }

    /// The blob that is kept by a name.
    ///
    /// # Errors
    ///
    /// [`Error::NoBlob`], [`Error::Damaged`], [`Error::Io`].
    pub fn named_blob(&self, name: &str) -> Result<BlobId, Error> {
        names::find(&self.db, name)?.ok_or_else(|| Error::NoBlob {
            name: name.to_owned(),
        })
    }

    /// All names by which blobs are kept, sorted.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn blob_names(&self) -> Result<Vec<(String, BlobId)>, Error> {
        let mut names: Vec<_> = names::all(&self.db)?
            .into_iter()
            .collect::<Result<_, _>>()?;
        names.sort_unstable();
        Ok(names)
    }
}
