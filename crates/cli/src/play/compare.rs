//! Setting what was found beside what was expected, place by place.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map as JsonMap, Value as Json, json};

use super::parse_edit::brief;
use super::path::escape;
use super::scenario::Shows;
use super::shows::{Shown, without_empty_roots};

/// One place where the two part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// Which replica or step, and which path in it.
    pub(crate) place: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            place,
            expected,
            found,
        } = self;
        write!(
            f,
            "  {place}\n    expected {expected}\n    found    {found}"
        )
    }
}

/// Everything in which `found` is not what `expected` says, each place beginning with `whose`.
pub(crate) fn differences(whose: &str, expected: &Shows, found: &Shown) -> Vec<Difference> {
    let mut all = Vec::new();
    if let Some(json) = &expected.json {
        inside(
            &format!("{whose}, json"),
            "",
            &without_empty_roots(json.clone()),
            &found.json,
            &mut all,
        );
    }
    if let Some(conflicts) = &expected.conflicts {
        objects(
            &format!("{whose}, conflicts"),
            "",
            conflicts,
            &found.conflicts,
            &mut all,
        );
    }
    if let Some(spans) = &expected.spans {
        let of = |path: &String| found.spans.get(path).cloned().unwrap_or(json!([]));
        let found = spans.keys().map(|path| (path.clone(), of(path)));
        let found: JsonMap<String, Json> = found.collect();
        objects(&format!("{whose}, spans"), "", spans, &found, &mut all);
    }
    all
}

/// Where two replicas that should show the same part; the first counts as what was expected.
pub(crate) fn between(whose: &str, first: &Shown, second: &Shown) -> Vec<Difference> {
    let shows = Shows {
        json: Some(first.json.clone()),
        conflicts: Some(first.conflicts.clone()),
        spans: Some(first.spans.clone()),
    };
    differences(whose, &shows, second)
}

fn inside(whose: &str, path: &str, expected: &Json, found: &Json, all: &mut Vec<Difference>) {
    match (expected, found) {
        (Json::Object(expected), Json::Object(found)) => objects(whose, path, expected, found, all),
        (Json::Array(expected), Json::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                inside(
                    whose,
                    &joined(path, &index.to_string()),
                    expected,
                    found,
                    all,
                );
            }
        }
        _ if expected == found => {}
        _ => all.push(Difference {
            place: place(whose, path),
            expected: told(expected),
            found: told(found),
        }),
    }
}

fn objects(
    whose: &str,
    path: &str,
    expected: &JsonMap<String, Json>,
    found: &JsonMap<String, Json>,
    all: &mut Vec<Difference>,
) {
    let nothing = || "nothing".to_owned();
    for key in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        // The keys of `conflicts` are paths already, and are shown as they stand.
        let at = if path.is_empty() {
            key.clone()
        } else {
            joined(path, &escape(key))
        };
        match (expected.get(key), found.get(key)) {
            (Some(expected), Some(found)) => inside(whose, &at, expected, found, all),
            (expected, found) => all.push(Difference {
                place: place(whose, &at),
                expected: expected.map_or_else(nothing, told),
                found: found.map_or_else(nothing, told),
            }),
        }
    }
}

fn joined(path: &str, part: &str) -> String {
    if path.is_empty() {
        part.to_owned()
    } else {
        format!("{path}/{part}")
    }
}

fn place(whose: &str, path: &str) -> String {
    if path.is_empty() {
        whose.to_owned()
    } else {
        format!("{whose}: {path}")
    }
}

fn told(json: &Json) -> String {
    brief(json)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn places(expected: Json, found: Json) -> Vec<String> {
        let expected = Shows {
            json: Some(expected),
            conflicts: None,
            spans: None,
        };
        let found = Shown {
            json: found,
            conflicts: JsonMap::new(),
            spans: JsonMap::new(),
        };
        differences("r", &expected, &found)
            .into_iter()
            .map(|difference| difference.place)
            .collect()
    }

    #[test]
    fn names_every_place_and_nothing_else() {
        let same = json!({"a": {"b": [1, {"c": null}]}});
        assert_eq!(places(same.clone(), same), Vec::<String>::new());
        let found = places(
            json!({"a": {"b": [1, 2], "x": 1}, "t": "one"}),
            json!({"a": {"b": [1, 3], "y": 1}, "t": "two"}),
        );
        assert_eq!(
            found,
            [
                "r, json: a/b/1",
                "r, json: a/x",
                "r, json: a/y",
                "r, json: t"
            ]
        );
        assert_eq!(
            places(json!({"l": [1]}), json!({"l": [1, 2]})),
            ["r, json: l"]
        );
        assert_eq!(
            places(json!(1), json!(1.0)),
            ["r, json"],
            "whole numbers and floats are not the same"
        );
        assert_eq!(
            places(json!({"t": ""}), json!({})),
            Vec::<String>::new(),
            "an empty root says nothing"
        );
    }

    #[test]
    fn conflicts_are_compared_in_order() {
        let conflicts = |values: Json| json!({"m/k": values}).as_object().cloned().unwrap();
        let expected = Shows {
            json: None,
            conflicts: Some(conflicts(json!([1, 2]))),
            spans: None,
        };
        let found = Shown {
            json: json!({}),
            conflicts: conflicts(json!([2, 1])),
            spans: JsonMap::new(),
        };
        let found = differences("r", &expected, &found);
        assert_eq!(
            found[0].to_string(),
            "  r, conflicts: m/k/0\n    expected 1\n    found    2"
        );
    }

    #[test]
    fn of_spans_only_texts_that_are_named_are_compared() {
        let spans = |json: Json| json.as_object().cloned();
        let expected = Shows {
            json: None,
            conflicts: None,
            spans: spans(json!({"body": [["a", {"bold": true}]], "empty": []})),
        };
        let mut found = Shown {
            json: json!({}),
            conflicts: JsonMap::new(),
            spans: spans(json!({"body": [["a", {"bold": true}]], "other": [["b", {}]]})).unwrap(),
        };
        assert!(differences("r", &expected, &found).is_empty());
        found.spans = spans(json!({"body": [["a", {}]]})).unwrap();
        let told: Vec<String> = differences("r", &expected, &found)
            .iter()
            .map(|difference| difference.place.clone())
            .collect();
        assert_eq!(told, ["r, spans: body/0/1/bold"]);
    }
}
