//! Letting go of what a snapshot stands for: found by a reader, deleted a little at a time.
//!
//! Only what is known to be needed no more goes: records that a snapshot holds, what came before it, and what was never
//! finished. What cannot be accounted for may be damage, and stays.

use std::collections::BTreeSet;

use rusqlite::params;

use crate::database::Database;
use crate::error::Error;
use crate::journal;
use crate::snapshot::{self, Snapshot};
use crate::words::Owner;

/// Rows that one step lets go of.
const STEP: u32 = 64;

/// Pages that one step gives back at most; and entries of the list of free pages that it looks through, about: for each page that
/// it gives back, SQLite looks for that one in the list.
const PAGES: u32 = 64;
const ENTRIES: u32 = 64 << 10;

/// Rows of one table, from one id to another, and the snapshot of which they are or by which they are held.
struct Range {
    table: Table,
    first: i64,
    last: i64,
    owner: Owner,
    snapshot: Snapshot,
}

#[derive(Clone, Copy)]
enum Table {
    Journal,
    Chunk,
    Snapshot,
}

impl Table {
    fn delete(self) -> &'static str {
        match self {
            Table::Journal => {
                "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE id BETWEEN ?1 AND ?2 LIMIT ?3)"
            }
            Table::Chunk => {
                "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id BETWEEN ?1 AND ?2 LIMIT ?3)"
            }
            Table::Snapshot => {
                "DELETE FROM snapshot WHERE id IN (SELECT id FROM snapshot WHERE id BETWEEN ?1 AND ?2 LIMIT ?3)"
            }
        }
    }
}

/// Rows that are needed no more.
#[derive(Default)]
pub(crate) struct Leftovers {
    /// The last is deleted first.
    ranges: Vec<Range>,
}

impl Leftovers {
    /// Finds them. O(documents); of those that have any reads the snapshot, unless it was `checked` just now: what it holds is not
    /// let go of where that is damaged.
    pub(crate) fn find(db: &Database, checked: &BTreeSet<u32>) -> Result<Leftovers, Error> {
        let mut leftovers = Leftovers::default();
        let mut whole = checked.clone();
        for (owner, snapshot, is_current) in snapshot::all(db)? {
            let is_left = match is_current {
                true => has_records(db, owner, snapshot)?,
                false => is_of_nobody(db, owner, snapshot)?,
            };
            // What was never finished holds nothing.
            if !is_left || !(snapshot.is_begun() || is_whole(db, owner, &mut whole)?) {
                continue;
            }
            match is_current {
                true => leftovers.records(owner, snapshot),
                false => leftovers.snapshot(owner, snapshot),
            }
        }
        Ok(leftovers)
    }

    /// Finds the snapshots that were begun and that nobody goes on with. O(documents).
    pub(crate) fn abandoned(db: &Database) -> Result<Leftovers, Error> {
        let mut leftovers = Leftovers::default();
        for (owner, snapshot, is_current) in snapshot::all(db)? {
            if !is_current && snapshot.is_begun() && is_of_nobody(db, owner, snapshot)? {
                leftovers.snapshot(owner, snapshot);
            }
        }
        Ok(leftovers)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The records that a document's snapshot holds.
    fn records(&mut self, owner: Owner, snapshot: Snapshot) {
        let (first, last) = journal::ids(owner, snapshot.through);
        self.push(Table::Journal, first, last, owner, snapshot);
    }

    /// A snapshot, after its chunks.
    fn snapshot(&mut self, owner: Owner, snapshot: Snapshot) {
        let id = i64::from(snapshot.id);
        self.push(Table::Snapshot, id, id, owner, snapshot);
        let (first, last) = (id << 32, (id << 32) | i64::from(u32::MAX));
        self.push(Table::Chunk, first, last, owner, snapshot);
    }

    fn push(&mut self, table: Table, first: i64, last: i64, owner: Owner, snapshot: Snapshot) {
        self.ranges.push(Range {
            table,
            first,
            last,
            owner,
            snapshot,
        });
    }

    /// Deletes some of them; whether there may be more.
    pub(crate) fn step(&mut self, db: &Database) -> Result<bool, Error> {
        let Some(range) = self.ranges.last() else {
            return Ok(false);
        };
        let row = params![range.first, range.last, STEP];
        let deleted = db.without_hurry(|| {
            if !range.is_left(db)? {
                return Ok(0);
            }
            let deleted = db.connection.execute(range.table.delete(), row);
            db.named("cleaning up", deleted)
        })?;
        if deleted < STEP as usize {
            self.ranges.pop();
        }
        Ok(!self.ranges.is_empty())
    }
}

impl Range {
    /// Whether they are needed no more now: since they were found, a repair may have set aside the snapshot that holds them, and
    /// another job may have finished the one that was not.
    fn is_left(&self, db: &Database) -> Result<bool, Error> {
        match self.table {
            Table::Journal => {
                let held = self.snapshot.through;
                let current = snapshot::find(db, self.owner, "").ok().flatten();
                Ok(current.is_some_and(|current| current.through >= held))
            }
            Table::Chunk => is_of_nobody(db, self.owner, self.snapshot),
            // A repair may have set it aside after some of its chunks were let go of.
            Table::Snapshot => Ok(is_of_nobody(db, self.owner, self.snapshot)?
                && !snapshot::has_chunks(db, self.snapshot.id)?),
        }
    }
}

/// Whether records are there that a document's snapshot holds.
fn has_records(db: &Database, owner: Owner, held: Snapshot) -> Result<bool, Error> {
    let (first, last) = journal::ids(owner, held.through);
    let query = "SELECT EXISTS (SELECT 1 FROM journal WHERE id BETWEEN ?1 AND ?2)";
    let read = db
        .connection
        .query_row(query, params![first, last], |row| row.get(0));
    db.named("looking for what is needed no more", read)
}

/// Whether all of a document's snapshot can be read; `whole` are those of which that is known.
fn is_whole(db: &Database, owner: Owner, whole: &mut BTreeSet<u32>) -> Result<bool, Error> {
    let read = || -> Result<Option<u32>, Error> {
        let Some(current) = snapshot::find(db, owner, "")? else {
            return Ok(None);
        };
        if !whole.contains(&current.id) {
            snapshot::read(db, owner, "", current, &mut Vec::new())?;
        }
        Ok(Some(current.id))
    };
    match db.as_of_now(read) {
        Ok(current) => {
            whole.extend(current);
            Ok(current.is_some())
        }
        Err(Error::Damaged { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a snapshot that its document did not name is needed by nobody now: it is begun, and nobody writes it; or the document has
/// another that holds as much.
fn is_of_nobody(db: &Database, owner: Owner, snapshot: Snapshot) -> Result<bool, Error> {
    if db.begun.has(snapshot.id) || is_set_aside(db, snapshot)? {
        return Ok(false);
    }
    // As it stands there now: a job may have finished it since it was found.
    if snapshot::is_begun(db, owner, snapshot.id)? {
        return Ok(true);
    }
    // One that cannot be read follows nothing.
    let current = snapshot::find(db, owner, "").ok().flatten();
    Ok(current
        .is_some_and(|current| current.id != snapshot.id && current.through >= snapshot.through))
}

/// Whether a snapshot lies in quarantine.
fn is_set_aside(db: &Database, snapshot: Snapshot) -> Result<bool, Error> {
    let quarantined = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE snapshot = ?1)";
    let read = db
        .connection
        .query_row(quarantined, [snapshot.id], |row| row.get(0));
    db.named("looking for what is needed no more", read)
}

/// Pages that may be free before some are given back, while there is more to delete: for each page that it gives back SQLite
/// goes through the list of free ones, which would take hours where that is one of gigabytes.
const CROWD: u32 = 4 << 10;

fn free(db: &Database) -> Result<u32, Error> {
    let read = db
        .connection
        .pragma_query_value(None, "freelist_count", |row| row.get(0));
    db.named("giving room back", read)
}

/// Gives some of the room that is free back, if that is much; whether it did.
pub(crate) fn give_back_a_crowd(db: &Database) -> Result<bool, Error> {
    Ok(free(db)? > CROWD && give_back(db)?)
}

/// Gives some of the room that is free back; whether there is more.
pub(crate) fn give_back(db: &Database) -> Result<bool, Error> {
    let doing = "giving room back";
    let before = free(db)?;
    let pages = (ENTRIES / before.max(1)).clamp(1, PAGES);
    // It gives a row for each page, and goes no further than it is asked for rows.
    let vacuum = || -> rusqlite::Result<()> {
        let pragma = format!("PRAGMA incremental_vacuum({pages})");
        let mut statement = db.connection.prepare(&pragma)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    };
    db.without_hurry(|| db.named(doing, vacuum()))?;
    Ok((1..before).contains(&free(db)?))
}

/// Brings SQLite's own journal into the file, and gives its room back: as far as readers allow, for whom it does not wait.
pub(crate) fn checkpoint(db: &Database) -> Result<(), Error> {
    db.settle()?;
    let checkpoint = || {
        let pragma = "PRAGMA wal_checkpoint(TRUNCATE)";
        db.connection.query_row(pragma, [], |_| Ok(()))
    };
    db.without_waiting("giving room back", checkpoint)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::{Leftovers, snapshot};
    use crate::options::Options;
    use crate::store::Store;
    use crate::{load, snapshot::Snapshot};

    /// By another thread, between two looks of the one that finds what is left.
    #[test]
    fn a_snapshot_that_is_finished_while_leftovers_are_found_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(folder.path().join("notes"), &Options::new()).unwrap();
        store.create_document("notes").unwrap();
        let db = &store.db;
        let owner = load::find_existing(db, "notes").unwrap();
        let id = snapshot::begin(db, owner).unwrap().id;
        snapshot::write_chunk(db, owner, (id, 0), b"all that there is").unwrap();
        let mut leftovers = Leftovers::abandoned(db).unwrap();
        assert!(!leftovers.is_empty());
        let finished = Snapshot {
            id,
            through: 1,
            chunks: 1,
        };
        snapshot::finish(db, owner, finished).unwrap();
        while leftovers.step(db).unwrap() {}
        assert_eq!(snapshot::find(db, owner, "notes").unwrap(), Some(finished));
        assert!(snapshot::has_chunks(db, id).unwrap());
    }
}
