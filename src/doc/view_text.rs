//! Reading a text, in three units.

use std::fmt;
use std::ops::Range;

use super::Doc;
use crate::error::Error;
use crate::oplog::ContainerIx;
use crate::state::text::{Rope, Unit};

/// A text as it is now. Positions count Unicode scalars; [`utf16`](Text::utf16) and [`bytes`](Text::bytes) view the same
/// text in other units, as fast.
#[derive(Clone, Copy, Debug)]
pub struct Text<'d> {
    doc: &'d Doc,
    container: Option<ContainerIx>,
}

impl<'d> Text<'d> {
    pub(super) fn new(doc: &'d Doc, container: Option<ContainerIx>) -> Self {
        Text { doc, container }
    }

    fn rope(&self) -> Option<&'d Rope> {
        self.doc.state.text(self.container?)
    }

    /// The document, and the container if anybody wrote in it.
    pub(super) fn place(&self) -> Option<(&'d Doc, ContainerIx)> {
        Some((self.doc, self.container?))
    }

    fn len_in(&self, unit: Unit) -> usize {
        self.rope().map_or(0, |rope| rope.len().get(unit) as usize)
    }

    /// Length in Unicode scalars. O(1), like the other lengths.
    pub fn len(&self) -> usize {
        self.len_in(Unit::Chars)
    }

    /// Length in UTF-16 units.
    pub fn len_utf16(&self) -> usize {
        self.len_in(Unit::Utf16)
    }

    /// Length in bytes of UTF-8.
    pub fn len_bytes(&self) -> usize {
        self.len_in(Unit::Bytes)
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text in pieces, in order. O(1) each.
    pub fn chunks(&self) -> impl Iterator<Item = &'d str> {
        self.rope().into_iter().flat_map(|rope| rope.chunks())
    }

    /// The scalar at a position. O(log n).
    pub fn char_at(&self, position: usize) -> Option<char> {
        let at = u32::try_from(position)
            .ok()
            .filter(|&at| (at as usize) < self.len())?;
        self.rope()?.chunks_in(at..at + 1).next()?.chars().next()
    }

    /// The scalars of a range.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] if the range does not lie within the text.
    pub fn slice(&self, range: Range<usize>) -> Result<String, Error> {
        self.slice_in(Unit::Chars, range)
    }

    fn slice_in(&self, unit: Unit, range: Range<usize>) -> Result<String, Error> {
        let Range { start, end } = range;
        if end < start {
            let path = self.path();
            return Err(Error::ReversedRange { path, start, end });
        }
        let (start, end) = (self.chars_of(unit, start)?, self.chars_of(unit, end)?);
        Ok(self
            .rope()
            .map(|rope| rope.chunks_in(start..end).collect())
            .unwrap_or_default())
    }

    fn chars_of(&self, unit: Unit, position: usize) -> Result<u32, Error> {
        let at = u32::try_from(position).ok();
        let chars = match (self.rope(), at) {
            (None, Some(0)) => Some(0),
            (Some(rope), Some(at)) => rope.to_chars(unit, at),
            _ => None,
        };
        chars.ok_or_else(|| self.out_of_range(unit, position))
    }

    fn path(&self) -> String {
        self.container
            .map(|container| self.doc.path_for_error(container))
            .unwrap_or_default()
    }

    fn out_of_range(&self, unit: Unit, position: usize) -> Error {
        Error::OutOfRange {
            path: self.path(),
            position,
            len: self.len_in(unit),
            unit: unit_name(unit),
        }
    }

    fn chars_in(&self, unit: Unit, position: usize) -> Result<usize, Error> {
        let at = self.chars_of(Unit::Chars, position)?;
        Ok(self
            .rope()
            .and_then(|rope| rope.from_chars(unit, at))
            .unwrap_or(0) as usize)
    }

    /// The text with positions in UTF-16 units, as JavaScript, .NET and Qt count.
    pub fn utf16(&self) -> Utf16<'d> {
        Utf16 { text: *self }
    }

    /// The text with positions in bytes of UTF-8.
    pub fn bytes(&self) -> Bytes<'d> {
        Bytes { text: *self }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chunks().try_for_each(|chunk| f.write_str(chunk))
    }
}

pub(super) fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Chars => "chars",
        Unit::Utf16 => "UTF-16 units",
        Unit::Bytes => "bytes",
    }
}

macro_rules! in_unit {
    ($(#[$doc:meta])* $name:ident, $unit:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'d> {
            text: Text<'d>,
        }

        impl $name<'_> {
            /// Length in this unit. O(1).
            pub fn len(&self) -> usize {
                self.text.len_in($unit)
            }

            /// Whether there is nothing.
            pub fn is_empty(&self) -> bool {
                self.text.is_empty()
            }

            /// The text of a range in this unit. O(log n) and the range.
            ///
            /// # Errors
            ///
            /// [`Error::OutOfRange`] if the range does not lie within the text, or an end lies within a character.
            pub fn slice(&self, range: Range<usize>) -> Result<String, Error> {
                self.text.slice_in($unit, range)
            }

            /// The position in Unicode scalars. O(log n).
            ///
            /// # Errors
            ///
            /// [`Error::OutOfRange`] for a position past the end or within a character.
            pub fn to_chars(&self, position: usize) -> Result<usize, Error> {
                Ok(self.text.chars_of($unit, position)? as usize)
            }

            /// The position in this unit of one in Unicode scalars. O(log n).
            ///
            /// # Errors
            ///
            /// [`Error::OutOfRange`] for a position past the end.
            pub fn from_chars(&self, position: usize) -> Result<usize, Error> {
                self.text.chars_in($unit, position)
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.text.fmt(f)
            }
        }
    };
}

in_unit!(
    /// A text with positions in UTF-16 units.
    Utf16,
    Unit::Utf16
);
in_unit!(
    /// A text with positions in bytes of UTF-8.
    Bytes,
    Unit::Bytes
);
