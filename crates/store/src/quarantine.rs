//! Quarantine: what is damaged is set aside, with why, so that the rest can be read. It is kept as it is.

use rusqlite::{OptionalExtension, params};

use crate::database::Database;
use crate::error::{Error, Place};
use crate::journal::{self, Body};
use crate::snapshot;
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
    let records = match &place {
        Place::File | Place::Blob { .. } => None,
        Place::Snapshot { .. } => {
            let records = db.at_once(|| snapshot_aside(db, owner, &what))?;
            snapshot_back(db, owner, 1)?;
            Some(records)
        }
        Place::Journal { seq, .. } => Some(record_aside(db, owner, *seq, &what)?),
    };
    Ok(records.map(|records| SetAside {
        place,
        records,
        what,
    }))
}

/// Whether records of a document lie in quarantine that are not known to be back. (Where a snapshot does, what it held is there,
/// or is missed among the records.)
pub(crate) fn holds(db: &Database, owner: Owner) -> Result<bool, Error> {
    let query = "SELECT EXISTS (SELECT 1 FROM quarantine LEFT JOIN lost USING (id) \
                 WHERE document = ?1 AND first > 0 AND coalesce(is_back, 0) = 0)";
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

/// Has the document's row name a snapshot that stands there whole and holds a record, where there is one: a row that names none, or
/// another, may be all the damage. Whether it does now.
fn snapshot_back(db: &Database, owner: Owner, seq: u32) -> Result<bool, Error> {
    let Some(found) = snapshot::whole(db, owner, seq)? else {
        return Ok(false);
    };
    db.at_once(|| snapshot::name(db, owner, found.id))?;
    Ok(true)
}

/// Sets aside a record, or those missing from one on; gives how many.
fn record_aside(db: &Database, owner: Owner, seq: u32, what: &str) -> Result<u32, Error> {
    let doing = "setting a record aside";
    // Read first: a transaction that came upon a page that cannot be read writes nothing any more.
    let found = journal::one(db, owner, seq)?;
    if seq > journal::last(db, owner)? {
        // The document's row is behind.
        let catch_up = "UPDATE document SET last = max(last, ?2) WHERE id = ?1";
        db.at_once(|| {
            let done = db.connection.execute(catch_up, [owner.row, seq]);
            db.named(doing, done).map(drop)
        })?;
        if matches!(found, Some(Body::Whole(_))) {
            return Ok(0);
        }
    }
    if found.is_none() && snapshot_back(db, owner, seq)? {
        return Ok(0);
    }
    let until = match found {
        Some(_) => seq,
        None => last_missing(db, owner, seq)?,
    };
    let (_, id) = journal::ids(owner, seq);
    let note =
        "INSERT INTO quarantine (document, first, last, snapshot, what) VALUES (?1, ?2, ?3, 0, ?4)";
    let keep =
        "UPDATE quarantine SET body = (SELECT body FROM journal WHERE id = ?1) WHERE id = ?2";
    let sum = "INSERT INTO lost (id, checksum, is_back) SELECT ?2, checksum, 0 FROM journal \
               WHERE id = ?1 AND typeof(checksum) = 'integer'";
    let write = || -> rusqlite::Result<()> {
        let row = params![owner.row, seq, until, what];
        db.connection.execute(note, row)?;
        let aside = db.connection.last_insert_rowid();
        // What stands on a page that cannot be read is left there.
        if !matches!(found, Some(Body::Unreadable)) {
            db.connection.execute(keep, [id, aside])?;
            db.connection.execute(sum, [id, aside])?;
            db.connection
                .execute("DELETE FROM journal WHERE id = ?1", [id])?;
        }
        Ok(())
    };
    db.at_once(|| db.named(doing, write()))?;
    Ok(until - seq + 1)
}

/// The last of the records that are missing from one on.
fn last_missing(db: &Database, owner: Owner, seq: u32) -> Result<u32, Error> {
    let (_, id) = journal::ids(owner, seq);
    let (_, end) = journal::ids(owner, u32::MAX);
    let query = "SELECT id FROM journal WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1";
    let read = db
        .connection
        .query_row(query, [id, end], |row| row.get::<_, i64>(0));
    match db.named("setting a record aside", read.optional()) {
        Ok(None) => journal::last(db, owner).map(|last| last.max(seq)),
        Ok(Some(found)) => Ok(journal::seq_of(found).saturating_sub(1).max(seq)),
        // The next may stand on a page that cannot be read.
        Err(Error::Damaged { .. }) => Ok(seq),
        Err(error) => Err(error),
    }
}

/// The last record of a stretch in quarantine that holds this one.
pub(crate) fn end_of(db: &Database, owner: Owner, seq: u32) -> Result<Option<u32>, Error> {
    let query =
        "SELECT max(last) FROM quarantine WHERE document = ?1 AND first <= ?2 AND last >= ?2";
    let read = db
        .connection
        .query_row(query, [owner.row, seq], |row| row.get(0));
    db.named("reading the quarantine", read)
}

/// Records that lie in quarantine.
struct Aside {
    id: i64,
    first: u32,
    last: u32,
    body: Option<Vec<u8>>,
    /// What stood there as the checksum.
    sum: Option<i64>,
}

/// Notes which records in quarantine another store has as they were written here, of which everything has been taken in.
///
/// A checksum is of the record's bytes and its place: where it is the same, or all the bytes are, so are the operations, whichever
/// store it is. What a snapshot held is back where all chunks have the same checksums.
pub(crate) fn note_returned(
    db: &Database,
    owner: Owner,
    (other, there): (&Database, Owner),
) -> Result<(), Error> {
    let mut back = Vec::new();
    for aside in not_back(db, owner)? {
        let is_back = is_record_there(&aside, other, there)?
            || is_snapshot_there(db, owner, &aside, (other, there))?;
        back.extend(is_back.then_some((aside.id, aside.sum)));
    }
    if back.is_empty() {
        return Ok(());
    }
    db.at_once(|| {
        back.iter().try_for_each(|(id, sum)| {
            let note = "INSERT OR REPLACE INTO lost (id, checksum, is_back) VALUES (?1, ?2, 1)";
            let noted = db.connection.execute(note, params![id, sum]);
            db.named("noting what is back", noted).map(drop)
        })
    })
}

fn not_back(db: &Database, owner: Owner) -> Result<Vec<Aside>, Error> {
    let query = "SELECT quarantine.id, first, last, body, checksum FROM quarantine LEFT JOIN lost USING (id) \
                 WHERE document = ?1 AND first > 0 AND coalesce(is_back, 0) = 0 ORDER BY id";
    let read = || -> rusqlite::Result<Vec<Aside>> {
        let mut statement = db.connection.prepare(query)?;
        let rows = statement.query_map([owner.row], |row| {
            Ok(Aside {
                id: row.get(0)?,
                first: row.get(1)?,
                last: row.get(2)?,
                // What is of another type there is damage, and compares with nothing.
                body: row.get(3).unwrap_or_default(),
                sum: row.get(4).unwrap_or_default(),
            })
        })?;
        rows.collect()
    };
    db.named("reading the quarantine", read())
}

fn is_record_there(aside: &Aside, other: &Database, there: Owner) -> Result<bool, Error> {
    if aside.first != aside.last {
        return Ok(false);
    }
    let Some((sum, body)) = journal::standing(other, there, aside.first)? else {
        return Ok(false);
    };
    Ok(aside.sum == Some(sum) || aside.body.as_ref() == Some(&body))
}

fn is_snapshot_there(
    db: &Database,
    owner: Owner,
    aside: &Aside,
    (other, there): (&Database, Owner),
) -> Result<bool, Error> {
    let Some(found) = snapshot::find(other, there, "")? else {
        return Ok(false);
    };
    let query = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE document = ?1 AND first = 0 AND snapshot = ?2)";
    let read = db
        .connection
        .query_row(query, [owner.row, found.id], |row| row.get(0));
    let is_aside = db.named("reading the quarantine", read)?;
    Ok(is_aside
        && found.through >= aside.last
        && snapshot::sums(db, found.id)? == snapshot::sums(other, found.id)?)
}
