//! Writing a text with positions in UTF-16 units or bytes.

use std::fmt;
use std::ops::Range;

use super::text_mut::TextMut;
use crate::error::Error;
use crate::oplog::Expand;
use crate::state::text::Unit;
use crate::value::Value;

/// A text, for writing with positions in UTF-16 units or bytes.
#[derive(Debug)]
pub struct UnitsMut<'u, 't> {
    text: &'u mut TextMut<'t>,
    unit: Unit,
}

impl<'u, 't> UnitsMut<'u, 't> {
    pub(super) fn new(text: &'u mut TextMut<'t>, unit: Unit) -> Self {
        UnitsMut { text, unit }
    }
}

impl UnitsMut<'_, '_> {
    /// Length in the unit. O(1).
    pub fn len(&self) -> usize {
        self.text.len_in(self.unit)
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
        self.text.replace_in(self.unit, range, text)
    }

    /// Marks a range, as [`TextMut::mark`].
    ///
    /// # Errors
    ///
    /// As [`TextMut::mark_with`].
    pub fn mark(
        &mut self,
        range: Range<usize>,
        key: &str,
        value: impl Into<Value>,
    ) -> Result<(), Error> {
        self.mark_with(range, key, value, Expand::After)
    }

    /// Takes the marks of a key off a range.
    ///
    /// # Errors
    ///
    /// As [`TextMut::mark_with`].
    pub fn unmark(&mut self, range: Range<usize>, key: &str) -> Result<(), Error> {
        self.mark_with(range, key, Value::Null, Expand::After)
    }

    /// Marks a range, as [`TextMut::mark_with`].
    ///
    /// # Errors
    ///
    /// As [`TextMut::mark_with`].
    pub fn mark_with(
        &mut self,
        range: Range<usize>,
        key: &str,
        value: impl Into<Value>,
        expand: Expand,
    ) -> Result<(), Error> {
        self.text
            .mark_in(self.unit, range, key, &value.into(), expand)
    }

    /// Inserts at the end.
    ///
    /// # Errors
    ///
    /// As [`insert`](UnitsMut::insert).
    pub fn push(&mut self, text: &str) -> Result<(), Error> {
        self.text.push(text)
    }
}

impl fmt::Display for UnitsMut<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}
