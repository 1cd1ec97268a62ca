//! The journal: per document, records in the order of their commits, numbered from 1. What is there is never changed.
//!
//! A record's row is the document's row and the record's number in one, so a document's records stand together and a commit
//! writes one page.

use rusqlite::{OptionalExtension, params};

use crate::database::Database;
use crate::error::{Error, Place};
use crate::words::{Owner, Tag};

/// One row as it was read.
pub(crate) struct Row {
    pub(crate) seq: u32,
    pub(crate) body: Body,
}

/// What was read of a record.
pub(crate) enum Body {
    Whole(Vec<u8>),
    /// It is not what was written.
    Damaged,
    /// It stands on a page that cannot be read.
    Unreadable,
}

impl Body {
    /// What is wrong with a record that is of no use.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Body::Unreadable => "its page cannot be read",
            _ => "it is not what was written",
        }
    }

    fn read(db: &Database, owner: Owner, seq: u32, row: &rusqlite::Row<'_>) -> Body {
        let place = (Tag::Record, owner, u64::from(seq));
        match db.unpack(place, row, (1, 2)) {
            Some(body) => Body::Whole(body.into_owned()),
            None => Body::Damaged,
        }
    }
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

/// As [`last`], of a document that may be none of this store's: another has one in the same row.
pub(crate) fn last_here(db: &Database, owner: Owner, name: &str) -> Result<u32, Error> {
    let query = "SELECT last FROM document WHERE id = ?1 AND key = ?2";
    let given = params![owner.row, owner.key];
    let read = db.connection.query_row(query, given, |row| row.get(0));
    let found = db.named("reading the journal", read.optional())?;
    found.ok_or_else(|| Error::NoDocument {
        name: name.to_owned(),
    })
}

/// The number of a record, from its row.
pub(crate) fn seq_of(id: i64) -> u32 {
    u32::try_from(id & i64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// How many bytes the records after one have. Reads none of them; what says that it is longer than the file is damaged, and does not
/// count.
pub(crate) fn bytes_after(db: &Database, owner: Owner, seq: u32) -> Result<u64, Error> {
    let query = "SELECT coalesce(sum(length(body)), 0) FROM journal \
                 WHERE id > ?1 AND id <= ?2 AND length(body) < ?3";
    let (first, last) = (row_id(owner, seq), row_id(owner, u32::MAX));
    let ends = params![first, last, db.file_bytes()?];
    let read = db.connection.query_row(query, ends, |row| row.get(0));
    let bytes: i64 = db.named("reading the journal", read)?;
    Ok(bytes.max(0).cast_unsigned())
}

/// Why reading stopped.
enum Stop {
    Sqlite(rusqlite::Error),
    Caller(Error),
    /// A record came that is not after the one before: in a damaged page SQLite finds such.
    Order,
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Stop {
        Stop::Sqlite(error)
    }
}

/// The records after one, in order, each with whether it is whole. Where a page cannot be read, what other pages hold is read all
/// the same.
pub(crate) fn rows_after(
    db: &Database,
    owner: Owner,
    seq: u32,
    mut each: impl FnMut(Row) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut at = seq;
    match scan(db, owner, &mut at, &mut each) {
        Ok(()) => return Ok(()),
        Err(Stop::Caller(error)) => return Err(error),
        Err(Stop::Order) => {}
        Err(Stop::Sqlite(error)) => match db.named("reading the journal", Err(error)) {
            Err(Error::Damaged { .. }) => {}
            named => return named,
        },
    }
    for seq in at..last(db, owner)?.min(at.saturating_add(most_records(db)?)) {
        let seq = seq.saturating_add(1);
        if let Some(body) = one(db, owner, seq)? {
            each(Row { seq, body })?;
        }
    }
    Ok(())
}

/// Goes through the records after one, and notes the last that was read.
fn scan(
    db: &Database,
    owner: Owner,
    at: &mut u32,
    each: &mut impl FnMut(Row) -> Result<(), Error>,
) -> Result<(), Stop> {
    let query = "SELECT id, checksum, body FROM journal WHERE id > ?1 AND id <= ?2 ORDER BY id";
    let mut statement = db.connection.prepare(query)?;
    let mut rows = statement.query([row_id(owner, *at), row_id(owner, u32::MAX)])?;
    while let Some(row) = rows.next()? {
        let seq = seq_of(row.get(0)?);
        if seq <= *at {
            return Err(Stop::Order);
        }
        let body = Body::read(db, owner, seq, row);
        each(Row { seq, body }).map_err(Stop::Caller)?;
        *at = seq;
    }
    Ok(())
}

/// More records than the file can hold: what is damaged may say that there are billions.
fn most_records(db: &Database) -> Result<u32, Error> {
    // Each takes more than 16 bytes of a page.
    let most = db.file_bytes()? / 16;
    Ok(u32::try_from(most).unwrap_or(u32::MAX))
}

/// A record, if it is there.
pub(crate) fn one(db: &Database, owner: Owner, seq: u32) -> Result<Option<Body>, Error> {
    let query = "SELECT id, checksum, body FROM journal WHERE id = ?1";
    let read = db.connection.query_row(query, [row_id(owner, seq)], |row| {
        Ok(Body::read(db, owner, seq, row))
    });
    match db.named("reading the journal", read.optional()) {
        Err(Error::Damaged { .. }) => Ok(Some(Body::Unreadable)),
        read => read,
    }
}

/// A record as it stands there, sealed or not: its checksum and its bytes, if they are what was written.
pub(crate) fn standing(
    db: &Database,
    owner: Owner,
    seq: u32,
) -> Result<Option<(i64, Vec<u8>)>, Error> {
    let query = "SELECT checksum, body FROM journal WHERE id = ?1";
    let place = (Tag::Record, owner, u64::from(seq));
    let read = db.connection.query_row(query, [row_id(owner, seq)], |row| {
        match db.unpack(place, row, (0, 1)).is_some() {
            true => Ok(Some((row.get(0)?, row.get(1)?))),
            false => Ok(None),
        }
    });
    let read = db.named("reading the journal", read.optional())?;
    Ok(read.flatten())
}

/// Where a record is, to be told.
pub(crate) fn place(document: &str, seq: u32) -> Place {
    Place::Journal {
        document: document.to_owned(),
        seq,
    }
}
