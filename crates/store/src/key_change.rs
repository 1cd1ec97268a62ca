//! Another key: everything that is sealed is sealed again, a little at a time.
//!
//! The row of the new key holds the one before, sealed, until all is done: from the first step on the new key opens the store,
//! and the old one does not. Cut short, it goes on from any point.

use rusqlite::{Row, params};

use crate::clean;
use crate::database::Database;
use crate::error::Error;
use crate::job::{Progress, State};
use crate::keys;
use crate::remote;
use crate::seal::{Key, slot};
use crate::store::Store;
use crate::words::{Owner, Tag, checksum};

/// Seals a store with another key, row after row.
///
/// It is driven by its owner: [`step`](KeyChange::step) seals a few rows again. To pause, stop calling. Dropped, or cut
/// short, it goes on with another `KeyChange` to the same key. Commits may come between any two steps, and are sealed with the
/// new key. Whoever reads the store in another process opens it again with that.
///
/// # Examples
///
/// ```
/// use syncline_store::{Key, KeyChange, Options, State, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("notes.syncline");
/// let mut store = Store::create(&path, &Options::new().key(Key::new([1; 32])))?;
/// let mut change = KeyChange::new(&mut store, &Key::new([2; 32]))?;
/// while change.progress().state != State::Done {
///     change.step(&mut store)?;
/// }
/// drop(store);
/// assert!(Store::open(&path, &Options::new().key(Key::new([2; 32]))).is_ok());
/// # Ok(())
/// # }
/// ```
pub struct KeyChange {
    state: State,
    /// What is sealed again at present, and the last row of it.
    kind: usize,
    at: i64,
    done: u64,
    all: u64,
    /// Rows that the key before does not open: it is kept for them.
    damaged: u64,
}

/// Rows of a step, and bytes with which it has enough: one row may have more.
const ROWS: u32 = 64;
const BYTES: usize = 64 << 10;

/// Something that is sealed: how its rows are found after one (number, checksum, body, the document's key), how one is written.
struct Kind {
    tag: Tag,
    find: &'static str,
    write: &'static str,
    count: &'static str,
}

const KINDS: [Kind; 8] = [
    Kind {
        tag: Tag::Name,
        find: "SELECT id, 0, name, key FROM document WHERE id > ?1 ORDER BY id LIMIT ?2",
        write: "UPDATE document SET name = ?3 WHERE id = ?1 AND ?2 NOT NULL",
        count: "SELECT count(*) FROM document",
    },
    Kind {
        tag: Tag::Record,
        find: "SELECT journal.id, checksum, body, key FROM journal LEFT JOIN document ON document.id = journal.id >> 32 \
               WHERE journal.id > ?1 ORDER BY journal.id LIMIT ?2",
        write: "UPDATE journal SET checksum = ?2, body = ?3 WHERE id = ?1",
        count: "SELECT count(*) FROM journal",
    },
    Kind {
        tag: Tag::Chunk,
        find: "SELECT chunk.id, chunk.checksum, body, key FROM chunk LEFT JOIN snapshot ON snapshot.id = chunk.id >> 32 \
               LEFT JOIN document ON document.id = snapshot.document WHERE chunk.id > ?1 ORDER BY chunk.id LIMIT ?2",
        write: "UPDATE chunk SET checksum = ?2, body = ?3 WHERE id = ?1",
        count: "SELECT count(*) FROM chunk",
    },
    Kind {
        tag: Tag::Remote,
        find: "SELECT remote.id, checksum, body, key, remote FROM remote LEFT JOIN document ON document.id = remote.document \
               WHERE remote.id > ?1 ORDER BY remote.id LIMIT ?2",
        write: "UPDATE remote SET checksum = ?2, body = ?3 WHERE id = ?1",
        count: "SELECT count(*) FROM remote",
    },
    Kind {
        tag: Tag::Blob,
        find: "SELECT id, checksum, body, substr(coalesce(key, zeroblob(16)), 1, 16) FROM blob \
               WHERE id > ?1 ORDER BY id LIMIT ?2",
        write: "UPDATE blob SET checksum = ?2, body = ?3 WHERE id = ?1",
        count: "SELECT count(*) FROM blob",
    },
    Kind {
        tag: Tag::Part,
        find: "SELECT id, checksum, body, zeroblob(16) FROM blob_part WHERE id > ?1 ORDER BY id LIMIT ?2",
        write: "UPDATE blob_part SET checksum = ?2, body = ?3 WHERE id = ?1",
        count: "SELECT count(*) FROM blob_part",
    },
    Kind {
        tag: Tag::Bytes,
        find: "SELECT id, 0, body, substr(key, 1, 16) FROM blob_bytes JOIN blob_chunk USING (id) \
               WHERE id > ?1 ORDER BY id LIMIT ?2",
        write: "UPDATE blob_bytes SET body = ?3 WHERE id = ?1 AND ?2 NOT NULL",
        count: "SELECT count(*) FROM blob_bytes",
    },
    Kind {
        tag: Tag::BlobName,
        find: "SELECT id, checksum, body, key FROM blob_name WHERE id > ?1 ORDER BY id LIMIT ?2",
        write: "UPDATE blob_name SET checksum = ?2, body = ?3 WHERE id = ?1",
        count: "SELECT count(*) FROM blob_name",
    },
];

/// A row that is sealed.
struct Sealed {
    id: i64,
    sum: i64,
    body: Vec<u8>,
    owner: Owner,
    /// What it was sealed with beside the document.
    number: u64,
}

impl KeyChange {
    /// Begins the change to a key, or goes on with it.
    ///
    /// # Errors
    ///
    /// [`Error::NotSealed`]; [`Error::WrongKey`] where the change to another key has been begun; [`Error::Limit`] after 255
    /// changes; [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn new(store: &mut Store, key: &Key) -> Result<KeyChange, Error> {
        let db = &mut store.db;
        db.check_writable()?;
        let Some(names) = db.seal.names else {
            return Err(Error::NotSealed {
                path: db.path.clone(),
            });
        };
        match &*db.seal.keys {
            [_, newest] if *newest != key.data(newest.number) => {
                return Err(Error::WrongKey {
                    path: db.path.clone(),
                });
            }
            [before] => {
                let next = before.number.checked_add(1).ok_or(Error::Limit {
                    what: "keys",
                    limit: u8::MAX.into(),
                    found: 256,
                })?;
                let next = key.data(next);
                db.at_once(|| keys::keep_changed(db, &next, &slot(names, Some(before))))?;
                db.seal.keys.push(next);
            }
            _ => {}
        }
        let mut all = 0;
        for kind in &KINDS {
            let read = db.connection.query_row(kind.count, [], |row| row.get(0));
            let count: i64 = db.named("counting what is sealed", read)?;
            all += count.max(0).cast_unsigned();
        }
        Ok(KeyChange {
            state: State::Writing,
            kind: 0,
            at: 0,
            done: 0,
            all,
            damaged: 0,
        })
    }

    /// How far it is, in rows.
    pub fn progress(&self) -> Progress {
        Progress {
            state: self.state,
            done: self.done,
            all: self.all,
        }
    }

    /// Rows that the key before does not open: damage, which [`Verification`](crate::Verification) tells. While there are any,
    /// the key before is kept in the store, sealed with the new one.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Seals up to 64 rows again, or 64 KiB, or one row that has more.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Io`]. Calling again tries again.
    pub fn step(&mut self, store: &mut Store) -> Result<(), Error> {
        if self.state == State::Done {
            return Ok(());
        }
        let Some(kind) = KINDS.get(self.kind) else {
            self.finish(&mut store.db)?;
            self.state = State::Done;
            return Ok(());
        };
        let db = &store.db;
        let rows = kind.rows(db, self.at)?;
        let Some(last) = rows.last().map(|row| row.id) else {
            (self.kind, self.at) = (self.kind + 1, 0);
            return Ok(());
        };
        db.check_order(last, self.at)?;
        let sealed = db.without_hurry(|| {
            let mut damaged = 0;
            for row in &rows {
                damaged += u64::from(!kind.seal_again(db, row)?);
            }
            Ok(damaged)
        });
        self.damaged += sealed?;
        self.at = last;
        self.done += rows.len() as u64;
        Ok(())
    }

    /// Lets go of the key before, if nothing needs it.
    fn finish(&self, db: &mut Database) -> Result<(), Error> {
        let (Some(names), [before, newest]) = (db.seal.names, &*db.seal.keys) else {
            return Ok(());
        };
        if self.damaged > 0 {
            return Ok(());
        }
        db.at_once(|| {
            keys::keep_changed(db, newest, &slot(names, None))?;
            keys::forget(db, before)
        })?;
        db.seal.keys.remove(0);
        clean::checkpoint(db)
    }
}

impl Kind {
    fn rows(&self, db: &Database, after: i64) -> Result<Vec<Sealed>, Error> {
        let read = || -> rusqlite::Result<Vec<Sealed>> {
            let mut statement = db.connection.prepare(self.find)?;
            let mut found = statement.query(params![after, ROWS])?;
            let (mut rows, mut bytes) = (Vec::new(), 0);
            while bytes < BYTES
                && let Some(row) = found.next()?
            {
                let row = self.sealed(row)?;
                bytes += row.body.len();
                rows.push(row);
            }
            Ok(rows)
        };
        db.named("reading what is sealed", read())
    }

    fn sealed(&self, row: &Row<'_>) -> rusqlite::Result<Sealed> {
        let id: i64 = row.get(0)?;
        let number = match self.tag {
            Tag::Record => id.cast_unsigned() & u64::from(u32::MAX),
            Tag::Chunk | Tag::Blob | Tag::Part => id.cast_unsigned(),
            Tag::Remote => remote::number(row.get(4).unwrap_or_default()),
            _ => 0,
        };
        Ok(Sealed {
            id,
            // What is none of these is damage, as is a row of no document: neither is opened by any key.
            sum: row.get(1).unwrap_or_default(),
            body: row.get(2).unwrap_or_default(),
            owner: Owner {
                row: 0,
                key: row.get(3).unwrap_or_default(),
            },
            number,
        })
    }

    /// Seals a row with the newest key; whether it could be opened.
    fn seal_again(&self, db: &Database, row: &Sealed) -> Result<bool, Error> {
        let Sealed {
            id,
            sum,
            body,
            owner,
            number,
        } = row;
        let is_whole = matches!(self.tag, Tag::Name | Tag::Bytes)
            || checksum(self.tag, *owner, *number, body) == *sum;
        let plain = is_whole.then(|| db.seal.open(self.tag, *owner, *number, body));
        let Some(plain) = plain.flatten() else {
            return Ok(false);
        };
        let (sum, body) = db.pack(self.tag, *owner, *number, &plain);
        let done = db.connection.execute(self.write, params![id, sum, body]);
        db.named("sealing it again", done).map(|_| true)
    }
}
