//! What a replica shows: its JSON without empty roots, and its conflicts by path.

use serde_json::{Map as JsonMap, Value as Json};
use syncline::{Doc, Kind, List, Map};

use super::path::escape;

/// What a replica shows, in the form that scenarios expect it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) json: Json,
    pub(crate) conflicts: JsonMap<String, Json>,
}

impl Shown {
    pub(crate) fn by(doc: &Doc) -> Shown {
        let mut conflicts = JsonMap::new();
        for (name, kind) in doc.roots() {
            let path = escape(name);
            match kind {
                Kind::Map => in_map(&path, doc.map(name), &mut conflicts),
                Kind::List => in_list(&path, doc.list(name), &mut conflicts),
                _ => {}
            }
        }
        Shown {
            json: without_empty_roots(doc.to_json()),
            conflicts,
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

fn in_map(path: &str, map: Map<'_>, found: &mut JsonMap<String, Json>) {
    for key in map.keys() {
        let at = format!("{path}/{}", escape(key));
        let sets = map.conflicts(key);
        if sets.len() > 1 && sets.iter().all(|set| set.container.is_none()) {
            let values = sets.iter().map(|set| set.value.to_json()).collect();
            found.insert(at.clone(), Json::Array(values));
        }
        if let Some(inner) = map.map(key) {
            in_map(&at, inner, found);
        } else if let Some(inner) = map.list(key) {
            in_list(&at, inner, found);
        }
    }
}

fn in_list(path: &str, list: List<'_>, found: &mut JsonMap<String, Json>) {
    for index in 0..list.len() {
        let at = format!("{path}/{index}");
        if let Some(inner) = list.map(index) {
            in_map(&at, inner, found);
        } else if let Some(inner) = list.list(index) {
            in_list(&at, inner, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
