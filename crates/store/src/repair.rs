//! Repair: what is damaged is set aside, what is left is made readable, and what another copy has is fetched from it.

use crate::blob::{BlobId, rows};
use crate::document::Document;
use crate::error::Error;
use crate::job::{Failure, listed};
use crate::load::{self, Listed};
use crate::quarantine::{self, SetAside};
use crate::record::Entry;
use crate::store::Store;

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
        self.db.check_writable()?;
        let mut report = Report::default();
        let mut at = 0;
        while let Some(found) = listed(load::next(&self.db, load::ALL, at), &mut report.failures)? {
            at = found.owner.row;
            match self.repair_document(&found, other, entry, &mut report) {
                Ok(()) => {}
                Err(error @ (Error::Full { .. } | Error::Io { .. })) => return Err(error),
                Err(error) => report.failures.push(Failure {
                    document: found.name(&self.db),
                    error,
                }),
            }
        }
        self.repair_blobs(other, &mut report)?;
        Ok(report)
    }

    fn repair_blobs(&mut self, other: Option<&Store>, report: &mut Report) -> Result<(), Error> {
        let mut at = 0;
        while let Some(found) = listed(rows::next(&self.db, true, at), &mut report.failures)? {
            at = found.as_ref().map_or_else(|id| *id, |row| row.id);
            let repaired = match found {
                Ok(row) => self.repair_blob(&row, other, report),
                Err(id) => Err(rows::damaged_row(&self.db, id)),
            };
            match repaired {
                Ok(()) => {}
                Err(error @ (Error::Full { .. } | Error::Io { .. })) => return Err(error),
                Err(error) => report.failures.push(Failure {
                    document: None,
                    error,
                }),
            }
        }
        Ok(())
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
            match quarantine::set_aside(&self.db, owner, place, what)? {
                Some(aside) if !is_known => set_aside.push(aside),
                _ => return Err(damaged),
            }
        };
        if set_aside.is_empty() {
            return Ok(());
        }
        let fetched = match other {
            None => Ok(None),
            Some(other) => match other.has_document(name) {
                Ok(true) => other
                    .document(name)
                    .and_then(|there| self.take_in_document(&there, &mut document, entry))
                    .map(Some),
                has => has.map(|_| None),
            },
        };
        // Whatever the other copy is worth, this one opens again.
        let (fetched, failed) = match fetched {
            Ok(fetched) => (fetched, Ok(())),
            Err(error) => (None, Err(error)),
        };
        report.repaired.push(Repaired {
            document: name.to_owned(),
            set_aside,
            fetched,
        });
        failed
    }

    /// Merges what another store has of a document, and commits it; gives how many operations were new.
    pub(crate) fn take_in_document(
        &mut self,
        there: &Document,
        document: &mut Document,
        entry: &Entry,
    ) -> Result<u32, Error> {
        let bytes = there.doc().save();
        let change = self.receive(document, entry, &bytes)?;
        Ok(change.map_or(0, |change| change.applied()))
    }
}
