//! The SQLite file: how it is opened, and its errors by name.

use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::c_int;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};

use crate::begun::Begun;
use crate::blob::MOST_BYTES;
use crate::checkpoint::checkpoint;
use crate::commit::Commits;
use crate::doubt::Doubt;
use crate::error::{Error, Place};
use crate::options::{Durability, Options};
use crate::seal::Seal;
use crate::words::{Owner, Tag, checksum};

/// How long a step waits for another process that holds the file for a moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pages of SQLite's log after which a commit brings it into the file: 4 MiB, in as many pages as a store has. Beside a job, which
/// does it before on another thread, 16 MiB.
const LOG_PAGES: c_int = 4096;
const LOG_PAGES_BESIDE_A_JOB: c_int = 16384;

thread_local! {
    /// How many pages SQLite's log had after the last commit on this thread.
    static PAGES_OF_LOG: Cell<c_int> = const { Cell::new(0) };
}

/// An open SQLite file.
pub(crate) struct Database {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    /// The same from any folder, and behind links: for other connections to it.
    pub(crate) file: PathBuf,
    pub(crate) is_read_only: bool,
    durability: Durability,
    /// What commits wait for as SQLite was told last; `None` while that is not known.
    waits_for: Cell<Option<Durability>>,
    /// Whether what failed could not be taken back, and still has to be.
    is_left: Cell<bool>,
    pub(crate) doubt: Arc<Doubt>,
    pub(crate) seal: Seal,
    pub(crate) commits: Arc<Commits>,
    pub(crate) begun: Begun,
    /// Held by every job that brings the log into the file.
    pub(crate) jobs: Arc<()>,
}

impl Database {
    /// Opens the file; makes it if `may_create`.
    pub(crate) fn open(path: &Path, options: &Options, may_create: bool) -> Result<Self, Error> {
        let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags |= match options.is_read_only {
            true => OpenFlags::SQLITE_OPEN_READ_ONLY,
            false => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, may_create);
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|error| named(path, "opening it", error))?;
        let database = Database {
            connection,
            path: path.to_owned(),
            file: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            is_read_only: options.is_read_only,
            durability: options.durability,
            waits_for: Cell::new(None),
            is_left: Cell::new(false),
            doubt: Arc::default(),
            seal: Seal::default(),
            commits: Arc::default(),
            begun: Begun::default(),
            jobs: Arc::default(),
        };
        database.tune(options)?;
        Ok(database)
    }

    /// What the file says is data, and no program: no trigger or view of it runs, and no row is larger than the limit.
    fn tune(&self, options: &Options) -> Result<(), Error> {
        let tune = || -> rusqlite::Result<()> {
            let connection = &self.connection;
            connection.busy_timeout(PATIENCE)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
            let most = options.limits.document_bytes.max(MOST_BYTES);
            let most = most.saturating_add(4096);
            let most = i32::try_from(most).unwrap_or(i32::MAX);
            connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, most)?;
            connection.pragma_update(None, "cell_size_check", true)?;
            self.wait_for(options.durability)?;
            // SQLite would tell nobody what fails as it brings its log into the file: see `keep_log_short`.
            connection.pragma_update(None, "wal_autocheckpoint", 0)?;
            connection.wal_hook(Some(|_, pages| {
                PAGES_OF_LOG.set(pages);
                Ok(())
            }));
            // Where syncing a file leaves it in the disk's own memory, this asks for more; elsewhere it says nothing.
            connection.pragma_update(None, "fullfsync", options.durability == Durability::Full)
        };
        self.named("opening it", tune())
    }

    /// Tells SQLite what commits wait for from here on.
    fn wait_for(&self, durability: Durability) -> rusqlite::Result<()> {
        if self.waits_for.get() == Some(durability) {
            return Ok(());
        }
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::Fast => "NORMAL",
        };
        self.waits_for.set(None);
        self.connection
            .pragma_update(None, "synchronous", synchronous)?;
        self.waits_for.set(Some(durability));
        Ok(())
    }

    /// Whether commits wait until they are on disk.
    pub(crate) fn is_synced(&self) -> bool {
        self.durability == Durability::Full && !self.is_read_only
    }

    /// As [`at_once`](Database::at_once), of what may be lost with the power: the next commit syncs it with its own.
    pub(crate) fn without_hurry<T>(
        &self,
        act: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.write(Durability::Fast, act)
    }

    /// Does something that others need not be waited for.
    pub(crate) fn without_waiting<T>(
        &self,
        doing: &'static str,
        act: impl FnOnce() -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let wait = |time| self.named(doing, self.connection.busy_timeout(time));
        wait(Duration::ZERO)?;
        let done = self.named(doing, act());
        wait(PATIENCE)?;
        done
    }

    /// The hash by which a document's name is found.
    pub(crate) fn name_key(&self, name: &str) -> [u8; 16] {
        self.seal.document_key(name)
    }

    /// The hash of a delivery's key.
    pub(crate) fn delivery_key(&self, key: &str) -> [u8; 16] {
        self.seal.hash(b"syncline delivery", key)
    }

    /// The hash by which what is kept of a remote is found.
    pub(crate) fn remote_key(&self, remote: &str) -> [u8; 16] {
        self.seal.hash(b"syncline remote", remote)
    }

    /// The hash by which a blob is found, from its name: of itself it says nothing where the store is sealed.
    pub(crate) fn blob_key(&self, blob: &[u8; 32]) -> [u8; 32] {
        self.seal.whole_hash(b"syncline blob", blob)
    }

    /// The hash by which a chunk of blobs is found, from that of its bytes.
    pub(crate) fn chunk_key(&self, chunk: &[u8; 32]) -> [u8; 32] {
        self.seal.whole_hash(b"syncline chunk", chunk)
    }

    /// The hash by which a blob that somebody gave a name is found.
    pub(crate) fn blob_name_key(&self, name: &str) -> [u8; 16] {
        self.seal.hash(b"syncline blob name", name)
    }

    /// A row's body as it goes to disk, and its checksum.
    pub(crate) fn pack<'a>(
        &self,
        tag: Tag,
        owner: Owner,
        number: u64,
        plain: &'a [u8],
    ) -> (i64, Cow<'a, [u8]>) {
        let body = self.seal.close(tag, owner, number, plain);
        (checksum(tag, owner, number, &body), body)
    }

    /// The body of a row, of which these columns are the checksum and the body; `None` where it is not what was written there.
    pub(crate) fn unpack<'a>(
        &self,
        (tag, owner, number): (Tag, Owner, u64),
        row: &'a Row<'_>,
        columns: (usize, usize),
    ) -> Option<Cow<'a, [u8]>> {
        let sum: i64 = row.get(columns.0).ok()?;
        let body = row.get_ref(columns.1).ok()?.as_blob().ok()?;
        match checksum(tag, owner, number, body) == sum {
            true => self.seal.open(tag, owner, number, body),
            false => None,
        }
    }

    /// A result with its error by name.
    pub(crate) fn named<T>(
        &self,
        doing: &'static str,
        result: rusqlite::Result<T>,
    ) -> Result<T, Error> {
        result.map_err(|error| {
            self.doubt.see(&error);
            named(&self.path, doing, error)
        })
    }

    /// Damage to be told.
    pub(crate) fn damaged(&self, place: Place, what: impl Into<String>) -> Error {
        Error::Damaged {
            path: self.path.clone(),
            place,
            what: what.into(),
        }
    }

    /// Refuses a row that was asked for as one after another, and is not: in a damaged page SQLite finds such, again and again.
    pub(crate) fn check_order(&self, found: i64, after: i64) -> Result<(), Error> {
        match found > after {
            true => Ok(()),
            false => Err(self.damaged(Place::File, "its rows are out of order")),
        }
    }

    /// Refuses that a row was found, and was not there when it was to be deleted.
    pub(crate) fn check_found(&self, deleted: usize) -> Result<(), Error> {
        match deleted > 0 {
            true => Ok(()),
            false => Err(self.damaged(Place::File, "a row that an index has is not there")),
        }
    }

    /// How many bytes the pages of the file have, those in SQLite's log among them: no row has as many.
    pub(crate) fn file_bytes(&self) -> Result<i64, Error> {
        let pragma = |name| {
            let read = self
                .connection
                .pragma_query_value(None, name, |row| row.get::<_, u32>(0));
            self.named("reading its header", read).map(i64::from)
        };
        Ok(pragma("page_count")? * pragma("page_size")?)
    }

    /// Refuses where the store is read only.
    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        match self.is_read_only {
            true => Err(Error::ReadOnly {
                path: self.path.clone(),
            }),
            false => Ok(()),
        }
    }

    /// Does several things so that all of them are on disk, or none.
    pub(crate) fn at_once<T>(&self, act: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        self.write(self.durability, act)
    }

    /// Each says itself what it waits for: what the one before it did not wait for, and how that ended, is nothing to it.
    fn write<T>(
        &self,
        durability: Durability,
        act: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let doing = "writing it";
        self.check_writable()?;
        self.take_back(doing)?;
        self.settle()?;
        self.named(doing, self.wait_for(durability))?;
        let done = self.within(["BEGIN IMMEDIATE", "COMMIT"], doing, act);
        self.keep_log_short();
        done
    }

    /// Brings SQLite's log into the file after a commit with which it grew long. What fails is tried again after the next one: what
    /// was committed is so, and the log can grow.
    fn keep_log_short(&self) {
        let most = match Arc::strong_count(&self.jobs) {
            1 => LOG_PAGES,
            _ => LOG_PAGES_BESIDE_A_JOB,
        };
        if PAGES_OF_LOG.take() >= most {
            let _ = checkpoint(self, "PASSIVE");
        }
    }

    /// Reads several things as they were at one moment.
    pub(crate) fn as_of_now<T>(&self, act: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        // One that came upon a page that cannot be read has nothing to commit, and does not.
        self.within(["BEGIN", "ROLLBACK"], "reading it", act)
    }

    pub(crate) fn within<T>(
        &self,
        [begin, end]: [&str; 2],
        doing: &'static str,
        act: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.take_back(doing)?;
        self.named(doing, self.connection.execute_batch(begin))?;
        let done = act().and_then(|done| {
            self.named(doing, self.connection.execute_batch(end))?;
            Ok(done)
        });
        if done.is_err() && !self.connection.is_autocommit() {
            // What cannot be taken back now is before anything else is done, or when the file is next opened.
            self.is_left.set(true);
            let _ = self.take_back(doing);
        }
        done
    }

    /// Takes back what could not be taken back when it failed.
    fn take_back(&self, doing: &'static str) -> Result<(), Error> {
        if self.is_left.get() && !self.connection.is_autocommit() {
            self.named(doing, self.connection.execute_batch("ROLLBACK"))?;
        }
        self.is_left.set(false);
        Ok(())
    }
}

/// An error of SQLite by its name here.
pub(crate) fn named(path: &Path, doing: &'static str, error: rusqlite::Error) -> Error {
    let path = path.to_owned();
    let damaged = |what: String| Error::Damaged {
        path: path.clone(),
        place: Place::File,
        what,
    };
    match &error {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => return damaged(error.to_string()),
        // For a header that no SQLite wrote it has no code of its own.
        rusqlite::Error::SqliteFailure(_, Some(what)) if what == "unsupported file format" => {
            return damaged(what.clone());
        }
        _ => {}
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::TooBig) => damaged(error.to_string()),
        Some(ErrorCode::NotADatabase) => Error::NotAStore {
            path,
            what: "it is no SQLite file".to_owned(),
        },
        Some(ErrorCode::DiskFull) => Error::Full { path },
        Some(ErrorCode::ReadOnly) => Error::ReadOnly { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Locked {
            path,
            process: None,
        },
        _ => Error::Io {
            path,
            doing,
            error: Box::new(error),
        },
    }
}
