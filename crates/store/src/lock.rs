//! One process writes: whoever opens a store to write holds a lock beside it, which the system lets go of with the process.
//!
//! The lock is a write transaction of a small SQLite file, `NAME-lock`, held open: so it works wherever the store does. The
//! file also says which process holds it. It stays behind, and means nothing without the lock.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::database::named;
use crate::error::Error;
use crate::files::beside;

/// Held for as long as this lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _connection: Connection,
}

impl Lock {
    /// Takes the lock of the store at `path`, which is `file`: the lock is beside that, whichever link leads there.
    pub(crate) fn take(path: &Path, file: &Path) -> Result<Lock, Error> {
        let beside = beside(file, "-lock");
        let take = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(&beside)?;
            connection.busy_timeout(Duration::ZERO)?;
            connection.execute_batch("BEGIN IMMEDIATE")?;
            connection.execute_batch(
                "CREATE TABLE IF NOT EXISTS holder (process INTEGER NOT NULL); DELETE FROM holder",
            )?;
            connection.execute("INSERT INTO holder VALUES (?1)", [std::process::id()])?;
            // What was written shows to others with the end of its transaction; the lock is the one after.
            connection.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
            Ok(connection)
        };
        match take() {
            Ok(connection) => Ok(Lock {
                _connection: connection,
            }),
            Err(error) if is_taken(&error) => Err(Error::Locked {
                path: path.to_owned(),
                process: holder(&beside),
            }),
            Err(error) => Err(named(&beside, "locking the store", error)),
        }
    }
}

fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn holder(beside: &Path) -> Option<u32> {
    let connection = Connection::open(beside).ok()?;
    let process = connection.query_row("SELECT process FROM holder", [], |row| row.get(0));
    process.ok()
}
