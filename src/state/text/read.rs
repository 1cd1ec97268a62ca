//! Reading: pieces of the text, and positions from one unit to another.

use std::fmt;
use std::iter;
use std::ops::Range;

use crate::tree::Bias;

use super::cursor::Rope;
use super::units::Unit;

impl Rope {
    /// The whole text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::with_capacity(self.len().bytes as usize);
        text.extend(self.chunks());
        text
    }

    /// The whole text, in pieces.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &str> {
        self.chunks_in(0..self.len().chars)
    }

    /// The characters of a range, in pieces; those past the end are left out. O(log n), and the length of the range.
    pub(crate) fn chunks_in(&self, range_chars: Range<u32>) -> impl Iterator<Item = &str> {
        let (first, before) = self.find(Unit::Chars, range_chars.start, Bias::Right);
        let mut from = range_chars.start - before.chars;
        let mut rest = range_chars.end.saturating_sub(range_chars.start);
        iter::successors(Some(first), |&leaf| self.tree.next(leaf))
            .map_while(move |leaf| {
                if rest == 0 {
                    return None;
                }
                let leaf = self.tree.leaf(leaf);
                let len = leaf.len().chars();
                let start = from.min(len);
                let end = start + rest.min(len - start);
                rest -= end - start;
                from -= start;
                Some(leaf.pieces(leaf.place_of_char(start), leaf.place_of_char(end)))
            })
            .flatten()
            .filter(|text| !text.is_empty())
    }

    /// The position in characters; none past the end, or inside a character. O(log n).
    pub(crate) fn to_chars(&self, unit: Unit, at: u32) -> Option<u32> {
        let (leaf, before) = self.find(unit, at, Bias::Left);
        let place = self.tree.leaf(leaf).place(unit, at - before.get(unit))?;
        Some(before.chars + place.chars())
    }

    /// The position in another unit of one in characters; none past the end. O(log n).
    #[allow(clippy::wrong_self_convention)] // It converts from characters, not into a rope.
    pub(crate) fn from_chars(&self, unit: Unit, at_chars: u32) -> Option<u32> {
        let (leaf, before) = self.find(Unit::Chars, at_chars, Bias::Left);
        let place = self
            .tree
            .leaf(leaf)
            .place(Unit::Chars, at_chars - before.chars)?;
        Some(before.get(unit) + place.get(unit))
    }
}

impl fmt::Display for Rope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chunks().try_for_each(|text| f.write_str(text))
    }
}
