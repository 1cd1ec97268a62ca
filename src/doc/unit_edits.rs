//! What happened to a text, counted in UTF-16 units or bytes.

use super::Change;
use super::text_edits::{Attributes, TextEdit};
use crate::state::text::Unit;

impl Change {
    /// As [`text`](Change::text), counted in a unit, for an editor whose positions are not scalars. `old` is the text before the
    /// change, scalar by scalar, as the editor has it: the change does not keep what it took away. It is read as far as the last
    /// edit goes; with another text the counts mean nothing.
    ///
    /// O(n) for n scalars read, beside what [`text`](Change::text) costs. Who does not ask for it pays nothing for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, TextEdit, Unit};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("🎈 Party"))?;
    /// // As JavaScript, .NET and Qt hold a text.
    /// let buffer: Vec<u16> = doc.text("body").to_string().encode_utf16().collect();
    /// let change = doc.transact(|tx| tx.text("body").replace(0..1, "🎉🎉"))?;
    ///
    /// let old = char::decode_utf16(buffer).map(|scalar| scalar.unwrap_or(char::REPLACEMENT_CHARACTER));
    /// let edits = change.text_in(Unit::Utf16, "body", old);
    /// assert_eq!(edits, [TextEdit::Insert("🎉🎉".into()), TextEdit::Delete(2)]);
    /// let edits = change.text_in(Unit::Bytes, "body", "🎈 Party".chars());
    /// assert_eq!(edits, [TextEdit::Insert("🎉🎉".into()), TextEdit::Delete(4)]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn text_in(
        &self,
        unit: Unit,
        path: &str,
        old: impl IntoIterator<Item = char>,
    ) -> Vec<TextEdit> {
        let mut old = Old::new(unit, old);
        let edits = self.text(path).into_iter();
        edits.map(|edit| old.counted(edit)).collect()
    }

    /// As [`marked_text`](Change::marked_text), counted in a unit; see [`text_in`](Change::text_in).
    pub fn marked_text_in(
        &self,
        unit: Unit,
        path: &str,
        old: impl IntoIterator<Item = char>,
    ) -> Vec<(TextEdit, Attributes)> {
        let mut old = Old::new(unit, old);
        let edits = self.marked_text(path).into_iter();
        edits
            .map(|(edit, attributes)| (old.counted(edit), attributes))
            .collect()
    }
}

/// What is left of the old text.
struct Old<Rest> {
    unit: Unit,
    rest: Rest,
}

impl<Rest: Iterator<Item = char>> Old<Rest> {
    fn new(unit: Unit, old: impl IntoIterator<IntoIter = Rest>) -> Self {
        let rest = old.into_iter();
        Old { unit, rest }
    }

    /// A step over so many of its scalars, counted in the unit.
    fn counted(&mut self, edit: TextEdit) -> TextEdit {
        match edit {
            TextEdit::Retain(scalars) => TextEdit::Retain(self.pass(scalars)),
            TextEdit::Delete(scalars) => TextEdit::Delete(self.pass(scalars)),
            TextEdit::Insert(text) => TextEdit::Insert(text),
        }
    }

    fn pass(&mut self, scalars: usize) -> usize {
        if self.unit == Unit::Chars {
            return scalars;
        }
        let passed = self.rest.by_ref().take(scalars);
        passed.map(|scalar| self.unit.len_of(scalar)).sum()
    }
}
