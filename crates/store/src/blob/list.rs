//! The list of a blob's chunks, in parts of a few, each a row.
//!
//! A part's body: the byte of the blob where it starts (8 bytes), and of each chunk its hash (32) and how many bytes (4). Numbers are
//! little-endian.

use rusqlite::{OptionalExtension, params};

use super::rows::Row;
use crate::database::Database;
use crate::error::Error;
use crate::words::{Owner, Tag, Words};

/// The most bytes that a chunk has.
pub(crate) const MOST_BYTES: u32 = 256 << 10;

/// A chunk of a blob.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Chunk {
    /// The blake3 hash of its bytes.
    pub hash: [u8; 32],
    /// How many they are.
    pub bytes: u32,
}

/// A part of the list of a blob's chunks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct List {
    /// The byte of the blob where its first chunk starts.
    pub(crate) start: u64,
    pub(crate) chunks: Vec<Chunk>,
}

/// Chunks of a part, at most.
pub(crate) const CHUNKS: usize = 16;

impl List {
    /// The byte after its last.
    pub(crate) fn end(&self) -> u64 {
        let bytes = self.chunks.iter().map(|chunk| u64::from(chunk.bytes));
        self.start.saturating_add(bytes.sum())
    }

    fn body(&self) -> Vec<u8> {
        let mut body = self.start.to_le_bytes().to_vec();
        for chunk in &self.chunks {
            body.extend(chunk.hash);
            body.extend(chunk.bytes.to_le_bytes());
        }
        body
    }

    /// What was written; `None` where nobody would have, whatever the checksum says.
    fn read(body: &[u8]) -> Option<List> {
        let mut words = Words(body);
        let start = u64::from_le_bytes(words.number()?);
        let (mut end, mut chunks) = (start, Vec::new());
        while !words.0.is_empty() {
            let chunk = Chunk {
                hash: words.number()?,
                bytes: u32::from_le_bytes(words.number()?),
            };
            if !(1..=MOST_BYTES).contains(&chunk.bytes) || chunks.len() == CHUNKS {
                return None;
            }
            end = u64::checked_add(end, chunk.bytes.into())?;
            chunks.push(chunk);
        }
        Some(List { start, chunks })
    }
}

/// The number of a part's row.
pub(crate) fn part_id(blob: u32, part: u32) -> i64 {
    (i64::from(blob) << 32) | i64::from(part)
}

/// Writes a part.
pub(crate) fn write_part(db: &Database, blob: u32, part: u32, list: &List) -> Result<(), Error> {
    let insert = "INSERT INTO blob_part (id, start, checksum, body) VALUES (?1, ?2, ?3, ?4)";
    let (id, body) = (part_id(blob, part), list.body());
    let (sum, body) = db.pack(Tag::Part, Owner::NOBODY, id.cast_unsigned(), &body);
    let start = list.start.cast_signed();
    let done = db.connection.execute(insert, params![id, start, sum, body]);
    db.named("writing a blob", done).map(drop)
}

/// Reads a part; `None` where it is not what was written.
pub(crate) fn part(db: &Database, blob: u32, part: u32) -> Result<Option<List>, Error> {
    let query = "SELECT checksum, body FROM blob_part WHERE id = ?1";
    let id = part_id(blob, part);
    let place = (Tag::Part, Owner::NOBODY, id.cast_unsigned());
    let read = db.connection.query_row(query, [id], |row| {
        let body = db.unpack(place, row, (0, 1));
        Ok(body.and_then(|body| List::read(&body)))
    });
    let read = db.named("reading a blob", read.optional())?;
    Ok(read.flatten())
}

/// Parts after one, of whatever blob, so many at most: their numbers, and what they say, where that is what was written.
pub(crate) fn parts_after(
    db: &Database,
    after: i64,
    most: u32,
) -> Result<Vec<(i64, Option<List>)>, Error> {
    let query = "SELECT id, checksum, body FROM blob_part WHERE id > ?1 ORDER BY id LIMIT ?2";
    let read = || -> rusqlite::Result<Vec<(i64, Option<List>)>> {
        let mut statement = db.connection.prepare(query)?;
        let rows = statement.query_map(params![after, most], |row| {
            let id: i64 = row.get(0)?;
            let place = (Tag::Part, Owner::NOBODY, id.cast_unsigned());
            let body = db.unpack(place, row, (1, 2));
            Ok((id, body.and_then(|body| List::read(&body))))
        })?;
        rows.collect()
    };
    let parts = db.named("reading a blob", read())?;
    if let Some((last, _)) = parts.last() {
        db.check_order(*last, after)?;
    }
    Ok(parts)
}

/// The part that holds a byte: the last that starts no later.
pub(crate) fn part_at(db: &Database, row: &Row, offset: u64) -> Result<u32, Error> {
    let query = "SELECT start FROM blob_part WHERE id = ?1";
    let mut statement = db.named("reading a blob", db.connection.prepare(query))?;
    let (mut first, mut last) = (0, row.parts.saturating_sub(1));
    while first < last {
        let middle = last - (last - first) / 2;
        let read = statement.query_row([part_id(row.id, middle)], |row| row.get::<_, i64>(0));
        let start = db.named("reading a blob", read.optional())?;
        // One that is missing is found when it is read.
        match start.is_none_or(|start| start.max(0).cast_unsigned() <= offset) {
            true => first = middle,
            false => last = middle - 1,
        }
    }
    Ok(first)
}

/// The last part that is there of a blob's list.
pub(crate) fn last_part(db: &Database, blob: u32) -> Result<Option<u32>, Error> {
    let query = "SELECT max(id) FROM blob_part WHERE id BETWEEN ?1 AND ?2";
    let ends = [part_id(blob, 0), part_id(blob, u32::MAX)];
    let read = db.connection.query_row(query, ends, |row| row.get(0));
    let last: Option<i64> = db.named("cleaning up", read)?;
    Ok(last.and_then(|id| u32::try_from(id & i64::from(u32::MAX)).ok()))
}
