//! The documents of a store, as a session sees them: opened when they are needed, committed together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use syncline::sync::{Documents, key_of};
use syncline::{Doc, Entry as SummaryEntry, Error as DocError, Summary, VersionVector};
use syncline_store::{Document, Entry, Error, Store};

/// A store, and what of it is in memory.
pub(crate) struct Library {
    store: Store,
    /// By [`key_of`] their names.
    slots: BTreeMap<u64, Slot>,
    /// Those whose entry in the summary may be old, and those that may have something to commit.
    touched: BTreeSet<u64>,
    uncommitted: BTreeSet<u64>,
    summary: Arc<Summary>,
    /// Documents by when they last changed in memory, and how many changes there were.
    changed: BTreeMap<u64, u64>,
    changes: u64,
    /// What of the store could not be read, and is left out.
    damaged: Vec<Error>,
}

/// A document. Once opened it stays so: sessions remember how far in it they are.
struct Slot {
    name: String,
    document: Option<Document>,
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
            summary: Arc::default(),
            changed: BTreeMap::new(),
            changes: 0,
            damaged: listing.damaged,
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

    fn look(&mut self, name: &str) -> Result<(), Error> {
        let mut document = self.store.document(name)?;
        let key = key_of(name);
        let entry = entry(key, document.doc_mut());
        let entry = entry.map_err(|error| of_document(name, error))?;
        if entry.length > 0 {
            Arc::make_mut(&mut self.summary).set(entry);
        }
        let slot = Slot {
            name: name.to_owned(),
            document: None,
        };
        self.slots.entry(key).or_insert(slot);
        Ok(())
    }

    /// What could not be read, and takes no part.
    pub(crate) fn damaged(&self) -> &[Error] {
        &self.damaged
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// How often documents changed since the store was opened.
    pub(crate) fn change_count(&self) -> u64 {
        self.changes
    }

    /// The documents that changed after so many changes.
    pub(crate) fn changed_since(&self, changes: u64) -> Vec<u64> {
        let changed = self.changed.iter().filter(|(_, at)| **at > changes);
        changed.map(|(key, _)| *key).collect()
    }

    pub(crate) fn name_of(&self, key: u64) -> Option<&str> {
        self.slots.get(&key).map(|slot| slot.name.as_str())
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
                document: Some(document),
            };
            self.slots.insert(key, slot);
        }
        self.opened(name)
    }

    fn at(&mut self, key: u64) -> Result<Option<&mut Document>, Error> {
        let Some(slot) = self.slots.get_mut(&key) else {
            return Ok(None);
        };
        if slot.document.is_none() {
            slot.document = Some(self.store.document(&slot.name)?);
        }
        self.touched.insert(key);
        self.uncommitted.insert(key);
        Ok(slot.document.as_mut())
    }

    /// Commits all that was changed, with one sync; gives the documents that were. Where it fails, all of it stays in memory, and
    /// is committed with the next.
    pub(crate) fn commit(&mut self, entry: &Entry) -> Result<Vec<u64>, Error> {
        let mut taken: Vec<(u64, Document)> = Vec::new();
        for key in &self.uncommitted {
            let slot = self.slots.get_mut(key);
            let document = slot.and_then(|slot| slot.document.take_if(|one| one.is_changed()));
            taken.extend(document.map(|document| (*key, document)));
        }
        let mut documents: Vec<_> = taken.iter_mut().map(|(_, document)| document).collect();
        let committed = self.store.commit_all(&mut documents, entry);
        let keys = taken.iter().map(|(key, _)| *key).collect();
        for (key, document) in taken {
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.document = Some(document);
            }
        }
        committed?;
        self.uncommitted.clear();
        Ok(keys)
    }

    /// Keeps what a remote has confirmed, of each document a version; with one sync.
    pub(crate) fn keep_remote(
        &mut self,
        remote: &str,
        confirmed: &[(u64, &VersionVector)],
    ) -> Result<(), Error> {
        let mut known = Vec::new();
        for (key, version) in confirmed {
            if let Some(name) = self.name_of(*key) {
                let mut one = self.store.remote(name, remote)?;
                one.acknowledge(version);
                known.push((name.to_owned(), one));
            }
        }
        self.store.keep_remotes(remote, &known)
    }

    pub(crate) fn into_store(self) -> Store {
        self.store
    }
}

fn entry(key: u64, doc: &mut Doc) -> Result<SummaryEntry, DocError> {
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

/// The store's error, where a session asked.
fn of_store(error: Error) -> DocError {
    match error {
        Error::Document { error, .. } => error,
        error => DocError::aborted(error),
    }
}

impl Documents for Library {
    fn single(&mut self) -> Option<&mut Doc> {
        None
    }

    fn summary(&mut self) -> Result<Arc<Summary>, DocError> {
        let mut is_changed = false;
        while let Some(key) = self.touched.first().copied() {
            let slot = self.slots.get_mut(&key);
            if let Some(document) = slot.and_then(|slot| slot.document.as_mut()) {
                let entry = entry(key, document.doc_mut())?;
                // A document without operations is nothing to anybody else.
                if entry.length > 0 && self.summary.get(key) != Some(&entry) {
                    Arc::make_mut(&mut self.summary).set(entry);
                    self.changes += 1;
                    self.changed.insert(key, self.changes);
                    is_changed = true;
                }
            }
            self.touched.remove(&key);
        }
        if is_changed {
            Arc::make_mut(&mut self.summary).root();
        }
        Ok(self.summary.clone())
    }

    fn name(&self, key: u64) -> Option<String> {
        self.name_of(key).map(str::to_owned)
    }

    fn document(&mut self, key: u64) -> Result<Option<&mut Doc>, DocError> {
        let document = self.at(key).map_err(of_store)?;
        Ok(document.map(Document::doc_mut))
    }

    fn create(&mut self, name: &str) -> Result<bool, DocError> {
        if self.slots.contains_key(&key_of(name)) {
            return Ok(false);
        }
        match self.made(name) {
            Ok(made) => Ok(made.is_some()),
            // One that is damaged here, or whose name is too long, is not wanted.
            Err(Error::DocumentExists { .. } | Error::Damaged { .. } | Error::Limit { .. }) => {
                Ok(false)
            }
            Err(error) => Err(of_store(error)),
        }
    }
}
