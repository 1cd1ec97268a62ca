//! Chunks: each lies in the store once, and counts how often it stands in lists. One that is listed may have no bytes yet.

use rusqlite::{OptionalExtension, params};

use super::list::{self, Chunk, List};
use super::set_aside::bytes_aside;
use crate::database::Database;
use crate::error::Error;
use crate::words::{Owner, Tag};

/// What lies in the store of a chunk.
pub(super) enum Found {
    Whole(Vec<u8>),
    /// It is listed, and its bytes are not there.
    Missing,
    /// Its bytes are not those that were written: the number of its row.
    Damaged(u32),
    /// It stands on a page that cannot be read.
    Unreadable,
}

impl Found {
    /// Its bytes, or what is wrong with them.
    pub(super) fn whole(self) -> Result<Vec<u8>, &'static str> {
        match self {
            Found::Whole(bytes) => Ok(bytes),
            Found::Missing => Err("its bytes are missing"),
            Found::Damaged(_) => Err("they are not what was written"),
            Found::Unreadable => Err("their page cannot be read"),
        }
    }
}

impl Chunk {
    /// As another store tells of it.
    pub fn new(hash: [u8; 32], bytes: u32) -> Chunk {
        Chunk { hash, bytes }
    }

    /// The chunk of these bytes.
    pub fn of(bytes: &[u8]) -> Chunk {
        Chunk {
            hash: blake3::hash(bytes).into(),
            bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        }
    }
}

fn owner(key: [u8; 32]) -> Owner {
    Owner {
        row: 0,
        key: key.first_chunk().copied().unwrap_or_default(),
    }
}

/// Notes that a chunk stands in one list more; gives its row.
pub(super) fn claim(db: &Database, chunk: &Chunk) -> Result<u32, Error> {
    let insert = "INSERT INTO blob_chunk (key, uses) VALUES (?1, 1) \
                  ON CONFLICT (key) DO UPDATE SET uses = uses + 1 RETURNING id";
    let key = db.chunk_key(&chunk.hash);
    let claimed = db.connection.query_row(insert, [key], |row| row.get(0));
    db.named("writing a blob", claimed)
}

/// What is there of a chunk.
pub(super) fn find(db: &Database, chunk: &Chunk) -> Result<Found, Error> {
    let query =
        "SELECT blob_chunk.id, body FROM blob_chunk LEFT JOIN blob_bytes USING (id) WHERE key = ?1";
    let key = db.chunk_key(&chunk.hash);
    let read = db.connection.query_row(query, [key], |row| {
        let id = row.get(0)?;
        let Some(body) = row.get_ref(1)?.as_blob_or_null()? else {
            return Ok(Found::Missing);
        };
        let plain = db.seal.open(Tag::Bytes, owner(key), 0, body);
        let plain = plain.filter(|plain| Chunk::of(plain) == *chunk);
        Ok(match plain {
            Some(plain) => Found::Whole(plain.into_owned()),
            None => Found::Damaged(id),
        })
    });
    match db.named("reading a blob", read.optional()) {
        Err(Error::Damaged { .. }) => Ok(Found::Unreadable),
        found => Ok(found?.unwrap_or(Found::Missing)),
    }
}

/// Whether a chunk is listed whose bytes are not there.
pub(super) fn is_missing(db: &Database, chunk: &Chunk) -> Result<bool, Error> {
    let query =
        "SELECT NOT EXISTS (SELECT 1 FROM blob_chunk JOIN blob_bytes USING (id) WHERE key = ?1)";
    let key = db.chunk_key(&chunk.hash);
    let read = db.connection.query_row(query, [key], |row| row.get(0));
    db.named("looking for a chunk", read)
}

/// The row of a chunk that is listed.
pub(super) fn row_of(db: &Database, chunk: &Chunk) -> Result<Option<u32>, Error> {
    let query = "SELECT id FROM blob_chunk WHERE key = ?1";
    let key = db.chunk_key(&chunk.hash);
    let read = db.connection.query_row(query, [key], |row| row.get(0));
    db.named("looking for a chunk", read.optional())
}

/// Has the bytes of a listed chunk lie in the store, whole: what lies there is read, and where it is damaged set aside.
pub(super) fn put(db: &Database, id: u32, chunk: &Chunk, bytes: &[u8]) -> Result<(), Error> {
    match find(db, chunk)? {
        Found::Whole(_) => return Ok(()),
        Found::Missing | Found::Unreadable => {}
        Found::Damaged(id) => bytes_aside(db, id)?,
    }
    let insert = "INSERT OR REPLACE INTO blob_bytes (id, body) VALUES (?1, ?2)";
    let key = db.chunk_key(&chunk.hash);
    let body = db.seal.close(Tag::Bytes, owner(key), 0, bytes);
    let done = db.connection.execute(insert, params![id, body]);
    db.named("writing a blob", done).map(drop)
}

/// Takes a part away, and says of its chunks that they stand in one list less; whether it could be read. One that cannot stays,
/// and so do its chunks.
pub(crate) fn release_part(db: &Database, blob: u32, part: u32) -> Result<bool, Error> {
    let Some(List { chunks, .. }) = list::part(db, blob, part)? else {
        return Ok(false);
    };
    let release = "UPDATE blob_chunk SET uses = uses - 1 WHERE key = ?1 AND uses > 0";
    let delete = "DELETE FROM blob_part WHERE id = ?1";
    let write = || -> rusqlite::Result<usize> {
        let mut statement = db.connection.prepare(release)?;
        for chunk in &chunks {
            statement.execute([db.chunk_key(&chunk.hash)])?;
        }
        db.connection.execute(delete, [list::part_id(blob, part)])
    };
    db.check_found(db.named("cleaning up", write())?)?;
    Ok(true)
}
