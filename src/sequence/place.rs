//! Where a new element goes among concurrent ones: FugueMax.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::item::Element;
use super::siblings::Siblings;
use super::tracker::{Cursor, Tracker};
use crate::id::Lv;
use crate::oplog::OpLog;

impl Tracker {
    /// The border at which a new element with these origins stands, scanning from `start`, the border directly after its
    /// left origin, up to its right origin. Everything between is unknown to the element's version.
    ///
    /// An element met on the way whose left origin lies
    /// - further left ends the scan: it is no sibling, nor is anything after it;
    /// - further right belongs to a sibling's subtree and is passed;
    /// - at ours is a sibling. Its right origin further left than ours: we may stand before it, if no later sibling says
    ///   otherwise. Further right: we stand after it. The same: the lower id stands first.
    pub(super) fn place(
        &mut self,
        log: &OpLog,
        lv: Lv,
        left: Element,
        right: Element,
        start: Cursor,
    ) -> Cursor {
        let mut own = None;
        let mut id = || *own.get_or_insert_with(|| log.id(lv));
        let mut scan = match self.siblings.last_before((left, right), &mut id) {
            Some(sibling) => self.border_after(sibling),
            None => start,
        };
        let mut remembered = None;
        let mut passed = 0;
        while let Some(cursor) = self.item_at(scan) {
            scan = cursor;
            let other = *self.item(cursor);
            if other.id == right {
                break;
            }
            if other.origin_left == left {
                match self.compare(other.origin_right, right) {
                    Ordering::Less => {
                        remembered.get_or_insert(scan);
                    }
                    Ordering::Equal if other.id.lv().is_some_and(|other| log.id(other) > id()) => {
                        break;
                    }
                    Ordering::Equal | Ordering::Greater => remembered = None,
                }
            } else if self.compare(other.origin_left, left) == Ordering::Less {
                break;
            }
            scan.at += 1;
            passed += 1;
        }
        if passed > Siblings::WORTH && !self.siblings.is_indexed((left, right)) {
            self.index_siblings(log, left, right, start);
        }
        remembered.unwrap_or(scan)
    }

    fn index_siblings(&mut self, log: &OpLog, left: Element, right: Element, start: Cursor) {
        let mut siblings = BTreeMap::new();
        let mut scan = start;
        while let Some(cursor) = self.item_at(scan) {
            let other = self.item(cursor);
            if other.id == right {
                break;
            }
            if let Some(lv) = other.id.lv()
                && (other.origin_left, other.origin_right) == (left, right)
            {
                siblings.insert(log.id(lv), other.id);
            }
            scan = Cursor {
                at: cursor.at + 1,
                ..cursor
            };
        }
        self.siblings.index((left, right), siblings);
    }

    /// The item behind a border, in the next leaf where the border ends one.
    pub(super) fn item_at(&self, border: Cursor) -> Option<Cursor> {
        if border.at < self.tree.leaf(border.leaf).spans().len() {
            return Some(border);
        }
        self.tree
            .next(border.leaf)
            .map(|leaf| Cursor { leaf, at: 0 })
    }

    fn border_after(&self, element: Element) -> Cursor {
        let cursor = self.find(element);
        Cursor {
            at: cursor.at + 1,
            ..cursor
        }
    }
}
