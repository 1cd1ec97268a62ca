//! Repair: what is damaged is set aside, what is left is made readable, and what another copy has is fetched from it.

use crate::blob::{BlobId, is_waiting, rows};
use crate::database::Database;
use crate::document::Document;
use crate::error::{Error, Place};
use crate::job::{Failure, Progress, listed};
use crate::load::{self, Listed};
use crate::quarantine::{self, SetAside};
use crate::record::Entry;
use crate::store::Store;
use crate::verification::complaint;

/// What a repair did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The documents that were damaged and open again.
    pub repaired: Vec<Repaired>,
    /// The blobs that were damaged.
    pub blobs: Vec<RepairedBlob>,
    /// Those that could not be made to open, and why.
    pub failures: Vec<Failure>,
}

/// A blob that was damaged. Its chunks that are not what was written were set aside; the others can be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RepairedBlob {
    /// Its name.
    pub blob: BlobId,
    /// How many bytes it has.
    pub bytes: u64,
    /// How many of them were missing or damaged: all, where it was not to be told which they are.
    pub lost: u64,
    /// How many of those can be read again, out of another copy; `None` without one that has the blob.
    pub fetched: Option<u64>,
}

/// A document that was damaged and opens again.
#[derive(Debug)]
#[non_exhaustive]
pub struct Repaired {
    /// Its name.
    pub document: String,
    /// What was set aside. What it held is lost to this store, as far as it was not fetched.
    pub set_aside: Vec<SetAside>,
    /// How many operations the other copy had that were lost here; `None` without another copy that has the document.
    pub fetched: Option<u32>,
    /// Whether changes that are here wait for some that are lost: they do not show until those are back.
    pub is_waiting: bool,
}

/// Repairs a store, one document or blob after another: for whoever shows how far it is. [`Store::repair`] does it at once.
///
/// To pause, stop calling; dropped, what was repaired stays so.
///
/// # Examples
///
/// ```
/// use syncline_store::{Entry, Options, Repair, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
/// let mut repair = Repair::new(&store)?;
/// while repair.step(&mut store, None, &Entry::new())? {
///     println!("{} of {}", repair.progress().done, repair.progress().all);
/// }
/// assert!(repair.into_report().failures.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Repair {
    /// The last document that was looked at, or, after those, the last blob.
    at: u32,
    are_blobs: bool,
    is_done: bool,
    done: u64,
    all: u64,
    report: Report,
}

impl Repair {
    /// Of everything.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Io`].
    pub fn new(store: &Store) -> Result<Repair, Error> {
        store.db.check_writable()?;
        // What cannot be counted is gone through all the same.
        let counted = |count: Result<u64, Error>| match count {
            Err(Error::Damaged { .. }) => Ok(0),
            count => count,
        };
        Ok(Repair {
            at: 0,
            are_blobs: false,
            is_done: false,
            done: 0,
            all: counted(load::count(&store.db, load::ALL))? + counted(rows::count(&store.db))?,
            report: Report::default(),
        })
    }

    /// How far it is, in documents and blobs.
    pub fn progress(&self) -> Progress {
        Progress::writing(self.is_done, self.done, self.all)
    }

    /// Repairs the next document or blob; whether there is more to do. As [`Store::repair`].
    ///
    /// # Errors
    ///
    /// As [`Store::repair`]. Calling again tries again.
    pub fn step(
        &mut self,
        store: &mut Store,
        other: Option<&Store>,
        entry: &Entry,
    ) -> Result<bool, Error> {
        if self.is_done {
            return Ok(false);
        }
        let (at, is_there) = match self.are_blobs {
            false => self.next_document(store, other, entry)?,
            true => self.next_blob(store, other)?,
        };
        self.at = at;
        match is_there {
            true => self.done += 1,
            false if self.are_blobs => {
                // What cannot be mended here is not passed over.
                let complaint = complaint(&store.db)?;
                let failures = &mut self.report.failures;
                failures.extend(complaint.map(Failure::of_file));
                self.is_done = true;
            }
            false => (self.are_blobs, self.at) = (true, 0),
        }
        Ok(!self.is_done)
    }

    fn next_document(
        &mut self,
        store: &mut Store,
        other: Option<&Store>,
        entry: &Entry,
    ) -> Result<(u32, bool), Error> {
        let found = load::next(&store.db, load::ALL, self.at);
        let Some(found) = listed(found, &mut self.report.failures)? else {
            return Ok((self.at, false));
        };
        let repaired = store.repair_document(&found, other, entry, &mut self.report);
        self.note(repaired, || found.name(&store.db))?;
        Ok((found.owner.row, true))
    }

    fn next_blob(
        &mut self,
        store: &mut Store,
        other: Option<&Store>,
    ) -> Result<(u32, bool), Error> {
        let found = rows::next(&store.db, true, self.at);
        let Some(found) = listed(found, &mut self.report.failures)? else {
            return Ok((self.at, false));
        };
        let at = found.as_ref().map_or_else(|id| *id, |row| row.id);
        let repaired = match found {
            Ok(row) => store.repair_blob(&row, other, &mut self.report),
            Err(id) => Err(rows::damaged_row(&store.db, id)),
        };
        self.note(repaired, || None)?;
        Ok((at, true))
    }

    /// Notes what could not be repaired; what this store itself cannot do ends it.
    fn note(
        &mut self,
        repaired: Result<(), Error>,
        document: impl FnOnce() -> Option<String>,
    ) -> Result<(), Error> {
        match repaired {
            Err(error @ (Error::Full { .. } | Error::Io { .. })) => Err(error),
            Err(error) => {
                let document = document();
                self.report.failures.push(Failure { document, error });
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// What it did.
    pub fn into_report(self) -> Report {
        self.report
    }
}

impl Store {
    /// Opens every document, and where one is damaged sets that aside, with why, until the rest opens. Nothing is deleted: what
    /// was set aside stays in the file. If another copy is given, what it has of such a document is fetched from it, and
    /// committed with the entry. Documents without damage are not touched.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`]; what concerns one document is in the report.
    ///
    /// # Examples
    ///
    /// ```
    /// # use syncline_store::{Entry, Options, Store};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
    /// let report = store.repair(None, &Entry::new().origin("repair"))?;
    /// for repaired in &report.repaired {
    ///     println!("{}: {} places set aside", repaired.document, repaired.set_aside.len());
    /// }
    /// # assert!(report.repaired.is_empty() && report.failures.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn repair(&mut self, other: Option<&Store>, entry: &Entry) -> Result<Report, Error> {
        let mut repair = Repair::new(self)?;
        while repair.step(self, other, entry)? {}
        Ok(repair.into_report())
    }

    fn repair_document(
        &mut self,
        listed: &Listed,
        other: Option<&Store>,
        entry: &Entry,
        report: &mut Report,
    ) -> Result<(), Error> {
        let (owner, name) = (listed.owner, listed.checked_name(&self.db)?);
        let name = name.as_str();
        let mut set_aside: Vec<SetAside> = Vec::new();
        let mut document = loop {
            let (place, what) = match load::load(&self.db, owner, name, &self.limits) {
                Ok(document) => break document,
                Err(Error::Damaged { place, what, .. }) => (place, what),
                Err(error) => return Err(error),
            };
            // What was set aside and is still damaged would be for ever.
            let is_known = set_aside.iter().any(|known| known.place == place);
            let damaged = self.db.damaged(place.clone(), what.clone());
            match self.set_aside(listed, name, place, what)? {
                aside if is_known || aside.is_empty() => return Err(damaged),
                aside => set_aside.extend(aside),
            }
        };
        // What was set aside before may be in this copy.
        let is_sound = set_aside.is_empty();
        if is_sound && (other.is_none() || !quarantine::holds(&self.db, owner)?) {
            return Ok(());
        }
        let fetched = match other {
            None => Ok(None),
            Some(other) => match other.has_document(name) {
                Ok(true) => other
                    .document(name)
                    .and_then(|there| {
                        self.take_in_document((&there, &other.db), &mut document, entry)
                    })
                    .map(Some),
                has => has.map(|_| None),
            },
        };
        // Whatever the other copy is worth, this one opens again.
        let (fetched, failed) = match fetched {
            Ok(fetched) => (fetched, Ok(())),
            Err(error) => (None, Err(error)),
        };
        if !is_sound || fetched > Some(0) {
            report.repaired.push(Repaired {
                document: name.to_owned(),
                set_aside,
                fetched,
                is_waiting: is_waiting(document.doc()),
            });
        }
        failed
    }

    /// Sets aside what loading came upon first; of the journal everything at once, so that it is not read again for each record.
    fn set_aside(
        &self,
        listed: &Listed,
        name: &str,
        place: Place,
        what: String,
    ) -> Result<Vec<SetAside>, Error> {
        match place {
            Place::File | Place::Blob { .. } => Ok(Vec::new()),
            Place::Snapshot { .. } => {
                quarantine::snapshot_aside(&self.db, listed.owner, &what)?;
                let (records, what) = (0, what);
                Ok(vec![SetAside {
                    place,
                    records,
                    what,
                }])
            }
            Place::Journal { .. } => {
                let wrong = load::all_wrong(&self.db, listed.owner, name)?;
                quarantine::records_aside(&self.db, listed.owner, name, &wrong)
            }
        }
    }

    /// Merges what another store has of a document, and commits it; notes what of it was set aside here and is back with that.
    /// Gives how many operations were new.
    pub(crate) fn take_in_document(
        &mut self,
        (there, other): (&Document, &Database),
        document: &mut Document,
        entry: &Entry,
    ) -> Result<u32, Error> {
        let bytes = there.doc().save();
        // Where the entry has a key that was committed, nothing is taken in, and nothing is back.
        let Some(change) = self.receive(document, entry, &bytes)? else {
            return Ok(0);
        };
        quarantine::note_returned(&self.db, document.owner, (other, there.owner))?;
        Ok(change.applied())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rusqlite::Connection;

    use crate::options::{Durability, Options};
    use crate::record::Entry;
    use crate::store::Store;

    /// What SQLite does (in twenties of its instructions) to repair a document of which every second record is damaged, or lost, from
    /// a copy; and then to open it.
    fn work_of(records: u32, damage: &str) -> [u64; 2] {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("notes"), folder.path().join("copy"));
        let options = Options::new().durability(Durability::Fast);
        let mut store = Store::create(&path, &options).unwrap();
        let mut notes = store.create_document("notes").unwrap();
        for _ in 0..records {
            let edited = notes.doc_mut().transact(|tx| tx.text("body").push("a"));
            edited.unwrap();
            store.commit(&mut notes, &Entry::new()).unwrap();
        }
        drop(store);
        // As it stands, not packed: what is missing is looked for in its journal.
        std::fs::copy(&path, &copy).unwrap();
        let connection = Connection::open(&path).unwrap();
        let damaged = connection.execute(&format!("{damage} WHERE id % 2"), []);
        assert_eq!(damaged, Ok(records as usize / 2));
        drop(connection);

        let mut store = Store::open(&path, &options).unwrap();
        let other = Store::open(&copy, &Options::new().read_only()).unwrap();
        let done = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&done);
        let hook = move || {
            count.fetch_add(1, Ordering::Relaxed);
            false
        };
        let set = store.db.connection.progress_handler(20, Some(hook));
        set.unwrap();
        let report = store.repair(Some(&other), &Entry::new()).unwrap();
        assert!(report.failures.is_empty(), "{report:?}");
        let [repaired] = &*report.repaired else {
            panic!("{report:?}");
        };
        assert_eq!(repaired.set_aside.len(), records as usize / 2);
        let repairing = done.swap(0, Ordering::Relaxed);
        store.document("notes").unwrap();
        [repairing, done.load(Ordering::Relaxed)]
    }

    #[test]
    fn a_document_of_many_damaged_records_is_repaired_in_time() {
        for damage in ["UPDATE journal SET checksum = 1", "DELETE FROM journal"] {
            let few = work_of(200, damage);
            let many = work_of(1600, damage);
            // Eight times as much, not 64 times.
            for (few, many) in few.into_iter().zip(many) {
                assert!(many <= 16 * few.max(4), "{damage}: {few}, {many}");
            }
        }
    }
}
