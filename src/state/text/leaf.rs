//! A leaf: a gap buffer of UTF-8 in a fixed array.

use crate::tree::Leaf;

use super::short::{Short, narrow};
use super::units::{Unit, Units};

/// Bytes of text in a leaf. With the header and the tree's links a slot of the arena is 512 bytes.
pub(super) const CAPACITY: usize = if cfg!(any(test, feature = "small-nodes")) {
    12
} else {
    480
};

#[derive(Clone, Debug)]
pub(super) struct TextLeaf {
    /// The text before the gap, which stands at the start of `bytes`.
    left: Short,
    /// The text after the gap, which stands at the end of `bytes`.
    right: Short,
    bytes: [u8; CAPACITY],
}

impl Leaf for TextLeaf {
    /// Leaves are large: growing by an eighth would copy the text eight times while it is typed.
    const GROWTH: usize = 2;

    type Measure = Units;

    #[inline]
    fn measure(&self) -> Units {
        self.len().into()
    }
}

impl TextLeaf {
    pub(super) fn new() -> Self {
        TextLeaf {
            left: Short::default(),
            right: Short::default(),
            bytes: [0; CAPACITY],
        }
    }

    #[inline]
    pub(super) fn len(&self) -> Short {
        self.left.plus(self.right)
    }

    #[inline]
    pub(super) fn room(&self) -> usize {
        CAPACITY - self.len().bytes()
    }

    /// Where the gap is: how much text stands before it.
    #[inline]
    pub(super) fn gap(&self) -> Short {
        self.left
    }

    /// How much text stands behind the gap.
    #[inline]
    pub(super) fn behind(&self) -> Short {
        self.right
    }

    #[inline]
    pub(super) fn left(&self) -> &[u8] {
        &self.bytes[..self.left.bytes()]
    }

    #[inline]
    pub(super) fn right(&self) -> &[u8] {
        &self.bytes[CAPACITY - self.right.bytes()..]
    }

    /// Moves the gap to a place of this leaf.
    #[inline]
    pub(super) fn move_gap(&mut self, to: Short) {
        if to != self.left {
            self.move_gap_away(to);
        }
    }

    /// Moves the gap to the nearest place of a range.
    #[inline]
    pub(super) fn move_gap_into(&mut self, start: Short, end: Short) {
        if end.bytes() < self.left.bytes() {
            self.move_gap(end);
        } else if start.bytes() > self.left.bytes() {
            self.move_gap(start);
        }
    }

    fn move_gap_away(&mut self, to: Short) {
        let (old, new) = (self.left.bytes(), to.bytes());
        let right = CAPACITY - self.right.bytes();
        if new < old {
            self.bytes.copy_within(new..old, right - (old - new));
        } else {
            self.bytes.copy_within(right..right + (new - old), old);
        }
        self.right = self.len().minus(to);
        self.left = to;
    }

    /// Puts whole characters before the gap; the caller knows that there is room.
    #[inline]
    pub(super) fn insert_at_gap(&mut self, text: &[u8]) {
        let start = self.left.bytes();
        self.bytes[start..start + text.len()].copy_from_slice(text);
        self.left = self.left.plus(Short::of(text));
    }

    /// Puts whole characters behind the gap.
    pub(super) fn insert_behind_gap(&mut self, text: &[u8]) {
        let end = CAPACITY - self.right.bytes();
        self.bytes[end - text.len()..end].copy_from_slice(text);
        self.right = self.right.plus(Short::of(text));
    }

    /// Types one ASCII character in the gap; says whether that is what the text is, and there was room.
    #[inline]
    pub(super) fn type_ascii(&mut self, text: &str) -> bool {
        let fits = self.room() > 0;
        match (text.as_bytes(), self.bytes.get_mut(self.left.bytes())) {
            (&[byte], Some(place)) if fits => {
                *place = byte;
                self.left = self.left.plus(Short::ascii(1));
                true
            }
            _ => false,
        }
    }

    /// Takes out the character before the gap and appends it to `removed`; says whether there is one, in ASCII.
    #[inline]
    pub(super) fn erase_before(&mut self, removed: &mut Vec<u8>) -> bool {
        match self.left().last() {
            Some(&byte) if byte.is_ascii() => {
                removed.push(byte);
                self.left = self.left.minus(Short::ascii(1));
                true
            }
            _ => false,
        }
    }

    /// Takes out the character behind the gap, likewise.
    #[inline]
    pub(super) fn erase_behind(&mut self, removed: &mut Vec<u8>) -> bool {
        match self.right().first() {
            Some(&byte) if byte.is_ascii() => {
                removed.push(byte);
                self.right = self.right.minus(Short::ascii(1));
                true
            }
            _ => false,
        }
    }

    /// Takes out the text between two places and appends it to `removed`. The gap ends up there.
    #[inline]
    pub(super) fn remove(&mut self, start: Short, end: Short, removed: &mut Vec<u8>) {
        self.move_gap_into(start, end);
        removed.extend_from_slice(&self.left()[start.bytes()..]);
        removed.extend_from_slice(&self.right()[..end.minus(self.left).bytes()]);
        self.right = self.len().minus(end);
        self.left = start;
    }

    /// Takes the text behind the gap into a leaf of its own.
    pub(super) fn split_off(&mut self) -> Self {
        let mut behind = Self::new();
        behind.insert_behind_gap(self.right());
        self.right = Short::default();
        behind
    }

    /// The text between two places, on either side of the gap. O(bytes): it is validated, since an array of bytes cannot
    /// promise that it is UTF-8.
    pub(super) fn pieces(&self, start: Short, end: Short) -> [&str; 2] {
        let (start, end, gap) = (start.bytes(), end.bytes(), self.left.bytes());
        let left = &self.left()[start.min(gap)..end.min(gap)];
        let right = &self.right()[start.saturating_sub(gap)..end.saturating_sub(gap)];
        [utf8(left), utf8(right)]
    }

    /// The largest place, at most `bytes` into the leaf, between two characters.
    pub(super) fn place_below(&self, bytes: usize) -> Short {
        (0..4)
            .find_map(|back| self.place(Unit::Bytes, narrow(bytes.saturating_sub(back))))
            .unwrap_or_default()
    }
}

/// Text that was cut only between characters.
pub(super) fn utf8(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("a leaf is cut only between characters")
}
