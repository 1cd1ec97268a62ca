//! Inserting more than fits: splitting leaves and making new ones.

use crate::tree::{Leaf, Measure};

use super::cursor::Rope;
use super::leaf::{CAPACITY, TextLeaf};
use super::short::Short;

impl Rope {
    /// Inserts text that does not fit, `at` characters into the cursor's leaf.
    #[cold]
    pub(super) fn insert_and_grow(&mut self, at: u32, text: &str) {
        let start = self.cursor.start;
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        let place = leaf.place_of_char(at);
        if text.len() <= CAPACITY / 4 && place != leaf.gap() {
            self.halve();
            return self.insert(start.chars + at, text);
        }
        // Typing that goes on where it was: what stands behind it makes room, and the leaf is filled to its end.
        leaf.move_gap(place);
        let behind = leaf.split_off();
        self.fill(text);
        self.put_behind(behind);
    }

    /// Splits the cursor's leaf in the middle.
    fn halve(&mut self) {
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        let middle = leaf.place_below(leaf.len().bytes() / 2);
        leaf.move_gap(middle);
        let behind = leaf.split_off();
        self.tree.insert_after(self.cursor.leaf, behind);
    }

    /// Inserts at the end of the cursor's leaf, going on to new ones. The cursor ends up behind the text.
    fn fill(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let leaf = self.tree.leaf_mut(self.cursor.leaf);
            let (fits, more) = rest.split_at(boundary_below(rest, leaf.room()));
            leaf.insert_at_gap(fits.as_bytes());
            if more.is_empty() {
                return;
            }
            let end = self.cursor.start.plus(leaf.measure());
            let next = self.tree.insert_after(self.cursor.leaf, TextLeaf::new());
            self.move_cursor(next, end);
            rest = more;
        }
    }

    /// Puts what `split_off` took behind the cursor's leaf again: into it, into its neighbour, or into a new one.
    fn put_behind(&mut self, behind: TextLeaf) {
        let len = behind.len();
        if len == Short::default() {
            return;
        }
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        if len.bytes() <= leaf.room() {
            return leaf.insert_behind_gap(behind.right());
        }
        match self.tree.next(self.cursor.leaf) {
            Some(next) if len.bytes() <= self.tree.leaf(next).room() => {
                let leaf = self.tree.leaf_mut(next);
                leaf.move_gap(Short::default());
                leaf.insert_at_gap(behind.right());
                self.tree.adjust(next, len.into());
            }
            _ => {
                self.tree.insert_after(self.cursor.leaf, behind);
            }
        }
    }
}

/// The largest boundary between characters that is at most `at`.
pub(super) fn boundary_below(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    (0..=at)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}
