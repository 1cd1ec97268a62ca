//! Inserting and cutting items.

use super::item::{Element, Item};
use super::tracker::{Cursor, LEAF_U32, Tracker};
use crate::tree::Span;

/// What [`super::places::Places`] hold of an item: its leaf and its index there. Leaves that fit the memory number far fewer than 2^27.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn place_of(cursor: Cursor) -> u32 {
    cursor.leaf.0 * LEAF_U32 + cursor.at as u32
}

impl Tracker {
    fn set_place(&mut self, id: Element, cursor: Cursor) {
        let places = if id.lv().is_some() {
            &mut self.by_lv
        } else {
            &mut self.of_base
        };
        places.set(id.number(), place_of(cursor));
    }

    /// Makes room for more items in a leaf; returns where the border before item `at` is now.
    fn make_room(&mut self, cursor: Cursor, more: usize) -> Cursor {
        let Tracker {
            tree,
            by_lv,
            of_base,
            ..
        } = self;
        let (leaf, at) = tree.make_room(cursor.leaf, cursor.at, more, |item, leaf, at| {
            let places = if item.id.lv().is_some() {
                &mut *by_lv
            } else {
                &mut *of_base
            };
            places.set(item.id.number(), place_of(Cursor { leaf, at }));
        });
        Cursor { leaf, at }
    }

    /// Puts a new item before the border `cursor`; returns where it stands.
    pub(super) fn insert(&mut self, cursor: Cursor, item: Item) -> Cursor {
        let cursor = self.make_room(cursor, 1);
        self.tree.leaf_mut(cursor.leaf).insert(cursor.at, item);
        self.items += 1;
        self.set_place(item.id, cursor);
        self.tree.adjust(cursor.leaf, item.measure());
        cursor
    }

    /// Cuts an item after `offset` elements; returns where the right part stands.
    pub(super) fn split(&mut self, cursor: Cursor, offset: u32) -> Cursor {
        let (border, mut left) = self.open(cursor, 1);
        let right = left.split(offset);
        self.close(border, left, [right])
    }

    /// Cuts an item after `offset` elements and puts a new one between; returns where that stands.
    pub(super) fn insert_within(&mut self, cursor: Cursor, offset: u32, new: Item) -> Cursor {
        let (border, mut left) = self.open(cursor, 2);
        let right = left.split(offset);
        let at = self.close(border, left, [new, right]);
        self.tree.adjust(at.leaf, new.measure());
        at
    }

    /// Cuts `len` elements of an item, from `offset` on, off what stands on either side; returns where they stand.
    #[inline]
    pub(super) fn isolate(&mut self, cursor: Cursor, offset: u32, len: u32) -> Cursor {
        if offset == 0 && len == self.item(cursor).len {
            cursor
        } else {
            self.cut_out(cursor, offset, len)
        }
    }

    fn cut_out(&mut self, cursor: Cursor, offset: u32, len: u32) -> Cursor {
        if offset + len == self.item(cursor).len {
            return self.split(cursor, offset);
        }
        if offset == 0 {
            let right = self.split(cursor, len);
            // Both parts stand in one leaf.
            return Cursor {
                at: right.at - 1,
                ..right
            };
        }
        let (border, mut left) = self.open(cursor, 2);
        let mut middle = left.split(offset);
        let right = middle.split(len);
        self.close(border, left, [middle, right])
    }

    /// Makes room behind an item; returns the border there, and the item.
    fn open(&mut self, cursor: Cursor, more: usize) -> (Cursor, Item) {
        let behind = Cursor {
            at: cursor.at + 1,
            ..cursor
        };
        let border = self.make_room(behind, more);
        let item = self.tree.leaf(border.leaf).spans()[border.at - 1];
        (border, item)
    }

    /// Puts what an item became and the new ones behind it there; returns where the first of these stands.
    fn close<const K: usize>(&mut self, border: Cursor, left: Item, new: [Item; K]) -> Cursor {
        let leaf = self.tree.leaf_mut(border.leaf);
        leaf.spans_mut()[border.at - 1] = left;
        leaf.insert_all(border.at, new);
        self.items += K;
        for (nth, item) in new.iter().enumerate() {
            self.set_place(
                item.id,
                Cursor {
                    at: border.at + nth,
                    ..border
                },
            );
        }
        border
    }
}
