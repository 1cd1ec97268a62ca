//! Writing a text, in three units.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::Doc;
use super::handle::Target;
use super::restyle::Wanted;
use super::units_mut::UnitsMut;
use super::view_text::{Text, unit_name};
use crate::error::Error;
use crate::oplog::{ContainerIx, Expand};
use crate::state::text::Unit;
use crate::value::Value;

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
        self.replace_in(Unit::Chars, range, text)
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
    pub(super) fn insert_in(
        &mut self,
        unit: Unit,
        position: usize,
        text: &str,
    ) -> Result<(), Error> {
        if self.try_insert(unit, position, text) {
            Ok(())
        } else {
            self.insert_first(unit, position, text)
        }
    }

    #[inline]
    fn try_insert(&mut self, unit: Unit, position: usize, text: &str) -> bool {
        let place = self.place(unit, position..position);
        place.is_some_and(|(container, at)| self.doc.insert_text(container, at.start, text))
    }

    /// Inserts where something has to be made first, or says what is wrong.
    #[cold]
    fn insert_first(&mut self, unit: Unit, position: usize, text: &str) -> Result<(), Error> {
        self.check(unit, position..position)?;
        if text.is_empty() {
            return Ok(());
        }
        let container = self.target.resolve(self.doc)?;
        self.doc.check_content(container, text.len())?;
        self.doc.author();
        if self.try_insert(unit, position, text) {
            Ok(())
        } else {
            Err(self.doc.refusal(scalars(text)))
        }
    }

    #[inline]
    pub(super) fn delete_in(&mut self, unit: Unit, range: Range<usize>) -> Result<(), Error> {
        if self.try_delete(unit, range.clone()) {
            Ok(())
        } else {
            self.delete_first(unit, range)
        }
    }

    #[inline]
    fn try_delete(&mut self, unit: Unit, range: Range<usize>) -> bool {
        self.place(unit, range)
            .is_some_and(|(container, range)| self.doc.delete_text(container, range))
    }

    /// Deletes where something has to be made first, or says what is wrong.
    #[cold]
    fn delete_first(&mut self, unit: Unit, range: Range<usize>) -> Result<(), Error> {
        self.check(unit, range.clone())?;
        if range.is_empty() {
            return Ok(());
        }
        self.doc.author();
        if self.try_delete(unit, range) {
            Ok(())
        } else {
            Err(self.doc.refusal(1))
        }
    }

    pub(super) fn replace_in(
        &mut self,
        unit: Unit,
        range: Range<usize>,
        text: &str,
    ) -> Result<(), Error> {
        // Nothing is deleted for a text that does not fit.
        if !text.is_empty() && !range.is_empty() {
            self.check(unit, range.clone())?;
            if let Some((container, range)) = self.place(unit, range.clone()) {
                self.doc.check_content(container, text.len())?;
                let deleted = range.end - range.start;
                self.doc.check_room(deleted.saturating_add(scalars(text)))?;
            }
        }
        let start = range.start;
        self.delete_in(unit, range)?;
        self.insert_in(unit, start, text)
    }

    /// Marks a range: [`mark_with`](TextMut::mark_with), where text typed behind it becomes part of it.
    ///
    /// # Errors
    ///
    /// As [`mark_with`](TextMut::mark_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("Hello world"))?;
    /// doc.transact(|tx| tx.text("body").mark(0..5, "bold", true))?;
    /// doc.transact(|tx| tx.text("body").insert(5, "!"))?;
    /// assert_eq!(doc.text("body").spans()[0].text, "Hello!");
    /// # Ok(())
    /// # }
    /// ```
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
    /// As [`mark_with`](TextMut::mark_with).
    pub fn unmark(&mut self, range: Range<usize>, key: &str) -> Result<(), Error> {
        self.mark_with(range, key, Value::Null, Expand::After)
    }

    /// Marks a range with a plain value under a key; null takes away what is marked there. Whether text inserted at its ends
    /// becomes part of it, `expand` says. Of several marks of one key on a character the last one shows; marks that should
    /// show together, like comments, have keys of their own. O(log n), and the marks within the range.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] and [`Error::ReversedRange`] for what is no range of the text; [`Error::NotPlain`] for a list or
    /// map; [`Error::Limit`] for a key or value that is too long, and where more keys would show on one character than
    /// [`marks_per_position`](crate::Limits::marks_per_position); [`Error::WrongKind`] if the root is of another kind.
    pub fn mark_with(
        &mut self,
        range: Range<usize>,
        key: &str,
        value: impl Into<Value>,
        expand: Expand,
    ) -> Result<(), Error> {
        self.mark_in(Unit::Chars, range, key, &value.into(), expand)
    }

    pub(super) fn mark_in(
        &mut self,
        unit: Unit,
        range: Range<usize>,
        key: &str,
        value: &Value,
        expand: Expand,
    ) -> Result<(), Error> {
        self.check(unit, range.clone())?;
        self.doc.check_marking(key, value)?;
        match self.place(unit, range) {
            Some((text, range)) if !range.is_empty() => {
                self.doc.mark_text(text, range, key, value, expand)
            }
            _ => Ok(()),
        }
    }

    /// Marks a range that was just inserted, in UTF-16 units, so that it shows this and nothing else.
    pub(super) fn restyle_utf16(
        &mut self,
        range: Range<usize>,
        shown: BTreeMap<String, (Value, Expand)>,
    ) -> Result<(), Error> {
        match self.place(Unit::Utf16, range) {
            Some((text, Range { start, end })) => {
                self.doc.restyle(text, start, &[Wanted { end, shown }])
            }
            None => Ok(()),
        }
    }

    pub(super) fn slice_utf16(&self, range: Range<usize>) -> Result<String, Error> {
        self.view().utf16().slice(range)
    }

    /// The container and, in scalars, the range. Whether that is within the text is left open.
    #[inline]
    fn place(&mut self, unit: Unit, range: Range<usize>) -> Option<(ContainerIx, Range<u32>)> {
        let Target::Known(container) = self.target else {
            return None;
        };
        let range = u32::try_from(range.start).ok()?..u32::try_from(range.end).ok()?;
        match unit {
            Unit::Chars => Some((container, range)),
            Unit::Utf16 | Unit::Bytes => Some((
                container,
                self.doc.state.text_mut(container)?.locate(unit, range)?,
            )),
        }
    }

    /// Whether this can be written to, in this range.
    fn check(&mut self, unit: Unit, range: Range<usize>) -> Result<(), Error> {
        self.target.verify(self.doc)?;
        let is_known = self.target.known(self.doc).is_some();
        let len = self.len_in(unit);
        if range.start <= range.end
            && range.end <= len
            && (!is_known || self.place(unit, range.clone()).is_some())
        {
            return Ok(());
        }
        let path = self.target.path(self.doc);
        let Range { start, end } = range;
        if end < start {
            return Err(Error::ReversedRange { path, start, end });
        }
        let is_cut = is_known && start < len && self.place(unit, start..start).is_none();
        let position = if is_cut { start } else { end };
        Err(Error::OutOfRange {
            path,
            position,
            len,
            unit: unit_name(unit),
        })
    }

    pub(super) fn len_in(&self, unit: Unit) -> usize {
        match unit {
            Unit::Chars => self.view().len(),
            Unit::Utf16 => self.view().len_utf16(),
            Unit::Bytes => self.view().len_bytes(),
        }
    }

    /// The same text with positions in UTF-16 units.
    pub fn utf16(&mut self) -> UnitsMut<'_, 't> {
        UnitsMut::new(self, Unit::Utf16)
    }

    /// The same text with positions in bytes of UTF-8.
    pub fn bytes(&mut self) -> UnitsMut<'_, 't> {
        UnitsMut::new(self, Unit::Bytes)
    }
}

impl fmt::Display for TextMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// How many scalars a text has. Only single bytes are worth counting in place.
#[inline]
pub(super) fn scalars(text: &str) -> u32 {
    #[inline(never)]
    fn count(text: &str) -> u32 {
        u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
    }
    if text.len() == 1 { 1 } else { count(text) }
}
