//! Which blobs documents refer to, and how many conflicts they have.
//!
//! The first is found by reading what a document shows, which takes time in proportion to it. So what changed is read again at once only as
//! far as that leaves most of the time to others; the rest is read from time to time.

use std::collections::BTreeSet;
use std::ops::Bound;

use syncline_store::BlobId;

use super::slots::Library;
use crate::conflicts::Conflicts;

static NONE: BTreeSet<BlobId> = BTreeSet::new();

impl Library {
    /// The blobs that a document referred to when it was read last.
    pub(crate) fn blobs_of(&self, key: u64) -> &BTreeSet<BlobId> {
        self.slots.get(&key).map_or(&NONE, |slot| &slot.blobs)
    }

    /// Whether any document refers to one.
    pub(crate) fn has_blobs(&self) -> bool {
        !self.referring.is_empty()
    }

    /// The documents that refer to some.
    pub(crate) fn with_blobs(&self) -> Vec<u64> {
        let some = self.slots.iter().filter(|(_, slot)| !slot.blobs.is_empty());
        some.map(|(key, _)| *key).collect()
    }

    /// The documents that refer to one, each with it.
    pub(crate) fn referring_to(&self, blob: &BlobId) -> Vec<(u64, BlobId)> {
        let some = self.referring.get(blob).into_iter().flatten();
        some.map(|key| (*key, *blob)).collect()
    }

    /// Notes to which blobs a document refers, in place of those before.
    pub(super) fn refer(&mut self, key: u64, blobs: BTreeSet<BlobId>) {
        let Some(slot) = self.slots.get_mut(&key) else {
            return;
        };
        let before = std::mem::replace(&mut slot.blobs, blobs);
        for gone in before.difference(&slot.blobs) {
            if let Some(keys) = self.referring.get_mut(gone) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.referring.remove(gone);
                }
            }
        }
        for new in slot.blobs.difference(&before) {
            self.referring.entry(*new).or_default().insert(key);
        }
    }

    /// Whether documents changed that were not read since.
    pub(crate) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Those.
    pub(crate) fn unread(&self) -> &BTreeSet<u64> {
        &self.unread
    }

    /// Whether a document changed and was not read since.
    pub(crate) fn is_unread(&self, key: u64) -> bool {
        self.unread.contains(&key)
    }

    /// Reads a document that changed.
    fn read_blobs_of(&mut self, key: u64) {
        self.unread.remove(&key);
        // One that cannot be read refers to what it did.
        let Ok(Some(document)) = self.at(key) else {
            return;
        };
        let (blobs, conflicts) = (document.blobs(), Conflicts::of(document.doc()));
        let found = blobs.difference(self.blobs_of(key));
        let found: Vec<_> = found.map(|blob| (key, *blob)).collect();
        self.found.extend(found);
        self.refer(key, blobs);
        let Some(slot) = self.slots.get_mut(&key) else {
            return;
        };
        if slot.conflicts != conflicts {
            slot.conflicts = conflicts;
            self.conflicts = None;
        }
    }

    /// The conflicts of all documents, as they were when each was read last. O(1) unless there are others.
    pub(crate) fn conflicts(&mut self) -> Conflicts {
        let slots = &self.slots;
        *self.conflicts.get_or_insert_with(|| {
            let mut all = Conflicts::default();
            for slot in slots.values() {
                all += slot.conflicts;
            }
            all
        })
    }

    /// In turn, so that one that changes all the time holds up no other.
    fn next_unread(&self) -> Option<u64> {
        let behind = (Bound::Excluded(self.read_last), Bound::Unbounded);
        let next = self.unread.range(behind).next();
        next.or(self.unread.first()).copied()
    }

    /// Reads documents that changed, as far as there is time for it. Gives how many were, and to which blobs they refer beside those
    /// before.
    pub(crate) fn read_blobs(&mut self) -> (usize, Vec<(u64, BlobId)>) {
        self.count();
        let mut read = 0;
        let mut now = self.begun.elapsed();
        while self.read_share.has_some(now)
            && let Some(key) = self.next_unread()
        {
            self.read_last = key;
            read += 1;
            self.read_blobs_of(key);
            let then = std::mem::replace(&mut now, self.begun.elapsed());
            self.read_share.take(now.saturating_sub(then), now);
        }
        (read, std::mem::take(&mut self.found))
    }
}
