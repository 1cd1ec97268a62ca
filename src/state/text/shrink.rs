//! Keeping memory in proportion to the text while it shrinks.

use crate::tree::{Bias, Leaf, LeafIx, Measure};

use super::cursor::Rope;
use super::leaf::CAPACITY;
use super::short::Short;

/// Two neighbours that fit in this much of one leaf become one. It leaves room to type without splitting again.
const MERGED: usize = CAPACITY / 4 * 3;

impl Rope {
    /// Joins the cursor's leaf, which has become short, with a neighbour where both fit in one. An empty leaf always goes.
    #[inline]
    pub(super) fn merge(&mut self) {
        let len = self.tree.leaf(self.cursor.leaf).len().bytes();
        let joins =
            |other: &LeafIx| len == 0 || len + self.tree.leaf(*other).len().bytes() <= MERGED;
        if let Some(next) = self.tree.next(self.cursor.leaf).filter(joins) {
            self.merge_next(next);
        } else if let Some(prev) = self.tree.prev(self.cursor.leaf).filter(joins) {
            self.merge_prev(prev);
        }
    }

    #[cold]
    fn merge_next(&mut self, next: LeafIx) {
        let other = self.tree.leaf(next).clone();
        self.tree.remove(next);
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        leaf.move_gap(leaf.len());
        leaf.insert_behind_gap(other.right());
        leaf.insert_behind_gap(other.left());
        self.compact();
    }

    #[cold]
    fn merge_prev(&mut self, prev: LeafIx) {
        let other = self.tree.leaf(prev).clone();
        self.tree.remove(prev);
        self.cursor.start = self.cursor.start.minus(other.measure());
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        leaf.move_gap(Short::default());
        leaf.insert_at_gap(other.left());
        leaf.insert_at_gap(other.right());
        self.compact();
    }

    /// Gives memory back once most leaves of the arena are free.
    fn compact(&mut self) {
        if self.tree.is_sparse() {
            self.settle();
            let start = self.cursor.start;
            self.tree.compact();
            let (leaf, _) = self.tree.seek(start.chars, Bias::Right, |m| m.chars);
            self.cursor.leaf = leaf;
        }
    }
}
