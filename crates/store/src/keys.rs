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
    let rows = match (rows(db), given) {
        // To be read without a key: were it sealed, no name in it would be what its hash says, and nothing would open.
        (Err(Error::Damaged { .. }), None) if db.is_read_only => return Ok(()),
        (Err(error @ Error::Damaged { .. }), Some(given)) if db.is_read_only => {
            db.seal = by_a_name(db, given)?.ok_or(error)?;
            return Ok(());
        }
        (rows, _) => rows?,
    };
    let path = || db.path.clone();
    let given = match (rows.is_empty(), given) {
        (true, None) => return Ok(()),
        (false, None) => return Err(Error::Sealed { path: path() }),
        (_, Some(given)) => given,
    };
    // The newest first: while a key changes, only the new one opens everything.
    let newest = rows.last().filter(|(number, body)| {
        checksum(Tag::Key, Owner::NOBODY, u64::from(*number), &body.1) == body.0
    });
    let Some((number, (_, body))) = newest else {
        // What the one row of a key said follows from that key, unless it was changed before.
        let found = match &*rows {
            [] | [_] => by_a_name(db, given)?,
            _ => None,
        };
        let Some(seal) = found else {
            return Err(match rows.is_empty() {
                true => Error::NotSealed { path: path() },
                false => {
                    let what = "what is kept of its key is not what was written";
                    db.damaged(Place::File, what)
                }
            });
        };
        if !db.is_read_only {
            write_again(db, given, &seal)?;
        }
        db.seal = seal;
        return Ok(());
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

/// What a store is sealed with if a key that was never changed opens the name of one of its documents, and hashes it.
fn by_a_name(db: &Database, given: &Key) -> Result<Option<Seal>, Error> {
    let read = || -> rusqlite::Result<Option<Seal>> {
        let mut statement = db.connection.prepare("SELECT key, name FROM document")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // What is none of these is damage, and another may tell.
            let key: [u8; 16] = row.get(0).unwrap_or_default();
            let sealed: Vec<u8> = row.get(1).unwrap_or_default();
            let number = sealed.first().copied().unwrap_or_default();
            let seal = Seal {
                names: Some(given.names()),
                keys: vec![given.data(number)],
            };
            let name = seal.open(Tag::Name, Owner { row: 0, key }, 0, &sealed);
            let name = name.and_then(|name| String::from_utf8(name.into_owned()).ok());
            if name.is_some_and(|name| seal.document_key(&name) == key) {
                return Ok(Some(seal));
            }
        }
        Ok(None)
    };
    match db.named("looking for what it is sealed with", read()) {
        Err(Error::Damaged { .. }) => Ok(None),
        found => found,
    }
}

/// Writes the row of the one key of a store, of which nothing is left.
fn write_again(db: &Database, given: &Key, seal: &Seal) -> Result<(), Error> {
    db.at_once(|| {
        let cleared = db.connection.execute("DELETE FROM seal", []);
        db.named("keeping a key", cleared)?;
        let mut keys = seal.keys.iter();
        keys.try_for_each(|key| keep(db, key, &slot(given.names(), None)))
    })
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
