//! A keystroke, in one word.

use std::num::NonZeroU64;

/// Set in every word, so that none is zero.
const MARK: NonZeroU64 = NonZeroU64::MIN.saturating_add((1 << 63) - 1);
const DELETED: u64 = 1 << 62;
const VALUE_SHIFT: u32 = 32;
const VALUE_MAX: u32 = (1 << 30) - 1;

/// One edit of a text which typed one character, or only deleted: what most transactions are.
///
/// Bits 0 to 31 are the position, 32 to 61 the character or how many were deleted. It is one word because it is written
/// once per keystroke and read right after, and a processor waits where what it reads was written in several pieces.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stroke(NonZeroU64);

impl Stroke {
    #[inline]
    pub(crate) fn typed(at: u32, typed: char) -> Self {
        Stroke(MARK | u64::from(at) | u64::from(u32::from(typed)) << VALUE_SHIFT)
    }

    #[inline]
    pub(crate) fn deleted(at: u32, len: u32) -> Self {
        debug_assert!(len <= VALUE_MAX);
        Stroke(MARK | DELETED | u64::from(at) | u64::from(len) << VALUE_SHIFT)
    }

    #[inline]
    fn is_deletion(self) -> bool {
        self.0.get() & DELETED != 0
    }

    /// The low half.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn at(self) -> u32 {
        self.0.get() as u32
    }

    #[allow(clippy::cast_possible_truncation)]
    fn value(self) -> u32 {
        (self.0.get() >> VALUE_SHIFT) as u32 & VALUE_MAX
    }

    /// The character that was typed.
    pub(crate) fn char(self) -> Option<char> {
        if self.is_deletion() {
            None
        } else {
            char::from_u32(self.value())
        }
    }

    /// How many characters were deleted.
    pub(crate) fn deletions(self) -> u32 {
        if self.is_deletion() { self.value() } else { 0 }
    }

    /// How many operations it took.
    pub(crate) fn operations(self) -> u32 {
        if self.is_deletion() { self.value() } else { 1 }
    }
}

impl std::fmt::Debug for Stroke {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "at {}: {:?}, {} deleted",
            self.at(),
            self.char(),
            self.deletions()
        )
    }
}
