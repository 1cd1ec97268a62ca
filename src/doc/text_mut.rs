//! Writing a text, in three units.

use std::fmt;
use std::ops::Range;

use super::Doc;
use super::handle::Target;
use super::view_text::{Text, unit_name};
use super::write::too_many;
use crate::error::Error;
use crate::state::text::Unit;

/// A text, for writing. Positions count Unicode scalars; [`utf16`](TextMut::utf16) and [`bytes`](TextMut::bytes) take them
/// in other units.
#[derive(Debug)]
pub struct TextMut<'t> {
    doc: &'t mut Doc,
    target: Target,
}

impl<'t> TextMut<'t> {
    pub(super) fn new(doc: &'t mut Doc, target: Target) -> Self {
        TextMut { doc, target }
    }

    fn view(&self) -> Text<'_> {
        Text::new(self.doc, self.target.known(self.doc))
    }

    /// Length in Unicode scalars. O(1).
    pub fn len(&self) -> usize {
        self.view().len()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Inserts at a position. O(log n).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] past the end; [`Error::WrongKind`] if the root is of another kind.
    #[inline]
    pub fn insert(&mut self, position: usize, text: &str) -> Result<(), Error> {
        self.insert_in(Unit::Chars, position, text)
    }

    /// Deletes a range. O(log n).
    ///
    /// # Errors
    ///
    /// As [`insert`](TextMut::insert).
    #[inline]
    pub fn delete(&mut self, range: Range<usize>) -> Result<(), Error> {
        self.delete_in(Unit::Chars, range)
    }

    /// Deletes a range and inserts text in its place.
    ///
    /// # Errors
    ///
    /// As [`insert`](TextMut::insert).
    pub fn replace(&mut self, range: Range<usize>, text: &str) -> Result<(), Error> {
        let start = range.start;
        self.delete(range)?;
        self.insert(start, text)
    }

    /// Inserts at the end.
    ///
    /// # Errors
    ///
    /// As [`insert`](TextMut::insert).
    pub fn push(&mut self, text: &str) -> Result<(), Error> {
        self.insert(self.len(), text)
    }

    #[inline]
    fn insert_in(&mut self, unit: Unit, position: usize, text: &str) -> Result<(), Error> {
        let at = self.locate(unit, position..position)?.start;
        if text.is_empty() {
            return Ok(());
        }
        let len = if text.len() == 1 {
            1
        } else {
            text.chars().count()
        };
        let len = u32::try_from(len).map_err(|_| too_many(len))?;
        let container = self.target.resolve(self.doc)?;
        self.doc.insert_text(container, at, text, len)
    }

    #[inline]
    fn delete_in(&mut self, unit: Unit, range: Range<usize>) -> Result<(), Error> {
        let range = self.locate(unit, range)?;
        if range.is_empty() {
            return Ok(());
        }
        let container = self.target.resolve(self.doc)?;
        self.doc
            .delete_text(container, range.start, range.end - range.start)
    }

    /// The range in scalars.
    #[inline]
    fn locate(&mut self, unit: Unit, range: Range<usize>) -> Result<Range<u32>, Error> {
        let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end)) else {
            return Err(self.out_of_range(unit, range.end));
        };
        let found = match self
            .target
            .known(self.doc)
            .and_then(|container| self.doc.state.text_mut(container))
        {
            Some(rope) if unit == Unit::Chars => {
                (start <= end && end <= rope.len().chars).then_some(start..end)
            }
            Some(rope) if start <= end => rope.locate(unit, start..end),
            Some(_) => None,
            None => {
                self.target.verify()?;
                (start == 0 && end == 0).then_some(0..0)
            }
        };
        match found {
            Some(found) => Ok(found),
            None => Err(self.out_of_range(
                unit,
                if range.start > range.end {
                    range.start
                } else {
                    range.end
                },
            )),
        }
    }

    #[cold]
    fn out_of_range(&self, unit: Unit, position: usize) -> Error {
        let len = match unit {
            Unit::Chars => self.view().len(),
            Unit::Utf16 => self.view().len_utf16(),
            Unit::Bytes => self.view().len_bytes(),
        };
        Error::OutOfRange {
            path: self.target.path(self.doc),
            position,
            len,
            unit: unit_name(unit),
        }
    }

    /// The same text with positions in UTF-16 units.
    pub fn utf16(&mut self) -> UnitsMut<'_, 't> {
        UnitsMut {
            text: self,
            unit: Unit::Utf16,
        }
    }

    /// The same text with positions in bytes of UTF-8.
    pub fn bytes(&mut self) -> UnitsMut<'_, 't> {
        UnitsMut {
            text: self,
            unit: Unit::Bytes,
        }
    }
}

impl fmt::Display for TextMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// A text, for writing with positions in UTF-16 units or bytes.
#[derive(Debug)]
pub struct UnitsMut<'u, 't> {
    text: &'u mut TextMut<'t>,
    unit: Unit,
}

impl UnitsMut<'_, '_> {
    /// Length in the unit. O(1).
    pub fn len(&self) -> usize {
        match self.unit {
            Unit::Chars => self.text.view().len(),
            Unit::Utf16 => self.text.view().len_utf16(),
            Unit::Bytes => self.text.view().len_bytes(),
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Inserts at a position. O(log n).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] past the end or within a character; [`Error::WrongKind`] if the root is of another kind.
    pub fn insert(&mut self, position: usize, text: &str) -> Result<(), Error> {
        self.text.insert_in(self.unit, position, text)
    }

    /// Deletes a range. O(log n).
    ///
    /// # Errors
    ///
    /// As [`insert`](UnitsMut::insert).
    pub fn delete(&mut self, range: Range<usize>) -> Result<(), Error> {
        self.text.delete_in(self.unit, range)
    }

    /// Deletes a range and inserts text in its place.
    ///
    /// # Errors
    ///
    /// As [`insert`](UnitsMut::insert).
    pub fn replace(&mut self, range: Range<usize>, text: &str) -> Result<(), Error> {
        let start = range.start;
        self.delete(range)?;
        self.insert(start, text)
    }
}
