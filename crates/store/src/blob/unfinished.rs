//! Blobs that began to come in and are not whole: which there are, how much room they take, and letting go of one.

use std::ops::Range;

use super::chunks;
use super::face::Blob;
use super::id::BlobId;
use super::list;
use super::rows::{self, Row};
use crate::database::Database;
use crate::error::Error;
use crate::store::Store;

/// A blob that began to come in from another store, and is not whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Unfinished {
    /// As the other store told of it.
    pub blob: Blob,
    /// Bytes that it takes here, about: see [`BlobIncoming::held`](crate::BlobIncoming::held).
    pub held: u64,
}

impl Store {
    /// Blobs that began to come in and are not whole, in the order in which they began. O(their chunks).
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn unfinished_blobs(&self) -> Result<Vec<Unfinished>, Error> {
        let db = &self.db;
        let mut unfinished = Vec::new();
        for row in rows_of(db, |row| row.name != nobody())? {
            let held = held(db, &row, 0..row.parts)?;
            let blob = Blob::of(&row);
            unfinished.push(Unfinished { blob, held });
        }
        Ok(unfinished)
    }

    /// Lets go of a blob that began to come in and is not whole; whether there was one. What is whole stays, whatever shares chunks
    /// with it. The room is given back by a [`Collection`](crate::Collection).
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Damaged`], [`Error::Full`], [`Error::Io`].
    pub fn let_go_unfinished(&mut self, blob: &Blob) -> Result<bool, Error> {
        let db = &self.db;
        let all = rows_of(db, |row| row.name == blob.id && row.bytes == blob.bytes)?;
        db.without_hurry(|| {
            let mut rows = all.iter();
            rows.try_for_each(|row| rows::let_go(db, &row.nameless()))
        })?;
        Ok(!all.is_empty())
    }

    /// Whether blobs were let go of whose room was not given back.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn has_let_go(&self) -> Result<bool, Error> {
        Ok(rows::next_let_go(&self.db, 0, 0)?.is_some())
    }
}

/// What is written here and not whole has no name.
fn nobody() -> BlobId {
    BlobId::from_bytes([0; 32])
}

/// Those of the unfinished whose rows are what was written.
fn rows_of(db: &Database, is_one: impl Fn(&Row) -> bool) -> Result<Vec<Row>, Error> {
    let (mut some, mut after) = (Vec::new(), 0);
    while let Some(found) = rows::next(db, false, after)? {
        after = match found {
            Ok(row) => {
                some.extend(Some(row).filter(&is_one));
                row.id
            }
            Err(id) => id,
        };
    }
    Ok(some)
}

/// What a part of a list takes with the rows of its chunks, at most: 16 of them, of about 200 bytes each.
const PART_HELD: u64 = 4 << 10;

/// See [`BlobIncoming::held`](crate::BlobIncoming::held). A part that cannot be read counts as one without chunks.
pub(super) fn held(db: &Database, row: &Row, parts: Range<u32>) -> Result<u64, Error> {
    let mut held = 0;
    for part in parts {
        held += PART_HELD;
        for chunk in list::part(db, row.id, part)?.unwrap_or_default().chunks {
            if !chunks::is_missing(db, &chunk)? {
                held += u64::from(chunk.bytes);
            }
        }
    }
    Ok(held)
}
