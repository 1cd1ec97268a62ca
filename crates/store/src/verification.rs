//! Verification: everything on disk is read, and held against its checksums and itself.

use syncline::Doc;

use crate::blob::{BlobCheck, rows};
use crate::database::Database;
use crate::error::{Error, Place};
use crate::job::{Failure, Progress, State, listed};
use crate::load::{self, Listed, of_document};
use crate::options::Limits;
use crate::store::Store;

/// Reads the whole store, one document after another: SQLite's own structures first, then every checksum, and of every document
/// that what it shows is what its history comes to ([`Doc::verify`]); then every blob, against its name.
///
/// It has a connection of its own, and only reads: commits go on meanwhile, and nothing waits for it. To pause, stop calling.
///
/// # Examples
///
/// ```
/// # use syncline_store::{Options, Store};
/// use syncline_store::Verification;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
/// let mut verification = Verification::new(&store)?;
/// while verification.work()? {}
/// for failure in verification.failures() {
///     eprintln!("{}", failure.error);
/// }
/// # assert!(verification.failures().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Verification {
    reader: Database,
    limits: Limits,
    is_begun: bool,
    /// The last document that was read, or, after those, the last blob that was begun.
    at: u32,
    are_blobs: bool,
    /// How far that is read.
    blob_at: Option<BlobCheck>,
    done: u64,
    all: u64,
    is_done: bool,
    failures: Vec<Failure>,
}

/// What is wrong with SQLite's structures is told up to so many lines.
const COMPLAINTS: u32 = 20;

impl Verification {
    /// Of all documents.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn new(store: &Store) -> Result<Verification, Error> {
        let reader = store.reader()?;
        // What cannot be counted is gone through all the same, and told then.
        let counted = |count: Result<u64, Error>| match count {
            Err(Error::Damaged { .. }) => Ok(0),
            count => count,
        };
        Ok(Verification {
            all: counted(load::count(&reader, load::ALL))? + counted(rows::count(&reader))?,
            reader,
            limits: store.limits.clone(),
            is_begun: false,
            at: 0,
            are_blobs: false,
            blob_at: None,
            done: 0,
            is_done: false,
            failures: Vec::new(),
        })
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let state = match self.is_done {
            true => State::Done,
            false => State::Working,
        };
        Progress {
            state,
            done: self.done,
            // There may be more than could be counted.
            all: self.all.max(self.done),
        }
    }

    /// What is wrong, as far as it has read.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Reads the structures, the next document, or the next MiB of a blob; whether there is more to do.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the store cannot be read at all. What is wrong with it is told by
    /// [`failures`](Verification::failures).
    pub fn work(&mut self) -> Result<bool, Error> {
        if !self.is_begun {
            self.is_begun = true;
            let complaint = complaint(&self.reader)?;
            self.failures.extend(complaint.map(Failure::of_file));
        } else if let Some(check) = self.blob_at.take() {
            self.blob(check)?;
        } else if self.are_blobs {
            let found = rows::next(&self.reader, true, self.at);
            match listed(found, &mut self.failures)? {
                None => self.is_done = true,
                Some(Ok(row)) => {
                    self.at = row.id;
                    self.blob_at = Some(BlobCheck::new(row));
                }
                Some(Err(id)) => {
                    self.at = id;
                    self.end_blob(Some(rows::damaged_row(&self.reader, id)));
                }
            }
        } else {
            let found = load::next(&self.reader, load::ALL, self.at);
            match listed(found, &mut self.failures)? {
                None => (self.are_blobs, self.at) = (true, 0),
                Some(listed) => {
                    self.at = listed.owner.row;
                    self.done += 1;
                    self.document(&listed);
                }
            }
        }
        Ok(!self.is_done)
    }

    /// Reads a part of a blob.
    fn blob(&mut self, mut check: BlobCheck) -> Result<(), Error> {
        match check.step(&self.reader) {
            Ok(true) => self.blob_at = Some(check),
            Ok(false) => self.end_blob(None),
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(error) => self.end_blob(Some(error)),
        }
        Ok(())
    }

    fn end_blob(&mut self, error: Option<Error>) {
        self.done += 1;
        self.failures.extend(error.map(Failure::of_file));
    }

    fn document(&mut self, listed: &Listed) {
        let verified = listed.checked_name(&self.reader).and_then(|name| {
            let document = load::load(&self.reader, listed.owner, &name, &self.limits)?;
            verify(document.doc()).map_err(|error| of_document(&name, error))
        });
        if let Err(error) = verified {
            let document = listed.name(&self.reader);
            self.failures.push(Failure { document, error });
        }
    }
}

/// What is wrong with the file by SQLite's own check of its pages, and of its indexes against its tables.
pub(crate) fn complaint(db: &Database) -> Result<Option<Error>, Error> {
    let check = || -> rusqlite::Result<Vec<String>> {
        let query = format!("PRAGMA integrity_check({COMPLAINTS})");
        let mut statement = db.connection.prepare(&query)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    };
    let complaints = match db.named("checking its pages", check()) {
        Ok(complaints) => complaints,
        Err(Error::Damaged { what, .. }) => vec![what],
        Err(error) => return Err(error),
    };
    // Of one row or of many, under a line that names the file.
    let lines = complaints.iter().flat_map(|row| row.lines());
    let mut lines = lines.filter(|line| *line != "ok" && !line.starts_with("***"));
    let Some(first) = lines.next() else {
        return Ok(None);
    };
    let what = match lines.count() {
        0 => first.to_owned(),
        more => format!("{first}, and {more} more complaints of SQLite"),
    };
    Ok(Some(db.damaged(Place::File, what)))
}

/// What the document shows is what its history comes to, and nothing of it was left out.
fn verify(doc: &Doc) -> Result<(), syncline::Error> {
    match doc.rejected() {
        [] => doc.verify(),
        [first, ..] => Err(first.error.clone()),
    }
}
