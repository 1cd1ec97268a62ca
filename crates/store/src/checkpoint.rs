//! Bringing SQLite's log into the file while a job writes: by a connection of the job's own, on whatever thread, so that no commit
//! has to do it, and to wait for two syncs of the disk.

use std::sync::Arc;

use crate::clean;
use crate::database::Database;
use crate::error::Error;
use crate::files::beside;
use crate::job::State;
use crate::options::Options;
use crate::store::Store;

/// A job's connection for that.
pub(crate) struct Checkpoints {
    db: Database,
    /// For commits to know that there is a job.
    _job: Arc<()>,
    is_due: bool,
    /// Whether there is nothing more to write.
    is_last: bool,
}

/// Pages of the log from which on it is worth it: well before a commit would do it, and not much more often than once in some hundred
/// keystrokes, since a disk that syncs this keeps commits waiting meanwhile.
const PAGES: i64 = 12_000;

/// Bytes of a log that is longer than jobs and commits have it: a reader held it up, or a large commit came.
const LONG: u64 = 32 << 20;

/// How often it is tried to bring in all of it, while commits go on.
const TRIES: u32 = 4;

impl Checkpoints {
    pub(crate) fn new(store: &Store) -> Result<Checkpoints, Error> {
        let options = Options::new().limits(store.limits.clone());
        let mut db = Database::open(&store.db.file, &options, false)?;
        db.path.clone_from(&store.db.path);
        db.doubt = Arc::clone(&store.db.doubt);
        Ok(Checkpoints {
            db,
            _job: Arc::clone(&store.db.jobs),
            is_due: false,
            is_last: false,
        })
    }

    /// What a job does next: bring the log in, before anything else, where that is due.
    pub(crate) fn before(&self, state: State) -> State {
        match self.is_due {
            true => State::Working,
            false => state,
        }
    }

    /// Looks how much of the log is not in the file. Costs a few microseconds.
    pub(crate) fn look(&mut self, db: &Database) -> Result<(), Error> {
        let (pages, done) = checkpoint(db, "NOOP")?;
        self.is_due |= pages - done > PAGES;
        Ok(())
    }

    /// Brings it in where that is due, as far as readers allow; whether it was. Commits go on meanwhile.
    pub(crate) fn work(&mut self) -> Result<bool, Error> {
        if !std::mem::take(&mut self.is_due) {
            return Ok(false);
        }
        // Once all of it is there, the next commit begins the log anew: what came meanwhile is little.
        let mut is_whole = false;
        for _ in 0..TRIES {
            let (pages, done) = checkpoint(&self.db, "PASSIVE")?;
            is_whole = pages == done;
            if is_whole {
                break;
            }
        }
        let log = beside(&self.db.file, "-wal");
        if self.is_last && is_whole && log.metadata().is_ok_and(|log| log.len() > LONG) {
            // Commits wait while it is cut. With nothing left to bring in this takes no sync; where somebody committed just now, the
            // room is used again.
            clean::checkpoint(&self.db)?;
        }
        Ok(true)
    }

    /// At the end of a job: has the log brought in once more, and its room given back where it is long; whether that is done.
    pub(crate) fn end(&mut self) -> bool {
        let is_done = self.is_last;
        (self.is_due, self.is_last) = (!is_done, true);
        is_done
    }
}

/// Brings the log into the file as the mode says (`NOOP`: not at all); gives how many pages it has, and how many of those are there.
pub(crate) fn checkpoint(db: &Database, mode: &str) -> Result<(i64, i64), Error> {
    // It is synced before, and a sync that has failed once says nothing of what it left out.
    db.settle()?;
    let pragma = format!("PRAGMA wal_checkpoint({mode})");
    let read = db
        .connection
        .query_row(&pragma, [], |row| Ok((row.get(1)?, row.get(2)?)));
    db.named("bringing the log into the file", read)
}
