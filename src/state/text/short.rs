//! The units of a short text, in one word.

use super::units::{Unit, Units};

/// How long a piece of a leaf is, in every unit: [`Units`] small enough that all three fit in a register, which is where
/// an edit keeps them. Bits 0 to 15 count characters, 16 to 31 UTF-16 units, 32 to 47 bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Short(u64);

impl From<Short> for Units {
    #[inline]
    fn from(short: Short) -> Self {
        Units {
            chars: short.chars(),
            utf16: short.get(Unit::Utf16),
            bytes: short.get(Unit::Bytes),
        }
    }
}

impl Short {
    /// The longest text that may be counted: 2^16 - 1 bytes.
    const MOST: usize = 0xFFFF;

    #[inline]
    pub(super) fn new(chars: u32, utf16: u32, bytes: u32) -> Self {
        Short(u64::from(chars) | u64::from(utf16) << 16 | u64::from(bytes) << 32)
    }

    /// `len` characters of ASCII.
    #[inline]
    pub(super) fn ascii(len: u32) -> Self {
        Self::new(len, len, len)
    }

    /// The length of a piece of UTF-8, where a character counts if its first byte is there.
    #[inline]
    pub(super) fn of(text: &[u8]) -> Self {
        if text.len() <= 4 {
            text.iter()
                .fold(Short::default(), |sum, &byte| sum.plus(Self::of_byte(byte)))
        } else {
            Self::of_many(text)
        }
    }

    #[inline]
    pub(super) fn of_byte(byte: u8) -> Self {
        let chars = u32::from(begins(byte));
        Self::new(chars, chars + u32::from(byte >= 0xF0), 1)
    }

    fn of_many(text: &[u8]) -> Self {
        if text.is_ascii() {
            return Self::ascii(narrow(text.len()));
        }
        text.chunks(BLOCK).fold(Short::default(), |sum, block| {
            sum.plus(Self::of_block(block))
        })
    }

    /// The length of at most 128 bytes. So few can be counted in single bytes, which lets the compiler count many at once.
    #[inline]
    pub(super) fn of_block(block: &[u8]) -> Self {
        let (mut chars, mut pairs) = (0u8, 0u8);
        for &byte in block {
            chars = chars.wrapping_add(u8::from(begins(byte)));
            pairs = pairs.wrapping_add(u8::from(byte >= 0xF0));
        }
        Self::new(
            u32::from(chars),
            u32::from(chars) + u32::from(pairs),
            narrow(block.len()),
        )
    }

    #[inline]
    pub(super) fn plus(self, other: Self) -> Self {
        Short(self.0 + other.0)
    }

    /// What is left of this text without a part of it.
    #[inline]
    pub(super) fn minus(self, part: Self) -> Self {
        Short(self.0 - part.0)
    }

    #[inline]
    pub(super) fn get(self, unit: Unit) -> u32 {
        match unit {
            Unit::Chars => self.chars(),
            Unit::Utf16 => narrow((self.0 >> 16 & 0xFFFF) as usize),
            Unit::Bytes => narrow(self.bytes()),
        }
    }

    #[inline]
    pub(super) fn chars(self) -> u32 {
        narrow((self.0 & 0xFFFF) as usize)
    }

    #[inline]
    pub(super) fn bytes(self) -> usize {
        (self.0 >> 32) as usize
    }

    /// How many units each character takes, where that can be told from the sums alone.
    #[inline]
    pub(super) fn width(self, unit: Unit) -> Option<Width> {
        // One is the least and four bytes are the most that a character takes, so such sums have no other explanation.
        if self.get(unit) == self.chars() {
            Some(Width::One)
        } else if self.bytes() != 4 * self.chars() as usize {
            None
        } else if unit == Unit::Utf16 {
            Some(Width::Two)
        } else {
            Some(Width::Four)
        }
    }
}

/// Units of a kind that every character of a text takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Width {
    One,
    Two,
    Four,
}

const BLOCK: usize = 128;

/// Whether a byte of UTF-8 is the first of its character.
#[inline]
pub(in crate::state) fn begins(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// Lengths here are at most [`Short::MOST`].
#[allow(clippy::cast_possible_truncation)]
#[inline]
pub(super) fn narrow(len: usize) -> u32 {
    debug_assert!(len <= Short::MOST);
    len as u32
}
