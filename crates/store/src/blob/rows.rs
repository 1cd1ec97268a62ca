//! The rows of blobs: what is said of one.
//!
//! A blob's body: its name (32 bytes), how many bytes (8), how many parts its list has (4). Numbers are little-endian.

use rusqlite::{OptionalExtension, params};

use super::counters;
use super::id::BlobId;
use crate::database::Database;
use crate::error::{Error, Place};
use crate::words::{Owner, Tag, Words};

/// A blob as its row tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) id: u32,
    pub(crate) name: BlobId,
    pub(crate) bytes: u64,
    pub(crate) parts: u32,
}

/// By whom a blob's row is sealed: by its key, which a blob that is not finished has not.
fn owner(key: Option<&[u8; 32]>) -> Owner {
    let key = key.and_then(|key| key.first_chunk()).copied();
    Owner {
        row: 0,
        key: key.unwrap_or_default(),
    }
}

impl Row {
    fn body(&self) -> Vec<u8> {
        let mut body = self.name.as_bytes().to_vec();
        body.extend(self.bytes.to_le_bytes());
        body.extend(self.parts.to_le_bytes());
        body
    }

    fn read(id: u32, body: &[u8]) -> Option<Row> {
        let mut words = Words(body);
        let row = Row {
            id,
            name: BlobId::from_bytes(words.number()?),
            bytes: u64::from_le_bytes(words.number()?),
            parts: u32::from_le_bytes(words.number()?),
        };
        words.0.is_empty().then_some(row)
    }

    /// The same of a blob that has no name: of one that is let go of before it was finished.
    pub(crate) fn nameless(&self) -> Row {
        Row {
            name: BlobId::from_bytes([0; 32]),
            ..*self
        }
    }

    /// Where in a blob something is, to be told.
    pub(crate) fn place(&self, offset: u64) -> Place {
        Place::Blob {
            blob: self.name,
            offset,
        }
    }
}

/// What is read of a blob.
pub(crate) const COLUMNS: &str = "id, key, checksum, body FROM blob";

/// The blob in a row of [`COLUMNS`], or its number where that is not what was written.
pub(crate) fn read_row(
    db: &Database,
    row: &rusqlite::Row<'_>,
) -> rusqlite::Result<Result<Row, u32>> {
    let id: u32 = row.get(0)?;
    let key: Option<[u8; 32]> = row.get(1).unwrap_or_default();
    let body = db.unpack((Tag::Blob, owner(key.as_ref()), id.into()), row, (2, 3));
    let read = body.and_then(|body| Row::read(id, &body));
    let is_found = |row: &Row| key.is_none_or(|key| db.blob_key(row.name.as_bytes()) == key);
    Ok(read.filter(is_found).ok_or(id))
}

/// Finds a finished blob.
pub(crate) fn find(db: &Database, blob: &BlobId) -> Result<Option<Row>, Error> {
    let query = format!("SELECT {COLUMNS} WHERE key = ?1");
    let key = db.blob_key(blob.as_bytes());
    let read = db
        .connection
        .query_row(&query, [key], |row| read_row(db, row));
    match db.named("looking for a blob", read.optional())? {
        None => Ok(None),
        Some(Ok(row)) => Ok(Some(row)),
        Some(Err(_)) => Err(db.damaged(
            Place::Blob {
                blob: *blob,
                offset: 0,
            },
            "its row is not what was written",
        )),
    }
}

/// As [`find`], where it has to be there.
pub(crate) fn find_existing(db: &Database, blob: &BlobId) -> Result<Row, Error> {
    find(db, blob)?.ok_or_else(|| Error::NoBlob {
        name: blob.to_string(),
    })
}

/// The first blob after a number that was not let go of, finished or not as is asked; its number alone where its row is not what was written.
pub(crate) fn next(
    db: &Database,
    is_finished: bool,
    after: u32,
) -> Result<Option<Result<Row, u32>>, Error> {
    // Those without a key are found by its index, however many have one.
    let which = if is_finished {
        "IS NOT NULL"
    } else {
        "IS NULL"
    };
    let query =
        format!("SELECT {COLUMNS} WHERE key {which} AND id > ?1 AND seen >= 0 ORDER BY id LIMIT 1");
    let read = db
        .connection
        .query_row(&query, [after], |row| read_row(db, row));
    let found = db.named("looking for a blob", read.optional())?;
    if let Some(found) = &found {
        let id = found.as_ref().map_or_else(|id| *id, |row| row.id);
        db.check_order(id.into(), after.into())?;
    }
    Ok(found)
}

/// How many finished blobs there are.
pub(crate) fn count(db: &Database) -> Result<u64, Error> {
    let query = "SELECT count(*) FROM blob WHERE key IS NOT NULL";
    let read = db.connection.query_row(query, [], |row| row.get(0));
    let count: i64 = db.named("counting blobs", read)?;
    Ok(count.max(0).cast_unsigned())
}

/// Begins a blob, which is unfinished until it is given its key.
pub(crate) fn begin(db: &Database, name: BlobId, bytes: u64) -> Result<Row, Error> {
    let id = counters::next_blob(db)?;
    counters::set(db, counters::BLOB, id)?;
    let row = Row {
        id,
        name,
        bytes,
        parts: 0,
    };
    unfinished(db, &row).map(|()| row)
}

/// Writes a blob's row, with its key or without, and in which collection it was last asked for.
fn write(db: &Database, row: &Row, key: Option<&[u8; 32]>, seen: i64) -> Result<(), Error> {
    let insert =
        "INSERT OR REPLACE INTO blob (id, key, seen, checksum, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    let body = row.body();
    let (sum, body) = db.pack(Tag::Blob, owner(key), row.id.into(), &body);
    let done = db
        .connection
        .execute(insert, params![row.id, key, seen, sum, body]);
    db.named("writing a blob", done).map(drop)
}

/// Writes the row of a blob that is not finished.
pub(crate) fn unfinished(db: &Database, row: &Row) -> Result<(), Error> {
    let begun = counters::read(db, counters::BEGUN)?;
    write(db, row, None, begun.into())
}

/// Gives a blob its key: from here on it counts. Where another row has it, that one is let go of: it may be damaged.
pub(crate) fn finish(db: &Database, row: &Row) -> Result<(), Error> {
    let key = db.blob_key(row.name.as_bytes());
    let doing = "writing a blob";
    let query = format!("SELECT {COLUMNS} WHERE key = ?1 AND id != ?2");
    let given = params![key, row.id];
    let read = db
        .connection
        .query_row(&query, given, |row| read_row(db, row));
    match db.named(doing, read.optional())? {
        None => {}
        Some(Ok(before)) => let_go(db, &before)?,
        // What cannot be read stays, without its key.
        Some(Err(id)) => {
            let forget = "UPDATE blob SET key = NULL WHERE id = ?1";
            db.named(doing, db.connection.execute(forget, [id]))?;
        }
    }
    let begun = counters::read(db, counters::BEGUN)?;
    write(db, row, Some(&key), begun.into())
}

/// Has a blob count no more; what it holds is taken away by a collection.
pub(crate) fn let_go(db: &Database, row: &Row) -> Result<(), Error> {
    write(db, row, None, -1)
}

/// Notes that somebody asked for a blob, so that the next collection leaves it; whether it is there.
pub(crate) fn keep(db: &Database, id: u32) -> Result<bool, Error> {
    let keep = "UPDATE blob SET seen = ?1 WHERE id = ?2 AND seen >= 0";
    let begun = counters::read(db, counters::BEGUN)?;
    let done = db.connection.execute(keep, [begun, id]);
    db.named("writing a blob", done).map(|kept| kept > 0)
}

/// Notes that a collection found a blob referred to.
pub(crate) fn note(db: &Database, blob: &BlobId, collection: u32) -> Result<(), Error> {
    let note = "UPDATE blob SET seen = ?1 WHERE key = ?2";
    let given = params![collection, db.blob_key(blob.as_bytes())];
    let done = db.connection.execute(note, given);
    db.named("noting what is referred to", done).map(drop)
}

/// Finished blobs that were not seen since a collection: so many at most, and none that is damaged.
pub(crate) fn unseen(db: &Database, since: u32, most: usize) -> Result<Vec<Row>, Error> {
    let read = || -> rusqlite::Result<Vec<Row>> {
        let query = format!("SELECT {COLUMNS} WHERE key IS NOT NULL AND seen < ?1");
        let mut statement = db.connection.prepare(&query)?;
        let rows = statement.query_map([since], |row| read_row(db, row))?;
        let whole = rows.filter_map(|row| row.map(Result::ok).transpose());
        whole.take(most).collect()
    };
    db.named("looking for what is needed no more", read())
}

/// How many blobs were not seen since a collection.
pub(crate) fn count_unseen(db: &Database, since: u32) -> Result<u64, Error> {
    let query = "SELECT count(*) FROM blob WHERE seen < ?1";
    let read = db.connection.query_row(query, [since], |row| row.get(0));
    let count: i64 = db.named("counting blobs", read)?;
    Ok(count.max(0).cast_unsigned())
}

/// The first blob after a number that was let go of, or not finished and not seen since a collection.
pub(crate) fn next_let_go(db: &Database, since: u32, after: u32) -> Result<Option<u32>, Error> {
    let query = "SELECT id FROM blob WHERE key IS NULL AND (seen < 0 OR seen < ?1) AND id > ?2 ORDER BY id LIMIT 1";
    let read = db
        .connection
        .query_row(query, [since, after], |row| row.get(0));
    db.named("cleaning up", read.optional())
}

/// Notes that a blob is being taken away: nobody goes on writing it.
pub(crate) fn end(db: &Database, blob: u32) -> Result<(), Error> {
    let note = "UPDATE blob SET seen = -1 WHERE id = ?1";
    db.named("cleaning up", db.connection.execute(note, [blob]))
        .map(drop)
}

/// Forgets a blob that has no parts any more.
pub(crate) fn forget(db: &Database, blob: u32) -> Result<(), Error> {
    let done = db
        .connection
        .execute("DELETE FROM blob WHERE id = ?1", [blob]);
    db.check_found(db.named("cleaning up", done)?)
}

/// That a blob's row is not what was written.
pub(crate) fn damaged_row(db: &Database, id: u32) -> Error {
    let what = format!("the row of blob {id} is not what was written");
    db.damaged(Place::File, what)
}
