//! Inserting and deleting.

use std::ops::Range;

use crate::tree::Bias;

use super::cursor::Rope;
use super::leaf::CAPACITY;
use super::short::Width;
use super::units::Unit;

/// A leaf that holds no more is worth joining with a neighbour.
const SHORT: usize = CAPACITY / 2;

impl Rope {
    /// Inserts text before the character at `at_chars`, which is at most the length: the caller has checked it.
    /// O(1) next to the last edit, else O(log n); and the length of the text.
    #[inline]
    pub(crate) fn insert(&mut self, at_chars: u32, text: &str) {
        debug_assert!(at_chars <= self.len().chars);
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        // Typing goes on in the gap, mostly.
        if at_chars != self.cursor.start.chars + leaf.gap().chars() {
            self.insert_anywhere(at_chars, text);
        } else if !leaf.type_ascii(text) {
            self.insert_in_gap(text);
        }
    }

    #[inline(never)]
    fn insert_in_gap(&mut self, text: &str) {
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        if text.len() <= leaf.room() {
            leaf.insert_at_gap(text.as_bytes());
        } else {
            let at = leaf.gap().chars();
            self.insert_and_grow(at, text);
        }
    }

    #[inline(never)]
    fn insert_anywhere(&mut self, at_chars: u32, text: &str) {
        let at = self.enter(Unit::Chars, at_chars, Bias::Left);
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        if text.len() > leaf.room() {
            return self.insert_and_grow(at, text);
        }
        leaf.move_gap(leaf.place_of_char(at));
        leaf.insert_at_gap(text.as_bytes());
    }

    /// Deletes `len_chars` characters from `at_chars` on, all of which exist: the caller has checked it. Appends them to
    /// `removed`. O(1) next to the last edit, else O(log n) for each leaf touched.
    #[inline]
    pub(crate) fn delete(&mut self, at_chars: u32, len_chars: u32, removed: &mut Vec<u8>) {
        debug_assert!(
            at_chars
                .checked_add(len_chars)
                .is_some_and(|end| end <= self.len().chars)
        );
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        // The backspace key, and the delete key.
        let gap = self.cursor.start.chars + leaf.gap().chars();
        let is_done = len_chars == 1
            && ((at_chars + 1 == gap && leaf.erase_before(removed))
                || (at_chars == gap && leaf.erase_behind(removed)));
        if !is_done {
            self.delete_anywhere(at_chars, len_chars, removed);
        } else if leaf.len().bytes() <= SHORT && leaf.len().bytes().is_multiple_of(8) {
            self.merge();
        }
    }

    #[inline(never)]
    fn delete_anywhere(&mut self, at_chars: u32, len_chars: u32, removed: &mut Vec<u8>) {
        let mut rest = len_chars;
        while rest > 0 {
            let start = self.enter(Unit::Chars, at_chars, Bias::Right);
            let leaf = self.tree.leaf_mut(self.cursor.leaf);
            let end = leaf.len().chars().min(start + rest);
            if end <= start {
                return;
            }
            rest -= end - start;
            leaf.remove(leaf.place_of_char(start), leaf.place_of_char(end), removed);
            if leaf.len().bytes() <= SHORT {
                self.merge();
            }
        }
    }

    /// The range in characters of one that is about to be edited; none as in `to_chars`. Where it takes a search, the
    /// cursor and the gap go there, so that the edit itself need not search again.
    #[inline]
    pub(crate) fn locate(&mut self, unit: Unit, range: Range<u32>) -> Option<Range<u32>> {
        let before = self.cursor.start;
        let len = self.tree.leaf(self.cursor.leaf).len();
        let start = range.start.wrapping_sub(before.get(unit));
        let end = range.end.wrapping_sub(before.get(unit));
        if start > end || end > len.get(unit) {
            return self.locate_anywhere(unit, range);
        }
        match len.width(unit) {
            Some(Width::One) => Some(before.chars + start..before.chars + end),
            Some(Width::Two) if (start | end) & 1 == 0 => {
                Some(before.chars + start / 2..before.chars + end / 2)
            }
            _ => self.locate_anywhere(unit, range),
        }
    }

    #[inline(never)]
    fn locate_anywhere(&mut self, unit: Unit, range: Range<u32>) -> Option<Range<u32>> {
        let bias = if range.is_empty() {
            Bias::Left
        } else {
            Bias::Right
        };
        let at = self.enter(unit, range.start, bias);
        let before = self.cursor.start;
        let leaf = self.tree.leaf_mut(self.cursor.leaf);
        let start = leaf.place(unit, at)?;
        let start_chars = before.chars + start.chars();
        let len = range.end.checked_sub(range.start)?;
        let end_chars = match leaf.place(unit, at.saturating_add(len)) {
            Some(end) => {
                leaf.move_gap_into(start, end);
                before.chars + end.chars()
            }
            None => self.to_chars(unit, range.end)?,
        };
        Some(start_chars..end_chars)
    }
}
