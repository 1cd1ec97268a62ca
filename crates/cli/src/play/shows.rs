//! What a replica shows: its JSON without empty roots, and by path its conflicts and what its texts are marked with.

use serde_json::{Map as JsonMap, Value as Json, json};
use syncline::{Doc, Kind, List, Map, Text};

use super::path::escape;

/// What a replica shows, in the form that scenarios expect it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) json: Json,
    pub(crate) conflicts: JsonMap<String, Json>,
    /// Of every text, `[string, {key: value}]` for each stretch that is marked alike.
    pub(crate) spans: JsonMap<String, Json>,
}

impl Shown {
    pub(crate) fn by(doc: &Doc) -> Shown {
        let mut shown = Shown {
            json: without_empty_roots(doc.to_json()),
            conflicts: JsonMap::new(),
            spans: JsonMap::new(),
        };
        for (name, kind) in doc.roots() {
            let path = escape(name);
            match kind {
                Kind::Text => shown.in_text(path, doc.text(name)),
                Kind::Map => shown.in_map(&path, doc.map(name)),
                Kind::List => shown.in_list(&path, doc.list(name)),
                _ => {}
            }
        }
        shown
    }

    /// The texts that are marked anywhere.
    pub(crate) fn marked(&self) -> JsonMap<String, Json> {
        let is_marked = |span: &Json| {
            span.get(1)
                .and_then(Json::as_object)
                .is_some_and(|marks| !marks.is_empty())
        };
        let texts = self
            .spans
            .iter()
            .filter(|(_, spans)| spans.as_array().into_iter().flatten().any(is_marked));
        texts
            .map(|(path, spans)| (path.clone(), spans.clone()))
            .collect()
    }

    fn in_text(&mut self, path: String, text: Text<'_>) {
        let spans = text.spans().into_iter().map(|span| {
            let marks = span.attributes.iter();
            let marks: JsonMap<String, Json> = marks
                .map(|(key, value)| ((*key).to_owned(), value.to_json()))
                .collect();
            json!([span.text, marks])
        });
        self.spans.insert(path, spans.collect());
    }

    fn in_map(&mut self, path: &str, map: Map<'_>) {
        for key in map.keys() {
            let at = format!("{path}/{}", escape(key));
            let sets = map.conflicts(key);
            if sets.len() > 1 && sets.iter().all(|set| set.container.is_none()) {
                let values = sets.iter().map(|set| set.value.to_json()).collect();
                self.conflicts.insert(at.clone(), Json::Array(values));
            }
            if let Some(inner) = map.map(key) {
                self.in_map(&at, inner);
            } else if let Some(inner) = map.list(key) {
                self.in_list(&at, inner);
            } else if let Some(inner) = map.text(key) {
                self.in_text(at, inner);
            }
        }
    }

    fn in_list(&mut self, path: &str, list: List<'_>) {
        for index in 0..list.len() {
            let at = format!("{path}/{index}");
            if let Some(inner) = list.map(index) {
                self.in_map(&at, inner);
            } else if let Some(inner) = list.list(index) {
                self.in_list(&at, inner);
            } else if let Some(inner) = list.text(index) {
                self.in_text(at, inner);
            }
        }
    }
}

/// Leaves out roots that hold nothing: whether a root was ever written is no part of what a document says.
pub(crate) fn without_empty_roots(json: Json) -> Json {
    match json {
        Json::Object(roots) => Json::Object(
            roots
                .into_iter()
                .filter(|(_, root)| !is_empty(root))
                .collect(),
        ),
        other => other,
    }
}

fn is_empty(root: &Json) -> bool {
    match root {
        Json::String(text) => text.is_empty(),
        Json::Array(values) => values.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        Json::Number(number) => number.as_i64() == Some(0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_roots_are_left_out_when_empty() {
        let json =
            json!({"a": "", "b": [], "c": {}, "d": 0, "e": {"f": {}}, "g": [""], "h": 1, "i": "x"});
        assert_eq!(
            without_empty_roots(json),
            json!({"e": {"f": {}}, "g": [""], "h": 1, "i": "x"})
        );
    }
}
