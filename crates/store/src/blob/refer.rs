//! Which blobs a document refers to: those whose names stand anywhere in what it shows, and in what stands beside that.
//!
//! That is every value and every text, the values of marks, the keys of maps, and all values that several people set at one key.
//! What was overwritten or deleted does not refer: a document's past may speak of blobs that are gone.

use std::collections::BTreeSet;

use syncline::{Conflict, Doc, Kind, List, Map, Text, Value, inspect};

use super::id::{BlobId, names_in};

/// Notes what a document refers to.
pub(crate) fn mentioned_in(doc: &Doc, found: &mut BTreeSet<BlobId>) {
    let mut search = Search { found };
    for (name, kind) in doc.roots() {
        search.bytes(name.as_bytes());
        match kind {
            Kind::Text => search.text(doc.text(name)),
            Kind::List => search.list(doc.list(name)),
            Kind::Map => search.map(doc.map(name)),
            _ => {}
        }
    }
}

/// Whether a document has changes that wait for others: they may refer to anything.
pub(crate) fn is_waiting(doc: &Doc) -> bool {
    let saved = inspect(&doc.save());
    saved.frames.iter().any(|frame| !frame.frames.is_empty())
}

struct Search<'f> {
    found: &'f mut BTreeSet<BlobId>,
}

impl Search<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        names_in(bytes, |blob| {
            self.found.insert(blob);
        });
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.bytes(text.as_bytes()),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::List(values) => values.iter().for_each(|value| self.value(value)),
            Value::Map(entries) => {
                for (key, value) in entries {
                    self.bytes(key.as_bytes());
                    self.value(value);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: Text<'_>) {
        self.bytes(text.to_string().as_bytes());
        for span in text.spans() {
            for (key, value) in span.attributes.iter() {
                self.bytes(key.as_bytes());
                self.value(value);
            }
        }
    }

    fn map(&mut self, map: Map<'_>) {
        for key in map.keys() {
            self.bytes(key.as_bytes());
            if let Some(inner) = map.map(key) {
                self.map(inner);
            } else if let Some(inner) = map.list(key) {
                self.list(inner);
            } else if let Some(inner) = map.text(key) {
                self.text(inner);
            }
            let is_shown =
                |(at, conflict): &(usize, Conflict)| *at == 0 && conflict.container.is_some();
            let conflicts = map.conflicts(key).into_iter().enumerate();
            for (_, conflict) in conflicts.filter(|one| !is_shown(one)) {
                self.value(&conflict.value);
            }
        }
    }

    fn list(&mut self, list: List<'_>) {
        for index in 0..list.len() {
            if let Some(inner) = list.map(index) {
                self.map(inner);
            } else if let Some(inner) = list.list(index) {
                self.list(inner);
            } else if let Some(inner) = list.text(index) {
                self.text(inner);
            } else if let Some(value) = list.get(index) {
                self.value(&value);
            }
        }
    }
}
