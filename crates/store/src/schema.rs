//! The tables, their version, and how an older file comes to the newest.
//!
//! The file's header says that it is a store (`application_id`) and of which version (`user_version`). A file is used only if
//! its tables are, word for word, those of its version.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::database::Database;
use crate::error::{Error, Place};
use crate::files::check_one_name;
use crate::options::Options;

/// "SynS" as a number, in the header of every store.
pub(crate) const APPLICATION_ID: i32 = 0x5379_6e53;

pub(crate) const PAGE_BYTES: u32 = 1024;

/// The newest version, which this program writes.
pub(crate) const VERSION: u32 = 3;

/// One step from a version to the next.
struct Migration {
    /// What it does, for people.
    what: &'static str,
    /// The statements that it runs, each of which makes a table or an index.
    tables: &'static [&'static str],
}

/// The step at index `n` leads from version `n` to `n + 1`; version 0 is an empty file.
const MIGRATIONS: [Migration; VERSION as usize] = [
    Migration {
        what: "makes the tables of documents, journals, snapshots, deliveries, remotes and keys",
        tables: &[
            "CREATE TABLE document (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, name BLOB NOT NULL, snapshot INTEGER NOT NULL, last INTEGER NOT NULL)",
            "CREATE TABLE journal (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, body BLOB NOT NULL)",
            "CREATE TABLE snapshot (id INTEGER PRIMARY KEY, document INTEGER NOT NULL, through INTEGER NOT NULL, chunks INTEGER NOT NULL, checksum INTEGER NOT NULL)",
            "CREATE TABLE chunk (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, body BLOB NOT NULL)",
            "CREATE TABLE delivery (document INTEGER NOT NULL, key BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (document, key)) WITHOUT ROWID",
            "CREATE TABLE remote (id INTEGER PRIMARY KEY, document INTEGER NOT NULL, remote BLOB NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (document, remote))",
            "CREATE TABLE quarantine (id INTEGER PRIMARY KEY, document INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, snapshot INTEGER NOT NULL, what TEXT NOT NULL, body BLOB)",
            "CREATE TABLE seal (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, body BLOB NOT NULL)",
        ],
    },
    Migration {
        what: "makes the tables of blobs",
        tables: &[
            "CREATE TABLE blob (id INTEGER PRIMARY KEY, key BLOB UNIQUE, seen INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL)",
            "CREATE TABLE blob_part (id INTEGER PRIMARY KEY, start INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL)",
            "CREATE TABLE blob_chunk (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, uses INTEGER NOT NULL)",
            "CREATE INDEX blob_chunk_unused ON blob_chunk (id) WHERE uses = 0",
            "CREATE TABLE blob_bytes (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
            "CREATE TABLE blob_name (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, checksum INTEGER NOT NULL, body BLOB NOT NULL)",
            "CREATE TABLE blob_count (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)",
        ],
    },
    Migration {
        what: "makes the table of what was set aside and is back",
        tables: &[
            "CREATE TABLE lost (id INTEGER PRIMARY KEY, checksum INTEGER, is_back INTEGER NOT NULL)",
        ],
    },
];

/// Looks whether a store that this program knows stands at a path, with nothing but reading. Only ever through SQLite: where a
/// program closes a file that it also has open there, the system lets go of SQLite's locks on it.
pub(crate) fn look(path: &Path) -> Result<(), Error> {
    let not_a_store = |what: &str| Error::NotAStore {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(not_a_store("it is no file")),
        // SQLite takes what is shorter than a page for empty.
        Ok(found) if found.len() < 512 => {
            return Err(not_a_store("it is too short for an SQLite file"));
        }
        Ok(found) => check_one_name(path, &found)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Error::NoStore {
                path: path.to_owned(),
            });
        }
        Err(error) => {
            return Err(Error::io(path, "looking for it", error));
        }
    }
    let database = Database::open(path, &Options::new().read_only(), false)?;
    found_version(&database).map(drop)
}

fn check_known(path: &Path, found: u32) -> Result<(), Error> {
    match found > VERSION {
        true => Err(Error::Newer {
            path: path.to_owned(),
            found,
            known: VERSION,
        }),
        false => Ok(()),
    }
}

/// Makes the tables in a new file, and does what belongs to that.
pub(crate) fn create(
    database: &Database,
    and: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    prepare(database)?;
    database.at_once(|| {
        migrate(database, 0, VERSION)?;
        and()
    })?;
    to_wal(database)
}

/// Makes the tables of a version in a new file, as they stand in a store of that version.
pub(crate) fn create_as(database: &Database, version: u32) -> Result<(), Error> {
    prepare(database)?;
    database.at_once(|| migrate(database, 0, version))
}

fn prepare(database: &Database) -> Result<(), Error> {
    let prepare = || -> rusqlite::Result<()> {
        let connection = &database.connection;
        // Small pages: a commit writes two of them, and a file of little takes little.
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        // So that what compaction frees can be given back a few pages at a time.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")
    };
    database.named("creating it", prepare())
}

/// Readers go on beside a writer, and a commit is one sync. The file says so itself, from then on.
pub(crate) fn to_wal(database: &Database) -> Result<(), Error> {
    let doing = "opening it";
    let connection = &database.connection;
    let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
    let mode: String = database.named(doing, mode)?;
    match mode == "wal" {
        true => Ok(()),
        false => {
            let what =
                "SQLite keeps no log there: its file system has no memory that processes share";
            Err(Error::io(&database.path, doing, what))
        }
    }
}

/// Checks that the file is a store, and brings it to the newest version where it may be written.
pub(crate) fn check(database: &Database) -> Result<(), Error> {
    let found = found_version(database)?;
    if found < VERSION {
        if database.is_read_only {
            return Err(Error::Older {
                path: database.path.clone(),
                found,
            });
        }
        database.at_once(|| migrate(database, found_version(database)?, VERSION))?;
    }
    if !database.is_read_only {
        to_wal(database)?;
    }
    check_tables(database, VERSION)
}

/// What bringing the file to the newest version would do, step by step.
pub(crate) fn plan(database: &Database) -> Result<Vec<&'static str>, Error> {
    let found = found_version(database)?;
    let steps = MIGRATIONS.iter().skip(found as usize);
    Ok(steps.map(|step| step.what).collect())
}

fn found_version(database: &Database) -> Result<u32, Error> {
    let (id, found) = version(database)?;
    if id != APPLICATION_ID {
        return Err(Error::NotAStore {
            path: database.path.clone(),
            what: "it is the SQLite file of another program".to_owned(),
        });
    }
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    check_known(&database.path, found)?;
    check_tables(database, found)?;
    Ok(found)
}

fn migrate(database: &Database, from: u32, to: u32) -> Result<(), Error> {
    let connection = &database.connection;
    let migrate = || -> rusqlite::Result<()> {
        for step in MIGRATIONS.iter().take(to as usize).skip(from as usize) {
            for table in step.tables {
                connection.execute_batch(table)?;
            }
        }
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", to)
    };
    database.named("writing its tables", migrate())
}

fn version(database: &Database) -> Result<(i32, i32), Error> {
    let pragma = |name: &str| {
        let read = database
            .connection
            .pragma_query_value(None, name, |row| row.get(0));
        database.named("reading its header", read)
    };
    Ok((pragma("application_id")?, pragma("user_version")?))
}

/// The statements of all that is in the file.
fn tables(database: &Database) -> Result<Vec<String>, Error> {
    // Those without statements are the indexes that SQLite makes by itself.
    let query = "SELECT substr(sql, 1, 2000) FROM sqlite_schema WHERE sql IS NOT NULL LIMIT 100";
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut statement = database.connection.prepare(query)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    };
    database.named("reading its tables", read())
}

fn check_tables(database: &Database, version: u32) -> Result<(), Error> {
    let mut found = tables(database)?;
    found.sort_unstable();
    let steps = MIGRATIONS.iter().take(version as usize);
    let mut expected: Vec<_> = steps.flat_map(|step| step.tables).copied().collect();
    expected.sort_unstable();
    match found == expected {
        true => Ok(()),
        false => Err(database.damaged(Place::File, "its tables are not those of a store")),
    }
}
