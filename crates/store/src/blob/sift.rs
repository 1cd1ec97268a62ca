//! Chunks that stand in no list are told apart from those of which only their count says so: a count has no checksum, and no chunk
//! that is needed goes by one that is damaged.
//!
//! Found by a reader, in the lists themselves; let go of a chunk at a time.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::list;
use crate::database::Database;
use crate::error::Error;

/// Chunks that are sifted at once, and parts of lists that are read at once.
const CHUNKS: u32 = 1 << 16;
const PARTS: u32 = 256;

/// A chunk whose count is 0: its row, and how often it was found in lists.
struct Unused {
    id: u32,
    found: u32,
}

/// Some of the chunks whose count is 0.
pub(crate) struct Sift {
    unused: BTreeMap<[u8; 32], Unused>,
    /// The last part that was read.
    at: i64,
    /// Those that have been looked for in all lists, the one that is dealt with next at the end.
    done: Vec<Unused>,
}

impl Sift {
    /// Of the last of them in the file: there it ends, and gives room back without moving anything. `None` where there is none.
    pub(crate) fn begin(db: &Database) -> Result<Option<Sift>, Error> {
        let query = "SELECT id, key FROM blob_chunk WHERE uses = 0 ORDER BY id DESC LIMIT ?1";
        let read = || -> rusqlite::Result<BTreeMap<[u8; 32], Unused>> {
            let mut statement = db.connection.prepare(query)?;
            let rows = statement.query_map([CHUNKS], |row| {
                let (id, found) = (row.get(0)?, 0);
                Ok((row.get(1)?, Unused { id, found }))
            })?;
            rows.collect()
        };
        let unused = db.named("looking for what is needed no more", read())?;
        Ok((!unused.is_empty()).then_some(Sift {
            unused,
            at: 0,
            done: Vec::new(),
        }))
    }

    /// Looks for them in some of the lists; whether there are more.
    pub(crate) fn work(&mut self, db: &Database) -> Result<bool, Error> {
        let parts = list::parts_after(db, self.at, PARTS)?;
        let Some((last, _)) = parts.last() else {
            let unused = std::mem::take(&mut self.unused);
            self.done = unused.into_values().collect();
            self.done.sort_unstable_by_key(|unused| unused.id);
            return Ok(false);
        };
        self.at = *last;
        let lists = parts.iter().filter_map(|(_, list)| list.as_ref());
        for chunk in lists.flat_map(|list| &list.chunks) {
            if let Some(unused) = self.unused.get_mut(&db.chunk_key(&chunk.hash)) {
                unused.found += 1;
            }
        }
        Ok(true)
    }

    /// Lets go of the next chunk, or puts its count right; how many bytes it had, or `None` where all are dealt with.
    pub(crate) fn step(&mut self, db: &Database) -> Result<Option<u64>, Error> {
        let Some(unused) = self.done.last() else {
            return Ok(None);
        };
        let bytes = db.without_hurry(|| match unused.found {
            0 => forget(db, unused.id),
            found => recount(db, unused.id, found),
        })?;
        self.done.pop();
        Ok(Some(bytes))
    }
}

/// Deletes a chunk, if none has listed it meanwhile; gives how many bytes it had.
fn forget(db: &Database, id: u32) -> Result<u64, Error> {
    let doing = "cleaning up";
    let query = "SELECT length(body) FROM blob_bytes WHERE id = ?1";
    let read = db.connection.query_row(query, [id], |row| row.get(0));
    let bytes: Option<i64> = db.named(doing, read.optional())?;
    let delete = |statement: &str| db.named(doing, db.connection.execute(statement, [id]));
    if delete("DELETE FROM blob_chunk WHERE id = ?1 AND uses = 0")? == 0 {
        return Ok(0);
    }
    delete("DELETE FROM blob_bytes WHERE id = ?1")?;
    Ok(bytes.unwrap_or(0).max(0).cast_unsigned())
}

/// Notes how often a chunk stands in lists.
fn recount(db: &Database, id: u32, found: u32) -> Result<u64, Error> {
    let note = "UPDATE blob_chunk SET uses = ?2 WHERE id = ?1 AND uses = 0";
    let done = db.connection.execute(note, params![id, found]);
    db.named("cleaning up", done).map(|_| 0)
}
