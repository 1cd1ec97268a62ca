//! The slow, complete check of a tracker.

use super::item::{DYING, Item};
use super::tracker::Tracker;
use crate::id::Lv;

impl Tracker {
    /// Verifies the tree, the index of places and the length at the newest version. O(items).
    pub(crate) fn check(&self, joined_len: Option<u32>) -> Result<(), String> {
        self.tree.check()?;
        let mut cursor = Some(self.first());
        let mut items = 0;
        while let Some(at) = cursor {
            let item: Item = *self.item(at);
            items += 1;
            if item.gone & DYING != 0 {
                return Err(format!("tracker: {item:?} is marked dying outside a merge"));
            }
            if self.find(item.id) != at {
                return Err(format!("tracker: {item:?} is not where its place says"));
            }
            cursor = self.next(at);
            if item.len == 0 && cursor.is_some() {
                return Err(format!("tracker: {item:?} is empty"));
            }
        }
        if items != self.items {
            return Err(format!("tracker: {items} items, counted {}", self.items));
        }
        match joined_len {
            Some(len) if len != self.newest_len() => Err(format!(
                "tracker: {} elements at the newest version, the sequence has {len}",
                self.newest_len()
            )),
            _ => Ok(()),
        }
    }

    /// Whether everything below `end` is in the tracker.
    pub(crate) fn has_joined(&self, end: Lv) -> bool {
        self.joined >= end
    }

    /// Elements visible at the newest version.
    pub(super) fn newest_len(&self) -> u32 {
        self.tree.total().newest
    }
}
