//! Which documents changed, and when.

use std::collections::BTreeMap;

use super::slots::{Counted, Library};

/// Changes remembered beyond one for each document.
const RECENT_LEAST: usize = 4096;

impl Library {
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

    /// Finds out which of the documents that were touched have changed.
    pub(super) fn count(&mut self) {
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
                self.unread.insert(key);
                slot.counted = Counted::of(doc);
            }
        }
    }

    pub(super) fn note_hashed(&mut self, key: u64) {
        self.hashed.note(key, 0, RECENT_LEAST + self.slots.len());
    }
}
