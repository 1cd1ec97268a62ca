//! Letting go of what a snapshot stands for, and of what nothing names: found by a reader, deleted a little at a time.

use rusqlite::params;

use crate::database::Database;
use crate::error::Error;

/// Rows or pages that one step lets go of.
const STEP: usize = 64;

/// Rows that are looked for at once.
const MOST: u32 = 4096;

/// Rows of a table that are needed no more.
pub(crate) struct Leftovers {
    delete: &'static str,
    rows: Vec<i64>,
}

/// How leftovers are found, and how one is deleted.
const KINDS: [(&str, &str); 3] = [
    // Records that the document's snapshot holds.
    (
        "SELECT journal.id FROM document JOIN snapshot ON snapshot.id = document.snapshot AND snapshot.document = document.id \
         JOIN journal ON journal.id > document.id << 32 AND journal.id <= (document.id << 32 | snapshot.through) LIMIT ?1",
        "DELETE FROM journal WHERE id = ?1",
    ),
    // Snapshots that no document names any more, but for those in quarantine.
    (
        "SELECT id FROM snapshot WHERE id NOT IN (SELECT snapshot FROM document UNION SELECT snapshot FROM quarantine) LIMIT ?1",
        "DELETE FROM snapshot WHERE id = ?1",
    ),
    // Chunks of no snapshot: of those, or of one that was never finished.
    (
        "SELECT id FROM chunk WHERE id >> 32 NOT IN (SELECT id FROM snapshot) LIMIT ?1",
        "DELETE FROM chunk WHERE id = ?1",
    ),
];

/// What is needed no more; `None` if all is. O(rows), without reading their bytes.
pub(crate) fn find(db: &Database) -> Result<Option<Leftovers>, Error> {
    for (find, delete) in KINDS {
        let read = || -> rusqlite::Result<Vec<i64>> {
            let mut statement = db.connection.prepare(find)?;
            let rows = statement.query_map([MOST], |row| row.get(0))?;
            rows.collect()
        };
        let rows = db.named("looking for what is needed no more", read())?;
        if !rows.is_empty() {
            return Ok(Some(Leftovers { delete, rows }));
        }
    }
    Ok(None)
}

impl Leftovers {
    /// Deletes some of them; whether there are more.
    pub(crate) fn step(&mut self, db: &Database) -> Result<bool, Error> {
        let left = self.rows.len().saturating_sub(STEP);
        let some = self.rows.get(left..).unwrap_or_default();
        db.without_hurry(|| {
            let delete = || -> rusqlite::Result<()> {
                let mut statement = db.connection.prepare(self.delete)?;
                some.iter()
                    .try_for_each(|row| statement.execute(params![row]).map(drop))
            };
            db.named("cleaning up", delete())
        })?;
        self.rows.truncate(left);
        Ok(left > 0)
    }
}

/// Gives some of the room that is free back; whether there is more.
pub(crate) fn give_back(db: &Database) -> Result<bool, Error> {
    let doing = "giving room back";
    let free = || {
        let read = db
            .connection
            .pragma_query_value(None, "freelist_count", |row| row.get(0));
        db.named::<u32>(doing, read)
    };
    let before = free()?;
    let vacuum = format!("PRAGMA incremental_vacuum({STEP})");
    db.without_hurry(|| db.named(doing, db.connection.execute_batch(&vacuum)))?;
    Ok((1..before).contains(&free()?))
}

/// Brings SQLite's own journal into the file, as far as readers allow, and gives its room back.
pub(crate) fn checkpoint(db: &Database) -> Result<(), Error> {
    let checkpoint = db
        .connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    db.named("giving room back", checkpoint)
}
