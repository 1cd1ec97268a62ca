//! The documents in memory: opened when they are asked for, put away when others are needed more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use syncline::sync::key_of;
use syncline::{Doc, Entry as SummaryEntry, Error as DocError, SavePoint, Summary, VersionVector};
use syncline_store::{BlobId, Document, Error, Store};

use super::share::Share;
use crate::binding::Bindings;
use crate::conflicts::Conflicts;
use crate::recent::Recent;

/// A store, and what of it is in memory.
pub(crate) struct Library {
    pub(crate) store: Store,
    /// By [`key_of`] their names.
    pub(super) slots: BTreeMap<u64, Slot>,
    /// Those that may have changed since they were counted, and those that may have something to commit.
    pub(super) touched: BTreeSet<u64>,
    pub(super) uncommitted: BTreeSet<u64>,
    /// In which order they changed.
    pub(super) recent: Recent,
    /// Those whose entry in the summary is old; in which order entries changed.
    pub(super) unhashed: BTreeSet<u64>,
    pub(super) hashed: Recent,
    pub(super) summary: Arc<Summary>,
    /// How many are in memory; how often one was asked for.
    pub(super) open: usize,
    pub(super) uses: u64,
    /// Those that changed since it was read to which blobs they refer; what was found by that; which was read last, in which
    /// share of the time, counted from when it was opened.
    pub(super) unread: BTreeSet<u64>,
    pub(super) found: Vec<(u64, BlobId)>,
    pub(super) read_last: u64,
    pub(super) read_share: Share,
    pub(super) begun: Instant,
    /// Which documents refer to a blob, as each was when it was read last.
    pub(super) referring: BTreeMap<BlobId, BTreeSet<u64>>,
    /// What of the store could not be read, and is left out.
    pub(super) damaged: Vec<Error>,
    /// Those of all documents; none where they are to be counted again.
    pub(super) conflicts: Option<Conflicts>,
    /// Whose the peers of documents are.
    pub(crate) bindings: Bindings,
}

/// A document, and how it was when it was looked at last.
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) document: Option<Document>,
    pub(super) counted: Counted,
    /// When it was asked for last, among all uses.
    pub(super) used: u64,
    /// The blobs that it referred to when it was read last.
    pub(super) blobs: BTreeSet<BlobId>,
    /// And the conflicts that it had then.
    pub(super) conflicts: Conflicts,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Counted {
    pub(super) operations: u32,
    pub(super) version: VersionVector,
    pub(super) point: SavePoint,
}

impl Counted {
    pub(super) fn of(doc: &Doc) -> Counted {
        Counted {
            operations: doc.operations(),
            version: doc.version_vector(),
            point: doc.save_point(),
        }
    }
}

impl Library {
    /// Reads every document once, for what is told of it to others; keeps none of them. What cannot be read is left out, and so
    /// is what has the key of another.
    pub(crate) fn open(store: Store) -> Result<Library, Error> {
        let listing = store.documents()?;
        let mut library = Library {
            store,
            slots: BTreeMap::new(),
            touched: BTreeSet::new(),
            uncommitted: BTreeSet::new(),
            recent: Recent::default(),
            unhashed: BTreeSet::new(),
            hashed: Recent::default(),
            summary: Arc::default(),
            open: 0,
            uses: 0,
            unread: BTreeSet::new(),
            found: Vec::new(),
            read_last: 0,
            read_share: Share::full(),
            begun: Instant::now(),
            referring: BTreeMap::new(),
            damaged: listing.damaged,
            conflicts: None,
            bindings: Bindings::default(),
        };
        for name in listing.names {
            match library.look(&name) {
                Ok(()) => {}
                Err(error @ Error::Io { .. }) => return Err(error),
                Err(error) => library.damaged.push(error),
            }
        }
        Arc::make_mut(&mut library.summary).root();
        Ok(library)
    }

    /// Notes how a document is on disk.
    pub(super) fn look(&mut self, name: &str) -> Result<(), Error> {
        let mut document = self.store.document(name)?;
        let key = key_of(name);
        if self.slots.get(&key).is_some_and(|slot| slot.name != name) {
            return Ok(());
        }
        let entry = entry(key, document.doc_mut());
        let entry = entry.map_err(|error| of_document(name, error))?;
        let summary = Arc::make_mut(&mut self.summary);
        match entry.length {
            0 => drop(summary.remove(key)),
            _ => drop(summary.set(entry)),
        }
        let slot = Slot {
            name: name.to_owned(),
            document: None,
            counted: Counted::of(document.doc()),
            used: 0,
            blobs: BTreeSet::new(),
            conflicts: Conflicts::of(document.doc()),
        };
        self.conflicts = None;
        self.refer(key, BTreeSet::new());
        self.slots.insert(key, slot);
        self.refer(key, document.blobs());
        Ok(())
    }

    /// What could not be read, and takes no part.
    pub(crate) fn damaged(&self) -> &[Error] {
        &self.damaged
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// How many documents are in memory.
    pub(crate) fn in_memory(&self) -> usize {
        self.open
    }

    /// The keys of all documents.
    pub(crate) fn keys(&self) -> Vec<u64> {
        self.slots.keys().copied().collect()
    }

    pub(crate) fn name_of(&self, key: u64) -> Option<&str> {
        self.slots.get(&key).map(|slot| slot.name.as_str())
    }

    /// The version of a document, as it was when changes were last asked for.
    pub(crate) fn version_of(&self, key: u64) -> Option<&VersionVector> {
        self.slots.get(&key).map(|slot| &slot.counted.version)
    }

    /// A document, to be read or written; `None` where there is none.
    pub(crate) fn opened(&mut self, name: &str) -> Result<Option<&mut Document>, Error> {
        let key = key_of(name);
        match self.slots.get(&key) {
            Some(slot) if slot.name == name => self.at(key),
            _ => Ok(None),
        }
    }

    /// A document, which is made if there is none. `None` where its name is another's in all that counts.
    pub(crate) fn made(&mut self, name: &str) -> Result<Option<&mut Document>, Error> {
        let key = key_of(name);
        if !self.slots.contains_key(&key) {
            // It is on disk with what is committed to it.
            let document = self.store.begin_document(name)?;
            let slot = Slot {
                name: name.to_owned(),
                counted: Counted::of(document.doc()),
                document: Some(document),
                used: 0,
                blobs: BTreeSet::new(),
                conflicts: Conflicts::default(),
            };
            self.slots.insert(key, slot);
            self.open += 1;
        }
        self.opened(name)
    }

    pub(crate) fn at(&mut self, key: u64) -> Result<Option<&mut Document>, Error> {
        let Some(slot) = self.slots.get_mut(&key) else {
            return Ok(None);
        };
        if slot.document.is_none() {
            slot.document = Some(self.store.document(&slot.name)?);
            self.open += 1;
        }
        self.uses += 1;
        slot.used = self.uses;
        self.touched.insert(key);
        self.uncommitted.insert(key);
        Ok(slot.document.as_mut())
    }

    /// Puts documents away until no more than so many are in memory, those that were not asked for for longest first. Not those of
    /// which something is not committed, and not those that somebody is busy with.
    pub(crate) fn put_away(&mut self, most: usize, mut is_busy: impl FnMut(u64) -> bool) {
        if self.open <= most {
            return;
        }
        self.count();
        // Some more than has to be, so that not every document that comes makes all be looked at.
        let most = most - most / 8;
        let mut open: Vec<(u64, u64)> = Vec::with_capacity(self.open);
        let in_memory = self
            .slots
            .iter()
            .filter(|(_, slot)| slot.document.is_some());
        open.extend(in_memory.map(|(key, slot)| (slot.used, *key)));
        open.sort_unstable();
        for (_, key) in open {
            if self.open <= most {
                return;
            }
            let Some(slot) = self.slots.get_mut(&key) else {
                continue;
            };
            if is_busy(key) {
                continue;
            }
            if slot.document.take_if(|one| !one.is_changed()).is_some() {
                self.open -= 1;
                self.uncommitted.remove(&key);
            }
        }
    }

    pub(crate) fn into_store(self) -> Store {
        self.store
    }
}

pub(super) fn entry(key: u64, doc: &mut Doc) -> Result<SummaryEntry, DocError> {
    Ok(SummaryEntry {
        key,
        length: doc.operations(),
        hash: doc.summary_root()?,
    })
}

fn of_document(name: &str, error: DocError) -> Error {
    Error::Document {
        name: name.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use syncline_store::{Entry, Options};

    use super::*;

    #[test]
    fn what_is_not_committed_and_what_is_needed_stays_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path().join("store"), &Options::new()).unwrap();
        let mut library = Library::open(store).unwrap();
        let push = |library: &mut Library, name: &str| {
            let document = library.made(name).unwrap().unwrap();
            let pushed = document.doc_mut().transact(|tx| tx.text("body").push("x"));
            pushed.unwrap();
        };
        for name in ["needed", "old", "older"] {
            push(&mut library, name);
        }
        library.commit(&Entry::new()).unwrap();
        push(&mut library, "changed");
        library.put_away(1, |key| key == key_of("needed"));
        assert_eq!(library.in_memory(), 2);
        // It is committed with the next, and nothing is said to have changed that did not.
        let moment = library.moment();
        let committed = library.commit(&Entry::new()).unwrap();
        assert_eq!(committed.documents, [key_of("changed")]);
        for name in ["needed", "old", "older", "changed"] {
            let body = library.opened(name).unwrap().unwrap().doc().text("body");
            assert_eq!(body.to_string(), "x", "{name}");
        }
        assert_eq!(library.in_memory(), 4);
        assert_eq!(library.moment(), moment);
    }
}
