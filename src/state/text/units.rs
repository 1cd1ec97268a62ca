//! The three units in which a text is measured.

use crate::tree::Measure;

/// A unit in which lengths of text and positions in it are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Unicode scalars.
    Chars,
    /// UTF-16 code units: two for a scalar outside the Basic Multilingual Plane.
    Utf16,
    /// UTF-8 code units.
    Bytes,
}

impl Unit {
    /// How long a character is.
    pub fn len_of(self, character: char) -> usize {
        match self {
            Unit::Chars => 1,
            Unit::Utf16 => character.len_utf16(),
            Unit::Bytes => character.len_utf8(),
        }
    }
}

/// How long a piece of text is, in every unit. Arithmetic wraps, as [`Measure`] asks.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Units {
    pub(crate) chars: u32,
    pub(crate) utf16: u32,
    pub(crate) bytes: u32,
}

impl Measure for Units {
    #[inline]
    fn plus(self, other: Self) -> Self {
        Units {
            chars: self.chars.wrapping_add(other.chars),
            utf16: self.utf16.wrapping_add(other.utf16),
            bytes: self.bytes.wrapping_add(other.bytes),
        }
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        Units {
            chars: self.chars.wrapping_sub(other.chars),
            utf16: self.utf16.wrapping_sub(other.utf16),
            bytes: self.bytes.wrapping_sub(other.bytes),
        }
    }
}

impl Units {
    #[inline]
    pub(crate) fn get(self, unit: Unit) -> u32 {
        match unit {
            Unit::Chars => self.chars,
            Unit::Utf16 => self.utf16,
            Unit::Bytes => self.bytes,
        }
    }
}
