//! Snapshots: what a document's journal came to up to some record, in chunks. The document's row names the one that counts.

use rusqlite::{OptionalExtension, params};

use crate::begun::Held;
use crate::database::Database;
use crate::error::{Error, Place};
use crate::words::{Owner, Tag, checksum};

/// A snapshot's row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Snapshot {
    pub(crate) id: u32,
    /// The last record of the journal that it holds.
    pub(crate) through: u32,
    pub(crate) chunks: u32,
}

impl Snapshot {
    /// One that is not finished.
    fn begun(id: u32) -> Snapshot {
        Snapshot {
            id,
            through: 0,
            chunks: 0,
        }
    }

    /// Whether it was begun, and never finished.
    pub(crate) fn is_begun(self) -> bool {
        self == Snapshot::begun(self.id)
    }

    fn checksum(self, owner: Owner) -> i64 {
        let ends = [self.through.to_le_bytes(), self.chunks.to_le_bytes()];
        checksum(Tag::Snapshot, owner, self.id.into(), ends.as_flattened())
    }

    fn chunk_id(self, chunk: u32) -> i64 {
        chunk_id(self.id, chunk)
    }
}

fn chunk_id(snapshot: u32, chunk: u32) -> i64 {
    (i64::from(snapshot) << 32) | i64::from(chunk)
}

/// The document's snapshot, if it has one.
pub(crate) fn find(db: &Database, owner: Owner, name: &str) -> Result<Option<Snapshot>, Error> {
    let doing = "reading a snapshot";
    let query = "SELECT snapshot FROM document WHERE id = ?1";
    let read = db
        .connection
        .query_row(query, [owner.row], |row| row.get(0));
    let id: u32 = db.named(doing, read)?;
    if id == 0 {
        return Ok(None);
    }
    let query = "SELECT through, chunks, checksum FROM snapshot WHERE id = ?1 AND document = ?2";
    let read = db.connection.query_row(query, [id, owner.row], |row| {
        let snapshot = Snapshot {
            id,
            through: row.get(0)?,
            chunks: row.get(1)?,
        };
        Ok((snapshot, row.get::<_, i64>(2)?))
    });
    match placed(db, name, db.named(doing, read.optional()))? {
        Some((snapshot, sum)) if snapshot.checksum(owner) == sum => Ok(Some(snapshot)),
        _ => Err(db.damaged(place(name), "it is missing, or another document's")),
    }
}

/// Says of damage to a page that it is the snapshot's.
fn placed<T>(db: &Database, name: &str, read: Result<T, Error>) -> Result<T, Error> {
    match read {
        Err(Error::Damaged { what, .. }) => Err(db.damaged(place(name), what)),
        read => read,
    }
}

/// How many bytes a snapshot has. Reads none of them; what says that it is longer than the file is damaged, and does not count.
pub(crate) fn bytes(db: &Database, snapshot: Snapshot) -> Result<u64, Error> {
    let query = "SELECT coalesce(sum(length(body)), 0) FROM chunk WHERE id >= ?1 AND id < ?2 AND length(body) < ?3";
    let (first, end) = (snapshot.chunk_id(0), snapshot.chunk_id(snapshot.chunks));
    let ends = params![first, end, db.file_bytes()?];
    let read = db.connection.query_row(query, ends, |row| row.get(0));
    let bytes: i64 = db.named("reading a snapshot", read)?;
    Ok(bytes.max(0).cast_unsigned())
}

/// Appends a snapshot's bytes.
pub(crate) fn read(
    db: &Database,
    owner: Owner,
    name: &str,
    snapshot: Snapshot,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let doing = "reading a snapshot";
    let query = "SELECT id, checksum, body FROM chunk WHERE id >= ?1 AND id < ?2 ORDER BY id";
    let ends = params![snapshot.chunk_id(0), snapshot.chunk_id(snapshot.chunks)];
    let mut statement = db.named(doing, db.connection.prepare(query))?;
    let mut rows = db.named(doing, statement.query(ends))?;
    for chunk in 0..snapshot.chunks {
        let row = placed(db, name, db.named(doing, rows.next()))?;
        let is_whole = match row {
            None => false,
            Some(row) => {
                let id: i64 = db.named(doing, row.get(0))?;
                let place = (Tag::Chunk, owner, id.cast_unsigned());
                let body = db.unpack(place, row, (1, 2));
                out.extend_from_slice(body.as_deref().unwrap_or_default());
                id == snapshot.chunk_id(chunk) && body.is_some()
            }
        };
        if !is_whole {
            let what = format!(
                "chunk {chunk} of {} is not what was written",
                snapshot.chunks
            );
            return Err(db.damaged(place(name), what));
        }
    }
    Ok(())
}

/// The snapshot of a document that holds most, of those that can be read whole and hold a record, whether its row names it or not.
pub(crate) fn whole(db: &Database, owner: Owner, seq: u32) -> Result<Option<Snapshot>, Error> {
    let query = "SELECT id, through, chunks, checksum FROM snapshot WHERE document = ?1 AND through >= ?2 \
                 ORDER BY through DESC, id DESC";
    let read = || -> rusqlite::Result<Vec<(Snapshot, i64)>> {
        let mut statement = db.connection.prepare(query)?;
        let rows = statement.query_map([owner.row, seq], |row| {
            let snapshot = Snapshot {
                id: row.get(0)?,
                through: row.get(1)?,
                chunks: row.get(2)?,
            };
            Ok((snapshot, row.get(3)?))
        })?;
        // What is no row of one is nothing that anybody knows of.
        Ok(rows.filter_map(Result::ok).collect())
    };
    let found = match db.named("looking for snapshots", read()) {
        Err(Error::Damaged { .. }) => return Ok(None),
        found => found?,
    };
    for (snapshot, sum) in found {
        if snapshot.checksum(owner) != sum {
            continue;
        }
        match self::read(db, owner, "", snapshot, &mut Vec::new()) {
            Ok(()) => return Ok(Some(snapshot)),
            Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The checksums of a snapshot's row and of its chunks, by their numbers, as they stand there.
pub(crate) fn sums(db: &Database, snapshot: u32) -> Result<Vec<(i64, i64)>, Error> {
    let query = "SELECT -1, checksum FROM snapshot WHERE id = ?1 UNION ALL \
                 SELECT id, checksum FROM chunk WHERE id BETWEEN ?2 AND ?3 ORDER BY 1";
    let ends = params![
        snapshot,
        chunk_id(snapshot, 0),
        chunk_id(snapshot, u32::MAX)
    ];
    let read = || -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut statement = db.connection.prepare(query)?;
        let rows = statement.query_map(ends, |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    db.named("reading a snapshot", read())
}

/// Whether there are chunks of a snapshot.
pub(crate) fn has_chunks(db: &Database, snapshot: u32) -> Result<bool, Error> {
    let query = "SELECT EXISTS (SELECT 1 FROM chunk WHERE id BETWEEN ?1 AND ?2)";
    let ends = [chunk_id(snapshot, 0), chunk_id(snapshot, u32::MAX)];
    let read = db.connection.query_row(query, ends, |row| row.get(0));
    db.named("looking for snapshots", read)
}

/// Every snapshot whose row is whole, with its document, and whether that names it.
pub(crate) fn all(db: &Database) -> Result<Vec<(Owner, Snapshot, bool)>, Error> {
    let doing = "looking for snapshots";
    let query = "SELECT snapshot.id, through, chunks, checksum, document.id, document.key, document.snapshot FROM snapshot \
                 JOIN document ON document.id = snapshot.document ORDER BY snapshot.id";
    let mut statement = db.named(doing, db.connection.prepare(query))?;
    let mut rows = db.named(doing, statement.query([]))?;
    let mut all = Vec::new();
    while let Some(row) = db.named(doing, rows.next())? {
        let read = || -> rusqlite::Result<(Owner, Snapshot, i64, u32)> {
            let snapshot = Snapshot {
                id: row.get(0)?,
                through: row.get(1)?,
                chunks: row.get(2)?,
            };
            let owner = Owner {
                row: row.get(4)?,
                key: row.get(5)?,
            };
            Ok((owner, snapshot, row.get(3)?, row.get(6)?))
        };
        // What cannot be read is nothing that anybody knows of.
        let Ok((owner, snapshot, sum, named)) = read() else {
            continue;
        };
        if snapshot.checksum(owner) == sum {
            all.push((owner, snapshot, named == snapshot.id));
        }
    }
    Ok(all)
}

/// Begins a snapshot, which is unfinished until a document's row names it; gives its number, held for as long as it is written.
pub(crate) fn begin(db: &Database, owner: Owner) -> Result<Held, Error> {
    let doing = "beginning a snapshot";
    // A number that no snapshot has, nor anything left of one. What damage put there that is no number counts for nothing.
    let query = "SELECT max(coalesce((SELECT max(id) FROM snapshot), 0), coalesce((SELECT max(id) FROM chunk) >> 32, 0), \
                 coalesce((SELECT max(snapshot) FROM document WHERE typeof(snapshot) = 'integer'), 0), \
                 coalesce((SELECT max(snapshot) FROM quarantine WHERE typeof(snapshot) = 'integer'), 0)) + 1";
    let read = db.connection.query_row(query, [], |row| row.get(0));
    let snapshot = Snapshot::begun(db.named(doing, read)?);
    let insert =
        "INSERT INTO snapshot (id, document, through, chunks, checksum) VALUES (?1, ?2, 0, 0, ?3)";
    let row = params![snapshot.id, owner.row, snapshot.checksum(owner)];
    let inserted = db.connection.execute(insert, row);
    db.named(doing, inserted)
        .map(|_| db.begun.hold(snapshot.id))
}

/// Whether a snapshot that was begun still stands there.
pub(crate) fn is_begun(db: &Database, owner: Owner, id: u32) -> Result<bool, Error> {
    let query = "SELECT checksum FROM snapshot WHERE id = ?1";
    let read = db.connection.query_row(query, [id], |row| row.get(0));
    let sum: Option<i64> = db.named("writing a snapshot", read.optional())?;
    Ok(sum == Some(Snapshot::begun(id).checksum(owner)))
}

/// Writes a chunk of a snapshot: its number, and that of the chunk. Gives its checksum.
pub(crate) fn write_chunk(
    db: &Database,
    owner: Owner,
    (snapshot, chunk): (u32, u32),
    body: &[u8],
) -> Result<i64, Error> {
    let insert = "INSERT INTO chunk (id, checksum, body) VALUES (?1, ?2, ?3)";
    let id = chunk_id(snapshot, chunk);
    let (sum, body) = db.pack(Tag::Chunk, owner, id.cast_unsigned(), body);
    let done = db.connection.execute(insert, params![id, sum, body]);
    db.named("writing a snapshot", done).map(|_| sum)
}

/// Whether an unfinished snapshot stands there with chunks of these checksums, and no others.
pub(crate) fn is_written(
    db: &Database,
    owner: Owner,
    id: u32,
    written: &[i64],
) -> Result<bool, Error> {
    let row = std::iter::once((-1, Snapshot::begun(id).checksum(owner)));
    let chunks = (0..).zip(written);
    let chunks = chunks.map(|(chunk, sum)| (chunk_id(id, chunk), *sum));
    Ok(row.chain(chunks).eq(sums(db, id)?))
}

/// Has the document's row name a snapshot whose chunks are written.
pub(crate) fn finish(db: &Database, owner: Owner, snapshot: Snapshot) -> Result<(), Error> {
    let finish = "UPDATE snapshot SET through = ?2, chunks = ?3, checksum = ?4 WHERE id = ?1";
    let write = || -> rusqlite::Result<()> {
        let Snapshot {
            id,
            through,
            chunks,
        } = snapshot;
        let row = params![id, through, chunks, snapshot.checksum(owner)];
        db.connection.execute(finish, row)?;
        Ok(())
    };
    db.named("writing a snapshot", write())?;
    name(db, owner, snapshot.id)
}

/// Has the document's row name a snapshot.
pub(crate) fn name(db: &Database, owner: Owner, id: u32) -> Result<(), Error> {
    let name = "UPDATE document SET snapshot = ?2 WHERE id = ?1";
    let done = db.connection.execute(name, [owner.row, id]);
    db.named("writing a snapshot", done).map(drop)
}

/// Where a snapshot is, to be told.
pub(crate) fn place(document: &str) -> Place {
    Place::Snapshot {
        document: document.to_owned(),
    }
}
