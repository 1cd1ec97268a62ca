//! Where a new element goes among concurrent ones: FugueMax.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::item::{Element, Item};
use super::tracker::{Cursor, Tracker};
use crate::id::Lv;
use crate::oplog::OpLog;

/// Items walked from one end before the other end has its turn.
const TURN: u32 = if cfg!(any(test, feature = "small-nodes")) {
    1
} else {
    64
};

/// Siblings with both origins the same that a scan passes before it is worth finding them through an index.
const CROWD: u32 = if cfg!(any(test, feature = "small-nodes")) {
    1
} else {
    8
};

/// An element that is to be placed.
#[derive(Clone, Copy, Debug)]
struct New {
    lv: Lv,
    left: Element,
    right: Element,
}

/// What an item between the origins of a new element says of its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Met {
    /// Before it, whatever comes behind.
    Ends,
    /// Before it, if nothing behind says otherwise.
    Before,
    /// Behind it.
    Behind,
    /// Nothing: it is of a sibling's subtree.
    Within,
}

/// A scan from the left origin.
#[derive(Clone, Copy, Debug)]
struct Scan {
    border: Cursor,
    remembered: Option<Cursor>,
    /// Whether it started behind the last sibling that says "behind it".
    is_behind_all: bool,
    twins: u32,
}

/// A walk back from the right origin.
#[derive(Clone, Copy, Debug)]
struct WalkBack {
    at: Cursor,
    before: Cursor,
}

impl Tracker {
    /// The border at which a new element with these origins stands: between `start`, the border directly after its left
    /// origin, and its right origin. Everything between is unknown to the element's version.
    ///
    /// An element there whose left origin lies
    /// - further left ends a scan: it is no sibling, nor is anything after it;
    /// - further right belongs to a sibling's subtree and is passed;
    /// - at ours is a sibling. Its right origin further left than ours: we may stand before it, if no later sibling says
    ///   otherwise. Further right: we stand after it. The same: the lower id stands first.
    ///
    /// Whoever types towards the front beside others who did would pass all of theirs, each time. So a long scan takes
    /// turns with a walk back from the right origin, which ends at the first item that we stand after: none such follows
    /// one that ends a scan. For the elements are the traversal of a tree in which each is a child, to the right, of its
    /// left origin, or, to the left, of its right origin. What we stand after is within our left origin's subtree; what
    /// ends a scan is behind that subtree, or a sibling which those that we stand after precede.
    pub(super) fn place(
        &mut self,
        log: &OpLog,
        lv: Lv,
        left: Element,
        right: Element,
        start: Cursor,
    ) -> Cursor {
        let new = New { lv, left, right };
        let last_before = self.siblings.last_before((left, right), || log.id(lv));
        let mut scan = Scan::new(start);
        if let Some(sibling) = last_before {
            scan.border = self.border_after(sibling);
            scan.is_behind_all = true;
        }
        let mut back = None;
        let border = loop {
            if let Some(border) = self.scan(log, new, &mut scan) {
                break border;
            }
            let back = back.get_or_insert_with(|| WalkBack::new(self.find(right)));
            if let Some(border) = self.walk_back(log, new, back) {
                break border;
            }
        };
        if cfg!(all(debug_assertions, any(test, feature = "small-nodes"))) {
            self.check_place(log, new, start, border);
        }
        if scan.twins > CROWD && !self.siblings.is_indexed((left, right)) {
            self.index_siblings(log, left, right, start);
        }
        border
    }

    fn meet(&self, log: &OpLog, new: New, other: &Item) -> Met {
        if other.origin_left != new.left {
            return match self.compare(other.origin_left, new.left) {
                Ordering::Less => Met::Ends,
                Ordering::Equal | Ordering::Greater => Met::Within,
            };
        }
        match self.compare(other.origin_right, new.right) {
            Ordering::Less => Met::Before,
            Ordering::Equal
                if other
                    .id
                    .lv()
                    .is_some_and(|other| log.id(other) > log.id(new.lv)) =>
            {
                Met::Ends
            }
            Ordering::Equal | Ordering::Greater => Met::Behind,
        }
    }

    /// A turn of a scan: the new element's place, if it comes to it.
    fn scan(&self, log: &OpLog, new: New, scan: &mut Scan) -> Option<Cursor> {
        for _ in 0..TURN {
            let Some(cursor) = self.item_at(scan.border) else {
                return Some(scan.place());
            };
            scan.border = cursor;
            let other = self.item(cursor);
            if other.id == new.right {
                return Some(scan.place());
            }
            match self.meet(log, new, other) {
                Met::Ends => return Some(scan.place()),
                Met::Before if scan.is_behind_all => return Some(cursor),
                Met::Before => {
                    scan.remembered.get_or_insert(cursor);
                }
                Met::Behind => {
                    scan.remembered = None;
                    scan.twins += u32::from(other.origin_right == new.right);
                }
                Met::Within => {}
            }
            scan.border.at += 1;
        }
        None
    }

    /// A turn of a walk back: the new element's place, if it comes to it.
    fn walk_back(&self, log: &OpLog, new: New, back: &mut WalkBack) -> Option<Cursor> {
        for _ in 0..TURN {
            let Some(cursor) = self.prev(back.at) else {
                return Some(back.before);
            };
            back.at = cursor;
            let other = self.item(cursor);
            if new.left.offset_from(other.id) < other.len {
                return Some(back.before);
            }
            match self.meet(log, new, other) {
                Met::Ends | Met::Before => back.before = cursor,
                Met::Behind => return Some(back.before),
                Met::Within => {}
            }
        }
        None
    }

    /// That a scan of all that lies between finds the same place; left out where that is very much.
    fn check_place(&self, log: &OpLog, new: New, start: Cursor, found: Cursor) {
        let mut scan = Scan::new(start);
        let place = (0..1_000 / TURN).find_map(|_| self.scan(log, new, &mut scan));
        assert!(
            place.is_none_or(|place| place == found),
            "{new:?} stands at {place:?} by a scan, but was to stand at {found:?}"
        );
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

impl Scan {
    fn new(start: Cursor) -> Self {
        Scan {
            border: start,
            remembered: None,
            is_behind_all: false,
            twins: 0,
        }
    }

    fn place(&self) -> Cursor {
        self.remembered.unwrap_or(self.border)
    }
}

impl WalkBack {
    fn new(right: Cursor) -> Self {
        WalkBack {
            at: right,
            before: right,
        }
    }
}
