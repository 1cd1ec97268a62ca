//! The journal: per document, records in the order of their commits, numbered from 1. What is there is never changed.
//!
//! A record's row is the document's row and the record's number in one, so a document's records stand together and a commit
//! writes one page.

use std::borrow::Cow;

use rusqlite::params;

use crate::database::Database;
use crate::error::{Error, Place};
use crate::words::{Owner, Tag};

/// One row as it was read.
pub(crate) struct Row {
    pub(crate) seq: u32,
    /// `None` where it is not what was written.
    pub(crate) body: Option<Vec<u8>>,
}

fn row_id(owner: Owner, seq: u32) -> i64 {
    (i64::from(owner.row) << 32) | i64::from(seq)
}

/// The rows of a document's records up to one.
pub(crate) fn ids(owner: Owner, through: u32) -> (i64, i64) {
    (row_id(owner, 1), row_id(owner, through))
}

/// Appends a record, and notes in the document's row that it is the last: so that it is missed, should it be lost.
pub(crate) fn append(db: &Database, owner: Owner, seq: u32, body: &[u8]) -> Result<(), Error> {
    let insert = "INSERT INTO journal (id, checksum, body) VALUES (?1, ?2, ?3)";
    let note = "UPDATE document SET last = ?2 WHERE id = ?1";
    let (sum, body) = db.pack(Tag::Record, owner, seq.into(), body);
    let append = || -> rusqlite::Result<()> {
        let row = params![row_id(owner, seq), sum, body];
        db.connection.execute(insert, row)?;
        db.connection.execute(note, [owner.row, seq])?;
        Ok(())
    };
    db.named("committing", append())
}

/// The number of the last record that was ever appended; 0 if there was none.
pub(crate) fn last(db: &Database, owner: Owner) -> Result<u32, Error> {
    let query = "SELECT last FROM document WHERE id = ?1";
    let read = db
        .connection
        .query_row(query, [owner.row], |row| row.get(0));
    db.named("reading the journal", read)
}

/// The number of a record, from its row.
fn seq_of(id: i64) -> u32 {
    u32::try_from(id & i64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// How many bytes the records after one have. Reads none of them.
pub(crate) fn bytes_after(db: &Database, owner: Owner, seq: u32) -> Result<u64, Error> {
    let query = "SELECT coalesce(sum(length(body)), 0) FROM journal WHERE id > ?1 AND id <= ?2";
    let ends = params![row_id(owner, seq), row_id(owner, u32::MAX)];
    let read = db.connection.query_row(query, ends, |row| row.get(0));
    let bytes: i64 = db.named("reading the journal", read)?;
    Ok(bytes.max(0).cast_unsigned())
}

/// The records after one, in order, each with whether it is whole.
pub(crate) fn rows_after(
    db: &Database,
    owner: Owner,
    seq: u32,
    mut each: impl FnMut(Row) -> Result<(), Error>,
) -> Result<(), Error> {
    let doing = "reading the journal";
    let query = "SELECT id, checksum, body FROM journal WHERE id > ?1 AND id <= ?2 ORDER BY id";
    let ends = params![row_id(owner, seq), row_id(owner, u32::MAX)];
    let mut statement = db.named(doing, db.connection.prepare(query))?;
    let mut rows = db.named(doing, statement.query(ends))?;
    while let Some(row) = db.named(doing, rows.next())? {
        let id = db.named(doing, row.get(0))?;
        let seq = seq_of(id);
        let place = (Tag::Record, owner, u64::from(seq));
        let body = db.unpack(place, row, (1, 2)).map(Cow::into_owned);
        each(Row { seq, body })?;
    }
    Ok(())
}

/// Where a record is, to be told.
pub(crate) fn place(document: &str, seq: u32) -> Place {
    Place::Journal {
        document: document.to_owned(),
        seq,
    }
}
