//! Syncing the disk apart from committing: on a thread of its own, while documents are committed on another.
//!
//! A commit stands in SQLite's log beside the file, in one piece with a checksum, as soon as it is written there. What it waits for
//! is that the log's file is synced, and that can be done by anybody: after it, whatever stood in the log is on disk. What was
//! brought from the log into the file before was synced when that was done.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use crate::database::Database;
use crate::error::Error;
use crate::files::beside;

const SYNCING: &str = "syncing it";

/// Brings to disk what [`Store::commit_soon`](crate::Store::commit_soon) committed before. Of use while the store is open.
#[derive(Debug)]
pub struct Syncer {
    log: File,
    path: PathBuf,
}

impl Syncer {
    /// Of a store, which is open.
    pub(crate) fn of(db: &Database) -> Result<Syncer, Error> {
        // SQLite keeps the log beside the file itself, not beside a link to it.
        let log = beside(&db.file, "-wal");
        let opened = OpenOptions::new().read(true).write(true).open(log);
        let path = db.path.clone();
        match opened {
            Ok(log) => Ok(Syncer { log, path }),
            Err(error) => Err(Error::io(&path, SYNCING, error)),
        }
    }

    /// When this returns, all that was committed before it was called is on disk.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]. What was not synced may be lost with the power, and the system does not tell again of it: the store is to
    /// be opened anew, which reads what is there.
    pub fn sync(&self) -> Result<(), Error> {
        let synced = self.log.sync_data();
        synced.map_err(|error| Error::io(&self.path, SYNCING, error))
    }
}
