//! The rope and its cursor: which leaf a position is in, while the tree's sums are a few edits late.

use crate::tree::{Bias, Leaf, LeafIx, Measure, Tree};

use super::leaf::TextLeaf;
use super::units::{Unit, Units};

/// A text.
#[derive(Clone, Debug)]
pub(crate) struct Rope {
    pub(super) tree: Tree<TextLeaf>,
    pub(super) cursor: Cursor,
}

/// The leaf edited last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    pub(super) leaf: LeafIx,
    /// All that stands before the leaf; exact.
    pub(super) start: Units,
    /// What the tree's sums count for the leaf.
    pub(super) summed: Units,
}

impl Default for Rope {
    fn default() -> Self {
        Self::new()
    }
}

impl Rope {
    /// The empty text.
    pub(crate) fn new() -> Self {
        Self::from_tree(Tree::new(TextLeaf::new()))
    }

    pub(super) fn from_tree(tree: Tree<TextLeaf>) -> Self {
        let leaf = tree.first();
        let cursor = Cursor {
            leaf,
            start: Units::default(),
            summed: tree.leaf(leaf).measure(),
        };
        Rope { tree, cursor }
    }

    /// How long the text is. O(1).
    #[inline]
    pub(crate) fn len(&self) -> Units {
        self.tree.total().plus(self.unsummed())
    }

    /// By how much the tree's sums are late.
    #[inline]
    fn unsummed(&self) -> Units {
        self.tree
            .leaf(self.cursor.leaf)
            .measure()
            .minus(self.cursor.summed)
    }

    /// Brings the tree's sums up to date. O(log n).
    pub(super) fn settle(&mut self) {
        let late = self.unsummed();
        if late != Units::default() {
            self.tree.adjust(self.cursor.leaf, late);
            self.cursor.summed = self.cursor.summed.plus(late);
        }
    }

    /// The position within the cursor's leaf of one that lies there.
    #[inline]
    fn in_cursor(&self, unit: Unit, at: u32, bias: Bias) -> Option<u32> {
        let local = at.checked_sub(self.cursor.start.get(unit))?;
        let len = self.tree.leaf(self.cursor.leaf).len().get(unit);
        (local < len || (local == len && bias == Bias::Left)).then_some(local)
    }

    /// The leaf that holds a position, and all that stands before that leaf. A position past the end gives the last leaf.
    /// O(1) in the leaf edited last, else O(log n).
    #[inline]
    pub(super) fn find(&self, unit: Unit, at: u32, bias: Bias) -> (LeafIx, Units) {
        match self.in_cursor(unit, at, bias) {
            Some(_) => (self.cursor.leaf, self.cursor.start),
            None => self.find_elsewhere(unit, at, bias),
        }
    }

    fn find_elsewhere(&self, unit: Unit, at: u32, bias: Bias) -> (LeafIx, Units) {
        let Cursor {
            leaf,
            start,
            summed,
        } = self.cursor;
        if at < start.get(unit) {
            return self.seek(unit, at, bias);
        }
        // The sums are late from the cursor's leaf on: what lies beyond its end is looked for beyond where they end it.
        let beyond = at - start.plus(self.tree.leaf(leaf).measure()).get(unit);
        let summed_end = start.plus(summed).get(unit);
        let (found, before) = self.seek(unit, summed_end.saturating_add(beyond), bias);
        if found == leaf {
            (leaf, start)
        } else {
            (found, before.plus(self.unsummed()))
        }
    }

    fn seek(&self, unit: Unit, at: u32, bias: Bias) -> (LeafIx, Units) {
        match unit {
            Unit::Chars => self.tree.seek(at, bias, |m| m.chars),
            Unit::Utf16 => self.tree.seek(at, bias, |m| m.utf16),
            Unit::Bytes => self.tree.seek(at, bias, |m| m.bytes),
        }
    }

    /// Puts the cursor on the leaf that holds a position; returns the position in it. Costs what `find` does.
    #[inline]
    pub(super) fn enter(&mut self, unit: Unit, at: u32, bias: Bias) -> u32 {
        match self.in_cursor(unit, at, bias) {
            Some(local) => local,
            None => self.enter_elsewhere(unit, at, bias),
        }
    }

    #[inline(never)]
    fn enter_elsewhere(&mut self, unit: Unit, at: u32, bias: Bias) -> u32 {
        let (leaf, start) = self.find_elsewhere(unit, at, bias);
        if leaf != self.cursor.leaf {
            self.move_cursor(leaf, start);
        }
        at - start.get(unit)
    }

    pub(super) fn move_cursor(&mut self, leaf: LeafIx, start: Units) {
        self.settle();
        self.cursor = Cursor {
            leaf,
            start,
            summed: self.tree.leaf(leaf).measure(),
        };
    }
}
