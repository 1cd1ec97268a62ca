//! Quarantine: what is damaged is set aside, with why, so that the rest can be read. It is kept as it is.

use rusqlite::{OptionalExtension, params};

use crate::database::Database;
use crate::error::{Error, Place};
use crate::journal;
use crate::words::Owner;

/// Something that was set aside.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SetAside {
    /// Where it was: a snapshot, or the first of the records.
    pub place: Place,
    /// How many records of the journal: more than one where a stretch of them was missing.
    pub records: u32,
    /// What was wrong.
    pub what: String,
}

/// Sets aside what is damaged at a place; `None` where that cannot be done.
pub(crate) fn set_aside(
    db: &Database,
    owner: Owner,
    place: Place,
    what: String,
) -> Result<Option<SetAside>, Error> {
    let records = db.at_once(|| match &place {
        Place::File | Place::Blob { .. } => Ok(None),
        Place::Snapshot { .. } => snapshot_aside(db, owner, &what).map(Some),
        Place::Journal { seq, .. } => record_aside(db, owner, *seq, &what).map(Some),
    })?;
    Ok(records.map(|records| SetAside {
        place,
        records,
        what,
    }))
}

/// Whether something of a document lies in quarantine.
pub(crate) fn holds(db: &Database, owner: Owner) -> Result<bool, Error> {
    let query = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE document = ?1)";
    let read = db
        .connection
        .query_row(query, [owner.row], |row| row.get(0));
    db.named("reading the quarantine", read)
}

/// The document does without its snapshot, which stays where it is.
fn snapshot_aside(db: &Database, owner: Owner, what: &str) -> Result<u32, Error> {
    let note = "INSERT INTO quarantine (document, first, last, snapshot, what) \
                SELECT id, 0, 0, snapshot, ?2 FROM document WHERE id = ?1";
    let forget = "UPDATE document SET snapshot = 0 WHERE id = ?1";
    let write = || -> rusqlite::Result<()> {
        db.connection.execute(note, params![owner.row, what])?;
        db.connection.execute(forget, [owner.row])?;
        Ok(())
    };
    db.named("setting a snapshot aside", write())?;
    Ok(0)
}

/// Sets aside a record, or those missing from one on; gives how many.
fn record_aside(db: &Database, owner: Owner, seq: u32, what: &str) -> Result<u32, Error> {
    let doing = "setting a record aside";
    let (_, id) = journal::ids(owner, seq);
    let (_, end) = journal::ids(owner, u32::MAX);
    let query = "SELECT id FROM journal WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1";
    let read = db
        .connection
        .query_row(query, [id, end], |row| row.get::<_, i64>(0));
    let found = db.named(doing, read.optional())?;
    let last = journal::last(db, owner)?;
    if found == Some(id) && seq > last {
        // The record is whole; it is the document's row that is behind.
        let catch_up = "UPDATE document SET last = max(last, ?2) WHERE id = ?1";
        let done = db.connection.execute(catch_up, [owner.row, seq]);
        return db.named(doing, done).map(|_| 0);
    }
    let first = i64::from(seq);
    let until = match found {
        Some(found) if found == id => first,
        Some(found) => first + (found - id) - 1,
        None => i64::from(last),
    };
    let note = "INSERT INTO quarantine (document, first, last, snapshot, what, body) \
                VALUES (?1, ?2, ?3, 0, ?4, (SELECT body FROM journal WHERE id = ?5))";
    let write = || -> rusqlite::Result<()> {
        let row = params![owner.row, first, until, what, id];
        db.connection.execute(note, row)?;
        db.connection
            .execute("DELETE FROM journal WHERE id = ?1", [id])?;
        Ok(())
    };
    db.named(doing, write())?;
    Ok(u32::try_from(until - first + 1).unwrap_or(u32::MAX))
}
