//! Syncing the disk apart from committing: on a thread of its own, while documents are committed on another.
//!
//! A commit stands in SQLite's log beside the file, in one piece with a checksum, as soon as it is written there. What it waits for
//! is that the log's file is synced, and that can be done by anybody: after it, whatever stood in the log is on disk. What was
//! brought from the log into the file before was synced when that was done.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::sync::Arc;

use crate::database::Database;
use crate::doubt::Doubt;
use crate::error::Error;
use crate::files::beside;

const SYNCING: &str = "syncing it";

/// Brings to disk what [`Store::commit_soon`](crate::Store::commit_soon) committed before. Of use while the store is open.
#[derive(Debug)]
pub struct Syncer {
    log: File,
    path: PathBuf,
    doubt: Arc<Doubt>,
}

impl Syncer {
    /// Of a store, which is open.
    pub(crate) fn of(db: &Database) -> Result<Syncer, Error> {
        db.settle()?;
        // SQLite keeps the log beside the file itself, not beside a link to it.
        let log = beside(&db.file, "-wal");
        let opened = OpenOptions::new().read(true).write(true).open(log);
        let path = db.path.clone();
        match opened {
            Ok(log) => Ok(Syncer {
                log,
                path,
                doubt: Arc::clone(&db.doubt),
            }),
            Err(error) => Err(Error::io(&path, SYNCING, error)),
        }
    }

    /// When this returns, all that was committed before it was called is on disk.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]. What was not synced may be lost with the power, and the system does not tell again of it. So this fails until
    /// that is written again: with the next commit, by [`Store::syncer`](crate::Store::syncer), or as the store is opened anew.
    pub fn sync(&self) -> Result<(), Error> {
        if self.doubt.is_raised() {
            let what = "a sync failed, and what it left out is not written again yet";
            return Err(Error::io(&self.path, SYNCING, what));
        }
        let synced = self.log.sync_data();
        synced.map_err(|error| {
            self.doubt.raise();
            Error::io(&self.path, SYNCING, error)
        })
    }
}
