//! The documents of a store, as a session sees them: opened when they are needed, committed together, put away when others are
//! needed more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use syncline::sync::{Changes, Documents, key_of};
use syncline::{Doc, Entry as SummaryEntry, Error as DocError, SavePoint, Summary, VersionVector};
use syncline_store::{Document, Entry, Error, Remote, Store, Syncer};

use crate::recent::Recent;

/// Changes remembered beyond one for each document.
const RECENT_LEAST: usize = 4096;

/// A store, and what of it is in memory.
pub(crate) struct Library {
    store: Store,
    /// By [`key_of`] their names.
    slots: BTreeMap<u64, Slot>,
    /// Those that may have changed since they were counted, and those that may have something to commit.
    touched: BTreeSet<u64>,
    uncommitted: BTreeSet<u64>,
    /// In which order they changed.
    recent: Recent,
    /// Those whose entry in the summary is old; in which order entries changed.
    unhashed: BTreeSet<u64>,
    hashed: Recent,
    summary: Arc<Summary>,
    /// How many are in memory; how often one was asked for.
    open: usize,
    uses: u64,
    /// What of the store could not be read, and is left out.
    damaged: Vec<Error>,
}

/// A document, and how it was when it was looked at last.
struct Slot {
    name: String,
    document: Option<Document>,
    counted: Counted,
    /// When it was asked for last, among all uses.
    used: u64,
}

#[derive(Clone, PartialEq, Debug, Default)]
struct Counted {
    operations: u32,
    version: VersionVector,
    point: SavePoint,
}

impl Counted {
    fn of(doc: &Doc) -> Counted {
        Counted {
            operations: doc.operations(),
            version: doc.version_vector(),
            point: doc.save_point(),
        }
    }
}

/// What a commit came to.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// The documents that were committed, by key.
    pub(crate) documents: Vec<u64>,
    /// Those that could not be, and why: they are again as they are on disk.
    pub(crate) left_out: Vec<(String, Error)>,
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

    /// Notes how a document is on disk.
    fn look(&mut self, name: &str) -> Result<(), Error> {
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
        };
        self.slots.insert(key, slot);
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

    /// How often documents changed.
    pub(crate) fn moment(&mut self) -> u64 {
        self.count();
        self.recent.moment()
    }

    /// The documents that changed since then, by key, with how many operations each had; `None` where that is not known any more.
    pub(crate) fn changed_since(&mut self, moment: u64) -> Option<BTreeMap<u64, u32>> {
        self.count();
        self.recent.since(moment)
    }

    /// How often entries of the summary changed, and which did since then.
    pub(crate) fn hashed_since(&self, moment: u64) -> (u64, Option<BTreeMap<u64, u32>>) {
        (self.hashed.moment(), self.hashed.since(moment))
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
            };
            self.slots.insert(key, slot);
            self.open += 1;
        }
        self.opened(name)
    }

    fn at(&mut self, key: u64) -> Result<Option<&mut Document>, Error> {
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

    /// Finds out which of the documents that were touched have changed.
    fn count(&mut self) {
        let most = RECENT_LEAST + self.slots.len();
        while let Some(key) = self.touched.pop_first() {
            let Some(slot) = self.slots.get_mut(&key) else {
                continue;
            };
            let Some(document) = &slot.document else {
                continue;
            };
            let doc = document.doc();
            let is_as_before = doc.operations() == slot.counted.operations
                && doc.save_point() == slot.counted.point;
            // A document without operations is nothing to anybody else.
            if doc.operations() > 0 && !is_as_before {
                self.recent.note(key, slot.counted.operations, most);
                self.unhashed.insert(key);
                slot.counted = Counted::of(doc);
            }
        }
    }

    /// Commits all that was changed, at once, without waiting for the disk. Where the store cannot be written to, all of it stays
    /// in memory, and is committed with the next. Where it is a document that cannot be committed, the others are.
    pub(crate) fn commit(&mut self, entry: &Entry) -> Result<Committed, Error> {
        let mut taken: Vec<(u64, Document)> = Vec::new();
        for key in &self.uncommitted {
            let slot = self.slots.get_mut(key);
            let document = slot.and_then(|slot| slot.document.take_if(|one| one.is_changed()));
            taken.extend(document.map(|document| (*key, document)));
        }
        let mut documents: Vec<_> = taken.iter_mut().map(|(_, document)| document).collect();
        let all = match &mut *documents {
            [] => Ok(()),
            documents => self.store.commit_soon(documents, entry),
        };
        let mut committed = Committed::default();
        let done = match all {
            Ok(()) => Ok(()),
            Err(error) if is_of_all(&error) => Err(error),
            Err(_) => self.commit_each(&mut taken, entry, &mut committed),
        };
        let mut failed = Vec::new();
        for (key, document) in taken {
            let name = document.name();
            match committed.left_out.iter().any(|(left, _)| left == name) {
                true => failed.push(name.to_owned()),
                false => committed.documents.push(key),
            }
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.document = Some(document);
            }
        }
        for name in failed {
            self.look_again(&name);
        }
        done?;
        self.uncommitted.clear();
        Ok(committed)
    }

    /// Commits one after another, and notes which could not be.
    fn commit_each(
        &mut self,
        taken: &mut [(u64, Document)],
        entry: &Entry,
        committed: &mut Committed,
    ) -> Result<(), Error> {
        for (_, document) in taken {
            match self.store.commit_soon(&mut [document], entry) {
                Ok(()) => {}
                Err(error) if is_of_all(&error) => return Err(error),
                Err(error) => {
                    let name = document.name().to_owned();
                    committed.left_out.push((name, error));
                }
            }
        }
        Ok(())
    }

    /// Forgets what a document was in memory: it is as it is on disk again, or takes no part any more.
    fn look_again(&mut self, name: &str) {
        let key = key_of(name);
        self.touched.remove(&key);
        self.uncommitted.remove(&key);
        self.unhashed.remove(&key);
        if let Some(slot) = self.slots.get_mut(&key)
            && slot.document.take().is_some()
        {
            self.open -= 1;
        }
        if let Err(error) = self.look(name) {
            self.slots.remove(&key);
            Arc::make_mut(&mut self.summary).remove(key);
            self.damaged.push(error);
        }
        Arc::make_mut(&mut self.summary).root();
        self.note_hashed(key);
    }

    fn note_hashed(&mut self, key: u64) {
        self.hashed.note(key, 0, RECENT_LEAST + self.slots.len());
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

    /// What is kept of remotes, for all documents: of which document by key, which remote, and what it has acknowledged. What
    /// cannot be read is found out anew.
    pub(crate) fn remotes(&self) -> Vec<(u64, String, VersionVector)> {
        let mut all = Vec::new();
        for (key, slot) in &self.slots {
            let remotes = self.store.remotes(&slot.name).unwrap_or_default();
            let of_one = remotes
                .into_iter()
                .map(|(name, remote)| (*key, name, remote.acknowledged));
            all.extend(of_one);
        }
        all
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
                let mut one: Remote = self.store.remote(name, remote)?;
                one.acknowledge(version);
                known.push((name.to_owned(), one));
            }
        }
        self.store.keep_remotes(remote, &known)
    }

    /// Keeps why a remote did not take documents; with one sync.
    pub(crate) fn keep_refused(
        &mut self,
        remote: &str,
        refused: &BTreeMap<u64, String>,
    ) -> Result<(), Error> {
        let mut known = Vec::new();
        for (key, why) in refused {
            if let Some(name) = self.name_of(*key) {
                let mut one: Remote = self.store.remote(name, remote)?;
                // It is tried again whenever they meet.
                one.fail(why.as_str(), 0);
                known.push((name.to_owned(), one));
            }
        }
        self.store.keep_remotes(remote, &known)
    }

    /// What brings commits to disk; `None` where they do not wait for it.
    pub(crate) fn syncer(&self) -> Result<Option<Syncer>, Error> {
        self.store.syncer()
    }

    pub(crate) fn into_store(self) -> Store {
        self.store
    }
}

/// Whether an error is the store's, and no document can be committed.
fn is_of_all(error: &Error) -> bool {
    matches!(
        error,
        Error::Full { .. } | Error::Io { .. } | Error::Locked { .. } | Error::ReadOnly { .. }
    )
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
        self.count();
        let mut is_changed = false;
        while let Some(key) = self.unhashed.first().copied() {
            // It may have been put away meanwhile.
            if let Some(document) = self.at(key).map_err(of_store)? {
                let entry = entry(key, document.doc_mut())?;
                if self.summary.get(key) != Some(&entry) {
                    Arc::make_mut(&mut self.summary).set(entry);
                    self.note_hashed(key);
                    is_changed = true;
                }
            }
            self.unhashed.remove(&key);
        }
        if is_changed {
            Arc::make_mut(&mut self.summary).root();
        }
        Ok(self.summary.clone())
    }

    fn changes(&mut self, since: Option<u64>) -> Result<Changes, DocError> {
        self.count();
        Ok(Changes {
            moment: self.recent.moment(),
            documents: match since {
                Some(since) => self.recent.since(since),
                None => Some(BTreeMap::new()),
            },
        })
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use syncline_store::Options;

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
