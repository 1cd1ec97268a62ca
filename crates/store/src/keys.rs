//! The rows of a store's keys: which key a store is sealed with, and whether it is the one that was given.

use rusqlite::params;

use crate::database::Database;
use crate::error::{Error, Place};
use crate::seal::{DataKey, Key, Seal, read_slot, slot};
use crate::words::{Owner, Tag, checksum};

/// Seals a store that is being made.
pub(crate) fn create(db: &Database, key: &Key) -> Result<(), Error> {
    keep(db, &key.data(1), &slot(key.names(), None))
}

/// Writes a key's row.
pub(crate) fn keep(db: &Database, key: &DataKey, slot: &[u8]) -> Result<(), Error> {
    let insert = "INSERT OR REPLACE INTO seal (id, checksum, body) VALUES (?1, ?2, ?3)";
    let number = u64::from(key.number);
    let body = key.seal(Tag::Key, Owner::NOBODY, number, slot);
    let sum = checksum(Tag::Key, Owner::NOBODY, number, &body);
    let done = db
        .connection
        .execute(insert, params![key.number, sum, body]);
    db.named("keeping a key", done).map(drop)
}

/// Lets go of a key's row.
pub(crate) fn forget(db: &Database, key: &DataKey) -> Result<(), Error> {
    let delete = "DELETE FROM seal WHERE id = ?1";
    let done = db.connection.execute(delete, [key.number]);
    db.named("letting go of a key", done).map(drop)
}

/// Finds out what an open store is sealed with, and has it opened with the key that was given.
pub(crate) fn unlock(db: &mut Database, given: Option<&Key>) -> Result<(), Error> {
    let rows = match rows(db) {
        // To be read without a key: were it sealed, no name in it would be what its hash says, and nothing would open.
        Err(Error::Damaged { .. }) if db.is_read_only && given.is_none() => return Ok(()),
        rows => rows?,
    };
    let path = || db.path.clone();
    let given = match (rows.is_empty(), given) {
        (true, None) => return Ok(()),
        (true, Some(_)) => return Err(Error::NotSealed { path: path() }),
        (false, None) => return Err(Error::Sealed { path: path() }),
        (false, Some(given)) => given,
    };
    // The newest first: while a key changes, only the new one opens everything.
    let newest = rows.last().filter(|(number, body)| {
        checksum(Tag::Key, Owner::NOBODY, u64::from(*number), &body.1) == body.0
    });
    let Some((number, (_, body))) = newest else {
        return Err(db.damaged(
            Place::File,
            "what is kept of its key is not what was written",
        ));
    };
    let key = given.data(*number);
    let opened = key.unseal(Tag::Key, Owner::NOBODY, u64::from(*number), body);
    let Some((names, before)) = opened.and_then(|slot| read_slot(&slot)) else {
        return Err(Error::WrongKey { path: path() });
    };
    let mut keys: Vec<_> = before.into_iter().collect();
    keys.push(key);
    db.seal = Seal {
        names: Some(names),
        keys,
    };
    Ok(())
}

type Row = (u8, (i64, Vec<u8>));

fn rows(db: &Database) -> Result<Vec<Row>, Error> {
    let read = || -> rusqlite::Result<Vec<Row>> {
        let query = "SELECT id, checksum, body FROM seal ORDER BY id LIMIT 8";
        let mut statement = db.connection.prepare(query)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        rows.collect()
    };
    db.named("reading its keys", read())
}
