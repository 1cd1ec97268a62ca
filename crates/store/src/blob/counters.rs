//! Counters that the store keeps: their numbers stand for all time. They have no checksum, so what follows from one that is not what
//! was written harms no blob.

use rusqlite::OptionalExtension;

use crate::database::Database;
use crate::error::{Error, Place};

/// The last number that a blob was given.
pub(crate) const BLOB: u8 = 1;
/// The last collection that was begun.
pub(crate) const BEGUN: u8 = 2;
/// The last collection that found out what documents refer to.
pub(crate) const FOUND: u8 = 3;

/// A counter; 0 if it was never set.
pub(crate) fn read(db: &Database, counter: u8) -> Result<u32, Error> {
    let query = "SELECT value FROM blob_count WHERE id = ?1";
    let read = db.connection.query_row(query, [counter], |row| row.get(0));
    let found = db.named("reading a counter", read.optional())?;
    Ok(found.unwrap_or_default())
}

/// Sets a counter.
pub(crate) fn set(db: &Database, counter: u8, value: u32) -> Result<(), Error> {
    let insert = "INSERT OR REPLACE INTO blob_count (id, value) VALUES (?1, ?2)";
    let done = db.connection.execute(insert, [counter.into(), value]);
    db.named("setting a counter", done).map(drop)
}

/// A number that no blob has or had; of a counter that is behind, at least one that none has.
pub(super) fn next_blob(db: &Database) -> Result<u32, Error> {
    let query = "SELECT max(coalesce((SELECT max(id) FROM blob), 0), coalesce((SELECT max(id) FROM blob_part) >> 32, 0))";
    let read = db.connection.query_row(query, [], |row| row.get(0));
    let standing: i64 = db.named("writing a blob", read)?;
    // What damage put there that is no number counts for nothing.
    let standing = u32::try_from(standing).unwrap_or(0);
    let last = self::read(db, BLOB)?.max(standing);
    last.checked_add(1).ok_or_else(|| {
        let what = "the last number of a blob is not what was written";
        db.damaged(Place::File, what)
    })
}
