//! Blobs that are kept by name, whether a document refers to them or not.
//!
//! The body: the name (2 bytes of length, and UTF-8), and the blob's (32).

use rusqlite::{OptionalExtension, Row, params};

use super::id::BlobId;
use crate::database::Database;
use crate::error::{Error, Place};
use crate::words::{Owner, Tag, Words, put_text};

fn owner(key: [u8; 16]) -> Owner {
    Owner { row: 0, key }
}

fn read(db: &Database, row: &Row<'_>) -> rusqlite::Result<Option<Named>> {
    let key: [u8; 16] = row.get(0).unwrap_or_default();
    let body = db.unpack((Tag::BlobName, owner(key), 0), row, (1, 2));
    Ok(body.and_then(|body| {
        let mut words = Words(&body);
        let name = words.word()?;
        let blob = BlobId::from_bytes(words.number()?);
        (words.0.is_empty() && db.blob_name_key(&name) == key).then_some((name, blob))
    }))
}

fn damaged(db: &Database) -> Error {
    db.damaged(Place::File, "the name of a blob is not what was written")
}

/// The blob of a name.
pub(crate) fn find(db: &Database, name: &str) -> Result<Option<BlobId>, Error> {
    let query = "SELECT key, checksum, body FROM blob_name WHERE key = ?1";
    let key = db.blob_name_key(name);
    let found = db.connection.query_row(query, [key], |row| read(db, row));
    match db.named("reading the names of blobs", found.optional())? {
        None => Ok(None),
        Some(found) => found.map(|(_, blob)| Some(blob)).ok_or_else(|| damaged(db)),
    }
}

/// A blob that is kept, and its name.
pub(crate) type Named = (String, BlobId);

/// All names. What is damaged is an error, beside the rest.
pub(crate) fn all(db: &Database) -> Result<Vec<Result<Named, Error>>, Error> {
    let all = || -> rusqlite::Result<Vec<_>> {
        let query = "SELECT key, checksum, body FROM blob_name";
        let mut statement = db.connection.prepare(query)?;
        let rows = statement.query_map([], |row| read(db, row))?;
        rows.map(|row| Ok(row?.ok_or_else(|| damaged(db))))
            .collect()
    };
    db.named("reading the names of blobs", all())
}

/// Gives a blob a name, which another may have had.
pub(super) fn keep(db: &Database, name: &str, blob: &BlobId) -> Result<(), Error> {
    let insert = "INSERT OR REPLACE INTO blob_name (key, checksum, body) VALUES (?1, ?2, ?3)";
    let mut body = Vec::new();
    put_text(&mut body, name);
    body.extend(blob.as_bytes());
    let key = db.blob_name_key(name);
    let (sum, body) = db.pack(Tag::BlobName, owner(key), 0, &body);
    let done = db.connection.execute(insert, params![key, sum, body]);
    db.named("naming a blob", done).map(drop)
}

/// Takes a name away; whether there was one.
pub(super) fn forget(db: &Database, name: &str) -> Result<bool, Error> {
    let delete = "DELETE FROM blob_name WHERE key = ?1";
    let done = db.connection.execute(delete, [db.blob_name_key(name)]);
    db.named("naming a blob", done).map(|gone| gone > 0)
}
