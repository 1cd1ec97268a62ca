//! What a sync that failed leaves behind. The system tells of it once, and may forget what it could not write: what is read is still
//! what was written, and the next sync says that all is well, though the disk lacks some of it. A commit that counts on that would
//! be lost with the power, and so would a file into which SQLite's log was brought by halves.
//!
//! So the log is written again as it stands, and synced, before anything else is committed or brought into the file.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::ffi;

use crate::database::Database;
use crate::error::Error;
use crate::files::beside;

/// Whether SQLite's log may hold what the disk lacks: one for all connections of a store.
#[derive(Default, Debug)]
pub(crate) struct Doubt {
    /// Syncs that failed, and how many of them had when the log was last written again.
    raised: AtomicU32,
    settled: AtomicU32,
}

impl Doubt {
    pub(crate) fn raise(&self) {
        self.raised.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst) != self.settled.load(Ordering::SeqCst)
    }

    /// Has an error of SQLite's raise it where that is of a sync.
    pub(crate) fn see(&self, error: &rusqlite::Error) {
        let code = error.sqlite_error().map(|error| error.extended_code);
        if let Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) = code {
            self.raise();
        }
    }
}

/// Bytes that are written again at once.
const PIECE: usize = 64 << 10;

impl Database {
    /// Raises the doubt where a log was left behind: by a process that was ended, or whose disk failed.
    pub(crate) fn doubt_what_was_left(&self) {
        let log = beside(&self.file, "-wal");
        if log.metadata().is_ok_and(|log| log.len() > 0) {
            self.doubt.raise();
        }
    }

    /// Writes the log again where it is in doubt. Costs its length, of which there are a few MiB.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        if self.is_read_only || !self.doubt.is_raised() {
            return Ok(());
        }
        let raised = self.doubt.raised.load(Ordering::SeqCst);
        let doing = "writing its log again";
        // Nobody else appends to the log meanwhile, or begins it anew.
        self.within(["BEGIN IMMEDIATE", "ROLLBACK"], doing, || {
            let written = write_again(&beside(&self.file, "-wal"));
            written.map_err(|error| match error.kind() {
                ErrorKind::StorageFull => Error::Full {
                    path: self.path.clone(),
                },
                _ => Error::io(&self.path, doing, error),
            })
        })?;
        self.doubt.settled.store(raised, Ordering::SeqCst);
        Ok(())
    }
}

/// The last connection brings the log into the file as it is closed. Where that is in doubt it stays, for who opens it next.
impl Drop for Database {
    fn drop(&mut self) {
        if self.settle().is_err() {
            let leave = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
            let _ = self.connection.set_db_config(leave, true);
        }
    }
}

fn write_again(log: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let (mut piece, mut at) = (Vec::with_capacity(PIECE), 0);
    loop {
        file.seek(SeekFrom::Start(at))?;
        piece.clear();
        let len = (&mut file).take(PIECE as u64).read_to_end(&mut piece)?;
        if len == 0 {
            return file.sync_data();
        }
        write_at(&mut file, &piece, at)?;
        at += len as u64;
    }
}

#[cfg(unix)]
fn write_at(file: &mut File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(file: &mut File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    io::Write::write_all(file, bytes)
}
