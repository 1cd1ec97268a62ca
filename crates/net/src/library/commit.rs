//! Committing what was changed, all at once; what cannot be is left out by name.

use std::collections::BTreeSet;
use std::sync::Arc;

use syncline::sync::key_of;
use syncline_store::{Document, Entry, Error};

use super::slots::Library;

/// What a commit came to.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// The documents that were committed, by key.
    pub(crate) documents: Vec<u64>,
    /// Those that could not be, and why: they are again as they are on disk.
    pub(crate) left_out: Vec<(String, Error)>,
}

impl Library {
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
        self.unread.remove(&key);
        if let Some(slot) = self.slots.get_mut(&key)
            && slot.document.take().is_some()
        {
            self.open -= 1;
        }
        if let Err(error) = self.look(name) {
            self.refer(key, BTreeSet::new());
            self.slots.remove(&key);
            self.conflicts = None;
            Arc::make_mut(&mut self.summary).remove(key);
            self.damaged.push(error);
        }
        Arc::make_mut(&mut self.summary).root();
        self.note_hashed(key);
    }
}

/// Whether an error is the store's, and no document can be committed.
fn is_of_all(error: &Error) -> bool {
    matches!(
        error,
        Error::Full { .. } | Error::Io { .. } | Error::Locked { .. } | Error::ReadOnly { .. }
    )
}
