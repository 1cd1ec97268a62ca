//! Marked text as a Quill delta, and changes given as one.
//!
//! A [Quill delta](https://quilljs.com/docs/delta) is JSON: `{"ops": [{"insert": "text", "attributes": {"bold": true}}]}`.
//! Its positions count UTF-16 units. A document is a delta of nothing but insertions. What is a block (a header, an item of a
//! list) is told by attributes of the line's end.

use std::collections::BTreeMap;

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Text, TextMut};
use crate::error::Error;
use crate::oplog::Expand;
use crate::value::Value;

impl Text<'_> {
    /// The text and its marks as a Quill delta. O(n log n) for n marks, and the text.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| {
    ///     tx.text("body").push("Hello world")?;
    ///     tx.text("body").mark(0..5, "bold", true)
    /// })?;
    /// let delta = serde_json::json!({ "ops": [
    ///     { "insert": "Hello", "attributes": { "bold": true } },
    ///     { "insert": " world" },
    /// ] });
    /// assert_eq!(doc.text("body").to_quill(), delta);
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_quill(&self) -> Json {
        let ops = self.spans().into_iter().map(|span| {
            if span.attributes.is_empty() {
                return json!({ "insert": span.text });
            }
            let attributes = span.attributes.iter();
            let attributes: JsonMap<String, Json> = attributes
                .map(|(key, value)| ((*key).to_owned(), value.to_json()))
                .collect();
            json!({ "insert": span.text, "attributes": attributes })
        });
        json!({ "ops": ops.collect::<Vec<_>>() })
    }
}

/// One step of a Quill delta.
enum Step<'j> {
    Retain(usize, Option<&'j JsonMap<String, Json>>),
    Insert(&'j str, Option<&'j JsonMap<String, Json>>),
    Delete(usize),
}

impl TextMut<'_> {
    /// Changes the text as a Quill delta says. What is inserted shows the attributes given with it and no other. Attributes of
    /// line ends alone, links (`link`) and comments (keys that begin with `comment`) do not go on as somebody types at their
    /// ends, all others do behind.
    ///
    /// # Errors
    ///
    /// [`Error::Quill`] for what is no such delta, or holds what a text cannot: embedded objects, and attributes that are
    /// lists or maps. [`Error::OutOfRange`] for one that goes past the end; else as [`mark_with`](TextMut::mark_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// let delta = serde_json::json!({ "ops": [
    ///     { "insert": "Title" },
    ///     { "insert": "\n", "attributes": { "header": 1 } },
    /// ] });
    /// doc.transact(|tx| tx.text("body").apply_quill(&delta))?;
    /// assert_eq!(doc.text("body").to_quill(), delta);
    ///
    /// let change = serde_json::json!({ "ops": [
    ///     { "retain": 5, "attributes": { "italic": true } },
    ///     { "insert": " page" },
    /// ] });
    /// doc.transact(|tx| tx.text("body").apply_quill(&change))?;
    /// assert_eq!(doc.text("body").spans()[1].text, " page");
    /// # Ok(())
    /// # }
    /// ```
    pub fn apply_quill(&mut self, delta: &Json) -> Result<(), Error> {
        let ops = delta.get("ops").unwrap_or(delta).as_array();
        let ops = ops.ok_or(refused(
            0,
            "a delta is an array of operations, or an object with `ops`",
        ))?;
        let mut at = 0;
        for (nth, op) in ops.iter().enumerate() {
            match step(op).map_err(|what| refused(nth, what))? {
                Step::Retain(len, attributes) => {
                    let end = at + len;
                    for (key, value) in attributes.into_iter().flatten() {
                        let value = plain(value).map_err(|what| refused(nth, what))?;
                        let expand = expansion(key, is_lines(&self.slice_utf16(at..end)?));
                        self.utf16().mark_with(at..end, key, value, expand)?;
                    }
                    // Also where nothing is marked, it has to be there.
                    self.utf16().delete(end..end)?;
                    at = end;
                }
                Step::Insert(text, attributes) => {
                    let shown = shown(text, attributes).map_err(|what| refused(nth, what))?;
                    self.utf16().insert(at, text)?;
                    let end = at + text.encode_utf16().count();
                    self.restyle_utf16(at..end, shown)?;
                    at = end;
                }
                Step::Delete(len) => self.utf16().delete(at..at + len)?,
            }
        }
        Ok(())
    }
}

/// What inserted text is to show.
fn shown(
    text: &str,
    attributes: Option<&JsonMap<String, Json>>,
) -> Result<BTreeMap<String, (Value, Expand)>, &'static str> {
    let lines = is_lines(text);
    let attributes = attributes.into_iter().flatten();
    let shown = attributes.filter(|(_, value)| !value.is_null());
    shown
        .map(|(key, value)| Ok((key.clone(), (plain(value)?, expansion(key, lines)))))
        .collect()
}

/// Whether a text is line ends and nothing else.
fn is_lines(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|scalar| scalar == '\n')
}

fn expansion(key: &str, is_lines: bool) -> Expand {
    match key {
        _ if is_lines => Expand::None,
        "link" => Expand::None,
        _ if key.starts_with("comment") => Expand::None,
        _ => Expand::After,
    }
}

fn step(op: &Json) -> Result<Step<'_>, &'static str> {
    let attributes = match op.get("attributes") {
        None | Some(Json::Null) => None,
        Some(Json::Object(attributes)) => Some(attributes),
        Some(_) => return Err("attributes that are no object"),
    };
    let count = |count: &Json| {
        let count = count.as_u64().and_then(|count| u32::try_from(count).ok());
        count.map(|count| count as usize)
    };
    match (op.get("retain"), op.get("insert"), op.get("delete")) {
        (Some(len), None, None) => {
            let len = count(len).ok_or("a retain that is no number")?;
            Ok(Step::Retain(len, attributes))
        }
        (None, Some(Json::String(text)), None) => Ok(Step::Insert(text, attributes)),
        (None, Some(_), None) => Err("an embedded object, which a text cannot hold"),
        (None, None, Some(len)) => {
            let len = count(len).ok_or("a delete that is no number")?;
            Ok(Step::Delete(len))
        }
        _ => Err("not one of retain, insert and delete"),
    }
}

fn plain(value: &Json) -> Result<Value, &'static str> {
    match value {
        Json::Array(_) | Json::Object(_) => Err("an attribute that is a list or a map"),
        plain => Ok(Value::from(plain.clone())),
    }
}

fn refused(operation: usize, what: &'static str) -> Error {
    Error::Quill { operation, what }
}
