//! The rows of a store's keys: which key a store is sealed with, and whether it is the one that was given.

use rusqlite::{OptionalExtension, params};

use crate::database::Database;
use crate::error::{Error, Place};
use crate::remote;
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

/// Where what the row of a key says stands a second time, once the key was changed: nothing else tells the key of names then. It is
/// the row of a remote of that hash, of no document.
const COPY: [u8; 16] = *b"what `seal` says";

/// Writes the row of a key to which a store is changed, and its copy.
pub(crate) fn keep_changed(db: &Database, key: &DataKey, slot: &[u8]) -> Result<(), Error> {
    keep(db, key, slot)?;
    let number = remote::number(COPY);
    let body = key.seal(Tag::Remote, Owner::NOBODY, number, slot);
    let sum = checksum(Tag::Remote, Owner::NOBODY, number, &body);
    let insert =
        "INSERT OR REPLACE INTO remote (document, remote, checksum, body) VALUES (0, ?1, ?2, ?3)";
    let done = db.connection.execute(insert, params![COPY, sum, body]);
    db.named("keeping a key", done).map(drop)
}

/// What stands in that copy, if there is one; nothing in it, where it is not what was written.
fn copy(db: &Database) -> Result<Option<Vec<u8>>, Error> {
    let query = "SELECT checksum, body FROM remote WHERE document = 0 AND remote = ?1";
    let read = db.connection.query_row(query, [COPY], |row| {
        let (sum, body): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let place = (Tag::Remote, Owner::NOBODY, remote::number(COPY));
        match checksum(place.0, place.1, place.2, &body) == sum {
            true => Ok(body),
            false => Ok(Vec::new()),
        }
    });
    match db.named("looking for what it is sealed with", read.optional()) {
        Err(Error::Damaged { .. }) => Ok(Some(Vec::new())),
        read => read,
    }
}

/// By a key and what its row says.
fn sealed_with((names, before): ([u8; 32], Option<DataKey>), key: DataKey) -> Seal {
    let mut keys: Vec<_> = before.into_iter().collect();
    keys.push(key);
    Seal {
        names: Some(names),
        keys,
    }
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
            db.seal = otherwise(db, given)?.ok_or(error)?;
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
        let found = otherwise(db, given)?;
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
            write_again(db, &seal)?;
        }
        db.seal = seal;
        return Ok(());
    };
    let key = given.data(*number);
    let opened = key.unseal(Tag::Key, Owner::NOBODY, u64::from(*number), body);
    let Some(slot) = opened.and_then(|slot| read_slot(&slot)) else {
        return Err(Error::WrongKey { path: path() });
    };
    db.seal = sealed_with(slot, key);
    Ok(())
}

/// What a store is sealed with where the row of its key does not tell: what follows from the key, unless it was changed.
fn otherwise(db: &Database, given: &Key) -> Result<Option<Seal>, Error> {
    let Some(copy) = copy(db)? else {
        return by_a_name(db, given);
    };
    let open = || {
        let key = given.data(*copy.first()?);
        let slot = key.unseal(Tag::Remote, Owner::NOBODY, remote::number(COPY), &copy)?;
        Some(sealed_with(read_slot(&slot)?, key))
    };
    Ok(open())
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

/// Writes the row of a store's key, of which nothing is left.
fn write_again(db: &Database, seal: &Seal) -> Result<(), Error> {
    let (Some(names), Some(key)) = (seal.names, seal.keys.last()) else {
        return Ok(());
    };
    let before = seal
        .keys
        .first()
        .filter(|before| before.number != key.number);
    db.at_once(|| {
        let cleared = db.connection.execute("DELETE FROM seal", []);
        db.named("keeping a key", cleared)?;
        keep(db, key, &slot(names, before))
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
