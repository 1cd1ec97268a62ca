//! Quarantine: what is damaged is set aside, with why, so that the rest can be read. It is kept as it is.

use rusqlite::params;

use crate::database::Database;
use crate::error::{Error, Place};
use crate::journal::{self, Body};
use crate::load::Wrong;
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

/// The document does without its snapshot, which stays where it is; or with another that is whole.
pub(crate) fn snapshot_aside(db: &Database, owner: Owner, what: &str) -> Result<(), Error> {
    let note = "INSERT INTO quarantine (document, first, last, snapshot, what) \
                SELECT id, 0, 0, snapshot, ?2 FROM document WHERE id = ?1";
    let forget = "UPDATE document SET snapshot = 0 WHERE id = ?1";
    let write = || -> rusqlite::Result<()> {
        db.connection.execute(note, params![owner.row, what])?;
        db.connection.execute(forget, [owner.row])?;
        Ok(())
    };
    db.at_once(|| db.named("setting a snapshot aside", write()))?;
    snapshot_back(db, owner, 1).map(drop)
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

/// Sets aside records that are damaged, or missing. Where the document has a snapshot that holds what is missing, that comes back
/// instead, and what is wrong after it is to be looked for anew.
pub(crate) fn records_aside(
    db: &Database,
    owner: Owner,
    name: &str,
    wrong: &[Wrong],
) -> Result<Vec<SetAside>, Error> {
    for missing in wrong {
        let seq = missing.first;
        if journal::one(db, owner, seq)?.is_some() {
            continue;
        }
        catch_up(db, owner, seq)?;
        // Where none holds the first that is missing, none holds a later one: each holds all up to its last.
        if snapshot_back(db, owner, seq)? {
            return Ok(vec![told(name, missing, 0)]);
        }
        break;
    }
    let mut aside = Vec::with_capacity(wrong.len());
    for (at, wrong_here) in wrong.iter().enumerate() {
        let seq = wrong_here.first;
        // Read first: a transaction that came upon a page that cannot be read writes nothing any more.
        let found = journal::one(db, owner, seq)?;
        let is_late = catch_up(db, owner, seq)?;
        let records = match is_late && matches!(found, Some(Body::Whole(_))) {
            true => 0,
            false => {
                let is_last = at + 1 == wrong.len();
                record_aside(db, owner, wrong_here, found, is_last)?
            }
        };
        aside.push(told(name, wrong_here, records));
    }
    Ok(aside)
}

fn told(name: &str, wrong: &Wrong, records: u32) -> SetAside {
    SetAside {
        place: journal::place(name, wrong.first),
        records,
        what: wrong.what.to_owned(),
    }
}

/// Has the document's row come up to a record where it is behind; whether it was.
fn catch_up(db: &Database, owner: Owner, seq: u32) -> Result<bool, Error> {
    if seq <= journal::last(db, owner)? {
        return Ok(false);
    }
    let catch_up = "UPDATE document SET last = max(last, ?2) WHERE id = ?1";
    db.at_once(|| {
        let done = db.connection.execute(catch_up, [owner.row, seq]);
        db.named("setting a record aside", done).map(|_| true)
    })
}

/// Sets aside a record, or those missing from one on; gives how many.
fn record_aside(
    db: &Database,
    owner: Owner,
    wrong: &Wrong,
    found: Option<Body>,
    is_last: bool,
) -> Result<u32, Error> {
    let doing = "setting a record aside";
    let (seq, until) = (wrong.first, wrong.last);
    let (_, id) = journal::ids(owner, seq);
    let note =
        "INSERT INTO quarantine (document, first, last, snapshot, what) VALUES (?1, ?2, ?3, 0, ?4)";
    let keep =
        "UPDATE quarantine SET body = (SELECT body FROM journal WHERE id = ?1) WHERE id = ?2";
    let sum = "INSERT INTO lost (id, checksum, is_back) SELECT ?2, checksum, 0 FROM journal \
               WHERE id = ?1 AND typeof(checksum) = 'integer'";
    let write = || -> rusqlite::Result<()> {
        let row = params![owner.row, seq, until, wrong.what];
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
    // The sync of the last is enough for all.
    match is_last {
        true => db.at_once(|| db.named(doing, write()))?,
        false => db.without_hurry(|| db.named(doing, write()))?,
    }
    Ok(until - seq + 1)
}

/// Which of a document's records lie in quarantine: read once, when the first is asked for.
pub(crate) struct Stretches<'a> {
    db: &'a Database,
    owner: Owner,
    /// The first of each and, of it and those before it, the last.
    found: Option<Vec<(u32, u32)>>,
}

impl<'a> Stretches<'a> {
    pub(crate) fn new(db: &'a Database, owner: Owner) -> Stretches<'a> {
        Stretches {
            db,
            owner,
            found: None,
        }
    }

    /// The last record of the stretches that hold this one. O(log n).
    pub(crate) fn end_of(&mut self, seq: u32) -> Result<Option<u32>, Error> {
        let found = self.all()?;
        let before = found.partition_point(|(first, _)| *first <= seq);
        let last = before.checked_sub(1).and_then(|at| found.get(at));
        Ok(last.map(|(_, last)| *last).filter(|last| *last >= seq))
    }

    /// The first record after one that lies there.
    pub(crate) fn start_after(&mut self, seq: u32) -> Result<Option<u32>, Error> {
        let found = self.all()?;
        let before = found.partition_point(|(first, _)| *first <= seq);
        Ok(found.get(before).map(|(first, _)| *first))
    }

    fn all(&mut self) -> Result<&[(u32, u32)], Error> {
        let found = match self.found.take() {
            Some(found) => found,
            None => self.read()?,
        };
        Ok(self.found.insert(found))
    }

    fn read(&self) -> Result<Vec<(u32, u32)>, Error> {
        let query =
            "SELECT first, last FROM quarantine WHERE document = ?1 AND first > 0 ORDER BY first";
        let read = || -> rusqlite::Result<Vec<(u32, u32)>> {
            let mut statement = self.db.connection.prepare(query)?;
            let rows = statement.query_map([self.owner.row], |row| {
                // What damage put there that is no number holds nothing.
                Ok(row.get(0).ok().zip(row.get(1).ok()))
            })?;
            let whole = rows.filter_map(Result::transpose);
            let mut end = 0;
            let mut most = |(first, last): (u32, u32)| {
                end = last.max(end);
                (first, end)
            };
            whole.map(|row| row.map(&mut most)).collect()
        };
        self.db.named("reading the quarantine", read())
    }
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
    let not_back = not_back(db, owner)?;
    if not_back.is_empty() {
        return Ok(());
    }
    let through = snapshot_there(db, owner, (other, there))?;
    let mut back = Vec::new();
    for aside in not_back {
        let is_back = aside.last <= through || is_record_there(&aside, other, there)?;
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

/// The last record that a snapshot holds which was set aside here, and stands there as it was written; 0 without one.
fn snapshot_there(
    db: &Database,
    owner: Owner,
    (other, there): (&Database, Owner),
) -> Result<u32, Error> {
    let Some(found) = snapshot::find(other, there, "")? else {
        return Ok(0);
    };
    let query = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE document = ?1 AND first = 0 AND snapshot = ?2)";
    let read = db
        .connection
        .query_row(query, [owner.row, found.id], |row| row.get(0));
    let is_aside: bool = db.named("reading the quarantine", read)?;
    match is_aside && snapshot::sums(db, found.id)? == snapshot::sums(other, found.id)? {
        true => Ok(found.through),
        false => Ok(0),
    }
}
